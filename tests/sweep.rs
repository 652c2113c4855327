//! `sweep` and `repeat`: a cell that is run with one number of workers after another, each time from the same state.

mod support;

use nbrun::record::{Executor, RunOutcome};
use support::Run;

/// The runs of a notebook's last cell.
#[track_caller]
fn runs(notebook: &str) -> (Vec<RunOutcome>, String) {
    let run = Run::new().notebook("a.md", notebook).args(["--record", "r.json"]).run().code(0);
    let (page, record) = (run.text("a.html"), run.text("r.json"));
    let record = nbrun::record::Record::from_json("r.json", &record).expect("a record");
    (record.cells.into_iter().next_back().expect("a cell").runs, page)
}

#[test]
fn a_pool_is_run_with_each_number_of_workers_in_rounds() {
    let (runs, page) = runs(
        "```yaml pool\nmap: \"|x: i64| x * x\"\nover: 0..20\nsweep: {workers: [3, 1]}\nrepeat: 2\nexecutor: thread\n```\n",
    );
    let seen: Vec<(Option<u32>, u32)> = runs.iter().map(|run| (run.swept, run.repetition)).collect();
    assert_eq!(seen, [(Some(1), 0), (Some(3), 0), (Some(1), 1), (Some(3), 1)]);
    for run in &runs {
        assert_eq!(run.workers.len() - 1, run.swept.expect("a number") as usize);
    }
    assert!(page.contains("Speed-up by number of workers"));
}

#[test]
fn a_job_is_run_as_often_as_the_sweep_says_from_the_same_state() {
    let jobs = "```rust job\nfn job(v: Value<i32>) {\n    v.fetch_add(1);\n}\n```\n\n```yaml value\nv: {type: i, init: 0}\n```\n\n";
    let (runs, page) =
        runs(&format!("{jobs}```yaml spawn\njobs: [job(v)]\nsweep: {{count: [1, 2, 4]}}\nshow: v.get()\n```\n"));
    let shown: Vec<&str> = runs.iter().map(|run| run.results[0].text.as_str()).collect();
    assert_eq!(shown, ["1", "2", "4"]);
    for number in shown {
        assert!(page.contains(&format!("<th>{number}</th><td><code>{number}</code></td>")), "{page}");
    }
}

#[test]
fn executors_are_compared_in_rounds_and_the_page_tells_the_spread() {
    let cell = "```yaml spawn\nexecutor: [normal, thread]\nrepeat: 2\njobs: [sleep(0.001)]\n```\n";
    let (runs, page) = runs(cell);
    let seen: Vec<Option<Executor>> = runs.iter().map(|run| run.executor).collect();
    let (normal, thread) = (Some(Executor::Normal), Some(Executor::Thread));
    assert_eq!(seen, [normal, thread, normal, thread]);
    assert!(page.contains("fastest to slowest") && page.contains("Medians of 2\u{a0}runs each, on "));
}

#[test]
fn steps_on_the_axis_are_numbered() {
    let (_, page) = runs("```yaml spawn\njobs: [sleep(0.001), sleep(0.001)]\naxis: step\n```\n");
    assert!(page.contains("data-steps=") && page.contains("step\u{a0}1</tspan>"));
}
