//! Windows: so many in a window of time, for each key, by one rule or by several that must all agree.
//!
//! Laws, for a rule of n in a time W; an arrival is let in if the count *with it* is at most n, and what is refused is not
//! counted. Fixed: the count of [kW, (k+1)W), laid from the start of the run; up to 2n may pass around a boundary. Sliding:
//! this window's count + the last one's x (1 - part of this one that is over); by whole numbers, so that it is the same
//! everywhere. Log: those let in during (t - W, t]; who was let in exactly W ago is out. Under Poisson arrivals a fixed
//! window refuses the Poisson excess over n. Proved by: `fixed-window-shard` and `worked-windows`.
//!
//! Left out: clocks that differ, counters that several places share.

use std::collections::{BTreeMap, VecDeque};

use crate::units::{Rate, Span, Time};

/// How a window counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// From boundary to boundary.
    Fixed,
    /// This window and what is left of the last one.
    Sliding,
    /// Everybody let in, by the moment.
    Log,
}

/// At most so much (in thousand-millionths) in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The most ...
    pub most: u128,
    /// ... in this time; never 0.
    pub window: Span,
}

/// What a window gate is.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowSpec {
    /// All must agree.
    pub rules: Vec<Rule>,
    /// How they count.
    pub kind: Kind,
    /// Also measures the most that any window saw, wherever it begins (a log always does).
    pub watched: bool,
}

/// The counts of one key.
#[derive(Clone, Debug, Default)]
struct Counts {
    /// For each rule: number of its window, count in it and in the one before.
    windows: Vec<(u64, u128, u128)>,
    log: Log,
}

/// Who was let in and when, as far back as the longest rule looks.
#[derive(Clone, Debug, Default)]
struct Log {
    entries: VecDeque<(Time, u128)>,
    /// Number of the first entry.
    first: u64,
    /// For each rule: number of the first entry that it still counts, and the sum from there.
    from: Vec<(u64, u128)>,
}

impl Log {
    fn advance(&mut self, rules: &[Rule], now: Time) {
        self.from.resize(rules.len(), (self.first, 0));
        let mut oldest = u64::MAX;
        for (rule, (from, sum)) in rules.iter().zip(&mut self.from) {
            while let Some((at, amount)) = self.entries.get((*from - self.first) as usize)
                && now.since(*at) >= rule.window
            {
                (*from, *sum) = (*from + 1, *sum - amount);
            }
            oldest = oldest.min(*from);
        }
        while self.first < oldest && self.entries.pop_front().is_some() {
            self.first += 1;
        }
    }

    fn push(&mut self, now: Time, amount: u128) {
        match self.entries.back_mut() {
            // Those of one instant leave together.
            Some((at, there)) if *at == now => *there += amount,
            _ => self.entries.push_back((now, amount)),
        }
        self.from.iter_mut().for_each(|(_, sum)| *sum += amount);
    }

    /// When a rule would have room, if nobody is let in before.
    fn ready_at(&self, nth: usize, rule: &Rule, now: Time, cost: u128) -> Time {
        let (from, mut sum) = self.from.get(nth).copied().unwrap_or((self.first, 0));
        let mut at = now;
        for (came, amount) in self.entries.iter().skip((from - self.first) as usize) {
            if sum + cost <= rule.most {
                break;
            }
            (at, sum) = (*came + rule.window, sum - amount);
        }
        at
    }
}

/// Counts in windows, for each key if there are keys.
#[derive(Clone, Debug)]
pub struct Window {
    rules: Vec<Rule>,
    kind: Kind,
    watched: bool,
    one: Counts,
    keyed: BTreeMap<u64, Counts>,
    room: usize,
    /// Measured since: greatest sum in any window wherever it begins, over the limit; and by rule the greatest count.
    begun: Time,
    overshoot: f64,
    counted: Vec<(u128, Time)>,
    /// Windows of the first rule in which something was refused; the last one of these.
    refused_in: u64,
    last_refused: Option<u64>,
}

