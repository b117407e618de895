//! Reading a price book: decimals in quotes, tiers, families of rows, allowances, and where each is from.

use std::collections::BTreeMap;

use super::book::{Allowance, Book, FINE, Price, Source};
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::tree::{At, Kind, Node, Placed, Table};
use crate::units::Money;

/// Keys of the head; everything else is a service.
const HEAD: [&str; 7] = ["provider", "region", "currency", "as_of", "month", "extends", "sources"];
/// What sources may be called.
const STATUS: [&str; 4] = ["verified", "measured", "derived", "assumed"];

/// Reads all prices of a book into `book`, over what it has from the one that it extends.
pub(super) fn fill(book: &mut Book, root: &Table, say: &mut Diagnostics) {
    if let Some(as_of) = root.get("as_of").and_then(Node::text) {
        book.as_of = as_of.to_owned();
    }
    if let Some(currency) = root.get("currency").filter(|currency| currency.text() != Some("USD")) {
        say.say(Diagnostic::error(currency.at, "prices are in dollars").help("currency = \"USD\""));
    }
    let mut reader = Reader { sources: sources(root, say), say };
    for (service, node) in root.entries.iter().filter(|(key, _)| !HEAD.contains(&key.value.as_str())) {
        let Some(table) = node.table() else {
            let says = format!("`{}` is neither of the head nor a service", service.value);
            reader.say.say(Diagnostic::error(service.at, says).help("[SERVICE] \"key\" = { usd = \"0.01\", .. }"));
            continue;
        };
        for (key, node) in &table.entries {
            reader.entry(book, &service.value, key, node);
        }
    }
}

/// `[sources]`: id, title, as_of, status.
fn sources(root: &Table, say: &mut Diagnostics) -> BTreeMap<String, Source> {
    let mut found = BTreeMap::new();
    for (id, node) in root.get("sources").and_then(Node::table).map(|table| table.entries.as_slice()).unwrap_or(&[]) {
        let text = |key: &str| node.table().and_then(|table| table.get(key)).and_then(Node::text).unwrap_or("");
        let source = Source { title: text("title").into(), as_of: text("as_of").into(), status: text("status").into() };
        let whole = !source.title.is_empty() && !source.as_of.is_empty() && STATUS.contains(&source.status.as_str());
        if !whole {
            let says = format!("the source `{}` does not say its title, its date and its status", id.value);
            let help = "{ title = \"..\", as_of = \"2026-09\", status = \"verified\" }; measured, derived, assumed";
            say.say(Diagnostic::error(id.at, says).help(help));
        }
        found.insert(id.value.clone(), source);
    }
    found
}

struct Reader<'d> {
    sources: BTreeMap<String, Source>,
    say: &'d mut Diagnostics,
}

