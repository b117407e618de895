//! A model with the settings of one component: mechanisms with numbers, paths by index, nothing left to look up.

use std::collections::BTreeMap;

use super::shape::{Comparison, Section};
use super::value::{Kind, Value};
use crate::record::results::Cause;
use crate::scenario::diagnostics::{Diagnostic, Severity};
use crate::scenario::tree::At;
use crate::units::Money;

/// What the compiler binds.
#[derive(Clone, Debug, Default)]
pub struct Instance {
    /// The model's name.
    pub model: String,
    /// Its phrase.
    pub title: String,
    /// Its family.
    pub service: String,
    /// All parameters, facts and quotas with their values.
    pub quantities: BTreeMap<String, Given>,
    /// The stages that exist with these settings, sorted by name.
    pub stages: Vec<StageInstance>,
    /// What one may ask.
    pub ops: BTreeMap<String, OpInstance>,
    /// What others may take from it.
    pub gives: BTreeMap<String, GiveInstance>,
    /// Kinds that it takes, and by which operation.
    pub takes: BTreeMap<String, String>,
    /// How its handlers take, by the handler's operation ("" where there is just one).
    pub taken: BTreeMap<String, TakeInstance>,
    /// Faults that it bears besides those that everything bears.
    pub faults: BTreeMap<String, FaultInstance>,
    /// What is billed.
    pub meters: BTreeMap<String, MeterInstance>,
    /// What reports and alarms see.
    pub series: BTreeMap<String, Value>,
    /// Checks that rest on neighbours, to be decided when these are known.
    pub checks: Vec<CheckInstance>,
    /// What its author should know.
    pub warnings: Vec<Diagnostic>,
}

impl Instance {
    /// The number of a stage.
    pub fn stage(&self, name: &str) -> Option<usize> {
        self.stages.iter().position(|stage| stage.name == name)
    }

    /// The kind by which another takes from this one: the first that this one gives and the other takes.
    pub fn kind_for(&self, taker: &Instance) -> Option<String> {
        let words = |(kind, give): (&String, &GiveInstance)| [vec![kind.clone()], give.also.clone()].concat();
        self.gives.iter().flat_map(words).find(|kind| taker.takes.contains_key(kind))
    }

    /// The operation that is meant when none is named: with a handler (or `work` in the step) the one that has an
    /// inside, without one the other; in either case the only one there is.
    pub fn default_op(&self, handled: bool) -> Option<&str> {
        let mut fitting = self.ops.iter().filter(|(_, op)| op.has_inside() == handled).map(|(name, _)| name.as_str());
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Some(only),
            (Some(_), Some(_)) => None,
            _ if self.ops.len() == 1 => self.ops.keys().next().map(String::as_str),
            _ => None,
        }
    }
}

/// A number and where it is from.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// Its value.
    pub value: Value,
    /// What it is.
    pub kind: Kind,
    /// Who can change it.
    pub section: Section,
    /// Title of its source, "assumed", "this file", or nothing for what is off.
    pub source: String,
    /// verified, measured, derived, assumed, given, or nothing.
    pub status: String,
    /// When it was true.
    pub as_of: String,
    /// Why, of what is assumed or derived.
    pub why: Option<String>,
    /// Written in the scenario: there.
    pub at: Option<At>,
}

/// A mechanism with its settings.
#[derive(Clone, Debug, PartialEq)]
pub struct StageInstance {
    /// Its name.
    pub name: String,
    /// The mechanism.
    pub mechanism: String,
    /// Settings that are given; those with the value `none` are left out.
    pub settings: BTreeMap<String, Value>,
    /// One for each member of this stage.
    pub per: Option<usize>,
    /// account, region, zone: one for all components of the same service there.
    pub shared: Option<String>,
    /// The name by which it is shared.
    pub named: String,
    /// What the caller is told when it refuses.
    pub refuses: Option<String>,
    /// Its class of failure, if not the mechanism's own.
    pub cause: Option<Cause>,
    /// What its limit is called and where it is from.
    pub limit: Option<LimitInfo>,
    /// Where it stands in the model.
    pub at: At,
}

/// A limit, for head-room.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitInfo {
    /// The setting.
    pub setting: String,
    /// The quantity that sets it.
    pub name: String,
    /// Where its number is from.
    pub source: String,
    /// Can it be raised by asking?
    pub adjustable: bool,
}

/// Where a step of a path leads.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A stage, and what is done there.
    Stage {
        /// Its number.
        index: usize,
        /// The verb.
        verb: String,
    },
    /// What the scenario puts here: a handler, the next front, a flow's steps.
    Inside,
    /// The operation that the thing which this one lives on gives for this verb.
    Host(String),
}

