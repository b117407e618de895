//! From a model and the settings of one component to an [`Instance`].

mod eval;
mod given;
mod paths;
mod rest;
mod stages;
mod world;

use std::collections::BTreeMap;

use super::instance::{Given, Instance, TakeInstance};
use super::shape::{Model, Section};
use super::words::cure;
use crate::scenario::diagnostics::{Diagnostic, Diagnostics, Severity};
use crate::scenario::tree::{At, Node};
pub(crate) use stages::names;
use world::World;

/// What a component says, as written.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Parameters, without the keys that every component has (`model`, `like`, `on` ...).
    pub settings: &'a BTreeMap<String, (At, Node)>,
    /// Overridden facts.
    pub facts: &'a BTreeMap<String, (At, Node)>,
    /// Raised quotas, without the prefix of the service.
    pub quotas: &'a BTreeMap<String, (At, Node)>,
    /// The region, if the scenario has any.
    pub region: Option<&'a str>,
}

/// Gives a model the settings of a component. Warnings are in the instance; errors, all of them, instead of it.
pub fn instantiate(model: &Model, wanted: &Wanted<'_>) -> Result<Instance, Diagnostics> {
    let mut say = Diagnostics::default();
    let given = given::all(model, wanted, &mut say);
    if say.failed() {
        return Err(say);
    }
    let world = World::new(model, given);
    let stages = stages::all(&world, &mut say);
    let mut instance = Instance {
        model: model.name.clone(),
        title: model.title.clone(),
        service: model.service.clone(),
        stages,
        ..Instance::default()
    };
    instance.ops = paths::all(&world, &mut say);
    rest::fill(&world, &mut instance, &mut say);
    idle_settings(&world, wanted, &mut say);
    instance.quantities = world.given;
    finish(instance, say, |instance, warnings| instance.warnings = warnings)
}

/// Gives the `takes` of a model what a handler says of its batches; `kind` must be one that the instance takes.
pub fn instantiate_take(
    model: &Model,
    wanted: &Wanted<'_>,
    kind: &str,
    says: &BTreeMap<String, (At, Node)>,
) -> Result<TakeInstance, Diagnostics> {
    let mut say = Diagnostics::default();
    let mut given = given::all(model, wanted, &mut say);
    let Some(take) = model.takes.get(kind) else {
        say.say(Diagnostic::error(model.at, format!("`{}` takes no `{kind}`", model.name)));
        return Err(say);
    };
    let mut own: BTreeMap<String, Given> = BTreeMap::new();
    for (name, quantity) in &take.parameters {
        own.insert(name.clone(), given::usual(model, quantity, wanted.region));
    }
    for (key, (at, node)) in says {
        let Some(quantity) = take.parameters.get(key) else {
            let help = cure(key, take.parameters.keys().map(String::as_str));
            say.say(
                Diagnostic::error(*at, format!("`{}` has no `{key}` where it takes from a `{kind}`", model.name))
                    .help(help),
            );
            continue;
        };
        if let Some(value) = given::read(key, quantity, None, node, &mut say) {
            given::check_range(model, key, quantity, &value, node.at, &mut say);
            let usual = given::usual(model, quantity, None);
            let given = Given { value, source: "this file".into(), status: "given".into(), at: Some(node.at), ..usual };
            own.insert(key.clone(), given);
        }
    }
    if say.failed() {
        return Err(say);
    }
    given.extend(own.clone());
    let world = World::new(model, given);
    let mover = take.mover.as_ref().map(|mover| stages::mover(&world, kind, mover, &mut say));
    let take = TakeInstance { op: take.op.value.clone(), mover, parameters: own, warnings: Vec::new() };
    finish(take, say, |take, warnings| take.warnings = warnings)
}

fn finish<T>(mut made: T, say: Diagnostics, keep: impl Fn(&mut T, Vec<Diagnostic>)) -> Result<T, Diagnostics> {
    if say.failed() {
        return Err(say);
    }
    keep(&mut made, say.list);
    Ok(made)
}

/// A setting that changes nothing is a misunderstanding: it belongs to stages that do not exist here.
fn idle_settings(world: &World<'_>, wanted: &Wanted<'_>, say: &mut Diagnostics) {
    for (name, given) in &world.given {
        let Some(at) = given.at.filter(|_| given.section == Section::Parameter && !world.touched(name)) else {
            continue;
        };
        let is_own = wanted.settings.keys().any(|key| key == name || name.starts_with(&format!("{key}.")));
        let Some(help) = is_own.then(|| stages::awaited(world, name)) else { continue };
        let mut warning = Diagnostic::warning(at, format!("`{name}` does nothing here"));
        warning.help = help;
        debug_assert_eq!(warning.severity, Severity::Warning);
        say.say(warning);
    }
}
