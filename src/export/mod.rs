//! A notebook and its record in forms that other tools read. Pure.
//!
//! - Chrome's trace events, which Perfetto and `chrome://tracing` show: `trace` makes the events of each run, `flow` finds what led to
//!   what (put to get, release to acquire, spawn to first step, exit to join), and `event` is one trace event.
//! - `markdown`, `jupyter` and `chapter` make markdown, Jupyter notebooks, and chapters of an mdBook. `text` is what came out of a cell in plain text.

pub mod chapter;
mod event;
mod flow;
pub mod jupyter;
pub mod markdown;
pub mod text;
mod trace;

#[cfg(test)]
pub(crate) mod tests;

use crate::diagnostic::Diagnostic;
use crate::notebook::Notebook;
use crate::record::Record;
use event::TraceEvent;
use serde::Serialize;

/// The whole file: the format's object form.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    trace_events: Vec<TraceEvent>,
    display_time_unit: &'static str,
    other_data: About<'a>,
}

/// Where a trace comes from.
#[derive(Serialize)]
struct About<'a> {
    notebook: &'a str,
    nbrun: &'a str,
    rustc: &'a str,
    os: &'a str,
    cores: u32,
    started: &'a str,
}

/// The runs of a record as Chrome trace events, in JSON. Each run is a process there, one behind the other in time, and each
/// of its workers a thread.
///
/// # Errors
/// If a value cannot be written as JSON, which would be a bug.
pub fn chrome_trace(notebook: &Notebook, record: &Record) -> Result<String, Diagnostic> {
    let from = &record.provenance;
    let file = File {
        trace_events: trace::events(notebook, record),
        display_time_unit: "ns",
        other_data: About {
            notebook: &notebook.file,
            nbrun: &from.nbrun,
            rustc: &from.rustc,
            os: &from.os,
            cores: from.cores,
            started: &from.started,
        },
    };
    serde_json::to_string(&file).map_err(|error| Diagnostic::new(format!("the trace cannot be written: {error}")))
}
