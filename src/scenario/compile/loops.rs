//! Event loops: stages that work in turns.

use super::Compiler;
use super::calls::{Inside, Way, member_of};
use super::gates::Asking;
use super::parts::{Bound, laws, whole};
use super::programs::Context;
use crate::components::loops::{LoopPlan, VisitSpec};
use crate::engine::program::Op;
use crate::queueing::event_loop::LoopSpec;
use crate::scenario::model::{PathStep, StageInstance, Target, Value};
use crate::units::{Law, Span};

impl<'a> Compiler<'a> {
    /// A stage that works in turns.
    pub(super) fn bind_loop(&mut self, part: u32, stage: &StageInstance, set: Option<u32>) -> Bound {
        let index = self.out.loops.loops.len() as u32;
        let spec = LoopSpec {
            turn: stage.settings.get("turn").and_then(Value::span).unwrap_or(Span::ZERO),
            most: whole(stage, "most").unwrap_or(u32::MAX).max(1),
            threads: whole(stage, "threads").unwrap_or(1).clamp(1, 1024),
        };
        let limit = stage.limit.as_ref();
        let source = limit.map_or_else(String::new, |limit| limit.source.clone());
        let plan = LoopPlan { spec, part, limit_name: "threads".to_owned(), source };
        for _ in 0..self.members(set) {
            self.out.loops.loops.push(plan.clone());
        }
        self.ordered.insert(part);
        Bound::Loop { index, set, each: laws(stage.settings.get("each")) }
    }

    /// A visit to a loop; false if this stop is none.
    pub(super) fn visit(
        &mut self,
        stop: &PathStep,
        asking: &Asking<'_, 'a>,
        inside: &Option<Inside<'a>>,
        way: &mut Way,
        context: &mut Context,
    ) -> bool {
        let Target::Stage { index: stage, .. } = stop.target else { return false };
        let Bound::Loop { index, set, each } = self.parts[asking.name].stages[stage].clone() else { return false };
        let own = laws(stop.time.as_ref());
        let mut all = if own.is_empty() { each } else { own };
        if asking.op.work == Some(stage)
            && let Some(Inside::Handler(doing)) = inside
        {
            if !doing.steps.is_empty() {
                let says = format!("`{}` works in turns: what it does asks nobody else meanwhile", asking.name);
                self.error(doing.at, says, "let the caller do these steps, before or after");
            }
            all.extend(doing.work.cloned());
            way.worked = true;
        }
        all.retain(|law| *law != Law::Constant(0.0));
        let laws = all.iter().map(|law| (self.law(law), self.site(&format!("{}/work", asking.name)))).collect();
        let member = member_of(way, set);
        self.out.loops.visits.push(VisitSpec { index, member, operation: asking.operation, laws });
        let visit = (self.out.loops.visits.len() - 1) as u32;
        self.emit(Op::Turn { visit }, context);
        true
    }
}
