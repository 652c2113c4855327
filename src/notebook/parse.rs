//! Finds a notebook's cells.

use super::Notebook;
use crate::diagnostic::Diagnostic;

/// Reads a notebook from its text.
///
/// # Errors
/// Everything that is wrong with the front matter and the fences' info strings, at once.
pub fn parse(_file: &str, _text: String) -> Result<Notebook, Vec<Diagnostic>> {
    Err(Vec::new())
}
