//! How concurrent programs fail, each failure made on purpose: what nbrun says of it, and what it saves.
//!
//! `book/src/failures.md` lists these tests beside what Python's `multiprocessing` does in the same place.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

#[path = "conformance/facts.rs"]
#[macro_use]
#[allow(dead_code, reason = "each test program uses a part of it")]
mod facts;

#[path = "failures/deadlock.rs"]
mod deadlock;
#[path = "failures/deadlock_of_all.rs"]
mod deadlock_of_all;
#[path = "failures/death.rs"]
mod death;
#[path = "failures/false_alarm.rs"]
mod false_alarm;
#[path = "failures/kernel.rs"]
mod kernel;
#[path = "failures/pool_storm.rs"]
mod pool_storm;
#[path = "failures/rwlock.rs"]
mod rwlock;
#[path = "failures/stress.rs"]
mod stress;

/// The texts of all tests.
fn sources(directory: &Path) -> String {
    let entries = fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").path());
    let text = |path: PathBuf| match path.is_dir() {
        true => sources(&path),
        false if path.extension().is_some_and(|is| is == "rs") => fs::read_to_string(path).expect("a source"),
        false => String::new(),
    };
    entries.map(text).collect()
}

#[test]
fn the_book_names_every_failure_and_only_tests_that_there_are() {
    let rows = include_str!("../book/src/failures.md").lines().filter_map(|line| line.strip_suffix("` |"));
    let named: Vec<&str> = rows.filter_map(|row| row.rsplit('`').next()).collect();
    let all = [&deadlock::FACTS, &deadlock_of_all::FACTS, &death::FACTS, &false_alarm::FACTS];
    let missing: Vec<&str> = all.iter().flat_map(|facts| facts.names()).filter(|name| !named.contains(name)).collect();
    assert_eq!(missing, [""; 0], "these are not in the book");
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"));
    let invented: Vec<&&str> = named.iter().filter(|name| !sources.contains(&format!("fn {name}("))).collect();
    assert_eq!(invented, [&""; 0], "there is no such test");
}
