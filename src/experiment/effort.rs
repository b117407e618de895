//! What a run would take, before it is run: expected events and memory, and the term that costs most.

use std::collections::BTreeMap;

use super::study::Scenario;
use crate::components::blueprint::{GroupSpec, Happening, NumberSpec, SourceShape, SourceSpec};
use crate::components::store_specs::Keeps;
use crate::engine::program::Op;
use crate::scenario::quantity;
use crate::units::{Law, Span};

/// Events above which a run has to be asked for with `--large`.
const MOST_EVENTS: f64 = 2e9;
/// Bytes above which it has to.
const MOST_BYTES: f64 = 4e9;
/// Bytes of a request in flight: its record, its frame and its event, rounded up.
const BYTES_IN_FLIGHT: f64 = 256.0;
/// Bytes of an entry of a store by key: itself, its neighbours in the order of use, its place in a table, rounded up.
const BYTES_KEPT: f64 = 96.0;
/// A turn costs this share of an event even if nothing happens in it.
const A_TURN: f64 = 0.1;
/// So many things that do not tick yet, and are passed over each time, cost as much as one that does.
const PASSED_OVER: f64 = 16.0;

/// What one traversal of a body takes, the bodies inside of it included.
#[derive(Clone, Copy)]
struct Taken {
    /// Expected events: each entry into a part that is one, each service that ends as one, empty turns a little.
    events: f64,
    /// Expected pauses in nanoseconds, as if one came after the other.
    pauses: f64,
    /// Frames there are at most at a time.
    widest: f64,
}

/// What is known of bodies, by where they begin. A body that many others hold is looked at once: flows that hold each
/// other twice at each of fifty tiers have 2^50 ways through them.
type Known = BTreeMap<u32, Taken>;

