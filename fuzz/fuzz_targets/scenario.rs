//! Any text at all is answered: with a scenario, or with at least one error that stands somewhere.

#![no_main]

use archsim::scenario::read::read;
use archsim::scenario::sources::MemoryFiles;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let answer = read(&MemoryFiles::new([("fuzz.toml", text)]), "fuzz.toml", &[]);
    assert_eq!(answer.scenario.is_none(), answer.diagnostics.failed());
    for at in answer.diagnostics.list.iter().filter_map(|said| said.at) {
        assert!(answer.sources.text(at.file).get(at.start as usize..at.end as usize).is_some());
    }
});
