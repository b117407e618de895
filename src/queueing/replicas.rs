//! Copies of data: one leads and is written, the others follow behind; what the copy that takes over lacks is lost.
//!
//! A follower that is behind by `b` at the moment `t` holds what was acknowledged before `t - b`; what arrives in the very
//! instant of a cut does not. When the leader is cut off at `c` and a follower is promoted, every write with
//! `acknowledged + b >= c` is lost, also those that a leader which nobody hears acknowledges after that. If the leader
//! comes back before anybody was promoted, the followers get the rest, and nothing is lost.
//!
//! A follower may have to work for each write, one after another: then its lag grows with the load, like the wait of a queue
//! with one server and constant work (Pollaczek and Khinchine: with the utilisation r and the work s, (1 + r / (2 - 2r)) s).
//! It holds a write `b` after it has done its work for it.
//!
//! How far behind they are is a law, read whenever somebody asks: each cut has a number of its own, drawn before it is
//! needed, so that only writes are remembered that the next cut could take. What is left out: followers that differ, and a
//! lag that has a memory (two readings are independent).

use std::collections::VecDeque;

use crate::units::{Span, Time};

/// Writes that were acknowledged lately, as far as a copy may lack them; times never fall.
#[derive(Clone, Debug, Default)]
pub struct Acknowledged {
    times: VecDeque<Write>,
    /// What a follower has to do for each write.
    work: Span,
    /// When it will have done all.
    done: Time,
}

/// A write that was acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Write {
    at: Time,
    /// When a follower that is not behind otherwise has done its work for it.
    held: Time,
}

impl Acknowledged {
    /// Nothing yet; a follower works so long for each write.
    pub fn new(work: Span) -> Acknowledged {
        Acknowledged { work, ..Acknowledged::default() }
    }

    /// A write is acknowledged.
    pub fn add(&mut self, at: Time) {
        debug_assert!(self.times.back().is_none_or(|last| last.at <= at), "acknowledged in order");
        self.done = self.done.max(at) + self.work;
        self.times.push_back(Write { at, held: self.done });
    }

    /// Nobody will ever ask for what a follower held before the one moment and was acknowledged before the other.
    pub fn forget_before(&mut self, held: Time, at: Time) {
        while self.times.front().is_some_and(|first| first.held < held && first.at < at) {
            self.times.pop_front();
        }
    }

    /// How long the work of a follower takes that has been acknowledged until now.
    pub fn backlog(&self, now: Time) -> Span {
        self.done.since(now)
    }

    /// So many are held by followers at or after a moment only; when the oldest of them was acknowledged.
    pub fn not_held_before(&self, at: Time) -> (u64, Option<Time>) {
        self.behind(self.times.partition_point(|write| write.held < at))
    }

    /// So many were acknowledged at or after a moment, the oldest of them then.
    pub fn from(&self, at: Time) -> (u64, Option<Time>) {
        self.behind(self.times.partition_point(|write| write.at < at))
    }

    fn behind(&self, first: usize) -> (u64, Option<Time>) {
        ((self.times.len() - first) as u64, self.times.get(first).map(|write| write.at))
    }

    /// What followers did not hold before a moment is gone, and so is the work for it.
    fn lose_not_held_before(&mut self, at: Time) {
        self.times.truncate(self.times.partition_point(|write| write.held < at));
        self.done = self.times.back().map_or(Time::ZERO, |last| last.held);
    }

    /// Takes away what was acknowledged at or after a moment: nobody has it any more.
    pub fn lose_from(&mut self, at: Time) {
        self.times.truncate(self.times.partition_point(|write| write.at < at));
        self.done = self.times.back().map_or(Time::ZERO, |last| last.held);
    }
}

/// What is lost when a copy takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The copy holds what was acknowledged before this.
    pub from: Time,
    /// Writes that it lacks.
    pub writes: u64,
    /// The oldest of them.
    pub oldest: Option<Time>,
}

