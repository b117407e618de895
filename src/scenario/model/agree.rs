//! Models of one service that share a stage must mean the same by it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::shape::{Model, Setting, Variant};
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};

/// Says which account-wide stages two models of one service declare differently.
pub fn agree(models: &[Arc<Model>]) -> Diagnostics {
    let mut say = Diagnostics::default();
    let mut first: BTreeMap<(String, String), (&Model, &Variant)> = BTreeMap::new();
    for model in models {
        for (name, stage) in &model.stages {
            for (option, variant) in stage.variants.iter().filter(|(_, one)| one.shared.is_some()) {
                let shared = variant.named.clone().unwrap_or_else(|| name.clone());
                let key = (model.service.clone(), format!("{shared} {option}"));
                let (other, there) = *first.entry(key).or_insert((model, variant));
                if meaning(model, variant) != meaning(other, there) {
                    let says = format!(
                        "`{}` and `{}` are of one service and share the stage `{shared}`, but declare it differently",
                        model.name, other.name
                    );
                    let help = "give one of them another name: named = \"..\", or make both alike";
                    say.say(Diagnostic::error(variant.at, says).help(help));
                }
            }
        }
    }
    say
}

/// What decides how a shared stage behaves: its mechanism, its settings, and the numbers in them.
fn meaning(model: &Model, variant: &Variant) -> (String, Option<String>, Vec<String>) {
    let setting = |(key, setting): (&String, &Setting)| {
        let mut numbers = String::new();
        super::instantiate::names(setting, &mut |name| {
            let value = model.quantities.get(name).and_then(|one| one.value.as_ref());
            numbers.push_str(&value.map_or(name.to_string(), |placed| format!("{:?}", placed.value)));
            numbers.push(' ');
        });
        format!("{key} = {numbers}")
    };
    let scope = variant.shared.as_ref().map(|shared| shared.value.clone());
    (variant.mechanism.value.clone(), scope, variant.settings.iter().map(setting).collect())
}
