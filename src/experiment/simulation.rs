//! One run: a world and its agenda, brought from moment to moment.

use std::sync::Arc;

use crate::components::lookout::Lookout;
use crate::components::steady::Watched;
use crate::components::{Blueprint, RunWorld};
use crate::engine::calendar::{Calendar, Ladder};
use crate::engine::{Agenda, Stuck};
use crate::record::{Results, Slices, Timeline};
use crate::units::{Span, Time};

/// Why a run ended before its time, as an error of the scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A million events at one instant.
    Circle {
        /// The instant.
        at: Time,
        /// Who goes round, as far as the last event tells.
        who: String,
    },
    /// Too much in flight for the slots of the timers.
    Exhausted {
        /// The instant.
        at: Time,
    },
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Circle { at, who } => write!(
                f,
                "a million events at one instant ({at}): `{who}` goes round in a circle that takes no time; give one of \
                 its steps a time, or a pause to its retries"
            ),
            Failure::Exhausted { at } => write!(f, "more than 268 million timers at {at}; shorten a timeout"),
        }
    }
}

/// A run that can be continued, looked at and cloned: the copy goes on by itself, byte for byte the same.
#[derive(Clone, Debug)]
pub struct Simulation<C = Ladder> {
    world: RunWorld,
    agenda: Agenda<C>,
    /// Width of a slice, at the ends of which somebody may look.
    slice: Span,
    followed: bool,
}

impl<C: Calendar> Simulation<C> {
    /// A run at its start.
    pub fn new(plan: &Arc<Blueprint>, seed: u64, replication: u64) -> Simulation<C> {
        let slice = if plan.slot == Span::ZERO { Span::FOREVER } else { Timeline::slot_for(plan.slot) };
        let world = RunWorld::new(plan.clone(), seed, replication);
        let mut simulation = Simulation { world, agenda: Agenda::default(), slice, followed: false };
        simulation.world.start(&mut simulation.agenda);
        simulation
    }

    /// Keeps the numbers of one metric in slices.
    pub fn watch(&mut self, watched: Watched, slices: Slices) {
        self.world.watch_metric(watched, slices);
    }

    /// The slices of the watched metric.
    pub fn slices(&self) -> Option<&Slices> {
        self.world.slices()
    }

    /// Keeps the course of the run from its start, for pictures over time.
    pub fn follow(&mut self) {
        self.world.follow(self.slice);
        self.followed = true;
    }

    /// Lets everything happen that happens before a moment.
    pub fn run_until(&mut self, until: Time) -> Result<(), Failure> {
        self.run_seen(until, None, &|_| ())
    }

    fn go_on_until(&mut self, until: Time) -> Result<(), Failure> {
        self.agenda.run(&mut self.world, until).map_err(|stuck| match stuck {
            Stuck::Circle { at, last } => Failure::Circle { at, who: self.world.owner(last.key.owner()) },
            Stuck::Exhausted { at } => Failure::Exhausted { at },
        })
    }

    /// The same, standing still where the lookout wants to look, and telling `seen` how much simulated time has passed
    /// since it was told last.
    ///
    /// Where nobody looks and nobody follows, nothing stops. Otherwise the loop stops at the end of each slice, without anybody knowing in advance: what may run ahead of the clock runs as
    /// far as before, so stopping changes nothing.
    pub fn run_seen(
        &mut self,
        until: Time,
        mut lookout: Option<&mut Lookout>,
        seen: &dyn Fn(Span),
    ) -> Result<(), Failure> {
        self.world.set_horizon(until);
        if lookout.is_none() && !self.followed {
            let before = self.agenda.now();
            self.go_on_until(until)?;
            seen(self.agenda.now().since(before));
            return Ok(());
        }
        self.world.walks();
        while !self.agenda.halt {
            let before = self.agenda.now();
            let slice = Time((before.0 / self.slice.0 + 1).saturating_mul(self.slice.0));
            let look = lookout.as_ref().map_or(Time::NEVER, |lookout| lookout.next());
            let next = slice.min(look);
            self.go_on_until(next.min(until))?;
            let now = self.agenda.now();
            seen(now.since(before));
            if self.followed && now == slice {
                self.world.slice_ends(slice);
            }
            if self.collapsed() {
                break;
            }
            if let Some(lookout) = lookout.as_mut().filter(|_| now == look) {
                lookout.look(&self.world, now);
            }
            if next >= until && lookout.as_ref().is_none_or(|lookout| lookout.next() > until) {
                break;
            }
        }
        Ok(())
    }

    /// What has been measured up to now.
    pub fn results(&self) -> Results {
        self.world.results(self.agenda.now(), self.agenda.events())
    }

    /// How many wait now at each part, and how many came in there since the measuring began.
    pub fn lines(&self) -> Vec<(u64, u64)> {
        self.world.lines(self.agenda.now())
    }

    /// The present moment.
    pub fn now(&self) -> Time {
        self.agenda.now()
    }

    /// Has the run ended because an unlimited line passed its bound?
    pub fn collapsed(&self) -> bool {
        self.agenda.halt
    }
}

/// One replication of a story, from its start to its end.
pub fn replication(plan: &Arc<Blueprint>, seed: u64, number: u64) -> Result<Results, Failure> {
    let mut simulation: Simulation = Simulation::new(plan, seed, number);
    simulation.run_until(plan.to)?;
    Ok(simulation.results())
}
