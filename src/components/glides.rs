//! Requests that meet nobody and always take as long: over as soon as they begin, without a record of their own.
//!
//! What users do between two thoughts is such a request where all that it calls are delays. It is counted as if it had
//! walked through its program: same sums, same draws, same events.

use super::blueprint::Blueprint;
use super::tally::{Outcome, Sent, Settled, Spent};
use super::ways::{Piece, straight};
use super::world::State;
use crate::engine::program::NONE;
use crate::units::{Span, Time};

/// The way of such a request.
#[derive(Clone, Debug)]
pub(crate) struct Glide {
    pieces: Vec<Piece>,
    takes: Span,
}

impl Glide {
    /// That of an entry, if its requests are such.
    pub fn of(plan: &Blueprint, entry: u32) -> Option<Box<Glide>> {
        let incidents = &plan.incidents;
        let spec = &plan.entries[entry as usize];
        let watched = plan.walk || plan.slowdown || !incidents.faults.is_empty() || !incidents.alarms.is_empty();
        if watched || spec.strict || spec.flow == NONE || spec.taker != NONE {
            return None;
        }
        let (pieces, takes) = straight(plan, entry)?;
        Some(Box::new(Glide { pieces, takes }))
    }
}

impl State {
    /// A request of an entry begins now and is over: says when, or none if it has to walk.
    pub(super) fn glides(&mut self, plan: &Blueprint, entry: u32, now: Time) -> Option<Time> {
        let glide = self.glides[entry as usize].take()?;
        let end = now + glide.takes;
        let over = end < self.horizon && now >= plan.from;
        if over {
            self.count_glide(plan, &glide, entry, now);
        }
        self.glides[entry as usize] = Some(glide);
        over.then_some(end)
    }

    fn count_glide(&mut self, plan: &Blueprint, glide: &Glide, entry: u32, start: Time) {
        let spec = &plan.entries[entry as usize];
        self.numbers[entry as usize] += 1;
        let mut at = start;
        for piece in &glide.pieces {
            match *piece {
                Piece::Delay { operation, part, always, .. } => {
                    let span = always.unwrap_or(Span::ZERO);
                    if part != NONE {
                        self.count_delay(operation, part, at, span);
                    }
                    at += span;
                }
                Piece::Begins { call } => self.tally.calls[call as usize].sent(true, Sent::First),
                Piece::Ends { call } => self.tally.calls[call as usize].settled(true, Settled::Answered),
                Piece::Mark { mark } => self.tally.marks[mark as usize].record(at.since(start)),
            }
        }
        let flow = &mut self.tally.flows[spec.flow as usize];
        flow.begins(plan, start);
        flow.ends(plan, Spent { start, waited: Span::ZERO, worked: None }, at, Outcome::Ok);
        if spec.call != NONE {
            self.tally.calls[spec.call as usize].pass(1);
        }
        if spec.done_mark != NONE {
            self.tally.marks[spec.done_mark as usize].record(at.since(start));
        }
        if let Some((watched, slices)) = &mut self.watched {
            watched.request(slices, spec.flow, (start, at), Span::ZERO, Outcome::Ok);
        }
    }

    /// A stay in a part in which there is nothing but a delay, over and measured.
    #[inline]
    pub(super) fn count_delay(&mut self, operation: u32, part: u32, at: Time, span: Span) {
        let end = at + span;
        self.tally.operations[operation as usize].passes(span);
        let tally = &mut self.tally.parts[part as usize];
        tally.came.add(at, 1);
        tally.presence.add(1, u128::from(span.0));
        tally.last_departure = tally.last_departure.max(end);
        if let Some((watched, slices)) = &mut self.watched {
            watched.stay(slices, part, at, end);
        }
    }
}
