//! The write side of measuring: histograms, gauges, series and counters, in whole numbers only.
//!
//! Sums of integers do not depend on their order, so results of shards and replications merge exactly. Knows nothing of
//! prices, reports or files.

mod ahead;
mod bulk;
pub mod course;
pub mod gauge;
pub mod histogram;
mod moments;
mod peak;
mod recorder;
pub mod results;
mod row;
pub mod series;
pub mod slices;
pub mod spread;
pub mod timeline;
pub mod usage;
mod watch;
mod wide;

pub use course::Course;
pub use gauge::Gauge;
pub use histogram::Histogram;
pub use moments::Moments;
pub use peak::{Peak, Summed};
pub use recorder::Recorder;
pub use results::Results;
pub use row::Row;
pub use series::Series;
pub use slices::{Batch, Slice, Slices};
pub use timeline::Timeline;
pub use usage::Usage;
