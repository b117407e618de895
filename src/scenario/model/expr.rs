//! Expressions: `min(memory / per, most)`, read once into postfix, with the units of all that stands in them checked.
//!
//! Grammar: `+ - * /`, brackets, `min max ceil floor log2 up(x, step)`; over measures also `rate mean peak`. Only 0 and 1
//! are written as digits: every other number has a name, and with it a source.

use std::collections::BTreeMap;

use super::unit::Unit;
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::model::words::cure;
use crate::scenario::tree::{At, Placed};

/// One step of a postfix expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// 0 or 1.
    Digit(f64),
    /// A quantity, a word of the call, a measure.
    Name(Placed<String>),
    /// Of the two last ones.
    Two(Two),
    /// Of the last one.
    One(One),
}

/// Of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Two {
    /// a + b
    Add,
    /// a - b
    Sub,
    /// a * b
    Mul,
    /// a / b
    Div,
    /// The smaller.
    Min,
    /// The greater.
    Max,
    /// a, rounded up to a multiple of b.
    Up,
    /// The mean of a measure over windows of this length.
    MeanOver,
}

/// Of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum One {
    /// Rounded up.
    Ceil,
    /// Rounded down.
    Floor,
    /// Binary logarithm.
    Log2,
    /// How much it grows in a second.
    Rate,
    /// Its mean over the hour.
    Mean,
    /// Its greatest value in the hour.
    Peak,
}

/// An expression as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// In postfix order.
    pub steps: Vec<Step>,
    /// The text.
    pub text: String,
    /// Where it stands.
    pub at: At,
}

/// Names and their units.
pub type Names = BTreeMap<String, Unit>;

impl Expr {
    /// Reads one; what cannot be read is said, and none returned.
    pub fn parse(text: &str, at: At, say: &mut Diagnostics) -> Option<Expr> {
        let tokens = tokens(text);
        let exact = (at.end.saturating_sub(at.start)) as usize == text.len() + 2;
        let mut parser = Parser { tokens, next: 0, steps: Vec::new(), at, exact };
        let read = parser.sum().and_then(|()| match parser.peek() {
            None => Ok(()),
            Some(rest) => Err(format!("cannot go on at `{rest}`")),
        });
        match read {
            Ok(()) => Some(Expr { steps: parser.steps, text: text.to_string(), at }),
            Err(why) => {
                let help =
                    "an expression has names, 0 and 1, + - * / and brackets, min max ceil floor log2 up(x, step)";
                say.say(if why.starts_with("the number") {
                    Diagnostic::error(at, why).help("give it a name in [facts] or [parameters], with `by`")
                } else {
                    Diagnostic::error(at, format!("`{text}` is no expression: {why}")).help(help)
                });
                None
            }
        }
    }

    /// The name that it is, if it is just one.
    pub fn name(&self) -> Option<&str> {
        match self.steps.as_slice() {
            [Step::Name(name)] => Some(&name.value),
            _ => None,
        }
    }

    /// All names in it.
    pub fn names(&self) -> impl Iterator<Item = &Placed<String>> {
        self.steps.iter().filter_map(|step| match step {
            Step::Name(name) => Some(name),
            _ => None,
        })
    }

    /// Its unit. Unknown names and sums of different units are said.
    pub fn unit(&self, names: &Names, say: &mut Diagnostics) -> Unit {
        let mut stack: Vec<Unit> = Vec::new();
        for step in &self.steps {
            let unit = match step {
                Step::Digit(digit) => {
                    if *digit == 0.0 {
                        Unit::Any
                    } else {
                        Unit::ONE
                    }
                }
                Step::Name(name) => self.unit_of_name(name, names, say),
                Step::One(one) => {
                    let of = stack.pop().unwrap_or(Unit::Any);
                    self.unit_of_one(*one, of, say)
                }
                Step::Two(two) => {
                    let right = stack.pop().unwrap_or(Unit::Any);
                    let left = stack.pop().unwrap_or(Unit::Any);
                    self.unit_of_two(*two, left, right, say)
                }
            };
            stack.push(unit);
        }
        stack.pop().unwrap_or(Unit::Any)
    }

