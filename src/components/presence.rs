//! Who is in a part: exact integrals from sums, the greatest number where entering is an event.
//!
//! A stay is told when it begins and when its end is known, which may be ahead of time. Nobody needs the number inside at
//! every moment: its integral follows from the sums of both moments, and its greatest value can only be passed by somebody
//! who comes when as many have come as were missing to it. Only where a watch asks for the course is the course followed.

use std::collections::VecDeque;

use crate::record::{Gauge, Moments, Peak, Summed};
use crate::units::Time;

/// Who is in a part.
#[derive(Clone, Debug)]
pub struct Presence {
    /// Sums of the moments (not before the measuring) at which somebody came and went, and how many did.
    came_sum: u128,
    went_sum: u128,
    came: u64,
    went: u64,
    in_order: bool,
    peak: Peak,
    /// Departures told ahead of time; also some whose time has come since somebody last looked.
    leaving: Moments,
    watched: Option<Box<Course>>,
}

impl Presence {
    /// Nobody yet; `in_order`: coming in is an event, so there is a greatest number.
    pub fn new(in_order: bool) -> Presence {
        Presence {
            came_sum: 0,
            went_sum: 0,
            came: 0,
            went: 0,
            in_order,
            peak: Peak::default(),
            leaving: Moments::default(),
            watched: None,
        }
    }

    /// The number over time, to ask more of it than its integral and its greatest value.
    pub fn watched(&mut self) -> &mut Gauge {
        &mut self.watched.get_or_insert_default().gauge
    }

    /// Somebody comes.
    #[inline]
    pub fn enters(&mut self, at: Time, from: Time) {
        self.came += 1;
        self.came_sum += u128::from(at.max(from).0);
        if self.in_order {
            if self.told() > self.peak.bound() {
                self.count(at);
            }
            if let Some(course) = &mut self.watched {
                course.enters(at);
            }
        }
    }

    /// Somebody goes, perhaps at a time that lies ahead.
    #[inline]
    pub fn leaves(&mut self, at: Time, now: Time, from: Time) {
        self.went += 1;
        self.went_sum += u128::from(at.max(from).0);
        if !self.in_order {
            return;
        }
        if at <= now {
            self.peak.falls(at);
        } else {
            self.leaving.push(at);
        }
        if let Some(course) = &mut self.watched {
            course.leaves(at, now);
        }
    }

    /// Some come, one after another, and will have gone at those moments; [`Presence::add`] says so once more, for the sums.
    pub fn stay(&mut self, came: &[Time], gone: &[Time]) {
        if !self.in_order {
            return;
        }
        if self.told() + gone.len() as u64 <= self.peak.bound() {
            self.leaving.extend(gone);
        } else {
            for (&now, &end) in came.iter().zip(gone).filter(|(now, end)| end > now) {
                self.leaving.push(end);
                if self.told() > self.peak.bound() {
                    self.count(now);
                }
            }
        }
        if let Some(course) = &mut self.watched {
            for (&now, &end) in came.iter().zip(gone) {
                course.enters(now);
                course.leaves(end, now);
            }
        }
    }

    /// Adds `n` stays since the measuring began, whose lengths add up to `sum`, to the sums.
    pub fn add(&mut self, n: u64, sum: u128) {
        self.came += n;
        self.went += n;
        self.went_sum += sum;
    }

    /// How many are inside, or more: those whose time to leave has come are counted too.
    #[inline]
    fn told(&self) -> u64 {
        self.came - self.went + self.leaving.count() as u64
    }

    /// Counts who is inside, now that there may be more than ever.
    #[cold]
    fn count(&mut self, now: Time) {
        self.leaving.forget_until(now);
        let inside = self.told();
        if inside > self.peak.bound() {
            self.peak.rises(now, inside);
        }
    }

    /// The measuring begins.
    pub fn begin(&mut self, from: Time) {
        if from > Time::ZERO {
            self.leaving.forget_until(Time(from.0 - 1));
        }
        let left = self.leaving.iter().filter(|at| *at == from).count() as u64;
        self.peak.begin(from, if self.in_order { self.told() - left } else { 0 });
        if let Some(course) = &mut self.watched {
            course.observe(Time(from.0 - 1));
            course.gauge.begin(from);
        }
    }

