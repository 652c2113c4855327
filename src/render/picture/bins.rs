//! Many intervals, or many points, on few pixels.

use super::axis::Axis;
use super::frame::{Bar, Sheet, at};
use std::fmt::Write;

/// A stretch of a lane, in picture units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// Where it begins.
    pub x: f64,
    /// How wide it is.
    pub width: f64,
    /// Which part of it the intervals cover, up to 1.
    pub share: f64,
}

/// In how many steps a share is told: a column that is covered for less than half a step stays empty.
const STEPS: f64 = 8.0;

/// Intervals on a lane: they keep their own shape while they are few, and else become the columns of a grid with the share
/// that is covered. Neighbours of one share are joined.
pub struct Grid {
    left: f64,
    column: f64,
    columns_per_unit: f64,
    most: usize,
    few: Vec<Stretch>,
    covered: Vec<f64>,
    many: u64,
}

impl Grid {
    /// A grid on an axis for at most `most` intervals, or so many columns.
    pub fn new(axis: &Axis, most: usize) -> Self {
        let most = most.max(1);
        let column = axis.width / most as f64;
        Self {
            left: axis.left,
            column,
            columns_per_unit: 1.0 / column,
            most,
            few: Vec::new(),
            covered: vec![0.0; most],
            many: 0,
        }
    }

    /// Adds an interval by its start and its width.
    pub fn add(&mut self, start: f64, wide: f64) {
        self.many += 1;
        if self.few.len() < self.most {
            self.few.push(Stretch { x: start, width: wide, share: 1.0 });
        }
        let (from, to) = (start - self.left, start - self.left + wide);
        let last = self.most - 1;
        let first = ((from * self.columns_per_unit) as usize).min(last);
        let end = ((to * self.columns_per_unit) as usize).min(last);
        // Of very many intervals nearly every one lies in one column.
        if first >= end && from >= 0.0 && first < last {
            self.covered[first] += wide.max(0.0);
            return;
        }
        for index in first..=end {
            let (begin, end) = (index as f64 * self.column, (index + 1) as f64 * self.column);
            self.covered[index] += (to.min(end) - from.max(begin)).max(0.0);
        }
    }

    /// What is to be drawn, and how many intervals lost their own shape.
    pub fn stretches(self) -> (Vec<Stretch>, u64) {
        if self.many <= self.few.len() as u64 {
            return (self.few, 0);
        }
        let column = self.column;
        let mut stretches: Vec<Stretch> = Vec::new();
        for (index, cover) in self.covered.iter().enumerate() {
            let share = ((cover / column).min(1.0) * STEPS).round() / STEPS;
            let x = self.left + index as f64 * column;
            match stretches.last_mut() {
                _ if share == 0.0 => {}
                Some(last) if last.share == share && (last.x + last.width - x).abs() < column / 2.0 => {
                    last.width += column;
                }
                _ => stretches.push(Stretch { x, width: column, share }),
            }
        }
        (stretches, self.many)
    }

    /// Draws them as one path: from the bottom of a bar upwards, or else from its top downwards.
    pub fn push(self, sheet: &mut Sheet, bar: Bar, class: &str, upwards: bool) {
        let (found, binned) = self.stretches();
        sheet.binned += binned;
        // Many intervals may together be too short to be seen anywhere.
        if found.is_empty() {
            return;
        }
        sheet.has_shares |= binned > 0;
        let mut path = String::new();
        let foot = if upwards { bar.bottom() } else { bar.top };
        let (foot_at, mut end) = (at(foot), String::new());
        for Stretch { x, width, share } in found {
            // A part of a column's time is a part of its height.
            let high = foot + if upwards { -bar.height * share } else { bar.height * share };
            // Neighbours have one outline.
            if at(x) != end {
                let closing = if end.is_empty() { String::new() } else { format!("V{foot_at}z") };
                let _ = write!(path, "{closing}M{} {foot_at}", at(x));
            }
            end = at(x + width);
            let _ = write!(path, "V{}H{end}", at(high));
        }
        let _ = writeln!(sheet.body, "<path class=\"{class}\" d=\"{path}V{foot_at}z\"/>");
    }
}

