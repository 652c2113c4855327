//! Small marks for what workers did at single moments.

use super::axis::Axis;
use super::bins::{Points, part};
use super::frame::{Bar, Sheet, at};
use super::resource_chart::TOLD;
use super::words::Setting;
use crate::model::Event;
use std::fmt::Write;

/// Small marks for a worker's events on their way to its bar: one by one while there are few, or else one for a pixel.
pub struct Marks<'a> {
    few: Vec<&'a Event>,
    most: usize,
    /// On a wide page, and in a small window.
    points: [Points; 2],
}

impl<'a> Marks<'a> {
    /// None yet; they are to be drawn in one of so many rows on these axes.
    pub fn new(times: &[Axis; 2], rows: usize) -> Self {
        let points = |axis: &Axis| Points::new(axis, (rows as f64 * axis.width / 1200.0).max(1.0));
        Self { few: Vec::new(), most: part(TOLD, rows, 12, 60), points: times.each_ref().map(points) }
    }

    /// Adds an event.
    #[inline]
    pub fn add(&mut self, event: &'a Event) {
        if self.few.len() <= self.most {
            self.few.push(event);
        }
        self.points.iter_mut().for_each(|points| points.add(event.end_ns()));
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.few.is_empty()
    }

    /// Draws them on a bar.
    pub fn push(&self, sheet: &mut Sheet, setting: Setting, bar: Bar, class: &str) {
        if self.few.len() > self.most {
            let points = &self.points[usize::from(sheet.format().is_small())];
            points.push(sheet, &format!("{class}-line {}", bar.colour()), bar.top, bar.height);
            return;
        }
        for event in &self.few {
            let x = sheet.axis.x(event.end_ns());
            let _ = writeln!(
                sheet.body,
                "{}<path class=\"{class} fix {}\" d=\"M{} {}h3v{height}h-3z\"/></g>",
                setting.open(event),
                bar.colour(),
                at(x - 1.5),
                at(bar.top),
                height = at(bar.height)
            );
        }
    }
}
