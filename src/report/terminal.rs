//! A run in a terminal: the verdict, then the evidence, then where to look next. At most 120 columns, no colour needed.

use super::numbers::{NONE, commas, count, duration, show};
use super::spark;
use super::table::{Table, wrap};
use super::{bill, collapse, limits, recovery};
use crate::cost::Statement;
use crate::outcome::Outcome;
use crate::outcome::intervals::{From, Interval};
use crate::outcome::known::By;
use crate::outcome::objective::{Objective, Owner, Verdict};
use crate::outcome::path::Unit;
use crate::record::results::{FlowResult, PartResult};
use crate::record::{Results, Series};

/// Widest line.
pub const WIDTH: usize = 120;
/// Columns of a drawn series.
const DRAWN: usize = 16;
/// Limits that are shown.
const NEXT_TO_BIND: usize = 5;

/// The whole report of what was measured.
pub fn run(outcome: &Outcome) -> String {
    whole(outcome, None)
}

/// The whole report, with the month's bill where anything has a price.
pub fn whole(outcome: &Outcome, statement: Option<&Statement>) -> String {
    let sections = [
        vec![title(outcome)],
        verdict(outcome),
        collapsed(outcome),
        flows(outcome),
        components(outcome),
        fit(recovery::lines(outcome)),
        bill::lines(statement),
        binding(outcome),
        known(outcome),
        truth(outcome),
        warnings(outcome),
        breaches(outcome),
    ];
    let texts: Vec<String> = sections.iter().filter(|lines| !lines.is_empty()).map(|lines| lines.join("\n")).collect();
    texts.join("\n\n") + "\n"
}

/// `Black Friday · us-east-1 · 90 min simulated in 4.1 s (exact, 61.3 M events, seed 1129)`
fn title(outcome: &Outcome) -> String {
    let each = outcome.replications.first().map_or(0.0, |run| run.to.as_seconds());
    let runs = outcome.replications.len();
    let times = if runs == 1 { String::new() } else { format!("{runs} x ") };
    let took = outcome.timing.map_or(String::new(), |timing| format!(" in {}", duration(timing.wall_s)));
    let simulated = format!("{times}{} simulated{took}", duration(each));
    let place = outcome.regions.join(", ");
    let names = [outcome.scenario.as_str(), &place, &simulated];
    let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    format!("{} ({}, {} events, seed {})", names.join(" · "), outcome.mode, events(outcome.events()), outcome.seed)
}

fn events(events: u64) -> String {
    match events {
        0..1_000_000 => commas(events as f64),
        _ => format!("{:.1} M", events as f64 / 1e6),
    }
}

/// `✗` missed, `✓` met, `?` undecided, `-` unmeasured: marks that need no colour.
pub fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "✓",
        Verdict::Missed => "✗",
        Verdict::Undecided => "?",
        Verdict::Unmeasured => "-",
    }
}

fn verdict(outcome: &Outcome) -> Vec<String> {
    let enforced = || outcome.objectives.iter().filter(|objective| objective.enforced());
    let all = enforced().count();
    let open = || enforced().filter(|objective| objective.verdict != Verdict::Met);
    let headline = match (outcome.verdict, all) {
        (_, 0) => "no objectives: `slo` on a flow says what is good".into(),
        (Verdict::Met, _) => format!("✓ {} met", of_all(all, all)),
        (worst, _) => {
            let same = enforced().filter(|objective| objective.verdict == worst).count();
            format!("{} {} {}", mark(worst), of_all(same, all), worst.word())
        }
    };
    let mut lines = vec![headline];
    lines.extend(open().flat_map(|objective| wrap(&format!("  {}", sentence(objective)), WIDTH, "    ")));
    let claims = outcome.objectives.iter().filter(|objective| !objective.enforced());
    lines.extend(claims.flat_map(|objective| wrap(&format!("  {}", sentence(objective)), WIDTH, "    ")));
    lines
}

fn of_all(some: usize, all: usize) -> String {
    match (some, all) {
        (1, 1) => "the one objective".into(),
        (some, all) if some == all => format!("all {all} objectives"),
        (some, all) => format!("{some} of {all} objectives"),
    }
}

