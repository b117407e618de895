//! Does each meter count in the unit that it says, and is its price a key that can be written out?

use super::paths::variants_of;
use super::{conditions, options};
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::model::expr::Expr;
use crate::scenario::model::shape::{Counts, Meter, Model, Test};
use crate::scenario::model::unit::Unit;
use crate::scenario::model::words::{cure, list};
use crate::scenario::tree::Placed;

pub(super) fn check(model: &mut Model, say: &mut Diagnostics) {
    for (name, meter) in &model.meters {
        let unit = Unit::of_meter(&meter.unit.value).unwrap_or(Unit::Any);
        model.units.insert(format!("meters.{name}"), unit);
    }
    for (name, meter) in &model.meters {
        conditions(model, &meter.when, say);
        let Some(unit) = Unit::of_meter(&meter.unit.value) else {
            let help = cure(&meter.unit.value, Unit::meter_words());
            say.say(Diagnostic::error(meter.unit.at, format!("no meter counts in `{}`", meter.unit.value)).help(help));
            continue;
        };
        counts(model, name, meter, unit, say);
        for expr in meter.at_least.iter().chain(&meter.round_up_to) {
            expr.unit(&model.units, say);
        }
        if let Some(price) = &meter.price {
            check_price(model, name, price, unit, say);
        }
    }
}

fn counts(model: &Model, name: &str, meter: &Meter, unit: Unit, say: &mut Diagnostics) {
    match &meter.counts {
        Counts::Nothing => {}
        Counts::On(list) => {
            for (op, expr) in list {
                on_operation(model, op, say);
                let found = expr.unit(&model.units, say);
                counted(name, meter, expr, found, unit, say);
            }
        }
        Counts::Integral(expr) => {
            let found = expr.unit(&model.units, say).times(Unit::TIME);
            counted(name, meter, expr, found, unit, say);
        }
        Counts::Lives(lives) => of_lives(model, lives, say),
        Counts::Largest(list) => {
            for (_, expr) in list {
                let found = expr.unit(&model.units, say);
                if !found.fits(Unit::ONE) {
                    let says = format!("`{}` is {found}; the largest of several is a pure number", expr.text);
                    say.say(Diagnostic::error(expr.at, says).help("divide by what one unit carries"));
                }
            }
        }
    }
}

fn counted(name: &str, meter: &Meter, expr: &Expr, found: Unit, unit: Unit, say: &mut Diagnostics) {
    if found.fits(unit) {
        return;
    }
    let over = if matches!(meter.counts, Counts::Integral(_)) { ", over time," } else { "" };
    let says =
        format!("meter `{name}` counts in {}, which is {unit}, but `{}`{over} is {found}", meter.unit.value, expr.text);
    let help = "`up(held, step) * size` is a size x time; a rate over time is a count; `unit` says what is counted";
    say.say(Diagnostic::error(expr.at, says).help(help));
}

/// An operation, a part of one (`start.each`), or a verb of a stage (`edge.get`).
fn on_operation(model: &Model, op: &Placed<String>, say: &mut Diagnostics) {
    let base = op.value.split('.').next().unwrap_or_default();
    if model.ops.contains_key(&op.value) || model.ops.contains_key(base) || model.stages.contains_key(base) {
        return;
    }
    let help = cure(&op.value, model.ops.keys().map(String::as_str));
    say.say(Diagnostic::error(op.at, format!("there is no operation `{}`", op.value)).help(help));
}

fn of_lives(model: &Model, lives: &Placed<String>, say: &mut Diagnostics) {
    let (stage, kind) = lives.value.split_once('.').unwrap_or((lives.value.as_str(), ""));
    let known = variants_of(model, stage);
    if known.iter().any(|(_, mechanism)| mechanism.lives.iter().any(|one| one == kind)) {
        return;
    }
    let kinds: Vec<&str> = known.iter().flat_map(|(_, mechanism)| mechanism.lives.iter().map(String::as_str)).collect();
    let help = if kinds.is_empty() { "sets whose members live and die: fleet, replicas".into() } else { list(kinds) };
    say.say(Diagnostic::error(lives.at, format!("nothing lives as `{}`", lives.value)).help(help));
}

fn check_price(model: &Model, name: &str, price: &Placed<String>, unit: Unit, say: &mut Diagnostics) {
    if let Some(own) = price.value.strip_prefix("own:") {
        let found = model.units.get(own).copied();
        let money = found.is_some_and(|found| found.times(unit).fits(Unit::MONEY));
        if !money {
            let says = format!("`{own}` is no money for {}", if unit == Unit::TIME { "a time" } else { "a thing" });
            say.say(Diagnostic::error(price.at, says).help("\"$0.10/h\", \"$74/month\", \"$5/1k calls\""));
        }
        return;
    }
    if !price.value.contains('/') {
        let says = format!("`{}` is no price of meter `{name}`", price.value);
        say.say(Diagnostic::error(price.at, says).help("service/key, or own:PARAMETER"));
    }
    for parameter in braces(&price.value) {
        if options(model, parameter).is_none() {
            say.say(Diagnostic::error(price.at, format!("`{parameter}` is no choice, so no price can rest on it")));
        }
    }
}

/// Parameters in the braces of a price key.
pub(crate) fn braces(key: &str) -> impl Iterator<Item = &str> {
    key.split('{').skip(1).filter_map(|piece| piece.split('}').next())
}

/// All price keys of a meter, one for each option of the choices in it.
pub(crate) fn prices(model: &Model, meter: &Meter) -> Vec<String> {
    let Some(price) = meter.price.as_ref().filter(|price| !price.value.starts_with("own:")) else { return Vec::new() };
    let mut keys = vec![price.value.clone()];
    for parameter in braces(&price.value) {
        let never = meter.when.iter().find_map(|when| match &when.test {
            Test::IsNot(word) if when.subject.value == parameter => Some(word.as_str()),
            _ => None,
        });
        let options = options(model, parameter).unwrap_or_default();
        let open = format!("{{{parameter}}}");
        keys = keys
            .iter()
            .flat_map(|key| options.iter().filter(|one| Some(one.as_str()) != never).map(|one| key.replace(&open, one)))
            .collect();
    }
    keys
}
