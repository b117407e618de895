//! A ladder: the near future sorted, the middle in buckets of time, the far future in a heap on the floor.
//!
//! What comes next stands in a short sorted row, whose end is the next event. When the row is empty it is filled from the
//! next bucket of the innermost rung; a bucket with too many events becomes a rung of its own. When no rung is left the
//! earlier part of the far future becomes one; how far it reaches is read off a sample, so that one event in a hundred
//! years does not spoil the buckets of this second. A row that grows too long gives its later half back. Few pending events
//! are only ever in the row.
//!
//! So an event is appended to a bucket, moved once or twice and sorted among a dozen others, however many are pending.
//! Events of one instant that are too many for the row wait in a heap beside it and are sorted when the row is empty.
//!
//! After Tang, Goh, Thng: Ladder queue (ACM TOMACS 2005). The sorted row and its halving, few buckets in chunks instead of
//! one for every event, widths by shifts and the sample are ours.

use super::rung::{Bucket, Pool, Rung};
use super::{Calendar, Event, FourHeap};

/// A row this long gives its later half back.
const ROW: usize = 48;
/// A bucket with more events becomes a rung.
const BUCKET: usize = 64;
/// With so many in the far future all of it goes to a rung, without a sample.
const FEW: usize = 512;
/// Of more the earliest so many eighths, about.
const PART: usize = 6;

/// A ladder queue.
#[derive(Clone, Debug)]
pub struct Ladder {
    /// What comes next, latest first.
    row: Vec<Event>,
    /// More of the first instant, where it alone fills the row.
    crowd: FourHeap,
    /// The last instant that belongs to the row.
    row_last: u64,
    /// Innermost, and earliest, last.
    rungs: Vec<Rung>,
    /// Rungs without events, for their memory.
    spare: Vec<Rung>,
    pool: Pool,
    /// The last instant that belongs to a rung (to the row, if there is none).
    rungs_last: u64,
    /// Everything later, in no order.
    far: Bucket,
    far_first: u64,
    far_last: u64,
    len: usize,
}

impl Default for Ladder {
    fn default() -> Ladder {
        Ladder {
            row: Vec::new(),
            crowd: FourHeap::default(),
            row_last: u64::MAX,
            rungs: Vec::new(),
            spare: Vec::new(),
            pool: Pool::default(),
            rungs_last: u64::MAX,
            far: Bucket::default(),
            far_first: u64::MAX,
            far_last: 0,
            len: 0,
        }
    }
}

impl Ladder {
    /// Into a rung or the far future.
    #[inline(never)]
    fn push_beyond(&mut self, rank: u128, payload: u64) {
        let event = Event::of(rank, payload);
        if event.at.0 > self.rungs_last {
            self.far_first = self.far_first.min(event.at.0);
            self.far_last = self.far_last.max(event.at.0);
            return self.far.push(&mut self.pool, event);
        }
        for rung in self.rungs.iter_mut().rev() {
            if event.at.0 <= rung.last() {
                return rung.put(&mut self.pool, event);
            }
        }
    }

    /// The row is too long: its later half goes where it will be found again. What is earlier than the bucket that is read
    /// must stay, for nothing before that is ever looked at.
    #[cold]
    fn push_to_full_row(&mut self, rank: u128, payload: u64) {
        let event = Event::of(rank, payload);
        if !self.crowd.is_empty() {
            // Nobody in the crowd is later than `row_last`, which therefore must stay.
            return self.crowd.push(event);
        }
        let (first, middle) = (self.row[self.row.len() - 1].at.0, self.row[self.row.len() / 2].at.0);
        let read = self.rungs.last().map_or(0, Rung::read_from);
        let kept = if middle > first { middle - 1 } else { first };
        self.row_last = kept.max(read.saturating_sub(1));
        if self.rungs.is_empty() {
            self.rungs_last = self.row_last;
        }
        let later = self.row.partition_point(|event| event.at.0 > self.row_last);
        for i in 0..later {
            self.push_beyond(self.row[i].rank(), self.row[i].payload());
        }
        self.row.drain(..later);
        if event.at.0 > self.row_last {
            self.push_beyond(rank, payload);
        } else if self.row.len() < ROW {
            insert(&mut self.row, event);
        } else {
            self.crowd.push(event);
        }
    }

    /// The crowd's first comes next if it is before the row's.
    #[cold]
    fn call_from_crowd(&mut self) {
        if self.first() == self.crowd.first() {
            self.row.extend(self.crowd.pop());
        }
    }

