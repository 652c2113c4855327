//! nbrun's side of the kernel: start it, hand it the job, listen, judge, and end it when the user says so.

use super::check::{self, Checker};
use super::interrupt::Interrupts;
use super::judge::Judge;
use super::kernel_command::{Place, Program, failed};
use super::kernel_stderr::{StderrReader, StderrText};
use super::process_limiter::Adopted;
use super::protocol::{Job, Left, Limits, Message, RunReport, packed, unpack_within};
use super::report_budget::{MESSAGE_BYTES, ReportBudget};
use crate::compile::Library;
use crate::diagnostic::Diagnostic;
use crate::executor::Halted;
use crate::model::Remark;
use crate::notebook::Notebook;
use crate::plan::Plan;
use crate::record::{CellOutcome, Status};
use crate::sandbox;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::{Pid, read};
use std::collections::BTreeMap;
use std::io::Write;
use std::os::fd::AsFd;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// How long the kernel may take to end a cell that the user interrupts, before it is ended itself.
const GRACE: Duration = Duration::from_secs(5);

/// How much longer than its time limit a notebook may take: to begin, and to end what it had started.
const LATE: Duration = Duration::from_secs(60);

/// How often to look after the kernel while it says nothing.
const LOOK_MS: u16 = 200;

/// How often to look whether the kernel has ended when it has closed what it reports by.
const END_MS: u16 = 2;

/// What happens while a plan runs.
pub enum Progress<'a> {
    /// A cell begins: its index.
    Started(usize),
    /// What the cell that is judged next has left.
    Left(Left),
    /// A cell is judged.
    Finished(&'a CellOutcome),
}

/// What a plan's run yielded.
#[derive(Debug)]
pub struct Report {
    /// One outcome for each cell, in order.
    pub cells: Vec<CellOutcome>,
    /// Whether the user ended it.
    pub interrupted: bool,
    /// What is wrong with the run as a whole, if it did not happen at a cell, which has it else.
    pub trouble: Option<Diagnostic>,
    /// What was written to the kernel's standard error, which is outside of any cell.
    pub said: StderrText,
}

/// What is to be run.
pub struct Task<'a> {
    /// The notebook.
    pub notebook: &'a Notebook,
    /// Its plan.
    pub plan: &'a Plan,
    /// Its code.
    pub library: Option<&'a Library>,
    /// How much it may take.
    pub limits: Limits,
    /// What cells that are not run have left in an earlier run; `None` if nobody wants to know what cells leave.
    pub left: Option<&'a BTreeMap<usize, Left>>,
}

/// Runs a plan in a kernel. The library may be missing only if there is nothing to run. Every cell is reported to `watch`,
/// also those that need no kernel.
///
/// # Errors
/// If the kernel cannot be started. That it ends before its time is no error but [`Report::trouble`].
pub fn run(
    program: Program<'_>,
    task: Task<'_>,
    interrupts: &Interrupts,
    watch: &mut dyn FnMut(Progress<'_>),
) -> Result<Report, Diagnostic> {
    let Task { notebook, plan, library, limits, left } = task;
    let judge = Judge { notebook, plan, library, limits };
    let job = Job {
        plan: plan.clone(),
        library: library.map(|library| library.path.clone()),
        source_map: library.map(|library| library.source_map.clone()).unwrap_or_default(),
        skip: library.map(|library| library.refused.keys().copied().collect()).unwrap_or_default(),
        limits,
        left: left.cloned(),
    };
    let longest = check::longest(plan, &limits);
    let mut listener = Listener {
        judge,
        longest,
        budget: ReportBudget::default(),
        checker: Checker::default(),
        cells: Vec::new(),
        reports: Vec::new(),
        broken: None,
        struck: None,
        is_sandboxed: program.sandbox.is_some(),
        watch,
    };
    let mut interrupted = false;
    let (mut trouble, mut said) = (None, StderrText::default());
    if plan.steps.iter().any(|step| step.runs()) {
        // Whatever the kernel leaves behind, should it be killed, comes to this process, which sees to its end.
        let adopted = Adopted::new();
        let place = Place::new(program, library, &limits)?;
        let mut kernel = start(place.command(), &job)?;
        let mut stderr = StderrReader::new(kernel.stderr.take());
        let end = listener.listen(&mut kernel, &mut stderr, interrupts);
        drop(adopted);
        said = stderr.finish();
        interrupted = matches!(end, End::Interrupted);
        trouble = listener.trouble(&end);
        if let Some(cell) = listener.checker.begun() {
            listener.struck = trouble.take().map(|what| (cell, what));
        }
    }
    let cells = listener.finish();
    Ok(Report { cells, interrupted, trouble, said })
}

fn start(mut command: Command, job: &Job) -> Result<Child, Diagnostic> {
    let job = packed(job).map_err(|error| failed(&error))?;
    // None of its streams is the user's, for the library that it loads may have code that runs at once. And ^C at the terminal
    // is for nbrun, which then ends the kernel in good order.
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut kernel = sandbox::detach(&mut command).spawn().map_err(|error| failed(&error))?;
    // A kernel that dies before it has read everything is noticed when it is listened to.
    if let Some(mut stdin) = kernel.stdin.take() {
        let _ = stdin.write_all(&job);
    }
    Ok(kernel)
}

/// Whether a child has ended, which can be waited for all the same.
fn has_ended(child: Pid) -> bool {
    let asked = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT | WaitPidFlag::WNOHANG;
    !matches!(waitid(Id::Pid(child), asked), Ok(WaitStatus::StillAlive) | Err(Errno::EINTR))
}

fn stopped_by(signal: Signal) -> String {
    format!("the kernel was stopped by {signal}, and not continued")
}

/// How listening ended.
enum End {
    /// The kernel had said everything.
    Exited(std::io::Result<std::process::ExitStatus>),
    /// The user ended it.
    Interrupted,
}

struct Listener<'a> {
    judge: Judge<'a>,
    /// The most bytes of a message.
    longest: usize,
    budget: ReportBudget,
    checker: Checker,
    cells: Vec<CellOutcome>,
    /// The runs of the present cell so far.
    reports: Vec<RunReport>,
    broken: Option<String>,
    /// The cell that the kernel had begun when it met its end, and what is to be said of that.
    struck: Option<(usize, Diagnostic)>,
    is_sandboxed: bool,
    watch: &'a mut dyn FnMut(Progress<'_>),
}

