//! A mailbox: messages are handed out and are out of sight meanwhile; they come back unless they are finished.
//!
//! Messages stand in the order of their acceptance, also those that have come back: who comes back has its old place. A
//! delivery hides a message; what was taken together comes back together, when the taker's caller says so. A message that
//! would come into sight with as many deliveries as it may have is dead instead; one of age `keeps` is too old and lost. In
//! an ordered mailbox a group has at most one batch in hand, and a batch is of one group.
//!
//! Two books, both of whole numbers:
//!
//! ```text
//! accepted  = finished + dead + lost + held back + waiting + hidden
//! delivered = finished + come back + in hand
//! ```
//!
//! Left out: priorities; a delay, or a time out of sight, that is one message's own.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};

use crate::units::{Span, Time};

/// How a mailbox treats its messages.
#[derive(Clone, Debug, PartialEq)]
pub struct MailboxSpec {
    /// Age at which a message is lost.
    pub keeps: Span,
    /// Deliveries after which it is dead.
    pub most_takes: u32,
    /// Messages that may be hidden at a time.
    pub in_flight: u64,
    /// One batch of a group at a time, in order.
    pub ordered: bool,
    /// What equals something accepted less than so long ago is dropped.
    pub dedup: Span,
    /// Not in sight before this age.
    pub held_back: Span,
}

impl Default for MailboxSpec {
    fn default() -> MailboxSpec {
        MailboxSpec {
            keeps: Span::FOREVER,
            most_takes: u32::MAX,
            in_flight: u64::MAX,
            ordered: false,
            dedup: Span::ZERO,
            held_back: Span::ZERO,
        }
    }
}

/// Where a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Nowhere: the slot is free.
    Gone,
    /// Not in sight yet.
    Held,
    /// In sight.
    Waiting,
    /// In somebody's hands.
    Hidden,
}

#[derive(Clone, Debug)]
struct Letter<T> {
    what: T,
    number: u64,
    accepted: Time,
    group: u64,
    takes: u32,
    place: Place,
}

/// A delivery: a message in somebody's hands, and which of its deliveries this is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Taken<T> {
    /// What was put in.
    pub what: T,
    /// When.
    pub accepted: Time,
    /// How often it has been delivered, this time included.
    pub takes: u32,
    number: u64,
    slot: u32,
}

/// What becomes of a message that comes back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate<T> {
    /// It is in sight again.
    Waits,
    /// It has been delivered as often as it may.
    Dead(T),
    /// It is too old.
    Lost(T),
}

/// A group: what waits, and how much of it is in hand.
#[derive(Clone, Debug, Default)]
struct Group {
    waiting: VecDeque<(u64, u32)>,
    in_hand: u32,
}

/// A mailbox.
#[derive(Clone, Debug)]
pub struct Mailbox<T> {
    spec: MailboxSpec,
    letters: Vec<Letter<T>>,
    free: Vec<u32>,
    next: u64,
    held_back: VecDeque<(u64, u32)>,
    /// In sight, in the order of acceptance; who has come back out of turn stands in the heap.
    fresh: VecDeque<(u64, u32)>,
    back: BinaryHeap<Reverse<(u64, u32)>>,
    groups: BTreeMap<u64, Group>,
    /// First message of each group of which something waits and nothing is in hand.
    open: BTreeSet<(u64, u64)>,
    /// When messages are too old, first one first.
    ends: BinaryHeap<Reverse<(Time, u64, u32)>>,
    /// What was accepted within the last `dedup`, and when.
    known: BTreeSet<u64>,
    known_since: VecDeque<(Time, u64)>,
    waiting: u64,
    hidden: u64,
}

impl<T: Copy> Mailbox<T> {
    /// An empty one.
    pub fn new(spec: &MailboxSpec) -> Mailbox<T> {
        Mailbox {
            spec: spec.clone(),
            letters: Vec::new(),
            free: Vec::new(),
            next: 0,
            held_back: VecDeque::new(),
            fresh: VecDeque::new(),
            back: BinaryHeap::new(),
            groups: BTreeMap::new(),
            open: BTreeSet::new(),
            ends: BinaryHeap::new(),
            known: BTreeSet::new(),
            known_since: VecDeque::new(),
            waiting: 0,
            hidden: 0,
        }
    }

    /// Not in sight yet.
    pub fn held(&self) -> u64 {
        self.held_back.len() as u64
    }

    /// In sight.
    pub fn waiting(&self) -> u64 {
        self.waiting
    }

    /// In somebody's hands.
    pub fn hidden(&self) -> u64 {
        self.hidden
    }

