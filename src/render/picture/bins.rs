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
/// that is covered. Neighbours of one share are joined. They are measured on one axis, and drawn on any that shows the same time.
pub struct Grid {
    axis: Axis,
    column: f64,
    columns_per_unit: f64,
    most: usize,
    /// When they begin, and how long they last.
    few: Vec<(u64, u64)>,
    covered: Vec<f64>,
    now: Now,
    many: u64,
}

/// The column that was covered last: there most of very many intervals lie that come next, which are summed up.
struct Now {
    index: usize,
    from_ns: u64,
    until_ns: u64,
    sum_ns: u64,
}

impl Grid {
    /// A grid on an axis for at most `most` intervals, or so many columns.
    pub fn new(axis: &Axis, most: usize) -> Self {
        let most = most.max(1);
        let column = axis.width / most as f64;
        Self {
            axis: axis.clone(),
            column,
            columns_per_unit: 1.0 / column,
            most,
            few: Vec::new(),
            covered: vec![0.0; most],
            now: Now { index: 0, from_ns: u64::MAX, until_ns: 0, sum_ns: 0 },
            many: 0,
        }
    }

    /// Adds an interval.
    #[inline]
    pub fn add(&mut self, from_ns: u64, duration_ns: u64) {
        self.many += 1;
        if self.few.len() < self.most {
            self.few.push((from_ns, duration_ns));
        }
        let now = &mut self.now;
        if now.from_ns <= from_ns && from_ns.saturating_add(duration_ns) < now.until_ns {
            now.sum_ns = now.sum_ns.saturating_add(duration_ns);
        } else {
            self.cover(from_ns, duration_ns);
        }
    }

    /// Covers the columns below an interval.
    fn cover(&mut self, from_ns: u64, duration_ns: u64) {
        let from = self.axis.x(from_ns) - self.axis.left;
        let to = from + self.axis.wide(from_ns, duration_ns);
        let last = self.most - 1;
        let first = ((from * self.columns_per_unit) as usize).min(last);
        let end = ((to * self.columns_per_unit) as usize).min(last);
        for index in first..=end {
            let (begin, end) = (index as f64 * self.column, (index + 1) as f64 * self.column);
            self.covered[index] += (to.min(end) - from.max(begin)).max(0.0);
        }
        if let Some((from_ns, until_ns)) = self.axis.column_ns(end, self.most) {
            self.covered[self.now.index] += self.axis.wide(self.now.from_ns, self.now.sum_ns);
            self.now = Now { index: end, from_ns, until_ns, sum_ns: 0 };
        }
    }

    /// Which part of each column is covered, up to 1.
    fn shares(&self) -> impl Iterator<Item = f64> {
        let now = self.axis.wide(self.now.from_ns, self.now.sum_ns);
        let covered = self.covered.iter().enumerate();
        covered.map(move |(index, cover)| cover + if index == self.now.index { now } else { 0.0 }).map(|cover| {
            let part = (cover / self.column).min(1.0);
            (part * STEPS).round() / STEPS
        })
    }

