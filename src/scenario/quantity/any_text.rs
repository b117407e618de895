//! Tests with any text at all: no parser may break or hang, and every fix must be read.

use proptest::prelude::*;

use super::any;
use super::*;

/// Valid values of every kind, to be broken a little.
const VALID: [&str; 44] = [
    "250ms",
    "1m30s",
    "12.5M",
    "2bn",
    "578/s",
    "100bn/day",
    "5000/10m",
    "40MB/s",
    "10Gbps",
    "512MB",
    "99.9%",
    "0.999",
    "x1.5",
    "$30",
    "$0.60/ride",
    "$5/1k calls",
    "4..50",
    "30m..75m",
    "1.5%..3%",
    "exp(12s)",
    "uniform(2ms..8ms)",
    "normal(10ms, sd=2ms)",
    "erlang(3s, k=4)",
    "gamma(1s, cv=2)",
    "lognormal(18ms, p99=70ms)",
    "lognormal(p50=12ms, p99=70ms)",
    "pareto(200, shape=1.2, max=100M)",
    "bounded-pareto(1s..1000s, shape=1.5)",
    "geometric(3)",
    "mix(95% exp(1ms), 5% exp(20ms))",
    "empirical(latency.csv)",
    "quantiles(50%: 5ms, 99%: 20ms)",
    "zipf(1.1)",
    "hot(0.1%, 10%)",
    "full-jitter(200ms, cap=5s, x=3)",
    "schedule(3 x 0s, 2 x exponential(1s, cap=20s), 2m)",
    "< 800ms in spike",
    ">= 99.9% from 10m to 16m",
    "< 1.05 x baseline after 5m",
    "day(200/s..3000/s, peak=20h)",
    "sine(100/s, amplitude=60/s, period=24h, phase=6h)",
    "renewal(erlang(2s, k=5))",
    "mmpp(0.4/s for 50s, 1.4/s for 10s)",
    "02:00",
];

fn values(_: &str) -> Result<Vec<f64>, Complaint> {
    Ok(vec![3.0, 1.0, 2.0])
}

type Parser = (&'static str, fn(&str) -> Result<(), Complaint>);

macro_rules! parsers {
    ($($name:ident: $call:expr),* $(,)?) => {
        [$((stringify!($name), |text: &str| { let parse = $call; parse(text).map(drop) })),*]
    };
}

fn all() -> [Parser; 28] {
    parsers![
        duration: duration,
        nanoseconds: nanoseconds,
        time_of_day: time_of_day,
        count: count,
        ratio: ratio,
        share: share,
        factor: factor,
        one_in: one_in,
        any: any,
        size: size,
        rate: rate,
        money: money,
        dollars: dollars,
        money_per: money_per,
        range: range,
        range_of_durations: range_of_durations,
        range_of_counts: range_of_counts,
        range_of_ratios: range_of_ratios,
        pick: pick,
        backoff: backoff,
        condition: condition,
        profile_of_rate: profile_of_rate,
        profile_of_count: profile_of_count,
        arrivals: |text| arrivals(text, &mut values),
        name: name,
        law_of_time: |text| law_of_time(text, &mut values).map(sound),
        law_of_number: |text| law_of_number(text, &mut values).map(sound),
        law_of_size: |text| law_of_size(text, &mut values).map(sound),
    ]
}

/// Every law that is read has numbers, not holes.
fn sound(law: crate::units::Law) {
    let drawn = law.sample(&mut crate::units::Random::new(7));
    assert!(drawn >= 0.0, "{law:?} drew {drawn}");
    for number in [law.mean(), law.variance(), law.cdf(1.0), law.min_value(), law.max_value()] {
        assert!(number >= 0.0, "{law:?}: {number}");
    }
}

/// Reads a text with every parser; what is wrong has words, and what is offered instead is right.
fn check(text: &str) {
    for (parser, parse) in all() {
        let Err(told) = parse(text) else { continue };
        assert!(!told.says.is_empty() && !told.help.is_empty(), "{parser} on {text:?}: {told:?}");
        assert!(told.says.len() < 400 && told.label.len() < 400, "{parser} on {text:?}: {told:?}");
        let Some(fix) = told.fix else { continue };
        let right = fix.strip_prefix('"').and_then(|fix| fix.strip_suffix('"')).expect("quotes");
        assert_ne!(right, text, "{parser} offers what is there");
        if let Err(told) = mend(parse, right.to_string()) {
            // A text with several mistakes is mended one by one; each step must say something new.
            assert!(
                told.fix.is_none() || told.fix.as_deref() != Some(fix.as_str()),
                "{parser} on {text:?} turns in circles"
            );
        }
    }
}

/// Follows the fixes to their end.
fn mend(parse: fn(&str) -> Result<(), Complaint>, mut text: String) -> Result<(), Complaint> {
    for _ in 0..40 {
        match parse(&text) {
            Ok(()) => return Ok(()),
            Err(Complaint { fix: Some(fix), .. }) => text = fix.trim_matches('"').to_string(),
            Err(told) => return Err(told),
        }
    }
    panic!("{text:?} is never done")
}

#[test]
fn every_valid_text_is_read_by_somebody() {
    for text in VALID {
        assert!(
            all().iter().any(|(_, parse)| parse(text).is_ok()) || law_of_number(text, &mut values).is_ok(),
            "{text}"
        );
        check(text);
    }
}

#[test]
fn long_and_strange_texts_are_refused_in_time() {
    let long = [
        "9".repeat(100_000),
        "1s".repeat(50_000),
        "(".repeat(100_000),
        format!("exp({}", "(".repeat(50_000)),
        format!("mix({}1s", "50% mix(".repeat(20_000)),
        format!("schedule({})", "9999999 x 1s, ".repeat(5_000)),
        format!("quantiles({})", "1%: 1s, ".repeat(10_000)),
        format!("schedule({})", "x".repeat(100_000)),
        "\u{301}".repeat(10_000),
        "in ".repeat(30_000),
        "..".repeat(50_000),
        format!("0.{}1s", "0".repeat(300)),
    ];
    for text in long {
        for (_, parse) in all() {
            let _ = parse(&text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused_in_words(text in "\\PC{0,40}") {
        check(&text);
    }

    #[test]
    fn any_text_of_these_letters_is_read_or_refused_in_words(text in "[0-9a-zA-Z.%$/=(), <>x:+-]{0,30}") {
        check(&text);
    }

    #[test]
    fn a_valid_text_with_a_change_is_read_or_refused_in_words(
        which in 0..VALID.len(),
        from in 0usize..50,
        gone in 0usize..4,
        new in "[0-9a-zµ.%$/=(), <>x:-]{0,3}",
    ) {
        let letters: Vec<char> = VALID[which].chars().collect();
        let from = from.min(letters.len());
        let to = (from + gone).min(letters.len());
        let text: String = letters[..from].iter().copied().chain(new.chars()).chain(letters[to..].iter().copied()).collect();
        check(&text);
    }

    #[test]
    fn a_piece_of_a_valid_text_in_another_is_read_or_refused_in_words(
        (one, other) in (0..VALID.len(), 0..VALID.len()),
        (from, length, at) in (0usize..50, 0usize..20, 0usize..50),
    ) {
        let piece: String = VALID[one].chars().skip(from).take(length).collect();
        let (before, after): (Vec<_>, Vec<_>) = VALID[other].chars().enumerate().partition(|(i, _)| *i < at);
        let text: String = before.into_iter().map(|(_, c)| c).chain(piece.chars()).chain(after.into_iter().map(|(_, c)| c)).collect();
        check(&text);
    }
}
