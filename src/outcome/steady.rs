//! When a steady run may stop, and what it then knows: batch means over one long run, looked at at fixed moments.
//!
//! The procedure (measured in `docs/intervals.md`): the looks lie at `at_most / 2^k`, whatever has been seen. At a look the
//! relaxation time T is estimated from the slices; twenty of it are left out as warm-up; the rest is cut into 10 to 30
//! batches of at least 100 T. There is an interval only if so many batches fit, their lag-1 correlation is no larger than
//! chance would make it, and the half-width is small. Anything less is "run too short": an interval from short batches
//! is too narrow, and stopping on it makes that worse.

use super::intervals::{From, Interval, NORMAL, student};
use super::path::split;
use super::relaxation::course;
use super::stats;
use crate::record::{Batch, Slices};
use crate::units::time::SECOND;
use crate::units::{Span, Time};

/// Fewest and most batches.
const BATCHES: (usize, usize) = (10, 30);
/// Estimated relaxation times in a batch, at least.
const RELAXATIONS_A_BATCH: f64 = 100.0;
/// Estimated relaxation times before a run may stop because a percentile is known.
const RELAXATIONS_OF_A_TAIL: f64 = 4_000.0;
/// Estimated relaxation times that are left out at the start.
const RELAXATIONS_OF_WARMUP: f64 = 20.0;
/// Fewer slices than this say nothing about relaxation.
const FEWEST_SLICES: usize = 200;
/// Observations in a batch, at least.
const OBSERVATIONS_A_BATCH: u64 = 100;
/// Observations before a run may stop because nothing varies: what happens to one in 10,000 has been seen by then.
const OBSERVATIONS_OF_A_CONSTANT: u64 = 30_000;
/// The lag-1 test fails one good run in 160.
const LAG_ONE_LIMIT: f64 = 2.5;
/// Widest interval of a mean that is given at all, relative.
const WIDEST_MEAN: f64 = 0.075;
/// The same of a percentile.
const WIDEST_QUANTILE: f64 = 0.20;
/// Looks before the last one, each at half the time of the next.
const LOOKS: u32 = 20;
/// What the slices are of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Of {
    /// Mean of recorded spans.
    Mean,
    /// Quantile of recorded spans (the slices keep histograms).
    Quantile(f64),
    /// Mean over time of a number (the slices keep its integral).
    Level,
}

impl Of {
    /// What a path asks of slices: the last name says it.
    pub fn path(path: &str) -> Option<Of> {
        let names = split(path);
        match (names.last()?.as_str(), names.iter().rev().nth(1).map(String::as_str)) {
            ("mean", Some("present" | "queue")) => Some(Of::Level),
            ("mean", _) => Some(Of::Mean),
            (name, _) => stats::percentile(name).map(Of::Quantile),
        }
    }

    fn widest(self) -> f64 {
        if matches!(self, Of::Quantile(_)) { WIDEST_QUANTILE } else { WIDEST_MEAN }
    }

    /// Nanoseconds to seconds, where it is a time.
    fn scale(self) -> f64 {
        if self == Of::Level { 1.0 } else { 1.0 / SECOND as f64 }
    }
}

/// Until when a steady run goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Of which measure.
    pub of: Of,
    /// Relative half-width that is asked for.
    pub within: f64,
    /// Longest run.
    pub at_most: Time,
}

/// What a look says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Look {
    /// Not yet: look again then.
    GoOn(Time),
    /// Known as well as was asked, or, at the end, as well as it got.
    Known(Interval),
    /// At the end, and no honest interval can be given.
    TooShort(Short),
}

/// Why there is no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Short {
    /// Too few slices, or too few observations.
    Few,
    /// Nothing but zeros: what is not zero has not been seen yet, or never is.
    Zero,
    /// The run is too short beside the time that it takes to forget.
    Relaxation,
    /// Batches still know of each other.
    Correlated,
    /// The interval would be wider than is worth printing.
    Wide,
}

