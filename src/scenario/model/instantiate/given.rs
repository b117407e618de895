//! The quantities of a model with what a scenario says over them: parameters, overridden facts, raised quotas.

use std::collections::BTreeMap;

use super::Wanted;
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::model::check::options;
use crate::scenario::model::instance::Given;
use crate::scenario::model::literal;
use crate::scenario::model::shape::{Model, Quantity, Section};
use crate::scenario::model::value::{Kind, Value};
use crate::scenario::model::words::{cure, list, meant};
use crate::scenario::tree::{At, Node};

/// All quantities, each with its value and where that is from.
pub(super) fn all(model: &Model, wanted: &Wanted<'_>, say: &mut Diagnostics) -> BTreeMap<String, Given> {
    let mut found: BTreeMap<String, Given> = BTreeMap::new();
    for (name, quantity) in &model.quantities {
        found.insert(name.clone(), usual(model, quantity, wanted.region));
    }
    for (key, (at, node)) in wanted.settings {
        parameter(model, key, *at, node, &mut found, say);
    }
    for (key, (at, node)) in wanted.facts {
        overridden(model, Section::Fact, key, *at, node, &mut found, say);
    }
    for (key, (at, node)) in wanted.quotas {
        overridden(model, Section::Quota, key, *at, node, &mut found, say);
    }
    found
}

/// What it is if nobody says otherwise.
pub(super) fn usual(model: &Model, quantity: &Quantity, region: Option<&str>) -> Given {
    let there = |(regions, _): &&(Vec<String>, _)| region.is_some_and(|region| regions.iter().any(|one| one == region));
    let value = match quantity.in_regions.iter().find(there) {
        Some((_, value)) => value.value.clone(),
        None => quantity.value.as_ref().map_or(Value::None, |placed| placed.value.clone()),
    };
    let id = quantity.by.first().map_or("", |by| by.value.as_str());
    let (source, status, as_of) = match model.sources.get(id) {
        Some(source) => {
            (format!("{}, {}", source.publisher, source.title), source.status.clone(), source.as_of.clone())
        }
        None => (id.to_string(), id.to_string(), String::new()),
    };
    Given {
        value,
        kind: quantity.kind,
        section: quantity.section,
        source,
        status,
        as_of,
        why: quantity.why.clone(),
        at: None,
    }
}

/// A setting of a component: a parameter, or a table of those of a group.
fn parameter(
    model: &Model,
    key: &str,
    at: At,
    node: &Node,
    found: &mut BTreeMap<String, Given>,
    say: &mut Diagnostics,
) {
    if model.quantities.get(key).is_some_and(|quantity| quantity.section == Section::Parameter) {
        set(model, key, at, node, found, say);
        return;
    }
    let group = format!("{key}.");
    if let Some(inner) = node.table()
        && model.quantities.keys().any(|name| name.starts_with(&group))
    {
        for (name, node) in &inner.entries {
            parameter(model, &format!("{group}{}", name.value), name.at, node, found, say);
        }
        return;
    }
    say.say(unknown(model, key, at));
}

fn unknown(model: &Model, key: &str, at: At) -> Diagnostic {
    let says = format!("`{}` has no parameter `{key}`", model.name);
    let parameters = || {
        let of_model = model.quantities.iter().filter(|(_, one)| one.section == Section::Parameter);
        of_model.map(|(name, _)| name.as_str())
    };
    let error = Diagnostic::error(at, says);
    let help = match model.quantities.get(key).map(|quantity| quantity.section) {
        Some(Section::Fact) => {
            format!("it is a fact, which nobody chooses; to believe another number: [components.NAME.facts] {key} = ..")
        }
        Some(Section::Quota) => {
            format!("it is a limit that is raised by asking: [quotas] {}.{key} = ..", model.service)
        }
        _ => match meant(key, parameters()) {
            Some(meant) => return error.help(format!("did you mean `{meant}`?")).fix(meant),
            None => cure(key, parameters()),
        },
    };
    error.help(help)
}

