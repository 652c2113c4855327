//! A cell that was run many times: how often each outcome came.

use super::bar::bar;
use super::results::scrolls;
use super::run;
use super::text::{escape, shown};
use super::units::{count, percent};
use super::view::View;
use super::words::Words;
use crate::record::{OutputLine, RunOutcome};
use std::collections::{HashMap, HashSet};
use std::fmt::Write;

/// How many different outcomes are listed.
const MAX_OUTCOMES_SHOWN: usize = 20;

/// Up to so many runs are drawn as a dot each, so many beside each other, and so far apart.
const DOTS: u64 = 400;
const ROW: u64 = 25;
const APART: u64 = 8;

/// How much of an outcome's output is shown, in lines.
const LINES: usize = 12;

/// Appends the distribution of the runs' outcomes, then one run as an example: the first that failed, or else the
/// first.
pub fn push(out: &mut String, runs: &[&RunOutcome], view: &View) {
    let words = view.context.words;
    let outcomes = distinct(runs);
    let total = runs.len() as u64;
    let different = outcomes.len();
    let [outcome, times, share] = words.repetition();
    let _ = writeln!(
        out,
        "<figure class=\"repeat\"><div class=\"scroll\" tabindex=\"0\"><table><caption>{}</caption>\
         <thead><tr><th>{outcome}</th><th class=\"right\">{times}</th>\
         <th class=\"bars\"><span class=\"sr\">{share}</span></th></tr></thead>\n<tbody>",
        words.repeated(total, different as u64)
    );
    let most = outcomes.first().map_or(1, |(_, times)| *times);
    let by_name = differ_by_name(&outcomes);
    for (example, times) in outcomes.iter().take(MAX_OUTCOMES_SHOWN) {
        let failed = example.workers.iter().any(|worker| !worker.exit.is_success());
        push_row(out, &describe(example, by_name, words), *times, (total, most), failed);
    }
    let rest: u64 = outcomes.iter().skip(MAX_OUTCOMES_SHOWN).map(|(_, times)| times).sum();
    if rest > 0 {
        let others = words.other_outcomes((different - MAX_OUTCOMES_SHOWN) as u64);
        push_row(out, &format!("<i>{others}</i>"), rest, (total, most.max(rest)), false);
    }
    let (fast, slow) = (runs.iter().map(|r| r.wall_ns).min(), runs.iter().map(|r| r.wall_ns).max());
    let took = match view.context.stable {
        true => String::new(),
        false => words.runs_took(fast.unwrap_or(0), slow.unwrap_or(0)),
    };
    let remark = match runs.first().and_then(|run| run.replay.as_ref()) {
        Some(_) => words.same_schedule(),
        None => words.may_still_happen(),
    };
    let _ = writeln!(out, "</tbody></table></div>\n<figcaption>{took}{remark}</figcaption></figure>");
    let failed = runs.iter().find(|run| run.workers.iter().any(|worker| !worker.exit.is_success()));
    if let Some(example) = failed.or(runs.first()) {
        let which = words.example(failed.is_some());
        let _ = writeln!(out, "<details class=\"run\"><summary>{which}</summary>");
        run::push(out, example, view);
        out.push_str("</details>\n");
    }
}

/// Appends the row of an outcome that came so many times, of so many in all and at the most.
fn push_row(out: &mut String, outcome: &str, times: u64, (total, most): (u64, u64), failed: bool) {
    let drawn = match total {
        ..=DOTS => dots(times, most, failed),
        _ => bar(times as f64, 0.0, most.max(1) as f64),
    };
    let _ = writeln!(
        out,
        "<tr><th>{outcome}</th><td class=\"right\">{} <small>{}</small></td><td class=\"bars\">{drawn}</td></tr>",
        count(times),
        escape(&percent(times, total)),
    );
}

/// A dot for each run, as large as in the row of the outcome that came most often. The number beside it says the same, so it is hidden from
/// screen readers.
fn dots(many: u64, most: u64, failed: bool) -> String {
    let dot = |number: u64| format!("M{} {}h0", number % ROW * APART + APART / 2, number / ROW * APART + APART / 2);
    let (wide, high) = (most.max(many).min(ROW) * APART, many.div_ceil(ROW) * APART);
    format!(
        "<svg class=\"dots\" width=\"{wide}\" height=\"{high}\" viewBox=\"0 0 {wide} {high}\" aria-hidden=\"true\"><path \
         class=\"{}\" d=\"{}\"/></svg>",
        if failed { "ran bad" } else { "ran" },
        (0..many).map(dot).collect::<String>()
    )
}

/// One run of each outcome and how often it came, the most frequent first; equals stay in the order in which they came.
fn distinct<'a>(runs: &[&'a RunOutcome]) -> Vec<(&'a RunOutcome, u64)> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut outcomes: Vec<(&RunOutcome, u64)> = Vec::new();
    for run in runs {
        let place = *places.entry(key(run)).or_insert_with(|| {
            outcomes.push((run, 0));
            outcomes.len() - 1
        });
        outcomes[place].1 += 1;
    }
    outcomes.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    outcomes
}

