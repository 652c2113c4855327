//! The picture of one interleaving: a lane for each worker, a column for each step.

use super::format::Format;
use super::frame::{MAX_LANES, TOP, at};
use crate::model::Operation;
use crate::record::explored::Step;
use crate::render::text::{escape, shorten_among, shown, visible};
use crate::render::words::Words;
use crate::render::workers::colour;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// The most columns. A longer way has the steps around its first changes of worker.
const MAX_STEPS: usize = 48;
/// Of so many columns, each has its number.
const FEW: usize = 16;
/// How wide a column is at most.
const COLUMN: f64 = 46.0;
/// How high a step is.
const BOX: f64 = 18.0;
/// How many columns stand beside each other in a small window.
const SMALL: usize = 10;

/// How the picture is laid out.
struct Layout {
    format: Format,
    /// How many lanes there are.
    lanes: usize,
    /// Where the first column begins, and how wide one is.
    left: f64,
    wide: f64,
    /// Where the numbers of the steps stand.
    foot: f64,
}

impl Layout {
    fn new(format: Format, lanes: usize, columns: usize) -> Self {
        let (left, right) = if format.is_small() { (4.0, 4.0) } else { (120.0, 10.0) };
        let columns = if format.is_small() { columns.clamp(1, SMALL) } else { columns };
        let wide = ((format.width() - left - right) / columns as f64).min(COLUMN);
        let row = if format.is_small() { format.user().row } else { format.lane().row };
        Self { format, lanes, left, wide, foot: TOP + lanes as f64 * row + 18.0 }
    }

    /// Where a column begins.
    fn column(&self, column: usize) -> f64 {
        self.left + self.wide * column as f64
    }

    /// Half-way down the boxes of the lane of this number, from 0.
    fn lane(&self, lane: usize) -> f64 {
        match self.format {
            Format::Wide => TOP + (lane as f64 + 0.5) * self.format.lane().row,
            Format::Small => TOP + (lane as f64 + 1.0) * self.format.user().row - BOX / 2.0 - 2.0,
        }
    }

    /// Half-way down the lane of whoever takes a step.
    fn middle(&self, step: &Step) -> f64 {
        self.lane((step.worker as usize).saturating_sub(1).min(self.lanes - 1))
    }
}

/// Appends the picture of a way, for a wide page and for a small window; `id` is unique in the page.
pub fn push(out: &mut String, steps: &[Step], workers: &[String], id: &str, words: Words) {
    let lanes = workers.len().saturating_sub(1).min(MAX_LANES);
    let columns = columns(steps);
    if columns.is_empty() || lanes == 0 {
        return;
    }
    out.push_str("<div class=\"picture scroll\" tabindex=\"0\">");
    let title = words.way_title(steps.len() as u64, lanes as u64);
    let piece = |out: &mut String, columns: &[Part], before: Option<&Step>, format: Format, id: String| {
        let layout = Layout::new(format, lanes, columns.len());
        let _ = writeln!(
            out,
            "<svg class=\"{}\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{id}-t\" aria-describedby=\"{id}-d\"><title \
             id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>",
            if format.is_small() { "lanes small" } else { "lanes" },
            at(format.width()),
            at(layout.foot + 8.0),
            escape(&title),
            words.way_about()
        );
        let names = push_lanes(out, workers, &layout, columns.len());
        push_columns(out, columns, before, &layout, words);
        out.push_str(&names);
        out.push_str("</svg>");
    };
    piece(out, &columns, None, Format::Wide, id.to_owned());
    let mut before = None;
    for (number, columns) in columns.chunks(SMALL).enumerate() {
        piece(out, columns, before, Format::Small, format!("{id}-s{}", number + 1));
        before = columns.iter().rev().find_map(Part::step).or(before);
    }
    out.push_str("</div>\n");
}

/// Draws the lines of the lanes, and gives their names, which stand over all else.
fn push_lanes(out: &mut String, workers: &[String], layout: &Layout, columns: usize) -> String {
    let mut names = String::new();
    for (number, name) in workers.iter().enumerate().skip(1).take(layout.lanes) {
        let middle = layout.lane(number - 1);
        let (class, x, y, room) = match layout.format {
            Format::Wide => ("", layout.left - 8.0, middle + 4.0, layout.left - 8.0),
            Format::Small => (" above", 2.0, middle - BOX / 2.0 - 5.0, layout.format.width() - 2.0),
        };
        let name = visible(name);
        let others = workers.iter().map(|other| visible(other));
        let short = shorten_among(&name, (room / layout.format.bold()) as usize, others);
        let full = if short == name { String::new() } else { format!("<title>{}</title>", escape(&name)) };
        let _ = writeln!(
            names,
            "<text class=\"name {}{class}\" x=\"{}\" y=\"{}\">{full}{}</text>",
            colour(number),
            at(x),
            at(y),
            escape(&short)
        );
        let (from, to) = (at(layout.left), at(layout.column(columns)));
        let _ = writeln!(out, "<path class=\"grid\" d=\"M{from} {}H{to}\"/>", at(middle));
    }
    names
}

