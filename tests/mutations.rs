//! Files changed at random are answered: a fuzzer that needs no tools and tries the same files everywhere.
//!
//! It begins with the corpus, the shipped scenarios, designs of every kind and random scenarios, and knows the words of all
//! of them. `ARCHSIM_MUTATIONS=2000000 cargo test --release --test mutations` tries more, as `.ci/nightly` does; what was
//! being tried when it breaks is then left in `fuzz/artifacts/`, and belongs into `tests/corpus/scenarios/`.

#![expect(clippy::disallowed_methods, reason = "reads folders of tests, and leaves behind what broke")]

mod support {
    pub mod answer;
    pub mod dice;
    pub mod draft;
    pub mod generator;
    pub mod parts;
    pub mod steps;
    pub mod traffic;
}

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use support::answer::answer;
use support::dice::Dice;
use support::generator::scenario;

/// A run that takes more events is not tried.
const CHEAP: f64 = 5_000.0;
/// Longer files are odd by their length, which the corpus looks at.
const LONGEST: usize = 8_192;
/// Numbers and quantities at which something might break.
const EDGES: [&str; 24] = [
    "0",
    "-1",
    "1",
    "0.5",
    "4294967295",
    "18446744073709551616",
    "1e300",
    "1e-300",
    "nan",
    "inf",
    "\"0s\"",
    "\"1ns\"",
    "\"584y\"",
    "\"0/s\"",
    "\"1e12/s\"",
    "\"exp(0s)\"",
    "\"exp(1h)\"",
    "\"-1ms\"",
    "\"150%\"",
    "\"\"",
    "true",
    "[]",
    "{}",
    "\"geometric(1e9)\"",
];

/// What is changed, and what it is changed with.
struct Material {
    texts: Vec<String>,
    /// Words, strings, numbers and brackets of all texts.
    tokens: Vec<String>,
}

fn material() -> Material {
    let folders = ["tests/corpus/scenarios", "tests/designs", "scenarios", "tests/reading"];
    let mut paths: Vec<_> = folders
        .iter()
        .flat_map(|folder| Path::new(folder).read_dir().expect("the folder is there"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    paths.sort();
    let mut texts: Vec<String> = paths.iter().map(|path| fs::read_to_string(path).expect("it is text")).collect();
    let small = (0..400).map(|seed| scenario(seed).text()).filter(|text| text.len() < 1_500);
    texts.extend(small);
    texts.retain(|text| text.len() <= LONGEST);
    let tokens: BTreeSet<String> =
        texts.iter().flat_map(|text| spans(text).map(|(from, to)| text[from..to].to_owned())).collect();
    Material { texts, tokens: tokens.into_iter().filter(|token| token.len() < 60).collect() }
}

/// Where the tokens of a text lie: strings, words with their points and dashes, single signs.
fn spans(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let wordy = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '%');
    let mut at = 0;
    std::iter::from_fn(move || {
        at += text[at..].find(|c: char| c != ' ' && c != '\n')?;
        let rest = &text[at..];
        let first = rest.chars().next()?;
        let length = match first {
            '"' => rest[1..].find(['"', '\n']).map_or(rest.len(), |end| end + 2).min(rest.len()),
            first if wordy(first) => rest.find(|c: char| !wordy(c)).unwrap_or(rest.len()),
            first => first.len_utf8(),
        };
        let from = at;
        at += (length..=rest.len()).find(|end| rest.is_char_boundary(*end)).unwrap_or(rest.len());
        Some((from, at))
    })
}

impl Material {
    /// The text of a number: one of the texts, changed once or a few times.
    fn text(&self, number: u64) -> String {
        let mut dice = Dice::new(number);
        let mut text = self.texts[dice.below(self.texts.len() as u64) as usize].clone();
        for _ in 0..dice.one_of(&[1, 1, 1, 2, 2, 3, 6]) {
            text = self.changed(&text, &mut dice);
        }
        text.truncate((0..=LONGEST.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0));
        text
    }

    fn changed(&self, text: &str, dice: &mut Dice) -> String {
        let of = |list: &[String], dice: &mut Dice| list[dice.below(list.len() as u64) as usize].clone();
        let lines: Vec<&str> = text.lines().collect();
        let all: Vec<(usize, usize)> = spans(text).collect();
        let (Some(a), Some(b)) = (pick(lines.len(), dice), pick(lines.len(), dice)) else {
            return of(&self.tokens, dice);
        };
        let (from, to) = pick(all.len(), dice).map_or((0, 0), |place| all[place]);
        let put = |new: &str| format!("{}{new}{}", &text[..from], &text[to..]);
        match dice.below(13) {
            0 => put(""),
            1 => put(&format!("{0} {0}", &text[from..to])),
            2 => put(&of(&self.tokens, dice)),
            3..=6 => put(&self.alike(&text[from..to], dice)),
            7 => put(dice.one_of(&EDGES)),
            8 => {
                let signs = "\"'[]{}(),=.#\n\t \\-+%x\u{e9}\u{1f980}\0";
                put(&signs.chars().nth(dice.below(signs.chars().count() as u64) as usize).unwrap_or(' ').to_string())
            }
            // Lines: gone, twice, elsewhere, from another file.
            9 => with(&lines, |list| list[a] = ""),
            10 => with(&lines, |list| list.insert(b, lines[a])),
            11 => with(&lines, |list| list.swap(a, b)),
            _ => {
                let other = of(&self.texts, dice);
                let strange: Vec<&str> = other.lines().collect();
                let line = pick(strange.len(), dice).map_or("", |place| strange[place]);
                with(&lines, |list| list.insert(a, line))
            }
        }
    }

    /// A token of the same kind: a time for a time, a number for a number, a word for a word.
    fn alike(&self, token: &str, dice: &mut Dice) -> String {
        let kind = |token: &str| {
            let inside = token.trim_matches('"');
            let unit = inside.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
            let number = unit.len() < inside.len();
            (token.starts_with('"'), number, if number { unit.to_owned() } else { inside.chars().take(1).collect() })
        };
        let wanted = kind(token);
        let alike: Vec<&String> = self.tokens.iter().filter(|other| kind(other) == wanted).collect();
        pick(alike.len(), dice).map_or_else(String::new, |place| alike[place].clone())
    }
}

fn pick(of: usize, dice: &mut Dice) -> Option<usize> {
    (of > 0).then(|| dice.below(of as u64) as usize)
}

fn with<'t>(lines: &[&'t str], change: impl FnOnce(&mut Vec<&'t str>)) -> String {
    let mut lines = lines.to_vec();
    change(&mut lines);
    lines.join("\n") + "\n"
}

