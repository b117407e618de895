//! The world of a run: parts, requests in flight, and what each kind of event does to them.
//!
//! State is separate from the blueprint, so that a run can be cloned (forked) at any moment: the copy shares the
//! blueprint and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::attempts::Attempt;
use super::blueprint::{Blueprint, SourceShape};
use super::caches::Kept;
use super::convoy::Convoy;
use super::detectors::detectors_of;
use super::doings::Effects;
use super::foretold::longest_attempt;
use super::frames::{Frame, Request, Slots};
use super::gates::Gate;
use super::glides::Glide;
use super::groups::Group;
use super::guards::Guard;
use super::incident_state::Happened;
use super::keys::KeyState;
use super::messages::Messages;
use super::partitions::Placed;
use super::passages::Passage;
use super::pools::{PoolState, pools_of};
use super::scalers::scalers_of;
use super::shedding::{Control, controls_of};
use super::sources::SourceState;
use super::tally::Tally;
use super::usage::Sums;
use crate::engine::agenda::{Agenda, World};
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event};
use crate::engine::streams;
use crate::queueing::committed::Committed;
use crate::queueing::detector::Detector;
use crate::queueing::event_loop::EventLoop;
use crate::queueing::fleet::Fleet;
use crate::queueing::scaler::Scaler;
use crate::queueing::share::Share;
use crate::queueing::station::Station;
use crate::queueing::versions::Versions;
use crate::record::Slices;
use crate::units::random::{join, key_of};
use crate::units::{Span, Time};

/// What an event does. Packed beside an index or a generation into its 32 bits of payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// A source has its next arrival.
    Source = 0,
    /// A user comes.
    User = 1,
    /// A frame goes on.
    Resume = 2,
    /// A frame comes into a part.
    ComeIn = 3,
    /// A service ends.
    Depart = 4,
    /// Somebody is done at shared cores.
    Shared = 5,
    /// A frame's end is told to whoever waits for it.
    Answer = 6,
    /// An attempt's time is over.
    Timeout = 7,
    /// A pause is over.
    Retry = 8,
    /// It is time for a second copy.
    Hedge = 9,
    /// Somebody's patience is over.
    Patience = 10,
    /// A clock that belongs to no request.
    Clock = 11,
    /// Those who travel together go on.
    Convoy = 12,
}

pub(crate) const INDEX: u32 = (1 << 28) - 1;

pub(crate) fn what(kind: Kind, index: u32) -> u32 {
    (kind as u32) << 28 | (index & INDEX)
}

fn kind_of(what: u32) -> Kind {
    use Kind::*;
    const ALL: [Kind; 13] =
        [Source, User, Resume, ComeIn, Depart, Shared, Answer, Timeout, Retry, Hedge, Patience, Clock, Convoy];
    ALL[(what >> 28) as usize]
}

/// A line in one of its two forms.
#[derive(Clone, Debug)]
pub(crate) enum Line {
    /// Ends of service are events.
    Lived(Station),
    /// Ends of service are known on arrival.
    Known(Committed),
}

/// A wait that is counted when its turn comes, which lies beyond the moment to which the run has been brought.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deferred {
    pub start: Time,
    pub waited: Span,
    pub operation: u32,
    pub came: Time,
}