impl Listener<'_> {
    /// Listens to the kernel until it has ended.
    fn listen(&mut self, kernel: &mut Child, stderr: &mut StderrReader, interrupts: &Interrupts) -> End {
        let Some(stdout) = kernel.stdout.take() else { return End::Exited(kernel.wait()) };
        let pid = Pid::from_raw(kernel.id() as i32);
        let mut pending = Vec::new();
        let mut asked: Option<Instant> = None;
        let mut halted = Halted::default();
        let since = Instant::now();
        let mut open = true;
        loop {
            let watched = [Some(interrupts.as_fd()), open.then(|| stdout.as_fd()), stderr.fd()];
            let (heard, said) = (open.then_some(1), stderr.fd().map(|_| 1 + usize::from(open)));
            let watched = watched.into_iter().flatten();
            let mut fds: Vec<PollFd<'_>> = watched.map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
            // Asked before it is listened to: what a kernel that has ended by now had to say can be read by now.
            let gone = has_ended(pid);
            // At the end of what it says its own end is near.
            let timeout_ms = if open { LOOK_MS } else { END_MS };
            let _ = poll(&mut fds, if gone { PollTimeout::ZERO } else { PollTimeout::from(timeout_ms) });
            let ready = |number: Option<usize>| number.and_then(|n| fds.get(n)?.any()).unwrap_or(false);
            let (heard, interrupted, said) = (ready(heard), ready(Some(0)), ready(said));
            if said {
                stderr.hear();
            }
            if gone && !heard {
                // Whoever it has started may hold its end of the pipe.
                break;
            }
            if interrupted && interrupts.take() {
                // Asked, the kernel ends the cell with all that it has started, and reports it.
                asked.get_or_insert_with(Instant::now);
                let _ = kill(pid, Signal::SIGTERM);
            }
            if asked.is_some_and(|asked| asked.elapsed() > GRACE) {
                // It hangs, in code of the notebook's that runs as the library is loaded. What it leaves comes here.
                let _ = kill(pid, Signal::SIGKILL);
            }
            if heard && !self.hear(&stdout, &mut pending) {
                if self.broken.is_some() {
                    // Who is not listened to any more might wait for ever to be heard.
                    let _ = kill(pid, Signal::SIGKILL);
                }
                open = false;
            }
            // Its end is seen by the end of what it says; that it was stopped can only be asked.
            let asked = WaitPidFlag::WSTOPPED | WaitPidFlag::WCONTINUED | WaitPidFlag::WNOHANG;
            if let Ok(status) = waitid(Id::Pid(pid), asked) {
                halted.note(&status);
            }
            let silent = since.elapsed() > self.judge.limits.total + LATE;
            let wrong = match halted.for_too_long() {
                Some(signal) => stopped_by(signal),
                None if silent => "the kernel did not end at the time limit of the notebook".to_owned(),
                None => continue,
            };
            self.broken.get_or_insert(wrong);
            let _ = kill(pid, Signal::SIGKILL);
        }
        let status = kernel.wait();
        if asked.is_some() { End::Interrupted } else { End::Exited(status) }
    }

    /// Reads what there is; false at the end.
    fn hear(&mut self, stdout: &ChildStdout, pending: &mut Vec<u8>) -> bool {
        let mut buffer = vec![0; 64 << 10];
        match read(stdout, &mut buffer) {
            Ok(0) => return false,
            Ok(len) => pending.extend_from_slice(&buffer[..len]),
            Err(Errno::EINTR) => {}
            Err(_) => return false,
        }
        self.digest(pending)
    }

    /// Takes all messages that are there as a whole; false if one of them cannot be.
    fn digest(&mut self, pending: &mut Vec<u8>) -> bool {
        loop {
            let taken = match unpack_within(pending, self.longest, MESSAGE_BYTES) {
                Ok(None) => return true,
                Ok(Some((message, memory))) => self.check(&message).and_then(|()| self.take(message, memory)),
                Err(_) => Err("what is no report".to_owned()),
            };
            if let Err(wrong) = taken {
                self.broken = Some(format!("the kernel sent {wrong}: memory corruption by a job, or a bug in nbrun"));
                return false;
            }
        }
    }

    fn check(&mut self, message: &Message) -> Result<(), check::Wrong> {
        let judge = &self.judge;
        self.checker.check(message, judge.plan, self.cells.len(), |cell| judge.needs_no_kernel(cell))
    }

    fn take(&mut self, mut message: Message, memory: usize) -> Result<(), check::Wrong> {
        self.budget.take(&mut message, memory)?;
        match message {
            Message::Started(cell) => {
                self.catch_up(cell);
                (self.watch)(Progress::Started(cell));
            }
            Message::Ran(report) => self.reports.push(*report),
            Message::Left(left) => (self.watch)(Progress::Left(left)),
            Message::Done(cell, resources) => {
                let outcome = self.judge.cell(cell, std::mem::take(&mut self.reports), resources);
                self.push(outcome);
            }
            Message::Refused(cell, why) => {
                self.catch_up(cell);
                let outcome = self.judge.refused(cell, &why);
                self.push(outcome);
            }
            Message::Broken(why) => self.broken = Some(why),
        }
        Ok(())
    }

    /// Judges the cells before `cell` that the kernel has nothing to do for.
    fn catch_up(&mut self, cell: usize) {
        while self.cells.len() < cell {
            let outcome = self.judge.cell(self.cells.len(), Vec::new(), Vec::new());
            self.push(outcome);
        }
    }

    fn push(&mut self, mut outcome: CellOutcome) {
        if self.is_sandboxed {
            // A file that was to stand beside the notebook.
            for error in outcome.errors.iter_mut().filter(|error| error.message.contains("kind: NotFound")) {
                error.remarks.push(Remark::Note("in the sandbox, a job sees no file beside the notebook".to_owned()));
            }
        }
        (self.watch)(Progress::Finished(&outcome));
        self.cells.push(outcome);
    }

    fn trouble(&self, end: &End) -> Option<Diagnostic> {
        let status = match (end, &self.broken) {
            (_, Some(why)) => return Some(Diagnostic::new(why.clone())),
            (End::Interrupted, None) => return None,
            (End::Exited(Ok(status)), None) if status.success() => return None,
            (End::Exited(Ok(status)), None) => match sandbox::stopped(*status) {
                Some(signal) => return Some(Diagnostic::new(stopped_by(signal))),
                None => status.to_string(),
            },
            (End::Exited(Err(error)), None) => error.to_string(),
        };
        Some(Diagnostic::new(format!("the kernel ended before its work was done ({status})")))
    }

    /// Judges what is left: cells without work, or cells that were not reached.
    fn finish(mut self) -> Vec<CellOutcome> {
        let steps = &self.judge.plan.steps;
        let all_reached = (self.cells.len()..steps.len()).all(|cell| self.judge.needs_no_kernel(cell));
        for (cell, step) in steps.iter().enumerate().skip(self.cells.len()) {
            let reports = std::mem::take(&mut self.reports);
            let mut outcome = if all_reached || !reports.is_empty() {
                self.judge.cell(cell, reports, Vec::new())
            } else {
                CellOutcome {
                    cell,
                    status: Status::NotRun,
                    errors: Vec::new(),
                    notes: Vec::new(),
                    runs: Vec::new(),
                    explored: None,
                    resources: Vec::new(),
                }
            };
            if let Some((_, what)) = self.struck.take_if(|(struck, _)| *struck == cell) {
                let what = what.at(self.judge.fence(step));
                let what = what.note("what it had reported before is on the page; no later cell ran");
                outcome.errors.insert(0, self.judge.notebook.finding(&what));
                outcome.status = Status::Failed;
            }
            self.push(outcome);
        }
        self.cells
    }
}

#[cfg(test)]
mod tests;
