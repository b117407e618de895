//! Writes price books from a table of prices: `cargo run --example price_books -- prices.csv pricing/aws us-east-1 global`.
//!
//! The table has the columns `service, sku_key, region, unit, usd, tier_from, tier_to, as_of, source, status`, one line a tier.
//! What it says of where, when and how sure goes into the book; equal input gives equal bytes. Instance types become families
//! of rows, `free_tier.*` lines become allowances, `old2023.*` lines the book of that time, which extends today's.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Always-free allowances: which prices use them up, in this order.
const FREE: [(&str, &str, &[&str]); 9] = [
    ("cloudfront", "functions", &["function.invocation"]),
    ("cloudfront", "requests", &["request.https.", "request.http."]),
    ("cloudfront", "transfer", &["transfer_out."]),
    ("cloudwatch", "logs", &["logs.ingest"]),
    ("datatransfer", "internet_out", &["internet_out"]),
    ("lambda", "gb_seconds", &["duration.x86", "duration.arm"]),
    ("lambda", "requests", &["request"]),
    ("sqs", "requests", &["standard.request_64kb", "fifo.request_64kb"]),
    ("stepfunctions", "transitions", &["standard.transition"]),
];

/// Smallest number of rows that make a family.
const FAMILY: usize = 4;

/// A line of the table.
#[derive(Clone, Debug, Default)]
struct Row {
    service: String,
    key: String,
    region: String,
    unit: String,
    usd: String,
    from: String,
    as_of: String,
    source: String,
    status: String,
}

/// A price: its lines, lowest tier first.
struct Price {
    rows: Vec<Row>,
}

impl Price {
    fn first(&self) -> &Row {
        &self.rows[0]
    }

    /// The line that is least sure: it speaks for all.
    fn weakest(&self) -> &Row {
        let doubt = |row: &&Row| ["verified", "measured", "derived", "assumed"].iter().position(|s| *s == row.status);
        self.rows.iter().rev().max_by_key(doubt).unwrap_or(&self.rows[0])
    }

    /// `usd = ".."` or `tiers = [[..], ..]`, then what lies below the first tier as free.
    fn amount(&self) -> String {
        let first = self.first();
        let free = if first.from == "0" { String::new() } else { format!(", free = \"{}\"", first.from) };
        if self.rows.len() == 1 {
            return format!("usd = \"{}\", per = \"{}\"{free}", first.usd, first.unit);
        }
        let from = |row: &Row, place: usize| if place == 0 { "0".to_owned() } else { row.from.clone() };
        let tier = |(place, row): (usize, &Row)| format!("[\"{}\", \"{}\"]", from(row, place), row.usd);
        let tiers: Vec<String> = self.rows.iter().enumerate().map(tier).collect();
        format!("tiers = [{}], per = \"{}\"{free}", tiers.join(", "), first.unit)
    }
}

/// Sources of a book: (title, date, status) and the short name by which lines call it.
#[derive(Default)]
struct Sources {
    ids: BTreeMap<(String, String, String), String>,
}

impl Sources {
    fn id(&mut self, row: &Row) -> String {
        let key = (clean(&row.source), row.as_of.clone(), row.status.clone());
        if let Some(id) = self.ids.get(&key) {
            return id.clone();
        }
        let base = slug(&key.0);
        let taken: BTreeSet<&String> = self.ids.values().collect();
        let numbered = (2..).map(|number| format!("{base}-{number}"));
        let id = std::iter::once(base.clone()).chain(numbered).find(|id| !taken.contains(id)).unwrap_or(base);
        self.ids.insert(key, id.clone());
        id
    }

    fn section(&self) -> String {
        let mut lines: Vec<(&String, &(String, String, String))> = self.ids.iter().map(|(key, id)| (id, key)).collect();
        lines.sort();
        let wide = lines.iter().map(|(id, _)| id.len()).max().unwrap_or(0);
        let mut text = "\n[sources]\n".to_owned();
        for (id, (title, as_of, status)) in lines {
            let _ = writeln!(text, "{id:<wide$} = {{ title = {title:?}, as_of = \"{as_of}\", status = \"{status}\" }}");
        }
        text
    }
}

