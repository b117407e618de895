//! A variant over its parent: tables merge by key, anything else is replaced, `NAME = false` takes away. Every entry
//! keeps the place at which it was written.

use std::collections::BTreeMap;

use super::diagnostics::{Diagnostic, Diagnostics};
use super::include;
use super::parse::{Broken, parse};
use super::read::trace::plainly;
use super::sources::{Files, LARGEST_SCENARIO, Sources, beside, folder};
use super::suggest::nearest;
use super::tree::{At, Kind, Node, Placed, Table};

/// More parents than this are a mistake.
const LONGEST_CHAIN: usize = 16;

/// Sections in which a name that is not there cannot be taken away.
const OF_NAMES: &[&str] = &[
    "values",
    "phases",
    "keys",
    "traffic",
    "components",
    "handlers",
    "routines",
    "flows",
    "alarms",
    "runbooks",
    "changes",
    "faults",
    "claims",
    "month",
];

/// What a variant took away.
#[derive(Clone, Debug)]
pub(crate) struct Removed {
    /// `components`.
    pub(crate) section: String,
    /// `redis`.
    pub(crate) name: String,
    /// Where it says `false`.
    pub(crate) at: At,
}

/// Reads a file with all that it extends and includes.
pub(crate) struct Loader<'a> {
    /// Where files come from.
    pub(crate) files: &'a dyn Files,
    /// All texts that were read.
    pub(crate) sources: &'a mut Sources,
    /// All complaints.
    pub(crate) said: &'a mut Diagnostics,
    /// What was taken away.
    pub(crate) removed: Vec<Removed>,
    /// What TOML could not read, by file.
    pub(crate) broken: Vec<(u32, Broken)>,
}

impl Loader<'_> {
    /// The merged tree of a file. `named_by` is the place that names it, if a file does.
    pub(crate) fn load(&mut self, path: &str, chain: &mut Vec<String>, named_by: Option<At>) -> Option<Table> {
        if let Some(first) = chain.iter().position(|seen| seen == path) {
            let circle: Vec<&str> = chain[first..].iter().map(String::as_str).chain([path]).collect();
            self.say(named_by, "these files go round in a circle".to_string(), &circle.join(" -> "));
            return None;
        }
        if chain.len() >= LONGEST_CHAIN {
            self.say(named_by, format!("more than {LONGEST_CHAIN} files over one another"), &chain.join(" -> "));
            return None;
        }
        let text = self.text(path, named_by)?;
        let file = self.sources.add(path, text);
        let parsed = parse(file, self.sources.text(file), self.said);
        if !parsed.broken.is_empty() {
            self.broken.push((file, parsed.broken));
        }
        let Kind::Table(mut own) = parsed.root.kind else { return None };
        let extends = take(&mut own, "extends");
        let includes = take(&mut own, "include");
        chain.push(path.to_string());
        let parent = extends.map(|node| self.parent(path, &node, chain));
        let pieces = includes.map(|node| self.pieces(path, &node, &own, chain));
        chain.pop();
        match (parent, pieces) {
            // Over a parent that could not be read nothing is to be said about this file.
            (Some(None), _) | (_, Some(None)) => None,
            (None, None) => Some(own),
            (parent, pieces) => {
                let base = over(&parent.flatten().unwrap_or_default(), &pieces.flatten().unwrap_or_default());
                Some(self.merge_file(&base, &own))
            }
        }
    }

    fn text(&mut self, path: &str, named_by: Option<At>) -> Option<String> {
        match self.files.read(path) {
            Ok(text) if text.len() > LARGEST_SCENARIO => {
                self.say(
                    named_by,
                    format!("{path} is larger than 2 MB"),
                    "a scenario is a design, not data: put tables of numbers into files of their own",
                );
                None
            }
            Ok(text) => Some(text),
            Err(error) => {
                let help = match named_by {
                    Some(_) => "`extends` and `include` name a file beside this one, without `.toml`",
                    None => "give the path of a scenario file, as in `archsim run scenarios/checkout.toml`",
                };
                self.say(named_by, format!("{path} cannot be read: {}", plainly(&error)), help);
                None
            }
        }
    }

    fn say(&mut self, at: Option<At>, says: String, help: &str) {
        let error = Diagnostic { at, ..Diagnostic::error(At::default(), says) };
        self.said.say(if help.is_empty() { error } else { error.help(help) });
    }

    fn parent(&mut self, path: &str, node: &Node, chain: &mut Vec<String>) -> Option<Table> {
        let target = self.file_named(path, node, "extends")?;
        let mut table = self.load(&target, chain, Some(node.at))?;
        include::move_files(&mut table, folder(path), folder(&target));
        Some(table)
    }

    /// `"../web/serverless"` as a path from where reading began.
    fn file_named(&mut self, path: &str, node: &Node, key: &str) -> Option<String> {
        let Some(name) = node.text().filter(|name| !name.trim().is_empty()) else {
            let help = "one name, without `.toml`: `extends = \"blackfriday\"`";
            self.say(Some(node.at), format!("`{key}` names a file"), help);
            return None;
        };
        if let Some(stem) = name.strip_suffix(".toml") {
            let error = Diagnostic::error(node.at, format!("`{key}` names a file without `.toml`"));
            self.said.say(error.help(format!("write \"{stem}\"")).fix(format!("\"{stem}\"")));
        }
        Some(beside(folder(path), &format!("{}.toml", name.trim_end_matches(".toml"))))
    }

    fn pieces(&mut self, path: &str, node: &Node, own: &Table, chain: &mut Vec<String>) -> Option<Table> {
        let Some(table) = node.table() else {
            self.say(
                Some(node.at),
                "`include` is a table of prefixes".to_string(),
                "`include = { shop = \"orders-fanout\" }`",
            );
            return None;
        };
        let mut all = Table::default();
        for (prefix, node) in &table.entries {
            if let Some(mistake) = super::read::mistakes::bad_name(prefix) {
                self.said.say(mistake);
            }
            let target = self.file_named(path, node, "include")?;
            // What a piece took away from its parent is its own affair.
            let removed = std::mem::take(&mut self.removed);
            let piece = self.load(&target, chain, Some(node.at));
            self.removed = removed;
            let mut piece = include::prefixed(piece?, &prefix.value);
            include::move_files(&mut piece, folder(path), folder(&target));
            self.say_all(include::conflicts(&all, &piece, own, self.sources));
            all = over(&all, &piece);
        }
        Some(all)
    }

    fn say_all(&mut self, list: Vec<Diagnostic>) {
        self.said.list.extend(list);
    }

    /// A whole file over its parent, and what it takes away.
    pub(crate) fn merge_file(&mut self, base: &Table, own: &Table) -> Table {
        let mut own = own.clone();
        for (section, node) in &mut own.entries {
            if let (Kind::Table(table), true) = (&mut node.kind, OF_NAMES.contains(&section.value.as_str())) {
                let there = base.get(&section.value).and_then(Node::table);
                table.entries.retain(|(name, node)| {
                    node.kind != Kind::Bool(false) || self.takes_away(&section.value, there, name, node.at)
                });
            }
        }
        over(base, &own)
    }

    /// `NAME = false`: is there something of this name?
    fn takes_away(&mut self, section: &str, there: Option<&Table>, name: &Placed<String>, at: At) -> bool {
        let names = || there.into_iter().flat_map(|there| there.entries.iter().map(|(name, _)| name.value.as_str()));
        if names().any(|there| there == name.value) {
            self.removed.push(Removed { section: section.to_string(), name: name.value.clone(), at });
            return true;
        }
        let error = Diagnostic::error(name.at, format!("there is no `{}` in `[{section}]` to take away", name.value));
        self.said.say(match nearest(&name.value, names()) {
            Some(meant) => error.help(format!("did you mean `{meant}`?")).fix(meant),
            None => error.help("`NAME = false` takes away what the parent has"),
        });
        false
    }
}

