//! One interleaving, followed again.

use crate::support::Run;

const NOTEBOOK: &str = "```rust job
fn add(v: Value<i32>) { let mut v = v; v += 1; println!(\"added\"); }
```

```yaml value
v: {type: i, init: 0}
```

```yaml spawn
name: race
explore: all
jobs: [add(v), add(v)]
show: v.get()
assert: v.get() == 2
```
";

#[test]
fn a_schedule_is_followed_step_by_step() {
    let followed =
        |cell: &str, schedule: &str| Run::new().file("a.md", NOTEBOOK).args(["replay", "a.md", cell, schedule]).run();
    let lost = followed("race", "1,2x2");
    let steps: Vec<Vec<&str>> = lost.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(steps[0], ["1", "add-1", "v.get()", "→", "0", "line", "2"], "{}", lost.stdout);
    assert_eq!(steps[2], ["3", "add-2", "v.set(1)", "0", "->", "1", "line", "2"]);
    assert_eq!(steps[3], ["added"]);
    assert_eq!(steps.last().expect("an end"), &["=>", "1"]);
    lost.code(1).stderr_has("in this one interleaving: this does not hold: v.get() == 2").no_file("a.html");
    let well = followed("3", "1x2,2x2").code(0);
    assert!(well.stdout.ends_with("=> 2\n"), "{}", well.stdout);
}

#[test]
fn the_line_that_a_failure_suggests_makes_it_happen_for_real() {
    let run = |text: &str| Run::new().notebook("a.md", text).run();
    let explored = run(NOTEBOOK);
    let suggested = explored.stderr.split_once("help: `").and_then(|(_, rest)| rest.split_once('`')).expect("advice").0;
    assert_eq!(suggested, "replay: 1,2x2,1");
    let page = explored.page();
    for line in [suggested, "replay: 1x2,2x2"] {
        let way =
            format!("For real: <code>{line}</code> in place of <code>explore</code> lets real processes take these");
        assert!(page.contains(&way), "{line}");
    }
    let real = run(&NOTEBOOK.replace("explore: all", suggested));
    let real = real.code(1).stderr_has("this does not hold: v.get() == 2").stderr_lacks("left its schedule");
    assert!(real.page().contains("These 4\u{a0}steps were taken in this order by real processes."));
}

#[test]
fn who_is_to_take_the_steps_for_real_is_said_where_somebody_can() {
    let with = |executor: &str, jobs: &str| {
        let spec = format!("executor: {executor}\n{jobs}");
        Run::new().notebook("a.md", &NOTEBOOK.replace("jobs: [add(v), add(v)]", &spec)).run().code(1)
    };
    let jobs = "jobs: [add(v), add(v)]";
    with("thread", jobs).stderr_has("`replay: 1,2x2,1` in place of `explore` lets real threads take them");
    with("[thread, process]", jobs).stderr_has("lets real processes and threads take them");
    let alone =
        with("[normal, process]", jobs).stderr_lacks("`replay:").stderr_has("steps and shows v.get() = 1: 1,2x2,1");
    assert!(alone.page().contains("As a schedule: <code>1,2x2,1</code>"));
}

#[test]
fn a_schedule_or_a_cell_that_does_not_fit_is_an_error() {
    let followed =
        |cell: &str, schedule: &str| Run::new().file("a.md", NOTEBOOK).args(["replay", "a.md", cell, schedule]).run();
    followed("race", "1,2,3").code(1).stderr_has("at step 3, worker 3 cannot go on");
    followed("rice", "1").code(2).stderr_has("did you mean `race`?");
    followed("1", "1").code(2).stderr_has("only a spawn or a pool has interleavings");
    followed("race", "one").code(2).stderr_has("`one` is neither a worker's number");
}

#[test]
fn an_error_that_a_job_returns_is_an_outcome_and_happens_for_real() {
    let job = "```rust job
fn check(v: Value<i32>) -> Result<(), String> {
    match v.get() {
        1 => Ok(()),
        seen => Err(format!(\"saw {seen}\")),
    }
}
```
";
    let cells = |how: &str| {
        format!("{job}\n```yaml value\nv: i\n```\n\n```yaml spawn\n{how}\njobs: [check(v), v.set(1)]\n```\n")
    };
    let explored = Run::new().notebook("a.md", &cells("explore: all")).run().code(1);
    let explored = explored.stderr_has_all(&[
        "a.md:16:8: error: in 1 of all 2 interleavings: `check-1` returned an error: \"saw 0\"",
        "help: a job that returns `Err` has failed",
        "help: `replay: 1,2` in place of `explore`",
    ]);
    assert!(explored.page().contains("check-1 returned an error: &quot;saw 0&quot;"));
    let real = Run::new().notebook("a.md", &cells("replay: 1,2\nexecutor: [thread, process]")).run().code(1);
    real.stderr_has("`check-1` returned an error: \"saw 0\"").stderr_lacks("left its schedule");
    let other = cells("replay: 2,1\nexecutor: [thread, process]");
    Run::new().notebook("a.md", &other).run().code(0);
}
