//! Every number that a model file states says where it comes from, how sure it is, and of when.
//!
//! One word `by` on the number's line leads to an entry of `[sources]`, which has title, publisher, date and status; or
//! it is `assumed` or `derived`, and then `why` says the reason.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::repository::{self, File};
use crate::{nobody_complains, rust};

const STATUS: [&str; 4] = ["verified", "measured", "derived", "assumed"];
/// The distributions of the format.
const LAWS: [&str; 12] = [
    "exp",
    "uniform",
    "normal",
    "erlang",
    "gamma",
    "lognormal",
    "pareto",
    "bounded-pareto",
    "geometric",
    "mix",
    "quantiles",
    "empirical",
];
/// Sections whose entries are quantities.
const QUANTITIES: [&str; 3] = ["parameters", "facts", "quotas"];
/// What a model opens with, in this order.
const HEAD: [&str; 5] = ["title", "service", "models", "leaves_out", "validated_by"];

/// The model files, and beside them the shared sources of their folders.
struct Shelf {
    files: BTreeMap<String, Table>,
}

impl Shelf {
    fn of(files: &[File]) -> Shelf {
        let parsed =
            |file: &File| (file.path.clone(), file.text.parse().unwrap_or_else(|e| panic!("{}: {e}", file.path)));
        Shelf { files: files.iter().map(parsed).collect() }
    }

    /// Those that describe a service: neither shared sources nor the lists of mechanisms and of named policies.
    fn models(&self) -> impl Iterator<Item = (&str, &Table)> {
        let other = |path: &str| {
            path.ends_with("/sources.toml") || ["models/mechanisms.toml", "models/policies.toml"].contains(&path)
        };
        self.files.iter().map(|(path, table)| (path.as_str(), table)).filter(move |(path, _)| !other(path))
    }

    /// Status by id of every source that a model may name: its own, its folder's, those of what it extends.
    fn sources(&self, path: &str) -> BTreeMap<String, String> {
        let Some(model) = self.files.get(path) else { return BTreeMap::new() };
        let parent = model.get("extends").and_then(Value::as_str).map(|name| format!("models/{name}.toml"));
        let mut all = parent.map(|parent| self.sources(&parent)).unwrap_or_default();
        let beside = path.rsplit_once('/').map(|(folder, _)| format!("{folder}/sources.toml"));
        let shared = beside.and_then(|beside| self.files.get(&beside));
        for table in [shared, Some(model)].into_iter().flatten() {
            for (id, source) in table.get("sources").and_then(Value::as_table).into_iter().flatten() {
                all.insert(id.clone(), text(source.as_table(), "status").to_owned());
            }
        }
        all
    }
}

fn text<'a>(table: Option<&'a Table>, key: &str) -> &'a str {
    table.and_then(|table| table.get(key)).and_then(Value::as_str).unwrap_or("")
}

/// Off is no claim and needs no source: 0, true, false, none, unlimited, a word.
fn claims_something(value: &Value) -> bool {
    match value {
        Value::Integer(number) => *number != 0,
        Value::Float(number) => *number != 0.0,
        Value::String(text) => {
            let number = text.trim_start_matches(['$', '-', '+', '<', '>', '=', ' ']);
            let zero = number.trim_start_matches(['0', '.']).starts_with(|c: char| !c.is_ascii_digit());
            let plain_zero = number.starts_with('0') && (zero || number.trim_matches(['0', '.']).is_empty());
            let law = number
                .split_once('(')
                .is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
            law || (number.starts_with(|c: char| c.is_ascii_digit()) && !plain_zero)
        }
        Value::Array(items) => items.iter().any(claims_something),
        _ => false,
    }
}

/// A distribution; a backoff or a schedule is a rule that a page can state.
fn is_law(value: &Value) -> bool {
    let name = value.as_str().and_then(|text| text.split_once('(')).map_or("", |(name, _)| name);
    LAWS.contains(&name)
}

