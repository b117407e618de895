//! Requests whose whole way is known when they come: one visit to a line that tells the end of a job on arrival.
//!
//! Nobody can tell such a request from one that walked through its program, so it needs no frame and no record of its own:
//! three moments are noted (came, turn, gone), and a row of them is counted at once, by the sums that the steps of its
//! program would have made one by one. What others can see while the run goes on (the line itself, who is in the part) is
//! told at once. A request that is not like that (in the warm-up, at a part that makes errors, without room in the line,
//! or not over before the run is) walks.

use std::ops::ControlFlow;

use super::blueprint::{Blueprint, SourceShape};
use super::serving::COLLAPSE;
use super::tally::Outcome;
use super::world::{Line, State};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::Event;
use crate::engine::program::{NONE, Op, Pc};
use crate::queueing::committed::Arrivals;
use crate::record::{Histogram, Row};
use crate::units::random::join;
use crate::units::{Random, Span, Time};

/// Requests in a row.
const ROW: usize = 64;

/// The way of an entry's requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Way {
    operation: u32,
    part: u32,
    line: u32,
    law: u32,
    /// Streams of the entry's requests and of the work.
    requests: u64,
    work: u64,
    /// Calls that begin before the visit and end after it: instructions from here ...
    begins: Pc,
    /// ... up to here.
    enters: Pc,
}

/// Requests of an entry that pass, and the row of those not counted yet.
#[derive(Clone, Debug)]
pub(crate) struct Passage {
    way: Way,
    noted: usize,
    /// So many may pass at once, as it seems.
    hope: usize,
    came: [Time; ROW],
    turn: [Time; ROW],
    gone: [Time; ROW],
    /// Waits and stays of all that were counted: added to those of the flow and of the operation at the end.
    waits: Histogram,
    stays: Histogram,
}

impl Passage {
    /// The passage of an entry whose program is one such visit.
    pub fn of(plan: &Blueprint, entry: usize, sites: &[u64]) -> Option<Box<Passage>> {
        let way = way(plan, entry, sites)?;
        let none = [Time::ZERO; ROW];
        let (waits, stays) = (Histogram::fine(), Histogram::fine());
        Some(Box::new(Passage { way, noted: 0, hope: 1, came: none, turn: none, gone: none, waits, stays }))
    }
}

fn way(plan: &Blueprint, entry: usize, sites: &[u64]) -> Option<Way> {
    let spec = &plan.entries[entry];
    let source = plan.sources.get(spec.source as usize)?;
    let watched = !plan.incidents.faults.is_empty() || !plan.incidents.alarms.is_empty();
    if plan.walk
        || plan.slowdown
        || watched
        || spec.flow == NONE
        || spec.strict
        || matches!(source.shape, SourceShape::Users { .. })
    {
        return None;
    }
    let ops = plan.program.ops.get(spec.start as usize..)?;
    let calls = ops.iter().take_while(|op| matches!(op, Op::CallBegins { .. })).count();
    let (begins, rest) = ops.split_at(calls);
    let [Op::Enter { operation, depth }, Op::Serve { service }, leave, rest @ ..] = rest else { return None };
    let (ends, rest) = rest.split_at_checked(calls)?;
    let paired = begins.iter().zip(ends.iter().rev()).all(|pair| match pair {
        (Op::CallBegins { call: begun }, Op::CallEnds { call: ended }) => begun == ended,
        _ => false,
    });
    let served = plan.services.get(*service as usize)?;
    let alone =
        served.member == u16::MAX && served.operation == *operation && plan.lines[served.line as usize].committed;
    let over = *leave == Op::Leave { operation: *operation, depth: *depth } && rest.first() == Some(&Op::End);
    (paired && alone && over).then(|| Way {
        operation: *operation,
        part: plan.operations[*operation as usize].part,
        line: served.line,
        law: served.law,
        requests: sites[spec.site as usize],
        work: sites[served.site as usize],
        begins: spec.start,
        enters: spec.start + calls as Pc,
    })
}

/// Some requests have passed.
struct Passed {
    /// How many have come after the first one.
    followed: usize,
    /// When the last of them came.
    last: Time,
    /// The last one has not passed: it has to walk.
    walks: bool,
    /// The line has passed its bound.
    collapses: bool,
}

