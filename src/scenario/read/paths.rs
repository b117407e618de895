//! Dotted paths: nested tables flattened into `browse.p99`, and taken apart again.

use crate::scenario::tree::{At, Kind, Node, Placed, Table};

/// An entry under its whole dotted path.
#[derive(Clone, Debug)]
pub(crate) struct Leaf<'t> {
    /// `browse.p99`; a word that is no bare key stands in quotes: `bill."elb/alb.hour"`.
    pub(crate) path: Placed<String>,
    /// The words of the path.
    pub(crate) words: Vec<&'t str>,
    /// Where each word stands.
    pub(crate) places: Vec<At>,
    /// What stands there.
    pub(crate) node: &'t Node,
}

/// All entries of a table under their dotted paths, in the order of the file. A table for which `whole` holds is an
/// entry itself.
pub(crate) fn leaves<'t>(table: &'t Table, whole: &dyn Fn(&Table) -> bool) -> Vec<Leaf<'t>> {
    let mut found = Vec::new();
    descend(table, whole, &mut Vec::new(), &mut Vec::new(), &mut found);
    found
}

fn descend<'t>(
    table: &'t Table,
    whole: &dyn Fn(&Table) -> bool,
    words: &mut Vec<&'t str>,
    places: &mut Vec<At>,
    found: &mut Vec<Leaf<'t>>,
) {
    for (key, node) in &table.entries {
        words.push(&key.value);
        places.push(key.at);
        match &node.kind {
            Kind::Table(inner) if !whole(inner) => descend(inner, whole, words, places, found),
            _ => found.push(Leaf {
                path: Placed::new(written(words), span(places)),
                words: words.clone(),
                places: places.clone(),
                node,
            }),
        }
        words.pop();
        places.pop();
    }
}

/// The words with dots between them.
pub(crate) fn written<S: AsRef<str>>(words: &[S]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| word_as_key(word.as_ref())).collect();
    quoted.join(".")
}

/// A key as TOML has it: bare where it can be.
pub(crate) fn word_as_key(word: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !word.is_empty() && word.chars().all(bare) { word.to_string() } else { toml::Value::from(word).to_string() }
}

/// `a."b.c".d` as words. A quote that does not close holds the rest.
pub(crate) fn words_of(path: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in path.chars() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => words.push(String::new()),
            c => {
                if let Some(word) = words.last_mut() {
                    word.push(c);
                }
            }
        }
    }
    words.into_iter().map(|word| word.trim().to_string()).collect()
}

/// From the first to the last word where they stand side by side, else the last one.
fn span(places: &[At]) -> At {
    let Some(last) = places.last() else { return At::default() };
    let side_by_side = places.windows(2).all(|pair| pair[0].file == pair[1].file && pair[0].end + 1 == pair[1].start);
    match places.first() {
        Some(first) if side_by_side => At { start: first.start, ..*last },
        _ => *last,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::diagnostics::Diagnostics;
    use crate::scenario::parse::parse;

    #[test]
    fn nested_tables_are_one_dotted_path_with_its_place() {
        let text = "browse.p99 = 1\nbill.\"elb/alb.hour\" = 2\n[db]\nlag = { p99 = 3 }\n";
        let root = parse(0, text, &mut Diagnostics::default()).root;
        let found = leaves(root.table().unwrap(), &|_| false);
        let paths: Vec<&str> = found.iter().map(|leaf| leaf.path.value.as_str()).collect();
        assert_eq!(paths, ["browse.p99", "bill.\"elb/alb.hour\"", "db.lag.p99"]);
        assert_eq!(found[0].path.at, At { file: 0, start: 0, end: 10 });
        assert_eq!(&text[found[2].path.at.start as usize..found[2].path.at.end as usize], "p99");
    }

    #[test]
    fn paths_are_taken_apart_as_they_were_put_together() {
        assert_eq!(words_of("web.fleet"), ["web", "fleet"]);
        assert_eq!(words_of("bill.\"elb/alb.hour\""), ["bill", "elb/alb.hour"]);
        assert_eq!(written(&words_of("bill.\"elb/alb.hour\"")), "bill.\"elb/alb.hour\"");
    }
}
