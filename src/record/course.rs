//! A run as it was seen from outside, look by look: who waited, how much of each limit was used, what went wrong since.
//!
//! Nothing in a run keeps it: whoever drives the run stops it at equal distances, looks, and goes on. So it costs nothing
//! where it is not wanted and changes no bit where it is. A level is what stood there at a look; a count is what was added
//! since the look before.

use crate::units::{Span, Time};

/// What was seen of one replication.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// From look to look; the first one is so long after the start.
    pub every: Span,
    /// Looks.
    pub looks: usize,
    /// Parts, by name.
    pub parts: Vec<PartCourse>,
    /// Calls, in the order of the blueprint.
    pub calls: Vec<CallCourse>,
    /// Flows, by name.
    pub flows: Vec<FlowCourse>,
}

/// A flow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlowCourse {
    /// Failures by cause, in the order of [`super::results::Cause::ALL`].
    pub failed: [Counts; 5],
    /// Good answers for nobody.
    pub late: Counts,
    /// Answers, those for nobody included.
    pub answers: Counts,
    /// For each time that it promises: who came so far, and those of them who took longer.
    pub promised: Vec<Promised>,
}

/// A time that a flow promises, of its answers or of those who came to a mark.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Promised {
    /// The mark's number; [`u32::MAX`]: the answer.
    pub mark: u32,
    /// The time.
    pub within: Span,
    /// Who came so far.
    pub of: Counts,
    /// Of these: who took longer.
    pub over: Counts,
}

/// A part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartCourse {
    /// Its name.
    pub name: String,
    /// Who waited at its door, or what a queue held.
    pub waiting: Levels,
    /// Let in by nobody: by a limit, and all.
    pub throttled: Counts,
    /// See `throttled`.
    pub refused: Counts,
    /// Done with an error, and died with the part.
    pub broken: Counts,
    /// See `broken`.
    pub killed: Counts,
    /// Its limits.
    pub limits: Vec<LimitCourse>,
    /// Members that took requests; none if it is no fleet.
    pub members: Option<Levels>,
    /// Zones over which its members are spread; 0 if it is no fleet.
    pub zones: u32,
    /// Looks into its caches that found something, and that did not.
    pub hits: Counts,
    /// See `hits`.
    pub misses: Counts,
    /// Members that were started for a request.
    pub starts: Counts,
}

/// A limited thing of a part; members of a fleet are added up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LimitCourse {
    /// As in [`super::results::UseResult`].
    pub name: String,
    /// It is shared, so nobody waits for a turn: all are slower.
    pub shared: bool,
    /// It lets through by time (a rate), and keeps nobody.
    pub gate: bool,
    /// So many were used.
    pub held: Levels,
    /// So many there were.
    pub limit: Levels,
    /// So many waited for one.
    pub waiting: Levels,
    /// So many were refused.
    pub refused: Counts,
}

/// A caller's attempts at a callee.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallCourse {
    /// Traffic, flow or part.
    pub caller: String,
    /// Flow or part.
    pub callee: String,
    /// First attempts.
    pub first: Counts,
    /// Further ones.
    pub again: Counts,
    /// Given up by the caller.
    pub given_up: Counts,
    /// Not sent: breaker open, no token, too many already.
    pub held_back: Counts,
}

/// What stood there at each look.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Levels(Vec<u32>);

/// What was added from look to look.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    total: u64,
    added: Vec<u32>,
}

fn short(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Levels {
    /// The next look.
    pub fn push(&mut self, level: u64) {
        self.0.push(short(level));
    }

    /// At a look; 0 where there was none.
    pub fn at(&self, look: usize) -> u64 {
        self.0.get(look).copied().map_or(0, u64::from)
    }

    /// All of them.
    pub fn all(&self) -> &[u32] {
        &self.0
    }
}

impl Counts {
    /// The next look finds so many in all; fewer than before: the counting has begun anew.
    pub fn push(&mut self, total: u64) {
        let added = if total < self.total { total } else { total - self.total };
        self.total = total;
        self.added.push(short(added));
    }

    /// Added up to a look, since the one before.
    pub fn at(&self, look: usize) -> u64 {
        self.added.get(look).copied().map_or(0, u64::from)
    }

    /// Added from look to look, the last one included.
    pub fn between(&self, from: usize, last: usize) -> u64 {
        let last = (last + 1).min(self.added.len());
        self.added.get(from.min(last)..last).unwrap_or_default().iter().map(|n| u64::from(*n)).sum()
    }

    /// All of them.
    pub fn all(&self) -> &[u32] {
        &self.added
    }
}

impl Course {
    /// The moment of a look.
    pub fn time(&self, look: usize) -> Time {
        Time((look as u64 + 1).saturating_mul(self.every.0))
    }

    /// The first look at or after a moment.
    pub fn look_at(&self, at: Time) -> usize {
        (at.0.div_ceil(self.every.0.max(1)) as usize).saturating_sub(1)
    }

    /// A part by its name.
    pub fn part(&self, name: &str) -> Option<&PartCourse> {
        self.parts.iter().find(|part| part.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_begins_anew_is_not_taken_for_a_fall() {
        let mut counts = Counts::default();
        [3, 10, 10, 4, 9].into_iter().for_each(|total| counts.push(total));
        assert_eq!(counts.all(), [3, 7, 0, 4, 5]);
        assert_eq!((counts.between(1, 3), counts.between(3, 99), counts.between(7, 9)), (11, 9, 0));
    }

    #[test]
    fn a_look_stands_at_the_end_of_its_stretch() {
        let course = Course { every: Span(10), looks: 3, ..Course::default() };
        assert_eq!([0, 2].map(|look| course.time(look)), [Time(10), Time(30)]);
        assert_eq!([0, 1, 10, 11, 30].map(|at| course.look_at(Time(at))), [0, 0, 0, 1, 2]);
    }
}
