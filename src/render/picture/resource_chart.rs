//! What the pictures of shared things have in common: the events of one resource, rows for those who used it, a table.

use super::axis::Axis;
use super::events::Used;
use super::figure::Told;
use super::fitted::Unknown;
use super::frame::{Bar, Sheet, at};
use super::is_noteworthy;
pub use super::table::{Cell, Table};
use super::waits::Waits;
use super::words::{self, Setting};
use crate::model::causality::holds::{self, Hold};
use crate::model::causality::signals::SLACK_NS;
use crate::model::causality::{Wakeup, wakeups};
use crate::model::{ActionKind, Event};
use crate::record::{Contents, Resource, RunOutcome};
use crate::render::text::visible;
use crate::render::units::count;
use crate::render::words::Mark;
use crate::render::workers::colour;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write;

/// How many workers get a row in the picture of a resource.
pub const MAX_ROWS: usize = 12;

/// What ends others' waits, and what such a wait is for.
const GIVES: [ActionKind; 3] = [ActionKind::Set, ActionKind::Notify, ActionKind::Release];
const TAKES: [ActionKind; 4] =
    [ActionKind::WaitEvent, ActionKind::WaitNotified, ActionKind::Acquire, ActionKind::AcquireShared];

/// How many arrows a picture has at most.
pub const MAX_ARROWS: usize = 20;

/// Of so many waits at most it is found out what ended them: the longest.
const MAX_WAITS: usize = 256;

/// How many events of a resource are told one by one.
pub const TOLD: usize = 120;

/// How many pixels are told apart where there are more events than that.
pub const COLUMNS: usize = 600;

/// One resource in one run.
pub struct ResourceChart<'a> {
    /// The run, and the names and kinds of all resources.
    pub setting: Setting<'a>,
    /// The one that is drawn.
    pub resource: &'a Resource,
    /// What it held before and after the run, if that is known.
    pub contents: Option<&'a Contents>,
    /// Accesses to its numbers of which no order is known.
    pub unknown: &'a Unknown,
    /// Up to when all events are known, if not to the end.
    pub until_ns: Option<u64>,
    /// Whether who waited longest for it is told already.
    pub is_told: bool,
    /// What was done to it.
    pub used: Used<'a>,
    /// The time axis of the run on a wide page, and in a small window.
    pub times: [Axis; 2],
}

/// A picture as it is drawn on one format of a page.
pub struct Sheets {
    /// The picture; in a small window in several pieces below each other, if it does not fit into one.
    pub whole: Vec<Sheet>,
    /// A part of it from nearby, where the picture is of too much to see it.
    pub closer: Vec<Sheet>,
}

/// A picture of a resource and what is said about it.
pub struct Drawing {
    /// As it is drawn on a wide page, and in a small window.
    pub formats: [Sheets; 2],
    /// How to read it, for those who cannot see it.
    pub about: &'static str,
    /// What it shows, in words.
    pub told: Told,
    /// The same in numbers.
    pub table: Table,
    /// How much there is to be seen.
    pub sight: Sight,
}

/// How much there is to be seen in a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    /// Its title says all.
    Nothing,
    /// What happened.
    Something,
    /// Something that went wrong.
    Fault,
}

impl Drawing {
    /// A picture of one piece, on a wide page and in a small window.
    pub fn of(sheets: [Sheet; 2], told: Told, about: &'static str, table: Table) -> Self {
        let formats = sheets.map(|sheet| Sheets { whole: vec![sheet], closer: Vec::new() });
        Self { formats, about, told, table, sight: Sight::Something }
    }

    /// The same in which there is so much to be seen.
    pub fn with(self, sight: Sight) -> Self {
        Self { sight, ..self }
    }
}

impl<'a> ResourceChart<'a> {
    /// The resource's name.
    pub fn name(&self) -> String {
        visible(&self.resource.name).into_owned()
    }

    /// The workers that did any of these things, by number, main last.
    pub fn workers(&self, kinds: &[ActionKind]) -> Vec<usize> {
        let did = |worker: &usize| kinds.iter().any(|kind| self.many(*worker, *kind) > 0);
        let mut workers: Vec<usize> = (0..self.used.tallies.len()).filter(did).collect();
        if workers.first() == Some(&0) {
            workers.rotate_left(1);
        }
        workers
    }

