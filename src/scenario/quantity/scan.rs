//! The little scanner under all parsers: decimal numbers, words behind them, and calls with arguments.

use super::Complaint;
use super::complaints::{Wants, nearest, shown};

/// A decimal number as it was written, so that units are applied without a rounding of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal<'a> {
    digits: &'a str,
}

impl<'a> Decimal<'a> {
    /// The double that is nearest to this times ten to a power: "99.9" and -2 are 0.999, not 0.9990000000000001.
    pub fn shifted(self, power: i32) -> f64 {
        format!("{}e{power}", self.digits).parse().unwrap_or(f64::INFINITY)
    }

    /// The double that is nearest to this.
    pub fn value(self) -> f64 {
        self.shifted(0)
    }

    /// This many units as a whole number, half up; none if that does not fit.
    pub fn units(self, unit: u128) -> Option<u128> {
        let (whole, fraction) = self.digits.split_once('.').unwrap_or((self.digits, ""));
        // 18 places are finer than anything here; a double has 17.
        let fraction = &fraction[..fraction.len().min(18)];
        let scale = 10u128.pow(fraction.len() as u32);
        let part = fraction.parse::<u128>().unwrap_or(0).checked_mul(unit)?;
        let part = (part + scale / 2) / scale;
        whole.parse::<u128>().ok()?.checked_mul(unit)?.checked_add(part)
    }

    /// As written.
    pub fn text(self) -> &'a str {
        self.digits
    }
}

/// A number at the start of a text, and what stands behind it.
pub(super) fn number(text: &str, wants: Wants) -> Result<(Decimal<'_>, &str), Complaint> {
    let trimmed = text.trim();
    let end = trimmed.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(trimmed.len());
    let (digits, rest) = trimmed.split_at(end);
    let well_formed = digits.bytes().filter(|b| *b == b'.').count() <= 1
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit());
    if !well_formed {
        return Err(malformed(trimmed, digits, rest, wants));
    }
    if let Some(grouped) = grouped(digits, rest) {
        let says = format!("digits are not grouped in \"{}\"", shown(trimmed));
        return Err(Complaint::new(says, format!("write \"{}\"", shown(&grouped))).fix(&grouped));
    }
    if digits.len() > 400 || !(Decimal { digits }).value().is_finite() {
        return Err(Complaint::new("no computer holds a number this long", wants.examples()));
    }
    Ok((Decimal { digits }, rest.trim_start()))
}

/// "10,000" and "10_000" without what groups them.
fn grouped(digits: &str, rest: &str) -> Option<String> {
    let tail = rest.strip_prefix([',', '_'])?;
    tail.starts_with(|c: char| c.is_ascii_digit()).then(|| {
        let mut out = digits.to_string();
        let mut left = rest;
        while let Some(more) = left.strip_prefix([',', '_']) {
            let end = more.find(|c: char| !c.is_ascii_digit()).unwrap_or(more.len());
            out += &more[..end];
            left = &more[end..];
        }
        out + left
    })
}

fn malformed(text: &str, digits: &str, rest: &str, wants: Wants) -> Complaint {
    if let Some(positive) = text.strip_prefix('-') {
        let amount = shown(positive);
        return Complaint::new(format!("{} cannot be negative", wants.name()), wants.examples())
            .label(format!("-{amount}"));
    }
    if let Some(positive) = text.strip_prefix('+') {
        let positive = positive.trim_start();
        return Complaint::new("a number has no sign here", format!("write \"{}\"", shown(positive))).fix(positive);
    }
    let small = text.to_ascii_lowercase();
    if small.starts_with("nan") || small.starts_with("inf") || small.starts_with('∞') {
        return Complaint::new(format!("\"{}\" is no number that can be counted with", shown(text)), wants.examples());
    }
    let point = digits.bytes().filter(|b| *b == b'.').count() == 1 && digits.len() > 1;
    if point && digits.starts_with('.') {
        let right = format!("0{text}");
        return Complaint::new("a number begins with a digit", format!("write \"{}\"", shown(&right))).fix(&right);
    }
    if point {
        let right = format!("{}{rest}", digits.trim_end_matches('.'));
        return Complaint::new("a number ends with a digit", format!("write \"{}\"", shown(&right))).fix(&right);
    }
    wants.not(text)
}

/// A text like `name(a, b, key=c)`, taken apart.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// The whole text.
    pub text: &'a str,
    /// What stands before the bracket.
    pub name: &'a str,
    /// Arguments without a name, in order.
    pub plain: Vec<&'a str>,
    /// Arguments with one.
    named: Vec<(&'a str, &'a str)>,
}

/// The call in a text; none if it has no bracket at all.
pub(super) fn call(text: &str) -> Result<Option<Call<'_>>, Complaint> {
    let text = text.trim();
    let Some((name, rest)) = text.split_once('(') else { return Ok(None) };
    let inside = inside(text, rest)?;
    let mut call = Call { text, name: name.trim(), plain: Vec::new(), named: Vec::new() };
    if inside.trim().is_empty() {
        return Ok(Some(call));
    }
    for argument in split(inside) {
        if argument.is_empty() {
            let says = format!("an argument of `{}` is empty", shown(call.name));
            return Err(Complaint::new(says, "take the extra comma away"));
        }
        match key_and_value(argument) {
            Some((key, value)) => {
                if call.named.iter().any(|(other, _)| *other == key) {
                    let says = format!("`{}=` stands twice in `{}`", shown(key), shown(call.name));
                    return Err(Complaint::new(says, "keep one of the two"));
                }
                call.named.push((key, value));
            }
            None => call.plain.push(argument),
        }
    }
    Ok(Some(call))
}

