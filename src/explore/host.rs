//! The host of explorations: what concerns others, or time, gives way to the scheduler; the rest is noted aside.

use super::current::{self, with_items};
use super::fiber::{self, Panic, asks, note};
use super::pool_host;
use crate::abi::{self, Status};
use crate::executor::explained;
use crate::host::{Answer, Call, Failure, Host, Identity, Operation, Payload, PoolTasks, Report, bits_of, table};
use crate::model::WaitCondition;
use crate::plan;
use crate::shared::bytes::Bytes;
use crate::shared::resource::Resource;
use std::cell::RefCell;
use std::mem::MaybeUninit;

/// The host of explorations. All of them run on one thread, whose variables say what there is to know.
pub struct ExploreHost;

/// The table that a library is connected with to be explored.
pub static HOST: abi::Host = table::<ExploreHost>();

/// What the host must know.
pub struct Setting {
    /// The workers' names, main's first.
    pub workers: Vec<String>,
    /// The resources, by id.
    pub resources: Vec<Shape>,
}

/// What the host must know of a resource.
pub struct Shape {
    /// Its name.
    pub name: String,
    /// How many numbers it has.
    pub len: u64,
    /// The size of each, in bytes.
    pub size: usize,
    /// Whether it is a queue.
    pub is_queue: bool,
    /// Whether it is a semaphore.
    pub of_permits: bool,
}

impl Shape {
    /// That of a resource that is declared so.
    pub fn of((declared, resource): (&plan::Resource, &Option<Resource>)) -> Self {
        let (len, size) = match resource {
            Some(Resource::Numbers(numbers)) => (numbers.len(), numbers.of().size()),
            _ => (0, 1),
        };
        let is_queue = matches!(resource, Some(Resource::Queue(_)));
        let of_permits = matches!(resource, Some(Resource::Semaphore(_)));
        Self { name: declared.name.clone(), len, size, is_queue, of_permits }
    }
}

thread_local! {
    static SETTING: RefCell<Setting> = const { RefCell::new(Setting { workers: Vec::new(), resources: Vec::new() }) };
}

/// Prepares this thread for an exploration.
pub fn set(setting: Setting) {
    SETTING.set(setting);
    current::forget_items();
}

/// Looks something up about a resource.
fn shape<R>(resource: u32, look: impl FnOnce(Option<&Shape>) -> R) -> R {
    SETTING.with_borrow(|setting| look(setting.resources.get(resource as usize)))
}

impl From<Failure<'_>> for Panic {
    fn from(Failure { text, place }: Failure<'_>) -> Self {
        Self { message: text.into_owned(), place }
    }
}

impl Host for ExploreHost {
    fn current() -> Option<Self> {
        Some(Self)
    }

    fn perform(&self, call: &Call, mut payload: Payload<'_>) -> Answer {
        let item = match call.operation {
            Operation::Put { .. } => with_items(|items| items.number(payload.item())),
            _ => 0,
        };
        let answer = asks(Call { item, ..*call });
        if matches!(call.operation, Operation::Get { .. }) && answer.status == abi::OK {
            with_items(|items| payload.accept(items.bytes(answer.value)));
        }
        answer
    }

    fn formats(line: u32) -> u32 {
        fiber::formats(line)
    }

    fn read(&self, resource: u32, start: u64, line: Option<u32>, out: &mut [MaybeUninit<u8>]) {
        let size = shape(resource, |shape| shape.map_or(1, |shape| shape.size));
        for (index, number) in (start..).zip(out.chunks_exact_mut(size)) {
            let bits = asks(Call::new(Operation::Load { index }, resource, line.unwrap_or_else(fiber::formats_at)))
                .value
                .to_le_bytes();
            for (place, byte) in number.iter_mut().zip(bits) {
                place.write(byte);
            }
        }
    }

    fn write(&self, resource: u32, start: u64, line: u32, from: &[u8]) {
        let size = shape(resource, |shape| shape.map_or(1, |shape| shape.size));
        for (index, number) in (start..).zip(from.chunks_exact(size)) {
            asks(Call::new(Operation::Store { index, bits: bits_of(number) }, resource, line));
        }
    }

    fn len(&self, resource: u32) -> u64 {
        shape(resource, |shape| shape.map_or(0, |shape| shape.len))
    }

    fn report(&self, report: Report<'_>) {
        match report {
            Report::Printed { text, .. } => note(|effects| effects.print(&String::from_utf8_lossy(text))),
            Report::Panicked(failure) => note(|effects| effects.failure = Some(failure.into())),
            Report::Failed(text) => note(|effects| effects.error = Some(text.into_owned())),
            Report::Shown(text) => note(|effects| effects.shown = Some(text.into_owned())),
            Report::Compared(sides) => note(|effects| effects.compared = Some(sides)),
            // One that failed is complete already.
            Report::TaskEnded { failed: true, .. } => {}
            Report::TaskEnded { index, failed: false } => pool_host::task_ended(index),
            Report::TaskFailed(task, failure) => pool_host::task_failed(task, failure.into()),
            // The entry point's own code says so.
            Report::Exited(_) | Report::Cancelled => {}
        }
    }

    fn identity(&self) -> Identity {
        let (number, pid) = (current::worker(), std::process::id());
        let name = SETTING.with_borrow(|setting| setting.workers.get(number as usize).cloned());
        Identity { name: name.unwrap_or_else(|| "?".to_owned()), number, pid, tid: pid }
    }

    fn explain(&self, resource: u32, status: Status) -> String {
        shape(resource, |shape| {
            let condition =
                shape.zip(fiber::asked()).and_then(|(shape, operation)| operation.waits_for(shape.of_permits));
            let condition = condition.unwrap_or(WaitCondition::Time);
            let (name, is_queue) = shape.map_or(("?", false), |shape| (&shape.name, shape.is_queue));
            explained(name, status, is_queue, condition)
        })
    }

    fn run_pool(&self, tasks: PoolTasks) {
        pool_host::run(&tasks);
    }

    fn outbox_full(&self, _wait: bool) -> Status {
        pool_host::outbox_full()
    }

    fn large_result(&self, records: &[u8]) -> Status {
        pool_host::large_result(records)
    }

    /// All results are sent: those in shared places could not be told apart by who has put them there, and when.
    fn places(&self, _tasks: u64, _size: u64) -> Option<Bytes> {
        None
    }
}
