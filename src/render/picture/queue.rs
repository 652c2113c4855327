//! The picture of a queue: who put above, how many items were in it, who took below, and the ways of the items.

use super::axis::Axis;
use super::bins::every;
use super::depth::{self, Steps};
use super::figure::Told;
use super::frame::{Bar, Sheet};
use super::marks::Marks;
use super::outline::Outline;
use super::resource_chart::{self, Drawing, MAX_ARROWS, ResourceChart, Rows, Table, bar_of, push_arrow};
use super::waits::Waits;
use crate::model::causality::signals::SLACK_NS;
use crate::model::{Action, ActionKind, Event};
use crate::render::words::Mark;
use std::collections::VecDeque;

/// Where an item was put, and where it was taken.
type Way<'a> = (&'a Event, &'a Event);

/// What one worker put or took.
struct QueueRow<'a> {
    waits: Waits<'a>,
    marks: Marks<'a>,
}

/// Draws a queue.
pub fn draw(chart: &ResourceChart, maxsize: Option<u64>) -> Drawing {
    let putters = chart.in_rows(&[ActionKind::Put]);
    let mut takers = chart.in_rows(&[ActionKind::Get, ActionKind::JoinQueue, ActionKind::GiveUp]);
    // Who gave up on a queue wanted to take, unless it is one of those who put.
    let took = |worker: &usize| chart.many(*worker, ActionKind::Get) + chart.many(*worker, ActionKind::JoinQueue) > 0;
    takers.retain(|worker| took(worker) || !putters.contains(worker));
    let many = resource_chart::rows_of(&putters) + resource_chart::rows_of(&takers);
    let row =
        || QueueRow { waits: resource_chart::waits(&chart.times[0], many), marks: Marks::new(&chart.times, many) };
    let depth = Depth::new(first(chart), maxsize, &chart.times[0]);
    let mut rows = QueueRows { above: Rows::new(&putters, row), below: Rows::new(&takers, row), depth };
    let mut ways = Ways::default();
    // The events are passed once: there may be a million of them.
    for event in &chart.used.events {
        rows.add(event);
        ways.add(event);
    }
    let (ways, lay_ns) = ways.of(&chart.used.events).drawn();
    let sheets = chart.times.each_ref().map(|time| sheet(chart, time, (&putters, &takers), &rows, &ways));
    let Depth { first, most, .. } = rows.depth;
    let told = told(chart, (first, most), maxsize, lay_ns.filter(|_| chart.until_ns.is_none()));
    Drawing::of(sheets, told, chart.setting.words.queue_about(), table(chart))
}

/// What was put and taken, and how many items there were.
struct QueueRows<'a> {
    above: Rows<QueueRow<'a>>,
    below: Rows<QueueRow<'a>>,
    depth: Depth,
}

impl<'a> QueueRows<'a> {
    fn add(&mut self, event: &'a Event) {
        let (kind, above, below) = (event.kind(), &mut self.above, &mut self.below);
        let row = match kind {
            ActionKind::Put => above.of(event),
            _ => below.of(event),
        };
        if let Some(row) = row {
            row.waits.add(event);
            if matches!(kind, ActionKind::Put | ActionKind::Get) {
                row.marks.add(event);
            }
        }
        match kind {
            ActionKind::Put => self.depth.change(event, 1),
            ActionKind::Get => self.depth.change(event, -1),
            ActionKind::GiveUp => above.of(event).into_iter().for_each(|row| row.waits.add(event)),
            _ => {}
        }
    }
}

/// Draws a queue on one format of a page: those who put above, those who take below.
fn sheet(
    chart: &ResourceChart,
    time: &Axis,
    (putters, takers): (&[usize], &[usize]),
    QueueRows { above, below, depth }: &QueueRows,
    ways: &[Way],
) -> Sheet {
    let mut sheet = Sheet::new(time.clone(), chart.setting.words);
    let upper = resource_chart::rows(&mut sheet, chart.setting.run, putters);
    for (bar, row) in upper.iter().zip(above.iter()) {
        row.waits.push(&mut sheet, *bar, chart.setting);
        row.marks.push(&mut sheet, chart.setting, *bar, "work");
        sheet.see(Mark::Put);
    }
    depth.push(&mut sheet, chart);
    let lower = resource_chart::rows(&mut sheet, chart.setting.run, takers);
    for (bar, row) in lower.iter().zip(below.iter()) {
        row.waits.push(&mut sheet, *bar, chart.setting);
        if !row.marks.is_empty() {
            row.marks.push(&mut sheet, chart.setting, *bar, "got");
            sheet.see(Mark::Get);
        }
    }
    push_ways(&mut sheet, ways, &upper, &lower);
    sheet
}

