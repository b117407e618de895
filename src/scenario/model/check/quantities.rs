//! Has every number a source, does a choice have its default, is a default within its range?

use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::model::shape::{Choose, Model, Quantity};
use crate::scenario::model::table::Rows;
use crate::scenario::model::value::{Kind, Value};
use crate::scenario::model::words::{cure, list};
use crate::scenario::tree::{At, Placed};
use crate::units::Law;

pub(super) fn check(model: &Model, say: &mut Diagnostics) {
    for (name, quantity) in &model.quantities {
        one(model, name, quantity, say);
    }
    for take in model.takes.values() {
        for (name, quantity) in &take.parameters {
            one(model, name, quantity, say);
        }
    }
    for (name, rows) in &model.tables {
        table(model, name, rows, say);
    }
}

fn one(model: &Model, name: &str, quantity: &Quantity, say: &mut Diagnostics) {
    match &quantity.choose {
        Some(choose) => choice(model, name, quantity, choose, say),
        None => {
            within_range(name, quantity, say);
            sources(model, name, quantity, say);
        }
    }
}

fn choice(model: &Model, name: &str, quantity: &Quantity, choose: &Choose, say: &mut Diagnostics) {
    let Some(Placed { value: Value::Word(word), at }) = &quantity.value else { return };
    if let Choose::Table(table) = choose
        && !model.tables.contains_key(&table.value)
    {
        let help = cure(&table.value, model.tables.keys().map(String::as_str));
        say.say(Diagnostic::error(table.at, format!("there is no table `{}`", table.value)).help(help));
        return;
    }
    let Some(options) = super::options(model, name) else { return };
    if !options.contains(word) {
        let says = format!("`{word}` is no choice of `{name}`");
        say.say(Diagnostic::error(*at, says).help(list(options.iter().map(String::as_str))));
    }
}

fn within_range(name: &str, quantity: &Quantity, say: &mut Diagnostics) {
    let (Some(Placed { value: Value::Number(number, _), at }), Some((least, most, written))) =
        (&quantity.value, &quantity.range)
    else {
        return;
    };
    if number < least || number > most {
        let says = format!("the default of `{name}` is outside of its own range");
        say.say(Diagnostic::error(*at, says).help(format!("the range is {}", written.value)));
    }
}

fn sources(model: &Model, name: &str, quantity: &Quantity, say: &mut Diagnostics) {
    let Some(value) = &quantity.value else { return };
    let free = value.value.is_off() && quantity.range.is_none() || quantity.kind == Kind::Bool;
    if quantity.by.is_empty() && !free {
        let help = format!("by = \"one of: {}\", or \"assumed\", \"derived\" with `why`", ids(model));
        say.say(Diagnostic::error(quantity.at, format!("nobody says where `{name}` is from")).help(help));
    }
    let random = matches!(&value.value, Value::Law(law) if !matches!(law, Law::Constant(_)));
    named(model, name, &quantity.by, quantity.why.as_deref(), random, say);
}

fn table(model: &Model, name: &str, rows: &Rows, say: &mut Diagnostics) {
    let by_row = rows.by.iter().any(|by| by.value == "row");
    if rows.by.is_empty() {
        let help = format!("by = \"one of: {}\", or \"row\" for a column `by` of its file", ids(model));
        say.say(Diagnostic::error(rows.at, format!("nobody says where the table `{name}` is from")).help(help));
    }
    for parameter in rows.keys.iter().chain(&rows.near).filter(|one| !model.quantities.contains_key(&one.value)) {
        let help = cure(&parameter.value, model.quantities.keys().map(String::as_str));
        say.say(Diagnostic::error(parameter.at, format!("nothing is called `{}` here", parameter.value)).help(help));
    }
    if !by_row {
        named(model, name, &rows.by, rows.why.as_deref(), false, say);
        return;
    }
    let place = rows.by.first().map_or(rows.at, |by| by.at);
    let by: Vec<Placed<String>> = distinct(rows).into_iter().map(|id| Placed::new(id, place)).collect();
    named(model, name, &by, rows.why.as_deref(), false, say);
}

fn distinct(rows: &Rows) -> Vec<String> {
    let ids: std::collections::BTreeSet<String> = rows.rows.iter().filter_map(|row| row.by.clone()).collect();
    ids.into_iter().collect()
}

/// Each id is one of the sources; what is ours says why.
fn named(model: &Model, name: &str, by: &[Placed<String>], why: Option<&str>, random: bool, say: &mut Diagnostics) {
    for id in by {
        if let "assumed" | "derived" = id.value.as_str() {
            if why.is_none() {
                say.say(ours(name, id.at, &id.value));
            }
            continue;
        }
        let Some(source) = model.sources.get(&id.value) else {
            let help = cure(&id.value, model.sources.keys().map(String::as_str).chain(["assumed", "derived"]));
            say.say(Diagnostic::error(id.at, format!("there is no source `{}`", id.value)).help(help));
            continue;
        };
        if random && source.status == "verified" {
            let says = format!("`{name}` is a law, and prose does not give a law: `{}` is no measurement", id.value);
            say.say(Diagnostic::error(id.at, says).help("by = \"derived\" or \"assumed\", and `why` quotes it"));
        }
    }
}

fn ours(name: &str, at: At, word: &str) -> Diagnostic {
    Diagnostic::error(at, format!("`{name}` is {word}, but nobody says why")).help("why = \"what makes it likely\"")
}

fn ids(model: &Model) -> String {
    list(model.sources.keys().map(String::as_str))
}
