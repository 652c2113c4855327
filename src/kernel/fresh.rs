//! Fresh processes, seen from the kernel: the letter that it writes for them, and how they take it up.

use super::library::Library;
use crate::compile::symbol;
use crate::executor::context::Context;
use crate::executor::context::Fresh;
use crate::executor::fresh::{arrive, live};
use crate::executor::replay::host_of;
use crate::host::lines;
use crate::model::SourceMap;
use crate::shared::mapping::Mapping;
use std::convert::Infallible;
use std::path::{Path, PathBuf};

/// Writes down what a fresh process must know to become any worker of `cell`: where its code is, and where in the shared
/// memory everything lies.
///
/// # Errors
/// If there is no room for it, or no descriptor.
pub fn write(mapping: &Mapping, library: &Path, cell: usize, context: &Context) -> Result<Fresh, String> {
    let failed = |why: String| format!("fresh processes cannot be prepared: {why}");
    let bytes =
        postcard::to_stdvec(&(library, cell, lines::map(), context)).map_err(|error| failed(error.to_string()))?;
    let bootstrap = mapping.run.bytes(bytes.len(), 1).ok_or_else(|| failed("no shared memory is left".to_owned()))?;
    bootstrap.write(0, &bytes);
    let memory = mapping.file.try_clone().map_err(|error| failed(error.to_string()))?;
    Ok(Fresh { memory, address: mapping.address, bootstrap })
}

/// Becomes the worker that the arguments behind [`ARGUMENT`](crate::executor::fresh::ARGUMENT) name.
///
/// # Errors
/// Why it cannot, where it has no other way to say it.
pub fn become_worker(arguments: impl Iterator<Item = String>) -> Result<Infallible, String> {
    let (worker, bootstrap) = arrive(arguments)?;
    let read = bootstrap.read(0, bootstrap.len(), |bytes| postcard::from_bytes(bytes));
    let (library, cell, map, context): (PathBuf, usize, Option<SourceMap>, Context) =
        read.map_err(|error| format!("the bootstrap cannot be read: {error}"))?;
    map.map(lines::install);
    // Workers are numbered from 1 in the order of the jobs.
    let job = symbol::job(cell, (worker as usize).saturating_sub(1));
    let host = host_of(&context.run);
    live(worker, context, || Library::load(&library, host)?.entry(&job))
}
