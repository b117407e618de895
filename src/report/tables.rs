//! Flows and parts as tables, as many of them as a screen holds.

use std::collections::BTreeSet;

use super::numbers::{NONE, commas, show};
use super::spark;
use super::table::{Table, wrap};
use super::terminal::mark;
use super::{Screen, limits};
use crate::outcome::Outcome;
use crate::outcome::objective::{Owner, Verdict};
use crate::outcome::path::Unit;
use crate::record::Results;
use crate::record::results::{Cause, FlowResult, PartResult};
use crate::units::time::SECOND;

/// Columns of a drawn series.
const DRAWN: usize = 16;
/// Flows and parts that are shown.
const FLOWS: usize = 8;
const PARTS: usize = 10;

/// Flows: rates, times, what failed and why, objectives.
pub(super) fn flows(outcome: &Outcome, screen: &Screen) -> Vec<String> {
    let Some(first) = outcome.replications.first() else { return Vec::new() };
    let names = ["<flow", "rate", "goodput", "p50", "p90", "p99", "±p99", "p99.9", "failed", "throttled", "<objective"];
    let mut table = Table::new(&names);
    let mut open: Vec<&FlowResult> = first.flows.iter().collect();
    // Those that miss something first, if not all fit.
    open.sort_by_key(|flow| !outcome.objectives.iter().any(|o| is_of(&o.owner, &flow.name) && mark(o.verdict) == "✗"));
    let (kept, more) = screen.shorten(open, FLOWS);
    let kept: BTreeSet<&str> = kept.iter().map(|flow| flow.name.as_str()).collect();
    let shown = || first.flows.iter().filter(|flow| kept.contains(flow.name.as_str()));
    for flow in shown() {
        table.row(flow_row(outcome, flow));
        flow.marks.iter().for_each(|(mark, _)| table.row(mark_row(outcome, &flow.name, mark)));
    }
    if table.is_empty() {
        return Vec::new();
    }
    let may_go = ["±p99", "p99.9", "goodput", "p90", "throttled", "rate", "objective"];
    let mut lines = table.without_empty().within(screen.width, &may_go);
    lines.extend(screen.more(more, ""));
    let failed: Vec<String> = shown().filter_map(|flow| failures(outcome, &flow.name)).collect();
    if !failed.is_empty() {
        lines.extend(wrap(&format!("  failed: {}", failed.join("; ")), screen.width, "    "));
    }
    lines
}

fn is_of(owner: &Owner, flow: &str) -> bool {
    matches!(owner, Owner::Flow(name) if name == flow)
}

fn flow_row(outcome: &Outcome, flow: &FlowResult) -> Vec<String> {
    let at = |end: &str, unit: Unit| show(outcome.value(&format!("{}.{end}", flow.name)), unit);
    let mut cells =
        vec![flow.name.clone(), at("rate", Unit::PerSecond), show(goodput(outcome, &flow.name), Unit::PerSecond)];
    cells.extend(["p50", "p90", "p99"].map(|stat| at(stat, Unit::Seconds)));
    cells.push(doubt(outcome, &format!("{}.p99", flow.name)));
    cells.push(at("p999", Unit::Seconds));
    cells.push(show(outcome.value(&format!("{}.success", flow.name)).map(|good| 1.0 - good), Unit::Ratio));
    let throttled = outcome.value(&format!("{}.throttled", flow.name)).filter(|share| *share > 0.0);
    cells.push(throttled.map_or(String::new(), |share| show(Some(share), Unit::Ratio)));
    cells.push(objectives(outcome, &flow.name));
    cells
}

/// "✗ p99, success ✓ paid.share": what is promised, by how it came out; the numbers stand above and in the columns.
fn objectives(outcome: &Outcome, flow: &str) -> String {
    let own = || outcome.objectives.iter().filter(|o| is_of(&o.owner, flow));
    let lead = format!("{flow}.");
    let of = |verdict: Verdict| {
        let named = own().filter(|o| o.verdict == verdict).map(|o| o.path.trim_start_matches(&lead));
        let named: Vec<&str> = named.collect();
        (!named.is_empty()).then(|| format!("{} {}", mark(verdict), named.join(", ")))
    };
    let order = [Verdict::Missed, Verdict::Undecided, Verdict::Unmeasured, Verdict::Met];
    order.into_iter().filter_map(of).collect::<Vec<_>>().join(" ")
}

/// Good answers a second, of all replications.
fn goodput(outcome: &Outcome, flow: &str) -> Option<f64> {
    let flows = outcome.replications.iter().flat_map(|run| &run.flows).filter(|known| known.name == flow);
    let ok: u64 = flows.map(|flow| flow.whole.ok).sum();
    let nanos: u128 = outcome.replications.iter().map(|run| u128::from(run.to.since(run.from).0)).sum();
    (nanos > 0).then(|| ok as f64 * SECOND as f64 / nanos as f64)
}

