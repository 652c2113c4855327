//! Attempts to have more of the machine than the user grants.

use super::outside::{OLD, Outside};
use super::support::Run;
use super::{attempt, notebook, possible, told};

/// A job's body that prints the limits of its memory and of its files.
const PRINT_LIMITS: &str = "let limits = fs::read_to_string(\"/proc/self/limits\").unwrap();
        for name in [\"Max data size\", \"Max file size\"] {
            let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
            println!(\"{}\", line.split_whitespace().nth(3).unwrap());
        }";

#[test]
fn a_notebook_cannot_raise_its_limits_and_is_told_so_at_their_places() {
    if !possible() {
        return;
    }
    let front = "---\nnbrun:\n  timeout: 31s\n  total: 168h\n  output: 1GiB\n  memory: 16TiB\n  processes: 65\n  shared: 5GiB\n---\n";
    let cells = notebook("println!(\"x\");") + "timeout: 40s\n";
    let cells = cells.replace("- process: attempt()\n```\ntimeout: 40s\n", "jobs: [attempt()]\ntimeout: 40s\n```\n");
    let run = Outside::new().run(&format!("{front}{cells}")).code(2).file_is("a.html", OLD);
    run.stderr_has_all(&[
        "a.md:3:12: error: `timeout` is at most 30s for a notebook in the sandbox, not 31s",
        "a.md:4:10: error: `total` is at most 600s for a notebook in the sandbox, not 604800s",
        "a.md:5:11: error: `output` is at most 1MiB for a notebook in the sandbox, not 1GiB",
        "a.md:6:11: error: `memory` is at most 2GiB for a notebook in the sandbox, not 16TiB",
        "grant it on the command line with `--limit memory=16TiB`",
        "a.md:7:14: error: `processes` is at most 64 for a notebook in the sandbox, not 65",
        "a.md:8:11: error: `shared` is at most 4GiB for a notebook in the sandbox, not 5GiB",
        ":10: error: `timeout` is at most 30s for a notebook in the sandbox, not 40s",
        "grant it on the command line with `--timeout 40s`",
    ]);
}

#[test]
fn what_the_command_line_grants_a_notebook_may_have() {
    if !possible() {
        return;
    }
    for (memory, bytes) in [("6GiB", 6_u64 << 30), ("300MiB", 300 << 20)] {
        let text = format!("---\nnbrun: {{memory: {memory}, timeout: 2m}}\n---\n\n{}", notebook(PRINT_LIMITS));
        let run = Outside::new().prepare(&text).args(["--limit", &format!("memory={memory}"), "--timeout", "2m"]);
        assert_eq!(told(&run.run().code(0)), format!("{bytes}\n{bytes}"));
    }
}

#[test]
fn where_the_systems_own_limits_are_lower_than_the_sandboxs_they_stay() {
    if !possible() {
        return;
    }
    let run = Run::new().file("a.md", notebook(PRINT_LIMITS)).through("ulimit -d 1500000; exec \"$0\" --sandbox a.md");
    let told = told(&run.run().code(0));
    assert_eq!(told.lines().next(), Some("1536000000"), "{told}");
}

#[test]
fn the_time_limit_of_the_command_line_binds_every_cell() {
    if !possible() {
        return;
    }
    let text = notebook("sleep(1000);").replace("- process: attempt()", "jobs: [attempt()]\ntimeout: 500s");
    let run = Outside::new().prepare(&text).args(["--timeout", "1s"]).run().code(1);
    run.stderr_has("did not end within its time limit of 1s");
}

#[test]
fn a_file_without_a_name_is_no_larger_than_the_memory_may_be() {
    let body = format!(
        "unsafe extern \"C\" {{ fn signal(number: i32, action: usize) -> usize; }}
         unsafe {{ signal(25, 1); }}
         let fd = call({}, [c\"x\".as_ptr() as i64, 0, 0, 0, 0]).unwrap();
         tried(\"grow\", call({}, [fd, 3 << 30, 0, 0, 0]));
         println!(\"{{:?}}\", call({1}, [fd, 1 << 30, 0, 0, 0]));",
        nix::libc::SYS_memfd_create,
        nix::libc::SYS_ftruncate,
    );
    attempt(&Outside::new(), &body, "grow: File too large (os error 27)\nOk(0)");
}

#[test]
fn a_lower_limit_of_the_users_own_is_no_obstacle() {
    if !possible() {
        return;
    }
    let text = notebook("println!(\"x\");");
    let run = Run::new().file("a.md", &text).through("ulimit -u 1500; exec \"$0\" a.md --sandbox").run();
    run.code(0);
}
