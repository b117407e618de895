//! What pictures over time are made of: the timelines of all replications together, and numbers of each slice.

use super::panel::Course as Line;
use crate::outcome::Outcome;
use crate::record::Series;
use crate::record::Timeline;
use crate::record::results::Results;
use crate::record::spread::Sizes;
use crate::record::timeline::{FlowTimeline, Level, PartTimeline};

/// The timelines of all replications of a story, added up.
#[derive(Clone, Debug)]
pub struct Story<'a> {
    pub timeline: Timeline,
    /// The first of them, for names.
    pub first: &'a Results,
}

impl<'a> Story<'a> {
    /// Nothing where no timeline was kept, or nothing was measured.
    pub fn of(outcome: &'a Outcome) -> Option<Story<'a>> {
        let first = outcome.replications.first()?;
        let mut timelines = outcome.replications.iter().filter_map(|run| run.timeline.as_deref());
        let mut timeline = timelines.next()?.clone();
        timelines.for_each(|other| timeline.merge(other));
        (timeline.to > timeline.from).then_some(Story { timeline, first })
    }

    /// Flows, each with its name.
    pub fn flows(&self) -> impl Iterator<Item = (&str, &FlowTimeline)> {
        self.first.flows.iter().map(|flow| flow.name.as_str()).zip(&self.timeline.flows)
    }

    /// Parts, each with its name.
    pub fn parts(&self) -> impl Iterator<Item = (&str, &PartTimeline)> {
        self.first.parts.iter().map(|part| part.name.as_str()).zip(&self.timeline.parts)
    }

    /// First and last moment, in seconds.
    pub fn ends(&self) -> (f64, f64) {
        (self.timeline.from.as_seconds(), self.timeline.to.as_seconds())
    }

    /// Numbers of the slices in which something was measured; `group` neighbours together.
    pub fn slices(&self, group: usize) -> Vec<std::ops::Range<usize>> {
        let all = 0..self.timeline.slices();
        let measured = |slice: &usize| {
            let (from, to) = self.timeline.measured(*slice);
            to > from
        };
        let first = all.clone().find(measured).unwrap_or(all.end);
        let starts = (first..all.end).step_by(group.max(1));
        starts.map(|start| start..(start + group.max(1)).min(all.end)).collect()
    }

    /// Start and end of some slices, in seconds.
    pub fn span(&self, slices: &std::ops::Range<usize>) -> (f64, f64) {
        let (first, last) = (self.timeline.measured(slices.start), self.timeline.measured(slices.end.max(1) - 1));
        (first.0.as_seconds(), last.1.as_seconds())
    }

    /// A number by slice.
    pub fn line(&self, group: usize, value: impl Fn(&std::ops::Range<usize>) -> Option<f64>) -> Line {
        let one = |slices: std::ops::Range<usize>| {
            let (from, to) = self.span(&slices);
            (from, to, value(&slices))
        };
        self.slices(group).into_iter().map(one).collect()
    }

    /// So many were counted in some slices, a mean over replications.
    pub fn count(&self, series: &Counts, slices: &std::ops::Range<usize>) -> f64 {
        let sum: u128 = series.0.get(slices.start..slices.end.min(series.0.len())).unwrap_or(&[]).iter().sum();
        sum as f64 / self.timeline.runs.max(1) as f64
    }

    /// The same a second.
    pub fn rate(&self, series: &Counts, slices: &std::ops::Range<usize>) -> f64 {
        let (from, to) = self.span(slices);
        self.count(series, slices) / (to - from)
    }

    /// The mean of a level over some slices; none of what is not there.
    pub fn level(&self, part: &PartTimeline, name: &str, level: Level, slices: &std::ops::Range<usize>) -> Option<f64> {
        let known = part.levels.iter().find(|known| known.name == name && known.level == level)?;
        let sum: u128 = known.sums.get(slices.start..slices.end.min(known.sums.len())).unwrap_or(&[]).iter().sum();
        let (from, to) = self.span(slices);
        Some(sum as f64 / 1e9 / self.timeline.runs.max(1) as f64 / (to - from))
    }

    /// Latencies of the answers that left in some slices.
    pub fn sizes(&self, flow: &FlowTimeline, slices: &std::ops::Range<usize>) -> Sizes {
        let mut all = Sizes::default();
        flow.times
            .0
            .get(slices.start..slices.end.min(flow.times.0.len()))
            .unwrap_or(&[])
            .iter()
            .for_each(|sizes| all.merge(sizes));
        all
    }

    /// Slices that are looked at together so that mostly there are so many answers for a quantile to rest on.
    pub fn group_for(&self, flow: &FlowTimeline, wanted: u64) -> usize {
        let mut counts: Vec<u64> = flow.times.0.iter().map(Sizes::count).filter(|n| *n > 0).collect();
        counts.sort_unstable();
        let Some(usual) = counts.get(counts.len() / 4).copied() else { return 1 };
        let most = (self.timeline.slices() / 40).max(1);
        (wanted.div_ceil(usual.max(1)) as usize).clamp(1, most)
    }
}

/// Sums by slice.
#[derive(Clone, Debug, Default)]
pub struct Counts(pub Vec<u128>);

impl Counts {
    /// Of several series together.
    pub fn of<'s>(series: impl IntoIterator<Item = &'s Series>) -> Counts {
        let mut all: Vec<u128> = Vec::new();
        for one in series {
            let points: Vec<u128> = one.points().map(|(_, sum)| sum).collect();
            all.resize(all.len().max(points.len()), 0);
            all.iter_mut().zip(points).for_each(|(sum, more)| *sum += more);
        }
        Counts(all)
    }

    /// Nothing at all?
    pub fn is_zero(&self) -> bool {
        self.0.iter().all(|sum| *sum == 0)
    }
}
