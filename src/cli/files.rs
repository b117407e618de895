//! The files of a run: JSON, series and pictures in a folder, each whole or not there at all.
//!
//! Everything is written into a folder beside its place first. A new folder then appears complete; in one that is there
//! each file takes the place of the old one, and what an earlier run had left and this one has not goes.

#![expect(clippy::disallowed_methods, reason = "the command line is where files are written")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use archsim::experiment::Answer;
use archsim::report::{self, charts, csv, json};

use rayon::prelude::*;

use super::{End, say};

/// Names that a run may write: of these, and of nothing else, stale ones are removed.
const PICTURES: [&str; 6] = ["latency", "goodput", "capacity", "utilisation", "waiting", "bill"];
const TABLES: [&str; 6] = ["flows", "components", "limits", "events", "recovery", "bill"];

/// What a run writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// JSON, series and pictures.
    All,
    /// Series and tables only.
    Tables,
}

/// The folder of a scenario's report, unless somebody names another: `reports/NAME`.
pub(crate) fn usual(file: &str) -> PathBuf {
    let stem = Path::new(file).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let plain = |letter: char| if letter.is_alphanumeric() || "-_.+ ".contains(letter) { letter } else { '-' };
    let name: String = stem.chars().map(plain).collect();
    let name = name.trim().trim_matches('.').to_owned();
    Path::new("reports").join(if name.is_empty() { "run".to_owned() } else { name })
}

/// Writes what is wanted into a folder.
pub(crate) fn write(folder: &Path, answer: &Answer, wanted: Wanted) -> Result<Told, End> {
    let told = |files: Files| Told {
        tables: files.iter().filter(|(name, _)| name.ends_with(".csv")).count(),
        pictures: files.iter().filter(|(name, _)| name.ends_with(".svg")).count(),
    };
    put(folder, wanted, || files(answer, wanted)).map(told).map_err(|(place, why)| {
        let place = place.display();
        say(&format!(
            "error: cannot write the report to {place}: {why}\n  = help: name a folder that may be written with \
             `--out DIR` (or `--csv DIR`), or leave the files out with `--no-files`\n"
        ));
        End::Unusable
    })
}

/// How much was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub tables: usize,
    pub pictures: usize,
}

impl Told {
    /// `report.json, 4 CSV files, 5 pictures (SVG and PNG)`
    pub fn words(self, wanted: Wanted) -> String {
        let many = |n: usize, one: &str, more: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {more}") };
        let mut words = Vec::new();
        if wanted == Wanted::All {
            words.push("report.json".to_owned());
        }
        if self.tables > 0 {
            words.push(many(self.tables, "CSV file", "CSV files"));
        }
        if self.pictures > 0 {
            words.push(many(self.pictures, "picture as SVG and PNG", "pictures as SVG and PNG"));
        }
        if words.is_empty() { "no file: the run has no series".to_owned() } else { words.join(", ") }
    }
}

/// Names and what they hold.
type Files = Vec<(String, Vec<u8>)>;

/// What could not be done where.
type Failed = (PathBuf, io::Error);

fn files(answer: &Answer, wanted: Wanted) -> Files {
    let statement = answer.statement.as_ref();
    let tables = csv::all(&answer.outcome, statement).into_iter();
    let mut files: Files = tables.map(|(name, text)| (format!("{name}.csv"), text.into_bytes())).collect();
    if wanted == Wanted::All {
        let sections = report::bill::sections(statement);
        files.push(("report.json".to_owned(), json::run(&answer.outcome, &sections).into_bytes()));
        let both = |(name, scene): (&str, charts::Scene)| {
            [(format!("{name}.svg"), charts::svg(&scene).into_bytes()), (format!("{name}.png"), charts::png(&scene))]
        };
        files.par_extend(charts::all(&answer.outcome, statement).into_par_iter().flat_map_iter(both));
    }
    files
}

