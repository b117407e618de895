//! How long users felt a fault, what it took to be over it, and what was lost.
//!
//! Windows of a minute and slots of a second are laid from the moment of the fault. A window is bad if an objective of a
//! flow does not hold for the requests that began in it; one in which nobody asked keeps the state of the one before.
//! *Recovered* is the start of the first window after the last bad one, so only the last bad one has to be remembered.
//! *Felt outage* are the bad slots until somebody has asked after the recovery. The moments felt, detected, decided and
//! acted are each at least the one before and at most *recovered*; so their distances add up to the RTO, with the rest,
//! *drained* (worked systems, section 17).

use std::collections::{BTreeMap, VecDeque};

use super::alarms::compares;
use super::blueprint::{Blueprint, Comparison};
use super::incidents::{Goal, GoalSpec};
use super::tally::{Outcome, Spent};
use super::world::State;
use crate::engine::program::NONE;
use crate::queueing::replicas::Loss;
use crate::record::results::{Cause, Counted, Shown};
use crate::units::time::SECOND;
use crate::units::{Span, Time};

/// Slots of a window.
const SLOTS: u64 = 60;
/// Length of a window.
const WINDOW: u64 = SLOTS * SECOND;

/// The faults that are watched.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recovery {
    watches: Vec<Watch>,
    /// Of each flow: has it an objective?
    judged: Vec<bool>,
    /// Of each fault that comes again: what became of those times that are over.
    told: Vec<BTreeMap<String, Shown>>,
}

/// A fault being watched.
#[derive(Clone, Debug, Default)]
struct Watch {
    begun: Option<Time>,
    felt: Option<Time>,
    detected: Option<Time>,
    decided: Option<Time>,
    acted: Option<Time>,
    first_good: Option<Time>,
    /// What the copies that took over lack: writes, the oldest, and from when on.
    lost: u64,
    oldest: Option<Time>,
    lacks_from: Option<Time>,
    /// Windows that are not judged yet, and the number of the first of them.
    windows: VecDeque<Window>,
    first: u64,
    /// Failed: of those inside when it began, and of the windows that are judged.
    failed: u64,
    /// The last bad window, and what had failed by its end.
    last_bad: Option<u64>,
    failed_by_then: u64,
    /// Is the state after the last judged slot and window bad?
    bad: bool,
    bad_slot: bool,
    /// Bad slots so far, and those before the first request after the last bad window.
    bad_slots: u64,
    until_asked: Option<u64>,
}

/// Requests that began in the same minute.
#[derive(Clone, Debug, Default)]
struct Window {
    open: u64,
    failed: u64,
    /// By objective: of the whole window, then of each slot.
    counts: Vec<Count>,
}

/// What an objective needs to know.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    /// Of so many ...
    of: u64,
    /// ... so many count.
    some: u64,
    /// Sum, or the greatest.
    nanos: u128,
}

impl Recovery {
    /// Nothing has happened yet.
    pub fn new(plan: &Blueprint) -> Recovery {
        let incidents = &plan.incidents;
        let judged = |flow: usize| incidents.goals.iter().any(|goal| goal.flow as usize == flow);
        Recovery {
            watches: incidents.faults.iter().map(|_| Watch::default()).collect(),
            judged: (0..plan.flows.len()).map(judged).collect(),
            told: vec![BTreeMap::new(); incidents.faults.len()],
        }
    }

    /// Is anything watched?
    pub fn watches(&self) -> bool {
        !self.watches.is_empty()
    }
}

