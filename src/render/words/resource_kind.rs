//! The kinds of what is shared.

use super::texts;
use crate::model::{LockKind, ResourceKind, StdKind};

texts! { self:
    /// The kind of a resource, as a heading has it.
    kind_of(kind: ResourceKind) -> &'static str {
        match kind {
            ResourceKind::Queue { .. } => "Queue",
            ResourceKind::Value(_) => "Value",
            ResourceKind::Array { .. } => "Array",
            ResourceKind::Lock(LockKind::Lock | LockKind::RLock) => "Lock",
            ResourceKind::Lock(LockKind::RwLock) => "Read-write lock",
            ResourceKind::Lock(LockKind::Semaphore(_) | LockKind::BoundedSemaphore(_)) => "Semaphore",
            ResourceKind::Lock(LockKind::Event) => "Event",
            ResourceKind::Lock(LockKind::Condition) => "Condition",
            ResourceKind::Lock(LockKind::Barrier(_)) | ResourceKind::Std(StdKind::Barrier(_)) => "Barrier",
            ResourceKind::Std(StdKind::Mutex) => "Mutex",
            ResourceKind::Std(StdKind::RwLock) => "RwLock",
            ResourceKind::Std(StdKind::Condvar) => "Condvar",
            ResourceKind::Std(StdKind::Channel { .. }) => "Channel",
            ResourceKind::Std(StdKind::Atomic(_) | StdKind::AtomicBool | StdKind::AtomicPtr) => "Atomic",
            ResourceKind::Std(StdKind::Once) => "Once",
        },
        match kind {
            ResourceKind::Queue { .. } => "队列",
            ResourceKind::Value(_) => "共享值",
            ResourceKind::Array { .. } => "数组",
            ResourceKind::Lock(LockKind::Lock | LockKind::RLock) => "锁",
            ResourceKind::Lock(LockKind::RwLock) => "读写锁",
            ResourceKind::Lock(LockKind::Semaphore(_) | LockKind::BoundedSemaphore(_)) => "信号量",
            ResourceKind::Lock(LockKind::Event) => "事件",
            ResourceKind::Lock(LockKind::Condition) => "条件",
            ResourceKind::Lock(LockKind::Barrier(_)) | ResourceKind::Std(StdKind::Barrier(_)) => "屏障",
            ResourceKind::Std(StdKind::Mutex) => "互斥锁",
            ResourceKind::Std(StdKind::RwLock) => "读写锁",
            ResourceKind::Std(StdKind::Condvar) => "条件变量",
            ResourceKind::Std(StdKind::Channel { .. }) => "通道",
            ResourceKind::Std(StdKind::Atomic(_) | StdKind::AtomicBool | StdKind::AtomicPtr) => "原子变量",
            ResourceKind::Std(StdKind::Once) => "一次性初始化",
        },
    }
    /// The lock that a value or an array has, before its name.
    lock_of -> &'static str { "Lock of", "自带的锁：" }
}
