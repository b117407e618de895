//! A number that changes with time: its integral, its greatest value, how long it was at least so much.
//!
//! A value counts from the end of the instant in which it was set: what is held for no time has no integral, is no maximum
//! and is seen by nobody, so the order of events of one instant cannot matter. Measuring begins at the end of the warm-up
//! and ends at `close`; the value itself is kept all along.

use super::ahead::Ahead;
use super::watch::Watch;
use crate::units::{Span, Time};

/// A number over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Gauge {
    value: u64,
    /// Since when it has this value.
    since: Time,
    /// The measured span; its end is not known before `close` unless it was told.
    start: Time,
    end: Time,
    /// Length of what was measured, of all replications together.
    measured: u128,
    integral: u128,
    max: u64,
    max_at: Time,
    watches: Vec<Watch>,
    ahead: Option<Box<Ahead>>,
}

impl Default for Gauge {
    fn default() -> Gauge {
        Gauge {
            value: 0,
            since: Time::ZERO,
            start: Time::ZERO,
            end: Time::NEVER,
            measured: 0,
            integral: 0,
            max: 0,
            max_at: Time::ZERO,
            watches: Vec::new(),
            ahead: None,
        }
    }
}

impl Gauge {
    /// Nothing, measured from the start; `end` is where stays are cut off that are told before they are over.
    pub fn until(end: Time) -> Gauge {
        Gauge { end, ..Gauge::default() }
    }

    /// A gauge whose owner kept its course in sums: closed, with the greatest value and when it was reached.
    pub(super) fn closed(value: u64, end: Time, max: u64, max_at: Time) -> Gauge {
        Gauge { value, since: end, start: end, max, max_at, ..Gauge::default() }
    }

    /// The owner knows for how long the value was at least `n`.
    pub(super) fn was_at_least(&mut self, n: u64, time: u128) {
        self.watches.push(Watch::AtLeast { n, time });
    }

    /// Also: for how long the value was at least `n`.
    pub fn watch_at_least(&mut self, n: u64) {
        self.watches.push(Watch::at_least(n));
    }

    /// Also: the value at a moment, after all events up to it and of it.
    pub fn watch_moment(&mut self, at: Time) {
        self.watches.push(Watch::moment(at));
    }

    /// Also: when, from `after` on, the value was first below `n`.
    pub fn watch_first_below(&mut self, n: u64, after: Time) {
        self.watches.push(Watch::first_below(n, after));
    }

    /// The value now; without what is ahead and without stays that were only added up.
    pub fn value(&self) -> u64 {
        self.value
    }

    /// The value changes.
    #[inline]
    pub fn change(&mut self, now: Time, by: i64) {
        self.settle(now);
        self.apply(by);
    }

    /// The value becomes `n`.
    #[inline]
    pub fn set(&mut self, now: Time, n: u64) {
        self.settle(now);
        self.value = n;
    }

    /// A member's whole stay, in any order, also before it is over: the integral is the same as by two changes.
    ///
    /// Only the integral: whoever counts its members itself tells the greatest number by [`Gauge::peak`].
    #[inline]
    pub fn add_stay(&mut self, from: Time, to: Time) {
        self.add_stays(from, to, 1);
    }

    /// `n` equal stays.
    #[inline]
    pub fn add_stays(&mut self, from: Time, to: Time, n: u64) {
        self.integral += to.min(self.end).since(from.max(self.start)).0 as u128 * n as u128;
    }

    /// The owner counted `n` members, held from `at` on for some time.
    #[inline]
    pub fn peak(&mut self, at: Time, n: u64) {
        if n > self.max {
            (self.max, self.max_at) = (n, at.max(self.start));
        }
    }

    /// A member's stay, told at `now` or before it begins: everything, watches too, as if it came and went by changes.
    #[inline]
    pub fn will_stay(&mut self, now: Time, from: Time, to: Time) {
        debug_assert!(now <= from && from <= to);
        self.settle(now);
        if from == to {
            return;
        }
        let began = from <= now;
        self.value += began as u64;
        let ahead = self.ahead.get_or_insert_default();
        if !began {
            ahead.expect(from, 1);
        }
        ahead.expect(to, -1);
    }

