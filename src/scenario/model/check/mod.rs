//! Does a model fit together? Names, units, sources, paths, meters; and numbers and stages that nothing uses.

mod links;
mod meters;
mod paths;
mod quantities;
mod scope;
mod settings;
mod unused;

use super::shape::{Choose, Model, Test, When};
use super::unit::Unit;
use super::value::Kind;
use super::words::{cure, list};
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};

pub(crate) use meters::{braces, prices};
pub(crate) use paths::variants_of;
pub(crate) use scope::CALL_WORDS;

/// Looks at everything, and notes the units of all names in the model.
pub(crate) fn check(model: &mut Model, say: &mut Diagnostics) {
    quantities::check(model, say);
    scope::measure(model, say);
    settings::check(model, say);
    paths::check(model, say);
    links::check(model, say);
    meters::check(model, say);
    unused::check(model, say);
}

/// The options of a choice: a parameter that chooses, or one that is true or false.
pub(crate) fn options(model: &Model, parameter: &str) -> Option<Vec<String>> {
    let quantity = model.quantities.get(parameter)?;
    match &quantity.choose {
        Some(Choose::Words(words)) => Some(words.clone()),
        Some(Choose::Table(table)) => {
            let rows = model.tables.get(&table.value)?;
            Some(rows.words(rows.key_of(parameter)).into_iter().map(str::to_string).collect())
        }
        None => (quantity.kind == Kind::Bool).then(|| vec!["true".to_string(), "false".to_string()]),
    }
}

/// Conditions ask what there is, and what can be.
fn conditions(model: &Model, when: &[When], say: &mut Diagnostics) {
    for condition in when {
        let name = &condition.subject.value;
        let Some(quantity) = model.quantities.get(name) else {
            let help = cure(name, model.quantities.keys().map(String::as_str));
            say.say(
                Diagnostic::error(condition.subject.at, format!("`when` asks `{name}`, which is no quantity"))
                    .help(help),
            );
            continue;
        };
        let choices = options(model, name);
        match (&condition.test, choices) {
            (Test::Set | Test::NotSet | Test::IsA(_), _) => {}
            (Test::Compare(_, expr), _) => {
                let unit = expr.unit(&model.units, say);
                let own = model.units.get(name).copied().unwrap_or(Unit::Any);
                if own.alike(unit).is_none() {
                    let says = format!("`{name}` is {own}, `{}` is {unit}", expr.text);
                    say.say(Diagnostic::error(expr.at, says).help("both sides measure the same"));
                }
            }
            (Test::Is(word) | Test::IsNot(word), Some(options)) if options.contains(word) => {}
            (Test::Is(word) | Test::IsNot(word), Some(options)) => {
                let help = format!("it is one of {}", list(options.iter().map(String::as_str)));
                say.say(Diagnostic::error(condition.subject.at, format!("`{name}` is never `{word}`")).help(help));
            }
            (Test::IsNot(word), None) if word == "none" || word == "set" => {}
            (Test::Is(_) | Test::IsNot(_), None) => {
                let says =
                    format!("`when` asks which `{name}` it is, but `{name}` is no choice ({})", quantity.kind.word());
                let help = "\"set\", \"none\", or a comparison such as \"> other\"";
                say.say(Diagnostic::error(condition.subject.at, says).help(help));
            }
        }
    }
}
