//! Shared capacity: whoever is inside gets an even part of it, at most one core each (processor sharing).
//!
//! With n inside k cores each runs at min(1, k/n). Kept in *virtual time*: V grows at the speed of one job, a job that
//! comes with work w is done when V has grown by w, so an arrival changes nobody else's entry. V is a whole number of
//! 2^-20 nanoseconds, so nothing drifts and two platforms agree; it starts again from 0 whenever the unit is empty.
//!
//! Used by: compute units (cores), `order = "shared"`. Proved by: `mm1-ps`, `md1-ps`, `mg1-ps-bpareto`, `mmc-ps-4`.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::record::Gauge;
use crate::units::{Span, Time};

/// Fractions of a nanosecond that are kept.
const FINE: u32 = 20;

/// A unit of cores.
#[derive(Clone, Debug)]
pub struct Share {
    cores: u32,
    /// Virtual time, and the moment to which it has been brought.
    virtual_now: u128,
    moved_at: Time,
    /// Jobs by the virtual time at which they are done, then by number.
    inside: BinaryHeap<Reverse<(u128, u64, u32)>>,
    count: u64,
    /// A job's own numbers that were taken back: left out when they come up.
    withdrawn: Vec<u64>,
    present: u32,
    /// Speed in millionths (a slow unit is below a million).
    speed: u64,
    stopped: bool,
    /// The moment for which the caller has been asked to come back, if it still lies ahead.
    pub asked: Time,
    /// Processor time given, in nanoseconds times 2^20.
    given: u128,
    /// Processor time given before the measuring began.
    before: u128,
    asks: u64,
    /// How many cores are in use.
    pub held: Gauge,
    /// How many more are inside than there are cores.
    pub beyond: Gauge,
    /// How many cores there are.
    pub offered: Gauge,
}

impl Share {
    /// An idle unit.
    pub fn new(cores: u32) -> Share {
        let (mut offered, mut beyond) = (Gauge::default(), Gauge::default());
        offered.change(Time::ZERO, i64::from(cores));
        beyond.watch_at_least(1);
        Share {
            cores,
            virtual_now: 0,
            moved_at: Time::ZERO,
            inside: BinaryHeap::new(),
            count: 0,
            withdrawn: Vec::new(),
            present: 0,
            speed: 1_000_000,
            stopped: false,
            asked: Time::NEVER,
            given: 0,
            before: 0,
            asks: 0,
            held: Gauge::default(),
            beyond,
            offered,
        }
    }

    /// Brings virtual time up to now.
    fn advance(&mut self, now: Time) {
        let passed = u128::from(now.since(self.moved_at).0) << FINE;
        self.moved_at = now;
        if self.present == 0 || self.stopped || passed == 0 {
            return;
        }
        let running = u128::from(self.cores.min(self.present));
        let step = self.at_speed(passed) * running / u128::from(self.present);
        self.virtual_now += step;
        // A slow core is as busy as a fast one.
        self.given += passed * running;
    }

    fn at_speed(&self, amount: u128) -> u128 {
        if self.speed == 1_000_000 { amount } else { amount * u128::from(self.speed) / 1_000_000 }
    }

    /// Somebody comes with so much work; its number is its name.
    pub fn arrive(&mut self, now: Time, who: u32, work: Span) -> u64 {
        self.advance(now);
        if self.present == 0 {
            self.virtual_now = 0;
        }
        let number = self.count;
        self.count += 1;
        self.present += 1;
        let gauge = if self.present <= self.cores { &mut self.held } else { &mut self.beyond };
        gauge.change(now, 1);
        self.inside.push(Reverse((self.virtual_now + (u128::from(work.0) << FINE), number, who)));
        number
    }

    /// When the next job will be done if nobody else comes or goes.
    pub fn next_end(&mut self) -> Time {
        self.forget_withdrawn();
        let Some(Reverse((end, _, _))) = self.inside.peek() else { return Time::NEVER };
        if self.stopped || self.cores == 0 {
            return Time::NEVER;
        }
        let left = self.left_until(*end);
        let pace = u128::from(self.cores.min(self.present)) << FINE;
        // Rounded to the nearest nanosecond; half a nanosecond of virtual time is forgiven in `done`.
        Time(self.moved_at.0.saturating_add(((left + pace / 2) / pace).min(u128::from(u64::MAX)) as u64))
    }

    /// Core time until virtual time has come so far, at the present speed.
    fn left_until(&self, end: u128) -> u128 {
        let left = end.saturating_sub(self.virtual_now) * u128::from(self.present);
        if self.speed == 1_000_000 { left } else { left * 1_000_000 / u128::from(self.speed.max(1)) }
    }

    fn forget_withdrawn(&mut self) {
        while let Some(Reverse((_, number, _))) = self.inside.peek() {
            let Some(at) = self.withdrawn.iter().position(|gone| gone == number) else { return };
            self.withdrawn.swap_remove(at);
            self.inside.pop();
        }
    }

    /// Takes out one who is done by now: whose, and its number. Ask again until nobody is.
    pub fn done(&mut self, now: Time) -> Option<(u32, u64)> {
        self.advance(now);
        self.forget_withdrawn();
        if self.stopped {
            return None;
        }
        let Reverse((end, number, who)) = *self.inside.peek()?;
        // What would take less than half a nanosecond more is done.
        let short = self.left_until(end);
        if short * 2 > u128::from(self.cores.min(self.present)) << FINE {
            return None;
        }
        self.inside.pop();
        self.leave(now);
        Some((who, number))
    }

