//! The picture of a lock, and of what is held like one: who held it when, who waited, and who handed it on.

use super::axis::Axis;
use super::bins::{Grid, part};
use super::depth::{self, Steps};
use super::figure::Told;
use super::frame::{Bar, Sheet, push_rect};
use super::marks::Marks;
use super::outline::Outline;
use super::resource_chart::{self, Cell, Drawing, ResourceChart, Rows, Sight, TOLD, Table};
use super::waits::Waits;
use crate::model::causality::Wakeup;
use crate::model::causality::holds::{Hold, holds};
use crate::model::{Action, ActionKind, Event, LockKind, ResourceKind};
use crate::record::ExitStatus;
use crate::render::text::escape;
use crate::render::units::{count, percent};
use crate::render::words::Mark;
use std::borrow::Cow;
use std::fmt::Write;

/// What is done to a lock.
const MEANT: [ActionKind; 6] = [
    ActionKind::Acquire,
    ActionKind::AcquireShared,
    ActionKind::Release,
    ActionKind::WaitNotified,
    ActionKind::Notify,
    ActionKind::GiveUp,
];

/// What one worker did with a lock.
struct LockRow<'a> {
    /// As many holds as are drawn one by one, and one more.
    few: Vec<Hold<&'a Event>>,
    most: usize,
    held: Grid,
    waits: Waits<'a>,
    signals: Marks<'a>,
}

impl<'a> LockRow<'a> {
    fn hold(&mut self, hold: Hold<&'a Event>) {
        if self.few.len() <= self.most {
            self.few.push(hold);
        }
        self.held.add(hold.from_ns, hold.length_ns());
    }
}

/// What is known of a lock, on whatever page it is drawn.
struct Scene<'a> {
    /// Those that have a row, and what they did.
    workers: Vec<usize>,
    rows: Rows<LockRow<'a>>,
    wakeups: Vec<Wakeup<'a>>,
    permits: Option<Permits>,
}

/// How many permits of a semaphore are taken. A release is noted before it happens and the end of a wait may be noted a hair early,
/// so whoever comes when there is none took the one that was given back next.
pub struct Permits {
    all: u64,
    /// How many of them were taken before the run, now, and at the most.
    first: u64,
    pub now: u64,
    most: u64,
    /// How many have come when there was none.
    early: u64,
    /// Since when there is none, if so, and for how long there was none before.
    none_since: Option<u64>,
    none_ns: u64,
    changes: Outline,
}

impl Permits {
    /// None of them was taken but the first, on axes that show the same time as this one.
    pub fn new(all: u64, first: u64, time: &Axis) -> Self {
        let (none_since, changes) = ((first >= all).then_some(0), Outline::new(time));
        Self { all, first, now: first, most: first, early: 0, none_since, none_ns: 0, changes }
    }

    /// Follows what is done to them.
    pub fn add(&mut self, event: &Event) {
        match event.action {
            Action::Acquire if self.now >= self.all => self.early += 1,
            Action::Acquire => self.change(event, self.now + 1),
            // The permit goes from hand to hand.
            Action::Release if self.early > 0 => self.early -= 1,
            Action::Release => self.change(event, self.now.saturating_sub(1)),
            _ => {}
        }
    }

    fn change(&mut self, event: &Event, now: u64) {
        let at_ns = event.end_ns();
        (self.now, self.most) = (now, self.most.max(now));
        self.changes.add(at_ns, now as f64);
        if now >= self.all {
            self.none_since = self.none_since.or(Some(at_ns));
        } else if let Some(since) = self.none_since.take() {
            self.none_ns = self.none_ns.saturating_add(at_ns.saturating_sub(since));
        }
    }

    fn push(&self, sheet: &mut Sheet, chart: &ResourceChart) {
        let Self { all, first, most, ref changes, .. } = *self;
        let (name, limit, end_ns) = (&chart.name(), Some(all), chart.end_ns());
        depth::push(sheet, &Steps { name, first, changes, most, limit, end_ns });
    }
}

