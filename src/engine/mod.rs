//! The event loop and what it moves: calendar, timers, streams, slabs, programs.

pub mod calendar;
pub mod event;
pub mod lanes;
pub mod slab;
pub mod streams;

pub use calendar::{Calendar, Ladder};
pub use event::{Class, Event, Key};
pub use lanes::{Lane, Lanes, TimerId};
pub use slab::{Exhausted, Slab, Slot};
