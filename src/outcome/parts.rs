//! Measures of parts, of their operations, and of what they have a limited number of.
//!
//! Shares are of what came in. `busy` is the ratio of two integrals, also over a changing fleet and over replications.

use super::gauges;
use super::measure::{Made, Recipe};
use super::path::Unit;
use super::stats::{self, pooled, read, share};
use crate::record::results::{OperationResult, PartResult, UseResult, Work};
use crate::record::{Histogram, Results};
use crate::units::time::SECOND;
use crate::units::{Span, Time};

type Count = fn(&Work) -> u64;

/// The books, in the order of their equation.
pub(crate) const BOOKS: [(&str, Count); 11] = [
    ("carried_in", |work| work.carried_in),
    ("came_in", |work| work.came_in),
    ("done", |work| work.done),
    ("refused", |work| work.refused),
    ("throttled", |work| work.throttled),
    ("withdrawn", |work| work.withdrawn),
    ("abandoned", |work| work.abandoned),
    ("killed", |work| work.killed),
    ("inside", |work| work.inside),
    ("delayed", |work| work.delayed),
    ("broken", |work| work.broken),
];

const SHARES: [(&str, Count); 6] = [
    ("delayed", |work| work.delayed),
    ("abandoned", |work| work.abandoned),
    ("refused", |work| work.refused),
    ("throttled", |work| work.throttled),
    ("errors", |work| work.broken),
    ("success", |work| work.done.saturating_sub(work.broken)),
];

/// Every path of every part.
pub(crate) fn paths(run: &Results) -> Vec<String> {
    run.parts.iter().flat_map(paths_of).collect()
}

fn paths_of(part: &PartResult) -> Vec<String> {
    let mut ends = work_paths();
    ends.extend(gauges::NAMES.map(|end| format!("present.{end}")));
    ends.extend(gauges::NAMES.map(|end| format!("queue.{end}")));
    ends.extend(["backlog.max", "slowdown.mean", "last_departure", "wait.max_at", "caught_up"].map(String::from));
    for used in part.uses.iter().filter(|used| used.offered > 0) {
        let lead = if used.name.is_empty() { String::new() } else { format!("{}.", used.name) };
        ends.push(format!("{lead}busy"));
        if used.hottest.is_some() {
            ends.push(format!("{lead}busy.mean"));
        }
        if !used.name.is_empty() {
            ends.extend(stats::NAMES.map(|stat| format!("{lead}wait.{stat}")));
        }
    }
    for operation in part.operations.iter().filter(|operation| !operation.name.is_empty()) {
        ends.extend(work_paths().into_iter().map(|end| format!("{}.{end}", operation.name)));
        ends.push(format!("{}.share", operation.name));
    }
    ends.iter().map(|end| format!("{}.{end}", part.name)).collect()
}

/// What parts and operations have alike.
fn work_paths() -> Vec<String> {
    let mut ends: Vec<String> = SHARES.iter().map(|(name, _)| name.to_string()).collect();
    ends.push("rate".into());
    ends.extend(stats::NAMES.map(String::from));
    ends.extend(stats::NAMES.map(|stat| format!("wait.{stat}")));
    ends.extend(BOOKS.iter().map(|(name, _)| format!("books.{name}")));
    ends
}

