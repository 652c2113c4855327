//! `nbrun trace`: a run for other tools, made anew or from a record.

mod support;

use support::Run;

const NOTEBOOK: &str = "```rust job\nfn job(q: Queue<i64>) {\n    println!(\"put\");\n    q.put(1);\n}\n```\n\n\
                        ```yaml queue\nq: i64\n```\n\n```yaml spawn\njobs: [job(q), job(q)]\nshow: q.get() + q.get()\n```\n";

/// The names of the events of a trace with this phase.
fn names(trace: &str, phase: &str) -> Vec<String> {
    let trace: serde_json::Value = serde_json::from_str(trace).expect("JSON");
    let events = trace["traceEvents"].as_array().expect("events");
    let is_meant = |event: &&serde_json::Value| event["ph"] == phase;
    events.iter().filter(is_meant).filter_map(|event| event["name"].as_str().map(str::to_owned)).collect()
}

#[test]
fn a_notebook_is_run_and_its_trace_stands_beside_it() {
    let run = Run::new().file("a.md", NOTEBOOK).args(["trace", "a.md"]).run();
    let run = run.code(0).stdout_is("a.trace.json\n").no_file("a.html");
    let trace = run.text("a.trace.json");
    let arrows = names(&trace, "s");
    for arrow in ["spawn", "item", "exit"] {
        assert_eq!(arrows.iter().filter(|name| *name == arrow).count(), 2, "{arrow} in {arrows:?}");
    }
    assert_eq!(names(&trace, "i").iter().filter(|name| *name == "print").count(), 2);
}

#[test]
fn a_record_gives_the_trace_of_its_run_without_running_anything() {
    let run = Run::new().notebook("a.md", NOTEBOOK).args(["--record", "r.json"]).run().code(0);
    let again = run.again().env("PATH", "").cache("no-cache").args(["trace", "a.md", "--record", "r.json", "-o", "-"]);
    let again = again.run().code(0).no_file("no-cache");
    again.stdout_has("\"traceEvents\"").stderr_is("");
}

#[test]
fn a_failed_run_has_a_trace_and_its_exit_code() {
    let text = "```yaml spawn\n- process: panic!(\"no\")\n```\n";
    Run::new().file("a.md", text).args(["trace", "a.md", "-o", "t.json"]).run().code(1).file("t.json");
}

#[test]
fn a_trace_never_overwrites_its_notebook() {
    let run = Run::new().file("a.json", NOTEBOOK).args(["trace", "a.json", "-o", "a.json"]).run();
    run.code(2).stderr_has("the trace of `a.json` would overwrite the notebook `a.json`").file_is("a.json", NOTEBOOK);
}