/// Without numbers of copies that nobody else has.
fn clean(source: &str) -> String {
    let mut kept = String::new();
    let mut rest = source;
    while let Some(open) = rest.find('(') {
        let close = rest[open..].find(')').map_or(rest.len(), |close| open + close + 1);
        let inner = rest[open..close].trim_matches(['(', ')']);
        let parts: Vec<&str> = inner.split([',', ';']).map(str::trim).filter(|part| !is_copy(part)).collect();
        kept.push_str(&rest[..open]);
        if !parts.is_empty() {
            let _ = write!(kept, "({})", parts.join(", "));
        }
        rest = &rest[close..];
    }
    kept.push_str(rest);
    let kept = kept.split_whitespace().collect::<Vec<_>>().join(" ").replace(" :", ":").replace("seed 001 and ", "");
    let words: Vec<&str> = kept.split(' ').collect();
    let numbered = words.iter().position(|word| *word == "id" || *word == "ids");
    let end = numbered.map_or(words.len(), |at| at.saturating_sub(usize::from(words.get(at - 1) == Some(&"in"))));
    words[..end].join(" ").trim_end_matches([',', ';']).to_owned()
}

fn is_copy(part: &str) -> bool {
    part.split_whitespace().any(|word| word == "id" || word == "ids")
}

/// At most five words of a title.
fn slug(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let plain = words.map(str::to_ascii_lowercase);
    let telling =
        plain.filter(|word| !["golden", "the", "of", "and", "a", "as", "in", "to", "for"].contains(&word.as_str()));
    telling.take(5).collect::<Vec<_>>().join("-")
}

/// Fields of a line of CSV, in which a field may stand in double quotes.
fn fields(line: &str) -> Vec<String> {
    let (mut all, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => all.push(std::mem::take(&mut field)),
            _ => field.push(letter),
        }
    }
    all.push(field);
    all
}

fn rows(table: &str) -> Vec<Row> {
    let row = |line: &str| {
        let all = fields(line);
        let at = |place: usize| all.get(place).cloned().unwrap_or_default();
        Row {
            service: at(0),
            key: at(1),
            region: at(2),
            unit: at(3),
            usd: at(4),
            from: if at(5).is_empty() { "0".to_owned() } else { at(5) },
            as_of: at(7),
            source: at(8),
            status: at(9),
        }
    };
    table.lines().skip(1).filter(|line| !line.trim().is_empty()).map(row).collect()
}

/// `old2024.ondemand.wru` is `ondemand.wru` of another time.
fn of_old(key: &str) -> Option<&str> {
    let (then, rest) = key.split_once('.')?;
    let year = then.strip_prefix("old")?;
    (year.is_empty() || year.bytes().all(|digit| digit.is_ascii_digit())).then_some(rest)
}

/// The part of a key before an instance type, and the type with what follows it: `ondemand.linux` and `c5.2xlarge`.
fn family(key: &str) -> Option<(String, String)> {
    let words: Vec<&str> = key.split('.').collect();
    let size = words.iter().position(|word| is_size(word)).filter(|at| *at >= 2)?;
    let first = match words.get(size - 2) {
        Some(&("db" | "cache" | "ml" | "dms")) if size >= 3 => size - 2,
        _ => size - 1,
    };
    Some((words[..first].join("."), words[first..].join(".")))
}

fn is_size(word: &str) -> bool {
    let plain = ["nano", "micro", "small", "medium", "large", "xlarge", "metal"].contains(&word);
    let counted = word.strip_suffix("xlarge").is_some_and(|n| !n.is_empty() && n.bytes().all(|d| d.is_ascii_digit()));
    plain || counted || word.starts_with("metal-")
}

/// Prices by service and key.
type Prices = BTreeMap<(String, String), Price>;

fn prices<'r>(rows: impl Iterator<Item = &'r Row>) -> Prices {
    let mut all: Prices = BTreeMap::new();
    for row in rows {
        let key = (row.service.clone(), row.key.clone());
        all.entry(key).or_insert_with(|| Price { rows: Vec::new() }).rows.push(row.clone());
    }
    for price in all.values_mut() {
        let from = |row: &Row| row.from.parse::<f64>().unwrap_or(0.0);
        price.rows.sort_by(|a, b| from(a).total_cmp(&from(b)));
    }
    all
}

