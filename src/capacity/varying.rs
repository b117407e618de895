//! Rates that change with time, where nobody waits: the number present follows the rate, later and flatter.
//!
//! Source: Eick, Massey, Whitt 1993. The number present in M(t)/M/inf is Poisson at every moment, so its mean says all; the
//! mean obeys m' = rate(t) - speed m.

use super::numeric::root;
use crate::units::maths::{PI, cos, exp, exp_m1, sin};

/// A rate mean + amplitude sin(2 pi t / period) before a delay with exponential times of mean 1 / speed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Swinging {
    /// Mean rate.
    pub mean: f64,
    /// How far it swings to either side.
    pub amplitude: f64,
    /// Length of a swing.
    pub period: f64,
    /// 1 / mean time.
    pub speed: f64,
}

impl Swinging {
    fn pulse(&self) -> f64 {
        2.0 * PI / self.period
    }

    /// How long the peak of the number follows that of the rate: atan(pulse / speed) / pulse. Exact.
    pub fn lag(&self) -> f64 {
        // The angle whose sine and cosine are in the ratio pulse : speed.
        root(0.0, PI / 2.0, |angle| self.speed * sin(angle) - self.pulse() * cos(angle)) / self.pulse()
    }

    /// The greatest mean number of a swing: (mean + amplitude / sqrt(1 + (pulse / speed)^2)) / speed. Exact.
    pub fn peak(&self) -> f64 {
        let ratio = self.pulse() / self.speed;
        (self.mean + self.amplitude / (1.0 + ratio * ratio).sqrt()) / self.speed
    }

    /// The mean number at a moment, from an empty start at 0. Exact.
    pub fn present_at(&self, time: f64) -> f64 {
        self.settled(time) - self.settled(0.0) * exp(-self.speed * time)
    }

    fn settled(&self, time: f64) -> f64 {
        let (pulse, speed) = (self.pulse(), self.speed);
        let swing = speed * sin(pulse * time) - pulse * cos(pulse * time);
        self.mean / speed + self.amplitude * swing / (speed * speed + pulse * pulse)
    }
}

/// The mean number present at a moment when the rate runs in straight lines between points (time, rate), from an empty start
/// at 0; before the first point and after the last its value holds. Exact: the equation is solved line by line.
pub fn present_after_lines(points: &[(f64, f64)], speed: f64, time: f64) -> f64 {
    let (mut at, mut present) = (0.0, 0.0);
    let mut rate = points.first().map_or(0.0, |point| point.1);
    for (until, next) in points {
        let end = until.min(time);
        if end > at {
            let slope = if *until > at { (next - rate) / (until - at) } else { 0.0 };
            present = along_a_line(present, rate, slope, speed, end - at);
            at = end;
        }
        rate = *next;
        if *until >= time {
            return present;
        }
    }
    along_a_line(present, rate, 0.0, speed, time - at)
}

fn along_a_line(present: f64, rate: f64, slope: f64, speed: f64, span: f64) -> f64 {
    let grown = -exp_m1(-speed * span) / speed;
    present * exp(-speed * span) + rate * grown + slope * (span - grown) / speed
}

#[cfg(test)]
mod tests {
    use super::super::numeric::assert_close;
    use super::*;

    #[test]
    fn the_crowd_follows_the_rate() {
        let swing = Swinging { mean: 100.0, amplitude: 60.0, period: 24.0, speed: 2.0 };
        assert_close(swing.peak(), 79.7462355736, 1e-11);
        assert_close(swing.lag(), 0.49717321697, 1e-10);
        for (time, known) in [(240.0, 46.1391635722), (246.0, 79.4946176934), (252.0, 53.8608364278)] {
            assert_close(swing.present_at(time), known, 1e-10);
        }
    }

    #[test]
    fn a_jump_is_followed_like_a_capacitor() {
        let jump = [(0.0, 500.0), (10.0, 500.0), (10.0, 5000.0)];
        for (time, known) in
            [(10.1, 454.122406259), (10.2, 668.908502946), (10.5, 926.123501238), (11.0, 993.935847701)]
        {
            assert_close(present_after_lines(&jump, 5.0, time), known, 1e-10);
        }
    }

    #[test]
    fn a_ramp_is_followed_one_service_time_late() {
        let ramp = [(0.0, 0.0), (100.0, 1000.0)];
        assert_close(present_after_lines(&ramp, 2.0, 100.0), (1000.0 - 10.0 / 2.0) / 2.0, 1e-12);
        assert_close(present_after_lines(&ramp, 2.0, 200.0), 500.0, 1e-12);
    }
}
