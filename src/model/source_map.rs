//! From positions in the generated crate back to positions in the notebook.

use super::Position;
use serde::{Deserialize, Serialize};

/// Where each piece of the author's text in the generated crate stands in the notebook. Each cell has a source file of its
/// own there, in which its code begins on the first line. All lines and columns count from 1, columns in characters, as
/// rustc's diagnostics and [`std::panic::Location`] give them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SourceMap {
    /// The notebook's path as the user gave it.
    pub notebook: String,
    /// The cells, by their indices in the notebook.
    pub cells: Vec<CellMap>,
}

/// Where the text of a cell stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CellMap {
    /// The notebook's line of its opening fence: line 1 of its code is the next one.
    pub fence: u32,
    /// Its pieces, by position in its source file; they do not overlap. A cell that is left out has none.
    pub segments: Vec<Segment>,
}

/// A piece of one line of the author's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Its line in the source file.
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
    /// The pieces of a cell.
    fn segments(&self, cell: usize) -> &[Segment] {
        self.cells.get(cell).map_or(&[], |cell| &cell.segments)
    }

    /// The notebook's line and column of a position in the source file of a cell; `None` where no text of the author stands.
    /// The position just behind a piece belongs to it, for that is where rustc points when something is missing.
    pub fn to_notebook(&self, cell: usize, (line, column): (u32, u32)) -> Option<(u32, u32)> {
        let segments = self.segments(cell);
        let behind = segments.partition_point(|segment| (segment.line, segment.column) <= (line, column));
        let segment = segments[..behind].last()?;
        let offset = column - segment.column.min(column);
        (segment.line == line && offset <= segment.width).then(|| (segment.to_line, segment.to_column + offset))
    }

    /// The notebook's line, column and width of the first of the author's characters between two positions in the source
    /// file of a cell (the second is exclusive); the width reaches as far as pieces follow each other without a gap.
    pub fn stretch(&self, cell: usize, from: (u32, u32), to: (u32, u32)) -> Option<(u32, u32, u32)> {
        let segments = self.segments(cell);
        if let Some((line, column)) = self.to_notebook(cell, from) {
            let first = segments.iter().rposition(|s| (s.line, s.column) <= from)?;
            let meant = if to.0 == from.0 { to.1.saturating_sub(from.1) } else { u32::MAX };
            let end = end(&segments[first..], from.1.saturating_add(meant));
            // A span that begins just behind a piece and goes on is about what follows.
            if end > column || meant <= 1 {
                return Some((line, column, end.saturating_sub(column).max(1)));
            }
        }
        let inside = segments.iter().position(|s| (s.line, s.column) >= from && (s.line, s.column) < to)?;
        let piece = segments[inside];
        let meant = if to.0 == piece.line { to.1 } else { u32::MAX };
        let width = end(&segments[inside..], meant).saturating_sub(piece.to_column);
        Some((piece.to_line, piece.to_column, width.max(1)))
    }

    /// The piece on a line of a cell's source file that is nearest to a column of it, as notebook line, column and width.
    pub fn nearest(&self, cell: usize, (line, column): (u32, u32)) -> Option<(u32, u32, u32)> {
        let distance = |s: &Segment| (s.column.saturating_sub(column)).max(column.saturating_sub(s.column + s.width));
        let nearest = self.segments(cell).iter().filter(|s| s.line == line).min_by_key(|s| distance(s))?;
        Some((nearest.to_line, nearest.to_column, nearest.width.max(1)))
    }

    /// The notebook's line of a position; 0 for a cell that there is not.
    pub fn line(&self, position: Position) -> u32 {
        self.cells.get(position.cell() as usize).map_or(0, |cell| cell.fence.saturating_add(position.line()))
    }

    /// The notebook's line and column of a place in a cell's source file, such as one where it panicked. A place in generated
    /// code is about the author's text that follows on its line.
    pub fn place(&self, position: Position, column: u32) -> (u32, u32) {
        let (cell, line) = (position.cell() as usize, position.line());
        let behind = || self.stretch(cell, (line, column), (line + 1, 1)).map(|(line, column, _)| (line, column));
        self.to_notebook(cell, (line, column)).or_else(behind).unwrap_or((self.line(position), column))
    }
}

