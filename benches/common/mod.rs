//! What all benches need: to measure a program, to sum up rounds, and to say on what machine.

// Each bench compiles this module for itself and takes what it needs of it.
#![allow(dead_code)]

pub mod machine;
pub mod python;
pub mod table;

use nix::sys::resource::{UsageWho, getrusage};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Whether the bench is only tried, by `cargo test --bench NAME`: it does everything once, and its figures say nothing.
pub fn is_tried() -> bool {
    !std::env::args().any(|argument| argument == "--bench")
}

/// How many rounds there are, of so many that are wanted.
pub fn rounds(wanted: usize) -> usize {
    if is_tried() { 1 } else { wanted }
}

/// What a program took, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// On the wall's clock.
    pub wall: f64,
    /// Of all cores together, in the program and all its children: on a busy machine this tells more than the wall.
    pub cpu: f64,
}

/// Runs a program to its end.
///
/// # Panics
/// If it cannot be started or fails: a figure of a program that did not do its work would be worth nothing.
pub fn measure(command: &mut Command) -> Cost {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let (before, started) = (cpu(), Instant::now());
    let output = command.output().expect("a program that can be started");
    let wall = millis(started.elapsed());
    let cost = Cost { wall, cpu: cpu() - before };
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed, {}:\n{complaint}", output.status);
    cost
}

/// Calls `body`, and says what it took on the wall's clock, in milliseconds.
pub fn timed<T>(body: impl FnOnce() -> T) -> (T, f64) {
    let started = Instant::now();
    let value = body();
    (value, millis(started.elapsed()))
}

/// The processor time of all children so far, in milliseconds.
fn cpu() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("every process has usage");
    let millis = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 * 1e3 + time.tv_usec() as f64 / 1e3;
    millis(usage.user_time()) + millis(usage.system_time())
}

/// A duration in milliseconds.
pub fn millis(duration: std::time::Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// The middle one, or the mean of the two in the middle.
///
/// # Panics
/// If there are no values.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}

/// The least.
pub fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}
