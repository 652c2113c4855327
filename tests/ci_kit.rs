//! What stands in the repository for other people's CI: the action, its script, the hooks, and what a release consists of.

mod support;

use serde_yaml::{Mapping, Value};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use support::{Outcome, Run};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const PROGRAM: &str = env!("CARGO_BIN_EXE_nbrun");
const GOOD: &str = "```rust job\nfn job() { println!(\"done\"); }\n```\n\n```yaml spawn\n- thread: job()\n```\n";
const WRONG: &str = "```rust job\nfn job() -> i32 { \"one\" }\n```\n";

fn yaml(file: &str) -> Value {
    let text = fs::read_to_string(Path::new(ROOT).join(file)).expect("a file of the repository");
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn keys(mapping: &Value) -> Vec<&str> {
    let keys = mapping.as_mapping().into_iter().flat_map(Mapping::keys);
    keys.filter_map(Value::as_str).collect()
}

/// A step of the action in the directory of a run, as a runner of GitHub's starts it.
fn step(run: Run, step: &str, env: &[(&str, &str)]) -> Outcome {
    let bin = Path::new(PROGRAM).parent().expect("a directory").display();
    let path = format!("{bin}:{}", std::env::var("PATH").unwrap_or_default());
    let runner = [
        ("PATH", path.as_str()),
        ("GITHUB_ACTION_PATH", ROOT),
        ("GITHUB_SERVER_URL", "https://server.invalid"),
        ("RUNNER_TEMP", "."),
        ("NBRUN_PROGRAM", "program"),
        ("GITHUB_OUTPUT", "output"),
        ("GITHUB_PATH", "added-path"),
        ("NBRUN_RELEASE", ""),
        ("NBRUN_ARGUMENTS", ""),
    ];
    let run = run.through(&format!("exec '{ROOT}/.github/action.sh' {step}"));
    runner.iter().chain(env).fold(run, |run, (name, value)| run.env(name, value)).run()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Packs this program as a release for `arch` does, and returns the archive.
fn packed(arch: &str) -> PathBuf {
    let packed = Command::new(Path::new(ROOT).join(".github/package.sh")).args([PROGRAM, arch, "99"]).output();
    let packed = packed.expect("the script starts");
    assert!(packed.status.success(), "{}", String::from_utf8_lossy(&packed.stderr));
    Path::new(ROOT).join(format!("target/package/nbrun-{arch}-unknown-linux-gnu.tar.gz"))
}

#[test]
fn the_action_reads_each_of_its_inputs_and_no_other() {
    let action = yaml("action.yml");
    let text = fs::read_to_string(Path::new(ROOT).join("action.yml")).expect("the action");
    let declared = keys(&action["inputs"]);
    for input in &declared {
        assert!(text.contains(&format!("inputs.{input}")), "{input} is not used");
        assert!(action["inputs"][*input]["description"].is_string());
    }
    let used = text.split("inputs.").skip(1).map(|rest| rest.split([' ', '\'']).next().unwrap_or_default());
    for input in used {
        assert!(declared.contains(&input), "{input} is not declared");
    }
}

#[test]
fn each_step_of_the_action_is_one_of_its_script() {
    let script = fs::read_to_string(Path::new(ROOT).join(".github/action.sh")).expect("the script");
    let action = yaml("action.yml");
    let steps = action["runs"]["steps"].as_sequence().expect("steps");
    let called: Vec<&str> = steps.iter().filter_map(|step| step["run"].as_str()?.split(' ').nth(1)).collect();
    assert_eq!(called, ["find", "install", "check", "update-check", "site"]);
    for step in called {
        assert!(script.contains(&format!("{step})")), "{step}");
    }
}

#[test]
fn the_action_finds_the_program_of_the_release_that_it_is_used_at() {
    let found = |reference: &str| {
        let env = [("NBRUN_REPOSITORY", "owner/nbrun"), ("NBRUN_REF", reference)];
        step(Run::new(), "find", &env).code(0).text("output")
    };
    let arch = std::env::consts::ARCH;
    let release = format!("/owner/nbrun/releases/download/v1.2.3/nbrun-{arch}-unknown-linux-gnu.tar.gz\n");
    assert!(found("v1.2.3").contains(&format!("release=https://server.invalid{release}")));
    let of_branch = found("main");
    assert!(of_branch.contains("release=\n"), "{of_branch}");
    assert!(of_branch.lines().any(|line| line.len() == "sources=".len() + 16 && line.starts_with("sources=")));
}

#[test]
fn the_action_takes_the_program_of_a_release_if_its_checksum_is_right() {
    let archive = packed("installed");
    let release = format!("file://{}", archive.display());
    let installed = step(Run::new(), "install", &[("NBRUN_RELEASE", &release)]).code(0);
    let installed = installed.stdout_has(concat!("nbrun ", env!("CARGO_PKG_VERSION")));
    assert_eq!(installed.text("added-path"), "program/bin\n");

    let damaged = Run::new().file("nbrun.tgz", fs::read(&archive).expect("the archive"));
    let damaged = damaged.file("nbrun.tgz.sha256", format!("{:064}  nbrun.tgz\n", 0));
    let release = format!("file://{}", damaged.path("nbrun.tgz").display());
    let damaged = step(damaged, "install", &[("NBRUN_RELEASE", &release)]);
    assert!(damaged.code != 0 && !damaged.path("program/bin/nbrun").exists());
}

#[test]
fn a_release_holds_the_program_its_manual_and_completions() {
    let list = Command::new("tar").arg("--list").arg("--file").arg(packed("listed")).output().expect("tar");
    let list = stdout(&list);
    for file in ["nbrun", "LICENSE", "completions/nbrun.zsh", "man/nbrun.1", "man/nbrun-check.1", "man/nbrun-man.1"] {
        assert!(list.contains(&format!("nbrun-listed-unknown-linux-gnu/{file}\n")), "{file}: {list}");
    }
}

#[test]
fn a_program_that_needs_a_newer_glibc_is_no_release() {
    let packed = Command::new(Path::new(ROOT).join(".github/package.sh")).args([PROGRAM, "old", "2.2"]).output();
    let packed = packed.expect("the script starts");
    assert!(!packed.status.success());
    assert!(String::from_utf8_lossy(&packed.stderr).ends_with("and is to run with 2.2\n"));
}

#[test]
fn the_action_annotates_what_is_wrong_at_its_line() {
    let run = || Run::new().file("a.md", GOOD).file("b.md", WRONG);
    let checked = step(run(), "check", &[("NBRUN_NOTEBOOKS", "a.md\nb.md")]);
    checked.code(2).stdout_has("::error file=b.md,line=2,");
    let good = [("NBRUN_NOTEBOOKS", "a.md"), ("NBRUN_ARGUMENTS", "--limit memory=1GiB")];
    step(run(), "check", &good).code(0).stdout_is("");
}

#[test]
fn the_action_compares_the_results_in_a_notebook_with_those_of_a_run() {
    let compare = |run: Run| step(run, "update-check", &[("NBRUN_NOTEBOOKS", "a.md")]);
    let outcome = compare(Run::new().file("a.md", GOOD)).code(1);
    compare(outcome.again().file("a.md", format!("{GOOD}\n```text output\ndone\n```\n"))).code(0);
}

#[test]
fn the_action_builds_a_site_where_it_is_asked_to() {
    let run = Run::new().file("a.md", GOOD);
    let built = step(run, "site", &[("NBRUN_NOTEBOOKS", "."), ("NBRUN_SITE", "public")]).code(0);
    built.file("public/index.html").file("public/a.html");
}

#[test]
fn a_hook_is_a_command_that_there_is() {
    let mut outcome = Run::new().file("a.md", GOOD).args(["--version"]).run().code(0);
    let hooks = yaml(".pre-commit-hooks.yaml");
    let hooks = hooks.as_sequence().expect("a list of hooks");
    assert_eq!(hooks.len(), 2);
    for hook in hooks {
        let mut entry = hook["entry"].as_str().expect("a command").split(' ');
        assert_eq!(entry.next(), Some("nbrun"));
        outcome = outcome.again().args(entry).args(["a.md"]).run().code(0);
    }
    let updated = outcome.text("a.md");
    assert!(updated.contains("done\n```"), "{updated}");
}

#[test]
fn workflows_call_what_there_is() {
    for file in [".github/workflows/ci.yml", ".github/workflows/release.yml"] {
        let workflow = yaml(file);
        let jobs = workflow["jobs"].as_mapping().expect("jobs");
        let steps = jobs.values().flat_map(|job| job["steps"].as_sequence().expect("steps"));
        let lines = steps.filter_map(|step| step["run"].as_str()).flat_map(|run| run.split_whitespace());
        for script in lines.filter(|word| word.starts_with(".ci/") || word.starts_with(".github/")) {
            assert!(Path::new(ROOT).join(script).is_file(), "{file}: {script}");
        }
    }
}

#[test]
fn the_package_holds_what_builds_nbrun_and_no_more() {
    let list = Command::new(env!("CARGO"))
        .args(["package", "--list", "--offline", "--allow-dirty"])
        .current_dir(ROOT)
        .output();
    let list = list.expect("cargo");
    assert!(list.status.success(), "{}", String::from_utf8_lossy(&list.stderr));
    let list = stdout(&list);
    for file in ["build.rs", "src/main.rs", "src/prelude/lib.rs", "src/cli/starter.md", "README.md", "LICENSE"] {
        assert!(list.lines().any(|line| line == file), "{file}");
    }
    let expected = ["src/", "Cargo.", ".cargo_vcs_info.json", "build.rs", "README.md", "CHANGELOG.md", "LICENSE"];
    for line in list.lines() {
        assert!(expected.iter().any(|start| line.starts_with(start)), "{line}");
    }
}
