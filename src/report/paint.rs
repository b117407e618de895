//! Colours, put on a report that is finished: what is met is green, what is missed red, what is only a frame is dim.
//!
//! Nothing is said by colour alone, and taking the colours out gives the plain text, letter by letter.

const BOLD: &str = "\u{1b}[1m";
const DIM: &str = "\u{1b}[2m";
const RED: &str = "\u{1b}[31m";
const GREEN: &str = "\u{1b}[32m";
const YELLOW: &str = "\u{1b}[33m";
const BLUE: &str = "\u{1b}[34m";
const OFF: &str = "\u{1b}[0m";

/// The same text with colours.
pub(super) fn paint(text: &str) -> String {
    let mut painted = String::new();
    let mut after_blank = false;
    for (number, line) in text.lines().enumerate() {
        let whole = match line {
            _ if number == 0 => Some(BOLD),
            _ if line.starts_with('✗') => Some(RED),
            _ if line.starts_with('✓') => Some(GREEN),
            _ if line.starts_with("warning:") => Some(YELLOW),
            _ => None,
        };
        match whole {
            Some(colour) => painted.push_str(&format!("{colour}{line}{OFF}")),
            // The head of a table, or the first word of a section.
            None if after_blank && !line.starts_with(' ') => painted.push_str(&head(line)),
            None => painted.push_str(&marks(line)),
        }
        painted.push('\n');
        after_blank = line.is_empty();
    }
    painted
}

/// A head of a table is dim; of a sentence only the word before it is.
fn head(line: &str) -> String {
    match line.split_once("  ") {
        Some((word, rest)) if !rest.trim_start().contains("  ") => format!("{DIM}{word}{OFF}  {}", marks(rest)),
        _ => format!("{DIM}{line}{OFF}"),
    }
}

fn marks(line: &str) -> String {
    let mut painted = String::new();
    let mut on = "";
    for letter in line.chars() {
        let colour = match letter {
            '✗' => RED,
            '✓' => GREEN,
            '→' => DIM,
            '▁'..='█' => BLUE,
            _ => "",
        };
        if colour != on {
            painted.push_str(if on.is_empty() { "" } else { OFF });
            painted.push_str(colour);
            on = colour;
        }
        painted.push(letter);
    }
    painted.push_str(if on.is_empty() { "" } else { OFF });
    painted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_its_colours_it_is_the_plain_text() {
        let plain = "Title\n\n✗ 1 of 2 missed\n  ✗ a.p99: 3s\n\nflow  p99\na     3s  ▁▂█\n\nwarning: no\n";
        let painted = paint(plain);
        assert_ne!(painted, plain);
        let mut bare = String::new();
        let mut inside = false;
        for letter in painted.chars() {
            match letter {
                '\u{1b}' => inside = true,
                'm' if inside => inside = false,
                letter if !inside => bare.push(letter),
                _ => {}
            }
        }
        assert_eq!(bare, plain);
    }
}
