//! Stretches of the month that are simulated again, with another load: an ordinary hour beside the day of the sale.

use std::sync::Arc;

use rayon::prelude::*;

use super::simulation::{Failure, replication};
use crate::components::Blueprint;
use crate::cost::Tariff;
use crate::record::Results;
use crate::scenario::month::Stretch;

/// For each replication: the run of each stretch that is simulated again.
pub(super) type Again = Vec<Vec<Option<Results>>>;

/// Runs all of them; nothing breaks there and nothing is changed on purpose.
pub(super) fn again(plan: &Blueprint, tariff: &Tariff, seed: u64, count: u32) -> Result<Again, Failure> {
    if effort(tariff) == 0.0 {
        return Ok(vec![Vec::new(); count as usize]);
    }
    let plans: Vec<Option<Arc<Blueprint>>> = tariff.stretches.iter().map(|stretch| scaled(plan, stretch)).collect();
    let one = |number: u32| {
        let runs = plans.iter().map(|plan| plan.as_ref().map(|plan| replication(plan, seed, u64::from(number))));
        runs.map(Option::transpose).collect::<Result<Vec<_>, Failure>>()
    };
    (0..count).into_par_iter().map(one).collect()
}

/// The plan of a stretch with a load of its own, until its end.
fn scaled(plan: &Blueprint, stretch: &Stretch) -> Option<Arc<Blueprint>> {
    let end = stretch.window.map_or(plan.to, |(_, end)| end);
    stretch.load.map(|load| Arc::new(plan.at_load(load, end)))
}

/// Times the events of the story that these runs take, for the estimate.
pub(super) fn effort(tariff: &Tariff) -> f64 {
    if tariff.is_empty() { 0.0 } else { tariff.stretches.iter().filter_map(|stretch| stretch.load).sum() }
}
