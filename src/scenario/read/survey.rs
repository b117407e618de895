//! One walk over the whole tree along the tables of keys: which keys are unknown, what has the wrong shape, which names
//! come to be and which are used.

use std::collections::BTreeMap;

use super::mistakes;
use super::paths::leaves;
use super::reader::MOST_SAID;
use super::tables::{Construct, Kind, Quantity, Space};
use super::tables_meanwhile::{ACTION, ACTIONS, CHANGE, FAULT, KNOWN_NUMBER};
use super::tables_parts::HANDLER;
use super::tables_steps::{GROUP, STEP, VERBS};
use super::words;
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::sources::Sources;
use crate::scenario::tree::{At, Kind as Toml, Node, Placed, Table};

/// A name that is used.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    /// Of what it must be the name.
    pub(crate) space: Space,
    /// The name, or the dotted path.
    pub(crate) text: String,
    /// The node or key that holds it.
    pub(crate) at: At,
    /// Where in the text of the node the name begins.
    pub(crate) offset: usize,
    /// Who uses it: `web.cart`.
    pub(crate) owner: String,
}

/// What one walk found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Survey {
    /// Names that come to be.
    pub(crate) definitions: BTreeMap<(Space, String), At>,
    /// Names that are used, in the order of the tree.
    pub(crate) references: Vec<Reference>,
}

impl Survey {
    /// Is there something of this name?
    pub(crate) fn defines(&self, space: Space, name: &str) -> bool {
        self.definitions.contains_key(&(space, name.to_string()))
    }

    /// All names of a namespace.
    pub(crate) fn names(&self, space: Space) -> impl Iterator<Item = &str> {
        self.definitions.keys().filter(move |(of, _)| *of == space).map(|(_, name)| name.as_str())
    }
}

/// Walks a tree along a construct.
pub(crate) fn survey<'d>(
    root: &Table,
    whole: &'static Construct,
    sources: &'d Sources,
    said: &'d mut Diagnostics,
) -> Survey {
    let mut walk = Walk { sources, said, survey: Survey::default(), owner: String::new() };
    walk.table(whole, root, "");
    walk.survey
}

struct Walk<'d> {
    sources: &'d Sources,
    said: &'d mut Diagnostics,
    survey: Survey,
    owner: String,
}

