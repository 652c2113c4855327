//! The lessons, run for real: what they promise stands on their pages, in the right cell.

#[path = "lesson/exercises.rs"]
mod exercises;
mod support;

use nbrun::notebook::{self, Notebook, Role};
use nbrun::record::{CellOutcome, Executor, Record, RunOutcome, Status, WorkerOutcome};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use support::{Run, page};

const ENGLISH: &str = "multiprocessing.md";
const CHINESE: &str = "multiprocessing.zh.md";
/// What has pictures and no exercises.
const GALLERY: [&str; 2] = ["gallery.md", "gallery.zh.md"];

/// A lesson that has been run.
struct Lesson {
    notebook: Notebook,
    page: String,
    /// How large the file of the page is.
    bytes: usize,
    record: Record,
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("notebooks")
}

fn parse(name: &str) -> Notebook {
    let path = directory().join(name);
    notebook::parse(name, fs::read_to_string(path).expect("the lesson is there")).expect("the lesson is well-formed")
}

fn run(name: &str) -> Lesson {
    let notebook = parse(name);
    let mut run = Run::new().notebook(name, &notebook.text);
    for image in fs::read_dir(directory()).expect("the lessons are there").map(|entry| entry.expect("an entry").path())
    {
        if image.extension().is_some_and(|extension| extension == "svg") {
            let name = image.file_name().expect("a name").to_str().expect("UTF-8").to_owned();
            run = run.file(&name, fs::read(image).expect("the image is there"));
        }
    }
    let outcome = run.args(["--record", "run.json"]).run().code(0);
    Lesson { page: outcome.page(), bytes: outcome.page_as_it_is().len(), record: outcome.record("run.json"), notebook }
}

/// Each lesson is run once for all tests that look at it.
fn english() -> &'static Lesson {
    static LESSON: OnceLock<Lesson> = OnceLock::new();
    LESSON.get_or_init(|| run(ENGLISH))
}

fn chinese() -> &'static Lesson {
    static LESSON: OnceLock<Lesson> = OnceLock::new();
    LESSON.get_or_init(|| run(CHINESE))
}

fn both() -> [&'static Lesson; 2] {
    [english(), chinese()]
}

impl Lesson {
    /// The numbers, from 1, of the cells of this kind whose code holds this.
    fn cells(&self, kind: &str, code: &str) -> Vec<usize> {
        let is_meant = |cell: &&notebook::Cell| cell.kind.to_string() == kind && cell.code.text().contains(code);
        self.notebook.cells.iter().filter(is_meant).map(|cell| cell.index + 1).collect()
    }

    /// The number of the only one.
    #[track_caller]
    fn cell(&self, kind: &str, code: &str) -> usize {
        match self.cells(kind, code).as_slice() {
            [number] => *number,
            found => panic!("there should be one {kind} cell with {code:?}, not {found:?}"),
        }
    }

    fn outcome(&self, number: usize) -> &CellOutcome {
        &self.record.cells[number - 1]
    }

    /// The only run of a cell.
    #[track_caller]
    fn run(&self, number: usize) -> &RunOutcome {
        let [run] = self.outcome(number).runs.as_slice() else { panic!("cell {number} should have one run") };
        run
    }

    /// The values that a cell shows, from the page: what is called how, and its value.
    fn shown(&self, number: usize) -> Vec<(String, String)> {
        let values = page::cell(&self.page, number).split("<div><dt>").skip(1);
        let values = values.filter_map(|value| value.split_once("</dd>")?.0.split_once("</dt>"));
        values.map(|(name, value)| (page::text(name), page::text(value).trim().to_owned())).collect()
    }

    #[track_caller]
    fn shows(&self, number: usize, value: &str) {
        let shown = self.shown(number);
        assert!(shown.iter().any(|(_, text)| text == value), "cell {number} should show {value}, not {shown:?}");
    }
}

fn workers(run: &RunOutcome, executor: Executor) -> Vec<&WorkerOutcome> {
    run.workers[1..].iter().filter(|worker| worker.executor == executor).collect()
}

fn distinct<T: Ord>(values: impl IntoIterator<Item = T>) -> usize {
    values.into_iter().collect::<BTreeSet<T>>().len()
}

#[test]
fn every_cell_passes_but_the_array_of_lists_and_unsolved_exercises() {
    for lesson in both() {
        let nested = lesson.cell("array", "[[1, 2], [3, 4]]");
        for (n, cell) in lesson.record.cells.iter().enumerate() {
            let expected = match lesson.notebook.cells[n].role {
                Some(Role::Exercise) => Status::Unsolved,
                _ if n + 1 == nested => Status::FailedAsExpected,
                _ => Status::Passed,
            };
            assert_eq!(cell.status, expected, "cell {} of {}: {:?}", n + 1, lesson.notebook.file, cell.errors);
        }
    }
}

