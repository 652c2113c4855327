//! A line as a terminal shows it in the end: a carriage return or a backspace goes back, and what is written then takes the
//! place of what stood there.

use unicode_width::UnicodeWidthChar;

/// The distance of a terminal's tab stops.
const TAB: usize = 8;

/// One column of a line.
#[derive(Clone)]
enum Column {
    /// A character, and what combines with it.
    Char(char, String),
    /// The second half of a wide character.
    Half,
}

const BLANK: Column = Column::Char(' ', String::new());

/// The line that begins at the left edge, and where the next character goes.
#[derive(Default)]
struct Line {
    columns: Vec<Column>,
    at: usize,
}

/// What is seen of a line in the end. One in which nothing goes back is left as it is, but for a carriage return at its end.
pub fn seen(text: &str) -> String {
    let text = text.trim_end_matches('\r');
    if !text.contains(['\r', '\u{8}']) {
        return text.to_owned();
    }
    let mut line = Line::default();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\r' => line.at = 0,
            '\u{8}' => line.at = line.at.saturating_sub(1),
            '\t' => line.at = (line.at / TAB + 1) * TAB,
            '\u{1b}' => rest = line.control(rest.as_str()).chars(),
            c => match c.width() {
                Some(width @ 1..) => line.put(c, width),
                _ => line.combine(c),
            },
        }
    }
    line.text()
}

impl Line {
    fn put(&mut self, c: char, width: usize) {
        let end = self.at + width;
        self.reach(end);
        self.cut(self.at);
        self.cut(end);
        self.columns[self.at] = Column::Char(c, String::new());
        self.columns[self.at + 1..end].fill(Column::Half);
        self.at = end;
    }

    /// Fills the line up with blanks to so many columns.
    fn reach(&mut self, columns: usize) {
        if self.columns.len() < columns {
            self.columns.resize(columns, BLANK);
        }
    }

    /// Makes both halves of a wide character blank if it stands across the left edge of a column: one of them is about to go.
    fn cut(&mut self, column: usize) {
        if matches!(self.columns.get(column), Some(Column::Half)) {
            (self.columns[column - 1], self.columns[column]) = (BLANK, BLANK);
        }
    }

    fn combine(&mut self, c: char) {
        let end = self.at.min(self.columns.len());
        let mut before = self.columns[..end].iter_mut().rev();
        if let Some(Column::Char(_, more)) = before.find(|column| matches!(column, Column::Char(..))) {
            more.push(c);
        }
    }

    /// Does what the escape sequence says that begins before `rest`, as far as it concerns one line; gives what is behind it.
    fn control<'a>(&mut self, rest: &'a str) -> &'a str {
        let Some(sequence) = rest.strip_prefix('[') else {
            return match rest.strip_prefix(']') {
                // A title or a link, up to a bell or to ESC \\.
                Some(text) => {
                    let end = text.find(['\u{7}', '\u{1b}']).unwrap_or(text.len());
                    let end = &text[end..];
                    end.strip_prefix("\u{1b}\\").or(end.strip_prefix('\u{7}')).unwrap_or(end)
                }
                None => {
                    let mut chars = rest.chars();
                    chars.next();
                    chars.as_str()
                }
            };
        };
        let Some(end) = sequence.find(|c: char| ('@'..='~').contains(&c)) else { return "" };
        match &sequence[..=end] {
            "K" | "0K" => {
                self.cut(self.at);
                self.columns.truncate(self.at);
            }
            "1K" => {
                self.reach(self.at + 1);
                self.cut(self.at + 1);
                self.columns[..=self.at].fill(BLANK);
            }
            "2K" => self.columns.clear(),
            _ => {}
        }
        &sequence[end + 1..]
    }

    fn text(self) -> String {
        let mut text = String::new();
        for column in self.columns {
            if let Column::Char(c, more) = column {
                text.push(c);
                text.push_str(&more);
            }
        }
        // Blanks at the end look like nothing.
        text.truncate(text.trim_end_matches(' ').len());
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_line_that_is_written_over_the_last_state_is_seen() {
        for (written, shown) in [
            ("\rprogress 1/5\rprogress 2/5", "progress 2/5"),
            ("abc\rX", "Xbc"),
            ("abc\u{8}\u{8}X", "aXc"),
            ("\u{8}a", "a"),
            ("100 %\r\u{1b}[Kdone", "done"),
            ("100 %\r\u{1b}[2Kdone", "done"),
            ("abcdef\u{8}\u{8}\u{8}\u{1b}[1KX", "   Xef"),
            ("loading\r       \rok", "ok"),
            ("\u{1b}[32mgreen\u{1b}[0m\rG", "Green"),
            ("\u{1b}]0;title\u{7}a\rb", "b"),
            ("a\tb\rX", "X       b"),
            ("多进\rX", "X 进"),
            ("abc\r多", "多c"),
            ("a多\u{8}X", "a X"),
            ("e\u{301}x\rE", "Ex"),
        ] {
            assert_eq!(seen(written), shown, "{written:?}");
        }
    }

    #[test]
    fn a_line_in_which_nothing_goes_back_stays_as_it_is() {
        for plain in ["", "plain", "two  ", "a\tb", "\u{1b}[31mred\u{1b}[0m", "多进程"] {
            assert_eq!(seen(plain), plain);
            assert_eq!(seen(&format!("{plain}\r")), plain, "a line's end as Windows has it");
        }
    }

    #[test]
    fn any_line_has_an_end() {
        for hostile in
            ["\r\u{1b}", "\r\u{1b}[", "\r\u{1b}[9999", "\r\u{1b}]0;", "\r\u{1b}多", "\r\u{301}", "\r\u{1b}[1K"]
        {
            seen(hostile);
        }
    }
}
