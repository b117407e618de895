//! Tables of numbers beside a scenario: traces, profiles, measured values. Read line by line, with errors that name
//! the line.

use super::reader::Reader;
use super::values;
use crate::scenario::ast::TraceRow;
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::quantity::Complaint;
use crate::scenario::sources::{LARGEST_TABLE, beside};
use crate::scenario::suggest::nearest;
use crate::scenario::tree::{At, Placed};

/// After so many wrong lines of one file the rest is not told.
const MOST_WRONG: usize = 10;

/// A table of text: its head and its lines, each with its number in the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines {
    /// Names of the columns.
    pub(crate) head: Vec<String>,
    /// Number of the line (from 1), first byte of the line, cells.
    pub(crate) rows: Vec<(usize, usize, Vec<String>)>,
}

impl Lines {
    /// Cells apart at commas; blank lines and lines that begin with `#` are passed over. The first line is the head.
    pub(crate) fn of(text: &str) -> Lines {
        let mut lines = Lines::default();
        let mut first = 0;
        for (index, line) in text.split('\n').enumerate() {
            let cells = line.trim_end_matches('\r').trim_start_matches('\u{feff}');
            if !cells.trim().is_empty() && !cells.starts_with('#') {
                let cells: Vec<String> =
                    cells.split(',').map(|cell| cell.trim().trim_matches('"').to_string()).collect();
                match lines.head.is_empty() {
                    true => lines.head = cells,
                    false => lines.rows.push((index + 1, first, cells)),
                }
            }
            first += line.len() + 1;
        }
        lines
    }

    /// The number of a column.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.head.iter().position(|head| head == name)
    }
}

impl Reader<'_> {
    /// The text of a file that the scenario names.
    pub(crate) fn table_file(&mut self, path: &str) -> Result<String, Complaint> {
        let whole = beside(&self.folder, path);
        let complaint =
            |says: String, help: &str| Complaint { says, label: String::new(), help: help.to_string(), fix: None };
        match self.files.read(&whole) {
            Ok(text) if text.len() > LARGEST_TABLE => {
                Err(complaint(format!("{whole} is larger than 64 MB"), "a smaller sample of it says the same"))
            }
            Ok(text) => Ok(text),
            Err(error) => Err(complaint(
                format!("{whole} cannot be read: {}", plainly(&error)),
                "the path is relative to the scenario file",
            )),
        }
    }

    /// The rows of a trace: `time,flow,key`.
    pub(crate) fn trace(&mut self, file: &Placed<String>) -> Option<Vec<TraceRow>> {
        let text = match self.table_file(&file.value) {
            Ok(text) => text,
            Err(complaint) => {
                self.complain(complaint, file.at);
                return None;
            }
        };
        let lines = Lines::of(&text);
        let (Some(time), Some(flow)) = (lines.column("time"), lines.column("flow")) else {
            let says = format!("{} has no columns `time` and `flow`", file.value);
            self.say(Diagnostic::error(file.at, says).help("its first line is `time,flow,key`"));
            return None;
        };
        let columns = Columns { time, flow, key: lines.column("key") };
        let number = self.sources.add(beside(&self.folder, &file.value), text);
        let mut rows: Vec<TraceRow> = Vec::with_capacity(lines.rows.len());
        let mut wrong = 0;
        for (line, first, cells) in &lines.rows {
            match columns.row(cells, rows.last()) {
                Ok(row) => rows.push(row),
                Err(complaint) if wrong < MOST_WRONG => {
                    wrong += 1;
                    let end = first + self.sources.line_text(number, *line).0.len();
                    let at = At { file: number, start: *first as u32, end: end as u32 };
                    let says = format!("line {line} of {}: {}", file.value, complaint.says);
                    self.complain(Complaint { says, fix: None, ..complaint }, at);
                }
                Err(_) => break,
            }
        }
        if lines.rows.is_empty() {
            self.say(Diagnostic::warning(file.at, format!("{} has no lines: nobody asks", file.value)));
        }
        (wrong == 0).then_some(rows)
    }

    /// One column of numbers of a file; each cell is read by `cell`.
    pub(crate) fn column<T>(
        &mut self,
        path: &str,
        column: Option<&str>,
        cell: &dyn Fn(&str) -> Result<T, Complaint>,
    ) -> Result<Vec<T>, Complaint> {
        let text = self.table_file(path)?;
        let mut lines = Lines::of(&text);
        let index = match column {
            Some(name) => lines.column(name).ok_or_else(|| no_column(path, name, &lines.head))?,
            None => {
                // A file without a head: its first line is a value too.
                if let Some(first) = lines.head.first().filter(|first| cell(first).is_ok()) {
                    lines.rows.insert(0, (1, 0, vec![first.clone()]));
                }
                0
            }
        };
        let mut values = Vec::with_capacity(lines.rows.len());
        for (line, _, cells) in &lines.rows {
            let text = cells.get(index).map_or("", String::as_str);
            let value = cell(text).map_err(|complaint| Complaint {
                says: format!("line {line} of {path}: {}", complaint.says),
                fix: None,
                ..complaint
            })?;
            values.push(value);
        }
        match values.is_empty() {
            true => Err(Complaint {
                says: format!("{path} has no values"),
                label: String::new(),
                help: "one value on each line, under the name of the column".to_string(),
                fix: None,
            }),
            false => Ok(values),
        }
    }
}

fn no_column(path: &str, name: &str, head: &[String]) -> Complaint {
    let help = match nearest(name, head.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("it has {}", super::words::listed_or(head)),
    };
    Complaint { says: format!("{path} has no column `{name}`"), label: String::new(), help, fix: None }
}

struct Columns {
    time: usize,
    flow: usize,
    key: Option<usize>,
}

impl Columns {
    fn row(&self, cells: &[String], before: Option<&TraceRow>) -> Result<TraceRow, Complaint> {
        let cell = |index: usize| cells.get(index).map_or("", String::as_str);
        let time = values::duration(cell(self.time))?;
        let complaint = |says: &str, help: &str| Complaint {
            says: says.to_string(),
            label: String::new(),
            help: help.to_string(),
            fix: None,
        };
        if cell(self.flow).is_empty() {
            return Err(complaint("no flow is named", "the second column names the flow"));
        }
        if before.is_some_and(|before| before.time > time) {
            return Err(complaint(
                "this is earlier than the line before",
                "the lines of a trace are in the order of time",
            ));
        }
        let key = self.key.map(cell).unwrap_or_default().to_string();
        Ok(TraceRow { time, flow: cell(self.flow).to_string(), key })
    }
}

/// An error of the file system in plain words.
pub(crate) fn plainly(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_string(),
        std::io::ErrorKind::PermissionDenied => "reading it is not allowed".to_string(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_string(),
        _ => error.to_string(),
    }
}
