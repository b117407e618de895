//! A row of requests that travel together ([`super::convoy`]) goes through a strip, is served at a line, is over.
//!
//! What the steps of a program tell of one request after another is told here of all at once, as the same sums.

use super::blueprint::Blueprint;
use super::columns::{Column, ROW};
use super::convoy::{Convoy, Trip};
use super::serving::COLLAPSE;
use super::tally::{FlowTally, OperationTally, Outcome, Spent, count};
use super::ways::{Course, Piece, Then, Visit};
use super::world::{Deferred, Kind, Line, State};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::Class;
use crate::engine::program::{NONE, Pc};
use crate::queueing::committed::Arrivals;
use crate::record::Row;
use crate::units::random::join;
use crate::units::{Random, Span, Time};

/// Where and when a row travels.
pub(super) struct Along<'a> {
    pub course: &'a Course,
    pub convoy: &'a mut Convoy,
    pub trip: &'a mut Trip,
}

impl State {
    /// A column goes through a strip. `door`: it has come into no part since it started.
    pub(super) fn go<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        along: &mut Along<'_>,
        strip: u32,
        column: &mut Column,
        door: bool,
    ) {
        let course = along.course;
        let it = &course.strips[strip as usize];
        for piece in &it.pieces {
            match *piece {
                Piece::Delay { pc, operation, part, law, site, always } => {
                    if always.is_none() {
                        let mut spans = [Span::ZERO; ROW];
                        plan.laws[law as usize].spans(self.draws(site, column), &mut spans[..column.n]);
                        column.span = spans;
                    }
                    self.walk_if_late(plan, agenda, (it.entry, pc, always), column);
                    self.pass_delay((operation, part, always), column);
                }
                Piece::Begins { call } => self.begin_calls(call, column.n),
                Piece::Ends { call } => self.end_calls(call, column.n),
                Piece::Mark { mark } => {
                    let spans = spent(column);
                    self.tally.marks[mark as usize].record_row(&Row::of(&spans[..column.n]));
                }
            }
        }
        if column.n == 0 {
            return;
        }
        match &it.then {
            Then::Visit(visit) => self.comes_to(plan, agenda, along, *visit, column, door && !it.enters),
            Then::Choose { site, below } => {
                let chosen = self.chosen(*site, below, column);
                for (branch, (_, strip)) in below.iter().enumerate() {
                    let mut some = along.convoy.column();
                    some.take_from(column, &chosen, branch as u8);
                    if some.n > 0 {
                        self.go(plan, agenda, along, *strip, &mut some, door && !it.enters);
                    }
                    along.convoy.spare.push(some);
                }
            }
            Then::Over => self.row_is_over(plan, it.entry, column),
        }
    }

    /// The streams of a column's requests at a site.
    #[inline]
    fn draws<'a>(&self, site: u32, column: &'a Column) -> impl Iterator<Item = Random> + use<'a> {
        let site = self.sites[site as usize];
        column.ident[..column.n].iter().map(move |ident| Random::new(join(*ident, site)))
    }

    /// Which branch each takes.
    fn chosen(&self, site: u32, below: &[(f64, u32)], column: &Column) -> [u8; ROW] {
        let mut drawn = [0.0; ROW];
        drawn.iter_mut().zip(self.draws(site, column)).for_each(|(drawn, mut random)| *drawn = random.unit());
        let mut chosen = [0; ROW];
        for (bound, _) in &below[..below.len() - 1] {
            for (place, drawn) in chosen.iter_mut().zip(&drawn) {
                *place += u8::from(*drawn >= *bound);
            }
        }
        chosen
    }

    /// Who would leave a delay beyond the horizon walks from its instruction on.
    #[inline]
    fn walk_if_late<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        (entry, pc, always): (u32, Pc, Option<Span>),
        column: &mut Column,
    ) {
        let horizon = self.horizon;
        let n = std::mem::take(&mut column.n);
        let late = |column: &Column, i: usize| column.at[i] + always.unwrap_or(column.span[i]) >= horizon;
        if (0..n).all(|i| !late(column, i)) {
            column.n = n;
            return;
        }
        for i in 0..n {
            if late(column, i) {
                let so_far = (column.number[i], column.start[i], column.waited[i]);
                let slot = self.walker(plan, entry, so_far, pc, column.at[i]);
                self.run(plan, agenda, slot, false);
            } else {
                column.keep(i);
            }
        }
    }

    /// Everybody passes a delay.
    fn pass_delay(&mut self, (operation, part, always): (u32, u32, Option<Span>), column: &mut Column) {
        let n = column.n;
        let Some((first, last)) = column.bounds() else { return };
        if part != NONE {
            let came = column.at[..n].iter().map(|at| (*at, 1));
            self.tally.parts[part as usize].came.add_row(first, last, n as u128, came);
            self.tally.operations[operation as usize].pass_row(n as u64);
        }
        let (together, left) = match always {
            Some(span) => {
                column.at[..n].iter_mut().for_each(|at| *at += span);
                if part != NONE {
                    self.tally.operations[operation as usize].latency.record_many(span, n as u64);
                }
                (u128::from(span.0) * n as u128, last + span)
            }
            None => {
                let mut spans = [0; ROW];
                for ((at, stays), span) in column.at[..n].iter_mut().zip(&column.span).zip(&mut spans) {
                    *at += *stays;
                    *span = stays.0;
                }
                let spans = Row::of(&spans[..n]);
                if part != NONE {
                    self.tally.operations[operation as usize].latency.record_row(&spans);
                }
                (spans.sum(), column.bounds().map_or(Time::ZERO, |(_, last)| last))
            }
        };
        if part == NONE {
            return;
        }
        let tally = &mut self.tally.parts[part as usize];
        tally.presence.add(n as u64, together);
        tally.last_departure = tally.last_departure.max(left);
        if let Some((watched, slices)) = &mut self.watched {
            for i in 0..n {
                watched.stay(slices, part, column.at[i] - always.unwrap_or(column.span[i]), column.at[i]);
            }
        }
    }

    /// A column that has come to a line in the order of time is served.
    pub(super) fn serves<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        along: &mut Along<'_>,
        visit: &Visit,
        column: &mut Column,
    ) {
        let n = column.n;
        let line = along.course.stops[visit.stop as usize].line;
        along.trip.last = along.trip.last.max(column.at[n - 1]);
        let mut work = [Span::ZERO; ROW];
        plan.laws[visit.law as usize].spans(self.draws(visit.site, column), &mut work[..n]);
        let (mut turn, mut gone) = ([Time::ZERO; ROW], [Time::ZERO; ROW]);
        let mut from = 0;
        column.n = 0;
        while from < n {
            let Line::Known(station) = &mut self.lines[line as usize] else { return };
            let (came, work) = (&column.at[from..n], &work[from..n]);
            let (turns, ends) = (&mut turn[from..n], &mut gone[from..n]);
            let served = &mut Arrivals { came, work, turn: turns, gone: ends };
            let upto = from + station.arrive_in_row(self.horizon, u32::MAX, served);
            if station.backlog() > COLLAPSE {
                self.collapse(plan, agenda, line);
            }
            self.count_served(visit, &column.at[from..upto], &turn[from..upto], &gone[from..upto]);
            for i in from..upto {
                let waited = turn[i].since(column.at[i]);
                (column.at[i], column.waited[i]) = (gone[i], column.waited[i] + waited);
                column.keep(i);
            }
            if upto < n {
                self.is_served_late(plan, agenda, visit, column, upto, work[upto - from]);
            }
            from = upto + 1;
        }
        if column.n > 0 {
            self.go(plan, agenda, along, visit.after, column, false);
        }
    }

    /// Stays at a line that are over before the horizon.
    fn count_served(&mut self, visit: &Visit, came: &[Time], turn: &[Time], gone: &[Time]) {
        let n = came.len();
        if n == 0 {
            return;
        }
        let (mut waits, mut stays) = ([0; ROW], [0; ROW]);
        for i in 0..n {
            (waits[i], stays[i]) = (turn[i].since(came[i]).0, gone[i].since(came[i]).0);
        }
        let (waits, stays) = (Row::of(&waits[..n]), Row::of(&stays[..n]));
        let last = gone.iter().copied().max().unwrap_or_default();
        let part = &mut self.tally.parts[visit.part as usize];
        part.presence.stay(came, gone);
        part.pass(came, last, &waits, &stays);
        let operation = &mut self.tally.operations[visit.operation as usize];
        operation.pass(&waits);
        operation.wait.record_row(&waits);
        operation.latency.record_row(&stays);
        if let Some((watched, slices)) = &mut self.watched {
            for i in 0..n {
                watched.wait(slices, visit.part, turn[i], turn[i].since(came[i]));
                watched.stay(slices, visit.part, came[i], gone[i]);
            }
        }
    }

    /// Somebody's end lies beyond the horizon: it comes in, and walks from there.
    fn is_served_late<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        visit: &Visit,
        column: &Column,
        i: usize,
        work: Span,
    ) {
        let line = plan.services[visit.service as usize].line;
        let came = column.at[i];
        let Line::Known(station) = &mut self.lines[line as usize] else { return };
        let Some(served) = station.arrive(came, work) else { return };
        let waited = served.start.since(came);
        let part = &mut self.tally.parts[visit.part as usize];
        part.presence.enters(came, plan.from);
        part.came.add(came, 1);
        self.tally.operations[visit.operation as usize].enters(true);
        if waited > Span::ZERO {
            self.delayed(plan, visit.service, came);
        }
        let operation = visit.operation;
        self.count_wait(plan, Deferred { start: served.start, waited, operation, came });
        let so_far = (column.number[i], column.start[i], column.waited[i] + waited);
        let slot = self.walker(plan, visit.entry, so_far, visit.pc + 2, served.end);
        *self.cell(plan, slot, visit.depth) = came.0;
        self.schedule(plan, agenda, Class::Departure, Kind::Resume, slot);
    }

    /// Everybody has come to the end.
    fn row_is_over(&mut self, plan: &Blueprint, entry: u32, column: &Column) {
        let n = column.n;
        let spec = &plan.entries[entry as usize];
        let mut waits = [0; ROW];
        waits.iter_mut().zip(&column.waited[..n]).for_each(|(wait, waited)| *wait = waited.0);
        let stays = spent(column);
        let (waits, stays) = (Row::of(&waits[..n]), Row::of(&stays[..n]));
        self.tally.flows[spec.flow as usize].end_row(plan, column, &waits, &stays);
        if spec.done_mark != NONE {
            self.tally.marks[spec.done_mark as usize].record_row(&stays);
        }
        self.end_calls(spec.call, n);
        if let Some((watched, slices)) = &mut self.watched {
            for i in 0..n {
                let when = (column.start[i], column.at[i]);
                watched.request(slices, spec.flow, when, column.waited[i], Outcome::Ok);
            }
        }
    }

    /// As many calls begin.
    pub(super) fn begin_calls(&mut self, call: u32, n: usize) {
        if call != NONE {
            let tally = &mut self.tally.calls[call as usize];
            (tally.first, tally.in_flight) = (tally.first + n as u64, tally.in_flight + n as u64);
        }
    }

    /// As many have a good answer.
    fn end_calls(&mut self, call: u32, n: usize) {
        if call != NONE {
            let tally = &mut self.tally.calls[call as usize];
            (tally.answered, tally.in_flight) = (tally.answered + n as u64, tally.in_flight - n as u64);
        }
    }
}

