//! Same input, same bytes: whatever a run may be done differently, its results are equal to the last bit.
//!
//! On random scenarios, on the shipped ones, and on the proofs that are cheap.

#![expect(clippy::disallowed_methods, reason = "these tests walk the folder of scenarios")]

mod support;

use std::sync::Arc;

use archsim::components::Blueprint;
use archsim::engine::calendar::{Calendar, FourHeap, Ladder, StdHeap};
use archsim::experiment::verify::built_in;
use archsim::experiment::{Ask, Failure, Scenario, Simulation};
use archsim::record::Results;
use archsim::report::json;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::DiskFiles;
use archsim::units::Time;
use support::dice::Dice;
use support::draft::Draft;
use support::generator::scenario;
use support::runs::{load, many, results, valid};

/// Proofs that are expected to take fewer events than this are run, too: about a tenth of a second. Nights run all.
const CHEAP: f64 = if cfg!(debug_assertions) { 300_000.0 } else { 3_000_000.0 };

const LIVED: Options = Options { nothing_committed: true, nothing_in_rows: true };
const WALKING: Options = Options { nothing_committed: false, nothing_in_rows: true };

/// Shipped stories, and built-in proofs that are cheap enough, each with its name.
fn stories(options: Options) -> Vec<(String, Scenario)> {
    let (files, paths) = built_in();
    // What cannot be loaded is told by verification.
    let proofs = paths.into_iter().filter_map(|path| {
        // The same ones whatever the options: these change how many events a run takes.
        let usual = Scenario::load(&files, &path, &[], Options::default()).ok()?;
        let limit = CHEAP * many(200) as f64 / 200.0;
        let cheap = usual.ast.duration.is_some() && events_of_one(&usual) < limit;
        let scenario = Scenario::load(&files, &path, &[], options).ok()?;
        cheap.then_some((path, scenario))
    });
    shipped(options).into_iter().chain(proofs).collect()
}

/// Stories that are expected to take more events than this are left to the nights.
const LARGE: f64 = 5e6;

/// The stories in the folder of scenarios, the large ones only at night.
fn shipped(options: Options) -> Vec<(String, Scenario)> {
    let entries = std::fs::read_dir("scenarios").expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("an entry").path().to_string_lossy().into_owned());
    let mut paths: Vec<String> = paths.filter(|path| path.ends_with(".toml")).collect();
    paths.sort();
    let load = |path: String| {
        let read =
            |options| Scenario::load(&DiskFiles, &path, &[], options).unwrap_or_else(|trouble| panic!("{trouble}"));
        // The same ones whatever the options: these change how many events a run takes.
        let large = events_of_one(&read(Options::default())) >= LARGE * many(200) as f64 / 200.0;
        (!large).then(|| (path.clone(), read(options)))
    };
    paths.into_iter().filter_map(load).filter(|(_, it)| it.ast.duration.is_some()).collect()
}

fn events_of_one(scenario: &Scenario) -> f64 {
    scenario.effort().events / f64::from(scenario.replications(None))
}

/// Results without the count of events.
fn quiet(results: Results) -> Results {
    Results { events: 0, ..results }
}

/// Where two results first differ, in words, rather than pages of both.
fn difference(left: &Results, right: &Results) -> String {
    let (left, right) = (format!("{left:#?}"), format!("{right:#?}"));
    let lines: Vec<&str> = left.lines().collect();
    let at = lines.iter().zip(right.lines()).position(|(left, right)| *left != right).unwrap_or(lines.len());
    let named = lines[..at.min(lines.len())].iter().rev().find(|line| line.contains("name:")).copied().unwrap_or("");
    let from = at.saturating_sub(6);
    let other: Vec<&str> = right.lines().skip(from).take(9).collect();
    format!("{named}\n{}\n--- against\n{}", lines[from..(at + 3).min(lines.len())].join("\n"), other.join("\n"))
}

/// Waits of a flow whose requests leave somebody behind (in the background, given up, not needed) are left out: they
/// hold waits of those who are still in a line, as far as these are known, and so depend on how far that is.
fn without_waits_of_the_left_behind(text: &str, results: Result<Results, Failure>) -> Result<Results, Failure> {
    let leaves = ["send", "timeout", "hedge", "need"].iter().any(|word| text.contains(word));
    results.map(|mut run| {
        let windows = run.flows.iter_mut().flat_map(|flow| std::iter::once(&mut flow.whole).chain(&mut flow.phases));
        windows.filter(|_| leaves).for_each(|window| window.wait = archsim::record::Histogram::fine());
        run
    })
}

fn same(left: &Result<Results, Failure>, right: &Result<Results, Failure>, what: &str) {
    match (left, right) {
        (Ok(left), Ok(right)) if left != right => panic!("{what}: {}", difference(left, right)),
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => panic!("{what}: one of them failed"),
        _ => {}
    }
}

/// A run with another calendar.
fn with<C: Calendar>(plan: &Arc<Blueprint>, seed: u64) -> Result<Results, Failure> {
    let mut simulation: Simulation<C> = Simulation::new(plan, seed, 0);
    simulation.run_until(plan.to)?;
    Ok(quiet(simulation.results()))
}

