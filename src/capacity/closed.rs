//! Closed systems: a fixed number of users who think, ask and wait for the answer.
//!
//! Sources: Reiser and Lavenberg 1980 (mean value analysis); Baskett, Chandy, Muntz, Palacios 1975 (when it is exact);
//! Feller 1950 (machine repairman).

use super::chains::BirthDeath;

/// A station of a closed network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Station {
    /// So many servers with one line: exponential work first come first served, or any law shared evenly by one server.
    Servers(u32),
    /// Nobody waits for anybody.
    Delay,
}

/// What a closed network does.
#[derive(Clone, Debug, PartialEq)]
pub struct Closed {
    /// Cycles per second, per class.
    pub throughput: Vec<f64>,
    /// Mean time from the end of thinking to the return, per class.
    pub response: Vec<f64>,
    /// Mean number at each station, all classes.
    pub present: Vec<f64>,
}

/// Exact mean value analysis of one class: `stations` with the mean work of one cycle at each. Several servers by marginal
/// probabilities of how many are busy.
pub fn one_class(users: u32, think: f64, stations: &[(Station, f64)]) -> Closed {
    // For stations of c servers: share of time with exactly j < c present.
    let mut idle: Vec<Vec<f64>> = stations.iter().map(|(station, _)| first_shares(*station)).collect();
    let mut present = vec![0.0; stations.len()];
    let (mut rate, mut response) = (0.0, 0.0);
    for n in 1..=users {
        let times: Vec<f64> = stations
            .iter()
            .enumerate()
            .map(|(k, (station, work))| match station {
                Station::Delay => *work,
                Station::Servers(c) => {
                    let c = f64::from(*c);
                    let unused: f64 = idle[k].iter().enumerate().map(|(j, p)| (c - 1.0 - j as f64) * p).sum();
                    work / c * (1.0 + present[k] + unused)
                }
            })
            .collect();
        response = times.iter().sum();
        rate = f64::from(n) / (think + response);
        for (k, (station, work)) in stations.iter().enumerate() {
            present[k] = rate * times[k];
            if let Station::Servers(c) = station {
                idle[k] = next_shares(&idle[k], rate * work, *c);
            }
        }
    }
    Closed { throughput: vec![rate], response: vec![response], present }
}

fn first_shares(station: Station) -> Vec<f64> {
    let Station::Servers(c) = station else { return Vec::new() };
    (0..c).map(|j| f64::from(u8::from(j == 0))).collect()
}

/// Shares of time with 0 .. c - 1 present and one user more: p(j | n) = (load / j) p(j - 1 | n - 1).
fn next_shares(shares: &[f64], load: f64, servers: u32) -> Vec<f64> {
    let c = f64::from(servers);
    let mut next = vec![0.0; shares.len()];
    let mut used = 0.0;
    for j in 1..shares.len() {
        next[j] = load / j as f64 * shares[j - 1];
        used += (c - j as f64) * next[j];
    }
    next[0] = (1.0 - (load + used) / c).max(0.0);
    next
}

/// A class of users of a closed network.
#[derive(Clone, Debug, PartialEq)]
pub struct Users {
    /// How many.
    pub users: u32,
    /// Mean time between an answer and the next request.
    pub think: f64,
    /// Mean work of one cycle at each station.
    pub works: Vec<f64>,
}

/// Exact mean value analysis of several classes at stations of one server (shared evenly, or with work of one mean for all)
/// and delays. None if the populations make more than a million combinations.
pub fn several_classes(classes: &[Users], delays: &[bool]) -> Option<Closed> {
    let sizes: Vec<usize> = classes.iter().map(|c| c.users as usize + 1).collect();
    let all = sizes.iter().try_fold(1usize, |all, size| all.checked_mul(*size).filter(|all| *all <= 1_000_000))?;
    let mut present = vec![vec![0.0; delays.len()]; all];
    let mut last = Closed { throughput: Vec::new(), response: Vec::new(), present: Vec::new() };
    for index in 0..all {
        let mut rest = index;
        let population: Vec<usize> = sizes.iter().map(|size| take_digit(&mut rest, *size)).collect();
        let step = population_step(classes, delays, &population, &sizes, &present, index);
        present[index].clone_from(&step.present);
        last = step;
    }
    Some(last)
}

fn take_digit(rest: &mut usize, size: usize) -> usize {
    let digit = *rest % size;
    *rest /= size;
    digit
}

