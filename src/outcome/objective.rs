//! What must hold, and whether it does: every `slo`, every `[expect]`, every claim; four verdicts.
//!
//! With replications the interval decides: **met** or **missed** only if all of it is on one side. One run of a story is
//! judged by its value and prints no interval. A `slo` is looked at over the whole measured span.

use super::intervals::{Interval, over_replications, wilson};
use super::known::Steady;
use super::measure::{Measured, Reader};
use super::path::{Trouble, Unit};
use super::recovery::never_over;
use crate::scenario::ast::{Expectation, Scenario};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::quantity::{Bound, Condition};
use crate::scenario::tree::Placed;

/// How a condition came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It holds.
    Met,
    /// It does not.
    Missed,
    /// The interval is on both sides of the bound.
    Undecided,
    /// Nothing ran there.
    Unmeasured,
}

impl Verdict {
    /// The reader's word.
    pub const fn word(self) -> &'static str {
        match self {
            Verdict::Met => "met",
            Verdict::Missed => "missed",
            Verdict::Undecided => "undecided",
            Verdict::Unmeasured => "unmeasured",
        }
    }
}

/// Where a condition stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// `slo` of a flow.
    Flow(String),
    /// `slo` of a fault.
    Fault(String),
    /// `[expect]`.
    Expect,
    /// A document's; never enforced.
    Claim(String),
}

/// One condition and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// Where it stands.
    pub owner: Owner,
    /// The measure's whole path.
    pub path: String,
    /// As written.
    pub condition: String,
    /// How it came out.
    pub verdict: Verdict,
    /// What was measured.
    pub measured: Option<f64>,
    /// In what.
    pub unit: Option<Unit>,
    /// How well it is known.
    pub interval: Option<(f64, f64)>,
    /// Why there is no number, or no decision; empty where the number says it.
    pub why: String,
}

impl Objective {
    /// Does `check` look at it?
    pub fn enforced(&self) -> bool {
        !matches!(self.owner, Owner::Claim(_))
    }
}

/// All conditions of a scenario: flows, faults, `[expect]`, claims, each in the order of names.
pub fn all(scenario: &Scenario, reader: &Reader, steady: Steady) -> Vec<Objective> {
    let conditions = conditions(scenario);
    let judge = |(owner, path, condition): (Owner, Placed<String>, &Placed<Condition>)| {
        judge(owner, path.value, &condition.value, reader, steady)
    };
    conditions.into_iter().map(judge).collect()
}

/// What is wrong with the conditions of a file, asked of a run of which only the names matter.
pub fn complaints(scenario: &Scenario, reader: &Reader) -> Vec<Diagnostic> {
    let wrong = |(owner, path, condition): (Owner, Placed<String>, &Placed<Condition>)| {
        let Err(Trouble::Unknown(complaint)) = reader.measure(&path.value, &condition.value.window) else {
            return None;
        };
        let told = Diagnostic::error(path.at, complaint.says).label(complaint.label).help(complaint.help);
        Some(match (complaint.fix, owner) {
            // In an objective the path begins behind the name of its flow.
            (Some(meant), Owner::Flow(name) | Owner::Fault(name)) => match meant.strip_prefix(&format!("{name}.")) {
                Some(own) => told.fix(own),
                None => told,
            },
            (Some(meant), _) => told.fix(meant),
            (None, _) => told,
        })
    };
    conditions(scenario).into_iter().filter_map(wrong).collect()
}

fn conditions(scenario: &Scenario) -> Vec<(Owner, Placed<String>, &Placed<Condition>)> {
    let mut all = Vec::new();
    for (name, flow) in &scenario.flows {
        add(&mut all, Owner::Flow(name.clone()), Some(name), &flow.slo);
    }
    for (name, fault) in &scenario.faults {
        add(&mut all, Owner::Fault(name.clone()), Some(name), &fault.slo);
    }
    add(&mut all, Owner::Expect, None, &scenario.expect);
    for (name, claim) in &scenario.claims {
        add(&mut all, Owner::Claim(name.clone()), None, &claim.expect);
    }
    all
}

fn add<'a>(
    all: &mut Vec<(Owner, Placed<String>, &'a Placed<Condition>)>,
    owner: Owner,
    within: Option<&String>,
    expectations: &'a [Expectation],
) {
    for expectation in expectations {
        let own = &expectation.path;
        let path = within.map_or_else(|| own.value.clone(), |name| format!("{name}.{}", own.value));
        for condition in &expectation.conditions {
            all.push((owner.clone(), Placed::new(path.clone(), own.at), condition));
        }
    }
}

