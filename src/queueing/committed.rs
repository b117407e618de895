//! Departure on arrival: a first-come-first-served station whose jobs cannot be withdrawn.
//!
//! When nobody can leave the line and nothing can change the servers, start and end of a job are known when it comes:
//! `start = max(now, earliest free server)`, `end = start + work` (Lindley; Kiefer and Wolfowitz for several servers).
//! So no end of service is ever scheduled. The compiler chooses this form from the scenario alone; a test runs every
//! proof in both forms and demands the same bytes.

use std::collections::VecDeque;

use super::station::StationSpec;
use crate::record::Gauge;
use crate::units::{Span, Time};

/// When a job is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// Its turn.
    pub start: Time,
    /// Its end.
    pub end: Time,
}

/// Servers whose future is known.
#[derive(Clone, Debug)]
pub struct Committed {
    /// When each server is free: a heap, earliest first.
    free: Vec<Time>,
    room: u32,
    /// Turns of those who wait, not falling.
    starts: VecDeque<Time>,
    /// Ends of those inside, sorted.
    ends: VecDeque<Time>,
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
            room: spec.room,
            starts: VecDeque::new(),
            ends: VecDeque::new(),
            queue: Gauge::default(),
            held: Gauge::default(),
            offered,
        }
    }

    /// Tells the gauges what has happened up to now: who began, who left.
    #[inline]
    pub fn observe(&mut self, now: Time) {
        loop {
            let start = self.starts.front().copied().unwrap_or(Time::NEVER);
            let end = self.ends.front().copied().unwrap_or(Time::NEVER);
            if start.min(end) > now {
                return;
            }
            // At one instant departures come first: the server is free when the next one begins. Unless nobody is
            // served: then the end is that of a job without work, which has to begin before it ends.
            if end < start || (end == start && self.held.value() > 0) {
                self.ends.pop_front();
                self.held.change(end, -1);
            } else {
                self.starts.pop_front();
                self.queue.change(start, -1);
                self.held.change(start, 1);
            }
        }
    }

    /// Somebody comes: when it will be served, or none if the room is full.
    #[inline]
    pub fn arrive(&mut self, now: Time, work: Span) -> Option<Served> {
        self.observe(now);
        let start = self.free[0].max(now);
        if start > now {
            if self.starts.len() as u32 >= self.room {
                return None;
            }
            self.starts.push_back(start);
            self.queue.change(now, 1);
        } else {
            self.held.change(now, 1);
        }
        let end = start + work;
        self.occupy(end);
        self.leaves(end);
        Some(Served { start, end })
    }

    /// The earliest free server is busy until `end`: replaces the top of the heap and sifts it down.
    #[inline]
    fn occupy(&mut self, end: Time) {
        let free = &mut self.free[..];
        let mut at = 0;
        loop {
            let mut child = 2 * at + 1;
            if child >= free.len() {
                break;
            }
            if child + 1 < free.len() && free[child + 1] < free[child] {
                child += 1;
            }
            if free[child] >= end {
                break;
            }
            free[at] = free[child];
            at = child;
        }
        free[at] = end;
    }

    #[inline]
    fn leaves(&mut self, end: Time) {
        let mut at = self.ends.len();
        while at > 0 && self.ends[at - 1] > end {
            at -= 1;
        }
        if at == self.ends.len() {
            self.ends.push_back(end);
        } else {
            self.ends.insert(at, end);
        }
    }

    /// Servers.
    pub fn servers(&self) -> u32 {
        self.free.len() as u32
    }

    /// How many are inside, waiting or served.
    pub fn inside(&self) -> u32 {
        self.ends.len() as u32
    }

    /// How many wait now.
    pub fn backlog(&self) -> u32 {
        self.starts.len() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queueing::station::{Arrival, Station};
    use crate::queueing::waiting::Order;
    use crate::units::Random;

    #[test]
    fn both_forms_of_a_station_serve_at_the_same_instants() {
        for (servers, room) in [(1, u32::MAX), (3, u32::MAX), (2, 4), (1, 0)] {
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
