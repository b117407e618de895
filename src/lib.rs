//! archsim: a flight simulator for cloud architectures.

pub mod capacity;
pub mod components;
pub mod engine;
pub mod experiment;
pub mod outcome;
pub mod queueing;
pub mod record;
pub mod report;
pub mod scenario;
pub mod units;
