//! The host of explorations: what concerns others, or time, gives way to the scheduler; the rest is noted aside.

use super::current::{self, with_items};
use super::fiber::{self, Panic, asks, note};
use super::registry;
use super::{MAX_WORKERS, pool_host};
use crate::abi::{self, Status};
use crate::executor::explained;
use crate::host::{
    Answer, Call, Failure, FiberBody, Host, Identity, Operation, Payload, PoolTasks, Report, StdCall, StdObject,
    bits_of, table,
};
use crate::model::{ResourceKind, ScalarType, WaitCondition};
use crate::shared::bytes::Bytes;
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
    pub resources: Vec<(String, ResourceKind)>,
    /// Whether what is printed is a step.
    pub prints: bool,
}

thread_local! {
    static SETTING: RefCell<Setting> =
        const { RefCell::new(Setting { workers: Vec::new(), resources: Vec::new(), prints: false }) };
}

/// Prepares this thread for an exploration.
pub fn set(setting: Setting) {
    SETTING.set(setting);
    current::forget_items();
}

/// The names of the first workers, main's before all.
pub fn worker_names(count: usize) -> Vec<String> {
    SETTING.with_borrow(|setting| setting.workers.iter().take(count).cloned().collect())
}

/// What a resource is.
fn kind(resource: u32) -> Option<ResourceKind> {
    SETTING.with_borrow(|setting| setting.resources.get(resource as usize).map(|(_, kind)| *kind))
}

/// The size of each number of a resource, in bytes.
fn size(resource: u32) -> usize {
    kind(resource).and_then(ResourceKind::number_type).map_or(1, ScalarType::size)
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
        let size = size(resource);
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
        let size = size(resource);
        for (index, number) in (start..).zip(from.chunks_exact(size)) {
            asks(Call::new(Operation::Store { index, bits: bits_of(number) }, resource, line));
        }
    }

    fn len(&self, resource: u32) -> u64 {
        kind(resource).map_or(0, ResourceKind::numbers)
    }

    fn report(&self, report: Report<'_>) {
        match report {
            Report::Printed { is_error: false, text, line } if SETTING.with_borrow(|setting| setting.prints) => {
                let item = with_items(|items| items.number(text));
                asks(Call { item, ..Call::new(Operation::Print, 0, line) });
            }
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
        let name =
            SETTING.with_borrow(|setting| setting.resources.get(resource as usize).map(|(name, _)| name.clone()));
        let kind = kind(resource);
        let condition = kind.zip(fiber::asked()).and_then(|(kind, operation)| operation.waits_for(kind.has_permits()));
        let is_queue = matches!(kind, Some(ResourceKind::Queue { .. }));
        explained(name.as_deref().unwrap_or("?"), status, is_queue, condition.unwrap_or(WaitCondition::Time))
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

    const EXPLORES: bool = true;

    fn std_current(&self) -> u32 {
        registry::use_std();
        current::worker()
    }

    fn now(&self) -> u64 {
        registry::use_std();
        registry::now()
    }

    fn std_object(&self, object: &StdObject) -> u32 {
        registry::object(object)
    }

    fn std_gone(&self, object: u32) {
        registry::gone(object);
    }

    fn std_bits(&self, numbers: [u64; 2]) {
        registry::set_bits(numbers);
    }

    fn std_step(&self, call: &StdCall) -> Answer {
        // What only orders memory changes nothing where all is seen at once, and who is to go on is up to the scheduler anyway.
        if matches!(call.call.operation, Operation::Fence | Operation::Yield) {
            registry::use_std();
            return Answer::status(abi::OK);
        }
        registry::asks(call);
        asks(call.call)
    }

    fn thread_new(&self, name: Option<&str>, place: (u32, u32)) -> u32 {
        registry::thread(current::worker(), name, place, MAX_WORKERS)
    }

    fn thread_fiber(&self, worker: u32, body: FiberBody) {
        registry::begins(worker, body);
    }
}
