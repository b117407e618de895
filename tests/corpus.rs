//! Odd files are answered, never crashed on: every input that once broke the reader, and those that might.
//!
//! The fuzzer (`fuzz/`) begins with these and adds to them; a file is named by what is odd about it.

#![expect(clippy::disallowed_methods, reason = "this test reads its own corpus")]

use std::fs;
use std::path::Path;

use archsim::experiment::{Scenario, Trouble};
use archsim::scenario::compile::Options;
use archsim::scenario::read::{Reading, read};
use archsim::scenario::sources::MemoryFiles;

/// Every file of the corpus: name and text. Its folders hold nothing else.
fn corpus() -> Vec<(String, String)> {
    let folder = Path::new("tests/corpus/scenarios");
    let entries = folder.read_dir().expect("the corpus is there").map(|entry| entry.expect("an entry").path());
    let text = |path: &Path| fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    let mut all: Vec<_> = entries.map(|path| (name(&path), text(&path))).collect();
    all.sort();
    all
}

/// A file is read alone: what it extends is not there, but itself.
fn reading(name: &str, text: &str) -> Reading {
    read(&MemoryFiles::new([(name, text)]), name, &[])
}

/// What is wrong with how a file was answered.
fn complaints(name: &str, text: &str) -> Vec<String> {
    let answer = reading(name, text);
    let mut found = vec![];
    if answer.scenario.is_some() == answer.diagnostics.failed() {
        found.push(format!("{name}: a scenario, or an error that says why not; never both, never neither"));
    }
    for said in &answer.diagnostics.list {
        if said.says.trim().is_empty() {
            found.push(format!("{name}: an empty message at {:?}", said.at));
        }
        if said.at.is_none() || (said.help.is_none() && said.label.is_empty()) {
            found.push(format!("{name}: {:?} has no place, or nothing that helps", said.says));
        }
        if let Some(at) = said.at
            && answer.sources.text(at.file).get(at.start as usize..at.end as usize).is_none()
        {
            found.push(format!("{name}: {:?} stands nowhere: {at:?}", said.says));
        }
    }
    found
}

#[test]
fn every_file_of_the_corpus_is_answered() {
    let files = corpus();
    assert!(files.len() >= 30, "the corpus is there: {} files", files.len());
    let all: Vec<String> = files.iter().flat_map(|(name, text)| complaints(name, text)).collect();
    assert!(all.is_empty(), "\n{}\n", all.join("\n"));
}

#[test]
fn every_file_of_the_corpus_is_answered_alike_twice() {
    for (name, text) in corpus() {
        let says = |reading: Reading| format!("{:?}", reading.diagnostics);
        assert_eq!(says(reading(&name, &text)), says(reading(&name, &text)), "{name}");
    }
}

#[test]
fn every_file_of_the_corpus_is_answered_wherever_it_is_cut_off() {
    for (name, text) in corpus() {
        let cuts = text.char_indices().map(|(at, _)| at).step_by(text.len() / 40 + 1);
        let all: Vec<String> = cuts.flat_map(|at| complaints(&name, &text[..at])).collect();
        assert!(all.is_empty(), "\n{}\n", all.join("\n"));
    }
}

#[test]
fn every_file_of_the_corpus_compiles_or_says_why_not() {
    for (name, text) in corpus() {
        let files = MemoryFiles::new([(name.as_str(), text)]);
        match Scenario::load(&files, &name, &[], Options::default()) {
            Ok(_) => {}
            Err(Trouble::File(said)) => {
                assert!(said.starts_with("error") || said.contains("\nerror"), "{name}: {said}")
            }
            Err(other) => panic!("{name}: {other}"),
        }
    }
}
