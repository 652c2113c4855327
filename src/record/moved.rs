//! Names that tell a line, such as `thread at line 9`, when the prose has grown or shrunk since the run.

use super::{CellOutcome, Record};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// What stands before the line in such a name or sentence.
const AT: &str = " at line ";

impl Record {
    /// Lets all that it says of lines hold in a notebook whose cells begin at these lines.
    pub fn move_to(&mut self, lines: Vec<u32>) {
        let before = std::mem::replace(&mut self.provenance.cell_lines, lines);
        self.cells.iter_mut().for_each(|cell| cell.moved(&before, &self.provenance.cell_lines));
    }
}

impl CellOutcome {
    /// Lets all that it says of lines hold where cells began at the lines `before`, and begin at others `now`. Of cells that only one of
    /// the two has, it says nothing.
    pub fn moved(&mut self, before: &[u32], now: &[u32]) {
        let cells = before.len().min(now.len());
        if before[..cells] != now[..cells] {
            Moved { before: &before[..cells], now: &now[..cells] }.cell(self);
        }
    }
}

/// The lines at which cells began, and begin now.
struct Moved<'a> {
    before: &'a [u32],
    now: &'a [u32],
}

impl Moved<'_> {
    /// Changes the names in an outcome. What was printed or shown is the author's own.
    fn cell(&self, cell: &mut CellOutcome) {
        self.part(&mut cell.errors);
        self.part(&mut cell.notes);
        self.part(&mut cell.explored);
        self.part(&mut cell.resources);
        for run in &mut cell.runs {
            self.part(&mut run.workers);
            self.part(&mut run.objects);
            self.part(&mut run.races);
            self.part(&mut run.deadlock);
            self.part(&mut run.replay);
        }
    }

    /// Changes all texts in a part of it.
    fn part<T: Serialize + DeserializeOwned>(&self, part: &mut T) {
        let Ok(mut value) = serde_json::to_value(&*part) else { return };
        if self.value(&mut value)
            && let Ok(changed) = serde_json::from_value(value)
        {
            *part = changed;
        }
    }

    /// Changes each. Whether anything was changed.
    fn values<'v>(&self, values: impl Iterator<Item = &'v mut Value>) -> bool {
        values.filter_map(|value| self.value(value).then_some(())).count() > 0
    }

    /// Whether anything was changed.
    fn value(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => match self.text(text) {
                Some(changed) => {
                    *text = changed;
                    true
                }
                None => false,
            },
            Value::Array(items) => self.values(items.iter_mut()),
            Value::Object(entries) => {
                let texts = entries.iter_mut().filter(|(key, _)| !["printed", "shown"].contains(&key.as_str()));
                self.values(texts.map(|(_, value)| value))
            }
            _ => false,
        }
    }

    /// A text with other lines in its names, if it has any.
    fn text(&self, text: &str) -> Option<String> {
        let mut parts = text.split(AT);
        let mut changed = parts.next()?.to_owned();
        for part in parts {
            let is_name = changed.rsplit(|c: char| c.is_whitespace() || c == '`').next().is_some_and(is_unnamed);
            let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            let line = part[..digits].parse().ok().filter(|_| is_name).and_then(|line| self.line(line));
            changed.push_str(AT);
            match line {
                Some(line) => changed.push_str(&format!("{line}{}", &part[digits..])),
                None => changed.push_str(part),
            }
        }
        (changed != text).then_some(changed)
    }

    /// Where a line of a cell is now.
    fn line(&self, line: u32) -> Option<u32> {
        let cell = self.before.iter().rposition(|begin| *begin <= line)?;
        line.checked_sub(self.before[cell])?.checked_add(self.now[cell])
    }
}

/// Whether it is what a thread or an object without a name is called, or the last word of how a lock was taken.
fn is_unnamed(word: &str) -> bool {
    let is_object =
        word.starts_with(char::is_uppercase) || word.starts_with("channel") || word.starts_with("sync_channel");
    matches!(word, "thread" | "taken") || is_object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lines_of_what_has_no_name_are_changed() {
        let moved = Moved { before: &[3, 10], now: &[5, 20] };
        for (before, now) in [
            ("thread at line 4", "thread at line 6"),
            ("Mutex at line 12 (2) of job-1", "Mutex at line 22 (2) of job-1"),
            (
                "`thread at line 10` waits for `sync_channel(1) at line 3`",
                "`thread at line 20` waits for `sync_channel(1) at line 5`",
            ),
        ] {
            assert_eq!(moved.text(before).as_deref(), Some(now));
        }
        for same in ["counter", "thread at line 2", "wrong input at line 12", "thread at line x", "", "thread at line "]
        {
            assert_eq!(moved.text(same), None, "{same}");
        }
    }
}
