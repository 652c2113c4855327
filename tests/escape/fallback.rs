//! A system that lets nobody make namespaces: the strict sandbox says what is missing before anything runs, and the best
//! that can be had still keeps in what it says it does.

use super::outside::{OLD, Outside, SECRET};
use super::support::toolchain::Logged;
use super::support::{Outcome, Run};
use super::{notebook, possible, told};
use nix::libc;
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{getgid, getuid};
use std::fs;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// Puts a program into a user namespace in which no others can be made.
fn without_namespaces(command: &mut Command) {
    let (user, group) = (getuid(), getgid());
    let enter = move || -> io::Result<()> {
        unshare(CloneFlags::CLONE_NEWUSER)?;
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
        fs::write("/proc/self/gid_map", format!("{group} {group} 1"))?;
        fs::write("/proc/sys/user/max_user_namespaces", "0")
    };
    // SAFETY: the test's process may have other threads; what is called between fork and exec allocates, which glibc
    // allows after a fork, and takes no lock of this program.
    unsafe { command.pre_exec(enter) };
}

/// A run where no namespaces can be made.
pub fn without(run: Run) -> Run {
    run.before_exec(without_namespaces)
}

fn run(notebook: &str, how: &str) -> Outcome {
    let outside = Outside::new();
    let run = without(outside.prepare_with(notebook, how)).run();
    outside.is_untouched();
    run
}

#[test]
fn what_is_missing_is_said_before_anything_runs() {
    if !possible() {
        return;
    }
    let run = run(&notebook("println!(\"x\");"), "--sandbox=strict").code(2).file_is("a.html", OLD);
    run.stderr_has("this system cannot enforce the sandbox")
        .stderr_has("namespaces cannot be had: the system would not make a user namespace")
        .stderr_has("--sandbox=best-effort")
        .stderr_lacks(" ok ");
}

#[test]
fn the_best_that_can_be_had_is_told_on_the_page() {
    if !possible() {
        return;
    }
    let run = run(&notebook("println!(\"x\");"), "--sandbox=best-effort").code(0);
    assert_eq!(told(&run), "x");
    run.page_has("a.html", "It lacked: namespaces cannot be had");
}

