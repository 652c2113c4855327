//! Jobs that reach for what nbrun itself relies on: the memory that all share, and the pipe through which the kernel speaks.

use super::support::{Outcome, Run};
use super::{CONCURRENT, GUILTY, nobody_is_left, notebook, run};
use nbrun::record::Status;

/// Fills what is in use of the shared memory with `$garbage`, an expression of the word's number: the arenas' counters, the
/// resources, and all that belongs to the run.
fn scribble(garbage: &str) -> String {
    format!(
        "let maps = std::fs::read_to_string(\"/proc/self/maps\").unwrap();
    let parts: Vec<(usize, usize)> = maps.lines().filter(|line| line.contains(\"memfd:nbrun\")).map(|line| {{
        let (from, rest) = line.split_once('-').unwrap();
        let address = |text: &str| usize::from_str_radix(text, 16).unwrap();
        (address(from), address(rest.split_once(' ').unwrap().0))
    }}).collect();
    assert!(!parts.is_empty());
    for (from, to) in parts {{
        // Behind the lasting part, which takes 4 GiB, begins the run's.
        let run = (from + 4096 + (4_usize << 30)).min(to);
        for (start, end) in [(from, from + (1 << 20)), (run, (run + (2 << 20)).min(to))] {{
            for (n, at) in (start..end.min(to)).step_by(8).enumerate() {{
                let n = n as u64;
                unsafe {{ (at as *mut u64).write_volatile({garbage}) }}
            }}
        }}
    }}"
    )
}

/// The words that a defect of nbrun's would leave at the terminal.
fn nbrun_is_well(outcome: Outcome, what: &str) -> Outcome {
    assert!([0, 1].contains(&outcome.code), "{what}: exit code {}: {}", outcome.code, outcome.stderr);
    outcome.stderr_lacks("panicked at src").stderr_lacks("panicked at library")
}

#[test]
fn a_job_that_writes_over_all_shared_memory_harms_only_its_cell() {
    let patterns = [
        "u64::MAX",
        "0",
        "n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)",
        "0x0000_0001_0000_0001",
        "1 << (n % 64)",
        "n % 7",
    ];
    for executor in CONCURRENT {
        for garbage in patterns {
            let what = format!("{executor}, {garbage}");
            let text = notebook(executor, "", &scribble(garbage)).replace("timeout: 60s", "timeout: 3s");
            let outcome = Run::new().notebook("a.md", &text).args(["--record", "a.json"]).run();
            let outcome = nbrun_is_well(outcome, &what);
            let record = outcome.record("a.json");
            assert_eq!(record.cells[GUILTY].status, Status::Passed, "{what}: {}", outcome.stderr);
            assert_eq!(record.cells[GUILTY].runs[0].output[0].text, "innocent", "{what}");
            nobody_is_left(&outcome.file("a.html"));
        }
    }
}

#[test]
fn notes_that_make_no_sense_are_told_and_what_makes_sense_is_kept() {
    // The job sleeps then, so that nothing puts right what it has done.
    let body = format!("println!(\"said before\"); {} unsafe {{ _exit(0); }}", scribble("u64::MAX"));
    let outcome = run("process", "", &body).code(1).stderr_has("error: ").stderr_lacks("panicked at src");
    nobody_is_left(&outcome.file("a.html"));
}

#[test]
fn a_queue_that_was_written_over_is_reported_and_usable_by_the_next() {
    let jobs = "```yaml queue\nq: i64\n```\n\n```rust job\nfn fill(q: Queue<i64>) {\n    for n in 0..3 { q.put(n); }\n}\n\
                fn use_it(q: Queue<i64>) {\n    q.put(7);\n    println!(\"{}\", q.get());\n}\n```\n\n```yaml spawn\n- process: fill(q)\n```\n\n";
    let body = scribble("u64::MAX");
    let text = notebook("process", "", &body)
        .replacen("```rust job", &format!("{jobs}```rust job"), 1)
        .replace("- process: innocent()", "- process: use_it(q)")
        .replace("timeout: 60s", "timeout: 3s");
    let outcome = Run::new().notebook("a.md", &text).args(["--record", "a.json"]).run().code(1);
    let outcome = outcome.stderr_has("error: a job overwrote the memory of queue `q`: nbrun has emptied it");
    assert_eq!(outcome.record("a.json").cells.last().expect("cells").runs[0].output[0].text, "7");
}

/// What the kernel would have to say to be believed, or to do harm.
#[test]
fn what_a_job_says_in_the_kernels_name_is_told_and_ends_the_run() {
    // The kernel is the parent of a thread's process.
    let say = |bytes: &str| {
        format!(
            "use std::io::Write as _;
    let mut pipe = std::fs::OpenOptions::new().write(true).open(format!(\"/proc/{{}}/fd/1\", unsafe {{ getppid() }})).unwrap();
    pipe.write_all(&{bytes}).unwrap();
    sleep(50);"
        )
    };
    let length = "[2, 0, 0, 0, 0, 0, 0, 0";
    for (bytes, error) in [
        (format!("{length}, 0, 99]"), "the kernel sent the start of cell 99 out of its turn"),
        (format!("{length}, 0, 3]"), "the kernel sent the start of cell 3 out of its turn"),
        (format!("{length}, 99, 99]"), "the kernel sent what is no report"),
        ("[255_u8; 100_000]".to_owned(), "the kernel sent what is no report"),
        // As if the cell's work were done, which is the truth's business to contradict.
        ("[3, 0, 0, 0, 0, 0, 0, 0, 3, 9, 0]".to_owned(), "the kernel sent the end of cell 9 out of its turn"),
    ] {
        let outcome = run("thread", "", &say(&bytes)).code(1).stdout_is("a.html\n").stderr_has(error);
        let outcome = outcome
            .stderr_has("memory corruption by a job, or a bug in nbrun")
            .page_has("a.html", "memory corruption by a job, or a bug in nbrun");
        let states: Vec<Status> = outcome.record("a.json").cells.iter().map(|cell| cell.status).collect();
        assert_eq!(states, [Status::Passed, Status::Passed, Status::Failed, Status::NotRun], "{bytes}");
        nobody_is_left(&outcome);
    }
}
