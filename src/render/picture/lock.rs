//! The picture of a lock, and of what is held like one: who held it when, who waited, and who handed it on.

use super::axis::Axis;
use super::bins::{Grid, part};
use super::depth::{self, Steps};
use super::figure::Told;
use super::frame::{Bar, Sheet, push_rect};
use super::outline::Outline;
use super::resource_chart::{self, Cell, Drawing, Marks, ResourceChart, Rows, Sight, TOLD, Table};
use super::waits::Waits;
use crate::model::causality::Wakeup;
use crate::model::causality::holds::{Hold, holds};
use crate::model::{Action, ActionKind, Event, LockKind, ResourceKind};
use crate::record::ExitStatus;
use crate::render::text::escape;
use crate::render::units::{count, percent};
use crate::render::words::Mark;
use std::borrow::Cow;
use std::collections::BTreeMap;
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
    fn hold(&mut self, time: &Axis, hold: Hold<&'a Event>) {
        if self.few.len() <= self.most {
            self.few.push(hold);
        }
        let (x, wide) = place(time, hold);
        self.held.add(x, wide);
    }
}

/// Where a hold begins, and how wide it is.
fn place(time: &Axis, hold: Hold<&Event>) -> (f64, f64) {
    (time.x(hold.from_ns), time.wide(hold.from_ns, hold.to_ns.saturating_sub(hold.from_ns)))
}

/// What is known of a lock, on whatever page it is drawn.
struct Scene<'a> {
    /// Those that have a row.
    workers: Vec<usize>,
    /// What was done to it.
    events: Cow<'a, [&'a Event]>,
    holds: Vec<Hold<&'a Event>>,
    wakeups: Vec<Wakeup<'a>>,
    permits: Option<Permits>,
}

/// The permits of a semaphore.
struct Permits {
    all: u64,
    /// How many of them were taken before the run, and from then on at each time.
    first: u64,
    taken: Vec<(u64, u64)>,
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
    let of_all = |all: u64| {
        let first = all.saturating_sub(chart.before(0).unwrap_or(all));
        Permits { all, first, taken: taken(events.iter().copied(), first, all) }
    };
    let all = permits.map(|permits| of_all(permits.into()));
    let scene = Scene { workers: chart.in_rows(&MEANT), events, holds, wakeups, permits: all };
    let sheets = rows(chart, &scene).map(|(time, rows)| sheet(chart, time, rows, &scene));
    let mut sums = Sums::default();
    scene.holds.iter().for_each(|hold| sums.add(*hold));
    let Sums(sums) = sums;
    let words = chart.setting.words;
    let about = if is_rwlock { words.rwlock_about() } else { words.lock_about() };
    let table = if permits.is_some() { permit_table(chart, &sums) } else { table(chart, &sums) };
    let kept = kept(chart, &scene.holds, permits);
    let sight = match (kept.is_empty(), chart.is_waited_for()) {
        (false, _) => Sight::Fault,
        (true, true) => Sight::Something,
        (true, false) => Sight::Nothing,
    };
    let mut told = told(chart, &sums, permits, &kept);
    if chart.is_told {
        let (busy_ns, whole_ns) = (busy_ns(&scene, chart.end_ns()), chart.end_ns().saturating_sub(chart.begin_ns()));
        told.finding = words.held_part(&chart.name(), permits.is_some(), &percent(busy_ns, whole_ns));
    }
    Drawing::of(sheets, told, about, table).with(sight)
}

/// For how long it was not to be had: held by anybody, or without a free permit.
fn busy_ns(scene: &Scene, end_ns: u64) -> u64 {
    if let Some(Permits { all, first, taken }) = &scene.permits {
        let (mut since, mut busy_ns) = ((first >= all).then_some(0), 0_u64);
        for (at_ns, now) in taken.iter().copied().chain([(end_ns, 0)]) {
            match since {
                Some(from_ns) if now < *all => {
                    busy_ns = busy_ns.saturating_add(at_ns.saturating_sub(from_ns));
                    since = None;
                }
                None if now >= *all => since = Some(at_ns),
                _ => {}
            }
        }
        return busy_ns;
    }
    let mut spans: Vec<(u64, u64)> = scene.holds.iter().map(|hold| (hold.from_ns, hold.to_ns)).collect();
    spans.sort_unstable();
    let (mut until_ns, mut busy_ns) = (0, 0_u64);
    for (from_ns, to_ns) in spans {
        busy_ns = busy_ns.saturating_add(to_ns.saturating_sub(from_ns.max(until_ns)));
        until_ns = until_ns.max(to_ns);
    }
    busy_ns
}

/// What each worker did with it, on a wide page and in a small window, with their axes.
fn rows<'a, 'c>(chart: &'c ResourceChart<'a>, scene: &Scene<'a>) -> [(&'c Axis, Rows<LockRow<'a>>); 2] {
    let many = resource_chart::rows_of(&scene.workers);
    let mut both = chart.times.each_ref().map(|time| {
        let row = || LockRow {
            few: Vec::new(),
            most: part(TOLD, many, 8, 60),
            held: Grid::new(time, part(800, many, 32, 200)),
            waits: resource_chart::waits(time, many),
            signals: Marks::new(time, many),
        };
        (time, Rows::new(&scene.workers, row))
    });
    // The events are passed once: there may be a million of them.
    for event in scene.events.iter().copied() {
        let is_signal = event.kind() == ActionKind::Notify;
        for row in both.iter_mut().filter_map(|(_, rows)| rows.of(event)) {
            if is_signal { row.signals.add(event) } else { row.waits.add(event) }
        }
    }
    for hold in scene.holds.iter().copied() {
        for (time, rows) in &mut both {
            if let Some(row) = rows.of_worker(hold.worker) {
                row.hold(time, hold);
            }
        }
    }
    both
}

