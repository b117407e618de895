//! What stores and takers show: books of messages and of deliveries, backlog, ages, batches.

use std::collections::BTreeMap;

use super::blueprint::Blueprint;
use super::finish::add_use;
use super::messages::{Asks, Messages, Store, StoreKind};
use super::world::State;
use crate::record::results::{Counted, Shown, UseResult};
use crate::record::{Gauge, Histogram};
use crate::units::time::SECOND;
use crate::units::{Span, Time};

type All = BTreeMap<String, Shown>;

fn count(all: &mut All, path: String, n: u64) {
    all.insert(path, Shown::Count(n, Counted::Ones));
}

impl Messages {
    /// The measuring begins: what is kept and in hand is carried over.
    pub fn begin_measuring(&mut self, from: Time) {
        for store in &mut self.all {
            store.waiting.begin(from);
            store.out_of_sight.begin(from);
            (store.books.carried_over, store.books.carried_in_hand) = (store.kept() + store.hidden(), store.hidden());
        }
        self.takers.iter_mut().for_each(|taker| taker.runs_now.begin(from));
    }
}

impl State {
    /// The number of those in sight of a part that keeps messages, closed.
    pub(crate) fn backlog_of(&self, plan: &Blueprint, part: u32, to: Time) -> Option<Gauge> {
        let store = plan.messages.iter().position(|spec| spec.part == part)?;
        let mut gauge = self.messages.all[store].waiting.clone();
        gauge.close(to);
        Some(gauge)
    }

    /// When a part that keeps messages was first without any in sight, from the moment on that somebody asks about.
    pub(crate) fn caught_up_with(&self, plan: &Blueprint, part: u32, to: Time) -> Option<Time> {
        let store = plan.messages.iter().find(|spec| spec.part == part)?;
        let asked = |asks: &Asks| if let Asks::CaughtUp(after) = *asks { Some(after) } else { None };
        let after = store.asks.iter().find_map(asked)?;
        self.backlog_of(plan, part, to)?.first_below(1, after).map(|nanos| Time(nanos as u64))
    }

    /// Limits of what may be in hand and of runs at a time, and how much of them was used.
    pub(crate) fn message_uses(&self, plan: &Blueprint, part: u32, to: Time, uses: &mut Vec<UseResult>) {
        let length = u128::from(to.since(plan.from).0);
        let stores = plan.messages.iter().zip(&self.messages.all).filter(|(spec, _)| spec.part == part);
        let stores = stores.map(|(spec, store)| ("in_flight", &spec.limit, &store.out_of_sight));
        let takers = plan.takers.iter().zip(&self.messages.takers).filter(|(spec, _)| spec.part == part);
        let takers = takers.map(|(spec, taker)| ("pollers", &spec.limit, &taker.runs_now));
        for (name, limit, gauge) in stores.chain(takers) {
            let Some(limit) = limit else { continue };
            let mut held = gauge.clone();
            held.close(to);
            let one = UseResult {
                name: name.to_owned(),
                used: held.integral(),
                offered: u128::from(limit.most) * length,
                limit_name: limit.name.clone(),
                limit: Some(limit.most),
                source: limit.source.clone(),
                adjustable: limit.adjustable,
                exceeded: held.span_at_least(limit.most).unwrap_or_default(),
                held,
                ..UseResult::default()
            };
            match uses.iter_mut().find(|there| there.name == name) {
                None => uses.push(one),
                Some(there) => add_use(there, &one),
            }
        }
    }

    /// How many wait in sight at a part, now.
    pub(crate) fn waiting_at(&self, plan: &Blueprint, part: u32) -> u64 {
        let own = plan.messages.iter().zip(&self.messages.all).filter(|(spec, _)| spec.part == part);
        own.map(|(_, store)| store.waiting.value()).sum()
    }

