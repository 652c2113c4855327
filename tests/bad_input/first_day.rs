//! What everybody gets wrong on the first day: the error says what a colleague would say.

use super::support::Run;
use super::{failed, refused};

/// A job cell whose first line is line 2.
fn jobs(code: &str) -> String {
    format!("```rust job\n{code}\n```\n")
}

#[test]
fn a_shared_value_in_a_computation_is_told_to_be_read_with_get() {
    let code = "fn f(v: Value<i32>, n: Value<f64>) {
    let _ = v + 1;
    let _ = v == 0;
    let _ = 1 + v;
    let _ = n > 1.5;
    let _ = -n;
    let _ = v as i64;
    let _: i32 = v;
    println!(\"{v}\");
    println!(\"{}\", v);
    n.abs();
    *v = 3;
}";
    refused(&jobs(code)).stderr_has_all(&[
        "a.md:3:15: error: ",
        "`v.get()` reads its number",
        "a.md:4:15: error: ",
        "`v.get()` reads its number",
        "a.md:5:15: error: ",
        "a.md:6:15: error: ",
        "`n.get()` reads its number",
        "a.md:7:13: error: ",
        "`n.get()` reads its number",
        "a.md:8:13: error: ",
        "`v.get()` reads its number",
        "a.md:9:18: error: ",
        "`v.get()` reads the number of a shared value",
        "a.md:10:15: error: ",
        "write `{}` here, and `v.get()` behind the string",
        "a.md:11:20: error: ",
        "`v.get()` reads its number",
        "a.md:12:7: error: ",
        "`n.get()` reads the number of a shared value",
        "a.md:13:5: error: ",
    ]);
}

#[test]
fn a_number_in_the_place_of_a_shared_value_says_which_is_wanted() {
    let code = "fn f(mut v: Value<i32>) {\n    v = 1;\n}\nfn g() {\n    f(1);\n}";
    refused(&jobs(code)).stderr_has_all(&[
        "the number of a shared value is written by `v.set(1)`",
        "what is wanted here is the shared value itself",
    ]);
}

#[test]
fn an_element_in_square_brackets_says_which_call_reads_or_writes_it() {
    let code =
        "fn f(a: Array<i32>, i: usize) -> i32 {\n    a[0] = 1;\n    a[i] += 2;\n    let _ = &a[1..3];\n    a[i + 1]\n}";
    refused(&jobs(code)).stderr_has_all(&[
        "a.md:3:6: error: ",
        "help: an element of a shared array is written by `a.set(0, 1)`",
        "`a.set(i, a.get(i) + 2)`",
        "`a.slice(1..3)` gives a copy",
        "`a.get(i + 1)`",
    ]);
}

#[test]
fn a_method_of_another_library_says_what_it_is_called_here() {
    let code = "fn f(q: Queue<i64>, v: Value<i32>, l: Lock, e: Event, c: Condition, a: Array<i32>) {
    q.send(1);
    q.recv();
    let _ = v.load();
    let _ = v.value;
    l.lock().unwrap();
    q.get().unwrap();
    e.notify_all();
    c.notify();
    a.push(1);
    *v.lock() += 1;
}";
    refused(&jobs(code)).stderr_has_all(&[
        "a.md:3:7: error: no method named `send` found for struct `Queue<T>`",
        "help: `put` puts an item",
        "help: `get` takes the first item",
        "help: `get` reads the number",
        "what `lock()` gives is no `Result` here: leave out `.unwrap(…)`",
        "what `get()` gives is no `Result` here: leave out `.unwrap(…)`",
        "help: `set` sets an event",
        "help: `notify_one` wakes one",
        "help: a shared array keeps its length",
        "help: a guard does not hold the number",
    ]);
}

#[test]
fn a_type_of_the_author_with_a_name_of_nbruns_gets_no_such_advice() {
    let code = "struct Value<T>(T);\nfn f(v: Value<i32>) -> i32 {\n    v + 1\n}";
    refused(&jobs(code)).stderr_has("a.md:4:7: error: cannot add").stderr_lacks("shared value");
}

