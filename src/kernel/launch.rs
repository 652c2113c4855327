//! nbrun's side of the kernel: start it, hand it the job, listen, judge, and end it when the user says so.

use super::census;
use super::check::{self, Checker};
use super::interrupt::Interrupts;
use super::judge::Judge;
use super::outcome::{CellOutcome, Status};
use super::protocol::{Job, Limits, Message, RunReport, packed, unpack};
use super::serve::{ARGUMENT, SEALED};
use crate::compile::Library;
use crate::diagnostic::Diagnostic;
use crate::executor::Halted;
use crate::notebook::Notebook;
use crate::plan::{Plan, StepKind};
use crate::sandbox::{self, Room, Sandbox};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::{Pid, getpid, read};
use std::fmt::Display;
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long the kernel may take to end a cell that the user interrupts.
const GRACE: Duration = Duration::from_secs(2);

/// How much longer than its time limit a notebook may take: to begin, and to end what it had started.
const LATE: Duration = Duration::from_secs(60);

/// How often to look after the kernel while it says nothing.
const LOOK_MS: u16 = 200;

/// The memory that a process in a sandbox may have for itself, if nobody grants it more: the kernel, too, needs some.
const MEMORY: u64 = 4 << 30;

/// What happens while a plan runs.
pub enum Progress<'a> {
    /// A cell begins: its index.
    Started(usize),
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
}

/// What a kernel is made of.
#[derive(Clone, Copy)]
pub struct Program<'a> {
    /// nbrun itself, which is called with [`ARGUMENT`].
    pub path: &'a Path,
    /// Where it runs, if the notebook is not trusted.
    pub sandbox: Option<&'a Sandbox>,
}

/// Runs a plan in a kernel. `library` may be missing only if there is nothing to run. Every cell is reported to `watch`,
/// also those that need no kernel.
///
/// # Errors
/// If the kernel cannot be started. That it ends before its time is no error but [`Report::trouble`].
pub fn run(
    program: Program<'_>,
    notebook: &Notebook,
    plan: &Plan,
    library: Option<&Library>,
    limits: Limits,
    interrupts: &Interrupts,
    watch: &mut dyn FnMut(Progress<'_>),
) -> Result<Report, Diagnostic> {
    let judge = Judge { notebook, plan, library, limits };
    let job = Job {
        plan: plan.clone(),
        library: library.map(|library| library.path.clone()),
        skip: library.map(|library| library.refused.keys().copied().collect()).unwrap_or_default(),
        limits,
    };
    let longest = check::longest(plan, &limits);
    let mut listener = Listener {
        judge,
        longest,
        checker: Checker::default(),
        cells: Vec::new(),
        reports: Vec::new(),
        broken: None,
        struck: None,
        watch,
    };
    let needs_kernel = |step: &crate::plan::Step| !matches!(step.work, StepKind::Jobs(_) | StepKind::ExpectedError(_));
    let mut interrupted = false;
    let mut trouble = None;
    if plan.steps.iter().any(needs_kernel) {
        // Whatever the kernel leaves behind, should it be killed, comes to this process, which sees to its end.
        let others = census::children(getpid());
        let _ = prctl::set_child_subreaper(true);
        let place = Place::new(program, library, &limits)?;
        let mut kernel = start(place.command(), &job)?;
        let end = listener.listen(&mut kernel, interrupts);
        census::end_everybody(&others);
        let _ = prctl::set_child_subreaper(false);
        interrupted = matches!(end, End::Interrupted);
        trouble = listener.trouble(&end);
        if let Some(cell) = listener.checker.begun() {
            listener.struck = trouble.take().map(|what| (cell, what));
        }
    }
    let cells = listener.finish();
    Ok(Report { cells, interrupted, trouble })
}

fn failed(error: &dyn Display) -> Diagnostic {
    Diagnostic::new(format!("the kernel cannot be started: {error}"))
}

/// Where a kernel runs.
struct Place<'a> {
    path: &'a Path,
    sandbox: Option<(&'a Sandbox, Room)>,
    /// A directory for temporary files, where the sandbox has none of its own.
    _scratch: Option<TempDir>,
}

impl<'a> Place<'a> {
    fn new(program: Program<'a>, library: Option<&Library>, limits: &Limits) -> Result<Self, Diagnostic> {
        let path = program.path;
        let Some(sandbox) = program.sandbox else { return Ok(Self { path, sandbox: None, _scratch: None }) };
        let scratch = sandbox.scratch().map_err(|error| failed(&error))?;
        let dirs = library.map(|library| [library.path.parent().map(Path::to_owned), Some(library.libdir.clone())]);
        let room = Room {
            read: dirs.into_iter().flatten().flatten().collect(),
            write: scratch.iter().map(|dir| dir.path().to_owned()).collect(),
            limits: sandbox::Limits {
                memory_bytes: Some(limits.memory_bytes.max(MEMORY)),
                ..sandbox::Limits::default()
            },
        };
        Ok(Self { path, sandbox: Some((sandbox, room)), _scratch: scratch })
    }

    fn command(&self) -> Command {
        let mut command = match &self.sandbox {
            None => Command::new(self.path),
            Some((sandbox, room)) => sandbox.command(self.path, room),
        };
        command.arg(ARGUMENT).args(self.sandbox.is_some().then_some(SEALED));
        command
    }
}

fn start(mut command: Command, job: &Job) -> Result<Child, Diagnostic> {
    let job = packed(job).map_err(|error| failed(&error))?;
    // A process group of its own: ^C at the terminal is for nbrun, which then ends the kernel in good order.
    let mut kernel = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| failed(&error))?;
    // A kernel that dies before it has read everything is noticed when it is listened to.
    if let Some(mut stdin) = kernel.stdin.take() {
        let _ = stdin.write_all(&job);
    }
    Ok(kernel)
}

