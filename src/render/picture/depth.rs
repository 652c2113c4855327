//! A number of things over time as steps: the items in a queue, the permits of a semaphore that are taken.

use super::frame::{Sheet, at};
use super::outline::Outline;
use crate::render::words::Mark;
use std::fmt::Write;

/// How high the steps are at most.
const HEIGHT: f64 = 56.0;

/// Steps: from each time on, so many.
pub struct Steps<'a> {
    /// What there is so many of, for the side: a queue's name.
    pub name: &'a str,
    /// How many there are at the start.
    pub first: u64,
    /// The changes.
    pub changes: &'a Outline,
    /// The most that there were at any time.
    pub most: u64,
    /// How many there may be.
    pub limit: Option<u64>,
    /// Where they end.
    pub end_ns: u64,
}

/// Draws steps below the sheet's end, with the limit as a line.
pub fn push(sheet: &mut Sheet, steps: &Steps) {
    let bottom = sheet.bottom + 12.0 + sheet.above() + HEIGHT;
    let most = steps.most;
    // A limit far above what was reached would leave nothing to be seen.
    let limit = steps.limit.filter(|limit| *limit <= most.saturating_mul(4).max(4));
    let scale = most.max(limit.unwrap_or(0)).max(1) as f64;
    let y = |many: f64| bottom - HEIGHT * many / scale;
    let (body, binned) = steps.changes.path(&sheet.axis, &y);
    let _ = writeln!(
        sheet.body,
        "<path class=\"depth\" d=\"M{} {}V{}{body}H{}V{}Z\"/>",
        at(sheet.axis.left),
        at(bottom),
        at(y(steps.first as f64)),
        at(sheet.axis.x(steps.end_ns)),
        at(bottom)
    );
    sheet.binned += binned;
    sheet.see(Mark::Depth);
    if let Some(limit) = limit {
        let _ = writeln!(
            sheet.body,
            "<path class=\"limit\" d=\"M{} {y}H{}\"/>",
            at(sheet.axis.left),
            at(sheet.axis.left + sheet.axis.width),
            y = at(y(limit as f64))
        );
        sheet.scale(y(limit as f64) + 4.0, &sheet.words.limit(limit));
    }
    let mark = y(most as f64) + 4.0;
    let is_marked = most > 0 && limit.is_none_or(|limit| (y(limit as f64) + 4.0 - mark).abs() >= 12.0);
    if is_marked {
        sheet.scale(mark, &most.to_string());
    }
    // The name stands in the middle, or else beside the number that is there: no label stands on another.
    let is_free = |place: &f64| !is_marked || (place - mark).abs() >= 13.0;
    let name = [22.0, 9.0, 38.0].map(|above| bottom - above).into_iter().find(is_free).unwrap_or(bottom - 22.0);
    let top = if sheet.format().is_small() { bottom - HEIGHT - 4.0 } else { name - 4.0 };
    sheet.beside("name w0", (top, 0.0), steps.name);
    sheet.scale(bottom + 4.0, "0");
    sheet.bottom = bottom + 10.0;
}
