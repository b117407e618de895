//! A token bucket: admits at a sustained rate, with a burst in hand.
//!
//! Law: tokens(t) = min(burst, tokens(t0) + rate (t - t0)); with a tick, what the rate brings in one tick comes at once at
//! every multiple of the tick. Who finds enough takes it, who finds too few takes nothing. So between any two moments no
//! more than burst + rate x time gets through. With one token each and arrivals at random, the share that is refused is
//! that of M/D/1/K with K = burst, since the tokens that are missing are a line served at the rate.
//!
//! Tokens are whole numbers: thousand-millionths of a token, each again divided into as many units as the rate's fraction
//! has seconds. Then a nanosecond brings a whole number of units, nothing is ever rounded, and a third of a token a second
//! is a whole token every three seconds, also after a year. Saved credit is a burst of many seconds; a ramp is a burst,
//! too. Left out: tokens that are given back. Proved by: the `token-bucket-*` and `burst-bank-300s` scenarios.

use std::collections::BTreeMap;

use crate::units::time::SECOND;
use crate::units::{Rate, Span, Time};

/// One token, in the thousand-millionths in which amounts are told.
pub const TOKEN: u128 = 1_000_000_000;

/// What a bucket is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BucketSpec {
    /// Tokens a second.
    pub rate: Rate,
    /// The most that is saved; none: what comes in a second, and at least one token.
    pub burst: Option<u128>,
    /// Tokens come all at once, this far apart.
    pub tick: Option<Span>,
    /// Full at the start, or empty.
    pub full: bool,
}

/// What is in a bucket, in units, and of when that is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Level {
    units: u128,
    at: Time,
}

/// A bucket, or one for each key.
#[derive(Clone, Debug)]
pub struct Bucket {
    spec: BucketSpec,
    rate: Rate,
    burst: u128,
    /// The only bucket, and what a key finds that nobody has asked with before.
    fresh: Level,
    /// Buckets that are not as a fresh one would be.
    kept: BTreeMap<u64, Level>,
    /// So many are kept before those that have filled up are forgotten.
    room: usize,
    /// What the rate has offered since the measuring began, and since when it is this rate.
    offered: u128,
    since: Time,
}

impl Bucket {
    /// A bucket at the start of a run.
    pub fn new(spec: &BucketSpec) -> Bucket {
        Bucket::opened(spec, Time::ZERO)
    }

    /// A bucket that begins to count at a moment.
    pub fn opened(spec: &BucketSpec, now: Time) -> Bucket {
        let burst = burst_of(spec, spec.rate);
        let fresh = Level { units: if spec.full { burst } else { 0 }, at: now };
        let (kept, offered) = (BTreeMap::new(), 0);
        Bucket { spec: *spec, rate: spec.rate, burst, fresh, kept, room: 1024, offered, since: now }
    }

    /// Are there so many tokens for this key now?
    #[inline]
    pub fn has(&self, now: Time, key: Option<u64>, cost: u128) -> bool {
        self.filled(self.level(key), now).units >= self.units(cost)
    }

    /// Takes so many, which are there.
    #[inline]
    pub fn take(&mut self, now: Time, key: Option<u64>, cost: u128) {
        let level = self.filled(self.level(key), now);
        let left = Level { units: level.units.saturating_sub(self.units(cost)), ..level };
        match key {
            None => self.fresh = left,
            Some(key) => {
                if self.kept.len() >= self.room {
                    self.forget(now);
                }
                self.kept.insert(key, left);
            }
        }
    }

    /// When so many will be there, if nobody takes any before.
    pub fn ready_at(&self, now: Time, key: Option<u64>, cost: u128) -> Time {
        let (level, cost) = (self.filled(self.level(key), now).units, self.units(cost));
        let short = cost.saturating_sub(level);
        let speed = u128::from(self.rate.things);
        match self.spec.tick.map(|tick| u128::from(tick.0)) {
            _ if short == 0 => now,
            _ if cost > self.burst || speed == 0 => Time::NEVER,
            None => moment(u128::from(now.0) + short.div_ceil(speed)),
            Some(tick) => {
                let ticks = u128::from(now.0) / tick + short.div_ceil(speed.saturating_mul(tick));
                moment(ticks.saturating_mul(tick))
            }
        }
    }

