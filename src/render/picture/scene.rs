//! What the pictures of shared things have in common: the events of one resource, rows for those who used it, a table.

use super::axis::Axis;
use super::frame::{Bar, Sheet, at};
use super::legend::Mark;
use super::words::worker as who;
use super::{waits, words};
use crate::record::{Event, Op, ResourceState, RunOutcome};
use crate::render::text::{escape, visible};
use crate::render::units::{count, duration};
use crate::render::words::Words;
use crate::render::workers::colour;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The height of a row, and where its bar begins and how high it is.
pub const ROW: f64 = 25.0;
const BAR: (f64, f64) = (6.0, 13.0);

/// How many workers get a row in the picture of a resource.
pub const MOST_ROWS: usize = 12;

/// How many arrows a picture has at most.
pub const MOST_ARROWS: usize = 30;

/// How many events of a resource are told one by one.
pub const TOLD: usize = 160;

/// How many pixels are told apart where there are more events than that.
pub const COLUMNS: usize = 600;

/// One resource in one run.
pub struct Scene<'a> {
    /// The run.
    pub run: &'a RunOutcome,
    /// The names and shapes of all resources.
    pub resources: &'a [ResourceState],
    /// The one that is drawn.
    pub resource: &'a ResourceState,
    /// What was done to it, in the order in which it took effect.
    pub events: Vec<&'a Event>,
    /// The time axis of the run.
    pub time: Axis,
    /// The page's words.
    pub words: Words,
    /// The same events by worker.
    by_worker: Vec<Vec<&'a Event>>,
    /// How often each worker did each kind of thing, by the kinds' numbers.
    counts: Vec<[u64; Op::ALL.len()]>,
    /// How long each worker waited.
    waited_ns: Vec<u64>,
}

/// A picture of a resource and what is said about it.
pub struct Drawing {
    /// The picture.
    pub sheet: Sheet,
    /// A part of it from nearby, where the picture is of too much to see it.
    pub closer: Option<Sheet>,
    /// How to read it, for those who cannot see it.
    pub about: &'static str,
    /// What it shows, in words.
    pub caption: String,
    /// The same in numbers.
    pub table: Table,
}

/// Numbers for each worker.
pub struct Table {
    /// The heads of the columns but the first, which has the workers.
    pub head: &'static [&'static str],
    /// The rows: the worker, and its numbers as text.
    pub rows: Vec<(usize, Vec<String>)>,
}

impl<'a> Scene<'a> {
    /// A scene of these events. What is asked of them again and again is worked out at once, since there may be millions.
    pub fn new(
        run: &'a RunOutcome,
        (resources, resource): (&'a [ResourceState], &'a ResourceState),
        events: Vec<&'a Event>,
        time: Axis,
        words: Words,
    ) -> Self {
        let many = run.workers.len();
        let (mut by_worker, mut counts, mut waited_ns) =
            (vec![Vec::new(); many], vec![[0; Op::ALL.len()]; many], vec![0u64; many]);
        for event in &events {
            let worker = event.worker as usize;
            if worker < many {
                by_worker[worker].push(*event);
                counts[worker][event.op as usize] += 1;
                waited_ns[worker] = waited_ns[worker].saturating_add(event.duration_ns);
            }
        }
        Self { run, resources, resource, events, time, words, by_worker, counts, waited_ns }
    }

    /// The resource's name.
    pub fn name(&self) -> String {
        visible(&self.resource.name).into_owned()
    }

    /// The workers that did any of these things, by number, main last.
    pub fn workers(&self, ops: &[Op]) -> Vec<usize> {
        let did = |worker: &usize| ops.iter().any(|op| self.many(*worker, *op) > 0);
        let mut workers: Vec<usize> = (0..self.counts.len()).filter(did).collect();
        if workers.first() == Some(&0) {
            workers.rotate_left(1);
        }
        workers
    }

    /// How often a worker did something.
    pub fn many(&self, worker: usize, op: Op) -> u64 {
        self.counts.get(worker).map_or(0, |counts| counts[op as usize])
    }

    /// How often all workers together did something.
    pub fn total(&self, op: Op) -> u64 {
        self.counts.iter().map(|counts| counts[op as usize]).sum()
    }

    /// Whether more than one worker but main used it.
    pub fn is_shared(&self) -> bool {
        self.workers(&Op::ALL).iter().filter(|worker| **worker > 0).count() > 1
    }

    /// The events of a worker.
    pub fn of(&self, worker: usize) -> &[&'a Event] {
        self.by_worker.get(worker).map_or(&[], Vec::as_slice)
    }

    /// A worker's name.
    pub fn who(&self, worker: usize) -> String {
        words::worker(self.run, worker)
    }

    /// An event's mark, as far as its words; `</g>` ends it.
    pub fn open(&self, event: &Event) -> String {
        words::open(event, self.run, self.resources, self.words)
    }

    /// A table with a row for each worker, from how often it did each kind of thing and how long it waited.
    pub fn table(
        &self,
        head: &'static [&'static str],
        row: impl Fn(usize, &dyn Fn(Op) -> String, String) -> Vec<String>,
    ) -> Table {
        let row = |worker: usize| {
            let many = |op: Op| count(self.many(worker, op));
            (worker, row(worker, &many, duration(self.waited_ns[worker])))
        };
        Table { head, rows: self.workers(&Op::ALL).into_iter().map(row).collect() }
    }

    /// How long each worker waited for it that did.
    pub fn waited_ns(&self) -> BTreeMap<usize, u64> {
        self.waited_ns.iter().copied().enumerate().filter(|(_, ns)| *ns > 0).collect()
    }
}

