//! Those who wait at a gate until there is enough for them: in order of arrival, a line for each key.
//!
//! Whoever is first has a moment at which it may go on, if nothing changes before; the caller keeps the calendar and comes
//! back at that moment. A number tells apart who has waited in the same slot, so that a moment that was called off, or a
//! patience that ends too late, finds nobody.

use std::collections::BTreeMap;

use super::waiting::{Linked, Links, Order, Waiting};
use crate::record::Gauge;
use crate::units::{Span, Time};

/// Somebody who waits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waiter {
    /// Who.
    pub who: u32,
    /// With which key.
    pub key: Option<u64>,
    /// For how much.
    pub cost: u128,
    /// Since when.
    pub came: Time,
    /// How many came before, by which ties are broken.
    pub number: u64,
    /// When it may go on; known of the first of a line.
    due: Time,
    links: Links,
    waits: bool,
}

#[derive(Clone, Debug, Default)]
struct Jobs {
    slots: Vec<Waiter>,
    free: Vec<u32>,
}

impl Linked for Jobs {
    fn links(&mut self, job: u32) -> &mut Links {
        &mut self.slots[job as usize].links
    }
}

/// All who wait at a gate.
#[derive(Clone, Debug)]
pub struct Waiters {
    jobs: Jobs,
    one: Waiting,
    keyed: BTreeMap<u64, Waiting>,
    count: u64,
    /// How many wait.
    pub queue: Gauge,
}

impl Default for Waiters {
    fn default() -> Waiters {
        let one = Waiting::new(Order::Fifo);
        Waiters { jobs: Jobs::default(), one, keyed: BTreeMap::new(), count: 0, queue: Gauge::default() }
    }
}

impl Waiters {
    /// Joins the line of a key.
    pub fn join(&mut self, now: Time, who: u32, key: Option<u64>, cost: u128) -> u32 {
        let (number, due, links) = (self.count, Time::NEVER, Links::FREE);
        let waiter = Waiter { who, key, cost, came: now, number, due, links, waits: true };
        self.count += 1;
        let job = match self.jobs.free.pop() {
            Some(job) => {
                self.jobs.slots[job as usize] = waiter;
                job
            }
            None => {
                self.jobs.slots.push(waiter);
                (self.jobs.slots.len() - 1) as u32
            }
        };
        let line = match key {
            None => &mut self.one,
            Some(key) => self.keyed.entry(key).or_insert_with(|| Waiting::new(Order::Fifo)),
        };
        line.join(job, 0, &mut self.jobs);
        self.queue.change(now, 1);
        job
    }

    /// How many wait with this key.
    pub fn len(&self, key: Option<u64>) -> u32 {
        self.line(key).map_or(0, Waiting::len)
    }

    /// Who is first with this key.
    pub fn first(&self, key: Option<u64>) -> Option<u32> {
        self.line(key).and_then(Waiting::first)
    }

    /// Who waits in this slot.
    pub fn get(&self, job: u32) -> Waiter {
        self.jobs.slots[job as usize]
    }

    /// Keys with which somebody waits.
    pub fn keys(&self) -> Vec<Option<u64>> {
        let one = (!self.one.is_empty()).then_some(None);
        one.into_iter().chain(self.keyed.keys().map(|key| Some(*key))).collect()
    }

    /// Leaves the line, served or not; says how long it waited.
    pub fn leave(&mut self, now: Time, job: u32) -> Span {
        let Waiter { key, came, .. } = self.get(job);
        match key {
            None => self.one.leave(job, &mut self.jobs),
            Some(key) => {
                if let Some(line) = self.keyed.get_mut(&key) {
                    line.leave(job, &mut self.jobs);
                    if line.is_empty() {
                        self.keyed.remove(&key);
                    }
                }
            }
        }
        self.jobs.slots[job as usize].waits = false;
        self.jobs.free.push(job);
        self.queue.change(now, -1);
        now.since(came)
    }

    /// Notes when somebody may go on.
    pub fn set_due(&mut self, job: u32, due: Time) {
        self.jobs.slots[job as usize].due = due;
    }

    /// Does this one, of this number, still wait?
    pub fn waits(&self, job: u32, number: u32) -> bool {
        self.jobs.slots.get(job as usize).is_some_and(|slot| slot.waits && slot.number as u32 == number)
    }

    /// Has its moment come?
    pub fn is_due(&self, job: u32, number: u32, now: Time) -> bool {
        self.waits(job, number) && self.jobs.slots[job as usize].due == now
    }

    fn line(&self, key: Option<u64>) -> Option<&Waiting> {
        key.map_or(Some(&self.one), |key| self.keyed.get(&key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_a_line_of_its_own_in_order_of_arrival() {
        let mut line = Waiters::default();
        let (a, b) = (line.join(Time(1), 10, Some(1), 1), line.join(Time(2), 20, Some(2), 1));
        let c = line.join(Time(3), 30, Some(1), 1);
        assert_eq!((line.first(Some(1)), line.first(Some(2)), line.first(None)), (Some(a), Some(b), None));
        assert_eq!(line.len(Some(1)), 2);
        assert_eq!(line.leave(Time(7), a), Span(6));
        assert_eq!(line.first(Some(1)), Some(c));
        assert_eq!(line.keys(), [Some(1), Some(2)]);
        line.leave(Time(7), c);
        assert_eq!((line.keys(), line.queue.value()), (vec![Some(2)], 1));
    }

    #[test]
    fn a_moment_that_was_called_off_finds_nobody() {
        let mut line = Waiters::default();
        let one = line.join(Time(1), 10, None, 1);
        line.set_due(one, Time(9));
        assert!(line.is_due(one, 0, Time(9)) && !line.is_due(one, 0, Time(8)));
        line.leave(Time(2), one);
        assert!(!line.is_due(one, 0, Time(9)));
        let other = line.join(Time(3), 11, None, 1);
        line.set_due(other, Time(9));
        assert_eq!(one, other, "the slot is used again");
        assert!(!line.is_due(other, 0, Time(9)) && line.is_due(other, 1, Time(9)));
    }
}
