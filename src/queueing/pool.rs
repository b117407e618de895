//! An elastic pool: each request has a member of its own, an idle one or else a new one; who is idle for too long goes.
//!
//! An idle member is taken first, the newest, the oldest or any; a member that is kept is taken before those. Without one a
//! new member is started, if the rate of starts allows it. A member that was idle from a to b = a + `idle` is there in
//! `[a, b)`: who comes at b starts a new one. With Poisson arrivals of rate r and no time of service the share of cold
//! starts is e^(-r idle) and 1 - e^(-r idle) members are idle.
//!
//! Nobody has to be told when an idle member goes: whoever looks settles first what has happened since, in its order, so
//! the number of idle members is exact at every moment although no event belongs to its changes.
//!
//! Starts are limited as a bucket limits: credit flows in at a rate up to a burst, in whole units of 10^-15 starts.
//! Left out: members that serve several requests at a time. Proved by: `pool-keep-alive`, and the tests below.

use std::collections::{BTreeMap, BTreeSet};

use crate::record::Gauge;
use crate::units::{Random, Span, Time};

/// Which idle member is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// The one that has been idle for the shortest time.
    Newest,
    /// For the longest.
    Oldest,
    /// Any.
    Random,
}

/// A limit of starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartRate {
    /// Millionths of a start in a second.
    pub rate: u64,
    /// Starts at once after a rest.
    pub burst: u64,
}

/// What a pool is.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolSpec {
    /// Members that are always there.
    pub kept: u32,
    /// Which idle member is taken.
    pub reuse: Reuse,
    /// How fast members may be started.
    pub starts: Option<StartRate>,
    /// Key of its own random stream (random reuse only).
    pub stream: u64,
}

/// What a request gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Took {
    /// A member that has been started; it is ready from this moment on, mostly now.
    Warm(u32, Time),
    /// A new member, to be told when it is ready.
    Cold(u32),
    /// No idle one, and no more may be started now.
    Refused,
}

#[derive(Clone, Copy, Debug, Default)]
struct Member {
    /// End of its start.
    ready: Time,
    /// Not given out again from this moment on.
    dies: Time,
    kept: bool,
    /// How many times the pool had been cleared when it was started.
    epoch: u32,
    /// Until when it would be idle, and the number of its idleness.
    idle: (Time, u64),
}

/// Parts of a start.
const START: u128 = 1_000_000_000_000_000;

/// Members, each with a request or idle.
#[derive(Clone, Debug)]
pub struct Pool {
    reuse: Reuse,
    starts: Option<StartRate>,
    credit: u128,
    credited: Time,
    random: Random,
    members: Vec<Member>,
    free: Vec<u32>,
    /// The idle ones in the order in which they became idle.
    idle_since: BTreeMap<u64, u32>,
    /// The same by when they go.
    idle_until: BTreeSet<(Time, u64)>,
    idles: u64,
    /// Of the kept ones: those without a request, and all.
    kept_idle: u32,
    kept: u32,
    epoch: u32,
    /// Requests that got a member, those that got a new one, those that got none.
    pub taken: u64,
    /// See `taken`.
    pub cold: u64,
    /// See `taken`.
    pub refused: u64,
    /// Members with a request.
    pub busy: Gauge,
    /// Members without one, kept ones too.
    pub idle: Gauge,
    /// Kept members, and those of them with a request.
    pub keeps: Gauge,
    /// See `keeps`.
    pub kept_busy: Gauge,
}

impl Pool {
    /// A pool at its beginning: only the kept members are there.
    pub fn new(spec: &PoolSpec) -> Pool {
        let level = |n: u32| {
            let mut gauge = Gauge::default();
            gauge.set(Time::ZERO, u64::from(n));
            gauge
        };
        Pool {
            reuse: spec.reuse,
            starts: spec.starts,
            credit: spec.starts.map_or(0, |starts| u128::from(starts.burst) * START),
            credited: Time::ZERO,
            random: Random::new(spec.stream),
            members: Vec::new(),
            free: Vec::new(),
            idle_since: BTreeMap::new(),
            idle_until: BTreeSet::new(),
            idles: 0,
            kept_idle: spec.kept,
            kept: spec.kept,
            epoch: 0,
            taken: 0,
            cold: 0,
            refused: 0,
            busy: Gauge::default(),
            idle: level(spec.kept),
            keeps: level(spec.kept),
            kept_busy: Gauge::default(),
        }
    }

