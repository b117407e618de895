//! Recording: what one measured value costs, and what is read at the end of a run.
//!
//! `cargo bench --bench histogram`. Only ratios taken inside one run mean anything.

use archsim::record::{Gauge, Histogram, Series};
use archsim::units::{Random, Span, Time};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

/// Values a measured call.
const VALUES: usize = 20_000;

fn main() {
    divan::main();
}

/// Spans around 20 ms, over some five octaves.
fn spans() -> Vec<Span> {
    let mut random = Random::new(7);
    let span = |_| {
        let widest = 600_000 << random.below(7);
        Span(1_000_000 + random.below(widest))
    };
    (0..VALUES).map(span).collect()
}

/// Reading the values and adding them up: to be taken off the others.
#[divan::bench]
fn reading_alone(bencher: Bencher) {
    let spans = spans();
    bencher.counter(ItemsCount::new(VALUES)).bench_local(|| black_box(&spans).iter().map(|span| span.0).sum::<u64>());
}

#[divan::bench]
fn record_fine(bencher: Bencher) {
    let (spans, mut histogram) = (spans(), Histogram::fine());
    bencher.counter(ItemsCount::new(VALUES)).bench_local(|| spans.iter().for_each(|span| histogram.record(*span)));
}

#[divan::bench]
fn record_coarse(bencher: Bencher) {
    let (spans, mut histogram) = (spans(), Histogram::coarse());
    bencher.counter(ItemsCount::new(VALUES)).bench_local(|| spans.iter().for_each(|span| histogram.record(*span)));
}

#[divan::bench]
fn gauge_of_changes(bencher: Bencher) {
    let (mut gauge, mut now) = (Gauge::default(), 0);
    bencher.counter(ItemsCount::new(VALUES)).bench_local(|| {
        for i in 0..VALUES {
            now += 50;
            gauge.change(Time(now), if i % 2 == 0 { 1 } else { -1 });
        }
    });
}

#[divan::bench]
fn gauge_of_stays_told_ahead(bencher: Bencher) {
    let (mut gauge, mut now, mut random) = (Gauge::default(), 0, Random::new(3));
    bencher.counter(ItemsCount::new(VALUES)).bench_local(|| {
        for _ in 0..VALUES {
            now += 50;
            gauge.will_stay(Time(now), Time(now), Time(now + 200 + random.below(300)));
        }
    });
}

#[divan::bench]
fn series(bencher: Bencher) {
    let (mut series, mut now) = (Series::default(), 0);
    bencher.counter(ItemsCount::new(VALUES)).bench_local(|| {
        for _ in 0..VALUES {
            now += 5_000;
            series.add(Time(now), 1);
        }
    });
}

#[divan::bench]
fn merge_of_two(bencher: Bencher) {
    let mut whole = Histogram::fine();
    spans().iter().for_each(|span| whole.record(*span));
    let part = whole.clone();
    bencher.bench_local(|| whole.merge(black_box(&part)));
}

#[divan::bench]
fn quantile_of_a_million(bencher: Bencher) {
    let mut histogram = Histogram::fine();
    spans().iter().for_each(|span| histogram.record_many(*span, 50));
    bencher.bench_local(|| black_box(&histogram).quantile(black_box(0.999)));
}
