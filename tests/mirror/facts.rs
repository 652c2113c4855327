//! What std promises of its threads and of what they share: each function is a fact. This file is compiled against std as a part of
//! the tests, and against the mirror as a program in a notebook.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{
    AtomicBool, AtomicI8, AtomicI64, AtomicPtr, AtomicU8, AtomicU32, AtomicUsize, Ordering::*, fence,
};
use std::sync::mpsc::{self, RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};
use std::sync::{
    Arc, Barrier, Condvar, LazyLock, Mutex, MutexGuard, Once, OnceLock, PoisonError, RwLock, TryLockError,
};
use std::thread;
use std::time::{Duration, Instant};

const SHORT: Duration = Duration::from_millis(1);

fn text_of(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(|it| it.as_str()))
        .unwrap_or("")
}

/// The text of the panic in which this ends.
fn panics<T>(body: impl FnOnce() -> T) -> String {
    let payload = catch_unwind(AssertUnwindSafe(|| drop(body()))).expect_err("this panics");
    text_of(&*payload).to_owned()
}

/// Lets a thread do this with a lock, and then panic.
fn panics_holding<'a, T: Sync, G>(lock: &'a T, take: impl FnOnce(&'a T) -> G + Send + 'a) {
    let holds = move || {
        let _guard = take(lock);
        panic!("on purpose");
    };
    thread::scope(|scope| assert!(scope.spawn(holds).join().is_err()));
}

/// Lets a thread do this with a lock, which panics.
fn poisoned<T: Sync>(lock: &T, panics_with: impl FnOnce(&T) + Send) {
    thread::scope(|scope| assert!(scope.spawn(|| panics_with(lock)).join().is_err()));
}

fn a_panic_while_a_mutex_is_held_poisons_it() {
    let lock = Mutex::new(1);
    poisoned(&lock, |lock| {
        let mut guard = lock.lock().unwrap();
        *guard = 2;
        panic!("on purpose");
    });
    assert!(lock.is_poisoned());
    assert_eq!(*lock.lock().unwrap_err().into_inner(), 2);
    assert!(matches!(lock.try_lock(), Err(TryLockError::Poisoned(_))));
    assert_eq!(format!("{lock:?}"), "Mutex { data: 2, poisoned: true, .. }");
    lock.clear_poison();
    assert_eq!(*lock.lock().unwrap(), 2);
    panics_holding(&lock, |lock| lock.lock().unwrap());
    assert!(lock.into_inner().is_err());
}

fn a_guard_that_was_taken_during_a_panic_poisons_nothing() {
    struct Locks<'a>(&'a Mutex<u32>);
    impl Drop for Locks<'_> {
        fn drop(&mut self) {
            *self.0.lock().unwrap() += 1;
        }
    }
    let lock = Mutex::new(0);
    panics_holding(&lock, Locks);
    assert_eq!(*lock.lock().unwrap(), 1);
}

fn a_mutex_is_tried_without_waiting() {
    let lock = Mutex::new(1);
    let guard = lock.lock().unwrap();
    assert!(matches!(lock.try_lock(), Err(TryLockError::WouldBlock)));
    assert!(format!("{lock:?}").contains("<locked>"));
    drop(guard);
    *lock.try_lock().unwrap() += 1;
    let guard = lock.lock().unwrap();
    assert_eq!(format!("{guard:?} {guard}"), "2 2");
}

fn a_mutex_excludes_the_others() {
    let lock = Arc::new(Mutex::new(0));
    let count = |lock: Arc<Mutex<u32>>| move || (0..1000).for_each(|_| *lock.lock().unwrap() += 1);
    let threads: Vec<_> = (0..4).map(|_| thread::spawn(count(Arc::clone(&lock)))).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(*lock.lock().unwrap(), 4000);
}

fn many_read_and_one_writes() {
    let lock = RwLock::new(1);
    {
        let (one, two) = (lock.read().unwrap(), lock.read().unwrap());
        assert_eq!(*one + *two, 2);
        assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
    }
    *lock.write().unwrap() = 5;
    let writer = lock.try_write().unwrap();
    assert!(lock.try_read().is_err());
    drop(writer);
    assert_eq!(*lock.read().unwrap() + *lock.try_read().unwrap(), 10);
}