#[test]
fn every_other_lesson_does_what_it_says() {
    let names =
        fs::read_dir(directory()).expect("the lessons are there").map(|entry| entry.expect("an entry").file_name());
    let names: Vec<String> = names.map(|name| name.into_string().expect("UTF-8")).collect();
    let others = names.iter().filter(|name| name.ends_with(".md") && ![ENGLISH, CHINESE].contains(&name.as_str()));
    let others: Vec<&String> = others.collect();
    assert!(others.len() >= 3, "{others:?}");
    for name in others {
        let lesson = run(name);
        assert_small(&lesson, 500_000);
        if !GALLERY.contains(&name.as_str()) {
            exercises::assert_three(&lesson);
        }
    }
}

/// How much a page's pictures hold depends on what happened, so that one lesson's page is larger at one time than at another.
fn assert_small(lesson: &Lesson, most_bytes: usize) {
    let size = lesson.bytes;
    assert!(size < most_bytes, "{}: {size} bytes", lesson.notebook.file);
    let pictures =
        lesson.page.split("<svg class=\"lanes").skip(1).map(|rest| rest.split("</div>").next().unwrap_or(rest));
    let largest = pictures.map(str::len).max().unwrap_or(0);
    assert!(largest < 100_000, "{}: a picture has {largest} bytes", lesson.notebook.file);
}

#[test]
fn a_lesson_is_a_small_page() {
    // 300 KiB: ten runs of the Chinese one took 295,841 to 299,064 bytes.
    both().into_iter().for_each(|lesson| assert_small(lesson, 300 * 1024));
}

#[test]
fn a_thread_and_a_process_print_the_five_letters() {
    for lesson in both() {
        let number = lesson.cell("spawn", "- thread: job(1, 2)\n- process: job(1, 2)");
        let mut printed = page::printed(&lesson.page, number);
        printed.sort();
        assert_eq!(printed, [("job-1", "aaaaa"), ("job-2", "aaaaa")].map(|(a, b)| (a.to_owned(), b.to_owned())));
        let run = lesson.run(number);
        let of = |executor| workers(run, executor).into_iter().map(|worker| worker.name.as_str()).collect::<Vec<_>>();
        assert_eq!((of(Executor::Thread), of(Executor::Process)), (vec!["job-1"], vec!["job-2"]));
    }
}

#[test]
fn threads_share_one_process_and_processes_do_not() {
    let lesson = english();
    let number = lesson.cell("spawn", "worker().pid");
    let run = lesson.run(number);
    let main = &run.workers[0];
    let (threads, processes) = (workers(run, Executor::Thread), workers(run, Executor::Process));
    assert_eq!((threads.len(), processes.len()), (2, 2));
    assert!(threads.iter().all(|thread| thread.pid == main.pid));
    assert_eq!(distinct(threads.iter().map(|thread| thread.tid).chain([main.tid])), 3);
    assert!(processes.iter().all(|process| process.tid == process.pid));
    assert_eq!(distinct(processes.iter().map(|process| process.pid).chain([main.pid])), 3);
    // The workers themselves say the same on the page.
    for (worker, lines) in page::printed(&lesson.page, number) {
        let is = run.workers.iter().find(|known| known.name == worker).expect("a worker of the cell");
        assert!(lines.ends_with(&format!("in process {}, thread {}", is.pid, is.tid)), "{lines}");
    }
    lesson.shows(number, &main.pid.to_string());
}

#[test]
fn jobs_run_where_the_system_itself_says_they_do() {
    let job = "```rust job\nfn job() {\n    let me = std::fs::read_link(\"/proc/thread-self\").unwrap();\n    \
               println!(\"{}\", me.display());\n}\n```\n";
    let jobs = "```yaml spawn\n- thread: job()\n- thread: job()\n- process: job()\n- process: job()\n```\n";
    let outcome = Run::new().notebook("a.md", &format!("{job}\n{jobs}")).args(["--record", "a.json"]).run().code(0);
    let run = &outcome.record("a.json").cells[1].runs[0];
    assert_eq!(run.output.len(), 4);
    for line in &run.output {
        let worker = &run.workers[line.worker as usize];
        assert_eq!(line.text, format!("{}/task/{}", worker.pid, worker.tid));
    }
    assert_eq!(distinct(run.workers[1..].iter().map(|worker| worker.pid)), 3, "two threads in one, two processes");
    assert_eq!(distinct(run.workers[1..].iter().map(|worker| worker.tid)), 4);
}

