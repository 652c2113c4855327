//! Jobs that start too many processes, or processes that hide.

use super::{CONCURRENT, fails, nobody_is_left, run};

/// Bombs in tests stop at so many, so that one that is not defused does not take the machine along.
const BOMB_LIMIT: &str = "if count.fetch_add(1) > 300 { loop { pause(); } }";

#[test]
fn a_fork_bomb_is_ended_and_nothing_of_it_is_left() {
    for executor in CONCURRENT {
        let body = format!("unsafe {{ loop {{ {BOMB_LIMIT} fork(); }} }}");
        let error = "error: the jobs had more than 64 processes that they had started by themselves";
        nobody_is_left(&fails(executor, "", &body, error).stderr_has("--limit processes=200"));
    }
}

#[test]
fn a_fork_bomb_whose_processes_leave_the_group_is_ended_too() {
    for executor in CONCURRENT {
        let body = format!("unsafe {{ loop {{ {BOMB_LIMIT} if fork() == 0 {{ setsid(); }} }} }}");
        let error = "error: the jobs had more than 64 processes that they had started by themselves";
        nobody_is_left(&fails(executor, "", &body, error));
    }
}

#[test]
fn programs_that_a_job_starts_count_against_the_limit() {
    let start = |wait: f64| {
        format!(
            "let children: Vec<_> =
        (0..10).map(|_| std::process::Command::new(\"sleep\").arg(\"600\").spawn().unwrap()).collect();
    sleep({wait:.1});
    for mut child in children {{ child.kill().unwrap(); child.wait().unwrap(); }}"
        )
    };
    for executor in CONCURRENT {
        // Too many, they are counted some time, and all is ended; else they are counted for a while, in vain.
        let error = "more than 9 processes that they had started by themselves";
        nobody_is_left(&fails(executor, ", processes: 9", &start(600.0), error));
        nobody_is_left(&run(executor, ", processes: 10", &start(1.0)).code(0));
    }
}

#[test]
fn programs_that_are_left_running_are_told_by_name() {
    let start = |count| {
        format!("for _ in 0..{count} {{ std::process::Command::new(\"sleep\").arg(\"600\").spawn().unwrap(); }}")
    };
    for executor in ["normal", "thread", "process"] {
        let one = "error: a process that a job had started by itself still ran when the cell was at its end: `sleep`";
        nobody_is_left(&fails(executor, "", &start(1), one).stderr_has("help: it was ended"));
        let five = "error: 5 processes that jobs had started by themselves still ran when the cell was at its end: `sleep`, \
                    `sleep`, `sleep` and others";
        nobody_is_left(&fails(executor, "", &start(5), five));
    }
}

#[test]
fn a_program_that_is_about_to_end_anyway_is_no_error() {
    let start = "std::process::Command::new(\"true\").spawn().unwrap();";
    nobody_is_left(&run("process", "", start).code(0));
}

#[test]
fn a_process_that_detaches_itself_is_ended_and_told_at_its_cell() {
    let body = "unsafe {
        if fork() == 0 {
            setsid();
            if fork() == 0 {
                setsid();
                std::fs::write(\"pid-new\", getpid().to_string()).unwrap();
                std::fs::rename(\"pid-new\", \"pid-detached\").unwrap();
                loop { pause(); }
            }
            _exit(0);
        }
    }
    while !std::fs::exists(\"pid-detached\").unwrap() { sleep(0.001); }";
    for executor in CONCURRENT {
        let error = "error: a process that a job had started by itself still ran when the cell was at its end: `";
        let outcome = fails(executor, "", body, error);
        assert!(!super::is_alive(&outcome.text("pid-detached")), "{executor}");
        nobody_is_left(&outcome);
    }
}
