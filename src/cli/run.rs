//! The whole way from a notebook to its page: the one file that calls all the stages, in their order.

use super::args::{self, Args, Command, Trust};
use super::bounds::Granted;
use super::exit::Exit;
use super::images;
use super::input::{self, Input};
use super::links::{Page, Pages};
use super::output::{self, Product, Target};
use super::progress::Progress;
use super::{provenance, replay, report};
use crate::compile::{self, Cache, Library, Watch};
use crate::diagnostic::{Diagnostic, reason};
use crate::export;
use crate::kernel::{self, Interrupts, Limits};
use crate::notebook::{self, Notebook};
use crate::plan::{self, Plan};
use crate::record::{self, Record, Status};
use crate::render::references::{self, References};
use crate::render::{self, CellLook, Look};
use crate::sandbox::{self, Sandbox};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What went wrong before anything ran.
type Errors = Vec<Diagnostic>;

/// Does what the command line asks for, and says how it went.
pub fn run(args: Args) -> Exit {
    args.speech.color.apply();
    sandbox::keep_files();
    let done = match &args.command {
        Some(Command::Render { notebook, record, output, stable, trust }) => {
            let again = Again { product: Product::Page, stable: *stable, trust: *trust, quiet: args.speech.quiet };
            make_again(notebook, record, output.as_deref(), again)
        }
        Some(Command::Replay { notebook, cell, schedule, trust }) => follow(notebook, cell, schedule, *trust),
        Some(Command::Trace { notebook, record: Some(record), output, trust, .. }) => {
            let again = Again { product: Product::Trace, stable: false, trust: *trust, quiet: args.speech.quiet };
            make_again(notebook, record, output.as_deref(), again)
        }
        Some(Command::Trace { notebook, record: None, output, timeout, trust }) => {
            let (inputs, output, timeout, trust) = (vec![notebook.clone()], output.clone(), *timeout, *trust);
            run_all(&Args { inputs, output, timeout, trust, ..args.clone() }, Product::Trace)
        }
        None => run_all(&args, Product::Page),
    };
    done.unwrap_or_else(|errors| {
        report::print(&errors);
        Exit::Unusable
    })
}

/// How notebooks are to be run.
#[derive(Clone, Copy)]
struct How<'a> {
    /// Whether what changes from run to run is left out of the page.
    stable: bool,
    /// Where what is not trusted runs.
    sandbox: Option<&'a Sandbox>,
    /// What the user grants it.
    granted: &'a Granted,
}

/// A notebook that can be run.
struct Prepared {
    notebook: Notebook,
    plan: Plan,
    /// The notebook's directory.
    dir: PathBuf,
    library: Option<Library>,
    look: Look,
    references: References,
    path: Option<PathBuf>,
    target: Target,
}

