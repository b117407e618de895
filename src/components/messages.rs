//! What is handed over and taken later: queues, logs, buffers, topics, and who takes from them. Tables and state.
//!
//! A *store* keeps pieces; a *taker* is a handler that is started by them; a *run* is one start of it, with what it has
//! taken. A piece remembers the request that sent it, which stays open as long as the piece is somewhere: so whoever works
//! on it later sees the keys that it was sent with, and the request is over when all that it set off is.

use super::blueprint::Blueprint;
use super::store_specs::KeyRef;
use super::world::State;
use crate::engine::lanes::TimerId;
use crate::engine::program::NONE;
use crate::queueing::buffer::{Buffer, BufferSpec};
use crate::queueing::log::{Place, Record};
use crate::queueing::mailbox::{Fate, Mailbox, MailboxSpec, Taken};
use crate::queueing::pollers::{Pollers, PollersSpec};
use crate::record::{Gauge, Histogram};
use crate::units::{Span, Time};

/// Keeps pieces until somebody takes them.
#[derive(Clone, Debug, PartialEq)]
pub struct StoreSpec {
    /// The part.
    pub part: u32,
    /// How it keeps them.
    pub kind: StoreKind,
    /// Pieces with the same one of this key are of one group, or go to one shard.
    pub key: Option<u32>,
    /// Where it may be down, or `NONE`.
    pub place: u32,
    /// Site of its draws.
    pub site: u32,
    /// Who takes, in the order of their names.
    pub takers: Vec<u32>,
    /// What its measures begin with, behind the part's name: "", or its stage and a point where a part has several.
    pub lead: String,
    /// How much of it may be in hand at a time.
    pub limit: Option<LimitSpec>,
    /// What is asked of its backlog besides the usual.
    pub asks: Vec<Asks>,
}

/// A limit, under the name of the quantity that sets it.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitSpec {
    /// The quantity.
    pub name: String,
    /// How many.
    pub most: u64,
    /// Where the number is from.
    pub source: String,
    /// Can it be raised by asking?
    pub adjustable: bool,
}

/// What somebody asks of a backlog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// For how long it was at least so much.
    AtLeast(u64),
    /// What it was at a moment.
    At(Time),
    /// When, from a moment on, it was first below.
    Below(u64, Time),
    /// When, from a moment on, nothing waited: the part has caught up.
    CaughtUp(Time),
}

/// How pieces are kept.
#[derive(Clone, Debug, PartialEq)]
pub enum StoreKind {
    /// Out of sight for `hidden` from the taking; the dead go to another store, or nowhere (`NONE`); some come twice.
    Mailbox { spec: MailboxSpec, hidden: Span, dead: u32, twice: f64 },
    /// In shards, for so long; readable after a time.
    Log { shards: u32, keeps: Span, lag: Option<u32> },
    /// Until there are enough.
    Buffer(BufferSpec),
    /// Not at all: copied to whoever wants one. What could not be delivered goes to another store, or nowhere.
    Topic { dead: u32 },
}

/// A handler that is started by what a store has.
#[derive(Clone, Debug, PartialEq)]
pub struct TakerSpec {
    /// The part whose handler it is.
    pub part: u32,
    /// Where that may be down, or `NONE`.
    pub place: u32,
    /// Takes from here.
    pub store: u32,
    /// What it executes.
    pub entry: u32,
    /// So many at once, at most.
    pub batch: u32,
    /// Waits so long for a batch to fill.
    pub window: Span,
    /// So many runs at a time.
    pub most: Most,
    /// Only what failed comes back.
    pub partial: bool,
    /// What becomes of what a failed run had taken.
    pub on_error: OnError,
    /// So often is a batch of a log or a buffer tried again.
    pub retries: u32,
    /// What is older is not tried again.
    pub most_age: Span,
    /// A batch of a log that failed is tried again in halves.
    pub halves: bool,
    /// From one poll of a log to the next; 0: told at once.
    pub every: Span,
    /// Takers of one shard.
    pub per_shard: u32,
    /// How many runs there may be, where that is a limit of its own.
    pub limit: Option<LimitSpec>,
    /// Where it reads: number of the places of one taker (shards times takers of each).
    pub places: u32,
}

