//! For how long a worker has been on a core, noted by itself where it waits anyway, and where it begins and ends.

use super::bytes::Shared;
use super::clock;
use nix::time::{ClockId, clock_gettime};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// How many moments are kept; where there are more, every second of them, and so on.
const SAMPLES: usize = 64;

/// The moments of one worker. Only its own thread writes here.
#[repr(C)]
pub struct CpuTime {
    /// How many there are.
    many: AtomicU64,
    /// Of how many moments one is kept, as a power of two, and how many have come since the last one.
    sparse: AtomicU64,
    passed: AtomicU64,
    /// When each was, on [`clock::now`], and for how long its worker had been on a core.
    samples: [[AtomicU64; 2]; SAMPLES],
}

impl Default for CpuTime {
    fn default() -> Self {
        let [many, sparse, passed] = [const { AtomicU64::new(0) }; 3];
        Self { many, sparse, passed, samples: [const { [const { AtomicU64::new(0) }; 2] }; SAMPLES] }
    }
}

// SAFETY: made of atomics, valid as zeros.
unsafe impl Shared for CpuTime {}

impl CpuTime {
    /// Notes this moment of the calling thread, unless it is one of too many.
    pub fn note(&self) {
        // Whatever stands there may be garbage: a job can write where it should not.
        let passed = self.passed.load(Relaxed).wrapping_add(1);
        let sparse = u32::try_from(self.sparse.load(Relaxed)).ok();
        match sparse.and_then(|sparse| passed.checked_shr(sparse)).unwrap_or(0) {
            0 => self.passed.store(passed, Relaxed),
            _ => self.note_always(),
        }
    }

    /// Notes the moment at which its worker begins or ends.
    pub fn note_always(&self) {
        self.passed.store(0, Relaxed);
        let mut many = (self.many.load(Relaxed) as usize).min(SAMPLES);
        if many == SAMPLES {
            for place in 0..SAMPLES / 2 {
                for part in 0..2 {
                    self.samples[place][part].store(self.samples[2 * place][part].load(Relaxed), Relaxed);
                }
            }
            many = SAMPLES / 2;
            self.sparse.fetch_add(1, Relaxed);
        }
        let [at, on_core] = &self.samples[many];
        at.store(clock::now(), Relaxed);
        on_core.store(on_core_ns(), Relaxed);
        self.many.store(many as u64 + 1, Release);
    }

    /// All moments in order, as far as they make sense: who was killed may have left the last of them half written.
    pub fn all(&self) -> Vec<(u64, u64)> {
        let many = (self.many.load(Acquire) as usize).min(SAMPLES);
        let samples = self.samples[..many].iter().map(|[at, on_core]| (at.load(Relaxed), on_core.load(Relaxed)));
        let mut found: Vec<(u64, u64)> = Vec::with_capacity(many);
        for (at, on_core) in samples {
            if found.last().is_none_or(|last| at > last.0 && on_core >= last.1) {
                found.push((at, on_core));
            }
        }
        found
    }
}

/// For how long the calling thread has been on a core, in nanoseconds.
fn on_core_ns() -> u64 {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID);
    time.map_or(0, |time| time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_on_a_core_is_no_longer_than_time() {
        let cpu = CpuTime::default();
        (0..10).for_each(|_| cpu.note());
        let all = cpu.all();
        assert!(all.len() > 1, "{all:?}");
        let slack_ns = 1_000_000;
        assert!(all.windows(2).all(|pair| pair[1].1 - pair[0].1 <= pair[1].0 - pair[0].0 + slack_ns), "{all:?}");
    }

    #[test]
    fn however_many_moments_there_are_some_of_the_whole_are_kept() {
        let cpu = CpuTime::default();
        cpu.note_always();
        let begin = cpu.all()[0];
        for _ in 0..10_000 {
            cpu.note();
        }
        cpu.note_always();
        let (all, now) = (cpu.all(), clock::now());
        assert!((SAMPLES / 2..=SAMPLES).contains(&(cpu.many.load(Relaxed) as usize)));
        assert_eq!(all[0], begin);
        assert!(all.last().is_some_and(|last| now - last.0 < now - begin.0), "{all:?}");
    }

    #[test]
    fn a_worker_notes_moments_whatever_stands_there() {
        for (sparse, passed) in [(64, 5), (u64::MAX, u64::MAX), (3, u64::MAX), (1 << 32, 0)] {
            let cpu = CpuTime::default();
            cpu.sparse.store(sparse, Relaxed);
            cpu.passed.store(passed, Relaxed);
            cpu.note();
            cpu.many.store(u64::MAX, Relaxed);
            cpu.note_always();
            assert!(!cpu.all().is_empty());
        }
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let cpu = CpuTime::default();
        for (place, (at, on_core)) in [(10, 1), (9, 5), (20, 0), (30, 4)].into_iter().enumerate() {
            cpu.samples[place][0].store(at, Relaxed);
            cpu.samples[place][1].store(on_core, Relaxed);
        }
        cpu.many.store(u64::MAX, Relaxed);
        assert_eq!(cpu.all(), [(10, 1), (30, 4)]);
    }
}
