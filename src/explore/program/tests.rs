//! Programs made of the host's own functions, as the mirror of `std` calls them.

use super::super::fiber::Entry;
use super::super::host::{self, HOST};
use super::super::survey::{Subject, survey};
use super::super::{ExploreError, Room, fiber};
use super::{Image, Parts, Program};
use crate::abi::{self, FOREVER, OK, StdAnswer, StdCall, StdObject, std_kind, std_operation as op};
use crate::plan::{Bindings, Interleavings};
use crate::record::Explored;
use crate::record::explored::Coverage;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::panic::Location;
use std::rc::Rc;

/// Asks for a step.
fn step(operation: u32, object: u32, other: u32, value: u64, timeout_ns: i64) -> StdAnswer {
    let call = StdCall { operation, object, other, ordering: 0, value, timeout_ns, position: 0, column: 0 };
    (HOST.std_step)(&raw const call)
}

/// An object that gets its id when it is used first.
struct Id {
    kind: u32,
    detail: u64,
    place: &'static Location<'static>,
    id: Cell<u32>,
}

impl Id {
    #[track_caller]
    fn new(kind: u32, detail: u64) -> Self {
        Self { kind, detail, place: Location::caller(), id: Cell::new(0) }
    }

    fn get(&self) -> u32 {
        if self.id.get() == 0 {
            let Self { kind, detail, place, .. } = *self;
            let object = StdObject {
                kind,
                position: place.line(),
                column: place.column(),
                is_made_there: 1,
                detail,
                address: 0,
                size: 0,
                before: 0,
                element: 0,
            };
            self.id.set((HOST.std_object)(&raw const object));
        }
        self.id.get()
    }
}

/// A mutex and what is in it.
struct Mutex(Id, Cell<i64>);

impl Mutex {
    #[track_caller]
    fn new() -> Rc<Self> {
        Rc::new(Self(Id::new(std_kind::MUTEX, 0), Cell::new(0)))
    }

    fn lock(&self) {
        assert_eq!(step(op::LOCK, self.0.get(), 0, 0, FOREVER).status, OK);
    }

    fn try_lock(&self) -> bool {
        step(op::LOCK, self.0.get(), 0, 0, 0).status == OK
    }

    fn unlock(&self) {
        step(op::UNLOCK, self.0.get(), 0, 0, FOREVER);
    }

    /// Adds one under the lock.
    fn add(&self) {
        self.lock();
        self.1.set(self.1.get() + 1);
        self.unlock();
    }
}

/// An atomic number.
struct Atomic(Id, Cell<u64>);

impl Atomic {
    #[track_caller]
    fn new(number: u64) -> Rc<Self> {
        Rc::new(Self(Id::new(std_kind::ATOMIC, 8), Cell::new(number)))
    }

    fn load(&self) -> u64 {
        step(op::LOAD, self.0.get(), 0, 0, FOREVER);
        (HOST.std_bits)(self.1.get(), self.1.get());
        self.1.get()
    }

    fn store(&self, number: u64) {
        step(op::STORE, self.0.get(), 0, number, FOREVER);
        let before = self.1.replace(number);
        (HOST.std_bits)(before, number);
    }

    fn update(&self, with: impl Fn(u64) -> u64) -> u64 {
        step(op::UPDATE, self.0.get(), 0, 0, FOREVER);
        let before = self.1.get();
        self.1.set(with(before));
        (HOST.std_bits)(before, self.1.get());
        before
    }
}

fn spawn(body: impl FnOnce() + 'static) -> u32 {
    extern "C" fn run(body: *mut u8) {
        // SAFETY: it was made of such a box below, and a body runs once.
        let body = unsafe { Box::from_raw(body.cast::<Box<dyn FnOnce()>>()) };
        body();
    }
    let worker = (HOST.thread_new)(std::ptr::null(), 0, 0, 0);
    step(op::SPAWN, 0, worker, 0, FOREVER);
    let body: Box<Box<dyn FnOnce()>> = Box::new(Box::new(body));
    (HOST.thread_fiber)(worker, Box::into_raw(body).cast(), run);
    worker
}

fn join(worker: u32) {
    step(op::JOIN, 0, worker, 0, FOREVER);
}

fn print(text: &str) {
    (HOST.print)(abi::STDOUT, text.as_ptr(), text.len(), 0);
}

