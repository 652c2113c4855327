//! What a notebook's jobs can call. It has no dependency, and nothing in it needs `unsafe` of its caller.
//!
//! nbrun compiles this crate once for each toolchain and links every notebook's library against it. Everything here
//! reaches the world through the table of [`abi::Host`].

pub mod abi;
mod array;
mod board;
mod compared;
pub mod entry;
mod host;
mod look_again;
mod message;
mod outbox;
mod pool;
mod position;
mod print;
mod queue;
mod returned;
mod scalar;
mod starmap;
mod sync;
mod time;
mod value;
mod worker;

pub use array::Array;
pub use message::Message;
#[doc(hidden)]
pub use message::{largest as __largest, sum as __sum};
pub use nbrun_derive::Message;
#[doc(hidden)]
pub use print::{__debug, __debug_here, __print};
pub use queue::{Queue, QueueError};
pub use scalar::Scalar;
pub use sync::{Barrier, BarrierError, BoundedSemaphore, Condition, Event, Guard, Lock, RLock, RwLock, Semaphore};
pub use time::{Seconds, sleep};
pub use value::Value;
pub use worker::{Worker, exit, worker};

/// What the mirror of `std` uses beside the table.
#[doc(hidden)]
pub mod seam {
    pub use crate::entry::is_inside;
    pub use crate::host::{checked, host};
    pub use crate::look_again::look_again;
    pub use crate::position::at;
    pub use crate::print::written;
}

/// The names that every cell sees.
pub mod prelude {
    pub use crate::{
        Array, Barrier, BarrierError, BoundedSemaphore, Condition, Event, Guard, Lock, Message, Queue, QueueError,
        RLock, RwLock, Semaphore, Value, Worker, exit, sleep, worker,
    };
}
