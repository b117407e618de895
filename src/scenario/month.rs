//! The month: which stretches of a run stand for how many of its 730 hours.

use super::ast::Scenario;
use super::quantity;
use super::tree::{Kind, Node, Table};
use crate::units::{Span, Time};

/// A month, as bills count it.
pub const MONTH: Span = Span::seconds(730 * 3600);
/// An hour.
pub const HOUR: Span = Span::seconds(3600);

/// Hours of a month that are like a stretch of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// Its name in `[month]`.
    pub name: String,
    /// The phase; none: all that is measured.
    pub window: Option<(Time, Time)>,
    /// So many hours are like it.
    pub hours: Span,
    /// Simulated again, with so many times the traffic.
    pub load: Option<f64>,
}

/// The stretches of a scenario's month; without `[month]` everything that is measured stands for all of it.
pub fn stretches(ast: &Scenario) -> Vec<Stretch> {
    if ast.month.is_empty() {
        return vec![Stretch { name: "run".to_owned(), window: None, hours: MONTH, load: None }];
    }
    ast.month.iter().filter_map(|(name, node)| stretch(ast, &name.value, node)).collect()
}

fn stretch(ast: &Scenario, name: &str, node: &Node) -> Option<Stretch> {
    let Some(table) = node.table() else {
        let hours = quantity::duration(node.text()?).ok()?;
        return Some(Stretch { name: name.to_owned(), window: window(ast, name), hours, load: None });
    };
    let like = table.get("like").and_then(Node::text).unwrap_or(name);
    let window = window(ast, like);
    let hours = match table.get("times") {
        Some(times) => {
            let (from, to) = window.unwrap_or((Time::ZERO, Time::ZERO));
            Span::from_nanos(number(times)? * to.since(from).0 as f64)
        }
        None => Span::from_nanos(number(table.get("hours")?)? * HOUR.0 as f64),
    };
    Some(Stretch { name: name.to_owned(), window, hours, load: load(table) })
}

/// The hours of a phase (or of all) of a measured span, from its beginning; the last one may be shorter.
pub fn hours(window: Option<(Time, Time)>, (from, to): (Time, Time)) -> Vec<(Time, Time)> {
    let (begin, end) = window.unwrap_or((from, to));
    let (mut begin, end) = (begin.max(from), end.min(to));
    let mut hours = Vec::new();
    while begin < end {
        let next = (begin + HOUR).min(end);
        hours.push((begin, next));
        begin = next;
    }
    hours
}

fn window(ast: &Scenario, phase: &str) -> Option<(Time, Time)> {
    ast.phases.get(phase).map(|phase| (Time(phase.value.0.0), Time(phase.value.1.0)))
}

fn number(node: &Node) -> Option<f64> {
    node.number().or_else(|| quantity::count(node.text()?).ok())
}

fn load(table: &Table) -> Option<f64> {
    let node = table.get("load")?;
    match &node.kind {
        Kind::Text(text) => quantity::ratio(text).ok(),
        _ => node.number(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::read;
    use crate::scenario::sources::MemoryFiles;

    fn of(month: &str) -> Vec<Stretch> {
        let text = format!(
            "name = \"x\"\nduration = \"3h\"\n[phases]\nday = \"1h..2h\"\nbatch = \"2h..3h\"\n{month}\n\
             [traffic]\na = {{ rate = \"1/s\" }}\n[components]\nb = {{ model = \"delay\", time = \"1s\" }}\n\
             [flows.a]\nsteps = [\"b\"]\n"
        );
        let reading = read::read(&MemoryFiles::new([("x.toml", text)]), "x.toml", &[]);
        stretches(&reading.scenario.expect("it can be read"))
    }

    fn hours(span: Span) -> f64 {
        span.as_seconds() / 3600.0
    }

    #[test]
    fn a_phase_stands_for_its_hours() {
        let found = of("[month]\nday = \"700h\"\nnightly = { times = 30, like = \"batch\" }");
        let told: Vec<_> = found.iter().map(|one| (one.name.as_str(), hours(one.hours), one.load)).collect();
        assert_eq!(told, [("day", 700.0, None), ("nightly", 30.0, None)]);
        assert_eq!(found[0].window, Some((Time(HOUR.0), Time(2 * HOUR.0))));
    }

    #[test]
    fn what_is_simulated_again_says_its_load() {
        let found = of("[month]\nday = \"120h\"\nnormal = { hours = 610, like = \"run\", load = \"20%\" }");
        assert_eq!((hours(found[1].hours), found[1].load, found[1].window), (610.0, Some(0.2), None));
    }

    #[test]
    fn without_a_month_the_whole_run_stands_for_it() {
        assert_eq!(of("").iter().map(|one| (hours(one.hours), one.window)).collect::<Vec<_>>(), [(730.0, None)]);
    }
}