/// What exploring programs of these roots found.
fn found(roots: Vec<Entry>, which: Interleavings) -> Result<Explored, ExploreError> {
    let workers = ["main", "program", "other"].map(str::to_owned).to_vec();
    host::set(host::Setting { workers, resources: Vec::new(), prints: roots.len() == 1 });
    fiber::keep_printed(1 << 20);
    let prints = roots.len() == 1;
    let image = Image::of_nothing();
    let mut program = Program::new(Parts {
        roots,
        main: [vec![], vec![]],
        image,
        kinds: vec![],
        objects: vec![],
        bindings: Bindings::default(),
        prints,
        spurious: 0,
        merges: true,
        drops: false,
        is_alone: false,
    })?;
    let room = Room { states: 1_000_000, bytes: 1 << 30 };
    let subject = Subject { declared: &[], at_first: &[], which, unseen: None, deadline: u64::MAX, began: 0, room };
    survey(&mut program, subject, Program::names)
}

#[track_caller]
fn explored(root: Entry) -> Explored {
    let explored = found(vec![root], Interleavings::All).expect("explored");
    assert_eq!(explored.coverage, Coverage::All);
    explored
}

/// What came out how often, in order of the text.
fn counts(explored: &Explored) -> Vec<(String, f64)> {
    let mut counts: Vec<_> = explored.outcomes.iter().map(|it| (it.text(&explored.workers), it.count)).collect();
    counts.sort_by(|a, b| a.0.cmp(&b.0));
    counts
}

fn is(expected: &[(&str, f64)]) -> Vec<(String, f64)> {
    expected.iter().map(|(text, count)| ((*text).to_owned(), *count)).collect()
}

/// Two threads that each do the same so often; main joins both and prints.
fn two(rounds: usize, round: impl Fn() + Clone + 'static, result: impl Fn() -> String) {
    let run = |round: Box<dyn Fn()>| move || (0..rounds).for_each(|_| round());
    let first = spawn(run(Box::new(round.clone())));
    let second = spawn(run(Box::new(round)));
    join(first);
    join(second);
    print(&result());
}

fn locked(rounds: usize) -> i32 {
    let mutex = Mutex::new();
    let (adds, sum) = (mutex.clone(), mutex);
    two(rounds, move || adds.add(), move || sum.1.get().to_string());
    0
}

#[test]
fn a_counter_under_a_lock_always_has_its_sum() {
    extern "C" fn root() -> i32 {
        locked(2)
    }
    let explored = explored(root);
    assert_eq!(counts(&explored), is(&[("4", 42.0)]));
}

#[test]
fn a_load_and_a_store_lose_updates_and_an_update_does_not() {
    extern "C" fn racy() -> i32 {
        let number = Atomic::new(0);
        let (adds, sum) = (number.clone(), number);
        two(1, move || adds.store(adds.load() + 1), move || sum.load().to_string());
        0
    }
    extern "C" fn whole() -> i32 {
        let number = Atomic::new(0);
        let (adds, sum) = (number.clone(), number);
        let add = move || {
            adds.update(|it| it + 1);
        };
        two(1, add, move || sum.load().to_string());
        0
    }
    assert_eq!(counts(&explored(racy)), is(&[("1", 9.0), ("2", 10.0)]));
    assert_eq!(counts(&explored(whole)), is(&[("2", 5.0)]));
}

#[test]
fn two_mutexes_in_two_orders_may_lock_for_ever() {
    extern "C" fn root() -> i32 {
        let (a, b) = (Mutex::new(), Mutex::new());
        let both = |first: Rc<Mutex>, second: Rc<Mutex>| {
            move || {
                first.lock();
                second.lock();
                second.unlock();
                first.unlock();
            }
        };
        let (one, two) = (spawn(both(a.clone(), b.clone())), spawn(both(b, a)));
        join(one);
        join(two);
        0
    }
    let explored = explored(root);
    let stuck = explored.outcomes.iter().find(|it| !it.stuck.is_empty()).expect("a deadlock");
    let sentences = stuck.stuck_sentences(&explored.workers, |_| String::new());
    let [main, one, two] = sentences.as_slice() else { panic!("{sentences:?}") };
    assert_eq!(main, "`program` waits for `thread` to end");
    assert!(one.contains("held by `thread-2`, and holds `Mutex"), "{one}");
    assert!(two.contains("held by `thread`, and holds"), "{two}");
    assert_eq!(counts(&explored), is(&[("", 43.0), ("deadlock", 3.0)]));
}

