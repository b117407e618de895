//! Runbooks: actions one after another or at once, each taking its time.
//!
//! A *run* is a runbook being worked off, a *thread* one of its lists. An action that changes something begins the moment
//! *decided* of every fault that is watched, and the end of an action moves its moment *acted*.

use super::blueprint::Blueprint;
use super::clocks::{Clock, tick};
use super::frames::Slots;
use super::incidents::Does;
use super::world::State;
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event};
use crate::engine::program::NONE;
use crate::record::results::{Counted, Shown};
use crate::units::random::{join, key_of};
use crate::units::{Random, Time};
use std::collections::BTreeMap;

/// What is being worked off.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runs {
    threads: Slots<Thread>,
    /// Of each runbook: the number of its run, if it is running; how often it was started, skipped, given up.
    books: Vec<Book>,
    /// Waits drawn so far.
    drawn: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Book {
    runs: bool,
    number: u32,
    started: u64,
    skipped: u64,
    given_up: u64,
    failed: u64,
}

/// A list being worked off.
#[derive(Clone, Copy, Debug)]
struct Thread {
    runbook: u32,
    list: u32,
    next: u32,
    /// The thread that waits for it, or `NONE`.
    parent: u32,
    /// Threads that it waits for.
    waits_for: u32,
    /// Which life of this slot it is.
    life: u32,
    alive: bool,
    /// The time of the action that is next has passed.
    took: bool,
}

impl Runs {
    /// Nothing is being worked off.
    pub fn new(runbooks: usize) -> Runs {
        Runs { books: vec![Book::default(); runbooks], ..Runs::default() }
    }
}

