//! Solutions that their author does not fold: the page does, from the first cell of each to its last.

use super::options::RenderContext;
use crate::notebook::{Notebook, Solution, solutions};
use std::collections::HashSet;

/// Where what is folded begins and ends.
#[derive(Debug, Default)]
pub struct Folds {
    /// The cells, by index, before which it begins.
    first: HashSet<usize>,
    /// Those behind which it ends.
    last: HashSet<usize>,
    opening: String,
}

impl Folds {
    /// Those of a notebook on a page with these words. HTML of who is not `trusted` folds nothing across its cells.
    pub fn new(notebook: &Notebook, trusted: bool, context: RenderContext) -> Self {
        let (mut first, mut last) = (HashSet::new(), HashSet::new());
        let is_ours = |part: &Solution| !part.is_folded || !trusted;
        for part in solutions(notebook).into_iter().filter(|part| is_ours(part) && !part.cells.is_empty()) {
            first.insert(part.cells.start);
            last.insert(part.cells.end - 1);
        }
        let (lang, word) = (context.lang, context.words.solution());
        Self { first, last, opening: format!("<details class=\"solution\"><summary{lang}>{word}</summary>\n") }
    }

    /// What stands before a cell.
    pub fn before(&self, cell: usize) -> &str {
        if self.first.contains(&cell) { &self.opening } else { "" }
    }

    /// What stands behind it.
    pub fn behind(&self, cell: usize) -> &'static str {
        if self.last.contains(&cell) { "</details>\n" } else { "" }
    }
}
