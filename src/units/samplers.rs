//! Fast samplers of the standard laws: exponential and normal by ziggurat, gamma by Marsaglia and Tsang.
//!
//! A ziggurat (Marsaglia, Tsang 2000) covers the area under a density by 256 layers of equal area: 99 % of the draws
//! cost one random number, one multiplication and one comparison. Everything is plain arithmetic over pinned tables, and
//! the rare rest goes through [`super::maths`], so a draw has the same bits on every platform.

use super::maths::{exp, ln};
use super::random::Random;
use super::ziggurat_tables::{EXPONENTIAL_EDGES, EXPONENTIAL_HEIGHTS, LAYERS, NORMAL_EDGES, NORMAL_HEIGHTS};

/// Below this many exponentials a sum of them is cheaper than a gamma number.
const SUMMED: u32 = 6;

/// 2^53: the numbers that a random fraction of a layer can have.
const FRACTIONS: f64 = (1u64 << 53) as f64;

/// What a draw needs of one layer, side by side in memory.
#[derive(Clone, Copy)]
struct Layer {
    /// Fractions below this lie under the layer above, hence under the density: no further question.
    sure: u64,
    /// Width of the layer, for one fraction.
    width: f64,
}

const fn layers(edges: &[u64; LAYERS + 1]) -> [Layer; LAYERS] {
    let mut layers = [Layer { sure: 0, width: 0.0 }; LAYERS];
    let mut i = 0;
    while i < LAYERS {
        let (outer, inner) = (f64::from_bits(edges[i]), f64::from_bits(edges[i + 1]));
        layers[i] = Layer { sure: (inner / outer * FRACTIONS) as u64, width: outer / FRACTIONS };
        i += 1;
    }
    layers
}

static EXPONENTIAL: [Layer; LAYERS] = layers(&EXPONENTIAL_EDGES);
static NORMAL: [Layer; LAYERS] = layers(&NORMAL_EDGES);

/// Exponential with mean 1.
#[inline]
pub fn exponential(random: &mut Random) -> f64 {
    let bits = random.bits();
    let (layer, fraction) = ((bits & 0xff) as usize, bits >> 11);
    let x = fraction as f64 * EXPONENTIAL[layer].width;
    if fraction < EXPONENTIAL[layer].sure { x } else { exponential_at_an_edge(random, layer, x) }
}

/// The hundredth draw: in the tail, or between two layers.
#[cold]
#[inline(never)]
fn exponential_at_an_edge(random: &mut Random, mut layer: usize, mut x: f64) -> f64 {
    let mut beyond = 0.0;
    loop {
        if layer == 0 {
            // The tail of an exponential is an exponential: start again behind the last edge.
            beyond += f64::from_bits(EXPONENTIAL_EDGES[1]);
        } else if between(&EXPONENTIAL_HEIGHTS, layer, random) < exp(-x) {
            return beyond + x;
        }
        let bits = random.bits();
        let fraction = bits >> 11;
        layer = (bits & 0xff) as usize;
        x = fraction as f64 * EXPONENTIAL[layer].width;
        if fraction < EXPONENTIAL[layer].sure {
            return beyond + x;
        }
    }
}

/// Normal with mean 0 and deviation 1.
#[inline]
pub fn normal(random: &mut Random) -> f64 {
    let bits = random.bits();
    let (layer, fraction) = ((bits & 0xff) as usize, bits >> 11);
    let x = fraction as f64 * NORMAL[layer].width;
    // Bit 8 is used by neither the layer nor the fraction: it is the sign.
    let size = if fraction < NORMAL[layer].sure { x } else { normal_at_an_edge(random, layer, x) };
    f64::from_bits(size.to_bits() | ((bits & 0x100) << 55))
}

#[cold]
#[inline(never)]
fn normal_at_an_edge(random: &mut Random, mut layer: usize, mut x: f64) -> f64 {
    loop {
        if layer == 0 {
            return normal_tail(random);
        }
        if between(&NORMAL_HEIGHTS, layer, random) < exp(-0.5 * x * x) {
            return x;
        }
        let bits = random.bits();
        let fraction = bits >> 11;
        layer = (bits & 0xff) as usize;
        x = fraction as f64 * NORMAL[layer].width;
        if fraction < NORMAL[layer].sure {
            return x;
        }
    }
}

/// Beyond the last edge (Marsaglia 1964).
fn normal_tail(random: &mut Random) -> f64 {
    let edge = f64::from_bits(NORMAL_EDGES[1]);
    loop {
        let x = -ln(random.positive_unit()) / edge;
        if -2.0 * ln(random.positive_unit()) > x * x {
            return edge + x;
        }
    }
}

/// A height drawn between the lower and the upper edge of a layer.
fn between(heights: &[u64; LAYERS + 1], layer: usize, random: &mut Random) -> f64 {
    let (low, high) = (f64::from_bits(heights[layer]), f64::from_bits(heights[layer + 1]));
    low + random.unit() * (high - low)
}

