//! Shows diagnostics to the person at the terminal, in the colours that rustc uses.

use crate::diagnostic::{Diagnostic, Severity};
use crate::kernel::StderrText;
use crate::render::visible;
use anstyle::{AnsiColor, Style};
use std::fmt::Write as _;
use std::io::Write as _;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const GUTTER: Style = AnsiColor::Blue.on_default().bold();
const BOLD: Style = Style::new().bold();

/// Prints `diagnostics` to standard error, with an empty line behind each.
pub fn print<'a>(diagnostics: impl IntoIterator<Item = &'a Diagnostic>) {
    let mut stderr = anstream::stderr().lock();
    for diagnostic in diagnostics {
        // Where standard error is gone, there is nobody left to tell.
        let _ = writeln!(stderr, "{}", styled(diagnostic));
    }
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
    let text = diagnostic.to_string();
    let word = diagnostic.severity.as_str();
    let style = match diagnostic.severity {
        Severity::Error => ERROR,
        Severity::Warning => WARNING,
    };
    // Line by line, so that nothing that begins in one hides another.
    let mut lines = text.lines().map(visible);
    let mut out = String::with_capacity(2 * text.len());
    if let Some(head) = lines.next() {
        let place = diagnostic.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
        let place = visible(&place);
        let message = head.strip_prefix(&*place).and_then(|rest| rest.strip_prefix(word)).unwrap_or(&head);
        let _ = writeln!(out, "{BOLD}{place}{BOLD:#}{style}{word}{style:#}{BOLD}{message}{BOLD:#}");
    }
    for line in lines {
        let _ = writeln!(out, "{}", styled_line(&line, style));
    }
    out
}

/// A line below the first: a source line, a caret line, or a note.
fn styled_line(line: &str, style: Style) -> String {
    let margin = line.len() - line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit()).len();
    let (gutter, rest) = line.split_at(margin);
    if let Some(source) = rest.strip_prefix('|') {
        let is_caret = source.trim_start().starts_with('^') && gutter.trim().is_empty();
        let (on, off) = if is_caret { (style.to_string(), format!("{style:#}")) } else { Default::default() };
        return format!("{GUTTER}{gutter}|{GUTTER:#}{on}{source}{off}");
    }
    match rest.strip_prefix("= ").and_then(|note| note.split_once(':')) {
        Some((kind, words)) => format!("{GUTTER}{gutter}={GUTTER:#} {BOLD}{kind}{BOLD:#}:{words}"),
        None => line.to_owned(),
    }
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
