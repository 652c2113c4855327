//! The picture of an array: a line an element, from left to right in time, in the colour and texture of who wrote it last.

use super::accesses::Accesses;
use super::figure::Told;
use super::frame::{Sheet, at};
use super::neighbours::Neighbours;
use super::resource_chart::{Drawing, ResourceChart, Sight, Table};
use crate::model::{Action, ActionKind, Event, Numbered, ScalarType};
use crate::record::number::text as scalar;
use crate::render::units::count;
use crate::render::words::Mark;
use crate::render::workers::colour_number;
use std::collections::BTreeMap;
use std::fmt::Write;

/// How high the elements' lines are at most and at least, and together.
const LINE: (f64, f64) = (20.0, 3.0);
const HEIGHT: f64 = 240.0;
/// How many columns of time and lines of elements are told apart, where there are more than can be drawn one by one.
const COLUMNS: usize = 80;
const LINES: usize = 32;

/// A piece of an element's line.
struct Piece {
    from: f64,
    to: f64,
    /// Who wrote it; of neighbours that share a line this is nobody where they are several workers'.
    writer: Option<usize>,
    /// What was written; of many elements that were written at once this is not known.
    bits: Option<u64>,
}

/// What is done to elements, one by one or many at once.
const READS: [ActionKind; 2] = [ActionKind::Load, ActionKind::LoadMany];
const WRITES: [ActionKind; 2] = [ActionKind::Store, ActionKind::StoreMany];

#[inline]
fn is_write(event: &Event) -> bool {
    matches!(event.action, Action::Store { .. } | Action::StoreMany { .. })
}

fn is_access(event: &Event) -> bool {
    is_write(event) || matches!(event.action, Action::Load { .. } | Action::LoadMany { .. })
}

/// The elements that an access is to: the first, and the one behind the last.
fn elements(event: &Event) -> (u64, u64) {
    match event.action {
        Action::Load { index, .. } | Action::Store { index, .. } => (index, index.saturating_add(1)),
        Action::LoadMany { start, count } | Action::StoreMany { start, count } => (start, start.saturating_add(count)),
        _ => (0, 0),
    }
}

/// Who wrote which element last.
#[derive(Default)]
struct Owners {
    writes: usize,
    /// Of each element that was written by itself, who did so last, and at which of the writes.
    single: Numbered<Option<(usize, usize)>>,
    /// Elements that were written at once: by the first of them, the one behind the last, who did it, and at which write.
    many: BTreeMap<u64, (u64, usize, usize)>,
}

impl Owners {
    fn add(&mut self, event: &Event) {
        self.writes += 1;
        let (writer, at) = (event.worker as usize, self.writes);
        let (from, to) = elements(event);
        if event.kind() == ActionKind::Store {
            *self.single.at(from) = Some((writer, at));
            return;
        }
        // What lies below is cut away, so that the stretches never overlap.
        let below: Vec<u64> =
            self.many.range(..to).rev().take_while(|(_, (end, ..))| *end > from).map(|(at, _)| *at).collect();
        for start in below {
            let Some((end, writer, at)) = self.many.remove(&start) else { continue };
            if start < from {
                self.many.insert(start, (from, writer, at));
            }
            if end > to {
                self.many.insert(to, (end, writer, at));
            }
        }
        if from < to {
            self.many.insert(from, (to, writer, at));
        }
    }

    /// How many elements each worker was the last to write.
    fn counts(self) -> BTreeMap<usize, u64> {
        let mut counts: BTreeMap<usize, u64> = BTreeMap::new();
        for (from, (to, writer, _)) in &self.many {
            let many = counts.entry(*writer).or_default();
            *many = many.saturating_add(to - from);
        }
        for (element, last) in self.single.numbered() {
            let Some((writer, at)) = *last else { continue };
            if let Some((_, (_, other, since))) =
                self.many.range(..=element).next_back().filter(|(_, (to, ..))| *to > element)
            {
                if *since > at {
                    continue;
                }
                let many = counts.entry(*other).or_default();
                *many = many.saturating_sub(1);
            }
            let many = counts.entry(writer).or_default();
            *many = many.saturating_add(1);
        }
        counts.retain(|_, many| *many > 0);
        counts
    }
}

