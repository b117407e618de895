//! What hangs together: who is called by nobody, what fills for ever, what goes round in circles; and what the plain
//! mechanisms cannot do.

use std::collections::{BTreeMap, BTreeSet};

use super::reader::Reader;
use crate::scenario::ast::{Begins, Call, Flow, Number, Scenario, Shape, Starts, Step, Verb};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::quantity::Window;
use crate::scenario::suggest::{listed, nearest};
use crate::scenario::tree::{At, Placed};
use crate::units::{Law, Span};

/// Plain mechanisms that hand on what they are given.
const HAND_ON: &[&str] = &["queue", "topic", "log"];

/// Plain mechanisms that are no cache.
const NO_CACHE: &[&str] =
    &["server", "token-bucket", "limiter", "external", "people", "queue", "topic", "log", "store", "dns", "delay"];

/// Measures that an objective of a flow may name; anything else is a mark.
const OF_FLOWS: &[&str] = &[
    "min",
    "mean",
    "max",
    "sd",
    "rate",
    "errors",
    "success",
    "late",
    "throttled",
    "refused",
    "wait",
    "share",
    "stale",
    "slowdown",
    "done",
];

/// Looks at the scenario as a whole.
pub(crate) fn check(reader: &mut Reader<'_>, scenario: &Scenario) {
    let mut used = Used::default();
    used.of_scenario(scenario);
    circles(reader, scenario);
    for call in &used.calls {
        plain_mechanisms(reader, scenario, call);
    }
    for at in &used.records {
        reader.say(
            Diagnostic::error(*at, "there is no batch here")
                .label("`records`")
                .help("`records` is what a handler with `from` has taken"),
        );
    }
    traffic_flows(reader, scenario);
    never_happens(reader, scenario);
    hot_sample(reader, scenario);
    comes_back(reader, scenario);
    objectives(reader, scenario, &used);
    windows(reader, scenario);
    // A step that could not be read may be the one that calls or takes.
    if !reader.said.failed() {
        uncalled(reader, scenario, &used);
        unread(reader, scenario);
    }
}

/// A call of the scenario, with what can be said about it.
struct Asked {
    target: Placed<String>,
    sends: bool,
    has_miss: bool,
    own_work: bool,
}

#[derive(Default)]
struct Used {
    calls: Vec<Asked>,
    marks: BTreeSet<String>,
    /// `records` where there are none.
    records: Vec<At>,
    /// Is a batch at hand?
    batch: bool,
}

impl Used {
    fn of_scenario(&mut self, scenario: &Scenario) {
        for handler in scenario.handlers.values().flat_map(BTreeMap::values) {
            self.batch = handler.from.is_some();
            self.steps(&handler.steps);
        }
        // A routine runs wherever it is called: with a batch, if any caller has one.
        self.batch = true;
        scenario.routines.values().for_each(|routine| self.steps(&routine.steps));
        self.batch = false;
        scenario.flows.values().for_each(|flow| self.steps(&flow.steps));
        for traffic in scenario.traffic.values() {
            if let Starts::Journey(steps) = &traffic.starts {
                self.steps(steps);
            }
        }
    }

    fn steps(&mut self, steps: &[Step]) {
        steps.iter().for_each(|step| self.step(step));
    }

    fn step(&mut self, step: &Step) {
        match &step.verb {
            Verb::Call(call) => self.call(call, false),
            Verb::Send(call) => self.call(call, true),
            Verb::Repeat { times, steps, .. } => {
                if *times == Number::Records && !self.batch {
                    self.records.push(step.at);
                }
                self.steps(steps);
            }
            Verb::Parallel { branches, .. } => branches.iter().for_each(|branch| self.steps(branch)),
            Verb::Choose(branches) => branches.iter().for_each(|branch| self.steps(&branch.steps)),
            Verb::Mark(mark) => {
                self.marks.insert(mark.value.clone());
            }
            Verb::Group(steps) => self.steps(steps),
            Verb::Run(_) | Verb::Flow(_) | Verb::Work(_) | Verb::Wait(_) | Verb::Fail(_) => {}
        }
        for steps in [&step.otherwise, &step.undo].into_iter().flatten() {
            self.steps(steps);
        }
    }