/// What is wrong with the `by` of one claim.
fn unsourced(claim: &Table, value: &Value, sources: &BTreeMap<String, String>) -> Option<String> {
    let by = text(Some(claim), "by");
    let status = sources.get(by).map_or(by, String::as_str);
    match by {
        "" => Some("has no `by`".into()),
        "assumed" | "derived" if text(Some(claim), "why").len() < 5 => Some(format!("is {by}: say `why`")),
        "assumed" | "derived" => None,
        _ if !sources.contains_key(by) => Some(format!("names the source {by:?}, which [sources] does not have")),
        _ if is_law(value) && status == "verified" => Some("prose does not give a law: `derived` or `assumed`".into()),
        _ => None,
    }
}

/// Complaints about a section of quantities; a table without a value is a group of further ones.
fn quantities(at: &str, section: &Table, sources: &BTreeMap<String, String>, found: &mut Vec<String>) {
    for (name, entry) in section {
        let here = format!("{at}.{name}");
        match entry {
            Value::Table(entry) if ["is", "default", "choose", "kind"].iter().any(|key| entry.contains_key(*key)) => {
                let values = ["is", "default", "in"].iter().filter_map(|key| entry.get(*key));
                let values = values.flat_map(|v| v.as_table().map_or(vec![v], |t| t.values().collect()));
                let claim = values.into_iter().find(|value| claims_something(value));
                let wrong = claim.and_then(|value| unsourced(entry, value, sources));
                found.extend(wrong.map(|wrong| format!("{here} {wrong}")));
            }
            Value::Table(group) => quantities(&here, group, sources, found),
            bare if claims_something(bare) => found.push(format!("{here} = {bare} has no `by`")),
            _ => {}
        }
    }
}

/// A table of rows has its source once, or one in each row (of a CSV file: a column).
fn tables(section: &Table, sources: &BTreeMap<String, String>, found: &mut Vec<String>) {
    for (name, table) in section {
        let Some(table) = table.as_table() else { continue };
        let by_row = text(Some(table), "by") == "row";
        let wrong =
            if by_row && table.contains_key("file") { None } else { unsourced(table, &Value::Integer(1), sources) };
        let rows = table.get("rows").and_then(Value::as_table);
        let rows_say = rows.is_some_and(|rows| rows.values().all(|row| !text(row.as_table(), "by").is_empty()));
        if !rows_say {
            found.extend(wrong.map(|wrong| format!("tables.{name} {wrong}")));
        }
    }
}

fn sources_complaints(table: &Table, found: &mut Vec<String>) {
    for (id, source) in table.get("sources").and_then(Value::as_table).into_iter().flatten() {
        let source = source.as_table();
        let dated = text(source, "as_of").chars().take(4).filter(char::is_ascii_digit).count() == 4;
        let lacks = [
            ("title", text(source, "title").len() >= 5),
            ("publisher", !text(source, "publisher").is_empty()),
            ("as_of (a year, or year and month)", dated),
            ("status (verified, measured, derived, assumed)", STATUS.contains(&text(source, "status"))),
        ];
        found.extend(lacks.iter().filter(|(_, there)| !there).map(|(what, _)| format!("sources.{id} lacks {what}")));
    }
}

/// The head: what it is, what it models and leaves out, and which tests say so.
fn head(model: &Table, tests: &[String], found: &mut Vec<String>) {
    let inherits = model.contains_key("extends");
    let missing = HEAD.iter().filter(|key| !model.contains_key(**key) && (**key == "title" || !inherits));
    found.extend(missing.map(|key| format!("{key} is missing")));
    for name in model.get("validated_by").and_then(Value::as_array).into_iter().flatten() {
        let name = name.as_str().unwrap_or("");
        if !tests.iter().any(|test| test == name) {
            found.push(format!("validated_by names {name:?}, and no test is called so"));
        }
    }
}

