//! A detector: asks each member now and then; so many silences in a row take it out, so many answers bring it in.
//!
//! A death is noticed at the `down`-th question after it: with a question every `every`, between (down - 1) and down times
//! `every` later, and half a period earlier than the latest on average. A member that is new, or comes back, is let in at
//! the `up`-th answer in a row; with `up` = 0 at once. Members that are there when the run begins are known to be well.
//!
//! Left out: answers that are late, watchers that disagree. Proved by: the tests below, and `tests/fleets.rs`.

use crate::record::Gauge;
use crate::units::{Span, Time};

/// What a detector does.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectorSpec {
    /// Time between two questions; they lie on its multiples.
    pub every: Span,
    /// Silences in a row that take a member out.
    pub down: u32,
    /// Answers in a row that let it in.
    pub up: u32,
}

/// What is thought of a member.
#[derive(Clone, Copy, Debug, Default)]
struct Opinion {
    well: bool,
    /// Answers in a row that speak against it.
    row: u32,
}

/// Opinions of members.
#[derive(Clone, Debug)]
pub struct Detector {
    down: u32,
    up: u32,
    opinions: Vec<Opinion>,
    /// How many are thought to be well.
    pub healthy: Gauge,
    /// How often an opinion changed.
    pub flips: u64,
}

impl Detector {
    /// Members at so many places, the first ones there and well.
    pub fn new(spec: &DetectorSpec, places: u32, begins: u32) -> Detector {
        let well = |place: u32| Opinion { well: place < begins, row: 0 };
        let mut healthy = Gauge::default();
        healthy.set(Time::ZERO, u64::from(begins.min(places)));
        let opinions = (0..places).map(well).collect();
        Detector { down: spec.down.max(1), up: spec.up, opinions, healthy, flips: 0 }
    }

    /// A new member: is it let in at once?
    pub fn comes(&mut self, now: Time, place: u32) -> bool {
        self.goes(now, place);
        self.opinions[place as usize] = Opinion { well: self.up == 0, row: 0 };
        self.healthy.change(now, i64::from(self.up == 0));
        self.up == 0
    }

    /// There is no member any more.
    pub fn goes(&mut self, now: Time, place: u32) {
        let opinion = std::mem::take(&mut self.opinions[place as usize]);
        self.healthy.change(now, -i64::from(opinion.well));
    }

    /// A question was answered, or not: what is thought of the member from now on, if that changes.
    pub fn hears(&mut self, now: Time, place: u32, answered: bool) -> Option<bool> {
        let opinion = &mut self.opinions[place as usize];
        opinion.row = if opinion.well == answered { 0 } else { opinion.row + 1 };
        let enough = if opinion.well { self.down } else { self.up.max(1) };
        if opinion.row < enough {
            return None;
        }
        *opinion = Opinion { well: answered, row: 0 };
        self.healthy.change(now, if answered { 1 } else { -1 });
        self.flips += 1;
        Some(answered)
    }

    /// The measuring begins.
    pub fn begin(&mut self, now: Time) {
        self.healthy.begin(now);
        self.flips = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detector() -> Detector {
        Detector::new(&DetectorSpec { every: Span(10), down: 3, up: 2 }, 4, 2)
    }

    #[test]
    fn so_many_silences_in_a_row_take_a_member_out() {
        let mut checks = detector();
        let heard = [false, false, true, false, false, false].map(|answered| checks.hears(Time(10), 0, answered));
        assert_eq!(heard, [None, None, None, None, None, Some(false)], "an answer between them breaks the row");
        assert_eq!((checks.healthy.value(), checks.flips), (1, 1));
    }

    #[test]
    fn so_many_answers_in_a_row_bring_it_back() {
        let mut checks = detector();
        for _ in 0..3 {
            let _ = checks.hears(Time(10), 1, false);
        }
        let heard = [true, false, true, true].map(|answered| checks.hears(Time(20), 1, answered));
        assert_eq!(heard, [None, None, None, Some(true)]);
    }

    #[test]
    fn a_newcomer_has_to_answer_first_unless_nobody_asks_it_to() {
        let mut checks = detector();
        assert!(!checks.comes(Time(10), 2));
        assert_eq!([true, true].map(|answered| checks.hears(Time(20), 2, answered)), [None, Some(true)]);
        let mut trusting = Detector::new(&DetectorSpec { every: Span(10), down: 1, up: 0 }, 4, 2);
        assert!(trusting.comes(Time(10), 2));
        assert_eq!(trusting.healthy.value(), 3);
        assert_eq!(trusting.hears(Time(20), 2, false), Some(false));
    }

    #[test]
    fn whoever_is_at_a_place_next_starts_anew() {
        let mut checks = detector();
        for _ in 0..2 {
            let _ = checks.hears(Time(10), 0, false);
        }
        checks.goes(Time(15), 0);
        assert_eq!(checks.healthy.value(), 1);
        checks.comes(Time(15), 0);
        assert_eq!([false, true, true].map(|answered| checks.hears(Time(20), 0, answered)), [None, None, Some(true)]);
    }
}
