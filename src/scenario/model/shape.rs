//! A model as it was written: what it has and how it is joined, each piece with its place, before anything is chosen.
//!
//! `extends` and `like` are resolved; expressions are read but not worked out. Maps are sorted by name.

use std::collections::BTreeMap;

use super::expr::{Expr, Names};
use super::table::Rows;
use super::value::{Kind, Value};
use crate::record::results::Cause;
use crate::scenario::diagnostics::Severity;
use crate::scenario::tree::{At, Placed};

/// A service as data.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// By which name components ask for it: `server`, `acme/billing`.
    pub name: String,
    /// One phrase.
    pub title: String,
    /// The family: its account-wide stages are shared, its quotas have this prefix.
    pub service: String,
    /// What it models.
    pub models: Vec<String>,
    /// What it leaves out.
    pub leaves_out: Vec<String>,
    /// Names of tests.
    pub validated_by: Vec<Placed<String>>,
    /// Parameters, facts and quotas by their (dotted) name.
    pub quantities: BTreeMap<String, Quantity>,
    /// Tables of rows.
    pub tables: BTreeMap<String, Rows>,
    /// What follows from quantities.
    pub derived: BTreeMap<String, Setting>,
    /// Mechanisms with their settings.
    pub stages: BTreeMap<String, Stage>,
    /// What one may ask.
    pub ops: BTreeMap<String, Op>,
    /// What others may take from it, by kind.
    pub gives: BTreeMap<String, Give>,
    /// How it takes, by kind.
    pub takes: BTreeMap<String, Take>,
    /// Faults that it bears besides those that everything bears.
    pub faults: BTreeMap<String, Bears>,
    /// What is billed.
    pub meters: BTreeMap<String, Meter>,
    /// What reports and alarms see; the first expression whose stages exist counts.
    pub series: BTreeMap<String, Vec<Expr>>,
    /// What is looked at before a run.
    pub checks: BTreeMap<String, Check>,
    /// Where its numbers are from.
    pub sources: BTreeMap<String, Source>,
    /// Names that an expression may use, and their units.
    pub units: Names,
    /// Where it stands.
    pub at: At,
}

/// Who can change a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// The designer.
    Parameter,
    /// Nobody.
    Fact,
    /// The provider, when asked.
    Quota,
}

/// A number with its source, or a choice.
#[derive(Clone, Debug)]
pub struct Quantity {
    /// Who can change it.
    pub section: Section,
    /// Its value, none for what only a scenario can give (a key).
    pub value: Option<Placed<Value>>,
    /// What it is.
    pub kind: Kind,
    /// One of these words, or one row of a table.
    pub choose: Option<Choose>,
    /// Least and greatest, and as it was written.
    pub range: Option<(f64, f64, Placed<String>)>,
    /// Sources: ids, or "assumed", "derived".
    pub by: Vec<Placed<String>>,
    /// Why, of what is assumed or derived.
    pub why: Option<String>,
    /// Other values in regions.
    pub in_regions: Vec<(Vec<String>, Placed<Value>)>,
    /// One phrase.
    pub doc: Option<String>,
    /// Scope of a quota.
    pub shared: Option<Placed<String>>,
    /// Its name under a scenario's `[quotas]`, if not its own.
    pub short: Option<String>,
    /// Where its name stands.
    pub at: At,
}

/// What a choice chooses among.
#[derive(Clone, Debug)]
pub enum Choose {
    /// Words.
    Words(Vec<String>),
    /// Rows of a table.
    Table(Placed<String>),
}

/// Where numbers are from.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Its name.
    pub title: String,
    /// Who published it.
    pub publisher: String,
    /// When it was true.
    pub as_of: String,
    /// verified, measured, derived, assumed.
    pub status: String,
    /// Where it stands.
    pub at: At,
}

/// A value of a setting as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// A number.
    Expr(Expr),
    /// A word, or the name of a parameter, stage, operation.
    Word(Placed<String>),
    /// true, false.
    Bool(Placed<bool>),
    /// Attempts and pauses.
    Retry {
        /// How many.
        attempts: Expr,
        /// The pause, a name of a quantity.
        wait: Expr,
    },
    /// By a choice.
    Choose {
        /// The parameter.
        by: Placed<String>,
        /// Option and value.
        options: Vec<(Placed<String>, Setting)>,
        /// For the others.
        otherwise: Option<Box<Setting>>,
    },
}

/// A condition under which something exists.
#[derive(Clone, Debug, PartialEq)]
pub struct When {
    /// The quantity that it asks.
    pub subject: Placed<String>,
    /// What is asked.
    pub test: Test,
}

/// What a condition asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// This choice.
    Is(String),
    /// Not this choice.
    IsNot(String),
    /// The setting is given.
    Set,
    /// It is not.
    NotSet,
    /// A rate, a count: where a parameter may be either.
    IsA(String),
    /// A comparison.
    Compare(Comparison, Expr),
}

/// How two numbers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// <=
    AtMost,
    /// >=
    AtLeast,
    /// <
    Below,
    /// >
    Above,
    /// =
    Equal,
}

impl Comparison {
    /// Longer signs first, so that `<=` is not read as `<`.
    pub const ALL: [Comparison; 5] =
        [Comparison::AtMost, Comparison::AtLeast, Comparison::Below, Comparison::Above, Comparison::Equal];

