//! `LazyLock`.

use super::once_lock::OnceLock;
use ::std::fmt;
use ::std::ops::{Deref, DerefMut};
use ::std::panic::{RefUnwindSafe, UnwindSafe};
use ::std::sync as real;

/// `std::sync::LazyLock`.
pub struct LazyLock<T, F = fn() -> T> {
    value: OnceLock<T>,
    /// Gone once it was called.
    init: real::Mutex<Option<F>>,
}

/// What `std` says of one whose initializer has panicked.
#[cold]
#[track_caller]
fn poisoned() -> ! {
    panic!("LazyLock instance has previously been poisoned")
}

impl<T, F: FnOnce() -> T> LazyLock<T, F> {
    #[inline]
    #[track_caller]
    pub const fn new(f: F) -> Self {
        Self { value: OnceLock::new(), init: real::Mutex::new(Some(f)) }
    }

    fn take(&self) -> Option<F> {
        self.init.lock().unwrap_or_else(real::PoisonError::into_inner).take()
    }

    #[inline]
    #[track_caller]
    pub fn force(this: &Self) -> &T {
        this.value.comes_to(
            || match this.take() {
                Some(f) => f(),
                None => poisoned(),
            },
            1,
        )
    }

    #[inline]
    #[track_caller]
    pub fn force_mut(this: &mut Self) -> &mut T {
        Self::force(this);
        match this.value.get_mut() {
            Some(value) => value,
            None => poisoned(),
        }
    }
}

impl<T, F> LazyLock<T, F> {
    #[inline]
    #[track_caller]
    pub fn get(this: &Self) -> Option<&T> {
        this.value.get()
    }

    #[inline]
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        this.value.get_mut()
    }
}

impl<T, F: FnOnce() -> T> Deref for LazyLock<T, F> {
    type Target = T;

    #[inline]
    #[track_caller]
    fn deref(&self) -> &T {
        Self::force(self)
    }
}

impl<T, F: FnOnce() -> T> DerefMut for LazyLock<T, F> {
    #[inline]
    #[track_caller]
    fn deref_mut(&mut self) -> &mut T {
        Self::force_mut(self)
    }
}

impl<T: Default> Default for LazyLock<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default)
    }
}

impl<T: fmt::Debug, F> fmt::Debug for LazyLock<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_tuple("LazyLock");
        match self.value.get() {
            Some(value) => shown.field(value),
            None => shown.field(&format_args!("<uninit>")),
        };
        shown.finish()
    }
}

impl<T: RefUnwindSafe + UnwindSafe, F: UnwindSafe> RefUnwindSafe for LazyLock<T, F> {}
impl<T: UnwindSafe, F: UnwindSafe> UnwindSafe for LazyLock<T, F> {}
