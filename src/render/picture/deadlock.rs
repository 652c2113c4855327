//! The picture of a deadlock: a ring of workers, each of whom waits for what the next one has.

use super::legend;
use super::words::worker;
use crate::record::{Deadlock, RunOutcome, Wait};
use crate::render::text::{escape, shorten, visible};
use crate::render::words::Mark;
use crate::render::words::Words;
use crate::render::workers::colour;
use std::f64::consts::TAU;
use std::fmt::Write;

/// So many workers of a ring can be drawn.
const MAX_RING_WORKERS: usize = 12;
/// Half of what a box measures.
const HALF: (f64, f64) = (62.0, 13.0);
/// Half of what the ring measures, from the middle of a box to that of the opposite one; it grows with the boxes.
const WIDE: f64 = 230.0;
/// How many columns of a name stand in a box.
const NAME: usize = 16;

/// A box of the ring.
struct Node {
    x: f64,
    y: f64,
    class: String,
    text: String,
}

/// Appends the picture of the deadlock that ended a run, if its workers waited in a ring.
pub fn push(out: &mut String, run: &RunOutcome, id: &str, words: Words) {
    let Some(deadlock) = &run.deadlock else { return };
    let waits: Vec<&Wait> = deadlock.cycle.iter().filter_map(|worker| wait_of(deadlock, *worker)).collect();
    if waits.is_empty() || waits.len() > MAX_RING_WORKERS {
        return;
    }
    let [title, about] = words.ring();
    let many = waits.len() * 2;
    let high = 26.0 * waits.len() as f64;
    let height = 2.0 * (high + HALF.1) + 16.0;
    let node = |place: usize, class: String, text: &str| {
        let angle = (place as f64 + 0.5) / many as f64 * TAU - TAU / 2.0;
        // A ring of two is a rectangle, whose corners stand at an eighth of the turn.
        let stretch = std::f64::consts::SQRT_2;
        let (x, y) =
            ((WIDE * angle.cos() * stretch).clamp(-WIDE, WIDE), (high * angle.sin() * stretch).clamp(-high, high));
        Node { x: 360.0 + x, y: height / 2.0 + y, class, text: shorten(&visible(text), NAME).into_owned() }
    };
    let nodes: Vec<Node> = waits
        .iter()
        .enumerate()
        .flat_map(|(place, wait)| {
            let name = worker(run, wait.worker as usize);
            [
                node(2 * place, format!("knot {}", colour(wait.worker as usize)), &name),
                node(2 * place + 1, "knot thing w0".to_owned(), &wait.name),
            ]
        })
        .collect();
    let _ = writeln!(
        out,
        "<figure class=\"picture\"><div class=\"scroll\" tabindex=\"0\"><svg class=\"lanes\" viewBox=\"0 0 720 {height:.0}\" role=\"img\" \
         aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{about}</desc>"
    );
    for (place, from) in nodes.iter().enumerate() {
        let wait = waits[place / 2];
        let label = match place % 2 {
            0 => words.ring_waits(words.line(wait.position)),
            _ => words.ring_had(wait.what, has_taken(waits[(place / 2 + 1) % waits.len()], wait)).to_owned(),
        };
        push_edge(out, from, &nodes[(place + 1) % many], place % 2 == 0, &label);
    }
    for Node { x, y, class, text } in &nodes {
        let _ = writeln!(
            out,
            "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{}\" height=\"{}\" rx=\"5\"/><text class=\"{class}\" \
             x=\"{x:.1}\" y=\"{:.1}\">{}</text>",
            x - HALF.0,
            y - HALF.1,
            2.0 * HALF.0,
            2.0 * HALF.1,
            y + 4.2,
            escape(text)
        );
    }
    let _ = write!(out, "</svg></div>\n<figcaption>{}", escape(&caption(run, deadlock, &waits, words)));
    legend::push(out, &[Mark::Ring, Mark::Had], words);
    out.push_str("</figcaption></figure>\n");
}

fn wait_of(deadlock: &Deadlock, worker: u32) -> Option<&Wait> {
    deadlock.waits.iter().find(|wait| wait.worker == worker)
}

/// Whether a worker of the ring has taken what another waits for.
fn has_taken(next: &Wait, wait: &Wait) -> bool {
    next.holds.iter().any(|held| held.resource == wait.resource)
}

