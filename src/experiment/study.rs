//! A scenario that is ready to run, and what may be asked of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::gather;
use super::simulation::{Failure, Simulation, replication};
use crate::capacity;
use crate::components::Blueprint;
use crate::components::steady::Watched;
use crate::outcome::intervals::Interval;
use crate::outcome::measure::{Extras, Reader};
use crate::outcome::objective;
use crate::outcome::steady::{self, Look, Of, Plan};
use crate::outcome::{Beside, Outcome, Timing};
use crate::record::{Results, Slices};
use crate::scenario::ast;
use crate::scenario::compile::{self, Options};
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::model::{Instance, Library, Wanted, instantiate};
use crate::scenario::sources::{DiskFiles, Files, Sources};
use crate::scenario::{read, render};
use crate::units::Time;

/// So many replications are kept whole; of more only their counts, and what is asked of each.
const WHOLE: u32 = 64;

/// A scenario that has been read, checked and compiled.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// As written.
    pub ast: ast::Scenario,
    /// Ready to run.
    pub plan: Arc<Blueprint>,
    /// The files that it was read from.
    pub sources: Sources,
    /// What its author should know.
    pub warnings: Diagnostics,
}

/// What was found when a scenario was read.
#[derive(Clone, Debug)]
pub struct Examined {
    /// Ready to run, if nothing that was said is an error.
    pub scenario: Option<Scenario>,
    /// Errors and warnings.
    pub said: Diagnostics,
    /// The texts that they point into.
    pub sources: Sources,
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// The file cannot be used: every message, as text.
    File(String),
    /// The run cannot go on.
    Run(Failure),
    /// An equation of the books does not hold: an error of archsim.
    Internal(String),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trouble::File(text) => f.write_str(text),
            Trouble::Run(failure) => failure.fmt(f),
            Trouble::Internal(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Trouble {}

/// How a scenario is run.
#[derive(Clone, Copy, Default)]
pub struct Ask<'a> {
    /// Instead of the file's.
    pub seed: Option<u64>,
    /// Instead of the file's.
    pub replications: Option<u32>,
    /// Reads the processor time of the calling thread, in seconds; none: no timing.
    pub clock: Option<fn() -> f64>,
    /// Is told each time a replication ends, on the thread that ran it; observes only.
    pub done: Option<&'a (dyn Fn() + Sync)>,
}

/// Sees replications end.
#[derive(Clone, Copy)]
pub(crate) struct Watch<'a> {
    clock: fn() -> f64,
    done: &'a (dyn Fn() + Sync),
}

impl Watch<'_> {
    /// One replication, and the processor time that it took.
    pub(crate) fn replication(self, plan: &Arc<Blueprint>, seed: u64, number: u32) -> Result<(Results, f64), Failure> {
        let begun = (self.clock)();
        let run = replication(plan, seed, u64::from(number)).map(|results| (results, (self.clock)() - begun));
        (self.done)();
        run
    }
}

impl Scenario {
    /// Reads a scenario file.
    ///
    /// # Errors
    /// All that is wrong with the file, each with its place, cause and cure.
    pub fn from_file(path: &str) -> Result<Scenario, Trouble> {
        Scenario::load(&DiskFiles, path, &[], Options::default())
    }

    /// Reads a scenario from wherever its files are, with settings changed (`path=value`).
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn load(
        files: &dyn Files,
        path: &str,
        sets: &[(String, String)],
        options: Options,
    ) -> Result<Scenario, Trouble> {
        let Examined { scenario, said, sources } = Scenario::examine(files, path, sets, options);
        scenario.ok_or_else(|| Trouble::File(render::text(&said, &sources, false)))
    }

    /// Reads a scenario and keeps all that was said as data: for editors, and for tests of the messages.
    pub fn examine(files: &dyn Files, path: &str, sets: &[(String, String)], options: Options) -> Examined {
        let reading = read::read(files, path, sets);
        let (mut said, mut sources) = (reading.diagnostics, reading.sources);
        let folder = std::path::Path::new(path).parent().map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
        let ready = reading.scenario.and_then(|ast| {
            let plan = ready(&ast, files, &folder, options, &mut sources, &mut said)?;
            said.list.extend(unmeasurable(&ast, &plan));
            Some((ast, plan))
        });
        let scenario = ready.filter(|_| !said.failed()).map(|(ast, plan)| Scenario {
            ast,
            plan: Arc::new(plan),
            sources: sources.clone(),
            warnings: said.clone(),
        });
        Examined { scenario, said, sources }
    }

