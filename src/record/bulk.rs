//! The bulk of results: histograms and series, which can be handed over to another replication and merge there exactly.

use super::results::{FlowResult, FlowWindow, PartResult, Results, Shown};
use super::{Histogram, Series};

/// One piece of bulk.
enum Piece<'a> {
    Times(&'a mut Histogram),
    Sums(&'a mut Series),
}

impl Results {
    /// Hands all histograms and series over to `heir`, of the same scenario, where they merge; here none are left.
    ///
    /// Counts and integrals stay: twenty thousand short replications fit into memory, and pooled measures read the same.
    pub fn hand_over(&mut self, heir: &mut Results) {
        for (piece, there) in pieces(self).into_iter().zip(pieces(heir)) {
            match (piece, there) {
                (Piece::Times(times), Piece::Times(there)) => there.merge(&std::mem::take(times)),
                (Piece::Sums(sums), Piece::Sums(there)) => there.merge(&std::mem::take(sums)),
                _ => unreachable!("the pieces of one scenario are alike"),
            }
        }
    }
}

fn pieces(results: &mut Results) -> Vec<Piece<'_>> {
    let mut all = Vec::new();
    results.flows.iter_mut().for_each(|flow| of_flow(flow, &mut all));
    results.parts.iter_mut().for_each(|part| of_part(part, &mut all));
    all.extend(results.shown.values_mut().filter_map(|shown| match shown {
        Shown::Times(times) => Some(Piece::Times(times)),
        _ => None,
    }));
    all
}

fn of_flow<'a>(flow: &'a mut FlowResult, all: &mut Vec<Piece<'a>>) {
    of_window(&mut flow.whole, all);
    flow.phases.iter_mut().for_each(|phase| of_window(phase, all));
    all.extend(flow.marks.iter_mut().map(|(_, times)| Piece::Times(times)));
    all.extend([&mut flow.good, &mut flow.bad, &mut flow.latency_sum].map(Piece::Sums));
}

fn of_window<'a>(window: &'a mut FlowWindow, all: &mut Vec<Piece<'a>>) {
    let FlowWindow { latency, wait, attempts_time, slowdown, .. } = window;
    all.extend([latency, wait, attempts_time, slowdown].map(Piece::Times));
}

fn of_part<'a>(part: &'a mut PartResult, all: &mut Vec<Piece<'a>>) {
    let PartResult { wait, latency, slowdown, came, operations, uses, .. } = part;
    all.extend([wait, latency, slowdown].map(Piece::Times));
    all.push(Piece::Sums(came));
    for operation in operations {
        all.extend([&mut operation.latency, &mut operation.wait].map(Piece::Times));
    }
    all.extend(uses.iter_mut().map(|used| Piece::Times(&mut used.wait)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    #[test]
    fn what_is_handed_over_is_merged_there_and_gone_here() {
        let results = |ms: u64| {
            let mut flow = FlowResult { name: "ask".into(), ..FlowResult::default() };
            flow.whole.latency.record(Span(ms * 1_000_000));
            Results { flows: vec![flow], ..Results::default() }
        };
        let (mut one, mut heir) = (results(1), results(3));
        one.hand_over(&mut heir);
        assert_eq!(one.flows[0].whole.latency.count(), 0);
        assert_eq!(heir.flows[0].whole.latency.count(), 2);
        assert_eq!(heir.flows[0].whole.latency.mean(), 2e6);
    }
}
