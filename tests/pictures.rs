//! The pictures of the pages are made of goldens, so they show what the program prints today.
//!
//! `TRYCMD=overwrite` draws them anew, as it writes the goldens.

#![expect(clippy::disallowed_methods, reason = "these tests read goldens and draw pictures")]

use std::fmt::Write;
use std::fs;

/// A letter of the drawn terminal.
const WIDE: f64 = 7.8;
const HIGH: f64 = 18.0;
const MARGIN: f64 = 16.0;
/// Columns of the terminal.
const COLUMNS: usize = 100;

const PAPER: &str = "#16181d";
const INK: &str = "#d7dae0";
const DIM: &str = "#8b93a1";
const GOOD: &str = "#7ec983";
const BAD: &str = "#f0776c";
const DOUBT: &str = "#e5c07b";
const BARS: &str = "#61afef";

/// A command and what it printed, as a terminal shows them.
fn drawn(command: &str, printed: &str) -> String {
    let mut lines = vec![(format!("$ {command}"), true), (String::new(), false)];
    lines.extend(printed.trim_end().lines().map(|line| (line.to_owned(), false)));
    let (wide, high) = (COLUMNS as f64 * WIDE + 2.0 * MARGIN, lines.len() as f64 * HIGH + 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide:.0}\" height=\"{high:.0}\" viewBox=\"0 0 {wide:.0} \
         {high:.0}\" font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"13\">\n\
         <title>{}</title>\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{PAPER}\"/>\n",
        escaped(command)
    );
    for (index, (line, prompt)) in lines.iter().enumerate() {
        let y = MARGIN + (index as f64 + 0.75) * HIGH;
        for (column, piece, colour) in pieces(line, *prompt) {
            let (x, length) = (MARGIN + column as f64 * WIDE, piece.chars().count() as f64 * WIDE);
            // The length is said, so that columns stand below each other in any font.
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{length:.1}\" fill=\"{colour}\" \
                 xml:space=\"preserve\">{}</text>",
                escaped(&piece)
            );
        }
    }
    svg + "</svg>\n"
}

/// The words of a line: those with single blanks between them stay together; column, text and colour.
fn pieces(line: &str, prompt: bool) -> Vec<(usize, String, &'static str)> {
    let letters: Vec<char> = line.chars().collect();
    let (mut found, mut start) = (Vec::new(), 0);
    while start < letters.len() {
        if letters[start] == ' ' {
            start += 1;
            continue;
        }
        let mark = colour_of(letters[start]);
        let mut end = start + 1;
        while end < letters.len()
            && colour_of(letters[end]) == mark
            && !(letters[end] == ' ' && letters.get(end + 1).is_none_or(|next| *next == ' '))
        {
            end += 1;
        }
        let text: String = letters[start..end].iter().collect();
        let whole = mark.unwrap_or(if prompt || !is_head(line) { INK } else { DIM });
        found.push((start, text.trim_end().to_owned(), whole));
        start = end;
    }
    found
}

fn colour_of(letter: char) -> Option<&'static str> {
    match letter {
        '✓' => Some(GOOD),
        '✗' => Some(BAD),
        '?' => Some(DOUBT),
        '▁'..='█' => Some(BARS),
        _ => None,
    }
}

/// Heads of tables, and where the numbers come from.
fn is_head(line: &str) -> bool {
    ["flow ", "component ", "next to bind ", "simulated ", "assumed "].iter().any(|head| line.starts_with(head))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[test]
fn the_picture_of_a_run_is_todays() {
    let path = "docs/pictures/run.svg";
    let printed = fs::read_to_string("tests/golden/checkout.stdout").expect("the golden is there");
    let picture = drawn("archsim run --reproducible scenarios/checkout.toml", &printed);
    if std::env::var_os("TRYCMD").is_some_and(|mode| mode == "overwrite") {
        fs::create_dir_all("docs/pictures").and_then(|()| fs::write(path, &picture)).expect("it can be written");
    }
    assert!(fs::read_to_string(path).is_ok_and(|drawn| drawn == picture), "{path} is stale: TRYCMD=overwrite draws it");
}

#[test]
fn a_line_is_cut_into_words_with_their_columns() {
    let cut = pieces("web    32%  ✗ p99 < 1s  ▁▂", false);
    let expected = [(0, "web", INK), (7, "32%", INK), (12, "✗", BAD), (14, "p99 < 1s", INK), (24, "▁▂", BARS)];
    assert_eq!(cut, expected.map(|(column, text, colour)| (column, text.to_owned(), colour)));
    assert!(drawn("x", "a < b\n").contains(">a &lt; b</text>"));
}