/// Copies of which one leads.
#[derive(Clone, Debug)]
pub struct Replicas {
    leader: Option<u32>,
    /// Since when nobody hears the leader.
    cut: Option<Time>,
    /// Since when the followers stand still although they hear it.
    stalled: Option<Time>,
    /// How far behind the followers are when they are asked next, and the time after that.
    behind: [Span; 2],
}

impl Replicas {
    /// Copies of which this one leads; `behind`: how far the others are behind at the first two cuts.
    pub fn new(leader: u32, behind: [Span; 2]) -> Replicas {
        Replicas { leader: Some(leader), cut: None, stalled: None, behind }
    }

    /// Who leads; nobody while a promotion is under way.
    pub fn leader(&self) -> Option<u32> {
        self.leader
    }

    /// What was acknowledged before this cannot be lost by any cut from now on.
    pub fn safe_before(&self, now: Time) -> Time {
        let longest = self.behind[0].max(self.behind[1]);
        self.hears_until(now) - longest
    }

    /// The last moment of which the followers could have heard.
    fn hears_until(&self, now: Time) -> Time {
        self.cut.unwrap_or(now).min(self.stalled.unwrap_or(now))
    }

    /// Nobody hears the leader from now on.
    pub fn cut(&mut self, now: Time) {
        self.cut.get_or_insert(now);
    }

    /// Is the leader not heard?
    pub fn is_cut(&self) -> bool {
        self.cut.is_some()
    }

    /// The leader is heard again; `next`: how far behind they will be at the cut after the next.
    pub fn mend(&mut self, next: Span) {
        if self.cut.take().is_some() {
            self.behind = [self.behind[1], next];
        }
    }

    /// The followers stop following, or go on and catch up.
    pub fn stall(&mut self, now: Time, on: bool) {
        self.stalled = if on { self.stalled.or(Some(now)) } else { None };
    }

    /// A promotion begins: nobody leads until it is over, and the old leader is heard no more.
    pub fn promote(&mut self, now: Time) {
        self.cut(now);
        self.leader = None;
    }

    /// A copy takes over, with what it has; `next` as in [`Replicas::mend`].
    pub fn take_over(&mut self, copy: u32, now: Time, acknowledged: &mut Acknowledged, next: Span) -> Loss {
        let until = self.hears_until(now) - self.behind[0];
        let (writes, oldest) = acknowledged.not_held_before(until);
        acknowledged.lose_not_held_before(until);
        let from = oldest.map_or(until, |oldest| oldest.min(until));
        self.leader = Some(copy);
        (self.cut, self.stalled) = (None, None);
        self.behind = [self.behind[1], next];
        Loss { from, writes, oldest }
    }

    /// A copy takes over that had everything before it was acknowledged.
    pub fn take_over_whole(&mut self, copy: u32, now: Time, next: Span) -> Loss {
        self.leader = Some(copy);
        (self.cut, self.stalled) = (None, None);
        self.behind = [self.behind[1], next];
        Loss { from: now, writes: 0, oldest: None }
    }

