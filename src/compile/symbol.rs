//! The names under which the library exports its entry points: the contract with the kernel that looks them up.

/// Hands the host's table of functions to the library: `extern "C" fn(host: *const Host)`.
pub fn attach() -> &'static str {
    "nb_attach"
}

/// Runs job `n` (from 0) of spawn cell `cell`: `extern "C" fn() -> i32`, as all the others.
pub fn job(cell: usize, n: usize) -> String {
    format!("nb_c{cell}_job_{n}")
}

/// Evaluates the `show` expression `n` (from 0) of cell `cell`.
pub fn show(cell: usize, n: usize) -> String {
    format!("nb_c{cell}_show_{n}")
}

/// Evaluates the assertion `n` (from 0) of cell `cell`.
pub fn assert(cell: usize, n: usize) -> String {
    format!("nb_c{cell}_assert_{n}")
}

/// Prepares a worker of pool cell `cell` for its tasks.
pub fn initializer(cell: usize) -> String {
    format!("nb_c{cell}_initializer")
}

/// Prepares and offers the tasks of pool cell `cell`.
pub fn pool(cell: usize) -> String {
    format!("nb_c{cell}_pool")
}