/// Draws a lock, of which `permits` can be had at once if it is a semaphore.
pub fn draw(chart: &ResourceChart, permits: Option<u32>) -> Drawing {
    let meant: u64 = MEANT.iter().map(|kind| chart.total(*kind)).sum();
    let events: Cow<[&Event]> = match meant == chart.used.events.len() as u64 {
        true => Cow::Borrowed(&chart.used.events),
        false => {
            let events = chart.used.events.iter().copied();
            Cow::Owned(events.filter(|event| MEANT.contains(&event.kind())).collect())
        }
    };
    let ends = chart.setting.run.ends();
    let holds = holds(events.iter().map(|event| (*event, *event)), &ends, chart.resource.kind, chart.end_ns());
    let is_rwlock = chart.resource.kind == ResourceKind::Lock(LockKind::RwLock);
    let wakeups = chart.wakeups((permits.is_none() && !is_rwlock).then_some(&holds));
    let mut all = permits.map(|permits| {
        let all = u64::from(permits);
        Permits::new(all, all.saturating_sub(chart.before(0).unwrap_or(all)), &chart.times[0])
    });
    let workers = chart.in_rows(&MEANT);
    let mut rows = rows(chart, resource_chart::rows_of(&workers), &workers);
    // The events are passed once: there may be a million of them.
    for event in events.iter().copied() {
        if let Some(permits) = &mut all {
            permits.add(event);
        }
        match rows.of(event) {
            Some(row) if event.kind() == ActionKind::Notify => row.signals.add(event),
            Some(row) => row.waits.add(event),
            None => {}
        }
    }
    let mut sums = vec![Held::default(); ends.len()];
    for hold in holds.iter().copied() {
        sums[hold.worker].add(hold.length_ns());
        if let Some(row) = rows.of_worker(hold.worker) {
            row.hold(hold);
        }
    }
    let scene = Scene { workers, rows, wakeups, permits: all };
    let sheets = chart.times.each_ref().map(|time| sheet(chart, time, &scene));
    let words = chart.setting.words;
    let about = if is_rwlock { words.rwlock_about() } else { words.lock_about() };
    let table = if permits.is_some() { permit_table(chart, &sums) } else { table(chart, &sums) };
    let kept = kept(chart, &holds, permits);
    let sight = match (kept.is_empty(), chart.is_waited_for()) {
        (false, _) => Sight::Fault,
        (true, true) => Sight::Something,
        (true, false) => Sight::Nothing,
    };
    let mut told = told(chart, &sums, permits, &kept);
    if chart.is_told {
        let (busy_ns, whole_ns) =
            (busy_ns(scene.permits.as_ref(), &holds, chart.end_ns()), chart.end_ns().saturating_sub(chart.begin_ns()));
        told.finding = words.held_part(&chart.name(), permits.is_some(), &percent(busy_ns, whole_ns));
    }
    Drawing::of(sheets, told, about, table).with(sight)
}

/// For how long it was not to be had: held by anybody, or without a free permit.
fn busy_ns(permits: Option<&Permits>, holds: &[Hold<&Event>], end_ns: u64) -> u64 {
    if let Some(permits) = permits {
        return permits.none_ns.saturating_add(permits.none_since.map_or(0, |since| end_ns.saturating_sub(since)));
    }
    let mut spans: Vec<(u64, u64)> = holds.iter().map(|hold| (hold.from_ns, hold.to_ns)).collect();
    spans.sort_unstable();
    let (mut until_ns, mut busy_ns) = (0, 0_u64);
    for (from_ns, to_ns) in spans {
        busy_ns = busy_ns.saturating_add(to_ns.saturating_sub(from_ns.max(until_ns)));
        until_ns = until_ns.max(to_ns);
    }
    busy_ns
}

/// A row for each of these workers, of which so many are drawn.
fn rows<'a>(chart: &ResourceChart<'a>, many: usize, workers: &[usize]) -> Rows<LockRow<'a>> {
    Rows::new(workers, || LockRow {
        few: Vec::new(),
        most: part(TOLD, many, 8, 60),
        held: Grid::new(&chart.times[0], part(800, many, 32, 200)),
        waits: resource_chart::waits(&chart.times[0], many),
        signals: Marks::new(&chart.times, many),
    })
}

/// Draws it on one format of a page.
fn sheet(chart: &ResourceChart, time: &Axis, scene: &Scene) -> Sheet {
    let mut sheet = Sheet::new(time.clone(), chart.setting.words);
    if let Some(permits) = &scene.permits {
        permits.push(&mut sheet, chart);
    }
    let bars = resource_chart::rows(&mut sheet, chart.setting.run, &scene.workers);
    for (bar, row) in bars.iter().zip(scene.rows.iter()) {
        push_holds(&mut sheet, chart, *bar, row);
        row.waits.push(&mut sheet, *bar, chart.setting);
        if !row.signals.is_empty() {
            let bar = Bar { top: bar.top - 3.0, height: 4.0, ..*bar };
            row.signals.push(&mut sheet, chart.setting, bar, "sign");
            sheet.see(Mark::Signal);
        }
    }
    chart.push_wakeups(&mut sheet, &bars, &scene.wakeups);
    sheet
}

