//! The command line: the one place that reads arguments, prints, and touches the files of an author.

pub mod args;
mod bounds;
mod closed;
pub mod exit;
pub mod images;
mod input;
pub mod links;
pub mod output;
pub mod progress;
mod provenance;
mod replay;
pub mod report;
mod run;
mod temporary;

pub use run::run;
