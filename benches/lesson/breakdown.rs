//! Where nbrun's own time goes: its stages, called one by one as its command line calls them.

use crate::common::table::ms;
use crate::common::{least, measure, median, timed};
use crate::lesson::Lesson;
use crate::program::{Nbrun, in_cells};
use nbrun::compile::{Cache, Compiler, Library, Watch};
use nbrun::kernel::{self, Interrupts, Limits};
use nbrun::notebook::{self, Notebook};
use nbrun::plan::{self, Plan};
use nbrun::record::{self, CellOutcome, Provenance, Record};
use nbrun::render;
use std::path::Path;
use std::process::Command;

/// How often each stage is called.
const CALLS: usize = 9;

/// A notebook of one declaration: what a kernel costs that has nothing to do.
const IDLE: &str = "```yaml value\nv: i32\n```\n";

/// A row for each part of nbrun's own work.
///
/// # Panics
/// If a stage fails on the lesson.
pub fn measure_stages(nbrun: &Nbrun, lesson: &Lesson) -> Vec<Vec<String>> {
    let cache = Cache { dir: nbrun.cache() };
    let interrupts = Interrupts::catch().expect("signals");
    let read = |text: &str| notebook::parse("multiprocessing.md", text.to_owned()).expect("a notebook");
    let (notebook, idle) = (read(&lesson.text), read(IDLE));
    let planned = |notebook: &Notebook| plan::plan(notebook).expect("a plan");
    let (plan, idle_plan) = (planned(&notebook), planned(&idle));
    let compiled = |notebook: &Notebook, plan: &Plan| {
        Compiler::new(Path::new("."), &cache, None, Watch::NOBODY).compile(notebook, plan).expect("a library")
    };
    let (library, idle_library) = (compiled(&notebook, &plan), compiled(&idle, &idle_plan));
    let run = |notebook: &Notebook, plan: &Plan, library: &Library| {
        let program = kernel::Program { path: Path::new(Nbrun::PROGRAM), dir: Path::new("."), sandbox: None };
        let task = kernel::Task { notebook, plan, library: Some(library), limits: Limits::default(), left: None };
        let report = kernel::run(program, task, &interrupts, &mut |_| {});
        report.expect("a kernel").cells
    };
    let record = recorded(&notebook, run(&notebook, &plan, &library));
    let runs = record.cells.iter().map(|cell| cell.runs.len()).sum::<usize>();
    let edited = || {
        let notebook = read(&nbrun.edit(lesson));
        let plan = planned(&notebook);
        timed(|| compiled(&notebook, &plan)).1
    };
    let running = || {
        let (cells, wall) = timed(|| run(&notebook, &plan, &library));
        wall - in_cells(&cells)
    };
    let start = || measure(Command::new(Nbrun::PROGRAM).arg("--version")).wall;
    vec![
        row("start and end of the program", start),
        row("parse", || timed(|| read(&lesson.text)).1),
        row("plan", || timed(|| planned(&notebook)).1),
        row("compile: look into the cache", || timed(|| compiled(&notebook, &plan)).1),
        row("kernel: start and end", || timed(|| run(&idle, &idle_plan, &idle_library)).1),
        row(&format!("kernel: the same, with {runs} runs around the jobs"), running),
        row("render", || timed(|| render::render(&notebook, &record)).1),
        row("record as JSON (only with --record)", || timed(|| record.to_json()).1),
        row("compile after an edit (not in a warm run)", edited),
    ]
}

fn row(what: &str, mut call: impl FnMut() -> f64) -> Vec<String> {
    let values: Vec<f64> = (0..CALLS).map(|_| call()).collect();
    vec![what.to_owned(), ms(median(&values)), ms(least(&values))]
}

fn recorded(notebook: &Notebook, cells: Vec<CellOutcome>) -> Record {
    let provenance = Provenance {
        nbrun: String::new(),
        rustc: String::new(),
        os: String::new(),
        cpu: String::new(),
        cores: 1,
        started: String::new(),
        compile_ns: 0,
        compile_cached: true,
        unoptimized: false,
        run_ns: 0,
        sandbox: None,
        cell_lines: notebook.cell_lines(),
    };
    let cells_sha256 = notebook::cells_sha256(notebook);
    Record {
        version: record::VERSION,
        provenance,
        cells_sha256,
        cells,
        warnings: Default::default(),
        interrupted: false,
        only: None,
    }
}