/// Who never gave it back, as far as that is known. Who was ended from outside had no time to.
fn kept<T>(chart: &ResourceChart, holds: &[Hold<T>], permits: Option<u32>) -> String {
    if chart.until_ns.is_some() {
        return String::new();
    }
    let is_own_end =
        |exit: &ExitStatus| !matches!(exit, ExitStatus::TimedOut | ExitStatus::Deadlocked | ExitStatus::Lost);
    let workers = &chart.setting.run.workers;
    let open = holds.iter().filter(|hold| hold.given.is_none() && is_own_end(&workers[hold.worker].exit));
    let mut kept: Vec<(usize, u64)> = open
        .map(|&Hold { worker, .. }| {
            let taken = [ActionKind::Acquire, ActionKind::AcquireShared].map(|kind| chart.many(worker, kind));
            (worker, taken.iter().sum::<u64>().saturating_sub(chart.many(worker, ActionKind::Release)))
        })
        .collect();
    kept.sort_unstable();
    let kept: Vec<(String, u64)> = kept.into_iter().map(|(worker, many)| (chart.who(worker), many)).collect();
    chart.setting.words.never_given_back(&kept, permits.is_some())
}

fn push_holds(sheet: &mut Sheet, chart: &ResourceChart, bar: Bar, row: &LockRow) {
    if row.few.is_empty() {
        return;
    }
    sheet.see(Mark::Held);
    let class = format!("work {}", bar.colour());
    if row.few.len() > row.most {
        row.held.push(sheet, bar, &class, true);
        return;
    }
    for hold in &row.few {
        let held_ns = hold.length_ns();
        let (x, wide) = (sheet.axis.x(hold.from_ns), sheet.axis.wide(hold.from_ns, held_ns));
        let words =
            chart.setting.words.held(&chart.who(hold.worker), &chart.name(), held_ns, hold.from_ns, hold.is_shared);
        let _ = write!(sheet.body, "<g class=\"e\"><title>{}</title>", escape(&words));
        push_rect(&mut sheet.body, &class, (x, wide.max(1.0)), (bar.top, bar.height));
        sheet.body.push_str("</g>\n");
    }
}

/// How a worker held a lock.
#[derive(Clone, Copy, Default)]
struct Held {
    turns: u64,
    sum_ns: u64,
    longest_ns: u64,
}

impl Held {
    fn add(&mut self, ns: u64) {
        self.turns += 1;
        self.sum_ns = self.sum_ns.saturating_add(ns);
        self.longest_ns = self.longest_ns.max(ns);
    }
}

fn told(chart: &ResourceChart, sums: &[Held], permits: Option<u32>, kept: &str) -> Told {
    let words = chart.setting.words;
    let holders = sums.iter().enumerate().filter(|(_, held)| held.turns > 0);
    let holders: Vec<(String, u64, u64)> =
        holders.map(|(worker, held)| (chart.who(worker), held.sum_ns, held.turns)).collect();
    let caption = words.lock_holders(&chart.name(), permits, &holders) + kept;
    let longest = chart.waited_ns().into_iter().max_by_key(|(_, ns)| *ns).map(|(worker, ns)| {
        let worker_of = chart.setting.run.workers.get(worker);
        let ran = worker_of.map_or(0, |worker| worker.end_ns.saturating_sub(worker.start_ns));
        words.waited_longest(&chart.who(worker), &chart.name(), ns, &percent(ns, ran))
    });
    Told { finding: longest.unwrap_or_else(|| words.nobody_waited_for(&chart.name())), caption }
}

/// The same for permits, of which one worker may hold several at once.
fn permit_table(chart: &ResourceChart, sums: &[Held]) -> Table {
    chart.table(chart.setting.words.permit_columns(), &MEANT, |worker, many, waited| {
        let Held { sum_ns, longest_ns, .. } = sums.get(worker).copied().unwrap_or_default();
        let (sum, longest) = (Cell::Length(sum_ns), Cell::Length(longest_ns));
        vec![many(ActionKind::Acquire), many(ActionKind::Release), sum, longest, waited]
    })
}

fn table(chart: &ResourceChart, sums: &[Held]) -> Table {
    chart.table(chart.setting.words.lock_columns(), &MEANT, |worker, _, waited| {
        let Held { turns, sum_ns, longest_ns } = sums.get(worker).copied().unwrap_or_default();
        vec![count(turns).into(), Cell::Length(sum_ns), Cell::Length(longest_ns), waited]
    })
}
