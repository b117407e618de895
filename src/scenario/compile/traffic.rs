//! Traffic: sources of requests, and the entries by which they start flows.

use super::Compiler;
use super::clients;
use super::names::Names;
use super::programs::{Body, Context, Goes, Pending, Work};
use crate::components::blueprint::{EntrySpec, SourceShape, SourceSpec};
use crate::engine::program::NONE;
use crate::queueing::arrivals::{Curve, Pattern};
use crate::scenario::ast::{Arrivals, Profile, Shape, Starts, Step, Traffic};
use crate::scenario::tree::{At, Placed};
use crate::units::{Law, Span, Time};

impl<'a> Compiler<'a> {
    /// All traffic.
    pub fn traffic(&mut self) {
        for (name, traffic) in &self.ast.traffic {
            match &traffic.shape {
                Shape::Open { rate, arrivals } => self.open(name, traffic, rate, arrivals),
                Shape::Users { users, think, every, connect } => {
                    if let Some(connect) = connect {
                        let help = "`users` with `think`, `journey` or `every`";
                        self.error(connect.to.at, "open connections are not run by this version of archsim", help);
                    }
                    self.users(name, traffic, users, think.as_ref(), every);
                }
                Shape::Trace { rows, file } => self.trace(name, traffic, rows, file.at),
            }
        }
    }

    fn open(&mut self, name: &'a str, traffic: &'a Traffic, rate: &Profile, arrivals: &Arrivals) {
        let pattern = match arrivals {
            Arrivals::Poisson => Pattern::Poisson,
            Arrivals::Even => Pattern::Even,
            Arrivals::Renewal(law) => Pattern::Renewal(law.clone()),
            Arrivals::Bursts(law) => Pattern::Bursts(law.clone()),
            Arrivals::Mmpp(states) => {
                if states.iter().all(|(rate, _)| rate.per_second <= 0.0) {
                    self.error(traffic.at, "this traffic never sends anything", "give one of its states a rate");
                    return;
                }
                Pattern::Modulated(states.iter().map(|(rate, law)| (rate.per_second / 1e9, law.clone())).collect())
            }
        };
        let shape = SourceShape::Open { curve: curve(rate), pattern };
        self.source(name, traffic, shape);
    }

    fn users(
        &mut self,
        name: &'a str,
        traffic: &'a Traffic,
        users: &Profile,
        think: Option<&Law>,
        every: &'a std::collections::BTreeMap<String, Placed<Law>>,
    ) {
        let points = self.user_points(users, traffic.at);
        let most = points.iter().fold(0.0f64, |most, point| most.max(point.1));
        if most > f64::from(u32::MAX) {
            return self.error(traffic.at, "at most 4,294,967,295 users", "`sample` simulates a share of them");
        }
        let most = most as u32;
        if most > 0 && !matches!(traffic.starts, Starts::Elsewhere) {
            let site = self.named_site(format!("{name}/think"));
            let think = self.law(&think.cloned().unwrap_or(Law::Constant(0.0)));
            self.source(name, traffic, SourceShape::Users { users: points.clone(), most, think, site });
        }
        for (flow, law) in every.iter().filter(|_| most > 0) {
            let shape = match law.value {
                Law::Constant(period) => {
                    SourceShape::Ticks { users: points.clone(), most, period: Span::from_nanos(period) }
                }
                _ => {
                    let site = self.named_site(format!("{name}/every/{flow}"));
                    let law = self.law(&law.value);
                    SourceShape::IrregularTicks { users: points.clone(), most, law, site }
                }
            };
            self.source_of(name, traffic, shape, vec![(1.0, flow.as_str())], format!("{name}/every/{flow}"));
        }
    }

    fn user_points(&mut self, users: &Profile, at: At) -> Vec<(Time, f64)> {
        match users {
            Profile::Constant(n) => vec![(Time::ZERO, *n)],
            Profile::Lines(points) => points.iter().map(|(t, n)| (Time(t.0), *n)).collect(),
            Profile::Day { .. } | Profile::Sine { .. } => {
                let help = "straight lines between points: `[[\"0m\", 100], [\"30m\", 1000]]`";
                self.error(at, "a number of users cannot follow a curve", help);
                vec![(Time::ZERO, 0.0)]
            }
        }
    }

