//! The journal: what was printed is there, whole and in order.

use super::world::{Chance, LIVES, World, storm};
use nbrun::shared::WorkerId;
use nbrun::shared::journal::{EntryKind, Journal};
use nbrun::shared::mapping::Arena;
use nbrun::shared::thread_table::ThreadTable;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

const LINES: usize = 400;

struct Printing {
    journal: Journal,
    printed: &'static [AtomicU64],
}

fn text(worker: WorkerId, n: u64) -> Vec<u8> {
    format!("{worker} {n} {}\n", "x".repeat((n * 31 % 200) as usize)).into_bytes()
}

impl World for Printing {
    fn new(arena: &Arena, _chance: &mut Chance) -> Self {
        let threads = ThreadTable::new(arena, LIVES as WorkerId + 1).expect("room");
        Self {
            journal: Journal::new(arena, 64 << 20, threads, LIVES + 1).expect("room"),
            printed: arena.alloc_slice(LIVES + 1).expect("room"),
        }
    }

    fn live(&self, me: WorkerId, _role: usize, _chance: &mut Chance) {
        for n in 0..LINES as u64 {
            self.journal.add(me, me, EntryKind::Stdout, n, &text(me, n));
            self.printed[me as usize].store(n + 1, SeqCst);
        }
    }

    fn release_owned_by(&self, dead: WorkerId) {
        self.journal.release_owned_by(dead);
    }

    fn check(&self, _killed: usize) {
        self.journal.add(0, 0, EntryKind::Stdout, 0, &text(0, 0));
        let (entries, whole) = self.journal.entries();
        assert!(whole);
        assert!(entries.is_sorted_by_key(|entry| entry.at), "the order is that of time");
        let mut seen = [0; LIVES + 1];
        for entry in &entries {
            let next = &mut seen[entry.worker as usize];
            assert_eq!((entry.kind, entry.number), (EntryKind::Stdout, *next), "a line of {}", entry.worker);
            assert_eq!(entry.bytes, text(entry.worker, *next), "a line of {} is torn", entry.worker);
            *next += 1;
        }
        assert_eq!((seen[0], self.journal.cut()), (1, 0));
        for (worker, printed) in self.printed.iter().enumerate().skip(1) {
            let printed = printed.load(SeqCst);
            assert!((printed..=printed + 1).contains(&seen[worker]), "{worker}: {} of {printed} lines", seen[worker]);
        }
    }
}

#[test]
fn every_printed_line_is_whole_and_in_order_whoever_is_killed() {
    storm::<Printing>(10);
}
