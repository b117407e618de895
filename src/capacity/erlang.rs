//! Erlang's formulas: servers that lose, servers with a line, servers with a room, servers without end.
//!
//! Sources: Erlang 1917; Kleinrock, Queueing Systems I (1975), chapter 3. Rates are per second, `rate` of arrivals and
//! `speed` of one server (1 / mean work).

use super::Means;
use super::chains::BirthDeath;
use super::numeric::{poisson_at_least, quantile};
use crate::units::maths::{exp, ln};

/// Erlang B: the share of Poisson arrivals that find `servers` busy and are lost, at `load` erlangs. Exact for every law of
/// work with the same mean (Sevastyanov 1957). By the stable recursion B(k) = a B(k-1) / (k + a B(k-1)).
pub fn erlang_b(servers: u32, load: f64) -> f64 {
    (1..=servers).fold(1.0, |b, k| load * b / (f64::from(k) + load * b))
}

/// Erlang C: the share of Poisson arrivals that wait for one of `servers` with exponential work. Exact; from B, because
/// C = B / (1 - rho (1 - B)) neither overflows nor cancels. None if the servers cannot keep up.
pub fn erlang_c(servers: u32, load: f64) -> Option<f64> {
    let busy = load / f64::from(servers);
    if busy >= 1.0 {
        return None;
    }
    let b = erlang_b(servers, load);
    Some(b / (1.0 - busy * (1.0 - b)))
}

/// Poisson arrivals, exponential work, `servers` with one line, first come first served: M/M/c.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Share of arrivals that wait.
    pub delayed: f64,
    /// The wait of those who wait is exponential with this rate.
    pub drain: f64,
    /// Work is exponential with this rate.
    pub speed: f64,
    /// All means.
    pub means: Means,
}

/// M/M/c. Exact. None if it is overloaded.
pub fn mmc(rate: f64, speed: f64, servers: u32) -> Option<Line> {
    let delayed = erlang_c(servers, rate / speed)?;
    Some(Line::new(rate, speed, servers, delayed, f64::from(servers) * speed - rate))
}

impl Line {
    /// A line in which a share waits an exponential time and work is exponential (M/M/c, GI/M/c).
    pub(super) fn new(rate: f64, speed: f64, servers: u32, delayed: f64, drain: f64) -> Line {
        Line { delayed, drain, speed, means: Means::from_wait(rate, 1.0 / speed, servers, delayed / drain) }
    }

    /// P(wait > t) = C exp(-drain t).
    pub fn wait_tail(&self, t: f64) -> f64 {
        self.delayed * exp(-self.drain * t)
    }

    /// P(response > t): work alone, or an exponential wait and then work.
    pub fn response_tail(&self, t: f64) -> f64 {
        let (theta, mu) = (self.drain, self.speed);
        let at_once = (1.0 - self.delayed) * exp(-mu * t);
        if (theta - mu).abs() < 1e-9 * mu {
            return at_once + self.delayed * (1.0 + mu * t) * exp(-mu * t);
        }
        at_once + self.delayed * (theta * exp(-mu * t) - mu * exp(-theta * t)) / (theta - mu)
    }

    /// Quantile of the wait; 0 where so many do not wait.
    pub fn wait_quantile(&self, p: f64) -> f64 {
        (ln(self.delayed / (1.0 - p)) / self.drain).max(0.0)
    }

    /// Quantile of the response.
    pub fn response_quantile(&self, p: f64) -> f64 {
        quantile(|t| self.response_tail(t), p, 1.0 / self.speed)
    }
}

/// A room with so many servers and chairs, where who finds it full is refused: M/M/c/K.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    /// Share of arrivals refused.
    pub refused: f64,
    /// Served to the end, per second.
    pub throughput: f64,
    /// Means; wait and response of those let in.
    pub means: Means,
}

/// M/M/c/K with `chairs` = K - c places to wait. Exact, also in overload: a birth-death chain.
pub fn mmck(rate: f64, speed: f64, servers: u32, chairs: u32) -> Room {
    let places = servers as usize + chairs as usize;
    let at_work = |n: usize| n.min(servers as usize) as f64;
    let chain = BirthDeath::new(places, |_| rate, |n| speed * at_work(n));
    let refused = chain.share(places);
    let throughput = rate * (1.0 - refused);
    let present = chain.mean(|n| n as f64);
    let queue = chain.mean(|n| n as f64 - at_work(n));
    let means = Means {
        busy: throughput / speed / f64::from(servers),
        wait: queue / throughput,
        response: present / throughput,
        queue,
        present,
    };
    Room { refused, throughput, means }
}

/// P(at least n present) with no limit and no line (M/G/inf): Poisson with mean `load`. Exact for every law of work.
pub fn present_at_least(load: f64, n: u64) -> f64 {
    poisson_at_least(load, n)
}

#[cfg(test)]
mod tests {
    use super::super::numeric::assert_close;
    use super::*;

    #[test]
    fn one_server_meets_mm1() {
        let line = mmc(90.0, 100.0, 1).expect("stable");
        let known =
            [(line.means.busy, 0.9), (line.means.wait, 0.09), (line.means.response, 0.1), (line.means.queue, 8.1)];
        known.iter().for_each(|(value, known)| assert_close(*value, *known, 1e-12));
        assert_close(line.wait_quantile(0.9), 0.219722457734, 1e-11);
        assert_close(line.response_quantile(0.999), 0.690775527898, 1e-11);
        assert_close(line.means.present, 9.0, 1e-12);
    }

    #[test]
    fn many_servers_meet_erlang_c() {
        let two = mmc(1.6, 1.0, 2).expect("stable");
        assert_close(two.delayed, 0.711111111111, 1e-11);
        assert_close(two.means.wait, 1.77777777778, 1e-11);
        assert_close(two.response_quantile(0.5), 2.04003144593, 1e-11);
        let ten = mmc(9.0, 1.0, 10).expect("stable");
        assert_close(ten.delayed, 0.668731524108, 1e-11);
        assert_close(ten.response_quantile(0.99), 6.24987669885, 1e-11);
        let hundred = mmc(4750.0, 50.0, 100).expect("stable");
        assert_close(hundred.means.present, 104.622680224, 1e-11);
        assert_close(hundred.wait_quantile(0.99), 0.0156994161692, 1e-10);
        assert_eq!(mmc(2.0, 1.0, 2), None);
    }

    #[test]
    fn half_load_is_not_the_same_for_all() {
        assert_close(erlang_c(5, 2.5).expect("stable"), 0.13037, 1e-4);
        assert_close(erlang_c(10, 5.0).expect("stable"), 0.03611, 2e-4);
    }

    #[test]
    fn losses_meet_erlang_b() {
        assert_close(erlang_b(20, 15.0), 0.0455932155898, 1e-11);
        assert_close(erlang_b(1000, 975.0), 0.0115699786561, 1e-10);
        assert_close(erlang_b(8, 6.0), 0.121875783666, 1e-11);
    }

    #[test]
    fn rooms_meet_their_chains() {
        let five = mmck(1.0, 1.0, 1, 4);
        assert_close(five.refused, 1.0 / 6.0, 1e-12);
        assert_close(five.means.wait, 2.0, 1e-12);
        let ten = mmck(5.0, 1.0, 4, 6);
        assert_close(ten.refused, 0.230024325429, 1e-11);
        assert_close(ten.throughput, 3.84987837285, 1e-11);
        assert_close(ten.means.queue, 3.5062331896, 1e-10);
        assert_close(ten.means.response, 1.91073869095, 1e-11);
    }
}
