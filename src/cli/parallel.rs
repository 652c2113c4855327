//! The same for many things, on all cores.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

/// What `make` gives for each number below `many`, in order.
pub fn parallel<T: Send>(many: usize, make: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(many)));
    let work = || {
        loop {
            let number = next.fetch_add(1, Relaxed);
            if number >= many {
                return;
            }
            let made = make(number);
            done.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push((number, made));
        }
    };
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    thread::scope(|scope| {
        for _ in 1..cores.min(many) {
            // Where the system has no thread left, the others do all of it.
            let _ = thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_made_once_and_in_order() {
        let expected: Vec<usize> = (0..1000).map(|number| number * 2).collect();
        assert_eq!(parallel(1000, |number| number * 2), expected);
        assert_eq!(parallel(0, |number| number), [0; 0]);
    }
}
