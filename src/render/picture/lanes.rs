//! The picture of a `spawn` cell: a lane a worker, and main's lane above them.

use super::axis::Axis;
use super::bins::{Points, part};
use super::frame::{Bar, MAX_LANES, Sheet, TOP, at};
use super::threads;
use super::waits::{self, Waits};
use super::words::Setting;
use crate::model::{Action, ActionKind, Event};
use crate::record::{Executor, ExitStatus, RunOutcome, WorkerOutcome};
use crate::render::text::{escape, shorten, visible};
use crate::render::words::Mark;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// Up to so many lines that all lanes printed are told one by one.
const TOLD: usize = 160;
/// How wide a column of a printed line is in the picture.
const COLUMN: f64 = 5.6;

/// What happened in the lanes of a run, on its way to be drawn.
pub struct Lanes<'a> {
    axis: Axis,
    lanes: Vec<Lane<'a>>,
    run: &'a RunOutcome,
    /// Who waited for threads that workers had started by themselves.
    joins: Vec<&'a Event>,
    /// The first opening of the gate, and how many there were.
    gate: Option<&'a Event>,
    gates: usize,
}

/// What happened in one lane.
struct Lane<'a> {
    waits: Waits<'a>,
    sleeps: Waits<'a>,
    prints: Vec<&'a Event>,
}

impl<'a> Lanes<'a> {
    /// Nothing yet.
    pub fn new(run: &'a RunOutcome, axis: &Axis) -> Self {
        let many = run.workers.len().min(MAX_LANES);
        let lane = || Lane {
            waits: Waits::new(Mark::Wait, axis, many),
            sleeps: Waits::new(Mark::Sleep, axis, many),
            prints: Vec::new(),
        };
        let lanes = (0..many).map(|_| lane()).collect();
        Self { axis: axis.clone(), lanes, run, joins: Vec::new(), gate: None, gates: 0 }
    }

    /// Adds an event, if it is drawn in a lane.
    pub fn add(&mut self, event: &'a Event) {
        if event.action == Action::Open {
            self.gate = self.gate.or(Some(event));
            self.gates += 1;
        }
        if threads::is_join(self.run, event) {
            self.joins.push(event);
        }
        let Some(lane) = self.lanes.get_mut(event.worker as usize) else { return };
        match waits::kind(event) {
            Some(Mark::Sleep) => lane.sleeps.add(event),
            Some(_) => lane.waits.add(event),
            None if event.kind() == ActionKind::Print => lane.prints.push(event),
            None => {}
        }
    }

    /// Draws them.
    pub fn draw(self, setting: Setting) -> Sheet {
        let run = setting.run;
        let mut sheet = Sheet::new(self.axis, setting.words);
        let lanes = self.lanes.len();
        let places = threads::places(run, lanes);
        for (index, (worker, lane)) in run.workers.iter().zip(self.lanes).enumerate() {
            let bar = Bar::of_lane(index, places[index]);
            sheet.name(run, bar);
            push_start(&mut sheet, bar, worker);
            if push_work(&mut sheet, bar, worker) && index > 0 {
                sheet.see(Mark::Work);
            }
            lane.waits.push(&mut sheet, bar, setting);
            lane.sleeps.push(&mut sheet, bar, setting);
            push_prints(&mut sheet, bar, &lane.prints, setting, lanes);
            sheet.exit(run, bar, worker, false);
        }
        threads::push(&mut sheet, run, &places, &self.joins);
        sheet.bottom = Bar::of_lane(0, lanes).top - Bar::of_lane(0, 0).top + TOP;
        sheet.unseen = run.workers.len() - lanes;
        // A run in which every worker has a moment of its own has no gate, and jobs that run one after another pass none.
        let is_gated = run.workers.iter().skip(1).any(|worker| worker.executor != Executor::Normal);
        if let (Some(gate), 1, true) = (self.gate, self.gates, is_gated) {
            push_gate(&mut sheet, gate, lanes);
        }
        sheet
    }
}

/// Draws the pale stretch in which a worker was being started, and the line in which it waited for the gate.
fn push_start(sheet: &mut Sheet, bar: Bar, worker: &WorkerOutcome) {
    if bar.worker == 0 || worker.executor == Executor::Normal || worker.ready_ns <= worker.spawn_ns {
        return;
    }
    sheet.start(bar, worker);
    if worker.start_ns > worker.ready_ns {
        let _ = write!(
            sheet.body,
            "<path class=\"held {}\" d=\"M{} {}H{}\"/>",
            bar.colour(),
            at(sheet.axis.x(worker.ready_ns)),
            at(bar.middle()),
            at(sheet.axis.x(worker.start_ns))
        );
    }
}

/// Draws the solid stretch in which a worker was under way; main's is a hairline. Says whether there is one.
fn push_work(sheet: &mut Sheet, bar: Bar, worker: &WorkerOutcome) -> bool {
    if worker.exit == ExitStatus::NotStarted || worker.end_ns <= worker.start_ns {
        return false;
    }
    let place = if bar.worker == 0 { (bar.middle() - 0.75, 1.5) } else { (bar.top, bar.height) };
    let (x, wide) = (sheet.axis.x(worker.start_ns), sheet.axis.wide(worker.start_ns, worker.end_ns - worker.start_ns));
    sheet.rect(&format!("work {}", bar.colour()), (x, wide.max(1.5)), place);
    sheet.body.push('\n');
    true
}

/// Draws a tick above the bar for each line that was printed, with its text where there is room for it.
fn push_prints(sheet: &mut Sheet, bar: Bar, prints: &[&Event], setting: Setting, lanes: usize) {
    if prints.is_empty() {
        return;
    }
    sheet.see(Mark::Print);
    let top = bar.top - 6.0;
    if prints.len() > part(TOLD, lanes, 4, 60) {
        let mut points = Points::new(&sheet.axis, (lanes as f64 / 4.0).max(1.0));
        prints.iter().for_each(|event| points.add(sheet.axis.x(event.at_ns)));
        points.push(sheet, "tick", top, 5.0);
        return;
    }
    let top = at(top);
    let end = sheet.axis.left + sheet.axis.width;
    for (number, event) in prints.iter().enumerate() {
        let x = sheet.axis.x(event.at_ns);
        let next = prints.get(number + 1).map_or(end, |next| sheet.axis.x(next.at_ns));
        let text = setting.printed(event).map(|line| visible(&line.text)).unwrap_or_default();
        let room = ((next - x - 7.0) / COLUMN).max(0.0) as usize;
        let _ = write!(sheet.body, "{}<path class=\"tick\" d=\"M{} {top}v5\"/>", setting.open(event), at(x));
        if room >= text.width().min(6) && room > 0 {
            let _ = write!(
                sheet.body,
                "<text class=\"print\" x=\"{}\" y=\"{}\">{}</text>",
                at(x + 3.0),
                at(bar.top - 2.0),
                escape(&shorten(&text, room))
            );
        }
        sheet.body.push_str("</g>\n");
    }
}

/// Draws the gate: a line through all lanes.
fn push_gate(sheet: &mut Sheet, gate: &Event, lanes: usize) {
    let x = at(sheet.axis.x(gate.at_ns));
    let _ = writeln!(
        sheet.body,
        "<path class=\"gate\" d=\"M{x} {}V{}\"><title>{}</title></path>",
        at(TOP - 4.0),
        at(Bar::of_lane(0, lanes.saturating_sub(1)).bottom() + 4.0),
        sheet.words.gate()
    );
    sheet.see(Mark::Gate);
}
