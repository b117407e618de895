//! Replications of a story, and beside each the same seed without what triggers: faults and changes.
//!
//! The second run is made only where there are triggers. It keeps the compiled plan and drops what happens, so that each
//! draw is the one of the first run (draws depend on what they are for).

use std::sync::Arc;

use rayon::prelude::*;

use super::simulation::{Failure, Simulation, replication};
use super::study::Watch;
use crate::components::Blueprint;
use crate::components::blueprint::{Effect, Happening};
use crate::components::happenings;
use crate::components::lookout::Lookout;
use crate::engine::program::NONE;
use crate::outcome::causes::{Account, Happened, account};
use crate::outcome::collapse::{Collapse, Fate, Goodput, Lines, Trigger, judge};
use crate::record::results::Shown;
use crate::record::{Course, Results};
use crate::units::{Span, Time};

/// All replications of a story, in the order of their numbers, whoever finishes first.
pub(super) struct Story {
    /// What each measured.
    pub runs: Vec<Results>,
    /// What became of each.
    pub collapse: Collapse,
    /// Why it became of those that were looked at.
    pub accounts: Vec<Account>,
    /// What was seen of the first one.
    pub course: Option<Course>,
    /// Processor seconds of their event loops, without those of the second runs.
    pub cpu: f64,
}

/// Replications that are looked at: as many as it takes to say how often it is so.
const LOOKED_AT: u32 = 64;

/// One replication.
pub(super) struct Replicated {
    /// What it measured.
    pub run: Results,
    /// What became of it.
    pub fate: Fate,
    /// Why; none if it was not looked at.
    pub account: Option<Account>,
    /// What was seen; only of the first one.
    pub course: Option<Course>,
    /// Processor seconds of its event loop.
    pub cpu: f64,
}

/// Runs a story so often.
pub(super) fn story(plan: &Arc<Blueprint>, seed: u64, count: u32, watch: Watch<'_>) -> Result<Story, Failure> {
    let pair = Pair::new(plan, seed, count, watch);
    let replicated: Result<Vec<_>, Failure> =
        (0..count).into_par_iter().map(|number| pair.replication(number)).collect();
    let (runs, accounts, collapse) = (Vec::new(), Vec::new(), Collapse::default());
    let mut story = Story { runs, collapse, accounts, course: None, cpu: 0.0 };
    for one in replicated? {
        story.runs.push(one.run);
        story.collapse.fates.push(one.fate);
        story.accounts.extend(one.account);
        story.course = story.course.or(one.course);
        story.cpu += one.cpu;
    }
    Ok(story)
}

/// A plan, and the same in which nothing happens, where anything does.
pub(super) struct Pair<'w> {
    plan: Arc<Blueprint>,
    quiet: Option<Arc<Blueprint>>,
    /// Of all replications.
    pub seed: u64,
    /// There is just one replication.
    alone: bool,
    watch: Watch<'w>,
}

