//! The lines of the notebook whose library this process has loaded: what a library says of places is about cells.

use crate::model::{Position, SourceMap};
use std::sync::OnceLock;

static MAP: OnceLock<SourceMap> = OnceLock::new();

/// Makes `map` this process's own, for good, and that of its forks. A process loads one library.
pub fn install(map: SourceMap) -> &'static SourceMap {
    MAP.get_or_init(|| map)
}

/// The map that this process has.
pub fn map() -> Option<&'static SourceMap> {
    MAP.get()
}

/// The notebook's line of a position as the library says it; 0 where there is none.
pub fn line(position: u32) -> u32 {
    MAP.get().zip(Position::from_packed(position)).map_or(0, |(map, position)| map.line(position))
}

/// The notebook's line and column of a place as the library says it.
pub fn place(position: u32, column: u32) -> Option<(u32, u32)> {
    Some(MAP.get()?.place(Position::from_packed(position)?, column))
}

/// A place as a person reads it.
pub(super) fn shown(position: u32, column: u32) -> String {
    let (line, column) = place(position, column).unwrap_or((0, column));
    format!("{}:{line}:{column}", MAP.get().map_or("?", |map| map.notebook.as_str()))
}