impl Walk<'_> {
    fn say(&mut self, diagnostic: Diagnostic) {
        if self.said.list.len() < MOST_SAID {
            self.said.say(diagnostic);
        }
    }

    fn refer(&mut self, space: Space, text: &str, at: At, offset: usize) {
        let owner = self.owner.clone();
        self.survey.references.push(Reference { space, text: text.to_string(), at, offset, owner });
    }

    /// Goes on as another owner, and comes back.
    fn owned(&mut self, owner: String, go: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.owner, owner);
        go(self);
        self.owner = before;
    }

    /// The entries of a table with known keys. With a verb, only its keys may stand there.
    fn table(&mut self, construct: &'static Construct, table: &Table, verb: &str) {
        for (name, node) in &table.entries {
            match (construct.key(&name.value), &construct.rest) {
                (Some(key), _) if verb.is_empty() || key.of.is_empty() || key.of.contains(&verb) => {
                    self.node(&key.kind, &name.value, node);
                }
                (Some(key), _) => self.say(mistakes::key_of_another(construct, key, verb, name.at)),
                (None, Some(rest)) => self.node(rest, &name.value, node),
                (None, None) => self.say(mistakes::unknown_key(construct, verb, name)),
            }
        }
    }

    fn node(&mut self, kind: &'static Kind, key: &str, node: &Node) {
        if !words::fits(kind, node) {
            let header = self.sources.piece(node.at);
            let single =
                header.strip_prefix("[[").and_then(|rest| rest.strip_suffix("]]")).map(|path| format!("[{path}]"));
            let told = mistakes::wrong_shape(kind, key, node);
            self.say(match (kind, single) {
                (Kind::Table(_), Some(single)) => {
                    told.help(format!("write the header with single brackets: `{single}`")).fix(single)
                }
                _ => told,
            });
            return;
        }
        match (kind, &node.kind) {
            (Kind::Name(space), Toml::Text(text)) => self.refer(*space, text, node.at, 0),
            (Kind::Word(words), Toml::Text(text)) if !words.contains(&text.as_str()) => {
                self.say(mistakes::not_a_word(key, text, words, node.at));
            }
            (Kind::Number, Toml::Text(text)) => self.number(text, node.at, 0),
            (Kind::When, Toml::Text(text)) => self.when(text, node.at),
            (Kind::Watch, Toml::Text(text)) => {
                let path = text.split_whitespace().next().unwrap_or("");
                self.refer(Space::Path, path, node.at, text.find(path).unwrap_or(0));
            }
            (Kind::Quantity(_) | Kind::Any, _) => self.files(node),
            (Kind::Table(construct), Toml::Table(table)) => self.construct(construct, table, node.at),
            (Kind::Defines(space, inner), Toml::Table(table)) => self.defines(*space, inner, table),
            (Kind::Named(inner), Toml::Table(table)) => self.each(None, inner, table),
            (Kind::Each(space, inner), Toml::Table(table)) => self.each(Some(*space), inner, table),
            (Kind::Paths(inner), Toml::Table(table)) => self.paths(inner, table, true),
            (Kind::Dotted(inner), Toml::Table(table)) => self.paths(inner, table, false),
            (Kind::Handlers, Toml::Table(table)) => self.handlers(table),
            (Kind::KnownList, Toml::List(list)) => self.known(list),
            (Kind::Steps, Toml::List(list)) => self.steps(list, node),
            (Kind::Branches, Toml::List(list)) => self.branches(list, node),
            (Kind::Actions, Toml::List(list)) => list.iter().for_each(|action| self.action(action)),
            (Kind::List(inner), Toml::List(list)) => list.iter().for_each(|one| self.node(inner, key, one)),
            (Kind::OneOrMore(inner), Toml::List(list)) => list.iter().for_each(|one| self.node(inner, key, one)),
            (Kind::OneOrMore(inner), _) => self.node(inner, key, node),
            (Kind::Either(kinds), _) => {
                if let Some(kind) = kinds.iter().find(|kind| words::fits(kind, node)) {
                    self.node(kind, key, node);
                }
            }
            _ => {}
        }
    }

    /// A table with known keys; what it may hold can depend on its verb or kind.
    fn construct(&mut self, construct: &'static Construct, table: &Table, at: At) {
        if std::ptr::eq(construct, &CHANGE) {
            self.change(table, at);
        } else if std::ptr::eq(construct, &FAULT) {
            self.table(construct, table, "");
            self.fault_keys(table);
        } else {
            self.table(construct, table, "");
        }
    }

    fn defines(&mut self, space: Space, inner: &'static Kind, table: &Table) {
        for (name, node) in &table.entries {
            if let Some(mistake) = mistakes::bad_name(name) {
                self.say(mistake);
            }
            self.survey.definitions.entry((space, name.value.clone())).or_insert(name.at);
            self.owned(name.value.clone(), |walk| walk.node(inner, &name.value, node));
        }
    }

    fn each(&mut self, space: Option<Space>, inner: &'static Kind, table: &Table) {
        for (name, node) in &table.entries {
            if let Some(space) = space {
                self.refer(space, &name.value, name.at, 0);
            }
            self.node(inner, &name.value, node);
        }
    }

    fn paths(&mut self, inner: &'static Kind, table: &Table, named: bool) {
        for leaf in leaves(table, &|_| false) {
            if let Some(mistake) = mistakes::percentile_with_a_point(&leaf) {
                self.say(mistake);
                continue;
            }
            if named && let Some(first) = leaf.places.first() {
                self.refer(Space::Path, &leaf.path.value, *first, 0);
            }
            self.node(inner, &leaf.path.value, leaf.node);
        }
    }

    fn handlers(&mut self, parts: &Table) {
        for (part, node) in &parts.entries {
            self.refer(Space::Component, &part.value, part.at, 0);
            let Some(table) = node.table() else {
                self.say(mistakes::wrong_shape(&Kind::Table(&HANDLER), &part.value, node));
                continue;
            };
            // A table is an operation, anything else a key of the part's one handler.
            let (operations, own): (Vec<_>, Vec<_>) =
                table.entries.iter().cloned().partition(|(_, node)| node.table().is_some());
            self.owned(part.value.clone(), |walk| walk.table(&HANDLER, &Table { entries: own }, ""));
            for (operation, node) in operations {
                if let Some(mistake) = mistakes::bad_name(&operation) {
                    self.say(mistake);
                }
                let Some(table) = node.table() else { continue };
                let owner = format!("{}.{}", part.value, operation.value);
                self.owned(owner, |walk| walk.table(&HANDLER, table, ""));
            }
        }
    }

    fn known(&mut self, list: &[Node]) {
        for node in list {
            let Some(table) = node.table() else {
                self.say(mistakes::wrong_shape(&Kind::KnownList, "known", node));
                continue;
            };
            let strict = |table: &Table| table.get("value").is_some_and(|node| node.table().is_none());
            for leaf in leaves(table, &strict) {
                if matches!(leaf.path.value.as_str(), "how" | "source") {
                    self.node(&Kind::Text, &leaf.path.value, leaf.node);
                    continue;
                }
                if let Some(mistake) = mistakes::percentile_with_a_point(&leaf) {
                    self.say(mistake);
                    continue;
                }
                if let Some(first) = leaf.places.first() {
                    self.refer(Space::Path, &leaf.path.value, *first, 0);
                }
                self.known_number(&leaf.path.value, leaf.node);
            }
        }
    }

    fn known_number(&mut self, path: &str, node: &Node) {
        match &node.kind {
            Toml::Table(table) => self.table(&KNOWN_NUMBER, table, ""),
            Toml::List(list) => list.iter().for_each(|one| self.known_number(path, one)),
            _ => self.node(&Kind::Quantity(Quantity::Known), path, node),
        }
    }

    fn steps(&mut self, list: &[Node], node: &Node) {
        // `[[flows.x.steps]]`: the list and its first table are one header.
        if list.first().is_some_and(|first| first.at == node.at) {
            self.say(mistakes::array_of_tables(node.at));
            return;
        }
        list.iter().for_each(|step| self.step(step));
    }

    fn branches(&mut self, list: &[Node], node: &Node) {
        for branch in list {
            match branch.list() {
                Some(steps) => self.steps(steps, branch),
                None => self.steps(std::slice::from_ref(branch), node),
            }
        }
    }

    fn step(&mut self, node: &Node) {
        match &node.kind {
            Toml::Text(target) => self.refer(Space::Target, target, node.at, 0),
            Toml::Table(table) => match verb_of(table) {
                Ok(verb) => self.table(&STEP, table, verb),
                Err(several) if several.is_empty() => self.say(mistakes::no_verb(table, node.at, &STEP, VERBS)),
                Err(several) => self.say(mistakes::two_verbs(table, &several, node.at)),
            },
            _ => self.say(mistakes::no_step(node)),
        }
    }

    fn action(&mut self, node: &Node) {
        let Some(table) = node.table() else {
            self.say(mistakes::no_action(node));
            return;
        };
        match action_of(table) {
            Ok(verb) => self.table(&ACTION, table, verb),
            Err(several) if several.is_empty() => self.say(mistakes::no_verb(table, node.at, &ACTION, ACTIONS)),
            Err(several) => self.say(mistakes::two_verbs(table, &several, node.at)),
        }
    }

    fn change(&mut self, table: &Table, at: At) {
        if table.get("steps").is_some() {
            for (name, node) in &table.entries {
                match CHANGE.keys.iter().find(|key| key.name == name.value) {
                    Some(key) => self.node(&key.kind, &name.value, node),
                    None => self.say(mistakes::beside_steps(name)),
                }
            }
            return;
        }
        match action_of(table) {
            Ok(verb) => self.table(&CHANGE, table, verb),
            Err(several) if several.is_empty() => self.say(mistakes::no_verb(table, at, &CHANGE, ACTIONS)),
            Err(several) => self.say(mistakes::two_verbs(table, &several, at)),
        }
    }

    /// Keys of a kind of fault stand only with that kind.
    fn fault_keys(&mut self, table: &Table) {
        let kinds: Vec<&str> = words::texts(table.get("what"));
        for (name, _) in &table.entries {
            let Some(key) = FAULT.key(&name.value) else { continue };
            if !key.of.is_empty() && !kinds.is_empty() && !key.of.iter().any(|of| kinds.contains(of)) {
                let says = format!("`{}` says nothing about {}", name.value, words::listed_or(&kinds));
                self.say(Diagnostic::error(name.at, says).help(format!("it belongs to {}", words::listed_or(key.of))));
            }
        }
    }

    /// A number may be drawn, named, or belong to a key.
    fn number(&mut self, text: &str, at: At, offset: usize) {
        let name = text.trim();
        let offset = offset + text.find(name).unwrap_or(0);
        let first = name.chars().next().unwrap_or(' ');
        if name == "records" || name.contains('(') || !first.is_ascii_lowercase() {
            return;
        }
        let space = if name.contains('.') { Space::Attribute } else { Space::Value };
        self.refer(space, name, at, offset);
    }

    fn when(&mut self, text: &str, at: At) {
        let Some(operator) = text.find(['<', '=', '>']) else { return };
        let (left, rest) = text.split_at(operator);
        let right = rest.trim_start_matches(['<', '=', '>']);
        self.number(left, at, 0);
        self.number(right, at, text.len() - right.len());
    }

    /// Files that a law or a profile reads.
    fn files(&mut self, node: &Node) {
        match &node.kind {
            Toml::Text(text) => {
                for (start, path) in words::empirical_files(text) {
                    self.refer(Space::File, path, node.at, start);
                }
            }
            Toml::List(list) => list.iter().for_each(|one| self.files(one)),
            Toml::Table(table) => {
                for (key, node) in &table.entries {
                    match (&node.kind, key.value.as_str()) {
                        (Toml::Text(path), "file") if table.get("column").is_some() => {
                            self.refer(Space::File, path, node.at, 0);
                        }
                        _ => self.files(node),
                    }
                }
            }
            _ => {}
        }
    }
}

/// The verb of a step, or the several that it has, or none.
pub(crate) fn verb_of(table: &Table) -> Result<&'static str, Vec<&'static str>> {
    let mut found: Vec<&'static str> = VERBS.iter().filter(|verb| table.get(verb).is_some()).copied().collect();
    // `{ call = "db", work = "1s" }` is an unnamed handler of `db`.
    if found.contains(&"call") {
        found.retain(|verb| *verb != "work");
    }
    match found[..] {
        [verb] => Ok(verb),
        [] if table.get("steps").is_some() => Ok(GROUP),
        _ => Err(found),
    }
}

/// The verb of an action.
pub(crate) fn action_of(table: &Table) -> Result<&'static str, Vec<&'static str>> {
    let found: Vec<&'static str> = ACTIONS.iter().filter(|verb| table.get(verb).is_some()).copied().collect();
    match found[..] {
        [verb] => Ok(verb),
        _ => Err(found),
    }
}

/// A key with its place, for those who say something about it.
pub(crate) type Name = Placed<String>;