/// "browse 9,941 too late, 12 timed out"
fn failures(outcome: &Outcome, flow: &str) -> Option<String> {
    let flows = || outcome.replications.iter().flat_map(|run| &run.flows).filter(|known| known.name == flow);
    let sum = |count: &dyn Fn(&FlowResult) -> u64| flows().map(count).sum::<u64>();
    let mut causes: Vec<(u64, &str)> = Cause::ALL
        .iter()
        .map(|cause| (sum(&|flow| flow.whole.failed[*cause as usize]), word(*cause)))
        .chain([(sum(&|flow| flow.whole.late), "answered too late")])
        .filter(|(n, _)| *n > 0)
        .collect();
    causes.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
    let said: Vec<String> = causes.iter().map(|(n, word)| format!("{} {word}", commas(*n as f64))).collect();
    (!said.is_empty()).then(|| format!("{flow} {}", said.join(", ")))
}

/// What became of a request that failed.
pub(super) fn word(cause: Cause) -> &'static str {
    match cause {
        Cause::Throttled => "throttled",
        Cause::Refused => "refused",
        Cause::Broken => "with an error",
        Cause::TimedOut => "timed out",
        Cause::Gone => "lost with their server",
    }
}

/// A mark stands below its flow: how many came there, and when.
fn mark_row(outcome: &Outcome, flow: &str, mark: &str) -> Vec<String> {
    let at = |end: &str, unit: Unit| show(outcome.value(&format!("{flow}.{mark}.{end}")), unit);
    let mut cells = vec![format!("  .{mark}"), at("share", Unit::Ratio), String::new()];
    cells.extend(["p50", "p90", "p99"].map(|stat| at(stat, Unit::Seconds)));
    cells.extend([String::new(), at("p999", Unit::Seconds)]);
    cells
}

/// Half-width of a 95 % interval, relative; a dash where nothing is known of the doubt.
fn doubt(outcome: &Outcome, path: &str) -> String {
    let interval = outcome.interval(path).filter(|interval| interval.value != 0.0);
    interval.map_or(NONE.into(), |interval| format!("±{:.1}%", interval.relative() * 100.0))
}

/// Parts: how busy, how long the lines, what was refused, how many members, and what came in by time.
pub(super) fn parts(outcome: &Outcome, screen: &Screen) -> Vec<String> {
    let Some(first) = outcome.replications.first() else { return Vec::new() };
    let names = ["<component", "<model", "busy", "rate", "wait p99", "peak backlog", "throttled", "errors", "fleet"];
    let mut table = Table::new(&[&names[..], &["<came in"]].concat());
    let mut telling: Vec<&PartResult> = first.parts.iter().collect();
    telling.sort_by_key(|part| std::cmp::Reverse(tells(outcome, part)));
    let (kept, more) = screen.shorten(telling, PARTS);
    let kept: BTreeSet<&str> = kept.iter().map(|part| part.name.as_str()).collect();
    let shown = first.parts.iter().filter(|part| kept.contains(part.name.as_str()));
    shown.for_each(|part| table.row(part_row(outcome, first, part)));
    if table.is_empty() {
        return Vec::new();
    }
    let may_go = ["model", "errors", "rate", "throttled", "wait p99", "fleet", "came in"];
    let mut lines = table.without_empty().within(screen.width, &may_go);
    lines.extend(screen.more(more, ""));
    lines
}

/// How much a part has to tell: it stands in the account; somebody waited long; it was busy.
fn tells(outcome: &Outcome, part: &PartResult) -> (bool, u64, u64) {
    let stories = outcome.why.iter().flat_map(|why| &why.account.stories);
    let told = stories.flat_map(|story| &story.links).any(|link| link.whose == part.name);
    let waited = limits::of_part(outcome, part).iter().map(|limit| (limit.exceeded_s * 1e3) as u64).max().unwrap_or(0);
    let busy = outcome.value(&format!("{}.busy", part.name)).unwrap_or(0.0);
    (told, waited, (busy * 1e6) as u64)
}

fn part_row(outcome: &Outcome, run: &Results, part: &PartResult) -> Vec<String> {
    let at = |end: &str, unit: Unit| show(outcome.value(&format!("{}.{end}", part.name)), unit);
    let throttled = outcome.value(&format!("{}.books.throttled", part.name)).filter(|n| *n > 0.0);
    vec![
        part.name.clone(),
        part.model.clone(),
        at("busy", Unit::Ratio),
        at("rate", Unit::PerSecond),
        at("wait.p99", Unit::Seconds),
        at("backlog.max", Unit::Count),
        throttled.map_or(String::new(), commas),
        outcome
            .value(&format!("{}.errors", part.name))
            .filter(|share| *share > 0.0)
            .map_or(String::new(), |share| show(Some(share), Unit::Ratio)),
        fleet(outcome, &part.name),
        spark::line(&part.came, run.to, DRAWN),
    ]
}

/// "4 → 46": members at first, and most of them.
fn fleet(outcome: &Outcome, part: &str) -> String {
    let seen = outcome.course.as_ref().and_then(|course| course.part(part)?.members.as_ref());
    let Some(all) = seen.map(|members| members.all()).filter(|all| !all.is_empty()) else { return String::new() };
    let (first, most) = (all[0], all.iter().copied().max().unwrap_or(0));
    if most > first { format!("{first} → {most}") } else { first.to_string() }
}
