//! The texts that a scenario is read from: where they come from, by which number they go, how their lines count.
//!
//! The reader asks [`Files`] for a text and knows nothing of disks, so it reads embedded scenarios, texts in memory and
//! folders in the same way.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::tree::At;

/// The largest scenario file. A large design has 10 KB; the parser may keep a hundred times the size of what is wrong.
pub const LARGEST_SCENARIO: usize = 2 << 20;

/// The largest table of numbers (a trace, a profile).
pub const LARGEST_TABLE: usize = 64 << 20;

/// Where files come from. Paths have `/` between folders and are relative to wherever the reading began.
pub trait Files {
    /// The whole text of a file.
    fn read(&self, path: &str) -> io::Result<String>;
    /// Is there such a file?
    fn exists(&self, path: &str) -> bool;
}

/// Files on disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiskFiles;

#[expect(clippy::disallowed_methods, reason = "this is the one place at which scenarios touch a disk")]
impl Files for DiskFiles {
    fn read(&self, path: &str) -> io::Result<String> {
        // A device never ends: what is longer than the largest table is not read to its end.
        let limit = LARGEST_TABLE as u64 + 1;
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(limit).read_to_end(&mut bytes)?;
        String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not text (UTF-8)"))
    }

    fn exists(&self, path: &str) -> bool {
        std::path::Path::new(path).is_file()
    }
}

/// Files in memory: what is embedded in the binary, and what tests make up.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles {
    /// Path and text.
    pub files: BTreeMap<String, String>,
}

impl MemoryFiles {
    /// With these files.
    pub fn new<P: Into<String>, T: Into<String>>(files: impl IntoIterator<Item = (P, T)>) -> MemoryFiles {
        MemoryFiles { files: files.into_iter().map(|(path, text)| (path.into(), text.into())).collect() }
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &str) -> io::Result<String> {
        self.files.get(path).cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn exists(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }
}

/// One text that was read.
#[derive(Clone, Debug)]
struct Source {
    name: String,
    text: String,
    /// First byte of every line.
    lines: Vec<u32>,
}

/// All texts of one reading, by number.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    list: Vec<Source>,
}

/// A line and a column, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
}

impl Sources {
    /// Takes a text in under the name that users see; the number goes into every [`At`].
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> u32 {
        let text = text.into();
        let mut lines = vec![0];
        lines.extend(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(index, _)| index as u32 + 1));
        self.list.push(Source { name: name.into(), text, lines });
        (self.list.len() - 1) as u32
    }

    /// The name of a file, as users see it.
    pub fn name(&self, file: u32) -> &str {
        self.list.get(file as usize).map_or("", |source| &source.name)
    }

    /// The text of a file.
    pub fn text(&self, file: u32) -> &str {
        self.list.get(file as usize).map_or("", |source| &source.text)
    }

    /// What stands at a place.
    pub fn piece(&self, at: At) -> &str {
        self.text(at.file).get(at.start as usize..at.end as usize).unwrap_or("")
    }

    /// Line and column of the first byte of a place.
    pub fn position(&self, at: At) -> Position {
        let Some(source) = self.list.get(at.file as usize) else { return Position { line: 1, column: 1 } };
        let index = source.lines.partition_point(|first| *first <= at.start).saturating_sub(1);
        let before = source.text.get(source.lines[index] as usize..at.start as usize).unwrap_or("");
        Position { line: index + 1, column: before.chars().count() + 1 }
    }

    /// The line of a place.
    pub fn line(&self, at: At) -> usize {
        self.position(at).line
    }

    /// The text of a line (from 1), and its first byte.
    pub fn line_text(&self, file: u32, line: usize) -> (&str, usize) {
        let Some(source) = self.list.get(file as usize) else { return ("", 0) };
        let first = source.lines.get(line.saturating_sub(1)).map_or(source.text.len(), |first| *first as usize);
        let end = source.lines.get(line).map_or(source.text.len(), |next| *next as usize);
        let text = source.text.get(first..end).unwrap_or("");
        (text.trim_end_matches(['\n', '\r']), first)
    }

    /// How a text speaks of another place: `line 12`, or `line 12 of shop.toml` where that is another file.
    pub fn said_from(&self, here: At, there: At) -> String {
        let line = self.line(there);
        if here.file == there.file {
            format!("line {line}")
        } else {
            format!("line {line} of {}", self.name(there.file))
        }
    }
}

/// The folder part of a path, with its slash; empty for a file beside us.
pub(crate) fn folder(path: &str) -> &str {
    path.rfind('/').map_or("", |slash| &path[..=slash])
}

/// A path as one file names another: beside itself, with `.` and `..` resolved.
pub(crate) fn beside(folder: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_string();
    }
    let rooted = folder.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    format!("{}{}", if rooted { "/" } else { "" }, parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        let mut sources = Sources::default();
        let file = sources.add("a.toml", "x = 1\né = 2\n");
        let at = |start| At { file, start, end: start + 1 };
        assert_eq!(sources.position(at(0)), Position { line: 1, column: 1 });
        assert_eq!(sources.position(at(6)), Position { line: 2, column: 1 });
        assert_eq!(sources.position(at(9)), Position { line: 2, column: 3 });
        assert_eq!(sources.line_text(file, 2), ("é = 2", 6));
        assert_eq!(sources.line_text(file, 9), ("", 13));
    }

    #[test]
    fn a_place_outside_of_everything_is_the_beginning() {
        let sources = Sources::default();
        assert_eq!(sources.line(At { file: 7, start: 9, end: 10 }), 1);
        assert_eq!(sources.piece(At { file: 7, start: 9, end: 10 }), "");
    }

    #[test]
    fn paths_are_relative_to_the_file_that_names_them() {
        assert_eq!(beside("designs/chat/", "../web/shop.toml"), "designs/web/shop.toml");
        assert_eq!(beside("", "../shop.toml"), "../shop.toml");
        assert_eq!(beside("a/", "/b.csv"), "/b.csv");
        assert_eq!(beside("/a/", "../../b.csv"), "/b.csv");
        assert_eq!(beside(folder("a/b.toml"), "./c.csv"), "a/c.csv");
        assert_eq!(beside(folder("b.toml"), "c.csv"), "c.csv");
    }
}
