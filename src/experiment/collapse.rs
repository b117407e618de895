//! Replications of a story, and beside each the same seed without what triggers: faults and changes.
//!
//! The second run is made only where there are triggers. It keeps the compiled plan and drops what happens, so that each
//! draw is the one of the first run (draws depend on what they are for).

use std::sync::Arc;

use rayon::prelude::*;

use super::simulation::{Failure, Simulation, replication};
use crate::components::Blueprint;
use crate::components::blueprint::{Effect, Happening};
use crate::components::happenings;
use crate::outcome::collapse::{Collapse, Fate, Goodput, Lines, Trigger, judge};
use crate::record::Results;
use crate::units::Span;

/// A replication, the lines after nine tenths of it, and what it cost.
type Run = (Results, Lines, f64);

/// All replications of a story, in the order of their numbers, whoever finishes first.
pub(super) struct Story {
    /// What each measured.
    pub runs: Vec<Results>,
    /// What became of each.
    pub collapse: Collapse,
    /// Processor seconds of their event loops, without those of the second runs.
    pub cpu: f64,
}

/// Runs a story so often.
pub(super) fn story(plan: &Arc<Blueprint>, seed: u64, count: u32, clock: fn() -> f64) -> Result<Story, Failure> {
    let numbers = || (0..count).into_par_iter();
    let (runs, quiet) = rayon::join(
        || numbers().map(|number| watched(plan, seed, number, clock)).collect::<Result<Vec<Run>, Failure>>(),
        || without(plan).map(|quiet| numbers().map(|number| goodput(&quiet, seed, number)).collect::<Vec<_>>()),
    );
    let (runs, quiet) = (runs?, quiet.unwrap_or_default());
    let cpu = runs.iter().map(|(_, _, cpu)| cpu).sum();
    let fate = |(number, (run, lines, _)): (usize, &Run)| -> Fate {
        judge(run, lines, trigger(plan, seed, number as u64), quiet.get(number).and_then(Option::as_ref))
    };
    let fates = runs.iter().enumerate().map(fate).collect();
    Ok(Story { runs: runs.into_iter().map(|(run, ..)| run).collect(), collapse: Collapse { fates }, cpu })
}

/// One replication, looked at when nine tenths of it are over.
fn watched(plan: &Arc<Blueprint>, seed: u64, number: u32, clock: fn() -> f64) -> Result<Run, Failure> {
    let begun = clock();
    let mut simulation: Simulation = Simulation::new(plan, seed, u64::from(number));
    simulation.run_until(plan.to - Span(plan.to.0 / 10))?;
    let lines = Lines::of(&simulation.results());
    if !simulation.collapsed() {
        simulation.run_until(plan.to)?;
    }
    Ok((simulation.results(), lines, clock() - begun))
}

/// The plan in which nothing happens; none if nothing happens anyway.
fn without(plan: &Arc<Blueprint>) -> Option<Arc<Blueprint>> {
    let quiet = || Arc::new(Blueprint { happenings: Vec::new(), ..Blueprint::clone(plan) });
    (!plan.happenings.is_empty()).then(quiet)
}

/// The good answers of a run; none of a run that cannot go on, which only then is nothing to compare with.
fn goodput(quiet: &Arc<Blueprint>, seed: u64, number: u32) -> Option<Goodput> {
    replication(quiet, seed, u64::from(number)).ok().map(Goodput::of)
}

/// What triggered in a replication.
fn trigger(plan: &Blueprint, seed: u64, number: u64) -> Option<Trigger> {
    let last = happenings::last(plan, seed, number)?;
    let what = words(plan, &plan.happenings[last.happening]);
    Some(Trigger { what, first: last.first, at: last.at, over: last.over })
}

/// "the pause of `db`", or its own name where it does several things.
fn words(plan: &Blueprint, happening: &Happening) -> String {
    let of_line = |line: u32| plan.lines[line as usize].part;
    let mut effects = happening.effects.iter().map(|effect| match *effect {
        Effect::Errors { part, .. } => ("errors", part),
        Effect::Slow { part, .. } => ("slowness", part),
        Effect::Stop { part } => ("pause", part),
        Effect::Servers { line, .. } => ("change", of_line(line)),
        Effect::Cores { share, .. } => ("change", plan.shares[share as usize].part),
    });
    match effects.next() {
        Some((what, part)) if effects.all(|other| other == (what, part)) => {
            format!("the {what} of `{}`", plan.parts[part as usize].name)
        }
        _ => format!("`{}`", happening.name),
    }
}

/// What became of a steady run: only a backlog or its bound can tell.
pub(super) fn steady(run: &Results, before: &Lines) -> Collapse {
    Collapse { fates: vec![judge(run, before, None, None)] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Law, Time};

    #[test]
    fn what_does_several_things_goes_by_its_name() {
        let part = |name: &str| crate::components::blueprint::PartSpec { name: name.into(), ..Default::default() };
        let plan = Blueprint { parts: vec![part("db"), part("web")], ..Blueprint::default() };
        let happening = |effects: Vec<Effect>| Happening {
            name: "night".into(),
            rank: 0,
            begins: Law::Constant(0.0),
            again: false,
            lasts: None,
            effects,
        };
        let said = |effects| words(&plan, &happening(effects));
        assert_eq!(said(vec![Effect::Stop { part: 0 }]), "the pause of `db`");
        assert_eq!(said(vec![Effect::Slow { part: 1, factor: 2.0 }]), "the slowness of `web`");
        assert_eq!(said(vec![Effect::Stop { part: 0 }, Effect::Stop { part: 1 }]), "`night`");
        assert_eq!(said(vec![]), "`night`");
    }

    #[test]
    fn the_last_trigger_is_the_one_that_is_over_last() {
        let second = 1e9;
        let happening = |name: &str, at: f64, lasts: Option<f64>| Happening {
            name: name.into(),
            rank: 0,
            begins: Law::Constant(at * second),
            again: name == "again",
            lasts: lasts.map(|s| Law::Constant(s * second)),
            effects: vec![],
        };
        let plan = |happenings| Blueprint { to: Time(100 * 1_000_000_000), happenings, ..Blueprint::default() };
        let last = |happenings| {
            let last = happenings::last(&plan(happenings), 1, 0)?;
            Some((last.happening, last.first.as_seconds(), last.at.as_seconds(), last.over.as_seconds()))
        };
        let (long, short) = (happening("long", 10.0, Some(50.0)), happening("short", 20.0, Some(1.0)));
        assert_eq!(last(vec![long.clone(), short.clone()]), Some((0, 10.0, 10.0, 60.0)));
        assert_eq!(last(vec![short, happening("stays", 70.0, None)]), Some((1, 20.0, 70.0, 70.0)));
        // Every 30 s after the end of the last one, for 10 s: at 30, 70; the third would begin at 110.
        assert_eq!(last(vec![happening("again", 30.0, Some(10.0))]), Some((0, 30.0, 70.0, 80.0)));
        assert_eq!(last(vec![long, happening("never over", 90.0, Some(20.0))]), Some((1, 10.0, 90.0, 90.0)));
        assert_eq!(last(vec![happening("too late", 100.0, None)]), None);
    }
}
