//! A clock for events whose order is known otherwise: a question for the system's takes longer than much of what is timed.

use super::bytes::Shared;
use super::clock::now;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The clock between two questions for it, by the processor's own counter, which takes half the time. The counter is not held in its place
/// among the instructions, and its rate is taken a little too low, so a time may be some hundreds of nanoseconds early. It is not late, and
/// never goes back.
#[repr(C)]
#[derive(Default)]
pub struct QuickClock {
    /// The counter when the clock was last asked, and what it said.
    ticks: AtomicU64,
    ns: AtomicU64,
}

// SAFETY: made of atomics, valid as zeros.
unsafe impl Shared for QuickClock {}

/// How far the counter is followed before the clock is asked again: some 20 µs. A counter that another core has otherwise, or that
/// stands still while the machine is asleep, is wrong for no longer.
const FOLLOWED_TICKS: u64 = 1 << 16;
/// How far the counter may go while the clock is asked: some hundreds of nanoseconds.
const AT_ONCE_TICKS: u64 = 1_000;
/// How long the counter is watched before its rate is known.
const WATCHED_NS: u64 = 1_000_000;
/// A part of the rate by which it is taken too low, which is more than the system's clock is ever adjusted by.
const LESS: u64 = 1024;

impl QuickClock {
    /// Nanoseconds on the clock that [`now`] asks. `rate` is what [`rate`] was. Called by one thread alone.
    #[inline(always)]
    pub fn now(&self, rate: u64) -> u64 {
        if rate == 0 {
            return now();
        }
        let ticks = counter::ticks();
        let since = ticks.wrapping_sub(self.ticks.load(Relaxed));
        if since < FOLLOWED_TICKS {
            return self.ns.load(Relaxed).wrapping_add(since.wrapping_mul(rate) >> 32);
        }
        let ns = now();
        let after = counter::ticks();
        // Where the thread was kept from going on between the two, the next time is asked for, too: all that follow would be as early.
        let is_at_once = after.wrapping_sub(ticks) < AT_ONCE_TICKS;
        self.ticks.store(if is_at_once { after } else { after.wrapping_sub(FOLLOWED_TICKS) }, Relaxed);
        self.ns.store(ns, Relaxed);
        ns
    }
}

/// How many nanoseconds a tick of the counter takes, times 2^32; 0 where there is no counter to rely on, or where this process has not
/// watched it for long enough yet. The first call begins to watch.
pub fn rate() -> u64 {
    static BEGIN: OnceLock<Option<(u64, u64)>> = OnceLock::new();
    let begin = *BEGIN.get_or_init(|| if counter::is_steady() { both() } else { None });
    begin.zip(both()).and_then(|(begin, now)| rate_between(begin, now)).unwrap_or(0)
}

/// The counter and the clock at one time, as far as nothing comes between the two.
fn both() -> Option<(u64, u64)> {
    (0..9).find_map(|_| {
        let (before, ns, after) = (counter::ticks(), now(), counter::ticks());
        (after.wrapping_sub(before) < AT_ONCE_TICKS).then_some((after, ns))
    })
}

fn rate_between(begin: (u64, u64), end: (u64, u64)) -> Option<u64> {
    let (ticks, ns) = (end.0.checked_sub(begin.0)?, end.1.checked_sub(begin.1)?);
    let rate = (u128::from(ns) << 32).checked_div(ticks.into())?;
    // One that ticks more slowly than every 16 ns tells too little.
    let rate = u64::try_from(rate).ok().filter(|rate| ns >= WATCHED_NS && rate >> 32 < 16)?;
    Some(rate - rate / LESS)
}

#[cfg(target_arch = "x86_64")]
mod counter {
    use std::arch::x86_64::{__cpuid, _rdtsc};

    #[inline(always)]
    pub fn ticks() -> u64 {
        // SAFETY: every processor of this kind has the counter.
        unsafe { _rdtsc() }
    }

    /// Whether it ticks at one rate whatever the processor does.
    #[allow(unused_unsafe, reason = "some versions of Rust call it safe")]
    pub fn is_steady() -> bool {
        const POWER: u32 = 0x8000_0007;
        // SAFETY: every processor of this kind answers the first question, by which the second is asked only where it is known.
        let told = unsafe { (__cpuid(0x8000_0000).eax >= POWER).then(|| __cpuid(POWER)) };
        told.is_some_and(|told| told.edx & 1 << 8 != 0)
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod counter {
    pub fn ticks() -> u64 {
        0
    }

    pub fn is_steady() -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_clock_agrees_with_the_clock_and_never_goes_back() {
        rate();
        let begin = now();
        while now() < begin + 2 * WATCHED_NS {}
        for rate in [0, rate()] {
            let (quick, mut last) = (QuickClock::default(), 0);
            let (from, mut looks) = (now(), 0);
            while now() < from + WATCHED_NS {
                let (before, time, after) = (now(), quick.now(rate), now());
                assert!(time >= last, "{time} after {last}");
                // What it is early by, and what the machine may do between two looks.
                assert!(time + 1_000 >= before && time <= after, "{before} {time} {after}");
                (last, looks) = (time, looks + 1);
            }
            assert!(looks > 10);
        }
    }

    #[test]
    fn a_rate_is_known_where_the_counter_was_watched_long_enough_and_ticks() {
        let a_tick_a_ns = (1 << 32) - (1 << 22);
        assert_eq!(rate_between((5, 7), (1_000_005, 1_000_007)), Some(a_tick_a_ns));
        assert_eq!(rate_between((5, 7), (1_000_004, 1_000_006)), None, "too short");
        assert_eq!(rate_between((5, 7), (5, 1_000_007)), None, "it stands still");
        assert_eq!(rate_between((5, 7), (4, 1_000_007)), None, "it goes back");
        assert_eq!(rate_between((5, 7), (1_005, 1_000_007)), None, "it is slow");
    }

    #[test]
    fn a_clock_without_a_rate_is_the_clock() {
        let quick = QuickClock::default();
        let before = now();
        assert!(quick.now(0) >= before);
        assert_eq!(quick.ticks.load(Relaxed), 0);
    }
}
