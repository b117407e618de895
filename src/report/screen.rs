//! The screen that a report is for: how wide it is, whether it has colours, whether all is asked for or what fits.

/// How a report is to be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Columns.
    pub width: usize,
    /// With colours.
    pub colour: bool,
    /// Everything, however long it is.
    pub all: bool,
}

impl Default for Screen {
    /// Plain text of 100 columns, in a pipe and on paper.
    fn default() -> Screen {
        Screen { width: super::terminal::WIDTH, colour: false, all: false }
    }
}

impl Screen {
    /// The first so many lines of a list, and how many more there are.
    pub fn shorten<T>(&self, mut list: Vec<T>, most: usize) -> (Vec<T>, usize) {
        let more = if self.all { 0 } else { list.len().saturating_sub(most) };
        list.truncate(list.len() - more);
        (list, more)
    }

    /// "and 7 more: --all"
    pub fn more(&self, more: usize, what: &str) -> Option<String> {
        (more > 0).then(|| format!("  and {more} more{what}: --all"))
    }
}
