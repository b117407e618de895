//! Mistakes of shape, by name: what is said about each, and what helps.

use super::paths::Leaf;
use super::survey::Name;
use super::tables::{Construct, Key, Kind};
use super::tables_steps::{GROUP, VERBS};
use super::words::{listed_or, wanted};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::quantity::RESERVED;
use crate::scenario::suggest::nearest;
use crate::scenario::tree::{At, Node, Table};

/// Words of other tools and of older sketches, and ours for the same thing.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("fallback", "else"),
    ("otherwise", "else"),
    ("catch", "else"),
    ("trigger", "from"),
    ("source", "from"),
    ("consumes", "from"),
    ("sleep", "wait"),
    ("pause", "wait"),
    ("loop", "repeat"),
    ("times", "repeat"),
    ("for_each", "repeat"),
    ("operation", "call"),
    ("op", "call"),
    ("publish", "send"),
    ("emit", "send"),
    ("compensate", "undo"),
    ("probability", "chance"),
    ("if", "when"),
    ("cpu", "work"),
    ("service_time", "work"),
    ("service", "work"),
    ("rps", "rate"),
    ("think_time", "think"),
    ("weights", "mix"),
    ("objective", "slo"),
    ("slos", "slo"),
    ("start", "at"),
    ("type", "model"),
    ("kind", "what"),
];

fn verb_word(construct: &Construct, verb: &str) -> String {
    match verb {
        "" => construct.what.to_string(),
        GROUP => "a step that only has `steps`".to_string(),
        verb => format!("a `{verb}`"),
    }
}

/// A key that the construct does not know.
pub(crate) fn unknown_key(construct: &'static Construct, verb: &str, name: &Name) -> Diagnostic {
    let allowed: Vec<&str> = construct
        .all()
        .filter(|key| verb.is_empty() || key.of.is_empty() || key.of.contains(&verb))
        .map(|key| key.name)
        .collect();
    let says = format!("{} has no key `{}`", verb_word(construct, verb), name.value);
    let other = OTHER_WORDS.iter().find(|(other, ours)| *other == name.value && allowed.contains(ours));
    let meant = other.map(|(_, ours)| *ours).or_else(|| nearest(&name.value, allowed.iter().copied()));
    let error = Diagnostic::error(name.at, says);
    match meant {
        Some(meant) => error.help(format!("did you mean `{meant}`?")).fix(meant),
        None => error.help(format!("it has {}", listed_or(&allowed))),
    }
}

/// A key that stands with other verbs only.
pub(crate) fn key_of_another(construct: &Construct, key: &Key, verb: &str, at: At) -> Diagnostic {
    let of: Vec<&str> = key.of.iter().copied().filter(|of| *of != GROUP).collect();
    Diagnostic::error(at, format!("{} has no key `{}`", verb_word(construct, verb), key.name)).help(format!(
        "`{}` belongs to {}: {}",
        key.name,
        listed_or(&of),
        key.doc
    ))
}

/// A value that is no text where a text must stand, and so on.
pub(crate) fn wrong_shape(kind: &Kind, key: &str, node: &Node) -> Diagnostic {
    if let Kind::Table(construct) = kind
        && let Some(list) = node.list()
        && list.first().is_some_and(|first| first.at == node.at)
    {
        let says = format!("double brackets make a list, and `{key}` is just {}", construct.what);
        return Diagnostic::error(node.at, says)
            .label("a list of tables")
            .help(format!("write the header with single brackets: `[..{key}]`"));
    }
    if matches!(kind, Kind::KnownList) && node.table().is_some() {
        return Diagnostic::error(node.at, "`known` is a list of tables").label("one table").help("write `[[known]]`");
    }
    if matches!(node.kind, crate::scenario::tree::Kind::Bool(false)) {
        return Diagnostic::error(node.at, format!("there is no `{key}` to take away"))
            .help("`NAME = false` takes away what the file named by `extends` has");
    }
    let error = Diagnostic::error(node.at, format!("`{key}` cannot be {}", node.what())).label(node.what());
    match without_wrapping(kind, node) {
        Some(right) => error.help(format!("write `{right}`")).fix(right),
        None => error.help(format!("it is {}", wanted(kind))),
    }
}

/// What is right but for its quotes or its brackets: `"3"` for 3, `"db.read"` for `["db.read"]`.
fn without_wrapping(kind: &Kind, node: &Node) -> Option<String> {
    let text = node.text()?.trim();
    match kind {
        Kind::Flag => matches!(text, "true" | "false").then(|| text.to_string()),
        Kind::Whole | Kind::AtOnce => text.parse::<u32>().ok().map(|number| number.to_string()),
        Kind::Steps | Kind::Branches | Kind::List(_) if !text.contains(['"', '\\']) => Some(format!("[\"{text}\"]")),
        _ => None,
    }
}

/// A word that is none of the known ones.
pub(crate) fn not_a_word(key: &str, text: &str, words: &[&str], at: At) -> Diagnostic {
    let error =
        Diagnostic::error(at, format!("`{key}` cannot be \"{text}\"")).help(format!("it is {}", listed_or(words)));
    match nearest(text, words.iter().copied()) {
        Some(meant) => error.help(format!("did you mean \"{meant}\"?")).fix(format!("\"{meant}\"")),
        None => error,
    }
}

