//! What is known of a law without drawing from it: bounds, moments, distribution function, quantiles.
//!
//! Everything rests on two answers that each law gives in closed form: the chance of at most `x`, and the part of a moment
//! that comes from values of at most `x`. A law that is cut (`max=`) therefore has exact moments too.

use super::law::{Law, pareto_start, value_at};
use super::maths::{exp, exp_m1, gamma_cdf, ln, ln_1p, normal_cdf, normal_density, normal_quantile, power_of_whole};

impl Law {
    /// Mean of what is drawn (of a cut law: after the cut); infinite where it is.
    pub fn mean(&self) -> f64 {
        match self {
            Law::Exponential { mean }
            | Law::Erlang { mean, .. }
            | Law::Gamma { mean, .. }
            | Law::Pareto { mean, .. }
            | Law::Geometric { mean } => *mean,
            _ => self.moment(1),
        }
    }

    /// Variance; infinite where it is.
    pub fn variance(&self) -> f64 {
        let square = |x: f64| x * x;
        match self {
            // The differences of two large moments would cancel; these do not.
            Law::Constant(_) => 0.0,
            Law::Uniform { low, high } => square(high - low) / 12.0,
            Law::Normal { mean, sd } if *mean > 9.0 * sd => square(*sd),
            Law::Erlang { mean, k } => square(*mean) / f64::from((*k).max(1)),
            Law::Gamma { mean, cv } => square(mean * cv),
            Law::Lognormal { sigma, .. } => square(self.mean()) * exp_m1(sigma * sigma),
            Law::Geometric { mean } => mean * (mean - 1.0),
            Law::Mix(parts) => {
                let mean = self.mean();
                parts.iter().map(|(weight, law)| weight * (law.variance() + square(law.mean() - mean))).sum()
            }
            Law::Empirical(values) => {
                let mean = self.mean();
                values.iter().map(|x| square(x - mean)).sum::<f64>() / values.len().max(1) as f64
            }
            Law::Times { law, factor } => square(*factor) * law.variance(),
            _ => {
                let (mean, second) = (self.mean(), self.moment(2));
                if second.is_finite() { (second - square(mean)).max(0.0) } else { f64::INFINITY }
            }
        }
    }

    /// Squared coefficient of variation: variance over squared mean; 0 for a law that is always 0.
    pub fn scv(&self) -> f64 {
        let mean = self.mean();
        if mean == 0.0 { 0.0 } else { self.variance() / (mean * mean) }
    }

    /// Mean of the n-th power, n up to 3; infinite where it is.
    pub fn moment(&self, n: u32) -> f64 {
        self.moment_below(n, f64::INFINITY)
    }

    /// The least value that can be drawn.
    pub fn min_value(&self) -> f64 {
        match self {
            Law::Constant(x) => *x,
            Law::Uniform { low, .. } | Law::BoundedPareto { low, .. } => *low,
            Law::Normal { mean, sd } if *sd == 0.0 => mean.max(0.0),
            Law::Gamma { mean, cv } if *cv == 0.0 => *mean,
            Law::Lognormal { mu, sigma } if *sigma == 0.0 => exp(*mu),
            Law::Pareto { mean, shape } => pareto_start(*mean, *shape),
            Law::Geometric { .. } => 1.0,
            Law::Mix(parts) => parts.iter().map(|(_, law)| law.min_value()).reduce(f64::min).unwrap_or(0.0),
            Law::Empirical(values) => values.first().copied().unwrap_or(0.0),
            Law::Quantiles(points) => points.first().map_or(0.0, |point| point.1),
            Law::AtMost { law, max } => law.min_value().min(*max),
            Law::Times { law, factor } => factor * law.min_value(),
            Law::Exponential { .. }
            | Law::Normal { .. }
            | Law::Erlang { .. }
            | Law::Gamma { .. }
            | Law::Lognormal { .. } => 0.0,
        }
    }