impl Reader<'_> {
    fn entry(&mut self, book: &mut Book, service: &str, key: &Placed<String>, node: &Node) {
        let name = format!("{service}/{}", key.value);
        let Some(table) = node.table() else {
            self.error(
                node.at,
                format!("`{name}` is no price"),
                "{ usd = \"0.01\", per = \"request\", by = \"SOURCE\" }",
            );
            return;
        };
        if let Some(rows) = table.get("rows").and_then(Node::table) {
            for (row, node) in &rows.entries {
                if let Some(price) = self.row(&name, table, row, node) {
                    book.prices.insert(format!("{name}.{}", row.value), price);
                }
            }
        } else if let Some(of) = table.get("of") {
            let of = of.list().unwrap_or(&[]).iter().filter_map(Node::text);
            let of = of.map(|key| format!("{service}/{key}")).collect();
            if let Some(amount) = self.many(table.get("free"), key.at) {
                let source = self.source(table.get("by"), key.at);
                book.allowances.insert(name, Allowance { amount, of, source });
            }
        } else if let Some(price) = self.price(&name, table, table, key.at) {
            book.allowances.remove(&name);
            if table.get("free").is_some()
                && let Some(amount) = self.many(table.get("free"), key.at)
            {
                let source = self.source(table.get("free_by").or(table.get("by")), key.at);
                book.allowances.insert(name.clone(), Allowance { amount, of: vec![name.clone()], source });
            }
            book.prices.insert(name, price);
        }
    }

    /// A row of a family: a price, lowest, last seen and highest, or a table with a source of its own.
    fn row(&mut self, family: &str, common: &Table, key: &Placed<String>, node: &Node) -> Option<Price> {
        let name = format!("{family}.{}", key.value);
        match &node.kind {
            Kind::Table(own) => self.price(&name, own, common, key.at),
            Kind::List(list) => {
                let usd: Vec<Money> = list.iter().filter_map(|one| self.usd(one)).collect();
                let [low, last, high] = usd[..] else {
                    self.error(node.at, format!("`{name}` floats between"), "[\"lowest\", \"last seen\", \"highest\"]");
                    return None;
                };
                Some(Price { range: Some((low, high)), ..self.plain(common, last, key.at)? })
            }
            _ => {
                let usd = self.usd(node)?;
                self.plain(common, usd, key.at)
            }
        }
    }

    fn plain(&mut self, common: &Table, usd: Money, at: At) -> Option<Price> {
        let per = self.per(common, common, at)?;
        Some(Price { per, tiers: vec![(0, usd)], range: None, source: self.source(common.get("by"), at) })
    }

    /// A price by itself; `common` says what its own table does not.
    fn price(&mut self, name: &str, own: &Table, common: &Table, at: At) -> Option<Price> {
        let tiers = match (own.get("usd"), own.get("tiers").and_then(Node::list)) {
            (Some(usd), None) => vec![(0, self.usd(usd)?)],
            (None, Some(list)) => self.tiers(name, list, at)?,
            _ => {
                let help = "usd = \"0.01\", or tiers = [[\"0\", \"0.01\"], [\"1000\", \"0.009\"]]";
                self.error(at, format!("`{name}` does not say what one costs"), help);
                return None;
            }
        };
        let per = self.per(own, common, at)?;
        let source = self.source(own.get("by").or(common.get("by")), at);
        Some(Price { per, tiers, range: None, source })
    }

    fn tiers(&mut self, name: &str, list: &[Node], at: At) -> Option<Vec<(u128, Money)>> {
        let mut tiers = Vec::new();
        for node in list {
            let [from, usd] = node.list().unwrap_or(&[]) else {
                self.error(node.at, format!("a tier of `{name}` is from how many on, and what one costs"), TIER);
                return None;
            };
            tiers.push((self.many(Some(from), from.at)?, self.usd(usd)?));
        }
        let rises = tiers.first().is_some_and(|(from, _)| *from == 0) && tiers.is_sorted_by(|a, b| a.0 < b.0);
        if !rises {
            self.error(at, format!("the tiers of `{name}` begin at 0 and rise"), TIER);
            return None;
        }
        Some(tiers)
    }

    fn per(&mut self, own: &Table, common: &Table, at: At) -> Option<String> {
        let per = own.get("per").or(common.get("per")).and_then(Node::text);
        if per.is_none() {
            self.error(at, "this price does not say for what it is".to_owned(), "per = \"request\", \"hour\", \"GB\"");
        }
        per.map(str::to_owned)
    }

    /// A price, a decimal in quotes: no float ever stands between the book and the bill.
    fn usd(&mut self, node: &Node) -> Option<Money> {
        let money = node.text().and_then(Money::decimal);
        if money.is_none() {
            let help = "\"0.0000002\": a decimal in quotes, at most twelve places";
            self.error(node.at, "this is no price".to_owned(), help);
        }
        money
    }

    /// A number of things, a decimal in quotes, in 1e-12.
    fn many(&mut self, node: Option<&Node>, at: At) -> Option<u128> {
        let number = node.and_then(Node::text).and_then(Money::decimal).map(|Money(fine)| fine as u128);
        if number.is_none() {
            let help = "\"10240\": a decimal in quotes";
            self.error(node.map_or(at, |node| node.at), "this is no number of things".to_owned(), help);
        }
        debug_assert!(number.is_none_or(|number| number / FINE < 10u128.pow(12)));
        number
    }

    /// The first of the named sources tells date and status.
    fn source(&mut self, by: Option<&Node>, at: At) -> Source {
        let id = by.and_then(|by| by.text().or_else(|| by.list()?.first()?.text()));
        let found = id.and_then(|id| self.sources.get(id)).cloned();
        found.unwrap_or_else(|| {
            let says = id.map_or("this price has no source".to_owned(), |id| format!("no source is called `{id}`"));
            let known: Vec<&str> = self.sources.keys().map(String::as_str).take(12).collect();
            let help = format!("by = one of [sources]: {}", known.join(", "));
            self.error(by.map_or(at, |by| by.at), says, &help);
            Source::default()
        })
    }

    fn error(&mut self, at: At, says: String, help: &str) {
        self.say.say(Diagnostic::error(at, says).help(help));
    }
}

const TIER: &str = "tiers = [[\"0\", \"0.09\"], [\"10240\", \"0.085\"]]";