/// How many items there were before the run: what is known, or what the items' numbers say, or else the first depth that was
/// noted.
fn first(chart: &ResourceChart) -> u64 {
    let used = &chart.used;
    let first_len = || used.events.iter().find_map(|event| item_of(event)).map_or(0, |(.., len)| len);
    chart.before(0).unwrap_or_else(|| match (used.least_put, used.least_got) {
        (Some(put), Some(got)) => put.saturating_sub(got),
        (Some(_), None) => first_len().saturating_sub(1),
        (None, Some(_)) => first_len().saturating_add(1),
        (None, None) => 0,
    })
}

/// The number of the item that was put or taken, whether it was taken, and how many there were then.
#[inline]
fn item_of(event: &Event) -> Option<(u64, bool, u64)> {
    match event.action {
        Action::Put { item, len } => Some((item, false, len)),
        Action::Get { item, len } => Some((item, true, len)),
        _ => None,
    }
}

/// How many items are in the queue.
struct Depth {
    first: u64,
    now: i64,
    most: u64,
    limit: Option<u64>,
    outline: Outline,
}

impl Depth {
    /// As many as there were at first.
    fn new(first: u64, limit: Option<u64>, time: &Axis) -> Self {
        let now = i64::try_from(first).unwrap_or(i64::MAX);
        Self { first, now, most: first, limit, outline: Outline::new(time) }
    }

    /// One more or one less. Where two clocks disagree by a hair about the order of a put and its get, there are no fewer
    /// than none and no more than fit.
    #[inline]
    fn change(&mut self, event: &Event, by: i64) {
        self.now = self.now.saturating_add(by);
        let depth = (self.now.max(0) as u64).min(self.limit.unwrap_or(u64::MAX));
        self.most = self.most.max(depth);
        self.outline.add(event.end_ns(), depth as f64);
    }

    fn push(&self, sheet: &mut Sheet, chart: &ResourceChart) {
        let Self { first, most, limit, ref outline, .. } = *self;
        let steps = Steps { name: &chart.name(), first, changes: outline, most, limit, end_ns: chart.end_ns() };
        depth::push(sheet, &steps);
    }
}

