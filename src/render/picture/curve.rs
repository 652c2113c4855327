//! The picture of a number over a long time: a curve, and below it where updates were lost.

use super::bins::points;
use super::frame::{Sheet, at};
use super::legend::Mark;
use super::outline::outline;
use super::scene::Scene;
use std::fmt::Write;

/// How high the curve is.
const HEIGHT: f64 = 84.0;

/// Draws the number that a resource held: what it was at first, its changes, and when updates were lost. `label` writes a
/// number at the side.
pub fn draw(
    scene: &Scene,
    first: Option<f64>,
    changes: &[(u64, f64)],
    losses: &[u64],
    label: &dyn Fn(f64) -> String,
) -> Sheet {
    let mut sheet = Sheet::new(scene.time.clone(), scene.words);
    let (top, bottom) = (sheet.bottom, sheet.bottom + HEIGHT);
    let finite = || changes.iter().map(|(_, number)| *number).chain(first).filter(|number| number.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    let (low, high) = if low <= high { (low, high) } else { (0.0, 0.0) };
    let span = (high - low).max(f64::MIN_POSITIVE);
    // A number that is none stands at the bottom, so that the picture stays one.
    let y = |number: f64| bottom - HEIGHT * ((number - low) / span).clamp(0.0, 1.0).max(0.0);
    let start = changes.first().map(|(_, number)| *number).or(first).unwrap_or(low);
    let (path, binned) = outline(&sheet.axis, changes, &y);
    let _ = writeln!(
        sheet.body,
        "<path class=\"curve\" d=\"M{} {}{path}H{}\"/>",
        at(sheet.axis.left),
        at(y(first.unwrap_or(start))),
        at(sheet.axis.x(super::value::last_ns(scene)))
    );
    sheet.binned += binned;
    sheet.see(Mark::Curve);
    sheet.side("scale", top + 6.0, &label(high));
    sheet.side("name w0", (top + bottom) / 2.0 + 4.0, &scene.name());
    if high > low {
        sheet.side("scale", bottom + 2.0, &label(low));
    }
    sheet.bottom = bottom + 8.0;
    if !losses.is_empty() {
        let places: Vec<f64> = losses.iter().map(|ns| sheet.axis.x(*ns)).collect();
        let (places, shared) = points(&places, 1.5);
        let row = at(sheet.bottom + 2.0);
        let path: String = places.iter().map(|x| format!("M{} {row}v10", at(*x))).collect();
        let _ = writeln!(sheet.body, "<path class=\"lost\" d=\"{path}\"/>");
        sheet.side("scale", sheet.bottom + 11.0, sheet.words.overwritten());
        sheet.binned += shared;
        sheet.bottom += 16.0;
        sheet.see(Mark::Lost);
    }
    sheet
}
