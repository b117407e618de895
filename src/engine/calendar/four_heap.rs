//! An implicit heap with four children a node: half the levels of a binary one, and siblings that lie side by side.

use super::{Calendar, Event};

/// A heap of four children a node.
#[derive(Clone, Debug, Default)]
pub struct FourHeap {
    events: Vec<Event>,
}

const CHILDREN: usize = 4;

impl FourHeap {
    /// Moves all events to the end of a row, in no order.
    pub(super) fn move_into(&mut self, row: &mut Vec<Event>) {
        row.append(&mut self.events);
    }

    /// Puts `event` where it belongs on the way from `hole` to the root.
    #[inline(always)]
    fn rise(&mut self, mut hole: usize, event: Event) {
        let events = self.events.as_mut_slice();
        while hole > 0 {
            let parent = (hole - 1) / CHILDREN;
            if events[parent] <= event {
                break;
            }
            events[hole] = events[parent].by_fields();
            hole = parent;
        }
        events[hole] = event.by_fields();
    }

    /// Moves the hole at the root down to a leaf, always to the earliest child, and lets the last event rise from there:
    /// it came from a leaf and mostly stays near one, so comparing it on the way down would be for nothing.
    #[inline]
    fn refill_root(&mut self, last: Event) {
        let mut hole = 0;
        while let Some(family) = self.events.get(CHILDREN * hole + 1..CHILDREN * hole + 1 + CHILDREN) {
            let left = (family[1] < family[0]) as usize;
            let right = 2 + (family[3] < family[2]) as usize;
            let best = if family[right] < family[left] { right } else { left };
            self.events[hole] = family[best].by_fields();
            hole = CHILDREN * hole + 1 + best;
        }
        let first = CHILDREN * hole + 1;
        if let Some(few) = self.events.get(first..)
            && let Some((best, event)) = few.iter().enumerate().min_by_key(|(_, event)| **event)
        {
            self.events[hole] = event.by_fields();
            hole = first + best;
        }
        self.rise(hole, last);
    }
}

impl Calendar for FourHeap {
    #[inline]
    fn push(&mut self, event: Event) {
        self.events.push(event.by_fields());
        self.rise(self.events.len() - 1, event);
    }

    #[inline]
    fn pop(&mut self) -> Option<Event> {
        let last = self.events.pop()?;
        let Some(first) = self.events.first().copied() else { return Some(last) };
        self.refill_root(last);
        Some(first)
    }

    #[inline]
    fn first(&self) -> Option<&Event> {
        self.events.first()
    }

    fn len(&self) -> usize {
        self.events.len()
    }

    fn bytes(&self) -> usize {
        self.events.capacity() * size_of::<Event>()
    }
}
