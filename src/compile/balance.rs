//! Finds the text whose delimiters do not balance, or in which a string or a comment does not end. In the generated crate it
//! would swallow what follows, and the error would stand at the end of the file. So it is compiled alone, for rustc's own
//! message.

use super::cache::Stage;
use super::diagnose::Translator;
use super::rustc;
use super::source_map::SourceMap;
use super::toolchain::Toolchain;
use super::writer::Writer;
use crate::diagnostic::Diagnostic;
use crate::notebook::{Notebook, Snippet};
use crate::plan::{Assertion, Plan, PoolWork, ResourceKind, Show, StepKind};
use proc_macro2::{LexError, TokenStream};
use std::fs;

/// Every piece of Rust in a plan, and whether it is a cell of items.
fn snippets(plan: &Plan) -> Vec<(&Snippet, bool)> {
    let mut found = Vec::new();
    for step in &plan.steps {
        let mut add = |snippet| found.push((snippet, false));
        let rest: Option<(&[Show], &[Assertion])> = match &step.work {
            StepKind::Jobs(code) => {
                found.push((code, true));
                None
            }
            StepKind::Declare(ids) => {
                for resource in ids.iter().filter_map(|id| plan.resources.get(*id as usize)) {
                    if let ResourceKind::Queue { item, .. } = &resource.kind {
                        add(item);
                    }
                }
                None
            }
            StepKind::Spawn(spawn) => {
                spawn.jobs.iter().for_each(|job| add(&job.call));
                Some((&spawn.show, &spawn.assert))
            }
            StepKind::Pool(pool) => {
                match &pool.work {
                    PoolWork::Map { map, over } => [map, over].into_iter().for_each(&mut add),
                    PoolWork::Apply { call } | PoolWork::ApplyAsync { call, each: None } => add(call),
                    PoolWork::ApplyAsync { call, each: Some((pattern, items)) } => {
                        [call, pattern, items].into_iter().for_each(&mut add);
                    }
                }
                Some((&pool.show, &pool.assert))
            }
            StepKind::ExpectedError(_) => None,
        };
        if let Some((show, assert)) = rest {
            found.extend(show.iter().map(|show| (&show.value, false)));
            found.extend(assert.iter().map(|assertion| (&assertion.condition, false)));
        }
    }
    found
}

/// The errors of all text that is not balanced.
///
/// # Errors
/// The compiler could not be called.
pub(super) fn check(
    notebook: &Notebook,
    plan: &Plan,
    toolchain: &Toolchain,
    stage: &Stage,
) -> Result<Vec<Diagnostic>, Diagnostic> {
    let mut errors = Vec::new();
    for (snippet, is_items) in snippets(plan) {
        if let Err(error) = snippet.text().parse::<TokenStream>() {
            errors.extend(alone(notebook, plan, snippet, is_items, &error, toolchain, stage)?);
        }
    }
    Ok(errors)
}

/// What rustc says of one piece of text. Of items it may find nothing wrong, for its lexer is newer than ours.
fn alone(
    notebook: &Notebook,
    plan: &Plan,
    snippet: &Snippet,
    is_items: bool,
    error: &LexError,
    toolchain: &Toolchain,
    stage: &Stage,
) -> Result<Vec<Diagnostic>, Diagnostic> {
    let mut out = Writer::new();
    if is_items {
        // The items are parsed, and then dropped before any name in them is looked up.
        out.glue("#![cfg(any())] ");
    }
    out.snippet(snippet);
    let (text, segments) = out.finish();
    let file = stage.path().join("alone.rs");
    // The line break puts the end of the file outside of the text: then the error is shown at the delimiter that was
    // opened, and not at the end.
    fs::write(&file, text + "\n").map_err(|error| Diagnostic::new(format!("{}: {error}", file.display())))?;
    let map = SourceMap { file: "alone.rs".to_owned(), segments };
    let mut command = rustc::command(toolchain, stage.path());
    command.args(["--crate-type", "lib", "--emit", "metadata", "-A", "warnings", "-o", "alone.rmeta", "alone.rs"]);
    let outcome = rustc::run(command)?;
    if outcome.success {
        return Ok(Vec::new());
    }
    let errors = Translator { notebook, plan, map: &map }.all(&outcome);
    // An expression is no item, so where it is balanced after all, rustc misses an item in vain.
    if !errors.is_empty() && (is_items || errors.iter().all(|error| !error.message.starts_with("expected "))) {
        return Ok(errors);
    }
    let at = error.span().start();
    let place = snippet.place(&notebook.file, &notebook.text, at.line.saturating_sub(1), at.column, 1);
    Ok(vec![Diagnostic::new("this is not a whole Rust expression").at(place)])
}