    /// The greatest value that can be drawn; infinite where there is none.
    pub fn max_value(&self) -> f64 {
        match self {
            Law::Constant(x) => *x,
            Law::Uniform { high, .. } | Law::BoundedPareto { high, .. } => *high,
            Law::Exponential { mean }
            | Law::Erlang { mean, .. }
            | Law::Pareto { mean, .. }
            | Law::Gamma { mean, .. }
                if *mean == 0.0 =>
            {
                0.0
            }
            Law::Normal { mean, sd } if *sd == 0.0 => mean.max(0.0),
            Law::Gamma { mean, cv } if *cv == 0.0 => *mean,
            Law::Lognormal { mu, sigma } if *sigma == 0.0 => exp(*mu),
            Law::Geometric { mean } if *mean <= 1.0 => 1.0,
            Law::Mix(parts) => parts.iter().map(|(_, law)| law.max_value()).fold(0.0, f64::max),
            Law::Empirical(values) => values.last().copied().unwrap_or(0.0),
            Law::Quantiles(points) => points.last().map_or(0.0, |point| point.1),
            Law::AtMost { law, max } => law.max_value().min(*max),
            Law::Times { law, factor } => factor * law.max_value(),
            Law::Exponential { .. }
            | Law::Normal { .. }
            | Law::Erlang { .. }
            | Law::Gamma { .. }
            | Law::Lognormal { .. }
            | Law::Pareto { .. }
            | Law::Geometric { .. } => f64::INFINITY,
        }
    }

    /// Chance of a draw of at most `x`.
    pub fn cdf(&self, x: f64) -> f64 {
        if x >= self.max_value() { 1.0 } else { self.moment_below(0, x).clamp(0.0, 1.0) }
    }

    /// The smallest value with at least `p` of the mass at or below it.
    pub fn quantile(&self, p: f64) -> f64 {
        match self {
            _ if p <= 0.0 => self.min_value(),
            _ if p >= 1.0 => self.max_value(),
            Law::Exponential { mean } => -mean * ln_1p(-p),
            Law::Uniform { low, high } => low + (high - low) * p,
            Law::Lognormal { mu, sigma } => exp(mu + sigma * normal_quantile(p)),
            Law::Normal { mean, sd } => (mean + sd * normal_quantile(p)).max(0.0),
            Law::Pareto { mean, shape } => pareto_start(*mean, *shape) * exp(-ln_1p(-p) / shape),
            Law::Quantiles(points) => value_at(points, p),
            Law::AtMost { law, max } => law.quantile(p).min(*max),
            Law::Times { law, factor } => factor * law.quantile(p),
            _ => self.quantile_by_bisection(p),
        }
    }

    /// The bits of non-negative doubles are in the order of the doubles: 64 halvings find the very first that will do.
    fn quantile_by_bisection(&self, p: f64) -> f64 {
        let (mut low, mut high) = (0u64, f64::MAX.to_bits());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.cdf(f64::from_bits(middle)) >= p { high = middle } else { low = middle + 1 }
        }
        f64::from_bits(low)
    }

    /// The part of the n-th moment that comes from draws of at most `x` (n = 0: the chance of such a draw).
    pub fn moment_below(&self, n: u32, x: f64) -> f64 {
        if x < 0.0 {
            return 0.0;
        }
        let value_if_below = |value: f64| if value <= x { power(value, n) } else { 0.0 };
        match self {
            Law::Constant(value) => value_if_below(*value),
            Law::Exponential { mean } => gamma_below(1.0, *mean, n, x),
            Law::Uniform { low, high } => line_below((0.0, *low), (1.0, *high), n, x),
            Law::Normal { mean, sd } => normal_below(*mean, *sd, n, x),
            Law::Erlang { mean, k } => gamma_below(f64::from(*k), mean / f64::from(*k), n, x),
            Law::Gamma { mean, cv } if *cv == 0.0 => value_if_below(*mean),
            Law::Gamma { mean, cv } => gamma_below(1.0 / (cv * cv), mean * cv * cv, n, x),
            Law::Lognormal { mu, sigma } if *sigma == 0.0 => value_if_below(exp(*mu)),
            Law::Lognormal { mu, sigma } => lognormal_below(*mu, *sigma, n, x),
            Law::Pareto { mean, shape } => pareto_below(pareto_start(*mean, *shape), *shape, n, x),
            Law::BoundedPareto { low, high, .. } if low >= high => value_if_below(*low),
            Law::BoundedPareto { low, high, shape } => {
                pareto_below(*low, *shape, n, x.min(*high)) / pareto_below(*low, *shape, 0, *high)
            }
            Law::Geometric { mean } => geometric_below(*mean, n, x),
            Law::Mix(parts) => parts.iter().map(|(weight, law)| weight * law.moment_below(n, x)).sum(),
            Law::Empirical(values) => {
                let below = &values[..values.partition_point(|value| *value <= x)];
                below.iter().map(|value| power(*value, n)).sum::<f64>() / values.len().max(1) as f64
            }
            Law::Quantiles(points) => quantiles_below(points, n, x),
            Law::AtMost { law, max } if x < *max || *max == f64::INFINITY => law.moment_below(n, x),
            Law::AtMost { law, max } => law.moment_below(n, *max) + power(*max, n) * (1.0 - law.cdf(*max)),
            Law::Times { law, factor } => power(*factor, n) * law.moment_below(n, x / factor),
        }
    }
}

