//! The picture of an event or a barrier: who waited, who gave the signal, when all had come.

use super::axis::Axis;
use super::figure::Told;
use super::frame::{Bar, Sheet, at, push_rect};
use super::marks::Marks;
use super::resource_chart::{self, Drawing, ResourceChart, Rows, Sight, TOLD, Table};
use super::waits::Waits;
use crate::model::causality::meetings;
use crate::model::{Action, ActionKind, Event, ResourceKind, Span, StdKind};
use crate::render::units::count;
use crate::render::words::Mark;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write;

/// How many meetings are drawn as a line.
const MEETINGS: usize = 200;

/// Draws an event.
pub fn event(chart: &ResourceChart) -> Drawing {
    let sheets = sheets_with_wakeups(chart);
    let givers: Vec<String> = chart.workers(&[ActionKind::Set]).into_iter().map(|worker| chart.who(worker)).collect();
    let first_ns = chart.used.events.iter().find(|event| event.kind() == ActionKind::Set).map(|signal| signal.at_ns);
    let words = chart.setting.words;
    let mut caption = words.event_set(&chart.name(), &givers, first_ns);
    let clears = chart.workers(&[ActionKind::Clear]).into_iter();
    let clears: Vec<_> = clears.map(|worker| (chart.who(worker), chart.many(worker, ActionKind::Clear))).collect();
    caption.push_str(&words.event_cleared(&clears));
    let table = if clears.is_empty() { table(chart) } else { table_with_clears(chart) };
    let finding = match (longest(chart), givers.as_slice()) {
        (Some((worker, ns)), [giver]) if until_set(chart, worker) => {
            words.waited_until_set(&chart.who(worker), ns, giver, &chart.name())
        }
        (longest, givers) => finding(chart, longest, givers),
    };
    push_waits(&mut caption, chart);
    Drawing::of(sheets, Told { finding, caption }, words.meet_about(), table).with(sight(chart))
}

/// Where nobody waited for long, the title says all.
fn sight(chart: &ResourceChart) -> Sight {
    if chart.is_waited_for() { Sight::Something } else { Sight::Nothing }
}

/// Who waited longest for it, and for how long.
fn longest(chart: &ResourceChart) -> Option<(usize, u64)> {
    chart.waited_ns().into_iter().max_by_key(|(_, ns)| *ns)
}

/// Whether a worker waited once, and until the event was set: who gave up did not.
fn until_set(chart: &ResourceChart, worker: usize) -> bool {
    let waits = |kinds: &[ActionKind]| chart.used.tallies.get(worker).map_or(0, |tally| tally.often_waited(kinds));
    waits(&[ActionKind::WaitEvent]) == 1 && waits(&ActionKind::ALL) == 1
}

fn finding(chart: &ResourceChart, longest: Option<(usize, u64)>, givers: &[String]) -> String {
    let words = chart.setting.words;
    match longest {
        Some(_) if chart.is_told => words.woken_by(&chart.name(), givers),
        Some((worker, ns)) => words.waited_for(&chart.who(worker), &chart.name(), ns),
        None => words.nobody_waited_for(&chart.name()),
    }
}

/// Draws a semaphore whose permits are signals.
pub fn signal(chart: &ResourceChart) -> Drawing {
    let sheets = sheets_with_wakeups(chart);
    let words = chart.setting.words;
    let who = |kind: ActionKind| -> Vec<(String, u64)> {
        chart.workers(&[kind]).into_iter().map(|worker| (chart.who(worker), chart.many(worker, kind))).collect()
    };
    let mut caption = match chart.resource.kind {
        // It has no permits that anybody could give or take.
        ResourceKind::Std(StdKind::Condvar) => String::new(),
        _ => words.signalled(&chart.name(), &who(ActionKind::Release), &who(ActionKind::Acquire)),
    };
    push_waits(&mut caption, chart);
    let kinds = [ActionKind::Acquire, ActionKind::Release, ActionKind::GiveUp];
    let table = match chart.resource.kind {
        ResourceKind::Std(StdKind::Condvar) => table(chart),
        _ => chart.table(words.signal_columns(), &kinds, |_, many, waited| {
            vec![many(ActionKind::Acquire), waited, many(ActionKind::Release)]
        }),
    };
    let givers = chart.workers(&[ActionKind::Release, ActionKind::Notify]).into_iter();
    let finding = finding(chart, longest(chart), &givers.map(|worker| chart.who(worker)).collect::<Vec<_>>());
    Drawing::of(sheets, Told { finding, caption }, words.meet_about(), table).with(sight(chart))
}