fn stopped_by(signal: Signal) -> String {
    format!("the kernel was stopped by {signal}, and nobody continued it")
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
    checker: Checker,
    cells: Vec<CellOutcome>,
    /// The runs of the present cell so far.
    reports: Vec<RunReport>,
    broken: Option<String>,
    /// The cell that the kernel had begun when it met its end, and what is to be said of that.
    struck: Option<(usize, Diagnostic)>,
    watch: &'a mut dyn FnMut(Progress<'_>),
}

impl Listener<'_> {
    /// Listens to the kernel until it has ended.
    fn listen(&mut self, kernel: &mut Child, interrupts: &Interrupts) -> End {
        let Some(stdout) = kernel.stdout.take() else { return End::Exited(kernel.wait()) };
        let pid = Pid::from_raw(kernel.id() as i32);
        let mut pending = Vec::new();
        let mut asked: Option<Instant> = None;
        let mut halted = Halted::default();
        let since = Instant::now();
        loop {
            let mut fds =
                [PollFd::new(stdout.as_fd(), PollFlags::POLLIN), PollFd::new(interrupts.as_fd(), PollFlags::POLLIN)];
            let _ = poll(&mut fds, PollTimeout::from(LOOK_MS));
            let ready = |fd: &PollFd<'_>| fd.any().unwrap_or(false);
            let (heard, interrupted) = (ready(&fds[0]), ready(&fds[1]));
            if interrupted && interrupts.take() {
                // Asked, the kernel ends the cell with all that it has started, and reports it. That takes no time, so an
                // impatient user only helps where it hangs: ended itself, it leaves what its workers have started.
                let signal = match *asked.get_or_insert_with(Instant::now) {
                    first if first.elapsed() > GRACE => Signal::SIGKILL,
                    _ => Signal::SIGTERM,
                };
                let _ = kill(pid, signal);
            }
            if heard && !self.hear(&stdout, &mut pending) {
                if self.broken.is_some() {
                    // Who is not listened to any more might wait for ever to be heard.
                    let _ = kill(pid, Signal::SIGKILL);
                }
                break;
            }
            // Its end is seen by the end of what it says; that it was stopped can only be asked.
            let asked = WaitPidFlag::WSTOPPED | WaitPidFlag::WCONTINUED | WaitPidFlag::WNOHANG;
            if let Ok(status) = waitid(Id::Pid(pid), asked) {
                halted.note(&status);
            }
            let silent = since.elapsed() > self.judge.limits.total + LATE;
            self.broken = match halted.for_too_long() {
                Some(signal) => Some(stopped_by(signal)),
                None if silent => Some("the kernel did not end at the time limit of the notebook".to_owned()),
                None => continue,
            };
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
            let taken = match unpack(pending, self.longest) {
                Ok(None) => return true,
                Ok(Some(message)) => self.check(&message).map(|()| self.take(message)),
                Err(_) => Err("what is no report".to_owned()),
            };
            if let Err(wrong) = taken {
                self.broken = Some(format!("the kernel sent {wrong}: a job must have disturbed it"));
                return false;
            }
        }
    }

    fn check(&mut self, message: &Message) -> Result<(), check::Wrong> {
        let judge = &self.judge;
        self.checker.check(message, judge.plan, self.cells.len(), |cell| judge.needs_no_kernel(cell))
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Started(cell) => {
                self.catch_up(cell);
                (self.watch)(Progress::Started(cell));
            }
            Message::Ran(report) => self.reports.push(*report),
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
    }

    /// Judges the cells before `cell` that the kernel has nothing to do for.
    fn catch_up(&mut self, cell: usize) {
        while self.cells.len() < cell {
            let outcome = self.judge.cell(self.cells.len(), Vec::new(), Vec::new());
            self.push(outcome);
        }
    }

    fn push(&mut self, outcome: CellOutcome) {
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
                    runs: Vec::new(),
                    explored: None,
                    resources: Vec::new(),
                }
            };
            if let Some((_, what)) = self.struck.take_if(|(struck, _)| *struck == cell) {
                let what = what.at(self.judge.fence(step));
                outcome
                    .errors
                    .insert(0, what.note("what it had reported before is on the page, and no cell ran behind this"));
                outcome.status = Status::Failed;
            }
            self.push(outcome);
        }
        self.cells
    }
}

