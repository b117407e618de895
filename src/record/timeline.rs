//! The course of a run in slices of equal width: what a picture over time is made of.
//!
//! Recorded only where somebody asks for it. Counts lie where things happened; levels are integrals that are read at the
//! end of each slice, so following them costs nothing while a run goes on.

use super::Series;
use super::spread::{Spread, Spreading};
use crate::units::{Span, Time};

/// The course of a replication, or of several together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// Width of a slice; the first begins at time zero.
    pub slot: Span,
    /// Measured from here ...
    pub from: Time,
    /// ... to here.
    pub to: Time,
    /// Replications that it is the sum of.
    pub runs: u64,
    /// Faults and changes that came at the same time in all of them: name, beginning and end.
    pub marks: Vec<(String, Time, Time)>,
    /// In the order of the results' flows.
    pub flows: Vec<FlowTimeline>,
    /// In the order of the results' parts.
    pub parts: Vec<PartTimeline>,
}

/// A flow by slice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlowTimeline {
    /// Requests that began.
    pub begun: Series,
    /// Good answers in time.
    pub ok: Series,
    /// Answers for nobody.
    pub late: Series,
    /// Failures by cause, in the order of their numbers.
    pub failed: [Series; 5],
    /// Latencies of the answered, where they left.
    pub times: Spread,
}

/// A part by slice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartTimeline {
    /// Came in.
    pub came: Series,
    /// Done.
    pub left: Series,
    /// Not let in for another reason than a limit.
    pub refused: Series,
    /// Not let in by a limit.
    pub throttled: Series,
    /// What follows the clock.
    pub levels: Vec<LevelTimeline>,
}

/// A number over time, as integrals over slices: the integral over its width is the mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LevelTimeline {
    /// Of which limited thing: "" is the part's own.
    pub name: String,
    /// What.
    pub level: Level,
    /// By slice, in nanoseconds times what is counted.
    pub sums: Vec<u128>,
}

/// What is followed of a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Servers, cores, threads in use.
    #[default]
    Used,
    /// How many of them there are.
    There,
    /// Let through a second.
    Through,
    /// As much as is let through a second.
    Rate,
    /// Who waits.
    Waiting,
    /// Members launched and not ended.
    Members,
    /// Members in service.
    Serving,
    /// Members as there should be.
    Wanted,
    /// Members of a pool with a request.
    Busy,
}

impl Level {
    /// A reader's word.
    pub const fn word(self) -> &'static str {
        match self {
            Level::Used => "used",
            Level::There => "there",
            Level::Through => "through",
            Level::Rate => "limit",
            Level::Waiting => "waiting",
            Level::Members => "members",
            Level::Serving => "in_service",
            Level::Wanted => "wanted",
            Level::Busy => "busy_members",
        }
    }
}

impl Timeline {
    /// The width that suits series of slots of this width: a few hundred slices, each of several whole slots.
    pub fn slot_for(slot: Span) -> Span {
        let rounder = [4, 5, 6, 10].map(|times| Span(slot.0.saturating_mul(times)));
        rounder.into_iter().find(|wide| is_round(*wide)).unwrap_or(slot)
    }

    /// Slices, from time zero to the end.
    pub fn slices(&self) -> usize {
        self.to.0.div_ceil(self.slot.0.max(1)) as usize
    }

    /// Start and end of what was measured in a slice; nothing in the warm-up.
    pub fn measured(&self, slice: usize) -> (Time, Time) {
        let from = Time((slice as u64).saturating_mul(self.slot.0));
        (from.max(self.from), (from + self.slot).min(self.to))
    }

    /// Adds the course of another replication of the same scenario. The longest decides the end.
    pub fn merge(&mut self, other: &Timeline) {
        (self.runs, self.to) = (self.runs + other.runs, self.to.max(other.to));
        self.marks.retain(|mark| other.marks.contains(mark));
        for (ours, theirs) in self.flows.iter_mut().zip(&other.flows) {
            let into = [&mut ours.begun, &mut ours.ok, &mut ours.late].into_iter().chain(&mut ours.failed);
            let from = [&theirs.begun, &theirs.ok, &theirs.late].into_iter().chain(&theirs.failed);
            into.zip(from).for_each(|(into, from)| into.merge(from));
            ours.times.merge(&theirs.times);
        }
        for (ours, theirs) in self.parts.iter_mut().zip(&other.parts) {
            let into = [&mut ours.came, &mut ours.left, &mut ours.refused, &mut ours.throttled];
            let from = [&theirs.came, &theirs.left, &theirs.refused, &theirs.throttled];
            into.into_iter().zip(from).for_each(|(into, from)| into.merge(from));
            theirs.levels.iter().for_each(|level| ours.add(level));
        }
    }
}

