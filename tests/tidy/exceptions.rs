//! Exceptions from lints are `#[expect(..., reason = "...")]`: they say why, and fail when they are no longer needed.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use toml::{Table, Value};

use crate::nobody_complains;
use crate::repository::{self, File};
use crate::rust;

/// Every attribute of some code: its text without spaces, and its line.
fn attributes(tokens: TokenStream, found: &mut Vec<(String, usize)>) {
    let mut after_hash = false;
    for token in tokens {
        if let TokenTree::Group(group) = &token {
            if after_hash && group.delimiter() == Delimiter::Bracket {
                let line = group.span().start().line;
                found.push((group.stream().to_string().replace([' ', '\n'], ""), line));
            }
            attributes(group.stream(), found);
        }
        let sign = |c| matches!(&token, TokenTree::Punct(p) if p.as_char() == c);
        after_hash = sign('#') || (after_hash && sign('!'));
    }
}

fn complaints(file: &File) -> Vec<String> {
    let mut found = vec![];
    attributes(rust::tokens(&file.text), &mut found);
    let wrong = |text: &str| match text {
        t if t.starts_with("allow(") => Some("`allow` stays when it is no longer needed; `expect` with a reason"),
        t if t.starts_with("expect(") && !t.contains("reason=") => Some("say why: `reason = \"...\"`"),
        t if t.starts_with("ignore") && !t.contains('=') => Some("say when it runs: `#[ignore = \"...\"]`"),
        _ => None,
    };
    let wrong = found.iter().filter_map(|(text, line)| wrong(text).map(|says| (line, says)));
    wrong.map(|(line, says)| format!("{}:{line}: {says}", file.path)).collect()
}

/// Every entry of the ban list names the cure.
fn cures_missing(list: &str) -> Vec<String> {
    let list: Table = list.parse().expect("clippy.toml parses");
    let entries = list.values().filter_map(Value::as_array).flatten();
    let field = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    let curt = entries.filter(|entry| field(entry, "reason").len() < 20);
    curt.map(|entry| format!("clippy.toml: {}: say why, and what to use instead", field(entry, "path"))).collect()
}

#[test]
fn every_exception_has_a_reason_and_fails_when_it_is_over() {
    nobody_complains(&repository::files("", ".rs").iter().flat_map(complaints).collect::<Vec<_>>());
}

#[test]
fn the_ban_list_names_every_cure() {
    nobody_complains(&cures_missing(&repository::page("clippy.toml")));
}

#[test]
fn the_ban_list_covers_what_differs_between_platforms_and_runs() {
    let list = repository::page("clippy.toml");
    let bans = ["f64::ln", "f64::exp", "f64::powf", "f64::powi", "f64::sin", "f64::cos", "f64::tan", "f32::ln"];
    let others = ["std::collections::HashMap", "std::time::Instant::now", "std::env::var", "std::fs::read_to_string"];
    let missing = bans.iter().chain(&others).filter(|path| !list.contains(&format!("path = \"{path}\"")));
    nobody_complains(&missing.map(|path| format!("clippy.toml no longer bans {path}")).collect::<Vec<_>>());
}

#[test]
fn the_rule_of_exceptions_bites() {
    let code = "//! A.\n#![expect(lint, reason = \"so\")]\n#[allow(dead_code)]\nfn f() {\n    #[expect(lint)]\n    let _x = 1;\n}\n#[ignore]\nfn g() {}\n#[ignore = \"nightly\"]\nfn h() {}\n// #[allow(x)]\n";
    let said = complaints(&File::new("a.rs", code));
    assert_eq!(said.iter().map(|s| &s[..7]).collect::<Vec<_>>(), ["a.rs:3:", "a.rs:5:", "a.rs:8:"]);
    assert_eq!(cures_missing("x = [{ path = \"a\", reason = \"no\" }, { path = \"b\" }]").len(), 2);
}
