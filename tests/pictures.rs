//! No picture of a real run contradicts its record: a notebook that uses every primitive, under threads and processes.

mod support;

use nbrun::model::{Action, ActionKind, Event, Position, TaskOutcome};
use nbrun::record::RunOutcome;
use std::collections::BTreeMap;
use support::{Run, page};

/// Two jobs that use everything that can be shared, in an order in which neither can be stuck.
const NOTEBOOK: &str = r#"
```yaml value
v: {type: l, init: 5}
```

```yaml queue
q: {of: i64, maxsize: 2}
```

```yaml lock
l: lock
c: condition
permits: {semaphore: 1}
signal: {semaphore: 0}
e: event
b: {barrier: 2}
```

```rust job
fn share(v: Value<i64>, l: Lock, permits: Semaphore) {
    for _ in 0..2 {
        v.set(v.get() + 1);
    }
    {
        let _guard = l.lock();
        sleep(0.002);
        v.set(v.get() + 1);
    }
    let _permit = permits.lock();
    sleep(0.001);
}

fn left(v: Value<i64>, q: Queue<i64>, l: Lock, c: Condition, permits: Semaphore, signal: Semaphore, e: Event, b: Barrier) {
    b.wait();
    for item in 0..5 {
        q.put(item);
    }
    share(v, l, permits);
    signal.release();
    e.wait();
    {
        let _guard = c.lock();
        c.wait_for(|| !q.is_empty());
    }
    q.get();
    b.wait();
}

fn right(v: Value<i64>, q: Queue<i64>, l: Lock, c: Condition, permits: Semaphore, signal: Semaphore, e: Event, b: Barrier) {
    b.wait();
    for _ in 0..5 {
        q.get();
    }
    share(v, l, permits);
    signal.acquire();
    sleep(0.002);
    e.set();
    sleep(0.002);
    {
        let _guard = c.lock();
        q.put(5);
        c.notify_all();
    }
    b.wait();
}
```

```yaml spawn
executor: [thread, process]
repeat: 3
jobs:
  - {call: "left(v, q, l, c, permits, signal, e, b)", name: left}
  - {call: "right(v, q, l, c, permits, signal, e, b)", name: right}
```
"#;

/// A picture with what belongs to it.
struct Figure<'a> {
    html: &'a str,
    /// Its caption as text.
    caption: String,
    /// The sums of the columns of its table that are counts.
    sums: Vec<usize>,
}

/// The pictures of a thing by its kind and name, one for each run that has one.
fn figures<'a>(page: &'a str, called: &str) -> Vec<Figure<'a>> {
    let title = format!(">{called} in cell ");
    let figures = page.split("<figure class=\"picture\">").skip(1).filter(|figure| figure.contains(&title));
    let figure = |html: &'a str| {
        let between = |from: &str, to: &str| {
            html.split_once(from).and_then(|(_, rest)| rest.split_once(to)).map(|(text, _)| text).unwrap_or_default()
        };
        let mut sums = Vec::new();
        for row in between("<tbody>", "</tbody>").split("<tr>").skip(1) {
            for (column, cell) in row.split("<td>").skip(1).enumerate() {
                sums.resize(sums.len().max(column + 1), 0);
                sums[column] += cell.split('<').next().and_then(|number| number.parse::<usize>().ok()).unwrap_or(0);
            }
        }
        // What stands above and below the pictures, the title last.
        let said = [between("<figcaption>", "<span class=\"legend\""), between("<p class=\"finding\">", "</p>")];
        Figure { html, caption: said.map(page::text).join(" "), sums }
    };
    figures.map(figure).collect()
}

/// The marks of a picture that say what they are: the words, and where the mark begins.
fn marks(html: &str) -> Vec<(String, f64, f64)> {
    let mark = |part: &str| {
        let (words, rest) = part.split_once("</title>")?;
        // A mark is a path from its upper left corner to the right, or one with a head, which says where it is.
        let path = rest.split_once(" d=\"M")?.1.split('"').next()?;
        let (x, rest) = path.split_once(' ')?;
        let wide = rest.split_once('h').map_or("0", |(_, wide)| wide.split(['v', '-', 'l']).next().unwrap_or("0"));
        Some((page::text(words), x.parse().ok()?, wide.parse().unwrap_or(0.0)))
    };
    html.split("<g class=\"e\"><title>").skip(1).filter_map(mark).collect()
}

fn many(run: &RunOutcome, id: u32, kind: ActionKind) -> usize {
    run.trace.iter().filter(|event| (event.resource, event.kind()) == (Some(id), kind)).count()
}