#[test]
fn a_type_that_is_no_message_is_one_error_with_the_line_that_makes_it_one() {
    let text = "```rust job
struct P { x: i32 }
fn f(q: Queue<Vec<P>>) {
    q.put(vec![P { x: 1 }]);
    for p in q {}
}
```
```yaml queue
q: Vec<P>
```
```yaml spawn
- f(q)
```
";
    let outcome = refused(text).stderr_has_all(&[
        "a.md:9:4: error: `P` cannot be sent from one worker to another",
        "a.md:2:1: write `#[derive(Message)]` on a line above this",
    ]);
    assert_eq!(outcome.stderr.matches(": error: ").count(), 1, "{}", outcome.stderr);
    let outcome = refused("```rust job\nfn f(q: Queue<std::rc::Rc<i32>>) {\n    q.get();\n    q.get();\n}\n```\n");
    outcome.stderr_has("a.md:3:7: error: `Rc<i32>` cannot be sent").stderr_lacks("derive(Message)]` on a line");
    refused(&jobs("fn f(v: Value<String>) {\n    v.get();\n}"))
        .stderr_has("a.md:3:7: error: `String` is not a number that workers can share");
}

#[test]
fn a_queue_that_is_no_queue_of_messages_fails_as_expected_alone() {
    let queue = "```yaml queue\nq: std::rc::Rc<i32>\nexpect: {error: Message}\n```\n";
    let text = format!("{queue}```yaml pool\nworkers: 1\nmap: \"|x: i64| x\"\nover: 0..2\n```\n");
    Run::new().notebook("a.md", &text).run().code(0).stderr_has("failed as expected");
    let text = format!("{queue}```yaml spawn\n- drop(q)\n```\n");
    refused(&text).stderr_has_all(&["a.md:6:8: error: cannot find value `q`", "a.md:2:1: the cell that declares it"]);
}

#[test]
fn a_resource_that_a_job_names_without_having_been_given_it_says_so() {
    let text = "```yaml queue\nq: i64\n```\n```rust job\nfn f() {\n    q.put(1);\n}\n```\n";
    refused(text).stderr_has_all(&["a.md:6:5: error: cannot find value `q`", "a job has only what it is given"]);
}

#[test]
fn a_method_that_two_cells_define_says_why_it_cannot_be_defined_again() {
    let cells = |second: &str| format!("{}{}", jobs("struct A;\nimpl A { fn f(&self) {} }"), jobs(second));
    refused(&cells("impl A { fn f(&self) {} }")).stderr_has_all(&[
        "a.md:6:10: error: duplicate definitions",
        "a.md:3:10: ",
        "a cell stands inside of the one",
    ]);
    let twice = format!(
        "{}{}",
        jobs("impl Clone for A { fn clone(&self) -> A { A } }\nstruct A;"),
        jobs("impl Clone for A { fn clone(&self) -> A { A } }")
    );
    refused(&twice).stderr_has_all(&["a.md:6:1: error: conflicting", "a cell stands inside of the one"]);
    refused(&jobs("struct A;\nimpl A { fn f(&self) {} }\nimpl A { fn f(&self) {} }")).stderr_lacks("stands inside");
}

