//! Data with copies, as programs write it and runbooks move it.

use std::collections::BTreeMap;

use super::blueprint::Blueprint;
use super::clocks::{Clock, tick};
use super::incidents::{Incidents, StoreSpec};
use super::world::State;
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event};
use crate::engine::program::{NONE, Pc};
use crate::queueing::backups::Backups;
use crate::queueing::replicas::{Acknowledged, Loss, Replicas};
use crate::record::Histogram;
use crate::record::results::{Cause, Counted, Shown};
use crate::units::random::{join, key_of};
use crate::units::{Law, Random, Span, Time};

/// Data with copies.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    copies: Replicas,
    written: Acknowledged,
    backups: Option<Backups>,
    /// Lags, promotions and restorations drawn so far.
    drawn: [u64; 2],
    /// What is under way, and its number: a later one takes its place.
    moves: Option<Move>,
    count: u32,
    /// When it was cut off last, for a restoration.
    down_since: Option<Time>,
    lost: u64,
    /// Copies besides the first one in each region.
    pub(super) standbys: Vec<u32>,
    /// Those that died and are not there again.
    pub(super) away: Vec<Away>,
    /// Numbers the searches for somebody who leads, and the deaths.
    pub(super) searches: u32,
    pub(super) deaths: u32,
    /// Deaths whose copies are back and wait for the end of what is under way.
    pub(super) waiting: Vec<u32>,
    /// When a copy took over last.
    pub(super) taken_over: Option<Time>,
    lags: Histogram,
}

/// A copy that died while it led.
#[derive(Clone, Copy, Debug)]
pub(super) struct Away {
    /// Its number among all such deaths.
    pub number: u32,
    /// Where.
    pub region: u32,
    /// By which happening its place is down, as nobody else is there; or `NONE`.
    pub by: u32,
    /// Nobody has taken its place yet.
    pub leads: bool,
    /// One in the same region has.
    pub replaced: bool,
}

/// A promotion or a restoration under way.
#[derive(Clone, Copy, Debug)]
struct Move {
    /// Where the copy is that will lead.
    to: u32,
    /// From a backup?
    restores: bool,
    /// From a copy in the same region?
    here: bool,
    /// The thread of the runbook that waits for it, or `NONE`.
    thread: u32,
    /// Which life of that thread it is.
    life: u32,
}

impl Store {
    /// Is a promotion or a restoration under way?
    pub(super) fn is_moving(&self) -> bool {
        self.moves.is_some()
    }
}

impl State {
    /// Stores at their start.
    pub(super) fn stores_of(plan: &Blueprint, seed: u64) -> Vec<Store> {
        let one = |spec: &StoreSpec| {
            let behind = [0, 1].map(|number| lag(plan, seed, spec, number));
            Store {
                copies: Replicas::new(spec.leader, behind),
                written: Acknowledged::new(spec.work),
                backups: spec.backups.map(|(every, ready)| Backups::new(every, ready)),
                drawn: [2, 0],
                moves: None,
                count: 0,
                down_since: None,
                lost: 0,
                standbys: vec![spec.standbys; spec.places.len()],
                away: Vec::new(),
                searches: 0,
                deaths: 0,
                waiting: Vec::new(),
                taken_over: None,
                lags: Histogram::coarse(),
            }
        };
        plan.incidents.stores.iter().map(one).collect()
    }

    /// Where a store is written.
    pub(super) fn led_from(&self, store: u32) -> Option<u32> {
        self.incidents.stores[store as usize].copies.leader()
    }

    /// The place of the copy that leads.
    pub(super) fn leads_at(&self, plan: &Blueprint, store: u32) -> Option<u32> {
        place_in(&plan.incidents, store, self.led_from(store)?)
    }

    /// Is there somebody who leads, and not down?
    pub(super) fn serves_writes(&self, plan: &Blueprint, store: u32) -> bool {
        let died = self.incidents.stores[store as usize].away.iter().any(|away| away.leads);
        !died && self.leads_at(plan, store).is_some_and(|place| !self.incidents.outages.down(&plan.incidents, place))
    }

