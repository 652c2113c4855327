//! An exploration with one of everything that can be said of it.

use crate::model::{Op, WaitCondition};
use crate::record::explored::{
    Access, CallResult, Coverage, Deed, Failure, InitialContent, Outcome, Play, Race, StateLabel, Step, Stuck, Witness,
};
use crate::record::{Content, Executor, Explored};

const AWAITS: [WaitCondition; 9] = [
    WaitCondition::Change,
    WaitCondition::Lock,
    WaitCondition::Event,
    WaitCondition::Permit,
    WaitCondition::Room,
    WaitCondition::Item,
    WaitCondition::ItemsDone,
    WaitCondition::Parties,
    WaitCondition::Notification,
];

/// One of each kind of deed.
fn deeds() -> Vec<Deed> {
    use CallResult::{Broken, Closed, Failed, NotInTime, OwnerDied, Waits, Well};
    let call = |came| Deed::Call("x".into(), came);
    let calls = [Well, Waits, NotInTime, Closed, OwnerDied, Broken, Failed].map(call);
    calls.into_iter().chain([Deed::Takes(0, 0), Deed::Takes(1, 2), Deed::Completes(3)]).collect()
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
    let deeds = deeds().into_iter().flat_map(|deed| {
        [
            StateLabel::Next(deed.clone(), 3),
            StateLabel::Next(deed.clone(), 0),
            StateLabel::Waits(deed.clone(), 3),
            StateLabel::Did(deed),
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
    deeds.chain(ends).chain(held().into_iter().map(StateLabel::Holds)).collect()
}

pub fn explored(coverage: Coverage, play: Option<Play>) -> Explored {
    let (deeds, held) = (deeds(), held());
    let step = |n: u32| Step {
        worker: n / 20 + 1,
        op: Op::ALL[n as usize % Op::ALL.len()],
        deed: deeds[n as usize % deeds.len()].clone(),
        resource: Some(7),
        before: held[n as usize % held.len()].clone(),
        after: held[(n as usize + 1) % held.len()].clone(),
        line: 3,
        printed: Vec::new(),
    };
    let witness = Witness { schedule: vec![1, 2], preemptions: 1, steps: (0..40).map(step).collect() };
    let good = Outcome {
        shown: Vec::new(),
        failed_asserts: Vec::new(),
        compared: Vec::new(),
        failures: Vec::new(),
        stuck: Vec::new(),
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
        line: 3,
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
    let access = |writes| Access { line: 3, writes, holding: Vec::new() };
    Explored {
        initial: held.iter().cloned().map(|holds| InitialContent { name: "x".into(), holds, not_done: 2 }).collect(),
        coverage,
        play,
        interleavings: 1e20,
        states: 9,
        outcomes,
        loops_cut: true,
        workers: ["main", "job-1", "job-2"].map(String::from).to_vec(),
        show: vec!["x".into()],
        races: vec![Race { name: "x".into(), first: access(true), second: access(false) }],
        followers: vec![Executor::Thread],
        took_ns: 5_000,
    }
}
