//! Diagnostics as text: the user's own line, what is wrong with it, what helps.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::diagnostics::{Diagnostic, Diagnostics, Severity};
use super::sources::Sources;
use super::tree::At;

/// Longer lines are shown in part.
const LONGEST_LINE: usize = 240;

/// All that was said, with a line at the end that counts it; empty if there is nothing.
pub fn text(diagnostics: &Diagnostics, sources: &Sources, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(LONGEST_LINE);
    let mut text = String::new();
    for diagnostic in &diagnostics.list {
        text.push_str(&one(diagnostic, sources, &renderer));
        text.push_str("\n\n");
    }
    text.push_str(&summary(diagnostics));
    if !diagnostics.list.is_empty() {
        text.push('\n');
    }
    text
}

/// `3 errors, 1 warning`; empty if there is nothing.
pub fn summary(diagnostics: &Diagnostics) -> String {
    let count = |severity: Severity| diagnostics.list.iter().filter(|d| d.severity == severity).count();
    let said = |number: usize, word: &str| match number {
        0 => None,
        1 => Some(format!("1 {word}")),
        number => Some(format!("{number} {word}s")),
    };
    let parts = [said(count(Severity::Error), "error"), said(count(Severity::Warning), "warning")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn one(diagnostic: &Diagnostic, sources: &Sources, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let says = printable(&diagnostic.says);
    let help = diagnostic.help.as_deref().map(printable);
    let label = printable(&diagnostic.label);
    let mut group: Group<'_> = Group::with_title(level.primary_title(says));
    let shown = diagnostic.at.map(|at| Shown::of(at, sources));
    if let Some(shown) = &shown {
        let annotation = AnnotationKind::Primary.span(shown.start..shown.end);
        let annotation = if label.is_empty() { annotation } else { annotation.label(label) };
        let snippet = Snippet::source(shown.text.as_str()).line_start(shown.line).path(shown.name.as_str());
        group = group.element(snippet.annotation(annotation));
    }
    if let Some(help) = help {
        group = group.element(Level::HELP.message(help));
    }
    renderer.render(&[group]).to_string()
}

/// The line that is shown, and what of it is underlined.
struct Shown {
    name: String,
    line: usize,
    text: String,
    start: usize,
    end: usize,
}

impl Shown {
    fn of(at: At, sources: &Sources) -> Shown {
        let line = sources.line(at);
        let (whole, first) = sources.line_text(at.file, line);
        let start = (at.start as usize).saturating_sub(first).min(whole.len());
        // What goes on over several lines is underlined to the end of the first.
        let end = (at.end as usize).saturating_sub(first).clamp(start, whole.len());
        let (from, to) = piece(whole, start, end);
        let text = printable(&whole[from..to]);
        // Bytes may have become other characters: the underlining counts in the new text.
        let start_shown = printable(&whole[from..start]).len();
        let end_shown = start_shown + printable(&whole[start..end.min(to)]).len();
        Shown { name: sources.name(at.file).to_string(), line, text, start: start_shown, end: end_shown }
    }
}

/// The part of a long line around a place, at the bounds of characters.
fn piece(line: &str, start: usize, end: usize) -> (usize, usize) {
    if line.len() <= LONGEST_LINE {
        return (0, line.len());
    }
    let mut from = start.saturating_sub(LONGEST_LINE / 2);
    let mut to = end.min(start + LONGEST_LINE).max(start + LONGEST_LINE / 2).min(line.len());
    while !line.is_char_boundary(from) {
        from -= 1;
    }
    while !line.is_char_boundary(to) {
        to += 1;
    }
    (from, to)
}

/// Control characters would move the cursor of a terminal: they are shown as blanks.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(text_of_file: &str, start: u32, end: u32) -> String {
        let mut sources = Sources::default();
        let file = sources.add("scenarios/shop.toml", text_of_file);
        let error = Diagnostic::error(At { file, start, end }, "`p99` needs a unit");
        let list = vec![error.label("a bare number").help("write \"800ms\" or \"0.8s\"")];
        text(&Diagnostics { list }, &sources, false)
    }

    #[test]
    fn a_mistake_is_shown_with_its_line_its_cause_and_its_cure() {
        let shown = rendered("a = 1\nslo = { p99 = 800 }\n", 20, 23);
        let expected = "error: `p99` needs a unit\n --> scenarios/shop.toml:2:15\n  |\n2 | slo = { p99 = 800 }\n  |               ^^^ a bare number\n  |\n  = help: write \"800ms\" or \"0.8s\"\n\n1 error\n";
        assert_eq!(shown, expected);
    }

    #[test]
    fn strange_places_and_long_lines_do_not_matter() {
        let long = format!("x = \"{}\"", "é".repeat(100_000));
        assert!(rendered(&long, 100_005, 100_007).len() < 4_000);
        rendered("", 0, 0);
        rendered("a\n", 700, 800);
        rendered("a = \u{1b}[31m\n", 0, 3);
    }

    #[test]
    fn what_was_said_is_counted() {
        let warning = Diagnostic::warning(At::default(), "x");
        let error = Diagnostic::error(At::default(), "x");
        let all = Diagnostics { list: vec![warning, error.clone(), error] };
        assert_eq!(summary(&all), "2 errors, 1 warning");
        assert_eq!(text(&Diagnostics::default(), &Sources::default(), false), "");
    }
}