    /// The same, but where they are more than have rows, those come first for whom others waited and who only gave, and those that
    /// waited longest: among them is who is named.
    pub fn in_rows(&self, kinds: &[ActionKind]) -> Vec<usize> {
        let workers = self.workers(kinds);
        if workers.len() <= MAX_ROWS {
            return workers;
        }
        let mut longest = workers.clone();
        longest.sort_by_key(|worker| Reverse(self.used.waited_ns(*worker, &ActionKind::ALL)));
        let mut givers = longest.clone();
        givers.retain(|worker| self.often(*worker, &GIVES) > 0 && self.often(*worker, &TAKES) == 0);
        givers.truncate(MAX_ROWS / 2);
        longest.sort_by_key(|worker| !givers.contains(worker));
        longest.truncate(MAX_ROWS);
        let (shown, rest): (Vec<usize>, Vec<usize>) = workers.into_iter().partition(|worker| longest.contains(worker));
        [shown, rest].concat()
    }

    /// How often a worker did something.
    pub fn many(&self, worker: usize, kind: ActionKind) -> u64 {
        self.used.tallies.get(worker).map_or(0, |tally| tally.many[kind as usize])
    }

    /// How often a worker did any of these things.
    pub fn often(&self, worker: usize, kinds: &[ActionKind]) -> u64 {
        kinds.iter().map(|kind| self.many(worker, *kind)).sum()
    }

    /// How often all workers together did something.
    pub fn total(&self, kind: ActionKind) -> u64 {
        self.used.tallies.iter().map(|tally| tally.many[kind as usize]).sum()
    }

    /// How often, and how long, all workers together waited in something.
    pub fn waits(&self, kind: ActionKind) -> (u64, u64) {
        let both = |(many, ns): (u64, u64), tally: &super::events::Tally| {
            (many + tally.waits[kind as usize], ns.saturating_add(tally.waited_ns[kind as usize]))
        };
        self.used.tallies.iter().fold((0, 0), both)
    }

    /// Whether more than one worker but main used it.
    pub fn is_shared(&self) -> bool {
        self.workers(&ActionKind::ALL).iter().filter(|worker| **worker > 0).count() > 1
    }

    /// A worker's name.
    pub fn who(&self, worker: usize) -> String {
        words::worker(self.setting.run, worker)
    }

    /// When the last worker ended, or up to when all events are known.
    pub fn end_ns(&self) -> u64 {
        let end_ns = self.setting.run.workers.iter().map(|worker| worker.end_ns).max().unwrap_or(0);
        end_ns.min(self.until_ns.unwrap_or(u64::MAX))
    }

    /// Who ended others' waits, and the waits that ended by it: those after the longest waits, as many as there are arrows. `holds`
    /// are those of a lock that one worker at a time holds, where they are known.
    pub fn wakeups(&self, holds: Option<&[Hold<&'a Event>]>) -> Vec<Wakeup<'a>> {
        let (run, by_steps) = (self.setting.run, self.setting.words.is_by_steps());
        let slack_ns = if by_steps { 0 } else { SLACK_NS };
        let resource = (self.resource.id, self.resource.kind);
        let mut wakeups = match holds {
            Some(holds) => holds::wakeups(holds),
            None => wakeups(&run.trace, &run.ends(), resource, slack_ns, MAX_WAITS),
        };
        wakeups.sort_by_key(|(_, taker)| Reverse(taker.duration_ns));
        wakeups.truncate(MAX_ARROWS);
        wakeups
    }

    /// Draws arrows from who ended others' waits to who went on by it, if both have bars.
    pub fn push_wakeups(&self, sheet: &mut Sheet, bars: &[Bar], wakeups: &[Wakeup]) {
        for (giver, taker) in wakeups {
            let (Some(from), Some(to)) = (bar_of(bars, giver), bar_of(bars, taker)) else { continue };
            // The end of a wait may be noted a hair before what ended it.
            let (x, end_x) = (sheet.axis.x(giver.at_ns), sheet.axis.x(taker.end_ns().max(giver.at_ns)));
            let (y, end_y) = if from.top < to.top { (from.bottom(), to.top) } else { (from.top, to.bottom()) };
            let head = push_arrow(sheet, "handed", from.worker, (x, y), (end_x, end_y));
            sheet.body.push_str(&head);
            sheet.see(Mark::Handed);
        }
    }

    /// A number that the resource held before the run, if that is known.
    pub fn before(&self, index: u64) -> Option<u64> {
        self.contents?.before.get(usize::try_from(index).ok()?).copied()
    }

    /// A table with a row for each worker that did any of these things, from how often it did each kind of thing and how long
    /// it waited.
    pub fn table(
        &self,
        head: &'static [&'static str],
        kinds: &[ActionKind],
        row: impl Fn(usize, &dyn Fn(ActionKind) -> Cell, Cell) -> Vec<Cell>,
    ) -> Table {
        let row = |worker: usize| {
            let many = |kind: ActionKind| count(self.many(worker, kind)).into();
            (worker, row(worker, &many, Cell::Length(self.used.waited_ns(worker, &ActionKind::ALL))))
        };
        Table { head, rows: self.workers(kinds).into_iter().map(row).collect() }
    }

    /// Whether somebody waited for it so long that it can be seen.
    pub fn is_waited_for(&self) -> bool {
        let longest_ns = self.waited_ns().into_values().max().unwrap_or(0);
        is_noteworthy(longest_ns, self.end_ns().saturating_sub(self.begin_ns()))
    }

    /// When the first worker began.
    pub fn begin_ns(&self) -> u64 {
        self.setting.run.workers.iter().skip(1).map(|worker| worker.start_ns).min().unwrap_or(0)
    }

    /// How long each worker waited for it that did.
    pub fn waited_ns(&self) -> BTreeMap<usize, u64> {
        self.waited_for(&ActionKind::ALL)
    }

    /// How long each worker waited in these things that did.
    pub fn waited_for(&self, kinds: &[ActionKind]) -> BTreeMap<usize, u64> {
        let workers = 0..self.used.tallies.len();
        workers.map(|worker| (worker, self.used.waited_ns(worker, kinds))).filter(|(_, ns)| *ns > 0).collect()
    }
}

/// The rows of those who have one, to be found by worker.
pub struct Rows<T> {
    rows: Vec<T>,
    places: Vec<Option<usize>>,
}

impl<T> Rows<T> {
    /// A row for each of these workers, or for as many of them as are drawn.
    pub fn new(workers: &[usize], row: impl Fn() -> T) -> Self {
        let shown = &workers[..workers.len().min(MAX_ROWS)];
        let mut places = vec![None; shown.iter().max().map_or(0, |last| last + 1)];
        shown.iter().enumerate().for_each(|(place, worker)| places[*worker] = Some(place));
        Self { rows: shown.iter().map(|_| row()).collect(), places }
    }

