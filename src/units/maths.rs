//! Portable mathematics: the only door to transcendental functions.
//!
//! The platform's own `ln` and `exp` differ from one another in the last bit on 7 to 10 % of all arguments, and a
//! result that rests on them differs from machine to machine. These go through one pinned library written in plain
//! arithmetic, so the same bits come out everywhere, in debug and in release.

/// Circumference of a circle of diameter 1.
pub const PI: f64 = core::f64::consts::PI;

/// Natural logarithm.
#[inline]
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// ln(1 + x), exact also for tiny x.
#[inline]
pub fn ln_1p(x: f64) -> f64 {
    libm::log1p(x)
}

/// Logarithm to the base 2.
#[inline]
pub fn log2(x: f64) -> f64 {
    libm::log2(x)
}

/// Logarithm to the base 10.
#[inline]
pub fn log10(x: f64) -> f64 {
    libm::log10(x)
}

/// e to the power of x.
#[inline]
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// e to the power of x, less 1, exact also for tiny x.
#[inline]
pub fn exp_m1(x: f64) -> f64 {
    libm::expm1(x)
}

/// Square root: correctly rounded by IEEE 754, hence the same everywhere.
#[inline]
pub fn sqrt(x: f64) -> f64 {
    x.sqrt()
}

/// Sine, of radians.
#[inline]
pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// Cosine, of radians.
#[inline]
pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// x to the power of y, for x of 0 or more; whole powers by multiplication, others as exp(y ln x).
///
/// The library's own `pow` costs 37 ns, this half of it. It loses a few bits where y ln x is large, which no law and no
/// sizing rule can see.
#[inline]
pub fn pow(x: f64, y: f64) -> f64 {
    const WHOLE: f64 = 64.0;
    if y.abs() <= WHOLE && y == y.trunc() {
        return power_of_whole(x, y as i32);
    }
    if y == 0.5 {
        return x.sqrt();
    }
    if x == 0.0 {
        return if y > 0.0 { 0.0 } else { f64::INFINITY };
    }
    if x == 1.0 { 1.0 } else { exp(y * ln(x)) }
}

/// x multiplied by itself, by repeated squaring.
pub fn power_of_whole(x: f64, n: i32) -> f64 {
    let (mut base, mut left, mut result) = (x, n.unsigned_abs(), 1.0);
    while left > 0 {
        if left & 1 == 1 {
            result *= base;
        }
        base *= base;
        left >>= 1;
    }
    if n < 0 { 1.0 / result } else { result }
}

/// Logarithm of the gamma function, for x above 0.
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// The complementary error function.
pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// Density of the standard normal law.
pub fn normal_density(x: f64) -> f64 {
    exp(-0.5 * x * x) / sqrt(2.0 * PI)
}

/// Chance that a standard normal number is at most x.
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * erfc(-x / core::f64::consts::SQRT_2)
}

/// The x with `normal_cdf(x) = p`: by bisection of the tail that is the smaller one.
pub fn normal_quantile(p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return if p <= 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    if p == 0.5 {
        return 0.0;
    }
    let tail = p.min(1.0 - p);
    // 40 standard deviations: beyond the smallest tail that a double can hold.
    let (mut low, mut high) = (0.0, 40.0);
    for _ in 0..70 {
        let middle = 0.5 * (low + high);
        if normal_cdf(-middle) > tail { low = middle } else { high = middle }
    }
    let x = 0.5 * (low + high);
    if p < 0.5 { -x } else { x }
}

/// The regularised incomplete gamma function P(shape, x): chance that a gamma number of this shape is at most x.
///
/// Power series below the mean, Lentz's continued fraction above it; beyond a shape of 10^6 the law is normal in the
/// cube root (Wilson, Hilferty) to more digits than anybody asks for.
pub fn gamma_cdf(shape: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x == f64::INFINITY {
        return 1.0;
    }
    if shape > 1e6 {
        let spread = 1.0 / (9.0 * shape);
        return normal_cdf((libm::cbrt(x / shape) - (1.0 - spread)) / sqrt(spread));
    }
    let front = exp(shape * ln(x) - x - ln_gamma(shape));
    if x < shape + 1.0 { (front * gamma_series(shape, x)).min(1.0) } else { 1.0 - front * gamma_fraction(shape, x) }
}

