//! How often the 95 % intervals of steady scenarios hold the truth: `coverage [SEEDS] [REQUESTS] [NAME]`.
//!
//! Eight systems with known answers, read from text, compiled and run as any scenario is. For each the mean and the 99th
//! percentile, in runs of a fixed length and in runs that stop by themselves; then runs of 20 relaxation times, which must
//! all be refused. The numbers of `docs/intervals.md` are from here; `.ci/nightly` runs 1,000 seeds.

use archsim::experiment::{Ask, Scenario};
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;
use rayon::prelude::*;

/// A system, and what is known of it in seconds.
struct System {
    name: &'static str,
    text: &'static str,
    /// Requests a second.
    rate: f64,
    /// Paths of what is asked, and its true mean and 99th percentile.
    of: &'static str,
    mean: f64,
    p99: f64,
    /// Relaxation time in requests, where a closed form knows it.
    relaxation: Option<f64>,
}

/// The 99th percentiles of the last two are from four runs of 100 million requests each (errors 0.0003 and 0.014).
const SYSTEMS: [System; 8] = [
    System {
        name: "M/M/1 at 0.5",
        text: "traffic.ask.rate = \"50/s\"\ncomponents.desk.model = \"server\"\n\
               flows.ask.steps = [{ call = \"desk\", work = \"exp(10ms)\" }]",
        rate: 50.0,
        of: "ask",
        mean: 0.02,
        p99: 0.0921034037,
        relaxation: Some(5.83),
    },
    System {
        name: "M/M/1 at 0.9",
        text: "traffic.ask.rate = \"90/s\"\ncomponents.desk.model = \"server\"\n\
               flows.ask.steps = [{ call = \"desk\", work = \"exp(10ms)\" }]",
        rate: 90.0,
        of: "ask",
        mean: 0.1,
        p99: 0.460517019,
        relaxation: Some(342.0),
    },
    System {
        name: "M/M/10 at 0.9",
        text: "traffic.ask.rate = \"9/s\"\ncomponents.desk = { model = \"server\", workers = 10 }\n\
               flows.ask.steps = [{ call = \"desk\", work = \"exp(1s)\" }]",
        rate: 9.0,
        of: "ask",
        mean: 1.668731524,
        p99: 6.2498767,
        relaxation: Some(342.0),
    },
    System {
        name: "M/D/1 at 0.8",
        text: "traffic.ask.rate = \"80/s\"\ncomponents.desk.model = \"server\"\n\
               flows.ask.steps = [{ call = \"desk\", work = \"10ms\" }]",
        rate: 80.0,
        of: "desk.wait",
        mean: 0.02,
        p99: 0.10355886792,
        relaxation: None,
    },
    System {
        name: "M/G/1, scv 4",
        text: "traffic.ask.rate = \"60/s\"\ncomponents.desk.model = \"server\"\n\
               flows.ask.steps = [{ call = \"desk\", work = \"lognormal(10ms, cv=2)\" }]",
        rate: 60.0,
        of: "desk.wait",
        mean: 0.0375,
        p99: 0.38503298144,
        relaxation: None,
    },
    System {
        name: "tandem",
        text: "traffic.ask.rate = \"8/s\"\ncomponents.app.model = \"server\"\ncomponents.db.model = \"server\"\n\
               flows.ask.steps = [{ call = \"app\", work = \"exp(100ms)\" }, { call = \"db\", work = \"exp(83.333333333ms)\" }]",
        rate: 8.0,
        of: "ask",
        mean: 0.75,
        p99: 2.64790397,
        relaxation: None,
    },
    System {
        name: "closed, 25 users",
        text: "traffic.people = { users = 25, think = \"exp(1s)\", flow = \"visit\" }\n\
               components.app.model = \"server\"\ncomponents.db.model = \"server\"\ncomponents.log.model = \"server\"\n\
               flows.visit.steps = [{ call = \"app\", work = \"exp(50ms)\" }, { call = \"db\", work = \"exp(80ms)\" }, \
               { call = \"log\", work = \"exp(30ms)\" }]",
        rate: 12.4153216,
        of: "visit",
        mean: 1.013640945,
        p99: 2.0496,
        relaxation: None,
    },
    System {
        name: "lower priority",
        text: "traffic.urgent.rate = \"30/s\"\ntraffic.normal.rate = \"50/s\"\n\
               components.desk = { model = \"server\", order = \"priority\" }\n\
               flows.urgent.steps = [{ call = \"desk\", work = \"exp(10ms)\", priority = 0 }]\n\
               flows.normal.steps = [{ call = \"desk\", work = \"exp(10ms)\", priority = 1 }]",
        rate: 50.0,
        of: "normal.wait",
        mean: 0.05714285714,
        p99: 0.33772,
        relaxation: None,
    },
];

