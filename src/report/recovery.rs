//! Recoveries as a table and as JSON.

use serde_json::{Value, json};

use super::Screen;
use super::json::number;
use super::numbers::{NONE, count, duration};
use super::table::Table;
use crate::outcome::Outcome;
use crate::outcome::recovery::{PARTS, Recovery, Spread, recoveries};

/// The table of recoveries; nothing where no fault was felt and nothing was lost.
pub(super) fn lines(outcome: &Outcome, screen: &Screen) -> Vec<String> {
    let felt = |one: &Recovery| one.unrecovered > 0 || [one.rto, one.lost, one.failed].iter().any(some);
    let all: Vec<Recovery> = recoveries(outcome).into_iter().filter(|one| one.began > 0 && felt(one)).collect();
    if all.is_empty() {
        return Vec::new();
    }
    let mut table = Table::new(&[
        "<recovery",
        "RTO",
        "= felt",
        "+ detected",
        "+ decided",
        "+ acted",
        "+ drained",
        "felt outage",
        "RPO",
        "lost",
        "failed",
        "<not over",
    ]);
    all.iter().for_each(|one| table.row(row(one)));
    let may_go = ["lost", "+ detected", "+ decided", "+ acted", "+ drained", "= felt", "felt outage"];
    table.without_empty().within(screen.width, &may_go)
}

fn some(spread: &Spread) -> bool {
    spread.max.is_some_and(|max| max > 0.0)
}

fn row(one: &Recovery) -> Vec<String> {
    let time = |seconds: Option<f64>| seconds.map_or_else(|| NONE.to_owned(), duration);
    let many = |n: Option<f64>| n.map_or_else(|| NONE.to_owned(), count);
    let mut cells = vec![one.fault.clone(), time(one.rto.mean)];
    cells.extend(one.parts.map(time));
    cells.extend([time(one.felt_outage), time(one.rpo.mean), many(one.lost.mean), many(one.failed.mean)]);
    cells.push(match (one.unrecovered, one.began) {
        (0, _) => String::new(),
        (never, began) => format!("{never} of {began}"),
    });
    cells
}

/// One entry for each fault that was watched.
pub(super) fn json(outcome: &Outcome) -> Vec<Value> {
    recoveries(outcome).iter().map(entry).collect()
}

fn entry(one: &Recovery) -> Value {
    let parts = PARTS.iter().zip(one.parts).map(|(part, seconds)| (part.to_string(), number(seconds)));
    json!({
        "fault": one.fault,
        "began": one.began,
        "unrecovered": one.unrecovered,
        "rto_s": spread(one.rto),
        "parts_s": Value::Object(parts.collect()),
        "felt_outage_s": number(one.felt_outage),
        "rpo_s": spread(one.rpo),
        "behind_s": number(one.behind),
        "lost": spread(one.lost),
        "failed": spread(one.failed),
        "failed_beyond": number(one.failed_beyond),
        "detected_s": number(one.detected),
        "first_good_s": number(one.first_good),
    })
}

fn spread(spread: Spread) -> Value {
    json!({
        "mean": number(spread.mean),
        "p50": number(spread.p50),
        "p95": number(spread.p95),
        "max": number(spread.max),
    })
}
