//! An event: when, in which order among those of one instant, and what it is about. 24 bytes, `Copy`.
//!
//! Ties are broken by what an event is, never by when it was pushed: an order of pushes would make every optimisation of
//! the event loop change answers. The key says what it is, packed so that time and key compare as one number of 128 bits.

use crate::units::Time;
use std::cmp::Ordering;

/// What kind of thing happens: at one instant, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Class {
    /// Capacity changes and both ends of faults.
    Capacity = 0,
    /// Somebody leaves.
    Departure = 1,
    /// An answer reaches who waits for it: after all departures, so that it makes no difference whether the departure
    /// behind it was an event of its own or was known ahead of time; before timers, so that the last instant is in time.
    Answer = 2,
    /// Ends of pauses, timeouts, polls.
    Timer = 3,
    /// Somebody comes in.
    Arrival = 4,
    /// Reads and writes nothing.
    Observer = 5,
}

/// The rank of an event among those of one instant: class (3 bits), owner (13), number (32), sub (16).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u64);

impl Key {
    /// Owners that fit: flows and parts, ranked by their sorted names.
    pub const OWNERS: usize = 1 << 13;

    /// The key of the `number`-th request (or whatever is counted) of an owner; `sub` tells steps and attempts apart.
    ///
    /// Of the number its low 32 bits count: two that are equal there are four thousand million requests apart.
    #[inline(always)]
    pub const fn new(class: Class, owner: u16, number: u64, sub: u16) -> Key {
        debug_assert!((owner as usize) < Key::OWNERS);
        Key((class as u64) << 61 | (owner as u64) << 48 | (number & 0xffff_ffff) << 16 | sub as u64)
    }

    /// What kind of thing happens.
    #[inline]
    pub const fn class(self) -> Class {
        match self.0 >> 61 {
            0 => Class::Capacity,
            1 => Class::Departure,
            2 => Class::Answer,
            3 => Class::Timer,
            4 => Class::Arrival,
            _ => Class::Observer,
        }
    }

    /// Rank of the flow or part that it belongs to.
    #[inline]
    pub const fn owner(self) -> u16 {
        (self.0 >> 48) as u16 & (Key::OWNERS - 1) as u16
    }

    /// Low bits of the number.
    #[inline]
    pub const fn number(self) -> u32 {
        (self.0 >> 16) as u32
    }

    /// Step or attempt.
    #[inline]
    pub const fn sub(self) -> u16 {
        self.0 as u16
    }
}

/// Something that will happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Time,
    /// In which order among those of one instant; no two pending events of one instant have the same.
    pub key: Key,
    /// What to do: the world's own numbering.
    pub what: u32,
    /// About whom: a slot in one of the world's slabs.
    pub slot: u32,
}

impl Event {
    /// Time and key as one number: the whole order of events.
    #[inline(always)]
    pub const fn rank(&self) -> u128 {
        (self.at.0 as u128) << 64 | self.key.0 as u128
    }

    /// What and slot as one number: carried along, compared only where two ranks are equal, which should not be.
    #[inline(always)]
    pub(super) const fn payload(&self) -> u64 {
        (self.what as u64) << 32 | self.slot as u64
    }

    /// A copy, field by field.
    ///
    /// A plain copy of 24 bytes reads 16 of them in one piece, and a processor cannot do that while two fields of 8 are
    /// still on their way to memory: just written, just read is what calendars do, and this doubled the cost of a push.
    #[inline(always)]
    pub(super) const fn by_fields(&self) -> Event {
        let Event { at, key, what, slot } = *self;
        Event { at, key, what, slot }
    }

    /// The event of this rank and payload.
    #[inline(always)]
    pub(super) const fn of(rank: u128, payload: u64) -> Event {
        let (at, key) = (Time((rank >> 64) as u64), Key(rank as u64));
        Event { at, key, what: (payload >> 32) as u32, slot: payload as u32 }
    }
}

impl PartialOrd for Event {
    #[inline]
    fn partial_cmp(&self, other: &Event) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Event {
    /// By time, then by key. The payload comes last so that equal keys, a bug elsewhere, still have one order.
    #[inline]
    fn cmp(&self, other: &Event) -> Ordering {
        self.rank().cmp(&other.rank()).then_with(|| self.payload().cmp(&other.payload()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_24_bytes() {
        assert_eq!(size_of::<Event>(), 24);
    }

    #[test]
    fn a_key_gives_back_what_it_was_made_of() {
        let key = Key::new(Class::Timer, 8191, 0x1_2345_6789, 77);
        assert_eq!((key.class(), key.owner(), key.number(), key.sub()), (Class::Timer, 8191, 0x2345_6789, 77));
    }

    #[test]
    fn at_one_instant_faults_come_first_and_observers_last() {
        let of = |class, owner, number, sub| Event {
            at: Time(5),
            key: Key::new(class, owner, number, sub),
            ..Event::default()
        };
        let in_order = [
            of(Class::Capacity, 9, 9, 9),
            of(Class::Departure, 1, 9, 9),
            of(Class::Departure, 2, 1, 9),
            of(Class::Departure, 2, 2, 1),
            of(Class::Departure, 2, 2, 2),
            of(Class::Timer, 0, 0, 0),
            of(Class::Arrival, 0, 0, 0),
            of(Class::Observer, 0, 0, 0),
            Event { at: Time(6), ..Event::default() },
        ];
        assert!(in_order.is_sorted());
    }

    #[test]
    fn the_payload_is_compared_last() {
        let event = Event { at: Time(1), key: Key(2), what: 9, slot: 9 };
        assert!(event < Event { what: 0, key: Key(3), ..event });
        assert!(event > Event { what: 8, ..event });
        assert!(event < Event { slot: 10, ..event });
    }
}
