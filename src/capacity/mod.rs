//! Closed forms: what queueing theory knows without a run, and which scenarios it can answer.
//!
//! Every function names its law and its source, takes and gives seconds, ones and ones a second, and says whether it is
//! exact, a bound or an approximation. Functions answer `None` where their law has no answer (an overloaded station).
//! Knows the shape of a scenario; knows neither events nor the engine, so that it can contradict them.

pub mod branches;
pub mod caches;
pub mod chains;
pub mod closed;
pub mod constant;
pub mod erlang;
mod estimate;
pub mod general;
pub mod networks;
mod numeric;
pub mod patience;
pub mod priority;
mod recoveries;
pub mod renewal;
pub mod retries;
pub mod scalability;
mod shapes;
mod stations;
pub mod varying;

pub use estimate::{Estimate, Truth, estimate};

/// The means of a station: what Little's law ties together, so that one of them gives all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Means {
    /// Busy servers over servers.
    pub busy: f64,
    /// Mean time before work begins.
    pub wait: f64,
    /// Mean time from arrival to departure.
    pub response: f64,
    /// Mean number waiting.
    pub queue: f64,
    /// Mean number waiting or at work.
    pub present: f64,
}

impl Means {
    /// All means from the mean wait, by Little's law (Little 1961): numbers are rates times times.
    pub fn from_wait(rate: f64, work: f64, servers: u32, wait: f64) -> Means {
        Means {
            busy: rate * work / f64::from(servers),
            wait,
            response: wait + work,
            queue: rate * wait,
            present: rate * (wait + work),
        }
    }
}

/// The quantiles that reports show, with the names that paths give them.
pub const SHOWN: [(&str, f64); 6] =
    [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999), ("p9999", 0.9999)];
