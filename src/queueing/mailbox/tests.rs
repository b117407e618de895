//! What a mailbox promises, tried by hand and at random.

use super::*;
use crate::units::Random;
use proptest::prelude::*;

fn mailbox(spec: MailboxSpec) -> Mailbox<u32> {
    Mailbox::new(&spec)
}

fn taken(mailbox: &mut Mailbox<u32>, most: u32) -> Vec<Taken<u32>> {
    let mut batch = Vec::new();
    mailbox.take(most, &mut batch);
    batch
}

fn whats(batch: &[Taken<u32>]) -> Vec<u32> {
    batch.iter().map(|taken| taken.what).collect()
}

fn back(mailbox: &mut Mailbox<u32>, now: u64, batch: &[Taken<u32>]) -> Vec<Fate<u32>> {
    let mut fates = Vec::new();
    mailbox.come_back(Time(now), batch, &mut fates);
    fates
}

#[test]
fn a_message_comes_back_to_its_old_place() {
    let mut queue = mailbox(MailboxSpec::default());
    for what in 1..=4 {
        queue.put(Time(0), what, 0);
    }
    let batch = taken(&mut queue, 2);
    assert_eq!(whats(&batch), [1, 2]);
    let later = taken(&mut queue, 1);
    assert_eq!(back(&mut queue, 5, &batch), [Fate::Waits, Fate::Waits]);
    assert!(queue.finish(&later[0]));
    assert_eq!(whats(&taken(&mut queue, 9)), [1, 2, 4]);
}

#[test]
fn who_was_delivered_often_enough_is_dead_and_not_before() {
    let mut queue = mailbox(MailboxSpec { most_takes: 2, ..MailboxSpec::default() });
    queue.put(Time(0), 7, 0);
    let first = taken(&mut queue, 1);
    assert_eq!(back(&mut queue, 1, &first), [Fate::Waits]);
    let second = taken(&mut queue, 1);
    assert_eq!(second[0].takes, 2);
    assert_eq!(back(&mut queue, 2, &second), [Fate::Dead(7)]);
    assert_eq!((queue.waiting(), queue.hidden()), (0, 0));
}

#[test]
fn a_delivery_that_is_over_finishes_nothing() {
    let mut queue = mailbox(MailboxSpec::default());
    queue.put(Time(0), 7, 0);
    let first = taken(&mut queue, 1);
    back(&mut queue, 1, &first);
    assert!(!queue.finish(&first[0]));
    let second = taken(&mut queue, 1);
    assert!(!queue.finish(&first[0]));
    assert!(queue.finish(&second[0]));
    queue.put(Time(2), 8, 0);
    assert!(!queue.finish(&second[0]));
    assert_eq!(queue.waiting(), 1);
}

#[test]
fn a_message_as_old_as_may_be_is_lost_and_one_in_hand_when_it_comes_back() {
    let mut queue = mailbox(MailboxSpec { keeps: Span(10), ..MailboxSpec::default() });
    queue.put(Time(0), 1, 0);
    queue.put(Time(0), 2, 0);
    queue.put(Time(3), 3, 0);
    let batch = taken(&mut queue, 1);
    let mut lost = Vec::new();
    queue.expire(Time(9), &mut lost);
    assert_eq!((lost.len(), queue.next_end()), (0, Some(Time(10))));
    queue.expire(Time(10), &mut lost);
    assert_eq!((lost, queue.next_end()), (vec![2], Some(Time(13))));
    assert_eq!(back(&mut queue, 12, &batch), [Fate::Lost(1)]);
    assert_eq!(whats(&taken(&mut queue, 9)), [3]);
}

#[test]
fn what_is_held_back_is_in_nobodys_sight() {
    let mut queue = mailbox(MailboxSpec { held_back: Span(5), ..MailboxSpec::default() });
    assert!(!queue.put(Time(0), 1, 0));
    assert!(!queue.put(Time(2), 2, 0));
    assert_eq!((queue.appear(Time(4)), queue.held(), queue.in_reach()), (0, 2, 0));
    assert_eq!((queue.appear(Time(5)), queue.held(), queue.in_reach()), (1, 1, 1));
    assert_eq!(whats(&taken(&mut queue, 9)), [1]);
}

