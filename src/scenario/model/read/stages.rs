//! Stages and their settings, conditions, and what is derived.

use std::collections::BTreeMap;

use super::{table_of, with_like};
use crate::record::results::Cause;
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::model::expr::Expr;
use crate::scenario::model::fields::{Fields, expr, text};
use crate::scenario::model::registry::{Registry, Wants};
use crate::scenario::model::shape::{Comparison, Model, Setting, Stage, Test, Variant, When};
use crate::scenario::model::words::cure;
use crate::scenario::tree::{At, Kind, Node, Placed, Table};

/// Keys of every stage, besides the settings of its mechanism.
const OF_EVERY_STAGE: [&str; 10] =
    ["mechanism", "per", "shared", "named", "when", "like", "refuses", "as", "doc", "choose"];

/// The section `[derived]`.
pub(crate) fn derived(root: &Table, model: &mut Model, say: &mut Diagnostics) {
    let Some(table) = table_of(root, "derived", say) else { return };
    for (name, node) in &table.entries {
        let what = format!("`{}`", name.value);
        if let Some(setting) = chosen(node, &what, say, &|node, say| expr(node, &what, say).map(Setting::Expr)) {
            model.derived.insert(name.value.clone(), setting);
        }
    }
}

/// The section `[stages]`.
pub(crate) fn section(root: &Table, model: &mut Model, say: &mut Diagnostics) {
    let Some(all) = table_of(root, "stages", say) else { return };
    for (name, node) in &all.entries {
        if node.table().is_none() {
            say.say(
                Diagnostic::error(node.at, format!("stage `{}` is a table", name.value)).help("{ mechanism = \"..\" }"),
            );
            continue;
        }
        let Some((table, at)) = with_like(all, &name.value, "stage", say) else { continue };
        model.stages.insert(name.value.clone(), stage(&name.value, &table, at, say));
    }
}

fn stage(name: &str, table: &Table, at: At, say: &mut Diagnostics) -> Stage {
    let Some(choose) = table.get("choose") else {
        let variants = variant(&format!("stage `{name}`"), table, at, say).into_iter().map(|one| (String::new(), one));
        return Stage { choose: None, variants: variants.collect(), at };
    };
    let choose = text(choose, "`choose` of a stage", say);
    let is_option = |node: &Node| node.table().is_some_and(|inner| inner.get("mechanism").is_some());
    let common = Table {
        entries: table
            .entries
            .iter()
            .filter(|(key, node)| key.value != "choose" && !is_option(node))
            .cloned()
            .collect(),
    };
    let mut variants = Vec::new();
    for (option, node) in table.entries.iter().filter(|(_, node)| is_option(node)) {
        let whole = super::super::merge::merge(&common, node.table().unwrap_or(&Table::default()));
        let what = format!("stage `{name}` ({})", option.value);
        variants.extend(variant(&what, &whole, option.at, say).map(|one| (option.value.clone(), one)));
    }
    Stage { choose, variants, at }
}

/// A mechanism with its settings; also of pollers.
pub(super) fn variant(what: &str, table: &Table, at: At, say: &mut Diagnostics) -> Option<Variant> {
    let fields = Fields::over(table, what, at);
    let Some(mechanism) = fields.text("mechanism", say) else {
        say.say(Diagnostic::error(at, format!("{what} has no mechanism")).help("mechanism = \"..\""));
        return None;
    };
    let registry = Registry::get();
    let Some(known) = registry.mechanism(&mechanism.value) else {
        let says = format!("there is no mechanism `{}`", mechanism.value);
        say.say(Diagnostic::error(mechanism.at, says).help(cure(&mechanism.value, registry.names())));
        return None;
    };
    let mut settings = BTreeMap::new();
    for (key, node) in &table.entries {
        if OF_EVERY_STAGE.contains(&key.value.as_str()) {
            continue;
        }
        let Some((wants, _)) = known.settings.get(&key.value) else {
            let says = format!("{what} is a {}, which has no `{}`", known.name, key.value);
            say.say(Diagnostic::error(key.at, says).help(cure(&key.value, known.settings.keys().map(String::as_str))));
            continue;
        };
        let what = format!("`{}` of {what}", key.value);
        settings.extend(setting(node, wants, &what, say).map(|setting| (key.value.clone(), setting)));
    }
    for (key, _) in known.settings.iter().filter(|(key, (_, needed))| *needed && table.get(key).is_none()) {
        say.say(
            Diagnostic::error(at, format!("{what} has no `{key}`, which a {} needs", known.name))
                .help(known.is.clone()),
        );
    }
    Some(Variant {
        settings,
        per: fields.text("per", say),
        shared: fields.text("shared", say),
        named: fields.words("named", say),
        refuses: fields.words("refuses", say),
        cause: fields.text("as", say).and_then(|word| cause(&word, say)),
        when: when(&fields, say),
        mechanism,
        at,
    })
}

