//! Notebooks for tests, and what comes out of their libraries.

use super::cache::Cache;
use super::toolchain::Environment;
use super::{Codegen, Compiler, Library, Watch, toolchain};
use crate::diagnostic::Diagnostic;
use crate::notebook::{self, Notebook};
use crate::plan::{self, Plan};
use std::cell::RefCell;
use std::ffi::c_void;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// The prelude that tests compile against.
pub(super) const STAND_IN: &[(&str, &str)] = &[("lib.rs", include_str!("stand_in.rs"))];

/// A notebook and its plan, by the stages before this one.
pub(super) fn read(text: &str) -> (Notebook, Plan) {
    let notebook = notebook::parse("notes/a.md", text.to_owned()).unwrap_or_else(|errors| panic!("{}", errors[0]));
    let plan = plan::plan(&notebook).unwrap_or_else(|errors| panic!("{}", errors[0]));
    (notebook, plan)
}

/// A cache of its own for a test.
pub(super) fn cache() -> (TempDir, Cache) {
    let dir = tempfile::tempdir().unwrap();
    let cache = Cache { dir: dir.path().join("cache") };
    (dir, cache)
}

/// Compiles a notebook against the stand-in with the machine's toolchain.
pub(super) fn compile(text: &str, cache: &Cache) -> Result<Library, Vec<Diagnostic>> {
    compile_in(text, cache, Environment::of_process())
}

/// The same with another environment.
pub(super) fn compile_in(text: &str, cache: &Cache, environment: Environment) -> Result<Library, Vec<Diagnostic>> {
    compile_watched(text, cache, environment, Watch::NOBODY)
}

/// The same with somebody who takes part.
pub(super) fn compile_watched(
    text: &str,
    cache: &Cache,
    environment: Environment,
    watch: Watch<'_>,
) -> Result<Library, Vec<Diagnostic>> {
    let (notebook, plan) = read(text);
    Compiler {
        environment,
        prelude: STAND_IN,
        dir: Path::new("/"),
        cache,
        sandbox: None,
        watch,
        codegen: Codegen::Optimized,
    }
    .compile(&notebook, &plan)
}

/// The errors of a notebook as the user sees them.
pub(super) fn errors(text: &str) -> String {
    let (_dir, cache) = cache();
    let errors = compile(text, &cache).expect_err("this should not compile");
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The errors of a notebook, each as `line:column`, the text that is meant, and the message.
pub(super) fn briefly(text: &str) -> Vec<String> {
    let (_dir, cache) = cache();
    let errors = compile(text, &cache).expect_err("this should not compile");
    let one = |error: &Diagnostic| {
        let place = error.place.as_ref().unwrap();
        let meant: String = place.text.chars().skip(place.column as usize - 1).take(place.width as usize).collect();
        format!("{}:{} `{meant}` {}", place.line, place.column, error.message)
    };
    errors.iter().map(one).collect()
}

/// Makes a program of a script. Another process writes it: this one forks for other tests meanwhile, and the system runs
/// nothing that anybody, such as a child that is still to become something else, has open for writing.
pub(super) fn program(path: &Path, script: &str) {
    let write = "printf %s \"$2\" > \"$1\" && chmod 755 \"$1\"";
    assert!(Command::new("sh").args(["-c", write, "sh"]).arg(path).arg(script).status().unwrap().success());
}

/// An environment whose toolchain is the machine's behind scripts that count how often they are called.
pub(super) fn counting_toolchain(dir: &Path) -> (Environment, impl Fn() -> usize) {
    let real = toolchain::find(&Environment::of_process(), &Cache { dir: dir.join("real") }).unwrap();
    let log = dir.join("calls");
    let script = |path: &Path, special: &str| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let (log, real) = (log.display(), real.rustc.display());
        program(path, &format!("#!/bin/sh\necho >> {log}\n{special}\nexec {real} \"$@\"\n"));
    };
    let (proxy, sysroot, libdir) = (dir.join("proxy/rustc"), dir.join("sysroot"), real.libdir.display());
    let answer = format!("echo {}; echo {libdir}; exit", sysroot.display());
    script(&proxy, &format!("if [ \"$1\" = --print ]; then {answer}; fi"));
    script(&sysroot.join("bin/rustc"), "");
    let environment = Environment { rustc: Some(proxy.into()), ..Environment::of_process() };
    (environment, move || fs::read_to_string(&log).unwrap().lines().count())
}

thread_local! {
    static WRITTEN: RefCell<String> = const { RefCell::new(String::new()) };
}

extern "C" fn write(bytes: *const u8, len: usize) {
    // SAFETY: the stand-in passes the bytes of a string.
    let bytes = unsafe { std::slice::from_raw_parts(bytes, len) };
    WRITTEN.with_borrow_mut(|written| written.push_str(&String::from_utf8_lossy(bytes)));
}

#[repr(C)]
struct Host {
    write: extern "C" fn(*const u8, usize),
}

/// Calls an entry point of a library, and returns its status and what it wrote.
pub(super) fn call(library: &Library, symbol: &str) -> (i32, String) {
    static HOST: Host = Host { write };
    // SAFETY: the library is the one that was just compiled against the stand-in, whose entry points have these types,
    // and it is never unloaded.
    unsafe {
        let loaded = Box::leak(Box::new(libloading::Library::new(&library.path).unwrap()));
        let attach = loaded.get::<extern "C" fn(*const c_void)>(super::symbol::attach()).unwrap();
        attach((&raw const HOST).cast());
        let entry = loaded.get::<extern "C" fn() -> i32>(symbol).unwrap();
        let status = entry();
        (status, WRITTEN.take())
    }
}
