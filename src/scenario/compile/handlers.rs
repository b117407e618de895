//! What a part does when it is asked or starts by itself: the work and the steps of a handler, within its own limit.

use super::Compiler;
use super::calls::{Held, Way, member_of};
use super::parts::Bound;
use super::programs::{Body, Context, Goes, Pending, Work};
use crate::engine::program::Op;
use crate::record::results::Cause;
use crate::scenario::ast::{Call, Client, Handler, Step};
use crate::scenario::model::OpInstance;
use crate::scenario::tree::{At, Placed};
use crate::units::{Law, Span};

/// What is done inside a part.
#[derive(Clone, Copy)]
pub(crate) struct Doing<'a> {
    /// Processor time, first.
    pub work: Option<&'a Law>,
    /// Then.
    pub steps: &'a [Step],
    /// Share of runs that break.
    pub fail: f64,
    /// The part's own limit.
    pub limit: Option<Span>,
    /// Where it is said.
    pub at: At,
}

impl<'a> Doing<'a> {
    /// A handler's.
    pub fn of(handler: &'a Handler) -> Doing<'a> {
        Doing {
            work: handler.work.as_ref().map(|work| &work.value),
            steps: &handler.steps,
            fail: handler.fail,
            limit: handler.timeout,
            at: handler.at,
        }
    }

    /// An unnamed handler's, which a step says.
    pub fn said_by(call: &'a Call, step: &'a Step) -> Doing<'a> {
        Doing {
            work: call.work.as_ref().map(|work| &work.value),
            steps: &call.steps,
            fail: 0.0,
            limit: None,
            at: step.at,
        }
    }

    /// Nothing but work, which whoever serves does: how much.
    pub fn only_work(&self) -> Option<Law> {
        let only = self.steps.is_empty() && self.fail == 0.0 && self.limit.is_none();
        only.then(|| self.work.cloned().unwrap_or(Law::Constant(0.0)))
    }
}

impl<'a> Compiler<'a> {
    /// What is done inside a part whose way has come so far.
    pub(super) fn handler_inside(
        &mut self,
        name: &'a str,
        op: &OpInstance,
        doing: Doing<'a>,
        way: &Way,
        context: &mut Context,
    ) {
        let outer = context.clone();
        context.part = Some(name.to_owned());
        context.caller = name.to_owned();
        context.work = self.worker(name, op, way);
        context.member = way.members.last().map_or(u16::MAX, |(_, depth)| *depth);
        let doing = if way.worked { Doing { work: None, ..doing } } else { doing };
        match doing.limit {
            None => self.doing(name, doing, context),
            Some(limit) => self.within(name, doing, limit, context),
        }
        (context.part, context.caller, context.work) = (outer.part, outer.caller, outer.work);
        (context.depth, context.member) = (outer.depth, outer.member);
    }

    /// Work, then steps, then what breaks by itself.
    pub(super) fn doing(&mut self, name: &'a str, doing: Doing<'a>, context: &mut Context) {
        if let Some(work) = doing.work {
            self.work(work, doing.at, context);
        }
        self.steps(doing.steps, context);
        self.fail_sometimes(name, doing.fail, Cause::Broken as u8, context);
    }

    /// The same, in a frame of its own that is taken back when the part's limit is over.
    fn within(&mut self, name: &'a str, doing: Doing<'a>, limit: Span, context: &mut Context) {
        let client = Client { timeout: Some(Placed::new(limit, doing.at)), withdraw: true, ..Client::default() };
        let call = self.call_index(name, &format!("steps of {name}"));
        let policy = self.policy(&client, call, name, false, context.strict);
        let site = self.site("attempt");
        self.emit(Op::Attempt { policy, site }, context);
        let mut inside = context.clone();
        inside.strict = true;
        self.pending.push(Pending { body: Body::Doing(name, doing), goes: Goes::Policy(policy), context: inside });
    }

    /// Who does the work of a handler of this part.
    fn worker(&self, name: &str, op: &OpInstance, way: &Way) -> Work {
        let Some(index) = op.work else { return Work::Time };
        match &self.parts[name].stages[index] {
            Bound::Alone { billionths } => Work::Alone { billionths: *billionths },
            Bound::Share { share, set } => Work::Share { share: *share, member: member_of(way, *set) },
            Bound::Line { line, .. } => way
                .held
                .iter()
                .filter_map(|(held, _)| if let Held::Service(service) = held { Some(*service) } else { None })
                .find(|service| self.out.services[*service as usize].line == *line)
                .map_or(Work::Time, Work::Held),
            _ => Work::Time,
        }
    }
}
