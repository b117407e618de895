//! Pages: links lead somewhere, the changelog is open, README's commands can be read by a script.

use crate::nobody_complains;
use crate::repository::{self, File};

/// The commands of README.md that `.ci/run` runs as they stand there.
const COMMANDS: [&str; 2] = ["main", "test"];

/// The lines of a page outside its code blocks, with their numbers.
fn prose(page: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut code = false;
    page.lines().enumerate().filter_map(move |(number, line)| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        (!code && !fence).then_some((number + 1, line))
    })
}

/// The targets of `[text](target)` and `![text](target)`, with their lines; code between backticks is no link.
pub fn links(page: &str) -> Vec<(usize, String)> {
    let mut found = vec![];
    for (number, line) in prose(page) {
        let outside: String = line.split('`').step_by(2).collect::<Vec<_>>().join("code");
        let targets = outside.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        found.extend(targets.map(|(target, _)| (number, target.trim().to_owned())));
    }
    found
}

/// A path relative to a folder, with `..` resolved.
pub fn resolve(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The names under which a page's headings can be linked to.
fn anchors(page: &str) -> Vec<String> {
    let headings = prose(page).filter(|(_, line)| line.starts_with('#'));
    let anchor = |line: &str| -> String {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(|(_, line)| anchor(line)).collect()
}

fn broken_links(pages: &[File], paths: &[String]) -> Vec<String> {
    let leads_nowhere = |page: &File, target: &str| {
        let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
        let path = if path.is_empty() { page.path.clone() } else { resolve(page.folder(), path) };
        let folder = format!("{path}/");
        let there = path.is_empty() || paths.iter().any(|other| *other == path || other.starts_with(&folder));
        let to = pages.iter().find(|other| other.path == path);
        !there || (!anchor.is_empty() && to.is_some_and(|to| !anchors(&to.text).contains(&anchor.to_owned())))
    };
    let mut broken = vec![];
    for page in pages {
        let inner = links(&page.text).into_iter().filter(|(_, t)| !t.contains("://") && !t.starts_with("mailto:"));
        let wrong = inner.filter(|(_, target)| leads_nowhere(page, target));
        broken.extend(wrong.map(|(line, target)| format!("{}:{line}: the link to {target} leads nowhere", page.path)));
    }
    broken
}

/// The one line of the code block that follows `<!-- command: NAME -->`.
fn command<'a>(page: &'a str, name: &str) -> Result<&'a str, String> {
    let mark = format!("<!-- command: {name} -->");
    let mut after = page.lines().skip_while(|line| line.trim() != mark).skip(1);
    let opens = after.next().is_some_and(|line| line.starts_with("```"));
    let lines: Vec<&str> = after.take_while(|line| !line.starts_with("```")).collect();
    match lines[..] {
        [line] if opens => Ok(line),
        _ => Err(format!("README.md: `{mark}` must stand once, right above a code block of one line")),
    }
}

fn changelog_complaints(page: &str) -> Vec<String> {
    let mut sections = page.lines().filter(|line| line.starts_with("## "));
    let open = sections.next() == Some("## [Unreleased]");
    let mut found = vec![];
    if !open {
        found.push("CHANGELOG.md: the first section is `## [Unreleased]`".to_owned());
    }
    let kinds = ["Added", "Changed", "Changed results", "Deprecated", "Removed", "Fixed", "Security"];
    let unknown = page.lines().filter_map(|line| line.strip_prefix("### ")).filter(|kind| !kinds.contains(kind));
    found.extend(unknown.map(|kind| format!("CHANGELOG.md: `### {kind}` is none of {}", kinds.join(", "))));
    found
}

#[test]
fn every_link_of_every_page_leads_somewhere() {
    nobody_complains(&broken_links(&repository::files("", ".md"), &repository::paths("")));
}

#[test]
fn the_readme_holds_the_commands_that_ci_runs() {
    let page = repository::page("README.md");
    let unread: Vec<String> = COMMANDS.iter().filter_map(|name| command(&page, name).err()).collect();
    nobody_complains(&unread);
    let script = repository::page(".ci/run");
    let repeated = COMMANDS.iter().filter_map(|name| command(&page, name).ok()).filter(|line| script.contains(line));
    nobody_complains(&repeated.map(|line| format!(".ci/run repeats `{line}`; it reads README.md")).collect::<Vec<_>>());
}

#[test]
fn the_changelog_is_open_for_the_next_change() {
    nobody_complains(&changelog_complaints(&repository::page("CHANGELOG.md")));
}

#[test]
fn the_link_rule_bites() {
    let text = "# A title, too\n[there](b.md#part-two) [not](c.md) [up](../a.md)\n`[code](x.md)` [web](https://a.b/c)\n```\n[block](y.md)\n```\n[here](#a-title-too) [no](#nothing) ![picture](p.svg) [no](b.md#part-one) [folder](sub)\n";
    let pages = [File::new("docs/a.md", text), File::new("docs/b.md", "## Part two\n"), File::new("a.md", "")];
    let paths = ["docs/a.md", "docs/b.md", "a.md", "docs/sub/x.md"].map(str::to_owned);
    assert_eq!(
        broken_links(&pages, &paths),
        [
            "docs/a.md:2: the link to c.md leads nowhere",
            "docs/a.md:7: the link to #nothing leads nowhere",
            "docs/a.md:7: the link to p.svg leads nowhere",
            "docs/a.md:7: the link to b.md#part-one leads nowhere",
        ]
    );
}

#[test]
fn the_command_rule_bites() {
    let page = "x\n<!-- command: main -->\n```console\ncargo run\n```\n<!-- command: test -->\ncargo test\n";
    assert_eq!(command(page, "main"), Ok("cargo run"));
    assert!(command(page, "test").is_err());
    assert!(command(page, "other").is_err());
}

#[test]
fn the_changelog_rule_bites() {
    assert_eq!(changelog_complaints("# Changelog\n## [Unreleased]\n### Changed results\n"), [""; 0]);
    assert_eq!(changelog_complaints("# Changelog\n## 1.0.0\n### Misc\n").len(), 2);
}