impl TakerSpec {
    /// One who is told, takes whatever there is, and gives none of it back.
    pub fn told(part: u32, place: u32, store: u32, entry: u32) -> TakerSpec {
        TakerSpec {
            part,
            place,
            store,
            entry,
            batch: u32::MAX,
            window: Span::ZERO,
            most: Most::Just(u32::MAX),
            partial: false,
            on_error: OnError::Skip,
            retries: 0,
            most_age: Span::FOREVER,
            halves: false,
            every: Span::ZERO,
            per_shard: 1,
            limit: None,
            places: 0,
        }
    }
}

/// How many runs of a taker there may be at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Most {
    /// So many.
    Just(u32),
    /// As many as there are pollers, whose number follows the backlog.
    Pollers(PollersSpec),
    /// One for each server of these lines; of a fleet (`NONE`: of none) of those whose members take requests.
    Lines { first: u32, members: u32, fleet: u32 },
    /// One for each core of these units.
    Shares { first: u32, members: u32, fleet: u32 },
}

/// What becomes of what a failed run had taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// It stays out of sight until its time is over.
    Leave,
    /// It is in sight again at once.
    GiveBack,
    /// It is tried again before anything else.
    Block,
    /// It is let go.
    Skip,
}

/// A place in a program where something is handed over, or told of.
#[derive(Clone, Debug, PartialEq)]
pub struct HandSpec {
    /// What happens.
    pub what: Hands,
    /// The store.
    pub store: u32,
    /// Site that keys what is sent.
    pub site: u32,
    /// Which one of the store's key it is about.
    pub key: Option<KeyRef>,
    /// The innermost other one of a key: the key, and the cell that keeps it.
    pub with: Option<(u32, u16)>,
    /// The cell that keeps its shard, where that has been chosen; `u16::MAX`: it follows from the key.
    pub member: u16,
    /// Bytes, where they count; `NONE`: none.
    pub size: u32,
    /// Site of the draws of the bytes.
    pub size_site: u32,
}

/// What happens where something is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hands {
    /// The store accepts it.
    Over,
    /// The store accepts a copy, from a topic.
    Copy,
    /// A topic hears of it.
    Told,
    /// The topic makes a copy.
    Copies,
    /// The copy was delivered.
    Delivered,
    /// The copy could not be delivered.
    Undelivered,
}

/// What is kept of a piece: who sent it, what keys its draws, whether it breaks its worker, what its sending does (`doings`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Piece {
    pub origin: u32,
    pub poison: bool,
    pub ident: u64,
    /// The other one of a key with which it was sent; `NONE`: those of its request.
    pub with: (u32, u64),
    pub doing: u64,
}

/// Books of pieces and of deliveries, since the measuring began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Books {
    /// Here or in hand when the measuring began.
    pub carried_over: u64,
    /// Of these, in hand.
    pub carried_in_hand: u64,
    pub accepted: u64,
    pub copied: u64,
    pub moved_in: u64,
    /// Taken out by a runbook that sends it elsewhere.
    pub moved_out: u64,
    /// Dropped, since the same had been accepted: not in the equation.
    pub repeats: u64,
    pub consumed: u64,
    pub dead_lettered: u64,
    pub expired: u64,
    pub lost: u64,
    pub first: u64,
    pub redelivered: u64,
    pub returned: u64,
}

/// The state of a store.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pub keeper: Keeper,
    pub books: Books,
    /// In sight.
    pub waiting: Gauge,
    /// Out of sight.
    pub out_of_sight: Gauge,
    /// In hand, of logs and buffers; copies under way, of topics.
    pub in_hand: u64,
    pub age: Histogram,
    pub iterator_age: Histogram,
    /// Batches that left by count, bytes, age.
    pub flushed: [u64; 3],
    /// Nobody takes.
    pub stopped: bool,
    /// So many of the next accepted are poison.
    pub poison: u64,
    /// Share of what is accepted that comes twice.
    pub twice: f64,
    /// Runs on their way will find so many.
    pub promised: u64,
    /// When it will be looked for what is too old.
    pub ends: Time,
    /// Numbers its timers.
    pub ticks: u64,
}

