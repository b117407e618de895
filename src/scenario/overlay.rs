//! `--set path=value`: one setting of a scenario, by the path that its users know.

use super::diagnostics::{Diagnostic, Diagnostics};
use super::extend::Loader;
use super::parse::parse;
use super::read::parts::handler_has;
use super::read::paths::words_of;
use super::read::tables::{Construct, Kind as Kinds};
use super::read::tables_parts::SCENARIO;
use super::suggest::nearest;
use super::tree::{At, Kind, Node, Placed, Table};

/// Sections in which the first word of a path is looked for, in this order.
const SECTIONS: &[&str] = &[
    "components",
    "traffic",
    "flows",
    "values",
    "keys",
    "alarms",
    "changes",
    "faults",
    "runbooks",
    "routines",
    "phases",
    "claims",
    "month",
];

/// Puts `path = value` over a tree, as a variant with this one line would.
pub(crate) fn set(loader: &mut Loader<'_>, tree: &Table, path: &str, value: &str) -> Table {
    let written = format!("{path}={value}");
    let file = loader.sources.add(format!("--set {written}"), written.as_str());
    let key = At { file, start: 0, end: path.len() as u32 };
    let words = words_of(path);
    match locate(tree, &words) {
        Ok(words) => {
            let node = value_of(file, path.len() + 1, value);
            let one = words.iter().rev().fold(node, |node, word| {
                let entries = vec![(Placed::new(word.clone(), key), node)];
                Node { kind: Kind::Table(Table { entries }), at: key }
            });
            match one.kind {
                Kind::Table(one) => loader.merge_file(tree, &one),
                _ => tree.clone(),
            }
        }
        Err((says, help)) => {
            loader.said.say(Diagnostic::error(key, says).help(help));
            tree.clone()
        }
    }
}

/// What is written is TOML if it can be, else a text without its quotes.
fn value_of(file: u32, offset: usize, value: &str) -> Node {
    let at = At { file, start: offset as u32, end: (offset + value.len()) as u32 };
    let mut said = Diagnostics::default();
    let parsed = parse(file, &format!("v={value}\n"), &mut said);
    let mut node = match parsed.root.kind {
        Kind::Table(Table { mut entries }) if said.list.is_empty() && entries.len() == 1 => entries.remove(0).1,
        _ => return Node { kind: Kind::Text(value.trim().to_string()), at },
    };
    // The scratch text has two bytes before the value.
    shift(&mut node, offset as i64 - 2);
    node
}

fn shift(node: &mut Node, by: i64) {
    let moved = |byte: u32| u32::try_from(i64::from(byte) + by).unwrap_or(0);
    node.at = At { start: moved(node.at.start), end: moved(node.at.end), ..node.at };
    match &mut node.kind {
        Kind::List(list) => list.iter_mut().for_each(|node| shift(node, by)),
        Kind::Table(table) => {
            for (name, node) in &mut table.entries {
                name.at = At { start: moved(name.at.start), end: moved(name.at.end), ..name.at };
                shift(node, by);
            }
        }
        _ => {}
    }
}

/// A path as users know it (`web.fleet`) as a path of the tree (`components.web.fleet`); or what is wrong with it.
pub(crate) fn locate(tree: &Table, words: &[String]) -> Result<Vec<String>, (String, String)> {
    let first = words.first().map_or("", String::as_str);
    let path = words.join(".");
    let found: Vec<&str> =
        SECTIONS.iter().copied().filter(|section| names_in(tree, section).any(|name| name == first)).collect();
    let in_section =
        |section: &str| -> Vec<String> { [section.to_string()].into_iter().chain(words.iter().cloned()).collect() };
    if found.is_empty() && SCENARIO.key(first).is_some() {
        return Ok(words.to_vec());
    }
    // Where two things share a name, the second word tells which one is meant.
    let second = words.get(1).map(String::as_str);
    let section = found.iter().copied().find(|section| has(tree, section, first, second)).or_else(|| {
        found
            .iter()
            .copied()
            .find(|section| construct_of(section).is_some_and(|c| second.is_some_and(|key| c.key(key).is_some())))
    });
    match section.or(found.first().copied()) {
        Some("components") if is_of_handler(tree, words) => Ok(in_section("handlers")),
        Some(
            "components" | "traffic" | "flows" | "keys" | "alarms" | "changes" | "faults" | "runbooks" | "routines"
            | "claims",
        ) if words.len() < 2 => Err((
            format!("`{path}` is a whole thing, not a setting of it"),
            format!("name the setting: `{first}.KEY=value`"),
        )),
        Some(section) => Ok(in_section(section)),
        None => {
            let names =
                SECTIONS.iter().flat_map(|section| names_in(tree, section)).chain(SCENARIO.all().map(|key| key.name));
            let help = match nearest(first, names) {
                Some(meant) => {
                    let rest: String = words.iter().skip(1).map(|word| format!(".{word}")).collect();
                    format!("did you mean `{meant}{rest}`?")
                }
                None => {
                    "a path begins with a key of the head or with the name of a part, traffic, value, alarm, change ..."
                        .to_string()
                }
            };
            Err((format!("`{path}` leads nowhere: nothing is called `{first}`"), help))
        }
    }
}