impl Window {
    /// Nobody yet.
    pub fn new(spec: &WindowSpec) -> Window {
        Window {
            rules: spec.rules.clone(),
            kind: spec.kind,
            watched: spec.watched || spec.kind == Kind::Log,
            one: Counts::default(),
            keyed: BTreeMap::new(),
            room: 1024,
            begun: Time::ZERO,
            overshoot: 0.0,
            counted: vec![(0, Time::ZERO); spec.rules.len()],
            refused_in: 0,
            last_refused: None,
        }
    }

    /// Would so much be let in now?
    pub fn has(&mut self, now: Time, key: Option<u64>, cost: u128) -> bool {
        self.ready_at(now, key, cost) == now
    }

    /// Lets so much in, for which there is room.
    pub fn take(&mut self, now: Time, key: Option<u64>, cost: u128) {
        if key.is_some() && self.keyed.len() >= self.room {
            self.forget(now);
        }
        let Window { rules, kind, watched, one, keyed, overshoot, counted, .. } = self;
        let counts = key.map_or(one, |key| keyed.entry(key).or_default());
        counts.advance(rules, *kind, now);
        for (nth, (_, count, _)) in counts.windows.iter_mut().enumerate() {
            *count += cost;
            if *count > counted[nth].0 {
                counted[nth] = (*count, now);
            }
        }
        if *watched {
            counts.log.advance(rules, now);
            counts.log.push(now, cost);
            for (nth, (_, sum)) in counts.log.from.iter().enumerate() {
                *overshoot = overshoot.max(*sum as f64 / rules[nth].most as f64);
                if *kind == Kind::Log && *sum > counted[nth].0 {
                    counted[nth] = (*sum, now);
                }
            }
        }
    }

    /// Somebody was refused.
    pub fn refuse(&mut self, now: Time) {
        let Some(rule) = self.rules.first() else { return };
        let window = now.0 / rule.window.0;
        if self.last_refused != Some(window) {
            self.last_refused = Some(window);
            self.refused_in += u64::from(window * rule.window.0 >= self.begun.0);
        }
    }

    /// When so much would be let in, if nobody is before: each rule's room only grows, so it is the last of their moments.
    pub fn ready_at(&mut self, now: Time, key: Option<u64>, cost: u128) -> Time {
        if !self.fits(cost) {
            return Time::NEVER;
        }
        let Window { rules, kind, one, keyed, .. } = self;
        let nobody = &mut Counts::default();
        let counts = key.map_or(one, |key| keyed.get_mut(&key).unwrap_or(nobody));
        counts.advance(rules, *kind, now);
        let of = |(nth, rule): (usize, &Rule)| match (*kind, counts.windows.get(nth)) {
            (Kind::Fixed, Some((window, count, _))) => fixed(rule, *window, *count, now, cost),
            (Kind::Sliding, Some((window, count, last))) => sliding(rule, (*window, *count, *last), now, cost),
            _ => counts.log.ready_at(nth, rule, now, cost),
        };
        rules.iter().enumerate().map(of).max().unwrap_or(now)
    }

    /// Would so much ever be let in?
    pub fn fits(&self, cost: u128) -> bool {
        self.rules.iter().all(|rule| cost <= rule.most)
    }

    /// From now on no window holds more than the rate brings in its time; none: as the rules say.
    pub fn cut(&mut self, rules: &[Rule], rate: Option<Rate>) {
        let most = |rule: &Rule| rate.map_or(rule.most, |rate| rule.most.min(rate.nanos_in(u128::from(rule.window.0))));
        self.rules = rules.iter().map(|rule| Rule { most: most(rule), ..*rule }).collect();
    }

    /// The rule that lets in least over a long time.
    pub fn tightest(&self) -> (usize, Rule) {
        let tighter = |a: &(usize, &Rule), b: &(usize, &Rule)| {
            let (one, other) = (a.1.most * u128::from(b.1.window.0), b.1.most * u128::from(a.1.window.0));
            one.cmp(&other).then(a.0.cmp(&b.0))
        };
        let found = self.rules.iter().enumerate().min_by(tighter);
        found.map_or((0, Rule { most: 0, window: Span(1) }), |(nth, rule)| (nth, *rule))
    }

    /// The measuring begins.
    pub fn begin(&mut self, now: Time) {
        self.begun = now;
        self.overshoot = 0.0;
        self.counted.fill((0, now));
        (self.refused_in, self.last_refused) = (0, None);
    }

