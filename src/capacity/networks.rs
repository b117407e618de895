//! Open networks of stations: traffic equations, then each station by itself.
//!
//! Sources: Jackson 1957, 1963; Burke 1956; Reich 1957.

use super::erlang::{Line, mmc};
use super::numeric::{quantile, solve};
use crate::units::maths::exp;

/// A station of an open network: exponential work, first come first served.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Station {
    /// Arrivals from outside, Poisson.
    pub outside: f64,
    /// Work of one server, per second.
    pub speed: f64,
    /// Servers.
    pub servers: u32,
}

/// What passes through each station: rate = outside + sum of `rate(j) routing[j][i]`. None if nobody ever leaves.
pub fn traffic(outside: &[f64], routing: &[Vec<f64>]) -> Option<Vec<f64>> {
    let n = outside.len();
    let matrix = (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j)) - routing[j][i]).collect()).collect();
    solve(matrix, outside.to_vec())
}

/// An open Jackson network: each station with its rate, as an M/M/c of its own. Exact. `routing[i][j]` is the share of what
/// leaves i that goes to j. None if a station is overloaded.
pub fn jackson(stations: &[Station], routing: &[Vec<f64>]) -> Option<Vec<(f64, Line)>> {
    let outside: Vec<f64> = stations.iter().map(|s| s.outside).collect();
    let rates = traffic(&outside, routing)?;
    rates.into_iter().zip(stations).map(|(rate, s)| Some((rate, mmc(rate, s.speed, s.servers)?))).collect()
}

/// Quantile of the time through M/M/1 stations in series, which are independent and exponential with these rates (Reich).
/// Exact; none where two rates are so close that the formula cancels.
pub fn series_quantile(rates: &[f64], p: f64) -> Option<f64> {
    let mut weights = Vec::with_capacity(rates.len());
    for (i, a) in rates.iter().enumerate() {
        let mut weight = 1.0;
        for (j, b) in rates.iter().enumerate() {
            if i != j {
                if (a - b).abs() < 1e-3 * a {
                    return None;
                }
                weight *= b / (b - a);
            }
        }
        weights.push(weight);
    }
    let tail = |t: f64| rates.iter().zip(&weights).map(|(rate, w)| w * exp(-rate * t)).sum();
    Some(quantile(tail, p, rates.iter().map(|r| 1.0 / r).sum()))
}

#[cfg(test)]
mod tests {
    use super::super::numeric::assert_close;
    use super::*;

    #[test]
    fn three_stations_meet_jackson() {
        let one = |outside, speed| Station { outside, speed, servers: 1 };
        let routing = vec![vec![0.0, 0.7, 0.3], vec![0.2, 0.0, 0.3], vec![0.1, 0.0, 0.0]];
        let found = jackson(&[one(2.0, 6.0), one(0.0, 5.0), one(0.0, 4.0)], &routing).expect("stable");
        let known = [(2.47218788628, 0.700770847933), (1.7305315204, 0.529300567108), (1.260815822, 0.460288808664)];
        for ((rate, line), (x, l)) in found.iter().zip(known) {
            assert_close(*rate, x, 1e-10);
            assert_close(line.means.present, l, 1e-10);
        }
        let present: f64 = found.iter().map(|(_, line)| line.means.present).sum();
        assert_close(present / 2.0, 0.845180111852, 1e-10);
    }

    #[test]
    fn a_failure_that_comes_back_is_load() {
        let desk = [Station { outside: 0.6, speed: 1.0, servers: 1 }];
        let (rate, line) = jackson(&desk, &[vec![0.2]]).expect("stable")[0];
        assert_close(rate, 0.75, 1e-12);
        assert_close(line.means.present / 0.6, 5.0, 1e-12);
        assert_eq!(jackson(&desk, &[vec![0.5]]), None);
    }

    #[test]
    fn stations_in_series_are_independent() {
        for (p, known) in [(0.5, 0.61397358865), (0.9, 1.48486950286), (0.99, 2.64790396956), (0.999, 3.80032618287)] {
            assert_close(series_quantile(&[2.0, 4.0], p).expect("apart"), known, 1e-10);
        }
        assert_eq!(series_quantile(&[2.0, 2.0], 0.5), None);
    }
}