#[test]
fn a_name_that_only_a_shown_fence_defines_says_so() {
    let spawn = "```yaml spawn\n- f()\n```\n";
    for info in ["rust", "rust {job}", "rust,ignore,job"] {
        refused(&format!("a\n\n```{info}\nfn f() {{}}\n```\n{spawn}")).stderr_has_all(&[
            "a.md:7:3: error: cannot find function `f`",
            "help: `f` is defined in the fence at line 3, which is only shown (`rust job` would run it)",
        ]);
    }
    refused(&format!("a\n\n    ```rust job\n    fn f() {{}}\n    ```\n\n{spawn}"))
        .stderr_has("`f` is defined in the block at line 3, which is only shown, as it is indented by four");
    let rest = "```rust job\nfn f(_: S) { m!(); }\n```\n```yaml spawn\n- f(q)\n```\n";
    refused(&format!("```rust\nstruct S;\nmacro_rules! m {{ () => {{}} }}\n```\n```yaml\nq: i64\n```\n{rest}"))
        .stderr_has_all(&[
            "`S` is defined in the fence at line 1",
            "`m` is defined in the fence at line 1",
            "`q` is defined in the fence at line 5, which is only shown (`yaml value` or `yaml queue` would run it)",
        ]);
    refused("```rust job\nfn g() {}\n```\n```yaml spawn\n- f()\n```\n").stderr_lacks("only shown");
    let value = "```yaml\nv: i32\n```\n```yaml spawn\njobs: [sleep(0.0)]\nshow: v.get()\n```\n";
    refused(value).stderr_has("`v` is defined in the fence at line 1, which is only shown (`yaml value` would run it)");
}

#[test]
fn where_it_is_known_what_a_name_means_nothing_is_guessed() {
    let shown = "```rust\nfn job_b() {}\nmod tools {}\n```\n";
    let cell = jobs("fn job_a() {}\nfn f() { job_b(); tools::g(); }\nuse tools::x;");
    let run = refused(&format!("{shown}{cell}```yaml spawn\n- job_b()\n```\n"));
    assert_eq!(
        run.stderr.matches("is defined in the fence at line 1, which is only shown").count(),
        4,
        "{}",
        run.stderr
    );
    run.stderr_lacks("similar").stderr_lacks("dependencies").stderr_lacks("extern crate");
    // What is known of another definition stays.
    let below = jobs("fn job_c() {}");
    refused(&format!("```rust\nfn job_c() {{}}\n```\n```yaml spawn\n- job_c()\n```\n{below}"))
        .stderr_has_all(&["which is only shown", "a cell sees what stands above it"]);
}

#[test]
fn curly_quotes_are_one_error_for_a_line_and_mended_together() {
    let run = refused(&jobs("fn f() {\n    g(“a” + “b”, ‘c’);\n    g(“d”);\n}"));
    assert_eq!(run.stderr.matches("error: ").count(), 2, "{}", run.stderr);
    run.stderr_has_all(&["a.md:3:7: error: ", "`g(\"a\" + \"b\", 'c');`", "a.md:4:7: error: ", "`g(\"d\");`"]);
}

#[test]
fn a_name_that_stands_for_a_type_in_a_suggestion_is_said_to_do_so() {
    let array = "```yaml array\nacc: {type: i, init: [50, 50]}\n```\n";
    let cell = "```yaml spawn\njobs: [sleep(0.0)]\nassert: acc.iter().sum() == 100\n```\n";
    refused(&format!("{array}{cell}"))
        .stderr_has("with the type that you want in the place of `S`: `assert: acc.iter().sum::<S>() == 100`");
}

#[test]
fn a_cell_that_html_swallows_is_an_error_at_its_fence() {
    let text = "a\n\n<details><summary>Show</summary>\n```rust job\nfn a() {}\n```\n</details>\n";
    refused(text).stderr_has_all(&[
        "a.md:4:4: error: this cell stands inside of HTML, so nothing would run it",
        "help: leave an empty line before the fence",
    ]);
    refused("a\n\n<!-- b\n\n```rust job\nfn a() {}\n```\n").stderr_has_all(&[
        "a.md:5:4: error: this cell stands inside of a comment that never ends",
        "a.md:3:1: a comment that never ends begins here",
        "help: end it with `-->`",
    ]);
}

