//! Operations: paths through stages, and what belongs to them.

use std::collections::BTreeMap;

use super::{stages, table_of, with_like};
use crate::record::results::Cause;
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::model::fields::{Fields, text};
use crate::scenario::model::shape::{Model, Op, Stop};
use crate::scenario::tree::{At, Kind, Node, Placed, Table};

/// The section `[ops]`.
pub(crate) fn section(root: &Table, model: &mut Model, say: &mut Diagnostics) {
    let Some(all) = table_of(root, "ops", say) else { return };
    for (name, node) in &all.entries {
        if node.table().is_none() {
            let says = format!("operation `{}` is a table", name.value);
            say.say(Diagnostic::error(node.at, says).help("{ path = [\"STAGE\", ..] }"));
            continue;
        }
        let Some((table, at)) = with_like(all, &name.value, "operation", say) else { continue };
        model.ops.insert(name.value.clone(), operation(&name.value, &table, at, say));
    }
}

fn operation(name: &str, table: &Table, at: At, say: &mut Diagnostics) -> Op {
    let fields = Fields::over(table, format!("operation `{name}`"), at);
    let mut op = Op {
        path: stops(&fields, "path", say),
        behind: stops(&fields, "behind", say),
        each: stops(&fields, "each", say),
        calls: fields.text("calls", say),
        work: fields.texts("work", say),
        survives: fields.yes("survives", say),
        maps: maps(&fields, say),
        when: stages::when(&fields, say),
        at,
        ..Op::default()
    };
    for key in ["size", "reply", "most", "timeout", "connect", "tries", "lasts"] {
        op.numbers.extend(fields.expr(key, say).map(|expr| (key.to_string(), expr)));
    }
    if fields.get("path").is_none() {
        say.say(
            Diagnostic::error(at, format!("{} has no path", fields.what))
                .help("path = [\"STAGE\", \"STAGE.VERB\", ..]"),
        );
    }
    fields.get("doc");
    fields.finish(say);
    op
}

fn maps(fields: &Fields<'_>, say: &mut Diagnostics) -> BTreeMap<Cause, String> {
    let mut found = BTreeMap::new();
    let Some(table) = fields.inner("maps", say) else { return found };
    for (word, node) in &table.entries {
        let told = text(node, "what the caller is told", say);
        if let (Some(cause), Some(told)) = (stages::cause(word, say), told) {
            found.insert(cause, told.value);
        }
    }
    found
}

fn stops(fields: &Fields<'_>, key: &'static str, say: &mut Diagnostics) -> Vec<Stop> {
    match fields.get(key).map(|node| (&node.kind, node.at)) {
        None => Vec::new(),
        Some((Kind::List(list), _)) => list.iter().filter_map(|node| stop(node, &fields.what, say)).collect(),
        Some((_, at)) => {
            say.say(
                Diagnostic::error(at, format!("`{key}` of {} is a list of stages", fields.what))
                    .help("[\"STAGE\", ..]"),
            );
            Vec::new()
        }
    }
}

fn stop(node: &Node, what: &str, say: &mut Diagnostics) -> Option<Stop> {
    if let Kind::Text(target) = &node.kind {
        let (stage, verb) = target_of(target, node.at);
        return Some(Stop { stage, verb, take: None, time: None, key: None, apart: false });
    }
    let fields = Fields::of(node, format!("a stop on the path of {what}"), node.at, say)?;
    let Some(target) = fields.text("at", say) else {
        say.say(Diagnostic::error(node.at, "a stop without `at`").help("{ at = \"STAGE\", take = \"..\" }"));
        return None;
    };
    let (stage, verb) = target_of(&target.value, target.at);
    let stop = Stop {
        stage,
        verb,
        take: fields.expr("take", say),
        time: fields.expr("time", say),
        key: fields.text("key", say),
        apart: fields.yes("apart", say),
    };
    fields.finish(say);
    Some(stop)
}

fn target_of(target: &str, at: At) -> (Placed<String>, Option<String>) {
    match target.split_once('.') {
        Some((stage, verb)) => (Placed::new(stage.to_string(), at), Some(verb.to_string())),
        None => (Placed::new(target.to_string(), at), None),
    }
}
