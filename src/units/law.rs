//! Laws: what a random time or a random number is drawn from.

use super::maths::{exp, ln};
use super::{Random, Span, samplers};

/// A law of a non-negative number. Laws of time are in nanoseconds, laws of counts in ones.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the line over a variant names its fields")]
pub enum Law {
    /// Always this.
    Constant(f64),
    /// Exponential.
    Exponential { mean: f64 },
    /// Uniform between two bounds.
    Uniform { low: f64, high: f64 },
    /// Normal, and 0 where that is negative.
    Normal { mean: f64, sd: f64 },
    /// Sum of `k` equal exponentials.
    Erlang { mean: f64, k: u32 },
    /// Gamma with this coefficient of variation.
    Gamma { mean: f64, cv: f64 },
    /// exp(mu + sigma Z).
    Lognormal { mu: f64, sigma: f64 },
    /// Pareto with this mean (shape > 1).
    Pareto { mean: f64, shape: f64 },
    /// Density proportional to x^-(shape + 1) between two bounds.
    BoundedPareto { low: f64, high: f64, shape: f64 },
    /// 1, 2, 3, ... with this mean.
    Geometric { mean: f64 },
    /// One of several, by weight (weights add up to 1).
    Mix(Vec<(f64, Law)>),
    /// Values as measured, each as likely as the others (sorted).
    Empirical(Vec<f64>),
    /// Known quantiles (probability, value), both rising, straight lines between them. Nothing is invented outside: below
    /// the first known quantile its value is drawn, above the last one its own.
    Quantiles(Vec<(f64, f64)>),
    /// Another law, cut at a greatest value: what would be above it is that value.
    AtMost { law: Box<Law>, max: f64 },
    /// Another law, multiplied: for laws that are not closed under it (a geometric number).
    Times { law: Box<Law>, factor: f64 },
}

impl Law {
    /// One draw.
    #[inline]
    pub fn sample(&self, random: &mut Random) -> f64 {
        match self {
            Law::Constant(x) => *x,
            Law::Exponential { mean } => mean * samplers::exponential(random),
            _ => self.sample_other(random),
        }
    }

    #[inline(never)]
    fn sample_other(&self, random: &mut Random) -> f64 {
        match self {
            Law::Uniform { low, high } => low + (high - low) * random.unit(),
            Law::Normal { mean, sd } => (mean + sd * samplers::normal(random)).max(0.0),
            Law::Lognormal { mu, sigma } => exp(mu + sigma * samplers::normal(random)),
            Law::Erlang { mean, k } => mean / f64::from(*k) * samplers::erlang(random, *k),
            Law::Gamma { mean, cv } if *cv > 0.0 => mean * cv * cv * samplers::gamma(random, 1.0 / (cv * cv)),
            Law::Gamma { mean, .. } => *mean,
            // (1 - U)^(-1 / shape), by an exponential number instead of a logarithm.
            Law::Pareto { mean, shape } => pareto_start(*mean, *shape) * exp(samplers::exponential(random) / shape),
            Law::BoundedPareto { low, high, shape } => samplers::bounded_pareto(random, *low, *high, *shape),
            Law::Geometric { mean } => samplers::geometric(random, *mean),
            Law::Mix(parts) => pick_part(parts, random).map_or(0.0, |law| law.sample(random)),
            Law::Empirical(values) => values.get(random.below(values.len() as u64) as usize).copied().unwrap_or(0.0),
            Law::Quantiles(points) => value_at(points, random.unit()),
            Law::AtMost { law, max } => law.sample(random).min(*max),
            Law::Times { law, factor } => factor * law.sample(random),
            simple => simple.sample(random),
        }
    }

    /// One draw of a law of time, to the nearest nanosecond.
    #[inline]
    pub fn span(&self, random: &mut Random) -> Span {
        Span::from_nanos(self.sample(random))
    }

    /// One draw of a law of time from each stream.
    #[inline]
    pub fn spans(&self, streams: impl Iterator<Item = Random>, into: &mut [Span]) {
        let draws = into.iter_mut().zip(streams);
        match self {
            // The commonest law, in a loop without a question.
            Law::Exponential { mean } => {
                draws
                    .for_each(|(span, mut random)| *span = Span::from_nanos(mean * samplers::exponential(&mut random)));
            }
            _ => draws.for_each(|(span, mut random)| *span = self.span(&mut random)),
        }
    }

