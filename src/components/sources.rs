//! Who asks: open sources, users who think and wait, things that tick, traces.

use std::ops::ControlFlow;

use super::blueprint::{Blueprint, SourceShape, SourceSpec};
use super::world::{Kind, State, what};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event};
use crate::engine::program::NONE;
use crate::queueing::arrivals::Source;
use crate::units::random::join;
use crate::units::{Random, Span, Time};

/// A source being run.
#[derive(Clone, Debug)]
pub struct SourceState {
    open: Option<Source>,
    /// Arrivals so far: ticks, lines of the trace, numbers of the mix.
    count: u64,
    /// The entry of the arrival that is planned.
    entry: u32,
    /// Times each user has come.
    cycles: Vec<u32>,
}

impl SourceState {
    /// At its start.
    pub fn new(spec: &SourceSpec, sites: &[u64]) -> SourceState {
        let open = match &spec.shape {
            SourceShape::Open { curve, pattern } => {
                Some(Source::new(curve.clone(), pattern.clone(), sites[spec.site as usize]))
            }
            _ => None,
        };
        let users = match &spec.shape {
            SourceShape::Users { most, .. } | SourceShape::IrregularTicks { most, .. } => *most as usize,
            _ => 0,
        };
        SourceState { open, count: 0, entry: 0, cycles: vec![0; users] }
    }

    /// Is it open, and of one entry only?
    pub(super) fn is_plain(&self, spec: &SourceSpec) -> bool {
        self.open.is_some() && spec.mix.len() == 1
    }

    /// Fills a row with the moments of the next arrivals of a plain source, as long as they rise and lie before `until`; says
    /// how many there are. They have not come yet.
    #[inline]
    pub(super) fn peek(&mut self, after: Time, until: Time, row: &mut [Time]) -> usize {
        let Some(open) = &mut self.open else { return 0 };
        let (mut last, mut n) = (after, 0);
        for (place, &at) in row.iter_mut().zip(open.upcoming()) {
            if at <= last || at >= until {
                break;
            }
            (*place, last) = (at, at);
            n += 1;
        }
        n
    }

    /// Moment ([`Time::NEVER`]: none) and number of the next arrival of a plain source, which has not come yet.
    #[inline]
    pub(super) fn next_at(&mut self) -> (Time, u64) {
        let next = self.open.as_mut().and_then(|open| open.upcoming().first().copied());
        (next.unwrap_or(Time::NEVER), self.count)
    }

    /// So many of them have come.
    #[inline]
    pub(super) fn have_come(&mut self, n: usize) {
        if let Some(open) = &mut self.open {
            open.have_come(n);
        }
        self.count += n as u64;
    }
}

/// How many users there are at a moment.
fn users_at(points: &[(Time, f64)], at: Time) -> f64 {
    let next = points.partition_point(|point| point.0 <= at);
    if next == 0 {
        return points[0].1;
    }
    let (t0, n0) = points[next - 1];
    let Some(&(t1, n1)) = points.get(next) else { return n0 };
    n0 + (n1 - n0) * (at.since(t0).0 as f64 / t1.since(t0).0 as f64)
}

/// When, from `after` on, there are users enough that this one is among them.
fn joins_at(points: &[(Time, f64)], user: u32, after: Time) -> Option<Time> {
    let wanted = f64::from(user) + 1.0;
    if users_at(points, after) >= wanted {
        return Some(after);
    }
    for pair in points.windows(2) {
        let ((t0, n0), (t1, n1)) = (pair[0], pair[1]);
        if t1 > after && n1 >= wanted {
            let part = if n0 >= wanted { 0.0 } else { (wanted - n0) / (n1 - n0) };
            let at = t0 + Span::from_nanos(part * t1.since(t0).0 as f64);
            return Some(at.max(after));
        }
    }
    None
}

