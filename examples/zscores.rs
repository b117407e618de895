//! Are the errors of many runs what they should be? `zscores [SEEDS] [PATTERN]` (as in `mm1-*`; default: forty numbers).
//!
//! z = (simulated - exact) / error, for known numbers of `scenarios/proofs` whose error is stated. One run may not be off by
//! more than four errors (`archsim verify`); over many seeds the mean of z has to be 0 within 4 / sqrt(seeds), which sees
//! biases that are far too small for one run. What is known less well than that (`ref_err`) is allowed for.

use archsim::experiment::verify::{built_in, fits, id_of};
use archsim::experiment::{Ask, Scenario};
use archsim::outcome::known::By;
use archsim::scenario::compile::Options;
use rayon::prelude::*;

/// Case and numbers that are looked at without a pattern: forty, of twenty kinds of system, cheap to run.
const USUAL: [(&str, &[&str]); 20] = [
    ("mm1-rho50", &["Wq", "resp_p0.99"]),
    ("mm1-rho90", &["util", "wait_p0.9"]),
    ("mmc-2", &["Lq", "resp_p0.5"]),
    ("mmc-10", &["prob_wait", "wait_p0.99"]),
    ("md1-rho80", &["Wq", "wait_p0.99"]),
    ("dm1-rho80", &["prob_wait", "wait_p0.99"]),
    ("e2m3", &["Wq", "wait_p0.9"]),
    ("mh2-cache-miss", &["W", "resp_p0.9"]),
    ("erlangb-lognormal", &["loss", "L"]),
    ("mmck-4-10-overload", &["loss", "Lq"]),
    ("mm10-timeout", &["prob_abandon", "mean_wait_all"]),
    ("mm1-ps", &["W", "mean_slowdown"]),
    ("mmc-ps-4", &["W", "L"]),
    ("mginf-deterministic", &["L", "N_ge_130"]),
    ("priority-np-mm1", &["Wq_class0", "Wq_class1"]),
    ("priority-pr-mg1", &["W_class0", "W_class1"]),
    ("jackson-tandem", &["W", "resp_p0.99"]),
    ("fanout-10", &["W", "resp_p0.99"]),
    ("hedged-requests", &["extra_calls", "resp_p0.99"]),
    ("retry-attempts", &["mean_attempts", "final_failure"]),
];

#[expect(clippy::disallowed_methods, reason = "an example reads its own arguments")]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let seeds: u64 = arguments.first().and_then(|n| n.parse().ok()).unwrap_or(50);
    let pattern = arguments.get(1).map(String::as_str);
    println!(
        "{seeds} seeds; wanted: |mean| at most {:.2} (and what the exact number is known to)\n",
        4.0 / (seeds as f64).sqrt()
    );
    println!(
        "{:<28}{:<22}{:>7}{:>7}{:>8}{:>8}{:>7}{:>7}",
        "case", "number", "mean", "sd", "least", "most", "> 2", "> 4"
    );
    let (files, mut paths) = built_in();
    paths.retain(|path| match pattern {
        Some(pattern) => fits(pattern, &id_of(path)),
        None => USUAL.iter().any(|(case, _)| *case == id_of(path)),
    });
    let mut all = Vec::new();
    for path in &paths {
        let scenario = Scenario::load(&files, path, &[], Options::default()).unwrap_or_else(|why| panic!("{why}"));
        let wanted =
            USUAL.iter().find(|(case, _)| pattern.is_none() && *case == id_of(path)).map(|(_, numbers)| *numbers);
        for number in
            numbers(&scenario, seeds).into_iter().filter(|n| wanted.is_none_or(|w| w.contains(&n.name.as_str())))
        {
            println!("{}", number.line(&id_of(path)));
            all.push(number);
        }
    }
    let usual: usize = USUAL.iter().map(|(_, numbers)| numbers.len()).sum();
    assert!(pattern.is_some() || all.len() == usual, "{} numbers of {usual}", all.len());
    if !summary(&all, seeds) {
        std::process::exit(1);
    }
}

