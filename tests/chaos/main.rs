//! Workers that are killed at any instruction, thousands of them: whoever is left goes on, and what was done stays done.
//!
//! Each test makes a small world in shared memory, lets forked workers loose on it, kills one after another at a random
//! moment, and sweeps behind them as the supervisor does. `NBRUN_CHAOS_KILLS` is the number of kills of all tests
//! together, and `NBRUN_CHAOS_SEED` repeats the choices of a run that failed, though not the system's own timing.

mod locks;
mod numbers;
mod printing;
mod queue;
mod sync;
mod world;
