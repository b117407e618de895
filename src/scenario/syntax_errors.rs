//! TOML's own errors in our words: one for each line, with the cure.

use super::diagnostics::Diagnostic;
use super::tree::At;

/// More than this nobody reads.
const MOST: usize = 50;

/// What the parser found, explained.
#[derive(Debug, Default)]
pub(crate) struct Explained {
    /// In the order of the file.
    pub(crate) list: Vec<Diagnostic>,
    /// From this byte on nothing can be trusted: a bracket is open.
    pub(crate) open_from: Option<u32>,
}

/// Explains the parser's errors. Of several in one line the first is the cause, the others follow from it.
pub(crate) fn explain(file: u32, text: &str, errors: &[toml::de::Error]) -> Explained {
    let mut found: Vec<(usize, usize, &str)> = errors
        .iter()
        .map(|error| {
            let span = error.span().unwrap_or(0..0);
            (span.start.min(text.len()), span.end.min(text.len()), error.message())
        })
        .collect();
    // In one line a missing comma is the cause of what else the parser says about it.
    found.sort_by_key(|(start, end, message)| (line_begin(text, *start), !is_comma(message), *start, *end));
    let mut explained = Explained::default();
    let open = found.iter().find(|(_, _, message)| is_open(message)).map(|(start, end, message)| {
        let opening = opening(text, *start).unwrap_or(*start);
        (opening, Place { file, text, start: *start, end: *end }.open(opening, message))
    });
    let trusted = open.as_ref().map_or(text.len() + 1, |(opening, _)| line_begin(text, *opening));
    let mut last_line = None;
    for (start, end, message) in found {
        let line = line_begin(text, start);
        if last_line == Some(line) || start >= trusted || explained.list.len() == MOST {
            continue;
        }
        last_line = Some(line);
        explained.list.push(Place { file, text, start, end }.explain(message));
    }
    if let Some((_, diagnostic)) = open {
        explained.list.push(diagnostic);
        explained.open_from = Some(trusted as u32);
    }
    explained
}

/// A bracket that is never closed swallows the lines after it: whatever comes later is no cause.
fn is_open(message: &str) -> bool {
    message.starts_with("unexpected `=` in array")
        || message.starts_with("unclosed array")
        || message.starts_with("unclosed inline table")
}

fn is_comma(message: &str) -> bool {
    message.starts_with("missing comma") || message.starts_with("extra assignment")
}

fn line_begin(text: &str, byte: usize) -> usize {
    super::parse::line_start(text, byte as u32) as usize
}

struct Place<'t> {
    file: u32,
    text: &'t str,
    start: usize,
    end: usize,
}

