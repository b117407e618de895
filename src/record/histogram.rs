//! A histogram of spans of time: log-linear buckets, exact minimum, maximum and mean.
