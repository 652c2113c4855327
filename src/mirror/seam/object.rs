//! Who an object is. One that has room keeps its id; an atomic has none, and is found by its address.

use super::call::explores;
use super::generation::generation;
use ::std::cell::Cell;
use ::std::panic::Location;
use ::std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use nbrun::abi::StdObject;
use nbrun::seam::{at, host};

/// Added to a generation while one thread of it asks for the id and the others wait for that: an object has one id only.
const CLAIMED: u32 = 1 << 31;

/// What an object knows about itself: where it was made, and its id once it was used.
pub(crate) struct Identity {
    /// The generation in which the id was given, and the id: `generation << 32 | id`.
    known: AtomicU64,
    place: &'static Location<'static>,
    /// Which element of a list it is, from 1; 0 where nobody has said it, and [`NONE`] where it is at several places of one.
    element: AtomicU32,
}

/// No element.
const NONE: u32 = u32::MAX;

impl Identity {
    /// That of a new object, which is made where the caller is called.
    #[track_caller]
    pub(crate) const fn new() -> Self {
        Self { known: AtomicU64::new(0), place: Location::caller(), element: AtomicU32::new(0) }
    }

    /// It is this element, from 0, of the list that is made between two places of the file.
    pub(crate) fn is_element(&self, index: usize, file: &str, [from, to]: [(u32, u32); 2]) {
        let place = (self.place.line(), self.place.column());
        if self.place.file() != file || place < from || place > to {
            return;
        }
        let element = u32::try_from(index + 1).unwrap_or(NONE);
        let before = self.element.load(Relaxed);
        self.element.store(if before == 0 || before == element { element } else { NONE }, Relaxed);
    }

    /// The object's id, 0 if it is not followed.
    #[inline]
    pub(crate) fn id(&self, kind: u32, detail: u64) -> u32 {
        self.id_of_element(kind, detail, 0)
    }

    /// The same of an object of this size: which element of a list it is shows by the others beside it.
    #[inline]
    pub(crate) fn id_of_element(&self, kind: u32, detail: u64, size: usize) -> u32 {
        let known = self.known.load(Relaxed);
        if (known >> 32) as u32 == generation() { known as u32 } else { self.register(kind, detail, size) }
    }

    #[cold]
    fn register(&self, kind: u32, detail: u64, size: usize) -> u32 {
        let generation = generation();
        let claimed = u64::from(generation | CLAIMED) << 32;
        loop {
            let before = self.known.load(Relaxed);
            if (before >> 32) as u32 == generation {
                return before as u32;
            }
            if before == claimed {
                ::std::thread::yield_now();
            } else if self.known.compare_exchange(before, claimed, Relaxed, Relaxed).is_ok() {
                let element = self.element.load(Relaxed);
                let (file, line, column) = (self.place.file(), self.place.line(), self.place.column());
                let (position, address, size) = (at(file, line), ::std::ptr::from_ref(self).addr() as u64, size as u64);
                let object = StdObject {
                    kind,
                    position,
                    column,
                    is_made_there: 1,
                    detail,
                    address,
                    size,
                    before: before as u32,
                    element: if element == NONE { 0 } else { element },
                };
                let id = (host().std_object)(&object);
                self.known.store(u64::from(generation) << 32 | u64::from(id), Relaxed);
                return id;
            }
        }
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        let known = *self.known.get_mut();
        if known as u32 != 0 && (known >> 32) as u32 == generation() {
            (host().std_gone)(known as u32);
        }
    }
}

/// How many atomics each thread keeps in mind, a power of two.
const KEPT: usize = 64;

/// An atomic that a thread has used.
#[derive(Clone, Copy)]
struct Seen {
    address: usize,
    generation: u32,
    id: u32,
}

thread_local! {
    /// Atomics that this thread has used, each at the place of its address. Not used in explorations, where threads take turns.
    static SEEN: [Cell<Seen>; KEPT] =
        const { [const { Cell::new(Seen { address: 0, generation: 0, id: 0 }) }; KEPT] };
}

/// The id of the atomic at this address, 0 if it is not followed.
#[inline]
#[track_caller]
pub(crate) fn atomic(address: usize, kind: u32, detail: u64) -> u32 {
    if explores() {
        return first_seen(address, kind, detail);
    }
    let place = (address >> 3) % KEPT;
    let seen = SEEN.try_with(|seen| seen[place].get());
    match seen {
        Ok(seen) if seen.address == address && seen.generation == generation() => seen.id,
        Ok(_) => {
            let id = first_seen(address, kind, detail);
            let _ = SEEN.try_with(|seen| seen[place].set(Seen { address, generation: generation(), id }));
            id
        }
        Err(_) => first_seen(address, kind, detail),
    }
}

#[track_caller]
fn first_seen(address: usize, kind: u32, detail: u64) -> u32 {
    let place = Location::caller();
    let object = StdObject {
        kind,
        position: at(place.file(), place.line()),
        column: place.column(),
        is_made_there: 0,
        detail,
        address: address as u64,
        size: 0,
        before: 0,
        element: 0,
    };
    (host().std_object)(&object)
}