    /// The measuring ends.
    pub fn close(&self, from: Time, to: Time) -> Gauge {
        let last = Time(to.0.saturating_sub(1));
        let integral = self.integral(from, to);
        if let Some(course) = &self.watched {
            let mut course = course.clone();
            course.observe(last);
            course.gauge.close(to);
            course.gauge.set_integral(integral, to.since(from));
            return course.gauge;
        }
        let gone = self.leaving.iter().filter(|at| *at <= last).count() as u64;
        let value = if self.in_order { self.told() - gone } else { 0 };
        Summed { value, integral, peak: self.peak, start: from, end: to }.gauge(std::iter::empty())
    }

    /// Integral of the number inside over the measured span.
    pub fn integral(&self, from: Time, to: Time) -> u128 {
        // Who is still inside stays until the end; departures that lie ahead of it are not told yet (the horizon).
        let still = u128::from(self.came - self.went) * u128::from(to.max(from).0);
        (self.went_sum + still).saturating_sub(self.came_sum)
    }
}

/// An integral of a number of members from sums of the moments at which they came and went.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stays {
    came_sum: u128,
    went_sum: u128,
    came: u64,
    went: u64,
}

impl Stays {
    /// Somebody comes.
    #[inline]
    pub fn enters(&mut self, at: Time, from: Time) {
        self.came += 1;
        self.came_sum += u128::from(at.max(from).0);
    }

    /// Somebody goes.
    #[inline]
    pub fn leaves(&mut self, at: Time, from: Time) {
        self.went += 1;
        self.went_sum += u128::from(at.max(from).0);
    }

    /// So many come, at moments that add up to this.
    pub fn enter(&mut self, n: u64, sum: u128) {
        (self.came, self.came_sum) = (self.came + n, self.came_sum + sum);
    }

    /// So many go, at moments that add up to this.
    pub fn leave(&mut self, n: u64, sum: u128) {
        (self.went, self.went_sum) = (self.went + n, self.went_sum + sum);
    }

    /// So many whole stays inside the measured span, so long together.
    pub fn add(&mut self, stays: u64, together: u128) {
        (self.came, self.went) = (self.came + stays, self.went + stays);
        self.went_sum += together;
    }

    /// Integral of the number inside over the measured span; who is still inside stays until its end.
    pub fn integral(&self, from: Time, to: Time) -> u128 {
        let still = u128::from(self.came - self.went) * u128::from(to.max(from).0);
        (self.went_sum + still).saturating_sub(self.came_sum)
    }
}

/// The number inside, moment by moment.
#[derive(Clone, Debug, Default)]
struct Course {
    gauge: Gauge,
    /// Departures that are known ahead of time, sorted.
    leaving: VecDeque<Time>,
}

impl Course {
    fn enters(&mut self, at: Time) {
        self.observe(at);
        self.gauge.change(at, 1);
    }

    fn leaves(&mut self, at: Time, now: Time) {
        if at <= now {
            self.observe(at);
            self.gauge.change(at, -1);
            return;
        }
        let place = self.leaving.partition_point(|other| *other <= at);
        self.leaving.insert(place, at);
    }

    fn observe(&mut self, now: Time) {
        while let Some(at) = self.leaving.pop_front_if(|at| *at <= now) {
            self.gauge.change(at, -1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Random;

    /// Random stays, some told ahead and some not, as a presence with a watch and one without see them.
    fn check(seed: u64, from: Time, span: u64) {
        let (mut summed, mut followed) = (Presence::new(true), Presence::new(true));
        followed.watched();
        let mut both = [&mut summed, &mut followed];
        let mut random = Random::new(seed);
        let (mut now, mut inside, mut begun) = (Time(0), 0, from == Time(0));
        for _ in 0..3000 {
            now.0 += random.below(span);
            if !begun && now >= from {
                begun = true;
                both.iter_mut().for_each(|presence| presence.begin(from));
            }
            if inside == 0 || random.chance(0.5) {
                both.iter_mut().for_each(|presence| presence.enters(now, from));
                inside += 1;
            } else {
                let at = Time(now.0 + random.below(2) * random.below(8 * span));
                both.iter_mut().for_each(|presence| presence.leaves(at, now, from));
                inside -= 1;
            }
        }
        let end = Time(now.0 + 1);
        let [a, b] = both.map(|presence| presence.close(from, end));
        assert_eq!((a.max(), a.max_at(), a.value(), a.integral()), (b.max(), b.max_at(), b.value(), b.integral()));
    }

    #[test]
    fn sums_and_the_course_agree() {
        for seed in 0..50 {
            check(seed, Time(seed % 3 * 400), 1 + seed % 7);
        }
    }
}
