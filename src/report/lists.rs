//! Lists of what there is: scenarios and models, as text and as JSON.

use serde_json::json;

use super::json::print;
use super::table::Table;

/// One of them.
pub struct Row {
    /// Its name, as a file or a command names it.
    pub name: String,
    /// In one sentence.
    pub title: String,
    /// What else there is to say.
    pub details: String,
}

/// A table.
pub fn text(rows: &[Row]) -> String {
    let mut table = Table::new(&["<name", "<what it is", "<"]);
    for row in rows {
        table.row(vec![row.name.clone(), row.title.clone(), row.details.clone()]);
    }
    let mut text = table.lines().join("\n");
    text.push('\n');
    text
}

/// `{ format, KIND: [{ name, title, details }] }`.
pub fn json(kind: &str, rows: &[Row]) -> String {
    let all: Vec<_> =
        rows.iter().map(|row| json!({ "name": row.name, "title": row.title, "details": row.details })).collect();
    print(&json!({ "format": 1, kind: all }))
}
