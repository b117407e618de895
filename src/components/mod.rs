//! Parts bound from mechanisms, and the world in which requests run through them.
//!
//! Knows mechanisms, programs and measures; knows no service's name, no price, no file.

pub mod blueprint;
pub mod happenings;

mod attempts;
mod clocks;
mod convoy;
mod doors;
mod draws;
mod ends;
mod finish;
mod frames;
mod groups;
mod legs;
mod passages;
mod patience;
mod presence;
mod serving;
mod sources;
pub mod steady;
mod steps;
mod tally;
mod ways;
mod world;

pub use blueprint::Blueprint;
pub use world::RunWorld;