fn names_in<'t>(tree: &'t Table, section: &str) -> impl Iterator<Item = &'t str> {
    let table = tree.get(section).and_then(Node::table);
    table.into_iter().flat_map(|table| table.entries.iter().map(|(name, _)| name.value.as_str()))
}

fn has(tree: &Table, section: &str, name: &str, key: Option<&str>) -> bool {
    let table = tree.get(section).and_then(Node::table).and_then(|table| table.get(name)).and_then(Node::table);
    key.is_some_and(|key| table.is_some_and(|table| table.get(key).is_some()))
}

fn construct_of(section: &str) -> Option<&'static Construct> {
    match SCENARIO.key(section)?.kind {
        Kinds::Defines(_, Kinds::Table(construct)) => Some(construct),
        _ => None,
    }
}

/// `count.batch`, `web.browse.work`: of what a part does, not of the part.
fn is_of_handler(tree: &Table, words: &[String]) -> bool {
    let Some(part) = words.first() else { return false };
    let handlers = tree.get("handlers").and_then(Node::table).and_then(|table| table.get(part)).and_then(Node::table);
    let (Some(handlers), Some(second)) = (handlers, words.get(1)) else { return false };
    let of_part = has(tree, "components", part, Some(second));
    let operation = words.len() > 2 && handlers.get(second).is_some_and(|node| node.table().is_some());
    operation || (!of_part && (handlers.get(second).is_some_and(|node| node.table().is_none()) || handler_has(second)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Table {
        let text = "[components]\nweb = { model = \"server\", fleet = \"1..2\" }\nmessages = { model = \"store\", item = \"1KB\" }\n\
                    [traffic]\nclients = { rate = \"1/s\" }\nmessages = { rate = \"1/s\" }\n[values]\nlimit = 3\n\
                    [alarms.up]\nwhen = \"web.busy > 1\"\n[handlers.web]\nbatch = 10\n[handlers.messages.put]\nwork = \"1ms\"\n";
        match parse(0, text, &mut Diagnostics::default()).root.kind {
            Kind::Table(table) => table,
            _ => Table::default(),
        }
    }

    fn located(path: &str) -> String {
        match locate(&tree(), &words_of(path)) {
            Ok(words) => words.join("."),
            Err((says, help)) => format!("{says} / {help}"),
        }
    }

    #[test]
    fn paths_are_those_that_users_know() {
        assert_eq!(located("duration"), "duration");
        assert_eq!(located("web.fleet"), "components.web.fleet");
        assert_eq!(located("components.web.fleet"), "components.web.fleet");
        assert_eq!(located("clients.rate"), "traffic.clients.rate");
        assert_eq!(located("limit"), "values.limit");
        assert_eq!(located("up.when"), "alarms.up.when");
        assert_eq!(located("web.batch"), "handlers.web.batch");
        assert_eq!(located("web.pollers"), "handlers.web.pollers");
        assert_eq!(located("messages.put.work"), "handlers.messages.put.work");
        assert_eq!(located("messages.rate"), "traffic.messages.rate");
        assert_eq!(located("messages.item"), "components.messages.item");
    }

    #[test]
    fn a_path_that_leads_nowhere_gets_the_nearest() {
        assert!(located("wep.fleet").contains("did you mean `web.fleet`?"));
        assert!(located("web").contains("a whole thing"));
    }

    #[test]
    fn values_are_toml_or_a_text_without_quotes() {
        assert_eq!(value_of(0, 4, "8..24").kind, Kind::Text("8..24".to_string()));
        assert_eq!(value_of(0, 4, "12").kind, Kind::Whole(12));
        assert_eq!(value_of(0, 4, "\"12\"").kind, Kind::Text("12".to_string()));
        let list = value_of(0, 4, "[1, 2]");
        assert_eq!((list.at, list.list().unwrap()[0].at.start), (At { file: 0, start: 4, end: 10 }, 5));
    }
}
