//! A fleet: members that are alike, that start slowly, warm up, are let go, or die.
//!
//! Places are numbered; a launch takes the free place whose zone has fewest members. A member is *billed* from its launch
//! to its end, *in service* from the end of its start to its end, *counted* (in what a scaler reads) from the end of its
//! warm-up until it is let go, so billed >= in service >= counted at every moment. Who is let go takes nobody new and has
//! `drain` to finish what is inside. The newest goes first: what has just been launched has the least to lose.
//!
//! A member that is let go keeps its place until its end, so the number of members never passes the number of places.
//! The fleet keeps no calendar: it says when a member changes by itself, and the caller comes back at that moment.
//!
//! Left out: members that differ from one another. Proved by: `worked-fleet`, `worked-target`, and the tests below.

use super::member::Member;
pub use super::member::{Became, FleetSpec, Life};
use crate::record::Gauge;
use crate::units::{Span, Time};

/// Members.
#[derive(Clone, Debug)]
pub struct Fleet {
    least: u32,
    most: u32,
    warms: Span,
    drain: Span,
    zones: u32,
    members: Vec<Member>,
    /// Places of those who take requests, rising.
    takers: Vec<u32>,
    wanted: u32,
    launches: u64,
    /// Members that died.
    pub lost: u64,
    /// Zones in which nothing is launched.
    shut: Vec<bool>,
    /// From launch to end.
    pub billed: Gauge,
    /// From the end of the start to the end.
    pub serving: Gauge,
    /// From the end of the warm-up until let go.
    pub counted: Gauge,
    /// Launched and not yet in service.
    pub starting: Gauge,
    /// As many as there should be.
    pub asked: Gauge,
}

impl Fleet {
    /// A fleet at its beginning.
    pub fn new(spec: &FleetSpec) -> Fleet {
        let begins = spec.begins.min(spec.places);
        let served = Member { life: Life::Serves, due: Time::NEVER, ..Member::default() };
        let mut members = vec![Member::default(); spec.places as usize];
        for (number, member) in members.iter_mut().take(begins as usize).enumerate() {
            *member = Member { launch: number as u64, ..served };
        }
        let level = |n: u32| {
            let mut gauge = Gauge::default();
            gauge.set(Time::ZERO, u64::from(n));
            gauge
        };
        Fleet {
            least: spec.least,
            most: spec.most,
            warms: spec.warms,
            drain: spec.drain,
            zones: spec.zones.max(1),
            members,
            takers: (0..begins).collect(),
            wanted: begins,
            launches: u64::from(begins),
            lost: 0,
            shut: vec![false; spec.zones.max(1) as usize],
            billed: level(begins),
            serving: level(begins),
            counted: level(begins),
            starting: level(0),
            asked: level(begins),
        }
    }

    /// Places of those who take requests, rising.
    #[inline]
    pub fn takers(&self) -> &[u32] {
        &self.takers
    }

