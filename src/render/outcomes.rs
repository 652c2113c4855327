//! The outcomes of an exploration: one bar of all of them, what goes wrong first, and a table that says what each is.

use super::play;
use super::results::scrolls;
use super::text::{escape, shown};
use super::units;
use super::words::Words;
use crate::record::Explored;
use crate::record::explored::Outcome;
use std::fmt::Write;

/// How many outcomes are listed.
const MAX_OUTCOMES_SHOWN: usize = 30;
/// How wide a part of the bar is at least, as a share of all, so that it can be seen and hit.
const LEAST: f64 = 0.008;

/// What stands before an outcome that is not as it should be.
const WRONG: &str = "<span class=\"bad\">✗</span> ";

/// Where a part of the bar leads, by the place of its outcome.
pub struct Targets<'a> {
    /// The ids.
    pub id: &'a dyn Fn(usize) -> String,
    /// Whether that is a way which is told, and not only the outcome's row.
    pub is_way: &'a dyn Fn(usize) -> bool,
}

/// Appends the bar and the table.
pub fn push(out: &mut String, explored: &Explored, (caption, remark): (&str, &str), targets: &Targets, words: Words) {
    let outcomes = play::ordered(explored);
    let (wrong, good): (Vec<&Outcome>, Vec<&Outcome>) = outcomes.iter().partition(|outcome| !outcome.is_good());
    let _ = writeln!(out, "<figure class=\"repeat explored\"><p class=\"caption\">{}</p>", escape(caption));
    if !wrong.is_empty() && !good.is_empty() {
        let all = many(explored.interleavings, words);
        let (wrong, good) = (many(sum(&wrong), words), many(sum(&good), words));
        let _ = writeln!(
            out,
            "<p class=\"verdict\"><span class=\"bad\">{}</span> <span class=\"good\">{}</span></p>",
            words.go_wrong(&wrong, &all),
            words.end_well(&good, &all)
        );
    }
    if outcomes.len() > 1 {
        push_bar(out, &outcomes, explored, targets, words);
    }
    push_table(out, &outcomes, explored, targets, words);
    let _ = writeln!(out, "<figcaption>{}</figcaption></figure>", escape(remark));
}

/// What kind of end an outcome is. Where all end well and yet differ, nobody has said which of them is right.
fn kind(outcome: &Outcome, outcomes: &[&Outcome]) -> &'static str {
    match () {
        () if !outcome.is_good() => "wrong",
        () if outcomes.iter().all(|outcome| outcome.is_good()) && outcomes.len() > 1 => "open",
        () => "right",
    }
}

/// Outcomes that are not listed: first those that go wrong, then the others.
fn rest<'a, 'b>(outcomes: &'a [&'b Outcome]) -> impl Iterator<Item = &'a [&'b Outcome]> {
    outcomes.get(MAX_OUTCOMES_SHOWN..).unwrap_or_default().chunk_by(|a, b| a.is_good() == b.is_good())
}

fn sum(outcomes: &[&Outcome]) -> f64 {
    outcomes.iter().map(|outcome| outcome.count).sum()
}

fn push_bar(out: &mut String, outcomes: &[&Outcome], explored: &Explored, targets: &Targets, words: Words) {
    let all = sum(outcomes).max(1.0);
    let share = |count: f64| (count / all).max(LEAST);
    let _ = writeln!(out, "<div class=\"stack\" role=\"group\" aria-label=\"{}\">", words.all_outcomes());
    for (place, outcome) in outcomes.iter().enumerate().take(MAX_OUTCOMES_SHOWN) {
        let of = words.of_all(&many(explored.interleavings, words));
        let number = place + 1;
        let text = format!("{number}. {} · {} {of}", play::told(outcome, explored, words), many(outcome.count, words));
        let text = shown(&text);
        let _ = writeln!(
            out,
            "<a class=\"{}\" href=\"#{}\" data-way=\"{place}\" style=\"flex-grow:{:.4}\" title=\"{text}\" \
             aria-label=\"{text}\"><b>{number}</b></a>",
            kind(outcome, outcomes),
            (targets.id)(place),
            share(outcome.count)
        );
    }
    for rest in rest(outcomes) {
        let (text, kind) = (words.other_outcomes(rest.len() as u64), kind(rest[0], outcomes));
        let _ = writeln!(
            out,
            "<span class=\"{kind}\" role=\"img\" style=\"flex-grow:{:.4}\" title=\"{text}\" aria-label=\"{text}\"><b>…</b></span>",
            share(sum(rest))
        );
    }
    out.push_str("</div>\n");
}

