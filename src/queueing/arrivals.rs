//! When requests come: Poisson, even, renewal, in bursts, or at rates that change by themselves, along any profile.
//!
//! The i-th arrival comes when the cumulative rate reaches the i-th partial sum of a unit process, so twice the rate
//! keeps every draw and halves every time (common random numbers), and an even source is exact: number i comes when the
//! cumulative rate reaches i, the first one at the start.

use crate::units::maths;
use crate::units::samplers::exponential;
use crate::units::{Law, Random, Time};

/// A rate over time, per nanosecond.
#[derive(Clone, Debug, PartialEq)]
pub enum Curve {
    /// Straight lines: each piece from its start to the next one's, the last one for ever.
    Lines(Vec<Piece>),
    /// mean + amplitude sin(2 pi (t - phase) / period), times in nanoseconds; amplitude at most mean.
    Sine { mean: f64, amplitude: f64, period: f64, phase: f64 },
}

/// A straight piece of a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// From this moment (ns).
    pub from: f64,
    /// Cumulative rate at that moment.
    pub before: f64,
    /// Rate there, per ns.
    pub rate: f64,
    /// Change of the rate, per ns and ns.
    pub slope: f64,
}

impl Curve {
    /// The same rate for ever.
    pub fn constant(per_second: f64) -> Curve {
        Curve::Lines(vec![Piece { from: 0.0, before: 0.0, rate: per_second / 1e9, slope: 0.0 }])
    }

    /// Straight lines between points (time in ns, rate per second); two points at one time are a jump.
    pub fn lines(points: &[(f64, f64)]) -> Curve {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut before = 0.0;
        let first = points[0];
        if first.0 > 0.0 {
            pieces.push(Piece { from: 0.0, before, rate: first.1 / 1e9, slope: 0.0 });
            before += first.0 * first.1 / 1e9;
        }
        for pair in points.windows(2) {
            let ((t0, r0), (t1, r1)) = (pair[0], pair[1]);
            if t1 > t0 {
                pieces.push(Piece { from: t0, before, rate: r0 / 1e9, slope: (r1 - r0) / 1e9 / (t1 - t0) });
                before += (r0 + r1) / 2.0 / 1e9 * (t1 - t0);
            }
        }
        let last = points[points.len() - 1];
        pieces.push(Piece { from: last.0, before, rate: last.1 / 1e9, slope: 0.0 });
        Curve::Lines(pieces)
    }

    /// Expected arrivals up to a moment (ns).
    pub fn cumulative(&self, t: f64) -> f64 {
        match self {
            Curve::Lines(pieces) => {
                let piece = pieces.iter().rev().find(|p| p.from <= t).unwrap_or(&pieces[0]);
                let x = t - piece.from;
                piece.before + x * (piece.rate + piece.slope * x / 2.0)
            }
            Curve::Sine { mean, amplitude, period, phase } => {
                let turn = std::f64::consts::TAU / period;
                mean * t + amplitude / turn * (maths::cos(turn * phase) - maths::cos(turn * (t - phase)))
            }
        }
    }

    /// The piece of this number, if it is the last one and its rate stays the same.
    fn steady_from(&self, hint: usize) -> Option<Piece> {
        match self {
            Curve::Lines(pieces) if hint + 1 == pieces.len() => {
                pieces.last().filter(|last| last.slope == 0.0 && last.rate > 0.0).copied()
            }
            _ => None,
        }
    }

    /// When the cumulative rate reaches `target`, which does not fall from call to call; `hint` remembers the piece.
    #[inline]
    fn reaches(&self, target: f64, hint: &mut usize, last: f64) -> Option<f64> {
        match self {
            Curve::Lines(pieces) => {
                // The last moment at which it is still reached: where the rate rests at 0, arrivals wait for it to go on.
                while *hint + 1 < pieces.len() && pieces[*hint + 1].before <= target {
                    *hint += 1;
                }
                solve(&pieces[*hint], target - pieces[*hint].before)
            }
            Curve::Sine { mean, amplitude, .. } => Some(self.search(target, last, *mean, *amplitude)),
        }
    }

