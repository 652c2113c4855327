//! Finds the cells whose delimiters do not balance, or in which a string or a comment does not end. In the generated
//! crate such a cell would swallow the cells that follow, since these are its modules, and only its error would be told. So it is compiled
//! alone, for rustc's own message. (Expressions need no such care: the plan stage has parsed each of them.)

use super::rustc;
use super::source;
use super::toolchain::Toolchain;
use super::translator::Translator;
use super::workspace::CompileWorkspace;
use super::writer::Writer;
use crate::diagnostic::Diagnostic;
use crate::notebook::{Notebook, Snippet};
use crate::plan::{Plan, Step};
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
        if let Some(code) = step.items()
            && code.text().parse::<TokenStream>().is_err()
        {
            errors.extend(alone(notebook, plan, (step, code), toolchain, workspace, stopped)?);
        }
    }
    Ok(errors)
}

/// What rustc says of one cell. That may be nothing, for its lexer is newer than ours; then the cell is balanced.
fn alone(
    notebook: &Notebook,
    plan: &Plan,
    (step, code): (&Step, &Snippet),
    toolchain: &Toolchain,
    workspace: &CompileWorkspace<'_>,
    stopped: &dyn Fn() -> bool,
) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let mut out = Writer::new(step.line);
    // The items are parsed, and then dropped before any name in them is looked up.
    out.glue("#![cfg(any())] ");
    out.snippet(code);
    let (text, segments) = out.finish();
    let name = source::file_name(step.cell);
    let file = workspace.stage().join(&name);
    fs::write(&file, text).map_err(|error| rustc::cannot_write(&file, &error))?;
    let mut map = source::empty_map(notebook);
    map.cells[step.cell].segments = segments;
    let mut command = rustc::command(toolchain, workspace, &[]);
    command.args(["--crate-name", "alone", "--crate-type", "lib", "--emit", "metadata", "-A", "warnings"]);
    command.arg(name).arg("-o").arg(workspace.dir().join("alone.rmeta"));
    let outcome = rustc::run(command, stopped)?;
    Ok(if outcome.success { Vec::new() } else { Translator { notebook, plan, map: &map }.all(&outcome) })
}
