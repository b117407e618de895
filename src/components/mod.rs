//! Parts bound from mechanisms, and the world in which requests run through them.
//!
//! Knows mechanisms, programs and measures; knows no service's name, no price, no file.

pub mod blueprint;
pub mod happenings;
pub mod incidents;

mod alarms;
mod attempts;
mod clocks;
mod doors;
mod draws;
mod ends;
mod finish;
mod frames;
mod groups;
mod incident_state;
mod outages;
mod passages;
mod patience;
mod presence;
mod recovery;
mod regions;
mod runbooks;
mod serving;
mod sources;
pub mod steady;
mod steps;
mod stores;
mod tally;
mod world;

pub use blueprint::Blueprint;
pub use world::RunWorld;
