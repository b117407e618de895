//! Scalers at work: what they read of a fleet's members, period by period, and what follows.

use std::collections::BTreeMap;

use super::blueprint::Blueprint;
use super::clocks::{Clock, tick};
use super::fleets::add;
use super::world::{INDEX, Line, State};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event};
use crate::queueing::scaler::{Reading, Scaler, ScalerSpec};
use crate::record::results::{Counted, Shown};
use crate::units::Time;
use crate::units::time::SECOND;

/// A scaler of a fleet.
#[derive(Clone, Debug, PartialEq)]
pub struct ScalerPlan {
    /// The fleet.
    pub fleet: u32,
    /// What of a member is read.
    pub reads: Reads,
    /// Target, periods, pauses.
    pub spec: ScalerSpec,
    /// What its measures begin with: `web.scale`.
    pub name: String,
}

/// What of a member is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// Busy cores; the first of the members' shares.
    Cores(u32),
    /// Busy servers; the first of the members' lines.
    Servers(u32),
    /// Requests that are given to it, a second.
    Requests,
}

/// The state of all scalers.
pub(super) fn scalers_of(plan: &Blueprint) -> Vec<Scaler> {
    let of = |scaler: &ScalerPlan| Scaler::new(&scaler.spec, plan.fleets[scaler.fleet as usize].spec.places);
    plan.scalers.iter().map(of).collect()
}

impl State {
    /// The first period of each scaler begins.
    pub(super) fn start_scalers<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>) {
        for (index, scaler) in plan.scalers.iter().enumerate() {
            let fleet = &self.fleets[scaler.fleet as usize];
            let counted: Vec<u32> = fleet.present().filter(|&place| fleet.counts(place)).collect();
            for place in counted {
                let reading = self.reading(scaler, place, Time::ZERO);
                self.scalers[index].joins(place, reading);
            }
            self.plan_period(plan, agenda, index as u32, 1);
        }
    }

    fn plan_period<C: Calendar>(&self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32, number: u64) {
        let scaler = &plan.scalers[index as usize];
        let at = Time(scaler.spec.period.0.saturating_mul(number));
        let part = plan.fleets[scaler.fleet as usize].part;
        let key = Event::key(Class::Timer, plan.parts[part as usize].rank, number, index as u16);
        if at < plan.to {
            agenda.schedule(tick(Clock::Scaler, index, number as u32 & INDEX, at, key));
        }
    }

    /// What a member has used and could have given.
    fn reading(&mut self, scaler: &ScalerPlan, place: u32, now: Time) -> Reading {
        match scaler.reads {
            Reads::Cores(first) => {
                let share = &mut self.shares[(first + place) as usize];
                Reading { used: share.spent(now), offered: share.offered.so_far(now) }
            }
            Reads::Servers(first) => match &self.lines[(first + place) as usize] {
                Line::Lived(station) => {
                    Reading { used: station.held.so_far(now), offered: station.offered.so_far(now) }
                }
                Line::Known(_) => Reading::default(),
            },
            Reads::Requests => {
                let given = self.fleets[scaler.fleet as usize].given(place);
                Reading { used: u128::from(given) * u128::from(SECOND), offered: u128::from(now.0) }
            }
        }
    }

    /// A member is counted from now on, or no more.
    pub(super) fn counts(&mut self, plan: &Blueprint, now: Time, fleet: u32, place: u32, on: bool) {
        for (index, scaler) in plan.scalers.iter().enumerate().filter(|(_, scaler)| scaler.fleet == fleet) {
            let reading = self.reading(scaler, place, now);
            match on {
                true => self.scalers[index].joins(place, reading),
                false => self.scalers[index].parts(place, reading),
            }
        }
    }

    /// All members are read.
    fn read_all(&mut self, plan: &Blueprint, index: usize, now: Time) {
        let scaler = &plan.scalers[index];
        for place in 0..plan.fleets[scaler.fleet as usize].spec.places {
            if self.scalers[index].counts(place) {
                let reading = self.reading(scaler, place, now);
                self.scalers[index].reads(place, reading);
            }
        }
    }

    /// A period is over.
    pub(super) fn period_ends<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32) {
        let now = agenda.now();
        let scaler = &plan.scalers[index as usize];
        self.read_all(plan, index as usize, now);
        let fleet = &mut self.fleets[scaler.fleet as usize];
        let (wanted, range) = (fleet.wanted(), fleet.range());
        let decided = self.scalers[index as usize].decides(now, fleet.counted_now(), wanted, range);
        if let Some(to) = decided {
            fleet.want(now, to);
            self.scalers[index as usize].acted(now, to > wanted);
            self.resize(plan, agenda, scaler.fleet);
        }
        self.plan_period(plan, agenda, index, now.0 / scaler.spec.period.0 + 1);
    }

    /// Gauges forget what was before the measuring; what scalers have read of them is kept.
    pub(super) fn before_measuring(&mut self, plan: &Blueprint) {
        (0..plan.scalers.len()).for_each(|index| self.read_all(plan, index, plan.from));
    }

    /// Readings go on from where the gauges stand now.
    pub(super) fn after_measuring_began(&mut self, plan: &Blueprint) {
        for fleet in &mut self.fleets {
            fleet.begin(plan.from);
        }
        for (index, scaler) in plan.scalers.iter().enumerate() {
            for place in 0..plan.fleets[scaler.fleet as usize].spec.places {
                if self.scalers[index].counts(place) {
                    let reading = self.reading(scaler, place, plan.from);
                    self.scalers[index].joins(place, reading);
                }
            }
            self.scalers[index].begin();
        }
    }

    /// The scalers of a fleet see nothing, or see again.
    pub(super) fn blind(&mut self, plan: &Blueprint, fleet: u32, on: bool) {
        for (scaler, state) in plan.scalers.iter().zip(&mut self.scalers) {
            if scaler.fleet == fleet {
                state.blind = on;
            }
        }
    }

    /// How often they decided, and when first.
    pub(crate) fn show_scalers(&self, plan: &Blueprint, all: &mut BTreeMap<String, Shown>) {
        for (scaler, state) in plan.scalers.iter().zip(&self.scalers) {
            for (which, name) in ["out", "in"].into_iter().enumerate() {
                let first = state.first[which].map(|at| at.0 as f64);
                add(all, &format!("{}.{name}", scaler.name), Shown::Count(state.decided[which], Counted::Ones));
                add(all, &format!("{}.{name}_at", scaler.name), Shown::Once(first, Counted::Nanos));
            }
        }
    }
}
