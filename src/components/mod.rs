//! Parts bound from mechanisms, and the world in which requests run through them.
//!
//! Knows mechanisms, programs and measures; knows no service's name, no price, no file.

pub mod blueprint;
pub mod gate_spec;
pub mod happenings;
pub mod store_specs;

mod attempts;
mod caches;
mod clocks;
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
mod keys;
pub mod loops;
mod members;
mod passages;
mod patience;
mod presence;
pub mod scalers;
mod serving;
mod sources;
pub mod steady;
mod steps;
mod tally;
mod world;

pub use blueprint::Blueprint;
pub use world::RunWorld;
