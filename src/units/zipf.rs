//! Zipf's law: number i of n with probability proportional to i^-s, by rejection-inversion.
//!
//! W. Hoermann and G. Derflinger, "Rejection-inversion to generate variates from monotone discrete distributions",
//! ACM TOMACS 6 (1996): constant time for every n, no table.

use super::Random;
use super::maths::{exp, ln};

/// The law of `n` numbers, its constants worked out once: a draw then costs one inverse, and rarely a second look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zipf {
    n: f64,
    exponent: f64,
    low: f64,
    high: f64,
    squeeze: f64,
}

impl Zipf {
    /// Of so many numbers (below 2^52), with this exponent.
    pub fn new(n: u64, exponent: f64) -> Zipf {
        let n = n as f64;
        let mut law = Zipf { n, exponent, low: 0.0, high: 0.0, squeeze: 0.0 };
        (law.low, law.high) = (law.area(1.5) - 1.0, law.area(n + 0.5));
        law.squeeze = 2.0 - law.inverse(law.area(2.5) - law.height(2.0));
        law
    }

    /// One draw: 0 for the most popular.
    pub fn draw(&self, random: &mut Random) -> u64 {
        loop {
            let u = self.high + random.unit() * (self.low - self.high);
            let x = self.inverse(u);
            let k = (x + 0.5).floor().clamp(1.0, self.n);
            if k - x <= self.squeeze || u >= self.area(k + 0.5) - self.height(k) {
                return k as u64 - 1;
            }
        }
    }

    fn is_one(&self) -> bool {
        (self.exponent - 1.0).abs() < 1e-9
    }

    /// Integral of x^-s.
    fn area(&self, x: f64) -> f64 {
        let log = ln(x);
        if self.is_one() { log } else { (exp((1.0 - self.exponent) * log) - 1.0) / (1.0 - self.exponent) }
    }

    /// Its inverse.
    fn inverse(&self, a: f64) -> f64 {
        if self.is_one() {
            return exp(a);
        }
        exp(ln((1.0 + a * (1.0 - self.exponent)).max(f64::MIN_POSITIVE)) / (1.0 - self.exponent))
    }

    fn height(&self, x: f64) -> f64 {
        exp(-self.exponent * ln(x))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_comes_as_often_as_the_law_says() {
        for (n, exponent) in [(10u64, 1.0), (10, 0.5), (5, 2.5), (1, 1.1), (200, 1.05)] {
            let weights: Vec<f64> = (1..=n).map(|i| exp(-exponent * ln(i as f64))).collect();
            let total: f64 = weights.iter().sum();
            let mut counts = vec![0u32; n as usize];
            let (mut random, draws) = (Random::new(n), 200_000);
            let law = Zipf::new(n, exponent);
            (0..draws).for_each(|_| counts[law.draw(&mut random) as usize] += 1);
            for (i, weight) in weights.iter().enumerate() {
                let p = weight / total;
                let sd = (f64::from(draws) * p * (1.0 - p)).sqrt().max(1.0);
                let off = (f64::from(counts[i]) - f64::from(draws) * p).abs();
                assert!(off <= 4.5 * sd, "{i} of {n}, exponent {exponent}: {off} is over 4.5 x {sd}");
            }
        }
    }

    #[test]
    fn a_law_of_very_many_numbers_is_that_of_all_whole_numbers() {
        // zeta(1.3) = 3.931949; what lies beyond 10^15 is 1e-5 of it.
        let law = Zipf::new(1_000_000_000_000_000, 1.3);
        let (mut random, draws) = (Random::new(5), 200_000);
        let firsts = (0..draws).filter(|_| law.draw(&mut random) == 0).count() as f64;
        let p = 1.0 / 3.931_949;
        let sd = (f64::from(draws) * p * (1.0 - p)).sqrt();
        assert!((firsts - f64::from(draws) * p).abs() < 4.0 * sd, "{firsts}");
    }
}
