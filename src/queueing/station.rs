//! A station: servers that serve one job each, and a line before them with an order, a room and patience.
//!
//! Laws: M/M/c, M/G/c, GI/G/c and their kin with finite room; priorities with and without interruption. A server that
//! is held (a thread, a connection, a worker whose job calls others) is the same thing with an end that only its holder
//! knows. Used also for thread pools and connection pools. Proved by: the `mm1-*`, `mmc-*`, `mmck-*`, `erlang-a-*`,
//! `priority-*` and `mdc-*` scenarios of `scenarios/proofs`.
//!
//! The station keeps no calendar: `arrive` and `next` say who starts and when it would end; the caller comes back with
//! `finish` at that instant, or with `withdraw` before it.

use super::waiting::{Linked, Links, Order, Waiting};
use crate::record::Gauge;
use crate::units::{Random, Span, Time};

/// What a station is.
#[derive(Clone, Debug, PartialEq)]
pub struct StationSpec {
    /// Servers.
    pub servers: u32,
    /// In which order the waiting are taken.
    pub order: Order,
    /// Places for the waiting; `u32::MAX`: no limit.
    pub room: u32,
    /// Key of its own random stream (random order only).
    pub stream: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Free,
    Waiting,
    Serving,
}

/// A job at the station.
#[derive(Clone, Copy, Debug)]
struct Job {
    who: u32,
    number: u64,
    came: Time,
    /// Since when it is being served (this time).
    began: Time,
    finish: Time,
    /// What is left of its work when it is not being served.
    left: Span,
    state: State,
    priority: u8,
    /// Has it been served before it was interrupted? Then its wait is counted already.
    seen: bool,
    links: Links,
}

/// Somebody's service begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Started {
    /// The job.
    pub job: u32,
    /// Whose.
    pub who: u32,
    /// Its number, by which ties are broken.
    pub number: u64,
    /// How long it waited; none if it is going on after an interruption.
    pub waited: Option<Span>,
    /// When it will be done; [`Time::NEVER`] if its holder decides.
    pub finish: Time,
}

/// What becomes of an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The room is full.
    Refused,
    /// It waits.
    Waiting(u32),
    /// It is served at once.
    Started(Started),
}

#[derive(Clone, Debug, Default)]
struct Jobs {
    slots: Vec<Job>,
    free: Vec<u32>,
}

impl Linked for Jobs {
    fn links(&mut self, job: u32) -> &mut Links {
        &mut self.slots[job as usize].links
    }
}

impl Jobs {
    fn add(&mut self, job: Job) -> u32 {
        match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = job;
                slot
            }
            None => {
                self.slots.push(job);
                (self.slots.len() - 1) as u32
            }
        }
    }

    fn remove(&mut self, job: u32) {
        debug_assert!(self.slots[job as usize].state != State::Free);
        self.slots[job as usize].state = State::Free;
        self.free.push(job);
    }
}

/// Servers with a line.
#[derive(Clone, Debug)]
pub struct Station {
    servers: u32,
    busy: u32,
    order: Order,
    room: u32,
    jobs: Jobs,
    waiting: Waiting,
    /// Jobs being served, kept only where one may take the server from another.
    serving: Vec<u32>,
    count: u64,
    random: Random,
    factor: f64,
    stopped: bool,
    /// Who came last goes first (of those who wait in order of arrival).
    pub newest_first: bool,
    /// How many wait.
    pub queue: Gauge,
    /// How many servers are busy.
    pub held: Gauge,
    /// How many servers there are.
    pub offered: Gauge,
}

impl Station {
    /// An idle station.
    pub fn new(spec: &StationSpec) -> Station {
        let mut offered = Gauge::default();
        offered.change(Time::ZERO, i64::from(spec.servers));
        Station {
            servers: spec.servers,
            busy: 0,
            order: spec.order,
            room: spec.room,
            jobs: Jobs::default(),
            waiting: Waiting::new(spec.order),
            serving: Vec::new(),
            count: 0,
            random: Random::new(spec.stream),
            factor: 1.0,
            stopped: false,
            newest_first: false,
            queue: Gauge::default(),
            held: Gauge::default(),
            offered,
        }
    }

