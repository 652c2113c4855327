//! What a kernel says is looked at before it is believed.

use super::super::protocol::{Activity, ExploreReport, FailedTask, NotExplored};
use super::*;
use crate::model::{
    Action, CallResult, Event, Executor, Operation, Position, ResourceKind, Spot, StepCall, SyncError, TaskOutcome,
    WaitCondition,
};
use crate::record::explored::{Access, Coverage, Failure, InitialContent, Outcome, Race, Step, Stuck, Witness};
use crate::record::{
    Content, Deadlock, ExitStatus, Explored, Held, OutputLine, Play, PlayState, Resource, RunOutcome, ShownValue,
    StateLabel, Stream, Wait, WorkerOutcome,
};
use crate::shared::primitive::Snapshot;
use proptest::prelude::*;

const NOTEBOOK: &str = "```rust job\nfn job(q: Queue<i64>) {}\n```\n\n```yaml queue\nq: {of: i64, maxsize: 3}\n```\n\n\
    ```yaml lock\nl: lock\n```\n\n```yaml spawn\nrepeat: 2\njobs: [job(q), job(q)]\nshow: q.len()\nassert: q.len() \
    == 0\n```\n\n```yaml pool\nworkers: 2\nmap: \"|x: i64| x\"\nover: 0..9\n```\n\n```yaml spawn\nexplore: all\njobs: \
    [job(q), job(q)]\nshow: q.len()\nassert: q.len() == 0\n```\n";

fn state(id: u32) -> Resource {
    let kind = ResourceKind::Queue { maxsize: Some(3) };
    Resource { id, name: "q".to_owned(), kind, item: Some("i64".to_owned()), content: Content::Queue(0, false) }
}

fn worker(exit: ExitStatus) -> WorkerOutcome {
    let [spawn_ns, ready_ns, start_ns, end_ns, blocked_ns] = [1, 2, 3, 90, 5];
    let worker = WorkerOutcome::made_up("w", Executor::Process);
    WorkerOutcome { spawn_ns, ready_ns, start_ns, end_ns, blocked_ns, exit, tasks: 2, ..worker }
}

fn spot() -> Option<Spot> {
    Position::new(0, 2).map(|position| Spot { position, column: 3 })
}

fn outcome() -> RunOutcome {
    let actions = [
        Action::Put { item: 0, len: 1 },
        Action::Get { item: 1, len: 1 },
        Action::Acquire,
        Action::Release,
        Action::Load { index: 4, bits: 1 },
        Action::Meet { place: 5 },
        Action::Notify { count: 6 },
        Action::Update { before: 7, after: 1 },
        Action::Task { index: 8, outcome: TaskOutcome::Failed },
        Action::GiveUp { reason: SyncError::Closed },
    ];
    let event = |(n, action): (u32, Action)| Event {
        worker: n % 3,
        at_ns: n.into(),
        duration_ns: 1,
        action,
        resource: Some(n % 2),
        position: Position::new(0, 2),
        ordering: None,
    };
    let held = || Held { resource: 1, name: "l".to_owned(), position: Position::new(0, 2), is_shared: false };
    let wait = |worker, what| Wait {
        worker,
        resource: 0,
        name: "q".to_owned(),
        what,
        parties: None,
        position: Position::new(0, 2),
        since_ns: 3,
        holders: vec![2],
        holds: vec![held()],
    };
    let signaled = ExitStatus::Signaled { signal: 9, name: "SIGKILL".to_owned(), stack_overflow: false };
    let panicked = ExitStatus::Panicked { message: "oh".to_owned(), spot: spot() };
    RunOutcome {
        executor: Some(Executor::Process),
        wall_ns: 100,
        workers: vec![worker(ExitStatus::Code(0)), worker(signaled), worker(panicked)],
        output: vec![OutputLine { worker: 1, stream: Stream::Stdout, at_ns: 4, text: "line".to_owned() }],
        results: vec![ShownValue { label: None, expression: "0".to_owned(), text: "7".to_owned() }],
        trace: (0..).zip(actions).map(event).collect(),
        deadlock: Some(Deadlock {
            at_ns: 80,
            waits: vec![
                wait(1, WaitCondition::Lock),
                Wait { parties: Some((1, 3)), ..wait(2, WaitCondition::Parties) },
            ],
            cycle: vec![1, 2],
            lost: vec![(1, held())],
        }),
        ..RunOutcome::default()
    }
}

fn ran(repetition: u32) -> Message {
    Message::Ran(Box::new(RunReport {
        outcome: RunOutcome { repetition, ..outcome() },
        failed_tasks: vec![FailedTask { index: 3, why: "no".to_owned(), place: spot() }],
        failed_tasks_in_all: 2,
        failed_asserts: if repetition == 1 { vec![(0, None)] } else { Vec::new() },
        problems: vec!["a problem".to_owned()],
        timed_out: Some((
            Duration::from_secs(1),
            vec![Activity { sentence: "it waited".to_owned(), position: None, may_go_on: true }],
        )),
        too_many: Some(64),
        ..RunReport::default()
    }))
}

