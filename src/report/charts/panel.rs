//! One diagram of a picture: a title with its legend, a scale, and what is drawn over time.

use super::axis::{Counted, Scale, label, time};
use super::png::width;
use super::scene::palette::{FAINT, GRID, INK, QUIET};
use super::scene::{Anchor, Colour, Scene};

/// Left and right edge of what is drawn, and the times (in seconds) that lie there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    pub left: f64,
    pub right: f64,
    pub from: f64,
    pub to: f64,
}

impl Frame {
    /// Where a moment lies.
    pub fn x(&self, at: f64) -> f64 {
        let length = self.to - self.from;
        let share = if length > 0.0 { (at - self.from) / length } else { 0.0 };
        self.left + share.clamp(0.0, 1.0) * (self.right - self.left)
    }
}

/// A number by slice: start and end of each (in seconds), and what was measured in it.
pub type Course = Vec<(f64, f64, Option<f64>)>;

/// Something over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    pub name: String,
    pub colour: Colour,
    pub course: Course,
    pub form: Form,
}

/// How it is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    /// A line, named at its right end.
    Line,
    /// A thinner one.
    Thin,
    /// What is there: a line with steps.
    Steps,
    /// Filled from 0, named in the legend.
    Area,
    /// The same with steps.
    Block,
    /// Filled, on top of those before it.
    Stacked,
}

/// A diagram.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    pub title: String,
    /// Below the title, in small letters.
    pub note: String,
    pub counted: Counted,
    pub scale: Scale,
    pub drawn: Vec<Drawn>,
    /// A bound that somebody has set, with its words.
    pub bound: Option<(f64, String)>,
    /// Which of the drawn has its highest point named.
    pub peak: Option<usize>,
}

/// Room above what is drawn.
pub const HEAD: f64 = 30.0;
/// Slices below which each is drawn as the level that it is.
const COARSE: usize = 60;

impl Panel {
    /// Draws it, its head at `top`, its diagram so high; background and time are the page's.
    pub fn draw(&self, scene: &mut Scene, frame: &Frame, top: f64, height: f64) {
        let floor = top + HEAD + height;
        let y = |value: f64| floor - self.scale.height(value) * height;
        for tick in self.scale.ticks() {
            let at = y(tick);
            let colour = if tick == 0.0 { FAINT } else { GRID };
            scene.line(vec![(frame.left, at), (frame.right, at)], colour, 1.0);
            scene.text((frame.left - 8.0, at + 3.5), 10.5, QUIET, Anchor::End, &label(tick, self.counted));
        }
        scene.bold((frame.left, top + 12.0), 13.0, INK, &self.title);
        let after = frame.left + width(&self.title, 13.0, true) + 10.0;
        scene.text((after, top + 12.0), 11.0, QUIET, Anchor::Start, &self.note);
        self.legend(scene, frame, top + 12.0);
        self.areas(scene, frame, &y);
        let mut names = Vec::new();
        for drawn in &self.drawn {
            names.extend(self.line(scene, frame, &y, drawn));
        }
        if let Some((value, words)) = self.bound.as_ref().filter(|(value, _)| !self.scale.is_beyond(*value)) {
            scene.dashed(vec![(frame.left, y(*value)), (frame.right, y(*value))], INK, 1.2, Some(4.0));
            names.push((y(*value), words.clone(), INK));
        }
        self.name(scene, frame, names, (top + HEAD, floor));
        self.highest(scene, frame, &y, top + HEAD);
    }

    /// Small boxes with names, to the right of the title.
    fn legend(&self, scene: &mut Scene, frame: &Frame, base: f64) {
        let filled =
            |drawn: &&Drawn| !drawn.name.is_empty() && matches!(drawn.form, Form::Area | Form::Block | Form::Stacked);
        let mut right = frame.right;
        for drawn in self.drawn.iter().filter(filled).rev() {
            right -= width(&drawn.name, 11.0, false);
            scene.text((right, base), 11.0, QUIET, Anchor::Start, &drawn.name);
            right -= 14.0;
            scene.rectangle([right, base - 8.5, 9.0, 9.0], drawn.colour, self.density(drawn));
            right -= 14.0;
        }
    }

    fn density(&self, drawn: &Drawn) -> f64 {
        if drawn.form == Form::Stacked { 0.85 } else { 0.28 }
    }

