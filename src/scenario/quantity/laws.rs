//! Laws as people write them: "exp(12s)", "lognormal(18ms, p99=70ms)", "mix(95% exp(1ms), 5% exp(20ms))".
//!
//! The first argument is the mean. Every law takes `max=`.

use super::complaints::{Wants, nearest, shown};
use super::numbers::ends;
use super::scan::{Call, call, split};
use super::{Complaint, count, factor, nanoseconds, ratio, share, size};
use crate::units::{Law, NoLaw};

/// Reads the numbers of a file, in the unit of the law: how `empirical(latency.csv)` gets its values.
pub type Files<'a> = dyn FnMut(&str) -> Result<Vec<f64>, Complaint> + 'a;

/// Files for a place that has none.
pub fn no_files(_: &str) -> Result<Vec<f64>, Complaint> {
    Err(Complaint::new("no file can be read here", "use a law with numbers"))
}

/// A law of times, in nanoseconds.
pub fn law_of_time(text: &str, files: &mut Files) -> Result<Law, Complaint> {
    Reader { of: Of::Time, files }.law(text, 0)
}

/// A law of pure numbers.
pub fn law_of_number(text: &str, files: &mut Files) -> Result<Law, Complaint> {
    Reader { of: Of::Number, files }.law(text, 0)
}

/// A law of sizes, in bytes.
pub fn law_of_size(text: &str, files: &mut Files) -> Result<Law, Complaint> {
    Reader { of: Of::Size, files }.law(text, 0)
}

/// What the law is of.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    Time,
    Number,
    Size,
}

impl Of {
    fn value(self, text: &str) -> Result<f64, Complaint> {
        match self {
            Of::Time => nanoseconds(text),
            Of::Number => count(text),
            Of::Size => size(text),
        }
    }

    /// Examples in the unit of the law: mean, more, most.
    fn three(self) -> [&'static str; 3] {
        match self {
            Of::Time => ["18ms", "70ms", "1s"],
            Of::Number => ["200", "800", "100k"],
            Of::Size => ["2KB", "8KB", "1MB"],
        }
    }
}

/// Deeper than anybody thinks.
const DEEPEST: u32 = 8;

struct Reader<'a, 'f> {
    of: Of,
    files: &'a mut Files<'f>,
}

