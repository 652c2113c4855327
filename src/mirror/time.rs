//! `std::time`. In an exploration time is that of the model, which passes only where all wait for it.

pub use ::std::time::*;

use crate::seam::{explores, host};
use ::std::fmt;
use ::std::ops::{Add, AddAssign, Sub, SubAssign};
use ::std::sync::OnceLock;
use ::std::time as real;

/// `std::time::Instant`.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(real::Instant);

/// The moment at which the time of an exploration begins.
static BEGINNING: OnceLock<real::Instant> = OnceLock::new();

impl Instant {
    #[must_use]
    pub fn now() -> Self {
        if explores() {
            let beginning = *BEGINNING.get_or_init(real::Instant::now);
            return Self(beginning + Duration::from_nanos((host().now)()));
        }
        Self(real::Instant::now())
    }

    #[must_use]
    pub fn duration_since(&self, earlier: Self) -> Duration {
        self.0.duration_since(earlier.0)
    }

    #[must_use]
    pub fn checked_duration_since(&self, earlier: Self) -> Option<Duration> {
        self.0.checked_duration_since(earlier.0)
    }

    #[must_use]
    pub fn saturating_duration_since(&self, earlier: Self) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }

    #[must_use]
    pub fn elapsed(&self) -> Duration {
        Self::now().0.duration_since(self.0)
    }

    pub fn checked_add(&self, duration: Duration) -> Option<Self> {
        self.0.checked_add(duration).map(Self)
    }

    pub fn checked_sub(&self, duration: Duration) -> Option<Self> {
        self.0.checked_sub(duration).map(Self)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    #[track_caller]
    fn add(self, other: Duration) -> Self {
        Self(self.0 + other)
    }
}

impl AddAssign<Duration> for Instant {
    #[track_caller]
    fn add_assign(&mut self, other: Duration) {
        *self = *self + other;
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    #[track_caller]
    fn sub(self, other: Duration) -> Self {
        Self(self.0 - other)
    }
}

impl SubAssign<Duration> for Instant {
    #[track_caller]
    fn sub_assign(&mut self, other: Duration) {
        *self = *self - other;
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, other: Self) -> Duration {
        self.0 - other.0
    }
}