#[cfg(test)]
mod tests {
    use super::super::outcome::{
        Awaited, Deadlock, Event, Exit, Explored, Held, Op, OutputLine, ResourceState, RunOutcome, Shape, ShownValue,
        Stream, Wait, WorkerOutcome,
    };
    use super::super::protocol::{ExploreReport, FailedTask, NotExplored};
    use super::*;
    use crate::explore::report::{Access, Coverage, Failure, Outcome, Play, PlayState, Race, Step, Stuck, Witness};
    use crate::plan::Executor;
    use proptest::prelude::*;

    const NOTEBOOK: &str = "```rust job\nfn job(q: Queue<i64>) {}\n```\n\n```yaml queue\nq: {of: i64, maxsize: 3}\n```\n\n\
        ```yaml lock\nl: lock\n```\n\n```yaml spawn\nrepeat: 2\njobs: [job(q), job(q)]\nshow: q.len()\nassert: q.len() \
        == 0\n```\n\n```yaml pool\nworkers: 2\nmap: \"|x: i64| x\"\nover: 0..9\n```\n\n```yaml spawn\nexplore: all\njobs: \
        [job(q), job(q)]\nshow: q.len()\nassert: q.len() == 0\n```\n";

    fn state(id: u32) -> ResourceState {
        let shape = Shape::Queue { maxsize: Some(3) };
        ResourceState { id, name: "q".to_owned(), kind: "Queue<i64>".to_owned(), shape, state: "empty".to_owned() }
    }

    fn worker(exit: Exit) -> WorkerOutcome {
        let (executor, name) = (Executor::Process, "w".to_owned());
        let [spawn_ns, ready_ns, start_ns, end_ns, blocked_ns] = [1, 2, 3, 90, 5];
        WorkerOutcome {
            name,
            executor,
            start: None,
            pid: 1,
            tid: 1,
            spawn_ns,
            ready_ns,
            start_ns,
            end_ns,
            blocked_ns,
            exit,
            tasks: 2,
        }
    }

    fn outcome() -> RunOutcome {
        let ops = [Op::Put, Op::Get, Op::Acquire, Op::Release, Op::Load, Op::Wait, Op::Notify, Op::FetchAdd, Op::Task];
        let event = |(n, op): (u32, Op)| Event {
            worker: n % 3,
            at_ns: n.into(),
            duration_ns: 1,
            op,
            resource: Some(n % 2),
            a: n.into(),
            b: 1,
            line: 2,
        };
        let held = || Held { resource: 1, name: "l".to_owned(), line: 2 };
        let wait = |worker, what| Wait {
            worker,
            resource: 0,
            name: "q".to_owned(),
            what,
            line: 2,
            since_ns: 3,
            holders: vec![2],
            holds: vec![held()],
        };
        let signaled = Exit::Signaled { signal: 9, name: "SIGKILL".to_owned(), stack_overflow: false };
        let panicked = Exit::Panicked { message: "oh".to_owned(), line: Some(2), column: Some(4) };
        RunOutcome {
            wall_ns: 100,
            workers: vec![worker(Exit::Code(0)), worker(signaled), worker(panicked)],
            output: vec![OutputLine { worker: 1, stream: Stream::Stdout, at_ns: 4, text: "line".to_owned() }],
            results: vec![ShownValue { label: None, expression: "0".to_owned(), text: "7".to_owned() }],
            trace: (0..).zip(ops).map(event).collect(),
            deadlock: Some(Deadlock {
                at_ns: 80,
                waits: vec![wait(1, Awaited::Lock), wait(2, Awaited::Parties { come: 1, of: 3 })],
                cycle: vec![1, 2],
                lost: vec![(1, held())],
            }),
            ..RunOutcome::default()
        }
    }

