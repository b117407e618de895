//! A scenario as its lines: head, and entries of tables, each on a line of its own.

/// A scenario that is being written.
#[derive(Clone, Default)]
pub struct Draft {
    /// `duration = "1s"` and its like.
    pub head: Vec<String>,
    /// Name of a table, and its entries.
    pub tables: Vec<(String, Vec<String>)>,
}

impl Draft {
    /// Adds an entry to a table.
    pub fn add(&mut self, table: &str, name: &str, value: &str) {
        let line = format!("{name} = {value}");
        match self.tables.iter_mut().find(|(other, _)| other == table) {
            Some((_, lines)) => lines.push(line),
            None => self.tables.push((table.to_owned(), vec![line])),
        }
    }

    /// As a file.
    pub fn text(&self) -> String {
        let mut text = self.head.join("\n");
        for (table, lines) in &self.tables {
            text.push_str(&format!("\n\n[{table}]\n{}", lines.join("\n")));
        }
        text.push('\n');
        text
    }
}