    /// Bisection: the cumulative rate does not fall, and lies within amplitude of the straight line.
    #[inline(never)]
    fn search(&self, target: f64, last: f64, mean: f64, amplitude: f64) -> f64 {
        let (mut low, mut step) = (last, 1.0 / (mean + amplitude));
        let mut high = last + step;
        while self.cumulative(high) < target {
            low = high;
            step *= 2.0;
            high += step;
        }
        while high - low > 0.25 {
            let middle = low + (high - low) / 2.0;
            if middle <= low || middle >= high {
                break;
            }
            if self.cumulative(middle) < target { low = middle } else { high = middle }
        }
        high
    }
}

/// Where `rate x + slope x^2 / 2 = amount`, if ever.
#[inline]
fn solve(piece: &Piece, amount: f64) -> Option<f64> {
    if piece.slope == 0.0 {
        return (piece.rate > 0.0).then(|| piece.from + amount.max(0.0) / piece.rate);
    }
    if amount <= 0.0 {
        return Some(piece.from);
    }
    let inside = piece.rate * piece.rate + 2.0 * piece.slope * amount;
    // The stable form of the root: no difference of nearly equal numbers.
    (inside >= 0.0).then(|| piece.from + 2.0 * amount / (piece.rate + inside.sqrt()))
}

/// How arrivals follow the curve.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// Independently of one another.
    Poisson,
    /// In equal steps of the cumulative rate, the first at the start.
    Even,
    /// With gaps of a law, whose mean counts as one.
    Renewal(Law),
    /// In groups of a law's size, groups as Poisson.
    Bursts(Law),
    /// Poisson at rates that change by themselves: rate per ns and law of the stay, in turn; the curve is not read.
    Modulated(Vec<(f64, Law)>),
}

/// A source of arrivals: says the moments one after another.
#[derive(Clone, Debug)]
pub struct Source {
    curve: Curve,
    pattern: Pattern,
    random: Random,
    /// Cumulative rate at the last arrival; arrivals so far.
    reached: f64,
    count: u64,
    hint: usize,
    last: f64,
    /// Still to come of a burst.
    burst: u64,
    /// Of a modulated source: which state, and until when.
    state: usize,
    until: f64,
    /// Moments drawn ahead ([`Time::NEVER`]: no more), and how many of them have been given out.
    ahead: [Time; AHEAD],
    given: usize,
}

/// Moments drawn at once: the draws are the source's own, so nobody can tell.
const AHEAD: usize = 64;

impl Source {
    /// A source with its own random stream.
    pub fn new(curve: Curve, pattern: Pattern, stream: u64) -> Source {
        let mut source = Source {
            curve,
            pattern,
            random: Random::new(stream),
            reached: 0.0,
            count: 0,
            hint: 0,
            last: 0.0,
            burst: 0,
            state: 0,
            until: 0.0,
            ahead: [Time::NEVER; AHEAD],
            given: AHEAD,
        };
        if let Pattern::Modulated(states) = &source.pattern {
            source.until = states[0].1.sample(&mut source.random);
        }
        source
    }

    /// The moment of the next arrival, or none if there is none ever again.
    #[inline]
    pub fn next_moment(&mut self) -> Option<Time> {
        let at = *self.upcoming().first()?;
        self.given += 1;
        (at != Time::NEVER).then_some(at)
    }

    /// The moments of some arrivals to come, at least of the next one; [`Time::NEVER`] stands for none.
    #[inline]
    pub fn upcoming(&mut self) -> &[Time] {
        if self.given >= AHEAD {
            self.draw_ahead();
        }
        &self.ahead[self.given.min(AHEAD)..]
    }

    /// So many of the upcoming arrivals have come.
    #[inline]
    pub fn have_come(&mut self, n: usize) {
        self.given += n;
    }

    #[inline(never)]
    fn draw_ahead(&mut self) {
        self.given = 0;
        match self.curve.steady_from(self.hint) {
            // A rate that never changes again: the same as below, less what would ask whether it does.
            Some(Piece { from, before, rate, .. }) if self.pattern == Pattern::Poisson => {
                for place in &mut self.ahead {
                    self.reached += exponential(&mut self.random);
                    self.last = from + (self.reached - before).max(0.0) / rate;
                    *place = moment(self.last);
                }
            }
            _ => (0..AHEAD).for_each(|place| self.ahead[place] = self.draw().unwrap_or(Time::NEVER)),
        }
    }