impl Place<'_> {
    fn at(&self, start: usize, end: usize) -> At {
        At { file: self.file, start: start as u32, end: end as u32 }
    }

    fn here(&self) -> At {
        self.at(self.start, self.end)
    }

    fn piece(&self) -> &str {
        self.text.get(self.start..self.end).unwrap_or("")
    }

    /// The line up to the error.
    fn before(&self) -> &str {
        self.text.get(line_begin(self.text, self.start)..self.start).unwrap_or("")
    }

    fn explain(&self, message: &str) -> Diagnostic {
        let head = message.split(',').next().unwrap_or(message);
        match head {
            "duplicate key" => self.twice(),
            "string values must be quoted" => self.unquoted(),
            "missing comma between key-value pairs"
            | "missing comma between array elements"
            | "extra assignment between key-value pairs" => self.comma(),
            "invalid boolean" => self.boolean(),
            "invalid basic string" | "invalid literal string" => self.quote(),
            "missing escaped value" => {
                Diagnostic::error(self.here(), "a backslash in a text begins a special character")
                    .help("write `\\\\` for a backslash, or put the text in single quotes: 'C:\\dir'")
            }
            "key with no value" | "missing value for key" => self.no_value(),
            "unexpected key or value" => Diagnostic::error(self.here(), "a second thing on this line")
                .label("from here on")
                .help("one entry on a line; several in one line stand in braces: `x = { a = 1, b = 2 }`"),
            "invalid unquoted key" | "unquoted keys cannot be empty" => self.no_value(),
            "extra `=`" => Diagnostic::error(self.here(), "one `=` too many").help("an entry is `key = value`").fix(""),
            "unclosed table" | "unclosed array table" => Diagnostic::error(self.here(), "this header is not closed")
                .help("a header is `[name]`, alone on its line"),
            "recursion limit" | "cannot recurse further; max recursion depth met" => {
                Diagnostic::error(self.here(), "this is nested far too deep")
                    .help("no scenario needs that: name the inner part")
            }
            _ if head.starts_with("cannot extend value of type") => self.closed(head),
            "invalid float" | "invalid integer" | "invalid number" => {
                self.number().unwrap_or_else(|| self.no_toml(message))
            }
            _ => self.no_toml(message),
        }
    }

    fn no_toml(&self, message: &str) -> Diagnostic {
        Diagnostic::error(self.here(), format!("this line is no TOML: {message}"))
            .help("an entry is `key = value`; a text stands in straight double quotes")
    }

    fn open(&self, opening: usize, message: &str) -> Diagnostic {
        let table = message.contains("table") || self.text.as_bytes().get(opening) == Some(&b'{');
        let (what, close) = if table { ("table", "}") } else { ("list", "]") };
        Diagnostic::error(self.at(opening, (opening + 1).min(self.text.len())), format!("this {what} is not closed"))
            .label("opened here")
            .help(format!("close it with `{close}`"))
    }

    /// Something stands where only a quoted text, a number, true or false may.
    fn unquoted(&self) -> Diagnostic {
        let piece = self.piece();
        if piece.is_empty() {
            return self.no_value();
        }
        let curly = |c: char| "“”„‟‘’‚«»".contains(c);
        if piece.contains(curly) {
            let straight: String = piece.trim().trim_matches(|c| curly(c) || c == '"').replace('"', "'");
            return Diagnostic::error(self.here(), "curly quotes are no quotes to TOML")
                .label("from a word processor")
                .help(format!("write \"{straight}\" with straight quotes"))
                .fix(format!("\"{straight}\""));
        }
        if piece.contains(['=', '"', '{', '[']) || piece.split(' ').all(|word| word.parse::<f64>().is_ok()) {
            return self.comma();
        }
        let quoted = format!("\"{}\"", piece.trim());
        match piece.trim() {
            "yes" | "on" => Diagnostic::error(self.here(), "yes is written `true`").help("write true").fix("true"),
            "no" | "off" => Diagnostic::error(self.here(), "no is written `false`").help("write false").fix("false"),
            _ => Diagnostic::error(self.here(), format!("{piece} must stand in quotes"))
                .label("a text without quotes")
                .help(format!("write {quoted}"))
                .fix(quoted),
        }
    }

    fn comma(&self) -> Diagnostic {
        let told = Diagnostic::error(self.here(), "a comma is missing")
            .label("before or in this")
            .help("entries of a list or of a table in braces are separated by commas: `{ a = 1, b = 2 }`");
        // At the first letter of what comes next, the place of the comma is known.
        let begins = self.end <= self.start + 1 && self.before().ends_with([' ', '"', ']', '}']);
        if begins { told.fix(format!(", {}", self.piece())) } else { told }
    }

    /// `0.5%`, `10m`: a number with its unit, and no quotes.
    fn number(&self) -> Option<Diagnostic> {
        let edge = |c: char| c.is_whitespace() || "=,[]{}#\"".contains(c);
        let start = self.text.get(..self.start)?.rfind(edge).map_or(0, |index| index + 1);
        let rest = self.text.get(start..)?;
        let piece = &rest[..rest.find(edge).unwrap_or(rest.len())];
        let quoted = format!("\"{piece}\"");
        let told = Diagnostic::error(self.at(start, start + piece.len()), format!("{piece} must stand in quotes"));
        let unit = piece.starts_with(|c: char| c.is_ascii_digit());
        unit.then(|| told.label("a number with a unit").help(format!("write {quoted}")).fix(quoted))
    }

    fn boolean(&self) -> Diagnostic {
        let small = self.piece().to_lowercase();
        let right = if small.starts_with('t') { "true" } else { "false" };
        Diagnostic::error(self.here(), format!("`{}` is written in small letters", self.piece()))
            .help(format!("write {right}"))
            .fix(right)
    }

    fn quote(&self) -> Diagnostic {
        let first = self.before().find(['"', '\'']).map(|index| line_begin(self.text, self.start) + index);
        let at = first.map_or(self.here(), |first| self.at(first, self.start.max(first + 1)));
        Diagnostic::error(at, "this text is not closed")
            .label("no quote at its end")
            .help("a text begins and ends with the same quote, on one line")
    }

    fn no_value(&self) -> Diagnostic {
        let line = self.before();
        let whole = self.text.get(self.start - line.len()..).unwrap_or("").lines().next().unwrap_or("");
        if let Some((key, value)) = whole.split_once(':').filter(|_| !whole.contains('=')) {
            let help = format!("write `{} = {}`", key.trim(), value.trim());
            return Diagnostic::error(self.here(), "TOML has `=` between a key and its value, not `:`").help(help);
        }
        let key = line.split('=').next().unwrap_or("").trim();
        let key = key.rsplit(['{', ',', '[']).next().unwrap_or(key).trim();
        let says = if key.is_empty() { "a key is missing".to_string() } else { format!("`{key}` has no value") };
        Diagnostic::error(self.here(), says).help("an entry is `key = value`")
    }

    /// `app = { .. }` and then `[components.app.pool]`.
    fn closed(&self, message: &str) -> Diagnostic {
        let name = self.piece().to_string();
        let Some(line) = self.earlier_line(&name) else {
            return Diagnostic::error(self.here(), format!("`{name}` cannot be added to"))
                .help("it is a value already");
        };
        if !message.contains("inline table") {
            return Diagnostic::error(self.here(), format!("`{name}` has a value already, on line {line}"))
                .help(format!("`{name}` is either a value or a table: take one of the two away"));
        }
        Diagnostic::error(
            self.here(),
            format!("`{name}` is closed on line {line}: a one-line table cannot be added to"),
        )
        .help(format!("move its keys under {}", self.header_up_to(&name)))
    }

    fn twice(&self) -> Diagnostic {
        let name = self.piece().to_string();
        let line = self.earlier_line(&name);
        let header = self.before().trim_start().starts_with('[');
        let entry = line.is_some_and(|line| !self.line(line).trim_start().starts_with('['));
        if let (Some(line), true, true) = (line, header, entry) {
            let says = format!("`{name}` is closed on line {line}: a one-line table cannot be added to");
            return Diagnostic::error(self.here(), says)
                .help(format!("move its keys under {}", self.header_up_to(&name)));
        }
        let says = match line {
            Some(line) => format!("`{name}` is there already, on line {line}"),
            None => format!("`{name}` is there twice"),
        };
        Diagnostic::error(self.here(), says)
            .label("a second time")
            .help("a name stands once in its table: join the two")
    }

    fn line(&self, line: usize) -> &str {
        self.text.lines().nth(line - 1).unwrap_or("")
    }

    /// The line before this place where a key or a header of this name stands, seen from here upwards.
    fn earlier_line(&self, name: &str) -> Option<usize> {
        let names_it = |line: &str| {
            let line = line.trim_start();
            let header = line.starts_with('[');
            let head = if header { line.trim_matches(['[', ']', ' ']) } else { line.split('=').next().unwrap_or("") };
            let mut words = head.split('.').map(|word| word.trim().trim_matches('"'));
            if header { words.next_back() == Some(name) } else { words.any(|word| word == name) }
        };
        let before = self.text.get(..line_begin(self.text, self.start))?;
        let lines: Vec<&str> = before.lines().collect();
        let same_line = self.before().matches(name).count() > 0;
        lines.iter().rposition(|line| names_it(line)).map(|index| index + 1).or(same_line.then_some(lines.len() + 1))
    }

    /// `[components.app]`, of the header in which this error stands.
    fn header_up_to(&self, name: &str) -> String {
        let line = self.line(self.text[..self.start].matches('\n').count() + 1);
        let path: Vec<&str> = line.trim().trim_matches(['[', ']']).split('.').map(str::trim).collect();
        let end = path.iter().position(|part| *part == name).map_or(path.len(), |index| index + 1);
        format!("`[{}]`", path[..end].join("."))
    }
}

