//! Pieces of other scenarios: every name gets a prefix, and so does every use of it.

use std::collections::BTreeMap;

use super::diagnostics::{Diagnostic, Diagnostics};
use super::read::paths::leaves;
use super::read::survey::{Reference, Survey, survey};
use super::read::tables::Space;
use super::read::tables_parts::SCENARIO;
use super::sources::Sources;
use super::tree::{At, Kind, Node, Table};

/// What a piece is made of, does and bears; everything else stays behind.
const COMES_ALONG: &[&str] = &[
    "assumed",
    "values",
    "keys",
    "traffic",
    "components",
    "handlers",
    "routines",
    "flows",
    "alarms",
    "runbooks",
    "quotas",
    "network",
];

/// Of one account: the same names for all pieces.
const OF_THE_ACCOUNT: &[&str] = &["quotas", "network"];

/// Texts to be put in: by the place of a node or key, the byte in its text and what is put there.
type Edits = BTreeMap<At, Vec<(usize, String)>>;

/// The part of a scenario that others include, with all its names prefixed.
pub(crate) fn prefixed(piece: Table, prefix: &str) -> Table {
    let entries = piece.entries.into_iter().filter(|(name, _)| COMES_ALONG.contains(&name.value.as_str())).collect();
    let mut piece = Table { entries };
    let found = survey(&piece, &SCENARIO, &Sources::default(), &mut Diagnostics::default());
    let mut edits = Edits::new();
    for at in found.definitions.values() {
        edits.insert(*at, vec![(0, format!("{prefix}-"))]);
    }
    for reference in found.references.iter().filter(|reference| is_of_the_piece(&found, reference)) {
        edits.entry(reference.at).or_default().push((reference.offset, format!("{prefix}-")));
    }
    // What was assumed of a fault or a change stays behind with it.
    let stays: Vec<At> = found
        .references
        .iter()
        .filter(|used| used.space == Space::Path && !is_of_the_piece(&found, used))
        .map(|used| used.at)
        .collect();
    if let Some(Kind::Table(assumed)) = piece.get_mut("assumed").map(|node| &mut node.kind) {
        assumed.entries.retain(|(name, _)| !stays.contains(&name.at));
    }
    edit(&mut piece, &edits);
    piece
}

/// Does a name belong to the piece? A region, a law, another's name do not.
fn is_of_the_piece(found: &Survey, reference: &Reference) -> bool {
    let first = reference.text.split('.').next().unwrap_or("");
    let any_of = |spaces: &[Space]| spaces.iter().any(|space| found.defines(*space, first));
    match reference.space {
        Space::File | Space::Region | Space::Phase => false,
        Space::Target => any_of(&[Space::Component]),
        Space::Attribute | Space::MaybeKey => any_of(&[Space::Key]),
        Space::Place => any_of(&[Space::Component, Space::Key]),
        Space::Path => any_of(&[
            Space::Component,
            Space::Flow,
            Space::Traffic,
            Space::Key,
            Space::Value,
            Space::Routine,
            Space::Alarm,
            Space::Runbook,
        ]),
        space => any_of(&[space]),
    }
}

fn edit(table: &mut Table, edits: &Edits) {
    for (name, node) in &mut table.entries {
        if let Some(changes) = edits.get(&name.at) {
            // A key is edited once, however often it was referred to (the first of a dotted path may be).
            if let Some((0, text)) = changes.first() {
                name.value.insert_str(0, text);
            }
        }
        edit_node(node, edits);
    }
}

fn edit_node(node: &mut Node, edits: &Edits) {
    match &mut node.kind {
        Kind::Text(text) => {
            let mut changes = edits.get(&node.at).cloned().unwrap_or_default();
            changes.sort();
            changes.dedup();
            for (offset, insert) in changes.iter().rev() {
                if text.is_char_boundary(*offset) {
                    text.insert_str(*offset, insert);
                }
            }
        }
        Kind::List(list) => list.iter_mut().for_each(|node| edit_node(node, edits)),
        Kind::Table(table) => edit(table, edits),
        _ => {}
    }
}

/// Paths of files that stand in a tree are relative to the folder of its file; now to another.
pub(crate) fn move_files(table: &mut Table, to: &str, from: &str) {
    if to == from {
        return;
    }
    let way = way(to, from);
    let found = survey(table, &SCENARIO, &Sources::default(), &mut Diagnostics::default());
    let mut edits = Edits::new();
    for reference in found.references.iter().filter(|reference| reference.space == Space::File) {
        if !reference.text.starts_with('/') {
            edits.entry(reference.at).or_default().push((reference.offset, way.clone()));
        }
    }
    edit(table, &edits);
}

