//! The picture of a `spawn` cell: a lane a worker, and main's lane above them.

use super::axis::Axis;
use super::bins::{Points, part};
use super::frame::{Bar, MAX_LANES, Sheet, TOP, at};
use super::on_core::OnCore;
use super::starts;
use super::threads;
use super::waits::{self, Waits};
use super::words::Setting;
use crate::model::{ActionKind, Event};
use crate::record::{Executor, ExitStatus, RunOutcome, WorkerOutcome};
use crate::render::text::{escape, shorten, visible};
use crate::render::words::Mark;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// Up to so many lines that all lanes printed are told one by one.
const TOLD: usize = 160;

/// What happened in the lanes of a run, on its way to be drawn.
pub struct Lanes<'a> {
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
    on_core: OnCore,
}

/// Whether an event can be drawn in a lane: most accesses take no time.
#[inline]
pub fn is_meant(event: &Event) -> bool {
    event.duration_ns > 0 || matches!(event.kind(), ActionKind::Open | ActionKind::Join | ActionKind::Print)
}

impl<'a> Lanes<'a> {
    /// Nothing yet; they are to be drawn on axes that show the same time as this one.
    pub fn new(run: &'a RunOutcome, axis: &Axis) -> Self {
        let many = run.workers.len().min(MAX_LANES);
        let lane = |worker| Lane {
            on_core: OnCore::of(worker, run),
            waits: Waits::new(Mark::Wait, axis, many),
            sleeps: Waits::new(Mark::Sleep, axis, many),
            prints: Vec::new(),
        };
        let lanes = run.workers.iter().take(many).map(lane).collect();
        Self { lanes, run, joins: Vec::new(), gate: None, gates: 0 }
    }

    /// Adds an event, if it is drawn in a lane.
    pub fn add(&mut self, event: &'a Event) {
        if event.kind() == ActionKind::Open {
            self.gate = self.gate.or(Some(event));
            self.gates += 1;
        }
        if threads::is_join(self.run, event) {
            self.joins.push(event);
        }
        let Some(lane) = self.lanes.get_mut(event.worker as usize) else { return };
        lane.on_core.add(event);
        match waits::kind(event) {
            Some(Mark::Sleep) => lane.sleeps.add(event),
            Some(_) => lane.waits.add(event),
            None if event.kind() == ActionKind::Print => lane.prints.push(event),
            None => {}
        }
    }

    /// Draws them on an axis.
    pub fn draw(&self, axis: &Axis, setting: Setting) -> Sheet {
        let run = setting.run;
        let mut sheet = Sheet::new(axis.clone(), setting.words);
        let (format, lanes) = (sheet.format(), self.lanes.len());
        let places = threads::places(run, lanes);
        for (index, (worker, lane)) in run.workers.iter().zip(&self.lanes).enumerate() {
            let bar = Bar::of_lane(format, index, places[index]);
            sheet.lane_name(run, bar);
            push_start(&mut sheet, run, bar, worker);
            if push_work(&mut sheet, bar, worker, &lane.on_core) && index > 0 {
                sheet.see(Mark::Work);
            }
            lane.waits.push(&mut sheet, bar, setting);
            lane.sleeps.push(&mut sheet, bar, setting);
            push_prints(&mut sheet, bar, &lane.prints, setting, lanes);
            sheet.exit(run, bar, worker, false);
        }
        threads::push(&mut sheet, run, &places, &self.joins);
        sheet.bottom = TOP + lanes as f64 * format.lane().row;
        sheet.unseen = run.workers.len() - lanes;
        // A run in which every worker has a moment of its own has no gate, and jobs that run one after another pass none.
        let is_gated = run.workers.iter().skip(1).any(|worker| worker.executor != Executor::Normal);
        if let (Some(gate), 1, true) = (self.gate, self.gates, is_gated) {
            push_gate(&mut sheet, gate, lanes);
            // Under time that begins there stands its name.
            sheet.is_gated = !setting.words.is_by_steps() && gate.at_ns <= sheet.axis.begin_ns();
        }
        if starts::are_shown(run, sheet.axis.begin_ns()) && !format.is_small() {
            sheet.start_head();
        }
        sheet
    }
}

/// Draws what starting a worker cost, and the line in which it waited for the gate, or until it was awake behind it.
fn push_start(sheet: &mut Sheet, run: &RunOutcome, bar: Bar, worker: &WorkerOutcome) {
    if bar.worker == 0 || worker.executor == Executor::Normal || worker.ready_ns <= worker.spawn_ns {
        return;
    }
    sheet.start_cost(run, bar, worker, false);
    sheet.start(bar, worker);
    let (from, to) = (sheet.axis.x(worker.ready_ns), sheet.axis.x(worker.start_ns));
    if to - from > 0.5 {
        let (middle, colour) = (at(bar.middle()), bar.colour());
        let _ = write!(sheet.body, "<path class=\"held {colour}\" d=\"M{} {middle}H{}\"/>", at(from), at(to));
    }
}

/// Draws the solid stretch in which a worker was under way; main's is a hairline. Where it lacked a core, the stretch is pale, and
/// solid as high as its part of the time was on one. Says whether there is one.
fn push_work(sheet: &mut Sheet, bar: Bar, worker: &WorkerOutcome, on_core: &OnCore) -> bool {
    if worker.exit == ExitStatus::NotStarted || worker.end_ns <= worker.start_ns {
        return false;
    }
    let place = if bar.worker == 0 { (bar.middle() - 0.75, 1.5) } else { (bar.top, bar.height) };
    let (x, wide) = (sheet.axis.x(worker.start_ns), sheet.axis.wide(worker.start_ns, worker.end_ns - worker.start_ns));
    let mut solid = String::new();
    std::mem::swap(&mut solid, &mut sheet.body);
    let lacks = bar.worker > 0 && wide > 1.5 && on_core.push(sheet, bar);
    std::mem::swap(&mut solid, &mut sheet.body);
    let class = format!("{} {}", if lacks { "start" } else { "work" }, bar.colour());
    sheet.rect(&class, (x, wide.max(1.5)), place);
    sheet.body.push_str(&solid);
    sheet.body.push('\n');
    true
}

/// Draws a tick above the bar for each line that was printed, with its text where there is room for it.
fn push_prints(sheet: &mut Sheet, bar: Bar, prints: &[&Event], setting: Setting, lanes: usize) {
    if prints.is_empty() {
        return;
    }
    sheet.see(Mark::Print);
    let (top, column) = (bar.top - 6.0, sheet.format().column());
    if prints.len() > part(TOLD, lanes, 4, 60) {
        let mut points = Points::new(&sheet.axis, (lanes as f64 / 4.0).max(1.0));
        prints.iter().for_each(|event| points.add(event.at_ns));
        points.push(sheet, "tick", top, 5.0);
        return;
    }
    let top = at(top);
    let end = sheet.axis.left + sheet.axis.width;
    for (number, event) in prints.iter().enumerate() {
        let x = sheet.axis.x(event.at_ns);
        let next = prints.get(number + 1).map_or(end, |next| sheet.axis.x(next.at_ns));
        let text = setting.printed(event).map(|line| visible(&line.text)).unwrap_or_default();
        // Above a bar in a small window stands a name.
        let wide = if sheet.format().is_small() { 0.0 } else { next - x - 7.0 };
        let room = (wide / column).max(0.0) as usize;
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
        at(Bar::of_lane(sheet.format(), 0, lanes.saturating_sub(1)).bottom() + 4.0),
        sheet.words.gate()
    );
    sheet.see(Mark::Gate);
}
