//! A scaler: reads how much of its members is used, a datapoint a period, and says how many there should be.
//!
//! A datapoint is used / offered over a whole period, of members while they are counted; it is sampled, as monitoring does
//! it, so the scaler knows nothing of what happened since. *Tracking*: after `out_points` datapoints in a row strictly
//! above the target, n x datapoint / target members, rounded up, are wanted (n: members counted now), if that is more than
//! is wanted already: what is under way counts as wanted. After `in_points` in a row strictly below `in_below` times the
//! target, one goes a period, or all that are too many if it is not gentle. *Steps*: the step of the highest threshold that
//! the datapoint reaches, counted from the target, adds so many members, or such a share of what is wanted.
//!
//! *Foreseen*: with a season, so many are wanted as the busiest of the next periods needed a season ago, at least.
//!
//! Datapoints are quotients of whole numbers and targets are whole millionths, so nothing is decided by a rounding.
//! Proved by: `worked-target`, and the tests below.

use std::collections::VecDeque;

use crate::units::{Span, Time};

/// Millionths.
const ONE: u128 = 1_000_000;

/// What a scaler does.
#[derive(Clone, Debug, PartialEq)]
pub struct ScalerSpec {
    /// Length of a period; periods lie on its multiples.
    pub period: Span,
    /// The target, in millionths of the datapoint's unit.
    pub target: u64,
    /// Steps, instead of going to the target: distance from the target in millionths of the unit, and the change.
    pub steps: Vec<(i64, Change)>,
    /// Datapoints in a row that call for more.
    pub out_points: u32,
    /// Datapoints in a row that call for fewer.
    pub in_points: u32,
    /// Below this share of the target, in millionths.
    pub in_below: u64,
    /// Pause after growing.
    pub out_cooldown: Span,
    /// Pause after shrinking.
    pub in_cooldown: Span,
    /// One goes a period, and not all at once.
    pub gently: bool,
    /// Periods after which the load comes again, and how many of those to come are looked at; 0: nothing is foreseen.
    pub season: u32,
    /// See `season`.
    pub ahead: u32,
}

/// How far a step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// So many members.
    Members(i64),
    /// Such a share of what is wanted, in millionths, rounded away from nothing.
    Share(i64),
}

/// What a member has used and could have given, ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Used.
    pub used: u128,
    /// Offered.
    pub offered: u128,
}

/// A scaler.
#[derive(Clone, Debug)]
pub struct Scaler {
    spec: ScalerSpec,
    /// What was read last of each member that is counted.
    last: Vec<Option<Reading>>,
    /// This period so far.
    sum: Reading,
    above: u32,
    below: u32,
    out_at: Option<Time>,
    in_at: Option<Time>,
    /// How many members each of the last periods would have needed, the oldest first.
    needed: VecDeque<u32>,
    /// It sees no datapoints.
    pub blind: bool,
    /// How often it decided for more, and for fewer.
    pub decided: [u64; 2],
    /// The first time that it did.
    pub first: [Option<Time>; 2],
}

impl Scaler {
    /// A scaler of members at so many places, none of them counted yet.
    pub fn new(spec: &ScalerSpec, places: u32) -> Scaler {
        Scaler {
            spec: spec.clone(),
            last: vec![None; places as usize],
            sum: Reading::default(),
            above: 0,
            below: 0,
            out_at: None,
            in_at: None,
            needed: VecDeque::new(),
            blind: false,
            decided: [0; 2],
            first: [None; 2],
        }
    }

    /// A member is counted from now on.
    pub fn joins(&mut self, place: u32, reading: Reading) {
        self.last[place as usize] = Some(reading);
    }

    /// A member has used more since it was read last.
    pub fn reads(&mut self, place: u32, reading: Reading) {
        if let Some(last) = &mut self.last[place as usize] {
            self.sum.used += reading.used - last.used;
            self.sum.offered += reading.offered - last.offered;
            *last = reading;
        }
    }

    /// A member is counted no more.
    pub fn parts(&mut self, place: u32, reading: Reading) {
        self.reads(place, reading);
        self.last[place as usize] = None;
    }

    /// Is the member at a place counted?
    pub fn counts(&self, place: u32) -> bool {
        self.last[place as usize].is_some()
    }

    /// A period is over, all members have been read, `counted` of them are counted and `wanted` are wanted: how many are
    /// wanted now, within a range, if that changes.
    pub fn decides(&mut self, now: Time, counted: u32, wanted: u32, range: (u32, u32)) -> Option<u32> {
        let point = std::mem::take(&mut self.sum);
        let foreseen = self.foresees(point, counted);
        let within = |to: u32| to.clamp(range.0, range.1);
        if within(foreseen) > wanted && !self.blind {
            return Some(within(foreseen));
        }
        // Without members, or without eyes, there is no datapoint, and a row is not broken.
        if self.blind || point.offered == 0 {
            return None;
        }
        let target = u128::from(self.spec.target);
        let is_above = point.used * ONE > point.offered * target;
        let is_below = point.used * ONE * ONE < point.offered * target * u128::from(self.spec.in_below);
        self.above = if is_above { self.above + 1 } else { 0 };
        self.below = if is_below { self.below + 1 } else { 0 };
        let within = |to: u32| within(to.max(foreseen));
        if self.above >= self.spec.out_points.max(1) {
            self.more(point, counted, wanted).map(within).filter(|&to| to > wanted && self.rested(now, false))
        } else if self.below >= self.spec.in_points.max(1) {
            self.fewer(point, counted, wanted).map(within).filter(|&to| to < wanted && self.rested(now, true))
        } else {
            None
        }
    }

