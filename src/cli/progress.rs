//! Tells how a run goes: one line for each cell on standard error, and a bar where a person watches. The paths of the pages
//! go to standard output, for scripts.

use super::details;
use super::output::Target;
use crate::notebook::CellKind;
use crate::plan::Step;
use crate::record::{CellOutcome, Record, SkipReason, Status};
use crate::render::{moment, visible};
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const DIM: Style = Style::new().dimmed();
const PLAIN: Style = Style::new();

/// How often the bar is drawn anew.
const TICK: Duration = Duration::from_millis(100);

/// The progress of all notebooks of one call.
#[derive(Debug)]
pub struct Progress {
    quiet: bool,
    /// Whether standard output is for the paths of pages.
    paths: bool,
    /// Whether what was printed and shown is told, too.
    pub verbose: bool,
    bar: ProgressBar,
    /// Dropped, it ends the thread that draws the bar anew.
    ticker: Option<Sender<()>>,
    notebooks: u64,
    good: u64,
    bad: u64,
    not_run: u64,
    skipped: u64,
    /// The exercises that are not solved.
    unsolved: u64,
    /// What was told once and for all.
    told: Mutex<BTreeSet<&'static str>>,
}

impl Progress {
    /// No progress yet. If `quiet`, it will say nothing; of pages it tells the `paths`, or does not.
    pub fn new(quiet: bool, paths: bool) -> Self {
        let (bar, ticker) = (ProgressBar::hidden(), None);
        let (notebooks, good, bad, not_run, skipped, unsolved) = (0, 0, 0, 0, 0, 0);
        let told = Mutex::default();
        Self { quiet, paths, verbose: false, bar, ticker, notebooks, good, bad, not_run, skipped, unsolved, told }
    }

    /// A notebook of so many cells begins. `several` is whether it is one of several, so that its name is told.
    pub fn notebook(&mut self, file: &str, cells: usize, several: bool) {
        self.notebooks += 1;
        if self.quiet {
            return;
        }
        if several {
            self.say(&format!("{}:", name_on_a_line(file)));
        }
        if cells == 0 {
            let file = name_on_a_line(file);
            self.say(&format!(
                "{file} has no cell, so nothing runs: a cell is a fence such as ```rust job or ```yaml spawn"
            ));
        }
        // The bar hides itself where standard error is no terminal.
        self.bar = ProgressBar::with_draw_target(Some(cells as u64), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("  {spinner} {pos}/{len}  {wide_msg}") {
            self.bar.set_style(style);
        }
        self.ticker = ticker(&self.bar);
    }

    /// The library of the notebook is being compiled.
    pub fn compiling(&self) {
        self.show("compiling".to_owned());
    }

    /// Dependencies are being built, which takes its time.
    pub fn building(&self, crates: &[&str]) {
        self.say(&format!("building {}: once, the next run finds them", crates.join(", ")));
    }

    /// The cell of index `cell` begins.
    pub fn cell_started(&self, cell: usize, step: &Step) {
        self.show(format!("cell {}: {}, line {}", cell + 1, step.kind, step.line));
    }

    /// A cell has ended.
    pub fn cell_done(&mut self, outcome: &CellOutcome, step: &Step) {
        if outcome.status == Status::Skipped(SkipReason::NotAsked) {
            return;
        }
        self.count(outcome);
        self.bar.inc(1);
        self.tell(outcome, step);
    }

    /// The results of an earlier run take the place of a new one.
    pub fn used_again(&mut self, file: &str, record: &Record, steps: &[Step]) {
        let (file, when) = (name_on_a_line(file), moment(&record.provenance.started));
        self.say(&format!("  {file} is used again, as it ran on {}: no cell has changed", visible(&when)));
        for (outcome, step) in record.cells.iter().zip(steps) {
            self.count(outcome);
            if self.verbose {
                self.tell(outcome, step);
            }
        }
    }

    fn count(&mut self, outcome: &CellOutcome) {
        match outcome.status {
            Status::Passed | Status::FailedAsExpected => self.good += 1,
            Status::Failed => self.bad += 1,
            Status::Unsolved => self.unsolved += 1,
            Status::NotRun => self.not_run += 1,
            Status::Skipped(_) => self.skipped += 1,
        }
    }

    fn tell(&self, outcome: &CellOutcome, step: &Step) {
        self.say(&cell_line(outcome, step.kind, step.line, step.is_exercise()));
        if self.verbose {
            details::of(outcome).iter().for_each(|line| self.say(line));
        }
    }

    /// The notebook's last cell has ended.
    pub fn notebook_done(&mut self) {
        self.ticker = None;
        self.bar.finish_and_clear();
        self.bar = ProgressBar::hidden();
    }

    /// The page is written: its path goes to standard output, unless the page itself went there.
    pub fn page(&self, target: &Target) {
        if let Target::File(path) = target
            && self.paths
        {
            // A script needs the very bytes, which could do something to a terminal.
            let name = match std::io::stdout().is_terminal() {
                true => name_on_a_line(&path.to_string_lossy()).into_bytes(),
                false => path.as_os_str().as_bytes().to_vec(),
            };
            let line = [name, b"\n".to_vec()].concat();
            // Where standard output is closed, nobody wants to know the path.
            let _ = std::io::stdout().write_all(&line);
        }
    }

    /// Something that is told once, for however many notebooks it holds.
    pub fn say_once(&self, what: &'static str) {
        if self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(what) {
            self.say(what);
        }
    }

    /// All notebooks have ended: what became of several of them is told in one line, and how many exercises are not solved.
    pub fn summary(&self) {
        if self.notebooks > 1 {
            self.say(&summary_line(self.notebooks, [self.good, self.bad, self.not_run, self.skipped, self.unsolved]));
        } else if self.unsolved > 0 {
            self.say(&not_solved(self.unsolved));
        }
    }

    /// Lets `print` print without disturbing the bar.
    pub fn aside(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }

    fn show(&self, message: String) {
        if !self.quiet {
            self.bar.set_message(message);
        }
    }

    /// Tells the user something, on a line of its own.
    pub fn say(&self, line: &str) {
        if !self.quiet {
            self.bar.suspend(|| {
                let _ = writeln!(anstream::stderr(), "{line}");
            });
        }
    }
}

/// A file's name as the terminal shows it: on one line, and without doing anything to it.
fn name_on_a_line(name: &str) -> String {
    visible(name).replace('\n', "␊")
}

/// Draws a bar anew again and again, until what it returns is dropped. Where the system has no thread left for that, the bar
/// moves only with the cells: indicatif's own thread would end the program there.
fn ticker(bar: &ProgressBar) -> Option<Sender<()>> {
    let (over, wait) = channel::<()>();
    let shown = bar.clone();
    let tick = move || {
        while wait.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            shown.tick();
        }
    };
    let started = !bar.is_hidden() && thread::Builder::new().name("bar".to_owned()).spawn(tick).is_ok();
    started.then_some(over)
}

