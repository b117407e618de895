//! The reader of paths: one path in, one number out, merged over replications and for each of them.
//!
//! Over replications whole numbers are pooled: counts and integrals add, histograms merge. A number at a moment or a
//! moment itself is a mean over replications (`worked`, section 17 of the meanings).

use std::collections::BTreeMap;

use super::path::{self, Trouble, Unit, split};
use super::{calls, flows, parts, shown};
use crate::record::Results;
use crate::scenario::quantity::Window;
use crate::units::{Span, Time};

/// A number of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// All replications together.
    pub value: f64,
    /// What it is counted in.
    pub unit: Unit,
    /// What it is made of: requests of that flow, all requests, or replications.
    pub n: u64,
    /// Each replication in which there was something to measure.
    pub per_replication: Vec<f64>,
}

/// How replications become one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// Whole numbers are pooled, then read.
    Pooled,
    /// Read in each, then averaged.
    Mean,
}

/// What `n` counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    /// Requests of this flow.
    Of(String),
    /// Requests of all flows.
    Requests,
    /// Replications.
    Replications,
}

/// Some replications in, one number out.
type Read = Box<dyn Fn(&[Results]) -> Option<f64>>;

/// How a path is read.
pub(crate) struct Recipe {
    pub(crate) unit: Unit,
    pub(crate) over: Over,
    pub(crate) made: Made,
    pub(crate) read: Read,
}

impl Recipe {
    pub(crate) fn pooled(unit: Unit, made: Made, read: impl Fn(&[Results]) -> Option<f64> + 'static) -> Recipe {
        Recipe { unit, over: Over::Pooled, made, read: Box::new(read) }
    }

    pub(crate) fn mean(unit: Unit, read: impl Fn(&[Results]) -> Option<f64> + 'static) -> Recipe {
        Recipe { unit, over: Over::Mean, made: Made::Replications, read: Box::new(read) }
    }
}

/// Numbers that are measured elsewhere (cost, recovery, usage), by path.
pub type Extras = BTreeMap<String, Extra>;

/// A number that is measured elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Extra {
    /// What it is counted in.
    pub unit: Unit,
    /// The value in each replication in which there is one.
    pub values: Vec<f64>,
    /// All replications together, where that is not their mean.
    pub whole: Option<f64>,
}

impl Extra {
    /// A number whose replications are averaged.
    pub fn mean(unit: Unit, values: Vec<f64>) -> Extra {
        Extra { unit, values, whole: None }
    }
}

/// Reads one path of what some replications of one scenario measured.
pub fn measure(path: &str, runs: &[Results], window: &Window) -> Result<Measured, Trouble> {
    Reader { runs, extras: &Extras::new(), told: None }.measure(path, window)
}

/// All paths that can be read of a run (questions with a number of their own, as `present.at.50s`, are not listed).
pub fn paths(run: &Results) -> Vec<String> {
    let mut all: Vec<String> =
        ["errors", "availability", "collapsed", "hours", "replications"].map(String::from).to_vec();
    all.extend(flows::paths(run));
    all.extend(parts::paths(run));
    all.extend(calls::paths(run));
    all.extend(shown::paths(run));
    all
}

/// Reads paths of replications, and of what was measured elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// The replications.
    pub runs: &'a [Results],
    /// Measured elsewhere.
    pub extras: &'a Extras,
    /// Values of each replication that were read before its bulk was handed over.
    pub told: Option<&'a Told>,
}

/// What each replication says of the paths that are asked for, by [`asked`]; none where nothing ran.
pub type Told = std::collections::BTreeMap<String, Vec<Option<f64>>>;

/// The name under which a path in a window is told.
pub fn asked(path: &str, window: &Window) -> String {
    format!("{path} {window:?}")
}

impl Reader<'_> {
    /// One number.
    pub fn measure(&self, path: &str, window: &Window) -> Result<Measured, Trouble> {
        if let Some(extra) = self.extras.get(path) {
            return self.extra(path, extra, window);
        }
        let Some(first) = self.runs.first() else {
            return Err(Trouble::Nothing("nothing was run".into()));
        };
        let recipe = recipe(path, first, window)?;
        let per_replication: Vec<f64> = match self.told {
            None => self.runs.iter().filter_map(|run| (recipe.read)(std::slice::from_ref(run))).collect(),
            Some(told) => told.get(&asked(path, window)).into_iter().flatten().flatten().copied().collect(),
        };
        let value = match recipe.over {
            Over::Pooled => (recipe.read)(self.runs),
            Over::Mean => average(&per_replication),
        };
        let value = value.ok_or_else(|| Trouble::Nothing(format!("nothing ran that `{path}` could be made of")))?;
        Ok(Measured { value, unit: recipe.unit, n: made_of(&recipe.made, self.runs), per_replication })
    }

    fn extra(&self, path: &str, extra: &Extra, window: &Window) -> Result<Measured, Trouble> {
        if *window != Window::Whole {
            return Err(whole_only(path));
        }
        let value = extra.whole.or(average(&extra.values));
        let value = value.ok_or_else(|| Trouble::Nothing(format!("`{path}` did not happen")))?;
        let values = extra.values.clone();
        Ok(Measured { value, unit: extra.unit, n: values.len() as u64, per_replication: values })
    }

    /// All paths, those measured elsewhere too.
    pub fn paths(&self) -> Vec<String> {
        let mut all = self.runs.first().map(paths).unwrap_or_default();
        all.extend(self.extras.keys().cloned());
        all
    }
}

