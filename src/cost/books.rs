//! All price books that a scenario may use: files beside it win over those that are part of the program.

use std::collections::BTreeMap;

use super::book::{Allowance, Book, Price};
use super::read::fill;
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::parse::parse;
use crate::scenario::sources::{Files, Sources, beside};
use crate::scenario::tree::At;

/// Lies beside the data that it lists.
#[path = "../../pricing/embedded.rs"]
mod embedded;

/// Books are extended so often at most.
const DEEPEST: usize = 8;

/// Where price books are found.
pub struct Books<'f> {
    files: &'f dyn Files,
    folders: Vec<String>,
    /// Nothing: no such file; nothing inside: it cannot be used.
    loaded: BTreeMap<String, Option<Option<Book>>>,
}

impl<'f> Books<'f> {
    /// Looks into `pricing/` of these folders (each with its slash, or empty), in this order; then into the program.
    pub fn new(files: &'f dyn Files, folders: impl IntoIterator<Item = impl Into<String>>) -> Books<'f> {
        Books { files, folders: folders.into_iter().map(Into::into).collect(), loaded: BTreeMap::new() }
    }

    /// Names of the built-in books, sorted.
    pub fn built_in() -> Vec<&'static str> {
        let names = embedded::EMBEDDED.iter().filter_map(|(path, _)| path.strip_suffix(".toml"));
        names.collect()
    }

    /// A book by its name (`aws/us-east-1`); none if there is no such file, or it cannot be used.
    pub fn book(&mut self, name: &str, sources: &mut Sources, say: &mut Diagnostics) -> Option<&Book> {
        if !self.loaded.contains_key(name) {
            let book = self.find(name).map(|_| self.load(name, None, DEEPEST, sources, say));
            self.loaded.insert(name.to_owned(), book);
        }
        self.loaded.get(name)?.as_ref()?.as_ref()
    }

    /// Is there a book that cannot be used? It has said why.
    pub fn broken(&self) -> bool {
        self.loaded.values().any(|book| matches!(book, Some(None)))
    }

    /// A price of one of these books, the first that has it, and the book's name.
    pub fn price(
        &mut self,
        key: &str,
        names: &[String],
        sources: &mut Sources,
        say: &mut Diagnostics,
    ) -> Option<(String, Price)> {
        names.iter().find_map(|name| {
            let price = self.book(name, sources, say)?.prices.get(key)?.clone();
            Some((name.clone(), price))
        })
    }

    /// What is free for one of these prices, in these books.
    pub fn allowances(&self, names: &[String], keys: &[String]) -> Vec<Allowance> {
        let books = names.iter().filter_map(|name| self.loaded.get(name)?.as_ref()?.as_ref());
        let all = books.flat_map(|book| book.allowances.values());
        all.filter(|allowance| allowance.of.iter().any(|key| keys.contains(key))).cloned().collect()
    }

    fn load(
        &self,
        name: &str,
        asked: Option<At>,
        depth: usize,
        sources: &mut Sources,
        say: &mut Diagnostics,
    ) -> Option<Book> {
        let found = self.find(name);
        let Some((shown, text, outside)) = found else {
            if let Some(at) = asked {
                let help =
                    format!("pricing/{name}.toml beside the scenario, or one of {}", Books::built_in().join(", "));
                say.say(Diagnostic::error(at, format!("there is no price book `{name}`")).help(help));
            }
            return None;
        };
        let file = sources.add(shown.clone(), text.clone());
        let mut own = Diagnostics::default();
        let root = parse(file, &text, &mut own).root;
        let book = root.table().and_then(|table| {
            let mut book = match table.get("extends") {
                Some(parent) if depth > 0 => {
                    self.load(parent.text().unwrap_or_default(), Some(parent.at), depth - 1, sources, &mut own)?
                }
                Some(parent) => {
                    own.say(Diagnostic::error(parent.at, format!("`{name}` extends itself")));
                    return None;
                }
                None => Book::default(),
            };
            (book.name, book.beside) = (name.to_owned(), outside.then_some(shown));
            fill(&mut book, table, &mut own);
            Some(book)
        });
        let failed = own.failed();
        say.list.append(&mut own.list);
        book.filter(|_| !failed)
    }

    /// Name as users see it, text, and whether it lies beside the scenario.
    fn find(&self, name: &str) -> Option<(String, String, bool)> {
        let path = format!("pricing/{name}.toml");
        let there = self.folders.iter().map(|folder| beside(folder, &path)).find(|path| self.files.exists(path));
        if let Some(found) = there {
            return self.files.read(&found).ok().map(|text| (found, text, true));
        }
        let inside = path.strip_prefix("pricing/")?;
        let (_, text) = embedded::EMBEDDED.iter().find(|(there, _)| *there == inside)?;
        Some((path.clone(), (*text).to_owned(), false))
    }
}

/// The books of a provider in which prices of a region stand: those of another time first.
pub(super) fn names(provider: &str, region: Option<&str>, time: Option<&str>) -> Vec<String> {
    let places = region.into_iter().chain(["global"]);
    let each = |place: &str| {
        let then = time.map(|time| format!("{provider}/{place}@{time}"));
        then.into_iter().chain([format!("{provider}/{place}")]).collect::<Vec<_>>()
    };
    places.flat_map(each).collect()
}