/// Points on a lane, of which each strip of a certain width keeps at most one.
pub struct Points {
    column: f64,
    most: usize,
    kept: Vec<f64>,
    shared: u64,
}

impl Points {
    /// Points on an axis with strips `column` wide.
    pub fn new(axis: &Axis, column: f64) -> Self {
        Self { column, most: (axis.width / column) as usize + 2, kept: Vec::new(), shared: 0 }
    }

    /// Adds a point.
    pub fn add(&mut self, place: f64) {
        let is_apart = |last: &f64| place - last >= self.column || place < *last;
        if self.kept.len() < self.most && self.kept.last().is_none_or(is_apart) {
            self.kept.push(place);
        } else {
            self.shared += 1;
        }
    }

    /// Draws a line down from the top of each strip that has one, `high` high.
    pub fn push(self, sheet: &mut Sheet, class: &str, top: f64, high: f64) {
        let (top, high) = (at(top), at(high));
        let path: String = self.kept.iter().map(|x| format!("M{} {top}v{high}", at(*x))).collect();
        let _ = writeln!(sheet.body, "<path class=\"{class}\" d=\"{path}\"/>");
        sheet.binned += self.shared;
    }
}

/// A lane's part of what all lanes of a picture may have together: at least `least`, at most `most`.
pub fn part(all: usize, lanes: usize, least: usize, most: usize) -> usize {
    (all / lanes.max(1)).clamp(least, most)
}

/// Every so many of `all`, so that at most `most` are left.
pub fn every(all: usize, most: usize) -> usize {
    all.div_ceil(most.max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::words::Words;

    /// What becomes of intervals on a lane that is `width` wide.
    fn stretches(intervals: impl IntoIterator<Item = (f64, f64)>, width: f64, most: usize) -> (Vec<Stretch>, u64) {
        let mut grid = Grid::new(&Axis::time(1, 0.0, width), most);
        intervals.into_iter().for_each(|(start, wide)| grid.add(start, wide));
        grid.stretches()
    }

    #[test]
    fn few_intervals_stay_as_they_are() {
        let (found, binned) = stretches([(1.0, 2.0), (5.0, 0.1)], 10.0, 2);
        assert_eq!(found[1], Stretch { x: 5.0, width: 0.1, share: 1.0 });
        assert_eq!((found.len(), binned), (2, 0));
    }

    #[test]
    fn many_intervals_become_columns_by_how_much_they_cover() {
        let (found, binned) = stretches((0..1000).map(|i| (i as f64 * 0.05, 0.025)), 100.0, 10);
        assert_eq!((found.len(), binned), (1, 1000));
        let Stretch { x, width, share } = found[0];
        assert!(x.abs() < 1e-9 && (width - 50.0).abs() < 1e-6 && share == 0.5, "{found:?}");
    }

    #[test]
    fn intervals_that_are_too_short_to_be_seen_are_counted_and_draw_nothing() {
        let axis = Axis::time(1, 0.0, 100.0);
        let mut grid = Grid::new(&axis, 10);
        (0..1000).for_each(|i| grid.add(f64::from(i) * 0.1, 1e-6));
        let mut sheet = Sheet::new(axis, Words::ENGLISH);
        grid.push(&mut sheet, Bar { worker: 1, top: 0.0, height: 10.0 }, "waits", false);
        assert_eq!((sheet.body.as_str(), sheet.binned), ("", 1000));
    }

    #[test]
    fn points_in_one_strip_become_one_and_there_are_no_more_than_strips() {
        let mut points = Points::new(&Axis::time(1, 0.0, 100.0), 1.0);
        [0.0, 0.1, 0.2, 5.0].into_iter().for_each(|place| points.add(place));
        assert_eq!((points.kept.clone(), points.shared), (vec![0.0, 5.0], 2));
        (0..1000).for_each(|n| points.add(f64::from(n % 2) * 9.0));
        assert!(points.kept.len() <= 102 && points.kept.len() as u64 + points.shared == 1004);
    }
}
