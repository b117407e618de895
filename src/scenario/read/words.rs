//! Shapes of values in words: what fits behind a key, and how the reader calls it.

use super::tables::{Kind, Quantity};
use crate::scenario::suggest::listed;
use crate::scenario::tree::{Kind as Toml, Node};

/// Has the value the shape of this kind? (What a text says is read later.)
pub(crate) fn fits(kind: &Kind, node: &Node) -> bool {
    match kind {
        Kind::Text | Kind::Word(_) | Kind::Name(_) | Kind::When | Kind::Watch => node.text().is_some(),
        Kind::Flag => matches!(node.kind, Toml::Bool(_)),
        Kind::Whole => matches!(node.kind, Toml::Whole(0..)),
        Kind::AtOnce => matches!(node.kind, Toml::Whole(1..)) || node.text().is_some(),
        Kind::Number => node.text().is_some() || node.number().is_some(),
        Kind::Quantity(quantity) => fits_quantity(*quantity, node),
        Kind::Steps | Kind::Branches | Kind::Actions | Kind::List(_) => node.list().is_some(),
        Kind::KnownList => node.list().is_some(),
        Kind::OneOrMore(inner) => node.list().is_some() || fits(inner, node),
        Kind::Table(_) | Kind::Defines(..) | Kind::Named(_) | Kind::Each(..) => node.table().is_some(),
        Kind::Paths(_) | Kind::Dotted(_) | Kind::Handlers => node.table().is_some(),
        Kind::Either(kinds) => kinds.iter().any(|kind| fits(kind, node)),
        Kind::Any => true,
    }
}

fn fits_quantity(quantity: Quantity, node: &Node) -> bool {
    let simple = node.text().is_some() || node.number().is_some();
    match quantity {
        Quantity::RateProfile | Quantity::CountProfile => simple || node.list().is_some() || node.table().is_some(),
        Quantity::Condition => simple || matches!(node.kind, Toml::Bool(_)),
        _ => simple,
    }
}

/// What the kind wants, in a sentence, with an example.
pub(crate) fn wanted(kind: &Kind) -> String {
    match kind {
        Kind::Text | Kind::Name(_) => "a text in quotes".to_string(),
        Kind::Word(words) => format!("one of {}", listed_or(words)),
        Kind::Flag => "true or false".to_string(),
        Kind::Whole => "a whole number: 0, 1, 2 ...".to_string(),
        Kind::AtOnce => "a whole number, or \"all\"".to_string(),
        Kind::Number => "a number, a law, `key.attribute` or the name of a value".to_string(),
        Kind::When => "a comparison: \"author.followers < 10k\"".to_string(),
        Kind::Watch => "a path and a condition: \"db.connections < 1\"".to_string(),
        Kind::Quantity(quantity) => example(*quantity).to_string(),
        Kind::Steps => "a list of steps: `[\"web.browse\", { send = \"orders\" }]`".to_string(),
        Kind::Branches => "a list of branches, each a step or a list of steps".to_string(),
        Kind::Actions => "a list of actions: `[{ promote = \"db\", to = \"us-west-2\" }]`".to_string(),
        Kind::KnownList => "a list of tables: `[[known]]`".to_string(),
        Kind::List(inner) => format!("a list; each entry is {}", wanted(inner)),
        Kind::OneOrMore(inner) => format!("{}, or a list of several", wanted(inner)),
        Kind::Table(construct) => format!("a table with the keys of {}", construct.what),
        Kind::Defines(..) | Kind::Named(_) | Kind::Each(..) => "a table of names: `NAME = ...`".to_string(),
        Kind::Paths(_) | Kind::Dotted(_) => "a table of paths: `browse.p99 = ...`".to_string(),
        Kind::Handlers => "a table: `[handlers.PART]`".to_string(),
        Kind::Either(kinds) => kinds.iter().map(wanted).collect::<Vec<_>>().join(", or "),
        Kind::Any => "any value".to_string(),
    }
}

/// What a quantity looks like.
pub(crate) fn example(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Duration => "a duration: \"250ms\", \"1m30s\"",
        Quantity::Moment => "a time: \"20m\", or a law of time: \"uniform(10m..50m)\"",
        Quantity::Count => "a count: 120000, \"10k\", \"2bn\"",
        Quantity::Rate => "a rate: \"578/s\", \"40MB/s\"",
        Quantity::Ratio => "a ratio: 0.999 or \"99.9%\"",
        Quantity::TimeRange => "a range of time: \"20m..30m\"",
        Quantity::LawOfTime => "a law of time: \"5ms\", \"exp(12s)\", \"lognormal(18ms, p99=70ms)\"",
        Quantity::LawOfNumber => "a law of numbers: 20, \"geometric(3)\", \"lognormal(150, p99=1500)\"",
        Quantity::LawOfSize => "a size or a law of sizes: \"120KB\", \"lognormal(4KB, p99=60KB)\"",
        Quantity::RateProfile => "a rate: \"200/s\", or points: [[\"0m\", \"20/s\"], [\"10m\", \"80/s\"]]",
        Quantity::CountProfile => "a count: \"10k\", or points: [[\"0m\", \"10k\"], [\"20m\", \"120k\"]]",
        Quantity::Pick => "how keys are picked: \"uniform\", \"zipf(1.1)\", \"hot(1, 50%)\"",
        Quantity::Backoff => "a backoff: \"fixed(1s)\", \"full-jitter(200ms, cap=5s)\"",
        Quantity::Arrivals => "how arrivals come: \"poisson\", \"even\", \"bursts(mean=50)\"",
        Quantity::Condition => "a condition: \"< 800ms\", \">= 99.9% in spike\"",
        Quantity::Sample => "a sample: \"1/100\"",
        Quantity::Hedge => "a duration or a quantile: \"26ms\", \"p95\"",
        Quantity::Known => "a number with its unit: 0.5, \"200ms\", \"$0.18\"",
    }
}

/// `a`, `b` or `c`.
pub(crate) fn listed_or<S: AsRef<str>>(names: &[S]) -> String {
    listed(names, 24, "or")
}

/// The texts of a value that is one text or a list of them.
pub(crate) fn texts(node: Option<&Node>) -> Vec<&str> {
    match node.map(|node| &node.kind) {
        Some(Toml::Text(text)) => vec![text],
        Some(Toml::List(list)) => list.iter().filter_map(Node::text).collect(),
        _ => Vec::new(),
    }
}

/// Files in `empirical(...)`, each with the byte at which its path begins.
pub(crate) fn empirical_files(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(index) = text[from..].find("empirical(") {
        let start = from + index + "empirical(".len();
        let length = text[start..].find([',', ')']).unwrap_or(text.len() - start);
        let path = text[start..start + length].trim();
        let blanks = text[start..start + length].len() - text[start..start + length].trim_start().len();
        if !path.is_empty() {
            found.push((start + blanks, path));
        }
        from = start + length;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_laws_are_found_with_their_places() {
        let text = "mix(50% empirical( a.csv ), 50% empirical(b.csv, max=3s))";
        assert_eq!(empirical_files(text), [(19, "a.csv"), (42, "b.csv")]);
        assert!(empirical_files("empirical(").is_empty());
    }
}
