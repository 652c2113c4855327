//! What can be said on the command line. Wrong usage ends the program with exit code 2 and an error that says what is right.

use crate::notebook::Limits;
use crate::plan::parse_schedule;
use crate::render::visible;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  nbrun lesson.md                    writes lesson.html beside it
  nbrun lessons -o site              every notebook under lessons/, as pages under site/
  nbrun lesson.md -o today.html      the page under another name
  nbrun - < lesson.md > page.html    from standard input to standard output
  nbrun lesson.md --timeout 10s      gives each cell ten seconds
  nbrun lesson.md --record run.json  also saves everything that happened, and later
  nbrun lesson.md --sandbox          runs what you do not trust: no network, no files of yours
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
/// A notebook is markdown. Its ```rust job fences hold Rust functions; its ```yaml fences with the word spawn, queue, pool,
/// value, array or lock say what to run and what is shared. Every other fence is only shown.
#[derive(Debug, Clone, PartialEq, Parser)]
#[command(name = "nbrun", version, after_help = EXAMPLES, max_term_width = 120)]
#[command(subcommand_negates_reqs = true)]
pub struct Args {
    /// The notebooks to run: files, directories, or `-` for standard input
    ///
    /// Of a directory, every `.md` file in it and below that holds a cell is run, in order of their names. Hidden
    /// directories, `target` and `node_modules` are passed over.
    #[arg(value_name = "FILE|DIR|-", required = true)]
    pub inputs: Vec<PathBuf>,

    /// What else than to run notebooks
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Where the page goes: a directory, a file ending in .html, or `-` for standard output
    ///
    /// Without it, a page stands beside its notebook, and that of standard input goes to standard output.
    #[arg(short, long, value_name = "DIR|FILE.html|-")]
    pub output: Option<PathBuf>,

    /// Also saves everything that happened as JSON, for `nbrun render`
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// Leaves out what changes from run to run: times, process numbers, the date, and the machine
    ///
    /// Two runs of a lesson that leaves nothing to chance then give the same page, byte for byte.
    #[arg(long)]
    pub stable: bool,

    /// The time limit of each cell that has none of its own, such as 10s, 500ms, or `1m 30s`; a plain number is seconds
    ///
    /// With --sandbox, no cell may have more.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,

    /// A limit for each notebook, whatever it says itself; may be given several times
    ///
    /// `total=5m` is the time of all its cells together, `output=1MiB` what is kept of a cell's output, `memory=2GiB` the
    /// memory of each worker, `processes=64` how many processes a cell's jobs may start by themselves at a time,
    /// `shared=4GiB` the memory of all that is shared.
    #[arg(long = "limit", value_name = "NAME=VALUE")]
    pub limits: Vec<Limits>,

    /// Whether the author is trusted
    #[command(flatten)]
    pub trust: Trust,

    /// How much to say
    #[command(flatten)]
    pub speech: Speech,
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

    /// All limits together; what is said last holds.
    pub fn limits(&self) -> Limits {
        self.limits.iter().cloned().fold(Limits::default(), |before, limit| limit.or(&before))
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
    let command = Args::command();
    let said = |id: &&str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let option = |id: &str| {
        let argument = command.get_arguments().find(|argument| argument.get_id() == id && !argument.is_global_set())?;
        Some(format!("--{}", argument.get_long()?))
    };
    // Groups have names, too, and are no options.
    matches.ids().map(clap::Id::as_str).filter(said).find_map(option)
}

/// Whether the author of what is run is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Default, clap::Args)]
pub struct Trust {
    /// Runs what you do not trust: without network, and without your files
    ///
    /// The compiler and the jobs see the Rust toolchain, the system's own programs and a directory for temporary files, and
    /// nothing else of the machine; HTML in the prose is cleaned, and no local image is put into the page, also where a page is
    /// made from a record and nothing runs. What this system cannot enforce is an error, unless
    /// `best-effort` is said: then the page says what was missing.
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "strict"
    )]
    pub sandbox: Option<Sandbox>,
}

/// How much of a sandbox there must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Sandbox {
    /// All of it, or nothing is run
    Strict,
    /// As much as this system can do
    BestEffort,
}

/// How much to say, and how. Any command takes these.
#[derive(Debug, Clone, Copy, PartialEq, clap::Args)]
pub struct Speech {
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
    /// Follows one interleaving of a spawn or pool cell and prints its steps
    ///
    /// The cells above it are run first, as far as they change what it finds. No page is written.
    Replay {
        /// The notebook: a file, or `-` for standard input
        #[arg(value_name = "FILE|-")]
        notebook: PathBuf,

        /// The cell: its number on the page, or its `name`
        cell: String,

        /// Who takes each step: the workers' numbers in order, such as 1,2x3,1. Where it ends, the last one goes on
        #[arg(value_parser = schedule)]
        schedule: Schedule,

        /// Whether the author is trusted
        #[command(flatten)]
        trust: Trust,
    },