fn power(x: f64, n: u32) -> f64 {
    power_of_whole(x, n as i32)
}

/// scale^n shape (shape + 1) ... (shape + n - 1) P(shape + n, x / scale).
fn gamma_below(shape: f64, scale: f64, n: u32, x: f64) -> f64 {
    if scale == 0.0 {
        return if n == 0 { 1.0 } else { 0.0 };
    }
    let whole: f64 = (0..n).map(|i| scale * (shape + f64::from(i))).product();
    whole * gamma_cdf(shape + f64::from(n), x / scale)
}

/// A value that rises in a straight line from one (probability, value) to another: mean of a^k b^(n-k), times the width.
fn line_below((p0, a): (f64, f64), (p1, b): (f64, f64), n: u32, x: f64) -> f64 {
    if x < a {
        return 0.0;
    }
    let (width, b) = if x >= b { (p1 - p0, b) } else { ((p1 - p0) * (x - a) / (b - a), x) };
    width * (0..=n).map(|k| power(a, k) * power(b, n - k)).sum::<f64>() / f64::from(n + 1)
}

fn quantiles_below(points: &[(f64, f64)], n: u32, x: f64) -> f64 {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return if n == 0 { 1.0 } else { 0.0 } };
    let at = |mass: f64, value: f64| if value <= x { mass * power(value, n) } else { 0.0 };
    let lines: f64 = points.windows(2).map(|pair| line_below(pair[0], pair[1], n, x)).sum();
    at(first.0, first.1) + lines + at(1.0 - last.0, last.1)
}

/// The normal law, 0 where it is negative: moments of a truncated normal by parts.
fn normal_below(mean: f64, sd: f64, n: u32, x: f64) -> f64 {
    if sd == 0.0 {
        let value = mean.max(0.0);
        return if value <= x { power(value, n) } else { 0.0 };
    }
    let (from, to) = (-mean / sd, ((x - mean) / sd).min(1e3));
    if n == 0 {
        // All of what is negative counts as 0, which is at most x.
        return normal_cdf(to);
    }
    let (f, g) = (normal_density(from), normal_density(to));
    // Means of 1, z, z^2, z^3 over from < z <= to.
    let m0 = normal_cdf(to) - normal_cdf(from);
    let m1 = f - g;
    let m2 = m0 + from * f - to * g;
    let m3 = 2.0 * m1 + from * from * f - to * to * g;
    match n {
        1 => mean * m0 + sd * m1,
        2 => mean * mean * m0 + 2.0 * mean * sd * m1 + sd * sd * m2,
        _ => power(mean, 3) * m0 + 3.0 * mean * mean * sd * m1 + 3.0 * mean * sd * sd * m2 + power(sd, 3) * m3,
    }
}

fn lognormal_below(mu: f64, sigma: f64, n: u32, x: f64) -> f64 {
    let n = f64::from(n);
    let share = if x == 0.0 { 0.0 } else { normal_cdf((ln(x) - mu) / sigma - n * sigma) };
    // Without the question, infinity times 0 would be no number.
    if share == 0.0 { 0.0 } else { exp(n * mu + 0.5 * n * n * sigma * sigma) * share }
}

