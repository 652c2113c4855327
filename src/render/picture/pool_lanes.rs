//! The picture of a `pool` cell: initializers and tasks packed in worker lanes, brackets for chunks, how each worker ended.

use super::axis::Axis;
use super::bins::{Grid, part};
use super::frame::{Bar, MAX_LANES, Sheet, TOP, at, push_rect};
use super::starts;
use super::waits::{self, Waits};
use super::words::Setting;
use crate::model::{Action, Event, TaskOutcome};
use crate::record::RunOutcome;
use crate::render::words::Mark;
use crate::render::workers;
use std::fmt::Write;

/// Up to so many tasks of all lanes are drawn one by one.
const BLOCKS: usize = 240;
/// Up to so many chunks of all lanes get a bracket.
const BRACKETS: usize = 480;
/// Above so many workers only those have a lane that did something.
const FEW: usize = 12;
/// How many columns of tasks all lanes have at most.
const COLUMNS: usize = 1600;

/// The tasks of a pool on their way to be drawn.
pub struct Tasks<'a> {
    /// The workers that have a lane, and of each worker of the run which lane that is.
    workers: Vec<usize>,
    places: Vec<Option<usize>>,
    lanes: Vec<Lane<'a>>,
    /// When the last task was over, and when the last ones were taken, whoever did it.
    last_ns: Option<u64>,
    taken_ns: Option<u64>,
    /// Whether any chunk had more tasks than one.
    is_chunked: bool,
}

/// A task that is drawn by itself.
#[derive(Clone, Copy)]
struct Task<'a> {
    event: &'a Event,
    index: u64,
    outcome: TaskOutcome,
    /// Whether its worker waited or slept in it.
    has_waits: bool,
}

/// The tasks of one worker.
struct Lane<'a> {
    /// As many as are drawn one by one, and one more.
    few: Vec<Task<'a>>,
    most: usize,
    grid: Grid,
    /// Those that failed, as many as are drawn one by one.
    failed: Vec<Task<'a>>,
    /// In what it waited, and slept.
    waits: [Waits<'a>; 2],
    /// Its initializer, if there is any.
    prepared: Option<&'a Event>,
    /// The chunks: as many as get a bracket, and one more.
    chunks: Vec<&'a Event>,
    most_chunks: usize,
}

impl<'a> Tasks<'a> {
    /// None yet; they are to be drawn on axes that show the same time as this one.
    pub fn new(run: &RunOutcome, axis: &Axis) -> Self {
        let workers = seen(run);
        let many = workers.len();
        let mut places = vec![None; run.workers.len()];
        workers.iter().enumerate().for_each(|(place, worker)| places[*worker] = Some(place));
        let lane = || Lane {
            few: Vec::new(),
            failed: Vec::new(),
            most: part(BLOCKS, many, 3, 120),
            grid: Grid::new(axis, part(COLUMNS, many, 16, 256)),
            waits: [Mark::Wait, Mark::Sleep].map(|mark| Waits::new(mark, axis, many).unnamed()),
            prepared: None,
            chunks: Vec::new(),
            most_chunks: part(BRACKETS, many, 8, 60),
        };
        Self {
            workers,
            places,
            lanes: (0..many).map(|_| lane()).collect(),
            last_ns: None,
            taken_ns: None,
            is_chunked: false,
        }
    }

    /// Adds an event, if it is of a task or a chunk.
    pub fn add(&mut self, event: &'a Event) {
        match event.action {
            Action::Task { .. } => self.last_ns = self.last_ns.max(Some(event.end_ns())),
            Action::TakeTasks { count, .. } => {
                self.taken_ns = self.taken_ns.max(Some(event.at_ns));
                self.is_chunked |= count > 1;
            }
            _ => {}
        }
        let place = self.places.get(event.worker as usize).copied().flatten();
        let Some(lane) = place.and_then(|place| self.lanes.get_mut(place)) else { return };
        if waits::kind(event).is_some() {
            lane.waits.iter_mut().for_each(|waits| waits.add(event));
            // Events come by their beginnings, so that the last task is the one that it is in.
            let tasks = [lane.few.last_mut(), lane.failed.last_mut()].into_iter().flatten();
            tasks.filter(|task| task.event.end_ns() > event.at_ns).for_each(|task| task.has_waits = true);
        }
        match event.action {
            Action::TakeTasks { .. } if lane.chunks.len() <= lane.most_chunks => lane.chunks.push(event),
            Action::Prepare => lane.prepared = Some(event),
            Action::Task { index, outcome } => {
                let task = Task { event, index, outcome, has_waits: false };
                if lane.few.len() <= lane.most {
                    lane.few.push(task);
                }
                if outcome != TaskOutcome::Done && lane.failed.len() < lane.most {
                    lane.failed.push(task);
                }
                lane.grid.add(event.at_ns, event.duration_ns);
            }
            _ => {}
        }
    }

