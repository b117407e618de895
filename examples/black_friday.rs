//! What the verdicts of a shipped scenario rest on: `black_friday [VARIANT] [SEEDS]` (default: `blackfriday-personal`, 20).
//!
//! Every open choice is halved and doubled, one at a time, and the file is flown as it is with so many seeds. What is
//! printed are the rows of the tables in docs/blackfriday.md. Hours for all variants; part of `.ci/nightly`.

use archsim::{Design, Outcome, Verdict};
use rayon::prelude::*;

/// An open choice: what it is, where it stands, half of it and twice of it.
const CHOICES: [(&str, &str, &str, &str); 9] = [
    ("think time", "traffic.shoppers.think", "\"exp(15s)\"", "\"exp(60s)\""),
    ("share of checkouts", "traffic.shoppers.mix.checkout", "0.015", "0.06"),
    ("processor time of a page", "web.browse.work", "\"lognormal(9ms, p99=35ms)\"", "\"lognormal(36ms, p99=140ms)\""),
    (
        "processor time of a checkout",
        "web.checkout.work",
        "\"lognormal(17.5ms, p99=70ms)\"",
        "\"lognormal(70ms, p99=280ms)\"",
    ),
    ("products", "keys.product.count", "\"25k\"", "\"100k\""),
    ("edges that are asked", "cdn.edges", "20", "80"),
    ("threads of an instance", "web.threads", "32", "128"),
    (
        "time to make an instance ready",
        "web.bootstrap",
        "\"lognormal(p50=30s, p99=90s)\"",
        "\"lognormal(p50=120s, p99=360s)\"",
    ),
    ("bytes of a page's pictures", "flows.picture.reply", "\"600KB\"", "\"2400KB\""),
];

#[expect(clippy::disallowed_methods, reason = "an example reads its own arguments")]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let variant = arguments.first().map_or("blackfriday-personal", String::as_str);
    let seeds: u64 = arguments.get(1).and_then(|n| n.parse().ok()).unwrap_or(20);
    let design = Design::from_file(format!("scenarios/{variant}.toml"));
    println!("| {variant} | half | twice |\n|---|---|---|");
    let rows: Vec<String> = CHOICES
        .par_iter()
        .map(|(what, path, half, twice)| {
            let fly = |value: &str| said(&design.clone().set(*path, value).run(1129));
            format!("| {what} | {} | {} |", fly(half), fly(twice))
        })
        .collect();
    rows.iter().for_each(|row| println!("{row}"));
    let mut verdicts: Vec<String> = (1..=seeds).into_par_iter().map(|seed| said(&design.run(seed))).collect();
    verdicts.sort();
    println!("\n| {variant}, {seeds} seeds | share |\n|---|---|");
    for group in verdicts.chunk_by(|a, b| what_of(a) == what_of(b)) {
        println!("| {} | {} of {seeds} |", group[0], group.len());
    }
}

/// A run in a few words: what was missed, and what shoppers saw.
fn said(run: &Result<Outcome, archsim::Trouble>) -> String {
    let outcome = match run {
        Ok(outcome) => outcome,
        Err(trouble) => return format!("not run: {}", trouble.to_string().lines().next().unwrap_or("")),
    };
    let missed: Vec<&str> = outcome
        .objectives
        .iter()
        .filter(|one| one.enforced() && one.verdict != Verdict::Met)
        .map(|one| one.path.as_str())
        .collect();
    let number = |path: &str| outcome.value(path).unwrap_or(f64::NAN);
    let verdict = if missed.is_empty() { "all met".to_owned() } else { format!("misses {}", missed.join(", ")) };
    format!("{verdict}; pages: p99 {:.2} s, {:.2} % answered", number("browse.p99"), 100.0 * number("browse.success"))
}

/// The verdict alone, without its numbers.
fn what_of(said: &str) -> &str {
    said.split(';').next().unwrap_or(said)
}
