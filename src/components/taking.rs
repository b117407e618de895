//! Taking: a taker that is free takes what is in sight, at once, when its batch is full, or when it polls.
//!
//! A run comes into its part as an event of its own, so at one instant everybody has left before anybody takes. It takes
//! what was in sight when it was started, so that an idle taker takes the first arrival alone whatever the names are; one
//! that had to wait for its worker takes what is in sight when it has one.

use super::blueprint::Blueprint;
use super::clocks::{Clock, tick, timer};
use super::frames::Parent;
use super::messages::{Held, Keeper, Most, OnError, Run, StoreKind, TakerSpec};
use super::tally::Stay;
use super::world::{Line, State};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event, Key};
use crate::engine::program::NONE;
use crate::record::results::Cause;
use crate::units::{Span, Time};

impl TakerSpec {
    /// One who is told, takes whatever there is, and gives none of it back.
    pub fn told(part: u32, place: u32, store: u32, entry: u32) -> TakerSpec {
        TakerSpec {
            part,
            place,
            store,
            entry,
            batch: u32::MAX,
            window: Span::ZERO,
            most: Most::Just(u32::MAX),
            partial: false,
            on_error: OnError::Skip,
            retries: 0,
            most_age: Span::FOREVER,
            halves: false,
            every: Span::ZERO,
            per_shard: 1,
            limit: None,
            places: 0,
        }
    }
}

