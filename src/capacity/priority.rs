//! Who goes first: priorities at one server, and at several.
//!
//! Sources: Cobham 1954 (not interrupted); White and Christie 1958 (interrupted, resumed); Kella and Yechiali 1985.

use super::erlang::erlang_c;
use super::general::Moments;

/// One class of requests: low places in the list go first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Class {
    /// Poisson arrivals per second.
    pub rate: f64,
    /// Its work.
    pub work: Moments,
}

/// Mean waits of the classes when nobody is interrupted: W(k) = R / ((1 - s(k-1)) (1 - s(k))), with R the mean rest of the
/// work found at the server and s(k) the load of the classes up to k. Exact; infinite for classes that starve.
pub fn waits(classes: &[Class]) -> Vec<f64> {
    let rest: f64 = classes.iter().map(|c| c.rate * c.work.second / 2.0).sum();
    let mut above = 0.0;
    classes
        .iter()
        .map(|class| {
            let with = above + class.rate * class.work.mean;
            let wait = if with < 1.0 { rest / ((1.0 - above) * (1.0 - with)) } else { f64::INFINITY };
            above = with;
            wait
        })
        .collect()
}

/// Mean responses of the classes when the urgent interrupt and the interrupted resume: work / (1 - s(k-1)) and the rest of
/// the classes up to k. Exact; infinite for classes that starve.
pub fn responses_interrupted(classes: &[Class]) -> Vec<f64> {
    let (mut above, mut rest) = (0.0, 0.0);
    classes
        .iter()
        .map(|class| {
            rest += class.rate * class.work.second / 2.0;
            let with = above + class.rate * class.work.mean;
            let response = class.work.mean / (1.0 - above) + rest / ((1.0 - above) * (1.0 - with));
            above = with;
            if with < 1.0 { response } else { f64::INFINITY }
        })
        .collect()
}

/// Mean waits at several servers, all work exponential with the same mean, nobody interrupted (Kella and Yechiali). Exact.
pub fn waits_at_several(rates: &[f64], work: f64, servers: u32) -> Option<Vec<f64>> {
    let c = f64::from(servers);
    let rest = erlang_c(servers, rates.iter().sum::<f64>() * work)? * work / c;
    let mut above = 0.0;
    let waits = rates.iter().map(|rate| {
        let with = above + rate * work / c;
        let wait = rest / ((1.0 - above) * (1.0 - with));
        above = with;
        wait
    });
    Some(waits.collect())
}

#[cfg(test)]
mod tests {
    use super::super::numeric::assert_close;
    use super::*;

    fn class(rate: f64, mean: f64, scv: f64) -> Class {
        let second = mean * mean * (1.0 + scv);
        Class { rate, work: Moments { mean, second, third: f64::NAN } }
    }

    #[test]
    fn three_classes_meet_cobham() {
        let waits = waits(&[class(0.2, 1.0, 0.0), class(0.15, 2.0, 1.0), class(0.1, 3.0, 0.25)]);
        for (wait, known) in waits.iter().zip([1.578125, 3.15625, 12.625]) {
            assert_close(*wait, known, 1e-12);
        }
    }

    #[test]
    fn the_urgent_interrupt() {
        let times = responses_interrupted(&[class(0.4, 1.0, 1.0), class(0.4, 1.0, 0.0)]);
        assert_close(times[0], 1.66666666667, 1e-11);
        assert_close(times[1], 6.66666666667, 1e-11);
    }

    #[test]
    fn four_desks_meet_kella_and_yechiali() {
        let waits = waits_at_several(&[1.4, 2.0], 1.0, 4).expect("stable");
        assert_close(waits[0], 0.265121623724, 1e-11);
        assert_close(waits[1], 1.76747749149, 1e-11);
    }

    #[test]
    fn a_class_that_starves_waits_for_ever() {
        assert_eq!(waits(&[class(0.7, 1.0, 1.0), class(0.7, 1.0, 1.0)])[1], f64::INFINITY);
    }
}
