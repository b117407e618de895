//! Reading a model: from the tree of its file to [`Model`]. Says what has the wrong form; what does not fit together is
//! found by the checks.

mod operations;
mod quantities;
mod rest;
mod stages;
mod tables;

use super::fields::Fields;
use super::shape::{Model, Section};
use super::words::cure;
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::tree::{At, Node, Placed, Table};

use quantities::flat;
pub(crate) use rest::sources;

/// Asks for the text of a file beside the model.
pub(crate) type Beside<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The sections of a model.
const SECTIONS: [&str; 14] = [
    "parameters",
    "facts",
    "quotas",
    "tables",
    "derived",
    "stages",
    "ops",
    "gives",
    "takes",
    "faults",
    "meters",
    "series",
    "checks",
    "sources",
];

/// Reads a whole model from its merged table.
pub(crate) fn model(name: &str, root: &Table, at: At, beside: Beside<'_>, say: &mut Diagnostics) -> Model {
    let mut model = Model { name: name.to_string(), at, ..Model::default() };
    head(root, &mut model, say);
    for (section, key) in [(Section::Parameter, "parameters"), (Section::Fact, "facts"), (Section::Quota, "quotas")] {
        quantities::section(root, key, section, &mut model, say);
    }
    tables::section(root, beside, &mut model, say);
    stages::derived(root, &mut model, say);
    stages::section(root, &mut model, say);
    operations::section(root, &mut model, say);
    rest::gives(root, &mut model, say);
    rest::takes(root, &mut model, say);
    rest::faults(root, &mut model, say);
    rest::meters(root, &mut model, say);
    rest::series(root, &mut model, say);
    rest::checks(root, &mut model, say);
    if let Some(table) = table_of(root, "sources", say) {
        model.sources.extend(sources(table, say));
    }
    model
}

fn head(root: &Table, model: &mut Model, say: &mut Diagnostics) {
    let fields = Fields::over(root, format!("the model `{}`", model.name), model.at);
    model.title = fields.words("title", say).unwrap_or_default();
    model.service = fields.words("service", say).unwrap_or_default();
    model.models = plain(fields.texts("models", say));
    model.leaves_out = plain(fields.texts("leaves_out", say));
    model.validated_by = fields.texts("validated_by", say);
    for key in ["extends", "docs"].into_iter().chain(SECTIONS) {
        fields.get(key);
    }
    fields.finish(say);
    for key in ["title", "service", "models", "leaves_out", "validated_by"] {
        if root.get(key).is_none() {
            let says = format!("`{}` does not say its `{key}`", model.name);
            say.say(Diagnostic::error(model.at, says).help(head_help(key)));
        }
    }
}

fn head_help(key: &str) -> &'static str {
    match key {
        "title" => "title = \"a phrase\"",
        "service" => "service = \"the family that it belongs to\"",
        "models" => "models = [\"what it models\", ..]",
        "leaves_out" => "leaves_out = [\"what it leaves out\", ..]: nobody believes a model that leaves nothing out",
        _ => "validated_by = [\"the_name_of_a_test\", ..]",
    }
}

fn plain(texts: Vec<Placed<String>>) -> Vec<String> {
    texts.into_iter().map(|text| text.value).collect()
}

/// A section, if it is there.
pub(crate) fn table_of<'a>(root: &'a Table, key: &str, say: &mut Diagnostics) -> Option<&'a Table> {
    let node = root.get(key)?;
    if node.table().is_none() {
        say.say(Diagnostic::error(node.at, format!("`{key}` is a table")).help(format!("[{key}]")));
    }
    node.table()
}

/// The table of an entry with what its `like` names beneath it.
pub(crate) fn with_like(all: &Table, name: &str, what: &str, say: &mut Diagnostics) -> Option<(Table, At)> {
    let (mut table, at) = (all.get(name)?.table()?.clone(), all.key_at(name)?);
    let mut seen = vec![name.to_string()];
    while let Some(like) = table.get("like").cloned() {
        table.entries.retain(|(key, _)| key.value != "like");
        let Some(base) = like.text() else {
            say.say(Diagnostic::error(like.at, format!("`like` names another {what}")));
            break;
        };
        let Some(found) = all.get(base).and_then(Node::table) else {
            let help = cure(base, all.entries.iter().map(|(key, _)| key.value.as_str()));
            say.say(Diagnostic::error(like.at, format!("there is no {what} `{base}`")).help(help));
            break;
        };
        if seen.contains(&base.to_string()) {
            say.say(Diagnostic::error(like.at, format!("{what} `{name}` is like itself: {}", seen.join(", "))));
            break;
        }
        seen.push(base.to_string());
        table = super::merge::merge(found, &table);
    }
    Some((table, at))
}
