//! The names that expressions of a model may use, and the unit of each.

use super::settings::expressions;
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::model::expr::Names;
use crate::scenario::model::registry::{Measured, Registry, Wants, unit_of_measure};
use crate::scenario::model::shape::{Choose, Model, Setting, Variant};
use crate::scenario::model::unit::Unit;
use crate::scenario::model::value::{Kind, Value};

/// What a call knows of itself and of its neighbours.
pub(crate) const CALL_WORDS: [(&str, Unit); 12] = [
    ("size", Unit::SIZE),
    ("reply", Unit::SIZE),
    ("records", Unit::ONE),
    ("held", Unit::TIME),
    ("init", Unit::TIME),
    ("kept", Unit::ONE),
    ("fresh_for", Unit::TIME),
    ("callers.connections", Unit::ONE),
    ("consumers.timeout", Unit::TIME),
    ("users", Unit::ONE),
    ("source.waiting", Unit::ONE),
    ("source.wait", Unit::TIME),
];

/// Fills `model.units`; what is derived is checked.
pub(super) fn measure(model: &mut Model, say: &mut Diagnostics) {
    let mut names: Names = CALL_WORDS.iter().map(|(name, unit)| (name.to_string(), *unit)).collect();
    of_quantities(model, &mut names, say);
    // What is derived may rest on what is derived: a few rounds settle it, and only the last one speaks.
    for _ in 0..model.derived.len().min(8) {
        of_derived(model, &mut names, &mut Diagnostics::default());
    }
    of_stages(model, &mut names, say);
    of_derived(model, &mut names, say);
    model.units = names;
    let taken: Vec<_> =
        model.takes.iter().map(|(kind, take)| (kind.clone(), with_own(&take.parameters, &model.units))).collect();
    for (kind, units) in taken {
        if let Some(take) = model.takes.get_mut(&kind) {
            take.units = units;
        }
    }
}

fn with_own(
    parameters: &std::collections::BTreeMap<String, crate::scenario::model::shape::Quantity>,
    names: &Names,
) -> Names {
    let mut names = names.clone();
    for (name, quantity) in parameters {
        names.insert(name.clone(), unit(quantity.kind, quantity.value.as_ref().map(|placed| &placed.value)));
    }
    names
}

/// The unit of a quantity: what its value tells, else what its kind tells.
fn unit(kind: Kind, value: Option<&Value>) -> Unit {
    match value.map_or(Unit::Any, Value::unit) {
        Unit::Any => kind.unit(),
        known => known,
    }
}

fn of_quantities(model: &Model, names: &mut Names, say: &mut Diagnostics) {
    for (name, quantity) in &model.quantities {
        if CALL_WORDS.iter().any(|(word, _)| word == name) {
            say.say(
                Diagnostic::error(quantity.at, format!("`{name}` is what a call knows of itself"))
                    .help("choose another name"),
            );
        }
        let unit = unit(quantity.kind, quantity.value.as_ref().map(|placed| &placed.value));
        names.insert(name.clone(), unit);
        if quantity.kind == Kind::Range {
            names.insert(format!("{name}.min"), unit);
            names.insert(format!("{name}.max"), unit);
        }
        if let Some(Choose::Table(table)) = &quantity.choose
            && let Some(rows) = model.tables.get(&table.value)
        {
            names.extend(rows.columns.iter().map(|(column, unit)| (format!("{name}.{column}"), *unit)));
        }
    }
}

fn of_derived(model: &Model, names: &mut Names, say: &mut Diagnostics) {
    for (name, setting) in &model.derived {
        if model.quantities.contains_key(name) {
            let says = format!("two things are called `{name}`: a quantity, and what is derived");
            say.say(Diagnostic::error(model.quantities[name].at, says));
            continue;
        }
        let mut found = Unit::Any;
        for expr in expressions(setting) {
            let unit = expr.unit(names, say);
            found = found.alike(unit).unwrap_or_else(|| {
                say.say(Diagnostic::error(expr.at, format!("the choices of `{name}` differ: {found} and {unit}")));
                found
            });
        }
        names.insert(name.clone(), found);
    }
}

fn of_stages(model: &Model, names: &mut Names, say: &mut Diagnostics) {
    for (name, stage) in &model.stages {
        if model.quantities.contains_key(name) || model.derived.contains_key(name) {
            let says = format!("the stage `{name}` has the name of a number");
            say.say(Diagnostic::error(stage.at, says).help("stages and numbers share one room of names"));
        }
        for (_, variant) in &stage.variants {
            let Some(mechanism) = Registry::get().mechanism(&variant.mechanism.value) else { continue };
            let rate = rate_of(variant, names);
            for (measure, word) in &mechanism.shows {
                merge(names, format!("{name}.{measure}"), unit_of_measure(word, rate));
            }
            for (setting, (wants, _)) in &mechanism.settings {
                let numeric = matches!(wants, Wants::Number(measured) if *measured != Measured::Anything);
                let unit =
                    variant.settings.get(setting).filter(|_| numeric).map_or(Unit::Any, |one| silent(one, names));
                names.entry(format!("{name}.{setting}")).or_insert(unit);
            }
        }
    }
}

/// A measure that two variants show in different units fits everything.
fn merge(names: &mut Names, name: String, unit: Unit) {
    let merged = names.get(&name).map_or(unit, |old| old.alike(unit).unwrap_or(Unit::Any));
    names.insert(name, merged);
}

/// The unit of a stage's rate: what its tokens, and its measures, count.
pub(super) fn rate_of(variant: &Variant, names: &Names) -> Option<Unit> {
    let mechanism = Registry::get().mechanism(&variant.mechanism.value)?;
    ["rate", "floor", "capacity"].into_iter().find_map(|key| {
        let is_rate = matches!(mechanism.settings.get(key)?.0, Wants::Number(Measured::Rate | Measured::Capacity));
        let setting = variant.settings.get(key).filter(|_| is_rate)?;
        Some(silent(setting, names))
    })
}

fn silent(setting: &Setting, names: &Names) -> Unit {
    expressions(setting).first().map_or(Unit::Any, |expr| expr.unit(names, &mut Diagnostics::default()))
}
