//! Polling shards of a log, and emptying buffers: runs that begin with what they have taken.

use super::blueprint::Blueprint;
use super::clocks::{Clock, tick, timer};
use super::messages::{Held, Keeper, OnError, Piece};
use super::world::State;
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::queueing::buffer::Reason;
use crate::units::{Span, Time};

impl State {
    /// Plans the poll of a place that finds something; `arriving`: this is the arrival of it.
    pub(super) fn plans_poll<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        taker: u32,
        place: u32,
        arriving: bool,
    ) {
        let (spec, now) = (&plan.takers[taker as usize], agenda.now());
        let down = self.down_for(plan, taker);
        let it = &mut self.messages.takers[taker as usize];
        if it.stopped || self.messages.all[spec.store as usize].stopped || down {
            return;
        }
        let reading = &mut it.readings[place as usize];
        let Some(mut at) = reading.place.next_poll(now, spec.every) else { return };
        let full = spec.batch.min(reading.limit);
        if spec.window > Span::ZERO
            && reading.tries == 0
            && reading.place.waiting() < u64::from(full)
            && let Some(first) = reading.place.first()
        {
            at = at.max(first.seen + spec.window);
        }
        if at == now && arriving {
            return self.polls_now(plan, agenda, taker, place);
        }
        if at < reading.planned && at < plan.to {
            reading.planned = at;
            let key = self.taker_key(plan, taker);
            agenda.schedule(tick(Clock::Poll, taker, place, at, key));
        }
    }

    /// The poll that was planned.
    pub(crate) fn polls<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, taker: u32, place: u32) {
        // One that was planned earlier has come in between.
        if self.messages.takers[taker as usize].readings[place as usize].planned == agenda.now() {
            self.polls_now(plan, agenda, taker, place);
        }
    }

    /// A taker asks its place and begins with what it finds.
    fn polls_now<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, taker: u32, place: u32) {
        let (spec, now) = (&plan.takers[taker as usize], agenda.now());
        let down = self.down_for(plan, taker);
        let it = &mut self.messages.takers[taker as usize];
        let reading = &mut it.readings[place as usize];
        reading.planned = Time::NEVER;
        if it.stopped || self.messages.all[spec.store as usize].stopped || down {
            return;
        }
        let mut records = std::mem::take(&mut self.messages.records);
        reading.place.polled(now, spec.every);
        reading.place.read(now, spec.batch.min(reading.limit), &mut records);
        let Some(last) = records.last().copied() else {
            self.messages.records = records;
            return self.plans_poll(plan, agenda, taker, place, false);
        };
        let store = &mut self.messages.all[spec.store as usize];
        store.waiting.change(now, -(records.len() as i64));
        store.in_hand += records.len() as u64;
        store.notes(now);
        let run = self.begins_run(plan, now, taker);
        self.messages.runs[run as usize].place = place;
        for record in records.drain(..) {
            let held = Held { piece: record.what, accepted: record.accepted, takes: record.takes, failed: false };
            self.delivers(plan, now, run, held);
        }
        self.messages.records = records;
        self.has_taken(plan, now, run, Some(now.since(last.accepted)));
    }

    /// A run begins with what it has: its first frame is about it.
    fn has_taken(&mut self, plan: &Blueprint, now: Time, run: u32, iterator_age: Option<Span>) {
        if let Some(&frame) = self.ready.last() {
            self.is_about(plan, frame, run, 0);
        }
        if now < plan.from {
            return;
        }
        let taker = self.messages.runs[run as usize].taker;
        let it = &mut self.messages.takers[taker as usize];
        it.runs += 1;
        if let Some(age) = iterator_age {
            it.iterator_age.record(age);
            self.messages.all[plan.takers[taker as usize].store as usize].iterator_age.record(age);
        }
    }

    /// What a run had of a place is over, as far as it succeeded; the rest is read again, or let go.
    pub(super) fn leaves_place<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        run: u32,
        failed: bool,
    ) {
        let now = agenda.now();
        let (taker, place) = (self.messages.runs[run as usize].taker, self.messages.runs[run as usize].place);
        let spec = &plan.takers[taker as usize];
        let End { over, lost, tries, limit } = self.end_of(plan, now, run, failed);
        let held = self.messages.runs[run as usize].held.len();
        let reading = &mut self.messages.takers[taker as usize].readings[place as usize];
        reading.place.finish(now, over + lost);
        let again = held - over - lost;
        (reading.tries, reading.limit) = (tries, limit);
        let store = &mut self.messages.all[spec.store as usize];
        store.in_hand -= held as u64;
        store.notes(now);
        store.waiting.change(now, again as i64);
        if now >= plan.from {
            store.books.consumed += over as u64;
            store.books.lost += lost as u64;
            store.books.returned += (held - over) as u64;
        }
        for at in 0..over + lost {
            let origin = self.messages.runs[run as usize].held[at].piece.origin;
            self.closes(plan, origin, now);
        }
        if again > 0 {
            self.watch_ends(plan, agenda, spec.store);
        }
        self.plans_poll(plan, agenda, taker, place, false);
    }

    /// What becomes of what a run has of a place.
    fn end_of(&self, plan: &Blueprint, now: Time, run: u32, failed: bool) -> End {
        let run = &self.messages.runs[run as usize];
        let spec = &plan.takers[run.taker as usize];
        let reading = &self.messages.takers[run.taker as usize].readings[run.place as usize];
        let failed_from = run.held.iter().position(|held| held.failed);
        let over = if failed { 0 } else { failed_from.unwrap_or(run.held.len()) };
        let left = (run.held.len() - over) as u32;
        if left == 0 {
            return End { over, lost: 0, tries: 0, limit: u32::MAX };
        }
        let skips = spec.on_error == OnError::Skip || now.since(run.held[over].accepted) >= spec.most_age;
        if !skips && spec.halves && left > 1 {
            // Halving is no try of its own: it looks for the one that breaks.
            return End { over, lost: 0, tries: 0, limit: left.div_ceil(2) };
        }
        // What has got on is tried anew.
        let tries = if over > 0 { 0 } else { reading.tries };
        match skips || tries >= spec.retries {
            true => End { over, lost: left as usize, tries: 0, limit: u32::MAX },
            false => End { over, lost: 0, tries: tries + 1, limit: left },
        }
    }

    /// A piece comes into a buffer, which may have to be emptied.
    pub(super) fn gathers<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        index: u32,
        piece: Piece,
        bytes: u64,
    ) {
        let now = agenda.now();
        self.requests[piece.origin].open += 1;
        let store = &mut self.messages.all[index as usize];
        let Keeper::Buffer(buffer, _) = &mut store.keeper else { return };
        let full = buffer.add(now, piece, bytes);
        let due = buffer.due().filter(|_| buffer.waiting() == 1);
        store.waiting.change(now, 1);
        if let Some(reason) = full {
            return self.flushes(plan, agenda, index, reason);
        }
        if let Some(due) = due {
            let key = self.store_key(plan, index);
            let set = timer(agenda, Clock::Flush, index, 0, due.since(now), key);
            if let Keeper::Buffer(_, timer) = &mut self.messages.all[index as usize].keeper {
                *timer = set;
            }
        }
    }

    /// The first piece of a buffer is as old as it may be.
    pub(crate) fn flush_is_due<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32) {
        if let Keeper::Buffer(_, timer) = &mut self.messages.all[index as usize].keeper {
            *timer = None;
            self.flushes(plan, agenda, index, Reason::Age);
        }
    }

    /// A buffer is emptied: its batch starts whoever takes from it, or is over.
    fn flushes<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32, reason: Reason) {
        let (now, mut pieces) = (agenda.now(), std::mem::take(&mut self.messages.pieces));
        let measured = now >= plan.from;
        let store = &mut self.messages.all[index as usize];
        let Keeper::Buffer(buffer, timer) = &mut store.keeper else { return };
        buffer.empty(&mut pieces);
        if let Some(timer) = timer.take() {
            agenda.cancel(timer);
        }
        let n = pieces.len() as u64;
        store.waiting.change(now, -(n as i64));
        if measured {
            store.flushed[reason as usize] += 1;
        }
        match plan.messages[index as usize].takers.first() {
            Some(&taker) => {
                store.in_hand += n;
                store.notes(now);
                let run = self.begins_run(plan, now, taker);
                for (piece, accepted) in pieces.drain(..) {
                    self.delivers(plan, now, run, Held { piece, accepted, takes: 1, failed: false });
                }
                self.has_taken(plan, now, run, None);
            }
            None => {
                for (piece, came) in pieces.drain(..) {
                    if measured {
                        let store = &mut self.messages.all[index as usize];
                        store.books.first += 1;
                        store.books.consumed += 1;
                        store.age.record(now.since(came));
                    }
                    self.closes(plan, piece.origin, now);
                }
            }
        }
        self.messages.pieces = pieces;
    }

    /// A batch of a buffer is over, tried again at once, or lost.
    pub(super) fn leaves_buffer(&mut self, plan: &Blueprint, now: Time, run: u32, failed: bool) {
        let it = &self.messages.runs[run as usize];
        let (taker, tries) = (it.taker, it.tries);
        let spec = &plan.takers[taker as usize];
        let again = failed && tries < spec.retries;
        let held = it.held.clone();
        let store = &mut self.messages.all[spec.store as usize];
        if now >= plan.from {
            let n = held.len() as u64;
            let bad = if failed { n } else { held.iter().filter(|held| held.failed).count() as u64 };
            store.books.consumed += n - bad;
            store.books.returned += bad;
            store.books.lost += if again { 0 } else { bad };
        }
        if again {
            let next = self.begins_run(plan, now, taker);
            self.messages.runs[next as usize].tries = tries + 1;
            for held in held {
                self.delivers(plan, now, next, Held { takes: held.takes + 1, failed: false, ..held });
            }
            return self.has_taken(plan, now, next, None);
        }
        store.in_hand -= held.len() as u64;
        store.notes(now);
        held.iter().for_each(|held| self.closes(plan, held.piece.origin, now));
    }
}

/// What becomes of what a run has of a place.
struct End {
    /// So many from the first on are over.
    over: usize,
    /// So many behind them are let go of.
    lost: usize,
    /// How often the first of the others has failed.
    tries: u32,
    /// At most so many of them at once.
    limit: u32,
}
