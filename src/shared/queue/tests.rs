//! The queue alone, without workers.

use super::super::mapping::Mapping;
use super::*;
use std::sync::LazyLock;

const NO_WAIT: Deadline<'static> = Deadline { at: Some(0), cancel: None };

fn queue(maxsize: Option<u64>) -> Queue {
    let mapping = Mapping::new(64 << 20, 4096).expect("a mapping");
    Queue::new(&mapping.lasting, maxsize, 32 << 20).expect("room")
}

fn get(queue: &Queue) -> Result<Vec<u8>, SyncError> {
    let mut item = Vec::new();
    queue.get(0, &NO_WAIT, |bytes| item.extend_from_slice(bytes)).map(|_| item)
}

#[test]
fn items_come_out_in_the_order_in_which_they_were_put() {
    let queue = queue(None);
    for i in 0..10_000_u32 {
        queue.put(0, &[&i.to_le_bytes()], &NO_WAIT).expect("room");
    }
    for i in 0..10_000_u32 {
        assert_eq!(get(&queue), Ok(i.to_le_bytes().to_vec()));
    }
    assert_eq!(get(&queue), Err(SyncError::TimedOut));
}

#[test]
fn a_ring_that_grows_while_it_wraps_keeps_every_byte() {
    let queue = queue(None);
    let item = |i: usize| vec![i as u8; 1000 + i * 37];
    let (mut put, mut got) = (0, 0);
    while put < 400 {
        for _ in 0..3 {
            queue.put(0, &[&item(put)], &NO_WAIT).expect("room");
            put += 1;
        }
        assert_eq!(get(&queue), Ok(item(got)));
        got += 1;
    }
    while got < put {
        assert_eq!(get(&queue), Ok(item(got)));
        got += 1;
    }
}

#[test]
fn a_full_queue_takes_no_more_and_a_closed_one_none() {
    let queue = queue(Some(1));
    assert_eq!(queue.put(0, &[b"a"], &NO_WAIT), Ok(0));
    assert_eq!(queue.put(0, &[b"b"], &NO_WAIT), Err(SyncError::TimedOut));
    queue.close();
    assert_eq!(queue.put(0, &[b"b"], &NO_WAIT), Err(SyncError::Closed));
    assert_eq!(get(&queue), Ok(b"a".to_vec()));
    assert_eq!(get(&queue), Err(SyncError::Closed));
}

#[test]
fn an_item_beyond_the_reserved_size_is_refused() {
    let queue = queue(None);
    assert_eq!(queue.put(0, &[&vec![0; 33 << 20]], &NO_WAIT), Err(SyncError::NoSpace));
}

#[test]
fn what_a_killed_owner_had_not_finished_has_not_happened() {
    let queue = queue(None);
    queue.put(0, &[b"a"], &NO_WAIT).expect("room");
    // As if worker 1 had been killed under both locks, after it wrote the next marks and before it switched to them.
    for end in [&queue.state.tail, &queue.state.head] {
        assert!(end.lock.try_acquire(1).is_some());
        let next = (end.version.load(Relaxed) + 1) as usize % 2;
        end.marks[next][0].store(999, Relaxed);
        end.marks[next][1].store(999, Relaxed);
    }
    queue.release_owned_by(1);
    assert_eq!(queue.len(), 1);
    assert_eq!(queue.put(0, &[b"b"], &NO_WAIT), Ok(1));
    assert_eq!([get(&queue), get(&queue)], [Ok(b"a".to_vec()), Ok(b"b".to_vec())]);
    assert_eq!(get(&queue), Err(SyncError::TimedOut));
}

/// Runs `sleeper` in a thread, does `deed` once that sleeps in the system because of `signal`, and gives its result.
fn while_asleep<R: Send>(signal: &Signal, sleeper: impl FnOnce() -> R + Send, deed: impl FnOnce()) -> R {
    let thread = AtomicU32::new(0);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| {
            thread.store(nix::unistd::gettid().as_raw() as u32, Release);
            sleeper()
        });
        let sleeps = || {
            let stat = std::fs::read_to_string(format!("/proc/self/task/{}/stat", thread.load(Acquire)));
            stat.is_ok_and(|stat| stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('S')))
        };
        // With its mark set, nothing but its sleep can make it wait.
        while !(signal.is_awaited() && sleeps()) {
            std::thread::yield_now();
        }
        deed();
        running.join().expect("no panic")
    })
}

/// Long enough for whoever is woken, and an end for a test in which nobody is.
fn some_seconds() -> Deadline<'static> {
    Deadline { at: Some(crate::shared::clock::now() + 30_000_000_000), cancel: None }
}

#[test]
fn a_getter_is_woken_for_the_item_of_a_putter_that_was_killed() {
    let queue = queue(None);
    let mut item = Vec::new();
    let got = while_asleep(
        &queue.state.not_empty,
        || queue.get(2, &some_seconds(), |bytes| item.extend_from_slice(bytes)),
        || {
            // As if worker 1 had been killed when the item was there, with its lock still held.
            assert!(queue.state.tail.lock.try_acquire(1).is_some());
            assert_eq!(queue.try_put(1, &[b"a"], &NO_WAIT), Ok(Some(0)));
            queue.release_owned_by(1);
        },
    );
    assert_eq!((got, item), (Ok(0), b"a".to_vec()));
}

