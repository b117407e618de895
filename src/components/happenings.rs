//! What breaks or is changed, at its time, and is whole again afterwards.

use std::collections::BTreeMap;

use super::blueprint::{Blueprint, Effect, Happening};
use super::clocks::{Clock, tick};
use super::world::{Kind, Line, State, what};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event};
use crate::record::results::{Counted, Shown};
use crate::units::random::{join, key_of};
use crate::units::{Random, Span, Time};

/// The draws of the `count`-th time that something happens, in a run whose draws begin at `base`.
fn draws(base: u64, happening: &Happening, count: u64, purpose: &str) -> Random {
    Random::new(join(join(join(base, key_of(&happening.name)), key_of(purpose)), count))
}

/// The last thing that happens in a run, and when the first one does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last {
    /// Which one, in the order of the blueprint.
    pub happening: usize,
    /// When the first of all begins.
    pub first: Time,
    /// When the last of all begins.
    pub at: Time,
    /// When it is over; where it stays until the end of the run, its beginning.
    pub over: Time,
}

/// Something that happens once in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurs {
    /// Which happening, in the order of the blueprint.
    pub happening: usize,
    /// When it begins.
    pub at: Time,
    /// When it is over; [`Time::NEVER`] if it stays, or has no length.
    pub over: Time,
}

/// All that happens in a run of this seed and replication, without running it; in the order of the blueprint.
pub fn all(plan: &Blueprint, seed: u64, replication: u64) -> Vec<Occurs> {
    let base = join(seed, replication);
    let mut found = Vec::new();
    for (index, happening) in plan.happenings.iter().enumerate() {
        let (mut count, mut after) = (0, Time::ZERO);
        loop {
            let at = after + happening.begins.span(&mut draws(base, happening, count, "begins"));
            if at >= plan.to {
                break;
            }
            let lasts = happening.lasts.as_ref().map(|law| law.span(&mut draws(base, happening, count, "lasts")));
            let over = lasts.map_or(Time::NEVER, |span| at + span);
            found.push(Occurs { happening: index, at, over });
            if !happening.again || over >= plan.to {
                break;
            }
            (count, after) = (count + 1, over);
        }
    }
    found
}

/// What triggers last in a run of this seed and replication, without running it; none if nothing happens before its end.
pub fn last(plan: &Blueprint, seed: u64, replication: u64) -> Option<Last> {
    let one = |occurs: Occurs| {
        let Occurs { happening, at, over } = occurs;
        Last { happening, first: at, at, over: if over < plan.to { over } else { at } }
    };
    all(plan, seed, replication).into_iter().map(one).reduce(Last::and)
}

impl Last {
    /// The later of two, with the earlier beginning.
    fn and(self, other: Last) -> Last {
        let later = if other.over > self.over { other } else { self };
        Last { first: self.first.min(other.first), ..later }
    }
}

