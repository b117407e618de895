//! Runs asked for in numbers: one, many with different draws, one until a number is known, and verification.
//!
//! Knows how to run a scenario and how often; does not know how anything is drawn on a screen.

mod assumed;
mod collapse;
mod design;
mod effort;
mod gather;
mod months;
pub mod simulation;
mod steady;
mod study;
pub mod verify;

pub use design::Design;
pub use effort::Effort;
pub use simulation::{Failure, Simulation};
pub use study::{Answer, Ask, Examined, Scenario, Trouble};
