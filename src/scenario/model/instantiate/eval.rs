//! Working out expressions: to a number or a law where all is known before the run, else to a small program.

use crate::scenario::model::expr::{Expr, One, Step, Two};
use crate::scenario::model::unit::Unit;
use crate::scenario::model::value::{ExprOp, Value, nanos};
use crate::units::{Law, maths};

/// Why an expression has no value.
#[derive(Debug, PartialEq)]
pub(crate) enum Trouble {
    /// It rests on a stage that does not exist with these settings.
    Absent(String),
    /// Half a sentence.
    Wrong(String),
}

/// Works an expression out; `look` knows the names.
pub(crate) fn work_out(expr: &Expr, look: &dyn Fn(&str) -> Result<Value, Trouble>) -> Result<Value, Trouble> {
    let mut stack: Vec<Value> = Vec::new();
    for step in &expr.steps {
        let value = match step {
            Step::Digit(digit) => Value::Number(*digit, if *digit == 0.0 { Unit::Any } else { Unit::ONE }),
            Step::Name(name) => look(&name.value)?,
            Step::One(one) => {
                let of = stack.pop().unwrap_or(Value::None);
                of_one(*one, of)?
            }
            Step::Two(two) => {
                let right = stack.pop().unwrap_or(Value::None);
                let left = stack.pop().unwrap_or(Value::None);
                of_two(*two, left, right)?
            }
        };
        stack.push(value);
    }
    Ok(stack.pop().unwrap_or(Value::None))
}

fn wrong<T>(says: impl Into<String>) -> Result<T, Trouble> {
    Err(Trouble::Wrong(says.into()))
}

fn of_one(one: One, of: Value) -> Result<Value, Trouble> {
    match of {
        Value::None => Ok(Value::None),
        Value::Unlimited if one != One::Rate => Ok(Value::Unlimited),
        Value::Dynamic(mut ops) => {
            ops.push(ExprOp::One(one));
            Ok(Value::Dynamic(ops))
        }
        Value::Number(number, unit) => match one {
            One::Ceil => finite(up(number, 1.0), Unit::ONE),
            One::Floor => finite(number.floor(), Unit::ONE),
            One::Log2 if number > 0.0 => finite(maths::log2(number), Unit::ONE),
            One::Log2 => wrong("it takes the logarithm of nothing"),
            One::Mean | One::Peak => Ok(Value::Number(number, unit)),
            One::Rate => Ok(Value::Number(0.0, Unit::Any)),
        },
        _ => wrong("it rounds what is no number"),
    }
}

fn of_two(two: Two, left: Value, right: Value) -> Result<Value, Trouble> {
    match (left, right) {
        (Value::None, known) | (known, Value::None) => {
            Ok(if matches!(two, Two::Min | Two::Max) { known } else { Value::None })
        }
        (left @ (Value::Dynamic(_) | Value::Number(..) | Value::Unlimited), right @ Value::Dynamic(_))
        | (left @ Value::Dynamic(_), right @ (Value::Number(..) | Value::Unlimited)) => {
            let mut ops = program(left);
            ops.extend(program(right));
            ops.push(ExprOp::Two(two));
            Ok(Value::Dynamic(ops))
        }
        (left @ (Value::Number(..) | Value::Unlimited), right @ (Value::Number(..) | Value::Unlimited)) => {
            numbers(two, &left, &right)
        }
        (left, right) => laws(two, left, right),
    }
}

/// What is worked out while the run goes on.
fn program(value: Value) -> Vec<ExprOp> {
    match value {
        Value::Dynamic(ops) => ops,
        other => vec![ExprOp::Number(other.number().unwrap_or(0.0), other.unit())],
    }
}

fn numbers(two: Two, left: &Value, right: &Value) -> Result<Value, Trouble> {
    let (a, b) = (left.number().unwrap_or(0.0), right.number().unwrap_or(0.0));
    let (p, q) = (left.unit(), right.unit());
    let same = p.alike(q).unwrap_or(p);
    match two {
        Two::Add => finite(a + b, same),
        Two::Sub => finite(a - b, same),
        Two::Mul => finite(a * b, p.times(q)),
        Two::Div if b == 0.0 => wrong("it divides by nothing"),
        Two::Div => finite(a / b, p.over(q)),
        Two::Min => finite(a.min(b), same),
        Two::Max => finite(a.max(b), same),
        Two::Up if b <= 0.0 => wrong("it rounds up to multiples of nothing"),
        Two::Up => finite(up(a, b), same),
        Two::MeanOver => finite(a, p),
    }
}

/// Rounds up to a multiple; what is a multiple but for the last bits of a fraction stays.
fn up(number: f64, step: f64) -> f64 {
    let times = number / step;
    let near = times.round();
    let times = if (times - near).abs() <= 1e-9 * near.abs().max(1.0) { near } else { times.ceil() };
    times * step
}

