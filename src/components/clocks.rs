//! What keeps its own time: events that belong to no request. Each says which clock it is, and carries a number.

use super::blueprint::Blueprint;
use super::world::{INDEX, Kind, State, what};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Event, Key};
use crate::engine::lanes::TimerId;
use crate::units::{Span, Time};

/// Clocks by what they belong to. Its index lies in the lower bits of an event's slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Clock {
    /// A happening begins.
    Begin = 0,
    /// A happening ends.
    End = 1,
    /// The first who waits at a gate may go on.
    Pass = 2,
    /// The patience of somebody at a gate is over.
    Impatient = 3,
    /// A member of a fleet changes by itself; its number is its place.
    Member = 4,
    /// A period of a scaler is over.
    Scaler = 5,
    /// A period of an alarm is over.
    Verdict = 6,
    /// A wait of a runbook is over.
    Act = 7,
    /// The time of a runbook is over.
    GiveUp = 8,
    /// A promotion or a restoration is over.
    Move = 9,
    /// What a run has taken comes back.
    Back = 10,
    /// What was held back comes into sight.
    Appear = 11,
    /// Pieces of a store are too old.
    Expire = 12,
    /// A taker asks a shard.
    Poll = 13,
    /// A taker has waited long enough for its batch to fill.
    Window = 14,
    /// A buffer is as old as it may be.
    Flush = 15,
    /// A period in which partitions were watched is over.
    Heat = 16,
    /// A cell of time is over in which something is metered; its number is that of the next one.
    Reading = 17,
    /// A turn of a loop is over; its number is the thread.
    Turn = 18,
    /// Somebody has waited for as long as a line lets wait; its number is the job.
    Shed = 19,
    /// The members of a fleet are asked whether they are well.
    Probe = 20,
    /// Somebody may have noticed that nobody leads.
    Found = 21,
    /// A copy that had died is there again.
    Joins = 22,
}

const CLOCKS: [Clock; 23] = [
    Clock::Begin,
    Clock::End,
    Clock::Pass,
    Clock::Impatient,
    Clock::Member,
    Clock::Scaler,
    Clock::Verdict,
    Clock::Act,
    Clock::GiveUp,
    Clock::Move,
    Clock::Back,
    Clock::Appear,
    Clock::Expire,
    Clock::Poll,
    Clock::Window,
    Clock::Flush,
    Clock::Heat,
    Clock::Reading,
    Clock::Turn,
    Clock::Shed,
    Clock::Probe,
    Clock::Found,
    Clock::Joins,
];
const WHICH: u32 = (1 << 24) - 1;

/// The event of a clock: which kind, which one, and a number of its own (28 bits: a generation, a slot).
pub(crate) fn tick(clock: Clock, index: u32, number: u32, at: Time, key: Key) -> Event {
    debug_assert!(index <= WHICH && number <= INDEX);
    Event { at, key, what: what(Kind::Clock, number), slot: (clock as u32) << 24 | index }
}

/// The event of a clock after a delay that many have alike; it can be cancelled.
pub(crate) fn timer<C: Calendar>(
    agenda: &mut Agenda<C>,
    clock: Clock,
    index: u32,
    number: u32,
    delay: Span,
    key: Key,
) -> Option<TimerId> {
    let event = tick(clock, index, number, agenda.now(), key);
    let lane = agenda.lane(delay);
    agenda.set_timer(lane, key, event.what, event.slot)
}

impl State {
    /// A clock has reached its moment.
    pub(crate) fn ticks<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, event: &Event) {
        let (index, own) = (event.slot & WHICH, event.what & INDEX);
        match CLOCKS[(event.slot >> 24) as usize] {
            Clock::Begin => self.begins(plan, agenda, index),
            Clock::End => self.ends(plan, agenda, index),
            Clock::Pass => self.passes(plan, agenda, index, own, event.key.number()),
            Clock::Shed => self.sheds(plan, agenda, index, own, event.key.number()),
            Clock::Turn => self.turn_ends_at(plan, agenda, index, own, event.key.number()),
            Clock::Impatient => self.loses_patience(plan, agenda, index, own, event.key.number()),
            Clock::Member => self.member_ticks(plan, agenda, index, own),
            Clock::Scaler => self.period_ends(plan, agenda, index),
            Clock::Probe => self.probes(plan, agenda, index),
            Clock::Found => self.found_out(plan, agenda, index, event.what & INDEX),
            Clock::Joins => self.joins_again(plan, agenda, index, event.what & INDEX),
            Clock::Heat => self.heat(plan, agenda, index),
            Clock::Verdict => self.verdict(plan, agenda, index),
            Clock::Act => self.act(plan, agenda, index, event.what & INDEX),
            Clock::GiveUp => self.gives_up_runbook(index, event.what & INDEX),
            Clock::Move => self.moved(plan, agenda, index, event.what & INDEX),
            Clock::Back => self.back(plan, agenda, index, own),
            Clock::Appear => self.appears(plan, agenda, index),
            Clock::Expire => self.expires(plan, agenda, index),
            Clock::Poll => self.polls(plan, agenda, index, own),
            Clock::Window => self.seeks(plan, agenda, index),
            Clock::Flush => self.flush_is_due(plan, agenda, index),
            Clock::Reading => self.reads_levels(plan, agenda, own),
        }
    }
}
