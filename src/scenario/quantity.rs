//! Quantities as people write them: "250ms", "12.5M/s", "lognormal(18ms, p99=70ms)".
