//! The picture of a lock, and of what is held like one: who held it when, who waited, and who handed it on.

use super::bins::{Stretch, part, stretches};
use super::depth::{self, Steps};
use super::frame::{Bar, Sheet, at, push_rect};
use super::holds::{Hold, holds};
use super::legend::Mark;
use super::scene::{self, Drawing, MOST_ARROWS, Scene, TOLD, Table, is, push_arrow, push_marks, push_waits};
use super::words::end_ns;
use crate::record::{Event, Op};
use crate::render::text::escape;
use crate::render::units::{count, duration, percent};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What is done to a lock.
const MEANT: [Op; 5] = [Op::Acquire, Op::Release, Op::Wait, Op::Notify, Op::GaveUp];

/// Draws a lock, of which `permits` can be had at once if it is a semaphore.
pub fn draw(scene: &Scene, permits: Option<u32>) -> Drawing {
    let mut sheet = Sheet::new(scene.time.clone(), scene.words);
    let workers = scene.workers(&MEANT);
    let all: Vec<&Event> = scene.events.iter().filter(|event| is(event, &MEANT)).copied().collect();
    let holds = holds(&all, scene.run);
    if let Some(permits) = permits {
        let name = scene.name();
        let changes = taken(&all, permits.into());
        let end_ns = scene.run.workers.iter().map(|worker| worker.end_ns).max().unwrap_or(0);
        let limit = Some(u64::from(permits));
        depth::push(&mut sheet, &Steps { name: &name, first: 0, changes: &changes, limit, end_ns });
    }
    let bars = scene::rows(&mut sheet, scene.run, &workers);
    for bar in &bars {
        let own: Vec<Hold> = holds.iter().filter(|hold| hold.worker == bar.worker).copied().collect();
        push_holds(&mut sheet, scene, *bar, &own, bars.len());
        let events = scene.of(bar.worker);
        let waits: Vec<&Event> =
            events.iter().filter(|event| is(event, &[Op::Acquire, Op::Wait, Op::GaveUp])).copied().collect();
        push_waits(&mut sheet, scene, *bar, &waits, bars.len());
        let signals: Vec<&Event> = events.iter().filter(|event| event.op == Op::Notify).copied().collect();
        if !signals.is_empty() {
            push_marks(
                &mut sheet,
                scene,
                Bar { top: bar.top - 3.0, height: 4.0, ..*bar },
                &signals,
                "sign",
                bars.len(),
            );
            sheet.see(Mark::Signal);
        }
    }
    push_handings(&mut sheet, &all, &bars);
    Drawing {
        sheet,
        closer: None,
        about: scene.words.lock_about(),
        caption: caption(scene, &holds, permits),
        table: table(scene, &holds),
    }
}

/// How many permits were taken after each event that changed it.
fn taken(events: &[&Event], permits: u64) -> Vec<(u64, u64)> {
    let mut taken = 0u64;
    let mut changes = Vec::new();
    for event in events {
        taken = match event.op {
            Op::Acquire => taken + 1,
            Op::Release => taken.saturating_sub(1),
            _ => continue,
        };
        // The clock may tell of an end to a wait before it tells of the release that ended it.
        changes.push((end_ns(event), taken.min(permits)));
    }
    changes
}

fn push_holds(sheet: &mut Sheet, scene: &Scene, bar: Bar, holds: &[Hold], rows: usize) {
    if holds.is_empty() {
        return;
    }
    sheet.see(Mark::Held);
    let axis = sheet.axis.clone();
    let place = |hold: &Hold| (axis.x(hold.from_ns), axis.wide(hold.from_ns, hold.to_ns.saturating_sub(hold.from_ns)));
    let class = format!("work {}", bar.colour());
    if holds.len() > part(TOLD, rows, 8, 60) {
        let intervals: Vec<(f64, f64)> = holds.iter().map(place).collect();
        let (found, binned) = stretches(&intervals, axis.left, axis.width, part(1200, rows, 32, 300));
        let bottom = at(bar.bottom());
        let mut path = String::new();
        for Stretch { x, width, share } in found {
            let _ = write!(path, "M{} {bottom}h{}v-{}h-{}z", at(x), at(width), at(bar.height * share), at(width));
        }
        let _ = writeln!(sheet.body, "<path class=\"{class}\" d=\"{path}\"/>");
        sheet.binned += binned;
        return;
    }
    for hold in holds {
        let (x, wide) = place(hold);
        let held_ns = hold.to_ns.saturating_sub(hold.from_ns);
        let words = scene.words.held(&scene.who(hold.worker), &scene.name(), held_ns, hold.from_ns);
        let _ = write!(sheet.body, "<g class=\"e\"><title>{}</title>", escape(&words));
        push_rect(&mut sheet.body, &class, (x, wide.max(1.0)), (bar.top, bar.height));
        sheet.body.push_str("</g>\n");
    }
}

