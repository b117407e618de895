//! What closed forms say about a scenario: the measures of every textbook shape in it, each with its law.

use std::collections::{BTreeMap, BTreeSet};

use super::branches;
use super::caches::{che_lru, zipf};
use super::closed::{self, Users};
use super::general::Moments;
use super::networks::series_quantile;
use super::priority::{self, Class};
use super::scalability::Scalability;
use super::shapes::{Ask, Order, Part, Route, Source, Textbook, Visit, textbook};
use super::stations::{Answer, delay, station};
use super::varying::Swinging;
use super::{SHOWN, erlang};
use crate::scenario::ast::{Arrivals, Scenario};
use crate::scenario::quantity::{Pick, size};
use crate::scenario::tree::Kind;

/// How true a closed form is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// The value itself.
    Exact,
    /// Never on the other side of it.
    Bound,
    /// Near it, usually.
    Approximation,
}

/// A measure that a closed form answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Path of the measure: `desk.wait.mean`.
    pub path: String,
    /// Seconds, ones, per second.
    pub value: f64,
    /// The law.
    pub how: String,
    /// How true it is.
    pub kind: Truth,
}

/// Answers every measure that a textbook shape in the scenario gives away; silent about all others.
pub fn estimate(scenario: &Scenario) -> Vec<Estimate> {
    let mut found = Found::default();
    scalability(scenario, &mut found);
    caches(scenario, &mut found);
    if let Some(book) = textbook(scenario) {
        for group in groups(&book) {
            answer_group(scenario, &book, &group, &mut found);
        }
    }
    found.estimates.extend(super::recoveries::recoveries(scenario));
    found.estimates
}

#[derive(Default)]
struct Found {
    estimates: Vec<Estimate>,
}

impl Found {
    fn say(&mut self, path: String, value: f64, how: &str, kind: Truth) {
        if value.is_finite() {
            self.estimates.push(Estimate { path, value, how: how.to_string(), kind });
        }
    }

    fn exact(&mut self, path: String, value: f64, how: &str) {
        self.say(path, value, how, Truth::Exact);
    }

    fn part(&mut self, name: &str, answer: &Answer) {
        for (path, value) in &answer.part {
            self.say(format!("{name}.{path}"), *value, answer.how, answer.kind);
        }
    }
}

/// The numbers N of the paths PREFIX.N that a file knows, expects or has claimed.
fn wanted(scenario: &Scenario, prefix: &str) -> BTreeSet<u64> {
    let known = scenario.known.iter().flat_map(|known| &known.numbers).map(|number| &number.path);
    let expected = scenario.expect.iter().map(|expectation| &expectation.path);
    let claimed = scenario.claims.values().flat_map(|claim| &claim.expect).map(|expectation| &expectation.path);
    let paths = known.chain(expected).chain(claimed);
    paths.filter_map(|path| path.value.strip_prefix(prefix)?.strip_prefix('.')?.parse().ok()).collect()
}

/// `[values]` with the three numbers of the universal scalability law.
fn scalability(scenario: &Scenario, found: &mut Found) {
    let value = |name: &str| scenario.values.get(name).map(|value| value.value);
    let (Some(one), Some(contention), Some(coherency)) =
        (value("usl"), value("usl-contention"), value("usl-coherency"))
    else {
        return;
    };
    let law = Scalability { one, contention, coherency };
    let how = "universal scalability law";
    if let Some(nodes) = law.peak_nodes() {
        found.exact("usl.peak_nodes".into(), nodes, how);
        found.exact("usl.peak_rate".into(), law.throughput(nodes), how);
    }
    for nodes in wanted(scenario, "usl.rate") {
        found.exact(format!("usl.rate.{nodes}"), law.throughput(nodes as f64), how);
    }
}

