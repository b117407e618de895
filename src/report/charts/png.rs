//! A picture as PNG: drawn three times as large and averaged down, so that every edge is smooth.
//!
//! Faces are embedded, so a machine without any font draws the same pixels.

use std::sync::Once;

use plotters::backend::{BitMapBackend, DrawingBackend};
use plotters::style::{FontDesc, FontFamily, FontStyle, register_font};
use plotters_backend::BackendColor;

use super::scene::{Anchor, Colour, Scene, Shape, Text, dashes};

/// Pixels that are drawn for one of the scene, and how many of them become one of the file.
const FINE: f64 = 3.0;
const MERGED: usize = 2;
/// Height of a line of the face, of its em: what plotters calls the size.
const LINE: f64 = 2288.0 / 2048.0;

static FACES: Once = Once::new();

fn face(size: f64, bold: bool) -> FontDesc<'static> {
    FACES.call_once(|| {
        // The bytes are ours, and a test draws with both.
        let _ = register_font("arimo", FontStyle::Normal, include_bytes!("font/arimo-regular.ttf"));
        let _ = register_font("arimo", FontStyle::Bold, include_bytes!("font/arimo-bold.ttf"));
    });
    FontDesc::new(FontFamily::Name("arimo"), size * LINE, if bold { FontStyle::Bold } else { FontStyle::Normal })
}

/// How wide a text is, in pixels of the scene.
pub fn width(text: &str, size: f64, bold: bool) -> f64 {
    const LARGE: f64 = 64.0;
    let measured = face(size * LARGE, bold).box_size(text);
    measured.map_or(text.chars().count() as f64 * size * 0.6, |(width, _)| f64::from(width) / LARGE)
}

/// The file, or nothing where memory is not enough for it.
pub fn png(scene: &Scene) -> Vec<u8> {
    let merged = MERGED as f64;
    let (wide, high) = ((scene.width * FINE / merged) as usize, (scene.height * FINE / merged) as usize);
    let mut fine = vec![255u8; wide * high * MERGED * MERGED * 3];
    {
        let size = ((wide * MERGED) as u32, (high * MERGED) as u32);
        let mut canvas = Canvas(BitMapBackend::with_buffer(&mut fine, size));
        scene.shapes.iter().for_each(|shape| canvas.draw(shape));
    }
    encoded(&averaged(&fine, wide, high), wide as u32, high as u32)
}

fn averaged(fine: &[u8], wide: usize, high: usize) -> Vec<u8> {
    let row = wide * MERGED * 3;
    let mut all = Vec::with_capacity(wide * high * 3);
    for y in 0..high {
        for x in 0..wide {
            for part in 0..3 {
                let mut sum = 0usize;
                for dy in 0..MERGED {
                    for dx in 0..MERGED {
                        sum += usize::from(fine[(y * MERGED + dy) * row + (x * MERGED + dx) * 3 + part]);
                    }
                }
                all.push(((sum + MERGED * MERGED / 2) / (MERGED * MERGED)) as u8);
            }
        }
    }
    all
}

fn encoded(pixels: &[u8], wide: u32, high: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, wide, high);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_filter(png::Filter::NoFilter);
    // Into memory, with as many bytes as the header says: it does not fail.
    let _ = encoder.write_header().and_then(|mut writer| writer.write_image_data(pixels));
    file
}

/// The bitmap; what lies outside it is cut off, so no drawing fails.
struct Canvas<'a>(BitMapBackend<'a>);

