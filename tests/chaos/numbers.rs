//! Values and arrays: a step that was acknowledged is in the number, and no other.

use super::world::{Chance, LIVES, World, storm};
use nbrun::model::ScalarType;
use nbrun::shared::WorkerId;
use nbrun::shared::mapping::Arena;
use nbrun::shared::numbers::Numbers;
use nbrun::shared::primitive::Primitive;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

struct Counting {
    numbers: Numbers,
    added: &'static [AtomicU64],
}

impl World for Counting {
    fn new(arena: &Arena, _chance: &mut Chance) -> Self {
        Self {
            numbers: Numbers::new(arena, ScalarType::U64, 2).expect("room"),
            added: arena.alloc_slice(LIVES + 1).expect("room"),
        }
    }

    fn live(&self, me: WorkerId, _role: usize, _chance: &mut Chance) {
        for n in 1..=2_000_u64 {
            let mut old = self.numbers.load(0);
            loop {
                match self.numbers.swap_if(0, old, old + 1) {
                    seen if seen == old => break,
                    seen => old = seen,
                }
            }
            self.added[me as usize].store(n, SeqCst);
            // A number that is written whole has two equal halves.
            let half = u64::from(me) << 32 | u64::from(me);
            self.numbers.store(1, half);
            let seen = self.numbers.load(1);
            assert_eq!(seen >> 32, seen & 0xffff_ffff, "a number is half written");
        }
    }

    fn release_owned_by(&self, dead: WorkerId) {
        self.numbers.release_owned_by(dead);
    }

    fn check(&self, killed: usize) {
        let added: u64 = self.added.iter().map(|added| added.load(SeqCst)).sum();
        // One who was killed may have had no time to say so.
        let value = self.numbers.load(0);
        assert!((added..=added + killed as u64).contains(&value), "{value} instead of {added}, {killed} were killed");
    }
}

#[test]
fn a_step_that_was_taken_counts_once_and_a_number_is_never_half_written() {
    storm::<Counting>(5);
}
