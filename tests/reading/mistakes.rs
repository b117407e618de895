//! Mistakes: each is told with its place, cause and cure, and the offered cure works.

use archsim::scenario::diagnostics::{Diagnostic, Severity};

use crate::cases::{CASES, SHOP};
use crate::{reading, said, snapshot};

fn broken(old: &str, new: &str) -> String {
    if old.is_empty() {
        return format!("{SHOP}\n{new}");
    }
    assert!(SHOP.contains(old), "the good file has no {old:?}");
    SHOP.replacen(old, new, 1)
}

#[test]
fn the_good_file_is_good() {
    let reading = reading(SHOP);
    assert_eq!(said(&reading), "");
    assert!(reading.scenario.is_some());
}

#[test]
fn every_mistake_is_told_with_its_place_its_cause_and_its_cure() {
    for (name, old, new) in CASES {
        let reading = reading(&broken(old, new));
        assert!(!reading.diagnostics.list.is_empty(), "{name} is not told");
        let failed = reading.diagnostics.failed();
        assert_eq!(reading.scenario.is_none(), failed, "{name}: a scenario comes out if there is no error");
        for diagnostic in &reading.diagnostics.list {
            let helped = diagnostic.help.as_ref().is_some_and(|help| !help.is_empty());
            assert!(diagnostic.at.is_some() && helped, "{name}: {diagnostic:?}");
        }
        snapshot(name, said(&reading));
    }
}

#[test]
fn an_offered_fix_takes_the_mistake_away() {
    let mut fixed = 0;
    for (name, old, new) in CASES {
        let text = broken(old, new);
        for Diagnostic { says, at, fix, .. } in reading(&text).diagnostics.list {
            let (Some(at), Some(fix)) = (at, fix) else { continue };
            let cured = format!("{}{fix}{}", &text[..at.start as usize], &text[at.end as usize..]);
            let after = reading(&cured);
            let still = after.diagnostics.list.iter().any(|d| d.says == says && d.severity == Severity::Error);
            assert!(!still, "{name}: {says}\n{}", said(&after));
            fixed += 1;
        }
    }
    assert!(fixed >= 20, "only {fixed} mistakes have a fix");
}

#[test]
fn all_mistakes_of_a_file_come_back_at_once() {
    let text = SHOP
        .replace("p99 = \"300ms\"", "p99 = 800")
        .replace("then = \"grow\"", "then = \"grwo\"")
        .replace("count = \"100k\"", "cuont = \"100k\"")
        .replace("\"outage\"", "\"outtage\"");
    let reading = reading(&text);
    assert!(reading.diagnostics.list.len() >= 4, "{}", said(&reading));
    snapshot("all_at_once", said(&reading));
}

#[test]
fn mistakes_of_toml_and_of_the_format_come_back_together() {
    let text = SHOP.replace("duration = \"10m\"", "duration = 10m").replace("p99 = \"300ms\"", "p99 = 800");
    let reading = reading(&text);
    snapshot("syntax_and_format", said(&reading));
}

#[test]
fn a_sample_cannot_be_asked_about_one_hot_key() {
    let text = SHOP.replace("duration = \"10m\"", "duration = \"10m\"\nsample = \"1/100\"").replace(
        "what   = \"outage\"\ntarget = \"photos\"",
        "what   = \"hot-key\"\ntarget = \"photo\"\nshare = \"20%\"",
    );
    snapshot("a_sample_with_a_hot_key", said(&reading(&text)));
}