/// Time since the start of each.
fn spent(column: &Column) -> [u64; ROW] {
    let mut spans = [0; ROW];
    let moments = column.at[..column.n].iter().zip(&column.start);
    spans.iter_mut().zip(moments).for_each(|(span, (at, start))| *span = at.since(*start).0);
    spans
}

impl OperationTally {
    /// So many come and go by the good door, all measured.
    fn pass_row(&mut self, n: u64) {
        (self.work.came_in, self.work.done) = (self.work.came_in + n, self.work.done + n);
    }
}

impl FlowTally {
    /// A row of requests begins, all measured.
    pub(super) fn begin_row(&mut self, plan: &Blueprint, came: &[Time]) {
        let n = came.len() as u64;
        self.present.enter(n, came.iter().map(|at| u128::from(at.0)).sum());
        self.open += n;
        self.whole.books.requests += n;
        for (window, (_, from, to)) in self.phases.iter_mut().zip(&plan.phases) {
            window.books.requests += came.iter().filter(|at| *from <= **at && **at < *to).count() as u64;
        }
    }

    /// A row of requests is over, each with a good answer, all measured.
    fn end_row(&mut self, plan: &Blueprint, column: &Column, waits: &Row<'_>, stays: &Row<'_>) {
        let n = column.n as u64;
        let (start, gone) = (&column.start[..column.n], &column.at[..column.n]);
        let Some((first, last)) = column.bounds() else { return };
        self.present.leave(n, gone.iter().map(|at| u128::from(at.0)).sum());
        self.last_answer = self.last_answer.max(Some(last));
        self.open -= n;
        let books = &mut self.whole.books;
        (books.ok, books.left) = (books.ok + n, books.left + n);
        self.whole.latency.record_row(stays);
        self.whole.wait.record_row(waits);
        self.good.add_row(first, last, u128::from(n), gone.iter().map(|at| (*at, 1)));
        let latencies = gone.iter().copied().zip(stays.spans().iter().copied());
        self.latency_sum.add_row(first, last, stays.sum(), latencies);
        for (window, (_, from, to)) in self.phases.iter_mut().zip(&plan.phases) {
            for i in 0..column.n {
                window.books.left += u64::from(*from <= gone[i] && gone[i] < *to);
                if *from <= start[i] && start[i] < *to {
                    let spent = Spent { start: start[i], waited: column.waited[i], worked: None };
                    count(window, spent, gone[i], Outcome::Ok);
                }
            }
        }
    }
}
