//! What a model gives, takes, bears, bills, shows, checks; and its sources.

use std::collections::BTreeMap;

use super::{flat, quantities, stages, table_of, with_like};
use crate::scenario::diagnostics::{Diagnostic, Diagnostics, Severity};
use crate::scenario::model::expr::Expr;
use crate::scenario::model::fields::{Fields, expr, text};
use crate::scenario::model::shape::{
    Bears, Check, Comparison, Counts, Give, Meter, Model, Quantity, Section, Source, Take,
};
use crate::scenario::tree::{At, Kind, Node, Placed, Table};

/// The section `[gives]`.
pub(crate) fn gives(root: &Table, model: &mut Model, say: &mut Diagnostics) {
    let Some(all) = table_of(root, "gives", say) else { return };
    for (name, _) in &all.entries {
        let Some((table, at)) = with_like(all, &name.value, "kind", say) else { continue };
        let fields = Fields::over(&table, format!("gives `{}`", name.value), at);
        let mut ops = BTreeMap::new();
        for key in ["take", "done", "give_back"] {
            ops.extend(fields.text(key, say).map(|op| (key.to_string(), op)));
        }
        for (key, node) in fields.inner("ops", say).map(|table| table.entries.as_slice()).unwrap_or_default() {
            ops.extend(text(node, "an operation", say).map(|op| (key.value.clone(), op)));
        }
        let give = Give {
            stage: fields.text("stage", say),
            ops,
            wait: fields.expr("wait", say),
            also: fields.texts("also", say).into_iter().map(|text| text.value).collect(),
            per: fields.text("per", say),
            room: fields.expr("room", say),
            when: stages::when(&fields, say),
            at,
        };
        fields.finish(say);
        model.gives.insert(name.value.clone(), give);
    }
}

/// The section `[takes]`.
pub(crate) fn takes(root: &Table, model: &mut Model, say: &mut Diagnostics) {
    let Some(all) = table_of(root, "takes", say) else { return };
    for (name, _) in &all.entries {
        let Some((table, at)) = with_like(all, &name.value, "kind", say) else { continue };
        let what = format!("takes `{}`", name.value);
        let fields = Fields::over(&table, what.clone(), at);
        let Some(op) = fields.text("op", say) else {
            say.say(Diagnostic::error(at, format!("{what} says no operation")).help("op = \"..\""));
            continue;
        };
        let mut parameters = BTreeMap::new();
        if let Some(inner) = fields.inner("parameters", say) {
            parameters = own_parameters(inner, say);
        }
        let when = stages::when(&fields, say);
        let mut poller = table.clone();
        poller.entries.retain(|(key, _)| !["op", "parameters", "when"].contains(&key.value.as_str()));
        let pushed = poller.get("mechanism").is_none();
        let mover = if pushed { None } else { stages::variant(&what, &poller, at, say) };
        if pushed {
            fields.get("doc");
            fields.finish(say);
        }
        let take = Take { op, mover, parameters, units: BTreeMap::new(), when, at };
        model.takes.insert(name.value.clone(), take);
    }
}

fn own_parameters(table: &Table, say: &mut Diagnostics) -> BTreeMap<String, Quantity> {
    let mut found = BTreeMap::new();
    for (name, (at, node)) in flat(table, "", say) {
        found.extend(quantities::quantity(Section::Parameter, &name, at, node, say).map(|one| (name, one)));
    }
    found
}

/// The section `[faults]`.
pub(crate) fn faults(root: &Table, model: &mut Model, say: &mut Diagnostics) {
    let Some(all) = table_of(root, "faults", say) else { return };
    for (name, node) in &all.entries {
        let Some(fields) = Fields::of(node, format!("fault `{}`", name.value), name.at, say) else { continue };
        let mut stages = fields.texts("stage", say);
        stages.extend(fields.texts("stages", say));
        match fields.text("does", say) {
            Some(does) => drop(model.faults.insert(name.value.clone(), Bears { stages, does, at: name.at })),
            None => {
                let says = format!("{} does not say what it does", fields.what);
                say.say(Diagnostic::error(name.at, says).help("does = \"..\""));
            }
        }
        fields.finish(say);
    }
}

/// The section `[meters]`.
pub(crate) fn meters(root: &Table, model: &mut Model, say: &mut Diagnostics) {
    let Some(all) = table_of(root, "meters", say) else { return };
    for (name, node) in &all.entries {
        let what = format!("meter `{}`", name.value);
        let Some(fields) = Fields::of(node, what.clone(), name.at, say) else { continue };
        let Some(unit) = fields.text("unit", say) else {
            say.say(
                Diagnostic::error(name.at, format!("{what} has no unit"))
                    .help("unit = \"request\", \"hour\", \"GB\", .."),
            );
            continue;
        };
        let meter = Meter {
            counts: counts(&fields, say),
            all: fields.words("counts", say).as_deref() == Some("all"),
            at_least: fields.expr("at_least", say),
            round_up_to: fields.expr("round_up_to", say),
            unit,
            price: fields.text("price", say),
            when: stages::when(&fields, say),
            at: name.at,
        };
        for key in ["every", "doc"] {
            fields.get(key);
        }
        fields.finish(say);
        model.meters.insert(name.value.clone(), meter);
    }
}

