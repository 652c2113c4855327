//! The outline of a number that changes in steps over time.

use super::axis::Axis;
use super::frame::at;
use super::resource_chart::COLUMNS;
use std::fmt::Write;

/// A change of less than this, in picture units, is not seen.
const SEEN: f64 = 0.5;

/// A number that changes, on its way to be drawn: each change while there are few, or else for each pixel the most and the
/// least of it. It is measured on one axis, and drawn on any that shows the same time.
pub struct Outline {
    axis: Axis,
    column: f64,
    /// So much time is for certain less than a pixel.
    column_ns: u64,
    few: Vec<(u64, f64)>,
    columns: Vec<Column>,
    many: u64,
    /// The least and the most of those numbers that are finite.
    span: (f64, f64),
}

/// The changes on one pixel.
struct Column {
    ns: u64,
    low: f64,
    high: f64,
    last: f64,
}

impl Outline {
    /// The outline of a number that has not changed yet.
    pub fn new(axis: &Axis) -> Self {
        let column = axis.width / COLUMNS as f64;
        Self {
            axis: axis.clone(),
            column,
            column_ns: axis.ns_within(column),
            few: Vec::new(),
            columns: Vec::new(),
            many: 0,
            span: (f64::INFINITY, f64::NEG_INFINITY),
        }
    }

    /// Adds a change: from this time on it is so much.
    #[inline]
    pub fn add(&mut self, ns: u64, number: f64) {
        self.many += 1;
        if self.few.len() < COLUMNS {
            self.few.push((ns, number));
        }
        if number.is_finite() {
            self.span = (self.span.0.min(number), self.span.1.max(number));
        }
        match self.columns.last_mut() {
            Some(now)
                if ns < now.ns.saturating_add(self.column_ns)
                    || self.axis.x(ns) < self.axis.x(now.ns) + self.column =>
            {
                (now.low, now.high, now.last) = (now.low.min(number), now.high.max(number), number);
            }
            _ => self.columns.push(Column { ns, low: number, high: number, last: number }),
        }
    }

    /// The least and the most of the finite numbers among these and the changes; both 0 where there is none.
    pub fn span(&self, others: Option<f64>) -> (f64, f64) {
        let (low, high) = others
            .into_iter()
            .filter(|number| number.is_finite())
            .fold(self.span, |(low, high), number| (low.min(number), high.max(number)));
        if low <= high { (low, high) } else { (0.0, 0.0) }
    }

    /// The number after the first change.
    pub fn first(&self) -> Option<f64> {
        self.few.first().map(|(_, number)| *number)
    }

    /// The outline as SVG path commands that go on from the place of the number before the changes, and how many changes
    /// share a pixel. `y` is where a number stands.
    pub fn path(&self, axis: &Axis, y: &dyn Fn(f64) -> f64) -> (String, u64) {
        let mut out = String::new();
        if self.many <= self.few.len() as u64 {
            for (ns, number) in &self.few {
                let _ = write!(out, "H{}V{}", at(axis.x(*ns)), at(y(*number)));
            }
            return (out, 0);
        }
        let (mut before, mut drawn) = (f64::NAN, f64::NAN);
        let mut columns = self.columns.iter().peekable();
        while let Some(Column { ns, low, high, last }) = columns.next() {
            // What nobody sees is drawn together with what comes next.
            let is_seen = |number: &f64| drawn.is_nan() || (y(*number) - drawn).abs() >= SEEN;
            if columns.peek().is_some() && ![high, low, last].into_iter().any(is_seen) {
                continue;
            }
            let _ = write!(out, "H{}", at(axis.x(*ns)));
            // What lies on the way from the last number to the next needs no detour.
            let is_passed =
                |number: f64| before.min(*last) <= number && number <= before.max(*last) && !before.is_nan();
            for number in [high, low].into_iter().filter(|number| !is_passed(**number)) {
                let _ = write!(out, "V{}", at(y(*number)));
            }
            let _ = write!(out, "V{}", at(y(*last)));
            (before, drawn) = (*last, y(*last));
        }
        (out, self.many)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The outline of these changes.
    fn outline(axis: &Axis, changes: impl Iterator<Item = (u64, f64)>, y: &dyn Fn(f64) -> f64) -> (String, u64) {
        let mut outline = Outline::new(axis);
        changes.for_each(|(ns, number)| outline.add(ns, number));
        outline.path(axis, y)
    }

    #[test]
    fn few_changes_are_drawn_one_by_one() {
        let axis = Axis::time(100, 0.0, 100.0);
        let changes = [(10, 1.0), (20, 3.0)].into_iter();
        assert_eq!(outline(&axis, changes, &|n| 9.0 - n), ("H10V8H20V6".to_owned(), 0));
    }

    #[test]
    fn many_changes_keep_the_most_and_the_least_of_each_pixel() {
        let axis = Axis::time(1_000_000, 0.0, 600.0);
        let changes = (0..1_000_000).map(|n| (n, if n == 500_000 { 7.0 } else { 1.0 }));
        let (path, binned) = outline(&axis, changes, &|n| n);
        assert_eq!((binned, path.matches("V7").count()), (1_000_000, 1));
        assert!(path.len() < 20_000, "{}", path.len());
    }

    #[test]
    fn what_is_no_number_has_no_part_in_the_span() {
        let mut outline = Outline::new(&Axis::time(9, 0.0, 9.0));
        assert_eq!(outline.span(None), (0.0, 0.0));
        [f64::NAN, 2.0, f64::INFINITY].into_iter().for_each(|number| outline.add(1, number));
        assert_eq!((outline.span(None), outline.span(Some(-1.0))), ((2.0, 2.0), (-1.0, 2.0)));
    }
}