/// A law's name, an example of it with the numbers of [`Of::three`], and its named arguments besides `max`.
const LAWS: [(&str, &str, &[&str]); 12] = [
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

impl Reader<'_, '_> {
    fn law(&mut self, text: &str, depth: u32) -> Result<Law, Complaint> {
        let text = text.trim();
        let Some(mut call) = call(text)? else { return self.plain(text) };
        if depth > DEEPEST {
            return Err(Complaint::new("laws stand in laws too deep here", "write the inner ones as one `mix`"));
        }
        let Some((_, example, known)) = LAWS.iter().find(|(name, ..)| *name == call.name) else {
            return Err(unknown_law(&call));
        };
        let example = self.in_units(example);
        let max = call.take("max");
        let law = self.by_name(&mut call, &example, depth)?;
        let known: Vec<&str> = known.iter().copied().chain(["max"]).collect();
        call.finish(&known)?;
        match max {
            None => Ok(law),
            Some(most) => {
                let max = self.value(most, text)?;
                if max >= law.min_value() {
                    return Ok(Law::AtMost { law: Box::new(law), max });
                }
                let says = format!("`max={}` lies below every value of \"{}\"", shown(most), shown(text));
                Err(Complaint::new(says, "a greatest value is above the least one"))
            }
        }
    }

    /// Always the same, or the name of a law without its brackets.
    fn plain(&self, text: &str) -> Result<Law, Complaint> {
        if let Some((name, example, _)) = LAWS.iter().find(|(name, ..)| *name == text) {
            let says = format!("the law `{name}` needs its numbers");
            return Err(Complaint::new(says, format!("write it like \"{}\"", self.in_units(example))));
        }
        if text.is_empty() || text.starts_with(char::is_alphabetic) {
            return Err(Wants::Law.not(text));
        }
        self.of.value(text).map(Law::Constant)
    }

    fn by_name(&mut self, call: &mut Call, example: &str, depth: u32) -> Result<Law, Complaint> {
        match call.name {
            "uniform" => self.range(call, example).map(|(low, high)| Law::Uniform { low, high }),
            "lognormal" => self.lognormal(call, example),
            "pareto" => self.pareto(call, example),
            "bounded-pareto" => self.bounded_pareto(call, example),
            "geometric" => self.geometric(call, example),
            "mix" => self.mix(call, example, depth),
            "empirical" => self.empirical(call, example),
            "quantiles" => self.quantiles(call, example),
            _ => self.by_mean(call, example),
        }
    }

    /// exp, normal, erlang, gamma: a mean and at most one number more.
    fn by_mean(&mut self, call: &mut Call, example: &str) -> Result<Law, Complaint> {
        let mean = self.mean(call, example)?;
        match call.name {
            "exp" => Ok(Law::Exponential { mean }),
            "normal" => {
                if let Some(cv) = call.take("cv") {
                    return Ok(Law::Normal { mean, sd: mean * number_of("cv", cv, call)? });
                }
                let sd = call.need("sd", example)?;
                Ok(Law::Normal { mean, sd: self.value(sd, call.text)? })
            }
            "erlang" => {
                let k = call.need("k", example)?;
                let stages = count(k).map_err(|told| told.within(call.text, k))?;
                if stages >= 1.0 && stages <= f64::from(u32::MAX) && stages.fract() == 0.0 {
                    return Ok(Law::Erlang { mean, k: stages as u32 });
                }
                Err(Complaint::new(format!("`k={}` is no number of stages", shown(k)), "k is 1, 2, 3, ..."))
            }
            _ => {
                let cv = call.need("cv", example)?;
                let spread = number_of("cv", cv, call)?;
                // Beyond that nearly every draw is 0 and the squared spread leaves what a double holds.
                if spread <= 1e6 {
                    return Ok(Law::Gamma { mean, cv: spread });
                }
                Err(Complaint::new(format!("`cv={}` is too wide for a gamma law", shown(cv)), "at most 1M"))
            }
        }
    }

    fn lognormal(&mut self, call: &mut Call, example: &str) -> Result<Law, Complaint> {
        let text = call.text;
        let mean = match call.take("mean") {
            Some(mean) => Some(mean),
            None if call.plain.is_empty() => None,
            None => Some(call.first("its mean", example)?),
        };
        let mean = mean.map(|mean| self.value(mean, text)).transpose()?;
        let cv = call.take("cv").map(|cv| number_of("cv", cv, call)).transpose()?;
        let mut points = Vec::new();
        for (name, value) in call.take_where(|name| percentile(name).is_some()) {
            points.push((name, percentile(name).unwrap_or(0.5), self.value(value, text)?));
        }
        points.sort_by(|a, b| a.1.total_cmp(&b.1));
        match (mean, cv, points.as_slice()) {
            (Some(mean), Some(cv), []) => {
                Law::lognormal_of_mean_and_cv(mean, cv).map_err(|no| told_of(no, text, "cv", None))
            }
            (Some(mean), None, [(name, p, value)]) => {
                Law::lognormal_of_mean_and_quantile(mean, *p, *value).map_err(|no| told_of(no, text, name, None))
            }
            (None, None, [(low, p0, x0), (high, p1, x1)]) => {
                Law::lognormal_of_quantiles((*p0, *x0), (*p1, *x1)).map_err(|no| told_of(no, text, high, Some(low)))
            }
            (None, Some(cv), [("p50", _, median)]) => {
                // The mean of a lognormal is its median times the root of 1 + cv^2.
                let mean = median * (1.0 + cv * cv).sqrt();
                Law::lognormal_of_mean_and_cv(mean, cv).map_err(|no| told_of(no, text, "cv", None))
            }
            _ => Err(Complaint::new(
                "a lognormal is told by two numbers",
                format!(
                    "write it like \"{example}\", \"lognormal(p50={0}, p99={1})\" or \"lognormal({0}, cv=1.2)\"",
                    self.of.three()[0],
                    self.of.three()[1]
                ),
            )),
        }
    }

    fn pareto(&mut self, call: &mut Call, example: &str) -> Result<Law, Complaint> {
        let mean = self.mean(call, example)?;
        let written = call.need("shape", example)?;
        let shape = number_of("shape", written, call)?;
        if mean > 0.0 && shape > 1.0 {
            return Ok(Law::Pareto { mean, shape });
        }
        if mean > 0.0 {
            let says = format!("a pareto with shape {} has no mean", shown(written));
            return Err(Complaint::new(says, "a shape above 1, or `bounded-pareto` with its least and greatest value"));
        }
        Err(Complaint::new("a pareto has a mean above 0", format!("write it like \"{example}\"")))
    }

    fn bounded_pareto(&mut self, call: &mut Call, example: &str) -> Result<Law, Complaint> {
        let (low, high) = self.range(call, example)?;
        let written = call.need("shape", example)?;
        let shape = number_of("shape", written, call)?;
        if low <= 0.0 {
            return Err(Complaint::new("a bounded pareto begins above 0", format!("write it like \"{example}\"")));
        }
        // Far beyond any measured tail; it keeps the powers inside what a double holds.
        if shape > 0.0 && shape <= 100.0 {
            return Ok(Law::BoundedPareto { low, high, shape });
        }
        Err(Complaint::new(format!("`shape={}` is no shape", shown(written)), "a shape is above 0 and at most 100"))
    }

    fn geometric(&mut self, call: &mut Call, example: &str) -> Result<Law, Complaint> {
        if self.of != Of::Number {
            let says = "a geometric law counts things: 1, 2, 3, ...";
            return Err(Complaint::new(says, format!("write it like \"{}\"", self.in_units("exp(0)"))));
        }
        let mean = self.mean(call, example)?;
        if mean >= 1.0 {
            return Ok(Law::Geometric { mean });
        }
        Err(Complaint::new(
            "a geometric law begins at 1, so its mean is 1 or more",
            format!("write it like \"{example}\""),
        ))
    }

    fn mix(&mut self, call: &mut Call, example: &str, depth: u32) -> Result<Law, Complaint> {
        let text = call.text;
        let mut parts = Vec::new();
        for piece in std::mem::take(&mut call.plain) {
            let Some((weight, law)) = piece.split_once('%') else {
                let says = format!("\"{}\" does not say its share", shown(piece));
                return Err(Complaint::new(says, format!("write it like \"{example}\"")));
            };
            let weight = &piece[..weight.len() + 1];
            let weight = share(weight).map_err(|told| told.within(text, weight))?;
            parts.push((weight, self.law(law, depth + 1).map_err(|told| told.within(text, law))?));
        }
        if parts.is_empty() {
            return Err(Complaint::new("nothing is mixed", format!("write it like \"{example}\"")));
        }
        let sum: f64 = parts.iter().map(|(weight, _)| weight).sum();
        if (sum - 1.0).abs() > 1e-9 {
            let says = format!("the shares of \"{}\" add up to {}%", shown(text), (sum * 1e8).round() / 1e6);
            return Err(Complaint::new(says, "they add up to 100%"));
        }
        parts.iter_mut().for_each(|(weight, _)| *weight /= sum);
        Ok(Law::Mix(parts))
    }

    fn empirical(&mut self, call: &mut Call, example: &str) -> Result<Law, Complaint> {
        let file = call.first("a file", example)?;
        let mut values = (self.files)(file)?;
        if values.is_empty() {
            return Err(Complaint::new(format!("`{}` holds no values", shown(file)), "one value a line"));
        }
        if let Some(wrong) = values.iter().find(|x| !(x.is_finite() && **x >= 0.0)) {
            let says = format!("`{}` holds {wrong}", shown(file));
            return Err(Complaint::new(says, "every value is a number of 0 or more"));
        }
        values.sort_by(f64::total_cmp);
        Ok(Law::Empirical(values))
    }

    /// `50%: 5ms, 99%: 20ms`, or `p50=5ms, p99=20ms`.
    fn quantiles(&mut self, call: &mut Call, example: &str) -> Result<Law, Complaint> {
        let text = call.text;
        let mut points = Vec::new();
        for piece in std::mem::take(&mut call.plain) {
            let Some((p, value)) = piece.split_once(':') else {
                let says = format!("\"{}\" is no quantile", shown(piece));
                return Err(Complaint::new(says, format!("write it like \"{example}\"")));
            };
            points.push((share(p).map_err(|told| told.within(text, p))?, self.value(value.trim(), text)?));
        }
        for (name, value) in call.take_where(|name| percentile(name).is_some()) {
            points.push((percentile(name).unwrap_or(0.5), self.value(value, text)?));
        }
        if points.is_empty() {
            return Err(Complaint::new("no quantile is given", format!("write it like \"{example}\"")));
        }
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        for pair in points.windows(2) {
            if pair[0].0 == pair[1].0 {
                return Err(Complaint::new(
                    format!("the quantile {}% stands twice", pair[0].0 * 100.0),
                    "keep one of the two",
                ));
            }
            if pair[0].1 > pair[1].1 {
                let says = format!("the quantiles of \"{}\" fall", shown(text));
                return Err(Complaint::new(says, "a higher share has a higher value"));
            }
        }
        Ok(Law::Quantiles(points))
    }

    fn mean(&self, call: &mut Call, example: &str) -> Result<f64, Complaint> {
        let text = call.text;
        let mean = match call.take("mean") {
            Some(mean) => mean,
            None => call.first("its mean", example)?,
        };
        self.value(mean, text)
    }

    fn range(&self, call: &mut Call, example: &str) -> Result<(f64, f64), Complaint> {
        let text = call.text;
        let range = call.first("its range", example)?;
        if let ([high], false) = (call.plain.as_slice(), range.contains("..")) {
            let right = format!("{}({range}..{high})", call.name);
            let told = Complaint::new(format!("`{}` takes a range", call.name), format!("write \"{}\"", shown(&right)));
            // With further arguments the fix would lose them.
            return Err(if split(text).len() == 2 { told.fix(&right) } else { told });
        }
        ends(range, |end| self.of.value(end), |low, high| low <= high).map_err(|told| told.within(text, range))
    }

    fn value(&self, piece: &str, whole: &str) -> Result<f64, Complaint> {
        self.of.value(piece).map_err(|told| told.within(whole, piece))
    }

    /// An example in the units of this law.
    fn in_units(&self, example: &str) -> String {
        let three = self.of.three();
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
}

fn unknown_law(call: &Call) -> Complaint {
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
fn percentile(name: &str) -> Option<f64> {
    let digits = name.strip_prefix('p')?;
    let fine = (2..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let p = fine.then(|| format!("0.{digits}").parse::<f64>().ok())??;
    (p > 0.0).then_some(p)
}

/// A pure number among the arguments.
fn number_of(key: &str, text: &str, call: &Call) -> Result<f64, Complaint> {
    match count(text).or_else(|told| if text.contains('%') { ratio(text) } else { Err(told) }) {
        Ok(number) => Ok(number),
        Err(_) if factor(text).is_ok() => {
            Err(Complaint::new(format!("`{key}=` is a number, not a factor"), "leave the x away"))
        }
        Err(told) => Err(told.within(call.text, text)),
    }
}

/// Why there is no such lognormal, in words: `high` and `low` are the names of its arguments.
fn told_of(no: NoLaw, text: &str, high: &str, low: Option<&str>) -> Complaint {
    match no {
        NoLaw::TooWide { ratio, most } => Complaint::new(
            format!("no lognormal has {high} {} times its mean (at most {most:.2})", (ratio * 100.0).round() / 100.0),
            "give the median: `p50=`",
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