/// The innermost bracket that is open at a byte, texts and comments left out.
fn opening(text: &str, upto: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut open = Vec::new();
    let mut index = 0;
    while index < upto.min(bytes.len()) {
        match bytes[index] {
            b'#' => index += bytes[index..].iter().position(|b| *b == b'\n').unwrap_or(bytes.len() - index),
            quote @ (b'"' | b'\'') => index = after_text(bytes, index, quote),
            b'[' | b'{' => open.push(index),
            b']' | b'}' => {
                open.pop();
            }
            _ => {}
        }
        index += 1;
    }
    open.pop()
}

/// The last byte of a text that begins at `start`.
fn after_text(bytes: &[u8], start: usize, quote: u8) -> usize {
    let long = bytes[start..].starts_with(&[quote; 3]);
    let mut index = start + if long { 3 } else { 1 };
    while index < bytes.len() {
        match bytes[index] {
            b'\\' if quote == b'"' => index += 1,
            b'\n' if !long => return index,
            b if b == quote && !long => return index,
            _ if long && bytes[index..].starts_with(&[quote; 3]) => return index + 2,
            _ => {}
        }
        index += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use toml::de::DeTable;

    fn explained(text: &str) -> Vec<String> {
        let (_, errors) = DeTable::parse_recoverable(text);
        explain(0, text, &errors).list.into_iter().map(|d| d.says).collect()
    }

    #[test]
    fn several_mistakes_come_back_at_once_one_for_each_line() {
        let said = explained("a = 800ms\nb = “x”\nc = { x = 1 y = 2 }\nd = True\na = 1\n");
        assert_eq!(
            said,
            [
                "800ms must stand in quotes",
                "curly quotes are no quotes to TOML",
                "a comma is missing",
                "`True` is written in small letters",
                "`a` is there already, on line 1",
            ]
        );
    }

    #[test]
    fn a_one_line_table_is_closed() {
        let says = "`app` is closed on line 2: a one-line table cannot be added to";
        assert_eq!(explained("[components]\napp = { model = \"x\" }\n[components.app.pool]\ndb = 1\n"), [says]);
        assert_eq!(explained("[components]\napp = { model = \"x\" }\n[components.app]\ndb = 1\n"), [says]);
    }

    #[test]
    fn an_open_list_is_one_mistake_at_its_bracket() {
        let text = "a = [1, 2\nb = 3\nc = 4\n";
        let (_, errors) = DeTable::parse_recoverable(text);
        let explained = explain(0, text, &errors);
        assert_eq!(explained.list.len(), 1);
        assert_eq!(explained.list[0].at.unwrap().start, 4);
        assert_eq!(explained.open_from, Some(0));
    }

    #[test]
    fn no_message_is_the_parsers_own_for_common_mistakes() {
        for text in ["a: 3", "a = ", "a", "a = \"x", "a = 1 b = 2", "a == 2", "[a", "a = \"\\q\"", "a = [1 2]", "= 3"] {
            let said = explained(text);
            assert!(!said.is_empty(), "{text}");
            assert!(said.iter().all(|says| !says.contains("expected")) || text == "= 3", "{text}: {said:?}");
        }
    }
}