    /// Greatest count of a rule in one of its windows, and when it was reached.
    pub fn peak(&self, nth: usize) -> (u128, Time) {
        self.counted.get(nth).copied().unwrap_or_default()
    }

    /// The most that was let in during any [t, t + window), over the limit, of the rule that was exceeded most.
    pub fn overshoot(&self) -> Option<f64> {
        self.watched.then_some(self.overshoot)
    }

    /// Whole windows of the first rule in the measured time, and how many of them refused somebody.
    pub fn windows(&self, to: Time) -> (u64, u64) {
        let Some(rule) = self.rules.first() else { return (0, 0) };
        let (first, end) = (self.begun.0.div_ceil(rule.window.0), to.0 / rule.window.0);
        let cut_off = self.last_refused.is_some_and(|last| last >= end && last >= first);
        (end.saturating_sub(first), self.refused_in - u64::from(cut_off))
    }

    /// Forgets the keys for which nothing counts any more.
    fn forget(&mut self, now: Time) {
        let Window { rules, kind, keyed, .. } = self;
        keyed.retain(|_, counts| {
            counts.advance(rules, *kind, now);
            counts.log.advance(rules, now);
            !counts.log.entries.is_empty() || counts.windows.iter().any(|(_, count, last)| *count > 0 || *last > 0)
        });
        self.room = (2 * self.keyed.len()).max(1024);
    }
}

impl Counts {
    fn advance(&mut self, rules: &[Rule], kind: Kind, now: Time) {
        if kind == Kind::Log {
            return self.log.advance(rules, now);
        }
        self.windows.resize(rules.len(), (0, 0, 0));
        for (rule, (window, count, last)) in rules.iter().zip(&mut self.windows) {
            let here = now.0 / rule.window.0;
            if here != *window {
                *last = if here == *window + 1 { *count } else { 0 };
                (*window, *count) = (here, 0);
            }
        }
    }
}

fn start_of(rule: &Rule, window: u64) -> Time {
    Time(window.saturating_mul(rule.window.0))
}

fn fixed(rule: &Rule, window: u64, count: u128, now: Time, cost: u128) -> Time {
    if count + cost <= rule.most { now } else { start_of(rule, window + 1) }
}

