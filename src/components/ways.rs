//! Ways that lead forward only: flows whose requests pass delays, chances and lines that tell the end of a job on arrival.
//!
//! Nothing but earlier arrivals decides what such a request meets, so requests of these flows travel together, a row of them
//! at a time, each line in its own order of time ([`super::convoy`]). A way is read off the program of an entry: *strips* of
//! delays and counts, each of which ends at a stop (a visit to a line), at a choice between strips, or at the end. Flows
//! take part only if nobody else uses their lines; what a program says that is not known here keeps its flow out.

use super::blueprint::{Blueprint, Effect, SourceShape};
use crate::engine::program::{NONE, Op, Pc};
use crate::units::{Random, Span};

/// Strips and stops that all ways have together at most: beyond that a program is no scenario's hot path.
const MOST: usize = 512;

/// Something that only costs time or is only counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Piece {
    /// Time in a part (`NONE`: in none) in which nobody waits for anybody.
    Delay { pc: Pc, operation: u32, part: u32, law: u32, site: u32, always: Option<Span> },
    /// A call begins.
    Begins { call: u32 },
    /// It has its answer.
    Ends { call: u32 },
    /// A named moment.
    Mark { mark: u32 },
}

/// What follows on a strip.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Then {
    /// A stop.
    Visit(u32),
    /// The first strip whose bound is above the number that is drawn; bounds do not fall, and the last one is infinite.
    Choose { site: u32, below: Vec<(f64, u32)> },
    /// The end.
    Over,
}

/// A piece of a program without a question.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Strip {
    pub entry: u32,
    /// Its first instruction.
    pub pc: Pc,
    pub pieces: Vec<Piece>,
    pub then: Then,
    /// It takes so long, if that is always the same.
    pub always: Option<Span>,
    /// It comes into some part.
    pub enters: bool,
    /// Lines that can be reached before any other, the shortest time to each, and by how many ways.
    reaches: Vec<(u32, Span, u32)>,
}

/// A visit to a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Visit {
    pub entry: u32,
    /// The instruction that comes into the part.
    pub pc: Pc,
    pub operation: u32,
    pub depth: u16,
    pub part: u32,
    pub service: u32,
    pub law: u32,
    pub site: u32,
    /// The line, as a number in [`Course::stops`].
    pub stop: u32,
    /// The strip behind it.
    pub after: u32,
}

/// A line on the way.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stop {
    pub line: u32,
    /// Joined sources from which it is reached first, and how soon.
    pub from_sources: Vec<(u32, Span)>,
    /// Stops before it from which it is reached next, and how soon.
    pub from_stops: Vec<(u32, Span)>,
    /// There is just one way here.
    pub by_one_way: bool,
}

/// A source and the way of its requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Origin {
    pub source: u32,
    pub entry: u32,
    pub strip: u32,
}

/// All ways that requests travel together.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Course {
    pub strips: Vec<Strip>,
    pub visits: Vec<Visit>,
    /// Earlier stops first.
    pub stops: Vec<Stop>,
    pub origins: Vec<Origin>,
}

impl Course {
    /// The ways of a blueprint; none if there is no flow with a way that leads forward only.
    pub fn of(plan: &Blueprint, passes: impl Fn(u32) -> bool) -> Option<Course> {
        let mut sources: Vec<u32> = (0..plan.sources.len() as u32).collect();
        sources.retain(|&source| !plan.walk && entry_of(plan, source).is_some_and(|entry| !passes(entry)));
        // A flow whose line is used by others as well stays out, and with it whoever shares another line with it.
        loop {
            let mut drawn = Drawing { plan, course: Course::default(), lines: Vec::new() };
            sources.retain(|&source| drawn.origin(source));
            if sources.is_empty() {
                return None;
            }
            let shared = drawn.shared();
            let touches = |origin: &Origin| {
                drawn
                    .course
                    .visits
                    .iter()
                    .any(|visit| visit.entry == origin.entry && shared.contains(&drawn.lines[visit.stop as usize]))
            };
            let out: Vec<u32> = drawn.course.origins.iter().filter(|&it| touches(it)).map(|it| it.source).collect();
            if out.is_empty() {
                return drawn.in_order();
            }
            sources.retain(|source| !out.contains(source));
        }
    }
}

