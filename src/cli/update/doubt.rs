//! Why the output of a cell may be another in the next run.

use crate::notebook::Notebook;
use crate::plan::{Needs, Plan, names, needs};
use std::collections::BTreeSet;
use std::fmt;

/// What gives another value each time: the time, the numbers of processes and threads, chance, and the machine.
const WORDS: [&str; 22] = [
    "Instant",
    "SystemTime",
    "UNIX_EPOCH",
    "elapsed",
    "pid",
    "tid",
    "process_id",
    "getpid",
    "ThreadId",
    "HashMap",
    "HashSet",
    "RandomState",
    "random",
    "rand",
    "rng",
    "thread_rng",
    "fastrand",
    "getrandom",
    "Uuid",
    "Utc",
    "Local",
    "available_parallelism",
];

/// Why the output of a cell may be another in the next run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// Runs gave different outputs.
    Differs,
    /// A run reports a race.
    Race,
    /// A wait or a worker ended at its limit of time.
    Time,
    /// It may depend on which worker came first.
    Order,
    /// Not everything of a run was kept.
    Incomplete,
    /// Time or memory was over before the exploration was.
    Unfinished,
    /// The cell, or a job cell that it needs, has this word.
    Mentions(&'static str),
    /// The author's notebook has its output as one of chance.
    Saved,
    /// What it finds shared may be another, for the output of this cell, by index, is left to chance.
    Needs(usize),
    /// It prints where in the notebook its code stands, which changes with what is written above.
    Places,
}

impl Doubt {
    /// Whether another run of the same cell may give no reason for it.
    pub fn is_of_one_run(self) -> bool {
        matches!(self, Doubt::Time | Doubt::Order | Doubt::Incomplete | Doubt::Unfinished)
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doubt::Differs => f.write_str("its runs differ"),
            Doubt::Race => f.write_str("a race is reported"),
            Doubt::Time => f.write_str("a time limit ended a wait or a worker"),
            Doubt::Order => f.write_str("it may depend on which worker came first"),
            Doubt::Incomplete => f.write_str("it did more than a record keeps"),
            Doubt::Unfinished => f.write_str("the exploration was cut at its limit of time or memory"),
            Doubt::Mentions(word) => write!(f, "its code mentions `{word}`"),
            Doubt::Saved => f.write_str("the fence below it says that its output is chance"),
            Doubt::Needs(cell) => write!(f, "it needs cell {}, whose output is left to chance", cell + 1),
            Doubt::Places => f.write_str("it prints line numbers of the notebook"),
        }
    }
}

/// By cell, a word in its code, or in that of the job cells that it needs, for something that is another in each run.
pub fn mentioned(notebook: &Notebook, plan: &Plan) -> Vec<Option<&'static str>> {
    let needs = needs(notebook, plan);
    let own: Vec<_> = notebook.cells.iter().map(|cell| word_in(&cell.code.text())).collect();
    let is_job = |needed: usize| notebook.cells.get(needed).is_some_and(|cell| cell.kind.is_rust());
    let of = |cell: usize| reached(&needs, cell, is_job).into_iter().find_map(|cell| own.get(cell).copied().flatten());
    (0..notebook.cells.len()).map(of).collect()
}

/// By cell, one whose doubtful work has left what this cell finds shared.
pub fn chance_before(notebook: &Notebook, plan: &Plan, doubts: &[Option<Doubt>]) -> Vec<Option<Doubt>> {
    let needs = needs(notebook, plan);
    let is_doubted = |needed: &usize| doubts[*needed].is_some() && plan.steps[*needed].changes();
    let of = |cell: usize| reached(&needs, cell, |_| true).range(..cell).copied().find(is_doubted).map(Doubt::Needs);
    (0..notebook.cells.len()).map(of).collect()
}

/// A cell and all that it needs, as far as `follow` lets it be looked for.
fn reached(needs: &Needs, cell: usize, follow: impl Fn(usize) -> bool) -> BTreeSet<usize> {
    let (mut seen, mut left) = (BTreeSet::from([cell]), vec![cell]);
    while let Some(cell) = left.pop() {
        let vague = needs.vague.iter().filter(|vague| **vague < cell);
        let needed = needs.direct.get(cell).into_iter().flatten().chain(vague).filter(|needed| follow(**needed));
        left.extend(needed.copied().filter(|needed| seen.insert(*needed)));
    }
    seen
}

/// A word for something that is another in each run.
fn word_in(code: &str) -> Option<&'static str> {
    let named = names::words(code).find_map(|word| WORDS.into_iter().find(|known| *known == word));
    let called = ["process::id", "current().id", "thread::spawn", "thread::scope", "thread::Builder"]
        .into_iter()
        .find(|path| code.contains(path));
    named.or(called)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::parse;
    use crate::plan::plan;

    #[test]
    fn a_cell_is_doubted_for_words_of_the_jobs_that_it_needs() {
        let text = "```rust job\nfn a() -> u32 { b() }\nfn c() {}\n```\n\n```rust job\nfn b() -> u32 { std::process::id() }\n```\n\n\
                    ```rust job\nfn d() { println!(\"{}\", worker().pid); }\nfn e() { d() }\n```\n\n\
                    ```rust job\nfn f() { e() }\nfn g() { c() }\n```\n\n```rust job\nfn h() { c() }\n```\n\n\
                    ```yaml spawn\n- thread: f()\n```\n\n```yaml spawn\n- thread: h()\n```\n";
        let notebook = parse("a.md", text.to_owned()).expect("a notebook");
        let plan = plan(&notebook).expect("a plan");
        let found = mentioned(&notebook, &plan);
        assert_eq!(found[5..], [Some("pid"), None]);
        assert_eq!(found[1], Some("process::id"));
    }
}
