//! Stores by key in whole scenarios: caches, keys, partitions.

mod caches;
mod keys;
mod partitions;

use archsim::Scenario;
use archsim::experiment::verify;
use archsim::outcome::Outcome;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;

/// All known numbers of these built-in proofs come out.
fn comes_out(ids: &[&str]) {
    let (files, mut paths) = verify::built_in();
    paths.retain(|path| ids.contains(&verify::id_of(path).as_str()));
    assert_eq!(paths.len(), ids.len(), "each is there: {ids:?}");
    for case in verify::verify(&files, &paths, Some(1), |_| ()) {
        let rows = case.rows.unwrap_or_else(|trouble| panic!("{}: {trouble}", case.id));
        rows.iter().for_each(|row| assert!(row.pass, "{}: {}: {}", case.id, row.name, row.why));
    }
}

fn load(text: &str, trace: &str) -> Result<Scenario, String> {
    let files = MemoryFiles::new([("case.toml", text), ("looks.csv", trace)]);
    Scenario::load(&files, "case.toml", &[], Options::default()).map_err(|trouble| trouble.to_string())
}

fn read(outcome: &Outcome, path: &str) -> f64 {
    outcome.value(path).unwrap_or_else(|| panic!("{path} is measured"))
}

/// Runs a scenario with a trace beside it.
fn run(text: &str, trace: &str) -> Outcome {
    load(text, trace).unwrap_or_else(|said| panic!("{said}")).run(1).expect("runs")
}

/// What is said of a scenario that cannot be run.
fn refused(text: &str) -> String {
    load(text, "time,flow,key\n").expect_err("this is refused")
}
