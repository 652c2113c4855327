//! Stage 4: runs a plan on its executors, in a child process that loads the library, and reports what happened.

pub mod outcome;