    fn leave(&mut self, now: Time) {
        let gauge = if self.present <= self.cores { &mut self.held } else { &mut self.beyond };
        gauge.change(now, -1);
        self.present -= 1;
    }

    /// A job is taken back before it is done.
    pub fn withdraw(&mut self, now: Time, number: u64) {
        self.advance(now);
        self.withdrawn.push(number);
        self.leave(now);
    }

    /// The unit runs at so many millionths of its speed from now on, inside as well.
    pub fn set_speed(&mut self, now: Time, millionths: u64) {
        self.advance(now);
        self.speed = millionths;
    }

    /// From now on there are so many cores.
    pub fn set_cores(&mut self, now: Time, cores: u32) {
        self.advance(now);
        self.offered.change(now, i64::from(cores) - i64::from(self.cores));
        self.cores = cores;
        self.held.set(now, u64::from(self.present.min(cores)));
        self.beyond.set(now, u64::from(self.present.saturating_sub(cores)));
    }

    /// Works for nobody until told to go on.
    pub fn set_stopped(&mut self, now: Time, stopped: bool) {
        self.advance(now);
        self.stopped = stopped;
    }

    /// Does it serve nobody at the moment?
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Cores.
    pub fn cores(&self) -> u32 {
        self.cores
    }

    /// How many are inside.
    pub fn present(&self) -> u32 {
        self.present
    }

    /// Processor time given since the measuring began, in nanoseconds.
    pub fn given(&mut self, now: Time) -> u128 {
        self.advance(now);
        (self.given - self.before) >> FINE
    }

    /// Processor time given ever, in nanoseconds.
    pub fn spent(&mut self, now: Time) -> u128 {
        self.advance(now);
        self.given >> FINE
    }

    /// The measuring begins.
    pub fn begin(&mut self, now: Time) {
        self.advance(now);
        self.before = self.given;
        self.held.begin(now);
        self.beyond.begin(now);
        self.offered.begin(now);
    }

    /// How often the caller has been asked to come back: the number of the next such event.
    pub fn asks(&mut self) -> u64 {
        self.asks += 1;
        self.asks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_on_two_cores_take_half_again_as_long() {
        let mut cores = Share::new(2);
        for who in 0..3 {
            cores.arrive(Time(0), who, Span(2_000_000_000));
        }
        assert_eq!(cores.next_end(), Time(3_000_000_000));
        let now = Time(3_000_000_000);
        assert_eq!([0, 1, 2].map(|_| cores.done(now).map(|d| d.0)), [Some(0), Some(1), Some(2)]);
        assert_eq!(cores.done(now), None);
        assert_eq!(cores.given(now), 6_000_000_000);
    }

    #[test]
    fn one_job_uses_at_most_one_core() {
        let mut cores = Share::new(8);
        cores.arrive(Time(0), 1, Span(100));
        assert_eq!(cores.next_end(), Time(100));
    }

    #[test]
    fn who_comes_later_slows_the_others_down() {
        let mut cores = Share::new(1);
        cores.arrive(Time(0), 1, Span(100));
        cores.arrive(Time(50), 2, Span(100));
        assert_eq!(cores.next_end(), Time(150));
        assert_eq!(cores.done(Time(150)).map(|d| d.0), Some(1));
        assert_eq!(cores.next_end(), Time(200));
        assert_eq!(cores.done(Time(200)).map(|d| d.0), Some(2));
    }

    #[test]
    fn who_withdraws_gives_its_part_to_the_others() {
        let mut cores = Share::new(1);
        let gone = cores.arrive(Time(0), 1, Span(60));
        cores.arrive(Time(0), 2, Span(100));
        cores.withdraw(Time(20), gone);
        assert_eq!(cores.next_end(), Time(110));
        assert_eq!(cores.done(Time(110)).map(|d| d.0), Some(2));
        assert_eq!(cores.given(Time(110)), 110);
    }

    #[test]
    fn no_more_cores_are_in_use_than_there_are() {
        let mut cores = Share::new(2);
        let first = cores.arrive(Time(0), 1, Span(100));
        for who in 2..5 {
            cores.arrive(Time(10), who, Span(100));
        }
        assert_eq!((cores.held.value(), cores.beyond.value(), cores.present()), (2, 2, 4));
        cores.set_cores(Time(20), 3);
        assert_eq!((cores.held.value(), cores.beyond.value()), (3, 1));
        cores.withdraw(Time(30), first);
        cores.set_cores(Time(40), 4);
        assert_eq!((cores.held.value(), cores.beyond.value()), (3, 0));
        cores.beyond.close(Time(50));
        assert_eq!(cores.beyond.span_at_least(1), Some(Span(20)), "more than cores from 10 to 30");
    }

    #[test]
    fn a_slow_unit_takes_longer_for_those_inside_too() {
        let mut cores = Share::new(1);
        cores.arrive(Time(0), 1, Span(100));
        cores.set_speed(Time(50), 100_000);
        assert_eq!(cores.next_end(), Time(550));
    }
}