    /// Somebody comes with so much work ([`Span::FOREVER`]: holds the server until it is given back).
    pub fn arrive(&mut self, now: Time, who: u32, work: Span, priority: u8) -> Arrival {
        let number = self.count;
        let at_once = !self.stopped && self.busy < self.servers && self.waiting.is_empty();
        let takes_from = if at_once { None } else { self.to_interrupt(priority) };
        if !at_once && takes_from.is_none() && self.waiting.len() >= self.room {
            return Arrival::Refused;
        }
        self.count += 1;
        let job = self.jobs.add(Job {
            who,
            number,
            came: now,
            began: now,
            finish: Time::NEVER,
            left: work,
            state: State::Waiting,
            priority,
            seen: false,
            links: Links::FREE,
        });
        if let Some(worse) = takes_from {
            self.interrupt(now, worse);
        }
        if at_once || takes_from.is_some() {
            return Arrival::Started(self.start(now, job));
        }
        self.waiting.join(job, priority, &mut self.jobs);
        self.queue.change(now, 1);
        Arrival::Waiting(job)
    }

    /// The job being served that this priority may take the server from: the least important, youngest of these.
    fn to_interrupt(&self, priority: u8) -> Option<u32> {
        if self.order != Order::Preempt || self.stopped {
            return None;
        }
        let jobs = &self.jobs.slots;
        // Who holds the server for something else cannot be asked to stop.
        let served = self.serving.iter().copied().filter(|&j| jobs[j as usize].finish != Time::NEVER);
        let worst = served.max_by_key(|&j| {
            let job = &jobs[j as usize];
            (job.priority, job.number)
        })?;
        (jobs[worst as usize].priority > priority).then_some(worst)
    }

    fn interrupt(&mut self, now: Time, job: u32) {
        self.stop_serving(now, job);
        let priority = self.jobs.slots[job as usize].priority;
        self.waiting.join_first(job, priority, &mut self.jobs);
        self.queue.change(now, 1);
    }

    fn stop_serving(&mut self, now: Time, job: u32) {
        let slot = &mut self.jobs.slots[job as usize];
        debug_assert!(slot.state == State::Serving);
        if slot.finish != Time::NEVER {
            slot.left = slot.finish.since(now);
        }
        slot.state = State::Waiting;
        slot.finish = Time::NEVER;
        self.busy -= 1;
        self.held.change(now, -1);
        if self.busy >= self.servers {
            self.offered.change(now, -1);
        }
        self.serving.retain(|&other| other != job);
    }

    fn start(&mut self, now: Time, job: u32) -> Started {
        self.busy += 1;
        self.held.change(now, 1);
        // Taken from somebody who kept a server that was to go.
        if self.busy > self.servers {
            self.offered.change(now, 1);
        }
        if self.order == Order::Preempt {
            self.serving.push(job);
        }
        let factor = self.factor;
        let slot = &mut self.jobs.slots[job as usize];
        slot.state = State::Serving;
        slot.began = now;
        let waited = (!slot.seen).then(|| now.since(slot.came));
        if !slot.seen && factor != 1.0 && slot.left != Span::FOREVER {
            slot.left = Span::from_nanos(slot.left.0 as f64 * factor);
        }
        slot.seen = true;
        slot.finish = now + slot.left;
        Started { job, who: slot.who, number: slot.number, waited, finish: slot.finish }
    }

    /// The next who may start now; ask again until nobody may.
    #[inline]
    pub fn next(&mut self, now: Time) -> Option<Started> {
        if self.stopped || self.busy >= self.servers || self.waiting.is_empty() {
            return None;
        }
        let job = if self.newest_first { self.waiting.last() } else { self.waiting.next(&mut self.random) }?;
        self.waiting.leave(job, &mut self.jobs);
        self.queue.change(now, -1);
        Some(self.start(now, job))
    }

