//! The layer table of `ARCHITECTURE.md` is the rule itself, so the page cannot drift from the code.

use std::collections::BTreeMap;

use crate::repository::{self, File};
use crate::{nobody_complains, rust};

/// The head of the table, as it stands on the page.
const HEAD: &str = "| layer | may use | must not know |";

/// A row of the table.
struct Layer {
    may_use: Vec<String>,
    must_not_know: Vec<String>,
}

/// The rows below a head line, as trimmed cells.
pub fn rows<'a>(page: &'a str, head: &str) -> Vec<Vec<&'a str>> {
    let below = page.lines().skip_while(|line| !line.starts_with(head)).skip(2);
    let rows = below.take_while(|line| line.starts_with('|'));
    rows.map(|line| line.trim().trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// The words of a cell; "-" says that there are none.
pub fn words(cell: &str) -> Vec<String> {
    cell.split(',')
        .map(|word| word.trim().trim_matches('`'))
        .filter(|w| !w.is_empty() && *w != "-")
        .map(str::to_owned)
        .collect()
}

fn table(page: &str) -> BTreeMap<String, Layer> {
    let layer = |row: &[&str]| Layer { may_use: words(row[1]), must_not_know: words(row[2]) };
    rows(page, HEAD).iter().map(|row| (row[0].to_owned(), layer(row))).collect()
}

/// The layer of a file of `src/`; `lib.rs` and `main.rs` stand above all.
pub fn layer_of(path: &str) -> Option<&str> {
    path.strip_prefix("src/")?.split_once('/').map(|(layer, _)| layer)
}

/// How many modules deep a file of `src/` lies: 1 is a layer itself.
fn depth(path: &str) -> usize {
    let parts = path.trim_start_matches("src/").trim_end_matches(".rs").split('/');
    parts.filter(|part| *part != "mod").count()
}

fn rooms_without_a_row(files: &[File], rules: &BTreeMap<String, Layer>) -> Vec<String> {
    let mut rooms: Vec<&str> = files.iter().filter_map(|file| layer_of(&file.path)).collect();
    rooms.dedup();
    let missing = rooms.iter().filter(|room| !rules.contains_key(**room));
    let empty = rules.keys().filter(|layer| !rooms.contains(&layer.as_str()));
    missing
        .map(|room| format!("src/{room}/ has no row in the table of ARCHITECTURE.md"))
        .chain(empty.map(|layer| format!("ARCHITECTURE.md has a row for {layer}, but there is no src/{layer}/")))
        .collect()
}

fn uses_above(file: &File, rules: &BTreeMap<String, Layer>) -> Vec<String> {
    let Some(name) = layer_of(&file.path) else { return vec![] };
    let Some(layer) = rules.get(name) else { return vec![] };
    let named = rust::root_modules(rust::tokens(&file.text), depth(&file.path));
    let others = named.iter().filter(|word| word.text != name && !layer.may_use.contains(&word.text));
    others
        .map(|word| match rules.contains_key(&word.text) {
            true => format!("{}:{}: {name} must not use {} (ARCHITECTURE.md)", file.path, word.line, word.text),
            false => format!("{}:{}: `crate::{}` hides its layer: name it", file.path, word.line, word.text),
        })
        .collect()
}

fn says_too_much(file: &File, rules: &BTreeMap<String, Layer>) -> Vec<String> {
    let Some(name) = layer_of(&file.path) else { return vec![] };
    let Some(layer) = rules.get(name) else { return vec![] };
    let said = rust::said_words(rust::tokens(&file.text));
    let known = said.iter().filter(|word| layer.must_not_know.contains(&word.text));
    known.map(|word| format!("{}:{}: {name} must not know the word {:?}", file.path, word.line, word.text)).collect()
}

fn purpose_missing(file: &File) -> Option<String> {
    let first = file.text.lines().next().unwrap_or("");
    let says = first.strip_prefix("//! ").is_some_and(|purpose| purpose.len() >= 10);
    (!says).then(|| format!("{}:1: say first what this file is, with `//! `", file.path))
}

/// What nobody may leave behind; joined here, so that this file is not its own first culprit.
fn left_for_later(file: &File) -> Vec<String> {
    let marks = [["TO", "DO"], ["FIX", "ME"], ["XX", "X"], ["todo", "!("], ["unimple", "mented!("], ["dbg", "!("]];
    let lines = file.text.lines().enumerate();
    let found = lines.filter(|(_, line)| marks.iter().any(|mark| line.contains(&mark.concat())));
    found
        .map(|(n, line)| format!("{}:{}: finish it, or write a known debt: {}", file.path, n + 1, line.trim()))
        .collect()
}

#[test]
fn each_folder_of_src_has_a_row_and_each_row_a_folder() {
    nobody_complains(&rooms_without_a_row(
        &repository::files("src", ".rs"),
        &table(&repository::page("ARCHITECTURE.md")),
    ));
}

#[test]
fn every_layer_uses_only_what_its_row_allows() {
    let rules = table(&repository::page("ARCHITECTURE.md"));
    let files = repository::files("src", ".rs");
    nobody_complains(&files.iter().flat_map(|file| uses_above(file, &rules)).collect::<Vec<_>>());
}

#[test]
fn no_layer_says_a_word_that_it_must_not_know() {
    let rules = table(&repository::page("ARCHITECTURE.md"));
    let files = repository::files("src", ".rs");
    nobody_complains(&files.iter().flat_map(|file| says_too_much(file, &rules)).collect::<Vec<_>>());
}

#[test]
fn every_rust_file_says_first_what_it_is_and_leaves_nothing_for_later() {
    let files = repository::files("", ".rs");
    let nameless = files.iter().filter_map(purpose_missing);
    nobody_complains(&nameless.chain(files.iter().flat_map(left_for_later)).collect::<Vec<_>>());
}

#[cfg(test)]
const SMALL_HOUSE: &str = "\
| layer | may use | must not know |
|---|---|---|
| engine | - | acme |
| queueing | engine | acme, price |
| cli | engine, queueing | - |
";

#[test]
fn the_layer_rule_bites() {
    let code = "//! A queue.
use crate::{engine::time::Time, cli as c};
fn f() { g(super::super::cli::x()); } // crate::cli in a comment is fine
mod tests { use super::super::super::cli::y; }
const S: &str = \"crate::cli\";
use super::bucket; use super::super::engine::E;
use crate::Outcome;
use archsim::cli;
";
    let file = File::new("src/queueing/station.rs", code);
    assert_eq!(
        uses_above(&file, &table(SMALL_HOUSE)),
        [
            "src/queueing/station.rs:2: queueing must not use cli (ARCHITECTURE.md)",
            "src/queueing/station.rs:3: queueing must not use cli (ARCHITECTURE.md)",
            "src/queueing/station.rs:4: queueing must not use cli (ARCHITECTURE.md)",
            "src/queueing/station.rs:7: `crate::Outcome` hides its layer: name it",
            "src/queueing/station.rs:8: queueing must not use cli (ARCHITECTURE.md)",
        ]
    );
    let files = [File::new("src/engine/mod.rs", ""), File::new("src/lib.rs", ""), File::new("src/drawing/mod.rs", "")];
    assert_eq!(
        rooms_without_a_row(&files, &table(SMALL_HOUSE)),
        [
            "src/drawing/ has no row in the table of ARCHITECTURE.md",
            "ARCHITECTURE.md has a row for cli, but there is no src/cli/",
            "ARCHITECTURE.md has a row for queueing, but there is no src/queueing/",
        ]
    );
}

#[test]
fn the_word_rule_bites_in_code_and_strings_but_not_in_comments() {
    let code = "//! Acme uses it.\n/// Acme, too.\nstruct AcmeQueue; // acme\nconst S: &str = \"the price of it\";\nfn unprice() {}\n";
    assert_eq!(
        says_too_much(&File::new("src/queueing/mod.rs", code), &table(SMALL_HOUSE)),
        [
            "src/queueing/mod.rs:3: queueing must not know the word \"acme\"",
            "src/queueing/mod.rs:4: queueing must not know the word \"price\"",
        ]
    );
}

#[test]
fn the_first_line_rule_bites() {
    assert!(purpose_missing(&File::new("src/a.rs", "use b;\n")).is_some());
    assert!(purpose_missing(&File::new("src/a.rs", "//! A\n")).is_some());
    assert!(purpose_missing(&File::new("src/a.rs", "//! A queue with patience.\n")).is_none());
    assert_eq!(left_for_later(&File::new("src/a.rs", &["// TO", "DO: later\n"].concat())).len(), 1);
}
