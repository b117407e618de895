//! No strays: what lies in a folder of data is reached by a test or by an index.
//!
//! A file is reached if Rust code names it, or names its folder (`"scenarios"`: a test that walks it) or a pattern
//! (`"tests/golden/*.toml"`). A page is reached if links lead to it from `README.md`.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};

use crate::pages::{links, resolve};
use crate::repository::{self, File};
use crate::{nobody_complains, rust};

/// Folders of data that code reaches.
const DATA: [&str; 5] = ["models", "scenarios", "pricing", "tests/golden", "tests/corpus"];

/// The texts of all strings of code.
fn strings(tokens: TokenStream, found: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => strings(group.stream(), found),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if let (Some(from), Some(to)) = (text.find('"'), text.rfind('"'))
                    && from < to
                {
                    found.insert(text[from + 1..to].to_owned());
                }
            }
            _ => {}
        }
    }
}

/// Does a text of code name this path? `../../models/a.toml` does, from wherever it is included.
fn names(text: &str, path: &str) -> bool {
    let text = text.trim_start_matches("../").trim_start_matches('/').trim_start_matches("./").trim_end_matches('/');
    let below = path.strip_prefix(text).is_some_and(|rest| rest.starts_with('/'));
    match text.split_once('*') {
        Some((before, after)) => path.starts_with(before) && path.ends_with(after.trim_start_matches(['*', '/'])),
        None => text == path || (below && !text.is_empty()),
    }
}

fn unreached(paths: &[String], code: &[File]) -> Vec<String> {
    let mut texts = BTreeSet::new();
    code.iter().for_each(|file| strings(rust::tokens(&file.text), &mut texts));
    let strays = paths.iter().filter(|path| !texts.iter().any(|text| names(text, path)));
    strays.map(|path| format!("{path} is reached by no test and no index")).collect()
}

/// The pages and pictures of `docs/` that no chain of links from README.md leads to.
fn unlinked(docs: &[String], pages: &[File]) -> Vec<String> {
    let (mut reached, mut next) = (BTreeSet::new(), vec!["README.md".to_owned()]);
    while let Some(path) = next.pop() {
        if !reached.insert(path.clone()) {
            continue;
        }
        if let Some(page) = pages.iter().find(|page| page.path == path) {
            let targets = links(&page.text).into_iter().map(|(_, target)| target);
            next.extend(targets.map(|t| resolve(page.folder(), t.split('#').next().unwrap_or(""))));
        }
    }
    let strays = docs.iter().filter(|path| !reached.contains(*path));
    strays.map(|path| format!("{path}: no chain of links from README.md leads here")).collect()
}

#[test]
fn no_file_of_data_is_a_stray() {
    let mut code = repository::files("src", ".rs");
    code.extend(repository::files("tests", ".rs"));
    code.retain(|file| !file.path.starts_with("tests/tidy/"));
    let paths: Vec<String> = DATA.iter().flat_map(|folder| repository::paths(folder)).collect();
    let read_by_people = |path: &String| path.ends_with("README.md");
    nobody_complains(&unreached(&paths.into_iter().filter(|p| !read_by_people(p)).collect::<Vec<_>>(), &code));
}

#[test]
fn every_page_of_the_docs_is_linked_from_the_readme() {
    nobody_complains(&unlinked(&repository::paths("docs"), &repository::files("", ".md")));
}

#[test]
fn the_stray_rule_bites() {
    let code = File::new(
        "src/a.rs",
        "const A: &str = include_str!(\"../../models/a.toml\"); // \"models/b.toml\"\nfn f() { walk(\"scenarios\"); each(\"tests/golden/*.md\"); }",
    );
    let paths = ["models/a.toml", "models/b.toml", "scenarios/x/y.toml", "tests/golden/a.md", "tests/golden/a.txt"];
    assert_eq!(
        unreached(&paths.map(str::to_owned), &[code]),
        ["models/b.toml is reached by no test and no index", "tests/golden/a.txt is reached by no test and no index",]
    );
    let pages =
        [File::new("README.md", "[a](docs/a.md)"), File::new("docs/a.md", "[p](p.svg)"), File::new("docs/b.md", "")];
    assert_eq!(
        unlinked(&["docs/a.md", "docs/b.md", "docs/p.svg"].map(str::to_owned), &pages),
        ["docs/b.md: no chain of links from README.md leads here"]
    );
}
