//! Series and tables as CSV (RFC 4180): what the pictures are drawn from, for other tools. `docs/files.md` says what each
//! column means.

use super::charts::{Counts, Story};
use super::numbers::rounded;
use crate::cost::Statement;
use crate::outcome::Outcome;
use crate::outcome::recovery::{PARTS, recoveries};
use crate::record::results::Cause;
use crate::record::timeline::{FlowTimeline, Level, PartTimeline};
use crate::units::Span;

/// All files of a run, by name; only those with something in them.
pub fn all(outcome: &Outcome, statement: Option<&Statement>) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    if let Some(story) = Story::of(outcome) {
        all.push(("flows", flows(&story)));
        all.push(("components", components(&story)));
        all.push(("limits", limits(&story)));
        all.push(("events", events(outcome, &story)));
    }
    all.push(("recovery", recovery(outcome)));
    all.extend(statement.map(|statement| ("bill", bill(statement))));
    all.into_iter().filter_map(|(name, table)| Some((name, table?))).collect()
}

/// A table being written.
struct Table {
    text: String,
    columns: usize,
    rows: usize,
}

impl Table {
    fn new<S: AsRef<str>>(columns: &[S]) -> Table {
        let mut table = Table { text: String::new(), columns: columns.len(), rows: 0 };
        table.line(columns.iter().map(|name| name.as_ref().to_owned()).collect());
        table
    }

    fn line(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.columns);
        self.text.push_str(&cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(","));
        self.text.push_str("\r\n");
    }

    fn row(&mut self, cells: Vec<String>) {
        self.rows += 1;
        self.line(cells);
    }

    /// The file, if it has a row.
    fn told(self) -> Option<String> {
        (self.rows > 0).then_some(self.text)
    }
}

/// In quotes if it holds a comma, a quote or a line's end.
fn quoted(cell: &str) -> String {
    let plain = !cell.contains(['"', ',', '\r', '\n']);
    if plain { cell.to_owned() } else { format!("\"{}\"", cell.replace('"', "\"\"")) }
}

/// Nine digits; empty where there is none.
fn number(value: Option<f64>) -> String {
    value.and_then(rounded).map_or_else(String::new, |value| format!("{}", value + 0.0))
}

/// Requests and latencies of flows, slice by slice.
fn flows(story: &Story<'_>) -> Option<String> {
    let causes = Cause::ALL.map(|cause| format!("{}_per_s", cause.word()));
    let mut names: Vec<String> =
        ["time_s", "length_s", "flow", "begun_per_s", "ok_per_s", "late_per_s"].map(String::from).to_vec();
    names.extend(causes);
    names.extend(["answers", "p50_ms", "p90_ms", "p99_ms", "p999_ms"].map(String::from));
    let mut table = Table::new(&names);
    let all: Vec<(&str, &FlowTimeline, Vec<Counts>)> = story
        .flows()
        .map(|(name, flow)| {
            let series = [&flow.begun, &flow.ok, &flow.late].into_iter().chain(&flow.failed);
            (name, flow, series.map(|one| Counts::of([one])).collect())
        })
        .collect();
    for slices in story.slices(1) {
        for (name, flow, counts) in &all {
            let mut row = moment(story, &slices);
            row.push((*name).to_owned());
            row.extend(counts.iter().map(|counts| number(Some(story.rate(counts, &slices)))));
            let sizes = story.sizes(flow, &slices);
            row.push(sizes.count().to_string());
            // Of too few the longest one would be told as a quantile that it is not.
            let known = |p: &f64| sizes.count() as f64 * (1.0 - p) >= 0.999;
            let quantile = |p| number(Some(p).filter(known).and_then(|p| sizes.quantile(p)).map(coarse));
            row.extend([0.5, 0.9, 0.99, 0.999].map(quantile));
            table.row(row);
        }
    }
    table.told()
}

/// In milliseconds, with the four digits that a quantile of a slice is worth.
fn coarse(span: Span) -> f64 {
    format!("{:.3e}", span.as_millis()).parse().unwrap_or(0.0)
}

/// Start and length of a slice.
fn moment(story: &Story<'_>, slices: &std::ops::Range<usize>) -> Vec<String> {
    let (from, to) = story.span(slices);
    vec![number(Some(from)), number(Some(to - from))]
}