fn overridden(
    model: &Model,
    section: Section,
    key: &str,
    at: At,
    node: &Node,
    found: &mut BTreeMap<String, Given>,
    say: &mut Diagnostics,
) {
    let of_section = || model.quantities.iter().filter(|(_, one)| one.section == section);
    let named = |(name, one): &(&String, &Quantity)| name.as_str() == key || one.short.as_deref() == Some(key);
    match of_section().find(named) {
        Some((name, _)) => set(model, &name.clone(), at, node, found, say),
        None => {
            let what = if section == Section::Fact { "fact" } else { "quota" };
            let names: Vec<&str> = of_section().map(|(name, one)| one.short.as_deref().unwrap_or(name)).collect();
            say.say(Diagnostic::error(at, format!("`{}` has no {what} `{key}`", model.name)).help(cure(key, names)));
        }
    }
}

fn set(model: &Model, name: &str, at: At, node: &Node, found: &mut BTreeMap<String, Given>, say: &mut Diagnostics) {
    let Some(quantity) = model.quantities.get(name) else { return };
    let Some(value) = read(name, quantity, options(model, name).as_deref(), node, say) else { return };
    if let Some(given) = found.get_mut(name) {
        check_range(model, name, quantity, &value, node.at, say);
        *given = Given {
            value,
            source: "this file".to_string(),
            status: "given".to_string(),
            as_of: String::new(),
            why: None,
            at: Some(if node.at == At::default() { at } else { node.at }),
            ..given.clone()
        };
    }
}

/// A value as a scenario gives it.
pub(super) fn read(
    name: &str,
    quantity: &Quantity,
    options: Option<&[String]>,
    node: &Node,
    say: &mut Diagnostics,
) -> Option<Value> {
    if let (Kind::Choice, Some(options)) = (quantity.kind, options) {
        let word = node.text().unwrap_or_default();
        if options.iter().any(|one| one == word) {
            return Some(Value::Word(word.to_string()));
        }
        let says = if word.is_empty() { format!("`{name}` is a word") } else { format!("`{name}` is never `{word}`") };
        let error = Diagnostic::error(node.at, says);
        say.say(match meant(word, options.iter().map(String::as_str)) {
            Some(meant) => error.help(format!("did you mean `{meant}`?")).fix(format!("\"{meant}\"")),
            None => error.help(format!("one of {}", list(options.iter().map(String::as_str)))),
        });
        return None;
    }
    let value = literal::of_kind(node, quantity.kind, name).or_else(|complaint| {
        // What a model leaves open ("none", "0") may be given in more than one unit.
        let open = quantity.value.as_ref().is_none_or(|usual| usual.value.is_off()) && quantity.kind == Kind::Count;
        if open && quantity.value.is_some() { literal::by_form(node).map_err(|_| complaint) } else { Err(complaint) }
    });
    match value {
        Ok(value) => Some(value),
        Err(complaint) => {
            say.say(literal::diagnostic(complaint, &format!("`{name}`"), node.at));
            None
        }
    }
}

/// Outside of what its source allows?
pub(super) fn check_range(
    model: &Model,
    name: &str,
    quantity: &Quantity,
    value: &Value,
    at: At,
    say: &mut Diagnostics,
) {
    let Some((least, most, written)) = &quantity.range else { return };
    let (low, high) = match value {
        Value::Range(low, high, _) => (*low, *high),
        Value::Unlimited => (f64::INFINITY, f64::INFINITY),
        _ => match value.number() {
            Some(number) => (number, number),
            None => return,
        },
    };
    let (first, last) = written.value.split_once("..").unwrap_or((&written.value, &written.value));
    let says = match (low < *least, high > *most) {
        (_, true) => format!("`{name}` is at most {}", last.trim()),
        (true, _) => format!("`{name}` is at least {}", first.trim()),
        _ => return,
    };
    let given = usual(model, quantity, None);
    let source = if given.as_of.is_empty() { given.source } else { format!("{} ({})", given.source, given.as_of) };
    let why = given.why.map(|why| format!(": {why}")).unwrap_or_default();
    say.say(Diagnostic::error(at, says).help(format!("{}..{} · {source}{why}", first.trim(), last.trim())));
}