    fn unit_of_name(&self, name: &Placed<String>, names: &Names, say: &mut Diagnostics) -> Unit {
        if let Some(unit) = names.get(&name.value) {
            return *unit;
        }
        let prefix = name.value.split_once('.').map(|(stage, _)| format!("{stage}."));
        let beside: Vec<&str> = match &prefix {
            Some(prefix) => names.keys().map(String::as_str).filter(|key| key.starts_with(prefix.as_str())).collect(),
            None => Vec::new(),
        };
        let help = if beside.is_empty() {
            cure(&name.value, names.keys().map(String::as_str).filter(|known| !known.contains('.')))
        } else {
            cure(&name.value, beside)
        };
        say.say(Diagnostic::error(name.at, format!("nothing is called `{}` here", name.value)).help(help));
        Unit::Any
    }

    fn unit_of_one(&self, one: One, of: Unit, say: &mut Diagnostics) -> Unit {
        match one {
            One::Rate => of.over(Unit::TIME),
            One::Mean | One::Peak => of,
            One::Ceil | One::Floor | One::Log2 => {
                if !of.fits(Unit::ONE) {
                    let says = format!("`{}` rounds {of}: ceil, floor and log2 take pure numbers", self.text);
                    say.say(Diagnostic::error(self.at, says).help("divide by a step first, or write up(x, step)"));
                }
                Unit::ONE
            }
        }
    }

    fn unit_of_two(&self, two: Two, left: Unit, right: Unit, say: &mut Diagnostics) -> Unit {
        match two {
            Two::Mul => left.times(right),
            Two::Div => left.over(right),
            Two::MeanOver => left,
            Two::Add | Two::Sub | Two::Min | Two::Max | Two::Up => left.alike(right).unwrap_or_else(|| {
                let says = format!("`{}` puts {left} and {right} together", self.text);
                say.say(
                    Diagnostic::error(self.at, says)
                        .help("both sides of + and -, and all of min, max, up, measure the same"),
                );
                left
            }),
        }
    }
}

/// A piece of the text and where it begins.
type Token<'a> = (usize, &'a str);

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| !c.is_whitespace()) {
        rest = &rest[start..];
        let first = rest.chars().next().unwrap_or(' ');
        let length = if first.is_ascii_alphabetic() || first == '_' {
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len())
        } else if first.is_ascii_digit() {
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '%')).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        found.push((text.len() - rest.len(), &rest[..length]));
        rest = &rest[length..];
    }
    found
}

/// Precedence climbing; errors are half sentences.
struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    next: usize,
    steps: Vec<Step>,
    at: At,
    exact: bool,
}

