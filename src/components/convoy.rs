//! Requests of flows that lead forward only ([`super::ways`]) travel together, a row of them at a time.
//!
//! A row of arrivals goes through a strip of its way at once; those who come to a line wait in its inbox until nobody can
//! come there before them any more (no source has an earlier arrival, no line before it an earlier end), and are served in
//! the order of time in which events would have brought them. So every line meets the same arrivals at the same moments as
//! if each had walked through its program, and all sums are the same. Before anything else happens the convoy has brought
//! everything up to that moment; what is left in the inboxes lies beyond it. One event stands for all of it: the next one.
//!
//! Who would cross the horizon walks, and so does everybody where rows are short because something else happens all the
//! time (`credit`), and in the warm-up.

use std::sync::Arc;

use super::blueprint::Blueprint;
use super::columns::{Column, ROW};
use super::legs::Along;
use super::serving::COLLAPSE;
use super::ways::{Course, Origin};
use super::world::{Kind, Line, State, what};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event, Key};
use crate::engine::program::{NONE, Pc};
use crate::units::random::join;
use crate::units::{Span, Time};

/// So near to the bound of a line everybody walks.
const MARGIN: u64 = 1_000_000;
/// Credit is not saved beyond this.
const RICH: i64 = 256;
/// After a convoy that did not pay so many requests walk; twice as many the next time, up to this.
const WALKS: (u32, u32) = (64, 1 << 20);

/// Somebody on the way to a line.
#[derive(Clone, Copy, Debug)]
struct Traveller {
    at: Time,
    key: u64,
    start: Time,
    waited: Span,
    number: u64,
    ident: u64,
    visit: u32,
}

impl Traveller {
    #[inline]
    fn rank(&self) -> u128 {
        u128::from(self.at.0) << 64 | u128::from(self.key)
    }
}

/// Who is on the way to a line.
#[derive(Clone, Debug, Default)]
struct Inbox {
    waiting: Vec<Traveller>,
    /// With so many it is time to look who can be served.
    full_at: usize,
    /// Nobody will come here any more before this moment ...
    bound: Time,
    /// ... and whoever came before this one has been served.
    done: Time,
}

/// A convoy.
#[derive(Clone, Debug)]
pub(crate) struct Convoy {
    pub(super) course: Arc<Course>,
    /// Of each origin: do its requests travel?
    joined: Vec<bool>,
    inboxes: Vec<Inbox>,
    #[expect(clippy::vec_box, reason = "three kilobytes each, handed around")]
    pub(super) spare: Vec<Box<Column>>,
    ready: Vec<Traveller>,
    /// What it has earned: an event of its own costs, every request and every stop that it handles pays.
    credit: i64,
    /// So many still walk, and so many will the next time.
    walks: u32,
    penalty: u32,
    /// Rank of its event in the calendar.
    standing: Option<u128>,
    /// No more.
    over: bool,
}

/// One event's worth of travelling.
pub(super) struct Trip {
    /// Everything before this rank may be done.
    until: u128,
    /// Events that would have been.
    events: u64,
    /// The last of them.
    pub last: Time,
}

impl Convoy {
    /// The convoy of a blueprint whose flows allow it.
    pub fn of(plan: &Blueprint, passes: impl Fn(u32) -> bool) -> Option<Box<Convoy>> {
        let course = Course::of(plan, passes)?;
        let (origins, stops) = (course.origins.len(), course.stops.len());
        Some(Box::new(Convoy {
            course: Arc::new(course),
            joined: vec![false; origins],
            inboxes: vec![Inbox { full_at: ROW, ..Inbox::default() }; stops],
            spare: Vec::new(),
            ready: Vec::new(),
            credit: 0,
            walks: 0,
            penalty: WALKS.0,
            standing: None,
            over: false,
        }))
    }

    fn travels(&self) -> bool {
        self.joined.contains(&true)
    }

    pub(super) fn column(&mut self) -> Box<Column> {
        self.spare.pop().unwrap_or_default()
    }
}