fn only_a_writer_poisons_a_read_write_lock() {
    let lock = RwLock::new(1);
    panics_holding(&lock, |lock| lock.read().unwrap());
    assert!(!lock.is_poisoned());
    panics_holding(&lock, |lock| lock.write().unwrap());
    assert!(lock.is_poisoned() && lock.read().is_err() && lock.write().is_err());
    lock.clear_poison();
    assert!(lock.read().is_ok());
}

fn a_notification_wakes_who_waits_and_gives_the_lock_back() {
    let (ready, condition) = (Mutex::new(false), Condvar::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            *ready.lock().unwrap() = true;
            condition.notify_all();
        });
        let guard = condition.wait_while(ready.lock().unwrap(), |ready| !*ready).unwrap();
        assert!(*guard && ready.try_lock().is_err());
    });
}

fn a_wait_with_a_limit_says_that_the_time_was_up() {
    let (lock, condition) = (Mutex::new(0), Condvar::new());
    let (guard, result) = condition.wait_timeout_while(lock.lock().unwrap(), SHORT, |_| true).unwrap();
    assert!(result.timed_out());
    let (_guard, result) = condition.wait_timeout_while(guard, SHORT, |_| false).unwrap();
    assert!(!result.timed_out());
}

fn a_wait_tells_of_poison() {
    let (lock, condition) = (Mutex::new(0), Condvar::new());
    thread::scope(|scope| {
        let guard = lock.lock().unwrap();
        let panics = scope.spawn(|| {
            let _guard = lock.lock().unwrap();
            condition.notify_one();
            panic!("on purpose");
        });
        assert!(condition.wait_while(guard, |_| !lock.is_poisoned()).is_err());
        assert!(panics.join().is_err());
    });
}

fn one_of_those_that_meet_is_the_leader_each_time() {
    let (barrier, leaders) = (Barrier::new(3), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| (0..5).for_each(|_| _ = leaders.fetch_add(barrier.wait().is_leader().into(), SeqCst)));
        }
    });
    assert_eq!(leaders.load(SeqCst), 5);
    assert!(Barrier::new(0).wait().is_leader() && Barrier::new(1).wait().is_leader());
}

fn what_is_done_once_is_done_when_it_returns() {
    static ONCE: Once = Once::new();
    let count = AtomicU32::new(0);
    assert!(!ONCE.is_completed());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                ONCE.call_once(|| _ = count.fetch_add(1, SeqCst));
                assert_eq!(count.load(SeqCst), 1);
            });
        }
    });
    assert!(ONCE.is_completed());
}

fn a_panic_poisons_a_once_until_it_is_forced() {
    let once = Once::new();
    poisoned(&once, |once| once.call_once(|| panic!("on purpose")));
    assert!(panics(|| once.call_once(|| {})).contains("previously been poisoned"));
    once.call_once_force(|state| assert!(state.is_poisoned()));
    once.call_once(|| unreachable!());
}

fn a_once_lock_is_set_once() {
    let lock = OnceLock::new();
    assert_eq!((lock.get(), lock.set(1), lock.set(2), lock.get()), (None, Ok(()), Err(2), Some(&1)));
    assert_eq!(*lock.get_or_init(|| unreachable!()), 1);
    assert_eq!((format!("{lock:?}"), lock.clone() == lock), ("OnceLock(1)".to_owned(), true));
    let mut lock = lock;
    assert_eq!((lock.take(), lock.get()), (Some(1), None));
    assert_eq!(lock.into_inner(), None);
}

fn a_panic_leaves_a_once_lock_as_it_was() {
    let lock = OnceLock::new();
    poisoned(&lock, |lock: &OnceLock<u32>| _ = lock.get_or_init(|| panic!("on purpose")));
    assert_eq!(*lock.get_or_init(|| 3), 3);
}

