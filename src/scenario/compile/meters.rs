//! Meters bound: what each call of an operation counts, worked out as far as it is known before the run, and what is
//! counted over time.

use super::Compiler;
use super::calls::{Held, Inside, Way};
use super::gates::Asking;
use super::parts::Bound;
use super::programs::Context;
use crate::components::blueprint::NumberSpec;
use crate::components::gate_spec::{DEEPEST, Sum, work_out};
use crate::components::levels::{Level, LevelSpec};
use crate::components::usage::{Amount, CounterSpec, HELD, Tick, VisitSpec, whole};
use crate::engine::program::{NONE, Op, ScopeKind};
use crate::scenario::ast::{Scenario, Step, Verb};
use crate::scenario::model::{
    Counting, ExprOp, Instance, MeterInstance, One, OpInstance, PathStep, Price, Target, Two, Unit, Value, lets_in,
};
use crate::scenario::month;
use crate::units::Time;

/// What is counted on a way, and before which of its stops (none: before everything).
pub(crate) type Visits = Vec<(Option<usize>, u32)>;

/// Cells above which hours are not kept.
const MOST_CELLS: usize = 100_000;

impl<'a> Compiler<'a> {
    /// What a call of an operation counts.
    pub(super) fn visits(
        &mut self,
        op: &str,
        asking: &Asking<'_, 'a>,
        inside: &Option<Inside<'a>>,
        way: &mut Way,
        context: &Context,
    ) -> Visits {
        let part = &self.parts[asking.name];
        if part.instance.meters.values().all(|meter| !counts_calls(meter)) {
            return Visits::new();
        }
        let (index, at, instance) = (part.index, part.component.at, part.instance.clone());
        let mut places: Vec<(Option<usize>, VisitSpec)> = Vec::new();
        for (meter, spec) in instance.meters.iter().filter(|(_, spec)| counts_calls(spec)) {
            let Counting::On(list) = &spec.counts else { continue };
            for (target, value) in list {
                for place in places_of(&instance, (op, asking.op), target, spec.all) {
                    let amount = match self.amount(value, &spec.unit, asking, inside, way) {
                        Ok(amount) => amount,
                        Err(why) => {
                            let says = format!("the meter `{meter}` of `{}` {why}", asking.name);
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

    /// Counts what is to be counted before a stop of a way; what rests on its length is counted when the way ends.
    pub(super) fn begin_visits(
        &mut self,
        visits: &mut Visits,
        stop: Option<usize>,
        way: &mut Way,
        context: &mut Context,
    ) {
        let due: Visits = visits.extract_if(.., |(place, _)| *place <= stop).collect();
        for (_, visit) in due {
            let lasts = !self.out.metering.visits[visit as usize].over.is_empty();
            let depth = context.depth;
            context.depth += u16::from(lasts);
            self.emit(Op::Visit { visit, depth }, context);
            if lasts {
                way.held.push((Held::Visit { visit, depth }, context.scope));
                context.scope = self.out.program.scope(context.scope, ScopeKind::Visit { visit, depth });
            }
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

    /// How much a call counts of a meter's unit; what cannot be worked out is half a sentence.
    fn amount(
        &mut self,
        value: &Value,
        unit: &str,
        asking: &Asking<'_, 'a>,
        inside: &Option<Inside<'a>>,
        way: &mut Way,
    ) -> Result<Amount, String> {
        let ops = match value {
            Value::Number(number, unit) => vec![ExprOp::Number(*number, *unit)],
            Value::Dynamic(ops) => ops.clone(),
            Value::None => vec![ExprOp::Number(0.0, Unit::Any)],
            _ => return Err("counts what is no number".to_owned()),
        };
        let mut sums = Vec::new();
        for op in &ops {
            sums.push(match op {
                ExprOp::Word(word) if ["size", "reply"].contains(&word.as_str()) => {
                    match self.bytes_of(word, asking, inside, way) {
                        Some(number) => Sum::Number(number),
                        // Somebody has been told.
                        None => Sum::Just(0.0),
                    }
                }
                ExprOp::Word(word) if word == "records" && packs(self.ast) => {
                    return Err("counts the things of a call, and here several turns travel in one (`pack`)".to_owned());
                }
                op => sum(op)?,
            });
        }
        // Things are counted in billionths; bytes and nanoseconds are what they are.
        let times = if Unit::of_meter(unit) == Some(Unit::ONE) { 1e9 } else { 1.0 };
        let plain = |index: u32| match self.out.numbers.get(index as usize) {
            Some(NumberSpec::Just(number)) => Some(number.round()),
            _ => None,
        };
        let known = sums.iter().all(|sum| !matches!(sum, Sum::Number(index) if plain(*index).is_none()));
        let Some(worked) = work_out(&sums, |index| plain(index).unwrap_or(1.0)) else {
            return Err(format!("has a formula of more than {DEEPEST} nested steps"));
        };
        Ok(if known { Amount::Always(whole(worked * times)) } else { Amount::Worked(sums, times) })
    }

    /// Meters over time, and where cells of time begin: at each hour, and where phases of the month begin and end.
    pub fn metering(&mut self) {
        self.levels();
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

    fn levels(&mut self) {
        let mut found = Vec::new();
        for (name, part) in &self.parts {
            for (meter, spec) in part.instance.meters.iter().filter(|(_, spec)| !is_free(spec)) {
                let level = match &spec.counts {
                    Counting::Lives(stage, kind) if kind == "all" && !rounds(spec) => {
                        self.level(&part.stages[*stage], "size").map(|level| (vec![(level, 1.0)], 0.0))
                    }
                    Counting::Lives(..) => None,
                    Counting::Integral(Value::Dynamic(ops)) if !rounds(spec) => {
                        linear(ops, &|stage, measure| self.level(&part.stages[stage], measure))
                    }
                    Counting::Integral(Value::Dynamic(_)) => None,
                    _ => continue,
                };
                found.push((name.clone(), part.index, part.component.at, meter.clone(), level));
            }
        }
        for (name, part, at, meter, level) in found {
            let Some((of, always)) = level else {
                let says =
                    format!("the meter `{meter}` of `{name}` follows what this version of archsim does not meter");
                self.error(
                    at,
                    says,
                    "sums of members, servers, and who waits are metered, without rounding of stretches",
                );
                continue;
            };
            let counter = self.counter(part, &meter, NONE);
            self.out.metering.levels.push(LevelSpec { counter, of, always });
        }
    }

    /// A measure of a stage as a number over time.
    fn level(&self, bound: &Bound, measure: &str) -> Option<Level> {
        match (bound, measure) {
            (Bound::Set(set), "busy") => {
                let pool = self.out.sets[*set as usize].pool;
                (pool != NONE).then_some(Level::Workers(pool))
            }
            (Bound::Set(set), "size" | "in_service") => {
                let fleet = self.out.sets[*set as usize].fleet;
                let level = if measure == "size" { Level::Members(fleet) } else { Level::InService(fleet) };
                (fleet != NONE).then_some(level)
            }
            (Bound::Line { line, set, .. }, "held") => Some(Level::Busy(*line, self.members(*set))),
            (Bound::Line { line, set, .. }, "servers" | "limit") => Some(Level::Servers(*line, self.members(*set))),
            (Bound::Line { line, set, .. }, "waiting") => Some(Level::Waiting(*line, self.members(*set))),
            (Bound::Share { share, set }, "inside") => Some(Level::Inside(*share, self.members(*set))),
            _ => None,
        }
    }
}

/// Numbers and how many times each, and what is added: a sum, if the expression is one.
type Linear = (Vec<(Level, f64)>, f64);

/// A sum of measures, each times a number; none if it is anything else.
fn linear(ops: &[ExprOp], level: &dyn Fn(usize, &str) -> Option<Level>) -> Option<Linear> {
    let mut stack: Vec<Linear> = Vec::new();
    let times = |(of, always): Linear, by: f64| -> Linear {
        (of.into_iter().map(|(level, times)| (level, times * by)).collect(), always * by)
    };
    for op in ops {
        let value = match op {
            ExprOp::Number(number, _) => (vec![], *number),
            ExprOp::Measure(stage, measure) => (vec![(level(*stage, measure)?, 1.0)], 0.0),
            ExprOp::Two(two) => {
                let (b, mut a) = (stack.pop()?, stack.pop()?);
                match two {
                    Two::Add | Two::Sub => {
                        let b = times(b, if *two == Two::Add { 1.0 } else { -1.0 });
                        a.0.extend(b.0);
                        (a.0, a.1 + b.1)
                    }
                    Two::Mul if b.0.is_empty() => times(a, b.1),
                    Two::Mul if a.0.is_empty() => times(b, a.1),
                    Two::Div if b.0.is_empty() && b.1 != 0.0 => times(a, 1.0 / b.1),
                    _ => return None,
                }
            }
            _ => return None,
        };
        stack.push(value);
    }
    stack.pop()
}

/// Do several turns travel in one call anywhere?
fn packs(ast: &Scenario) -> bool {
    fn any(steps: &[Step]) -> bool {
        steps.iter().any(|step| {
            let inside = match &step.verb {
                Verb::Repeat { pack, steps, .. } => *pack > 1 || any(steps),
                Verb::Call(call) | Verb::Send(call) => any(&call.steps) || call.miss.as_deref().is_some_and(any),
                Verb::Parallel { branches, .. } => branches.iter().any(|branch| any(branch)),
                Verb::Choose(branches) => branches.iter().any(|branch| any(&branch.steps)),
                Verb::Group(steps) => any(steps),
                _ => false,
            };
            inside || [&step.otherwise, &step.undo].into_iter().flatten().any(|steps| any(steps))
        })
    }
    let handlers = ast.handlers.values().flat_map(|handlers| handlers.values()).chain(ast.routines.values());
    ast.flows.values().any(|flow| any(&flow.steps)) || handlers.into_iter().any(|handler| any(&handler.steps))
}

/// Does it cost nothing?
fn is_free(meter: &MeterInstance) -> bool {
    matches!(&meter.price, Some(Price::Own { money, .. }) if money.is_zero())
}

/// Does it round lives or stretches?
fn rounds(meter: &MeterInstance) -> bool {
    meter.at_least.is_some() || meter.round_up_to.is_some()
}

/// Does it count calls, of something that costs anything?
fn counts_calls(meter: &MeterInstance) -> bool {
    matches!(meter.counts, Counting::On(_)) && !is_free(meter)
}

/// Where on the way of an operation a meter counts: when it is let in, or wherever it passes a stage by its verb.
fn places_of(instance: &Instance, (op, way): (&str, &OpInstance), target: &str, all: bool) -> Vec<Option<usize>> {
    if target == op {
        return vec![(!all).then(|| admitted(instance, way))];
    }
    let (stage, verb) = target.split_once('.').unwrap_or((target, ""));
    let passes = |step: &PathStep| match &step.target {
        Target::Stage { index, verb: done } => {
            instance.stages[*index].name == stage && (verb.is_empty() || verb == done)
        }
        Target::Inside | Target::Host(_) => false,
    };
    way.path.iter().enumerate().filter(|(_, step)| passes(step)).map(|(place, _)| Some(place)).collect()
}

/// The place behind the gates and choices of members with which a way begins: who comes there has been let in.
fn admitted(instance: &Instance, way: &OpInstance) -> usize {
    let lets_in = |step: &PathStep| match &step.target {
        Target::Stage { index, .. } => lets_in(&instance.stages[*index].mechanism),
        Target::Inside | Target::Host(_) => false,
    };
    way.path.iter().take_while(|step| lets_in(step)).count()
}

fn add(places: &mut Vec<(Option<usize>, VisitSpec)>, place: Option<usize>, tick: Tick) {
    let there = match places.iter().position(|(other, _)| *other == place) {
        Some(there) => there,
        None => {
            places.push((place, VisitSpec::default()));
            places.len() - 1
        }
    };
    let visit = &mut places[there].1;
    match &tick.amount {
        Amount::Worked(sums, _) if sums.contains(&Sum::Number(HELD)) => visit.over.push(tick),
        _ => visit.at_once.push(tick),
    }
}

/// A step of a formula of what a call knows; half a sentence where it knows no such thing.
fn sum(op: &ExprOp) -> Result<Sum, String> {
    Ok(match op {
        ExprOp::Number(number, unit) => Sum::Just(number * per_second(*unit)),
        ExprOp::Word(word) => match word.as_str() {
            "held" => Sum::Number(HELD),
            // A call carries one thing where nothing is packed.
            "records" => Sum::Just(1.0),
            other => return Err(format!("rests on `{other}`, which no call of it knows")),
        },
        ExprOp::Two(two) => match two {
            Two::Add => Sum::Add,
            Two::Sub => Sum::Sub,
            Two::Mul => Sum::Mul,
            Two::Div => Sum::Div,
            Two::Min => Sum::Min,
            Two::Max => Sum::Max,
            Two::Up => Sum::Up,
            Two::MeanOver => return Err("takes a mean of what a single call counts".to_owned()),
        },
        ExprOp::One(One::Ceil) => Sum::Ceil,
        ExprOp::One(One::Floor) => Sum::Floor,
        ExprOp::One(_) => return Err("takes a rate, a mean, a peak or a logarithm of what a call counts".to_owned()),
        ExprOp::Measure(..) | ExprOp::Meter(_) => return Err("counts calls by a measure of a stage".to_owned()),
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_nanoseconds_and_what_no_call_knows_is_refused() {
        assert_eq!(sum(&ExprOp::Number(0.001, Unit::TIME)), Ok(Sum::Just(1e6)));
        assert_eq!(sum(&ExprOp::Number(3.0, Unit::SIZE)), Ok(Sum::Just(3.0)));
        assert_eq!(sum(&ExprOp::Word("held".into())), Ok(Sum::Number(HELD)));
        let says = |op: ExprOp| sum(&op).unwrap_err();
        assert_eq!(says(ExprOp::Word("init".into())), "rests on `init`, which no call of it knows");
        assert!(says(ExprOp::Meter("processed".into())).contains("a measure of a stage"));
        assert!(says(ExprOp::One(One::Peak)).contains("a peak"));
    }

    #[test]
    fn steps_are_rounded_up_to_the_nanosecond() {
        let up = |held: f64| {
            let sums = [Sum::Number(HELD), Sum::Just(1e6), Sum::Up, Sum::Just(3.0), Sum::Mul];
            work_out(&sums, |_| held)
        };
        assert_eq!(up(120e6), Some(360e6));
        assert_eq!(up(120e6 + 1.0), Some(363e6));
        assert_eq!(up(10_000e9 + 1.0), Some(30_000_003e6));
    }

    #[test]
    fn sums_of_measures_are_metered_and_products_are_not() {
        let measure = |stage: usize| ExprOp::Measure(stage, "size".into());
        let number = |number: f64| ExprOp::Number(number, Unit::ONE);
        let level = |stage: usize, _: &str| Some(Level::Members(stage as u32));
        let two = ExprOp::Two;
        let ops = [measure(0), number(2.0), two(Two::Mul), measure(1), two(Two::Sub), number(3.0), two(Two::Add)];
        let expected = (vec![(Level::Members(0), 2.0), (Level::Members(1), -1.0)], 3.0);
        assert_eq!(linear(&ops, &level), Some(expected));
        assert_eq!(linear(&[measure(0), measure(1), two(Two::Mul)], &level), None);
        assert_eq!(linear(&[measure(0), number(0.0), two(Two::Div)], &level), None);
        assert_eq!(linear(&[measure(0)], &|_, _| None), None);
    }
}