/// shape start^n (1 - (start / x)^(shape - n)) / (shape - n).
fn pareto_below(start: f64, shape: f64, n: u32, x: f64) -> f64 {
    if start == 0.0 {
        return if n == 0 { 1.0 } else { 0.0 };
    }
    if x < start {
        return 0.0;
    }
    let (excess, reach) = (shape - f64::from(n), ln(x / start));
    if x == f64::INFINITY {
        return if excess > 0.0 { shape * power(start, n) / excess } else { f64::INFINITY };
    }
    let integral = if excess == 0.0 { reach } else { -exp_m1(-excess * reach) / excess };
    shape * power(start, n) * integral
}

fn geometric_below(mean: f64, n: u32, x: f64) -> f64 {
    let last = x.floor();
    if last < 1.0 {
        return 0.0;
    }
    if mean <= 1.0 {
        return 1.0;
    }
    let p = 1.0 / mean;
    if x == f64::INFINITY {
        return [1.0, mean, (2.0 - p) * mean * mean, (p * p - 6.0 * p + 6.0) * power(mean, 3)][n.min(3) as usize];
    }
    let fall = ln_1p(-p);
    let more = exp(last * fall);
    match n {
        0 => -exp_m1(last * fall),
        1 => -exp_m1(last * fall) * mean - last * more,
        _ => geometric_min_moment(fall, n, last) - power(last, n) * more,
    }
}