/// Draws an arrow from the edge of one box to the edge of another, with a few words half-way.
fn push_edge(out: &mut String, from: &Node, to: &Node, waits: bool, label: &str) {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let length = dx.hypot(dy).max(1.0);
    let (ux, uy) = (dx / length, dy / length);
    // How far from the middle of a box its edge is in this direction.
    let reach = (HALF.0 / ux.abs().max(1e-9)).min(HALF.1 / uy.abs().max(1e-9)) + 3.0;
    let (x, y) = (from.x + ux * reach, from.y + uy * reach);
    let (end_x, end_y) = (to.x - ux * reach, to.y - uy * reach);
    let (neck_x, neck_y) = (end_x - ux * 8.0, end_y - uy * 8.0);
    let class = if waits { "ring-wait" } else { "ring-had" };
    let _ = writeln!(
        out,
        "<path class=\"{class}\" d=\"M{x:.1} {y:.1}L{neck_x:.1} {neck_y:.1}\"/><path class=\"{class} tip\" d=\"M{end_x:.1} \
         {end_y:.1}L{:.1} {:.1}L{:.1} {:.1}z\"/><text class=\"wait-label\" x=\"{:.1}\" \
         y=\"{:.1}\">{}</text>",
        neck_x - uy * 4.0,
        neck_y + ux * 4.0,
        neck_x + uy * 4.0,
        neck_y - ux * 4.0,
        (x + end_x) / 2.0,
        (y + end_y) / 2.0 + 3.6,
        escape(label)
    );
}

fn caption(run: &RunOutcome, deadlock: &Deadlock, waits: &[&Wait], words: Words) -> String {
    let who = |place: usize| worker(run, waits[place % waits.len()].worker as usize);
    let sentence = |(place, wait): (usize, &&Wait)| {
        let has_taken = has_taken(waits[(place + 1) % waits.len()], wait);
        words.ring_sentence(&who(place), &visible(&wait.name), wait.what, has_taken, &who(place + 1))
    };
    let sentences: Vec<String> = waits.iter().enumerate().map(sentence).collect();
    words.ring_caption(&sentences, deadlock.waits.len().saturating_sub(waits.len()) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WaitCondition;
    use crate::record::Held;
    use crate::render::fixture;

    fn wait(worker: u32, name: &str) -> Wait {
        Wait {
            worker,
            resource: 0,
            name: name.into(),
            what: WaitCondition::Lock,
            parties: None,
            position: crate::model::Position::new(0, 7),
            since_ns: 0,
            holders: Vec::new(),
            holds: Vec::new(),
        }
    }

    #[test]
    fn each_worker_of_a_ring_waits_for_what_the_next_one_has() {
        let deadlock =
            Deadlock { at_ns: 1, waits: vec![wait(1, "b<"), wait(2, "a")], cycle: vec![1, 2], lost: Vec::new() };
        let run = RunOutcome { deadlock: Some(deadlock), ..fixture::two_workers() };
        let mut out = String::new();
        push(&mut out, &run, "x", Words::ENGLISH);
        assert_eq!(out.matches("<rect class=\"knot").count(), 4);
        assert_eq!(out.matches("class=\"ring-wait\"").count(), 2 + 1, "two in the picture and one in the legend");
        let told = "job-1 waits for b&lt;, which is held by job-2; job-2 waits for a, which is held by job-1. None of";
        assert!(out.contains(told), "{out}");
    }

    #[test]
    fn a_permit_was_taken_by_the_next_worker_only_if_that_holds_one() {
        let permit = |worker, resource, holds: &[u32]| Wait {
            resource,
            what: WaitCondition::Permit,
            holds: holds
                .iter()
                .map(|id| Held {
                    resource: *id,
                    name: "s".into(),
                    position: crate::model::Position::new(0, 3),
                    is_shared: false,
                })
                .collect(),
            ..wait(worker, "s")
        };
        let caption = |waits: Vec<Wait>| {
            let deadlock = Deadlock { at_ns: 1, waits, cycle: vec![1, 2], lost: Vec::new() };
            let run = RunOutcome { deadlock: Some(deadlock), ..fixture::two_workers() };
            let mut out = String::new();
            push(&mut out, &run, "x", Words::ENGLISH);
            out
        };
        let both = caption(vec![permit(1, 5, &[5]), permit(2, 5, &[5])]);
        assert!(both.contains("was taken by job-2") && both.contains("was taken by job-1"), "{both}");
        let one = caption(vec![permit(1, 5, &[]), permit(2, 6, &[6])]);
        assert!(one.contains("depends on job-2") && !one.contains("was taken by"), "{one}");
    }

    #[test]
    fn only_a_deadlock_with_a_ring_has_a_picture_of_it() {
        let deadlock = Deadlock { at_ns: 1, waits: vec![wait(1, "e")], cycle: vec![], lost: Vec::new() };
        for deadlock in [None, Some(deadlock)] {
            let mut out = String::new();
            push(&mut out, &RunOutcome { deadlock, ..fixture::two_workers() }, "x", Words::ENGLISH);
            assert_eq!(out, "");
        }
    }
}
