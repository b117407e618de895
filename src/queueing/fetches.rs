//! One fetch for many: who asks for what is being fetched waits for that fetch, in order.
//!
//! A fetch begins, others join it, and it ends: then all who wait go on with its result. If whoever fetches is taken back,
//! the first who waits takes the fetch over. Left out: what the result is.

use super::by_key::ByKey;
use std::collections::VecDeque;

#[derive(Clone, Debug, Default)]
struct Fetch {
    key: u64,
    /// Who waits, each with a ticket; who was taken back left its ticket behind.
    waiting: VecDeque<u32>,
}

/// What is being fetched, and who waits for it.
#[derive(Clone, Debug)]
pub struct Fetches {
    by_key: ByKey,
    fetches: Vec<Fetch>,
    free: Vec<u32>,
}

impl Default for Fetches {
    fn default() -> Fetches {
        Fetches { by_key: ByKey::sparse(), fetches: Vec::new(), free: Vec::new() }
    }
}

impl Fetches {
    /// The fetch of a key that is under way.
    #[inline]
    pub fn of(&self, key: u64) -> Option<u32> {
        self.by_key.get(key)
    }

    /// A fetch of a key begins; there is none of this key.
    pub fn begin(&mut self, key: u64) -> u32 {
        let fetch = self.free.pop().unwrap_or(self.fetches.len() as u32);
        if self.fetches.len() as u32 == fetch {
            self.fetches.push(Fetch::default());
        }
        self.fetches[fetch as usize].key = key;
        self.by_key.put(key, fetch);
        fetch
    }

    /// Somebody waits for a fetch.
    pub fn join(&mut self, fetch: u32, who: u32) {
        self.fetches[fetch as usize].waiting.push_back(who);
    }

    /// Somebody who waits is taken back.
    pub fn leave(&mut self, fetch: u32, who: u32) {
        self.fetches[fetch as usize].waiting.retain(|other| *other != who);
    }

    /// Whoever fetched is taken back: the first who waits fetches now; nobody waits: the fetch is over.
    pub fn hand_over(&mut self, fetch: u32) -> Option<u32> {
        let next = self.fetches[fetch as usize].waiting.pop_front();
        if next.is_none() {
            self.forget(fetch);
        }
        next
    }

    /// The fetch is over; those who wait are handed out in their order.
    pub fn end(&mut self, fetch: u32, into: &mut Vec<u32>) {
        into.extend(self.fetches[fetch as usize].waiting.drain(..));
        self.forget(fetch);
    }

    fn forget(&mut self, fetch: u32) {
        self.by_key.remove(self.fetches[fetch as usize].key);
        self.free.push(fetch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_who_wait_are_told_in_their_order() {
        let mut fetches = Fetches::default();
        let fetch = fetches.begin(5);
        assert_eq!((fetches.of(5), fetches.of(6)), (Some(fetch), None));
        [11, 12, 13].iter().for_each(|who| fetches.join(fetch, *who));
        fetches.leave(fetch, 12);
        let mut told = Vec::new();
        fetches.end(fetch, &mut told);
        assert_eq!((told, fetches.of(5)), (vec![11, 13], None));
    }

    #[test]
    fn the_first_who_waits_takes_a_fetch_over() {
        let mut fetches = Fetches::default();
        let fetch = fetches.begin(5);
        [11, 12].iter().for_each(|who| fetches.join(fetch, *who));
        assert_eq!(fetches.hand_over(fetch), Some(11));
        assert_eq!(fetches.of(5), Some(fetch));
        assert_eq!(fetches.hand_over(fetch), Some(12));
        assert_eq!(fetches.hand_over(fetch), None);
        assert_eq!(fetches.of(5), None);
    }

    #[test]
    fn a_fetch_that_is_over_leaves_its_place_to_the_next() {
        let mut fetches = Fetches::default();
        let first = fetches.begin(1);
        let second = fetches.begin(2);
        fetches.end(first, &mut Vec::new());
        assert_eq!(fetches.begin(3), first);
        assert_eq!((fetches.of(2), fetches.of(3), fetches.of(1)), (Some(second), Some(first), None));
    }
}
