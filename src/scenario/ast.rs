//! A scenario as it was written: every name, number and step, each with its place, before anything is looked up.
//!
//! Reading (`read`) makes it from the tree; compiling turns it into a world. All maps are sorted by name, so the order
//! of a file never reaches a result.

use std::collections::BTreeMap;

use super::quantity::{Condition, Pick, Rate};
use super::tree::{At, Node, Placed};
use crate::units::{Law, Span};

/// One whole file, after `extends` and `include`.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// What it is called.
    pub name: String,
    /// One sentence.
    pub summary: Option<String>,
    /// The document and lines that it models.
    pub source: Option<String>,
    /// Regions, home first; empty: a scenario without a cloud.
    pub regions: Vec<Placed<String>>,
    /// A story of this length ...
    pub duration: Option<Placed<Span>>,
    /// ... or a steady run until one number is known.
    pub until: Option<Until>,
    /// Left out of all measures; none: see `format.md` section 2.
    pub warmup: Option<Placed<Span>>,
    /// Calendar time of minute 0, as written.
    pub start: Option<Placed<String>>,
    /// Seed (default 1).
    pub seed: Option<Placed<u64>>,
    /// Replications (default 1).
    pub replications: Option<Placed<u32>>,
    /// exact, grouped, windows.
    pub mode: Option<Placed<String>>,
    /// 1/n of the independent copies.
    pub sample: Option<Placed<u64>>,
    /// Price book.
    pub prices: Option<Placed<String>>,
    /// Path and reason.
    pub assumed: BTreeMap<String, Placed<String>>,
    /// Named ranges of time, half open.
    pub phases: BTreeMap<String, Placed<(Span, Span)>>,
    /// Named numbers.
    pub values: BTreeMap<String, Placed<f64>>,
    /// What requests are about.
    pub keys: BTreeMap<String, Key>,
    /// Who asks.
    pub traffic: BTreeMap<String, Traffic>,
    /// The parts.
    pub components: BTreeMap<String, Component>,
    /// What parts do when asked: part, then operation ("" where there is just one handler).
    pub handlers: BTreeMap<String, BTreeMap<String, Handler>>,
    /// Shared code.
    pub routines: BTreeMap<String, Handler>,
    /// What requests do.
    pub flows: BTreeMap<String, Flow>,
    /// Alarms.
    pub alarms: BTreeMap<String, Alarm>,
    /// Runbooks.
    pub runbooks: BTreeMap<String, Runbook>,
    /// On purpose, at a time.
    pub changes: BTreeMap<String, Change>,
    /// What breaks.
    pub faults: BTreeMap<String, Fault>,
    /// How minutes make a month, as written.
    pub month: Vec<(Placed<String>, Node)>,
    /// Raised limits: path and value.
    pub quotas: BTreeMap<String, Node>,
    /// Distances, as written: path and value.
    pub network: BTreeMap<String, Node>,
    /// Path and conditions that are enforced.
    pub expect: Vec<Expectation>,
    /// Path, and what may stand there.
    pub tune: BTreeMap<String, Node>,
    /// What a document says.
    pub claims: BTreeMap<String, Claim>,
    /// Mathematics or measurement.
    pub known: Vec<Known>,
}

/// A steady run ends when this is known.
#[derive(Clone, Debug)]
pub struct Until {
    /// Path of the measure.
    pub of: Placed<String>,
    /// Relative half-width.
    pub within: f64,
    /// Longest run.
    pub at_most: Span,
    /// Place.
    pub at: At,
}

/// An entry of `[keys]`.
#[derive(Clone, Debug)]
pub struct Key {
    /// How many there are.
    pub count: Option<f64>,
    /// Which one a request is about.
    pub pick: Pick,
    /// Belongs to one of another key, for ever.
    pub of: Option<Placed<String>>,
    /// Every request makes a new one.
    pub fresh: bool,
    /// Share used from several regions.
    pub roams: f64,
    /// Numbers that every one has.
    pub attributes: BTreeMap<String, Placed<Law>>,
    /// Place of its name.
    pub at: At,
}

