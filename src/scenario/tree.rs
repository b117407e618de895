//! A TOML file as a tree in which every value knows its place: what scenario and model files are read from.

/// Where something stands: a file of [`super::sources::Sources`], and bytes in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// Number of the file.
    pub file: u32,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A value with its place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Placed<T> {
    /// What it is.
    pub value: T,
    /// Where it stands.
    pub at: At,
}

impl<T> Placed<T> {
    /// Puts a value at a place.
    pub fn new(value: T, at: At) -> Placed<T> {
        Placed { value, at }
    }
}

/// A TOML value with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub at: At,
}

/// The kinds of TOML values (dates are refused when the file is read).
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A string.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A number with a point.
    Float(f64),
    /// true or false.
    Bool(bool),
    /// A list.
    List(Vec<Node>),
    /// A table; entries in the order of the file. Dotted keys are nested tables, as TOML has it.
    Table(Table),
}

/// A table: its entries in the order of the file, each key with its place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Key and value.
    pub entries: Vec<(Placed<String>, Node)>,
}

impl Table {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|(name, _)| name.value == key).map(|(_, node)| node)
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries.iter_mut().find(|(name, _)| name.value == key).map(|(_, node)| node)
    }

    /// A key's own place.
    pub fn key_at(&self, key: &str) -> Option<At> {
        self.entries.iter().find(|(name, _)| name.value == key).map(|(name, _)| name.at)
    }
}

impl Node {
    /// The table, if it is one.
    pub fn table(&self) -> Option<&Table> {
        match &self.kind {
            Kind::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The list, if it is one.
    pub fn list(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::List(list) => Some(list),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn number(&self) -> Option<f64> {
        match self.kind {
            Kind::Whole(whole) => Some(whole as f64),
            Kind::Float(number) => Some(number),
            _ => None,
        }
    }

    /// What it is, in a sentence: "a list".
    pub fn what(&self) -> &'static str {
        match self.kind {
            Kind::Text(_) => "a text",
            Kind::Whole(_) | Kind::Float(_) => "a bare number",
            Kind::Bool(_) => "true or false",
            Kind::List(_) => "a list",
            Kind::Table(_) => "a table",
        }
    }
}