/// The notebook's column that `column` is, which is behind the character before it, as far as the pieces from the first on follow each other.
fn end(pieces: &[Segment], column: u32) -> u32 {
    let end = |s: &Segment| s.column + s.width;
    let follows =
        |one: &Segment, next: &Segment| (next.line, next.to_line, next.column) == (one.line, one.to_line, end(one));
    let more = pieces.windows(2).take_while(|pair| follows(&pair[0], &pair[1]) && end(&pair[0]) <= column).count();
    pieces.get(more).map_or(1, |last| last.to_column + column.min(end(last)).saturating_sub(last.column))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> SourceMap {
        let segment = |line, column, width, to_line, to_column| Segment { line, column, width, to_line, to_column };
        let segments = vec![segment(3, 1, 4, 13, 5), segment(7, 10, 5, 17, 11), segment(7, 20, 3, 18, 2)];
        let cells = vec![CellMap::default(), CellMap { fence: 10, segments }];
        SourceMap { notebook: "a.md".into(), cells }
    }

    #[test]
    fn a_position_inside_a_piece_or_just_behind_it_is_found() {
        assert_eq!(map().to_notebook(1, (3, 1)), Some((13, 5)));
        assert_eq!(map().to_notebook(1, (3, 5)), Some((13, 9)));
        assert_eq!(map().to_notebook(1, (7, 21)), Some((18, 3)));
    }

    #[test]
    fn a_position_in_glue_is_nobodys() {
        for (line, column) in [(1, 1), (3, 6), (7, 9), (7, 17), (9, 1)] {
            assert_eq!(map().to_notebook(1, (line, column)), None, "{line}:{column}");
        }
        assert_eq!(map().to_notebook(0, (3, 1)), None);
        assert_eq!(map().to_notebook(2, (3, 1)), None);
    }

    #[test]
    fn a_span_that_reaches_over_glue_is_cut_to_the_authors_text() {
        assert_eq!(map().stretch(1, (7, 1), (7, 40)), Some((17, 11, 5)));
        assert_eq!(map().stretch(1, (7, 12), (7, 14)), Some((17, 13, 2)));
        assert_eq!(map().stretch(1, (7, 15), (7, 40)), Some((18, 2, 3)));
        assert_eq!(map().stretch(1, (3, 2), (7, 12)), Some((13, 6, 3)));
        assert_eq!(map().stretch(1, (4, 1), (7, 12)), Some((17, 11, 2)));
        assert_eq!(map().stretch(1, (9, 1), (9, 4)), None);
    }

    #[test]
    fn a_span_over_pieces_without_a_gap_is_as_wide_as_in_the_notebook() {
        let segment = |column, width, to_column| Segment { line: 1, column, width, to_line: 2, to_column };
        let segments = vec![segment(1, 3, 5), segment(4, 1, 9), segment(5, 2, 12), segment(9, 2, 20)];
        let map = SourceMap { notebook: "a.md".into(), cells: vec![CellMap { fence: 1, segments }] };
        assert_eq!(map.stretch(0, (1, 3), (1, 6)), Some((2, 7, 6)));
        assert_eq!(map.stretch(0, (1, 1), (1, 4)), Some((2, 5, 4)), "the last character is written in two");
        assert_eq!(map.stretch(0, (1, 5), (1, 11)), Some((2, 12, 2)));
        assert_eq!(map.stretch(0, (1, 8), (1, 11)), Some((2, 20, 2)));
    }

    #[test]
    fn glue_belongs_to_the_nearest_piece_of_its_line() {
        assert_eq!(map().nearest(1, (7, 1)), Some((17, 11, 5)));
        assert_eq!(map().nearest(1, (7, 30)), Some((18, 2, 3)));
        assert_eq!(map().nearest(1, (6, 1)), None);
    }

    #[test]
    fn a_place_in_glue_is_that_of_the_text_that_follows_or_else_of_the_line() {
        let at = |line, column| map().place(Position::new(1, line).expect("a position"), column);
        assert_eq!([at(7, 11), at(7, 1), at(8, 3)], [(17, 12), (17, 11), (18, 3)]);
    }
}
