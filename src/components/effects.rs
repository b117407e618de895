//! What happens to parts, compiled: when, for how long, and what it does to them.

use super::fleets::FleetDoes;
use super::gate_spec::GateEffect;
use crate::units::Law;

/// Something that happens to parts at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    /// Its name.
    pub name: String,
    /// Its rank among all names.
    pub rank: u16,
    /// When it begins (ns), or how long after the end of the last one.
    pub begins: Law,
    /// Does it come again and again?
    pub again: bool,
    /// How long it lasts.
    pub lasts: Option<Law>,
    /// Who has to be free to end it: their line, and the operation under which it is booked.
    pub crew: Option<(u32, u32)>,
    /// What it does.
    pub effects: Vec<Effect>,
}

/// What a happening does while it lasts (or for good).
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Who comes into the part is answered with an error, with this chance.
    Errors { part: u32, share: f64 },
    /// Work that begins takes so many times as long; shared cores run so many times slower.
    Slow { part: u32, factor: f64 },
    /// Serves nobody, goes on afterwards.
    Stop { part: u32 },
    /// So many of the next things that a store accepts break whoever works on them.
    Poison { store: u32, count: u64 },
    /// This share of what a store accepts comes twice.
    Twice { store: u32, share: f64 },
    /// Something reaches a gate.
    Gate { gate: u32, effect: GateEffect },
    /// So many servers from now on.
    Servers { line: u32, servers: u32 },
    /// So many cores from now on.
    Cores { share: u32, cores: u32 },
    /// All idle members of a pool go, and those with a request when it is over.
    ClearPool { pool: u32 },
    /// Something is done to a fleet.
    Fleet { fleet: u32, does: FleetDoes },
    /// The stores of a part forget everything.
    Flush { part: u32 },
    /// What the stores of a part keep of the keys below this is too old.
    Expire { part: u32, keys: u64 },
    /// One of a key gets this share of the draws.
    HotKey { key: u32, share: f64 },
    /// Places, regions, members are down.
    Outage { hit: u32 },
    /// This share of what travels on roads is lost, and the rest takes so much longer (ns).
    Road { group: u32, lost: f64, longer: f64 },
    /// The numbers of a part do not arrive.
    Blind { part: u32 },
    /// Nobody asks a name anew.
    Stuck { name: u32 },
    /// Followers stand still.
    Stalled { store: u32 },
    /// Whoever leads dies.
    LeaderLost { store: u32 },
    /// A runbook is started.
    Start { runbook: u32 },
}