#[test]
fn a_notebook_without_a_cell_says_so_in_one_line() {
    let run = |text: &str, args: &[&str]| Run::new().notebook("a.md", text).args(args.iter().copied()).run().code(0);
    let line = "a.md has no cell, so nothing runs: a cell is a fence such as ```rust job or ```yaml spawn\n";
    run("Hello.\n", &[]).stderr_is(line);
    run("Hello.\n", &["--quiet"]).stderr_is("");
}

/// What is wrong with a spec cell of this kind; its text begins in line 2.
#[track_caller]
fn spec(kind: &str, text: &str, said: &[&str]) {
    let outcome = refused(&format!("```yaml {kind}\n{text}\n```\n")).stderr_has_all(said);
    assert_eq!(
        outcome.stderr.matches(": error: ").count(),
        said.iter().filter(|text| text.contains(": error: ")).count()
    );
}

#[test]
fn signs_that_yaml_takes_for_its_own_are_quoted_whole() {
    for (value, column) in [("&*b()", 7), ("*b()", 7), ("&&b()", 7), ("!&x", 7), ("&mut x", 7)] {
        let (place, help) = (format!("a.md:3:{column}: error: "), format!("put quotes around it: \"{value}\""));
        spec("spawn", &format!("jobs: [1]\nshow: {value}"), &[&place, &help]);
    }
    spec("spawn", "- &*b()", &["a.md:2:3: error: ", "put quotes around it: \"&*b()\""]);
}

#[test]
fn a_blank_that_is_no_space_is_told_where_it_stands() {
    for (text, place) in [
        ("jobs:\n\u{a0} - f()", "3:1"),
        ("jobs:\n  -\u{a0}f()", "3:4"),
        ("jobs: [f()]\nshow:\u{a0}1", "3:6"),
        ("- call: f()\n\u{3000} count: 3", "3:1"),
        ("\u{2003}- f()\n\u{2003}- g()", "2:1"),
    ] {
        spec("spawn", text, &[&format!("a.md:{place}: error: here stands a"), "write an ordinary space"]);
    }
    // What stands inside of a value is the author's.
    spec("spawn", "jobs: [f()]\nexpect: |\n  \u{a0} a\nnothing: 1", &["a.md:5:1: error: a spawn cell has no key"]);
}

#[test]
fn wrong_quotes_and_full_width_signs_are_reported_with_the_right_ones() {
    spec("spawn", "- f('abc')", &["a.md:2:5: error: single quotes", "write text as `\"abc\"`"]);
    spec("spawn", "- f(“abc”)", &["a.md:2:5: error: `“` (U+201C)", "write `f(\"abc\")`"]);
    spec("spawn", "- f（1，2）", &["a.md:2:4: error: `（` (U+FF08)", "write `f(1,2)`"]);
    spec("spawn", "- f(\"“a”\", ‘b’)", &["a.md:2:12: error: `‘` (U+2018)", "write `f(\"“a”\", 'b')`"]);
    refused(&jobs("fn f() { println!(“abc”); }")).stderr_has_all(&["a.md:2:19: error: ", "println!(\"abc\");"]);
}

#[test]
fn a_key_without_a_blank_behind_its_colon_is_told_with_the_blank() {
    spec("spawn", "- thread:job()", &["a.md:2:9: error: YAML wants", "write `thread: job()`"]);
    spec("spawn", "- thread:job()\n  name: x", &["a.md:2:10: error: YAML wants", "write `thread: job()`"]);
    spec("spawn", "jobs:\n- {process:job(), count: 3}", &["a.md:3:11: error: YAML wants", "write `process: job()`"]);
    spec("spawn", "jobs: [f()]\nshow:v.get()", &["a.md:3:6: error: YAML wants", "write `show: v.get()`"]);
    spec("spawn", "jobs: [f()]\nshow：1", &["a.md:3:6: error: YAML wants", "write `show: 1`"]);
    spec("pool", "workers:2\nmap:f\nover:0..3", &["a.md:2:8: error: YAML wants", "write `workers: 2`"]);
}