impl<'w> Pair<'w> {
    /// Of a compiled scenario.
    pub(super) fn new(plan: &Arc<Blueprint>, seed: u64, count: u32, watch: Watch<'w>) -> Pair<'w> {
        let quiet = || {
            let mut quiet = Blueprint { happenings: Vec::new(), ..Blueprint::clone(plan) };
            quiet.incidents.faults.clear();
            Arc::new(quiet)
        };
        let quiet = (!plan.happenings.is_empty()).then(quiet);
        Pair { plan: plan.clone(), quiet, seed, alone: count == 1, watch }
    }

    /// One replication, and what became of it.
    pub(super) fn replication(&self, number: u32) -> Result<Replicated, Failure> {
        let looked_at = number < LOOKED_AT && !self.watch.unseen;
        let number = u64::from(number);
        let trigger = trigger(&self.plan, self.seed, number);
        // A second run that cannot go on is nothing to compare with; the first one decides.
        let without = || {
            let quiet = self.quiet.as_ref().filter(|_| trigger.is_some())?;
            let run = replication(quiet, self.seed, number).ok()?;
            Some((failed(&run), Goodput::of(run)))
        };
        // Of several replications each is a task already.
        let (run, without) = if self.alone {
            rayon::join(|| self.watched(number, looked_at), without)
        } else {
            (self.watched(number, looked_at), without())
        };
        let Watched { mut run, lines, course, cpu } = run?;
        let without = without.map(|(failed_there, goodput)| {
            self.failed_beyond(&mut run, failed_there);
            goodput
        });
        let fate = judge(&run, &lines, trigger, without.as_ref());
        let happened = || happened(&self.plan, self.seed, number);
        let account = course.as_ref().map(|course| account(self.watch.scheme, &run, course, &happened()));
        (self.watch.done)();
        Ok(Replicated { run, fate, account, course: course.filter(|_| number == 0), cpu })
    }

    /// How many more requests failed than without any fault: the doing of the one that is watched.
    fn failed_beyond(&self, run: &mut Results, without: u64) {
        let [fault] = self.plan.incidents.faults[..] else { return };
        let path = format!("{}.failed_beyond", self.plan.happenings[fault as usize].name);
        let beyond = failed(run) as f64 - without as f64;
        if let Some(Shown::Once(value, _)) = run.shown.get_mut(&path) {
            *value = Some(beyond);
        }
    }

    /// A run, whose lines are counted when nine tenths of it are over, and which is looked at all along if somebody asks.
    fn watched(&self, number: u64, looked_at: bool) -> Result<Watched, Failure> {
        let begun = (self.watch.clock)();
        let to = self.plan.to;
        let mut simulation: Simulation = Simulation::new(&self.plan, self.seed, number);
        let promised = || self.watch.scheme.promised();
        let mut lookout = looked_at.then(|| Lookout::new(&self.plan, self.plan.slot).promising(&promised()));
        let mut go = |simulation: &mut Simulation, until: Time| match &mut lookout {
            None => simulation.run_until(until),
            Some(lookout) => simulation.look_until(until, lookout),
        };
        go(&mut simulation, to - Span(to.0 / 10))?;
        let lines = Lines(simulation.lines());
        if !simulation.collapsed() {
            go(&mut simulation, to)?;
        }
        let (run, cpu) = (simulation.results(), (self.watch.clock)() - begun);
        Ok(Watched { run, lines, course: lookout.map(Lookout::course), cpu })
    }
}

fn failed(run: &Results) -> u64 {
    run.flows.iter().flat_map(|flow| flow.whole.failed).sum()
}

/// A run and what was seen of it.
struct Watched {
    run: Results,
    lines: Lines,
    course: Option<Course>,
    cpu: f64,
}

/// All that happens in a replication.
fn happened(plan: &Blueprint, seed: u64, number: u64) -> Vec<Happened> {
    let one = |occurs: happenings::Occurs| Happened { happening: occurs.happening, at: occurs.at, over: occurs.over };
    happenings::all(plan, seed, number).into_iter().map(one).collect()
}

/// What each happening is, in words.
pub(super) fn all_words(plan: &Blueprint) -> Vec<String> {
    plan.happenings.iter().map(|happening| words(plan, happening)).collect()
}

/// What triggered in a replication.
fn trigger(plan: &Blueprint, seed: u64, number: u64) -> Option<Trigger> {
    let last = happenings::last(plan, seed, number)?;
    let what = words(plan, &plan.happenings[last.happening]);
    Some(Trigger { what, first: last.first, at: last.at, over: last.over })
}

/// "the pause of `db`", or its own name where it does several things.
fn words(plan: &Blueprint, happening: &Happening) -> String {
    let mut effects = happening.effects.iter().map(|effect| match *effect {
        Effect::Errors { part, .. } => ("errors", part),
        Effect::Slow { part, .. } => ("slowness", part),
        Effect::Stop { part } => ("pause", part),
        Effect::Poison { store, .. } => ("poison", plan.messages[store as usize].part),
        Effect::Twice { store, .. } => ("repetition", plan.messages[store as usize].part),
        Effect::Gate { gate, .. } => ("limit", plan.gates.gates[gate as usize].part),
        Effect::Servers { line, .. } => ("change", plan.lines[line as usize].part),
        Effect::Cores { share, .. } => ("change", plan.shares[share as usize].part),
        Effect::ClearPool { pool } => ("clearing", plan.pools[pool as usize].part),
        Effect::Fleet { fleet, does } => (does.word(), plan.fleets[fleet as usize].part),
        Effect::Flush { part } => ("loss", part),
        Effect::Expire { part, .. } => ("expiry", part),
        Effect::LeaderLost { store } => ("loss of the copy that leads", plan.incidents.stores[store as usize].part),
        Effect::Stalled { store } => ("stalled copies", plan.incidents.stores[store as usize].part),
        Effect::Stuck { name } => ("stuck answers", plan.incidents.names[name as usize].part),
        Effect::Blind { part } => ("silence", part),
        Effect::Outage { .. } | Effect::Road { .. } | Effect::Start { .. } | Effect::HotKey { .. } => ("", NONE),
    });
    match effects.next() {
        Some((what, part)) if part != NONE && effects.all(|other| other == (what, part)) => {
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
            crew: None,
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
            crew: None,
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
