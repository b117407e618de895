//! A scenario compiled: programs and the tables that they lead into. It never changes while a run goes on.

pub use super::decisions::{ChoiceSpec, Comparison, NumberSpec, WhenSpec};
use super::doings::EffectSpecs;
pub use super::effects::{Effect, Happening};
use super::fleets::FleetPlan;
use super::gate_spec::Gates;
use super::incidents::Incidents;
use super::loops::Loops;
pub use super::members::{PolicyOfChoice, SetSpec};
use super::messages::{HandSpec, StoreSpec, TakerSpec};
use super::pools::PoolPlan;
use super::scalers::ScalerPlan;
use super::shedding::ControlSpec;
pub use super::steady::Watch;
use super::store_specs::{KeySpec, StoreSpecs};
use super::usage::Metering;
use super::versions::RowSpec;
use crate::engine::program::{Pc, Program};
use crate::queueing::arrivals::{Curve, Pattern};
use crate::queueing::station::StationSpec;
use crate::units::{Law, Span, Time};

/// A scenario, ready to run with any seed.
#[derive(Clone, Debug, Default)]
pub struct Blueprint {
    /// End of the warm-up: measuring begins.
    pub from: Time,
    /// End of the run.
    pub to: Time,
    /// What requests execute.
    pub program: Program,
    /// Laws.
    pub laws: Vec<Law>,
    /// Chances.
    pub chances: Vec<f64>,
    /// Names of the places at which something is drawn; each has a random stream of its own.
    pub sites: Vec<String>,
    /// Numbers that are drawn or belong to keys.
    pub numbers: Vec<NumberSpec>,
    /// Comparisons.
    pub whens: Vec<WhenSpec>,
    /// Tables of `choose`.
    pub choices: Vec<Vec<ChoiceSpec>>,
    /// Keys.
    pub keys: Vec<KeySpec>,
    /// Stores by key, and where they are asked.
    pub stores: StoreSpecs,
    /// Parts whose rows remember their versions, and where those are read and written.
    pub rows_of: Vec<u32>,
    pub rows: Vec<RowSpec>,
    /// Lines of servers.
    pub lines: Vec<LineSpec>,
    /// Units of shared cores.
    pub shares: Vec<ShareSpec>,
    /// Limits in time, and what works in turns.
    pub gates: Gates,
    /// Calls whose effects must not come twice.
    pub effects: EffectSpecs,
    pub loops: Loops,
    /// Sets of members.
    pub sets: Vec<SetSpec>,
    /// Fleets, and what scales them.
    pub fleets: Vec<FleetPlan>,
    pub scalers: Vec<ScalerPlan>,
    /// Elastic pools.
    pub pools: Vec<PoolPlan>,
    /// Who uses a line or a share, and how.
    pub services: Vec<Service>,
    /// Parts, by name.
    pub parts: Vec<PartSpec>,
    /// Their operations.
    pub operations: Vec<OperationSpec>,
    /// Callers and callees.
    pub calls: Vec<CallSpec>,
    /// What callers do when things go wrong.
    pub policies: Vec<Policy>,
    /// What all attempts of a caller at a callee share.
    pub guards: Vec<GuardSpec>,
    /// Bodies that run in frames of their own.
    pub groups: Vec<GroupSpec>,
    /// Marks.
    pub marks: Vec<MarkSpec>,
    /// Flows, by name.
    pub flows: Vec<String>,
    /// Programs that traffic or a journey starts.
    pub entries: Vec<EntrySpec>,
    /// Who asks.
    pub sources: Vec<SourceSpec>,
    /// What breaks or is changed, and when.
    pub happenings: Vec<Happening>,
    /// What is metered.
    pub metering: Metering,
    /// What can go wrong, and what is done about it.
    pub incidents: Incidents,
    /// Named ranges of time.
    pub phases: Vec<(String, Time, Time)>,
    /// What keeps things until they are taken.
    pub messages: Vec<StoreSpec>,
    /// Who takes them.
    pub takers: Vec<TakerSpec>,
    /// Places where something is handed over.
    pub hands: Vec<HandSpec>,
    /// Marks of takers: for each, the flow behind what was taken, and that flow's mark.
    pub marks_behind: Vec<Vec<(u32, u32)>>,
    /// What is watched besides the usual.
    pub watches: Vec<Watch>,
    /// Every request walks by itself.
    pub walk: bool,
    /// Somebody asks for latency over work.
    pub slowdown: bool,
    /// Width of a point of the series.
    pub slot: Span,
}