/// A whole book.
fn book(head: &str, prices: &Prices, free: &[Row]) -> String {
    let mut sources = Sources::default();
    let mut text = head.to_owned();
    let services: BTreeSet<&String> = prices.keys().map(|(service, _)| service).collect();
    for service in services {
        let own: Vec<(&String, &Price)> =
            prices.iter().filter(|((of, _), _)| of == service).map(|((_, key), price)| (key, price)).collect();
        let free: Vec<&Row> = free.iter().filter(|row| row.service == *service).collect();
        text.push_str(&section(service, &own, &free, &mut sources));
    }
    text + &sources.section()
}

fn section(service: &str, own: &[(&String, &Price)], free: &[&Row], sources: &mut Sources) -> String {
    let mut families: BTreeMap<(String, String), Vec<(String, &Price)>> = BTreeMap::new();
    let mut plain: Vec<(&String, &Price)> = Vec::new();
    for (key, price) in own {
        match family(key).filter(|_| price.rows.len() == 1 && price.first().from == "0") {
            Some((name, row)) => {
                families.entry((name, price.first().unit.clone())).or_default().push((row, price));
            }
            None => plain.push((key, price)),
        }
    }
    let small: Vec<_> = families.iter().filter(|(_, rows)| rows.len() < FAMILY).map(|(name, _)| name.clone()).collect();
    for name in small {
        let lost: Vec<&str> = families[&name].iter().map(|(_, price)| price.first().key.as_str()).collect();
        plain.extend(own.iter().filter(|(key, _)| lost.contains(&key.as_str())));
        families.remove(&name);
    }
    plain.sort_by_key(|(key, _)| *key);
    let mut lines: Vec<(String, String)> = plain
        .iter()
        .map(|(key, price)| {
            let by = sources.id(price.weakest());
            let alone = allowance(service, key, free)
                .map(|row| format!(", free = \"{}\", free_by = \"{}\"", tier_end(row), sources.id(row)));
            (format!("{key:?}"), format!("{{ {}, by = \"{by}\"{} }}", price.amount(), alone.unwrap_or_default()))
        })
        .collect();
    lines.extend(shared(service, &plain, free, sources));
    let wide = lines.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
    let mut text = String::new();
    if !lines.is_empty() {
        let _ = writeln!(text, "\n[{service}]");
        for (key, price) in &lines {
            let _ = writeln!(text, "{key:<wide$} = {price}");
        }
    }
    families.iter().for_each(|((name, unit), rows)| text.push_str(&table(service, (name, unit), rows, sources)));
    text
}

/// A family: the source of most of its rows once, other sources on their rows.
fn table(service: &str, (name, unit): (&str, &str), rows: &[(String, &Price)], sources: &mut Sources) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    rows.iter().for_each(|(_, price)| *counts.entry(sources.id(price.weakest())).or_default() += 1);
    let usual = counts.iter().max_by_key(|(_, count)| **count).map(|(id, _)| id.clone()).unwrap_or_default();
    let wide = rows.iter().map(|(row, _)| row.len() + 2).max().unwrap_or(0);
    let mut text = format!("\n[{service}.{name:?}]\nper = {unit:?}\nby  = {usual:?}\n\n[{service}.{name:?}.rows]\n");
    for (row, price) in rows {
        let by = sources.id(price.weakest());
        let usd = &price.first().usd;
        let value = if by == usual { format!("{usd:?}") } else { format!("{{ usd = {usd:?}, by = {by:?} }}") };
        let _ = writeln!(text, "{:<wide$} = {value}", format!("{row:?}"));
    }
    text
}

fn tier_end(row: &Row) -> &str {
    // Of an allowance the table keeps where it ends; the reader of lines put it into `from`.
    &row.from
}

/// The allowance that one price has for itself.
fn allowance<'r>(service: &str, key: &str, free: &[&'r Row]) -> Option<&'r Row> {
    let (_, name, _) = FREE.iter().find(|(of, _, keys)| *of == service && *keys == [key])?;
    free.iter().find(|row| row.key == format!("free_tier.{name}")).copied()
}

