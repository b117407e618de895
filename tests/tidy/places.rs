//! The repository names no workplace: no folder of somebody's machine, no host that only somebody's network knows.

use crate::nobody_complains;
use crate::repository::{self, File};

/// The only place that packages come from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Folders of machines; joined here, so that this file is not its own first culprit.
fn machine_folders() -> Vec<String> {
    let tops = ["home", "root", "Users", "work", "workspace", "tmp", "private", "mnt"];
    tops.iter().map(|top| format!("/{top}/")).chain([["C:", "\\", "Users"].concat()]).collect()
}

/// A path begins here, rather than going on (`docs/work/x` is ours).
fn begins_a_path(line: &str, at: usize) -> bool {
    let before = line[..at].chars().next_back();
    before.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '}' | '*')))
}

fn names_a_folder(line: &str, folders: &[String]) -> bool {
    folders.iter().any(|folder| line.match_indices(folder.as_str()).any(|(at, _)| begins_a_path(line, at)))
}

/// A host that the world does not know: a bare name, a number, an inner domain.
fn names_an_inner_host(line: &str) -> bool {
    let hosts =
        line.split("://").skip(1).filter_map(|rest| rest.split(['/', ':', ' ', '"', ')', '>', '`', '\'']).next());
    hosts.filter(|host| !host.is_empty()).any(|host| {
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        let inner = [".local", ".internal", ".corp", ".lan", ".intra"].iter().any(|end| host.ends_with(end));
        let number = host.chars().all(|c| c.is_ascii_digit() || c == '.');
        inner || number || !host.contains('.')
    })
}

fn complaints(file: &File) -> Vec<String> {
    let folders = machine_folders();
    let mut found = vec![];
    for (number, line) in file.text.lines().enumerate() {
        let place = format!("{}:{}", file.path, number + 1);
        if names_a_folder(line, &folders) {
            found.push(format!("{place}: names a folder of a machine: {}", line.trim()));
        }
        if names_an_inner_host(line) {
            found.push(format!("{place}: names a host that only one network knows: {}", line.trim()));
        }
        if file.path.ends_with("Cargo.lock") && line.starts_with("source = ") && !line.contains(REGISTRY) {
            found.push(format!("{place}: packages come from crates.io only: {line}"));
        }
    }
    found
}

#[test]
fn no_file_names_a_machine_or_a_network_of_ours() {
    nobody_complains(&repository::files("", "").iter().flat_map(complaints).collect::<Vec<_>>());
}

#[test]
fn the_rule_of_places_bites() {
    let path = |top: &str| format!("see \"/{top}/me/x\"");
    let lines = [path("home"), path("tmp"), ["http:/", "/mirror/index"].concat(), ["http:/", "/10.0.0.1:80/"].concat()];
    for line in &lines {
        assert_eq!(complaints(&File::new("a.md", line)).len(), 1, "{line}");
    }
    for line in ["docs/work/a.md", "a/tmp/b", "${dir}/tmp/x", "https://doc.rust-lang.org/std/", "a :// b"] {
        assert_eq!(complaints(&File::new("a.md", line)), [""; 0], "{line}");
    }
    let lock = "source = \"git+https://example.org/x\"\n";
    assert_eq!(complaints(&File::new("Cargo.lock", lock)).len(), 1);
}
