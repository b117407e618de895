//! The ratchet: what is too long stands in `debts.toml` with its size and a reason; it may not grow, and leaves the
//! list when it has shrunk.

use serde::Deserialize;

use crate::repository::{self, File};
use crate::{nobody_complains, rust};

/// Lines of a file beyond which a second idea has moved in.
const FILE: usize = 500;
/// Lines of a function beyond which nobody sees it whole.
const FUNCTION: usize = 70;

/// The list.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Debts {
    #[serde(default)]
    file: Vec<Debt>,
    #[serde(default)]
    function: Vec<Debt>,
}

/// What is owed: a file, or a function of one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Debt {
    path: String,
    name: Option<String>,
    lines: usize,
    reason: String,
}

/// Something that has a size.
struct Sized {
    path: String,
    name: Option<String>,
    lines: usize,
}

impl Sized {
    fn is(&self, debt: &Debt) -> bool {
        self.path == debt.path && self.name == debt.name
    }

    fn place(&self) -> String {
        self.name.iter().fold(self.path.clone(), |path, name| format!("{path}: fn {name}"))
    }
}

fn file_sizes(files: &[File]) -> Vec<Sized> {
    files.iter().map(|f| Sized { path: f.path.clone(), name: None, lines: f.text.lines().count() }).collect()
}

fn function_sizes(files: &[File]) -> Vec<Sized> {
    let of = |file: &File| {
        let found = rust::functions(rust::tokens(&file.text)).into_iter();
        let path = file.path.clone();
        found.map(move |(name, lines)| Sized { path: path.clone(), name: Some(name.text), lines })
    };
    files.iter().flat_map(of).collect()
}

fn complaints(sizes: &[Sized], limit: usize, debts: &[Debt]) -> Vec<String> {
    let too_long = |sized: &Sized| {
        let place = sized.place();
        match debts.iter().find(|debt| sized.is(debt)) {
            None if sized.lines > limit => {
                Some(format!("{place}: {} lines; split it by idea (limit {limit})", sized.lines))
            }
            Some(debt) if sized.lines > debt.lines.max(limit) => {
                Some(format!("{place}: grew from {} to {} lines; a debt may only shrink", debt.lines, sized.lines))
            }
            _ => None,
        }
    };
    let paid = |debt: &Debt| {
        let longest = sizes.iter().filter(|sized| sized.is(debt)).map(|sized| sized.lines).max().unwrap_or(0);
        match longest {
            0 => Some(format!("debts.toml: {} is gone; take it off the list", debt.path)),
            lines if lines <= limit => Some(format!("debts.toml: {} has {lines} lines now; take it off", debt.path)),
            lines if lines + limit / 10 < debt.lines => {
                Some(format!("debts.toml: {}: write lines = {lines}", debt.path))
            }
            _ if debt.reason.len() < 20 => Some(format!("debts.toml: {}: say why, and what would end it", debt.path)),
            _ => None,
        }
    };
    sizes.iter().filter_map(too_long).chain(debts.iter().filter_map(paid)).collect()
}

#[test]
fn nothing_is_too_long_but_what_is_owed() {
    let debts: Debts = toml::from_str(&repository::page("tests/tidy/debts.toml")).expect("debts.toml is well formed");
    let files = repository::files("", ".rs");
    let mut all = complaints(&file_sizes(&files), FILE, &debts.file);
    all.extend(complaints(&function_sizes(&files), FUNCTION, &debts.function));
    nobody_complains(&all);
}

#[test]
fn the_ratchet_bites() {
    let file = |path: &str, lines: usize| File::new(path, &"x\n".repeat(lines));
    let owed =
        |path: &str, lines| Debt { path: path.into(), name: None, lines, reason: "the grammar is one idea".into() };
    let files =
        [file("new.rs", 501), file("grew.rs", 601), file("same.rs", 600), file("paid.rs", 500), file("less.rs", 520)];
    let debts =
        [owed("grew.rs", 600), owed("same.rs", 600), owed("paid.rs", 600), owed("less.rs", 600), owed("gone.rs", 600)];
    assert_eq!(
        complaints(&file_sizes(&files), FILE, &debts),
        [
            "new.rs: 501 lines; split it by idea (limit 500)",
            "grew.rs: grew from 600 to 601 lines; a debt may only shrink",
            "debts.toml: paid.rs has 500 lines now; take it off",
            "debts.toml: less.rs: write lines = 520",
            "debts.toml: gone.rs is gone; take it off the list",
        ]
    );
}

#[test]
fn a_long_function_is_found_wherever_it_hides() {
    let long = format!("fn long() {{\n{}}}", "x();\n".repeat(69));
    let code =
        format!("trait T {{ fn none(&self); }}\nimpl A {{ {long} }}\nfn short() {{ {long} }}\ntype F = fn(u8);\n");
    let sizes = function_sizes(&[File::new("a.rs", &code)]);
    let named: Vec<(String, usize)> = sizes.iter().map(|s| (s.place(), s.lines)).collect();
    assert_eq!(named[0], ("a.rs: fn long".to_owned(), 71));
    assert_eq!(complaints(&sizes, FUNCTION, &[]).len(), 3, "long twice, and short, which holds it: {named:?}");
}
