//! The calendar: what is pending, earliest first. Several ways to keep it, one order.
//!
//! A run uses the [`Ladder`]: the fastest of them from one pending event to a million (`benches/README.md`). The heaps stay
//! because an order is only proved by a second way to reach it.

mod four_heap;
mod front;
mod ladder;
mod rung;
mod std_heap;

pub use four_heap::FourHeap;
pub use front::Front;
pub use ladder::Ladder;
pub use std_heap::StdHeap;

use super::event::{Event, Key};
use crate::units::Time;

/// Pending events, given out in the order of time and key.
///
/// Any two calendars give the same events in the same order, so the choice of one changes no answer. An event may be
/// earlier than the last one given out; it is the next one then.
pub trait Calendar: Clone + Default {
    /// An event that will happen.
    fn push(&mut self, event: Event);

    /// Takes the next event out.
    fn pop(&mut self) -> Option<Event>;

    /// The next event.
    fn first(&self) -> Option<&Event>;

    /// How many are pending.
    fn len(&self) -> usize;

    /// Bytes of memory that are held for events.
    fn bytes(&self) -> usize;

    /// Is nothing pending?
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Time and key of the next event.
    #[inline]
    fn peek(&self) -> Option<(Time, Key)> {
        self.first().map(|event| (event.at, event.key))
    }

    /// Takes the next event out if it comes before this rank ([`Event::rank`]): a timer's, or the end of the run.
    #[inline(always)]
    fn pop_before(&mut self, rank: u128) -> Option<Event> {
        if self.first()?.rank() < rank { self.pop() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Class;
    use crate::units::Random;
    use proptest::prelude::*;

    /// What a random run does next.
    #[derive(Clone, Debug)]
    enum Step {
        /// Pushes so many events, each so far ahead at most.
        Push(usize, u64),
        /// Takes so many out.
        Pop(usize),
        /// Goes on with a clone, as a fork does.
        Fork,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => (0usize..300, 0u32..44).prop_map(|(n, bits)| Step::Push(n, 1 << bits)),
            4 => (0usize..400).prop_map(Step::Pop),
            1 => Just(Step::Fork),
        ];
        proptest::collection::vec(step, 1..40)
    }

    /// All events in the order in which a calendar gives them out.
    fn order<C: Calendar>(steps: &[Step], seed: u64) -> Vec<Event> {
        let (mut calendar, mut random, mut out) = (C::default(), Random::new(seed), Vec::new());
        let (mut now, mut number) = (Time::ZERO, 0);
        for step in steps {
            match step {
                Step::Push(n, ahead) => (0..*n).for_each(|_| {
                    let at = Time((now.0 + random.below(*ahead)).saturating_sub(random.below(ahead / 8 + 1)));
                    number += 1;
                    let key = Key::new(Class::Arrival, random.below(7) as u16, number, 0);
                    calendar.push(Event { at, key, what: 1, slot: number as u32 });
                }),
                Step::Pop(n) => (0..*n).for_each(|_| {
                    let (len, peek) = (calendar.len(), calendar.peek());
                    let event = calendar.pop();
                    assert_eq!(peek, event.map(|event| (event.at, event.key)));
                    assert_eq!(calendar.len(), len.saturating_sub(1));
                    now = event.map_or(now, |event| event.at);
                    out.extend(event);
                }),
                Step::Fork => calendar = calendar.clone(),
            }
        }
        out.extend(std::iter::from_fn(|| calendar.pop()));
        assert!(calendar.is_empty());
        out
    }

    proptest! {
        #[test]
        fn all_calendars_keep_the_same_order(steps in steps(), seed: u64) {
            let plain = order::<StdHeap>(&steps, seed);
            prop_assert_eq!(&plain, &order::<FourHeap>(&steps, seed));
            prop_assert_eq!(&plain, &order::<Front<FourHeap>>(&steps, seed));
            prop_assert_eq!(&plain, &order::<Front<Ladder>>(&steps, seed));
            prop_assert_eq!(&plain, &order::<Ladder>(&steps, seed));
        }
    }

    /// A million events are kept in the order of a heap, whatever law their delays follow.
    fn check_law(seed: u64, pending: u64, delay: impl Fn(&mut Random) -> u64) {
        let (mut heap, mut ladder, mut random) = (StdHeap::default(), Ladder::default(), Random::new(seed));
        let mut now = 0;
        for number in 0..4 * pending {
            if number >= pending {
                let event = ladder.pop();
                assert_eq!(event, heap.pop());
                now = event.map_or(now, |event| event.at.0);
            }
            let at = Time(now.saturating_add(delay(&mut random)));
            let event = Event { at, key: Key::new(Class::Timer, 3, number, 0), what: 0, slot: number as u32 };
            heap.push(event);
            ladder.push(event);
        }
        while let Some(event) = heap.pop() {
            assert_eq!(ladder.pop(), Some(event));
        }
        assert!(ladder.is_empty() && ladder.first().is_none());
    }

    #[test]
    fn the_ladder_keeps_order_under_any_law_of_delays() {
        check_law(1, 20_000, |random| random.below(1 << 30));
        check_law(2, 20_000, |random| 1 << random.below(64));
        check_law(3, 5_000, |random| random.below(3) * 1_000_000);
        check_law(4, 3_000, |_| 0);
        check_law(5, 3_000, |_| u64::MAX);
        check_law(6, 20_000, |random| if random.chance(0.99) { random.below(1000) } else { u64::MAX / 2 });
        check_law(7, 20_000, |random| 5_000_000_000 + random.below(2));
    }

    #[test]
    fn a_ladder_that_ran_empty_begins_anew() {
        let mut ladder = Ladder::default();
        for round in 0..3u64 {
            let events = (0..500u64).map(|i| Event { at: Time(round + i % 2), key: Key(i), what: 0, slot: 0 });
            events.clone().for_each(|event| ladder.push(event));
            let mut sorted: Vec<Event> = events.collect();
            sorted.sort_unstable();
            assert_eq!(std::iter::from_fn(|| ladder.pop()).collect::<Vec<_>>(), sorted);
        }
    }

    #[test]
    fn the_ladder_holds_little_beside_its_events() {
        let (mut ladder, mut random) = (Ladder::default(), Random::new(9));
        for number in 0..1_000_000u64 {
            if number >= 100_000 {
                ladder.pop();
            }
            let at = Time(number * 1000 + random.below(200_000_000));
            ladder.push(Event { at, key: Key(number), what: 0, slot: 0 });
        }
        let a_pending_event = ladder.bytes() as f64 / ladder.len() as f64;
        assert!(a_pending_event < 34.0, "{a_pending_event} bytes");
    }
}
