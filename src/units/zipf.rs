//! Zipf's law: number i of n with probability proportional to i^-s, by rejection-inversion.
//!
//! W. Hoermann and G. Derflinger, "Rejection-inversion to generate variates from monotone discrete distributions",
//! ACM TOMACS 6 (1996): constant time for every n, no table.

use super::Random;
use super::maths::{exp, ln};

/// One draw: 0 for the most popular of `n`.
pub fn zipf(n: u64, exponent: f64, random: &mut Random) -> u64 {
    // Integral of x^-s, and its inverse.
    let area = |x: f64| {
        let log = ln(x);
        if (exponent - 1.0).abs() < 1e-9 { log } else { (exp((1.0 - exponent) * log) - 1.0) / (1.0 - exponent) }
    };
    let inverse = |a: f64| {
        if (exponent - 1.0).abs() < 1e-9 {
            exp(a)
        } else {
            exp(ln((1.0 + a * (1.0 - exponent)).max(f64::MIN_POSITIVE)) / (1.0 - exponent))
        }
    };
    let height = |x: f64| exp(-exponent * ln(x));
    let (low, high) = (area(1.5) - 1.0, area(n as f64 + 0.5));
    let squeeze = 2.0 - inverse(area(2.5) - height(2.0));
    loop {
        let u = high + random.unit() * (low - high);
        let x = inverse(u);
        let k = (x + 0.5).floor().clamp(1.0, n as f64);
        if k - x <= squeeze || u >= area(k + 0.5) - height(k) {
            return k as u64 - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_comes_as_often_as_the_law_says() {
        for (n, exponent) in [(10u64, 1.0), (10, 0.5), (5, 2.5), (1, 1.1), (200, 1.05)] {
            let weights: Vec<f64> = (1..=n).map(|i| exp(-exponent * ln(i as f64))).collect();
            let total: f64 = weights.iter().sum();
            let mut counts = vec![0u32; n as usize];
            let (mut random, draws) = (Random::new(n), 200_000);
            (0..draws).for_each(|_| counts[zipf(n, exponent, &mut random) as usize] += 1);
            for (i, weight) in weights.iter().enumerate() {
                let p = weight / total;
                let sd = (f64::from(draws) * p * (1.0 - p)).sqrt().max(1.0);
                let off = (f64::from(counts[i]) - f64::from(draws) * p).abs();
                assert!(off <= 4.5 * sd, "{i} of {n}, exponent {exponent}: {off} is over 4.5 x {sd}");
            }
        }
    }
}
