//! Notebooks for tests, and what comes out of their libraries.

use super::cache::Cache;
use super::toolchain::Environment;
use super::{Compiler, Library, toolchain};
use crate::diagnostic::Diagnostic;
use crate::notebook::{Cell, CellKind, FrontMatter, Notebook, Settings, Snippet, SnippetLine, SpecKind};
use crate::plan::{
    Assertion, Executor, Expect, Job, LockKind, Options, Order, Plan, Pool, PoolWork, Resource, ResourceKind, Scalar,
    ScalarType, Show, Spawn, Step, StepKind,
};
use std::cell::RefCell;
use std::ffi::c_void;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;

/// The prelude that tests compile against.
pub(super) const STAND_IN: &[(&str, &str)] = &[("lib.rs", include_str!("stand_in.rs"))];

/// Reads just as much of a notebook as these tests write, line by line: fences with a constant margin, and in a spec one
/// `key: text` a line.
pub(super) struct Draft(String);

impl Draft {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(super) fn build(self) -> (Notebook, Plan) {
        let (file, text) = ("notes/a.md".to_owned(), self.0);
        let mut cells: Vec<Cell> = Vec::new();
        let mut open: Option<(usize, CellKind, u32, Vec<SnippetLine>)> = None;
        for (n, line) in (1..).zip(text.lines()) {
            let fence = line.find("```").map(|at| (line[..at].chars().count(), &line[at + 3..]));
            match (&mut open, fence) {
                (None, Some((margin, info))) => open = kind(info).map(|kind| (margin, kind, n, Vec::new())),
                (Some(_), Some(_)) => {
                    let (_, kind, line, lines) = open.take().unwrap();
                    cells.push(Cell { index: cells.len(), kind, bytes: 0..0, line, code: Snippet { lines } });
                }
                (Some((margin, _, _, lines)), None) => {
                    let margin = (*margin).min(line.chars().count());
                    let text = line.chars().skip(margin).collect();
                    lines.push(SnippetLine { text, line: n, column: margin as u32 + 1 });
                }
                (None, None) => {}
            }
        }
        let mut plan = Plan { file: file.clone(), settings: Settings::default(), resources: vec![], steps: vec![] };
        for cell in &cells {
            let mut options = Options::default();
            let work = work(cell, &mut plan.resources, &mut options);
            plan.steps.push(Step { cell: cell.index, kind: cell.kind, line: cell.line, options, work });
        }
        (Notebook { file, text, front_matter: FrontMatter::default(), body: 0, cells }, plan)
    }
}

fn kind(info: &str) -> Option<CellKind> {
    if info == "rust job" {
        return Some(CellKind::Job);
    }
    SpecKind::ALL.into_iter().find(|kind| info == format!("yaml {kind}")).map(CellKind::Spec)
}

/// The lines of a spec as key and text. A text of several lines goes on where a line is indented.
fn entries(cell: &Cell) -> Vec<(String, Snippet)> {
    let mut entries: Vec<(String, Snippet)> = Vec::new();
    for line in &cell.code.lines {
        let from = |at: usize| SnippetLine {
            text: line.text.chars().skip(at).collect(),
            line: line.line,
            column: line.column + at as u32,
        };
        if line.text.starts_with("    ") {
            entries.last_mut().unwrap().1.lines.push(from(4));
            continue;
        }
        let (key, text) = line.text.split_once(": ").unwrap();
        let at = line.text.chars().count() - text.chars().count();
        entries.push((key.trim_start_matches("- ").to_owned(), Snippet { lines: vec![from(at)] }));
    }
    entries
}

fn work(cell: &Cell, resources: &mut Vec<Resource>, options: &mut Options) -> StepKind {
    let CellKind::Spec(kind) = cell.kind else { return StepKind::Jobs(cell.code.clone()) };
    let (mut jobs, mut show, mut assert, mut declared) = (vec![], vec![], vec![], vec![]);
    let (mut map, mut over, mut apply, mut each) = (None, None, None, None);
    for (key, text) in entries(cell) {
        match key.as_str() {
            "expect" => options.expect = Some(Expect::Error(text.text())),
            "thread" => jobs.push(Job { call: text, name: "job".into(), executor: None, timeout: None }),
            "show" => show.push(Show { label: None, value: text }),
            "assert" => assert.push(Assertion { condition: text }),
            "map" => map = Some(text),
            "over" => over = Some(text),
            "apply" | "apply_async" => apply = Some(text),
            "for" => {
                let line = &text.lines[0];
                let (pattern, items) = line.text.split_once(" in ").unwrap();
                let column = line.column + pattern.chars().count() as u32 + 4;
                each = Some((
                    Snippet::one_line(pattern, line.line, line.column),
                    Snippet::one_line(items, line.line, column),
                ));
            }
            name => {
                let id = resources.len() as u32;
                declared.push(id);
                let kind = match kind {
                    SpecKind::Queue => ResourceKind::Queue { item: text.clone(), maxsize: None },
                    SpecKind::Value => ResourceKind::Value { of: ScalarType::I32, init: Scalar::Signed(0) },
                    _ => ResourceKind::Lock(LockKind::Lock),
                };
                resources.push(Resource { id, name: name.into(), cell: cell.index, line: text.line(), kind });
            }
        }
    }
    match (kind, map, apply) {
        (SpecKind::Spawn, ..) => StepKind::Spawn(Spawn { executors: vec![Executor::Thread], jobs, show, assert }),
        (SpecKind::Pool, map, call) => StepKind::Pool(Pool {
            executors: vec![Executor::Thread],
            workers: None,
            work: match (map, call) {
                (Some(map), _) => PoolWork::Map { map, over: over.unwrap() },
                (None, call) => PoolWork::ApplyAsync { call: call.unwrap(), each },
            },
            chunk: None,
            order: Order::Input,
            show,
            assert,
        }),
        _ => StepKind::Declare(declared),
    }
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
    let (notebook, plan) = Draft::new(text).build();
    Compiler { environment, prelude: STAND_IN, cache }.compile(&notebook, &plan)
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

/// An environment whose toolchain is the machine's behind scripts that count how often they are called.
pub(super) fn counting_toolchain(dir: &Path) -> (Environment, impl Fn() -> usize) {
    let real = toolchain::find(&Environment::of_process(), &Cache { dir: dir.join("real") }).unwrap();
    let log = dir.join("calls");
    let script = |path: &Path, special: &str| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let (log, real) = (log.display(), real.rustc.display());
        fs::write(path, format!("#!/bin/sh\necho >> {log}\n{special}\nexec {real} \"$@\"\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
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
    // SAFETY: the library is the one that was just compiled against the stand-in, whose entry points have these types, and
    // it is never unloaded.
    unsafe {
        let loaded = Box::leak(Box::new(libloading::Library::new(&library.path).unwrap()));
        let attach = loaded.get::<extern "C" fn(*const c_void)>(super::symbol::attach()).unwrap();
        attach((&raw const HOST).cast());
        let entry = loaded.get::<extern "C" fn() -> i32>(symbol).unwrap();
        let status = entry();
        (status, WRITTEN.take())
    }
}
