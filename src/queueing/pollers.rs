//! Pollers: how many may take at a time, where their number follows the backlog.
//!
//! There are `begins` of them. While something waits that none of them is free for, more come at a steady rate:
//!
//! ```text
//! n(t) = min(most, n(t0) + floor((t - t0) / each))
//! ```
//!
//! When nothing waits their number stays, and when nothing is going on either there are `rests` of them.
//!
//! Left out: pollers that go one by one while there is little to do.

use crate::units::{Span, Time};

/// How many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollersSpec {
    /// At the beginning.
    pub begins: u32,
    /// At most.
    pub most: u32,
    /// When nothing goes on.
    pub rests: u32,
    /// One more comes after so long.
    pub each: Span,
}

/// Pollers of one taker.
#[derive(Clone, Copy, Debug)]
pub struct Pollers {
    spec: PollersSpec,
    base: u32,
    /// Since when there are too few.
    short: Option<Time>,
}

impl Pollers {
    /// At the beginning.
    pub fn new(spec: PollersSpec) -> Pollers {
        Pollers { spec, base: spec.begins.min(spec.most), short: None }
    }

    /// How many there are now.
    pub fn number(&self, now: Time) -> u32 {
        let grown = self.short.map_or(0, |since| now.since(since).0 / self.spec.each.0.max(1));
        let most = u64::from(self.spec.most);
        (u64::from(self.base).saturating_add(grown)).min(most) as u32
    }

    /// Something waits that nobody is free for: more come from now on. Says when the next one does, if there will be one.
    pub fn too_few(&mut self, now: Time) -> Option<Time> {
        let since = *self.short.get_or_insert(now);
        let grown = now.since(since).0 / self.spec.each.0.max(1);
        let next = since + Span((grown + 1).saturating_mul(self.spec.each.0));
        (self.number(now) < self.spec.most).then_some(next)
    }

    /// Nothing waits: their number stays.
    pub fn enough(&mut self, now: Time) {
        (self.base, self.short) = (self.number(now), None);
    }

    /// Nothing goes on.
    pub fn rest(&mut self) {
        (self.base, self.short) = (self.spec.rests.min(self.spec.most), None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pollers() -> Pollers {
        Pollers::new(PollersSpec { begins: 5, most: 8, rests: 2, each: Span(10) })
    }

    #[test]
    fn one_more_comes_when_its_time_is_over_and_not_before() {
        let mut five = pollers();
        assert_eq!((five.number(Time(99)), five.too_few(Time(100))), (5, Some(Time(110))));
        assert_eq!((five.number(Time(109)), five.number(Time(110))), (5, 6));
        assert_eq!(five.too_few(Time(115)), Some(Time(120)));
    }

    #[test]
    fn there_are_never_more_than_the_most() {
        let mut five = pollers();
        five.too_few(Time(0));
        assert_eq!((five.number(Time(29)), five.number(Time(30)), five.number(Time(1_000))), (7, 8, 8));
        assert_eq!(five.too_few(Time(30)), None);
    }

    #[test]
    fn their_number_stays_while_nothing_waits_and_falls_when_nothing_goes_on() {
        let mut five = pollers();
        five.too_few(Time(0));
        five.enough(Time(15));
        assert_eq!((five.number(Time(500)), five.too_few(Time(500))), (6, Some(Time(510))));
        five.rest();
        assert_eq!(five.number(Time(600)), 2);
    }
}
