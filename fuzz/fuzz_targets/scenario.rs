//! Any text at all is answered: with a scenario that could be run, or with at least one error that stands somewhere.

#![no_main]

use archsim::experiment::{Scenario, Trouble};
use archsim::scenario::compile::Options;
use archsim::scenario::read::read;
use archsim::scenario::sources::MemoryFiles;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let files = MemoryFiles::new([("fuzz.toml", text)]);
    let answer = read(&files, "fuzz.toml", &[]);
    assert_eq!(answer.scenario.is_none(), answer.diagnostics.failed());
    for at in answer.diagnostics.list.iter().filter_map(|said| said.at) {
        assert!(answer.sources.text(at.file).get(at.start as usize..at.end as usize).is_some());
    }
    if let Err(trouble) = Scenario::load(&files, "fuzz.toml", &[], Options::default()) {
        assert!(matches!(trouble, Trouble::File(_)), "{trouble}");
    }
});