impl State {
    /// Which entry arrival number `number` of a source starts.
    fn entry_of(&self, spec: &SourceSpec, number: u64) -> u32 {
        if spec.mix.len() == 1 {
            return spec.mix[0].1;
        }
        let drawn = Random::new(join(!self.sites[spec.site as usize], number)).unit();
        spec.mix.iter().find(|(below, _)| drawn < *below).or(spec.mix.last()).map_or(0, |(_, entry)| *entry)
    }

    /// When and for which entry, of a source that is not open or has a mix.
    #[inline(never)]
    fn next_of_others(&mut self, spec: &SourceSpec, index: u32, number: u64) -> (Option<Time>, u32) {
        let state = &mut self.sources[index as usize];
        let next = match &spec.shape {
            SourceShape::Open { .. } => state.open.as_mut().and_then(Source::next_moment),
            SourceShape::Ticks { users, most, period } => next_tick(users, *most, *period, &mut state.count),
            SourceShape::Trace(rows) => {
                let row = rows.get(number as usize);
                return (row.map(|row| row.0), row.map_or(0, |row| spec.mix[row.1 as usize].1));
            }
            SourceShape::Users { .. } | SourceShape::IrregularTicks { .. } => None,
        };
        (next, self.entry_of(spec, number))
    }

    /// The next arrival of a source.
    #[inline]
    pub(crate) fn next_arrival(&mut self, plan: &Blueprint, index: u32) -> Option<Event> {
        let spec = &plan.sources[index as usize];
        let state = &mut self.sources[index as usize];
        let number = state.count;
        let (next, entry) = match (&mut state.open, &spec.mix[..]) {
            (Some(open), [(_, entry)]) => (open.next_moment(), *entry),
            _ => self.next_of_others(spec, index, number),
        };
        let at = next.filter(|at| *at < plan.to)?;
        let state = &mut self.sources[index as usize];
        state.count += 1;
        state.entry = entry;
        Some(arrival_event(plan, index, entry, number, at))
    }

    /// An arrival of a source; says when the next one comes.
    #[inline]
    pub(crate) fn arrival<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        index: u32,
    ) -> Option<Event> {
        let entry = self.sources[index as usize].entry;
        if let ControlFlow::Break(next) = self.passes_along(plan, agenda, index, entry) {
            return next;
        }
        if let Some(next) = self.travels_along(plan, agenda, index) {
            return next;
        }
        let spec = &plan.sources[index as usize];
        let number = self.sources[index as usize].count - 1;
        let (user, key) = match &spec.shape {
            SourceShape::Ticks { most, .. } => ((number % u64::from(*most)) as u32, 0),
            SourceShape::Trace(rows) => (NONE, rows[number as usize].2),
            _ => (NONE, 0),
        };
        let next = self.next_arrival(plan, index);
        let frame = self.begin_request(plan, entry, agenda.now(), user, key);
        self.run(plan, agenda, frame, true);
        next
    }

    /// Every user begins, when there is one, with thinking; things that tick irregularly with a part of a period.
    pub(crate) fn start_users<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32) {
        let (users, most) = match &plan.sources[index as usize].shape {
            SourceShape::Users { users, most, .. } | SourceShape::IrregularTicks { users, most, .. } => (users, *most),
            _ => return,
        };
        for user in 0..most {
            if let Some(at) = joins_at(users, user, Time::ZERO) {
                self.user_thinks(plan, agenda, index, user, at);
            }
        }
    }

    /// A user thinks, then comes.
    fn user_thinks<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32, user: u32, at: Time) {
        let spec = &plan.sources[index as usize];
        let cycle = self.sources[index as usize].cycles[user as usize];
        self.sources[index as usize].cycles[user as usize] = cycle.wrapping_add(1);
        let (law, site) = match &spec.shape {
            SourceShape::Users { think, site, .. } => (*think, *site),
            SourceShape::IrregularTicks { law, site, .. } => (*law, *site),
            _ => return,
        };
        let stream = join(self.sites[site as usize], u64::from(user) << 32 | u64::from(cycle));
        let mut random = Random::new(stream);
        let mut span = plan.laws[law as usize].span(&mut random);
        if cycle == 0 && matches!(spec.shape, SourceShape::IrregularTicks { .. }) {
            span = Span::from_nanos(span.0 as f64 * random.unit());
        }
        let rank = plan.entries[spec.mix[0].1 as usize].rank;
        let key = Event::key(Class::Arrival, rank, u64::from(user), 0);
        let come = at + span;
        if come < plan.to {
            agenda.schedule(Event { at: come, key, what: what(Kind::User, index), slot: user });
        }
    }

    /// A user comes, if users are still wanted; else waits until they are.
    pub(crate) fn user_comes<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32, user: u32) {
        let spec = &plan.sources[index as usize];
        let (SourceShape::Users { users, .. } | SourceShape::IrregularTicks { users, .. }) = &spec.shape else {
            return;
        };
        let now = agenda.now();
        match joins_at(users, user, now) {
            Some(at) if at == now => {}
            Some(later) => return self.user_thinks(plan, agenda, index, user, later),
            None => return,
        }
        let number = self.sources[index as usize].count;
        self.sources[index as usize].count += 1;
        let entry = self.entry_of(spec, number);
        if matches!(spec.shape, SourceShape::IrregularTicks { .. }) {
            self.user_thinks(plan, agenda, index, user, now);
        }
        if let Some(at) = self.glides(plan, entry, now) {
            if matches!(spec.shape, SourceShape::Users { .. }) {
                self.user_thinks(plan, agenda, index, user, at);
            }
            return;
        }
        let frame = self.begin_request(plan, entry, now, user, 0);
        self.run(plan, agenda, frame, true);
    }

    /// A user's request is over for the user.
    pub(crate) fn user_goes_on<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        request: u32,
        at: Time,
    ) {
        let it = &mut self.requests[request];
        let source = plan.entries[it.entry as usize].source;
        if it.left || source == NONE {
            return;
        }
        it.left = true;
        if let SourceShape::Users { .. } = plan.sources[source as usize].shape {
            let user = it.user;
            self.user_thinks(plan, agenda, source, user, at);
        }
    }
}

