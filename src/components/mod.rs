//! Parts bound from mechanisms, and the world in which requests run through them.
//!
//! Knows mechanisms, programs and measures; knows no service's name, no price, no file.

pub mod blueprint;
pub mod gate_spec;
pub mod happenings;
pub mod incidents;
pub mod messages;
pub mod store_specs;

mod alarms;
mod attempts;
mod caches;
mod clocks;
mod course;
mod deaths;
mod doors;
mod draws;
mod ends;
mod finish;
pub mod fleets;
mod frames;
mod gate_tally;
mod gates;
mod groups;
mod guards;
mod handing;
mod incident_state;
mod keys;
pub mod levels;
mod load;
pub mod loops;
mod members;
mod outages;
mod partitions;
mod passages;
mod patience;
mod polling;
pub mod pools;
mod presence;
mod recovery;
mod regions;
mod runbooks;
mod runs;
pub mod scalers;
mod serving;
pub mod shedding;
mod sources;
mod stays;
pub mod steady;
mod steps;
mod stores;
mod taking;
mod tally;
mod told;
pub mod usage;
mod world;

pub use blueprint::Blueprint;
pub use world::RunWorld;
