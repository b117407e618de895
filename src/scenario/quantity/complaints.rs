//! What the parsers say when a text is wrong: the cause, the cure, and the corrected text where there is just one.

use super::Complaint;
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::tree::At;

/// The label of what has no unit.
pub(super) const BARE: &str = "a bare number";
/// Longer texts are cut in messages.
const LONGEST: usize = 48;

impl Complaint {
    /// A cause and a cure.
    pub fn new(says: impl Into<String>, help: impl Into<String>) -> Complaint {
        Complaint { says: says.into(), label: String::new(), help: help.into(), fix: None }
    }

    /// With words beside the underlined piece.
    pub fn label(mut self, label: impl Into<String>) -> Complaint {
        self.label = label.into();
        self
    }

    /// With the text that would be right; the quotes are added.
    pub fn fix(mut self, text: &str) -> Complaint {
        // What would need escapes is not worth offering.
        if !text.contains(['"', '\\']) && !text.chars().any(char::is_control) {
            self.fix = Some(format!("\"{text}\""));
        }
        self
    }

    /// The same complaint about a piece of a longer text: its fix becomes one of the whole text.
    pub(super) fn within(mut self, whole: &str, piece: &str) -> Complaint {
        let start = (piece.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
        let parts = whole.get(..start).zip(whole.get(start..).and_then(|tail| tail.get(piece.len()..)));
        self.fix = match (self.fix, parts) {
            (Some(fix), Some((before, after))) => Some(format!("\"{before}{}{after}\"", fix.trim_matches('"'))),
            _ => None,
        };
        if let (BARE, Some((before, after))) = (self.label.as_str(), parts)
            && piece != whole
            && whole.len() < LONGEST
        {
            self.help = whole_texts(&self.help, before, after);
        }
        if piece != whole {
            let piece = shown(piece);
            match self.label.as_str() {
                "" => self.label = format!("in `{piece}`"),
                // Said without its place, as it is of a whole value.
                BARE => self.label = format!("`{piece}` is {BARE}"),
                _ => {}
            }
        }
        self
    }

    /// With its place, as the reader tells it.
    pub fn at(self, at: At) -> Diagnostic {
        let told = Diagnostic::error(at, self.says).label(self.label);
        let told = if self.help.is_empty() { told } else { told.help(self.help) };
        match self.fix {
            Some(fix) => told.fix(fix),
            None => told,
        }
    }
}

/// `write "12ms" or "0.012s"`, with what stands around it in the file: `write "exp(12ms)" or "exp(0.012s)"`.
fn whole_texts(help: &str, before: &str, after: &str) -> String {
    let pieces = help.split('"').enumerate();
    let pieces: Vec<String> = pieces
        .map(|(index, piece)| if index % 2 == 1 { format!("{before}{piece}{after}") } else { piece.to_string() })
        .collect();
    pieces.join("\"")
}

/// What a place wants, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// `"250ms"`.
    Duration,
    /// `"12.5M"`.
    Count,
    /// `"578/s"`.
    Rate,
    /// `"512MB"`.
    Size,
    /// `"99.9%"`.
    Ratio,
    /// `"x1.5"`.
    Factor,
    /// `"$30"`.
    Money,
    /// `"exp(12s)"`.
    Law,
    /// Of whatever unit.
    Value,
}

impl Wants {
    pub(super) fn name(self) -> &'static str {
        match self {
            Wants::Duration => "a duration",
            Wants::Count => "a count",
            Wants::Rate => "a rate",
            Wants::Size => "a size",
            Wants::Ratio => "a ratio",
            Wants::Factor => "a factor",
            Wants::Money => "an amount of money",
            Wants::Law => "a law",
            Wants::Value => "a value",
        }
    }

    pub(super) fn examples(self) -> &'static str {
        match self {
            Wants::Duration => r#"write it like "250ms" or "1m30s""#,
            Wants::Count => r#"write it like "120000", "10k" or "2bn""#,
            Wants::Rate => r#"write it like "578/s" or "40MB/s""#,
            Wants::Size => r#"write it like "512MB" or "2KB""#,
            Wants::Ratio => r#"write it like "99.9%" or 0.999"#,
            Wants::Factor => r#"write it like "x1.5""#,
            Wants::Money => r#"write it like "$30" or "$0.06""#,
            Wants::Value => r#"write it like "800ms", "99.9%", "10k", "2KB", "578/s" or "$30""#,
            Wants::Law => r#"write it like "5ms", "exp(12s)" or "lognormal(18ms, p99=70ms)""#,
        }
    }

    /// `"abc"` is no such thing.
    pub(super) fn not(self, text: &str) -> Complaint {
        if text.trim().is_empty() {
            return Complaint::new(format!("{} is missing here", self.name()), self.examples()).label("nothing");
        }
        Complaint::new(format!("\"{}\" is not {}", shown(text), self.name()), self.examples())
    }
}

/// A bare number in the file where a quantity is wanted: `p99 = 800`.
pub fn bare_number(key: &str, wants: Wants, value: f64) -> Complaint {
    let complaint = match wants {
        Wants::Rate => Complaint::new("a rate needs a time", format!(r#""{value}/s", or "{value}/min""#)),
        Wants::Factor => {
            Complaint::new(format!("`{key}` is a factor"), format!(r#"write "x{value}""#)).fix(&format!("x{value}"))
        }
        Wants::Money => Complaint::new(format!("`{key}` needs a currency"), format!(r#"write "${value}""#))
            .fix(&format!("${value}")),
        Wants::Size => Complaint::new(format!("`{key}` needs a unit"), format!(r#"write "{value}B" or "{value}KB""#)),
        Wants::Duration | Wants::Law => {
            Complaint::new(format!("`{key}` needs a unit"), format!(r#"write "{value}ms" or "{}s""#, value / 1000.0))
        }
        Wants::Count | Wants::Ratio | Wants::Value => {
            Complaint::new(format!("`{key}` cannot be {value}"), wants.examples())
        }
    };
    let complaint = match (wants, value == 0.0) {
        // No time is no time in every unit.
        (Wants::Duration | Wants::Law, true) => complaint.fix("0s"),
        (Wants::Size, true) => complaint.fix("0B"),
        (Wants::Rate, true) => complaint.fix("0/s"),
        _ => complaint,
    };
    complaint.label(BARE)
}

/// The known word that `word` was probably meant to be.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > 64 {
        return None;
    }
    let allowed = (word.chars().count() / 3).max(1);
    let distances = known.into_iter().map(|other| (strsim::damerau_levenshtein(word, other), other));
    distances.filter(|(distance, _)| *distance <= allowed).min().map(|(_, other)| other)
}

/// A text for a message: not longer than a line can bear.
pub(super) fn shown(text: &str) -> String {
    let clean: String = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match clean.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &clean[..end]),
        None => clean,
    }
}