    /// The measuring begins: everything is forgotten but the value, what is ahead and what is watched.
    pub fn begin(&mut self, now: Time) {
        self.settle(now);
        (self.start, self.since) = (now, now);
        (self.measured, self.integral, self.max, self.max_at) = (0, 0, 0, now);
        self.watches.iter_mut().for_each(Watch::begin);
    }

    /// The measuring is over; what happens at `end` or later is no part of it.
    pub fn close(&mut self, end: Time) {
        self.settle(self.since.max(end - Span(1)));
        self.hold_until(end);
        self.watches.iter_mut().for_each(|watch| watch.close(self.value, end));
        self.measured += end.since(self.start).0 as u128;
        (self.start, self.ahead) = (end, None);
    }

    /// Brings the integral up to `now`, through what was ahead.
    #[inline]
    fn settle(&mut self, now: Time) {
        debug_assert!(now >= self.since, "time runs forward: {now} after {}", self.since);
        if now > self.since {
            if self.ahead.is_some() {
                self.settle_through_what_is_ahead(now);
            }
            self.hold_until(now);
        }
    }

    fn settle_through_what_is_ahead(&mut self, now: Time) {
        while let Some((at, by)) = self.ahead.as_mut().and_then(|ahead| ahead.next(now)) {
            self.hold_until(at);
            self.apply(by);
        }
    }

    /// The value was held from `since` to `now`.
    #[inline]
    fn hold_until(&mut self, now: Time) {
        let held = now.since(self.since).0;
        if held == 0 {
            return;
        }
        self.integral += self.value as u128 * held as u128;
        if self.value > self.max {
            (self.max, self.max_at) = (self.value, self.since);
        }
        if !self.watches.is_empty() {
            self.watches.iter_mut().for_each(|watch| watch.see(self.value, self.since, now));
        }
        self.since = now;
    }

    #[inline]
    fn apply(&mut self, by: i64) {
        debug_assert!(self.value.checked_add_signed(by).is_some(), "{} changes by {by}", self.value);
        self.value = self.value.saturating_add_signed(by);
    }

    /// Integral over the measured span, in member-nanoseconds.
    pub fn integral(&self) -> u128 {
        self.integral
    }

    /// Integral from the start of the measuring to `now`, which does not lie before the last change; without what is ahead.
    pub fn so_far(&self, now: Time) -> u128 {
        self.integral + self.value as u128 * now.since(self.since.max(self.start)).0 as u128
    }

    /// Length of the measured span (of all replications together) in nanoseconds; 0 before `close`.
    pub fn measured(&self) -> u128 {
        self.measured
    }

    /// Mean over the measured span.
    pub fn mean(&self) -> f64 {
        if self.measured == 0 { 0.0 } else { self.integral as f64 / self.measured as f64 }
    }

    /// The greatest value that was held for some time.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// When it was first reached; the start of the measuring if it was so from before.
    pub fn max_at(&self) -> Time {
        self.max_at
    }

    /// For how long the value was at least `n`, in nanoseconds; none if nobody asked for it.
    pub fn at_least(&self, n: u64) -> Option<u128> {
        self.watches.iter().find_map(|watch| watch.time_at_least(n))
    }

    /// The value at a moment, a mean over replications; none if nobody asked or no run came so far.
    pub fn moment(&self, at: Time) -> Option<f64> {
        self.watches.iter().find_map(|watch| watch.value_at(at))
    }

    /// When the value first fell below `n` from `after` on, in nanoseconds, a mean over those replications in which it
    /// did; none if it never did or nobody asked.
    pub fn first_below(&self, n: u64, after: Time) -> Option<f64> {
        self.watches.iter().find_map(|watch| watch.fell_below(n, after))
    }

