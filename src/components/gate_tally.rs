//! What is counted at a gate, and how a report reads it: used over offered, peaks a second, the first refusal.

use std::collections::BTreeMap;

use super::blueprint::Blueprint;
use super::gate_spec::{GateLaw, GateSpec};
use super::gates::{Gate, Law};
use super::world::State;
use crate::queueing::bucket::TOKEN;
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

    /// What gates show besides.
    pub(super) fn show_gates(&mut self, plan: &Blueprint, to: Time, all: &mut BTreeMap<String, Shown>) {
        let seconds = u128::from(to.since(plan.from).0);
        for (spec, gate) in plan.gates.gates.iter().zip(&self.gates) {
            let part = &plan.parts[spec.part as usize].name;
            let lead = if spec.name.is_empty() { part.clone() } else { format!("{part}.{}", spec.name) };
            if matches!(spec.law, GateLaw::Open) {
                continue;
            }
            let tally = &gate.tally;
            let mut show = |end: &str, shown: Shown| drop(all.insert(format!("{lead}.{end}"), shown));
            show("used", Shown::Ratio(tally.taken, seconds, Counted::PerSecond));
            let first = tally.first_refused.map(|(at, _)| at.0 as f64);
            show("first_refused_at", Shown::Once(first, Counted::Nanos));
            if let Some((_, before)) = tally.first_refused {
                let since = u128::from(tally.let_in + tally.refused - before);
                show("refused_after_first", Shown::Ratio(u128::from(tally.refused), since, Counted::Share));
            }
            match &gate.law {
                Law::Window(window) => {
                    let (windows, refusing) = window.windows(to);
                    if matches!(&spec.law, GateLaw::Window(law) if law.kind == crate::queueing::window::Kind::Fixed) {
                        show("windows", Shown::Count(windows, Counted::Ones));
                        let share = Shown::Ratio(u128::from(refusing), u128::from(windows), Counted::Share);
                        show("windows_throttled", share);
                    }
                    if let Some(overshoot) = window.overshoot() {
                        show("overshoot", Shown::Once(Some(overshoot), Counted::Share));
                    }
                }
                Law::Ratchet(ratchet) => {
                    let mut capacity = ratchet.capacity.clone();
                    capacity.close(to);
                    show("capacity", Shown::Level(capacity));
                }
                Law::Open | Law::Bucket(_) => {}
            }
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
