//! Timers of constant delay: they expire in the order in which they were set, so each delay has a line, not a heap.
//!
//! Most timers (timeouts, hedges, times out of sight) are cancelled long before they expire. In a heap each would stay as
//! a dead entry until its time came; here setting one is a push at the tail of its lane and cancelling unlinks it at once.
//! Only the heads of lanes matter to the event loop: a small tournament knows the earliest of them, and the loop takes it
//! when it comes before the calendar's next event ([`Lanes::earliest`]).

use super::event::{Event, Key};
use super::slab::{Exhausted, Slab, Slot};
use crate::units::{Span, Time};

/// A lane: all timers of one delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane(u32);

/// A timer that was set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimerId(Slot);

impl TimerId {
    /// No timer: cancelling it does nothing.
    pub const NONE: TimerId = TimerId(Slot::NONE);
}

/// An entry with its neighbours in the lane, by place in the slab.
#[derive(Clone, Debug)]
struct Timer {
    event: Event,
    lane: Lane,
    before: Option<Slot>,
    after: Option<Slot>,
}

#[derive(Clone, Debug)]
struct Track {
    delay: Span,
    head: Option<Slot>,
    tail: Option<Slot>,
}

/// All lanes.
#[derive(Clone, Debug, Default)]
pub struct Lanes {
    tracks: Vec<Track>,
    timers: Slab<Timer>,
    heads: Tournament,
}

impl Lanes {
    /// The lane of this delay, made if there is none.
    pub fn lane(&mut self, delay: Span) -> Lane {
        if let Some(there) = self.tracks.iter().position(|track| track.delay == delay) {
            return Lane(there as u32);
        }
        self.tracks.push(Track { delay, head: None, tail: None });
        self.heads.grow(self.tracks.len());
        Lane(self.tracks.len() as u32 - 1)
    }

    /// Sets a timer: the event comes after the lane's delay. `now` never runs backwards.
    ///
    /// Of one instant's timers the smaller key comes first, whichever was set first, so a new one may walk past those that
    /// were set in the same instant.
    #[inline]
    pub fn set(&mut self, lane: Lane, now: Time, key: Key, what: u32, slot: u32) -> Result<TimerId, Exhausted> {
        let track = &self.tracks[lane.0 as usize];
        let event = Event { at: now + track.delay, key, what, slot };
        let mut before = track.tail;
        let mut after = None;
        while let Some(timer) = before.and_then(|slot| self.timers.get(slot))
            && timer.event > event
        {
            debug_assert_eq!(timer.event.at, event.at, "time runs forward");
            (after, before) = (before, timer.before);
        }
        let id = self.timers.insert(Timer { event, lane, before, after })?;
        self.link(lane, before, Some(id), after, Some(id));
        Ok(TimerId(id))
    }

    /// Takes a timer back, with nothing left behind; false if it has expired or was taken back already.
    #[inline]
    pub fn cancel(&mut self, timer: TimerId) -> bool {
        self.take(timer.0).is_some()
    }

    /// The event of a timer that is still set.
    pub fn get(&self, timer: TimerId) -> Option<&Event> {
        self.timers.get(timer.0).map(|timer| &timer.event)
    }

    /// The next timer of a lane.
    pub fn head(&self, lane: Lane) -> Option<(Time, Key)> {
        let head = self.tracks[lane.0 as usize].head?;
        self.timers.get(head).map(|timer| (timer.event.at, timer.event.key))
    }

    /// Rank ([`Event::rank`]) of the earliest timer of all lanes; `u128::MAX` if there is none.
    #[inline]
    pub fn earliest(&self) -> u128 {
        self.heads.best()
    }

    /// Takes the earliest timer of all lanes out.
    #[inline]
    pub fn pop(&mut self) -> Option<Event> {
        let lane = self.heads.winner()?;
        self.take(self.tracks[lane].head?)
    }

    /// How many timers are set.
    pub fn len(&self) -> usize {
        self.timers.len()
    }

    /// Is none set?
    pub fn is_empty(&self) -> bool {
        self.timers.is_empty()
    }

    fn take(&mut self, slot: Slot) -> Option<Event> {
        let Timer { event, lane, before, after } = self.timers.remove(slot)?;
        self.link(lane, before, after, after, before);
        Some(event)
    }

    /// What follows `before`, and what `after` follows; the ends of the lane where there is none.
    #[inline]
    fn link(
        &mut self,
        lane: Lane,
        before: Option<Slot>,
        follower: Option<Slot>,
        after: Option<Slot>,
        leader: Option<Slot>,
    ) {
        let track = &mut self.tracks[lane.0 as usize];
        match after.and_then(|slot| self.timers.get_mut(slot)) {
            Some(timer) => timer.before = leader,
            None => track.tail = leader,
        }
        match before.and_then(|slot| self.timers.get_mut(slot)) {
            Some(timer) => timer.after = follower,
            None => {
                track.head = follower;
                let head = follower.and_then(|slot| self.timers.get(slot));
                self.heads.set(lane.0 as usize, head.map_or(u128::MAX, |timer| timer.event.rank()));
            }
        }
    }
}

