//! Attempts on other processes.

use super::outside::{OLD, Outside, SECRET};
use super::{attempt, forbidden, met, notebook, possible, told};
use nix::libc;

const FORBIDDEN: &str = "Operation not permitted (os error 1)";

#[test]
fn a_job_has_no_environment_but_what_it_needs() {
    attempt(&Outside::new(), "println!(\"{:?}\", std::env::var(\"SECRET\"));", "Err(NotPresent)");
}

#[test]
fn a_job_does_not_learn_where_the_users_programs_are() {
    let outside = Outside::new();
    if !possible() {
        return;
    }
    let path = format!("{}:{}", outside.path("bin"), std::env::var("PATH").expect("a path"));
    let body = "println!(\"{}\", std::env::var(\"PATH\").unwrap().split(':').all(|dir| fs::exists(dir).unwrap() || dir.starts_with(\"/usr/\")));
        println!(\"{}\", std::process::Command::new(\"true\").status().unwrap().success());";
    let run = outside.prepare(&notebook(body)).env("PATH", &path).run().code(0);
    assert_eq!(told(&run), "true\ntrue");
}

#[test]
fn processes_outside_are_not_there() {
    let me = std::process::id();
    attempt(
        &Outside::new(),
        &format!("tried(\"environment\", fs::read_to_string(\"/proc/{me}/environ\"));"),
        "environment: No such file or directory (os error 2)",
    );
    attempt(
        &Outside::new(),
        &format!("tried(\"signal\", call({}, [{me}, 0, 0, 0, 0]));", libc::SYS_kill),
        "signal: No such process (os error 3)",
    );
}

#[test]
fn no_process_that_can_be_seen_has_the_secret() {
    let body = "
        let mut seen = 0;
        for entry in fs::read_dir(\"/proc\").unwrap().flatten() {
            if entry.file_name().to_string_lossy().parse::<u32>().is_ok() {
                seen += 1;
                println!(\"{}\", String::from_utf8_lossy(&fs::read(entry.path().join(\"environ\")).unwrap_or_default()));
            }
        }
        println!(\"{}\", seen <= 5);";
    if let Some(met) = met(&Outside::new(), body) {
        assert!(met.ends_with("true") && !met.contains(SECRET), "{met}");
    }
}

#[test]
fn the_first_process_leads_nowhere() {
    let body = "
        for file in [\"root\", \"cwd\", \"exe\", \"fd\", \"environ\", \"mem\", \"ns/mnt\", \"ns/user\"] {
            println!(\"{file} {:?}\", fs::File::open(format!(\"/proc/1/{file}\")).map_err(|error| error.kind()).err());
        }";
    let denied = |file| format!("{file} Some(PermissionDenied)");
    let expected = ["root", "cwd", "exe", "fd", "environ", "mem", "ns/mnt", "ns/user"].map(denied).join("\n");
    attempt(&Outside::new(), body, &expected);
}

#[test]
fn the_kernel_that_judges_a_job_cannot_be_opened_by_it() {
    // The kernel is the second process of the room, and main its child.
    let body = "
        for file in [\"mem\", \"fd/1\", \"environ\"] {
            println!(\"{file} {:?}\", fs::File::open(format!(\"/proc/2/{file}\")).map_err(|error| error.kind()).err());
        }";
    attempt(
        &Outside::new(),
        body,
        "mem Some(PermissionDenied)\nfd/1 Some(PermissionDenied)\nenviron Some(PermissionDenied)",
    );
}

#[test]
fn nobody_can_be_traced() {
    let attach = |pid: &str| format!("tried(\"trace {pid}\", call({}, [16, {pid}, 0, 0, 0]));", libc::SYS_ptrace);
    let body = [attach("1"), attach("2")].join("\n");
    attempt(&Outside::new(), &body, &format!("trace 1: {FORBIDDEN}\ntrace 2: {FORBIDDEN}"));
}

#[test]
fn memory_and_files_of_others_cannot_be_taken() {
    forbidden("read memory", libc::SYS_process_vm_readv, [2, 0, 0, 0, 0]);
    forbidden("write memory", libc::SYS_process_vm_writev, [2, 0, 0, 0, 0]);
    forbidden("take a file", libc::SYS_pidfd_getfd, [0, 0, 0, 0, 0]);
}

#[test]
fn a_signal_to_everybody_ends_the_room_and_nothing_else() {
    if !possible() {
        return;
    }
    let mut bystander = std::process::Command::new("sleep").arg("1000").spawn().expect("a process");
    let body = format!("println!(\"before\");\ntried(\"all\", call({}, [-1, 9, 0, 0, 0]));", libc::SYS_kill);
    let run = Outside::new().run(&notebook(&body));
    assert!(bystander.try_wait().expect("a child").is_none(), "a process outside was ended");
    bystander.kill().and_then(|()| bystander.wait()).expect("a child");
    // The kernel is among those who were signalled. nbrun lives, says so, and writes the page.
    run.code(1).stderr_has("the kernel ended before its work was done").page_has("a.html", "<!DOCTYPE html>");
}

#[test]
fn nobody_becomes_another_user() {
    let body = format!(
        "println!(\"{{}} {{}}\", call({0}, [0, 0, 0, 0, 0]).is_err(), call({1}, [0, 0, 0, 0, 0]).is_err());\n\
         println!(\"{{:?}}\", call({2}, [0, 0, 0, 0, 0]).map(|user| user != 0).ok());",
        libc::SYS_setgid,
        libc::SYS_setuid,
        libc::SYS_getuid
    );
    // Without root's rights, somebody who is root outside is somebody else in here.
    attempt(&Outside::new(), &body, "true true\nSome(true)");
}

#[test]
fn a_program_that_lends_roots_rights_lends_none() {
    let body = "let status = fs::read_to_string(\"/proc/self/status\").unwrap();
        for line in status.lines().filter(|line| line.starts_with(\"NoNewPrivs\") || line.starts_with(\"CapEff\")) {
            println!(\"{line}\");
        }";
    attempt(&Outside::new(), body, "CapEff:\t0000000000000000\nNoNewPrivs:\t1");
}

#[test]
fn no_namespace_can_be_made_or_entered() {
    forbidden("unshare", libc::SYS_unshare, [libc::CLONE_NEWUSER.into(), 0, 0, 0, 0]);
    forbidden("clone", libc::SYS_clone, [i64::from(libc::CLONE_NEWUSER | libc::SIGCHLD), 0, 0, 0, 0]);
    forbidden("setns", libc::SYS_setns, [0, 0, 0, 0, 0]);
    attempt(
        &Outside::new(),
        &format!("tried(\"clone3\", call({}, [0, 0, 0, 0, 0]));", libc::SYS_clone3),
        "clone3: Function not implemented (os error 38)",
    );
}

#[cfg(target_arch = "x86_64")]
#[test]
fn a_call_by_its_other_number_is_the_same_call() {
    forbidden("unshare as x32", libc::SYS_unshare | 0x4000_0000, [libc::CLONE_NEWUSER.into(), 0, 0, 0, 0]);
    forbidden("ptrace as x32", 521 | 0x4000_0000, [16, 1, 0, 0, 0]);
}

#[test]
fn programs_that_a_job_starts_are_in_the_same_room() {
    let outside = Outside::new();
    let path = outside.path("new");
    let body = format!(
        "let done = std::process::Command::new(\"sh\").args([\"-c\", \"echo x > {path}; cat {}\"]).output().unwrap();\n\
         println!(\"{{}} {{}}\", done.stdout.len(), done.stderr.is_empty());",
        outside.path("secret.txt")
    );
    attempt(&outside, &body, "0 false");
}

#[test]
fn a_worker_that_is_started_afresh_is_in_the_same_room() {
    if !possible() {
        return;
    }
    let outside = Outside::new();
    let text = notebook(&format!("tried(\"read\", fs::read_to_string({:?}));", outside.path("secret.txt")));
    let text = text.replace("- process: attempt()", "start: exec\njobs:\n  - process: attempt()");
    let run = outside.run(&text).code(0);
    assert_eq!(told(&run), "read: No such file or directory (os error 2)");
}

#[test]
fn a_fork_bomb_meets_a_limit_and_is_gone_with_its_cell() {
    if !possible() {
        return;
    }
    let marker = format!("nbrun-bomb-{}", std::process::id());
    let body = format!(
        "let mut children = 0;
         loop {{
             match std::process::Command::new(\"sleep\").args([\"1000\"]).arg0_of({marker:?}).spawn() {{
                 Ok(_) => children += 1,
                 Err(error) => break println!(\"{{}} {{error}}\", children > 100),
             }}
         }}"
    );
    let named = "trait Named { fn arg0_of(&mut self, name: &str) -> &mut Self; }
        impl Named for std::process::Command {
            fn arg0_of(&mut self, name: &str) -> &mut Self { std::os::unix::process::CommandExt::arg0(self, name) }
        }";
    let run = Outside::new().run(&notebook(&format!("{named}\n{body}")));
    run.code(1).page_has("a.html", "the jobs had more than 64 processes that they had started by themselves");
    for entry in std::fs::read_dir("/proc").expect("processes").flatten() {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&line).contains(&marker), "{entry:?} is left");
    }
}

#[test]
fn a_memory_bomb_meets_a_limit() {
    if !possible() {
        return;
    }
    let body = "let mut all: Vec<Vec<u8>> = Vec::new();
        for _ in 0..100 {
            let mut more = Vec::new();
            match more.try_reserve_exact(1 << 30) {
                Ok(()) => all.push(more),
                Err(_) => break,
            }
        }
        println!(\"{}\", all.len() < 8);";
    attempt(&Outside::new(), body, "true");
}

#[test]
fn an_interrupt_ends_the_room_and_leaves_the_page() {
    if !possible() {
        return;
    }
    // What happens inside cannot be seen outside, so the signal comes as soon as the run has begun at all: with the
    // library, which appears in the cache just before.
    let run = Outside::new().prepare(&notebook("sleep(100);")).cache("cache");
    let run = run.ctrl_c_when("cache/lib").run();
    run.code(130).stderr_lacks("panicked");
}

#[test]
fn an_old_page_is_replaced_whole() {
    if !possible() {
        return;
    }
    let run = Outside::new().run(&notebook("println!(\"x\");")).code(0);
    assert!(!run.text("a.html").contains(OLD.trim()));
    assert!(run.text("a.html").contains("ran in a sandbox made of namespaces"));
}

#[test]
fn a_kernel_that_is_stopped_is_found_as_soon_as_without_a_sandbox() {
    if !possible() {
        return;
    }
    // The kernel is the second process of the room. Nothing but its being found ends the job before a minute is over.
    let body = format!("tried(\"stop\", call({}, [2, 19, 0, 0, 0]));\nsleep(100);", libc::SYS_kill);
    let text = format!("---\nnbrun: {{timeout: 90s}}\n---\n\n{}", notebook(&body));
    let run = Outside::new().prepare(&text).args(["--timeout", "90s"]).run().code(1);
    run.stderr_has("error: the kernel was stopped by SIGSTOP, and not continued").page_has("a.html", "<!DOCTYPE html>");
}

#[test]
fn the_first_process_does_not_tell_how_the_room_is_built() {
    let body = "let line = fs::read(\"/proc/1/cmdline\").unwrap();
        println!(\"{}\", String::from_utf8_lossy(&line).replace('\\0', \" \").trim());";
    attempt(&Outside::new(), body, "/proc/self/exe __sandbox /proc/self/exe __kernel sealed");
}