/// The puts and gets of the same items, which come in the order of the items' numbers as nearly always, or are sorted.
#[derive(Default)]
struct Ways<'a> {
    ways: Vec<Way<'a>>,
    /// How long each item lay in the queue that was put and taken.
    lay: Vec<u64>,
    /// Items of which the other end has not come: those that were put, and those that were taken.
    open: [VecDeque<(u64, &'a Event)>; 2],
    /// The last numbers of those that were put and taken.
    last: [Option<u64>; 2],
    puts: usize,
    is_mixed: bool,
}

impl<'a> Ways<'a> {
    fn add(&mut self, event: &'a Event) {
        let Some((item, is_taken, _)) = item_of(event) else { return };
        let last = self.last[usize::from(is_taken)].replace(item);
        self.is_mixed |= last.is_some_and(|last| last >= item);
        self.puts += usize::from(!is_taken);
        let [puts, gets] = &mut self.open;
        let (own, others) = if is_taken { (gets, puts) } else { (puts, gets) };
        while others.front().is_some_and(|(other, _)| *other < item) {
            others.pop_front();
        }
        if others.front().is_none_or(|(other, _)| *other > item) {
            own.push_back((item, event));
        } else if let Some((_, other)) = others.pop_front() {
            let (put, get) = if is_taken { (other, event) } else { (event, other) };
            self.ways.push((put, get));
            self.lay.push(get.end_ns().saturating_sub(put.end_ns()));
        }
    }

    /// These, or those of the same events in the order of the items' numbers.
    fn of(self, events: &[&'a Event]) -> Self {
        if !self.is_mixed {
            return self;
        }
        let end = |event: &&Event| item_of(event).map(|(item, is_taken, _)| (item, is_taken));
        let mut sorted: Vec<&Event> = events.iter().copied().filter(|event| item_of(event).is_some()).collect();
        sorted.sort_by_key(end);
        sorted.dedup_by_key(|event| end(event));
        let mut ways = Self::default();
        sorted.into_iter().for_each(|event| ways.add(event));
        ways
    }

    /// As many as there are arrows, in the order of the puts; and how long an item that was put lay in the queue, as a median. How long
    /// an item would have lain that was never taken is not known: it counts as longer than all others, and without a median where it
    /// would be that.
    fn drawn(mut self) -> (Vec<Way<'a>>, Option<u64>) {
        let drawn = self.ways.iter().step_by(every(self.ways.len(), MAX_ARROWS)).copied().collect();
        let middle = self.puts / 2;
        let median = (middle < self.lay.len()).then(|| *self.lay.select_nth_unstable(middle).1);
        // Put and get are noted a little late: of less than that nothing is known.
        (drawn, median.filter(|ns| (SLACK_NS..u64::MAX).contains(ns)))
    }
}

/// Draws the ways of items.
fn push_ways(sheet: &mut Sheet, ways: &[Way], above: &[Bar], below: &[Bar]) {
    let mut heads = String::new();
    for (put, get) in ways {
        let (Some(from), Some(to)) = (bar_of(above, put), bar_of(below, get)) else { continue };
        let (x, end_x) = (sheet.axis.x(put.end_ns()), sheet.axis.x(get.end_ns()));
        heads.push_str(&push_arrow(sheet, "way", from.worker, (x, from.bottom()), (end_x, to.top)));
        sheet.see(Mark::Way);
    }
    sheet.body.push_str(&heads);
}

fn told(chart: &ResourceChart, (first, most): (u64, u64), maxsize: Option<u64>, lay_ns: Option<u64>) -> Told {
    let words = chart.setting.words;
    let (puts, gets) = (chart.total(ActionKind::Put), chart.total(ActionKind::Get));
    let mut text = match (first, puts, gets) {
        (0, 0, 0) => String::new(),
        _ => words.queue_flow(&chart.name(), first, puts, gets, most, maxsize),
    };
    if let Some(lay_ns) = lay_ns.filter(|_| puts > 1) {
        text.push_str(&words.queue_lay(lay_ns));
    }
    // A queue without a limit has always room, but only one worker at a time can put.
    let (put, get) = (chart.waits(ActionKind::Put), chart.waits(ActionKind::Get));
    let who = |kind: ActionKind| -> Vec<(String, u64)> {
        chart.waited_for(&[kind]).into_iter().map(|(worker, ns)| (chart.who(worker), ns)).collect()
    };
    let (joins, vain) = (who(ActionKind::JoinQueue), who(ActionKind::GiveUp));
    let is_seen = chart.until_ns.is_none() && first == 0;
    let finding = match (put.0, get.0, joins.iter().chain(&vain).max_by_key(|(_, ns)| *ns)) {
        _ if is_seen && gets == 0 && put.0 == 0 && joins.is_empty() => words.queue_stood_still(&chart.name(), puts),
        (0, 0, Some((who, ns))) => words.waited_for(who, &chart.name(), *ns),
        _ => words.queue_finding(&chart.name(), put, get, maxsize.is_some()),
    };
    text.push_str(&words.queue_joins(&joins));
    text.push_str(&words.queue_vain(&vain));
    if every(puts.min(gets) as usize, MAX_ARROWS) > 1 {
        text.push_str(words.queue_some_ways());
    }
    Told { finding, caption: text }
}

fn table(chart: &ResourceChart) -> Table {
    let kinds = [ActionKind::Put, ActionKind::Get, ActionKind::JoinQueue, ActionKind::GiveUp];
    chart.table(chart.setting.words.queue_columns(), &kinds, |_, many, waited| {
        vec![many(ActionKind::Put), many(ActionKind::Get), waited]
    })
}
