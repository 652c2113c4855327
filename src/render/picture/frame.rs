//! What all pictures have in common: the sheet, the names at the left, the axis, the exits at the right.

use super::axis::Axis;
use crate::record::{Executor, ExitStatus, RunOutcome, WorkerOutcome};
use crate::render::text::{escape, shorten, shown, visible};
use crate::render::words::Mark;
use crate::render::words::Words;
use crate::render::workers::colour;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// The width of a picture, in its own units; on a wide screen one is about a pixel.
pub const WIDTH: f64 = 720.0;
/// The height of a lane.
pub const LANE: f64 = 36.0;
/// Where a lane's bar begins, from the top of the lane, and how high it is.
pub const BAR: (f64, f64) = (13.0, 16.0);
/// The room above the first lane, for the gate's name.
pub const TOP: f64 = 16.0;
/// How wide one column of a name or of an exit is at most.
const COLUMN: f64 = 8.0;
/// How many columns a name and an exit may have.
const NAME: usize = 18;
const EXIT: usize = 18;
const BOTTOM: f64 = 30.0;
/// How many workers get a lane.
pub const MAX_LANES: usize = 48;

/// A coordinate: one decimal is a tenth of a pixel.
pub fn at(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// The axis up to `end_ns` between the names at the left and room for the exits at the right.
pub fn axis(end_ns: u64, run: &RunOutcome, words: Words) -> Axis {
    let names = run.workers.iter().map(|worker| visible(&worker.name).width()).max().unwrap_or(0);
    let exits = run.workers.iter().map(|worker| words.exit(&worker.exit).width()).max().unwrap_or(0);
    let shown = shown_at_the_end(run).map_or(0, |text| text.width());
    // Beside names stand also words and elements of arrays, which are longer than the shortest of names.
    let left = names.clamp(9, NAME) as f64 * COLUMN + 12.0;
    // The last tick's label is centred below the end, so that it needs room of its own.
    let right = (exits.min(EXIT).max(shown) as f64 * COLUMN + 10.0).max(28.0);
    Axis::time(end_ns, left, WIDTH - left - right)
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
    pub fn of_lane(worker: usize, lane: usize) -> Self {
        Self { worker, top: TOP + lane as f64 * LANE + BAR.0, height: BAR.1 }
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
    /// How many workers have no lane, because there are too many.
    pub unseen: usize,
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
            unseen: 0,
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

    /// Writes a worker's name at the left of its bar.
    pub fn name(&mut self, run: &RunOutcome, bar: Bar) {
        let Some(worker) = run.workers.get(bar.worker) else { return };
        let name = visible(&worker.name);
        let _ = write!(
            self.fixed,
            "<text class=\"name {}\" x=\"{}\" y=\"{}\">{}",
            bar.colour(),
            at(self.axis.left - 8.0),
            at(bar.middle() + 4.0),
            escape(&shorten(&name, NAME))
        );
        if name.width() > NAME {
            let _ = write!(self.fixed, "<title>{}</title>", shown(&worker.name));
        }
        self.fixed.push_str("</text>\n");
    }

    /// Writes something at the left that is nobody's name.
    pub fn side(&mut self, class: &str, y: f64, text: &str) {
        let (x, y) = (at(self.axis.left - 8.0), at(y));
        let text = escape(&shorten(text, if class == "scale" { self.columns() } else { NAME }));
        let _ = writeln!(self.fixed, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>");
    }

    /// How many columns fit beside a picture: one of the smaller letters of a scale is about six wide.
    fn columns(&self) -> usize {
        ((self.axis.left - 8.0) / 6.0) as usize
    }

    /// Whether a text fits beside a picture in the smaller letters of a scale.
    pub fn has_room(&self, text: &str) -> bool {
        text.width() <= self.columns()
    }

    /// Writes behind a worker's bar how it ended, and behind main's what it showed then. One of a pool may have retired.
    pub fn exit(&mut self, run: &RunOutcome, bar: Bar, worker: &WorkerOutcome, has_retired: bool) {
        let (class, words) = match (&worker.exit, bar.worker) {
            // That main ended well is no news.
            (ExitStatus::Code(0), 0) => match shown_at_the_end(run) {
                Some(value) => ("value", value),
                None => return,
            },
            (ExitStatus::Code(0), _) if has_retired => ("good", self.words.retired().to_owned()),
            (ExitStatus::Code(0), _) => ("good", self.words.exit(&worker.exit)),
            _ => ("bad", self.words.exit(&worker.exit)),
        };
        let _ = writeln!(
            self.body,
            "<text class=\"exit {class}\" x=\"{}\" y=\"{}\">{}</text>",
            at(self.axis.x(worker.end_ns) + 6.0),
            at(bar.middle() + 4.0),
            escape(&shorten(&words, EXIT + 2))
        );
    }

    /// Draws the pale stretch in which a worker was being started, if it took any time.
    pub fn start(&mut self, bar: Bar, worker: &WorkerOutcome) {
        let took_ns = worker.ready_ns.saturating_sub(worker.spawn_ns);
        // A call is not started.
        if took_ns > 0 && worker.executor != Executor::Normal {
            let (x, wide) = (self.axis.x(worker.spawn_ns), self.axis.wide(worker.spawn_ns, took_ns));
            self.rect(&format!("start {}", bar.colour()), (x, wide.max(1.0)), (bar.top, bar.height));
            self.see(Mark::Start);
        }
    }

    /// Appends a rectangle.
    pub fn rect(&mut self, class: &str, (x, wide): (f64, f64), (top, height): (f64, f64)) {
        push_rect(&mut self.body, class, (x, wide), (top, height));
    }

    /// The whole picture; `title` names it, `about` says how to read it.
    pub fn finish(&self, id: &str, title: &str, about: &str) -> String {
        let height = at(self.bottom + BOTTOM);
        let mut out = String::with_capacity(self.body.len() + self.fixed.len() + 2048);
        let _ = writeln!(
            out,
            "<svg class=\"lanes\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\" \
             {}><title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>",
            self.axis.attribute(),
            escape(title),
            escape(about)
        );
        out.push_str(&self.fixed);
        // What stands on the axis is a picture in the picture, so that a script can zoom it alone.
        let (left, width) = (at(self.axis.left), at(self.axis.width));
        let _ = writeln!(
            out,
            "<svg class=\"plot\" x=\"{left}\" y=\"0\" width=\"{width}\" height=\"{height}\" viewBox=\"{left} 0 {width} \
             {height}\" preserveAspectRatio=\"none\">"
        );
        let ticks = self.axis.ticks(self.words);
        let (low, label) = (at(self.bottom + 4.0), at(self.bottom + 18.0));
        let grid: String = ticks.iter().map(|tick| format!("M{} {TOP}V{low}", at(tick.x))).collect();
        let _ = writeln!(out, "<path class=\"grid\" d=\"{grid}\"/>");
        for tick in ticks {
            let x = at(tick.x);
            let _ = writeln!(out, "<text class=\"tick-label\" x=\"{x}\" y=\"{label}\">{}</text>", tick.label);
        }
        out.push_str(&self.body);
        out.push_str("</svg></svg>");
        out
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

/// For each worker's colour a hatch (`h`), which means waiting, dots (`s`), which mean sleeping, and a texture of its own
/// (`p`), which means that worker. They stand once in the page, and every picture refers to them.
pub fn shared_definitions() -> String {
    let mut out =
        String::from("<svg class=\"defs\" width=\"0\" height=\"0\" aria-hidden=\"true\" focusable=\"false\"><defs>\n");
    let ground = "<rect class=\"under\" width=\"5\" height=\"5\"/>";
    for (index, texture) in TEXTURES.iter().enumerate() {
        let _ = writeln!(
            out,
            "<pattern id=\"h{index}\" class=\"w{index}\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\">{ground}<path class=\"hatch\" d=\"M1 0v5\"/></pattern>\
             <pattern id=\"s{index}\" class=\"w{index}\" width=\"5\" height=\"5\" \
             patternUnits=\"userSpaceOnUse\">{ground}\
             <circle class=\"dot\" cx=\"2.5\" cy=\"2.5\" r=\"0.8\"/></pattern>\
             <pattern id=\"p{index}\" class=\"w{index}\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
             <rect class=\"wash\" width=\"6\" height=\"6\"/><path class=\"hatch\" d=\"{texture}\"/></pattern>"
        );
    }
    out.push_str("</defs></svg>\n");
    out
}

/// How many colours and textures there are, main's included.
pub const COLOURS: usize = 9;

/// The textures that tell workers apart without colour, main's first.
const TEXTURES: [&str; COLOURS] = [
    "M0 0",
    "M0 3h6",
    "M3 0v6",
    "M-1 1l2 -2M0 6l6 -6M5 7l2 -2",
    "M-1 5l2 2M0 0l6 6M5 -1l2 2",
    "M0 3h6M3 0v6",
    "M0 0l6 6M0 6l6 -6",
    "M2 3h2",
    "M0 1h6M0 4h6",
];
