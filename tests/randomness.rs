//! Keyed draws are as good as drawn ones: a stream that is begun anew for each request is random from its first number.

use std::collections::BTreeSet;

use archsim::units::Random;
use archsim::units::random::{join, key_of};

const REQUESTS: u64 = 200_000;

/// The first number of the stream of one attempt of one step of one request, as a run keys it.
fn first(request: u64, step: u64, attempt: u64) -> f64 {
    let part = join(join(1, key_of("web")), key_of("service"));
    Random::new(join(join(join(part, request), step), attempt)).unit()
}

/// Deviations of a correlation from none: sums of products of centred uniforms have variance n / 144.
fn correlation(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (sum, n) = pairs.fold((0.0, 0), |(sum, n), (a, b)| (sum + (a - 0.5) * (b - 0.5), n + 1));
    sum / (f64::from(n) / 144.0).sqrt()
}

#[test]
fn the_first_numbers_of_many_streams_are_uniform() {
    const CELLS: usize = 256;
    let mut counts = [0.0; CELLS];
    (0..REQUESTS).for_each(|request| counts[(first(request, 0, 0) * CELLS as f64) as usize] += 1.0);
    let expected = REQUESTS as f64 / CELLS as f64;
    let chi_square: f64 = counts.iter().map(|count| (count - expected) * (count - expected) / expected).sum();
    // Chi square with k degrees of freedom has mean k and variance 2 k.
    let degrees = (CELLS - 1) as f64;
    let z = (chi_square - degrees) / (2.0 * degrees).sqrt();
    assert!(z.abs() <= 4.0, "z = {z}");
}

#[test]
fn neighbouring_requests_steps_and_attempts_are_not_correlated() {
    let neighbours: [fn(u64) -> (f64, f64); 5] = [
        |request| (first(request, 0, 0), first(request + 1, 0, 0)),
        |request| (first(request, 0, 0), first(request, 1, 0)),
        |request| (first(request, 0, 0), first(request, 0, 1)),
        |request| (first(request, 0, 1), first(request, 1, 0)),
        |request| (first(request, 1, 0), first(request + 1, 0, 0)),
    ];
    for (which, pair) in neighbours.into_iter().enumerate() {
        let z = correlation((0..REQUESTS).map(pair));
        assert!(z.abs() <= 4.0, "pair {which}: z = {z}");
    }
}

#[test]
fn the_mean_of_squares_of_first_numbers_is_a_third() {
    // U^2 has mean 1/3 and variance 1/5 - 1/9 = 4/45.
    let sum: f64 = (0..REQUESTS).map(|request| first(request, 3, 0)).map(|u| u * u).sum();
    let z = (sum - REQUESTS as f64 / 3.0) / (REQUESTS as f64 * 4.0 / 45.0).sqrt();
    assert!(z.abs() <= 4.0, "z = {z}");
}

#[test]
fn no_two_purposes_share_a_key() {
    let keys: BTreeSet<u64> = (0..400).flat_map(|a| (0..400).map(move |b| join(a, b))).collect();
    assert_eq!(keys.len(), 400 * 400, "also (a, b) and (b, a) differ");
}

#[test]
fn our_generator_feeds_the_samplers_of_the_ecosystem() {
    use rand_distr::{Distribution, Exp};
    let (law, mut random) = (Exp::new(1.0).expect("a rate above zero"), Random::new(7));
    let sum: f64 = (0..REQUESTS).map(|_| law.sample(&mut random)).sum();
    let z = (sum - REQUESTS as f64) / (REQUESTS as f64).sqrt();
    assert!(z.abs() <= 4.0, "z = {z}");
}