/// What makes two runs the same outcome: results, lines with their workers, and how the workers ended.
fn key(run: &RunOutcome) -> String {
    let mut key = String::new();
    for result in &run.results {
        let _ = write!(key, "{}\u{0}{}\u{0}", result.expression, result.text);
    }
    for line in &run.output {
        let _ = write!(key, "{}\u{1}{}\u{0}", line.worker, line.text);
    }
    for worker in run.workers.iter().filter(|worker| !worker.exit.is_success()) {
        let _ = write!(key, "{}\u{2}{}\u{0}", worker.name, Words::ENGLISH.exit(&worker.exit));
    }
    key
}

/// Whether there are outcomes that only tell apart who printed what.
fn differ_by_name(outcomes: &[(&RunOutcome, u64)]) -> bool {
    let mut seen = HashSet::new();
    !outcomes.iter().all(|(run, _)| seen.insert(describe(run, false, Words::ENGLISH)))
}

/// An outcome in few lines of HTML; `by_name` says of each line that was printed who did.
fn describe(run: &RunOutcome, by_name: bool, words: Words) -> String {
    let mut parts: Vec<String> = Vec::new();
    for result in &run.results {
        let name = result.label.as_deref().unwrap_or(&result.expression);
        let long = scrolls(&result.text);
        parts.push(format!("<code{long}>{} = {}</code>", shown(name), shown(&result.text)));
    }
    if !run.output.is_empty() {
        let said = |line: &OutputLine| {
            let who = run.workers.get(line.worker as usize).filter(|_| by_name);
            who.map_or(String::new(), |who| format!("<b>{}</b>: ", shown(&who.name))) + &shown(&line.text)
        };
        let mut text: Vec<String> = run.output.iter().take(LINES).map(said).collect();
        if run.output.len() > LINES {
            text.push(words.and_more((run.output.len() - LINES) as u64));
        }
        let text = text.join(" ⏎ ");
        parts.push(format!("<samp{}>{text}</samp>", scrolls(&text)));
    }
    for worker in run.workers.iter().filter(|worker| !worker.exit.is_success()) {
        parts.push(format!("<span class=\"bad\">{} {}</span>", shown(&worker.name), escape(&words.exit(&worker.exit))));
    }
    if parts.is_empty() { words.nothing_came().to_owned() } else { parts.join("<br>") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{ShownValue, Stream};
    use crate::render::fixture;

    fn run(value: &str) -> RunOutcome {
        let shown = ShownValue { label: None, expression: "v.get()".into(), text: value.into() };
        RunOutcome { results: vec![shown], wall_ns: 5, ..RunOutcome::default() }
    }

    #[test]
    fn equal_outcomes_are_counted_and_the_most_frequent_comes_first() {
        let runs = [run("19"), run("20"), run("20")];
        let runs: Vec<&RunOutcome> = runs.iter().collect();
        let outcomes = distinct(&runs);
        assert_eq!(
            outcomes.iter().map(|(run, n)| (run.results[0].text.as_str(), *n)).collect::<Vec<_>>(),
            [("20", 2), ("19", 1)]
        );
    }

    #[test]
    fn names_stand_where_outcomes_differ_by_nothing_else() {
        let said = |who: [u32; 2]| {
            let line = |worker| OutputLine { worker, stream: Stream::Stdout, at_ns: 0, text: "hello".into() };
            RunOutcome { output: who.map(line).to_vec(), ..fixture::two_workers() }
        };
        let (one, two) = (said([1, 2]), said([2, 1]));
        assert!(!differ_by_name(&[(&one, 3)]) && differ_by_name(&[(&one, 3), (&two, 1)]));
        let named = "<samp><b>job-2</b>: hello ⏎ <b>job-1</b>: hello</samp>";
        assert_eq!(describe(&two, true, Words::ENGLISH), named);
        assert_eq!(describe(&two, false, Words::ENGLISH), "<samp>hello ⏎ hello</samp>");
    }

    #[test]
    fn all_dots_are_equally_large() {
        let width = |dots: &str| dots.split('"').nth(3).expect("a width").to_owned();
        assert_eq!(width(&dots(79, 79, false)), width(&dots(4, 79, false)));
        assert_eq!(width(&dots(3, 5, false)), (5 * APART).to_string());
    }

    #[test]
    fn a_long_outcome_scrolls_in_a_box_of_its_own_and_a_short_one_does_not() {
        let mut outcome = run(&"9, ".repeat(1000));
        assert!(describe(&outcome, false, Words::ENGLISH).starts_with("<code tabindex=\"0\">v.get() = 9, 9"));
        outcome.results[0].text = "9".into();
        assert_eq!(describe(&outcome, false, Words::ENGLISH), "<code>v.get() = 9</code>");
    }

    #[test]
    fn each_run_is_a_dot_while_they_can_be_counted() {
        let drawn = |times, total| {
            let mut row = String::new();
            push_row(&mut row, "19", times, (total, total), true);
            (row.matches("h0").count(), row.contains("<path class=\"ran bad\""))
        };
        assert_eq!([drawn(60, 100), drawn(400, 400), drawn(4, 401)], [(60, true), (400, true), (0, false)]);
    }

    #[test]
    fn less_than_a_percent_is_no_tag() {
        let mut row = String::new();
        push_row(&mut row, "19", 1, (1000, 999), false);
        assert!(row.contains("&lt;\u{a0}1\u{a0}%") && !row.contains("<\u{a0}"), "{row}");
    }
}
