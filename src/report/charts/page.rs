//! A picture over time: a title, a lane that tells the story (phases, faults), diagrams below each other, and the time.

use super::axis::time_ticks;
use super::panel::{Frame, HEAD, Panel};
use super::png::width;
use super::scene::palette::{FAINT, GRID, INK, PHASE, QUIET, RED};
use super::scene::{Anchor, Colour, Scene};
use super::story::Story;

/// Width of every picture.
pub const WIDTH: f64 = 1120.0;
/// What is drawn begins and ends here.
pub const LEFT: f64 = 78.0;
const RIGHT: f64 = 962.0;
/// Height of a bar of the story.
const BAR: f64 = 17.0;
const GAP: f64 = 26.0;

/// Something that lasts, to be shown above the diagrams and behind them.
struct Stretch {
    name: String,
    from: f64,
    to: f64,
    colour: Colour,
}

/// The whole picture: `high` is the height of each diagram.
pub fn draw(story: &Story<'_>, title: &str, subtitle: &str, panels: &[Panel], high: f64) -> Scene {
    let (from, to) = story.ends();
    let frame = Frame { left: LEFT, right: RIGHT, from, to };
    let stretches = stretches(story);
    let rows = rows(&stretches, &frame);
    let lanes = rows.iter().map(|row| row + 1).max().unwrap_or(0) as f64;
    let top = 76.0 + lanes * (BAR + 4.0) + if lanes > 0.0 { 10.0 } else { 0.0 };
    let each = HEAD + high + GAP;
    let height = top + each * panels.len() as f64 + 12.0;
    let mut scene = Scene::new(WIDTH, height, title);
    scene.bold((LEFT, 34.0), 19.0, INK, &shortened(title, 19.0, true, WIDTH - LEFT - 20.0));
    scene.text((LEFT, 55.0), 12.0, QUIET, Anchor::Start, &shortened(subtitle, 12.0, false, WIDTH - LEFT - 20.0));
    for (stretch, row) in stretches.iter().zip(&rows) {
        bar(&mut scene, &frame, stretch, 76.0 + *row as f64 * (BAR + 4.0));
    }
    let ticks = time_ticks(from, to, 10);
    for (number, panel) in panels.iter().enumerate() {
        let above = top + each * number as f64;
        let floor = above + HEAD + high;
        background(&mut scene, &frame, &stretches, (above + HEAD, floor));
        for (at, _) in &ticks {
            scene.line(vec![(frame.x(*at), above + HEAD), (frame.x(*at), floor)], GRID, 1.0);
        }
        panel.draw(&mut scene, &frame, above, high);
        for (at, said) in &ticks {
            scene.line(vec![(frame.x(*at), floor), (frame.x(*at), floor + 4.0)], FAINT, 1.0);
            scene.text((frame.x(*at), floor + 16.0), 10.5, QUIET, Anchor::Middle, said);
        }
    }
    scene
}

/// Phases in the order of their beginnings, then what broke or was changed.
fn stretches(story: &Story<'_>) -> Vec<Stretch> {
    let (from, to) = story.ends();
    let inside = |stretch: &Stretch| stretch.to > from && stretch.from < to;
    let cut = |stretch: Stretch| Stretch { from: stretch.from.max(from), to: stretch.to.min(to), ..stretch };
    let mut phases: Vec<Stretch> = story
        .first
        .phases
        .iter()
        .map(|(name, a, b)| Stretch { name: name.clone(), from: a.as_seconds(), to: b.as_seconds(), colour: PHASE })
        .collect();
    phases.sort_by(|a, b| a.from.total_cmp(&b.from));
    let marks = story.timeline.marks.iter().map(|(name, a, b)| Stretch {
        name: name.clone(),
        from: a.as_seconds(),
        to: b.as_seconds(),
        colour: RED,
    });
    phases.into_iter().chain(marks).filter(inside).map(cut).collect()
}

/// For each the first row in which neither it nor its name meets another; those of one kind stay together.
fn rows(stretches: &[Stretch], frame: &Frame) -> Vec<usize> {
    let mut ends: Vec<(Colour, f64)> = Vec::new();
    let mut rows = Vec::new();
    for stretch in stretches {
        let (left, right) = extent(stretch, frame);
        let free = |(colour, end): &(Colour, f64)| *colour == stretch.colour && *end <= left;
        let row = ends.iter().position(free).unwrap_or(ends.len());
        if row == ends.len() {
            ends.push((stretch.colour, right));
        } else {
            ends[row].1 = right;
        }
        rows.push(row);
    }
    rows
}

/// Where a bar and its name lie.
fn extent(stretch: &Stretch, frame: &Frame) -> (f64, f64) {
    let (left, right) = (frame.x(stretch.from), frame.x(stretch.to));
    let wide = width(&name_of(stretch), 10.5, false);
    match (wide + 8.0 <= right - left, right + 5.0 + wide <= frame.right) {
        (true, _) => (left, right),
        (false, true) => (left, right + 5.0 + wide),
        (false, false) => (left - 5.0 - wide, right),
    }
}

fn name_of(stretch: &Stretch) -> String {
    shortened(&stretch.name, 10.5, false, 260.0)
}

fn bar(scene: &mut Scene, frame: &Frame, stretch: &Stretch, top: f64) {
    let (left, right) = (frame.x(stretch.from), frame.x(stretch.to));
    let alpha = if stretch.colour == RED { 0.30 } else { 0.16 };
    scene.rectangle([left, top, (right - left - 1.0).max(2.5), BAR], stretch.colour, alpha);
    let name = name_of(stretch);
    let wide = width(&name, 10.5, false);
    let colour = if stretch.colour == RED { [160, 66, 0] } else { [62, 82, 118] };
    let (begins, ends) = extent(stretch, frame);
    let x = if wide + 8.0 <= right - left {
        left + 5.0
    } else if ends > right {
        right + 4.0
    } else {
        begins
    };
    scene.text((x, top + 12.3), 10.5, colour, Anchor::Start, &name);
}

/// Phases lie behind everything in the palest of blues, what is broken in the palest of reds, with a line at its beginning.
fn background(scene: &mut Scene, frame: &Frame, stretches: &[Stretch], (top, floor): (f64, f64)) {
    for stretch in stretches {
        let (left, right) = (frame.x(stretch.from), frame.x(stretch.to));
        let broken = stretch.colour == RED;
        scene.rectangle([left, top, right - left, floor - top], stretch.colour, if broken { 0.09 } else { 0.055 });
        if broken {
            scene.dashed(vec![(left, top), (left, floor)], RED, 1.0, Some(3.0));
        }
    }
}

/// As much of a text as there is room for.
pub fn shortened(text: &str, size: f64, bold: bool, room: f64) -> String {
    if width(text, size, bold) <= room {
        return text.to_owned();
    }
    let mut kept: String = text.to_owned();
    while kept.pop().is_some() && width(&kept, size, bold) + size > room {}
    format!("{}…", kept.trim_end())
}