    /// Draws the lanes of the pool's workers on an axis.
    pub fn draw(&self, axis: &Axis, setting: Setting) -> Sheet {
        let run = setting.run;
        let mut sheet = Sheet::new(axis.clone(), setting.words);
        let (format, lanes) = (sheet.format(), self.lanes.len());
        for (number, (place, lane)) in self.workers.iter().zip(&self.lanes).enumerate() {
            let (worker, bar) = (&run.workers[*place], Bar::of_lane(format, *place, number));
            sheet.lane_name(run, bar);
            let has_retired = workers::has_retired(worker, self.taken_ns);
            sheet.start_cost(run, bar, worker, has_retired);
            sheet.start(bar, worker);
            let chunks = lane.push(&mut sheet, bar, setting);
            if self.is_chunked {
                push_chunks(&mut sheet, bar, chunks);
            }
            // Of who was ended from outside nobody knows whether a task was left for it.
            if worker.exit.is_success() && !has_retired && run.trace_dropped == 0 {
                push_idle(&mut sheet, bar, worker.end_ns, self.last_ns);
            }
            sheet.exit(run, bar, worker, has_retired);
        }
        sheet.bottom = TOP + lanes as f64 * format.lane().row;
        if starts::are_shown(run, sheet.axis.begin_ns()) && !format.is_small() {
            sheet.start_head();
        }
        sheet.unseen = run.workers.len() - 1 - lanes;
        sheet
    }
}

/// The workers of a pool that have a lane: of many those that did a task, or ended badly, unless nobody did.
fn seen(run: &RunOutcome) -> Vec<usize> {
    let all = 1..run.workers.len();
    let mut seen: Vec<usize> = all.clone().collect();
    if seen.len() > FEW {
        seen.retain(|worker| run.workers[*worker].tasks > 0 || !run.workers[*worker].exit.is_success());
    }
    if seen.is_empty() {
        seen.extend(all);
    }
    seen.truncate(MAX_LANES);
    seen
}

impl<'a> Lane<'a> {
    /// Draws the tasks, and gives the chunks that are to get a bracket.
    fn push(&self, sheet: &mut Sheet, bar: Bar, setting: Setting) -> Option<&[&'a Event]> {
        let chunks = (self.chunks.len() <= self.most_chunks).then_some(self.chunks.as_slice());
        if let Some(event) = self.prepared {
            let (x, wide) = (sheet.axis.x(event.at_ns), sheet.axis.wide(event.at_ns, event.duration_ns));
            sheet.body.push_str(&setting.open(event));
            push_rect(&mut sheet.body, &format!("prepare {}", bar.colour()), (x, wide.max(0.6)), (bar.top, bar.height));
            sheet.body.push_str("</g>\n");
            sheet.see(Mark::Prepare);
        }
        if self.few.is_empty() {
            self.waits.iter().for_each(|waits| waits.push(sheet, bar, setting));
            return chunks;
        }
        let failed = format!("failed-task {}", bar.colour());
        let class = format!("work {}", bar.colour());
        let tasks = if self.few.len() > self.most {
            sheet.see(Mark::Task);
            self.grid.push(sheet, bar, &class, true);
            &self.failed
        } else {
            &self.few
        };
        // A number stands on what is drawn over its block.
        let mut over = String::new();
        for &Task { event: task, index, outcome, has_waits } in tasks {
            let (class, label_class, mark) = match outcome {
                TaskOutcome::Done if has_waits => (&class, "number plate ", Mark::Task),
                TaskOutcome::Done => (&class, "block ", Mark::Task),
                TaskOutcome::Failed | TaskOutcome::Cut if has_waits => (&failed, "number plate ", Mark::FailedTask),
                TaskOutcome::Failed | TaskOutcome::Cut => (&failed, "number ", Mark::FailedTask),
            };
            sheet.see(mark);
            let (x, wide) = (sheet.axis.x(task.at_ns), sheet.axis.wide(task.at_ns, task.duration_ns));
            // A little gap keeps neighbours apart, unless it would eat the block.
            let gap = if wide > 3.0 { 1.0 } else { 0.0 };
            sheet.body.push_str(&setting.open(task));
            push_rect(&mut sheet.body, class, (x, (wide - gap).max(0.6)), (bar.top, bar.height));
            let label = index.to_string();
            if wide > label.len() as f64 * sheet.format().column() + 4.0 {
                let _ = write!(
                    if has_waits { &mut over } else { &mut sheet.body },
                    "<text class=\"{label_class}{}\" x=\"{}\" y=\"{}\">{label}</text>",
                    bar.colour(),
                    at(x + (wide - gap) / 2.0),
                    at(bar.middle() + 3.8)
                );
            }
            sheet.body.push_str("</g>\n");
        }
        self.waits.iter().for_each(|waits| waits.push(sheet, bar, setting));
        sheet.body.push_str(&over);
        chunks
    }
}

/// Draws a bracket above the tasks of each chunk that a worker took, if they are not too many.
fn push_chunks(sheet: &mut Sheet, bar: Bar, chunks: Option<&[&Event]>) {
    sheet.see(Mark::Chunk);
    let Some(chunks) = chunks else { return };
    let (foot, head) = (at(bar.top - 2.0), at(bar.top - 6.0));
    let mut path = String::new();
    for chunk in chunks.iter().filter(|chunk| chunk.duration_ns > 0) {
        let (from, to) = (sheet.axis.x(chunk.at_ns), sheet.axis.x(chunk.end_ns()));
        let _ = write!(path, "M{} {foot}V{head}H{}V{foot}", at(from + 0.5), at((to - 1.5).max(from + 1.0)));
    }
    let _ = writeln!(sheet.body, "<path class=\"chunk {}\" d=\"{path}\"/>", bar.colour());
}

/// Draws the tail from a worker's end, for want of tasks, to the last one's, if it is long enough to be seen.
fn push_idle(sheet: &mut Sheet, bar: Bar, from_ns: u64, last: Option<u64>) {
    let Some(last) = last else { return };
    let wide = sheet.axis.wide(from_ns, last.saturating_sub(from_ns));
    if wide >= 3.0 {
        sheet.rect("idle", (sheet.axis.x(from_ns), wide), (bar.top, bar.height));
        sheet.see(Mark::Idle);
    }
}
