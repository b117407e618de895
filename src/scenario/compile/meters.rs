//! Meters bound: what each call of an operation counts, worked out as far as it is known before the run.

use super::Compiler;
use super::programs::Context;
use crate::components::usage::{self, Amount, Both, CounterSpec, Term, Tick, VisitSpec};
use crate::engine::program::{Op, ScopeKind};
use crate::scenario::ast::{Call, Flow};
use crate::scenario::model::{
    Counting, ExprOp, Instance, MeterInstance, One, OpInstance, PathStep, Price, Target, Two, Unit, Value, lets_in,
};
use crate::scenario::month;
use crate::units::{Law, Time};

/// Who says how large a call is.
#[derive(Clone, Copy)]
pub(crate) enum Said<'a> {
    /// A step.
    Step(Option<&'a Call>),
    /// A flow, of whose fronts this is one.
    Flow(&'a str, &'a Flow),
}

/// A visit that has begun: to be ended when as much is held as then was.
pub(crate) struct Begun {
    visit: u32,
    depth: u16,
    held: usize,
    outer: u32,
}

/// Cells above which hours are not kept.
const MOST_CELLS: usize = 100_000;

/// Bytes asked and answered, as the call's words `size` and `reply` mean them.
struct Words {
    size: Vec<Term>,
    reply: Vec<Term>,
}

impl<'a> Compiler<'a> {
    /// What a call of an operation counts: places on its way, and what is counted before each.
    pub fn visits(&mut self, name: &str, op: &str, said: Said<'a>, context: &Context) -> Vec<(usize, u32)> {
        let part = &self.parts[name];
        if part.instance.meters.values().all(|meter| !counts_calls(meter)) {
            return Vec::new();
        }
        let (index, at, instance) = (part.index, part.component.at, part.instance.clone());
        let Some(way) = instance.ops.get(op) else { return Vec::new() };
        let mut places: Vec<(usize, VisitSpec)> = Vec::new();
        let mut words = None;
        for (meter, spec) in instance.meters.iter().filter(|(_, spec)| counts_calls(spec)) {
            let Counting::On(list) = &spec.counts else { continue };
            for (target, value) in list {
                for place in places_of(&instance, (op, way), target, spec.all) {
                    if words.is_none() {
                        words = Some(self.words(name, way, said));
                    }
                    let Some(words) = &words else { continue };
                    let amount = match amount(value, &spec.unit, words) {
                        Ok(amount) => amount,
                        Err(why) => {
                            let says = format!("the meter `{meter}` of `{name}` {why}");
                            self.error(at, says, "this version of archsim meters what a call knows of itself");
                            continue;
                        }
                    };
                    let counter = self.counter(index, meter, context.flow);
                    add(&mut places, place, Tick { counter, amount });
                }
            }
        }
        let visit = |(place, spec)| {
            self.out.metering.visits.push(spec);
            (place, (self.out.metering.visits.len() - 1) as u32)
        };
        places.into_iter().map(visit).collect()
    }

    /// Counts what is to be counted before a place on a way.
    pub fn begin_visits(
        &mut self,
        (visits, place): (&[(usize, u32)], usize),
        held: usize,
        begun: &mut Vec<Begun>,
        context: &mut Context,
    ) {
        for &(_, visit) in visits.iter().filter(|(there, _)| *there == place) {
            let lasts = !self.out.metering.visits[visit as usize].over.is_empty();
            let depth = context.depth;
            context.depth += u16::from(lasts);
            self.emit(Op::Visit { visit, depth }, context);
            if lasts {
                begun.push(Begun { visit, depth, held, outer: context.scope });
                context.scope = self.out.program.scope(context.scope, ScopeKind::Visit { visit, depth });
            }
        }
    }

    /// Ends the visits that began when so much was held.
    pub fn end_visits(&mut self, held: usize, begun: &mut Vec<Begun>, context: &mut Context) {
        while let Some(Begun { visit, depth, outer, .. }) = begun.pop_if(|begun| begun.held == held) {
            self.emit(Op::Visited { visit, depth }, context);
            context.scope = outer;
        }
    }

    fn counter(&mut self, part: u32, meter: &str, flow: u32) -> u32 {
        let counters = &mut self.out.metering.counters;
        let same = |one: &CounterSpec| one.part == part && one.meter == meter && one.flow == flow;
        if let Some(there) = counters.iter().position(same) {
            return there as u32;
        }
        counters.push(CounterSpec { part, meter: meter.to_owned(), flow });
        (counters.len() - 1) as u32
    }