/// A class of failure by its word.
pub(super) fn cause(word: &Placed<String>, say: &mut Diagnostics) -> Option<Cause> {
    let found = Cause::ALL.into_iter().find(|cause| cause.word() == word.value);
    if found.is_none() {
        let help = cure(&word.value, Cause::ALL.map(Cause::word));
        say.say(Diagnostic::error(word.at, format!("no class of failure is called `{}`", word.value)).help(help));
    }
    found
}

/// One value, or one for each option of a choice.
fn chosen(
    node: &Node,
    what: &str,
    say: &mut Diagnostics,
    one: &dyn Fn(&Node, &mut Diagnostics) -> Option<Setting>,
) -> Option<Setting> {
    let Some(table) = node.table() else { return one(node, say) };
    let Some(by) = table.get("choose").and_then(|by| text(by, &format!("`choose` of {what}"), say)) else {
        let says = format!("{what} is one value, or one for each option of a choice");
        say.say(
            Diagnostic::error(node.at, says).help("{ choose = \"PARAMETER\", OPTION = \"VALUE\", else = \"VALUE\" }"),
        );
        return None;
    };
    let mut options = Vec::new();
    let mut otherwise = None;
    for (option, value) in &table.entries {
        match option.value.as_str() {
            "choose" => {}
            "else" => otherwise = one(value, say).map(Box::new),
            _ => options.extend(one(value, say).map(|value| (option.clone(), value))),
        }
    }
    Some(Setting::Choose { by, options, otherwise })
}

fn setting(node: &Node, wants: &Wants, what: &str, say: &mut Diagnostics) -> Option<Setting> {
    if matches!(wants, Wants::Retry) {
        let fields = Fields::of(node, what, node.at, say)?;
        let setting = Setting::Retry { attempts: fields.expr("attempts", say)?, wait: fields.expr("wait", say)? };
        fields.finish(say);
        return Some(setting);
    }
    chosen(node, what, say, &|node, say| match (wants, &node.kind) {
        (Wants::Number(_) | Wants::Measure, _) => expr(node, what, say).map(Setting::Expr),
        (Wants::Bool, Kind::Bool(yes)) => Some(Setting::Bool(Placed::new(*yes, node.at))),
        _ => text(node, what, say).map(Setting::Word),
    })
}

/// Conditions under which something exists. Dotted names may be written as nested tables.
pub(super) fn when(fields: &Fields<'_>, say: &mut Diagnostics) -> Vec<When> {
    let mut found = Vec::new();
    if let Some(table) = fields.inner("when", say) {
        conditions(table, "", &mut found, say);
    }
    found
}

fn conditions(table: &Table, prefix: &str, found: &mut Vec<When>, say: &mut Diagnostics) {
    for (key, node) in &table.entries {
        let subject = Placed::new(format!("{prefix}{}", key.value), key.at);
        let test = match &node.kind {
            Kind::Table(inner) => {
                conditions(inner, &format!("{}.", subject.value), found, say);
                continue;
            }
            Kind::Bool(yes) => Some(Test::Is(yes.to_string())),
            Kind::Text(text) => test(text, node.at, say),
            _ => {
                say.say(
                    Diagnostic::error(node.at, "a condition is a word, true or false")
                        .help("\"set\", \"not none\", \"> most\""),
                );
                None
            }
        };
        found.extend(test.map(|test| When { subject, test }));
    }
}

fn test(text: &str, at: At, say: &mut Diagnostics) -> Option<Test> {
    for comparison in Comparison::ALL {
        if let Some(rest) = text.strip_prefix(comparison.sign()) {
            return Expr::parse(rest.trim(), at, say).map(|expr| Test::Compare(comparison, expr));
        }
    }
    Some(match text {
        "set" => Test::Set,
        "none" => Test::NotSet,
        _ => match (text.strip_prefix("not "), text.strip_prefix("a ")) {
            (Some(word), _) => Test::IsNot(word.to_string()),
            (None, Some(kind)) => Test::IsA(kind.to_string()),
            (None, None) => Test::Is(text.to_string()),
        },
    })
}
