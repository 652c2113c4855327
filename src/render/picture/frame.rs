//! What all pictures have in common: the sheet, the names at the left, the axis, the exits at the right.

use super::axis::Axis;
use super::format::Format;
use super::small::push_small;
use super::starts;
use crate::record::{Executor, ExitStatus, RunOutcome, WorkerOutcome};
use crate::render::text::{bold_columns, escape, shorten, shorten_among, shown, visible};
use crate::render::words::Mark;
use crate::render::words::Words;
use crate::render::workers::colour;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// The room above the first lane, for the gate's name.
pub const TOP: f64 = 16.0;
/// How many columns a name and an exit may have beside their lane.
const NAME: usize = 18;
const EXIT: usize = 18;
const BOTTOM: f64 = 30.0;
/// How many workers get a lane.
pub const MAX_LANES: usize = 48;
/// The room left of an axis in a small window.
const MARGIN: f64 = 8.0;
/// How near to an edge of the sheet a label of the axis may stand.
const EDGE: f64 = 3.0;
/// The same where numbers stand there.
pub const SCALE: f64 = 48.0;

/// A coordinate: one decimal is a tenth of a pixel.
pub fn at(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// The axis of a run for so long from where its time begins: between the names at the left, what starting cost beside them, and
/// room for the exits at the right.
pub fn axis(length_ns: u64, run: &RunOutcome, words: Words, format: Format) -> Axis {
    let from_ns = if words.is_by_steps() { 0 } else { starts::zero_ns(run) };
    if format.is_small() {
        return Axis::time(length_ns, MARGIN, format.width() - MARGIN - 24.0).from(from_ns).of(format, MARGIN);
    }
    let names = run.workers.iter().map(|worker| bold_columns(&visible(&worker.name))).max().unwrap_or(0);
    let exits = run.workers.iter().map(|worker| words.exit(&worker.exit).width()).max().unwrap_or(0);
    let shown = shown_at_the_end(run).map_or(0, |text| text.width());
    // Beside names stand also words and elements of arrays, which are longer than the shortest of names.
    let names = names.clamp(8, NAME) as f64 * format.bold() + 8.0;
    let left = names + if starts::are_shown(run, from_ns) { starts::WIDTH } else { 4.0 };
    // The last tick's label is centred below the end, so that it needs room of its own.
    let ends = (exits.min(EXIT) as f64 * format.column()).max(shown as f64 * format.bold());
    let right = (ends + 12.0).max(30.0);
    Axis::time(length_ns, left, format.width() - left - right).from(from_ns).of(format, names)
}

/// What main showed when all was done, in as many columns as fit behind its lane.
fn shown_at_the_end(run: &RunOutcome) -> Option<String> {
    let [value] = run.results.as_slice() else { return None };
    let text = visible(&value.text);
    (text.width() <= EXIT && !text.contains('\n')).then(|| format!("= {text}"))
}

/// A worker's bar somewhere on a sheet.
#[derive(Debug, Clone, Copy)]
pub struct Bar {
    /// Whose it is: its number in the run.
    pub worker: usize,
    /// Where it begins, from the top of the sheet.
    pub top: f64,
    /// How high it is.
    pub height: f64,
}

impl Bar {
    /// The bar of the lane of this number, from 0.
    pub fn of_lane(format: Format, worker: usize, lane: usize) -> Self {
        let place = format.lane();
        Self { worker, top: TOP + lane as f64 * place.row + place.top, height: place.height }
    }

    /// Where it ends, from the top of the sheet.
    pub fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// Half-way down.
    pub fn middle(&self) -> f64 {
        self.top + self.height / 2.0
    }

    /// The class that gives it its worker's colour.
    pub fn colour(&self) -> String {
        colour(self.worker)
    }
}

/// A picture while it is being drawn.
pub struct Sheet {
    /// Its axis.
    pub axis: Axis,
    /// The page's words.
    pub words: Words<'static>,
    /// What stands still beside the axis: names.
    fixed: String,
    /// What stands on the axis, and moves with it.
    pub body: String,
    /// Where the lowest lane ends.
    pub bottom: f64,
    /// The kinds of mark that were drawn.
    legend: Vec<Mark>,
    /// How many events stand for themselves no longer, because they share a pixel with others.
    pub binned: u64,
    /// Whether some of these are bars, each as high as its share of the time.
    pub has_shares: bool,
    /// How many workers have no lane, because there are too many.
    pub unseen: usize,
    /// Whether the gate opens where the axis begins.
    pub is_gated: bool,
}

impl Sheet {
    /// An empty sheet with this axis.
    pub fn new(axis: Axis, words: Words) -> Self {
        Self {
            axis,
            words: words.without_lines(),
            fixed: String::new(),
            body: String::new(),
            bottom: TOP,
            legend: Vec::new(),
            binned: 0,
            has_shares: false,
            unseen: 0,
            is_gated: false,
        }
    }

    /// Notes that a kind of mark was drawn.
    pub fn see(&mut self, mark: Mark) {
        if !self.legend.contains(&mark) {
            self.legend.push(mark);
        }
    }

    /// The kinds of mark that were drawn, in their order.
    pub fn legend(&self) -> Vec<Mark> {
        let mut marks = self.legend.clone();
        marks.sort_unstable();
        marks
    }

    /// For which page it is.
    pub fn format(&self) -> Format {
        self.axis.format
    }

    /// Writes a worker's name at the left of its lane, or above it.
    pub fn lane_name(&mut self, run: &RunOutcome, bar: Bar) {
        let columns = NAME.min(((self.axis.names - 8.0) / self.format().bold()) as usize);
        self.write_name(run, bar, self.axis.names - 4.0, columns);
    }

    /// Writes the name of a worker that used something at the left of its bar, or above it.
    pub fn name(&mut self, run: &RunOutcome, bar: Bar) {
        let columns = ((self.axis.left - 8.0) / self.format().bold()) as usize;
        self.write_name(run, bar, self.axis.left - 8.0, columns);
    }

    fn write_name(&mut self, run: &RunOutcome, bar: Bar, x: f64, columns: usize) {
        let Some(worker) = run.workers.get(bar.worker) else { return };
        let name = visible(&worker.name);
        let columns = if self.format().is_small() { self.columns_above(run, worker) } else { columns };
        let others = run.workers.iter().take(MAX_LANES).map(|other| visible(&other.name));
        let short = shorten_among(&name, columns, others);
        let full = if short == name { String::new() } else { format!("<title>{}</title>", shown(&worker.name)) };
        let _ = writeln!(
            self.fixed,
            "<text class=\"name {}{}\" x=\"{}\" y=\"{}\">{full}{}</text>",
            bar.colour(),
            if self.format().is_small() { " above" } else { "" },
            at(if self.format().is_small() { self.above_x() } else { x }),
            at(if self.format().is_small() { bar.top - 9.0 } else { bar.middle() + 4.0 }),
            escape(&short)
        );
    }

    /// How many columns of a worker's name fit above its bar, beside how it ended and what starting it cost.
    fn columns_above(&self, run: &RunOutcome, worker: &WorkerOutcome) -> usize {
        let retired = if worker.tasks > 0 { self.words.retired().width() } else { 0 };
        let shown = shown_at_the_end(run).map_or(0, |text| text.width());
        let exit = self.words.exit(&worker.exit).width().max(shown).max(retired);
        let cost = starts::cost_ns(worker, self.axis.begin_ns()).map_or(0, |ns| self.words.start_of(ns).width() + 2);
        let room = self.format().width() - (exit.min(EXIT) + cost) as f64 * self.format().column() - 12.0;
        (room / self.format().bold()) as usize
    }

    /// Writes something at the left, as high as a bar from `top` on, or above that.
    pub fn beside(&mut self, class: &str, (top, height): (f64, f64), text: &str) {
        let (x, y, columns, above) = match self.format() {
            Format::Wide => {
                let columns = ((self.axis.left - 8.0) / self.format().bold()) as usize;
                (self.axis.left - 8.0, top + height / 2.0 + 4.0, columns, "")
            }
            Format::Small => {
                (self.above_x(), top - 6.0, (self.format().width() / self.format().bold()) as usize, " above")
            }
        };
        let short = shorten(text, columns);
        let full = if short == text { String::new() } else { format!("<title>{}</title>", escape(text)) };
        let _ = writeln!(
            self.fixed,
            "<text class=\"{class}{above}\" x=\"{}\" y=\"{}\">{full}{}</text>",
            at(x),
            at(y),
            escape(&short)
        );
    }

    /// Where what stands above a bar begins: behind the axis, where that is near the edge.
    fn above_x(&self) -> f64 {
        if self.axis.left > MARGIN { 2.0 } else { MARGIN + 4.0 }
    }

    /// Appends something that stands still beside the axis.
    pub fn fix(&mut self, drawn: &str) {
        self.fixed.push_str(drawn);
    }

    /// How wide the words for a worker's end are, with some room.
    pub fn exit_width(&self, run: &RunOutcome, bar: Bar, worker: &WorkerOutcome, has_retired: bool) -> f64 {
        let columns = self.ending(run, bar, worker, has_retired).map_or(0, |(_, words)| words.width());
        columns as f64 * self.format().column() + 8.0
    }

    /// How a worker ended, and for main what it showed then: the class and the words. One of a pool may have retired.
    fn ending(
        &self,
        run: &RunOutcome,
        bar: Bar,
        worker: &WorkerOutcome,
        has_retired: bool,
    ) -> Option<(&'static str, String)> {
        let (class, words) = match (&worker.exit, bar.worker) {
            // That main ended well is no news.
            (ExitStatus::Code(0), 0) => ("value", shown_at_the_end(run)?),
            (ExitStatus::Code(0), _) if has_retired => ("good", self.words.retired().to_owned()),
            (ExitStatus::Code(0), _) => ("good", self.words.exit(&worker.exit)),
            _ => ("bad", self.words.exit(&worker.exit)),
        };
        Some((class, shorten(&words, EXIT + 2).into_owned()))
    }

    /// How much room what stands beside a bar on a wide page needs above it in a small window.
    pub fn above(&self) -> f64 {
        if self.format().is_small() { 14.0 } else { 0.0 }
    }

    /// Writes a number at the left, or behind the beginning of the axis where it is too long.
    pub fn scale(&mut self, y: f64, text: &str) {
        let (class, x) = match self.has_room(text) {
            true => ("scale", self.axis.left - 8.0),
            false => ("scale within", self.axis.left + 4.0),
        };
        let _ = writeln!(self.fixed, "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>", at(x), at(y), escape(text));
    }

    /// Whether a text fits beside a picture.
    pub fn has_room(&self, text: &str) -> bool {
        text.width() as f64 * self.format().column() <= self.axis.left - 8.0
    }

    /// Writes behind a worker's bar how it ended.
    pub fn exit(&mut self, run: &RunOutcome, bar: Bar, worker: &WorkerOutcome, has_retired: bool) {
        let Some((class, words)) = self.ending(run, bar, worker, has_retired) else { return };
        let words = escape(&words);
        let _ = match self.format() {
            Format::Wide => writeln!(
                self.body,
                "<text class=\"exit {class}\" x=\"{}\" y=\"{}\">{words}</text>",
                at(self.axis.x(worker.end_ns) + 6.0),
                at(bar.middle() + 4.0),
            ),
            Format::Small => writeln!(
                self.fixed,
                "<text class=\"exit {class} right\" x=\"{}\" y=\"{}\">{words}</text>",
                at(self.format().width() - 4.0),
                at(bar.top - 9.0)
            ),
        };
    }

    /// Draws the pale stretch in which a worker was being started, if it took any time.
    pub fn start(&mut self, bar: Bar, worker: &WorkerOutcome) {
        let took_ns = worker.ready_ns.saturating_sub(worker.spawn_ns);
        // A call is not started, and what was before time began has a column of its own.
        if took_ns > 0 && worker.executor != Executor::Normal && worker.spawn_ns >= self.axis.begin_ns() {
            let (x, wide) = (self.axis.x(worker.spawn_ns), self.axis.wide(worker.spawn_ns, took_ns));
            self.rect(&format!("start {}", bar.colour()), (x, wide.max(1.0)), (bar.top, bar.height));
            self.see(Mark::Start);
        }
    }

    /// Appends a rectangle.
    pub fn rect(&mut self, class: &str, (x, wide): (f64, f64), (top, height): (f64, f64)) {
        push_rect(&mut self.body, class, (x, wide), (top, height));
    }

    /// The whole picture for a wide page; `title` names it, `about` says how to read it.
    pub fn finish(&self, id: &str, title: &str, about: &str) -> String {
        let height = at(self.bottom + BOTTOM);
        let mut out = String::with_capacity(self.body.len() + self.fixed.len() + 2048);
        let _ = writeln!(
            out,
            "<svg class=\"lanes\" viewBox=\"0 0 {} {height}\" role=\"img\" aria-labelledby=\"{id}-t\" aria-describedby=\"{id}-d\" \
             {}><title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>",
            at(self.format().width()),
            self.axis.attribute(),
            escape(title),
            escape(about)
        );
        out.push_str(&self.fixed);
        // What stands on the axis is a picture in the picture, so that a script can zoom it alone.
        let (left, width) = (at(self.axis.left), at(self.axis.width));
        let _ = writeln!(
            out,
            "<svg class=\"plot\" x=\"{left}\" width=\"{width}\" height=\"{height}\" viewBox=\"{left} 0 {width} \
             {height}\">"
        );
        self.push_ticks(&mut out);
        out.push_str(&self.body);
        out.push_str("</svg></svg>");
        out
    }

    /// The whole picture for a small window, which is named by what names that for a wide page. What is told of its events stands
    /// there, unless it `tells` that itself.
    pub fn finish_small(&self, id: &str, tells: bool) -> String {
        let (width, height) = (at(self.format().width()), at(self.bottom + BOTTOM));
        let mut out = format!(
            "<svg class=\"lanes small\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{id}-t\" aria-describedby=\"{id}-d\">\n"
        );
        self.push_ticks(&mut out);
        push_small(&mut out, &self.body, tells);
        out.push_str(&self.fixed);
        out.push_str("</svg>");
        out
    }

    fn push_ticks(&self, out: &mut String) {
        let ticks = self.axis.ticks(self.words);
        let (low, label) = (at(self.bottom + 4.0), at(self.bottom + 18.0));
        let grid: String = ticks.iter().map(|tick| format!("M{} {TOP}V{low}", at(tick.x))).collect();
        let _ = write!(out, "<path class=\"grid\" d=\"{grid}\"/>\n<text class=\"tick-label\" y=\"{label}\">");
        for tick in ticks {
            let text = if tick.x <= self.axis.left && self.is_gated { self.words.gate_tick() } else { &tick.label };
            let half = text.width() as f64 * self.format().column() / 2.0;
            let (class, x) = match tick.x {
                x if x - half < EDGE => (" class=\"first\"", EDGE),
                x if x + half > self.format().width() - EDGE => (" class=\"right\"", self.format().width() - EDGE),
                x => ("", x),
            };
            let _ = write!(out, "<tspan{class} x=\"{}\">{text}</tspan>", at(x));
        }
        out.push_str("</text>\n");
    }
}

/// Appends a rectangle to some SVG: as a path, which takes fewer bytes, unless it is a box with round corners.
pub fn push_rect(out: &mut String, class: &str, (x, wide): (f64, f64), (top, height): (f64, f64)) {
    let (x, top, wide, height) = (at(x), at(top), at(wide), at(height));
    let _ = match class.contains("box") {
        true => write!(out, "<rect class=\"{class}\" x=\"{x}\" y=\"{top}\" width=\"{wide}\" height=\"{height}\"/>"),
        false => write!(out, "<path class=\"{class}\" d=\"M{x} {top}h{wide}v{height}H{x}z\"/>"),
    };
}
