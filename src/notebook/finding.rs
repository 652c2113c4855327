//! Diagnostics as they are kept, and as they are shown with the notebook at hand.

use super::{Cell, Notebook};
use crate::diagnostic::{Diagnostic, Note, Place};
use crate::model::{Anchor, Finding, Position, Remark, Spot};

impl Notebook {
    /// The place of the opening fence on a line, without what the containers around it put before it.
    pub fn fence(&self, line: u32) -> Place {
        let text = Place::in_source(&self.file, &self.text, line, 1, 1).text;
        let before = text.chars().take_while(|c| !matches!(c, '`' | '~')).count();
        let width = text.trim_end().chars().count().saturating_sub(before).max(1);
        Place::in_source(&self.file, &self.text, line, before as u32 + 1, width as u32)
    }

    /// A diagnostic as it is kept.
    pub fn finding(&self, diagnostic: &Diagnostic) -> Finding {
        let Diagnostic { severity, code, message, place, label, notes, others: _ } = diagnostic.clone();
        let remark = |note| match note {
            Note::Help(text) => Remark::Help(text),
            Note::Note(text) => Remark::Note(text),
            Note::Also(place, text) => Remark::Also(self.anchor(place), text),
            Note::Left(text) => Remark::Left(text),
            Note::Right(text) => Remark::Right(text),
        };
        let remarks = notes.into_iter().map(remark).collect();
        Finding { severity, code, message, anchor: place.map(|place| self.anchor(place)), label, remarks }
    }

    /// A diagnostic that was kept, with the lines that its cells have now.
    pub fn diagnostic(&self, finding: &Finding) -> Diagnostic {
        let Finding { severity, code, message, anchor, label, remarks } = finding.clone();
        let note = |remark| match remark {
            Remark::Help(text) => Note::Help(text),
            Remark::Note(text) => Note::Note(text),
            Remark::Also(anchor, text) => Note::Also(self.place(&anchor), text),
            Remark::Left(text) => Note::Left(text),
            Remark::Right(text) => Note::Right(text),
        };
        let notes = remarks.into_iter().map(note).collect();
        let place = anchor.map(|anchor| self.place(&anchor));
        Diagnostic { severity, code, message, place, label, notes, others: 0 }
    }

    /// The notebook's line of a position; 0 for a cell that there is not.
    pub fn line(&self, position: Position) -> u32 {
        self.cells.get(position.cell() as usize).map_or(0, |cell| cell.line.saturating_add(position.line()))
    }

    /// The lines on which its cells begin.
    pub fn cell_lines(&self) -> Vec<u32> {
        self.cells.iter().map(|cell| cell.line).collect()
    }

    /// Where a place is, seen from its cell.
    fn anchor(&self, place: Place) -> Anchor {
        let above = self.cells.partition_point(|cell| cell.line <= place.line);
        let cell = above.checked_sub(1).and_then(|last| self.cells.get(last)).filter(|_| place.file == self.file);
        let Some(cell) = cell else { return Anchor::Elsewhere(place) };
        let (number, line, width) = (cell.index as u32, place.line - cell.line, place.width);
        let column = |margin: u32| place.column.saturating_sub(margin).max(1);
        let Some(within) = line.checked_sub(1) else {
            return Anchor::Fence { cell: number, column: column(self.before_fence(cell)), width };
        };
        match cell.code.lines.get(within as usize).zip(Position::new(number, line)) {
            Some((at, position)) => Anchor::Code { spot: Spot { position, column: column(at.column - 1) }, width },
            None => Anchor::Elsewhere(place),
        }
    }

    /// Where an anchor is now.
    fn place(&self, anchor: &Anchor) -> Place {
        let at = |line, column, width| Place::in_source(&self.file, &self.text, line, column, width);
        match anchor {
            Anchor::Elsewhere(place) => place.clone(),
            Anchor::Fence { cell, column, width } => match self.cells.get(*cell as usize) {
                Some(cell) => at(cell.line, self.before_fence(cell).saturating_add(*column), *width),
                None => at(1, 1, 1),
            },
            Anchor::Code { spot, width } => self.spot_place(*spot, *width),
        }
    }

