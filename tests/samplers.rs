//! Every sampler against a second opinion: exact distribution functions of `statrs`, samplers of `rand_distr`, our own
//! closed forms, and pinned bits.

use archsim::units::random::{join, key_of};
use archsim::units::{Law, Random, maths};
use rand_distr::Distribution;
use statrs::distribution::{self as exact, ContinuousCDF};

const DRAWS: usize = 200_000;

/// D sqrt(n) of Kolmogorov and Smirnov exceeds this once in 16,000 times, as often as a normal number 4 deviations.
const FAR: f64 = 2.28;

fn draws(law: &Law, seed: &str) -> Vec<f64> {
    let mut random = Random::new(key_of(seed));
    (0..DRAWS).map(|_| law.sample(&mut random)).collect()
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// D sqrt(n) between draws and a distribution function; right for laws with steps too.
fn distance(values: &[f64], cdf: impl Fn(f64) -> f64) -> f64 {
    let n = values.len() as f64;
    let mut furthest: f64 = 0.0;
    let mut i = 0;
    while i < values.len() {
        let x = values[i];
        let end = i + values[i..].partition_point(|y| *y <= x);
        furthest = furthest.max((end as f64 / n - cdf(x)).abs());
        // Just below x: the chance of less, which differs from that of at most x where the law has a step.
        furthest = furthest.max((i as f64 / n - cdf(x.next_down())).abs());
        i = end;
    }
    furthest * n.sqrt()
}

fn distance_of_two(a: &[f64], b: &[f64]) -> f64 {
    let below = |values: &[f64], x: f64| values.partition_point(|y| *y <= x) as f64 / values.len() as f64;
    let furthest = a.iter().step_by(7).map(|x| (below(a, *x) - below(b, *x)).abs()).fold(0.0, f64::max);
    furthest * ((a.len() * b.len()) as f64 / (a.len() + b.len()) as f64).sqrt()
}

fn check_exact(law: &Law, theirs: &impl ContinuousCDF<f64, f64>) {
    let d = distance(&sorted(draws(law, "exact")), |x| theirs.cdf(x));
    assert!(d < FAR, "{law:?} is {d} from its law");
    for i in 1..40 {
        let x = law.quantile(f64::from(i) / 40.0);
        assert!((law.cdf(x) - theirs.cdf(x)).abs() < 1e-9, "{law:?} at {x}");
    }
}

#[test]
fn draws_follow_the_exact_distribution_functions() {
    check_exact(&Law::Exponential { mean: 12.0 }, &exact::Exp::new(1.0 / 12.0).unwrap());
    check_exact(&Law::Uniform { low: 2.0, high: 8.0 }, &exact::Uniform::new(2.0, 8.0).unwrap());
    check_exact(&Law::Normal { mean: 1000.0, sd: 2.0 }, &exact::Normal::new(1000.0, 2.0).unwrap());
    check_exact(&Law::Erlang { mean: 3.0, k: 4 }, &exact::Erlang::new(4, 4.0 / 3.0).unwrap());
    check_exact(&Law::Erlang { mean: 3.0, k: 40 }, &exact::Erlang::new(40, 40.0 / 3.0).unwrap());
    for cv in [0.2, 0.9, 2.0, 5.0] {
        let shape = 1.0 / (cv * cv);
        check_exact(&Law::Gamma { mean: 7.0, cv }, &exact::Gamma::new(shape, shape / 7.0).unwrap());
    }
    check_exact(&Law::Lognormal { mu: 2.0, sigma: 0.8 }, &exact::LogNormal::new(2.0, 0.8).unwrap());
    check_exact(&Law::Pareto { mean: 200.0, shape: 1.2 }, &exact::Pareto::new(200.0 * 0.2 / 1.2, 1.2).unwrap());
}

fn check_sampler(law: &Law, theirs: &impl Distribution<f64>) {
    let mut random = Random::new(key_of("theirs"));
    let ours = sorted(draws(law, "ours"));
    let theirs = sorted((0..DRAWS).map(|_| theirs.sample(&mut random)).collect());
    let d = distance_of_two(&ours, &theirs);
    assert!(d < FAR, "{law:?} is {d} from the sampler of rand_distr");
    for power in [1, 2] {
        let raised = |values: &[f64]| values.iter().map(|x| maths::power_of_whole(*x, power)).collect::<Vec<f64>>();
        let z = difference(&raised(&ours), &raised(&theirs));
        assert!(z.abs() < 4.0, "{law:?}: moment {power} is {z} deviations off");
    }
}

/// Difference of two means, in its own standard deviations.
fn difference(a: &[f64], b: &[f64]) -> f64 {
    let of = |values: &[f64]| {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        (mean, values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n * (n - 1.0)))
    };
    let ((mean_a, error_a), (mean_b, error_b)) = (of(a), of(b));
    (mean_a - mean_b) / (error_a + error_b).sqrt().max(f64::MIN_POSITIVE)
}

