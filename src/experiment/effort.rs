//! What a run would take, before it is run: expected events and memory, and the term that costs most.

use std::collections::BTreeMap;

use super::study::Scenario;
use crate::components::blueprint::{GroupSpec, NumberSpec, SourceShape};
use crate::engine::program::Op;
use crate::scenario::quantity;
use crate::units::{Law, Span};

/// Events above which a run has to be asked for with `--large`.
const MOST_EVENTS: f64 = 2e9;
/// Bytes above which it has to.
const MOST_BYTES: f64 = 4e9;
/// Bytes of a request in flight: its record, its frame and its event, rounded up.
const BYTES_IN_FLIGHT: f64 = 256.0;

/// So many things that do not tick yet cost as much as one that does.
const PASSED_OVER: f64 = 16.0;

/// What is known of bodies by where they begin: those that many others hold are looked at once.
type Known = BTreeMap<u32, f64>;

/// What a run would take.
#[derive(Clone, Debug, PartialEq)]
pub struct Effort {
    /// Expected events of all replications.
    pub events: f64,
    /// Expected bytes, of as many replications as run at a time.
    pub bytes: f64,
    /// The traffic (or fault) that costs most.
    pub most: String,
}

impl std::fmt::Display for Effort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "about {} events, {} of memory", quantity::show_count(self.events.round()), quantity::show_size(self.bytes))
    }
}

impl Scenario {
    /// What a run would take, by expected numbers of turns.
    pub fn effort(&self) -> Effort {
        let plan = &self.plan;
        let horizon = plan.to.0 as f64;
        let replications = f64::from(self.ast.replications.as_ref().map_or(1, |n| n.value).max(1));
        let mut effort = Effort { events: 0.0, bytes: 4e6, most: String::new() };
        let mut most = 0.0;
        let (mut known, mut widths) = (Known::new(), Known::new());
        for happening in &plan.happenings {
            let cycle = happening.begins.mean() + happening.lasts.as_ref().map_or(0.0, Law::mean);
            let events = if happening.again { 2.0 * horizon / cycle.max(1.0) } else { 2.0 };
            if events > most {
                (most, effort.most) = (events, happening.name.clone());
            }
            effort.events += events * replications;
        }
        for source in &plan.sources {
            let steps: f64 = source
                .mix
                .iter()
                .scan(0.0, |below, (up_to, entry)| {
                    let weight = up_to - *below;
                    *below = *up_to;
                    Some(weight * self.events_of(plan.entries[*entry as usize].start, &mut known))
                })
                .sum();
            let (requests, pending) = match &source.shape {
                SourceShape::Open { curve, .. } => (curve.cumulative(horizon), 1.0),
                SourceShape::Users { users, think, .. } => {
                    let think = plan.laws[*think as usize].mean().max(1e6);
                    (mean_users(users, horizon) * horizon / think, most_users(users))
                }
                // Who is not there yet is passed over each time.
                SourceShape::Ticks { users, period, .. } => {
                    let ticks = mean_users(users, horizon).max(most_users(users) / PASSED_OVER);
                    (ticks * horizon / period.0.max(1) as f64, 1.0)
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
            let widest = source.mix.iter().map(|(_, entry)| self.widest(plan.entries[*entry as usize].start, &mut widths));
            effort.bytes += (pending + widest.fold(0.0, f64::max)) * BYTES_IN_FLIGHT;
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
            "error: this run would take {effort}, most of it for `{}` over {whole}\n  = help: shorten \
             `duration`, lower the rate, or say `--large`\n",
            effort.most
        ))
    }

    /// Expected events of a body: each entry into a part that is an event, each service that ends as one.
    fn events_of(&self, start: u32, known: &mut Known) -> f64 {
        let plan = &self.plan;
        if let Some(events) = known.get(&start) {
            return *events;
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
                Op::Attempt { policy, .. } => {
                    2.0 + self.events_of(plan.policies[policy as usize].body, known)
                }
                Op::Background { body, .. } => self.events_of(body, known),
                Op::SubFlow { entry, .. } => self.events_of(plan.entries[entry as usize].start, known),
                Op::Group { group, .. } => {
                    let spec = &plan.groups[group as usize];
                    // A turn costs something even if nothing happens in it.
                    self.turns(spec) * spec.bodies.iter().map(|body| 0.1 + self.events_of(*body, known)).sum::<f64>()
                }
                _ => 0.0,
            };
        }
        known.insert(start, events);
        events
    }

    /// Frames that one traversal of a body has at most at a time.
    fn widest(&self, start: u32, known: &mut Known) -> f64 {
        let plan = &self.plan;
        if let Some(widest) = known.get(&start) {
            return *widest;
        }
        let mut widest: f64 = 1.0;
        for op in &plan.program.ops[start as usize..] {
            let inside = match *op {
                Op::End => break,
                Op::Attempt { policy, .. } => self.widest(plan.policies[policy as usize].body, known),
                Op::SubFlow { entry, .. } => self.widest(plan.entries[entry as usize].start, known),
                Op::Group { group, .. } => {
                    let spec = &plan.groups[group as usize];
                    let at_once = self.turns(spec).min(f64::from(spec.at_once));
                    at_once * spec.bodies.iter().map(|body| self.widest(*body, known)).sum::<f64>()
                }
                _ => 0.0,
            };
            widest = widest.max(1.0 + inside);
        }
        known.insert(start, widest);
        widest
    }

    /// Expected turns of a group; a group of branches has one.
    fn turns(&self, spec: &GroupSpec) -> f64 {
        spec.times.map_or(1.0, |number| self.expected(number) / f64::from(spec.pack.max(1)))
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