impl PartTimeline {
    fn add(&mut self, other: &LevelTimeline) {
        match self.levels.iter_mut().find(|level| (&level.name, level.level) == (&other.name, other.level)) {
            None => self.levels.push(other.clone()),
            Some(ours) => {
                ours.sums.resize(ours.sums.len().max(other.sums.len()), 0);
                ours.sums.iter_mut().zip(&other.sums).for_each(|(ours, theirs)| *ours += theirs);
            }
        }
    }
}

/// Does it begin with 1, 2 or 5, or is it a part of a day that people say?
fn is_round(span: Span) -> bool {
    let minutes = span.0 / Span::seconds(60).0;
    if minutes > 0 {
        return [1, 2, 5, 10, 20, 30, 60, 120, 360, 720, 1440, 10_080, 43_200].contains(&minutes);
    }
    let mut first = span.0;
    while first >= 10 && first.is_multiple_of(10) {
        first /= 10;
    }
    [1, 2, 5].contains(&first)
}

/// A flow while a run goes on.
#[derive(Clone, Debug)]
pub struct Following {
    /// See [`FlowTimeline`].
    pub begun: Series,
    pub late: Series,
    pub failed: [Series; 5],
    pub times: Spreading,
}

impl Following {
    /// Nothing yet.
    pub fn new(slot: Span) -> Following {
        let series = || Series::with_slot(slot);
        Following { begun: series(), late: series(), failed: [0; 5].map(|_| series()), times: Spreading::new(slot) }
    }

    /// With the good answers, which are counted anyway, as a result.
    pub fn told(&self, slot: Span, good: &Series) -> FlowTimeline {
        FlowTimeline {
            begun: self.begun.clone(),
            ok: good.widened_to(slot),
            late: self.late.clone(),
            failed: self.failed.clone(),
            times: self.times.told(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_is_a_few_round_slots_for_runs_of_any_length() {
        for length in [1, 7, 100, 900, 1800, 3600, 5400, 86_400, 604_800, 31_536_000].map(Span::seconds) {
            let slot = Series::slot_for(length);
            let slice = Timeline::slot_for(slot);
            assert!(slice.0.is_multiple_of(slot.0) && slice > slot, "{length}: {slot} and {slice}");
            assert!((40..=512).contains(&length.0.div_ceil(slice.0)), "{length}: {slice}");
        }
        assert_eq!(
            [900, 1800, 5400].map(|s| Timeline::slot_for(Series::slot_for(Span::seconds(s))).to_string()),
            ["2s", "5s", "20s"]
        );
    }

    #[test]
    fn the_measured_part_of_a_slice_lies_between_warm_up_and_end() {
        let timeline = Timeline { slot: Span(10), from: Time(15), to: Time(37), ..Timeline::default() };
        let measured = (0..timeline.slices()).map(|slice| timeline.measured(slice)).collect::<Vec<_>>();
        let times = [(15, 10), (15, 20), (20, 30), (30, 37)].map(|(from, to)| (Time(from), Time(to)));
        assert_eq!(measured, times);
    }

    #[test]
    fn levels_of_replications_add_up_by_name() {
        let level = |sums: &[u128]| LevelTimeline { name: "threads".into(), level: Level::Used, sums: sums.to_vec() };
        let of = |sums| Timeline {
            runs: 1,
            parts: vec![PartTimeline { levels: vec![level(sums)], ..PartTimeline::default() }],
            ..Timeline::default()
        };
        let mut all = of(&[1, 2]);
        all.merge(&of(&[10, 20, 30]));
        assert_eq!((all.runs, &all.parts[0].levels[0].sums), (2, &vec![11, 22, 30]));
    }
}
