//! Flows compiled to flat programs: what a request in flight executes, one small instruction after another.
//!
//! A program never names anything: instructions hold indices into tables. What must be given back when something fails
//! is not code but a table: each instruction lies in a [`Scope`], and scopes form a chain outwards. Failing, giving up
//! and dying walk that chain, so "released in reverse order, also on failure" cannot be forgotten at any single place.

/// Address of an instruction.
pub type Pc = u32;

/// Index of nothing.
pub const NONE: u32 = u32::MAX;

/// One instruction. Indices lead into the tables of whoever executes it; a `depth` is a cell of the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Comes into an operation of a part; the cell keeps the moment.
    Enter { operation: u32, depth: u16 },
    /// Leaves it.
    Leave { operation: u32, depth: u16 },
    /// Chooses a member of a set, for the key of this place of a table or for none; the cell keeps which.
    Pick { set: u32, key: u32, depth: u16 },
    /// Passes gates together, or none of them; or one at which one waits.
    Admit { admission: u32 },
    /// Stands still for ever: who waits for it learns nothing.
    Lost,
    /// Leaves the member that was chosen.
    Unpick { set: u32, depth: u16 },
    /// Is done in a turn of a loop.
    Turn { visit: u32 },
    /// Waits for a server, is served for a time, leaves.
    Serve { service: u32 },
    /// Waits for a server and keeps it; the cell keeps the job.
    Acquire { service: u32 },
    /// Gives it back.
    Release { service: u32 },
    /// Processor time of a server that is held.
    Work { service: u32 },
    /// Processor time shared with others.
    Share { service: u32 },
    /// Time without processor.
    Wait { law: u32, site: u32 },
    /// Has been let in: what is metered is counted; the cell keeps the moment.
    Visit { visit: u32, depth: u16 },
    /// The end of that: what rests on its length is counted.
    Visited { visit: u32, depth: u16 },
    /// Goes on elsewhere.
    Jump { to: Pc },
    /// Goes on elsewhere unless the chance applies.
    Unless { chance: u32, site: u32, to: Pc },
    /// Goes on elsewhere unless the comparison holds.
    UnlessWhen { when: u32, to: Pc },
    /// The first branch that applies, or the next instruction.
    Choose { table: u32, site: u32 },
    /// Names this moment.
    Mark { mark: u32 },
    /// Fails, with the cause of this number.
    Fail { cause: u8 },
    /// Fails with a chance.
    FailSometimes { chance: u32, site: u32, cause: u8 },
    /// Fails again with what it failed with before (after an undo).
    FailAgain,
    /// Runs bodies in frames of their own and goes on when enough are done.
    Group { group: u32, site: u32 },
    /// Runs a body under a client's policy.
    Attempt { policy: u32, site: u32 },
    /// Starts a body that nobody waits for.
    Background { body: Pc, site: u32 },
    /// Counts the only attempt of a call without a policy.
    CallBegins { call: u32 },
    /// Counts its good answer.
    CallEnds { call: u32 },
    /// A call has done what must not be done twice.
    Effect { call: u32 },
    /// A flow within a journey or a flow: a request of its own, waited for.
    SubFlow { entry: u32, site: u32 },
    /// Asks a store for a key; goes on elsewhere if it has the answer. Two cells keep the key and what was found.
    Look { look: u32, to: Pc },
    /// Goes on elsewhere unless the look, whose first cell this is, found nothing; fails if the fetch that it waited for did.
    AfterLook { depth: u16, to: Pc },
    /// What comes back is filled into the store that had missed it.
    Fill { look: u32 },
    /// Puts something into a store.
    Keep { look: u32 },
    /// Takes something out of a store.
    Drop { look: u32 },
    /// Another one of a key, for what follows; the cell keeps it.
    Another { key: u32, site: u32, depth: u16 },
    /// Comes to the door of a place, which may be down.
    Door { place: u32 },
    /// Goes on where a name leads.
    Lead { lead: u32 },
    /// Travels between regions; the cell keeps the road.
    Cross { way: u32, depth: u16 },
    /// Asks the copy that leads.
    Head { store: u32 },
    /// A write is acknowledged.
    Acknowledged { store: u32 },
    /// Fails unless enough members are up.
    Enough { need: u32 },
    /// Hands something over to a store, or tells it how that went.
    Hand { hand: u32 },
    /// Takes what is there for this taker.
    Take { taker: u32 },
    /// Reads or writes a row that remembers its version.
    Row { row: u32 },
    /// Fails if one of the things that it is about breaks whoever works on it: so many from its own on; 0: all that was taken.
    Judge { pack: u32 },
    /// Names this moment of the request behind what was taken.
    MarkBehind { marks: u32 },
    /// The end of a body.
    End,
}

