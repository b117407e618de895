//! What a run says to people and to programs: terminal and JSON.
//!
//! Draws what `outcome` knows; computes nothing that a reader could mistake for a measurement.

pub mod bill;
mod collapse;
pub mod json;
pub mod limits;
pub mod lists;
pub mod numbers;
mod recovery;
pub mod spark;
pub mod table;
pub mod terminal;
pub mod verified;
