//! From a key to a place: a row where keys are few, a table of open addresses where they are many.
//!
//! Keys are numbers. The table hashes them by the mixer of the random streams, looks on to the right until a slot is free,
//! and closes the gap behind what is taken out (Knuth, The Art of Computer Programming 3, section 6.4, algorithm R), so it
//! holds no tombstones and its course depends on nothing but what was put in and taken out.

use crate::units::random::mix;

/// Keys up to which a row is kept, one place each.
const ROW: u64 = 1 << 20;

/// Places by key. A place is a number below `u32::MAX`.
#[derive(Clone, Debug)]
pub struct ByKey {
    /// The place and 1 of each key, or 0: fresh memory is zero.
    row: Vec<u32>,
    /// Key, and place and 1.
    table: Vec<(u64, u32)>,
    kept: usize,
    rowed: bool,
}

impl ByKey {
    /// For keys below `keys`; each of `copies` such indices is alive at a time.
    pub fn new(keys: u64, copies: u64) -> ByKey {
        let rowed = keys.saturating_mul(copies.max(1)) <= ROW;
        let row = if rowed { vec![0; keys as usize] } else { Vec::new() };
        ByKey { row, table: Vec::new(), kept: 0, rowed }
    }

    /// For keys of which nothing is known.
    pub fn sparse() -> ByKey {
        ByKey::new(u64::MAX, 1)
    }

    /// How many keys have a place.
    pub fn len(&self) -> usize {
        self.kept
    }

    /// Has none?
    pub fn is_empty(&self) -> bool {
        self.kept == 0
    }

    /// The place of a key.
    #[inline]
    pub fn get(&self, key: u64) -> Option<u32> {
        if self.rowed {
            return self.row.get(key as usize)?.checked_sub(1);
        }
        let at = self.find(key)?;
        self.table[at].1.checked_sub(1)
    }

    /// A key is at a place from now on.
    pub fn put(&mut self, key: u64, place: u32) {
        debug_assert!(place < u32::MAX);
        if self.rowed {
            if self.row.len() as u64 <= key {
                self.row.resize(key as usize + 1, 0);
            }
            let slot = &mut self.row[key as usize];
            self.kept += usize::from(*slot == 0);
            *slot = place + 1;
            return;
        }
        // Never more than three quarters full: looks stay short, and there is always a free slot.
        if (self.kept + 1) * 4 > self.table.len() * 3 {
            self.grow();
        }
        if let Some(at) = self.find(key) {
            self.kept += usize::from(self.table[at].1 == 0);
            self.table[at] = (key, place + 1);
        }
    }

    /// A key has no place any more; says which it had.
    pub fn remove(&mut self, key: u64) -> Option<u32> {
        let place = self.get(key)?;
        self.kept -= 1;
        if self.rowed {
            self.row[key as usize] = 0;
            return Some(place);
        }
        let mask = self.table.len() - 1;
        let mut gap = self.find(key)?;
        let mut at = gap;
        loop {
            at = (at + 1) & mask;
            let (other, there) = self.table[at];
            if there == 0 {
                break;
            }
            // What stands at its home or behind it, seen from there, may close the gap only if its home is not between.
            let home = home(other, mask);
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(gap) & mask) {
                self.table[gap] = self.table[at];
                gap = at;
            }
        }
        self.table[gap] = (0, 0);
        Some(place)
    }

    /// No key has a place.
    pub fn clear(&mut self) {
        self.row.fill(0);
        self.table.fill((0, 0));
        self.kept = 0;
    }

    /// Where a key stands in the table, or the free slot in which it would.
    #[inline]
    fn find(&self, key: u64) -> Option<usize> {
        let mask = self.table.len().checked_sub(1)?;
        let mut at = home(key, mask);
        loop {
            let (other, there) = self.table[at];
            if there == 0 || other == key {
                return Some(at);
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let wider = vec![(0, 0); (self.table.len() * 2).max(16)];
        let old = std::mem::replace(&mut self.table, wider);
        for (key, place) in old.into_iter().filter(|(_, place)| *place > 0) {
            if let Some(at) = self.find(key) {
                self.table[at] = (key, place);
            }
        }
    }
}

#[inline]
fn home(key: u64, mask: usize) -> usize {
    // The mixer maps 0 to 0 and neighbours far apart; all its bits are good.
    mix(key) as usize & mask
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Random;
    use std::collections::BTreeMap;

    /// Random puts and removals, beside a map that is known to be right.
    fn agrees(mut ours: ByKey, keys: u64, spread: u64) {
        let mut theirs: BTreeMap<u64, u32> = BTreeMap::new();
        let mut random = Random::new(keys);
        for step in 0..40_000u32 {
            let key = random.below(keys) * spread;
            // More puts than removals at first, then fewer: the table grows and empties.
            let puts = if step < 20_000 { 0.7 } else { 0.3 };
            if random.chance(puts) {
                ours.put(key, step);
                theirs.insert(key, step);
            } else {
                assert_eq!(ours.remove(key), theirs.remove(&key));
            }
            assert_eq!(ours.len(), theirs.len());
        }
        for key in 0..keys {
            assert_eq!(ours.get(key * spread), theirs.get(&(key * spread)).copied());
        }
        ours.clear();
        assert!(ours.is_empty() && ours.get(0).is_none());
    }

    #[test]
    fn a_row_and_a_table_agree_with_a_map() {
        agrees(ByKey::new(700, 1), 700, 1);
        agrees(ByKey::sparse(), 700, 1);
        agrees(ByKey::sparse(), 5000, 1 << 50);
    }

    #[test]
    fn a_key_beyond_the_row_finds_a_place_too() {
        let mut few = ByKey::new(4, 1);
        few.put(9, 7);
        assert_eq!((few.get(9), few.get(8), few.get(100)), (Some(7), None, None));
    }

    #[test]
    fn an_index_of_nothing_knows_nothing() {
        let mut none = ByKey::sparse();
        assert_eq!((none.get(0), none.remove(0)), (None, None));
    }
}