/// `✗ browse.p99 < 800ms: 2.31s (2.11s .. 2.52s)`
fn sentence(objective: &Objective) -> String {
    let unit = objective.unit.unwrap_or(Unit::Count);
    let measured = show(objective.measured, unit);
    let interval = match objective.interval {
        Some((low, high)) if low < high => format!(" ({} .. {})", show(Some(low), unit), show(Some(high), unit)),
        _ => String::new(),
    };
    let claim = match &objective.owner {
        Owner::Claim(name) => format!("claim `{name}`: "),
        _ => String::new(),
    };
    let why = if objective.why.is_empty() { String::new() } else { format!("; {}", objective.why) };
    let Objective { path, condition, verdict, .. } = objective;
    format!("{} {claim}{path} {condition}: {measured}{interval}{why}", mark(*verdict))
}

fn collapsed(outcome: &Outcome) -> Vec<String> {
    collapse::lines(outcome).iter().flat_map(|line| wrap(line, WIDTH, "             ")).collect()
}

fn flows(outcome: &Outcome) -> Vec<String> {
    let Some(first) = outcome.replications.first() else { return Vec::new() };
    let names = ["<flow", "requests", "rate", "mean", "p50", "p90", "p99", "p99.9", "±p99", "errors", "throttled"];
    let mut table = Table::new(&[&names[..], &["<objective"]].concat());
    for flow in &first.flows {
        table.row(flow_row(outcome, flow));
        flow.marks.iter().for_each(|(mark, _)| table.row(mark_row(outcome, &flow.name, mark)));
    }
    if table.is_empty() { Vec::new() } else { fit(table.lines()) }
}

fn flow_row(outcome: &Outcome, flow: &FlowResult) -> Vec<String> {
    let at = |end: &str, unit: Unit| show(outcome.value(&format!("{}.{end}", flow.name)), unit);
    let mut cells = vec![flow.name.clone(), at("requests", Unit::Count), at("rate", Unit::PerSecond)];
    cells.extend(["mean", "p50", "p90", "p99", "p999"].map(|stat| at(stat, Unit::Seconds)));
    cells.push(doubt(outcome, &format!("{}.p99", flow.name)));
    cells.push(at("errors", Unit::Ratio));
    cells.push(at("throttled", Unit::Ratio));
    let own = outcome.objectives.iter().filter(|o| matches!(&o.owner, Owner::Flow(name) if *name == flow.name));
    let lead = format!("{}.", flow.name);
    let said = own.map(|o| format!("{} {} {}", mark(o.verdict), o.path.trim_start_matches(&lead), o.condition));
    cells.push(said.collect::<Vec<_>>().join(", "));
    cells
}

/// A mark stands below its flow: how many came there, and when.
fn mark_row(outcome: &Outcome, flow: &str, mark: &str) -> Vec<String> {
    let at = |end: &str, unit: Unit| show(outcome.value(&format!("{flow}.{mark}.{end}")), unit);
    let mut cells = vec![format!("  .{mark}"), at("share", Unit::Ratio), String::new()];
    cells.extend(["mean", "p50", "p90", "p99", "p999"].map(|stat| at(stat, Unit::Seconds)));
    cells
}

/// Half-width of a 95 % interval, relative; a dash where nothing is known of the doubt.
fn doubt(outcome: &Outcome, path: &str) -> String {
    let interval = outcome.interval(path).filter(|interval| interval.value != 0.0);
    interval.map_or(NONE.into(), |interval| format!("±{:.1}%", interval.relative() * 100.0))
}

fn components(outcome: &Outcome) -> Vec<String> {
    let Some(first) = outcome.replications.first() else { return Vec::new() };
    let names = ["<component", "<model", "busy", "rate", "wait mean", "wait p99", "peak backlog", "refused", "errors"];
    let mut table = Table::new(&[&names[..], &["<came in"]].concat());
    first.parts.iter().for_each(|part| table.row(part_row(outcome, first, part)));
    if table.is_empty() { Vec::new() } else { fit(table.lines()) }
}

fn part_row(outcome: &Outcome, run: &Results, part: &PartResult) -> Vec<String> {
    let at = |end: &str, unit: Unit| show(outcome.value(&format!("{}.{end}", part.name)), unit);
    vec![
        part.name.clone(),
        part.model.clone(),
        at("busy", Unit::Ratio),
        at("rate", Unit::PerSecond),
        at("wait.mean", Unit::Seconds),
        at("wait.p99", Unit::Seconds),
        at("backlog.max", Unit::Count),
        at("refused", Unit::Ratio),
        at("errors", Unit::Ratio),
        drawn(&part.came, run),
    ]
}

fn drawn(series: &Series, run: &Results) -> String {
    spark::line(series, run.to, DRAWN)
}

