//! Loading and running of texts, for tests.

use std::sync::Arc;

use archsim::components::Blueprint;
use archsim::experiment::simulation::{Failure, replication};
use archsim::experiment::{Scenario, Trouble};
use archsim::record::Results;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;

/// Reads and compiles a text.
pub fn load(text: &str, options: Options) -> Result<Scenario, Trouble> {
    let files = MemoryFiles::new([("it.toml", text)]);
    Scenario::load(&files, "it.toml", &[], options)
}

/// A scenario that must be one.
pub fn valid(text: &str) -> Scenario {
    match load(text, Options::default()) {
        Ok(scenario) => scenario,
        Err(trouble) => panic!("{trouble}\n{text}"),
    }
}

/// What a run gives, without the count of events, which ways of not scheduling change.
pub fn results(plan: &Arc<Blueprint>, seed: u64) -> Result<Results, Failure> {
    replication(plan, seed, 0).map(|results| Results { events: 0, ..results })
}

/// So many random scenarios, or as many as `ARCHSIM_MANY` says: `.ci/nightly` asks for 10,000.
pub fn many(usual: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "nights try more than every change does")]
    let asked = std::env::var("ARCHSIM_MANY").ok();
    asked.map_or(usual, |number| number.parse().expect("ARCHSIM_MANY is a whole number"))
}
