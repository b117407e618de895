//! What an instance gives, takes, bears, bills, shows; and the checks that can be decided now.

use super::eval::Trouble;
use super::paths::given;
use super::world::World;
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::model::check::braces;
use crate::scenario::model::expr::Expr;
use crate::scenario::model::instance::{
    CheckInstance, Counting, FaultInstance, GiveInstance, Instance, MeterInstance, Price,
};
use crate::scenario::model::shape::{Check, Counts, Meter};
use crate::scenario::model::show;
use crate::scenario::model::unit::Unit;
use crate::scenario::model::value::Value;
use crate::scenario::tree::{At, Placed};

pub(super) fn fill(world: &World<'_>, instance: &mut Instance, say: &mut Diagnostics) {
    let model = world.model;
    for (kind, give) in model.gives.iter().filter(|(_, give)| world.holds(&give.when)) {
        let found = GiveInstance {
            stage: give.stage.as_ref().and_then(|stage| world.index(&stage.value)),
            ops: give.ops.iter().map(|(verb, op)| (verb.clone(), op.value.clone())).collect(),
            wait: give.wait.as_ref().and_then(|wait| given(world, wait, "`wait`", say)),
            also: give.also.clone(),
            per: give.per.as_ref().and_then(|per| world.index(&per.value)),
            room: give.room.as_ref().and_then(|room| given(world, room, "`room`", say)),
        };
        instance.gives.insert(kind.clone(), found);
    }
    for (kind, take) in model.takes.iter().filter(|(_, take)| world.holds(&take.when)) {
        instance.takes.insert(kind.clone(), take.op.value.clone());
        touch_taker(world, kind);
    }
    for (kind, fault) in &model.faults {
        let stages: Vec<usize> = fault.stages.iter().filter_map(|stage| world.index(&stage.value)).collect();
        if !stages.is_empty() {
            instance.faults.insert(kind.clone(), FaultInstance { stages, does: fault.does.value.clone() });
        }
    }
    for (name, meter) in model.meters.iter().filter(|(_, meter)| world.holds(&meter.when)) {
        instance.meters.extend(one_meter(world, meter, say).map(|meter| (name.clone(), meter)));
    }
    for (name, list) in &model.series {
        let value = list.iter().find_map(|expr| world.work_out(expr).ok());
        instance.series.extend(value.map(|value| (name.clone(), value)));
    }
    for (name, check) in model.checks.iter().filter(|(_, check)| world.holds(&check.when)) {
        instance.checks.extend(decide(world, name, check, say));
    }
}

/// Numbers of a poller matter as soon as something is taken.
fn touch_taker(world: &World<'_>, kind: &str) {
    let Some(mover) = world.model.takes.get(kind).and_then(|take| take.mover.as_ref()) else { return };
    for setting in mover.settings.values() {
        super::stages::names(setting, &mut |name| world.touch(name));
    }
}

fn one_meter(world: &World<'_>, meter: &Meter, say: &mut Diagnostics) -> Option<MeterInstance> {
    let counts = match &meter.counts {
        Counts::Nothing => return None,
        Counts::On(list) => Counting::On(named(world, list, true, say)),
        Counts::Integral(expr) => Counting::Integral(exists(world, expr, say)?),
        Counts::Lives(lives) => {
            let (stage, kind) = lives.value.split_once('.')?;
            Counting::Lives(world.index(stage)?, kind.to_string())
        }
        Counts::Largest(list) => Counting::Largest(named(world, list, false, say)),
    };
    Some(MeterInstance {
        counts,
        all: meter.all,
        at_least: meter.at_least.as_ref().and_then(|expr| given(world, expr, "`at_least`", say)),
        round_up_to: meter.round_up_to.as_ref().and_then(|expr| given(world, expr, "`round_up_to`", say)),
        unit: meter.unit.value.clone(),
        price: meter.price.as_ref().and_then(|price| price_of(world, &price.value)),
    })
}

/// What is counted for operations and verbs that exist.
fn named(world: &World<'_>, list: &[(Placed<String>, Expr)], ops: bool, say: &mut Diagnostics) -> Vec<(String, Value)> {
    let there = |name: &str| {
        let base = name.split('.').next().unwrap_or_default();
        !ops || world.model.ops.get(base).is_some_and(|op| world.holds(&op.when)) || world.index(base).is_some()
    };
    let fitting = list.iter().filter(|(name, _)| there(&name.value));
    fitting.filter_map(|(name, expr)| Some((name.value.clone(), exists(world, expr, say)?))).collect()
}

/// A value, if the stages that it rests on exist.
fn exists(world: &World<'_>, expr: &Expr, say: &mut Diagnostics) -> Option<Value> {
    match world.work_out(expr) {
        Err(Trouble::Absent(_)) => None,
        _ => world.say_out(expr, "a meter", say),
    }
}

fn price_of(world: &World<'_>, price: &str) -> Option<Price> {
    if let Some(own) = price.strip_prefix("own:") {
        let Some(Value::Price(money, per, _)) = world.value(own) else { return None };
        return Some(Price::Own { name: own.to_string(), money: *money, per: *per });
    }
    let filled = braces(price)
        .fold(price.to_string(), |key, parameter| key.replace(&format!("{{{parameter}}}"), &world.word(parameter)));
    Some(Price::Key(filled))
}

/// Says a check that does not hold; keeps one that rests on neighbours.
fn decide(world: &World<'_>, name: &str, check: &Check, say: &mut Diagnostics) -> Option<CheckInstance> {
    let Some((left, comparison, right)) = &check.that else {
        let at = check.when.iter().find_map(|when| world.given.get(&when.subject.value)?.at).unwrap_or(check.at);
        let mut diagnostic = Diagnostic::error(at, check.says.clone());
        diagnostic.severity = check.severity;
        say.say(diagnostic);
        return None;
    };
    let (a, b) = (world.work_out(left).ok()?, world.work_out(right).ok()?);
    let at = [left, right].into_iter().map(|expr| world.place(expr)).find(|at| *at != left.at && *at != right.at);
    let at = at.unwrap_or(check.at);
    match (a.number(), b.number()) {
        (Some(x), Some(y)) if comparison.holds(x, y) => None,
        (Some(_), Some(_)) => {
            say.say(broken(world, check, (left, &a), (right, &b), at));
            None
        }
        _ if matches!(a, Value::Dynamic(_)) || matches!(b, Value::Dynamic(_)) => Some(CheckInstance {
            name: name.to_string(),
            left: a,
            comparison: *comparison,
            right: b,
            text: format!("{} {} {}", left.text, comparison.sign(), right.text),
            severity: check.severity,
            says: check.says.clone(),
            at,
        }),
        _ => None,
    }
}

fn broken(world: &World<'_>, check: &Check, left: (&Expr, &Value), right: (&Expr, &Value), at: At) -> Diagnostic {
    let side = |(expr, value): (&Expr, &Value)| {
        let unit = world.model.units.get(&expr.text).copied().unwrap_or(Unit::Any);
        let source = expr.name().and_then(|name| world.given.get(name)).map(|given| given.source.as_str());
        let source = source.filter(|source| !["", "this file"].contains(source)).map(|one| format!(" ({one})"));
        format!("`{}` is {}{}", expr.text, show::value(value, unit), source.unwrap_or_default())
    };
    let mut diagnostic = Diagnostic::error(at, check.says.clone()).help(format!("{}, {}", side(left), side(right)));
    diagnostic.severity = check.severity;
    diagnostic
}
