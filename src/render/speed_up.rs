//! The curve of a sweep: how many times as fast it was with so many workers, the ideal, and the law fitted to it. Both axes double
//! at equal distances, so that the ideal is a straight line.

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

/// The measures of a drawing.
#[derive(Clone, Copy)]
struct Size {
    class: &'static str,
    /// What is behind the id in that of the drawing.
    of: &'static str,
    /// Its width and height.
    sheet: (f64, f64),
    /// The corners of the plot in it: left, top, right and bottom.
    plot: (f64, f64, f64, f64),
    /// How wide a figure is.
    figure: f64,
}

const WIDE: Size =
    Size { class: "lanes", of: "", sheet: (720.0, 300.0), plot: (56.0, 18.0, 690.0, 250.0), figure: 7.1 };
const SMALL: Size =
    Size { class: "lanes small", of: "-s", sheet: (360.0, 270.0), plot: (56.0, 18.0, 344.0, 220.0), figure: 7.4 };

/// What a place on the sheet is worked out from.
struct Plot<'a> {
    points: &'a [Point],
    cores: u32,
    words: Words<'a>,
    size: Size,
    /// The least number of workers, and how long it took with it.
    first: f64,
    base_ns: f64,
    /// The greatest number of workers.
    most: f64,
    /// The least and the greatest speed-up that there is room for.
    speeds: (f64, f64),
}

/// Appends the curve of these points, in ascending order; `id` is unique on the page.
pub fn push(out: &mut String, points: &[Point], context: RenderContext, fit: Option<&Fit>, id: &str) {
    out.push_str("<div class=\"scroll\" tabindex=\"0\">");
    for size in [WIDE, SMALL] {
        let Some(plot) = Plot::of(points, context, size) else { continue };
        let id = format!("{id}{}", size.of);
        let _ = writeln!(
            out,
            "<svg class=\"{}\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{id}-t\" aria-describedby=\"{id}-d\"><title \
             id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>",
            size.class,
            size.sheet.0,
            size.sheet.1,
            plot.words.curve_title(),
            plot.words.curve_about()
        );
        plot.push_cores(out);
        plot.push_scales(out);
        plot.push_ideal(out);
        if let Some(fit) = fit {
            plot.push_fit(out, fit);
        }
        points.iter().for_each(|point| plot.push_point(out, point));
        out.push_str("</svg>");
    }
    out.push_str("</div>\n");
}

impl<'a> Plot<'a> {
    fn of(points: &'a [Point], context: RenderContext<'a>, size: Size) -> Option<Self> {
        let (base, last) = (points.first()?, points.last()?);
        let (first, base_ns) = (f64::from(base.workers.max(1)), base.median_ns as f64);
        let times = points.iter().flat_map(|point| &point.times_ns);
        let speeds = times.map(|time| base_ns / *time as f64);
        let (low, high) = speeds.fold((1.0_f64, 1.0_f64), |(low, high), speed| (low.min(speed), high.max(speed)));
        // The ideal line leaves the picture where it would leave no room for what was measured.
        let high = high.max(at_once(last.workers, context.cores) / first) * 1.25;
        let (cores, words, most) = (context.cores, context.words, f64::from(last.workers));
        Some(Self { points, cores, words, size, first, base_ns, most, speeds: (low * 0.85, high) })
    }

    /// Where a number of workers stands: twice as many always at the same distance.
    fn x(&self, workers: f64) -> f64 {
        let (left, _, right, _) = self.size.plot;
        // Some room beside the first and the last point.
        let (left, right) = (left + 18.0, right - 18.0);
        let doublings = (self.most / self.first).log2().max(f64::MIN_POSITIVE);
        left + (right - left) * (workers / self.first).log2() / doublings
    }

    /// Where a speed-up stands: twice as fast always at the same distance.
    fn y(&self, speed: f64) -> f64 {
        let (_, top, _, bottom) = self.size.plot;
        let (low, high) = self.speeds;
        let part = (speed / low).log2() / (high / low).log2();
        bottom - (bottom - top) * part.clamp(0.0, 1.0)
    }

    /// Where a time stands, by the speed-up that it is.
    fn y_of_time(&self, ns: f64) -> f64 {
        self.y(self.base_ns / ns)
    }

