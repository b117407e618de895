//! The one door to quantities: a node of the tree becomes a value, or a complaint at its place.

use super::reader::Reader;
use super::tables::{Kind as Kinds, Quantity};
use super::words::{example, fits};
use crate::scenario::ast::{Arrivals, Backoff, Profile};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::quantity::{self, Bound, Complaint, Condition, Pick, Rate, Unit, Wants};
use crate::scenario::tree::{At, Kind, Node, Placed, Table};
use crate::units::{Law, Span};

pub(crate) use quantity::{count, duration, range_of_durations as time_range};

/// The unit of a law, for the files that it reads.
#[derive(Clone, Copy)]
enum Of {
    Time,
    Number,
    Size,
}

impl Reader<'_> {
    /// Tells a complaint at a place.
    pub(crate) fn complain(&mut self, complaint: Complaint, at: At) {
        self.say(complaint.at(at));
    }

    /// A value with a unit where a bare number stands.
    pub(crate) fn needs_unit(&mut self, key: &str, node: &Node) {
        if let Some(number) = node.number() {
            let short = key.rsplit('.').next().unwrap_or(key);
            self.complain(quantity::bare_number(short, Wants::Duration, number), node.at);
        }
    }

    /// Reads a text as a quantity. What has another shape has been told already.
    pub(crate) fn of_quantity<T>(
        &mut self,
        key: &str,
        node: &Node,
        kind: Quantity,
        read: impl FnOnce(&str) -> Result<T, Complaint>,
    ) -> Option<T> {
        let result = read(&self.text_of(key, node, kind)?);
        result.map_err(|complaint| self.complain(complaint, node.at)).ok()
    }

    /// The text of a node, or of its number where a bare number is a value.
    fn text_of(&mut self, key: &str, node: &Node, kind: Quantity) -> Option<String> {
        if !fits(&Kinds::Quantity(kind), node) {
            return None;
        }
        if let Some(text) = node.text() {
            return Some(text.to_string());
        }
        let number = node.number()?;
        match wants(kind) {
            None => Some(format!("{number}")),
            Some(wants) => {
                let short = key.rsplit('.').next().unwrap_or(key);
                self.complain(quantity::bare_number(short, wants, number), node.at);
                None
            }
        }
    }

    /// A law; the files that it names are read.
    fn law(&mut self, key: &str, node: &Node, kind: Quantity, of: Of) -> Option<Law> {
        let text = self.text_of(key, node, kind)?;
        let mut files = |path: &str| self.numbers(path, of);
        let result = match of {
            Of::Time => quantity::law_of_time(&text, &mut files),
            Of::Number => quantity::law_of_number(&text, &mut files),
            Of::Size => quantity::law_of_size(&text, &mut files),
        };
        result.map_err(|complaint| self.complain(complaint, node.at)).ok()
    }

    fn numbers(&mut self, path: &str, of: Of) -> Result<Vec<f64>, Complaint> {
        match of {
            Of::Time => self.column(path, None, &quantity::nanoseconds),
            Of::Number => self.column(path, None, &quantity::count),
            Of::Size => self.column(path, None, &quantity::size),
        }
    }

    /// A law of time, in nanoseconds.
    pub(crate) fn law_of_time(&mut self, key: &str, node: &Node) -> Option<Law> {
        self.law(key, node, Quantity::LawOfTime, Of::Time)
    }

    /// A law of pure numbers.
    pub(crate) fn law_of_number(&mut self, key: &str, node: &Node) -> Option<Law> {
        self.law(key, node, Quantity::LawOfNumber, Of::Number)
    }

    /// A law of sizes, in bytes.
    pub(crate) fn law_of_size(&mut self, key: &str, node: &Node) -> Option<Law> {
        self.law(key, node, Quantity::LawOfSize, Of::Size)
    }

    /// A law of time with its place.
    pub(crate) fn placed_law(&mut self, key: &str, node: &Node) -> Option<Placed<Law>> {
        self.law_of_time(key, node).map(|law| Placed::new(law, node.at))
    }

    /// A law of numbers with its place.
    pub(crate) fn placed_law_of_number(&mut self, key: &str, node: &Node) -> Option<Placed<Law>> {
        self.law_of_number(key, node).map(|law| Placed::new(law, node.at))
    }

    /// A duration.
    pub(crate) fn span(&mut self, key: &str, node: &Node) -> Option<Span> {
        self.of_quantity(key, node, Quantity::Duration, quantity::duration)
    }

    /// A duration behind a key, with its place.
    pub(crate) fn placed_span(&mut self, table: &Table, key: &str) -> Option<Placed<Span>> {
        let node = table.get(key)?;
        self.span(key, node).map(|span| Placed::new(span, node.at))
    }

    /// A count.
    pub(crate) fn count(&mut self, key: &str, node: &Node) -> Option<f64> {
        self.of_quantity(key, node, Quantity::Count, quantity::count)
    }

    /// A ratio, or a weight.
    pub(crate) fn ratio(&mut self, key: &str, node: &Node) -> Option<f64> {
        self.of_quantity(key, node, Quantity::Ratio, quantity::ratio)
    }

    /// A ratio of at most all.
    pub(crate) fn share(&mut self, key: &str, node: &Node) -> Option<f64> {
        self.of_quantity(key, node, Quantity::Ratio, quantity::share)
    }

    /// A rate.
    pub(crate) fn rate(&mut self, key: &str, node: &Node) -> Option<Rate> {
        self.of_quantity(key, node, Quantity::Rate, quantity::rate)
    }

    /// How keys are picked.
    pub(crate) fn pick(&mut self, key: &str, node: &Node) -> Option<Pick> {
        self.of_quantity(key, node, Quantity::Pick, quantity::pick)
    }

    /// A backoff.
    pub(crate) fn backoff(&mut self, key: &str, node: &Node) -> Option<Backoff> {
        self.of_quantity(key, node, Quantity::Backoff, quantity::backoff)
    }

    /// How arrivals come.
    pub(crate) fn arrivals(&mut self, key: &str, node: &Node) -> Option<Arrivals> {
        let text = self.text_of(key, node, Quantity::Arrivals)?;
        let result = quantity::arrivals(&text, &mut |path| self.numbers(path, Of::Time));
        result.map_err(|complaint| self.complain(complaint, node.at)).ok()
    }

    /// A range of time.
    pub(crate) fn time_range(&mut self, key: &str, node: &Node) -> Option<(Span, Span)> {
        self.of_quantity(key, node, Quantity::TimeRange, quantity::range_of_durations)
    }

    /// A named number: a count or a share.
    pub(crate) fn value(&mut self, key: &str, node: &Node) -> Option<f64> {
        self.of_quantity(key, node, Quantity::Count, |text| match text.trim().ends_with('%') {
            true => quantity::ratio(text),
            false => quantity::count(text),
        })
    }

    /// A number with any unit, in seconds, ones, per second, bytes or dollars.
    pub(crate) fn base_number(&mut self, key: &str, node: &Node) -> Option<f64> {
        match node.number() {
            Some(number) => Some(number),
            None => self.of_quantity(key, node, Quantity::Known, |text| quantity::any(text).map(|(value, _)| value)),
        }
    }

    /// A condition; a bare number, true or false means equal.
    pub(crate) fn condition(&mut self, key: &str, node: &Node) -> Option<Condition> {
        match &node.kind {
            Kind::Bool(flag) => Some(Condition::is(*flag)),
            Kind::Whole(_) | Kind::Float(_) => node.number().map(Condition::equals),
            Kind::Text(_) => self.of_quantity(key, node, Quantity::Condition, |text| match quantity::any(text) {
                // In an objective a value stands alone: "99.9%".
                Ok((value, unit)) if unit != Unit::Truth => Ok(Condition {
                    bound: Bound::Equal(value),
                    unit,
                    text: text.trim().to_string(),
                    ..Condition::equals(value)
                }),
                _ => quantity::condition(text),
            }),
            _ => None,
        }
    }

    /// A rate that may change.
    pub(crate) fn rate_profile(&mut self, key: &str, node: &Node) -> Option<Profile> {
        let value = |text: &str| match quantity::profile_of_rate(text)? {
            Profile::Constant(rate) => Ok(rate),
            _ => Err(Complaint::new(
                format!("\"{text}\" is no single rate"),
                "a point has a time and a rate: [\"10m\", \"80/s\"]",
            )),
        };
        self.profile(key, node, Quantity::RateProfile, &quantity::profile_of_rate, &value)
    }

    /// A count that may change.
    pub(crate) fn count_profile(&mut self, key: &str, node: &Node) -> Option<Profile> {
        self.profile(key, node, Quantity::CountProfile, &quantity::profile_of_count, &quantity::count)
    }

    fn profile(
        &mut self,
        key: &str,
        node: &Node,
        kind: Quantity,
        whole: &dyn Fn(&str) -> Result<Profile, Complaint>,
        value: &dyn Fn(&str) -> Result<f64, Complaint>,
    ) -> Option<Profile> {
        match &node.kind {
            Kind::List(points) => self.points(key, points, node.at, kind, value),
            Kind::Table(table) => self.profile_file(key, table, node.at, kind, value),
            _ => self.of_quantity(key, node, kind, whole),
        }
    }

    /// `[["0m", "10k"], ["20m", "120k"]]`.
    fn points(
        &mut self,
        key: &str,
        points: &[Node],
        at: At,
        kind: Quantity,
        value: &dyn Fn(&str) -> Result<f64, Complaint>,
    ) -> Option<Profile> {
        let mut lines: Vec<(Span, f64)> = Vec::with_capacity(points.len());
        for node in points {
            let Some([time, number]) = node.list() else {
                let says = format!("a point of `{key}` cannot be {}", node.what());
                self.say(Diagnostic::error(node.at, says).help(format!("it is {}", example(kind))));
                return None;
            };
            let (time_at, time) = (time.at, self.span(key, time)?);
            let number = self.of_quantity(key, number, kind, value)?;
            if lines.last().is_some_and(|(before, _)| *before > time) {
                let says = "this point is earlier than the one before it";
                self.say(
                    Diagnostic::error(time_at, says)
                        .help("points stand in the order of time; two at one time are a jump"),
                );
                return None;
            }
            lines.push((time, number));
        }
        if lines.is_empty() {
            self.say(Diagnostic::error(at, format!("`{key}` has no points")).help(format!("it is {}", example(kind))));
            return None;
        }
        Some(Profile::Lines(lines))
    }

    /// `{ file = "rps.csv", column = "rps" }`: a file with the columns `time` and `rps`.
    fn profile_file(
        &mut self,
        key: &str,
        table: &Table,
        at: At,
        kind: Quantity,
        value: &dyn Fn(&str) -> Result<f64, Complaint>,
    ) -> Option<Profile> {
        let text = |key: &str| table.get(key).and_then(Node::text);
        let (Some(file), Some(column)) = (text("file"), text("column")) else {
            let says = format!("`{key}` as a table names a file and a column");
            self.say(Diagnostic::error(at, says).help("{ file = \"rps.csv\", column = \"rps\" }"));
            return None;
        };
        let bare = |text: &str| match text.parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 && kind == Quantity::RateProfile => Ok(number),
            _ => value(text),
        };
        let lines = self.column(file, Some("time"), &quantity::duration);
        let values = lines.and_then(|times| Ok((times, self.column(file, Some(column), &bare)?)));
        match values {
            Ok((times, values)) if times.windows(2).all(|pair| pair[0] <= pair[1]) => {
                Some(Profile::Lines(times.into_iter().zip(values).collect()))
            }
            Ok(_) => {
                let says = format!("the times of {file} are not in order");
                self.say(Diagnostic::error(at, says).help("its lines stand in the order of time"));
                None
            }
            Err(complaint) => {
                self.complain(complaint, at);
                None
            }
        }
    }
}

/// What a place wants where a bare number is no value; none: a bare number is one.
fn wants(kind: Quantity) -> Option<Wants> {
    match kind {
        Quantity::Duration | Quantity::Moment | Quantity::TimeRange | Quantity::Hedge => Some(Wants::Duration),
        Quantity::LawOfTime | Quantity::Backoff => Some(Wants::Law),
        Quantity::Rate | Quantity::RateProfile => Some(Wants::Rate),
        Quantity::LawOfSize => Some(Wants::Size),
        Quantity::Count
        | Quantity::Ratio
        | Quantity::LawOfNumber
        | Quantity::CountProfile
        | Quantity::Pick
        | Quantity::Arrivals
        | Quantity::Condition
        | Quantity::Sample
        | Quantity::Known => None,
    }
}
