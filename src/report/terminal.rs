//! A run on one screen: the verdict and why, then the evidence, then where to look next. No colour is needed to read it.

use super::numbers::{commas, duration, show};
use super::paint::paint;
use super::table::{cut, wrap};
use super::{Screen, bill, binding, collapse, recovery, tables, why};
use crate::cost::Statement;
use crate::outcome::intervals::{From, Interval};
use crate::outcome::known::By;
use crate::outcome::objective::{Objective, Owner, Verdict};
use crate::outcome::path::Unit;
use crate::outcome::warnings::Warning;
use crate::outcome::{Assumption, Outcome};

/// Widest line, unless the screen has another width.
pub const WIDTH: usize = 100;
/// Objectives that do not hold, stories, facts of a story, warnings and assumptions that are shown.
const OPEN: usize = 4;
const STORIES: usize = 2;
const FACTS: usize = 9;
const WARNINGS: usize = 3;
const ASSUMED: usize = 3;

/// The whole report of what was measured.
pub fn run(outcome: &Outcome) -> String {
    whole(outcome, None)
}

/// The whole report, with the month's bill where anything has a price.
pub fn whole(outcome: &Outcome, statement: Option<&Statement>) -> String {
    on(outcome, statement, &Screen::default())
}

/// The report for a screen.
pub fn on(outcome: &Outcome, statement: Option<&Statement>, screen: &Screen) -> String {
    let cut_all = |lines: Vec<String>| lines.into_iter().map(|line| cut(line, screen.width)).collect();
    let sections: [Vec<String>; 12] = [
        wrap(&title(outcome), screen.width, "  "),
        [verdict(outcome, screen), causes(outcome, screen)].concat(),
        collapsed(outcome, screen),
        tables::flows(outcome, screen),
        tables::parts(outcome, screen),
        binding::lines(outcome, screen),
        recovery::lines(outcome, screen),
        if screen.all { cut_all(bill::lines(statement)) } else { bill::short(statement, screen.width) },
        known(outcome, screen),
        truth(outcome, screen),
        warnings(outcome, screen),
        breaches(outcome, screen),
    ];
    let texts: Vec<String> = sections.iter().filter(|lines| !lines.is_empty()).map(|lines| lines.join("\n")).collect();
    let text = texts.join("\n\n") + "\n";
    if screen.colour { paint(&text) } else { text }
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

fn verdict(outcome: &Outcome, screen: &Screen) -> Vec<String> {
    let enforced = || outcome.objectives.iter().filter(|objective| objective.enforced());
    let all = enforced().count();
    let open = || enforced().filter(|objective| objective.verdict != Verdict::Met);
    let headline = match (outcome.verdict, all) {
        (_, 0) => "no objectives: `slo` on a flow says what is good".into(),
        (Verdict::Met, _) => format!("✓ {} met", of_all(all, all)),
        (worst, _) => {
            let same = enforced().filter(|objective| objective.verdict == worst).count();
            let decides =
                if worst == Verdict::Undecided { ": more replications, or a longer run, would decide" } else { "" };
            format!("{} {} {}{decides}", mark(worst), of_all(same, all), worst.word())
        }
    };
    let (told, more) = screen.shorten(open().collect(), OPEN);
    let mut lines = vec![headline];
    lines.extend(told.into_iter().flat_map(|o| wrap(&format!("  {}", sentence(o)), screen.width, "    ")));
    lines.extend(screen.more(more, ""));
    let claims = outcome.objectives.iter().filter(|objective| !objective.enforced());
    lines.extend(claims.flat_map(|objective| wrap(&format!("  {}", sentence(objective)), screen.width, "    ")));
    lines
}

/// Why: from each first cause to what was felt; where nothing broke, what came nearest to its limit.
fn causes(outcome: &Outcome, screen: &Screen) -> Vec<String> {
    let Some(found) = &outcome.why else { return Vec::new() };
    let (stories, more) = screen.shorten(why::stories(outcome), STORIES);
    if stories.is_empty() {
        let nearest = binding::nearest(outcome).filter(|_| outcome.verdict == Verdict::Met);
        return nearest.into_iter().flat_map(|text| wrap(&format!("  {text}"), screen.width, "    ")).collect();
    }
    let mut lines = vec![String::new()];
    for (number, story) in stories.into_iter().enumerate() {
        if number > 0 {
            lines.push("  and".into());
        }
        let (facts, more) = screen.shorten(story, FACTS);
        for (number, fact) in facts.iter().enumerate() {
            let arrow = if number == 0 { " " } else { "→" };
            lines.extend(wrap(&format!("  {:>9} {arrow} {}", fact.when, fact.says), screen.width, "              "));
        }
        lines.extend(screen.more(more, ""));
    }
    lines.extend(screen.more(more, " causes"));
    lines.extend(Some(why::share(found)).filter(|text| !text.is_empty()).map(|text| format!("  {text}")));
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
    let Objective { path, condition, verdict, .. } = objective;
    let claim = match &objective.owner {
        Owner::Claim(name) => format!("claim `{name}`: "),
        _ => String::new(),
    };
    // That more replications would decide is said once, above.
    let silent = objective.why.is_empty() || *verdict == Verdict::Undecided;
    let why = if silent { String::new() } else { format!("; {}", objective.why) };
    format!("{} {claim}{path} {condition}: {measured}{interval}{why}", mark(*verdict))
}

fn collapsed(outcome: &Outcome, screen: &Screen) -> Vec<String> {
    collapse::lines(outcome).iter().flat_map(|line| wrap(line, screen.width, "             ")).collect()
}

/// Known numbers: those that failed one by one, the others counted.
fn known(outcome: &Outcome, screen: &Screen) -> Vec<String> {
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
        lines.extend(wrap(&text, screen.width, "    "));
    }
    lines
}

