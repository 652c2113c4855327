//! Generates the crate: every cell's text and every spec's expression on its own line of the notebook, and between them
//! the glue that makes modules and entry points of them.
//!
//! The cells nest, each a module in the one before. So a cell sees what stands above it, and its own definitions shadow
//! the older ones of the same name. What a module imports stands at its end, for only there can the author's text begin
//! with inner attributes. The exported functions stand in the crate's root, behind everything: a cell that says
//! `#![forbid(unsafe_code)]` forbids it to all modules within, and an exported name is unsafe.

use super::source_map::SourceMap;
use super::symbol;
use super::writer::Writer;
use crate::notebook::{Notebook, Snippet};
use crate::plan::{Assertion, LockKind, Plan, Pool, PoolWork, Resource, ResourceKind, Show, Step, StepKind};
use std::collections::BTreeSet;

/// A generated crate.
#[derive(Debug)]
pub(super) struct Source {
    /// Its one file.
    pub text: String,
    /// Where the author's text stands in it.
    pub map: SourceMap,
}

/// The name of the module that a job cell becomes.
pub(super) fn module_name(cell: usize) -> String {
    format!("cell_{cell}")
}

/// The name of the alias of a queue's item type.
pub(super) fn item_name(resource: u32) -> String {
    format!("__nb_item_{resource}")
}

/// The path that rustc is told to call the generated file: a notebook's path, but without the `=` at which rustc splits the
/// argument that says so.
fn shown_as(file: &str) -> String {
    file.replace('=', "_")
}

/// Generates the crate of a notebook. Nothing comes of the cells in `left_out`, nor of the resources they declare.
pub(super) fn generate(notebook: &Notebook, plan: &Plan, left_out: &BTreeSet<usize>) -> Source {
    let mut out = Writer::new();
    out.glue("#[macro_use] extern crate nbrun; use ::nbrun::prelude::*; ");
    let mut modules: Vec<String> = Vec::new();
    let mut exports: Vec<(String, String)> = Vec::new();
    for step in plan.steps.iter().filter(|step| !left_out.contains(&step.cell)) {
        match &step.work {
            StepKind::Jobs(code) => {
                out.go_to(step.line);
                out.glue(&import(&modules));
                let module = module_name(step.cell);
                out.glue(&format!("pub mod {module} {{ "));
                modules.push(module);
                out.snippet(code);
            }
            StepKind::Declare(ids) => {
                for resource in ids.iter().filter_map(|id| plan.resources.get(*id as usize)) {
                    declare(&mut out, resource);
                }
            }
            StepKind::Spawn(_) | StepKind::Pool(_) => {
                let lets = bindings(plan, step.cell, left_out);
                for entry in entries(step) {
                    let inner = format!("__{}", entry.symbol);
                    out.go_to(entry.line());
                    out.glue(&format!("pub fn {inner}() -> i32 {{ ::nbrun::entry::{}(|| {{ {lets}", entry.wrapper));
                    for part in &entry.parts {
                        part.write(&mut out);
                    }
                    out.glue(" }) } ");
                    let path = modules.iter().map(|module| format!("{module}::")).collect::<String>();
                    exports.push((entry.symbol, format!("{path}{inner}")));
                }
            }
            StepKind::ExpectedError(_) => {}
        }
    }
    out.go_to(notebook.text.lines().count() as u32 + 2);
    out.glue(&import(&modules));
    out.glue(&"} ".repeat(modules.len()));
    let attach = symbol::attach();
    out.glue(&format!(
        "#[unsafe(no_mangle)] pub extern \"C\" fn {attach}(host: *const ::nbrun::abi::Host) {{ \
         ::nbrun::entry::attach(host) }} "
    ));
    for (symbol, path) in exports {
        out.glue(&format!("#[unsafe(no_mangle)] pub extern \"C\" fn {symbol}() -> i32 {{ {path}() }} "));
    }
    let (mut text, segments) = out.finish();
    text.push('\n');
    Source { text, map: SourceMap { file: shown_as(&notebook.file), segments } }
}

/// The import that ends the innermost module. The root has its own.
fn import(modules: &[String]) -> String {
    if modules.is_empty() { String::new() } else { "use super::*; ".to_owned() }
}

/// A queue's item type, under a name that keeps its meaning when a later cell defines its parts again.
fn declare(out: &mut Writer, resource: &Resource) {
    if let ResourceKind::Queue { item, .. } = &resource.kind {
        let name = item_name(resource.id);
        out.go_to(item.line());
        out.glue(&format!("pub type {name} = "));
        out.snippet(item);
        out.glue(&format!("; const _: () = ::nbrun::entry::assert_message::<{name}>(); "));
    }
}

/// The `let`s that bind the resources which a cell sees.
fn bindings(plan: &Plan, cell: usize, left_out: &BTreeSet<usize>) -> String {
    let visible = plan.visible_resources(cell);
    let declared = visible.into_iter().filter(|resource| !left_out.contains(&resource.cell));
    declared
        .map(|Resource { id, name, kind, .. }| {
            let handle = match kind {
                ResourceKind::Queue { .. } => format!("Queue::<{}>", item_name(*id)),
                ResourceKind::Value { of, .. } => format!("Value::<{}>", of.rust_name()),
                ResourceKind::Array { of, .. } => format!("Array::<{}>", of.rust_name()),
                ResourceKind::Lock(LockKind::Lock) => "Lock".to_owned(),
                ResourceKind::Lock(LockKind::RLock) => "RLock".to_owned(),
                ResourceKind::Lock(LockKind::Semaphore(_)) => "Semaphore".to_owned(),
                ResourceKind::Lock(LockKind::BoundedSemaphore(_)) => "BoundedSemaphore".to_owned(),
                ResourceKind::Lock(LockKind::Event) => "Event".to_owned(),
                ResourceKind::Lock(LockKind::Condition) => "Condition".to_owned(),
                ResourceKind::Lock(LockKind::Barrier(_)) => "Barrier".to_owned(),
            };
            format!("let {name} = ::nbrun::{handle}::from_id({id}); ")
        })
        .collect()
}

