//! Attempts that are made while the notebook is compiled.

use super::outside::{OLD, Outside, SECRET};
use super::{attempt, possible, told};

/// Compiles a job cell that cannot be compiled, with an error that says this.
#[track_caller]
fn refused(outside: &Outside, job: &str, expected: &str) {
    if !possible() {
        return;
    }
    let run = outside.run(&format!("```rust job\n{job}\n```\n\n```yaml spawn\n- process: f()\n```\n"));
    run.code(2).stderr_has(expected).stderr_lacks(SECRET).file_is("a.html", OLD);
    outside.is_untouched();
}

#[test]
fn a_secret_cannot_be_included_as_text_and_the_page_says_so() {
    if !possible() {
        return;
    }
    let outside = Outside::new();
    let path = outside.path("secret.txt");
    let text = format!(
        "```yaml spawn\njobs:\n  - process: drop(include_str!({path:?}))\nexpect: {{error: couldn't read}}\n```\n"
    );
    let run = outside.run(&text).code(0).page_has("a.html", "couldn't read").page_has("a.html", "No such file");
    assert!(!run.page().contains(SECRET));
}

#[test]
fn a_secret_cannot_be_included_as_bytes() {
    let outside = Outside::new();
    let job = format!("fn f() {{ drop(include_bytes!({:?})) }}", outside.path(".ssh/id_ed25519"));
    refused(&outside, &job, "couldn't read");
}

#[test]
fn a_file_outside_cannot_be_a_module() {
    let outside = Outside::new();
    let job =
        format!("#[path = {:?}]\nmod secret;\nfn f() {{ println!(\"{{}}\", secret::X) }}", outside.path("secret.rs"));
    refused(&outside, &job, "couldn't read");
}

#[test]
fn a_file_outside_cannot_be_included_as_code() {
    let outside = Outside::new();
    let job = format!("include!({:?});\nfn f() {{ println!(\"{{X}}\") }}", outside.path("secret.rs"));
    refused(&outside, &job, "couldn't read");
}

#[test]
fn the_assembler_cannot_include_a_file_either() {
    let outside = Outside::new();
    let job = format!("std::arch::global_asm!(\".incbin \\\"{}\\\"\");\nfn f() {{}}", outside.path("secret.txt"));
    refused(&outside, &job, "Could not find incbin file");
}

#[test]
fn the_environment_is_not_known_to_the_compiler() {
    let outside = Outside::new();
    refused(&outside, "fn f() { println!(\"{}\", env!(\"SECRET\")) }", "environment variable `SECRET` not defined");
    attempt(&outside, "println!(\"{:?}\", option_env!(\"SECRET\"));", "None");
}

#[test]
fn a_library_that_was_made_outside_of_the_sandbox_is_not_used_in_it() {
    if !possible() {
        return;
    }
    let outside = Outside::new();
    let text = super::notebook("println!(\"{:?}\", option_env!(\"SECRET\"));");
    let trusted = super::support::Run::new().notebook("a.md", &text).env("SECRET", SECRET).cache("cache").run();
    assert_eq!(told(&trusted), format!("Some(\"{SECRET}\")"));
    let cache = trusted.path("cache");
    let run = outside.prepare(&text).cache(cache).run();
    assert_eq!(told(&run), "None");
}

#[test]
fn a_crate_is_built_and_used_in_the_sandbox() {
    if !possible() {
        return;
    }
    let text = "---\nnbrun: {dependencies: {itoa: \"1\"}}\n---\n```rust job\nfn f() { println!(\"{}\", \
                itoa::Buffer::new().format(7)) }\n```\n\n```yaml spawn\n- process: f()\n```\n";
    let run = Outside::new().prepare(text).cache("cache").run();
    assert_eq!(told(&run), "7");
    run.code(0);
}

#[test]
fn a_crate_that_is_not_there_is_not_downloaded() {
    if !possible() {
        return;
    }
    let text = "---\nnbrun: {dependencies: {a-crate-that-nobody-has: \"1\"}}\n---\n```rust job\nfn f() {}\n```\n";
    let run = Outside::new().run(text).code(2);
    run.stderr_has("is not on this machine").stderr_has("with `--sandbox` nothing is downloaded");
}

#[test]
fn a_crate_that_was_built_outside_of_the_sandbox_is_built_again_in_it() {
    if !possible() {
        return;
    }
    let text = "---\nnbrun: {dependencies: {itoa: \"1\"}}\n---\n```rust job\nfn f() { println!(\"{}\", \
                itoa::Buffer::new().format(7)) }\n```\n\n```yaml spawn\n- process: f()\n```\n";
    let run = super::support::Run::new().notebook("a.md", text).cache("cache").run().code(0);
    let building = "building itoa";
    let run = run.stderr_has(building);
    let outside = Outside::new();
    for expected in [true, false] {
        let again = outside.prepare(text).cache(run.path("cache")).run().code(0);
        assert_eq!(again.stderr.contains(building), expected, "{}", again.stderr);
        assert_eq!(told(&again), "7");
        // The next one is compiled anew, with the crates that are there.
        std::fs::remove_dir_all(run.path("cache/lib")).expect("libraries");
    }
}

#[test]
fn what_a_compiler_may_leave_in_the_cache_is_limited() {
    let outside = Outside::new();
    for (mib, expected) in [
        (100, "more was compiled than the 64 MiB that are kept of what a sandbox compiles"),
        (400, "the compiler writes no file in the sandbox that is larger than 256 MiB"),
    ] {
        let job = format!(
            "static LARGE: [u8; {mib} << 20] = [1; {mib} << 20];\nfn f() {{ println!(\"{{}}\", LARGE[std::process::id() as \
             usize]) }}"
        );
        refused(&outside, &job, expected);
    }
}

#[test]
fn a_file_beside_the_notebook_is_not_there_and_that_is_said() {
    if !possible() {
        return;
    }
    let job = |body: &str| {
        format!("```rust job\nfn f() {{ println!(\"{{}}\", {body}) }}\n```\n\n```yaml spawn\n- process: f()\n```\n")
    };
    let run = |body: &str| Outside::new().prepare(&job(body)).file("beside.txt", SECRET).run().stderr_lacks(SECRET);
    run("include_str!(\"beside.txt\")")
        .code(2)
        .stderr_has("a.md:2:25: error: couldn't read `beside.txt`: No such file")
        .stderr_has("in the sandbox, a notebook sees no file beside it; write what it needs into it");
    run("std::fs::read_to_string(\"beside.txt\").unwrap()")
        .code(1)
        .stderr_has("kind: NotFound")
        .stderr_has("in the sandbox, a job sees no file beside the notebook");
}

#[test]
fn what_a_notebook_leaves_behind_without_permissions_is_deleted() {
    if !possible() {
        return;
    }
    let body = "use std::os::unix::fs::PermissionsExt as _;
        fs::create_dir_all(\"a/b\").unwrap();
        fs::write(\"a/b/file\", \"x\").unwrap();
        println!(\"{:?}\", std::env::current_dir().unwrap());
        fs::File::open(\"a\").unwrap().set_permissions(fs::Permissions::from_mode(0)).unwrap();";
    let outside = Outside::new();
    let run = super::fallback::without(outside.prepare_with(&super::notebook(body), "--sandbox=best-effort"));
    let run = run.run().code(0);
    let dir = told(&run);
    assert!(dir.contains("nbrun-") && !std::path::Path::new(dir.trim_matches('"')).exists(), "{dir}");
}
