//! Queues of known answers, simulated in a few lines each without the engine: what interval procedures are tried on.
//!
//! A simulator gives (begin, latency) in seconds, in the order in which requests begin or in which they leave.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use archsim::outcome::steady::{Look, Of, Plan, judge};
use archsim::record::Slices;
use archsim::units::{Random, Span, Time};

/// A request: when it began, and what is measured of it.
pub type Request = (f64, f64);

/// A queue.
pub struct Queue {
    /// Its name.
    pub name: &'static str,
    /// Requests a second.
    pub rate: f64,
    /// The true mean.
    pub mean: f64,
    /// The true 99th percentile.
    pub p99: f64,
    /// A simulator of it.
    pub start: fn(Random) -> Box<dyn Iterator<Item = Request>>,
}

/// The eight queues on which intervals are tried. The 99th percentiles of the last two are from four runs of 100 million
/// requests each (standard errors 0.0003 and 0.014).
pub const QUEUES: [Queue; 8] = [
    Queue { name: "M/M/1 at 0.5", rate: 0.5, mean: 2.0, p99: 9.21034037, start: |r| line(r, 0.5, exponential, true) },
    Queue { name: "M/M/1 at 0.9", rate: 0.9, mean: 10.0, p99: 46.0517019, start: |r| line(r, 0.9, exponential, true) },
    Queue { name: "M/M/10 at 0.9", rate: 9.0, mean: 1.668731524, p99: 6.249876700, start: ten_servers },
    Queue { name: "M/D/1 at 0.8", rate: 0.8, mean: 2.0, p99: 10.355886792, start: |r| line(r, 0.8, |_| 1.0, false) },
    Queue { name: "M/G/1, scv 4", rate: 0.6, mean: 3.75, p99: 38.503298144, start: |r| line(r, 0.6, lognormal, false) },
    Queue { name: "tandem", rate: 8.0, mean: 0.75, p99: 2.647903970, start: tandem },
    Queue { name: "closed, 25 users", rate: 12.4153216, mean: 1.013640945, p99: 2.0496, start: closed },
    Queue { name: "lower priority", rate: 0.5, mean: 5.714285714, p99: 33.772, start: lower_priority },
];

fn exponential(random: &mut Random) -> f64 {
    -libm::log(random.positive_unit())
}

/// Mean 1, squared coefficient of variation 4.
fn lognormal(random: &mut Random) -> f64 {
    let (a, b) = (random.positive_unit(), random.unit());
    let normal = (-2.0 * libm::log(a)).sqrt() * libm::cos(std::f64::consts::TAU * b);
    let sigma = libm::log(5.0).sqrt();
    libm::exp(sigma * normal - sigma * sigma / 2.0)
}

/// One server (Lindley's recursion): responses, or waits only.
fn line(
    mut random: Random,
    rate: f64,
    work: fn(&mut Random) -> f64,
    response: bool,
) -> Box<dyn Iterator<Item = Request>> {
    let (mut now, mut free) = (0.0f64, 0.0f64);
    Box::new(std::iter::from_fn(move || {
        now += exponential(&mut random) / rate;
        let wait = (free - now).max(0.0);
        let work = work(&mut random);
        free = now + wait + work;
        Some((now, if response { wait + work } else { wait }))
    }))
}

fn ten_servers(mut random: Random) -> Box<dyn Iterator<Item = Request>> {
    let mut free: BinaryHeap<Reverse<u64>> = (0..10).map(|_| Reverse(0)).collect();
    let mut now = 0.0;
    Box::new(std::iter::from_fn(move || {
        now += exponential(&mut random) / 9.0;
        let Reverse(earliest) = free.pop()?;
        let end = now.max(earliest as f64 / 1e9) + exponential(&mut random);
        free.push(Reverse((end * 1e9) as u64));
        Some((now, end - now))
    }))
}

fn tandem(mut random: Random) -> Box<dyn Iterator<Item = Request>> {
    let (mut now, mut first, mut second) = (0.0f64, 0.0f64, 0.0f64);
    Box::new(std::iter::from_fn(move || {
        now += exponential(&mut random) / 8.0;
        first = first.max(now) + exponential(&mut random) / 10.0;
        second = second.max(first) + exponential(&mut random) / 12.0;
        Some((now, second - now))
    }))
}