/// All that an entry's requests do, and how long it takes, if they meet nobody and it is always as long.
pub(super) fn straight(plan: &Blueprint, entry: u32) -> Option<(Vec<Piece>, Span)> {
    let mut drawn = Drawing { plan, course: Course::default(), lines: Vec::new() };
    let strip = drawn.strip(entry, plan.entries[entry as usize].start, 0)?;
    let strip = drawn.course.strips.swap_remove(strip as usize);
    let takes = strip.always.filter(|_| strip.then == Then::Over)?;
    Some((strip.pieces, takes))
}

/// The entry of a source that is open and has just one.
fn entry_of(plan: &Blueprint, source: u32) -> Option<u32> {
    let spec = &plan.sources[source as usize];
    let [(_, entry)] = spec.mix[..] else { return None };
    let it = &plan.entries[entry as usize];
    let plain = matches!(spec.shape, SourceShape::Open { .. }) && it.flow != NONE && !it.strict;
    // Who is watched is watched at any moment.
    let watched = !plan.incidents.faults.is_empty() || !plan.incidents.alarms.is_empty();
    (plain && !watched && !plan.slowdown && it.source == source).then_some(entry)
}

/// Ways being read off the programs.
struct Drawing<'a> {
    plan: &'a Blueprint,
    course: Course,
    /// The line of each stop.
    lines: Vec<u32>,
}