fn a_lazy_lock_is_made_at_its_first_use() {
    static MADE: AtomicU32 = AtomicU32::new(0);
    static LAZY: LazyLock<Vec<u32>> = LazyLock::new(|| {
        MADE.fetch_add(1, SeqCst);
        vec![1, 2]
    });
    assert_eq!((MADE.load(SeqCst), LAZY.len(), LAZY[1], MADE.load(SeqCst)), (0, 2, 2, 1));
    let fails = LazyLock::<u32>::new(|| panic!("on purpose"));
    assert_eq!(panics(|| *fails), "on purpose");
    assert!(panics(|| *fails).contains("previously been poisoned"));
    assert_eq!(format!("{:?}", LazyLock::new(|| 1)), "LazyLock(<uninit>)");
}

fn items_come_in_the_order_in_which_each_sender_sent_them() {
    let (sender, receiver) = mpsc::channel();
    for from in 0..3 {
        let sender = sender.clone();
        thread::spawn(move || (0..100).for_each(|n| sender.send((from, n)).unwrap()));
    }
    drop(sender);
    let mut next = [0; 3];
    for (from, n) in receiver {
        assert_eq!(n, next[from]);
        next[from] += 1;
    }
    assert_eq!(next, [100; 3]);
}

fn a_receiver_whose_senders_are_gone_has_what_they_sent_and_then_an_error() {
    let (sender, receiver) = mpsc::channel();
    let other = sender.clone();
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(receiver.recv_timeout(SHORT), Err(RecvTimeoutError::Timeout));
    sender.send(1).unwrap();
    drop(sender);
    assert_eq!((receiver.try_recv(), receiver.try_recv()), (Ok(1), Err(TryRecvError::Empty)));
    drop(other);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
    assert_eq!((receiver.recv(), receiver.recv_timeout(SHORT)), (Err(RecvError), Err(RecvTimeoutError::Disconnected)));
    assert_eq!((receiver.iter().next(), receiver.try_iter().next()), (None, None));
}

fn who_sends_to_nobody_gets_the_item_back() {
    let (sender, receiver) = mpsc::channel();
    drop(receiver);
    assert_eq!(sender.send("item"), Err(SendError("item")));
    let (sender, receiver) = mpsc::sync_channel(1);
    drop(receiver);
    assert_eq!(sender.send(7), Err(SendError(7)));
    assert_eq!(sender.try_send(8), Err(TrySendError::Disconnected(8)));
}

fn a_bounded_channel_holds_no_more_than_its_bound() {
    let (sender, receiver) = mpsc::sync_channel(2);
    sender.send(1).unwrap();
    sender.try_send(2).unwrap();
    assert_eq!(sender.try_send(3), Err(TrySendError::Full(3)));
    let waits = thread::spawn(move || sender.send(4));
    assert_eq!(receiver.iter().collect::<Vec<_>>(), [1, 2, 4]);
    waits.join().unwrap().unwrap();
}

fn a_channel_without_room_hands_over() {
    let (sender, receiver) = mpsc::sync_channel(0);
    assert_eq!(sender.try_send(0), Err(TrySendError::Full(0)));
    let (sent, is_sent) = (Arc::new(AtomicBool::new(false)), AtomicBool::new(false));
    let thread = thread::spawn({
        let sent = Arc::clone(&sent);
        move || {
            sender.send(1).unwrap();
            sent.store(true, SeqCst);
        }
    });
    is_sent.store(sent.load(SeqCst), SeqCst);
    assert_eq!((receiver.recv(), is_sent.load(SeqCst)), (Ok(1), false));
    thread.join().unwrap();
    assert_eq!((sent.load(SeqCst), receiver.recv()), (true, Err(RecvError)));
}

fn what_is_left_in_a_channel_is_dropped_with_it() {
    let item = Arc::new(());
    let (sender, receiver) = mpsc::channel();
    sender.send(Arc::clone(&item)).unwrap();
    assert_eq!(Arc::strong_count(&item), 2);
    drop(receiver);
    assert!(sender.send(Arc::clone(&item)).is_err());
    drop(sender);
    assert_eq!(Arc::strong_count(&item), 1);
}

