//! The facts of the multiprocessing toolbox, each shown under every executor that it makes sense for.
//!
//! A fact is a few cells of a notebook and a check of what the record says about the last of them. `executor: each` in a
//! cell stands for all executors, `executor: both` for those with concurrency. All facts of a module share one notebook,
//! which the real program runs once. `book/src/semantics.md` lists the facts by the names that they have here.

mod support;

#[path = "conformance/facts.rs"]
#[macro_use]
mod facts;

#[path = "conformance/lock_family.rs"]
mod lock_family;
#[path = "conformance/message.rs"]
mod message;
#[path = "conformance/pool.rs"]
mod pool;
#[path = "conformance/queue.rs"]
mod queue;
#[path = "conformance/spawn.rs"]
mod spawn;
#[path = "conformance/value_array.rs"]
mod value_array;
