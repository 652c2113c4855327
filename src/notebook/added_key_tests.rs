//! What holds for a key that is added to a spec, in specs that are written out and in notebooks that are made up.

use super::*;
use proptest::prelude::*;
use proptest::sample::select;

/// What a notebook becomes when its last cell is given an `expect`.
fn added(text: &str, lines: &[&str]) -> Result<String, &'static str> {
    let notebook = parse("a.md", text.to_owned()).unwrap_or_else(|errors| panic!("{text:?}: {errors:?}"));
    let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    let (edit, new) = added_key(&notebook, notebook.cells.last().expect("a cell"), &lines)?;
    assert_eq!(apply(text, &[edit]), new.text);
    Ok(new.text)
}

#[test]
fn a_key_stands_at_the_end_of_its_spec_as_the_others_do() {
    for (text, new) in [
        ("```yaml spawn\njobs: [a()]\n```", "```yaml spawn\njobs: [a()]\nexpect:\n  - b\n```"),
        ("- ```yaml spawn\n  jobs: [a()]\n  ```\n", "- ```yaml spawn\n  jobs: [a()]\n  expect:\n    - b\n  ```\n"),
        (
            "\u{feff}> ~~~yaml spawn\r\n>   jobs:\r\n>   - a()\r\n> ~~~\r\nb\r\n",
            "\u{feff}> ~~~yaml spawn\r\n>   jobs:\r\n>   - a()\r\n>   expect:\r\n>     - b\r\n> ~~~\r\nb\r\n",
        ),
        ("```yaml spawn\rjobs: [a()]\r  ```\r", "```yaml spawn\rjobs: [a()]\rexpect:\r  - b\r  ```\r"),
        (
            "```yaml spawn\njobs: [a()]\nassert: |\n  1 == 1\n\n# end\n```\n",
            "```yaml spawn\njobs: [a()]\nassert: |\n  1 == 1\n\n# end\nexpect:\n  - b\n```\n",
        ),
    ] {
        assert_eq!(added(text, &["expect:", "  - b"]).as_deref(), Ok(new));
    }
}

#[test]
fn a_spec_without_room_for_a_key_is_left_alone() {
    for (text, why) in [
        ("```yaml spawn\n- thread: a()\n```\n", "is a list"),
        ("```yaml spawn\n{jobs: [a()]}\n```\n", "in braces"),
        ("```yaml spawn\njobs: [a()]\n...\n```\n", "not be read"),
        ("```yaml spawn\n--- # a\n? jobs\n: [a()]\n```\n", "not be read"),
    ] {
        let found = added(text, &["expect:", "  - b"]);
        assert!(found.as_ref().is_err_and(|found| found.contains(why)), "{text:?}: {found:?}");
    }
}

/// A spec's lines.
fn spec() -> impl Strategy<Value = Vec<&'static str>> {
    let last = select(vec![
        &["show: 1"][..],
        &["assert: |", "  1 == 1", ""],
        &["show: \"a", "  b\""],
        &["# end", ""],
        &["name: a # ```"],
    ]);
    let first = select(vec![&["jobs: [a()]"][..], &["jobs:", "- a()"], &["jobs:", "  - \"a()\"", ""]]);
    (first, last).prop_map(|(first, last)| [first, last].concat())
}

/// Before the first line, before the others, and before each line of the spec.
fn container() -> impl Strategy<Value = (&'static str, &'static str, &'static str)> {
    let all = vec![("", ""), ("> ", "> "), (">", ">"), ("- ", "  "), ("1. ", "   "), ("> - ", ">   "), ("  ", " ")];
    (select(all), select(vec!["", " ", "    "])).prop_map(|((first, others), indent)| (first, others, indent))
}

/// At least 2000 cases; `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    ProptestConfig { cases: config.cases.max(2000), ..config }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_bytes_around_an_added_key_stay(
        spec in spec(),
        (first, others, indent) in container(),
        fence in select(vec!["```", "~~~~"]),
        line_ending in select(vec!["\n", "\r\n", "\r"]),
        start in select(vec!["", "\u{feff}", "a\n\n"]),
        end in select(vec!["", "\n", "\n\nb\n"]),
    ) {
        let mut lines = vec![format!("{first}{fence}yaml spawn")];
        let spec = spec.iter().map(|line| format!("{others}{}{line}", if line.is_empty() { "" } else { indent }));
        lines.extend(spec.chain([format!("{others}{fence}")]));
        let text = format!("{start}{}{end}", lines.join("\n")).replace('\n', line_ending);
        let new = added(&text, &["expect:", "  - \"b: \\\"多\\t\\\"\""]);
        prop_assert!(new.is_ok(), "{text:?}: {new:?}");
        let new = new.expect("it has room");
        let same = text.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
        // What was added stands in one place.
        let added = new.len() - text.len();
        prop_assert!((0..=same).any(|at| text.as_bytes()[at..] == new.as_bytes()[at + added..]), "{new:?}");
        let notebook = parse("a.md", new).expect("a notebook");
        let entries = entries(&notebook, notebook.cells.last().expect("a cell")).expect("entries");
        let last = entries.last().expect("an entry");
        prop_assert_eq!(&last.key.text, "expect");
        let Value::List { items, .. } = &last.value.value else { panic!("no list: {last:?}") };
        prop_assert_eq!(items[0].scalar().map(|scalar| scalar.text.as_str()), Some("b: \"多\t\""));
    }
}