/// Deeper brackets than this are no formula.
const DEEPEST: usize = 64;

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.tokens.get(self.next).map(|(_, token)| *token)
    }

    fn take(&mut self) -> Option<Token<'a>> {
        let token = self.tokens.get(self.next).copied();
        self.next += 1;
        token
    }

    fn want(&mut self, wanted: &str) -> Result<(), String> {
        match self.take() {
            Some((_, token)) if token == wanted => Ok(()),
            Some((_, token)) => Err(format!("`{wanted}` is missing before `{token}`")),
            None => Err(format!("`{wanted}` is missing at its end")),
        }
    }

    fn sum(&mut self) -> Result<(), String> {
        if self.tokens.iter().filter(|(_, token)| *token == "(").count() > DEEPEST {
            return Err("it has too many brackets".to_string());
        }
        self.product()?;
        while let Some(sign @ ("+" | "-")) = self.peek() {
            self.next += 1;
            self.product()?;
            self.steps.push(Step::Two(if sign == "+" { Two::Add } else { Two::Sub }));
        }
        Ok(())
    }

    fn product(&mut self) -> Result<(), String> {
        self.term()?;
        while let Some(sign @ ("*" | "/")) = self.peek() {
            self.next += 1;
            self.term()?;
            self.steps.push(Step::Two(if sign == "*" { Two::Mul } else { Two::Div }));
        }
        Ok(())
    }

    fn term(&mut self) -> Result<(), String> {
        let Some((offset, token)) = self.take() else { return Err("something is missing at its end".to_string()) };
        match token {
            "(" => {
                self.sum()?;
                self.want(")")
            }
            "0" | "1" => {
                self.steps.push(Step::Digit(if token == "0" { 0.0 } else { 1.0 }));
                Ok(())
            }
            _ if token.starts_with(|c: char| c.is_ascii_digit()) => {
                Err(format!("the number {token} has no name, so nobody knows where it is from"))
            }
            _ if !token.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') => {
                Err(format!("`{token}` is unexpected"))
            }
            _ if self.peek() == Some("(") => self.call(token),
            _ => {
                self.steps.push(Step::Name(Placed::new(token.to_string(), self.place(offset, token.len()))));
                Ok(())
            }
        }
    }

    fn place(&self, offset: usize, length: usize) -> At {
        if !self.exact {
            return self.at;
        }
        let start = self.at.start + 1 + offset as u32;
        At { start, end: start + length as u32, ..self.at }
    }

    fn call(&mut self, name: &str) -> Result<(), String> {
        self.next += 1;
        self.sum()?;
        let mut count = 1;
        while self.peek() == Some(",") {
            self.next += 1;
            self.sum()?;
            count += 1;
            if let "min" | "max" = name {
                self.steps.push(Step::Two(if name == "min" { Two::Min } else { Two::Max }));
            }
        }
        self.want(")")?;
        let step = match (name, count) {
            ("min" | "max", 2..) => return Ok(()),
            ("ceil", 1) => Step::One(One::Ceil),
            ("floor", 1) => Step::One(One::Floor),
            ("log2", 1) => Step::One(One::Log2),
            ("rate", 1) => Step::One(One::Rate),
            ("mean", 1) => Step::One(One::Mean),
            ("peak", 1) => Step::One(One::Peak),
            ("up", 2) => Step::Two(Two::Up),
            ("mean", 2) => Step::Two(Two::MeanOver),
            ("min" | "max" | "ceil" | "floor" | "log2" | "rate" | "mean" | "peak" | "up", _) => {
                return Err(format!("{name} takes another number of things"));
            }
            _ => return Err(format!("there is no function `{name}`")),
        };
        self.steps.push(step);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(text: &str) -> Result<String, String> {
        let names: Names = [
            ("memory", Unit::SIZE),
            ("per", Unit::SIZE),
            ("ramp", Unit::RATE),
            ("most", Unit::ONE),
            ("held", Unit::TIME),
        ]
        .map(|(name, unit)| (name.to_string(), unit))
        .into();
        let mut say = Diagnostics::default();
        let unit = Expr::parse(text, At::default(), &mut say).map(|expr| expr.unit(&names, &mut say));
        match say.list.first() {
            Some(first) => Err(first.says.clone()),
            None => Ok(unit.unwrap_or(Unit::Any).to_string()),
        }
    }

    #[test]
    fn units_follow_the_arithmetic() {
        assert_eq!(unit("memory / per").as_deref(), Ok("a pure number"));
        assert_eq!(unit("min(memory / per, most) * ramp").as_deref(), Ok("a number per time"));
        assert_eq!(unit("memory * (1 - 0)").as_deref(), Ok("a size"));
        assert_eq!(unit("up(held, held) * memory").as_deref(), Ok("a size x time"));
        assert_eq!(unit("0").as_deref(), Ok("anything"));
    }

    #[test]
    fn what_cannot_be_added_is_said() {
        assert_eq!(unit("memory + ramp").unwrap_err(), "`memory + ramp` puts a size and a number per time together");
        assert!(unit("ceil(memory)").unwrap_err().contains("rounds a size"));
    }

    #[test]
    fn only_nothing_and_one_are_written_as_digits() {
        assert_eq!(unit("memory / 1769").unwrap_err(), "the number 1769 has no name, so nobody knows where it is from");
    }

    #[test]
    fn broken_formulas_say_where_they_break() {
        assert!(unit("(memory").unwrap_err().contains("`)` is missing at its end"));
        assert!(unit("memory memory").unwrap_err().contains("cannot go on at `memory`"));
        assert!(unit("twice(memory)").unwrap_err().contains("no function `twice`"));
        assert!(unit("min(memory)").unwrap_err().contains("another number of things"));
        assert!(unit("mem").unwrap_err().contains("nothing is called `mem`"));
        assert!(unit("").is_err());
    }
}