/// What a panic says, its numbers left out: what broke at one place breaks once.
fn complaint(panic: &(dyn std::any::Any + Send)) -> String {
    let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    said.unwrap_or("a panic").chars().filter(|c| !c.is_ascii_digit()).take(80).collect()
}

#[test]
fn files_changed_at_random_are_answered() {
    let asked = std::env::var("ARCHSIM_MUTATIONS").ok().map(|many| many.parse().expect("a whole number"));
    let material = material();
    let fates = [0, 1, 2].map(AtomicU64::new);
    let broken = Mutex::new(BTreeMap::<String, String>::new());
    (0..asked.unwrap_or(2_000u64)).into_par_iter().for_each(|number| {
        let text = material.text(number);
        let left = format!("fuzz/artifacts/mutation-{}.toml", rayon::current_thread_index().unwrap_or(0));
        if asked.is_some() {
            fs::create_dir_all("fuzz/artifacts").and_then(|()| fs::write(&left, &text)).expect("writable");
        }
        match std::panic::catch_unwind(|| answer("it.toml", &text, CHEAP)) {
            Ok(fate) => drop(fates[fate as usize].fetch_add(1, Ordering::Relaxed)),
            Err(panic) => {
                let mut broken = broken.lock().expect("nobody else panics");
                let shortest = broken.entry(complaint(panic.as_ref())).or_insert_with(|| text.clone());
                if text.len() < shortest.len() {
                    *shortest = text;
                }
            }
        }
        if asked.is_some() {
            fs::remove_file(&left).expect("it was written");
        }
    });
    let [refused, dear, ran] = fates.map(AtomicU64::into_inner);
    let broken = broken.into_inner().expect("nobody panics");
    println!("mutations: {refused} refused, {dear} dear, {ran} ran, {} kinds broke", broken.len());
    let all: Vec<String> = broken.iter().map(|(said, text)| format!("=== {said}\n{text}")).collect();
    assert!(all.is_empty(), "{}", all.join("\n"));
    // Most are refused, but a fuzzer of nothing else would not know what runs.
    assert!(refused > 0 && ran * 10 > refused, "{refused} refused, {ran} ran");
}
