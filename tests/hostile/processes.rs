//! Jobs that start too many processes, or processes that hide.

use super::{CONCURRENT, fails, nobody_is_left, run};

/// Bombs in tests stop at so many, so that one that is not defused does not take the machine along.
const MOST: &str = "if count.fetch_add(1) > 300 { loop { pause(); } }";

#[test]
fn a_fork_bomb_is_ended_and_nothing_of_it_is_left() {
    for executor in CONCURRENT {
        let body = format!("unsafe {{ loop {{ {MOST} fork(); }} }}");
        let error = "error: the jobs had more than 64 processes that they had started by themselves";
        nobody_is_left(&fails(executor, "", &body, error).stderr_has("--limit processes=200"));
    }
}

#[test]
fn a_fork_bomb_whose_processes_leave_the_group_is_ended_too() {
    for executor in CONCURRENT {
        let body = format!("unsafe {{ loop {{ {MOST} if fork() == 0 {{ setsid(); }} }} }}");
        let error = "error: the jobs had more than 64 processes that they had started by themselves";
        nobody_is_left(&fails(executor, "", &body, error));
    }
}

#[test]
fn programs_that_a_job_starts_count_and_the_front_matter_says_how_many_there_may_be() {
    let start = "for _ in 0..10 {
        std::process::Command::new(\"sleep\").arg(\"600\").spawn().unwrap();
    }
    sleep(if count.get() == 0 { 1.0 } else { 0.0 });";
    for executor in CONCURRENT {
        let outcome =
            fails(executor, ", processes: 9", start, "more than 9 processes that they had started by themselves");
        nobody_is_left(&outcome);
        nobody_is_left(&run(executor, ", processes: 10", start).code(0));
    }
}

#[test]
fn a_process_that_detaches_itself_twice_ends_with_its_cell() {
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
        let outcome = run(executor, "", body).code(0);
        assert!(!super::is_alive(&outcome.text("pid-detached")), "{executor}");
        nobody_is_left(&outcome);
    }
}
