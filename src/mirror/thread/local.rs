//! `thread_local!` and `LocalKey`.

use super::fibers::{self, Found};
use crate::seam::{explores, host};
use ::std::cell::{Cell, RefCell};
use ::std::error::Error;
use ::std::fmt;
use ::std::ptr;
use ::std::thread as real;

/// `std::thread::LocalKey`.
pub struct LocalKey<T: 'static> {
    real: &'static real::LocalKey<T>,
    init: fn() -> T,
}

/// `std::thread::AccessError`.
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct AccessError;

impl fmt::Debug for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessError").finish()
    }
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("already destroyed")
    }
}

impl Error for AccessError {}

#[cold]
#[track_caller]
fn destroyed(error: AccessError) -> ! {
    panic!("cannot access a Thread Local Storage value during or after destruction: {error:?}")
}

impl<T: 'static> LocalKey<T> {
    /// What `thread_local!` makes.
    #[doc(hidden)]
    pub const fn __new(real: &'static real::LocalKey<T>, init: fn() -> T) -> Self {
        Self { real, init }
    }

    #[track_caller]
    pub fn with<F, R>(&'static self, f: F) -> R
    where
        F: FnOnce(&T) -> R,
    {
        self.try_with(f).unwrap_or_else(|error| destroyed(error))
    }

    #[inline]
    pub fn try_with<F, R>(&'static self, f: F) -> Result<R, AccessError>
    where
        F: FnOnce(&T) -> R,
    {
        if !explores() {
            return self.real.try_with(f).map_err(|_| AccessError);
        }
        let (worker, key) = ((host().current)(), ptr::from_ref(self).addr());
        let at = match fibers::find(worker, key) {
            Found::Lives(at) => at,
            Found::Destroyed => return Err(AccessError),
            Found::Nothing => fibers::put(worker, key, (self.init)()),
        };
        // SAFETY: it lies where it was put until the thread ends, or its own initializer replaces it.
        Ok(f(unsafe { &*at }))
    }

    /// Lets the variable begin with what `first` makes, or has `then` change it: its own initializer is not called.
    #[track_caller]
    fn begin_with<V>(&'static self, value: V, first: impl FnOnce(V) -> T, then: impl FnOnce(&T, V)) {
        let (worker, key) = ((host().current)(), ptr::from_ref(self).addr());
        match fibers::find(worker, key) {
            // SAFETY: it lies where it was put until the thread ends.
            Found::Lives(at) => then(unsafe { &*at }, value),
            Found::Destroyed => destroyed(AccessError),
            Found::Nothing => drop(fibers::put(worker, key, first(value))),
        }
    }
}

impl<T: 'static> LocalKey<Cell<T>> {
    #[track_caller]
    pub fn set(&'static self, value: T) {
        if explores() {
            return self.begin_with(value, Cell::new, Cell::set);
        }
        self.real.set(value);
    }

    #[track_caller]
    pub fn get(&'static self) -> T
    where
        T: Copy,
    {
        self.with(Cell::get)
    }

    #[track_caller]
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(Cell::take)
    }

    #[track_caller]
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T: 'static> LocalKey<RefCell<T>> {
    #[track_caller]
    pub fn with_borrow<F, R>(&'static self, f: F) -> R
    where
        F: FnOnce(&T) -> R,
    {
        self.with(|cell| f(&cell.borrow()))
    }

    #[track_caller]
    pub fn with_borrow_mut<F, R>(&'static self, f: F) -> R
    where
        F: FnOnce(&mut T) -> R,
    {
        self.with(|cell| f(&mut cell.borrow_mut()))
    }

    #[track_caller]
    pub fn set(&'static self, value: T) {
        if explores() {
            return self.begin_with(value, RefCell::new, |cell, value| drop(cell.replace(value)));
        }
        self.real.set(value);
    }

    #[track_caller]
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(RefCell::take)
    }

    #[track_caller]
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T: 'static> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKey").finish_non_exhaustive()
    }
}

/// `std::thread_local!`.
#[macro_export]
macro_rules! thread_local {
    () => {};
    ($(#[$attr:meta])* $vis:vis static $name:ident: $t:ty = const $init:block; $($rest:tt)*) => {
        $crate::thread_local! { @key [$(#[$attr])*] [$vis] $name, $t, const $init }
        $crate::thread_local! { $($rest)* }
    };
    ($(#[$attr:meta])* $vis:vis static $name:ident: $t:ty = const $init:block) => {
        $crate::thread_local! { @key [$(#[$attr])*] [$vis] $name, $t, const $init }
    };
    ($(#[$attr:meta])* $vis:vis static $name:ident: $t:ty = $init:expr; $($rest:tt)*) => {
        $crate::thread_local! { @key [$(#[$attr])*] [$vis] $name, $t, $init }
        $crate::thread_local! { $($rest)* }
    };
    ($(#[$attr:meta])* $vis:vis static $name:ident: $t:ty = $init:expr) => {
        $crate::thread_local! { @key [$(#[$attr])*] [$vis] $name, $t, $init }
    };
    (@key [$(#[$attr:meta])*] [$vis:vis] $name:ident, $t:ty, $($init:tt)*) => {
        $(#[$attr])*
        $vis static $name: $crate::thread::LocalKey<$t> = {
            fn __init() -> $t {
                $($init)*
            }
            $crate::__real::thread_local! { static __REAL: $t = $($init)*; }
            $crate::thread::LocalKey::__new(&__REAL, __init)
        };
    };
}
