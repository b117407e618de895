//! How soon and how late a failover can be over, and how much a backup can lack: sums of the least and of the greatest.
//!
//! An alarm on what is up is raised with the end of the last of its periods, so between one period less and all of them
//! after a fault that may come at any moment; then the actions of its runbook take their times one after another; then a
//! client that has known the name for some time goes by its old answer for the rest of its life.

use super::estimate::{Estimate, Truth};
use crate::scenario::ast::{Alarm, Begins, Component, Fault, Runbook, Scenario};
use crate::scenario::quantity;
use crate::scenario::tree::{Kind, Node, Table};
use crate::units::Law;

/// The least and the greatest, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Reach {
    least: f64,
    most: f64,
}

impl Reach {
    fn of(law: &Law) -> Reach {
        Reach { least: law.min_value() / 1e9, most: law.max_value() / 1e9 }
    }

    fn and(self, next: Reach) -> Reach {
        Reach { least: self.least + next.least, most: self.most + next.most }
    }
}

/// Bounds of what a fault costs, where they follow from the file.
pub(super) fn recoveries(scenario: &Scenario) -> Vec<Estimate> {
    let once =
        scenario.faults.iter().filter(|(_, fault)| matches!(fault.begins, Begins::At(_)) && fault.lasts.is_none());
    once.flat_map(|(name, fault)| [first_good(scenario, name), behind(scenario, name, fault)])
        .flatten()
        .flatten()
        .collect()
}

fn bounds(path: &str, reach: Reach, how: &str) -> Vec<Estimate> {
    let one = |end: &str, value: f64| Estimate {
        path: format!("{path}.{end}"),
        value,
        how: how.to_owned(),
        kind: Truth::Bound,
    };
    let both = [one("min", reach.least), one("max", reach.most)];
    both.into_iter().filter(|estimate| estimate.value.is_finite()).collect()
}

/// From the fault to the first good answer of somebody who asks all the time.
fn first_good(scenario: &Scenario, name: &str) -> Option<Vec<Estimate>> {
    let (alarm, runbook) = the_alarm(scenario)?;
    let periods = f64::from(alarm.periods) * alarm.average.as_seconds();
    let detected = Reach { least: periods - alarm.average.as_seconds(), most: periods };
    let acted = runbook.steps.iter().try_fold(detected, |sum, step| Some(sum.and(takes(scenario, step.table()?)?)))?;
    let led = scenario.flows.values().flat_map(|flow| &flow.through);
    let ttl = led.filter_map(|front| scenario.components.get(&front.value)).find(|part| part.model.value == "dns");
    let moved = match ttl {
        None => Reach::default(),
        Some(part) => Reach { least: 0.0, most: law(part, "ttl").map_or(60.0, |law| law.max_value() / 1e9) },
    };
    Some(bounds(&format!("{name}.first_good"), acted.and(moved), "least and greatest of each part, added"))
}

/// The one alarm of the file that starts a runbook when something is no longer up.
fn the_alarm(scenario: &Scenario) -> Option<(&Alarm, &Runbook)> {
    let mut starting = scenario.alarms.values().filter(|alarm| alarm.then.is_some());
    let (alarm, None) = (starting.next()?, starting.next()) else { return None };
    let looks_at_up = alarm.when.value.split_whitespace().next()?.ends_with(".up");
    let plain = alarm.statistic == "mean" && alarm.of.is_none_or(|of| of == alarm.periods);
    let runbook = scenario.runbooks.get(&alarm.then.as_ref()?.value)?;
    (looks_at_up && plain && runbook.timeout.is_none()).then_some((alarm, runbook))
}

/// How long an action takes; none if it is none that takes a known time before the next one begins.
fn takes(scenario: &Scenario, action: &Table) -> Option<Reach> {
    if matches!(action.get("finish").map(|finish| &finish.kind), Some(Kind::Bool(false))) {
        return None;
    }
    let of_part = |verb: &str, setting: &str, usual: Option<Reach>| {
        let part = scenario.components.get(action.get(verb)?.text()?)?;
        law(part, setting).map(|law| Reach::of(&law)).or(usual)
    };
    if let Some(node) = action.get("wait") {
        return Some(Reach::of(&read(node)?));
    }
    let verbs = [("ask", "answer", None), ("promote", "promote", Some(Reach::default())), ("restore", "restore", None)];
    for (verb, setting, usual) in verbs {
        if action.get(verb).is_some() {
            return of_part(verb, setting, usual);
        }
    }
    let at_once = ["point", "notify", "drain", "set"].iter().any(|verb| action.get(verb).is_some());
    at_once.then(Reach::default)
}

/// How far what takes over is behind.
fn behind(scenario: &Scenario, name: &str, fault: &Fault) -> Option<Vec<Estimate>> {
    let (_, runbook) = the_alarm(scenario)?;
    let verb = |verb: &str| runbook.steps.iter().filter_map(Node::table).find_map(|step| step.get(verb)?.text());
    debug_assert!(!fault.what.is_empty());
    let path = format!("{name}.behind");
    if let Some(part) = verb("promote").and_then(|part| scenario.components.get(part)) {
        let lag = law(part, "lag").map_or(Reach::default(), |law| Reach::of(&law));
        return Some(bounds(&path, lag, "the lag of the copy"));
    }
    let part = scenario.components.get(verb("restore")?)?;
    let backups = part.settings.get("backups")?.1.table()?;
    let seconds = |key: &str| Some(read(backups.get(key)?)?.max_value() / 1e9);
    let (every, ready) = (seconds("every")?, seconds("ready").unwrap_or(0.0));
    Some(bounds(&path, Reach { least: ready, most: every + ready }, "the age of the newest usable backup"))
}

fn law(part: &Component, setting: &str) -> Option<Law> {
    read(&part.settings.get(setting)?.1)
}

fn read(node: &Node) -> Option<Law> {
    quantity::law_of_time(node.text()?, &mut quantity::no_files).ok()
}
