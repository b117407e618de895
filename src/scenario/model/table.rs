//! Tables of a model: rows that a choice picks, in the file itself or in a CSV file beside it.

use std::collections::BTreeMap;

use super::expr::Names;
use super::unit::Unit;
use super::value::Value;
use crate::scenario::tree::{At, Placed};

/// A table.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Parameters that pick a row by their word; none: the one that names this table.
    pub keys: Vec<Placed<String>>,
    /// Parameters that pick the nearest row by their number.
    pub near: Vec<Placed<String>>,
    /// Columns and their units.
    pub columns: Names,
    /// The rows.
    pub rows: Vec<Row>,
    /// Sources of all rows, or by column.
    pub by: Vec<Placed<String>>,
    /// Why, of what is assumed or derived.
    pub why: Option<String>,
    /// Where its name stands.
    pub at: At,
}

/// One row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// Its words, in the order of the table's keys.
    pub words: Vec<String>,
    /// Its numbers, in the order of the table's near keys.
    pub numbers: Vec<f64>,
    /// Columns.
    pub values: BTreeMap<String, Value>,
    /// Its own source.
    pub by: Option<String>,
}

impl Rows {
    /// The row of these words that is nearest to these numbers; of two, the first.
    pub fn find(&self, words: &[&str], numbers: &[f64]) -> Option<&Row> {
        let fits = self.rows.iter().filter(|row| row.words.iter().map(String::as_str).eq(words.iter().copied()));
        let distance = |row: &Row| row.numbers.iter().zip(numbers).map(|(a, b)| (a - b).abs()).sum::<f64>();
        fits.min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }

    /// The words of a key column, each once, in the order of the rows.
    pub fn words(&self, key: usize) -> Vec<&str> {
        let mut words: Vec<&str> = Vec::new();
        for row in &self.rows {
            if let Some(word) = row.words.get(key)
                && !words.contains(&word.as_str())
            {
                words.push(word);
            }
        }
        words
    }

    /// Which of its key columns a parameter picks.
    pub fn key_of(&self, parameter: &str) -> usize {
        self.keys.iter().position(|key| key.value == parameter).unwrap_or(0)
    }

    /// The unit of a column: that of the first row which tells it.
    pub(crate) fn measure_columns(&mut self) {
        for row in &self.rows {
            for (column, value) in &row.values {
                let unit = self.columns.entry(column.clone()).or_insert(Unit::Any);
                if *unit == Unit::Any {
                    *unit = value.unit();
                }
            }
        }
    }
}

/// The lines of a CSV text without its heading, by column name. No quotes: a comma is a comma.
pub(crate) fn csv(text: &str) -> (Vec<String>, Vec<BTreeMap<String, String>>) {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let split = |line: &str| line.split(',').map(|cell| cell.trim().to_string()).collect::<Vec<_>>();
    let heading = lines.next().map(split).unwrap_or_default();
    let rows = lines.map(|line| heading.iter().cloned().zip(split(line)).collect()).collect();
    (heading, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(word: &str, number: f64) -> Row {
        Row { words: vec![word.to_string()], numbers: vec![number], ..Row::default() }
    }

    #[test]
    fn the_nearest_row_of_a_word_is_found() {
        let table = Rows { rows: vec![row("a", 128.0), row("a", 512.0), row("b", 300.0)], ..Rows::default() };
        assert_eq!(table.find(&["a"], &[300.0]), Some(&row("a", 128.0)));
        assert_eq!(table.find(&["a"], &[400.0]), Some(&row("a", 512.0)));
        assert_eq!(table.find(&["c"], &[400.0]), None);
        assert_eq!(table.words(0), ["a", "b"]);
    }

    #[test]
    fn csv_is_read_by_its_heading() {
        let (heading, rows) = csv("type,vcpu\n# a comment\nsmall, 2\n\nlarge,8\n");
        assert_eq!(heading, ["type", "vcpu"]);
        assert_eq!(rows[1]["vcpu"], "8");
    }
}