impl State {
    /// A request of a source comes. If it travels, says what comes next; if it walks, nothing of it has been done.
    #[inline]
    pub(crate) fn travels_along<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        source: u32,
    ) -> Option<Option<Event>> {
        if self.convoy.is_none() || !self.measuring {
            return None;
        }
        let mut convoy = self.convoy.take()?;
        let next = self.joins(plan, agenda, &mut convoy, source);
        self.convoy = Some(convoy);
        next
    }

    fn joins<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        convoy: &mut Convoy,
        source: u32,
    ) -> Option<Option<Event>> {
        let origin = convoy.course.origins.iter().position(|origin| origin.source == source)?;
        if convoy.over {
            return None;
        }
        if convoy.walks > 0 {
            convoy.walks -= 1;
            return None;
        }
        if !convoy.travels() {
            // Who walks now will be in the way for a while.
            convoy.credit = RICH + 2 * self.frames.in_use() as i64;
        }
        convoy.joined[origin] = true;
        Some(self.travel(plan, agenda, convoy, Some(origin)))
    }

    /// The next thing that happens to the convoy happens. Says what comes next.
    pub(crate) fn travels_on<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>) -> Option<Event> {
        let mut convoy = self.convoy.take()?;
        convoy.standing = None;
        let next = self.travel(plan, agenda, &mut convoy, None);
        self.convoy = Some(convoy);
        next
    }

    /// Brings everybody up to what happens next elsewhere. `arrived`: an arrival of this origin is what happens now.
    fn travel<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        convoy: &mut Convoy,
        arrived: Option<usize>,
    ) -> Option<Event> {
        let course = convoy.course.clone();
        let until = agenda.clear_until_rank().min(u128::from(plan.to.0) << 64);
        let mut trip = Trip { until, events: 0, last: agenda.now() };
        let mut arrived = arrived;
        loop {
            let now = arrived.map(|origin| (origin, agenda.now()));
            let Some((origin, at)) = now.or_else(|| self.next_to_start(plan, &course, convoy, trip.until)) else {
                break;
            };
            self.starts(plan, agenda, convoy, &mut trip, (&course, origin), (at, arrived.is_some()));
            arrived = None;
            for stop in 0..course.stops.len() {
                let inbox = &mut convoy.inboxes[stop];
                if inbox.waiting.is_empty() {
                    inbox.done = inbox.bound;
                } else if inbox.waiting.len() >= inbox.full_at {
                    let bound = trip.until.min(u128::from(inbox.bound.0) << 64);
                    self.serves_ready(plan, agenda, convoy, &mut trip, &course, stop, bound);
                }
            }
            if convoy.standing.is_none() && !convoy.over && self.is_near_its_bound(&course, convoy) {
                // Who is ahead of the others has to be caught up with, then everybody walks.
                convoy.over = true;
                trip.until = trip.until.min(u128::from(trip.last.0 + 1) << 64);
            }
        }
        for stop in 0..course.stops.len() {
            let until = trip.until;
            self.serves_ready(plan, agenda, convoy, &mut trip, &course, stop, until);
        }
        // What happens now has been counted as an event already.
        agenda.has_passed(trip.last, trip.events - 1);
        self.goes_on_later(plan, agenda, convoy, &course, trip.events)
    }

    /// The origin whose request is the next one to start, and when, if that is before `until`.
    fn next_to_start(
        &mut self,
        plan: &Blueprint,
        course: &Course,
        convoy: &Convoy,
        until: u128,
    ) -> Option<(usize, Time)> {
        let joined = course.origins.iter().enumerate().filter(|(index, _)| convoy.joined[*index]);
        let next = joined.map(|(index, origin)| (self.next_rank(plan, origin), index)).min()?;
        (next.0 < until).then_some((next.1, Time((next.0 >> 64) as u64)))
    }

    /// Rank of the next arrival of an origin, not taken yet.
    fn next_rank(&mut self, plan: &Blueprint, origin: &Origin) -> u128 {
        let (at, number) = self.sources[origin.source as usize].next_at();
        let key = Event::key(Class::Arrival, plan.entries[origin.entry as usize].rank, number, 0);
        if at < plan.to { u128::from(at.0) << 64 | u128::from(key.0) } else { u128::MAX }
    }

    /// A row of requests of an origin starts, the first one at `at` (taken from the source already?).
    fn starts<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        convoy: &mut Convoy,
        trip: &mut Trip,
        (course, index): (&Course, usize),
        (at, taken): (Time, bool),
    ) {
        let origin = course.origins[index];
        let source = &mut self.sources[origin.source as usize];
        if !taken {
            source.have_come(1);
        }
        let mut column = convoy.column();
        column.at[0] = at;
        let followed = source.peek(at, Time((trip.until >> 64) as u64), &mut column.at[1..]);
        source.have_come(followed);
        let n = 1 + followed;
        let key = self.sites[plan.entries[origin.entry as usize].site as usize];
        let number = &mut self.numbers[origin.entry as usize];
        for i in 0..n {
            (column.start[i], column.waited[i], column.number[i]) = (column.at[i], Span::ZERO, *number + i as u64);
            column.ident[i] = join(key, column.number[i]);
        }
        *number += n as u64;
        column.n = n;
        trip.events += n as u64;
        trip.last = trip.last.max(column.at[n - 1]);
        let spec = &plan.entries[origin.entry as usize];
        self.tally.flows[spec.flow as usize].begin_row(plan, &column.at[..n]);
        self.begin_calls(spec.call, n);
        self.set_bounds(course, convoy, trip.until);
        let mut along = Along { course, convoy, trip };
        self.go(plan, agenda, &mut along, origin.strip, &mut column, true);
        convoy.spare.push(column);
    }

    /// Until when it is known who comes to each line.
    fn set_bounds(&mut self, course: &Course, convoy: &mut Convoy, until: u128) {
        for (index, stop) in course.stops.iter().enumerate() {
            // Who does not travel comes by an event, and none lies before `until`.
            let mut bound = Time((until >> 64) as u64);
            for &(origin, span) in &stop.from_sources {
                if convoy.joined[origin as usize] {
                    let next = self.sources[course.origins[origin as usize].source as usize].next_at().0;
                    bound = bound.min(next + span);
                }
            }
            for &(before, span) in &stop.from_stops {
                let Line::Known(station) = &self.lines[course.stops[before as usize].line as usize] else { continue };
                bound = bound.min(convoy.inboxes[before as usize].done.max(station.free_from()) + span);
            }
            convoy.inboxes[index].bound = bound;
        }
    }

    /// A column comes to a line: at once, if nobody else can be before it, or by its inbox.
    pub(super) fn comes_to<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        along: &mut Along<'_>,
        visit: u32,
        column: &mut Column,
        door: bool,
    ) {
        let Along { course, convoy, trip } = along;
        let it = &course.visits[visit as usize];
        let n = column.n;
        // Who comes in at the moment of its arrival comes with the arrival's event.
        let with_arrival = if door { (0..n).filter(|&i| column.at[i] == column.start[i]).count() } else { 0 };
        let inbox = &mut convoy.inboxes[it.stop as usize];
        let last = column.at[n - 1];
        let rank = plan.entries[it.entry as usize].rank;
        let key = |number: u64| Event::key(Class::Arrival, rank, number, 0).0;
        if course.stops[it.stop as usize].by_one_way
            && inbox.waiting.is_empty()
            && last < inbox.bound
            && u128::from(last.0) << 64 < trip.until
            && column.at[..n].windows(2).all(|pair| pair[0] < pair[1])
        {
            trip.events += (n - with_arrival) as u64;
            return self.serves(plan, agenda, along, it, column);
        }
        trip.events -= with_arrival as u64;
        inbox.waiting.extend((0..n).map(|i| Traveller {
            at: column.at[i],
            key: key(column.number[i]),
            start: column.start[i],
            waited: column.waited[i],
            number: column.number[i],
            ident: column.ident[i],
            visit,
        }));
    }

    /// Serves at a line whoever has come before a rank.
    #[expect(clippy::too_many_arguments, reason = "who, where and until when")]
    fn serves_ready<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        convoy: &mut Convoy,
        trip: &mut Trip,
        course: &Course,
        stop: usize,
        until: u128,
    ) {
        let inbox = &mut convoy.inboxes[stop];
        if inbox.waiting.is_empty() {
            return;
        }
        let mut ready = std::mem::take(&mut convoy.ready);
        ready.clear();
        inbox.waiting.retain(|traveller| {
            let comes = traveller.rank() < until;
            if comes {
                ready.push(*traveller);
            }
            !comes
        });
        inbox.full_at = ROW.max(2 * inbox.waiting.len());
        inbox.done = Time((until >> 64) as u64);
        ready.sort_unstable_by_key(Traveller::rank);
        let mut column = convoy.column();
        let mut rest = &ready[..];
        while let Some(first) = rest.first() {
            let alike = rest.iter().take(ROW).take_while(|other| other.visit == first.visit).count();
            for (i, it) in rest[..alike].iter().enumerate() {
                (column.at[i], column.start[i]) = (it.at, it.start);
                (column.waited[i], column.number[i], column.ident[i]) = (it.waited, it.number, it.ident);
            }
            column.n = alike;
            trip.events += alike as u64;
            let along = &mut Along { course, convoy, trip };
            self.serves(plan, agenda, along, &course.visits[first.visit as usize], &mut column);
            rest = &rest[alike..];
        }
        convoy.spare.push(column);
        convoy.ready = ready;
    }

    /// Is a line so long that the run may soon be over?
    fn is_near_its_bound(&self, course: &Course, convoy: &Convoy) -> bool {
        let under_way: usize = convoy.inboxes.iter().map(|inbox| inbox.waiting.len()).sum();
        course.stops.iter().any(|stop| match &self.lines[stop.line as usize] {
            Line::Known(station) => u64::from(station.backlog()) + under_way as u64 + MARGIN > u64::from(COLLAPSE),
            Line::Lived(_) => true,
        })
    }

    /// Everything up to the next event has been done: says what the convoy's own next one is, or lets everybody walk.
    fn goes_on_later<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        convoy: &mut Convoy,
        course: &Course,
        handled: u64,
    ) -> Option<Event> {
        if convoy.standing.is_some() {
            // A source has joined; the event that stood before stands still.
            return None;
        }
        convoy.credit = (convoy.credit + handled as i64 / 4 - 1).min(convoy.credit.max(RICH));
        if convoy.credit >= RICH {
            convoy.penalty = WALKS.0;
        }
        let started = self.next_to_start(plan, course, convoy, u128::MAX);
        let start = started.map(|(index, _)| self.next_rank(plan, &course.origins[index])).filter(|r| *r < u128::MAX);
        let travellers = convoy.inboxes.iter().flat_map(|inbox| &inbox.waiting);
        let next = travellers.map(Traveller::rank).chain(start).min();
        if convoy.credit < 0 || convoy.over || next.is_none_or(|next| next >= agenda.limit()) {
            if convoy.credit < 0 {
                convoy.walks = convoy.penalty;
                convoy.penalty = (2 * convoy.penalty).min(WALKS.1);
            }
            self.all_walk(plan, agenda, convoy, course);
            return None;
        }
        convoy.standing = next;
        next.map(|rank| {
            let (at, key) = (Time((rank >> 64) as u64), Key(rank as u64));
            Event { at, key, what: what(Kind::Convoy, 0), slot: 0 }
        })
    }

    /// Everybody leaves the convoy and walks on by itself.
    fn all_walk<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        convoy: &mut Convoy,
        course: &Course,
    ) {
        for inbox in &mut convoy.inboxes {
            for it in inbox.waiting.drain(..) {
                let visit = &course.visits[it.visit as usize];
                let slot = self.walker(plan, visit.entry, (it.number, it.start, it.waited), visit.pc, it.at);
                self.run(plan, agenda, slot, false);
            }
            (inbox.full_at, inbox.done, inbox.bound) = (ROW, Time::ZERO, Time::ZERO);
        }
        for (index, origin) in course.origins.iter().enumerate() {
            if std::mem::take(&mut convoy.joined[index]) {
                self.next_arrival(plan, origin.source).into_iter().for_each(|event| agenda.schedule(event));
            }
        }
    }

    /// A request that has come so far as a frame of its own: number, start and waits; instruction and time.
    pub(super) fn walker(
        &mut self,
        plan: &Blueprint,
        entry: u32,
        (number, start, waited): (u64, Time, Span),
        pc: Pc,
        at: Time,
    ) -> u32 {
        let slot = self.new_request(plan, entry, number, start, NONE, 0);
        let frame = &mut self.frames[slot];
        (frame.pc, frame.at) = (pc, at);
        let request = frame.request;
        self.requests[request].waited = waited;
        slot
    }
}