    fn call(&mut self, call: &Call, sends: bool) {
        let own_work = call.work.is_some();
        self.calls.push(Asked { target: call.target.clone(), sends, has_miss: call.miss.is_some(), own_work });
        self.steps(&call.steps);
        self.steps(call.miss.as_deref().unwrap_or(&[]));
    }
}

fn uncalled(reader: &mut Reader<'_>, scenario: &Scenario, used: &Used) {
    let mut asked: BTreeSet<&str> = used.calls.iter().map(|call| call.target.value.as_str()).collect();
    asked.extend(scenario.flows.values().flat_map(|flow| &flow.through).map(|front| front.value.as_str()));
    for (part, handlers) in &scenario.handlers {
        for (operation, handler) in handlers {
            let name = if operation.is_empty() { part.clone() } else { format!("{part}.{operation}") };
            let started = handler.from.is_some() || handler.every.is_some() || handler.daily.is_some();
            if !started && !asked.contains(name.as_str()) {
                let says = format!("`{name}` is never called");
                reader.say(
                    Diagnostic::warning(handler.at, says)
                        .help(format!("a step `\"{name}\"`, or `from`, `every`, `at`")),
                );
            }
        }
    }
}

fn unread(reader: &mut Reader<'_>, scenario: &Scenario) {
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let handlers = scenario.handlers.values().flat_map(BTreeMap::values);
    taken.extend(handlers.filter_map(|handler| handler.from.as_ref()).map(|from| from.value.as_str()));
    for part in scenario.components.values() {
        taken.extend(part.from.as_ref().map(|from| from.value.as_str()));
        taken.extend(part.settings.get("dead_letters").and_then(|(_, node)| node.text()));
    }
    for (name, part) in &scenario.components {
        if !HAND_ON.contains(&part.model.value.as_str()) || taken.contains(name.as_str()) {
            continue;
        }
        let (says, help) = match part.model.value.as_str() {
            "topic" => (format!("what is sent to `{name}` goes nowhere"), format!("a queue with `from = \"{name}\"`")),
            _ => (
                format!("`{name}` fills for ever: nobody takes from it"),
                format!("a handler with `from = \"{name}\"`"),
            ),
        };
        reader.say(Diagnostic::warning(part.at, says).help(help));
    }
}

/// What the plain mechanisms cannot do; models of services say it of themselves.
fn plain_mechanisms(reader: &mut Reader<'_>, scenario: &Scenario, call: &Asked) {
    let part = call.target.value.split('.').next().unwrap_or("");
    let Some(component) = scenario.components.get(part) else { return };
    let model = component.model.value.as_str();
    let consumer = scenario.handlers.iter().find_map(|(name, handlers)| {
        let taker = handlers.values().find(|handler| handler.from.as_ref().is_some_and(|from| from.value == part))?;
        Some((name, taker.at))
    });
    let hands_on = HAND_ON.contains(&model) && !call.target.value.contains('.');
    if hands_on && !call.sends && !call.own_work {
        let mut help = format!("`{{ send = \"{part}\" }}` hands it over and goes on");
        if let Some((name, at)) = consumer {
            help.push_str(&format!("; its consumer is `{name}`, {}", reader.sources.said_from(call.target.at, at)));
        }
        let says = format!("`{part}` is a {model}: nobody can wait for its answer");
        reader.say(Diagnostic::error(call.target.at, says).help(help));
    }
    if call.has_miss && !call.sends && NO_CACHE.contains(&model) {
        let says = format!("`{part}` is no cache, and only a cache misses");
        reader.say(Diagnostic::error(call.target.at, says).help("what is done after a failed step stands in `else`"));
    }
}

