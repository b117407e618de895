//! Sums by time, at most 2,048 points: when it is full, neighbours merge.
