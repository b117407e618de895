//! What the format can say and this version does not run: refused where it stands, so that nothing is ignored in silence.

use super::Compiler;
use crate::scenario::ast::{Call, Handler, Step, Verb};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::model::{Instance, Value};
use crate::scenario::tree::At;

/// What to do about most of it.
const LATER: &str = "take it away: a run without it is a run of something else than the file says";

/// Members that a fleet may have.
const MOST_MEMBERS: f64 = 100_000.0;

impl<'a> Compiler<'a> {
    /// Looks through the whole scenario.
    pub fn refused(&mut self) {
        let ast = self.ast;
        self.refused_head();
        for fault in ast.faults.values().filter(|fault| fault.alone) {
            self.refuse(fault.at, "faults with a run of their own (`alone`) are");
        }
        for flow in ast.flows.values() {
            if flow.cache.is_some() {
                self.refuse(flow.at, "caching fronts (`cache`) are");
            }
            self.refused_steps(&flow.steps);
        }
        let handlers = ast.handlers.values().flat_map(|handlers| handlers.values()).chain(ast.routines.values());
        handlers.for_each(|handler| self.refused_handler(handler));
    }

    fn refuse(&mut self, at: At, what: &str) {
        let says = format!("{what} not run by this version of archsim");
        self.say.say(Diagnostic::error(at, says).help(LATER));
    }

    /// Members of a fleet are simulated one by one, each with a line of its own.
    pub fn too_many_members(&mut self, name: &str, instance: &Instance, at: At) -> bool {
        let sizes = instance.stages.iter().filter(|stage| stage.mechanism == "fleet").filter_map(|stage| {
            if let Some(Value::Range(_, most, _)) = stage.settings.get("members") { Some(*most) } else { None }
        });
        let too_many = sizes.fold(0.0, f64::max) > MOST_MEMBERS;
        if too_many {
            self.error(
                at,
                format!("the fleet of `{name}` has more than {MOST_MEMBERS} members"),
                "one part with as many `workers` is one line for all of them, and may have any number",
            );
        }
        too_many
    }

    fn refused_head(&mut self) {
        let ast = self.ast;
        if let Some(mode) = ast.mode.as_ref().filter(|mode| mode.value != "exact") {
            self.refuse(mode.at, "modes other than \"exact\" are");
        }
        if let Some(sample) = ast.sample.as_ref().filter(|sample| sample.value > 1) {
            self.refuse(sample.at, "samples are");
        }
    }

    fn refused_handler(&mut self, handler: &Handler) {
        self.refused_steps(&handler.steps);
    }

    fn refused_steps(&mut self, steps: &[Step]) {
        for step in steps {
            match &step.verb {
                Verb::Call(call) | Verb::Send(call) => self.refused_call(call),
                Verb::Repeat { steps, .. } | Verb::Group(steps) => self.refused_steps(steps),
                Verb::Parallel { branches, .. } => branches.iter().for_each(|branch| self.refused_steps(branch)),
                Verb::Choose(branches) => branches.iter().for_each(|branch| self.refused_steps(&branch.steps)),
                _ => {}
            }
            let others = [&step.otherwise, &step.undo];
            others.into_iter().flatten().for_each(|steps| self.refused_steps(steps));
        }
    }

    fn refused_call(&mut self, call: &Call) {
        if let Some(region) = &call.region {
            self.refuse(region.at, "calls to another region are");
        }
        self.refused_steps(&call.steps);
        self.refused_steps(call.miss.as_deref().unwrap_or(&[]));
    }
}
