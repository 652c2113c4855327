//! A call as the steps of an interleaving tell it: what was asked for, of what, and what came of it.

use super::{Operation, ResourceKind, StdKind};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A call of a worker.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StepCall {
    /// What was asked for.
    pub operation: Operation,
    /// The name of the resource; empty where the call concerns time alone.
    pub name: String,
    /// What the resource is, if it is declared.
    pub kind: Option<ResourceKind>,
    /// The item that was put or taken, as far as its bytes are known to be a number.
    pub item: Option<String>,
    /// What came of it.
    pub result: CallResult,
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CallResult {
    /// It is to come, or it was done and gave nothing.
    Done,
    /// It gave a number with these bits.
    Number(u64),
    /// It read a number with these bits, and wrote one with those.
    Updated(u64, u64),
    /// It said whether something is so.
    Flag(bool),
    /// It said how many there are.
    Count(u64),
    /// It gave the item.
    Item,
    /// It took these tasks of a pool, the first and the last.
    Tasks(u64, u64),
    /// It is not over: the worker began to wait.
    Waits,
    /// It ended without a reason.
    Spurious,
    /// Its time was over.
    NotInTime,
    /// What it was about is closed.
    Closed,
    /// Whoever held the lock has ended.
    OwnerDied,
    /// The barrier is broken.
    Broken,
    /// Another error.
    Failed,
}

impl CallResult {
    /// Whether the call was not granted.
    pub fn is_failure(self) -> bool {
        match self {
            Self::Done | Self::Number(_) | Self::Updated(..) | Self::Flag(_) => false,
            Self::Count(_) | Self::Item | Self::Tasks(..) => false,
            Self::Waits | Self::Spurious => false,
            Self::NotInTime | Self::Closed | Self::OwnerDied | Self::Broken | Self::Failed => true,
        }
    }
}

impl StepCall {
    /// The call as its author would write it, with what it gave: `v.get() → 0`. What else came of it is said behind it.
    pub fn text(&self) -> String {
        let name = &self.name;
        let number = |bits| self.kind.and_then(ResourceKind::number_type).map_or_else(String::new, |of| of.text(bits));
        let is_array = matches!(self.kind, Some(ResourceKind::Array { .. }));
        let element = |index: u64| if is_array { index.to_string() } else { String::new() };
        let is_std = matches!(self.kind, Some(ResourceKind::Std(_)));
        let item = self.item.as_deref().unwrap_or("…");
        let call = match self.operation {
            Operation::Peek { .. } if self.result == CallResult::Done => format!("{name}.fetch_add(…)"),
            Operation::Load { .. } if is_std => match self.kind {
                Some(ResourceKind::Std(StdKind::Mutex | StdKind::RwLock)) => format!("{name}.is_poisoned()"),
                Some(ResourceKind::Std(StdKind::Once)) => format!("{name} is asked whether it is initialized"),
                _ => format!("{name}.load(…)"),
            },
            Operation::Store { .. }
                if matches!(self.kind, Some(ResourceKind::Std(StdKind::Mutex | StdKind::RwLock))) =>
            {
                format!("{name}.clear_poison()")
            }
            Operation::Store { bits, .. } if is_std => format!("{name}.store({}, …)", number(bits)),
            Operation::Release { .. } if is_std => format!("drop(guard of {name})"),
            Operation::Put { limit: 0 } if is_std => format!("{name}.try_send(…)"),
            Operation::Put { .. } if is_std => format!("{name}.send(…)"),
            Operation::Get { limit } if is_std => format!("{name}.{}", within("recv", limit, "")),
            Operation::Load { index } | Operation::Peek { index } => format!("{name}.get({})", element(index)),
            Operation::Store { index, bits } if is_array => format!("{name}.set({index}, {})", number(bits)),
            Operation::Store { bits, .. } => format!("{name}.set({})", number(bits)),
            Operation::SwapIf { old, new } => format!("{name}.fetch_add(…): {} → {}", number(old), number(new)),
            Operation::Acquire { limit, guarded: true } => format!("{name}.{}", within("lock", limit, "")),
            Operation::Acquire { limit, guarded: false } => format!("{name}.{}", within("acquire", limit, "")),
            Operation::Read { limit } => format!("{name}.{}", within("read", limit, "")),
            Operation::Write { limit } => format!("{name}.{}", within("write", limit, "")),
            Operation::Release { .. } => format!("{name}.release()"),
            Operation::Set => format!("{name}.set()"),
            Operation::Clear => format!("{name}.clear()"),
            Operation::IsSet => format!("{name}.is_set()"),
            Operation::WaitEvent { limit: 0 } | Operation::WaitNotified { limit: 0 } | Operation::Meet { limit: 0 } => {
                format!("{name}.wait_timeout(0)")
            }
            Operation::WaitEvent { limit } | Operation::WaitNotified { limit } | Operation::Meet { limit } => {
                format!("{name}.{}", within("wait", limit, ""))
            }
            Operation::Notify { count: 1 } => format!("{name}.notify_one()"),
            Operation::Notify { .. } => format!("{name}.notify_all()"),
            Operation::Put { limit } => format!("{name}.{}", within("put", limit, item)),
            Operation::Get { limit } => format!("{name}.{}", within("get", limit, "")),
            Operation::Len => format!("{name}.len()"),
            Operation::Close => format!("{name}.close()"),
            Operation::ItemDone => format!("{name}.task_done()"),
            Operation::JoinQueue { .. } => format!("{name}.join()"),
            Operation::Sleep { time } => format!("sleep({})", seconds(time)),
            Operation::Update => format!("{name}.fetch_update(…)"),
            Operation::Fence => "fence(…)".to_owned(),
            Operation::HangUp { receiver: true } => format!("drops the receiver of {name}"),
            Operation::HangUp { receiver: false } => format!("drops the last sender of {name}"),
            Operation::Spawn { .. } => "thread::spawn(…)".to_owned(),
            Operation::Join { .. } => format!("{name}.join()"),
            Operation::IsFinished { .. } => format!("{name}.is_finished()"),
            Operation::Park { .. } => "thread::park()".to_owned(),
            Operation::Unpark { .. } => format!("{name}.unpark()"),
            Operation::Yield => "thread::yield_now()".to_owned(),
            Operation::BeginOnce => format!("{name}.call_once(…)"),
            Operation::EndOnce { .. } => format!("{name} is initialized"),
            Operation::Print => match item.strip_suffix('\n') {
                Some(line) => format!("println!({line:?})"),
                None => format!("print!({item:?})"),
            },
            Operation::Claim | Operation::Complete { .. } | Operation::Pool { .. } | Operation::End { .. } => {
                String::new()
            }
        };
        match self.result {
            CallResult::Number(bits) => format!("{call} → {}", number(bits)),
            CallResult::Updated(read, written) => format!("{call}: {} → {}", number(read), number(written)),
            CallResult::Flag(is_so) => format!("{call} → {is_so}"),
            CallResult::Count(many) => format!("{call} → {many}"),
            CallResult::Item => format!("{call} → {item}"),
            _ => call,
        }
    }
}

/// A call of this name that may wait so long, as an author would write it.
fn within(call: &str, limit: i64, item: &str) -> String {
    match limit {
        ..0 => format!("{call}({item})"),
        0 => format!("try_{call}({item})"),
        _ if item.is_empty() => format!("{call}_timeout({})", seconds(limit)),
        _ => format!("{call}_timeout({item}, {})", seconds(limit)),
    }
}

/// So many nanoseconds in seconds, as an author would write them.
fn seconds(ns: i64) -> String {
    (ns.unsigned_abs() as f64 / 1e9).to_string()
}

impl fmt::Display for CallResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done | Self::Number(_) | Self::Updated(..) | Self::Flag(_) => "",
            Self::Count(_) | Self::Item | Self::Tasks(..) => "",
            Self::Waits => " … starts to wait",
            Self::Spurious => " → wakes up without a reason",
            Self::NotInTime => " → timed out",
            Self::Closed => " → closed",
            Self::OwnerDied => " → its owner has ended",
            Self::Broken => " → broken",
            Self::Failed => " → an error",
        })
    }
}

impl fmt::Display for StepCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.operation, self.result) {
            (_, CallResult::Tasks(first, last)) if first == last => write!(f, "takes task {first}"),
            (_, CallResult::Tasks(first, last)) => write!(f, "takes tasks {first} to {last}"),
            (Operation::Complete { task }, _) => write!(f, "completes task {task}"),
            (_, result) => write!(f, "{}{result}", self.text()),
        }
    }
}
