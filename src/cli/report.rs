//! Shows diagnostics: to the person at the terminal in the colours that rustc uses, or to another program.

use super::format::Format;
use super::output;
use crate::diagnostic::{Diagnostic, Part, Severity, reason};
use crate::kernel::StderrText;
use crate::notebook::{Cell, Notebook};
use crate::render::visible;
use anstyle::{AnsiColor, Style};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const GUTTER: Style = AnsiColor::Blue.on_default().bold();
const BOLD: Style = Style::new().bold();

/// How what is wrong is reported.
#[derive(Debug, Clone, Copy, PartialEq, Default, clap::Args)]
pub struct Reporting {
    /// How errors and warnings are written: for people, as JSON, or for GitHub's runners
    ///
    /// `json` is one object a line, and `github` one workflow command a line. Both go to standard output, and the paths
    /// of pages do not.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: Format,

    /// Makes warnings errors: then nothing runs
    #[arg(long)]
    pub deny_warnings: bool,
}

/// Shows diagnostics as the user wants them.
#[derive(Debug, Default)]
pub struct Reporter {
    how: Reporting,
    /// For each notebook by name, where its cells begin and end: the lines of their fences.
    cells: Mutex<HashMap<String, Vec<(u32, u32)>>>,
    /// Why something could not be written to standard output.
    lost: Mutex<Option<io::Error>>,
}

impl Reporter {
    /// Nothing is reported yet.
    ///
    /// # Errors
    /// Reports go to standard output, which is closed.
    pub fn new(how: Reporting) -> Result<Self, Diagnostic> {
        let reporter = Self { how, ..Self::default() };
        if reporter.takes_stdout() {
            output::check_stdout()?;
        }
        Ok(reporter)
    }

    /// Whether standard output is for reports, and for nothing else.
    pub fn takes_stdout(&self) -> bool {
        self.how.format != Format::Human
    }

    /// Takes note of where a notebook has its cells.
    pub fn knows(&self, notebook: &Notebook) {
        let lines = |cell: &Cell| {
            let block = notebook.text.get(cell.bytes.clone()).unwrap_or("");
            (cell.line, cell.line + (block.lines().count() as u32).saturating_sub(1))
        };
        locked(&self.cells).insert(notebook.file.clone(), notebook.cells.iter().map(lines).collect());
    }

    /// Shows diagnostics: to people on standard error, with an empty line behind each.
    pub fn print<'a>(&self, diagnostics: impl IntoIterator<Item = &'a Diagnostic>) {
        for diagnostic in diagnostics {
            let Some(line) = self.how.format.line(diagnostic, self.cell(diagnostic)) else {
                // Where standard error is gone, there is nobody left to tell.
                let _ = writeln!(anstream::stderr(), "{}", styled(diagnostic));
                continue;
            };
            if let Err(error) = writeln!(io::stdout(), "{line}") {
                locked(&self.lost).get_or_insert(error);
            }
        }
    }

    /// Shows warnings, or gives them back as errors, if the user wants that.
    ///
    /// # Errors
    /// The warnings.
    pub fn warn<'a>(&self, warnings: impl IntoIterator<Item = &'a Diagnostic>) -> Result<(), Vec<Diagnostic>> {
        if !self.how.deny_warnings {
            self.print(warnings);
            return Ok(());
        }
        let deny = |warning: &Diagnostic| warning.clone().error().note("`--deny-warnings` makes this warning an error");
        let errors: Vec<_> = warnings.into_iter().map(deny).collect();
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// What could not be written, if anything.
    pub fn lost(&self) -> Option<Diagnostic> {
        let error = locked(&self.lost).take()?;
        Some(Diagnostic::new(format!("cannot write to standard output: {}", reason(&error))))
    }

    /// The number of the cell in which something is wrong.
    fn cell(&self, diagnostic: &Diagnostic) -> Option<usize> {
        let place = diagnostic.place.as_ref()?;
        let holds = |(first, last): &(u32, u32)| (*first..=*last).contains(&place.line);
        Some(locked(&self.cells).get(&place.file)?.iter().position(holds)? + 1)
    }
}

