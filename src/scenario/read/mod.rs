//! Reading a scenario: from a path to a scenario and to everything that is to be said about it.
//!
//! Files are merged as trees, so that every line keeps its origin; one walk along the tables of keys finds what is
//! unknown and which names are used; then quantities are read; then names are looked up.

mod client;
mod head;
mod meanwhile;
pub(crate) mod mistakes;
mod names;
pub(crate) mod parts;
pub(crate) mod paths;
mod promises;
mod reach;
mod reader;
mod steps;
pub(crate) mod survey;
pub(crate) mod tables;
pub(crate) mod tables_meanwhile;
pub(crate) mod tables_parts;
pub(crate) mod tables_steps;
pub(crate) mod trace;
mod traffic;
mod values;
pub(crate) mod words;

use self::reader::Reader;
use self::tables_parts::SCENARIO;
use super::ast::Scenario;
use super::diagnostics::{Diagnostic, Diagnostics};
use super::extend::{Loader, Removed};
use super::overlay;
use super::parse::Broken;
use super::sources::{Files, Sources, folder};
use super::tree::{At, Table};

/// What came of reading a file.
#[derive(Debug, Default)]
pub struct Reading {
    /// The scenario; none if there are errors.
    pub scenario: Option<Scenario>,
    /// The merged file, each entry with its origin; none if a file could not be read.
    pub tree: Option<Table>,
    /// All texts that were read.
    pub sources: Sources,
    /// All that is to be said.
    pub diagnostics: Diagnostics,
}

/// Reads a scenario with all that it extends and includes, and with `--set path=value`s over it.
pub fn read(files: &dyn Files, path: &str, sets: &[(String, String)]) -> Reading {
    let mut sources = Sources::default();
    let mut said = Diagnostics::default();
    let mut loader = Loader { files, sources: &mut sources, said: &mut said, removed: Vec::new(), broken: Vec::new() };
    let tree = loader
        .load(path, &mut Vec::new(), None)
        .map(|tree| sets.iter().fold(tree, |tree, (path, value)| overlay::set(&mut loader, &tree, path.trim(), value)));
    let (removed, broken) = (loader.removed, loader.broken);
    let of_syntax = said.list.len();
    let scenario = tree.as_ref().map(|tree| {
        let mut reader =
            Reader { files, folder: folder(path).to_string(), sources: &mut sources, said: &mut said, broken: &broken };
        scenario_of(&mut reader, tree, path, &removed)
    });
    tidy(&mut said, of_syntax, &sources, &broken);
    let scenario = scenario.filter(|_| !said.failed());
    Reading { scenario, tree, sources, diagnostics: said }
}

fn scenario_of(reader: &mut Reader<'_>, tree: &Table, path: &str, removed: &[Removed]) -> Scenario {
    let mut scenario = Scenario::default();
    let survey = survey::survey(tree, &SCENARIO, reader.sources, reader.said);
    let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".toml");
    let start = At { file: 0, start: 0, end: 0 };
    reader.head(tree, stem, start, &mut scenario);
    reader.parts(tree, &mut scenario);
    reader.traffics(tree, &mut scenario);
    reader.meanwhile(tree, &mut scenario);
    reader.promises(tree, &mut scenario);
    // A name that is missing may stand in a piece that TOML could not read.
    if reader.broken.iter().all(|(_, broken)| broken.is_empty()) {
        names::resolve(reader, &survey, &scenario, removed);
        reach::check(reader, &scenario);
    }
    scenario
}

/// Takes out what follows from a broken line, what was said twice and what is too much; the rest in the order of the
/// files.
fn tidy(said: &mut Diagnostics, of_syntax: usize, sources: &Sources, broken: &[(u32, Broken)]) {
    let follows = |diagnostic: &Diagnostic| {
        let Some(at) = diagnostic.at else { return false };
        broken.iter().any(|(file, broken)| *file == at.file && broken.holds(sources.text(at.file), at))
    };
    let mut kept: Vec<Diagnostic> = Vec::new();
    for (index, diagnostic) in std::mem::take(&mut said.list).into_iter().enumerate() {
        if (index < of_syntax || !follows(&diagnostic)) && !kept.contains(&diagnostic) {
            kept.push(diagnostic);
        }
    }
    // The file that is read comes first, then its parents; `--set`s last.
    kept.sort_by_key(|diagnostic| diagnostic.at);
    said.list = kept;
}
