//! Usage of a run and of the month: sums of hours, the largest of each hour, and how many hours of a month are like it.

use super::tariff::{How, Metered, Tariff};
use crate::record::Results;
use crate::scenario::model::{ExprOp, One, Two};
use crate::scenario::month::hours;
use crate::units::money::scaled;
use crate::units::{Span, Time};

/// What one replication measured: the story, and each stretch of the month that was simulated again.
#[derive(Clone, Copy, Debug)]
pub struct Runs<'a> {
    /// The story.
    pub story: &'a Results,
    /// For each stretch: its own run, if it has one.
    pub again: &'a [Option<Results>],
}

/// Which of several dimensions was the largest, and for how many hours of the month.
pub type Won = Vec<(String, f64)>;

impl Tariff {
    /// What was used in the month, of each meter, in what is counted; the mean of several replications.
    pub fn month(&self, runs: &[Runs<'_>]) -> Vec<u128> {
        self.meters.iter().map(|meter| mean(runs, |runs| self.month_of(meter, runs))).collect()
    }

    /// What the run itself used; the mean of several replications.
    pub fn run(&self, runs: &[Runs<'_>]) -> Vec<u128> {
        self.meters.iter().map(|meter| mean(runs, |runs| self.used(meter, runs.story, None).0)).collect()
    }

    fn month_of(&self, meter: &Metered, runs: Runs<'_>) -> u128 {
        let sum = self.stretches.iter().enumerate().map(|(index, stretch)| {
            let (used, length) = self.used(meter, run_of(runs, index), stretch.window);
            if length == 0 { 0 } else { scaled(used, u128::from(stretch.hours.0), length) }
        });
        let sum: u128 = sum.sum();
        match (&meter.how, meter.round_up_to) {
            // What is there all the time has one stretch, the month, and this is its end.
            (How::Always(_), Some(step)) if step > 0 => sum.div_ceil(step) * step,
            _ => sum,
        }
    }

    /// What was used in a window of a run, and how long that was.
    fn used(&self, meter: &Metered, run: &Results, window: Option<(Time, Time)>) -> (u128, u128) {
        let hours = hours(window, (run.from, run.to));
        let length = hours.iter().map(|(from, to)| u128::from(to.since(*from).0)).sum();
        let used = match &meter.how {
            How::Counted => {
                hours.iter().map(|(from, to)| run.usage.between(&meter.part, &meter.name, *from, *to)).sum()
            }
            How::Always(number) => constant(*number, length),
            How::Largest(list) => {
                hours.iter().map(|hour| self.largest(meter, list, run, *hour)).map(|(_, used)| used).sum()
            }
        };
        (used, length)
    }

    /// The largest of an hour (its place in the list), kept for that hour.
    fn largest(
        &self,
        meter: &Metered,
        list: &[(String, Vec<ExprOp>)],
        run: &Results,
        hour: (Time, Time),
    ) -> (usize, u128) {
        let values = list.iter().map(|(_, ops)| self.value(&meter.part, ops, run, hour)).enumerate();
        let (who, value) = values.fold((0, meter.at_least), |best, one| if one.1 > best.1 { one } else { best });
        (who, constant(value, u128::from(hour.1.since(hour.0).0)))
    }

    /// An expression over what was counted in an hour; sizes in bytes, times in seconds.
    fn value(&self, part: &str, ops: &[ExprOp], run: &Results, (from, to): (Time, Time)) -> f64 {
        let seconds = to.since(from).as_seconds();
        let mut stack: Vec<f64> = Vec::new();
        for op in ops {
            let value = match op {
                ExprOp::Number(number, _) => *number,
                ExprOp::Meter(name) => self.counted(part, name, run, (from, to)),
                ExprOp::One(one) => {
                    let of = stack.pop().unwrap_or(0.0);
                    match one {
                        One::Rate => of / seconds,
                        One::Ceil => of.ceil(),
                        One::Floor => of.floor(),
                        One::Log2 | One::Mean | One::Peak => of,
                    }
                }
                ExprOp::Two(two) => {
                    let (b, a) = (stack.pop().unwrap_or(0.0), stack.pop().unwrap_or(0.0));
                    of_two(*two, a, b)
                }
                ExprOp::Word(_) | ExprOp::Measure(..) => 0.0,
            };
            stack.push(value);
        }
        stack.pop().unwrap_or(0.0)
    }

    /// What a meter of the same part counted in an hour, in bytes, ones or seconds.
    fn counted(&self, part: &str, name: &str, run: &Results, (from, to): (Time, Time)) -> f64 {
        let counted = run.usage.between(part, name, from, to) as f64;
        let meter = self.meters.iter().find(|meter| meter.part == part && meter.name == name);
        match meter.map(|meter| meter.unit.as_str()) {
            Some("GB") => counted,
            _ => counted / 1e9,
        }
    }

    /// Which dimension of a meter won, and for how many hours of the month.
    pub fn won(&self, meter: &Metered, runs: &[Runs<'_>]) -> Won {
        let How::Largest(list) = &meter.how else { return Vec::new() };
        let mut won: Won = list.iter().map(|(name, _)| (name.clone(), 0.0)).collect();
        for runs in runs {
            for (index, stretch) in self.stretches.iter().enumerate() {
                let run = run_of(*runs, index);
                let hours = hours(stretch.window, (run.from, run.to));
                let length: Span =
                    hours.iter().map(|(from, to)| to.since(*from)).fold(Span::ZERO, |sum, one| sum + one);
                for hour in hours {
                    let (who, _) = self.largest(meter, list, run, hour);
                    let share = hour.1.since(hour.0).as_seconds() / length.as_seconds();
                    if let Some(one) = won.get_mut(who) {
                        one.1 += share * stretch.hours.as_seconds() / 3600.0;
                    }
                }
            }
        }
        let replications = runs.len().max(1) as f64;
        won.iter_mut().for_each(|(_, hours)| *hours /= replications);
        won
    }
}

/// To the nearest whole number.
fn mean(runs: &[Runs<'_>], of: impl Fn(Runs<'_>) -> u128) -> u128 {
    let sum: u128 = runs.iter().map(|runs| of(*runs)).sum();
    scaled(sum, 1, runs.len().max(1) as u128)
}

fn run_of<'a>(runs: Runs<'a>, stretch: usize) -> &'a Results {
    runs.again.get(stretch).and_then(Option::as_ref).unwrap_or(runs.story)
}

fn of_two(two: Two, a: f64, b: f64) -> f64 {
    match two {
        Two::Add => a + b,
        Two::Sub => a - b,
        Two::Mul => a * b,
        Two::Div if b == 0.0 => 0.0,
        Two::Div => a / b,
        Two::Min => a.min(b),
        Two::Max => a.max(b),
        Two::Up => (a / b).ceil() * b,
        Two::MeanOver => a,
    }
}

/// A number for so many nanoseconds: whole numbers exactly, others to the nearest.
fn constant(number: f64, nanos: u128) -> u128 {
    match number {
        n if n.is_nan() || n <= 0.0 => 0,
        n if n.fract() == 0.0 => n as u128 * nanos,
        n => (n * nanos as f64).round() as u128,
    }
}