    /// Is this the end of this job's service, or an end that was called off?
    pub fn ends(&self, now: Time, job: u32, number: u64) -> bool {
        self.jobs.slots.get(job as usize).is_some_and(|slot| {
            slot.state == State::Serving && slot.finish == now && slot.number as u32 == number as u32
        })
    }

    /// Is this job still waiting for its first turn?
    pub fn waits(&self, job: u32, number: u64) -> bool {
        self.jobs
            .slots
            .get(job as usize)
            .is_some_and(|slot| slot.state == State::Waiting && !slot.seen && slot.number as u32 == number as u32)
    }

    /// When who is first came.
    pub fn first_came(&self) -> Option<Time> {
        self.waiting.first().map(|job| self.jobs.slots[job as usize].came)
    }

    /// Since when a job is being served.
    pub fn began(&self, job: u32) -> Time {
        self.jobs.slots[job as usize].began
    }

    /// A job's number.
    pub fn number(&self, job: u32) -> u64 {
        self.jobs.slots[job as usize].number
    }

    /// Whose job it is.
    pub fn who(&self, job: u32) -> u32 {
        self.jobs.slots[job as usize].who
    }

    /// A service is over; says whose. `next` says who follows.
    pub fn finish(&mut self, now: Time, job: u32) -> u32 {
        self.stop_serving(now, job);
        let who = self.jobs.slots[job as usize].who;
        self.jobs.remove(job);
        who
    }

    /// A job is taken back, wherever it is; says how long it waited if it never had its turn.
    pub fn withdraw(&mut self, now: Time, job: u32) -> Option<Span> {
        let slot = self.jobs.slots[job as usize];
        if slot.state == State::Serving {
            self.stop_serving(now, job);
        } else {
            self.waiting.leave(job, &mut self.jobs);
            self.queue.change(now, -1);
        }
        self.jobs.remove(job);
        (!slot.seen).then(|| now.since(slot.came))
    }

    /// From now on there are so many servers; who is being served is served to the end, and until then his server stays.
    pub fn set_servers(&mut self, now: Time, servers: u32) {
        self.offered.set(now, u64::from(servers.max(self.busy)));
        self.servers = servers;
    }

    /// Work that begins from now on takes so many times as long.
    pub fn set_factor(&mut self, factor: f64) {
        self.factor = factor;
    }

    /// How many times as long work takes.
    pub fn factor(&self) -> f64 {
        self.factor
    }

    /// Serves nobody until [`Station::go_on`]; who was being served stays where it was.
    pub fn stop(&mut self, now: Time) {
        self.stopped = true;
        for job in 0..self.jobs.slots.len() as u32 {
            let slot = &mut self.jobs.slots[job as usize];
            if slot.state == State::Serving && slot.finish != Time::NEVER {
                slot.left = slot.finish.since(now);
                slot.finish = Time::NEVER;
            }
        }
    }

    /// Does it serve nobody at the moment?
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Goes on after a stop: calls `resumed` for each whose service goes on.
    pub fn go_on(&mut self, now: Time, mut resumed: impl FnMut(Started)) {
        self.stopped = false;
        for job in 0..self.jobs.slots.len() as u32 {
            let slot = &mut self.jobs.slots[job as usize];
            if slot.state == State::Serving && slot.finish == Time::NEVER && slot.left != Span::FOREVER {
                slot.finish = now + slot.left;
                resumed(Started { job, who: slot.who, number: slot.number, waited: None, finish: slot.finish });
            }
        }
    }

    /// How many wait.
    pub fn backlog(&self) -> u32 {
        self.waiting.len()
    }

    /// How many servers there are.
    pub fn servers(&self) -> u32 {
        self.servers
    }

    /// How many are busy.
    pub fn busy(&self) -> u32 {
        self.busy
    }
}

#[cfg(test)]
mod tests;
