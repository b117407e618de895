//! Measures of calls: a caller's attempts at a callee.

use super::measure::{Made, Recipe};
use super::path::Unit;
use super::stats::share;
use crate::record::Results;
use crate::record::results::CallResult;
use crate::units::time::SECOND;

type Count = fn(&CallResult) -> u64;

const COUNTS: [(&str, Count); 11] = [
    ("attempts", attempts),
    ("first", |call| call.first),
    ("retries", |call| call.retries),
    ("hedges", |call| call.hedges),
    ("answered", |call| call.answered),
    ("failed", |call| call.failed),
    ("withdrawn", |call| call.withdrawn),
    ("abandoned_running", |call| call.abandoned_running),
    ("in_flight", |call| call.in_flight),
    ("carried_in", |call| call.carried_in),
    ("held_back", |call| call.held_back),
];

/// All tries.
pub(crate) fn attempts(call: &CallResult) -> u64 {
    call.first + call.retries + call.hedges
}

/// Every path of every call.
pub(crate) fn paths(run: &Results) -> Vec<String> {
    let of_call = |call: &CallResult| {
        let ends = COUNTS.iter().flat_map(|(name, _)| ["", ".mean", ".rate"].map(|per| format!("{name}{per}")));
        ends.map(|end| format!("{}.calls.{}.{end}", call.caller, call.callee)).collect::<Vec<_>>()
    };
    run.calls.iter().flat_map(of_call).collect()
}

/// How `CALLER.calls.CALLEE.attempts` is read; names of callers and callees may have dots (`web.browse`).
pub(crate) fn recipe(names: &[&str], run: &Results) -> Option<Recipe> {
    let path = names.join(".");
    let end_of = |call: &CallResult| {
        let end = path.strip_prefix(&call.caller)?.strip_prefix(".calls.")?.strip_prefix(&call.callee)?;
        Some((call.caller.clone(), call.callee.clone(), end.strip_prefix('.')?.to_string()))
    };
    let (caller, callee, end) = run.calls.iter().filter_map(end_of).min_by_key(|(_, _, end)| end.len())?;
    let sum = move |runs: &[Results], count: Count| -> u64 {
        let calls = runs.iter().flat_map(|run| &run.calls);
        calls.filter(|call| call.caller == caller && call.callee == callee).map(count).sum()
    };
    let (name, per) = end.split_once('.').map_or((end.as_str(), ""), |(name, per)| (name, per));
    let (_, count) = COUNTS.iter().find(|(known, _)| *known == name)?;
    match per {
        "" => {}
        "mean" => {
            return Some(Recipe::pooled(Unit::Ratio, Made::Requests, move |runs| {
                share(sum(runs, *count), sum(runs, |call| call.first))
            }));
        }
        "rate" => {
            return Some(Recipe::pooled(Unit::PerSecond, Made::Requests, move |runs| {
                let nanos: u128 = runs.iter().map(|run| u128::from(run.to.since(run.from).0)).sum();
                (nanos > 0).then(|| sum(runs, *count) as f64 * SECOND as f64 / nanos as f64)
            }));
        }
        _ => return None,
    }
    Some(Recipe::pooled(Unit::Count, Made::Requests, move |runs| Some(sum(runs, *count) as f64)))
}