impl GoalSpec {
    /// Counts a request that is over: `outcome` after so long.
    fn counts(&self, count: &mut Count, outcome: Outcome, latency: Span) {
        let answered = !matches!(outcome, Outcome::Failed(_));
        let failed = |wanted: fn(Cause) -> bool| matches!(outcome, Outcome::Failed(cause) if wanted(cause));
        let some = match self.of {
            Goal::Success => outcome == Outcome::Ok,
            Goal::Late => outcome == Outcome::Late,
            Goal::Throttled => failed(|cause| cause == Cause::Throttled),
            Goal::Refused => failed(|cause| cause == Cause::Refused),
            Goal::Errors => failed(|cause| !matches!(cause, Cause::Throttled | Cause::Refused)),
            Goal::Quantile(_) | Goal::Mean | Goal::Greatest if !answered => return,
            // Of a quantile it matters only how many lie on the lower side of the bound.
            Goal::Quantile(_) => match self.compare {
                Comparison::Less | Comparison::AtLeast => (latency.0 as f64) < self.than,
                _ => latency.0 as f64 <= self.than,
            },
            Goal::Mean => {
                count.nanos += u128::from(latency.0);
                false
            }
            Goal::Greatest => {
                count.nanos = count.nanos.max(u128::from(latency.0));
                false
            }
        };
        count.of += 1;
        count.some += u64::from(some);
    }

    /// Does it hold? None if nobody asked.
    fn holds(&self, count: &Count) -> Option<bool> {
        if count.of == 0 {
            return None;
        }
        let of = count.of as f64;
        Some(match self.of {
            Goal::Quantile(p) => {
                // The smallest value with at least p of the mass at or below it lies below the bound if so many do.
                let below = count.some as f64 >= (p * of).ceil().max(1.0);
                below == matches!(self.compare, Comparison::Less | Comparison::AtMost)
            }
            Goal::Mean => compares(count.nanos as f64 / of, self.compare, self.than),
            Goal::Greatest => compares(count.nanos as f64, self.compare, self.than),
            _ => compares(count.some as f64 / of, self.compare, self.than),
        })
    }
}

/// Is one of these objectives missed? None if nobody asked.
fn missed(goals: &[GoalSpec], counts: &[Count]) -> Option<bool> {
    let held = goals.iter().zip(counts).filter_map(|(goal, count)| goal.holds(count));
    held.fold(None, |missed, holds| Some(missed.unwrap_or(false) || !holds))
}

impl Watch {
    /// The window of a moment; those between are there too.
    fn window(&mut self, goals: usize, begun: Time, at: Time) -> Option<&mut Window> {
        let place = (at.since(begun).0 / WINDOW).checked_sub(self.first)? as usize;
        while self.windows.len() <= place {
            let counts = vec![Count::default(); goals * (1 + SLOTS as usize)];
            self.windows.push_back(Window { counts, ..Window::default() });
        }
        self.windows.get_mut(place)
    }

    /// Judges all windows before this one that nobody is in any more.
    fn judge_until(&mut self, goals: &[GoalSpec], number: u64, all: bool) {
        while self.first < number && self.windows.front().is_some_and(|window| all || window.open == 0) {
            if let Some(window) = self.windows.pop_front() {
                self.judge(goals, &window);
                self.first += 1;
            }
        }
    }

    fn judge(&mut self, goals: &[GoalSpec], window: &Window) {
        let n = goals.len();
        self.failed += window.failed;
        self.bad = missed(goals, &window.counts[..n]).unwrap_or(self.bad);
        if self.bad {
            (self.last_bad, self.failed_by_then, self.until_asked) = (Some(self.first), self.failed, None);
        }
        for slot in 1..=SLOTS as usize {
            if let Some(bad) = missed(goals, &window.counts[slot * n..(slot + 1) * n]) {
                self.bad_slot = bad;
                if !self.bad {
                    self.until_asked.get_or_insert(self.bad_slots);
                }
            }
            self.bad_slots += u64::from(self.bad_slot);
        }
    }

    /// The end of the run.
    fn close(&mut self, goals: &[GoalSpec], to: Time) {
        let Some(begun) = self.begun else { return };
        let windows = to.since(begun).0.div_ceil(WINDOW);
        self.window(goals.len(), begun, Time(to.0 - 1));
        self.judge_until(goals, windows, true);
    }
}

