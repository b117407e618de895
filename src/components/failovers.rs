//! The copy that leads dies: somebody notices, another one takes over, callers find it, and the dead one comes back.
//!
//! A copy in the same region takes over before one elsewhere does. Where none is there the place is down until the dead one
//! is there again. Whoever notices does so after the law `detect`, and looks whether it is still so; what notices is not
//! simulated. Callers know an address: each goes by its answer until that is `ttl` old, and of many callers the ages are
//! uniform, so that at a moment `t` after a takeover a share of `1 - t / ttl` still goes to the dead one.

use super::blueprint::Blueprint;
use super::clocks::{Clock, tick};
use super::stores::Away;
use super::world::State;
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event};
use crate::engine::program::NONE;
use crate::units::random::{join, key_of};
use crate::units::{Law, Random, Span, Time};

/// What fits beside a clock.
const MASK: u32 = (1 << 28) - 1;

impl State {
    /// Whoever leads dies, and who is inside there with it.
    pub(super) fn leader_lost<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        happening: u32,
        store: u32,
    ) {
        let Some(place) = self.leads_at(plan, store).filter(|_| self.serves_writes(plan, store)) else { return };
        self.before_change(plan, agenda);
        let region = plan.incidents.places[place as usize].region;
        let it = &mut self.incidents.stores[store as usize];
        let alone = it.standbys[region as usize] == 0;
        it.deaths = it.deaths.wrapping_add(1) & MASK;
        let by = if alone { happening } else { NONE };
        let number = it.deaths;
        it.away.push(Away { number, region, by, leads: true, replaced: false });
        if alone {
            self.incidents.outages.take(place, happening);
        }
        self.kill_at(plan, agenda, place);
        self.after_change(plan, agenda);
        let spec = &plan.incidents.stores[store as usize];
        let law = spec.without.as_ref().filter(|_| alone).or(spec.joins.as_ref());
        if let Some(law) = law {
            self.in_time(plan, agenda, store, Clock::Joins, number, law);
        }
        self.seek_everywhere(plan, agenda);
    }

    /// Nobody leads from now on: somebody notices after a time.
    pub(super) fn looks_for_leader<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, store: u32) {
        let Some(law) = &plan.incidents.stores[store as usize].detect else { return };
        let it = &mut self.incidents.stores[store as usize];
        it.searches = it.searches.wrapping_add(1) & MASK;
        let number = it.searches;
        self.in_time(plan, agenda, store, Clock::Found, number, law);
    }

    fn in_time<C: Calendar>(
        &self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        store: u32,
        clock: Clock,
        number: u32,
        law: &Law,
    ) {
        let part = &plan.parts[plan.incidents.stores[store as usize].part as usize];
        let stream = join(join(self.seed, key_of(&part.name)), key_of("failover"));
        let span = law.span(&mut Random::new(join(stream, (clock as u64) << 32 | u64::from(number))));
        let key = Event::key(Class::Capacity, part.rank, u64::from(number), 16 + clock as u16);
        agenda.schedule(tick(clock, store, number, agenda.now() + span, key));
    }

    /// Somebody has noticed that nobody leads, if that is still so.
    pub(super) fn found_out<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, store: u32, number: u32) {
        let it = &self.incidents.stores[store as usize];
        if it.searches != number || it.is_moving() || self.serves_writes(plan, store) {
            return;
        }
        self.detected(agenda.now());
        self.decided(agenda.now());
        self.promotes(plan, agenda, store, None, (NONE, 0));
    }

    /// Is there another copy beside the dead one?
    pub(super) fn can_follow_here(&self, store: u32) -> bool {
        let it = &self.incidents.stores[store as usize];
        let died = it.away.iter().find(|away| away.leads);
        died.is_some_and(|away| it.standbys[away.region as usize] > 0)
    }

    /// A copy takes the place of the one that led.
    pub(super) fn has_taken_over(&mut self, store: u32, to: u32, here: bool) {
        let it = &mut self.incidents.stores[store as usize];
        if here {
            it.standbys[to as usize] = it.standbys[to as usize].saturating_sub(1);
        }
        for away in it.away.iter_mut().filter(|away| away.leads) {
            away.leads = false;
            away.replaced = here;
        }
    }

    /// A copy that had died is there again: it leads if nobody else does, or stands by.
    pub(super) fn joins_again<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        store: u32,
        number: u32,
    ) {
        let it = &mut self.incidents.stores[store as usize];
        let Some(at) = it.away.iter().position(|away| away.number == number) else { return };
        let away = it.away[at];
        // Whoever is about to take over does so; the one that is back joins after that.
        if away.leads && it.is_moving() {
            it.waiting.push(number);
            return;
        }
        self.before_change(plan, agenda);
        let it = &mut self.incidents.stores[store as usize];
        it.away.remove(at);
        if away.replaced {
            it.standbys[away.region as usize] += 1;
        }
        if away.by != NONE {
            let place = plan.incidents.stores[store as usize].places[away.region as usize];
            self.incidents.outages.give_back(place, away.by);
        }
        self.after_change(plan, agenda);
        self.seek_everywhere(plan, agenda);
    }

    /// Does a caller still go by the address of a copy that led before?
    pub(super) fn goes_astray(&self, plan: &Blueprint, now: Time, slot: u32, store: u32) -> bool {
        let ttl = plan.incidents.stores[store as usize].ttl;
        let Some(since) = self.incidents.stores[store as usize].taken_over else { return false };
        let known = now.since(since);
        ttl > Span::ZERO && known < ttl && {
            let age = self.of_user(plan, slot, "address").unit() * ttl.0 as f64;
            age > known.0 as f64
        }
    }
}
