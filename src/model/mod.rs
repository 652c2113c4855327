//! What all stages speak of, as plain data: what a worker does, and what happened in a run.

mod event;
mod op;

pub use event::Event;
pub use op::Op;
