//! Callers who give up: Erlang A, and a patience that ends at a fixed time.
//!
//! Sources: Palm 1957; Garnett, Mandelbaum, Reiman 2002; Baccelli and Hebuterne 1981; Zeltyn and Mandelbaum 2005.

use super::chains::BirthDeath;
use crate::units::maths::{exp, exp_m1};

/// What a station with impatient callers does, in the long run. It has an answer at every load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Impatient {
    /// Share of callers who give up.
    pub abandoned: f64,
    /// Share of callers who do not begin at once, those who give up included.
    pub delayed: f64,
    /// Mean time in the queue of all callers, until they begin or give up.
    pub wait: f64,
    /// Served to the end, per second.
    pub throughput: f64,
    /// Busy servers over servers.
    pub busy: f64,
    /// Mean number waiting.
    pub queue: f64,
}

impl Impatient {
    fn new(rate: f64, speed: f64, servers: u32, abandoned: f64, delayed: f64, queue: f64) -> Impatient {
        let throughput = rate * (1.0 - abandoned);
        let busy = throughput / speed / f64::from(servers);
        Impatient { abandoned, delayed, wait: queue / rate, throughput, busy, queue }
    }
}

/// M/M/n+M (Erlang A): each caller gives up after an exponential time with this mean. Exact: a birth-death chain, cut where
/// the queue is longer than chance allows.
pub fn exponential(rate: f64, speed: f64, servers: u32, patience: f64) -> Impatient {
    let n = servers as usize;
    let centre = (rate * patience).max(f64::from(servers));
    let last = n + (centre + 12.0 * centre.sqrt() + 60.0).ceil() as usize;
    let leave = |k: usize| speed * k.min(n) as f64 + k.saturating_sub(n) as f64 / patience;
    let chain = BirthDeath::new(last, |_| rate, leave);
    let queue = chain.mean(|k| k.saturating_sub(n) as f64);
    Impatient::new(rate, speed, servers, queue / patience / rate, chain.at_least(n), queue)
}

/// M/M/n+D: each caller who has not begun after `patience` goes. Exact, by the integrals of Baccelli and Hebuterne.
pub fn fixed(rate: f64, speed: f64, servers: u32, patience: f64) -> Impatient {
    let full = f64::from(servers) * speed;
    let load = rate / speed;
    // Weight of an idle server against a full house: sum of falling products.
    let (mut idle, mut term) = (0.0, 1.0);
    for j in (0..servers).rev() {
        idle += term;
        term *= f64::from(j) / load;
    }
    let slope = rate - full;
    let beyond = exp(slope * patience) / full;
    // Integrals of exp(slope x) and x exp(slope x) over [0, patience].
    let (area, first) = if (slope * patience).abs() < 1e-6 {
        (patience * (1.0 + slope * patience / 2.0), patience * patience * (0.5 + slope * patience / 3.0))
    } else {
        let area = exp_m1(slope * patience) / slope;
        (area, (patience * exp(slope * patience) - area) / slope)
    };
    let all = area + beyond;
    let weight = idle + rate * all;
    let abandoned = (1.0 + slope * all) / weight;
    let queue = rate * rate * (first + patience * beyond) / weight;
    Impatient::new(rate, speed, servers, abandoned, rate * all / weight, queue)
}

#[cfg(test)]
mod tests {
    use super::super::numeric::assert_close;
    use super::*;

    #[test]
    fn fifty_desks_meet_erlang_a() {
        let desk = exponential(55.0, 1.0, 50, 2.0);
        assert_close(desk.abandoned, 0.102080194626, 1e-10);
        assert_close(desk.delayed, 0.866233716289, 1e-10);
        assert_close(desk.wait, 0.204160389252, 1e-10);
        assert_close(desk.throughput, 49.3855892956, 1e-10);
        assert_close(desk.busy, 0.987711785911, 1e-10);
        assert_close(desk.queue, 11.2288214089, 1e-10);
    }

    #[test]
    fn ten_desks_meet_baccelli_and_hebuterne() {
        let desk = fixed(9.5, 1.0, 10, 0.5);
        assert_close(desk.abandoned, 0.0826049623945, 1e-10);
        assert_close(desk.delayed, 0.551843139686, 1e-10);
        assert_close(desk.wait, 0.153729211835, 1e-10);
        assert_close(desk.queue, 1.46042751243, 1e-10);
    }

    #[test]
    fn shedding_saves_an_overloaded_desk() {
        let desk = fixed(1.5, 1.0, 1, 3.0);
        assert_close(desk.abandoned, 0.370028694124, 1e-10);
        assert_close(desk.busy, 0.944956958814, 1e-10);
        assert_close(desk.wait, 2.18040171774, 1e-10);
    }

    #[test]
    fn a_load_of_exactly_one_has_no_hole() {
        let at = fixed(10.0, 1.0, 10, 0.5).abandoned;
        let beside = fixed(10.001, 1.0, 10, 0.5).abandoned;
        assert!((at - beside).abs() < 1e-3 && at > 0.0);
    }
}
