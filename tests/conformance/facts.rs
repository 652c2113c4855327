//! One notebook for all facts of a module, run once, and what it says about each of them.

use crate::support::Run;
use nbrun::diagnostic::Diagnostic;
use nbrun::model::Position;
use nbrun::notebook::{Notebook, parse};
use nbrun::record::{CellOutcome, Executor, ExitStatus, Record, RunOutcome, Status, WorkerOutcome};
use std::sync::OnceLock;

/// Declares facts: `fn the_fact_as_a_name(seen) { the fact's cells } => { what must be seen of them }`. Each becomes a
/// test.
macro_rules! facts {
    ($(fn $name:ident($seen:ident) $cells:block => $check:block)*) => {
        pub static FACTS: $crate::facts::Facts =
            $crate::facts::Facts::new(&[$((stringify!($name), || { $cells.into() })),*]);
        $(
            #[test]
            fn $name() {
                let $seen = FACTS.seen(stringify!($name));
                $check
            }
        )*
    };
}

/// A fact: its name, and its cells as text.
type Fact = (&'static str, fn() -> String);

/// The facts of a module.
pub struct Facts {
    facts: &'static [Fact],
    run: OnceLock<Result<Ran, String>>,
}

/// What came of their notebook.
struct Ran {
    text: String,
    record: Record,
}

impl Facts {
    pub const fn new(facts: &'static [Fact]) -> Self {
        Self { facts, run: OnceLock::new() }
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.facts.iter().map(|(name, _)| *name)
    }

    /// What was seen of the fact `name`; the first who asks runs the notebook.
    pub fn seen(&self, name: &str) -> Seen<'_> {
        let ran = self.run.get_or_init(|| self.run());
        let ran = ran.as_ref().unwrap_or_else(|stderr| panic!("the facts were not run:\n{stderr}"));
        let before = self.facts.iter().take_while(|(fact, _)| *fact != name);
        let first = before.map(|(_, cells)| fences(&cells())).sum();
        let (_, cells) = self.facts.iter().find(|(fact, _)| *fact == name).expect("a fact has its name");
        let text = cells();
        let cells = &ran.record.cells[first..first + fences(&text)];
        let (cell, before) = cells.split_last().expect("a fact has a cell");
        let ran_under: Vec<Option<Executor>> = cell.runs.iter().map(|run| run.executor).collect();
        let last = text.rsplit("```yaml ").next().unwrap_or_default();
        for executor in executors(last) {
            assert!(
                ran_under.contains(&Some(executor)),
                "{name} should have run under {executor:?}: {:?}",
                cell.errors
            );
        }
        let heading = ran.text.find(&heading(name)).expect("a fact has a heading");
        let line = ran.text[..heading].lines().count() as u32 + 1;
        Seen { text: &ran.text, line, before, cell }
    }

    fn run(&self) -> Result<Ran, String> {
        let text: String = self.facts.iter().map(|(name, cells)| format!("{}{}\n", heading(name), cells())).collect();
        let text = text
            .replace("executor: each", "executor: [normal, thread, process]")
            .replace("executor: both", "executor: [thread, process]");
        let outcome = Run::new().notebook("facts.md", &text).args(["--record", "facts.json"]).run();
        // Some facts are about what fails: then the program says 1, but it has run everything.
        let ran = outcome.path("facts.json").is_file();
        if ran { Ok(Ran { text, record: outcome.record("facts.json") }) } else { Err(outcome.stderr) }
    }
}

fn heading(name: &str) -> String {
    format!("## {name}\n\n")
}

/// The executors that a cell stands for.
fn executors(cell: &str) -> Vec<Executor> {
    let all = [Executor::Normal, Executor::Thread, Executor::Process];
    let from = if cell.contains("executor: each") {
        0
    } else if cell.contains("executor: both") {
        1
    } else {
        all.len()
    };
    all[from..].to_vec()
}

/// How many cells a fact has.
fn fences(cells: &str) -> usize {
    cells.lines().filter(|line| line.starts_with("```rust job") || line.starts_with("```yaml ")).count()
}

/// What was seen of a fact: its last cell, and the cells before.
pub struct Seen<'a> {
    text: &'a str,
    /// The line of the fact's heading.
    line: u32,
    before: &'a [CellOutcome],
    pub cell: &'a CellOutcome,
}

