//! Pages that cannot be written: the old page stays whole.

use super::OLD_PAGE;
use super::support::Run;
use nix::fcntl::{FcntlArg, fcntl};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::stat::Mode;
use nix::unistd::{getegid, geteuid, mkfifo};
use std::fs;
use std::io::Read as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

const CELL: &str = "```rust job\nfn job() {\n    println!(\"ran\");\n}\n```\n\n```yaml spawn\n- thread: job()\n```\n";

#[test]
fn a_page_whose_path_is_a_directory_is_refused_before_anything_runs() {
    let run = Run::new().notebook("a.md", CELL).file("a.html/keep", "kept").run();
    run.code(2)
        .stderr_is("error: cannot write `a.html`: it is a directory\n\n")
        .file_is("a.html/keep", "kept")
        .files_are(&["a.html/keep", "a.md"]);
}

#[test]
fn a_page_or_record_below_a_file_is_refused_before_anything_runs() {
    for (option, path) in [("-o", "file/dir"), ("-o", "file/page.html"), ("--record", "file/run.json")] {
        let run = Run::new().notebook("a.md", CELL).file("file", "kept").file("a.html", OLD_PAGE).args([option, path]);
        run.run()
            .code(2)
            .stderr_has("error: cannot write `file/")
            .stderr_has("`file` is not a directory")
            .file_is("a.html", OLD_PAGE)
            .files_are(&["a.html", "a.md", "file"]);
    }
}

#[test]
fn the_old_page_survives_where_the_new_one_cannot_be_written() {
    let cell = "```rust job\nfn job() {\n    std::fs::rename(\"out\", \"moved\").unwrap();\n    \
                std::fs::write(\"out\", \"in the way\").unwrap();\n}\n```\n\n```yaml spawn\n- process: job()\n```\n";
    let run = Run::new().notebook("a.md", cell).file("out/a.html", OLD_PAGE).args(["-o", "out", "--record", "r.json"]);
    run.run()
        .code(1)
        .stdout_is("")
        .stderr_has("error: cannot write `out/a.html`: `out` is not a directory")
        .file_is("moved/a.html", OLD_PAGE)
        .files_are(&["a.md", "moved/a.html", "out", "r.json"]);
}

#[test]
fn a_page_that_replaces_another_leaves_nothing_else_behind() {
    let run = Run::new().notebook("a.md", CELL).file("a.html", OLD_PAGE).run();
    run.code(0).page_has("a.html", "ran").files_are(&["a.html", "a.md"]);
}

#[test]
fn a_pipe_or_device_is_written_to_and_not_replaced() {
    let run = Run::new().notebook("a.md", CELL).args(["-o", "pipe.html", "--record", "pipe.json"]);
    let open = |name: &str| {
        let path = run.path(name);
        mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR).expect("a pipe");
        // Open for both, so that neither side ever waits for the other; what is written fits into the pipe.
        let pipe = fs::File::options().read(true).write(true).open(path).expect("the pipe opens");
        fcntl(&pipe, FcntlArg::F_SETPIPE_SZ(1 << 20)).expect("a pipe for a page");
        pipe
    };
    let pipes = [open("pipe.html"), open("pipe.json")];
    let outcome = run.run().code(0).stdout_is("pipe.html\n");
    for (mut pipe, (name, start)) in pipes.into_iter().zip([("pipe.html", "<!DOCTYPE html>"), ("pipe.json", "{")]) {
        let is_file = fs::metadata(outcome.path(name)).expect("it is still there").is_file();
        assert!(!is_file, "{name} was replaced by a file");
        let mut bytes = vec![0; start.len()];
        pipe.read_exact(&mut bytes).expect("what was written");
        assert_eq!(String::from_utf8_lossy(&bytes), start);
    }
}

/// A limit on the size of files refuses, in the middle of the page, what a full disk would refuse.
fn allow_only_small_files(command: &mut Command) {
    // SAFETY: between fork and exec only this system call is made.
    unsafe { command.pre_exec(|| Ok(setrlimit(Resource::RLIMIT_FSIZE, 4096, 4096)?)) };
}

