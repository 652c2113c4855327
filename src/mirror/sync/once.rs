//! `Once`.

use super::OnceState;
use crate::seam::{Identity, OK, StdCall, call, done, explores, in_drop, std_kind, std_operation, step, wait};
use ::std::fmt;
use ::std::sync as real;

/// `std::sync::Once`.
pub struct Once {
    identity: Identity,
    inner: real::Once,
}

/// How coming to what is initialized once is told to nbrun: `Once`, `OnceLock` and `LazyLock` alike.
pub(super) struct Coming {
    call: StdCall,
    since: u64,
    /// Whether an exploration's model takes the caller for the one who initializes it.
    is_chosen: bool,
    has_begun: bool,
}

/// What [`Coming`] has begun. Whether it was ended well is told when it is dropped.
pub(super) struct Initializing {
    id: u32,
    /// What ending by a panic means, as the table wants it.
    on_panic: u64,
    is_done: bool,
}

impl Coming {
    /// The caller is about to come to it: it initializes it, waits for who does, or finds it done.
    #[track_caller]
    pub(super) fn new(identity: &Identity, value: u64) -> Self {
        let call = StdCall { value, ..call(std_operation::BEGIN_ONCE, identity.id(std_kind::ONCE, 0)) };
        if explores() {
            return Self { is_chosen: step(&call).value == 0, since: 0, has_begun: false, call };
        }
        let since = if call.object == 0 { 0 } else { wait(&call) };
        Self { call, since, is_chosen: false, has_begun: false }
    }

    /// The caller initializes it.
    pub(super) fn begins(&mut self, on_panic: u64) -> Initializing {
        self.told(0);
        self.has_begun = true;
        Initializing { id: self.call.object, on_panic, is_done: false }
    }

    /// The caller has come to it, and has found it as it is now, unless it has initialized it.
    pub(super) fn comes(self) {
        match (self.has_begun, self.is_chosen) {
            (true, _) => {}
            (false, false) => self.told(1),
            // It was made with a value.
            (false, true) => drop(Initializing { id: self.call.object, on_panic: 0, is_done: true }),
        }
    }

    fn told(&self, value: u64) {
        if !explores() && self.call.object != 0 {
            done(&self.call, self.since, OK, [value, 0]);
        }
    }
}

impl Initializing {
    /// It is initialized.
    pub(super) fn ends(mut self) {
        self.is_done = true;
    }
}

impl Drop for Initializing {
    fn drop(&mut self) {
        let call = in_drop(std_operation::END_ONCE, self.id, if self.is_done { 0 } else { self.on_panic });
        if explores() {
            step(&call);
        } else if self.id != 0 {
            done(&call, 0, OK, [0; 2]);
        }
    }
}

impl Once {
    #[must_use]
    #[inline]
    #[track_caller]
    pub const fn new() -> Self {
        Self { identity: Identity::new(), inner: real::Once::new() }
    }

    #[inline]
    #[track_caller]
    pub fn call_once<F: FnOnce()>(&self, f: F) {
        if !explores() && self.inner.is_completed() {
            return;
        }
        let mut coming = Coming::new(&self.identity, 0);
        self.inner.call_once(|| {
            let begun = coming.begins(1);
            f();
            begun.ends();
        });
        coming.comes();
    }

    #[inline]
    #[track_caller]
    pub fn call_once_force<F: FnOnce(&OnceState)>(&self, f: F) {
        if !explores() && self.inner.is_completed() {
            return;
        }
        let mut coming = Coming::new(&self.identity, 1);
        self.inner.call_once_force(|state| {
            let begun = coming.begins(1);
            f(state);
            begun.ends();
        });
        coming.comes();
    }

    #[inline]
    #[track_caller]
    pub fn is_completed(&self) -> bool {
        if explores() {
            step(&call(std_operation::LOAD, self.identity.id(std_kind::ONCE, 0)));
        }
        self.inner.is_completed()
    }

    #[track_caller]
    pub fn wait(&self) {
        if !explores() && self.inner.is_completed() {
            return;
        }
        let coming = Coming::new(&self.identity, 2);
        self.inner.wait();
        coming.comes();
    }

    #[track_caller]
    pub fn wait_force(&self) {
        if !explores() && self.inner.is_completed() {
            return;
        }
        let coming = Coming::new(&self.identity, 2);
        self.inner.wait_force();
        coming.comes();
    }
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").finish_non_exhaustive()
    }
}
