//! What can be said on the command line. Wrong usage ends the program with exit code 2 and an error that says what is right.

use super::build::Build;
use super::check::Check;
use super::completions::{Completions, Manual};
use super::handout::Handout;
use super::mdbook::MdBook;
use super::new::New;
use super::render::Render;
use super::replay::Replay;
use super::run::Run;
use super::serve::Serve;
use super::trace::Trace;
use super::update::Update;
use crate::render::visible;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;

const EXAMPLES: &str = "\
Examples:
  nbrun new lesson.md                writes a first lesson, to run and to change
  nbrun lesson.md                    writes lesson.html beside it
  nbrun lessons -o site              every notebook under lessons/, as pages under site/
  nbrun lesson.md -o today.html      the page under another name
  nbrun build lessons -o site        a site with an index, a course, languages and a search
  nbrun - < lesson.md > page.html    from standard input to standard output
  nbrun lesson.md --to md -o out     markdown with the results below the cells; also ipynb, json
  nbrun lesson.md --timeout 10s      gives each cell ten seconds
  nbrun lesson.md --cell race -v     runs one cell, and says what its workers printed
  nbrun lesson.md --reuse            runs nothing if only the prose has changed since the last such run
  nbrun lesson.md --record run.json  also saves everything that happened, and later
  nbrun lesson.md --sandbox          runs what you do not trust: no network, no files of yours
  nbrun serve lesson.md              shows the page in a browser, and each change as it is saved
  nbrun check lessons                everything that is wrong with them, without running anything
  nbrun update lesson.md             writes below each cell what it prints and shows
  nbrun update --check lessons       fails if what stands there is no longer so
  nbrun update --expect lesson.md    writes into specs, too, what must come out
  nbrun handout lesson.md -o out     the notebook without the solutions of its exercises
  nbrun render lesson.md --record run.json
                                     makes the page again without running anything; with --sandbox,
                                     without trusting the notebook's HTML and images
  nbrun replay lesson.md race 1,2x2,1
                                     follows one interleaving of the cell named race, step by step
  nbrun trace lesson.md -o run.json  what happened, for Perfetto

Exit codes:
    0  every cell did what it should
    1  a cell failed, timed out, or an `expect` or `assert` did not hold;
       the page is written all the same, with the error in its place
    2  the notebook or the command line is wrong; nothing ran, and no file was touched
  130  interrupted; every worker is gone, and the page of what had run is written";

/// Runs a markdown lesson on real processes and threads, and writes one HTML page with every output inline
///
/// A notebook is markdown. Its ```rust run fences are programs. Its ```rust job fences hold Rust functions; its ```yaml fences
/// with the word spawn, queue, pool, value, array or lock say what to run and what is shared. Every other fence is only shown.
#[derive(Debug, Clone, PartialEq, Parser)]
#[command(name = "nbrun", version, after_help = EXAMPLES, max_term_width = 120, subcommand_negates_reqs = true)]
pub struct Args {
    /// What is run where no command is named
    #[command(flatten)]
    pub run: Run,

    /// What else than to run notebooks
    #[command(subcommand)]
    pub command: Option<Command>,

    /// How much to say
    #[command(flatten)]
    pub speech: Verbosity,
}

impl Args {
    /// Reads a command line, the program's name included.
    ///
    /// # Errors
    /// What is wrong with it, or what it asks to be shown instead of being done.
    pub fn read(line: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let line: Vec<OsString> = line.into_iter().collect();
        parse(line.clone()).map_err(|error| {
            // The error repeats what was said, such as a file's name, which may be made to do something to the terminal.
            let shown = line.iter().map(|word| OsString::from(visible(&word.to_string_lossy()).into_owned()));
            parse(shown.collect()).err().unwrap_or(error)
        })
    }
}