/// Who came to each part and what became of them, and how many members there were.
fn components(story: &Story<'_>) -> Option<String> {
    const LEVELS: [Level; 5] = [Level::Waiting, Level::Members, Level::Serving, Level::Wanted, Level::Busy];
    let mut names =
        vec!["time_s", "length_s", "component", "came_per_s", "done_per_s", "throttled_per_s", "refused_per_s"];
    names.extend(LEVELS.map(Level::word));
    let mut table = Table::new(&names);
    let all: Vec<(&str, &PartTimeline, [Counts; 4])> = story
        .parts()
        .map(|(name, part)| {
            let series = [&part.came, &part.left, &part.throttled, &part.refused];
            (name, part, series.map(|one| Counts::of([one])))
        })
        .collect();
    for slices in story.slices(1) {
        for (name, part, counts) in &all {
            let mut row = moment(story, &slices);
            row.push((*name).to_owned());
            row.extend(counts.iter().map(|counts| number(Some(story.rate(counts, &slices)))));
            row.extend(LEVELS.map(|level| number(story.level(part, "", level, &slices))));
            table.row(row);
        }
    }
    table.told()
}

/// How full each limited thing was.
fn limits(story: &Story<'_>) -> Option<String> {
    let mut table = Table::new(&["time_s", "length_s", "component", "limit", "counted", "used", "there"]);
    let pairs = [(Level::Used, Level::There, "at once"), (Level::Through, Level::Rate, "a second")];
    for slices in story.slices(1) {
        for (name, part) in story.parts() {
            for level in &part.levels {
                let Some((_, there, counted)) = pairs.iter().find(|(used, ..)| *used == level.level) else { continue };
                let mut row = moment(story, &slices);
                row.extend([name.to_owned(), level.name.clone(), (*counted).to_owned()]);
                row.extend(
                    [level.level, *there].map(|level_of| number(story.level(part, &level.name, level_of, &slices))),
                );
                table.row(row);
            }
        }
    }
    table.told()
}

/// Phases, and what broke or was changed.
fn events(outcome: &Outcome, story: &Story<'_>) -> Option<String> {
    let mut table = Table::new(&["time_s", "end_s", "kind", "name"]);
    let phases = outcome.replications.first().into_iter().flat_map(|run| &run.phases);
    let mut all: Vec<(f64, f64, &str, &str)> = phases
        .map(|(name, from, to)| (from.as_seconds(), to.as_seconds(), "phase", name.as_str()))
        .chain(
            story
                .timeline
                .marks
                .iter()
                .map(|(name, from, to)| (from.as_seconds(), to.as_seconds(), "fault or change", name.as_str())),
        )
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(b.2)).then(a.3.cmp(b.3)));
    for (from, to, kind, name) in all {
        table.row(vec![number(Some(from)), number(Some(to)), kind.to_owned(), name.to_owned()]);
    }
    table.told()
}

/// One row for each fault that was watched.
fn recovery(outcome: &Outcome) -> Option<String> {
    let mut names: Vec<String> = ["fault", "began", "unrecovered", "rto_s"].map(String::from).to_vec();
    names.extend(PARTS.iter().map(|part| format!("{part}_s")));
    names.extend(["felt_outage_s", "rpo_s", "lost", "failed"].map(String::from));
    let mut table = Table::new(&names);
    for one in recoveries(outcome) {
        let mut row = vec![one.fault.clone(), one.began.to_string(), one.unrecovered.to_string(), number(one.rto.mean)];
        row.extend(one.parts.map(number));
        row.extend([one.felt_outage, one.rpo.mean, one.lost.mean, one.failed.mean].map(number));
        table.row(row);
    }
    table.told()
}

/// One row for each line of the bill.
fn bill(statement: &Statement) -> Option<String> {
    let mut table = Table::new(&[
        "price",
        "tier_from",
        "tier_to",
        "quantity",
        "unit",
        "each_usd",
        "usd",
        "source",
        "as_of",
        "status",
    ]);
    for line in &statement.bill.lines {
        table.row(vec![
            line.key.clone(),
            number(Some(line.tier.0)),
            number(line.tier.1),
            number(Some(line.quantity)),
            line.unit.clone(),
            line.each.to_string(),
            number(Some(line.usd.as_dollars())),
            line.source.title.clone(),
            line.source.as_of.clone(),
            line.source.status.clone(),
        ]);
    }
    table.told()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_mistaken_for_structure_is_quoted() {
        assert_eq!(
            ["a b", "a,b", "say \"x\"", "two\nlines", "Grün/€"].map(quoted),
            ["a b", "\"a,b\"", "\"say \"\"x\"\"\"", "\"two\nlines\"", "Grün/€"]
        );
    }

    #[test]
    fn a_table_without_rows_is_no_file() {
        let mut table = Table::new(&["a", "b"]);
        assert_eq!(Table::new(&["a"]).told(), None);
        table.row(vec!["1".into(), number(None)]);
        assert_eq!(table.told().as_deref(), Some("a,b\r\n1,\r\n"));
        assert_eq!([Some(0.1 + 0.2), Some(-0.0), Some(1e-7), Some(5.0)].map(number), ["0.3", "0", "0.0000001", "5"]);
    }
}
