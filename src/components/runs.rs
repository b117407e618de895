//! Runs of takers: what each turn is about, what breaks it, and what becomes of what was taken.

use super::blueprint::Blueprint;
use super::messages::{Keeper, OnError, StoreKind};
use super::world::State;
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::queueing::mailbox::Fate;
use crate::queueing::pollers::Pollers;
use crate::units::Time;

/// What a turn is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    pub run: u32,
    pub index: u32,
    pub ident: u64,
    pub takes: u64,
}

impl State {
    /// What the turn of a run is about that begins with this thing.
    pub(super) fn about(&self, plan: &Blueprint, slot: u32, index: u32) -> Option<About> {
        let run = self.run_of(plan, slot)?;
        let held = self.messages.runs[run as usize].held.get(index as usize)?;
        Some(About { run, index, ident: held.piece.ident, takes: u64::from(held.takes) })
    }

    /// Does what a frame is about break it? So many things from its own on; 0: all.
    ///
    /// In a run whose things fail one by one only those are marked.
    pub(super) fn breaks(&mut self, plan: &Blueprint, slot: u32, pack: u32) -> bool {
        let Some(run) = self.run_of(plan, slot) else { return false };
        let index = *self.cell(plan, slot, 1) as usize;
        let it = &mut self.messages.runs[run as usize];
        if pack > 0 {
            return it.held.iter().skip(index).take(pack as usize).any(|held| held.piece.poison);
        }
        let partial = plan.takers[it.taker as usize].partial;
        if partial {
            it.held.iter_mut().for_each(|held| held.failed |= held.piece.poison);
        }
        !partial && it.held.iter().any(|held| held.piece.poison)
    }

    /// A turn about some of what was taken has failed: only these come back, if the taker says which. In a store that keeps
    /// an order all behind them come back too.
    pub(super) fn fails_alone(&mut self, plan: &Blueprint, slot: u32, pack: u32) -> bool {
        let Some(run) = self.run_of(plan, slot) else { return false };
        let index = *self.cell(plan, slot, 1) as usize;
        let it = &mut self.messages.runs[run as usize];
        if !plan.takers[it.taker as usize].partial {
            return false;
        }
        let n = if keeps_order(plan, it.taker) { usize::MAX } else { pack.max(1) as usize };
        it.held.iter_mut().skip(index).take(n).for_each(|held| held.failed = true);
        true
    }

    /// Does the store of a frame's run keep an order?
    pub(super) fn keeps_order(&self, plan: &Blueprint, slot: u32) -> bool {
        self.run_of(plan, slot).is_some_and(|run| keeps_order(plan, self.messages.runs[run as usize].taker))
    }