/// A routine that calls itself, a flow that starts itself.
fn circles(reader: &mut Reader<'_>, scenario: &Scenario) {
    let routines: BTreeMap<&str, (At, Vec<&str>)> = scenario
        .routines
        .iter()
        .map(|(name, routine)| {
            (
                name.as_str(),
                (
                    routine.at,
                    called(&routine.steps, &|verb| match verb {
                        Verb::Run(routine) => Some(routine.value.as_str()),
                        _ => None,
                    }),
                ),
            )
        })
        .collect();
    circle(reader, &routines, "routine", "calls", "a `repeat` says how often; a routine cannot call itself");
    let flows: BTreeMap<&str, (At, Vec<&str>)> =
        scenario.flows.iter().map(|(name, flow)| (name.as_str(), (flow.at, started(scenario, flow)))).collect();
    circle(reader, &flows, "flow", "starts", "a `repeat` says how often; a flow cannot start itself");
}

/// Flows that a flow starts: in its own steps, and in those of the handlers and routines that these lead to.
fn started<'s>(scenario: &'s Scenario, flow: &'s Flow) -> Vec<&'s str> {
    let mut flows: Vec<&str> = Vec::new();
    let mut seen: BTreeSet<&str> = flow.through.iter().map(|front| front.value.as_str()).collect();
    let mut to_do: Vec<&str> = seen.iter().copied().collect();
    let mut steps: Vec<&[Step]> = vec![&flow.steps];
    loop {
        for steps in steps.drain(..) {
            flows.extend(called(steps, &|verb| {
                if let Verb::Flow(flow) = verb { Some(flow.value.as_str()) } else { None }
            }));
            let others = called(steps, &|verb| match verb {
                Verb::Call(call) | Verb::Send(call) => Some(call.target.value.as_str()),
                Verb::Run(routine) => Some(routine.value.as_str()),
                _ => None,
            });
            to_do.extend(others.into_iter().filter(|name| seen.insert(name)));
        }
        let Some(name) = to_do.pop() else { return flows };
        let (part, operation) = name.split_once('.').unwrap_or((name, ""));
        let handlers = scenario.handlers.get(part).into_iter().flatten();
        let handlers = handlers.filter(|(other, _)| operation.is_empty() || *other == operation);
        steps.extend(handlers.map(|(_, handler)| handler.steps.as_slice()));
        steps.extend(scenario.routines.get(name).map(|routine| routine.steps.as_slice()));
    }
}

fn circle(reader: &mut Reader<'_>, all: &BTreeMap<&str, (At, Vec<&str>)>, word: &str, does: &str, help: &str) {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for start in all.keys().copied() {
        let mut path = vec![start];
        let mut open = vec![all.get(start).map_or(Vec::new(), |(_, next)| next.clone())];
        while let Some(next) = open.last_mut().map(Vec::pop) {
            let Some(name) = next else {
                open.pop();
                done.extend(path.pop());
                continue;
            };
            if let Some(index) = path.iter().position(|seen| *seen == name) {
                let at = all.get(name).map_or(At::default(), |(at, _)| *at);
                let chain: Vec<String> = path[index..].iter().chain([&name]).map(|name| format!("`{name}`")).collect();
                let says = format!("the {word} `{name}` {does} itself: {}", chain.join(&format!(" {does} ")));
                reader.say(Diagnostic::error(at, says).help(help));
                done.extend(path.iter());
                break;
            }
            if !done.contains(name)
                && let Some((_, steps)) = all.get(name)
            {
                path.push(name);
                open.push(steps.clone());
            }
        }
    }
}

