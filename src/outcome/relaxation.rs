//! How long a run remembers: the relaxation time, estimated from the correlations of equal slices of time.
//!
//! Slices may be longer than what is looked for. The sum of all correlations of slices says how much larger the variance
//! of a long mean is than that of independent slices; of an exponentially forgetting process with relaxation time T and
//! slices of length L it is `x / (x - 1 + exp(-x))`, `x = L / T`. That is solved for T.

use super::steady::{Of, union, weight};
use crate::record::Batch;
use crate::units::maths;

/// What the slices of a run say.
pub(super) struct Course {
    /// Relaxation time in slices.
    pub(super) relaxation: f64,
    /// Standard error of the measure from all slices and their correlations, in its own unit.
    pub(super) standard_error: f64,
}

/// Reads the slices; none where nothing was observed.
pub(super) fn course(of: Of, fine: &[Batch]) -> Option<Course> {
    let all = union(fine);
    let per_slice = weight(of, &all) / fine.len() as f64;
    if per_slice <= 0.0 {
        return None;
    }
    let ratio = all.held.sum as f64 / weight(of, &all);
    let sums: Vec<f64> = fine.iter().map(|slice| slice.held.sum as f64 - ratio * weight(of, slice)).collect();
    let (variance, relaxation) = memory(&sums);
    // No batch may be shorter than a hundred observations either.
    let observed: u64 = fine.iter().map(|slice| slice.held.count).sum();
    let floor = fine.len() as f64 / observed.max(1) as f64;
    let error = |variance: f64| (variance / fine.len() as f64).sqrt() / per_slice;
    let Of::Quantile(p) = of else {
        return Some(Course { relaxation: relaxation.max(floor), standard_error: error(variance) });
    };
    let histogram = all.held.histogram.as_ref()?;
    let (above, share) = exceedances(fine, histogram, p)?;
    let (variance, rarer) = memory(&above);
    let shift = error(variance);
    let low = histogram.quantile((share - shift).max(0.0))?.0 as f64;
    let high = histogram.quantile((share + shift).min(1.0))?.0 as f64;
    Some(Course { relaxation: relaxation.max(rarer).max(floor), standard_error: (high - low) / 2.0 })
}

/// How many more than expected were above the quantile in each slice, and the share that was not above it.
fn exceedances(fine: &[Batch], all: &crate::record::Histogram, p: f64) -> Option<(Vec<f64>, f64)> {
    let beyond = crate::units::Span(all.quantile(p)?.0 + 1);
    let above: Vec<f64> = fine
        .iter()
        .map(|slice| slice.held.histogram.as_ref().map_or(0, |times| times.count_at_least(beyond)) as f64)
        .collect();
    let share = above.iter().sum::<f64>() / all.count() as f64;
    let excess = above.iter().zip(fine).map(|(above, slice)| above - share * slice.held.count as f64).collect();
    Some((excess, 1.0 - share))
}

/// Long-run variance of numbers with mean 0, and their relaxation time in slices.
fn memory(numbers: &[f64]) -> (f64, f64) {
    let alone = numbers.iter().map(|x| x * x).sum::<f64>() / numbers.len() as f64;
    if alone <= 0.0 {
        return (0.0, 0.0);
    }
    let variance = long_run(numbers);
    (variance, relaxation(variance / alone))
}

/// Sum of all autocovariances, by Geyer's initial monotone sequence of pairs (1992): stops where noise begins.
fn long_run(numbers: &[f64]) -> f64 {
    let covariance = |lag: usize| {
        let pairs = numbers[..numbers.len() - lag].iter().zip(&numbers[lag..]);
        pairs.map(|(a, b)| a * b).sum::<f64>() / numbers.len() as f64
    };
    let alone = covariance(0);
    let (mut total, mut last) = (-alone, f64::INFINITY);
    for lag in (0..numbers.len() / 2).step_by(2) {
        let pair = (covariance(lag) + covariance(lag + 1)).min(last);
        if pair <= 0.0 {
            break;
        }
        total += 2.0 * pair;
        last = pair;
    }
    if total > 0.0 { total } else { alone }
}

/// Solves `inflation = x / (x - 1 + exp(-x))` for 1 / x; falling in x, so by bisection.
fn relaxation(inflation: f64) -> f64 {
    let of = |x: f64| x / (x - 1.0 + maths::exp(-x));
    let (mut low, mut high) = (1e-4, 1e3);
    if inflation >= of(low) {
        return 1.0 / low;
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if of(middle) > inflation { low = middle } else { high = middle }
    }
    1.0 / high
}
