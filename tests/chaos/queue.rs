//! Queues: what was put and acknowledged is taken exactly once.

use super::world::{Chance, LIVES, World, storm};
use nbrun::shared::mapping::Arena;
use nbrun::shared::primitive::Primitive;
use nbrun::shared::queue::Queue;
use nbrun::shared::{Deadline, SyncError, WorkerId};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

/// How many items a producer puts.
const ITEMS: usize = 200;

/// Producers and consumers at one queue, and their own books.
struct Belt {
    queue: Queue,
    /// How many items each producer knows to be in the queue or taken.
    put: &'static [AtomicU64],
    /// How often each item was taken.
    taken: &'static [AtomicU32],
    /// The item that each consumer is about to take, plus one: killed now, it may have taken it or not.
    hand: &'static [AtomicU64],
}

/// The bytes of an item: its number, and then so many that a ring wraps, grows, and shows where it is torn.
fn bytes(item: usize) -> Vec<u8> {
    let mut bytes = (item as u64).to_le_bytes().to_vec();
    let len = (item * 7919) % 3000;
    bytes.extend((0..len).map(|n| (item + n) as u8));
    bytes
}

impl Belt {
    fn take(&self, me: WorkerId, deadline: &Deadline<'_>) -> Result<usize, SyncError> {
        let mut all = Vec::new();
        let hand = &self.hand[me as usize];
        self.queue.get(me, deadline, |bytes| {
            all.extend_from_slice(bytes);
            if let Some(number) = all.first_chunk::<8>() {
                hand.store(u64::from_le_bytes(*number) + 1, SeqCst);
            }
        })?;
        let item = hand.load(SeqCst) as usize - 1;
        assert_eq!(all, bytes(item), "an item is torn");
        assert_eq!(self.taken[item].fetch_add(1, SeqCst), 0, "item {item} was taken twice");
        hand.store(0, SeqCst);
        Ok(item)
    }
}

impl World for Belt {
    fn new(arena: &Arena, chance: &mut Chance) -> Self {
        // Every other queue has a limit, so that producers wait, too.
        let maxsize = Some(1 + chance.below(7)).filter(|_| chance.below(2) == 0);
        let slots = LIVES + 1;
        // Every other ring has taken all of its bytes soon, whose number is no power of two; the others double.
        let reserve = if chance.below(2) == 0 { (3 + 2 * chance.below(3) as usize) << 16 } else { 256 << 20 };
        Self {
            queue: Queue::new(arena, maxsize, reserve).expect("room"),
            put: arena.alloc_slice(slots).expect("room"),
            taken: arena.alloc_slice(slots * ITEMS).expect("room"),
            hand: arena.alloc_slice(slots).expect("room"),
        }
    }

    fn live(&self, me: WorkerId, role: usize, chance: &mut Chance) {
        if role == 0 {
            for n in 0..ITEMS {
                let bytes = bytes(me as usize * ITEMS + n);
                let (head, tail) = bytes.split_at(chance.below(bytes.len() as u64) as usize);
                while let Err(denied) = self.queue.put(me, &[head, tail], &Deadline::ENDLESS) {
                    // It is open while there are producers, and whoever takes items makes room.
                    assert_eq!(denied, SyncError::NoSpace);
                    std::thread::yield_now();
                }
                self.put[me as usize].store(n as u64 + 1, SeqCst);
            }
            return;
        }
        let mut last = vec![0; LIVES + 1];
        loop {
            match self.take(me, &Deadline::ENDLESS) {
                Ok(item) => {
                    let (producer, n) = (item / ITEMS, item % ITEMS + 1);
                    assert!(last[producer] < n, "items of one producer come in their order");
                    last[producer] = n;
                    self.queue.item_done().expect("no more are done than were put");
                }
                Err(SyncError::Closed) => return,
                Err(denied) => panic!("{denied:?}"),
            }
        }
    }

    fn release_owned_by(&self, dead: WorkerId) {
        self.queue.release_owned_by(dead);
    }

    fn wind_down(&self, [producers, consumers]: [usize; 2]) {
        if producers == 0 {
            // What is left is for the consumers, who must have been woken for it: the closing would wake them, too.
            if consumers == 0 || self.queue.is_empty() {
                self.queue.close();
            }
        } else if consumers == 0 {
            // Main makes room for those who are left.
            let _ = self.take(0, &Deadline { at: Some(0), cancel: None });
        }
    }

    fn check(&self, _killed: usize) {
        while self.take(0, &Deadline::ENDLESS).is_ok() {}
        let maybe: Vec<u64> = self.hand.iter().map(|hand| hand.load(SeqCst)).collect();
        let (mut seen, mut lost) = (0, 0);
        for (producer, put) in self.put.iter().enumerate() {
            let put = put.load(SeqCst) as usize;
            for n in 0..ITEMS {
                let item = producer * ITEMS + n;
                let taken = self.taken[item].load(SeqCst);
                seen += u64::from(taken);
                // The one behind the last may have been put by a worker that had no time to say so.
                assert!(n <= put || taken == 0, "item {n} of {producer} was taken, but only {put} were put");
                if n < put && taken == 0 {
                    assert!(maybe.contains(&(item as u64 + 1)), "item {n} of {producer}, who put {put}, is lost");
                    lost += 1;
                }
            }
        }
        // A consumer that was killed with an item in its hand had it taken or not, and the queue knows which.
        let unsaid = self.queue.gets() - seen;
        assert!(lost <= unsaid, "{lost} items are lost, and {unsaid} were taken by the dead");
        assert_eq!(self.queue.len(), 0);
        assert_eq!(self.queue.puts(), self.queue.gets());
    }
}

#[test]
fn every_item_that_was_put_is_taken_once_whoever_is_killed() {
    storm::<Belt>(30);
}
