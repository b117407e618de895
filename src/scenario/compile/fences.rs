//! Attempts that nothing can take back but their own timeout: what is inside may run ahead of the clock, up to there.
//!
//! The moment of the timeout is known when the attempt begins, and whatever it does before it happens, come what may. So
//! its delays are additions, and a line tells start and end of its job on arrival, or that the timeout comes first.

use super::Compiler;
use crate::components::blueprint::{Blueprint, ChoiceSpec, Watch};
use crate::engine::program::{NONE, Op, Pc};
use crate::units::{Random, Span};

/// Instructions of a body that is looked at.
const MOST: usize = 1_000;

impl Compiler<'_> {
    /// Finds them, once all programs are written and nothing more can become strict.
    pub(super) fn fences(&mut self) {
        let incidents = &self.out.incidents;
        let quiet = self.out.happenings.is_empty() && incidents.faults.is_empty() && incidents.alarms.is_empty();
        if self.lockstep || !quiet {
            return;
        }
        for policy in 0..self.out.policies.len() as u32 {
            let Some(body) = self.fenced(policy) else { continue };
            for pc in body {
                self.strict[pc as usize] = false;
            }
            let spec = &mut self.out.policies[policy as usize];
            (spec.strict, spec.fenced) = (false, true);
        }
    }

    /// Says of which of them it is known before it happens whether the timeout comes, once lines are what they will be.
    pub(super) fn foretell(&mut self) {
        for policy in 0..self.out.policies.len() {
            let spec = &self.out.policies[policy];
            let told = |pc: &Pc| match self.out.program.ops[*pc as usize] {
                Op::Serve { service } => self.out.lines[self.out.services[service as usize].line as usize].committed,
                _ => true,
            };
            let all = spec.fenced && way(&self.out, spec.body).is_some_and(|body| body.iter().all(told));
            self.out.policies[policy].foretold = all;
        }
        self.early();
    }

    /// Finds operations into which everybody comes from such an attempt, after always the same time from its beginning: who
    /// begins first comes first, so it can be served when its attempt begins.
    fn early(&mut self) {
        let mut comings: Vec<(Pc, Option<Span>)> = Vec::new();
        for policy in self.out.policies.iter().filter(|policy| policy.foretold) {
            comings_in(&self.out, policy.body, &mut comings);
        }
        let observed = !self.out.metering.levels.is_empty();
        for operation in 0..self.out.operations.len() as u32 {
            let early = self.early_into(operation, &comings).filter(|_| !observed);
            self.out.operations[operation as usize].early = early.unwrap_or(Span::ZERO);
        }
    }

    /// So long after the beginning of an attempt, whoever it is.
    fn early_into(&self, operation: u32, comings: &[(Pc, Option<Span>)]) -> Option<Span> {
        let plan = &self.out;
        let part = plan.operations[operation as usize].part;
        let into =
            |op: &Op| matches!(*op, Op::Enter { operation: other, .. } if plan.operations[other as usize].part == part);
        let all = (0..plan.program.ops.len()).filter(|pc| into(&plan.program.ops[*pc]));
        let mut after = None;
        let mut places = Vec::new();
        for pc in all {
            let Some([Op::Serve { service }, Op::Leave { .. }]) = plan.program.ops.get(pc + 1..pc + 3) else {
                return None;
            };
            let line = plan.services[*service as usize].line;
            let mut times = comings.iter().filter(|(at, _)| *at as usize == pc).map(|(_, after)| *after).peekable();
            times.peek()?;
            for time in times {
                let (first, here) = (*after.get_or_insert((line, time)), (line, time));
                if first != here || time.is_none_or(|span| span == Span::ZERO) {
                    return None;
                }
            }
            places.push(pc + 1);
        }
        let (line, span) = after?;
        let spec = &plan.lines[line as usize];
        let elsewhere = plan.program.ops.iter().enumerate().any(|(pc, op)| match *op {
            Op::Serve { service } => plan.services[service as usize].line == line && !places.contains(&pc),
            _ => false,
        });
        let watched = plan.watches.iter().any(|watch| super::watches::part_of(watch) == Some(part));
        let known = spec.committed && spec.part == part && spec.station.room == u32::MAX && !spec.pool;
        (known && !elsewhere && !watched && !plan.parts[part as usize].free).then_some(span?)
    }

    /// The instructions of a policy's body, if it is such an attempt.
    fn fenced(&self, policy: u32) -> Option<Vec<Pc>> {
        let spec = &self.out.policies[policy as usize];
        let plain = spec.withdraw && spec.timeout.is_some() && spec.hedge.is_none() && !spec.deadline;
        if !plain || spec.guard != NONE {
            return None;
        }
        let is_it = |op: &Op| matches!(*op, Op::Attempt { policy: other, .. } if other == policy);
        let callers = self.out.program.ops.iter().enumerate().filter(|(_, op)| is_it(op));
        for (pc, _) in callers {
            // Whoever asks may not be taken back, and does nothing afterwards for which its turn among others counts.
            let after = way(&self.out, pc as Pc + 1)?;
            if self.strict[pc] || after.iter().any(|pc| self.strict[*pc as usize]) {
                return None;
            }
        }
        let body = way(&self.out, spec.body)?;
        let suits = |pc: &Pc| match self.out.program.ops[*pc as usize] {
            Op::Serve { service } => self.suits(service),
            _ => true,
        };
        body.iter().all(suits).then_some(body)
    }

    /// May a job leave the line of a service at a moment that is known when it comes?
    fn suits(&self, service: u32) -> bool {
        let spec = &self.out.services[service as usize];
        let line = &self.out.lines[spec.line as usize];
        let deep = |watch: &Watch| matches!(*watch, Watch::QueueAtLeast { line, n } if line == spec.line && n > 1);
        // Who takes no time may be over in the very instant of his timeout, if his turn comes in it.
        let law = &self.out.laws[spec.law as usize];
        let takes_time = !law.is_constant() || law.span(&mut Random::new(0)) > Span::ZERO;
        let known = spec.member == u16::MAX && line.station.room == u32::MAX && spec.patience.is_none();
        known && takes_time && !self.out.watches.iter().any(deep)
    }
}

