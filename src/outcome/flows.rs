//! Measures of flows and their marks.
//!
//! Shares have the denominator requests - in_flight and add up to 1: `success`, `late` (as a share it has no path: the
//! name is the count), `throttled`, `refused`, `errors`.

use super::measure::{Made, Recipe};
use super::path::Unit;
use super::stats::{self, NAMES, PERCENTILES, pooled, read, share};
use crate::record::results::{Cause, FlowResult, FlowWindow};
use crate::record::{Gauge, Histogram, Results};
use crate::units::Time;
use crate::units::time::SECOND;

/// Whole run, or a phase by its number.
type Stretch = Option<usize>;
type Count = fn(&FlowWindow) -> u64;

const COUNTS: [(&str, Count); 6] = [
    ("requests", |window| window.requests),
    ("ok", |window| window.ok),
    ("late", |window| window.late),
    ("failed", failed),
    ("in_flight", |window| window.in_flight),
    ("carried_in", |window| window.carried_in),
];

const SHARES: [(&str, Count); 4] = [
    ("success", |window| window.ok),
    ("errors", errors),
    ("throttled", |window| window.failed[Cause::Throttled as usize]),
    ("refused", |window| window.failed[Cause::Refused as usize]),
];

type Times = fn(&FlowWindow) -> &Histogram;

const TIMES: [(&str, Times); 2] = [("wait", |window| &window.wait), ("attempts_time", |window| &window.attempts_time)];

fn failed(window: &FlowWindow) -> u64 {
    window.failed.iter().sum()
}

/// Failures that no limit and no rule caused.
pub(crate) fn errors(window: &FlowWindow) -> u64 {
    failed(window) - window.failed[Cause::Throttled as usize] - window.failed[Cause::Refused as usize]
}

fn over(window: &FlowWindow) -> u64 {
    window.requests.saturating_sub(window.in_flight)
}

/// All flows together.
pub(crate) fn share_of_all(runs: &[Results], count: Count) -> Option<f64> {
    let windows = || runs.iter().flat_map(|run| &run.flows).map(|flow| &flow.whole);
    share(windows().map(count).sum(), windows().map(over).sum())
}

/// Every path of every flow.
pub(crate) fn paths(run: &Results) -> Vec<String> {
    let mut ends: Vec<String> = COUNTS.iter().map(|(name, _)| name.to_string()).collect();
    ends.extend(Cause::ALL.map(|cause| format!("failed_by.{}", cause.word())));
    ends.extend(SHARES.iter().map(|(name, _)| name.to_string()));
    ends.extend(["rate", "last_answer", "present.mean", "pausing.mean", "slowdown.mean"].map(String::from));
    ends.extend(NAMES.map(String::from));
    for (name, _) in TIMES {
        ends.extend(NAMES.map(|stat| format!("{name}.{stat}")));
    }
    let of_flow = |flow: &FlowResult| {
        let marks = flow.marks.iter().flat_map(|(mark, _)| {
            let stats = NAMES.iter().chain(&["share"]);
            stats.map(|stat| format!("{}.{mark}.{stat}", flow.name)).collect::<Vec<_>>()
        });
        ends.iter().map(|end| format!("{}.{end}", flow.name)).chain(marks).collect::<Vec<_>>()
    };
    run.flows.iter().flat_map(of_flow).collect()
}

/// How a flow's path is read.
pub(crate) fn recipe(names: &[&str], run: &Results, stretch: Stretch) -> Option<Recipe> {
    let (name, rest) = names.split_first()?;
    let flow = run.flows.iter().find(|flow| flow.name == *name)?;
    let windows = Windows { flow: name.to_string(), stretch };
    let made = Made::Of(name.to_string());
    match rest {
        [one] => single(one, windows, made),
        ["failed_by", cause] => {
            let cause = Cause::ALL.into_iter().find(|known| known.word() == *cause)? as usize;
            Some(Recipe::pooled(Unit::Count, made, move |runs| Some(windows.sum(runs, |w| w.failed[cause]) as f64)))
        }
        ["slowdown", "mean"] => Some(Recipe::pooled(Unit::Ratio, made, move |runs| {
            let all = windows.times(runs, |window| &window.slowdown);
            (all.count() > 0).then(|| all.mean() / 1000.0)
        })),
        ["share_ge", limit] => {
            let limit = super::gauges::span(limit)?;
            Some(Recipe::pooled(Unit::Ratio, made, move |runs| {
                let all = windows.times(runs, |window| &window.latency);
                share(all.count_at_least(limit), all.count())
            }))
        }
        [which @ ("present" | "pausing"), "mean"] if stretch.is_none() => {
            let gauge = gauge_of(which);
            Some(Recipe::pooled(Unit::Count, made, move |runs| {
                let measured: u128 = windows.flows(runs).map(|flow| gauge(flow).measured()).sum();
                let integral: u128 = windows.flows(runs).map(|flow| gauge(flow).integral()).sum();
                (measured > 0).then(|| integral as f64 / measured as f64)
            }))
        }
        [mark, what] if flow.marks.iter().any(|(known, _)| known == mark) => {
            stretch.is_none().then(|| at_mark(mark.to_string(), what, windows, made)).flatten()
        }
        [times, stat] if stats::known(stat) => {
            let (_, times) = TIMES.iter().find(|(known, _)| known == times)?;
            let stat = stat.to_string();
            Some(Recipe::pooled(Unit::Seconds, made, move |runs| read(&windows.times(runs, *times), &stat)))
        }
        _ => None,
    }
}

