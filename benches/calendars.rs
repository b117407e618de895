//! Calendars under the hold model: take the next event out and push it again, an exponential time later.
//!
//! `cargo bench --bench calendars`. Only ratios taken inside one run mean anything; `README.md` beside this file has them.
//! Bytes that each calendar holds for a pending event are printed at the end.

use archsim::engine::calendar::{Calendar, FourHeap, Front, Ladder, StdHeap};
use archsim::engine::{Class, Event, Key, Lane, Lanes, TimerId};
use archsim::units::{Random, Span, Time};
use divan::Bencher;
use divan::counter::ItemsCount;
use rand_distr::{Distribution, Exp1};

/// Holds a measured call, at least.
const HOLDS: usize = 20_000;
/// Events pending.
const PENDING: [usize; 6] = [2, 24, 300, 1_000, 100_000, 1_000_000];

fn main() {
    divan::main();
    for pending in [1_000, 100_000, 1_000_000] {
        let bytes = [
            ("StdHeap", filled::<StdHeap>(pending, Law::Exponential).0.bytes()),
            ("FourHeap", filled::<FourHeap>(pending, Law::Exponential).0.bytes()),
            ("Ladder", filled::<Ladder>(pending, Law::Exponential).0.bytes()),
        ];
        for (name, bytes) in bytes {
            println!("{name:>8}, {pending} pending: {:.1} bytes an event", bytes as f64 / pending as f64);
        }
    }
}

/// How long after it was taken out an event comes again.
#[derive(Clone, Copy, Debug)]
enum Law {
    /// What most runs look like to a calendar.
    Exponential,
    /// All the same.
    Equal,
    /// Half of them zero.
    HalfZero,
    /// One in a thousand is a million times as long as the others.
    RareAndLong,
    /// Exponential, on a grid of a thousandth of the mean.
    Grid,
}

/// Delays of mean a second, drawn from a table so that the draw costs next to nothing.
struct Delays {
    law: Law,
    table: Vec<u64>,
    random: Random,
}

impl Delays {
    fn new(law: Law) -> Delays {
        let mut random = Random::new(42);
        let table =
            (0..4096).map(|_| Span::from_nanos(Distribution::<f64>::sample(&Exp1, &mut random) * 1e9).0).collect();
        Delays { law, table, random }
    }

    #[inline]
    fn draw(&mut self) -> u64 {
        let bits = self.random.bits();
        // Low bits spread the few values of the table, so that equal times are as rare as they are in a run.
        let delay = self.table[(bits >> 52) as usize] + (bits & 0xf_ffff);
        match self.law {
            Law::Exponential => delay,
            Law::Equal => 1_000_000_000,
            Law::HalfZero => delay * (bits >> 20 & 1),
            Law::RareAndLong => delay * if bits >> 20 & 1023 == 0 { 1_000_000 } else { 1 },
            Law::Grid => delay >> 20 << 20,
        }
    }
}

/// A calendar with so many events, held often enough to have forgotten how it was filled.
fn filled<C: Calendar>(pending: usize, law: Law) -> (C, Delays) {
    let (mut calendar, mut delays) = (C::default(), Delays::new(law));
    for number in 0..pending as u64 {
        let key = Key::new(Class::Arrival, 1, number, 0);
        calendar.push(Event { at: Time(delays.draw()), key, what: 0, slot: number as u32 });
    }
    hold(&mut calendar, &mut delays, 3 * pending);
    (calendar, delays)
}

fn hold<C: Calendar>(calendar: &mut C, delays: &mut Delays, times: usize) {
    for _ in 0..times {
        if let Some(event) = calendar.pop() {
            calendar.push(Event { at: event.at + Span(delays.draw()), ..event });
        }
    }
}

fn hold_model_of<C: Calendar>(bencher: Bencher, pending: usize, law: Law) {
    let (mut calendar, mut delays) = filled::<C>(pending, law);
    // Work that is put off until many events are due must fall into every sample.
    let holds = HOLDS.max(pending + pending / 2);
    bencher.counter(ItemsCount::new(holds)).bench_local(|| hold(&mut calendar, &mut delays, holds));
}

#[divan::bench(types = [StdHeap, FourHeap, Front<FourHeap>, Ladder], args = PENDING, sample_count = 8, sample_size = 1)]
fn hold_model<C: Calendar>(bencher: Bencher, pending: usize) {
    hold_model_of::<C>(bencher, pending, Law::Exponential);
}

/// Laws that are not kind to buckets of time, with few and with many pending.
#[divan::bench(types = [StdHeap, FourHeap, Ladder], args = cases(), sample_count = 8, sample_size = 1)]
fn other_laws<C: Calendar>(bencher: Bencher, case: (Law, usize)) {
    hold_model_of::<C>(bencher, case.1, case.0);
}

fn cases() -> impl Iterator<Item = (Law, usize)> {
    let laws = [Law::Equal, Law::HalfZero, Law::RareAndLong, Law::Grid];
    laws.into_iter().flat_map(|law| [24, 1_000, 100_000].map(|pending| (law, pending)))
}

/// One source and nothing else: the event that is pushed is the next one.
#[divan::bench(types = [StdHeap, FourHeap, Front<FourHeap>, Ladder], sample_count = 30)]
fn one_source_beside_a_thousand<C: Calendar>(bencher: Bencher) {
    let mut calendar = C::default();
    for number in 0..1000u64 {
        calendar.push(Event { at: Time(u64::MAX - number), key: Key(number), what: 0, slot: 0 });
    }
    calendar.push(Event::default());
    bencher.counter(ItemsCount::new(HOLDS)).bench_local(|| {
        for _ in 0..HOLDS {
            if let Some(event) = calendar.pop() {
                calendar.push(Event { at: event.at + Span(1000), ..event });
            }
        }
    });
}

/// A timeout set and, sixteen calls later, taken back: what nearly every timeout goes through.
#[divan::bench(sample_count = 30)]
fn timers_set_and_cancelled(bencher: Bencher) {
    let mut lanes = Lanes::default();
    let some: Vec<Lane> = (1..=4).map(|ms| lanes.lane(Span(ms * 1_000_000))).collect();
    let (mut open, mut now) = ([TimerId::NONE; 16], 0u64);
    bencher.counter(ItemsCount::new(HOLDS)).bench_local(|| {
        for _ in 0..HOLDS {
            now += 100;
            let place = &mut open[now as usize / 100 % 16];
            lanes.cancel(*place);
            let key = Key::new(Class::Timer, 1, now, 0);
            *place = lanes.set(some[now as usize / 100 % 4], Time(now), key, 0, 0).unwrap_or(TimerId::NONE);
        }
    });
}