impl Drawing<'_> {
    /// Draws the way of a source; false, and nothing is left of it, if it has none.
    fn origin(&mut self, source: u32) -> bool {
        let Some(entry) = entry_of(self.plan, source) else { return false };
        let (strips, visits, lines) = (self.course.strips.len(), self.course.visits.len(), self.lines.len());
        match self.strip(entry, self.plan.entries[entry as usize].start, 0) {
            Some(strip) => self.course.origins.push(Origin { source, entry, strip }),
            None => {
                self.course.strips.truncate(strips);
                self.course.visits.truncate(visits);
                self.lines.truncate(lines);
                return false;
            }
        }
        true
    }

    /// The strip that begins at an instruction.
    fn strip(&mut self, entry: u32, pc: Pc, depth: usize) -> Option<u32> {
        let there = self.course.strips.iter().position(|strip| strip.entry == entry && strip.pc == pc);
        if let Some(there) = there {
            return Some(there as u32);
        }
        if depth > MOST || self.course.strips.len() + self.course.visits.len() > MOST {
            return None;
        }
        let (mut pieces, mut at, mut steps) = (Vec::new(), pc, 0);
        let then = loop {
            steps += 1;
            if steps > MOST {
                return None;
            }
            let op = *self.plan.program.ops.get(at as usize)?;
            match op {
                Op::Enter { operation, depth: cell } => match self.delays(operation, cell, at, &mut pieces) {
                    Some(after) => at = after,
                    None => break Then::Visit(self.visit(entry, at, depth)?),
                },
                Op::Jump { to } => at = to,
                Op::Choose { .. } | Op::Unless { .. } => break self.choice(entry, at, op, depth)?,
                Op::End => break Then::Over,
                op => {
                    pieces.push(self.piece(op, at)?);
                    at += 1;
                }
            }
        };
        Some(self.finished(entry, pc, pieces, then))
    }

    fn piece(&self, op: Op, pc: Pc) -> Option<Piece> {
        match op {
            Op::Wait { law, site } => Some(self.delay(pc, (NONE, NONE), law, site)),
            Op::CallBegins { call } => Some(Piece::Begins { call }),
            Op::CallEnds { call } => Some(Piece::Ends { call }),
            Op::Mark { mark } => Some(Piece::Mark { mark }),
            _ => None,
        }
    }

    fn delay(&self, pc: Pc, (operation, part): (u32, u32), law: u32, site: u32) -> Piece {
        let spec = &self.plan.laws[law as usize];
        let always = spec.is_constant().then(|| spec.span(&mut Random::new(0)));
        Piece::Delay { pc, operation, part, law, site, always }
    }

    /// A part in which there are nothing but delays, at most one: where its way ends.
    fn delays(&self, operation: u32, cell: u16, at: Pc, pieces: &mut Vec<Piece>) -> Option<Pc> {
        let spec = &self.plan.operations[operation as usize];
        let ops = self.plan.program.ops.get(at as usize + 1..)?;
        let leaves = Op::Leave { operation, depth: cell };
        if !spec.free {
            return None;
        }
        let [Op::Wait { law, site }, leave, ..] = *ops else { return None };
        (leave == leaves).then(|| pieces.push(self.delay(at, (operation, spec.part), law, site)))?;
        Some(at + 3)
    }

    /// A part in which there is nothing but a line that tells the end of a job on arrival.
    fn visit(&mut self, entry: u32, pc: Pc, depth: usize) -> Option<u32> {
        let (plan, ops) = (self.plan, self.plan.program.ops.get(pc as usize..)?);
        let [Op::Enter { operation, depth: cell }, Op::Serve { service }, leave, ..] = *ops else { return None };
        let (spec, served) = (&plan.operations[operation as usize], &plan.services[service as usize]);
        let line = &plan.lines[served.line as usize];
        let alone = served.member == u16::MAX && served.operation == operation && served.patience.is_none();
        let known = line.committed
            && line.station.room == u32::MAX
            && line.part == spec.part
            && !line.pool
            && line.control.is_none();
        let plain = leave == Op::Leave { operation, depth: cell } && !spec.free && !plan.parts[spec.part as usize].free;
        if !alone || !known || !plain || may_fail(plan, spec.part) {
            return None;
        }
        let after = self.strip(entry, pc + 3, depth + 1)?;
        let there = self.lines.iter().position(|line| *line == served.line);
        let stop = there.unwrap_or_else(|| {
            self.lines.push(served.line);
            self.lines.len() - 1
        }) as u32;
        let (law, site, part) = (served.law, served.site, spec.part);
        let visit = Visit { entry, pc, operation, depth: cell, part, service, law, site, stop, after };
        self.course.visits.push(visit);
        Some(self.course.visits.len() as u32 - 1)
    }

    fn choice(&mut self, entry: u32, pc: Pc, op: Op, depth: usize) -> Option<Then> {
        let plan = self.plan;
        let mut below = Vec::new();
        let site = match op {
            Op::Unless { chance, site, to } => {
                below.push((plan.chances[chance as usize], self.strip(entry, pc + 1, depth + 1)?));
                below.push((f64::INFINITY, self.strip(entry, to, depth + 1)?));
                site
            }
            Op::Choose { table, site } => {
                let mut sum = 0.0;
                for branch in &plan.choices[table as usize] {
                    if branch.when.is_some() {
                        return None;
                    }
                    if below.last().is_some_and(|(bound, _)| *bound == f64::INFINITY) {
                        break;
                    }
                    sum += branch.chance.unwrap_or(0.0);
                    let bound = if branch.chance.is_some() { sum } else { f64::INFINITY };
                    below.push((bound, self.strip(entry, branch.to, depth + 1)?));
                }
                if below.last().is_none_or(|(bound, _)| *bound < f64::INFINITY) {
                    below.push((f64::INFINITY, self.strip(entry, pc + 1, depth + 1)?));
                }
                site
            }
            _ => return None,
        };
        Some(Then::Choose { site, below })
    }

    fn finished(&mut self, entry: u32, pc: Pc, pieces: Vec<Piece>, then: Then) -> u32 {
        let spans = pieces.iter().filter_map(|piece| match piece {
            Piece::Delay { always, .. } => Some(*always),
            _ => None,
        });
        let always = spans.clone().try_fold(Span::ZERO, |sum, span| span.map(|span| sum + span));
        let least = spans.fold(Span::ZERO, |sum, span| sum + span.unwrap_or(Span::ZERO));
        let mut reaches: Vec<(u32, Span, u32)> = match &then {
            Then::Visit(visit) => vec![(self.course.visits[*visit as usize].stop, Span::ZERO, 1)],
            Then::Choose { below, .. } => {
                below.iter().flat_map(|(_, strip)| self.course.strips[*strip as usize].reaches.clone()).collect()
            }
            Then::Over => Vec::new(),
        };
        reaches.sort_unstable();
        reaches.dedup_by(|later, first| {
            let same = later.0 == first.0;
            first.2 = first.2.saturating_add(if same { later.2 } else { 0 });
            same
        });
        reaches.iter_mut().for_each(|(_, span, _)| *span = *span + least);
        let enters = pieces.iter().any(|piece| matches!(piece, Piece::Delay { part, .. } if *part != NONE));
        self.course.strips.push(Strip { entry, pc, pieces, then, always, enters, reaches });
        self.course.strips.len() as u32 - 1
    }

    /// Lines of these ways that somebody else uses too, or whose part somebody else comes into by another door.
    fn shared(&self) -> Vec<u32> {
        let ours = |pc: usize| self.course.visits.iter().any(|visit| (visit.pc..visit.pc + 3).contains(&(pc as Pc)));
        let plan = self.plan;
        let mut shared = Vec::new();
        for (_, op) in plan.program.ops.iter().enumerate().filter(|(pc, _)| !ours(*pc)) {
            match *op {
                Op::Serve { service } | Op::Acquire { service } | Op::Release { service } | Op::Work { service } => {
                    shared.push(plan.services[service as usize].line);
                }
                Op::Enter { operation, .. } => {
                    let part = plan.operations[operation as usize].part;
                    shared.extend(self.lines.iter().filter(|line| plan.lines[**line as usize].part == part));
                }
                Op::Pick { set, .. } => {
                    let spec = &plan.sets[set as usize];
                    shared.extend((spec.lines..spec.lines + spec.members).filter(|_| !spec.shares));
                }
                _ => {}
            }
        }
        // Two lines of one part are met in no common order.
        let part = |line: u32| plan.lines[line as usize].part;
        let twice = |line: &&u32| self.lines.iter().filter(|other| part(**other) == part(**line)).count() > 1;
        shared.extend(self.lines.iter().filter(twice));
        shared
    }

    /// With the stops in an order in which ways meet them; none if there is no such order.
    fn in_order(self) -> Option<Course> {
        let Drawing { mut course, lines, .. } = self;
        let mut stops: Vec<Stop> = lines
            .iter()
            .map(|&line| Stop { line, from_sources: Vec::new(), from_stops: Vec::new(), by_one_way: false })
            .collect();
        let mut ways = vec![0u32; stops.len()];
        for (index, origin) in course.origins.iter().enumerate() {
            for &(stop, span, count) in &course.strips[origin.strip as usize].reaches {
                stops[stop as usize].from_sources.push((index as u32, span));
                ways[stop as usize] = ways[stop as usize].saturating_add(count);
            }
        }
        for visit in &course.visits {
            for &(stop, span, count) in &course.strips[visit.after as usize].reaches {
                stops[stop as usize].from_stops.push((visit.stop, span));
                ways[stop as usize] = ways[stop as usize].saturating_add(count);
            }
        }
        stops.iter_mut().zip(ways).for_each(|(stop, ways)| stop.by_one_way = ways == 1);
        let mut place: Vec<Option<u32>> = vec![None; stops.len()];
        for next in 0..stops.len() as u32 {
            let free = |index: &usize| {
                place[*index].is_none()
                    && stops[*index].from_stops.iter().all(|(stop, _)| place[*stop as usize].is_some())
            };
            let index = (0..stops.len()).find(free)?;
            place[index] = Some(next);
        }
        let place = |stop: u32| place[stop as usize].unwrap_or(0);
        for visit in &mut course.visits {
            visit.stop = place(visit.stop);
        }
        for stop in &mut stops {
            stop.from_stops.iter_mut().for_each(|(stop, _)| *stop = place(*stop));
        }
        let mut sorted: Vec<(u32, Stop)> =
            stops.into_iter().enumerate().map(|(i, stop)| (place(i as u32), stop)).collect();
        sorted.sort_by_key(|(place, _)| *place);
        course.stops = sorted.into_iter().map(|(_, stop)| stop).collect();
        Some(course)
    }
}

/// May who comes into a part be answered with an error?
fn may_fail(plan: &Blueprint, part: u32) -> bool {
    plan.happenings.iter().flat_map(|happening| &happening.effects).any(|effect| match *effect {
        Effect::Errors { part: hit, .. } | Effect::Slow { part: hit, .. } | Effect::Stop { part: hit } => hit == part,
        Effect::Servers { line, .. } => plan.lines[line as usize].part == part,
        Effect::Cores { share, .. } => plan.shares[share as usize].part == part,
        Effect::Fleet { fleet, .. } => plan.fleets[fleet as usize].part == part,
        // Whom anything else reaches is not asked: it is no hot path's business.
        _ => true,
    })
}