/// Something that changes with time: straight lines between points (a jump where two stand at one time), or a curve.
#[derive(Clone, Debug, PartialEq)]
pub enum Profile {
    /// Always this.
    Constant(f64),
    /// Points (time, value), times not falling; before the first and after the last: their values.
    Lines(Vec<(Span, f64)>),
    /// Values swing once a day between two bounds, highest at `peak`.
    Day { low: f64, high: f64, peak: Span },
    /// mean + amplitude sin(2 pi (t - phase) / period).
    Sine { mean: f64, amplitude: f64, period: Span, phase: Span },
}

/// How open arrivals come.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrivals {
    /// Independently of one another.
    Poisson,
    /// In equal steps of the cumulative rate.
    Even,
    /// With gaps of this law, scaled to the rate (its mean counts as one).
    Renewal(Law),
    /// In groups, at one moment; the groups come as Poisson. Law of the size of a group.
    Bursts(Law),
    /// Poisson at rates that change by themselves: rate and law of its stay, in turn.
    Mmpp(Vec<(Rate, Law)>),
}

/// Who asks, and how often.
#[derive(Clone, Debug)]
pub struct Traffic {
    /// Open, users, things that tick, connections, a trace.
    pub shape: Shape,
    /// Which flow.
    pub starts: Starts,
    /// Each user is one of these.
    pub key: Option<Placed<String>>,
    /// Region and share.
    pub near: BTreeMap<String, Placed<f64>>,
    /// Law of the last mile.
    pub access: Option<Law>,
    /// What the client does when things go wrong.
    pub client: Client,
    /// Place of its name.
    pub at: At,
}

/// The shapes of traffic.
#[derive(Clone, Debug)]
pub enum Shape {
    /// Requests per second (a profile of rates), whoever waits.
    Open { rate: Profile, arrivals: Arrivals },
    /// Users who wait for answers, think, and ask again.
    Users { users: Profile, think: Option<Law>, every: BTreeMap<String, Placed<Law>>, connect: Option<Box<Connect>> },
    /// As recorded.
    Trace { file: Placed<String>, rows: Vec<TraceRow> },
}

/// One line of a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceRow {
    /// When.
    pub time: Span,
    /// Which flow.
    pub flow: String,
    /// Equal text is an equal key; empty: none.
    pub key: String,
}

/// Open connections.
#[derive(Clone, Debug)]
pub struct Connect {
    /// The component.
    pub to: Placed<String>,
    /// How long one stays open.
    pub lasts: Law,
    /// Flow on opening.
    pub opens: Option<Placed<String>>,
    /// Flow on closing.
    pub closes: Option<Placed<String>>,
    /// Pause before connecting again.
    pub again: Option<Backoff>,
}

/// What a traffic starts.
#[derive(Clone, Debug)]
pub enum Starts {
    /// The flow of its own name, or the one named.
    Flow(Placed<String>),
    /// By weight.
    Mix(Vec<(Placed<String>, f64)>),
    /// Steps on the client's side; then the next user begins.
    Journey(Vec<Step>),
    /// The lines of the trace say it, or only `every` / `connect` start anything.
    Elsewhere,
}

/// A part.
#[derive(Clone, Debug)]
pub struct Component {
    /// `generic/...` names have no slash: `server`; of clouds: `provider/service`. After `like` is resolved.
    pub model: Placed<String>,
    /// The model's parameters as written (own keys over those of `like`), without the keys below.
    pub settings: BTreeMap<String, (At, Node)>,
    /// Overridden facts of the model.
    pub facts: BTreeMap<String, (At, Node)>,
    /// Lives on another component.
    pub on: Option<Placed<String>>,
    /// Takes from another.
    pub from: Option<Placed<String>>,
    /// This share of it.
    pub filter: Option<f64>,
    /// What it is partitioned by.
    pub key: Option<Placed<String>>,
    /// How everybody calls it.
    pub client: Client,
    /// Regions in which it is; empty: all.
    pub regions: Vec<Placed<String>>,
    /// Where it is written ("any": everywhere).
    pub writer: Option<Placed<String>>,
    /// Other settings in one region.
    pub in_region: BTreeMap<String, BTreeMap<String, (At, Node)>>,
    /// Place of its name.
    pub at: At,
}

