//! The picture of a queue: who put above, how many items were in it, who took below, and the ways of the items.

use super::depth::{self, Steps};
use super::frame::{Bar, Sheet};
use super::legend::Mark;
use super::scene::{self, Drawing, MOST_ARROWS, Scene, Table, every, is, push_arrow, push_marks, push_waits};
use super::words::end_ns;
use crate::record::{Event, Op};

/// Draws a queue.
pub fn draw(scene: &Scene, maxsize: Option<u64>) -> Drawing {
    let mut sheet = Sheet::new(scene.time.clone(), scene.words);
    let putters = scene.workers(&[Op::Put]);
    let mut takers = scene.workers(&[Op::Get, Op::Wait, Op::GaveUp]);
    // Who gave up on a queue wanted to take, unless it is one of those who put.
    let took = |worker: &usize| scene.many(*worker, Op::Get) + scene.many(*worker, Op::Wait) > 0;
    takers.retain(|worker| took(worker) || !putters.contains(worker));
    let rows = putters.len().min(scene::MOST_ROWS) + takers.len().min(scene::MOST_ROWS);
    let above = scene::rows(&mut sheet, scene.run, &putters);
    for bar in &above {
        let events = scene.of(bar.worker);
        let puts: Vec<&Event> = events.iter().filter(|event| is(event, &[Op::Put, Op::GaveUp])).copied().collect();
        push_waits(&mut sheet, scene, *bar, &puts, rows);
        let puts: Vec<&Event> = puts.into_iter().filter(|event| event.op == Op::Put).collect();
        push_marks(&mut sheet, scene, *bar, &puts, "work", rows);
        sheet.see(Mark::Put);
    }
    let end = scene.run.workers.iter().map(|worker| worker.end_ns).max().unwrap_or(0);
    let name = scene.name();
    let first = first_depth(scene);
    let changes = changes(scene, first, maxsize.unwrap_or(u64::MAX));
    depth::push(&mut sheet, &Steps { name: &name, first, changes: &changes, limit: maxsize, end_ns: end });
    let below = scene::rows(&mut sheet, scene.run, &takers);
    for bar in &below {
        let events = scene.of(bar.worker);
        let gets: Vec<&Event> = events.iter().filter(|event| event.op != Op::Put).copied().collect();
        push_waits(&mut sheet, scene, *bar, &gets, rows);
        let gets: Vec<&Event> = gets.into_iter().filter(|event| event.op == Op::Get).collect();
        if !gets.is_empty() {
            push_marks(&mut sheet, scene, *bar, &gets, "got", rows);
            sheet.see(Mark::Get);
        }
    }
    let (ways, lay_ns) = ways(scene);
    push_ways(&mut sheet, &ways, &above, &below);
    let most = changes.iter().map(|(_, many)| *many).max().unwrap_or(0).max(first);
    let caption = caption(scene, most, maxsize, lay_ns);
    Drawing { sheet, closer: None, about: scene.words.queue_about(), caption, table: table(scene) }
}

/// How many items were in the queue before the run: what the items' numbers say, or else the first depth that was noted.
fn first_depth(scene: &Scene) -> u64 {
    let least = |op: Op| scene.events.iter().filter(|event| event.op == op).map(|event| event.a).min();
    match (least(Op::Put), least(Op::Get)) {
        (Some(put), Some(get)) => put.saturating_sub(get),
        (Some(_), None) => {
            scene.events.iter().find(|event| event.op == Op::Put).map_or(0, |event| event.b.saturating_sub(1))
        }
        (None, Some(_)) => {
            scene.events.iter().find(|event| event.op == Op::Get).map_or(0, |event| event.b.saturating_add(1))
        }
        (None, None) => 0,
    }
}

/// How many items were in the queue after each put and get, in the order in which they took effect. Where two clocks
/// disagree by a hair about the order of a put and its get, there are no fewer than none and no more than fit.
fn changes(scene: &Scene, first: u64, most: u64) -> Vec<(u64, u64)> {
    let mut depth = i64::try_from(first).unwrap_or(i64::MAX);
    let mut changes = Vec::new();
    for event in &scene.events {
        depth = match event.op {
            Op::Put => depth.saturating_add(1),
            Op::Get => depth.saturating_sub(1),
            _ => continue,
        };
        changes.push((end_ns(event), (depth.max(0) as u64).min(most)));
    }
    changes
}

/// The puts and gets of the same items, in the order of the puts; and how long an item lay in the queue, as a median.
fn ways<'a>(scene: &Scene<'a>) -> (Vec<(&'a Event, &'a Event)>, Option<u64>) {
    let sorted = |op: Op| {
        let mut events: Vec<&Event> = scene.events.iter().filter(|event| event.op == op).copied().collect();
        events.sort_by_key(|event| event.a);
        events
    };
    let mut gets = sorted(Op::Get).into_iter().peekable();
    let mut ways = Vec::new();
    for put in sorted(Op::Put) {
        while gets.next_if(|get| get.a < put.a).is_some() {}
        ways.extend(gets.next_if(|get| get.a == put.a).map(|get| (put, get)));
    }
    let mut lay: Vec<u64> = ways.iter().map(|(put, get)| end_ns(get).saturating_sub(end_ns(put))).collect();
    lay.sort_unstable();
    let median = lay.get(lay.len() / 2).copied();
    (ways, median)
}

/// Draws the ways of the items, or of a part of them.
fn push_ways(sheet: &mut Sheet, ways: &[(&Event, &Event)], above: &[Bar], below: &[Bar]) {
    let find = |bars: &[Bar], event: &Event| bars.iter().find(|bar| bar.worker == event.worker as usize).copied();
    for (put, get) in ways.iter().step_by(every(ways.len(), MOST_ARROWS)) {
        let (Some(from), Some(to)) = (find(above, put), find(below, get)) else { continue };
        let (x, end_x) = (sheet.axis.x(end_ns(put)), sheet.axis.x(end_ns(get)));
        push_arrow(sheet, "way", from.worker, (x, from.bottom()), (end_x, to.top));
        sheet.see(Mark::Way);
    }
}

fn caption(scene: &Scene, most: u64, maxsize: Option<u64>, lay_ns: Option<u64>) -> String {
    let words = scene.words;
    let (puts, gets) = (scene.total(Op::Put), scene.total(Op::Get));
    let mut text = words.queue_flow(&scene.name(), puts, gets, most, maxsize);
    if let Some(lay_ns) = lay_ns.filter(|_| puts > 1) {
        text.push_str(&words.queue_lay(lay_ns));
    }
    let waits = |op: Op| {
        let waits = || scene.events.iter().filter(move |event| event.op == op && event.duration_ns > 0);
        (waits().fold(0, |sum: u64, event| sum.saturating_add(event.duration_ns)), waits().count() as u64)
    };
    // A queue without a limit has always room, but only one worker at a time can put.
    text.push_str(&words.queue_waits(waits(Op::Put), waits(Op::Get), maxsize.is_some()));
    if every(puts.min(gets) as usize, MOST_ARROWS) > 1 {
        text.push_str(words.queue_some_ways());
    }
    text
}

fn table(scene: &Scene) -> Table {
    scene.table(scene.words.queue_columns(), |_, many, waited| vec![many(Op::Put), many(Op::Get), waited])
}
