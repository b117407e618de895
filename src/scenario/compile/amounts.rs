//! How much a call takes from a gate: a number, or what its model works out of the bytes that the call asks and answers.

use super::Compiler;
use super::calls::{Inside, Way};
use super::gates::Asking;
use crate::components::blueprint::NumberSpec;
use crate::components::gate_spec::{Amount, DEEPEST, Sum, thousand_millionths, work_out};
use crate::scenario::model::{ExprOp, One, Two, Value};
use crate::units::Law;

impl<'a> Compiler<'a> {
    /// An amount of the call's words: worked out now if it is always the same.
    pub(super) fn worked(
        &mut self,
        ops: &[ExprOp],
        asking: &Asking<'_, 'a>,
        inside: &Option<Inside<'a>>,
        way: &mut Way,
    ) -> Amount {
        let mut sums = Vec::new();
        for op in ops {
            match self.sum(op, asking, inside, way) {
                Some(sum) => sums.push(sum),
                None => return Amount::Fixed(0),
            }
        }
        let numbers = &self.out.numbers;
        let plain = |index: u32| match numbers[index as usize] {
            NumberSpec::Just(number) => number,
            _ => f64::NAN,
        };
        let same = sums.iter().all(|sum| !matches!(sum, Sum::Number(index) if plain(*index).is_nan()));
        let worked = work_out(&sums, plain);
        if same && let Some(amount) = worked {
            return Amount::Fixed(thousand_millionths(amount));
        }
        if worked.is_none() {
            let says = format!("`{}` works out what it takes in more than {DEEPEST} nested steps", asking.name);
            self.error(place_of(asking), says, "give parts of the expression a name under [derived]");
        }
        self.out.gates.amounts.push(sums);
        Amount::Worked((self.out.gates.amounts.len() - 1) as u32)
    }

    fn sum(&mut self, op: &ExprOp, asking: &Asking<'_, 'a>, inside: &Option<Inside<'a>>, way: &mut Way) -> Option<Sum> {
        let unknown = match op {
            ExprOp::Number(number, _) => return Some(Sum::Just(*number)),
            ExprOp::Two(two) => match two {
                Two::Add => return Some(Sum::Add),
                Two::Sub => return Some(Sum::Sub),
                Two::Mul => return Some(Sum::Mul),
                Two::Div => return Some(Sum::Div),
                Two::Min => return Some(Sum::Min),
                Two::Max => return Some(Sum::Max),
                Two::Up => return Some(Sum::Up),
                Two::MeanOver => "the mean of a measure",
            },
            ExprOp::One(one) => match one {
                One::Ceil => return Some(Sum::Ceil),
                One::Floor => return Some(Sum::Floor),
                One::Log2 => return Some(Sum::Log2),
                One::Rate | One::Mean | One::Peak => "a measure over time",
            },
            ExprOp::Word(word) if ["size", "reply"].contains(&word.as_str()) => {
                return self.bytes_of(word, asking, inside, way).map(Sum::Number);
            }
            ExprOp::Word(word) => word,
            ExprOp::Measure(..) | ExprOp::Meter(_) => "a measure",
        };
        let says = format!("`{}` takes by {unknown}, which this version of archsim does not run", asking.name);
        self.error(place_of(asking), says, "amounts of `size` and `reply` run");
        None
    }

    /// The bytes that this call asks or answers: drawn once, and the same for all that it passes in this part.
    pub(super) fn bytes_of(
        &mut self,
        word: &str,
        asking: &Asking<'_, 'a>,
        inside: &Option<Inside<'a>>,
        way: &mut Way,
    ) -> Option<u32> {
        if let Some((_, number)) = way.words.iter().find(|(known, _)| known == word) {
            return Some(*number);
        }
        let pick = |size: &Option<Law>, reply: &Option<Law>| if word == "size" { size.clone() } else { reply.clone() };
        let of_call = match (asking.step, inside) {
            (Some((call, _)), _) => pick(&call.size, &call.reply),
            (None, Some(Inside::Front { flow, .. })) => {
                self.ast.flows.get(*flow).and_then(|flow| pick(&flow.size, &flow.reply))
            }
            (None, _) => None,
        };
        let own = if word == "size" { &asking.op.size } else { &asking.op.reply };
        let spec = match (of_call, own) {
            (Some(Law::Constant(bytes)), _) => NumberSpec::Just(bytes),
            (None, Some(Value::Number(bytes, _))) => NumberSpec::Just(*bytes),
            (Some(law), _) => {
                let site = match inside {
                    // All fronts of a flow see the same bytes: they ask one site.
                    Some(Inside::Front { flow, .. }) => self.shared_site(format!("flow {flow}/{word}")),
                    _ => self.site(&format!("{}/{word}", asking.name)),
                };
                NumberSpec::Law { site, law: self.law(&law) }
            }
            (None, _) => {
                let says = format!("how many bytes is that? `{}` counts them", asking.name);
                let at = match inside {
                    Some(Inside::Front { flow, .. }) => self.ast.flows[*flow].at,
                    _ => place_of(asking),
                };
                self.error(at, says, format!("say it in the step or the flow: `{word} = \"2KB\"`"));
                return None;
            }
        };
        self.out.numbers.push(spec);
        let number = (self.out.numbers.len() - 1) as u32;
        way.words.push((word.to_owned(), number));
        Some(number)
    }
}

impl Compiler<'_> {
    /// A site by its whole name, which several places ask.
    fn shared_site(&mut self, name: String) -> u32 {
        match self.out.sites.iter().position(|site| *site == name) {
            Some(there) => there as u32,
            None => self.named_site(name),
        }
    }
}

fn place_of(asking: &Asking<'_, '_>) -> crate::scenario::tree::At {
    asking.step.map_or(asking.op.at, |(call, _)| call.target.at)
}
