//! A scenario that is ready to run, and what may be asked of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::simulation::{Failure, Simulation};
use super::{assumed, collapse, gather, months, steady};
use crate::capacity;
use crate::components::Blueprint;
use crate::components::blueprint::SourceShape;
use crate::cost::{self, Books, Runs, Statement, Tariff};
use crate::outcome::causes::{Scheme, often};
use crate::outcome::intervals::Interval;
use crate::outcome::measure::Reader;
use crate::outcome::objective;
use crate::outcome::{Assumption, Beside, Outcome, Timing};
use crate::scenario::ast;
use crate::scenario::compile::{self, Options};
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::model::{Instance, Library, Model, Wanted, instantiate, instantiate_take, unknown_quotas};
use crate::scenario::sources::{DiskFiles, Files, Sources};
use crate::scenario::{read, render};

/// So many replications are kept whole; of more only their counts, and what is asked of each.
const WHOLE: u32 = 64;

/// A scenario that has been read, checked and compiled.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// As written.
    pub ast: ast::Scenario,
    /// Ready to run.
    pub plan: Arc<Blueprint>,
    /// What is metered, and what it costs.
    pub tariff: Arc<Tariff>,
    /// What the models of its parts assume.
    pub assumed: Vec<Assumption>,
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
    /// Nobody looks at it while it runs, and nobody asks why: only what is measured counts.
    pub unseen: bool,
}

/// What a run gives.
#[derive(Clone, Debug)]
pub struct Answer {
    /// All that was measured.
    pub outcome: Outcome,
    /// The month's bill; none where nothing has a price.
    pub statement: Option<Statement>,
}

/// Sees replications end.
#[derive(Clone, Copy)]
pub(crate) struct Watch<'a> {
    /// Reads the processor time of the calling thread.
    pub clock: fn() -> f64,
    /// Is told of each.
    pub done: &'a (dyn Fn() + Sync),
    /// What an explanation has to know.
    pub scheme: &'a Scheme,
    /// Nobody looks.
    pub unseen: bool,
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
            let (plan, tariff, assumed) = ready(&ast, files, &folder, options, &mut sources, &mut said)?;
            said.list.extend(unmeasurable(&ast, &plan, &tariff));
            Some((ast, plan, tariff, assumed))
        });
        let scenario = ready.filter(|_| !said.failed()).map(|(ast, plan, tariff, assumed)| Scenario {
            ast,
            plan: Arc::new(plan),
            tariff: Arc::new(tariff),
            assumed,
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
            Some((plan, tariff, assumed)) if !said.failed() => {
                let (plan, tariff) = (Arc::new(plan), Arc::new(tariff));
                Ok(Scenario { ast, plan, tariff, assumed, sources, warnings: said })
            }
            _ => Err(Trouble::File(render::text(&said, &sources, false))),
        }
    }

    /// How often the story is run, unless the asker says otherwise.
    pub fn replications(&self, asked: Option<u32>) -> u32 {
        asked.or(self.ast.replications.as_ref().map(|n| n.value)).unwrap_or(1).max(1)
    }

    /// Has it a `duration`? A steady scenario runs until a number is known.
    pub(crate) fn is_story(&self) -> bool {
        self.ast.until.is_none() || self.ast.duration.is_some()
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
        self.answer(ask).map(|answer| answer.outcome)
    }

    /// Runs it as asked, and says what a month of it costs.
    ///
    /// # Errors
    /// As [`Scenario::run`].
    pub fn answer(&self, ask: Ask<'_>) -> Result<Answer, Trouble> {
        let seed = ask.seed.or(self.ast.seed.as_ref().map(|seed| seed.value)).unwrap_or(1);
        let count = self.replications(ask.replications);
        let clock = ask.clock.unwrap_or(|| 0.0);
        let scheme = Scheme::of(&self.ast, &self.plan, &collapse::all_words(&self.plan));
        let watch = Watch { clock, done: ask.done.unwrap_or(&|| ()), scheme: &scheme, unseen: ask.unseen };
        let mut beside = Beside { seed, models_assume: self.assumed.clone(), ..Beside::default() };
        let (runs, collapse, cpu) = match &self.ast.until {
            Some(until) if self.ast.duration.is_none() => {
                if count > 1 {
                    return Err(Trouble::File(steady::ONE_RUN.into()));
                }
                let begun = clock();
                let found = steady::run(&self.plan, until, seed, &mut beside).map_err(Trouble::Run)?;
                (vec![found.run], found.collapse, clock() - begun)
            }
            _ if count <= WHOLE => {
                let story = collapse::story(&self.plan, seed, count, watch).map_err(Trouble::Run)?;
                (beside.why, beside.course) = (often(story.accounts), story.course);
                (story.runs, story.collapse, story.cpu)
            }
            _ => {
                let gathered = gather::many(&self.plan, seed, count, watch, &self.asked())?;
                beside.told = Some((gathered.told, gathered.breaches));
                beside.why = often(gathered.accounts);
                (gathered.runs, gathered.collapse, gathered.cpu)
            }
        };
        beside.collapse = collapse;
        let again = months::again(&self.plan, &self.tariff, seed, runs.len() as u32).map_err(Trouble::Run)?;
        let each: Vec<Runs<'_>> = runs.iter().zip(&again).map(|(story, again)| Runs { story, again }).collect();
        beside.extras = cost::measures(&self.tariff, &each);
        let statement = Statement::of(&self.tariff, &each);
        if ask.clock.is_some() {
            beside.timing = Some(Timing { wall_s: 0.0, loop_cpu_s: cpu });
        }
        let estimates: BTreeMap<String, f64> =
            capacity::estimate(&self.ast).into_iter().map(|e| (e.path, e.value)).collect();
        let answer = |path: &str| estimates.get(path).copied();
        beside.estimates = Some(&answer);
        let outcome = Outcome::of(&self.ast, runs, beside);
        match outcome.breaches.first() {
            None => Ok(Answer { outcome, statement }),
            Some(breach) => Err(Trouble::Internal(breach.to_string())),
        }
    }

    /// The interval of a path, if the run gave one.
    pub fn known_interval<'o>(outcome: &'o Outcome, path: &str) -> Option<&'o Interval> {
        outcome.steady.iter().find(|(known, _)| known == path).map(|(_, interval)| interval)
    }
}