fn average(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn made_of(made: &Made, runs: &[Results]) -> u64 {
    let requests = |wanted: Option<&str>| {
        let flows = runs.iter().flat_map(|run| &run.flows);
        flows.filter(|flow| wanted.is_none_or(|name| name == flow.name)).map(|flow| flow.whole.requests).sum()
    };
    match made {
        Made::Of(flow) => requests(Some(flow)),
        Made::Requests => requests(None),
        Made::Replications => runs.len() as u64,
    }
}

/// Finds out how a path is read.
fn recipe(path: &str, run: &Results, window: &Window) -> Result<Recipe, Trouble> {
    let names = split(path);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let stretch = stretch(path, run, window)?;
    if let Some(found) = flows::recipe(&names, run, stretch) {
        return Ok(found);
    }
    let by_phase = stretch.and_then(|index| shown::recipe_in(path, &run.phases[index].0, run));
    if let Some(found) = by_phase {
        return Ok(found);
    }
    let found = everything(&names)
        .or_else(|| calls::recipe(&names, run))
        .or_else(|| parts::recipe(&names, run))
        .or_else(|| shown::recipe(path, run));
    match found {
        None if flows::recipe(&names, run, None).is_none() => Err(path::unknown(path, &paths(run))),
        // Its window says after what the backlog is looked at; the run was told before it began.
        Some(found) if stretch.is_none() || names.last() == Some(&"caught_up") => Ok(found),
        _ => Err(whole_only(path)),
    }
}

fn whole_only(path: &str) -> Trouble {
    Trouble::unknown(
        format!("`{path}` is measured over the whole run only"),
        "take the window away, or ask a flow or a cache: requests and looks are counted by phase".into(),
    )
}

/// The phase of a window: none for the whole run.
fn stretch(path: &str, run: &Results, window: &Window) -> Result<Option<usize>, Trouble> {
    let end = Span(run.to.0);
    let lies = |from: Span, to: Span| {
        let found = run.phases.iter().position(|(_, a, b)| (*a, *b) == (Time(from.0), Time(to.0)));
        found.map(Some).ok_or_else(|| not_a_phase(path, from, to, run))
    };
    match window {
        Window::Whole => Ok(None),
        Window::In(name) if name == "run" => Ok(None),
        Window::In(name) => match run.phases.iter().position(|(phase, ..)| phase == name) {
            Some(index) => Ok(Some(index)),
            None => Err(no_phase(path, name, run)),
        },
        Window::AfterName(name) => match run.phases.iter().find(|(phase, ..)| phase == name) {
            Some((_, _, to)) => lies(Span(to.0), end),
            None => Err(no_phase(path, name, run)),
        },
        Window::After(from) => lies(*from, end),
        Window::FromTo(from, to) => lies(*from, *to),
        Window::AtEnd => Err(Trouble::unknown(
            format!("`{path}` cannot be asked at one moment"),
            "numbers of those present or waiting can: write `PART.present.at.end` as the path".into(),
        )),
    }
}

fn no_phase(path: &str, name: &str, run: &Results) -> Trouble {
    let known: Vec<&str> = run.phases.iter().map(|(phase, ..)| phase.as_str()).collect();
    let help = match known.is_empty() {
        true => format!("name it under `[phases]`: `{name} = \"10m..20m\"`"),
        false => format!("there is: {}", known.join(", ")),
    };
    Trouble::unknown(format!("`{path}` is asked in `{name}`, and no phase is called that"), help)
}

fn not_a_phase(path: &str, from: Span, to: Span, run: &Results) -> Trouble {
    let until = if Time(to.0) == run.to { "the end".into() } else { to.to_string() };
    Trouble::unknown(
        format!("`{path}` is asked from {from} to {until}, which is no phase of this run"),
        format!("name it under `[phases]`: `then = \"{from}..{to}\"`, and write `in then`"),
    )
}

/// `requests`, `errors`, `availability`, `collapsed`.
fn everything(names: &[&str]) -> Option<Recipe> {
    let failed: fn(&[Results]) -> Option<f64> = |runs| flows::share_of_all(runs, flows::errors);
    let good: fn(&[Results]) -> Option<f64> = |runs| flows::share_of_all(runs, |window| window.ok);
    match names {
        ["requests"] => Some(Recipe::pooled(Unit::Count, Made::Requests, |runs| {
            let flows = runs.iter().flat_map(|run| &run.flows);
            Some(flows.map(|flow| flow.whole.requests).sum::<u64>() as f64)
        })),
        // What rare things are counted over: measured time, and runs.
        ["hours"] => Some(Recipe::pooled(Unit::Count, Made::Replications, |runs| {
            let measured = runs.iter().map(|run| u128::from(run.to.since(run.from).0));
            Some(measured.sum::<u128>() as f64 / 3_600e9)
        })),
        ["replications"] => Some(Recipe::pooled(Unit::Count, Made::Replications, |runs| Some(runs.len() as f64))),
        ["errors"] => Some(Recipe::pooled(Unit::Ratio, Made::Requests, failed)),
        ["availability"] => Some(Recipe::pooled(Unit::Ratio, Made::Requests, good)),
        ["collapsed"] => Some(Recipe::mean(Unit::Ratio, |runs| {
            Some(runs.iter().filter(|run| run.collapsed.is_some()).count() as f64 / runs.len().max(1) as f64)
        })),
        _ => None,
    }
}
