//! Finds the cells whose delimiters do not balance, or in which a string or a comment does not end. In the generated
//! crate such a cell would swallow what follows, and the error would stand at the end of the file. So it is compiled
//! alone, for rustc's own message. (Expressions need no such care: the plan stage has parsed each of them.)

use super::diagnose::Translator;
use super::rustc;
use super::source_map::SourceMap;
use super::toolchain::Toolchain;
use super::workspace::CompileWorkspace;
use super::writer::Writer;
use crate::diagnostic::Diagnostic;
use crate::notebook::{Notebook, Snippet};
use crate::plan::{Plan, StepKind};
use proc_macro2::TokenStream;
use std::fs;

/// The errors of all cells that are not balanced.
///
/// # Errors
/// The compiler could not be called.
pub(super) fn check(
    notebook: &Notebook,
    plan: &Plan,
    toolchain: &Toolchain,
    workspace: &CompileWorkspace<'_>,
    stopped: &dyn Fn() -> bool,
) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let mut errors = Vec::new();
    for step in &plan.steps {
        if let StepKind::Jobs(code) = &step.work
            && code.text().parse::<TokenStream>().is_err()
        {
            errors.extend(alone(notebook, plan, code, toolchain, workspace, stopped)?);
        }
    }
    Ok(errors)
}

/// What rustc says of one cell. That may be nothing, for its lexer is newer than ours; then the cell is balanced.
fn alone(
    notebook: &Notebook,
    plan: &Plan,
    code: &Snippet,
    toolchain: &Toolchain,
    workspace: &CompileWorkspace<'_>,
    stopped: &dyn Fn() -> bool,
) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let mut out = Writer::new();
    // The items are parsed, and then dropped before any name in them is looked up.
    out.glue("#![cfg(any())] ");
    out.snippet(code);
    let (text, segments) = out.finish();
    let file = workspace.stage().join("alone.rs");
    // The line break puts the end of the file outside of the text: then the error is shown at the delimiter that was
    // opened, and not at the end.
    fs::write(&file, text + "\n").map_err(|error| rustc::cannot_write(&file, &error))?;
    let map = SourceMap { file: "alone.rs".to_owned(), segments };
    let mut command = rustc::command(toolchain, workspace, &[]);
    command.args(["--crate-type", "lib", "--emit", "metadata", "-A", "warnings", "alone.rs", "-o"]);
    command.arg(workspace.dir().join("alone.rmeta"));
    let outcome = rustc::run(command, stopped)?;
    Ok(if outcome.success { Vec::new() } else { Translator { notebook, plan, map: &map }.all(&outcome) })
}