    /// How large a call is: as the step (or the flow) says, else as the model does.
    fn words(&mut self, name: &str, op: &OpInstance, said: Said<'a>) -> Words {
        let (size, reply) = match said {
            Said::Step(call) => (call.and_then(|c| c.size.as_ref()), call.and_then(|c| c.reply.as_ref())),
            Said::Flow(_, flow) => (flow.size.as_ref(), flow.reply.as_ref()),
        };
        // All fronts of a flow see the same bytes: they ask one site.
        let owner = match said {
            Said::Step(_) => name.to_owned(),
            Said::Flow(flow, _) => format!("flow {flow}"),
        };
        let front = matches!(said, Said::Flow(..));
        let mut bytes = |law: Option<&Law>, own: Option<&Value>, word: &str| match (law, own.and_then(Value::number)) {
            (Some(Law::Constant(bytes)), _) => vec![Term::Number(bytes.round())],
            (Some(law), _) => {
                let name = format!("{owner}/{word}");
                let site = if front { self.shared_site(name) } else { self.site(&name) };
                vec![Term::Drawn { law: self.law(law), site }]
            }
            (None, own) => vec![Term::Number(own.unwrap_or(0.0))],
        };
        Words { size: bytes(size, op.size.as_ref(), "size"), reply: bytes(reply, op.reply.as_ref(), "reply") }
    }

    /// A site by its whole name, which several places ask.
    fn shared_site(&mut self, name: String) -> u32 {
        match self.out.sites.iter().position(|site| *site == name) {
            Some(there) => there as u32,
            None => self.named_site(name),
        }
    }

    /// Where cells of time begin: at each hour, and where phases of the month begin and end.
    pub fn metering_bounds(&mut self) {
        if self.out.metering.counters.is_empty() {
            return;
        }
        let span = (self.out.from, self.out.to);
        let mut bounds: Vec<Time> = Vec::new();
        let windows = month::stretches(self.ast).into_iter().map(|stretch| stretch.window);
        for window in windows.chain([None]) {
            let hours = month::hours(window, span);
            bounds.extend(hours.iter().flat_map(|(from, to)| [*from, *to]));
        }
        bounds.sort();
        bounds.dedup();
        if bounds.len() > MOST_CELLS {
            let at = self.ast.duration.as_ref().map(|duration| duration.at).unwrap_or_default();
            let says = "bills are kept hour by hour, and this run has more than 100,000 hours";
            self.error(at, says, "shorten it: `[month]` says which hours a month is made of");
        }
        self.out.metering.bounds = bounds;
    }
}

/// Does it count calls, of something that costs anything?
fn counts_calls(meter: &MeterInstance) -> bool {
    let free = matches!(&meter.price, Some(Price::Own { money, .. }) if money.is_zero());
    matches!(meter.counts, Counting::On(_)) && !free
}

/// Where on the way of an operation a meter counts: when it is let in, or wherever it passes a stage by its verb.
fn places_of(instance: &Instance, (op, way): (&str, &OpInstance), target: &str, all: bool) -> Vec<usize> {
    if target == op {
        return vec![if all { 0 } else { admitted(instance, way) }];
    }
    let (stage, verb) = target.split_once('.').unwrap_or((target, ""));
    let passes = |step: &PathStep| match &step.target {
        Target::Stage { index, verb: done } => {
            instance.stages[*index].name == stage && (verb.is_empty() || verb == done)
        }
        Target::Inside | Target::Host(_) => false,
    };
    way.path.iter().enumerate().filter(|(_, step)| passes(step)).map(|(place, _)| place).collect()
}

/// The place behind the gates and choices of members with which a way begins: who comes there has been let in.
fn admitted(instance: &Instance, way: &OpInstance) -> usize {
    let lets_in = |step: &PathStep| match &step.target {
        Target::Stage { index, .. } => lets_in(&instance.stages[*index].mechanism),
        Target::Inside | Target::Host(_) => false,
    };
    way.path.iter().take_while(|step| lets_in(step)).count()
}

fn add(places: &mut Vec<(usize, VisitSpec)>, place: usize, tick: Tick) {
    let there = match places.iter().position(|(other, _)| *other == place) {
        Some(there) => there,
        None => {
            places.push((place, VisitSpec::default()));
            places.len() - 1
        }
    };
    let visit = &mut places[there].1;
    match &tick.amount {
        Amount::Formula(terms, _) if terms.contains(&Term::Held) => visit.over.push(tick),
        _ => visit.at_once.push(tick),
    }
}

/// How much a call counts of a meter's unit; what cannot be worked out is half a sentence.
fn amount(value: &Value, unit: &str, words: &Words) -> Result<Amount, String> {
    let ops = match value {
        Value::Number(number, unit) => vec![ExprOp::Number(*number, *unit)],
        Value::Dynamic(ops) => ops.clone(),
        Value::None => vec![ExprOp::Number(0.0, Unit::Any)],
        _ => return Err("counts what is no number".to_owned()),
    };
    let mut terms = Vec::new();
    for op in &ops {
        term(op, words, &mut terms)?;
    }
    if deepest(&terms) > usage::DEEPEST {
        return Err("has a formula that is too long".to_owned());
    }
    // Things are counted in billionths; bytes and nanoseconds are what they are.
    let times = if Unit::of_meter(unit) == Some(Unit::ONE) { 1e9 } else { 1.0 };
    if terms.iter().any(|term| matches!(term, Term::Held | Term::Drawn { .. })) {
        return Ok(Amount::Formula(terms, times));
    }
    Ok(Amount::Always(usage::whole(usage::formula(&terms, |_| 0.0) * times)))
}

