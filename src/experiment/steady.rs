//! A steady run: one long replication, looked at at fixed moments, ended when its one number is known.

use std::sync::Arc;

use super::collapse;
use super::simulation::{Failure, Simulation};
use crate::components::Blueprint;
use crate::components::steady::Watched;
use crate::outcome::Beside;
use crate::outcome::collapse::{Collapse, Lines};
use crate::outcome::path::split;
use crate::outcome::steady::{self, Look, Of, Plan};
use crate::record::{Results, Slices};
use crate::scenario::ast::{Scenario, Until};
use crate::scenario::diagnostics::Diagnostic;
use crate::units::{Span, Time};

/// What a steady run measured, and whether it has a steady state at all.
pub(super) struct Steady {
    /// The whole of it.
    pub run: Results,
    /// A backlog that still grew when it ended.
    pub collapse: Collapse,
}

/// Runs until the number is known, or as long as allowed; what is known of it goes beside the results.
pub(super) fn run(
    blueprint: &Arc<Blueprint>,
    until: &Until,
    seed: u64,
    beside: &mut Beside<'_>,
) -> Result<Steady, Failure> {
    let path = until.of.value.as_str();
    let Some((of, watched)) = watched(blueprint, path) else {
        // `complaints` has refused such a file; a scenario built in Rust comes here.
        beside.too_short.push((path.to_owned(), "a steady run cannot watch this measure".into()));
        let run = super::simulation::replication(blueprint, seed, 0)?;
        return Ok(Steady { collapse: collapse::steady(&run, &Lines::default()), run });
    };
    let plan = Plan { of, within: until.within, at_most: Time(until.at_most.0) };
    let mut simulation: Simulation = Simulation::new(blueprint, seed, 0);
    simulation.watch(watched, slices(of, blueprint.from, &plan));
    let (mut look, mut before, mut lines) = (plan.first(), None, Lines::default());
    loop {
        simulation.run_until(look)?;
        if simulation.collapsed() {
            beside
                .too_short
                .push((path.to_owned(), "there is no steady state: an unlimited queue passed its bound".into()));
            break;
        }
        let Some(slices) = simulation.slices() else { break };
        match steady::judge(&plan, slices, look, &mut before) {
            Look::GoOn(next) => {
                lines = Lines(simulation.lines());
                look = next;
            }
            Look::Known(interval) => {
                beside.steady.push((path.to_owned(), interval));
                break;
            }
            Look::TooShort(short) => {
                beside.too_short.push((path.to_owned(), short.advice(of, slices, look)));
                break;
            }
        }
    }
    let run = simulation.results();
    Ok(Steady { collapse: collapse::steady(&run, &lines), run })
}

/// Slices that are shorter than the time to the first look, so that each look has a thousand of them.
fn slices(of: Of, from: Time, plan: &Plan) -> Slices {
    let length = Span((plan.first().0 / 1024).max(1));
    match of {
        Of::Quantile(_) => Slices::of_quantiles(from, length),
        Of::Mean | Of::Level => Slices::of_means(from, length),
    }
}

/// What is watched for a path: latencies and waits of a flow, waits at a part, how many are in a part.
fn watched(plan: &Blueprint, path: &str) -> Option<(Of, Watched)> {
    let names = split(path);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let part = |name: &str| plan.parts.iter().position(|part| part.name == name).map(|index| index as u32);
    let flow = |name: &str| plan.flows.iter().position(|flow| flow == name).map(|index| index as u32);
    let watched = match names[..] {
        [name, _] => Watched::Latency { flow: flow(name)? },
        [name, "wait", _] => match flow(name) {
            Some(flow) => Watched::FlowWait { flow },
            None => Watched::Wait { part: part(name)? },
        },
        [name, "present", "mean"] => Watched::Present { part: part(name)? },
        _ => return None,
    };
    Some((Of::path(path)?, watched))
}

/// Why a steady scenario cannot have replications.
pub(super) const ONE_RUN: &str = "error: a steady scenario is one long run: its interval comes from batches of that run\n  = help: \
                                  leave `replications` out, or give `duration` instead of `until`\n";

/// What is wrong with a steady run: its measure, and replications of it.
pub(super) fn complaints(plan: &Blueprint, ast: &Scenario) -> Vec<Diagnostic> {
    let Some(until) = ast.until.as_ref().filter(|_| ast.duration.is_none()) else { return Vec::new() };
    let path = &until.of;
    let unknown = watched(plan, &path.value).is_none().then(|| {
        let says = format!("a steady run cannot be run for `{}`", path.value);
        let help = "it can for a flow's `mean`, percentiles, `wait.mean` and `wait.p99`, and for a part's `wait.mean`, \
                    `wait.p99` and `present.mean`";
        Diagnostic::error(path.at, says).help(help)
    });
    let several = ast.replications.as_ref().filter(|count| count.value > 1).map(|count| {
        let says = "a steady scenario is one long run: its interval comes from batches of that run";
        Diagnostic::error(count.at, says).help("leave `replications` out, or give `duration` instead of `until`")
    });
    unknown.into_iter().chain(several).collect()
}
