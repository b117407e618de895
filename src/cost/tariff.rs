//! What of a scenario is metered, and what one of each costs: worked out before the run, so that a price that is missing is
//! an error and not a bill that is too small.

use std::collections::BTreeMap;

use super::book::{Allowance, Price};
use super::books::{Books, names};
use crate::scenario::ast::{Component, Scenario, Shape};
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::model::{self, Counting, ExprOp, Instance, MeterInstance, One, Two, Unit, Value};
use crate::scenario::month::{Stretch, stretches};
use crate::scenario::sources::Sources;
use crate::scenario::tree::Placed;
use crate::units::{Money, Time};

/// A scenario's meters and prices.
#[derive(Clone, Debug, Default)]
pub struct Tariff {
    /// What stands for how much of the month.
    pub stretches: Vec<Stretch>,
    /// Nothing says so: the whole run was taken for it.
    pub assumed: bool,
    /// Every meter that counts.
    pub meters: Vec<Metered>,
    /// Every price, by key.
    pub prices: Vec<Priced>,
    /// What is free.
    pub allowances: Vec<Allowance>,
    /// Files beside the scenario that were used as books.
    pub beside: Vec<String>,
}

/// A meter of a part.
#[derive(Clone, Debug)]
pub struct Metered {
    /// The part.
    pub part: String,
    /// The meter.
    pub name: String,
    /// The word of its unit.
    pub unit: String,
    /// How many of what is counted make one.
    pub one: u128,
    /// How it counts.
    pub how: How,
    /// At least so much of each hour (of the largest of several).
    pub at_least: f64,
    /// What lasts is rounded up to multiples of this.
    pub round_up_to: Option<u128>,
    /// Its price, by its place in the list.
    pub price: Option<usize>,
}

/// How a meter counts.
#[derive(Clone, Debug)]
pub enum How {
    /// The run counts it, call by call.
    Counted,
    /// So much at every moment (in bytes, ones, per second).
    Always(f64),
    /// The largest of each hour, by name.
    Largest(Vec<(String, Vec<ExprOp>)>),
}

/// A price that is asked here.
#[derive(Clone, Debug)]
pub struct Priced {
    /// `service/key`, or `own/PART.METER`.
    pub key: String,
    /// How many of what is counted make one.
    pub one: u128,
    /// What one costs.
    pub price: Price,
    /// Its book; empty: the scenario itself says it.
    pub book: String,
}

/// What a tariff is made from.
pub struct Parts<'a> {
    /// The scenario.
    pub ast: &'a Scenario,
    /// Its components, instantiated.
    pub instances: &'a BTreeMap<String, Instance>,
    /// The measured span.
    pub span: (Time, Time),
}

impl Tariff {
    /// Looks up every meter and every price; what is missing is said.
    pub fn of(parts: &Parts<'_>, books: &mut Books<'_>, sources: &mut Sources, say: &mut Diagnostics) -> Tariff {
        let ast = parts.ast;
        let mut tariff = Tariff { stretches: stretches(ast), assumed: ast.month.is_empty(), ..Tariff::default() };
        let mut used: Vec<String> = Vec::new();
        for (name, instance) in parts.instances {
            let Some(component) = ast.components.get(name) else { continue };
            for (meter, spec) in &instance.meters {
                let mut look = Look { ast, component, instance, books, sources, say, used: &mut used };
                tariff.meter(name, meter, spec, &mut look);
            }
        }
        let keys: Vec<String> = tariff.prices.iter().map(|priced| priced.key.clone()).collect();
        tariff.allowances = books.allowances(&used, &keys);
        for name in &used {
            let file = books.book(name, sources, say).and_then(|book| book.beside.clone());
            tariff.beside.extend(file);
        }
        if let Some(time) = &ast.prices
            && !used.iter().any(|name| name.ends_with(&format!("@{}", time.value)))
        {
            let says = format!("no price book of `{}` is used here", time.value);
            let help = format!("there is: {}", Books::built_in().join(", "));
            say.say(Diagnostic::error(time.at, says).help(help));
        }
        if !tariff.prices.is_empty() {
            covered(ast, &tariff.stretches, parts.span, say);
        }
        tariff
    }

    /// Has anything a price here?
    pub fn is_empty(&self) -> bool {
        self.prices.is_empty()
    }

