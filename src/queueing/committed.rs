//! Departure on arrival: a first-come-first-served station whose jobs leave at moments that are known.
//!
//! When nobody can be taken out of the line at a moment that is not known when he comes, and nothing can change the
//! servers, start and end of a job are known when it comes: `start = max(now, earliest free server)`,
//! `end = start + work` (Lindley; Kiefer and Wolfowitz for several servers). Who leaves at `last` wherever he is by then
//! frees his server there, or, if his turn would come later, never has one: `end = min(start + work, last)`.
//! So no end of service is ever scheduled. The compiler chooses this form from the scenario alone; a test runs every
//! proof in both forms and demands the same bytes.
//!
//! Nor does anybody follow the two counts of who waits and who is served. Their integrals are sums of waits and of work,
//! less what lies beyond the end (a server that is taken beyond it is busy all the way, for a job begins either on arrival
//! or when another ends). Turns do not fall, so those `n` places apart say when at least `n` waited. And a greatest value
//! can only be passed by an arrival, and only after as many as were missing to it.

use super::station::StationSpec;
use crate::record::{Gauge, Moments, Peak, Summed};
use crate::units::{Span, Time};

/// Servers from which on it is cheaper to look how far there is to move.
const MANY: usize = 24;

/// When a job is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// Its turn.
    pub start: Time,
    /// Its end.
    pub end: Time,
}

/// Some who come, when, and with how much work; and what becomes of them.
#[derive(Debug)]
pub struct Arrivals<'a> {
    /// When they come.
    pub came: &'a [Time],
    /// Their work.
    pub work: &'a [Span],
    /// Their turns.
    pub turn: &'a mut [Time],
    /// Their ends.
    pub gone: &'a mut [Time],
}

/// For how long at least so many waited.
#[derive(Clone, Debug)]
struct Depth {
    n: usize,
    time: u128,
    /// Counted up to here.
    until: Time,
}

/// Sums over those who came since the measuring began, and what lies ahead of those who came before.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    /// Of their waits.
    waited: u128,
    /// Of their work.
    worked: u128,
    /// Time with somebody in line, counted up to the last turn.
    lined: u128,
    lined_until: Time,
}

impl Sums {
    /// Somebody is in line from now until a moment.
    #[inline(always)]
    fn lines_up(&mut self, now: Time, until: Time) {
        self.waited += u128::from(until.since(now).0);
        self.lined += u128::from(until.since(self.lined_until.max(now)).0);
        self.lined_until = self.lined_until.max(until);
    }
}

/// Servers whose future is known.
#[derive(Clone, Debug)]
pub struct Committed {
    /// When each server is free, earliest first.
    free: Vec<Time>,
    room: usize,
    /// Turns of those who wait, not falling; before them, turns that have come, the first `begun` of them known to have.
    starts: Vec<Time>,
    begun: usize,
    /// When those leave the line who never have their turn; also some who have left since somebody last looked.
    leaving: Moments,
    /// With so many turns known it is time to look who really waits: perhaps more than ever, or than there is room for.
    full_at: usize,
    /// The measuring began.
    from: Time,
    sums: Sums,
    longest: Peak,
    /// Is it asked for how long at least `n` waited, for an `n` above 1?
    deep: bool,
    depths: Vec<Depth>,
    busiest: Peak,
    /// So many more may begin at once before more servers can be busy than ever.
    calm: u64,
    offered: Gauge,
}

/// The gauges of a station at the end of the measuring.
#[derive(Clone, Debug)]
pub struct Gauges {
    /// How many wait.
    pub queue: Gauge,
    /// How many servers are busy.
    pub held: Gauge,
    /// How many servers there are.
    pub offered: Gauge,
}