/// What is drawn, counted and in flight.
#[derive(Clone, Debug)]
pub struct State {
    /// Nothing runs ahead beyond this.
    pub(crate) horizon: Time,
    pub(crate) seed: u64,
    /// Random stream of each site.
    pub(crate) sites: Vec<u64>,
    pub(crate) frames: Slots<Frame>,
    /// Cells of the frames, so many each.
    pub(crate) cells: Vec<u64>,
    pub(crate) requests: Slots<Request>,
    pub(crate) groups: Slots<Group>,
    pub(crate) attempts: Slots<Attempt>,
    pub(crate) guards: Vec<Guard>,
    /// Caches, each as often as there are members that have one.
    pub(crate) caches: Vec<Kept>,
    /// Rows that remember their versions, of each part that has some.
    pub(crate) rows: Vec<Versions>,
    /// Partitions of stores.
    pub(crate) placed: Vec<Placed>,
    /// Of each key.
    pub(crate) keys: Vec<KeyState>,
    pub(crate) lines: Vec<Line>,
    pub(crate) shares: Vec<Share>,
    pub(crate) gates: Vec<Gate>,
    pub(crate) loops: Vec<EventLoop>,
    /// Of lines that keep themselves short, or find their own limit.
    pub(crate) controls: BTreeMap<u32, Control>,
    /// Fleets; how often some of their members were lost; sizes of their members' lines and cores that were changed.
    pub(crate) fleets: Vec<Fleet>,
    pub(crate) struck: Vec<u64>,
    pub(crate) sizes: BTreeMap<(bool, u32), u32>,
    pub(crate) scalers: Vec<Scaler>,
    pub(crate) pools: Vec<PoolState>,
    pub(crate) detectors: Vec<Option<Detector>>,
    /// Turn of each set that goes in turn.
    pub(crate) turns: Vec<u64>,
    /// Turns of sets within a zone; and whose turn it is, for a moment.
    pub(crate) zone_turns: BTreeMap<(u32, u32), u64>,
    pub(crate) near_by: Vec<u32>,
    /// To which member of a set a key went last, where it comes back to it.
    pub(crate) sticks: BTreeMap<(u32, u64), u32>,
    pub(crate) sources: Vec<SourceState>,
    /// Chance of an error of each part, and how often each happening has happened.
    pub(crate) errors: Vec<f64>,
    pub(crate) happened: Vec<u64>,
    pub(crate) incidents: Happened,
    pub(crate) numbers: Vec<u64>,
    pub(crate) tally: Tally,
    /// What has been metered.
    pub(crate) usage: Sums,
    /// Of each entry whose requests pass.
    pub(crate) passages: Vec<Option<Box<Passage>>>,
    /// Of each entry whose requests meet nobody.
    pub(crate) glides: Vec<Option<Box<Glide>>>,
    /// Requests of flows that lead forward only.
    pub(crate) convoy: Option<Box<Convoy>>,
    pub(crate) deferred: Vec<Deferred>,
    /// Of each part into which one may come early: when somebody comes who does not.
    pub(crate) late: Vec<Time>,
    /// What was handed over and is not over.
    pub(crate) messages: Messages,
    pub(crate) effects: Effects,
    /// Frames that go on in this instant.
    pub(crate) ready: Vec<u32>,
    /// What follows the clock, where somebody follows its timeline.
    pub(crate) levels: Option<Box<super::timeline::Levels>>,
    /// A steady run's one metric.
    pub(crate) watched: Option<(super::steady::Watched, Slices)>,
    pub(crate) measuring: bool,
    /// The part whose unlimited line passed its bound.
    pub(crate) collapsed: Option<u32>,
}

/// A blueprint being run.
#[derive(Clone, Debug)]
pub struct RunWorld {
    pub(crate) plan: Arc<Blueprint>,
    pub(crate) state: State,
}

