//! Makes a notebook's library: calls the compiler until it succeeds, or until what is wrong is the author's. Cells that must
//! not compile are compiled one by one, each with the job cells above it.

use super::cache::Stage;
use super::diagnose::of_the_machine;
use super::entries::{compares, job_at};
use super::expected::{expected, refuse};
use super::included_files::IncludedFiles;
use super::mirror::{self, MIRRORED_ROOT};
use super::rustc::{self, Message, Outcome, Span};
use super::scope::Learnt;
use super::source::{self, ROOT, Source, SourceFile};
use super::toolchain::Toolchain;
use super::translator::Translator;
use super::workbench::Workbench;
use super::workspace::{self, CompileWorkspace};
use super::{
    Codegen, Compiler, FLAGS, INCREMENTAL_FLAGS, Kept, LIBRARY, READ, READ_AS_REAL, VERDICT_FLAGS, VERDICT_KIND,
    advice, balance, cell_of, dependencies, prelude,
};
use crate::diagnostic::{Diagnostic, Place};
use crate::notebook::Notebook;
use crate::plan::{Expect, Plan, Step};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How many of the compiler's warnings are kept.
const MAX_KEPT: usize = 1000;

/// The stack of the compiler's threads in bytes, and how much more it has for each module: it calls itself for each that is
/// nested in another. This is more than twice of what it uses.
const STACK: usize = 16 << 20;
const STACK_OF_MODULE: usize = 32 << 10;

/// Whether an error says that something has no type that could be found. Of a future the compiler says so, too.
fn is_untyped(error: &Message) -> bool {
    let is_future = |span: &Span| span.label.as_deref().is_some_and(advice::is_about_a_future);
    let code = error.code.as_ref().map_or("", |code| code.code.as_str());
    matches!(code, "E0282" | "E0283") && !error.spans.iter().any(is_future)
}

/// What is to be made.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum BuildTarget {
    /// The library.
    Library,
    /// Nothing: the compiler only says whether it could.
    Verdict,
}

/// A call of the compiler of which nothing more can be learnt.
struct FinalCall<'a> {
    source: Source,
    workspace: CompileWorkspace<'a>,
    outcome: Outcome,
}

/// All that calls of the compiler for one notebook have in common.
struct Builder<'a> {
    compiler: &'a Compiler<'a>,
    notebook: &'a Notebook,
    toolchain: &'a Toolchain,
    stage: &'a Stage,
    included: &'a IncludedFiles<'a>,
    /// The arguments with which the compiler finds what the library is made with, and the directories where that is.
    crates: (Vec<String>, Vec<PathBuf>),
}

/// The job cells that must not compile, with the codes of the errors that they must have.
pub(super) fn failing(plan: &Plan) -> BTreeMap<usize, &[String]> {
    fn codes(step: &Step) -> Option<(usize, &[String])> {
        match &step.options.expect {
            Some(Expect::CompileError(codes)) => Some((step.cell, codes.as_slice())),
            _ => None,
        }
    }
    plan.steps.iter().filter_map(codes).collect()
}