    /// Filled shapes, the stacked ones from the ground up.
    fn areas(&self, scene: &mut Scene, frame: &Frame, y: &impl Fn(f64) -> f64) {
        let mut ground: Vec<f64> = Vec::new();
        for drawn in &self.drawn {
            let stacked = drawn.form == Form::Stacked;
            if !matches!(drawn.form, Form::Area | Form::Block | Form::Stacked) {
                continue;
            }
            let of = |value: Option<f64>| value.filter(|value| value.is_finite()).unwrap_or(0.0);
            let below: Vec<f64> =
                drawn.course.iter().enumerate().map(|(i, _)| ground.get(i).copied().unwrap_or(0.0)).collect();
            let below = if stacked { below } else { vec![0.0; drawn.course.len()] };
            let above: Vec<f64> = drawn.course.iter().zip(&below).map(|((.., v), b)| of(*v) + b).collect();
            if above.iter().zip(&below).any(|(above, below)| above > below) {
                let with = |values: &[f64]| -> Course {
                    drawn.course.iter().zip(values).map(|((from, to, _), value)| (*from, *to, Some(*value))).collect()
                };
                let form = if drawn.form == Form::Block { steps } else { corners };
                let mut points: Vec<(f64, f64)> = form(&with(&above)).into_iter().flatten().collect();
                points.extend(form(&with(&below)).into_iter().flatten().rev());
                let points = points.into_iter().map(|(at, value)| (frame.x(at), y(value))).collect();
                scene.area(points, drawn.colour, self.density(drawn));
            }
            if stacked {
                ground = above;
            }
        }
    }

    /// A line; says where its name belongs.
    fn line(
        &self,
        scene: &mut Scene,
        frame: &Frame,
        y: &impl Fn(f64) -> f64,
        drawn: &Drawn,
    ) -> Option<(f64, String, Colour)> {
        let thick = match drawn.form {
            Form::Line => 1.8,
            Form::Thin => 1.2,
            Form::Steps => 1.6,
            Form::Area | Form::Block | Form::Stacked => return None,
        };
        let pieces = if drawn.form == Form::Steps { steps(&drawn.course) } else { corners(&drawn.course) };
        let mut last = None;
        for piece in pieces.into_iter().flat_map(|piece| self.within(piece)) {
            let piece = straight(piece);
            last = piece.last().map(|(_, value)| *value).or(last);
            scene.line(piece.into_iter().map(|(at, value)| (frame.x(at), y(value))).collect(), drawn.colour, thick);
        }
        let last = drawn.course.iter().rev().find_map(|(.., value)| *value).or(last)?;
        let beyond =
            if self.scale.is_beyond(last) { format!(" ↑ {}", label(last, self.counted)) } else { String::new() };
        Some((y(last), format!("{}{beyond}", drawn.name), drawn.colour))
    }

    /// A line without its level stretches beyond the scale, which would look like a value at its top.
    fn within(&self, piece: Vec<(f64, f64)>) -> Vec<Vec<(f64, f64)>> {
        let mut pieces = vec![Vec::new()];
        for pair in piece.windows(2) {
            let last = pieces.len() - 1;
            if pair.iter().all(|(_, value)| self.scale.is_beyond(*value)) {
                pieces.push(Vec::new());
                continue;
            }
            if pieces[last].is_empty() {
                pieces[last].push(pair[0]);
            }
            pieces[last].push(pair[1]);
        }
        pieces.retain(|piece| !piece.is_empty());
        pieces
    }

    /// Names at the right edge, moved apart where they would overlap.
    fn name(&self, scene: &mut Scene, frame: &Frame, names: Vec<(f64, String, Colour)>, (top, floor): (f64, f64)) {
        const APART: f64 = 12.5;
        let mut names: Vec<_> = names.into_iter().filter(|(_, name, _)| !name.is_empty()).collect();
        names.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut places: Vec<f64> = Vec::new();
        for (at, ..) in &names {
            let least = places.last().map_or(top + 4.0, |last| last + APART);
            places.push(at.max(least));
        }
        let mut most = floor;
        for place in places.iter_mut().rev() {
            *place = place.min(most);
            most = *place - APART;
        }
        for ((_, name, colour), place) in names.iter().zip(places) {
            scene.text((frame.right + 8.0, place + 3.5), 11.0, *colour, Anchor::Start, name);
        }
    }