    /// The next arrival is a step of the cumulative rate away.
    #[inline]
    fn comes_after(&mut self, step: f64) -> Option<Time> {
        self.reached += step;
        self.count += 1;
        self.last = self.curve.reaches(self.reached, &mut self.hint, self.last)?;
        Some(moment(self.last))
    }

    fn draw(&mut self) -> Option<Time> {
        let step = match &self.pattern {
            Pattern::Poisson => exponential(&mut self.random),
            Pattern::Even => {
                self.reached = self.count as f64;
                0.0
            }
            Pattern::Renewal(law) => law.sample(&mut self.random) / law.mean(),
            Pattern::Bursts(size) => {
                if self.burst > 0 {
                    self.burst -= 1;
                    return Some(moment(self.last));
                }
                let drawn = size.sample(&mut self.random).max(1.0);
                self.burst = drawn as u64 - 1;
                exponential(&mut self.random) * size.mean()
            }
            Pattern::Modulated(_) => return self.next_modulated(),
        };
        self.comes_after(step)
    }

    fn next_modulated(&mut self) -> Option<Time> {
        let Pattern::Modulated(states) = &self.pattern else { return None };
        let mut budget = exponential(&mut self.random);
        // A state without a rate and without an end would never give anybody; the compiler refuses such a file.
        loop {
            let (rate, _) = states[self.state];
            let offered = rate * (self.until - self.last);
            if budget < offered {
                self.last += budget / rate;
                return Some(moment(self.last));
            }
            budget -= offered;
            self.last = self.until;
            self.state = (self.state + 1) % states.len();
            self.until += states[self.state].1.sample(&mut self.random).max(1.0);
        }
    }
}

fn moment(ns: f64) -> Time {
    Time((ns + 0.5) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(mut source: Source, n: usize) -> Vec<u64> {
        (0..n).map_while(|_| source.next_moment()).map(|t| t.0).collect()
    }

    #[test]
    fn even_arrivals_come_in_equal_steps_and_the_first_at_the_start() {
        let source = Source::new(Curve::constant(2.0), Pattern::Even, 1);
        assert_eq!(moments(source, 4), [0, 500_000_000, 1_000_000_000, 1_500_000_000]);
    }

    #[test]
    fn an_even_source_goes_on_after_a_jump_in_its_rate() {
        let points = [(0.0, 1.0), (2e9, 1.0), (2e9, 0.0), (5e9, 0.0), (5e9, 2.0), (9e9, 2.0)];
        let source = Source::new(Curve::lines(&points), Pattern::Even, 1);
        assert_eq!(moments(source, 5), [0, 1_000_000_000, 5_000_000_000, 5_500_000_000, 6_000_000_000]);
    }

    #[test]
    fn twice_the_rate_halves_every_moment() {
        let slow = moments(Source::new(Curve::constant(1.0), Pattern::Poisson, 9), 1_000);
        let fast = moments(Source::new(Curve::constant(2.0), Pattern::Poisson, 9), 1_000);
        assert!(slow.iter().zip(&fast).all(|(s, f)| s.abs_diff(2 * f) <= 2));
    }

    #[test]
    fn a_slope_gives_as_many_as_its_area() {
        let curve = Curve::lines(&[(0.0, 0.0), (100e9, 1_000.0)]);
        assert!((curve.cumulative(100e9) - 50_000.0).abs() < 1e-6);
        let until =
            moments(Source::new(curve, Pattern::Poisson, 3), 200_000).iter().filter(|t| **t < 100_000_000_000).count();
        assert!((until as f64 - 50_000.0).abs() < 4.0 * 50_000f64.sqrt(), "{until}");
    }

    #[test]
    fn a_sine_gives_its_mean_over_a_period() {
        let curve = Curve::Sine { mean: 1e-7, amplitude: 6e-8, period: 24e9, phase: 0.0 };
        assert!((curve.cumulative(24e9) - 2_400.0).abs() < 1e-6);
        let count =
            moments(Source::new(curve, Pattern::Even, 3), 3_000).iter().filter(|t| **t < 24_000_000_000).count();
        assert!(count.abs_diff(2_400) <= 1, "{count}");
    }

    #[test]
    fn a_source_that_ends_says_so() {
        let source = Source::new(Curve::lines(&[(0.0, 1.0), (3e9, 1.0), (3e9, 0.0)]), Pattern::Even, 1);
        assert_eq!(moments(source, 10), [0, 1_000_000_000, 2_000_000_000]);
    }
}
