//! Are the settings of all stages of the kind, the unit and the words that their mechanisms want?

use super::scope::rate_of;
use super::{conditions, options};
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::model::expr::{Expr, Names};
use crate::scenario::model::registry::{Measured, Mechanism, Registry, Taken, Wants};
use crate::scenario::model::shape::{Model, Setting, Variant};
use crate::scenario::model::unit::Unit;
use crate::scenario::model::value::Kind;
use crate::scenario::model::words::{cure, list};
use crate::scenario::tree::Placed;

/// All expressions of a setting.
pub(super) fn expressions(setting: &Setting) -> Vec<&Expr> {
    match setting {
        Setting::Expr(expr) => vec![expr],
        Setting::Retry { attempts, wait } => vec![attempts, wait],
        Setting::Choose { options, otherwise, .. } => {
            options.iter().map(|(_, one)| one).chain(otherwise.as_deref()).flat_map(expressions).collect()
        }
        Setting::Word(_) | Setting::Bool(_) => Vec::new(),
    }
}

pub(super) fn check(model: &Model, say: &mut Diagnostics) {
    for setting in model.derived.values() {
        choice(model, setting, say);
    }
    for (name, stage) in &model.stages {
        if let Some(by) = &stage.choose {
            let said: Vec<&str> = stage.variants.iter().map(|(option, _)| option.as_str()).collect();
            one_for_each(model, by, &said, say);
        }
        for (_, variant) in &stage.variants {
            conditions(model, &variant.when, say);
            per(model, variant, say);
            all(model, &model.units, &format!("stage `{name}`"), variant, say);
            refuses(name, variant, say);
        }
    }
}

/// All settings of a stage or poller.
pub(super) fn all(model: &Model, names: &Names, what: &str, variant: &Variant, say: &mut Diagnostics) {
    let Some(mechanism) = Registry::get().mechanism(&variant.mechanism.value) else { return };
    for (key, setting) in &variant.settings {
        if let Some((wants, _)) = mechanism.settings.get(key) {
            let one = One { model, names, what, key, mechanism, rate: rate_of(variant, names) };
            one.look(setting, wants, say);
        }
    }
}

fn per(model: &Model, variant: &Variant, say: &mut Diagnostics) {
    let Some(per) = &variant.per else { return };
    let Some(stage) = model.stages.get(&per.value) else {
        let help = cure(&per.value, model.stages.keys().map(String::as_str));
        say.say(Diagnostic::error(per.at, format!("there is no stage `{}`", per.value)).help(help));
        return;
    };
    let picks = |one: &Variant| Registry::get().mechanism(&one.mechanism.value).is_some_and(|known| known.picks);
    if !stage.variants.iter().any(|(_, one)| picks(one)) {
        let sets =
            Registry::get().names().filter(|name| Registry::get().mechanism(name).is_some_and(|known| known.picks));
        let says = format!("`{}` has no members that something could be one for each of", per.value);
        say.say(Diagnostic::error(per.at, says).help(format!("sets are: {}", list(sets))));
    }
}

fn refuses(name: &str, variant: &Variant, say: &mut Diagnostics) {
    let Some(mechanism) = Registry::get().mechanism(&variant.mechanism.value) else { return };
    let word = |key: &str| match variant.settings.get(key) {
        Some(Setting::Word(word)) => word.value.as_str(),
        _ => "",
    };
    let quiet = ["wait", "drop"].contains(&word("when_short"));
    if (mechanism.says_no && !quiet || word("when_full") == "refuse") && variant.refuses.is_none() {
        let says = format!("stage `{name}` refuses, but does not say what the caller is told");
        say.say(
            Diagnostic::error(variant.at, says).help("refuses = \"429 Too Many Requests\", or when_short = \"wait\""),
        );
    }
}

