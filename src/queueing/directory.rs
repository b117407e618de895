//! A name that points somewhere: who has asked keeps the answer until it is `ttl` old, some for ever.
//!
//! A client asks when it has no answer or one of the age `ttl`, and hears what was true in that moment. A client that comes
//! only once is one of many, so the age of its answer is uniform between 0 and `ttl`; whoever comes again is known by its
//! number. Where all clients are many, the share of them that is led to something which is down follows from the flips
//! alone: of those that are led by the answers of `[f, g)` there are, at the moment t, `|[f, g) and [t - ttl, t]| / ttl`.
//! That share is integrated exactly, in whole numbers.

use crate::units::{Span, Time};

/// From when on an answer was given, and where it leads from near each place.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Flip {
    at: Time,
    to: Vec<u32>,
}

/// A name.
#[derive(Clone, Debug)]
pub struct Directory {
    ttl: Span,
    /// What was true before the run: those who are stuck for ever go by it.
    first: Vec<u32>,
    /// Answers that somebody may still go by.
    flips: Vec<Flip>,
    /// When each known client asked last, and until when it goes by the answer; nobody goes by one that it never heard.
    known: Vec<Option<(Time, Time)>>,
    /// Nobody asks anew: they keep what they have.
    stuck: bool,
    /// Up to when, and twice `ttl` times the time that clients were led astray.
    counted: Time,
    astray: u128,
}

impl Directory {
    /// A name that leads from near place i to `to[i]`.
    pub fn new(ttl: Span, to: Vec<u32>) -> Directory {
        let flips = vec![Flip { at: Time::ZERO, to: to.clone() }];
        Directory { ttl, first: to, flips, known: Vec::new(), stuck: false, counted: Time::ZERO, astray: 0 }
    }

    /// Where the name leads now, from near a place.
    pub fn target(&self, near: u32) -> u32 {
        self.told(near, Time::NEVER)
    }

    /// What somebody near a place was told who asked at a moment.
    pub fn told(&self, near: u32, asked: Time) -> u32 {
        let known = self.flips.partition_point(|flip| flip.at <= asked).max(1);
        self.flips[known - 1].to[near as usize]
    }

    /// Where somebody near a place is led who never asks anew.
    pub fn at_first(&self, near: u32) -> u32 {
        self.first[near as usize]
    }

    /// When a known client asked for the answer that it goes by now; `age`: how old its answer is when it comes first.
    pub fn ask(&mut self, client: usize, now: Time, age: impl FnOnce() -> Span) -> Time {
        if client >= self.known.len() {
            self.known.resize(client + 1, None);
        }
        let (asked, until) = self.known[client].unwrap_or_else(|| {
            let age = age().min(self.ttl);
            // Who heard it before the run heard what was true at its start.
            (now - age, now + Span(self.ttl.0 - age.0))
        });
        let renewed = if now >= until && !self.stuck { (now, now + self.ttl) } else { (asked, until) };
        self.known[client] = Some(renewed);
        renewed.0
    }

    /// Until when a known client goes by the answer that it has, if it has one.
    pub fn knows_until(&self, client: usize) -> Option<Time> {
        Some((*self.known.get(client)?)?.1)
    }

    /// Nobody asks anew, or they do again.
    pub fn stick(&mut self, on: bool) {
        self.stuck = on;
    }

    /// From now on the name leads elsewhere, from near each place as `to` says of where it led.
    pub fn point(&mut self, now: Time, to: impl Fn(u32) -> u32) -> bool {
        let Some(last) = self.flips.last_mut() else { return false };
        let new: Vec<u32> = last.to.iter().map(|target| to(*target)).collect();
        if new == last.to {
            return false;
        }
        // Two flips at one instant are one: nobody can ask in between.
        if last.at == now && now > Time::ZERO {
            last.to = new;
        } else {
            self.flips.push(Flip { at: now, to: new });
        }
        true
    }

    /// Counts those led to what is down, up to now: to be called before anything changes.
    pub fn count(&mut self, now: Time, down: impl Fn(u32) -> bool) {
        let (from, to) = (self.counted, now);
        if to <= from {
            return;
        }
        self.counted = now;
        for (number, flip) in self.flips.iter().enumerate() {
            if !flip.to.first().is_some_and(|target| down(*target)) {
                continue;
            }
            let begins = (number > 0).then_some(flip.at);
            let ends = self.flips.get(number + 1).map(|next| next.at);
            let heard = |since: Option<Time>| {
                since.map_or(0, |since| grown(to, since, self.ttl) - grown(from, since, self.ttl))
            };
            let all = 2 * u128::from(self.unit()) * u128::from(to.since(from).0);
            let in_all = if begins.is_none() { all } else { heard(begins) };
            self.astray += in_all - heard(ends);
        }
        // Once nobody goes by the answer before the first flip, nobody ever will.
        while self.flips.len() > 1 && self.flips[1].at + self.ttl <= from && !self.stuck {
            self.flips.remove(0);
        }
    }