impl Committed {
    /// An idle station.
    pub fn new(spec: &StationSpec) -> Committed {
        let mut offered = Gauge::default();
        offered.change(Time::ZERO, i64::from(spec.servers));
        Committed {
            free: vec![Time::ZERO; spec.servers as usize],
            room: spec.room as usize,
            starts: Vec::new(),
            begun: 0,
            leaving: Moments::default(),
            full_at: 0,
            from: Time::ZERO,
            sums: Sums::default(),
            longest: Peak::default(),
            deep: false,
            depths: Vec::new(),
            busiest: Peak::default(),
            calm: 0,
            offered,
        }
    }

    /// Also: for how long at least `n` waited.
    pub fn watch_at_least(&mut self, n: u64) {
        self.deep |= n > 1;
        self.depths.push(Depth { n: n as usize, time: 0, until: Time::ZERO });
    }

    /// Somebody comes: when it will be served, or none if the room is full.
    #[inline]
    pub fn arrive(&mut self, now: Time, work: Span) -> Option<Served> {
        let start = self.free[0].max(now);
        let end = start + work;
        let mut sums = self.sums;
        let comes = self.comes(&mut sums, now, start, end);
        self.sums = sums;
        comes.then_some(Served { start, end })
    }

    /// The same for somebody who leaves at `last`, which lies ahead, wherever he is by then: is he served before? With
    /// unlimited room only.
    #[inline]
    pub fn arrive_until(&mut self, now: Time, work: Span, last: Time) -> (Served, bool) {
        let start = self.free[0].max(now);
        let end = start + work;
        let mut sums = self.sums;
        // Of one instant's events ends of service come before timeouts.
        if start < last || end == last {
            self.comes(&mut sums, now, start, end.min(last));
        } else {
            self.only_waits(&mut sums, now, last);
        }
        self.sums = sums;
        (Served { start: start.min(last), end: end.min(last) }, end <= last)
    }

    /// Somebody comes whose turn never does.
    fn only_waits(&mut self, sums: &mut Sums, now: Time, last: Time) {
        if self.is_full() {
            self.has_room(now);
        }
        self.leaving.push(last);
        sums.lines_up(now, last);
    }

    /// Many come, at moments that do not fall, as long as each has room and is served before the horizon and no more than
    /// `most` wait: says how many came and their turns and ends.
    pub fn arrive_in_row(&mut self, horizon: Time, most: u32, row: &mut Arrivals<'_>) -> usize {
        let mut sums = self.sums;
        let mut come = 0;
        for ((&now, &work), (turn, gone)) in row.came.iter().zip(row.work).zip(row.turn.iter_mut().zip(&mut *row.gone))
        {
            let start = self.free[0].max(now);
            let end = start + work;
            if end >= horizon || self.backlog() > most || !self.comes(&mut sums, now, start, end) {
                break;
            }
            (*turn, *gone) = (start, end);
            come += 1;
        }
        self.sums = sums;
        come
    }

    /// Somebody comes and is served then; false if there is no room.
    #[inline(always)]
    fn comes(&mut self, sums: &mut Sums, now: Time, start: Time, end: Time) -> bool {
        if start > now {
            if self.is_full() && !self.has_room(now) {
                return false;
            }
            self.starts.push(start);
            sums.lines_up(now, start);
            if self.deep {
                self.count_depths(now);
            }
        }
        sums.worked += u128::from(end.since(start).0);
        self.occupy(end);
        if start == now {
            if self.calm == 0 {
                self.count_busy(now);
            } else {
                self.calm -= 1;
            }
        }
        true
    }

    /// Somebody has lined up: for so long there will be as many as are asked for.
    #[inline(never)]
    fn count_depths(&mut self, now: Time) {
        for depth in self.depths.iter_mut().filter(|depth| depth.n > 1) {
            // The turn of who stands `n - 1` places before; it may have come, and be forgotten.
            let place = self.starts.len().checked_sub(depth.n);
            if let Some(&until) = place.and_then(|place| self.starts.get(place)) {
                depth.time += u128::from(until.since(depth.until.max(now)).0);
                depth.until = until.max(depth.until);
            }
        }
    }

