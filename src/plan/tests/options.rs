//! The options that every spec takes.

use super::*;
use crate::model::Sampling;
use std::time::Duration;

fn options(text: &str) -> Options {
    planned(&[("pool", &format!("apply: f(1)\n{text}"))]).steps.remove(0).options
}

/// What is expected, in short: the form, and each line with the place at which it is expected.
fn expect(text: &str) -> String {
    let each = |lines: &[ExpectedLine]| {
        lines
            .iter()
            .map(|line| format!("{:?} at {}", line.text, line.place))
            .collect::<Vec<_>>()
            .join(", ")
            .replace("n.md:", "")
    };
    match options(&format!("expect: {text}")).expect {
        Some(Expect::Error(text)) => format!("error {text}"),
        Some(Expect::Lines(lines)) => format!("lines {}", each(&lines)),
        Some(Expect::Unordered(lines)) => format!("unordered {}", each(&lines)),
        Some(Expect::Outcomes(lines)) => format!("outcomes {}", each(&lines)),
        Some(Expect::Workers(workers)) => {
            let worker = |(name, lines): &(String, Vec<ExpectedLine>)| format!("{name}: {}", each(lines));
            workers.iter().map(worker).collect::<Vec<_>>().join("; ")
        }
        Some(Expect::CompileError(_) | Expect::Panic | Expect::Fails) | None => String::new(),
    }
}

#[test]
fn a_result_is_revealed_by_a_click_or_below_a_question() {
    use crate::model::Reveal;
    assert_eq!(options("reveal: click").reveal, Some(Reveal::Click));
    assert_eq!(options("reveal: How many?").reveal, Some(Reveal::Question("How many?".into())));
    assert_eq!(options("reveal: 会剩下多少？").reveal, Some(Reveal::Question("会剩下多少？".into())));
    assert_eq!(options("").reveal, None);
    let wrong = wrong("spawn", "jobs: [f()]\nreveal: clik");
    assert!(wrong.contains("a result cannot be revealed by `clik`") && wrong.contains("How many are lost?"), "{wrong}");
}

#[test]
fn a_timeout_is_a_duration() {
    assert_eq!(options("timeout: 1m 30s").timeout, Some(Duration::from_secs(90)));
    assert_eq!(options("timeout: 0.25").timeout, Some(Duration::from_millis(250)));
}

