//! The universal scalability law: what more nodes bring when they share and talk.
//!
//! Source: Gunther 1993; Guerrilla Capacity Planning (2007).

/// Throughput of N nodes = one N / (1 + contention (N - 1) + coherency N (N - 1)).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scalability {
    /// Throughput of one node.
    pub one: f64,
    /// Share of work that only one can do at a time.
    pub contention: f64,
    /// Cost of keeping two nodes of one mind.
    pub coherency: f64,
}

impl Scalability {
    /// Throughput of so many nodes.
    pub fn throughput(&self, nodes: f64) -> f64 {
        self.one * nodes / (1.0 + self.contention * (nodes - 1.0) + self.coherency * nodes * (nodes - 1.0))
    }

    /// The number of nodes with the greatest throughput, not rounded; none if more is always better.
    pub fn peak_nodes(&self) -> Option<f64> {
        (self.coherency > 0.0).then(|| ((1.0 - self.contention).max(0.0) / self.coherency).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::super::numeric::assert_close;
    use super::*;

    #[test]
    fn past_the_peak_another_node_takes_away() {
        let law = Scalability { one: 1000.0, contention: 0.03, coherency: 0.0005 };
        assert_close(law.peak_nodes().expect("a peak"), 44.0454310911, 1e-11);
        assert_close(law.throughput(32.0), 13190.4369332, 1e-11);
        assert_close(law.throughput(64.0), 13045.2507134, 1e-11);
        assert_eq!(Scalability { coherency: 0.0, ..law }.peak_nodes(), None);
    }
}