    fn meter(&mut self, part: &str, name: &str, spec: &MeterInstance, look: &mut Look<'_, '_, '_>) {
        let free = matches!(&spec.price, Some(model::Price::Own { money, .. }) if money.is_zero());
        if free {
            return;
        }
        if spec.price.is_some() && look.places().len() > 1 {
            let says =
                format!("`{part}` is in several regions, and a bill of more than one is not made by this version");
            let help = "give it one region, or take its price away";
            look.say.say(Diagnostic::error(look.component.at, says).help(help));
            return;
        }
        let one = Unit::counted_in(&spec.unit).unwrap_or(1);
        let price = match &spec.price {
            None => None,
            Some(model::Price::Own { money, per, name: own }) => Some(self.own((part, name, own), spec, *money, *per)),
            Some(model::Price::Key(key)) => match look.price(name, key, &spec.unit) {
                Some((book, price)) => Some(self.priced(Priced { key: key.clone(), one, price, book })),
                None => return,
            },
        };
        let how = match how(spec) {
            Ok(Some(how)) => how,
            Ok(None) => return,
            Err(why) => {
                let says = format!("the meter `{name}` of `{part}` {why}");
                let help = "it would be billed as nothing; take the part's price away, or wait for it";
                look.say.say(Diagnostic::error(look.component.at, says).help(help));
                return;
            }
        };
        self.meters.push(Metered {
            part: part.to_owned(),
            name: name.to_owned(),
            unit: spec.unit.clone(),
            one,
            how,
            at_least: spec.at_least.as_ref().and_then(Value::number).unwrap_or(0.0),
            round_up_to: spec.round_up_to.as_ref().and_then(Value::span).map(|span| u128::from(span.0)),
            price,
        });
    }

    /// A price that the scenario itself says, in the unit in which it says it.
    fn own(&mut self, (part, meter, own): (&str, &str, &str), spec: &MeterInstance, money: Money, per: u128) -> usize {
        let source =
            super::Source { title: format!("`{own}` of `{part}`"), as_of: String::new(), status: "given".into() };
        let price = Price { per: own_unit(&spec.unit, per), tiers: vec![(0, money)], range: None, source };
        self.priced(Priced { key: format!("own/{part}.{meter}"), one: per, price, book: String::new() })
    }

    fn priced(&mut self, priced: Priced) -> usize {
        let found = self.prices.binary_search_by(|there| there.key.cmp(&priced.key));
        match found {
            Ok(there) => there,
            Err(place) => {
                self.prices.insert(place, priced);
                for price in self.meters.iter_mut().filter_map(|meter| meter.price.as_mut()) {
                    *price += usize::from(*price >= place);
                }
                place
            }
        }
    }
}

/// What a price of one's own is for: an hour of what is metered by the second, a thousand calls.
fn own_unit(word: &str, per: u128) -> String {
    let times = ["second", "minute", "hour", "month"];
    let time = times.iter().find(|time| Unit::counted_in(time) == Some(per));
    match (Unit::of_meter(word), time, per / 1_000_000_000) {
        (Some(Unit::TIME), Some(time), _) => (*time).to_owned(),
        (Some(Unit::ONE), _, many @ 2..) => format!("{many} {word}s"),
        _ => word.to_owned(),
    }
}

/// Where one meter's price is looked up.
struct Look<'a, 'b, 'f> {
    ast: &'a Scenario,
    component: &'a Component,
    instance: &'a Instance,
    books: &'b mut Books<'f>,
    sources: &'b mut Sources,
    say: &'b mut Diagnostics,
    used: &'b mut Vec<String>,
}

