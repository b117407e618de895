//! When users felt it: stretches of a run in which a flow kept less than it promises, and by more than chance.

use super::scheme::{Promise, Scheme};
use crate::record::Results;
use crate::record::course::{Course, FlowCourse};

/// What a flow did not keep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Broken {
    /// Too many requests went without a good answer in time.
    Failed,
    /// Too many answers took longer than promised: the number of the promise.
    Late(usize),
}

/// A flow that did not keep something.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Felt {
    pub flow: usize,
    pub broken: Broken,
    /// Requests that it hit, of so many in the whole run.
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

/// Everything that was felt in a run.
pub(super) fn all(scheme: &Scheme, run: &Results, course: &Course) -> Vec<Felt> {
    let flows = scheme.flows.iter().enumerate().zip(&run.flows).zip(&course.flows);
    let of_flow = |(((number, flow), result), seen): (((usize, _), &_), &FlowCourse)| {
        let flow: &super::scheme::FlowScheme = flow;
        let result: &crate::record::results::FlowResult = result;
        let whole = &result.whole;
        let failed: u64 = whole.failed.iter().sum::<u64>() + whole.late;
        let ended = whole.requests - whole.in_flight;
        let missed = failed as f64 > flow.may_fail * ended as f64;
        let without = missed.then(|| felt(number, Broken::Failed, (failed, ended), flow.may_fail, failures(seen)));
        let late = flow.promises.iter().enumerate().filter_map(move |(promise, spec): (usize, &Promise)| {
            let answers = whole.latency.count();
            let over = whole.latency.count_at_least(crate::units::Span(spec.within.0 + 1));
            let missed = match spec.quantile {
                Some(_) | None if spec.may_be != 0.5 => over as f64 > spec.may_be * answers as f64,
                _ => whole.latency.mean() > spec.within.0 as f64,
            };
            let counts = (0..seen.answers.all().len()).map(|look| (seen.over[promise].at(look), seen.answers.at(look)));
            missed.then(|| felt(number, Broken::Late(promise), (over, answers), spec.may_be, counts.collect()))
        });
        without.into_iter().chain(late).collect::<Vec<_>>()
    };
    flows.flat_map(of_flow).collect()
}

/// Without a good answer in time, of those that were over, look by look.
fn failures(seen: &FlowCourse) -> Vec<(u64, u64)> {
    let one = |look: usize| {
        let failed: u64 = seen.failed.iter().map(|counts| counts.at(look)).sum();
        (failed + seen.late.at(look), failed + seen.answers.at(look))
    };
    (0..seen.answers.all().len()).map(one).collect()
}

fn felt(flow: usize, broken: Broken, (bad, of): (u64, u64), may_be: f64, counts: Vec<(u64, u64)>) -> Felt {
    let looks = stretches(&counts, may_be);
    let first = looks.iter().position(|felt| *felt);
    let ends = first.zip(looks.iter().rposition(|felt| *felt));
    Felt { flow, broken, bad, of, may_be, looks, ends }
}

/// Looks in which more was bad than may be, and by more than chance: alone, or as stretches of 4, 16, 64, 256.
///
/// The shortest stretches are taken that hold at least half of all that was too much: a longer one would begin earlier
/// than it was felt.
fn stretches(counts: &[(u64, u64)], may_be: f64) -> Vec<bool> {
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
            return looks;
        }
    }
    vec![false; counts.len()]
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
        assert!(stretches(&counts, 0.01).iter().all(|felt| !felt));
        counts[100..110].fill((6, 6));
        let looks = stretches(&counts, 0.01);
        assert_eq!((looks.iter().position(|felt| *felt), looks.iter().rposition(|felt| *felt)), (Some(100), Some(109)));
    }

    #[test]
    fn what_is_spread_evenly_has_no_moment() {
        let counts = vec![(3, 100); 200];
        let looks = stretches(&counts, 0.03);
        assert!(looks.iter().all(|felt| !felt));
    }
}
