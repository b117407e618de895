//! What is counted at a gate, and how a report reads it: used over offered, peaks a second, the first refusal.

use std::collections::BTreeMap;

use super::blueprint::Blueprint;
use super::gate_spec::{GateLaw, GateSpec};
use super::gates::{Gate, Law};
use super::world::State;
use crate::queueing::bucket::TOKEN;
use crate::queueing::window::Kind;
use crate::record::results::{Counted, Shown, UseResult};
use crate::record::{Gauge, Histogram, Recorder};
use crate::units::time::SECOND;
use crate::units::{Span, Time};

/// Counts of a gate since the measuring began.
#[derive(Clone, Debug)]
pub(crate) struct GateTally {
    /// Let in, and how much was taken (in thousand-millionths).
    let_in: u64,
    taken: u128,
    refused: u64,
    /// The first refusal, and how many had asked before it.
    first_refused: Option<(Time, u64)>,
    /// The second being counted, what was taken in it, and the best so far.
    second: (u64, u128),
    peak: (u128, Time),
    /// Seconds in which somebody was refused, and the last of them.
    exceeded: u64,
    last_exceeded: Option<u64>,
    /// Waits.
    pub wait: Recorder,
}

impl Default for GateTally {
    fn default() -> GateTally {
        GateTally {
            let_in: 0,
            taken: 0,
            refused: 0,
            first_refused: None,
            second: (0, 0),
            peak: (0, Time::ZERO),
            exceeded: 0,
            last_exceeded: None,
            wait: Recorder::new(Histogram::coarse()),
        }
    }
}

impl GateTally {
    pub fn lets_in(&mut self, now: Time, cost: u128) {
        self.let_in += 1;
        self.taken += cost;
        let second = now.0 / SECOND;
        if second != self.second.0 {
            self.second = (second, 0);
        }
        self.second.1 += cost;
        if self.second.1 > self.peak.0 {
            self.peak = (self.second.1, Time(second * SECOND));
        }
    }

    /// How many were refused.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    pub fn refuses(&mut self, now: Time) {
        if self.first_refused.is_none() {
            self.first_refused = Some((now, self.let_in + self.refused));
        }
        self.refused += 1;
        let second = now.0 / SECOND;
        if self.last_exceeded != Some(second) {
            self.last_exceeded = Some(second);
            self.exceeded += 1;
        }
    }
}

impl State {
    /// The gates of a part, as limits.
    pub(super) fn gate_uses(&mut self, plan: &Blueprint, part: u32, to: Time, uses: &mut Vec<UseResult>) {
        let all = plan.gates.gates.iter().zip(&mut self.gates).enumerate();
        for (index, (spec, gate)) in all.filter(|(_, (spec, _))| spec.part == part) {
            let Some(mut one) = used(spec, gate, plan.from, to) else { continue };
            one.hottest = plan.stores.is_partition(index as u32, true).then_some((one.used, one.offered));
            match uses.iter_mut().find(|there| there.name == one.name) {
                None => uses.push(one),
                Some(there) => super::finish::add_use(there, &one),
            }
        }
    }

    /// How many wait at a part's gates now.
    pub(super) fn at_gates(&self, plan: &Blueprint, part: u32) -> u64 {
        let own = plan.gates.gates.iter().zip(&self.gates).filter(|(spec, _)| spec.part == part);
        own.map(|(_, gate)| gate.line.queue.value()).sum()
    }

    /// Who waits at a part's gates, over time.
    pub(super) fn gate_queue(&self, plan: &Blueprint, part: u32, to: Time, queue: &mut Gauge) {
        let own = plan.gates.gates.iter().zip(&self.gates).filter(|(spec, _)| spec.part == part);
        for (_, gate) in own.filter(|(spec, _)| spec.waits.is_some()) {
            let mut line = gate.line.queue.clone();
            line.close(to);
            if queue.measured() == 0 { *queue = line } else { queue.beside(&line) }
        }
    }

    /// What gates show besides; those of one name (members, regions) together.
    pub(super) fn show_gates(&self, plan: &Blueprint, to: Time, all: &mut BTreeMap<String, Shown>) {
        let mut sums: BTreeMap<(u32, &str), Sums> = BTreeMap::new();
        let closed = |spec: &GateSpec| !matches!(spec.law, GateLaw::Open);
        for (spec, gate) in plan.gates.gates.iter().zip(&self.gates).filter(|(spec, _)| closed(spec)) {
            sums.entry((spec.part, &spec.name)).or_default().add(spec, gate, to);
        }
        let span = u128::from(to.since(plan.from).0);
        for ((part, name), sums) in sums {
            let part = &plan.parts[part as usize].name;
            sums.show(&if name.is_empty() { part.clone() } else { format!("{part}.{name}") }, span, all);
        }
    }
}

