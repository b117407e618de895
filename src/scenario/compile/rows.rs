//! Rows under optimistic locking: stages that remember versions, and where they are read and written.

use super::Compiler;
use super::parts::{Bound, Part, cause_of};
use super::programs::Context;
use crate::components::versions::RowSpec;
use crate::engine::program::Op;
use crate::scenario::ast::Call;
use crate::scenario::model::{PathStep, StageInstance, Target};

impl Compiler<'_> {
    pub(super) fn bind_rows(&mut self, part: &Part<'_>, stage: &StageInstance) -> Bound {
        self.out.rows_of.push(part.index);
        self.ordered.insert(part.index);
        Bound::Rows { rows: self.out.rows_of.len() as u32 - 1, cause: cause_of(stage) }
    }

    /// A read or a write of a row.
    pub(super) fn row_step(
        &mut self,
        name: &str,
        (rows, cause): (u32, u8),
        path: &PathStep,
        call: Option<&Call>,
        context: &mut Context,
    ) {
        let at = call.map_or(self.parts[name].component.at, |call| call.target.at);
        let key = self.key_here(name, path, call).map(|key| self.key_ref(key, at, context));
        let write = matches!(&path.target, Target::Stage { verb, .. } if verb == "write");
        self.out.rows.push(RowSpec { rows, key, write, cause });
        let row = self.out.rows.len() as u32 - 1;
        self.emit(Op::Row { row }, context);
    }
}
