//! Queueing mechanisms, one file each, each proved against a closed form.
//!
//! A mechanism knows jobs, servers and time. It knows no service, no scenario, no event loop: its verbs say what has
//! happened and answer what follows, and whoever calls it keeps the calendar.

pub mod ages;
pub mod arrivals;
pub mod backups;
pub mod bucket;
pub mod buffer;
pub mod by_key;
pub mod cache;
pub mod committed;
pub mod detector;
pub mod directory;
pub mod event_loop;
pub mod fetches;
pub mod fleet;
pub mod governor;
pub mod log;
pub mod mailbox;
mod member;
pub mod partitions;
pub mod pollers;
pub mod pool;
pub mod ratchet;
pub mod rendezvous;
pub mod replicas;
pub mod scaler;
pub mod share;
pub mod station;
pub mod versions;
pub mod waiters;
pub mod waiting;
pub mod window;