    /// Adds a closed gauge of another replication or shard group: integrals and lengths add, the greater maximum remains
    /// (of equal ones the earlier).
    pub fn merge(&mut self, other: &Gauge) {
        self.value += other.value;
        self.since = self.since.max(other.since);
        self.start = self.start.max(other.start);
        self.end = self.end.max(other.end);
        self.measured += other.measured;
        self.integral += other.integral;
        if other.max > self.max || (other.max == self.max && other.max_at < self.max_at) {
            (self.max, self.max_at) = (other.max, other.max_at);
        }
        for theirs in &other.watches {
            match self.watches.iter_mut().find(|ours| ours.asks_the_same(theirs)) {
                Some(ours) => ours.merge(theirs),
                None => self.watches.push(theirs.clone()),
            }
        }
    }

    /// Adds a closed gauge of another thing over the same span: integrals add, the length stays; the greatest value is
    /// that of any one of them.
    pub fn beside(&mut self, other: &Gauge) {
        self.integral += other.integral;
        if other.max > self.max {
            (self.max, self.max_at) = (other.max, other.max_at);
        }
    }

    /// The integral as its owner has it from sums, over a span of this length.
    pub fn set_integral(&mut self, integral: u128, measured: Span) {
        (self.integral, self.measured) = (integral, measured.0 as u128);
    }

