//! What an assertion tells of a comparison that does not hold: both sides, as `assert_eq!` does.

use crate::entry::text_of;
use crate::host::host;
use std::fmt::Debug;

/// The two sides of a comparison.
pub struct Compared<'a, L: ?Sized, R: ?Sized>(&'a L, &'a R);

/// Puts two sides together.
pub fn compared<'a, L: ?Sized, R: ?Sized>(left: &'a L, right: &'a R) -> Compared<'a, L, R> {
    Compared(left, right)
}

/// The ways to tell them, of which a method call on `&&Compared` takes the first that fits.
pub mod sides {
    use super::{Compared, Debug, tell};

    /// Sides that can be shown.
    pub trait Shown {
        /// Tells them.
        fn __nb_tell(&self);
    }

    impl<L: Debug + ?Sized, R: Debug + ?Sized> Shown for &Compared<'_, L, R> {
        fn __nb_tell(&self) {
            tell(&self.0, &self.1);
        }
    }

    /// Any others.
    pub trait Hidden {
        /// Does nothing.
        fn __nb_tell(&self);
    }

    impl<L: ?Sized, R: ?Sized> Hidden for Compared<'_, L, R> {
        fn __nb_tell(&self) {}
    }
}

fn tell(left: &dyn Debug, right: &dyn Debug) {
    let (left, right) = (text_of(left), text_of(right));
    (host().compared)(left.as_ptr(), left.len(), right.as_ptr(), right.len());
}
