//! Small numerical tools: roots by halving, quantiles of a tail, integrals, Poisson probabilities, linear equations.

use crate::units::maths::{exp, ln, ln_gamma};

/// Where an increasing function crosses zero between two bounds, by halving to the last bit.
pub(super) fn root(mut low: f64, mut high: f64, function: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if function(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The smallest x >= 0 with P(X > x) <= 1 - p, for a falling tail; `scale` is any number of the right size.
pub(super) fn quantile(tail: impl Fn(f64) -> f64, p: f64, scale: f64) -> f64 {
    let left = 1.0 - p;
    if tail(0.0) <= left {
        return 0.0;
    }
    let mut high = scale;
    for _ in 0..200 {
        if tail(high) <= left {
            break;
        }
        high *= 2.0;
    }
    root(0.0, high, |x| left - tail(x))
}

/// Nodes and weights of the Gauss-Legendre rule with five points on [-1, 1].
const GAUSS: [(f64, f64); 5] = [
    (-0.906_179_845_938_664, 0.236_926_885_056_189_08),
    (-0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
    (0.0, 0.568_888_888_888_888_9),
    (0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
    (0.906_179_845_938_664, 0.236_926_885_056_189_08),
];

/// The integral of a smooth function over [low, high], by Gauss-Legendre in so many equal pieces.
pub(super) fn integral(low: f64, high: f64, pieces: u32, function: impl Fn(f64) -> f64) -> f64 {
    let half = 0.5 * (high - low) / f64::from(pieces);
    (0..pieces)
        .map(|piece| {
            let centre = low + half * (2.0 * f64::from(piece) + 1.0);
            GAUSS.iter().map(|(x, w)| w * function(centre + half * x)).sum::<f64>() * half
        })
        .sum()
}

/// P(N = n) of a Poisson number with this mean.
pub(super) fn poisson(mean: f64, n: f64) -> f64 {
    if mean == 0.0 {
        return if n == 0.0 { 1.0 } else { 0.0 };
    }
    exp(n * ln(mean) - mean - ln_gamma(n + 1.0))
}

/// P(N >= n) of a Poisson number with this mean; summed from the side with the smaller terms.
pub(super) fn poisson_at_least(mean: f64, n: u64) -> f64 {
    if n == 0 {
        return 1.0;
    }
    let at = n as f64;
    let first = poisson(mean, at);
    if at >= mean {
        return sum_of_terms(first, at, |k| mean / (k + 1.0), 1.0);
    }
    1.0 - sum_of_terms(poisson(mean, at - 1.0), at - 1.0, |k| k / mean, -1.0)
}

/// first + first r(k) + first r(k) r(k') ..., until nothing is added; k moves by `step`.
fn sum_of_terms(first: f64, start: f64, ratio: impl Fn(f64) -> f64, step: f64) -> f64 {
    let (mut sum, mut term, mut k) = (0.0, first, start);
    while term > 0.0 && sum + term > sum {
        sum += term;
        term *= ratio(k);
        k += step;
    }
    sum
}

/// Solves `matrix` x = `right` by elimination with pivots; none if the equations have no single answer.
pub(super) fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let n = right.len();
    for column in 0..n {
        let pivot = (column..n).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))?;
        if matrix[pivot][column] == 0.0 {
            return None;
        }
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        let (above, below) = matrix.split_at_mut(column + 1);
        let used = &above[column];
        for (offset, row) in below.iter_mut().enumerate() {
            let factor = row[column] / used[column];
            row.iter_mut().zip(used).skip(column).for_each(|(x, y)| *x -= factor * y);
            right[column + 1 + offset] -= factor * right[column];
        }
    }
    for row in (0..n).rev() {
        let rest: f64 = (row + 1..n).map(|k| matrix[row][k] * right[k]).sum();
        right[row] = (right[row] - rest) / matrix[row][row];
    }
    Some(right)
}

/// How far a value is from the known one, for tests: relative, and absolute near zero.
#[cfg(test)]
pub(super) fn assert_close(value: f64, known: f64, relative: f64) {
    let allowed = relative * known.abs().max(1e-12);
    assert!((value - known).abs() <= allowed, "{value} instead of {known}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{DiscreteCDF, Poisson};

    #[test]
    fn poisson_tails_agree_with_a_second_opinion() {
        for mean in [0.3, 4.0, 120.0, 975.0] {
            let other = Poisson::new(mean).expect("a mean above zero");
            for n in [1u64, 5, 100, 130, 1000] {
                assert!((poisson_at_least(mean, n) - other.sf(n - 1)).abs() < 1e-11);
            }
        }
        assert_close(poisson_at_least(120.0, 130), 0.191827781698, 1e-11);
        assert_close(poisson_at_least(120.0, 140), 0.0400826992674, 1e-11);
    }

    #[test]
    fn equations_roots_and_integrals_are_solved() {
        let x = solve(vec![vec![0.0, 2.0], vec![1.0, 1.0]], vec![4.0, 5.0]).expect("one answer");
        assert_eq!(x, vec![3.0, 2.0]);
        assert_eq!(solve(vec![vec![0.0]], vec![1.0]), None);
        assert_close(root(0.0, 2.0, |x| x * x - 2.0), std::f64::consts::SQRT_2, 1e-15);
        assert_close(integral(0.0, 1.0, 4, |x| x * x * x), 0.25, 1e-14);
        assert_close(quantile(|x| exp(-x), 0.5, 0.1), std::f64::consts::LN_2, 1e-13);
    }
}