    /// How many wait, or more: turns that have come since somebody last looked are counted too.
    #[inline]
    fn told(&self) -> usize {
        self.starts.len() - self.begun + self.leaving.count()
    }

    /// May there be more in line than ever, or than there is room for?
    #[inline]
    fn is_full(&self) -> bool {
        self.starts.len() + self.leaving.count() >= self.full_at
    }

    /// Counts who waits, with one more if there is room: more than ever, perhaps.
    #[inline(never)]
    fn has_room(&mut self, now: Time) -> bool {
        self.forget_begun(now);
        let more = self.told() as u64 + 1;
        let room = more <= self.room as u64;
        if room && more > self.longest.bound() {
            self.longest.rises(now, more);
        }
        self.full_at = self.begun + self.room.min(self.longest.bound() as usize);
        room
    }

    /// Forgets the turns that have come; their memory when they are half of it. And those who have left.
    fn forget_begun(&mut self, now: Time) {
        self.leaving.forget_until(now);
        while self.starts.get(self.begun).is_some_and(|start| *start <= now) {
            self.begun += 1;
        }
        if self.begun > self.starts.len() / 2 {
            self.starts.drain(..self.begun);
            self.begun = 0;
        }
    }

    /// How many servers are busy after an instant: who comes later in it can only add to them.
    fn busy(&self, now: Time) -> u64 {
        self.free.iter().filter(|free| **free > now).count() as u64
    }

    #[cold]
    fn count_busy(&mut self, now: Time) {
        let busy = self.busy(now);
        if busy > self.busiest.bound() {
            self.busiest.rises(now, busy);
        }
        let all = self.busiest.bound() == self.free.len() as u64;
        self.calm = if all { u64::MAX } else { self.busiest.bound() - busy };
    }

    /// The earliest free server is busy until `end`: its moment goes, `end` takes its place among the others.
    ///
    /// Each place keeps its own moment, or takes the next one's, or `end`: no question whose answer a processor could
    /// guess wrongly, which is what a heap of a few servers is made of.
    #[inline(always)]
    fn occupy(&mut self, end: Time) {
        let free = &mut self.free[..];
        let last = free.len() - 1;
        if last >= MANY {
            return shift(free, end);
        }
        for i in 0..last {
            free[i] = free[i].max(end).min(free[i + 1]);
        }
        free[last] = free[last].max(end);
    }

    /// The measuring begins.
    pub fn begin(&mut self, from: Time) {
        self.forget_begun(from);
        self.from = from;
        self.sums = Sums {
            waited: self.waits_beyond(from),
            worked: self.work_beyond(from),
            lined: u128::from(self.sums.lined_until.since(from).0),
            lined_until: self.sums.lined_until,
        };
        for depth in &mut self.depths {
            depth.time = u128::from(depth.until.since(from).0);
        }
        self.longest.begin(from, self.told() as u64);
        self.busiest.begin(from, self.busy(from));
        (self.calm, self.full_at) = (0, 0);
        self.offered.begin(from);
    }

    /// What those who have come by then wait after it.
    fn waits_beyond(&self, end: Time) -> u128 {
        self.starts.iter().copied().chain(self.leaving.iter()).map(|start| u128::from(start.since(end).0)).sum()
    }

    /// What servers have to do for them after it.
    fn work_beyond(&self, end: Time) -> u128 {
        self.free.iter().map(|free| u128::from(free.since(end).0)).sum()
    }

