//! Stores by key as a scenario has them: keys, caches, and the places in programs at which they are asked.

use crate::engine::program::{NONE, Pc};
use crate::queueing::cache::CacheSpec;
use crate::queueing::partitions::PartitionsSpec;
use crate::units::zipf::Zipf;
use crate::units::{Law, Span};

/// What requests are about.
#[derive(Clone, Debug, PartialEq)]
pub struct KeySpec {
    /// Its name.
    pub name: String,
    /// How many there are.
    pub count: u64,
    /// Which one a request is about.
    pub pick: PickSpec,
    /// Every request makes a new one.
    pub fresh: bool,
    /// Follows from another key: each of these belongs to one of that, for ever.
    pub of: Option<u32>,
    /// A key each of which belongs to one of this.
    pub follows: Option<u32>,
    /// Name and law of each attribute.
    pub attributes: Vec<(String, Law)>,
}

/// How a key is picked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PickSpec {
    /// Each as likely as the others.
    Uniform,
    /// Number i with probability proportional to i^-exponent.
    Zipf(Zipf),
    /// So many of them get this share.
    Hot { keys: u64, share: f64 },
}

/// Which one of a key is meant at a place of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRef {
    /// The key.
    pub key: u32,
    /// The cell that keeps another one; `u16::MAX`: the one of the request.
    pub cell: u16,
    /// The key of which the cell keeps one: this key, or one that belongs to it.
    pub from: u32,
}

impl KeyRef {
    /// The one of the request.
    pub fn own(key: u32) -> KeyRef {
        KeyRef { key, cell: u16::MAX, from: key }
    }
}

/// All stores of a scenario.
#[derive(Clone, Debug, Default)]
pub struct StoreSpecs {
    /// Caches.
    pub caches: Vec<CachePart>,
    /// Where they are asked.
    pub looks: Vec<LookSpec>,
    /// Partitions.
    pub partitions: Vec<PartitionPart>,
    /// Keys by which members are chosen.
    pub refs: Vec<KeyRef>,
}

impl StoreSpecs {
    /// Does this line, or this gate, belong to a partition?
    pub fn is_partition(&self, index: u32, gate: bool) -> bool {
        self.partitions.iter().any(|part| {
            let mut firsts = if gate { part.gates.iter() } else { part.lines.iter() };
            firsts.any(|first| (*first..first + part.spec.most).contains(&index))
        })
    }
}

/// The partitions of a part.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionPart {
    /// The part.
    pub part: u32,
    /// What its measures begin with, behind the part's name.
    pub lead: String,
    /// The set of which a partition is a member.
    pub set: u32,
    /// How many, and by what.
    pub spec: PartitionsSpec,
    /// The first of each group of lines of which each partition has one.
    pub lines: Vec<u32>,
    /// The first of each group of gates, alike.
    pub gates: Vec<u32>,
    /// When a partition splits; none: it does not.
    pub heat: Option<Heat>,
}

/// When a hot partition splits: if it was busier than this for so long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heat {
    /// Law of the time.
    pub after: u32,
    /// Busier than this.
    pub above: f64,
    /// Site of its draws.
    pub site: u32,
}

/// A cache of a part.
#[derive(Clone, Debug, PartialEq)]
pub struct CachePart {
    /// The part.
    pub part: u32,
    /// What its measures begin with, behind the part's name: "", or its stage and a point where a part has several.
    pub lead: String,
    /// What it keeps; where a share of hits is typed in, it keeps nothing.
    pub keeps: Keeps,
    /// The set of whose members each has one, or [`NONE`].
    pub set: u32,
    /// One for each of so many members.
    pub copies: u32,
    /// The first of them among all caches.
    pub first: u32,
    /// Who asks for what is being fetched waits for that fetch.
    pub coalesce: bool,
}

/// What a cache keeps.
#[derive(Clone, Debug, PartialEq)]
pub enum Keeps {
    /// Entries.
    Entries {
        /// How it keeps.
        spec: CacheSpec,
        /// For how long.
        life: Span,
        /// By which share of it lives may be shorter.
        jitter: f64,
        /// For how long a failure is kept, if it is.
        failures: Option<Span>,
    },
    /// Nothing: so many of the looks are hits.
    Nothing { hits: f64 },
}

/// A place at which a cache is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookSpec {
    /// The cache.
    pub cache: u32,
    /// The cell that keeps which copy; `u16::MAX`: there is just one.
    pub member: u16,
    /// For what; without entries for nothing.
    pub key: Option<KeyRef>,
    /// The first of the two cells of the look.
    pub depth: u16,
    /// What comes back is filled in.
    pub fill: bool,
    /// Site of its draws.
    pub site: u32,
    /// What fetches an answer anew behind a stale one; [`NONE`]: nothing does.
    pub refresh: Pc,
}

impl CachePart {
    /// Has it to be told when a fetch fails?
    pub fn minds_failures(&self) -> bool {
        self.coalesce || matches!(self.keeps, Keeps::Entries { failures: Some(_), .. })
    }
}

impl LookSpec {
    /// Is an answer fetched anew behind a stale one?
    pub fn refreshes(&self) -> bool {
        self.refresh != NONE
    }
}