/// Gates of one name, added up.
#[derive(Default)]
struct Sums {
    gates: u32,
    taken: u128,
    first: Option<Time>,
    /// Of a single gate: refused, of those that asked from the first refusal on.
    refused: Option<(u64, u64)>,
    fixed: bool,
    windows: (u64, u64),
    overshoot: Option<f64>,
    capacity: Option<Gauge>,
}

impl Sums {
    fn add(&mut self, spec: &GateSpec, gate: &Gate, to: Time) {
        let tally = &gate.tally;
        self.gates += 1;
        self.taken += tally.taken;
        if let Some((at, before)) = tally.first_refused {
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.refused = Some((tally.refused, tally.let_in + tally.refused - before));
        }
        match (&gate.law, &spec.law) {
            (Law::Window(window), GateLaw::Window(law)) => {
                self.fixed |= law.kind == Kind::Fixed;
                let (windows, refusing) = window.windows(to);
                self.windows = (self.windows.0 + windows, self.windows.1 + refusing);
                self.overshoot = window.overshoot().map(|most| most.max(self.overshoot.unwrap_or(0.0)));
            }
            (Law::Ratchet(ratchet), _) => {
                let mut capacity = ratchet.capacity.clone();
                capacity.close(to);
                match &mut self.capacity {
                    None => self.capacity = Some(capacity),
                    Some(there) => there.beside(&capacity),
                }
            }
            _ => {}
        }
    }

    fn show(self, lead: &str, span: u128, all: &mut BTreeMap<String, Shown>) {
        let mut show = |end: &str, shown: Shown| drop(all.insert(format!("{lead}.{end}"), shown));
        show("used", Shown::Ratio(self.taken, span, Counted::PerSecond));
        show("first_refused_at", Shown::Once(self.first.map(|at| at.0 as f64), Counted::Nanos));
        if let Some((refused, asked)) = self.refused.filter(|_| self.gates == 1) {
            show("refused_after_first", Shown::Ratio(u128::from(refused), u128::from(asked), Counted::Share));
        }
        if self.fixed {
            let (windows, refusing) = self.windows;
            show("windows", Shown::Count(windows, Counted::Ones));
            show("windows_throttled", Shown::Ratio(u128::from(refusing), u128::from(windows), Counted::Share));
        }
        if let Some(overshoot) = self.overshoot {
            show("overshoot", Shown::Once(Some(overshoot), Counted::Share));
        }
        if let Some(capacity) = self.capacity {
            show("capacity", Shown::Level(capacity));
        }
    }
}

/// A gate as a limit; nothing of one that is open, or that has a limit for each key.
fn used(spec: &GateSpec, gate: &mut Gate, from: Time, to: Time) -> Option<UseResult> {
    let tally = &gate.tally;
    let span = u128::from(to.since(from).0);
    let (used, offered, limit, peak) = match &mut gate.law {
        Law::Open => return None,
        Law::Bucket(bucket) => (tally.taken, bucket.offered(to), rounded(bucket.rate().as_f64()), tally.peak),
        Law::Ratchet(ratchet) => (tally.taken, ratchet.offered(to), rounded(ratchet.rate().as_f64()), tally.peak),
        Law::Window(window) => {
            let (nth, rule) = window.tightest();
            let window_of = u128::from(rule.window.0);
            let most = (rule.most / TOKEN) as u64;
            (tally.taken.saturating_mul(window_of), rule.most.saturating_mul(span), most, window.peak(nth))
        }
    };
    let bucket_of_a_key = spec.keyed && !matches!(spec.law, GateLaw::Window(_));
    let mut held = Gauge::default();
    held.begin(from);
    held.peak(peak.1, (peak.0 / TOKEN) as u64);
    held.close(to);
    Some(UseResult {
        name: spec.name.clone(),
        used,
        offered: if spec.keyed { 0 } else { offered },
        saves: true,
        hottest: None,
        limit_name: spec.limit_name.clone(),
        limit: (!bucket_of_a_key).then_some(limit),
        source: spec.source.clone(),
        adjustable: spec.adjustable,
        held,
        wait: tally.wait.histogram(),
        exceeded: Span::seconds(tally.exceeded),
    })
}

fn rounded(number: f64) -> u64 {
    (number + 0.5) as u64
}
