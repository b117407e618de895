//! What a run would take, before it is run: expected events and memory, and the term that costs most.

use super::study::Scenario;
use crate::components::blueprint::{NumberSpec, SourceShape, SourceSpec};
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
        let runs_each = if plan.happenings.is_empty() { 1.0 } else { 2.0 } + super::months::effort(&self.tariff);
        let replications = runs_each * f64::from(self.replications(None));
        let mut effort = Effort { events: 0.0, bytes: 4e6, most: String::new() };
        let mut most = 0.0;
        for source in &plan.sources {
            let steps = self.of_mix(source, Self::events_of);
            let (requests, pending) = match &source.shape {
                SourceShape::Open { curve, .. } => (curve.cumulative(horizon), 1.0),
                SourceShape::Users { users, think, .. } => {
                    // A journey has its pauses inside.
                    let cycle = plan.laws[*think as usize].mean() + self.of_mix(source, Self::pauses_of);
                    (mean_users(users, horizon) * horizon / cycle.max(1e6), most_users(users))
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
            effort.events *= f64::from(wanted) / f64::from(self.replications(None));
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

    /// What an arrival of a source takes on average, over its mix.
    fn of_mix(&self, source: &SourceSpec, of_body: impl Fn(&Scenario, u32, u32) -> f64) -> f64 {
        let mut below = 0.0;
        let weighed = source.mix.iter().map(|(up_to, entry)| {
            let weight = up_to - below;
            below = *up_to;
            weight * of_body(self, self.plan.entries[*entry as usize].start, 0)
        });
        weighed.sum()
    }

    /// Expected events of a body: each entry into a part that is an event, each service that ends as one.
    fn events_of(&self, start: u32, depth: u32) -> f64 {
        let plan = &self.plan;
        self.sum(start, depth, &|op| match *op {
            Op::Enter { operation, .. } => f64::from(u8::from(!plan.operations[operation as usize].free)),
            Op::Serve { service } => {
                let line = plan.services[service as usize].line;
                f64::from(u8::from(!plan.lines[line as usize].committed))
            }
            Op::Share { .. } => 1.0,
            Op::Attempt { .. } => 2.0,
            _ => 0.0,
        })
    }

    /// Expected pauses of a body, in nanoseconds, as if one came after the other.
    fn pauses_of(&self, start: u32, depth: u32) -> f64 {
        self.sum(start, depth, &|op| match *op {
            Op::Wait { law, .. } => self.plan.laws[law as usize].mean(),
            _ => 0.0,
        })
    }

    /// Sums over a body and all bodies inside of it, by expected numbers of turns.
    fn sum(&self, start: u32, depth: u32, of: &dyn Fn(&Op) -> f64) -> f64 {
        let plan = &self.plan;
        if depth > 64 {
            return 0.0;
        }
        let inner = |start: u32| self.sum(start, depth + 1, of);
        let ops = plan.program.ops[start as usize..].iter().take_while(|op| !matches!(op, Op::End));
        let one = |op: &Op| {
            of(op)
                + match *op {
                    Op::Attempt { policy, .. } => inner(plan.policies[policy as usize].body),
                    Op::Background { body, .. } => inner(body),
                    Op::SubFlow { entry, .. } => inner(plan.entries[entry as usize].start),
                    Op::Group { group, .. } => {
                        let spec = &plan.groups[group as usize];
                        let turns =
                            spec.times.map_or(1.0, |number| self.expected(number) / f64::from(spec.pack.max(1)));
                        turns * spec.bodies.iter().map(|body| inner(*body)).sum::<f64>()
                    }
                    _ => 0.0,
                }
        };
        ops.map(one).sum()
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
