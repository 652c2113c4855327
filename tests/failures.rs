//! How concurrent programs fail, each failure made on purpose: what nbrun says of it, and what it saves.
//!
//! `book/src/failures.md` lists these tests beside what Python's `multiprocessing` does in the same place.

mod support;

#[path = "conformance/facts.rs"]
#[macro_use]
#[allow(dead_code, reason = "each test program uses a part of it")]
mod facts;

#[path = "failures/deadlock.rs"]
mod deadlock;
#[path = "failures/false_alarm.rs"]
mod false_alarm;

#[test]
fn the_book_names_every_failure_and_no_other() {
    let all = [&deadlock::FACTS, &false_alarm::FACTS];
    let mut tests: Vec<&str> = all.iter().flat_map(|facts| facts.names()).collect();
    tests.sort_unstable();
    let rows = include_str!("../book/src/failures.md").lines().filter_map(|line| line.strip_suffix("` |"));
    let mut named: Vec<&str> = rows.filter_map(|row| row.rsplit('`').next()).collect();
    named.sort_unstable();
    assert_eq!(named, tests);
}