    fn ran(repetition: u32) -> Message {
        Message::Ran(Box::new(RunReport {
            outcome: RunOutcome { repetition, ..outcome() },
            failed_tasks: vec![FailedTask { index: 3, why: "no".to_owned(), place: Some((2, 3)) }],
            failed_tasks_in_all: 2,
            failed_asserts: if repetition == 1 { vec![0] } else { Vec::new() },
            problems: vec!["a problem".to_owned()],
            timed_out: Some((Duration::from_secs(1), vec!["it waited".to_owned()])),
            too_many: Some(64),
            ..RunReport::default()
        }))
    }

    fn explored() -> Explored {
        let access = || Access { line: 2, writes: true, holding: vec!["l".to_owned()] };
        let steps = vec![Step {
            worker: 1,
            op: Op::Put,
            call: "q.put(1)".to_owned(),
            resource: Some(0),
            before: String::new(),
            after: String::new(),
            line: 2,
            printed: Vec::new(),
        }];
        let stuck = Stuck {
            worker: 1,
            waits_for: "q".to_owned(),
            holder: Some(2),
            holds: vec!["l".to_owned()],
            loops: false,
            line: 2,
        };
        let state = |next| PlayState { next, does: vec![0, 1], did: vec![1, 0], holds: vec![0], outcome: Some(0) };
        Explored {
            workers: ["main", "a", "b"].map(str::to_owned).to_vec(),
            show: vec!["q.len()".to_owned()],
            coverage: Coverage::All,
            interleavings: 2.0,
            states: 4,
            outcomes: vec![Outcome {
                shown: vec!["0".to_owned()],
                failed_asserts: vec![0],
                failures: vec![Failure { worker: 2, task: None, code: 1, panic: None, line: Some(2), column: Some(1) }],
                stuck: vec![stuck],
                count: 2.0,
                witness: Witness { schedule: vec![1, 2], preemptions: 1, steps },
            }],
            races: vec![Race { name: "v".to_owned(), first: access(), second: access() }],
            loops_cut: false,
            play: Some(Play {
                whole: true,
                texts: vec!["x".to_owned(), "y".to_owned()],
                things: vec!["q".to_owned()],
                states: vec![state(vec![Some(1), None]), state(vec![None, None])],
            }),
            took_ns: 5,
        }
    }

    fn explore(explored: Option<Explored>, not_explored: Option<NotExplored>) -> Message {
        let explored = Some(ExploreReport { explored, not_explored, limit: Duration::from_secs(1) });
        Message::Ran(Box::new(RunReport { explored, ..RunReport::default() }))
    }

    /// What a kernel says of the whole notebook, every kind of thing in it.
    fn said() -> Vec<Message> {
        let declared =
            [Message::Started(1), Message::Done(1, vec![state(0)]), Message::Started(2), Message::Done(2, vec![])];
        let spawned = [Message::Started(3), ran(0), ran(1), Message::Done(3, vec![state(0), state(1)])];
        let pooled = [Message::Started(4), ran(0), Message::Done(4, Vec::new())];
        let blocked = NotExplored::Blocked { worker: 1, line: 2 };
        let explored = [Message::Started(5), explore(Some(explored()), Some(blocked)), Message::Done(5, Vec::new())];
        declared.into_iter().chain(spawned).chain(pooled).chain(explored).collect()
    }

    fn body(message: &Message) -> Vec<u8> {
        postcard::to_stdvec(message).expect("bytes")
    }

    fn sent(bodies: &[Vec<u8>]) -> Vec<u8> {
        bodies.iter().flat_map(|body| [&(body.len() as u64).to_le_bytes(), body.as_slice()].concat()).collect()
    }

    struct World {
        notebook: Notebook,
        plan: Plan,
    }

    impl World {
        fn new() -> Self {
            let notebook = crate::notebook::parse("a.md", NOTEBOOK.to_owned()).expect("a notebook");
            let plan = crate::plan::plan(&notebook).expect("a plan");
            Self { notebook, plan }
        }

