//! `std::thread`.

pub use ::std::thread::*;

mod builder;
mod current;
mod fibers;
mod handle;
mod id;
mod local;
mod packet;
mod pause;
mod scope;
mod start;

pub use builder::Builder;
pub use current::{Thread, current};
pub use handle::{JoinHandle, spawn};
pub use id::ThreadId;
pub use local::{AccessError, LocalKey};
pub use pause::{park, park_timeout, sleep, yield_now};
#[allow(deprecated, reason = "std still has them")]
pub use pause::{park_timeout_ms, sleep_ms};
pub use scope::{Scope, ScopedJoinHandle, scope};