/// Draws it on one format of a page.
fn sheet<'a>(chart: &ResourceChart<'a>, time: &Axis, rows: Rows<LockRow<'a>>, scene: &Scene) -> Sheet {
    let (run, workers) = (chart.setting.run, &scene.workers);
    let mut sheet = Sheet::new(time.clone(), chart.setting.words);
    if let Some(Permits { all, first, taken }) = &scene.permits {
        let (mut most, mut changes) = (*first, Outline::new(time));
        for (at_ns, taken) in taken {
            most = most.max(*taken);
            changes.add(*at_ns, *taken as f64);
        }
        let (name, end_ns) = (chart.name(), chart.end_ns());
        let (first, limit) = (*first, Some(*all));
        depth::push(&mut sheet, &Steps { name: &name, first, changes: &changes, most, limit, end_ns });
    }
    let bars = resource_chart::rows(&mut sheet, run, workers);
    for (bar, row) in bars.iter().zip(rows.into_iter()) {
        push_holds(&mut sheet, chart, *bar, &row.few, (row.most, row.held));
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

/// How many of so many permits are taken, after each change; `first` were taken before. A release is noted before it happens and
/// the end of a wait may be noted a hair early, so whoever comes when there is none took the one that was given back next.
pub fn taken<'a>(events: impl Iterator<Item = &'a Event>, first: u64, permits: u64) -> Vec<(u64, u64)> {
    let (mut now, mut early, mut changes) = (first, 0_u64, Vec::new());
    for event in events {
        match event.action {
            Action::Acquire if now >= permits => early += 1,
            Action::Acquire => {
                now += 1;
                changes.push((event.end_ns(), now));
            }
            // The permit goes from hand to hand.
            Action::Release if early > 0 => early -= 1,
            Action::Release => {
                now = now.saturating_sub(1);
                changes.push((event.end_ns(), now));
            }
            _ => {}
        }
    }
    changes
}

fn push_holds(sheet: &mut Sheet, chart: &ResourceChart, bar: Bar, holds: &[Hold<&Event>], (most, grid): (usize, Grid)) {
    if holds.is_empty() {
        return;
    }
    sheet.see(Mark::Held);
    let class = format!("work {}", bar.colour());
    if holds.len() > most {
        grid.push(sheet, bar, &class, true);
        return;
    }
    for hold in holds {
        let (x, wide) = place(&sheet.axis, *hold);
        let held_ns = hold.to_ns.saturating_sub(hold.from_ns);
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

/// How each worker held it.
#[derive(Default)]
struct Sums(BTreeMap<usize, Held>);

impl Sums {
    fn add(&mut self, hold: Hold<&Event>) {
        let (held, ns) = (self.0.entry(hold.worker).or_default(), hold.to_ns.saturating_sub(hold.from_ns));
        held.turns += 1;
        held.sum_ns = held.sum_ns.saturating_add(ns);
        held.longest_ns = held.longest_ns.max(ns);
    }
}

fn told(chart: &ResourceChart, sums: &BTreeMap<usize, Held>, permits: Option<u32>, kept: &str) -> Told {
    let words = chart.setting.words;
    let holders: Vec<(String, u64, u64)> =
        sums.iter().map(|(worker, held)| (chart.who(*worker), held.sum_ns, held.turns)).collect();
    let caption = words.lock_holders(&chart.name(), permits, &holders) + kept;
    let longest = chart.waited_ns().into_iter().max_by_key(|(_, ns)| *ns).map(|(worker, ns)| {
        let worker_of = chart.setting.run.workers.get(worker);
        let ran = worker_of.map_or(0, |worker| worker.end_ns.saturating_sub(worker.start_ns));
        words.waited_longest(&chart.who(worker), &chart.name(), ns, &percent(ns, ran))
    });
    Told { finding: longest.unwrap_or_else(|| words.nobody_waited_for(&chart.name())), caption }
}

/// The same for permits, of which one worker may hold several at once.
fn permit_table(chart: &ResourceChart, sums: &BTreeMap<usize, Held>) -> Table {
    chart.table(chart.setting.words.permit_columns(), &MEANT, |worker, many, waited| {
        let Held { sum_ns, longest_ns, .. } = sums.get(&worker).copied().unwrap_or_default();
        let (sum, longest) = (Cell::Length(sum_ns), Cell::Length(longest_ns));
        vec![many(ActionKind::Acquire), many(ActionKind::Release), sum, longest, waited]
    })
}

fn table(chart: &ResourceChart, sums: &BTreeMap<usize, Held>) -> Table {
    chart.table(chart.setting.words.lock_columns(), &MEANT, |worker, _, waited| {
        let Held { turns, sum_ns, longest_ns } = sums.get(&worker).copied().unwrap_or_default();
        vec![count(turns).into(), Cell::Length(sum_ns), Cell::Length(longest_ns), waited]
    })
}