    /// Draws the speed-ups at the left, with a line for each, and the numbers of workers below.
    fn push_scales(&self, out: &mut String) {
        let (left, _, right, bottom) = self.size.plot;
        let (low, high) = self.speeds;
        // All powers of two, or every second, and so on: as many as can be read.
        let every = ((high / low).log2() / 6.0).ceil().max(1.0) as i32;
        let powers = (low.log2().ceil() as i32..=high.log2().floor() as i32).filter(|power| power % every == 0);
        for speed in powers.map(|power| 2_f64.powi(power)) {
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
            let half = label.len() as f64 * self.size.figure / 2.0 + 3.0;
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
        let end = (self.speeds.1 * self.first).min(self.most);
        let (x, y, end_x, end_y) = (self.x(self.first), self.y(1.0), self.x(end), self.y(end / self.first));
        let _ = writeln!(out, "<path class=\"ideal\" d=\"M{x:.1} {y:.1}L{end_x:.1} {end_y:.1}\"/>");
    }

    /// Shades where there are more workers than cores.
    fn push_cores(&self, out: &mut String) {
        let cores = f64::from(self.cores.max(1));
        if cores >= self.most {
            return;
        }
        let (left, top, right, bottom) = self.size.plot;
        let from = if cores < self.first { left } else { self.x(cores) };
        let words = self.words.beyond_cores(self.cores.into());
        let _ = writeln!(
            out,
            "<path class=\"beyond\" d=\"M{from:.1} {top}H{right}V{bottom}H{from:.1}z\"/><text class=\"scale\" \
             x=\"{right:.1}\" y=\"{:.1}\">{words}</text>",
            top - 5.0
        );
    }

    /// Draws the law.
    fn push_fit(&self, out: &mut String, fit: &Fit) {
        const STEPS: u32 = 60;
        let path = (0..=STEPS).map(|step| {
            let workers = self.first * (self.most / self.first).powf(f64::from(step) / f64::from(STEPS));
            let time = fit.time(workers.min(f64::from(self.cores.max(1))));
            let command = if step == 0 { 'M' } else { 'L' };
            format!("{command}{:.1} {:.1}", self.x(workers), self.y_of_time(time))
        });
        let _ = writeln!(out, "<path class=\"fitted\" d=\"{}\"/>", path.collect::<String>());
    }

    /// Draws the median, and a line from the fastest run to the slowest where there were several, with a dash at either end.
    fn push_point(&self, out: &mut String, point: &Point) {
        let at = self.x(f64::from(point.workers));
        let (fast, slow) = (point.times_ns.iter().min(), point.times_ns.iter().max());
        if let (Some(fast), Some(slow), true) = (fast, slow, point.times_ns.len() > 1) {
            let (upper, lower) = (self.y_of_time(*fast as f64), self.y_of_time(*slow as f64));
            let left = at - 4.0;
            let _ = writeln!(
                out,
                "<path class=\"range\" d=\"M{left:.1} {upper:.1}h8m-4 0V{lower:.1}M{left:.1} {lower:.1}h8\"/>"
            );
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture;

    fn plot(points: &[Point], size: Size) -> Plot<'_> {
        let context = RenderContext { cores: 4, ..fixture::context() };
        Plot::of(points, context, size).expect("a plot")
    }

    fn points(times: &[(u32, u64)]) -> Vec<Point> {
        times.iter().map(|(workers, ns)| Point { workers: *workers, times_ns: vec![*ns], median_ns: *ns }).collect()
    }

    #[test]
    fn doublings_are_equally_far_from_each_other_on_both_axes() {
        let points = points(&[(1, 800), (2, 400), (4, 200), (8, 200)]);
        for size in [WIDE, SMALL] {
            let plot = plot(&points, size);
            let [x, y] = [[1.0, 2.0, 4.0, 8.0].map(|n| plot.x(n)), [1.0, 2.0, 4.0, 4.5].map(|n| plot.y(n))];
            assert!((x[1] - x[0] - (x[2] - x[1])).abs() < 1e-9 && (y[1] - y[0] - (y[2] - y[1])).abs() < 1e-9);
        }
    }

    #[test]
    fn what_stands_at_the_left_has_room_there_where_more_workers_were_slower() {
        let points = points(&[(1, 100), (2, 300), (4, 900)]);
        for size in [WIDE, SMALL] {
            let mut out = String::new();
            plot(&points, size).push_scales(&mut out);
            let labels = out.split("<text class=\"scale\"").skip(1).filter_map(|text| text.split(['>', '<']).nth(1));
            let labels: Vec<_> = labels.filter(|label| label.ends_with('×')).collect();
            let is_room = |label: &&str| label.chars().count() as f64 * size.figure <= size.plot.0 - 8.0;
            assert!(labels.len() > 2 && labels.iter().all(is_room), "{labels:?}");
        }
    }

    #[test]
    fn where_there_are_more_workers_than_cores_it_is_shaded() {
        let shades = |times: &[(u32, u64)]| {
            let mut out = String::new();
            let context = RenderContext { cores: 4, ..fixture::context() };
            push(&mut out, &points(times), context, None, "x");
            out.matches("class=\"beyond\"").count()
        };
        assert_eq!([shades(&[(1, 9), (2, 5), (8, 4)]), shades(&[(1, 9), (4, 5)])], [2, 0], "in each drawing");
    }
}
