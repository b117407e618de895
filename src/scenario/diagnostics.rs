//! What a file is told: place, cause, cure. Collected, so that all mistakes of a file come back at once.

use super::tree::At;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// It can, but its author should know.
    Warning,
}

/// One message: what is wrong, where, and what helps.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// How bad.
    pub severity: Severity,
    /// The cause, in the user's words: "`p99` needs a unit".
    pub says: String,
    /// The place, with a short label for the underlined piece.
    pub at: Option<At>,
    /// Stands beside the underlined piece ("a bare number"); may be empty.
    pub label: String,
    /// The cure: `write "800ms" or "0.8s"`.
    pub help: Option<String>,
    /// A replacement for exactly the bytes at `at` which applies the cure, where there is one.
    pub fix: Option<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(at: At, says: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            says: says.into(),
            at: Some(at),
            label: String::new(),
            help: None,
            fix: None,
        }
    }

    /// A warning at a place.
    pub fn warning(at: At, says: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(at, says) }
    }

    /// With a label beside the underlined piece.
    pub fn label(mut self, label: impl Into<String>) -> Diagnostic {
        self.label = label.into();
        self
    }

    /// With a cure.
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// With a text that may stand instead of what is underlined.
    pub fn fix(mut self, fix: impl Into<String>) -> Diagnostic {
        self.fix = Some(fix.into());
        self
    }
}

/// All that was said while reading.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    /// In the order in which they were found.
    pub list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Says one more thing.
    pub fn say(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Is anything an error?
    pub fn failed(&self) -> bool {
        self.list.iter().any(|d| d.severity == Severity::Error)
    }
}
