//! Do the paths of all operations lead through stages that exist, by verbs that these have, in an order that works?

use super::conditions;
use super::scope::rate_of;
use super::settings::fitting;
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::model::expr::Expr;
use crate::scenario::model::registry::{Mechanism, Registry};
use crate::scenario::model::shape::{Model, Op, Stop, Variant};
use crate::scenario::model::unit::Unit;
use crate::scenario::model::words::{cure, list};
use crate::scenario::tree::Placed;

pub(super) fn check(model: &Model, say: &mut Diagnostics) {
    for (name, op) in &model.ops {
        conditions(model, &op.when, say);
        numbers(model, op, say);
        let mut seen: Vec<&str> = Vec::new();
        for stop in op.path.iter().chain(&op.behind).chain(&op.each) {
            visit(model, stop, &seen, say);
            seen.push(&stop.stage.value);
        }
        for stage in op.work.iter().chain(&op.calls) {
            exists(model, stage, say);
        }
        if !op.work.is_empty() && !seen.contains(&"inside") {
            let says = format!("operation `{name}` works, but nothing is inside of it");
            say.say(Diagnostic::error(op.at, says).help("add \"inside\" to its path: there the handler stands"));
        }
    }
}

fn numbers(model: &Model, op: &Op, say: &mut Diagnostics) {
    for (key, expr) in &op.numbers {
        let wanted = match key.as_str() {
            "size" | "reply" => Unit::SIZE,
            "most" | "tries" => Unit::ONE,
            _ => Unit::TIME,
        };
        is(model, expr, wanted, &format!("`{key}`"), say);
    }
}

/// An expression of a wanted unit.
pub(super) fn is(model: &Model, expr: &Expr, wanted: Unit, what: &str, say: &mut Diagnostics) {
    let unit = expr.unit(&model.units, say);
    if !unit.fits(wanted) {
        let says = format!("{what} is {wanted}, but `{}` is {unit}", expr.text);
        say.say(Diagnostic::error(expr.at, says).help(fitting(&model.units, &[wanted])));
    }
}

/// A stage that must be there.
pub(super) fn exists(model: &Model, stage: &Placed<String>, say: &mut Diagnostics) -> bool {
    let there = model.stages.contains_key(&stage.value);
    if !there {
        let help = cure(&stage.value, model.stages.keys().map(String::as_str));
        say.say(Diagnostic::error(stage.at, format!("there is no stage `{}`", stage.value)).help(help));
    }
    there
}

/// The variants of a stage, and their mechanisms.
pub(crate) fn variants_of<'a>(model: &'a Model, stage: &str) -> Vec<(&'a Variant, &'static Mechanism)> {
    let Some(stage) = model.stages.get(stage) else { return Vec::new() };
    let known = |(_, one): &'a (String, Variant)| Some((one, Registry::get().mechanism(&one.mechanism.value)?));
    stage.variants.iter().filter_map(known).collect()
}

fn visit(model: &Model, stop: &Stop, seen: &[&str], say: &mut Diagnostics) {
    if ["inside", "host"].contains(&stop.stage.value.as_str()) || !exists(model, &stop.stage, say) {
        return;
    }
    for (variant, mechanism) in variants_of(model, &stop.stage.value) {
        verb(stop, mechanism, say);
        chosen_before(stop, variant, seen, say);
        takes(model, stop, variant, mechanism, say);
    }
    if let Some(time) = &stop.time {
        is(model, time, Unit::TIME, "`time` of a stop", say);
    }
}

fn verb(stop: &Stop, mechanism: &Mechanism, say: &mut Diagnostics) {
    let (stage, name) = (&stop.stage, &mechanism.name);
    if mechanism.does.is_empty() {
        let says = format!("`{}` is a {name}: it works by its own clock, and nothing passes it", stage.value);
        say.say(Diagnostic::error(stage.at, says).help("take it off the path"));
        return;
    }
    let Some(verb) = &stop.verb else { return };
    if !mechanism.does.contains(verb) {
        let help = format!("it can: {}", list(mechanism.does.iter().map(String::as_str)));
        say.say(
            Diagnostic::error(stage.at, format!("`{}` is a {name}, which cannot `{verb}`", stage.value)).help(help),
        );
    }
}

fn chosen_before(stop: &Stop, variant: &Variant, seen: &[&str], say: &mut Diagnostics) {
    let Some(per) = &variant.per else { return };
    if !seen.contains(&per.value.as_str()) {
        let says = format!("`{}` is one for each of `{}`, which must be chosen before", stop.stage.value, per.value);
        say.say(Diagnostic::error(stop.stage.at, says).help(format!("put \"{}\" before it on the path", per.value)));
    }
}

/// A gate that counts something else than calls must be told how much is taken.
fn takes(model: &Model, stop: &Stop, variant: &Variant, mechanism: &Mechanism, say: &mut Diagnostics) {
    let tokens = rate_of(variant, &model.units).map(|rate| rate.times(Unit::TIME));
    let name = &stop.stage.value;
    match (&stop.take, tokens) {
        (Some(take), tokens) => {
            let unit = take.unit(&model.units, say);
            if let Some(tokens) = tokens.filter(|tokens| !unit.fits(*tokens)) {
                let says = format!("`{name}` takes {tokens}, but `{}` is {unit}", take.text);
                say.say(Diagnostic::error(take.at, says).help(fitting(&model.units, &[tokens])));
            }
        }
        (None, Some(Unit::SIZE)) if mechanism.admits => {
            let says = format!("`{name}` takes bytes, and the path does not say how many");
            let help = format!("{{ at = \"{name}\", take = \"size\" }}");
            say.say(Diagnostic::error(stop.stage.at, says).help(help));
        }
        _ => {}
    }
}