/// What steps name, by one verb, wherever it stands in them.
fn called<'s>(steps: &'s [Step], name: &dyn Fn(&'s Verb) -> Option<&'s str>) -> Vec<&'s str> {
    let mut found = Vec::new();
    for step in steps {
        found.extend(name(&step.verb));
        let inner: Vec<&[Step]> = match &step.verb {
            Verb::Call(call) | Verb::Send(call) => vec![&call.steps, call.miss.as_deref().unwrap_or(&[])],
            Verb::Repeat { steps, .. } | Verb::Group(steps) => vec![steps],
            Verb::Parallel { branches, .. } => branches.iter().map(Vec::as_slice).collect(),
            Verb::Choose(branches) => branches.iter().map(|branch| branch.steps.as_slice()).collect(),
            _ => Vec::new(),
        };
        let after = [&step.otherwise, &step.undo].into_iter().flatten().map(Vec::as_slice);
        for steps in inner.into_iter().chain(after) {
            found.extend(called(steps, name));
        }
    }
    found
}

/// A traffic without `flow`, `mix` and `journey` starts the flow of its own name; a trace names flows line by line.
fn traffic_flows(reader: &mut Reader<'_>, scenario: &Scenario) {
    let flows = || scenario.flows.keys().map(String::as_str);
    for (name, traffic) in &scenario.traffic {
        if let Starts::Flow(flow) = &traffic.starts
            && flow.value == *name
            && flow.at == traffic.at
            && !scenario.flows.contains_key(name)
        {
            let says = format!("which flow does `{name}` start? None is called `{name}`");
            let error = Diagnostic::error(traffic.at, says);
            let names: Vec<&str> = flows().collect();
            reader.say(match names[..] {
                [] => error.help(format!("`[flows.{name}]` says what a request does")),
                _ => error.help(format!(
                    "`flow = \"{}\"` (there is {})",
                    nearest(name, flows()).unwrap_or(names[0]),
                    listed(&names, 12, "and")
                )),
            });
        }
        let Shape::Trace { file, rows } = &traffic.shape else { continue };
        if let Starts::Flow(_) = traffic.starts {
            continue;
        }
        let unknown: BTreeSet<&str> =
            rows.iter().map(|row| row.flow.as_str()).filter(|flow| !scenario.flows.contains_key(*flow)).collect();
        for flow in unknown.into_iter().take(10) {
            let error = Diagnostic::error(file.at, format!("{} names a flow `{flow}` that is not there", file.value));
            reader.say(match nearest(flow, flows()) {
                Some(meant) => error.help(format!("there is a `{meant}`")),
                None => error.help(format!("`[flows.{flow}]` says what it does")),
            });
        }
    }
}

/// Objectives name measures or marks; a latency alone says nothing about failures.
fn objectives(reader: &mut Reader<'_>, scenario: &Scenario, used: &Used) {
    for (name, flow) in &scenario.flows {
        let is_measure = |word: &str| OF_FLOWS.contains(&word) || super::promises::is_latency(word);
        for objective in &flow.slo {
            let first = objective.path.value.split('.').next().unwrap_or("");
            if is_measure(first) || used.marks.contains(first) {
                continue;
            }
            let error = Diagnostic::error(objective.path.at, format!("`{first}` is no measure of a flow and no mark"));
            let known = used.marks.iter().map(String::as_str).chain(OF_FLOWS.iter().copied());
            reader.say(match nearest(first, known) {
                Some(meant) => {
                    let fix = reader.sources.piece(objective.path.at).replacen(first, meant, 1);
                    let path = objective.path.value.replacen(first, meant, 1);
                    error.help(format!("did you mean `{path}`?")).fix(fix)
                }
                None => error.help(format!(
                    "`p99`, `mean`, `success` ..., or a moment that a step names: `{{ mark = \"{first}\" }}`"
                )),
            });
        }
        let has = |test: &dyn Fn(&str) -> bool| flow.slo.iter().any(|objective| test(objective.path.value.as_str()));
        let answers = |path: &str| path == "success" || path == "errors" || path.ends_with(".share");
        if has(&|path| super::promises::is_latency(path.rsplit('.').next().unwrap_or(""))) && !has(&answers) {
            let at = flow.slo.first().map_or(flow.at, |objective| objective.path.at);
            let says = format!("`{name}` promises how fast its answers are, and not that there are any");
            reader.say(
                Diagnostic::warning(at, says).help("percentiles are of answered requests: add `success = \"99.9%\"`"),
            );
        }
    }
}

