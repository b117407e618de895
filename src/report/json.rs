//! A run as JSON: the documented contract of `docs/json.md`. Keys are sorted, numbers have nine digits.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::numbers::rounded;
use super::{collapse, limits, recovery};
use crate::outcome::intervals::{From, Interval};
use crate::outcome::objective::{Objective, Owner};
use crate::outcome::path::Unit;
use crate::outcome::warnings::Warning;
use crate::outcome::{Assumption, Outcome, parts_books};
use crate::record::results::{Cause, FlowResult, PartResult};

/// Version of the contract: raised when a key changes its meaning or goes.
pub const FORMAT: u32 = 1;

/// Sections that other layers fill, as they are to be printed.
#[derive(Clone, Debug, Default)]
pub struct Sections {
    /// One entry for each fault or change.
    pub recovery: Vec<Value>,
    /// The month; none where nothing has a price.
    pub cost: Option<Value>,
    /// Metered units by part.
    pub usage: BTreeMap<String, Value>,
}

/// The whole report.
pub fn run(outcome: &Outcome, sections: &Sections) -> String {
    let flows = |flow: &FlowResult| (flow.name.clone(), flow_of(outcome, flow));
    let parts = |part: &PartResult| (part.name.clone(), part_of(outcome, part, sections.usage.get(&part.name)));
    let first = outcome.replications.first();
    let watched: Vec<Value> = recovery::json(outcome).into_iter().chain(sections.recovery.iter().cloned()).collect();
    let mut all = json!({
        "format": FORMAT,
        "scenario": outcome.scenario,
        "seed": outcome.seed,
        "mode": outcome.mode,
        "simulated_s": number(Some(outcome.simulated_s())),
        "replications": outcome.replications.len(),
        "flows": first.map(|run| run.flows.iter().map(flows).collect::<Map<_, _>>()).unwrap_or_default(),
        "components": first.map(|run| run.parts.iter().map(parts).collect::<Map<_, _>>()).unwrap_or_default(),
        "objectives": outcome.objectives.iter().map(objective).collect::<Vec<_>>(),
        "recovery": watched,
        "cost": sections.cost,
        "collapsed": number(outcome.value("collapsed")),
        "collapse": collapse::json(outcome),
        "steady": steady(outcome),
        "assumed": outcome.assumed,
        "models_assume": outcome.models_assume.iter().map(assumption).collect::<Vec<_>>(),
        "unknown": outcome.too_short.iter().cloned().collect::<BTreeMap<_, _>>(),
        "warnings": outcome.warnings.iter().map(warning).collect::<Vec<_>>(),
        "verdict": outcome.verdict.word(),
        "why": super::why::json(outcome),
    });
    if let Some(timing) = outcome.timing {
        all["timing"] = json!({
            "wall_s": number(Some(timing.wall_s)),
            "loop_cpu_s": number(Some(timing.loop_cpu_s)),
            "events": outcome.events(),
        });
    }
    print(&all)
}

fn assumption(one: &Assumption) -> Value {
    json!({ "part": one.part, "model": one.model, "name": one.name, "why": one.why })
}

/// Indented, with a line's end.
pub(super) fn print(value: &Value) -> String {
    format!("{value:#}\n")
}

/// Nine digits; null where there is none.
pub(super) fn number(value: Option<f64>) -> Value {
    let value = value.and_then(rounded);
    match value {
        Some(whole) if whole.fract() == 0.0 && whole.abs() < 9e15 => json!(whole as i64),
        value => json!(value),
    }
}

fn millis(value: Option<f64>) -> Value {
    number(value.map(|seconds| seconds * 1e3))
}

fn flow_of(outcome: &Outcome, flow: &FlowResult) -> Value {
    let name = &flow.name;
    let at = |end: &str| outcome.value(&format!("{name}.{end}"));
    let mut all = Map::new();
    for end in ["requests", "ok", "late", "failed", "in_flight", "carried_in", "success", "rate"] {
        all.insert(end.into(), number(at(end)));
    }
    let causes = Cause::ALL.map(|cause| (cause.word().to_string(), number(at(&format!("failed_by.{}", cause.word())))));
    all.insert("failed_by".into(), Value::Object(causes.into_iter().collect()));
    all.insert("latency_ms".into(), times(outcome, name, ""));
    all.insert("wait_ms".into(), times(outcome, name, "wait."));
    let marks = flow.marks.iter().map(|(mark, _)| (mark.clone(), times(outcome, name, &format!("{mark}."))));
    all.insert("marks_ms".into(), Value::Object(marks.collect()));
    all.insert("interval".into(), intervals(outcome, name));
    Value::Object(all)
}

/// Statistics of times in milliseconds, and how many they are made of.
fn times(outcome: &Outcome, name: &str, lead: &str) -> Value {
    let at = |stat: &str| millis(outcome.value(&format!("{name}.{lead}{stat}")));
    let mut all: Map<String, Value> = ["mean", "p50", "p90", "p95", "p99", "p999", "max"]
        .map(|stat| (stat.to_string(), at(stat)))
        .into_iter()
        .collect();
    all.insert("n".into(), json!(observed(outcome, name, lead)));
    Value::Object(all)
}

