//! What would change in a notebook, as a diff.

use crate::notebook::results::Edit;
use crate::render::visible;
use std::fmt::Write as _;

/// The changes of a text, in the unified form without lines around them. The bytes of each change end where a line ends.
pub fn unified(file: &str, text: &str, edits: &[Edit]) -> String {
    let file = visible(file).replace('\n', "␊");
    let mut out = format!("--- {file}\n+++ {file}\n");
    // How many more lines there are in the new text.
    let mut shift = 0_i64;
    for edit in edits {
        // The change begins at the end of the line before it.
        let before = lines(&text[..edit.bytes.start]).count();
        let (old, new) = (lines(&text[edit.bytes.clone()]).skip(1), lines(&edit.text).skip(1));
        let (old, new): (Vec<&str>, Vec<&str>) = (old.collect(), new.collect());
        let (old, new, same) = without_common(&old, &new);
        let before = before + same;
        let _ =
            writeln!(out, "@@ -{} +{} @@", span(before, old.len()), span((before as i64 + shift) as usize, new.len()));
        for (sign, line) in old.iter().map(|line| ('-', line)).chain(new.iter().map(|line| ('+', line))) {
            let _ = writeln!(out, "{sign}{}", visible(line));
        }
        shift += new.len() as i64 - old.len() as i64;
    }
    out
}

/// The lines of a text, whatever ends them.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

/// Two lists without what both begin and end with, and how many they begin with.
fn without_common<'a, 'b>(old: &'a [&'b str], new: &'a [&'b str]) -> (&'a [&'b str], &'a [&'b str], usize) {
    let same = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[same..], &new[same..]);
    let end = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
    (&old[..old.len() - end], &new[..new.len() - end], same)
}

/// Some lines behind so many others: the first one, and how many.
fn span(before: usize, count: usize) -> String {
    format!("{},{count}", if count == 0 { before } else { before + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_has_the_lines_that_change_and_their_numbers() {
        let text = "a\r\nb\r\n\r\n1\r\n2\r\n3\r\nc\r\n";
        let edits = [
            Edit { cell: 0, bytes: 1..1, text: "\r\nx\r\ny".to_owned() },
            Edit { cell: 0, bytes: 4..15, text: "\r\n\r\n1\r\n\u{1b}[2J4\r\n3".to_owned() },
        ];
        let diff = "--- a.md\n+++ a.md\n@@ -1,0 +2,2 @@\n+x\n+y\n@@ -5,1 +7,1 @@\n-2\n+4\n";
        assert_eq!(unified("a.md", text, &edits), diff);
        let edits = [Edit { cell: 0, bytes: 4..15, text: String::new() }];
        assert_eq!(unified("a.md", text, &edits), "--- a.md\n+++ a.md\n@@ -3,4 +2,0 @@\n-\n-1\n-2\n-3\n");
    }
}
