//! Paths of measures: `browse.p99`, `app.pool.db.wait.mean`, and what a path that leads nowhere is told.

use crate::scenario::quantity::Complaint;

/// What a measure is counted in; values are in the base unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Ones.
    Count,
    /// A share or a quotient.
    Ratio,
    /// Per second.
    PerSecond,
    /// Bytes.
    Bytes,
    /// Dollars.
    Dollars,
    /// 1 for true, 0 for false.
    Bool,
}

/// Why a path has no number.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// Nothing is called that, or it cannot be asked in this window: the file is wrong.
    Unknown(Complaint),
    /// It exists, but nothing happened there that it could be made of.
    Nothing(String),
}

impl Trouble {
    /// A mistake in the file.
    pub(crate) fn unknown(says: String, help: String) -> Trouble {
        Trouble::Unknown(Complaint { says, label: String::new(), help, fix: None })
    }

    /// In one line.
    pub fn says(&self) -> &str {
        match self {
            Trouble::Unknown(complaint) => &complaint.says,
            Trouble::Nothing(why) => why,
        }
    }
}

/// Cuts a dotted path into its names; a name in double quotes may hold dots.
pub fn split(path: &str) -> Vec<String> {
    let (mut names, mut name, mut quoted) = (Vec::new(), String::new(), false);
    for letter in path.chars() {
        match letter {
            '"' => quoted = !quoted,
            '.' if !quoted => names.push(std::mem::take(&mut name)),
            _ => name.push(letter),
        }
    }
    names.push(name);
    names
}

/// What to say about a path that is none of `known`.
pub(crate) fn unknown(path: &str, known: &[String]) -> Trouble {
    let says = format!("nothing is measured that is called `{path}`");
    let nearest = known.iter().max_by(|a, b| likeness(path, a).total_cmp(&likeness(path, b)));
    let near = nearest.filter(|name| likeness(path, name) >= 0.75);
    let asked = near.map(|name| format!("did you mean `{name}`?"));
    let help = [asked, siblings(path, known)].into_iter().flatten().collect::<Vec<_>>().join(" ");
    Trouble::Unknown(Complaint { says, label: String::new(), help, fix: near.cloned() })
}

/// So many names of a thing's measures are listed.
const LISTED: usize = 24;

fn likeness(a: &str, b: &str) -> f64 {
    strsim::jaro_winkler(a, b)
}

/// "`ask` has: p50, p99, ..." or the names that measures begin with.
fn siblings(path: &str, known: &[String]) -> Option<String> {
    let first = split(path).into_iter().next()?;
    let own: Vec<&str> = known.iter().filter_map(|name| name.strip_prefix(&first)?.strip_prefix('.')).collect();
    if !own.is_empty() {
        let more = own.len().saturating_sub(LISTED);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        return Some(format!("`{first}` has: {}{more}", own[..own.len().min(LISTED)].join(", ")));
    }
    let mut owners: Vec<&str> = known.iter().filter_map(|name| name.split('.').next()).collect();
    owners.dedup();
    (!owners.is_empty()).then(|| format!("there is: {}", owners.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_name_may_hold_dots() {
        assert_eq!(split("app.pool.db.busy"), ["app", "pool", "db", "busy"]);
        assert_eq!(split("bill.\"elb/alb.hour\""), ["bill", "elb/alb.hour"]);
    }

    #[test]
    fn a_misspelt_path_is_told_the_nearest_one() {
        let known = ["ask.p50", "ask.p99", "desk.busy"].map(String::from);
        let Trouble::Unknown(complaint) = unknown("ask.p9", &known) else { panic!("it is a mistake") };
        assert_eq!(complaint.says, "nothing is measured that is called `ask.p9`");
        assert!(complaint.help.starts_with("did you mean `ask.p99`?"), "{}", complaint.help);
        assert!(complaint.help.ends_with("`ask` has: p50, p99"), "{}", complaint.help);
        let Trouble::Unknown(complaint) = unknown("dsek.busy", &known[2..]) else { panic!("it is a mistake") };
        assert_eq!(complaint.help, "did you mean `desk.busy`? there is: desk");
    }
}
