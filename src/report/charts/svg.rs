//! A picture as SVG: plain shapes and real text, nothing that a program has to run.

use std::fmt::Write;

use super::scene::{Anchor, Colour, Scene, Shape, Text};

/// Faces that are as wide as the embedded one, of which every system has some.
const FACES: &str = "Arimo, Arial, Helvetica, 'Liberation Sans', sans-serif";

/// The whole file.
pub fn svg(scene: &Scene) -> String {
    let (width, height) = (short(scene.width), short(scene.height));
    let mut all = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"{FACES}\">\n<title>{}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
        escaped(&scene.title)
    );
    scene.shapes.iter().for_each(|shape| draw(&mut all, shape));
    all.push_str("</svg>\n");
    all
}

fn draw(all: &mut String, shape: &Shape) {
    // Writing into a string cannot fail.
    let _ = match shape {
        Shape::Box { at: [x, y, w, h], colour, alpha } => {
            let [x, y, w, h] = [x, y, w, h].map(|n| short(*n));
            writeln!(all, "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"{}/>", fill(*colour, *alpha))
        }
        Shape::Area { points, colour, alpha } => {
            writeln!(all, "<path d=\"{}Z\"{}/>", path(points), fill(*colour, *alpha))
        }
        Shape::Line { points, colour, width, dash } => {
            let dash = dash.map_or(String::new(), |dash| format!(" stroke-dasharray=\"{}\"", short(dash)));
            writeln!(
                all,
                "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\"{dash}/>",
                path(points),
                hex(*colour),
                short(*width)
            )
        }
        Shape::Text(text) => writeln!(all, "{}", written(text)),
    };
}

fn written(text: &Text) -> String {
    let anchor = match text.anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let weight = if text.bold { " font-weight=\"bold\"" } else { "" };
    format!(
        "<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"{weight}{anchor}>{}</text>",
        short(text.x),
        short(text.y),
        short(text.size),
        hex(text.colour),
        escaped(&text.text)
    )
}

fn fill(colour: Colour, alpha: f64) -> String {
    let opacity = if alpha < 1.0 { format!(" fill-opacity=\"{}\"", short(alpha)) } else { String::new() };
    format!(" fill=\"{}\"{opacity}", hex(colour))
}

fn hex([red, green, blue]: Colour) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn path(points: &[(f64, f64)]) -> String {
    let mut all = String::new();
    for (i, (x, y)) in points.iter().enumerate() {
        let _ = write!(all, "{}{} {}", if i == 0 { "M" } else { "L" }, short(*x), short(*y));
    }
    all
}

/// Two decimals at most.
fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Nothing in a name can become markup; what XML cannot hold at all is left out.
fn escaped(text: &str) -> String {
    let mut all = String::new();
    for letter in text.chars() {
        match letter {
            '&' => all.push_str("&amp;"),
            '<' => all.push_str("&lt;"),
            '>' => all.push_str("&gt;"),
            letter if (letter as u32) < 0x20 || matches!(letter as u32, 0x7f | 0xfffe | 0xffff) => all.push(' '),
            letter => all.push(letter),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_become_markup() {
        assert_eq!(escaped("a<b>&\"c\u{1}ü"), "a&lt;b&gt;&amp;\"c ü");
        assert_eq!([12.0, 0.1 + 0.2, -0.001].map(short), ["12", "0.3", "0"]);
    }
}
