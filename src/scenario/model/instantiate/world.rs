//! One choice of settings: what exists with it, and what every name means there.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::eval::{Trouble, work_out};
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::model::check::CALL_WORDS;
use crate::scenario::model::expr::Expr;
use crate::scenario::model::instance::Given;
use crate::scenario::model::shape::{Choose, Model, Setting, Test, Variant, When};
use crate::scenario::model::table::Row;
use crate::scenario::model::unit::Unit;
use crate::scenario::model::value::{ExprOp, Kind, Value};
use crate::scenario::tree::At;

/// What is derived from what is derived, at most.
const DEEPEST: usize = 32;

/// A model with its values.
pub(super) struct World<'a> {
    pub model: &'a Model,
    pub given: BTreeMap<String, Given>,
    /// Stages that exist, in the order of their names.
    pub stages: Vec<(&'a str, &'a Variant)>,
    touched: RefCell<BTreeSet<String>>,
}

impl<'a> World<'a> {
    /// Decides what exists.
    pub fn new(model: &'a Model, given: BTreeMap<String, Given>) -> World<'a> {
        let mut world = World { model, given, stages: Vec::new(), touched: RefCell::default() };
        let mut stages = Vec::new();
        for (name, stage) in &model.stages {
            let option = stage.choose.as_ref().map(|by| world.word(&by.value));
            let chosen = |wanted: &str| stage.variants.iter().find(|(option, _)| option == wanted);
            let variant = match &option {
                None => stage.variants.first(),
                Some(word) => chosen(word).or_else(|| chosen("else")),
            };
            stages.extend(variant.filter(|(_, one)| world.holds(&one.when)).map(|(_, one)| (name.as_str(), one)));
        }
        world.stages = stages;
        world
    }

    /// The number of a stage, if it exists.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.stages.iter().position(|(stage, _)| *stage == name)
    }

    /// Which quantities something asked for.
    pub fn touched(&self, name: &str) -> bool {
        self.touched.borrow().contains(name)
    }

    /// Notes that a quantity matters.
    pub fn touch(&self, name: &str) {
        self.touched.borrow_mut().insert(name.to_string());
    }