    /// Idle members whose time is over by now go, each at its moment.
    pub fn settle(&mut self, now: Time) {
        while let Some(&(until, number)) = self.idle_until.first()
            && until <= now
        {
            self.idle_until.pop_first();
            if let Some(member) = self.idle_since.remove(&number) {
                self.free.push(member);
            }
            self.idle.change(until, -1);
        }
    }

    /// A request comes.
    pub fn take(&mut self, now: Time) -> Took {
        self.settle(now);
        if self.kept_idle > 0 {
            self.kept_idle -= 1;
            self.idle.change(now, -1);
            self.kept_busy.change(now, 1);
            let member = self.add(Member { kept: true, dies: Time::NEVER, ..Member::default() });
            return self.given(now, Took::Warm(member, now));
        }
        if let Some(member) = self.idle_one() {
            let (ready, key) = (self.members[member as usize].ready, self.members[member as usize].idle);
            self.idle_until.remove(&key);
            self.idle.change(now, -1);
            return self.given(now, Took::Warm(member, ready.max(now)));
        }
        if !self.may_start(now) {
            self.refused += 1;
            return Took::Refused;
        }
        self.cold += 1;
        let member = self.add(Member { epoch: self.epoch, ..Member::default() });
        self.given(now, Took::Cold(member))
    }

    fn given(&mut self, now: Time, took: Took) -> Took {
        self.taken += 1;
        self.busy.change(now, 1);
        took
    }

    /// Takes the idle one whose turn it is.
    fn idle_one(&mut self) -> Option<u32> {
        let (_, member) = match self.reuse {
            Reuse::Newest => self.idle_since.pop_last()?,
            Reuse::Oldest => self.idle_since.pop_first()?,
            Reuse::Random => {
                let there = self.idle_since.len() as u64;
                let place = (there > 0).then(|| self.random.below(there))?;
                let number = *self.idle_since.keys().nth(place as usize)?;
                self.idle_since.remove_entry(&number)?
            }
        };
        Some(member)
    }

    fn add(&mut self, member: Member) -> u32 {
        match self.free.pop() {
            Some(slot) => {
                self.members[slot as usize] = member;
                slot
            }
            None => {
                self.members.push(member);
                (self.members.len() - 1) as u32
            }
        }
    }

    fn may_start(&mut self, now: Time) -> bool {
        let Some(starts) = self.starts else { return true };
        let passed = u128::from(now.since(self.credited).0);
        let full = u128::from(starts.burst) * START;
        self.credit = full.min(self.credit + passed * u128::from(starts.rate));
        self.credited = now;
        if self.credit < START {
            return false;
        }
        self.credit -= START;
        true
    }

    /// A new member will be ready then, and is given out to nobody from the other moment on.
    pub fn starts(&mut self, member: u32, ready: Time, dies: Time) {
        let it = &mut self.members[member as usize];
        (it.ready, it.dies) = (ready, dies);
    }

    /// A request gives its member back, which may be idle for so long.
    pub fn give_back(&mut self, now: Time, member: u32, idle: Span) {
        self.settle(now);
        self.busy.change(now, -1);
        let it = &mut self.members[member as usize];
        if it.kept {
            self.free.push(member);
            self.kept_busy.change(now, -1);
            // Some may have been taken off while it was busy.
            if u64::from(self.kept_idle) + self.kept_busy.value() < u64::from(self.kept) {
                self.kept_idle += 1;
                self.idle.change(now, 1);
            }
            return;
        }
        let until = (now + idle).min(it.dies);
        if it.epoch != self.epoch || until <= now {
            return self.free.push(member);
        }
        it.idle = (until, self.idles);
        self.idles += 1;
        self.idle_since.insert(it.idle.1, member);
        self.idle_until.insert(it.idle);
        self.idle.change(now, 1);
    }