/// LRU caches of whole entries whose key is drawn by a Zipf law or evenly, without a lifetime.
fn caches(scenario: &Scenario, found: &mut Found) {
    for (name, component) in &scenario.components {
        let has = |key: &str| component.settings.get(key).map(|(_, node)| &node.kind);
        let lru = match has("policy") {
            None => true,
            Some(kind) => *kind == Kind::Text("lru".into()),
        };
        let alone = component.on.is_none() && has("ttl").is_none() && has("hit_ratio").is_none();
        let key = component.key.as_ref().and_then(|key| scenario.keys.get(&key.value));
        let (true, Some(key), Some(room)) = (component.model.value == "cache" && lru && alone, key, entries(has))
        else {
            continue;
        };
        let Some(count) = key.count.filter(|count| (1.0..=1e6).contains(count)) else { continue };
        let exponent = match key.pick {
            Pick::Uniform => 0.0,
            Pick::Zipf(exponent) => exponent,
            Pick::Hot { .. } => continue,
        };
        let ratio = che_lru(&zipf(count as u32, exponent), room);
        found.say(format!("{name}.hit_ratio"), ratio, "LRU, Che", Truth::Approximation);
    }
}

/// How many entries a cache holds: its memory over the size of an item, both in bytes as written.
fn entries<'a>(has: impl Fn(&str) -> Option<&'a Kind>) -> Option<f64> {
    let bytes = |key: &str| match has(key)? {
        Kind::Text(text) => size(text).ok(),
        _ => None,
    };
    if let Some(Kind::Whole(entries)) = has("entries") {
        return Some(*entries as f64);
    }
    Some((bytes("memory")? / bytes("item")?).floor())
}

/// Asks that meet at no common part do not disturb one another.
fn groups(book: &Textbook) -> Vec<Vec<Ask>> {
    let mut groups: Vec<(BTreeSet<&str>, Vec<Ask>)> = Vec::new();
    for ask in &book.asks {
        let mut parts: BTreeSet<&str> = ask.route.visits().iter().map(|visit| visit.part.as_str()).collect();
        let mut together = vec![ask.clone()];
        let (meet, apart): (Vec<_>, Vec<_>) = groups.into_iter().partition(|(other, _)| !other.is_disjoint(&parts));
        for (other, mut asks) in meet {
            parts.extend(other);
            together.append(&mut asks);
        }
        groups = apart;
        groups.push((parts, together));
    }
    groups.into_iter().map(|(_, asks)| asks).collect()
}

fn answer_group(scenario: &Scenario, book: &Textbook, group: &[Ask], found: &mut Found) {
    if group.iter().all(|ask| matches!(ask.source, Source::Closed { .. })) {
        closed_group(book, group, found);
        return;
    }
    let [ask] = group else {
        priorities(book, group, found);
        return;
    };
    match (&ask.source, &ask.route) {
        (Source::Open { rate, arrivals }, Route::Series(visits)) => {
            series(scenario, book, ask, *rate, arrivals, visits, found);
        }
        (Source::Open { rate, arrivals: Arrivals::Poisson }, Route::Fork(visits)) => {
            fork(book, ask, *rate, visits, found)
        }
        (Source::Open { .. }, Route::Fan { times, need, visit }) => fan(book, ask, *times, *need, visit, found),
        (Source::Swinging { mean, amplitude, period }, Route::Series(visits)) => {
            if let ([visit], Some(work)) = (visits.as_slice(), visits[0].exponential())
                && book.parts.get(&visit.part) == Some(&Part::Delay)
            {
                let swing = Swinging { mean: *mean, amplitude: *amplitude, period: *period, speed: 1.0 / work };
                found.exact(format!("{}.present.peak", visit.part), swing.peak(), "M(t)/M/inf");
                found.exact(format!("{}.present.peak_lag", visit.part), swing.lag(), "M(t)/M/inf");
            }
        }
        _ => {}
    }
}

/// One part after the other: exact as long as what comes is Poisson (Burke: what leaves an M/M/c or a delay is).
fn series(
    scenario: &Scenario,
    book: &Textbook,
    ask: &Ask,
    rate: f64,
    arrivals: &Arrivals,
    visits: &[Visit],
    found: &mut Found,
) {
    let once: BTreeSet<&str> = visits.iter().map(|visit| visit.part.as_str()).collect();
    if once.len() < visits.len() {
        return;
    }
    let mut passed: Vec<Answer> = Vec::new();
    for visit in visits {
        let Some(part) = book.parts.get(&visit.part) else { return };
        let poisson = passed.last().map_or(*arrivals == Arrivals::Poisson, |last| last.poisson);
        if !passed.is_empty() && !poisson {
            return;
        }
        let arrivals = if passed.is_empty() { arrivals } else { &Arrivals::Poisson };
        let answers =
            if *part == Part::Delay { vec![delay(rate, visit)] } else { station(*part, rate, arrivals, visit) };
        answers.iter().for_each(|answer| found.part(&visit.part, answer));
        if *part == Part::Delay && poisson {
            for n in wanted(scenario, &format!("{}.present.share_ge", visit.part)) {
                let share = erlang::present_at_least(rate * visit.moment(1), n);
                found.exact(format!("{}.present.share_ge.{n}", visit.part), share, "M/G/inf, Poisson law");
            }
        }
        let Some(first) = answers.into_iter().next() else { return };
        passed.push(Answer { poisson: first.poisson && poisson, ..first });
    }
    whole_way(book, ask, visits, &passed, found);
}