    /// The place of some characters of a cell's code.
    pub fn spot_place(&self, Spot { position, column }: Spot, width: u32) -> Place {
        let at = |line, column| Place::in_source(&self.file, &self.text, line, column, width);
        let cell = self.cells.get(position.cell() as usize);
        match cell.and_then(|cell| cell.code.lines.get(position.line() as usize - 1)) {
            Some(line) => at(line.line, (line.column - 1).saturating_add(column)),
            None => at(self.line(position).max(1), column),
        }
    }

    /// The place of all that stands on a line.
    pub fn line_place(&self, position: Position) -> Place {
        let mut place = self.spot_place(Spot { position, column: 1 }, 1);
        let before = place.column.saturating_sub(1) as usize;
        let text: String = place.text.chars().skip(before).collect();
        place.column += text.chars().take_while(|c| c.is_whitespace()).count() as u32;
        place.width = (text.trim().chars().count() as u32).max(1);
        place
    }

    /// The character of a cell's code that stands at a line and a column of the notebook, if there is one.
    pub fn spot(&self, line: u32, column: u32) -> Option<Spot> {
        match self.anchor(Place { file: self.file.clone(), line, column, width: 1, text: String::new() }) {
            Anchor::Code { spot, .. } => Some(spot),
            _ => None,
        }
    }

    /// How many characters stand before a cell's fence on its line.
    fn before_fence(&self, cell: &Cell) -> u32 {
        let line = Place::in_source(&self.file, &self.text, cell.line, 1, 1).text;
        line.chars().take_while(|c| !matches!(c, '`' | '~')).count() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn notebook(text: &str) -> Notebook {
        parse("a.md", text.to_owned()).unwrap_or_else(|errors| panic!("{}", errors[0]))
    }

    #[test]
    fn what_is_wrong_with_a_cell_moves_with_it() {
        let before = notebook("---\ntitle: A\n---\n```rust job\nfn a() {\n    b()\n}\n```\n");
        let after =
            notebook("# A\n\n> 1. In a list:\n>\n>    ~~~rust job\n>    fn a() {\n>        b()\n>    }\n>    ~~~\n");
        let at = |line, column, width| Place::in_source("a.md", &before.text, line, column, width);
        let mut error = Diagnostic::new("wrong").at(at(6, 5, 1)).label("here").help("write `c`");
        error.notes.push(Note::Also(at(4, 1, 11), "this cell".to_owned()));
        error.notes.push(Note::Also(at(2, 8, 1), "as titled".to_owned()));
        assert_eq!(before.diagnostic(&before.finding(&error)), error);
        let moved = after.diagnostic(&before.finding(&error));
        let shown = "a.md:7:10: error: wrong\n   |\n 7 | >        b()\n   |          ^ here\n";
        assert!(moved.to_string().starts_with(shown), "{moved}");
        let places: Vec<&Place> = moved
            .notes
            .iter()
            .filter_map(|note| if let Note::Also(place, _) = note { Some(place) } else { None })
            .collect();
        assert_eq!((places[0].line, places[0].column, places[0].width), (5, 6, 11));
        assert_eq!(places[1], &at(2, 8, 1), "what stands in no cell stays");
    }

    #[test]
    fn a_position_of_a_cell_that_there_is_not_is_harmless() {
        let notebook = notebook("```rust job\nfn a() {}\n```\n");
        let position = Position::new(7, 1).expect("a position");
        let anchor = Anchor::Code { spot: Spot { position, column: u32::MAX }, width: 1 };
        assert_eq!((notebook.line(position), notebook.place(&anchor).line), (0, 1));
    }
}