    /// Time at or above `n` as a span, for one replication.
    pub fn span_at_least(&self, n: u64) -> Option<Span> {
        self.at_least(n).map(|ns| Span(ns.min(u64::MAX as u128) as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_integral_is_value_times_time() {
        let mut gauge = Gauge::default();
        gauge.change(Time(10), 2);
        gauge.change(Time(30), 1);
        gauge.change(Time(40), -3);
        gauge.close(Time(50));
        assert_eq!(gauge.integral(), 2 * 20 + 3 * 10);
        assert_eq!((gauge.mean(), gauge.max(), gauge.max_at()), (1.4, 3, Time(30)));
    }

    #[test]
    fn what_is_held_for_no_time_is_no_maximum() {
        let mut gauge = Gauge::default();
        gauge.change(Time(5), 9);
        gauge.change(Time(5), -8);
        gauge.change(Time(7), 3);
        gauge.change(Time(7), -3);
        gauge.set(Time(20), 4);
        gauge.close(Time(20));
        assert_eq!((gauge.max(), gauge.max_at(), gauge.integral()), (1, Time(5), 15));
    }

    #[test]
    fn the_warm_up_leaves_only_the_value() {
        let mut gauge = Gauge::default();
        gauge.watch_at_least(3);
        gauge.set(Time(0), 50);
        gauge.set(Time(10), 3);
        gauge.begin(Time(100));
        gauge.set(Time(110), 1);
        gauge.close(Time(200));
        assert_eq!((gauge.integral(), gauge.max(), gauge.max_at()), (30 + 90, 3, Time(100)));
        assert_eq!((gauge.at_least(3), gauge.at_least(4)), (Some(10), None));
        assert_eq!(gauge.mean(), 1.2);
    }

    #[test]
    fn moments_are_seen_after_all_events_of_their_instant() {
        let mut gauge = Gauge::default();
        for at in [9, 10, 25, 40, 41] {
            gauge.watch_moment(Time(at));
        }
        gauge.set(Time(10), 7);
        gauge.set(Time(10), 5);
        gauge.set(Time(30), 2);
        gauge.close(Time(40));
        let seen = [9, 10, 25, 40, 41].map(|at| gauge.moment(Time(at)));
        assert_eq!(seen, [Some(0.0), Some(5.0), Some(5.0), Some(2.0), None]);
    }

    #[test]
    fn a_backlog_is_caught_up_when_it_is_first_below() {
        let mut gauge = Gauge::default();
        gauge.watch_first_below(1, Time(20));
        gauge.watch_first_below(4, Time(20));
        gauge.watch_first_below(1, Time(70));
        gauge.set(Time(5), 6);
        gauge.set(Time(30), 0);
        gauge.set(Time(30), 3);
        gauge.set(Time(50), 0);
        gauge.close(Time(100));
        assert_eq!(gauge.first_below(1, Time(20)), Some(50.0));
        assert_eq!(gauge.first_below(4, Time(20)), Some(30.0));
        assert_eq!(gauge.first_below(1, Time(70)), Some(70.0));
    }

    #[test]
    fn who_would_leave_at_the_end_is_still_there() {
        let mut gauge = Gauge::default();
        gauge.watch_moment(Time(100));
        gauge.will_stay(Time(10), Time(20), Time(100));
        gauge.will_stay(Time(10), Time(20), Time(99));
        gauge.close(Time(100));
        assert_eq!((gauge.value(), gauge.moment(Time(100)), gauge.integral()), (1, Some(1.0), 159));
    }

    #[test]
    fn replications_add_up() {
        let run = |peak: u64, at: u64| {
            let mut gauge = Gauge::default();
            gauge.watch_moment(Time(50));
            gauge.set(Time(at), peak);
            gauge.close(Time(100));
            gauge
        };
        let (mut left, mut right) = (run(4, 20), run(8, 60));
        left.merge(&run(8, 60));
        right.merge(&run(4, 20));
        assert_eq!(left, right);
        assert_eq!((left.mean(), left.max(), left.max_at()), (3.2, 8, Time(60)));
        assert_eq!(left.moment(Time(50)), Some(2.0));
    }

    /// Arrivals in order, each with its wait and its work.
    fn stays() -> impl Strategy<Value = Vec<(u64, u64, u64)>> {
        proptest::collection::vec((0u64..20, 0u64..40, 0u64..300), 1..60).prop_map(|gaps| {
            let mut now = 0;
            gaps.into_iter()
                .map(|(gap, wait, work)| {
                    now += gap;
                    (now, now + wait, now + wait + work)
                })
                .collect()
        })
    }

    fn watched(end: u64) -> Gauge {
        let mut gauge = Gauge::until(Time(end));
        gauge.watch_at_least(2);
        gauge.watch_moment(Time(150));
        gauge.watch_first_below(2, Time(90));
        gauge
    }

    /// By two changes a stay, told when they happen.
    fn by_changes(stays: &[(u64, u64, u64)], start: u64, end: u64) -> Gauge {
        let mut changes: Vec<(u64, i64)> = stays.iter().flat_map(|s| [(s.1, 1), (s.2, -1)]).collect();
        changes.sort_unstable_by_key(|(at, by)| (*at, -by));
        let (mut gauge, mut begun) = (watched(end), false);
        for (at, by) in changes.into_iter().filter(|(at, _)| *at < end) {
            if at >= start && !begun {
                begun = true;
                gauge.begin(Time(start));
            }
            gauge.change(Time(at), by);
        }
        if !begun {
            gauge.begin(Time(start));
        }
        gauge.close(Time(end));
        gauge
    }

    proptest! {
        #[test]
        fn stays_told_ahead_are_the_same_as_changes(stays in stays(), start in 0u64..200, length in 1u64..600) {
            let end = start + length;
            let (mut ahead, mut begun) = (watched(end), false);
            let mut added = Gauge::until(Time(end));
            added.begin(Time(start));
            for (now, from, to) in stays.iter().filter(|s| s.0 < end) {
                if *now >= start && !begun {
                    begun = true;
                    ahead.begin(Time(start));
                }
                ahead.will_stay(Time(*now), Time(*from), Time(*to));
            }
            if !begun {
                ahead.begin(Time(start));
            }
            for (_, from, to) in stays.iter().rev() {
                added.add_stay(Time(*from), Time(*to));
            }
            ahead.close(Time(end));
            added.close(Time(end));
            let changed = by_changes(&stays, start, end);
            prop_assert_eq!(added.integral(), changed.integral());
            prop_assert_eq!((ahead.max(), ahead.max_at()), (changed.max(), changed.max_at()));
            prop_assert_eq!(ahead.integral(), changed.integral());
            prop_assert_eq!(&ahead.watches, &changed.watches);
        }
    }
}