impl State {
    /// A runbook is started, unless it runs already or the region that it needs is dark.
    pub(crate) fn start_runbook<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, runbook: u32) {
        let spec = &plan.incidents.runbooks[runbook as usize];
        let dark = spec.region.is_some_and(|region| self.incidents.outages.dark(region));
        let book = &mut self.incidents.runs.books[runbook as usize];
        if dark || book.runs {
            book.skipped += 1;
            return;
        }
        book.runs = true;
        book.started += 1;
        book.number = book.number.wrapping_add(1);
        let number = book.number;
        if let Some(timeout) = spec.timeout {
            let key = Event::key(Class::Capacity, spec.rank, u64::from(number), 5);
            let at = agenda.now() + timeout;
            agenda.schedule(tick(Clock::GiveUp, runbook, number & MASK, at, key));
        }
        let thread = self.new_thread(runbook, spec.list, NONE);
        self.works_on(plan, agenda, thread);
    }

    fn new_thread(&mut self, runbook: u32, list: u32, parent: u32) -> u32 {
        let threads = &mut self.incidents.runs.threads;
        let life = threads.next_free().map_or(0, |free| free.life);
        threads.add(Thread { runbook, list, next: 0, parent, waits_for: 0, life, alive: true, took: false })
    }

    /// A thread goes on until it has to wait.
    fn works_on<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, thread: u32) {
        loop {
            let it = self.incidents.runs.threads[thread];
            // One beside it has failed, and the whole with it.
            if !it.alive {
                return;
            }
            let Some(action) = plan.incidents.lists[it.list as usize].get(it.next as usize) else {
                return self.list_ends(plan, agenda, thread);
            };
            self.incidents.runs.threads[thread].next += 1;
            let waiting = if action.finish { thread } else { NONE };
            if action.does.changes() {
                self.decided(agenda.now());
            }
            if let Some(law) = action.takes.as_ref().filter(|_| !it.took) {
                let at = agenda.now() + law.span(&mut self.next_draw(plan, it.runbook));
                let it = &mut self.incidents.runs.threads[thread];
                (it.next, it.took) = (it.next - 1, true);
                return self.wakes(plan, agenda, thread, at);
            }
            self.incidents.runs.threads[thread].took = false;
            if action.fail > 0.0 && self.next_draw(plan, it.runbook).chance(action.fail) {
                self.incidents.runs.books[it.runbook as usize].failed += 1;
                return self.ends_runbook(it.runbook);
            }
            if self.does(plan, agenda, &it, &action.does, waiting) {
                return;
            }
            self.acted(agenda.now());
        }
    }

    /// Does something; true if somebody will say when it is finished, and the thread waits for that.
    fn does<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        it: &Thread,
        does: &Does,
        waiting: u32,
    ) -> bool {
        let now = agenda.now();
        match does {
            Does::Wait(law) => {
                let at = now + law.span(&mut self.next_draw(plan, it.runbook));
                if waiting != NONE {
                    self.wakes(plan, agenda, waiting, at);
                }
                waiting != NONE
            }
            Does::Notify => false,
            Does::Set(effects) => {
                effects.iter().for_each(|effect| self.effect(plan, agenda, NONE, effect, true));
                false
            }
            Does::Promote { store, to } => {
                self.promotes(plan, agenda, *store, *to, (waiting, it.life)) && waiting != NONE
            }
            Does::Restore { store } => self.restores(plan, agenda, *store, (waiting, it.life)) && waiting != NONE,
            Does::Point { name, to } => {
                self.points(plan, now, *name, *to);
                false
            }
            Does::Drain { region } => {
                self.drains(plan, now, *region);
                false
            }
            Does::Replay { from, to, every } => {
                if !self.replays(plan, agenda, *from, *to) || waiting == NONE {
                    return false;
                }
                self.incidents.runs.threads[waiting].next -= 1;
                self.wakes(plan, agenda, waiting, now + *every);
                true
            }
            Does::Parallel(lists) => {
                let parent = if lists.is_empty() { NONE } else { waiting };
                let children: Vec<u32> = lists.iter().map(|list| self.new_thread(it.runbook, *list, parent)).collect();
                if parent != NONE {
                    self.incidents.runs.threads[parent].waits_for = children.len() as u32;
                }
                children.into_iter().for_each(|child| self.works_on(plan, agenda, child));
                // Whoever ended the last of them has gone on with this thread already.
                parent != NONE
            }
        }
    }

    /// The draws of the next thing that a runbook leaves to chance.
    fn next_draw(&mut self, plan: &Blueprint, runbook: u32) -> Random {
        let runs = &mut self.incidents.runs;
        runs.drawn += 1;
        let spec = &plan.incidents.runbooks[runbook as usize];
        Random::new(join(join(join(self.seed, key_of(&spec.name)), key_of("wait")), runs.drawn))
    }

    fn wakes<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, thread: u32, at: Time) {
        let it = self.incidents.runs.threads[thread];
        let rank = plan.incidents.runbooks[it.runbook as usize].rank;
        let key = Event::key(Class::Capacity, rank, u64::from(thread), 4);
        agenda.schedule(tick(Clock::Act, thread, it.life & MASK, at, key));
    }

    /// A wait of a thread is over.
    pub(crate) fn act<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, thread: u32, life: u32) {
        let it = self.incidents.runs.threads[thread];
        if it.alive && it.life & MASK == life {
            self.acted(agenda.now());
            self.works_on(plan, agenda, thread);
        }
    }

    /// A promotion or restoration of a run is over; the thread that waits for it, if any, goes on.
    pub(super) fn action_ends<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        thread: u32,
        life: u32,
    ) {
        self.acted(agenda.now());
        if thread == NONE {
            return;
        }
        let it = self.incidents.runs.threads[thread];
        if it.alive && it.life == life {
            self.works_on(plan, agenda, thread);
        }
    }

    fn list_ends<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, thread: u32) {
        let it = self.incidents.runs.threads[thread];
        self.free_thread(thread);
        if it.parent != NONE {
            let parent = &mut self.incidents.runs.threads[it.parent];
            parent.waits_for -= 1;
            if parent.waits_for == 0 {
                self.works_on(plan, agenda, it.parent);
            }
        } else if !self.incidents.runs.threads.items.iter().any(|other| other.alive && other.runbook == it.runbook) {
            self.incidents.runs.books[it.runbook as usize].runs = false;
        }
    }

    fn free_thread(&mut self, thread: u32) {
        let threads = &mut self.incidents.runs.threads;
        threads[thread].alive = false;
        threads[thread].life = threads[thread].life.wrapping_add(1);
        threads.remove(thread);
    }

    /// The time of a run is over: what it has begun goes on, and nothing more is begun.
    pub(crate) fn gives_up_runbook(&mut self, runbook: u32, number: u32) {
        let book = &mut self.incidents.runs.books[runbook as usize];
        if !book.runs || book.number & MASK != number {
            return;
        }
        book.given_up += 1;
        self.ends_runbook(runbook);
    }

    /// Nothing more of a run is begun.
    fn ends_runbook(&mut self, runbook: u32) {
        self.incidents.runs.books[runbook as usize].runs = false;
        for thread in 0..self.incidents.runs.threads.items.len() as u32 {
            let it = self.incidents.runs.threads[thread];
            if it.alive && it.runbook == runbook {
                self.free_thread(thread);
            }
        }
    }

    /// How often each runbook was started, could not be, and was given up.
    pub(crate) fn show_runbooks(&self, plan: &Blueprint, all: &mut BTreeMap<String, Shown>) {
        for (book, spec) in self.incidents.runs.books.iter().zip(&plan.incidents.runbooks) {
            let counts = [
                ("started", book.started),
                ("skipped", book.skipped),
                ("given_up", book.given_up),
                ("failed", book.failed),
            ];
            for (what, count) in counts {
                all.insert(format!("{}.{what}", spec.name), Shown::Count(count, Counted::Ones));
            }
        }
    }
}

/// What fits beside a clock.
const MASK: u32 = (1 << 28) - 1;