/// Takes an entry out of a table.
fn take(table: &mut Table, key: &str) -> Option<Node> {
    let index = table.entries.iter().position(|(name, _)| name.value == key)?;
    Some(table.entries.remove(index).1)
}

/// One table over another: own entries win, tables merge, `false` over what is no flag takes away.
pub(crate) fn over(base: &Table, own: &Table) -> Table {
    let mut entries: Vec<Option<(Placed<String>, Node)>> = base.entries.iter().cloned().map(Some).collect();
    let index: BTreeMap<&str, usize> =
        base.entries.iter().enumerate().map(|(index, (name, _))| (name.value.as_str(), index)).collect();
    for (name, node) in &own.entries {
        let Some(slot) = index.get(name.value.as_str()).and_then(|index| entries.get_mut(*index)) else {
            entries.push(Some((name.clone(), node.clone())));
            continue;
        };
        let merged = match slot.take() {
            Some((old_name, Node { kind: Kind::Table(old), at })) => match &node.kind {
                Kind::Table(new) => Some((old_name, Node { kind: Kind::Table(over(&old, new)), at })),
                Kind::Bool(false) => None,
                _ => Some((name.clone(), node.clone())),
            },
            Some((_, Node { kind: Kind::Bool(_), .. })) | None => Some((name.clone(), node.clone())),
            Some(_) if node.kind == Kind::Bool(false) => None,
            Some(_) => Some((name.clone(), node.clone())),
        };
        *slot = merged;
    }
    Table { entries: entries.into_iter().flatten().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        match parse(0, text, &mut Diagnostics::default()).root.kind {
            Kind::Table(table) => table,
            _ => Table::default(),
        }
    }

    #[test]
    fn tables_merge_lists_are_replaced_and_false_takes_away() {
        let base =
            table("a = [1, 2]\n[web]\nfleet = \"4..50\"\nsticky = true\n[faults]\nx = { at = 1 }\ny = { at = 2 }\n");
        let own = table("a = [3]\n[web]\nfleet = \"8..60\"\nsticky = false\n[faults]\nx = false\n");
        let merged = over(&base, &own);
        assert_eq!(merged.get("a").unwrap().list().unwrap().len(), 1);
        let web = merged.get("web").unwrap().table().unwrap();
        assert_eq!(web.get("fleet").unwrap().text(), Some("8..60"));
        assert_eq!(web.get("sticky").unwrap().kind, Kind::Bool(false), "a flag that is there is set, not taken away");
        let faults = merged.get("faults").unwrap().table().unwrap();
        assert!(faults.get("x").is_none() && faults.get("y").is_some());
    }

    #[test]
    fn what_was_taken_away_can_come_back_in_a_later_variant() {
        let base = table("[faults]\nx = { at = 1 }\n");
        let without = over(&base, &table("[faults]\nx = false\n"));
        let again = over(&without, &table("[faults]\nx = { at = 2 }\n"));
        let x = again.get("faults").unwrap().table().unwrap().get("x").unwrap();
        assert_eq!(x.table().unwrap().get("at").unwrap().number(), Some(2.0));
    }
}