    /// The row of whoever did this.
    pub fn of(&mut self, event: &Event) -> Option<&mut T> {
        self.of_worker(event.worker as usize)
    }

    /// The row of a worker.
    pub fn of_worker(&mut self, worker: usize) -> Option<&mut T> {
        let place = self.places.get(worker).copied().flatten()?;
        self.rows.get_mut(place)
    }

    /// All of them, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.rows.iter()
    }
}

/// How many of these workers get a row.
pub fn rows_of(workers: &[usize]) -> usize {
    workers.len().min(MAX_ROWS)
}

/// Lays rows for workers below the sheet's end; those that are too many are counted as unseen.
pub fn rows(sheet: &mut Sheet, run: &RunOutcome, workers: &[usize]) -> Vec<Bar> {
    let mut bars = Vec::new();
    let place = sheet.format().user();
    for &worker in workers.iter().take(MAX_ROWS) {
        let bar = Bar { worker, top: sheet.bottom + place.top, height: place.height };
        sheet.name(run, bar);
        if let Some(worker) = run.workers.get(bar.worker) {
            let (from, to) = (sheet.axis.x(worker.start_ns), sheet.axis.x(worker.end_ns.max(worker.start_ns)));
            let y = at(bar.middle());
            let _ = writeln!(
                sheet.body,
                "<path class=\"life {}\" d=\"M{} {y}H{}\"/>",
                bar.colour(),
                at(from),
                at(to.max(from + 1.0))
            );
        }
        sheet.bottom += place.row;
        bars.push(bar);
    }
    sheet.unseen += workers.len().saturating_sub(MAX_ROWS);
    bars
}

/// The waits of one of so many rows.
pub fn waits<'a>(axis: &Axis, rows: usize) -> Waits<'a> {
    Waits::new(Mark::Wait, axis, rows.max(3))
}

/// Draws an arrow between two places, and gives its head, which stands over it.
pub fn push_arrow(sheet: &mut Sheet, class: &str, worker: usize, from: (f64, f64), to: (f64, f64)) -> String {
    let ((x, y), (end_x, end_y)) = (from, to);
    // The head is upright, so the way comes in nearly so.
    let down = if end_y >= y { 1.0 } else { -1.0 };
    let tip = end_y - 5.0 * down;
    let bend = ((tip - y).abs() * 0.6).max(4.0) * down;
    let _ = writeln!(
        sheet.body,
        "<path class=\"{class} {}\" d=\"M{} {}C{} {} {} {} {} {}\"/>",
        colour(worker),
        at(x),
        at(y),
        at(x),
        at(y + bend),
        at(end_x),
        at(tip - bend),
        at(end_x),
        at(tip)
    );
    let (x, y, back) = (at(end_x), at(end_y), at(-5.0 * down));
    format!("<path class=\"head fix {}\" d=\"M{x} {y}l-2.6 {back}h5.2z\"/>\n", colour(worker))
}

/// The bar of whoever did this, if it has one.
pub fn bar_of(bars: &[Bar], event: &Event) -> Option<Bar> {
    bars.iter().find(|bar| bar.worker == event.worker as usize).copied()
}
