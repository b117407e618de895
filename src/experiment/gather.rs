//! Many replications: each says what it is asked, hands its histograms over, and is kept as counts.

use std::sync::Arc;

use rayon::prelude::*;

use super::collapse::{Pair, Replicated};
use super::simulation::Failure;
use super::study::{Scenario, Trouble, Watch};
use crate::components::Blueprint;
use crate::outcome::books::{self, Breach};
use crate::outcome::causes::Account;
use crate::outcome::collapse::Collapse;
use crate::outcome::measure::{Told, asked, measure};
use crate::record::Results;
use crate::scenario::quantity::Window;

/// Replications in a task. A task does not depend on the number of threads, and merging is exact in any order.
const TASK: u32 = 64;

/// Replications without their bulk; the first one holds that of all.
pub(crate) struct Gathered {
    pub runs: Vec<Results>,
    pub told: Told,
    pub breaches: Vec<Breach>,
    pub collapse: Collapse,
    /// Of those that were looked at.
    pub accounts: Vec<Account>,
    pub cpu: f64,
}

impl Scenario {
    /// What is asked of each replication.
    pub(crate) fn asked(&self) -> Vec<(String, Window)> {
        let ast = &self.ast;
        let mut asked: Vec<(String, Window)> = Vec::new();
        let mut ask = |path: String, window: &Window| asked.push((path, window.clone()));
        let claims = ast.claims.values().flat_map(|claim| &claim.expect);
        for expectation in ast.expect.iter().chain(claims) {
            expectation.conditions.iter().for_each(|c| ask(expectation.path.value.clone(), &c.value.window));
        }
        for (name, flow) in &ast.flows {
            for expectation in &flow.slo {
                let path = format!("{name}.{}", expectation.path.value);
                expectation.conditions.iter().for_each(|c| ask(path.clone(), &c.value.window));
            }
            for measure in ["mean", "p50", "p90", "p95", "p99", "p999", "success", "errors", "rate"] {
                ask(format!("{name}.{measure}"), &Window::Whole);
            }
        }
        for (name, fault) in &ast.faults {
            for expectation in &fault.slo {
                let path = format!("{name}.{}", expectation.path.value);
                expectation.conditions.iter().for_each(|c| ask(path.clone(), &c.value.window));
            }
        }
        // What a closed form answers is asked of no run.
        let numbers = ast.known.iter().flat_map(|known| &known.numbers);
        for number in numbers.filter(|number| !number.by_estimate) {
            let window = number.in_phase.as_ref().map_or(Window::Whole, |phase| Window::In(phase.value.clone()));
            ask(number.path.value.clone(), &window);
        }
        asked.sort_by_key(|(path, window)| self::asked(path, window));
        asked.dedup();
        asked
    }
}

/// Runs them, in parallel by tasks of fixed size.
pub(crate) fn many(
    plan: &Arc<Blueprint>,
    seed: u64,
    count: u32,
    watch: Watch<'_>,
    questions: &[(String, Window)],
) -> Result<Gathered, Trouble> {
    let pair = Pair::new(plan, seed, count, watch);
    let tasks: Result<Vec<Gathered>, Failure> = (0..count.div_ceil(TASK))
        .into_par_iter()
        .map(|task| some(&pair, task * TASK..count.min((task + 1) * TASK), questions))
        .collect();
    let mut whole: Option<Gathered> = None;
    for mut next in tasks.map_err(Trouble::Run)? {
        let Some(whole) = &mut whole else {
            whole = Some(next);
            continue;
        };
        next.runs[0].hand_over(&mut whole.runs[0]);
        whole.runs.append(&mut next.runs);
        whole.breaches.append(&mut next.breaches);
        whole.collapse.fates.append(&mut next.collapse.fates);
        whole.accounts.append(&mut next.accounts);
        whole.cpu += next.cpu;
        for (ours, mut theirs) in whole.told.values_mut().zip(next.told.into_values()) {
            ours.append(&mut theirs);
        }
    }
    whole.ok_or_else(|| Trouble::Internal("internal error: no replication was run".to_owned()))
}

fn some(pair: &Pair<'_>, numbers: std::ops::Range<u32>, questions: &[(String, Window)]) -> Result<Gathered, Failure> {
    let told = questions.iter().map(|(path, window)| (asked(path, window), Vec::new())).collect();
    let collapse = Collapse::default();
    let (runs, breaches, accounts) = (Vec::new(), Vec::new(), Vec::new());
    let mut gathered = Gathered { runs, told, breaches, collapse, accounts, cpu: 0.0 };
    for number in numbers {
        let Replicated { mut run, fate, account, cpu, .. } = pair.replication(number)?;
        gathered.cpu += cpu;
        gathered.accounts.extend(account);
        gathered.collapse.fates.push(fate);
        gathered.breaches.extend(books::audit_one(&run, pair.seed, number as usize));
        for (path, window) in questions {
            let value = measure(path, std::slice::from_ref(&run), window).ok().map(|measured| measured.value);
            if let Some(values) = gathered.told.get_mut(&asked(path, window)) {
                values.push(value);
            }
        }
        if let Some(first) = gathered.runs.first_mut() {
            run.hand_over(first);
        }
        gathered.runs.push(run);
    }
    Ok(gathered)
}
