//! Shared numbers: a value is an array of one.

use super::WorkerId;
use super::bytes::Bytes;
use super::lock::OwnedLock;
use super::mapping::Arena;
use super::place;
use super::primitive::{NameOf, Primitive, Snapshot};
use crate::model::{Content, Scalar, ScalarType};
use serde::{Deserialize, Serialize};
use std::mem::MaybeUninit;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64};

/// How many elements of an array are written out.
const SHOWN: u64 = 100;

/// Numbers of one type, each read and written whole.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Numbers {
    of: ScalarType,
    memory: Bytes,
    /// The lock that jobs can take through `v.lock()`.
    #[serde(with = "place::one")]
    pub lock: &'static OwnedLock,
}

/// Runs `$body` with `$cell` as the atomic of the element's size at `$index`.
macro_rules! with_cell {
    ($self:ident, $index:expr, |$cell:ident: $t:ident| $body:expr) => {{
        let offset = $self.offset($index);
        // SAFETY: the element is inside the memory (checked by `offset`), aligned to its size, and any bits are valid.
        // Everybody in nbrun reaches it by atomics; a job's bulk access is by whole volatile elements.
        unsafe {
            let at = $self.memory.as_ptr().add(offset);
            match $self.of.size() {
                1 => {
                    type $t = u8;
                    let $cell = AtomicU8::from_ptr(at.cast());
                    $body
                }
                2 => {
                    type $t = u16;
                    let $cell = AtomicU16::from_ptr(at.cast());
                    $body
                }
                4 => {
                    type $t = u32;
                    let $cell = AtomicU32::from_ptr(at.cast());
                    $body
                }
                _ => {
                    type $t = u64;
                    let $cell = AtomicU64::from_ptr(at.cast());
                    $body
                }
            }
        }
    }};
}

impl Numbers {
    /// `len` zeros; `None` if the arena is used up.
    pub fn new(arena: &Arena, of: ScalarType, len: u64) -> Option<Self> {
        let size = usize::try_from(len).ok()?.checked_mul(of.size())?;
        Some(Self { of, memory: arena.bytes(size, 64)?, lock: arena.alloc()? })
    }

    /// The elements' type.
    pub fn of(&self) -> ScalarType {
        self.of
    }

    /// The number of elements.
    pub fn len(&self) -> u64 {
        (self.memory.len() / self.of.size()) as u64
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.memory.is_empty()
    }

    /// The memory itself.
    pub fn memory(&self) -> Bytes {
        self.memory
    }

    fn offset(&self, index: u64) -> usize {
        assert!(index < self.len(), "element {index} of {}", self.len());
        index as usize * self.of.size()
    }

    /// The bits of an element, zero-extended.
    pub fn load(&self, index: u64) -> u64 {
        with_cell!(self, index, |cell: T| {
            let bits: T = cell.load(SeqCst);
            bits as u64
        })
    }

    /// Writes an element's bits.
    pub fn store(&self, index: u64, bits: u64) {
        with_cell!(self, index, |cell: T| cell.store(bits as T, SeqCst));
    }

    /// Copies elements from `start` on to `out`, as many as it has room for, each read whole and on its own; others may write
    /// meanwhile.
    ///
    /// # Panics
    /// If they are not all there, or `out` is not aligned for them, which would be a bug of the caller's.
    pub fn read_to(&self, start: u64, out: &mut [MaybeUninit<u8>]) {
        let (from, count) = self.part(start, out.as_ptr().addr(), out.len());
        // SAFETY: `part` keeps the range inside the memory; `out` is as long, and aligned.
        unsafe { self.copy(from, out.as_mut_ptr().cast(), count) };
    }

    /// Writes elements from `start` on, all of `from`, each whole and on its own.
    ///
    /// # Panics
    /// As for [`read_to`](Self::read_to).
    pub fn write_from(&self, start: u64, from: &[u8]) {
        let (to, count) = self.part(start, from.as_ptr().addr(), from.len());
        // SAFETY: as in `read_to`.
        unsafe { self.copy(from.as_ptr(), to, count) };
    }

    /// Where the elements from `start` on are that a caller's `len` bytes at `address` stand for, and how many they are.
    fn part(&self, start: u64, address: usize, len: usize) -> (*mut u8, usize) {
        let size = self.of.size();
        assert!(len.is_multiple_of(size) && (len == 0 || address.is_multiple_of(size)), "whole elements, aligned");
        let end = start.checked_add((len / size) as u64).filter(|end| *end <= self.len());
        assert!(end.is_some(), "elements {start} and {} more of {}", len / size, self.len());
        (self.memory.as_ptr().wrapping_add(start as usize * size), len / size)
    }

