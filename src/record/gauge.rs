//! A number that changes with time: its integral, its greatest value, how long it was at least so much.

/// A number over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gauge {}