    /// Counting begins anew.
    pub fn begin(&mut self, now: Time, down: impl Fn(u32) -> bool) {
        self.count(now, down);
        self.astray = 0;
    }

    /// Time that clients were led astray, over all time since counting began, as a quotient.
    pub fn astray(&self, from: Time) -> (u128, u128) {
        (self.astray, 2 * u128::from(self.unit()) * u128::from(self.counted.since(from).0))
    }

    fn unit(&self) -> u64 {
        self.ttl.0.max(1)
    }
}

/// Twice the integral, up to a moment, of how much of the last `ttl` lies after `since`.
fn grown(at: Time, since: Time, ttl: Span) -> u128 {
    let (after, ttl) = (u128::from(at.since(since).0), u128::from(ttl.0.max(1)));
    if after <= ttl { after * after } else { ttl * ttl + 2 * (after - ttl) * ttl }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn never() -> Span {
        Span::ZERO
    }

    #[test]
    fn a_client_asks_first_when_it_comes_and_then_when_its_answer_is_old() {
        let mut name = Directory::new(Span(60), vec![0]);
        let asked: Vec<u64> = (0..6).map(|k| name.ask(3, Time(5 + 30 * k), never).0).collect();
        assert_eq!(asked, [5, 5, 65, 65, 125, 125]);
    }

    #[test]
    fn a_client_that_was_here_before_the_run_keeps_its_answer_for_the_rest_of_its_life() {
        let mut name = Directory::new(Span(60), vec![0]);
        assert_eq!((name.ask(0, Time(40), || Span(50)), name.knows_until(0)), (Time(0), Some(Time(50))));
        assert_eq!(name.ask(0, Time(50), never), Time(50));
        assert_eq!(name.knows_until(7), None, "nobody has come by this number");
    }

    #[test]
    fn an_answer_is_what_was_true_when_it_was_asked_for() {
        let mut name = Directory::new(Span(60), vec![0, 1]);
        assert!(name.point(Time(100), |_| 1));
        assert!(!name.point(Time(200), |_| 1), "nothing changes");
        assert_eq!((name.told(0, Time(99)), name.told(0, Time(100)), name.told(1, Time(0))), (0, 1, 1));
        assert_eq!(name.target(0), 1);
    }

    #[test]
    fn who_is_stuck_keeps_what_it_has() {
        let mut name = Directory::new(Span(60), vec![0]);
        name.ask(0, Time(0), never);
        name.stick(true);
        assert_eq!(name.ask(0, Time(500), never), Time(0));
        name.stick(false);
        assert_eq!(name.ask(0, Time(501), never), Time(501));
    }

    #[test]
    fn clients_move_one_after_another_within_the_life_of_an_answer() {
        let mut name = Directory::new(Span(60), vec![0]);
        name.count(Time(1000), |_| false);
        // Place 0 is down from 1000 on; the name points to 1 from 1084 on.
        name.count(Time(1084), |place| place == 0);
        name.point(Time(1084), |_| 1);
        name.count(Time(2000), |place| place == 0);
        let (astray, all) = name.astray(Time::ZERO);
        // Everybody for 84, then on average half of 60.
        assert_eq!(astray, 2 * 60 * (84 + 30));
        assert_eq!(all, 2 * 60 * 2000);
    }

    #[test]
    fn counting_in_pieces_is_counting_at_once() {
        let run = |pieces: &[u64]| {
            let mut name = Directory::new(Span(60), vec![0]);
            name.point(Time(100), |_| 1);
            name.point(Time(130), |_| 0);
            pieces.iter().for_each(|at| name.count(Time(*at), |place| place == 1));
            name.astray(Time::ZERO)
        };
        assert_eq!(run(&[500]), run(&[90, 111, 129, 131, 160, 187, 200, 500]));
        // Answers of [100, 130) are gone by for 30 of 60 each.
        assert_eq!(run(&[500]).0, 2 * 60 * 30);
    }

    #[test]
    fn answers_that_live_for_no_time_lead_everybody_at_once() {
        let mut name = Directory::new(Span(0), vec![0]);
        name.count(Time(100), |place| place == 0);
        name.point(Time(100), |_| 1);
        name.count(Time(200), |place| place == 0);
        let (astray, all) = name.astray(Time::ZERO);
        assert!((astray as f64 / all as f64 - 0.5).abs() < 0.01, "{astray} of {all}");
    }
}
