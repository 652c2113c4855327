//! What was printed, with who printed it.

use super::options::RenderContext;
use super::text::{drawn, escape, push_escaped, shown, split_name, visible};
use super::workers::colour;
use crate::record::{OutputLine, RunOutcome, Stream};
use std::fmt::Write;
use unicode_width::UnicodeWidthStr as _;

/// Above this many groups of lines the times are left out: nobody reads them, and the page stays small.
const TIMES: usize = 400;

/// So many groups of lines are shown; the record keeps the rest.
const MAX_GROUPS: usize = 4000;

/// How many columns of a name there is room for at most, and in any window.
const MOST: usize = 14;
const ROOM: usize = 8;

/// A list with more lines than these scrolls in a box of its own.
const LONG_LINES: usize = 40;

/// Appends what a run printed, in the true order. Lines that follow each other from one worker on one stream share its
/// name.
pub fn push(out: &mut String, run: &RunOutcome, context: RenderContext) {
    let words = context.words;
    if !run.output.is_empty() {
        let groups: Vec<&[OutputLine]> =
            run.output.chunk_by(|a, b| a.worker == b.worker && a.stream == b.stream).collect();
        let widest =
            run.output.iter().map(|line| visible(name(run, line.worker)).width()).max().unwrap_or(0).clamp(4, MOST);
        let lines = groups.iter().take(MAX_GROUPS).flat_map(|group| group.iter());
        let many = lines.map(|line| line.text.split('\n').count()).sum::<usize>();
        let long =
            if many > LONG_LINES { format!(" long\" tabindex=\"0\" data-lines=\"{many}") } else { String::new() };
        let _ =
            writeln!(out, "<ul class=\"printed{long}\" aria-label=\"{}\" style=\"--who:{widest}ch\">", words.printed());
        let mut number = 0;
        for group in groups.iter().take(MAX_GROUPS) {
            push_group(out, run, group, (groups.len() <= TIMES && !context.stable).then_some(number), context);
            number += group.len();
        }
        out.push_str("</ul>\n");
        let unseen: usize = groups.iter().skip(MAX_GROUPS).map(|group| group.len()).sum();
        if unseen > 0 {
            let _ = writeln!(out, "<p class=\"notice\">{}</p>", words.more_lines(unseen as u64));
        }
    }
    if run.output_cut_bytes > 0 {
        let _ = writeln!(out, "<p class=\"notice\">{}</p>", words.output_cut(run.output_cut_bytes));
    }
}

/// Appends lines that one worker printed in a row. With the number of the first of them, they have their time, and each can
/// be found by its number.
fn push_group(out: &mut String, run: &RunOutcome, lines: &[OutputLine], number: Option<usize>, context: RenderContext) {
    let (words, lang) = (context.words, context.theirs);
    let Some(first) = lines.first() else { return };
    let (class, stream) = match first.stream {
        Stream::Stdout => ("", ""),
        Stream::Stderr => (" err", "<i>stderr</i>"),
        Stream::Raw => (" raw", "<i>raw</i>"),
    };
    let _ = write!(
        out,
        "<li class=\"{}{class}\">{}{stream}<pre{}{lang}>",
        colour(first.worker as usize),
        named(name(run, first.worker)),
        drawn(lines.iter().flat_map(|line| line.text.split('\n')))
    );
    // A line feed directly behind <pre> is dropped by the parser, so a first line that is empty needs one more.
    if first.text.is_empty() {
        out.push('\n');
    }
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        if let Some(number) = number {
            let _ = write!(out, "<span data-p=\"{}\">", number + at);
        }
        push_escaped(out, &visible(&line.text));
        if number.is_some() {
            out.push_str("</span>");
        }
    }
    out.push_str("</pre>");
    if number.is_some() {
        let (from, to) = (words.moment(first.at_ns), words.moment(lines.last().unwrap_or(first).at_ns));
        let time = if from == to { from } else { format!("{from} – {to}") };
        let _ = write!(out, "<small>{time}</small>");
    }
    out.push_str("</li>\n");
}

/// A name beside lines. One for which there may be no room is cut before its end, in which workers that are many differ.
fn named(name: &str) -> String {
    let whole = visible(name);
    let (head, tail) = split_name(&whole);
    match whole.width() > ROOM {
        true => format!("<b title=\"{0}\"><span>{1}</span>{2}</b>", shown(name), escape(head), escape(tail)),
        false => format!("<b>{}</b>", shown(name)),
    }
}

