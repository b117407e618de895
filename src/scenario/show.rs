//! The merged file as TOML, in the order in which files stand, each line with the file and line that it is from.

use super::read::paths::word_as_key;
use super::read::tables_parts::SCENARIO;
use super::sources::Sources;
use super::tree::{At, Kind, Node, Placed, Table};

/// The greatest width of a line, its origin left out.
const WIDEST: usize = 130;

/// Sections whose entries are tables of their own.
const OF_TABLES: &[&str] = &[
    "keys",
    "traffic",
    "components",
    "handlers",
    "routines",
    "flows",
    "alarms",
    "runbooks",
    "changes",
    "faults",
    "claims",
];

/// The merged file. With `origins`, every line says where it is from; what is printed reads back to the same scenario.
pub fn text(tree: &Table, sources: &Sources, origins: bool) -> String {
    let mut shown = Shown { sources, origins, lines: Vec::new() };
    let (tables, plain): (Vec<_>, Vec<_>) = in_order(tree).into_iter().partition(|(_, node)| is_section(node));
    shown.entries(&plain);
    for (name, node) in tables {
        shown.section(name, node);
    }
    shown.aligned()
}

/// The entries of a file in the order of the format, whatever their order in the files was.
fn in_order(tree: &Table) -> Vec<(&Placed<String>, &Node)> {
    let place = |name: &str| SCENARIO.all().position(|key| key.name == name).unwrap_or(usize::MAX);
    let mut entries: Vec<(&Placed<String>, &Node)> = tree.entries.iter().map(|(name, node)| (name, node)).collect();
    entries.sort_by_key(|(name, _)| place(&name.value));
    entries
}

fn is_section(node: &Node) -> bool {
    match &node.kind {
        Kind::Table(_) => true,
        // `[[known]]`: a list of tables, each of which has a header.
        Kind::List(list) => !list.is_empty() && list.iter().all(|node| node.table().is_some()),
        _ => false,
    }
}

struct Line {
    text: String,
    /// None: a header, or the rest of what began above.
    origins: Vec<At>,
}

struct Shown<'s> {
    sources: &'s Sources,
    origins: bool,
    lines: Vec<Line>,
}

impl Shown<'_> {
    fn push(&mut self, text: String, origins: Vec<At>) {
        self.lines.push(Line { text, origins });
    }

    fn header(&mut self, text: String) {
        if !self.lines.is_empty() {
            self.push(String::new(), Vec::new());
        }
        self.push(text, Vec::new());
    }

    fn section(&mut self, name: &Placed<String>, node: &Node) {
        let key = word_as_key(&name.value);
        match &node.kind {
            Kind::List(list) => {
                for table in list.iter().filter_map(Node::table) {
                    self.header(format!("[[{key}]]"));
                    self.dotted(table);
                }
            }
            Kind::Table(table) if OF_TABLES.contains(&name.value.as_str()) => self.named(&key, table),
            Kind::Table(table) => {
                self.header(format!("[{key}]"));
                self.dotted(table);
            }
            _ => {}
        }
    }

    /// Entries that fit on a line and are of one line stand under the section; others have a header of their own.
    fn named(&mut self, key: &str, table: &Table) {
        let (short, long): (Vec<_>, Vec<_>) = table
            .entries
            .iter()
            .map(|(name, node)| (name, node))
            .partition(|(name, node)| self.is_short(key, name, node));
        if !short.is_empty() {
            self.header(format!("[{key}]"));
            self.entries(&short);
        }
        for (name, node) in long {
            if let Some(table) = node.table() {
                self.table(&format!("{key}.{}", word_as_key(&name.value)), table, key == "handlers");
            }
        }
    }

    fn is_short(&self, section: &str, name: &Placed<String>, node: &Node) -> bool {
        let Some(table) = node.table() else { return true };
        if matches!(section, "handlers" | "routines") || table.entries.is_empty() {
            return table.entries.is_empty();
        }
        let line = |at: At| (at.file, self.sources.line(at));
        let one_line = table.entries.windows(2).all(|pair| line(pair[0].0.at) == line(pair[1].0.at));
        one_line && name.value.len() + inline(node).len() + 3 <= WIDEST
    }

    fn table(&mut self, header: &str, table: &Table, operations: bool) {
        let (inner, own): (Vec<_>, Vec<_>) = table
            .entries
            .iter()
            .map(|(name, node)| (name, node))
            .partition(|(_, node)| operations && node.table().is_some());
        if !own.is_empty() || inner.is_empty() {
            self.header(format!("[{header}]"));
            self.entries(&own);
        }
        for (name, node) in inner {
            if let Some(table) = node.table() {
                self.table(&format!("{header}.{}", word_as_key(&name.value)), table, false);
            }
        }
    }

    /// Paths: tables inside tables as dotted keys, up to what stands at their ends.
    fn dotted(&mut self, table: &Table) {
        let mut found: Vec<(Placed<String>, &Node)> = Vec::new();
        flatten(table, "", &mut found);
        let entries: Vec<(&Placed<String>, &Node)> = found.iter().map(|(name, node)| (name, *node)).collect();
        self.aligned_entries(&entries, |name| name.to_string());
    }

    fn entries(&mut self, entries: &[(&Placed<String>, &Node)]) {
        self.aligned_entries(entries, word_as_key);
    }

    /// `=` under `=`.
    fn aligned_entries(&mut self, entries: &[(&Placed<String>, &Node)], key: impl Fn(&str) -> String) {
        let width = entries.iter().map(|(name, _)| key(&name.value).chars().count()).max().unwrap_or(0);
        for (name, node) in entries {
            let head = format!("{:width$} = ", key(&name.value));
            let whole = inline(node);
            if head.len() + whole.len() <= WIDEST {
                self.push(format!("{head}{whole}"), origins(name, node));
                continue;
            }
            for (index, line) in broken(node, head.len(), 0).into_iter().enumerate() {
                match index {
                    0 => self.push(format!("{head}{line}"), origins(name, node)),
                    _ => self.push(line, Vec::new()),
                }
            }
        }
    }

    /// All lines, the origins one under the other within a block.
    fn aligned(&self) -> String {
        let mut text = String::new();
        for block in self.lines.split(|line| line.text.is_empty()) {
            let widths = block.iter().filter(|line| !line.origins.is_empty()).map(|line| line.text.chars().count());
            let width = widths.filter(|width| *width <= 90).max().unwrap_or(0);
            if !text.is_empty() {
                text.push('\n');
            }
            for line in block {
                match line.origins.is_empty() || !self.origins {
                    true => text.push_str(&line.text),
                    false => text.push_str(&format!("{:width$}  # {}", line.text, self.said(&line.origins))),
                }
                text.push('\n');
            }
        }
        text
    }

    /// `shop.toml:12, early.toml:3`
    fn said(&self, origins: &[At]) -> String {
        let one = |at: &At| match self.sources.name(at.file) {
            set if set.starts_with("--set ") => "--set".to_string(),
            name => format!("{}:{}", name.rsplit('/').next().unwrap_or(name), self.sources.line(*at)),
        };
        origins.iter().map(one).collect::<Vec<_>>().join(", ").replace(['\n', '\r'], " ")
    }
}

