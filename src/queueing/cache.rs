//! A store by key: keeps what was filled in until it is too old or room is short.
//!
//! What was filled at t to live for T is good at t' if t' - t < T: at the age T it is too old. A look that finds it good is a
//! hit. It makes the entry the last used (LRU) and does not prolong its life, unless lives slide. A look that finds it too
//! old takes it out, unless stale answers are allowed for a while. A fill of a full store takes somebody else out: the least
//! recently used, the one filled first, or any; a fill over the key's own entry takes out nobody.
//!
//! ```text
//! fills = replaced + evicted + expired + dropped + what is kept now - what was kept when the counting began
//! ```
//!
//! `expired` counts what a look found too old. What dies unseen is `evicted` or kept: it takes up room like the living, and
//! leaves the mean number of entries, which is the integral of their lives, when its life has run out. Looks, fills and
//! evictions take the same short time for any number of entries. Left out: entries of different size, admission.

use super::ages::Ages;
use super::by_key::ByKey;
use crate::units::random::join;
use crate::units::{Random, Span, Time};

/// Who goes when room is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evicts {
    /// Who was not asked for the longest.
    Lru,
    /// Who was filled first.
    Fifo,
    /// Any, each as likely.
    Random,
}

/// A store's settings.
#[derive(Clone, Debug, PartialEq)]
pub struct CacheSpec {
    /// Entries at most; `u32::MAX`: no limit.
    pub room: u32,
    /// Who goes when room is short.
    pub evicts: Evicts,
    /// A hit begins an entry's life anew.
    pub sliding: bool,
    /// What is too old is still answered for so long.
    pub stale: Span,
    /// Keys are below this.
    pub keys: u64,
    /// So many such stores are alive at a time.
    pub copies: u64,
}

impl CacheSpec {
    /// Of a store that keeps nothing.
    pub fn nothing() -> CacheSpec {
        CacheSpec { room: 0, evicts: Evicts::Lru, sliding: false, stale: Span::ZERO, keys: 0, copies: 1 }
    }
}

/// What a look finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A good answer.
    Hit,
    /// An answer that is too old, and may still be given.
    Stale,
    /// A failure, with this cause.
    Failure(u8),
    /// Nothing.
    Miss,
}

/// What has happened since the counting began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Looks that found an answer, stale ones included.
    pub hits: u64,
    /// Looks that found none.
    pub misses: u64,
    /// Of the hits: too old.
    pub stale: u64,
    /// Answers filled in.
    pub fills: u64,
    /// Of these: over the key's own entry.
    pub replaced: u64,
    /// Taken out for want of room.
    pub evicted: u64,
    /// Taken out by a look that found it too old.
    pub expired: u64,
    /// Taken out because somebody said so.
    pub dropped: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    key: u64,
    filled: Time,
    /// Good before this.
    until: Time,
    life: Span,
    /// A failure is kept, of this cause; [`GOOD`]: an answer.
    cause: u8,
}

const GOOD: u8 = u8::MAX;

/// A store by key.
#[derive(Clone, Debug)]
pub struct Cache {
    spec: CacheSpec,
    stream: u64,
    index: ByKey,
    entries: Vec<Entry>,
    /// Their order, where anybody asks for the oldest.
    ages: Ages,
    counts: Counts,
    /// Draws of victims so far.
    draws: u64,
    from: Time,
    /// Nanoseconds of life of the entries that have left, since `from`.
    lived: u128,
}

impl Cache {
    /// Empty; victims are drawn from this stream.
    pub fn new(spec: &CacheSpec, stream: u64) -> Cache {
        Cache {
            stream,
            index: ByKey::new(spec.keys, spec.copies),
            entries: Vec::new(),
            ages: Ages::default(),
            counts: Counts::default(),
            draws: 0,
            from: Time::ZERO,
            lived: 0,
            spec: spec.clone(),
        }
    }

    /// The counting begins: what is kept is carried in.
    pub fn begin(&mut self, now: Time) {
        (self.counts, self.lived, self.from) = (Counts::default(), 0, now);
    }

