//! Lines of the notebook, wherever they are shown, and those of a cell, which is all that its code can know.

mod support;

use nbrun::model::{Position, Spot};
use nbrun::record::ExitStatus;
use support::toolchain::Logged;
use support::{Outcome, Run};

/// A job in a list and a spec in a quotation, with all that shows a line.
const LESSON: &str = "# A lesson

- ```rust job
  fn job() {
      dbg!();
      let n = dbg!(1 + 1);
      println!(\"{} {}\", file!(), line!());
      let _ = std::thread::spawn(|| panic!(\"alone\")).join();
      panic!(\"number {n}\")
  }
  ```

> ```yaml spawn
> jobs:
>   - job()
>   - dbg!(3)
> expect: {error: number 2}
> ```
";

/// What was printed, in the order of the workers.
fn printed(outcome: &Outcome) -> Vec<String> {
    let record = outcome.record("r.json");
    let mut lines = record.cells[1].runs[0].output.clone();
    lines.sort_by_key(|line| line.worker);
    lines.into_iter().map(|line| line.text).collect()
}

#[test]
fn whatever_shows_a_line_shows_that_of_the_notebook() {
    let run = Run::new().notebook("a.md", LESSON).args(["--record", "r.json"]).run().code(0);
    let run = run.stderr_has("a.md:8:37: note: the thread");
    let expected = ["[a.md:5:7]", "[a.md:6:15] 1 + 1 = 2", "cell:0001 4"];
    assert_eq!(printed(&run), [&expected[..], &["[a.md:16:7] 3 = 3"]].concat());
    let record = run.record("r.json");
    let ExitStatus::Panicked { spot, .. } = record.cells[1].runs[0].workers[1].exit else { panic!("it panics") };
    assert_eq!(spot, Position::new(0, 6).map(|position| Spot { position, column: 5 }));
    run.page_has("a.html", "a.md:9:7");
}

#[test]
fn a_change_of_the_prose_compiles_nothing_and_moves_all_lines() {
    let run = Run::new().file("a.md", LESSON).cache("cache");
    let compiler = Logged::new(&run);
    let run = compiler.of(run).args(["a.md", "--record", "r.json"]).run().code(0);
    let calls = compiler.calls();
    let text = format!("---\ntitle: Another\n---\n\n{LESSON}").replace("> ```yaml", "Prose.\n\n> ```yaml");
    let again =
        compiler.of(run.again().cache("cache")).file("b.md", text).args(["b.md", "--record", "r.json"]).run().code(0);
    assert_eq!(compiler.calls(), calls);
    let again = again.stderr_has("b.md:12:37: note: the thread");
    let expected = ["[b.md:9:7]", "[b.md:10:15] 1 + 1 = 2", "cell:0001 4"];
    assert_eq!(printed(&again), [&expected[..], &["[b.md:22:7] 3 = 3"]].concat());
}