/// Draws what ended waits: from a release, or a signal, to the first who went on by it. Of very many only some are drawn,
/// those after the longest waits.
fn push_handings(sheet: &mut Sheet, events: &[&Event], bars: &[Bar]) {
    let mut handings: Vec<(u64, &Event, &Event)> = Vec::new();
    let mut last: Option<&Event> = None;
    for event in events {
        match event.op {
            Op::Release | Op::Notify => last = Some(event),
            Op::Acquire | Op::Wait if event.duration_ns > 0 => {
                let giver = last.filter(|giver| giver.worker != event.worker && giver.at_ns >= event.at_ns);
                handings.extend(giver.map(|giver| (event.duration_ns, giver, *event)));
            }
            _ => {}
        }
    }
    let longest = |(waited, ..): &(u64, &Event, &Event)| std::cmp::Reverse(*waited);
    if handings.len() > MOST_ARROWS {
        handings.select_nth_unstable_by_key(MOST_ARROWS, longest);
        handings.truncate(MOST_ARROWS);
    }
    handings.sort_by_key(longest);
    let find = |event: &Event| bars.iter().find(|bar| bar.worker == event.worker as usize).copied();
    for (_, giver, taker) in handings.iter().take(MOST_ARROWS) {
        let (Some(from), Some(to)) = (find(giver), find(taker)) else { continue };
        let (x, end_x) = (sheet.axis.x(giver.at_ns), sheet.axis.x(end_ns(taker)));
        let (y, end_y) = if from.top < to.top { (from.bottom(), to.top) } else { (from.top, to.bottom()) };
        push_arrow(sheet, "handed", from.worker, (x, y), (end_x, end_y));
        sheet.see(Mark::Handed);
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
fn sums(holds: &[Hold]) -> BTreeMap<usize, Held> {
    let mut sums: BTreeMap<usize, Held> = BTreeMap::new();
    for hold in holds {
        let (held, ns) = (sums.entry(hold.worker).or_default(), hold.to_ns.saturating_sub(hold.from_ns));
        held.turns += 1;
        held.sum_ns = held.sum_ns.saturating_add(ns);
        held.longest_ns = held.longest_ns.max(ns);
    }
    sums
}

fn caption(scene: &Scene, holds: &[Hold], permits: Option<u32>) -> String {
    let words = scene.words;
    let holders: Vec<(String, u64, u64)> =
        sums(holds).into_iter().map(|(worker, held)| (scene.who(worker), held.sum_ns, held.turns)).collect();
    let mut text = words.lock_holders(&scene.name(), permits, &holders);
    let longest = scene.waited_ns().into_iter().max_by_key(|(_, ns)| *ns).map(|(worker, ns)| {
        let ran = scene.run.workers.get(worker).map_or(0, |worker| worker.end_ns.saturating_sub(worker.start_ns));
        (scene.who(worker), ns, percent(ns, ran))
    });
    text.push_str(&words.lock_waited(longest.as_ref().map(|(who, ns, part)| (who.as_str(), *ns, part.as_str()))));
    text
}

fn table(scene: &Scene, holds: &[Hold]) -> Table {
    let sums = sums(holds);
    scene.table(scene.words.lock_columns(), |worker, _, waited| {
        let Held { turns, sum_ns, longest_ns } = sums.get(&worker).copied().unwrap_or_default();
        vec![count(turns), duration(sum_ns), duration(longest_ns), waited]
    })
}