    /// How many the periods to come need, if they are like those a season before; notes what this one needed.
    fn foresees(&mut self, point: Reading, counted: u32) -> u32 {
        let season = self.spec.season as usize;
        if season == 0 {
            return 0;
        }
        self.needed.push_back(if self.blind { 0 } else { self.at_target(point, counted).unwrap_or(0) });
        if self.needed.len() > season {
            self.needed.pop_front();
        }
        // The first of them is as old as a season, and the next one to come is like it.
        let known = if self.needed.len() == season { self.spec.ahead as usize } else { 0 };
        self.needed.iter().take(known).copied().max().unwrap_or(0)
    }

    /// What was decided is done.
    pub fn acted(&mut self, now: Time, more: bool) {
        *(if more { &mut self.out_at } else { &mut self.in_at }) = Some(now);
        let which = usize::from(!more);
        self.decided[which] += 1;
        self.first[which] = self.first[which].or(Some(now));
    }

    /// So many would be at the target.
    fn at_target(&self, point: Reading, counted: u32) -> Option<u32> {
        let under = point.offered * u128::from(self.spec.target);
        let exact = u128::from(counted) * point.used * ONE;
        (under > 0).then(|| u32::try_from(exact.div_ceil(under)).unwrap_or(u32::MAX))
    }

    fn more(&self, point: Reading, counted: u32, wanted: u32) -> Option<u32> {
        if self.spec.steps.is_empty() { self.at_target(point, counted) } else { self.step(point, wanted) }
    }

    fn fewer(&self, point: Reading, counted: u32, wanted: u32) -> Option<u32> {
        match (self.spec.steps.is_empty(), self.spec.gently) {
            (false, _) => self.step(point, wanted),
            (true, true) => Some(wanted.saturating_sub(1)),
            (true, false) => self.at_target(point, counted),
        }
    }

    /// The step of the highest threshold that the datapoint reaches (of those below the target: the lowest).
    fn step(&self, point: Reading, wanted: u32) -> Option<u32> {
        let distance = |threshold: i64| i128::from(self.spec.target) + i128::from(threshold);
        let reached = |threshold: i64| {
            let limit = distance(threshold).max(0) as u128 * point.offered;
            if threshold >= 0 { point.used * ONE >= limit } else { point.used * ONE <= limit }
        };
        let steps = self.spec.steps.iter().filter(|(threshold, _)| reached(*threshold));
        let (_, change) = steps.max_by_key(|(threshold, _)| threshold.unsigned_abs())?;
        let by = match *change {
            Change::Members(members) => members,
            Change::Share(share) => {
                let exact = i128::from(share) * i128::from(wanted);
                let away = (exact.unsigned_abs().div_ceil(ONE)) as i64;
                if exact < 0 { -away } else { away }
            }
        };
        Some((i64::from(wanted) + by).clamp(0, i64::from(u32::MAX)) as u32)
    }

    /// Are the pauses over?
    fn rested(&self, now: Time, shrinks: bool) -> bool {
        let over = |since: Option<Time>, pause: Span| since.is_none_or(|at| now >= at + pause);
        let after_growing = over(self.out_at, self.spec.out_cooldown);
        after_growing && (!shrinks || over(self.in_at, self.spec.in_cooldown))
    }