/// From one folder to another: `../web/`.
fn way(to: &str, from: &str) -> String {
    let parts =
        |path: &str| -> Vec<String> { path.split('/').filter(|part| !part.is_empty()).map(str::to_string).collect() };
    let (here, there) = (parts(to), parts(from));
    if from.starts_with('/') != to.starts_with('/') || here.iter().any(|part| part == "..") {
        return from.to_string();
    }
    let same = here.iter().zip(&there).take_while(|(a, b)| a == b).count();
    let up = "../".repeat(here.len() - same);
    let down: String = there[same..].iter().map(|part| format!("{part}/")).collect();
    format!("{up}{down}")
}

/// Two pieces that raise one limit of the shared account to different values, and a file that does not decide.
pub(crate) fn conflicts(before: &Table, piece: &Table, own: &Table, sources: &Sources) -> Vec<Diagnostic> {
    let mut said = Vec::new();
    let all = |table: &Table, section: &str| -> BTreeMap<String, Node> {
        let found = table.get(section).and_then(Node::table).map_or(Vec::new(), |table| leaves(table, &|_| false));
        found.into_iter().map(|leaf| (leaf.path.value, leaf.node.clone())).collect()
    };
    for section in OF_THE_ACCOUNT {
        let (first, decided) = (all(before, section), all(own, section));
        for (path, node) in all(piece, section) {
            let Some(other) = first.get(&path).filter(|other| other.kind != node.kind && !decided.contains_key(&path))
            else {
                continue;
            };
            let there = sources.said_from(node.at, other.at);
            let says = format!("two pieces of one account say different things of `{path}`: here, and {there}");
            said.push(
                Diagnostic::error(node.at, says).help(format!("decide: `[{section}]` of the file that includes both")),
            );
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parse::parse;

    fn table(text: &str) -> Table {
        match parse(0, text, &mut Diagnostics::default()).root.kind {
            Kind::Table(table) => table,
            _ => Table::default(),
        }
    }

    fn at<'t>(table: &'t Table, path: &[&str]) -> &'t Node {
        let (last, way) = path.split_last().unwrap();
        let inner = way.iter().fold(table, |table, key| table.get(key).unwrap().table().unwrap());
        inner.get(last).unwrap()
    }

    #[test]
    fn names_and_their_uses_get_the_prefix_and_other_words_do_not() {
        let piece = prefixed(
            table(
                "name = \"x\"\n[values]\nlimit = 3\n[keys]\nauthor = { count = 1, followers = 2 }\n[traffic]\npost = { rate = \"1/s\" }\n\
                 [components]\nq = { model = \"queue\" }\nweb = { model = \"server\", pool = { q = 2 } }\n\
                 [handlers.web.put]\nwork = \"1ms\"\nsteps = [{ when = \"author.followers < limit\", repeat = \"author.followers\", \
                 steps = [{ send = \"q\", key = \"author\" }] }]\n[handlers.web.get]\nwork = \"1ms\"\nfrom = \"q\"\n\
                 [flows.post]\nsteps = [\"web.put\"]\n[expect]\nerrors = \"< 1\"\n",
            ),
            "shop",
        );
        assert!(piece.get("name").is_none() && piece.get("expect").is_none());
        let step = at(&piece, &["handlers", "shop-web", "put", "steps"]).list().unwrap()[0].table().unwrap();
        assert_eq!(step.get("when").unwrap().text(), Some("shop-author.followers < shop-limit"));
        assert_eq!(step.get("repeat").unwrap().text(), Some("shop-author.followers"));
        let send = step.get("steps").unwrap().list().unwrap()[0].table().unwrap();
        assert_eq!(send.get("send").unwrap().text(), Some("shop-q"));
        assert_eq!(send.get("key").unwrap().text(), Some("shop-author"));
        assert_eq!(at(&piece, &["handlers", "shop-web", "get", "from"]).text(), Some("shop-q"));
        assert_eq!(at(&piece, &["components", "shop-web", "pool", "shop-q"]).number(), Some(2.0));
        assert_eq!(at(&piece, &["flows", "shop-post", "steps"]).list().unwrap()[0].text(), Some("shop-web.put"));
        assert_eq!(at(&piece, &["keys", "shop-author", "followers"]).number(), Some(2.0));
        assert!(piece.get("traffic").unwrap().table().unwrap().get("shop-post").is_some());
    }

    #[test]
    fn files_of_a_piece_are_found_from_the_other_folder() {
        let mut piece = table("[traffic.x]\ntrace = \"a.csv\"\nthink = \"empirical(b.csv)\"\n");
        move_files(&mut piece, "designs/chat/", "designs/web/");
        let x = at(&piece, &["traffic", "x"]).table().unwrap();
        assert_eq!(x.get("trace").unwrap().text(), Some("../web/a.csv"));
        assert_eq!(x.get("think").unwrap().text(), Some("empirical(../web/b.csv)"));
        assert_eq!(way("", "web/"), "web/");
        assert_eq!(way("a/b/", ""), "../../");
    }
}