/// Lays rows for workers below the sheet's end; those that are too many are counted as unseen.
pub fn rows(sheet: &mut Sheet, run: &RunOutcome, workers: &[usize]) -> Vec<Bar> {
    let mut bars = Vec::new();
    for &worker in workers.iter().take(MOST_ROWS) {
        let bar = Bar { worker, top: sheet.bottom + BAR.0, height: BAR.1 };
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
        sheet.bottom += ROW;
        bars.push(bar);
    }
    sheet.unseen += workers.len().saturating_sub(MOST_ROWS);
    bars
}

/// Draws the waits among a row's events.
pub fn push_waits(sheet: &mut Sheet, scene: &Scene, bar: Bar, events: &[&Event], rows: usize) {
    waits::push(sheet, Mark::Wait, bar, events, (scene.run, scene.resources), rows.max(3));
}

/// Draws small marks for events on a bar: one by one while there are few, or else one for a pixel.
pub fn push_marks(sheet: &mut Sheet, scene: &Scene, bar: Bar, events: &[&Event], class: &str, rows: usize) {
    let most = super::bins::part(TOLD, rows, 12, 60);
    let axis = sheet.axis.clone();
    let place = |event: &Event| axis.x(words::end_ns(event));
    if events.len() > most {
        let places: Vec<f64> = events.iter().map(|event| place(event)).collect();
        let (places, shared) = super::bins::points(&places, (rows as f64 * axis.width / 1200.0).max(1.0));
        let top = at(bar.top);
        let path: String = places.iter().map(|x| format!("M{} {top}v{}", at(*x), at(bar.height))).collect();
        let _ = writeln!(sheet.body, "<path class=\"{class}-line {}\" d=\"{path}\"/>", bar.colour());
        sheet.binned += shared;
        return;
    }
    for event in events {
        let x = place(event);
        let _ = writeln!(
            sheet.body,
            "{}<rect class=\"{class} fix {}\" x=\"{}\" y=\"{}\" width=\"3\" height=\"{}\"/></g>",
            scene.open(event),
            bar.colour(),
            at(x - 1.5),
            at(bar.top),
            at(bar.height)
        );
    }
}

/// Draws an arrow between two places, with a head at its end.
pub fn push_arrow(sheet: &mut Sheet, class: &str, worker: usize, from: (f64, f64), to: (f64, f64)) {
    let ((x, y), (end_x, end_y)) = (from, to);
    // The head is upright, so the way comes in nearly so.
    let down = if end_y >= y { 1.0 } else { -1.0 };
    let tip = end_y - 5.0 * down;
    let bend = ((tip - y).abs() * 0.6).max(4.0) * down;
    let _ = writeln!(
        sheet.body,
        "<path class=\"{class} {}\" d=\"M{} {}C{} {} {} {} {} {}\"/><path class=\"head fix {}\" d=\"M{} {}l-2.6 {}h5.2z\"/>",
        colour(worker),
        at(x),
        at(y),
        at(x),
        at(y + bend),
        at(end_x),
        at(tip - bend),
        at(end_x),
        at(tip),
        colour(worker),
        at(end_x),
        at(end_y),
        at(-5.0 * down)
    );
}

/// Every so many of `all`, so that at most `most` are left.
pub fn every(all: usize, most: usize) -> usize {
    all.div_ceil(most.max(1)).max(1)
}

impl Table {
    /// Appends the table, folded under `summary`.
    pub fn push(&self, out: &mut String, run: &RunOutcome, summary: &str, words: Words) {
        let head: String =
            self.head.iter().map(|head| format!("<th scope=\"col\" class=\"right\">{head}</th>")).collect();
        let _ = writeln!(
            out,
            "<details class=\"numbers\"><summary>{}</summary>\n<div class=\"scroll\" tabindex=\"0\"><table \
             class=\"workers\"><thead><tr><th scope=\"col\">{}</th>{head}</tr></thead>\n<tbody>",
            escape(summary),
            words.worker_columns()[0]
        );
        for (worker, cells) in self.rows.iter().take(MOST_TABLE_ROWS) {
            let cells: String = cells.iter().map(|cell| format!("<td class=\"right\">{}</td>", escape(cell))).collect();
            let _ = writeln!(
                out,
                "<tr><th scope=\"row\"><span class=\"chip {}\">{}</span></th>{cells}</tr>",
                colour(*worker),
                escape(&who(run, *worker))
            );
        }
        out.push_str("</tbody></table></div>\n");
        if self.rows.len() > MOST_TABLE_ROWS {
            let more = words.more_workers((self.rows.len() - MOST_TABLE_ROWS) as u64);
            let _ = writeln!(out, "<p class=\"notice\">{more}</p>");
        }
        out.push_str("</details>\n");
    }
}

/// Above this many workers a table shows only the first.
const MOST_TABLE_ROWS: usize = 64;

/// Whether an event is one of these kinds.
pub fn is(event: &Event, ops: &[Op]) -> bool {
    ops.contains(&event.op)
}
