//! What all lanes have in common: the sheet, the names at the left, the time axis, the exits at the right.

use super::axis::Axis;
use crate::record::{Exit, WorkerOutcome};
use crate::render::text::{escape, shorten, shown, visible};
use crate::render::workers::{colour, exit_words};
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// The width of a picture, in its own units; on a wide screen one is about a pixel.
pub const WIDTH: f64 = 720.0;
/// The height of a lane.
pub const LANE: f64 = 34.0;
/// Where a lane's bar begins, from the top of the lane, and how high it is.
pub const BAR: (f64, f64) = (10.0, 16.0);
/// The room above the first lane, for the gate's name.
pub const TOP: f64 = 16.0;
/// How wide one column of a name or of an exit is at most.
const COLUMN: f64 = 8.0;
/// How many columns a name and an exit may have.
const NAME: usize = 18;
const EXIT: usize = 18;
const BOTTOM: f64 = 30.0;
/// How many workers get a lane.
pub const MOST_LANES: usize = 48;

/// A number with at most two decimals and no zeros behind them.
pub fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A coordinate: one decimal is a tenth of a pixel.
pub fn at(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// The axis up to `end_ns` between the names at the left and room for the exits at the right.
pub fn axis(end_ns: u64, workers: &[WorkerOutcome]) -> Axis {
    let names = workers.iter().map(|worker| visible(&worker.name).width()).max().unwrap_or(0);
    let exits = workers.iter().map(|worker| exit_words(&worker.exit).width()).max().unwrap_or(0);
    let left = names.clamp(5, NAME) as f64 * COLUMN + 12.0;
    // The last tick's label is centred below the end, so that it needs room of its own.
    let right = (exits.min(EXIT) as f64 * COLUMN + 10.0).max(28.0);
    Axis { end_ns: end_ns.max(1), left, width: WIDTH - left - right }
}

/// Where the lane of this number, from 0, begins.
pub fn lane_top(lane: usize) -> f64 {
    TOP + lane as f64 * LANE
}

/// For each worker's colour a hatch (`h`), which means waiting, and dots (`s`), which mean sleeping. They stand once in
/// the page, and every picture refers to them.
pub fn shared_definitions() -> String {
    let mut out =
        String::from("<svg class=\"defs\" width=\"0\" height=\"0\" aria-hidden=\"true\" focusable=\"false\"><defs>\n");
    let ground = "<rect class=\"under\" width=\"5\" height=\"5\"/>";
    for index in 0..=8 {
        let _ = writeln!(
            out,
            "<pattern id=\"h{index}\" class=\"w{index}\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\">{ground}<path class=\"hatch\" d=\"M1 0v5\"/></pattern>\
             <pattern id=\"s{index}\" class=\"w{index}\" width=\"5\" height=\"5\" \
             patternUnits=\"userSpaceOnUse\">{ground}\
             <circle class=\"dot\" cx=\"2.5\" cy=\"2.5\" r=\"0.8\"/></pattern>"
        );
    }
    out.push_str("</defs></svg>\n");
    out
}

/// The whole picture: `body` between its frame, with `lanes` lanes.
pub fn sheet(id: &str, title: &str, axis: &Axis, lanes: usize, body: &str) -> String {
    let bottom = lane_top(lanes);
    let height = bottom + BOTTOM;
    let mut out = String::with_capacity(body.len() + 2048);
    let _ = writeln!(
        out,
        "<svg class=\"lanes\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">\
         <title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">One lane for each worker, from left to right in time. \
         The caption and the table of workers below say the same in words.</desc>",
        at(height),
        escape(title)
    );
    for tick in axis.ticks() {
        let x = at(tick.x);
        let _ = writeln!(
            out,
            "<path class=\"grid\" d=\"M{x} {TOP}V{}\"/><text class=\"tick-label\" x=\"{x}\" y=\"{}\">{}</text>",
            at(bottom + 4.0),
            at(bottom + 18.0),
            tick.label
        );
    }
    out.push_str(body);
    out.push_str("</svg>");
    out
}

/// Appends a lane's name at the left, and behind its bar how its worker ended.
pub fn push_ends(out: &mut String, index: usize, lane: usize, worker: &WorkerOutcome, axis: &Axis) {
    let base = lane_top(lane) + BAR.0 + BAR.1 / 2.0 + 4.0;
    let name = visible(&worker.name);
    let _ = write!(
        out,
        "<text class=\"name {}\" x=\"{}\" y=\"{}\">{}",
        colour(index),
        at(axis.left - 8.0),
        at(base),
        escape(&shorten(&name, NAME))
    );
    if name.width() > NAME {
        let _ = write!(out, "<title>{}</title>", shown(&worker.name));
    }
    out.push_str("</text>");
    // That main ended well is no news.
    if index > 0 || !worker.exit.is_success() {
        let class = if worker.exit == Exit::Code(0) { "good" } else { "bad" };
        let words = exit_words(&worker.exit);
        let _ = write!(
            out,
            "<text class=\"exit {class}\" x=\"{}\" y=\"{}\">{}</text>",
            at(axis.x(worker.end_ns) + 6.0),
            at(base),
            escape(&shorten(&words, EXIT))
        );
    }
    out.push('\n');
}
