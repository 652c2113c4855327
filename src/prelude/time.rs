//! Time limits and sleeping, in seconds as in Python or as a [`Duration`].

use crate::host::{checked, here, host, limit};
use std::time::Duration;

/// A length of time: a number of seconds, or a [`Duration`].
pub trait Seconds {
    /// In seconds.
    fn seconds(self) -> f64;
}

macro_rules! seconds {
    ($($t:ty)*) => { $(
        impl Seconds for $t {
            fn seconds(self) -> f64 {
                self as f64
            }
        }
    )* };
}
seconds!(f64 f32 i32 u32 i64 u64 usize);

impl Seconds for Duration {
    fn seconds(self) -> f64 {
        self.as_secs_f64()
    }
}

/// Sleeps for that long: `sleep(0.1)` is a tenth of a second.
#[track_caller]
pub fn sleep(time: impl Seconds) {
    checked((host().sleep)(limit(time.seconds()), here()));
}