/// Appends the table: a column for each value that is shown, one for how all ended where that differs, and how often and how it comes.
fn push_table(out: &mut String, outcomes: &[&Outcome], explored: &Explored, targets: &Targets, words: Words) {
    let [end, interleavings, simplest] = words.outcomes();
    let has_ends = explored.show.is_empty() || outcomes.iter().any(|outcome| has_end(outcome, explored, words));
    let shows = explored.show.iter().map(|name| format!("<code>{}</code>", shown(name)));
    let heads: String = shows.chain(has_ends.then(|| end.to_owned())).map(|head| format!("<th>{head}</th>")).collect();
    let _ = writeln!(
        out,
        "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>{heads}<th class=\"right\">{interleavings}</th>\
         <th class=\"right\">{simplest}</th></tr></thead>\n<tbody>"
    );
    for (place, outcome) in outcomes.iter().enumerate().take(MAX_OUTCOMES_SHOWN) {
        let id = if (targets.is_way)(place) { String::new() } else { format!(" id=\"{}\"", (targets.id)(place)) };
        let number = format!("{}{}", number(place, outcome, outcomes), if outcome.is_good() { "" } else { WRONG });
        let _ = write!(out, "<tr{id}>");
        for (column, name) in explored.show.iter().enumerate() {
            let value = outcome.shown.get(column);
            let value = value.map(|value| format!("<code{}>{}</code>", scrolls(value), shown(value)));
            push_cell(out, column, &number, &format!(" data-of=\"{}\"", shown(name)), value.as_deref().unwrap_or("–"));
        }
        if has_ends {
            push_cell(out, explored.show.len(), &number, "", &end_of(outcome, explored, words));
        }
        let _ = writeln!(
            out,
            "<td class=\"right\">{} <small>{}</small></td><td class=\"right simplest\">{}</td></tr>",
            many(outcome.count, words),
            words.of_all(&many(explored.interleavings, words)),
            way(outcome, words)
        );
    }
    for rest in rest(outcomes) {
        let (text, count) = (words.other_outcomes(rest.len() as u64), many(sum(rest), words));
        let (kind, columns) = (kind(rest[0], outcomes), explored.show.len() + usize::from(has_ends));
        let _ = writeln!(
            out,
            "<tr><th colspan=\"{columns}\"><span class=\"no {kind}\">…</span> <i>{text}</i></th>\
             <td class=\"right\">{count}</td><td></td></tr>"
        );
    }
    out.push_str("</tbody></table></div>\n");
}

/// Appends a cell of an outcome's row; the first one heads the row, with its number.
fn push_cell(out: &mut String, column: usize, number: &str, of: &str, text: &str) {
    let _ = match column {
        0 => write!(out, "<th>{number}<span{of}>{text}</span></th>"),
        _ => write!(out, "<td{of}>{text}</td>"),
    };
}

/// Whether there is anything to say of how an outcome ended beside the values.
fn has_end(outcome: &Outcome, explored: &Explored, words: Words) -> bool {
    !outcome.failed_asserts.is_empty() || !play::ends(outcome, &explored.workers, words).is_empty()
}

/// How an outcome ended.
fn end_of(outcome: &Outcome, explored: &Explored, words: Words) -> String {
    let ends = shown(&play::ends(outcome, &explored.workers, words));
    let asserts = if outcome.failed_asserts.is_empty() { "" } else { words.assertion_fails() };
    let parts: Vec<&str> = [&*ends, asserts].into_iter().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { words.all_ended_well().to_owned() } else { parts.join(words.comma()) }
}

/// The number of an outcome, by which the bar, the table and the ways name it; empty where there is only one.
pub fn number(place: usize, outcome: &Outcome, outcomes: &[&Outcome]) -> String {
    match outcomes.len() {
        ..2 => String::new(),
        _ => format!("<span class=\"no {}\">{}</span> ", kind(outcome, outcomes), place + 1),
    }
}

/// So many interleavings.
pub fn many(count: f64, words: Words) -> String {
    if count < 9e15 { units::count(count as u64) } else { words.about(count) }
}

/// How long the simplest way to an outcome is.
pub fn way(outcome: &Outcome, words: Words) -> String {
    let witness = &outcome.witness;
    words.way(witness.schedule.len() as u64, witness.preemptions.into())
}