/// The flow's own measures, from those of the parts on its way.
fn whole_way(book: &Textbook, ask: &Ask, visits: &[Visit], passed: &[Answer], found: &mut Found) {
    let Some(last) = passed.last() else { return };
    let flow = &ask.flow;
    let kind =
        if passed.iter().all(|answer| answer.kind == Truth::Exact) { Truth::Exact } else { Truth::Approximation };
    found.say(format!("{flow}.rate"), last.throughput, last.how, kind);
    if let Some(response) = passed.iter().map(|answer| answer.response).sum::<Option<f64>>() {
        found.say(format!("{flow}.mean"), response, last.how, kind);
    }
    if let [only] = passed {
        only.quantiles.iter().for_each(|(name, value)| found.say(format!("{flow}.{name}"), *value, only.how, kind));
        let shared =
            matches!(book.parts.get(&visits[0].part), Some(Part::Station { servers: 1, order: Order::Shared, .. }));
        if let (true, Some(response)) = (shared, only.response) {
            found.exact(format!("{flow}.slowdown.mean"), response / visits[0].moment(1), only.how);
        }
    } else if let Some(rates) = passed.iter().map(|answer| answer.drain).collect::<Option<Vec<f64>>>() {
        for (name, p) in SHOWN {
            if let Some(value) = series_quantile(&rates, p) {
                found.exact(format!("{flow}.{name}"), value, "M/M/1 in series, Reich");
            }
        }
    }
}

fn fork(book: &Textbook, ask: &Ask, rate: f64, visits: &[Visit], found: &mut Found) {
    let [left, right] = visits else { return };
    let one = |visit: &Visit| {
        let plain = Part::Station {
            servers: 1,
            room: None,
            order: Order::Fifo,
            fleet: 1,
            policy: super::shapes::Policy::Cleverly,
        };
        visit.exponential().filter(|_| book.parts.get(&visit.part) == Some(&plain) && visit.patience.is_none())
    };
    if let (true, Some(a), Some(b)) = (left.part != right.part, one(left), one(right))
        && a == b
        && let Some(mean) = branches::fork_join_two(rate, a)
    {
        found.exact(format!("{}.mean", ask.flow), mean, "fork-join of two, Flatto-Hahn");
    }
}

fn fan(book: &Textbook, ask: &Ask, times: u32, need: u32, visit: &Visit, found: &mut Found) {
    let (Some(Part::Delay), Some(mean)) = (book.parts.get(&visit.part), visit.exponential()) else { return };
    let how = "order statistics of exponential times";
    found.exact(format!("{}.mean", ask.flow), branches::exponential_mean(times, need, mean), how);
    for (name, p) in SHOWN {
        found.exact(format!("{}.{name}", ask.flow), branches::exponential_quantile(times, need, mean, p), how);
    }
}

