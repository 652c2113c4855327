//! From positions in the generated crate back to positions in the notebook.

use serde::{Deserialize, Serialize};

/// Where each piece of the author's text in the generated crate stands in the notebook. All lines and columns count
/// from 1, columns in characters, as rustc's diagnostics and [`std::panic::Location`] give them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SourceMap {
    /// The file that rustc's diagnostics and `Location::file()` name for the notebook's code. It is the notebook's path
    /// as the user gave it, save that rustc cannot be told of a path with `=` in it, which becomes `_`.
    pub file: String,
    /// The pieces, by position in the generated crate; they do not overlap.
    pub segments: Vec<Segment>,
}

/// A piece of one line of the author's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Its line in the generated crate.
    pub line: u32,
    /// The column of its first character there.
    pub column: u32,
    /// How many characters it has.
    pub width: u32,
    /// Its line in the notebook.
    pub to_line: u32,
    /// The column of its first character there.
    pub to_column: u32,
}

impl SourceMap {
    /// The notebook's line and column of a position in the generated crate; `None` where no text of the author stands.
    /// The position just behind a piece belongs to it, for that is where rustc points when something is missing.
    pub fn to_notebook(&self, line: u32, column: u32) -> Option<(u32, u32)> {
        let behind = self.segments.partition_point(|segment| (segment.line, segment.column) <= (line, column));
        let segment = self.segments[..behind].last()?;
        let offset = column - segment.column.min(column);
        (segment.line == line && offset <= segment.width).then(|| (segment.to_line, segment.to_column + offset))
    }

    /// The notebook's line, column and width of the first of the author's characters between two positions in the
    /// generated crate (the second is exclusive); the width reaches to the end of that piece at most.
    pub fn stretch(&self, from: (u32, u32), to: (u32, u32)) -> Option<(u32, u32, u32)> {
        if let Some((line, column)) = self.to_notebook(from.0, from.1) {
            let segment = self.segments.iter().rfind(|s| (s.line, s.column) <= from)?;
            let left = (segment.column + segment.width).saturating_sub(from.1);
            let meant = if to.0 == from.0 { to.1.saturating_sub(from.1) } else { u32::MAX };
            // A span that begins just behind a piece and goes on is about what follows.
            if left > 0 || meant <= 1 {
                return Some((line, column, meant.min(left).max(1)));
            }
        }
        let inside = self.segments.iter().find(|s| (s.line, s.column) >= from && (s.line, s.column) < to)?;
        let meant = if to.0 == inside.line { to.1 - inside.column } else { u32::MAX };
        Some((inside.to_line, inside.to_column, meant.min(inside.width).max(1)))
    }

    /// The piece on a generated line that is nearest to a column of it, as notebook line, column and width.
    pub fn nearest(&self, line: u32, column: u32) -> Option<(u32, u32, u32)> {
        let distance = |s: &Segment| (s.column.saturating_sub(column)).max(column.saturating_sub(s.column + s.width));
        let nearest = self.segments.iter().filter(|s| s.line == line).min_by_key(|s| distance(s))?;
        Some((nearest.to_line, nearest.to_column, nearest.width.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> SourceMap {
        let segment = |line, column, width, to_line, to_column| Segment { line, column, width, to_line, to_column };
        let segments = vec![segment(3, 1, 4, 3, 5), segment(7, 10, 5, 7, 11), segment(7, 20, 3, 8, 2)];
        SourceMap { file: "a.md".into(), segments }
    }

    #[test]
    fn a_position_inside_a_piece_or_just_behind_it_is_found() {
        assert_eq!(map().to_notebook(3, 1), Some((3, 5)));
        assert_eq!(map().to_notebook(3, 5), Some((3, 9)));
        assert_eq!(map().to_notebook(7, 21), Some((8, 3)));
    }

    #[test]
    fn a_position_in_glue_is_nobodys() {
        for (line, column) in [(1, 1), (3, 6), (7, 9), (7, 17), (9, 1)] {
            assert_eq!(map().to_notebook(line, column), None, "{line}:{column}");
        }
    }

    #[test]
    fn a_span_that_reaches_over_glue_is_cut_to_the_authors_text() {
        assert_eq!(map().stretch((7, 1), (7, 40)), Some((7, 11, 5)));
        assert_eq!(map().stretch((7, 12), (7, 14)), Some((7, 13, 2)));
        assert_eq!(map().stretch((7, 15), (7, 40)), Some((8, 2, 3)));
        assert_eq!(map().stretch((3, 2), (7, 12)), Some((3, 6, 3)));
        assert_eq!(map().stretch((4, 1), (7, 12)), Some((7, 11, 2)));
        assert_eq!(map().stretch((9, 1), (9, 4)), None);
    }

    #[test]
    fn glue_belongs_to_the_nearest_piece_of_its_line() {
        assert_eq!(map().nearest(7, 1), Some((7, 11, 5)));
        assert_eq!(map().nearest(7, 30), Some((8, 2, 3)));
        assert_eq!(map().nearest(6, 1), None);
    }
}
