//! A ratchet: lets in a multiple of its best peak, once that peak is old enough, and never less than a floor.
//!
//! Law: time is cut into slots; the peak of a slot is what was let in during it, over its length. From `after` behind the
//! end of a slot until `memory` behind it, capacity >= factor x its peak; capacity(t) = max(floor, factor x the best such
//! peak), at most a ceiling. Through it goes what a token bucket of that rate lets through. So load may grow by the factor
//! in each `after`, and what comes sooner is refused: a service that doubles needs 10 x `after` for a thousandfold.
//!
//! A slot is a minute, or `after` if that is shorter: a second would take the burst in hand for a peak, and ratchet itself
//! up without any growth of load. Peaks are of what was let in: what was refused has warmed nothing up.

use std::collections::VecDeque;

use super::bucket::{Bucket, BucketSpec, TOKEN};
use crate::record::Gauge;
use crate::units::time::SECOND;
use crate::units::{Rate, Span, Time};

/// What a ratchet is.
#[derive(Clone, Debug, PartialEq)]
pub struct RatchetSpec {
    /// Never less than this.
    pub floor: Rate,
    /// So many times the best peak.
    pub factor: f64,
    /// As soon as it is so old.
    pub after: Span,
    /// Until it is so old; none: for ever.
    pub memory: Option<Span>,
    /// Never more than this.
    pub ceiling: Option<Rate>,
    /// Tokens in hand at most; a second's worth, unless said.
    pub burst: Option<u128>,
}

/// A capacity that follows its own peaks.
#[derive(Clone, Debug)]
pub struct Ratchet {
    spec: RatchetSpec,
    slot: Span,
    bucket: Bucket,
    /// A rate that it may not pass while a fault lasts.
    cut: Option<Rate>,
    /// The slot being counted, and what was let in during it.
    counting: (u64, u128),
    /// Slots that are not old enough: end and sum, in order of time.
    young: VecDeque<(Time, u128)>,
    /// Slots that are: the best first, each smaller and younger than the one before.
    peaks: VecDeque<(Time, u128)>,
    /// Capacity in whole tokens a second, over time.
    pub capacity: Gauge,
}

impl Ratchet {
    /// At its floor.
    pub fn new(spec: &RatchetSpec) -> Ratchet {
        let bucket = BucketSpec { rate: spec.floor, burst: spec.burst, tick: None, full: true };
        let mut ratchet = Ratchet {
            spec: spec.clone(),
            slot: Span(spec.after.0.clamp(1, 60 * SECOND)),
            bucket: Bucket::new(&bucket),
            cut: None,
            counting: (0, 0),
            young: VecDeque::new(),
            peaks: VecDeque::new(),
            capacity: Gauge::default(),
        };
        ratchet.settle(Time::ZERO);
        ratchet
    }

    /// Is there room for so much now?
    pub fn has(&mut self, now: Time, cost: u128) -> bool {
        self.advance(now);
        self.bucket.has(now, None, cost)
    }

    /// Lets so much in, for which there is room.
    pub fn take(&mut self, now: Time, cost: u128) {
        self.advance(now);
        self.bucket.take(now, None, cost);
        self.counting.1 += cost;
    }

    /// When there would be room, at the present capacity.
    pub fn ready_at(&mut self, now: Time, cost: u128) -> Time {
        self.advance(now);
        self.bucket.ready_at(now, None, cost)
    }

    /// Would there ever be room, at the present capacity?
    pub fn fits(&self, cost: u128) -> bool {
        self.bucket.fits(cost)
    }

    /// It may not pass this rate, until told otherwise.
    pub fn cut(&mut self, now: Time, rate: Option<Rate>) {
        self.advance(now);
        self.cut = rate;
        self.settle(now);
    }

    /// Tokens a second, now.
    pub fn rate(&self) -> Rate {
        self.bucket.rate()
    }

    /// The measuring begins.
    pub fn begin(&mut self, now: Time) {
        self.advance(now);
        self.bucket.begin(now);
        self.capacity.begin(now);
    }

    /// What the capacity has offered since then.
    pub fn offered(&mut self, now: Time) -> u128 {
        self.advance(now);
        self.bucket.offered(now)
    }

    /// Lets all happen that happens by itself up to now: slots end, peaks come of age and are forgotten.
    fn advance(&mut self, now: Time) {
        loop {
            let end = Time((self.counting.0 + 1).saturating_mul(self.slot.0));
            let counted = if self.counting.1 > 0 { end } else { Time::NEVER };
            let of_age = self.young.front().map_or(Time::NEVER, |(end, _)| *end + self.spec.after);
            let forgotten = match (self.peaks.front(), self.spec.memory) {
                (Some((end, _)), Some(memory)) => *end + memory,
                _ => Time::NEVER,
            };
            let next = counted.min(of_age).min(forgotten);
            if next > now {
                // Empty slots are passed over.
                if self.counting.1 == 0 {
                    self.counting.0 = self.counting.0.max(now.0 / self.slot.0);
                }
                return;
            }
            if next == counted {
                self.young.push_back((end, self.counting.1));
                self.counting = (self.counting.0 + 1, 0);
            } else if next == of_age {
                self.comes_of_age();
                self.settle(next);
            } else {
                self.peaks.pop_front();
                self.settle(next);
            }
        }
    }

