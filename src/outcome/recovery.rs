//! What became of each fault that was watched: how long until it was over, in parts, and what was lost.

use super::Outcome;
use super::path::split;

/// The parts of an RTO, in their order; they add up to it.
pub const PARTS: [&str; 5] = ["felt", "detected", "decided", "acted", "drained"];

/// A fault that was watched. Times are in seconds; over replications they are means of those in which it was over.
#[derive(Clone, Debug, PartialEq)]
pub struct Recovery {
    /// Its name.
    pub fault: String,
    /// In so many replications it began.
    pub began: usize,
    /// In so many of these it was not over when the run ended.
    pub unrecovered: u64,
    /// From the fault until objectives held again and went on holding.
    pub rto: Spread,
    /// Its parts.
    pub parts: [Option<f64>; 5],
    /// How long users felt it.
    pub felt_outage: Option<f64>,
    /// Age at the fault of the oldest acknowledged write that was lost.
    pub rpo: Spread,
    /// Acknowledged writes that were lost.
    pub lost: Spread,
    /// How far the copy that took over was behind.
    pub behind: Option<f64>,
    /// Requests that failed until it was over.
    pub failed: Spread,
    /// How many more than in a run of the same seed without any fault.
    pub failed_beyond: Option<f64>,
    /// From the fault until an alarm was raised.
    pub detected: Option<f64>,
    /// From the fault until the first good answer to what began after it.
    pub first_good: Option<f64>,
}

/// A number over replications.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// Mean.
    pub mean: Option<f64>,
    /// Half of the replications have at most this.
    pub p50: Option<f64>,
    /// 95 % of them.
    pub p95: Option<f64>,
    /// The worst.
    pub max: Option<f64>,
}

/// All of them, by name.
pub fn recoveries(outcome: &Outcome) -> Vec<Recovery> {
    let Some(first) = outcome.replications.first() else { return Vec::new() };
    let names = first.shown.keys().filter_map(|path| path.strip_suffix(".parts.drained"));
    names.map(|name| recovery(outcome, name)).collect()
}

fn recovery(outcome: &Outcome, name: &str) -> Recovery {
    let at = |path: &str| outcome.value(&format!("{name}.{path}"));
    let mean = |path: &str| at(&format!("{path}.mean"));
    let spread = |path: &str| {
        let at = |stat: &str| at(&format!("{path}.{stat}"));
        Spread { mean: at("mean"), p50: at("p50"), p95: at("p95"), max: at("max") }
    };
    Recovery {
        fault: name.to_owned(),
        began: began(outcome, name),
        unrecovered: at("unrecovered").unwrap_or(0.0) as u64,
        rto: spread("rto"),
        parts: PARTS.map(|part| mean(&format!("parts.{part}"))),
        felt_outage: mean("felt_outage"),
        rpo: spread("rpo"),
        lost: spread("lost"),
        behind: mean("behind"),
        failed: spread("failed"),
        failed_beyond: mean("failed_beyond"),
        detected: mean("detected"),
        first_good: mean("first_good"),
    }
}

fn began(outcome: &Outcome, name: &str) -> usize {
    super::shown::values(&outcome.replications, &format!("{name}.felt_outage")).count()
}

/// In how many replications a fault was not over when the run ended, if a path asks how long it took.
pub(super) fn never_over(path: &str, reader: &super::measure::Reader) -> Option<(u64, usize)> {
    let words = split(path);
    let [fault, measure, ..] = &words[..] else { return None };
    if !["rto", "recovered", "parts"].contains(&measure.as_str()) {
        return None;
    }
    let whole = crate::scenario::quantity::Window::Whole;
    let never = reader.measure(&format!("{fault}.unrecovered"), &whole).ok()?.value as u64;
    (never > 0).then_some((never, reader.runs.len()))
}
