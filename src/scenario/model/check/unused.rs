//! Numbers and stages that nothing uses: each is a behaviour that was forgotten, or a stray.

use std::collections::BTreeSet;

use super::meters::braces;
use super::settings::expressions;
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::model::expr::Expr;
use crate::scenario::model::registry::{Registry, Wants};
use crate::scenario::model::shape::{Counts, Meter, Model, Setting, Test, Variant, When};
use crate::scenario::model::value::Kind;

pub(super) fn check(model: &Model, say: &mut Diagnostics) {
    let mut used = Used::default();
    used.model(model);
    for (name, quantity) in &model.quantities {
        // A child need not use all numbers of the model that it extends; what a part is about, and where it is, is asked
        // by every call.
        let own = quantity.at.file == model.at.file && !matches!(quantity.kind, Kind::Region | Kind::Key);
        if own && !used.number(name) {
            say.say(Diagnostic::error(quantity.at, format!("`{name}` is used nowhere")).help("use it, or take it out"));
        }
    }
    for (name, setting) in &model.derived {
        if !used.number(name) {
            let at = expressions(setting).first().map_or(model.at, |expr| expr.at);
            say.say(Diagnostic::error(at, format!("`{name}` is used nowhere")).help("use it, or take it out"));
        }
    }
    for (name, stage) in &model.stages {
        let by_itself = |(_, one): &(String, Variant)| {
            Registry::get().mechanism(&one.mechanism.value).is_some_and(|known| known.does.is_empty())
        };
        if !used.stages.contains(name) && !stage.variants.iter().any(by_itself) {
            let says = format!("no path and no other stage uses the stage `{name}`");
            say.say(Diagnostic::error(stage.at, says).help("put it on a path, or take it out"));
        }
    }
}

/// What is used.
#[derive(Default)]
struct Used {
    numbers: BTreeSet<String>,
    stages: BTreeSet<String>,
}

impl Used {
    /// Is a number used, by itself or by one of its parts (`fleet.max`, `instance.memory`)?
    fn number(&self, name: &str) -> bool {
        let part = format!("{name}.");
        self.numbers.contains(name)
            || self.numbers.range(part.clone()..).next().is_some_and(|next| next.starts_with(&part))
    }

    fn model(&mut self, model: &Model) {
        for setting in model.derived.values() {
            self.setting(setting, false);
        }
        for stage in model.stages.values() {
            self.numbers.extend(stage.choose.iter().map(|by| by.value.clone()));
            for (_, variant) in &stage.variants {
                self.variant(variant);
            }
        }
        for op in model.ops.values() {
            for stop in op.path.iter().chain(&op.behind).chain(&op.each) {
                self.stages.insert(stop.stage.value.clone());
                self.numbers.extend(stop.key.iter().map(|key| key.value.clone()));
                self.expressions(stop.take.iter().chain(&stop.time));
            }
            self.stages.extend(op.work.iter().chain(&op.calls).map(|stage| stage.value.clone()));
            self.expressions(op.numbers.values());
            self.when(&op.when);
        }
        self.links(model);
        for meter in model.meters.values() {
            self.meter(meter);
        }
        for check in model.checks.values() {
            self.when(&check.when);
            self.expressions(check.that.iter().flat_map(|(left, _, right)| [left, right]));
        }
        for rows in model.tables.values() {
            self.numbers.extend(rows.keys.iter().chain(&rows.near).map(|one| one.value.clone()));
        }
        for list in model.series.values() {
            for name in list.iter().flat_map(Expr::names) {
                self.numbers.insert(name.value.clone());
            }
        }
    }

    fn links(&mut self, model: &Model) {
        for give in model.gives.values() {
            self.stages.extend(give.stage.iter().chain(&give.per).map(|stage| stage.value.clone()));
            self.expressions(give.wait.iter().chain(&give.room));
            self.when(&give.when);
        }
        for take in model.takes.values() {
            self.when(&take.when);
            if let Some(mover) = &take.mover {
                self.variant(mover);
            }
        }
    }

    fn variant(&mut self, variant: &Variant) {
        self.when(&variant.when);
        self.stages.extend(variant.per.iter().map(|per| per.value.clone()));
        let Some(mechanism) = Registry::get().mechanism(&variant.mechanism.value) else { return };
        for (key, setting) in &variant.settings {
            let names_stage = matches!(mechanism.settings.get(key), Some((Wants::Stage | Wants::Setting, _)));
            self.setting(setting, names_stage);
        }
    }

    fn setting(&mut self, setting: &Setting, names_stage: bool) {
        match setting {
            Setting::Word(word) if names_stage => {
                let stage = word.value.split('.').next().unwrap_or_default();
                self.stages.insert(stage.to_string());
            }
            Setting::Word(word) => drop(self.numbers.insert(word.value.clone())),
            Setting::Choose { by, options, otherwise } => {
                self.numbers.insert(by.value.clone());
                for one in options.iter().map(|(_, one)| one).chain(otherwise.as_deref()) {
                    self.setting(one, names_stage);
                }
            }
            Setting::Expr(_) | Setting::Retry { .. } => self.expressions(expressions(setting)),
            Setting::Bool(_) => {}
        }
    }

    fn meter(&mut self, meter: &Meter) {
        self.when(&meter.when);
        self.expressions(meter.at_least.iter().chain(&meter.round_up_to));
        match &meter.counts {
            Counts::Nothing => {}
            Counts::Integral(expr) => self.expressions([expr]),
            Counts::Lives(lives) => {
                self.stages.extend(lives.value.split('.').next().map(str::to_string));
            }
            Counts::On(list) | Counts::Largest(list) => self.expressions(list.iter().map(|(_, expr)| expr)),
        }
        if let Some(price) = &meter.price {
            self.numbers.extend(price.value.strip_prefix("own:").map(str::to_string));
            self.numbers.extend(braces(&price.value).map(str::to_string));
        }
    }

    fn when(&mut self, when: &[When]) {
        for condition in when {
            self.numbers.insert(condition.subject.value.clone());
            if let Test::Compare(_, expr) = &condition.test {
                self.expressions([expr]);
            }
        }
    }

    fn expressions<'a>(&mut self, list: impl IntoIterator<Item = &'a Expr>) {
        for name in list.into_iter().flat_map(Expr::names) {
            self.numbers.insert(name.value.clone());
            self.stages.extend(name.value.split_once('.').map(|(stage, _)| stage.to_string()));
        }
    }
}