fn join_hands_over_what_was_returned_or_the_panic() {
    assert_eq!(thread::spawn(|| vec![1, 2]).join().unwrap(), [1, 2]);
    assert_eq!(text_of(&*thread::spawn(|| panic!("text")).join().unwrap_err()), "text");
    let payload = thread::spawn(|| std::panic::panic_any(5_u8)).join().unwrap_err();
    assert_eq!(*payload.downcast::<u8>().unwrap(), 5);
}

fn a_thread_is_finished_once_its_work_is() {
    let (sender, receiver) = mpsc::channel::<()>();
    let thread = thread::spawn(move || receiver.recv());
    assert!(!thread.is_finished());
    drop(sender);
    while !thread.is_finished() {
        thread::yield_now();
    }
    assert_eq!(thread.join().unwrap(), Err(RecvError));
}

fn a_builder_gives_a_name() {
    let name = || thread::current().name().map(str::to_owned);
    let builder = thread::Builder::new().name("worker".to_owned()).stack_size(1 << 20);
    let handle = builder.spawn(name).unwrap();
    assert_eq!(handle.thread().name(), Some("worker"));
    assert_eq!((handle.join().unwrap().as_deref(), thread::spawn(name).join().unwrap()), (Some("worker"), None));
    let scoped = thread::scope(|scope| {
        let builder = thread::Builder::new().name("scoped".to_owned());
        builder.spawn_scoped(scope, name).unwrap().join().unwrap()
    });
    assert_eq!(scoped.as_deref(), Some("scoped"));
}

fn each_thread_has_an_id_of_its_own() {
    let handle = thread::spawn(|| thread::current().id());
    let id = handle.thread().id();
    assert_eq!(handle.join().unwrap(), id);
    assert_ne!(id, thread::current().id());
    assert_eq!(thread::current().id(), thread::current().id());
}

fn a_scope_lets_borrow_and_joins_all() {
    let (mut numbers, sum) = (vec![1, 2, 3, 4], AtomicU32::new(0));
    let returned = thread::scope(|scope| {
        let (left, right) = numbers.split_at_mut(2);
        scope.spawn(|| left.iter_mut().for_each(|n| *n *= 10));
        let inner = scope.spawn(|| scope.spawn(|| sum.fetch_add(right.iter().sum(), SeqCst)).join().unwrap());
        inner.join().unwrap()
    });
    assert_eq!((numbers, returned, sum.load(SeqCst)), (vec![10, 20, 3, 4], 0, 7));
}

fn a_scope_panics_if_a_thread_did_that_nobody_joined() {
    let ended = AtomicBool::new(false);
    let told = panics(|| {
        thread::scope(|scope| {
            drop(scope.spawn(|| panic!("on purpose")));
            scope.spawn(|| ended.store(true, SeqCst));
        })
    });
    assert_eq!((told.as_str(), ended.load(SeqCst)), ("a scoped thread panicked", true));
    assert!(thread::scope(|scope| scope.spawn(|| panic!("on purpose")).join().is_err()));
    assert_eq!(panics(|| thread::scope(|_| panic!("its own"))), "its own");
}

fn an_unpark_before_a_park_is_kept_but_no_second_one() {
    thread::current().unpark();
    thread::current().unpark();
    thread::park();
    let started = Instant::now();
    while started.elapsed() < SHORT {
        thread::park_timeout(SHORT);
    }
    let parked = thread::spawn(thread::park);
    parked.thread().unpark();
    parked.join().unwrap();
}

fn each_thread_has_thread_locals_of_its_own() {
    thread_local! {
        static COUNT: Cell<u32> = const { Cell::new(1) };
        static LIST: RefCell<Vec<u32>> = RefCell::new(vec![COUNT.get()]);
    }
    COUNT.set(5);
    assert_eq!(thread::spawn(|| (COUNT.replace(7), COUNT.take(), COUNT.get())).join().unwrap(), (1, 7, 0));
    LIST.with_borrow_mut(|list| list.push(6));
    assert_eq!((COUNT.get(), LIST.take(), LIST.with_borrow(Vec::len)), (5, vec![5, 6], 0));
}

fn setting_a_thread_local_does_not_make_its_first_value() {
    thread_local!(static NEVER: RefCell<u32> = panic!("it is not made"));
    NEVER.set(3);
    assert_eq!(NEVER.replace(4), 3);
}

