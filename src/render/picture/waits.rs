//! Stretches in which a worker did not work: hatched where it waited for others, dotted where it slept.

use super::axis::Axis;
use super::bins::{Grid, part};
use super::frame::{Bar, Sheet, at, push_rect};
use super::words::{Setting, worker};
use crate::model::{Action, Event, Span};
use crate::render::text::{escape, shorten, visible};
use crate::render::words::Mark;
use crate::render::workers::colour_number;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// Up to so many waits of all lanes say on hover what they were, and show it where there is room.
const NAMED: usize = 80;

/// How many columns of waits all lanes have at most.
const COLUMNS: usize = 800;

/// What a worker waited for, in few words.
fn reason(event: &Event, Setting { run, resources, words }: Setting) -> String {
    let resource = resources.iter().find(|resource| Some(resource.id) == event.resource);
    let name = match event.action {
        Action::Join { worker: joined } => worker(run, joined as usize),
        _ => resource.map_or(words.something_shared().into(), |resource| visible(&resource.name)).into_owned(),
    };
    words.awaits(event.action, &name)
}

/// What an event is, if it is a stretch in which its worker did not work: a wait or a sleep.
#[inline]
pub fn kind(event: &Event) -> Option<Mark> {
    if event.duration_ns == 0 {
        return None;
    }
    match event.action.effect().span {
        Span::Moment | Span::Works => None,
        Span::Sleeps => Some(Mark::Sleep),
        Span::Waits(_) | Span::Joins | Span::GivesUp => Some(Mark::Wait),
    }
}

/// The waits or the sleeps of a worker on their way to its bar.
pub struct Waits<'a> {
    mark: Mark,
    /// As many as are drawn one by one, and one more.
    few: Vec<&'a Event>,
    most: usize,
    grid: Grid,
    /// Whether each says what it was, where there is room for it.
    is_named: bool,
}

impl<'a> Waits<'a> {
    /// None yet; they are to be drawn on one of `lanes` bars, on an axis that shows the same time as this one.
    pub fn new(mark: Mark, axis: &Axis, lanes: usize) -> Self {
        let grid = Grid::new(axis, part(COLUMNS, lanes, 16, 256));
        Self { mark, few: Vec::new(), most: part(NAMED, lanes, 2, 40), grid, is_named: true }
    }

    /// The same that are named on hover alone, where something else has its name.
    pub fn unnamed(self) -> Self {
        Self { is_named: false, ..self }
    }

    /// Adds an event, if it is one of them.
    #[inline]
    pub fn add(&mut self, event: &'a Event) {
        if kind(event) != Some(self.mark) {
            return;
        }
        if self.few.len() <= self.most {
            self.few.push(event);
        }
        self.grid.add(event.at_ns, event.duration_ns);
    }

    /// Draws them on a bar.
    pub fn push(&self, sheet: &mut Sheet, bar: Bar, setting: Setting) {
        if self.few.is_empty() {
            return;
        }
        sheet.see(self.mark);
        let number = colour_number(bar.worker);
        let fill = format!("{}{number}", if self.mark == Mark::Sleep { "s" } else { "h" });
        if self.few.len() > self.most {
            // Waits stand below, and sleeps hang from above.
            self.grid.push(sheet, bar, &fill, self.mark != Mark::Sleep);
            return;
        }
        for event in &self.few {
            let (x, wide) = (sheet.axis.x(event.at_ns), sheet.axis.wide(event.at_ns, event.duration_ns));
            // The same are left out in each of the drawings of a run.
            if wide < sheet.axis.width / 2_000.0 {
                continue;
            }
            sheet.body.push_str(&setting.open(event));
            push_rect(&mut sheet.body, &format!("edge w{number} {fill}"), (x, wide), (bar.top, bar.height));
            let words = reason(event, setting);
            let room = (wide / sheet.format().column()) as usize;
            if self.is_named && room >= words.width().min(10) + 2 {
                let _ = write!(
                    sheet.body,
                    "<text class=\"wait-label\" x=\"{}\" y=\"{}\">{}</text>",
                    at(x + wide / 2.0),
                    at(bar.middle() + 3.6),
                    escape(&shorten(&words, room.saturating_sub(1)))
                );
            }
            sheet.body.push_str("</g>\n");
        }
    }
}