#[test]
fn threads_that_outlive_main_are_cut_off() {
    extern "C" fn root() -> i32 {
        spawn(|| print("late\n"));
        0
    }
    let explored = explored(root);
    assert_eq!(counts(&explored), is(&[("`thread` was cut off", 1.0)]));
}

#[test]
fn a_notification_that_comes_too_early_is_lost() {
    extern "C" fn root() -> i32 {
        let (mutex, condvar) = (Mutex::new(), Rc::new(Id::new(std_kind::CONDVAR, 0)));
        let (m, c) = (mutex.clone(), condvar.clone());
        let waiter = spawn(move || {
            m.lock();
            assert_eq!(step(op::WAIT, c.get(), m.0.get(), 0, FOREVER).status, OK);
            m.unlock();
        });
        step(op::NOTIFY, condvar.get(), 0, 1, FOREVER);
        join(waiter);
        print("woken");
        0
    }
    let explored = explored(root);
    // The notification comes before the lock, between lock and wait, or behind the wait.
    assert_eq!(counts(&explored), is(&[("deadlock", 2.0), ("woken", 1.0)]));
}

#[test]
fn a_channel_keeps_the_order_of_its_items_and_tells_when_it_is_over() {
    extern "C" fn root() -> i32 {
        let items = Rc::new((Id::new(std_kind::CHANNEL, 0), RefCell::new(VecDeque::new())));
        let sender = items.clone();
        spawn(move || {
            for _ in 0..2 {
                let number = step(op::SEND, sender.0.get(), 0, 0, FOREVER).value;
                sender.1.borrow_mut().push_back(number);
            }
            step(op::HANG_UP, sender.0.get(), 0, 0, FOREVER);
        });
        loop {
            let answer = step(op::RECV, items.0.get(), 0, 0, FOREVER);
            if answer.status != OK {
                assert_eq!(answer.status, abi::CLOSED);
                break;
            }
            assert_eq!(items.1.borrow_mut().pop_front(), Some(answer.value));
            print(&answer.value.to_string());
        }
        0
    }
    // Sending is s s h, receiving r p r p e; each r comes behind its s, and e behind h.
    let explored = explored(root);
    assert_eq!(explored.outcomes.len(), 1, "{:?}", counts(&explored));
    assert_eq!(explored.outcomes[0].shown, ["01"]);
}

#[test]
fn a_loop_that_only_asks_waits_for_news() {
    extern "C" fn root() -> i32 {
        let ready = Atomic::new(0);
        let sets = ready.clone();
        spawn(move || sets.store(1));
        while ready.load() == 0 {}
        print("ready");
        0
    }
    extern "C" fn never() -> i32 {
        let lock = Atomic::new(1);
        while lock.update(|_| 1) == 1 {}
        0
    }
    let explored_ready = explored(root);
    assert!(explored_ready.loops_cut);
    assert_eq!(counts(&explored_ready), is(&[("ready", 3.0)]));
    assert_eq!(counts(&explored(never)), is(&[("endless loop", 1.0)]));
}

#[test]
fn what_is_parked_goes_on_when_it_is_unparked_even_before() {
    extern "C" fn root() -> i32 {
        let parked = spawn(|| assert_eq!(step(op::PARK, 0, 0, 0, FOREVER).status, OK));
        step(op::UNPARK, 0, parked, 0, FOREVER);
        join(parked);
        0
    }
    assert_eq!(counts(&explored(root)), is(&[("", 1.0)]));
}

#[test]
fn two_jobs_have_threads_of_their_own() {
    extern "C" fn root() -> i32 {
        let mutex = Mutex::new();
        let adds = mutex.clone();
        let thread = spawn(move || adds.add());
        assert!(mutex.1.get() <= 1);
        join(thread);
        i32::from(mutex.try_lock()) - 1
    }
    let found = found(vec![root, root], Interleavings::All).expect("explored");
    // Of each: spawn, lock, unlock, join, try.
    assert_eq!((found.interleavings, found.outcomes.len()), (252.0, 1));
    assert_eq!(found.workers, ["main", "program", "other", "thread", "thread-2"]);
}