impl State {
    /// A request of a source comes and passes, and so do those after it until something else happens. Says when the next
    /// one comes, or that the one that comes now has to walk (of which nothing has been done).
    pub(crate) fn passes_along<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        source: u32,
        entry: u32,
    ) -> ControlFlow<Option<Event>> {
        let Some(passage) = &self.passages[entry as usize] else { return ControlFlow::Continue(()) };
        let way = passage.way;
        let plain = self.sources[source as usize].is_plain(&plan.sources[source as usize]);
        if !plain || !self.measuring || self.errors[way.part as usize] > 0.0 {
            return ControlFlow::Continue(());
        }
        let until = agenda.clear_until().min(plan.to);
        loop {
            let row = self.pass_row(plan, &way, (source, entry), agenda.now(), until);
            self.sources[source as usize].have_come(row.followed);
            agenda.advance(row.last, row.followed as u64);
            self.count_row_if_full(plan, entry);
            if row.walks {
                return ControlFlow::Continue(());
            }
            if row.collapses {
                self.collapse(plan, agenda, way.line);
            }
            match self.next_arrival(plan, source) {
                Some(next) if !row.collapses && next.at > row.last && next.at < until => agenda.advance(next.at, 1),
                next => return ControlFlow::Break(next),
            }
        }
    }

    /// Lets the request that comes now pass, and those that follow before `until`, as far as the row reaches.
    fn pass_row(&mut self, plan: &Blueprint, way: &Way, of: (u32, u32), now: Time, until: Time) -> Passed {
        let (source, entry) = (of.0 as usize, of.1 as usize);
        let (Some(passage), Line::Known(station)) = (&mut self.passages[entry], &mut self.lines[way.line as usize])
        else {
            return Passed { followed: 0, last: now, walks: true, collapses: false };
        };
        let Passage { noted, hope, came, turn, gone, .. } = &mut **passage;
        let from = *noted;
        let most = ROW.min(from + *hope);
        came[from] = now;
        let n = 1 + self.sources[source].peek(now, until, &mut came[from + 1..most]);
        let mut work = [Span::ZERO; ROW];
        let streams = (self.numbers[entry]..).map(|number| join(join(way.requests, number), way.work));
        plan.laws[way.law as usize].spans(streams.map(Random::new), &mut work[..n]);
        let (came, turn, gone) = (&came[from..from + n], &mut turn[from..from + n], &mut gone[from..from + n]);
        let passed =
            station.arrive_in_row(self.horizon, COLLAPSE, &mut Arrivals { came, work: &work[..n], turn, gone });
        self.numbers[entry] += passed as u64;
        self.tally.parts[way.part as usize].presence.stay(&came[..passed], &gone[..passed]);
        *noted += passed;
        // As many at once as passed the last time, or twice as many: what is drawn for others is drawn again.
        *hope = if passed == n { ROW.min(2 * *hope) } else { passed.max(1) };
        let collapses = passed > 0 && station.backlog() > COLLAPSE;
        let walks = passed < n && !collapses;
        let followed = if walks { passed } else { passed - 1 };
        Passed { followed, last: came[followed], walks, collapses }
    }

    fn count_row_if_full(&mut self, plan: &Blueprint, entry: u32) {
        if self.passages[entry as usize].as_ref().is_some_and(|passage| passage.noted == ROW) {
            self.count_row(plan, entry);
        }
    }

    /// Counts all requests that have passed.
    pub(crate) fn count_rows(&mut self, plan: &Blueprint) {
        (0..self.passages.len() as u32).for_each(|entry| self.count_row(plan, entry));
    }

    /// Adds the waits and stays of all that have passed to where they belong, at the end of the measuring.
    pub(crate) fn add_passages(&mut self, plan: &Blueprint) {
        self.count_rows(plan);
        for (passage, spec) in self.passages.iter().zip(&plan.entries) {
            let Some(passage) = passage else { continue };
            let operation = &mut self.tally.operations[passage.way.operation as usize];
            operation.wait.add(&passage.waits);
            operation.latency.add(&passage.stays);
            let flow = &mut self.tally.flows[spec.flow as usize].whole;
            flow.wait.add(&passage.waits);
            flow.latency.add(&passage.stays);
            if spec.done_mark != NONE {
                self.tally.marks[spec.done_mark as usize].add(&passage.stays);
            }
        }
    }

    /// How many of a flow's requests have passed, or have passed to its mark at the end, and how many took longer than this.
    pub(super) fn passed(&self, plan: &Blueprint, flow: u32, mark: u32, within: Span) -> (u64, u64) {
        let own = self.passages.iter().zip(&plan.entries);
        let own = own.filter(|(_, spec)| spec.flow == flow && (mark == NONE || spec.done_mark == mark));
        let stays = own.filter_map(|(passage, _)| passage.as_ref()).map(|passage| &passage.stays);
        let least = Span(within.0.saturating_add(1));
        let add = |sum: (u64, u64), stays: &Histogram| (sum.0 + stays.count(), sum.1 + stays.count_at_least(least));
        stays.fold((0, 0), add)
    }

    /// Counts the requests of an entry that have passed.
    #[inline(never)]
    fn count_row(&mut self, plan: &Blueprint, entry: u32) {
        let Some(passage) = &mut self.passages[entry as usize] else { return };
        let n = std::mem::take(&mut passage.noted);
        if n == 0 {
            return;
        }
        let Passage { way, came, turn, gone, waits: all_waits, stays: all_stays, .. } = &mut **passage;
        let (came, turn, gone) = (&came[..n], &turn[..n], &gone[..n]);
        let (mut waits, mut stays) = ([0; ROW], [0; ROW]);
        for i in 0..n {
            (waits[i], stays[i]) = (turn[i].since(came[i]).0, gone[i].since(came[i]).0);
        }
        let (waits, stays) = (Row::of(&waits[..n]), Row::of(&stays[..n]));
        all_waits.record_row(&waits);
        all_stays.record_row(&stays);
        let last = gone.iter().copied().max().unwrap_or_default();
        let spec = &plan.entries[entry as usize];
        let calls = plan.program.ops[way.begins as usize..way.enters as usize].iter();
        let inner = calls.filter_map(|op| if let Op::CallBegins { call } = op { Some(*call) } else { None });
        for call in inner.chain((spec.call != NONE).then_some(spec.call)) {
            self.tally.calls[call as usize].pass(n as u64);
        }
        self.tally.parts[way.part as usize].pass(came, last, &waits, &stays);
        self.tally.operations[way.operation as usize].pass(&waits);
        self.tally.flows[spec.flow as usize].pass(plan, came, (gone, last), &waits, &stays);
        if let Some((watched, slices)) = &mut self.watched {
            for i in 0..n {
                let waited = turn[i].since(came[i]);
                watched.wait(slices, way.part, turn[i], waited);
                watched.stay(slices, way.part, came[i], gone[i]);
                watched.request(slices, spec.flow, (came[i], gone[i]), waited, Outcome::Ok);
            }
        }
    }
}