    /// Makes the page of a saved record, without running anything
    Render {
        /// The notebook that was run: a file, or `-` for standard input
        #[arg(value_name = "FILE|-")]
        notebook: PathBuf,

        /// What `nbrun --record` saved
        #[arg(long, value_name = "FILE")]
        record: PathBuf,

        /// Where the page goes: a directory, a file ending in .html, or `-` for standard output
        #[arg(short, long, value_name = "DIR|FILE.html|-")]
        output: Option<PathBuf>,

        /// Leaves out what changes from run to run: times, process numbers, the date, and the machine
        #[arg(long)]
        stable: bool,

        /// Whether the author is trusted
        #[command(flatten)]
        trust: Trust,
    },

    /// Writes a run as Chrome trace events, which Perfetto (ui.perfetto.dev) and chrome://tracing show
    ///
    /// Each run of a cell is a process in the trace, each worker a thread. Arrows lead from each put to its get, from a release
    /// to the wait that it ended, from the start of a worker to its first step, and from its end to its join.
    Trace {
        /// The notebook to run: a file, a directory of several, or `-` for standard input
        #[arg(value_name = "FILE|DIR|-")]
        notebook: PathBuf,

        /// Takes what `nbrun --record` saved, and runs nothing
        #[arg(long, value_name = "FILE")]
        record: Option<PathBuf>,

        /// Where the trace goes: a directory, a file ending in .json, or `-` for standard output
        ///
        /// Without it, a trace stands beside its notebook, as lesson.trace.json.
        #[arg(short, long, value_name = "DIR|FILE.json|-")]
        output: Option<PathBuf>,

        /// The time limit of each cell that has none of its own
        #[arg(long, value_name = "DURATION", value_parser = duration, conflicts_with = "record")]
        timeout: Option<Duration>,

        /// Whether the author is trusted
        #[command(flatten)]
        trust: Trust,
    },
}

/// A schedule as one argument: to clap, a bare list would be several.
pub type Schedule = Arc<[u32]>;

/// Reads a schedule.
fn schedule(text: &str) -> Result<Schedule, String> {
    parse_schedule(text).map(Arc::from)
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

/// Reads a time limit: a number of seconds, or a duration with units.
fn duration(text: &str) -> Result<Duration, String> {
    const HELP: &str = "write a duration such as 10s, 500ms or `1m 30s`, or a number of seconds";
    let read = match text.trim().parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => text.parse::<jiff::SignedDuration>().ok().and_then(|duration| duration.try_into().ok()),
    };
    match read {
        Some(duration) if duration > Duration::ZERO => Ok(duration),
        Some(_) => Err(format!("a time limit must be longer than nothing; {HELP}")),
        None => Err(HELP.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

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
        assert_eq!(args.inputs, ["a.md", "dir", "-"].map(PathBuf::from));
        assert_eq!(args.output, Some("out".into()));
        assert_eq!((args.timeout, args.stable), (Some(Duration::from_secs(2)), true));
        assert_eq!(args.speech, Speech { quiet: true, color: Color::Never });
        assert_eq!(args.command, None);
    }

    #[test]
    fn of_limits_the_last_one_holds() {
        let args = read("nbrun a.md --limit memory=1GiB --limit processes=3 --limit memory=2GiB").unwrap();
        let expected = Limits { memory_bytes: Some(2 << 30), processes: Some(3), ..Limits::default() };
        assert_eq!(args.limits(), expected);
        let error = read("nbrun a.md --limit memry=1GiB").unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("did you mean `memory`?"), "{error}");
    }

    #[test]
    fn the_sandbox_is_strict_unless_less_is_asked_for() {
        assert_eq!(read("nbrun a.md").unwrap().trust.sandbox, None);
        assert_eq!(read("nbrun --sandbox a.md").unwrap().trust.sandbox, Some(Sandbox::Strict));
        assert_eq!(read("nbrun a.md --sandbox=best-effort").unwrap().trust.sandbox, Some(Sandbox::BestEffort));
        assert_eq!(read("nbrun a.md --sandbox=half").unwrap_err().exit_code(), 2);
        for line in ["nbrun render a.md --record r.json --sandbox", "nbrun trace --sandbox a.md"] {
            let trust = match read(line).unwrap().command {
                Some(Command::Render { trust, .. } | Command::Trace { trust, .. }) => trust,
                other => panic!("{other:?}"),
            };
            assert_eq!(trust.sandbox, Some(Sandbox::Strict));
        }
    }

    #[test]
    fn render_takes_a_notebook_and_its_record() {
        let args = read("nbrun render a.md --record r.json -o - -q").unwrap();
        let (notebook, record, output, trust) = ("a.md".into(), "r.json".into(), Some("-".into()), Trust::default());
        assert_eq!(args.command, Some(Command::Render { notebook, record, output, stable: false, trust }));
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
        let (output, timeout) = (Some("t.json".into()), Some(Duration::from_secs(2)));
        let (notebook, trust) = ("a.md".into(), Trust::default());
        let command = Command::Trace { notebook, record: None, output, timeout, trust };
        assert_eq!(args.command, Some(command));
        assert_eq!(read("nbrun trace a.md --record r.json --timeout 2s").unwrap_err().exit_code(), 2);
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

    #[test]
    fn a_time_limit_has_units_or_is_in_seconds() {
        assert_eq!(duration("1m 30s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("0.25"), Ok(Duration::from_millis(250)));
        assert!(duration("0s").unwrap_err().starts_with("a time limit must be longer"));
        for wrong in ["", "-1", "-1s", "soon", "NaN", "inf", "1e300", "1 month"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