impl Op {
    /// Does it happen in the order of time, whoever does it? Requests of a flow are numbered so, and answers pass back
    /// before anybody asks.
    #[inline(always)]
    pub const fn is_in_order(self) -> bool {
        matches!(
            self,
            Op::Release { .. }
                | Op::Unpick { .. }
                | Op::Attempt { .. }
                | Op::SubFlow { .. }
                | Op::Door { .. }
                | Op::Lead { .. }
                | Op::Cross { .. }
                | Op::Head { .. }
                | Op::Acknowledged { .. }
                | Op::Enough { .. }
                | Op::Look { .. }
                | Op::Fill { .. }
                | Op::Keep { .. }
                | Op::Drop { .. }
                | Op::Row { .. }
        )
    }

    /// Does somebody come in with it, where others can see it?
    #[inline(always)]
    pub const fn comes_in(self) -> bool {
        matches!(
            self,
            Op::Serve { .. }
                | Op::Acquire { .. }
                | Op::Share { .. }
                | Op::Pick { .. }
                | Op::Admit { .. }
                | Op::Turn { .. }
                | Op::Hand { .. }
        )
    }
}

/// What surrounds an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The next one outwards, or [`NONE`].
    pub outer: u32,
    /// What leaving it by failure means.
    pub kind: ScopeKind,
}

/// What leaving a scope by failure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// The part is left.
    Part { operation: u32, depth: u16 },
    /// The server is given back.
    Held { service: u32 },
    /// What is metered by its length is counted.
    Visit { visit: u32, depth: u16 },
    /// The member that was chosen is left.
    Member { set: u32, depth: u16 },
    /// The call has failed.
    Call { call: u32 },
    /// A fetch for a store has failed.
    Fetch { look: u32 },
    /// Another way is taken; the failure is forgotten.
    Else { to: Pc },
    /// What was done is undone first, then it fails on.
    Undo { to: Pc },
}

/// All programs of a scenario, one after another.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Instructions.
    pub ops: Vec<Op>,
    /// The scope of each instruction.
    pub scope_of: Vec<u32>,
    /// Scopes.
    pub scopes: Vec<Scope>,
    /// Cells of a frame.
    pub cells: u16,
}

impl Program {
    /// Adds an instruction and says where it stands.
    pub fn emit(&mut self, op: Op, scope: u32) -> Pc {
        self.ops.push(op);
        self.scope_of.push(scope);
        (self.ops.len() - 1) as Pc
    }

    /// Where the next instruction will stand.
    pub fn here(&self) -> Pc {
        self.ops.len() as Pc
    }

    /// Adds a scope inside another.
    pub fn scope(&mut self, outer: u32, kind: ScopeKind) -> u32 {
        self.scopes.push(Scope { outer, kind });
        (self.scopes.len() - 1) as u32
    }

    /// Mends a jump, or the way out of a scope, whose end was not known when it was made.
    pub fn land(&mut self, at: Pc) {
        let here = self.here();
        match &mut self.ops[at as usize] {
            Op::Jump { to }
            | Op::Unless { to, .. }
            | Op::UnlessWhen { to, .. }
            | Op::Look { to, .. }
            | Op::AfterLook { to, .. } => *to = here,
            other => unreachable!("{other:?} does not jump"),
        }
    }

    /// Says where a scope's `else` or `undo` stands.
    pub fn lead(&mut self, scope: u32) {
        let here = self.here();
        match &mut self.scopes[scope as usize].kind {
            ScopeKind::Else { to } | ScopeKind::Undo { to } => *to = here,
            other => unreachable!("{other:?} leads nowhere"),
        }
    }
}
