//! What a reader should know beside the numbers: one enum, each with a cure, each resting on what was measured.

use super::known::Steady;
use super::laws;
use super::objective::{Objective, Owner, Verdict};
use crate::record::Results;
use crate::record::results::PartResult;
use crate::scenario::ast::{Arrivals, Profile, Scenario, Shape};
use crate::units::time::SECOND;
use crate::units::{Law, Span};

/// A queue that is shorter than this at the end is not called growing.
const LONG: u64 = 100;
/// Spread of a lognormal's logarithm from which its p99 is over 14 times its mean (14.97 is the most there is, at 2.33).
const NEAR_LIMIT: f64 = 2.0;

/// One warning.
#[derive(Clone, Debug, PartialEq)]
pub enum Warning {
    /// The queue of a part was still growing when the run ended.
    NeverSettled {
        /// Of which part.
        part: String,
        /// Waiting at the end.
        waiting: u64,
        /// Waiting on average.
        mean: f64,
    },
    /// A part worked all the time and still could not take what came.
    OverCapacity {
        /// Of which part.
        part: String,
        /// Came in, per second.
        came: f64,
        /// Done, per second.
        done: f64,
    },
    /// An unlimited queue passed its bound: the run ended there.
    BoundReached {
        /// Of which part.
        part: String,
        /// In so many replications.
        replications: usize,
    },
    /// Nothing ran that an objective asks for.
    NothingMeasured {
        /// The measure.
        path: String,
        /// Why there is nothing.
        why: String,
    },
    /// A lognormal near the limit of what a lognormal can be.
    NearLimit {
        /// Where the law stands.
        place: String,
    },
    /// A latency is promised, and no success: failing fast would keep the promise.
    LatencyWithoutSuccess {
        /// Of which flow.
        flow: String,
    },
    /// One run of a story has no interval.
    OneRun {
        /// So many conditions rest on it.
        conditions: usize,
    },
    /// A steady run reached its longest time before its number was known as well as asked.
    WiderThanAsked {
        /// Of which measure.
        path: String,
        /// Relative half-width that was asked for.
        asked: f64,
        /// And what it was at the end.
        reached: f64,
    },
    /// Flat traffic measured from an empty start.
    ColdStart {
        /// What is left out.
        warmup: Span,
    },
}

impl Warning {
    /// What is so.
    pub fn says(&self) -> String {
        match self {
            Warning::NeverSettled { part, waiting, mean } => {
                format!("the queue of `{part}` still grew at the end: {waiting} waited, {mean:.0} on average")
            }
            Warning::OverCapacity { part, came, done } => {
                format!("`{part}` never rested and did {}/s of the {}/s that came", tenths(*done), tenths(*came))
            }
            Warning::BoundReached { part, replications } => {
                format!(
                    "the unlimited queue of `{part}` passed its bound; the run ended there ({replications} of them)"
                )
            }
            Warning::NothingMeasured { path, why } => format!("`{path}` is asked for and was not measured: {why}"),
            Warning::NearLimit { place } => {
                format!("the law of {place} has a p99 over 14 times its mean; no lognormal has more than 14.97 times")
            }
            Warning::LatencyWithoutSuccess { flow } => {
                format!("the slo of `{flow}` promises a latency and no success: requests that fail at once keep it")
            }
            Warning::OneRun { conditions: 0 } => "one run prints no interval".into(),
            Warning::OneRun { conditions } => {
                format!("one run cannot tell chance from cause: {conditions} conditions rest on it without an interval")
            }
            Warning::WiderThanAsked { path, asked, reached } => {
                format!("`{path}` was asked within {:.1}% and is known to {:.1}%", asked * 100.0, reached * 100.0)
            }
            Warning::ColdStart { warmup } if *warmup == Span::ZERO => {
                "traffic is flat and nothing is left out at the start: means include the filling of empty queues".into()
            }
            Warning::ColdStart { warmup } => format!("traffic is flat and only the first {warmup} are left out"),
        }
    }

    /// What helps.
    pub fn cure(&self) -> String {
        match self {
            Warning::NeverSettled { part, .. } => {
                format!("averages over such a run mean little: look at the series of `{part}`, or give it more servers")
            }
            Warning::OverCapacity { part, .. } => format!("`archsim plan` finds how many `{part}` needs"),
            Warning::BoundReached { part, .. } => format!("give `{part}` a `room`, or what came more slowly"),
            Warning::NothingMeasured { .. } => "check its name and window, or run longer".into(),
            Warning::NearLimit { .. } => "give the median instead of the mean: `lognormal(p50=..., p99=...)`".into(),
            Warning::LatencyWithoutSuccess { .. } => "add `success = \"99.9%\"` beside it".into(),
            Warning::OneRun { .. } => "write `replications = 10` (or `--replications 10`)".into(),
            Warning::WiderThanAsked { asked, reached, .. } => {
                let times = reached / asked;
                format!("raise `at_most`: about {:.0} times as long would do", (times * times).max(2.0))
            }
            Warning::ColdStart { .. } => "leave `warmup` out: the run then finds it by itself".into(),
        }
    }
}

/// All warnings of a run, those that change its meaning first.
pub fn find(scenario: &Scenario, runs: &[Results], objectives: &[Objective], steady: Steady) -> Vec<Warning> {
    let mut all = bounds(runs);
    all.extend(growing(runs));
    all.extend(unmeasured(objectives));
    all.extend(promises(scenario));
    all.extend(laws::of(scenario).filter(|(_, law)| near_limit(law)).map(|(place, _)| Warning::NearLimit { place }));
    all.extend(doubt(scenario, runs, objectives));
    all.extend(wider(scenario, steady));
    all.extend(cold_start(scenario));
    all
}

