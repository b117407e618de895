//! Numbers that are metered over time: servers in use, members of a fleet. Read at the end of each cell of time, by a clock
//! that reads and changes nothing.

use super::blueprint::Blueprint;
use super::clocks::{Clock, tick};
use super::world::{Line, State};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event};
use crate::record::Gauge;
use crate::units::Time;

/// So many times the integral of some numbers, for a counter.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelSpec {
    /// The counter.
    pub counter: u32,
    /// Numbers, and how many times each.
    pub of: Vec<(Level, f64)>,
    /// So much besides, at every moment.
    pub always: f64,
}

/// A number that changes with time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Of a fleet: members from launch to end.
    Members(u32),
    /// Of a fleet: members in service.
    InService(u32),
    /// Of so many lines from this one on: servers in use.
    Busy(u32, u32),
    /// Of so many lines from this one on: servers.
    Servers(u32, u32),
    /// Of so many lines from this one on: who waits.
    Waiting(u32, u32),
    /// Of so many shared units from this one on: who is inside.
    Inside(u32, u32),
    /// Of an elastic pool: members with a request.
    Workers(u32),
}

impl State {
    /// The first reading of numbers that are metered over time.
    pub(crate) fn start_levels<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>) {
        self.next_reading(plan, agenda, 1);
    }

    fn next_reading<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, bound: u32) {
        let Some(at) = plan.metering.bounds.get(bound as usize).filter(|at| **at < plan.to) else { return };
        if !plan.metering.levels.is_empty() {
            let key = Event::key(Class::Observer, 0, u64::from(bound), 0);
            agenda.schedule(tick(Clock::Reading, 0, bound, *at, key));
        }
    }

    /// A cell of time ends: what the numbers came to in it is counted.
    pub(crate) fn reads_levels<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, bound: u32) {
        self.count_levels(plan, agenda.now());
        self.next_reading(plan, agenda, bound + 1);
    }

    /// Counts what has come to the numbers since they were counted last.
    pub(crate) fn count_levels(&mut self, plan: &Blueprint, now: Time) {
        let cell = Time(now.0.saturating_sub(1));
        for (index, spec) in plan.metering.levels.iter().enumerate() {
            let mut so_far = spec.always * now.since(plan.from).0 as f64;
            let mut exact = 0u128;
            for (level, times) in &spec.of {
                let integral = self.integral(*level, now);
                match times.fract() == 0.0 && *times > 0.0 {
                    true => exact += integral * *times as u128,
                    false => so_far += integral as f64 * times,
                }
            }
            let so_far = exact + super::usage::whole(so_far);
            let amount = self.usage.since_last(index, so_far);
            self.usage.add(&plan.metering, cell, spec.counter, amount);
        }
    }

    /// A number times time, from the start of the measuring to `now`.
    fn integral(&self, level: Level, now: Time) -> u128 {
        let lines = |first: u32, members: u32, of: &dyn Fn(&Gauge, &Gauge, &Gauge) -> u128| -> u128 {
            let each = self.lines[first as usize..(first + members) as usize].iter().map(|line| match line {
                Line::Lived(station) => of(&station.held, &station.offered, &station.queue),
                Line::Known(known) => {
                    let gauges = known.close(now);
                    of(&gauges.held, &gauges.offered, &gauges.queue)
                }
            });
            each.sum()
        };
        match level {
            Level::Members(fleet) => self.fleets[fleet as usize].billed.so_far(now),
            Level::InService(fleet) => self.fleets[fleet as usize].serving.so_far(now),
            Level::Workers(pool) => self.pools[pool as usize].pool.busy.so_far(now),
            Level::Busy(line, members) => lines(line, members, &|held, _, _| held.so_far(now)),
            Level::Servers(line, members) => lines(line, members, &|_, offered, _| offered.so_far(now)),
            Level::Waiting(line, members) => lines(line, members, &|_, _, queue| queue.so_far(now)),
            Level::Inside(share, members) => {
                let shares = &self.shares[share as usize..(share + members) as usize];
                shares.iter().map(|share| share.held.so_far(now)).sum()
            }
        }
    }
}
