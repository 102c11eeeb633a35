use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;
use std::thread;

use proptest::prelude::*;

use super::*;

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn turn(gate: &Arc<Gate>) -> Turn {
    match gate.enter() {
        Entry::Wait(turn) => turn,
        other => panic!("{other:?}"),
    }
}

fn poll(turn: &mut Turn, woken: &Arc<Woken>) -> Option<Seat> {
    match Pin::new(turn).poll(&mut Context::from_waker(&Waker::from(Arc::clone(woken)))) {
        Poll::Ready(seat) => Some(seat),
        Poll::Pending => None,
    }
}

#[test]
fn room_then_line_then_full() {
    let gate = Gate::new(2, 1);
    let (first, _second) = (gate.enter_now().expect("room"), gate.enter_now().expect("room"));
    assert!(gate.enter_now().is_none());
    let mut waiting = turn(&gate);
    assert!(matches!(gate.enter(), Entry::Full));
    assert_eq!((gate.under_way(), gate.waiting()), (2, 1));
    let woken = Arc::new(Woken::default());
    assert!(poll(&mut waiting, &woken).is_none());
    drop(first);
    assert_eq!(woken.0.load(Ordering::SeqCst), 1);
    assert!(gate.enter_now().is_none(), "the room is the waiting one's, taken or not");
    let seat = poll(&mut waiting, &woken).expect("its turn");
    assert_eq!((gate.under_way(), gate.waiting()), (2, 0));
    drop((seat, waiting));
    assert_eq!(gate.under_way(), 1);
    assert!(matches!(Gate::new(0, 0).enter(), Entry::Full));
}

#[test]
fn turns_come_in_order_and_wake_one_at_a_time() {
    let gate = Gate::new(1, 10);
    let mut held = gate.enter_now();
    let mut line: Vec<_> = (0..4).map(|_| (turn(&gate), Arc::new(Woken::default()))).collect();
    for (turn, woken) in &mut line {
        assert!(poll(turn, woken).is_none());
    }
    for next in 0..4 {
        drop(held.take());
        let counts: Vec<_> = line.iter().map(|(_, woken)| woken.0.load(Ordering::SeqCst)).collect();
        assert_eq!(counts.iter().sum::<usize>(), next + 1, "{counts:?}");
        assert_eq!(counts[next], 1, "{counts:?}");
        let (turn, woken) = &mut line[next];
        held = poll(turn, woken);
        assert!(held.is_some());
    }
}

#[test]
fn who_goes_gives_its_place_up_before_its_turn_and_after() {
    let gate = Gate::new(1, 2);
    let held = gate.enter_now().expect("room");
    let (gone, late, mut last) = (turn(&gate), turn(&gate), None);
    drop(gone);
    assert_eq!(gate.waiting(), 1);
    last.replace(turn(&gate));
    drop(held);
    // `late` has its turn, and leaves without having looked.
    drop(late);
    let seat = poll(&mut last.expect("in line"), &Arc::default());
    assert!(seat.is_some());
    drop(seat);
    assert_eq!((gate.under_way(), gate.waiting()), (0, 0));
}

#[test]
fn other_bounds_hold_from_then_on() {
    let gate = Gate::new(1, 2);
    let first = gate.enter_now().expect("room");
    let (mut one, mut other) = (turn(&gate), turn(&gate));
    gate.resize(2, 0);
    let second = poll(&mut one, &Arc::default()).expect("room was added");
    assert!(poll(&mut other, &Arc::default()).is_none());
    assert!(matches!(gate.enter(), Entry::Full));
    gate.resize(1, 0);
    drop(first);
    assert!(poll(&mut other, &Arc::default()).is_none(), "one is under way, and one may be");
    drop(second);
    assert!(poll(&mut other, &Arc::default()).is_some());
}

#[test]
fn the_bound_holds_and_nobody_is_forgotten_when_many_come_at_once() {
    let (gate, under_way, done) = (Gate::new(3, 1000), AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for worker in 0..4 {
            let (gate, under_way, done) = (&gate, &under_way, &done);
            scope.spawn(move || {
                for round in 0..2_000 {
                    let seat = match gate.enter() {
                        Entry::Open(seat) => seat,
                        Entry::Full => panic!("the line is long enough"),
                        // Some go before their turn.
                        Entry::Wait(turn) if (round + worker) % 5 == 0 => {
                            drop(turn);
                            continue;
                        }
                        Entry::Wait(mut turn) => {
                            let woken = Arc::new(Unpark(thread::current()));
                            let waker = Waker::from(woken);
                            loop {
                                match Pin::new(&mut turn).poll(&mut Context::from_waker(&waker)) {
                                    Poll::Ready(seat) => break seat,
                                    Poll::Pending => thread::park(),
                                }
                            }
                        }
                    };
                    assert!(under_way.fetch_add(1, Ordering::SeqCst) < 3);
                    thread::yield_now();
                    under_way.fetch_sub(1, Ordering::SeqCst);
                    done.fetch_add(1, Ordering::SeqCst);
                    drop(seat);
                }
            });
        }
    });
    assert_eq!((gate.under_way(), gate.waiting()), (0, 0));
    assert!(done.load(Ordering::SeqCst) > 4_000);
}

struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// What happens at a gate.
#[derive(Clone, Debug)]
enum Event {
    Come,
    Leave(usize),
    Give(usize),
    Resize(u32, u32),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => Just(Event::Come),
        3 => (0usize..8).prop_map(Event::Leave),
        1 => (0usize..8).prop_map(Event::Give),
        1 => (0u32..5, 0u32..5).prop_map(|(cap, most)| Event::Resize(cap, most)),
    ]
}

proptest! {
    /// Against the plainest gate there is: a count and a list.
    #[test]
    fn it_does_what_a_count_and_a_list_do(events in prop::collection::vec(event(), 1..200)) {
        let (mut cap, mut most) = (2usize, 2usize);
        let gate = Gate::new(2, 2);
        let mut seats: Vec<Seat> = Vec::new();
        let mut line: Vec<Turn> = Vec::new();
        for event in events {
            match event {
                Event::Come => match gate.enter() {
                    Entry::Open(seat) => {
                        prop_assert!(line.is_empty() && seats.len() < cap);
                        seats.push(seat);
                    }
                    Entry::Wait(turn) => {
                        prop_assert!((seats.len() >= cap || !line.is_empty()) && line.len() < most);
                        line.push(turn);
                    }
                    Entry::Full => prop_assert!(line.len() >= most),
                },
                Event::Leave(which) if !seats.is_empty() => drop(seats.swap_remove(which % seats.len())),
                Event::Give(which) if !line.is_empty() => drop(line.remove(which % line.len())),
                Event::Resize(new_cap, new_most) => {
                    (cap, most) = (new_cap as usize, new_most as usize);
                    gate.resize(new_cap, new_most);
                }
                Event::Leave(_) | Event::Give(_) => {}
            }
            while !line.is_empty() {
                let Some(seat) = poll(&mut line[0], &Arc::default()) else { break };
                line.remove(0);
                seats.push(seat);
                prop_assert!(seats.len() <= cap, "a turn beyond the bound");
            }
            for turn in &mut line {
                prop_assert!(poll(turn, &Arc::default()).is_none(), "a turn out of order");
            }
            prop_assert!(line.is_empty() || seats.len() >= cap, "room, and somebody waits");
            prop_assert_eq!((gate.under_way() as usize, gate.waiting() as usize), (seats.len(), line.len()));
        }
    }
}