    /// Messages that takers would find together; of an ordered mailbox: groups, one for each taker.
    pub fn in_reach(&self) -> u64 {
        let room = self.spec.in_flight.saturating_sub(self.hidden);
        let there = if self.spec.ordered { self.open.len() as u64 } else { self.waiting };
        there.min(room)
    }

    /// Is a message like this one, accepted not long ago, known? If not, this one is from now on.
    pub fn is_repeat(&mut self, now: Time, identity: u64) -> bool {
        if self.spec.dedup == Span::ZERO {
            return false;
        }
        while let Some(&(since, old)) = self.known_since.front()
            && since + self.spec.dedup <= now
        {
            self.known_since.pop_front();
            self.known.remove(&old);
        }
        let new = self.known.insert(identity);
        if new {
            self.known_since.push_back((now, identity));
        }
        !new
    }

    /// Accepts a message. It is in sight at once, or (false) when it is `held_back` old and [`Mailbox::appear`] is told.
    pub fn put(&mut self, now: Time, what: T, group: u64) -> bool {
        let number = self.next;
        self.next += 1;
        let shown = self.spec.held_back == Span::ZERO;
        let place = if shown { Place::Waiting } else { Place::Held };
        let letter = Letter { what, number, accepted: now, group, takes: 0, place };
        let slot = match self.free.pop() {
            Some(slot) => {
                self.letters[slot as usize] = letter;
                slot
            }
            None => {
                self.letters.push(letter);
                (self.letters.len() - 1) as u32
            }
        };
        if self.spec.keeps != Span::FOREVER {
            self.ends.push(Reverse((now + self.spec.keeps, number, slot)));
        }
        if shown {
            self.shows(slot, usize::MAX);
        } else {
            self.held_back.push_back((number, slot));
        }
        shown
    }

    /// Whoever has been held back long enough comes into sight; says how many.
    pub fn appear(&mut self, now: Time) -> u64 {
        let before = self.waiting;
        while let Some(&(_, slot)) = self.held_back.front()
            && self.letters[slot as usize].accepted + self.spec.held_back <= now
        {
            self.held_back.pop_front();
            self.letters[slot as usize].place = Place::Waiting;
            self.shows(slot, usize::MAX);
        }
        self.waiting - before
    }

    /// Stands in sight; in its group behind so many others (`usize::MAX`: behind all).
    fn shows(&mut self, slot: u32, behind: usize) {
        let letter = &self.letters[slot as usize];
        let (number, group) = (letter.number, letter.group);
        self.waiting += 1;
        if self.spec.ordered {
            let group = self.groups.entry(group).or_default();
            let place = behind.min(group.waiting.len());
            group.waiting.insert(place, (number, slot));
            return self.opens(slot);
        }
        match self.fresh.back() {
            Some(last) if last.0 > number => self.back.push(Reverse((number, slot))),
            _ => self.fresh.push_back((number, slot)),
        }
    }

    /// The group of a message is open if something waits in it and nothing is in hand.
    fn opens(&mut self, slot: u32) {
        let key = self.letters[slot as usize].group;
        let Some(group) = self.groups.get(&key) else { return };
        match group.waiting.front() {
            Some(&(first, _)) if group.in_hand == 0 => drop(self.open.insert((first, key))),
            None if group.in_hand == 0 => drop(self.groups.remove(&key)),
            _ => {}
        }
    }

    /// Hands out at most so many messages, oldest first; of an ordered mailbox those of the group that has waited longest.
    pub fn take(&mut self, most: u32, into: &mut Vec<Taken<T>>) {
        let room = self.spec.in_flight.saturating_sub(self.hidden);
        let most = u64::from(most).min(room) as usize;
        let first = into.len();
        if !self.spec.ordered {
            while into.len() - first < most
                && let Some(slot) = self.oldest()
            {
                into.push(self.hides(slot));
            }
            return;
        }
        let Some((number, key)) = self.open.pop_first().filter(|_| most > 0) else { return };
        let Some(mut group) = self.groups.remove(&key) else { return };
        debug_assert_eq!(
            group.waiting.front().map(|first| first.0),
            Some(number),
            "an open group is known by its first"
        );
        while into.len() - first < most
            && let Some((_, slot)) = group.waiting.pop_front()
        {
            group.in_hand += 1;
            into.push(self.hides(slot));
        }
        self.groups.insert(key, group);
    }

    /// Takes the oldest message in sight out for good, other than by a delivery.
    pub fn remove(&mut self) -> Option<T> {
        let mut one = Vec::with_capacity(1);
        let room = std::mem::replace(&mut self.spec.in_flight, u64::MAX);
        self.take(1, &mut one);
        self.spec.in_flight = room;
        let taken = one.pop()?;
        self.finish(&taken);
        Some(taken.what)
    }