/// One cell's line: `  ok    12  pool   line 88    3.4 ms`.
fn cell_line(outcome: &CellOutcome, kind: CellKind, line: u32, is_exercise: bool) -> String {
    let (style, word, remark) = match outcome.status {
        Status::Passed | Status::FailedAsExpected if is_exercise => (GOOD, "ok", "solved"),
        Status::Passed => (GOOD, "ok", ""),
        Status::FailedAsExpected => (GOOD, "ok", "failed as expected"),
        Status::Failed => (BAD, "FAIL", ""),
        Status::Unsolved => (DIM, "-", "not solved yet"),
        Status::NotRun if outcome.runs.is_empty() => (DIM, "-", "not run"),
        Status::NotRun => (DIM, "-", "interrupted"),
        Status::Skipped(_) => (DIM, "-", "skipped"),
    };
    let first = outcome.errors.first().map_or("", |error| error.message.lines().next().unwrap_or(""));
    let remark = match outcome.status {
        Status::Failed => first,
        Status::Unsolved if !first.is_empty() => &format!("{remark}: {first}"),
        Status::Skipped(SkipReason::Needs(other)) => &format!("skipped: needs cell {}", other + 1),
        _ => remark,
    };
    let explored = outcome.explored.iter().map(|explored| explored.took_ns);
    let times = outcome.runs.iter().map(|run| run.wall_ns).chain(explored);
    let time = match times.fold(0_u64, u64::saturating_add) {
        0 => String::new(),
        ns => time(ns),
    };
    let remark = visible(remark);
    let remark_style = if outcome.status == Status::Failed { PLAIN } else { DIM };
    let (number, kind) = (outcome.cell + 1, kind.to_string());
    let line = format!("line {line}");
    let columns = format!("  {style}{word:<4}{style:#}  {number:>3}  {kind:<5}  {line:<9}  {time:>8}");
    let whole = format!("{columns}  {remark_style}{remark}{remark_style:#}");
    if remark.is_empty() { columns.trim_end().to_owned() } else { whole }
}

