//! Sums by time, at most 2,048 points: when it is full, neighbours merge.

/// Sums by time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {}