#[test]
fn a_repeat_within_the_window_is_known_and_one_at_its_end_is_not() {
    let mut queue = mailbox(MailboxSpec { dedup: Span(10), ..MailboxSpec::default() });
    assert!(!queue.is_repeat(Time(0), 5));
    assert!(queue.is_repeat(Time(9), 5));
    assert!(!queue.is_repeat(Time(9), 6));
    assert!(!queue.is_repeat(Time(10), 5));
}

#[test]
fn nothing_is_handed_out_above_what_may_be_in_flight() {
    let mut queue = mailbox(MailboxSpec { in_flight: 2, ..MailboxSpec::default() });
    for what in 1..=4 {
        queue.put(Time(0), what, 0);
    }
    let batch = taken(&mut queue, 3);
    assert_eq!((whats(&batch), queue.in_reach()), (vec![1, 2], 0));
    assert!(taken(&mut queue, 1).is_empty());
    queue.finish(&batch[0]);
    assert_eq!((queue.in_reach(), whats(&taken(&mut queue, 3))), (1, vec![3]));
}

#[test]
fn a_group_is_served_one_batch_at_a_time_and_in_order() {
    let mut queue = mailbox(MailboxSpec { ordered: true, ..MailboxSpec::default() });
    for (what, group) in [(1, 8), (2, 9), (3, 8), (4, 8)] {
        queue.put(Time(0), what, group);
    }
    let eights = taken(&mut queue, 2);
    assert_eq!((whats(&eights), queue.in_reach()), (vec![1, 3], 1));
    let nines = taken(&mut queue, 2);
    assert_eq!((whats(&nines), queue.in_reach()), (vec![2], 0));
    queue.put(Time(1), 5, 8);
    assert!(taken(&mut queue, 9).is_empty(), "a failing message holds up its group");
    queue.finish(&eights[1]);
    back(&mut queue, 2, &eights);
    assert_eq!(whats(&taken(&mut queue, 9)), [1, 4, 5]);
}

proptest! {
    /// Random verbs: every message is somewhere exactly once, and groups keep their order.
    #[test]
    fn messages_are_conserved(seed in any::<u64>(), ordered in any::<bool>(), most_takes in 1u32..4, keeps in 3u64..60) {
        let spec = MailboxSpec { ordered, most_takes, keeps: Span(keeps), ..MailboxSpec::default() };
        let (mut queue, mut random) = (mailbox(spec), Random::new(seed));
        let (mut put, mut over, mut hands) = (0u64, 0u64, Vec::<Vec<Taken<u32>>>::new());
        let mut last_finished = BTreeMap::new();
        for step in 0..300u64 {
            match random.below(5) {
                0 | 1 => {
                    queue.put(Time(step), put as u32, random.below(3));
                    put += 1;
                }
                2 => {
                    let batch = taken(&mut queue, 1 + random.below(3) as u32);
                    prop_assert!(batch.is_sorted_by_key(|taken| taken.number));
                    hands.extend((!batch.is_empty()).then_some(batch));
                }
                3 if !hands.is_empty() => {
                    let batch = hands.swap_remove(random.below(hands.len() as u64) as usize);
                    for one in &batch {
                        let group = queue.letters[one.slot as usize].group;
                        prop_assert!(queue.finish(one));
                        over += 1;
                        let before = last_finished.insert(group, one.number);
                        prop_assert!(!ordered || before.is_none_or(|before| before < one.number));
                    }
                }
                _ if !hands.is_empty() => {
                    let batch = hands.swap_remove(random.below(hands.len() as u64) as usize);
                    let fates = back(&mut queue, step, &batch);
                    prop_assert_eq!(fates.len(), batch.len());
                    over += fates.iter().filter(|fate| **fate != Fate::Waits).count() as u64;
                }
                _ => {}
            }
            let mut lost = Vec::new();
            queue.expire(Time(step), &mut lost);
            over += lost.len() as u64;
            let in_hand: usize = hands.iter().map(Vec::len).sum();
            prop_assert_eq!(queue.hidden(), in_hand as u64);
            prop_assert_eq!(put, over + queue.held() + queue.waiting() + queue.hidden());
        }
    }
}
