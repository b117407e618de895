//! When users felt it: stretches of a run in which a flow kept less than it promises, and by more than chance.

use super::scheme::{FlowScheme, Of, Promise, Scheme};
use crate::record::course::{Course, FlowCourse};
use crate::record::results::{FlowResult, FlowWindow};
use crate::record::{Histogram, Results};
use crate::units::Span;

/// What a flow did not keep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Broken {
    /// Too many requests went without a good answer in time.
    Failed,
    /// Too many answers took longer than promised: the number of the promise.
    Late(usize),
}

/// A stretch of a run in which a flow did not keep something.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Felt {
    pub flow: usize,
    pub broken: Broken,
    /// Requests that it hit, of so many: of the whole run if this is the only stretch, else of this one.
    pub bad: u64,
    pub of: u64,
    /// Share that may be.
    pub may_be: f64,
    /// Looks at which it was felt; all of them false: it was spread over the whole run.
    pub looks: Vec<bool>,
    /// First and last of them; none: spread.
    pub ends: Option<(usize, usize)>,
}

impl Felt {
    /// From the first look at which it was felt to the last one.
    pub fn window(&self) -> (usize, usize) {
        self.ends.unwrap_or((0, self.looks.len().saturating_sub(1)))
    }
}

/// What is counted of a flow: bad ones of all, in the run and from look to look.
struct Counted {
    flow: usize,
    broken: Broken,
    whole: (u64, u64),
    may_be: f64,
    looks: Vec<(u64, u64)>,
}

/// Everything that was felt in a run.
pub(super) fn all(scheme: &Scheme, run: &Results, course: &Course) -> Vec<Felt> {
    let flows = scheme.flows.len().min(run.flows.len()).min(course.flows.len());
    let counted = (0..flows).flat_map(|flow| {
        let (spec, seen) = (&scheme.flows[flow], &course.flows[flow]);
        let result = &run.flows[flow];
        let failed = failed(flow, spec, &result.whole, seen);
        let late = spec.promises.iter().enumerate().filter_map(move |one| late(flow, one, result, seen));
        failed.into_iter().chain(late)
    });
    counted.flat_map(|counted| stretches_of(&counted)).collect()
}

/// Requests without a good answer in time, if they are more than may be.
fn failed(flow: usize, spec: &FlowScheme, whole: &FlowWindow, seen: &FlowCourse) -> Option<Counted> {
    let bad = whole.failed.iter().sum::<u64>() + whole.late;
    let ended = whole.requests - whole.in_flight;
    let missed = bad as f64 > spec.may_fail * ended as f64;
    let looks = || failures(seen);
    missed.then(|| Counted { flow, broken: Broken::Failed, whole: (bad, ended), may_be: spec.may_fail, looks: looks() })
}

/// Answers that took longer than promised, if they are more than may be.
fn late(flow: usize, one: (usize, &Promise), result: &FlowResult, seen: &FlowCourse) -> Option<Counted> {
    let (number, promise) = one;
    let (times, looked) = (promise.times(result)?, seen.promised.get(number)?);
    let (answers, over) = (times.count(), times.count_at_least(Span(promise.within.0.saturating_add(1))));
    let missed = match promise.of {
        Of::Share => over as f64 > promise.may_be * answers as f64,
        Of::Mean => times.mean() > promise.within.0 as f64,
    };
    let counts = (0..looked.of.all().len()).map(|look| (looked.over.at(look), looked.of.at(look)));
    let (whole, may_be) = ((over, answers), promise.may_be);
    missed.then(|| Counted { flow, broken: Broken::Late(number), whole, may_be, looks: counts.collect() })
}

impl Promise {
    /// The times that it is about, whole.
    pub fn times<'a>(&self, result: &'a FlowResult) -> Option<&'a Histogram> {
        match self.mark {
            None => Some(&result.whole.latency),
            Some((_, of_flow)) => result.marks.get(of_flow).map(|(_, times)| times),
        }
    }
}

/// Without a good answer in time, of those that were over, look by look.
fn failures(seen: &FlowCourse) -> Vec<(u64, u64)> {
    let one = |look: usize| {
        let failed: u64 = seen.failed.iter().map(|counts| counts.at(look)).sum();
        (failed + seen.late.at(look), failed + seen.answers.at(look))
    };
    (0..seen.answers.all().len()).map(one).collect()
}

/// Stretches that are told of one flow.
const MOST: usize = 3;
/// Share of all that was too much that makes a stretch worth telling.
const WORTH: f64 = 0.03;

