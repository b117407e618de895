//! The bulk of results: histograms and series, which can be handed over to another replication and merge there exactly.

use super::results::{FlowResult, FlowWindow, PartResult, Results, Shown};
use super::{Histogram, Series};

/// One piece of bulk.
enum Piece<'a> {
    Times(&'a mut Histogram),
    Sums(&'a mut Series),
}

impl Results {
    /// Hands all histograms and series, and what mechanisms show, over to `heir`, of the same scenario, where they merge; here none are left.
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
        self.keeps_little();
        for (path, shown) in std::mem::take(&mut self.shown) {
            match heir.shown.get_mut(&path) {
                Some(there) => there.add(shown),
                None => drop(heir.shown.insert(path, shown)),
            }
        }
    }
}

impl Results {
    /// No room is kept for what does not come: of a hundred thousand replications that would be most of the memory.
    fn keeps_little(&mut self) {
        for flow in &mut self.flows {
            flow.phases.shrink_to_fit();
            flow.marks.shrink_to_fit();
        }
        for part in &mut self.parts {
            part.operations.shrink_to_fit();
            part.uses.shrink_to_fit();
            part.wait_at.shrink_to_fit();
        }
        self.flows.shrink_to_fit();
        self.parts.shrink_to_fit();
        self.calls.shrink_to_fit();
        self.phases.shrink_to_fit();
    }
}

fn pieces(results: &mut Results) -> Vec<Piece<'_>> {
    let mut all = Vec::new();
    results.flows.iter_mut().for_each(|flow| of_flow(flow, &mut all));
    results.parts.iter_mut().for_each(|part| of_part(part, &mut all));
    all
}

impl Shown {
    /// Adds what another replication, or another time, shows at the same path, so that all of them read the same as before.
    pub fn add(&mut self, other: Shown) {
        match (self, other) {
            (Shown::Count(sum, _), Shown::Count(more, _)) => *sum += more,
            (Shown::Most(most, _), Shown::Most(other, _)) => *most = (*most).max(other),
            (Shown::Ratio(over, under, _), Shown::Ratio(a, b, _)) => (*over, *under) = (*over + a, *under + b),
            (Shown::Times(times), Shown::Times(more)) => times.merge(&more),
            (Shown::Level(gauge), Shown::Level(more)) => gauge.merge(&more),
            (all @ Shown::Once(..), other) => {
                if let Shown::Once(one, counted) = *all {
                    *all = Shown::Each(one.into_iter().collect(), counted);
                    all.add(other);
                }
            }
            (Shown::Each(all, _), Shown::Once(one, _)) => all.extend(one),
            (Shown::Each(all, _), Shown::Each(more, _)) => all.extend(more),
            _ => unreachable!("one path is one kind of number in all replications of a scenario"),
        }
    }
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
    use crate::record::results::Counted;
    use crate::units::Span;

    #[test]
    fn what_is_shown_adds_up_by_what_it_is() {
        let results = |n: u64| {
            let shown = [
                ("hits", Shown::Count(n, Counted::Ones)),
                ("oldest", Shown::Most(n, Counted::Nanos)),
                ("up", Shown::Ratio(u128::from(n), 10, Counted::Share)),
                ("rto", Shown::Once((n != 2).then_some(n as f64), Counted::Nanos)),
            ];
            let shown = shown.into_iter().map(|(path, shown)| (path.to_owned(), shown)).collect();
            Results { shown, ..Results::default() }
        };
        let mut heir = results(3);
        for n in [2, 7] {
            let mut one = results(n);
            one.hand_over(&mut heir);
            assert!(one.shown.is_empty());
        }
        assert_eq!(heir.shown["hits"], Shown::Count(12, Counted::Ones));
        assert_eq!(heir.shown["oldest"], Shown::Most(7, Counted::Nanos));
        assert_eq!(heir.shown["up"], Shown::Ratio(12, 30, Counted::Share));
        assert_eq!(heir.shown["rto"], Shown::Each(vec![3.0, 7.0], Counted::Nanos));
    }

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
