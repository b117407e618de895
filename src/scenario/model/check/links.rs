//! Does what a model gives, takes and bears, shows and checks, rest on things that exist?

use super::paths::{exists, is, variants_of};
use super::{conditions, settings};
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::model::shape::Model;
use crate::scenario::model::unit::Unit;
use crate::scenario::model::words::{cure, list};
use crate::scenario::tree::Placed;

/// Kinds of faults that a scenario knows.
const FAULTS: [&str; 24] = [
    "outage",
    "stop",
    "slow",
    "errors",
    "throttle",
    "instance-loss",
    "spot-reclaim",
    "node-loss",
    "primary-loss",
    "cold",
    "disk-full",
    "connection-leak",
    "credentials-expired",
    "replication-stall",
    "disconnect",
    "quota-cut",
    "metric-missing",
    "hot-key",
    "poison",
    "duplicates",
    "expire",
    "flush",
    "dns-stuck",
    "health-flap",
];

pub(super) fn check(model: &Model, say: &mut Diagnostics) {
    gives(model, say);
    takes(model, say);
    faults(model, say);
    for list in model.series.values() {
        for expr in list {
            expr.unit(&model.units, say);
        }
    }
    checks(model, say);
}

fn operation(model: &Model, op: &Placed<String>, say: &mut Diagnostics) {
    if !model.ops.contains_key(&op.value) {
        let help = cure(&op.value, model.ops.keys().map(String::as_str));
        say.say(Diagnostic::error(op.at, format!("there is no operation `{}`", op.value)).help(help));
    }
}

fn gives(model: &Model, say: &mut Diagnostics) {
    for give in model.gives.values() {
        conditions(model, &give.when, say);
        for op in give.ops.values() {
            operation(model, op, say);
        }
        for stage in give.stage.iter().chain(&give.per) {
            exists(model, stage, say);
        }
        if let Some(wait) = &give.wait {
            is(model, wait, Unit::TIME, "`wait`", say);
        }
        if let Some(room) = &give.room {
            is(model, room, Unit::SIZE, "`room`", say);
        }
    }
}

fn takes(model: &Model, say: &mut Diagnostics) {
    for (kind, take) in &model.takes {
        conditions(model, &take.when, say);
        operation(model, &take.op, say);
        if let Some(mover) = &take.mover {
            settings::all(model, &take.units, &format!("takes `{kind}`"), mover, say);
        }
    }
}

fn faults(model: &Model, say: &mut Diagnostics) {
    for (kind, fault) in &model.faults {
        if !FAULTS.contains(&kind.as_str()) {
            say.say(
                Diagnostic::error(fault.at, format!("no kind of fault is called `{kind}`")).help(cure(kind, FAULTS)),
            );
        }
        for stage in &fault.stages {
            if !exists(model, stage, say) {
                continue;
            }
            let known = variants_of(model, &stage.value);
            if !known.iter().any(|(_, mechanism)| mechanism.bears.contains(&fault.does.value)) {
                let Some((_, mechanism)) = known.first() else { continue };
                let says =
                    format!("`{}` is a {}, which does not bear `{}`", stage.value, mechanism.name, fault.does.value);
                let help = format!("it bears: {}", list(mechanism.bears.iter().map(String::as_str)));
                say.say(Diagnostic::error(fault.does.at, says).help(help));
            }
        }
    }
}

fn checks(model: &Model, say: &mut Diagnostics) {
    for check in model.checks.values() {
        conditions(model, &check.when, say);
        let Some((left, _, right)) = &check.that else { continue };
        let (a, b) = (left.unit(&model.units, say), right.unit(&model.units, say));
        if a.alike(b).is_none() {
            let says = format!("`{}` is {a}, `{}` is {b}: they cannot be compared", left.text, right.text);
            say.say(Diagnostic::error(left.at, says).help("both sides measure the same"));
        }
    }
}
