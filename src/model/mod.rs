//! What all stages speak of, as plain data: what workers share, what they do to it, and what happened in a run.

pub mod causality;
mod event;
mod exit_status;
mod op;
mod resource;
mod scalar;
mod wait_condition;

pub use event::Event;
pub use exit_status::ExitStatus;
pub use op::Op;
pub use resource::{LockKind, Shape};
pub use scalar::{Scalar, ScalarType};
pub use wait_condition::WaitCondition;
