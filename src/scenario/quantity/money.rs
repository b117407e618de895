//! Money and prices: "$30", "$0.06/h", "$5/1k calls", to the millionth of a millionth of a dollar.

use super::complaints::{Wants, shown};
use super::numbers::power_of;
use super::scan::number;
use super::times::time_unit;
use super::{Complaint, Money, count, duration};
use crate::units::Span;

/// What a price is for.
#[derive(Clone, Debug, PartialEq)]
pub enum Per {
    /// This length of time (a month has 730 hours, a year 8,760).
    Time(Span),
    /// So many of these: calls, rides, `GB`, `GB-month`.
    Things {
        /// How many.
        count: f64,
        /// Of what, as written; may be empty ("$1/M").
        of: String,
    },
}

/// A price.
#[derive(Clone, Debug, PartialEq)]
pub struct MoneyPer {
    /// The money.
    pub money: Money,
    /// For what.
    pub per: Per,
}

const PICODOLLARS: u128 = 1_000_000_000_000;

/// An amount of dollars: "$30", "$0.60", "$60k".
pub fn money(text: &str) -> Result<Money, Complaint> {
    let text = text.trim();
    match text.strip_prefix('$') {
        Some(amount) => dollars(amount).map_err(|told| told.within(text, amount)),
        None => Err(no_dollars(text)),
    }
}

/// An amount of dollars as price books write it, without a sign: "0.0000166667".
pub fn dollars(text: &str) -> Result<Money, Complaint> {
    let text = text.trim();
    let (number, suffix) = number(text.strip_prefix('$').unwrap_or(text), Wants::Money)?;
    let power = power_of(suffix).ok_or_else(|| match suffix {
        "K" => Complaint::new("a thousand is `k`", Wants::Money.examples()).fix(&format!("{}k", number.text())),
        _ => Wants::Money.not(text),
    })?;
    let unit = PICODOLLARS * 10u128.pow(power.unsigned_abs());
    let money = number.units(unit).and_then(|units| i128::try_from(units).ok());
    // 10^24 picodollars are a million million dollars: sums of bills stay far from any bound.
    money
        .filter(|units| *units <= 10i128.pow(24))
        .map(Money)
        .ok_or_else(|| Complaint::new(format!("\"{}\" is more money than there is", shown(text)), "at most $1000bn"))
}

fn no_dollars(text: &str) -> Complaint {
    let told = Wants::Money.not(text);
    if text.starts_with(['€', '£', '¥']) || text.contains("EUR") {
        return Complaint::new("prices are in dollars", Wants::Money.examples());
    }
    if text.starts_with('-') {
        return Complaint::new("an amount of money cannot be negative", Wants::Money.examples());
    }
    let bare = ["USD", "dollars", "$"].iter().find_map(|unit| text.strip_suffix(unit)).unwrap_or(text).trim();
    let bare = bare.strip_prefix("USD").unwrap_or(bare).trim();
    if dollars(bare).is_ok() { told.fix(&format!("${bare}")) } else { told }
}

/// A price: "$0.06/h", "$0.60/ride", "$5/1k calls", "$0.25/GB-month".
pub fn money_per(text: &str) -> Result<MoneyPer, Complaint> {
    let text = text.trim();
    let Some((amount, per)) = text.split_once('/') else {
        let told = money(text).err().unwrap_or_else(|| Wants::Money.not(text));
        let says = format!("the price \"{}\" is for nothing", shown(text));
        return Err(if money(text).is_ok() {
            Complaint::new(says, format!("write \"{0}/h\" or \"{0}/1k calls\"", shown(text)))
        } else {
            told
        });
    };
    let (amount, per) = (amount.trim(), per.trim());
    let money = money(amount).map_err(|told| told.within(text, amount))?;
    Ok(MoneyPer { money, per: what_for(per).map_err(|told| told.within(text, per))? })
}

fn what_for(per: &str) -> Result<Per, Complaint> {
    const HOUR: u64 = 3_600;
    match per {
        "" => return Err(Complaint::new("the price is for nothing", "write it like \"$0.06/h\" or \"$5/1k calls\"")),
        "month" => return Ok(Per::Time(Span::seconds(730 * HOUR))),
        "year" => return Ok(Per::Time(Span::seconds(8_760 * HOUR))),
        _ => {}
    }
    if let Some(unit) = time_unit(per) {
        return Ok(Per::Time(Span(unit.nanos() as u64)));
    }
    if let Ok(span) = duration(per) {
        return if span == Span::ZERO { Err(free_of(per)) } else { Ok(Per::Time(span)) };
    }
    let end = per.find(char::is_whitespace).unwrap_or(per.len());
    let (first, rest) = per.split_at(end);
    let (many, of) = match count(first) {
        Ok(many) => (many, rest.trim()),
        Err(_) if ["k", "M", "bn"].contains(&first) => (count(&format!("1{first}"))?, rest.trim()),
        Err(told) if first.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) => {
            return Err(told.within(per, first));
        }
        Err(_) => (1.0, per),
    };
    if many > 0.0 { Ok(Per::Things { count: many, of: of.to_string() }) } else { Err(free_of(per)) }
}

fn free_of(per: &str) -> Complaint {
    Complaint::new(format!("no price is for \"{}\"", shown(per)), "write it like \"$0.06/h\" or \"$5/1k calls\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_exact_to_the_picodollar() {
        assert_eq!(money("$30"), Ok(Money(30_000_000_000_000)));
        assert_eq!(money("$0.60"), Ok(Money(600_000_000_000)));
        assert_eq!(money("$ 60k"), Ok(Money(60_000_000_000_000_000)));
        assert_eq!(dollars("0.0000166667"), Ok(Money(16_666_700)));
        assert_eq!(money("$0.1").map(|money| money.as_dollars()), Ok(0.1));
    }

    #[test]
    fn money_written_otherwise_is_corrected() {
        for (wrong, right) in [("30", "$30"), ("30 USD", "$30"), ("30$", "$30"), ("$1,200", "$1200"), ("$2K", "$2k")] {
            assert_eq!(money(wrong).expect_err(wrong).fix, Some(format!("\"{right}\"")), "{wrong}");
        }
        for wrong in ["", "$", "$-5", "-$5", "€5", "$5x", "$NaN", "$99999999999999999999999999999999999bn"] {
            assert!(money(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn prices_are_per_time_or_per_thing() {
        let price = |text| money_per(text).map(|price| (price.money.as_dollars(), price.per));
        let things = |count, of: &str| Per::Things { count, of: of.to_string() };
        assert_eq!(price("$0.06/h"), Ok((0.06, Per::Time(Span::seconds(3_600)))));
        assert_eq!(price("$74/month"), Ok((74.0, Per::Time(Span::seconds(730 * 3_600)))));
        assert_eq!(price("$0.60/ride"), Ok((0.6, things(1.0, "ride"))));
        assert_eq!(price("$5/1k calls"), Ok((5.0, things(1e3, "calls"))));
        assert_eq!(price("$1.00/M"), Ok((1.0, things(1e6, ""))));
        assert_eq!(price("$0.25/GB-month"), Ok((0.25, things(1.0, "GB-month"))));
        assert_eq!(price("$0/h"), Ok((0.0, Per::Time(Span::seconds(3_600)))));
        for wrong in ["$5", "$5/", "/h", "5/h", "$5/0 calls", "$5/0s", "$5/-3 calls"] {
            assert!(money_per(wrong).is_err(), "{wrong}");
        }
    }
}