/// Runs notebooks and writes their pages or traces. Nothing runs before all of them have been read, planned and compiled.
fn run_all(args: &Args, product: Product) -> Result<Exit, Errors> {
    let inputs = input::collect(&args.inputs)?;
    let targets = output::targets(&inputs, args.output.as_deref(), product)?;
    if args.record.is_some() && inputs.len() > 1 {
        let error = Diagnostic::new("--record saves one notebook's run, but there are several");
        return Err(vec![error.help("run them one by one")]);
    }
    let record = args.record.as_deref().map(|path| output::record(path, &inputs, &targets, product));
    let record = record.transpose().map_err(|error| vec![*error])?;
    each(targets.iter().chain(&record), |target| output::check(target).map_err(|error| vec![*error]))?;
    let interrupts = watch_signals()?;
    let sandbox = prepare_sandbox(args.trust)?;
    let sandbox = sandbox.as_ref();
    let mut progress = Progress::new(args.speech.quiet);
    let several = inputs.len() > 1;
    let interrupted = Cell::new(false);
    let stopped = || {
        interrupted.set(interrupted.get() || interrupts.take());
        interrupted.get()
    };
    let watch = Watch { stopped: &stopped, building: &|crates| progress.building(crates) };
    let granted = Granted::by(args);
    let prepared = each(inputs.into_iter().zip(targets), |(input, target)| {
        let how = How { stable: args.stable, sandbox, granted: &granted };
        if stopped() { Err(Vec::new()) } else { prepare(input, target, how, &progress, watch) }
    });
    // Before what went wrong: ^C ends the compiler, too, and then its failure is no news.
    if stopped() {
        return Ok(Exit::Interrupted);
    }
    let mut prepared = prepared?;
    if product == Product::Page {
        connect(&mut prepared, sandbox.is_none());
    }
    let limits = args.timeout.map_or_else(Limits::default, |timeout| Limits { timeout, ..Limits::default() });
    let asked = args.limits();
    let mut exits = Vec::new();
    for notebook in &prepared {
        progress.notebook(&notebook.notebook.file, notebook.plan.steps.len(), several);
        // The command line is the word of the one whose machine it is.
        let limits = limits.with(&asked.clone().or(&notebook.plan.settings.limits));
        let (made, stopped) = execute(notebook, limits, sandbox, &interrupts, &mut progress)?;
        progress.notebook_done();
        let content = make(&notebook.notebook, &made, &notebook.look, product);
        let written = content.and_then(|content| save(&notebook.target, content.as_bytes(), &progress));
        let saved = record.as_ref().map_or(Ok(()), |target| {
            made.to_json().and_then(|json| output::write(target, json.as_bytes()).map_err(|error| *error))
        });
        let failed = written.and(saved).inspect_err(|error| report::print([error])).is_err();
        exits.push(if failed { Exit::Failed } else { exit_of(&made, stopped) });
        if made.interrupted {
            break;
        }
    }
    progress.summary();
    Ok(exits.into_iter().collect())
}

/// The user's wish to stop, as soon as there is one.
fn watch_signals() -> Result<Interrupts, Errors> {
    Interrupts::watch().map_err(|error| vec![Diagnostic::new(format!("signals cannot be watched: {}", reason(&error)))])
}

/// The sandbox, if there is to be one, before anything is read that would need it.
fn prepare_sandbox(trust: Trust) -> Result<Option<Sandbox>, Errors> {
    let mode = trust.sandbox.map(|how| match how {
        args::Sandbox::Strict => sandbox::Mode::Strict,
        args::Sandbox::BestEffort => sandbox::Mode::BestEffort,
    });
    mode.map(Sandbox::prepare).transpose().map_err(|error| vec![error])
}

/// Reads, plans and compiles a notebook.
fn prepare(
    input: Input,
    target: Target,
    how: How<'_>,
    progress: &Progress,
    watch: Watch<'_>,
) -> Result<Prepared, Errors> {
    let dir = input.directory();
    let notebook = notebook::parse(&input.file, input.text)?;
    let mut plan = plan::plan(&notebook)?;
    if how.sandbox.is_some() {
        how.granted.hold(&mut plan, &notebook)?;
    }
    let (look, references) = look(&notebook, &plan, input.path.as_deref(), how.stable, how.sandbox.is_none())?;
    let library = if notebook.cells.is_empty() {
        None
    } else {
        progress.compiling();
        // Where there are no namespaces, what a macro or a build script has started does not end with the compiler.
        let _adopted = how.sandbox.map(|_| kernel::Adopted::new());
        let library = compile::compile(&notebook, &plan, &dir, &Cache::of_user()?, how.sandbox, watch)?;
        progress.aside(|| report::print(library.warnings.values().flatten()));
        Some(library)
    };
    Ok(Prepared { notebook, plan, dir, library, look, references, path: input.path, target })
}

