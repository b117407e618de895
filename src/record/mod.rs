//! The write side of measuring: histograms, gauges, series and counters, in whole numbers only.
//!
//! Sums of integers do not depend on their order, so results of shards and replications merge exactly. Knows nothing of
//! prices, reports or files.

pub mod gauge;
pub mod histogram;
pub mod results;
pub mod series;

pub use gauge::Gauge;
pub use histogram::Histogram;
pub use results::Results;
pub use series::Series;
