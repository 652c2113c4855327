//! nbrun reads a lesson in markdown, compiles the Rust jobs in it, runs its job specs on real processes and real threads,
//! and writes one HTML page with every output inline.
//!
//! The nouns that all stages share stand in [`model`]. Data flows one way:
//!
//! 1. [`notebook`]: text to cells with byte and line positions.
//! 2. [`plan`]: YAML specs to a typed, validated plan.
//! 3. [`compile`]: the Rust cells and the specs' expressions to one dynamic library.
//! 4. [`kernel`]: a child process that runs the plan's workers on the [`executor`]s over [`shared`] memory.
//! 5. [`record`]: everything that happened, as plain data, which names nothing of what makes it.
//! 6. [`render`]: notebook and record to a page; beside it [`export`], to a trace for other tools.
//! 7. [`site`]: the pages of many notebooks to one site.
//!
//! [`cli`] calls them in this order, and alone reads arguments, prints, and touches output files.

#[path = "prelude/abi.rs"]
pub mod abi;
pub mod cli;
pub mod compile;
pub mod diagnostic;
pub mod executor;
pub mod explore;
pub mod export;
pub mod host;
pub mod kernel;
pub mod model;
pub mod notebook;
pub mod plan;
pub mod record;
pub mod render;
pub mod sandbox;
pub mod serve;
pub mod shared;
pub mod site;
