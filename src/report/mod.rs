//! What a run says to people and to programs: terminal and JSON.
//!
//! Draws what `outcome` knows; computes nothing that a reader could mistake for a measurement.

pub mod bill;
mod binding;
mod collapse;
pub mod json;
pub mod limits;
pub mod lists;
pub mod numbers;
mod paint;
mod recovery;
mod screen;
pub mod spark;
pub mod table;
mod tables;
pub mod terminal;
pub mod verified;
mod why;

pub use screen::Screen;