    /// A scenario built in Rust, without a file.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn from_ast(ast: ast::Scenario) -> Result<Scenario, Trouble> {
        let (mut said, mut sources) = (Diagnostics::default(), Sources::default());
        match ready(&ast, &DiskFiles, "", Options::default(), &mut sources, &mut said) {
            Some(plan) if !said.failed() => Ok(Scenario { ast, plan: Arc::new(plan), sources, warnings: said }),
            _ => Err(Trouble::File(render::text(&said, &sources, false))),
        }
    }

    /// How often the story is run, unless the asker says otherwise.
    pub fn replications(&self, asked: Option<u32>) -> u32 {
        asked.or(self.ast.replications.as_ref().map(|n| n.value)).unwrap_or(1).max(1)
    }

    /// Runs it with this seed, as often as the file says.
    ///
    /// # Errors
    /// A run that cannot go on, or (an error of archsim) books that do not balance.
    pub fn run(&self, seed: u64) -> Result<Outcome, Trouble> {
        self.ask(Ask { seed: Some(seed), ..Ask::default() })
    }

    /// Runs it as asked.
    ///
    /// # Errors
    /// As [`Scenario::run`].
    pub fn ask(&self, ask: Ask<'_>) -> Result<Outcome, Trouble> {
        let seed = ask.seed.or(self.ast.seed.as_ref().map(|seed| seed.value)).unwrap_or(1);
        let count = self.replications(ask.replications);
        let clock = ask.clock.unwrap_or(|| 0.0);
        let watch = Watch { clock, done: ask.done.unwrap_or(&|| ()) };
        let mut beside = Beside { seed, ..Beside::default() };
        let (runs, cpu) = match &self.ast.until {
            Some(until) if self.ast.duration.is_none() => {
                let begun = clock();
                let run = self.steady(until, seed, &mut beside)?;
                (vec![run], clock() - begun)
            }
            _ if count <= WHOLE => replicate(&self.plan, seed, count, watch)?,
            _ => {
                let gathered = gather::many(&self.plan, seed, count, watch, &self.asked())?;
                beside.told = Some((gathered.told, gathered.breaches));
                (gathered.runs, gathered.cpu)
            }
        };
        if ask.clock.is_some() {
            beside.timing = Some(Timing { wall_s: 0.0, loop_cpu_s: cpu });
        }
        let estimates: BTreeMap<String, f64> =
            capacity::estimate(&self.ast).into_iter().map(|e| (e.path, e.value)).collect();
        let answer = |path: &str| estimates.get(path).copied();
        beside.estimates = Some(&answer);
        let outcome = Outcome::of(&self.ast, runs, beside);
        match outcome.breaches.first() {
            None => Ok(outcome),
            Some(breach) => Err(Trouble::Internal(breach.to_string())),
        }
    }

    /// A steady run: looked at at fixed moments, ended when its one number is known.
    fn steady(&self, until: &ast::Until, seed: u64, beside: &mut Beside<'_>) -> Result<Results, Trouble> {
        let path = until.of.value.as_str();
        let of = Of::path(path).unwrap_or(Of::Mean);
        let plan = Plan { of, within: until.within, at_most: Time(until.at_most.0) };
        let mut simulation: Simulation = Simulation::new(&self.plan, seed, 0);
        let length = crate::units::Span((plan.first().0 / 1024).max(1));
        let slices = match of {
            Of::Quantile(_) => Slices::of_quantiles(self.plan.from, length),
            Of::Mean | Of::Level => Slices::of_means(self.plan.from, length),
        };
        if let Some(watched) = self.watched(path) {
            simulation.watch(watched, slices);
        }
        let mut look = plan.first();
        let mut before = None;
        loop {
            simulation.run_until(look).map_err(Trouble::Run)?;
            let judged = match simulation.slices() {
                Some(slices) => steady::judge(&plan, slices, look, &mut before),
                None => plan.next_look(look).map_or(Look::TooShort(steady::Short::Few), Look::GoOn),
            };
            match judged {
                Look::GoOn(next) if !simulation.collapsed() => look = next,
                Look::Known(interval) => {
                    beside.steady.push((path.to_owned(), interval));
                    return Ok(simulation.results());
                }
                Look::GoOn(_) => return Ok(simulation.results()),
                Look::TooShort(short) => {
                    beside.too_short.push((path.to_owned(), short.says().to_owned()));
                    return Ok(simulation.results());
                }
            }
        }
    }

    /// What a steady run's path watches.
    fn watched(&self, path: &str) -> Option<Watched> {
        let (name, rest) = path.split_once('.')?;
        let part = self.plan.parts.iter().position(|part| part.name == name).map(|i| i as u32);
        let flow = self.plan.flows.iter().position(|flow| flow == name).map(|i| i as u32);
        match (part, flow, rest.split('.').next()?) {
            (Some(part), _, "wait") => Some(Watched::Wait { part }),
            (Some(part), _, "present") => Some(Watched::Present { part }),
            (None, Some(flow), "wait") => Some(Watched::FlowWait { flow }),
            (None, Some(flow), _) => Some(Watched::Latency { flow }),
            _ => None,
        }
    }

    /// The interval of a path, if the run gave one.
    pub fn known_interval<'o>(outcome: &'o Outcome, path: &str) -> Option<&'o Interval> {
        outcome.steady.iter().find(|(known, _)| known == path).map(|(_, interval)| interval)
    }
}

