//! Every limited thing of a run, with how near it came: which of them binds next.

use crate::outcome::Outcome;
use crate::record::course::{LimitCourse, PartCourse};
use crate::record::results::{PartResult, UseResult};

/// A limit and what was seen of it, over all replications.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// The part.
    pub part: String,
    /// The quantity that sets it (`workers`).
    pub name: String,
    /// What it limits: the part's own servers (""), "threads", "pool.db".
    pub of: String,
    /// The limit at the end of the run.
    pub limit: u64,
    /// Can it be raised by asking?
    pub adjustable: bool,
    /// Most that was used at once.
    pub peak: u64,
    /// When that was first so, in seconds.
    pub peak_at_s: f64,
    /// Share that was left at the peak.
    pub headroom: f64,
    /// Seconds in which somebody waited for it or was refused, in the worst replication.
    pub exceeded_s: f64,
    /// When somebody first did, in seconds, as the looks at the first replication saw it.
    pub exceeded_from_s: Option<f64>,
    /// Would the peak have had enough with one zone less?
    pub zone_less: Option<ZoneLess>,
    /// Where the number is from.
    pub source: String,
}

/// The peak of a part in zones beside what one zone less leaves: arithmetic, no run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ZoneLess {
    /// Zones.
    pub zones: u32,
    /// Most that was used at once by all members, as the looks at the first replication saw it.
    pub peak: u64,
    /// What the members of the other zones have.
    pub left: u64,
}

impl ZoneLess {
    /// Is there enough?
    pub fn survives(&self) -> bool {
        self.peak <= self.left
    }
}

impl Limit {
    /// Whom it binds.
    pub fn scope(&self) -> String {
        match self.of.as_str() {
            "" => "component".into(),
            name => name.strip_prefix("pool.").map_or_else(|| name.into(), |callee| format!("connections to {callee}")),
        }
    }
}

/// All limits, by part and name.
pub fn all(outcome: &Outcome) -> Vec<Limit> {
    let Some(first) = outcome.replications.first() else { return Vec::new() };
    first.parts.iter().flat_map(|part| of_part(outcome, part)).collect()
}

/// Limits of one part.
pub fn of_part(outcome: &Outcome, part: &PartResult) -> Vec<Limit> {
    part.uses.iter().filter_map(|used| one(outcome, part, used)).collect()
}

fn one(outcome: &Outcome, part: &PartResult, used: &UseResult) -> Option<Limit> {
    let limit = used.limit?;
    let parts = outcome.replications.iter().flat_map(|run| &run.parts).filter(|known| known.name == part.name);
    let seen: Vec<&UseResult> = parts.flat_map(|part| &part.uses).filter(|known| known.name == used.name).collect();
    let highest = seen.iter().rev().max_by_key(|used| used.held.max())?;
    let exceeded = seen.iter().map(|used| used.exceeded).max()?;
    let peak = highest.held.max();
    let part_seen = outcome.course.as_ref().and_then(|course| Some((course, course.part(&part.name)?)));
    let limit_seen = part_seen
        .and_then(|(course, part)| Some((course, part, part.limits.iter().find(|limit| limit.name == used.name)?)));
    Some(Limit {
        part: part.name.clone(),
        name: used.limit_name.clone(),
        of: used.name.clone(),
        limit,
        adjustable: used.adjustable,
        peak,
        peak_at_s: highest.held.max_at().as_seconds(),
        headroom: if limit == 0 { 0.0 } else { 1.0 - peak as f64 / limit as f64 },
        exceeded_s: exceeded.as_seconds(),
        exceeded_from_s: limit_seen.and_then(|(course, _, limit)| {
            let waits = |look: &usize| limit.waiting.at(*look) > 0 || limit.refused.at(*look) > 0;
            (0..course.looks).find(waits).map(|look| course.time(look).as_seconds())
        }),
        zone_less: limit_seen.and_then(|(_, part, seen)| zone_less(part, seen, limit)),
        source: used.source.clone(),
    })
}

/// Members are spread evenly, so a zone that goes takes its part of them, the odd one with it.
fn zone_less(part: &PartCourse, seen: &LimitCourse, of_member: u64) -> Option<ZoneLess> {
    let zones = part.zones;
    if zones < 2 || seen.gate || of_member == 0 {
        return None;
    }
    let (look, peak) = seen.held.all().iter().enumerate().max_by_key(|(look, held)| (**held, usize::MAX - look))?;
    let members = seen.limit.at(look) / of_member;
    let left = (members - members.div_ceil(u64::from(zones))) * of_member;
    Some(ZoneLess { zones, peak: u64::from(*peak), left })
}

/// Those that bind first: exceeded for longest, then with least headroom.
pub fn nearest(outcome: &Outcome, count: usize) -> Vec<Limit> {
    let mut limits = all(outcome);
    limits.sort_by(|a, b| b.exceeded_s.total_cmp(&a.exceeded_s).then(a.headroom.total_cmp(&b.headroom)));
    limits.truncate(count);
    limits
}
