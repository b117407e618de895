//! Measures that mechanisms, faults and controllers show by their own whole paths: `kept.hits`, `jobs.age.max`.

use super::gauges;
use super::measure::{Made, Recipe};
use super::path::Unit;
use super::stats::{self, pooled};
use crate::record::results::{Counted, Shown};
use crate::record::{Gauge, Histogram, Results};

/// Of what a replication has once, over replications.
const SPREAD: [&str; 5] = ["mean", "sd", "p50", "p95", "max"];

/// Between a path and the phase in which it was counted.
const IN: &str = " in ";

/// How a path is read that is also counted by phase.
pub(crate) fn recipe_in(path: &str, phase: &str, run: &Results) -> Option<Recipe> {
    recipe(&format!("{path}{IN}{phase}"), run)
}

/// Every path.
pub(crate) fn paths(run: &Results) -> Vec<String> {
    let below = |path: &String, names: &[&str]| names.iter().map(|name| format!("{path}.{name}")).collect();
    // What is counted by phase too is asked for with `in PHASE`.
    run.shown
        .iter()
        .filter(|(path, _)| !path.contains(IN))
        .flat_map(|(path, shown)| match shown {
            Shown::Times(_) => below(path, &stats::NAMES),
            Shown::Level(_) => below(path, &gauges::NAMES),
            Shown::Once(..) | Shown::Each(..) => [vec![path.clone()], below(path, &SPREAD)].concat(),
            Shown::Count(..) | Shown::Ratio(..) | Shown::Most(..) => vec![path.clone()],
        })
        .collect()
}

/// How such a path is read.
pub(crate) fn recipe(path: &str, run: &Results) -> Option<Recipe> {
    if let Some(shown) = run.shown.get(path) {
        return whole(path.to_owned(), shown);
    }
    let dots = path.match_indices('.').map(|(at, _)| at);
    let (owner, shown, rest) = dots.rev().find_map(|at| {
        let shown = run.shown.get(&path[..at])?;
        Some((path[..at].to_owned(), shown, path[at + 1..].to_owned()))
    })?;
    match shown {
        Shown::Times(_) => times(owner, rest),
        Shown::Level(_) => {
            let names: Vec<&str> = rest.split('.').collect();
            gauges::read(&names, move |runs| all(runs, &owner).filter_map(level).cloned().collect())
        }
        Shown::Once(_, counted) | Shown::Each(_, counted) => spread(owner, rest, *counted),
        Shown::Count(..) | Shown::Ratio(..) | Shown::Most(..) => None,
    }
}

/// What the replications show at a path.
fn all<'a>(runs: &'a [Results], path: &'a str) -> impl Iterator<Item = &'a Shown> {
    runs.iter().filter_map(move |run| run.shown.get(path))
}

fn whole(path: String, shown: &Shown) -> Option<Recipe> {
    match shown {
        &Shown::Count(_, counted) => Some(Recipe::pooled(unit(counted), Made::Requests, move |runs| {
            let counts = all(runs, &path).map(|shown| if let Shown::Count(n, _) = shown { u128::from(*n) } else { 0 });
            Some(counts.sum::<u128>() as f64 / scale(counted))
        })),
        &Shown::Ratio(_, _, counted) => Some(Recipe::pooled(unit(counted), Made::Requests, move |runs| {
            let pairs = all(runs, &path).map(|shown| if let Shown::Ratio(a, b, _) = shown { (*a, *b) } else { (0, 0) });
            let (over, under) = pairs.fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
            (under > 0).then(|| over as f64 / under as f64 / scale(counted))
        })),
        &Shown::Most(_, counted) => Some(Recipe::pooled(unit(counted), Made::Requests, move |runs| {
            let greatest = all(runs, &path).map(|shown| if let Shown::Most(n, _) = shown { *n } else { 0 }).max()?;
            Some(greatest as f64 / scale(counted))
        })),
        &Shown::Once(_, counted) | &Shown::Each(_, counted) => {
            Some(Recipe::pooled(unit(counted), Made::Replications, move |runs| {
                let (sum, n) = values(runs, &path).fold((0.0, 0u64), |(sum, n), value| (sum + value, n + 1));
                (n > 0).then(|| sum / n as f64 / scale(counted))
            }))
        }
        Shown::Times(_) | Shown::Level(_) => None,
    }
}

fn times(owner: String, stat: String) -> Option<Recipe> {
    if !stats::known(&stat) {
        return None;
    }
    Some(Recipe::pooled(Unit::Seconds, Made::Requests, move |runs| {
        stats::read(&pooled(all(runs, &owner).filter_map(histogram)), &stat)
    }))
}

