//! Results that stand in the notebook itself: fences below cells, which are found again and written anew.

use super::fences::{Fence, blocks};
use super::{Cell, Notebook};
use std::ops::Range;

/// How the info string of such a fence begins.
const INFO: [&str; 2] = ["text", "output"];

/// What it says besides where the result is one of several possible ones.
const CHANCE: &str = "chance";

/// What the fence below a cell is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// What it holds, if there is one.
    AsItIs,
    /// These lines, which come out of each run. Without any there is no fence.
    Certain(Vec<String>),
    /// These lines, which came out of one run, unless there is a fence of chance already.
    Chance(Vec<String>),
}

/// A change of some bytes of a notebook. They begin and end where lines end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The index of the cell above.
    pub cell: usize,
    /// The bytes.
    pub bytes: Range<usize>,
    /// What takes their place.
    pub text: String,
}

/// Whether an info string makes a fence one of results, and if so, whether of chance.
pub fn is_chance(info: &str) -> Option<bool> {
    match info.split_whitespace().collect::<Vec<_>>().strip_prefix(&INFO)? {
        [] => Some(false),
        [CHANCE] => Some(true),
        _ => None,
    }
}

/// The lines of the fence of results below each cell, if there is one that is not of chance.
pub fn certain(notebook: &Notebook) -> Vec<Option<Vec<String>>> {
    let lines = |fence: &Fence| fence.code.lines.iter().map(|line| line.text.clone()).collect();
    let of = |(cell, next): (&Cell, Option<&Fence>)| {
        let fence = next.filter(|fence| is_chance(&fence.info) == Some(false))?;
        Margin::of(&notebook.text, cell).is_below(fence).then(|| lines(fence))
    };
    let fences = blocks(&notebook.text, notebook.body).fences;
    with_next(notebook, &fences).map(of).collect()
}

/// Whether a fence of chance stands below each cell.
pub fn of_chance(notebook: &Notebook) -> Vec<bool> {
    let fences = blocks(&notebook.text, notebook.body).fences;
    let of = |(cell, next): (&Cell, Option<&Fence>)| {
        next.filter(|fence| is_chance(&fence.info) == Some(true))
            .is_some_and(|fence| Margin::of(&notebook.text, cell).is_below(fence))
    };
    with_next(notebook, &fences).map(of).collect()
}

/// The cells of a notebook, each with the fence behind it.
fn with_next<'n>(notebook: &'n Notebook, fences: &'n [Fence]) -> impl Iterator<Item = (&'n Cell, Option<&'n Fence>)> {
    notebook.cells.iter().map(|cell| {
        let next = fences.partition_point(|fence| fence.bytes.start <= cell.bytes.start);
        (cell, fences.get(next))
    })
}

/// What must change in a notebook so that the fences below its cells hold what `kept` says, cell by cell.
pub fn edits(notebook: &Notebook, kept: &[Kept]) -> Vec<Edit> {
    let edit = |((cell, next), kept): ((&Cell, Option<&Fence>), &Kept)| {
        let (bytes, text) = Margin::of(&notebook.text, cell).edit(next, kept)?;
        Some(Edit { cell: cell.index, bytes, text })
    };
    let fences = blocks(&notebook.text, notebook.body).fences;
    with_next(notebook, &fences).zip(kept).filter_map(edit).collect()
}

/// A text with some changes, which come in order.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    for edit in edits {
        out.push_str(&text[from..edit.bytes.start]);
        out.push_str(&edit.text);
        from = edit.bytes.end;
    }
    out + &text[from..]
}

/// Where a cell stands in its notebook's text.
pub struct Spot<'t> {
    /// From the first character of its opening fence to the end of the line that closes it.
    pub cell: Range<usize>,
    /// Where the result ends that is saved below it, or its own last line, if there is none.
    pub end: usize,
    margin: Margin<'t>,
}

/// Where the cells of a notebook stand, in order.
pub fn spots(notebook: &Notebook) -> Vec<Spot<'_>> {
    let fences = blocks(&notebook.text, notebook.body).fences;
    let spot = |(cell, next): (&Cell, Option<&Fence>)| {
        let margin = Margin::of(&notebook.text, cell);
        let saved = next.filter(|fence| is_chance(&fence.info).is_some() && margin.is_below(fence));
        let end = saved.map_or(margin.end, |fence| line_end(&notebook.text, fence.bytes.end));
        Spot { cell: cell.bytes.start..margin.end, end, margin }
    };
    with_next(notebook, &fences).map(spot).collect()
}

impl Spot<'_> {
    /// Where the first line of the cell begins.
    pub fn first_line(&self) -> usize {
        line_start(self.margin.text, self.cell.start)
    }

    /// Whether it stands in a list or a quotation.
    pub fn is_inside(&self) -> bool {
        !is_blank(&self.margin.text[self.first_line()..self.cell.start]) || self.margin.prefix.contains('>')
    }

    /// A text for the lines behind the cell's first one, in the same list or quotation.
    pub fn placed(&self, text: &str) -> String {
        let line = |line: &str| format!("{}{line}", self.margin.prefix).trim_end().to_owned();
        text.split('\n').map(line).collect::<Vec<_>>().join(self.margin.line_ending)
    }

    /// The line ending of the text there.
    pub fn line_ending(&self) -> &str {
        self.margin.line_ending
    }

    /// A fence of results, in the same list or quotation.
    pub fn fence(&self, lines: &[String]) -> String {
        self.margin.fence(&lines.iter().map(String::as_str).collect::<Vec<_>>(), false)
    }
}

