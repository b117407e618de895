//! Known numbers against measured ones: mathematics, or measurements of real systems.
//!
//! The strict form: `|measured - value| <= 4 sigma / sqrt(n) + ref_err`, or `<= abs_tol`. A bare value must agree within
//! four of the run's own standard errors, so it needs replications or a steady run that watches it; `archsim verify`
//! replicates a story whose file asks for one run only.

use super::intervals::{Interval, over_replications};
use super::measure::{Measured, Reader};
use super::path::{Trouble, Unit, split};
use super::stats;
use crate::scenario::ast::{Known, KnownNumber};
use crate::scenario::quantity::Window;

/// Deviations that are still agreement.
const SIGMAS: f64 = 4.0;

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A simulated run.
    Run,
    /// A closed form.
    Estimate,
}

impl By {
    /// The word of the file.
    pub const fn word(self) -> &'static str {
        match self {
            By::Run => "run",
            By::Estimate => "estimate",
        }
    }
}

/// One comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The metric's own name, else its path.
    pub name: String,
    /// Its path.
    pub path: String,
    /// Who answered.
    pub by: By,
    /// What is known.
    pub value: f64,
    /// What came out, if anything did.
    pub measured: Option<f64>,
    /// In what.
    pub unit: Option<Unit>,
    /// What it is made of.
    pub n: Option<u64>,
    /// Deviation of one observation, where the file gives it.
    pub sigma: Option<f64>,
    /// Difference in standard errors, where there is one.
    pub z: Option<f64>,
    /// Does it agree?
    pub pass: bool,
    /// A bare value that one run cannot judge: replications of the story would.
    pub needs_replications: bool,
    /// In words: the rule that was used and how much was allowed, or why there is no number.
    pub why: String,
}

/// Answers a path by closed form.
pub type Estimates<'a> = &'a dyn Fn(&str) -> Option<f64>;

/// What a steady run knows about its watched metrics: path and interval.
pub type Steady<'a> = &'a [(String, Interval)];

/// All known numbers of a scenario, in the order of the file.
pub fn check(known: &[Known], reader: &Reader, steady: Steady, estimates: Estimates) -> Vec<Row> {
    known.iter().flat_map(|known| &known.numbers).map(|number| row(number, reader, steady, estimates)).collect()
}

fn row(number: &KnownNumber, reader: &Reader, steady: Steady, estimates: Estimates) -> Row {
    let mut row = Row {
        name: number.name.clone().unwrap_or_else(|| number.path.value.clone()),
        path: number.path.value.clone(),
        by: if number.by_estimate { By::Estimate } else { By::Run },
        value: number.value,
        measured: None,
        unit: None,
        n: None,
        sigma: number.sigma,
        z: None,
        pass: false,
        needs_replications: false,
        why: String::new(),
    };
    match number.by_estimate {
        true => by_estimate(&mut row, number, estimates),
        false => by_run(&mut row, number, reader, steady).unwrap_or_else(|trouble| row.why = trouble.says().into()),
    }
    row
}

/// A closed form has no noise: the tolerance of the file, else nine digits.
fn by_estimate(row: &mut Row, number: &KnownNumber, estimates: Estimates) {
    let Some(solved) = estimates(&number.path.value) else {
        row.why = "no closed form answers this path".into();
        return;
    };
    let tolerance = number.abs_tol.unwrap_or(1e-9 * number.value.abs()) + number.ref_err;
    row.measured = Some(solved);
    judge(row, solved, tolerance, "solved");
}

fn by_run(row: &mut Row, number: &KnownNumber, reader: &Reader, steady: Steady) -> Result<(), Trouble> {
    let window = match &number.in_phase {
        Some(phase) => Window::In(phase.value.clone()),
        None => Window::Whole,
    };
    let found = reader.measure(&number.path.value, &window)?;
    let n = match &number.n {
        Some(path) => reader.measure(&path.value, &Window::Whole)?.value.max(0.0).round() as u64,
        None => found.n,
    };
    (row.measured, row.unit, row.n) = (Some(found.value), Some(found.unit), Some(n));
    match (number.abs_tol, number.sigma) {
        (Some(tolerance), _) => judge(row, found.value, tolerance + number.ref_err, "absolute tolerance"),
        (None, Some(sigma)) if n > 0 => {
            let error = sigma / (n as f64).sqrt();
            row.z = quotient(found.value - number.value, error);
            judge(row, found.value, SIGMAS * error + number.ref_err, "4 sigma / sqrt(n)");
        }
        (None, Some(_)) => row.why = "made of nothing: n is 0".into(),
        (None, None) => by_own_error(row, number, &found, steady),
    }
    Ok(())
}

/// A bare value: the run's own doubt decides.
fn by_own_error(row: &mut Row, number: &KnownNumber, found: &Measured, steady: Steady) {
    let watched = steady.iter().find(|(path, _)| *path == number.path.value).map(|(_, interval)| *interval);
    let Some(interval) = over_replications(&found.per_replication).or(watched) else {
        row.needs_replications = true;
        row.why = "one run has no standard error: give `replications`, `until`, or a tolerance".into();
        return;
    };
    row.z = quotient(found.value - number.value, interval.standard_error);
    // A printed value has some ten digits, and a percentile comes out of a histogram of three.
    let digits = if is_percentile(&number.path.value) { 1e-3 } else { 1e-9 };
    let tolerance = SIGMAS * interval.standard_error + digits * number.value.abs() + number.ref_err;
    judge(row, found.value, tolerance, "4 of its own standard errors");
}

fn is_percentile(path: &str) -> bool {
    split(path).last().is_some_and(|name| stats::percentile(name).is_some())
}

fn quotient(difference: f64, error: f64) -> Option<f64> {
    (error > 0.0).then(|| difference / error)
}

fn judge(row: &mut Row, measured: f64, tolerance: f64, rule: &str) {
    // 0.1 + 0.2 must be 0.3 at a tolerance of 0: values are decimals, measures are quotients of whole numbers.
    let rounding = 1e-12 * row.value.abs();
    let off = (measured - row.value).abs();
    row.pass = off <= tolerance + rounding;
    row.why = format!("{rule}: off by {off:.3e}, allowed {tolerance:.3e}");
}