/// How the page of a notebook that was read at `path` is to look. An author whom the user does not trust gets none of the
/// user's files on the page, not even an image.
fn look(
    notebook: &Notebook,
    plan: &Plan,
    path: Option<&Path>,
    stable: bool,
    trusted: bool,
) -> Result<(Look, References), Errors> {
    let cells = plan.steps.iter().map(|step| {
        let (name, folded) = (step.options.name.clone(), step.options.folded);
        CellLook { name, folded, axis: step.options.axis }
    });
    let mut look = Look { stable, distrusted: !trusted, cells: cells.collect(), ..Look::default() };
    let references = references::find(notebook, &look);
    if trusted {
        look.images = images::read(notebook, &references.images, path)?;
    }
    Ok((look, references))
}

/// Leads the links of all pages of a run to each other, and warns of those that lead nowhere.
fn connect(prepared: &mut [Prepared], trusted: bool) {
    let mut all = Vec::new();
    for Prepared { notebook, path, target, references, .. } in prepared.iter() {
        all.push(Page { notebook, path: path.as_deref(), target, references });
    }
    let pages = Pages::new(all, trusted);
    let all: Vec<_> = (0..prepared.len()).map(|number| pages.links(number)).collect();
    for (prepared, (links, warnings)) in prepared.iter_mut().zip(all) {
        prepared.look.links = links;
        report::print(&warnings);
    }
}

/// Runs a notebook's plan and records everything that happened. Also tells whether the kernel ended before its time.
fn execute(
    prepared: &Prepared,
    limits: Limits,
    sandbox: Option<&Sandbox>,
    interrupts: &Interrupts,
    progress: &mut Progress,
) -> Result<(Record, bool), Errors> {
    let Prepared { notebook, plan, dir, library, .. } = prepared;
    let (started, clock) = (jiff::Timestamp::now(), Instant::now());
    let mut watch = |event: kernel::Progress<'_>| match event {
        kernel::Progress::Started(cell) => progress.cell_started(cell, plan.steps[cell].kind, plan.steps[cell].line),
        kernel::Progress::Finished(outcome) => {
            let step = &plan.steps[outcome.cell];
            progress.cell_done(outcome, step.kind, step.line);
            if outcome.status == Status::Failed {
                progress.aside(|| report::print(&outcome.errors));
            }
        }
    };
    // The running program itself, even if its file has been replaced meanwhile.
    let program = kernel::Program { path: Path::new(sandbox::ITSELF), dir, sandbox };
    let ran = kernel::run(program, notebook, plan, library.as_ref(), limits, interrupts, &mut watch);
    let ran = ran.map_err(|error| vec![error])?;
    report::print(&ran.trouble);
    report::said(&ran.said);
    let record = Record {
        version: record::VERSION,
        provenance: provenance::gather(library.as_ref(), sandbox, started, clock.elapsed()),
        cells_sha256: record::cells_sha256(notebook),
        cells: ran.cells,
        warnings: library.as_ref().map(|library| library.warnings.clone()).unwrap_or_default(),
        interrupted: ran.interrupted,
    };
    Ok((record, ran.trouble.is_some()))
}

/// Follows one interleaving of a cell and prints its steps.
fn follow(notebook: &Path, cell: &str, schedule: &[u32], trust: Trust) -> Result<Exit, Errors> {
    let mut inputs = input::collect(&[PathBuf::from(notebook)])?;
    let (Some(input), true) = (inputs.pop(), inputs.is_empty()) else {
        return Err(vec![Diagnostic::new("replay takes one notebook, not a directory of several")]);
    };
    let interrupts = watch_signals()?;
    let sandbox = prepare_sandbox(trust)?;
    let sandbox = sandbox.as_ref();
    let mut progress = Progress::new(true);
    let stopped = || interrupts.take();
    let watch = Watch { stopped: &stopped, building: &|_| {} };
    let mut prepared =
        prepare(input, Target::Stdout, How { stable: false, sandbox, granted: &Granted::default() }, &progress, watch)?;
    let cell = replay::find(&prepared.plan, cell).map_err(|error| vec![*error])?;
    prepared.plan.follow(cell, schedule.to_vec());
    let limits = Limits::default().with(&prepared.plan.settings.limits);
    let (made, stopped) = execute(&prepared, limits, sandbox, &interrupts, &mut progress)?;
    if let Some(explored) = made.cells.get(cell).and_then(|outcome| outcome.explored.as_ref()) {
        replay::print(explored);
    }
    Ok(exit_of(&made, stopped))
}