/// Terms needed grow as the root of the shape: 10^6 needs about 10^4.
const GAMMA_TERMS: u32 = 50_000;

fn gamma_series(shape: f64, x: f64) -> f64 {
    let (mut term, mut sum) = (1.0 / shape, 1.0 / shape);
    for n in 1..GAMMA_TERMS {
        term *= x / (shape + f64::from(n));
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum
}

fn gamma_fraction(shape: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - shape;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut result = d;
    for n in 1..GAMMA_TERMS {
        let a = -f64::from(n) * (f64::from(n) - shape);
        b += 2.0;
        let below = a * d + b;
        d = 1.0 / if below.abs() < TINY { TINY } else { below };
        let above = b + a / c;
        c = if above.abs() < TINY { TINY } else { above };
        result *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, Gamma, Normal};

    #[test]
    fn the_bits_of_the_mathematics_are_pinned() {
        let bits = [ln(3.0), exp(0.7), sin(1.0), cos(1.0), pow(2.5, 1.2), ln_gamma(4.5), log2(10.0), erfc(0.3)];
        let pinned: [u64; 8] = [
            0x3ff193ea7aad030a,
            0x40001c2a61268987,
            0x3feaed548f090cee,
            0x3fe14a280fb5068c,
            0x400805c1d16f8901,
            0x4003a140a3a623cb,
            0x400a934f0979a371,
            0x3fe57be3bbf10af8,
        ];
        assert_eq!(bits.map(|x| format!("{:016x}", x.to_bits())), pinned.map(|x| format!("{x:016x}")));
    }

    #[test]
    fn whole_powers_are_exact() {
        assert_eq!(pow(3.0, 4.0), 81.0);
        assert_eq!(pow(2.0, -3.0), 0.125);
        assert_eq!(pow(0.0, 0.0), 1.0);
        assert_eq!(pow(0.0, 1.5), 0.0);
        assert_eq!(pow(0.0, -1.5), f64::INFINITY);
        assert_eq!(pow(1.0, 0.3), 1.0);
        assert_eq!(pow(16.0, 0.5), 4.0);
    }

    #[test]
    fn other_powers_agree_with_the_library_s_own() {
        for (x, y) in [(2.5, 1.2), (1e-9, 0.3), (1e9, 1.7), (0.99, 300.5)] {
            let theirs = libm::pow(x, y);
            assert!((pow(x, y) / theirs - 1.0).abs() < 1e-13, "{x}^{y}");
        }
    }

    #[test]
    fn the_normal_law_agrees_with_statrs() {
        let normal = Normal::standard();
        for p in [1e-12, 1e-4, 0.01, 0.3, 0.5, 0.9, 0.99, 0.999] {
            assert!((normal_quantile(p) - normal.inverse_cdf(p)).abs() < 1e-8, "{p}");
            assert!((normal_cdf(normal_quantile(p)) / p - 1.0).abs() < 1e-12, "{p}");
        }
        assert_eq!(normal_quantile(0.5), 0.0);
        assert!((normal_quantile(0.99) - 2.326_347_874_040_841).abs() < 1e-14);
    }

    #[test]
    fn the_gamma_law_agrees_with_statrs() {
        for shape in [0.05, 0.7, 1.0, 4.0, 30.0, 5e4] {
            let gamma = Gamma::new(shape, 1.0).expect("shape above 0");
            for share in [0.1, 0.9, 1.0, 1.1, 3.0] {
                let (ours, theirs) = (gamma_cdf(shape, share * shape), gamma.cdf(share * shape));
                assert!((ours - theirs).abs() < 1e-9, "{shape} {share}: {ours} {theirs}");
            }
        }
        assert!((gamma_cdf(2e6, 2e6) - 0.5).abs() < 1e-3);
    }
}
