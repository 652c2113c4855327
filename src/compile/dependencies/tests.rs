//! With the machine's own cargo and, so that no network is needed, crates that nbrun itself is built with.

use super::cargo::Answer;
use super::*;
use crate::compile::testing::{cache, call, compile_in, compile_watched, counting_toolchain, program};
use crate::compile::{Watch, symbol};
use crate::notebook;
use std::fs;
use std::path::Path;
use std::thread;

const NOTEBOOK: &str = "\
---
nbrun: {dependencies: {digits: {package: itoa, version: \"1\"}}}
---
```rust job
fn text(n: i32) -> String { digits::Buffer::new().format(n).to_owned() }
```
```yaml spawn
jobs: [text(7)]
show: text(-20)
```
";

fn dependencies(text: &str) -> Vec<Dependency> {
    let text = format!("---\nnbrun:\n  dependencies:\n    {}\n---\n", text.replace("; ", "\n    "));
    notebook::parse("a.md", text).unwrap().front_matter.nbrun.dependencies
}

/// A script in place of cargo that writes down what it is called with.
fn logged_cargo(sysroot: &Path) -> impl Fn() -> Vec<String> + use<> {
    let (script, log) = (sysroot.join("bin/cargo"), sysroot.join("calls"));
    program(&script, &format!("#!/bin/sh\necho \"$@\" >> {}\nexec cargo \"$@\"\n", log.display()));
    move || fs::read_to_string(&log).unwrap_or_default().lines().map(str::to_owned).collect()
}

#[test]
fn a_job_uses_a_crate_and_once_it_is_built_nothing_is_called() {
    let (dir, cache) = cache();
    let (environment, compilers) = counting_toolchain(dir.path());
    let cargos = logged_cargo(&dir.path().join("sysroot"));
    let first = compile_in(NOTEBOOK, &cache, environment.clone()).unwrap_or_else(|errors| panic!("{}", errors[0]));
    assert_eq!(call(&first, &symbol::show(1, 0)), (0, "\"-20\"".into()));
    let after_first = (compilers(), cargos());
    assert_eq!(after_first.1.len(), 2, "{:?}", after_first.1);
    let second = compile_in(NOTEBOOK, &cache, environment.clone()).unwrap();
    assert!(second.cached && second.path == first.path);
    assert_eq!((compilers(), cargos()), after_first);
    // Another notebook with the same dependency is one call of the compiler, as ever.
    let other = compile_in(&NOTEBOOK.replace("(-20)", "(-30)"), &cache, environment.clone()).unwrap();
    assert_eq!((compilers(), cargos()), (after_first.0 + 1, after_first.1));
    assert_eq!(call(&other, &symbol::show(1, 0)), (0, "\"-30\"".into()));
    assert_eq!(fs::read_dir(cache.dir.join("tmp")).unwrap().count(), 0, "temporary files remain");

    // A build from anew takes the versions that were chosen then.
    for kind in ["deps", "lib"] {
        fs::remove_dir_all(cache.dir.join(kind)).unwrap();
    }
    let again = compile_in(NOTEBOOK, &cache, environment).unwrap();
    assert_eq!(call(&again, &symbol::show(1, 0)), (0, "\"-20\"".into()));
    let calls = cargos();
    let is_locked = |call: &String| call.contains("--locked");
    assert_eq!(calls.iter().map(is_locked).collect::<Vec<_>>(), [false, true, true, true], "{calls:?}");
}

#[test]
fn two_runs_at_once_build_the_same_dependencies() {
    let (dir, cache) = cache();
    let (environment, _) = counting_toolchain(dir.path());
    let libraries: Vec<_> = thread::scope(|scope| {
        let compile = || compile_in(NOTEBOOK, &cache, environment.clone()).map_err(|errors| errors[0].to_string());
        let runs = [scope.spawn(compile), scope.spawn(compile)];
        runs.into_iter().map(|run| run.join().unwrap().unwrap()).collect()
    });
    assert_eq!(libraries[0].path, libraries[1].path);
    assert_eq!(fs::read_dir(cache.dir.join("deps")).unwrap().count(), 1);
    assert_eq!(fs::read_dir(cache.dir.join("tmp")).unwrap().count(), 0, "temporary files remain");
}

#[test]
fn a_build_that_the_user_stops_ends_at_once_and_leaves_nothing() {
    let (dir, cache) = cache();
    let (environment, _) = counting_toolchain(dir.path());
    program(&dir.path().join("sysroot/bin/cargo"), "#!/bin/sh\nsleep 600 & sleep 600\n");
    let watch = Watch { stopped: &|| true, building: &|names| assert_eq!(names, ["digits"]) };
    let errors = compile_watched(NOTEBOOK, &cache, environment, watch).unwrap_err();
    assert_eq!(errors[0].message, "cargo was interrupted");
    assert_eq!(fs::read_dir(cache.dir.join("tmp")).unwrap().count(), 0, "temporary files remain");
}

#[test]
fn without_cargo_the_error_says_how_to_get_it() {
    let (dir, cache) = cache();
    let (mut environment, _) = counting_toolchain(dir.path());
    environment.path = None;
    environment.cargo_home = Some(dir.path().into());
    let error = compile_in(NOTEBOOK, &cache, environment).unwrap_err()[0].to_string();
    assert!(error.starts_with("notes/a.md:2:24: error: there is no cargo to build `digits` with\n"), "{error}");
    assert!(error.contains("https://rustup.rs"), "{error}");
}

#[test]
fn a_notebook_without_dependencies_is_built_as_ever() {
    let (dir, cache) = cache();
    let (environment, _) = counting_toolchain(dir.path());
    let cargos = logged_cargo(&dir.path().join("sysroot"));
    compile_in("```rust job\nfn a() {}\n```\n", &cache, environment).unwrap();
    assert_eq!(cargos(), Vec::<String>::new());
}

#[test]
fn the_manifest_says_what_the_notebook_says_in_any_order() {
    let text = manifest::dependencies(&dependencies(
        "rand: 0.10; a-b: {version: \"1, <1.5\", package: c, features: [d, e], default-features: false}",
    ));
    insta::assert_snapshot!(text.trim(), @r#"
    [dependencies.a-b]
    version = "1, <1.5"
    package = "c"
    features = ["d", "e"]
    default-features = false

    [dependencies.rand]
    version = "0.10"
    "#);
    let key = |text| manifest::text(&dependencies(text));
    assert_eq!(key("a: 1; b: 2"), key("b: 2; a: 1"));
    assert_ne!(key("a: 1"), key("a: 2"));
}

/// What is said of two dependencies when cargo says this.
fn unresolved(stderr: &str) -> String {
    let answer = Answer { success: false, stdout: String::new(), stderr: stderr.to_owned() };
    cargo_error::unresolved(&answer, &dependencies("serde: 1; digits: {package: itoa, version: \"99\"}")).to_string()
}

#[test]
fn what_cargo_says_becomes_an_error_at_the_dependency() {
    let wanted = "required by package `nbrun-notebook v0.0.0 (project)`\n";
    insta::assert_snapshot!(unresolved(&format!(
        "error: failed to select a version for the requirement `itoa = \"^99\"`\n\
         candidate versions found which didn't match: 1.0.19, 1.0.18, 1.0.17, ...\n{wanted}"
    )), @r#"
    a.md:5:5: error: the crate `itoa` has no version `99`
       |
     5 |     digits: {package: itoa, version: "99"}
       |     ^^^^^^
       = help: its versions are: 1.0.19, 1.0.18, 1.0.17, ...
    "#);
    insta::assert_snapshot!(unresolved(&format!("error: no matching package named `itoa` found\n{wanted}")), @r#"
    a.md:5:5: error: there is no crate `itoa`
       |
     5 |     digits: {package: itoa, version: "99"}
       |     ^^^^^^
       = help: look its name up in the registry
    "#);
    insta::assert_snapshot!(unresolved(&format!(
        "error: failed to select a version for `serde`.\n    ... {wanted}versions that meet the requirements `^1` are: \
         1.0.9\n\npackage `nbrun-notebook` depends on `serde` with feature `drive` but `serde` does not have that \
         feature.\n available features: derive, rc\n\n\nfailed to select a version for `serde`"
    )), @"
    a.md:4:5: error: the crate `serde` has no feature `drive`
       |
     4 |     serde: 1
       |     ^^^^^
       = help: its features are: derive, rc
    ");
    insta::assert_snapshot!(unresolved(
        "error: failed to get `itoa` as a dependency of package `nbrun-notebook v0.0.0 (project)`\n\nCaused by:\n  \
         download of config.json failed\n\nCaused by:\n  [7] Could not connect to server\n"
    ), @r#"
    a.md:5:5: error: the crate `itoa` is not on this machine and cannot be downloaded
       |
     5 |     digits: {package: itoa, version: "99"}
       |     ^^^^^^
       = note: [7] Could not connect to server
       = help: connect to the network for one run, for nbrun keeps what it has built, or run `cargo fetch` in a project that uses it
    "#);
    insta::assert_snapshot!(unresolved(
        "error: no matching package named `serde_core` found\nrequired by package `serde v1.0.228`\n    ... which \
         satisfies dependency `serde = \"^1\"` of package `nbrun-notebook`\nAs a reminder, you're using offline mode \
         (--offline) which can sometimes cause surprising resolution failures\n"
    ), @"
    a.md:4:5: error: the crate `serde_core` is not on this machine in a version that fits, and cargo is set to work offline
       |
     4 |     serde: 1
       |     ^^^^^
       = help: connect to the network for one run, for nbrun keeps what it has built, or run `cargo fetch` in a project that uses it
    ");
    assert!(unresolved("error: something new\n").contains("= note: something new"));
}

#[test]
fn a_crate_that_does_not_compile_is_named_with_the_compilers_error() {
    let unbuilt = |stdout: &str, stderr: &str| {
        let answer = Answer { success: false, stdout: stdout.to_owned(), stderr: stderr.to_owned() };
        cargo_error::unbuilt(&answer, &dependencies("a: 1; sys: 1")).to_string()
    };
    let json =
        r#"{"reason":"compiler-message","message":{"level":"error","rendered":"error: no such thing\n --> lib.rs\n"}}"#;
    insta::assert_snapshot!(unbuilt(json, "error: could not compile `sys` (lib) due to 1 previous error\n"), @"
    a.md:5:5: error: the crate `sys` does not compile
       |
     5 |     sys: 1
       |     ^^^
       = note: error: no such thing
                --> lib.rs
    ");
    let script = "error: failed to run custom build command for `deep-sys v1.2.3`\n\nCaused by:\n  no library z\n";
    let error = unbuilt("", script);
    assert!(error.starts_with("a.md:4:5: error: the crate `deep-sys` does not compile"), "{error}");
    assert!(error.contains("no library z"), "{error}");
}
