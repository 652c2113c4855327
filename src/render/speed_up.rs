//! The curve of a sweep: how many times as fast it was with so many workers, the ideal, and the law fitted to it.

use super::amdahl::Fit;
use super::options::RenderContext;
use super::units::{digits, duration};
use super::words::Words;
use std::fmt::Write;

/// A number of workers, and how long the cell took with it.
pub struct Point {
    /// The number.
    pub workers: u32,
    /// How long each run took.
    pub times_ns: Vec<u64>,
    /// The median of that.
    pub median_ns: u64,
}

/// How many workers can be at work at once.
pub fn at_once(workers: u32, cores: u32) -> f64 {
    f64::from(workers.min(cores.max(1)))
}

/// The sheet: its width and height, and the corners of the plot in it.
const SHEET: (f64, f64) = (720.0, 300.0);
const PLOT: (f64, f64, f64, f64) = (56.0, 14.0, 660.0, 250.0);

/// What a place on the sheet is worked out from.
struct Plot<'a> {
    points: &'a [Point],
    cores: u32,
    words: Words<'a>,
    /// The least number of workers, and how long it took with it.
    first: f64,
    base_ns: f64,
    /// The greatest number of workers.
    most: f64,
    /// The greatest speed-up that there is room for.
    high: f64,
}

/// Appends the curve of these points, in ascending order; `id` is unique on the page.
pub fn push(out: &mut String, points: &[Point], context: RenderContext, fit: Option<&Fit>, id: &str) {
    let Some(plot) = Plot::of(points, context) else { return };
    let _ = writeln!(
        out,
        "<div class=\"scroll\" tabindex=\"0\"><svg class=\"lanes\" viewBox=\"0 0 {} {}\" role=\"img\" \
         aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>",
        SHEET.0,
        SHEET.1,
        plot.words.curve_title(),
        plot.words.curve_about()
    );
    plot.push_scales(out);
    plot.push_ideal(out);
    plot.push_cores(out);
    if let Some(fit) = fit {
        plot.push_fit(out, fit);
    }
    points.iter().for_each(|point| plot.push_point(out, point));
    out.push_str("</svg></div>\n");
}

impl<'a> Plot<'a> {
    fn of(points: &'a [Point], context: RenderContext<'a>) -> Option<Self> {
        let (base, last) = (points.first()?, points.last()?);
        let (first, base_ns) = (f64::from(base.workers), base.median_ns as f64);
        let times = points.iter().flat_map(|point| &point.times_ns);
        let fastest = times.map(|time| base_ns / *time as f64).fold(1.0, f64::max);
        // The ideal line leaves the picture where it would leave no room for what was measured.
        let high = (at_once(last.workers, context.cores) / first).max(fastest) * 1.25;
        let (cores, words, most) = (context.cores, context.words, f64::from(last.workers));
        Some(Self { points, cores, words, first, base_ns, most, high })
    }

    /// Where a number of workers stands.
    fn x(&self, workers: f64) -> f64 {
        let (left, _, right, _) = PLOT;
        left + (right - left) * workers / self.most
    }

    /// Where a speed-up stands.
    fn y(&self, speed: f64) -> f64 {
        let (_, top, _, bottom) = PLOT;
        bottom - (bottom - top) * (speed / self.high).min(1.0)
    }

    /// Where a time stands, by the speed-up that it is.
    fn y_of_time(&self, ns: f64) -> f64 {
        self.y(self.base_ns / ns)
    }