fn population_step(
    classes: &[Users],
    delays: &[bool],
    population: &[usize],
    sizes: &[usize],
    before: &[Vec<f64>],
    index: usize,
) -> Closed {
    let mut step = Closed { throughput: Vec::new(), response: Vec::new(), present: vec![0.0; delays.len()] };
    let mut stride = 1;
    for ((class, users), size) in classes.iter().zip(population).zip(sizes) {
        if *users == 0 {
            step.throughput.push(0.0);
            step.response.push(0.0);
        } else {
            let others = &before[index - stride];
            let slowed = |k: usize| if delays[k] { 1.0 } else { 1.0 + others[k] };
            let times: Vec<f64> = class.works.iter().enumerate().map(|(k, work)| work * slowed(k)).collect();
            let response: f64 = times.iter().sum();
            let rate = *users as f64 / (class.think + response);
            times.iter().zip(&mut step.present).for_each(|(time, present)| *present += rate * time);
            step.throughput.push(rate);
            step.response.push(response);
        }
        stride *= size;
    }
    step
}

/// The machine repairman: `users` who think and then hold one of `servers`. Exact; gives cycles per second, mean response,
/// mean number at the servers and their busy share.
pub fn repairman(users: u32, think: f64, work: f64, servers: u32) -> (f64, f64, f64, f64) {
    let at_work = |n: usize| n.min(servers as usize) as f64;
    let chain = BirthDeath::new(users as usize, |n| (f64::from(users) - n as f64) / think, |n| at_work(n) / work);
    let present = chain.mean(|n| n as f64);
    let rate = chain.mean(at_work) / work;
    (rate, present / rate, present, rate * work / f64::from(servers))
}

#[cfg(test)]
mod tests {
    use super::super::numeric::assert_close;
    use super::*;

    #[test]
    fn twenty_five_users_meet_mean_value_analysis() {
        let one = Station::Servers(1);
        let closed = one_class(25, 1.0, &[(one, 0.05), (one, 0.08), (one, 0.03)]);
        assert_close(closed.throughput[0], 12.4153216404, 1e-11);
        assert_close(closed.response[0], 1.01364094496, 1e-11);
        for (present, known) in closed.present.iter().zip([1.59588996799, 10.3976740971, 0.591114294498]) {
            assert_close(*present, known, 1e-11);
        }
    }

    #[test]
    fn four_workers_and_a_disk_meet_buzen() {
        let closed = one_class(30, 2.0, &[(Station::Servers(4), 0.4), (Station::Servers(1), 0.09)]);
        assert_close(closed.throughput[0], 9.26000056376, 1e-10);
        assert_close(closed.response[0], 1.23974062349, 1e-10);
        assert_close(closed.present[0], 7.70103769785, 1e-9);
    }

    #[test]
    fn two_classes_meet_mean_value_analysis() {
        let clerks = Users { users: 12, think: 1.0, works: vec![0.02, 0.05] };
        let robots = Users { users: 8, think: 3.0, works: vec![0.10, 0.01] };
        let closed = several_classes(&[clerks, robots], &[false, false]).expect("small");
        assert_close(closed.throughput[0], 10.6059340283, 1e-11);
        assert_close(closed.response[1], 0.192056279711, 1e-11);
        assert_close(closed.present[1], 1.07389746245, 1e-11);
        let crowd = Users { users: 100_000, think: 1.0, works: vec![] };
        assert_eq!(several_classes(&[crowd.clone(), crowd], &[]), None);
    }

    #[test]
    fn a_pool_of_connections_is_a_repair_shop() {
        let (rate, response, present, busy) = repairman(40, 2.0, 1.0, 10);
        assert_close(rate, 9.98019888424, 1e-10);
        assert_close(response, 2.00793616079, 1e-10);
        assert_close(present, 20.0396022315, 1e-10);
        assert_close(busy, 0.998019888424, 1e-10);
        let same = one_class(40, 2.0, &[(Station::Servers(10), 1.0)]);
        assert_close(same.throughput[0], rate, 1e-9);
    }

    #[test]
    fn ten_test_users_see_a_kinder_world() {
        let closed = one_class(10, 1.145, &[(Station::Servers(1), 0.1), (Station::Delay, 0.0)]);
        assert_close(closed.response[0], 0.24196, 2e-5);
        assert_close(closed.throughput[0] * 0.1, 0.7210, 2e-5);
    }
}