fn explored() -> Explored {
    let access = || Access { position: Position::new(0, 2), writes: true, holding: vec!["l".to_owned()] };
    let steps = vec![Step {
        worker: 1,
        call: StepCall {
            operation: Operation::Put { limit: -1 },
            name: "q".to_owned(),
            kind: Some(ResourceKind::Queue { maxsize: None }),
            item: Some("1".to_owned()),
            result: CallResult::Waits,
        },
        resource: Some(0),
        before: Content::Nothing,
        after: Content::Nothing,
        position: Position::new(0, 2),
        printed: Vec::new(),
    }];
    let stuck = Stuck {
        worker: 1,
        awaits: WaitCondition::Room,
        name: "q".to_owned(),
        holder: Some(2),
        holds: vec!["l".to_owned()],
        position: Position::new(0, 2),
    };
    let state = |next| PlayState { next, does: vec![0, 1], did: vec![1, 0], holds: vec![0], outcome: Some(0) };
    Explored {
        workers: ["main", "a", "b"].map(str::to_owned).to_vec(),
        show: vec!["q.len()".to_owned()],
        initial: vec![InitialContent { name: "v".to_owned(), holds: Content::Event(true), not_done: 1 }],
        coverage: Coverage::All,
        interleavings: 2.0,
        states: 4,
        outcomes: vec![Outcome {
            shown: vec!["0".to_owned()],
            failed_asserts: vec![0],
            compared: vec![None],
            failures: vec![Failure { worker: 2, code: 1, spot: spot(), ..Failure::default() }],
            stuck: vec![stuck],
            cut: Vec::new(),
            count: 2.0,
            witness: Witness { schedule: vec![1, 2], preemptions: 1, steps },
        }],
        races: vec![Race { name: "v".to_owned(), first: access(), second: access() }],
        loops_cut: false,
        follows_std: false,
        unseen: None,
        play: Some(Play {
            whole: true,
            texts: vec![StateLabel::Ended(0), StateLabel::NotStarted],
            objects: vec!["q".to_owned()],
            states: vec![state(vec![Some(1), None]), state(vec![None, None])],
        }),
        followers: Vec::new(),
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
            budget: ReportBudget::default(),
            checker: Checker::default(),
            cells: Vec::new(),
            reports: Vec::new(),
            broken: None,
            struck: None,
            is_sandboxed: false,
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
fn any_wrong_number_in_a_message_is_reported_or_makes_sense() {
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
    let cases: [(Message, &str); 14] = [
        (Message::Started(4), "the start of cell 4 out of its turn"),
        (Message::Left(vec![(9, Snapshot::Free)]), "resource 9 where there are only 2"),
        (Message::Done(4, Vec::new()), "the end of cell 4 out of its turn"),
        (Message::Done(usize::MAX, Vec::new()), "the end of cell 18446744073709551615 out of its turn"),
        (Message::Done(3, Vec::new()), "the end of cell 3 after 0 of 2 runs"),
        (bad_run(&|run| run.workers.clear()), "a run without workers"),
        (bad_run(&|run| run.executor = Some(Executor::Normal)), "a run of another kind than the cell asks for"),
        (explore(None, None), "a run in place of an exploration, or the other way round"),
        (Message::Done(3, vec![state(2)]), "resource 2 where there are only 2"),
        (bad_run(&|run| run.output[0].worker = 3), "worker 3 where there are only 3"),
        (bad_run(&|run| run.trace[0].resource = Some(u32::MAX)), "resource 4294967295 where there are only 2"),
        (bad_run(&|run| run.repetition = 2), "repetition 2 where there are only 2"),
        (bad_run(&|run| run.deadlock.iter_mut().for_each(|it| it.cycle = vec![9])), "worker 9 where there are only 3"),
        (bad_run(&|run| run.workers = vec![worker(ExitStatus::Lost); 4]), "4 workers where there may be 3"),
    ];
    let before = || said().into_iter().take(5);
    for (message, wrong) in cases {
        let told = world.hear(sent(&before().chain([message]).map(|it| body(&it)).collect::<Vec<_>>()));
        assert_eq!(told, Some(format!("the kernel sent {wrong}: memory corruption by a job, or a bug in nbrun")));
    }
    let cut =
        |interrupted| Message::Ran(Box::new(RunReport { outcome: outcome(), interrupted, ..RunReport::default() }));
    let once = |interrupted| before().chain([cut(interrupted), Message::Done(3, Vec::new())]).map(|it| body(&it));
    assert_eq!(world.hear(sent(&once(true).collect::<Vec<_>>())), None, "the user had ended it");
    let told = world.hear(sent(&once(false).collect::<Vec<_>>()));
    assert!(told.is_some_and(|told| told.contains("the end of cell 3 after 1 of 2 runs")));
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
