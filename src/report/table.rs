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

    /// The lines on a screen of this width: columns go, the first of these names first, until the rest fits; what is
    /// still too wide is cut.
    pub fn within(mut self, wide: usize, may_go: &[&str]) -> Vec<String> {
        for name in may_go {
            let lines = self.lines();
            if lines.iter().all(|line| width(line) <= wide) {
                return lines;
            }
            if let Some(column) = self.rows[0].iter().position(|head| head == name) {
                self.without(column);
            }
        }
        self.lines().into_iter().map(|line| cut(line, wide)).collect()
    }

    /// Columns in which nothing stands go.
    pub fn without_empty(mut self) -> Table {
        let empty = |rows: &[Vec<String>], column: usize| {
            rows.iter().skip(1).all(|row| row.get(column).is_none_or(|cell| cell.is_empty() || cell == "-"))
        };
        for column in (1..self.words.len()).rev() {
            if empty(&self.rows, column) {
                self.without(column);
            }
        }
        self
    }

    fn without(&mut self, column: usize) {
        self.words.remove(column);
        self.rows.iter_mut().filter(|row| column < row.len()).for_each(|row| drop(row.remove(column)));
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

/// A line that is cut, not broken, where it is too wide.
pub fn cut(line: String, wide: usize) -> String {
    match width(&line) > wide {
        true => line.chars().take(wide.saturating_sub(1)).chain(['…']).collect(),
        false => line,
    }
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
    fn on_a_narrow_screen_columns_go_in_their_order_and_the_rest_is_cut() {
        let mut table = Table::new(&["<flow", "mean", "p99", "<objective"]);
        table.row(vec!["browse".into(), "41.0ms".into(), "2.31s".into(), "✗ p99 < 800ms".into()]);
        let may_go = ["mean", "objective"];
        assert_eq!(table.clone().within(30, &may_go), ["flow      p99  objective", "browse  2.31s  ✗ p99 < 800ms"]);
        assert_eq!(table.clone().within(20, &may_go), ["flow      p99", "browse  2.31s"]);
        assert_eq!(table.within(8, &may_go), ["flow   …", "browse …"]);
    }

    #[test]
    fn a_column_without_a_number_goes() {
        let mut table = Table::new(&["<flow", "mean", "p99"]);
        table.row(vec!["browse".into(), "-".into(), "2.31s".into()]);
        assert_eq!(table.without_empty().lines(), ["flow      p99", "browse  2.31s"]);
    }

    #[test]
    fn long_sentences_break_between_words() {
        assert_eq!(wrap("one two three four", 9, "  "), ["one two", "  three", "  four"]);
        assert_eq!(wrap("  one two", 9, "    "), ["  one two"]);
    }
}
