//! Whatever stands in a file: reading it ends, and says something or understands it.

use archsim::scenario::read::{Reading, read};
use archsim::scenario::show;
use archsim::scenario::sources::MemoryFiles;
use proptest::prelude::*;

use crate::cases::SHOP;
use crate::constructs::WHOLE;
use crate::{reading, said, without_places};

/// A file is understood, or something is said about it; what is understood can be shown and understood again.
fn check(reading: &Reading) {
    assert_eq!(reading.scenario.is_none(), reading.diagnostics.failed(), "{}", said(reading));
    said(reading);
    let (Some(tree), Some(scenario)) = (&reading.tree, &reading.scenario) else { return };
    let text = show::text(tree, &reading.sources, true);
    let again = crate::reading(&text);
    let second = again.scenario.as_ref().unwrap_or_else(|| panic!("{}\n{text}", said(&again)));
    assert_eq!(without_places(second), without_places(scenario), "{text}");
}

/// A text with some of its pieces taken out, doubled, or changed for others.
fn mutated(text: &str, changes: &[(usize, usize, u8, String)]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for (at, length, how, other) in changes {
        let start = at % chars.len().max(1);
        let end = (start + length).min(chars.len());
        let piece: Vec<char> = chars[start..end].to_vec();
        let new: Vec<char> = match how % 4 {
            0 => Vec::new(),
            1 => piece.iter().chain(&piece).copied().collect(),
            2 => other.chars().collect(),
            _ => piece.iter().copied().chain(other.chars()).collect(),
        };
        chars.splice(start..end, new);
    }
    chars.into_iter().collect()
}

/// Texts that stand in scenario files, and some that should not.
const PIECES: &[&str] = &[
    "\"",
    "[",
    "]",
    "{",
    "}",
    "=",
    ".",
    ",",
    "\n",
    "false",
    "true",
    "-1",
    "1e999",
    "nan",
    "\"\"",
    "steps = []",
    "[[x]]",
    "[handlers.web]",
    "like = \"web\"",
    "records",
    "\"user.friends\"",
    "limit",
    "run",
    "(",
    "%",
    "é",
    "\u{1F600}",
    "\t",
    "extends = \"shop\"\n",
    "include = { a = \"shop\" }\n",
    "0",
    "99999999999999999999",
    "\"exp(0s)\"",
    "#",
    "'''",
    "\\",
];

fn pieces() -> impl Strategy<Value = String> {
    prop_oneof![proptest::sample::select(PIECES).prop_map(str::to_string), "\\PC{0,6}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_to_its_end(text in "(?s).{0,300}") {
        check(&reading(&text));
    }

    #[test]
    fn any_bytes_are_read_to_their_end(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        check(&reading(&String::from_utf8_lossy(&bytes)));
    }

    #[test]
    fn a_damaged_scenario_is_understood_or_refused(
        whole in any::<bool>(),
        changes in proptest::collection::vec((0usize..9000, 0usize..12, any::<u8>(), pieces()), 1..6),
    ) {
        check(&reading(&mutated(if whole { WHOLE } else { SHOP }, &changes)));
    }

    #[test]
    fn any_setting_is_taken_or_refused(path in "[a-z.\"]{0,20}|web\\.[a-z.]{0,9}|visit\\.rate", value in "\\PC{0,20}") {
        let reading = read(&MemoryFiles::new([("shop.toml", SHOP)]), "shop.toml", &[(path, value)]);
        prop_assert_eq!(reading.scenario.is_none(), reading.diagnostics.failed());
        said(&reading);
    }
}

#[test]
fn monstrous_files_end_soon() {
    let many = |line: &str, count: usize| line.repeat(count);
    let likes: String = (0..20_000).map(|number| format!("k{number} = {{ like = \"k{}\" }}\n", number + 1)).collect();
    let strangers: String = (0..20_000).map(|number| format!("x{number} = {number}\n")).collect();
    let files = [
        many("[", 1_000_000),
        many("a.", 500_000),
        many("\"", 1_000_000),
        many("x = 1\n", 100_000),
        many("= ", 500_000),
        format!("{SHOP}\n[components.a]\nb = {}", many("{ c = ", 100_000)),
        format!("duration = \"1m\"\n[components]\n{likes}"),
        format!("{strangers}{SHOP}"),
        format!("{SHOP}\n[tune]\n{strangers}"),
        format!("duration = \"{}m\"", many("9", 100_000)),
        format!("[flows.x]\nsteps = [{}]", many("\"nobody\", ", 100_000)),
        many("é", 2_000_000),
    ];
    for file in &files {
        let reading = reading(file);
        assert!(reading.diagnostics.failed(), "{}", file.chars().take(40).collect::<String>());
        assert!(said(&reading).len() < 1_000_000);
    }
}
