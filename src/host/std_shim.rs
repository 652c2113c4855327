//! The C functions that the mirror of `std` in a notebook's library calls, each written once for every [`Host`].

use super::lent::{borrowed, passed};
use super::{FiberBody, Host, StdCall, StdDeed, StdObject};
use crate::abi::{self, Status};

pub(super) extern "C" fn current<H: Host>() -> u32 {
    H::current().map_or(0, |host| host.std_current())
}

pub(super) extern "C" fn now<H: Host>() -> u64 {
    H::current().map_or(0, |host| host.now())
}

pub(super) extern "C" fn std_object<H: Host>(object: *const abi::StdObject) -> u32 {
    let object = passed(object).and_then(StdObject::read);
    H::current().zip(object).map_or(0, |(host, object)| host.std_object(&object))
}

pub(super) extern "C" fn std_next_item<H: Host>(object: u32) -> u64 {
    H::current().map_or(0, |host| host.std_next_item(object))
}

pub(super) extern "C" fn std_gone<H: Host>(object: u32) {
    if let Some(host) = H::current() {
        host.std_gone(object);
    }
}

pub(super) extern "C" fn std_wait<H: Host>(call: *const abi::StdCall) -> u64 {
    let call = passed(call).and_then(StdCall::read);
    H::current().zip(call).map_or(0, |(host, call)| host.std_wait(&call))
}

pub(super) extern "C" fn std_done<H: Host>(
    call: *const abi::StdCall,
    since: u64,
    status: Status,
    first: u64,
    second: u64,
) {
    if let Some((host, call)) = H::current().zip(passed(call).and_then(StdCall::read)) {
        host.std_done(&call, since, status, [first, second]);
    }
}

pub(super) extern "C" fn std_did<H: Host>(operation: u32, object: u32, value: u64, position: u32) {
    if let (Some(host), Some(did)) = (H::current(), StdDeed::read(operation, value)) {
        host.std_did(did, object, position);
    }
}

pub(super) extern "C" fn std_bits<H: Host>(first: u64, second: u64) {
    if let Some(host) = H::current() {
        host.std_bits([first, second]);
    }
}

pub(super) extern "C" fn std_step<H: Host>(call: *const abi::StdCall) -> abi::StdAnswer {
    let call = passed(call).and_then(StdCall::read);
    let answer = H::current().zip(call).map(|(host, call)| host.std_step(&call));
    answer.map_or(abi::StdAnswer { status: abi::CANCELLED, value: 0 }, |answer| abi::StdAnswer {
        status: answer.status,
        value: answer.value,
    })
}

pub(super) extern "C" fn thread_new<H: Host>(name: *const u8, len: usize, position: u32, column: u32) -> u32 {
    let name = if name.is_null() { None } else { Some(String::from_utf8_lossy(borrowed(name, len))) };
    H::current().map_or(0, |host| host.thread_new(name.as_deref(), (position, column)))
}

pub(super) extern "C" fn thread_begin<H: Host>(worker: u32) {
    if let Some(host) = H::current() {
        host.thread_begin(worker);
    }
}

pub(super) extern "C" fn thread_end<H: Host>(worker: u32) {
    if let Some(host) = H::current() {
        host.thread_end(worker);
    }
}

pub(super) extern "C" fn thread_fiber<H: Host>(worker: u32, body: *mut u8, run: extern "C" fn(body: *mut u8)) {
    if let Some(host) = H::current() {
        host.thread_fiber(worker, FiberBody::new(body, run));
    }
}
