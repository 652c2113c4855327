//! The picture of a number over a long time: a curve, and below it where updates were lost.

use super::axis::Axis;
use super::bins::Points;
use super::frame::{Sheet, at};
use super::outline::Outline;
use super::resource_chart::ResourceChart;
use crate::model::ScalarType;
use crate::render::words::Mark;
use std::fmt::Write;

/// How high the curve is.
const HEIGHT: f64 = 84.0;

/// Draws the number that a resource held: what it was at first, its changes, and when updates were lost, if any were.
/// `label` writes a number at the side.
pub fn draw(
    (chart, time): (&ResourceChart, &Axis),
    first: Option<f64>,
    changes: &Outline,
    losses: Option<Points>,
    label: &dyn Fn(f64) -> String,
) -> Sheet {
    let mut sheet = Sheet::new(time.clone(), chart.setting.words);
    // In a small window the greatest number stands between the name and the curve.
    let over = 0.4 * sheet.above();
    sheet.bottom += sheet.above() + over;
    let (top, bottom) = (sheet.bottom, sheet.bottom + HEIGHT);
    let (low, high) = changes.span(first);
    let span = (high - low).max(f64::MIN_POSITIVE);
    // A number that is none stands at the bottom, so that the picture stays one.
    let y = |number: f64| bottom - HEIGHT * ((number - low) / span).clamp(0.0, 1.0).max(0.0);
    let start = changes.first().or(first).unwrap_or(low);
    let (path, binned) = changes.path(&sheet.axis, &y);
    let _ = writeln!(
        sheet.body,
        "<path class=\"curve\" d=\"M{} {}{path}H{}\"/>",
        at(sheet.axis.left),
        at(y(first.unwrap_or(start))),
        at(sheet.axis.x(chart.used.last_ns))
    );
    sheet.binned += binned;
    sheet.see(Mark::Curve);
    sheet.scale(top + 6.0, &label(high));
    sheet.beside("name w0", (top - over, HEIGHT + 2.0 * over), &chart.name());
    if high > low {
        sheet.scale(bottom + 2.0, &label(low));
    }
    sheet.bottom = bottom + 8.0;
    if let Some(losses) = losses {
        sheet.bottom += sheet.above();
        let (row, words) = (sheet.bottom + 2.0, sheet.words.overwritten());
        losses.push(&mut sheet, "lost", row, 10.0);
        sheet.beside("scale", (row, 10.0), words);
        sheet.bottom += 16.0;
        sheet.see(Mark::Lost);
    }
    sheet
}

/// A number of this type on the side of a curve.
pub fn short(of: ScalarType, number: f64) -> String {
    if of.integers().is_some() {
        return format!("{number:.0}");
    }
    format!("{number:.3}").trim_end_matches('0').trim_end_matches('.').to_owned()
}
