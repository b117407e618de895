//! What keeps its own time: events that belong to no request. Each says which clock it is, and carries a number.

use super::blueprint::Blueprint;
use super::world::{INDEX, Kind, State, what};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Event, Key};
use crate::units::Time;

/// Clocks by what they belong to. Its index lies in the lower bits of an event's slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Clock {
    /// A happening begins.
    Begin = 0,
    /// A happening ends.
    End = 1,
    /// A member of a fleet changes by itself; its number is its place.
    Member = 2,
    /// A period of a scaler is over.
    Scaler = 3,
}

const CLOCKS: [Clock; 4] = [Clock::Begin, Clock::End, Clock::Member, Clock::Scaler];
const WHICH: u32 = (1 << 24) - 1;

/// The event of a clock: which kind, which one, and a number of its own (28 bits: a generation, a slot).
pub(crate) fn tick(clock: Clock, index: u32, number: u32, at: Time, key: Key) -> Event {
    debug_assert!(index <= WHICH && number <= INDEX);
    Event { at, key, what: what(Kind::Clock, number), slot: (clock as u32) << 24 | index }
}

impl State {
    /// A clock has reached its moment.
    pub(crate) fn ticks<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, event: &Event) {
        let index = event.slot & WHICH;
        match CLOCKS[(event.slot >> 24) as usize] {
            Clock::Begin => self.begins(plan, agenda, index),
            Clock::End => self.ends(plan, agenda, index),
            Clock::Member => self.member_ticks(plan, agenda, index, event.what & INDEX),
            Clock::Scaler => self.period_ends(plan, agenda, index),
        }
    }
}