    fn trace(&mut self, name: &'a str, traffic: &'a Traffic, rows: &'a [crate::scenario::ast::TraceRow], at: At) {
        let mut flows: Vec<&'a str> = rows.iter().map(|row| row.flow.as_str()).collect();
        flows.sort_unstable();
        flows.dedup();
        for flow in &flows {
            if !self.ast.flows.contains_key(*flow) {
                let near = crate::scenario::suggest::nearest(flow, self.ast.flows.keys().map(String::as_str));
                let help =
                    near.map_or_else(|| "add it under `[flows]`".to_owned(), |near| format!("there is a `{near}`"));
                self.error(at, format!("the trace starts `{flow}`, which is no flow"), help);
            }
        }
        let place = |flow: &str| flows.binary_search(&flow).unwrap_or(0) as u32;
        let key = self.source_key(traffic);
        let keys = rows.iter().map(|row| if row.key.is_empty() { 0 } else { 1 + self.key_of_text(key, &row.key, at) });
        let keys: Vec<u64> = keys.collect();
        let shape = SourceShape::Trace(
            rows.iter().zip(keys).map(|(row, key)| (Time(row.time.0), place(&row.flow), key)).collect(),
        );
        let mix = flows.iter().map(|flow| (1.0, *flow)).collect();
        self.source_of(name, traffic, shape, mix, name.to_owned());
    }

    fn source(&mut self, name: &'a str, traffic: &'a Traffic, shape: SourceShape) {
        let mix: Vec<(f64, &'a str)> = match &traffic.starts {
            Starts::Flow(flow) => vec![(1.0, flow.value.as_str())],
            Starts::Mix(mix) => mix.iter().map(|(flow, weight)| (*weight, flow.value.as_str())).collect(),
            Starts::Journey(steps) => return self.journey(name, traffic, shape, steps),
            Starts::Elsewhere => return,
        };
        self.source_of(name, traffic, shape, mix, name.to_owned());
    }