fn thread_locals_are_dropped_when_their_thread_ends() {
    struct Tells(Arc<Mutex<Vec<u32>>>, u32);
    impl Drop for Tells {
        fn drop(&mut self) {
            self.0.lock().unwrap().push(self.1);
            assert!(GONE.try_with(|_| ()).is_err() || self.1 != 1);
        }
    }
    thread_local! {
        static GONE: RefCell<Option<Tells>> = const { RefCell::new(None) };
        static OTHER: RefCell<Option<Tells>> = const { RefCell::new(None) };
    }
    let told = Arc::new(Mutex::new(Vec::new()));
    let thread = thread::spawn({
        let told = Arc::clone(&told);
        move || {
            GONE.set(Some(Tells(Arc::clone(&told), 1)));
            OTHER.set(Some(Tells(told, 2)));
        }
    });
    thread.join().unwrap();
    let mut told = told.lock().unwrap().clone();
    told.sort_unstable();
    assert_eq!(told, [1, 2]);
}

fn atomics_do_what_their_methods_say() {
    let n = AtomicU32::new(6);
    assert_eq!((n.swap(7, AcqRel), n.fetch_add(3, SeqCst), n.fetch_sub(1, Relaxed), n.load(Acquire)), (6, 7, 10, 9));
    assert_eq!(
        (n.fetch_and(12, SeqCst), n.fetch_or(3, SeqCst), n.fetch_xor(1, SeqCst), n.load(SeqCst)),
        (9, 8, 11, 10)
    );
    assert_eq!((n.fetch_nand(2, SeqCst), n.load(SeqCst)), (10, !2));
    n.store(5, Release);
    assert_eq!((n.fetch_max(9, SeqCst), n.fetch_min(2, SeqCst), n.load(SeqCst)), (5, 9, 2));
    assert_eq!(n.compare_exchange(1, 3, AcqRel, Acquire), Err(2));
    assert_eq!(n.compare_exchange(2, 3, SeqCst, Relaxed), Ok(2));
    while n.compare_exchange_weak(3, 4, Release, Relaxed).is_err() {}
    assert_eq!(n.fetch_update(SeqCst, SeqCst, |n| n.checked_sub(10)), Err(4));
    assert_eq!((n.fetch_update(SeqCst, SeqCst, |n| Some(n + 1)), n.into_inner()), (Ok(4), 5));
    assert_eq!((AtomicU8::new(250).fetch_add(10, Relaxed), AtomicI8::new(-3).fetch_max(-4, Relaxed)), (250, -3));
    let signed = AtomicI64::new(i64::MAX);
    assert_eq!((signed.fetch_add(1, Relaxed), signed.load(Relaxed)), (i64::MAX, i64::MIN));
    fence(SeqCst);
    let flag = AtomicBool::new(true);
    assert_eq!(
        (flag.fetch_not(SeqCst), flag.fetch_or(true, SeqCst), flag.fetch_nand(true, SeqCst)),
        (true, false, true)
    );
    assert_eq!((flag.compare_exchange(true, false, SeqCst, SeqCst), flag.load(SeqCst)), (Err(false), false));
    assert_eq!(format!("{n:?} {flag:?}", n = AtomicU32::from(3)), "3 false");
}

fn atomics_lie_where_their_numbers_lie() {
    let mut numbers = [1_u32, 2];
    let at = &raw mut numbers[1];
    // SAFETY: it is a number of the array, aligned, and used by nothing else meanwhile.
    let atomic = unsafe { AtomicU32::from_ptr(at) };
    atomic.fetch_add(5, SeqCst);
    assert_eq!((atomic.as_ptr(), numbers), (at, [1, 7]));
    assert_eq!(
        (size_of::<AtomicU8>(), align_of::<AtomicI64>(), size_of::<AtomicPtr<u8>>()),
        (1, 8, size_of::<usize>())
    );
}

