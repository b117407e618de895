//! Reading one table of a model: asks for its keys by name, and says which ones nobody asked for.

use std::cell::RefCell;

use super::expr::Expr;
use super::words::cure;
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::tree::{At, Kind, Node, Placed, Table};

/// A table that is being read.
pub(crate) struct Fields<'a> {
    table: &'a Table,
    /// "stage `line`": how messages call it.
    pub what: String,
    /// Where it stands.
    pub at: At,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Fields<'a> {
    /// Begins to read. What is no table is said.
    pub fn of(node: &'a Node, what: impl Into<String>, at: At, say: &mut Diagnostics) -> Option<Fields<'a>> {
        let what = what.into();
        match node.table() {
            Some(table) => Some(Fields::over(table, what, at)),
            None => {
                say.say(Diagnostic::error(node.at, format!("{what} is a table")).help("write { KEY = VALUE, .. }"));
                None
            }
        }
    }

    /// Begins to read a table.
    pub fn over(table: &'a Table, what: impl Into<String>, at: At) -> Fields<'a> {
        Fields { table, what: what.into(), at, asked: RefCell::new(Vec::new()) }
    }

    /// A value as it stands.
    pub fn get(&self, key: &'static str) -> Option<&'a Node> {
        self.asked.borrow_mut().push(key);
        self.table.get(key)
    }

    /// A text.
    pub fn text(&self, key: &'static str, say: &mut Diagnostics) -> Option<Placed<String>> {
        let node = self.get(key)?;
        text(node, &format!("`{key}` of {}", self.what), say)
    }

    /// A text without its place.
    pub fn words(&self, key: &'static str, say: &mut Diagnostics) -> Option<String> {
        self.text(key, say).map(|text| text.value)
    }

    /// A list of texts; one text is a list of one.
    pub fn texts(&self, key: &'static str, say: &mut Diagnostics) -> Vec<Placed<String>> {
        let Some(node) = self.get(key) else { return Vec::new() };
        let what = format!("each of `{key}` of {}", self.what);
        match &node.kind {
            Kind::List(list) => list.iter().filter_map(|one| text(one, &what, say)).collect(),
            _ => text(node, &what, say).into_iter().collect(),
        }
    }

    /// true or false; false if it is not there.
    pub fn yes(&self, key: &'static str, say: &mut Diagnostics) -> bool {
        match self.get(key) {
            None => false,
            Some(Node { kind: Kind::Bool(yes), .. }) => *yes,
            Some(node) => {
                say.say(Diagnostic::error(node.at, format!("`{key}` of {} is true or false", self.what)));
                false
            }
        }
    }

    /// An expression.
    pub fn expr(&self, key: &'static str, say: &mut Diagnostics) -> Option<Expr> {
        let node = self.get(key)?;
        expr(node, &format!("`{key}` of {}", self.what), say)
    }

    /// A table inside it.
    pub fn inner(&self, key: &'static str, say: &mut Diagnostics) -> Option<&'a Table> {
        let node = self.get(key)?;
        if node.table().is_none() {
            say.say(Diagnostic::error(node.at, format!("`{key}` of {} is a table", self.what)));
        }
        node.table()
    }

    /// Says which keys nobody asked for.
    pub fn finish(&self, say: &mut Diagnostics) {
        let asked = self.asked.borrow();
        for (key, _) in &self.table.entries {
            if !asked.contains(&key.value.as_str()) {
                say.say(
                    Diagnostic::error(key.at, format!("{} has no key `{}`", self.what, key.value))
                        .help(cure(&key.value, asked.iter().copied())),
                );
            }
        }
    }
}

/// A text node.
pub(crate) fn text(node: &Node, what: &str, say: &mut Diagnostics) -> Option<Placed<String>> {
    match node.text() {
        Some(text) => Some(Placed::new(text.to_string(), node.at)),
        None => {
            say.say(Diagnostic::error(node.at, format!("{what} is a text")).help("write it in quotes"));
            None
        }
    }
}

/// An expression node: a text; a bare 0 or 1 will do.
pub(crate) fn expr(node: &Node, what: &str, say: &mut Diagnostics) -> Option<Expr> {
    match &node.kind {
        Kind::Text(text) => Expr::parse(text, node.at, say),
        Kind::Whole(number @ (0 | 1)) => Expr::parse(&number.to_string(), node.at, say),
        Kind::Whole(_) | Kind::Float(_) => {
            let says = format!("{what} holds a number that has no name, so nobody knows where it is from");
            say.say(Diagnostic::error(node.at, says).help("name it in [facts] or [parameters], with `by`"));
            None
        }
        _ => {
            say.say(Diagnostic::error(node.at, format!("{what} is an expression")).help("write it in quotes"));
            None
        }
    }
}