    /// The row is empty: fills it with what comes next, the crowd if there is one.
    #[cold]
    fn refill(&mut self) {
        if !self.crowd.is_empty() {
            self.crowd.move_into(&mut self.row);
            return sort(&mut self.row);
        }
        while self.row.is_empty() {
            let Some(rung) = self.rungs.last_mut() else {
                if !self.begin_far() {
                    return;
                }
                continue;
            };
            match rung.next() {
                None => self.spare.extend(self.rungs.pop()),
                Some((count, first, last)) if count > BUCKET && last > first => self.split(count, first, last),
                Some((count, _, last)) => {
                    let row = &mut self.row;
                    if count <= BUCKET / 4 {
                        rung.drain(&mut self.pool, |_, event| insert(row, event));
                    } else {
                        rung.drain(&mut self.pool, |_, event| row.push(event));
                        sort(row);
                    }
                    self.row_last = last;
                }
            }
        }
    }

    /// A bucket with many events becomes a rung.
    fn split(&mut self, count: usize, first: u64, last: u64) {
        let mut inner = self.spare.pop().unwrap_or_default();
        inner.lay(first, last, count);
        if let Some(outer) = self.rungs.last_mut() {
            outer.drain(&mut self.pool, |pool, event| inner.put(pool, event));
        }
        self.rungs.push(inner);
    }

    /// No rung is left: few events of the far future fill the row, the earlier ones of many become a rung. False if the
    /// row is as it should be.
    fn begin_far(&mut self) -> bool {
        let mut far = std::mem::take(&mut self.far);
        let (until, count) = self.reach(&far);
        let first = self.far_first;
        (self.far_first, self.far_last) = (u64::MAX, 0);
        if far.len() <= ROW / 2 {
            let row = &mut self.row;
            far.drain(&mut self.pool, |_, event| insert(row, event));
            (self.row_last, self.rungs_last) = (u64::MAX, u64::MAX);
            return false;
        }
        let mut rung = self.spare.pop().unwrap_or_default();
        rung.lay(first, until, count);
        self.rungs_last = rung.last();
        let (later, far_first, far_last) = (&mut self.far, &mut self.far_first, &mut self.far_last);
        far.drain(&mut self.pool, |pool, event| {
            if event.at.0 <= rung.last() {
                rung.put(pool, event);
            } else {
                *far_first = event.at.0.min(*far_first);
                *far_last = event.at.0.max(*far_last);
                later.push(pool, event);
            }
        });
        self.rungs.push(rung);
        true
    }

    /// How far the next rung should reach, and how many events it will hold, about.
    fn reach(&self, far: &Bucket) -> (u64, usize) {
        if far.len() <= FEW {
            return (self.far_last, far.len());
        }
        let mut sample = far.sample(&self.pool, 32);
        sample.sort_unstable();
        (sample[sample.len() * PART / 8].max(self.far_first), far.len() * PART / 8)
    }
}

/// Latest first.
fn sort(row: &mut [Event]) {
    row.sort_unstable_by_key(|event| !event.rank());
}

/// Into a row that is sorted latest first, from its early end.
#[inline(always)]
fn insert(row: &mut Vec<Event>, event: Event) {
    let rank = event.rank();
    let mut place = row.len();
    row.push(event.by_fields());
    let row = row.as_mut_slice();
    while let Some(before) = place.checked_sub(1)
        && row[before].rank() < rank
    {
        row[place] = row[before].by_fields();
        place = before;
    }
    row[place] = event.by_fields();
}

impl Calendar for Ladder {
    #[inline(always)]
    fn push(&mut self, event: Event) {
        self.len += 1;
        if event.at.0 > self.row_last {
            self.push_beyond(event.rank(), event.payload());
        } else if self.row.len() < ROW {
            insert(&mut self.row, event);
        } else {
            self.push_to_full_row(event.rank(), event.payload());
        }
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<Event> {
        if !self.crowd.is_empty() {
            self.call_from_crowd();
        }
        let event = self.row.last()?.by_fields();
        self.row.truncate(self.row.len() - 1);
        self.len -= 1;
        if self.row.is_empty() && (self.row_last < u64::MAX || !self.crowd.is_empty()) {
            self.refill();
        }
        Some(event)
    }

    #[inline]
    fn first(&self) -> Option<&Event> {
        if self.crowd.is_empty() {
            self.row.last()
        } else {
            self.row.last().into_iter().chain(self.crowd.first()).min()
        }
    }

    fn len(&self) -> usize {
        self.len
    }

    fn bytes(&self) -> usize {
        let rungs = self.rungs.iter().chain(&self.spare).map(Rung::bytes).sum::<usize>();
        self.row.capacity() * size_of::<Event>() + self.crowd.bytes() + rungs + self.pool.bytes()
    }
}