/// The spread over replications: of n sorted values the p-quantile is the one with the number ceil(p n).
fn spread(owner: String, stat: String, counted: Counted) -> Option<Recipe> {
    if !SPREAD.contains(&stat.as_str()) && stats::percentile(&stat).is_none() {
        return None;
    }
    let pooled = Recipe::pooled(unit(counted), Made::Replications, move |runs| {
        let mut values: Vec<f64> = values(runs, &owner).map(|value| value / scale(counted)).collect();
        values.sort_by(f64::total_cmp);
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let last = values.last().copied()?;
        match stat.as_str() {
            "mean" => Some(mean),
            "max" => Some(last),
            "sd" => (n > 1.0).then(|| (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0)).sqrt()),
            percentile => {
                let number = (stats::percentile(percentile)? * n).ceil().max(1.0) as usize;
                values.get(number - 1).copied()
            }
        }
    });
    Some(pooled)
}

/// The numbers of those replications that have one.
pub(super) fn values<'a>(runs: &'a [Results], path: &'a str) -> impl Iterator<Item = f64> + 'a {
    let of_one = |shown: &'a Shown| match shown {
        Shown::Once(value, _) => value.as_slice(),
        Shown::Each(values, _) => values.as_slice(),
        _ => &[],
    };
    all(runs, path).flat_map(of_one).copied()
}

fn histogram(shown: &Shown) -> Option<&Histogram> {
    if let Shown::Times(times) = shown { Some(times) } else { None }
}

fn level(shown: &Shown) -> Option<&Gauge> {
    if let Shown::Level(gauge) = shown { Some(gauge) } else { None }
}

fn unit(counted: Counted) -> Unit {
    match counted {
        Counted::Ones => Unit::Count,
        Counted::Nanos => Unit::Seconds,
        Counted::Share => Unit::Ratio,
        Counted::PerSecond => Unit::PerSecond,
        Counted::Bytes => Unit::Bytes,
        Counted::Dollars => Unit::Dollars,
    }
}

/// How many make one of the measure's base unit.
fn scale(counted: Counted) -> f64 {
    if counted == Counted::Nanos { 1e9 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::measure::measure;
    use crate::scenario::quantity::Window;
    use crate::units::{Span, Time};

    fn run(shown: &[(&str, Shown)]) -> Results {
        let shown = shown.iter().map(|(path, shown)| (path.to_string(), shown.clone())).collect();
        Results { to: Time(1_000_000_000), shown, ..Results::default() }
    }

    fn read(path: &str, runs: &[Results]) -> f64 {
        measure(path, runs, &Window::Whole).unwrap_or_else(|trouble| panic!("{path}: {}", trouble.says())).value
    }

    #[test]
    fn counts_add_up_ratios_are_of_sums_and_the_greatest_is_the_greatest() {
        let of = |n: u64| {
            run(&[
                ("kept.hits", Shown::Count(n, Counted::Ones)),
                ("kept.hit_ratio", Shown::Ratio(u128::from(n), 10, Counted::Share)),
                ("jobs.oldest", Shown::Most(n * 1_000_000_000, Counted::Nanos)),
            ])
        };
        let runs = [of(2), of(5)];
        assert_eq!(read("kept.hits", &runs), 7.0);
        assert_eq!(read("kept.hit_ratio", &runs), 0.35);
        assert_eq!(read("jobs.oldest", &runs), 5.0);
    }

    #[test]
    fn what_happens_once_a_run_is_a_mean_over_the_runs_in_which_it_happened() {
        let of = |seconds: Option<f64>| run(&[("region.rto", Shown::Once(seconds.map(|s| s * 1e9), Counted::Nanos))]);
        let runs = [of(Some(60.0)), of(None), of(Some(120.0)), of(Some(180.0))];
        assert_eq!(read("region.rto", &runs), 120.0);
        assert_eq!(read("region.rto.p50", &runs), 120.0);
        assert_eq!(read("region.rto.p95", &runs), 180.0);
        assert_eq!(read("region.rto.sd", &runs), 60.0);
    }

    #[test]
    fn times_are_pooled_before_they_are_read() {
        let of = |seconds: u64| {
            let mut times = Histogram::coarse();
            times.record(Span::seconds(seconds));
            run(&[("jobs.age", Shown::Times(times))])
        };
        assert_eq!(read("jobs.age.max", &[of(3), of(1)]), 3.0);
        assert_eq!(read("jobs.age.mean", &[of(3), of(1)]), 2.0);
    }
}