/// Where a fence below a cell belongs, and what stands before each of its lines.
struct Margin<'t> {
    text: &'t str,
    /// Where the cell's last line ends.
    end: usize,
    /// What stands before the cell's closing fence: indentation, and signs of quotations.
    prefix: &'t str,
    line_ending: &'t str,
    /// Whether an empty line stands between the cell and a new fence. In a list whose items stand close together, it would part them.
    is_apart: bool,
}

impl<'t> Margin<'t> {
    fn of(text: &'t str, cell: &Cell) -> Self {
        let sign = text[cell.bytes.clone()].chars().next().unwrap_or('`');
        let prefix = text[line_start(text, cell.bytes.end)..cell.bytes.end].trim_end_matches(sign);
        let end = line_end(text, cell.bytes.end);
        let endings = [end, line_end(text, cell.bytes.start)].map(|at| ending(&text[at..]));
        let line_ending = endings.into_iter().find(|ending| !ending.is_empty()).unwrap_or("\n");
        let before = text[..line_start(text, cell.bytes.start)].strip_suffix(['\n', '\r']).map(|before| {
            let before = before.strip_suffix('\r').filter(|_| text.contains("\r\n")).unwrap_or(before);
            &before[line_start(before, before.len())..]
        });
        let opens = &text[line_start(text, cell.bytes.start)..cell.bytes.start];
        let is_apart = prefix.is_empty() || is_blank(opens) && before.is_none_or(is_blank);
        Self { text, end, prefix, line_ending, is_apart }
    }

    /// What takes the place of which bytes to make a fence of `kept`, where `next` is the next fence of the notebook.
    fn edit(&self, next: Option<&Fence>, kept: &Kept) -> Option<(Range<usize>, String)> {
        let old =
            next.and_then(|fence| Some((fence, is_chance(&fence.info)?))).filter(|(fence, _)| self.is_below(fence));
        let (lines, chance) = match kept {
            Kept::AsItIs => return None,
            Kept::Certain(lines) => (lines, false),
            Kept::Chance(lines) => (lines, true),
        };
        let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
        let Some((old, was_chance)) = old else {
            let apart =
                if self.is_apart { format!("{}{}", self.line_ending, self.prefix.trim_end()) } else { String::new() };
            let text = apart + self.line_ending + &self.fence(&lines, chance);
            return (!lines.is_empty()).then_some((self.end..self.end, text));
        };
        if was_chance || !chance && old.code.lines.iter().map(|line| &*line.text).eq(lines.iter().copied()) {
            return None;
        }
        let bytes = self.end..line_end(self.text, old.bytes.end);
        let between = &self.text[self.end..line_start(self.text, old.bytes.start)];
        let text = if lines.is_empty() { String::new() } else { format!("{between}{}", self.fence(&lines, chance)) };
        Some((bytes, text))
    }

    /// Whether a fence stands directly below the cell, in the same list or quotation, and ends.
    fn is_below(&self, fence: &Fence) -> bool {
        let start = line_start(self.text, fence.bytes.start);
        let Some(between) = self.text.get(self.end..start) else { return false };
        let between = between.replace("\r\n", "\n");
        let quotes = |line: &str| line.matches('>').count();
        let mut lines = between.split(['\n', '\r']).skip(1).collect::<Vec<_>>();
        lines.pop();
        let is_empty = |line: &&str| is_blank(line) && quotes(line) == quotes(self.prefix);
        fence.is_closed && self.text[start..fence.bytes.start] == *self.prefix && lines.iter().all(is_empty)
    }

    /// A fence around some lines, longer than any that stands in them, without a line ending behind it.
    fn fence(&self, lines: &[&str], chance: bool) -> String {
        let longest = lines.iter().flat_map(|line| line.split(|c| c != '`')).map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        let info = if chance { [INFO.as_slice(), &[CHANCE]].concat() } else { INFO.to_vec() };
        let open = format!("{fence}{}", info.join(" "));
        let lines = [open.as_str()].into_iter().chain(lines.iter().copied()).chain([fence.as_str()]);
        let line = |line: &str| format!("{}{line}", self.prefix).trim_end().to_owned();
        lines.map(line).collect::<Vec<_>>().join(self.line_ending)
    }
}

/// Whether nothing stands on a line but what containers put there.
pub(super) fn is_blank(line: &str) -> bool {
    line.chars().all(|c| matches!(c, ' ' | '\t' | '>' | '\u{feff}'))
}

/// The first byte of the line that holds byte `at`.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind(['\n', '\r']).map_or(0, |before| before + 1)
}

/// Where the line that holds byte `at` ends, without its line ending.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    text[at..].find(['\n', '\r']).map_or(text.len(), |behind| at + behind)
}

/// The line ending that a text begins with.
pub(super) fn ending(text: &str) -> &str {
    ["\r\n", "\n", "\r"].into_iter().find(|ending| text.starts_with(ending)).unwrap_or("")
}

#[cfg(test)]
#[path = "results_tests.rs"]
mod tests;
