//! The picture of a deadlock: a ring of workers, each of whom waits for what the next one has.

use super::ring::{self, Middle, Seat, Size};
use super::words::worker;
use crate::model::{Position, WaitCondition};
use crate::record::explored::{Outcome, Stuck};
use crate::record::{Deadlock, RunOutcome, Wait};
use crate::render::text::{escape, shown, visible};
use crate::render::words::Words;
use crate::render::workers::colour;
use std::fmt::Write;

/// One of the ring.
struct Waiting {
    worker: usize,
    name: String,
    /// The names of what it has.
    has: Vec<String>,
    /// What is to happen, and to what.
    what: WaitCondition,
    thing: String,
    /// Whether the next one has taken that.
    is_taken: bool,
    position: Option<Position>,
}

/// Appends the picture of the first deadlock that ended one of these runs, if its workers waited in a ring.
pub fn push_first(out: &mut String, runs: &[RunOutcome], id: &str, words: Words) {
    let found = runs.iter().find_map(|run| Some((run, run.deadlock.as_ref().filter(|it| !it.cycle.is_empty())?)));
    if let Some((run, deadlock)) = found {
        push(out, run, deadlock, runs.len() > 1, id, words);
    }
}

/// Appends the picture of the deadlock of a run, which may be one of several.
fn push(out: &mut String, run: &RunOutcome, deadlock: &Deadlock, is_one_of_many: bool, id: &str, words: Words) {
    let waits: Vec<&Wait> = deadlock.cycle.iter().filter_map(|worker| wait_of(deadlock, *worker)).collect();
    let next = |place: usize| waits[(place + 1) % waits.len()];
    let waiting = |(place, wait): (usize, &&Wait)| Waiting {
        worker: wait.worker as usize,
        name: worker(run, wait.worker as usize),
        has: wait.holds.iter().map(|held| visible(&held.name).into_owned()).collect(),
        what: wait.what,
        thing: visible(&wait.name).into_owned(),
        is_taken: next(place).holds.iter().any(|held| held.resource == wait.resource),
        position: wait.position,
    };
    let ring: Vec<Waiting> = waits.iter().enumerate().map(waiting).collect();
    let others = deadlock.waits.len().saturating_sub(waits.len()) as u64;
    let note = if is_one_of_many { words.ring_of_first_run() } else { "" };
    push_ring(out, &ring, &format!("{}{note}", words.ring_caption(are_taken(&ring), others)), id, words);
}

/// Appends the picture of an outcome in which workers wait in a ring; says whether there is one.
pub fn push_stuck(out: &mut String, outcome: &Outcome, workers: &[String], id: &str, words: Words) -> bool {
    let ring = ring_of(&outcome.stuck);
    let next = |place: usize| ring[(place + 1) % ring.len()];
    let name = |number: u32| workers.get(number as usize).map_or("?".into(), |name| visible(name).into_owned());
    let waiting = |(place, stuck): (usize, &&Stuck)| Waiting {
        worker: stuck.worker as usize,
        name: name(stuck.worker),
        has: stuck.holds.iter().map(|name| visible(name).into_owned()).collect(),
        what: stuck.awaits,
        thing: visible(&stuck.name).into_owned(),
        is_taken: next(place).holds.contains(&stuck.name),
        position: stuck.position,
    };
    let waiting: Vec<Waiting> = ring.iter().enumerate().map(waiting).collect();
    let others = outcome.stuck.len().saturating_sub(ring.len()) as u64;
    push_ring(out, &waiting, &words.ring_caption(are_taken(&waiting), others), id, words);
    !ring.is_empty()
}

/// Whether each has taken what another one wants.
fn are_taken(ring: &[Waiting]) -> bool {
    ring.iter().all(|one| one.is_taken || one.what == WaitCondition::Lock)
}

/// Those who wait for each other in a ring, in its order; nobody where there is none.
fn ring_of(stuck: &[Stuck]) -> Vec<&Stuck> {
    let holder = |of: &Stuck| stuck.iter().find(|other| Some(other.worker) == of.holder);
    for first in stuck {
        let mut ring = vec![first];
        while let Some(next) = holder(ring[ring.len() - 1]).filter(|_| ring.len() <= stuck.len()) {
            if next.worker == first.worker {
                return ring;
            }
            ring.push(next);
        }
    }
    Vec::new()
}

