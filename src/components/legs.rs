//! A row of requests that travel together ([`super::convoy`]) goes through a strip, is served at a line, is over.
//!
//! What the steps of a program tell of one request after another is told here of all at once, as the same sums.

use super::blueprint::Blueprint;
use super::convoy::{Column, Convoy, ROW, Trip};
use super::serving::COLLAPSE;
use super::tally::{FlowTally, Outcome, Spent, count};
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
                    self.draw_delays(plan, it.entry, (law, site, always), column);
                    self.walk_if_late(plan, agenda, it.entry, pc, column);
                    self.pass_delay((operation, part), always, column);
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
                let chosen = self.chosen(plan, it.entry, *site, below, column);
                for (branch, (_, strip)) in below.iter().enumerate() {
                    let mut some = along.convoy.column();
                    some.n = 0;
                    for i in 0..column.n {
                        if chosen[i] == branch as u8 {
                            some.push_from(column, i);
                        }
                    }
                    if some.n > 0 {
                        self.go(plan, agenda, along, *strip, &mut some, door && !it.enters);
                    }
                    along.convoy.spare.push(some);
                }
            }
            Then::Over => self.row_is_over(plan, it.entry, column),
        }
    }

    /// How long each will stay in a delay.
    #[inline]
    fn draw_delays(
        &self,
        plan: &Blueprint,
        entry: u32,
        (law, site, always): (u32, u32, Option<Span>),
        column: &mut Column,
    ) {
        let n = column.n;
        match always {
            Some(span) => column.span[..n].fill(span),
            None => {
                let mut spans = [Span::ZERO; ROW];
                plan.laws[law as usize].spans(self.draws(plan, entry, site, column), &mut spans[..n]);
                column.span = spans;
            }
        }
    }

    /// The streams of a column's requests at a site.
    #[inline]
    fn draws<'a>(
        &self,
        plan: &Blueprint,
        entry: u32,
        site: u32,
        column: &'a Column,
    ) -> impl Iterator<Item = Random> + use<'a> {
        let entry = self.sites[plan.entries[entry as usize].site as usize];
        let site = self.sites[site as usize];
        column.number[..column.n].iter().map(move |number| Random::new(join(join(entry, *number), site)))
    }

    /// Which branch each takes.
    fn chosen(&self, plan: &Blueprint, entry: u32, site: u32, below: &[(f64, u32)], column: &Column) -> [u8; ROW] {
        let mut chosen = [0; ROW];
        for (place, mut random) in chosen.iter_mut().zip(self.draws(plan, entry, site, column)) {
            let drawn = random.unit();
            *place = below.iter().position(|(bound, _)| drawn < *bound).unwrap_or(0) as u8;
        }
        chosen
    }

    /// Who would leave a delay beyond the horizon walks from its instruction on.
    #[inline]
    fn walk_if_late<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        entry: u32,
        pc: Pc,
        column: &mut Column,
    ) {
        let horizon = self.horizon;
        if (0..column.n).all(|i| column.at[i] + column.span[i] < horizon) {
            return;
        }
        let n = std::mem::take(&mut column.n);
        for i in 0..n {
            if column.at[i] + column.span[i] < horizon {
                column.keep(i);
            } else {
                let so_far = (column.number[i], column.start[i], column.waited[i]);
                let slot = self.walker(plan, entry, so_far, pc, column.at[i]);
                self.run(plan, agenda, slot, false);
            }
        }
    }

    /// Everybody passes a delay.
    fn pass_delay(
        &mut self,
        (operation, part): (u32, u32),
        always: Option<Span>,
        column: &mut Column,
    ) {
        let n = column.n;
        let Some((first, last)) = column.bounds() else { return };
        if part != NONE {
            let came = column.at[..n].iter().map(|at| (*at, 1));
            self.tally.parts[part as usize].came.add_row(first, last, n as u128, came);
        }
        let mut spans = [0; ROW];
        for i in 0..n {
            column.at[i] += column.span[i];
            spans[i] = column.span[i].0;
        }
        if part == NONE {
            return;
        }
        let tally = &mut self.tally.operations[operation as usize];
        tally.pass_row(n as u64);
        let together = match always {
            Some(span) => {
                tally.latency.record_many(span, n as u64);
                u128::from(span.0) * n as u128
            }
            None => {
                let row = Row::of(&spans[..n]);
                tally.latency.record_row(&row);
                row.sum()
            }
        };
        let tally = &mut self.tally.parts[part as usize];
        tally.presence.add(n as u64, together);
        tally.last_departure = tally.last_departure.max(column.bounds().map_or(Time::ZERO, |(_, last)| last));
        if let Some((watched, slices)) = &mut self.watched {
            for i in 0..n {
                watched.stay(slices, part, column.at[i] - column.span[i], column.at[i]);
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
        plan.laws[visit.law as usize].spans(self.draws(plan, visit.entry, visit.site, column), &mut work[..n]);
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
        for i in 0..n {
            waits[i] = column.waited[i].0;
        }
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
    for i in 0..column.n {
        spans[i] = column.at[i].since(column.start[i]).0;
    }
    spans
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