/// A name that cannot be one.
pub(crate) fn bad_name(name: &Name) -> Option<Diagnostic> {
    let text = name.value.as_str();
    if text == "bill" {
        let says = "`bill` is also the bill: `bill.\"service/price\"` in a path";
        return Some(Diagnostic::warning(name.at, says).help("another name reads better in reports"));
    }
    if RESERVED.contains(&text) {
        let says = format!("`{text}` is a word of its own and cannot be a name");
        return Some(Diagnostic::error(name.at, says).help(format!("reserved are {}", listed_or(&RESERVED))));
    }
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(good) {
        return None;
    }
    let cured: String = text
        .to_lowercase()
        .chars()
        .map(|c| if good(c) { c } else { '-' })
        .skip_while(|c| !c.is_ascii_lowercase())
        .collect();
    let error = Diagnostic::error(name.at, format!("`{text}` cannot be a name"));
    let help = "a name has small letters, digits and `-`, and begins with a letter";
    Some(match cured.as_str() {
        "" => error.help(help),
        cured => error.help(format!("{help}: `{cured}`")),
    })
}

/// `browse.p99.9`: to TOML a table inside `p99`.
pub(crate) fn percentile_with_a_point(leaf: &Leaf<'_>) -> Option<Diagnostic> {
    let index = leaf.words.windows(2).position(|pair| {
        let percentile = pair[0].strip_prefix('p').is_some_and(|digits| digits.len() == 2 && all_digits(digits));
        percentile && all_digits(pair[1]) && pair[1].len() <= 3
    })?;
    let (whole, part) = (leaf.words[index], leaf.words[index + 1]);
    let (first, last) = (leaf.places[index], leaf.places[index + 1]);
    let at =
        if first.file == last.file && first.end + 1 == last.start { At { start: first.start, ..last } } else { last };
    let says = format!("the {}.{part}th percentile is `{whole}{part}`", &whole[1..]);
    Some(
        Diagnostic::error(at, says)
            .label("to TOML a table inside of a table")
            .help(format!("write `{whole}{part}`"))
            .fix(format!("{whole}{part}")),
    )
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `[[flows.x.steps]]`.
pub(crate) fn array_of_tables(at: At) -> Diagnostic {
    Diagnostic::error(at, "steps are a list, not a table for each")
        .label("a list of tables")
        .help("`steps = [\"web.browse\", { send = \"orders\" }]`")
}

/// A table without a verb.
pub(crate) fn no_verb(table: &Table, at: At, construct: &'static Construct, verbs: &[&'static str]) -> Diagnostic {
    let thing = construct.what.trim_start_matches("a ").trim_start_matches("an ");
    let unknown = table.entries.iter().find(|(name, _)| construct.key(&name.value).is_none());
    let Some((name, _)) = unknown else {
        let says = format!("this {thing} does nothing");
        return Diagnostic::error(at, says).label("no verb").help(format!("it needs one of {}", listed_or(verbs)));
    };
    let other = OTHER_WORDS.iter().find(|(other, _)| *other == name.value).map(|(_, ours)| *ours);
    let meant = other.filter(|ours| verbs.contains(ours)).or_else(|| nearest(&name.value, verbs.iter().copied()));
    let error = Diagnostic::error(name.at, format!("no verb of {} is called `{}`", construct.what, name.value));
    match meant {
        Some(meant) => error.help(format!("did you mean `{meant}`?")).fix(meant),
        None => error.help(format!("the verbs are {}", listed_or(verbs))),
    }
}

/// A table with several verbs.
pub(crate) fn two_verbs(table: &Table, verbs: &[&str], at: At) -> Diagnostic {
    let (first, second) = (verbs.first().copied().unwrap_or(""), verbs.get(1).copied().unwrap_or(""));
    let error = Diagnostic::error(at, format!("two verbs in one step: `{first}` and `{second}`"));
    let texts: Vec<String> =
        verbs.iter().filter_map(|verb| Some(format!("{{ {verb} = \"{}\" }}", table.get(verb)?.text()?))).collect();
    let only_verbs = texts.len() == table.entries.len();
    match only_verbs {
        true => error.help(format!("make two steps: {}", texts.join(", "))).fix(texts.join(", ")),
        false => error.help(format!("make two steps: `{{ {first} = .. }}, {{ {second} = .. }}`")),
    }
}

/// Something in a list of steps that is none.
pub(crate) fn no_step(node: &Node) -> Diagnostic {
    let error = Diagnostic::error(node.at, format!("a step cannot be {}", node.what())).label(node.what());
    match node.list() {
        Some(_) => error.help(
            "steps that belong together: `{ steps = [..] }`; only branches of `parallel` and `choose` may be lists",
        ),
        None => error.help(format!("a step is a text (\"db.read\") or a table with one of {}", listed_or(VERBS))),
    }
}

/// Something in a list of actions that is none.
pub(crate) fn no_action(node: &Node) -> Diagnostic {
    Diagnostic::error(node.at, format!("an action cannot be {}", node.what()))
        .label(node.what())
        .help("an action is a table: `{ promote = \"db\", to = \"us-west-2\" }`")
}

/// An action beside `steps` in a change.
pub(crate) fn beside_steps(name: &Name) -> Diagnostic {
    Diagnostic::error(name.at, format!("a change with `steps` has no `{}` beside them", name.value))
        .help(format!("make it one of the steps: `steps = [{{ {} = .. }}]`", name.value))
}
