//! The scenarios that are part of the program: proofs for `archsim verify`, and stories that may be run by their name in
//! an empty folder. A file on disk wins over a story of its name.

use std::io;

use super::sources::{DiskFiles, Files};

/// Lies beside the scenarios that it lists.
#[path = "../../scenarios/embedded.rs"]
mod embedded;

/// Systems with known answers: path and text, sorted.
pub fn proofs() -> &'static [(&'static str, &'static str)] {
    embedded::PROOFS
}

/// Stories: file name and text, sorted.
pub fn stories() -> &'static [(&'static str, &'static str)] {
    embedded::STORIES
}

/// What `archsim new` writes.
pub fn starter() -> &'static str {
    embedded::STARTER
}

/// Files on disk, and behind them the stories.
#[derive(Clone, Copy, Debug, Default)]
pub struct WithStories;

impl Files for WithStories {
    fn read(&self, path: &str) -> io::Result<String> {
        match story(path) {
            Some(text) if !DiskFiles.exists(path) => Ok(text.to_owned()),
            _ => DiskFiles.read(path),
        }
    }

    fn exists(&self, path: &str) -> bool {
        DiskFiles.exists(path) || story(path).is_some()
    }
}

/// The text of a story's file.
pub fn story(path: &str) -> Option<&'static str> {
    stories().iter().find(|(name, _)| *name == path).map(|(_, text)| *text)
}

/// The file that is meant by what a user wrote: itself if there is one, else `NAME.toml` here, else the story `NAME`.
pub fn meant(written: &str) -> String {
    let named = format!("{written}.toml");
    let is_name = !written.contains(['/', '\\']) && !written.ends_with(".toml");
    if is_name && !DiskFiles.exists(written) && WithStories.exists(&named) { named } else { written.to_owned() }
}

/// Is a file of this folder used although the program brings a story of that name?
pub fn hides_a_story(path: &str) -> bool {
    story(path).is_some_and(|text| DiskFiles.read(path).is_ok_and(|own| own != text))
}