/// How an array is laid out.
#[derive(Clone, Copy)]
struct Layout {
    /// How many lines there are, how many elements share one, and how high it is.
    lines: usize,
    shared: usize,
    high: f64,
    /// Whether each write is drawn by itself.
    detailed: bool,
}

/// What became of an array's elements.
struct Elements<'a> {
    writes: Vec<&'a Event>,
    /// How many writes overwrote another worker's.
    lost: u64,
    /// How many elements were written, each as often as it was.
    written: u64,
    owners: Owners,
    /// The first and the last element that each worker wrote.
    ranges: Numbered<Option<(u64, u64)>>,
}

/// Draws an array of `len` elements. `by_time` draws it by the clock, and so is one with more writes than steps can show.
pub fn draw(chart: &ResourceChart, of: ScalarType, len: u64, by_time: bool) -> Drawing {
    let accesses = || chart.used.events.iter().copied().filter(|event| is_access(event));
    let steps = !by_time && accesses().filter(|event| is_write(event)).nth(COLUMNS).is_none();
    let moments = || accesses().filter(|event| is_write(event)).map(|event| event.at_ns).collect();
    // Few elements have a line each; of many, neighbours share one, and the last write to any of them shows.
    let lines = (len as usize).clamp(1, LINES);
    let shared = (len as usize).div_ceil(lines).max(1);
    let lines = (len as usize).div_ceil(shared).max(1);
    let high = (HEIGHT / lines as f64).clamp(LINE.1, LINE.0);
    let layout = Layout { lines, shared, high, detailed: steps && shared == 1 };
    let is_known = |event: &&Event| !matches!(event.action, Action::Store { index, .. } if chart.unknown.elements.contains(&index));
    let known: Vec<&Event> = accesses().filter(is_known).collect();
    let elements = follow(&known);
    let mut sheets = chart.times.each_ref().map(|time| {
        let axis = if steps { time.steps(moments(), 0) } else { time.clone() };
        Sheet::new(axis, chart.setting.words)
    });
    let pieces = pieces(&mut sheets, &elements.writes, (layout, len));
    let is_mixed = pieces.iter().flatten().flatten().any(|piece| piece.writer.is_none());
    for (sheet, pieces) in sheets.iter_mut().zip(&pieces) {
        push_lines(sheet, chart, layout, of, pieces);
        if layout.detailed && high >= 12.0 {
            push_writes(sheet, chart, &elements.writes, layout);
        }
        sheet.bottom += lines as f64 * high + 4.0;
        sheet.see(Mark::Texture);
    }
    let table = table(chart, &elements.ranges);
    let sight = match elements.lost {
        0 if !accesses().any(is_write) => Sight::Nothing,
        0 => Sight::Something,
        _ => Sight::Fault,
    };
    let told = told(chart, elements, len, (shared, is_mixed));
    Drawing::of(sheets, told, chart.setting.words.array_about(), table).with(sight)
}

/// Follows all accesses.
fn follow<'a>(accesses: &[&'a Event]) -> Elements<'a> {
    let mut following = Accesses::default();
    let mut elements =
        Elements { writes: Vec::new(), lost: 0, written: 0, owners: Owners::default(), ranges: Numbered::default() };
    for event in accesses {
        elements.lost += u64::from(following.add(event).is_some());
        if !is_write(event) {
            continue;
        }
        let (from, to) = self::elements(event);
        let last = to.saturating_sub(1).max(from);
        elements.written = elements.written.saturating_add(to - from);
        elements.owners.add(event);
        let (low, high) = elements.ranges.at(event.worker.into()).get_or_insert((from, last));
        (*low, *high) = (from.min(*low), last.max(*high));
        elements.writes.push(event);
    }
    elements
}

