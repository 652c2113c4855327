//! What all stages speak of, as plain data: what workers share, what they do to it, and what happened in a run.

pub mod causality;
mod event;
mod exit_status;
mod finding;
mod op;
#[path = "../prelude/position.rs"]
pub mod packed;
mod position;
mod resource;
mod scalar;
mod source_map;
mod wait_condition;

pub use event::Event;
pub use exit_status::ExitStatus;
pub use finding::{Anchor, Finding, Remark};
pub use op::Op;
pub use position::Position;
pub use resource::{LockKind, Shape};
pub use scalar::{Scalar, ScalarType};
pub use source_map::{CellMap, Segment, SourceMap};
pub use wait_condition::WaitCondition;
