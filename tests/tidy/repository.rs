//! The files of the repository as the rules see them: path from the root and text.

use std::fs;
use std::path::Path;

/// What is made, not written.
const MADE: [&str; 5] = ["target", ".git", "mutants.out", "artifacts", "node_modules"];

/// A file: its path from the root of the repository, with slashes, and what stands in it.
#[derive(Clone, Debug)]
pub struct File {
    pub path: String,
    pub text: String,
}

impl File {
    /// A made-up file, to show a rule biting.
    pub fn new(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    /// The folder that it is in, without a slash at the end; "" is the root.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// All paths below a folder ("" is the root), sorted; none if the folder is not there.
pub fn paths(folder: &str) -> Vec<String> {
    let mut found = vec![];
    walk(folder, &mut found);
    found.sort();
    found
}

/// All files below a folder whose names end so, sorted by path; what is not text is left out.
pub fn files(folder: &str, ending: &str) -> Vec<File> {
    let paths = paths(folder).into_iter().filter(|path| path.ends_with(ending));
    paths.filter_map(|path| fs::read_to_string(&path).ok().map(|text| File { path, text })).collect()
}

/// The text of one file that must be there.
pub fn page(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn walk(folder: &str, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(Path::new(".").join(folder)) else { return };
    for entry in entries {
        let entry = entry.expect("an entry of a folder that can be read");
        let name = entry.file_name().to_str().expect("names in this repository are plain text").to_owned();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if MADE.contains(&name.as_str()) {
            continue;
        }
        if entry.path().is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}