/// Which of some numbers is the least: a tree of matches, each change played upwards.
#[derive(Clone, Debug)]
struct Tournament {
    /// Numbers of the leaves, as many as a power of two.
    leaves: Vec<u128>,
    /// Winner (a leaf) of each match; the final is number 1.
    winners: Vec<u32>,
}

impl Default for Tournament {
    fn default() -> Tournament {
        Tournament { leaves: vec![u128::MAX], winners: vec![0, 0] }
    }
}

impl Tournament {
    fn grow(&mut self, n: usize) {
        let size = n.next_power_of_two();
        if size > self.leaves.len() {
            self.leaves.resize(size, u128::MAX);
            self.winners = vec![0; 2 * size];
            (0..size).for_each(|leaf| self.winners[size + leaf] = leaf as u32);
            (1..size).rev().for_each(|game| self.play(game));
        }
    }

    #[inline]
    fn play(&mut self, game: usize) {
        let (a, b) = (self.winners[2 * game], self.winners[2 * game + 1]);
        self.winners[game] = if self.leaves[b as usize] < self.leaves[a as usize] { b } else { a };
    }

    #[inline]
    fn set(&mut self, leaf: usize, number: u128) {
        self.leaves[leaf] = number;
        let mut game = (self.leaves.len() + leaf) / 2;
        while game > 0 {
            self.play(game);
            game /= 2;
        }
    }

    #[inline]
    fn best(&self) -> u128 {
        self.leaves[self.winners[1] as usize]
    }

    fn winner(&self) -> Option<usize> {
        (self.best() < u128::MAX).then_some(self.winners[1] as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Random;
    use std::collections::BTreeMap;

    fn set(lanes: &mut Lanes, lane: Lane, now: u64, key: u64) -> TimerId {
        lanes.set(lane, Time(now), Key(key), 7, key as u32).unwrap()
    }

    #[test]
    fn timers_of_one_instant_expire_in_the_order_of_their_keys() {
        let mut lanes = Lanes::default();
        let lane = lanes.lane(Span(10));
        for key in [3, 1, 2] {
            set(&mut lanes, lane, 5, key);
        }
        set(&mut lanes, lane, 6, 0);
        let order: Vec<(u64, u64)> = std::iter::from_fn(|| lanes.pop()).map(|e| (e.at.0, e.key.0)).collect();
        assert_eq!(order, [(15, 1), (15, 2), (15, 3), (16, 0)]);
        assert_eq!(lanes.earliest(), u128::MAX);
    }

    #[test]
    fn a_cancelled_timeout_leaves_no_entry_behind() {
        let mut lanes = Lanes::default();
        let lane = lanes.lane(Span(100));
        for now in 0..10_000 {
            let timers = [set(&mut lanes, lane, now, 1), set(&mut lanes, lane, now, 2), set(&mut lanes, lane, now, 3)];
            assert!(timers.into_iter().all(|timer| lanes.cancel(timer)));
            assert!(!lanes.cancel(timers[0]) && !lanes.cancel(TimerId::NONE));
        }
        assert_eq!((lanes.len(), lanes.head(lane), lanes.earliest()), (0, None, u128::MAX));
    }

    #[test]
    fn an_equal_delay_is_the_same_lane() {
        let mut lanes = Lanes::default();
        let (a, b) = (lanes.lane(Span(5)), lanes.lane(Span(6)));
        assert_ne!(a, b);
        assert_eq!(lanes.lane(Span(5)), a);
        let timer = set(&mut lanes, b, 1, 4);
        assert_eq!((lanes.head(a), lanes.head(b)), (None, Some((Time(7), Key(4)))));
        assert_eq!(lanes.get(timer).map(|event| event.what), Some(7));
    }

    #[test]
    fn many_lanes_expire_in_one_order() {
        let (mut lanes, mut random, mut sorted) = (Lanes::default(), Random::new(11), BTreeMap::new());
        let some: Vec<Lane> = (0..37).map(|i| lanes.lane(Span(i * i % 50))).collect();
        let mut open = Vec::new();
        let mut now = 0;
        for number in 0..20_000u64 {
            now += random.below(3);
            while lanes.earliest() < (now as u128) << 64 {
                let event = lanes.pop().unwrap();
                assert_eq!(sorted.pop_first(), Some((event.rank(), event)));
            }
            let lane = some[random.below(37) as usize];
            let key = random.below(1 << 20) << 32 | number;
            let timer = set(&mut lanes, lane, now, key);
            let event = *lanes.get(timer).unwrap();
            sorted.insert(event.rank(), event);
            open.push((timer, event.rank()));
            if random.chance(0.5) {
                let (timer, rank) = open.swap_remove(random.below(open.len() as u64) as usize);
                assert_eq!(lanes.cancel(timer), sorted.remove(&rank).is_some());
            }
            assert_eq!(
                (lanes.len(), lanes.earliest()),
                (sorted.len(), *sorted.first_key_value().map_or(&u128::MAX, |(r, _)| r))
            );
        }
    }
}