/// The number behind some words.
fn behind(words: &str, before: &str) -> Option<i64> {
    words.split_once(before)?.1.split([' ', ',']).next()?.parse().ok()
}

/// In the order in which they are drawn, each read of a number has the one that was written last. Where all accesses are drawn, they lead
/// from what the number was before one of the runs to what it was behind it.
#[track_caller]
fn assert_numbers_fit(figure: &Figure, ends: &[(i64, i64)]) {
    let mut all = marks(figure.html);
    assert!(all.len() > 4, "{}", figure.html);
    all.sort_by(|one, other| (one.1 + one.2 / 2.0).total_cmp(&(other.1 + other.2 / 2.0)));
    let (mut first, mut now) = (None, None);
    for (words, ..) in &all {
        if let Some(read) = behind(words, " read ") {
            assert_eq!(now.unwrap_or(read), read, "{words} of {all:?}");
            first = first.or(Some(read));
        }
        now = behind(words, " wrote ").or(now);
    }
    let is_whole = !figure.caption.contains("The lower picture shows");
    let fits = |(before, after): &(i64, i64)| (first, now) == (Some(*before), Some(*after));
    assert!(!is_whole || ends.iter().any(fits), "{ends:?}: {all:?}");
}

/// No item is drawn as taken before it was put.
#[track_caller]
fn assert_items_fit(figure: &Figure, items: usize) {
    let mut places: BTreeMap<i64, [f64; 2]> = BTreeMap::new();
    for (words, x, _) in marks(figure.html) {
        for (side, before) in [" put item ", " took item "].into_iter().enumerate() {
            if let Some(item) = behind(&words, before) {
                places.entry(item).or_insert([f64::MAX, f64::MIN])[side] = x;
            }
        }
    }
    assert_eq!(places.len(), items);
    assert!(places.values().all(|[put, get]| put <= get), "{places:?}");
}

/// One at a time holds it, and nobody holds it while it waits for it.
#[track_caller]
fn assert_holds_fit(figure: &Figure, called: &str) {
    let marks = marks(figure.html);
    let held: Vec<_> = marks.iter().filter(|(words, ..)| words.contains(&format!(" held {called} for "))).collect();
    assert!(held.len() > 1, "{marks:?}");
    for (at, (words, x, wide)) in held.iter().enumerate() {
        let who = words.split(' ').next().expect("a name");
        let waits = marks
            .iter()
            .filter(|(words, ..)| words.starts_with(&format!("{who} ")) && words.contains(" after waiting "));
        for (other, from, width) in held[..at].iter().copied().chain(waits) {
            // What is narrower than a pixel is drawn one wide.
            let common = (x + wide).min(from + width) - x.max(*from);
            assert!(common <= 1.1, "{words} and {other}");
        }
    }
}

#[test]
fn no_picture_of_a_real_run_contradicts_its_record() {
    let run = Run::new().notebook("a.md", NOTEBOOK).args(["--record", "r.json"]).run().code(0);
    let record = run.record("r.json");
    let cell = record.cells.last().expect("a cell");
    let page = page::wide(&run.text("a.html"));
    let id = |name: &str| cell.resources.iter().find(|it| it.name == name).expect(name).id;
    // Of repetitions, the page draws one of each executor.
    for name in
        ["Value v", "Queue q", "Lock l", "Condition c", "Semaphore permits", "Semaphore signal", "Event e", "Barrier b"]
    {
        let found = figures(&page, name);
        assert_eq!(found.len(), 2, "{name}");
        for figure in found {
            let (kind, name) = name.split_once(' ').expect("a kind and a name");
            let id = id(name);
            // The run that is drawn is one with these numbers.
            let fits = |run: &&RunOutcome| match kind {
                "Value" => figure.sums[..2] == [many(run, id, ActionKind::Load), many(run, id, ActionKind::Store)],
                "Queue" => figure.sums[..2] == [many(run, id, ActionKind::Put), many(run, id, ActionKind::Get)],
                "Event" => {
                    (figure.sums[0], figure.sums[2])
                        == (many(run, id, ActionKind::WaitEvent), many(run, id, ActionKind::Set))
                }
                "Barrier" => figure.sums[0] == many(run, id, ActionKind::Meet),
                _ if name == "signal" => {
                    (figure.sums[0], figure.sums[2])
                        == (many(run, id, ActionKind::Acquire), many(run, id, ActionKind::Release))
                }
                _ => figure.sums[0] == many(run, id, ActionKind::Acquire) + many(run, id, ActionKind::WaitNotified),
            };
            let runs: Vec<&RunOutcome> = cell.runs.iter().filter(fits).collect();
            assert!(!runs.is_empty(), "{kind} {name}: {:?}, {}", figure.sums, figure.caption);
            let waited =
                |run: &&RunOutcome| run.trace.iter().any(|event| event.resource == Some(id) && event.duration_ns > 0);
            assert!(!figure.caption.contains("Nobody had to wait") || !runs.iter().all(waited), "{}", figure.caption);
            match (kind, name) {
                ("Value", _) => {
                    let ends = runs.iter().map(|run| {
                        let contents = run.contents.iter().find(|it| it.resource == id).expect("contents");
                        (contents.before[0] as i64, contents.after[0] as i64)
                    });
                    assert_numbers_fit(&figure, &ends.collect::<Vec<_>>());
                }
                ("Queue", _) => assert_items_fit(&figure, 6),
                ("Lock" | "Condition", _) => assert_holds_fit(&figure, name),
                ("Semaphore", "permits") => {
                    assert!(figure.caption.starts_with("The permit of permits was held by "), "{}", figure.caption)
                }
                ("Semaphore", _) => assert_eq!(
                    figure.caption.split_inclusive('.').next(),
                    Some("signal is a signal, which nobody holds: released by left once, taken by right once."),
                ),
                ("Event", _) => {
                    assert!(figure.caption.starts_with("e was set by right, first at "), "{}", figure.caption)
                }
                _ => assert!(figure.caption.starts_with("2 workers met at b twice."), "{}", figure.caption),
            }
        }
    }
}

