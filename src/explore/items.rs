//! The items that queues hold.

use std::collections::HashMap;

/// The different items that queues hold, each by its number.
#[derive(Debug, Default)]
pub struct Items {
    bytes: Vec<Vec<u8>>,
    numbers: HashMap<Vec<u8>, u32>,
}

impl Items {
    /// The number of an item.
    pub fn number(&mut self, item: &[u8]) -> u32 {
        if let Some(number) = self.numbers.get(item) {
            return *number;
        }
        let number = self.bytes.len() as u32;
        self.bytes.push(item.to_vec());
        self.numbers.insert(item.to_vec(), number);
        number
    }

    /// The item of a number.
    pub fn bytes(&self, number: u64) -> &[u8] {
        self.bytes.get(number as usize).map_or(&[], Vec::as_slice)
    }
}
