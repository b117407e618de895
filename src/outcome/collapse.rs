//! Did a run collapse? Goodput near its end beside that of a run without its faults, and backlogs that still grow.
//!
//! A run has collapsed if one of three holds. **Its bound**: an unlimited queue passed it, and the run ended there.
//! **Goodput**: in the stretch that is looked at ([`Stretch`]) a flow, or all flows together, got fewer than half of the
//! good answers that the same seed gives without the triggers (faults and changes), and by more than chance. **Backlog**:
//! at the end of a part's line at least 100 wait, and over the last tenth it grew by more than chance. Where there is no
//! trigger, goodput is not asked: a spike of traffic cannot be taken away.

use std::cmp::Ordering;

use super::intervals::wilson;
use crate::record::{Results, Series};
use crate::units::time::SECOND;
use crate::units::{Span, Time};

/// So long a system may take to come back, where the story lasts as long.
const REST: Span = Span::seconds(300);
/// Replications from which on there is a probability.
pub const ENOUGH: usize = 10;
/// A shorter line at the end is no backlog.
const LONG: u64 = 100;
/// Standard deviations that are more than chance.
const SIGMAS: f64 = 3.0;

/// Something that was done to the system in one replication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// In words: "the pause of `db`".
    pub what: String,
    /// When the first of all triggers began.
    pub first: Time,
    /// When this one, the last of all, began.
    pub at: Time,
    /// When it was over; where it stays, its beginning.
    pub over: Time,
}

/// The stretch in which goodput is looked at.
///
/// It is the last tenth of the story. If that begins less than five minutes after the last trigger was over, it begins
/// five minutes after it instead, unless less than half of the tenth would be left: then the story is too short to tell
/// ("early"), and the whole tenth counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Its start; it ends with the story.
    pub from: Time,
    /// The system had less than five minutes to come back.
    pub early: bool,
}

impl Stretch {
    /// Of a story that ends at `to`, with a last trigger that was over at `over`.
    pub fn of(to: Time, over: Time) -> Stretch {
        let tenth = Span(to.0 / 10);
        let (usual, rested) = (to - tenth, over + REST);
        match rested.cmp(&usual) {
            Ordering::Greater if to.since(rested).0 >= tenth.0 / 2 => Stretch { from: rested, early: false },
            Ordering::Greater => Stretch { from: usual, early: true },
            _ => Stretch { from: usual, early: false },
        }
    }
}

/// Why a run counts as collapsed.
#[derive(Clone, Debug, PartialEq)]
pub enum Why {
    /// The unlimited queue of this part passed its bound.
    Bound(String),
    /// Fewer than half of the good answers, of this flow or of all together.
    Goodput(Option<String>),
    /// The backlog of a part still grew: waiting at its start, and at its end.
    Backlog {
        /// The part.
        part: String,
        /// Waited when the last tenth began.
        before: u64,
        /// Waited at the end.
        at_end: u64,
    },
}

/// Good answers per second of one replication with a trigger, all flows together; none where no time was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Rates {
    /// The last trigger.
    pub trigger: Trigger,
    /// Until the first trigger.
    pub before: Option<f64>,
    /// Up to five minutes from the end of the last trigger on.
    pub after: Option<f64>,
    /// In the stretch that is looked at.
    pub at_end: Option<f64>,
    /// There, in a run without triggers.
    pub without: Option<f64>,
    /// See [`Stretch`].
    pub early: bool,
}

/// What became of one replication.
#[derive(Clone, Debug, PartialEq)]
pub struct Fate {
    /// Why it collapsed, if it did.
    pub why: Option<Why>,
    /// Its goodput, where something triggered.
    pub rates: Option<Rates>,
}

/// Lines at a moment, by part: how many waited, and how many had come in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines(pub Vec<(u64, u64)>);

/// Good answers by time of each flow, of a run without triggers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Goodput(Vec<Series>);

impl Goodput {
    /// Of a run.
    pub fn of(run: Results) -> Goodput {
        Goodput(run.flows.into_iter().map(|flow| flow.good).collect())
    }
}