#[test]
fn a_putter_is_woken_for_the_room_of_a_getter_that_was_killed() {
    let queue = queue(Some(1));
    queue.put(0, &[b"a"], &NO_WAIT).expect("room");
    let put = while_asleep(
        &queue.state.not_full,
        || queue.put(2, &[b"b"], &some_seconds()),
        || {
            assert!(queue.state.head.lock.try_acquire(1).is_some());
            assert_eq!(queue.try_get(&mut |_: &[u8]| ()), Ok(Some(0)));
            queue.release_owned_by(1);
        },
    );
    assert_eq!((put, get(&queue)), (Ok(1), Ok(b"b".to_vec())));
}

#[test]
fn a_joiner_asleep_looks_again_after_a_sweep() {
    let queue = queue(None);
    queue.put(0, &[b"a"], &NO_WAIT).expect("room");
    let joined = while_asleep(
        &queue.state.all_done,
        || queue.join(&some_seconds()),
        || {
            // As if worker 1 had been killed between counting the item as done and waking anybody.
            queue.state.done.store(1, Release);
            queue.release_owned_by(1);
        },
    );
    assert_eq!(joined, Ok(()));
}

#[test]
fn a_queue_that_was_written_over_can_be_used_once_it_is_cleared() {
    let queue = queue(None);
    queue.put(0, &[b"a"], &NO_WAIT).expect("room");
    queue.put(0, &[b"b"], &NO_WAIT).expect("room");
    get(&queue).expect("an item");
    assert!(queue.is_whole());
    let QueueState { tail, head, shape, done, .. } = queue.state;
    let marks = |end: &'static End| &end.marks[end.version.load(Relaxed) as usize % 2];
    let ([tail_bytes, tail_items], [head_bytes, head_items]) = (marks(tail), marks(head));
    for word in [tail_bytes, tail_items, head_bytes, head_items, shape, done] {
        for hostile in [u64::MAX, 1 << 40] {
            let before = word.swap(hostile, Relaxed);
            assert!(!queue.is_whole(), "{hostile} instead of {before}");
            word.store(before, Relaxed);
        }
    }
    // The length of the item that is left.
    let place = marks(head)[0].load(Relaxed) as usize;
    for hostile in [u64::MAX, u64::MAX - HEADER, 0, 2] {
        queue.ring.write(place, &hostile.to_le_bytes());
        assert!(!queue.is_whole(), "an item of {hostile} bytes");
    }
    tail.version.store(u64::MAX, Relaxed);
    shape.store(u64::MAX, Relaxed);
    queue.clear();
    assert!(queue.is_whole() && queue.is_empty());
    queue.put(0, &[b"c"], &NO_WAIT).expect("room");
    assert_eq!(get(&queue), Ok(b"c".to_vec()));
}

#[test]
fn a_restored_queue_holds_what_it_held() {
    let queue = queue(None);
    queue.put(0, &[b"kept"], &NO_WAIT).expect("room");
    let snapshot = queue.snapshot();
    get(&queue).expect("an item");
    queue.put(0, &[b"other"], &NO_WAIT).expect("room");
    queue.restore(&snapshot);
    assert_eq!(get(&queue), Ok(b"kept".to_vec()));
    assert_eq!(get(&queue), Err(SyncError::TimedOut));
}

#[test]
fn what_is_no_snapshot_of_a_queue_changes_nothing() {
    let queue = queue(None);
    queue.put(0, &[b"one"], &NO_WAIT).expect("room");
    let mut wrong = queue.bytes();
    wrong.pop();
    for wrong in [&wrong[..], &[], &[0; 1 << 20]] {
        queue.set_bytes(wrong);
        assert!(queue.is_whole());
    }
    // Each as the end, the start and the shape of sixteen bytes.
    let (far, whole) = (u64::MAX / 2, u64::MAX);
    for (tail, head, shape) in
        [(whole, whole - 16, 0), (far + 8, far - 8, 0), (16, 0, 62), (16, 0, whole), (16, 0, 1 << 40)]
    {
        let words = [tail, 1, head, 0, shape, 0, 0].into_iter().flat_map(u64::to_le_bytes);
        queue.set_bytes(&words.chain([0; 16]).collect::<Vec<_>>());
        assert!(queue.is_whole(), "{tail} {head} {shape}");
    }
    assert_eq!(get(&queue), Ok(b"one".to_vec()));
}

