//! One cell: its head, its code, what came of it.

use super::errors::Tone;
use super::group::groups;
use super::options::{CellOptions, RenderContext};
use super::text::{escape, shown_with_code};
use super::view::View;
use super::{anchor, axis, compare, declared, errors, explore, highlight, picture, repeat, results, run, sweep, units};
use crate::diagnostic::Diagnostic;
use crate::model::{AxisKind, Reveal};
use crate::notebook::hidden::{hidden, shown};
use crate::notebook::{Cell, CellKind, Role, Snippet, SnippetLine, SpecKind};
use crate::record::{CellOutcome, Resource, RunOutcome, SkipReason, Status};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Renders a cell, with what the compiler warned of in it. Without an outcome it is shown as not run.
pub fn render(
    cell: &Cell,
    outcome: Option<&CellOutcome>,
    (warnings, errors): (&[Diagnostic], &[Diagnostic]),
    (look, axis_ns): (&CellOptions, Option<u64>),
    context: RenderContext,
) -> String {
    let status = outcome.map_or(Status::NotRun, |outcome| outcome.status);
    let number = cell.index + 1;
    let class = match status {
        Status::Passed => "passed",
        Status::FailedAsExpected => "expected",
        Status::Failed => "failed",
        Status::Unsolved => "unsolved",
        Status::NotRun | Status::Skipped(_) => "not-run",
    };
    let did = matches!(status, Status::Passed | Status::FailedAsExpected);
    let is_exercise = cell.role == Some(Role::Exercise);
    let role = match cell.role {
        Some(Role::Exercise) if did => " exercise solved",
        Some(Role::Exercise) => " exercise",
        _ => "",
    };
    let (id, words) = (anchor(cell.index), context.words);
    let (title, lang) = (words.cell(number), context.lang);
    // What must be guessed is not told above the code.
    let asked = look.reveal.as_ref().filter(|_| did);
    let badge = match asked {
        Some(_) => String::new(),
        None if is_exercise && did => format!("<span class=\"badge\">✓ {}</span>", words.solved()),
        None => badge(status, outcome, context),
    };
    let mut out = String::with_capacity(8192);
    let _ = writeln!(
        out,
        "<section class=\"cell {} {class}{role}\" id=\"{id}\" aria-labelledby=\"c{number}-n c{number}-k\">",
        cell.kind
    );
    // A label that is text of the page has a language of its own.
    let kind = format!("<span class=\"kind\" id=\"c{number}-k\">{}</span>", cell.kind);
    let target = match &look.name {
        Some(name) => {
            let _ = writeln!(out, "<span id=\"{}\"></span>", escape(name));
            escape(name)
        }
        None => id.clone(),
    };
    let _ = writeln!(
        out,
        "<details class=\"source\" open><summary class=\"head\" id=\"L{}\"{lang}>{kind}{badge}</summary>",
        cell.line
    );
    let declared =
        outcome.filter(|_| errors.is_empty() && asked.is_none() && status == Status::Passed && declares(cell));
    let declared = declared.and_then(|outcome| declared::at_lines(cell, &outcome.resources, words));
    push_code(&mut out, cell, declared.as_ref(), context);
    let _ = writeln!(
        out,
        "</details>\n<div class=\"tools\"{lang}><a class=\"number\" href=\"#{target}\" id=\"c{number}-n\">{title}</a></div>"
    );
    let reason = match status {
        Status::Skipped(SkipReason::Marked) => Some(words.skipped_by_author().to_owned()),
        Status::Skipped(SkipReason::Needs(other)) => Some(words.needs_skipped(&link(other, context))),
        _ => None,
    };
    if let Some(reason) = reason {
        let _ = writeln!(out, "<p class=\"notice\"{lang}>{reason}</p>");
    }
    if !warnings.is_empty() {
        let _ = writeln!(out, "<div class=\"warnings\"{lang}>");
        errors::push(&mut out, warnings, Tone::Alarm, words);
        out.push_str("</div>\n");
    }
    // What is declared stands at the ends of the lines, if there is room.
    if let Some(outcome) = outcome.filter(|_| declared.is_none()) {
        push_outcome(&mut out, cell, (outcome, errors), (asked, look.axis, axis_ns), context);
    }
    out.push_str("</section>\n");
    out
}

/// A cell's number, as a link to it.
pub fn link(index: usize, context: RenderContext) -> String {
    format!("<a href=\"#{}\">{}</a>", anchor(index), context.words.cell(index.saturating_add(1)))
}