    /// The measuring ends: nobody has come later than `end`.
    pub fn close(&self, end: Time) -> Gauges {
        let last = Time(end.0.saturating_sub(1));
        let waiting = self.waiting(end);
        let summed = |value, integral, peak| Summed { value, integral, peak, start: self.from, end };
        let queue = summed(waiting, self.sums.waited - self.waits_beyond(end), self.longest);
        let held = summed(self.busy(last), self.sums.worked - self.work_beyond(end), self.busiest);
        let whole = u128::from(end.since(self.from).0);
        let time = |depth: &Depth| match depth.n {
            0 => whole,
            1 => self.sums.lined - u128::from(self.sums.lined_until.since(end).0),
            _ => depth.time - u128::from(depth.until.since(end).0),
        };
        let depths = self.depths.iter().map(|depth| (depth.n as u64, time(depth)));
        let mut offered = self.offered.clone();
        offered.close(end);
        Gauges { queue: queue.gauge(depths), held: held.gauge(std::iter::empty()), offered }
    }

    /// How many wait just before `end`; nobody has come later than that.
    pub fn waiting(&self, end: Time) -> u64 {
        let begun = self.starts.partition_point(|start| start.0 < end.0);
        let leaving = self.leaving.iter().filter(|left| *left >= end).count();
        (self.starts.len() - begun + leaving) as u64
    }

    /// Nobody who comes later will be served before this moment.
    #[inline]
    pub fn free_from(&self) -> Time {
        self.free[0]
    }

    /// Servers.
    pub fn servers(&self) -> u32 {
        self.free.len() as u32
    }

    /// How many are inside, waiting or served.
    pub fn inside(&self, now: Time) -> u32 {
        let begun = self.starts.partition_point(|start| *start <= now);
        let leaving = self.leaving.iter().filter(|left| *left > now).count();
        (self.starts.len() - begun + leaving) as u32 + self.busy(now) as u32
    }

    /// How many wait, or more; never more than have waited at one time.
    #[inline]
    pub fn backlog(&self) -> u32 {
        self.told() as u32
    }
}

/// The same for many servers, as far as there is anything to move.
fn shift(free: &mut [Time], end: Time) {
    let mut place = 0;
    while let Some(&next) = free.get(place + 1).filter(|next| **next < end) {
        free[place] = next;
        place += 1;
    }
    free[place] = end;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queueing::station::{Arrival, Station};
    use crate::queueing::waiting::Order;
    use crate::units::Random;

    #[test]
    fn both_forms_of_a_station_serve_at_the_same_instants() {
        for (servers, room) in [(1, u32::MAX), (3, u32::MAX), (2, 4), (1, 0), (30, u32::MAX)] {
            let spec = StationSpec { servers, order: Order::Fifo, room, stream: 0 };
            let (mut known, mut lived) = (Committed::new(&spec), Station::new(&spec));
            let mut random = Random::new(u64::from(servers) * 7 + u64::from(room));
            let (mut now, mut ends) = (Time(0), vec![]);
            let mut expected: Vec<Option<Served>> = vec![];
            let mut got: Vec<Option<Served>> = vec![];
            for who in 0..2_000u32 {
                now += Span(random.below(10));
                let work = Span(random.below(14) + 1);
                release(&mut lived, now, &mut ends, &mut got);
                got.push(None);
                if let Arrival::Started(s) = lived.arrive(now, who, work, 0) {
                    got[who as usize] = Some(Served { start: now, end: s.finish });
                    ends.push((s.finish, s.job));
                }
                expected.push(known.arrive(now, work));
            }
            release(&mut lived, Time(1 << 40), &mut ends, &mut got);
            assert_eq!(got, expected, "{servers} servers, room {room}");
        }
    }

    fn release(station: &mut Station, until: Time, ends: &mut Vec<(Time, u32)>, got: &mut [Option<Served>]) {
        loop {
            ends.sort_unstable();
            let Some(&(end, job)) = ends.first().filter(|(end, _)| *end <= until) else { return };
            ends.remove(0);
            station.finish(end, job);
            while let Some(s) = station.next(end) {
                got[s.who as usize] = Some(Served { start: end, end: s.finish });
                ends.push((s.finish, s.job));
            }
        }
    }
}
