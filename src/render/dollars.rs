//! Which dollars delimit formulas, by the rules that pandoc and GitHub share: no blank behind the opening one or before the
//! closing one, no letter or digit before or behind the formula, and a code span binds tighter.
//!
//! comrak looks at blanks and digits alone. So every dollar that it would take for the beginning of a formula, and that is
//! none, gets a backslash before the text is parsed.

use super::blocks::blocks;
use crate::notebook::markdown::page_options;
use crate::notebook::wide::is_wide;
use comrak::nodes::NodeValue;
use comrak::{Arena, parse_document};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

/// `markdown` with a backslash before each dollar that is only a dollar, where it could be taken for more.
pub fn escape_others(markdown: &str) -> Cow<'_, str> {
    if !markdown.contains('$') {
        return Cow::Borrowed(markdown);
    }
    let mut changes = Vec::new();
    for range in texts(markdown) {
        Text::new(markdown, range).find(&mut changes);
    }
    changes.sort_unstable();
    let mut out = String::with_capacity(markdown.len() + 2 * changes.len());
    let mut from = 0;
    for at in changes {
        out.push_str(&markdown[from..at]);
        out.push('\\');
        from = at;
    }
    out.push_str(&markdown[from..]);
    Cow::Owned(out)
}

/// The bytes of everything that is read as lines of text: paragraphs and headings as whole lines, and cells of tables.
fn texts(markdown: &str) -> Vec<Range<usize>> {
    let bytes = markdown.as_bytes();
    let is_end = |at: usize| bytes[at] == b'\n' || bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n');
    let starts: Vec<usize> =
        [0].into_iter().chain((0..bytes.len()).filter(|&at| is_end(at)).map(|at| at + 1)).collect();
    let line = |number: usize| starts.get(number).copied().unwrap_or(bytes.len());
    let arena = Arena::new();
    let mut found = Vec::new();
    for node in blocks(parse_document(&arena, markdown, &page_options())) {
        let data = node.data();
        let (start, end) = (data.sourcepos.start, data.sourcepos.end);
        if !data.value.contains_inlines() || start.line == 0 {
            continue;
        }
        let range = match data.value {
            NodeValue::TableCell => line(start.line - 1) + start.column.max(1) - 1..line(end.line - 1) + end.column,
            _ => line(start.line - 1)..line(end.line),
        };
        let end = range.end.min(bytes.len());
        found.push(range.start.min(end)..end);
    }
    found
}

/// Some lines of text.
struct Text<'t> {
    all: &'t str,
    bytes: &'t [u8],
    range: Range<usize>,
    /// Where runs of backticks stand, by their length.
    ticks: HashMap<usize, Vec<usize>>,
}

impl<'t> Text<'t> {
    fn new(all: &'t str, range: Range<usize>) -> Self {
        let mut text = Self { all, bytes: all.as_bytes(), range: range.clone(), ticks: HashMap::new() };
        let mut at = range.start;
        while at < range.end {
            let length = text.run(at, b'`');
            if length > 0 {
                text.ticks.entry(length).or_default().push(at);
            }
            at += length.max(1);
        }
        text
    }

    /// Adds the place of every dollar that needs a backslash.
    fn find(&self, changes: &mut Vec<usize>) {
        let mut others = Vec::new();
        let mut at = self.range.start;
        while at < self.range.end {
            at = match self.bytes[at] {
                b'\\' => at + 2,
                b'`' => self.code(at).unwrap_or_else(|| at + self.run(at, b'`')),
                b'<' => self.markup(at).unwrap_or(at + 1),
                b'$' => {
                    let length = self.run(at, b'$');
                    match self.formula(at, length) {
                        Some(end) => end,
                        None => {
                            others.push((at, length));
                            at + length
                        }
                    }
                }
                _ => at + 1,
            };
        }
        // From the last on, since comrak passes over a dollar with a backslash when it looks for the end of a formula.
        let (mut end, mut seen) = (None, self.range.end);
        for (at, length) in others.into_iter().rev() {
            end = self.bare_dollar(at + length..seen).or(end);
            seen = at;
            if self.is_taken(at, length, end) {
                changes.extend(at..at + length);
            } else {
                end = self.bare_dollar(at..at + length).or(end);
            }
        }
    }

