//! The stages that exist, with the values of their settings.

use std::collections::BTreeMap;

use super::world::World;
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::model::expr::Expr;
use crate::scenario::model::instance::{LimitInfo, StageInstance};
use crate::scenario::model::registry::{Measured, Mechanism, Registry, Wants};
use crate::scenario::model::shape::{Section, Setting, Test, Variant};
use crate::scenario::model::value::Value;
use crate::scenario::model::words::list;
use crate::scenario::tree::Placed;
use crate::units::Law;

/// All of them, in the order of their names.
pub(super) fn all(world: &World<'_>, say: &mut Diagnostics) -> Vec<StageInstance> {
    world.stages.iter().map(|(name, variant)| one(world, name, variant, say)).collect()
}

/// A poller of a `takes`.
pub(super) fn mover(world: &World<'_>, kind: &str, variant: &Variant, say: &mut Diagnostics) -> StageInstance {
    one(world, kind, variant, say)
}

fn one(world: &World<'_>, name: &str, variant: &Variant, say: &mut Diagnostics) -> StageInstance {
    let mut settings = BTreeMap::new();
    let mut limit = None;
    if let Some(mechanism) = Registry::get().mechanism(&variant.mechanism.value) {
        for (key, setting) in &variant.settings {
            let Some((wants, needed)) = mechanism.settings.get(key) else { continue };
            let reading = Reading { world, name, key, mechanism };
            match reading.value(setting, wants, say) {
                Some(Value::None) if *needed && !say.failed() => say.say(reading.missing(variant)),
                Some(Value::None) | None => {}
                Some(value) => drop(settings.insert(key.clone(), value)),
            }
        }
        limit = limit_of(world, name, variant, mechanism, &settings);
    }
    StageInstance {
        name: name.to_string(),
        mechanism: variant.mechanism.value.clone(),
        settings,
        per: variant.per.as_ref().and_then(|per| world.index(&per.value)),
        shared: variant.shared.as_ref().map(|scope| scope.value.clone()),
        named: variant.named.clone().unwrap_or_else(|| name.to_string()),
        refuses: variant.refuses.clone(),
        cause: variant.cause,
        limit,
        at: variant.at,
    }
}

/// A setting that is being worked out.
struct Reading<'a> {
    world: &'a World<'a>,
    name: &'a str,
    key: &'a str,
    mechanism: &'a Mechanism,
}

impl Reading<'_> {
    fn value(&self, setting: &Setting, wants: &Wants, say: &mut Diagnostics) -> Option<Value> {
        match (self.world.chosen(setting)?, wants) {
            (Setting::Expr(expr), Wants::Number(measured)) => self.number(expr, *measured, say),
            (Setting::Expr(expr), _) => self.world.say_out(expr, self.key, say),
            (Setting::Bool(yes), _) => Some(Value::Bool(yes.value)),
            (Setting::Word(word), wants) => self.word(word, wants, say),
            (Setting::Retry { attempts, wait }, _) => self.retry(attempts, wait, say),
            (Setting::Choose { .. }, _) => None,
        }
    }

    fn number(&self, expr: &Expr, measured: Measured, say: &mut Diagnostics) -> Option<Value> {
        let value = self.world.say_out(expr, &format!("`{}`", self.key), say)?;
        let wrong = match (&value, measured) {
            (Value::Law(Law::Constant(_)), Measured::Duration) => {
                return value.span().map(|span| seconds(span.as_seconds()));
            }
            (Value::Law(_) | Value::Sum(_), Measured::Law)
            | (Value::None | Value::Unlimited | Value::Dynamic(_), _) => None,
            (Value::Number(..), Measured::Law) => return value.law().map(Value::Law),
            (Value::Number(number, _), _) if *number < 0.0 => Some("is below zero"),
            (Value::Number(number, _), Measured::Count) if number.fract() != 0.0 => Some("is no whole number"),
            (Value::Number(..), _) => None,
            (Value::Law(_) | Value::Sum(_), Measured::Duration) => Some("is one time, not a law of times"),
            _ => Some("is no number"),
        };
        if let Some(wrong) = wrong {
            let says = format!("`{}` {wrong}", expr.text);
            let own = self.world.place(expr) == expr.at;
            let round = if own && wrong.contains("whole") { "; floor(..) and ceil(..) make whole numbers" } else { "" };
            let help = format!("it is the `{}` of `{}`, a {}{round}", self.key, self.name, self.mechanism.name);
            say.say(Diagnostic::error(self.world.place(expr), says).help(help));
            return None;
        }
        Some(value)
    }

    fn word(&self, word: &Placed<String>, wants: &Wants, say: &mut Diagnostics) -> Option<Value> {
        let name = word.value.as_str();
        match wants {
            Wants::Word(words) => self.one_of(word, words, say),
            Wants::Stage => self.world.index(name).map(Value::Stage),
            Wants::Op => Some(Value::Op(name.to_string())),
            Wants::Setting => {
                let (stage, setting) = name.split_once('.')?;
                self.world.index(stage).map(|index| Value::Setting(index, setting.to_string()))
            }
            _ => self.world.value(name).cloned(),
        }
    }

    /// A word of the mechanism: said outright, or chosen by a parameter of that name.
    fn one_of(&self, word: &Placed<String>, words: &[String], say: &mut Diagnostics) -> Option<Value> {
        if words.contains(&word.value) {
            return Some(Value::Word(word.value.clone()));
        }
        let chosen = self.world.word(&word.value);
        if words.contains(&chosen) {
            return Some(Value::Word(chosen));
        }
        let at = self.world.given.get(&word.value).and_then(|given| given.at).unwrap_or(word.at);
        let says = format!("`{}` cannot be `{chosen}` together with the other settings", word.value);
        let can = list(words.iter().map(String::as_str));
        say.say(Diagnostic::error(at, says).help(format!("`{}` ({}) can be: {can}", self.name, self.mechanism.name)));
        None
    }

    fn retry(&self, attempts: &Expr, wait: &Expr, say: &mut Diagnostics) -> Option<Value> {
        let attempts = self.world.say_out(attempts, "`attempts`", say)?;
        match self.world.say_out(wait, "`wait`", say)? {
            Value::Backoff(backoff) => {
                let most = attempts.number().filter(|number| number.is_finite());
                Some(Value::Retry(most, backoff))
            }
            _ => {
                say.say(Diagnostic::error(
                    self.world.place(wait),
                    format!("`{}` is no pause between attempts", wait.text),
                ));
                None
            }
        }
    }

    fn missing(&self, variant: &Variant) -> Diagnostic {
        let names = match variant.settings.get(self.key).and_then(|setting| self.world.chosen(setting)) {
            Some(Setting::Expr(expr)) => expr.names().map(|name| name.value.as_str()).collect(),
            Some(Setting::Word(word)) => vec![word.value.as_str()],
            _ => Vec::new(),
        };
        let help = format!("say {}", if names.is_empty() { self.key.to_string() } else { list(names) });
        Diagnostic::error(variant.at, format!("`{}` needs `{}` with these settings", self.name, self.key)).help(help)
    }
}

