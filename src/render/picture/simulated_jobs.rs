//! Jobs by chance, for executions that are made up: what is shared, and which calls they make.

use crate::model::{LockKind, ResourceKind, ScalarType};
use crate::record::Resource;
use crate::render::fixture::resource;

/// Numbers by chance, the same for the same seed.
pub struct Chance(pub u64);

impl Chance {
    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end.max(1)
    }

    /// How long a moment is: mostly short, and sometimes a worker loses its core in it.
    pub fn moment(&mut self) -> u64 {
        match self.below(20) {
            0 => self.below(3_000_000),
            _ => self.below(600),
        }
    }
}

/// What is shared: by these ids.
pub const RACED: u32 = 0;
pub const ADDED: u32 = 1;
pub const GUARDED: u32 = 2;
pub const ARRAY: u32 = 3;
pub const QUEUE: u32 = 4;
pub const LOCK: u32 = 5;
pub const CONDITION: u32 = 6;
pub const PERMITS: u32 = 7;
pub const SIGNAL: u32 = 8;
pub const EVENT: u32 = 9;
pub const BARRIER: u32 = 10;
pub const ALL: usize = 11;

/// How many items fit into the queue, and how many permits there are.
pub const ROOM: u64 = 3;
pub const MAX_QUEUE_SIZE: u64 = 2;

/// How many meet at the barrier.
pub const PARTIES: u64 = 2;

/// The shared things, with their kinds.
pub fn resources() -> Vec<Resource> {
    let number = ResourceKind::Value(ScalarType::I64);
    let kinds: [(&str, ResourceKind); ALL] = [
        ("raced", number),
        ("added", number),
        ("guarded", number),
        ("array", ResourceKind::Array { of: ScalarType::I64, len: 3 }),
        ("queue", ResourceKind::Queue { maxsize: Some(ROOM) }),
        ("lock", ResourceKind::Lock(LockKind::Lock)),
        ("condition", ResourceKind::Lock(LockKind::Condition)),
        ("permits", ResourceKind::Lock(LockKind::Semaphore(MAX_QUEUE_SIZE as u32))),
        ("signal", ResourceKind::Lock(LockKind::Semaphore(0))),
        ("event", ResourceKind::Lock(LockKind::Event)),
        ("barrier", ResourceKind::Lock(LockKind::Barrier(PARTIES as u32))),
    ];
    let make =
        |(id, (name, kind)): (usize, (&str, ResourceKind))| Resource { kind, ..resource(id as u32, name, "", "") };
    kinds.into_iter().enumerate().map(make).collect()
}

/// One call of a job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Call {
    Load(u32, u64),
    /// Writes one more than was read last.
    Store(u32, u64),
    Add(u32),
    Acquire(u32),
    Release(u32),
    Wait,
    Notify,
    Put,
    Get,
    Set,
    Await,
    Meet,
    Sleep,
}

/// What a job does, one thing after another.
pub fn job(chance: &mut Chance) -> Vec<Call> {
    let mut calls = Vec::new();
    for _ in 0..chance.below(12) + 1 {
        let element = chance.below(3);
        let more: &[Call] = match chance.below(14) {
            0..3 => &[Call::Load(RACED, 0), Call::Store(RACED, 0)],
            3 => &[Call::Add(ADDED), Call::Add(ADDED)],
            4 => &[Call::Acquire(LOCK), Call::Load(GUARDED, 0), Call::Store(GUARDED, 0), Call::Release(LOCK)],
            5 => &[Call::Load(ARRAY, element), Call::Store(ARRAY, element)],
            6 => &[Call::Put, Call::Put],
            7 => &[Call::Get],
            8 => &[Call::Acquire(PERMITS), Call::Sleep, Call::Release(PERMITS)],
            9 => match chance.below(3) {
                0 => &[Call::Acquire(CONDITION), Call::Wait, Call::Release(CONDITION)],
                _ => &[Call::Acquire(CONDITION), Call::Notify, Call::Release(CONDITION)],
            },
            10 => match chance.below(2) {
                0 => &[Call::Acquire(SIGNAL)],
                _ => &[Call::Release(SIGNAL)],
            },
            11 => match chance.below(3) {
                0 => &[Call::Await],
                _ => &[Call::Set],
            },
            12 => &[Call::Meet],
            _ => &[Call::Sleep, Call::Load(RACED, 0)],
        };
        calls.extend_from_slice(more);
    }
    calls
}
