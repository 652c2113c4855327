//! What the machine allows: the same work with as little around it as there can be. All in seconds for one.

use crate::common::median;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use rayon::prelude::*;
use std::hint::{black_box, spin_loop};
use std::io::{Read, Write};
use std::num::NonZeroUsize;
use std::process::Command;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Barrier, RwLock};
use std::thread;
use std::time::Instant;

fn seconds(body: impl FnOnce()) -> f64 {
    let began = Instant::now();
    body();
    began.elapsed().as_secs_f64()
}

fn median_of(times: usize, mut body: impl FnMut()) -> f64 {
    median(&(0..times).map(|_| seconds(&mut body)).collect::<Vec<_>>())
}

/// The arguments that make this program do nothing but measure what a fork costs, or the first thread after one.
pub const ALONE: [&str; 2] = ["--floor-fork", "--floor-first-thread"];

/// [`process_start_join`] or [`first_thread_start_join`] in a process of its own: what a fork costs depends on how much memory
/// its parent has in use, and this one's has grown with the records that it has read; and it must have no other thread.
pub fn alone(which: &str) -> f64 {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program).arg(which).output().expect("itself");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number of seconds")
}

/// Bare fork, `_exit` and waitpid.
pub fn process_start_join(times: usize) -> f64 {
    median_of(times, || {
        // SAFETY: the child calls nothing but `_exit`.
        match unsafe { fork() }.expect("a process") {
            // SAFETY: ends the child at once, without anything of the parent's being run.
            ForkResult::Child => unsafe { nix::libc::_exit(0) },
            ForkResult::Parent { child } => {
                waitpid(child, None).expect("its end");
            }
        }
    })
}

/// A program that does nothing, started and waited for.
pub fn fresh_process_start_join(times: usize) -> f64 {
    median_of(times, || {
        Command::new("true").status().expect("its end");
    })
}

/// `std::thread`'s spawn and join.
pub fn thread_start_join(times: usize) -> f64 {
    median_of(times, || thread::spawn(|| ()).join().expect("its end"))
}

/// [`thread_start_join`] for the first thread of a process that has just been forked: it has touched nothing of its own yet.
pub fn first_thread_start_join(times: usize) -> f64 {
    let took = || {
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        // SAFETY: `alone` calls it in a process without another thread, which could hold a lock of the library's.
        match unsafe { fork() }.expect("a process") {
            ForkResult::Child => {
                let took = thread_start_join(1);
                let sent = writer.write_all(&took.to_le_bytes()).is_ok();
                // SAFETY: ends the child at once, without anything of the parent's being run.
                unsafe { nix::libc::_exit(i32::from(!sent)) }
            }
            ForkResult::Parent { child } => {
                drop(writer);
                let mut bytes = [0; 8];
                (&reader).read_exact(&mut bytes).expect("a time");
                waitpid(child, None).expect("its end");
                f64::from_le_bytes(bytes)
            }
        }
    };
    median(&(0..times).map(|_| took()).collect::<Vec<_>>())
}

/// Numbers through a channel between two threads.
pub fn channel(count: u64) -> f64 {
    let ((sender, receiver), gate) = (crossbeam::channel::unbounded(), Barrier::new(2));
    let total = thread::scope(|scope| {
        scope.spawn(|| {
            gate.wait();
            (0..count).for_each(|i| sender.send(i).expect("a receiver"));
        });
        gate.wait();
        seconds(|| {
            (0..count).for_each(|_| {
                let _ = black_box(receiver.recv());
            })
        })
    });
    total / count as f64
}

/// Two threads that read nine times under the standard library's read-write lock for each time that they write.
pub fn rwlock(count: u64) -> f64 {
    let (number, gate) = (RwLock::new(0_u64), Barrier::new(3));
    let visit = || {
        gate.wait();
        for i in 0..count {
            if i % 10 == 0 {
                *number.write().expect("no panic") += 1;
            } else {
                black_box(*number.read().expect("no panic"));
            }
        }
        gate.wait();
    };
    let total = thread::scope(|scope| {
        scope.spawn(visit);
        scope.spawn(visit);
        gate.wait();
        seconds(|| {
            gate.wait();
        })
    });
    total / (2 * count) as f64
}

/// How many blocks can be on their way at once.
const BLOCKS: u64 = 8;

/// Blocks of `size` bytes copied into a shared mapping by one thread and out of it by another.
pub fn shared_copies(size: usize, count: u64) -> f64 {
    let length = NonZeroUsize::new(size * BLOCKS as usize).expect("a size");
    // SAFETY: a new mapping at an address of the system's choice.
    let mapping =
        unsafe { mmap_anonymous(None, length, ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED) }
            .expect("a mapping");
    let base = mapping.as_ptr() as usize;
    let block =
        |number: u64| NonNull::new((base + number as usize % BLOCKS as usize * size) as *mut u8).expect("inside");
    let (written, taken, gate) = (AtomicU64::new(0), AtomicU64::new(0), Barrier::new(2));
    let until = |ready: &dyn Fn() -> bool| {
        while !ready() {
            spin_loop();
        }
    };
    let total = thread::scope(|scope| {
        scope.spawn(|| {
            let source = vec![7_u8; size];
            gate.wait();
            for number in 0..count {
                until(&|| number - taken.load(Ordering::Acquire) < BLOCKS);
                // SAFETY: the block lies in the mapping, and its reader has said that it is done with it.
                unsafe { block(number).as_ptr().copy_from_nonoverlapping(source.as_ptr(), size) };
                written.store(number + 1, Ordering::Release);
            }
        });
        let mut target = vec![0_u8; size];
        gate.wait();
        seconds(|| {
            for number in 0..count {
                until(&|| written.load(Ordering::Acquire) > number);
                // SAFETY: the block lies in the mapping, and its writer has said that it is whole.
                unsafe { target.as_mut_ptr().copy_from_nonoverlapping(block(number).as_ptr(), size) };
                black_box(&mut target);
                taken.store(number + 1, Ordering::Release);
            }
        })
    });
    // SAFETY: made above, and used by nobody any more.
    unsafe { munmap(mapping, length.get()) }.expect("a mapping that can be given back");
    total / count as f64
}

/// The same closure on rayon's threads.
pub fn rayon(count: i64, call: fn(i64) -> i64) -> f64 {
    let inputs: Vec<i64> = (0..count).collect();
    // Rayon starts its threads at its first call.
    black_box([1_i64, 2].into_par_iter().map(call).collect::<Vec<_>>());
    seconds(|| drop(black_box(inputs.into_par_iter().map(call).collect::<Vec<_>>()))) / count as f64
}