fn counts(fields: &Fields<'_>, say: &mut Diagnostics) -> Counts {
    let mut forms = Vec::new();
    if let Some(on) = fields.get("on") {
        forms.push(Counts::On(on_operations(fields, on, say)));
    }
    forms.extend(fields.expr("integral", say).map(Counts::Integral));
    forms.extend(fields.text("lives", say).map(Counts::Lives));
    if let Some(table) = fields.inner("largest_of", say) {
        forms.push(Counts::Largest(named_expressions(table, &fields.what, say)));
    }
    if forms.len() != 1 {
        let says = format!(
            "{} counts in {} ways",
            fields.what,
            if forms.is_empty() { "no".into() } else { forms.len().to_string() }
        );
        say.say(Diagnostic::error(fields.at, says).help("one of `on`, `integral`, `lives`, `largest_of`"));
    }
    forms.into_iter().next().unwrap_or_default()
}

/// `on = ["op"]` with `adds`, or `on = { op = "expression" }`.
fn on_operations(fields: &Fields<'_>, on: &Node, say: &mut Diagnostics) -> Vec<(Placed<String>, Expr)> {
    if let Kind::Table(table) = &on.kind {
        return named_expressions(table, &fields.what, say);
    }
    let adds = match fields.get("adds") {
        Some(node) => expr(node, &format!("`adds` of {}", fields.what), say),
        None => Expr::parse("1", on.at, say),
    };
    let Some(adds) = adds else { return Vec::new() };
    fields.texts("on", say).into_iter().map(|op| (op, adds.clone())).collect()
}

fn named_expressions(table: &Table, what: &str, say: &mut Diagnostics) -> Vec<(Placed<String>, Expr)> {
    let read = |(name, node): &(Placed<String>, Node)| {
        expr(node, &format!("`{}` of {what}", name.value), say).map(|expr| (name.clone(), expr))
    };
    table.entries.iter().filter_map(read).collect()
}

/// The section `[series]`.
pub(crate) fn series(root: &Table, model: &mut Model, say: &mut Diagnostics) {
    let Some(all) = table_of(root, "series", say) else { return };
    for (name, node) in &all.entries {
        let what = format!("series `{}`", name.value);
        let list = match &node.kind {
            Kind::List(list) => list.iter().filter_map(|one| expr(one, &what, say)).collect(),
            _ => expr(node, &what, say).into_iter().collect(),
        };
        model.series.insert(name.value.clone(), list);
    }
}

/// The section `[checks]`.
pub(crate) fn checks(root: &Table, model: &mut Model, say: &mut Diagnostics) {
    let Some(all) = table_of(root, "checks", say) else { return };
    for (name, node) in &all.entries {
        let what = format!("check `{}`", name.value);
        let Some(fields) = Fields::of(node, what.clone(), name.at, say) else { continue };
        let written = fields.text("that", say);
        let that = written.as_ref().and_then(|text| comparison(text, say));
        let when = stages::when(&fields, say);
        let severity = match fields.words("else", say).as_deref() {
            Some("error") => Some(Severity::Error),
            Some("warning") => Some(Severity::Warning),
            _ => None,
        };
        let says = fields.words("says", say);
        fields.finish(say);
        let (Some(severity), Some(says), true) = (severity, says, written.is_some() || !when.is_empty()) else {
            let says = format!("{what} says what must hold (`that`), how bad it is (`else`) and why (`says`)");
            say.say(Diagnostic::error(name.at, says).help("that = \"a <= b\", else = \"error\", says = \"..\""));
            continue;
        };
        if that.is_some() == written.is_some() {
            model.checks.insert(name.value.clone(), Check { that, severity, says, when, at: name.at });
        }
    }
}

fn comparison(text: &Placed<String>, say: &mut Diagnostics) -> Option<(Expr, Comparison, Expr)> {
    let found = Comparison::ALL
        .into_iter()
        .find_map(|sign| text.value.split_once(&format!(" {} ", sign.sign())).map(|(left, right)| (left, sign, right)));
    let Some((left, sign, right)) = found else {
        let says = format!("`{}` compares nothing", text.value);
        say.say(Diagnostic::error(text.at, says).help("\"a <= b\", with one of <= >= < > ="));
        return None;
    };
    let left = Expr::parse(left.trim(), text.at, say);
    let right = Expr::parse(right.trim(), text.at, say);
    Some((left?, sign, right?))
}

/// A table of sources: the model's own, or a provider's.
pub(crate) fn sources(table: &Table, say: &mut Diagnostics) -> BTreeMap<String, Source> {
    let mut found = BTreeMap::new();
    for (id, node) in &table.entries {
        let what = format!("source `{}`", id.value);
        let Some(fields) = Fields::of(node, what.clone(), id.at, say) else { continue };
        let mut need = |key: &'static str| required(&fields, key, id.at, say);
        let (title, publisher) = (need("title"), need("publisher"));
        let (as_of, status) = (need("as_of"), need("status"));
        fields.get("url");
        fields.finish(say);
        if !["verified", "measured", "derived", "assumed", ""].contains(&status.as_str()) {
            let says = format!("{what} is {status}, which is no status");
            say.say(Diagnostic::error(id.at, says).help("verified, measured, derived or assumed"));
        }
        found.insert(id.value.clone(), Source { title, publisher, as_of, status, at: id.at });
    }
    found
}

fn required(fields: &Fields<'_>, key: &'static str, at: At, say: &mut Diagnostics) -> String {
    fields.words(key, say).unwrap_or_else(|| {
        let says = format!("{} has no `{key}`", fields.what);
        say.say(Diagnostic::error(at, says).help("{ title, publisher, as_of, status }"));
        String::new()
    })
}