/// Room is there as soon as the last window weighs little enough; if not in this one, then in the next, whose last is this.
fn sliding(rule: &Rule, (window, count, last): (u64, u128, u128), now: Time, cost: u128) -> Time {
    let light_enough = |window: u64, count: u128, last: u128| {
        let room = rule.most.checked_sub(count + cost)?;
        let whole = u128::from(rule.window.0);
        // last x (W - over) <= room x W
        let over = if last <= room { 0 } else { whole - room * whole / last };
        Some(start_of(rule, window) + Span(over as u64))
    };
    let here = light_enough(window, count, last).filter(|at| *at < start_of(rule, window + 1));
    let at = here.or_else(|| light_enough(window + 1, 0, count)).unwrap_or(start_of(rule, window + 2));
    at.max(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queueing::bucket::TOKEN;
    use crate::units::Random;

    fn window(kind: Kind, rules: &[(u64, u64)]) -> Window {
        let rule =
            |(most, seconds): &(u64, u64)| Rule { most: u128::from(*most) * TOKEN, window: Span::seconds(*seconds) };
        Window::new(&WindowSpec { rules: rules.iter().map(rule).collect(), kind, watched: true })
    }

    fn takes(window: &mut Window, at: Time, key: Option<u64>) -> bool {
        let has = window.has(at, key, TOKEN);
        if has {
            window.take(at, key, TOKEN)
        } else {
            window.refuse(at)
        }
        has
    }

    fn ten(kind: Kind) -> (Vec<bool>, Option<f64>) {
        let mut window = window(kind, &[(3, 10)]);
        let came = [8.0, 8.5, 9.0, 9.5, 10.0, 10.5, 11.0, 11.5, 18.0, 19.0];
        let got = came.iter().map(|s| takes(&mut window, Time((s * 1e9) as u64), None)).collect();
        (got, window.overshoot())
    }

    #[test]
    fn a_fixed_window_lets_twice_the_limit_through_at_its_edge() {
        let (got, overshoot) = ten(Kind::Fixed);
        assert_eq!(got, [true, true, true, false, true, true, true, false, false, false]);
        assert_eq!(overshoot, Some(2.0));
    }

    #[test]
    fn a_sliding_window_does_not() {
        let (got, overshoot) = ten(Kind::Sliding);
        assert_eq!(got, [true, true, true, false, false, false, false, false, true, true]);
        assert_eq!(overshoot, Some(1.0));
    }

    #[test]
    fn a_log_forgets_who_was_let_in_exactly_one_window_ago() {
        let (got, overshoot) = ten(Kind::Log);
        assert_eq!(got, [true, true, true, false, false, false, false, false, true, true]);
        assert_eq!(overshoot, Some(1.0));
        let mut log = window(Kind::Log, &[(1, 10)]);
        assert!(takes(&mut log, Time::ZERO, None));
        assert!(!takes(&mut log, Time(9_999_999_999), None) && takes(&mut log, Time(10_000_000_000), None));
    }

    #[test]
    fn all_rules_must_agree() {
        for kind in [Kind::Fixed, Kind::Sliding, Kind::Log] {
            let mut window = window(kind, &[(2, 1), (3, 60)]);
            let at = |s: u64| Time(s * 1_000_000_000);
            assert!(takes(&mut window, at(0), None) && takes(&mut window, at(0), None), "{kind:?}");
            assert!(!takes(&mut window, at(0), None), "{kind:?}: two in a second");
            assert!(takes(&mut window, at(5), None), "{kind:?}");
            assert!(!takes(&mut window, at(9), None), "{kind:?}: three in a minute");
        }
    }

    #[test]
    fn each_key_has_windows_of_its_own_and_old_ones_are_forgotten() {
        let mut window = window(Kind::Fixed, &[(1, 1)]);
        for key in 0..5000 {
            let now = Time(key * 10_000_000);
            assert!(takes(&mut window, now, Some(key)) && !takes(&mut window, now, Some(key)));
        }
        assert!(window.keyed.len() <= 1124, "{}", window.keyed.len());
    }

    #[test]
    fn windows_that_refuse_somebody_are_counted_once_and_whole_ones_only() {
        let mut window = window(Kind::Fixed, &[(1, 1)]);
        window.begin(Time(500_000_000));
        for ms in [600, 700, 1100, 1200, 1300, 3100, 3200, 4100, 4200] {
            takes(&mut window, Time(ms * 1_000_000), None);
        }
        // Whole ones of [0.5, 4.5): those of 1, 2 and 3 s.
        assert_eq!(window.windows(Time(4_500_000_000)), (3, 2));
        assert_eq!(window.windows(Time(5_000_000_000)), (4, 3));
    }

    #[test]
    fn a_cut_holds_at_once_and_ends() {
        let rules = [Rule { most: 10 * TOKEN, window: Span::seconds(1) }];
        let mut window = Window::new(&WindowSpec { rules: rules.to_vec(), kind: Kind::Fixed, watched: true });
        window.cut(&rules, Some(Rate::per_second(2)));
        assert!(takes(&mut window, Time::ZERO, None) && takes(&mut window, Time::ZERO, None));
        assert!(!takes(&mut window, Time::ZERO, None));
        window.cut(&rules, None);
        assert!(takes(&mut window, Time::ZERO, None));
    }

    /// The moment that is said is the first at which it would be let in: not a nanosecond earlier.
    #[test]
    fn who_waits_is_told_the_first_moment_with_room() {
        let mut random = Random::new(7);
        for kind in [Kind::Fixed, Kind::Sliding, Kind::Log] {
            let mut window = window(kind, &[(3, 2), (8, 11)]);
            let mut now = Time::ZERO;
            for _ in 0..2000 {
                now += Span(random.below(1_500_000_000));
                let ready = window.ready_at(now, None, TOKEN);
                if ready > now {
                    let mut then = window.clone();
                    assert!(!then.has(Time(ready.0 - 1), None, TOKEN), "{kind:?} at {now}");
                    assert!(then.has(ready, None, TOKEN), "{kind:?} at {now}");
                }
                takes(&mut window, now, None);
            }
            assert!(window.overshoot().is_some_and(|most| most <= if kind == Kind::Fixed { 2.0 } else { 1.8 }));
        }
    }
}