/// One value for each option, or `else`.
fn one_for_each(model: &Model, by: &Placed<String>, said: &[&str], say: &mut Diagnostics) {
    let Some(options) = options(model, &by.value) else {
        let help = cure(
            &by.value,
            model.quantities.keys().map(String::as_str).filter(|name| super::options(model, name).is_some()),
        );
        say.say(Diagnostic::error(by.at, format!("`choose` asks `{}`, which is no choice", by.value)).help(help));
        return;
    };
    let stranger = said.iter().find(|word| **word != "else" && !options.iter().any(|option| option == *word));
    let missing = options.iter().find(|option| !said.contains(&option.as_str()) && !said.contains(&"else"));
    let says = match (stranger, missing) {
        (Some(word), _) => format!("`{}` is never `{word}`", by.value),
        (None, Some(option)) => format!("nothing is said for `{}` = `{option}`", by.value),
        (None, None) => return,
    };
    let help = format!("one value for each of {}, or `else`", list(options.iter().map(String::as_str)));
    say.say(Diagnostic::error(by.at, says).help(help));
}

fn choice(model: &Model, setting: &Setting, say: &mut Diagnostics) {
    if let Setting::Choose { by, options, otherwise } = setting {
        let mut said: Vec<&str> = options.iter().map(|(option, _)| option.value.as_str()).collect();
        said.extend(otherwise.as_ref().map(|_| "else"));
        one_for_each(model, by, &said, say);
    }
}

/// Numbers of the model that would fit: those with a plain name.
pub(super) fn fitting(names: &Names, wanted: &[Unit]) -> String {
    let known = names.iter().filter(|(name, unit)| wanted.contains(unit) && !name.contains('.'));
    let known: Vec<&str> = known.map(|(name, _)| name.as_str()).collect();
    match known.is_empty() {
        true => "no number of the model would fit: name one".to_string(),
        false => format!("these would fit: {}", list(known)),
    }
}

/// One setting that is looked at.
struct One<'a> {
    model: &'a Model,
    names: &'a Names,
    what: &'a str,
    key: &'a str,
    mechanism: &'a Mechanism,
    rate: Option<Unit>,
}

