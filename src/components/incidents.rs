//! What can go wrong and what is done about it, compiled: places and roads, names, copies, alarms, runbooks, objectives.
//!
//! A *place* is a part in a region. A *region* is a number; where the scenario has none there is one without a name.

use super::blueprint::{Comparison, Effect};
use crate::engine::program::Pc;
use crate::units::{Law, Span};

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Incidents {
    /// Names of the regions, home first.
    pub regions: Vec<String>,
    /// Parts in regions.
    pub places: Vec<PlaceSpec>,
    /// What outages take down.
    pub hits: Vec<HitSpec>,
    /// Half of the time there and back from region a to region b, at `a * regions + b`.
    pub roads: Vec<Span>,
    /// Roads that a fault hits together.
    pub road_groups: Vec<Vec<u32>>,
    /// Ways from region to region in programs.
    pub ways: Vec<Way>,
    /// Where a program goes on in each region.
    pub leads: Vec<LeadSpec>,
    /// Of each source, cumulated shares of its users by the region that they are near to.
    pub near: Vec<Vec<f64>>,
    /// Of each source, the number of its first user among those whom names know, or `NONE`.
    pub clients: Vec<u32>,
    /// Of each entry, the name that leads its requests, or `NONE`.
    pub led_by: Vec<u32>,
    /// Names that point somewhere.
    pub names: Vec<NameSpec>,
    /// Data with copies.
    pub stores: Vec<StoreSpec>,
    /// Parts of members, of which so many must be up.
    pub needs: Vec<NeedSpec>,
    /// Parts of which it is kept whether they are up.
    pub ups: Vec<UpSpec>,
    /// Alarms, by name.
    pub alarms: Vec<AlarmSpec>,
    /// Runbooks.
    pub runbooks: Vec<RunbookSpec>,
    /// Lists of actions.
    pub lists: Vec<Vec<ActionSpec>>,
    /// Faults whose recovery is watched: their happenings.
    pub faults: Vec<u32>,
    /// What good means for a minute of a flow.
    pub goals: Vec<GoalSpec>,
}

/// A part in a region.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceSpec {
    /// The part.
    pub part: u32,
    /// The region; `NONE`: in none.
    pub region: u32,
}

/// What an outage takes down.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HitSpec {
    /// Places.
    pub places: Vec<u32>,
    /// Whole regions.
    pub regions: Vec<u32>,
    /// The copies that lead in these stores.
    pub leaders: Vec<u32>,
    /// Members of parts of members.
    pub members: Vec<(u32, u32)>,
}

/// A way from region to region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From where the user is.
    FromUser {
        /// To this region.
        to: u32,
    },
    /// From one region to another.
    Between {
        /// From.
        from: u32,
        /// To.
        to: u32,
    },
    /// To whoever leads in a store.
    ToLeader {
        /// The store.
        store: u32,
        /// From.
        from: u32,
    },
    /// Back on the way that was taken last.
    Back,
}

/// Where a program goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct LeadSpec {
    /// The name that says so; none: the region near the user.
    pub name: Option<u32>,
    /// Instructions by region.
    pub to: Vec<Pc>,
}

/// A name that points to a region.
#[derive(Clone, Debug, PartialEq)]
pub struct NameSpec {
    /// The part.
    pub part: u32,
    /// How long an answer is kept.
    pub ttl: Span,
    /// Law of the age of a client's first answer.
    pub age: Option<Law>,
    /// Share of clients that keep their answer for ever.
    pub stuck: f64,
    /// Where it leads at first, from near each region.
    pub to: Vec<u32>,
}

/// Data with copies, one of which leads.
#[derive(Clone, Debug, PartialEq)]
pub struct StoreSpec {
    /// The part.
    pub part: u32,
    /// Its place in each region, or `NONE`.
    pub places: Vec<u32>,
    /// The region in which it is written at first.
    pub leader: u32,
    /// How far behind the others are.
    pub lag: Law,
    /// How long it takes until another copy leads.
    pub promote: Law,
    /// Further copies in the same region, each of which can lead after the one that leads.
    pub standbys: u32,
    /// A write is acknowledged when one of them has it: it waits for their lag.
    pub together: bool,
    /// How long it takes until somebody notices by itself that nobody leads; none: an alarm and a runbook do.
    pub detect: Option<Law>,
    /// Until one that died is there again; until it is there again where nobody could take its place.
    pub joins: Option<Law>,
    /// See `joins`.
    pub without: Option<Law>,
    /// Callers go by the old address for so long after a takeover, each until its own answer is so old.
    pub ttl: Span,
    /// What a follower has to do for each write.
    pub work: Span,
    /// How long it takes to restore a backup; none: there is none.
    pub restore: Option<Law>,
    /// A backup so often, usable after so long.
    pub backups: Option<(Span, Span)>,
}

/// A part of members.
#[derive(Clone, Debug, PartialEq)]
pub struct NeedSpec {
    /// The part.
    pub part: u32,
    /// How many there are.
    pub members: u32,
    /// So many must be up.
    pub need: u32,
    /// Member i lies in zone i, and round again.
    pub zones: u32,
}