fn term(op: &ExprOp, words: &Words, terms: &mut Vec<Term>) -> Result<(), String> {
    let one = match op {
        ExprOp::Number(number, unit) => Term::Number(number * per_second(*unit)),
        ExprOp::Word(word) => match word.as_str() {
            "size" => {
                terms.extend(words.size.iter().cloned());
                return Ok(());
            }
            "reply" => {
                terms.extend(words.reply.iter().cloned());
                return Ok(());
            }
            // A call carries one thing; batches of several are not taken from anything yet.
            "records" => Term::Number(1.0),
            "held" => Term::Held,
            other => return Err(format!("rests on `{other}`, which no call of it knows")),
        },
        ExprOp::Two(two) => Term::Both(match two {
            Two::Add => Both::Add,
            Two::Sub => Both::Sub,
            Two::Mul => Both::Mul,
            Two::Div => Both::Div,
            Two::Min => Both::Min,
            Two::Max => Both::Max,
            Two::Up => Both::Up,
            Two::MeanOver => return Err("takes a mean of what a single call counts".to_owned()),
        }),
        ExprOp::One(One::Ceil) => Term::Ceil,
        ExprOp::One(One::Floor) => Term::Floor,
        ExprOp::One(_) => return Err("takes a rate, a mean, a peak or a logarithm of what a call counts".to_owned()),
        ExprOp::Measure(..) | ExprOp::Meter(_) => return Err("counts calls by a measure of a stage".to_owned()),
    };
    terms.push(one);
    Ok(())
}

/// Seconds become nanoseconds.
fn per_second(unit: Unit) -> f64 {
    match unit {
        Unit::Of { time: 1, .. } => 1e9,
        Unit::Of { time: -1, .. } => 1e-9,
        Unit::Of { time: 2, .. } => 1e18,
        _ => 1.0,
    }
}

/// How many numbers are in hand at most.
fn deepest(terms: &[Term]) -> usize {
    let (mut now, mut most) = (0usize, 0);
    for term in terms {
        match term {
            Term::Both(_) => now = now.saturating_sub(1),
            Term::Ceil | Term::Floor => {}
            _ => now += 1,
        }
        most = most.max(now);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        Words { size: vec![Term::Number(700.0 * 1024.0)], reply: vec![Term::Drawn { law: 3, site: 4 }] }
    }

    fn ops(list: &[ExprOp]) -> Value {
        Value::Dynamic(list.to_vec())
    }

    #[test]
    fn what_is_known_before_the_run_becomes_a_number() {
        let chunks = [
            ExprOp::Word("size".into()),
            ExprOp::Number(512.0 * 1024.0, Unit::SIZE),
            ExprOp::Two(Two::Div),
            ExprOp::One(One::Ceil),
        ];
        assert_eq!(amount(&ops(&chunks), "request", &words()), Ok(Amount::Always(2_000_000_000)));
        let bytes = [ExprOp::Word("size".into()), ExprOp::Word("size".into()), ExprOp::Two(Two::Add)];
        assert_eq!(amount(&ops(&bytes), "GB", &words()), Ok(Amount::Always(1_433_600)));
        assert_eq!(amount(&Value::Number(0.25, Unit::ONE), "request", &words()), Ok(Amount::Always(250_000_000)));
        assert_eq!(amount(&Value::Number(2.0, Unit::TIME), "second", &words()), Ok(Amount::Always(2_000_000_000)));
    }

    #[test]
    fn what_is_drawn_or_takes_time_stays_a_formula() {
        let held = [ExprOp::Word("held".into()), ExprOp::Number(0.001, Unit::TIME), ExprOp::Two(Two::Up)];
        let expected = vec![Term::Held, Term::Number(1e6), Term::Both(Both::Up)];
        assert_eq!(amount(&ops(&held), "second", &words()), Ok(Amount::Formula(expected, 1.0)));
        assert!(matches!(amount(&ops(&[ExprOp::Word("reply".into())]), "GB", &words()), Ok(Amount::Formula(..))));
    }

    #[test]
    fn what_no_call_knows_is_refused() {
        let says = |op: ExprOp| amount(&ops(&[op]), "request", &words()).unwrap_err();
        assert_eq!(says(ExprOp::Word("init".into())), "rests on `init`, which no call of it knows");
        assert!(says(ExprOp::Meter("processed".into())).contains("a measure of a stage"));
        assert!(says(ExprOp::One(One::Peak)).contains("a peak"));
    }
}