    /// Would so many ever be there?
    pub fn fits(&self, cost: u128) -> bool {
        self.units(cost) <= self.burst
    }

    /// From now on tokens come at another rate. A burst that is no number of its own is a second's worth of the new one.
    ///
    /// What is there is told in units of the new rate, rounded down: less than a thousand-millionth of a token is lost.
    pub fn set_rate(&mut self, now: Time, rate: Rate) {
        self.offered = self.offered(now);
        self.since = now;
        let burst = burst_of(&self.spec, rate);
        let told = |level: Level| {
            let (whole, rest) =
                (level.units / u128::from(self.rate.seconds), level.units % u128::from(self.rate.seconds));
            let new = u128::from(rate.seconds);
            let units =
                whole.saturating_mul(new).saturating_add(rest.saturating_mul(new) / u128::from(self.rate.seconds));
            Level { units: units.min(burst), ..level }
        };
        let kept = self.kept.iter().map(|(key, level)| (*key, told(self.filled(*level, now)))).collect();
        self.fresh = told(self.filled(self.fresh, now));
        (self.rate, self.burst, self.kept) = (rate, burst, kept);
    }

    /// Tokens a second, as they come now.
    pub fn rate(&self) -> Rate {
        self.rate
    }

    /// The measuring begins.
    pub fn begin(&mut self, now: Time) {
        (self.offered, self.since) = (0, now);
    }

    /// What the rate has offered since then, whether it fitted in or not.
    pub fn offered(&self, now: Time) -> u128 {
        self.offered + self.rate.nanos_in(u128::from(now.since(self.since).0))
    }

    fn level(&self, key: Option<u64>) -> Level {
        key.and_then(|key| self.kept.get(&key)).copied().unwrap_or(self.fresh)
    }

    #[inline]
    fn filled(&self, level: Level, now: Time) -> Level {
        let nanos = match self.spec.tick {
            None => now.since(level.at).0,
            Some(tick) => (now.0 / tick.0).saturating_sub(level.at.0 / tick.0) * tick.0,
        };
        // At most 2^62 nanoseconds of a run, times a rate below 2^53.
        let units = level.units.saturating_add(u128::from(nanos) * u128::from(self.rate.things));
        Level { units: units.min(self.burst), at: now }
    }

    #[inline]
    fn units(&self, tokens: u128) -> u128 {
        tokens.saturating_mul(u128::from(self.rate.seconds))
    }

    /// Forgets the keys whose buckets are as fresh ones would be.
    fn forget(&mut self, now: Time) {
        let fresh = self.filled(self.fresh, now).units;
        let mut kept = std::mem::take(&mut self.kept);
        kept.retain(|_, level| self.filled(*level, now).units != fresh);
        self.kept = kept;
        self.room = (2 * self.kept.len()).max(1024);
    }
}

fn burst_of(spec: &BucketSpec, rate: Rate) -> u128 {
    let one = TOKEN * u128::from(rate.seconds);
    match spec.burst {
        Some(burst) => burst.saturating_mul(u128::from(rate.seconds)),
        None => (u128::from(SECOND) * u128::from(rate.things)).max(one),
    }
}