    /// Copies element by element.
    ///
    /// # Safety
    /// Both places have so many elements, at their alignment.
    unsafe fn copy(&self, from: *const u8, to: *mut u8, count: usize) {
        /// Copies elements of one size.
        ///
        /// # Safety
        /// As for the whole.
        unsafe fn each<T>(from: *const u8, to: *mut u8, count: usize) {
            let (from, to) = (from.cast::<T>(), to.cast::<T>());
            for n in 0..count {
                // SAFETY: the caller vouches for both places. One of them is shared, so accesses are volatile: whole.
                unsafe { to.add(n).write_volatile(from.add(n).read_volatile()) };
            }
        }
        // SAFETY: the caller vouches for it.
        unsafe {
            match self.of.size() {
                1 => each::<u8>(from, to, count),
                2 => each::<u16>(from, to, count),
                4 => each::<u32>(from, to, count),
                _ => each::<u64>(from, to, count),
            }
        }
    }

    /// Writes `new` to an element if it is still `old`; gives what it was.
    pub fn swap_if(&self, index: u64, old: u64, new: u64) -> u64 {
        with_cell!(self, index, |cell: T| {
            let seen: T = match cell.compare_exchange(old as T, new as T, SeqCst, SeqCst) {
                Ok(seen) | Err(seen) => seen,
            };
            seen as u64
        })
    }

    /// Writes a number of the plan.
    pub fn set(&self, index: u64, number: Scalar) {
        self.store(index, bits(self.of, number));
    }

    /// An element as an author would write it.
    pub fn text(&self, index: u64) -> String {
        self.of.text(self.load(index))
    }
}

impl Primitive for Numbers {
    fn snapshot(&self) -> Snapshot {
        let memory = self.memory();
        Snapshot::Bytes(memory.to_vec(0, memory.len()))
    }

    fn restore(&self, snapshot: &Snapshot) {
        if let Snapshot::Bytes(bytes) = snapshot
            && bytes.len() == self.memory().len()
        {
            self.memory().write(0, bytes);
            self.lock.clear();
        }
    }

    fn lock(&self) -> Option<&'static OwnedLock> {
        Some(self.lock)
    }

    fn release_owned_by(&self, dead: WorkerId) {
        self.lock.release_owned_by(dead);
    }

    fn wake_all(&self) {
        self.lock.wake_all();
    }

    fn content(&self, is_array: bool, _name_of: NameOf<'_>) -> Content {
        if !is_array {
            return Content::Numbers(self.text(0), None);
        }
        let shown: Vec<String> = (0..self.len().min(SHOWN)).map(|index| self.text(index)).collect();
        let shown = shown.join(", ");
        match self.len() {
            ..=SHOWN => Content::Numbers(format!("[{shown}]"), None),
            all => Content::Many(format!("[{shown}, …]"), all),
        }
    }
}

/// The bits of a number of the plan, which has been checked to fit.
pub fn bits(of: ScalarType, number: Scalar) -> u64 {
    match (of, number) {
        (ScalarType::F32, Scalar::Float(x)) => u64::from((x as f32).to_bits()),
        (_, Scalar::Float(x)) => x.to_bits(),
        (_, Scalar::Signed(n)) => n as u64,
        (_, Scalar::Unsigned(n)) => n,
    }
}

#[cfg(test)]
mod tests {
    use super::super::mapping::Mapping;
    use super::*;

    fn numbers(of: ScalarType, len: u64) -> Numbers {
        let mapping = Mapping::new(1 << 20, 4096).expect("a mapping");
        Numbers::new(&mapping.lasting, of, len).expect("room")
    }

    #[test]
    fn each_type_gives_back_what_was_stored() {
        for (of, number, shown) in [
            (ScalarType::I8, Scalar::Signed(-128), "-128"),
            (ScalarType::U16, Scalar::Unsigned(65535), "65535"),
            (ScalarType::I32, Scalar::Signed(-7), "-7"),
            (ScalarType::U64, Scalar::Unsigned(u64::MAX), "18446744073709551615"),
            (ScalarType::F32, Scalar::Float(0.5), "0.5"),
            (ScalarType::F64, Scalar::Float(2.75), "2.75"),
        ] {
            let numbers = numbers(of, 3);
            numbers.set(1, number);
            assert_eq!([numbers.text(0), numbers.text(1), numbers.text(2)].join(" ").matches(shown).count(), 1);
            assert_eq!(numbers.text(1), shown);
        }
    }

    #[test]
    fn a_swap_happens_only_if_nothing_came_between() {
        let numbers = numbers(ScalarType::I16, 1);
        assert_eq!(numbers.swap_if(0, 0, 5), 0);
        assert_eq!(numbers.swap_if(0, 0, 9), 5);
        assert_eq!(numbers.load(0), 5);
    }
}