impl State {
    /// A fault begins: it is watched from now on, and no longer for the time before.
    pub(crate) fn watch_fault(&mut self, plan: &Blueprint, now: Time, happening: u32) {
        let Some(index) = plan.incidents.faults.iter().position(|fault| *fault == happening) else { return };
        let recovery = &mut self.incidents.recovery;
        if recovery.watches[index].begun.is_some() {
            let mut over = std::mem::take(&mut recovery.watches[index]);
            over.close(&plan.incidents.goals, now);
            tells(&over, now, &mut recovery.told[index]);
        }
        recovery.watches[index].begun.get_or_insert(now);
    }

    /// A request begins.
    pub(crate) fn recovery_begins(&mut self, plan: &Blueprint, flow: u32, at: Time) {
        let recovery = &mut self.incidents.recovery;
        if flow == NONE || !recovery.judged[flow as usize] {
            return;
        }
        let goals = &plan.incidents.goals;
        for watch in &mut recovery.watches {
            let Some(begun) = watch.begun.filter(|begun| *begun <= at) else { continue };
            watch.judge_until(goals, at.since(begun).0 / WINDOW, false);
            if let Some(window) = watch.window(goals.len(), begun, at) {
                window.open += 1;
            }
        }
    }

    /// A request is over.
    pub(crate) fn recovery_ends(&mut self, plan: &Blueprint, flow: u32, spent: Spent, at: Time, outcome: Outcome) {
        let recovery = &mut self.incidents.recovery;
        if flow == NONE || !recovery.judged[flow as usize] {
            return;
        }
        let goals = &plan.incidents.goals;
        let failed = u64::from(matches!(outcome, Outcome::Failed(_)));
        for watch in &mut recovery.watches {
            let Some(begun) = watch.begun else { continue };
            if spent.start < begun {
                watch.failed += failed;
                continue;
            }
            if outcome == Outcome::Ok {
                watch.first_good = Some(watch.first_good.map_or(at, |first| first.min(at)));
            } else {
                watch.felt = Some(watch.felt.map_or(spent.start, |first| first.min(spent.start)));
            }
            let Some(window) = watch.window(goals.len(), begun, spent.start) else { continue };
            window.open -= 1;
            window.failed += failed;
            let slot = 1 + (spent.start.since(begun).0 % WINDOW / SECOND) as usize;
            for (index, goal) in goals.iter().enumerate().filter(|(_, goal)| goal.flow == flow) {
                for place in [index, slot * goals.len() + index] {
                    goal.counts(&mut window.counts[place], outcome, at.since(spent.start));
                }
            }
        }
    }

    fn begun(&mut self) -> impl Iterator<Item = &mut Watch> {
        self.incidents.recovery.watches.iter_mut().filter(|watch| watch.begun.is_some())
    }

    /// An alarm is raised.
    pub(crate) fn detected(&mut self, now: Time) {
        self.begun().for_each(|watch| watch.detected = watch.detected.or(Some(now)));
    }

    /// An action that changes something begins.
    pub(crate) fn decided(&mut self, now: Time) {
        let known = self.begun().filter(|watch| watch.detected.is_some());
        known.for_each(|watch| watch.decided = watch.decided.or(Some(now)));
    }

    /// An action ends.
    pub(crate) fn acted(&mut self, now: Time) {
        self.begun().filter(|watch| watch.decided.is_some()).for_each(|watch| watch.acted = Some(now));
    }

    /// A copy has taken over: what it lacks is the doing of the fault that began last.
    pub(crate) fn has_lost(&mut self, loss: &Loss) {
        let Some(watch) = self.begun().max_by_key(|watch| watch.begun) else { return };
        watch.lost += loss.writes;
        watch.oldest = watch.oldest.into_iter().chain(loss.oldest).min();
        watch.lacks_from = watch.lacks_from.into_iter().chain([loss.from]).min();
    }