fn complaints(shelf: &Shelf, tests: &[String]) -> Vec<String> {
    let mut all = vec![];
    for (path, table) in &shelf.files {
        let mut found = vec![];
        sources_complaints(table, &mut found);
        all.extend(found.into_iter().map(|wrong| format!("{path}: {wrong}")));
    }
    for (path, model) in shelf.models() {
        let (sources, mut found) = (shelf.sources(path), vec![]);
        head(model, tests, &mut found);
        for section in QUANTITIES {
            if let Some(entries) = model.get(section).and_then(Value::as_table) {
                quantities(section, entries, &sources, &mut found);
            }
        }
        if let Some(section) = model.get("tables").and_then(Value::as_table) {
            tables(section, &sources, &mut found);
        }
        all.extend(found.into_iter().map(|wrong| format!("{path}: {wrong}")));
    }
    all
}

fn names_of_functions(files: &[File]) -> Vec<String> {
    files.iter().flat_map(|f| rust::functions(rust::tokens(&f.text))).map(|(name, _)| name.text).collect()
}

#[test]
fn every_number_in_a_model_is_sourced_and_every_model_validated() {
    let shelf = Shelf::of(&repository::files("models", ".toml"));
    let mut tests = names_of_functions(&repository::files("src", ".rs"));
    tests.extend(names_of_functions(&repository::files("tests", ".rs")));
    nobody_complains(&complaints(&shelf, &tests));
}

#[cfg(test)]
const MODEL: &str = r#"
title = "A little queue"
service = "little"
models = ["a quota"]
leaves_out = ["order"]
validated_by = ["a_message_comes_back", "nobody_wrote_this"]
[parameters]
visibility = { default = "30s", by = "docs" }
retention  = { default = "4d" }
order      = { choose = ["fifo", "lifo"], default = "fifo" }
jitter     = { default = "0%" }
[parameters.scale]
target = { default = "60%", by = "blog" }
[facts]
rate  = 300
call  = { is = "lognormal(p50=7ms, p99=50ms)", by = "docs" }
twice = { is = 0.01, by = "assumed" }
pause = { is = "schedule(1m, 2m)", by = "docs" }
[quotas]
sends = { is = "unlimited", in = { here = "3000/s" } }
[tables.modes]
rows = { eventual = { cost = 0.5 } }
[sources]
docs = { title = "Little Queue, limits", publisher = "Little", as_of = "2026-10", status = "verified" }
post = { title = "A post", publisher = "", as_of = "lately", status = "sure" }
"#;

#[test]
fn the_source_rule_bites() {
    let shelf = Shelf::of(&[File::new("models/acme/little.toml", MODEL)]);
    let tests = ["a_message_comes_back".to_owned()];
    let said: Vec<String> =
        complaints(&shelf, &tests).iter().map(|c| c.replace("models/acme/little.toml: ", "")).collect();
    assert_eq!(
        said,
        [
            "sources.post lacks publisher",
            "sources.post lacks as_of (a year, or year and month)",
            "sources.post lacks status (verified, measured, derived, assumed)",
            "validated_by names \"nobody_wrote_this\", and no test is called so",
            "parameters.retention has no `by`",
            "parameters.scale.target names the source \"blog\", which [sources] does not have",
            "facts.call prose does not give a law: `derived` or `assumed`",
            "facts.rate = 300 has no `by`",
            "facts.twice is assumed: say `why`",
            "quotas.sends has no `by`",
            "tables.modes has no `by`",
        ]
    );
}

#[test]
fn a_model_inherits_sources_from_its_folder_and_from_what_it_extends() {
    let sources =
        "[sources]\nshared = { title = \"Guide\", publisher = \"Acme\", as_of = \"2026\", status = \"measured\" }\n";
    let parent = "title = \"A\"\nservice = \"a\"\nmodels = []\nleaves_out = []\nvalidated_by = []\n";
    let child = "title = \"B\"\nextends = \"acme/a\"\n[facts]\nx = { is = \"exp(1s)\", by = \"shared\" }\n";
    let files = [
        File::new("models/acme/sources.toml", sources),
        File::new("models/acme/a.toml", parent),
        File::new("models/mine/b.toml", child),
    ];
    assert_eq!(complaints(&Shelf::of(&files), &[]), [""; 0]);
}
