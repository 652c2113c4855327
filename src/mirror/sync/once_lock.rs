//! `OnceLock`.

use super::once::Coming;
use crate::seam::{Identity, call, explores, std_kind, std_operation, step};
use ::std::fmt;
use ::std::sync as real;

/// `std::sync::OnceLock`.
pub struct OnceLock<T> {
    identity: Identity,
    inner: real::OnceLock<T>,
}

impl<T> OnceLock<T> {
    #[inline]
    #[must_use]
    #[track_caller]
    pub const fn new() -> Self {
        Self { identity: Identity::new(), inner: real::OnceLock::new() }
    }

    #[inline]
    #[track_caller]
    pub fn get(&self) -> Option<&T> {
        if explores() {
            step(&call(std_operation::LOAD, self.identity.id(std_kind::ONCE, 0)));
        }
        self.inner.get()
    }

    #[inline]
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.inner.get_mut()
    }

    #[track_caller]
    pub fn wait(&self) -> &T {
        if !explores()
            && let Some(value) = self.inner.get()
        {
            return value;
        }
        let coming = Coming::new(&self.identity, 2);
        let value = self.inner.wait();
        coming.comes();
        value
    }

    #[inline]
    #[track_caller]
    pub fn set(&self, value: T) -> Result<(), T> {
        let mut value = Some(value);
        self.get_or_init(|| match value.take() {
            Some(value) => value,
            None => unreachable!(),
        });
        value.map_or(Ok(()), Err)
    }

    #[inline]
    #[track_caller]
    pub fn get_or_init<F: FnOnce() -> T>(&self, f: F) -> &T {
        self.comes_to(f, 2)
    }

    /// Its value, which `f` makes if there is none yet; what a panic in there means, as the table wants it.
    #[inline]
    #[track_caller]
    pub(super) fn comes_to<F: FnOnce() -> T>(&self, f: F, on_panic: u64) -> &T {
        if !explores()
            && let Some(value) = self.inner.get()
        {
            return value;
        }
        let mut coming = Coming::new(&self.identity, 0);
        let value = self.inner.get_or_init(|| {
            let begun = coming.begins(on_panic);
            let value = f();
            begun.ends();
            value
        });
        coming.comes();
        value
    }

    #[inline]
    pub fn into_inner(self) -> Option<T> {
        self.inner.into_inner()
    }

    #[inline]
    #[track_caller]
    pub fn take(&mut self) -> Option<T> {
        // Whoever comes to it next initializes it anew: it is another object from now on.
        self.identity = Identity::new();
        self.inner.take()
    }
}

impl<T> Default for OnceLock<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<T: Clone> Clone for OnceLock<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        Self { identity: Identity::new(), inner: self.inner.clone() }
    }
}

impl<T> From<T> for OnceLock<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self { identity: Identity::new(), inner: value.into() }
    }
}

impl<T: PartialEq> PartialEq for OnceLock<T> {
    fn eq(&self, other: &Self) -> bool {
        self.inner == other.inner
    }
}

impl<T: Eq> Eq for OnceLock<T> {}
