//! The standard library's binary heap as a calendar: the plain one that the others are held against.

use super::{Calendar, Event};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A binary heap.
#[derive(Clone, Debug, Default)]
pub struct StdHeap {
    heap: BinaryHeap<Reverse<Event>>,
}

impl Calendar for StdHeap {
    #[inline]
    fn push(&mut self, event: Event) {
        self.heap.push(Reverse(event));
    }

    #[inline]
    fn pop(&mut self) -> Option<Event> {
        self.heap.pop().map(|Reverse(event)| event)
    }

    #[inline]
    fn first(&self) -> Option<&Event> {
        self.heap.peek().map(|Reverse(event)| event)
    }

    fn len(&self) -> usize {
        self.heap.len()
    }

    fn bytes(&self) -> usize {
        self.heap.capacity() * size_of::<Event>()
    }
}