    /// Takes the oldest message in sight out of its line; who was lost meanwhile is stepped over.
    fn oldest(&mut self) -> Option<u32> {
        loop {
            let fresh = self.fresh.front().copied();
            let back = self.back.peek().map(|Reverse(back)| *back);
            let (number, slot) = match (fresh, back) {
                (Some(fresh), Some(back)) if back < fresh => self.back.pop().map(|Reverse(back)| back)?,
                (None, _) => self.back.pop().map(|Reverse(back)| back)?,
                _ => self.fresh.pop_front()?,
            };
            let letter = &self.letters[slot as usize];
            if letter.number == number && letter.place == Place::Waiting {
                return Some(slot);
            }
        }
    }

    fn hides(&mut self, slot: u32) -> Taken<T> {
        let letter = &mut self.letters[slot as usize];
        letter.place = Place::Hidden;
        letter.takes += 1;
        self.waiting -= 1;
        self.hidden += 1;
        Taken { what: letter.what, accepted: letter.accepted, takes: letter.takes, number: letter.number, slot }
    }

    /// Is this still the latest delivery of its message, and in hand?
    pub fn in_hand(&self, taken: &Taken<T>) -> bool {
        let letter = &self.letters[taken.slot as usize];
        letter.number == taken.number && letter.takes == taken.takes && letter.place == Place::Hidden
    }

    /// A message is finished, for good; false if its delivery was over already.
    pub fn finish(&mut self, taken: &Taken<T>) -> bool {
        if !self.in_hand(taken) {
            return false;
        }
        self.leaves_hand(taken.slot);
        self.opens(taken.slot);
        self.frees(taken.slot);
        true
    }

    fn leaves_hand(&mut self, slot: u32) {
        self.hidden -= 1;
        let key = self.letters[slot as usize].group;
        if self.spec.ordered
            && let Some(group) = self.groups.get_mut(&key)
        {
            group.in_hand -= 1;
        }
    }

    fn frees(&mut self, slot: u32) {
        self.letters[slot as usize].place = Place::Gone;
        self.free.push(slot);
    }

    /// What was taken together, and is still in hand, comes back together; the fate of each in its old order.
    pub fn come_back(&mut self, now: Time, batch: &[Taken<T>], fates: &mut Vec<Fate<T>>) {
        let mut behind = 0;
        for taken in batch {
            if !self.in_hand(taken) {
                continue;
            }
            let slot = taken.slot;
            self.leaves_hand(slot);
            let lost = self.spec.keeps != Span::FOREVER && taken.accepted + self.spec.keeps <= now;
            if lost || taken.takes >= self.spec.most_takes {
                self.opens(slot);
                self.frees(slot);
                fates.push(if lost { Fate::Lost(taken.what) } else { Fate::Dead(taken.what) });
                continue;
            }
            self.letters[slot as usize].place = Place::Waiting;
            self.shows(slot, behind);
            behind += 1;
            fates.push(Fate::Waits);
        }
    }

    /// When to look for messages that are too old: no later than the first is.
    pub fn next_end(&mut self) -> Option<Time> {
        while let Some(Reverse((at, number, slot))) = self.ends.peek().copied() {
            let letter = &self.letters[slot as usize];
            if letter.number == number && letter.place != Place::Gone {
                return Some(at);
            }
            self.ends.pop();
        }
        None
    }

    /// Lets go of what is too old and in nobody's hands; what is in hand is looked at when it comes back.
    pub fn expire(&mut self, now: Time, lost: &mut Vec<T>) {
        while let Some(Reverse((at, number, slot))) = self.ends.peek().copied()
            && at <= now
        {
            self.ends.pop();
            let letter = &self.letters[slot as usize];
            let place = if letter.number == number { letter.place } else { Place::Gone };
            match place {
                Place::Waiting => self.drops(slot),
                Place::Held => self.held_back.retain(|held| held.1 != slot),
                Place::Hidden | Place::Gone => continue,
            }
            lost.push(self.letters[slot as usize].what);
            self.frees(slot);
        }
    }

    /// Takes a message out of sight; in an unordered line its entry is stepped over later.
    fn drops(&mut self, slot: u32) {
        self.waiting -= 1;
        let (number, key) = (self.letters[slot as usize].number, self.letters[slot as usize].group);
        if let Some(group) = self.groups.get_mut(&key).filter(|_| self.spec.ordered) {
            group.waiting.retain(|there| there.1 != slot);
            self.open.remove(&(number, key));
            self.opens(slot);
        }
    }
}

#[cfg(test)]
mod tests;