fn bounds(runs: &[Results]) -> Vec<Warning> {
    let mut parts: Vec<&String> = runs.iter().filter_map(|run| run.collapsed.as_ref()).collect();
    parts.sort();
    let groups = parts.chunk_by(|a, b| a == b);
    groups.map(|same| Warning::BoundReached { part: same[0].clone(), replications: same.len() }).collect()
}

/// Growing: at the end nearly as long as ever, and much longer than on average (a line from 0 ends at twice its mean).
fn growing(runs: &[Results]) -> Vec<Warning> {
    let of_part = |(run, part): (&Results, &PartResult)| {
        let (end, max, mean) = (part.queue.value(), part.queue.max(), part.queue.mean());
        let grows = end >= LONG && end as f64 >= 0.9 * max as f64 && end as f64 >= 1.5 * mean;
        // A line that is full and turns people away does not grow.
        if !grows || part.work.refused > 0 || run.collapsed.is_some() {
            return None;
        }
        let own = part.uses.iter().find(|used| used.name.is_empty() && used.offered > 0);
        let busy = own.map_or(0.0, |used| used.used as f64 / used.offered as f64);
        let seconds = run.to.since(run.from).0 as f64 / SECOND as f64;
        let (came, done) = (part.work.came_in as f64 / seconds, part.work.done as f64 / seconds);
        Some(match busy >= 0.999 {
            true => Warning::OverCapacity { part: part.name.clone(), came, done },
            false => Warning::NeverSettled { part: part.name.clone(), waiting: end, mean },
        })
    };
    let mut all: Vec<Warning> =
        runs.iter().flat_map(|run| run.parts.iter().map(move |part| (run, part))).filter_map(of_part).collect();
    let name = |warning: &Warning| match warning {
        Warning::NeverSettled { part, .. } | Warning::OverCapacity { part, .. } => part.clone(),
        _ => String::new(),
    };
    all.sort_by_key(name);
    all.dedup_by_key(|warning| name(warning));
    all
}

fn unmeasured(objectives: &[Objective]) -> Vec<Warning> {
    let asked = objectives.iter().filter(|objective| objective.verdict == Verdict::Unmeasured);
    asked.map(|o| Warning::NothingMeasured { path: o.path.clone(), why: o.why.clone() }).collect()
}

fn promises(scenario: &Scenario) -> Vec<Warning> {
    let short = |path: &str| super::flows::is_latency(path.rsplit('.').next().unwrap_or(path));
    let lame = scenario.flows.iter().filter(|(_, flow)| {
        let paths = || flow.slo.iter().map(|expectation| expectation.path.value.as_str());
        paths().any(short) && !paths().any(|path| matches!(path, "success" | "errors"))
    });
    lame.map(|(name, _)| Warning::LatencyWithoutSuccess { flow: name.clone() }).collect()
}

fn near_limit(law: &Law) -> bool {
    match law {
        Law::Lognormal { sigma, .. } => *sigma >= NEAR_LIMIT,
        Law::AtMost { law, .. } => near_limit(law),
        Law::Mix(parts) => parts.iter().any(|(_, law)| near_limit(law)),
        _ => false,
    }
}

/// A story with chance in it, run once.
fn doubt(scenario: &Scenario, runs: &[Results], objectives: &[Objective]) -> Option<Warning> {
    let bare = |objective: &&Objective| {
        objective.interval.is_none() && objective.measured.is_some() && !matches!(objective.owner, Owner::Claim(_))
    };
    let story = scenario.until.is_none() && runs.len() == 1;
    let conditions = objectives.iter().filter(bare).count();
    (story && random(scenario) && conditions > 0).then_some(Warning::OneRun { conditions })
}

fn wider(scenario: &Scenario, steady: Steady) -> Option<Warning> {
    let asked = scenario.until.as_ref()?.within;
    let (path, interval) = steady.first()?;
    let reached = interval.relative();
    (reached > asked).then(|| Warning::WiderThanAsked { path: path.clone(), asked, reached })
}

fn random(scenario: &Scenario) -> bool {
    let by_chance = |shape: &Shape| match shape {
        Shape::Open { arrivals, .. } => *arrivals != Arrivals::Even,
        Shape::Users { think, .. } => think.as_ref().is_some_and(|law| !matches!(law, Law::Constant(_))),
        Shape::Trace { .. } => false,
    };
    let drawn = scenario.traffic.values().any(|traffic| by_chance(&traffic.shape));
    drawn || laws::of(scenario).any(|(_, law)| !matches!(law, Law::Constant(_)))
}

/// Only where it was written: left out, the run finds its warm-up.
fn cold_start(scenario: &Scenario) -> Option<Warning> {
    let warmup = scenario.warmup.as_ref()?.value;
    let flat = |shape: &Shape| match shape {
        Shape::Open { rate, .. } => matches!(rate, Profile::Constant(_)),
        Shape::Users { users, .. } => matches!(users, Profile::Constant(_)),
        Shape::Trace { .. } => false,
    };
    let quiet = scenario.faults.is_empty() && scenario.changes.is_empty();
    let all_flat = !scenario.traffic.is_empty() && scenario.traffic.values().all(|traffic| flat(&traffic.shape));
    (warmup == Span::ZERO && quiet && all_flat && random(scenario)).then_some(Warning::ColdStart { warmup })
}

/// To a tenth, without a trailing zero.
fn tenths(rate: f64) -> String {
    let text = format!("{rate:.1}");
    text.strip_suffix(".0").map_or(text.clone(), String::from)
}