#[test]
fn a_job_with_a_key_below_its_call_is_told_to_name_the_call() {
    for text in ["- job(q, 1)\n  count: 3", "- job(q, 1)\n    count: 3"] {
        spec(
            "spawn",
            text,
            &["a.md:2:3: error: this item is a single text", "write `- call: job(q, 1)`, with `count` below"],
        );
    }
    spec("spawn", "- job(q, 1)\ncount: 3", &["a.md:3:1: error: a list has no keys", "`count` belongs to a job"]);
    spec("spawn", "- job(q, 1)\nshow: 1", &["a.md:3:1: error: a list has no keys", "write `jobs:` above the list"]);
}

#[test]
fn an_expression_with_a_struct_in_it_is_told_to_be_quoted() {
    spec(
        "spawn",
        "- B { n: 1 }.put()",
        &["a.md:2:3: error: YAML splits", "put quotes around it: \"B { n: 1 }.put()\""],
    );
    spec("spawn", "- put(B { n: 1 })", &["a.md:2:3: error: YAML splits", "\"put(B { n: 1 })\""]);
    spec("spawn", "jobs: [1]\nshow: B { n: 1 }", &["a.md:3:12: error: YAML reads", "\"B { n: 1 }\""]);
}

#[test]
fn a_resource_with_the_name_of_an_option_is_one_error() {
    for (kind, value) in [("value", "i32"), ("value", "{type: d, init: 1}"), ("queue", "Vec<i32>"), ("lock", "rlock")] {
        for option in ["timeout", "expect", "repeat", "explore", "name", "reveal"] {
            let error = format!("a.md:2:1: error: `{option}` is the name of an option, so no resource can have it");
            spec(kind, &format!("{option}: {value}"), &[&error]);
        }
    }
    spec("queue", "timeout: soon\nq: i64", &["a.md:2:10: error: `soon` is not a duration"]);
}

#[test]
fn an_expectation_that_is_not_met_is_told_at_the_line_that_expects_it() {
    let cell =
        |expect: &str| format!("{}```yaml spawn\njobs: [f()]\n{expect}```\n", jobs("fn f() { println!(\"a\\nb\"); }"));
    for (expect, said) in [
        ("expect:\n- a\n- c\n", ["a.md:8:3: error: the output", "line 2 was to be \"c\", but is \"b\""]),
        ("expect: |\n  a\n  c\n", ["a.md:8:3: error: the output", "line 2 was to be \"c\""]),
        ("expect: [a, b, c]\n", ["a.md:6:16: error: the output", "line 3 was to be \"c\", but is nothing"]),
        ("expect: {unordered: [b, c]}\n", ["a.md:6:25: error: the output", "not printed: \"c\""]),
        ("expect: {workers: {f-1: [a, c]}}\n", ["a.md:6:29: error: the output of `f-1`", "line 2 was to be"]),
        ("expect: {unordered: [b]}\n", ["a.md:4:1: error: the output", "printed, and not expected: \"a\""]),
        ("expect: [a]\n", ["a.md:4:1: error: the output", "line 2 was to be nothing, but is \"b\""]),
    ] {
        failed(&cell(expect)).stderr_has_all(&said);
    }
}

#[test]
fn an_outcome_in_an_error_is_named_as_the_page_names_it() {
    let head = format!("{}```yaml value\nv: i\n```\n", jobs("fn f(v: Value<i32>) { v.set(v.get() + 1); }"));
    let cell =
        |rest: &str| format!("{head}```yaml spawn\njobs: [f(v), f(v)]\nexplore: all\nshow: v.get()\n{rest}```\n");
    failed(&cell("expect: {outcomes: [2, 3]}\n")).stderr_has_all(&[
        "a.md:11:24: error: the outcomes are not those",
        "it can come to: v.get() = 1, which `outcomes` has as \"1\"",
        "it cannot come to: 3",
    ]);
    failed(&cell("assert: v.get() == 2\n")).stderr_has("and shows v.get() = 1");
}