/// One condition.
fn judge(owner: Owner, path: String, condition: &Condition, reader: &Reader, steady: Steady) -> Objective {
    let mut objective = Objective {
        owner,
        path,
        condition: condition.text.clone(),
        verdict: Verdict::Unmeasured,
        measured: None,
        unit: None,
        interval: None,
        why: String::new(),
    };
    if matches!(condition.bound, Bound::OfBaseline(_)) {
        objective.why = "it needs a baseline: `archsim compare`".into();
        return objective;
    }
    if let Some((never, of)) = never_over(&objective.path, reader) {
        objective.verdict = Verdict::Missed;
        objective.why = match of {
            1 => "it was not over when the run ended".into(),
            of => format!("in {never} of {of} runs it was not over when the run ended"),
        };
        return objective;
    }
    match reader.measure(&objective.path, &condition.window) {
        Err(trouble) => objective.why = trouble.says().into(),
        Ok(found) => decide(&mut objective, &condition.bound, &found, steady),
    }
    objective
}

fn decide(objective: &mut Objective, bound: &Bound, found: &Measured, steady: Steady) {
    (objective.measured, objective.unit) = (Some(found.value), Some(found.unit));
    objective.interval = interval(&objective.path, found, steady);
    let (low, high) = objective.interval.unwrap_or((found.value, found.value));
    objective.verdict = verdict(bound, low, high);
    if objective.verdict == Verdict::Undecided {
        objective.why = "the bound lies inside the interval: more replications, or a longer run, would decide".into();
    }
}

/// What is known of a measure: from a steady run that watches it, from replications, or nothing.
pub(crate) fn interval(path: &str, found: &Measured, steady: Steady) -> Option<(f64, f64)> {
    let ends = |interval: Interval| (interval.low(), interval.high());
    if path == "collapsed" && found.per_replication.len() > 1 {
        let yes = found.per_replication.iter().filter(|share| **share > 0.5).count() as u64;
        return wilson(yes, found.per_replication.len() as u64);
    }
    let watched = steady.iter().find(|(known, _)| known == path).map(|(_, interval)| ends(*interval));
    over_replications(&found.per_replication).map(ends).or(watched)
}

/// On which side of a bound all of `low..high` lies.
fn verdict(bound: &Bound, low: f64, high: f64) -> Verdict {
    let sides = |met: bool, missed: bool| match (met, missed) {
        (true, _) => Verdict::Met,
        (_, true) => Verdict::Missed,
        _ => Verdict::Undecided,
    };
    match bound {
        Bound::Below(x) => sides(high < *x, low >= *x),
        Bound::AtMost(x) => sides(high <= *x, low > *x),
        Bound::Above(x) => sides(low > *x, high <= *x),
        Bound::AtLeast(x) => sides(low >= *x, high < *x),
        Bound::Equal(x) => sides(equal(low, *x) && equal(high, *x), low > *x || high < *x),
        Bound::Within(from, to) => sides(low >= *from && high <= *to, low > *to || high < *from),
        Bound::Is(yes) => verdict(&Bound::Equal(if *yes { 1.0 } else { 0.0 }), low, high),
        Bound::OfBaseline(_) => Verdict::Unmeasured,
    }
}

/// A share written as a decimal is the quotient of two whole numbers only to the last digits.
fn equal(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * b.abs()
}

/// The verdict on a whole run: missed if anything is missed, then undecided, then unmeasured; claims do not count.
pub fn summary(objectives: &[Objective]) -> Verdict {
    let worst = |objective: &Objective| match objective.verdict {
        Verdict::Met => 0,
        Verdict::Unmeasured => 1,
        Verdict::Undecided => 2,
        Verdict::Missed => 3,
    };
    let enforced = objectives.iter().filter(|objective| objective.enforced());
    enforced.max_by_key(|objective| worst(objective)).map_or(Verdict::Met, |objective| objective.verdict)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_across_the_bound_decides_nothing() {
        assert_eq!(verdict(&Bound::Below(0.8), 0.7, 0.79), Verdict::Met);
        assert_eq!(verdict(&Bound::Below(0.8), 0.8, 0.9), Verdict::Missed);
        assert_eq!(verdict(&Bound::Below(0.8), 0.7, 0.9), Verdict::Undecided);
        assert_eq!(verdict(&Bound::AtLeast(0.999), 0.9991, 1.0), Verdict::Met);
        assert_eq!(verdict(&Bound::Within(1.0, 2.0), 1.5, 2.5), Verdict::Undecided);
        assert_eq!(verdict(&Bound::Within(1.0, 2.0), 2.1, 2.5), Verdict::Missed);
    }

    #[test]
    fn equal_needs_a_number_without_doubt() {
        assert_eq!(verdict(&Bound::Equal(0.0), 0.0, 0.0), Verdict::Met);
        assert_eq!(verdict(&Bound::Is(false), 0.0, 0.0), Verdict::Met);
        assert_eq!(verdict(&Bound::Is(true), 0.0, 0.0), Verdict::Missed);
        assert_eq!(verdict(&Bound::Equal(3.0), 2.0, 4.0), Verdict::Undecided);
    }
}