#[test]
fn jobs_that_run_in_turn_are_not_drawn_as_released_at_once() {
    let jobs = "```rust job\nfn job() {}\n```\n\n```yaml spawn\nexecutor: EXECUTOR\njobs: [job(), job()]\n```\n";
    let page =
        |executor: &str| Run::new().notebook("a.md", &jobs.replace("EXECUTOR", executor)).run().code(0).text("a.html");
    assert!(!page("normal").contains("all released at once"));
    assert!(page("thread").contains("all released at once"));
}

#[test]
fn after_a_deadlock_the_page_says_who_held_what() {
    let notebook = "```yaml lock\none: lock\nother: lock\n```\n\n```rust job\nfn both(first: Lock, second: Lock) {\n    let _first = first.lock();\n    let _second = second.lock();\n}\n```\n\n```yaml spawn\nreplay: \"1,2\"\njobs:\n  - {call: \"both(one, other)\", name: ann}\n  - {call: \"both(other, one)\", name: ben}\nexpect: {error: deadlock}\n```\n";
    let run = Run::new().notebook("a.md", notebook).run().code(0);
    let text = page::output(&run.text("a.html"), 3);
    assert!(text.contains("held by ann (line 8) when no worker could continue"), "{text}");
    assert!(text.contains("held by ben (line 8) when no worker could continue"), "{text}");
    let (_, shared) = text.split_once("Shared, at the end").expect("a table");
    assert!(!shared.contains("free"), "{text}");
}

#[test]
fn the_stable_page_of_a_sweep_says_what_was_shown() {
    let notebook = "```rust job\nfn job(v: Value<i32>) {\n    v.fetch_add(1);\n}\n```\n\n```yaml value\nv: {type: i, init: 0}\n```\n\n```yaml spawn\njobs: [job(v)]\nsweep: {count: [1, 3]}\nshow: v.get()\n```\n";
    let run = Run::new().notebook("a.md", notebook).args(["--stable"]).run().code(0);
    let page = run.text("a.html");
    for number in [1, 3] {
        let row = format!("<th>{number}</th><td><code>{number}</code></td>");
        assert!(page.contains(&row), "{page}");
    }
}

/// A page in English, and the record beside it, of a notebook with this job cell, these specs and these options.
fn made(job: &str, specs: &[(&str, &str)], front: &str) -> (String, nbrun::record::Record) {
    let mut text = format!("{front}```rust job\n{job}\n```\n\n");
    for (kind, spec) in specs {
        text.push_str(&format!("```yaml {kind}\n{spec}\n```\n\n"));
    }
    let run = Run::new().notebook("a.md", &text).args(["--record", "r.json"]).run();
    let record = run.record("r.json");
    (run.page().replace('\u{a0}', " "), record)
}

