//! How well a number is known: an interval, and where it came from.
//!
//! Requests are never treated as independent: the spread comes from whole replications, or from long batches of one
//! steady run (`steady`).

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

/// Standard errors in half of a 95 % interval when the error itself is known.
pub(crate) const NORMAL: f64 = 1.959_963_984_540_054;

/// The same for 1, 2, ... 30 degrees of freedom (Student).
///
/// A table and not a library: when a steady run stops depends on it, and a library's last bits on the platform.
const STUDENT: [f64; 30] = [
    12.7062047362,
    4.3026527297,
    3.1824463053,
    2.7764451052,
    2.5705818356,
    2.4469118511,
    2.3646242516,
    2.3060041352,
    2.2621571628,
    2.2281388520,
    2.2009851601,
    2.1788128297,
    2.1603686565,
    2.1447866879,
    2.1314495456,
    2.1199052992,
    2.1098155778,
    2.1009220402,
    2.0930240544,
    2.0859634473,
    2.0796138447,
    2.0738730679,
    2.0686576104,
    2.0638985616,
    2.0595385528,
    2.0555294386,
    2.0518305165,
    2.0484071418,
    2.0452296421,
    2.0422724563,
];

/// Student's t: so many standard errors are half of a 95 % interval.
pub(crate) fn student(freedom: usize) -> f64 {
    if freedom == 0 {
        return f64::INFINITY;
    }
    if let Some(known) = STUDENT.get(freedom - 1) {
        return *known;
    }
    // Cornish and Fisher's expansion: better than 1e-6 from 31 on.
    let (z, v) = (NORMAL, freedom as f64);
    let z2 = z * z;
    let first = z * (z2 + 1.0) / 4.0;
    let second = z * (5.0 * z2 * z2 + 16.0 * z2 + 3.0) / 96.0;
    let third = z * (3.0 * z2 * z2 * z2 + 19.0 * z2 * z2 + 17.0 * z2 - 15.0) / 384.0;
    z + first / v + second / (v * v) + third / (v * v * v)
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
    const Z: f64 = NORMAL;
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
    fn the_table_is_what_a_library_says() {
        // The library itself is 3e-6 off at 100,000 degrees of freedom.
        use statrs::distribution::{ContinuousCDF, StudentsT};
        for freedom in (1..100).chain([1_000]) {
            let known = StudentsT::new(0.0, 1.0, freedom as f64).unwrap().inverse_cdf(0.975);
            assert!((student(freedom) - known).abs() < 2e-6 * known, "{freedom}: {} {known}", student(freedom));
        }
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
