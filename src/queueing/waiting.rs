//! Who waits, in which order they are taken: first come, last come, at random, by priority.
//!
//! The waiting are linked through the jobs themselves, so joining, leaving from the middle and being taken cost the
//! same whatever the length, and nobody who has left leaves anything behind.

use crate::units::Random;

/// Nobody.
pub const NOBODY: u32 = u32::MAX;

/// In which order the waiting are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// First come, first served.
    Fifo,
    /// Last come, first served.
    Lifo,
    /// Any of them, each as likely as the others.
    Random,
    /// Lowest priority number first, oldest first within it; who is served is not interrupted.
    Priority,
    /// The same, but a lower number takes the server from a higher one, which later goes on where it stopped.
    Preempt,
}

/// Neighbours of a waiting job, kept by its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Links {
    /// The one before, or its place in the bag.
    pub before: u32,
    /// The one behind.
    pub behind: u32,
    /// Its level.
    pub level: u8,
}

impl Links {
    /// Not waiting.
    pub const FREE: Links = Links { before: NOBODY, behind: NOBODY, level: 0 };
}

/// Whatever holds links by the number of a job.
pub trait Linked {
    /// The links of a job.
    fn links(&mut self, job: u32) -> &mut Links;
}

/// The waiting.
#[derive(Clone, Debug)]
pub struct Waiting {
    order: Order,
    /// Ends of one list for each level of priority (one level where there are none).
    levels: Vec<(u32, u32)>,
    /// All of them, for the random order.
    bag: Vec<u32>,
    len: u32,
}

impl Waiting {
    /// Nobody yet.
    pub fn new(order: Order) -> Waiting {
        Waiting { order, levels: vec![(NOBODY, NOBODY)], bag: Vec::new(), len: 0 }
    }

    /// How many wait.
    #[inline]
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Does nobody wait?
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn level_of(&mut self, priority: u8) -> usize {
        if !matches!(self.order, Order::Priority | Order::Preempt) {
            return 0;
        }
        let level = priority as usize;
        if self.levels.len() <= level {
            self.levels.resize(level + 1, (NOBODY, NOBODY));
        }
        level
    }

    /// Joins at the end of its level.
    pub fn join(&mut self, job: u32, priority: u8, jobs: &mut impl Linked) {
        self.len += 1;
        if self.order == Order::Random {
            *jobs.links(job) = Links { before: self.bag.len() as u32, ..Links::FREE };
            self.bag.push(job);
            return;
        }
        let level = self.level_of(priority);
        let (first, last) = self.levels[level];
        *jobs.links(job) = Links { before: last, behind: NOBODY, level: level as u8 };
        if last != NOBODY {
            jobs.links(last).behind = job;
        }
        self.levels[level] = (if first == NOBODY { job } else { first }, job);
    }

    /// Joins before all others of its level: interrupted work goes on before new work of its class.
    pub fn join_first(&mut self, job: u32, priority: u8, jobs: &mut impl Linked) {
        self.len += 1;
        let level = self.level_of(priority);
        let (first, last) = self.levels[level];
        *jobs.links(job) = Links { before: NOBODY, behind: first, level: level as u8 };
        if first != NOBODY {
            jobs.links(first).before = job;
        }
        self.levels[level] = (job, if last == NOBODY { job } else { last });
    }

    /// Leaves from wherever it stands.
    pub fn leave(&mut self, job: u32, jobs: &mut impl Linked) {
        self.len -= 1;
        let links = std::mem::replace(jobs.links(job), Links::FREE);
        if self.order == Order::Random {
            self.bag.swap_remove(links.before as usize);
            if let Some(&moved) = self.bag.get(links.before as usize) {
                jobs.links(moved).before = links.before;
            }
            return;
        }
        let (mut first, mut last) = self.levels[links.level as usize];
        match links.before {
            NOBODY => first = links.behind,
            before => jobs.links(before).behind = links.behind,
        }
        match links.behind {
            NOBODY => last = links.before,
            behind => jobs.links(behind).before = links.before,
        }
        self.levels[links.level as usize] = (first, last);
    }

    /// Who has stood longest in the first level (an order of arrival).
    pub fn first(&self) -> Option<u32> {
        Some(self.levels[0].0).filter(|&job| job != NOBODY)
    }

    /// Who came last in the first level.
    pub fn last(&self) -> Option<u32> {
        Some(self.levels[0].1).filter(|&job| job != NOBODY)
    }

    /// Who is next, without taking it.
    pub fn next(&self, random: &mut Random) -> Option<u32> {
        if self.len == 0 {
            return None;
        }
        match self.order {
            Order::Random => Some(self.bag[random.below(self.bag.len() as u64) as usize]),
            Order::Lifo => Some(self.levels[0].1),
            _ => self.levels.iter().map(|level| level.0).find(|&job| job != NOBODY),
        }
    }
}
