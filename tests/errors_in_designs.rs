//! Mistakes in large designs: each is told with its place, cause and cure, and the cure works when it is applied.
//!
//! The six designs of `tests/designs/` are as rich as those that people draw. A case changes one piece of one of them;
//! the cure is the diagnostic's own replacement, or the first text that its help quotes, put where it points; the file
//! must then be accepted.

#![expect(clippy::disallowed_methods, reason = "these tests read the designs")]

use std::fs;

use archsim::experiment::{Examined, Scenario};
use archsim::scenario::compile::Options;
use archsim::scenario::diagnostics::{Diagnostic, Diagnostics};
use archsim::scenario::render;
use archsim::scenario::sources::MemoryFiles;

#[path = "designs/mistakes.rs"]
mod mistakes;

use mistakes::{DESIGNS, Mistake};

fn design(name: &str) -> String {
    let path = format!("tests/designs/{name}.toml");
    fs::read_to_string(&path).unwrap_or_else(|why| panic!("{path}: {why}"))
}

fn examined(name: &str, text: &str) -> Examined {
    let path = format!("{name}.toml");
    Scenario::examine(&MemoryFiles::new([(path.as_str(), text)]), &path, &[], Options::default())
}

fn told(examined: &Examined) -> String {
    render::text(&examined.said, &examined.sources, false)
}

/// The design with its mistake. The piece that is changed must stand there; the first one is taken.
fn broken(good: &str, mistake: &Mistake) -> String {
    assert!(good.contains(mistake.instead_of), "{}: the design has no {:?}", mistake.name, mistake.instead_of);
    good.replacen(mistake.instead_of, mistake.writes, 1)
}

/// The text with the cure of a diagnostic applied.
fn cured(text: &str, diagnostic: &Diagnostic) -> Option<String> {
    let at = diagnostic.at?;
    let fix = diagnostic.fix.clone().or_else(|| quoted(diagnostic.help.as_ref()?))?;
    Some(format!("{}{fix}{}", text.get(..at.start as usize)?, text.get(at.end as usize..)?))
}

/// The first text in double quotes of a help that says what to write, quotes and all.
fn quoted(help: &str) -> Option<String> {
    let mut pieces = help.split('"');
    pieces.next()?;
    Some(format!("\"{}\"", pieces.next()?))
}

/// All that is wrong with how a mistake is told.
fn complaint(name: &str, text: &str, examined: &Examined) -> Option<String> {
    let Some(first) = examined.said.list.first() else { return Some("is not told".into()) };
    if first.says.is_empty() || first.at.is_none() {
        return Some(format!("has no place or no cause: {first:?}"));
    }
    if first.help.as_ref().is_none_or(String::is_empty) {
        return Some(format!("has no cure: {}", first.says));
    }
    let Some(after) = cured(text, first) else { return Some(format!("has no replacement: {}", told(examined))) };
    let again = self::examined(name, &after);
    (!again.said.list.is_empty())
        .then(|| format!("is not cured by its cure:\n{}\nbut\n{}", told(examined), told(&again)))
}

#[test]
fn the_designs_are_accepted_without_a_word() {
    for (name, _) in DESIGNS {
        let examined = examined(name, &design(name));
        assert_eq!(told(&examined), "", "{name}");
        assert!(examined.scenario.is_some());
    }
}

#[test]
fn the_designs_run_to_their_end() {
    for (name, _) in DESIGNS {
        let outcome = Scenario::from_file(&format!("tests/designs/{name}.toml")).and_then(|design| design.run(1));
        let outcome = outcome.unwrap_or_else(|trouble| panic!("{name}: {trouble}"));
        assert!(outcome.breaches.is_empty() && outcome.events() > 100_000, "{name}: {} events", outcome.events());
    }
}

#[test]
fn every_cure_works_when_it_is_applied() {
    let mut complaints = Vec::new();
    for (name, mistakes) in DESIGNS {
        let good = design(name);
        for mistake in *mistakes {
            let text = broken(&good, mistake);
            let wrong = complaint(name, &text, &examined(name, &text));
            complaints.extend(wrong.map(|wrong| format!("{name}, {}: {wrong}", mistake.name)));
        }
    }
    assert!(complaints.is_empty(), "{} of them\n\n{}", complaints.len(), complaints.join("\n\n"));
}

#[test]
fn sixty_mistakes_are_told_in_the_words_of_the_file() {
    assert!(DESIGNS.iter().all(|(_, mistakes)| mistakes.len() == 10));
    for (name, mistakes) in DESIGNS {
        let good = design(name);
        let texts = mistakes.iter().map(|mistake| {
            let examined = examined(name, &broken(&good, mistake));
            format!("{}\n\n{}", mistake.name, told(&examined))
        });
        insta::assert_snapshot!(*name, texts.collect::<Vec<_>>().join("\n"));
    }
}

#[test]
fn ten_mistakes_in_one_file_come_back_at_once() {
    for (name, mistakes) in DESIGNS {
        // What breaks the syntax, and a whole section that is lost, hide others: they have their own cases above.
        let all = mistakes.iter().filter(|mistake| !mistake.hides);
        let mut text = design(name);
        let mut made = 0;
        for mistake in all {
            if text.contains(mistake.instead_of) {
                text = broken(&text, mistake);
                made += 1;
            }
        }
        let Diagnostics { list } = examined(name, &text).said;
        assert!(made >= 6 && list.len() >= made, "{name}: {made} made, {} told", list.len());
    }
}
