//! Laws from what people know of them: a mean and a percentile, two percentiles, a mean and a spread.

use super::law::Law;
use super::maths::{exp, ln, ln_1p, normal_quantile, sqrt};

/// Why no law has what was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NoLaw {
    /// The quantile is `ratio` times the mean, and no spread gives more than `most` times.
    TooWide {
        /// Quantile over mean.
        ratio: f64,
        /// The greatest that exists.
        most: f64,
    },
    /// A high quantile at or under the mean, or a median above it.
    WrongSide,
    /// The higher percentile has the lower value.
    Falling,
    /// A number that had to be above 0, or finite, is not.
    NotPositive,
}

impl Law {
    /// The lognormal with this mean, of whose draws a share `p` is at most `value`.
    ///
    /// The spread solves `value / mean = exp(z s - s^2 / 2)`. It exists only up to `exp(z^2 / 2)` (14.97 for p99); of its
    /// two solutions the smaller is taken: the other one puts nearly all draws far below the mean.
    pub fn lognormal_of_mean_and_quantile(mean: f64, p: f64, value: f64) -> Result<Law, NoLaw> {
        positive(&[mean, value])?;
        let (z, ratio) = (normal_quantile(p), value / mean);
        let wanted = ln(ratio);
        if ratio == 1.0 || (z > 0.0 && wanted < 0.0) || (z <= 0.0 && wanted > 0.0) {
            return Err(NoLaw::WrongSide);
        }
        let root = z * z - 2.0 * wanted;
        if root < 0.0 {
            return Err(NoLaw::TooWide { ratio, most: exp(0.5 * z * z) });
        }
        // z - sqrt(root), without its cancellation where the quantile is close to the mean.
        let sigma = if z > 0.0 { 2.0 * wanted / (z + sqrt(root)) } else { z + sqrt(root) };
        Ok(Law::Lognormal { mu: ln(mean) - 0.5 * sigma * sigma, sigma })
    }

    /// The lognormal of whose draws shares `low.0` and `high.0` are at most `low.1` and `high.1`.
    pub fn lognormal_of_quantiles(low: (f64, f64), high: (f64, f64)) -> Result<Law, NoLaw> {
        positive(&[low.1, high.1])?;
        let (z0, z1) = (normal_quantile(low.0), normal_quantile(high.0));
        if z1 <= z0 || high.1 < low.1 {
            return Err(NoLaw::Falling);
        }
        let sigma = ln(high.1 / low.1) / (z1 - z0);
        Ok(Law::Lognormal { mu: ln(low.1) - z0 * sigma, sigma })
    }

    /// The lognormal with this mean and coefficient of variation.
    pub fn lognormal_of_mean_and_cv(mean: f64, cv: f64) -> Result<Law, NoLaw> {
        positive(&[mean])?;
        if !(0.0..1e150).contains(&cv) {
            return Err(NoLaw::NotPositive);
        }
        let squared = ln_1p(cv * cv);
        Ok(Law::Lognormal { mu: ln(mean) - 0.5 * squared, sigma: sqrt(squared) })
    }
}

fn positive(numbers: &[f64]) -> Result<(), NoLaw> {
    if numbers.iter().all(|x| *x > 0.0 && x.is_finite()) { Ok(()) } else { Err(NoLaw::NotPositive) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lognormal_has_the_mean_and_the_percentile_it_was_made_of() {
        for ratio in [1.001, 2.0, 4.0, 14.9] {
            let law = Law::lognormal_of_mean_and_quantile(18.0, 0.99, 18.0 * ratio).expect("a law");
            assert!((law.mean() / 18.0 - 1.0).abs() < 1e-12);
            assert!((law.quantile(0.99) / (18.0 * ratio) - 1.0).abs() < 1e-12);
        }
        let law = Law::lognormal_of_mean_and_quantile(18.0, 0.5, 12.0).expect("a law");
        assert!((law.mean() / 18.0 - 1.0).abs() < 1e-12 && (law.quantile(0.5) / 12.0 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_smaller_of_two_spreads_is_taken() {
        let Ok(Law::Lognormal { sigma, .. }) = Law::lognormal_of_mean_and_quantile(1.0, 0.99, 4.0) else {
            panic!("a law")
        };
        assert!((sigma - (2.326_347_874 - f64::sqrt(2.326_347_874 * 2.326_347_874 - 2.0 * ln(4.0)))).abs() < 1e-8);
    }

    #[test]
    fn a_percentile_far_above_the_mean_has_no_lognormal() {
        let Err(NoLaw::TooWide { ratio, most }) = Law::lognormal_of_mean_and_quantile(40.0, 0.99, 720.0) else {
            panic!("no law")
        };
        assert_eq!(ratio, 18.0);
        assert!((most - 14.97).abs() < 0.005, "{most}");
        assert_eq!(Law::lognormal_of_mean_and_quantile(40.0, 0.99, 30.0), Err(NoLaw::WrongSide));
        assert_eq!(Law::lognormal_of_mean_and_quantile(40.0, 0.5, 50.0), Err(NoLaw::WrongSide));
        assert_eq!(Law::lognormal_of_mean_and_quantile(0.0, 0.99, 30.0), Err(NoLaw::NotPositive));
    }

    #[test]
    fn a_median_and_a_percentile_always_have_a_lognormal() {
        let law = Law::lognormal_of_quantiles((0.5, 5.0), (0.99, 500.0)).expect("a law");
        assert!((law.quantile(0.5) / 5.0 - 1.0).abs() < 1e-12 && (law.quantile(0.99) / 500.0 - 1.0).abs() < 1e-12);
        assert_eq!(Law::lognormal_of_quantiles((0.5, 5.0), (0.99, 4.0)), Err(NoLaw::Falling));
    }

    #[test]
    fn a_lognormal_of_mean_and_cv_has_them() {
        let law = Law::lognormal_of_mean_and_cv(18.0, 1.2).expect("a law");
        assert!((law.mean() / 18.0 - 1.0).abs() < 1e-12 && (law.scv() / 1.44 - 1.0).abs() < 1e-12);
        assert_eq!(Law::lognormal_of_mean_and_cv(18.0, f64::NAN), Err(NoLaw::NotPositive));
    }
}
