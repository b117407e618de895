//! The words of laws: their names, an example of each, what is said when there is no such law.

use super::complaints::{nearest, shown};
use super::scan::Call;
use super::{Complaint, count, nanoseconds, size};
use crate::units::NoLaw;

/// What the law is of.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Of {
    Time,
    Number,
    Size,
}

impl Of {
    pub fn value(self, text: &str) -> Result<f64, Complaint> {
        match self {
            Of::Time => nanoseconds(text),
            Of::Number => count(text),
            Of::Size => size(text),
        }
    }

    /// Examples in the unit of the law: mean, more, most.
    pub fn three(self) -> [&'static str; 3] {
        match self {
            Of::Time => ["18ms", "70ms", "1s"],
            Of::Number => ["200", "800", "100k"],
            Of::Size => ["2KB", "8KB", "1MB"],
        }
    }
}

/// A law's name, an example of it with the numbers of [`Of::three`], and its named arguments besides `max`.
pub(super) const LAWS: [(&str, &str, &[&str]); 12] = [
    ("exp", "exp(0)", &[]),
    ("uniform", "uniform(0..1)", &[]),
    ("normal", "normal(1, sd=0)", &["sd", "cv"]),
    ("erlang", "erlang(0, k=4)", &["k"]),
    ("gamma", "gamma(0, cv=2)", &["cv"]),
    ("lognormal", "lognormal(0, p99=1)", &["mean", "cv", "p50", "p90", "p95", "p99", "p999"]),
    ("pareto", "pareto(0, shape=1.2, max=2)", &["shape"]),
    ("bounded-pareto", "bounded-pareto(0..2, shape=1.5)", &["shape"]),
    ("geometric", "geometric(3)", &["mean"]),
    ("mix", "mix(95% exp(0), 5% exp(1))", &[]),
    ("empirical", "empirical(latency.csv)", &[]),
    ("quantiles", "quantiles(50%: 0, 99%: 1)", &[]),
];

/// Names that other tools have for these laws.
fn renamed(name: &str) -> Option<&'static str> {
    Some(match name {
        "exponential" | "expo" | "poisson" => "exp",
        "gaussian" | "norm" => "normal",
        "log-normal" | "lognorm" => "lognormal",
        "hyperexponential" | "hyperexp" | "mixture" => "mix",
        "bounded_pareto" | "truncated-pareto" => "bounded-pareto",
        "unif" => "uniform",
        _ => return None,
    })
}

/// An example in the units of this law.
pub(super) fn in_units(of: Of, example: &str) -> String {
    let three = of.three();
    let bare = ["k=4", "cv=2", "shape=1.2", "shape=1.5", "geometric(3)", "95%", "5%", "50%", "99%", "p99"];
    let mut out = String::new();
    let mut left = example;
    while let Some(letter) = left.chars().next() {
        let kept = bare.iter().find(|word| left.starts_with(**word));
        let taken = kept.map_or(letter.len_utf8(), |word| word.len());
        match letter {
            '0'..='2' if kept.is_none() => out += three[letter as usize - '0' as usize],
            _ => out += &left[..taken],
        }
        left = &left[taken..];
    }
    out
}

/// A law that there is not.
pub(super) fn unknown_law(call: &Call) -> Complaint {
    let says = format!("no law is called `{}`", shown(call.name));
    let names = LAWS.map(|(name, ..)| name);
    if ["constant", "deterministic", "det", "fixed", "always"].contains(&call.name) {
        let told = Complaint::new(says, "a value that is always the same stands alone: \"5ms\"");
        return match call.plain.as_slice() {
            [value] => told.fix(value),
            _ => told,
        };
    }
    match renamed(call.name).or_else(|| nearest(call.name, names)) {
        Some(meant) => {
            let right = call.text.replacen(call.name, meant, 1);
            let told = Complaint::new(says, format!("did you mean `{meant}`"));
            if call.name.is_empty() { told } else { told.fix(&right) }
        }
        None => Complaint::new(says, format!("there are {}", names.join(", "))),
    }
}

/// "p99" is 0.99, "p999" is 0.999: the digits behind the point.
pub(super) fn percentile(name: &str) -> Option<f64> {
    let digits = name.strip_prefix('p')?;
    let fine = (2..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let p = fine.then(|| format!("0.{digits}").parse::<f64>().ok())??;
    (p > 0.0).then_some(p)
}

/// Why there is no such lognormal, in words: `high` and `low` are the names of its arguments.
pub(super) fn told_of(no: NoLaw, text: &str, high: &str, low: Option<&str>) -> Complaint {
    match no {
        NoLaw::TooWide { ratio, most } => Complaint::new(
            format!("no lognormal has {high} {} times its mean (at most {most:.2})", (ratio * 100.0).round() / 100.0),
            match shown(text).split_once('(') {
                Some((name, rest)) if low.is_none() => format!("if the first is the median: \"{name}(p50={rest}\""),
                _ => "give the median: `p50=`".to_string(),
            },
        ),
        NoLaw::WrongSide if high == "p50" => Complaint::new(
            "no lognormal has its median at or above its mean",
            "the mean comes first, then the percentile",
        ),
        NoLaw::WrongSide => Complaint::new(
            format!("no lognormal has its {high} at or below its mean"),
            "the mean comes first, then the percentile",
        ),
        NoLaw::Falling => Complaint::new(
            format!("{high} lies below {} in \"{}\"", low.unwrap_or("the other"), shown(text)),
            "a higher percentile has a higher value",
        ),
        NoLaw::NotPositive => {
            Complaint::new("a lognormal has numbers above 0", "what is always 0 is written \"0s\"").label(shown(text))
        }
    }
}
