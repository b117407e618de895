//! Looks at a run that stands still, and writes down what is seen: lines, limits, refusals, failures.
//!
//! A look reads and never writes, so a run that is looked at is the same run to the bit.

use super::blueprint::Blueprint;
use super::gates::Law;
use super::world::{Line, RunWorld, State};
use crate::engine::program::NONE;
use crate::record::course::{CallCourse, Counts, Course, FlowCourse, Levels, LimitCourse, PartCourse, Promised};
use crate::units::{Span, Time};

/// Writes down the course of a run.
#[derive(Clone, Debug)]
pub struct Lookout {
    course: Course,
    /// For each line, unit of cores, gate and loop: its part, and which of the part's limits it is.
    lines: Vec<(usize, usize)>,
    shares: Vec<(usize, usize)>,
    gates: Vec<(usize, usize)>,
    loops: Vec<(usize, usize)>,
}

/// What limits of one name have at a look, all members together.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    held: u64,
    limit: u64,
    waiting: u64,
    refused: u64,
}

/// What has happened in a part so far.
#[derive(Clone, Copy, Debug, Default)]
struct SoFar {
    throttled: u64,
    refused: u64,
    broken: u64,
    killed: u64,
    hits: u64,
    misses: u64,
    starts: u64,
}

/// The limit of that name, perhaps a new one.
fn limit(parts: &mut [PartCourse], part: u32, name: &str) -> (usize, usize) {
    let limits = &mut parts[part as usize].limits;
    let known = limits.iter().position(|limit| limit.name == name);
    let at = known.unwrap_or_else(|| {
        limits.push(LimitCourse { name: name.to_owned(), ..LimitCourse::default() });
        limits.len() - 1
    });
    (part as usize, at)
}

impl Lookout {
    /// Will look so often.
    pub fn new(plan: &Blueprint, every: Span) -> Lookout {
        let named = |name: &String| PartCourse { name: name.clone(), ..PartCourse::default() };
        let mut parts: Vec<PartCourse> = plan.parts.iter().map(|part| named(&part.name)).collect();
        let lines = plan.lines.iter().map(|line| limit(&mut parts, line.part, &line.name)).collect();
        let shares: Vec<_> = plan.shares.iter().map(|share| limit(&mut parts, share.part, "")).collect();
        shares.iter().for_each(|&(part, at)| parts[part].limits[at].shared = true);
        let gates: Vec<_> = plan.gates.gates.iter().map(|gate| limit(&mut parts, gate.part, &gate.name)).collect();
        gates.iter().for_each(|&(part, at)| parts[part].limits[at].gate = true);
        let loops = plan.loops.loops.iter().map(|of| limit(&mut parts, of.part, "")).collect();
        for fleet in &plan.fleets {
            let part = &mut parts[fleet.part as usize];
            part.zones = fleet.spec.zones;
            part.members = fleet.moves.then(Levels::default);
        }
        let call = |call: &super::blueprint::CallSpec| CallCourse {
            caller: call.caller.clone(),
            callee: call.callee.clone(),
            ..CallCourse::default()
        };
        let flows = plan.flows.iter().map(|_| FlowCourse::default()).collect();
        let calls = plan.calls.iter().map(call).collect();
        Lookout { course: Course { every, looks: 0, parts, calls, flows }, lines, shares, gates, loops }
    }

    /// Also counts who takes longer than these times, by flow.
    pub fn promising(mut self, promised: &[Vec<(u32, Span)>]) -> Lookout {
        for (flow, promised) in self.course.flows.iter_mut().zip(promised) {
            let one = |&(mark, within): &(u32, Span)| Promised { mark, within, ..Promised::default() };
            flow.promised = promised.iter().map(one).collect();
        }
        self
    }

    /// When it will look next.
    pub fn next(&self) -> Time {
        self.course.time(self.course.looks)
    }

    /// Looks.
    pub fn look(&mut self, world: &RunWorld, now: Time) {
        let (plan, state) = (&*world.plan, &world.state);
        self.course.looks += 1;
        self.limits(state, now);
        let waiting = world.lines(now);
        let so_far = so_far(plan, state);
        for ((part, (waiting, _)), so_far) in self.course.parts.iter_mut().zip(waiting).zip(so_far) {
            part.waiting.push(waiting);
            let all = [
                (&mut part.throttled, so_far.throttled),
                (&mut part.refused, so_far.refused),
                (&mut part.broken, so_far.broken),
                (&mut part.killed, so_far.killed),
                (&mut part.hits, so_far.hits),
                (&mut part.misses, so_far.misses),
                (&mut part.starts, so_far.starts),
            ];
            all.into_iter().for_each(|(counts, total): (&mut Counts, u64)| counts.push(total));
        }
        for (spec, fleet) in plan.fleets.iter().zip(&state.fleets) {
            if let Some(members) = &mut self.course.parts[spec.part as usize].members {
                members.push(fleet.takers().len() as u64);
            }
        }
        for (seen, tally) in self.course.calls.iter_mut().zip(&state.tally.calls) {
            seen.first.push(tally.first);
            seen.again.push(tally.retries + tally.hedges);
            seen.given_up.push(tally.withdrawn + tally.abandoned_running);
            seen.held_back.push(tally.held_back);
        }
        self.flows(plan, state);
    }