/// Judges a replication; `lines` are those of nine tenths of it, `trigger` and `without` are there if it had any.
pub fn judge(run: &Results, lines: &Lines, trigger: Option<Trigger>, without: Option<&Goodput>) -> Fate {
    let stretch = trigger.as_ref().map(|trigger| Stretch::of(run.to, trigger.over));
    let bound = run.collapsed.clone().map(Why::Bound);
    let lost = || lost(run, stretch?.from, without?);
    let why = bound.or_else(lost).or_else(|| growing(run, lines));
    let rates = trigger.zip(stretch).map(|(trigger, stretch)| rates(run, trigger, stretch, without));
    Fate { why, rates }
}

/// The first flow with fewer than half of its good answers, or all flows together.
fn lost(run: &Results, from: Time, without: &Goodput) -> Option<Why> {
    let pairs = run.flows.iter().zip(&without.0);
    let counts: Vec<(u64, u64)> =
        pairs.map(|(flow, other)| (count(&flow.good, from, run.to).0, count(other, from, run.to).0)).collect();
    let all = counts.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    if under_half(all) {
        return Some(Why::Goodput(None));
    }
    let flow = run.flows.iter().zip(counts).find(|(_, counts)| under_half(*counts));
    flow.map(|(flow, _)| Why::Goodput(Some(flow.name.clone())))
}

/// Fewer than half, and by more than the two counts differ by chance.
fn under_half((good, without): (u64, u64)) -> bool {
    let missing = without.saturating_sub(good) as f64;
    2 * good < without && missing > SIGMAS * ((good + without) as f64).sqrt()
}

/// The first part whose line is long and grew by more than comings and goings change it by chance.
fn growing(run: &Results, before: &Lines) -> Option<Why> {
    run.parts.iter().zip(&before.0).find_map(|(part, (waited, came))| {
        let at_end = part.queue.value();
        let moved = 2.0 * part.work.came_in.saturating_sub(*came) as f64;
        let grown = at_end.saturating_sub(*waited) as f64;
        let grows = at_end >= LONG && grown > SIGMAS * moved.sqrt();
        grows.then(|| Why::Backlog { part: part.name.clone(), before: *waited, at_end })
    })
}

fn rates(run: &Results, trigger: Trigger, stretch: Stretch, without: Option<&Goodput>) -> Rates {
    let own = || run.flows.iter().map(|flow| &flow.good);
    let rest = (trigger.over + REST).min(run.to);
    Rates {
        before: rate(own(), run.from, trigger.first),
        after: rate(own(), trigger.over, rest),
        at_end: rate(own(), stretch.from, run.to),
        without: without.and_then(|without| rate(without.0.iter(), stretch.from, run.to)),
        early: stretch.early,
        trigger,
    }
}

/// Sums of several series a second.
fn rate<'a>(series: impl Iterator<Item = &'a Series>, from: Time, to: Time) -> Option<f64> {
    let (mut total, mut span) = (0, 0);
    for one in series {
        let (count, covered) = count(one, from, to);
        (total, span) = (total + count, covered.0);
    }
    (span > 0).then(|| total as f64 * SECOND as f64 / span as f64)
}

/// What the whole slots between two moments hold, and how long they are together.
fn count(series: &Series, from: Time, to: Time) -> (u64, Span) {
    let slot = series.slot().0;
    let (first, end) = (from.0.div_ceil(slot), to.0 / slot);
    let inside = end.saturating_sub(first);
    let sums = series.points().skip(first as usize).take(inside as usize);
    (sums.map(|(_, sum)| sum as u64).sum(), Span(inside * slot))
}

/// What became of all replications.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Collapse {
    /// Each of them, in order.
    pub fates: Vec<Fate>,
}

/// Replications with the same end, and their mean rates.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Did they collapse?
    pub collapsed: bool,
    /// How many.
    pub runs: usize,
    /// Mean goodput of those with a trigger; the trigger is the one of the first of them.
    pub rates: Option<Rates>,
    /// Why the first of them collapsed.
    pub why: Option<Why>,
}

impl Collapse {
    /// How many replications collapsed.
    pub fn collapsed(&self) -> usize {
        self.fates.iter().filter(|fate| fate.why.is_some()).count()
    }

    /// 1 for each replication that collapsed, 0 for each other: what the path `collapsed` reads.
    pub fn per_replication(&self) -> Vec<f64> {
        self.fates.iter().map(|fate| f64::from(u8::from(fate.why.is_some()))).collect()
    }

    /// Did anything trigger, in any replication?
    pub fn triggered(&self) -> bool {
        self.fates.iter().any(|fate| fate.rates.is_some())
    }