/// Gamma with this shape and scale 1 (Marsaglia, Tsang 2000).
pub fn gamma(random: &mut Random, shape: f64) -> f64 {
    if shape < 1.0 {
        // gamma(shape) = gamma(shape + 1) U^(1 / shape), and -ln U is exponential.
        return gamma(random, shape + 1.0) * exp(-exponential(random) / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let z = normal(random);
        let root = 1.0 + c * z;
        if root <= 0.0 {
            continue;
        }
        let (v, u, zz) = (root * root * root, random.positive_unit(), z * z);
        if u < 1.0 - 0.0331 * zz * zz || ln(u) < 0.5 * zz + d * (1.0 - v + ln(v)) {
            return d * v;
        }
    }
}

/// Sum of `k` exponentials of mean 1.
pub fn erlang(random: &mut Random, k: u32) -> f64 {
    if k > SUMMED {
        return gamma(random, f64::from(k));
    }
    (0..k).map(|_| exponential(random)).sum()
}

/// 1, 2, 3, ... with this mean: trials until the first success.
pub fn geometric(random: &mut Random, mean: f64) -> f64 {
    if mean <= 1.0 {
        return 1.0;
    }
    1.0 + (exponential(random) / -super::maths::ln_1p(-1.0 / mean)).floor()
}

/// Density proportional to x^-(shape + 1) between two bounds, by inversion.
pub fn bounded_pareto(random: &mut Random, low: f64, high: f64, shape: f64) -> f64 {
    if low >= high {
        return low;
    }
    // Written in 1 - (low / high)^shape, so that neither a narrow range nor a tiny shape cancels.
    let mass = -super::maths::exp_m1(shape * ln(low / high));
    let stretch = -super::maths::ln_1p(-random.unit() * mass) / shape;
    (low * exp(stretch)).min(high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::maths::{PI, erfc, sqrt};

    /// Edges and heights of a ziggurat whose tail begins at `edge`, from its density and the density's inverse.
    fn ziggurat(
        edge: f64,
        tail: f64,
        density: impl Fn(f64) -> f64,
        inverse: impl Fn(f64) -> f64,
    ) -> [[u64; LAYERS + 1]; 2] {
        let area = edge * density(edge) + tail;
        let mut edges = [area / density(edge); LAYERS + 1];
        edges[1] = edge;
        for i in 2..LAYERS {
            edges[i] = inverse(area / edges[i - 1] + density(edges[i - 1]));
        }
        edges[LAYERS] = 0.0;
        [edges.map(f64::to_bits), edges.map(|x| density(x).to_bits())]
    }

    /// As a table in the source, for whoever changes the number of layers.
    fn as_source(name: &str, table: &[u64]) -> String {
        let rows: Vec<String> = table
            .chunks(6)
            .map(|row| format!("    {},\n", row.iter().map(|x| format!("{x:#018x}")).collect::<Vec<_>>().join(", ")))
            .collect();
        format!("#[rustfmt::skip]\npub(super) const {name}: [u64; LAYERS + 1] = [\n{}];\n", rows.concat())
    }

    #[test]
    fn the_pinned_tables_are_what_the_formulas_give() {
        let r = 7.697_117_470_131_05;
        let [edges, heights] = ziggurat(r, exp(-r), |x| exp(-x), |y| -ln(y));
        assert!(edges == EXPONENTIAL_EDGES, "{}", as_source("EXPONENTIAL_EDGES", &edges));
        assert!(heights == EXPONENTIAL_HEIGHTS, "{}", as_source("EXPONENTIAL_HEIGHTS", &heights));
        let r = 3.654_152_885_361_009;
        let tail = sqrt(PI / 2.0) * erfc(r / sqrt(2.0));
        let [edges, heights] = ziggurat(r, tail, |x| exp(-0.5 * x * x), |y| sqrt(-2.0 * ln(y)));
        assert!(edges == NORMAL_EDGES, "{}", as_source("NORMAL_EDGES", &edges));
        assert!(heights == NORMAL_HEIGHTS, "{}", as_source("NORMAL_HEIGHTS", &heights));
    }

    #[test]
    fn the_top_layer_closes_the_ziggurat() {
        for (edges, heights) in [(&EXPONENTIAL_EDGES, &EXPONENTIAL_HEIGHTS), (&NORMAL_EDGES, &NORMAL_HEIGHTS)] {
            let [x, f] = [edges, heights].map(|table| table.map(f64::from_bits));
            let area = |i: usize| x[i] * (f[i + 1] - f[i]);
            assert!((area(LAYERS - 1) / area(1) - 1.0).abs() < 1e-9, "{} {}", area(LAYERS - 1), area(1));
        }
    }

    #[test]
    fn laws_that_have_one_value_draw_it() {
        let mut random = Random::new(1);
        assert_eq!(geometric(&mut random, 1.0), 1.0);
        assert_eq!(bounded_pareto(&mut random, 3.0, 3.0, 1.5), 3.0);
        assert_eq!(erlang(&mut random, 0), 0.0);
    }
}
