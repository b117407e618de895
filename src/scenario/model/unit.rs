//! Units of the numbers in a model: powers of size, time and money; enough to catch a rate that is a time.

use std::fmt;

/// The unit of a number. All numbers are in bytes, seconds and dollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Fits everything: zero, unlimited, none, and words.
    Any,
    /// So many bytes, seconds and dollars are multiplied in it.
    Of {
        /// Power of bytes.
        size: i8,
        /// Power of seconds.
        time: i8,
        /// Power of dollars.
        money: i8,
    },
}

impl Unit {
    /// A pure number: a count or a ratio.
    pub const ONE: Unit = Unit::of(0, 0, 0);
    /// Seconds.
    pub const TIME: Unit = Unit::of(0, 1, 0);
    /// Bytes.
    pub const SIZE: Unit = Unit::of(1, 0, 0);
    /// Dollars.
    pub const MONEY: Unit = Unit::of(0, 0, 1);
    /// Things per second.
    pub const RATE: Unit = Unit::of(0, -1, 0);
    /// Bytes per second.
    pub const FLOW: Unit = Unit::of(1, -1, 0);

    const fn of(size: i8, time: i8, money: i8) -> Unit {
        Unit::Of { size, time, money }
    }

    /// The unit of a product.
    pub fn times(self, other: Unit) -> Unit {
        self.combine(other, i8::saturating_add)
    }

    /// The unit of a quotient.
    pub fn over(self, other: Unit) -> Unit {
        self.combine(other, i8::saturating_sub)
    }

    fn combine(self, other: Unit, power: fn(i8, i8) -> i8) -> Unit {
        match (self, other) {
            (Unit::Of { size: a, time: b, money: c }, Unit::Of { size: d, time: e, money: f }) => {
                Unit::of(power(a, d), power(b, e), power(c, f))
            }
            _ => Unit::Any,
        }
    }

    /// May a number of this unit stand where that one is wanted?
    pub fn fits(self, wanted: Unit) -> bool {
        self == Unit::Any || wanted == Unit::Any || self == wanted
    }

    /// The unit of two numbers that must be alike: the one that says more; none if they are not.
    pub fn alike(self, other: Unit) -> Option<Unit> {
        match (self, other) {
            (Unit::Any, known) | (known, Unit::Any) => Some(known),
            (a, b) => (a == b).then_some(a),
        }
    }

    /// What a meter's word counts in: "GB-second" is size x time.
    pub fn of_meter(word: &str) -> Option<Unit> {
        METER_UNITS.iter().find(|(name, ..)| *name == word).map(|(_, unit, _)| *unit)
    }

    /// All words of meters.
    pub fn meter_words() -> impl Iterator<Item = &'static str> {
        METER_UNITS.iter().map(|(name, ..)| *name)
    }

    /// How many of what is counted make one of a meter's word: an hour is 3.6e12 nanoseconds.
    pub fn counted_in(word: &str) -> Option<u128> {
        METER_UNITS.iter().find(|(name, ..)| *name == word).map(|(_, _, many)| *many)
    }
}

/// An hour in nanoseconds.
const HOUR: u128 = 3_600_000_000_000;
/// A month in nanoseconds.
const MONTH: u128 = 730 * HOUR;
/// A second in nanoseconds, or a thing in billionths.
const ONE: u128 = 1_000_000_000;
/// A gigabyte in bytes.
const GB: u128 = 1 << 30;

/// Words that price books use, what they measure, and how many of what is counted make one: things are counted in
/// billionths, sizes in bytes, times in nanoseconds. A capacity unit kept for an hour is what it can do in that hour.
const METER_UNITS: [(&str, Unit, u128); 23] = [
    ("request", Unit::ONE, ONE),
    ("call", Unit::ONE, ONE),
    ("message", Unit::ONE, ONE),
    ("unit", Unit::ONE, ONE),
    ("notification", Unit::ONE, ONE),
    ("email", Unit::ONE, ONE),
    ("transition", Unit::ONE, ONE),
    ("RRU", Unit::ONE, ONE),
    ("WRU", Unit::ONE, ONE),
    ("rWRU", Unit::ONE, ONE),
    ("RCU-hour", Unit::ONE, 3_600 * ONE),
    ("WCU-hour", Unit::ONE, 3_600 * ONE),
    ("GB", Unit::SIZE, GB),
    ("second", Unit::TIME, ONE),
    ("minute", Unit::TIME, 60 * ONE),
    ("hour", Unit::TIME, HOUR),
    ("month", Unit::TIME, MONTH),
    ("LCU-hour", Unit::TIME, HOUR),
    ("ACU-hour", Unit::TIME, HOUR),
    ("vCPU-hour", Unit::TIME, HOUR),
    ("shard-hour", Unit::TIME, HOUR),
    ("GB-second", Unit::of(1, 1, 0), GB * ONE),
    ("GB-month", Unit::of(1, 1, 0), GB * MONTH),
];

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unit::Of { size, time, money } = *self else { return f.write_str("anything") };
        let known = match (size, time, money) {
            (0, 0, 0) => "a pure number",
            (1, 0, 0) => "a size",
            (0, 1, 0) => "a time",
            (0, 0, 1) => "money",
            (0, -1, 0) => "a number per time",
            (1, -1, 0) => "a size per time",
            (0, -1, 1) => "money per time",
            (1, 1, 0) => "a size x time",
            _ => "",
        };
        if !known.is_empty() {
            return f.write_str(known);
        }
        let powers = [("size", size), ("time", time), ("money", money)];
        let parts: Vec<String> = powers.iter().filter(|(_, p)| *p != 0).map(|(name, p)| power(name, *p)).collect();
        f.write_str(&parts.join(" x "))
    }
}

fn power(name: &str, power: i8) -> String {
    if power == 1 { name.to_string() } else { format!("{name}^{power}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_times_a_time_is_a_pure_number() {
        assert_eq!(Unit::RATE.times(Unit::TIME), Unit::ONE);
        assert_eq!(Unit::SIZE.over(Unit::TIME), Unit::FLOW);
    }

    #[test]
    fn units_are_named_in_words() {
        assert_eq!(Unit::SIZE.times(Unit::TIME).to_string(), "a size x time");
        assert_eq!(Unit::SIZE.times(Unit::TIME).times(Unit::TIME).to_string(), "size x time^2");
    }
}
