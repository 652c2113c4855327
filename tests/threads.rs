//! Threads that jobs start by themselves: who they are, what they may hold, and for whom a worker waits.

mod support;

#[path = "conformance/facts.rs"]
#[macro_use]
#[allow(dead_code, reason = "each test program uses a part of it")]
mod facts;

#[path = "threads/elements.rs"]
mod elements;
#[path = "threads/identity.rs"]
mod identity;
#[path = "threads/objects.rs"]
mod objects;
#[path = "threads/races.rs"]
mod races;