/// A line of servers.
#[derive(Clone, Debug, PartialEq)]
pub struct LineSpec {
    /// Servers, order, room.
    pub station: StationSpec,
    /// Start and end of each job are known when it comes.
    pub committed: bool,
    /// The part.
    pub part: u32,
    /// "" (the part's own servers), "threads", "pool.CALLEE".
    pub name: String,
    /// The word for the limit and where its number is from.
    pub limit_name: String,
    /// "this file", or a source.
    pub source: String,
    /// Is it a pool that a caller keeps (its wait is not the part's wait)?
    pub pool: bool,
    /// How it keeps itself short, or finds its own limit.
    pub control: Option<ControlSpec>,
}

/// A unit of shared cores.
#[derive(Clone, Debug, PartialEq)]
pub struct ShareSpec {
    /// Cores.
    pub cores: u32,
    /// The part.
    pub part: u32,
    /// Where the number is from.
    pub source: String,
}

/// How a line or a share is used at one place of a program.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// The line or share (the first of its set).
    pub line: u32,
    /// The cell that keeps which member; `u16::MAX`: there is just one.
    pub member: u16,
    /// The operation whose wait this is; `NONE` for pools.
    pub operation: u32,
    /// Law of the work, if it is served here.
    pub law: u32,
    /// Site of its draws.
    pub site: u32,
    /// Low numbers first.
    pub priority: u8,
    /// Law of the patience.
    pub patience: Option<u32>,
    /// Site of the patience's draws.
    pub patience_site: u32,
    /// The cell that keeps the job.
    pub depth: u16,
    /// Standing at the door of the operation: a refusal is "not let in".
    pub door: bool,
    /// The line has a control.
    pub controlled: bool,
}

/// A part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartSpec {
    /// Its name.
    pub name: String,
    /// Its model.
    pub model: String,
    /// Its rank among all names, which breaks ties.
    pub rank: u16,
    /// Is it a delay whose presence is only an integral?
    pub free: bool,
}

/// An operation of a part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OperationSpec {
    /// The part.
    pub part: u32,
    /// Its name, "" where there is just one.
    pub name: String,
    /// Nobody waits for anybody in it: coming in is no event.
    pub free: bool,
    /// Site of the draws of faults that hit a share.
    pub site: u32,
    /// The part in its region.
    pub place: u32,
    /// Everybody comes so long after an event, with nothing in between that others see; zero: not so.
    pub early: Span,
}

/// A caller and a callee.
#[derive(Clone, Debug, PartialEq)]
pub struct CallSpec {
    /// Traffic, flow or handler.
    pub caller: String,
    /// Flow or part.
    pub callee: String,
}

/// A pause before another attempt.
#[derive(Clone, Debug, PartialEq)]
pub enum Pause {
    /// A law.
    Fixed(Law),
    /// base x factor^k, at most cap.
    Exponential { base: f64, factor: f64, cap: f64, jitter: Jitter },
    /// Uniform between base and factor times the last one, at most cap.
    Decorrelated { base: f64, factor: f64, cap: f64 },
    /// One after another; the last one stays.
    Schedule(Vec<Span>),
    /// As long as the answer lives by which a name led the attempt; none where no name did.
    AsTold,
}

/// How a pause is spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Jitter {
    /// Not.
    None,
    /// Half of it is uniform.
    Equal,
    /// All of it is uniform.
    Full,
    /// Uniform by this share of it to either side.
    Around(f64),
}

/// What a caller does when things go wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// What is attempted.
    pub body: Pc,
    /// Whose attempts are counted.
    pub call: u32,
    /// Gives up after.
    pub timeout: Option<Span>,
    /// Further attempts; `u32::MAX`: for ever.
    pub retries: u32,
    /// Which causes are worth another attempt, by number.
    pub retry_on: [bool; 5],
    /// Pause before it.
    pub pause: Pause,
    /// Pause if it was throttled, where that is another one.
    pub throttled_pause: Option<Pause>,
    /// Site of the pause's draws.
    pub site: u32,
    /// Takes an abandoned attempt back.
    pub withdraw: bool,
    /// A second copy.
    pub hedge: Option<HedgeSpec>,
    /// Index of state shared by all attempts of this caller at this callee (budget, breaker, bulkhead), or `NONE`.
    pub guard: u32,
    /// A client at the system's edge: a late answer is still an answer.
    pub client: bool,
    /// What is inside may be taken back: nothing in it may run ahead of the clock.
    pub strict: bool,
    /// Nothing but its timeout can take it back: what is inside may run ahead of the clock up to there.
    pub fenced: bool,
    /// And all its lines tell ends on arrival: whether it will be cut off is known before it is.
    pub foretold: bool,
    /// Attempts inside know when their caller will be gone, and do not begin after that.
    pub deadline: bool,
}

