//! What a run would take, before it is run: expected events and memory, and the term that costs most.

use super::study::Scenario;
use crate::components::blueprint::{NumberSpec, SourceShape};
use crate::engine::program::Op;
use crate::scenario::quantity;
use crate::units::Span;

/// Events above which a run has to be asked for with `--large`.
const MOST_EVENTS: f64 = 2e9;
/// Bytes above which it has to.
const MOST_BYTES: f64 = 4e9;
/// Bytes of a request in flight: its record, its frame and its event, rounded up.
const BYTES_IN_FLIGHT: f64 = 256.0;

/// What a run would take.
#[derive(Clone, Debug, PartialEq)]
pub struct Effort {
    /// Expected events of all replications.
    pub events: f64,
    /// Expected bytes, of as many replications as run at a time.
    pub bytes: f64,
    /// The traffic that costs most.
    pub most: String,
}

impl std::fmt::Display for Effort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "about {} events, {} of memory",
            quantity::show_count(self.events.round()),
            quantity::show_size(self.bytes)
        )
    }
}

impl Scenario {
    /// What a run would take, by expected numbers of turns.
    pub fn effort(&self) -> Effort {
        let plan = &self.plan;
        let horizon = plan.to.0 as f64;
        // What triggers is also run without: see `collapse`.
        let runs_each = if plan.happenings.is_empty() { 1.0 } else { 2.0 };
        let replications = runs_each * f64::from(self.ast.replications.as_ref().map_or(1, |n| n.value).max(1));
        let mut effort = Effort { events: 0.0, bytes: 4e6, most: String::new() };
        let mut most = 0.0;
        for source in &plan.sources {
            let steps: f64 = source
                .mix
                .iter()
                .scan(0.0, |below, (up_to, entry)| {
                    let weight = up_to - *below;
                    *below = *up_to;
                    Some(weight * self.events_of(plan.entries[*entry as usize].start, 0))
                })
                .sum();
            let (requests, pending) = match &source.shape {
                SourceShape::Open { curve, .. } => (curve.cumulative(horizon), 1.0),
                SourceShape::Users { users, think, .. } => {
                    let think = plan.laws[*think as usize].mean().max(1e6);
                    (mean_users(users, horizon) * horizon / think, most_users(users))
                }
                SourceShape::Ticks { users, period, .. } => {
                    (mean_users(users, horizon) * horizon / period.0.max(1) as f64, 1.0)
                }
                SourceShape::IrregularTicks { users, law, .. } => {
                    let period = plan.laws[*law as usize].mean().max(1.0);
                    (mean_users(users, horizon) * horizon / period, most_users(users))
                }
                SourceShape::Trace(rows) => (rows.len() as f64, rows.len() as f64),
            };
            let events = requests * (1.0 + steps);
            if events > most {
                (most, effort.most) = (events, source.name.clone());
            }
            effort.events += events * replications;
            effort.bytes += pending * BYTES_IN_FLIGHT;
        }
        effort
    }

    /// Refuses what would take too long or too much memory, naming the term that costs.
    ///
    /// # Errors
    /// What it would take, and what it comes from.
    pub fn is_reasonable(&self, replications: Option<u32>, large: bool) -> Result<(), String> {
        let mut effort = self.effort();
        if let Some(wanted) = replications {
            let own = f64::from(self.ast.replications.as_ref().map_or(1, |n| n.value).max(1));
            effort.events *= f64::from(wanted) / own;
        }
        // A steady run stops when its number is known, mostly long before its end.
        let steady = self.ast.duration.is_none();
        if large || (effort.bytes <= MOST_BYTES && (steady || effort.events <= MOST_EVENTS)) {
            return Ok(());
        }
        let whole = Span(self.plan.to.0);
        Err(format!(
            "error: this run would take {effort}, most of it for the traffic `{}` over {whole}\n  = help: shorten \
             `duration`, lower the rate, or say `--large`\n",
            effort.most
        ))
    }

    /// Expected events of a body: each entry into a part that is an event, each service that ends as one.
    fn events_of(&self, start: u32, depth: u32) -> f64 {
        let plan = &self.plan;
        if depth > 64 {
            return 0.0;
        }
        let mut events = 0.0;
        for op in &plan.program.ops[start as usize..] {
            events += match *op {
                Op::End => break,
                Op::Enter { operation, .. } => f64::from(u8::from(!plan.operations[operation as usize].free)),
                Op::Serve { service } => {
                    let line = plan.services[service as usize].line;
                    f64::from(u8::from(!plan.lines[line as usize].committed))
                }
                Op::Share { .. } => 1.0,
                Op::Attempt { policy, .. } => 2.0 + self.events_of(plan.policies[policy as usize].body, depth + 1),
                Op::Background { body, .. } => self.events_of(body, depth + 1),
                Op::SubFlow { entry, .. } => self.events_of(plan.entries[entry as usize].start, depth + 1),
                Op::Group { group, .. } => {
                    let spec = &plan.groups[group as usize];
                    let turns = spec.times.map_or(1.0, |number| self.expected(number) / f64::from(spec.pack.max(1)));
                    turns * spec.bodies.iter().map(|body| self.events_of(*body, depth + 1)).sum::<f64>()
                }
                _ => 0.0,
            };
        }
        events
    }

    fn expected(&self, number: u32) -> f64 {
        match self.plan.numbers[number as usize] {
            NumberSpec::Just(n) => n,
            NumberSpec::Law { law, .. } => self.plan.laws[law as usize].mean(),
            NumberSpec::Attribute { key, attribute } => {
                self.plan.keys[key as usize].attributes[attribute as usize].1.mean()
            }
        }
    }
}

fn mean_users(points: &[(crate::units::Time, f64)], horizon: f64) -> f64 {
    let mut area = 0.0;
    for pair in points.windows(2) {
        area += (pair[0].1 + pair[1].1) / 2.0 * (pair[1].0.0 - pair[0].0.0) as f64;
    }
    let (last_at, last) = points[points.len() - 1];
    area += last * (horizon - last_at.0 as f64).max(0.0);
    if horizon > 0.0 { area / horizon } else { 0.0 }
}

fn most_users(points: &[(crate::units::Time, f64)]) -> f64 {
    points.iter().fold(0.0, |most, point| point.1.max(most))
}