/// Makes the library in a stage, if that is the target, and returns what is to be kept beside it.
pub(super) fn make(
    compiler: &Compiler<'_>,
    notebook: &Notebook,
    plan: &Plan,
    toolchain: &Toolchain,
    stage: &Stage,
    included: &IncludedFiles<'_>,
    target: BuildTarget,
) -> Result<Kept, Vec<Diagnostic>> {
    let (expected, failing) = (expected(plan), failing(plan));
    let mut refused = BTreeMap::new();
    let unwritable = |error| compiler.cache.unwritable(&error);
    let stopped = compiler.watch.stopped;
    let workspace = CompileWorkspace::new(stage, compiler.sandbox, &workspace::NOTEBOOK).map_err(unwritable)?;
    let unbalanced = balance::check(notebook, plan, toolchain, &workspace, stopped)?;
    let is_failing = |error: &Diagnostic| cell_of(plan, error).is_some_and(|cell| failing.contains_key(&cell));
    let (hoped_for, unbalanced) = unbalanced.into_iter().partition::<Vec<_>, _>(is_failing);
    refuse(unbalanced, plan, &expected, &mut refused)?;
    let built = dependencies::arguments(&notebook.front_matter.nbrun.dependencies, compiler, toolchain)?;
    let prelude = prelude::build(compiler.prelude, toolchain, compiler.cache, stopped)?;
    let arguments = [&prelude::arguments(compiler.prelude, &prelude)[..], &built.arguments].concat();
    let crates = (arguments, [prelude].into_iter().chain(built.dir).collect());
    let builder = Builder { compiler, notebook, toolchain, stage, included, crates };
    let mut learnt = Learnt::default();
    // Each round leaves out at least one more cell, or is the last.
    let warnings = loop {
        let left_out = refused.keys().chain(failing.keys()).copied().collect();
        let last = builder.compile_until_final(plan, &left_out, &mut learnt, target)?;
        if last.outcome.success {
            if target == BuildTarget::Library {
                let made = last.workspace.dir().join(LIBRARY);
                last.workspace.take(&made).map_err(|error| workspace::not_taken(&error, compiler.cache))?;
            }
            break last.outcome.warnings.into_iter().take(MAX_KEPT).collect();
        }
        let errors = Translator { notebook, plan, map: &last.source.map }.all(&last.outcome);
        refuse(errors, plan, &expected, &mut refused)?;
    };
    let mut wrong = BTreeMap::new();
    for (cell, codes) in &failing {
        let errors = hoped_for.iter().filter(|error| cell_of(plan, error) == Some(*cell));
        let errors: Vec<Diagnostic> = errors.cloned().collect();
        let found = if errors.is_empty() { builder.errors_of(plan, *cell)? } else { (errors, BTreeSet::new()) };
        match verdict(notebook, plan, *cell, codes, found) {
            Ok(errors) => refused.insert(*cell, errors),
            Err(errors) => wrong.insert(*cell, errors),
        };
    }
    let kept = |all: BTreeMap<usize, Vec<Diagnostic>>| {
        let kept = |errors: Vec<Diagnostic>| errors.iter().map(|error| notebook.finding(error)).collect();
        all.into_iter().map(|(cell, errors)| (cell, kept(errors))).collect()
    };
    Ok(Kept { refused: kept(refused), wrong: kept(wrong), learnt, warnings })
}

