//! nbrun's side: the program as it is built for release.

use crate::common::{Cost, measure};
use crate::lesson::Lesson;
use nbrun::record::Record;
use std::cell::Cell;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the cache knows before a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing: the prelude has to be built, and the notebook.
    Cold,
    /// The prelude; the notebook has been changed.
    Edited,
    /// Everything.
    Warm,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            State::Cold => "cold",
            State::Edited => "a cell edited",
            State::Warm => "warm",
        })
    }
}

/// nbrun, in a directory of its own.
pub struct Nbrun {
    dir: PathBuf,
    /// How many edits there have been: each makes a text that was never there before.
    edits: Cell<u32>,
}

impl Nbrun {
    /// The program itself.
    pub const PROGRAM: &str = env!("CARGO_BIN_EXE_nbrun");

    /// nbrun in `dir`, which begins empty.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn new(dir: &Path) -> Self {
        let _ = fs::remove_dir_all(dir);
        fs::create_dir_all(dir).expect("a directory below target");
        Self { dir: dir.to_owned(), edits: Cell::new(0) }
    }

    /// The cache of every run but the cold ones.
    pub fn cache(&self) -> PathBuf {
        self.dir.join("cache")
    }

    /// Runs a lesson to its page, with the cache in that state.
    pub fn run(&self, lesson: &Lesson, state: State) -> Cost {
        match state {
            State::Cold => {
                let cache = self.dir.join("cold");
                let _ = fs::remove_dir_all(&cache);
                self.cost(&lesson.text, lesson.iterations, &cache, None)
            }
            State::Edited => self.cost(&self.edit(lesson), lesson.iterations, &self.cache(), None),
            State::Warm => {
                self.warm(lesson);
                self.cost(&lesson.text, lesson.iterations, &self.cache(), None)
            }
        }
    }

    /// Runs a lesson with a warm cache, and also says how long its cells ran, in milliseconds.
    ///
    /// # Panics
    /// If there is no record of it.
    pub fn run_recorded(&self, lesson: &Lesson) -> (Cost, f64) {
        self.warm(lesson);
        let file = self.dir.join("record.json");
        let cost = self.cost(&lesson.text, lesson.iterations, &self.cache(), Some(&file));
        let text = fs::read_to_string(&file).expect("a record");
        let record = Record::from_json("record.json", &text).expect("a record of this version");
        assert!(record.provenance.compile_cached, "nothing was to be compiled");
        (cost, in_cells(&record.cells))
    }

    /// The lesson with a comment that no run has seen: to the compiler a new text, which does the same.
    pub fn edit(&self, lesson: &Lesson) -> String {
        self.edits.set(self.edits.get() + 1);
        let fence = "```rust job\n";
        lesson.text.replacen(fence, &format!("{fence}// Edit {}.\n", self.edits.get()), 1)
    }

    /// Sees to it that the lesson is in the cache.
    fn warm(&self, lesson: &Lesson) {
        let file = self.dir.join("multiprocessing.md");
        let text = fs::read_to_string(&file).unwrap_or_default();
        if text != lesson.text {
            self.cost(&lesson.text, lesson.iterations, &self.cache(), None);
        }
    }

    fn cost(&self, text: &str, iterations: u64, cache: &Path, record: Option<&Path>) -> Cost {
        let notebook = self.dir.join("multiprocessing.md");
        fs::write(&notebook, text).expect("the notebook can be written");
        let page = self.dir.join("multiprocessing.html");
        let _ = fs::remove_file(&page);
        let mut command = Command::new(Self::PROGRAM);
        command.arg(&notebook).env("NBRUN_CACHE_DIR", cache);
        if let Some(record) = record {
            command.arg("--record").arg(record);
        }
        let cost = measure(&mut command);
        Lesson::check(&fs::read_to_string(&page).expect("a page"), iterations);
        cost
    }
}

/// How long cells ran, in milliseconds: all their runs, one after another, each up to its last join.
pub fn in_cells(cells: &[nbrun::record::CellOutcome]) -> f64 {
    cells.iter().flat_map(|cell| &cell.runs).map(|run| run.wall_ns as f64 / 1e6).sum()
}