/// Of whom it is kept whether they are up.
#[derive(Clone, Debug, PartialEq)]
pub struct UpSpec {
    /// The part.
    pub part: u32,
    /// When it is up.
    pub by: UpBy,
}

/// When something is up.
#[derive(Clone, Debug, PartialEq)]
pub enum UpBy {
    /// These places are.
    Places(Vec<u32>),
    /// Its leader is there.
    Store(u32),
    /// Enough members are.
    Need(u32),
}

/// An alarm.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmSpec {
    /// Its name.
    pub name: String,
    /// Its rank among all names.
    pub rank: u16,
    /// What it looks at.
    pub watched: Watched,
    /// The part that it looks at, or `NONE`: without its numbers the alarm sees nothing.
    pub part: u32,
    /// What of a period counts.
    pub statistic: Statistic,
    /// A period breaches if its number compares so ...
    pub compare: Comparison,
    /// ... with this.
    pub than: f64,
    /// Length of a period.
    pub period: Span,
    /// So many ...
    pub periods: u32,
    /// ... of so many (at most 64).
    pub of: u32,
    /// What a period without a number means.
    pub missing: Missing,
    /// What it starts.
    pub then: Option<u32>,
}

/// What an alarm looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watched {
    /// Is a part up?
    Up(u32),
    /// How busy the servers or cores of a part are.
    Busy(u32),
    /// How many are inside a part.
    Present(u32),
    /// How many wait at a part.
    Waiting(u32),
    /// How many connections to a part are held by those who keep pools of them.
    Connections(u32),
    /// Came into a part, a second.
    Came(u32),
    /// Share of those that came into a part: answered with an error.
    Broken(u32),
    /// Share: not let in.
    Refused(u32),
    /// Share: not let in by a limit.
    Throttled(u32),
    /// Requests of a flow that ended, a second.
    Ended(u32),
    /// Share of them: failed, other than by a limit or a "no".
    Errors(u32),
    /// Share of them: failed by a limit.
    Limited(u32),
    /// Share of them: good.
    Success(u32),
    /// Latency of a flow's answers.
    Latency(u32),
}

/// What of a period counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// The mean.
    Mean,
    /// The least.
    Least,
    /// The greatest.
    Greatest,
    /// The sum.
    Sum,
    /// A quantile.
    Quantile(f64),
}

/// What a period without a number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Nothing: the state stays.
    Ignore,
    /// That all is well.
    Fine,
    /// That it is not.
    Breaching,
}

/// A runbook.
#[derive(Clone, Debug, PartialEq)]
pub struct RunbookSpec {
    /// Its name.
    pub name: String,
    /// Its rank among all names.
    pub rank: u16,
    /// Its list of actions.
    pub list: u32,
    /// It is given up after.
    pub timeout: Option<Span>,
    /// It needs this region.
    pub region: Option<u32>,
}

/// An action of a runbook.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionSpec {
    /// What it does.
    pub does: Does,
    /// The next one waits until it is finished.
    pub finish: bool,
    /// So long passes before it is done.
    pub takes: Option<Law>,
    /// Chance that it is not done, and nothing after it.
    pub fail: f64,
}

/// What an action does.
#[derive(Clone, Debug, PartialEq)]
pub enum Does {
    /// Waits for an answer, or so long.
    Wait(Law),
    /// Tells somebody.
    Notify,
    /// Changes settings.
    Set(Vec<Effect>),
    /// Lets another copy lead.
    Promote {
        /// The store.
        store: u32,
        /// The region; none: the first other one that is up.
        to: Option<u32>,
    },
    /// Brings data back from a backup.
    Restore {
        /// The store.
        store: u32,
    },
    /// Lets a name point to a region; none: the first other one that is up.
    Point {
        /// The name.
        name: u32,
        /// The region.
        to: Option<u32>,
    },
    /// Lets all names point elsewhere that point to a region.
    Drain {
        /// The region.
        region: u32,
    },
    /// Moves what lies in a queue to another store, one piece each time, until none is left.
    Replay {
        /// From here.
        from: u32,
        /// To there.
        to: u32,
        /// So far apart.
        every: Span,
    },
    /// Lists at once.
    Parallel(Vec<u32>),
}

impl Does {
    /// Is anything different afterwards?
    pub fn changes(&self) -> bool {
        !matches!(self, Does::Wait(_) | Does::Notify | Does::Parallel(_))
    }
}

/// What good means for the requests of a flow that began in a window.
#[derive(Clone, Debug, PartialEq)]
pub struct GoalSpec {
    /// The flow.
    pub flow: u32,
    /// What is compared.
    pub of: Goal,
    /// How.
    pub compare: Comparison,
    /// With this (shares; times in nanoseconds).
    pub than: f64,
}

/// What an objective compares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// Share of good answers.
    Success,
    /// Share of failures that are neither a limit's nor a "no".
    Errors,
    /// Share of failures by a limit.
    Throttled,
    /// Share of "no".
    Refused,
    /// Share of good answers that came too late.
    Late,
    /// A quantile of latency: so much of it lies on the good side of the bound.
    Quantile(f64),
    /// The mean of latency.
    Mean,
    /// The greatest latency.
    Greatest,
}
