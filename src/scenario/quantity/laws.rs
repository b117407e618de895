//! Laws as people write them: "exp(12s)", "lognormal(18ms, p99=70ms)", "mix(95% exp(1ms), 5% exp(20ms))".
//!
//! The first argument is the mean. Every law takes `max=`.

use super::complaints::{Wants, shown};
use super::law_words::{LAWS, Of, in_units, percentile, told_of, unknown_law};
use super::numbers::ends;
use super::scan::{Call, call};
use super::{Complaint, count, factor, ratio, share};
use crate::units::Law;

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

/// Deeper than anybody thinks.
const DEEPEST: u32 = 8;

struct Reader<'a, 'f> {
    of: Of,
    files: &'a mut Files<'f>,
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
        let example = in_units(self.of, example);
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
            return Err(Complaint::new(says, format!("write it like \"{}\"", in_units(self.of, example))));
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
            return Err(Complaint::new(says, format!("write it like \"{}\"", in_units(self.of, "exp(0)"))));
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
            let (weight, law) = (&piece[..weight.len() + 1], law.trim());
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
        if let Some(grouped) = grouped(mean, call.plain.first()) {
            let right = text.replacen(&grouped, &grouped.replace(',', ""), 1);
            let told = Complaint::new(
                format!("digits are not grouped in \"{}\"", shown(text)),
                format!("write \"{}\"", shown(&right)),
            );
            return Err(if right == text { told } else { told.fix(&right) });
        }
        self.value(mean, text)
    }

    fn range(&self, call: &mut Call, example: &str) -> Result<(f64, f64), Complaint> {
        let text = call.text;
        let range = call.first("its range", example)?;
        if let ([high], false) = (call.plain.as_slice(), range.contains("..")) {
            let right = format!("{}({range}..{high})", call.name);
            let told = Complaint::new(format!("`{}` takes a range", call.name), format!("write \"{}\"", shown(&right)));
            // With further arguments the fix would lose them.
            return Err(if text.contains('=') { told } else { told.fix(&right) });
        }
        ends(range, |end| self.of.value(end), |low, high| low <= high).map_err(|told| told.within(text, range))
    }

    fn value(&self, piece: &str, whole: &str) -> Result<f64, Complaint> {
        self.of.value(piece).map_err(|told| told.within(whole, piece))
    }
}