fn an_atomic_pointer_is_exchanged() {
    let (one, two) = (Box::into_raw(Box::new(1)), Box::into_raw(Box::new(2)));
    let pointer = AtomicPtr::new(one);
    assert_eq!(pointer.compare_exchange(two, one, SeqCst, SeqCst), Err(one));
    assert_eq!((pointer.compare_exchange(one, two, SeqCst, SeqCst), pointer.load(SeqCst)), (Ok(one), two));
    assert_eq!(pointer.swap(std::ptr::null_mut(), SeqCst), two);
    // SAFETY: both were made by boxes, and the pointer has neither any more.
    unsafe { drop((Box::from_raw(one), Box::from_raw(two))) };
}

fn time_does_not_go_back() {
    let started = Instant::now();
    thread::sleep(SHORT);
    let ended = Instant::now();
    assert!(ended - started >= SHORT && ended > started && started + SHORT <= ended);
    assert_eq!(started.checked_duration_since(ended), None);
    assert_eq!(started.saturating_duration_since(ended), Duration::ZERO);
    assert!(started.elapsed() >= SHORT && ended.duration_since(started) >= SHORT);
}

fn what_is_written_to_the_handles_is_printed() {
    let mut handle = std::io::stdout();
    writeln!(handle, "one {}", 1).unwrap();
    let mut locked = std::io::stdout().lock();
    locked.write_all(b"two\n").unwrap();
    locked.flush().unwrap();
}

fn a_guard_is_mapped_by_reborrowing() {
    fn longer<'a>(lock: &'a Mutex<String>, by: &str) -> MutexGuard<'a, String> {
        let mut guard = lock.lock().unwrap_or_else(PoisonError::into_inner);
        guard.push_str(by);
        guard
    }
    let lock = Mutex::from("a".to_owned());
    assert_eq!(*longer(&lock, "b"), "ab");
    assert_eq!(Mutex::<u8>::default().into_inner().unwrap(), 0);
}

macro_rules! facts {
    ($($fact:ident)*) => {
        /// All facts, each with its name.
        pub const FACTS: &[(&str, fn())] = &[$((stringify!($fact), $fact)),*];
    };
}

facts! {
    a_panic_while_a_mutex_is_held_poisons_it
    a_guard_that_was_taken_during_a_panic_poisons_nothing
    a_mutex_is_tried_without_waiting
    a_mutex_excludes_the_others
    many_read_and_one_writes
    only_a_writer_poisons_a_read_write_lock
    a_notification_wakes_who_waits_and_gives_the_lock_back
    a_wait_with_a_limit_says_that_the_time_was_up
    a_wait_tells_of_poison
    one_of_those_that_meet_is_the_leader_each_time
    what_is_done_once_is_done_when_it_returns
    a_panic_poisons_a_once_until_it_is_forced
    a_once_lock_is_set_once
    a_panic_leaves_a_once_lock_as_it_was
    a_lazy_lock_is_made_at_its_first_use
    items_come_in_the_order_in_which_each_sender_sent_them
    a_receiver_whose_senders_are_gone_has_what_they_sent_and_then_an_error
    who_sends_to_nobody_gets_the_item_back
    a_bounded_channel_holds_no_more_than_its_bound
    a_channel_without_room_hands_over
    what_is_left_in_a_channel_is_dropped_with_it
    join_hands_over_what_was_returned_or_the_panic
    a_thread_is_finished_once_its_work_is
    a_builder_gives_a_name
    each_thread_has_an_id_of_its_own
    a_scope_lets_borrow_and_joins_all
    a_scope_panics_if_a_thread_did_that_nobody_joined
    an_unpark_before_a_park_is_kept_but_no_second_one
    each_thread_has_thread_locals_of_its_own
    setting_a_thread_local_does_not_make_its_first_value
    thread_locals_are_dropped_when_their_thread_ends
    atomics_do_what_their_methods_say
    atomics_lie_where_their_numbers_lie
    an_atomic_pointer_is_exchanged
    time_does_not_go_back
    what_is_written_to_the_handles_is_printed
    a_guard_is_mapped_by_reborrowing
}

/// Shows all facts, and prints the name of each.
pub fn main() {
    for (name, fact) in FACTS {
        fact();
        println!("{name}");
    }
}
