//! Stations by hand: orders, rooms, withdrawals, stops, servers that come and go.

use super::*;

fn station(servers: u32, order: Order, room: u32) -> Station {
    Station::new(&StationSpec { servers, order, room, stream: 1 })
}

fn started(arrival: Arrival) -> Started {
    match arrival {
        Arrival::Started(started) => started,
        other => panic!("expected a start, got {other:?}"),
    }
}

fn waiting(arrival: Arrival) -> u32 {
    match arrival {
        Arrival::Waiting(job) => job,
        other => panic!("expected a wait, got {other:?}"),
    }
}

#[test]
fn the_first_who_came_is_the_first_who_is_served() {
    let mut desk = station(1, Order::Fifo, u32::MAX);
    let first = started(desk.arrive(Time(0), 10, Span(5), 0));
    waiting(desk.arrive(Time(1), 11, Span(5), 0));
    waiting(desk.arrive(Time(2), 12, Span(5), 0));
    assert!(desk.ends(Time(5), first.job, first.number));
    assert_eq!(desk.finish(Time(5), first.job), 10);
    let next = desk.next(Time(5)).expect("somebody waits");
    assert_eq!((next.who, next.waited, next.finish), (11, Some(Span(4)), Time(10)));
    assert_eq!(desk.next(Time(5)), None);
}

#[test]
fn the_last_who_came_is_served_first_if_that_is_the_order() {
    let mut desk = station(1, Order::Lifo, u32::MAX);
    let first = started(desk.arrive(Time(0), 10, Span(5), 0));
    waiting(desk.arrive(Time(1), 11, Span(5), 0));
    waiting(desk.arrive(Time(2), 12, Span(5), 0));
    desk.finish(Time(5), first.job);
    assert_eq!(desk.next(Time(5)).expect("somebody waits").who, 12);
}

#[test]
fn a_full_room_refuses_and_a_booth_has_no_room() {
    let mut booth = station(1, Order::Fifo, 0);
    started(booth.arrive(Time(0), 1, Span(5), 0));
    assert_eq!(booth.arrive(Time(1), 2, Span(5), 0), Arrival::Refused);
    let mut desk = station(1, Order::Fifo, 1);
    started(desk.arrive(Time(0), 1, Span(5), 0));
    waiting(desk.arrive(Time(0), 2, Span(5), 0));
    assert_eq!(desk.arrive(Time(0), 3, Span(5), 0), Arrival::Refused);
}

#[test]
fn who_withdraws_from_the_middle_of_the_line_is_never_served() {
    let mut desk = station(1, Order::Fifo, u32::MAX);
    let first = started(desk.arrive(Time(0), 1, Span(5), 0));
    let second = waiting(desk.arrive(Time(0), 2, Span(5), 0));
    waiting(desk.arrive(Time(0), 3, Span(5), 0));
    assert_eq!(desk.withdraw(Time(3), second), Some(Span(3)));
    desk.finish(Time(5), first.job);
    assert_eq!(desk.next(Time(5)).expect("the third").who, 3);
}

#[test]
fn a_lower_number_takes_the_server_and_the_other_goes_on_where_it_stopped() {
    let mut desk = station(1, Order::Preempt, u32::MAX);
    let slow = started(desk.arrive(Time(0), 1, Span(10), 1));
    waiting(desk.arrive(Time(1), 2, Span(10), 1));
    let urgent = started(desk.arrive(Time(4), 3, Span(2), 0));
    assert!(!desk.ends(slow.finish, slow.job, slow.number), "its end was called off");
    desk.finish(Time(6), urgent.job);
    let again = desk.next(Time(6)).expect("the interrupted one");
    assert_eq!((again.who, again.waited, again.finish), (1, None, Time(12)));
}

#[test]
fn a_stopped_station_keeps_what_it_was_doing() {
    let mut desk = station(1, Order::Fifo, u32::MAX);
    let first = started(desk.arrive(Time(0), 1, Span(10), 0));
    desk.stop(Time(4));
    waiting(desk.arrive(Time(5), 2, Span(1), 0));
    assert!(!desk.ends(Time(10), first.job, first.number));
    let mut resumed = vec![];
    desk.go_on(Time(20), |s| resumed.push((s.who, s.finish)));
    assert_eq!(resumed, [(1, Time(26))]);
}

#[test]
fn more_servers_take_from_the_line_at_once() {
    let mut desk = station(1, Order::Fifo, u32::MAX);
    started(desk.arrive(Time(0), 1, Span(10), 0));
    waiting(desk.arrive(Time(0), 2, Span(10), 0));
    waiting(desk.arrive(Time(0), 3, Span(10), 0));
    desk.set_servers(Time(3), 3);
    assert_eq!(desk.next(Time(3)).map(|s| s.who), Some(2));
    assert_eq!(desk.next(Time(3)).map(|s| s.who), Some(3));
    assert_eq!(desk.next(Time(3)), None);
}

#[test]
fn the_random_order_takes_everybody_once() {
    let mut desk = station(1, Order::Random, u32::MAX);
    let mut job = started(desk.arrive(Time(0), 0, Span(1), 0)).job;
    for who in 1..50 {
        waiting(desk.arrive(Time(0), who, Span(1), 0));
    }
    let mut order = vec![];
    for now in 1..50 {
        desk.finish(Time(now), job);
        let next = desk.next(Time(now)).expect("not all were served");
        order.push(next.who);
        job = next.job;
    }
    let mut sorted = order.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (1..50).collect::<Vec<u32>>());
    assert_ne!(order, sorted);
}