impl Short {
    /// In words.
    pub const fn says(self) -> &'static str {
        match self {
            Short::Few => "run too short: too little was observed",
            Short::Zero => "nothing but 0 was seen",
            Short::Relaxation => "run too short: fewer than ten batches of 100 relaxation times",
            Short::Correlated => "run too short: neighbouring batches are correlated",
            Short::Wide => "run too short: the interval would be too wide",
        }
    }

    /// In words, with what would help a run that ended at `end`.
    pub fn advice(self, of: Of, slices: &Slices, end: Time) -> String {
        let fine = slices.batches(usize::MAX, end);
        let slice = slices.length().0 as f64;
        let course = if fine.is_empty() { None } else { course(of, &fine) };
        let relaxation = course.map_or(0.0, |course| course.relaxation * slice);
        let least = RELAXATIONS_OF_WARMUP + RELAXATIONS_A_BATCH * BATCHES.0 as f64;
        let help = match self {
            Short::Zero => "raise `at_most` if it is not always 0".into(),
            Short::Few => "raise `at_most`, or run it for a measure that is seen more often".into(),
            Short::Relaxation => {
                let (forgets, needed) = (Span::from_nanos(relaxation), Span::from_nanos(least * relaxation));
                format!("it takes about {forgets} to forget, so `at_most` has to be at least about {needed}")
            }
            Short::Correlated => "raise `at_most`".into(),
            Short::Wide => "raise `at_most`: a run four times as long knows twice as much".into(),
        };
        format!("{}; {help}", self.says())
    }
}

impl Plan {
    /// The first look.
    pub fn first(&self) -> Time {
        Time((self.at_most.0 >> LOOKS).max(1).min(self.at_most.0))
    }

    /// The look after this moment, none after the last one. Looks do not depend on what was seen.
    pub fn next_look(&self, after: Time) -> Option<Time> {
        let looks = (0..=LOOKS).rev().map(|halvings| Time((self.at_most.0 >> halvings).max(1)));
        looks.into_iter().find(|look| *look > after)
    }
}

/// Looks at a run at `now`, one of the plan's looks; `before` is what the same look-up said at the look before.
///
/// A run stops one look after its interval was first narrow enough, if it still is: runs that happen to vary little look
/// well known, too, and half of a run should have had no say in when to stop. A percentile waits for 4,000 relaxation
/// times besides.
pub fn judge(plan: &Plan, slices: &Slices, now: Time, before: &mut Option<Interval>) -> Look {
    let found = look(plan.of, slices, now);
    let enough = |seen: &Seen| seen.widest <= plan.within && long_enough(plan.of, seen);
    let narrow = found.as_ref().ok().filter(|seen| enough(seen)).map(|seen| seen.interval);
    let confirmed = before.is_some();
    if before.is_none() {
        *before = narrow;
    }
    match (plan.next_look(now), narrow) {
        (_, Some(interval)) if confirmed => Look::Known(interval),
        (Some(next), _) => Look::GoOn(next),
        (None, _) => found.map_or_else(Look::TooShort, |seen| Look::Known(seen.interval)),
    }
}

/// A tail is made of few, rare and long excursions: batches that suffice for a mean do not yet show how they differ. And
/// what has not varied so far may be what rarely does.
fn long_enough(of: Of, seen: &Seen) -> bool {
    let From::Batches { count, each, relaxation } = seen.interval.from else { return false };
    let length = count as f64 * each.0 as f64;
    let tail = !matches!(of, Of::Quantile(_)) || length >= RELAXATIONS_OF_A_TAIL * relaxation.0 as f64;
    tail && (seen.widest > 0.0 || seen.observed >= OBSERVATIONS_OF_A_CONSTANT)
}

/// The interval at the end of a run of any length, or why there is none. In seconds, levels in ones.
pub fn estimate(of: Of, slices: &Slices, end: Time) -> Result<Interval, Short> {
    look(of, slices, end).map(|seen| seen.interval)
}

/// An interval, the relative half-width that decides whether to stop, and how many observations it is made of.
struct Seen {
    interval: Interval,
    widest: f64,
    observed: u64,
}

fn look(of: Of, slices: &Slices, end: Time) -> Result<Seen, Short> {
    let fine = slices.batches(usize::MAX, end);
    let observed: u64 = fine.iter().map(|slice| slice.held.count).sum();
    if fine.len() < FEWEST_SLICES || observed < OBSERVATIONS_A_BATCH * BATCHES.0 as u64 {
        return Err(Short::Few);
    }
    let course = course(of, &fine).ok_or(Short::Few)?;
    let relaxation = course.relaxation;
    let left_out = left_out(&fine, relaxation);
    let kept = fine.len().saturating_sub(left_out);
    let fits = (kept as f64 / (RELAXATIONS_A_BATCH * relaxation).max(1.0)) as usize;
    let count = fits.min(BATCHES.1);
    if count < BATCHES.0 {
        return Err(Short::Relaxation);
    }
    let batches = regroup(&fine[fine.len() - kept / count * count..], count);
    let spread = spread(of, &batches).ok_or(Short::Few)?;
    if correlated(&spread.deviations) {
        return Err(Short::Correlated);
    }
    let each = Span((kept / count) as u64 * slices.length().0);
    let relaxation = Span::from_nanos(relaxation * slices.length().0 as f64);
    let (interval, widest) = finish(of, &spread, course.standard_error, From::Batches { count, each, relaxation })?;
    Ok(Seen { interval, widest, observed })
}