/// Draws a barrier for so many parties.
pub fn barrier(chart: &ResourceChart, parties: u32) -> Drawing {
    let (meetings, rows) = (meetings(chart, parties), rows(chart));
    let sheets = chart.times.each_ref().map(|time| {
        let (mut sheet, bars) = sheet(chart, time, &rows);
        let (first, last) = (bars.first().map_or(0.0, |bar| bar.top), bars.last().map_or(0.0, Bar::bottom));
        for Meeting { at_ns, last: meeting, .. } in meetings.iter().take(MEETINGS) {
            let x = at(sheet.axis.x(*at_ns));
            let _ = writeln!(
                sheet.body,
                "{}<path class=\"gate\" d=\"M{x} {}V{}\"/></g>",
                chart.setting.open(meeting),
                at(first - 4.0),
                at(last + 4.0)
            );
            sheet.see(Mark::Met);
        }
        sheet.binned += meetings.len().saturating_sub(MEETINGS) as u64;
        sheet
    });
    let words = chart.setting.words;
    let mut caption = words.barrier_met(&chart.name(), parties.into(), meetings.len() as u64);
    let finding = match last(&meetings) {
        // Who comes last is chance, and no step.
        _ if words.is_by_steps() => finding(chart, longest(chart), &[]),
        Some((worker, times)) if times * 2 > meetings.len() as u64 => {
            words.came_last(&chart.who(worker), &chart.name(), times, meetings.len() as u64)
        }
        Some(_) => {
            let longest = meetings.iter().rev().max_by_key(|meeting| meeting.waited_ns);
            let who = longest.map_or_else(String::new, |meeting| chart.who(meeting.last.worker as usize));
            words.kept_waiting(&who, &chart.name())
        }
        None => std::mem::take(&mut caption).trim_end_matches(['.', '。']).to_owned(),
    };
    push_waits(&mut caption, chart);
    Drawing::of(sheets, Told { finding, caption }, words.meet_about(), barrier_table(chart)).with(sight(chart))
}

/// Who came last most often, and how often; of equals the first.
fn last(meetings: &[Meeting]) -> Option<(usize, u64)> {
    let mut times: BTreeMap<usize, u64> = BTreeMap::new();
    meetings.iter().for_each(|meeting| *times.entry(meeting.last.worker as usize).or_default() += 1);
    times.into_iter().max_by_key(|(worker, times)| (*times, Reverse(*worker)))
}

/// A meeting at a barrier.
struct Meeting<'a> {
    /// When it was complete, and the arrival that completed it, which has the last place.
    at_ns: u64,
    last: &'a Event,
    /// For how long all together waited.
    waited_ns: u64,
}

fn meetings<'a>(chart: &ResourceChart<'a>, parties: u32) -> Vec<Meeting<'a>> {
    let meetings = meetings::meetings(chart.used.events.iter().map(|event| (*event, *event)), parties);
    let meeting = |arrivals: &[&'a Event]| {
        let recorded = *arrivals.last()?;
        let last_place = u64::from(parties.max(1)) - 1;
        let is_last = |event: &&&Event| matches!(event.action, Action::Meet { place } if place == last_place);
        let last = arrivals.iter().rfind(is_last);
        let waited_ns = arrivals.iter().fold(0, |sum: u64, event| sum.saturating_add(event.duration_ns));
        Some(Meeting { at_ns: recorded.at_ns, last: last.copied().unwrap_or(recorded), waited_ns })
    };
    meetings.iter().filter_map(meeting).collect()
}

/// How many arrivals that did not wait are drawn on a row.
const ARRIVALS: usize = 40;

/// What one worker did.
struct WaitRow<'a> {
    waits: Waits<'a>,
    /// As many signals as are drawn one by one, and one more.
    few: Vec<&'a Event>,
    signals: Marks<'a>,
    arrivals: Vec<&'a Event>,
}

/// The rows, and arrows from who gave signals to who went on by them; on a wide page and in a small window.
fn sheets_with_wakeups(chart: &ResourceChart) -> [Sheet; 2] {
    let (wakeups, rows) = (chart.wakeups(None), rows(chart));
    chart.times.each_ref().map(|time| {
        let (mut sheet, bars) = sheet(chart, time, &rows);
        chart.push_wakeups(&mut sheet, &bars, &wakeups);
        sheet
    })
}

/// So many signals are drawn one by one in one of so many rows.
fn most(rows: usize) -> usize {
    TOLD / rows.max(1)
}

