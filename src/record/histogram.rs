//! A histogram of spans of time: log-linear buckets, exact minimum, maximum and mean.

/// Spans, counted by size.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {}
