//! A table of text: columns as wide as what stands in them, words to the left and numbers to the right.

/// Rows of cells under a head.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
    words: Vec<bool>,
}

impl Table {
    /// With these columns; a name that begins with `<` is of a column of words.
    pub fn new(names: &[&str]) -> Table {
        let words = names.iter().map(|name| name.starts_with('<')).collect();
        Table { rows: vec![names.iter().map(|name| name.trim_start_matches('<').to_string()).collect()], words }
    }

    /// One more row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Is there only the head?
    pub fn is_empty(&self) -> bool {
        self.rows.len() < 2
    }

    /// The lines, two spaces between columns, nothing at their ends.
    pub fn lines(&self) -> Vec<String> {
        let widths: Vec<usize> = (0..self.words.len())
            .map(|column| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0))
            .collect();
        self.rows.iter().map(|row| self.line(row, &widths)).collect()
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let cells = row.iter().zip(widths).zip(&self.words).map(|((cell, wide), word)| {
            let gap = " ".repeat(wide - width(cell));
            if *word { format!("{cell}{gap}") } else { format!("{gap}{cell}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_string()
    }
}

/// Columns on a screen, for the letters that reports use.
pub fn width(text: &str) -> usize {
    text.chars().count()
}

/// A text cut into lines of at most this width, between words; later lines are indented.
pub fn wrap(text: &str, wide: usize, indent: &str) -> Vec<String> {
    let lead = text.len() - text.trim_start_matches(' ').len();
    let (mut lines, mut line) = (Vec::new(), text[..lead].to_string());
    let mut fresh = true;
    for word in text[lead..].split(' ') {
        if !fresh && width(&line) + 1 + width(word) > wide {
            lines.push(std::mem::replace(&mut line, format!("{indent}{word}")));
            continue;
        }
        if !fresh {
            line.push(' ');
        }
        line.push_str(word);
        fresh = false;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["<flow", "p99", "<objective"]);
        table.row(vec!["browse".into(), "2.31s".into(), "✗ p99 < 800ms".into()]);
        table.row(vec!["pay".into(), "-".into(), String::new()]);
        assert_eq!(table.lines(), ["flow      p99  objective", "browse  2.31s  ✗ p99 < 800ms", "pay         -"]);
    }

    #[test]
    fn long_sentences_break_between_words() {
        assert_eq!(wrap("one two three four", 9, "  "), ["one two", "  three", "  four"]);
        assert_eq!(wrap("  one two", 9, "    "), ["  one two"]);
    }
}
