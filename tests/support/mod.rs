//! What the tests of random scenarios share.

pub mod dice;
pub mod draft;
pub mod generator;
pub mod parts;
pub mod runs;
pub mod steps;
pub mod traffic;