/// Slices that are left out at the start: none where the scenario gives a warm-up, since slices begin after that.
fn left_out(fine: &[Batch], relaxation: f64) -> usize {
    let given = fine[0].from > Time::ZERO;
    if given { 0 } else { (RELAXATIONS_OF_WARMUP * relaxation).ceil() as usize }
}

/// Two half-widths: Student's over the batches, and the normal one over all slices with their correlations.
///
/// Each alone is sometimes far too small by chance, and those are the runs that would stop first: the larger decides. It
/// is also what a percentile gets; for a mean it would be too wide on average, so that gets their mean square.
fn finish(of: Of, spread: &Spread, fine_error: f64, from: From) -> Result<(Interval, f64), Short> {
    if spread.value == 0.0 {
        return Err(Short::Zero);
    }
    let (count, scale) = (spread.deviations.len(), of.scale());
    let squares: f64 = spread.deviations.iter().map(|x| x * x).sum();
    let batch_error = (squares / (count - 1) as f64 / count as f64).sqrt();
    let (batches, slices) = (student(count - 1) * batch_error, NORMAL * fine_error);
    let larger = batches.max(slices);
    let half_width = match of {
        Of::Quantile(_) => larger,
        _ => ((batches * batches + slices * slices) / 2.0).sqrt(),
    };
    let standard_error = batch_error.max(fine_error) * scale;
    let interval = Interval { value: spread.value * scale, half_width: half_width * scale, standard_error, from };
    if interval.relative() > of.widest() {
        return Err(Short::Wide);
    }
    let widest = Interval { half_width: larger * scale, ..interval }.relative();
    Ok((interval, widest))
}

/// Each `len / count` neighbours in one.
fn regroup(fine: &[Batch], count: usize) -> Vec<Batch> {
    let each = fine.len() / count.max(1);
    fine.chunks_exact(each.max(1)).map(union).collect()
}

/// Several neighbours in one.
pub(super) fn union(some: &[Batch]) -> Batch {
    let mut all = some[0].clone();
    for next in &some[1..] {
        all.to = next.to;
        all.held.count += next.held.count;
        all.held.sum += next.held.sum;
        match (&mut all.held.histogram, &next.held.histogram) {
            (Some(ours), Some(theirs)) => ours.merge(theirs),
            (ours @ None, theirs) => *ours = theirs.clone(),
            _ => {}
        }
    }
    all
}

/// The value of all batches, and how far each is from it, weighted so that their mean square is that of the value.
struct Spread {
    value: f64,
    deviations: Vec<f64>,
}

fn spread(of: Of, batches: &[Batch]) -> Option<Spread> {
    let all = union(batches);
    let value = value(of, &all)?;
    let (total, count) = (weight(of, &all), batches.len() as f64);
    let deviation = |batch: &Batch| Some((self::value(of, batch)? - value) * weight(of, batch) * count / total);
    let deviations: Option<Vec<f64>> = batches.iter().map(deviation).collect();
    Some(Spread { value, deviations: deviations? })
}

/// What one batch says, in nanoseconds or ones.
fn value(of: Of, batch: &Batch) -> Option<f64> {
    match of {
        Of::Mean => batch.mean(),
        Of::Level => Some(batch.level()),
        Of::Quantile(p) => batch.quantile(p).map(|span| span.0 as f64),
    }
}

/// How much a batch weighs: its observations, or its length.
pub(super) fn weight(of: Of, batch: &Batch) -> f64 {
    match of {
        Of::Level => batch.to.since(batch.from).0 as f64,
        _ => batch.held.count as f64,
    }
}

/// Is the lag-1 correlation larger than chance makes it among independent batches?
fn correlated(deviations: &[f64]) -> bool {
    let squares: f64 = deviations.iter().map(|x| x * x).sum();
    let products: f64 = deviations.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let count = deviations.len() as f64;
    squares > 0.0 && (products / squares + 1.0 / count) * count.sqrt() > LAG_ONE_LIMIT
}

/// The warm-up that a long run shows it needs: twenty relaxation times, or none if it is too short to tell.
pub fn warmup(of: Of, slices: &Slices, end: Time) -> Option<Span> {
    let fine = slices.batches(usize::MAX, end);
    if fine.len() < FEWEST_SLICES {
        return None;
    }
    let relaxation = course(of, &fine)?.relaxation * slices.length().0 as f64;
    let span = end.since(fine[0].from).0 as f64;
    let needed = RELAXATIONS_OF_WARMUP * relaxation;
    (needed * 10.0 <= span).then(|| Span::from_nanos(needed))
}