/// Where an entry is from: the place of its name, and the first place in every other file that added to it.
fn origins(name: &Placed<String>, node: &Node) -> Vec<At> {
    fn collect(node: &Node, found: &mut Vec<At>) {
        for (name, node) in node.table().map_or(&[][..], |table| &table.entries) {
            if found.iter().all(|at| at.file != name.at.file) {
                found.push(name.at);
            }
            collect(node, found);
        }
    }
    let mut found = vec![name.at];
    collect(node, &mut found);
    found
}

/// Table inside table as a dotted key; a table with a `value` is an end of its path.
fn flatten<'t>(table: &'t Table, before: &str, found: &mut Vec<(Placed<String>, &'t Node)>) {
    for (name, node) in &table.entries {
        let path = match before {
            "" => word_as_key(&name.value),
            before => format!("{before}.{}", word_as_key(&name.value)),
        };
        match node.table() {
            Some(inner)
                if !inner.entries.is_empty() && inner.get("value").is_none_or(|node| node.table().is_some()) =>
            {
                flatten(inner, &path, found);
            }
            _ => found.push((Placed::new(path, name.at), node)),
        }
    }
}

/// A value on one line.
fn inline(node: &Node) -> String {
    match &node.kind {
        Kind::Text(text) => quoted(text),
        Kind::Whole(number) => number.to_string(),
        Kind::Float(number) => format!("{number:?}"),
        Kind::Bool(flag) => flag.to_string(),
        Kind::List(list) => format!("[{}]", list.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Kind::Table(table) if table.entries.is_empty() => "{}".to_string(),
        Kind::Table(table) => {
            let mut found = Vec::new();
            one_line(table, "", &mut found);
            format!("{{ {} }}", found.join(", "))
        }
    }
}

fn one_line(table: &Table, before: &str, found: &mut Vec<String>) {
    for (name, node) in &table.entries {
        let path = format!("{before}{}", word_as_key(&name.value));
        match node.table() {
            // A dotted key: the table stands where its name does.
            Some(inner) if node.at == name.at && !inner.entries.is_empty() => {
                one_line(inner, &format!("{path}."), found)
            }
            _ => found.push(format!("{path} = {}", inline(node))),
        }
    }
}

/// A value over several lines: TOML breaks lines inside of lists only.
fn broken(node: &Node, column: usize, indent: usize) -> Vec<String> {
    let whole = inline(node);
    if column + whole.len() <= WIDEST {
        return vec![whole];
    }
    match &node.kind {
        Kind::List(list) => {
            let mut lines = vec!["[".to_string()];
            for item in list {
                let mut inner = broken(item, indent + 3, indent + 2);
                if let Some(last) = inner.last_mut() {
                    last.push(',');
                }
                if let Some(first) = inner.first_mut() {
                    first.insert_str(0, &" ".repeat(indent + 2));
                }
                lines.append(&mut inner);
            }
            lines.push(format!("{}]", " ".repeat(indent)));
            lines
        }
        Kind::Table(table) => {
            let mut lines = vec!["{ ".to_string()];
            for (index, (name, node)) in table.entries.iter().enumerate() {
                let joint = if index == 0 { "" } else { ", " };
                let head = format!("{joint}{} = ", word_as_key(&name.value));
                let column = lines.last().map_or(0, String::len) + head.len();
                let mut inner = broken(node, column.max(indent), indent);
                if let (Some(last), Some(first)) = (lines.last_mut(), inner.first()) {
                    last.push_str(&head);
                    last.push_str(first);
                }
                lines.extend(inner.drain(1..));
            }
            if let Some(last) = lines.last_mut() {
                last.push_str(" }");
            }
            lines
        }
        _ => vec![whole],
    }
}

/// A text in TOML's basic quotes, on one line.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
