//! Work that always takes the same time: M/D/1 and M/D/c.
//!
//! Whoever is at work now is gone after one work time D, so the number waiting obeys q' = max(q + A - c, 0) with A Poisson
//! arrivals in D (Crommelin 1932): the maximum of a random walk. Spitzer's identity gives its law as a compound Poisson
//! number, free of cancellation; Franx (2001) gives the wait from it.

use super::Means;
use super::numeric::{poisson, quantile};
use crate::units::maths::{exp, ln};

/// More steps of the random walk than this are not added up: loads nearer to one stay unanswered.
const MOST_STEPS: f64 = 100_000.0;

/// M/D/c, exact: `work` is the constant time of work.
#[derive(Clone, Debug, PartialEq)]
pub struct ConstantWork {
    rate: f64,
    work: f64,
    servers: u32,
    steps: u32,
    /// All means.
    pub means: Means,
}

impl ConstantWork {
    /// None if overloaded, or so nearly that the sums would not end.
    pub fn new(rate: f64, work: f64, servers: u32) -> Option<ConstantWork> {
        let (load, c) = (rate * work, f64::from(servers));
        if load >= c || load <= 0.0 {
            return None;
        }
        // P(Poisson(i a) > i c) falls like exp(-i I) with I = c (rho - 1 - ln rho).
        let steps = (42.0 / (load - c - c * ln(load / c))).ceil();
        if steps > MOST_STEPS {
            return None;
        }
        let steps = steps as u32;
        let queue: f64 = (1..=steps).map(|i| excess(f64::from(i), load, c) / f64::from(i)).sum();
        Some(ConstantWork { rate, work, servers, steps, means: Means::from_wait(rate, work, servers, queue / rate) })
    }

    /// P(at most m wait), for m = 0 .. `most`.
    fn queue_law(&self, most: usize) -> Vec<f64> {
        let (load, c) = (self.rate * self.work, f64::from(self.servers));
        // Intensity of jumps by m: sum over i of P(Poisson(i a) = i c + m) / i.
        let mut jumps = vec![0.0; most + 1];
        let mut all = 0.0;
        for i in 1..=self.steps {
            let i = f64::from(i);
            let (mean, mut at) = (i * load, i * c + 1.0);
            let mut term = poisson(mean, at) / i;
            let mut m = 1;
            while m <= most || term > 1e-18 * all {
                if m <= most {
                    jumps[m] += term;
                }
                all += term;
                at += 1.0;
                term *= mean / at;
                m += 1;
            }
        }
        compound(&jumps, exp(-all))
    }

    /// P(wait > t) for several t through one law of the queue.
    fn wait_tail(&self, queue: &[f64], t: f64) -> f64 {
        let turns = (t / self.work).floor() + 1.0;
        let mean = self.rate * (turns * self.work - t);
        let last = turns as usize * self.servers as usize;
        let at_most = |m: usize| queue.get(m).copied().unwrap_or(1.0);
        let mut served = 0.0;
        let mut arrived = exp(-mean);
        for j in 0..last {
            served += at_most(last - j - 1) * arrived;
            arrived *= mean / (j as f64 + 1.0);
        }
        (1.0 - served).max(0.0)
    }

    /// Share of arrivals that wait.
    pub fn delayed(&self) -> f64 {
        self.wait_tail(&self.queue_law(self.servers as usize), 0.0)
    }

    /// Quantiles of the wait; the response is one work time more.
    pub fn wait_quantiles(&self, of: &[f64]) -> Vec<f64> {
        let greatest = of.iter().copied().fold(0.5, f64::max);
        // The number waiting falls off at least as fast as exp(-2 (1 - rho) m); two turns of all servers on top.
        let jobs = -ln(1.0 - greatest) / (2.0 * (1.0 - self.means.busy));
        let queue = self.queue_law(jobs.ceil() as usize + 10 + 2 * self.servers as usize);
        of.iter().map(|p| quantile(|t| self.wait_tail(&queue, t), *p, self.work)).collect()
    }
}

/// E[max(Poisson(i a) - i c, 0)].
fn excess(i: f64, load: f64, servers: f64) -> f64 {
    let mean = i * load;
    let mut at = i * servers + 1.0;
    let mut term = poisson(mean, at);
    let (mut sum, mut over) = (0.0, 1.0);
    while term * over > 1e-18 * sum && term > 0.0 {
        sum += term * over;
        at += 1.0;
        over += 1.0;
        term *= mean / at;
    }
    sum
}

/// The distribution function of a compound Poisson number with these jump intensities, by Panjer's recursion
/// m p(m) = sum of k b(k) p(m - k), from p(0).
fn compound(jumps: &[f64], none: f64) -> Vec<f64> {
    let mut shares = vec![none];
    let mut at_most = vec![none];
    for m in 1..jumps.len() {
        let sum: f64 = (1..=m).map(|k| k as f64 * jumps[k] * shares[m - k]).sum();
        shares.push(sum / m as f64);
        at_most.push(at_most[m - 1] + shares[m]);
    }
    at_most
}

#[cfg(test)]
mod tests {
    use super::super::numeric::assert_close;
    use super::*;

    #[test]
    fn one_desk_meets_erlangs_series() {
        let desk = ConstantWork::new(0.8, 1.0, 1).expect("stable");
        assert_close(desk.means.wait, 2.0, 1e-12);
        let waits = desk.wait_quantiles(&[0.9, 0.99, 0.999]);
        for (wait, known) in waits.iter().zip([5.01151149845, 10.355886792, 15.7002681941]) {
            assert_close(*wait, known, 1e-9);
        }
        let shard = ConstantWork::new(62_500.0, 1e-5, 1).expect("stable");
        assert_close(shard.means.queue, 0.520833333333, 1e-11);
        assert_close(shard.wait_quantiles(&[0.9])[0] + 1e-5, 3.29844161669e-5, 1e-9);
    }

    #[test]
    fn four_desks_meet_crommelin_and_franx() {
        let four = ConstantWork::new(3.4, 1.0, 4).expect("stable");
        assert_close(four.delayed(), 0.673337729047, 1e-10);
        assert_close(four.means.wait, 0.588766326111, 1e-10);
        let waits = four.wait_quantiles(&[0.5, 0.9, 0.99, 0.999]);
        for (wait, known) in waits.iter().zip([0.326164296648, 1.59951036517, 3.41728891922, 5.23500107361]) {
            assert_close(*wait, known, 1e-8);
        }
    }

    #[test]
    fn twenty_desks_meet_crommelin_and_franx() {
        let twenty = ConstantWork::new(380.0, 0.05, 20).expect("stable");
        assert_close(twenty.delayed(), 0.735328362589, 1e-9);
        assert_close(twenty.means.present, 26.3288847766, 1e-9);
        assert_close(twenty.wait_quantiles(&[0.99])[0], 0.107456670663, 1e-8);
        assert_eq!(ConstantWork::new(1.0, 1.0, 1), None);
        assert_eq!(ConstantWork::new(0.999_99, 1.0, 1), None);
    }
}