/// An exported function: `wrapper(|| { bindings; parts })`.
struct Entry<'a> {
    symbol: String,
    wrapper: &'static str,
    parts: Vec<Part<'a>>,
}

/// A piece of an entry's body.
enum Part<'a> {
    /// Text of our own.
    Glue(&'static str),
    /// The author's text, on its own line.
    Code(&'a Snippet),
    /// Nothing, but what follows stands on this snippet's line.
    To(&'a Snippet),
    /// The author's text, on the line reached by then.
    Inline(&'a Snippet),
}

impl Part<'_> {
    fn write(&self, out: &mut Writer) {
        match self {
            Part::Glue(text) => out.glue(text),
            Part::Code(snippet) => out.snippet(snippet),
            Part::To(snippet) => out.go_to(snippet.line()),
            Part::Inline(snippet) => out.inline(snippet),
        }
    }
}

impl<'a> Entry<'a> {
    /// An entry that evaluates one expression. The parentheses keep an `if` or a block from being taken for a statement.
    fn expression(symbol: String, wrapper: &'static str, snippet: &'a Snippet) -> Self {
        Self { symbol, wrapper, parts: vec![Part::Glue("("), Part::Code(snippet), Part::Glue(")")] }
    }

    /// Where its first text of the author stands: line and column.
    fn position(&self) -> (u32, u32) {
        let first = self.parts.iter().find_map(|part| match part {
            Part::Code(snippet) | Part::To(snippet) => snippet.lines.first(),
            Part::Glue(_) | Part::Inline(_) => None,
        });
        first.map_or((0, 0), |line| (line.line, line.column))
    }

    fn line(&self) -> u32 {
        self.position().0
    }
}

/// The entries of a step in the order in which they stand in the document.
fn entries(step: &Step) -> Vec<Entry<'_>> {
    let cell = step.cell;
    let mut entries = Vec::new();
    let (show, assert): (&[Show], &[Assertion]) = match &step.work {
        StepKind::Spawn(spawn) => {
            let jobs = spawn.jobs.iter().enumerate();
            entries.extend(jobs.map(|(n, job)| Entry::expression(symbol::job(cell, n), "job", &job.call)));
            (&spawn.show, &spawn.assert)
        }
        StepKind::Pool(pool) => {
            entries.push(tasks(cell, pool));
            (&pool.show, &pool.assert)
        }
        StepKind::Jobs(_) | StepKind::Declare(_) | StepKind::ExpectedError(_) => return entries,
    };
    let show = show.iter().enumerate();
    entries.extend(show.map(|(n, show)| Entry::expression(symbol::show(cell, n), "show", &show.value)));
    let assert = assert.iter().enumerate();
    entries.extend(assert.map(|(n, a)| Entry::expression(symbol::assert(cell, n), "assert", &a.condition)));
    entries.sort_by_key(Entry::position);
    entries
}

/// The entry of a pool. The prelude has each function of two arguments in both orders, so that both can stand in the order
/// of the document. The arguments are parenthesised, so that a stray comma is the author's error and not one more argument.
fn tasks(cell: usize, pool: &Pool) -> Entry<'_> {
    use Part::{Code, Glue, Inline, To};
    let before = |a: &Snippet, b: &Snippet| {
        let at = |s: &Snippet| s.lines.first().map(|line| (line.line, line.column));
        at(a) <= at(b)
    };
    let parts = match &pool.work {
        PoolWork::Map { map, over } if before(map, over) => {
            vec![Glue("::nbrun::entry::map_over(("), Code(map), Glue("), ("), Code(over), Glue("))")]
        }
        PoolWork::Map { map, over } => {
            vec![Glue("::nbrun::entry::over_map(("), Code(over), Glue("), ("), Code(map), Glue("))")]
        }
        PoolWork::Apply { call } => vec![Glue("::nbrun::entry::apply(move || ("), Code(call), Glue("))")],
        PoolWork::ApplyAsync { call, each: None } => {
            vec![Glue("::nbrun::entry::apply_async_one(move || ("), Code(call), Glue("))")]
        }
        PoolWork::ApplyAsync { call, each: Some((pattern, items)) } if before(call, items) => vec![
            To(call),
            Glue("::nbrun::entry::map_over(move |("),
            Inline(pattern),
            Glue(")| ("),
            Code(call),
            Glue("), ("),
            Code(items),
            Glue("))"),
        ],
        PoolWork::ApplyAsync { call, each: Some((pattern, items)) } => vec![
            Glue("::nbrun::entry::over_map(("),
            Code(items),
            Glue("), "),
            To(call),
            Glue("move |("),
            Inline(pattern),
            Glue(")| ("),
            Code(call),
            Glue("))"),
        ],
    };
    Entry { symbol: symbol::pool(cell), wrapper: "pool", parts }
}
