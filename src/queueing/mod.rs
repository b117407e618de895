//! Queueing mechanisms, one file each, each proved against a closed form.
//!
//! A mechanism knows jobs, servers and time. It knows no service, no scenario, no event loop: its verbs say what has
//! happened and answer what follows, and whoever calls it keeps the calendar.

pub mod arrivals;
pub mod committed;
pub mod fleet;
pub mod scaler;
pub mod share;
pub mod station;
pub mod waiting;