/// `in NAME`, `after NAME`: a phase, a fault or a change.
fn windows(reader: &mut Reader<'_>, scenario: &Scenario) {
    let known = |name: &str| {
        scenario.phases.contains_key(name)
            || scenario.faults.contains_key(name)
            || scenario.changes.contains_key(name)
            || name == "run"
    };
    let claims = scenario.claims.values().flat_map(|claim| &claim.expect);
    let flows = scenario.flows.values().flat_map(|flow| &flow.slo);
    for expectation in scenario.expect.iter().chain(claims).chain(flows) {
        for condition in &expectation.conditions {
            let (Window::In(name) | Window::AfterName(name)) = &condition.value.window else { continue };
            if known(name) {
                continue;
            }
            let error = Diagnostic::error(condition.at, format!("no phase, fault or change is called `{name}`"));
            let names = scenario.phases.keys().chain(scenario.faults.keys()).chain(scenario.changes.keys());
            reader.say(match nearest(name, names.map(String::as_str)) {
                Some(meant) => {
                    let fix = reader.sources.piece(condition.at).replacen(name, meant, 1);
                    error.help(format!("did you mean `{meant}`?")).fix(fix)
                }
                None => error.help("a window is named under `[phases]`, or is a fault or a change"),
            });
        }
    }
}

/// Changes and faults after the end of the run.
fn never_happens(reader: &mut Reader<'_>, scenario: &Scenario) {
    let Some(end) = scenario.duration.as_ref().map(|duration| duration.value) else { return };
    let moments = scenario.changes.iter().map(|(name, change)| (name, change.at, change.moment.value));
    let faults = scenario.faults.iter().filter_map(|(name, fault)| match fault.begins {
        Begins::At(Law::Constant(nanos)) => Some((name, fault.at, Span::from_nanos(nanos))),
        _ => None,
    });
    for (name, at, moment) in moments.chain(faults).filter(|(_, _, moment)| *moment >= end) {
        let says = format!("`{name}` never happens: it is at {moment}, and the run ends at {end}");
        reader.say(Diagnostic::warning(at, says).help("a longer `duration`, or an earlier `at`"));
    }
}

/// A sample may or may not hold the hot key.
fn hot_sample(reader: &mut Reader<'_>, scenario: &Scenario) {
    let Some(sample) = scenario.sample.as_ref().filter(|sample| sample.value > 1) else { return };
    for (name, fault) in &scenario.faults {
        if fault.what.iter().any(|kind| kind.value == "hot-key") {
            let there = reader.sources.said_from(sample.at, fault.at);
            let says = format!("a sample may or may not hold the hot key of `{name}` ({there})");
            reader.say(Diagnostic::error(sample.at, says).help("drop one of the two"));
        }
    }
}

/// Messages that come back into sight while they are being worked on.
fn comes_back(reader: &mut Reader<'_>, scenario: &Scenario) {
    let setting = |part: &str, key: &str| {
        let (_, node) = scenario.components.get(part)?.settings.get(key)?;
        Some((super::values::duration(node.text()?).ok()?, node.at))
    };
    for (part, handlers) in &scenario.handlers {
        for handler in handlers.values() {
            let Some(from) = &handler.from else { continue };
            let limit = handler.timeout.or_else(|| setting(part, "timeout").map(|(limit, _)| limit));
            let (Some(limit), Some((visibility, at))) = (limit, setting(&from.value, "visibility")) else { continue };
            if visibility < limit {
                let says = format!(
                    "messages of `{}` come back after {visibility}, while `{part}` may work on them for {limit}",
                    from.value
                );
                reader.say(Diagnostic::warning(at, says).help("at least 6 x the timeout"));
            }
        }
    }
}