    /// The measuring begins: the decisions before are forgotten, but not their pauses.
    pub fn begin(&mut self) {
        (self.decided, self.first) = ([0; 2], [None; 2]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Span = Span::seconds(60);

    fn spec() -> ScalerSpec {
        ScalerSpec {
            period: MINUTE,
            target: 300_000,
            steps: vec![],
            out_points: 3,
            in_points: 15,
            in_below: 700_000,
            out_cooldown: Span::ZERO,
            in_cooldown: Span::ZERO,
            season: 0,
            ahead: 0,
            gently: true,
        }
    }

    /// A scaler of one member, and what it decides in a row of minutes with these percentages used.
    struct Row(Scaler, u128, u64);

    impl Row {
        fn of(spec: ScalerSpec) -> Row {
            let mut scaler = Scaler::new(&spec, 1);
            scaler.joins(0, Reading::default());
            Row(scaler, 0, 0)
        }

        fn minute(&mut self, percent: u128, counted: u32, wanted: u32) -> Option<u32> {
            (self.1, self.2) = (self.1 + percent, self.2 + 1);
            self.0.reads(0, Reading { used: self.1, offered: u128::from(self.2) * 100 });
            let now = Time(self.2 * MINUTE.0);
            let to = self.0.decides(now, counted, wanted, (2, 9));
            if let Some(to) = to {
                self.0.acted(now, to > wanted);
            }
            to
        }
    }

    #[test]
    fn three_points_in_a_row_above_the_target_call_for_what_would_meet_it() {
        let mut row = Row::of(spec());
        assert_eq!([row.minute(50, 2, 2), row.minute(50, 2, 2)], [None, None]);
        assert_eq!(row.minute(50, 2, 2), Some(4), "two at 50 % are 3.33 at 30 %");
        assert_eq!(row.minute(50, 2, 4), None, "four are under way");
        assert_eq!(row.minute(75, 2, 4), Some(5), "more than is under way");
    }

    #[test]
    fn the_target_itself_is_neither_above_nor_below_and_breaks_the_row() {
        let mut row = Row::of(spec());
        let of = [50, 50, 30, 50, 50].map(|percent| row.minute(percent, 2, 2));
        assert_eq!(of, [None; 5]);
        assert_eq!(row.minute(31, 2, 2), Some(3));
    }

    #[test]
    fn what_meets_the_target_exactly_is_not_rounded_up() {
        let mut row = Row::of(ScalerSpec { out_points: 1, ..spec() });
        assert_eq!(row.minute(40, 3, 3), Some(4), "three at 40 % are four at 30 %, and no more");
    }

    #[test]
    fn one_goes_a_period_while_it_is_low_for_long_enough() {
        let mut row = Row::of(spec());
        for _ in 0..14 {
            assert_eq!(row.minute(20, 4, 4), None);
        }
        assert_eq!([row.minute(20, 4, 4), row.minute(20, 3, 3)], [Some(3), Some(2)]);
        assert_eq!(row.minute(21, 2, 2), None, "70 % of the target are not below it");
        assert_eq!((row.0.decided, row.0.first[1]), ([0, 2], Some(Time(15 * MINUTE.0))));
    }

    #[test]
    fn a_pause_holds_back_what_follows_it() {
        let pauses = ScalerSpec { out_points: 1, in_points: 1, out_cooldown: Span::seconds(120), ..spec() };
        let mut row = Row::of(pauses);
        assert_eq!(row.minute(60, 2, 2), Some(4));
        assert_eq!(row.minute(90, 4, 4), None);
        assert_eq!(row.minute(1, 4, 4), Some(3), "the pause is over to the second");
    }

    #[test]
    fn steps_go_as_far_as_the_highest_that_is_reached() {
        let steps = vec![(0, Change::Members(1)), (200_000, Change::Share(500_000)), (-150_000, Change::Members(-2))];
        let mut row = Row::of(ScalerSpec { steps, out_points: 1, in_points: 1, ..spec() });
        assert_eq!(row.minute(40, 3, 3), Some(4));
        assert_eq!(row.minute(50, 3, 3), Some(5), "half as many again, rounded up");
        assert_eq!(row.minute(20, 5, 5), None, "low, but no step is reached");
        assert_eq!(row.minute(10, 5, 5), Some(3));
    }

    #[test]
    fn without_a_datapoint_nothing_is_decided_and_no_row_broken() {
        let mut row = Row::of(spec());
        row.minute(50, 2, 2);
        row.minute(50, 2, 2);
        row.0.blind = true;
        assert_eq!(row.minute(50, 2, 2), None);
        row.0.blind = false;
        assert_eq!(row.minute(50, 2, 2), Some(4));
    }

    #[test]
    fn a_member_counts_from_when_it_is_counted() {
        let mut scaler = Scaler::new(&ScalerSpec { out_points: 1, ..spec() }, 2);
        scaler.joins(0, Reading::default());
        scaler.joins(1, Reading { used: 900, offered: 1000 });
        scaler.reads(0, Reading { used: 40, offered: 100 });
        scaler.parts(1, Reading { used: 920, offered: 1050 });
        assert_eq!(scaler.decides(Time(1), 1, 1, (1, 9)), Some(2), "60 of 150 are 40 %");
        assert!(!scaler.counts(1));
    }

    #[test]
    fn what_was_needed_a_season_ago_is_there_in_time() {
        let mut scaler = Scaler::new(&ScalerSpec { season: 4, ahead: 2, ..spec() }, 9);
        scaler.joins(0, Reading::default());
        let mut at = Reading::default();
        // Loads of one member, in millionths of it; three tenths are the target.
        let mut period = |used: u128, wanted: u32| {
            at = Reading { used: at.used + used, offered: at.offered + ONE };
            scaler.reads(0, at);
            scaler.decides(Time::ZERO, 1, wanted, (1, 9))
        };
        // Of the first season nothing is known; it needed 1, 1, 3 and 1.
        assert_eq!([200_000, 200_000, 800_000].map(|used| period(used, 1)), [None; 3]);
        assert_eq!(period(200_000, 1), None, "the next two are like the first two");
        assert_eq!(period(200_000, 1), Some(3), "the second of the next two is like the busy one");
        assert_eq!(period(200_000, 3), None, "it is wanted already");
    }
}
