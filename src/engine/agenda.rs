//! The event loop: takes what happens next and hands it to the world, until a moment.
//!
//! Generic over the world and over the calendar, so both are compiled into one loop: no boxes, no dynamic dispatch.

use super::calendar::Calendar;
use super::event::{Class, Event, Key};
use super::lanes::{Lane, Lanes, TimerId};
use crate::units::{Span, Time};

/// What is moved by events.
pub trait World {
    /// Something happens.
    fn handle<C: Calendar>(&mut self, event: Event, agenda: &mut Agenda<C>);

    /// The loop stops, perhaps to go on later: whatever was put off is done.
    fn rest(&mut self) {}
}

/// Why a run cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stuck {
    /// A million events at one instant: something goes round in a circle that takes no time.
    Circle {
        /// The instant.
        at: Time,
        /// The last of them.
        last: Event,
    },
    /// More timers than slots.
    Exhausted {
        /// The instant.
        at: Time,
    },
}

/// Events of one instant above which nothing can be going on but a circle.
const CIRCLE: u64 = 1_000_000;

/// What will happen, in order.
#[derive(Clone, Debug, Default)]
pub struct Agenda<C> {
    now: Time,
    calendar: C,
    lanes: Lanes,
    /// Events handled.
    events: u64,
    /// Of these, at this instant.
    here: u64,
    exhausted: bool,
    /// Rank up to which the loop runs.
    limit: u128,
    /// The world asks to end the run.
    pub halt: bool,
}

impl<C: Calendar> Agenda<C> {
    /// The present instant.
    #[inline]
    pub fn now(&self) -> Time {
        self.now
    }

    /// Events handled so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// How many events are pending.
    pub fn pending(&self) -> usize {
        self.calendar.len() + self.lanes.len()
    }

    /// Something will happen.
    #[inline]
    pub fn schedule(&mut self, event: Event) {
        debug_assert!(event.at >= self.now, "nothing happens in the past");
        if event.at != Time::NEVER {
            self.calendar.push(event);
        }
    }

    /// Something will happen: at once if it is the next thing anyway (true, and the clock stands there), else later.
    #[inline]
    pub fn goes_on_with(&mut self, event: &Event) -> bool {
        let rank = event.rank();
        let next = event.at > self.now
            && !self.halt
            && rank < self.limit
            && self.calendar.first().is_none_or(|first| rank < first.rank())
            && rank < self.lanes.earliest();
        if next {
            (self.now, self.here) = (event.at, 1);
            self.events += 1;
        } else {
            self.schedule(*event);
        }
        next
    }

    /// Nothing else happens before this moment.
    pub fn clear_until(&self) -> Time {
        Time((self.clear_until_rank() >> 64) as u64)
    }

    /// Nothing else comes before this rank ([`Event::rank`]).
    pub fn clear_until_rank(&self) -> u128 {
        self.calendar.first().map_or(u128::MAX, Event::rank).min(self.lanes.earliest()).min(self.limit)
    }

    /// Is this the only event of its instant, as far as is known?
    pub fn is_alone(&self) -> bool {
        self.here == 1 && self.clear_until() > self.now
    }

    /// The rank up to which the loop runs.
    pub fn limit(&self) -> u128 {
        self.limit
    }

    /// The world has handled `n` more events that stood in no calendar, none before the present instant and all before
    /// anything else; the last at `now`.
    pub fn has_passed(&mut self, now: Time, n: u64) {
        debug_assert!(now >= self.now && now <= self.clear_until());
        self.here = if now > self.now { 1 } else { self.here + n };
        self.now = now;
        self.events += n;
    }

    /// The world has handled `n` more events, each later than the one before, that stood in no calendar; the last at `now`.
    pub fn advance(&mut self, now: Time, n: u64) {
        if n > 0 {
            debug_assert!(now > self.now && now < self.clear_until());
            (self.now, self.here) = (now, 1);
            self.events += n;
        }
    }

    /// The lane of timers with this delay.
    pub fn lane(&mut self, delay: Span) -> Lane {
        self.lanes.lane(delay)
    }

    /// Sets a timer that may be cancelled.
    #[inline]
    pub fn set_timer(&mut self, lane: Lane, key: Key, what: u32, slot: u32) -> Option<TimerId> {
        let timer = self.lanes.set(lane, self.now, key, what, slot).ok();
        self.exhausted |= timer.is_none();
        timer
    }

    /// Cancels a timer; nothing is left behind.
    #[inline]
    pub fn cancel(&mut self, timer: TimerId) {
        self.lanes.cancel(timer);
    }

    #[inline]
    fn next_before(&mut self, limit: u128) -> Option<Event> {
        let timer = self.lanes.earliest();
        match self.calendar.pop_before(timer.min(limit)) {
            None if timer < limit => self.lanes.pop(),
            event => event,
        }
    }

    /// Lets happen all that happens before `until`; what happens at it belongs to the time after.
    pub fn run<W: World>(&mut self, world: &mut W, until: Time) -> Result<(), Stuck> {
        let ended = self.run_on(world, until);
        world.rest();
        ended
    }

    fn run_on<W: World>(&mut self, world: &mut W, until: Time) -> Result<(), Stuck> {
        self.limit = u128::from(until.0) << 64;
        while let Some(event) = self.next_before(self.limit) {
            debug_assert!(event.at >= self.now, "time runs forward");
            self.events += 1;
            if event.at == self.now {
                self.here += 1;
                if self.here > CIRCLE {
                    return Err(Stuck::Circle { at: self.now, last: event });
                }
            } else {
                (self.now, self.here) = (event.at, 1);
            }
            world.handle(event, self);
            if self.halt {
                break;
            }
        }
        if self.exhausted {
            return Err(Stuck::Exhausted { at: self.now });
        }
        if !self.halt {
            self.now = self.now.max(until.min(Time(u64::MAX - 1)));
        }
        Ok(())
    }
}

impl Event {
    /// The key of an event of a request or job.
    #[inline(always)]
    pub fn key(class: Class, owner: u16, number: u64, sub: u16) -> Key {
        Key::new(class, owner, number, sub)
    }

    /// The number in its key.
    #[inline]
    pub fn number(&self) -> u64 {
        u64::from(self.key.number())
    }
}
