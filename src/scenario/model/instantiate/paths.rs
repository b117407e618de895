//! Operations of an instance: paths by the numbers of their stages. A path steps over what does not exist.

use std::collections::BTreeMap;

use super::world::World;
use crate::scenario::diagnostics::Diagnostics;
use crate::scenario::model::check::variants_of;
use crate::scenario::model::expr::Expr;
use crate::scenario::model::instance::{OpInstance, PathStep, Target};
use crate::scenario::model::shape::{Op, Stop};
use crate::scenario::model::value::Value;

/// All operations that exist.
pub(super) fn all(world: &World<'_>, say: &mut Diagnostics) -> BTreeMap<String, OpInstance> {
    let ops = world.model.ops.iter().filter(|(_, op)| world.holds(&op.when));
    ops.map(|(name, op)| (name.clone(), one(world, op, say))).collect()
}

fn one(world: &World<'_>, op: &Op, say: &mut Diagnostics) -> OpInstance {
    let mut numbers: BTreeMap<&str, Value> = BTreeMap::new();
    for (key, expr) in &op.numbers {
        if let Some(value) = given(world, expr, &format!("`{key}`"), say) {
            numbers.insert(key, value);
        }
    }
    OpInstance {
        path: steps(world, &op.path, say),
        behind: steps(world, &op.behind, say),
        each: steps(world, &op.each, say),
        calls: op.calls.as_ref().and_then(|stage| world.index(&stage.value)),
        work: op.work.iter().find_map(|stage| world.index(&stage.value)),
        size: numbers.remove("size"),
        reply: numbers.remove("reply"),
        most: numbers.remove("most"),
        timeout: numbers.remove("timeout"),
        connect: numbers.remove("connect"),
        tries: numbers.remove("tries"),
        lasts: numbers.remove("lasts"),
        survives: op.survives,
        maps: op.maps.clone(),
        at: op.at,
    }
}

/// A value that is given: what is off or unlimited is not there.
pub(super) fn given(world: &World<'_>, expr: &Expr, what: &str, say: &mut Diagnostics) -> Option<Value> {
    world.say_out(expr, what, say).filter(|value| !matches!(value, Value::None | Value::Unlimited))
}

fn steps(world: &World<'_>, stops: &[Stop], say: &mut Diagnostics) -> Vec<PathStep> {
    stops.iter().filter_map(|stop| step(world, stop, say)).collect()
}

fn step(world: &World<'_>, stop: &Stop, say: &mut Diagnostics) -> Option<PathStep> {
    let name = stop.stage.value.as_str();
    let target = match name {
        "inside" => Target::Inside,
        "host" => Target::Host(stop.verb.clone().unwrap_or_default()),
        _ => {
            let index = world.index(name)?;
            let first =
                || variants_of(world.model, name).first().and_then(|(_, mechanism)| mechanism.does.first().cloned());
            Target::Stage { index, verb: stop.verb.clone().or_else(first).unwrap_or_default() }
        }
    };
    Some(PathStep {
        target,
        take: stop.take.as_ref().and_then(|expr| given(world, expr, "`take`", say)),
        time: stop.time.as_ref().and_then(|expr| given(world, expr, "`time`", say)).map(as_law),
        key: stop.key.as_ref().map(|key| match world.value(&key.value) {
            Some(Value::Key(named)) => named.clone(),
            _ => key.value.clone(),
        }),
        apart: stop.apart,
    })
}

/// A time that is always the same is a law, too.
fn as_law(value: Value) -> Value {
    match value.law() {
        Some(law) => Value::Law(law),
        None => value,
    }
}