/// What the head says of the cell's end: in words, never by colour alone.
fn badge(status: Status, outcome: Option<&CellOutcome>, context: RenderContext) -> String {
    let words = context.words;
    match status {
        Status::Passed if context.stable => String::new(),
        Status::Passed => {
            let wall: u64 =
                outcome.iter().flat_map(|outcome| &outcome.runs).fold(0, |sum, run| sum.saturating_add(run.wall_ns));
            if wall == 0 { String::new() } else { format!("<span class=\"wall\">{}</span>", units::duration(wall)) }
        }
        Status::FailedAsExpected => format!("<span class=\"badge\">{}</span>", words.failed_as_expected()),
        Status::Failed => format!("<span class=\"badge\">✗ {}</span>", words.failed()),
        Status::Unsolved => format!("<span class=\"badge\">{}</span>", words.unsolved()),
        Status::Skipped(SkipReason::NotAsked) => format!("<span class=\"badge\">{}</span>", words.not_run()),
        Status::Skipped(_) => format!("<span class=\"badge\">{}</span>", words.skipped()),
        Status::NotRun => {
            let has_begun = outcome.is_some_and(|outcome| !outcome.runs.is_empty());
            let word = if has_begun { words.cut_short() } else { words.not_run() };
            format!("<span class=\"badge\">{word}</span>")
        }
    }
}

/// Whether all that a cell does is to declare what is shared.
fn declares(cell: &Cell) -> bool {
    matches!(cell.kind, CellKind::Spec(SpecKind::Queue | SpecKind::Value | SpecKind::Array | SpecKind::Lock))
}

fn push_code(out: &mut String, cell: &Cell, ends: Option<&BTreeMap<u32, String>>, context: RenderContext) {
    match cell.kind {
        CellKind::Job | CellKind::Run | CellKind::Explore => push_jobs(out, &cell.code, context),
        CellKind::Spec(_) => {
            push_lines(out, &highlight::spec(&cell.code.text()), &cell.code.lines, ends);
        }
    }
}

/// Rust, in which stretches of hidden lines are folded.
fn push_jobs(out: &mut String, code: &Snippet, context: RenderContext) {
    for stretch in code.lines.chunk_by(|a, b| hidden(&a.text).is_some() == hidden(&b.text).is_some()) {
        let lines = stretch.iter().map(|line| hidden(&line.text).map_or_else(|| shown(&line.text), Into::into));
        let html = highlight::rust(&lines.collect::<Vec<_>>().join("\n"));
        let folds = stretch.first().is_some_and(|line| hidden(&line.text).is_some());
        if folds {
            let summary = context.words.hidden(stretch.len() as u64);
            let _ = writeln!(out, "<details class=\"hidden\"><summary{}>{summary}</summary>", context.lang);
        }
        push_lines(out, &html, stretch, None);
        if folds {
            out.push_str("</details>\n");
        }
    }
}

/// Appends highlighted code, in which each line has its number and is the target of what speaks of it. Some have more at their ends, which
/// is no part of the code.
fn push_lines(out: &mut String, html: &str, lines: &[SnippetLine], ends: Option<&BTreeMap<u32, String>>) {
    // A style numbers the lines from here on.
    let before = lines.first().map_or(0, |line| line.line.saturating_sub(1));
    let _ = write!(out, "<pre class=\"code\" tabindex=\"0\" style=\"--n:{before}\"><code>");
    // What is highlighted may go on in the next line, and nothing stands within another.
    let mut open = "";
    for (place, (text, line)) in html.split('\n').zip(lines).enumerate() {
        let feed = if place > 0 { "\n" } else { "" };
        let end = ends.and_then(|ends| ends.get(&line.line));
        let end = end.map_or(String::new(), |end| format!(" data-declared=\"{}\"", escape(end)));
        let _ = write!(out, "{feed}<span id=\"L{}\"{end}>{open}{text}", line.line);
        open = match (text.rfind("<span"), text.rfind("</span>")) {
            (Some(begin), end) if end.is_none_or(|end| end < begin) => {
                &text[begin..=text[begin..].find('>').map_or(begin, |end| begin + end)]
            }
            (None, None) => open,
            _ => "",
        };
        out.push_str(if open.is_empty() { "</span>" } else { "</span></span>" });
    }
    out.push_str("</code></pre>\n");
}