impl<'a> Look<'a, '_, '_> {
    /// Where the part is.
    fn places(&self) -> &'a [Placed<String>] {
        if self.component.regions.is_empty() { &self.ast.regions } else { &self.component.regions }
    }

    /// The price of a key, in the unit of its meter; what is missing is said.
    fn price(&mut self, meter: &str, key: &str, unit: &str) -> Option<(String, Price)> {
        let region = self.places().first().map(|region| region.value.as_str());
        let time = self.ast.prices.as_ref().map(|prices| prices.value.as_str());
        let provider = self.instance.model.split_once('/').map_or("generic", |(provider, _)| provider);
        let mut books = names(provider, region, time);
        books.extend(
            Books::built_in()
                .iter()
                .filter_map(|name| name.split_once('/'))
                .flat_map(|(other, _)| if other == provider { Vec::new() } else { names(other, region, time) }),
        );
        books.dedup();
        let found = self.books.price(key, &books, self.sources, self.say);
        let at = self.component.at;
        let part = &self.instance.title;
        let Some((book, price)) = found else {
            if self.books.broken() {
                return None;
            }
            let place = region.map_or(String::new(), |region| format!(" in {region}"));
            let says = format!("nothing says what `{key}` costs{place}: the meter `{meter}` of `{part}` needs it");
            let help = match region {
                None => "say where it is: `region = \"us-east-1\"`".to_owned(),
                Some(region) => {
                    let all = Books::built_in().join(", ");
                    format!("pricing/{provider}/{region}.toml beside the scenario says it; there is: {all}")
                }
            };
            self.say.say(Diagnostic::error(at, says).help(help));
            return None;
        };
        if price.per != unit {
            let says = format!("`{key}` is the price of one {}, and the meter `{meter}` counts {unit}s", price.per);
            self.say.say(Diagnostic::error(at, says).help("a meter and its price have one unit"));
            return None;
        }
        if !self.used.contains(&book) {
            self.used.push(book.clone());
        }
        Some((book, price))
    }
}

/// How a meter counts, as far as this version can; half a sentence where it cannot. None: others count it.
fn how(spec: &MeterInstance) -> Result<Option<How>, String> {
    match &spec.counts {
        Counting::On(_) if spec.at_least.is_some() || spec.round_up_to.is_some() => {
            Err("rounds what is counted call by call".to_owned())
        }
        Counting::On(_) => Ok(Some(How::Counted)),
        Counting::Lives(..) | Counting::Integral(Value::Dynamic(_)) => Ok(Some(How::Counted)),
        Counting::Integral(Value::Number(number, _)) => Ok(Some(How::Always(*number))),
        Counting::Integral(Value::None) => Ok(None),
        Counting::Integral(_) => Err("takes an integral of what is no number".to_owned()),
        Counting::Largest(list) => {
            let mut all = Vec::new();
            for (name, value) in list {
                match value {
                    Value::Number(number, unit) => all.push((name.clone(), vec![ExprOp::Number(*number, *unit)])),
                    Value::Dynamic(ops) => {
                        hourly(ops)?;
                        all.push((name.clone(), ops.clone()));
                    }
                    _ => {}
                }
            }
            Ok(Some(How::Largest(all)))
        }
    }
}

/// May this be worked out of what was counted in an hour?
fn hourly(ops: &[ExprOp]) -> Result<(), String> {
    let follows = |op: &&ExprOp| {
        matches!(
            op,
            ExprOp::Measure(..)
                | ExprOp::Word(_)
                | ExprOp::One(One::Peak | One::Mean | One::Log2)
                | ExprOp::Two(Two::MeanOver)
        )
    };
    match ops.iter().find(follows) {
        Some(_) => Err("follows a measure over the hour, which this version of archsim does not run".to_owned()),
        None => Ok(()),
    }
}

/// Phases of the month must lie where something is measured.
fn covered(ast: &Scenario, stretches: &[Stretch], (from, to): (Time, Time), say: &mut Diagnostics) {
    for stretch in stretches {
        if stretch.load.is_some() && ast.traffic.values().any(|traffic| matches!(traffic.shape, Shape::Trace { .. })) {
            let at = ast.month.iter().find(|(name, _)| name.value == stretch.name).map(|(name, _)| name.at);
            let says = format!("`{}` has a load of its own, and a trace has the one that was recorded", stretch.name);
            say.say(Diagnostic::error(at.unwrap_or_default(), says).help("take `load` away, or record another trace"));
        }
        let Some((begin, end)) = stretch.window else { continue };
        if begin.max(from) < end.min(to) {
            continue;
        }
        let at = ast.month.iter().find(|(name, _)| name.value == stretch.name).map(|(name, _)| name.at);
        let says = format!("`{}` stands for hours of the month, and nothing of it is measured", stretch.name);
        say.say(Diagnostic::error(at.unwrap_or_default(), says).help("a phase within the run, after its warm-up"));
    }
}