/// The worker's name; a number where the record does not know it.
fn name(run: &RunOutcome, worker: u32) -> &str {
    run.workers.get(worker as usize).map_or("?", |worker| worker.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture;

    fn printed(lines: &[(u32, Stream, &str)]) -> String {
        let output = lines
            .iter()
            .map(|(worker, stream, text)| OutputLine {
                worker: *worker,
                stream: *stream,
                at_ns: 0,
                text: (*text).into(),
            })
            .collect();
        let mut out = String::new();
        push(&mut out, &RunOutcome { output, ..fixture::two_workers() }, fixture::context());
        out
    }

    #[test]
    fn consecutive_lines_of_a_worker_share_its_name() {
        let html = printed(&[(1, Stream::Stdout, "a"), (1, Stream::Stdout, "b"), (2, Stream::Stdout, "c")]);
        assert!(
            html.contains("<b>job-1</b><pre><span data-p=\"0\">a</span>\n<span data-p=\"1\">b</span></pre>"),
            "{html}"
        );
        assert_eq!(html.matches("<li").count(), 2);
    }

    #[test]
    fn lines_in_a_row_have_the_time_of_the_first_and_of_the_last() {
        let line = |at_ns, worker| OutputLine { worker, stream: Stream::Stdout, at_ns, text: "a".into() };
        let output = vec![line(3_000_000, 1), line(4_000_000, 1), line(90_000_000, 1), line(91_000_000, 2)];
        let mut out = String::new();
        push(&mut out, &RunOutcome { output, ..fixture::two_workers() }, fixture::context());
        let out = out.replace('\u{a0}', " ");
        assert!(out.contains("<small>3 ms – 90 ms</small>") && out.contains("<small>91 ms</small>"), "{out}");
    }

    #[test]
    fn only_a_long_list_scrolls_and_a_drawing_is_never_wrapped() {
        let lines = |many| printed(&vec![(1, Stream::Stdout, "a"); many]);
        assert!(!lines(40).contains("tabindex") && !lines(40).contains("data-lines"));
        assert!(lines(41).contains("<ul class=\"printed long\" tabindex=\"0\" data-lines=\"41\""));
        assert!(printed(&[(1, Stream::Stdout, "  /\\"), (1, Stream::Stdout, " /__\\")]).contains("<pre class=\"art\""));
        assert!(
            printed(&[(1, Stream::Stdout, "a    1"), (1, Stream::Stdout, "bc   2")]).contains("<pre class=\"art\"")
        );
        assert!(!printed(&[(1, Stream::Stdout, "[1, 2, 3]"), (1, Stream::Stdout, "it is 3 - 1")]).contains("art"));
    }

    #[test]
    fn streams_are_named() {
        let html = printed(&[(1, Stream::Stdout, "a"), (1, Stream::Stderr, "b"), (1, Stream::Raw, "c")]);
        assert!(
            html.contains("<i>stderr</i><pre><span data-p=\"1\">b<")
                && html.contains("<i>raw</i><pre><span data-p=\"2\">c<")
        );
    }

    #[test]
    fn markup_and_colours_in_output_do_not_reach_the_page() {
        let html = printed(&[(1, Stream::Stdout, "\u{1b}[31m<script>alert(1)</script>")]);
        assert!(html.contains("<pre><span data-p=\"0\">&lt;script&gt;alert(1)&lt;/script&gt;</span></pre>"), "{html}");
    }

    #[test]
    fn an_empty_first_line_survives() {
        assert!(
            printed(&[(1, Stream::Stdout, ""), (1, Stream::Stdout, "b")])
                .contains("<pre>\n<span data-p=\"0\"></span>\n<span")
        );
    }

    #[test]
    fn an_unknown_worker_does_not_break_the_page() {
        assert!(printed(&[(77, Stream::Stdout, "a")]).contains("<b>?</b>"));
    }

    #[test]
    fn a_flood_of_lines_is_cut_and_that_is_said() {
        let flood: Vec<_> = (0..9_000).map(|at| (at % 2 + 1, Stream::Stdout, "x")).collect();
        let html = printed(&flood).replace('\u{a0}', " ");
        assert!(html.contains("5,000 more lines were printed") && html.len() < 500_000);
    }

    #[test]
    fn cut_output_is_said() {
        let mut out = String::new();
        push(&mut out, &RunOutcome { output_cut_bytes: 2_000_000, ..RunOutcome::default() }, fixture::context());
        assert!(out.replace('\u{a0}', " ").contains("2 MB are missing"), "{out}");
    }
}
