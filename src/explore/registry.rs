//! What the library's code says between two steps of an execution: the objects and the threads that it makes, and what its last step read and
//! wrote. An exploration runs on one thread, whose variables hold that.

use super::hash::Map;
use crate::host::{FiberBody, StdCall, StdObject};
use std::cell::RefCell;

/// A thread that a worker starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// Who starts it, by number, and how many it has started before.
    pub path: (u32, u32),
    /// Its name, if it was given one.
    pub name: Option<String>,
    /// The line where it is started, as a number, and the column there.
    pub place: (u32, u32),
}

/// All of that.
#[derive(Default)]
struct Registry {
    /// Whether anything of `std` was used.
    used: bool,
    /// Whether steps of `std` can be taken.
    follows: bool,
    /// How many workers are no threads of others.
    roots: u32,
    /// Threads, by their number behind the roots. Those of all executions: a number means the same thread in each.
    threads: Vec<Thread>,
    /// Whether there were more than can be numbered.
    too_many: bool,
    /// The objects of this execution, by id from 1.
    objects: Vec<StdObject>,
    by_address: Map<u64, u32>,
    /// How many threads each worker has started in this execution.
    started: Map<u32, u32>,
    /// Threads that are to begin.
    bodies: Vec<(u32, FiberBody)>,
    /// What the last step read and wrote.
    bits: Option<[u64; 2]>,
    /// What is asked for.
    call: Option<StdCall>,
    /// The time of whoever runs.
    now: u64,
}

thread_local! {
    static REGISTRY: RefCell<Registry> = RefCell::default();
}

fn with<R>(body: impl FnOnce(&mut Registry) -> R) -> R {
    REGISTRY.with_borrow_mut(body)
}

/// Begins anew, for so many workers that are no threads of others; `follows` says whether steps of `std` can be taken.
pub fn set(follows: bool, roots: u32) {
    REGISTRY.set(Registry { follows, roots, ..Registry::default() });
}

/// Whether anything of `std` was used that only the exploration of a program can follow.
pub fn was_used() -> bool {
    with(|registry| registry.used && !registry.follows)
}

/// Takes note that something of `std` is used.
pub fn use_std() {
    with(|registry| registry.used = true);
}

/// Begins another execution.
pub fn begin() {
    with(|registry| {
        registry.objects.clear();
        registry.by_address.clear();
        registry.started.clear();
        registry.bodies.clear();
        (registry.bits, registry.call) = (None, None);
    });
}

/// The id of an object, which is new unless it is known by its address.
pub fn object(object: &StdObject) -> u32 {
    with(|registry| {
        registry.used = true;
        let known = object.address.and_then(|address| registry.by_address.get(&address).copied());
        // Another one may have come to lie where an atomic was, of which nobody says that it is gone.
        if let Some(known) = known.filter(|known| registry.objects[*known as usize - 1].kind == object.kind) {
            return known;
        }
        registry.objects.push(*object);
        let id = registry.objects.len() as u32;
        if let Some(address) = object.address {
            registry.by_address.insert(address, id);
        }
        id
    })
}

/// An object is gone: another one may come to lie where it was.
pub fn gone(object: u32) {
    with(|registry| registry.by_address.retain(|_, known| *known != object));
}

/// The objects from this number on.
pub fn objects_from(first: usize) -> Vec<StdObject> {
    with(|registry| registry.objects.get(first..).map(<[StdObject]>::to_vec).unwrap_or_default())
}

/// The number of a thread that `parent` starts; 0 if there are too many.
pub fn thread(parent: u32, name: Option<&str>, place: (u32, u32), most: usize) -> u32 {
    with(|registry| {
        registry.used = true;
        let nth = registry.started.entry(parent).or_default();
        let path = (parent, *nth);
        *nth += 1;
        let known = registry.threads.iter().position(|thread| thread.path == path);
        let place = known.unwrap_or_else(|| {
            registry.threads.push(Thread { path, name: name.map(str::to_owned), place });
            registry.threads.len() - 1
        });
        let number = registry.roots as usize + 1 + place;
        if number > most {
            registry.too_many = true;
            return 0;
        }
        number as u32
    })
}

/// Whether there were more threads than can be numbered.
pub fn had_too_many() -> bool {
    with(|registry| registry.too_many)
}

/// All threads that have been seen, in the order of their numbers.
pub fn threads() -> Vec<Thread> {
    with(|registry| registry.threads.clone())
}

/// How many there are.
pub fn thread_count() -> usize {
    with(|registry| registry.threads.len())
}

/// Who started a worker, if it is a thread.
pub fn parent(worker: u32) -> Option<u32> {
    with(|registry| {
        let place = worker.checked_sub(registry.roots + 1)?;
        registry.threads.get(place as usize).map(|thread| thread.path.0)
    })
}

/// Whether there is a worker of this number, or a thread.
pub fn is_worker(worker: u32) -> bool {
    with(|registry| (1..=registry.roots as usize + registry.threads.len()).contains(&(worker as usize)))
}

/// A thread is to begin; one that was given no number never does.
pub fn begins(worker: u32, body: FiberBody) {
    if is_worker(worker) {
        with(|registry| registry.bodies.push((worker, body)));
    }
}

/// The threads that are to begin.
pub fn take_bodies() -> Vec<(u32, FiberBody)> {
    with(|registry| std::mem::take(&mut registry.bodies))
}

/// The caller's last step read and wrote this.
pub fn set_bits(bits: [u64; 2]) {
    with(|registry| registry.bits = Some(bits));
}

/// What the last step read and wrote, if it said so.
pub fn take_bits() -> Option<[u64; 2]> {
    with(|registry| registry.bits.take())
}

/// The caller asks for this.
pub fn asks(call: &StdCall) {
    with(|registry| (registry.used, registry.call) = (true, Some(*call)));
}

/// What is asked for, if it is about `std`.
pub fn take_call() -> Option<StdCall> {
    with(|registry| registry.call.take())
}

/// Says what time it is for whoever runs next.
pub fn set_now(now: u64) {
    with(|registry| registry.now = now);
}

/// The time of whoever runs.
pub fn now() -> u64 {
    with(|registry| registry.now)
}
