//! Maps whose keys nbrun makes itself: a short hash is enough for them, and the one of `std` took a good part of an exploration's time.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A map by keys that nobody chooses to do harm.
pub type Map<K, V> = HashMap<K, V, BuildHasherDefault<ShortHasher>>;

/// A set of such keys.
pub type Set<K> = HashSet<K, BuildHasherDefault<ShortHasher>>;

/// Multiplies each number with what came before, and folds the upper half of the product into the lower.
#[derive(Debug, Clone, Copy, Default)]
pub struct ShortHasher(u64);

impl Hasher for ShortHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        words.iter().for_each(|word| self.write_u64(u64::from_le_bytes(*word)));
        if !rest.is_empty() {
            let mut number = [0; 8];
            number[..rest.len()].copy_from_slice(rest);
            self.write_u64(u64::from_le_bytes(number));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        let product = u128::from(self.0 ^ number ^ 0x9e37_79b9_7f4a_7c15) * 0xd134_2543_de82_ef95;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn write_u128(&mut self, number: u128) {
        self.write_u64(number as u64);
        self.write_u64((number >> 64) as u64);
    }
}