fn seconds(seconds: f64) -> Value {
    Value::Number(seconds, crate::scenario::model::unit::Unit::TIME)
}

/// The limit of a stage, under the name of the quantity that sets it: the least one that is in its expression.
fn limit_of(
    world: &World<'_>,
    stage: &str,
    variant: &Variant,
    mechanism: &Mechanism,
    settings: &BTreeMap<String, Value>,
) -> Option<LimitInfo> {
    let key = mechanism.limit.as_ref()?;
    let value = settings.get(key).filter(|value| **value != Value::Unlimited)?;
    let name = match world.chosen(variant.settings.get(key)?)? {
        Setting::Expr(expr) => expr
            .names()
            .find(|name| world.given.get(&name.value).is_some_and(|given| given.value == *value))
            .or_else(|| expr.names().find(|name| world.given.contains_key(&name.value)))
            .map(|name| name.value.clone()),
        Setting::Word(word) => Some(word.value.clone()),
        _ => None,
    };
    let given = name.as_ref().and_then(|name| world.given.get(name));
    let short = name.as_ref().and_then(|name| world.model.quantities.get(name)?.short.clone());
    Some(LimitInfo {
        setting: key.clone(),
        name: short.or(name).unwrap_or_else(|| format!("{stage}.{key}")),
        source: given.map(|given| given.source.clone()).unwrap_or_default(),
        adjustable: given.is_some_and(|given| given.section == Section::Quota),
    })
}

/// What a setting that does nothing waits for: the conditions of the stages that would use it.
pub(super) fn awaited(world: &World<'_>, name: &str) -> Option<String> {
    let mut waits: Vec<String> = Vec::new();
    for (stage, found) in &world.model.stages {
        for (_, variant) in found.variants.iter().filter(|_| world.index(stage).is_none()) {
            if variant.settings.values().any(|setting| mentions(setting, name)) {
                waits.extend(variant.when.iter().filter(|when| !world.holds(std::slice::from_ref(*when))).map(
                    |when| {
                        let subject = &when.subject.value;
                        match &when.test {
                            Test::Set => format!("`{subject}`"),
                            Test::NotSet => format!("no `{subject}`"),
                            Test::Is(word) => format!("`{subject}` = `{word}`"),
                            Test::IsNot(word) => format!("`{subject}` other than `{word}`"),
                            Test::IsA(kind) => format!("a {kind} as `{subject}`"),
                            Test::Compare(comparison, expr) => {
                                format!("`{subject}` {} {}", comparison.sign(), expr.text)
                            }
                        }
                    },
                ));
            }
        }
    }
    waits.dedup();
    (!waits.is_empty()).then(|| format!("it belongs to {}", waits.join(" and ")))
}

fn mentions(setting: &Setting, name: &str) -> bool {
    let mut found = false;
    names(setting, &mut |one| found |= one == name);
    found
}

/// All names in a setting.
pub(crate) fn names(setting: &Setting, tell: &mut dyn FnMut(&str)) {
    match setting {
        Setting::Expr(expr) => expr.names().for_each(|one| tell(&one.value)),
        Setting::Word(word) => tell(&word.value),
        Setting::Retry { attempts, wait } => attempts.names().chain(wait.names()).for_each(|one| tell(&one.value)),
        Setting::Choose { by, options, otherwise } => {
            tell(&by.value);
            options.iter().map(|(_, one)| one).chain(otherwise.as_deref()).for_each(|one| names(one, tell));
        }
        Setting::Bool(_) => {}
    }
}