    /// The first dollar without a backslash in a part of the text.
    fn bare_dollar(&self, mut part: Range<usize>) -> Option<usize> {
        part.find(|&at| self.bytes[at] == b'$' && (at == 0 || self.bytes[at - 1] != b'\\'))
    }

    /// How many of `sign` stand in a row.
    fn run(&self, at: usize, sign: u8) -> usize {
        self.bytes[at..self.range.end].iter().take_while(|byte| **byte == sign).count()
    }

    /// The end of the code span that begins here.
    fn code(&self, at: usize) -> Option<usize> {
        let length = self.run(at, b'`');
        let runs = self.ticks.get(&length)?;
        runs.get(runs.partition_point(|start| *start <= at)).map(|start| start + length)
    }

    /// The end of the tag or of the address in angle brackets that begins here.
    fn markup(&self, at: usize) -> Option<usize> {
        let inner = &self.bytes[at + 1..self.range.end];
        if !inner.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'/') {
            return None;
        }
        let name = inner.iter().skip(1).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count() + 1;
        match inner.get(name)? {
            b':' => {
                let end = inner.iter().position(|byte| matches!(byte, b'>' | b'<' | b' ' | b'\n' | b'\r'))?;
                (inner[end] == b'>').then_some(at + end + 2)
            }
            b'>' | b' ' | b'\t' | b'\n' | b'\r' | b'/' => {
                let mut quote = None;
                for (n, byte) in inner.iter().enumerate() {
                    match (quote, byte) {
                        (None, b'>') => return Some(at + n + 2),
                        (None, b'"' | b'\'') => quote = Some(byte),
                        // Elsewhere, neither can stand in a tag.
                        (None, b'<' | b'`') => return None,
                        (Some(open), byte) if open == byte => quote = None,
                        _ => {}
                    }
                }
                None
            }
            _ => None,
        }
    }

    /// The end of the formula that so many dollars begin.
    fn formula(&self, at: usize, length: usize) -> Option<usize> {
        let inner = at + length;
        if !matches!(length, 1 | 2) || length == 1 && (self.is_word_before(at) || self.is_blank(inner)) {
            return None;
        }
        let mut next = inner;
        while next < self.range.end {
            match self.bytes[next] {
                b'`' => match self.code(next) {
                    Some(_) => return None,
                    None => next += self.run(next, b'`'),
                },
                b'$' if length == 1 && self.bytes[next - 1] == b'\\' => next += 1,
                b'$' if length == 1 => {
                    let is_end = next > inner && !self.is_blank(next - 1) && !self.is_word_behind(next + 1);
                    return is_end.then_some(next + 1);
                }
                b'$' => {
                    let ends = self.run(next, b'$').min(2);
                    if ends == 2 && next > inner {
                        return Some(next + 2);
                    }
                    next += ends;
                }
                _ => next += 1,
            }
        }
        None
    }

    /// Whether comrak would take so many dollars for the beginning of a formula, where `end` is the next bare dollar.
    fn is_taken(&self, at: usize, length: usize, end: Option<usize>) -> bool {
        let inner = at + length;
        match length {
            1 => !self.is_blank(inner) && end.is_some_and(|end| !self.is_blank(end - 1)),
            2 => self.all[inner..self.range.end].contains("$$"),
            _ => false,
        }
    }

    fn is_blank(&self, at: usize) -> bool {
        at >= self.range.end || self.bytes[at].is_ascii_whitespace() || self.bytes[at] == 0xb
    }

    /// Whether a word ends here, so that a dollar behind it belongs to it: `US$`, `6$`.
    fn is_word_before(&self, at: usize) -> bool {
        self.all[self.range.start..at].chars().next_back().is_some_and(is_of_word)
    }

    /// Whether a word goes on here: `$PATH`, `$/hour`. A dollar is another beginning.
    fn is_word_behind(&self, at: usize) -> bool {
        let mut behind = self.all[at.min(self.range.end)..self.range.end].chars();
        match behind.next() {
            Some('/') => behind.next().is_some_and(is_of_word),
            Some(c) => c == '$' || is_of_word(c),
            None => false,
        }
    }
}

