//! Where rustc's messages point to in the notebook, and their words in the author's terms.

use super::mirror::MIRRORED_ROOT;
use super::rustc::Span;
use super::source::{ROOT, cell_of_file};
use super::wording;
use crate::diagnostic::Place;
use crate::model::SourceMap;
use crate::notebook::Notebook;
use crate::plan::Plan;
use std::path::Path;

/// What is needed to translate a diagnostic.
#[derive(Debug, Clone, Copy)]
pub(super) struct Translator<'a> {
    pub notebook: &'a Notebook,
    pub plan: &'a Plan,
    /// The map of the crate that was compiled.
    pub map: &'a SourceMap,
}

impl Translator<'_> {
    /// The place of a span in the notebook; of a span inside a macro's expansion the innermost place that is the
    /// author's.
    pub(super) fn place(&self, span: &Span) -> Option<Place> {
        let own = cell_of_file(&span.file_name).and_then(|cell| {
            self.map.stretch(cell, (span.line_start, span.column_start), (span.line_end, span.column_end))
        });
        match own {
            Some((line, column, width)) => Some(self.at(line, column, width)),
            None => self.place(&span.expansion.as_ref()?.span),
        }
    }

    /// For a span in glue: the nearest of the author's text on its line, else the fence of the cell.
    pub(super) fn nearest(&self, span: &Span) -> Option<Place> {
        let Some(cell) = cell_of_file(&span.file_name) else {
            return self.nearest(&span.expansion.as_ref()?.span);
        };
        if let Some((line, column, width)) = self.map.nearest(cell, (span.line_start, span.column_start)) {
            return Some(self.at(line, column, width));
        }
        let fence = self.map.cells.get(cell)?.fence;
        let width = self.at(fence, 1, 1).text.chars().count() as u32;
        Some(self.at(fence, 1, width))
    }

    /// The place of a span in a file that the author's code includes, which is called as it is from the notebook's directory.
    pub(super) fn included(&self, span: &Span) -> Option<Place> {
        let file = Path::new(&span.file_name);
        let is_ours = ["nbrun", "nbrun_std", ROOT, MIRRORED_ROOT].iter().any(|ours| file.starts_with(ours));
        let is_beside = file.is_relative() && !is_ours;
        let is_beside = is_beside && cell_of_file(&span.file_name).is_none();
        let text = span.text.first().filter(|_| is_beside)?.text.clone();
        let ends_there = span.line_end == span.line_start;
        let width = if ends_there { span.column_end.saturating_sub(span.column_start).max(1) } else { 1 };
        let dir = Path::new(&self.notebook.file).parent().unwrap_or(Path::new(""));
        let file = dir.join(file).to_string_lossy().into_owned();
        Some(Place { file, line: span.line_start, column: span.column_start, width, text })
    }

    fn at(&self, line: u32, column: u32, width: u32) -> Place {
        Place::in_source(&self.notebook.file, &self.notebook.text, line, column, width)
    }

    pub(super) fn tidy(&self, text: &str) -> String {
        wording::tidy(text, self.plan)
    }
}
