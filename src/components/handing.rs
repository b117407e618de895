//! Handing over: a store accepts what is sent, holds it back, lets go of what is too old, moves what is dead.

use super::blueprint::Blueprint;
use super::clocks::{Clock, tick, timer};
use super::frames::Parent;
use super::messages::{Books, Hands, Keeper, Piece, StoreKind};
use super::serving::COLLAPSE;
use super::world::State;
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event, Key};
use crate::engine::program::NONE;
use crate::units::random::{join, mix};
use crate::units::{Random, Span, Time};

/// By which way a piece came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    Sent,
    Copied,
    Moved,
}

impl Books {
    fn came(&mut self, way: Came) {
        match way {
            Came::Sent => self.accepted += 1,
            Came::Copied => self.copied += 1,
            Came::Moved => self.moved_in += 1,
        }
    }
}

impl State {
    /// Something is handed over, or a topic is told how it went. Whoever does so goes on: true.
    pub(crate) fn hands<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        hand: u32,
    ) -> bool {
        let spec = &plan.hands[hand as usize];
        let measured = u64::from(agenda.now() >= plan.from);
        let store = &mut self.messages.all[spec.store as usize];
        match spec.what {
            Hands::Over => self.accepts(plan, agenda, slot, hand, Came::Sent),
            Hands::Copy => self.accepts(plan, agenda, slot, hand, Came::Copied),
            Hands::Told => store.books.accepted += measured,
            Hands::Copies => {
                store.books.copied += measured;
                store.in_hand += 1;
            }
            Hands::Delivered => {
                store.books.consumed += measured;
                store.in_hand -= 1;
            }
            Hands::Undelivered => self.undelivered(plan, agenda, slot, hand),
        }
        true
    }

    /// A copy of a topic that nobody took: it is dead, or lost.
    fn undelivered<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32, hand: u32) {
        let spec = &plan.hands[hand as usize];
        let measured = u64::from(agenda.now() >= plan.from);
        let store = &mut self.messages.all[spec.store as usize];
        store.in_hand -= 1;
        let StoreKind::Topic { dead } = plan.messages[spec.store as usize].kind else { return };
        if dead == NONE {
            store.books.lost += measured;
            return;
        }
        store.books.dead_lettered += measured;
        let origin = self.origin(plan, slot);
        let ident = join(self.frames[slot].ident, self.sites[spec.site as usize]);
        let doing = self.sends_what(plan, slot, self.sites[spec.site as usize]);
        let with = self.sends_with(plan, slot, hand);
        self.moves_piece(plan, agenda, dead, Piece { origin, poison: false, ident, doing, with });
    }

    /// A store accepts what a frame sends, and perhaps twice.
    fn accepts<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32, hand: u32, came: Came) {
        let spec = &plan.hands[hand as usize];
        let site = self.sites[spec.site as usize];
        let origin = self.origin(plan, slot);
        let key = match (spec.key, spec.member) {
            (Some(key), u16::MAX) => mix(self.key_at(plan, slot, key)),
            // The shard first, and above it what tells takers of one shard apart.
            (Some(key), cell) => {
                let StoreKind::Log { shards, .. } = plan.messages[spec.store as usize].kind else { return };
                let member = *self.cell(plan, slot, cell);
                member + (mix(self.key_at(plan, slot, key)) >> 1) / u64::from(shards) * u64::from(shards)
            }
            (None, _) => self.random(slot, plan.messages[spec.store as usize].site).bits(),
        };
        let bytes = match spec.size {
            NONE => 0,
            law => plan.laws[law as usize].sample(&mut self.random(slot, spec.size_site)).max(0.0) as u64,
        };
        if self.is_repeat(plan, agenda.now(), slot, spec.store, site) {
            return;
        }
        let with = self.sends_with(plan, slot, hand);
        let doing = self.sends_what(plan, slot, site);
        let store = &mut self.messages.all[spec.store as usize];
        let poison = store.poison > 0;
        store.poison -= u64::from(poison);
        let twice = store.twice;
        let piece = Piece { origin, poison, ident: join(self.frames[slot].ident, site), doing, with };
        self.keeps_piece(plan, agenda, spec.store, piece, key, bytes, came);
        if twice > 0.0 && Random::new(join(piece.ident, 1)).chance(twice) {
            let copy = Piece { ident: join(piece.ident, 2), ..piece };
            self.keeps_piece(plan, agenda, spec.store, copy, key, bytes, Came::Copied);
        }
    }

    /// With which other one of a key something is sent: that of its step, or that with which its sender was sent.
    fn sends_with(&self, plan: &Blueprint, slot: u32, hand: u32) -> (u32, u64) {
        let cells = slot as usize * plan.program.cells as usize;
        let own = plan.hands[hand as usize].with.map(|(key, cell)| (key, self.cells[cells + cell as usize]));
        own.or_else(|| self.sent_with(plan, slot)).unwrap_or((NONE, 0))
    }

    /// Has the same message been accepted not long ago?
    fn is_repeat(&mut self, plan: &Blueprint, now: Time, slot: u32, index: u32, site: u64) -> bool {
        let StoreKind::Mailbox { spec, .. } = &plan.messages[index as usize].kind else { return false };
        if spec.dedup == Span::ZERO {
            return false;
        }
        let identity = join(self.first_try_of(slot), site);
        let store = &mut self.messages.all[index as usize];
        let Keeper::Mailbox(mailbox) = &mut store.keeper else { return false };
        let repeat = mailbox.is_repeat(now, identity);
        store.books.repeats += u64::from(repeat && now >= plan.from);
        repeat
    }

    /// What the draws of a frame would be keyed by if none of the tries that led to it had been repeated.
    ///
    /// So a message that is sent again by a retry is the same message. Where a step stands between the retried one and the
    /// sending that has several turns, the repeats are messages of their own.
    fn first_try_of(&self, slot: u32) -> u64 {
        let frame = &self.frames[slot];
        match frame.parent {
            Parent::Attempt(attempt) if self.attempts[attempt].children.contains(&slot) => {
                let it = &self.attempts[attempt];
                join(join(self.first_try_of(it.frame), self.sites[it.site as usize]), 0)
            }
            _ => frame.ident,
        }
    }

    /// A piece comes into a store.
    #[expect(clippy::too_many_arguments, reason = "all that is known of what comes")]
    fn keeps_piece<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        index: u32,
        piece: Piece,
        key: u64,
        bytes: u64,
        came: Came,
    ) {
        let now = agenda.now();
        let spec = &plan.messages[index as usize];
        let store = &mut self.messages.all[index as usize];
        if now >= plan.from {
            store.books.came(came);
        }
        match &mut store.keeper {
            Keeper::Mailbox(mailbox) => {
                let shown = mailbox.put(now, piece, key);
                self.requests[piece.origin].open += 1;
                if shown {
                    self.shows(plan, agenda, index, 1);
                } else if let StoreKind::Mailbox { spec: rules, .. } = &spec.kind {
                    let key = self.store_key(plan, index);
                    timer(agenda, Clock::Appear, index, 0, rules.held_back, key);
                }
                self.watch_ends(plan, agenda, index);
            }
            Keeper::Log(_) => self.appends(plan, agenda, index, piece, key),
            Keeper::Buffer(..) => self.gathers(plan, agenda, index, piece, bytes),
            Keeper::Topic => {}
        }
    }

    /// So many come into sight: somebody may take them.
    pub(super) fn shows<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32, n: u64) {
        let store = &mut self.messages.all[index as usize];
        store.waiting.change(agenda.now(), n as i64);
        if store.waiting.value() > u64::from(COLLAPSE) {
            self.collapsed = Some(plan.messages[index as usize].part);
            agenda.halt = true;
        }
        self.wakes_takers(plan, agenda, index);
    }

    /// Some that were held back come into sight.
    pub(crate) fn appears<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32) {
        let Keeper::Mailbox(mailbox) = &mut self.messages.all[index as usize].keeper else { return };
        let shown = mailbox.appear(agenda.now());
        if shown > 0 {
            self.shows(plan, agenda, index, shown);
        }
    }

    /// A record is appended to its shard, for each reader.
    fn appends<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32, piece: Piece, key: u64) {
        let now = agenda.now();
        let spec = &plan.messages[index as usize];
        let StoreKind::Log { shards, lag, .. } = spec.kind else { return };
        let shard = (key % u64::from(shards)) as u32;
        let late = lag.map_or(Span::ZERO, |law| plan.laws[law as usize].span(&mut Random::new(join(piece.ident, 3))));
        let readers = spec.takers.len().max(1);
        let store = &mut self.messages.all[index as usize];
        if now >= plan.from {
            store.books.copied += readers as u64 - 1;
        }
        self.requests[piece.origin].open += readers as u32;
        if let (true, Keeper::Log(unread)) = (spec.takers.is_empty(), &mut store.keeper) {
            unread.append(now, now + late, piece);
        }
        let place_of = |taker: u32| {
            let per_shard = plan.takers[taker as usize].per_shard;
            shard * per_shard + (key / u64::from(shards) % u64::from(per_shard)) as u32
        };
        for &taker in &spec.takers {
            let reading = &mut self.messages.takers[taker as usize].readings[place_of(taker) as usize];
            reading.place.append(now, now + late, piece);
        }
        self.shows(plan, agenda, index, readers as u64);
        for &taker in &spec.takers {
            self.plans_poll(plan, agenda, taker, place_of(taker), true);
        }
        self.watch_ends(plan, agenda, index);
    }

    /// What is dead moves to another store.
    pub(super) fn moves_piece<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, to: u32, piece: Piece) {
        let key = match plan.messages[to as usize].key {
            Some(key) => mix(self.key_sent(plan, piece.origin, piece.with, key)),
            None => piece.ident,
        };
        self.keeps_piece(plan, agenda, to, piece, key, 0, Came::Moved);
    }

    /// Sends the oldest piece in sight of a queue to another store; false if there is none.
    pub(super) fn replays<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        from: u32,
        to: u32,
    ) -> bool {
        let now = agenda.now();
        let store = &mut self.messages.all[from as usize];
        let Keeper::Mailbox(mailbox) = &mut store.keeper else { return false };
        let before = mailbox.waiting();
        let Some(piece) = mailbox.remove() else { return false };
        store.waiting.change(now, mailbox.waiting() as i64 - before as i64);
        store.books.moved_out += u64::from(now >= plan.from);
        self.moves_piece(plan, agenda, to, piece);
        self.closes(plan, piece.origin, now);
        true
    }

    /// The key of a store's next timer.
    pub(super) fn store_key(&mut self, plan: &Blueprint, index: u32) -> Key {
        let store = &mut self.messages.all[index as usize];
        store.ticks += 1;
        let part = plan.messages[index as usize].part;
        Event::key(Class::Timer, plan.parts[part as usize].rank, store.ticks, 0)
    }

    /// Sees to it that what is too old is let go of in time.
    pub(super) fn watch_ends<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32) {
        let spec = &plan.messages[index as usize];
        let store = &mut self.messages.all[index as usize];
        let at = match (&mut store.keeper, &spec.kind) {
            (Keeper::Mailbox(mailbox), _) => mailbox.next_end(),
            (Keeper::Log(unread), StoreKind::Log { keeps, .. }) if *keeps != Span::FOREVER => {
                let takers = spec.takers.iter().flat_map(|taker| &self.messages.takers[*taker as usize].readings);
                let places = takers.map(|reading| &reading.place).chain([&*unread]);
                places.filter_map(|place| place.first()).map(|first| first.accepted + *keeps).min()
            }
            _ => None,
        };
        let Some(at) = at.filter(|at| *at < plan.to && *at < store.ends) else { return };
        store.ends = at.max(agenda.now());
        let at = store.ends;
        let key = self.store_key(plan, index);
        agenda.schedule(tick(Clock::Expire, index, 0, at, key));
    }

    /// Lets go of what is too old.
    pub(crate) fn expires<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32) {
        let now = agenda.now();
        let mut lost = std::mem::take(&mut self.messages.lost);
        let store = &mut self.messages.all[index as usize];
        if store.ends <= now {
            store.ends = Time::NEVER;
        }
        match (&mut store.keeper, &plan.messages[index as usize].kind) {
            (Keeper::Mailbox(mailbox), _) => {
                let before = mailbox.waiting();
                mailbox.expire(now, &mut lost);
                store.waiting.change(now, mailbox.waiting() as i64 - before as i64);
            }
            (Keeper::Log(unread), StoreKind::Log { keeps, .. }) => {
                unread.expire(now, *keeps, &mut lost);
                for taker in &plan.messages[index as usize].takers {
                    for reading in &mut self.messages.takers[*taker as usize].readings {
                        reading.place.expire(now, *keeps, &mut lost);
                    }
                }
                store.waiting.change(now, -(lost.len() as i64));
            }
            _ => {}
        }
        if now >= plan.from {
            store.books.expired += lost.len() as u64;
        }
        lost.drain(..).for_each(|piece| self.closes(plan, piece.origin, now));
        self.messages.lost = lost;
        self.watch_ends(plan, agenda, index);
    }
}