/// All of them, or none: a failure says where, and leaves nothing new behind.
///
/// The files are made when there is a place for them: drawing takes longer than finding out that there is none.
fn put(folder: &Path, wanted: Wanted, make: impl FnOnce() -> Files) -> Result<Files, Failed> {
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let made = fresh_ancestor(parent);
    let name =
        folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_else(|| "report".to_owned());
    let beside = parent.join(format!(".{name}.part-{}", std::process::id()));
    let done = prepare(folder, parent, &beside).and_then(|()| {
        let files = make();
        stage(&beside, &files)?;
        settle(folder, &beside, &files, wanted)?;
        Ok(files)
    });
    if done.is_err() {
        let _ = fs::remove_dir_all(&beside);
        // Folders that were made for it and hold nothing else.
        if let Some(made) = made {
            let mut at = Some(parent);
            while let Some(empty) = at.filter(|empty| fs::remove_dir(empty).is_ok() && *empty != made) {
                at = empty.parent();
            }
        }
    }
    done
}

/// The uppermost folder of a path that is not there yet.
fn fresh_ancestor(path: &Path) -> Option<PathBuf> {
    path.ancestors().take_while(|at| !at.as_os_str().is_empty() && !at.exists()).last().map(Path::to_path_buf)
}

/// Makes room beside the place; says so if there can be none.
fn prepare(folder: &Path, parent: &Path, beside: &Path) -> Result<(), Failed> {
    if folder.exists() && !folder.is_dir() {
        let why = io::Error::new(io::ErrorKind::NotADirectory, "there is a file of that name");
        return Err((folder.to_path_buf(), why));
    }
    let here = |why| (parent.to_path_buf(), why);
    fs::create_dir_all(parent).map_err(here)?;
    // Left by a process of the same number that was ended in the middle of it.
    let _ = fs::remove_dir_all(beside);
    fs::create_dir(beside).map_err(here)
}

fn stage(beside: &Path, files: &[(String, Vec<u8>)]) -> Result<(), Failed> {
    files.iter().try_for_each(|(name, bytes)| {
        let path = beside.join(name);
        fs::write(&path, bytes).map_err(|why| (path, why))
    })
}

/// The folder as a whole, where there is none; else file by file.
fn settle(folder: &Path, beside: &Path, files: &[(String, Vec<u8>)], wanted: Wanted) -> Result<(), Failed> {
    let here = |why| (folder.to_path_buf(), why);
    if !folder.exists() {
        match fs::rename(beside, folder) {
            // Somebody else was faster: then file by file.
            Err(_) if folder.is_dir() => {}
            moved => return moved.map_err(here),
        }
    }
    for (name, _) in files {
        fs::rename(beside.join(name), folder.join(name)).map_err(here)?;
    }
    for stale in known(wanted).filter(|known| !files.iter().any(|(name, _)| name == known)) {
        let _ = fs::remove_file(folder.join(stale));
    }
    fs::remove_dir(beside).map_err(here)
}

/// All names that such a run may write.
fn known(wanted: Wanted) -> impl Iterator<Item = String> {
    let pictures = if wanted == Wanted::All { &PICTURES[..] } else { &[] };
    let pictures = pictures.iter().flat_map(|name| [format!("{name}.svg"), format!("{name}.png")]);
    TABLES.iter().map(|name| format!("{name}.csv")).chain(pictures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_folder_is_named_after_the_file() {
        let said = ["scenarios/checkout.toml", "blackfriday", "a/b c:ü?.toml", "..", "/"].map(usual);
        let wanted = ["reports/checkout", "reports/blackfriday", "reports/b c-ü-", "reports/run", "reports/run"];
        assert_eq!(said, wanted.map(PathBuf::from));
    }

    #[test]
    fn what_was_written_is_said_in_words() {
        assert_eq!(Told::default().words(Wanted::All), "report.json");
        assert_eq!(
            Told { tables: 4, pictures: 1 }.words(Wanted::All),
            "report.json, 4 CSV files, 1 picture as SVG and PNG"
        );
    }
}
