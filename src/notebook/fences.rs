//! Finds the fenced code blocks of a markdown text, with pulldown-cmark.
//!
//! The page is rendered with comrak, so both must see the same blocks, and by CommonMark. Where pulldown-cmark departs
//! from it, its input is changed here, byte for byte as long as before, so that its offsets hold for the text itself.

use super::lines::Lines;
use super::markdown::with_plain_line_endings;
use super::{Snippet, SnippetLine};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::ops::Range;

/// A fenced code block.
#[derive(Debug, PartialEq, Eq)]
pub struct Fence {
    /// The info string, with entities and backslashes resolved.
    pub info: String,
    /// From the first character of the opening fence to the end of the closing one, or of the content if there is none.
    pub bytes: Range<usize>,
    /// The line of the opening fence, from 1.
    pub line: u32,
    /// The content.
    pub code: Snippet,
    /// Whether it stands in a footnote.
    pub in_footnote: bool,
    /// Whether a fence ends it, and not just the end of the text or of what it stands in.
    pub is_closed: bool,
}

/// A line of a block that is no fence.
#[derive(Debug)]
pub struct Line {
    /// Its number, from 1.
    pub number: u32,
    /// Its text, without what the containers around it put before it.
    pub text: String,
}

/// The blocks of a text that matter to cells, each kind in order.
#[derive(Debug, Default)]
pub struct Blocks {
    /// Its fenced code blocks.
    pub fences: Vec<Fence>,
    /// Its blocks of HTML.
    pub html: Vec<Vec<Line>>,
    /// Its code blocks that are indented.
    pub indented: Vec<Vec<Line>>,
}

/// The blocks of `text` from byte `body` on.
pub fn blocks(text: &str, body: usize) -> Blocks {
    // What concerns no blocks is left out. So are task lists: pulldown-cmark makes a block of what is a paragraph's text.
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
    let lines = Lines::of(text);
    let markdown = markdown(&text[body..]);
    let (seen, head) = (Lines::of(&markdown), lines.holding(body));
    let mut found = Blocks::default();
    let mut open: Option<(Fence, String)> = None;
    let mut in_indented = false;
    let mut footnotes = 0;
    for (event, range) in Parser::new_ext(&markdown, options).into_offset_iter() {
        match event {
            Event::Start(Tag::FootnoteDefinition(_)) => footnotes += 1,
            Event::End(TagEnd::FootnoteDefinition) => footnotes -= 1,
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let bytes = body + range.start..(body + range.end).min(text.len());
                let bytes = bytes.start..bytes.start + text[bytes].trim_end_matches([' ', '\t', '\r', '\n']).len();
                let line = lines.holding(bytes.start) as u32 + 1;
                let info = info.trim().to_owned();
                let (is_closed, in_footnote) = (is_closed(&text[bytes.clone()]), footnotes > 0);
                let fence = Fence { info, bytes, line, code: Snippet::default(), in_footnote, is_closed };
                open = Some((fence, String::new()));
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => {
                in_indented = true;
                found.indented.push(Vec::new());
            }
            Event::Start(Tag::HtmlBlock) => found.html.push(Vec::new()),
            Event::Html(part) => {
                if let Some(block) = found.html.last_mut() {
                    block.extend(numbered(&part, lines.holding(body + range.start)));
                }
            }
            Event::Text(part) => match &mut open {
                Some((_, content)) => content.push_str(&part),
                None if in_indented => {
                    if let Some(block) = found.indented.last_mut() {
                        block.extend(numbered(&part, lines.holding(body + range.start)));
                    }
                }
                None => {}
            },
            Event::End(TagEnd::CodeBlock) => {
                in_indented = false;
                if let Some((mut fence, content)) = open.take() {
                    let first = fence.line as usize;
                    let place = |(n, content): (usize, &str)| {
                        snippet_line(lines.text(first + n), seen.text(first + n - head), content, first + n + 1)
                    };
                    fence.code.lines = content.lines().enumerate().map(place).collect();
                    found.fences.push(fence);
                }
            }
            _ => {}
        }
    }
    found
}

/// The lines of a part of a block that begins on line `first` (from 0).
fn numbered(part: &str, first: usize) -> impl Iterator<Item = Line> + '_ {
    part.lines().enumerate().map(move |(n, text)| Line { number: (first + n) as u32 + 1, text: text.to_owned() })
}

/// Whether the last line of a fenced block is a fence like its first.
fn is_closed(block: &str) -> bool {
    let sign = block.chars().next().unwrap_or('`');
    let length = block.chars().take_while(|c| *c == sign).count();
    let last = block.rsplit(['\n', '\r']).next().unwrap_or("");
    let margin = last.trim_end().trim_end_matches(sign);
    let is_margin = margin.chars().all(|c| matches!(c, ' ' | '\t' | '>'));
    last.len() < block.len() && is_margin && last.trim_end().len() - margin.len() >= length
}

/// What pulldown-cmark is given for `body`: as long as it, apart from a line ending at the end of the text.
///
/// pulldown-cmark takes vertical tabs and form feeds for blanks, does not allow for tabs behind a closing fence, and
/// loses blanks in an unclosed fence at the end of a text that has no final line ending.
pub(super) fn markdown(body: &str) -> String {
    let markdown = with_plain_line_endings(body).replace(['\u{b}', '\u{c}'], "\u{1}");
    let line = |line: &str| {
        let kept = line.trim_end_matches([' ', '\t', '\r', '\n']).len();
        let is_fence = line[..kept].ends_with("```") || line[..kept].ends_with("~~~");
        if is_fence { format!("{}{}", &line[..kept], line[kept..].replace('\t', " ")) } else { line.to_owned() }
    };
    markdown.split_inclusive('\n').map(line).collect()
}

/// The code of line `line` (from 1), the line `source` of the text, of which pulldown-cmark saw `seen` and gave `content`.
fn snippet_line(source: &str, seen: &str, content: &str, line: usize) -> SnippetLine {
    // A tab that a container takes in part leaves spaces in the content that the text does not hold. The column is
    // then chosen so that the first character behind them is in its place, as far as there is room.
    let behind = if seen.ends_with(content) { content } else { content.trim_start_matches(' ') };
    let (before, code) = source.split_at_checked(source.len() - behind.len()).unwrap_or(("", behind));
    let made_up = content.len() - behind.len();
    let column = before.chars().count().saturating_sub(made_up) as u32 + 1;
    SnippetLine::new(" ".repeat(made_up) + code, line as u32, column)
}

#[cfg(test)]
#[path = "fences_agree.rs"]
mod agree;
