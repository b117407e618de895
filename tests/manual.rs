//! The manual is a test: every scenario that a page shows is one that can be run.

#![expect(clippy::disallowed_methods, reason = "this test reads the pages")]

use std::fs;
use std::path::Path;

use archsim::experiment::Scenario;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;

/// The TOML blocks of a page, with the line where each begins.
fn blocks(page: &str) -> Vec<(usize, String)> {
    let (mut found, mut open): (Vec<(usize, String)>, bool) = (vec![], false);
    for (number, line) in page.lines().enumerate() {
        if line.starts_with("```") {
            open = !open && line == "```toml";
            if open {
                found.push((number + 2, String::new()));
            }
        } else if let Some((_, block)) = found.last_mut().filter(|_| open) {
            block.push_str(line);
            block.push('\n');
        }
    }
    found
}

/// A whole scenario begins with its name; pieces of one are not read.
fn is_whole(block: &str) -> bool {
    block.starts_with("name ")
}

fn pages() -> Vec<String> {
    let docs = Path::new("docs").read_dir().expect("docs/ is there").map(|entry| entry.expect("an entry").path());
    let pages = docs.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    let mut all: Vec<String> = pages.filter_map(|path| path.to_str().map(str::to_owned)).collect();
    all.push("README.md".to_owned());
    all.sort();
    all
}

#[test]
fn every_scenario_that_a_page_shows_can_be_run() {
    let mut complaints = vec![];
    for path in pages() {
        let page = fs::read_to_string(&path).expect("a page is text");
        for (line, block) in blocks(&page).into_iter().filter(|(_, block)| is_whole(block)) {
            let files = MemoryFiles::new([("page.toml", block)]);
            match Scenario::load(&files, "page.toml", &[], Options::default()) {
                Ok(scenario) => {
                    complaints.extend(scenario.warnings.list.iter().map(|w| format!("{path}:{line}: {}", w.says)))
                }
                Err(trouble) => complaints.push(format!("{path}:{line}: {trouble}")),
            }
        }
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn the_readme_shows_a_whole_scenario() {
    let page = fs::read_to_string("README.md").expect("README.md is text");
    assert!(blocks(&page).iter().any(|(_, block)| is_whole(block)));
}

#[test]
fn only_toml_blocks_are_taken_from_a_page() {
    let page = "x\n```toml\nname = 1\n```\n```\nname = 2\n```\n```toml\na = 1\nb = 2\n```\n";
    assert_eq!(blocks(page), [(3, "name = 1\n".to_owned()), (9, "a = 1\nb = 2\n".to_owned())]);
}

/// The worked example of a service: its model lies beside its scenario, as a reader would put them.
#[test]
fn the_service_that_contributing_adds_works_as_it_says() {
    let page = fs::read_to_string("CONTRIBUTING.md").expect("CONTRIBUTING.md is text");
    let blocks = blocks(&page);
    let model = blocks.iter().find(|(_, block)| block.starts_with("# models/acme/search.toml")).expect("the model");
    let shop = blocks.iter().find(|(_, block)| is_whole(block)).expect("the scenario");
    let files = MemoryFiles::new([("models/acme/search.toml", &model.1), ("shop.toml", &shop.1)]);
    let throttled = |settings: &[&str]| {
        let settings: Vec<(String, String)> =
            settings.iter().filter_map(|one| one.split_once('=')).map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
        let scenario = Scenario::load(&files, "shop.toml", &settings, Options::default()).expect("it is in order");
        let outcome = scenario.run(1).expect("it runs");
        outcome.value("search.throttled").expect("a share")
    };
    assert_eq!(throttled(&[]), 0.0, "the small plan carries 150 a second");
    // Of 230 a second 200 pass: three in 23 are refused, but for chance and the burst in hand.
    let too_many = throttled(&["traffic.search.rate=230/s"]);
    assert!((too_many - 3.0 / 23.0).abs() < 0.01, "{too_many}");
    assert_eq!(throttled(&["traffic.search.rate=230/s", "finder.plan=large"]), 0.0, "the large plan is the cure");
}