/// Whether this is a letter or a digit of a script that has blanks between words. Chinese and Japanese have none, and in
/// Korean a word's ending stands behind a formula without one.
fn is_of_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric() && !is_wide(c) && !matches!(c, '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The formulas that a page has.
    fn formulas(markdown: &str) -> Vec<String> {
        let mut options = page_options();
        options.extension.math_dollars = true;
        let (arena, markdown) = (Arena::new(), escape_others(markdown).into_owned());
        let root = parse_document(&arena, &markdown, &options);
        let math = |node: comrak::nodes::Node<'_>| match &node.data().value {
            NodeValue::Math(math) => Some(math.literal.trim().to_owned()),
            _ => None,
        };
        root.descendants().filter_map(math).collect()
    }

    #[test]
    fn prices_variables_and_patterns_are_no_formulas() {
        for text in [
            "Add $HOME/bin:$PATH to your profile.",
            "Use *$HOME/.cargo/bin* and check `$PATH` first.",
            "From $5/hour to 6$/hour.",
            "regex ^a$|^b$ end",
            "Costs between US$10 and US$20, or 3$ and 4$.",
            "$1 or $2, A$3, 4 $ and 5 $",
            "$a `b$` c$ d",
            "$$a `b$$` c",
            "<a title='$x$'>y</a>",
            "`` $a` $ `` $",
            "\\$a$ b",
            "$a\\$",
            "$$$a$$$",
            "${A}_b$x",
            "costs $x or $y$z end",
            "$a $b$c",
            "$a $b $c$d $e$f",
            "$a `$` $b$c",
            "| $1 | 2$ |\n| - | - |\n| $PATH | `a$` |",
        ] {
            assert_eq!(formulas(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn formulas_stand_between_dollars_that_touch_them() {
        for (text, found) in [
            ("And here are two: $n^2$ and $\\frac{1}{2}$.", vec!["n^2", "\\frac{1}{2}"]),
            ("a $5 note, and $x$, or ($y$).", vec!["x", "y"]),
            ("设$n$为正整数，$m$也是。", vec!["n", "m"]),
            ("$n$은 정수", vec!["n"]),
            ("$a_1 * b_1$-th and **$c$** [$d$](e)", vec!["a_1 * b_1", "c", "d"]),
            ("$$ a $b$ $$ and $$c$$d", vec!["a $b$", "c"]),
            ("> $a +\n> b$", vec!["a + > b"]),
            ("| $a$ | b |\n| - | - |\n| $c$ | $d$ |", vec!["a", "c", "d"]),
            ("$a\\$b$", vec!["a\\$b"]),
            ("# A $b$\n\n1. $c$ or $HOME\n\n[^1]: $d$\n\n$x$[^1]", vec!["b", "c", "x", "d"]),
            ("$f(``x'')$", vec!["f(``x'')"]),
            ("[x]: /a$b\n[x] $c$", vec!["c"]),
            ("costs $x or $y$z and $n$ end", vec!["n"]),
            ("$n$ costs $a $b$c", vec!["n"]),
        ] {
            let expected: Vec<String> = found.into_iter().map(str::to_owned).collect();
            let expected: Vec<String> = expected.into_iter().map(|text| text.replace("+ > b", "+ b")).collect();
            assert_eq!(formulas(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_text_is_left_as_it_is() {
        for text in ["```sh\n$a $b$\n```", "    $a $b$c", "<div>\n$a$b\n</div>\n", "text", "[$a]: /b\n\n[$a]"] {
            assert_eq!(escape_others(text), text);
        }
    }

    #[test]
    fn a_long_text_of_dollars_is_read_in_one_pass() {
        for part in ["$a ", "$a\\$", "$$a$ ", "`$a", "<a $", "$`", "<a '$", "$a ``$` ", "$a$b", "$a $b$c "] {
            escape_others(&part.repeat(40_000));
        }
    }
}
