//! Alarms: a path and a condition become a number of each period and a bound.

use super::Compiler;
use crate::components::blueprint::Comparison;
use crate::components::incidents::{AlarmSpec, Missing, Statistic, Watched};
use crate::engine::program::NONE;
use crate::scenario::ast::Alarm;
use crate::scenario::quantity::{self, Bound};
use crate::units::Span;

/// What an alarm may look at, of a part and of a flow.
const OF_PARTS: [&str; 9] =
    ["up", "busy", "present", "backlog", "connections", "rate", "errors", "refused", "throttled"];
const OF_FLOWS: [&str; 9] = ["rate", "errors", "throttled", "success", "mean", "p50", "p90", "p95", "p99"];

impl<'a> Compiler<'a> {
    /// All alarms; what they start is bound here too.
    pub(super) fn alarms(&mut self) {
        let ast = self.ast;
        self.runbooks();
        self.goals();
        for (name, alarm) in &ast.alarms {
            if let Some(spec) = self.alarm(name, alarm) {
                self.out.incidents.alarms.push(spec);
            }
        }
    }

    fn alarm(&mut self, name: &str, alarm: &Alarm) -> Option<AlarmSpec> {
        let text = alarm.when.value.trim();
        let (path, condition) = text.split_once(char::is_whitespace)?;
        let condition = quantity::condition(condition).ok()?;
        let (compare, than) = match condition.bound {
            Bound::Below(than) => (Comparison::Less, than),
            Bound::AtMost(than) => (Comparison::AtMost, than),
            Bound::Above(than) => (Comparison::More, than),
            Bound::AtLeast(than) => (Comparison::AtLeast, than),
            Bound::Equal(than) => (Comparison::Equal, than),
            _ => {
                self.error(alarm.when.at, "an alarm compares with one number", "\"db.up < 1\", \"ask.p99 > 2s\"");
                return None;
            }
        };
        let (watched, part, stat) = self.watched(path, alarm)?;
        let statistic = self.statistic(alarm, watched, stat)?;
        if alarm.average == Span::ZERO {
            self.error(alarm.at, "a period has a length", "`average = \"60s\"`");
            return None;
        }
        let of = alarm.of.unwrap_or(alarm.periods);
        if of > 64 {
            self.error(alarm.at, "an alarm remembers at most 64 periods", "make the periods longer: `average`");
        }
        let then = alarm.then.as_ref().and_then(|then| {
            self.out.incidents.runbooks.iter().position(|runbook| runbook.name == then.value).map(|index| index as u32)
        });
        Some(AlarmSpec {
            name: name.to_owned(),
            rank: self.names.rank(name),
            watched,
            part,
            statistic,
            compare,
            than,
            period: alarm.average,
            periods: alarm.periods,
            of,
            missing: match alarm.missing.as_str() {
                "ok" => Missing::Fine,
                "breaching" => Missing::Breaching,
                _ => Missing::Ignore,
            },
            then,
        })
    }

    /// What a path means; the part that it belongs to, and the statistic that it names itself.
    fn watched(&mut self, path: &str, alarm: &Alarm) -> Option<(Watched, u32, Option<Statistic>)> {
        let (name, rest) = path.split_once('.').unwrap_or((path, ""));
        let rest = rest.strip_suffix(".mean").unwrap_or(rest);
        if let Some(part) = self.parts.get(name).map(|part| part.index) {
            let watched = match rest {
                "up" => Watched::Up(self.up(name)),
                "busy" => Watched::Busy(part),
                "present" => Watched::Present(part),
                "backlog" | "queue" => Watched::Waiting(part),
                "connections" => match self.parts.values().any(|other| other.pools.contains_key(name)) {
                    true => Watched::Connections(part),
                    false => Watched::Present(part),
                },
                "rate" => Watched::Came(part),
                "errors" => Watched::Broken(part),
                "refused" => Watched::Refused(part),
                "throttled" => Watched::Throttled(part),
                _ => return self.unseen(path, alarm, &OF_PARTS),
            };
            return Some((watched, part, None));
        }
        let flow = self.ast.flows.keys().position(|flow| flow == name)? as u32;
        let quantile = |p| Some(Statistic::Quantile(p));
        let (watched, statistic) = match rest {
            "rate" => (Watched::Ended(flow), None),
            "errors" => (Watched::Errors(flow), None),
            "throttled" => (Watched::Limited(flow), None),
            "success" => (Watched::Success(flow), None),
            "" | "mean" => (Watched::Latency(flow), Some(Statistic::Mean)),
            "max" => (Watched::Latency(flow), Some(Statistic::Greatest)),
            "p50" => (Watched::Latency(flow), quantile(0.5)),
            "p90" => (Watched::Latency(flow), quantile(0.9)),
            "p95" => (Watched::Latency(flow), quantile(0.95)),
            "p99" => (Watched::Latency(flow), quantile(0.99)),
            _ => return self.unseen(path, alarm, &OF_FLOWS),
        };
        Some((watched, NONE, statistic))
    }

    fn unseen<T>(&mut self, path: &str, alarm: &Alarm, known: &[&str]) -> Option<T> {
        let says = format!("no alarm sees `{path}`");
        self.error(alarm.when.at, says, format!("it sees: {}", known.join(", ")));
        None
    }

    fn statistic(&mut self, alarm: &Alarm, watched: Watched, named: Option<Statistic>) -> Option<Statistic> {
        let latency = matches!(watched, Watched::Latency(_));
        let counted = matches!(watched, Watched::Came(_) | Watched::Ended(_));
        let up = matches!(watched, Watched::Up(_));
        let said = match alarm.statistic.as_str() {
            "mean" => Some(Statistic::Mean),
            "min" if latency || up => Some(Statistic::Least),
            "max" if latency || up => Some(Statistic::Greatest),
            "sum" if latency || counted => Some(Statistic::Sum),
            "p50" if latency => Some(Statistic::Quantile(0.5)),
            "p90" if latency => Some(Statistic::Quantile(0.9)),
            "p95" if latency => Some(Statistic::Quantile(0.95)),
            "p99" if latency => Some(Statistic::Quantile(0.99)),
            _ => None,
        };
        if said.is_none() {
            let says = format!("an alarm on `{}` cannot use `{}`", alarm.when.value, alarm.statistic);
            let help =
                "times have min, max, sum and percentiles, rates a sum, what is up a min and a max; all have a mean";
            self.error(alarm.at, says, help);
        }
        // A path that names a percentile means it, unless the statistic says otherwise.
        if alarm.statistic == "mean" { named.or(said) } else { said }
    }
}
