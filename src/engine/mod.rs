//! The event loop and what it moves: calendar, timers, streams, slabs, programs.