/// What a part does, or a routine.
#[derive(Clone, Debug, Default)]
pub struct Handler {
    /// Processor time of one run.
    pub work: Option<Placed<Law>>,
    /// Then.
    pub steps: Vec<Step>,
    /// Share of runs that break.
    pub fail: f64,
    /// The part's own limit.
    pub timeout: Option<Span>,
    /// Started by this.
    pub from: Option<Placed<String>>,
    /// By this share of it.
    pub filter: Option<f64>,
    /// How it takes: batch, window, pollers, partial, retries, as written.
    pub takes: BTreeMap<String, (At, Node)>,
    /// Periodic.
    pub every: Option<Placed<Law>>,
    /// At a time of day, as written.
    pub daily: Option<Placed<String>>,
    /// Place of its name.
    pub at: At,
}

/// What a request does.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    /// Fronts, outside in.
    pub through: Vec<Placed<String>>,
    /// What is then asked.
    pub steps: Vec<Step>,
    /// Bytes of the answer.
    pub reply: Option<Law>,
    /// Bytes of the question.
    pub size: Option<Law>,
    /// Fronts may keep the answer: for how long, by which key.
    pub cache: Option<(Span, Option<Placed<String>>)>,
    /// What "good" means: measure within the flow (`p99`, `paid.p95`, `success`) and conditions.
    pub slo: Vec<Expectation>,
    /// Place of its name.
    pub at: At,
}

/// One step: a verb and what modifies it.
#[derive(Clone, Debug)]
pub struct Step {
    /// What is done.
    pub verb: Verb,
    /// With this chance only.
    pub chance: Option<Number>,
    /// If this holds only.
    pub when: Option<When>,
    /// Timeout, retries and their kin.
    pub client: Client,
    /// Instead, when it has failed for good (`Some(vec![])` ignores the failure).
    pub otherwise: Option<Vec<Step>>,
    /// Undone if a later step of this list fails.
    pub undo: Option<Vec<Step>>,
    /// A new one of this key for this step and all inside.
    pub another: Option<Placed<String>>,
    /// For reports.
    pub note: Option<String>,
    /// Place.
    pub at: At,
}

/// The verbs.
#[derive(Clone, Debug)]
pub enum Verb {
    /// Ask and wait.
    Call(Call),
    /// Hand over and wait for the receipt.
    Send(Call),
    /// A routine, here.
    Run(Placed<String>),
    /// A whole flow, from the client's side.
    Flow(Placed<String>),
    /// Processor time here.
    Work(Law),
    /// Time without processor.
    Wait(Law),
    /// Several times.
    Repeat { times: Number, at_once: AtOnce, pack: u32, need: Option<u32>, steps: Vec<Step> },
    /// At once.
    Parallel { branches: Vec<Vec<Step>>, need: Option<u32> },
    /// The first whose `chance` or `when` applies (each branch is a list).
    Choose(Vec<Branch>),
    /// Names this moment.
    Mark(Placed<String>),
    /// Fails, with a reason.
    Fail(String),
    /// Steps in order.
    Group(Vec<Step>),
}

/// A branch of `choose`.
#[derive(Clone, Debug)]
pub struct Branch {
    /// With this probability.
    pub chance: Option<Number>,
    /// If this holds.
    pub when: Option<When>,
    /// Then.
    pub steps: Vec<Step>,
    /// Place.
    pub at: At,
}

