//! A design that a program turns this way and that: a scenario's file or text, and the settings that are changed in it.

use std::fmt::Display;
use std::io;

use super::study::{Scenario, Trouble};
use crate::outcome::Outcome;
use crate::scenario::compile::Options;
use crate::scenario::sources::{DiskFiles, Files};

/// What diagnostics call a text that was in no file.
const IN_MEMORY: &str = "scenario.toml";

/// A scenario that has not been read yet, with settings of its own; reading says all that is wrong.
///
/// ```
/// let desk = archsim::Design::from_toml(
///     r#"
///     name     = "A desk"
///     duration = "2h"
///
///     [traffic]
///     ask = { rate = "3/s" }
///
///     [components]
///     desk = { model = "server", workers = 1, time = "exp(300ms)" }
///
///     [flows.ask]
///     steps = ["desk"]
///     "#,
/// );
/// let wait = |workers: u32| -> Result<f64, archsim::Trouble> {
///     let outcome = desk.clone().set("desk.workers", workers).run(1)?;
///     Ok(outcome.value("desk.wait.mean").unwrap_or(0.0))
/// };
/// assert!(wait(1)? > 10.0 * wait(2)?);
/// # Ok::<(), archsim::Trouble>(())
/// ```
#[derive(Clone, Debug)]
pub struct Design {
    from: From,
    sets: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
enum From {
    File(String),
    Text(String),
}

impl Design {
    /// Of a file, which is read when it is run.
    pub fn from_file(path: impl Into<String>) -> Design {
        Design { from: From::File(path.into()), sets: Vec::new() }
    }

    /// Of a text as it would stand in a file; what it names lies in the working folder.
    pub fn from_toml(text: impl Into<String>) -> Design {
        Design { from: From::Text(text.into()), sets: Vec::new() }
    }

    /// With one setting changed, by the path that `--set` has: `"web.workers"`, `"visitors.rate"`.
    #[must_use]
    pub fn set(mut self, path: impl Into<String>, value: impl Display) -> Design {
        self.sets.push((path.into(), value.to_string()));
        self
    }

    /// Reads it.
    ///
    /// # Errors
    /// All that is wrong with it, each with its place, cause and cure.
    pub fn scenario(&self) -> Result<Scenario, Trouble> {
        match &self.from {
            From::File(path) => Scenario::load(&DiskFiles, path, &self.sets, Options::default()),
            From::Text(text) => Scenario::load(&OneText(text), IN_MEMORY, &self.sets, Options::default()),
        }
    }

    /// Reads it and runs it with this seed.
    ///
    /// # Errors
    /// As [`Design::scenario`] and [`Scenario::run`].
    pub fn run(&self, seed: u64) -> Result<Outcome, Trouble> {
        self.scenario()?.run(seed)
    }
}

impl Scenario {
    /// Reads a scenario from a text, as it would stand in a file.
    ///
    /// # Errors
    /// All that is wrong with the text, each with its place, cause and cure.
    pub fn from_toml(text: &str) -> Result<Scenario, Trouble> {
        Design::from_toml(text).scenario()
    }
}

/// One text in memory; everything that it names is on disk.
struct OneText<'a>(&'a str);

impl Files for OneText<'_> {
    fn read(&self, path: &str) -> io::Result<String> {
        if path == IN_MEMORY { Ok(self.0.to_owned()) } else { DiskFiles.read(path) }
    }

    fn exists(&self, path: &str) -> bool {
        path == IN_MEMORY || DiskFiles.exists(path)
    }
}