impl<'a> Builder<'a> {
    /// Calls the compiler until nothing more can be learnt: each call has at least one more file beside the notebook, leaves out at least one more import, gives names to at
    /// least one more cell, or is the last.
    fn compile_until_final(
        &self,
        plan: &Plan,
        left_out: &BTreeSet<usize>,
        learnt: &mut Learnt,
        target: BuildTarget,
    ) -> Result<FinalCall<'a>, Vec<Diagnostic>> {
        loop {
            let source = source::generate(self.notebook, plan, left_out, learnt);
            let workspace = CompileWorkspace::new(self.stage, self.compiler.sandbox, &workspace::NOTEBOOK);
            let workspace = workspace.map_err(|error| self.compiler.cache.unwritable(&error))?;
            let place = self.included.place(&workspace).map_err(|error| self.compiler.cache.unwritable(&error))?;
            let mut outcome = self.call(&source, &workspace, &place, target)?;
            if self.included.supply(&place, &mut outcome.errors) {
                continue;
            }
            let absent: Vec<_> = outcome.errors.iter().flat_map(|error| source.imports_in(error)).cloned().collect();
            if learnt.add_absent(absent) {
                continue;
            }
            let translator = Translator { notebook: self.notebook, plan, map: &source.map };
            let places = outcome.errors.iter().filter(|error| is_untyped(error));
            let places = places.filter_map(|error| translator.one(error).place);
            if learnt.add_never_return(places.filter_map(|at| job_at(plan, at.line, at.column))) {
                continue;
            }
            if !outcome.success && !source.narrow.is_empty() {
                let errors = translator.all(&outcome);
                let places = errors.iter().filter_map(|error| error.place.as_ref());
                let (own, included) = places.partition::<Vec<_>, _>(|place| place.file == plan.file);
                let cells = own.into_iter().filter_map(|place| module_at(plan, place.line));
                let cells: BTreeSet<usize> = cells.filter(|cell| source.narrow.contains(cell)).collect();
                // Which cell includes the code is not known.
                let cells = if included.is_empty() { cells } else { source.narrow.iter().copied().collect() };
                if learnt.add_wide(cells.into_iter()) {
                    continue;
                }
            }
            // An assertion that compares is not compiled as it is written: an error about it may be no error of the author's,
            // and is not in their words.
            if !outcome.success {
                let cells: BTreeSet<usize> =
                    translator.all(&outcome).iter().filter_map(|error| cell_of(plan, error)).collect();
                let steps = plan.steps.iter().filter(|step| !left_out.contains(&step.cell) && compares(step));
                if learnt.add_plain(steps.map(|step| step.cell).filter(|cell| cells.contains(cell))) {
                    continue;
                }
            }
            return Ok(FinalCall { source, workspace, outcome });
        }
    }

    /// Calls the compiler for a crate, whose code stands in `place`.
    fn call(
        &self,
        source: &Source,
        workspace: &CompileWorkspace<'_>,
        place: &Path,
        target: BuildTarget,
    ) -> Result<Outcome, Vec<Diagnostic>> {
        let write = |name: &str, text: &str| {
            let file = place.join(name);
            fs::write(&file, text).map_err(|error| rustc::cannot_write(&file, &error))
        };
        for SourceFile { name, text } in &source.files {
            write(name, text)?;
        }
        let is_made = target == BuildTarget::Library;
        let bench = match self.compiler.codegen {
            Codegen::Incremental(bench) if is_made => Some(bench),
            _ => None,
        };
        let unwritable = |error| self.compiler.cache.unwritable(&error);
        let reached = bench.map(|bench| bench.lead_to(place)).transpose().map_err(unwritable)?;
        let code = reached.as_deref().unwrap_or(place);
        let read = bench.map_or(workspace.dir(), Workbench::dir).join(READ);
        let read_as_real = workspace.dir().join(READ_AS_REAL);
        // One call may end before it writes the list that another has left.
        let _ = [&read, &read_as_real].map(fs::remove_file);
        let stopped = self.compiler.watch.stopped;
        let mut outcome = match source.files.first() {
            Some(root) if is_made && source.mirrored && prelude::has_mirror(self.compiler.prelude) => {
                write(MIRRORED_ROOT, &mirror::mirrored(&root.text))?;
                let real = self.command(source, workspace, (place, ROOT), None, &read_as_real);
                let made = self.command(source, workspace, (code, MIRRORED_ROOT), Some(bench), &read);
                mirror::run_both(real, made, stopped)?
            }
            _ => rustc::run(self.command(source, workspace, (code, ROOT), is_made.then_some(bench), &read), stopped)?,
        };
        if bench.is_some() {
            // Files that were not found are named by the way that leads to them.
            let (way, place) = (code.display().to_string(), place.display().to_string());
            outcome.errors.iter_mut().for_each(|error| error.message = error.message.replace(&way, &place));
        }
        let is_ours = |name: &str| name == MIRRORED_ROOT || source.files.iter().any(|file| file.name == name);
        for (code, list) in [(code, &read), (place, &read_as_real)] {
            self.included.note(code, &workspace.text_of(list).unwrap_or_default(), is_ours);
        }
        if outcome.success
            && let Some(bench) = bench
        {
            fs::rename(bench.dir().join(LIBRARY), workspace.dir().join(LIBRARY)).map_err(unwritable)?;
        }
        Ok(outcome)
    }

    /// A call of the compiler for the crate with this root in a directory: for a library, made at a bench or not, or for nothing but
    /// a verdict. The list of what it reads goes to `read`.
    fn command(
        &self,
        source: &Source,
        workspace: &CompileWorkspace<'_>,
        (code, root): (&Path, &str),
        library: Option<Option<&Workbench>>,
        read: &Path,
    ) -> Command {
        let (arguments, dirs) = &self.crates;
        let mut command = rustc::command(self.toolchain, workspace, dirs);
        command.env("RUST_MIN_STACK", (STACK + STACK_OF_MODULE * source.modules).to_string());
        command.args(FLAGS).args(arguments);
        // The files are called by their names alone: neither the cache nor the notebook's directory is any of the code's
        // business.
        command.arg("--remap-path-prefix").arg(format!("{}=", code.display()));
        let (kind, made) = match library {
            Some(bench) => {
                command.arg(format!("-Clink-arg=-Wl,-rpath,{}", self.toolchain.libdir.display()));
                let dir = bench.map_or(workspace.dir(), Workbench::dir);
                if let Some(bench) = bench {
                    command.current_dir(dir).args(INCREMENTAL_FLAGS);
                    command.arg(format!("-Cincremental={}", bench.kept().display()));
                }
                ("link", dir.join(LIBRARY))
            }
            None => {
                command.args(VERDICT_FLAGS);
                (VERDICT_KIND, workspace.dir().join("verdict"))
            }
        };
        command.arg(format!("--emit=dep-info={}", read.display()));
        if workspace.is_sandboxed() {
            // rustc's temporary directory is where its output is, but only if it is told in this way.
            command.args(["--emit", kind, "-o"]).arg(&made);
        } else {
            command.arg(format!("--emit={kind}={}", made.display()));
        }
        command.arg(code.join(root));
        command
    }

    /// The errors of a job cell that must not compile, and their codes. Of the other cells only the job cells above it are
    /// there, but for those that must not compile either.
    fn errors_of(&self, plan: &Plan, cell: usize) -> Result<(Vec<Diagnostic>, BTreeSet<String>), Vec<Diagnostic>> {
        let above = plan.steps.iter().filter(|step| step.cell <= cell && step.items().is_some());
        let part = Plan { steps: above.cloned().collect(), ..plan.clone() };
        let others = failing(plan).into_keys().filter(|other| *other != cell).collect();
        let mut learnt = Learnt { wide: BTreeSet::from([cell]), ..Learnt::default() };
        let FinalCall { source, outcome, .. } =
            self.compile_until_final(&part, &others, &mut learnt, BuildTarget::Verdict)?;
        if outcome.success {
            return Ok((Vec::new(), BTreeSet::new()));
        }
        if let Some(error) = of_the_machine(&outcome) {
            return Err(vec![error]);
        }
        let codes = outcome.errors.iter().filter_map(|error| Some(error.code.as_ref()?.code.clone())).collect();
        Ok((Translator { notebook: self.notebook, plan, map: &source.map }.all(&outcome), codes))
    }
}

