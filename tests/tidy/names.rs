//! The name of a test is a sentence: it says what holds, so that a failure reads as news.

use proc_macro2::{TokenStream, TokenTree};

use crate::nobody_complains;
use crate::repository::{self, File};
use crate::rust::{self, Word};

/// Words that a sentence has at least.
const WORDS: usize = 3;

/// The functions that stand below `#[test]`.
fn tests(tokens: TokenStream) -> Vec<Word> {
    let (mut found, mut marked, mut after_fn) = (vec![], false, false);
    for token in tokens {
        match &token {
            TokenTree::Group(group) => {
                marked |= group.stream().to_string() == "test";
                found.extend(tests(group.stream()));
            }
            TokenTree::Ident(word) if after_fn && marked => {
                found.push(Word { text: word.to_string(), line: word.span().start().line });
                marked = false;
            }
            _ => {}
        }
        after_fn = matches!(&token, TokenTree::Ident(word) if word == "fn");
    }
    found
}

fn complaints(file: &File) -> Vec<String> {
    let short = tests(rust::tokens(&file.text)).into_iter().filter(|name| name.text.split('_').count() < WORDS);
    short.map(|name| format!("{}:{}: `{}` is no sentence: say what holds", file.path, name.line, name.text)).collect()
}

#[test]
fn every_test_is_called_by_a_sentence() {
    nobody_complains(&repository::files("", ".rs").iter().flat_map(complaints).collect::<Vec<_>>());
}

#[test]
fn the_rule_of_names_bites() {
    let code = "fn helper() {}\n#[test]\nfn works() {}\nmod tests {\n    #[test]\n    fn a_queue_empties() {}\n    #[test]\n    #[ignore = \"x\"]\n    fn test_queue() {}\n}\n";
    assert_eq!(
        complaints(&File::new("a.rs", code)),
        ["a.rs:3: `works` is no sentence: say what holds", "a.rs:9: `test_queue` is no sentence: say what holds"]
    );
}