    /// The highest point of one of them, with its value and its time.
    fn highest(&self, scene: &mut Scene, frame: &Frame, y: &impl Fn(f64) -> f64, top: f64) {
        let Some(drawn) = self.peak.and_then(|index| self.drawn.get(index)) else { return };
        let known = drawn.course.iter().filter_map(|(from, to, value)| Some(((from + to) / 2.0, (*value)?)));
        let Some((at, value)) = known.reduce(|best, next| if next.1 > best.1 { next } else { best }) else { return };
        if value <= 0.0 || self.scale.is_beyond(value) {
            return;
        }
        let words = format!("{} at {}", label(value, self.counted), time(at));
        let wide = width(&words, 11.0, false);
        let (x, base) = (frame.x(at), (y(value) - 6.0).max(top + 10.0));
        let right = x + 8.0 + wide < frame.right - 2.0;
        let left = if right { x + 8.0 } else { x - 8.0 - wide };
        scene.rectangle([left - 2.0, base - 9.5, wide + 4.0, 13.0], [255, 255, 255], 0.82);
        scene.text((left, base), 11.0, drawn.colour, Anchor::Start, &words);
        let (dot_x, dot_y) = (x, y(value));
        let round =
            [(3.0, 0.0), (2.1, 2.1), (0.0, 3.0), (-2.1, 2.1), (-3.0, 0.0), (-2.1, -2.1), (0.0, -3.0), (2.1, -2.1)];
        scene.area(round.map(|(dx, dy)| (dot_x + dx, dot_y + dy)).to_vec(), drawn.colour, 1.0);
    }
}

/// A line without the points inside its level stretches.
fn straight(piece: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let inside =
        |i: usize| i > 0 && i + 1 < piece.len() && piece[i - 1].1 == piece[i].1 && piece[i].1 == piece[i + 1].1;
    piece.iter().enumerate().filter(|(i, _)| !inside(*i)).map(|(_, point)| *point).collect()
}

/// Corners of a line in pieces, cut where nothing was measured: the middle of each slice, or each slice as a level where
/// there are few.
fn corners(course: &Course) -> Vec<Vec<(f64, f64)>> {
    if course.len() < COARSE {
        return steps(course);
    }
    let mut pieces = vec![Vec::new()];
    for (i, (from, to, value)) in course.iter().enumerate() {
        let Some(value) = value.filter(|value| value.is_finite()) else {
            pieces.push(Vec::new());
            continue;
        };
        let piece = pieces.len() - 1;
        let here = &mut pieces[piece];
        // The first and the last reach the edges of what was measured.
        let next_is_gap = course.get(i + 1).is_none_or(|(.., next)| next.is_none());
        if here.is_empty() {
            here.push((*from, value));
        }
        here.push(((from + to) / 2.0, value));
        if next_is_gap {
            here.push((*to, value));
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// Each slice as a level.
fn steps(course: &Course) -> Vec<Vec<(f64, f64)>> {
    let mut pieces = vec![Vec::new()];
    for (from, to, value) in course {
        match value.filter(|value| value.is_finite()) {
            None => pieces.push(Vec::new()),
            Some(value) => {
                let piece = pieces.len() - 1;
                pieces[piece].extend([(*from, value), (*to, value)]);
            }
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_slice_is_a_level_and_a_gap_cuts_a_line() {
        assert_eq!(corners(&vec![(0.0, 5.0, Some(2.0))]), [[(0.0, 2.0), (5.0, 2.0)]]);
        let gap = vec![(0.0, 1.0, Some(1.0)), (1.0, 2.0, None), (2.0, 3.0, Some(f64::NAN)), (3.0, 4.0, Some(4.0))];
        assert_eq!(corners(&gap), [[(0.0, 1.0), (1.0, 1.0)], [(3.0, 4.0), (4.0, 4.0)]]);
        let many: Course = (0..100).map(|i| (f64::from(i), f64::from(i + 1), Some(7.0))).collect();
        assert_eq!(corners(&many)[0].len(), 102);
        assert!(corners(&vec![]).is_empty());
    }
}