/// An outcome in few words of HTML.
pub fn describe(outcome: &Outcome, explored: &Explored, words: Words) -> String {
    let named = explored.show.iter().zip(&outcome.shown);
    let mut parts: Vec<String> =
        named.map(|(name, value)| format!("<code>{} = {}</code>", shown(name), shown(value))).collect();
    let rest = play::ends(outcome, &explored.workers, words);
    if !rest.is_empty() {
        parts.push(shown(&rest));
    }
    let text = if parts.is_empty() { words.all_ended_well().to_owned() } else { parts.join(words.comma()) };
    match (outcome.is_good(), outcome.failed_asserts.is_empty()) {
        (true, _) => text,
        (false, true) => format!("{WRONG}{text}"),
        (false, false) => format!("{WRONG}{text}{}<small>{}</small>", words.comma(), words.assertion_fails()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::explored::{Coverage, Witness};

    fn outcome(shown: &str, count: f64, fails: bool) -> Outcome {
        Outcome {
            shown: vec![shown.to_owned()],
            failed_asserts: if fails { vec![0] } else { Vec::new() },
            compared: Vec::new(),
            failures: Vec::new(),
            stuck: Vec::new(),
            cut: Vec::new(),
            count,
            witness: Witness { schedule: vec![1, 2], preemptions: 0, steps: Vec::new() },
        }
    }

    fn html(outcomes: Vec<Outcome>) -> String {
        let explored = Explored {
            workers: vec!["main".into(), "a".into(), "b".into()],
            show: vec!["n".into()],
            followers: Vec::new(),
            initial: Vec::new(),
            coverage: Coverage::All,
            interleavings: outcomes.iter().map(|outcome| outcome.count).sum(),
            states: 1,
            outcomes,
            races: Vec::new(),
            loops_cut: false,
            follows_std: false,
            unseen: None,
            play: None,
            took_ns: 1,
        };
        let mut out = String::new();
        let targets = Targets { id: &|place| format!("way-{place}"), is_way: &|place| place < 2 };
        push(&mut out, &explored, ("All", "Exact."), &targets, Words::ENGLISH);
        out
    }

    #[test]
    fn what_goes_wrong_comes_first_in_the_bar_and_in_the_table() {
        let html = html(vec![outcome("30", 3.0, false), outcome("10", 1.0, true), outcome("20", 2.0, true)]);
        let places = ["20", "10", "30"]
            .map(|value| html.find(&format!("<span data-of=\"n\"><code>{value}</code>")).expect("a row"));
        assert!(places.is_sorted(), "{html}");
        assert!(html.contains(">3 of 6 go wrong</span>") && html.contains(">3 of 6 end well</span>"), "{html}");
        let first =
            "<a class=\"wrong\" href=\"#way-0\" data-way=\"0\" style=\"flex-grow:0.3333\" title=\"1. n = 20, and an";
        assert!(html.contains(first), "{html}");
        assert!(html.contains("<a class=\"right\" href=\"#way-2\"") && html.contains("<tr id=\"way-2\">"), "{html}");
    }

    #[test]
    fn each_value_has_a_column_and_so_has_the_end_where_it_differs() {
        let good = html(vec![outcome("30", 3.0, false), outcome("10", 1.0, false)]);
        let heads = |html: &str| html.split("</thead>").next().unwrap_or_default().matches("</th>").count();
        assert!(good.contains("<th><code>n</code></th><th class=\"right\">") && heads(&good) == 3, "{good}");
        let bad = html(vec![outcome("30", 3.0, false), outcome("10", 1.0, true)]);
        assert!(
            bad.contains("<td>an assertion does not hold</td>") && bad.contains("<td>all workers ended well</td>"),
            "{bad}"
        );
    }

    #[test]
    fn outcomes_that_all_end_well_are_not_called_right() {
        let html = html(vec![outcome("1", 5.0, false), outcome("2", 1.0, false)]);
        assert_eq!((html.matches("<a class=\"open\"").count(), html.contains("verdict")), (2, false), "{html}");
    }

    #[test]
    fn one_outcome_needs_no_bar_and_no_number() {
        let html = html(vec![outcome("1", 5.0, false)]);
        assert!(!html.contains("class=\"stack\"") && !html.contains("class=\"no"), "{html}");
    }

    #[test]
    fn of_many_outcomes_the_rest_stands_together() {
        let html = html((0..40).map(|n| outcome(&n.to_string(), f64::from(n), n % 2 == 0)).collect());
        assert_eq!(html.matches("style=\"flex-grow").count(), MAX_OUTCOMES_SHOWN + 1);
        assert_eq!(html.matches("10\u{a0}other outcomes").count(), 3, "two in the bar, for eye and ear: {html}");
        assert!(html.contains("<span class=\"no right\">…</span>"), "all that goes wrong is listed");
    }
}