fn parse(line: Vec<OsString>) -> Result<Args, clap::Error> {
    let mut command = Args::command();
    let matches = command.try_get_matches_from_mut(line)?;
    if let Some((name, _)) = matches.subcommand()
        && let Some(said) = said_before(&matches)
    {
        let what = format!("`{said}` does not go with `{name}`; the options of `{name}` stand behind its name");
        return Err(command.error(ErrorKind::ArgumentConflict, what));
    }
    Args::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// The option that stands before a command's name and is not for every command.
fn said_before(matches: &ArgMatches) -> Option<String> {
    let is_said = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let command = Args::command();
    let mut said = command.get_arguments().filter(|it| !it.is_global_set() && is_said(it.get_id().as_str()));
    said.find_map(|argument| Some(format!("--{}", argument.get_long()?)))
}

/// How much to say, and how. Any command takes these.
#[derive(Debug, Clone, Copy, PartialEq, clap::Args)]
pub struct Verbosity {
    /// Says nothing but what is wrong
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// When to use colours; `auto` is where a terminal shows them and NO_COLOR is not set
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, global = true)]
    pub color: Color,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Color {
    /// Where a terminal shows them and `NO_COLOR` is not set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What nbrun does apart from running notebooks.
#[derive(Debug, Clone, PartialEq, Subcommand)]
pub enum Command {
    /// Writes a first lesson, which runs and is there to be changed
    New(New),

    /// Shows pages in a browser, and brings every saved change into them
    ///
    /// Prints the address to open. A change of prose runs nothing; a change of a cell runs it and those that it concerns.
    Serve(Serve),

    /// Looks for everything that is wrong with notebooks, without running them
    ///
    /// Front matter, cells, specs, images, links, and the code, for which the compiler generates nothing. No file is written.
    Check(Check),

    /// Runs notebooks, and writes into them what their cells print and show
    ///
    /// Below each such cell stands a fence ```text output, which is replaced in place; nothing else in the notebook changes. A
    /// notebook is run three times: what differs, or may differ in another run, is written once into a fence ```text output chance,
    /// and then kept. If a cell fails, nothing is written into its notebook.
    Update(Update),

    /// Makes a site of all notebooks in a directory: an index, a course with its order and its languages, and a search
    ///
    /// `nbrun.yaml` in the directory may say more; the guide has its keys. Links between notebooks lead to pages, files that they
    /// link to are copied, and links that lead nowhere are told. Of the output directory, only what an earlier build wrote is ever
    /// changed.
    Build(Build),

    /// Writes notebooks without the solutions of their exercises, to hand out
    ///
    /// What is left is what the author wrote, byte for byte. Images that it shows and files that it links to are copied. Nothing runs.
    /// `--no-solutions` leaves solutions out of pages and of what is run.
    Handout(Handout),

    /// Follows one interleaving of a spawn or pool cell and prints its steps
    ///
    /// The cells above it are run first, as far as they change what it finds. No page is written.
    Replay(Replay),

    /// Makes the page of a saved record, without running anything
    Render(Render),

    /// Writes a run as Chrome trace events, which Perfetto (ui.perfetto.dev) and chrome://tracing show
    ///
    /// Each run of a cell is a process in the trace, each worker a thread. Arrows lead from each put to its get, from a release
    /// to the wait that it ended, from the start of a worker to its first step, and from its end to its join.
    Trace(Trace),

    /// Runs the cells of an mdBook's chapters, as a preprocessor that mdBook calls
    ///
    /// Write `[preprocessor.nbrun]` with `command = "nbrun mdbook"` into book.toml. Only chapters with cells are run, and of these only
    /// those whose cells have changed. In that table, `timeout`, `limits`, `sandbox`, `stable`, `deny-warnings`, `no-solutions` and `reuse` are known.
    Mdbook(MdBook),

    /// Prints what lets a shell complete commands and options
    ///
    /// For bash: `nbrun completions bash > ~/.local/share/bash-completion/completions/nbrun`.
    Completions(Completions),

    /// Prints the page of the manual, in the form that `man` reads
    ///
    /// `nbrun man | man -l -` shows it.
    Man(Manual),
}

impl Color {
    /// Makes this choice the one of everything that the program prints.
    pub fn apply(self) {
        let choice = match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::bounds::Trust;
    use crate::cli::document::PageOptions;
    use crate::cli::output::Product;
    use crate::notebook::Limits;
    use crate::sandbox::Mode;
    use std::path::PathBuf;
    use std::time::Duration;

    fn read(line: &str) -> Result<Args, clap::Error> {
        Args::read(line.split(' ').map(OsString::from))
    }

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn notebooks_are_run_unless_a_command_is_named() {
        let args = read("nbrun a.md dir - -o out --stable --timeout 2s -q --color never --record r.json").unwrap();
        let Run { inputs, page, record, bounds, .. } = args.run;
        assert_eq!(inputs, ["a.md", "dir", "-"].map(PathBuf::from));
        assert_eq!(
            page,
            PageOptions { to: Product::Page, output: Some("out".into()), stable: true, no_solutions: false }
        );
        assert_eq!((bounds.timeout, record), (Some(Duration::from_secs(2)), Some("r.json".into())));
        assert_eq!(args.speech, Verbosity { quiet: true, color: Color::Never });
        assert_eq!(args.command, None);
    }

    #[test]
    fn of_limits_the_last_one_holds() {
        let args = read("nbrun a.md --limit memory=1GiB --limit processes=3 --limit memory=2GiB").unwrap();
        let expected = Limits { memory_bytes: Some(2 << 30), processes: Some(3), ..Limits::default() };
        assert_eq!(args.run.bounds.limits(), expected);
        let error = read("nbrun a.md --limit memry=1GiB").unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("did you mean `memory`?"), "{error}");
    }

    #[test]
    fn the_sandbox_is_strict_unless_less_is_asked_for() {
        let sandbox = |line: &str| {
            let Args { run, command, .. } = read(line).unwrap();
            let trust = match command {
                None => run.bounds.trust,
                Some(Command::Check(check)) => check.bounds.trust,
                Some(Command::Build(build)) => build.bounds.trust,
                Some(Command::Update(update)) => update.bounds.trust,
                Some(Command::Replay(replay)) => replay.bounds.trust,
                Some(Command::Render(render)) => render.trust,
                Some(Command::Trace(trace)) => trace.bounds.trust,
                Some(other) => panic!("{other:?} trusts nobody"),
            };
            trust.sandbox
        };
        assert_eq!(sandbox("nbrun a.md"), None);
        assert_eq!(sandbox("nbrun --sandbox a.md"), Some(Mode::Strict));
        assert_eq!(sandbox("nbrun a.md --sandbox=best-effort"), Some(Mode::BestEffort));
        assert_eq!(read("nbrun a.md --sandbox=half").unwrap_err().exit_code(), 2);
        for line in [
            "nbrun render a.md --record r.json --sandbox",
            "nbrun trace --sandbox a.md",
            "nbrun check --sandbox a.md",
            "nbrun build --sandbox lessons -o site",
            "nbrun update --sandbox a.md",
            "nbrun replay a.md 1 1 --sandbox",
        ] {
            assert_eq!(sandbox(line), Some(Mode::Strict));
        }
    }

    #[test]
    fn render_takes_a_notebook_and_its_record() {
        let args = read("nbrun render a.md --record r.json -o - -q").unwrap();
        let page = PageOptions { to: Product::Page, output: Some("-".into()), stable: false, no_solutions: false };
        let render = Render { notebook: "a.md".into(), record: "r.json".into(), page, trust: Trust::default() };
        assert_eq!(args.command, Some(Command::Render(render)));
        assert!(args.speech.quiet);
    }

    #[test]
    fn what_holds_for_every_command_stands_before_or_behind_its_name() {
        for line in
            ["nbrun -q render a.md --record r.json", "nbrun --color never -q trace a.md", "nbrun replay -q a.md 1 1"]
        {
            let args = read(line).unwrap();
            assert!(args.speech.quiet && args.command.is_some(), "{line}");
        }
    }

    #[test]
    fn what_does_not_belong_to_a_command_is_not_passed_over() {
        for (line, said) in [
            ("nbrun --sandbox replay a.md 1 1", "`--sandbox` does not go with `replay`"),
            ("nbrun -o x render a.md --record r.json", "`--output` does not go with `render`"),
        ] {
            let error = read(line).unwrap_err();
            assert!(error.exit_code() == 2 && error.to_string().contains(said), "{line}: {error}");
        }
    }

    #[test]
    fn an_error_does_nothing_to_the_terminal() {
        let error = read("nbrun --no-\u{1b}]0;mine\u{7}such").unwrap_err().to_string();
        assert!(!error.contains('\u{7}') && !error.contains("mine"), "{error:?}");
    }

    #[test]
    fn trace_runs_a_notebook_or_takes_a_record() {
        let args = read("nbrun trace a.md -o t.json --timeout 2s").unwrap();
        let Some(Command::Trace(Trace { notebook, record, output, bounds })) = args.command else { panic!("{args:?}") };
        assert_eq!((notebook, record, output), ("a.md".into(), None, Some("t.json".into())));
        assert_eq!((bounds.timeout, bounds.trust), (Some(Duration::from_secs(2)), Trust::default()));
        for option in ["--timeout 2s", "--limit memory=1GiB"] {
            assert_eq!(read(&format!("nbrun trace a.md --record r.json {option}")).unwrap_err().exit_code(), 2);
        }
    }

    #[test]
    fn wrong_usage_exits_with_two() {
        for line in
            ["nbrun", "nbrun a.md --wrong", "nbrun render a.md", "nbrun a.md --timeout 0", "nbrun a.md --timeout soon"]
        {
            assert_eq!(read(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }

    #[test]
    fn help_shows_the_exit_codes() {
        let help = read("nbrun --help").unwrap_err();
        assert_eq!(help.exit_code(), 0);
        assert!(help.to_string().contains("  130  interrupted"), "{help}");
    }
}