    /// What is to be drawn on an axis, and how many intervals lost their own shape.
    pub fn stretches(&self, axis: &Axis) -> (Vec<Stretch>, u64) {
        if self.many <= self.few.len() as u64 {
            let stretch = |&(from_ns, duration_ns): &(u64, u64)| {
                let (x, width) = (axis.x(from_ns), axis.wide(from_ns, duration_ns));
                Stretch { x, width, share: 1.0 }
            };
            return (self.few.iter().map(stretch).collect(), 0);
        }
        let column = axis.width / self.most as f64;
        let mut stretches: Vec<Stretch> = Vec::new();
        for (index, share) in self.shares().enumerate() {
            let x = axis.left + index as f64 * column;
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
    pub fn push(&self, sheet: &mut Sheet, bar: Bar, class: &str, upwards: bool) {
        let (found, binned) = self.stretches(&sheet.axis);
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
    axis: Axis,
    column: f64,
    most: usize,
    kept: Vec<f64>,
    /// When the last one is that was kept, and up to when others share its strip for certain.
    strip_ns: (u64, u64),
    shared: u64,
}

impl Points {
    /// Points on an axis with strips `column` wide.
    pub fn new(axis: &Axis, column: f64) -> Self {
        let most = (axis.width / column) as usize + 2;
        Self { axis: axis.clone(), column, most, kept: Vec::new(), strip_ns: (u64::MAX, 0), shared: 0 }
    }

    /// Adds a point.
    #[inline]
    pub fn add(&mut self, ns: u64) {
        if self.strip_ns.0 <= ns && ns < self.strip_ns.1 {
            self.shared += 1;
        } else {
            self.place(ns);
        }
    }

    /// Adds a point that may have a strip of its own.
    fn place(&mut self, ns: u64) {
        let place = self.axis.x(ns);
        let is_apart = |last: &f64| place - last >= self.column || place < *last;
        if self.kept.len() < self.most && self.kept.last().is_none_or(is_apart) {
            self.kept.push(place);
            self.strip_ns = (ns, ns.saturating_add(self.axis.ns_within(self.column)));
        } else {
            self.shared += 1;
        }
    }

    /// Draws a line down from the top of each strip that has one, `high` high.
    pub fn push(&self, sheet: &mut Sheet, class: &str, top: f64, high: f64) {
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

    /// What becomes of intervals in so much time on a lane that is 100 wide.
    fn stretches(intervals: impl IntoIterator<Item = (u64, u64)>, length_ns: u64, most: usize) -> (Vec<Stretch>, u64) {
        let axis = Axis::time(length_ns, 0.0, 100.0);
        let mut grid = Grid::new(&axis, most);
        intervals.into_iter().for_each(|(from_ns, duration_ns)| grid.add(from_ns, duration_ns));
        grid.stretches(&axis)
    }

    #[test]
    fn few_intervals_stay_as_they_are() {
        let (found, binned) = stretches([(10, 20), (50, 1)], 200, 2);
        assert_eq!(found[1], Stretch { x: 25.0, width: 0.5, share: 1.0 });
        assert_eq!((found.len(), binned), (2, 0));
    }

    #[test]
    fn many_intervals_become_columns_by_how_much_they_cover() {
        let (found, binned) = stretches((0..1000).map(|i| (i * 50, 25)), 100_000, 10);
        assert_eq!((found.len(), binned), (1, 1000));
        let Stretch { x, width, share } = found[0];
        assert!(x.abs() < 1e-9 && (width - 50.0).abs() < 1e-6 && share == 0.5, "{found:?}");
    }

    #[test]
    fn columns_are_covered_alike_in_whatever_order_intervals_come() {
        let mut intervals: Vec<(u64, u64)> = (0..1000).map(|i| (i * 97, i % 97 * i / 1000)).collect();
        let shares = |intervals: &[(u64, u64)]| -> Vec<(f64, f64)> {
            let (found, _) = stretches(intervals.iter().copied(), 90_000, 13);
            found.iter().map(|stretch| (stretch.x, stretch.share)).collect()
        };
        let found = shares(&intervals);
        intervals.sort_by_key(|(from_ns, _)| from_ns % 700);
        assert!(found.len() > 3 && shares(&intervals) == found, "{found:?}");
    }

    #[test]
    fn a_grid_is_drawn_on_another_axis_of_the_same_time() {
        let axes = [Axis::time(1_000, 0.0, 600.0), Axis::time(1_000, 40.0, 300.0)];
        let mut grid = Grid::new(&axes[0], 10);
        (0..40).for_each(|i| grid.add(i * 10, 10));
        let [wide, small] = axes.map(|axis| grid.stretches(&axis).0[0]);
        assert_eq!([wide, small].map(|it| (it.x, it.width.round())), [(0.0, 240.0), (40.0, 120.0)]);
    }

    #[test]
    fn intervals_that_are_too_short_to_be_seen_are_counted_and_draw_nothing() {
        let axis = Axis::time(1_000_000, 0.0, 100.0);
        let mut grid = Grid::new(&axis, 10);
        (0..1000).for_each(|i| grid.add(i, 1));
        let mut sheet = Sheet::new(axis, Words::ENGLISH);
        grid.push(&mut sheet, Bar { worker: 1, top: 0.0, height: 10.0 }, "waits", false);
        assert_eq!((sheet.body.as_str(), sheet.binned), ("", 1000));
    }

    #[test]
    fn points_in_one_strip_become_one_and_there_are_no_more_than_strips() {
        let mut points = Points::new(&Axis::time(1_000, 0.0, 100.0), 1.0);
        [0, 1, 9, 50].into_iter().for_each(|ns| points.add(ns));
        assert_eq!((points.kept.clone(), points.shared), (vec![0.0, 5.0], 2));
        (0..1000).for_each(|n| points.add(n % 2 * 90));
        assert!(points.kept.len() <= 102 && points.kept.len() as u64 + points.shared == 1004);
    }
}
