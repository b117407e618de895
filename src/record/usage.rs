//! What was counted of each metered thing, hour by hour, in whole numbers.

use crate::units::Time;

/// Sums of all counters over cells of time that follow one another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Where the cells begin, and where the last one ends; empty where nothing is counted.
    pub bounds: Vec<Time>,
    /// Each counter.
    pub counts: Vec<Count>,
}

/// A counter: things in billionths, sizes in bytes, times in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// The part.
    pub part: String,
    /// Its meter.
    pub meter: String,
    /// The flow that caused it; empty: nobody's.
    pub flow: String,
    /// The sum of each cell.
    pub cells: Vec<u128>,
}

impl Usage {
    /// The sum of a meter of a part between two moments that are bounds (or beyond the last one).
    pub fn between(&self, part: &str, meter: &str, from: Time, to: Time) -> u128 {
        let cells = self.cells(from, to);
        let own = self.counts.iter().filter(|count| count.part == part && count.meter == meter);
        own.map(|count| count.cells.get(cells.clone()).unwrap_or(&[]).iter().sum::<u128>()).sum()
    }

    /// The cells that lie between two moments.
    pub fn cells(&self, from: Time, to: Time) -> std::ops::Range<usize> {
        let last = self.bounds.len().saturating_sub(1);
        let first = self.bounds.partition_point(|bound| *bound < from).min(last);
        let end = self.bounds.partition_point(|bound| *bound < to).min(last);
        first..end.max(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_between_two_bounds_is_summed() {
        let count = |flow: &str, cells: [u128; 3]| Count {
            part: "alb".into(),
            meter: "bytes".into(),
            flow: flow.into(),
            cells: cells.to_vec(),
        };
        let bounds = [0, 10, 20, 30].map(Time).to_vec();
        let usage = Usage { bounds, counts: vec![count("a", [1, 2, 4]), count("b", [10, 20, 40])] };
        let sum = |from, to| usage.between("alb", "bytes", Time(from), Time(to));
        assert_eq!((sum(0, 30), sum(10, 20), sum(10, 99), sum(30, 40)), (77, 22, 66, 0));
        assert_eq!(usage.between("alb", "hours", Time(0), Time(30)), 0);
    }
}