    fn source_of(
        &mut self,
        name: &'a str,
        traffic: &'a Traffic,
        shape: SourceShape,
        mix: Vec<(f64, &'a str)>,
        site: String,
    ) {
        let source = self.out.sources.len() as u32;
        let site = self.named_site(format!("{site}/arrivals"));
        let key = self.source_key(traffic);
        self.out.sources.push(SourceSpec { name: name.to_owned(), mix: Vec::new(), site, shape, key });
        let total: f64 = mix.iter().map(|(weight, _)| weight).sum();
        let mut below = 0.0;
        for (weight, flow) in mix {
            below += weight / total;
            let entry = self.entry(flow, name, source, source);
            self.out.sources[source as usize].mix.push((below, entry));
            self.entry_program(entry, flow, name, Some(&traffic.client));
        }
    }

    fn source_key(&mut self, traffic: &Traffic) -> Option<u32> {
        let key = traffic.key.as_ref()?;
        self.ast.keys.keys().position(|name| *name == key.value).map(|index| index as u32)
    }

    /// An entry: a program that traffic starts.
    fn entry(&mut self, flow: &str, traffic: &str, source: u32, asker: u32) -> u32 {
        let name = Names::entry(flow, traffic);
        let index = self.ast.flows.keys().position(|other| other == flow).map_or(NONE, |index| index as u32);
        let call = self.call_index(traffic, flow);
        let site = self.named_site(format!("request/{name}"));
        let done_mark = if self.wants_done(flow) { self.mark(index, "done") } else { NONE };
        self.out.entries.push(EntrySpec {
            rank: self.names.rank(&name),
            name,
            flow: index,
            start: 0,
            strict: self.lockstep,
            call,
            source,
            asker,
            site,
            done_mark,
            taker: NONE,
        });
        (self.out.entries.len() - 1) as u32
    }

    /// A flow within a flow or a journey: one program for each caller and source.
    pub fn inner_entry(&mut self, flow: &'a str, context: &Context) -> u32 {
        let key = (flow.to_owned(), context.entry.clone(), context.asker);
        if let Some(entry) = self.inner.get(&key) {
            return *entry;
        }
        let (caller, from_journey) = (context.caller.clone(), context.flow == NONE && context.taker == NONE);
        let entry = self.entry(flow, &caller, NONE, context.asker);
        self.inner.insert(key, entry);
        let context = Context {
            caller: flow.to_owned(),
            part: None,
            work: Work::None,
            member: u16::MAX,
            flow: self.out.entries[entry as usize].flow,
            entry: self.out.entries[entry as usize].name.clone(),
            asker: context.asker,
            region: 0,
            depth: 0,
            others: Vec::new(),
            strict: context.strict,
            stack: Vec::new(),
            scope: NONE,
            taker: NONE,
            takes: false,
            behind: context.behind,
            copies: false,
        };
        self.out.entries[entry as usize].strict = context.strict;
        // A journey is not a flow: its caller is the traffic itself.
        let body = if from_journey { self.from(&caller, flow) } else { Body::Flow(flow, 0) };
        self.pending.push(Pending { body, goes: Goes::Entry(entry), context });
        entry
    }

    /// Steps on the client's side; each round is a journey, which is no request itself.
    fn journey(&mut self, name: &'a str, traffic: &'a Traffic, shape: SourceShape, steps: &'a [Step]) {
        let source = self.out.sources.len() as u32;
        let site = self.named_site(format!("{name}/arrivals"));
        let request_site = self.named_site(format!("journey/{name}"));
        let key = self.source_key(traffic);
        if clients::is_policy(&traffic.client) {
            let help = "say `timeout` and `retries` on the steps of the journey";
            self.error(traffic.at, "a journey has no timeout of its own", help);
        }
        let entry = self.out.entries.len() as u32;
        self.out.entries.push(EntrySpec {
            name: name.to_owned(),
            flow: NONE,
            rank: self.names.rank(name),
            start: 0,
            strict: self.lockstep,
            call: NONE,
            source,
            asker: source,
            site: request_site,
            done_mark: NONE,
            taker: NONE,
        });
        self.out.sources.push(SourceSpec { name: name.to_owned(), mix: vec![(1.0, entry)], site, shape, key });
        self.ordinals.clear();
        let context = Context {
            caller: name.to_owned(),
            part: None,
            work: Work::None,
            member: u16::MAX,
            flow: NONE,
            entry: name.to_owned(),
            asker: source,
            region: 0,
            depth: 0,
            others: Vec::new(),
            strict: self.lockstep,
            stack: Vec::new(),
            scope: NONE,
            taker: NONE,
            takes: false,
            behind: false,
            copies: false,
        };
        self.pending.push(Pending { body: Body::Steps(steps), goes: Goes::Entry(entry), context });
        self.write_pending();
    }
}

/// A profile of rates as a curve.
fn curve(profile: &Profile) -> Curve {
    match profile {
        Profile::Constant(rate) => Curve::constant(*rate),
        Profile::Lines(points) => Curve::lines(&points.iter().map(|(t, rate)| (t.0 as f64, *rate)).collect::<Vec<_>>()),
        Profile::Sine { mean, amplitude, period, phase } => Curve::Sine {
            mean: mean / 1e9,
            amplitude: amplitude.min(*mean) / 1e9,
            period: period.0 as f64,
            phase: phase.0 as f64,
        },
        // Lowest half a day before the peak: a sine of 24 hours that is at its top at `peak`.
        Profile::Day { low, high, peak } => {
            let day = 86_400e9;
            Curve::Sine {
                mean: (low + high) / 2e9,
                amplitude: (high - low) / 2e9,
                period: day,
                phase: peak.0 as f64 - day / 4.0,
            }
        }
    }
}
