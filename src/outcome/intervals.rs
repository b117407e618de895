//! How well a number is known: an interval, and where it came from.
//!
//! Requests are never treated as independent: the spread comes from whole replications, or from long batches of one
//! steady run (`steady`).

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::units::Span;

/// Share of intervals that hold the truth.
pub const LEVEL: f64 = 0.95;

/// What the spread was taken from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum From {
    /// So many replications.
    Replications(usize),
    /// So many batches of one run, each of this length; numbers forget the past in about this time.
    Batches {
        /// How many.
        count: usize,
        /// Of what length.
        each: Span,
        /// Estimated relaxation time.
        relaxation: Span,
    },
}

/// A number with its doubt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The middle.
    pub value: f64,
    /// 95 % of such intervals hold the truth: value - half_width .. value + half_width.
    pub half_width: f64,
    /// Standard error of the value.
    pub standard_error: f64,
    /// What the spread was taken from.
    pub from: From,
}

impl Interval {
    /// Lower end.
    pub fn low(&self) -> f64 {
        self.value - self.half_width
    }

    /// Upper end.
    pub fn high(&self) -> f64 {
        self.value + self.half_width
    }

    /// Half-width over the value; 0 where both are 0.
    pub fn relative(&self) -> f64 {
        if self.half_width == 0.0 { 0.0 } else { self.half_width / self.value.abs() }
    }
}

/// Student's t: so many standard errors are half of a 95 % interval.
pub(crate) fn student(freedom: usize) -> f64 {
    match StudentsT::new(0.0, 1.0, freedom.max(1) as f64) {
        Ok(law) => law.inverse_cdf(0.5 + LEVEL / 2.0),
        Err(_) => f64::INFINITY,
    }
}

/// The mean of independent replications; none of fewer than two.
pub fn over_replications(values: &[f64]) -> Option<Interval> {
    let n = values.len();
    if n < 2 {
        return None;
    }
    let value = values.iter().sum::<f64>() / n as f64;
    let squares: f64 = values.iter().map(|x| (x - value) * (x - value)).sum();
    let standard_error = (squares / (n - 1) as f64 / n as f64).sqrt();
    let half_width = student(n - 1) * standard_error;
    Some(Interval { value, half_width, standard_error, from: From::Replications(n) })
}

/// Wilson's interval of a probability that was seen `yes` times in `n`: sensible at 0 and at n too.
pub fn wilson(yes: u64, n: u64) -> Option<(f64, f64)> {
    if n == 0 {
        return None;
    }
    const Z: f64 = 1.959_963_984_540_054;
    let (n, p) = (n as f64, yes as f64 / n as f64);
    let scale = 1.0 + Z * Z / n;
    let middle = (p + Z * Z / (2.0 * n)) / scale;
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt() / scale;
    let low = if yes == 0 { 0.0 } else { (middle - half).max(0.0) };
    let high = if p == 1.0 { 1.0 } else { (middle + half).min(1.0) };
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_replications_use_four_degrees_of_freedom() {
        let interval = over_replications(&[9.0, 10.0, 11.0, 10.0, 10.0]).unwrap();
        assert_eq!(interval.value, 10.0);
        // sd = 0.7071, standard error = 0.3162, t(4) = 2.7764
        assert!((interval.half_width - 0.8779).abs() < 1e-4, "{}", interval.half_width);
        assert_eq!(over_replications(&[1.0]), None);
    }

    #[test]
    fn equal_replications_leave_no_doubt() {
        let interval = over_replications(&[3.0, 3.0, 3.0]).unwrap();
        assert_eq!((interval.low(), interval.high(), interval.relative()), (3.0, 3.0, 0.0));
    }

    #[test]
    fn wilson_has_doubt_even_where_nothing_happened() {
        let (low, high) = wilson(0, 10).unwrap();
        assert_eq!(low, 0.0);
        assert!((high - 0.2775).abs() < 1e-4);
        let (low, high) = wilson(5, 10).unwrap();
        assert!((low - 0.2366).abs() < 1e-4 && (high - 0.7634).abs() < 1e-4);
        assert_eq!(wilson(0, 0), None);
    }
}