fn exit_of(record: &Record, stopped: bool) -> Exit {
    let failed = |status| matches!(status, Status::Failed | Status::NotRun);
    if record.interrupted {
        Exit::Interrupted
    } else if stopped || record.cells.iter().any(|cell| failed(cell.status)) {
        Exit::Failed
    } else {
        Exit::Passed
    }
}

/// Makes the page or the trace of a run.
fn make(notebook: &Notebook, record: &Record, look: &Look, product: Product) -> Result<String, Diagnostic> {
    match product {
        Product::Page => Ok(render::render_as(notebook, record, look)),
        Product::Trace => export::chrome_trace(notebook, record),
    }
}

/// What is made of a record, and how.
struct Again {
    product: Product,
    stable: bool,
    trust: Trust,
    quiet: bool,
}

/// Makes the page or the trace of a record, without running anything.
fn make_again(notebook: &Path, record: &Path, output: Option<&Path>, again: Again) -> Result<Exit, Errors> {
    let Again { product, stable, trust, quiet } = again;
    let mut inputs = input::collect(&[PathBuf::from(notebook)])?;
    let targets = output::targets(&inputs, output, product)?;
    let (Some(input), [target]) = (inputs.pop(), targets.as_slice()) else {
        return Err(vec![Diagnostic::new("a record is of one notebook, not of a directory of several")]);
    };
    output::spares(target, record, product).and_then(|()| output::check(target)).map_err(|error| vec![*error])?;
    let notebook = notebook::parse(&input.file, input.text)?;
    let name = record.to_string_lossy();
    let text = input::read(record).map_err(|error| vec![*error])?;
    let record = Record::from_json(&name, &text).map_err(|error| vec![error])?;
    render::check(&notebook, &record, &record::cells_sha256(&notebook)).map_err(|error| vec![error])?;
    let plan = plan::plan(&notebook)?;
    record::check(&name, &record, &plan).map_err(|error| vec![error])?;
    let trusted = trust.sandbox.is_none() && record.provenance.sandbox.is_none();
    let look = match product {
        Product::Trace => Look::default(),
        Product::Page => {
            let (mut look, references) = look(&notebook, &plan, input.path.as_deref(), stable, trusted)?;
            let page = Page { notebook: &notebook, path: input.path.as_deref(), target, references: &references };
            let warnings;
            (look.links, warnings) = Pages::new(vec![page], trusted).links(0);
            report::print(&warnings);
            look
        }
    };
    let content = make(&notebook, &record, &look, product).map_err(|error| vec![error])?;
    save(target, content.as_bytes(), &Progress::new(quiet)).map_err(|error| vec![error])?;
    Ok(Exit::Passed)
}

fn save(target: &Target, page: &[u8], progress: &Progress) -> Result<(), Diagnostic> {
    output::write(target, page).map_err(|error| *error)?;
    progress.page(target);
    Ok(())
}

/// Does `body` for every item and gives either all results or all errors.
fn each<T, R>(
    items: impl IntoIterator<Item = T>,
    mut body: impl FnMut(T) -> Result<R, Errors>,
) -> Result<Vec<R>, Errors> {
    let mut results = Vec::new();
    let mut errors = Vec::new();
    for item in items {
        match body(item) {
            Ok(result) => results.push(result),
            Err(found) => errors.extend(found),
        }
    }
    if errors.is_empty() { Ok(results) } else { Err(errors) }
}