fn arrival_event(plan: &Blueprint, source: u32, entry: u32, number: u64, at: Time) -> Event {
    let key = Event::key(Class::Arrival, plan.entries[entry as usize].rank, number, 0);
    Event { at, key, what: what(Kind::Source, 0), slot: source }
}

/// The next tick of things that tick evenly: thing k of n at k period / n, then once a period.
fn next_tick(users: &[(Time, f64)], most: u32, period: Span, count: &mut u64) -> Option<Time> {
    loop {
        let (round, thing) = (*count / u64::from(most), *count % u64::from(most));
        let phase = (u128::from(thing) * u128::from(period.0) + u128::from(most) / 2) / u128::from(most);
        let at = Time(round.checked_mul(period.0)?.checked_add(phase as u64)?);
        if joins_at(users, thing as u32, at) == Some(at) {
            return Some(at);
        }
        // Not there at that moment: its next tick may be.
        users.last().filter(|last| at <= last.0 || last.1 >= 1.0)?;
        *count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_come_as_the_line_rises_and_not_before() {
        let points = [(Time(0), 10.0), (Time(100), 10.0), (Time(200), 20.0)];
        assert_eq!(users_at(&points, Time(150)), 15.0);
        assert_eq!(joins_at(&points, 9, Time(0)), Some(Time(0)));
        assert_eq!(joins_at(&points, 14, Time(0)), Some(Time(150)));
        assert_eq!(joins_at(&points, 20, Time(0)), None);
    }

    #[test]
    fn things_tick_one_after_another_within_a_period() {
        let mut count = 0;
        let ticks: Vec<u64> = (0..4)
            .filter_map(|_| {
                let at = next_tick(&[(Time(0), 3.0)], 3, Span(30), &mut count);
                count += 1;
                at.map(|t| t.0)
            })
            .collect();
        assert_eq!(ticks, [0, 10, 20, 30]);
    }
}