    /// Share of replications that collapsed and its 95 % interval; none of fewer than ten.
    pub fn probability(&self) -> Option<(f64, (f64, f64))> {
        let (yes, all) = (self.collapsed(), self.fates.len());
        let interval = wilson(yes as u64, all as u64).filter(|_| all >= ENOUGH)?;
        Some((yes as f64 / all as f64, interval))
    }

    /// The states in which replications ended, collapsed ones first.
    pub fn states(&self) -> Vec<State> {
        [true, false].into_iter().filter_map(|collapsed| self.state(collapsed)).collect()
    }

    fn state(&self, collapsed: bool) -> Option<State> {
        let fates: Vec<&Fate> = self.fates.iter().filter(|fate| fate.why.is_some() == collapsed).collect();
        let first = fates.first()?;
        let measured: Vec<&Rates> = fates.iter().filter_map(|fate| fate.rates.as_ref()).collect();
        let mean = |of: fn(&Rates) -> Option<f64>| {
            let known: Vec<f64> = measured.iter().filter_map(|rates| of(rates)).collect();
            (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
        };
        let rates = measured.first().map(|one| Rates {
            trigger: one.trigger.clone(),
            before: mean(|rates| rates.before),
            after: mean(|rates| rates.after),
            at_end: mean(|rates| rates.at_end),
            without: mean(|rates| rates.without),
            early: measured.iter().any(|rates| rates.early),
        });
        Some(State { collapsed, runs: fates.len(), rates, why: first.why.clone() })
    }

    /// Did the last trigger of all replications begin at the same moment (or does each draw its own)?
    pub fn same_moment(&self) -> bool {
        let mut moments = self.fates.iter().filter_map(|fate| Some(fate.rates.as_ref()?.trigger.at));
        let first = moments.next();
        moments.all(|at| Some(at) == first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(n: u64) -> Time {
        Time(n * 60 * SECOND)
    }

    #[test]
    fn the_last_tenth_is_looked_at_or_what_follows_five_minutes_of_rest() {
        let long = Stretch::of(minutes(100), minutes(20));
        assert_eq!(long, Stretch { from: minutes(90), early: false });
        let late = Stretch::of(minutes(100), minutes(88));
        assert_eq!(late, Stretch { from: minutes(93), early: false });
        let later = Stretch::of(minutes(100), minutes(91));
        assert_eq!(later, Stretch { from: minutes(90), early: true });
        let short = Stretch::of(minutes(4), minutes(1));
        assert_eq!(short, Stretch { from: Time(216 * SECOND), early: true });
    }

    #[test]
    fn half_of_a_handful_may_be_lost_by_chance() {
        assert!(under_half((0, 10)) && under_half((40, 100)) && under_half((499, 1_000)));
        assert!(!under_half((0, 5)) && !under_half((9, 20)) && !under_half((500, 1_000)) && !under_half((7, 3)));
    }

    #[test]
    fn only_whole_slots_are_counted() {
        let mut series = Series::with_slot(Span(10));
        (0..100).for_each(|at| series.add(Time(at), 1));
        assert_eq!(count(&series, Time(5), Time(47)), (30, Span(30)));
        assert_eq!(count(&series, Time(95), Time(99)), (0, Span(0)));
        assert_eq!(count(&series, Time(90), Time(200)), (10, Span(110)));
        assert_eq!(rate([&series].into_iter(), Time(95), Time(99)), None);
        assert_eq!(rate([&series, &series].into_iter(), Time(0), Time(40)), Some(2.0 * SECOND as f64));
    }

    #[test]
    fn there_is_no_probability_of_nine() {
        let fate = |yes: bool| Fate { why: yes.then_some(Why::Goodput(None)), rates: None };
        let collapse = |n: usize| Collapse { fates: (0..n).map(|i| fate(i < 5)).collect() };
        assert_eq!(collapse(9).probability(), None);
        let (share, (low, high)) = collapse(10).probability().expect("ten are enough");
        assert_eq!(share, 0.5);
        assert!((low - 0.2366).abs() < 1e-4 && (high - 0.7634).abs() < 1e-4);
        assert_eq!(collapse(10).states().iter().map(|state| state.runs).collect::<Vec<_>>(), [5, 5]);
    }
}