    /// As written.
    pub fn sign(self) -> &'static str {
        match self {
            Comparison::AtMost => "<=",
            Comparison::AtLeast => ">=",
            Comparison::Below => "<",
            Comparison::Above => ">",
            Comparison::Equal => "=",
        }
    }

    /// Does it hold?
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Comparison::AtMost => left <= right,
            Comparison::AtLeast => left >= right,
            Comparison::Below => left < right,
            Comparison::Above => left > right,
            Comparison::Equal => left == right,
        }
    }
}

/// A mechanism with its settings.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The parameter that chooses among the variants, if several.
    pub choose: Option<Placed<String>>,
    /// Option ("" where there is just one, "else" for the rest) and variant.
    pub variants: Vec<(String, Variant)>,
    /// Where its name stands.
    pub at: At,
}

/// One option of a stage.
#[derive(Clone, Debug)]
pub struct Variant {
    /// The mechanism.
    pub mechanism: Placed<String>,
    /// Its settings.
    pub settings: BTreeMap<String, Setting>,
    /// One for each member of this stage.
    pub per: Option<Placed<String>>,
    /// account, region, zone.
    pub shared: Option<Placed<String>>,
    /// The name by which it is shared, if not its own.
    pub named: Option<String>,
    /// What the caller is told.
    pub refuses: Option<String>,
    /// Its class of failure, if not the mechanism's.
    pub cause: Option<Cause>,
    /// It exists only then.
    pub when: Vec<When>,
    /// Where it stands.
    pub at: At,
}

/// A stop on a path.
#[derive(Clone, Debug)]
pub struct Stop {
    /// `STAGE`, `inside` or `host`.
    pub stage: Placed<String>,
    /// What is done there, if not the first of its verbs.
    pub verb: Option<String>,
    /// How much of it.
    pub take: Option<Expr>,
    /// How long.
    pub time: Option<Expr>,
    /// Which key chooses.
    pub key: Option<Placed<String>>,
    /// From here on each thing goes its own way.
    pub apart: bool,
}

/// An operation.
#[derive(Clone, Debug, Default)]
pub struct Op {
    /// Its way.
    pub path: Vec<Stop>,
    /// What goes on after the answer.
    pub behind: Vec<Stop>,
    /// Passed at every step of the handler.
    pub each: Vec<Stop>,
    /// What a call from inside passes.
    pub calls: Option<Placed<String>>,
    /// Which stage does the handler's work: the first that exists.
    pub work: Vec<Placed<String>>,
    /// `size reply most timeout connect tries lasts`, as given.
    pub numbers: BTreeMap<String, Expr>,
    /// Survives its worker's death.
    pub survives: bool,
    /// Causes from inside, and what the caller is told.
    pub maps: BTreeMap<Cause, String>,
    /// It exists only then.
    pub when: Vec<When>,
    /// Where its name stands.
    pub at: At,
}

/// What others may take or live on.
#[derive(Clone, Debug, Default)]
pub struct Give {
    /// From here.
    pub stage: Option<Placed<String>>,
    /// `take done give_back` and others, by operation.
    pub ops: BTreeMap<String, Placed<String>>,
    /// How long a taker may wait.
    pub wait: Option<Expr>,
    /// Also fits those who only know these.
    pub also: Vec<String>,
    /// One for each member.
    pub per: Option<Placed<String>>,
    /// Room for what lives here.
    pub room: Option<Expr>,
    /// It exists only then.
    pub when: Vec<When>,
    /// Where its name stands.
    pub at: At,
}

/// How it takes.
#[derive(Clone, Debug)]
pub struct Take {
    /// By this operation.
    pub op: Placed<String>,
    /// With this poller; none: the source pushes.
    pub mover: Option<Variant>,
    /// What a handler may say.
    pub parameters: BTreeMap<String, Quantity>,
    /// Names of the poller's own parameters and their units, over those of the model.
    pub units: Names,
    /// It exists only then.
    pub when: Vec<When>,
    /// Where its name stands.
    pub at: At,
}

/// A fault that it bears.
#[derive(Clone, Debug)]
pub struct Bears {
    /// Where.
    pub stages: Vec<Placed<String>>,
    /// What is done to the mechanism.
    pub does: Placed<String>,
    /// Where its name stands.
    pub at: At,
}

/// What is counted and billed.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    /// How it counts.
    pub counts: Counts,
    /// Refused and empty ones count too.
    pub all: bool,
    /// At least this much of each stretch or life.
    pub at_least: Option<Expr>,
    /// Rounded up to multiples of this.
    pub round_up_to: Option<Expr>,
    /// The word of its unit.
    pub unit: Placed<String>,
    /// The price's key.
    pub price: Option<Placed<String>>,
    /// It exists only then.
    pub when: Vec<When>,
    /// Where its name stands.
    pub at: At,
}

/// How a meter counts.
#[derive(Clone, Debug, Default)]
pub enum Counts {
    /// Nothing was said.
    #[default]
    Nothing,
    /// For each call of an operation.
    On(Vec<(Placed<String>, Expr)>),
    /// A measure times time.
    Integral(Expr),
    /// Lives of members.
    Lives(Placed<String>),
    /// The largest of each hour, by name.
    Largest(Vec<(Placed<String>, Expr)>),
}

/// Looked at before a run.
#[derive(Clone, Debug)]
pub struct Check {
    /// Must hold; none: what `when` describes must not be.
    pub that: Option<(Expr, Comparison, Expr)>,
    /// Error or warning.
    pub severity: Severity,
    /// What is said.
    pub says: String,
    /// Only then.
    pub when: Vec<When>,
    /// Where its name stands.
    pub at: At,
}
