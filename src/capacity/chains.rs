//! Birth-death chains: their stationary law, and what they do from an empty start.
//!
//! Sources: Kleinrock, Queueing Systems I (1975), chapter 3; Jensen 1953 and Gross and Miller 1984 (uniformisation).

use super::numeric::poisson;
use crate::units::maths::{exp, ln};

/// The stationary law of a chain that moves up and down by one.
#[derive(Clone, Debug, PartialEq)]
pub struct BirthDeath {
    shares: Vec<f64>,
}

impl BirthDeath {
    /// States 0 to `last`; `up(n)` leads from n to n + 1, `down(n)` from n to n - 1. Exact; weights are kept as logarithms
    /// because those of a thousand servers do not fit into a double.
    pub fn new(last: usize, up: impl Fn(usize) -> f64, down: impl Fn(usize) -> f64) -> BirthDeath {
        let mut weights = Vec::with_capacity(last + 1);
        let mut weight = 0.0;
        weights.push(weight);
        for n in 1..=last {
            weight += ln(up(n - 1)) - ln(down(n));
            weights.push(weight);
        }
        let most = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let shares: Vec<f64> = weights.iter().map(|w| exp(w - most)).collect();
        let sum: f64 = shares.iter().sum();
        BirthDeath { shares: shares.iter().map(|s| s / sum).collect() }
    }

    /// Share of time in a state.
    pub fn share(&self, n: usize) -> f64 {
        self.shares.get(n).copied().unwrap_or(0.0)
    }

    /// Mean over time of something that depends on the state.
    pub fn mean(&self, of: impl Fn(usize) -> f64) -> f64 {
        self.shares.iter().enumerate().map(|(n, share)| share * of(n)).sum()
    }

    /// Share of time with at least n.
    pub fn at_least(&self, n: usize) -> f64 {
        self.shares.iter().skip(n).sum()
    }
}

/// The mean state of a chain on 0..=`last` that starts at 0, after a time, by uniformisation: at the moments of a Poisson
/// clock faster than every state the chain jumps or stays. Exact up to the truncation at `last`.
pub fn mean_after(last: usize, up: impl Fn(usize) -> f64, down: impl Fn(usize) -> f64, time: f64) -> f64 {
    let up: Vec<f64> = (0..=last).map(|n| if n < last { up(n) } else { 0.0 }).collect();
    let down: Vec<f64> = (0..=last).map(|n| if n > 0 { down(n) } else { 0.0 }).collect();
    let clock = up.iter().zip(&down).map(|(u, d)| u + d).fold(0.0, f64::max);
    let ticks = clock * time;
    let enough = (ticks + 10.0 * ticks.sqrt() + 30.0).ceil() as usize;
    let mut state = vec![0.0; last + 1];
    state[0] = 1.0;
    let mut mean = 0.0;
    for tick in 0..=enough {
        let now: f64 = state.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
        mean += poisson(ticks, tick as f64) * now;
        state = step(&state, &up, &down, clock);
    }
    mean
}

/// One tick of the clock.
fn step(state: &[f64], up: &[f64], down: &[f64], clock: f64) -> Vec<f64> {
    (0..state.len())
        .map(|n| {
            let stays = state[n] * (1.0 - (up[n] + down[n]) / clock);
            let from_below = if n > 0 { state[n - 1] * up[n - 1] / clock } else { 0.0 };
            let from_above = state.get(n + 1).map_or(0.0, |p| p * down[n + 1] / clock);
            stays + from_below + from_above
        })
        .collect()
}

/// The mean number present in an M/M/c that was empty a time ago. Exact up to a truncation that no number of the size of
/// `present_at_most` reaches.
pub fn mmc_present_after(rate: f64, speed: f64, servers: u32, time: f64, present_at_most: usize) -> f64 {
    let servers = servers as usize;
    mean_after(present_at_most, |_| rate, |n| speed * n.min(servers) as f64, time)
}

#[cfg(test)]
mod tests {
    use super::super::numeric::assert_close;
    use super::*;

    #[test]
    fn a_desk_remembers_its_empty_morning() {
        for (time, known) in
            [(10.0, 2.53069514751), (50.0, 5.12247972106), (100.0, 6.44392087667), (500.0, 8.6853506154)]
        {
            assert_close(mmc_present_after(0.9, 1.0, 1, time, 400), known, 1e-9);
        }
    }

    #[test]
    fn ten_desks_warm_up_faster() {
        for (time, known) in [(1.0, 5.69874249493), (5.0, 10.5246341009), (20.0, 13.5564540359), (100.0, 14.9718610732)]
        {
            assert_close(mmc_present_after(9.0, 1.0, 10, time, 400), known, 1e-9);
        }
    }

    #[test]
    fn a_chain_of_a_thousand_servers_fits_into_doubles() {
        let chain = BirthDeath::new(1000, |_| 3900.0, |n| 4.0 * n as f64);
        assert_close(chain.share(1000), 0.0115699786561, 1e-9);
        assert_close(chain.mean(|n| n as f64), 963.71927081, 1e-9);
        assert_close(chain.at_least(0), 1.0, 1e-12);
    }
}