impl Seen<'_> {
    #[track_caller]
    fn check(self, holds: bool, what: impl FnOnce() -> String) -> Self {
        let errors: String = self.errors().iter().map(|error| format!("{error}\n")).collect();
        assert!(holds, "{}\n--- status {:?}, errors\n{errors}--- runs\n{}", what(), self.cell.status, self.brief());
        self
    }

    /// All that is of use where a check fails.
    fn brief(&self) -> String {
        let brief = |run: &RunOutcome| {
            let ends: Vec<_> = run.workers.iter().map(|worker| (&worker.name, &worker.exit)).collect();
            let output: Vec<_> = run.output.iter().map(|line| &line.text).collect();
            let results: Vec<_> = run.results.iter().map(|result| &result.text).collect();
            format!("{:?}: {ends:?}\n    printed {output:?}\n    showed {results:?}\n", run.executor)
        };
        self.cell.runs.iter().map(brief).collect()
    }

    /// Every cell of the fact did what it should, also by failing as it said it would, and the last of them passed.
    #[track_caller]
    pub fn holds(self) -> Self {
        let before = self.before.iter().find(|cell| !matches!(cell.status, Status::Passed | Status::FailedAsExpected));
        let errors: String = before.iter().flat_map(|cell| &cell.errors).map(|error| format!("{error}\n")).collect();
        let holds = before.is_none() && self.cell.status == Status::Passed;
        self.check(holds, || format!("every cell of the fact should pass\n--- errors before\n{errors}"))
    }

    /// The last cell failed, and its error holds `text` under every executor.
    #[track_caller]
    pub fn fails(self, text: &str) -> Self {
        let runs = self.cell.runs.len();
        let errors = self.errors().into_iter().map(|error| error.to_string()).filter(|error| error.contains(text));
        // Repetitions that failed alike are told once, with their number.
        let again = |error: &str| match error.split_once(" more runs failed in the same way") {
            Some((before, _)) => before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0),
            None => usize::from(error.contains("another run failed in the same way")),
        };
        let all: usize = errors.map(|error| 1 + again(&error)).sum();
        let holds = matches!(self.cell.status, Status::Failed | Status::FailedAsExpected) && all >= runs.max(1);
        self.check(holds, || format!("the cell should fail with {text:?} in each of {runs} runs"))
    }

    /// Under each executor, the values shown are these.
    #[track_caller]
    pub fn shows(self, values: &[&str]) -> Self {
        self.every_run(&format!("should show {values:?}"), |run| {
            run.results.iter().map(|result| result.text.as_str()).eq(values.iter().copied())
        })
    }

    /// Under each executor, these lines were printed, in this order.
    #[track_caller]
    pub fn prints(self, lines: &[&str]) -> Self {
        self.every_run(&format!("should print {lines:?}"), |run| {
            run.output.iter().map(|line| line.text.as_str()).eq(lines.iter().copied())
        })
    }

    /// Under each executor, the workers but main ended so.
    #[track_caller]
    pub fn ends(self, exits: &[ExitStatus]) -> Self {
        self.every_run(&format!("its workers should end so: {exits:?}"), |run| {
            run.workers.iter().skip(1).map(|worker| &worker.exit).eq(exits)
        })
    }

    /// Under each executor, every worker but main is so.
    #[track_caller]
    pub fn every_worker(self, what: &str, is: impl Fn(&RunOutcome, &WorkerOutcome) -> bool) -> Self {
        self.every_run(what, |run| run.workers.len() > 1 && run.workers.iter().skip(1).all(|worker| is(run, worker)))
    }

    /// Every run is so, and there is one for each executor that the cell names.
    #[track_caller]
    pub fn every_run(self, what: &str, is: impl Fn(&RunOutcome) -> bool) -> Self {
        let wrong = self.cell.runs.iter().find(|run| !is(run)).map(|run| run.executor);
        let there = !self.cell.runs.is_empty();
        self.check(there && wrong.is_none(), || format!("{what}; under {wrong:?} it is not so"))
    }

    /// Under `executor`, the run is so.
    #[track_caller]
    pub fn run_under(self, executor: Executor, what: &str, is: impl Fn(&RunOutcome) -> bool) -> Self {
        let run = self.cell.runs.iter().find(|run| run.executor == Some(executor));
        let holds = run.is_some_and(is);
        self.check(holds, || format!("{what}; under {executor:?} it is not so"))
    }

    /// The line of the notebook, from 1, that holds `text`, looked for from the fact's heading on.
    #[track_caller]
    pub fn line_of(&self, text: &str) -> Option<u32> {
        let at = self.text.lines().skip(self.line as usize).position(|line| line.contains(text));
        Some(at.unwrap_or_else(|| panic!("the fact should have a line with {text:?}")) as u32 + self.line + 1)
    }

    /// The same as a position in its cell.
    #[track_caller]
    pub fn position_of(&self, text: &str) -> Option<Position> {
        let line = self.line_of(text)?;
        self.notebook().spot(line, 1).map(|spot| spot.position)
    }

    fn notebook(&self) -> Notebook {
        parse("facts.md", self.text.to_owned()).expect("the facts are a notebook")
    }

    /// What is wrong with the fact's cell.
    pub fn errors(&self) -> Vec<Diagnostic> {
        let notebook = self.notebook();
        self.cell.errors.iter().map(|error| notebook.diagnostic(error)).collect()
    }
}

/// The end of a worker that did what it should.
pub const WELL: ExitStatus = ExitStatus::Code(0);

/// Whether it is the end by a panic whose message holds `text`.
pub fn panicked(exit: &ExitStatus, text: &str) -> bool {
    matches!(exit, ExitStatus::Panicked { message, .. } if message.contains(text))
}

/// The end by a panic at this position, whatever its column.
pub fn panicked_at(exit: &ExitStatus, text: &str, at: Option<Position>) -> bool {
    let ExitStatus::Panicked { message, spot } = exit else { return false };
    message.contains(text) && spot.map(|spot| spot.position) == at
}

/// Whether no worker of a run took its first step before all of them were up.
pub fn released_together(run: &RunOutcome) -> bool {
    let workers = &run.workers[1..];
    let up = workers.iter().map(|worker| worker.ready_ns).max();
    up <= workers.iter().map(|worker| worker.start_ns).min()
}
