//! A log: records stay in the order of their arrival, and each reader has a place of its own in each partition.
//!
//! A place is what one reader has not finished of one partition. It has one batch in hand at a time, the oldest records;
//! finished, they are gone from the place; failed, they are where they were and are read again first. Old records go
//! whether they were read or not: one of age `keeps` is too old. A reader that polls does so at the later of `every` after
//! it last asked and the end of what it was doing, so its polls need not be kept in anybody's calendar while there is
//! nothing to find: [`Place::next_poll`] says which of them will be the first to find something.
//!
//! ```text
//! appended = finished + lost + waiting + in hand
//! ```
//!
//! Left out: reading from the middle, a second look at what is finished.

use std::collections::VecDeque;

use crate::units::{Span, Time};

/// A record and what is known of it at its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record<T> {
    /// What was appended.
    pub what: T,
    /// When.
    pub accepted: Time,
    /// From when on it can be read.
    pub seen: Time,
    /// How often it has been read.
    pub takes: u32,
}

/// A reader's place in a partition.
#[derive(Clone, Debug)]
pub struct Place<T> {
    /// Not finished; the first `in_hand` of them are being worked on.
    records: VecDeque<Record<T>>,
    in_hand: usize,
    /// The reader's next poll.
    next: Time,
    /// So many polls found nothing.
    empty: u64,
}

impl<T> Default for Place<T> {
    fn default() -> Place<T> {
        Place { records: VecDeque::new(), in_hand: 0, next: Time::ZERO, empty: 0 }
    }
}

impl<T: Copy> Place<T> {
    /// Not read yet.
    pub fn waiting(&self) -> u64 {
        (self.records.len() - self.in_hand) as u64
    }

    /// In the reader's hands.
    pub fn in_hand(&self) -> u64 {
        self.in_hand as u64
    }

    /// Polls that found nothing.
    pub fn empty(&self) -> u64 {
        self.empty
    }

    /// The first record that waits.
    pub fn first(&self) -> Option<&Record<T>> {
        self.records.get(self.in_hand)
    }

    /// How many of those that wait can be read now.
    pub fn readable(&self, now: Time) -> u64 {
        self.records.iter().skip(self.in_hand).take_while(|record| record.seen <= now).count() as u64
    }

    /// A record arrives; it can be read from `seen` on, but not before those ahead of it.
    pub fn append(&mut self, now: Time, seen: Time, what: T) {
        let ahead = self.records.back().map_or(Time::ZERO, |last| last.seen);
        self.records.push_back(Record { what, accepted: now, seen: seen.max(ahead), takes: 0 });
    }

    /// Hands out the oldest records, at most so many, if nothing is in hand.
    pub fn read(&mut self, now: Time, most: u32, into: &mut Vec<Record<T>>) {
        if self.in_hand > 0 {
            return;
        }
        let readable = |record: &&mut Record<T>| record.seen <= now;
        for record in self.records.iter_mut().take_while(readable).take(most as usize) {
            record.takes += 1;
            into.push(*record);
        }
        self.in_hand = into.len();
    }

    /// The first `n` of those in hand are over, the others are where they were; the reader asks again from now on.
    pub fn finish(&mut self, now: Time, n: usize) {
        assert!(n <= self.in_hand, "{n} of {} in hand are finished", self.in_hand);
        self.records.drain(..n);
        self.in_hand = 0;
        self.next = self.next.max(now);
    }

    /// Lets go of what waits and is too old, oldest first.
    pub fn expire(&mut self, now: Time, keeps: Span, lost: &mut Vec<T>) {
        while let Some(first) = self.first()
            && first.accepted + keeps <= now
        {
            lost.push(first.what);
            self.records.remove(self.in_hand);
        }
    }

    /// The reader asks now: when it will ask again at the earliest.
    pub fn polled(&mut self, now: Time, every: Span) {
        self.next = now + every;
    }

