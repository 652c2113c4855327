//! What all stages speak of, as plain data: what workers share, what they do to it, and what happened in a run.

mod action;
pub mod causality;
mod event;
mod exit_status;
mod finding;
mod operation;
#[path = "../prelude/position.rs"]
pub mod packed;
mod position;
mod resource;
mod scalar;
mod skip_reason;
mod source_map;
mod step_call;
mod sync_error;
mod wait_condition;

pub use action::{Action, ActionKind, TaskOutcome};
pub use event::Event;
pub use exit_status::ExitStatus;
pub use finding::{Anchor, Finding, Remark};
pub use operation::Operation;
pub use position::{Position, Spot};
pub use resource::{LockKind, Shape};
pub use scalar::{Scalar, ScalarType};
pub use skip_reason::SkipReason;
pub use source_map::{CellMap, Segment, SourceMap};
pub use step_call::{CallResult, StepCall};
pub use sync_error::SyncError;
pub use wait_condition::WaitCondition;