/// "1,000ms" was taken for two arguments.
fn grouped(first: &str, next: Option<&&str>) -> Option<String> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let next = next?;
    (digits(first) == first.len() && digits(next) == 3).then(|| format!("{first},{next}"))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Result<Law, Complaint> {
        law_of_time(text, &mut no_files)
    }

    #[test]
    fn every_law_of_the_format_is_read() {
        let number = |text| law_of_number(text, &mut no_files);
        let cut = |law, max| Law::AtMost { law: Box::new(law), max };
        let exp = |mean| Law::Exponential { mean };
        assert_eq!(time("5ms"), Ok(Law::Constant(5e6)));
        assert_eq!(time("exp(12s)"), Ok(exp(12e9)));
        assert_eq!(time("uniform(2ms..8ms)"), Ok(Law::Uniform { low: 2e6, high: 8e6 }));
        assert_eq!(time("normal(10ms, sd=2ms)"), Ok(Law::Normal { mean: 10e6, sd: 2e6 }));
        assert_eq!(time("erlang(3s, k=4)"), Ok(Law::Erlang { mean: 3e9, k: 4 }));
        assert_eq!(time("gamma( 1s , cv = 2 )"), Ok(Law::Gamma { mean: 1e9, cv: 2.0 }));
        let pareto = Law::Pareto { mean: 200.0, shape: 1.2 };
        assert_eq!(number("pareto(200, shape=1.2, max=100M)"), Ok(cut(pareto, 1e8)));
        let bounded = Law::BoundedPareto { low: 1e9, high: 1e12, shape: 1.5 };
        assert_eq!(time("bounded-pareto(1s..1000s, shape=1.5)"), Ok(bounded));
        assert_eq!(number("geometric(3)"), Ok(Law::Geometric { mean: 3.0 }));
        assert_eq!(time("exp(1s, max=5s)"), Ok(cut(exp(1e9), 5e9)));
        let mix = Law::Mix(vec![(0.95, exp(1e6)), (0.05, exp(20e6))]);
        assert_eq!(time("mix(95% exp(1ms), 5% exp(20ms))"), Ok(mix));
        let quantiles = Law::Quantiles(vec![(0.5, 5e6), (0.99, 20e6)]);
        assert_eq!(time("quantiles(50%: 5ms, 99%: 20ms)"), Ok(quantiles.clone()));
        assert_eq!(time("quantiles(p99=20ms, p50=5ms)"), Ok(quantiles));
        assert_eq!(law_of_size("exp(2KB)", &mut no_files), Ok(exp(2048.0)));
    }

    #[test]
    fn a_lognormal_has_what_it_was_told() {
        let near = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
        let law = time("lognormal(18ms, p99=70ms)").expect("read");
        assert!(near(law.mean(), 18e6) && near(law.quantile(0.99), 70e6));
        let law = time("lognormal(p50=12ms, p99=70ms)").expect("read");
        assert!(near(law.quantile(0.5), 12e6) && near(law.quantile(0.99), 70e6));
        let law = time("lognormal(18ms, cv=1.2)").expect("read");
        assert!(near(law.mean(), 18e6) && near(law.scv(), 1.44));
        let law = time("lognormal(p50=12ms, cv=1.2)").expect("read");
        assert!(near(law.quantile(0.5), 12e6) && near(law.scv(), 1.44));
        let law = time("lognormal(mean=18ms, p50=12ms)").expect("read");
        assert!(near(law.mean(), 18e6) && near(law.quantile(0.5), 12e6));
        let law = time("lognormal(p90=12ms, p999=70ms, max=1s)").expect("read");
        assert!(near(law.quantile(0.9), 12e6) && near(law.quantile(0.999), 70e6) && law.max_value() == 1e9);
    }

    #[test]
    fn an_impossible_lognormal_says_how_far_one_reaches() {
        let told = time("lognormal(40s, p99=12m)").expect_err("impossible");
        assert_eq!(told.says, "no lognormal has p99 18 times its mean (at most 14.97)");
        assert_eq!(told.help, "if the first is the median: \"lognormal(p50=40s, p99=12m)\"");
        assert!(time("lognormal(40s, p99=30s)").expect_err("impossible").says.contains("at or below its mean"));
        assert!(time("lognormal(p50=40s, p99=30s)").expect_err("falls").says.contains("p99 lies below p50"));
    }

    #[test]
    fn measured_values_come_from_a_file() {
        let mut files = |name: &str| match name {
            "latency.csv" => Ok(vec![3.0, 1.0, 2.0]),
            "bad.csv" => Ok(vec![1.0, f64::NAN]),
            _ => Ok(vec![]),
        };
        assert_eq!(law_of_time("empirical(latency.csv)", &mut files), Ok(Law::Empirical(vec![1.0, 2.0, 3.0])));
        assert!(law_of_time("empirical(bad.csv)", &mut files).expect_err("NaN").says.contains("bad.csv"));
        assert!(law_of_time("empirical(empty.csv)", &mut files).expect_err("empty").says.contains("no values"));
        assert!(time("empirical(latency.csv)").is_err());
    }

    #[test]
    fn laws_written_otherwise_are_corrected() {
        let fixes = [
            ("exponential(5ms)", "exp(5ms)"),
            ("lognorml(5ms, cv=1)", "lognormal(5ms, cv=1)"),
            ("uniform(2ms, 8ms)", "uniform(2ms..8ms)"),
            ("uniform(2..8ms)", "uniform(2ms..8ms)"),
            ("constant(5ms)", "5ms"),
            ("exp(12 seconds)", "exp(12 s)"),
            ("exp(12s", "exp(12s)"),
            ("exp(1,000ms)", "exp(1000ms)"),
            ("gamma(1,000ms, cv=2)", "gamma(1000ms, cv=2)"),
            ("gamma(1s, ccv=2)", "gamma(1s, cv=2)"),
            ("pareto(2s, shap=1.2)", "pareto(2s, shape=1.2)"),
            ("mix(95% exp(1sec), 5% 2s)", "mix(95% exp(1s), 5% 2s)"),
        ];
        for (wrong, right) in fixes {
            assert_eq!(time(wrong).expect_err(wrong).fix, Some(format!("\"{right}\"")), "{wrong}");
        }
    }

    #[test]
    fn what_is_missing_is_named_with_an_example() {
        let told = |text| time(text).expect_err(text);
        assert_eq!(told("gamma(1s)").says, "`gamma` needs `cv=`");
        assert_eq!(told("gamma(1s)").help, "write it like \"gamma(18ms, cv=2)\"");
        assert_eq!(told("exp").help, "write it like \"exp(18ms)\"");
        assert_eq!(told("exp(1s, k=3)").says, "`exp` knows no `k=`");
        assert_eq!(told("exp(1s, 2s)").says, "`exp` has no place for \"2s\"");
        assert_eq!(told("gamma(1s, cv=2, cv=3)").says, "`cv=` stands twice in `gamma`");
        assert_eq!(told("mix(50% 1s, 60% 2s)").says, "the shares of \"mix(50% 1s, 60% 2s)\" add up to 110%");
        assert_eq!(told("pareto(1s, shape=1)").says, "a pareto with shape 1 has no mean");
        assert!(told("exp(40)").says.contains("a duration needs a unit"));
    }

    #[test]
    fn a_law_without_sense_is_refused() {
        let wrong = [
            "",
            "exp()",
            "exp(,)",
            "exp(1s,)",
            "exp(-1s)",
            "exp(NaN)",
            "uniform(5s..2s)",
            "uniform(5s)",
            "normal(1s)",
            "erlang(1s, k=0)",
            "erlang(1s, k=1.5)",
            "erlang(1s, k=5bn)",
            "gamma(1s, cv=2M)",
            "lognormal()",
            "lognormal(0s, p99=1s)",
            "lognormal(1s)",
            "lognormal(1s, p50=1s, p99=2s)",
            "geometric(3)",
            "mix()",
            "mix(exp(1s))",
            "mix(50% 1s)",
            "quantiles()",
            "quantiles(50%: 5s, 99%: 1s)",
            "quantiles(50%: 5s, 50%: 6s)",
            "bounded-pareto(0s..1s, shape=1)",
            "bounded-pareto(1s..2s, shape=0)",
            "pareto(0s, shape=2)",
            "uniform(2s..3s, max=1s)",
            "exp(1s))",
            "exp(1s) x",
            "(1s)",
            "dance(1s)",
            "latency",
        ];
        for wrong in wrong {
            assert!(time(wrong).is_err(), "{wrong}");
        }
        let deep = format!("{}1s{}", "mix(100% ".repeat(5_000), ")".repeat(5_000));
        assert!(time(&deep).expect_err("deep").says.contains("too deep"));
    }
}
