//! The facts of the multiprocessing toolbox, each shown under every executor that it makes sense for.
//!
//! A fact is a few cells of a notebook and a check of what the record says about the last of them. `executor: each` in
//! a cell stands for all executors, `executor: both` for those with concurrency. All facts of a module share one
//! notebook, which the real program runs once. `book/src/semantics.md` lists the facts by the names that they have here.

mod support;

#[path = "conformance/facts.rs"]
#[macro_use]
mod facts;

#[path = "conformance/lock.rs"]
mod lock;
#[path = "conformance/meeting.rs"]
mod meeting;
#[path = "conformance/message.rs"]
mod message;
#[path = "conformance/number_types.rs"]
mod number_types;
#[path = "conformance/pool.rs"]
mod pool;
#[path = "conformance/pool_options.rs"]
mod pool_options;
#[path = "conformance/queue.rs"]
mod queue;
#[path = "conformance/queue_end.rs"]
mod queue_end;
#[path = "conformance/rwlock.rs"]
mod rwlock;
#[path = "conformance/spawn.rs"]
mod spawn;
#[path = "conformance/start.rs"]
mod start;
#[path = "conformance/value_array.rs"]
mod value_array;
#[path = "conformance/waits.rs"]
mod waits;

#[test]
fn the_book_names_every_fact_and_no_other() {
    let all = [
        &lock::FACTS,
        &meeting::FACTS,
        &message::FACTS,
        &number_types::FACTS,
        &pool::FACTS,
        &pool_options::FACTS,
        &queue::FACTS,
        &queue_end::FACTS,
        &rwlock::FACTS,
        &spawn::FACTS,
        &start::FACTS,
        &value_array::FACTS,
        &waits::FACTS,
    ];
    let mut facts: Vec<&str> = all.iter().flat_map(|facts| facts.names()).collect();
    let rows = include_str!("../book/src/semantics.md").lines().filter_map(|line| line.strip_suffix("` |"));
    let mut named: Vec<&str> = rows.filter_map(|row| row.rsplit('`').next()).collect();
    facts.sort_unstable();
    named.sort_unstable();
    assert_eq!(named, facts);
}