/// How a store keeps.
#[derive(Clone, Debug)]
pub(crate) enum Keeper {
    Mailbox(Box<Mailbox<Piece>>),
    /// Of a log that nobody reads.
    Log(Place<Piece>),
    Buffer(Buffer<Piece>, Option<TimerId>),
    Topic,
}

/// A place of a taker in a shard.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub place: Place<Piece>,
    /// When a poll stands in the calendar.
    pub planned: Time,
    /// How often the first batch has failed.
    pub tries: u32,
    /// At most so many at once, after a failure in halves.
    pub limit: u32,
}

/// The state of a taker.
#[derive(Clone, Debug)]
pub(crate) struct Taker {
    pub running: u32,
    pub runs_now: Gauge,
    /// How many there may be, where their number follows the backlog.
    pub pollers: Option<Pollers>,
    /// When one more comes, as it stands in the calendar.
    pub grows: Time,
    /// Since when it waits for a batch to fill.
    pub since: Option<Time>,
    pub stopped: bool,
    pub readings: Vec<Reading>,
    pub age: Histogram,
    pub iterator_age: Histogram,
    pub runs: u64,
    pub taken: u64,
}

/// A piece in the hands of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub piece: Piece,
    pub accepted: Time,
    pub takes: u32,
    pub failed: bool,
}

/// A start of a taker.
#[derive(Clone, Debug, Default)]
pub(crate) struct Run {
    pub taker: u32,
    /// Its place, of a log.
    pub place: u32,
    /// It will find so many, if it looks in the instant in which it was started.
    pub promise: u64,
    pub woken: Time,
    /// What it has taken.
    pub held: Vec<Held>,
    /// Its deliveries, of a mailbox.
    pub letters: Vec<Taken<Piece>>,
    /// When what it has taken comes back.
    pub timer: Option<TimerId>,
    /// So often has its batch failed before, of a buffer.
    pub tries: u32,
    /// The handler has not ended.
    pub running: bool,
    /// Something that it set off has not ended.
    pub open: bool,
}

/// All stores and takers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Messages {
    pub all: Vec<Store>,
    pub takers: Vec<Taker>,
    pub runs: Vec<Run>,
    pub free: Vec<u32>,
    /// Kept for their room only.
    pub fates: Vec<Fate<Piece>>,
    pub lost: Vec<Piece>,
    pub records: Vec<Record<Piece>>,
    pub pieces: Vec<(Piece, Time)>,
}

impl Store {
    fn new(spec: &StoreSpec) -> Store {
        let (keeper, twice) = match &spec.kind {
            StoreKind::Mailbox { spec, twice, .. } => (Keeper::Mailbox(Box::new(Mailbox::new(spec))), *twice),
            StoreKind::Log { .. } => (Keeper::Log(Place::default()), 0.0),
            StoreKind::Buffer(spec) => (Keeper::Buffer(Buffer::new(spec), None), 0.0),
            StoreKind::Topic { .. } => (Keeper::Topic, 0.0),
        };
        let mut waiting = Gauge::default();
        for asks in &spec.asks {
            match *asks {
                Asks::AtLeast(n) => waiting.watch_at_least(n),
                Asks::At(at) => waiting.watch_moment(at),
                Asks::Below(n, after) => waiting.watch_first_below(n, after),
                Asks::CaughtUp(after) => waiting.watch_first_below(1, after),
            }
        }
        let mut out_of_sight = Gauge::default();
        spec.limit.iter().for_each(|limit| out_of_sight.watch_at_least(limit.most));
        Store {
            keeper,
            books: Books::default(),
            waiting,
            out_of_sight,
            in_hand: 0,
            age: Histogram::coarse(),
            iterator_age: Histogram::coarse(),
            flushed: [0; 3],
            stopped: false,
            poison: 0,
            twice,
            promised: 0,
            ends: Time::NEVER,
            ticks: 0,
        }
    }

    /// Pieces that nobody has in hand, in sight or not, by their books.
    pub fn kept(&self) -> u64 {
        match &self.keeper {
            Keeper::Mailbox(mailbox) => mailbox.waiting() + mailbox.held(),
            Keeper::Buffer(buffer, _) => buffer.waiting(),
            Keeper::Log(_) | Keeper::Topic => self.waiting.value(),
        }
    }