/// A time span with three figures or fewer.
fn time(ns: u64) -> String {
    let (value, unit) = match ns as f64 {
        ns if ns < 1e3 => return format!("{ns} ns"),
        ns if ns < 999.5e3 => (ns / 1e3, "µs"),
        ns if ns < 999.5e6 => (ns / 1e6, "ms"),
        ns => (ns / 1e9, "s"),
    };
    if value < 9.95 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

fn summary_line(notebooks: u64, [good, bad, not_run, skipped, unsolved]: [u64; 5]) -> String {
    let (good_style, bad_style) = (GOOD, if bad > 0 { BAD } else { DIM });
    let cells = good + bad + not_run + skipped + unsolved;
    let mut line = format!(
        "{notebooks} notebooks, {cells} cells: {good_style}{good} ok{good_style:#}, {bad_style}{bad} failed{bad_style:#}"
    );
    if not_run > 0 {
        line.push_str(&format!(", {not_run} not run"));
    }
    if skipped > 0 {
        line.push_str(&format!(", {skipped} skipped"));
    }
    if unsolved > 0 {
        line.push_str(&format!(", {}", not_solved(unsolved)));
    }
    line
}

fn not_solved(exercises: u64) -> String {
    format!("{exercises} exercise{} not solved", if exercises == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Severity;
    use crate::model::Finding;
    use crate::notebook::SpecKind;
    use crate::record::RunOutcome;
    use anstream::adapter::strip_str;

    fn outcome(status: Status, wall_ns: &[u64]) -> CellOutcome {
        let runs = wall_ns.iter().map(|wall_ns| RunOutcome { wall_ns: *wall_ns, ..RunOutcome::default() }).collect();
        CellOutcome {
            cell: 11,
            status,
            errors: Vec::new(),
            notes: Vec::new(),
            runs,
            explored: None,
            resources: Vec::new(),
        }
    }

    fn shown(outcome: &CellOutcome, kind: CellKind, line: u32) -> String {
        strip_str(&cell_line(outcome, kind, line, false)).to_string()
    }

    #[test]
    fn the_lines_of_cells_are_aligned() {
        let pool = CellKind::Spec(SpecKind::Pool);
        assert_eq!(shown(&outcome(Status::Passed, &[3_400_000]), pool, 88), "  ok     12  pool   line 88      3.4 ms");
        assert_eq!(shown(&outcome(Status::Passed, &[]), CellKind::Job, 8), "  ok     12  job    line 8");
        let mut failed = outcome(Status::Failed, &[1_000_000_000, 500_000_000]);
        let (severity, message) = (Severity::Error, "worker `a` panicked\nmore".to_owned());
        failed.errors.push(Finding { severity, message, code: None, anchor: None, label: None, remarks: Vec::new() });
        assert_eq!(shown(&failed, pool, 188), "  FAIL   12  pool   line 188      1.5 s  worker `a` panicked");
        failed.status = Status::Unsolved;
        assert_eq!(
            shown(&failed, pool, 188),
            "  -      12  pool   line 188      1.5 s  not solved yet: worker `a` panicked"
        );
        let solved = strip_str(&cell_line(&outcome(Status::Passed, &[]), pool, 88, true)).to_string();
        assert_eq!(solved, "  ok     12  pool   line 88              solved");
        let not_run = outcome(Status::NotRun, &[]);
        assert_eq!(shown(&not_run, pool, 88), "  -      12  pool   line 88              not run");
        let needy = outcome(Status::Skipped(SkipReason::Needs(2)), &[]);
        assert_eq!(shown(&needy, pool, 88), "  -      12  pool   line 88              skipped: needs cell 3");
        let cut_short = outcome(Status::NotRun, &[2_000_000_000]);
        assert_eq!(shown(&cut_short, pool, 88), "  -      12  pool   line 88       2.0 s  interrupted");
    }

    #[test]
    fn a_files_name_stays_on_its_line() {
        assert_eq!(name_on_a_line("a\nb\u{1b}[2J.md"), "a␊b.md");
    }

    #[test]
    fn a_time_has_few_figures() {
        let times = [999, 1_000, 12_345, 999_499, 999_500, 9_940_000, 61_000_000_000].map(time);
        assert_eq!(times, ["999 ns", "1.0 µs", "12 µs", "999 µs", "1.0 ms", "9.9 ms", "61 s"]);
    }

    #[test]
    fn a_summary_counts_the_cells() {
        assert_eq!(strip_str(&summary_line(2, [14, 1, 0, 0, 0])).to_string(), "2 notebooks, 15 cells: 14 ok, 1 failed");
        assert_eq!(
            strip_str(&summary_line(3, [1, 0, 2, 0, 1])).to_string(),
            "3 notebooks, 4 cells: 1 ok, 0 failed, 2 not run, 1 exercise not solved"
        );
    }
}