impl State {
    /// Something is in sight: whoever takes from this store may begin.
    pub(super) fn wakes_takers<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, store: u32) {
        for &taker in &plan.messages[store as usize].takers {
            if let Keeper::Mailbox(_) = self.messages.all[store as usize].keeper {
                self.seeks(plan, agenda, taker);
            }
        }
    }

    /// Takers of a part that has more room than before, or works again, may begin.
    pub(crate) fn seek_of_part<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, part: u32) {
        for (taker, spec) in plan.takers.iter().enumerate().filter(|(_, spec)| spec.part == part) {
            match self.messages.all[spec.store as usize].keeper {
                Keeper::Mailbox(_) => self.seeks(plan, agenda, taker as u32),
                Keeper::Log(_) => {
                    (0..spec.places).for_each(|place| self.plans_poll(plan, agenda, taker as u32, place, false));
                }
                Keeper::Buffer(..) | Keeper::Topic => {}
            }
        }
    }

    /// A part stops or goes on: nobody takes from what it keeps, and its takers begin nothing, while it stands still.
    pub(crate) fn stop_taking<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, part: u32, on: bool) {
        for (index, _) in plan.messages.iter().enumerate().filter(|(_, spec)| spec.part == part) {
            self.messages.all[index].stopped = on;
        }
        for (index, _) in plan.takers.iter().enumerate().filter(|(_, spec)| spec.part == part) {
            self.messages.takers[index].stopped = on;
        }
        if on {
            return;
        }
        self.seek_of_part(plan, agenda, part);
        let fed = plan.messages.iter().filter(|spec| spec.part == part).flat_map(|spec| &spec.takers);
        fed.for_each(|taker| self.seek_of_part(plan, agenda, plan.takers[*taker as usize].part));
    }

    /// From now on this share of what a store accepts comes twice; none: as its settings say.
    pub(crate) fn comes_twice(&mut self, plan: &Blueprint, store: u32, share: Option<f64>) {
        let usual = match plan.messages[store as usize].kind {
            StoreKind::Mailbox { twice, .. } => twice,
            _ => 0.0,
        };
        self.messages.all[store as usize].twice = share.unwrap_or(usual);
    }

    /// Is a taker down, or what it takes from?
    pub(super) fn down_for(&self, plan: &Blueprint, taker: u32) -> bool {
        let spec = &plan.takers[taker as usize];
        let down = |place: u32| place != NONE && self.incidents.outages.down(&plan.incidents, place);
        down(spec.place) || down(plan.messages[spec.store as usize].place)
    }

    /// Something is up again: whoever may begin does.
    pub(crate) fn seek_everywhere<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>) {
        (0..plan.parts.len() as u32).for_each(|part| self.seek_of_part(plan, agenda, part));
    }

    /// So many runs of a taker there may be now.
    fn most(&self, plan: &Blueprint, now: Time, taker: u32) -> u32 {
        let servers = |line: u32| match &self.lines[line as usize] {
            Line::Lived(station) => station.servers(),
            Line::Known(known) => known.servers(),
        };
        let cores = |share: u32| self.shares[share as usize].cores();
        match plan.takers[taker as usize].most {
            Most::Just(n) => n,
            Most::Pollers(_) => self.messages.takers[taker as usize].pollers.map_or(0, |pollers| pollers.number(now)),
            Most::Lines { first, members, fleet } => self.of_members(first, members, fleet, servers),
            Most::Shares { first, members, fleet } => self.of_members(first, members, fleet, cores),
        }
    }

    /// A sum over members: all of them, or those of a fleet that take requests.
    fn of_members(&self, first: u32, members: u32, fleet: u32, size: impl Fn(u32) -> u32) -> u32 {
        match self.fleets.get(fleet as usize) {
            None => (first..first + members).map(size).fold(0, u32::saturating_add),
            Some(fleet) => fleet.takers().iter().map(|member| size(first + member)).fold(0, u32::saturating_add),
        }
    }

    /// A taker of a mailbox begins as many runs as it may and as will find something.
    pub(crate) fn seeks<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, taker: u32) {
        let (spec, now) = (&plan.takers[taker as usize], agenda.now());
        let ordered =
            matches!(&plan.messages[spec.store as usize].kind, StoreKind::Mailbox { spec, .. } if spec.ordered);
        let first = self.ready.len();
        loop {
            let store = &self.messages.all[spec.store as usize];
            let Keeper::Mailbox(mailbox) = &store.keeper else { return };
            let reach = mailbox.in_reach().saturating_sub(store.promised);
            let it = &self.messages.takers[taker as usize];
            if reach == 0 {
                let it = &mut self.messages.takers[taker as usize];
                it.since = None;
                it.pollers.iter_mut().for_each(|pollers| pollers.enough(now));
                break;
            }
            if store.stopped || it.stopped || self.down_for(plan, taker) {
                break;
            }
            if it.running >= self.most(plan, now, taker) {
                self.lacks_pollers(plan, agenda, taker);
                break;
            }
            if reach < u64::from(spec.batch) && spec.window > Span::ZERO && !self.window_is_over(plan, agenda, taker) {
                break;
            }
            let promise = if ordered { 1 } else { reach.min(u64::from(spec.batch)) };
            self.messages.all[spec.store as usize].promised += promise;
            self.messages.takers[taker as usize].since = None;
            let run = self.begins_run(plan, now, taker);
            self.messages.runs[run as usize].promise = promise;
        }
        // The last pushed runs first.
        self.ready[first..].reverse();
    }

    /// Nobody is free for what waits: more pollers come, where their number follows the backlog.
    fn lacks_pollers<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, taker: u32) {
        let Some(pollers) = &mut self.messages.takers[taker as usize].pollers else { return };
        let Some(next) = pollers.too_few(agenda.now()) else { return };
        let it = &mut self.messages.takers[taker as usize];
        if it.grows != next {
            it.grows = next;
            let key = self.taker_key(plan, taker);
            agenda.schedule(tick(Clock::Window, taker, 0, next, key));
        }
    }

    /// Has a taker waited long enough for its batch to fill? It begins to wait if it has not.
    fn window_is_over<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, taker: u32) -> bool {
        let window = plan.takers[taker as usize].window;
        if let Some(since) = self.messages.takers[taker as usize].since {
            return since + window <= agenda.now();
        }
        self.messages.takers[taker as usize].since = Some(agenda.now());
        let key = self.taker_key(plan, taker);
        timer(agenda, Clock::Window, taker, 0, window, key);
        false
    }

    pub(super) fn taker_key(&mut self, plan: &Blueprint, taker: u32) -> Key {
        let spec = &plan.takers[taker as usize];
        let store = &mut self.messages.all[spec.store as usize];
        store.ticks += 1;
        Event::key(Class::Timer, plan.entries[spec.entry as usize].rank, store.ticks, 0)
    }

    /// A taker begins.
    pub(super) fn begins_run(&mut self, plan: &Blueprint, now: Time, taker: u32) -> u32 {
        let index = self.messages.free.pop().unwrap_or_else(|| {
            self.messages.runs.push(Run::default());
            (self.messages.runs.len() - 1) as u32
        });
        let run = &mut self.messages.runs[index as usize];
        run.held.clear();
        run.letters.clear();
        (run.taker, run.place, run.promise, run.woken) = (taker, 0, 0, now);
        (run.tries, run.running, run.open) = (0, true, true);
        debug_assert!(run.timer.is_none(), "a run that is over waits for nothing");
        let it = &mut self.messages.takers[taker as usize];
        it.running += 1;
        it.runs_now.change(now, 1);
        let frame = self.begin_request(plan, plan.takers[taker as usize].entry, now, index, 0);
        self.frames[frame].parent = Parent::Run(index);
        self.ready.push(frame);
        index
    }

    /// A run takes what is in sight; false if nothing is left, and the run is over.
    pub(super) fn takes_what_is_there<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        taker: u32,
    ) -> bool {
        let spec = &plan.takers[taker as usize];
        let Some(run) = self.run_of(plan, slot) else { return true };
        if let StoreKind::Mailbox { hidden, .. } = plan.messages[spec.store as usize].kind {
            self.takes_letters(plan, agenda, run, hidden);
        }
        if self.messages.runs[run as usize].held.is_empty() {
            let scope = plan.program.scope_of[self.frames[slot].pc as usize - 1];
            let stay = Stay::Withdrawn { abandoned: false };
            self.fail_from(plan, agenda, slot, scope, Cause::Broken as u8, Some(stay));
            return false;
        }
        self.is_about(plan, slot, run, 0);
        true
    }

    fn takes_letters<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32, hidden: Span) {
        let now = agenda.now();
        let run = &mut self.messages.runs[index as usize];
        let (taker, spec) = (run.taker, &plan.takers[run.taker as usize]);
        let store = &mut self.messages.all[spec.store as usize];
        let Keeper::Mailbox(mailbox) = &mut store.keeper else { return };
        let promise = std::mem::take(&mut run.promise);
        store.promised -= promise;
        let ordered =
            matches!(&plan.messages[spec.store as usize].kind, StoreKind::Mailbox { spec, .. } if spec.ordered);
        let most = match (run.woken == now, ordered) {
            (_, true) => u64::from(spec.batch),
            (true, _) => promise,
            (false, _) => u64::from(spec.batch).min(mailbox.in_reach().saturating_sub(store.promised)),
        };
        mailbox.take(most.min(u64::from(spec.batch)) as u32, &mut run.letters);
        if run.letters.is_empty() {
            return;
        }
        store.waiting.change(now, -(run.letters.len() as i64));
        store.notes(now);
        let letters = std::mem::take(&mut run.letters);
        for letter in &letters {
            let held = Held { piece: letter.what, accepted: letter.accepted, takes: letter.takes, failed: false };
            self.delivers(plan, now, index, held);
        }
        self.messages.runs[index as usize].letters = letters;
        if hidden != Span::FOREVER {
            let key = self.store_key(plan, spec.store);
            self.messages.runs[index as usize].timer = timer(agenda, Clock::Back, spec.store, index, hidden, key);
        }
        self.messages.takers[taker as usize].runs += u64::from(now >= plan.from);
    }

    /// A piece comes into the hands of a run; its request is open as long as somebody works on it.
    pub(super) fn delivers(&mut self, plan: &Blueprint, now: Time, run: u32, held: Held) {
        self.requests[held.piece.origin].open += 1;
        let run = &mut self.messages.runs[run as usize];
        run.held.push(held);
        if now < plan.from {
            return;
        }
        let taker = &mut self.messages.takers[run.taker as usize];
        let store = &mut self.messages.all[plan.takers[run.taker as usize].store as usize];
        store.books.first += u64::from(held.takes == 1);
        store.books.redelivered += u64::from(held.takes > 1);
        let age = now.since(held.accepted);
        store.age.record(age);
        taker.age.record(age);
        taker.taken += 1;
    }
}