/// The stretches in which most of it was felt, in their order; one without a moment where it was spread.
fn stretches_of(counted: &Counted) -> Vec<Felt> {
    let Counted { flow, broken, whole, may_be, ref looks } = *counted;
    let (felt, wide) = felt_at(looks, may_be);
    let one = |looks: Vec<bool>, (bad, of): (u64, u64)| {
        let first = looks.iter().position(|felt| *felt);
        let ends = first.zip(looks.iter().rposition(|felt| *felt));
        Felt { flow, broken, bad, of, may_be, looks, ends }
    };
    let groups = groups(&felt, (3 * wide).max(looks.len() / 50));
    let sums = |&(from, last): &(usize, usize)| {
        looks[from..=last].iter().fold((0, 0), |sum: (u64, u64), one| (sum.0 + one.0, sum.1 + one.1))
    };
    let all: u64 = groups.iter().map(|group| sums(group).0).sum();
    let mut worth: Vec<(usize, usize)> = groups;
    worth.retain(|group| sums(group).0 as f64 >= WORTH * all as f64);
    worth.sort_by_key(|group| std::cmp::Reverse(sums(group).0));
    worth.truncate(MOST);
    worth.sort();
    match worth.as_slice() {
        [] => vec![one(vec![false; looks.len()], whole)],
        [only] => vec![one(within(&felt, *only), whole)],
        several => several.iter().map(|group| one(within(&felt, *group), sums(group))).collect(),
    }
}

/// Only what was felt between two looks.
fn within(felt: &[bool], (from, last): (usize, usize)) -> Vec<bool> {
    felt.iter().enumerate().map(|(look, felt)| *felt && (from..=last).contains(&look)).collect()
}

/// Looks at which it was felt with at most so many between them: first and last of each group.
fn groups(felt: &[bool], gap: usize) -> Vec<(usize, usize)> {
    let mut groups: Vec<(usize, usize)> = Vec::new();
    for look in felt.iter().enumerate().filter(|(_, felt)| **felt).map(|(look, _)| look) {
        match groups.last_mut() {
            Some((_, last)) if look - *last <= gap + 1 => *last = look,
            _ => groups.push((look, look)),
        }
    }
    groups
}

/// Looks in which more was bad than may be, and by more than chance: alone, or as stretches of 4, 16, 64, 256.
///
/// The shortest stretches are taken that hold at least half of all that was too much: a longer one would begin earlier
/// than it was felt.
fn felt_at(counts: &[(u64, u64)], may_be: f64) -> (Vec<bool>, usize) {
    let too_much = |bad: u64, of: u64| bad as f64 - may_be * of as f64;
    let all: f64 = counts.iter().map(|(bad, of)| too_much(*bad, *of).max(0.0)).sum();
    for wide in [1, 4, 16, 64, 256] {
        let mut looks = vec![false; counts.len()];
        let mut held = 0.0;
        for (number, few) in counts.chunks(wide).enumerate() {
            let (bad, of) = few.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            if by_more_than_chance(bad, may_be * of as f64) {
                held += too_much(bad, of);
                for (place, (bad, _)) in few.iter().enumerate() {
                    looks[number * wide + place] = *bad > 0;
                }
            }
        }
        if held > 0.0 && held >= 0.5 * all {
            return (looks, wide);
        }
    }
    (vec![false; counts.len()], 1)
}

/// Four standard deviations of a Poisson number, and three more: among thousands of looks none is so by chance.
fn by_more_than_chance(bad: u64, expected: f64) -> bool {
    bad as f64 > expected + 4.0 * expected.sqrt() + 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_of_a_small_flow_is_chance_and_a_row_of_them_is_not() {
        let mut counts = vec![(0, 6); 200];
        counts[20] = (1, 6);
        assert!(felt_at(&counts, 0.01).0.iter().all(|felt| !felt));
        counts[100..110].fill((6, 6));
        let looks = felt_at(&counts, 0.01).0;
        assert_eq!((looks.iter().position(|felt| *felt), looks.iter().rposition(|felt| *felt)), (Some(100), Some(109)));
    }

    #[test]
    fn two_stretches_are_two_and_a_small_one_beside_them_is_none() {
        let mut looks = vec![(0, 100); 1000];
        looks[100..150].fill((50, 100));
        looks[400..402].fill((12, 100));
        looks[700..720].fill((90, 100));
        let counted = Counted { flow: 0, broken: Broken::Failed, whole: (4324, 100_000), may_be: 0.01, looks };
        let windows: Vec<_> = stretches_of(&counted).iter().map(|felt| (felt.window(), felt.bad)).collect();
        assert_eq!(windows, [((100, 149), 2500), ((700, 719), 1800)]);
    }

    #[test]
    fn what_is_spread_evenly_has_no_moment() {
        let counts = vec![(3, 100); 200];
        let looks = felt_at(&counts, 0.03).0;
        assert!(looks.iter().all(|felt| !felt));
    }
}