fn finite(number: f64, unit: Unit) -> Result<Value, Trouble> {
    if number.is_nan() || number == f64::NEG_INFINITY {
        return wrong("it has no value");
    }
    Ok(if number == f64::INFINITY { Value::Unlimited } else { Value::Number(number, unit) })
}

/// Laws can be added, and cut at a greatest value; nothing else keeps them laws that have a source.
fn laws(two: Two, left: Value, right: Value) -> Result<Value, Trouble> {
    match (two, left, right) {
        (Two::Add, left, right) => {
            let (Some(mut sum), Some(more)) = (parts(left), parts(right)) else { return wrong(ADDED) };
            sum.extend(more);
            sum.retain(|law| *law != Law::Constant(0.0));
            Ok(match sum.len() {
                0 => Value::Number(0.0, Unit::TIME),
                1 => Value::Law(sum.remove(0)),
                _ => Value::Sum(sum),
            })
        }
        (Two::Min, law, Value::Unlimited) | (Two::Min, Value::Unlimited, law) => Ok(law),
        (Two::Min, Value::Law(law), Value::Number(max, _)) | (Two::Min, Value::Number(max, _), Value::Law(law)) => {
            Ok(Value::Law(Law::AtMost { law: Box::new(law), max: nanos(max) }))
        }
        (Two::Mul, law, Value::Number(1.0, _)) | (Two::Mul, Value::Number(1.0, _), law) => Ok(law),
        _ => wrong(ADDED),
    }
}

const ADDED: &str = "a law of times can only be added to times, or cut by min(law, time)";

fn parts(value: Value) -> Option<Vec<Law>> {
    match value {
        Value::Law(law) => Some(vec![law]),
        Value::Sum(laws) => Some(laws),
        Value::Number(seconds, _) => Some(vec![Law::Constant(nanos(seconds))]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::diagnostics::Diagnostics;
    use crate::scenario::tree::At;

    fn value(text: &str) -> Result<Value, Trouble> {
        let expr = Expr::parse(text, At::default(), &mut Diagnostics::default()).unwrap();
        work_out(&expr, &|name| {
            Ok(match name {
                "memory" => Value::Number(3.5 * 1024.0, Unit::SIZE),
                "per" => Value::Number(1024.0, Unit::SIZE),
                "most" => Value::Unlimited,
                "off" => Value::None,
                "size" => Value::Dynamic(vec![ExprOp::Word("size".into())]),
                "boot" => Value::Law(Law::Exponential { mean: 5e9 }),
                "call" => Value::Number(2.0, Unit::TIME),
                _ => return Err(Trouble::Absent(name.into())),
            })
        })
    }

    #[test]
    fn what_is_known_becomes_a_number() {
        assert_eq!(value("ceil(memory / per)"), Ok(Value::Number(4.0, Unit::ONE)));
        assert_eq!(value("up(memory, per)"), Ok(Value::Number(4096.0, Unit::SIZE)));
        assert_eq!(value("min(most, memory / per)"), Ok(Value::Number(3.5, Unit::ONE)));
        assert_eq!(value("log2(per / per)"), Ok(Value::Number(0.0, Unit::ONE)));
        assert_eq!(value("max(most, 1)"), Ok(Value::Unlimited));
        assert_eq!(value("off + per"), Ok(Value::None));
    }

    #[test]
    fn what_rests_on_the_call_becomes_a_program() {
        let expected = vec![
            ExprOp::Word("size".into()),
            ExprOp::Number(1024.0, Unit::SIZE),
            ExprOp::Two(Two::Div),
            ExprOp::One(One::Ceil),
        ];
        assert_eq!(value("ceil(size / per)"), Ok(Value::Dynamic(expected)));
    }

    #[test]
    fn laws_are_added_and_cut() {
        let boot = Law::Exponential { mean: 5e9 };
        assert_eq!(value("call + boot"), Ok(Value::Sum(vec![Law::Constant(2e9), boot.clone()])));
        assert_eq!(value("boot + 0"), Ok(Value::Law(boot.clone())));
        assert_eq!(value("min(boot, call)"), Ok(Value::Law(Law::AtMost { law: Box::new(boot), max: 2e9 })));
        assert!(value("boot * call").is_err());
    }

    #[test]
    fn what_has_no_value_says_why() {
        assert_eq!(value("per / 0"), Err(Trouble::Wrong("it divides by nothing".into())));
        assert_eq!(value("most - most"), Err(Trouble::Wrong("it has no value".into())));
        assert_eq!(value("gone + 1"), Err(Trouble::Absent("gone".into())));
    }

    #[test]
    fn a_whole_multiple_is_not_rounded_up_by_a_last_bit() {
        assert_eq!(up(0.1 + 0.2, 0.1), 3.0 * 0.1);
        assert_eq!(up(0.31, 0.1), 4.0 * 0.1);
    }
}
