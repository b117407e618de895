//! The pictures of a run over time: latency, goodput and errors, traffic against capacity, fleets and utilisation.

use super::axis::{Counted, Scale, time};
use super::page;
use super::panel::{Course, Drawn, Form, Panel};
use super::scene::palette::{BLUE, GREEN, INK, LINES, ORANGE, PINK, QUIET, RED, SKY, WINE};
use super::scene::{Colour, Scene};
use super::story::{Counts, Story};
use crate::outcome::Outcome;
use crate::outcome::objective::Owner;
use crate::record::results::Cause;
use crate::record::timeline::{FlowTimeline, Level, PartTimeline};

/// Diagrams of a picture at most; the others stand in the series.
const PANELS: usize = 8;
/// Answers that a point of a quantile rests on, mostly.
const ANSWERS: u64 = 200;
/// Ends that a point of a capacity rests on, if that is not too long.
const ENDS: u128 = 1000;

/// What the small print of every picture says.
fn subtitle(story: &Story<'_>, what: &str, left_out: usize) -> String {
    let runs =
        if story.timeline.runs == 1 { String::new() } else { format!(" · {} runs together", story.timeline.runs) };
    let rest = if left_out == 0 { String::new() } else { format!(" · {left_out} more in the series") };
    format!("{what} · by slices of {}{runs}{rest}", time(story.timeline.slot.as_seconds()))
}

fn finished(
    outcome: &Outcome,
    story: &Story<'_>,
    subject: &str,
    what: &str,
    mut panels: Vec<Panel>,
    high: f64,
) -> Option<Scene> {
    let left_out = panels.len().saturating_sub(PANELS);
    panels.truncate(PANELS);
    let title = format!("{} · {subject}", outcome.scenario);
    (!panels.is_empty()).then(|| page::draw(story, &title, &subtitle(story, what, left_out), &panels, high))
}

fn drawn(name: &str, colour: Colour, form: Form, course: Course) -> Drawn {
    Drawn { name: name.to_owned(), colour, course, form }
}

fn most(drawn: &[Drawn]) -> f64 {
    drawn.iter().flat_map(|drawn| &drawn.course).filter_map(|(.., value)| *value).fold(0.0, f64::max)
}

/// Quantiles of the latency over time, a diagram for each flow that was answered.
pub fn latency(outcome: &Outcome, story: &Story<'_>) -> Option<Scene> {
    let panels = story.flows().filter_map(|(name, flow)| latency_of(outcome, story, name, flow)).collect();
    finished(outcome, story, "latency", "from start to answer, at the moment of the answer", panels, 168.0)
}

fn latency_of(outcome: &Outcome, story: &Story<'_>, name: &str, flow: &FlowTimeline) -> Option<Panel> {
    let group = story.group_for(flow, ANSWERS);
    let at = |p: f64| story.line(group, |slices| Some(story.sizes(flow, slices).quantile(p)?.as_seconds()));
    let lines = [("p50", 0.5, SKY, Form::Thin), ("p90", 0.9, BLUE, Form::Thin), ("p99", 0.99, RED, Form::Line)];
    let lines: Vec<Drawn> = lines.map(|(name, p, colour, form)| drawn(name, colour, form, at(p))).to_vec();
    let own = |o: &&crate::outcome::objective::Objective| {
        matches!(&o.owner, Owner::Flow(flow) if flow == name) && o.path == format!("{name}.p99")
    };
    let bound = outcome.objectives.iter().find(own).and_then(|o| Some((bound_of(&o.condition)?, o)));
    let bound = bound.map(|(value, o)| (value, format!("objective: p99 {}", o.condition)));
    let values = lines.iter().flat_map(|line| &line.course).filter_map(|(.., value)| *value);
    let scale = Scale::fitting(values.clone().chain(bound.iter().map(|(value, _)| *value))).roomy();
    let some = values.count() > 0;
    let note = if group == 1 {
        String::new()
    } else {
        format!("each point from {}", time(story.timeline.slot.as_seconds() * group as f64))
    };
    some.then(|| Panel {
        title: name.to_owned(),
        note,
        counted: Counted::Time,
        scale,
        drawn: lines,
        bound,
        peak: Some(2),
    })
}