/// What is behind a lock. Whoever panicked while holding it has left nothing half done.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Prints what was written outside of any cell: by the library when it was loaded, or by the kernel. It does nothing to the
/// terminal either.
pub fn said(said: &StderrText) {
    if !said.text.is_empty() {
        let _ = write!(anstream::stderr(), "{}", styled_said(said));
    }
}

fn styled_said(said: &StderrText) -> String {
    let head = "the notebook's library, when it was loaded, or nbrun's kernel wrote to standard error";
    let mut out = format!("{BOLD}note{BOLD:#}: {head}\n");
    for line in said.text.lines() {
        let _ = writeln!(out, "   {GUTTER}|{GUTTER:#} {}", visible(line));
    }
    if said.cut_bytes > 0 {
        let _ = writeln!(out, "   {GUTTER}={GUTTER:#} {} bytes more are left out", said.cut_bytes);
    }
    out + "\n"
}

/// The text of `diagnostic` with ANSI colours; without these it is what its `Display` gives. What a notebook or a job has
/// put into it does nothing to the terminal.
pub fn styled(diagnostic: &Diagnostic) -> String {
    let severity = match diagnostic.severity {
        Severity::Error => ERROR,
        Severity::Warning => WARNING,
        Severity::Note => BOLD,
    };
    let mut out = String::new();
    for line in diagnostic.lines() {
        for (part, text) in line {
            let style = match part {
                Part::Place | Part::Message | Part::Kind => BOLD,
                Part::Severity | Part::Caret => severity,
                Part::Gutter => GUTTER,
                Part::Text => Style::new(),
            };
            let _ = write!(out, "{style}{}{style:#}", visible(&text));
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Place;
    use anstream::adapter::strip_str;

    #[test]
    fn without_its_colours_a_report_is_the_plain_text() {
        let source = "a\n^ 12 | x | ^ | = y: z\n";
        for diagnostic in [
            Diagnostic::new("error: wrong"),
            Diagnostic::new("wrong").warning().at(Place::in_source("a b.md", source, 2, 3, 2)),
            Diagnostic::new("wrong").at(Place::in_source("a b.md", source, 2, 3, 2)).label("| here"),
            Diagnostic::new("x")
                .at(Place::in_source("a.md", source, 2, 1, 1))
                .help("do: this\n12 | or\nthat")
                .note("= no"),
        ] {
            assert_eq!(strip_str(&styled(&diagnostic)).to_string(), diagnostic.to_string());
        }
    }

    #[test]
    fn what_would_do_something_to_the_terminal_is_shown_or_left_out() {
        let hostile = "title \u{1b}]0;mine\u{7}, clear \u{1b}[2J, bell \u{7}, turn \u{202e}, back \u{9b}1A";
        let place = Place::in_source("a\u{1b}[1A.md", hostile, 1, 1, 1);
        let shown = styled(&Diagnostic::new(hostile).at(place).note(hostile));
        let plain = strip_str(&shown).to_string();
        assert_eq!(plain.matches("title , clear , bell ␇, turn ⟨U+202E⟩, back ⟨U+009B⟩1A").count(), 3, "{plain}");
        let ours = [ERROR, GUTTER, BOLD].map(|style| [style.to_string(), format!("{style:#}")]);
        let rest = ours.iter().flatten().fold(shown, |text, ours| text.replace(ours, ""));
        assert!(!rest.chars().any(|c| c.is_control() && c != '\n'), "{rest:?}");
    }

    #[test]
    fn the_word_error_the_gutter_and_the_caret_are_coloured() {
        let place = Place::in_source("a.md", "job(1)", 1, 5, 1);
        let shown = styled(&Diagnostic::new("wrong").at(place).label("here"));
        assert!(shown.contains(&format!("{ERROR}error{ERROR:#}")), "{shown}");
        assert!(shown.contains(&format!("{GUTTER} 1 |{GUTTER:#} job(1)")), "{shown}");
        assert!(shown.contains(&format!("|{GUTTER:#}{ERROR}     ^ here{ERROR:#}")), "{shown}");
    }
}