    /// What became of each fault.
    pub(crate) fn show_recovery(&mut self, plan: &Blueprint, to: Time, all: &mut BTreeMap<String, Shown>) {
        let recovery = &mut self.incidents.recovery;
        for (index, fault) in plan.incidents.faults.iter().enumerate() {
            let watch = &mut recovery.watches[index];
            watch.close(&plan.incidents.goals, to);
            let mut shown = std::mem::take(&mut recovery.told[index]);
            tells(watch, to, &mut shown);
            let name = &plan.happenings[*fault as usize].name;
            all.extend(shown.into_iter().map(|(path, shown)| (format!("{name}.{path}"), shown)));
        }
    }
}

/// Adds what became of a fault to what became of it the times before.
fn tells(watch: &Watch, to: Time, all: &mut BTreeMap<String, Shown>) {
    watch.show(to, &mut |path: &str, shown: Shown| match all.get_mut(path) {
        Some(before) => before.add(shown),
        None => drop(all.insert(path.to_owned(), shown)),
    });
}

impl Watch {
    fn show(&self, to: Time, show: &mut impl FnMut(&str, Shown)) {
        let nanos = |span: Option<Span>| Shown::Once(span.map(|span| span.0 as f64), Counted::Nanos);
        let begun = self.begun;
        let since = |at: Option<Time>| nanos(begun.zip(at).map(|(begun, at)| at.since(begun)));
        let windows = begun.map_or(0, |begun| to.since(begun).0.div_ceil(WINDOW));
        let bad = self.last_bad.map_or(0, |last| last + 1);
        let rto = begun.filter(|_| bad < windows || bad == 0).map(|_| Span(bad * WINDOW));
        show("rto", nanos(rto));
        show("recovered", nanos(rto.filter(|_| bad > 0)));
        show("unrecovered", Shown::Count(u64::from(begun.is_some() && rto.is_none()), Counted::Ones));
        show("detected", since(self.detected));
        show("first_good", since(self.first_good));
        let slots = if rto.is_some() { self.until_asked.unwrap_or(self.bad_slots) } else { self.bad_slots };
        show("felt_outage", nanos(begun.map(|_| Span::seconds(slots))));
        let failed = if rto.is_some() { self.failed_by_then } else { self.failed };
        let count = |n: u64| Shown::Once(begun.map(|_| n as f64), Counted::Ones);
        show("failed", count(failed));
        // Filled in by whoever runs the same seed without it.
        show("failed_beyond", Shown::Once(None, Counted::Ones));
        show("lost", count(self.lost));
        show(
            "intact",
            Shown::Ratio(u128::from(begun.is_some() && self.lost == 0), u128::from(begun.is_some()), Counted::Share),
        );
        let rpo = begun.map(|begun| self.oldest.map_or(Span::ZERO, |oldest| begun.since(oldest)));
        show("rpo", nanos(rpo));
        show("behind", nanos(begun.zip(self.lacks_from).map(|(begun, from)| begun.since(from))));
        let parts = begun.zip(rto).map(|(begun, rto)| self.parts(begun, rto));
        for (index, part) in ["felt", "detected", "decided", "acted", "drained"].iter().enumerate() {
            show(&format!("parts.{part}"), nanos(parts.map(|parts| parts[index])));
        }
    }