impl Canvas<'_> {
    fn draw(&mut self, shape: &Shape) {
        match shape {
            Shape::Box { at: [x, y, w, h], colour, alpha } => {
                let (left, top) = (fine(*x), fine(*y));
                let (right, bottom) = (fine(x + w).max(left + 1), fine(y + h).max(top + 1));
                let _ = self.0.draw_rect((left, top), (right, bottom), &tint(*colour, *alpha), true);
            }
            Shape::Area { points, colour, alpha } => {
                let _ = self.0.fill_polygon(corners(points), &tint(*colour, *alpha));
            }
            Shape::Line { points, colour, width, dash: None } => self.line(points, *colour, *width),
            Shape::Line { points, colour, width, dash: Some(dash) } => {
                dashes(points, *dash).iter().for_each(|piece| self.line(piece, *colour, *width));
            }
            Shape::Text(text) => self.text(text),
        }
    }

    /// Each piece is a slender box, and corners are rounded by a disc: no spikes, however sharp the turn.
    fn line(&mut self, points: &[(f64, f64)], colour: Colour, width: f64) {
        let (colour, half) = (tint(colour, 1.0), width / 2.0);
        for pair in points.windows(2) {
            let ((x, y), (to_x, to_y)) = (pair[0], pair[1]);
            let (dx, dy) = (to_x - x, to_y - y);
            let length = crate::units::maths::sqrt(dx * dx + dy * dy);
            if length <= 0.0 {
                continue;
            }
            let (nx, ny) = (-dy / length * half, dx / length * half);
            if dx == 0.0 || dy == 0.0 {
                // Level and upright lines keep their width to the pixel.
                let (left, top) = (x.min(to_x) - nx.abs(), y.min(to_y) - ny.abs());
                let (w, h) = (dx.abs() + 2.0 * nx.abs(), dy.abs() + 2.0 * ny.abs());
                let (left, top, right, bottom) = (fine(left), fine(top), fine(left + w), fine(top + h));
                let (right, bottom) = (right.max(left + 1), bottom.max(top + 1));
                let _ = self.0.draw_rect((left, top), (right, bottom), &colour, true);
                continue;
            }
            let quad = [(x + nx, y + ny), (to_x + nx, to_y + ny), (to_x - nx, to_y - ny), (x - nx, y - ny)];
            let _ = self.0.fill_polygon(corners(&quad), &colour);
        }
        if points.len() > 2 {
            // No wider than the line: a level line through many points stays level.
            let radius = (half * FINE).floor().max(1.0) as u32;
            let level = |three: &[(f64, f64)]| three[0].1 == three[1].1 && three[1].1 == three[2].1;
            for three in points.windows(3).filter(|three| !level(three)) {
                let (x, y) = &three[1];
                let _ = self.0.draw_circle((fine(*x), fine(*y)), radius, &colour, true);
            }
        }
    }

    fn text(&mut self, text: &Text) {
        let wide = width(&text.text, text.size, text.bold);
        let x = match text.anchor {
            Anchor::Start => text.x,
            Anchor::Middle => text.x - wide / 2.0,
            Anchor::End => text.x - wide,
        };
        let face = face(text.size * FINE, text.bold);
        // Plotters puts the base line half a size below the point.
        let place = (fine(x), fine(text.y) - (face.get_size() / 2.0) as i32);
        let _ = face.draw(&text.text, place, |x, y, cover| {
            self.0.draw_pixel((x, y), tint(text.colour, f64::from(cover.clamp(0.0, 1.0))))
        });
    }
}

fn fine(number: f64) -> i32 {
    (number * FINE + 0.5).floor() as i32
}

fn corners(points: &[(f64, f64)]) -> Vec<(i32, i32)> {
    points.iter().map(|(x, y)| (fine(*x), fine(*y))).collect()
}

fn tint([red, green, blue]: Colour, alpha: f64) -> BackendColor {
    BackendColor { alpha, rgb: (red, green, blue) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_faces_are_there_and_bold_is_wider() {
        let widths = [false, true].map(|bold| width("archsim", 12.0, bold));
        assert!(widths[0] > 30.0 && widths[1] > widths[0], "{widths:?}");
        assert!((width("archsimarchsim", 12.0, false) - 2.0 * widths[0]).abs() < 0.2);
    }

    #[test]
    fn a_picture_has_its_size_and_the_same_bytes_each_time() {
        let mut scene = Scene::new(40.0, 20.0, "a line");
        scene.line(vec![(0.0, 0.0), (40.0, 20.0), (3.0, 3.0)], [200, 0, 0], 2.0);
        scene.text((2.0, 18.0), 10.0, [0, 0, 0], Anchor::Start, "é…");
        let file = png(&scene);
        assert_eq!(&file[1..4], b"PNG");
        assert_eq!(u32::from_be_bytes([file[16], file[17], file[18], file[19]]), 60);
        assert_eq!(file, png(&scene));
    }
}
