//! Starts threads: real ones, or those of an exploration, which are stacks that take turns.

use super::current::{Known, Thread};
use super::fibers;
use super::packet::Packet;
use super::scope::ScopeData;
use super::{Builder, Result, ThreadId};
use crate::io;
use crate::seam::{OK, StdCall, call, done, explores, host, std_operation, step, wait};
use ::std::any::Any;
use ::std::panic::Location;
use ::std::ptr;
use ::std::sync::Arc;
use ::std::sync::atomic::{AtomicBool, Ordering};
use ::std::thread as real;
use nbrun::seam::at;

/// A thread that has been started, as its handle keeps it.
pub(super) struct Started<T> {
    pub(super) thread: Thread,
    packet: Arc<Packet<T>>,
    /// `std`'s own handle; none in an exploration.
    real: Option<real::JoinHandle<()>>,
}

/// What `join` finds where nothing was left: the thread was ended from outside.
fn lost<T>() -> Result<T> {
    Err(Box::new("the thread left nothing") as Box<dyn Any + Send>)
}

/// Starts a thread.
///
/// # Safety
/// What `body` borrows must outlive the thread.
#[track_caller]
pub(super) unsafe fn start<F, T>(builder: Builder, scope: Option<Arc<ScopeData>>, body: F) -> io::Result<Started<T>>
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    // The starting thread comes first, as a program's main thread does.
    Known::current();
    let place = Location::caller();
    let name = builder.name.as_deref();
    let (bytes, len) = name.map_or((ptr::null(), 0), |name| (name.as_ptr(), name.len()));
    let worker = (host().thread_new)(bytes, len, at(place.file(), place.line()), place.column());
    let known = Known { id: ThreadId::new(), name: name.map(Arc::from), worker };
    let packet = Packet::new(scope.clone());
    let open = scope.map(|scope| Open { ended: scope.begin(worker), scope });
    let (left, me) = (packet.clone(), known.clone());
    let whole = move || {
        me.is_current();
        left.put(nbrun::entry::thread(worker, body));
        drop(left);
        drop(open);
    };
    let spawns = StdCall { other: worker, ..call(std_operation::SPAWN, 0) };
    if explores() {
        step(&spawns);
        fibers::begin(known.clone());
        // SAFETY: the caller's promise.
        unsafe { start_fiber(worker, whole) };
        return Ok(Started { thread: Thread { known, real: None }, packet, real: None });
    }
    if worker != 0 {
        done(&spawns, 0, OK, [0; 2]);
    }
    let mut real = real::Builder::new();
    real = match name {
        Some(name) => real.name(name.to_owned()),
        None => real,
    };
    real = match builder.stack_size {
        Some(size) => real.stack_size(size),
        None => real,
    };
    // SAFETY: the caller's promise. The packet, which may hold what the body borrows, is given up by the thread before it says that
    // it has ended.
    let handle = unsafe { real.spawn_unchecked(whole) }.inspect_err(|_| {
        if worker != 0 {
            (host().thread_end)(worker);
        }
    })?;
    Ok(Started { thread: Thread { known, real: Some(handle.thread().clone()) }, packet, real: Some(handle) })
}

/// Starts a thread of an exploration.
///
/// # Safety
/// What `body` borrows must outlive the thread.
unsafe fn start_fiber<'a>(worker: u32, body: impl FnOnce() + 'a) {
    extern "C" fn run(body: *mut u8) {
        // SAFETY: the host passes on what it was given below, once.
        let body = unsafe { Box::from_raw(body.cast::<Box<dyn FnOnce()>>()) };
        body();
        fibers::end((host().current)());
    }
    let body: Box<dyn FnOnce() + 'a> = Box::new(body);
    (host().thread_fiber)(worker, Box::into_raw(Box::new(body)).cast(), run);
}

impl<T> Started<T> {
    /// Waits until it has ended, and takes what it left.
    #[track_caller]
    pub(super) fn join(self, scope: Option<&ScopeData>) -> Result<T> {
        let worker = self.thread.known.worker;
        let call = StdCall { other: worker, ..call(std_operation::JOIN, 0) };
        match self.real {
            None => drop(step(&call)),
            Some(real) if worker == 0 => real.join()?,
            Some(real) => {
                let since = if real.is_finished() { 0 } else { wait(&call) };
                let joined = real.join();
                done(&call, since, OK, [0; 2]);
                joined?;
            }
        }
        if let Some(scope) = scope {
            scope.joined(worker);
        }
        self.packet.take().unwrap_or_else(lost)
    }

    /// Whether it has ended, but for what it has in variables of its own.
    #[track_caller]
    pub(super) fn is_finished(&self) -> bool {
        let worker = self.thread.known.worker;
        let call = StdCall { other: worker, ..call(std_operation::IS_FINISHED, 0) };
        match &self.real {
            None => step(&call).value != 0,
            Some(_) => {
                let is_finished = Arc::strong_count(&self.packet) == 1;
                if worker != 0 {
                    done(&call, 0, OK, [is_finished.into(), 0]);
                }
                is_finished
            }
        }
    }
}

/// That a thread of a scope may still borrow, until it is dropped: by the thread at its end, or because it could not be started.
struct Open {
    ended: Arc<Ended>,
    scope: Arc<ScopeData>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.scope.end(&self.ended);
    }
}

/// Whether a thread of a scope has ended.
pub(super) struct Ended(AtomicBool);

impl Ended {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicBool::new(false)))
    }

    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