/// What is called.
#[derive(Clone, Debug)]
pub struct Call {
    /// Component, and operation if one is named (`web.browse`).
    pub target: Placed<String>,
    /// An unnamed handler: its work.
    pub work: Option<Placed<Law>>,
    /// An unnamed handler: its steps.
    pub steps: Vec<Step>,
    /// When a cache says no.
    pub miss: Option<Vec<Step>>,
    /// What comes back is filled in (default true).
    pub fill: bool,
    /// Share of answers that are "no".
    pub refused: Option<Number>,
    /// Other than the component's default.
    pub key: Option<Placed<String>>,
    /// Bytes asked.
    pub size: Option<Law>,
    /// Bytes answered.
    pub reply: Option<Law>,
    /// Low numbers first.
    pub priority: Option<u8>,
    /// Region.
    pub region: Option<Placed<String>>,
    /// false: a second effect is a duplicate.
    pub idempotent: Option<bool>,
    /// Gives up only while waiting for its turn.
    pub patience: Option<Law>,
}

/// A number that may be named, drawn, or belong to a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// As written.
    Just(f64),
    /// Drawn.
    Law(Law),
    /// An entry of `[values]`.
    Value(Placed<String>),
    /// `key.attribute`.
    Attribute(Placed<String>),
    /// Number of things taken.
    Records,
}

/// `key.attribute < number`.
#[derive(Clone, Debug)]
pub struct When {
    /// `key.attribute`.
    pub attribute: Placed<String>,
    /// < <= = >= >
    pub compare: Compare,
    /// Number or name of a value.
    pub than: Number,
}

/// How two numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// <
    Less,
    /// <=
    AtMost,
    /// =
    Equal,
    /// >=
    AtLeast,
    /// >
    More,
}

/// How many turns run at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtOnce {
    /// So many.
    Just(u32),
    /// All.
    All,
}

/// What a caller does when things go wrong. `None` everywhere: waits for ever, tries once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Client {
    /// Gives an attempt up after this.
    pub timeout: Option<Placed<Span>>,
    /// Further attempts.
    pub retries: Option<Placed<u32>>,
    /// Causes that are worth another attempt (default: all but `refused`).
    pub retry_on: Option<Vec<Placed<String>>>,
    /// Pause before the next attempt.
    pub backoff: Option<Backoff>,
    /// At most this share of retries per first attempt, with so many in hand.
    pub retry_budget: Option<RetryBudget>,
    /// Takes an abandoned attempt back.
    pub withdraw: bool,
    /// What is called knows when its caller will have gone, and does not begin after that.
    pub deadline: bool,
    /// Second copy after this.
    pub hedge: Option<Hedge>,
    /// Circuit breaker.
    pub breaker: Option<Breaker>,
    /// Bulkhead: so many at a time.
    pub at_most: Option<Placed<u32>>,
    /// A policy by its name (`"standard"`); what is written beside it wins.
    pub policy: Option<Placed<String>>,
}

/// A pause that may grow. Spans; `factor` 2 unless written.
#[derive(Clone, Debug, PartialEq)]
pub enum Backoff {
    /// Always this (a law allowed).
    Fixed(Law),
    /// base x factor^k, k = 0 for the first retry, spread evenly by this share of it to either side.
    Exponential { base: Span, factor: f64, cap: Span, jitter: f64 },
    /// Half of it, and a uniform part up to the other half.
    EqualJitter { base: Span, factor: f64, cap: Span },
    /// Uniform between 0 and it.
    FullJitter { base: Span, factor: f64, cap: Span },
    /// Uniform between base and 3 x the last one.
    Decorrelated { base: Span, factor: f64, cap: Span },
    /// As the callee said (Retry-After).
    AsTold,
    /// This one first, then that one; the last one stays.
    Schedule(Vec<Span>),
}

/// Tokens for retries: each first attempt adds `ratio`, a retry costs one; at most `burst` are kept (full at the start).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryBudget {
    /// Added per first attempt.
    pub ratio: f64,
    /// Kept at most.
    pub burst: f64,
}

/// When to send a second copy.
#[derive(Clone, Debug, PartialEq)]
pub enum Hedge {
    /// After this long.
    After(Span),
    /// After this quantile of the latencies seen so far.
    Quantile(f64),
}