    /// Lends that list to somebody who chooses while he looks at other things; to be given back.
    #[inline]
    pub fn lend_takers(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.takers)
    }

    /// Takes the list back.
    #[inline]
    pub fn take_back(&mut self, takers: Vec<u32>) {
        self.takers = takers;
    }

    /// Adds everybody who was put in service to such a list, whatever is thought of them.
    pub fn everybody(&self, list: &mut Vec<u32>) {
        let there = |place: &u32| matches!(self.life(*place), Life::Warms | Life::Serves | Life::Dead);
        list.extend((0..self.members.len() as u32).filter(there));
    }

    /// As many as there should be.
    pub fn wanted(&self) -> u32 {
        self.wanted
    }

    /// Fewest and most that may be wanted.
    pub fn range(&self) -> (u32, u32) {
        (self.least, self.most)
    }

    /// Members past their warm-up and not let go.
    pub fn counted_now(&self) -> u32 {
        self.counted.value() as u32
    }

    /// What the member at a place is doing.
    pub fn life(&self, place: u32) -> Life {
        self.members[place as usize].life
    }

    /// Is the member at a place counted?
    pub fn counts(&self, place: u32) -> bool {
        self.members[place as usize].life == Life::Serves
    }

    /// The zone of a place.
    pub fn zone(&self, place: u32) -> u32 {
        place % self.zones
    }

    /// Requests that were ever given to the member at a place.
    pub fn given(&self, place: u32) -> u64 {
        self.members[place as usize].given
    }

    /// Places with a member, rising.
    pub fn present(&self) -> impl Iterator<Item = u32> + '_ {
        let there = self.members.iter().enumerate().filter(|(_, member)| member.life != Life::Absent);
        there.map(|(place, _)| place as u32)
    }

    /// From now on between so many and so many are wanted.
    pub fn set_range(&mut self, now: Time, least: u32, most: u32) {
        (self.least, self.most) = (least, most.max(least));
        self.want(now, self.wanted);
    }

    /// From now on so many are wanted, as far as the range allows.
    pub fn want(&mut self, now: Time, members: u32) {
        self.wanted = members.clamp(self.least, self.most);
        self.asked.set(now, u64::from(self.wanted));
    }

    /// Members that are not on their way out.
    fn lasting(&self) -> u32 {
        let lasting = |member: &&Member| !matches!(member.life, Life::Absent | Life::Drains);
        self.members.iter().filter(lasting).count() as u32
    }

    /// The number of the launch that is due now, if there are fewer than wanted and there is a place.
    pub fn to_launch(&self) -> Option<u64> {
        (self.lasting() < self.wanted && self.place().is_some()).then_some(self.launches)
    }

    /// The free place whose zone has fewest members; of these the lowest.
    fn place(&self) -> Option<u32> {
        let mut there = vec![0u32; self.zones as usize];
        self.present().for_each(|place| there[self.zone(place) as usize] += 1);
        let free = |place: &u32| self.life(*place) == Life::Absent && !self.shut[self.zone(*place) as usize];
        (0..self.members.len() as u32).filter(free).min_by_key(|&place| (there[self.zone(place) as usize], place))
    }

    /// Launches a member whose start takes so long; says where, and when the start is over.
    pub fn launch(&mut self, now: Time, start: Span) -> Option<(u32, Time)> {
        let place = self.place()?;
        let due = now + start;
        self.members[place as usize] = Member { life: Life::Starts, due, launch: self.launches, ..Member::default() };
        self.launches += 1;
        self.billed.change(now, 1);
        self.starting.change(now, 1);
        Some((place, due))
    }

    /// The member that goes next, if there are more than wanted: the newest.
    pub fn to_go(&self) -> Option<u32> {
        if self.lasting() <= self.wanted {
            return None;
        }
        let lasting = self.present().filter(|&place| self.life(place) != Life::Drains);
        lasting.max_by_key(|&place| self.members[place as usize].launch)
    }

    /// Lets a member go: it takes nobody from now on, and ends when it is empty or at the moment returned.
    pub fn let_go(&mut self, now: Time, place: u32) -> Time {
        self.let_go_within(now, place, self.drain)
    }

    /// Lets a member go that may finish for so long.
    pub fn let_go_within(&mut self, now: Time, place: u32, drain: Span) -> Time {
        let member = self.members[place as usize];
        self.steps_down(now, place);
        let empty = member.life == Life::Starts || member.inside == 0;
        let due = if empty { now } else { now + drain };
        let member = &mut self.members[place as usize];
        if matches!(member.life, Life::Starts | Life::Dead) {
            self.starting.change(now, -i64::from(member.life == Life::Starts));
            self.serving.change(now, 1);
        }
        (member.life, member.due) = (Life::Drains, due);
        due
    }

    /// It is counted no more and takes nobody.
    fn steps_down(&mut self, now: Time, place: u32) {
        if self.members[place as usize].life == Life::Serves {
            self.counted.change(now, -1);
        }
        self.takers.retain(|&taker| taker != place);
    }

    /// The moment of a member's next change, if it has one.
    pub fn due(&self, place: u32) -> Time {
        self.members[place as usize].due
    }

    /// A member's moment has come; ask again until it has none now.
    pub fn step(&mut self, now: Time, place: u32) -> Option<Became> {
        let member = &mut self.members[place as usize];
        if member.due != now {
            return None;
        }
        match member.life {
            Life::Absent | Life::Serves | Life::Dead => None,
            Life::Starts => {
                (member.life, member.due) = (Life::Warms, now + self.warms);
                self.starting.change(now, -1);
                self.serving.change(now, 1);
                self.takes_again(place);
                Some(Became::InService)
            }
            Life::Warms => {
                (member.life, member.due) = (Life::Serves, Time::NEVER);
                self.counted.change(now, 1);
                Some(Became::Counted)
            }
            Life::Drains => {
                self.ends(now, place);
                Some(Became::Gone)
            }
        }
    }

    fn takes_again(&mut self, place: u32) {
        let at = self.takers.partition_point(|&taker| taker < place);
        if self.takers.get(at) != Some(&place) {
            self.takers.insert(at, place);
        }
    }

    /// The member at a place is no more.
    fn ends(&mut self, now: Time, place: u32) {
        match self.members[place as usize].life {
            Life::Absent => return,
            Life::Dead => {}
            Life::Starts => self.starting.change(now, -1),
            Life::Warms | Life::Serves | Life::Drains => self.serving.change(now, -1),
        }
        self.steps_down(now, place);
        self.billed.change(now, -1);
        let member = &mut self.members[place as usize];
        (member.life, member.due) = (Life::Absent, Time::NEVER);
    }

    /// The member at a place dies; those inside are the caller's to deal with.
    pub fn dies(&mut self, now: Time, place: u32) {
        if self.life(place) != Life::Absent {
            self.lost += 1;
            self.ends(now, place);
        }
    }

    /// The member at a place dies and nobody notices; it is given requests as before. Says no if it was not in service:
    /// then it is gone.
    pub fn dies_unseen(&mut self, now: Time, place: u32) -> bool {
        let life = self.life(place);
        if !matches!(life, Life::Warms | Life::Serves) {
            self.dies(now, place);
            return false;
        }
        self.counted.change(now, -i64::from(life == Life::Serves));
        self.serving.change(now, -1);
        self.lost += 1;
        let member = &mut self.members[place as usize];
        (member.life, member.due) = (Life::Dead, Time::NEVER);
        true
    }

    /// A death has been noticed: the place is free.
    pub fn is_found_dead(&mut self, now: Time, place: u32) {
        if self.life(place) == Life::Dead {
            self.ends(now, place);
        }
    }

    /// A request is given to a member.
    #[inline]
    pub fn enters(&mut self, place: u32) {
        let member = &mut self.members[place as usize];
        member.inside += 1;
        member.given += 1;
    }

    /// It leaves; has a member that is on its way out thereby finished? Then its moment is now.
    #[inline]
    pub fn leaves(&mut self, now: Time, place: u32) -> bool {
        let member = &mut self.members[place as usize];
        member.inside -= 1;
        let finished = member.inside == 0 && member.life == Life::Drains && member.due != now;
        if finished {
            member.due = now;
        }
        finished
    }

    /// Requests inside the member at a place.
    pub fn inside(&self, place: u32) -> u32 {
        self.members[place as usize].inside
    }

    /// Nobody is given to this member from now on (or again), whatever it is doing.
    pub fn avoid(&mut self, place: u32, avoided: bool) {
        self.members[place as usize].avoided = avoided;
        let takes = matches!(self.life(place), Life::Warms | Life::Serves);
        self.takers.retain(|&taker| taker != place);
        if takes && !avoided {
            self.takes_again(place);
        }
    }

    /// Is nobody given to this member?
    pub fn is_avoided(&self, place: u32) -> bool {
        self.members[place as usize].avoided
    }

    /// In this zone nothing is launched from now on (or again).
    pub fn shut(&mut self, zone: u32, shut: bool) {
        if let Some(there) = self.shut.get_mut(zone as usize) {
            *there = shut;
        }
    }

    /// The measuring begins.
    pub fn begin(&mut self, now: Time) {
        for gauge in self.gauges() {
            gauge.begin(now);
        }
        self.lost = 0;
    }

    /// The measuring is over.
    pub fn close(&mut self, now: Time) {
        for gauge in self.gauges() {
            gauge.close(now);
        }
    }

    fn gauges(&mut self) -> [&mut Gauge; 5] {
        [&mut self.billed, &mut self.serving, &mut self.counted, &mut self.starting, &mut self.asked]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fleet(least: u32, most: u32, begins: u32) -> Fleet {
        let (warms, drain) = (Span(30), Span(20));
        Fleet::new(&FleetSpec { least, most, begins, places: most, warms, drain, zones: 3 })
    }

    fn grow(fleet: &mut Fleet, now: Time, to: u32, start: Span) -> Vec<(u32, Time)> {
        fleet.want(now, to);
        let mut launched = vec![];
        while fleet.to_launch().is_some() {
            launched.extend(fleet.launch(now, start));
        }
        launched
    }

    #[test]
    fn a_member_is_billed_then_in_service_then_counted() {
        let mut web = fleet(2, 4, 2);
        assert_eq!(grow(&mut web, Time(100), 4, Span(50)), [(2, Time(150)), (3, Time(150))]);
        assert_eq!((web.takers(), web.to_launch()), (&[0, 1][..], None));
        for place in [2, 3] {
            assert_eq!(web.step(Time(150), place), Some(Became::InService));
            assert_eq!(web.due(place), Time(180));
        }
        assert_eq!((web.takers().len(), web.counted_now()), (4, 2));
        assert_eq!([2, 3].map(|place| web.step(Time(180), place)), [Some(Became::Counted); 2]);
        web.close(Time(200));
        assert_eq!(web.billed.integral(), 2 * 200 + 2 * 100);
        assert_eq!(web.serving.integral(), 2 * 200 + 2 * 50);
        assert_eq!(web.counted.integral(), 2 * 200 + 2 * 20);
    }

    #[test]
    fn the_newest_goes_first_and_finishes_what_it_has() {
        let mut web = fleet(1, 3, 3);
        web.enters(2);
        web.want(Time(10), 1);
        let newest = web.to_go().expect("three are more than one");
        assert_eq!((newest, web.let_go(Time(10), newest)), (2, Time(30)));
        assert_eq!((web.takers(), web.counted_now(), web.serving.value()), (&[0, 1][..], 2, 3));
        assert!(web.leaves(Time(15), 2), "it has finished before its time");
        assert_eq!(web.step(Time(15), 2), Some(Became::Gone));
        let next = web.to_go().expect("two are more than one");
        assert_eq!((next, web.let_go(Time(20), next)), (1, Time(20)), "an empty one goes at once");
        assert_eq!(web.step(Time(20), 1), Some(Became::Gone));
        assert_eq!((web.to_go(), web.billed.value()), (None, 1));
    }

    #[test]
    fn who_has_not_finished_in_time_ends_all_the_same() {
        let mut web = fleet(1, 2, 2);
        web.enters(1);
        web.want(Time(0), 1);
        assert_eq!(web.let_go(Time(0), 1), Time(20));
        assert_eq!(web.step(Time(19), 1), None);
        assert_eq!(web.step(Time(20), 1), Some(Became::Gone));
        assert!(!web.leaves(Time(20), 1), "its end has been told");
    }

    #[test]
    fn the_range_holds_whatever_is_wanted() {
        let mut web = fleet(2, 5, 3);
        web.want(Time(0), 9);
        assert_eq!(web.wanted(), 5);
        web.want(Time(0), 0);
        assert_eq!(web.wanted(), 2);
        web.set_range(Time(0), 4, 4);
        assert_eq!(web.wanted(), 4);
    }

    #[test]
    fn a_member_that_dies_is_replaced_in_the_emptiest_zone() {
        let mut web = fleet(4, 6, 4);
        web.dies(Time(5), 1);
        assert_eq!((web.lost, web.takers()), (1, &[0, 2, 3][..]));
        assert_eq!(web.to_launch(), Some(4));
        assert_eq!(web.launch(Time(5), Span(10)), Some((1, Time(15))), "zone 1 has nobody");
        web.dies(Time(7), 1);
        assert_eq!(web.step(Time(15), 1), None, "nothing of what was planned for it happens");
        web.shut(1, true);
        assert_eq!(web.launch(Time(20), Span(10)), Some((5, Time(30))), "not in a zone that is shut");
    }

    #[test]
    fn a_place_is_free_only_when_its_member_has_ended() {
        let mut web = fleet(1, 2, 2);
        web.enters(1);
        web.want(Time(0), 1);
        web.let_go(Time(0), 1);
        web.want(Time(5), 2);
        assert_eq!(web.to_launch(), None);
        assert_eq!(web.step(Time(20), 1), Some(Became::Gone));
        assert!(web.to_launch().is_some());
    }
}
