//! What `models show` says of a model: its numbers with their sources, its paths, its bills. All from the tables that run.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::check::{options, prices, variants_of};
use super::registry::Registry;
use super::shape::{Model, Op, Quantity, Section, Stop};
use super::show;
use super::value::{Kind, Value};
use super::words::list;

impl Model {
    /// A page about it.
    pub fn describe(&self) -> String {
        let mut page = String::new();
        self.head(&mut page);
        for (section, title) in
            [(Section::Parameter, "You choose"), (Section::Fact, "Fixed"), (Section::Quota, "You may ask for more")]
        {
            self.section(section, title, &mut page);
        }
        page.push_str("Operations\n");
        for (name, op) in &self.ops {
            let _ = writeln!(page, "  {name:<WIDE$} {}", self.path(op));
        }
        self.bills(&mut page);
        self.overload(&mut page);
        page
    }

    /// What a component may set: each (dotted) name, and a line that says what is allowed and what stands there otherwise.
    pub(crate) fn settings(&self) -> Vec<(&str, String)> {
        let chosen = self.quantities.iter().filter(|(_, one)| one.section == Section::Parameter);
        let said = chosen.map(|(name, one)| {
            let (value, allowed, source) = (self.value_of(name, one), self.allowed(name, one), self.source_of(one));
            let allowed = if allowed.is_empty() { allowed } else { format!(" ({allowed})") };
            let source = if source.is_empty() { source } else { format!(" · {source}") };
            (name.as_str(), format!("{value}{allowed}{source}"))
        });
        said.collect()
    }

    /// The keys of the price book that its meters may ask for, by meter.
    pub fn price_keys(&self) -> BTreeMap<&str, Vec<String>> {
        let keys = self.meters.iter().map(|(name, meter)| (name.as_str(), prices(self, meter)));
        keys.filter(|(_, keys)| !keys.is_empty()).collect()
    }

    /// How many numbers it has, by how sure they are, and from when the oldest source is.
    pub fn census(&self) -> String {
        let mut by_status: BTreeMap<&str, usize> = BTreeMap::new();
        let numbers: Vec<&Quantity> =
            self.quantities.values().filter(|one| one.choose.is_none() && one.value.is_some()).collect();
        for quantity in &numbers {
            *by_status.entry(self.status(quantity)).or_default() += 1;
        }
        let counted = ["verified", "measured", "derived", "assumed", "off"]
            .into_iter()
            .filter_map(|status| by_status.get(status).map(|count| format!("{count} {status}")));
        let counted: Vec<String> = counted.collect();
        let oldest = numbers
            .iter()
            .flat_map(|one| &one.by)
            .filter_map(|by| self.sources.get(&by.value))
            .map(|one| &one.as_of)
            .min();
        let oldest = oldest.map(|date| format!(" · oldest source {date}")).unwrap_or_default();
        let word = if numbers.len() == 1 { "number" } else { "numbers" };
        format!("{} {word}: {}{oldest}", numbers.len(), counted.join(", "))
    }

    fn head(&self, page: &mut String) {
        let _ = writeln!(page, "{} · {} · {}", self.title, self.name, self.census());
        let _ = writeln!(page, "models      {}", self.models.join(" · "));
        let _ = writeln!(page, "leaves out  {}\n", self.leaves_out.join(" · "));
    }

    fn status<'a>(&'a self, quantity: &'a Quantity) -> &'a str {
        let Some(by) = quantity.by.first() else { return "off" };
        self.sources.get(&by.value).map_or(by.value.as_str(), |source| source.status.as_str())
    }

    fn section(&self, section: Section, title: &str, page: &mut String) {
        let mut lines: Vec<(&String, &Quantity)> =
            self.quantities.iter().filter(|(_, one)| one.section == section).collect();
        lines.sort_by_key(|(_, quantity)| (quantity.at.file, quantity.at.start));
        if lines.is_empty() {
            return;
        }
        let _ = writeln!(page, "{title}");
        let rows: Vec<[String; 4]> = lines
            .into_iter()
            .map(|(name, one)| [name.clone(), self.value_of(name, one), self.allowed(name, one), self.source_of(one)])
            .collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let (first, second, third) = (width(0).max(WIDE), width(1).min(WIDEST), width(2).min(WIDEST));
        for [name, value, allowed, source] in &rows {
            let line = format!("  {name:<first$}  {value:<second$}  {allowed:<third$}  {source}");
            let _ = writeln!(page, "{}", line.trim_end());
        }
        page.push('\n');
    }

