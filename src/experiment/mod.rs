//! Runs asked for in numbers: replications, steady runs, verification.