#[test]
fn the_queue_brings_the_sum_of_two_processes_back() {
    for lesson in both() {
        let number = lesson.cells("spawn", "show: q.get() + q.get()")[0];
        lesson.shows(number, "499667166000");
        assert_eq!(workers(lesson.run(number), Executor::Process).len(), 2);
    }
}

#[test]
fn the_comparison_runs_the_same_jobs_under_three_executors() {
    for lesson in both() {
        let number = lesson.cell("spawn", "executor: [normal, thread, process]");
        let runs = &lesson.outcome(number).runs;
        let expected = [Executor::Normal, Executor::Thread, Executor::Process];
        assert_eq!(runs.iter().filter_map(|run| run.executor).collect::<Vec<_>>(), expected);
        for run in runs {
            assert_eq!(run.results[0].text, "79999997333333533333320000000");
            let at_work: u64 = run.workers[1..].iter().map(|worker| worker.end_ns - worker.start_ns).sum();
            assert!(at_work > 2 * 20_000_000, "no job visits 20 million numbers in less than as many nanoseconds");
        }
        assert_eq!(distinct(runs.iter().flat_map(|run| run.workers.iter().map(|worker| worker.pid))), 5);
        let cell = page::cell(&lesson.page, number);
        let table = cell.split_once("<tbody>").and_then(|(_, rest)| rest.split_once("</tbody>")).expect("a table").0;
        let rows: Vec<String> = table.split("<tr>").skip(1).map(page::text).collect();
        assert_eq!(rows.len(), 3);
        for (row, executor) in rows.iter().zip(expected) {
            assert!(row.starts_with(executor.as_str()), "{row}");
        }
        assert_eq!(table.matches("<svg").count(), 3, "each has a bar");
    }
}

#[test]
fn the_pool_gives_results_in_the_order_of_its_inputs() {
    for lesson in both() {
        for number in [lesson.cell("pool", "map: square"), lesson.cell("pool", "for: i in 0..10")] {
            lesson.shows(number, "[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]");
            assert_eq!(lesson.run(number).workers.iter().map(|worker| worker.tasks).sum::<u64>(), 10);
        }
        lesson.shows(lesson.cell("pool", "apply_async: square(2)"), "4");
    }
}

#[test]
fn as_many_workers_as_asked_for_are_at_work_at_once() {
    let lesson = english();
    let run = lesson.run(lesson.cell("pool", "workers: 4"));
    assert_eq!(run.workers[1..].iter().filter(|worker| worker.tasks == 1).count(), 4);
    assert_eq!(distinct(run.workers[1..].iter().map(|worker| worker.pid)), 4);
}

#[test]
fn both_processes_write_to_the_shared_array() {
    for lesson in both() {
        lesson.shows(lesson.cell("spawn", "show: array"), "[10, 20, 30, 40]");
    }
}

#[test]
fn the_error_of_the_array_of_lists_stands_below_its_cell() {
    for lesson in both() {
        let number = lesson.cell("array", "[[1, 2], [3, 4]]");
        let line = lesson.notebook.cells[number - 1].code.text().lines().next().expect("a line").to_owned();
        let at = lesson.notebook.text.lines().position(|text| text == line).expect("it is in the notebook") + 1;
        let output = page::output(&lesson.page, number);
        assert!(output.contains("a shared array has one dimension, and init[0] is a list"), "{output}");
        assert!(output.contains(&format!("{}:{at}:26", lesson.notebook.file)), "{output}");
    }
}

#[test]
fn without_the_lock_both_count_and_with_it_one_after_the_other() {
    for lesson in both() {
        let lines = |number: usize, worker: &str| -> Vec<i32> {
            let printed = page::printed(&lesson.page, number).into_iter().filter(|(name, _)| name == worker);
            printed
                .flat_map(|(_, text)| text.lines().map(str::to_owned).collect::<Vec<_>>())
                .map(|n| n.parse().unwrap())
                .collect()
        };
        let free = lesson.cell("spawn", "call: job(v, 3)");
        for worker in ["p1", "p2"] {
            let numbers = lines(free, worker);
            assert_eq!(numbers.len(), 5);
            assert!(numbers.iter().all(|number| (1..=20).contains(number)), "{numbers:?}");
        }
        let locked = lesson.cell("spawn", "call: job(v, 1, l");
        assert_eq!((lines(locked, "p1"), lines(locked, "p2")), (vec![1, 2, 3, 4, 5], vec![8, 11, 14, 17, 20]));
        let output = &lesson.run(locked).output;
        let all: Vec<&str> = output.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(all, ["1", "2", "3", "4", "5", "8", "11", "14", "17", "20"]);
        lesson.shows(lesson.cells("spawn", "assert: counter.get() == 20_000")[0], "20000");
    }
}