/// What all attempts of one caller at one callee share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GuardSpec {
    /// So many at a time.
    pub at_most: Option<u32>,
    /// Tokens for retries.
    pub budget: Option<Budget>,
    /// Circuit breaker.
    pub breaker: Option<BreakerSpec>,
}

/// Tokens for retries: full at the start.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    /// Kept at most.
    pub capacity: f64,
    /// Earned by each first attempt.
    pub per_first: f64,
    /// Earned by a good answer to the first attempt.
    pub per_answer: f64,
    /// A retry that is answered well gives back what it cost.
    pub refunds: bool,
    /// A retry after an error costs.
    pub cost: f64,
    /// A retry after a timeout costs.
    pub timeout_cost: f64,
    /// A retry after "too much" costs.
    pub throttled_cost: f64,
}

/// A circuit breaker.
#[derive(Clone, Debug, PartialEq)]
pub struct BreakerSpec {
    /// Opens at this share of failures ...
    pub errors: f64,
    /// ... of so many (at most 256).
    pub of: u32,
    /// Open for so long; then one may try.
    pub rest: Span,
}

/// When a second copy is sent.
#[derive(Clone, Debug, PartialEq)]
pub enum HedgeSpec {
    /// After so long.
    After(Span),
    /// After this quantile of what was seen so far.
    Quantile(f64),
}

/// Bodies in frames of their own.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupSpec {
    /// Bodies; one body that is repeated, or one for each branch.
    pub bodies: Vec<Pc>,
    /// Number of turns of the one body (none: each body once).
    pub times: Option<u32>,
    /// So many turns travel as one.
    pub pack: u32,
    /// How many at once; `u32::MAX`: all.
    pub at_once: u32,
    /// Enough when so many succeeded.
    pub need: Option<u32>,
    /// Branches may be taken back, or the group itself may.
    pub strict: bool,
    /// Each turn is about a thing that was taken.
    pub records: bool,
}

/// A named moment.
#[derive(Clone, Debug, PartialEq)]
pub struct MarkSpec {
    /// Flow.
    pub flow: u32,
    /// Name.
    pub name: String,
}

/// A program that traffic or a journey starts.
#[derive(Clone, Debug, PartialEq)]
pub struct EntrySpec {
    /// Name by which ties are broken and draws are keyed: "flow/traffic".
    pub name: String,
    /// The flow; `NONE` for a journey, which is no request.
    pub flow: u32,
    /// Its rank among all names.
    pub rank: u16,
    /// First instruction.
    pub start: Pc,
    /// Nothing in it may run ahead of the clock.
    pub strict: bool,
    /// The call whose attempts this counts, if no policy counts them; or `NONE`.
    pub call: u32,
    /// The source that starts it; `NONE` for a flow within another.
    pub source: u32,
    /// The source behind it all, also of a flow within another: its users' key is the key of these requests.
    pub asker: u32,
    /// Site that keys its requests.
    pub site: u32,
    /// The mark `done`, or `NONE`.
    pub done_mark: u32,
    /// Whose start this is, if it is that of a taker; or `NONE`.
    pub taker: u32,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceSpec {
    /// Name of the traffic.
    pub name: String,
    /// Entries and cumulative weights (the last is 1).
    pub mix: Vec<(f64, u32)>,
    /// Site of the draws of the mix.
    pub site: u32,
    /// How they come.
    pub shape: SourceShape,
    /// Each user is one of this key.
    pub key: Option<u32>,
}

/// How requests of a source come.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceShape {
    /// Whoever waits.
    Open { curve: Curve, pattern: Pattern },
    /// So many users, who think, ask and wait for the answer. Users over time: points (time, number).
    Users { users: Vec<(Time, f64)>, most: u32, think: u32, site: u32 },
    /// So many things, each with this period, phases spread evenly.
    Ticks { users: Vec<(Time, f64)>, most: u32, period: Span },
    /// The same with an irregular period.
    IrregularTicks { users: Vec<(Time, f64)>, most: u32, law: u32, site: u32 },
    /// As recorded: moment, place in `mix`, number of the key and 1.
    Trace(Vec<(Time, u32, u64)>),
}