/// Draws columns; `before` is the step that came before them.
fn push_columns(out: &mut String, columns: &[Part], before: Option<&Step>, layout: &Layout, words: Words) {
    let few = columns.len() <= FEW;
    let mut last = before;
    for (column, part) in columns.iter().enumerate() {
        let below = |text: &str| {
            let (x, y) = (at(layout.column(column) + layout.wide / 2.0), at(layout.foot));
            format!("<text class=\"tick-label\" x=\"{x}\" y=\"{y}\">{text}</text>\n")
        };
        let Part::Step(number, step) = part else {
            out.push_str(&below("…"));
            continue;
        };
        if let Some(before) = last.filter(|before| before.worker != step.worker) {
            let (x, from, to) = (layout.column(column), layout.middle(before), layout.middle(step));
            let _ = write!(out, "<path class=\"switch\" d=\"M{} {}V{}\"/>", at(x), at(from), at(to));
        }
        push_step(out, *number, step, (layout, column), words);
        if few || number % 5 == 0 || *number == 1 {
            out.push_str(&below(&number.to_string()));
        }
        last = Some(step);
    }
}

/// Draws the box of a step.
fn push_step(out: &mut String, number: usize, step: &Step, (layout, column): (&Layout, usize), words: Words) {
    let (x, y, wide) = (layout.column(column), layout.middle(step), layout.wide);
    let asks = step.call.operation.only_asks() || matches!(step.call.operation, Operation::Sleep { .. });
    let _ = writeln!(
        out,
        "<g><title>{number}: {}</title><rect class=\"{} box {}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{BOX}\"/>\
         <text class=\"glyph\" x=\"{}\" y=\"{}\">{}</text></g>",
        shown(&words.call(&step.call)),
        if step.call.result.is_failure() || asks { "start" } else { "work" },
        colour(step.worker as usize),
        at(x + 1.0),
        at(y - BOX / 2.0),
        at(wide - 2.0),
        at(x + wide / 2.0),
        at(y + 4.0),
        if wide >= 16.0 { glyph(step, wide / layout.format.column(), words) } else { String::new() }
    );
}

/// A column of the picture.
enum Part<'a> {
    /// A step and its number, from 1.
    Step(usize, &'a Step),
    /// Steps that are left out.
    Gap,
}

impl<'a> Part<'a> {
    fn step(&self) -> Option<&'a Step> {
        match self {
            Self::Step(_, step) => Some(step),
            Self::Gap => None,
        }
    }
}

/// The columns: all steps, or of a long row of one worker only its ends.
fn columns(steps: &[Step]) -> Vec<Part<'_>> {
    let mut columns = Vec::new();
    let mut number = 0;
    for row in steps.chunk_by(|a, b| a.worker == b.worker) {
        for (n, step) in row.iter().enumerate() {
            number += 1;
            let cut = steps.len() > MAX_STEPS && row.len() > 6;
            if !cut || n < 2 || n + 2 >= row.len() {
                columns.push(Part::Step(number, step));
            } else if n == 2 {
                columns.push(Part::Gap);
            }
        }
    }
    if columns.len() > MAX_STEPS {
        columns.truncate(MAX_STEPS);
        columns.push(Part::Gap);
    }
    columns
}

/// What stands in a step's box, in so many columns of text.
fn glyph(step: &Step, columns: f64, words: Words) -> String {
    let [take, give, put, get, wait, set, clear, task, done] = words.glyphs();
    let (word, has_number) = match step.call.operation {
        _ if step.call.result.is_failure() => ("✗", false),
        Operation::Load { .. } | Operation::IsSet | Operation::Len => ("R", true),
        Operation::Store { .. } => ("W", true),
        Operation::Peek { .. } | Operation::SwapIf { .. } | Operation::Update => ("+", true),
        Operation::Acquire { .. } | Operation::Read { .. } | Operation::Write { .. } => (take, false),
        Operation::Release { .. } => (give, false),
        Operation::Put { .. } => (put, false),
        Operation::Get { .. } => (get, false),
        Operation::WaitEvent { .. }
        | Operation::WaitNotified { .. }
        | Operation::Meet { .. }
        | Operation::JoinQueue { .. }
        | Operation::Join { .. }
        | Operation::Park { .. }
        | Operation::BeginOnce => (wait, false),
        Operation::Set
        | Operation::Notify { .. }
        | Operation::Close
        | Operation::ItemDone
        | Operation::HangUp { .. }
        | Operation::Unpark { .. }
        | Operation::EndOnce { .. } => (set, false),
        Operation::IsFinished { .. } => ("R", false),
        Operation::Fence | Operation::Yield | Operation::Print | Operation::Spawn { .. } => ("·", false),
        Operation::Clear => (clear, false),
        Operation::Sleep { .. } => ("zz", false),
        Operation::Pool { .. } | Operation::Claim | Operation::End { .. } => (task, false),
        Operation::Complete { .. } => (done, false),
    };
    let value = if has_number { format!("{word}\u{a0}{}", words.holds(&step.after)) } else { word.to_owned() };
    let text = if value.width() as f64 <= columns { value } else { word.chars().take(1).collect() };
    escape(&visible(&text)).to_string()
}