/// What each worker did that has a row. The events are passed once: there may be a million of them.
fn rows<'a>(chart: &ResourceChart<'a>) -> Rows<WaitRow<'a>> {
    let workers = chart.in_rows(&ActionKind::ALL);
    let many = resource_chart::rows_of(&workers);
    let most = most(many);
    let mut rows = Rows::new(&workers, || WaitRow {
        waits: resource_chart::waits(&chart.times[0], many),
        few: Vec::new(),
        signals: Marks::new(&chart.times, many),
        arrivals: Vec::new(),
    });
    for event in &chart.used.events {
        let Some(row) = rows.of(event) else { continue };
        row.waits.add(event);
        let effect = event.action.effect();
        if effect.gives.is_some() {
            if row.few.len() <= most {
                row.few.push(event);
            }
            row.signals.add(event);
        } else if matches!(effect.span, Span::Waits(_)) && event.duration_ns == 0 && row.arrivals.len() < ARRIVALS {
            row.arrivals.push(event);
        }
    }
    rows
}

/// Rows with waits, arrivals and signals on one format of a page.
fn sheet(chart: &ResourceChart, time: &Axis, rows: &Rows<WaitRow>) -> (Sheet, Vec<Bar>) {
    let mut sheet = Sheet::new(time.clone(), chart.setting.words);
    let bars = resource_chart::rows(&mut sheet, chart.setting.run, &chart.in_rows(&ActionKind::ALL));
    for (bar, row) in bars.iter().zip(rows.iter()) {
        row.waits.push(&mut sheet, *bar, chart.setting);
        if row.few.len() > most(bars.len()) {
            row.signals.push(&mut sheet, chart.setting, *bar, "work");
        } else if !row.few.is_empty() {
            for signal in &row.few {
                let x = sheet.axis.x(signal.at_ns);
                let (left, y) = (at(x - 4.0), at(bar.bottom()));
                let (open, colour) = (chart.setting.open(signal), bar.colour());
                // What is given points up, and what is taken back points down and is empty.
                let (class, y, height) = match signal.action {
                    Action::Clear => ("cleared", at(bar.top), at(bar.height)),
                    _ => ("signal", y, at(-bar.height)),
                };
                let _ = writeln!(
                    sheet.body,
                    "{open}<path class=\"{class} fix {colour}\" d=\"M{left} {y}h8l-4 {height}z\"/></g>"
                );
                sheet.see(if signal.action == Action::Clear { Mark::Cleared } else { Mark::Signal });
            }
        }
        for event in &row.arrivals {
            let x = sheet.axis.x(event.at_ns);
            sheet.body.push_str(&chart.setting.open(event));
            push_rect(&mut sheet.body, &format!("got fix {}", bar.colour()), (x - 1.5, 3.0), (bar.top, bar.height));
            sheet.body.push_str("</g>\n");
        }
    }
    (sheet, bars)
}

/// Appends who waited for how long; where only one did, the title says it.
fn push_waits(caption: &mut String, chart: &ResourceChart) {
    let waits: Vec<(String, u64)> = chart.waited_ns().into_iter().map(|(worker, ns)| (chart.who(worker), ns)).collect();
    if waits.len() > 1 {
        caption.push_str(&chart.setting.words.who_waited(&waits));
    }
}

/// Who waited in vain has come to wait, too.
const CAME: [ActionKind; 4] = [ActionKind::WaitEvent, ActionKind::Meet, ActionKind::WaitNotified, ActionKind::GiveUp];
const SIGNALS: [ActionKind; 2] = [ActionKind::Set, ActionKind::Notify];

fn table_with_clears(chart: &ResourceChart) -> Table {
    let kinds = [&CAME[..], &SIGNALS, &[ActionKind::Clear]].concat();
    chart.table(chart.setting.words.clearing_columns(), &kinds, |worker, many, waited| {
        let signals = count(chart.often(worker, &SIGNALS)).into();
        vec![count(chart.often(worker, &CAME)).into(), waited, signals, many(ActionKind::Clear)]
    })
}

fn table(chart: &ResourceChart) -> Table {
    let kinds = [&CAME[..], &SIGNALS].concat();
    chart.table(chart.setting.words.meet_columns(), &kinds, |worker, _, waited| {
        let often = |kinds: &[ActionKind]| count(chart.often(worker, kinds)).into();
        vec![often(&CAME), waited, often(&SIGNALS)]
    })
}

/// The same of a barrier, at which nobody signals.
fn barrier_table(chart: &ResourceChart) -> Table {
    chart.table(chart.setting.words.barrier_columns(), &CAME, |worker, _, waited| {
        vec![count(chart.often(worker, &CAME)).into(), waited]
    })
}