fn wait_of(deadlock: &Deadlock, worker: u32) -> Option<&Wait> {
    deadlock.waits.iter().find(|wait| wait.worker == worker)
}

/// Appends a ring as a picture, or as a table where it is too large for one.
fn push_ring(out: &mut String, ring: &[Waiting], caption: &str, id: &str, words: Words) {
    if ring.is_empty() {
        return;
    }
    out.push_str("<figure class=\"picture ring\">");
    if ring.len() > ring::MOST {
        push_table(out, ring, words);
    } else {
        push_drawings(out, ring, id, words);
    }
    let mut lines: Vec<u32> = ring.iter().map(|one| words.line(one.position)).filter(|line| *line > 0).collect();
    lines.sort_unstable();
    lines.dedup();
    let lines: Vec<String> = lines.into_iter().map(|line| words.line_link(line)).collect();
    let lines = if lines.is_empty() { String::new() } else { words.ring_lines(&lines) };
    let _ = writeln!(out, "<figcaption>{}{lines}</figcaption></figure>", escape(caption));
}

fn push_drawings(out: &mut String, ring: &[Waiting], id: &str, words: Words) {
    let seat = |one: &Waiting| Seat {
        colour: colour(one.worker),
        name: one.name.clone(),
        has: if one.has.is_empty() { String::new() } else { words.ring_has(&one.has.join(words.comma())) },
        wants: [words.ring_wants(one.what).to_owned(), one.thing.clone()],
    };
    let seats: Vec<Seat> = ring.iter().map(seat).collect();
    let lines: Vec<u32> = ring.iter().map(|one| words.line(one.position)).collect();
    let line = if lines.iter().all(|line| *line == lines[0]) { lines[0] } else { 0 };
    let middle = Middle {
        all: words.ring_all(ring.len(), line),
        end: words.ring_end().map(str::to_owned).to_vec(),
        space: words.space(),
    };
    let [title, about] = words.ring();
    let told = format!("{about} {}", sentences(ring, words).join(words.semicolon()));
    ring::push(out, &seats, &middle, &Size::wide(seats.len()), [id, title, &told]);
    ring::push(out, &seats, &middle, &Size::small(seats.len()), [&format!("{id}-small"), title, &told]);
}

/// Who waits for what, in words.
fn sentences(ring: &[Waiting], words: Words) -> Vec<String> {
    let sentence = |(place, one): (usize, &Waiting)| {
        let next = &ring[(place + 1) % ring.len()];
        words.ring_sentence(&one.name, &one.thing, one.what, one.is_taken, &next.name)
    };
    ring.iter().enumerate().map(sentence).collect()
}