/// A step of a path.
#[derive(Clone, Debug, PartialEq)]
pub struct PathStep {
    /// Where to.
    pub target: Target,
    /// How much of it (default 1).
    pub take: Option<Value>,
    /// How long it is served there.
    pub time: Option<Value>,
    /// Which key chooses.
    pub key: Option<String>,
    /// From here on each thing of a batch goes its own way.
    pub apart: bool,
}

/// An operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OpInstance {
    /// Its way.
    pub path: Vec<PathStep>,
    /// What goes on after the answer.
    pub behind: Vec<PathStep>,
    /// Passed at every step of the handler.
    pub each: Vec<PathStep>,
    /// Passed by calls from inside.
    pub calls: Option<usize>,
    /// The stage that does the handler's work.
    pub work: Option<usize>,
    /// Bytes of the question, unless the step says.
    pub size: Option<Value>,
    /// Bytes of the answer, unless the step says.
    pub reply: Option<Value>,
    /// Things in one call, at most.
    pub most: Option<Value>,
    /// How long what is inside may take.
    pub timeout: Option<Value>,
    /// How long a connection to it may take.
    pub connect: Option<Value>,
    /// How often it is tried.
    pub tries: Option<Value>,
    /// How long what is behind may last.
    pub lasts: Option<Value>,
    /// What is behind survives its worker.
    pub survives: bool,
    /// Causes from inside, and what the caller is told.
    pub maps: BTreeMap<Cause, String>,
    /// Where it stands in the model.
    pub at: At,
}

impl OpInstance {
    /// Is there a place for a handler?
    pub fn has_inside(&self) -> bool {
        self.path.iter().chain(&self.behind).any(|step| step.target == Target::Inside)
    }
}

/// What others may take or live on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GiveInstance {
    /// From here.
    pub stage: Option<usize>,
    /// `take done give_back` and others, by operation.
    pub ops: BTreeMap<String, String>,
    /// How long a taker may wait.
    pub wait: Option<Value>,
    /// Also fits those who only know these.
    pub also: Vec<String>,
    /// One for each member.
    pub per: Option<usize>,
    /// Room for what lives here.
    pub room: Option<Value>,
}

/// How it takes, with what a handler says.
#[derive(Clone, Debug, PartialEq)]
pub struct TakeInstance {
    /// By this operation.
    pub op: String,
    /// The poller; none: the source pushes.
    pub mover: Option<StageInstance>,
    /// The poller's parameters.
    pub parameters: BTreeMap<String, Given>,
    /// What its author should know.
    pub warnings: Vec<Diagnostic>,
}

/// What a fault does here.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultInstance {
    /// The stages.
    pub stages: Vec<usize>,
    /// What is done to them.
    pub does: String,
}

/// What is counted and billed.
#[derive(Clone, Debug, PartialEq)]
pub struct MeterInstance {
    /// How it counts.
    pub counts: Counting,
    /// Refused and empty ones count too.
    pub all: bool,
    /// At least this much of each stretch or life.
    pub at_least: Option<Value>,
    /// Rounded up to multiples of this.
    pub round_up_to: Option<Value>,
    /// The word of its unit.
    pub unit: String,
    /// What it costs.
    pub price: Option<Price>,
}

/// How a meter counts.
#[derive(Clone, Debug, PartialEq)]
pub enum Counting {
    /// For each call of an operation (or `OP.each`, `STAGE.VERB`): so much.
    On(Vec<(String, Value)>),
    /// A measure times time.
    Integral(Value),
    /// Lives of members of this stage and kind.
    Lives(usize, String),
    /// The largest of each hour, by name.
    Largest(Vec<(String, Value)>),
}

/// A price.
#[derive(Clone, Debug, PartialEq)]
pub enum Price {
    /// The model's own: money for so many nanoseconds, or so many billionths of a thing.
    Own {
        /// Its name in the model.
        name: String,
        /// So much ...
        money: Money,
        /// ... for so many.
        per: u128,
    },
    /// A key of the price book, choices filled in.
    Key(String),
}

/// A check that rests on neighbours.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckInstance {
    /// Its name.
    pub name: String,
    /// Left side.
    pub left: Value,
    /// How they compare.
    pub comparison: Comparison,
    /// Right side.
    pub right: Value,
    /// As written.
    pub text: String,
    /// Error or warning.
    pub severity: Severity,
    /// What is said.
    pub says: String,
    /// Where it is said.
    pub at: At,
}