#[test]
fn files_sockets_and_processes_are_guarded_without_namespaces() {
    if !possible() {
        return;
    }
    let outside = Outside::new();
    let body = format!(
        "tried(\"read\", fs::read_to_string({:?}));
         tried(\"write\", fs::write({:?}, \"x\"));
         tried(\"connect\", std::net::TcpStream::connect(\"127.0.0.1:1\"));
         tried(\"signal\", call({}, [{}, 0, 0, 0, 0]));
         tried(\"environment\", fs::read_to_string(\"/proc/{}/environ\"));
         println!(\"{{:?}} {{:?}}\", fs::write(\"own\", \"x\"), std::env::var(\"SECRET\"));",
        outside.path("secret.txt"),
        outside.path("new"),
        libc::SYS_kill,
        std::process::id(),
        std::process::id(),
    );
    let run = run(&notebook(&body), "--sandbox=best-effort").code(0);
    if run.page().contains("Landlock cannot be had") {
        return eprintln!("not tested, for this system has no Landlock of version 6");
    }
    let met = told(&run);
    assert!(!met.contains("ESCAPED") && !met.contains(SECRET), "{met}");
    let (denied, forbidden) = ("Permission denied (os error 13)", "Operation not permitted (os error 1)");
    assert_eq!(
        met,
        format!(
            "read: {denied}\nwrite: {denied}\nconnect: {forbidden}\nsignal: {forbidden}\nenvironment: {denied}\n\
             Ok(()) Err(NotPresent)"
        )
    );
}

/// Makes an attempt where there are no namespaces.
#[track_caller]
fn attempt(body: &str, expected: &str) {
    if possible() {
        assert_eq!(told(&run(&notebook(body), "--sandbox=best-effort").code(0)), expected);
    }
}

const FORBIDDEN: &str = "Operation not permitted (os error 1)";

#[test]
fn without_namespaces_nothing_about_a_file_can_be_changed_by_its_name() {
    let outside = Outside::new();
    let path = outside.path("secret.txt");
    let body = format!(
        "let path = std::ffi::CString::new({path:?}).unwrap();
         let path = path.as_ptr() as i64;
         let name = c\"user.x\".as_ptr() as i64;
         let times = [0_i64; 4];
         for (what, number, arguments) in [
             (\"fchmodat\", {}, [-100, path, 0, 0, 0]),
             (\"fchmodat2\", 452, [-100, path, 0, 0, 0]),
             (\"fchownat\", {}, [-100, path, 0, 0, 0]),
             (\"utimensat\", {}, [-100, path, times.as_ptr() as i64, 0, 0]),
             (\"setxattr\", {}, [path, name, name, 1, 0]),
             (\"lsetxattr\", {}, [path, name, name, 1, 0]),
             (\"removexattr\", {}, [path, name, 0, 0, 0]),
         ] {{
             tried(what, call(number, arguments));
         }}
         tried(\"std\", fs::set_permissions({path:?}, std::os::unix::fs::PermissionsExt::from_mode(0)));",
        libc::SYS_fchmodat,
        libc::SYS_fchownat,
        libc::SYS_utimensat,
        libc::SYS_setxattr,
        libc::SYS_lsetxattr,
        libc::SYS_removexattr,
    );
    let calls = ["fchmodat", "fchmodat2", "fchownat", "utimensat", "setxattr", "lsetxattr", "removexattr", "std"];
    attempt(&body, &calls.map(|call| format!("{call}: {FORBIDDEN}")).join("\n"));
    outside.is_untouched();
}

#[test]
fn without_namespaces_no_other_process_is_changed() {
    let me = std::process::id();
    let body = format!(
        "let set = [1_u64; 16];
         let pointer = set.as_ptr() as i64;
         for (what, number, arguments) in [
             (\"limits\", {}, [{me}, 7, 0, pointer, 0]),
             (\"affinity\", {}, [{me}, 8, pointer, 0, 0]),
             (\"scheduler\", {}, [{me}, 3, pointer, 0, 0]),
             (\"priority\", {}, [0, {me}, 19, 0, 0]),
             (\"priority of the user\", {3}, [2, 0, 19, 0, 0]),
             (\"ioprio\", {}, [1, {me}, 0, 0, 0]),
             (\"ioprio of the user\", {4}, [3, 0, 0, 0, 0]),
         ] {{
             tried(what, call(number, arguments));
         }}
         println!(\"{{:?}} {{:?}}\", call({3}, [0, 0, 1, 0, 0]), call({0}, [0, 7, 0, pointer, 0]));",
        libc::SYS_prlimit64,
        libc::SYS_sched_setaffinity,
        libc::SYS_sched_setscheduler,
        libc::SYS_setpriority,
        libc::SYS_ioprio_set,
    );
    let calls = ["limits", "affinity", "scheduler", "priority", "priority of the user", "ioprio", "ioprio of the user"];
    let expected = calls.map(|call| format!("{call}: {FORBIDDEN}\n")).concat();
    attempt(&body, &format!("{expected}Ok(0) Ok(0)"));
}

#[test]
fn without_namespaces_a_home_cannot_be_watched() {
    let call = libc::SYS_inotify_init1;
    attempt(&format!("tried(\"watch\", call({call}, [0, 0, 0, 0, 0]));"), &format!("watch: {FORBIDDEN}"));
}

#[test]
fn without_namespaces_a_file_can_still_be_copied_and_lends_no_rights() {
    let body = format!(
        "use std::os::unix::fs::PermissionsExt as _;
         use std::os::fd::AsRawFd as _;
         fs::write(\"one\", \"text\").unwrap();
         println!(\"{{:?}} {{:?}}\", fs::copy(\"one\", \"two\").unwrap(), fs::read_to_string(\"two\").unwrap());
         fs::copy(\"/bin/true\", \"three\").unwrap();
         println!(\"{{:o}} {{:?}}\", fs::metadata(\"three\").unwrap().permissions().mode() & 0o111,
             std::process::Command::new(\"./three\").status().unwrap().success());
         let file = fs::File::open(\"two\").unwrap().as_raw_fd() as i64;
         tried(\"set-user-ID\", call({}, [file, 0o4755, 0, 0, 0]));",
        libc::SYS_fchmod
    );
    attempt(&body, &format!("4 \"text\"\n111 true\nset-user-ID: {FORBIDDEN}"));
}

#[test]
fn without_namespaces_no_job_has_any_right_of_roots() {
    let body = "let status = fs::read_to_string(\"/proc/self/status\").unwrap();
        for line in status.lines().filter(|line| line.starts_with(\"Cap\")) {
            println!(\"{}\", line.split_whitespace().nth(1).unwrap());
        }";
    attempt(body, &["0000000000000000"; 5].join("\n"));
}

#[test]
fn without_namespaces_a_signal_to_everybody_reaches_nobody_outside() {
    if !possible() {
        return;
    }
    let body = format!("println!(\"before\");\ntried(\"all\", call({}, [-1, 9, 0, 0, 0]));", libc::SYS_kill);
    let run = run(&notebook(&body), "--sandbox=best-effort").code(1);
    // nbrun lives, says so, and writes the page.
    run.stderr_has("the kernel ended before its work was done").page_has("a.html", "<!DOCTYPE html>");
}

#[test]
fn without_namespaces_nothing_that_a_compiler_starts_outlives_it() {
    if !possible() {
        return;
    }
    let marker = format!("1000.{}", std::process::id());
    let outside = Outside::new();
    let prepared = without(outside.prepare_with(&notebook("println!(\"x\");"), "--sandbox=best-effort"));
    // It says of itself that it is there, in what nbrun shows, for it may write to no file that is there afterwards.
    let before = format!("setsid sleep {marker} & echo started >&2");
    let prepared = Logged::with(&prepared, &before).of(prepared);
    let run = prepared.cache("cache").run().code(2).stderr_has("started");
    for entry in fs::read_dir("/proc").expect("processes").flatten() {
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&line).contains(&marker), "{entry:?} is left: {}", run.stderr);
    }
}