fn push_table(out: &mut String, ring: &[Waiting], words: Words) {
    let columns = words.ring_columns();
    let heads =
        columns.map(|head| format!("<th{}>{head}</th>", if head == columns[4] { " class=\"right\"" } else { "" }));
    let heads = heads.concat();
    let [title, _] = words.ring();
    let _ = writeln!(
        out,
        "<div class=\"scroll\" tabindex=\"0\"><table class=\"steps cycle\"><caption>{title}</caption>\n<thead><tr>{heads}</tr></thead>\n<tbody>"
    );
    let chip = |one: &Waiting| format!("<span class=\"chip {}\">{}</span>", colour(one.worker), shown(&one.name));
    for (place, one) in ring.iter().enumerate() {
        let (line, wants) = (words.line(one.position), words.ring_wants(one.what));
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}<code>{}</code></td><td>{}</td><td class=\"right\">{}</td></tr>",
            chip(one),
            shown(&one.has.join(words.comma())),
            if wants == columns[2] { String::new() } else { format!("{wants} ") },
            shown(&one.thing),
            chip(&ring[(place + 1) % ring.len()]),
            if line > 0 { words.linked(line, &line.to_string()) } else { String::new() }
        );
    }
    out.push_str("</tbody></table></div>\n");
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
            position: Position::new(0, 7),
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
        push_first(&mut out, &[run], "x", Words::ENGLISH);
        assert_eq!(out.matches("<rect class=\"knot").count(), 2 * 2, "two in each of the two drawings");
        let told = "job-1 waits for b&lt;, which is held by job-2; job-2 waits for a, which is held by job-1</desc>";
        assert!(out.contains(told) && out.contains("both wait") && out.contains("Each keeps what it has"), "{out}");
    }

    #[test]
    fn names_that_begin_alike_are_told_apart_in_a_ring() {
        let mut run = fixture::two_workers();
        let name = |n: u32| format!("a-philosopher-with-quite-a-long-name-{n}");
        (1..=2).for_each(|n| run.workers[n as usize].name = name(n));
        let wait = |n: u32| wait(n, &format!("a_fork_with_a_name_that_is_rather_long_{n}"));
        let deadlock = Deadlock { at_ns: 1, waits: vec![wait(1), wait(2)], cycle: vec![1, 2], lost: Vec::new() };
        let mut out = String::new();
        push_first(&mut out, &[RunOutcome { deadlock: Some(deadlock), ..run }], "x", Words::ENGLISH);
        let all = out.split("</tspan>").chain(out.split("</text>"));
        let ends: Vec<&str> =
            all.filter_map(|part| part.rsplit('>').next()).filter(|text| text.contains('…')).collect();
        assert!(ends.len() >= 4 && ends.iter().all(|text| text.ends_with(['1', '2'])), "{ends:?}");
    }

    #[test]
    fn a_permit_was_taken_by_the_next_worker_only_if_that_holds_one() {
        let permit = |worker, resource, holds: &[u32]| Wait {
            resource,
            what: WaitCondition::Permit,
            holds: holds
                .iter()
                .map(|id| Held { resource: *id, name: "s".into(), position: Position::new(0, 3), is_shared: false })
                .collect(),
            ..wait(worker, "s")
        };
        let caption = |waits: Vec<Wait>| {
            let deadlock = Deadlock { at_ns: 1, waits, cycle: vec![1, 2], lost: Vec::new() };
            let run = RunOutcome { deadlock: Some(deadlock), ..fixture::two_workers() };
            let mut out = String::new();
            push_first(&mut out, &[run], "x", Words::ENGLISH);
            out
        };
        let both = caption(vec![permit(1, 5, &[5]), permit(2, 5, &[5])]);
        assert!(both.contains("was taken by job-2") && both.contains("was taken by job-1"), "{both}");
        let one = caption(vec![permit(1, 5, &[]), permit(2, 6, &[6])]);
        assert!(one.contains("depends on job-2") && !one.contains("was taken by"), "{one}");
        assert!(one.contains("something that only the next one could do"), "{one}");
    }

    #[test]
    fn only_a_deadlock_with_a_ring_has_a_picture_of_it() {
        let deadlock = Deadlock { at_ns: 1, waits: vec![wait(1, "e")], cycle: vec![], lost: Vec::new() };
        for deadlock in [None, Some(deadlock)] {
            let mut out = String::new();
            push_first(&mut out, &[RunOutcome { deadlock, ..fixture::two_workers() }], "x", Words::ENGLISH);
            assert_eq!(out, "");
        }
    }

    #[test]
    fn a_ring_that_is_too_large_to_be_drawn_is_a_table() {
        let all: Vec<u32> = (1..=9).collect();
        let waits = all.iter().map(|worker| wait(*worker, "a")).collect();
        let deadlock = Deadlock { at_ns: 1, waits, cycle: all, lost: Vec::new() };
        let run = RunOutcome { deadlock: Some(deadlock), ..fixture::two_workers() };
        let mut out = String::new();
        push_first(&mut out, &[run], "x", Words::CHINESE);
        assert_eq!((out.matches("<tr>").count(), out.matches("<svg").count()), (1 + 9, 0), "{out}");
    }

    #[test]
    fn an_outcome_has_a_ring_where_the_stuck_wait_for_each_other() {
        let stuck = |worker, holder, holds: &[&str]| Stuck {
            worker,
            awaits: WaitCondition::Lock,
            name: format!("fork{worker}"),
            holder,
            holds: holds.iter().map(|name| (*name).to_owned()).collect(),
            position: None,
        };
        let all =
            [stuck(3, Some(1), &[]), stuck(1, Some(2), &["fork2"]), stuck(2, Some(1), &["fork1"]), stuck(4, None, &[])];
        let ring = |stuck: &[Stuck]| ring_of(stuck).iter().map(|stuck| stuck.worker).collect::<Vec<_>>();
        assert_eq!(ring(&all), [1, 2], "and neither who waits for them nor who waits for nobody");
        assert_eq!(ring(&all[..2]), [] as [u32; 0]);
    }
}
