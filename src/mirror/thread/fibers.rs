//! What the threads of an exploration have of their own: who they are, and their thread-local variables. All of them take turns on one
//! real thread, so that its own variables cannot keep that. Where real threads follow a schedule, it is kept in the same way.

use super::current::Known;
use ::std::any::Any;
use ::std::collections::BTreeMap;
use ::std::sync::{Mutex, MutexGuard, PoisonError};

/// The threads, by their workers' numbers. Never locked while a step is taken.
static FIBERS: Mutex<BTreeMap<u32, Fiber>> = Mutex::new(BTreeMap::new());

#[derive(Default)]
struct Fiber {
    known: Option<Known>,
    /// Its thread-local variables in the order in which they were made, each with the address of its key.
    locals: Vec<(usize, Local)>,
}

/// A thread-local variable.
enum Local {
    Lives(Value),
    Destroyed,
}

/// The value of a thread-local variable, which stays where it is in memory.
struct Value(Box<dyn Any>);

// SAFETY: a value is made, used and dropped by the thread that it belongs to: to the system all threads of an exploration are one, and in a
// run that follows a schedule each finds its own by its worker's number.
unsafe impl Send for Value {}

/// What was found of a thread-local variable.
pub(super) enum Found<T> {
    Lives(*const T),
    Destroyed,
    Nothing,
}

fn fibers() -> MutexGuard<'static, BTreeMap<u32, Fiber>> {
    FIBERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A thread begins.
pub(super) fn begin(known: Known) {
    let fiber = Fiber { known: Some(known.clone()), locals: Vec::new() };
    fibers().insert(known.worker, fiber);
}

/// Who a worker is; one that is no thread of the mirror is what `foreign` says.
pub(super) fn known(worker: u32, foreign: impl FnOnce() -> Known) -> Known {
    fibers().entry(worker).or_default().known.get_or_insert_with(foreign).clone()
}

/// The variable of a worker behind a key.
pub(super) fn find<T: 'static>(worker: u32, key: usize) -> Found<T> {
    let mut fibers = fibers();
    let local = fibers.entry(worker).or_default().locals.iter().find(|(other, _)| *other == key);
    match local {
        None => Found::Nothing,
        Some((_, Local::Destroyed)) => Found::Destroyed,
        Some((_, Local::Lives(Value(value)))) => {
            value.downcast_ref::<T>().map_or(Found::Nothing, |value| Found::Lives(value))
        }
    }
}

/// Gives a worker a variable, and returns where it lies. The one that it replaces, if any, is dropped.
pub(super) fn put<T: 'static>(worker: u32, key: usize, value: T) -> *const T {
    let value = Box::new(value);
    let at = &raw const *value;
    let before = {
        let mut fibers = fibers();
        let locals = &mut fibers.entry(worker).or_default().locals;
        let before = locals.iter().position(|(other, _)| *other == key).map(|at| locals.remove(at));
        locals.push((key, Local::Lives(Value(value))));
        before
    };
    drop(before);
    at
}

/// A thread ends: its variables are dropped, the last first, with those that are made meanwhile.
pub(super) fn end(worker: u32) {
    let last = || {
        let mut fibers = fibers();
        let locals = &mut fibers.entry(worker).or_default().locals;
        let (_, local) = locals.iter_mut().rfind(|(_, local)| matches!(local, Local::Lives(_)))?;
        Some(::std::mem::replace(local, Local::Destroyed))
    };
    while let Some(local) = last() {
        drop(local);
    }
    drop(fibers().remove(&worker));
}