    fn flows(&mut self, plan: &Blueprint, state: &State) {
        for (index, (seen, tally)) in self.course.flows.iter_mut().zip(&state.tally.flows).enumerate() {
            let books = &tally.whole.books;
            seen.failed.iter_mut().zip(books.failed).for_each(|(counts, failed)| counts.push(failed));
            seen.late.push(books.late);
            seen.answers.push(books.ok + books.late);
            for promised in &mut seen.promised {
                let mark = promised.mark;
                let times = if mark == NONE { &tally.whole.latency } else { &state.tally.marks[mark as usize] };
                // Those that pass are counted on their own, and added at the end.
                let (passed, passed_over) = state.passed(plan, index as u32, mark, promised.within);
                promised.of.push(times.count() + passed);
                promised.over.push(times.count_over(promised.within) + passed_over);
            }
        }
    }

    fn limits(&mut self, state: &State, now: Time) {
        let mut sums: Vec<Vec<Sum>> =
            self.course.parts.iter().map(|part| vec![Sum::default(); part.limits.len()]).collect();
        let mut add = |(part, at): (usize, usize), one: Sum| {
            let sum = &mut sums[part][at];
            sum.held += one.held;
            sum.limit += one.limit;
            sum.waiting += one.waiting;
            sum.refused += one.refused;
        };
        for (place, line) in self.lines.iter().zip(&state.lines) {
            add(*place, of_line(line, now));
        }
        for (place, share) in self.shares.iter().zip(&state.shares) {
            let (cores, waiting) = (u64::from(share.cores()), share.beyond.value());
            add(*place, Sum { held: share.held.value(), limit: cores, waiting, refused: 0 });
        }
        for (place, of) in self.loops.iter().zip(&state.loops) {
            let (threads, waiting) = (u64::from(of.threads()), of.queue.value());
            add(*place, Sum { held: of.held.value(), limit: threads, waiting, refused: 0 });
        }
        for (place, gate) in self.gates.iter().zip(&state.gates) {
            let limit = match &gate.law {
                Law::Bucket(bucket) => (bucket.rate().as_f64() + 0.5) as u64,
                Law::Ratchet(ratchet) => (ratchet.rate().as_f64() + 0.5) as u64,
                Law::Open | Law::Window(_) => 0,
            };
            add(*place, Sum { held: 0, limit, waiting: gate.line.queue.value(), refused: gate.tally.refused() });
        }
        for (part, sums) in self.course.parts.iter_mut().zip(sums) {
            for (limit, sum) in part.limits.iter_mut().zip(sums) {
                limit.held.push(sum.held);
                limit.limit.push(sum.limit);
                limit.waiting.push(sum.waiting);
                limit.refused.push(sum.refused);
            }
        }
    }

    /// All that was seen.
    pub fn course(self) -> Course {
        self.course
    }
}

fn of_line(line: &Line, now: Time) -> Sum {
    match line {
        Line::Known(known) => {
            // What happens at this very moment has not happened yet.
            let waiting = known.waiting(now);
            let held = u64::from(known.inside(Time(now.0.saturating_sub(1)))).saturating_sub(waiting);
            Sum { held, limit: u64::from(known.servers()), waiting, refused: 0 }
        }
        Line::Lived(station) => Sum {
            held: station.held.value(),
            limit: u64::from(station.servers()),
            waiting: station.queue.value(),
            refused: 0,
        },
    }
}

fn so_far(plan: &Blueprint, state: &State) -> Vec<SoFar> {
    let mut all = vec![SoFar::default(); plan.parts.len()];
    for (spec, tally) in plan.operations.iter().zip(&state.tally.operations) {
        let (one, work) = (&mut all[spec.part as usize], &tally.work);
        one.throttled += work.throttled;
        one.refused += work.refused;
        one.broken += work.broken;
        one.killed += work.killed;
    }
    for spec in &plan.stores.caches {
        let one = &mut all[spec.part as usize];
        for kept in state.caches.iter().skip(spec.first as usize).take(spec.copies as usize) {
            let (hits, misses) = kept.found();
            (one.hits, one.misses) = (one.hits + hits, one.misses + misses);
        }
    }
    for (spec, state) in plan.pools.iter().zip(&state.pools) {
        all[spec.part as usize].starts += state.pool.cold;
    }
    all
}