/// A run that is cloned at some moments; both go on, the first in pieces.
fn forked(plan: &Arc<Blueprint>, seed: u64, dice: &mut Dice) -> Result<[Results; 2], Failure> {
    let mut simulation: Simulation = Simulation::new(plan, seed, 0);
    let mut moments: Vec<u64> = (0..4).map(|_| dice.between(1, plan.to.0)).collect();
    moments.sort_unstable();
    simulation.run_until(Time(moments[0]))?;
    let mut copy = simulation.clone();
    for moment in &moments[1..] {
        simulation.run_until(Time(*moment))?;
        // Looking at what has been measured changes nothing.
        drop(simulation.results());
    }
    simulation.run_until(plan.to)?;
    copy.run_until(plan.to)?;
    Ok([quiet(simulation.results()), quiet(copy.results())])
}

#[test]
fn committed_departures_change_no_bit() {
    for seed in 0..many(200) {
        let text = scenario(seed).text();
        let committed = without_waits_of_the_left_behind(&text, results(&valid(&text).plan, seed));
        let lived = results(&load(&text, LIVED).expect("valid").plan, seed);
        let lived = without_waits_of_the_left_behind(&text, lived);
        same(&committed, &lived, &format!("seed {seed}, committed against lived\n{text}"));
    }
    for ((path, committed), (_, lived)) in stories(Options::default()).iter().zip(stories(LIVED)) {
        same(&results(&committed.plan, 1), &results(&lived.plan, 1), path);
    }
}

#[test]
fn travelling_in_rows_changes_no_bit() {
    for seed in 0..many(200) {
        let text = scenario(seed).text();
        let walking = results(&load(&text, WALKING).expect("valid").plan, seed);
        same(&results(&valid(&text).plan, seed), &walking, &format!("seed {seed}, rows against walks\n{text}"));
    }
    for ((path, rows), (_, walking)) in stories(Options::default()).iter().zip(stories(WALKING)) {
        same(&results(&rows.plan, 1), &results(&walking.plan, 1), path);
    }
}

#[test]
fn another_calendar_changes_no_bit() {
    let check = |plan: &Arc<Blueprint>, seed: u64, what: &str| {
        let ladder = with::<Ladder>(plan, seed);
        same(&ladder, &with::<FourHeap>(plan, seed), &format!("heap of four: {what}"));
        same(&ladder, &with::<StdHeap>(plan, seed), &format!("heap of the library: {what}"));
    };
    (0..many(200)).for_each(|seed| check(&valid(&scenario(seed).text()).plan, seed, &format!("seed {seed}")));
    stories(Options::default()).iter().for_each(|(path, it)| check(&it.plan, 1, path));
}

#[test]
fn forked_and_straight_runs_are_equal() {
    let check = |plan: &Arc<Blueprint>, seed: u64, what: &str| {
        let alike = |run| without_waits_of_the_left_behind(what, run);
        let straight = alike(results(plan, seed));
        if straight.as_ref().is_ok_and(|run| run.to < plan.to) {
            // It ended when a line passed its bound.
            return;
        }
        let mut dice = Dice::new(seed + 1_000_000);
        match forked(plan, seed, &mut dice) {
            Ok([pieces, copy]) => {
                same(&straight, &alike(Ok(pieces)), &format!("in pieces: {what}"));
                same(&straight, &alike(Ok(copy)), &format!("forked: {what}"));
            }
            Err(failure) => same(&straight, &Err(failure), what),
        }
    };
    for seed in 0..many(200) {
        let text = scenario(seed).text();
        check(&valid(&text).plan, seed, &format!("seed {seed}\n{text}"));
    }
    stories(Options::default()).iter().for_each(|(path, it)| check(&it.plan, 1, path));
}