    /// A quantity's value.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.touch(name);
        self.given.get(name).map(|given| &given.value)
    }

    /// The word of a choice.
    pub fn word(&self, name: &str) -> String {
        match self.value(name) {
            Some(Value::Word(word)) => word.clone(),
            Some(Value::Bool(yes)) => yes.to_string(),
            Some(Value::None) => "none".to_string(),
            _ => String::new(),
        }
    }

    /// Do all conditions hold?
    pub fn holds(&self, when: &[When]) -> bool {
        when.iter().all(|condition| self.is_so(condition))
    }

    fn is_so(&self, condition: &When) -> bool {
        let name = &condition.subject.value;
        let absent = matches!(self.value(name), None | Some(Value::None | Value::Unlimited));
        let chosen = self.given.get(name).is_some_and(|given| matches!(given.kind, Kind::Choice | Kind::Bool));
        match &condition.test {
            Test::Set if chosen => self.word(name) == "set",
            Test::NotSet if chosen => self.word(name) == "none",
            Test::Set => !absent,
            Test::NotSet => absent,
            Test::Is(word) => self.word(name) == *word,
            Test::IsNot(word) if word == "none" && !chosen => !absent,
            Test::IsNot(word) => self.word(name) != *word,
            Test::IsA(kind) => match self.value(name) {
                Some(Value::Number(_, unit)) => (*unit == Unit::RATE || *unit == Unit::FLOW) == (kind == "rate"),
                _ => false,
            },
            Test::Compare(comparison, expr) => {
                let left = self.value(name).and_then(Value::number);
                let right = self.work_out(expr).ok().and_then(|value| value.number());
                left.zip(right).is_some_and(|(left, right)| comparison.holds(left, right))
            }
        }
    }

    /// The setting that a choice leaves.
    pub fn chosen<'s>(&self, setting: &'s Setting) -> Option<&'s Setting> {
        let Setting::Choose { by, options, otherwise } = setting else { return Some(setting) };
        let word = self.word(&by.value);
        let option = options.iter().find(|(option, _)| option.value == word).map(|(_, one)| one);
        self.chosen(option.or(otherwise.as_deref())?)
    }

    /// The value of an expression.
    pub fn work_out(&self, expr: &Expr) -> Result<Value, Trouble> {
        self.work_out_within(expr, DEEPEST)
    }

    /// The value of an expression; what is wrong is said at the place that the user wrote, if there is one.
    pub fn say_out(&self, expr: &Expr, what: &str, say: &mut Diagnostics) -> Option<Value> {
        match self.work_out(expr) {
            Ok(value) => Some(value),
            Err(Trouble::Absent(stage)) => {
                let says = format!(
                    "{what} of `{}` rests on `{stage}`, which does not exist with these settings",
                    self.model.name
                );
                say.say(Diagnostic::error(self.place(expr), says));
                None
            }
            Err(Trouble::Wrong(why)) => {
                say.say(Diagnostic::error(
                    self.place(expr),
                    format!("{what} of `{}`: `{}`: {why}", self.model.name, expr.text),
                ));
                None
            }
        }
    }

    /// Where the user wrote a number that an expression rests on; else where the expression stands.
    pub fn place(&self, expr: &Expr) -> At {
        expr.names().find_map(|name| self.given.get(base(&name.value)).and_then(|given| given.at)).unwrap_or(expr.at)
    }

    fn work_out_within(&self, expr: &Expr, depth: usize) -> Result<Value, Trouble> {
        work_out(expr, &|name| self.look(name, depth))
    }

    fn look(&self, name: &str, depth: usize) -> Result<Value, Trouble> {
        if let Some(given) = self.given.get(name) {
            self.touch(name);
            return Ok(match &given.value {
                price @ Value::Price(..) => Value::Number(price.number().unwrap_or(0.0), price.unit()),
                value => value.clone(),
            });
        }
        if let Some(setting) = self.model.derived.get(name) {
            if depth == 0 {
                return Err(Trouble::Wrong(format!("`{name}` rests on itself")));
            }
            return match self.chosen(setting) {
                Some(Setting::Expr(expr)) => self.work_out_within(expr, depth - 1),
                _ => Ok(Value::None),
            };
        }
        if CALL_WORDS.iter().any(|(word, _)| *word == name) {
            return Ok(Value::Dynamic(vec![ExprOp::Word(name.to_string())]));
        }
        let (first, rest) = name.split_once('.').unwrap_or((name, ""));
        if first == "meters" {
            return Ok(Value::Dynamic(vec![ExprOp::Meter(rest.to_string())]));
        }
        if self.model.stages.contains_key(first) {
            let index = self.index(first).ok_or_else(|| Trouble::Absent(first.to_string()))?;
            return Ok(Value::Dynamic(vec![ExprOp::Measure(index, rest.to_string())]));
        }
        self.part(name)
    }

    /// `fleet.min`, `instance.memory`: an end of a range, a column of a row.
    fn part(&self, name: &str) -> Result<Value, Trouble> {
        let (of, part) = name.rsplit_once('.').unwrap_or((name, ""));
        match (self.value(of), part) {
            (Some(Value::Range(least, _, unit)), "min") => Ok(Value::Number(*least, *unit)),
            (Some(Value::Range(_, most, unit)), "max") => Ok(Value::Number(*most, *unit)),
            (Some(Value::Word(_)), column) => match self.row(of) {
                Some(row) => Ok(row.values.get(column).cloned().unwrap_or(Value::None)),
                None => Err(Trouble::Wrong(format!("no row of its table fits {}", self.picked(of)))),
            },
            _ => Ok(Value::None),
        }
    }

    fn row(&self, parameter: &str) -> Option<&'a Row> {
        let Some(Choose::Table(table)) = &self.model.quantities.get(parameter)?.choose else { return None };
        let rows = self.model.tables.get(&table.value)?;
        let keys: Vec<&str> = match rows.keys.len() {
            0 => vec![parameter],
            _ => rows.keys.iter().map(|key| key.value.as_str()).collect(),
        };
        let words: Vec<String> = if keys.contains(&parameter) {
            keys.iter().map(|key| self.word(key)).collect()
        } else {
            // Another parameter picks from the same table (`readers.instance`): it stands for its first key.
            std::iter::once(self.word(parameter)).chain(keys[1..].iter().map(|key| self.word(key))).collect()
        };
        let numbers: Vec<f64> =
            rows.near.iter().map(|near| self.value(&near.value).and_then(Value::number).unwrap_or(0.0)).collect();
        rows.find(&words.iter().map(String::as_str).collect::<Vec<_>>(), &numbers)
    }

    fn picked(&self, parameter: &str) -> String {
        format!("`{parameter}` = `{}`", self.word(parameter))
    }
}

/// The quantity of a dotted name: `instance` of `instance.memory`; groups keep their dot.
fn base(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((of, "min" | "max")) => of,
        _ => name,
    }
}
