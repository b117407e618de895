//! A buffer: gathers pieces until there are enough, they weigh enough or the first is old enough; then all leave as one.
//!
//! It is emptied in the instant in which its count or its bytes reach their bound, or `age` after the first piece came in;
//! the next piece opens a new window. With Poisson arrivals of rate l, a count of N and an age of w a batch holds
//! 1 + sum over k = 1 .. N-1 of P(at least k arrivals in w), and it leaves by the clock with probability P(fewer than N-1 in w).
//!
//! Left out: pieces that are split to fill a batch exactly.

use crate::units::{Span, Time};

/// When a buffer is emptied.
#[derive(Clone, Debug, PartialEq)]
pub struct BufferSpec {
    /// So many pieces.
    pub count: u64,
    /// So many bytes.
    pub bytes: u64,
    /// So long after the first piece.
    pub age: Span,
}

impl Default for BufferSpec {
    fn default() -> BufferSpec {
        BufferSpec { count: u64::MAX, bytes: u64::MAX, age: Span::FOREVER }
    }
}

/// Why a batch left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Enough pieces.
    Count,
    /// Enough bytes.
    Bytes,
    /// The first was old enough.
    Age,
}

/// A buffer.
#[derive(Clone, Debug)]
pub struct Buffer<T> {
    spec: BufferSpec,
    pieces: Vec<(T, Time)>,
    bytes: u64,
}

impl<T: Copy> Buffer<T> {
    /// An empty one.
    pub fn new(spec: &BufferSpec) -> Buffer<T> {
        Buffer { spec: spec.clone(), pieces: Vec::new(), bytes: 0 }
    }

    /// How many pieces it holds.
    pub fn waiting(&self) -> u64 {
        self.pieces.len() as u64
    }

    /// What they weigh.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// When it is emptied by its age, if it holds anything.
    pub fn due(&self) -> Option<Time> {
        self.pieces.first().filter(|_| self.spec.age != Span::FOREVER).map(|(_, first)| *first + self.spec.age)
    }

    /// A piece comes in; says why the buffer has to be emptied now, if it has.
    pub fn add(&mut self, now: Time, what: T, bytes: u64) -> Option<Reason> {
        self.pieces.push((what, now));
        self.bytes += bytes;
        if self.waiting() >= self.spec.count {
            Some(Reason::Count)
        } else if self.bytes >= self.spec.bytes {
            Some(Reason::Bytes)
        } else {
            None
        }
    }

    /// Empties it: each piece and when it came.
    pub fn empty(&mut self, into: &mut Vec<(T, Time)>) {
        into.append(&mut self.pieces);
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emptied(buffer: &mut Buffer<u32>) -> Vec<(u32, Time)> {
        let mut all = Vec::new();
        buffer.empty(&mut all);
        all
    }

    #[test]
    fn it_is_emptied_by_the_piece_that_fills_it_and_not_before() {
        let mut buffer = Buffer::new(&BufferSpec { count: 3, ..BufferSpec::default() });
        assert_eq!((buffer.add(Time(1), 1, 0), buffer.add(Time(2), 2, 0)), (None, None));
        assert_eq!(buffer.add(Time(5), 3, 0), Some(Reason::Count));
        assert_eq!(emptied(&mut buffer), [(1, Time(1)), (2, Time(2)), (3, Time(5))]);
        assert_eq!((buffer.waiting(), buffer.due()), (0, None));
    }

    #[test]
    fn it_is_emptied_when_its_bytes_reach_the_bound() {
        let mut buffer = Buffer::new(&BufferSpec { bytes: 100, ..BufferSpec::default() });
        assert_eq!((buffer.add(Time(0), 1, 99), buffer.bytes()), (None, 99));
        assert_eq!(buffer.add(Time(0), 2, 1), Some(Reason::Bytes));
        emptied(&mut buffer);
        assert_eq!(buffer.bytes(), 0);
    }

    #[test]
    fn its_age_is_that_of_the_first_piece_and_begins_anew() {
        let mut buffer = Buffer::new(&BufferSpec { age: Span(10), ..BufferSpec::default() });
        buffer.add(Time(3), 1, 0);
        buffer.add(Time(9), 2, 0);
        assert_eq!(buffer.due(), Some(Time(13)));
        emptied(&mut buffer);
        buffer.add(Time(20), 3, 0);
        assert_eq!(buffer.due(), Some(Time(30)));
    }
}
