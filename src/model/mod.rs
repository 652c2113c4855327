//! What all stages speak of, as plain data: what workers share, what they do to it, and what happened in a run.

mod action;
mod axis_kind;
pub mod causality;
mod content;
mod effect;
mod event;
mod executor;
mod exit_status;
mod finding;
mod memory_ordering;
mod numbered;
mod operation;
#[path = "../prelude/position.rs"]
pub mod packed;
mod position;
mod resource;
mod reveal;
mod scalar;
mod schedule;
#[cfg(test)]
pub mod schema;
mod sides;
mod skip_reason;
mod source_map;
mod step_call;
mod sync_error;
mod unseen;
mod wait_condition;

pub use action::{Action, ActionKind, TaskOutcome};
pub use axis_kind::AxisKind;
pub use content::Content;
pub use effect::{Effect, Span, Token};
pub use event::Event;
pub use executor::{Executor, StartMethod};
pub use exit_status::ExitStatus;
pub use finding::{Anchor, Finding, Remark};
pub use memory_ordering::MemoryOrdering;
pub use numbered::Numbered;
pub use operation::Operation;
pub use position::{Position, Spot};
pub use resource::{LockKind, Resource, ResourceKind, StdKind};
pub use reveal::Reveal;
pub use scalar::{Scalar, ScalarType};
pub use schedule::{MAX_FOLLOWED, Sampling, parse_schedule, schedule_text};
pub use sides::Sides;
pub use skip_reason::SkipReason;
pub use source_map::{CellMap, Segment, SourceMap};
pub use step_call::{CallResult, StepCall};
pub use sync_error::SyncError;
pub use unseen::Unseen;
pub use wait_condition::WaitCondition;