#[test]
fn a_disk_that_is_full_leaves_the_old_page_whole_and_no_half_of_a_new_one() {
    let run = Run::new().notebook("a.md", "# Prose\n").file("a.html", OLD_PAGE).before_exec(allow_only_small_files);
    run.run()
        .code(1)
        .stderr_has("error: cannot write `a.html`: file too large")
        .file_is("a.html", OLD_PAGE)
        .files_are(&["a.html", "a.md"]);
}

#[test]
fn a_notebook_that_vanishes_while_it_runs_still_gets_its_page() {
    let cell = CELL.replace("println!(\"ran\");", "println!(\"ran\"); std::fs::remove_file(\"a.md\").unwrap();");
    let run = Run::new().notebook("a.md", &cell).file("a.html", OLD_PAGE).run();
    run.code(0).page_has("a.html", "ran").files_are(&["a.html"]);
}

#[test]
fn two_runs_of_one_notebook_at_once_do_not_disturb_each_other() {
    let first = Run::new().notebook("a.md", CELL).args(["--record", "a.json"]).run().code(0);
    let path = first.path("a.md");
    let dir = path.parent().expect("a directory").to_owned();
    // Empty at first, so that all of them compile at once and find each other's work.
    let cache = tempfile::tempdir().expect("a temporary directory");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let args = [path.clone().into_os_string(), "-o".into(), dir.clone().into_os_string()];
                Run::new().args(args).cache(cache.path()).run().code(0);
            });
        }
    });
    first.page_has("a.html", "ran").files_are(&[".nbrun-files.json", "a.html", "a.json", "a.md"]);
}

/// Makes the directory `out` read-only for the program, for whoever it is run as, in namespaces of its own.
fn make_out_read_only(command: &mut Command) {
    let close = || {
        let (user, group) = (geteuid(), getegid());
        unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS)?;
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("{user} {user} 1\n"))?;
        fs::write("/proc/self/gid_map", format!("{group} {group} 1\n"))?;
        let bind = |flags| mount(Some("out"), "out", None::<&str>, MsFlags::MS_BIND | flags, None::<&str>);
        bind(MsFlags::empty())?;
        bind(MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY)?;
        Ok(())
    };
    // SAFETY: the C library keeps its allocator usable in the child of a process with threads, and nothing else is used
    // that a thread could have been in the midst of.
    unsafe { command.pre_exec(close) };
}

#[test]
fn a_read_only_directory_is_refused_before_anything_runs() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    fs::create_dir(dir.path().join("out")).expect("a directory");
    let mut probe = Command::new("true");
    make_out_read_only(probe.current_dir(dir.path()));
    if let Err(error) = probe.status() {
        let required = std::env::var_os("NBRUN_TEST_SANDBOX").is_some_and(|how| how == "required");
        assert!(!required, "namespaces cannot be had: {error}");
        return eprintln!("not tested, for nothing can be mounted here: {error}");
    }
    for option in ["-o", "--record"] {
        let run = Run::new().notebook("a.md", CELL).file("out/a.html", OLD_PAGE).file("out/a.json", "{}");
        let target = if option == "-o" { "out/a.html" } else { "out/a.json" };
        let outcome = run.args([option, target]).before_exec(make_out_read_only).run().code(2);
        outcome
            .stderr_is(&format!("error: cannot write `{target}`: `out`: read-only file system\n\n"))
            .file_is("out/a.html", OLD_PAGE)
            .files_are(&["a.md", "out/a.html", "out/a.json"]);
    }
}

/// Nobody may make files there, and for root that shows only when it is tried.
#[test]
fn a_page_in_a_directory_that_takes_no_files_is_an_error_whoever_asks() {
    let run = Run::new().notebook("a.md", CELL).file("a.html", OLD_PAGE).args(["-o", "/proc/self/task"]).run();
    assert!([1, 2].contains(&run.code), "exit code {}", run.code);
    run.stdout_is("")
        .stderr_has("error: cannot write `/proc/self/task/a.html`: ")
        .file_is("a.html", OLD_PAGE)
        .files_are(&["a.html", "a.md"]);
}
