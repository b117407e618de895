//! All that a run was, in one value: what was measured, what holds, what is known, what should be said beside it.

use std::collections::BTreeMap;

use super::books::{self, Breach};
use super::causes::Often;
use super::collapse::Collapse;
use super::intervals::{Interval, over_replications};
use super::known::{self, Row};
use super::measure::{Extra, Extras, Measured, Reader, Told};
use super::objective::{self, Objective, Verdict};
use super::path::{Trouble, Unit};
use super::warnings::{self, Warning};
use crate::record::{Course, Results};
use crate::scenario::ast::Scenario;
use crate::scenario::quantity::Window;

/// How long it took; left out of a report that must be the same bytes everywhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    /// Seconds on the clock.
    pub wall_s: f64,
    /// Processor seconds of the event loops.
    pub loop_cpu_s: f64,
}

/// A value of a model that has no source, only a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// The part whose model it is of.
    pub part: String,
    /// The model.
    pub model: String,
    /// What is assumed: the quantity's name.
    pub name: String,
    /// Why this value.
    pub why: String,
}

/// A run, read.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the scenario is called.
    pub scenario: String,
    /// Its regions, for the title.
    pub regions: Vec<String>,
    /// Seed.
    pub seed: u64,
    /// exact, grouped, windows.
    pub mode: String,
    /// Each replication.
    pub replications: Vec<Results>,
    /// Measured by other layers: cost, recovery, usage.
    pub extras: Extras,
    /// What a steady run knows: watched path and interval, or why there is none.
    pub steady: Vec<(String, Interval)>,
    /// Why a steady run has no interval, path and reason.
    pub too_short: Vec<(String, String)>,
    /// Which replications collapsed, and what their goodput was.
    pub collapse: Collapse,
    /// Why it went wrong, and in how many replications it was so; none if no replication was looked at.
    pub why: Option<Often>,
    /// What was seen of the first replication; none if it was not looked at.
    pub course: Option<Course>,
    /// Conditions.
    pub objectives: Vec<Objective>,
    /// Known numbers.
    pub known: Vec<Row>,
    /// What should be said.
    pub warnings: Vec<Warning>,
    /// What was assumed: path and reason.
    pub assumed: BTreeMap<String, String>,
    /// What the models of its parts assume.
    pub models_assume: Vec<Assumption>,
    /// Equations that do not hold: errors of the simulator.
    pub breaches: Vec<Breach>,
    /// All conditions together.
    pub verdict: Verdict,
    /// How long it took.
    pub timing: Option<Timing>,
    /// Values of each replication, where their bulk has been handed over.
    pub told: Option<Told>,
}

/// What a run brings beside its results.
#[derive(Default)]
pub struct Beside<'a> {
    /// Seed that was used (the file's, or the command line's).
    pub seed: u64,
    /// Measured by other layers.
    pub extras: Extras,
    /// What a steady run knows.
    pub steady: Vec<(String, Interval)>,
    /// What it does not, and why.
    pub too_short: Vec<(String, String)>,
    /// Which replications collapsed.
    pub collapse: Collapse,
    /// Why it went wrong.
    pub why: Option<Often>,
    /// What was seen of the first replication.
    pub course: Option<Course>,
    /// What the models of its parts assume.
    pub models_assume: Vec<Assumption>,
    /// Answers by closed form.
    pub estimates: Option<known::Estimates<'a>>,
    /// How long it took.
    pub timing: Option<Timing>,
    /// Values of each replication and what their books say, read before their bulk was handed over.
    pub told: Option<(Told, Vec<Breach>)>,
}

impl Outcome {
    /// Reads the replications of a scenario.
    pub fn of(scenario: &Scenario, replications: Vec<Results>, beside: Beside) -> Outcome {
        let Beside {
            seed,
            mut extras,
            steady,
            too_short,
            collapse,
            why,
            course,
            models_assume,
            estimates,
            timing,
            told,
        } = beside;
        if !collapse.fates.is_empty() {
            extras.insert("collapsed".into(), Extra::mean(Unit::Ratio, collapse.per_replication()));
        }
        let (told, audited) = told.map_or((None, None), |(told, breaches)| (Some(told), Some(breaches)));
        let reader = Reader { runs: &replications, extras: &extras, told: told.as_ref() };
        let objectives = objective::all(scenario, &reader, &steady);
        let known = known::check(&scenario.known, &reader, &steady, estimates.unwrap_or(&|_| None));
        let warnings = warnings::find(scenario, &replications, &objectives, &steady);
        let breaches = audited.unwrap_or_else(|| books::audit(&replications, seed));
        let verdict = objective::summary(&objectives);
        Outcome {
            scenario: scenario.name.clone(),
            regions: scenario.regions.iter().map(|region| region.value.clone()).collect(),
            seed,
            mode: scenario.mode.as_ref().map_or_else(|| "exact".into(), |mode| mode.value.clone()),
            assumed: scenario.assumed.iter().map(|(path, why)| (path.clone(), why.value.clone())).collect(),
            replications,
            extras,
            steady,
            too_short,
            collapse,
            why,
            course,
            models_assume,
            objectives,
            known,
            warnings,
            breaches,
            verdict,
            timing,
            told,
        }
    }

    /// Reads a path over the whole run.
    pub fn measure(&self, path: &str) -> Result<Measured, Trouble> {
        Reader { runs: &self.replications, extras: &self.extras, told: self.told.as_ref() }
            .measure(path, &Window::Whole)
    }

    /// Its value, where there is one.
    pub fn value(&self, path: &str) -> Option<f64> {
        self.measure(path).ok().map(|measured| measured.value)
    }

    /// Paths of what mechanisms, faults and controllers show besides.
    pub fn shown_paths(&self) -> Vec<String> {
        self.replications.first().map(super::shown::paths).unwrap_or_default()
    }

    /// How well a path is known: by the steady run that watched it, or from replications.
    pub fn interval(&self, path: &str) -> Option<Interval> {
        let watched = self.steady.iter().find(|(known, _)| known == path).map(|(_, interval)| *interval);
        watched.or_else(|| over_replications(&self.measure(path).ok()?.per_replication))
    }

    /// Simulated seconds of all replications, warm-up included.
    pub fn simulated_s(&self) -> f64 {
        self.replications.iter().map(|run| run.to.as_seconds()).sum()
    }

    /// Events of all replications.
    pub fn events(&self) -> u64 {
        self.replications.iter().map(|run| run.events).sum()
    }
}
