//! Laws: what a random time or a random number is drawn from.

use super::{Random, Span};

/// A law of a non-negative number. Laws of time are in nanoseconds, laws of counts in ones.
#[derive(Clone, Debug, PartialEq)]
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
    /// Known quantiles (probability, value), straight lines between them.
    Quantiles(Vec<(f64, f64)>),
    /// Another law, cut at a greatest value.
    AtMost { law: Box<Law>, max: f64 },
}

impl Law {
    /// One draw.
    pub fn sample(&self, _random: &mut Random) -> f64 {
        match self {
            Law::Constant(x) => *x,
            _ => f64::NAN,
        }
    }

    /// One draw of a law of time, to the nearest nanosecond.
    #[inline]
    pub fn span(&self, random: &mut Random) -> Span {
        Span::from_nanos(self.sample(random))
    }
}
