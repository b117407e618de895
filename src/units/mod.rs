//! What everything is measured in: time, random numbers, laws, portable mathematics.
//!
//! Knows nothing above it: no events, no queues, no files. Everything here gives the same bits on every platform.

pub mod law;
pub mod maths;
pub mod random;
pub mod time;

pub use law::Law;
pub use random::Random;
pub use time::{Span, Time};