    /// The leader itself goes on, from a copy of its own.
    pub fn resume(&mut self, leader: u32) {
        (self.leader, self.cut) = (Some(leader), None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(times: &[u64]) -> Acknowledged {
        let mut all = Acknowledged::default();
        times.iter().for_each(|at| all.add(Time(*at)));
        all
    }

    #[test]
    fn a_write_that_arrives_in_the_instant_of_the_cut_is_lost() {
        let mut copies = Replicas::new(0, [Span(10), Span(10)]);
        let mut acknowledged = written(&[100, 112, 113, 114, 120]);
        copies.cut(Time(123));
        let loss = copies.take_over(1, Time(200), &mut acknowledged, Span(10));
        assert_eq!(loss, Loss { from: Time(113), writes: 3, oldest: Some(Time(113)) });
        assert_eq!(copies.leader(), Some(1));
    }

    #[test]
    fn what_a_leader_that_nobody_hears_acknowledges_is_lost_too() {
        let mut copies = Replicas::new(0, [Span(10), Span(10)]);
        let mut acknowledged = written(&[90, 130, 140]);
        copies.cut(Time(123));
        assert_eq!(copies.take_over(1, Time(200), &mut acknowledged, Span(10)).writes, 2);
        assert_eq!(acknowledged.from(Time::ZERO), (1, Some(Time(90))), "the rest is still there");
    }

    #[test]
    fn nothing_is_lost_if_the_leader_comes_back_in_time() {
        let mut copies = Replicas::new(0, [Span(10), Span(20)]);
        let mut acknowledged = written(&[115, 122]);
        copies.cut(Time(123));
        copies.mend(Span(30));
        let loss = copies.take_over(1, Time(200), &mut acknowledged, Span(40));
        assert_eq!((loss.from, loss.writes), (Time(180), 0), "from now on, with the next lag");
    }

    #[test]
    fn nobody_leads_while_a_promotion_is_under_way() {
        let mut copies = Replicas::new(0, [Span(1), Span(1)]);
        copies.promote(Time(50));
        assert_eq!(copies.leader(), None);
        let loss = copies.take_over(1, Time(80), &mut written(&[49, 50]), Span(1));
        assert_eq!(loss.writes, 2, "cut off when the promotion began");
    }

    #[test]
    fn followers_that_stand_still_fall_behind() {
        let mut copies = Replicas::new(0, [Span(5), Span(5)]);
        copies.stall(Time(60), true);
        let mut acknowledged = written(&[50, 70, 80]);
        assert_eq!(copies.safe_before(Time(100)), Time(55));
        assert_eq!(copies.take_over(1, Time(100), &mut acknowledged, Span(5)).writes, 2);
    }

    #[test]
    fn a_follower_that_works_for_each_write_falls_behind_under_load() {
        let mut acknowledged = Acknowledged::new(Span(10));
        // Done at 110, 120, 130 and, after a rest, at 210.
        [100, 101, 102, 200].iter().for_each(|at| acknowledged.add(Time(*at)));
        assert_eq!(acknowledged.backlog(Time(105)), Span(105), "until 210");
        assert_eq!(
            acknowledged.not_held_before(Time(120)),
            (3, Some(Time(101))),
            "held at the very moment is too late"
        );
        assert_eq!(acknowledged.not_held_before(Time(121)), (2, Some(Time(102))));
        let mut copies = Replicas::new(0, [Span(5), Span(5)]);
        copies.cut(Time(126));
        let loss = copies.take_over(1, Time(150), &mut acknowledged, Span(5));
        // What was held before 121: the first two. The copy lacks what was acknowledged from 102 on.
        assert_eq!(loss, Loss { from: Time(102), writes: 2, oldest: Some(Time(102)) });
        acknowledged.add(Time(151));
        assert_eq!(acknowledged.not_held_before(Time(161)), (1, Some(Time(151))), "the lost ones are no work any more");
    }

    #[test]
    fn a_copy_that_had_everything_first_lacks_nothing() {
        let mut copies = Replicas::new(0, [Span(50), Span(50)]);
        copies.promote(Time(100));
        let loss = copies.take_over_whole(0, Time(130), Span(5));
        assert_eq!((loss.writes, loss.from, copies.leader()), (0, Time(130), Some(0)));
    }

    #[test]
    fn only_what_a_cut_could_take_is_remembered() {
        let copies = Replicas::new(0, [Span(10), Span(30)]);
        let mut acknowledged = written(&[10, 69, 70, 90]);
        acknowledged.forget_before(copies.safe_before(Time(100)), Time::NEVER);
        assert_eq!(acknowledged.from(Time::ZERO), (2, Some(Time(70))));
    }
}