/// Conditions on what no run of this scenario measures.
fn unmeasurable(ast: &ast::Scenario, plan: &Blueprint, tariff: &Tariff) -> Vec<Diagnostic> {
    let mut plan = plan.clone();
    // Nobody has to come, and four thousand million users would need room.
    plan.sources.iter_mut().for_each(|source| source.shape = SourceShape::Trace(vec![]));
    let nothing: Simulation = Simulation::new(&Arc::new(plan), 1, 0);
    let nothing = nothing.results();
    let extras = cost::measures(tariff, &[Runs { story: &nothing, again: &[] }]);
    let reader = Reader { runs: &[nothing], extras: &extras, told: None };
    objective::complaints(ast, &reader)
}

/// How handlers take from where they take: the first kind that the one gives and the other takes.
fn takers(
    ast: &ast::Scenario,
    models: &BTreeMap<&str, Arc<Model>>,
    region: Option<&str>,
    instances: &mut BTreeMap<String, Instance>,
    said: &mut Diagnostics,
) {
    for (part, handlers) in &ast.handlers {
        for (operation, handler) in handlers {
            let (Some(from), Some(component)) = (&handler.from, ast.components.get(part)) else { continue };
            let (Some(source), Some(model), Some(instance)) =
                (instances.get(&from.value), models.get(part.as_str()), instances.get(part))
            else {
                continue;
            };
            let Some(kind) = source.kind_for(instance) else { continue };
            let quotas = model.raised(&ast.quotas);
            let wanted = Wanted { settings: &component.settings, facts: &component.facts, quotas: &quotas, region };
            match instantiate_take(model, &wanted, &kind, &handler.takes) {
                Ok(take) => {
                    said.list.extend(take.warnings.iter().cloned());
                    let taken = instances.get_mut(part).map(|instance| &mut instance.taken);
                    taken.map(|taken| taken.insert(operation.clone(), take));
                }
                Err(why) => {
                    let placed = |d: Diagnostic| Diagnostic { at: d.at.or(Some(handler.at)), ..d };
                    said.list.extend(why.list.into_iter().map(placed));
                }
            }
        }
    }
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
) -> Option<(Blueprint, Tariff, Vec<Assumption>)> {
    let mut library = Library::new(files, folders(folder));
    let region = ast.regions.first().map(|region| region.value.as_str());
    let mut instances: BTreeMap<String, Instance> = BTreeMap::new();
    let mut models: BTreeMap<&str, Arc<Model>> = BTreeMap::new();
    for (name, component) in &ast.components {
        let Some(model) = library.model(&component.model.value, component.model.at, sources, said) else { continue };
        let quotas = model.raised(&ast.quotas);
        for (region, own) in &component.in_region {
            let mut settings = component.settings.clone();
            settings.extend(own.iter().map(|(key, value)| (key.clone(), value.clone())));
            let wanted = Wanted { settings: &settings, facts: &component.facts, quotas: &quotas, region: Some(region) };
            match instantiate(&model, &wanted) {
                Ok(instance) => drop(instances.insert(format!("{name}@{region}"), instance)),
                Err(why) => said.list.extend(why.list),
            }
        }
        let wanted = Wanted { settings: &component.settings, facts: &component.facts, quotas: &quotas, region };
        match instantiate(&model, &wanted) {
            Ok(instance) => {
                said.list.extend(instance.warnings.iter().cloned());
                instances.insert(name.clone(), instance);
                models.insert(name, model);
            }
            Err(why) => said
                .list
                .extend(why.list.into_iter().map(|d: Diagnostic| Diagnostic { at: d.at.or(Some(component.at)), ..d })),
        }
    }
    if !said.failed() {
        said.list.extend(unknown_quotas(&ast.quotas, models.values().map(|model| &**model)));
    }
    if said.failed() {
        return None;
    }
    takers(ast, &models, region, &mut instances, said);
    match compile::compile(ast, &instances, options) {
        Ok((plan, warnings)) => {
            said.list.extend(warnings.list);
            said.list.extend(steady::complaints(&plan, ast));
            let mut books = Books::new(files, folders(folder));
            let parts = cost::Parts { ast, instances: &instances, span: (plan.from, plan.to) };
            let tariff = Tariff::of(&parts, &mut books, sources, said);
            Some((plan, tariff, assumed::of(&instances)))
        }
        Err(why) => {
            said.list.extend(why.list);
            None
        }
    }
}
