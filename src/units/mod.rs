//! What everything is measured in: time, random numbers, laws, portable mathematics.
//!
//! Knows nothing above it: no events, no queues, no files. Everything here gives the same bits on every platform.

pub mod law;
mod law_facts;
mod law_from;
pub mod maths;
pub mod money;
pub mod random;
pub mod rate;
pub mod samplers;
pub mod time;
mod ziggurat_tables;
pub mod zipf;

pub use law::Law;
pub use law_from::NoLaw;
pub use money::Money;
pub use random::Random;
pub use rate::Rate;
pub use time::{Span, Time};
