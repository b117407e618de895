//! A rung of the ladder: a stretch of time cut into a few buckets, whose events lie in chunks of one pool.
//!
//! A bucket is a chain of chunks of 32 events. Appending writes to one of a few open chunks and reading one goes through
//! memory in long steps, so a million events cost little more than a thousand: no event is chased through memory alone.

use super::Event;

/// Events in a chunk.
const CHUNK: usize = 32;
/// Most buckets of a rung: as many open chunks as the nearest cache holds.
const BUCKETS: u64 = 64;
/// Events a bucket that the last cut aims at.
const AIM: u64 = 8;
/// No chunk.
const NONE: u32 = u32::MAX;

/// Chunks of all buckets.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    events: Vec<Event>,
    /// The chunk after each chunk, in its bucket or among the free ones.
    next: Vec<u32>,
    free: u32,
}

impl Default for Pool {
    fn default() -> Pool {
        Pool { events: Vec::new(), next: Vec::new(), free: NONE }
    }
}

impl Pool {
    /// A chunk that is followed by `next`; the one that was given back last, while it is still in the cache.
    #[inline]
    fn chunk(&mut self, next: u32) -> u32 {
        match self.next.get_mut(self.free as usize) {
            Some(after) => std::mem::replace(&mut self.free, std::mem::replace(after, next)),
            None => self.chunk_of_new_memory(next),
        }
    }

    /// A large pool grows by a quarter, not twofold: pending events are most of what a large simulation holds.
    #[cold]
    fn chunk_of_new_memory(&mut self, next: u32) -> u32 {
        if self.events.len() == self.events.capacity() && self.next.len() >= 64 {
            let more = self.next.len() / 4;
            self.events.reserve_exact(more * CHUNK);
            self.next.reserve_exact(more);
        }
        self.events.resize(self.events.len() + CHUNK, Event::default());
        self.next.push(next);
        (self.next.len() - 1) as u32
    }

    /// Bytes that are held.
    pub(super) fn bytes(&self) -> usize {
        self.events.capacity() * size_of::<Event>() + self.next.capacity() * size_of::<u32>()
    }
}

/// Events in no order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    chunk: u32,
    count: u32,
}

impl Default for Bucket {
    fn default() -> Bucket {
        Bucket { chunk: NONE, count: 0 }
    }
}

impl Bucket {
    /// How many.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.count as usize
    }

    /// One more.
    #[inline(always)]
    pub(super) fn push(&mut self, pool: &mut Pool, event: Event) {
        let fill = self.count as usize % CHUNK;
        if fill == 0 {
            self.chunk = pool.chunk(self.chunk);
        }
        self.count += 1;
        pool.events[self.chunk as usize * CHUNK + fill] = event.by_fields();
    }

    /// Takes all out; a chunk is free again when its last event has been given out.
    #[inline]
    pub(super) fn drain(&mut self, pool: &mut Pool, mut each: impl FnMut(&mut Pool, Event)) {
        let Bucket { mut chunk, count } = std::mem::take(self);
        let mut fill = (count as usize).wrapping_sub(1) % CHUNK + 1;
        while chunk != NONE {
            for i in 0..fill {
                let event = pool.events[chunk as usize * CHUNK + i].by_fields();
                each(pool, event);
            }
            let free = std::mem::replace(&mut pool.free, chunk);
            chunk = std::mem::replace(&mut pool.next[chunk as usize], free);
            fill = CHUNK;
        }
    }

    /// The times of some `n` events from all over the bucket.
    pub(super) fn sample(&self, pool: &Pool, n: usize) -> Vec<u64> {
        let some = |chunk: u32| (chunk != NONE).then_some(chunk);
        let chunks = std::iter::successors(some(self.chunk), |chunk| some(pool.next[*chunk as usize]));
        let step = self.len().div_ceil(CHUNK) / n;
        chunks.step_by(step.max(1)).take(n).map(|chunk| pool.events[chunk as usize * CHUNK].at.0).collect()
    }
}

/// A stretch of time in buckets whose width is a power of two.
#[derive(Clone, Debug, Default)]
pub(super) struct Rung {
    start: u64,
    /// The last instant of the last bucket.
    last: u64,
    shift: u32,
    /// The bucket that is read; those before it are empty for good.
    current: usize,
    buckets: Vec<Bucket>,
}

impl Rung {
    /// Lays the rung over `[start, last]`, or a little more, for some `count` events.
    pub(super) fn lay(&mut self, start: u64, last: u64, count: usize) {
        let cuts = (count as u64 / AIM).clamp(2, BUCKETS).ilog2();
        let bits = u64::BITS - (last - start).leading_zeros();
        self.shift = bits.saturating_sub(cuts);
        let buckets = ((last - start) >> self.shift) + 1;
        (self.start, self.current) = (start, 0);
        self.last = start.saturating_add((buckets - 1) << self.shift).saturating_add((1 << self.shift) - 1);
        self.buckets.clear();
        self.buckets.resize(buckets as usize, Bucket::default());
    }

    /// The last instant that belongs here.
    #[inline]
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Puts an event into its bucket.
    #[inline]
    pub(super) fn put(&mut self, pool: &mut Pool, event: Event) {
        self.buckets[((event.at.0 - self.start) >> self.shift) as usize].push(pool, event);
    }

    /// Goes to the first bucket that is not empty: how many it holds, its first and its last instant.
    pub(super) fn next(&mut self) -> Option<(usize, u64, u64)> {
        let ahead = self.buckets[self.current..].iter().position(|bucket| bucket.count > 0)?;
        self.current += ahead;
        let first = self.read_from();
        Some((self.buckets[self.current].len(), first, first.saturating_add((1 << self.shift) - 1)))
    }

    /// The first instant of the current bucket.
    pub(super) fn read_from(&self) -> u64 {
        self.start + ((self.current as u64) << self.shift)
    }

    /// Takes the events of the current bucket out.
    #[inline]
    pub(super) fn drain(&mut self, pool: &mut Pool, each: impl FnMut(&mut Pool, Event)) {
        self.buckets[self.current].drain(pool, each);
    }

    /// Bytes that are held.
    pub(super) fn bytes(&self) -> usize {
        self.buckets.capacity() * size_of::<Bucket>()
    }
}