/// Several Poisson classes at one part with priorities.
fn priorities(book: &Textbook, group: &[Ask], found: &mut Found) {
    let mut classes: BTreeMap<u8, (&Ask, f64, &Visit)> = BTreeMap::new();
    for ask in group {
        let (Source::Open { rate, arrivals: Arrivals::Poisson }, Route::Series(visits)) = (&ask.source, &ask.route)
        else {
            return;
        };
        let [visit] = visits.as_slice() else { return };
        if visit.patience.is_some() || classes.insert(visit.priority, (ask, *rate, visit)).is_some() {
            return;
        }
    }
    let Some((_, _, first)) = classes.values().next() else { return };
    let Some(Part::Station { servers, room: None, order, fleet: 1, .. }) = book.parts.get(&first.part) else { return };
    let moments = |v: &Visit| Moments { mean: v.moment(1), second: v.moment(2), third: v.moment(3) };
    let list: Vec<Class> = classes.values().map(|(_, rate, v)| Class { rate: *rate, work: moments(v) }).collect();
    let (how, waits): (_, Vec<f64>) = match (order, servers) {
        (Order::Priority, 1) => ("Cobham", priority::waits(&list)),
        (Order::Preempt, 1) => {
            let times = priority::responses_interrupted(&list);
            classes.values().zip(times).for_each(|((ask, ..), time)| {
                found.exact(format!("{}.mean", ask.flow), time, "preemptive resume");
            });
            return;
        }
        (Order::Priority, _) => {
            let rates: Vec<f64> = list.iter().map(|class| class.rate).collect();
            let works: Option<Vec<f64>> = classes.values().map(|(.., visit)| visit.exponential()).collect();
            let Some(works) = works.filter(|works| works.iter().all(|work| *work == works[0])) else { return };
            let Some(waits) = priority::waits_at_several(&rates, works[0], *servers) else { return };
            ("Kella-Yechiali", waits)
        }
        _ => return,
    };
    for ((ask, _, visit), wait) in classes.values().zip(waits) {
        found.exact(format!("{}.wait.mean", ask.flow), wait, how);
        found.exact(format!("{}.mean", ask.flow), wait + visit.moment(1), how);
    }
}

/// Users who wait for answers: mean value analysis.
fn closed_group(book: &Textbook, group: &[Ask], found: &mut Found) {
    let names: Vec<&String> = {
        let set: BTreeSet<&String> = group.iter().flat_map(|ask| ask.route.visits()).map(|visit| &visit.part).collect();
        set.into_iter().collect()
    };
    let mut users = Vec::new();
    for ask in group {
        let (Source::Closed { users: count, think }, Route::Series(visits)) = (&ask.source, &ask.route) else { return };
        let mut works = vec![0.0; names.len()];
        for visit in visits {
            let Some(k) = names.iter().position(|name| **name == visit.part) else { return };
            if works[k] > 0.0 || visit.patience.is_some() || !product_form(book, visit, group.len()) {
                return;
            }
            works[k] = visit.moment(1);
        }
        users.push(Users { users: *count, think: *think, works });
    }
    let kinds: Vec<closed::Station> = names.iter().map(|name| closed_station(book, name)).collect();
    let solved = if let [one] = users.as_slice() {
        let stations: Vec<_> = kinds.iter().copied().zip(one.works.iter().copied()).collect();
        Some(closed::one_class(one.users, one.think, &stations))
    } else {
        let delays: Vec<bool> = kinds.iter().map(|kind| *kind == closed::Station::Delay).collect();
        closed::several_classes(&users, &delays)
    };
    let Some(solved) = solved else { return };
    let how = "mean value analysis";
    for ((ask, rate), response) in group.iter().zip(&solved.throughput).zip(&solved.response) {
        found.exact(format!("{}.rate", ask.flow), *rate, how);
        found.exact(format!("{}.mean", ask.flow), *response, how);
    }
    for (k, name) in names.iter().enumerate() {
        found.exact(format!("{name}.present.mean"), solved.present[k], how);
        if let closed::Station::Servers(servers) = kinds[k] {
            let load: f64 = users.iter().zip(&solved.throughput).map(|(class, rate)| class.works[k] * rate).sum();
            found.exact(format!("{name}.busy"), load / f64::from(servers), how);
        }
    }
}

/// May this visit be part of a product-form network with so many classes?
fn product_form(book: &Textbook, visit: &Visit, classes: usize) -> bool {
    match book.parts.get(&visit.part) {
        Some(Part::Delay) => true,
        Some(Part::Station { servers: 1, room: None, order: Order::Shared, fleet: 1, .. }) => true,
        Some(Part::Station { room: None, order: Order::Fifo | Order::Other, fleet: 1, .. }) => {
            classes == 1 && visit.exponential().is_some()
        }
        _ => false,
    }
}

fn closed_station(book: &Textbook, name: &str) -> closed::Station {
    match book.parts.get(name) {
        Some(Part::Station { servers, .. }) => closed::Station::Servers(*servers),
        _ => closed::Station::Delay,
    }
}
