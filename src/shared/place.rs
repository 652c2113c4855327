//! Places in the mapping that travel to a process which has mapped it elsewhere.
//!
//! A forked worker finds the mapping where its parent had it. A fresh process finds it wherever the system puts it, so
//! what points into the mapping is written down as the address that it has in the writer's process, and moved by the
//! distance of the two when it is read. No address is ever asked for, so none can be taken already.

use super::bytes::{Bytes, Shared};
use nix::errno::Errno;
use nix::sys::mman::{MapFlags, ProtFlags, mmap};
use nix::sys::stat::fstat;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::num::NonZeroUsize;
use std::os::fd::AsFd;
use std::ptr::NonNull;
use std::sync::OnceLock;

/// The mapping of another process, as this one has mapped it.
struct Window {
    /// Where it begins there.
    there: u64,
    /// Where it begins here.
    here: NonNull<u8>,
    len: usize,
}

// SAFETY: an address of memory that is never unmapped, and two numbers.
unsafe impl Send for Window {}
// SAFETY: as above.
unsafe impl Sync for Window {}

static WINDOW: OnceLock<Window> = OnceLock::new();

/// Maps the memory that `file` stands for, which lies at `there` in the process that made it. From then on, places that
/// were written down there can be read here. Never unmapped; a process does it once.
///
/// # Errors
/// What the system says.
pub fn map(file: impl AsFd, there: u64) -> nix::Result<()> {
    let len = usize::try_from(fstat(&file)?.st_size).ok().and_then(NonZeroUsize::new).ok_or(Errno::EINVAL)?;
    let flags = MapFlags::MAP_SHARED | MapFlags::MAP_NORESERVE;
    // SAFETY: a new mapping at an address of the system's choice cannot disturb any other memory.
    let here = unsafe { mmap(None, len, ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, flags, &file, 0)? };
    WINDOW.set(Window { there, here: here.cast(), len: len.get() }).map_err(|_| Errno::EBUSY)
}

/// Where the `len` bytes are here that lie at `at` there, on a boundary of `align`; `None` if they are not in the mapping.
fn find(at: u64, len: usize, align: usize) -> Option<NonNull<u8>> {
    let window = WINDOW.get()?;
    let start = usize::try_from(at.checked_sub(window.there)?).ok()?;
    start.checked_add(len).filter(|end| *end <= window.len)?;
    // SAFETY: `start` is within the mapping, as was just checked.
    let place = unsafe { window.here.add(start) };
    (place.as_ptr().align_offset(align) == 0).then_some(place)
}

/// The `len` bytes that lie at `at` there; `None` if they are not in the mapping.
pub fn bytes(at: u64, len: usize) -> Option<Bytes> {
    find(at, len, 1).map(|place| Bytes::new(place, len))
}

fn found<E: Error>(at: u64, len: usize, align: usize) -> Result<NonNull<u8>, E> {
    find(at, len, align).ok_or_else(|| E::custom("a place that is not in the mapping"))
}

fn address<T>(place: *const T) -> u64 {
    place.addr() as u64
}

/// For serde's `with`, on a `&'static T` into the mapping.
pub mod one {
    use super::*;

    /// Writes down where it is.
    ///
    /// # Errors
    /// What the serializer says.
    pub fn serialize<T: Shared, S: Serializer>(it: &&'static T, to: S) -> Result<S::Ok, S::Error> {
        address(*it).serialize(to)
    }

    /// Finds it here.
    ///
    /// # Errors
    /// If it is not in the mapping.
    pub fn deserialize<'de, T: Shared, D: Deserializer<'de>>(from: D) -> Result<&'static T, D::Error> {
        let place = found(u64::deserialize(from)?, size_of::<T>(), align_of::<T>())?;
        // SAFETY: all of it is in the mapping, aligned. What is `Shared` is made of atomics, so any bytes are valid and
        // others may change them meanwhile.
        Ok(unsafe { place.cast().as_ref() })
    }
}

/// For serde's `with`, on a `&'static [T]` into the mapping.
pub mod many {
    use super::*;

    /// Writes down where they are, and how many.
    ///
    /// # Errors
    /// What the serializer says.
    pub fn serialize<T: Shared, S: Serializer>(all: &&'static [T], to: S) -> Result<S::Ok, S::Error> {
        (address(all.as_ptr()), all.len()).serialize(to)
    }

    /// Finds them here.
    ///
    /// # Errors
    /// If they are not in the mapping.
    pub fn deserialize<'de, T: Shared, D: Deserializer<'de>>(from: D) -> Result<&'static [T], D::Error> {
        let (at, count) = <(u64, usize)>::deserialize(from)?;
        let size = count.checked_mul(size_of::<T>()).ok_or_else(|| D::Error::custom("too many"))?;
        let place = found(at, size, align_of::<T>())?;
        // SAFETY: as for `one`, for each of them.
        Ok(unsafe { std::slice::from_raw_parts(place.cast().as_ptr(), count) })
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        (address(self.as_ptr()), self.len()).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (at, len) = <(u64, usize)>::deserialize(from)?;
        found(at, len, 1).map(|place| Bytes::new(place, len))
    }
}

#[cfg(test)]
mod tests {
    use super::super::mapping::Mapping;
    use super::super::queue::Queue;
    use super::super::{Deadline, run::Run};
    use super::*;

    /// In one test, because a process maps it once.
    #[test]
    fn only_pointers_into_the_mapping_are_found_where_it_is_mapped_anew() {
        let mapping = Mapping::new(1 << 20, 1 << 28).expect("a mapping");
        let queue = Queue::new(&mapping.lasting, None, 1 << 16).expect("room");
        let run = Run::new(mapping.run, 3, 1000, true).expect("room");
        assert!(find(mapping.address, 1, 1).is_none(), "there is no window yet");
        map(&mapping.file, mapping.address).expect("a second mapping");
        assert_eq!(map(&mapping.file, mapping.address), Err(Errno::EBUSY));

        let bytes = postcard::to_stdvec(&(queue, &run)).expect("bytes");
        let (again, run_again): (Queue, Run) = postcard::from_bytes(&bytes).expect("the same");
        queue.put(1, &[b"across"], &Deadline::ENDLESS).expect("a put");
        let mut item = Vec::new();
        again.get(2, &Deadline::ENDLESS, |bytes| item.extend_from_slice(bytes)).expect("a get");
        assert_eq!((item.as_slice(), queue.len()), (&b"across"[..], 0));
        assert!(!std::ptr::eq(run.slots, run_again.slots));
        run_again.end(2, 1, 7);
        assert_eq!(run.slot(2).code.load(std::sync::atomic::Ordering::SeqCst), 7);

        let size = (1 << 20) + (1 << 28) + 4096;
        assert!(find(mapping.address, size, 1).is_some());
        for (from, len, align) in [(1, size, 1), (size as u64, 1, 1), (1, 8, 8), (0, usize::MAX, 1)] {
            assert!(find(mapping.address + from, len, align).is_none(), "{len} bytes from {from} on, by {align}");
        }
        assert!(find(mapping.address - 1, 1, 1).is_none() && find(0, 0, 1).is_none());
        let outside = postcard::to_stdvec(&(mapping.address, usize::MAX)).expect("bytes");
        assert!(postcard::from_bytes::<Bytes>(&outside).is_err());
    }
}