/// Mean of min(X, last)^n: the sum of ((j + 1)^n - j^n) q^j for j below `last`, in blocks where it is long.
fn geometric_min_moment(fall: f64, n: u32, last: f64) -> f64 {
    const BLOCKS: f64 = 10_000.0;
    // Beyond 60 means nothing is left that a double could show.
    let end = last.min((60.0 / -fall).ceil());
    let width = (end / BLOCKS).max(1.0);
    let blocks = (end / width).round() as u32;
    (0..blocks)
        .map(|i| {
            let middle = (f64::from(i) + 0.5) * width - 0.5;
            width * (power(middle + 1.0, n) - power(middle, n)) * exp(middle * fall)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(ours: f64, right: f64, within: f64) {
        assert!((ours - right).abs() <= within * right.abs().max(1e-300), "{ours} is not {right}");
    }

    /// Integral of x^n over the quantiles, by the midpoint rule: slow, and independent of every formula above.
    fn by_hand(law: &Law, n: u32) -> f64 {
        let steps = 50_000;
        (0..steps).map(|i| power(law.quantile((f64::from(i) + 0.5) / f64::from(steps)), n)).sum::<f64>()
            / f64::from(steps)
    }

    #[test]
    fn moments_are_the_integrals_of_the_quantiles() {
        let cut = |law: Law, max: f64| Law::AtMost { law: Box::new(law), max };
        let laws = [
            Law::Uniform { low: 2.0, high: 5.0 },
            Law::Normal { mean: 1.0, sd: 0.8 },
            cut(Law::Exponential { mean: 3.0 }, 4.0),
            cut(Law::Lognormal { mu: 0.5, sigma: 0.7 }, 6.0),
            cut(Law::Pareto { mean: 200.0, shape: 1.2 }, 1000.0),
            cut(Law::Normal { mean: 1.0, sd: 2.0 }, 2.5),
            Law::Quantiles(vec![(0.1, 5.0), (0.5, 10.0), (0.99, 30.0)]),
            cut(Law::Quantiles(vec![(0.1, 5.0), (0.5, 10.0), (0.99, 30.0)]), 12.0),
        ];
        for law in &laws {
            for n in 1..=3 {
                close(law.moment(n), by_hand(law, n), 5e-4);
            }
        }
    }

    #[test]
    fn moments_have_their_textbook_values() {
        close(Law::Exponential { mean: 2.0 }.moment(3), 48.0, 1e-12);
        close(Law::Erlang { mean: 3.0, k: 4 }.moment(2), 9.0 * 1.25, 1e-12);
        close(Law::Gamma { mean: 1.0, cv: 2.0 }.variance(), 4.0, 1e-12);
        close(Law::Lognormal { mu: 0.0, sigma: 1.0 }.mean(), exp(0.5), 1e-12);
        close(Law::Pareto { mean: 3.0, shape: 2.5 }.moment(2), 2.5 * 1.8 * 1.8 / 0.5, 1e-12);
        let right = 3.0 * (1.0 - f64::sqrt(1e-3)) / (1.0 - f64::sqrt(1e-9));
        close(Law::BoundedPareto { low: 1.0, high: 1000.0, shape: 1.5 }.mean(), right, 1e-12);
        close(Law::Mix(vec![(0.95, Law::Exponential { mean: 1.0 }), (0.05, Law::Constant(20.0))]).mean(), 1.95, 1e-12);
        assert_eq!(Law::Pareto { mean: 3.0, shape: 1.5 }.variance(), f64::INFINITY);
        assert_eq!(Law::Pareto { mean: 3.0, shape: 2.5 }.moment(3), f64::INFINITY);
    }

    #[test]
    fn a_narrow_law_keeps_its_variance() {
        close(Law::Normal { mean: 1e9, sd: 1.0 }.scv(), 1e-18, 1e-9);
        close(Law::Empirical(vec![1e9, 1e9 + 2.0]).variance(), 1.0, 1e-9);
        assert_eq!(Law::Constant(0.0).scv(), 0.0);
    }

    #[test]
    fn a_geometric_number_has_the_moments_of_its_sum() {
        for (mean, max) in [(4.0, 7.0), (4.0, 300.0), (3000.0, 20_000.0), (1e7, 5e5)] {
            let law = Law::AtMost { law: Box::new(Law::Geometric { mean }), max };
            for n in 1..=3 {
                let terms = max.min(60.0 * mean) as u64;
                let sum: f64 = (0..terms)
                    .map(|j| (power(j as f64 + 1.0, n) - power(j as f64, n)) * exp(j as f64 * ln_1p(-1.0 / mean)))
                    .sum();
                close(law.moment(n), sum, 1e-5);
            }
        }
        close(Law::Geometric { mean: 4.0 }.moment(3), (1.0 / 16.0 - 1.5 + 6.0) * 64.0, 1e-12);
        assert_eq!(Law::Geometric { mean: 1.0 }.moment(3), 1.0);
    }

    #[test]
    fn a_quantile_is_the_first_value_with_enough_below_it() {
        let measured = Law::Empirical(vec![1.0, 2.0, 2.0, 8.0]);
        assert_eq!([0.0, 0.25, 0.26, 0.75, 0.76, 1.0].map(|p| measured.quantile(p)), [1.0, 1.0, 2.0, 2.0, 8.0, 8.0]);
        assert_eq!(Law::Geometric { mean: 2.0 }.quantile(0.75), 2.0);
        assert_eq!(Law::Geometric { mean: 2.0 }.quantile(0.76), 3.0);
        let mix = Law::Mix(vec![(0.997, Law::Constant(0.0)), (0.003, Law::Constant(180.0))]);
        assert_eq!([0.5, 0.9969, 0.998].map(|p| mix.quantile(p)), [0.0, 0.0, 180.0]);
        let erlang = Law::Erlang { mean: 3.0, k: 4 };
        close(erlang.cdf(erlang.quantile(0.99)), 0.99, 1e-12);
    }

    #[test]
    fn the_chance_of_at_most_x_rises_from_nothing_to_all() {
        let laws = [
            Law::Normal { mean: 1.0, sd: 2.0 },
            Law::Gamma { mean: 1.0, cv: 3.0 },
            Law::BoundedPareto { low: 1.0, high: 9.0, shape: 0.1 },
            Law::Times { law: Box::new(Law::Geometric { mean: 3.0 }), factor: 0.5 },
            Law::Quantiles(vec![(0.5, 1.0), (0.9, 1.0), (0.99, 4.0)]),
        ];
        for law in &laws {
            let chances: Vec<f64> = (0..400).map(|i| law.cdf(f64::from(i) * 0.05)).collect();
            assert!(chances.windows(2).all(|pair| pair[0] <= pair[1]), "{law:?}");
            assert_eq!(law.cdf(-1.0), 0.0);
            assert_eq!(law.cdf(f64::INFINITY), 1.0);
        }
        assert_eq!(laws[4].cdf(1.0), 0.9);
    }
}
