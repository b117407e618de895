//! Steady arrivals: GI/M/c, where gaps are independent of one law and work is exponential.
//!
//! Sources: Kendall 1953; Takacs 1962, chapter 2; Kleinrock, Queueing Systems I (1975), chapter 6.

use super::erlang::Line;
use super::numeric::root;
use crate::units::maths::{exp, pow};

/// The law of the gaps between arrivals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gaps {
    /// Always the same.
    Even,
    /// Sums of so many equal exponentials (1: Poisson).
    Erlang(u32),
}

impl Gaps {
    /// E[exp(-s X)] for gaps with mean 1 / rate.
    pub fn transform(&self, rate: f64, s: f64) -> f64 {
        match self {
            Gaps::Even => exp(-s / rate),
            Gaps::Erlang(k) => pow(1.0 + s / (rate * f64::from(*k)), -f64::from(*k)),
        }
    }

    /// Squared coefficient of variation.
    pub fn scv(&self) -> f64 {
        match self {
            Gaps::Even => 0.0,
            Gaps::Erlang(k) => 1.0 / f64::from(*k),
        }
    }
}

/// The root sigma in (0, 1) of sigma = E[exp(-c mu (1 - sigma) X)]: each one present was met by the next arrival with this
/// chance. None if overloaded.
pub fn sigma(gaps: Gaps, rate: f64, speed: f64, servers: u32) -> Option<f64> {
    let full = f64::from(servers) * speed;
    if rate >= full {
        return None;
    }
    // The difference falls through zero once before 1, where it touches zero for every law.
    Some(root(0.0, 1.0 - 1e-12, |x| x - gaps.transform(rate, full * (1.0 - x))))
}

/// GI/M/c. Exact: a share waits, exponentially with rate c mu (1 - sigma); the share by Takacs. None if overloaded.
pub fn gimc(gaps: Gaps, rate: f64, speed: f64, servers: u32) -> Option<Line> {
    let sigma = sigma(gaps, rate, speed, servers)?;
    let c = f64::from(servers);
    let mut sum = 1.0 / (1.0 - sigma);
    let (mut choose, mut product) = (1.0, 1.0);
    let spare = |j: f64| c * (1.0 - gaps.transform(rate, j * speed)) - j;
    for j in 1..=servers {
        let j = f64::from(j);
        let phi = gaps.transform(rate, j * speed);
        choose *= (c - j + 1.0) / j;
        product *= phi / (1.0 - phi);
        let below = c * (1.0 - sigma) - j;
        // Both vanish where j is c (1 - sigma) (as for Poisson arrivals at 90 % of ten): there their ratio is a slope.
        let ratio = if below.abs() < 1e-5 { (spare(j - 1e-4) - spare(j + 1e-4)) / 2e-4 } else { spare(j) / below };
        sum += choose / (product * (1.0 - phi)) * ratio;
    }
    let delayed = 1.0 / (sum * (1.0 - sigma));
    Some(Line::new(rate, speed, servers, delayed, c * speed * (1.0 - sigma)))
}

#[cfg(test)]
mod tests {
    use super::super::numeric::assert_close;
    use super::*;

    #[test]
    fn punctual_arrivals_meet_the_root() {
        let line = gimc(Gaps::Even, 0.8, 1.0, 1).expect("stable");
        assert_close(line.delayed, 0.628629796497, 1e-10);
        assert_close(line.means.wait, 1.69273083992, 1e-10);
        assert_close(line.response_quantile(0.999), 18.6007256743, 1e-9);
    }

    #[test]
    fn every_second_arrival_is_steadier_than_poisson() {
        let worker = gimc(Gaps::Erlang(2), 0.8, 1.0, 1).expect("stable");
        assert_close(worker.means.wait, 2.84397976699, 1e-10);
        assert_close(worker.wait_quantile(0.99), 16.5439751925, 1e-10);
    }

    #[test]
    fn three_desks_meet_their_chain() {
        let three = gimc(Gaps::Erlang(2), 2.7, 1.0, 3).expect("stable");
        assert_close(three.delayed, 0.774915795783, 1e-9);
        assert_close(three.means.wait, 1.96009361558, 1e-9);
        assert_close(three.wait_quantile(0.999), 16.8276623643, 1e-9);
    }

    #[test]
    fn poisson_arrivals_are_mmc() {
        let here = gimc(Gaps::Erlang(1), 9.0, 1.0, 10).expect("stable");
        let there = super::super::erlang::mmc(9.0, 1.0, 10).expect("stable");
        assert_close(here.delayed, there.delayed, 1e-7);
        assert_eq!(gimc(Gaps::Even, 1.0, 1.0, 1), None);
    }
}