impl RunWorld {
    /// A world at its start, with this seed and replication.
    pub fn new(plan: Arc<Blueprint>, seed: u64, replication: u64) -> RunWorld {
        let base = join(seed, replication);
        let sites: Vec<u64> = plan.sites.iter().map(|name| join(base, key_of(name))).collect();
        let lines = plan
            .lines
            .iter()
            .map(|line| {
                let mut spec = line.station.clone();
                spec.stream = streams::stream(seed, &plan.parts[line.part as usize].name, &line.name, replication);
                if line.committed { Line::Known(Committed::new(&spec)) } else { Line::Lived(Station::new(&spec)) }
            })
            .collect();
        let mut state = State {
            horizon: plan.to,
            seed: base,
            frames: Slots::default(),
            cells: Vec::new(),
            effects: Effects::default(),
            requests: Slots::default(),
            groups: Slots::default(),
            attempts: Slots::default(),
            guards: plan.guards.iter().map(Guard::new).collect(),
            caches: Kept::all(&plan, base),
            rows: vec![Versions::default(); plan.rows_of.len()],
            placed: Placed::all(&plan),
            keys: KeyState::all(&plan, base),
            lines,
            shares: plan.shares.iter().map(|s| Share::new(s.cores)).collect(),
            gates: plan.gates.gates.iter().map(Gate::new).collect(),
            controls: controls_of(&plan),
            loops: plan.loops.loops.iter().map(|plan| EventLoop::new(&plan.spec)).collect(),
            fleets: plan.fleets.iter().map(|fleet| Fleet::new(&fleet.spec)).collect(),
            struck: vec![0; plan.fleets.len()],
            sizes: BTreeMap::new(),
            scalers: scalers_of(&plan),
            pools: pools_of(&plan, seed, replication),
            detectors: detectors_of(&plan),
            turns: vec![0; plan.sets.len()],
            zone_turns: BTreeMap::new(),
            near_by: Vec::new(),
            sticks: BTreeMap::new(),
            sources: plan.sources.iter().map(|s| SourceState::new(s, &sites)).collect(),
            errors: vec![0.0; plan.parts.len()],
            happened: vec![0; plan.happenings.len()],
            incidents: Happened::new(&plan, base),
            numbers: vec![0; plan.entries.len()],
            tally: Tally::new(&plan),
            usage: Sums::default(),
            passages: (0..plan.entries.len()).map(|entry| Passage::of(&plan, entry, &sites)).collect(),
            glides: (0..plan.entries.len() as u32).map(|entry| Glide::of(&plan, entry)).collect(),
            convoy: None,
            deferred: Vec::new(),
            late: vec![Time::ZERO; plan.parts.len()],
            messages: Messages::new(&plan),
            ready: Vec::new(),
            levels: None,
            watched: None,
            measuring: plan.from == Time::ZERO,
            collapsed: None,
            sites,
        };
        state.watch(&plan);
        state.convoy = Convoy::of(&plan, |entry| state.passages[entry as usize].is_some());
        RunWorld { plan, state }
    }

    /// Everybody walks: rows are for runs that nobody stops on the way.
    pub fn walks(&mut self) {
        self.state.convoy = None;
    }

    /// Puts the first events on the agenda.
    pub fn start<C: Calendar>(&mut self, agenda: &mut Agenda<C>) {
        let (plan, state) = (&*self.plan, &mut self.state);
        state.start_fleets(plan, agenda);
        state.start_partitions(plan, agenda);
        state.start_levels(plan, agenda);
        for (index, happening) in plan.happenings.iter().enumerate() {
            state.plan_happening(plan, agenda, index as u32, Time::ZERO, happening);
        }
        state.start_alarms(plan, agenda);
        for (index, source) in plan.sources.iter().enumerate() {
            match &source.shape {
                SourceShape::Users { .. } | SourceShape::IrregularTicks { .. } => {
                    state.start_users(plan, agenda, index as u32);
                }
                _ => state.next_arrival(plan, index as u32).into_iter().for_each(|event| agenda.schedule(event)),
            }
        }
    }

    /// Keeps the numbers of one metric in slices.
    pub fn watch_metric(&mut self, watched: super::steady::Watched, slices: Slices) {
        self.state.watched = Some((watched, slices));
    }

    /// The slices of the watched metric.
    pub fn slices(&self) -> Option<&Slices> {
        self.state.watched.as_ref().map(|(_, slices)| slices)
    }

    /// Who has this rank, for messages.
    pub fn owner(&self, rank: u16) -> String {
        let parts = self.plan.parts.iter().map(|part| (part.rank, &part.name));
        let entries = self.plan.entries.iter().map(|entry| (entry.rank, &entry.name));
        let happenings = self.plan.happenings.iter().map(|happening| (happening.rank, &happening.name));
        let alarms = self.plan.incidents.alarms.iter().map(|alarm| (alarm.rank, &alarm.name));
        let runbooks = self.plan.incidents.runbooks.iter().map(|runbook| (runbook.rank, &runbook.name));
        let mut all = parts.chain(entries).chain(happenings).chain(alarms).chain(runbooks);
        all.find(|(other, _)| *other == rank).map_or_else(String::new, |(_, name)| name.clone())
    }

    /// Nothing may run ahead beyond this moment; what was held back there is counted now.
    pub fn set_horizon(&mut self, horizon: Time) {
        // Who is under way may do there what has not been told here.
        let under_way = self.state.frames.in_use() > 0;
        let until = self.state.horizon + longest_attempt(&self.plan);
        self.state.late.fill(if under_way { until } else { Time::ZERO });
        self.state.horizon = horizon;
        let deferred = std::mem::take(&mut self.state.deferred);
        for wait in deferred {
            self.state.count_wait(&self.plan, wait);
        }
    }
}