/// What kind of truth the numbers are.
fn truth(outcome: &Outcome, screen: &Screen) -> Vec<String> {
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
    lines.extend(short.flat_map(|line| wrap(&line, screen.width, "    ")));
    lines.extend(assumed(outcome, screen));
    lines
}

/// What it rests on that nobody has measured: how many values, and those first on which the causes rest.
fn assumed(outcome: &Outcome, screen: &Screen) -> Vec<String> {
    let (own, models) = (&outcome.assumed, &outcome.models_assume);
    if own.is_empty() && models.is_empty() {
        return Vec::new();
    }
    let links = || outcome.why.iter().flat_map(|why| &why.account.stories).flat_map(|story| &story.links);
    // A path begins with what it is about.
    let weighs = |path: &str| {
        let about = path.split(['.', ' ']).next().unwrap_or(path);
        links().position(|link| link.whose == about).unwrap_or(usize::MAX)
    };
    // What the author chose for this scenario weighs more than what a model says of all its kind.
    let mut all: Vec<(bool, usize, String)> =
        own.iter().map(|(path, why)| (false, weighs(path), format!("  {path}: {why}"))).collect();
    let of_model = |one: &Assumption| (true, weighs(&one.part), format!("  {}.{}: {}", one.part, one.name, one.why));
    all.extend(models.iter().map(of_model));
    all.sort_by_key(|(of_model, weight, _)| (*of_model, *weight));
    let told = [(own.len(), "by this scenario"), (models.len(), "by its models")];
    let told: Vec<String> = told.iter().filter(|(n, _)| *n > 0).map(|(n, by)| format!("{n} {by}")).collect();
    let mut lines = vec![format!("assumed    {}; first those on which the causes rest", told.join(", "))];
    let (shown, more) = screen.shorten(all, ASSUMED);
    lines.extend(shown.iter().map(|(_, _, text)| match screen.all {
        true => text.clone(),
        false => cut(text.clone(), screen.width),
    }));
    lines.extend(screen.more(more, ""));
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

fn warnings(outcome: &Outcome, screen: &Screen) -> Vec<String> {
    let one = |warning: &Warning| {
        let mut lines = wrap(&format!("warning: {}", warning.says()), screen.width, "  ");
        lines.extend(wrap(&format!("  → {}", warning.cure()), screen.width, "    "));
        lines
    };
    let (told, more) = screen.shorten(outcome.warnings.iter().collect(), WARNINGS);
    let mut lines: Vec<String> = told.into_iter().flat_map(one).collect();
    lines.extend(screen.more(more, " warnings"));
    lines
}

fn breaches(outcome: &Outcome, screen: &Screen) -> Vec<String> {
    outcome.breaches.iter().flat_map(|breach| wrap(&breach.to_string(), screen.width, "  ")).collect()
}