    fn comes_of_age(&mut self) {
        let Some(peak) = self.young.pop_front() else { return };
        while self.peaks.back().is_some_and(|(_, sum)| *sum <= peak.1) {
            self.peaks.pop_back();
        }
        self.peaks.push_back(peak);
    }

    /// The capacity becomes what the best peak makes of it.
    fn settle(&mut self, now: Time) {
        let best = self.peaks.front().map_or(0, |(_, sum)| *sum);
        let peak = best as f64 / TOKEN as f64 * (SECOND as f64 / self.slot.0 as f64);
        let wanted = Rate::nearest((self.spec.factor * peak).clamp(0.0, Rate::MOST)).unwrap_or(Rate::ZERO);
        let above = if wanted.min(self.spec.floor) == wanted { self.spec.floor } else { wanted };
        let rate = [self.spec.ceiling, self.cut].into_iter().flatten().fold(above, Rate::min);
        if rate != self.bucket.rate() {
            self.bucket.set_rate(now, rate);
        }
        self.capacity.set(now, (rate.as_f64() + 0.5) as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratchet(after: u64, memory: Option<u64>) -> Ratchet {
        Ratchet::new(&RatchetSpec {
            floor: Rate::per_second(10),
            factor: 2.0,
            after: Span::seconds(after),
            memory: memory.map(Span::seconds),
            ceiling: Some(Rate::per_second(100)),
            burst: None,
        })
    }

    /// Asks so often a second from one second to another, and says how many were let in.
    fn ask(ratchet: &mut Ratchet, from: u64, to: u64, per_second: u64) -> u64 {
        let asks = (from * per_second..to * per_second).map(|nth| Time(nth * SECOND / per_second));
        asks.filter(|at| {
            let has = ratchet.has(*at, TOKEN);
            if has {
                ratchet.take(*at, TOKEN);
            }
            has
        })
        .count() as u64
    }

    #[test]
    fn a_peak_counts_twice_as_soon_as_it_is_old_enough_and_not_before() {
        let mut ratchet = ratchet(60, None);
        assert_eq!(ask(&mut ratchet, 0, 60, 10), 600);
        // The slot ends at 60 s and is of age at 120 s.
        // The floor of 59.975 s and the ten in hand.
        assert_eq!(ask(&mut ratchet, 60, 120, 40), 599 + 10);
        assert_eq!(ratchet.rate(), Rate::per_second(10));
        assert!(ratchet.has(Time(121 * SECOND), TOKEN));
        assert_eq!(ratchet.rate(), Rate::per_second(20));
    }

    #[test]
    fn a_load_that_grows_slowly_enough_is_never_refused() {
        let mut ratchet = ratchet(60, None);
        let mut load = 10;
        for minutes in [0, 3, 6] {
            assert_eq!(ask(&mut ratchet, minutes * 60, (minutes + 3) * 60, load), load * 180, "{load}/s");
            load *= 2;
        }
        assert_eq!(ratchet.rate(), Rate::per_second(80));
        ask(&mut ratchet, 9 * 60, 12 * 60, load);
        assert!(ratchet.has(Time(780 * SECOND), TOKEN));
        assert_eq!(ratchet.rate(), Rate::per_second(100), "never above the ceiling");
    }

    #[test]
    fn a_peak_is_forgotten_and_the_next_best_takes_its_place() {
        let mut ratchet = ratchet(60, Some(600));
        ask(&mut ratchet, 0, 60, 9);
        ask(&mut ratchet, 120, 180, 8);
        for (at, rate) in [(130, 18), (650, 18), (661, 16), (779, 16), (781, 10)] {
            assert!(ratchet.has(Time(at * SECOND), TOKEN));
            assert_eq!(ratchet.rate(), Rate::per_second(rate), "at {at} s");
        }
    }

    #[test]
    fn a_cut_holds_whatever_the_peaks_say() {
        let mut ratchet = ratchet(60, None);
        ask(&mut ratchet, 0, 60, 10);
        ratchet.cut(Time(200 * SECOND), Some(Rate::per_second(3)));
        assert_eq!(ratchet.rate(), Rate::per_second(3));
        ratchet.cut(Time(300 * SECOND), None);
        assert_eq!(ratchet.rate(), Rate::per_second(20));
        assert_eq!(ratchet.offered(Time(300 * SECOND)), (120 * 10 + 80 * 20 + 100 * 3) * TOKEN);
    }
}
