//! No service of a cloud is named in `src/`: what a model file can be called, no code may say. Tests inside of it may.

use std::collections::BTreeSet;

use crate::repository::{self, File};
use crate::{nobody_complains, rust};

/// The folder whose models belong to nobody.
const OURS: &str = "generic";

/// Words by which models are known: their folder, their file, their family; of "ec2-asg" also its parts.
fn services(models: &[File]) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for file in models {
        let path = file.path.trim_start_matches("models/").trim_end_matches(".toml");
        let Some((provider, name)) = path.split_once('/').filter(|(provider, _)| *provider != OURS) else { continue };
        let family = file.text.lines().find_map(|line| line.strip_prefix("service"));
        let family = family.map(|rest| rest.trim_matches([' ', '=', '"'])).unwrap_or("");
        words.extend([provider, name, family].map(str::to_owned));
        // Parts that are names, and not words of everybody's.
        let of_theirs = |part: &&str| part.chars().any(|c| c.is_ascii_digit());
        words.extend(name.split('-').filter(of_theirs).map(str::to_owned));
    }
    words.remove("");
    words.remove("sources");
    words
}

/// What a file says before its tests.
fn code(file: &File) -> &str {
    file.text.split("#[cfg(test)]").next().unwrap_or("")
}

fn says(file: &File, services: &BTreeSet<String>) -> Vec<String> {
    let said = rust::said_words(rust::tokens(code(file)));
    let known = said.iter().filter(|word| services.contains(&word.text));
    known
        .map(|word| {
            format!("{}:{}: no code knows the service {:?}: say it in models/", file.path, word.line, word.text)
        })
        .collect()
}

#[test]
fn no_service_is_named_in_the_source() {
    let services = services(&repository::files("models", ".toml"));
    assert!(services.contains("sqs") && services.contains("dynamodb") && services.contains("aws"), "{services:?}");
    let complaints: Vec<String> =
        repository::files("src", ".rs").iter().flat_map(|file| says(file, &services)).collect();
    nobody_complains(&complaints);
}

#[test]
fn the_service_rule_bites_and_spares_tests() {
    let model = File::new("models/acme/pipe-2x.toml", "title = \"x\"\nservice = \"plumbing\"\n");
    let own = File::new("models/generic/queue.toml", "service = \"generic\"\n");
    let services = services(&[model, own]);
    assert_eq!(services.iter().map(String::as_str).collect::<Vec<&str>>(), ["2x", "acme", "pipe-2x", "plumbing"]);
    let text = "//! x\nfn f() { g(\"acme\"); let plumbing = 1; } // acme\n#[cfg(test)]\nmod tests { const S: &str = \"acme\"; }\n";
    assert_eq!(says(&File::new("src/a.rs", text), &services).len(), 2);
}
