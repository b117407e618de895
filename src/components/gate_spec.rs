//! What stands at gates: limits in time, who passes which of them together, and how much each takes.

use crate::engine::program::Pc;
use crate::queueing::bucket::BucketSpec;
use crate::queueing::ratchet::RatchetSpec;
use crate::queueing::window::WindowSpec;
use crate::units::Rate;

/// All of a scenario's gates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gates {
    /// Gates; those of a set's members are consecutive.
    pub gates: Vec<GateSpec>,
    /// Gates that are passed together.
    pub admissions: Vec<AdmissionSpec>,
    /// Amounts that depend on the call, in postfix order.
    pub amounts: Vec<Vec<Sum>>,
}

/// A gate.
#[derive(Clone, Debug, PartialEq)]
pub struct GateSpec {
    /// The part.
    pub part: u32,
    /// "" where it is the part's only limit, or the name of the stage.
    pub name: String,
    /// What it lets through.
    pub law: GateLaw,
    /// One for each key.
    pub keyed: bool,
    /// Who finds too little waits; none: is refused.
    pub waits: Option<WaitSpec>,
    /// The word for the limit, where its number is from, and whether it can be raised by asking.
    pub limit_name: String,
    /// "this file", or a source.
    pub source: String,
    /// A quota.
    pub adjustable: bool,
}

/// What a gate lets through.
#[derive(Clone, Debug, PartialEq)]
pub enum GateLaw {
    /// Everybody, until a fault says otherwise.
    Open,
    /// Tokens.
    Bucket(BucketSpec),
    /// So many in a window.
    Window(WindowSpec),
    /// So many times its peak.
    Ratchet(RatchetSpec),
}

/// How those wait who find too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitSpec {
    /// Places, for each key; `u32::MAX`: no limit.
    pub room: u32,
    /// Law of the patience.
    pub patience: Option<u32>,
    /// Site of its draws.
    pub site: u32,
}

/// Gates that are passed together: all let in, or nothing is taken from any of them.
#[derive(Clone, Debug, PartialEq)]
pub struct AdmissionSpec {
    /// What is taken.
    pub takes: Vec<TakeSpec>,
    /// A single gate, at which who finds too little waits.
    pub waits: bool,
    /// The operation whose wait this is.
    pub operation: u32,
    /// Where who is dropped stands for ever; `NONE`: nobody is dropped here.
    pub lost: Pc,
}

/// What is taken from a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakeSpec {
    /// The gate (the first of its set).
    pub gate: u32,
    /// The cell that keeps which member; `u16::MAX`: there is just one.
    pub member: u16,
    /// The key that chooses, in the table of those meant at places; `NONE`: there is just one.
    pub key: u32,
    /// How much.
    pub amount: Amount,
    /// The cause of a refusal.
    pub cause: u8,
    /// Who finds too little is told nothing.
    pub drops: bool,
}

/// How much, in thousand-millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Always this.
    Fixed(u128),
    /// Worked out for each call.
    Worked(u32),
}

/// A step of an amount that is worked out: onto a small stack, or of what lies there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sum {
    /// This.
    Just(f64),
    /// A number of the call.
    Number(u32),
    /// a + b
    Add,
    /// a - b
    Sub,
    /// a x b
    Mul,
    /// a / b
    Div,
    /// The smaller.
    Min,
    /// The greater.
    Max,
    /// a, rounded up to a multiple of b.
    Up,
    /// Rounded up.
    Ceil,
    /// Rounded down.
    Floor,
    /// Binary logarithm.
    Log2,
}

/// Deepest stack of an amount.
pub const DEEPEST: usize = 16;

/// Works an amount out; `number` says what the call knows. Deeper than [`DEEPEST`] is not worked out: none.
pub fn work_out(sums: &[Sum], mut number: impl FnMut(u32) -> f64) -> Option<f64> {
    let (mut stack, mut top) = ([0.0f64; DEEPEST], 0usize);
    for sum in sums {
        let one = |stack: &[f64; DEEPEST], top: usize| stack.get(top.wrapping_sub(1)).copied();
        let value = match *sum {
            Sum::Just(value) => value,
            Sum::Number(index) => number(index),
            Sum::Ceil | Sum::Floor | Sum::Log2 => {
                let a = one(&stack, top)?;
                top -= 1;
                match sum {
                    Sum::Ceil => a.ceil(),
                    Sum::Floor => a.floor(),
                    _ => crate::units::maths::log2(a),
                }
            }
            _ => {
                let (b, a) = (one(&stack, top)?, one(&stack, top.wrapping_sub(1))?);
                top -= 2;
                of_two(*sum, a, b)
            }
        };
        *stack.get_mut(top)? = value;
        top += 1;
    }
    (top == 1).then_some(stack[0])
}

fn of_two(sum: Sum, a: f64, b: f64) -> f64 {
    match sum {
        Sum::Add => a + b,
        Sum::Sub => a - b,
        Sum::Mul => a * b,
        Sum::Div => a / b,
        Sum::Min => a.min(b),
        Sum::Max => a.max(b),
        _ => (a / b).ceil() * b,
    }
}

/// Thousand-millionths of an amount; what is no number is nothing.
pub fn thousand_millionths(amount: f64) -> u128 {
    // `as` saturates, and makes nothing of what is no number.
    (amount * 1e9 + 0.5) as u128
}

/// What a fault or a change does to a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateEffect {
    /// It lets in no more than this while it lasts.
    Cut(Rate),
    /// Its rate is this from now on.
    Rate(Rate),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_worked_out_of_what_the_call_knows() {
        // max(ceil(size / 1024), 1)
        let units = [Sum::Number(0), Sum::Just(1024.0), Sum::Div, Sum::Ceil, Sum::Just(1.0), Sum::Max];
        for (size, wanted) in [(0.0, 1.0), (1024.0, 1.0), (1025.0, 2.0), (10_240.0, 10.0)] {
            assert_eq!(work_out(&units, |_| size), Some(wanted), "{size}");
        }
        assert_eq!(work_out(&[Sum::Just(5.0), Sum::Just(4.0), Sum::Up], |_| 0.0), Some(8.0));
        assert_eq!(work_out(&[Sum::Add], |_| 0.0), None, "of nothing");
        assert_eq!(work_out(&[Sum::Just(1.0); 20], |_| 0.0), None, "too deep");
    }

    #[test]
    fn an_amount_that_is_no_number_takes_nothing() {
        assert_eq!(thousand_millionths(f64::NAN), 0);
        assert_eq!(thousand_millionths(-3.0), 0);
        assert_eq!(thousand_millionths(0.5), 500_000_000);
        assert_eq!(thousand_millionths(f64::INFINITY), u128::MAX);
    }
}