        /// Listens to all that, and judges it; what is wrong with it, if anything is.
        fn hear(&self, mut said: Vec<u8>) -> Option<String> {
            let limits = Limits::default();
            let judge = Judge { notebook: &self.notebook, plan: &self.plan, library: None, limits };
            let mut listener = Listener {
                judge,
                longest: check::longest(&self.plan, &limits),
                checker: Checker::default(),
                cells: Vec::new(),
                reports: Vec::new(),
                broken: None,
                struck: None,
                watch: &mut |_| (),
            };
            let heard = listener.digest(&mut said);
            // What the kernel itself says is wrong is said by it, and it is heard on.
            let broken = listener.broken.clone().filter(|_| !heard);
            assert!(heard || broken.is_some());
            assert_eq!(listener.finish().len(), self.plan.steps.len());
            broken
        }
    }

    /// A number as it is sent.
    fn varint(number: u64) -> Vec<u8> {
        postcard::to_stdvec(&number).expect("bytes")
    }

    #[test]
    fn whatever_number_in_a_message_is_another_one_it_is_told_or_makes_some_sense() {
        let world = World::new();
        let bodies: Vec<Vec<u8>> = said().iter().map(body).collect();
        assert_eq!(world.hear(sent(&bodies)), None);
        let hostile = [0, 1, 7, 127, 1 << 20, u32::MAX.into(), u64::MAX];
        let (mut told, mut passed) = (0, 0);
        for (n, body) in bodies.iter().enumerate() {
            for (at, number) in (0..body.len()).flat_map(|at| hostile.map(|number| (at, number))) {
                let mut body = body.clone();
                body.splice(at..at + 1, varint(number));
                let mut bodies = bodies.clone();
                bodies[n] = body;
                match world.hear(sent(&bodies)) {
                    Some(wrong) => {
                        assert!(wrong.starts_with("the kernel sent "), "{wrong}");
                        told += 1;
                    }
                    None => passed += 1,
                }
            }
        }
        assert!(told > 1000 && passed > 1000, "{told} told, {passed} passed");
    }

    #[test]
    fn what_comes_out_of_turn_or_points_nowhere_is_told() {
        let world = World::new();
        let bad_run = |change: &dyn Fn(&mut RunOutcome)| {
            let mut outcome = outcome();
            change(&mut outcome);
            Message::Ran(Box::new(RunReport { outcome, ..RunReport::default() }))
        };
        // Behind the start of the first cell that runs.
        let cases: [(Message, &str); 9] = [
            (Message::Started(4), "the start of cell 4 out of its turn"),
            (Message::Done(4, Vec::new()), "the end of cell 4 out of its turn"),
            (Message::Done(usize::MAX, Vec::new()), "the end of cell 18446744073709551615 out of its turn"),
            (Message::Done(3, vec![state(2)]), "resource 2 where there are only 2"),
            (bad_run(&|run| run.output[0].worker = 3), "worker 3 where there are only 3"),
            (bad_run(&|run| run.trace[0].resource = Some(u32::MAX)), "resource 4294967295 where there are only 2"),
            (bad_run(&|run| run.repetition = 2), "repetition 2 where there are only 2"),
            (
                bad_run(&|run| run.deadlock.iter_mut().for_each(|it| it.cycle = vec![9])),
                "worker 9 where there are only 3",
            ),
            (bad_run(&|run| run.workers = vec![worker(Exit::Lost); 4]), "4 workers where there may be 3"),
        ];
        let before = || said().into_iter().take(5);
        for (message, wrong) in cases {
            let told = world.hear(sent(&before().chain([message]).map(|it| body(&it)).collect::<Vec<_>>()));
            assert_eq!(told, Some(format!("the kernel sent {wrong}: a job must have disturbed it")));
        }
        let thrice = before().chain([ran(0), ran(1), ran(1)]).map(|it| body(&it)).collect::<Vec<_>>();
        assert!(world.hear(sent(&thrice)).is_some_and(|told| told.contains("a run that no cell asks for")));
        for first in [Message::Started(usize::MAX), Message::Started(6), Message::Started(2), ran(0)] {
            assert!(world.hear(sent(&[body(&first)])).is_some(), "{first:?}");
        }
    }

    proptest! {
        #[test]
        fn garbage_is_told_or_waited_for(garbage in prop::collection::vec(any::<u8>(), 0..200), whole in any::<bool>()) {
            let world = World::new();
            let said = if whole { sent(&[garbage]) } else { garbage };
            prop_assert!(world.hear(said).is_none_or(|wrong| wrong.starts_with("the kernel sent ")));
        }
    }
}
