//! Things by their number: those with small numbers in a row, which is fast, and any others as they come.

use std::collections::HashMap;

/// How many stand in a row.
const ROW: u64 = 1 << 16;

/// Things that are there as soon as they are asked for.
#[derive(Default)]
pub struct Numbered<T> {
    row: Vec<T>,
    others: HashMap<u64, T>,
}

impl<T: Default> Numbered<T> {
    /// The thing of this number.
    #[inline]
    pub fn at(&mut self, number: u64) -> &mut T {
        if number >= ROW {
            return self.others.entry(number).or_default();
        }
        let place = number as usize;
        if place >= self.row.len() {
            self.row.resize_with(place + 1, T::default);
        }
        &mut self.row[place]
    }

    /// The thing of this number, if it was asked for.
    #[inline]
    pub fn get(&self, number: u64) -> Option<&T> {
        if number < ROW { self.row.get(number as usize) } else { self.others.get(&number) }
    }

    /// Takes the thing of this number out; what was never asked for is as new.
    pub fn take(&mut self, number: u64) -> T {
        match self.row.get_mut(number as usize) {
            Some(found) if number < ROW => std::mem::take(found),
            _ => self.others.remove(&number).unwrap_or_default(),
        }
    }

    /// The same with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (u64, &T)> {
        (0..).zip(&self.row).chain(self.others.iter().map(|(number, thing)| (*number, thing)))
    }

    /// All that was asked for, and what stands in the row before it.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.row.iter_mut().chain(self.others.values_mut())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_found_by_any_number_and_can_be_taken_once() {
        let mut numbered = Numbered::default();
        for number in [0, 7, ROW - 1, ROW, u64::MAX] {
            *numbered.at(number) = number.to_string();
        }
        assert_eq!(numbered.at(u64::MAX), "18446744073709551615");
        assert_eq!(numbered.iter_mut().filter(|text| !text.is_empty()).count(), 5);
        assert_eq!([numbered.take(7), numbered.take(ROW), numbered.take(7)], ["7", "65536", ""]);
    }
}