    /// A run has ended: what it had is over, or comes back, or stays out of sight.
    pub(super) fn run_ends<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32, failed: bool) {
        let run = &mut self.messages.runs[index as usize];
        run.running = false;
        let (taker, now) = (run.taker, agenda.now());
        let store = plan.takers[taker as usize].store;
        let it = &mut self.messages.takers[taker as usize];
        it.running -= 1;
        it.runs_now.change(now, -1);
        // A run that died before it had its turn has promised and not taken.
        self.messages.all[store as usize].promised -= std::mem::take(&mut self.messages.runs[index as usize].promise);
        match self.messages.all[store as usize].keeper {
            // Who was sent away at its own door would be sent away again: it waits for what comes next.
            Keeper::Mailbox(_) if failed && self.messages.runs[index as usize].held.is_empty() => {}
            Keeper::Mailbox(_) => {
                self.leaves_mailbox(plan, agenda, index, failed);
                self.wakes_takers(plan, agenda, store);
                let it = &mut self.messages.takers[taker as usize];
                it.pollers.iter_mut().filter(|_| it.running == 0).for_each(Pollers::rest);
            }
            Keeper::Log(_) if !self.messages.runs[index as usize].held.is_empty() => {
                self.leaves_place(plan, agenda, index, failed);
            }
            Keeper::Buffer(..) => self.leaves_buffer(plan, now, index, failed),
            Keeper::Log(_) | Keeper::Topic => {}
        }
    }

    fn leaves_mailbox<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32, failed: bool) {
        let now = agenda.now();
        let taker = self.messages.runs[index as usize].taker;
        let spec = &plan.takers[taker as usize];
        let mut left = false;
        for at in 0..self.messages.runs[index as usize].letters.len() {
            let run = &self.messages.runs[index as usize];
            let (letter, bad) = (run.letters[at], failed || run.held[at].failed);
            let store = &mut self.messages.all[spec.store as usize];
            let Keeper::Mailbox(mailbox) = &mut store.keeper else { return };
            left |= bad && mailbox.in_hand(&letter);
            if !bad && mailbox.finish(&letter) {
                store.books.consumed += u64::from(now >= plan.from);
                self.closes(plan, letter.what.origin, now);
            }
        }
        self.messages.all[spec.store as usize].notes(now);
        match (left, spec.on_error) {
            (true, OnError::Leave) => {}
            (true, OnError::GiveBack | OnError::Block | OnError::Skip) => {
                self.stop_waiting(agenda, index);
                self.comes_back(plan, agenda, spec.store, index);
            }
            (false, _) => self.stop_waiting(agenda, index),
        }
    }

    fn stop_waiting<C: Calendar>(&mut self, agenda: &mut Agenda<C>, run: u32) {
        if let Some(timer) = self.messages.runs[run as usize].timer.take() {
            agenda.cancel(timer);
        }
    }

    /// The time out of sight of what a run has taken is over.
    pub(crate) fn back<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, store: u32, run: u32) {
        self.messages.runs[run as usize].timer = None;
        self.comes_back(plan, agenda, store, run);
        self.frees_run(run);
    }

    /// What a run has taken and not finished comes back, together; who was delivered too often is dead.
    fn comes_back<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32, run: u32) {
        let now = agenda.now();
        let measured = u64::from(now >= plan.from);
        let mut fates = std::mem::take(&mut self.messages.fates);
        let store = &mut self.messages.all[index as usize];
        let Keeper::Mailbox(mailbox) = &mut store.keeper else { return };
        mailbox.come_back(now, &self.messages.runs[run as usize].letters, &mut fates);
        let StoreKind::Mailbox { dead, .. } = plan.messages[index as usize].kind else { return };
        for fate in fates.drain(..) {
            let store = &mut self.messages.all[index as usize];
            store.books.returned += measured;
            match fate {
                Fate::Waits => store.waiting.change(now, 1),
                Fate::Dead(piece) => {
                    store.books.dead_lettered += measured;
                    if dead != crate::engine::program::NONE {
                        self.moves_piece(plan, agenda, dead, piece);
                    }
                    self.closes(plan, piece.origin, now);
                }
                Fate::Lost(piece) => {
                    store.books.expired += measured;
                    self.closes(plan, piece.origin, now);
                }
            }
        }
        self.messages.fates = fates;
        self.messages.all[index as usize].notes(now);
        self.wakes_takers(plan, agenda, index);
    }

    /// A run and all that it set off is over: what it kept open is let go of.
    pub(super) fn run_over(&mut self, plan: &Blueprint, index: u32, at: Time) {
        self.messages.runs[index as usize].open = false;
        let held = std::mem::take(&mut self.messages.runs[index as usize].held);
        held.iter().for_each(|held| self.closes(plan, held.piece.origin, at));
        self.messages.runs[index as usize].held = held;
        self.frees_run(index);
    }

    fn frees_run(&mut self, index: u32) {
        let run = &self.messages.runs[index as usize];
        if !run.running && !run.open && run.timer.is_none() {
            self.messages.free.push(index);
        }
    }
}

fn keeps_order(plan: &Blueprint, taker: u32) -> bool {
    match &plan.messages[plan.takers[taker as usize].store as usize].kind {
        StoreKind::Mailbox { spec, .. } => spec.ordered,
        StoreKind::Log { .. } => true,
        StoreKind::Buffer(_) | StoreKind::Topic { .. } => false,
    }
}
