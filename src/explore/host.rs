//! The table of functions through which the library reaches the scheduler instead of the world.
//!
//! What concerns others, or time, gives way to the scheduler; the rest is noted aside.

use super::fiber::{Panic, ask, is_fiber, note};
use super::pool::{self, large_result, outbox_full, places, task_ended, task_failed};
use super::things::Items;
use crate::abi::{self, Host, Sink, Status, Tasks, WorkerInfo};
use crate::executor::call::{Answer, Call, What};
use crate::executor::explained;
use crate::executor::host::{borrowed, table};
use crate::model::Op;
use crate::plan;
use crate::shared::goal::Goal;
use crate::shared::resource::Resource;
use crate::shared::sides::Sides;
use std::cell::{Cell, RefCell};

/// The table.
pub static HOST: Host = table!();

/// What the functions must know: a C function gets no closure.
pub struct Setting {
    /// The workers' names, main's first.
    pub workers: Vec<String>,
    /// The resources, by id.
    pub resources: Vec<Shape>,
}

/// What the functions must know of a resource.
pub struct Shape {
    /// Its name.
    pub name: String,
    /// How many numbers it has.
    pub len: u64,
    /// The size of each, in bytes.
    pub size: usize,
    /// Whether it is a queue.
    pub is_queue: bool,
    /// What who takes it waits for.
    pub acquire: Goal,
    /// What who waits for it waits for.
    pub wait: Goal,
}

impl Shape {
    /// That of a resource that is declared so.
    pub fn of((declared, resource): (&plan::Resource, &Option<Resource>)) -> Self {
        let (len, size) = match resource {
            Some(Resource::Numbers(numbers)) => (numbers.len(), numbers.of().size()),
            _ => (0, 1),
        };
        let is_queue = matches!(resource, Some(Resource::Queue(_)));
        let (acquire, wait) = (Goal::of(Op::Acquire, *resource), Goal::of(Op::Wait, *resource));
        Self { name: declared.name.clone(), len, size, is_queue, acquire, wait }
    }
}

thread_local! {
    static SETTING: RefCell<Setting> = const { RefCell::new(Setting { workers: Vec::new(), resources: Vec::new() }) };
    static ITEMS: RefCell<Items> = RefCell::default();
    static WORKER: Cell<u32> = const { Cell::new(0) };
    /// What was asked by whoever has its answer last.
    static ASKED: Cell<Option<What>> = const { Cell::new(None) };
}

/// Prepares this thread for an exploration.
pub fn set(setting: Setting) {
    SETTING.set(setting);
    ITEMS.take();
}

/// Says whose code will run next.
pub fn become_worker(worker: u32) {
    WORKER.set(worker);
}

/// Whose code runs.
pub fn current_worker() -> u32 {
    WORKER.get()
}

/// Does something with the items that were put so far.
pub fn with_items<R>(body: impl FnOnce(&mut Items) -> R) -> R {
    ITEMS.with_borrow_mut(body)
}

/// What the prelude passes as an address and a length, as text.
pub(super) fn text(bytes: *const u8, len: usize) -> String {
    String::from_utf8_lossy(borrowed(bytes, len)).into_owned()
}

/// Asks the scheduler. Who is no fiber is told to end.
pub(super) fn asks(what: What, resource: u32, line: u32) -> Answer {
    let answer = ask(Call { what, resource, line }).unwrap_or(Answer::status(abi::CANCELLED));
    ASKED.set(Some(what));
    answer
}

extern "C" fn print(_stream: u32, bytes: *const u8, len: usize, _line: u32) {
    note(|aside| aside.print(&text(bytes, len)));
}

extern "C" fn sleep(time_ns: i64, line: u32) -> Status {
    let time = if time_ns < 0 { i64::MAX } else { time_ns };
    asks(What::Sleep { time }, 0, line).status
}

extern "C" fn worker(info: *mut WorkerInfo) {
    let number = WORKER.get();
    let pid = std::process::id();
    SETTING.with_borrow(|setting| {
        let name = setting.workers.get(number as usize).map_or("?", String::as_str);
        // SAFETY: the prelude passes a valid place for the answer. The name stays until the next exploration.
        unsafe { *info = WorkerInfo { name: name.as_ptr(), name_len: name.len(), number, pid, tid: pid } };
    });
}

extern "C" fn panicked(bytes: *const u8, len: usize, file: *const u8, file_len: usize, line: u32, column: u32) {
    let panic = Panic::at(text(bytes, len), &text(file, file_len), line, column);
    note(|aside| aside.failure = Some(panic));
}

extern "C" fn failed(bytes: *const u8, len: usize) {
    note(|aside| aside.error = Some(text(bytes, len)));
}

extern "C" fn exited(_code: i32) {}

extern "C" fn cancelled() {}

extern "C" fn show(bytes: *const u8, len: usize) {
    note(|aside| aside.shown = Some(text(bytes, len)));
}

extern "C" fn compared(left: *const u8, left_len: usize, right: *const u8, right_len: usize) {
    note(|aside| aside.compared = Some(Sides::new(borrowed(left, left_len), borrowed(right, right_len))));
}

