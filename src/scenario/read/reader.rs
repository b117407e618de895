//! What all pieces of the reader share: where files are, what was said, and how a field of a table is got at.

use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::parse::Broken;
use crate::scenario::sources::{Files, Sources};
use crate::scenario::tree::{At, Kind, Node, Placed, Table};

/// Turns a merged tree into a scenario. Shapes and unknown keys have been told by the survey: what does not fit is
/// passed over in silence here.
pub(crate) struct Reader<'a> {
    /// Where tables of numbers come from.
    pub(crate) files: &'a dyn Files,
    /// The folder of the file that is read: all paths in the tree are relative to it.
    pub(crate) folder: String,
    /// All texts.
    pub(crate) sources: &'a mut Sources,
    /// All complaints.
    pub(crate) said: &'a mut Diagnostics,
    /// Pieces that TOML could not read, by file.
    pub(crate) broken: &'a [(u32, Broken)],
}

/// More than this nobody reads, and a hostile file could make millions.
pub(crate) const MOST_SAID: usize = 200;

impl Reader<'_> {
    /// Says something, unless enough has been said.
    pub(crate) fn say(&mut self, diagnostic: Diagnostic) {
        if !self.is_full() {
            self.said.say(diagnostic);
        }
    }

    /// Has enough been said?
    pub(crate) fn is_full(&self) -> bool {
        self.said.list.len() >= MOST_SAID
    }

    /// Says that something is missing: only if the syntax is in order, else it may stand in the broken piece.
    pub(crate) fn say_missing(&mut self, diagnostic: Diagnostic) {
        if self.broken.iter().all(|(_, broken)| broken.is_empty()) {
            self.say(diagnostic);
        }
    }
}

/// A text field.
pub(crate) fn text(table: &Table, key: &str) -> Option<String> {
    table.get(key)?.text().map(str::to_string)
}

/// A text field with its place.
pub(crate) fn name(table: &Table, key: &str) -> Option<Placed<String>> {
    let node = table.get(key)?;
    Some(Placed::new(node.text()?.to_string(), node.at))
}

/// A field that is one text or several.
pub(crate) fn names(table: &Table, key: &str) -> Vec<Placed<String>> {
    let one = |node: &Node| Some(Placed::new(node.text()?.to_string(), node.at));
    match table.get(key) {
        Some(node) => match node.list() {
            Some(list) => list.iter().filter_map(one).collect(),
            None => one(node).into_iter().collect(),
        },
        None => Vec::new(),
    }
}

/// A field that is true or false.
pub(crate) fn flag(table: &Table, key: &str) -> Option<bool> {
    match table.get(key)?.kind {
        Kind::Bool(flag) => Some(flag),
        _ => None,
    }
}

/// A whole number that is not negative.
pub(crate) fn whole(table: &Table, key: &str) -> Option<Placed<u64>> {
    let node = table.get(key)?;
    match node.kind {
        Kind::Whole(number) => Some(Placed::new(u64::try_from(number).ok()?, node.at)),
        _ => None,
    }
}

/// A whole number that is not negative and not absurd.
pub(crate) fn small(table: &Table, key: &str) -> Option<Placed<u32>> {
    whole(table, key).map(|number| Placed::new(u32::try_from(number.value).unwrap_or(u32::MAX), number.at))
}

/// The entries of a sub-table, each with the place of its name; nothing if there is none.
pub(crate) fn entries<'t>(table: &'t Table, key: &str) -> &'t [(Placed<String>, Node)] {
    table.get(key).and_then(Node::table).map_or(&[], |table| &table.entries)
}

/// All entries but some, as written.
pub(crate) fn others(table: &Table, but: &[&str]) -> std::collections::BTreeMap<String, (At, Node)> {
    table
        .entries
        .iter()
        .filter(|(name, _)| !but.contains(&name.value.as_str()))
        .map(|(name, node)| (name.value.clone(), (name.at, node.clone())))
        .collect()
}