/// Where a body comes into parts in which one may have to wait, and how long after its beginning, if that is always so long
/// and nothing that others see lies in between.
fn comings_in(plan: &Blueprint, from: Pc, comings: &mut Vec<(Pc, Option<Span>)>) {
    let mut seen: Vec<(Pc, Option<Span>)> = Vec::new();
    let mut open = vec![(from, Some(Span::ZERO))];
    while let Some((pc, after)) = open.pop() {
        if seen.contains(&(pc, after)) {
            continue;
        }
        seen.push((pc, after));
        if seen.len() > MOST {
            comings.iter_mut().for_each(|(_, after)| *after = None);
            return comings.extend(seen.iter().map(|(pc, _)| (*pc, None)));
        }
        match plan.program.ops[pc as usize] {
            Op::End => {}
            Op::Jump { to } => open.push((to, after)),
            Op::Unless { to, .. } => open.extend([(pc + 1, after), (to, after)]),
            Op::Choose { table, .. } => {
                open.push((pc + 1, after));
                open.extend(plan.choices[table as usize].iter().map(|branch: &ChoiceSpec| (branch.to, after)));
            }
            Op::Wait { law, .. } => {
                let law = &plan.laws[law as usize];
                let span = law.is_constant().then(|| law.span(&mut Random::new(0)));
                open.push((pc + 1, after.zip(span).map(|(after, span)| after + span)));
            }
            Op::Enter { operation, .. } if !plan.operations[operation as usize].free => {
                comings.push((pc, after));
                open.push((pc + 1, None));
            }
            _ => open.push((pc + 1, after)),
        }
    }
}

/// All instructions that can be reached from one, if each is of a kind that may be done ahead of the clock.
fn way(plan: &Blueprint, from: Pc) -> Option<Vec<Pc>> {
    let mut all: Vec<Pc> = Vec::new();
    let mut open = vec![from];
    while let Some(pc) = open.pop() {
        if all.contains(&pc) {
            continue;
        }
        all.push(pc);
        if all.len() > MOST {
            return None;
        }
        match plan.program.ops[pc as usize] {
            Op::End => {}
            Op::Jump { to } => open.push(to),
            Op::Unless { to, .. } => open.extend([pc + 1, to]),
            Op::Choose { table, .. } => {
                open.push(pc + 1);
                open.extend(plan.choices[table as usize].iter().map(|branch: &ChoiceSpec| branch.to));
            }
            Op::Enter { .. }
            | Op::Leave { .. }
            | Op::Serve { .. }
            | Op::Wait { .. }
            | Op::Mark { .. }
            | Op::CallBegins { .. }
            | Op::CallEnds { .. } => open.push(pc + 1),
            _ => return None,
        }
    }
    Some(all)
}