#[test]
fn a_timeout_that_is_no_time_shows_the_form() {
    insta::assert_snapshot!(wrong("pool", "apply: f(1)\ntimeout: soon"), @r#"
    n.md:3:10: error: `soon` is not a duration
       |
     3 | timeout: soon
       |          ^^^^
       = help: write `2s`, `500ms`, `1m 30s`, or a number of seconds
    "#);
    for text in ["0", "169h", ".inf", "[1]", ""] {
        let report = wrong("pool", &format!("apply: f(1)\ntimeout: {text}"));
        assert!(report.starts_with("n.md:3:") && report.contains("a number of seconds"), "{text}: {report}");
    }
}

#[test]
fn what_is_expected_has_five_forms() {
    assert_eq!(expect("{error: divided by zero}"), "error divided by zero");
    assert_eq!(expect("[a, 1.50, ~, 007]"), r#"lines "a" at 3:10, "1.50" at 3:13, "~" at 3:19, "007" at 3:22"#);
    assert_eq!(expect("|\n  one\n\n  two\n"), r#"lines "one" at 4:3, "" at 5:1, "two" at 6:3"#);
    assert_eq!(expect("hello"), r#"lines "hello" at 3:9"#);
    assert_eq!(expect("[]"), "lines ");
    assert_eq!(expect("{output: [a, 2]}"), r#"lines "a" at 3:19, "2" at 3:22"#);
    assert_eq!(expect("{unordered: [a, b]}"), r#"unordered "a" at 3:22, "b" at 3:25"#);
    assert_eq!(
        expect("{workers: {job-1: [a, b], job-2: c}}"),
        r#"job-1: "a" at 3:28, "b" at 3:31; job-2: "c" at 3:42"#
    );
}

#[test]
fn what_is_expected_says_one_thing() {
    insta::assert_snapshot!(wrong("pool", "apply: f(1)\nexpect: {error: a, output: [b]}"), @r#"
    n.md:3:9: error: `expect` says more than one thing
       |
     3 | expect: {error: a, output: [b]}
       |         ^
       = help: it is a list of lines, or has one of the keys `error`, `output`, `unordered`, `workers` and `outcomes`
    "#);
    insta::assert_snapshot!(wrong("pool", "apply: f(1)\nexpect: {eror: a}"), @r#"
    n.md:3:10: error: `expect` has no key `eror`
       |
     3 | expect: {eror: a}
       |          ^^^^ did you mean `error`?
       = note: its keys are `error`, `output`, `unordered`, `workers` and `outcomes`
    "#);
    insta::assert_snapshot!(wrong("pool", "apply: f(1)\nexpect: {error: \"\"}"), @r#"
    n.md:3:17: error: expected the text of an error, found nothing
       |
     3 | expect: {error: ""}
       |                 ^^
       = help: write a part of the error's text: `expect: {error: divided by zero}`
    "#);
    insta::assert_snapshot!(wrong("pool", "apply: f(1)\nexpect: {workers: [a]}"), @r#"
    n.md:3:19: error: `workers` is a mapping, and this is a list
       |
     3 | expect: {workers: [a]}
       |                   ^
       = help: write `expect: {workers: {job-1: [first line, second line]}}`
    "#);
    insta::assert_snapshot!(wrong("pool", "apply: f(1)\nexpect: [a, {b: c}, [d]]"), @r#"
    n.md:3:13: error: a line of output is text, and this is a mapping
       |
     3 | expect: [a, {b: c}, [d]]
       |             ^
       = help: write a list of lines, or a block of text behind `|`; `[]` is no output at all
    n.md:3:21: error: a line of output is text, and this is a list
       |
     3 | expect: [a, {b: c}, [d]]
       |                     ^
       = help: write a list of lines, or a block of text behind `|`; `[]` is no output at all
    "#);
    insta::assert_snapshot!(wrong("pool", "apply: f(1)\nexpect:"), @r#"
    n.md:3:8: error: `expect` is lines of output, and this is nothing
       |
     3 | expect:
       |        ^
       = help: write a list of lines, or a block of text behind `|`; `[]` is no output at all
    "#);
}

#[test]
fn a_cell_may_be_repeated() {
    assert_eq!(options("repeat: 100").repeat, Some(100));
    insta::assert_snapshot!(wrong("pool", "apply: f(1)\nrepeat: 0"), @r#"
    n.md:3:9: error: `repeat` is at least 1, not 0
       |
     3 | repeat: 0
       |         ^
    "#);
    insta::assert_snapshot!(wrong("pool", "apply: f(1)\nrepeat: 10001"), @r#"
    n.md:3:9: error: `repeat` is at most 10000, not 10001
       |
     3 | repeat: 10001
       |         ^^^^^
    "#);
}

#[test]
fn a_spawn_or_pool_cell_may_be_explored() {
    let pool = planned(&[("pool", "workers: 2\nmap: f\nover: 0..3\nexplore: all")]).steps.remove(0);
    assert_eq!(pool.options.explore, Some(Interleavings::All.into()));
    let explore = |text: &str| planned(&[("spawn", &format!("jobs: [f()]\n{text}"))]).steps.remove(0).options.explore;
    let samples = |samples, strategy, seed| Some(Interleavings::Samples { samples, strategy, seed }.into());
    assert_eq!(explore("explore: all"), Some(Interleavings::All.into()));
    assert_eq!(explore("explore: 10_000"), samples(10_000, Sampling::Random, 1));
    assert_eq!(explore("explore: {samples: 5, strategy: pct, seed: 7}"), samples(5, Sampling::Pct, 7));
    let spurious = |spurious, which: Interleavings| Some(Explore { spurious, ..which.into() });
    assert_eq!(explore("explore: {spurious: 2}"), spurious(2, Interleavings::All));
    let five = Interleavings::Samples { samples: 5, strategy: Sampling::Random, seed: 1 };
    assert_eq!(explore("explore: {samples: 5, spurious: 1}"), spurious(1, five));
    assert_eq!(explore("name: a"), None);
    insta::assert_snapshot!(wrong("spawn", "jobs: [f()]\nexplore: some"), @r#"
    n.md:3:10: error: `explore` is `all` or a number of samples, not `some`
       |
     3 | explore: some
       |          ^^^^
       = help: write `explore: all`, a number of samples such as `explore: 10000`, `explore: {samples: 10000, strategy: pct, seed: 7}`, or `explore: {spurious: 1}`, which lets a wait of `std` end without a reason
    "#);
    let says = |explore: &str, text: &str| {
        let told = wrong("spawn", &format!("jobs: [f()]\nexplore: {explore}"));
        assert!(told.contains(text), "{told}");
    };
    says("{strategy: pct}", "n.md:3:10: error: `explore` needs a number of `samples`");
    says("{strategy: pct, spurious: 1}", "`explore` needs a number of `samples`");
    says("{spurious: 0}", "`spurious` is at least 1, not 0");
    says("{samples: 5, strategy: pot}", "did you mean `pct`?");
    says("0", "`explore` is at least 1, not 0");
}

#[test]
fn exploring_is_for_counted_workers_and_has_outcomes_for_output() {
    insta::assert_snapshot!(wrong("pool", "apply: f(1)\nexplore: all"), @r#"
    n.md:3:1: error: a pool that is explored must say how many workers it has
       |
     3 | explore: all
       | ^^^^^^^
       = help: add `workers: 2`: without it there is one for each core, and another machine would find other interleavings
    "#);
    let told = wrong("pool", "map: f\nover: 0..9\nexplore: all\nsweep: {workers: [1, 2]}");
    assert!(told.contains("n.md:5:1: error: a cell that is explored has one number of workers"), "{told}");
    assert!(told.contains("leave `sweep` out, and say how many `workers`") && !told.contains("must say"), "{told}");
    let told = wrong("spawn", "jobs: [f()]\nexplore: all\nrepeat: 5\nexpect: [a]");
    assert!(told.contains("n.md:4:1: error: a cell is either run again and again or explored"), "{told}");
    assert!(told.contains("n.md:5:1: error: an exploration has no lines of output"), "{told}");
    let told = wrong("spawn", "jobs: [f()]\nexpect: {outcomes: [1]}");
    assert!(told.contains("only a cell that is explored has `outcomes`"), "{told}");
}

#[test]
fn an_anchor_is_a_word_of_any_script() {
    assert_eq!(options("name: the-race_2").name.as_deref(), Some("the-race_2"));
    assert_eq!(options("name: 进程").name.as_deref(), Some("进程"));
    insta::assert_snapshot!(wrong("pool", "apply: f(1)\nname: the race"), @r#"
    n.md:3:7: error: `the race` cannot be an anchor's name
       |
     3 | name: the race
       |       ^^^^^^^^
       = help: a name is made of letters, digits, `-` and `_`, at most 64 bytes
    "#);
}

#[test]
fn two_cells_may_not_have_one_anchor() {
    insta::assert_snapshot!(wrong_cells(&[("lock", "l: lock\nname: a"), ("pool", "name: a\napply: f(1)")]), @r#"
    n.md:7:7: error: two cells are named `a`
       |
     7 | name: a
       |       ^
       = note: n.md:3:7: the first of them
       |
     3 | name: a
       |       ^
    "#);
}

#[test]
fn a_declaring_cell_takes_options_too() {
    let step = planned(&[("queue", "q: i64\ntimeout: 1s\nname: queues")]).steps.remove(0);
    assert_eq!(step.options.timeout, Some(Duration::from_secs(1)));
    assert_eq!(step.options.name.as_deref(), Some("queues"));
}
