//! Why it went wrong: from the first cause to what users felt, found in what one run measured. Evidence, or silence.
//!
//! For each flow that did not keep what it promises: when it was felt (`felt`); which parts on its ways show signs of
//! trouble that began no later (`signs`); which of these explain the others, along the calls; and what happened to the
//! deepest ones (`chain`). A sign that began later than what was felt explains nothing.

mod chain;
mod felt;
mod links;
mod often;
mod scheme;
mod signs;

pub use often::{Often, often};
pub use scheme::{Happened, Scheme};

use crate::record::Results;
use crate::record::course::Course;
use crate::units::{Span, Time};

/// What became of one replication, and why.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// Each with its own first cause; the one that hit most first. None: nothing was felt.
    pub stories: Vec<Story>,
}

/// From a first cause to what was felt.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// Causes before effects.
    pub links: Vec<Link>,
    /// Requests that it hit, in all flows in which it was felt.
    pub hit: u64,
}

/// One fact in a chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// When it began.
    pub at: Time,
    /// When it was last so; the end of the run if it still was.
    pub until: Time,
    /// What it is about: a part, a flow, a fault.
    pub whose: String,
    /// What is so.
    pub what: What,
}

/// A kind of fact, with its numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Something was done to the system.
    Happens {
        /// In words: "the pause of `db`".
        says: String,
        /// It was over before the run was.
        over: bool,
    },
    /// A cache found less than before.
    Misses {
        /// Share of looks that found something, before and then.
        before: f64,
        /// See `before`.
        after: f64,
    },
    /// All of a limit was in use, and others waited.
    Full {
        /// What is limited: "" (servers, cores), "threads", "pool.db".
        of: String,
        /// The quantity that sets the limit.
        limit_name: String,
        /// The limit then, and how much of it was used at the worst moment.
        limit: u64,
        /// See `limit`.
        held: u64,
        /// How long it was reached, all together.
        full_for: Span,
        /// Most who waited, when, and how long the wait was then in seconds.
        waiting: u64,
        /// See `waiting`.
        waiting_at: Time,
        /// See `waiting`.
        wait_s: f64,
        /// What came a second then, and long before.
        came: f64,
        /// See `came`.
        came_before: Option<f64>,
        /// Of a fleet: members then, most of them, and when.
        members: Option<(u64, u64, Time)>,
    },
    /// What a queue held.
    Backlog {
        /// Most, when, and how long the wait was then in seconds.
        waiting: u64,
        /// See `waiting`.
        waiting_at: Time,
        /// See `waiting`.
        wait_s: f64,
        /// What came a second when it began.
        came: f64,
    },
    /// A limit said no.
    Throttles {
        /// The quantity that sets the limit; "room": the line before the part.
        limit_name: String,
        /// The limit, where it is known.
        limit: Option<u64>,
        /// So many, while it was felt.
        count: u64,
        /// What came a second then.
        came: f64,
    },
    /// Answers that were errors.
    Errors {
        /// So many, while it was felt ...
        count: u64,
        /// ... of so many that came.
        of: u64,
    },
    /// Attempts beyond the first ones.
    Again {
        /// Whom it asks.
        callee: String,
        /// Further attempts, and first ones, while it was felt.
        again: u64,
        /// See `again`.
        first: u64,
    },
    /// Callers that gave up.
    GivesUp {
        /// Whom it asks.
        callee: String,
        /// How long it waits.
        after: Span,
        /// How often, while it was felt.
        count: u64,
    },
    /// It takes so long by itself: nobody waited for a turn.
    Slow {
        /// Mean time inside, in seconds.
        mean_s: f64,
        /// And of one in a hundred.
        p99_s: f64,
    },
    /// Requests without a good answer in time.
    Failed {
        /// So many ...
        count: u64,
        /// ... of so many, in the whole run.
        of: u64,
        /// By cause, in the order of [`crate::record::results::Cause::ALL`], and answered too late for their client.
        causes: [u64; 5],
        /// See `causes`.
        late: u64,
        /// Share that may be.
        may_be: f64,
        /// It was spread over the whole run.
        spread: bool,
    },
    /// Answers that took longer than promised.
    Late {
        /// Of those who came to this mark; none: of answers.
        mark: Option<String>,
        /// So many ...
        count: u64,
        /// ... of so many, in the whole run.
        of: u64,
        /// The promise.
        within: Span,
        /// Its quantile.
        quantile: Option<f64>,
        /// What that quantile (or the mean) was, in seconds.
        measured_s: f64,
        /// It was spread over the whole run.
        spread: bool,
    },
}

impl Link {
    /// Of what kind it is: "full", "failed".
    pub fn kind(&self) -> &'static str {
        match self.what {
            What::Happens { .. } => "happens",
            What::Misses { .. } => "misses",
            What::Full { .. } => "full",
            What::Throttles { .. } => "throttles",
            What::Backlog { .. } => "backlog",
            What::Errors { .. } => "errors",
            What::Again { .. } => "again",
            What::GivesUp { .. } => "gives_up",
            What::Slow { .. } => "slow",
            What::Failed { .. } => "failed",
            What::Late { .. } => "late",
        }
    }

    /// Is it what users felt?
    pub fn is_felt(&self) -> bool {
        matches!(self.what, What::Failed { .. } | What::Late { .. })
    }

    /// The same was so again, later: what is counted adds up.
    fn again(&mut self, other: &Link) {
        self.until = self.until.max(other.until);
        let (n, m) = match (&mut self.what, &other.what) {
            (What::Failed { count, of, .. }, What::Failed { count: n, of: m, .. })
            | (What::Late { count, of, .. }, What::Late { count: n, of: m, .. }) => ((count, *n), (of, *m)),
            _ => return,
        };
        // Of the whole run they have been told already.
        if other.at > self.at {
            *n.0 += n.1;
            *m.0 += m.1;
        }
    }

    /// What it is, whatever its numbers are: by this two runs have the same cause.
    fn name(&self) -> String {
        match &self.what {
            What::Full { limit_name, .. } | What::Throttles { limit_name, .. } => {
                format!("{} {} {limit_name}", self.kind(), self.whose)
            }
            _ => format!("{} {}", self.kind(), self.whose),
        }
    }
}

impl Story {
    /// Its causes in their order, and what was felt, in whatever order that was.
    fn name(&self) -> String {
        let told = self.links.iter().filter(|link| !matches!(link.what, What::Again { .. } | What::GivesUp { .. }));
        let (felt, causes): (Vec<&Link>, Vec<&Link>) = told.partition(|link| link.is_felt());
        let mut felt: Vec<String> = felt.into_iter().map(Link::name).collect();
        felt.sort();
        causes.into_iter().map(Link::name).chain(felt).collect::<Vec<_>>().join(", ")
    }
}

/// Explains a replication.
pub fn account(scheme: &Scheme, run: &Results, course: &Course, happened: &[Happened]) -> Account {
    chain::account(&chain::Seen { scheme, run, course, happened })
}
