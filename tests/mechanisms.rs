//! The table of mechanisms in docs/mechanisms.md: whole, and naming nothing that is not there.

#![expect(clippy::disallowed_methods, reason = "this test reads the files of the repository")]

use std::collections::BTreeSet;
use std::path::Path;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// All Rust below a folder, as one text.
fn rust_of(folder: &Path, text: &mut String) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for path in entries.map(|entry| entry.expect("it can be read").path()) {
        if path.is_dir() {
            rust_of(&path, text);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            text.push_str(&read(&path.to_string_lossy()));
        }
    }
}

/// Rows of the table: mechanism, law, proofs, tests.
fn rows() -> Vec<Vec<String>> {
    let page = read("docs/mechanisms.md");
    let rows = page.lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

fn names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn every_mechanism_has_a_row_and_no_row_is_of_another() {
    let mechanisms = read("models/mechanisms.toml");
    let heads = mechanisms.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']'));
    let described: BTreeSet<String> = heads.map(str::to_owned).collect();
    let shown: BTreeSet<String> = rows().into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(described, shown);
}

#[test]
fn every_proof_and_every_test_that_is_named_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut rust = String::new();
    rust_of(&root.join("src"), &mut rust);
    rust_of(&root.join("tests"), &mut rust);
    for row in rows() {
        assert_eq!(row.len(), 4, "{row:?}");
        for proof in names(&row[2]) {
            let text = read(&format!("scenarios/proofs/{proof}.toml"));
            assert!(text.contains("[[known]]"), "{proof} knows nothing");
        }
        for test in names(&row[3]) {
            assert!(rust.contains(&format!("fn {test}(")), "{}: no test is called {test}", row[0]);
        }
    }
}