#[test]
fn draws_agree_with_those_of_rand_distr() {
    check_sampler(&Law::Exponential { mean: 1.0 }, &rand_distr::Exp1);
    check_sampler(&Law::Normal { mean: 50.0, sd: 2.0 }, &rand_distr::Normal::new(50.0, 2.0).unwrap());
    check_sampler(&Law::Lognormal { mu: 1.0, sigma: 0.5 }, &rand_distr::LogNormal::new(1.0, 0.5).unwrap());
    check_sampler(&Law::Pareto { mean: 3.0, shape: 5.0 }, &rand_distr::Pareto::new(3.0 * 4.0 / 5.0, 5.0).unwrap());
    check_sampler(&Law::Erlang { mean: 2.0, k: 5 }, &rand_distr::Gamma::new(5.0, 0.4).unwrap());
    for shape in [0.3, 1.5, 20.0] {
        let law = Law::Gamma { mean: shape, cv: 1.0 / f64::sqrt(shape) };
        check_sampler(&law, &rand_distr::Gamma::new(shape, 1.0).unwrap());
    }
    let geometric = rand_distr::Geometric::new(0.125).unwrap().map(|failures| failures as f64 + 1.0);
    check_sampler(&Law::Geometric { mean: 8.0 }, &geometric);
}

/// One of each law, with the key under which its draws are pinned.
fn one_of_each() -> Vec<(Law, u64)> {
    let cut = |law: Law, max: f64| Law::AtMost { law: Box::new(law), max };
    vec![
        (Law::Constant(5e6), 0x9bce3f2643d598d6),
        (Law::Exponential { mean: 1.0 }, 0x9ca3fc3149ae779a),
        (Law::Exponential { mean: 12e9 }, 0xeb28c34f08851f74),
        (Law::Uniform { low: 2e6, high: 8e6 }, 0x7c7eb50b5d956b57),
        (Law::Normal { mean: 0.0, sd: 1.0 }, 0x8968c028ef7b2fba),
        (Law::Normal { mean: 10e6, sd: 2e6 }, 0xac3ee6c265449b36),
        (Law::Erlang { mean: 3e9, k: 4 }, 0xa35664b9489f4e77),
        (Law::Erlang { mean: 3e9, k: 12 }, 0x5e2d88b3e5ba93ea),
        (Law::Gamma { mean: 1e9, cv: 2.0 }, 0x738126d3b50c632a),
        (Law::Gamma { mean: 1e9, cv: 0.5 }, 0x982ac3831e350b99),
        (Law::Lognormal { mu: 16.3, sigma: 0.76 }, 0xa7322b1bc28d609a),
        (Law::Pareto { mean: 200.0, shape: 1.2 }, 0xc5748f68bf479763),
        (Law::BoundedPareto { low: 1e9, high: 1e12, shape: 1.5 }, 0x2184e2ea5b1db224),
        (Law::Geometric { mean: 3.0 }, 0xf40a171c87276cd5),
        (Law::Geometric { mean: 1e6 }, 0x1a92932166b73417),
        (
            Law::Mix(vec![(0.95, Law::Exponential { mean: 1e6 }), (0.05, Law::Exponential { mean: 20e6 })]),
            0x3579f846444b5edb,
        ),
        (Law::Empirical(vec![1.0, 2.0, 3.5, 8.0]), 0x4a163cc98051f349),
        (Law::Quantiles(vec![(0.1, 5.0), (0.5, 10.0), (0.9, 30.0), (1.0, 80.0)]), 0x4814f584b4996582),
        (Law::Quantiles(vec![(0.5, 10.0), (0.99, 30.0)]), 0x60e658b23f7046f0),
        (cut(Law::Pareto { mean: 200.0, shape: 1.2 }, 1e4), 0xaec1af3a82a483fc),
        (Law::Geometric { mean: 3.0 }.scaled(2.5), 0x8a488f253f54816e),
    ]
}

#[test]
fn draws_follow_our_own_closed_forms() {
    for (law, _) in one_of_each() {
        let values = sorted(draws(&law, "own"));
        let d = distance(&values, |x| law.cdf(x));
        assert!(d < FAR, "{law:?} is {d} from its law");
        assert!(values[0] >= law.min_value() && values[DRAWS - 1] <= law.max_value(), "{law:?}");
        if law.variance().is_finite() && law.variance() > 0.0 {
            let mean = values.iter().sum::<f64>() / DRAWS as f64;
            let z = (mean - law.mean()) / (law.variance() / DRAWS as f64).sqrt();
            assert!(z.abs() < 4.0, "{law:?}: the mean is {z} deviations off");
        }
    }
}

#[test]
fn the_bits_of_every_law_are_pinned() {
    let mut wrong = String::new();
    for (law, pinned) in one_of_each() {
        let mut random = Random::new(key_of("pinned"));
        let hash = (0..100_000).fold(0, |hash, _| join(hash, law.sample(&mut random).to_bits()));
        if hash != pinned {
            wrong += &format!("{law:?}: {hash:#018x} is not {pinned:#018x}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn the_tails_of_the_ziggurats_have_their_mass() {
    let mut random = Random::new(key_of("tails"));
    let n = 4_000_000;
    let far = (0..n).filter(|_| Law::Exponential { mean: 1.0 }.sample(&mut random) > 8.0).count();
    let expected = f64::from(n) * maths::exp(-8.0);
    assert!((far as f64 - expected).abs() < 4.0 * expected.sqrt(), "{far} beyond 8, not {expected}");
    let far = (0..n).filter(|_| archsim::units::samplers::normal(&mut random).abs() > 3.7).count();
    let expected = 2.0 * f64::from(n) * maths::normal_cdf(-3.7);
    assert!((far as f64 - expected).abs() < 4.0 * expected.sqrt(), "{far} beyond 3.7, not {expected}");
}