/// What a run would take.
#[derive(Clone, Debug, PartialEq)]
pub struct Effort {
    /// Expected events of all replications.
    pub events: f64,
    /// Expected bytes, of as many replications as run at a time.
    pub bytes: f64,
    /// The traffic or fault that costs most, as "the traffic `visitors`".
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
        let mut add = |effort: &mut Effort, events: f64, what: &str, name: &str| {
            if events > most {
                (most, effort.most) = (events, format!("the {what} `{name}`"));
            }
            effort.events += events * replications;
        };
        for happening in &plan.happenings {
            add(&mut effort, times(happening, horizon), "fault or change", &happening.name);
        }
        let mut known = Known::new();
        for source in &plan.sources {
            let one = self.of_mix(source, &mut known);
            let (requests, pending) = match &source.shape {
                SourceShape::Open { curve, .. } => (curve.cumulative(horizon), 1.0),
                SourceShape::Users { users, think, .. } => {
                    // A journey has its pauses inside.
                    let cycle = plan.laws[*think as usize].mean() + one.pauses;
                    (mean_users(users, horizon) * horizon / cycle.max(1e6), most_users(users))
                }
                SourceShape::Ticks { users, period, .. } => {
                    let ticking = mean_users(users, horizon).max(most_users(users) / PASSED_OVER);
                    (ticking * horizon / period.0.max(1) as f64, 1.0)
                }
                SourceShape::IrregularTicks { users, law, .. } => {
                    let period = plan.laws[*law as usize].mean().max(1.0);
                    (mean_users(users, horizon) * horizon / period, most_users(users))
                }
                SourceShape::Trace(rows) => (rows.len() as f64, rows.len() as f64),
            };
            add(&mut effort, requests * (1.0 + one.events), "traffic", &source.name);
            effort.bytes += (pending + one.widest) * BYTES_IN_FLIGHT;
        }
        effort.bytes += self.bytes_kept(effort.events / replications);
        effort
    }

    /// What stores by key may come to hold: their room, but no more than there are keys, or events to ask for them.
    fn bytes_kept(&self, events: f64) -> f64 {
        let kept = self.plan.stores.caches.iter().map(|cache| match &cache.keeps {
            Keeps::Entries { spec, .. } => {
                let one = f64::from(spec.room).min(spec.keys as f64);
                (one * f64::from(cache.copies)).min(events)
            }
            Keeps::Nothing { .. } => 0.0,
        });
        kept.sum::<f64>() * BYTES_KEPT
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
            "error: this run would take {effort}, most of it for {} over {whole}\n  = help: shorten \
             `duration`, lower the rate, or say `--large`\n",
            effort.most
        ))
    }

    /// What an arrival of a source takes on average over its mix, and at most at a time.
    fn of_mix(&self, source: &SourceSpec, known: &mut Known) -> Taken {
        let mut all = Taken { events: 0.0, pauses: 0.0, widest: 0.0 };
        let mut below = 0.0;
        for (up_to, entry) in &source.mix {
            let one = self.taken(self.plan.entries[*entry as usize].start, known);
            let weight = up_to - below;
            below = *up_to;
            all.events += weight * one.events;
            all.pauses += weight * one.pauses;
            all.widest = all.widest.max(one.widest);
        }
        all
    }

    /// What a body takes, by expected numbers of turns.
    fn taken(&self, start: u32, known: &mut Known) -> Taken {
        if let Some(taken) = known.get(&start) {
            return *taken;
        }
        let mut all = Taken { events: 0.0, pauses: 0.0, widest: 1.0 };
        // What a taker sets off may lead back to it.
        known.insert(start, all);
        for op in self.plan.program.ops[start as usize..].iter().take_while(|op| !matches!(op, Op::End)) {
            let one = self.of_op(op, known);
            all.events += one.events;
            all.pauses += one.pauses;
            all.widest = all.widest.max(1.0 + one.widest);
        }
        known.insert(start, all);
        all
    }

    /// What an instruction takes, with the bodies that it runs; its frames besides that which runs it.
    fn of_op(&self, op: &Op, known: &mut Known) -> Taken {
        let plan = &self.plan;
        let events = |events: f64| Taken { events, pauses: 0.0, widest: 0.0 };
        match *op {
            Op::Enter { operation, .. } => events(f64::from(u8::from(!plan.operations[operation as usize].free))),
            Op::Serve { service } => {
                let line = plan.services[service as usize].line;
                events(f64::from(u8::from(!plan.lines[line as usize].committed)))
            }
            Op::Share { .. } => events(1.0),
            Op::Wait { law, .. } => Taken { pauses: plan.laws[law as usize].mean(), ..events(0.0) },
            Op::Attempt { policy, .. } => {
                let inside = self.taken(plan.policies[policy as usize].body, known);
                Taken { events: 2.0 + inside.events, ..inside }
            }
            Op::Background { body, .. } => self.taken(body, known),
            Op::Hand { hand } => self.of_takers(hand, known),
            Op::SubFlow { entry, .. } => self.taken(plan.entries[entry as usize].start, known),
            Op::Group { group, .. } => self.of_group(&plan.groups[group as usize], known),
            _ => events(0.0),
        }
    }

    /// What the turns of a group take, or its branches, of which each has one.
    fn of_group(&self, spec: &GroupSpec, known: &mut Known) -> Taken {
        let turns = spec.times.map_or(1.0, |number| self.expected(number) / f64::from(spec.pack.max(1)));
        let at_once = turns.min(f64::from(spec.at_once));
        let mut all = Taken { events: 0.0, pauses: 0.0, widest: 0.0 };
        for body in &spec.bodies {
            let one = self.taken(*body, known);
            all.events += turns * (A_TURN + one.events);
            all.pauses += turns * one.pauses;
            all.widest += at_once * one.widest;
        }
        all
    }

    /// What each thing that is handed over sets off, at worst: a run of each taker for itself.
    fn of_takers(&self, hand: u32, known: &mut Known) -> Taken {
        let store = &self.plan.messages[self.plan.hands[hand as usize].store as usize];
        let mut all = Taken { events: 0.0, pauses: 0.0, widest: 0.0 };
        for &taker in &store.takers {
            let entry = self.plan.takers[taker as usize].entry;
            let run = self.taken(self.plan.entries[entry as usize].start, known);
            all.events += 1.0 + run.events;
            all.widest += run.widest;
        }
        all
    }

    fn expected(&self, number: u32) -> f64 {
        match self.plan.numbers[number as usize] {
            NumberSpec::Just(n) => n,
            // Counted for each thing, where it is handed over.
            NumberSpec::Records => 1.0,
            NumberSpec::Law { law, .. } => self.plan.laws[law as usize].mean(),
            NumberSpec::Attribute { key, attribute } => {
                self.plan.keys[key.key as usize].attributes[attribute as usize].1.mean()
            }
        }
    }
}

/// How often something begins or ends.
fn times(happening: &Happening, horizon: f64) -> f64 {
    let cycle = happening.begins.mean() + happening.lasts.as_ref().map_or(0.0, Law::mean);
    if happening.again { 2.0 * horizon / cycle.max(1.0) } else { 2.0 }
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
