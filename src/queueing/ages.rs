//! Places in the order of their use: the oldest is known, and any becomes the newest, in the same short time.
//!
//! A doubly linked list through a row: place i stands between two others, wherever they are in the row.

const NOBODY: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Link {
    older: u32,
    newer: u32,
}

/// Places from the oldest to the newest.
#[derive(Clone, Debug)]
pub struct Ages {
    links: Vec<Link>,
    oldest: u32,
    newest: u32,
}

impl Default for Ages {
    fn default() -> Ages {
        Ages { links: Vec::new(), oldest: NOBODY, newest: NOBODY }
    }
}

impl Ages {
    /// The place that was not used for the longest.
    pub fn oldest(&self) -> Option<u32> {
        (self.oldest != NOBODY).then_some(self.oldest)
    }

    /// The next place of the row is the newest.
    pub fn push(&mut self) {
        let place = self.links.len() as u32;
        self.links.push(Link { older: NOBODY, newer: NOBODY });
        self.append(place);
    }

    /// A place is the newest from now on.
    #[inline]
    pub fn renew(&mut self, place: u32) {
        if self.newest != place {
            self.unlink(place);
            self.append(place);
        }
    }

    /// A place is taken out of the row, and the last one of the row moves to it.
    pub fn swap_remove(&mut self, place: u32) {
        self.unlink(place);
        self.links.swap_remove(place as usize);
        if let Some(moved) = self.links.get(place as usize).copied() {
            self.link(moved.older, place);
            self.link(place, moved.newer);
        }
    }

    /// There are none.
    pub fn clear(&mut self) {
        *self = Ages::default();
    }

    fn append(&mut self, place: u32) {
        self.links[place as usize].newer = NOBODY;
        self.link(self.newest, place);
        self.newest = place;
    }

    fn unlink(&mut self, place: u32) {
        let Link { older, newer } = self.links[place as usize];
        self.link(older, newer);
    }

    /// These two are neighbours from now on.
    fn link(&mut self, older: u32, newer: u32) {
        match older {
            NOBODY => self.oldest = newer,
            older => self.links[older as usize].newer = newer,
        }
        match newer {
            NOBODY => self.newest = older,
            newer => self.links[newer as usize].older = older,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_order(ages: &Ages) -> Vec<u32> {
        let next = |place: &u32| Some(ages.links[*place as usize].newer).filter(|newer| *newer != NOBODY);
        std::iter::successors(ages.oldest(), next).collect()
    }

    #[test]
    fn the_one_used_last_is_the_newest() {
        let mut ages = Ages::default();
        (0..4).for_each(|_| ages.push());
        [1, 3, 0].into_iter().for_each(|place| ages.renew(place));
        assert_eq!(in_order(&ages), [2, 1, 3, 0]);
        ages.renew(0);
        assert_eq!((ages.oldest(), ages.newest), (Some(2), 0));
    }

    #[test]
    fn the_last_of_the_row_moves_to_the_place_that_is_free() {
        let mut ages = Ages::default();
        (0..4).for_each(|_| ages.push());
        ages.renew(0); // 1 2 3 0
        ages.swap_remove(1); // 3 is 1 now: 2 1 0
        assert_eq!(in_order(&ages), [2, 1, 0]);
        ages.swap_remove(2);
        ages.swap_remove(0);
        assert_eq!(in_order(&ages), [0]);
        ages.swap_remove(0);
        assert_eq!((ages.oldest(), ages.newest), (None, NOBODY));
        ages.push();
        assert_eq!(in_order(&ages), [0]);
    }
}