/// The time in `< 300ms`.
fn bound_of(condition: &str) -> Option<f64> {
    let number = condition.trim_start_matches(['<', '=', ' ']);
    let (digits, unit) = number.split_at(number.find(|c: char| !c.is_ascii_digit() && c != '.')?);
    let unit = unit.split_whitespace().next()?;
    let size = [("us", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("min", 60.0), ("h", 3600.0)];
    let (_, size) = size.into_iter().find(|(word, _)| *word == unit)?;
    Some(digits.parse::<f64>().ok()? * size)
}

/// What became of requests, a diagram for each flow.
pub fn goodput(outcome: &Outcome, story: &Story<'_>) -> Option<Scene> {
    let panels = story.flows().filter_map(|(name, flow)| goodput_of(story, name, flow)).collect();
    finished(
        outcome,
        story,
        "goodput and errors",
        "answers and failures a second; the line is what was asked for",
        panels,
        150.0,
    )
}

fn goodput_of(story: &Story<'_>, name: &str, flow: &FlowTimeline) -> Option<Panel> {
    let rate = |series: &Counts| story.line(1, |slices| Some(story.rate(series, slices)));
    let colours = [PINK, QUIET, RED, ORANGE, WINE];
    let mut all = vec![("in time", SKY, Counts::of([&flow.ok])), ("late", [240, 208, 96], Counts::of([&flow.late]))];
    all.extend(Cause::ALL.into_iter().zip(&flow.failed).map(|(cause, series)| {
        let words = match cause {
            Cause::TimedOut => "timed out",
            Cause::Gone => "worker died",
            cause => cause.word(),
        };
        (words, colours[cause as usize], Counts::of([series]))
    }));
    let begun = Counts::of([&flow.begun]);
    let stacked: Vec<&(&str, Colour, Counts)> = all.iter().filter(|(.., counts)| !counts.is_zero()).collect();
    if stacked.is_empty() && begun.is_zero() {
        return None;
    }
    let sums = story.line(1, |slices| Some(stacked.iter().map(|(.., counts)| story.rate(counts, slices)).sum()));
    let mut lines: Vec<Drawn> =
        stacked.iter().map(|(name, colour, counts)| drawn(name, *colour, Form::Stacked, rate(counts))).collect();
    lines.push(drawn("asked for", INK, Form::Thin, rate(&begun)));
    let scale = Scale::even(most(&lines).max(most(&[drawn("", INK, Form::Line, sums)])));
    let lost: u128 = all[1..].iter().flat_map(|(.., counts)| &counts.0).sum();
    let whole: u128 = all.iter().flat_map(|(.., counts)| &counts.0).sum();
    let share = if whole == 0 { 0.0 } else { lost as f64 / whole as f64 };
    let note = format!("{} not answered in time", crate::report::numbers::percent(share));
    Some(Panel { title: name.to_owned(), note, counted: Counted::Rate, scale, drawn: lines, bound: None, peak: None })
}

/// What comes to each part, what it does, and what it could do.
pub fn capacity(outcome: &Outcome, story: &Story<'_>) -> Option<Scene> {
    let mut panels: Vec<(f64, Panel)> = story.parts().flat_map(|(name, part)| capacities(story, name, part)).collect();
    panels.sort_by(|a, b| b.0.total_cmp(&a.0));
    let panels = panels.into_iter().map(|(_, panel)| panel).collect();
    let what = "requests a second at each part; its capacity: what it did, divided by how busy it was";
    finished(outcome, story, "traffic against capacity", what, panels, 120.0)
}

/// Diagrams of a part, each with how much of its capacity was asked for at most.
fn capacities(story: &Story<'_>, name: &str, part: &PartTimeline) -> Vec<(f64, Panel)> {
    let mut all = Vec::new();
    let came = Counts::of([&part.came]);
    let done = Counts::of([&part.left]);
    let capacity = |slices: &std::ops::Range<usize>| {
        let used = story.level(part, "", Level::Used, slices)?;
        let there = story.level(part, "", Level::There, slices)?;
        // What nobody used tells nothing of what could be done; a handful of ends tell little.
        let enough = story.count(&done, slices) * story.timeline.runs as f64 >= 5.0;
        match there {
            0.0 => Some(0.0),
            there => (used > 0.0 && enough).then(|| story.rate(&done, slices) * there / used),
        }
    };
    if part.levels.iter().any(|level| level.name.is_empty() && level.level == Level::There) && !came.is_zero() {
        let of = |counts: &Counts| story.line(1, |slices| Some(story.rate(counts, slices)));
        let line = story.line(group_of(story, &done), capacity);
        all.push(against(name, String::new(), of(&came), of(&done), line));
    }
    let limits = part.levels.iter().filter(|level| level.level == Level::Rate);
    for limit in limits {
        let at = |level: Level| story.line(1, |slices| story.level(part, &limit.name, level, slices));
        let through = at(Level::Through);
        if most(&[drawn("", INK, Form::Line, through.clone())]) > 0.0 {
            let asked = if limit.name.is_empty() {
                story.line(1, |slices| Some(story.rate(&came, slices)))
            } else {
                through.clone()
            };
            let note = if limit.name.is_empty() { "limit".to_owned() } else { format!("limit {}", limit.name) };
            all.push(against(name, note, asked, through, at(Level::Rate)));
        }
    }
    all
}

/// Slices that are looked at together, so that chance does not shake the capacity: few, for it may change at once.
fn group_of(story: &Story<'_>, done: &Counts) -> usize {
    let ends: u128 = done.0.iter().sum();
    let each = ends / done.0.len().max(1) as u128;
    (ENDS / each.max(1)).clamp(1, (story.timeline.slices() / 120).max(1) as u128) as usize
}

fn against(title: &str, note: String, came: Course, done: Course, capacity: Course) -> (f64, Panel) {
    let together = (came.len() / capacity.len().max(1)).max(1);
    let fill = came.iter().enumerate().filter_map(|(i, (.., came))| {
        let (came, capacity) = ((*came)?, capacity.get(i / together)?.2?);
        Some(if capacity > 0.0 { came / capacity } else { 9.0 * came.min(1.0) })
    });
    let fullest = fill.fold(0.0, f64::max);
    let lines = vec![
        drawn("done", SKY, Form::Area, done),
        drawn("came", BLUE, Form::Line, came),
        drawn("capacity", INK, Form::Steps, capacity),
    ];
    let asked = most(&lines[..2]);
    let scale = Scale::even(asked.max(most(&lines[2..]).min(2.0 * asked)));
    (
        fullest,
        Panel { title: title.to_owned(), note, counted: Counted::Rate, scale, drawn: lines, bound: None, peak: None },
    )
}

/// How full the parts were, and how many members their fleets had.
pub fn utilisation(outcome: &Outcome, story: &Story<'_>) -> Option<Scene> {
    let mut fleets = Vec::new();
    let mut panels: Vec<(f64, Panel)> = Vec::new();
    for (name, part) in story.parts() {
        fleets.extend(fleet_of(story, name, part));
        panels.extend(busy_of(story, name, part));
    }
    panels.sort_by(|a, b| b.0.total_cmp(&a.0));
    let panels = fleets.into_iter().chain(panels.into_iter().map(|(_, panel)| panel)).collect();
    finished(
        outcome,
        story,
        "fleets and utilisation",
        "share of what is there that is in use; members of fleets",
        panels,
        110.0,
    )
}

fn busy_of(story: &Story<'_>, name: &str, part: &PartTimeline) -> Option<(f64, Panel)> {
    let pairs = [(Level::Used, Level::There), (Level::Through, Level::Rate)];
    let mut lines: Vec<Drawn> = Vec::new();
    for level in &part.levels {
        let Some((_, there)) = pairs.iter().find(|(used, _)| *used == level.level) else { continue };
        let share = story.line(1, |slices| {
            let there = story.level(part, &level.name, *there, slices).filter(|there| *there > 0.0)?;
            Some(story.level(part, &level.name, level.level, slices)? / there)
        });
        let colour = LINES[lines.len() % LINES.len()];
        let (form, said) = match level.name.as_str() {
            "" => (Form::Line, "busy".to_owned()),
            other => {
                (Form::Thin, other.strip_prefix("pool.").map_or_else(|| other.to_owned(), |to| format!("to {to}")))
            }
        };
        lines.push(drawn(&page::shortened(&said, 11.0, false, 140.0), colour, form, share));
    }
    let top = most(&lines);
    if top <= 0.0 {
        return None;
    }
    let scale = Scale::Even { top: top.max(1.0) * 1.04 };
    let title = name.to_owned();
    Some((
        top,
        Panel {
            title,
            note: "in use".to_owned(),
            counted: Counted::Share,
            scale,
            drawn: lines,
            bound: None,
            peak: None,
        },
    ))
}

fn fleet_of(story: &Story<'_>, name: &str, part: &PartTimeline) -> Option<Panel> {
    let lines: Vec<Drawn> = [
        (Level::Members, "launched", BLUE, Form::Block),
        (Level::Wanted, "wanted", ORANGE, Form::Steps),
        (Level::Serving, "in service", BLUE, Form::Steps),
        (Level::Busy, "busy", GREEN, Form::Line),
    ]
    .into_iter()
    .filter(|(level, ..)| part.levels.iter().any(|known| known.level == *level && known.name.is_empty()))
    .map(|(level, words, colour, form)| {
        drawn(words, colour, form, story.line(1, |slices| story.level(part, "", level, slices)))
    })
    .collect();
    let top = most(&lines);
    let scale = Scale::even(top);
    let panel = |drawn| Panel {
        title: name.to_owned(),
        note: "members".to_owned(),
        counted: Counted::Ones,
        scale,
        drawn,
        bound: None,
        peak: None,
    };
    (top > 0.0).then(|| panel(lines))
}

/// Who waits at each part.
pub fn waiting(outcome: &Outcome, story: &Story<'_>) -> Option<Scene> {
    let mut lines: Vec<(f64, &str, Course)> = Vec::new();
    for (name, part) in story.parts() {
        let course = story.line(1, |slices| story.level(part, "", Level::Waiting, slices));
        let top = course.iter().filter_map(|(.., value)| *value).fold(0.0, f64::max);
        if top >= 0.5 {
            lines.push((top, name, course));
        }
    }
    lines.sort_by(|a, b| b.0.total_cmp(&a.0));
    let panels = lines.into_iter().map(|(top, name, course)| Panel {
        title: name.to_owned(),
        note: String::new(),
        counted: Counted::Ones,
        scale: Scale::even(top).roomy(),
        drawn: vec![drawn("", WINE, Form::Area, course.clone()), drawn("waiting", WINE, Form::Line, course)],
        bound: None,
        peak: Some(1),
    });
    finished(outcome, story, "who waits", "how many wait at each part", panels.collect(), 110.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_of_an_objective_is_read_from_its_words() {
        assert_eq!(["< 300ms", "<= 2s", "<1.5s in calm", "> 3"].map(bound_of), [Some(0.3), Some(2.0), Some(1.5), None]);
    }
}