    /// The reader's first poll from now on that finds something, if something waits and nothing is in hand.
    ///
    /// Polls come before the arrivals of their instant: what arrives in it waits for the next one.
    pub fn next_poll(&mut self, now: Time, every: Span) -> Option<Time> {
        let first = *self.first()?;
        if self.in_hand > 0 {
            return None;
        }
        if every == Span::ZERO {
            return Some(first.seen.max(now));
        }
        let late = first.seen == first.accepted;
        let missed = |poll: Time| if late { poll <= first.seen } else { poll < first.seen };
        if missed(self.next) {
            let gap = first.seen.since(self.next).0;
            let polls = if late { gap / every.0 + 1 } else { gap.div_ceil(every.0) };
            self.empty += polls;
            self.next += Span(polls * every.0);
        }
        Some(self.next.max(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Random;
    use proptest::prelude::*;

    fn whats(records: &[Record<u32>]) -> Vec<u32> {
        records.iter().map(|record| record.what).collect()
    }

    fn read(place: &mut Place<u32>, now: u64, most: u32) -> Vec<u32> {
        let mut batch = Vec::new();
        place.read(Time(now), most, &mut batch);
        whats(&batch)
    }

    #[test]
    fn a_place_has_one_batch_in_hand_and_what_failed_comes_first_again() {
        let mut place = Place::default();
        (1..=4).for_each(|what| place.append(Time(0), Time(0), what));
        assert_eq!(read(&mut place, 1, 3), [1, 2, 3]);
        assert_eq!(read(&mut place, 1, 3), [0; 0]);
        place.finish(Time(2), 1);
        assert_eq!((place.waiting(), place.in_hand()), (3, 0));
        assert_eq!(read(&mut place, 2, 9), [2, 3, 4]);
        place.finish(Time(3), 3);
        assert_eq!((place.waiting(), place.first()), (0, None));
    }

    #[test]
    fn a_record_is_read_when_it_can_be_seen_and_not_before_those_ahead() {
        let mut place = Place::default();
        place.append(Time(0), Time(9), 1);
        place.append(Time(2), Time(4), 2);
        assert_eq!(read(&mut place, 8, 9), [0; 0]);
        assert_eq!((place.readable(Time(8)), place.readable(Time(9))), (0, 2));
        assert_eq!(read(&mut place, 9, 9), [1, 2]);
    }

    #[test]
    fn a_record_as_old_as_may_be_is_lost_unless_it_is_in_hand() {
        let mut place = Place::default();
        (1..=3).for_each(|what| place.append(Time(u64::from(what)), Time(0), what));
        read(&mut place, 3, 1);
        let mut lost = Vec::new();
        place.expire(Time(11), Span(10), &mut lost);
        assert_eq!((lost.as_slice(), place.waiting(), place.in_hand()), (&[][..], 2, 1));
        place.expire(Time(12), Span(10), &mut lost);
        assert_eq!((lost.as_slice(), place.waiting()), (&[2][..], 1));
    }

    #[test]
    fn a_record_of_the_instant_of_a_poll_waits_for_the_next_one() {
        let mut place = Place::default();
        place.append(Time(30), Time(30), 1);
        assert_eq!(place.next_poll(Time(30), Span(10)), Some(Time(40)));
        // It asked at 0, 10, 20 and 30 and found nothing.
        assert_eq!(place.empty(), 4);
    }

    #[test]
    fn what_can_be_seen_in_the_instant_of_a_poll_is_found_by_it() {
        let mut place = Place::default();
        place.append(Time(25), Time(30), 1);
        assert_eq!((place.next_poll(Time(25), Span(10)), place.empty()), (Some(Time(30)), 3));
    }

    #[test]
    fn who_works_longer_than_a_period_asks_when_it_is_done() {
        let mut place = Place::default();
        place.append(Time(5), Time(5), 1);
        assert_eq!(place.next_poll(Time(5), Span(10)), Some(Time(10)));
        read(&mut place, 10, 1);
        place.polled(Time(10), Span(10));
        place.append(Time(11), Time(11), 2);
        assert_eq!(place.next_poll(Time(11), Span(10)), None);
        place.finish(Time(32), 1);
        assert_eq!(place.next_poll(Time(32), Span(10)), Some(Time(32)));
    }

    #[test]
    fn who_found_nothing_when_it_was_done_asks_a_period_later() {
        let mut place = Place::default();
        place.append(Time(5), Time(5), 1);
        read(&mut place, 10, 1);
        place.polled(Time(10), Span(10));
        place.finish(Time(32), 1);
        place.append(Time(32), Time(32), 2);
        assert_eq!(place.next_poll(Time(32), Span(10)), Some(Time(42)));
    }

    proptest! {
        /// Random appends, reads and ends: each record is somewhere exactly once, and none overtakes another.
        #[test]
        fn records_are_conserved_and_kept_in_order(seed in any::<u64>(), keeps in 5u64..80) {
            let (mut place, mut random) = (Place::default(), Random::new(seed));
            let (mut appended, mut over, mut batch) = (0u32, 0u64, Vec::new());
            let mut last = None;
            for step in 0..300u64 {
                match random.below(4) {
                    0 | 1 => {
                        place.append(Time(step), Time(step + random.below(5)), appended);
                        appended += 1;
                    }
                    2 if place.in_hand() == 0 => {
                        batch.clear();
                        place.read(Time(step), 1 + random.below(4) as u32, &mut batch);
                    }
                    _ if place.in_hand() > 0 => {
                        let n = random.below(place.in_hand() + 1) as usize;
                        for record in &batch[..n] {
                            prop_assert!(last.is_none_or(|last| last < record.what));
                            last = Some(record.what);
                        }
                        over += n as u64;
                        place.finish(Time(step), n);
                    }
                    _ => {}
                }
                let mut lost = Vec::new();
                place.expire(Time(step), Span(keeps), &mut lost);
                over += lost.len() as u64;
                prop_assert_eq!(u64::from(appended), over + place.waiting() + place.in_hand());
            }
        }
    }
}