#[test]
fn without_a_lock_sums_differ_and_with_it_every_run_ends_at_one() {
    let value = "```yaml value\nv: {type: i, init: 0}\n```\n\n";
    let lock = "```yaml lock\nl: lock\n```\n\n";
    let jobs = "```rust job\nfn free(mut v: Value<i32>, times: i32, num: i32) {\n    for _ in 0..times {\n        v += num;\n    \
                }\n}\n\nfn locked(v: Value<i32>, times: i32, num: i32, l: Lock) {\n    let _guard = l.lock();\n    \
                free(v, times, num);\n}\n```\n\n";
    let spawn = |job: &str, times: u32, lock: &str, how: &str| {
        format!(
            "```yaml spawn\nexecutor: process\njobs:\n  - {job}(v, {times}, 1{lock})\n  - {job}(v, {times}, 3{lock})\n\
             show: v.get()\n{how}\n```\n\n{value}"
        )
    };
    let text = [
        format!("{value}{lock}{jobs}"),
        spawn("free", 2, "", "explore: all"),
        spawn("locked", 2, ", l", "explore: all"),
        spawn("locked", 500, ", l", "repeat: 50"),
    ]
    .concat();
    let outcome = Run::new().notebook("a.md", &text).args(["--record", "a.json"]).run().code(0);
    let record = outcome.record("a.json");
    let explored = |cell: usize| -> BTreeSet<String> {
        let outcomes = &record.cells[cell].explored.as_ref().expect("an exploration").outcomes;
        outcomes.iter().map(|outcome| outcome.shown[0].clone()).collect()
    };
    assert!(explored(3).len() > 1 && explored(3).contains("8"), "{:?}", explored(3));
    assert_eq!(explored(5), BTreeSet::from(["8".to_owned()]));
    let sums = record.cells[7].runs.iter().map(|run| run.results[0].text.as_str());
    assert_eq!(sums.collect::<Vec<_>>(), ["2000"; 50]);
}

#[test]
fn every_lesson_is_there_in_chinese_with_the_same_cells() {
    let cells = |name: &str| -> Vec<(String, Option<Role>, String)> {
        parse(name).cells.iter().map(|cell| (cell.kind.to_string(), cell.role, cell.code.text())).collect()
    };
    for entry in fs::read_dir(directory()).expect("the lessons are there") {
        let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
        let Some(lesson) = name.strip_suffix(".md").filter(|lesson| !lesson.ends_with(".zh")) else { continue };
        let (english, chinese) = (cells(&name), cells(&format!("{lesson}.zh.md")));
        assert_eq!(english.len(), chinese.len(), "{name}");
        for (english, chinese) in english.into_iter().zip(chinese) {
            assert_eq!(english, chinese, "{name}");
        }
    }
}

#[test]
fn every_link_within_a_page_leads_somewhere_and_contents_are_whole() {
    for lesson in both() {
        let after = |text: &str| -> Vec<String> {
            let found = lesson.page.split(text).skip(1).filter_map(|rest| rest.split_once('"'));
            found.map(|(value, _)| value.to_owned()).collect()
        };
        let ids: Vec<String> = after(" id=\"");
        assert_eq!(distinct(&ids), ids.len(), "no id stands twice");
        for link in after(" href=\"#") {
            assert!(ids.contains(&page::unescaped_url(&link)), "#{link} leads nowhere");
        }
        let contents =
            lesson.page.split_once("<nav").and_then(|(_, rest)| rest.split_once("</nav>")).expect("contents").0;
        let headings: Vec<String> = ["<h2 id=\"", "<h3 id=\""].into_iter().flat_map(after).collect();
        assert!(headings.len() >= 15, "{headings:?}");
        for heading in &headings {
            assert!(contents.contains(&format!("href=\"#{heading}\"")), "the contents lack {heading}");
        }
    }
}

#[test]
fn chinese_headings_have_anchors_in_chinese() {
    let page = &chinese().page;
    assert!(page.contains("<html lang=\"zh"), "the page says its language");
    for (anchor, heading) in [("共享内存", "共享内存"), ("创建启动等待结束", "创建、启动、等待结束")]
    {
        assert!(page.contains(&format!("<h2 id=\"{anchor}\">{heading}")), "{heading}");
        assert!(page.contains(&format!("<li><a href=\"#{anchor}\">{heading}</a>")), "{heading} in the contents");
    }
}

#[test]
fn the_page_needs_nothing_but_itself() {
    for lesson in both() {
        for outside in ["src=\"http", "<link", "url(http", "@import", "<iframe", "<object"] {
            assert!(!lesson.page.contains(outside), "{outside}");
        }
    }
}
