//! One server and any law of work: Pollaczek-Khinchine, sharing, bounds, and what approximates many servers.
//!
//! Sources: Pollaczek 1930; Khinchine 1932; Takacs 1962; Kingman 1962; Coffman, Muntz, Trotter 1970; Allen 1978.

use super::Means;
use super::erlang::erlang_c;

/// The first three moments of a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// Mean.
    pub mean: f64,
    /// Mean of the square.
    pub second: f64,
    /// Mean of the cube.
    pub third: f64,
}

impl Moments {
    /// Variance over squared mean.
    pub fn scv(&self) -> f64 {
        (self.second / (self.mean * self.mean) - 1.0).max(0.0)
    }

    /// Variance.
    pub fn variance(&self) -> f64 {
        (self.second - self.mean * self.mean).max(0.0)
    }
}

/// M/G/1, first come first served: mean wait = rate E[S^2] / (2 (1 - rho)). Exact. None if overloaded.
pub fn mg1(rate: f64, work: Moments) -> Option<Means> {
    let busy = rate * work.mean;
    if busy >= 1.0 {
        return None;
    }
    let wait = rate * work.second / (2.0 * (1.0 - busy));
    wait.is_finite().then(|| Means::from_wait(rate, work.mean, 1, wait))
}

/// M/G/1: variance of the wait = W^2 + rate E[S^3] / (3 (1 - rho)) (Takacs). Exact.
pub fn mg1_wait_variance(rate: f64, work: Moments) -> Option<f64> {
    let wait = mg1(rate, work)?.wait;
    Some(wait * wait + rate * work.third / (3.0 * (1.0 - rate * work.mean)))
}

/// `M[X]/M/1`: groups of exactly `group` come at one moment; `rate` counts requests. Exact: L = rho (1 + b) / 2 / (1 - rho).
pub fn groups_of(group: f64, rate: f64, speed: f64) -> Option<Means> {
    let busy = rate / speed;
    if busy >= 1.0 {
        return None;
    }
    let present = busy * (1.0 + group) / 2.0 / (1.0 - busy);
    Some(Means::from_wait(rate, 1.0 / speed, 1, present / rate - 1.0 / speed))
}

/// M/G/c processor sharing, at most one server each. Exact for one server whatever the law (insensitive), and for several:
/// the number present is that of M/M/c, because the total speed depends on the number present alone.
pub fn shared(rate: f64, work: f64, servers: u32) -> Option<Means> {
    let line = super::erlang::mmc(rate, 1.0 / work, servers)?;
    let Means { response, present, .. } = line.means;
    // Nobody waits under sharing; everybody is slow.
    Some(Means { wait: 0.0, queue: 0.0, response, present, ..line.means })
}

/// Processor sharing by one server: mean over requests of response / own work = 1 / (1 - rho). Exact for every law.
pub fn shared_slowdown(rate: f64, work: f64) -> Option<f64> {
    let busy = rate * work;
    (busy < 1.0).then(|| 1.0 / (1.0 - busy))
}

/// G/G/1: no mean wait lies above rate (var of gaps + var of work) / (2 (1 - rho)) (Kingman 1962). A bound.
pub fn kingman_bound(rate: f64, gap_variance: f64, work: Moments) -> Option<f64> {
    let busy = rate * work.mean;
    (busy < 1.0).then(|| rate * (gap_variance + work.variance()) / (2.0 * (1.0 - busy)))
}

/// G/G/c: the wait of M/M/c times the mean of both squared coefficients of variation (Allen and Cunneen). An approximation.
pub fn allen_cunneen(rate: f64, gap_scv: f64, work: f64, work_scv: f64, servers: u32) -> Option<f64> {
    let delayed = erlang_c(servers, rate * work)?;
    let spare = f64::from(servers) / work - rate;
    Some(delayed / spare * (gap_scv + work_scv) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::super::numeric::assert_close;
    use super::*;

    fn moments(mean: f64, second: f64, third: f64) -> Moments {
        Moments { mean, second, third }
    }

    #[test]
    fn pollaczek_and_khinchine_agree_with_known_systems() {
        assert_close(mg1(0.8, moments(1.0, 1.0, 1.0)).expect("stable").wait, 2.0, 1e-12);
        assert_close(mg1(0.6, moments(1.0, 5.0, 125.0)).expect("stable").wait, 3.75, 1e-12);
        assert_close(mg1(0.75, moments(1.0, 1.25, 1.875)).expect("stable").present, 2.15625, 1e-12);
        assert_close(mg1_wait_variance(0.7, moments(1.0, 2.0, 8.0)).expect("stable"), 11.6666666667, 1e-11);
        assert_eq!(mg1(1.0, moments(1.0, 1.0, 1.0)), None);
    }

    #[test]
    fn a_tail_rules_the_mean() {
        // Bounded Pareto on [1, 1000] with shape 1.5: E[S^2] = 3 (sqrt(1000) - 1) / (1 - 1000^-1.5).
        let root = 1000f64.sqrt();
        let scale = 1.0 - 1.0 / (1000.0 * root);
        let work = moments(3.0 * (1.0 - 1.0 / root) / scale, 3.0 * (root - 1.0) / scale, f64::INFINITY);
        let means = mg1(0.1721037961, work).expect("stable");
        assert_close(means.wait, 15.8113883008, 1e-9);
        assert_close(means.queue, 2.72119994819, 1e-9);
        assert_close(shared(0.24094531454, work.mean, 1).expect("stable").response, 9.68407847143, 1e-9);
    }

    #[test]
    fn sharing_does_not_mind_the_law() {
        assert_close(shared(0.8, 1.0, 1).expect("stable").response, 5.0, 1e-12);
        assert_close(shared_slowdown(0.8, 1.0).expect("stable"), 5.0, 1e-12);
        let four = shared(3.2, 1.0, 4).expect("stable");
        assert_close(four.response, 1.74554058973, 1e-11);
        assert_close(four.present, 5.58572988715, 1e-11);
    }

    #[test]
    fn bounds_lie_above_and_groups_crowd() {
        let work = moments(1.0, 1.5, 3.0);
        let gaps = 0.25 / (0.85 * 0.85);
        assert_close(kingman_bound(0.85, gaps, work).expect("stable"), 2.39705882353, 1e-11);
        assert_close(allen_cunneen(0.85, 1.0, 1.0, 1.0, 1).expect("stable"), 0.85 / 0.15, 1e-12);
        assert_close(groups_of(5.0, 0.6, 1.0).expect("stable").response, 7.5, 1e-12);
    }
}
