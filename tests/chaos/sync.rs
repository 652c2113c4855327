//! Semaphores, events and barriers: who is left goes on.

use super::world::{Chance, LIVES, World, storm};
use nbrun::shared::barrier::Barrier;
use nbrun::shared::event::Event;
use nbrun::shared::mapping::Arena;
use nbrun::shared::primitive::Primitive;
use nbrun::shared::semaphore::Semaphore;
use nbrun::shared::{Deadline, SyncError, WorkerId, clock};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

const TURNS: usize = 300;

/// So many permits. They have no owner, so whoever is killed with one takes it along; the test gives it back.
const PERMITS: u32 = 3;

struct Permits {
    semaphore: Semaphore,
    /// A bit for each worker that is inside. Where two share one, they count as one, and others are less likely to be too many.
    inside: &'static AtomicU64,
    /// 1 while a worker certainly holds a permit.
    holds: &'static [AtomicU32],
}

fn bit(worker: WorkerId) -> u64 {
    1 << (worker % 64)
}

impl World for Permits {
    fn new(arena: &Arena, _chance: &mut Chance) -> Self {
        Self {
            semaphore: Semaphore::new(arena, PERMITS, true).expect("room"),
            inside: arena.alloc().expect("room"),
            holds: arena.alloc_slice(LIVES + 1).expect("room"),
        }
    }

    fn live(&self, me: WorkerId, _role: usize, _chance: &mut Chance) {
        let holds = &self.holds[me as usize];
        for _ in 0..TURNS {
            let deadline = Deadline { at: Some(clock::now() + 200_000), cancel: None };
            if self.semaphore.acquire(&deadline).is_err() {
                continue;
            }
            let before = self.inside.fetch_or(bit(me), SeqCst);
            holds.store(1, SeqCst);
            assert!(before.count_ones() < PERMITS, "more are inside than there are permits");
            holds.store(0, SeqCst);
            self.inside.fetch_and(!bit(me), SeqCst);
            self.semaphore.release().expect("no more are given back than were taken");
        }
    }

    fn release_owned_by(&self, dead: WorkerId) {
        self.semaphore.wake_all();
        if self.holds[dead as usize].swap(0, SeqCst) == 1 {
            // In this order, as it would have done it. Killed a little earlier or later, it took its permit along, and still
            // counts as inside or not.
            self.inside.fetch_and(!bit(dead), SeqCst);
            self.semaphore.release().expect("it held one");
        }
    }

    fn check(&self, killed: usize) {
        let permits = self.semaphore.permits();
        assert!(permits <= PERMITS && permits + killed as u32 >= PERMITS, "{permits} permits");
        while self.semaphore.permits() < PERMITS {
            self.semaphore.release().expect("some are missing");
        }
        assert_eq!(self.semaphore.release(), Err(SyncError::TooMany));
        assert_eq!(self.semaphore.acquire(&Deadline::ENDLESS), Ok(()));
    }
}

#[test]
fn a_semaphore_lets_in_no_more_and_loses_only_what_the_killed_had() {
    storm::<Permits>(5);
}

/// Role 0 waits for what role 1 sets and clears.
struct Flag {
    event: Event,
}

impl World for Flag {
    fn new(arena: &Arena, _chance: &mut Chance) -> Self {
        Self { event: Event::new(arena).expect("room") }
    }

    fn live(&self, _me: WorkerId, role: usize, _chance: &mut Chance) {
        for _ in 0..TURNS {
            if role == 0 {
                assert_eq!(self.event.look().map_or(Ok(()), |word| self.event.wait(word, &Deadline::ENDLESS)), Ok(()));
            } else {
                self.event.set();
                self.event.clear();
            }
        }
    }

    fn release_owned_by(&self, _dead: WorkerId) {
        self.event.wake_all();
    }

    fn wind_down(&self, [_, setting]: [usize; 2]) {
        if setting == 0 && !self.event.is_set() {
            self.event.set();
        }
    }

    fn check(&self, _killed: usize) {
        self.event.clear();
        assert!(!self.event.is_set());
        self.event.set();
        assert_eq!(self.event.look().map_or(Ok(()), |word| self.event.wait(word, &Deadline::ENDLESS)), Ok(()));
    }
}

#[test]
fn who_waits_for_an_event_is_woken_whoever_is_killed() {
    storm::<Flag>(5);
}

/// Pairs that meet again and again.
struct Meeting {
    barrier: Barrier,
    /// How many have passed at each place.
    passed: &'static [AtomicU64],
    over: &'static AtomicU32,
}

impl World for Meeting {
    fn new(arena: &Arena, _chance: &mut Chance) -> Self {
        let passed = arena.alloc_slice(2).expect("room");
        Self { barrier: Barrier::new(arena, 2).expect("room"), passed, over: arena.alloc().expect("room") }
    }

    fn live(&self, _me: WorkerId, _role: usize, _chance: &mut Chance) {
        let deadline = Deadline { at: None, cancel: Some(self.over) };
        for _ in 0..TURNS {
            match self.barrier.come().and_then(|arrival| self.barrier.wait(arrival, &deadline)) {
                Ok(place) => _ = self.passed[place as usize].fetch_add(1, SeqCst),
                Err(denied) => {
                    assert!(self.over.load(SeqCst) == 1 && matches!(denied, SyncError::Broken | SyncError::Cancelled));
                    return;
                }
            }
        }
    }

    fn release_owned_by(&self, _dead: WorkerId) {
        self.barrier.wake_all();
    }

    fn wind_down(&self, [a, b]: [usize; 2]) {
        // Alone, nobody would ever come: the supervisor ends who is left.
        if a + b == 1 {
            self.over.store(1, SeqCst);
            self.barrier.wake_all();
        }
    }

    fn check(&self, killed: usize) {
        let [first, second] = [0, 1].map(|place: usize| self.passed[place].load(SeqCst));
        assert!(first + second > 0, "somebody met");
        // Of each meeting one passes at each place, but for those who were killed, or ended in the end, on the way out.
        assert!(first.abs_diff(second) <= killed as u64 + 1, "{first} first and {second} second after {killed} kills");
        assert!(self.barrier.waiting() < 2);
    }
}

#[test]
fn who_waits_at_a_barrier_meets_whoever_comes_however_many_were_killed() {
    storm::<Meeting>(5);
}
