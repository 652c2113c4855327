//! What rendering costs, measured without running anything: on records made up for it.
//!
//! `cargo bench --bench render`

#[path = "../common/mod.rs"]
mod common;
mod pictures;

use common::{machine, table};

/// How many times each row is measured.
const ROUNDS: usize = 9;

fn main() {
    // `cargo bench` hands its own arguments on; there is nothing to choose here.
    println!("{}\n", machine::describe());
    table::print(&["pictures of a run", "events", "median", "least", "goal", ""], &pictures::rows(ROUNDS));
}