/// How a part's path is read.
pub(crate) fn recipe(names: &[&str], run: &Results) -> Option<Recipe> {
    let (name, rest) = names.split_first()?;
    let part = run.parts.iter().find(|part| part.name == *name)?;
    let whole = Place { part: name.to_string(), operation: None };
    match rest {
        ["present", asked @ ..] => gauges::recipe(name, |part| &part.present, asked),
        ["queue", asked @ ..] => gauges::recipe(name, |part| &part.queue, asked),
        ["backlog", "max"] => gauges::recipe(name, |part| &part.queue, &["max"]),
        ["backlog", "max_at"] => gauges::recipe(name, |part| &part.queue, &["max_at"]),
        ["slowdown", "mean"] => Some(slowdown(name.to_string())),
        ["last_departure"] => Some(last_departure(name.to_string())),
        ["wait", "max_at"] => Some(moment(name, |part| (part.wait.count() > 0).then_some(part.longest_wait_at))),
        ["caught_up"] => Some(moment(name, |part| part.caught_up)),
        ["wait", "at", at] => {
            let at = Time(gauges::span(at)?.0);
            let owner = name.to_string();
            Some(Recipe::mean(Unit::Seconds, move |runs| {
                let part = parts(runs, &owner).next()?;
                let (_, wait) = part.wait_at.iter().find(|(asked, _)| *asked == at)?;
                wait.map(Span::as_seconds)
            }))
        }
        [limit, "at", "end"] => {
            let (owner, limit) = (name.to_string(), limit.to_string());
            part.uses.iter().find(|used| used.limit_name == limit)?;
            Some(Recipe::mean(Unit::Count, move |runs| {
                let uses = parts(runs, &owner).next()?.uses.iter();
                uses.filter(|used| used.limit_name == limit).find_map(|used| used.limit).map(|limit| limit as f64)
            }))
        }
        _ => in_use(part, rest).or_else(|| whole.recipe(rest)).or_else(|| operation(part, rest)),
    }
}

fn operation(part: &PartResult, rest: &[&str]) -> Option<Recipe> {
    let (name, rest) = rest.split_first()?;
    part.operations.iter().find(|operation| operation.name == *name)?;
    Place { part: part.name.clone(), operation: Some(name.to_string()) }.recipe(rest)
}

fn parts<'a>(runs: &'a [Results], name: &'a str) -> impl Iterator<Item = &'a PartResult> {
    runs.iter().flat_map(|run| &run.parts).filter(move |part| part.name == name)
}

/// Latency over work; the histogram holds thousandths.
fn slowdown(part: String) -> Recipe {
    Recipe::pooled(Unit::Ratio, Made::Requests, move |runs| {
        let all = pooled(parts(runs, &part).map(|part| &part.slowdown));
        (all.count() > 0).then(|| all.mean() / 1000.0)
    })
}

/// A moment of a part, a mean over replications.
fn moment(part: &str, at: fn(&PartResult) -> Option<Time>) -> Recipe {
    let part = part.to_string();
    Recipe::mean(Unit::Seconds, move |runs| parts(runs, &part).next().and_then(at).map(Time::as_seconds))
}

fn last_departure(part: String) -> Recipe {
    Recipe::mean(Unit::Seconds, move |runs| {
        let part = parts(runs, &part).next()?;
        (part.work.done > 0).then(|| part.last_departure.as_seconds())
    })
}

/// `busy`, `threads.busy`, `pool.db.wait.mean`: the longest name of a limited thing that the path begins with.
fn in_use(part: &PartResult, rest: &[&str]) -> Option<Recipe> {
    let named = |used: &UseResult| {
        let own = used.name.split('.').filter(|name| !name.is_empty());
        let words = own.clone().count();
        let begins = words < rest.len() && own.eq(rest[..words].iter().copied());
        begins.then(|| (used.name.clone(), rest[words..].to_vec()))
    };
    let (name, rest) = part.uses.iter().filter_map(named).max_by_key(|(name, _)| name.len())?;
    let owner = part.name.clone();
    match rest[..] {
        ["busy"] => Some(Recipe::pooled(Unit::Ratio, Made::Requests, move |runs| {
            // Of partitions: of the hottest one.
            let of = |used: &UseResult| used.hottest.unwrap_or((used.used, used.offered));
            quotient(uses(runs, &owner, &name).map(of))
        })),
        ["busy", "mean"] if part.uses.iter().any(|used| used.name == name && used.hottest.is_some()) => {
            Some(Recipe::pooled(Unit::Ratio, Made::Requests, move |runs| {
                quotient(uses(runs, &owner, &name).map(|used| (used.used, used.offered)))
            }))
        }
        ["wait", stat] if !name.is_empty() && stats::known(stat) => {
            let stat = stat.to_string();
            Some(Recipe::pooled(Unit::Seconds, Made::Requests, move |runs| {
                read(&pooled(uses(runs, &owner, &name).map(|used| &used.wait)), &stat)
            }))
        }
        _ => None,
    }
}

