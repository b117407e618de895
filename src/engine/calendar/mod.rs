//! The calendar: what is pending, earliest first. Several ways to keep it, one order.

mod four_heap;
mod std_heap;

pub use four_heap::FourHeap;
pub use std_heap::StdHeap;

use super::event::{Event, Key};
use crate::units::Time;

/// Pending events, given out in the order of time and key.
///
/// Any two calendars give the same events in the same order, so the choice of one changes no answer. Which is faster
/// depends on how many events are pending: `benches/README.md` holds the table.
pub trait Calendar: Clone + Default {
    /// An event that will happen.
    fn push(&mut self, event: Event);

    /// Takes the next event out.
    fn pop(&mut self) -> Option<Event>;

    /// The next event.
    fn first(&self) -> Option<&Event>;

    /// How many are pending.
    fn len(&self) -> usize;

    /// Is nothing pending?
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Time and key of the next event.
    #[inline]
    fn peek(&self) -> Option<(Time, Key)> {
        self.first().map(|event| (event.at, event.key))
    }

    /// Takes the next event out if it comes before this rank ([`Event::rank`]): a timer's, or the end of the run.
    #[inline]
    fn pop_before(&mut self, rank: u128) -> Option<Event> {
        if self.first()?.rank() < rank { self.pop() } else { None }
    }
}