    /// What has happened since then.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// How many entries take up room, the dead included.
    pub fn kept(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The integral of the number of living entries from the beginning of the counting to `now`, in nanoseconds.
    pub fn lived(&self, now: Time) -> u128 {
        self.lived + self.entries.iter().map(|entry| self.life_of(entry, now)).sum::<u128>()
    }

    /// Somebody asks for a key.
    #[inline]
    pub fn look(&mut self, now: Time, key: u64) -> Found {
        let Some(place) = self.index.get(key) else {
            self.counts.misses += 1;
            return Found::Miss;
        };
        let entry = &mut self.entries[place as usize];
        let (good, cause) = (now < entry.until, entry.cause);
        let stale = if cause == GOOD { self.spec.stale } else { Span::ZERO };
        if !good && now >= entry.until + stale {
            self.counts.expired += 1;
            self.counts.misses += 1;
            self.take_out(now, place);
            return Found::Miss;
        }
        if good && self.spec.sliding && cause == GOOD {
            entry.until = now + entry.life;
        }
        if self.spec.evicts == Evicts::Lru {
            self.renew(place);
        }
        self.counts.hits += 1;
        if cause != GOOD {
            return Found::Failure(cause);
        }
        if good {
            return Found::Hit;
        }
        self.counts.stale += 1;
        Found::Stale
    }

    /// An answer is filled in, good for so long.
    pub fn fill(&mut self, now: Time, key: u64, life: Span) {
        self.keep(now, key, life, GOOD);
    }

    /// A failure is kept for so long, where there is no answer.
    pub fn fill_failure(&mut self, now: Time, key: u64, life: Span, cause: u8) {
        if self.index.get(key).is_none_or(|place| self.entries[place as usize].cause != GOOD) {
            self.keep(now, key, life, cause);
        }
    }

    fn keep(&mut self, now: Time, key: u64, life: Span, cause: u8) {
        if self.spec.room == 0 {
            return;
        }
        self.counts.fills += 1;
        if let Some(place) = self.index.get(key) {
            self.counts.replaced += 1;
            let old = self.entries[place as usize];
            self.lived += self.life_of(&old, now);
            self.entries[place as usize] = Entry { filled: now, until: now + life, life, cause, ..old };
            return self.renew(place);
        }
        if self.entries.len() as u64 >= u64::from(self.spec.room) {
            self.counts.evicted += 1;
            let victim = self.victim();
            self.take_out(now, victim);
        }
        let place = self.entries.len() as u32;
        self.entries.push(Entry { key, filled: now, until: now + life, life, cause });
        self.index.put(key, place);
        if self.is_ordered() {
            self.ages.push();
        }
    }

    /// A key's answer is taken out, if there is one.
    pub fn drop_key(&mut self, now: Time, key: u64) {
        if let Some(place) = self.index.get(key) {
            self.counts.dropped += 1;
            self.take_out(now, place);
        }
    }

    /// All of them are.
    pub fn flush(&mut self, now: Time) {
        self.counts.dropped += self.entries.len() as u64;
        self.lived = self.lived(now);
        self.entries.clear();
        self.index.clear();
        self.ages.clear();
    }

    /// The answers of all keys below `keys` are too old from now on.
    pub fn expire(&mut self, now: Time, keys: u64) {
        for entry in self.entries.iter_mut().filter(|entry| entry.key < keys) {
            entry.until = entry.until.min(now);
        }
    }

    fn life_of(&self, entry: &Entry, now: Time) -> u128 {
        u128::from(now.min(entry.until).since(entry.filled.max(self.from)).0)
    }

    fn victim(&mut self) -> u32 {
        if let Some(oldest) = self.ages.oldest() {
            return oldest;
        }
        self.draws += 1;
        Random::new(join(self.stream, self.draws)).below(self.entries.len() as u64) as u32
    }

    /// Does anybody ask who is the oldest?
    fn is_ordered(&self) -> bool {
        self.spec.room != u32::MAX && self.spec.evicts != Evicts::Random
    }

    /// Becomes the newest.
    #[inline]
    fn renew(&mut self, place: u32) {
        if self.is_ordered() {
            self.ages.renew(place);
        }
    }

    fn take_out(&mut self, now: Time, place: u32) {
        let gone = self.entries[place as usize];
        self.lived += self.life_of(&gone, now);
        self.index.remove(gone.key);
        if self.is_ordered() {
            self.ages.swap_remove(place);
        }
        self.entries.swap_remove(place as usize);
        // The last one has moved to the place that is free.
        if let Some(moved) = self.entries.get(place as usize).copied() {
            self.index.put(moved.key, place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn at(seconds: u64) -> Time {
        Time(seconds * SECOND)
    }

    fn cache(room: u32, evicts: Evicts) -> Cache {
        let spec = CacheSpec { room, evicts, sliding: false, stale: Span::ZERO, keys: 64, copies: 1 };
        Cache::new(&spec, 7)
    }

    /// Looks, and fills after a miss; was it a hit?
    fn ask(cache: &mut Cache, now: Time, key: u64, life: Span) -> bool {
        let hit = cache.look(now, key) != Found::Miss;
        if !hit {
            cache.fill(now, key, life);
        }
        hit
    }

    fn books_balance(cache: &Cache) {
        let Counts { fills, replaced, evicted, expired, dropped, .. } = *cache.counts();
        assert_eq!(fills, replaced + evicted + expired + dropped + cache.kept());
    }

    /// The least recently used is the first of a list, slow and plain.
    struct Naive {
        room: usize,
        moves: bool,
        kept: Vec<(u64, u64)>,
        life: u64,
    }

    impl Naive {
        fn ask(&mut self, now: u64, key: u64) -> bool {
            let found = self.kept.iter().position(|(other, _)| *other == key);
            if let Some(place) = found {
                if now - self.kept[place].1 < self.life {
                    if self.moves {
                        let entry = self.kept.remove(place);
                        self.kept.push(entry);
                    }
                    return true;
                }
                self.kept.remove(place);
            } else if self.kept.len() == self.room {
                self.kept.remove(0);
            }
            self.kept.push((key, now));
            false
        }
    }

    #[test]
    fn least_recently_used_and_first_in_agree_with_a_plain_list() {
        for (evicts, moves) in [(Evicts::Lru, true), (Evicts::Fifo, false)] {
            for room in [1, 2, 3, 7, 20] {
                let mut ours = cache(room, evicts);
                let mut plain = Naive { room: room as usize, moves, kept: Vec::new(), life: 40 };
                let mut random = Random::new(u64::from(room));
                let mut now = 0;
                for _ in 0..20_000 {
                    now += random.below(4);
                    let key = random.below(3 * u64::from(room) + 1).min(random.below(64));
                    assert_eq!(ask(&mut ours, Time(now), key, Span(40)), plain.ask(now, key), "{evicts:?} {room}");
                }
                assert_eq!(ours.kept(), plain.kept.len() as u64);
                books_balance(&ours);
            }
        }
    }

    #[test]
    fn every_fill_is_accounted_for_whatever_happens() {
        for evicts in [Evicts::Lru, Evicts::Fifo, Evicts::Random] {
            let spec = CacheSpec { room: 9, evicts, sliding: true, stale: Span(5), keys: u64::MAX, copies: 1 };
            let mut ours = Cache::new(&spec, 1);
            let mut random = Random::new(3);
            let (mut now, mut looks) = (0, 0);
            for _ in 0..50_000 {
                now += random.below(3);
                let key = random.below(30);
                match random.below(40) {
                    0 => ours.drop_key(Time(now), key),
                    1 => ours.expire(Time(now), key),
                    2 if random.chance(0.05) => ours.flush(Time(now)),
                    3..8 => ours.fill(Time(now), key, Span(12)),
                    _ => {
                        looks += 1;
                        ask(&mut ours, Time(now), key, Span(12));
                    }
                }
                assert!(ours.kept() <= 9);
            }
            let counts = *ours.counts();
            assert_eq!(counts.hits + counts.misses, looks);
            assert!(counts.stale > 0 && counts.expired > 0 && counts.evicted > 0 && counts.dropped > 0);
            books_balance(&ours);
        }
    }

    #[test]
    fn a_larger_store_never_misses_what_a_smaller_one_has() {
        let mut stores: Vec<Cache> = (1..12).map(|room| cache(room, Evicts::Lru)).collect();
        let mut random = Random::new(11);
        for now in 0..20_000 {
            let key = random.below(20).min(random.below(20));
            let hits: Vec<bool> = stores.iter_mut().map(|store| ask(store, Time(now), key, Span::FOREVER)).collect();
            assert!(hits.windows(2).all(|pair| pair[0] <= pair[1]), "{hits:?}");
        }
    }

    #[test]
    fn an_entry_as_old_as_its_life_is_too_old() {
        let mut ours = cache(2, Evicts::Lru);
        ours.fill(at(3), 1, Span::seconds(10));
        assert_eq!(ours.look(Time(13 * SECOND - 1), 1), Found::Hit);
        assert_eq!(ours.look(at(13), 1), Found::Miss);
        assert_eq!((ours.counts().expired, ours.kept()), (1, 0));
    }

    #[test]
    fn a_hit_prolongs_a_sliding_life_and_no_other() {
        for (sliding, found) in [(true, Found::Hit), (false, Found::Miss)] {
            let spec = CacheSpec { sliding, ..cache(2, Evicts::Lru).spec };
            let mut ours = Cache::new(&spec, 0);
            ours.fill(at(0), 1, Span::seconds(10));
            assert_eq!(ours.look(at(9), 1), Found::Hit);
            assert_eq!(ours.look(at(18), 1), found);
        }
    }

    #[test]
    fn what_is_too_old_may_be_served_for_a_while() {
        let spec = CacheSpec { stale: Span::seconds(5), ..cache(2, Evicts::Lru).spec };
        let mut ours = Cache::new(&spec, 0);
        ours.fill(at(0), 1, Span::seconds(10));
        assert_eq!(ours.look(at(10), 1), Found::Stale);
        assert_eq!(ours.look(Time(15 * SECOND - 1), 1), Found::Stale);
        assert_eq!(ours.look(at(15), 1), Found::Miss);
        assert_eq!((ours.counts().hits, ours.counts().stale), (2, 2));
    }

    #[test]
    fn a_failure_is_kept_for_its_time_and_never_over_an_answer() {
        let mut ours = cache(4, Evicts::Lru);
        ours.fill_failure(at(0), 1, Span::seconds(2), 3);
        assert_eq!(ours.look(at(1), 1), Found::Failure(3));
        assert_eq!(ours.look(at(2), 1), Found::Miss);
        ours.fill(at(3), 1, Span::seconds(9));
        ours.fill_failure(at(4), 1, Span::seconds(2), 3);
        assert_eq!(ours.look(at(5), 1), Found::Hit);
        ours.fill_failure(at(6), 2, Span::seconds(2), 0);
        ours.fill(at(7), 2, Span::seconds(2));
        assert_eq!(ours.look(at(8), 2), Found::Hit);
        books_balance(&ours);
    }

    #[test]
    fn living_entries_are_integrated_to_the_nanosecond() {
        let mut ours = cache(2, Evicts::Fifo);
        ours.fill(at(0), 1, Span::seconds(10)); // lives 0 to 10, leaves at 21
        ours.fill(at(4), 2, Span::seconds(10)); // evicted at 22
        ours.begin(at(5)); // 5 + 9 seconds from here on
        ours.fill(at(21), 3, Span::seconds(10)); // 4 seconds up to 25
        ours.fill(at(22), 4, Span::FOREVER); // 3 seconds
        assert_eq!(ours.lived(at(25)), 21 * u128::from(SECOND));
        assert_eq!((ours.counts().evicted, ours.counts().fills, ours.kept()), (2, 2, 2));
    }

    #[test]
    fn a_store_without_room_keeps_nothing() {
        let mut ours = cache(0, Evicts::Lru);
        assert!(!ask(&mut ours, at(0), 1, Span::FOREVER));
        assert!(!ask(&mut ours, at(1), 1, Span::FOREVER));
        assert_eq!((ours.kept(), ours.counts().fills), (0, 0));
    }

    #[test]
    fn random_victims_are_each_as_likely() {
        let mut gone = [0u32; 4];
        let rounds = 8_000u32;
        for stream in 0..rounds {
            let mut ours = Cache::new(&cache(4, Evicts::Random).spec, u64::from(stream));
            (0..4).for_each(|key| ours.fill(at(key), key, Span::FOREVER));
            ours.fill(at(5), 9, Span::FOREVER);
            (0..4).filter(|key| ours.index.get(*key).is_none()).for_each(|key| gone[key as usize] += 1);
        }
        let sd = (f64::from(rounds) * 0.25 * 0.75).sqrt();
        assert!(gone.iter().all(|n| (f64::from(*n) - f64::from(rounds) / 4.0).abs() < 4.0 * sd), "{gone:?}");
    }
}
