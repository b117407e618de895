//! A slab: things in numbered slots that are used again, each with a generation that tells a new tenant from the old one.

use std::fmt;

/// Where something lies, and which tenant of that place is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// The place.
    pub index: u32,
    /// How often the place was given back before.
    pub generation: u32,
}

impl Slot {
    /// Nobody's slot.
    pub const NONE: Slot = Slot { index: u32::MAX, generation: u32::MAX };
}

impl Default for Slot {
    fn default() -> Slot {
        Slot::NONE
    }
}

/// All slots are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted {
    /// How many there are.
    pub limit: u32,
}

impl fmt::Display for Exhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "all {} places for things in flight are taken", self.limit)
    }
}

impl std::error::Error for Exhausted {}

/// What a place holds.
#[derive(Clone, Debug)]
enum State<T> {
    Full(T),
    /// Free; the free place to be used after this one.
    Free(u32),
}

#[derive(Clone, Debug)]
struct Place<T> {
    generation: u32,
    state: State<T>,
}

/// Things in slots.
#[derive(Clone, Debug)]
pub struct Slab<T> {
    places: Vec<Place<T>>,
    free: u32,
    len: u32,
    limit: u32,
}

impl<T> Default for Slab<T> {
    fn default() -> Slab<T> {
        Slab::with_limit(Slab::<T>::MOST)
    }
}

impl<T> Slab<T> {
    /// As many as a slab may ever hold; the last number means "none".
    pub const MOST: u32 = u32::MAX - 1;

    /// At most so many at a time.
    pub fn with_limit(limit: u32) -> Slab<T> {
        Slab { places: Vec::new(), free: u32::MAX, len: 0, limit: limit.min(Slab::<T>::MOST) }
    }

    /// Puts something into a free place, the one that was given back last (it is still in the cache).
    #[inline]
    pub fn insert(&mut self, thing: T) -> Result<Slot, Exhausted> {
        let Some(place) = self.places.get_mut(self.free as usize) else { return self.insert_at_the_end(thing) };
        let slot = Slot { index: self.free, generation: place.generation };
        if let State::Free(next) = place.state {
            self.free = next;
        }
        place.state = State::Full(thing);
        self.len += 1;
        Ok(slot)
    }

    fn insert_at_the_end(&mut self, thing: T) -> Result<Slot, Exhausted> {
        let index = self.places.len() as u32;
        if index >= self.limit {
            return Err(Exhausted { limit: self.limit });
        }
        self.places.push(Place { generation: 0, state: State::Full(thing) });
        self.len += 1;
        Ok(Slot { index, generation: 0 })
    }

    /// The thing in this slot, if it is still the same tenant.
    #[inline]
    pub fn get(&self, slot: Slot) -> Option<&T> {
        match self.places.get(slot.index as usize) {
            Some(Place { generation, state: State::Full(thing) }) if *generation == slot.generation => Some(thing),
            _ => None,
        }
    }

    /// The same, to be changed.
    #[inline]
    pub fn get_mut(&mut self, slot: Slot) -> Option<&mut T> {
        match self.places.get_mut(slot.index as usize) {
            Some(Place { generation, state: State::Full(thing) }) if *generation == slot.generation => Some(thing),
            _ => None,
        }
    }

    /// The present tenant of a place, for events that carry only the place and are cancelled with their tenant.
    #[inline]
    pub fn at(&self, index: u32) -> Option<&T> {
        match self.places.get(index as usize) {
            Some(Place { state: State::Full(thing), .. }) => Some(thing),
            _ => None,
        }
    }

    /// The same, to be changed.
    #[inline]
    pub fn at_mut(&mut self, index: u32) -> Option<&mut T> {
        match self.places.get_mut(index as usize) {
            Some(Place { state: State::Full(thing), .. }) => Some(thing),
            _ => None,
        }
    }

    /// The slot of the present tenant of a place.
    #[inline]
    pub fn slot_at(&self, index: u32) -> Option<Slot> {
        match self.places.get(index as usize) {
            Some(Place { generation, state: State::Full(_) }) => Some(Slot { index, generation: *generation }),
            _ => None,
        }
    }

    /// Takes the thing out, if it is still the same tenant.
    #[inline]
    pub fn remove(&mut self, slot: Slot) -> Option<T> {
        self.get(slot)?;
        let place = self.places.get_mut(slot.index as usize)?;
        // A place whose generations are used up is never used again: an old slot could be taken for a new one.
        let again = place.generation < u32::MAX;
        let next = if again { std::mem::replace(&mut self.free, slot.index) } else { u32::MAX };
        place.generation = place.generation.saturating_add(1);
        self.len -= 1;
        match std::mem::replace(&mut place.state, State::Free(next)) {
            State::Full(thing) => Some(thing),
            State::Free(_) => None,
        }
    }

    /// How many are in.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Is nothing in?
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All that are in, by place.
    pub fn iter(&self) -> impl Iterator<Item = (Slot, &T)> {
        self.places.iter().zip(0u32..).filter_map(|(place, index)| match &place.state {
            State::Full(thing) => Some((Slot { index, generation: place.generation }, thing)),
            State::Free(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_tenant_is_not_taken_for_the_old_one() {
        let mut slab = Slab::default();
        let old = slab.insert("old").unwrap();
        assert_eq!(slab.remove(old), Some("old"));
        let new = slab.insert("new").unwrap();
        assert_eq!((new.index, slab.remove(old), slab.get(old)), (old.index, None, None));
        assert_eq!((slab.get(new), slab.at(0), slab.len()), (Some(&"new"), Some(&"new"), 1));
        assert_eq!(slab.get(Slot::NONE), None);
    }

    #[test]
    fn a_full_slab_says_so() {
        let mut slab = Slab::with_limit(2);
        let first = slab.insert(1).unwrap();
        slab.insert(2).unwrap();
        assert_eq!(slab.insert(3), Err(Exhausted { limit: 2 }));
        slab.remove(first);
        assert!(slab.insert(3).is_ok());
    }

    #[test]
    fn a_place_whose_generations_are_used_up_is_left_empty() {
        let mut slab = Slab::default();
        slab.insert(1).unwrap();
        slab.places[0].generation = u32::MAX;
        let last = slab.slot_at(0).unwrap();
        assert_eq!(slab.remove(last), Some(1));
        assert_eq!(slab.get(last), None);
        assert_eq!(slab.insert(2).unwrap().index, 1);
    }

    #[test]
    fn places_are_used_again_and_listed_in_order() {
        let mut slab = Slab::default();
        let slots: Vec<Slot> = (0..10).map(|i| slab.insert(i).unwrap()).collect();
        slots.iter().step_by(2).for_each(|slot| assert!(slab.remove(*slot).is_some()));
        (20..23).for_each(|i| assert!(slab.insert(i).unwrap().index < 10));
        assert_eq!(slab.iter().map(|(_, thing)| *thing).collect::<Vec<_>>(), [1, 3, 22, 5, 21, 7, 20, 9]);
    }
}
