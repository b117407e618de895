//! Versions: rows that are written under optimistic locking.
//!
//! ```text
//! write(key, seen) succeeds  <=>  seen = version(key);  then version(key) becomes version(key) + 1
//! ```
//!
//! Who reads keeps a stamp of the version that it saw; of all who have read the same version the first to write wins, the
//! others conflict and have to read anew. A write by somebody who has read nothing is not conditional. To read, to compare
//! and to write take no time: that is what stands around them. Left out: several rows in one write, locks that are held.

use std::collections::BTreeMap;

use crate::units::random::join;

/// Of a request that has read nothing.
pub const UNSEEN: u64 = 0;

/// What has happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows read.
    pub reads: u64,
    /// Writes that were tried.
    pub writes: u64,
    /// Those of them that came too late.
    pub conflicts: u64,
}

/// Rows and their versions.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    /// How often each row was written; those that never were are not there.
    written: BTreeMap<u64, u64>,
    counts: Counts,
}

impl Versions {
    /// The stamp of a row as it is now.
    fn stamp(&self, key: u64) -> u64 {
        join(key, self.written.get(&key).copied().unwrap_or(0)) | 1
    }

    /// A row is read: what its reader remembers.
    pub fn read(&mut self, key: u64) -> u64 {
        self.counts.reads += 1;
        self.stamp(key)
    }

    /// A row is written by somebody who saw this; false: another was faster.
    pub fn write(&mut self, key: u64, seen: u64) -> bool {
        self.counts.writes += 1;
        if seen != UNSEEN && seen != self.stamp(key) {
            self.counts.conflicts += 1;
            return false;
        }
        *self.written.entry(key).or_default() += 1;
        true
    }

    /// What has happened since the counting began.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The counting begins.
    pub fn begin(&mut self) {
        self.counts = Counts::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_all_who_read_a_version_the_first_to_write_wins() {
        let mut rows = Versions::default();
        let (one, other) = (rows.read(7), rows.read(7));
        assert!(rows.write(7, other) && !rows.write(7, one));
        let again = rows.read(7);
        assert!(rows.write(7, again) && !rows.write(7, again));
        assert_eq!(rows.counts(), Counts { reads: 3, writes: 4, conflicts: 2 });
    }

    #[test]
    fn rows_do_not_disturb_each_other() {
        let mut rows = Versions::default();
        let (one, other) = (rows.read(1), rows.read(2));
        assert!(rows.write(2, other) && rows.write(1, one));
    }

    #[test]
    fn who_has_read_nothing_writes_without_a_condition() {
        let mut rows = Versions::default();
        let seen = rows.read(1);
        assert_ne!(seen, UNSEEN);
        assert!(rows.write(1, UNSEEN) && !rows.write(1, seen));
    }

    #[test]
    fn n_clients_who_read_at_once_need_n_rounds() {
        // In step, each round lets one through: 1 + 2 + .. + n writes.
        let mut rows = Versions::default();
        for waiting in (1..=10).rev() {
            let seen: Vec<u64> = (0..waiting).map(|_| rows.read(0)).collect();
            assert_eq!(seen.iter().filter(|seen| rows.write(0, **seen)).count(), 1);
        }
        assert_eq!((rows.counts().writes, rows.counts().conflicts), (55, 45));
    }
}
