//! Parameters, facts and quotas: each a number with its source, or a choice.

use std::collections::BTreeMap;

use super::table_of;
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::model::fields::{Fields, text};
use crate::scenario::model::literal;
use crate::scenario::model::shape::{Choose, Model, Quantity, Section};
use crate::scenario::model::value::{Kind, Value};
use crate::scenario::model::words::cure;
use crate::scenario::tree::{self, At, Node, Placed, Table};

/// One of the three sections.
pub(crate) fn section(root: &Table, key: &str, section: Section, model: &mut Model, say: &mut Diagnostics) {
    let Some(table) = table_of(root, key, say) else { return };
    for (name, (at, node)) in flat(table, "", say) {
        let Some(quantity) = quantity(section, &name, at, node, say) else { continue };
        if model.quantities.insert(name.clone(), quantity).is_some() {
            say.say(
                Diagnostic::error(at, format!("two quantities are called `{name}`"))
                    .help("parameters, facts, quotas and stages share one room of names"),
            );
        }
    }
}

/// Is it a quantity, or a group of them?
pub(crate) fn is_quantity(table: &Table) -> bool {
    ["is", "default", "choose", "kind"].iter().any(|key| table.get(key).is_some())
}

/// All quantities of a table, groups with a dot.
pub(crate) fn flat<'a>(table: &'a Table, prefix: &str, say: &mut Diagnostics) -> BTreeMap<String, (At, &'a Node)> {
    let mut found = BTreeMap::new();
    for (key, node) in &table.entries {
        let name = format!("{prefix}{}", key.value);
        if !is_name(&key.value) {
            let says = format!("`{}` is no name of a quantity", key.value);
            say.say(
                Diagnostic::error(key.at, says).help("small letters, digits and _, so that expressions can use it"),
            );
        }
        match node.table() {
            Some(inner) if !is_quantity(inner) && prefix.is_empty() && !inner.entries.is_empty() => {
                found.extend(flat(inner, &format!("{name}."), say));
            }
            _ => {
                found.insert(name, (key.at, node));
            }
        }
    }
    found
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// One quantity.
pub(crate) fn quantity(section: Section, name: &str, at: At, node: &Node, say: &mut Diagnostics) -> Option<Quantity> {
    let what = format!("`{name}`");
    let fields = Fields::of(node, what.clone(), at, say)?;
    let kind = fields.text("kind", say).and_then(|word| kind_of(&word, say));
    let key = if section == Section::Parameter { "default" } else { "is" };
    let choose = fields.get("choose").and_then(|node| choices(node, &what, say));
    let written = fields.get(key);
    let value = match (written, &choose) {
        (None, _) => None,
        (Some(node), Some(_)) => text(node, &what, say).map(|word| Placed::new(Value::Word(word.value), word.at)),
        (Some(node), None) => read(node, kind, &what, say),
    };
    if written.is_none() && (section != Section::Parameter || kind.is_none()) {
        let help =
            format!("{key} = \"its value\"{}", if section == Section::Parameter { ", or kind = \"key\"" } else { "" });
        say.say(Diagnostic::error(at, format!("{what} has no `{key}`")).help(help));
    }
    let kind = kind.unwrap_or_else(|| kind_by_value(value.as_ref(), choose.is_some()));
    let quantity = Quantity {
        section,
        kind,
        range: fields.text("range", say).and_then(|range| bounds(range, kind, &what, say)),
        by: sources(&fields, say),
        why: fields.words("why", say),
        in_regions: regions(&fields, kind, &what, say),
        doc: fields.words("doc", say),
        shared: fields.text("shared", say),
        short: fields.words("name", say),
        value,
        choose,
        at,
    };
    fields.finish(say);
    Some(quantity)
}

fn read(node: &Node, kind: Option<Kind>, what: &str, say: &mut Diagnostics) -> Option<Placed<Value>> {
    let value = match kind {
        Some(kind) => literal::of_kind(node, kind, what.trim_matches('`')),
        None => literal::by_form(node),
    };
    match value {
        Ok(value) => Some(Placed::new(value, node.at)),
        Err(complaint) => {
            say.say(literal::diagnostic(complaint, what, node.at));
            None
        }
    }
}

fn kind_of(word: &Placed<String>, say: &mut Diagnostics) -> Option<Kind> {
    let kind = Kind::from_word(&word.value);
    if kind.is_none() {
        let help = cure(&word.value, Kind::WORDS.iter().map(|(name, _)| *name));
        say.say(Diagnostic::error(word.at, format!("no kind of quantity is called `{}`", word.value)).help(help));
    }
    kind
}

/// What a value that came without a `kind` must be: a law stays a law, a time stays one time.
fn kind_by_value(value: Option<&Placed<Value>>, chosen: bool) -> Kind {
    use crate::scenario::model::unit::Unit;
    if chosen {
        return Kind::Choice;
    }
    match value.map(|placed| &placed.value) {
        Some(Value::Law(_) | Value::Sum(_)) => Kind::Law,
        Some(Value::Backoff(_)) => Kind::Backoff,
        Some(Value::Bool(_)) => Kind::Bool,
        Some(Value::Range(..)) => Kind::Range,
        Some(Value::Steps(_)) => Kind::Steps,
        Some(Value::Rules(_)) => Kind::Rules,
        Some(Value::Number(_, Unit::TIME)) => Kind::Duration,
        Some(Value::Number(_, Unit::SIZE)) => Kind::Size,
        Some(Value::Number(_, Unit::RATE | Unit::FLOW)) => Kind::Rate,
        Some(Value::Price(..)) => Kind::Price,
        Some(Value::Number(_, unit)) if *unit != Unit::ONE && *unit != Unit::Any => Kind::Price,
        _ => Kind::Count,
    }
}

fn choices(node: &Node, what: &str, say: &mut Diagnostics) -> Option<Choose> {
    match &node.kind {
        tree::Kind::Text(table) => Some(Choose::Table(Placed::new(table.clone(), node.at))),
        tree::Kind::List(words) => {
            Some(Choose::Words(words.iter().filter_map(|word| text(word, what, say)).map(|word| word.value).collect()))
        }
        _ => {
            let says = format!("`choose` of {what} is a list of words, or the name of a table");
            say.say(Diagnostic::error(node.at, says).help("choose = [\"a\", \"b\"]"));
            None
        }
    }
}

fn bounds(range: Placed<String>, kind: Kind, what: &str, say: &mut Diagnostics) -> Option<(f64, f64, Placed<String>)> {
    match literal::range(&range.value) {
        Ok(Value::Range(least, most, unit)) => {
            if !unit.fits(kind.unit()) && kind != Kind::Rate {
                let says = format!("the range of {what} is {unit}, but {what} is {}", kind.unit());
                say.say(Diagnostic::error(range.at, says).help("write its ends with the same unit as the value"));
            }
            Some((least, most, range))
        }
        Ok(_) => None,
        Err(complaint) => {
            say.say(literal::diagnostic(complaint, &format!("the range of {what}"), range.at));
            None
        }
    }
}

/// `by` is one id, several, or one for each column.
pub(super) fn sources(fields: &Fields<'_>, say: &mut Diagnostics) -> Vec<Placed<String>> {
    if let Some(tree::Kind::Table(columns)) = fields.get("by").map(|node| &node.kind) {
        return columns.entries.iter().filter_map(|(_, node)| text(node, "a source", say)).collect();
    }
    fields.texts("by", say)
}

fn regions(fields: &Fields<'_>, kind: Kind, what: &str, say: &mut Diagnostics) -> Vec<(Vec<String>, Placed<Value>)> {
    let Some(table) = fields.inner("in", say) else { return Vec::new() };
    let mut found = Vec::new();
    for (names, node) in &table.entries {
        if let Some(value) = read(node, Some(kind), what, say) {
            found.push((names.value.split_whitespace().map(str::to_string).collect(), value));
        }
    }
    found
}