impl State {
    /// Plans the next beginning of a happening, counted from `after`.
    pub(crate) fn plan_happening<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        index: u32,
        after: Time,
        happening: &Happening,
    ) {
        let count = self.happened[index as usize];
        let at = after + happening.begins.span(&mut draws(self.seed, happening, count, "begins"));
        let key = Event::key(Class::Capacity, happening.rank, count, 1);
        if at < plan.to {
            agenda.schedule(tick(Clock::Begin, index, 0, at, key));
        }
    }

    /// A happening begins.
    pub(crate) fn begins<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32) {
        let happening = &plan.happenings[index as usize];
        let count = self.happened[index as usize];
        self.happened[index as usize] += 1;
        self.watch_fault(plan, agenda.now(), index);
        for effect in &happening.effects {
            self.effect(plan, agenda, index, effect, true);
        }
        if let Some(law) = &happening.lasts {
            let span = law.span(&mut draws(self.seed, happening, count, "lasts"));
            self.calls_crew(plan, agenda, index, span);
        }
    }

    /// A happening ends, and perhaps comes again.
    pub(crate) fn ends<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32) {
        let happening = &plan.happenings[index as usize];
        for effect in &happening.effects {
            self.effect(plan, agenda, index, effect, false);
        }
        self.frees_crew(plan, agenda, index);
        if happening.again {
            self.plan_happening(plan, agenda, index, agenda.now(), happening);
        }
    }

    /// How often each has happened.
    pub(crate) fn show_happenings(&self, plan: &Blueprint, _to: Time, all: &mut BTreeMap<String, Shown>) {
        for (happening, &count) in plan.happenings.iter().zip(&self.happened) {
            all.insert(format!("{}.times", happening.name), Shown::Count(count, Counted::Ones));
        }
    }

    /// What a happening does, or does no more.
    pub(super) fn effect<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        index: u32,
        effect: &Effect,
        on: bool,
    ) {
        match *effect {
            Effect::Errors { part, share } => self.errors[part as usize] = if on { share } else { 0.0 },
            Effect::Slow { part, factor } => self.slow(plan, agenda, part, if on { factor } else { 1.0 }),
            Effect::Stop { part } => {
                self.stop(plan, agenda, part, on);
                self.stop_taking(plan, agenda, part, on);
            }
            Effect::Poison { store, count } => self.messages.all[store as usize].poison = if on { count } else { 0 },
            Effect::Twice { store, share } => self.comes_twice(plan, store, on.then_some(share)),
            Effect::Gate { gate, effect } => self.gate_effect(plan, agenda, gate, effect, on),
            Effect::Servers { line, servers } => {
                let servers = if on { servers } else { plan.lines[line as usize].station.servers };
                if let Line::Lived(station) = &mut self.lines[line as usize] {
                    station.set_servers(agenda.now(), servers);
                }
                self.fill(plan, agenda, line);
                self.seek_of_part(plan, agenda, plan.lines[line as usize].part);
            }
            Effect::ClearPool { pool } if on => self.pools[pool as usize].pool.clear(agenda.now()),
            Effect::ClearPool { .. } => {}
            Effect::Fleet { fleet, does } => self.fleet_effect(plan, agenda, fleet, does, on),
            Effect::Cores { share, cores } => {
                self.shares[share as usize].set_cores(agenda.now(), cores);
                self.rearm(plan, agenda, share);
                self.seek_of_part(plan, agenda, plan.shares[share as usize].part);
            }
            Effect::Flush { part } if on => self.flush(plan, agenda.now(), part),
            Effect::Expire { part, keys } if on => self.expire(plan, agenda.now(), part, keys),
            Effect::Flush { .. } | Effect::Expire { .. } => {}
            Effect::HotKey { .. } => self.hot_key(agenda.now(), effect, on),
            Effect::Outage { hit } => self.outage(plan, agenda, index, hit, on),
            Effect::Road { group, lost, longer } => {
                let trouble = on.then_some((lost, Span::from_nanos(longer)));
                self.trouble(plan, agenda, index, group, trouble);
            }
            Effect::Blind { part } => {
                self.wake_alarms(plan, agenda);
                self.incidents.blinds(part, on);
            }
            Effect::Stuck { name } => self.incidents.names[name as usize].stick(on),
            Effect::Stalled { store } => self.stalls(agenda.now(), store, on),
            Effect::LeaderLost { store } if on => self.leader_lost(plan, agenda, index, store),
            Effect::LeaderLost { .. } => {}
            Effect::Start { runbook } if on => self.start_runbook(plan, agenda, runbook),
            Effect::Start { .. } => {}
        }
    }

    fn slow<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, part: u32, factor: f64) {
        for (index, spec) in plan.lines.iter().enumerate().filter(|(_, spec)| spec.part == part && !spec.pool) {
            debug_assert!(!spec.committed);
            if let Line::Lived(station) = &mut self.lines[index] {
                station.set_factor(factor);
            }
        }
        for (index, _) in plan.shares.iter().enumerate().filter(|(_, spec)| spec.part == part) {
            let millionths = (1e6 / factor + 0.5) as u64;
            self.shares[index].set_speed(agenda.now(), millionths.max(1));
            self.rearm(plan, agenda, index as u32);
        }
        self.slow_loops(plan, part, factor);
    }

    fn stop<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, part: u32, on: bool) {
        let now = agenda.now();
        for (index, _) in plan.lines.iter().enumerate().filter(|(_, spec)| spec.part == part && !spec.pool) {
            let Line::Lived(station) = &mut self.lines[index] else { continue };
            if on {
                station.stop(now);
                continue;
            }
            let rank = plan.parts[part as usize].rank;
            station.go_on(now, |resumed| {
                let key = Event::key(Class::Departure, rank, resumed.number, index as u16);
                let what = what(Kind::Depart, index as u32);
                agenda.schedule(Event { at: resumed.finish, key, what, slot: resumed.job });
            });
            self.fill(plan, agenda, index as u32);
        }
        for (index, _) in plan.shares.iter().enumerate().filter(|(_, spec)| spec.part == part) {
            self.shares[index].set_stopped(now, on);
            self.rearm(plan, agenda, index as u32);
        }
        self.stop_loops(plan, agenda, part, on);
    }
}
