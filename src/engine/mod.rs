//! The event loop and what it moves: calendar, timers, streams, slabs, programs.
//!
//! Knows time, order and programs. Does not know what is waited for, by whom, or why.

pub mod agenda;
pub mod calendar;
pub mod event;
pub mod lanes;
pub mod program;
pub mod slab;
pub mod streams;

pub use agenda::{Agenda, Stuck, World};
pub use calendar::{Calendar, Ladder};
pub use event::{Class, Event, Key};
pub use lanes::{Lane, Lanes, TimerId};
pub use slab::{Exhausted, Slab, Slot};