#[test]
fn many_producers_and_consumers_pass_every_item_once() {
    let queue = queue(Some(7));
    let sum = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for me in 0..3 {
            scope.spawn(move || {
                for i in 1..=2000_u64 {
                    queue.put(me, &[&i.to_le_bytes()], &Deadline::ENDLESS).expect("open");
                }
            });
        }
        for me in 3..6 {
            let sum = &sum;
            scope.spawn(move || {
                for _ in 0..2000 {
                    let mut item = Vec::new();
                    queue.get(me, &Deadline::ENDLESS, |b| item.extend_from_slice(b)).expect("open");
                    sum.fetch_add(u64::from_le_bytes(item.try_into().expect("8 bytes")), Relaxed);
                }
            });
        }
    });
    assert_eq!(sum.into_inner(), 3 * 2000 * 2001 / 2);
}

#[test]
fn join_never_returns_while_an_item_that_was_taken_is_not_done() {
    let queue = queue(None);
    std::thread::scope(|scope| {
        for me in 0..8 {
            scope.spawn(move || {
                for _ in 0..20_000 {
                    queue.put(me, &[b"x"], &Deadline::ENDLESS).expect("room");
                    queue.get(me, &Deadline::ENDLESS, |_| ()).expect("an item");
                    assert_eq!(queue.item_done(), Ok(()));
                }
            });
        }
    });
    assert!(queue.is_done());
    assert_eq!(queue.item_done(), Err(SyncError::TooMany));
}

/// Item `n` of some: its bytes tell which it is.
fn large(n: usize) -> &'static [u8] {
    static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| (0..=250).cycle().take(10_000).collect());
    &BYTES[n % 251..][..9000 + n % 7]
}

/// Whether that is the queue's next item.
fn is_next(queue: &Queue, n: usize) -> bool {
    get(queue).is_ok_and(|item| item == large(n))
}

/// Puts items from number `next` on until there is no room; gives the number of the next one.
fn fill(queue: &Queue, next: usize) -> usize {
    (next..).find(|n| queue.put(0, &[large(*n)], &NO_WAIT) == Err(SyncError::NoSpace)).expect("an end")
}

#[test]
fn a_queue_holds_what_is_reserved_for_it_again_and_again() {
    let mapping = Mapping::new(64 << 20, 4096).expect("a mapping");
    // Powers of two and others, and the first size itself.
    for reserve in [1, 2, 3, 5, 8, 11, 12, 13, 23].map(|times: usize| times << 16) {
        let queue = Queue::new(&mapping.lasting, None, reserve + 100).expect("room");
        let (mut next, mut first) = (0, 0);
        for _ in 0..5 {
            next = fill(&queue, next);
            let used = queue.state.tail.mark().bytes - queue.state.head.mark().bytes;
            let free = reserve as u64 - used;
            assert!(queue.is_whole() && free < HEADER + 9006, "{free} bytes of {reserve} cannot be used");
            // One is left, so that the ring begins elsewhere next time.
            assert_eq!((first..next - 1).find(|n| !is_next(&queue, *n)), None);
            first = next - 1;
            assert!(queue.is_whole() && queue.len() == 1);
        }
    }
}

#[test]
fn a_ring_grows_right_wherever_its_items_begin_and_however_many_there_are() {
    let mapping = Mapping::new(1 << 30, 4096).expect("a mapping");
    // Up to seven items of 9 kB fit into the first ring; how far it has turned before, and how many were left.
    for (turned, left) in (0..30).flat_map(|turned| (1..=7).map(move |left| (turned, left))) {
        for reserve in [2, 3, 4, 5].map(|times| times << 16) {
            let queue = Queue::new(&mapping.lasting, None, reserve).expect("room");
            let put = |n: usize| queue.put(0, &[large(n)], &NO_WAIT).map(drop);
            for n in 0..turned + left {
                put(n).expect("room");
                if n >= left {
                    assert!(is_next(&queue, n - left));
                }
            }
            let next = fill(&queue, turned + left);
            let snapshot = queue.snapshot();
            let all = || assert_eq!((turned..next).find(|n| !is_next(&queue, *n)), None, "{turned} {left} {reserve}");
            all();
            queue.restore(&snapshot);
            assert!(queue.is_whole());
            all();
        }
    }
}

#[test]
fn a_worker_that_is_killed_while_a_ring_grows_has_changed_nothing() {
    let mapping = Mapping::new(64 << 20, 4096).expect("a mapping");
    for turned in 0..30 {
        let queue = Queue::new(&mapping.lasting, None, 3 << 16).expect("room");
        (0..turned).for_each(|n| {
            queue.put(0, &[large(n)], &NO_WAIT).expect("room");
            get(&queue).expect("an item");
        });
        (0..7).for_each(|n| _ = queue.put(0, &[large(n)], &NO_WAIT).expect("room"));
        let shape = queue.state.shape.load(Relaxed);
        let (head, tail) = (queue.state.head.mark().bytes, queue.state.tail.mark().bytes);
        queue.grow(head, tail, FIRST).expect("room");
        assert_ne!(queue.state.shape.load(Relaxed), shape);
        // As if the store of the new shape, the last of growing, had not been reached.
        queue.state.shape.store(shape, Relaxed);
        assert_eq!((0..7).find(|n| !is_next(&queue, *n)), None);
    }
}
