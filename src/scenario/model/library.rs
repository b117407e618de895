//! All models that a scenario may name: files beside it win over those that are part of the program.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::check::check;
use super::merge::merge;
use super::read;
use super::shape::{Model, Source};
use super::words::{list, meant};
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::parse::parse;
use crate::scenario::sources::{Files, Sources, beside};
use crate::scenario::tree::{At, Node, Table};

/// Lies beside the data that it lists.
#[path = "../../../models/embedded.rs"]
mod embedded;

/// Where models are found.
pub struct Library<'f> {
    files: &'f dyn Files,
    folders: Vec<String>,
    loaded: BTreeMap<String, Option<Arc<Model>>>,
}

/// A model file and those that it extends: itself first.
struct Chain {
    table: Table,
    at: At,
    /// Folders (with their slash) of the files, for tables beside them.
    folders: Vec<String>,
    providers: Vec<String>,
}

impl<'f> Library<'f> {
    /// Looks into `models/` of these folders (each with its slash, or empty), in this order; then into the program.
    pub fn new(files: &'f dyn Files, folders: impl IntoIterator<Item = impl Into<String>>) -> Library<'f> {
        Library { files, folders: folders.into_iter().map(Into::into).collect(), loaded: BTreeMap::new() }
    }

    /// Names of the built-in models, sorted.
    pub fn built_in() -> Vec<String> {
        let name = |path: &str| {
            path.strip_suffix(".toml").map(|name| name.strip_prefix("generic/").unwrap_or(name).to_string())
        };
        let mut names: Vec<String> = embedded::EMBEDDED.iter().filter_map(|(path, _)| name(path)).collect();
        names.retain(|name| !name.ends_with("sources"));
        names.sort();
        names
    }

    /// A model by its name, read and checked at its first use. What is wrong is said once; then there is none.
    pub fn model(&mut self, name: &str, asked: At, sources: &mut Sources, say: &mut Diagnostics) -> Option<Arc<Model>> {
        if let Some(known) = self.loaded.get(name) {
            return known.clone();
        }
        let model = self.load(name, asked, sources, say).map(Arc::new);
        self.loaded.insert(name.to_string(), model.clone());
        model
    }

    /// Is a file beside the scenario used instead of, or besides, the built-in models?
    pub fn is_beside(&self, name: &str) -> bool {
        self.beside(&path_of(name)).is_some()
    }

    /// A model file that may lie anywhere, read and checked; its name is read off its path.
    pub fn file(&self, path: &str, sources: &mut Sources, say: &mut Diagnostics) -> Option<Model> {
        let inside = path.rsplit_once("models/").map_or(path, |(_, inside)| inside);
        let name = inside.strip_suffix(".toml").unwrap_or(inside);
        let mut own = Diagnostics::default();
        let found = match self.files.read(path) {
            Ok(text) => (path.to_owned(), text),
            Err(why) => {
                let help = "name a model file, as models/acme/billing.toml";
                say.say(Diagnostic::error(At::default(), format!("{path} cannot be read: {why}")).help(help));
                return None;
            }
        };
        let chain = self.link(path, found, &mut Vec::new(), sources, &mut own);
        self.made(name, chain, own, sources, say)
    }

    fn load(&self, name: &str, asked: At, sources: &mut Sources, say: &mut Diagnostics) -> Option<Model> {
        let mut own = Diagnostics::default();
        let chain = self.chain(name, asked, &mut Vec::new(), sources, &mut own);
        self.made(name, chain, own, sources, say)
    }

    /// The model of a chain of files, checked.
    fn made(
        &self,
        name: &str,
        chain: Option<Chain>,
        mut own: Diagnostics,
        sources: &mut Sources,
        say: &mut Diagnostics,
    ) -> Option<Model> {
        let model = chain.map(|chain| {
            let beside = |file: &str| chain.folders.iter().find_map(|folder| self.text(&format!("{folder}{file}")));
            let mut model = read::model(name, &chain.table, chain.at, &beside, &mut own);
            for (id, source) in self.provider_sources(&chain.providers, sources, &mut own) {
                model.sources.entry(id).or_insert(source);
            }
            // What is misread is not misjudged as well.
            if !own.failed() {
                check(&mut model, &mut own);
            }
            model
        });
        let failed = own.failed();
        say.list.append(&mut own.list);
        model.filter(|_| !failed)
    }

    fn chain(
        &self,
        name: &str,
        asked: At,
        seen: &mut Vec<String>,
        sources: &mut Sources,
        say: &mut Diagnostics,
    ) -> Option<Chain> {
        let path = path_of(name);
        if seen.contains(&path) {
            let says = format!("`{name}` extends itself: {}", seen.join(", then "));
            say.say(Diagnostic::error(asked, says).help("one of them must stand by itself"));
            return None;
        }
        seen.push(path.clone());
        let Some(found) = self.find(&path) else {
            say.say(self.no_such(name, asked));
            return None;
        };
        self.link(&path, found, seen, sources, say)
    }

    /// A file that was found, and those that it extends.
    fn link(
        &self,
        path: &str,
        (shown, text): (String, String),
        seen: &mut Vec<String>,
        sources: &mut Sources,
        say: &mut Diagnostics,
    ) -> Option<Chain> {
        let file = sources.add(shown, text.clone());
        let root = parse(file, &text, say).root;
        let table = root.table()?.clone();
        let at = table.entries.first().map_or(root.at, |(key, _)| key.at);
        let (folder, provider) = folders_of(path);
        let Some(parent) = table.get("extends") else {
            return Some(Chain { table, at, folders: vec![folder], providers: vec![provider] });
        };
        let Some(parent_name) = parent.text() else {
            say.say(Diagnostic::error(parent.at, "`extends` names one model").help("extends = \"provider/service\""));
            return None;
        };
        let mut chain = self.chain(parent_name, parent.at, seen, sources, say)?;
        chain.table = merge(&chain.table, &table);
        chain.at = at;
        chain.folders.insert(0, folder);
        chain.providers.insert(0, provider);
        Some(chain)
    }

    fn no_such(&self, name: &str, asked: At) -> Diagnostic {
        let names = Library::built_in();
        let diagnostic = Diagnostic::error(asked, format!("no model called `{name}`"));
        match meant(name, names.iter().map(String::as_str)) {
            Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")).fix(format!("\"{meant}\"")),
            None => {
                let all = list(names.iter().map(String::as_str));
                diagnostic.help(format!("there is: {all}; or a file {} beside the scenario", path_of(name)))
            }
        }
    }

    /// Sources of the providers whose models are involved.
    fn provider_sources(
        &self,
        providers: &[String],
        sources: &mut Sources,
        say: &mut Diagnostics,
    ) -> BTreeMap<String, Source> {
        let mut found = BTreeMap::new();
        for provider in providers {
            let Some((shown, text)) = self.find(&format!("models/{provider}/sources.toml")) else { continue };
            let file = sources.add(shown, text.clone());
            let root = parse(file, &text, say).root;
            let table = root.table().and_then(|table| table.get("sources")).and_then(Node::table);
            for (id, source) in table.map(|table| read::sources(table, say)).unwrap_or_default() {
                found.entry(id).or_insert(source);
            }
        }
        found
    }

    fn text(&self, path: &str) -> Option<String> {
        self.find(path).map(|(_, text)| text)
    }

    /// Name as users see it, and text.
    fn find(&self, path: &str) -> Option<(String, String)> {
        if let Some(found) = self.beside(path) {
            return self.files.read(&found).ok().map(|text| (found, text));
        }
        let inside = path.strip_prefix("models/")?;
        embedded::EMBEDDED
            .iter()
            .find(|(name, _)| *name == inside)
            .map(|(_, text)| (path.to_string(), text.to_string()))
    }

    fn beside(&self, path: &str) -> Option<String> {
        self.folders.iter().map(|folder| beside(folder, path)).find(|path| self.files.exists(path))
    }
}

/// `server` is `models/generic/server.toml`, `acme/billing` is `models/acme/billing.toml`.
fn path_of(name: &str) -> String {
    if name.contains('/') { format!("models/{name}.toml") } else { format!("models/generic/{name}.toml") }
}

/// `models/acme/` and `acme`.
fn folders_of(path: &str) -> (String, String) {
    let folder = path.rsplit_once('/').map_or(path, |(folder, _)| folder);
    (format!("{folder}/"), folder.strip_prefix("models/").unwrap_or(folder).to_string())
}
