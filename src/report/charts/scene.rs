//! A picture as a list of shapes in pixels: drawn once, written as SVG and as PNG, so that both look the same.

/// Red, green, blue.
pub type Colour = [u8; 3];

/// The palette: Okabe and Ito's colours, which people with any kind of colour vision can tell apart, and greys.
pub mod palette {
    use super::Colour;

    pub const INK: Colour = [38, 43, 51];
    pub const QUIET: Colour = [98, 106, 118];
    pub const FAINT: Colour = [172, 179, 189];
    pub const GRID: Colour = [230, 233, 238];
    pub const PHASE: Colour = [86, 110, 150];
    pub const BLUE: Colour = [0, 114, 178];
    pub const SKY: Colour = [86, 180, 233];
    pub const GREEN: Colour = [0, 138, 102];
    pub const ORANGE: Colour = [230, 159, 0];
    pub const RED: Colour = [213, 94, 0];
    pub const PINK: Colour = [194, 100, 150];
    pub const WINE: Colour = [122, 36, 80];
    /// Lines that belong to nothing in particular, in the order in which they are taken.
    pub const LINES: [Colour; 7] = [BLUE, RED, GREEN, PINK, ORANGE, SKY, WINE];
}

/// Where a text's x lies in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// A line of text; y is its base line.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    pub x: f64,
    pub y: f64,
    pub size: f64,
    pub colour: Colour,
    pub bold: bool,
    pub anchor: Anchor,
    pub text: String,
}

/// Something that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A filled rectangle: left, top, width, height.
    Box { at: [f64; 4], colour: Colour, alpha: f64 },
    /// A filled shape.
    Area { points: Vec<(f64, f64)>, colour: Colour, alpha: f64 },
    /// A line through points; dashes are so long, with gaps as long.
    Line { points: Vec<(f64, f64)>, colour: Colour, width: f64, dash: Option<f64> },
    /// A text.
    Text(Text),
}

/// A picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    pub width: f64,
    pub height: f64,
    /// What it shows, for who cannot see it.
    pub title: String,
    pub shapes: Vec<Shape>,
}

impl Scene {
    /// An empty one.
    pub fn new(width: f64, height: f64, title: &str) -> Scene {
        Scene { width, height, title: title.to_owned(), shapes: Vec::new() }
    }

    /// A filled rectangle.
    pub fn rectangle(&mut self, at: [f64; 4], colour: Colour, alpha: f64) {
        if at[2] > 0.0 && at[3] > 0.0 {
            self.shapes.push(Shape::Box { at, colour, alpha });
        }
    }

    /// A filled shape.
    pub fn area(&mut self, points: Vec<(f64, f64)>, colour: Colour, alpha: f64) {
        if points.len() > 2 {
            self.shapes.push(Shape::Area { points, colour, alpha });
        }
    }

    /// A line through points.
    pub fn line(&mut self, points: Vec<(f64, f64)>, colour: Colour, width: f64) {
        self.dashed(points, colour, width, None);
    }

    /// The same, in dashes.
    pub fn dashed(&mut self, points: Vec<(f64, f64)>, colour: Colour, width: f64, dash: Option<f64>) {
        if points.len() > 1 {
            self.shapes.push(Shape::Line { points, colour, width, dash });
        }
    }

    /// A text.
    pub fn text(&mut self, (x, y): (f64, f64), size: f64, colour: Colour, anchor: Anchor, text: &str) {
        let text = text.to_owned();
        self.shapes.push(Shape::Text(Text { x, y, size, colour, bold: false, anchor, text }));
    }

    /// A bold one, from here on.
    pub fn bold(&mut self, (x, y): (f64, f64), size: f64, colour: Colour, text: &str) {
        let text = text.to_owned();
        self.shapes.push(Shape::Text(Text { x, y, size, colour, bold: true, anchor: Anchor::Start, text }));
    }
}

/// A line cut into dashes.
pub(super) fn dashes(points: &[(f64, f64)], dash: f64) -> Vec<Vec<(f64, f64)>> {
    let mut all = Vec::new();
    let mut here: Vec<(f64, f64)> = points.first().copied().into_iter().collect();
    let (mut left, mut on) = (dash, true);
    for pair in points.windows(2) {
        let ((x, y), (to_x, to_y)) = (pair[0], pair[1]);
        let length = crate::units::maths::sqrt((to_x - x) * (to_x - x) + (to_y - y) * (to_y - y));
        let mut done = 0.0;
        while length - done > left {
            done += left;
            let point = (x + (to_x - x) * done / length, y + (to_y - y) * done / length);
            here.push(point);
            if on {
                all.push(std::mem::take(&mut here));
            }
            here = vec![point];
            (left, on) = (dash, !on);
        }
        left -= length - done;
        here.push((to_x, to_y));
    }
    if on && here.len() > 1 {
        all.push(here);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dashed_line_is_half_a_line_also_around_a_corner() {
        let cut = dashes(&[(0.0, 0.0), (5.0, 0.0), (5.0, 5.0)], 2.0);
        let expected =
            vec![vec![(0.0, 0.0), (2.0, 0.0)], vec![(4.0, 0.0), (5.0, 0.0), (5.0, 1.0)], vec![(5.0, 3.0), (5.0, 5.0)]];
        assert_eq!(cut, expected);
    }
}
