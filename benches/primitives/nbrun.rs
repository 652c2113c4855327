//! nbrun's side: notebooks that are run by the program itself, and the times that their records tell.

use nbrun::record::{Record, RunOutcome, WorkerOutcome};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// nbrun, in a directory of its own.
pub struct Nbrun {
    dir: PathBuf,
}

impl Nbrun {
    /// nbrun in `dir`, which begins empty.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn new(dir: &Path) -> Self {
        let _ = fs::remove_dir_all(dir);
        fs::create_dir_all(dir).expect("a directory below target");
        Self { dir: dir.to_owned() }
    }

    /// Runs a notebook; all runs of all its cells.
    ///
    /// # Panics
    /// If it fails: a figure of a notebook that did not do its work would be worth nothing.
    pub fn run(&self, name: &str, text: &str) -> Vec<RunOutcome> {
        let (notebook, record) = (self.dir.join(format!("{name}.md")), self.dir.join(format!("{name}.json")));
        fs::write(&notebook, text).expect("the notebook can be written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_nbrun"));
        command.arg(&notebook).arg("--record").arg(&record).env("NBRUN_CACHE_DIR", self.dir.join("cache"));
        let output = command.stdin(Stdio::null()).output().expect("nbrun");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name} failed, {}:\n{complaint}", output.status);
        let text = fs::read_to_string(&record).expect("a record");
        let record = Record::from_json(name, &text).expect("a record of this version");
        record.cells.into_iter().flat_map(|cell| cell.runs).collect()
    }
}

/// Those who were started, main left out.
fn started(run: &RunOutcome) -> impl Iterator<Item = &WorkerOutcome> {
    run.workers.iter().skip(1).filter(|worker| worker.pid != 0)
}

fn seconds(from_ns: u64, to_ns: u64) -> f64 {
    to_ns.saturating_sub(from_ns) as f64 / 1e9
}

/// When the first worker took its first step behind the gate.
fn first_step(run: &RunOutcome) -> u64 {
    started(run).map(|worker| worker.start_ns).min().expect("a worker")
}

/// From the first worker's first step to the last worker's end.
pub fn work(run: &RunOutcome) -> f64 {
    seconds(first_step(run), started(run).map(|worker| worker.end_ns).max().expect("a worker"))
}

/// From the first worker's first step until main has all results and has joined all workers.
pub fn work_and_join(run: &RunOutcome) -> f64 {
    seconds(first_step(run), run.wall_ns)
}

/// From asking for the only worker until it has been joined.
pub fn start_and_join(run: &RunOutcome) -> f64 {
    seconds(started(run).next().expect("a worker").spawn_ns, run.wall_ns)
}
