//! Parts bound from mechanisms, and the world in which requests run through them.
//!
//! Knows mechanisms, programs and measures; knows no service's name, no price, no file.

pub mod blueprint;
pub mod happenings;

mod attempts;
mod clocks;
mod columns;
mod convoy;
mod deaths;
mod doors;
mod draws;
mod ends;
mod finish;
pub mod fleets;
mod frames;
mod groups;
mod legs;
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
mod ways;
mod world;

pub use blueprint::Blueprint;
pub use world::RunWorld;