fn binding(outcome: &Outcome) -> Vec<String> {
    let limits = limits::nearest(outcome, NEXT_TO_BIND);
    if limits.is_empty() {
        return Vec::new();
    }
    let mut table =
        Table::new(&["<next to bind", "<limit", "peak", "of", "at", "headroom", "exceeded", "<raise", "<source"]);
    for limit in limits {
        table.row(vec![
            limit.part.clone(),
            if limit.name.is_empty() { limit.scope() } else { limit.name.clone() },
            count(limit.peak as f64),
            count(limit.limit as f64),
            duration(limit.peak_at_s),
            show(Some(limit.headroom), Unit::Ratio),
            duration(limit.exceeded_s),
            if limit.adjustable { "by asking" } else { "by design" }.into(),
            limit.source.clone(),
        ]);
    }
    fit(table.lines())
}

/// Known numbers: those that failed one by one, the others counted.
fn known(outcome: &Outcome) -> Vec<String> {
    if outcome.known.is_empty() {
        return Vec::new();
    }
    let passed = outcome.known.iter().filter(|row| row.pass).count();
    let solved = outcome.known.iter().filter(|row| row.by == By::Estimate).count();
    let mut lines =
        vec![format!("known  {passed} of {} came out ({solved} of them solved by closed form)", outcome.known.len())];
    for row in outcome.known.iter().filter(|row| !row.pass) {
        let unit = row.unit.unwrap_or(Unit::Count);
        let text = format!(
            "  ✗ {}: {} known, {} measured; {}",
            row.name,
            show(Some(row.value), unit),
            show(row.measured, unit),
            row.why
        );
        lines.extend(wrap(&text, WIDTH, "    "));
    }
    lines
}

/// What kind of truth the numbers are.
fn truth(outcome: &Outcome) -> Vec<String> {
    let mut lines = Vec::new();
    let runs = outcome.replications.len();
    lines.push(match (runs, outcome.steady.is_empty()) {
        (_, false) => "simulated  ± is a 95% interval from batches of one steady run".to_string(),
        (0 | 1, true) => "simulated  one run: its counts are exact, how chance moves them is not known".to_string(),
        (runs, true) => format!("simulated  ± is a 95% interval over {runs} replications"),
    });
    for (path, interval) in &outcome.steady {
        let unit = outcome.measure(path).map_or(Unit::Count, |measured| measured.unit);
        let (low, high) = (show(Some(interval.low()), unit), show(Some(interval.high()), unit));
        let half = interval.relative() * 100.0;
        lines.push(format!(
            "  {path} = {} ± {half:.1}% ({low} .. {high}){}",
            show(Some(interval.value), unit),
            from(interval)
        ));
    }
    let short = outcome.too_short.iter().map(|(path, why)| format!("  {path}: no interval, {why}"));
    lines.extend(short.flat_map(|line| wrap(&line, WIDTH, "    ")));
    lines.extend(
        outcome.assumed.iter().flat_map(|(path, why)| wrap(&format!("assumed    {path}: {why}"), WIDTH, "           ")),
    );
    lines
}

/// `, 24 batches of 12.5min; it forgets in 3.4s`
fn from(interval: &Interval) -> String {
    match interval.from {
        From::Batches { count, each, relaxation } => {
            let (each, forgets) = (duration(each.as_seconds()), duration(relaxation.as_seconds()));
            format!(", {count} batches of {each}; it forgets in {forgets}")
        }
        From::Replications(_) => String::new(),
    }
}

fn warnings(outcome: &Outcome) -> Vec<String> {
    let one = |warning: &crate::outcome::warnings::Warning| {
        let mut lines = wrap(&format!("warning: {}", warning.says()), WIDTH, "  ");
        lines.extend(wrap(&format!("  → {}", warning.cure()), WIDTH, "    "));
        lines
    };
    outcome.warnings.iter().flat_map(one).collect()
}

fn breaches(outcome: &Outcome) -> Vec<String> {
    outcome.breaches.iter().flat_map(|breach| wrap(&breach.to_string(), WIDTH, "  ")).collect()
}

/// A table's lines are cut, not broken: what does not fit stands in the JSON.
pub(super) fn fit(lines: Vec<String>) -> Vec<String> {
    let cut = |line: String| match line.chars().count() > WIDTH {
        true => line.chars().take(WIDTH - 1).chain(['…']).collect(),
        false => line,
    };
    lines.into_iter().map(cut).collect()
}