    fn value_of(&self, name: &str, quantity: &Quantity) -> String {
        let unit = self.units.get(name).copied().unwrap_or(quantity.kind.unit());
        match &quantity.value {
            None => format!("a {}", quantity.kind.word()),
            Some(value) if value.value == Value::None => format!("not set ({})", quantity.kind.word()),
            Some(value) => show::value(&value.value, unit),
        }
    }

    fn allowed(&self, name: &str, quantity: &Quantity) -> String {
        let unit = self.units.get(name).copied().unwrap_or(quantity.kind.unit());
        match (&quantity.range, options(self, name)) {
            (Some((least, most, _)), _) => {
                format!("{} to {}", show::number_of(*least, unit), show::number_of(*most, unit))
            }
            (None, Some(options)) if quantity.kind != Kind::Bool => options_said(&options),
            _ => quantity.shared.as_ref().map(|scope| format!("({})", scope.value)).unwrap_or_default(),
        }
    }

    fn source_of(&self, quantity: &Quantity) -> String {
        let doc = quantity.doc.clone().unwrap_or_default();
        let Some(by) = quantity.by.first() else { return doc };
        let why = quantity.why.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
        let source = match self.sources.get(&by.value) {
            Some(source) => format!("{}, {} ({})", source.publisher, source.title, source.as_of),
            None => format!("{}{why}", by.value),
        };
        if doc.is_empty() { source } else { format!("{doc} · {source}") }
    }

    /// `line.hold ▸ inside`, with how much of it is taken.
    fn path(&self, op: &Op) -> String {
        let said: Vec<String> = op.path.iter().map(|stop| self.stop(stop)).collect();
        let mut path = said.join(" ▸ ");
        if !op.behind.is_empty() {
            let behind: Vec<String> = op.behind.iter().map(|stop| self.stop(stop)).collect();
            let _ = write!(path, " ▸ (after the answer) {}", behind.join(" ▸ "));
        }
        path
    }

    fn stop(&self, stop: &Stop) -> String {
        let name = &stop.stage.value;
        let first = variants_of(self, name).first().and_then(|(_, mechanism)| mechanism.does.first());
        let verb = stop.verb.as_ref().filter(|verb| Some(*verb) != first).map(|verb| format!(".{verb}"));
        let mut said = format!("{name}{}", verb.unwrap_or_default());
        if let Some(take) = &stop.take {
            said = format!("{} of {said}", take.text);
        }
        if let Some(time) = &stop.time {
            said = format!("{said} for {}", time.text);
        }
        said
    }

    fn bills(&self, page: &mut String) {
        if self.meters.is_empty() {
            return;
        }
        page.push_str("\nBills\n");
        for (name, meter) in &self.meters {
            let price = meter.price.as_ref().map_or("counted, not priced", |price| price.value.as_str());
            let _ = writeln!(page, "  {name:<WIDE$} by {:<12} {price}", meter.unit.value);
        }
    }

    /// What a caller hears when it is too much.
    fn overload(&self, page: &mut String) {
        let mut lines = Vec::new();
        for name in self.stages.keys() {
            for (variant, mechanism) in variants_of(self, name) {
                let Some(told) = &variant.refuses else { continue };
                let cause = variant.cause.map_or("throttled", crate::record::results::Cause::word);
                let line = format!("  {name:<WIDE$} {told} ({cause}; {})", mechanism.name);
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
        }
        if !lines.is_empty() {
            let _ = writeln!(page, "\nOn overload\n{}", lines.join("\n"));
        }
    }
}

/// Columns of the page: names at least, values at most.
const WIDE: usize = 18;
const WIDEST: usize = 34;

fn options_said(options: &[String]) -> String {
    if options.len() > 8 { format!("one of {}", options.len()) } else { options.join(" | ") }
}

/// A page about all mechanisms, by class.
pub fn describe_mechanisms() -> String {
    let registry = Registry::get();
    let mut page = String::new();
    for class in ["gate", "server", "set", "store", "mover", "clock"] {
        let _ = writeln!(page, "{class}");
        for mechanism in registry.names().filter_map(|name| registry.mechanism(name)).filter(|one| one.class == class) {
            let settings = mechanism
                .settings
                .iter()
                .map(|(key, (_, needed))| if *needed { format!("{key}!") } else { key.clone() });
            let settings: Vec<String> = settings.collect();
            let _ = writeln!(page, "  {:<14} {}", mechanism.name, mechanism.is);
            let _ = writeln!(page, "  {:<14} settings {}", "", settings.join(", "));
            if !mechanism.does.is_empty() {
                let _ = writeln!(page, "  {:<14} does {}", "", list(mechanism.does.iter().map(String::as_str)));
            }
        }
    }
    page
}
