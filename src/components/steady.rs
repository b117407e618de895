//! What is watched besides the usual; and the one metric that a steady run is run for, kept in slices of time.

use super::blueprint::Blueprint;
use super::tally::Outcome;
use super::world::State;
use crate::record::Slices;
use crate::units::{Span, Time};

/// Something that is watched besides the usual.
#[derive(Clone, Debug, PartialEq)]
pub enum Watch {
    /// Time during which at least so many were present.
    PresentAtLeast { part: u32, n: u64 },
    /// How many were present at a moment.
    PresentAt { part: u32, at: Time },
    /// Time during which at least so many waited.
    QueueAtLeast { line: u32, n: u64 },
    /// The wait of who is the first to come at or after a moment.
    WaitAt { part: u32, at: Time },
    /// When the number present was first below this, after a moment.
    PresentBelow { part: u32, n: u64, after: Time },
    /// The first arrival, from a moment on, that did not wait.
    CaughtUp { part: u32, after: Time },
}

/// Which numbers are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watched {
    /// Latencies of a flow, by the moment of the answer.
    Latency { flow: u32 },
    /// Waits of a flow's requests.
    FlowWait { flow: u32 },
    /// Waits at a part, by the moment of the turn.
    Wait { part: u32 },
    /// How many are in a part.
    Present { part: u32 },
}

impl Watched {
    /// A request is over: began and ended.
    #[inline]
    pub(crate) fn request(self, slices: &mut Slices, flow: u32, when: (Time, Time), waited: Span, outcome: Outcome) {
        if matches!(outcome, Outcome::Failed(_)) {
            return;
        }
        match self {
            Watched::Latency { flow: of } if of == flow => slices.record(when.1, when.1.since(when.0)),
            Watched::FlowWait { flow: of } if of == flow => slices.record(when.1, waited),
            _ => {}
        }
    }

    /// Somebody's turn has come.
    #[inline]
    pub(crate) fn wait(self, slices: &mut Slices, part: u32, at: Time, waited: Span) {
        if self == (Watched::Wait { part }) {
            slices.record(at, waited);
        }
    }

    /// Somebody has left after a stay.
    #[inline]
    pub(crate) fn stay(self, slices: &mut Slices, part: u32, from: Time, to: Time) {
        if self == (Watched::Present { part }) {
            slices.add_integral(from, to, 1);
        }
    }
}

impl State {
    /// Sets up what the blueprint asks to be watched besides the usual.
    pub(crate) fn watch(&mut self, plan: &Blueprint) {
        for watch in &plan.watches {
            match *watch {
                Watch::PresentAtLeast { part, n } => {
                    self.tally.parts[part as usize].presence.watched().watch_at_least(n);
                }
                Watch::PresentAt { part, at } => self.tally.parts[part as usize].presence.watched().watch_moment(at),
                Watch::QueueAtLeast { line, n } => match &mut self.lines[line as usize] {
                    super::world::Line::Lived(station) => station.queue.watch_at_least(n),
                    super::world::Line::Known(known) => known.watch_at_least(n),
                },
                Watch::PresentBelow { part, n, after } => {
                    self.tally.parts[part as usize].presence.watched().watch_first_below(n, after);
                }
                Watch::WaitAt { part, at } => self.tally.parts[part as usize].wait_at.push((at, None)),
                Watch::CaughtUp { part, after } => {
                    self.tally.parts[part as usize].caught_up = Some((after, None));
                }
            }
        }
    }
}