/// Two classes of exponential work at one server, the one that does not matter first: 0.3 and 0.5 a second.
fn lower_priority(mut random: Random) -> Box<dyn Iterator<Item = Request>> {
    let rates = [0.3, 0.5];
    let mut next = rates.map(|rate| exponential(&mut random) / rate);
    let mut queues: [VecDeque<f64>; 2] = Default::default();
    let mut free = 0.0;
    Box::new(std::iter::from_fn(move || {
        loop {
            for class in 0..2 {
                while next[class] <= free {
                    queues[class].push_back(next[class]);
                    next[class] += exponential(&mut random) / rates[class];
                }
            }
            let upper = queues[0].pop_front().map(|began| (began, true));
            let Some((began, upper)) = upper.or_else(|| queues[1].pop_front().map(|began| (began, false))) else {
                free = next[0].min(next[1]);
                continue;
            };
            let start = free;
            free += exponential(&mut random);
            if !upper {
                return Some((began, start - began));
            }
        }
    }))
}

/// Twenty-five users who think for 1 s and go through three stations.
fn closed(random: Random) -> Box<dyn Iterator<Item = Request>> {
    let mut net = Network { random, calendar: BinaryHeap::new(), stations: Default::default(), began: [0.0; 25] };
    (0..25).for_each(|user| net.plan(0.0, 1.0, 3, user));
    Box::new(std::iter::from_fn(move || {
        loop {
            if let Some(request) = net.step()? {
                return Some(request);
            }
        }
    }))
}

struct Network {
    random: Random,
    /// Time, station (3: thinking), user.
    calendar: BinaryHeap<Reverse<(u64, usize, usize)>>,
    stations: [VecDeque<usize>; 3],
    began: [f64; 25],
}

impl Network {
    fn plan(&mut self, now: f64, mean: f64, station: usize, user: usize) {
        let end = now + mean * exponential(&mut self.random);
        self.calendar.push(Reverse(((end * 1e9) as u64, station, user)));
    }

    fn serve(&mut self, now: f64, station: usize) {
        if let Some(user) = self.stations[station].front().copied() {
            self.plan(now, [0.05, 0.08, 0.03][station], station, user);
        }
    }

    fn join(&mut self, now: f64, station: usize, user: usize) {
        self.stations[station].push_back(user);
        if self.stations[station].len() == 1 {
            self.serve(now, station);
        }
    }

    fn step(&mut self) -> Option<Option<Request>> {
        let Reverse((nanos, station, user)) = self.calendar.pop()?;
        let now = nanos as f64 / 1e9;
        if station == 3 {
            self.began[user] = now;
            self.join(now, 0, user);
            return Some(None);
        }
        self.stations[station].pop_front();
        self.serve(now, station);
        if station < 2 {
            self.join(now, station + 1, user);
            return Some(None);
        }
        self.plan(now, 1.0, 3, user);
        Some(Some((self.began[user], now - self.began[user])))
    }
}

/// What one run said about one measure.
#[derive(Clone, Copy, Debug, Default)]
pub struct Score {
    /// Gave an interval.
    pub known: u32,
    /// It held the truth.
    pub held: u32,
    /// Gave none.
    pub refused: u32,
    /// Requests until the answer, all runs together.
    pub requests: f64,
}

impl Score {
    /// Of two sets of runs together.
    pub fn add(&mut self, other: Score) {
        self.known += other.known;
        self.held += other.held;
        self.refused += other.refused;
        self.requests += other.requests;
    }
}

/// A run of a queue under each of several plans; plans end at their own `at_most`.
pub fn run(queue: &Queue, seed: u64, plans: &[Plan], scores: &mut [Score]) {
    let mut requests = (queue.start)(Random::new(archsim::units::random::join(seed, 0x5eed)));
    let mut slices = Slices::of_quantiles(Time::ZERO, Span(1_000_000));
    let mut states: Vec<(Option<Time>, Option<_>)> = plans.iter().map(|plan| (Some(plan.first()), None)).collect();
    let mut count = 0.0;
    while states.iter().any(|(look, _)| look.is_some()) {
        let Some((began, latency)) = requests.next() else { return };
        let at = Time((began * 1e9) as u64);
        for ((plan, score), (look, before)) in plans.iter().zip(&mut *scores).zip(&mut states) {
            while let Some(due) = look.filter(|due| *due <= at) {
                *look = match judge(plan, &slices, due, before) {
                    Look::GoOn(next) => Some(next),
                    Look::Known(interval) => {
                        let truth = if plan.of == Of::Mean { queue.mean } else { queue.p99 };
                        score.known += 1;
                        score.held += u32::from(interval.low() <= truth && truth <= interval.high());
                        score.requests += count;
                        None
                    }
                    Look::TooShort(_) => {
                        score.refused += 1;
                        None
                    }
                };
            }
        }
        slices.record(at, Span((latency * 1e9) as u64));
        count += 1.0;
    }
}

/// A plan that never stops before its end: `within` is out of reach.
pub fn until_the_end(queue: &Queue, of: Of, requests: f64) -> Plan {
    Plan { of, within: 0.0, at_most: Time((requests / queue.rate * 1e9) as u64) }
}
