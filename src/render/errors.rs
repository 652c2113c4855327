//! A diagnostic as a block: the message, the place, the line with what is meant marked, the notes.

use super::text::{shown, shown_with_code};
use super::words::Words;
use crate::diagnostic::{Diagnostic, Note, Place, Severity};
use std::fmt::Write;

/// How loud errors are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something is wrong.
    Alarm,
    /// They are what the lesson wants to show.
    Expected,
    /// They say what a reader's solution still lacks.
    Calm,
}

/// Appends a cell's diagnostics.
pub fn push(out: &mut String, errors: &[Diagnostic], tone: Tone, words: Words) {
    // What the other stages say is English on every page; what stands before it is in the page's language.
    let lang = if words.lang() == "en" { String::new() } else { format!(" lang=\"{}\"", words.lang()) };
    let colon = words.colon();
    let gap = words.space();
    for error in errors {
        let (class, role, word) = match error.severity {
            Severity::Warning => ("diagnostic warning", "", words.warning()),
            Severity::Note => ("diagnostic expected", "", words.note()),
            Severity::Error if tone == Tone::Expected => ("diagnostic expected", "", words.error(true)),
            Severity::Error if tone == Tone::Calm => ("diagnostic expected", "", words.error(false)),
            Severity::Error => ("diagnostic", " role=\"alert\"", words.error(false)),
        };
        let _ = write!(
            out,
            "<div class=\"{class}\" lang=\"en\"{role}><p><strong{lang}>{}{colon}</strong>{gap}{}</p>",
            word,
            shown_with_code(&error.message)
        );
        if let Some(place) = &error.place {
            push_place(out, place, error.label.as_deref(), words);
        }
        for (number, note) in error.notes.iter().enumerate() {
            let (kind, text) = match note {
                Note::Help(text) => (words.help(), text),
                Note::Note(text) => (words.note(), text),
                Note::Left(text) | Note::Right(text) => {
                    let side = if matches!(note, Note::Left(_)) { words.left() } else { words.right() };
                    let _ = write!(
                        out,
                        "<p class=\"note\"><b{lang}>{side}{colon}</b>{gap}<code>{}</code></p>",
                        shown(text)
                    );
                    continue;
                }
                Note::Also(place, text) => {
                    let _ = write!(
                        out,
                        "<p class=\"note\"><b{lang}>{}{colon}</b>{gap}{}</p>",
                        words.note(),
                        shown_with_code(text)
                    );
                    // What is told of one place stands together above it.
                    let next = error.notes.get(number + 1);
                    if !matches!(next, Some(Note::Also(other, _)) if other == place) {
                        push_place(out, place, None, words);
                    }
                    continue;
                }
            };
            let _ = write!(out, "<p class=\"note\"><b{lang}>{kind}{colon}</b>{gap}{}</p>", shown_with_code(text));
        }
        out.push_str("</div>\n");
    }
}

/// The line, what is meant in it marked, and a caret below that stands right in any font: its margin is the text before
/// it once more, unseen.
fn push_place(out: &mut String, place: &Place, label: Option<&str>, words: Words) {
    let before: String = place.text.chars().take(place.column.saturating_sub(1) as usize).collect();
    let (before, behind) = place.text.split_at(before.len());
    let meant: String = behind.chars().take(place.width as usize).collect();
    let (meant, behind) = behind.split_at(meant.len());
    let number = place.line.to_string();
    let gutter = " ".repeat(number.len());
    let _ = write!(
        out,
        "<pre tabindex=\"0\"><span class=\"place\">{}</span>\n<span class=\"gutter\">{number} │ \
         </span>{}<mark>{}</mark>{}\n\
         <span class=\"gutter\">{gutter} │ </span><span class=\"unseen\" aria-hidden=\"true\">{}</span>\
         <span class=\"caret\">{}{}</span></pre>",
        words.linked(place.line, &shown(&place.to_string())),
        shown(before),
        shown(meant),
        shown(behind),
        shown(before),
        "^".repeat(meant.chars().count().max(1)),
        label.map(|label| format!(" {}", shown(label))).unwrap_or_default(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(error: Diagnostic, tone: Tone) -> String {
        let mut out = String::new();
        push(&mut out, &[error], tone, Words::ENGLISH);
        out
    }

    #[test]
    fn an_error_shows_place_line_and_label() {
        let place = Place::in_source("a.md", "- process: job(\"a\")\n", 1, 16, 3);
        let html =
            html(Diagnostic::new("expected `i32`").at(place).label("found `&str`").help("<number>"), Tone::Alarm);
        assert!(html.contains("role=\"alert\""));
        assert!(html.contains("expected <code>i32</code>"));
        assert!(html.contains("job(<mark>&quot;a&quot;</mark>)"), "{html}");
        assert!(html.contains("^^^ found `&amp;str`"));
        assert!(html.contains("&lt;number&gt;"));
    }

    #[test]
    fn notes_of_one_place_stand_together_above_it() {
        let place = |line| Place::in_source("a.md", "lock();\nwait();\n", line, 1, 4);
        let mut error = Diagnostic::new("deadlock");
        error.notes = [(1, "a"), (1, "b"), (2, "c")].map(|(line, text)| Note::Also(place(line), text.into())).into();
        let html = html(error, Tone::Expected);
        assert_eq!((html.matches("<pre").count(), html.matches("<p class=\"note\">").count()), (2, 3), "{html}");
    }

    #[test]
    fn an_expected_error_raises_no_alarm() {
        let html = html(Diagnostic::new("one dimension"), Tone::Expected);
        assert!(!html.contains("alert") && html.contains("expected error"));
    }

    #[test]
    fn what_a_solution_lacks_raises_no_alarm_and_is_not_expected() {
        let html = html(Diagnostic::new("3 is not 4"), Tone::Calm);
        assert!(!html.contains("alert") && html.contains("<strong>error:</strong>"), "{html}");
    }

    #[test]
    fn a_warning_says_that_it_is_one_and_raises_no_alarm() {
        let html = html(Diagnostic::new("unused `Guard`").warning(), Tone::Alarm);
        assert!(html.contains("class=\"diagnostic warning\"") && html.contains("<strong>warning:</strong>"), "{html}");
        assert!(!html.contains("alert"));
    }

    #[test]
    fn a_place_behind_the_end_of_its_line_is_drawn() {
        assert!(
            html(Diagnostic::new("x").at(Place::in_source("a.md", "多", 1, 9, 4)), Tone::Alarm)
                .contains("多<mark></mark>")
        );
    }
}