/// Allowances that several prices share.
fn shared(service: &str, plain: &[(&String, &Price)], free: &[&Row], sources: &mut Sources) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for (_, name, wanted) in FREE.iter().filter(|(of, _, _)| *of == service) {
        let Some(row) = free.iter().find(|row| row.key == format!("free_tier.{name}")) else { continue };
        let fits = |want: &&str, key: &str| if want.ends_with('.') { key.starts_with(*want) } else { key == *want };
        let of: Vec<String> = wanted
            .iter()
            .flat_map(|want| plain.iter().filter(move |(key, _)| fits(want, key)).map(|(key, _)| format!("{key:?}")))
            .collect();
        if wanted.len() > 1 || of.len() > 1 {
            let by = sources.id(row);
            let (many, unit) = (tier_end(row), &row.unit);
            let line = format!("{{ free = \"{many}\", per = \"{unit}\", of = [{}], by = \"{by}\" }}", of.join(", "));
            lines.push((format!("\"free.{name}\""), line));
        }
    }
    lines
}

const NOTE: &str = "\
# A price book: one entry a price. Decimals in quotes are for one unit; tiers are [from, usd] over the month's total, in the
# price's own unit; `free` is at no charge and uses up the lowest tier first. Written by `cargo run --example price_books`.
";

fn books(table: &str, region: &str) -> Vec<(String, String)> {
    let mut here: Vec<Row> = rows(table);
    let own: BTreeSet<(String, String)> =
        here.iter().filter(|row| row.region == region).map(|row| (row.service.clone(), row.key.clone())).collect();
    let everywhere =
        |row: &Row| row.region == "*" && region != "global" && !own.contains(&(row.service.clone(), row.key.clone()));
    here.retain(|row| row.region == region || everywhere(row));
    // An allowance is the end of its line, not its beginning.
    let ends: BTreeMap<String, String> = table
        .lines()
        .skip(1)
        .map(fields)
        .filter(|all| all.len() > 6 && all[1].starts_with("free_tier.") && all[2] == region)
        .map(|all| (format!("{}/{}", all[0], all[1]), all[6].clone()))
        .collect();
    let (mut free, here): (Vec<Row>, Vec<Row>) = here.into_iter().partition(|row| row.key.starts_with("free_tier."));
    for row in &mut free {
        row.from = ends.get(&format!("{}/{}", row.service, row.key)).cloned().unwrap_or_default();
    }
    let newest = here.iter().map(|row| row.as_of.as_str()).max().unwrap_or_default().get(..7).unwrap_or_default();
    let head = format!(
        "{NOTE}\nprovider = \"aws\"\nregion   = \"{region}\"\ncurrency = \"USD\"\nas_of    = \"{newest}\"\nmonth    = \"730h\"\n"
    );
    let now = prices(here.iter().filter(|row| of_old(&row.key).is_none()));
    let mut all = vec![(format!("{region}.toml"), book(&head, &now, &free))];
    let old: Vec<Row> =
        here.iter().filter_map(|row| of_old(&row.key).map(|key| Row { key: key.to_owned(), ..row.clone() })).collect();
    if !old.is_empty() {
        let head = format!(
            "# The book of another time: what was different then. `prices = \"2023\"` in a scenario, or `--set prices=2023`.\n\
             \nextends = \"aws/{region}\"\nas_of   = \"2023-12\"\n"
        );
        all.push((format!("{region}@2023.toml"), book(&head, &prices(old.iter()), &[])));
    }
    all
}

#[expect(clippy::disallowed_methods, reason = "this program turns one file into others")]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [table, folder, regions @ ..] = arguments.as_slice() else {
        eprintln!("price_books TABLE.csv FOLDER REGION...");
        std::process::exit(2);
    };
    let table = std::fs::read_to_string(table).unwrap_or_else(|why| panic!("{table}: {why}"));
    for (name, text) in regions.iter().flat_map(|region| books(&table, region)) {
        let path = format!("{folder}/{name}");
        std::fs::write(&path, text).unwrap_or_else(|why| panic!("{path}: {why}"));
        println!("{path}");
    }
}