    /// The same law with every value multiplied by `factor` (0 or more).
    pub fn scaled(&self, factor: f64) -> Law {
        let boxed = |law: &Law| Box::new(law.scaled(factor));
        match self {
            _ if factor <= 0.0 => Law::Constant(0.0),
            Law::Constant(x) => Law::Constant(x * factor),
            Law::Exponential { mean } => Law::Exponential { mean: mean * factor },
            Law::Uniform { low, high } => Law::Uniform { low: low * factor, high: high * factor },
            Law::Normal { mean, sd } => Law::Normal { mean: mean * factor, sd: sd * factor },
            Law::Erlang { mean, k } => Law::Erlang { mean: mean * factor, k: *k },
            Law::Gamma { mean, cv } => Law::Gamma { mean: mean * factor, cv: *cv },
            Law::Lognormal { mu, sigma } => Law::Lognormal { mu: mu + ln(factor), sigma: *sigma },
            Law::Pareto { mean, shape } => Law::Pareto { mean: mean * factor, shape: *shape },
            Law::BoundedPareto { low, high, shape } => {
                Law::BoundedPareto { low: low * factor, high: high * factor, shape: *shape }
            }
            Law::Geometric { .. } if factor == 1.0 => self.clone(),
            Law::Geometric { .. } => Law::Times { law: Box::new(self.clone()), factor },
            Law::Mix(parts) => Law::Mix(parts.iter().map(|(weight, law)| (*weight, law.scaled(factor))).collect()),
            Law::Empirical(values) => Law::Empirical(values.iter().map(|x| x * factor).collect()),
            Law::Quantiles(points) => Law::Quantiles(points.iter().map(|(p, x)| (*p, x * factor)).collect()),
            Law::AtMost { law, max } => Law::AtMost { law: boxed(law), max: max * factor },
            Law::Times { law, factor: old } => Law::Times { law: law.clone(), factor: old * factor },
        }
    }

    /// The one value that is ever drawn, if there is just one.
    pub fn constant(&self) -> Option<f64> {
        let (low, high) = (self.min_value(), self.max_value());
        (low == high).then_some(low)
    }

    /// Is the same value drawn every time?
    pub fn is_constant(&self) -> bool {
        self.constant().is_some()
    }
}

/// The least value of a Pareto law.
pub(super) fn pareto_start(mean: f64, shape: f64) -> f64 {
    mean * (shape - 1.0) / shape
}

fn pick_part<'a>(parts: &'a [(f64, Law)], random: &mut Random) -> Option<&'a Law> {
    let mut left = random.unit();
    for (weight, law) in parts {
        if left < *weight {
            return Some(law);
        }
        left -= weight;
    }
    // Weights add up to 1 but for rounding: what is left over belongs to the last.
    parts.last().map(|(_, law)| law)
}

/// The value that a share `p` of all draws does not exceed.
pub(super) fn value_at(points: &[(f64, f64)], p: f64) -> f64 {
    let after = points.partition_point(|(known, _)| *known <= p);
    match (after.checked_sub(1).and_then(|i| points.get(i)), points.get(after)) {
        (Some((p0, x0)), Some((p1, x1))) => x0 + (x1 - x0) * ((p - p0) / (p1 - p0)),
        (Some((_, x)), None) | (None, Some((_, x))) => *x,
        (None, None) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scaled_law_draws_the_scaled_values() {
        let laws = [
            Law::Exponential { mean: 3.0 },
            Law::Lognormal { mu: 1.0, sigma: 0.5 },
            Law::Geometric { mean: 4.0 },
            Law::AtMost { law: Box::new(Law::Pareto { mean: 200.0, shape: 1.2 }), max: 1e4 },
            Law::Mix(vec![(0.3, Law::Constant(1.0)), (0.7, Law::Uniform { low: 2.0, high: 5.0 })]),
            Law::Quantiles(vec![(0.5, 3.0), (0.99, 9.0)]),
        ];
        for law in laws {
            let scaled = law.scaled(2.5);
            let (mut one, mut other) = (Random::new(5), Random::new(5));
            for _ in 0..1000 {
                let (x, y) = (law.sample(&mut one), scaled.sample(&mut other));
                assert!((2.5 * x / y - 1.0).abs() < 1e-12, "{law:?}: {x} {y}");
            }
        }
    }

    #[test]
    fn outside_the_known_quantiles_nothing_is_invented() {
        let points = [(0.1, 5.0), (0.5, 10.0), (0.9, 30.0)];
        assert_eq!([0.0, 0.1, 0.3, 0.7, 0.9, 0.999].map(|p| value_at(&points, p)), [5.0, 5.0, 7.5, 20.0, 30.0, 30.0]);
        assert_eq!(value_at(&[], 0.5), 0.0);
    }

    #[test]
    fn a_law_of_one_value_knows_it() {
        assert_eq!(Law::Uniform { low: 2.0, high: 2.0 }.constant(), Some(2.0));
        assert_eq!(Law::Gamma { mean: 3.0, cv: 0.0 }.constant(), Some(3.0));
        assert_eq!(Law::Mix(vec![(0.5, Law::Constant(0.0)), (0.5, Law::Constant(1.0))]).constant(), None);
        assert!(!Law::Exponential { mean: 1.0 }.is_constant());
        assert!(Law::Exponential { mean: 1.0 }.scaled(0.0).is_constant());
    }

    #[test]
    fn a_law_without_values_draws_nothing_rather_than_break() {
        let mut random = Random::new(1);
        for law in [Law::Empirical(vec![]), Law::Mix(vec![]), Law::Quantiles(vec![])] {
            assert_eq!(law.sample(&mut random), 0.0);
        }
    }

    #[test]
    fn times_are_rounded_to_the_nearest_nanosecond() {
        assert_eq!(Law::Constant(99.5).span(&mut Random::new(1)), Span(100));
    }
}
