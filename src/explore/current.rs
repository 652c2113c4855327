//! Whose code runs, and what it can put: all of an exploration runs on one thread, whose variables say so.

use super::items::Items;
use std::cell::{Cell, RefCell};

thread_local! {
    static ITEMS: RefCell<Items> = RefCell::default();
    static WORKER: Cell<u32> = const { Cell::new(0) };
}

/// Says whose code will run next.
pub fn become_worker(worker: u32) {
    WORKER.set(worker);
}

/// Whose code runs.
pub fn worker() -> u32 {
    WORKER.get()
}

/// Does something with the items that were put so far.
pub fn with_items<R>(body: impl FnOnce(&mut Items) -> R) -> R {
    ITEMS.with_borrow_mut(body)
}

/// Begins without any item.
pub fn forget_items() {
    ITEMS.take();
}