/// The job cell in whose module a line of the notebook stands.
fn module_at(plan: &Plan, line: u32) -> Option<usize> {
    let is_job = |step: &&Step| step.items().is_some() && step.line <= line;
    plan.steps.iter().rfind(is_job).map(|step| step.cell)
}

/// Whether a cell that must not compile has the errors that it must have.
///
/// # Errors
/// What is wrong with it.
fn verdict(
    notebook: &Notebook,
    plan: &Plan,
    cell: usize,
    codes: &[String],
    (errors, found): (Vec<Diagnostic>, BTreeSet<String>),
) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let line = plan.steps.get(cell).map_or(1, |step| step.line);
    let mut fence = Place::in_source(&notebook.file, &notebook.text, line, 1, 1);
    let margin = fence.text.chars().take_while(|c| !matches!(c, '`' | '~')).count() as u32;
    fence.column += margin;
    fence.width = (fence.text.trim_end().chars().count() as u32).saturating_sub(margin).max(1);
    if errors.is_empty() {
        let wrong = Diagnostic::new("this cell compiles, but `compile_fail` says that it must not").at(fence);
        return Err(vec![wrong.help("if it is right, leave out `compile_fail`: then the cells below it see it, too")]);
    }
    let missing: Vec<&str> = codes.iter().filter(|code| !found.contains(*code)).map(String::as_str).collect();
    if missing.is_empty() {
        return Ok(errors);
    }
    let found: Vec<&str> = found.iter().map(String::as_str).filter(|code| code.starts_with('E')).collect();
    let message = format!("this cell must fail with {}, and fails with another error", missing.join(" and "));
    let wrong = Diagnostic::new(message).at(fence);
    let wrong = match found.is_empty() {
        true => wrong.help("its error has no code: write `compile_fail` alone"),
        false => wrong.help(format!("if that is the lesson, write `compile_fail,{}`", found.join(","))),
    };
    Err(std::iter::once(wrong).chain(errors).collect())
}