#[test]
fn any_number_of_threads_gives_the_same_report() {
    let pools = [1, 2, 8].map(|threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads"));
    let ask = Ask { seed: Some(7), replications: Some(5), ..Ask::default() };
    let report = |scenario: &Scenario| match scenario.ask(ask) {
        Ok(outcome) => json::run(&outcome, &json::Sections::default()),
        Err(trouble) => trouble.to_string(),
    };
    for seed in 0..many(100) {
        let scenario = valid(&scenario(seed).text());
        let [one, two, eight] = [0, 1, 2].map(|pool| pools[pool].install(|| report(&scenario)));
        assert!(one == two && two == eight, "seed {seed}");
    }
}

/// The same lines in another order.
fn shuffled(draft: &Draft, dice: &mut Dice) -> Draft {
    fn shuffle<T>(list: &mut [T], dice: &mut Dice) {
        (1..list.len()).for_each(|at| list.swap(at, dice.below(at as u64 + 1) as usize));
    }
    let mut draft = draft.clone();
    shuffle(&mut draft.head, dice);
    shuffle(&mut draft.tables, dice);
    draft.tables.iter_mut().for_each(|(_, lines)| shuffle(lines, dice));
    draft
}

#[test]
fn the_order_of_a_file_decides_nothing() {
    for seed in 0..many(200) {
        let draft = scenario(seed);
        let other = shuffled(&draft, &mut Dice::new(seed));
        let straight = results(&valid(&draft.text()).plan, seed);
        let turned = results(&valid(&other.text()).plan, seed);
        same(&straight, &turned, &format!("seed {seed}\n{}", draft.text()));
    }
}

/// Results of the parts, flows and calls of a scenario, without those of strangers. A fault is felt by all together: when
/// the first good answer came after it is no number of anybody else.
fn without(strangers: &str, results: Results) -> Results {
    let stranger = |name: &str| name.starts_with(strangers);
    let of_all = |path: &str| ["trouble-", "other-"].iter().any(|fault| path.starts_with(fault));
    Results {
        flows: results.flows.into_iter().filter(|flow| !stranger(&flow.name)).collect(),
        parts: results.parts.into_iter().filter(|part| !stranger(&part.name)).collect(),
        calls: results.calls.into_iter().filter(|call| !stranger(&call.caller)).collect(),
        shown: results.shown.into_iter().filter(|(path, _)| !stranger(path) && !of_all(path)).collect(),
        ..results
    }
}

#[test]
fn strangers_move_no_number_of_anybody_else() {
    for seed in 0..many(200) {
        let draft = scenario(seed);
        let alone = results(&valid(&draft.text()).plan, seed).map(|run| without("nobody", run));
        // First by name, among the others, last.
        let name = ["aa", "dd", "zz"][(seed % 3) as usize];
        let mut beside = draft.clone();
        beside.add("components", &format!("{name}-idle"), "{ model = \"server\", workers = 3, time = \"exp(1ms)\" }");
        beside.add("components", &format!("{name}-part"), "{ model = \"server\", order = \"random\" }");
        beside.add("handlers", &format!("{name}-part"), "{ work = \"exp(2ms)\", fail = 0.1 }");
        let steps = format!("{{ steps = [{{ call = \"{name}-part\", timeout = \"5ms\", retries = 2, else = [] }}] }}");
        beside.add("flows", &format!("{name}-flow"), &steps);
        let traffic = format!("{{ rate = \"400/s\", flow = \"{name}-flow\" }}");
        beside.add("traffic", &format!("{name}-traffic"), &traffic);
        let crowd = results(&valid(&beside.text()).plan, seed).map(|run| without(name, run));
        same(&alone, &crowd, &format!("seed {seed} beside {name}\n{}", draft.text()));
    }
}

/// Eight bytes that depend on every byte of a text (FNV-1a).
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What a run came to, in a line: if the hash of the report moves, the counts beside it say whether the world did.
fn fingerprint(path: &str, scenario: &Scenario) -> String {
    let outcome = scenario.ask(Ask { replications: Some(2), ..Ask::default() }).expect("it ends");
    let flows = || outcome.replications.iter().flat_map(|run| &run.flows);
    let requests: u64 = flows().map(|flow| flow.whole.requests).sum();
    let latency: u128 = flows().map(|flow| flow.whole.latency.sum()).sum();
    let (events, report) = (outcome.events(), hash(&json::run(&outcome, &json::Sections::default())));
    format!("{path}: {events} events, {requests} requests, {latency} ns, report {report:016x}\n")
}

/// The same in debug and release, on this machine and that. Whoever changes a line on purpose says so under "Changed
/// results" in CHANGELOG.md, unless just the report moved, since it says more.
#[test]
fn results_are_those_of_every_other_build() {
    let (files, _) = built_in();
    let mut all = shipped(Options::default());
    for name in PINNED {
        let path = format!("proofs/{name}.toml");
        all.push((path.clone(), Scenario::load(&files, &path, &[], Options::default()).expect("valid")));
    }
    for number in 1..=5 {
        let path = format!("tests/corpus/scenarios/random-{number}.toml");
        all.push((path.clone(), Scenario::load(&DiskFiles, &path, &[], Options::default()).expect("valid")));
    }
    let lines: String = all.iter().map(|(path, scenario)| fingerprint(path, scenario)).collect();
    insta::assert_snapshot!("fingerprints", lines);
}

/// Proofs that are cheap enough for builds without optimisation, of different kinds.
const PINNED: [&str; 7] = [
    "autoscale-step",
    "priority-pr-mg1",
    "published-retries-three",
    "retry-layers",
    "worked-closed",
    "worked-compute",
    "worked-retry",
];

#[test]
fn being_followed_changes_no_bit() {
    let check = |plan: &Arc<Blueprint>, seed: u64, what: &str| {
        let followed = |follow: bool| -> Result<Results, Failure> {
            let mut simulation: Simulation = Simulation::new(plan, seed, 0);
            if follow {
                simulation.follow();
            }
            simulation.run_until(plan.to)?;
            let results = simulation.results();
            assert_eq!(results.timeline.is_some(), follow, "{what}");
            Ok(Results { timeline: None, ..results })
        };
        same(&followed(false), &followed(true), what);
    };
    (0..many(100)).for_each(|seed| check(&valid(&scenario(seed).text()).plan, seed, &format!("seed {seed}")));
    stories(Options::default()).iter().for_each(|(path, it)| check(&it.plan, 1, path));
}