/// A circuit breaker: opens when of the last `of` attempts this share failed, rests, then lets one through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breaker {
    /// Share of failures.
    pub errors: f64,
    /// Of so many.
    pub of: u32,
    /// Open for so long.
    pub rest: Span,
}

/// A path and what must hold there.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The measure's path, dotted (`browse.p99`).
    pub path: Placed<String>,
    /// All of these.
    pub conditions: Vec<Placed<Condition>>,
}

/// An alarm.
#[derive(Clone, Debug)]
pub struct Alarm {
    /// Path and condition: `db.connections < 1`.
    pub when: Placed<String>,
    /// mean, max, sum ...
    pub statistic: String,
    /// Length of a period.
    pub average: Span,
    /// So many in a row ...
    pub periods: u32,
    /// ... of these.
    pub of: Option<u32>,
    /// ignore, ok, breaching.
    pub missing: String,
    /// Runbook.
    pub then: Option<Placed<String>>,
    /// Place of its name.
    pub at: At,
}

/// A runbook, its actions as written (bound by the compiler).
#[derive(Clone, Debug)]
pub struct Runbook {
    /// Actions.
    pub steps: Vec<Node>,
    /// Limit.
    pub timeout: Option<Span>,
    /// Region that it needs.
    pub runs_in: Option<Placed<String>>,
    /// Place of its name.
    pub at: At,
}

/// A change on purpose: at a time, an action or several, as written.
#[derive(Clone, Debug)]
pub struct Change {
    /// When.
    pub moment: Placed<Span>,
    /// The table with its keys (`set`, `deploy`, `steps` ...).
    pub node: Node,
    /// Place of its name.
    pub at: At,
}

/// When a fault begins.
#[derive(Clone, Debug)]
pub enum Begins {
    /// At this moment (a law: each replication draws its own).
    At(Law),
    /// Again and again, after this much time in order.
    Every(Law),
}

/// What breaks.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Kinds.
    pub what: Vec<Placed<String>>,
    /// Targets.
    pub target: Vec<Placed<String>>,
    /// When.
    pub begins: Begins,
    /// For how long (none: for good).
    pub lasts: Option<Law>,
    /// The kind's own keys (`share`, `factor`, `count`, `limit` ...), as written.
    pub settings: BTreeMap<String, (At, Node)>,
    /// `rto`, `rpo`.
    pub slo: Vec<Expectation>,
    /// A run of its own.
    pub alone: bool,
    /// Place of its name.
    pub at: At,
}

/// What a document says.
#[derive(Clone, Debug)]
pub struct Claim {
    /// In words.
    pub says: String,
    /// Where in the document.
    pub place: Option<String>,
    /// Path and conditions.
    pub expect: Vec<Expectation>,
    /// Place of its name.
    pub at: At,
}

/// One `[[known]]`: where it is from, and numbers.
#[derive(Clone, Debug)]
pub struct Known {
    /// Where it is from (`how` or `source`).
    pub how: String,
    /// Numbers.
    pub numbers: Vec<KnownNumber>,
    /// Place.
    pub at: At,
}

/// One known number.
#[derive(Clone, Debug)]
pub struct KnownNumber {
    /// Path of the measure.
    pub path: Placed<String>,
    /// The metric's own name (default: the path).
    pub name: Option<String>,
    /// The value, in seconds, ones, per second, bytes or dollars.
    pub value: f64,
    /// Per-observation deviation: tolerance 4 sigma / sqrt(n) + ref_err.
    pub sigma: Option<f64>,
    /// n of the reference.
    pub n_ref: Option<f64>,
    /// How wrong the reference may be.
    pub ref_err: f64,
    /// Absolute tolerance instead.
    pub abs_tol: Option<f64>,
    /// A closed form answers, not a run.
    pub by_estimate: bool,
    /// Looked at in this phase.
    pub in_phase: Option<Placed<String>>,
    /// What `n` counts.
    pub n: Option<Placed<String>>,
}
