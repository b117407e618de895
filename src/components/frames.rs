//! Requests in flight: small records in slabs, never an object graph.
//!
//! A *request* is one traversal of a flow. A *frame* executes a body of a program for it; a request has one frame, and
//! one more for each attempt, branch or turn that runs beside it.

use crate::engine::program::Pc;
use crate::units::{Span, Time};

/// Who waits for a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parent {
    /// Nobody: it is the request itself, or nobody cares any more.
    Nobody,
    /// It is the request's own frame.
    Request,
    /// A group of branches or turns.
    Group(u32),
    /// A call under a policy.
    Attempt(u32),
    /// Another request, one of whose steps is this flow.
    Step(u32),
    /// What this start of a taker has taken.
    Run(u32),
}

/// What a frame is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// For nothing: it is running, or its next event stands in the calendar.
    Nothing,
    /// For its turn at a line, or being served there (line, job).
    Line(u32, u32),
    /// For enough at a gate (gate, job).
    Gate(u32, u32),
    /// For the end of a turn (loop, place).
    Loop(u32, u32),
    /// For shared cores (share, job number).
    Share(u32, u64),
    /// For its group.
    Group(u32),
    /// For its attempt.
    Attempt(u32),
    /// For what another is fetching (cache, fetch).
    Fetch(u32, u32),
    /// For a flow that is a step of it (that flow's frame).
    Step(u32),
    /// To be told to its parent.
    Told,
}

/// A body being executed.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Its own time, which may run ahead of the clock where nobody can tell.
    pub at: Time,
    /// What its draws are keyed by.
    pub ident: u64,
    /// Begun no later than this, or not at all (deadline of the caller).
    pub deadline: Time,
    /// The next instruction.
    pub pc: Pc,
    /// Whose.
    pub request: u32,
    /// Who waits for it.
    pub parent: Parent,
    /// What it waits for.
    pub waits: Waits,
    /// Which life of this slot it is.
    pub generation: u32,
    /// Its number within the request, by which ties are broken.
    pub sub: u16,
    /// What it failed with.
    pub cause: u8,
    /// The next branch of its group.
    pub sibling: u32,
    /// Not over yet.
    pub alive: bool,
    /// It has failed and walks outwards when its time comes.
    pub failing: bool,
    /// What lies before this moment may be done ahead of the clock: [`Time::NEVER`]: all of it, [`Time::ZERO`]: nothing.
    /// In between: who runs is taken back in the instant before, whatever it does, so nothing lies behind.
    pub fence: Time,
}

impl Frame {
    /// Is it taken back at a moment that is known, if it is not over by then?
    #[inline]
    pub fn is_fenced(&self) -> bool {
        self.fence != Time::ZERO && self.fence != Time::NEVER
    }
}

/// A traversal of a flow.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// The intended start.
    pub start: Time,
    /// The latest end of any of its frames.
    pub last: Time,
    /// Its number within its entry.
    pub number: u64,
    /// Waited so long for turns, all parts together.
    pub waited: Span,
    /// Work that was done for it, all parts together.
    pub worked: Span,
    /// Which program.
    pub entry: u32,
    /// The user who waits for it, and whose key it is about; of a start of a taker: its run.
    pub user: u32,
    /// The number of the key of its line in the trace and 1; 0: none.
    pub key: u64,
    /// Frames that are not over.
    pub open: u32,
    /// Frames so far.
    pub subs: u16,
    /// Its outcome has been counted.
    pub settled: bool,
    /// Its user has gone on.
    pub left: bool,
}

/// A slab that hands out the slots freed last first, so that what is in use stays warm.
#[derive(Clone, Debug)]
pub struct Slots<T> {
    /// The records.
    pub items: Vec<T>,
    free: Vec<u32>,
}

impl<T> Default for Slots<T> {
    fn default() -> Slots<T> {
        Slots { items: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slots<T> {
    /// Puts a record into a free slot.
    #[inline]
    pub fn add(&mut self, item: T) -> u32 {
        match self.free.pop() {
            Some(slot) => {
                self.items[slot as usize] = item;
                slot
            }
            None => {
                self.items.push(item);
                (self.items.len() - 1) as u32
            }
        }
    }

    /// What stood in the slot that will be used next.
    #[inline]
    pub fn next_free(&self) -> Option<&T> {
        self.free.last().map(|&slot| &self.items[slot as usize])
    }

    /// How many slots are in use.
    pub fn in_use(&self) -> usize {
        self.items.len() - self.free.len()
    }

    /// Frees a slot.
    #[inline]
    pub fn remove(&mut self, slot: u32) {
        self.free.push(slot);
    }
}

impl<T> std::ops::Index<u32> for Slots<T> {
    type Output = T;
    #[inline]
    fn index(&self, slot: u32) -> &T {
        &self.items[slot as usize]
    }
}

impl<T> std::ops::IndexMut<u32> for Slots<T> {
    #[inline]
    fn index_mut(&mut self, slot: u32) -> &mut T {
        &mut self.items[slot as usize]
    }
}