/// The pieces of each line, on each of the sheets.
fn pieces(sheets: &mut [Sheet; 2], writes: &[&Event], (layout, len): (Layout, u64)) -> [Vec<Vec<Piece>>; 2] {
    let Layout { lines, shared, detailed, .. } = layout;
    let mut neighbours = Neighbours::new(lines, shared, len);
    let mut all = [(); 2].map(|()| (0..lines).map(|_| Vec::new()).collect::<Vec<Vec<Piece>>>());
    let line = |element: u64| (element as usize / shared).min(lines - 1);
    for event in writes {
        let (from, to) = elements(event);
        let last = to.saturating_sub(1).max(from);
        let mut is_drawn = [false; 2];
        for line in line(from)..=line(last) {
            let writer = neighbours.write(line, (from, to), event.worker as usize);
            for ((sheet, all), is_drawn) in sheets.iter().zip(&mut all).zip(&mut is_drawn) {
                *is_drawn |= push_piece(sheet, &mut all[line], event, writer, detailed);
            }
        }
        for (sheet, is_drawn) in sheets.iter_mut().zip(is_drawn) {
            sheet.binned += u64::from(!is_drawn);
        }
    }
    all
}

/// Adds what a write makes of a line that is `writer`'s then; whether that is a piece of its own.
fn push_piece(sheet: &Sheet, pieces: &mut Vec<Piece>, event: &Event, writer: Option<usize>, detailed: bool) -> bool {
    let (left, width) = (sheet.axis.left, sheet.axis.width);
    let column = width / COLUMNS as f64;
    let (mut x, bits) = (sheet.axis.x(event.at_ns), event.action.bits());
    if !detailed {
        x = left + ((x - left) / column) as usize as f64 * column;
    }
    match pieces.last_mut() {
        // Within a column the last write stands for all.
        Some(last) if !detailed && last.from >= x => (last.writer, last.bits) = (writer, bits),
        Some(last) if !detailed && last.writer == writer => {}
        last => {
            if let Some(last) = last {
                last.to = x;
            }
            pieces.push(Piece { from: x, to: left + width, writer, bits });
            return true;
        }
    }
    false
}

/// Draws the elements' lines: each piece by itself with its number, or all pieces of a writer as one.
fn push_lines(sheet: &mut Sheet, chart: &ResourceChart, layout: Layout, of: ScalarType, pieces: &[Vec<Piece>]) {
    let Layout { lines, shared, high, detailed, .. } = layout;
    let name = chart.name();
    let labelled = (12.0 / high).ceil() as usize;
    // An index must be seen, and the name stands in the caption.
    let is_short = sheet.has_room(&format!("{name}[{}]", lines.saturating_sub(1) * shared));
    let mut paths: BTreeMap<Option<usize>, String> = BTreeMap::new();
    for line in 0..lines {
        let top = sheet.bottom + line as f64 * high;
        if line % labelled == 0 {
            let index = format!("[{}]", line * shared);
            sheet.scale(top + (high / 2.0).max(6.0) + 4.0, &if is_short { name.clone() + &index } else { index });
        }
        sheet.rect("blank", (sheet.axis.left, sheet.axis.width), (top, high));
        let pieces = pieces.get(line).map(Vec::as_slice).unwrap_or_default();
        if let Some(first) = chart.before(line as u64).filter(|_| detailed && high >= 12.0) {
            let end = sheet.axis.left + sheet.axis.width;
            let stop = if chart.unknown.elements.contains(&(line as u64)) { sheet.axis.left } else { end };
            push_number(
                sheet,
                &scalar(of, first),
                (sheet.axis.left, pieces.first().map_or(stop, |piece| piece.from)),
                (top, high),
            );
        }
        for piece in pieces {
            let number = piece.writer.map(colour_number);
            let wide = (piece.to - piece.from).max(0.5);
            if !detailed {
                let path = paths.entry(number).or_default();
                let _ = write!(path, "M{} {}h{}v{}h-{}z", at(piece.from), at(top), at(wide), at(high), at(wide));
                continue;
            }
            sheet.rect(&class(number), (piece.from, wide), (top, high));
            let text = piece.bits.map_or_else(String::new, |bits| scalar(of, bits));
            if high >= 12.0 {
                push_number(sheet, &text, (piece.from, piece.from + wide), (top, high));
            }
        }
        sheet.body.push('\n');
    }
    for (number, path) in paths {
        let _ = writeln!(sheet.body, "<path class=\"{}\" d=\"{path}\"/>", class(number));
    }
}

/// The class of what was written by whoever has the colour of this number, or by several.
fn class(number: Option<usize>) -> String {
    number.map_or_else(|| "edge w0 several".to_owned(), |number| format!("edge w{number} p{number}"))
}

