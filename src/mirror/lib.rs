//! The mirror of `std`: what a notebook's jobs use under this name. It is `std`, and of its own are the threads, the objects that
//! threads share, and what they print to: each does what `std`'s does and tells nbrun of it.
//!
//! nbrun compiles this crate once for each toolchain. The root of a notebook's library says `extern crate nbrun_std as std`, so that
//! every `std::…` below it means what is here. Names that are given here hide those of the same name in `std`.

pub use ::std::*;
pub use nbrun::{dbg, eprint, eprintln, print, println};

/// What a notebook's root uses to tell the elements of lists which they are.
#[doc(hidden)]
pub mod element;
pub mod hint;
pub mod io;
mod seam;
pub mod sync;
pub mod thread;
pub mod time;

/// What the macros of this crate use.
#[doc(hidden)]
pub mod __real {
    pub use ::std::thread_local;
}

/// Connects the mirror, once, when the library is connected.
#[doc(hidden)]
pub fn __attach() {
    seam::generation::watch_forks();
}