/// The sum of the first numbers over that of the second ones.
fn quotient(pairs: impl Iterator<Item = (u128, u128)>) -> Option<f64> {
    let (over, under) = pairs.fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
    (under > 0).then(|| over as f64 / under as f64)
}

fn uses<'a>(runs: &'a [Results], part: &'a str, name: &'a str) -> impl Iterator<Item = &'a UseResult> {
    parts(runs, part).flat_map(|part| &part.uses).filter(move |used| used.name == name)
}

/// A part, or one operation of it.
struct Place {
    part: String,
    operation: Option<String>,
}

impl Place {
    fn recipe(self, rest: &[&str]) -> Option<Recipe> {
        let made = Made::Requests;
        match rest {
            ["books", book] => {
                let (_, count) = BOOKS.iter().find(|(known, _)| known == book)?;
                Some(Recipe::pooled(Unit::Count, made, move |runs| Some(self.sum(runs, *count) as f64)))
            }
            ["wait", stat] if stats::known(stat) => {
                let stat = stat.to_string();
                Some(Recipe::pooled(Unit::Seconds, made, move |runs| read(&self.waits(runs), &stat)))
            }
            ["rate"] => Some(Recipe::pooled(Unit::PerSecond, made, move |runs| self.rate(runs))),
            ["share"] if self.operation.is_some() => Some(Recipe::pooled(Unit::Ratio, made, move |runs| {
                share(self.sum(runs, came_in), parts(runs, &self.part).map(|part| part.work.came_in).sum())
            })),
            [stat] if stats::known(stat) => {
                let stat = stat.to_string();
                Some(Recipe::pooled(Unit::Seconds, made, move |runs| read(&self.latencies(runs), &stat)))
            }
            [name] => {
                let (_, count) = SHARES.iter().find(|(known, _)| known == name)?;
                Some(Recipe::pooled(Unit::Ratio, made, move |runs| {
                    share(self.sum(runs, *count), self.sum(runs, came_in))
                }))
            }
            _ => None,
        }
    }

    fn operations<'a>(&'a self, runs: &'a [Results]) -> impl Iterator<Item = &'a OperationResult> {
        let all = parts(runs, &self.part).flat_map(|part| &part.operations);
        all.filter(|operation| Some(&operation.name) == self.operation.as_ref())
    }

    fn sum(&self, runs: &[Results], count: Count) -> u64 {
        match self.operation {
            None => parts(runs, &self.part).map(|part| count(&part.work)).sum(),
            Some(_) => self.operations(runs).map(|operation| count(&operation.work)).sum(),
        }
    }

    fn waits(&self, runs: &[Results]) -> Histogram {
        match self.operation {
            None => pooled(parts(runs, &self.part).map(|part| &part.wait)),
            Some(_) => pooled(self.operations(runs).map(|operation| &operation.wait)),
        }
    }

    fn latencies(&self, runs: &[Results]) -> Histogram {
        match self.operation {
            None => pooled(parts(runs, &self.part).map(|part| &part.latency)),
            Some(_) => pooled(self.operations(runs).map(|operation| &operation.latency)),
        }
    }

    /// What was served to the end, in a second.
    fn rate(&self, runs: &[Results]) -> Option<f64> {
        let nanos: u128 = runs.iter().map(|run| run.to.since(run.from).0 as u128).sum();
        (nanos > 0).then(|| self.sum(runs, |work| work.done) as f64 * SECOND as f64 / nanos as f64)
    }
}

fn came_in(work: &Work) -> u64 {
    work.came_in
}
