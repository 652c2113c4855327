//! The ways to run workers: `normal`, `thread` and `process` behind one trait.
