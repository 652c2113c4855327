//! Which process this is, as far as it can be told without asking the system: each child of a fork is one generation further on than
//! its parent. What is known about an object holds for one generation.

use ::std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// That of this process, from 1.
static GENERATION: AtomicU32 = AtomicU32::new(1);

unsafe extern "C" {
    fn pthread_atfork(
        prepare: Option<extern "C" fn()>,
        parent: Option<extern "C" fn()>,
        child: Option<extern "C" fn()>,
    ) -> i32;
}

extern "C" fn is_child() {
    GENERATION.fetch_add(1, Relaxed);
}

/// Lets every child of a fork know that it is one.
pub(crate) fn watch_forks() {
    // SAFETY: the function has this signature in every C library that Rust's std runs on; what is registered may be called in a
    // child between `fork` and everything else, and only adds to a number.
    unsafe { pthread_atfork(None, None, Some(is_child)) };
}

/// That of this process.
#[inline]
pub(crate) fn generation() -> u32 {
    GENERATION.load(Relaxed)
}
