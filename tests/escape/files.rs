//! Attempts on files.

use super::outside::{OLD, Outside};
use super::support::Run;
use super::{attempt, notebook, possible, told};
use std::fs;

const NOT_THERE: &str = "No such file or directory (os error 2)";

/// Reads a file that is not to be there.
#[track_caller]
fn unread(outside: &Outside, path: &str) {
    attempt(outside, &format!("tried(\"read\", fs::read_to_string({path:?}));"), &format!("read: {NOT_THERE}"));
}

#[test]
fn keys_cannot_be_read() {
    let outside = Outside::new();
    unread(&outside, &outside.path(".ssh/id_ed25519"));
}

#[test]
fn credentials_cannot_be_read() {
    let outside = Outside::new();
    unread(&outside, &outside.path(".cargo/credentials.toml"));
}

#[test]
fn the_users_of_the_machine_cannot_be_listed() {
    unread(&Outside::new(), "/etc/passwd");
    unread(&Outside::new(), "/etc/shadow");
}

#[test]
fn the_home_cannot_be_listed() {
    let outside = Outside::new();
    attempt(
        &outside,
        &format!("tried(\"list\", fs::read_dir({:?}));", outside.path("")),
        &format!("list: {NOT_THERE}"),
    );
}

#[test]
fn the_home_cannot_be_written() {
    let outside = Outside::new();
    let path = outside.path("new");
    attempt(&outside, &format!("tried(\"write\", fs::write({path:?}, \"x\"));"), &format!("write: {NOT_THERE}"));
}

#[test]
fn the_notebooks_directory_and_the_page_cannot_be_written() {
    if !possible() {
        return;
    }
    let outside = Outside::new();
    // Where the run is, the job is told by what is printed on the page itself.
    let run = outside.prepare("");
    let dir = run.path("").display().to_string();
    let body = format!(
        "for name in [\"a.md\", \"a.html\", \"new\"] {{ tried(name, fs::write(format!(\"{dir}{{name}}\"), \"x\")); }}"
    );
    let run = run.file("a.md", notebook(&body)).run();
    assert_eq!(told(&run), format!("a.md: {NOT_THERE}\na.html: {NOT_THERE}\nnew: {NOT_THERE}"));
    run.code(0).files_are(&["a.html", "a.md"]);
}

#[test]
fn temporary_files_of_the_sandbox_are_its_own() {
    let path = format!("/tmp/nbrun-escape-{}", std::process::id());
    attempt(&Outside::new(), &format!("println!(\"{{:?}}\", fs::write({path:?}, \"x\"));"), "Ok(())");
    assert!(!fs::exists(&path).expect("a directory"));
}

#[test]
fn other_directories_cannot_be_written() {
    let body = "for path in [\"/x\", \"/usr/x\", \"/dev/x\", \"/proc/sys/kernel/hostname\", \"/run/x\"] { \
                println!(\"{path} {}\", fs::write(path, \"x\").is_err()); }";
    attempt(&Outside::new(), body, "/x true\n/usr/x true\n/dev/x true\n/proc/sys/kernel/hostname true\n/run/x true");
}

#[test]
fn a_link_out_of_the_scratch_directory_leads_nowhere() {
    let outside = Outside::new();
    let path = outside.path("secret.txt");
    let body = format!(
        "std::os::unix::fs::symlink({path:?}, \"/tmp/out\").unwrap();\n\
         tried(\"read\", fs::read_to_string(\"/tmp/out\"));\ntried(\"write\", fs::write(\"/tmp/out\", \"x\"));"
    );
    attempt(&outside, &body, &format!("read: {NOT_THERE}\nwrite: {NOT_THERE}"));
}

#[test]
fn a_file_outside_cannot_be_linked_in() {
    let outside = Outside::new();
    let path = outside.path("secret.txt");
    let body = format!(
        "tried(\"home\", fs::hard_link({path:?}, \"/tmp/in\"));\n\
         println!(\"system {{}}\", fs::hard_link(\"/usr/bin/env\", \"/tmp/in\").is_err());"
    );
    attempt(&outside, &body, &format!("home: {NOT_THERE}\nsystem true"));
}