#[test]
fn a_task_that_failed_has_a_block_of_its_own_and_is_not_called_done() {
    let ends = ["assert!(i != 1)", "if i == 1 { exit(4) }", "if i == 1 { std::process::abort() }"];
    for (number, end) in ends.into_iter().enumerate() {
        for executor in ["normal", "thread", "process"] {
            if number == 2 && executor != "process" {
                continue;
            }
            let spec = format!(
                "executor: {executor}\nworkers: 1\nmap: \"|i: i32| {{ {end}; i }}\"\nover: 0..3\nexpect: {{error: task 1}}"
            );
            let (page, record) = made("", &[("pool", &spec)], "");
            let what = format!("{end} under {executor}");
            let trace = &record.cells.last().expect("a cell").runs[0].trace;
            let outcome = |event: &Event| match event.action {
                Action::Task { index, outcome } => Some((index, outcome)),
                _ => None,
            };
            let mut tasks: Vec<(u64, TaskOutcome)> = trace.iter().filter_map(outcome).collect();
            tasks.sort_unstable_by_key(|(index, _)| *index);
            assert_eq!(tasks, [(0, TaskOutcome::Done), (1, TaskOutcome::Failed), (2, TaskOutcome::Done)], "{what}");
            assert!(
                page.contains("<path class=\"failed-task ")
                    && !page.contains("in 2 chunks")
                    && page.contains("failed at task 1"),
                "{what}"
            );
            assert!(page.contains("3 tasks") && page.contains(" (failed at 1 more)"), "{what}");
            let workers = &record.cells.last().expect("a cell").runs[0].workers;
            assert_eq!(workers.iter().map(|worker| worker.tasks).sum::<u64>(), 3, "{what}: {workers:?}");
        }
    }
}

#[test]
fn permits_that_were_never_given_back_are_reported_and_counted() {
    let job =
        "fn keeps(s: Semaphore) { s.acquire(); s.acquire(); }\nfn passes(s: Semaphore) { s.acquire(); s.release(); }
fn leaves(l: Lock) { l.acquire(); }";
    let locks = ("lock", "s: {semaphore: 3}\nl: lock");
    let spec =
        ("spawn", "jobs: [{call: keeps(s), name: ann}, {call: passes(s), name: ben}, {call: leaves(l), name: cat}]");
    let (page, _) = made(job, &[locks, spec], "");
    assert!(page.contains("Never given back: 2 permits by ann."), "{page}");
    assert!(page.contains("cat never gave it back."), "{page}");
    for row in ["<td>2</td><td>0</td>", "<td>1</td><td>1</td>"] {
        assert!(page.contains(row), "{row}\n{page}");
    }
}

#[test]
fn that_an_event_was_cleared_is_in_the_trace_and_in_its_picture() {
    let job = "fn blink(e: Event) { e.set();\ne.clear(); }\nfn waits(e: Event) { e.wait_timeout(0.01); }";
    let spec = ("spawn", "jobs: [{call: blink(e), name: ann}, waits(e)]");
    let (page, record) = made(job, &[("lock", "e: event"), spec], "");
    let trace = &record.cells.last().expect("a cell").runs[0].trace;
    let clears: Vec<_> =
        trace.iter().filter(|event| event.action == Action::Clear).map(|event| event.position).collect();
    assert_eq!(clears, [Position::new(0, 2)]);
    assert!(page.contains("It was cleared by ann.") && page.contains("<path class=\"cleared fix"), "{page}");
    assert!(page.contains("ann cleared e"), "{page}");
}

#[test]
fn what_is_shared_is_listed_however_little_the_trace_keeps() {
    let job = "fn works(v: Value<i64>, w: Value<i64>, l: Lock, q: Queue<i64>) {
    for _ in 0..80_000 { v.get(); }
    let _held = l.lock(); w.set(7); q.put(1);
}";
    let shared =
        [("value", "v: {type: l, init: 0}\nw: {type: l, init: 0}\nunused: {type: l, init: 0}"), ("lock", "l: lock")];
    let specs = [shared[0], shared[1], ("queue", "q: i64"), ("spawn", "- works(v, w, l, q)")];
    for (front, is_cut) in [("", true), ("---\nnbrun: {trace: off}\n---\n\n", false)] {
        let (_, record) = made(job, &specs, front);
        let cell = record.cells.last().expect("a cell");
        assert_eq!(cell.runs[0].trace_dropped > 0, is_cut);
        let names: Vec<&str> = cell.resources.iter().map(|resource| resource.name.as_str()).collect();
        assert_eq!(names, ["v", "w", "l", "q"], "{front}");
    }
}
