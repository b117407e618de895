//! Any text at all is answered: with a scenario that can be run, or with at least one error that stands somewhere.

#![no_main]

#[path = "../../tests/support/answer.rs"]
mod answer;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = answer::answer("fuzz.toml", text, 5_000.0);
});