impl World for RunWorld {
    #[inline]
    fn handle<C: Calendar>(&mut self, event: Event, agenda: &mut Agenda<C>) {
        let (plan, state) = (&*self.plan, &mut self.state);
        let mut event = event;
        loop {
            if !state.measuring && event.at >= plan.from {
                state.begin_measuring(plan);
            }
            let next = match kind_of(event.what) {
                Kind::Source => state.arrival(plan, agenda, event.slot),
                Kind::Convoy => state.travels_on(plan, agenda),
                kind => {
                    state.happens(plan, agenda, kind, &event);
                    None
                }
            };
            while let Some(frame) = state.ready.pop() {
                state.run(plan, agenda, frame, false);
            }
            // The next arrival of a source is often the next thing of all: then it need not stand in the calendar.
            match next {
                Some(next) if agenda.goes_on_with(&next) => event = next,
                _ => return,
            }
        }
    }

    fn rest(&mut self) {
        self.state.count_rows(&self.plan);
    }
}

impl State {
    /// What an event does, if it is no arrival of a source.
    fn happens<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, kind: Kind, event: &Event) {
        let index = event.what & INDEX;
        match kind {
            Kind::Source | Kind::Convoy => {}
            Kind::User => self.user_comes(plan, agenda, index, event.slot),
            Kind::Resume => {
                if self.lives(event.slot, index) {
                    self.resume(plan, agenda, event.slot);
                }
            }
            Kind::ComeIn => {
                if self.lives(event.slot, index) {
                    self.run(plan, agenda, event.slot, true);
                }
            }
            Kind::Depart => self.depart(plan, agenda, index, event.slot, event.number()),
            Kind::Shared => self.shared(plan, agenda, index),
            Kind::Answer => {
                if self.lives(event.slot, index) {
                    self.answer(plan, agenda, event.slot);
                }
            }
            Kind::Timeout => self.timeout(plan, agenda, event.slot, index),
            Kind::Retry => self.retry(plan, agenda, event.slot, index),
            Kind::Hedge => self.hedge(plan, agenda, event.slot, index),
            Kind::Patience => self.patience(plan, agenda, index, event.slot, event.number()),
            Kind::Clock => self.ticks(plan, agenda, event),
        }
    }
}

impl State {
    /// Is this still the same life of the slot?
    #[inline]
    pub(crate) fn lives(&self, slot: u32, generation: u32) -> bool {
        let frame = &self.frames[slot];
        frame.alive && frame.generation & INDEX == generation
    }

    /// An event of a frame: ties are broken by its flow, its request's number and its own.
    #[inline]
    pub(crate) fn schedule<C: Calendar>(
        &self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        class: Class,
        kind: Kind,
        slot: u32,
    ) {
        let frame = &self.frames[slot];
        let request = &self.requests[frame.request];
        let rank = plan.entries[request.entry as usize].rank;
        let key = Event::key(class, rank, request.number, frame.sub);
        agenda.schedule(Event { at: frame.at, key, what: what(kind, frame.generation), slot });
    }

    pub(crate) fn begin_measuring(&mut self, plan: &Blueprint) {
        self.measuring = true;
        self.before_measuring(plan);
        self.begin_outages(plan);
        for line in &mut self.lines {
            match line {
                Line::Lived(station) => {
                    for gauge in [&mut station.queue, &mut station.held, &mut station.offered] {
                        gauge.begin(plan.from);
                    }
                }
                Line::Known(known) => known.begin(plan.from),
            }
        }
        for share in &mut self.shares {
            share.begin(plan.from);
        }
        self.gates.iter_mut().for_each(|gate| gate.begin(plan.from));
        self.loops.iter_mut().for_each(|of| of.begin_measuring(plan.from));
        self.begin_controls(plan.from);
        for cache in &mut self.caches {
            cache.begin(plan.from);
        }
        self.rows.iter_mut().for_each(Versions::begin);
        for part in &mut self.tally.parts {
            part.presence.begin(plan.from);
        }
        self.messages.begin_measuring(plan.from);
        self.after_measuring_began(plan);
        self.begin_pools(plan.from);
        self.begin_detectors(plan.from);
    }
}
