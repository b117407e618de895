//! Crates from outside: who may name them. The second table of `ARCHITECTURE.md` is the rule.

use std::collections::BTreeMap;

use toml::Table;

use crate::layers::{layer_of, rows, words};
use crate::repository::{self, File};
use crate::{nobody_complains, rust};

/// The head of the table, as it stands on the page.
const HEAD: &str = "| crate | only in | for |";

fn table(page: &str) -> BTreeMap<String, Vec<String>> {
    rows(page, HEAD).iter().map(|row| (row[0].trim_matches('`').to_owned(), words(row[1]))).collect()
}

/// Crates that the product is built from; those of tests are free.
fn dependencies(manifest: &str) -> Vec<String> {
    let manifest: Table = manifest.parse().expect("Cargo.toml parses");
    let section = manifest.get("dependencies").and_then(toml::Value::as_table);
    section.map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

fn rows_and_dependencies_differ(dependencies: &[String], rules: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let unexplained = dependencies.iter().filter(|name| !rules.contains_key(*name));
    let gone = rules.keys().filter(|name| !dependencies.contains(name));
    unexplained
        .map(|name| format!("Cargo.toml: {name} has no row in the table of crates in ARCHITECTURE.md"))
        .chain(
            gone.map(|name| format!("ARCHITECTURE.md has a row for the crate {name}, which Cargo.toml does not have")),
        )
        .collect()
}

fn named_elsewhere(file: &File, rules: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let Some(layer) = layer_of(&file.path) else { return vec![] };
    let heads = rust::path_heads(rust::without_tests(rust::tokens(&file.text)));
    let complaint = |word: &rust::Word| {
        let (name, allowed) = rules.iter().find(|(name, _)| name.replace('-', "_") == word.text)?;
        let says = format!("{}:{}: {name} is named only in {}", file.path, word.line, allowed.join(", "));
        (!allowed.iter().any(|room| room == layer)).then_some(says)
    };
    heads.iter().filter_map(complaint).collect()
}

#[test]
fn each_dependency_has_a_row_that_says_what_it_is_for() {
    let rules = table(&repository::page("ARCHITECTURE.md"));
    nobody_complains(&rows_and_dependencies_differ(&dependencies(&repository::page("Cargo.toml")), &rules));
}

#[test]
fn a_crate_from_outside_is_named_only_in_its_layers() {
    let rules = table(&repository::page("ARCHITECTURE.md"));
    let files = repository::files("src", ".rs");
    nobody_complains(&files.iter().flat_map(|file| named_elsewhere(file, &rules)).collect::<Vec<_>>());
}

#[test]
fn the_rule_of_outside_crates_bites() {
    let rules =
        table("| crate | only in | for |\n|---|---|---|\n| `big-maths` | units | logarithms |\n| old | cli | - |\n");
    let code = "//! A queue.\nuse big_maths::log;\nfn f() { crate::units::big_maths::x(); }\n#[cfg(test)]\nmod tests { use big_maths::exp; }\n";
    assert_eq!(
        named_elsewhere(&File::new("src/queueing/a.rs", code), &rules),
        ["src/queueing/a.rs:2: big-maths is named only in units"]
    );
    assert_eq!(named_elsewhere(&File::new("src/units/a.rs", code), &rules), [""; 0]);
    let manifest = "[dependencies]\nbig-maths = \"1\"\nnew = \"1\"\n[dev-dependencies]\nfree = \"1\"\n";
    assert_eq!(
        rows_and_dependencies_differ(&dependencies(manifest), &rules),
        [
            "Cargo.toml: new has no row in the table of crates in ARCHITECTURE.md",
            "ARCHITECTURE.md has a row for the crate old, which Cargo.toml does not have",
        ]
    );
}