    /// What is out of sight has changed.
    pub fn notes(&mut self, now: Time) {
        self.out_of_sight.set(now, self.hidden());
    }

    /// Pieces in hand, or on their way from a topic.
    pub fn hidden(&self) -> u64 {
        if let Keeper::Mailbox(mailbox) = &self.keeper { mailbox.hidden() } else { self.in_hand }
    }
}

impl Messages {
    /// All of a blueprint, empty.
    pub fn new(plan: &Blueprint) -> Messages {
        let reading = Reading { place: Place::default(), planned: Time::NEVER, tries: 0, limit: u32::MAX };
        let taker = |spec: &TakerSpec| Taker {
            running: 0,
            runs_now: Gauge::default(),
            pollers: if let Most::Pollers(spec) = spec.most { Some(Pollers::new(spec)) } else { None },
            grows: Time::ZERO,
            since: None,
            stopped: false,
            readings: vec![reading.clone(); spec.places as usize],
            age: Histogram::coarse(),
            iterator_age: Histogram::coarse(),
            runs: 0,
            taken: 0,
        };
        Messages {
            all: plan.messages.iter().map(Store::new).collect(),
            takers: plan.takers.iter().map(taker).collect(),
            ..Messages::default()
        }
    }
}

impl State {
    /// The request that somebody's doing goes back to: of a run, the one that sent what it is about.
    pub(crate) fn origin(&self, plan: &Blueprint, slot: u32) -> u32 {
        let request = self.frames[slot].request;
        if plan.entries[self.requests[request].entry as usize].taker == NONE {
            return request;
        }
        self.cells[slot as usize * plan.program.cells as usize] as u32
    }

    /// The run of a frame: of a request that is no run, none.
    pub(crate) fn run_of(&self, plan: &Blueprint, slot: u32) -> Option<u32> {
        let request = &self.requests[self.frames[slot].request];
        (plan.entries[request.entry as usize].taker != NONE).then_some(request.user)
    }

    /// The other one of a key with which was sent what a frame works on.
    pub(crate) fn sent_with(&self, plan: &Blueprint, slot: u32) -> Option<(u32, u64)> {
        let run = self.run_of(plan, slot)?;
        let index = self.cells[slot as usize * plan.program.cells as usize + 1] as usize;
        self.messages.runs[run as usize].held.get(index).map(|held| held.piece.with)
    }

    /// How many things were taken.
    pub(crate) fn records(&self, plan: &Blueprint, slot: u32) -> u64 {
        self.run_of(plan, slot).map_or(1, |run| self.messages.runs[run as usize].held.len() as u64)
    }

    /// A frame is about this piece of its run, from now on.
    pub(crate) fn is_about(&mut self, plan: &Blueprint, slot: u32, run: u32, index: u32) {
        let Piece { origin, doing, .. } = self.messages.runs[run as usize].held[index as usize].piece;
        if plan.effects.any() {
            self.effects.begins(slot, doing);
        }
        *self.cell(plan, slot, 0) = u64::from(origin);
        *self.cell(plan, slot, 1) = u64::from(index);
    }

    /// Something that kept a request open is over.
    pub(crate) fn closes(&mut self, plan: &Blueprint, request: u32, at: Time) {
        let it = &mut self.requests[request];
        it.open -= 1;
        it.last = it.last.max(at);
        if it.open == 0 {
            self.request_over(plan, request);
        }
    }

    /// A request is over, with all that it set off.
    pub(crate) fn request_over(&mut self, plan: &Blueprint, request: u32) {
        let it = &self.requests[request];
        let entry = &plan.entries[it.entry as usize];
        if entry.done_mark != NONE && it.start >= plan.from {
            self.tally.marks[entry.done_mark as usize].record(it.last.since(it.start));
        }
        let (last, run) = (it.last, it.user);
        self.requests.remove(request);
        self.effects.forget(request);
        if entry.taker != NONE {
            self.run_over(plan, run, last);
        }
    }
}