/// Replications in parallel, each a task of its own; their order is that of their numbers, whoever finished first.
fn replicate(plan: &Arc<Blueprint>, seed: u64, count: u32, watch: Watch<'_>) -> Result<(Vec<Results>, f64), Trouble> {
    let one = |number: u32| watch.replication(plan, seed, number);
    let runs: Result<Vec<(Results, f64)>, Failure> = match count {
        1 => one(0).map(|run| vec![run]),
        _ => (0..count).into_par_iter().map(one).collect(),
    };
    let runs = runs.map_err(Trouble::Run)?;
    let cpu = runs.iter().map(|(_, cpu)| cpu).sum();
    Ok((runs.into_iter().map(|(results, _)| results).collect(), cpu))
}

/// Conditions on what no run of this scenario measures.
fn unmeasurable(ast: &ast::Scenario, plan: &Blueprint) -> Vec<Diagnostic> {
    let plan = Arc::new(plan.clone());
    let nothing: Simulation = Simulation::new(&plan, 1, 0);
    let reader = Reader { runs: &[nothing.results()], extras: &Extras::new(), told: None };
    objective::complaints(ast, &reader)
}

/// The folder of a scenario and those above it, each with its slash: models of one's own may lie in any.
fn folders(folder: &str) -> Vec<String> {
    let mut folders = vec![];
    let mut at = folder.trim_end_matches('/');
    while !at.is_empty() {
        folders.push(format!("{at}/"));
        at = at.rfind('/').map_or("", |slash| &at[..slash]);
    }
    folders.push(String::new());
    folders
}

/// Components become instances of their models, and the whole a blueprint.
fn ready(
    ast: &ast::Scenario,
    files: &dyn Files,
    folder: &str,
    options: Options,
    sources: &mut Sources,
    said: &mut Diagnostics,
) -> Option<Blueprint> {
    let mut library = Library::new(files, folders(folder));
    let region = ast.regions.first().map(|region| region.value.as_str());
    let mut instances: BTreeMap<String, Instance> = BTreeMap::new();
    for (name, component) in &ast.components {
        let Some(model) = library.model(&component.model.value, component.model.at, sources, said) else { continue };
        let quotas = BTreeMap::new();
        let wanted = Wanted { settings: &component.settings, facts: &component.facts, quotas: &quotas, region };
        match instantiate(&model, &wanted) {
            Ok(instance) => {
                said.list.extend(instance.warnings.iter().cloned());
                instances.insert(name.clone(), instance);
            }
            Err(why) => said
                .list
                .extend(why.list.into_iter().map(|d: Diagnostic| Diagnostic { at: d.at.or(Some(component.at)), ..d })),
        }
    }
    if said.failed() {
        return None;
    }
    match compile::compile(ast, &instances, options) {
        Ok((plan, warnings)) => {
            said.list.extend(warnings.list);
            Some(plan)
        }
        Err(why) => {
            said.list.extend(why.list);
            None
        }
    }
}