    /// Comes to be written: fails unless somebody leads.
    pub(super) fn head<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        pc: Pc,
        store: u32,
    ) -> bool {
        let serves = self.serves_writes(plan, store) && !self.goes_astray(plan, agenda.now(), slot, store);
        if !serves {
            self.fails(plan, agenda, slot, pc, Cause::Broken as u8);
        }
        serves
    }

    /// A write is acknowledged.
    pub(super) fn acknowledged(&mut self, plan: &Blueprint, store: u32, now: Time) {
        let it = &mut self.incidents.stores[store as usize];
        it.written.add(now);
        if now >= plan.from {
            let law = &plan.incidents.stores[store as usize].lag;
            let key = key_of(&plan.parts[plan.incidents.stores[store as usize].part as usize].name);
            let mut random = Random::new(join(join(join(self.seed, key), key_of("seen")), it.lags.count()));
            it.lags.record(it.written.backlog(now) + law.span(&mut random));
        }
        let safe = it.copies.safe_before(now);
        let saved = it.backups.as_ref().map_or(Time::NEVER, |backups| backups.lacks_from(it.down_since.unwrap_or(now)));
        it.written.forget_before(safe, saved);
    }

    /// Who leads is cut off from now on, or heard again.
    pub(super) fn hear_leader<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, store: u32) {
        let now = agenda.now();
        let up = self.serves_writes(plan, store);
        let spec = &plan.incidents.stores[store as usize];
        let heard = up && self.led_from(store).is_some_and(|leader| self.hears(plan, spec, leader));
        if self.led_from(store).is_none() {
            return;
        }
        let it = &mut self.incidents.stores[store as usize];
        let missed = !up && it.down_since.is_none();
        it.down_since = if up { None } else { it.down_since.or(Some(now)) };
        if missed {
            self.looks_for_leader(plan, agenda, store);
        }
        let it = &mut self.incidents.stores[store as usize];
        match heard {
            true if it.copies.is_cut() => {
                let next = self.next_lag(plan, store);
                self.incidents.stores[store as usize].copies.mend(next);
            }
            true => {}
            false => it.copies.cut(now),
        }
    }

    /// Does any other copy hear the one in this region?
    fn hears(&self, plan: &Blueprint, spec: &StoreSpec, leader: u32) -> bool {
        let regions = spec.places.len() as u32;
        let mut others = (0..regions).filter(|other| *other != leader && spec.places[*other as usize] != NONE);
        let alone = others.clone().next().is_none();
        alone || others.any(|other| !self.incidents.roads.cut(leader * plan.incidents.regions.len() as u32 + other))
    }

    fn next_lag(&mut self, plan: &Blueprint, store: u32) -> Span {
        let spec = &plan.incidents.stores[store as usize];
        let drawn = &mut self.incidents.stores[store as usize].drawn[0];
        *drawn += 1;
        let number = *drawn;
        lag(plan, self.seed, spec, number)
    }

    /// Another copy is to lead; none: the first in another region that is up. False if there is none to.
    pub(crate) fn promotes<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        store: u32,
        to: Option<u32>,
        by: (u32, u32),
    ) -> bool {
        let spec = &plan.incidents.stores[store as usize];
        let leader = self.led_from(store);
        let other = |region: u32| {
            let place = spec.places.get(region as usize).copied().unwrap_or(NONE);
            Some(region) != leader && place != NONE && !self.incidents.outages.down(&plan.incidents, place)
        };
        let here = leader.filter(|_| self.can_follow_here(store));
        let to = to.or(here).or_else(|| (0..plan.incidents.regions.len() as u32).find(|region| other(*region)));
        let here = to.is_some() && to == here;
        let Some(to) = to.filter(|to| (Some(*to) != leader || here) && leader.is_some()) else { return false };
        let now = agenda.now();
        self.before_change(plan, agenda);
        self.incidents.stores[store as usize].copies.promote(now);
        self.after_change(plan, agenda);
        let law = spec.promote.clone();
        self.moves(plan, agenda, store, &law, Move { to, restores: false, here, thread: by.0, life: by.1 });
        true
    }

    /// The data are to come back from a backup. False if there is none.
    pub(crate) fn restores<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        store: u32,
        by: (u32, u32),
    ) -> bool {
        let spec = &plan.incidents.stores[store as usize];
        let Some(law) = spec.restore.clone().filter(|_| spec.backups.is_some()) else { return false };
        let to = self.led_from(store).unwrap_or(spec.leader);
        self.moves(plan, agenda, store, &law, Move { to, restores: true, here: false, thread: by.0, life: by.1 });
        true
    }

    fn moves<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, store: u32, law: &Law, new: Move) {
        let seed = self.seed;
        let it = &mut self.incidents.stores[store as usize];
        let spec = &plan.parts[plan.incidents.stores[store as usize].part as usize];
        let stream = join(join(join(seed, key_of(&spec.name)), key_of("moves")), it.drawn[1]);
        it.drawn[1] += 1;
        it.count = it.count.wrapping_add(1) & ((1 << 28) - 1);
        let old = it.moves.replace(new);
        let at = agenda.now() + law.span(&mut Random::new(stream));
        let key = Event::key(Class::Capacity, spec.rank, u64::from(it.count), 2);
        agenda.schedule(tick(Clock::Move, store, it.count, at, key));
        // What was under way before is over without an effect.
        if let Some(old) = old {
            self.action_ends(plan, agenda, old.thread, old.life);
        }
    }

    /// A promotion or restoration is over.
    pub(crate) fn moved<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, store: u32, number: u32) {
        let now = agenda.now();
        let it = &mut self.incidents.stores[store as usize];
        if it.count != number {
            return;
        }
        let Some(over) = it.moves.take() else { return };
        self.before_change(plan, agenda);
        let loss = if over.restores {
            self.restored(plan, now, store, over.to)
        } else {
            let next = self.next_lag(plan, store);
            self.has_taken_over(store, over.to, over.here);
            let it = &mut self.incidents.stores[store as usize];
            it.taken_over = Some(now);
            match over.here && plan.incidents.stores[store as usize].together {
                true => it.copies.take_over_whole(over.to, now, next),
                false => it.copies.take_over(over.to, now, &mut it.written, next),
            }
        };
        self.incidents.stores[store as usize].lost += loss.writes;
        self.after_change(plan, agenda);
        self.has_lost(&loss);
        for number in std::mem::take(&mut self.incidents.stores[store as usize].waiting) {
            self.joins_again(plan, agenda, store, number);
        }
        self.action_ends(plan, agenda, over.thread, over.life);
    }

    /// A copy is back as it was when it was made; whatever had taken the place down does so no more.
    fn restored(&mut self, plan: &Blueprint, now: Time, store: u32, to: u32) -> Loss {
        let it = &mut self.incidents.stores[store as usize];
        let from = it.backups.map_or(now, |backups| backups.lacks_from(it.down_since.unwrap_or(now)));
        let (writes, oldest) = it.written.from(from);
        it.written.lose_from(from);
        it.copies.resume(to);
        it.away.retain(|away| !away.leads);
        it.down_since = None;
        if let Some(place) = place_in(&plan.incidents, store, to) {
            self.incidents.outages.heal(place);
        }
        Loss { from, writes, oldest }
    }

    /// The followers stand still, or follow again.
    pub(crate) fn stalls(&mut self, now: Time, store: u32, on: bool) {
        self.incidents.stores[store as usize].copies.stall(now, on);
    }

    /// What was lost.
    pub(crate) fn show_stores(&self, plan: &Blueprint, all: &mut BTreeMap<String, Shown>) {
        for (store, spec) in self.incidents.stores.iter().zip(&plan.incidents.stores) {
            let name = &plan.parts[spec.part as usize].name;
            all.insert(format!("{name}.lost"), Shown::Count(store.lost, Counted::Ones));
            all.insert(format!("{name}.lag"), Shown::Times(store.lags.clone()));
        }
    }
}

fn place_in(plan: &Incidents, store: u32, region: u32) -> Option<u32> {
    let place = *plan.stores[store as usize].places.get(region as usize)?;
    (place != NONE).then_some(place)
}

/// How far behind the followers are, the `number`-th time that somebody needs to know.
fn lag(plan: &Blueprint, seed: u64, spec: &StoreSpec, number: u64) -> Span {
    let name = &plan.parts[spec.part as usize].name;
    spec.lag.span(&mut Random::new(join(join(join(seed, key_of(name)), key_of("lag")), number)))
}