/// A known number over many seeds.
struct Number {
    name: String,
    z: Vec<f64>,
    /// Errors to which the exact number is known, at least.
    known_to: f64,
}

/// All numbers of a case that state an error.
fn numbers(scenario: &Scenario, seeds: u64) -> Vec<Number> {
    let ask =
        |seed| scenario.ask(Ask { seed: Some(seed), ..Ask::default() }).unwrap_or_else(|why| panic!("{why}")).known;
    let runs: Vec<_> = (1..=seeds).into_par_iter().map(ask).collect();
    let written: Vec<_> = scenario.ast.known.iter().flat_map(|known| &known.numbers).collect();
    let mut numbers = Vec::new();
    for (place, number) in written.iter().enumerate().filter(|(_, number)| !number.by_estimate) {
        let rows: Vec<_> =
            runs.iter().map(|rows| &rows[place]).filter(|row| row.z.is_some() && row.sigma.is_some()).collect();
        let Some(first) = rows.first() else { continue };
        debug_assert!(first.by == By::Run);
        let error = first.sigma.unwrap_or(1.0) / (first.n.unwrap_or(1).max(1) as f64).sqrt();
        let z = rows.iter().filter_map(|row| row.z).collect();
        numbers.push(Number { name: first.name.clone(), z, known_to: number.ref_err / error });
    }
    numbers
}

impl Number {
    fn mean(&self) -> f64 {
        self.z.iter().sum::<f64>() / self.z.len().max(1) as f64
    }

    fn sd(&self) -> f64 {
        let mean = self.mean();
        (self.z.iter().map(|z| (z - mean) * (z - mean)).sum::<f64>() / (self.z.len().max(2) - 1) as f64).sqrt()
    }

    fn beyond(&self, limit: f64) -> usize {
        self.z.iter().filter(|z| z.abs() > limit + self.known_to).count()
    }

    /// Farther off on average than chance explains?
    fn biased(&self) -> bool {
        self.mean().abs() > 4.0 / (self.z.len().max(1) as f64).sqrt() + self.known_to
    }

    fn line(&self, case: &str) -> String {
        let (least, most) = self.z.iter().fold((f64::MAX, f64::MIN), |(a, b), z| (a.min(*z), b.max(*z)));
        let (two, four) = (self.beyond(2.0), self.beyond(4.0));
        let mark = if self.biased() { "  biased" } else { "" };
        format!(
            "{case:<28}{:<22}{:>7.2}{:>7.2}{least:>8.2}{most:>8.2}{two:>7}{four:>7}{mark}",
            self.name,
            self.mean(),
            self.sd()
        )
    }
}

/// All numbers together; false if any is biased, or too many are far off.
fn summary(all: &[Number], seeds: u64) -> bool {
    let z: Vec<f64> = all.iter().flat_map(|number| number.z.iter().copied()).collect();
    let count = z.len().max(1) as f64;
    let mean = z.iter().sum::<f64>() / count;
    let sd = (z.iter().map(|z| (z - mean) * (z - mean)).sum::<f64>() / count).sqrt();
    let beyond = |limit: f64| all.iter().map(|number| number.beyond(limit)).sum::<usize>();
    let biased = all.iter().filter(|number| number.biased()).count();
    let greatest = all.iter().map(|number| number.mean().abs()).fold(0.0, f64::max);
    println!(
        "\nz-scores: {} numbers, {seeds} seeds: mean {mean:.3}, deviation {sd:.3}, greatest |mean| {greatest:.2}; beyond 2: {:.1} % \
         (4.6), beyond 3: {:.2} % (0.27), beyond 4: {} of {}; biased: {biased}",
        all.len(),
        100.0 * beyond(2.0) as f64 / count,
        100.0 * beyond(3.0) as f64 / count,
        beyond(4.0),
        z.len(),
    );
    // Numbers of one run depend on each other, so what is far off comes in groups.
    !all.is_empty() && biased == 0 && (beyond(4.0) as f64) < 2.0 + count * 1e-3
}