/// Writes the number of an element at the beginning of a stretch of its line, if there is room for it.
fn push_number(sheet: &mut Sheet, text: &str, (from, to): (f64, f64), (top, high): (f64, f64)) {
    let long = text.len() as f64 * sheet.format().column();
    if long > 0.0 && long + 6.0 <= to - from {
        let (x, y) = (at(from + long / 2.0 + 5.0), at(top + high / 2.0 + 4.0));
        let _ = write!(sheet.body, "<text class=\"number plate\" x=\"{x}\" y=\"{y}\">{text}</text>");
    }
}

/// Draws an edge where each write began, which tells it on hover.
fn push_writes(sheet: &mut Sheet, chart: &ResourceChart, writes: &[&Event], Layout { lines, high, .. }: Layout) {
    for (event, (from, to)) in writes.iter().map(|event| (event, elements(event))) {
        if from >= lines as u64 {
            continue;
        }
        let (x, top) = (at(sheet.axis.x(event.at_ns)), at(sheet.bottom + from as f64 * high));
        let tall = (to.min(lines as u64) - from) as f64 * high;
        let number = colour_number(event.worker as usize);
        let _ = writeln!(
            sheet.body,
            "{}<path class=\"was-edge w{number}\" d=\"M{x} {top}v{}\"/></g>",
            chart.setting.open(event),
            at(tall)
        );
    }
}

fn told(chart: &ResourceChart, elements: Elements, len: u64, (shared, is_mixed): (usize, bool)) -> Told {
    let (name, words) = (chart.name(), chart.setting.words);
    let share = |worker: usize| (chart.who(worker), chart.often(worker, &WRITES));
    let shares: Vec<(String, u64)> = chart.workers(&WRITES).into_iter().map(share).collect();
    if shares.is_empty() {
        let reads = chart.total(ActionKind::Load) + chart.total(ActionKind::LoadMany);
        return Told { finding: words.array_unwritten(&name, reads), caption: String::new() };
    }
    let (lost, many) = (elements.lost, elements.written);
    let owners = elements.owners.counts();
    let written = owners.values().fold(0, |sum: u64, many| sum.saturating_add(*many));
    let writes: u64 = shares.iter().fold(0, |sum: u64, share| sum.saturating_add(share.1));
    let each = owners.values().next().copied().filter(|each| owners.values().all(|many| many == each));
    let last = owners.iter().max_by_key(|(worker, many)| (**many, std::cmp::Reverse(**worker)));
    let is_once = lost == 0 && written == many && !chart.unknown.is_any;
    let finding = match last {
        _ if lost > 0 => words.losses_finding(&name, lost, writes),
        _ if is_once => words.one_each(&name, owners.len() as u64, each),
        Some((worker, many)) => words.last_word(&name, &chart.who(*worker), *many, written),
        None => String::new(),
    };
    let owners: Vec<(String, u64)> = owners.into_iter().map(|(worker, many)| (chart.who(worker), many)).collect();
    let mut text = match (is_once, each) {
        (true, Some(_)) => String::new(),
        (true, None) => words.array_owners(&owners),
        (false, _) => words.array_writes(&name, &shares, &owners),
    };
    text.push_str(&words.array_untouched(len.saturating_sub(written)));
    if chart.unknown.is_any {
        text.push_str(&words.array_unordered(chart.unknown.elements.len() as u64));
    }
    if shared > 1 {
        text.push_str(&words.array_shared(shared as u64, is_mixed));
    }
    Told { finding, caption: text }
}

fn table(chart: &ResourceChart, ranges: &Numbered<Option<(u64, u64)>>) -> Table {
    let kinds = [&READS[..], &WRITES, &[ActionKind::Acquire, ActionKind::GiveUp]].concat();
    chart.table(chart.setting.words.array_columns(), &kinds, |worker, _, waited| {
        let range = match ranges.get(worker as u64).and_then(Option::as_ref) {
            Some((low, high)) if low == high => low.to_string(),
            Some((low, high)) => chart.setting.words.range(*low, *high),
            None => "–".to_owned(),
        };
        let often = |kinds: &[ActionKind]| count(chart.often(worker, kinds)).into();
        vec![often(&READS), often(&WRITES), range.into(), waited]
    })
}