impl One<'_> {
    fn look(&self, setting: &Setting, wants: &Wants, say: &mut Diagnostics) {
        choice(self.model, setting, say);
        match (setting, wants) {
            (Setting::Choose { options, otherwise, .. }, _) => {
                for one in options.iter().map(|(_, one)| one).chain(otherwise.as_deref()) {
                    self.look(one, wants, say);
                }
            }
            (Setting::Retry { attempts, wait }, _) => {
                attempts.unit(self.names, say);
                wait.unit(self.names, say);
            }
            (Setting::Expr(expr), Wants::Number(measured)) => self.number(expr, *measured, say),
            (Setting::Expr(expr), _) => drop(expr.unit(self.names, say)),
            (Setting::Word(word), _) => self.word(word, wants, say),
            (Setting::Bool(_), _) => {}
        }
    }

    fn number(&self, expr: &Expr, measured: Measured, say: &mut Diagnostics) {
        let unit = expr.unit(self.names, say);
        self.stands_still(expr, say);
        let wanted: Vec<Unit> = match (measured, self.rate) {
            (Measured::Amount, Some(rate)) => vec![rate.times(Unit::TIME)],
            _ => measured.units().to_vec(),
        };
        if !wanted.is_empty() && !wanted.iter().any(|one| unit.fits(*one)) {
            let wants =
                if measured == Measured::Amount { format!("{} here", wanted[0]) } else { measured.word().to_string() };
            let says = format!("`{}` of {} is {wants}, but `{}` is {unit}", self.key, self.what, expr.text);
            say.say(Diagnostic::error(expr.at, says).help(fitting(self.names, &wanted)));
        }
    }

    /// Only some settings can follow a measure while the run goes on.
    fn stands_still(&self, expr: &Expr, say: &mut Diagnostics) {
        let of_stage =
            |name: &str| name.split_once('.').is_some_and(|(stage, _)| self.model.stages.contains_key(stage));
        let moving = &self.mechanism.moving;
        let Some(measure) =
            expr.names().find(|name| of_stage(&name.value) && !moving.iter().any(|key| key == self.key))
        else {
            return;
        };
        let says = format!("`{}` of {} cannot follow `{}` while the run goes on", self.key, self.what, measure.value);
        let can = match moving.is_empty() {
            true => "nothing".to_string(),
            false => list(moving.iter().map(String::as_str)),
        };
        say.say(Diagnostic::error(measure.at, says).help(format!("of a {}, this can: {can}", self.mechanism.name)));
    }

    fn word(&self, word: &Placed<String>, wants: &Wants, say: &mut Diagnostics) {
        let model = self.model;
        let wrong = match wants {
            Wants::Word(words) => {
                let chosen =
                    options(model, &word.value).is_some_and(|options| options.iter().any(|one| words.contains(one)));
                (!words.contains(&word.value) && !chosen)
                    .then(|| (format!("`{}` is none of its words", word.value), list(words.iter().map(String::as_str))))
            }
            Wants::Bool => (!self.is(&word.value, &[Kind::Bool])).then(|| {
                (format!("`{}` is neither true nor false", word.value), "true, false, or a parameter that is".into())
            }),
            Wants::Stage => (!model.stages.contains_key(&word.value)).then(|| {
                (
                    format!("there is no stage `{}`", word.value),
                    cure(&word.value, model.stages.keys().map(String::as_str)),
                )
            }),
            Wants::Op => (!model.ops.contains_key(&word.value)).then(|| {
                (
                    format!("there is no operation `{}`", word.value),
                    cure(&word.value, model.ops.keys().map(String::as_str)),
                )
            }),
            Wants::Setting => self.setting(&word.value),
            Wants::Parameter(taken) => self.parameter(&word.value, *taken),
            Wants::Number(_) | Wants::Measure | Wants::Retry => None,
        };
        if let Some((says, help)) = wrong {
            let says = format!("`{}` of {} ({}): {says}", self.key, self.what, self.mechanism.name);
            say.say(Diagnostic::error(word.at, says).help(help));
        }
    }

    fn is(&self, name: &str, kinds: &[Kind]) -> bool {
        let own = self.model.quantities.get(name).map(|quantity| quantity.kind);
        let of_taker =
            || self.model.takes.values().find_map(|take| take.parameters.get(name)).map(|quantity| quantity.kind);
        own.or_else(of_taker).is_some_and(|kind| kinds.contains(&kind))
    }

    fn parameter(&self, name: &str, taken: Taken) -> Option<(String, String)> {
        let kind = match taken {
            Taken::Key => Kind::Key,
            Taken::Component => Kind::Component,
            Taken::Range => Kind::Range,
            Taken::Steps => Kind::Steps,
            Taken::Rules => Kind::Rules,
            Taken::Counts => Kind::Counts,
        };
        if self.is(name, &[kind]) {
            return None;
        }
        let fitting = self.model.quantities.iter().filter(|(_, one)| one.kind == kind).map(|(name, _)| name.as_str());
        Some((format!("`{name}` is no parameter of the kind `{}`", kind.word()), cure(name, fitting)))
    }

    /// `STAGE.SETTING`, or the wanted size of a set.
    fn setting(&self, path: &str) -> Option<(String, String)> {
        let (stage, key) = path.split_once('.').unwrap_or((path, ""));
        let Some(found) = self.model.stages.get(stage) else {
            return Some((
                format!("there is no stage `{stage}`"),
                cure(stage, self.model.stages.keys().map(String::as_str)),
            ));
        };
        let known = found.variants.iter().filter_map(|(_, one)| Registry::get().mechanism(&one.mechanism.value));
        let keys: Vec<&str> = known
            .flat_map(|one| {
                one.settings.keys().map(String::as_str).chain(one.shows.contains_key("wanted").then_some("wanted"))
            })
            .collect();
        (!keys.contains(&key)).then(|| (format!("`{stage}` has no setting `{key}`"), cure(key, keys)))
    }
}