fn push_outcome(
    out: &mut String,
    cell: &Cell,
    (outcome, errors): (&CellOutcome, &[Diagnostic]),
    (asked, axis, axis_ns): (Option<&Reveal>, Option<AxisKind>, Option<u64>),
    context: RenderContext,
) {
    let shows =
        !(errors.is_empty() && outcome.runs.is_empty() && outcome.explored.is_none() && outcome.resources.is_empty());
    if !shows {
        return;
    }
    let declares = declares(cell);
    // Where nothing was run or declared, there are only errors; those of a job cell are the compiler's.
    let came_to_nothing = outcome.runs.is_empty() && outcome.explored.is_none() && outcome.resources.is_empty();
    let (open, summary) = match (asked, declares) {
        (Some(Reveal::Click), _) => ("", context.words.guess()),
        (Some(Reveal::Question(question)), _) => ("", question.as_str()),
        _ if came_to_nothing && outcome.status == Status::Failed => (" open", context.words.errors()),
        _ if came_to_nothing && outcome.status == Status::Unsolved => (" open", context.words.why_unsolved()),
        _ if came_to_nothing && cell.kind.is_rust() => (" open", context.words.compile_error()),
        _ if came_to_nothing => (" open", context.words.expected_error()),
        (None, true) => (" open", context.words.declared()),
        (None, false) => (" open", context.words.output()),
    };
    let (lang, class) = (context.lang, if asked.is_some() { "result asked" } else { "result" });
    // A question of the author's own is in their language.
    let of = if matches!(asked, Some(Reveal::Question(_))) { "" } else { lang };
    let _ = write!(
        out,
        "<details class=\"{class}\"{open}><summary{of}>{}</summary>\n<div class=\"out\"{lang}>\n",
        shown_with_code(summary)
    );
    picture::deadlock::push_first(out, &outcome.runs, &format!("{}-ring", anchor(cell.index)), context.words);
    let tone = match outcome.status {
        Status::FailedAsExpected => Tone::Expected,
        Status::Unsolved => Tone::Calm,
        _ => Tone::Alarm,
    };
    errors::push(out, errors, tone, context.words);
    if let Some(explored) = &outcome.explored {
        explore::push(out, explored, cell, context);
    }
    push_runs(out, cell, outcome, (axis, axis_ns), context);
    // Above what is declared stands that word already.
    let caption = match outcome.runs.len() {
        _ if declares => "",
        ..2 => context.words.shared(),
        _ => context.words.shared_again(),
    };
    // Where it ran more than once, what it left was put back.
    let held = match outcome.runs.as_slice() {
        [run] => results::held_in_deadlock(run),
        _ => BTreeMap::new(),
    };
    // An exploration has many ends, and changes nothing.
    if outcome.explored.is_none() {
        results::push_resources(out, &outcome.resources, &held, caption, context);
    }
    out.push_str("</div></details>\n");
}

/// What the workers of these runs shared: what is declared, and the objects of `std` if it is one run.
fn shared_by(outcome: &CellOutcome, runs: &[&RunOutcome]) -> Vec<Resource> {
    let objects: &[Resource] = if let [only] = runs { &only.objects } else { &[] };
    outcome.resources.iter().chain(objects).cloned().collect()
}

/// Appends the runs of a cell, what compares them first.
fn push_runs(
    out: &mut String,
    cell: &Cell,
    outcome: &CellOutcome,
    (axis, axis_ns): (Option<AxisKind>, Option<u64>),
    context: RenderContext,
) {
    let groups = groups(&outcome.runs);
    let several = groups.len() > 1;
    if several {
        match groups[0].swept {
            _ if context.stable => {
                let _ = writeln!(out, "<p class=\"notice\">{}</p>", context.words.no_comparison());
            }
            Some(_) => sweep::push(out, &groups, context, &format!("{}-sweep", anchor(cell.index))),
            None => compare::push(out, &groups, context),
        }
        if groups[0].swept.is_some() {
            sweep::push_shown(out, &groups, context);
        }
    }
    let lengths: Vec<u64> =
        groups.iter().map(|group| group.runs.iter().map(|run| picture::length_ns(run)).max().unwrap_or(0)).collect();
    let lengths = axis::lengths(&lengths);
    // Runs of one group have objects of `std` of their own each, and only one run's can be drawn.
    let shared: Vec<Vec<Resource>> = groups.iter().map(|group| shared_by(outcome, &group.runs)).collect();
    let view = |group: usize, steps: usize| View {
        cell,
        resources: &shared[group],
        group,
        axis_ns: axis_ns.or(several.then(|| lengths[group])),
        several,
        axis,
        steps,
        context,
    };
    let steps = groups.iter().map(|group| picture::steps(group.runs[0], &view(0, 0))).max().unwrap_or(0);
    for (index, group) in groups.iter().enumerate() {
        if several {
            let _ = writeln!(
                out,
                "<details class=\"run\"{}><summary><b>{}</b>{}</summary>",
                // Of a sweep the curve is what matters.
                if group.swept.is_none() { " open" } else { "" },
                escape(&group.name(context.words)),
                if context.stable {
                    String::new()
                } else {
                    format!(" <span class=\"wall\">{}</span>", units::duration(group.wall_ns()))
                }
            );
        }
        let view = view(index, steps);
        match group.runs.as_slice() {
            [] => {}
            [only] => run::push(out, only, &view),
            runs => repeat::push(out, runs, &view),
        }
        if several {
            out.push_str("</details>\n");
        }
    }
}
