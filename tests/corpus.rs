//! Odd and hostile files are answered, never crashed on: every input that once broke something, and those that might.
//!
//! A file is named by what is odd about it. The fuzzers (`fuzz/`, `tests/mutations.rs`) begin with these and add to them.

#![expect(clippy::disallowed_methods, reason = "this test reads its own corpus")]

#[path = "support/answer.rs"]
mod answer;

use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use answer::{Fate, answer};
use archsim::scenario::read::{Reading, read};
use archsim::scenario::sources::MemoryFiles;

/// Events that a run may be expected to take to be tried.
const CHEAP: f64 = 200_000.0;
/// Far more than any of them takes: what is not over by then hangs.
const LONGEST: Duration = Duration::from_secs(60);

/// Every file of the corpus: name and text. Its folder holds nothing else.
fn corpus() -> Vec<(String, String)> {
    let folder = Path::new("tests/corpus/scenarios");
    let entries = folder.read_dir().expect("the corpus is there").map(|entry| entry.expect("an entry").path());
    let text = |path: &Path| fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    let mut all: Vec<_> = entries.map(|path| (name(&path), text(&path))).collect();
    all.sort();
    all
}

/// The fate of a file, if there is one before the watchdog barks. A panic or an overflow of the stack ends the test by itself.
fn watched(name: &str, text: &str) -> Fate {
    let (tell, told) = mpsc::channel();
    let (of, text) = (name.to_owned(), text.to_owned());
    let worker = thread::spawn(move || tell.send(answer(&of, &text, CHEAP)));
    match told.recv_timeout(LONGEST) {
        Ok(fate) => fate,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("{name} hangs"),
        Err(mpsc::RecvTimeoutError::Disconnected) => match worker.join() {
            Err(panic) => std::panic::resume_unwind(panic),
            Ok(_) => panic!("{name}: nothing was told"),
        },
    }
}

#[test]
fn every_file_of_the_corpus_is_answered_in_time() {
    let files = corpus();
    assert!(files.len() >= 130, "the corpus is there: {} files", files.len());
    let fates: Vec<Fate> = files.iter().map(|(name, text)| watched(name, text)).collect();
    let many = |fate: Fate| fates.iter().filter(|other| **other == fate).count();
    // Each kind of answer is among them, so none of the three is checked in vain.
    let [refused, dear, ran] = [Fate::Refused, Fate::Dear, Fate::Ran].map(many);
    assert!(refused > 40 && dear > 5 && ran > 20, "{refused} refused, {dear} dear, {ran} ran");
}

#[test]
fn every_file_of_the_corpus_is_answered_alike_twice() {
    for (name, text) in corpus() {
        let reading = || read(&MemoryFiles::new([(name.as_str(), text.as_str())]), &name, &[]);
        let says = |reading: Reading| format!("{:?}", reading.diagnostics);
        assert_eq!(says(reading()), says(reading()), "{name}");
    }
}

#[test]
fn every_file_of_the_corpus_is_answered_wherever_it_is_cut_off() {
    for (name, text) in corpus() {
        let cuts = text.char_indices().map(|(at, _)| at).step_by(text.len() / 40 + 1);
        for at in cuts {
            answer(&format!("{name}, cut off at {at}"), &text[..at], CHEAP / 100.0);
        }
    }
}
