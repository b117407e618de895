//! Buffers that hand on by themselves: with each batch an operation of the same part is done.

use super::Compiler;
use super::calls::Inside;
use super::parts::{Bound, Part};
use crate::components::messages::TakerSpec;
use crate::engine::program::Op;
use crate::scenario::model::Value;

/// The buffers of a part, each with the operation by which it hands on.
fn buffers(part: &Part<'_>) -> Vec<(u32, String)> {
    let stages = part.stages.iter().zip(&part.instance.stages).filter(|(_, stage)| stage.mechanism == "buffer");
    let found = stages.filter_map(|(bound, stage)| match (bound, stage.settings.get("op")) {
        (Bound::Messages(store), Some(Value::Op(op))) => Some((*store, op.clone())),
        _ => None,
    });
    found.collect()
}

impl<'a> Compiler<'a> {
    /// All of them.
    pub(super) fn hand_on(&mut self) {
        let names = self.ast.components.keys();
        let all: Vec<(&'a str, Vec<(u32, String)>)> =
            names.filter_map(|name| Some((name.as_str(), buffers(self.parts.get(name)?)))).collect();
        for (name, buffers) in all {
            for (store, op) in buffers {
                self.hands_on_by(name, store, &op);
            }
        }
    }

    fn hands_on_by(&mut self, part: &'a str, store: u32, op: &str) {
        let entry = self.taker_entry(part, op, part);
        let taker = self.out.takers.len() as u32;
        self.out.entries[entry as usize].taker = taker;
        self.out.entries[entry as usize].rank = self.names.rank(part);
        let (index, place) = (self.parts[part].index, self.parts[part].bound.place);
        self.out.takers.push(TakerSpec::told(index, place, store, entry));
        self.out.messages[store as usize].takers.push(taker);
        self.behind.taker = taker;
        let mut context = self.own_context(part, entry);
        (context.taker, context.takes, context.behind, context.depth) = (taker, true, true, 2);
        self.out.entries[entry as usize].start = self.out.program.here();
        self.begin_taking(&mut context);
        self.part_way(part, op, op, Inside::Nothing, None, &mut context);
        self.emit(Op::End, &context);
        self.write_pending();
    }
}
