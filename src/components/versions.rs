//! Rows under optimistic locking, as a request uses them: it reads, remembers what it saw, and writes or conflicts.
//!
//! What was seen lies in cells behind all others, one for each such part. An attempt that has gone well hands its own back
//! to whoever waited for it, so that a read under a policy is remembered by its caller.

use std::collections::BTreeMap;

use super::blueprint::Blueprint;
use super::store_specs::KeyRef;
use super::world::State;
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::queueing::versions::UNSEEN;
use crate::record::results::{Counted, Shown};

/// Where rows are read or written.
#[derive(Clone, Debug, PartialEq)]
pub struct RowSpec {
    /// Of which part's rows, in the order of `Blueprint::rows_of`.
    pub rows: u32,
    /// Which one; none: there is just one.
    pub key: Option<KeyRef>,
    /// Written, not read.
    pub write: bool,
    /// What a conflict is.
    pub cause: u8,
}

impl State {
    /// Reads or writes a row; false if another was faster.
    pub(super) fn uses_row<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        row: u32,
    ) -> bool {
        let spec = &plan.rows[row as usize];
        let key = spec.key.map_or(0, |key| self.key_at(plan, slot, key));
        let cell = seen_from(plan) + spec.rows as u16;
        let seen = *self.cell(plan, slot, cell);
        let rows = &mut self.rows[spec.rows as usize];
        if !spec.write {
            *self.cell(plan, slot, cell) = self.rows[spec.rows as usize].read(key);
            return true;
        }
        if rows.write(key, seen) {
            return true;
        }
        let pc = self.frames[slot].pc - 1;
        self.fails(plan, agenda, slot, pc, spec.cause);
        false
    }

    /// A request begins: it has read nothing.
    pub(super) fn has_seen_nothing(&mut self, plan: &Blueprint, slot: u32) {
        for rows in 0..plan.rows_of.len() as u16 {
            *self.cell(plan, slot, seen_from(plan) + rows) = UNSEEN;
        }
    }

    /// Who waited for an attempt has seen what it saw.
    pub(super) fn has_seen(&mut self, plan: &Blueprint, attempt: u32, caller: u32) {
        for rows in 0..plan.rows_of.len() as u16 {
            let cell = seen_from(plan) + rows;
            *self.cell(plan, caller, cell) = *self.cell(plan, attempt, cell);
        }
    }

    /// Reads, writes and conflicts.
    pub(super) fn show_rows(&self, plan: &Blueprint, all: &mut BTreeMap<String, Shown>) {
        for (part, rows) in plan.rows_of.iter().zip(&self.rows) {
            let (name, counts) = (&plan.parts[*part as usize].name, rows.counts());
            for (what, n) in [("reads", counts.reads), ("writes", counts.writes), ("conflicts", counts.conflicts)] {
                all.insert(format!("{name}.{what}"), Shown::Count(n, Counted::Ones));
            }
            let share = Shown::Ratio(u128::from(counts.conflicts), u128::from(counts.writes), Counted::Ones);
            all.insert(format!("{name}.conflict_ratio"), share);
        }
    }
}

/// The first of the cells that keep what was seen.
fn seen_from(plan: &Blueprint) -> u16 {
    plan.program.cells - plan.rows_of.len() as u16
}
