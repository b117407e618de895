//! One model over another (`extends`), one stage over another (`like`): tables merge by key, anything else is replaced,
//! `NAME = false` takes away.

use crate::scenario::tree::{Kind, Node, Table};

/// `over` laid over `base`. A quantity and a list are one thing: the new one replaces the old one whole.
pub(crate) fn merge(base: &Table, over: &Table) -> Table {
    let mut merged = base.clone();
    for (key, node) in &over.entries {
        let place = merged.entries.iter().position(|(name, _)| name.value == key.value);
        match place {
            None => merged.entries.push((key.clone(), node.clone())),
            Some(index) if takes_away(node, &merged.entries[index].1) => {
                merged.entries.remove(index);
            }
            Some(index) => {
                let (name, old) = &mut merged.entries[index];
                *name = key.clone();
                *old = laid(old, node);
            }
        }
    }
    merged
}

fn takes_away(new: &Node, old: &Node) -> bool {
    matches!(new.kind, Kind::Bool(false)) && !matches!(old.kind, Kind::Bool(_))
}

fn laid(old: &Node, new: &Node) -> Node {
    match (&old.kind, &new.kind) {
        (Kind::Table(base), Kind::Table(over)) if !is_whole(over) => {
            Node { kind: Kind::Table(merge(base, over)), at: new.at }
        }
        _ => new.clone(),
    }
}

/// Quantities and choices are replaced whole: half of one would keep the other half's source.
fn is_whole(table: &Table) -> bool {
    ["is", "default", "choose", "attempts"].iter().any(|key| table.get(key).is_some())
        && table.get("mechanism").is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::diagnostics::Diagnostics;
    use crate::scenario::parse::parse;

    fn table(text: &str) -> Table {
        match parse(0, text, &mut Diagnostics::default()).root.kind {
            Kind::Table(table) => table,
            _ => Table::default(),
        }
    }

    #[test]
    fn tables_merge_quantities_are_replaced_and_false_takes_away() {
        let base = table("[facts]\na = { is = 1, by = 'x' }\nb = { is = 2, by = 'x' }\n[series]\nbusy = 'line.busy'");
        let over = table("[facts]\na = { is = 5, why = 'y' }\n[series]\nbusy = false");
        let merged = merge(&base, &over);
        let facts = merged.get("facts").and_then(Node::table).unwrap();
        assert!(facts.get("a").and_then(Node::table).unwrap().get("by").is_none());
        assert!(facts.get("b").is_some());
        assert!(merged.get("series").and_then(Node::table).unwrap().entries.is_empty());
    }
}