    /// Everything, by path.
    pub(crate) fn show_messages(&self, plan: &Blueprint, to: Time, all: &mut All) {
        for (spec, store) in plan.messages.iter().zip(&self.messages.all) {
            let name = &format!("{}.{}", plan.parts[spec.part as usize].name, spec.lead);
            let name = name.trim_end_matches('.');
            show_books(name, store, all);
            if matches!(spec.kind, StoreKind::Topic { .. }) {
                continue;
            }
            let (mut waiting, mut hidden) = (store.waiting.clone(), store.out_of_sight.clone());
            waiting.close(to);
            hidden.close(to);
            all.insert(format!("{name}.backlog"), Shown::Level(waiting));
            all.insert(format!("{name}.hidden"), Shown::Level(hidden));
            all.insert(format!("{name}.age"), Shown::Times(store.age.clone()));
            match spec.kind {
                StoreKind::Log { .. } => {
                    all.insert(format!("{name}.iterator_age"), Shown::Times(store.iterator_age.clone()));
                }
                StoreKind::Buffer(_) => show_batches(name, store, to.since(plan.from), all),
                StoreKind::Mailbox { .. } | StoreKind::Topic { .. } => {}
            }
        }
        self.show_takers(plan, all);
    }

    /// By part: one that takes in several ways shows them together.
    fn show_takers(&self, plan: &Blueprint, all: &mut All) {
        for part in 0..plan.parts.len() as u32 {
            let own = || plan.takers.iter().zip(&self.messages.takers).filter(move |(spec, _)| spec.part == part);
            if own().next().is_none() {
                continue;
            }
            let name = &plan.parts[part as usize].name;
            let (mut age, mut iterator_age) = (Histogram::coarse(), Histogram::coarse());
            let (mut runs, mut taken, mut empty) = (0, 0, 0);
            for (_, taker) in own() {
                age.merge(&taker.age);
                iterator_age.merge(&taker.iterator_age);
                runs += u128::from(taker.runs);
                taken += u128::from(taker.taken);
                empty += taker.readings.iter().map(|reading| reading.place.empty()).sum::<u64>();
            }
            all.insert(format!("{name}.age"), Shown::Times(age));
            all.insert(format!("{name}.batch.mean"), Shown::Ratio(taken, runs, Counted::Ones));
            if own().any(|(spec, _)| spec.places > 0) {
                all.insert(format!("{name}.iterator_age"), Shown::Times(iterator_age));
                count(all, format!("{name}.empty_polls"), empty);
            }
        }
    }
}

fn show_books(name: &str, store: &Store, all: &mut All) {
    let books = &store.books;
    let delivered = books.first + books.redelivered;
    count(all, format!("{name}.lost"), books.expired + books.lost);
    for (book, n) in [
        ("carried_over", books.carried_over),
        ("carried_in_hand", books.carried_in_hand),
        ("accepted", books.accepted),
        ("copied", books.copied),
        ("moved_in", books.moved_in),
        ("moved_out", books.moved_out),
        ("repeats", books.repeats),
        ("consumed", books.consumed),
        ("dead_lettered", books.dead_lettered),
        ("expired", books.expired),
        ("lost", books.lost),
        ("waiting", store.kept()),
        ("invisible", store.hidden()),
        ("delivered", delivered),
        ("first", books.first),
        ("redelivered", books.redelivered),
        ("returned", books.returned),
    ] {
        count(all, format!("{name}.books.{book}"), n);
    }
}

fn show_batches(name: &str, store: &Store, measured: Span, all: &mut All) {
    let flushes: u64 = store.flushed.iter().sum();
    let flushed = u128::from(store.books.first);
    all.insert(format!("{name}.batch.mean"), Shown::Ratio(flushed, u128::from(flushes), Counted::Ones));
    let seconds = Shown::Ratio(u128::from(flushes) * u128::from(SECOND), u128::from(measured.0), Counted::PerSecond);
    all.insert(format!("{name}.flush.rate"), seconds);
    for (why, n) in ["count", "bytes", "age"].into_iter().zip(store.flushed) {
        let share = Shown::Ratio(u128::from(n), u128::from(flushes), Counted::Share);
        all.insert(format!("{name}.flush.{why}"), share);
    }
}