fn moment(nanos: u128) -> Time {
    u64::try_from(nanos).map_or(Time::NEVER, Time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Random;

    fn bucket(rate: Rate, burst: u128) -> Bucket {
        Bucket::new(&BucketSpec { rate, burst: Some(burst * TOKEN), tick: None, full: true })
    }

    fn takes(bucket: &mut Bucket, now: Time, cost: u128) -> bool {
        let has = bucket.has(now, None, cost);
        if has {
            bucket.take(now, None, cost);
        }
        has
    }

    const MS: u64 = 1_000_000;

    #[test]
    fn ten_callers_and_a_bucket_for_three() {
        let mut bucket = bucket(Rate::per_second(1), 3);
        let came = [0, 0, 0, 0, 500, 1000, 1400, 2000, 10_000, 10_000];
        let got: Vec<bool> = came.iter().map(|ms| takes(&mut bucket, Time(ms * MS), TOKEN)).collect();
        assert_eq!(got, [true, true, true, false, false, true, false, true, true, true]);
    }

    #[test]
    fn a_third_a_second_adds_up_to_the_token_over_a_year() {
        let third = Rate { things: 1, seconds: 3 };
        let mut bucket = bucket(third, 1);
        assert!(takes(&mut bucket, Time::ZERO, TOKEN));
        for nth in 1..=365 * 86_400 / 3 {
            let at = Time(nth * 3_000_000_000);
            // The first one of the year is there on the nanosecond, and so is the last one.
            assert!(!bucket.has(Time(at.0 - 1), None, TOKEN), "too early by 1 ns, token {nth}");
            // Looked at in odd moments in between: nothing is rounded away.
            assert_eq!(bucket.ready_at(Time(at.0 - 1_234_567_891), None, TOKEN), at);
            assert!(takes(&mut bucket, at, TOKEN), "token {nth}");
        }
    }

    #[test]
    fn ten_gigabits_a_second_do_not_overflow_in_a_century() {
        let rate = Rate::nearest(1.25e9).expect("a rate");
        let spec = BucketSpec { rate, burst: None, tick: None, full: true };
        let mut bucket = Bucket::new(&spec);
        let century = Time(100 * 365 * 86_400 * SECOND);
        assert!(bucket.has(century, None, 1_250_000_000 * TOKEN));
        assert!(!bucket.has(century, None, 1_250_000_000 * TOKEN + 1));
        bucket.take(century, None, 1_250_000_000 * TOKEN);
        assert_eq!(bucket.ready_at(century, None, TOKEN), Time(century.0 + 1), "1.25 bytes a nanosecond");
        let steep = Rate::nearest(Rate::MOST).expect("a rate");
        let mut most = Bucket::new(&BucketSpec { rate: steep, burst: Some(u128::MAX), tick: None, full: false });
        assert!(!most.has(century, None, u128::MAX));
        most.set_rate(century, Rate::nearest(1.0 / 3.0).expect("a rate"));
        most.take(century, None, TOKEN);
    }

    #[test]
    fn a_refusal_takes_nothing() {
        let mut bucket = bucket(Rate::per_second(1), 2);
        assert!(!takes(&mut bucket, Time::ZERO, 3 * TOKEN), "more than it ever holds");
        assert!(!bucket.fits(3 * TOKEN));
        assert_eq!(bucket.ready_at(Time::ZERO, None, 3 * TOKEN), Time::NEVER);
        assert!(takes(&mut bucket, Time::ZERO, 2 * TOKEN), "and nothing is missing");
        assert!(!takes(&mut bucket, Time(SECOND - 1), TOKEN));
        assert!(takes(&mut bucket, Time(SECOND), TOKEN));
    }

    #[test]
    fn ticks_bring_all_at_once() {
        let spec = BucketSpec {
            rate: Rate::per_second(100),
            burst: Some(150 * TOKEN),
            tick: Some(Span::seconds(1)),
            full: true,
        };
        let mut bucket = Bucket::new(&spec);
        assert!(takes(&mut bucket, Time::ZERO, 150 * TOKEN));
        assert!(!bucket.has(Time(SECOND - 1), None, TOKEN));
        assert!(bucket.has(Time(SECOND), None, 100 * TOKEN) && !bucket.has(Time(SECOND), None, 101 * TOKEN));
        assert_eq!(bucket.ready_at(Time(500 * MS), None, 120 * TOKEN), Time(2 * SECOND));
        assert!(bucket.has(Time(2 * SECOND), None, 150 * TOKEN) && !bucket.has(Time(9 * SECOND), None, 151 * TOKEN));
    }

    #[test]
    fn an_empty_start_fills_up_like_any_other_emptiness() {
        let spec = BucketSpec { rate: Rate::per_second(2), burst: Some(3 * TOKEN), tick: None, full: false };
        let mut bucket = Bucket::new(&spec);
        assert!(!takes(&mut bucket, Time::ZERO, TOKEN));
        assert!(takes(&mut bucket, Time(500 * MS), TOKEN));
        // Each key begins empty at the start of the run, not when it is first seen.
        assert!(!bucket.has(Time(500 * MS - 1), Some(7), TOKEN) && bucket.has(Time(1500 * MS), Some(8), 2 * TOKEN));
    }

    #[test]
    fn a_second_s_worth_is_the_burst_unless_said_and_at_least_one_token() {
        let of = |rate| Bucket::new(&BucketSpec { rate, burst: None, tick: None, full: true });
        assert!(of(Rate::per_second(20)).fits(20 * TOKEN) && !of(Rate::per_second(20)).fits(20 * TOKEN + 1));
        let slow = of(Rate { things: 1, seconds: 3 });
        assert!(slow.fits(TOKEN) && !slow.fits(TOKEN + 1));
    }

    #[test]
    fn a_changed_rate_keeps_what_is_there() {
        let mut bucket = bucket(Rate::per_second(1), 10);
        assert!(takes(&mut bucket, Time::ZERO, 10 * TOKEN));
        bucket.set_rate(Time(3 * SECOND), Rate { things: 1, seconds: 3 });
        assert!(bucket.has(Time(3 * SECOND), None, 3 * TOKEN) && !bucket.has(Time(3 * SECOND), None, 3 * TOKEN + 1));
        assert_eq!(bucket.ready_at(Time(3 * SECOND), None, 4 * TOKEN), Time(6 * SECOND));
        bucket.set_rate(Time(6 * SECOND), Rate::ZERO);
        assert_eq!(bucket.ready_at(Time(6 * SECOND), None, 5 * TOKEN), Time::NEVER);
        bucket.set_rate(Time(7 * SECOND), Rate::per_second(4));
        assert_eq!(bucket.ready_at(Time(7 * SECOND), None, 5 * TOKEN), Time(7250 * MS));
        assert_eq!(
            bucket.offered(Time(8 * SECOND)),
            (3 + 1 + 4) * TOKEN,
            "3 s at 1, 3 s at a third, 1 s of none, 1 s at 4"
        );
    }

    #[test]
    fn keys_do_not_see_each_other_and_full_ones_are_forgotten() {
        let mut bucket = bucket(Rate::per_second(1), 1);
        for key in 0..5000 {
            let now = Time(key * 10 * MS);
            assert!(bucket.has(now, Some(key), TOKEN));
            bucket.take(now, Some(key), TOKEN);
            assert!(!bucket.has(now, Some(key), TOKEN));
        }
        assert!(bucket.kept.len() <= 1124, "those of the last second are missing a token: {}", bucket.kept.len());
    }

    #[test]
    fn never_more_gets_through_than_burst_and_rate_together() {
        let mut random = Random::new(1129);
        for _ in 0..200 {
            let rate = Rate { things: 1 + random.below(50), seconds: 1 + random.below(7) };
            let burst = 1 + random.below(20);
            let tick = random.chance(0.5).then(|| Span(1 + random.below(3 * SECOND)));
            let spec = BucketSpec { rate, burst: Some(u128::from(burst) * TOKEN), tick, full: random.chance(0.5) };
            let mut bucket = Bucket::new(&spec);
            let mut now = Time::ZERO;
            let mut let_in: Vec<(Time, u128)> = Vec::new();
            for _ in 0..300 {
                now += Span(random.below(SECOND / 2));
                let cost = (1 + u128::from(random.below(3))) * TOKEN;
                if takes(&mut bucket, now, cost) {
                    let_in.push((now, cost));
                }
            }
            for (first, (begin, _)) in let_in.iter().enumerate() {
                let mut through = 0;
                for (end, cost) in &let_in[first..] {
                    through += cost;
                    // With ticks, up to one more tick's worth than the time between them brings.
                    let time = u128::from(end.since(*begin).0 + tick.map_or(0, |tick| tick.0));
                    let most = spec.burst.unwrap_or(0) + rate.nanos_in(time) + 1;
                    assert!(through <= most, "{through} of {most} between {begin} and {end}: {spec:?}");
                }
            }
        }
    }
}