    /// The parts of the RTO: what did not happen has no length.
    fn parts(&self, begun: Time, rto: Span) -> [Span; 5] {
        let (end, mut before) = (begun + rto, begun);
        let moments = [self.felt, self.detected, self.decided, self.acted, Some(end)];
        let parts = moments.map(|moment| {
            let moment = moment.unwrap_or(before).max(before).min(end);
            moment.since(std::mem::replace(&mut before, moment))
        });
        debug_assert_eq!(parts.iter().fold(Span::ZERO, |sum, part| sum + *part), rto, "they add up to it");
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn success() -> GoalSpec {
        GoalSpec { flow: 0, of: Goal::Success, compare: Comparison::AtLeast, than: 0.99 }
    }

    /// A fault at 0 and one request in each of these seconds, good or not.
    fn watched(requests: &[(u64, bool)], to: u64) -> Watch {
        let goals = [success()];
        let mut watch = Watch { begun: Some(Time::ZERO), ..Watch::default() };
        for &(second, good) in requests {
            let at = Time(second * SECOND);
            watch.judge_until(&goals, at.0 / WINDOW, false);
            let outcome = if good { Outcome::Ok } else { Outcome::Failed(Cause::Broken) };
            if !good {
                watch.felt.get_or_insert(at);
            }
            let window = watch.window(1, Time::ZERO, at).expect("not judged yet");
            window.failed += u64::from(!good);
            for place in [0, 1 + (second % 60) as usize] {
                goals[0].counts(&mut window.counts[place], outcome, Span(5));
            }
        }
        watch.close(&goals, Time(to * SECOND));
        watch
    }

    fn shown(watch: &Watch, to: u64) -> BTreeMap<String, Option<f64>> {
        let mut all = BTreeMap::new();
        watch.show(Time(to * SECOND), &mut |path: &str, shown: Shown| {
            if let Shown::Once(value, counted) = shown {
                let scale = if counted == Counted::Nanos { 1e9 } else { 1.0 };
                all.insert(path.to_owned(), value.map(|value| value / scale));
            }
        });
        all
    }

    #[test]
    fn it_is_over_in_the_first_window_after_the_last_bad_one() {
        let all = shown(&watched(&[(5, false), (50, false), (70, true), (130, true)], 300), 300);
        assert_eq!(all["rto"], Some(60.0));
        assert_eq!(all["felt_outage"], Some(65.0), "from 5 until somebody asked again, at 70");
        assert_eq!(all["failed"], Some(2.0));
    }

    #[test]
    fn a_window_in_which_nobody_asks_keeps_the_state_before_it() {
        let all = shown(&watched(&[(5, false), (200, true)], 300), 300);
        assert_eq!((all["rto"], all["felt_outage"]), (Some(180.0), Some(195.0)));
        let never = shown(&watched(&[(5, true), (100, false)], 300), 300);
        assert_eq!(never["rto"], None, "nobody ever asked again");
    }

    #[test]
    fn what_nobody_feels_takes_no_time() {
        let all = shown(&watched(&[(5, true), (100, true)], 300), 300);
        assert_eq!((all["rto"], all["recovered"], all["felt_outage"]), (Some(0.0), None, Some(0.0)));
    }

    #[test]
    fn the_parts_add_up_to_the_whole_in_whatever_order_things_happened() {
        let moments = [None, Some(Time(3 * SECOND)), Some(Time(40 * SECOND)), Some(Time(500 * SECOND))];
        for felt in moments {
            for detected in moments {
                for decided in moments {
                    for acted in moments {
                        let watch = Watch { felt, detected, decided, acted, ..Watch::default() };
                        let parts = watch.parts(Time(SECOND), Span::seconds(120));
                        assert_eq!(parts.iter().map(|part| part.0).sum::<u64>(), 120 * SECOND);
                    }
                }
            }
        }
    }

    #[test]
    fn a_quantile_holds_if_so_many_lie_below_its_bound() {
        let goal = GoalSpec { flow: 0, of: Goal::Quantile(0.9), compare: Comparison::Less, than: 100.0 };
        let of = |latencies: &[u64]| {
            let mut count = Count::default();
            latencies.iter().for_each(|latency| goal.counts(&mut count, Outcome::Ok, Span(*latency)));
            goal.holds(&count)
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[99; 9]), Some(true));
        // The p90 of ten is the ninth.
        assert_eq!(of(&[50, 50, 50, 50, 50, 50, 50, 50, 99, 500]), Some(true));
        assert_eq!(of(&[50, 50, 50, 50, 50, 50, 50, 50, 100, 500]), Some(false));
    }
}
