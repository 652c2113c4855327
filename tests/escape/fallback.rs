//! A system that lets nobody make namespaces: the strict sandbox says what is missing before anything runs, and the best
//! that can be had still keeps in what it says it does.

use super::outside::{OLD, Outside, SECRET};
use super::support::Outcome;
use super::{notebook, possible, told};
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

fn run(notebook: &str, how: &str) -> Outcome {
    let outside = Outside::new();
    let run = outside.prepare_with(notebook, how).before_exec(without_namespaces).run();
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
fn without_namespaces_files_sockets_and_processes_are_guarded_all_the_same() {
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
        nix::libc::SYS_kill,
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
