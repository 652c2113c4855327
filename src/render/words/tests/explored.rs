//! An exploration with one of everything that can be said of it.

use crate::model::{CallResult, StepCall};
use crate::model::{Operation, ResourceKind, StdKind, WaitCondition};
use crate::record::explored::{Access, Coverage, Failure, InitialContent, Outcome, Race, Step, Stuck, Witness};
use crate::record::{Content, Executor, Explored, Play, StateLabel};

const AWAITS: [WaitCondition; 11] = [
    WaitCondition::Change,
    WaitCondition::Lock,
    WaitCondition::Read,
    WaitCondition::Write,
    WaitCondition::Event,
    WaitCondition::Permit,
    WaitCondition::Room,
    WaitCondition::Item,
    WaitCondition::ItemsDone,
    WaitCondition::Parties,
    WaitCondition::Notification,
];

fn line() -> Option<crate::model::Position> {
    crate::model::Position::new(0, 3)
}

/// A call that came to this.
fn call(operation: Operation, result: CallResult) -> StepCall {
    StepCall { operation, name: "x".into(), kind: None, item: Some("1".into()), result }
}

/// One of each operation, and one of each result.
fn calls() -> Vec<StepCall> {
    use CallResult::{
        Broken, Closed, Count, Done, Failed, Flag, Item, NotInTime, Number, OwnerDied, Spurious, Tasks, Waits,
    };
    let done = [
        Operation::Store { index: 0, bits: 1 },
        Operation::SwapIf { old: 1, new: 2 },
        Operation::Release { unwinding: false },
        Operation::Set,
        Operation::Clear,
        Operation::WaitEvent { limit: 0 },
        Operation::Notify { count: 1 },
        Operation::WaitNotified { limit: -1 },
        Operation::Meet { limit: 1 },
        Operation::Put { limit: 1 },
        Operation::Close,
        Operation::ItemDone,
        Operation::JoinQueue { limit: -1 },
        Operation::Sleep { time: 1 },
        Operation::Complete { task: 3 },
        Operation::Pool { tasks: 3 },
        Operation::End { code: 0 },
    ];
    let yields = [
        (Operation::Load { index: 0 }, Number(1)),
        (Operation::Peek { index: 0 }, Number(1)),
        (Operation::IsSet, Flag(true)),
        (Operation::Len, Count(1)),
        (Operation::Get { limit: -1 }, Item),
        (Operation::Claim, Tasks(0, 0)),
        (Operation::Claim, Tasks(1, 2)),
    ];
    let taken = [Done, Waits, Spurious, NotInTime, Closed, OwnerDied, Broken, Failed];
    let acquire = taken.map(|result| (Operation::Acquire { limit: -1, guarded: true }, result));
    let all = done.map(|operation| (operation, Done)).into_iter().chain(yields).chain(acquire);
    let of_std = [
        (Operation::HangUp { receiver: true }, StdKind::Channel { bound: None }),
        (Operation::HangUp { receiver: false }, StdKind::Channel { bound: None }),
        (Operation::EndOnce { poisoned: false }, StdKind::Once),
        (Operation::Load { index: 0 }, StdKind::Once),
        (Operation::Release { unwinding: false }, StdKind::Mutex),
    ];
    let of_std =
        of_std.map(|(operation, kind)| StepCall { kind: Some(ResourceKind::Std(kind)), ..call(operation, Done) });
    all.map(|(operation, result)| call(operation, result)).chain(of_std).collect()
}

/// One of each that something shared can hold.
fn held() -> Vec<Content> {
    let owner = || Some("job".to_owned());
    vec![
        Content::Nothing,
        Content::Numbers("1".into(), None),
        Content::Numbers("1".into(), owner()),
        Content::Many("1".into(), 300),
        Content::Lock(owner(), 2),
        Content::Lock(None, 0),
        Content::RwLock(owner(), 0),
        Content::RwLock(None, 0),
        Content::RwLock(None, 1),
        Content::RwLock(None, 2),
        Content::Permits(1),
        Content::Event(true),
        Content::Event(false),
        Content::Barrier(1, 2),
        Content::Broken,
        Content::Queue(1, true),
        Content::Queue(2, false),
        Content::Tasks(1, 3),
    ]
}

/// All that a player can say.
pub fn texts() -> Vec<StateLabel> {
    let calls = calls().into_iter().flat_map(|call| {
        [
            StateLabel::Next(call.clone(), line()),
            StateLabel::Next(call.clone(), None),
            StateLabel::Waits(call.clone(), line()),
            StateLabel::Did(call),
        ]
    });
    let ends = [
        StateLabel::Nothing,
        StateLabel::NotStarted,
        StateLabel::NoTaskLeft,
        StateLabel::Ended(0),
        StateLabel::Ended(3),
        StateLabel::Panicked("late".into()),
    ];
    calls.chain(ends).chain(held().into_iter().map(StateLabel::Holds)).collect()
}

pub fn explored(coverage: Coverage, play: Option<Play>) -> Explored {
    let (calls, held) = (calls(), held());
    let step = |n: u32| Step {
        worker: n / 20 + 1,
        call: calls[n as usize % calls.len()].clone(),
        resource: Some(7),
        before: held[n as usize % held.len()].clone(),
        after: held[(n as usize + 1) % held.len()].clone(),
        position: line(),
        printed: Vec::new(),
    };
    let witness = Witness { schedule: vec![1, 2], preemptions: 1, steps: (0..40).map(step).collect() };
    let good = Outcome {
        shown: Vec::new(),
        failed_asserts: Vec::new(),
        compared: Vec::new(),
        failures: Vec::new(),
        stuck: Vec::new(),
        cut: Vec::new(),
        count: 3.0,
        witness,
    };
    let failure = |panic| Failure { worker: 1, code: 3, panic, ..Failure::default() };
    let stuck = |awaits: &WaitCondition| Stuck {
        worker: 1,
        awaits: *awaits,
        name: "x".into(),
        holder: Some(2),
        holds: vec!["x".into()],
        position: line(),
    };
    let mut outcomes = vec![
        good.clone(),
        Outcome { failed_asserts: vec![1], ..good.clone() },
        Outcome {
            failures: vec![
                failure(None),
                failure(Some("late".into())),
                Failure { task: Some(3), ..failure(None) },
                Failure { error: Some("x".into()), ..failure(None) },
            ],
            ..good.clone()
        },
        Outcome { stuck: AWAITS.iter().map(stuck).collect(), ..good.clone() },
        Outcome { stuck: AWAITS[1..].iter().map(stuck).collect(), count: 1e20, ..good.clone() },
    ];
    outcomes.extend((0..20).map(|n| Outcome { shown: vec![n.to_string()], ..good.clone() }));
    let access = |writes| Access { position: line(), writes, holding: Vec::new() };
    Explored {
        initial: held.iter().cloned().map(|holds| InitialContent { name: "x".into(), holds, not_done: 2 }).collect(),
        coverage,
        play,
        interleavings: 1e20,
        states: 9,
        outcomes,
        loops_cut: true,
        follows_std: false,
        unseen: Some(crate::model::Unseen { word: "unsafe".into(), position: line() }),
        workers: ["main", "job-1", "job-2"].map(String::from).to_vec(),
        show: vec!["x".into()],
        races: vec![Race { name: "x".into(), first: access(true), second: access(false) }],
        followers: vec![Executor::Thread],
        took_ns: 5_000,
    }
}