    /// Draws the speed-ups at the left, with a line for each, and the numbers of workers below.
    fn push_scales(&self, out: &mut String) {
        let (left, _, right, bottom) = PLOT;
        let steps = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];
        let every = steps.into_iter().find(|step| self.high / step <= 6.0).unwrap_or(self.high / 5.0);
        for step in 0..=(self.high / every) as u32 {
            let speed = every * f64::from(step);
            let (at, label) = (self.y(speed), digits(speed));
            let _ = writeln!(
                out,
                "<path class=\"grid\" d=\"M{left} {at:.1}H{right}\"/><text class=\"scale\" x=\"{:.1}\" \
                 y=\"{:.1}\">{label}\u{a0}×</text>",
                left - 8.0,
                at + 4.0
            );
        }
        let mut free = f64::MIN;
        for point in self.points {
            let (at, label) = (self.x(f64::from(point.workers)), point.workers.to_string());
            // Numbers that would touch are left out.
            let half = label.len() as f64 * 3.4 + 3.0;
            if at - half < free {
                continue;
            }
            free = at + half;
            push_below(out, at, bottom + 18.0, &label);
        }
        push_below(out, (left + right) / 2.0, bottom + 38.0, self.words.sweep()[0]);
    }

    /// Draws the line on which twice the workers are twice as fast.
    fn push_ideal(&self, out: &mut String) {
        let end = (self.high * self.first).min(self.most);
        let (x, y, end_x, end_y) = (self.x(self.first), self.y(1.0), self.x(end), self.y(end / self.first));
        let _ = writeln!(out, "<path class=\"ideal\" d=\"M{x:.1} {y:.1}L{end_x:.1} {end_y:.1}\"/>");
    }

    /// Draws a line at the number of cores, if that lies between the least and the greatest number of workers.
    fn push_cores(&self, out: &mut String) {
        let cores = f64::from(self.cores);
        if cores <= self.first || cores >= self.most {
            return;
        }
        let (_, top, _, bottom) = PLOT;
        let at = self.x(cores);
        let _ = writeln!(
            out,
            "<path class=\"gate\" d=\"M{at:.1} {top}V{bottom}\"/><text class=\"scale\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            at - 5.0,
            top + 10.0,
            self.words.cores(self.cores.into())
        );
    }

    /// Draws the law.
    fn push_fit(&self, out: &mut String, fit: &Fit) {
        const STEPS: u32 = 60;
        let path = (0..=STEPS).map(|step| {
            let workers = self.first + (self.most - self.first) * f64::from(step) / f64::from(STEPS);
            let time = fit.time(workers.min(f64::from(self.cores.max(1))));
            let command = if step == 0 { 'M' } else { 'L' };
            format!("{command}{:.1} {:.1}", self.x(workers), self.y_of_time(time))
        });
        let _ = writeln!(out, "<path class=\"fitted\" d=\"{}\"/>", path.collect::<String>());
    }

    /// Draws the median, and a line from the fastest run to the slowest where there were several.
    fn push_point(&self, out: &mut String, point: &Point) {
        let at = self.x(f64::from(point.workers));
        let (fast, slow) = (point.times_ns.iter().min(), point.times_ns.iter().max());
        if let (Some(fast), Some(slow), true) = (fast, slow, point.times_ns.len() > 1) {
            let (upper, lower) = (self.y_of_time(*fast as f64), self.y_of_time(*slow as f64));
            let _ = writeln!(out, "<path class=\"range\" d=\"M{at:.1} {upper:.1}V{lower:.1}\"/>");
        }
        let _ = writeln!(
            out,
            "<circle class=\"measured\" cx=\"{at:.1}\" cy=\"{:.1}\" r=\"4\"><title>{}: {}</title></circle>",
            self.y_of_time(point.median_ns as f64),
            self.words.workers(point.workers.into()),
            duration(point.median_ns)
        );
    }
}

/// Writes a label below the plot.
fn push_below(out: &mut String, x: f64, y: f64, label: &str) {
    let _ = writeln!(out, "<text class=\"tick-label\" x=\"{x:.1}\" y=\"{y:.1}\">{label}</text>");
}

/// What the lines mean; there need be no law.
pub fn legend(words: Words, has_law: bool) -> String {
    let shapes = [
        "<circle class=\"measured\" cx=\"10\" cy=\"5\" r=\"3.5\"/>",
        "<path class=\"ideal\" d=\"M0 9L20 1\"/>",
        "<path class=\"fitted\" d=\"M0 9Q8 3 20 3\"/>",
    ];
    let entry = |(shape, text): (&str, &str)| format!("<span><svg aria-hidden=\"true\">{shape}</svg>{text}</span>");
    let entries: String =
        shapes.into_iter().zip(words.curve_legend()).take(if has_law { 3 } else { 2 }).map(entry).collect();
    format!("<span class=\"legend\">{entries}</span>")
}
