//! A register before a calendar: the next event stands beside the structure, not in it.
//!
//! Where an event's handling pushes the very next event (one source, one station, little else), push and pop touch the
//! register and nothing more. It pays over a heap; the ladder's sorted end does the same by itself.

use super::{Calendar, Event};

/// A calendar whose next event is kept outside.
#[derive(Clone, Debug, Default)]
pub struct Front<C> {
    /// Not later than anything in `rest`.
    front: Option<Event>,
    rest: C,
}

impl<C: Calendar> Calendar for Front<C> {
    #[inline]
    fn push(&mut self, event: Event) {
        match &mut self.front {
            Some(front) if *front <= event => self.rest.push(event),
            Some(front) => {
                let later = std::mem::replace(front, event);
                self.rest.push(later);
            }
            // The register was emptied by a pop: what comes next may be in the rest.
            None if self.rest.first().is_none_or(|first| event <= *first) => self.front = Some(event),
            None => self.rest.push(event),
        }
    }

    #[inline]
    fn pop(&mut self) -> Option<Event> {
        match self.front.take() {
            Some(front) => Some(front),
            None => self.rest.pop(),
        }
    }

    #[inline]
    fn first(&self) -> Option<&Event> {
        match &self.front {
            Some(front) => Some(front),
            None => self.rest.first(),
        }
    }

    fn len(&self) -> usize {
        self.rest.len() + self.front.is_some() as usize
    }

    fn bytes(&self) -> usize {
        self.rest.bytes()
    }
}
