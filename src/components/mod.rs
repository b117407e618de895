//! Parts bound from mechanisms, and the world in which requests run through them.
//!
//! Knows mechanisms, programs and measures; knows no service's name, no price, no file.

pub mod blueprint;
pub mod happenings;

mod attempts;
mod clocks;
mod doors;
mod draws;
mod ends;
mod finish;
mod frames;
mod groups;
mod handing;
mod passages;
mod patience;
mod polling;
mod presence;
mod runs;
mod serving;
mod sources;
pub mod steady;
mod steps;
pub mod stores;
mod taking;
mod tally;
mod told;
mod world;

pub use blueprint::Blueprint;
pub use world::RunWorld;
