//! The interpreter: a frame executes its program until it has to wait for something.
//!
//! A frame has a time of its own. What nobody else can see (a delay, a mark, the end of a service that was known on
//! arrival) moves that time ahead of the clock without an event; what others can see (coming into a part, taking a
//! server, giving one back) happens in the order of the calendar, so a frame whose time lies ahead comes back for it.

use super::blueprint::{Blueprint, Comparison, NumberSpec, PickSpec};
use super::frames::{Frame, Parent, Waits};
use super::tally::{Sent, Settled, Stay};
use super::world::{Deferred, Kind, Line, State, what};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event};
use crate::engine::program::Op;
use crate::queueing::station::{Arrival, Started};
use crate::record::results::Cause;
use crate::units::random::join;
use crate::units::{Random, Span, Time};

/// Bit of a cell that marks a stay which a fault will turn into an error.
const DOOMED: u64 = 1 << 63;
/// Jobs that an unlimited line holds before the run counts as collapsed.
const COLLAPSE: u32 = 10_000_000;

impl State {
    /// A new frame for a request.
    pub(crate) fn new_frame(&mut self, plan: &Blueprint, frame: Frame) -> u32 {
        let request = &mut self.requests[frame.request];
        request.open += 1;
        let sub = request.subs;
        request.subs = request.subs.wrapping_add(1);
        let generation = self.frames.next_free().map_or(0, |free| free.generation);
        let slot = self.frames.add(Frame { sub, generation, alive: true, ..frame });
        let cells = (slot as usize + 1) * plan.program.cells as usize;
        if self.cells.len() < cells {
            self.cells.resize(cells, 0);
        }
        slot
    }

    #[inline]
    pub(crate) fn cell(&mut self, plan: &Blueprint, slot: u32, depth: u16) -> &mut u64 {
        &mut self.cells[slot as usize * plan.program.cells as usize + depth as usize]
    }

    #[inline]
    pub(crate) fn random(&self, slot: u32, site: u32) -> Random {
        Random::new(join(self.frames[slot].ident, self.sites[site as usize]))
    }

    /// The line of a service: of the member that was chosen, if there are several.
    #[inline]
    pub(crate) fn line_of(&mut self, plan: &Blueprint, slot: u32, service: u32) -> u32 {
        let spec = &plan.services[service as usize];
        if spec.member == u16::MAX { spec.line } else { spec.line + *self.cell(plan, slot, spec.member) as u32 }
    }