/// What stands between the bracket that was opened and its partner, which must end the text.
fn inside<'a>(text: &str, rest: &'a str) -> Result<&'a str, Complaint> {
    let mut depth = 1u32;
    for (at, letter) in rest.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let behind = rest[at + 1..].trim();
            if behind.is_empty() {
                return Ok(&rest[..at]);
            }
            let says = format!("\"{}\" stands behind the closing bracket", shown(behind));
            return Err(Complaint::new(says, "a value ends with its bracket"));
        }
    }
    let right = format!("{text}{}", ")".repeat(depth.min(16) as usize));
    Err(Complaint::new("a bracket is open", format!("write \"{}\"", shown(&right))).fix(&right))
}

/// Pieces between commas that stand in no bracket.
pub(super) fn split(text: &str) -> Vec<&str> {
    let (mut pieces, mut depth, mut start) = (Vec::new(), 0u32, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                pieces.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(text[start..].trim());
    pieces
}

fn key_and_value(argument: &str) -> Option<(&str, &str)> {
    let (key, value) = argument.split_once('=')?;
    let key = key.trim();
    let is_word = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    is_word.then_some((key, value.trim()))
}

impl<'a> Call<'a> {
    /// Takes a named argument.
    pub fn take(&mut self, key: &str) -> Option<&'a str> {
        let at = self.named.iter().position(|(name, _)| *name == key)?;
        Some(self.named.remove(at).1)
    }

    /// Takes a named argument that must be there.
    pub fn need(&mut self, key: &str, example: &str) -> Result<&'a str, Complaint> {
        if let Some(value) = self.take(key) {
            return Ok(value);
        }
        if let Some((meant, _)) = self.named.iter().find(|(name, _)| nearest(name, [key]).is_some()) {
            return Err(self.no_argument(meant, Some(key)));
        }
        let says = format!("`{}` needs `{key}=`", shown(self.name));
        Err(Complaint::new(says, format!("write it like \"{example}\"")))
    }

    /// Takes the first argument without a name, which must be there.
    pub fn first(&mut self, what: &str, example: &str) -> Result<&'a str, Complaint> {
        if self.plain.is_empty() {
            let says = format!("`{}` needs {what} first", shown(self.name));
            return Err(Complaint::new(says, format!("write it like \"{example}\"")));
        }
        Ok(self.plain.remove(0))
    }

    fn no_argument(&self, key: &str, meant: Option<&str>) -> Complaint {
        let says = format!("`{}` knows no `{}=`", shown(self.name), shown(key));
        let Some(meant) = meant else { return Complaint::new(says, "") };
        let told = Complaint::new(says, format!("did you mean `{meant}=`"));
        if self.text.matches(key).count() == 1 { told.fix(&self.text.replacen(key, meant, 1)) } else { told }
    }

    /// Names of arguments whose name passes a test, taken.
    pub fn take_where(&mut self, test: impl Fn(&str) -> bool) -> Vec<(&'a str, &'a str)> {
        let (taken, left) = self.named.drain(..).partition(|(name, _)| test(name));
        self.named = left;
        taken
    }

    /// Complains about what nobody took; `known` are the names that it may have.
    pub fn finish(self, known: &[&str]) -> Result<(), Complaint> {
        if let Some((key, _)) = self.named.first() {
            let told = self.no_argument(key, nearest(key, known.iter().copied()));
            return Err(match known {
                [] => Complaint { help: "it has no named arguments".into(), ..told },
                known if told.help.is_empty() => {
                    Complaint { help: format!("it knows `{}=`", known.join("=`, `")), ..told }
                }
                _ => told,
            });
        }
        match self.plain.first() {
            Some(extra) => {
                let says = format!("`{}` has no place for \"{}\"", shown(self.name), shown(extra));
                let help = match known {
                    [] => "it has no further arguments".to_string(),
                    known => format!("the rest has names: `{}=`", known.join("=`, `")),
                };
                Err(Complaint::new(says, help))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_applied_without_a_rounding_of_their_own() {
        let decimal = |digits| Decimal { digits };
        assert_eq!(decimal("99.9").shifted(-2), 0.999);
        assert_eq!(decimal("0.4").shifted(6), 400_000.0);
        assert_eq!(decimal("0.1").units(1_000_000_000), Some(100_000_000));
        assert_eq!(decimal("0.5").units(1), Some(1));
        assert_eq!(decimal("99999999999999999999999999999999999999999999").units(1), None);
    }

    #[test]
    fn arguments_are_split_outside_brackets_only() {
        assert_eq!(split("95% exp(1ms), 5% gamma(1s, cv=2)"), ["95% exp(1ms)", "5% gamma(1s, cv=2)"]);
        let call = call("lognormal( 18ms , p99 = 70ms )").expect("well formed").expect("a call");
        assert_eq!((call.name, call.plain, call.named), ("lognormal", vec!["18ms"], vec![("p99", "70ms")]));
    }

    #[test]
    fn a_bracket_that_is_open_is_closed_by_the_fix() {
        let told = call("renewal(erlang(2s, k=5").expect_err("open");
        assert_eq!(told.fix.as_deref(), Some("\"renewal(erlang(2s, k=5))\""));
    }
}