extern "C" fn explain(resource: u32, status: Status, sink: Sink, target: *mut u8) {
    let text = SETTING.with_borrow(|setting| {
        let resource = setting.resources.get(resource as usize);
        let is_queue = resource.is_some_and(|shape| shape.is_queue);
        let goal = resource.zip(ASKED.get()).map_or(Goal::Time, |(shape, what)| match what {
            What::Put { .. } => Goal::Room,
            What::Get { .. } => Goal::Item,
            What::Acquire { .. } => shape.acquire,
            _ => shape.wait,
        });
        explained(resource.map_or("?", |shape| &shape.name), status, is_queue, goal)
    });
    sink(target, text.as_ptr(), text.len());
}

extern "C" fn load(resource: u32, index: u64, line: u32) -> u64 {
    // Line 0 marks a read that is part of a larger step.
    let what = if line == 0 { What::Peek { index } } else { What::Load { index } };
    asks(what, resource, line).value
}

extern "C" fn store(resource: u32, index: u64, bits: u64, line: u32) {
    asks(What::Store { index, bits }, resource, line);
}

extern "C" fn swap_if(resource: u32, old: u64, new: u64, line: u32) -> u64 {
    if is_fiber() { asks(What::SwapIf { old, new }, resource, line).value } else { old }
}

/// The element size and address of element `index` in memory of the library's.
fn element(resource: u32, base: *mut u8, index: u64) -> (usize, *mut u8) {
    let size = SETTING.with_borrow(|setting| setting.resources.get(resource as usize).map_or(1, |shape| shape.size));
    (size, base.wrapping_add(index as usize * size))
}

extern "C" fn read(resource: u32, start: u64, count: u64, out: *mut u8, line: u32) {
    for n in 0..count {
        let bits = asks(What::Load { index: start + n }, resource, line).value.to_le_bytes();
        let (size, place) = element(resource, out, n);
        // SAFETY: the prelude passes a place for `count` elements of the resource's type.
        unsafe { place.copy_from_nonoverlapping(bits.as_ptr(), size) };
    }
}

extern "C" fn write(resource: u32, start: u64, count: u64, from: *const u8, line: u32) {
    for n in 0..count {
        let (size, place) = element(resource, from.cast_mut(), n);
        let mut bits = [0; 8];
        // SAFETY: the prelude passes `count` elements of the resource's type.
        unsafe { bits.as_mut_ptr().copy_from_nonoverlapping(place, size) };
        asks(What::Store { index: start + n, bits: u64::from_le_bytes(bits) }, resource, line);
    }
}

extern "C" fn len(resource: u32) -> u64 {
    SETTING.with_borrow(|setting| setting.resources.get(resource as usize).map_or(0, |shape| shape.len))
}

extern "C" fn acquire(resource: u32, timeout_ns: i64, line: u32) -> Status {
    asks(What::Acquire { limit: timeout_ns }, resource, line).status
}

extern "C" fn release(resource: u32, line: u32) -> Status {
    // While its worker is unwound no other may run on this thread: what a panic leaves behind is the thread's, and would
    // be taken for theirs. The scheduler goes on with the same worker.
    asks(What::Release, resource, line).status
}

extern "C" fn wait(resource: u32, timeout_ns: i64, line: u32, index: *mut u64) -> Status {
    let answer = asks(What::Wait { limit: timeout_ns }, resource, line);
    // SAFETY: the prelude passes a valid place for the answer.
    unsafe { *index = answer.value };
    answer.status
}

extern "C" fn notify(resource: u32, count: u64, line: u32) -> Status {
    asks(What::Notify { count }, resource, line).status
}

extern "C" fn clear(resource: u32, line: u32) {
    asks(What::Clear, resource, line);
}

extern "C" fn is_set(resource: u32, line: u32) -> bool {
    asks(What::IsSet, resource, line).value != 0
}

extern "C" fn put(resource: u32, item: *const u8, len: usize, timeout_ns: i64, line: u32) -> Status {
    let item = with_items(|items| items.number(borrowed(item, len)));
    asks(What::Put { item, limit: timeout_ns }, resource, line).status
}

extern "C" fn get(resource: u32, timeout_ns: i64, line: u32, sink: Sink, target: *mut u8) -> Status {
    let answer = asks(What::Get { limit: timeout_ns }, resource, line);
    if answer.status == abi::OK {
        with_items(|items| {
            let item = items.bytes(answer.value);
            sink(target, item.as_ptr(), item.len());
        });
    }
    answer.status
}

extern "C" fn queue_len(resource: u32) -> u64 {
    asks(What::Len, resource, 0).value
}

extern "C" fn close(resource: u32, line: u32) {
    asks(What::Close, resource, line);
}

extern "C" fn item_done(resource: u32, line: u32) -> Status {
    asks(What::ItemDone, resource, line).status
}

extern "C" fn queue_join(resource: u32, timeout_ns: i64, line: u32) -> Status {
    asks(What::Join { limit: timeout_ns }, resource, line).status
}

extern "C" fn run_pool(tasks: *const Tasks) {
    // SAFETY: the prelude passes its tasks, which live during the call.
    pool::run(unsafe { &*tasks });
}
