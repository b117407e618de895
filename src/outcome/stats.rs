//! Statistics of a histogram by name: `mean`, `p99`, `max`; in seconds, none where nothing was recorded.

use crate::record::Histogram;
use crate::units::time::SECOND;

/// Percentiles by their names.
pub(crate) const PERCENTILES: [(&str, f64); 6] =
    [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999), ("p9999", 0.9999)];

/// All names.
pub(crate) const NAMES: [&str; 11] =
    ["min", "mean", "p50", "p90", "p95", "p99", "p999", "p9999", "max", "sd", "variance"];

/// Is it one of them?
pub(crate) fn known(name: &str) -> bool {
    NAMES.contains(&name)
}

/// The share of a percentile's name.
pub(crate) fn percentile(name: &str) -> Option<f64> {
    PERCENTILES.iter().find(|(known, _)| *known == name).map(|(_, p)| *p)
}

/// One statistic in seconds.
pub(crate) fn read(histogram: &Histogram, name: &str) -> Option<f64> {
    let nanos = match name {
        "min" => histogram.min()?.0 as f64,
        "max" => histogram.max()?.0 as f64,
        "mean" => (histogram.count() > 0).then(|| histogram.mean())?,
        "sd" => (histogram.count() > 0).then(|| histogram.sd())?,
        // In square seconds.
        "variance" => return (histogram.count() > 0).then(|| square(histogram.sd() / SECOND as f64)),
        _ => histogram.quantile(percentile(name)?)?.0 as f64,
    };
    Some(nanos / SECOND as f64)
}

fn square(x: f64) -> f64 {
    x * x
}

/// All of them in one histogram.
pub(crate) fn pooled<'a>(mut all: impl Iterator<Item = &'a Histogram>) -> Histogram {
    let Some(first) = all.next() else { return Histogram::default() };
    all.fold(first.clone(), |mut sum, next| {
        sum.merge(next);
        sum
    })
}

/// A share, none of nothing.
pub(crate) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