fn single(name: &str, windows: Windows, made: Made) -> Option<Recipe> {
    if let Some((_, count)) = COUNTS.iter().find(|(known, _)| *known == name) {
        return Some(Recipe::pooled(Unit::Count, made, move |runs| Some(windows.sum(runs, *count) as f64)));
    }
    if let Some((_, count)) = SHARES.iter().find(|(known, _)| *known == name) {
        return Some(Recipe::pooled(Unit::Ratio, made, move |runs| {
            share(windows.sum(runs, *count), windows.sum(runs, over))
        }));
    }
    if name == "last_answer" && windows.stretch.is_none() {
        return Some(Recipe::mean(Unit::Seconds, move |runs| {
            windows.flows(runs).filter_map(|flow| flow.last_answer).max().map(Time::as_seconds)
        }));
    }
    if name == "rate" {
        return Some(Recipe::pooled(Unit::PerSecond, made, move |runs| {
            let seconds = windows.seconds(runs);
            (seconds > 0.0).then(|| windows.sum(runs, |window| window.left) as f64 / seconds)
        }));
    }
    let stat = stats::known(name).then(|| name.to_string())?;
    Some(Recipe::pooled(Unit::Seconds, made, move |runs| read(&windows.times(runs, |window| &window.latency), &stat)))
}

fn gauge_of(name: &str) -> fn(&FlowResult) -> &Gauge {
    if name == "present" { |flow| &flow.present } else { |flow| &flow.pausing }
}

/// Time until a mark, or the share of requests that came there.
fn at_mark(mark: String, what: &str, windows: Windows, made: Made) -> Option<Recipe> {
    if what == "share" {
        return Some(Recipe::pooled(Unit::Ratio, made, move |runs| {
            share(windows.mark(runs, &mark).count(), windows.sum(runs, |window| window.requests))
        }));
    }
    let stat = stats::known(what).then(|| what.to_string())?;
    Some(Recipe::pooled(Unit::Seconds, made, move |runs| read(&windows.mark(runs, &mark), &stat)))
}

/// A flow in a stretch of some replications.
struct Windows {
    flow: String,
    stretch: Stretch,
}

impl Windows {
    fn flows<'a>(&'a self, runs: &'a [Results]) -> impl Iterator<Item = &'a FlowResult> {
        runs.iter().flat_map(|run| &run.flows).filter(|flow| flow.name == self.flow)
    }

    fn all<'a>(&'a self, runs: &'a [Results]) -> impl Iterator<Item = &'a FlowWindow> {
        self.flows(runs).filter_map(|flow| match self.stretch {
            None => Some(&flow.whole),
            Some(phase) => flow.phases.get(phase),
        })
    }

    fn sum(&self, runs: &[Results], count: impl Fn(&FlowWindow) -> u64) -> u64 {
        self.all(runs).map(count).sum()
    }

    fn times(&self, runs: &[Results], times: Times) -> Histogram {
        pooled(self.all(runs).map(times))
    }

    fn mark(&self, runs: &[Results], mark: &str) -> Histogram {
        let marks = self.flows(runs).flat_map(|flow| &flow.marks);
        pooled(marks.filter(|(name, _)| name == mark).map(|(_, times)| times))
    }

    fn seconds(&self, runs: &[Results]) -> f64 {
        let spans = runs.iter().filter_map(|run| match self.stretch {
            None => Some(run.to.since(run.from).0 as u128),
            Some(phase) => run.phases.get(phase).map(|(_, a, b)| (*b).min(run.to).since((*a).max(run.from)).0 as u128),
        });
        spans.sum::<u128>() as f64 / SECOND as f64
    }
}

/// The percentiles that the format names and the words a `slo` may use for latency.
pub(crate) fn is_latency(name: &str) -> bool {
    name == "mean" || name == "max" || PERCENTILES.iter().any(|(known, _)| *known == name)
}
