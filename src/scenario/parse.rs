//! TOML text to a tree in which every value knows its place; all mistakes of the syntax at once.

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::diagnostics::{Diagnostic, Diagnostics};
use super::syntax_errors;
use super::tree::{At, Kind, Node, Placed, Table};

/// No scenario nests deeper; whoever walks a tree may recurse.
const DEEPEST: usize = 48;

/// A file as a tree.
#[derive(Clone, Debug)]
pub(crate) struct Parsed {
    /// The table of the whole file.
    pub(crate) root: Node,
    /// Where what was read is a guess.
    pub(crate) broken: Broken,
}

/// The pieces of a file with a mistake of syntax.
#[derive(Clone, Debug, Default)]
pub(crate) struct Broken {
    /// First bytes of lines.
    lines: BTreeSet<u32>,
    /// Everything from this byte on: a bracket is open.
    from: Option<u32>,
}

impl Broken {
    /// Is the whole file in order?
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.from.is_none()
    }

    /// Does a place lie in a broken piece?
    pub(crate) fn holds(&self, text: &str, at: At) -> bool {
        self.from.is_some_and(|from| at.start >= from) || self.lines.contains(&line_start(text, at.start))
    }
}

/// Reads TOML. Mistakes are told, and what could be read around them is in the tree.
pub(crate) fn parse(file: u32, text: &str, diagnostics: &mut Diagnostics) -> Parsed {
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut maker = Maker { file, text, said: Vec::new() };
    let whole = At { file, start: 0, end: 0 };
    let entries = maker.entries(root.into_inner(), 0);
    let explained = syntax_errors::explain(file, text, &errors);
    let mut said = explained.list;
    said.append(&mut maker.said);
    said.sort_by_key(|diagnostic| diagnostic.at);
    let lines = said.iter().filter_map(|d| d.at).map(|at| line_start(text, at.start)).collect();
    let broken = Broken { lines, from: explained.open_from };
    diagnostics.list.append(&mut said);
    Parsed { root: Node { kind: Kind::Table(Table { entries }), at: whole }, broken }
}

/// The first byte of the line in which a byte stands.
pub(crate) fn line_start(text: &str, byte: u32) -> u32 {
    let before = text.as_bytes().get(..byte as usize).unwrap_or(text.as_bytes());
    before.iter().rposition(|b| *b == b'\n').map_or(0, |newline| newline as u32 + 1)
}

struct Maker<'t> {
    file: u32,
    text: &'t str,
    said: Vec<Diagnostic>,
}

impl Maker<'_> {
    fn at(&self, span: std::ops::Range<usize>) -> At {
        At { file: self.file, start: span.start as u32, end: span.end as u32 }
    }

    fn entries(&mut self, table: DeTable<'_>, depth: usize) -> Vec<(Placed<String>, Node)> {
        let mut entries: Vec<(Placed<String>, Node)> = table
            .into_iter()
            .filter_map(|(key, value)| {
                let at = self.at(key.span());
                let node = self.node(value, depth + 1)?;
                Some((Placed::new(key.into_inner().into_owned(), at), node))
            })
            .collect();
        // The parser sorts by name; people read in the order of the file.
        entries.sort_by_key(|(key, _)| key.at);
        entries
    }

    fn node(&mut self, value: Spanned<DeValue<'_>>, depth: usize) -> Option<Node> {
        let at = self.at(value.span());
        if depth > DEEPEST {
            let says = format!("tables and lists are nested more than {DEEPEST} deep");
            self.said.push(Diagnostic::error(at, says).help("no scenario needs that: name the inner part"));
            return None;
        }
        let kind = match value.into_inner() {
            DeValue::String(text) => Kind::Text(text.into_owned()),
            DeValue::Integer(whole) => self.whole(whole.as_str(), whole.radix(), at),
            DeValue::Float(float) => self.float(float.as_str(), at),
            DeValue::Boolean(flag) => Kind::Bool(flag),
            DeValue::Datetime(_) => {
                self.said.push(self.date(at));
                return None;
            }
            DeValue::Array(list) => Kind::List(self.list(list, depth)),
            DeValue::Table(table) => Kind::Table(Table { entries: self.entries(table, depth) }),
        };
        Some(Node { kind, at })
    }

    fn list(&mut self, list: DeArray<'_>, depth: usize) -> Vec<Node> {
        list.into_iter().filter_map(|value| self.node(value, depth + 1)).collect()
    }

    fn whole(&mut self, digits: &str, radix: u32, at: At) -> Kind {
        if let Ok(whole) = i64::from_str_radix(digits, radix) {
            return Kind::Whole(whole);
        }
        // Empty digits: the syntax error has been told already.
        if !digits.is_empty() {
            let says = "this number is too large to be counted";
            self.said
                .push(Diagnostic::error(at, says).help("write large numbers with a unit: \"5bn\" is five billion"));
        }
        Kind::Whole(0)
    }

    fn float(&mut self, digits: &str, at: At) -> Kind {
        match digits.parse::<f64>() {
            Ok(number) if number.is_finite() => Kind::Float(number),
            Ok(_) => {
                let says = format!("`{}` is no number that a scenario can use", self.piece(at));
                self.said.push(Diagnostic::error(at, says).help("write a finite number"));
                Kind::Float(0.0)
            }
            // The syntax error has been told already.
            Err(_) => Kind::Float(0.0),
        }
    }

    fn date(&self, at: At) -> Diagnostic {
        let written = self.piece(at);
        Diagnostic::error(at, format!("{written} is a date, and a scenario has none"))
            .label("a date or a time of day")
            .help(format!("times are durations (\"30m\"); a time of day stands in quotes: \"{written}\""))
            .fix(format!("\"{written}\""))
    }

    fn piece(&self, at: At) -> &str {
        self.text.get(at.start as usize..at.end as usize).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Parsed, Vec<String>) {
        let mut diagnostics = Diagnostics::default();
        let parsed = parse(0, text, &mut diagnostics);
        (parsed, diagnostics.list.into_iter().map(|d| d.says).collect())
    }

    #[test]
    fn entries_keep_the_order_of_the_file_and_their_places() {
        let (parsed, said) = parsed("z = 1\na.b = \"x\"\n[m]\nc = [1, 2.5]\n");
        assert!(said.is_empty());
        let table = parsed.root.table().unwrap();
        let names: Vec<&str> = table.entries.iter().map(|(key, _)| key.value.as_str()).collect();
        assert_eq!(names, ["z", "a", "m"]);
        let b = table.get("a").unwrap().table().unwrap().get("b").unwrap();
        assert_eq!((b.text(), b.at), (Some("x"), At { file: 0, start: 12, end: 15 }));
    }

    #[test]
    fn dates_and_endless_numbers_are_refused() {
        let (_, said) = parsed("a = 2026-01-01\nb = inf\nc = 99999999999999999999\n");
        assert_eq!(said.len(), 3, "{said:?}");
    }

    #[test]
    fn deep_nesting_is_told_and_does_not_crash() {
        let (_, said) = parsed(&format!("a = {}{}", "[".repeat(60), "]".repeat(60)));
        assert_eq!(said.len(), 1, "{said:?}");
        let (_, said) = parsed(&format!("a = {}", "[".repeat(100_000)));
        assert!(!said.is_empty());
        let (_, said) = parsed(&format!("{}b = 1", "a.".repeat(50_000)));
        assert!(!said.is_empty());
        let line = format!("{}x = {{ ", "a.".repeat(70)).repeat(60);
        parsed(&line);
    }
}
