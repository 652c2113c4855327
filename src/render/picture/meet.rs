//! The picture of an event or a barrier: who waited, who gave the signal, when all had come.

use super::frame::{Bar, Sheet, at, push_rect};
use super::legend::Mark;
use super::scene::{self, Drawing, MOST_ARROWS, Scene, TOLD, Table, push_arrow, push_marks, push_waits};
use super::words::end_ns;
use crate::record::{Event, Op};
use std::fmt::Write;

/// How many meetings are drawn as a line.
const MEETINGS: usize = 200;

/// Draws an event.
pub fn event(scene: &Scene) -> Drawing {
    let mut sheet = Sheet::new(scene.time.clone(), scene.words);
    let bars = rows(&mut sheet, scene);
    let signals: Vec<&Event> = scene.events.iter().filter(|event| event.op == Op::Notify).copied().collect();
    let find = |event: &Event| bars.iter().find(|bar| bar.worker == event.worker as usize).copied();
    let mut arrows = 0;
    for waiter in scene.events.iter().filter(|event| event.op == Op::Wait && event.duration_ns > 0) {
        if arrows == MOST_ARROWS {
            break;
        }
        // The first signal during the wait ended it.
        let first = signals.partition_point(|signal| signal.at_ns < waiter.at_ns);
        let giver = signals.get(first).filter(|signal| signal.at_ns <= end_ns(waiter));
        let Some((giver, from, to)) = giver.and_then(|giver| Some((giver, find(giver)?, find(waiter)?))) else {
            continue;
        };
        if from.worker == to.worker {
            continue;
        }
        let (y, end_y) = if from.top < to.top { (from.bottom(), to.top) } else { (from.top, to.bottom()) };
        let (x, end_x) = (sheet.axis.x(giver.at_ns), sheet.axis.x(end_ns(waiter)));
        push_arrow(&mut sheet, "handed", from.worker, (x, y), (end_x, end_y));
        sheet.see(Mark::Handed);
        arrows += 1;
    }
    let givers: Vec<String> = scene.workers(&[Op::Notify]).into_iter().map(|worker| scene.who(worker)).collect();
    let first_ns = signals.first().map(|signal| signal.at_ns);
    let mut caption = scene.words.event_set(&scene.name(), &givers, first_ns);
    caption.push_str(&waiting_sentence(scene));
    Drawing { sheet, closer: None, about: scene.words.meet_about(), caption, table: table(scene) }
}

/// Draws a barrier for so many parties.
pub fn barrier(scene: &Scene, parties: u32) -> Drawing {
    let mut sheet = Sheet::new(scene.time.clone(), scene.words);
    let bars = rows(&mut sheet, scene);
    let meetings = meetings(scene, parties.max(1) as usize);
    let (first, last) = (bars.first().map_or(0.0, |bar| bar.top), bars.last().map_or(0.0, Bar::bottom));
    for meeting in meetings.iter().take(MEETINGS) {
        let x = at(sheet.axis.x(meeting.at_ns));
        let _ = writeln!(
            sheet.body,
            "{}<path class=\"gate\" d=\"M{x} {}V{}\"/></g>",
            scene.open(meeting),
            at(first - 4.0),
            at(last + 4.0)
        );
        sheet.see(Mark::Met);
    }
    sheet.binned += meetings.len().saturating_sub(MEETINGS) as u64;
    let last = meetings.last().map(|meeting| scene.who(meeting.worker as usize)).unwrap_or_default();
    let mut caption = scene.words.barrier_met(&scene.name(), parties.into(), meetings.len() as u64, &last);
    caption.push_str(&waiting_sentence(scene));
    Drawing { sheet, closer: None, about: scene.words.meet_about(), caption, table: table(scene) }
}

/// The arrivals that completed a meeting: of each `parties` arrivals the last.
fn meetings<'a>(scene: &Scene<'a>, parties: usize) -> Vec<&'a Event> {
    let mut arrivals: Vec<&Event> = scene.events.iter().filter(|event| event.op == Op::Wait).copied().collect();
    arrivals.sort_by_key(|event| event.at_ns);
    arrivals.chunks_exact(parties).filter_map(|chunk| chunk.last().copied()).collect()
}

/// Rows with waits, arrivals and signals.
fn rows(sheet: &mut Sheet, scene: &Scene) -> Vec<Bar> {
    let bars = scene::rows(sheet, scene.run, &scene.workers(&Op::ALL));
    for bar in &bars {
        let events = scene.of(bar.worker);
        push_waits(sheet, scene, *bar, events, bars.len());
        let (signals, others): (Vec<&Event>, Vec<&Event>) = events.iter().partition(|event| event.op == Op::Notify);
        if !signals.is_empty() && signals.len() <= TOLD / bars.len() {
            for signal in &signals {
                let x = sheet.axis.x(signal.at_ns);
                let (left, y) = (at(x - 4.0), at(bar.bottom()));
                let (open, colour) = (scene.open(signal), bar.colour());
                let height = at(-bar.height);
                let _ = writeln!(
                    sheet.body,
                    "{open}<path class=\"signal fix {colour}\" d=\"M{left} {y}h8l-4 {height}z\"/></g>"
                );
            }
            sheet.see(Mark::Signal);
        } else if !signals.is_empty() {
            push_marks(sheet, scene, *bar, &signals, "work", bars.len());
        }
        for event in others.iter().filter(|event| event.op == Op::Wait && event.duration_ns == 0).take(40) {
            let x = sheet.axis.x(event.at_ns);
            sheet.body.push_str(&scene.open(event));
            push_rect(&mut sheet.body, &format!("got fix {}", bar.colour()), (x - 1.5, 3.0), (bar.top, bar.height));
            sheet.body.push_str("</g>\n");
        }
    }
    bars
}

fn waiting_sentence(scene: &Scene) -> String {
    let waits: Vec<(String, u64)> = scene.waited_ns().into_iter().map(|(worker, ns)| (scene.who(worker), ns)).collect();
    scene.words.who_waited(&waits)
}

fn table(scene: &Scene) -> Table {
    scene.table(scene.words.meet_columns(), |_, many, waited| vec![many(Op::Wait), waited, many(Op::Notify)])
}