    /// Goes on after an event: walks outwards if it has failed, executes otherwise.
    pub(crate) fn resume<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32) {
        let frame = &mut self.frames[slot];
        if frame.failing {
            frame.failing = false;
            let (pc, cause) = (frame.pc, frame.cause);
            self.fail_from(plan, agenda, slot, plan.program.scope_of[pc as usize], cause, None);
        } else {
            self.run(plan, agenda, slot, false);
        }
    }

    /// What a frame waited for has come: it goes on behind the instruction in which it waited.
    #[inline]
    pub(crate) fn goes_on(&mut self, slot: u32, at: Time) {
        let frame = &mut self.frames[slot];
        (frame.at, frame.waits, frame.pc) = (at, Waits::Nothing, frame.pc + 1);
    }

    /// Comes back when the clock has reached the frame's own time.
    #[inline]
    fn come_back<C: Calendar>(&self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32, class: Class, kind: Kind) {
        self.schedule(plan, agenda, class, kind, slot);
    }

    /// Executes until the frame has to wait. `came_in`: the event being handled is its coming into a part.
    pub(crate) fn run<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32, came_in: bool) {
        let mut came_in = came_in;
        loop {
            let frame = &mut self.frames[slot];
            let (pc, at) = (frame.pc, frame.at);
            if at >= self.horizon {
                return self.come_back(plan, agenda, slot, Class::Departure, Kind::Resume);
            }
            frame.pc += 1;
            match plan.program.ops[pc as usize] {
                Op::Enter { operation, depth } => {
                    if !came_in && !plan.operations[operation as usize].free {
                        frame.pc = pc;
                        return self.come_back(plan, agenda, slot, Class::Arrival, Kind::ComeIn);
                    }
                    came_in = false;
                    self.enter(plan, slot, operation, depth);
                }
                Op::Leave { operation, depth } => {
                    if !self.leave(plan, agenda, slot, operation, depth) {
                        return;
                    }
                }
                Op::Serve { service } => {
                    if at > agenda.now() {
                        frame.pc = pc;
                        return self.come_back(plan, agenda, slot, Class::Arrival, Kind::ComeIn);
                    }
                    came_in = false;
                    if !self.serve(plan, agenda, slot, service) {
                        return;
                    }
                }
                Op::Acquire { service } => {
                    if at > agenda.now() {
                        frame.pc = pc;
                        return self.come_back(plan, agenda, slot, Class::Arrival, Kind::ComeIn);
                    }
                    came_in = false;
                    if !self.acquire(plan, agenda, slot, service) {
                        return;
                    }
                }
                Op::Release { service } => {
                    if at > agenda.now() {
                        frame.pc = pc;
                        return self.come_back(plan, agenda, slot, Class::Departure, Kind::Resume);
                    }
                    self.release(plan, agenda, slot, service);
                }
                Op::Work { service } => {
                    let spec = &plan.services[service as usize];
                    let work = plan.laws[spec.law as usize].span(&mut self.random(slot, spec.site));
                    self.works(slot, work);
                    let line = self.line_of(plan, slot, service);
                    let work = match &self.lines[line as usize] {
                        Line::Lived(station) if station.factor() != 1.0 => {
                            Span::from_nanos(work.0 as f64 * station.factor())
                        }
                        _ => work,
                    };
                    if self.takes(plan, agenda, slot, work) {
                        return;
                    }
                }
                Op::Share { service } => {
                    if at > agenda.now() {
                        frame.pc = pc;
                        return self.come_back(plan, agenda, slot, Class::Arrival, Kind::ComeIn);
                    }
                    return self.share(plan, agenda, slot, service);
                }
                Op::Wait { law, site } => {
                    let span = plan.laws[law as usize].span(&mut self.random(slot, site));
                    if self.takes(plan, agenda, slot, span) {
                        return;
                    }
                }
                Op::Pick { set, depth } => {
                    if at > agenda.now() {
                        frame.pc = pc;
                        return self.come_back(plan, agenda, slot, Class::Arrival, Kind::ComeIn);
                    }
                    let member = self.pick(plan, agenda.now(), slot, set);
                    *self.cell(plan, slot, depth) = u64::from(member);
                }
                Op::Jump { to } => frame.pc = to,
                Op::Unless { chance, site, to } => {
                    if !self.random(slot, site).chance(plan.chances[chance as usize]) {
                        self.frames[slot].pc = to;
                    }
                }
                Op::UnlessWhen { when, to } => {
                    if !self.holds(plan, slot, when) {
                        self.frames[slot].pc = to;
                    }
                }
                Op::Choose { table, site } => self.choose(plan, slot, table, site),
                Op::Mark { mark } => {
                    let start = self.requests[frame.request].start;
                    if start >= plan.from {
                        self.tally.marks[mark as usize].record(at.since(start));
                    }
                }
                Op::Fail { cause } => return self.fails(plan, agenda, slot, pc, cause),
                Op::FailSometimes { chance, site, cause } => {
                    if self.random(slot, site).chance(plan.chances[chance as usize]) {
                        return self.fails(plan, agenda, slot, pc, cause);
                    }
                }
                Op::FailAgain => {
                    let cause = frame.cause;
                    return self.fails(plan, agenda, slot, pc, cause);
                }
                Op::Group { group, site } => {
                    frame.pc = pc;
                    return self.start_group(plan, agenda, slot, group, site);
                }
                Op::Attempt { policy, site } => {
                    if at > agenda.now() {
                        frame.pc = pc;
                        return self.come_back(plan, agenda, slot, Class::Departure, Kind::Resume);
                    }
                    frame.pc = pc;
                    return self.start_attempt(plan, agenda, slot, policy, site);
                }
                Op::Background { body, site } => {
                    let parent = *frame;
                    let ident = join(parent.ident, self.sites[site as usize]);
                    let child = Frame { pc: body, ident, parent: Parent::Nobody, waits: Waits::Nothing, ..parent };
                    let child = self.new_frame(plan, child);
                    self.copy_cells(plan, slot, child);
                    self.ready.push(child);
                }
                Op::CallBegins { call } => {
                    self.tally.calls[call as usize].sent(at >= plan.from, Sent::First);
                }
                Op::CallEnds { call } => {
                    self.tally.calls[call as usize].settled(at >= plan.from, Settled::Answered);
                }
                Op::SubFlow { entry, site } => {
                    frame.pc = pc;
                    return self.start_step(plan, slot, entry, site);
                }
                Op::End => return self.body_ends(plan, agenda, slot, None),
            }
        }
    }

    /// Time passes for a frame; true if it has to come back for what follows.
    #[inline]
    fn takes<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32, span: Span) -> bool {
        let frame = &mut self.frames[slot];
        frame.at += span;
        if frame.strict {
            self.come_back(plan, agenda, slot, Class::Departure, Kind::Resume);
            return true;
        }
        false
    }

    #[inline]
    fn enter(&mut self, plan: &Blueprint, slot: u32, operation: u32, depth: u16) {
        let at = self.frames[slot].at;
        let spec = &plan.operations[operation as usize];
        let part = &mut self.tally.parts[spec.part as usize];
        part.presence.enters(at, plan.from);
        let measured = at >= plan.from;
        if measured {
            part.came.add(at, 1);
        }
        self.tally.operations[operation as usize].enters(measured);
        let errors = self.errors[spec.part as usize];
        let doomed = errors > 0.0 && (errors >= 1.0 || self.random(slot, spec.site).chance(errors));
        *self.cell(plan, slot, depth) = at.0 | if doomed { DOOMED } else { 0 };
    }

    /// Leaves a part by its own door; false if it turned into a failure.
    #[inline]
    fn leave<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        operation: u32,
        depth: u16,
    ) -> bool {
        let doomed = *self.cell(plan, slot, depth) & DOOMED != 0;
        if !doomed {
            self.leaves_part(plan, agenda.now(), slot, operation, depth, Stay::Done);
            return true;
        }
        let pc = self.frames[slot].pc - 1;
        self.fails(plan, agenda, slot, pc, Cause::Broken as u8);
        false
    }

    /// Books somebody's leaving.
    #[inline]
    pub(crate) fn leaves_part(
        &mut self,
        plan: &Blueprint,
        now: Time,
        slot: u32,
        operation: u32,
        depth: u16,
        stay: Stay,
    ) {
        let at = self.frames[slot].at;
        let entered = Time(*self.cell(plan, slot, depth) & !DOOMED);
        let spec = &plan.operations[operation as usize];
        let part = &mut self.tally.parts[spec.part as usize];
        part.presence.leaves(at, now, plan.from);
        let done = matches!(stay, Stay::Done | Stay::Broken);
        if done {
            part.last_departure = part.last_departure.max(at);
        }
        self.watch_stay(spec.part, entered, at);
        self.tally.operations[operation as usize].leaves(at >= plan.from, stay, at.since(entered));
    }

    /// Counts a wait for a turn, when the turn comes; what lies beyond the horizon is counted later.
    #[inline]
    pub(crate) fn count_wait(&mut self, plan: &Blueprint, wait: Deferred) {
        if wait.start >= self.horizon {
            return self.deferred.push(wait);
        }
        if wait.start < plan.from {
            return;
        }
        self.tally.operations[wait.operation as usize].wait.record(wait.waited);
        let part = plan.operations[wait.operation as usize].part;
        self.watch_wait(part, wait.start, wait.waited);
        self.tally.parts[part as usize].waited(wait.came, wait.waited);
    }

    /// Somebody's turn has come after so long.
    #[inline]
    pub(crate) fn waited(&mut self, plan: &Blueprint, slot: u32, service: u32, line: u32, start: Time, waited: Span) {
        let request = self.frames[slot].request;
        let request = &mut self.requests[request];
        request.waited = request.waited + waited;
        let operation = plan.services[service as usize].operation;
        if operation != crate::engine::program::NONE {
            let came = start - waited;
            self.count_wait(plan, Deferred { start, waited, operation, came });
        } else if start >= plan.from {
            self.tally.pool_waits[line as usize].record(waited);
        }
    }

    /// Work is done for a request.
    #[inline]
    fn works(&mut self, slot: u32, work: Span) {
        let request = &mut self.requests[self.frames[slot].request];
        request.worked = request.worked + work;
    }

    #[inline]
    fn delayed(&mut self, plan: &Blueprint, service: u32, at: Time) {
        let operation = plan.services[service as usize].operation;
        if operation != crate::engine::program::NONE && at >= plan.from {
            self.tally.operations[operation as usize].work.delayed += 1;
        }
    }

    /// Comes to a line to be served; true if it can go on at once.
    #[inline]
    fn serve<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32, service: u32) -> bool {
        let spec = &plan.services[service as usize];
        let work = plan.laws[spec.law as usize].span(&mut self.random(slot, spec.site));
        self.works(slot, work);
        let line = self.line_of(plan, slot, service);
        let now = agenda.now();
        match &mut self.lines[line as usize] {
            Line::Known(station) => {
                let Some(served) = station.arrive(now, work) else {
                    self.frames[slot].pc -= 1;
                    self.turned_away(plan, agenda, slot, service);
                    return false;
                };
                let collapsed = station.backlog() > COLLAPSE;
                self.frames[slot].at = served.end;
                let waited = served.start.since(now);
                if waited > Span::ZERO {
                    self.delayed(plan, service, now);
                }
                self.waited(plan, slot, service, line, served.start, waited);
                if collapsed {
                    self.collapse(plan, agenda, line);
                }
                true
            }
            Line::Lived(station) => {
                let arrival = station.arrive(now, slot, work, spec.priority);
                self.received(plan, agenda, slot, service, line, arrival);
                false
            }
        }
    }

    /// Comes to a line to keep a server; true if it can go on at once.
    fn acquire<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32, service: u32) -> bool {
        let spec = &plan.services[service as usize];
        let line = self.line_of(plan, slot, service);
        let Line::Lived(station) = &mut self.lines[line as usize] else {
            unreachable!("a line whose servers are held is lived");
        };
        let arrival = station.arrive(agenda.now(), slot, Span::FOREVER, spec.priority);
        if let Arrival::Started(started) = arrival {
            *self.cell(plan, slot, spec.depth) = u64::from(started.job);
            self.waited(plan, slot, service, line, agenda.now(), Span::ZERO);
            return true;
        }
        self.received(plan, agenda, slot, service, line, arrival);
        false
    }

    fn received<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        service: u32,
        line: u32,
        arrival: Arrival,
    ) {
        // A frame that waits stands at the instruction in which it waits.
        self.frames[slot].pc -= 1;
        match arrival {
            Arrival::Refused => self.turned_away(plan, agenda, slot, service),
            Arrival::Started(started) => self.begins_service(plan, agenda, line, started),
            Arrival::Waiting(job) => {
                self.delayed(plan, service, agenda.now());
                self.frames[slot].waits = Waits::Line(line, job);
                let spec = &plan.services[service as usize];
                if let Some(patience) = spec.patience {
                    let span = plan.laws[patience as usize].span(&mut self.random(slot, spec.patience_site));
                    self.set_patience(plan, agenda, slot, line, job, span);
                }
                if let Line::Lived(station) = &self.lines[line as usize]
                    && station.backlog() > COLLAPSE
                {
                    self.collapse(plan, agenda, line);
                }
            }
        }
    }

    fn collapse<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, line: u32) {
        self.collapsed = Some(plan.lines[line as usize].part);
        agenda.halt = true;
    }

    fn set_patience<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        line: u32,
        job: u32,
        span: Span,
    ) {
        let Line::Lived(station) = &self.lines[line as usize] else { return };
        let rank = plan.entries[self.requests[self.frames[slot].request].entry as usize].rank;
        let number = station.number(job);
        let key = Event::key(Class::Timer, rank, number, line as u16);
        let at = agenda.now() + span;
        agenda.schedule(Event { at, key, what: what(Kind::Patience, line), slot: job });
    }

    /// Somebody's patience is over: leaves if still waiting for a first turn.
    pub(crate) fn patience<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        line: u32,
        job: u32,
        number: u64,
    ) {
        let Line::Lived(station) = &mut self.lines[line as usize] else { return };
        if !station.waits(job, number) {
            return;
        }
        let who = station.who(job);
        let waited = station.withdraw(agenda.now(), job).unwrap_or(Span::ZERO);
        let frame = &mut self.frames[who];
        (frame.at, frame.waits) = (agenda.now(), Waits::Nothing);
        let scope = plan.program.scope_of[frame.pc as usize];
        let service = self.service_at(plan, who);
        self.waited(plan, who, service, line, agenda.now(), waited);
        let stay = Stay::Withdrawn { abandoned: true };
        self.fail_from(plan, agenda, who, scope, Cause::TimedOut as u8, Some(stay));
    }

    /// The service that a frame waiting at a line uses.
    pub(crate) fn service_at(&self, plan: &Blueprint, slot: u32) -> u32 {
        match plan.program.ops[self.frames[slot].pc as usize] {
            Op::Serve { service } | Op::Acquire { service } | Op::Share { service } => service,
            other => unreachable!("{other:?} waits at no line"),
        }
    }

    /// The room was full.
    fn turned_away<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32, service: u32) {
        let scope = plan.program.scope_of[self.frames[slot].pc as usize];
        let door = plan.services[service as usize].door;
        let stay = door.then_some(Stay::Refused { by_limit: true });
        self.fail_from(plan, agenda, slot, scope, Cause::Throttled as u8, stay);
    }

    /// Somebody's turn has come.
    pub(crate) fn begins_service<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        line: u32,
        started: Started,
    ) {
        let slot = started.who;
        let now = agenda.now();
        let service = self.service_at(plan, slot);
        if let Some(waited) = started.waited {
            self.waited(plan, slot, service, line, now, waited);
            if self.frames[slot].deadline < now {
                return self.too_late(plan, agenda, line, started.job, slot);
            }
        }
        if let Op::Acquire { .. } = plan.program.ops[self.frames[slot].pc as usize] {
            let depth = plan.services[service as usize].depth;
            *self.cell(plan, slot, depth) = u64::from(started.job);
            self.goes_on(slot, now);
            self.ready.push(slot);
            return;
        }
        self.frames[slot].waits = Waits::Line(line, started.job);
        let rank = plan.parts[plan.lines[line as usize].part as usize].rank;
        let key = Event::key(Class::Departure, rank, started.number, line as u16);
        agenda.schedule(Event { at: started.finish, key, what: what(Kind::Depart, line), slot: started.job });
    }

    /// Somebody's turn has come, but its caller has gone: it leaves, and the next one has its turn.
    fn too_late<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, line: u32, job: u32, slot: u32) {
        if let Line::Lived(station) = &mut self.lines[line as usize] {
            station.finish(agenda.now(), job);
        }
        let frame = &mut self.frames[slot];
        (frame.at, frame.waits) = (agenda.now(), Waits::Nothing);
        let scope = plan.program.scope_of[frame.pc as usize];
        let stay = Stay::Withdrawn { abandoned: true };
        self.fail_from(plan, agenda, slot, scope, Cause::TimedOut as u8, Some(stay));
    }

    /// Starts whoever may start at a line.
    pub(crate) fn fill<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, line: u32) {
        loop {
            let Line::Lived(station) = &mut self.lines[line as usize] else { return };
            let Some(started) = station.next(agenda.now()) else { return };
            self.begins_service(plan, agenda, line, started);
        }
    }

    /// A service ends.
    pub(crate) fn depart<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        line: u32,
        job: u32,
        number: u64,
    ) {
        let now = agenda.now();
        let Line::Lived(station) = &mut self.lines[line as usize] else { return };
        if !station.ends(now, job, number) {
            return;
        }
        let who = station.finish(now, job);
        self.fill(plan, agenda, line);
        self.goes_on(who, now);
        self.run(plan, agenda, who, false);
    }

    /// Gives a held server back.
    pub(crate) fn release<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32, service: u32) {
        let line = self.line_of(plan, slot, service);
        let depth = plan.services[service as usize].depth;
        let job = *self.cell(plan, slot, depth) as u32;
        if let Line::Lived(station) = &mut self.lines[line as usize] {
            station.finish(agenda.now(), job);
        }
        self.fill(plan, agenda, line);
    }

    /// Comes to shared cores.
    fn share<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32, service: u32) {
        let spec = &plan.services[service as usize];
        let work = plan.laws[spec.law as usize].span(&mut self.random(slot, spec.site));
        self.works(slot, work);
        let index = self.line_of(plan, slot, service);
        let number = self.shares[index as usize].arrive(agenda.now(), slot, work);
        let frame = &mut self.frames[slot];
        (frame.waits, frame.pc) = (Waits::Share(index, number), frame.pc - 1);
        self.rearm(plan, agenda, index);
    }

    /// Sees to it that an event stands at the next end of work at shared cores.
    pub(crate) fn rearm<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32) {
        let share = &mut self.shares[index as usize];
        let end = share.next_end();
        // An event that comes too early asks again; so at most one stands for each earlier end.
        if end < share.asked {
            share.asked = end;
            let rank = plan.parts[plan.shares[index as usize].part as usize].rank;
            let key = Event::key(Class::Departure, rank, share.asks(), index as u16);
            agenda.schedule(Event { at: end, key, what: what(Kind::Shared, index), slot: 0 });
        }
    }

    /// Somebody may be done at shared cores.
    pub(crate) fn shared<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32) {
        let now = agenda.now();
        let share = &mut self.shares[index as usize];
        if share.asked <= now {
            share.asked = Time::NEVER;
        }
        let first = self.ready.len();
        while let Some((who, _)) = self.shares[index as usize].done(now) {
            self.goes_on(who, now);
            self.ready.push(who);
        }
        // The last pushed runs first; in one instant they go on in the order of their numbers.
        self.ready[first..].reverse();
        self.rearm(plan, agenda, index);
    }

    /// Chooses a member of a set.
    fn pick(&mut self, plan: &Blueprint, now: Time, slot: u32, set: u32) -> u32 {
        use super::blueprint::PolicyOfChoice as Policy;
        let spec = &plan.sets[set as usize];
        let members = u64::from(spec.members);
        match spec.policy {
            Policy::RoundRobin => {
                let turn = self.turns[set as usize];
                self.turns[set as usize] = turn + 1;
                (turn % members) as u32
            }
            Policy::Random => self.random(slot, spec.site).below(members) as u32,
            Policy::TwoChoices => {
                let mut random = self.random(slot, spec.site);
                let one = random.below(members) as u32;
                let other = (u64::from(one) + 1 + random.below((members - 1).max(1))) % members;
                let other = other as u32;
                if self.open_at(plan, now, set, other) < self.open_at(plan, now, set, one) { other } else { one }
            }
            Policy::Least => {
                let mut random = self.random(slot, spec.site);
                let least = (0..spec.members).map(|m| self.open_at(plan, now, set, m)).min().unwrap_or(0);
                let ties = (0..spec.members).filter(|&m| self.open_at(plan, now, set, m) == least).count();
                let chosen = random.below(ties as u64) as usize;
                (0..spec.members).filter(|&m| self.open_at(plan, now, set, m) == least).nth(chosen).unwrap_or(0)
            }
        }
    }

    /// How many are at a member of a set.
    fn open_at(&self, plan: &Blueprint, now: Time, set: u32, member: u32) -> u32 {
        let spec = &plan.sets[set as usize];
        if spec.shares {
            return self.shares[(spec.lines + member) as usize].present();
        }
        match &self.lines[(spec.lines + member) as usize] {
            Line::Lived(station) => station.busy() + station.backlog(),
            Line::Known(known) => known.inside(now),
        }
    }

    fn choose(&mut self, plan: &Blueprint, slot: u32, table: u32, site: u32) {
        let drawn = self.random(slot, site).unit();
        let mut below = 0.0;
        for branch in &plan.choices[table as usize] {
            let by_chance = branch.chance.is_none_or(|chance| {
                below += chance;
                drawn < below
            });
            if by_chance && branch.when.is_none_or(|when| self.holds(plan, slot, when)) {
                self.frames[slot].pc = branch.to;
                return;
            }
        }
    }

    fn holds(&self, plan: &Blueprint, slot: u32, when: u32) -> bool {
        let when = &plan.whens[when as usize];
        let left = self.number(plan, slot, when.number);
        match when.compare {
            Comparison::Less => left < when.than,
            Comparison::AtMost => left <= when.than,
            Comparison::Equal => left == when.than,
            Comparison::AtLeast => left >= when.than,
            Comparison::More => left > when.than,
        }
    }

    /// A number as this frame sees it.
    pub(crate) fn number(&self, plan: &Blueprint, slot: u32, number: u32) -> f64 {
        match plan.numbers[number as usize] {
            NumberSpec::Just(number) => number,
            NumberSpec::Law { law, site } => plan.laws[law as usize].sample(&mut self.random(slot, site)),
            NumberSpec::Attribute { key, attribute } => {
                let id = self.key_of(plan, slot, key);
                let (name, law) = &plan.keys[key as usize].attributes[attribute as usize];
                let stream = join(join(self.seed, crate::units::random::key_of(name)), id);
                law.sample(&mut Random::new(stream))
            }
        }
    }

    /// Which one of a key this frame's request is about: a function of the request, so nothing has to be kept.
    fn key_of(&self, plan: &Blueprint, slot: u32, key: u32) -> u64 {
        let spec = &plan.keys[key as usize];
        let request = &self.requests[self.frames[slot].request];
        let source = &plan.sources[plan.entries[request.entry as usize].source as usize];
        if source.key == Some(key) {
            return if request.key != 0 { request.key } else { u64::from(request.user) };
        }
        if spec.fresh {
            return request.number;
        }
        let stream = join(join(self.seed, crate::units::random::key_of(&spec.name)), request.number);
        let mut random = Random::new(join(stream, u64::from(request.entry)));
        match spec.pick {
            PickSpec::Uniform => random.below(spec.count.max(1)),
            PickSpec::Zipf(exponent) => crate::units::zipf::zipf(spec.count.max(1), exponent, &mut random),
            PickSpec::Hot { keys, share } => {
                if random.chance(share) || keys >= spec.count {
                    random.below(keys.max(1))
                } else {
                    keys + random.below(spec.count - keys)
                }
            }
        }
    }
}
