//! Scenario files as people write them: what is understood, what is said about mistakes, how files go over one another.

#[path = "reading/cases.rs"]
mod cases;
#[path = "reading/constructs.rs"]
mod constructs;
#[path = "reading/hostile.rs"]
mod hostile;
#[path = "reading/mistakes.rs"]
mod mistakes;
#[path = "reading/schema.rs"]
mod schema;
#[path = "reading/variants.rs"]
mod variants;

use archsim::scenario::ast::Scenario;
use archsim::scenario::read::{Reading, read};
use archsim::scenario::render;
use archsim::scenario::sources::MemoryFiles;

const PATH: &str = "scenarios/shop.toml";

fn reading(text: &str) -> Reading {
    read(&MemoryFiles::new([(PATH, text)]), PATH, &[])
}

fn said(reading: &Reading) -> String {
    render::text(&reading.diagnostics, &reading.sources, false)
}

/// Reads one of several files; what is wrong with it fails the test.
fn good(files: &[(&str, &str)], path: &str, sets: &[(&str, &str)]) -> Scenario {
    let sets: Vec<(String, String)> = sets.iter().map(|(path, value)| (path.to_string(), value.to_string())).collect();
    let reading = read(&MemoryFiles::new(files.iter().copied()), path, &sets);
    assert!(!reading.diagnostics.failed(), "{}", said(&reading));
    reading.scenario.expect("no error, hence a scenario")
}

fn snapshot(name: &str, text: String) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("errors");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// A scenario without its places: what two readings of the same thing have in common.
fn without_places(scenario: &Scenario) -> String {
    let text = format!("{scenario:?}");
    let mut pieces = text.split("At { file: ");
    let first = pieces.next().unwrap_or("").to_string();
    pieces.fold(first, |text, piece| text + piece.split_once('}').map_or("", |(_, rest)| rest))
}