    /// Nobody is warm any more but the kept ones; who has a request goes when it is over.
    pub fn clear(&mut self, now: Time) {
        self.settle(now);
        self.idle.change(now, -(self.idle_since.len() as i64));
        self.free.extend(self.idle_since.values());
        self.idle_since.clear();
        self.idle_until.clear();
        self.epoch += 1;
    }

    /// From now on so many are kept.
    pub fn keep(&mut self, now: Time, kept: u32) {
        self.settle(now);
        self.kept = kept;
        let idle = u64::from(kept).saturating_sub(self.kept_busy.value()) as u32;
        self.idle.change(now, i64::from(idle) - i64::from(self.kept_idle));
        self.kept_idle = idle;
        self.keeps.set(now, u64::from(kept));
    }

    /// The measuring begins.
    pub fn begin(&mut self, from: Time) {
        self.settle(from);
        for gauge in self.gauges() {
            gauge.begin(from);
        }
        (self.taken, self.cold, self.refused) = (0, 0, 0);
    }

    /// The measuring is over.
    pub fn close(&mut self, to: Time) {
        self.settle(to);
        for gauge in self.gauges() {
            gauge.close(to);
        }
    }

    fn gauges(&mut self) -> [&mut Gauge; 4] {
        [&mut self.busy, &mut self.idle, &mut self.keeps, &mut self.kept_busy]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Span = Span(100);

    fn pool(reuse: Reuse) -> Pool {
        Pool::new(&PoolSpec { kept: 0, reuse, starts: None, stream: 1 })
    }

    /// A request that stays for some time, as far as its member: cold or warm, and which.
    fn comes(pool: &mut Pool, now: u64) -> (bool, u32) {
        match pool.take(Time(now)) {
            Took::Cold(member) => {
                pool.starts(member, Time(now), Time::NEVER);
                (true, member)
            }
            Took::Warm(member, _) => (false, member),
            Took::Refused => panic!("nothing limits the starts"),
        }
    }

    #[test]
    fn an_idle_member_is_there_until_its_last_nanosecond_and_not_after() {
        let mut functions = pool(Reuse::Newest);
        let (cold, member) = comes(&mut functions, 0);
        assert!(cold);
        functions.give_back(Time(10), member, IDLE);
        assert_eq!(comes(&mut functions, 109), (false, member));
        functions.give_back(Time(120), member, IDLE);
        assert!(comes(&mut functions, 220).0, "its time was over at 220");
        functions.close(Time(300));
        assert_eq!(functions.idle.integral(), 99 + 100);
        assert_eq!((functions.taken, functions.cold), (3, 2));
    }

    #[test]
    fn the_newest_lets_the_others_grow_old_and_the_oldest_keeps_all_young() {
        let run = |reuse: Reuse| {
            let mut functions = pool(reuse);
            let both = [comes(&mut functions, 0).1, comes(&mut functions, 0).1];
            both.iter().for_each(|&member| functions.give_back(Time(1), member, IDLE));
            for now in [50, 90] {
                let member = comes(&mut functions, now).1;
                functions.give_back(Time(now + 1), member, IDLE);
            }
            functions.settle(Time(130));
            functions.idle.value()
        };
        assert_eq!((run(Reuse::Newest), run(Reuse::Oldest)), (1, 2));
    }

    #[test]
    fn any_idle_one_is_taken_as_often_as_the_others() {
        let mut functions = pool(Reuse::Random);
        let all: Vec<u32> = (0..4).map(|_| comes(&mut functions, 0).1).collect();
        all.iter().for_each(|&member| functions.give_back(Time(1), member, Span::FOREVER));
        let mut taken = [0i64; 4];
        for now in 2..4002 {
            let (cold, member) = comes(&mut functions, now);
            assert!(!cold);
            taken[member as usize] += 1;
            functions.give_back(Time(now), member, Span::FOREVER);
        }
        // A quarter of 4,000, of which the deviation is 27.4.
        assert!(taken.iter().all(|n| (n - 1000).abs() <= 110), "{taken:?}");
    }

    #[test]
    fn idle_times_may_differ_and_each_is_kept() {
        let mut functions = pool(Reuse::Oldest);
        let all: Vec<u32> = (0..3).map(|_| comes(&mut functions, 0).1).collect();
        for (member, idle) in all.iter().zip([300, 100, 200]) {
            functions.give_back(Time(0), *member, Span(idle));
        }
        let mut seen = vec![];
        for now in [99, 100, 200, 299, 300] {
            functions.settle(Time(now));
            seen.push(functions.idle.value());
        }
        assert_eq!(seen, [3, 2, 1, 1, 0]);
        functions.close(Time(1000));
        assert_eq!((functions.idle.integral(), functions.idle.max()), (600, 3));
    }

    #[test]
    fn starts_are_limited_to_a_burst_and_a_rate() {
        let starts = Some(StartRate { rate: 2_000_000, burst: 3 });
        let mut functions = Pool::new(&PoolSpec { kept: 0, reuse: Reuse::Newest, starts, stream: 1 });
        let mut cold_at = |now: u64| matches!(functions.take(Time(now)), Took::Cold(_));
        assert_eq!([0, 0, 0, 0].map(&mut cold_at), [true, true, true, false]);
        assert_eq!([499_999_999, 500_000_000, 500_000_000].map(&mut cold_at), [false, true, false]);
        assert_eq!((functions.taken, functions.refused), (4, 3), "a refusal takes nothing");
    }

    #[test]
    fn a_kept_member_never_goes_and_is_taken_first() {
        let mut functions = Pool::new(&PoolSpec { kept: 1, reuse: Reuse::Newest, starts: None, stream: 1 });
        let kept = functions.take(Time(500));
        assert!(matches!(kept, Took::Warm(_, Time(500))));
        let (cold, other) = comes(&mut functions, 500);
        assert!(cold);
        functions.give_back(Time(510), other, IDLE);
        let Took::Warm(kept, _) = kept else { return };
        functions.give_back(Time(520), kept, IDLE);
        functions.settle(Time(5000));
        assert_eq!(functions.idle.value(), 1);
        functions.keep(Time(5000), 0);
        assert_eq!(functions.idle.value(), 0);
        assert!(comes(&mut functions, 6000).0);
        functions.close(Time(10_000));
        assert_eq!((functions.keeps.integral(), functions.kept_busy.integral()), (5000, 20));
    }

    #[test]
    fn after_a_clearing_nobody_is_warm() {
        let mut functions = pool(Reuse::Newest);
        let (_, idle) = comes(&mut functions, 0);
        let (_, busy) = comes(&mut functions, 0);
        functions.give_back(Time(10), idle, IDLE);
        functions.clear(Time(20));
        functions.give_back(Time(30), busy, IDLE);
        assert!(comes(&mut functions, 40).0);
        assert_eq!(functions.idle.value(), 0);
    }

    #[test]
    fn who_takes_a_member_before_it_is_ready_waits_for_it() {
        let mut functions = pool(Reuse::Newest);
        let Took::Cold(member) = functions.take(Time(0)) else { panic!("there is nobody") };
        functions.starts(member, Time(50), Time::NEVER);
        functions.give_back(Time(20), member, IDLE);
        assert_eq!(functions.take(Time(30)), Took::Warm(member, Time(50)));
    }

    #[test]
    fn a_member_lives_no_longer_than_its_life() {
        let mut functions = pool(Reuse::Newest);
        let Took::Cold(member) = functions.take(Time(0)) else { panic!("there is nobody") };
        functions.starts(member, Time(0), Time(60));
        functions.give_back(Time(10), member, IDLE);
        assert!(!comes(&mut functions, 59).0);
        functions.give_back(Time(70), member, IDLE);
        assert!(comes(&mut functions, 71).0, "it was over age when it came back");
    }
}