fn observed(outcome: &Outcome, name: &str, lead: &str) -> u64 {
    let flows = outcome.replications.iter().flat_map(|run| &run.flows).filter(|flow| flow.name == name);
    let parts = outcome.replications.iter().flat_map(|run| &run.parts).filter(|part| part.name == name);
    let mark = lead.trim_end_matches('.');
    let of_flow = |flow: &FlowResult| match mark {
        "" => flow.whole.latency.count(),
        "wait" => flow.whole.wait.count(),
        mark => flow.marks.iter().filter(|(known, _)| known == mark).map(|(_, times)| times.count()).sum(),
    };
    let of_part = |part: &PartResult| if mark.is_empty() { part.latency.count() } else { part.wait.count() };
    flows.map(of_flow).sum::<u64>() + parts.map(of_part).sum::<u64>()
}

/// What a steady run knows, by path, in the measure's base unit.
fn steady(outcome: &Outcome) -> Value {
    let one = |(path, interval): &(String, Interval)| {
        let From::Batches { count, each, relaxation } = interval.from else { return (path.clone(), Value::Null) };
        let known = json!({
            "value": number(Some(interval.value)),
            "interval": [number(Some(interval.low())), number(Some(interval.high()))],
            "batches": count,
            "batch_s": number(Some(each.as_seconds())),
            "relaxation_s": number(Some(relaxation.as_seconds())),
        });
        (path.clone(), known)
    };
    Value::Object(outcome.steady.iter().map(one).collect())
}

/// 95 % intervals of what is known well enough, in the measure's base unit.
fn intervals(outcome: &Outcome, name: &str) -> Value {
    let known =
        ["mean", "p50", "p90", "p95", "p99", "p999", "success", "errors", "rate"].into_iter().filter_map(|end| {
            let interval = outcome.interval(&format!("{name}.{end}"))?;
            Some((end.to_string(), json!([number(Some(interval.low())), number(Some(interval.high()))])))
        });
    Value::Object(known.collect())
}

fn part_of(outcome: &Outcome, part: &PartResult, usage: Option<&Value>) -> Value {
    let at = |end: &str| number(outcome.value(&format!("{}.{end}", part.name)));
    let books = parts_books().map(|book| (book.to_string(), at(&format!("books.{book}"))));
    let named = part.uses.iter().filter(|used| !used.name.is_empty() && used.offered > 0);
    let busy_of = named.map(|used| (used.name.clone(), at(&format!("{}.busy", used.name))));
    json!({
        "model": part.model,
        "busy": at("busy"),
        "busy_of": busy_of.collect::<Map<_, _>>(),
        "books": books.into_iter().collect::<Map<_, _>>(),
        "wait_ms": times(outcome, &part.name, "wait."),
        "latency_ms": times(outcome, &part.name, ""),
        "present": { "mean": at("present.mean"), "max": at("present.max") },
        "backlog_max": at("backlog.max"),
        "limits": limits::of_part(outcome, part).iter().map(limit).collect::<Vec<_>>(),
        "shown": shown_of(outcome, &part.name),
        "usage": usage.cloned().unwrap_or_else(|| json!({})),
    })
}

/// What the part's mechanisms show besides, by the path below the part.
fn shown_of(outcome: &Outcome, part: &str) -> Value {
    let below = |path: &String| path.strip_prefix(part)?.strip_prefix('.').map(String::from);
    let paths = outcome.shown_paths();
    let all = paths.iter().filter_map(|path| Some((below(path)?, number(outcome.value(path)))));
    Value::Object(all.collect())
}

fn limit(limit: &limits::Limit) -> Value {
    json!({
        "name": limit.name,
        "limit": limit.limit,
        "scope": limit.scope(),
        "adjustable": limit.adjustable,
        "peak": limit.peak,
        "peak_at_s": number(Some(limit.peak_at_s)),
        "headroom": number(Some(limit.headroom)),
        "exceeded_s": number(Some(limit.exceeded_s)),
        "exceeded_from_s": number(limit.exceeded_from_s),
        "zone_less": limit.zone_less.map(|less| {
            json!({ "zones": less.zones, "peak": less.peak, "left": less.left, "survives": less.survives() })
        }),
        "source": limit.source,
    })
}

fn objective(objective: &Objective) -> Value {
    let owner = match &objective.owner {
        Owner::Flow(name) => format!("flows.{name}.slo"),
        Owner::Fault(name) => format!("faults.{name}.slo"),
        Owner::Expect => "expect".into(),
        Owner::Claim(name) => format!("claims.{name}"),
    };
    json!({
        "owner": owner,
        "enforced": objective.enforced(),
        "path": objective.path,
        "condition": objective.condition,
        "verdict": objective.verdict.word(),
        "measured": number(objective.measured),
        "unit": objective.unit.map(unit),
        "interval": objective.interval.map(|(low, high)| json!([number(Some(low)), number(Some(high))])),
        "why": objective.why,
    })
}

/// The word of a unit.
pub(super) fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Seconds => "s",
        Unit::Count => "1",
        Unit::Ratio => "ratio",
        Unit::PerSecond => "1/s",
        Unit::Bytes => "B",
        Unit::Dollars => "$",
        Unit::Bool => "bool",
    }
}

fn warning(warning: &Warning) -> Value {
    json!({ "says": warning.says(), "cure": warning.cure() })
}