#[test]
fn the_cache_cannot_be_poisoned() {
    let body = "
        let maps = fs::read_to_string(\"/proc/self/maps\").unwrap();
        let library = maps.lines().find_map(|line| line.find(\"/notebook-\").and(line.find('/')).map(|at| &line[at..]));
        let library = std::path::Path::new(library.unwrap());
        let entry = library.parent().unwrap();
        tried(\"the library\", fs::write(library, \"x\"));
        tried(\"its entry\", fs::write(entry.join(\"new\"), \"x\"));
        println!(\"others {}\", fs::read_dir(entry.parent().unwrap()).unwrap().count());
        println!(\"a new one {}\", fs::create_dir(entry.parent().unwrap().join(\"new\")).is_err());";
    let read_only = "Read-only file system (os error 30)";
    attempt(
        &Outside::new(),
        body,
        &format!("the library: {read_only}\nits entry: {read_only}\nothers 1\na new one true"),
    );
}

#[test]
fn the_toolchain_and_nbrun_itself_cannot_be_changed() {
    let body = "println!(\"{:?}\", fs::OpenOptions::new().write(true).open(\"/proc/self/exe\").is_err());";
    attempt(&Outside::new(), body, "true");
    let body = "let maps = fs::read_to_string(\"/proc/self/maps\").unwrap();
        let std = maps.lines().find_map(|line| line.find(\"/libstd-\").and(line.find('/')).map(|at| &line[at..])).unwrap();
        println!(\"{:?}\", fs::OpenOptions::new().write(true).open(std).is_err());";
    attempt(&Outside::new(), body, "true");
}

#[test]
fn files_that_nbrun_was_started_with_are_not_passed_on() {
    if !possible() {
        return;
    }
    let outside = Outside::new();
    let secret = fs::File::open(outside.home().join("secret.txt")).expect("a file");
    // A copy that is not closed when a program is started. Other tests' programs may get it, too, which does no harm.
    let _open = nix::unistd::dup(&secret).expect("a copy");
    let body = "
        for entry in fs::read_dir(\"/proc/self/fd\").unwrap() {
            let target = fs::read_link(entry.unwrap().path()).unwrap_or_default();
            if target.is_absolute() && !target.starts_with(\"/proc\") && !target.starts_with(\"/dev\") {
                println!(\"ESCAPED with {target:?}\");
            }
        }
        println!(\"looked\");";
    // Memory without a name is none of the machine's files.
    let told = outside.run(&notebook(body)).code(0);
    let told = super::told(&told).lines().filter(|line| !line.contains("/memfd:")).collect::<Vec<_>>().join("\n");
    assert_eq!(told, "looked");
}

#[test]
fn a_page_that_is_a_link_is_replaced_where_its_owner_put_it() {
    if !possible() {
        return;
    }
    let run = Outside::new().prepare(&notebook("println!(\"x\");")).file("real.html", OLD);
    let run = run.link("link.html", "real.html").args(["-o", "link.html"]).run().code(0);
    assert!(run.text("real.html").contains("<!DOCTYPE html>") && run.path("link.html").is_symlink());
}

#[test]
fn a_replay_in_the_sandbox_sees_no_files() {
    if !possible() {
        return;
    }
    let outside = Outside::new();
    let job = format!(
        "fn spy(v: Value<i32>) {{ v.set(std::fs::read({:?}).is_ok() as i32 + 1); }}",
        outside.path("secret.txt")
    );
    let text = format!(
        "```rust job\n{job}\n```\n\n```yaml value\nv: {{type: i, init: 0}}\n```\n\n```yaml spawn\n- process: spy(v)\n```\n"
    );
    let replay = |sandbox: &[&str]| {
        let run = outside.owned(Run::new().file("a.md", &text)).args(["replay", "a.md", "3", "1"]);
        run.args(sandbox.iter().copied()).run().code(0).stdout
    };
    assert!(replay(&[]).contains("v.set(2)"));
    assert!(replay(&["--sandbox"]).contains("v.set(1)"));
    outside.is_untouched();
}