#[expect(clippy::disallowed_methods, reason = "an example reads its own arguments")]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, otherwise: f64| arguments.get(place).and_then(|n| n.parse().ok()).unwrap_or(otherwise);
    let (seeds, requests) = (number(0, 100.0) as u64, number(1, 1e6));
    let wanted = arguments.get(2).cloned().unwrap_or_default();
    println!(
        "{seeds} seeds, {requests} requests; cells: intervals that hold the truth (runs without one, half-width, requests)"
    );
    let heads = ["mean", "p99", "mean within 5 %", "p99 within 10 %"].map(|head| format!("{head:>34}"));
    println!("{:18}{}", "", heads.concat());
    let systems = || SYSTEMS.iter().filter(|system| system.name.contains(&wanted));
    let mut verdict = Verdict::default();
    for system in systems() {
        let cells = [("mean", 0.0, 1.0), ("p99", 0.0, 1.0), ("mean", 0.05, 4.0), ("p99", 0.10, 4.0)];
        let scores = cells.map(|(of, within, times)| score(system, of, within, times * requests, seeds));
        scores.iter().for_each(|score| verdict.see(score));
        println!("{:18}{}", system.name, scores.map(|score| format!("{:>34}", score.cell())).concat());
    }
    println!("\nruns of 20 relaxation times: those without an interval (all have to be)");
    for system in systems() {
        let Some(relaxation) = system.relaxation else { continue };
        let scores = ["mean", "p99"].map(|of| score(system, of, 0.05, 20.0 * relaxation, seeds));
        verdict.rash += scores.iter().map(|score| score.known).sum::<u64>();
        println!("{:18}mean {} of {seeds}, p99 {} of {seeds}", system.name, scores[0].refused, scores[1].refused);
    }
    if !verdict.told() {
        std::process::exit(1);
    }
}

/// Are the shares what they have to be?
#[derive(Default)]
struct Verdict {
    cells: u64,
    /// Cells outside 92.5 to 97 % by more than chance (two standard errors with fewer than 1,000 seeds).
    off: u64,
    least: f64,
    greatest: f64,
    /// Greatest share without an interval, in percent.
    refused: f64,
    /// Intervals of runs that were too short for one.
    rash: u64,
}

impl Verdict {
    fn see(&mut self, score: &Score) {
        let (known, all) = (score.known.max(1) as f64, (score.known + score.refused).max(1) as f64);
        let chance = if all < 1000.0 { 200.0 * (0.05 * 0.95 / all).sqrt() } else { 0.0 };
        let held = 100.0 * score.held as f64 / known;
        (self.least, self.greatest) =
            if self.cells == 0 { (held, held) } else { (self.least.min(held), self.greatest.max(held)) };
        self.cells += 1;
        self.off += u64::from(held < 92.5 - chance || held > 97.0 + chance);
        self.refused = self.refused.max(100.0 * score.refused as f64 / all);
    }

    /// Refusing is no way out: at most one run in twenty may be without an interval.
    fn told(&self) -> bool {
        println!(
            "\ncoverage: {} of {} cells within 92.5 to 97 %, {:.1} to {:.1} %; at most {:.1} % without an interval; {} \
             intervals of runs that were too short",
            self.cells - self.off,
            self.cells,
            self.least,
            self.greatest,
            self.refused,
            self.rash,
        );
        self.cells > 0 && self.off == 0 && self.rash == 0 && self.refused <= 5.0
    }
}

/// What many runs said of one measure.
#[derive(Clone, Copy, Default)]
struct Score {
    /// Gave an interval, and it held the truth.
    known: u64,
    held: u64,
    /// Gave none.
    refused: u64,
    /// Sums over those that gave one: relative half-widths, requests.
    width: f64,
    requests: f64,
}

impl Score {
    fn and(self, other: Score) -> Score {
        Score {
            known: self.known + other.known,
            held: self.held + other.held,
            refused: self.refused + other.refused,
            width: self.width + other.width,
            requests: self.requests + other.requests,
        }
    }

    /// `95.1 % (3 no, ±4.2 %, 400 k)`
    fn cell(self) -> String {
        let known = self.known.max(1) as f64;
        let (held, width) = (100.0 * self.held as f64 / known, 100.0 * self.width / known);
        format!("{held:.1} % ({} no, ±{width:.1} %, {:.0} k)", self.refused, self.requests / known / 1e3)
    }
}

/// Runs a system with many seeds until a measure is known, at most so many requests; 0: always as many.
fn score(system: &System, of: &str, within: f64, requests: f64, seeds: u64) -> Score {
    let path = format!("{}.{of}", system.of);
    let (within, at_most) = (if within == 0.0 { 1e-9 } else { within }, requests / system.rate);
    let text = format!(
        "name = \"{}\"\nuntil = {{ of = \"{path}\", within = {within:?}, at_most = \"{at_most:.6}s\" }}\n{}\n",
        system.name, system.text
    );
    let files = MemoryFiles::new([("system.toml", text.as_str())]);
    let scenario = Scenario::load(&files, "system.toml", &[], Options::default()).unwrap_or_else(|why| panic!("{why}"));
    let truth = if of == "mean" { system.mean } else { system.p99 };
    (1..=seeds)
        .into_par_iter()
        .map(|seed| one(&scenario, &path, truth, system.rate, seed))
        .reduce(Score::default, Score::and)
}

fn one(scenario: &Scenario, path: &str, truth: f64, rate: f64, seed: u64) -> Score {
    let outcome = scenario.ask(Ask { seed: Some(seed), ..Ask::default() }).unwrap_or_else(|why| panic!("{why}"));
    let Some(interval) = outcome.interval(path) else { return Score { refused: 1, ..Score::default() } };
    let held = interval.low() <= truth && truth <= interval.high();
    let requests = outcome.simulated_s() * rate;
    Score { known: 1, held: u64::from(held), refused: 0, width: interval.relative(), requests }
}
