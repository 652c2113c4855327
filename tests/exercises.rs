//! Exercises: what a reader has not solved yet is no failure, and what is solved already is told to the author.

mod support;

use nbrun::record::Status;
use support::serving::Serving;
use support::{Outcome, Run};

/// A lesson whose exercise a reader has not solved, with a solution.
const LESSON: &str = "\
```yaml value
total: i64
```

```rust job
fn tally(mut total: Value<i64>) { for _ in 0..2 { total += 1; } }
```

```yaml spawn exercise
name: tally-test
explore: all
jobs: [tally(total), tally(total)]
assert: total.get() == 4
```

<details>
<summary>Solution</summary>

Why it works.

```rust job solution
fn tally(total: Value<i64>) { for _ in 0..2 { total.fetch_add(1); } }
```

```yaml solution spawn
name: tally-solution
explore: all
jobs: [tally(total), tally(total)]
assert: total.get() == 4
```

</details>

Behind.
";

fn states(outcome: &Outcome, record: &str) -> Vec<Status> {
    outcome.record(record).cells.iter().map(|cell| cell.status).collect()
}

fn lacks(page: &str, texts: &[&str]) {
    for text in texts {
        assert!(!page.contains(text), "{text}");
    }
}

#[test]
fn an_exercise_that_is_not_solved_yet_is_no_failure_and_is_counted() {
    let run = Run::new().notebook("a.md", LESSON).args(["--record", "r.json", "--deny-warnings"]).run().code(0);
    let run = run.stderr_has("  -       3  spawn  line 9").stderr_has("not solved yet: ");
    let run = run.stderr_has("\n1 exercise not solved\n").stderr_lacks("error");
    assert_eq!(
        states(&run, "r.json"),
        [Status::Passed, Status::Passed, Status::Unsolved, Status::Passed, Status::Passed]
    );
    let page = run.page_has("a.html", "class=\"cell spawn unsolved exercise\"").page_has("a.html", ">Not solved yet<");
    lacks(&page.text("a.html"), &["role=\"alert\"", "banner failed"]);
    page.again().args(["render", "a.md", "--record", "r.json"]).run().code(0).page_has("a.html", ">Not solved yet<");
}

#[test]
fn a_solved_exercise_says_so_in_the_language_of_the_page() {
    let solved = LESSON.replacen("total += 1;", "total.fetch_add(1);", 1);
    let run = Run::new().notebook("a.md", &solved).run().code(0).stderr_lacks("not solved");
    let run = run.page_has("a.html", "class=\"cell spawn passed exercise solved\"").page_has("a.html", ">✓ Solved<");
    let chinese = |text: &str| format!("---\nlang: zh\n---\n\n{text}");
    let run = run.again().notebook("a.md", &chinese(&solved)).run().code(0).page_has("a.html", ">✓ 做对了<");
    run.again().notebook("a.md", &chinese(LESSON)).run().code(0).page_has("a.html", ">还没做对<");
}

#[test]
fn whatever_a_readers_code_fails_by_the_exercise_is_only_not_solved() {
    let spec = "```yaml spawn exercise\njobs: [f()]\nexpect: [done]\ntimeout: 1s\n```\n";
    let job = |body: &str| format!("```rust job\nfn f() {{ {body} }}\n```\n\n{spec}");
    for text in [
        job("todo!()"),
        job("println!(\"nearly\")"),
        job("loop { std::hint::spin_loop() }"),
        job("std::process::abort()"),
        job("let l = std::sync::Mutex::new(0); let _one = l.lock(); let _two = l.lock();"),
        format!("```rust job\nfn f(number: i32) {{ println!(\"{{number}}\") }}\n```\n\n{spec}"),
        "```rust run exercise\nfn main() { todo!() }\n```\n".to_owned(),
        "```rust run should_panic exercise\nfn main() {}\n```\n".to_owned(),
        "```rust explore exercise\nfn main() { assert_eq!(1, 2) }\n```\n".to_owned(),
        "```yaml pool exercise\nmap: \"|n: u32| 10 / n\"\nover: 0..3\n```\n".to_owned(),
    ] {
        let run = Run::new().notebook("a.md", &text).args(["--record", "r.json"]).run();
        let last = states(&run, "r.json").pop();
        assert_eq!((run.code, last), (0, Some(Status::Unsolved)), "{text}\n{}", run.stderr);
        lacks(&run.page_has("a.html", ">Not solved yet<").text("a.html"), &["role=\"alert\""]);
    }
}

#[test]
fn a_solution_must_pass_and_code_that_does_not_compile_is_an_error() {
    let wrong = LESSON.replacen("total.fetch_add(1)", "total.set(1)", 1);
    Run::new().notebook("a.md", &wrong).run().code(1).stderr_has("FAIL    5  spawn");
    let run = Run::new().notebook("a.md", "```rust run exercise\nfn main() { 1 + }\n```\n").run().code(2);
    run.stderr_has("a.md:2:");
}

#[test]
fn other_commands_take_an_unsolved_exercise_for_no_failure() {
    let run = Run::new().file("a.md", LESSON).args(["check", "--deny-warnings", "a.md"]).run().code(0);
    let run = run.again().args(["a.md", "--format", "github"]).run().code(0);
    assert_eq!(run.stdout, "");
    let run = run.again().args(["update", "a.md"]).run().code(0);
    let text = run.text("a.md");
    assert_eq!(text.matches("```text output\n").count(), 1, "only the solution has a result: {text}");
    let run = run.again().args(["update", "--check", "a.md"]).run().code(0);
    run.again().args(["build", ".", "-o", "site"]).run().code(0).page_has("site/a.html", ">Not solved yet<");
}

#[test]
fn the_page_folds_a_solution_that_nobody_folds() {
    let bare = LESSON.replace("<details>\n<summary>Solution</summary>\n\n", "").replace("</details>\n\n", "");
    let page = |text: &str| {
        let run = Run::new().notebook("a.md", text).run().code(0);
        let html = run.text("a.html");
        let (_, folded) = html.split_once("<details class=\"solution\">").unwrap_or_default();
        folded.split_once("<p>Behind.</p>").map(|(folded, _)| folded.to_owned()).unwrap_or_default()
    };
    let folded = page(&bare);
    assert!(
        folded.starts_with("<summary>Solution</summary><section class=\"cell job passed\" id=\"cell-4\""),
        "{folded}"
    );
    assert!(folded.contains("id=\"cell-5\"") && folded.trim_end().ends_with("</section></details>"), "{folded}");
    assert_eq!(page(LESSON), "", "the author folds it");
    let apart = bare.replace("fetch_add(1); } }\n```\n\n", "fetch_add(1); } }\n```\n\n## More\n\n");
    assert!(page(&apart).contains("<details class=\"solution\">"), "a heading parts them");
}

#[test]
fn what_is_wrong_with_the_words_of_a_fence_is_told_at_the_word() {
    let run = Run::new().notebook("a.md", "a\n\n```rust job exercise\nfn f() {}\n```\n").run().code(2);
    run.stderr_has(
        "a.md:3:13: error: an exercise is the cell that tries the reader's code, and a `job` cell runs nothing",
    );
    let run = Run::new().notebook("a.md", "```yaml spawn exrcise\njobs: [f()]\n```\n").run().code(2);
    run.stderr_has("a.md:1:15: error: unexpected word `exrcise`").stderr_has("did you mean `exercise`?");
}

/// A lesson that the code with which it stands solves.
fn solved() -> String {
    LESSON.replacen("total += 1;", "total.fetch_add(1);", 1)
}

#[test]
fn an_exercise_that_passes_as_it_stands_is_told_to_its_author() {
    let told = "a.md:9:1: warning: this exercise passes already: it tests nothing, or somebody has solved it";
    let run = Run::new().notebook("a.md", &solved()).run().code(0).stderr_has(told);
    lacks(&run.text("a.html"), &["passes already"]);
    let run = run.again().args(["a.md", "--deny-warnings"]).run().code(1);
    let run = run.stderr_has(&told.replace("warning", "error")).page_has("a.html", ">✓ Solved<");
    let run = run.again().args(["build", ".", "-o", "site"]).run().code(0).stderr_has(told);
    let run = run.again().args(["build", ".", "-o", "site", "--deny-warnings"]).run().code(1);
    // Where a reader has no solutions, to solve it is no mistake.
    run.again().args(["a.md", "--deny-warnings", "--no-solutions"]).run().code(0).stderr_lacks("passes already");
}

#[test]
fn a_solution_without_an_exercise_is_told_before_anything_runs() {
    let text = LESSON.replace("yaml spawn exercise", "yaml spawn").replace("== 4", "<= 4");
    let told = "a.md:21:1: warning: a solution, and no exercise stands before it";
    let run = Run::new().file("a.md", &text).args(["check", "a.md"]).run().code(0).stderr_has(told);
    let run = run.again().args(["a.md", "--deny-warnings"]).run().code(2).no_file("a.html");
    run.again().args(["build", ".", "-o", "site", "--deny-warnings"]).run().code(2);
}

/// What nobody sees without the solutions.
const HIDDEN: [&str; 5] = ["fetch_add", "Why it works", "<summary>Solution", "tally-solution", "solution</span>"];

#[test]
fn without_solutions_these_are_neither_run_nor_in_anything_that_is_made() {
    let run = Run::new().file("a.md", LESSON).args(["a.md", "--no-solutions", "--record", "r.json"]).run().code(0);
    assert_eq!(states(&run, "r.json"), [Status::Passed, Status::Passed, Status::Unsolved]);
    let mut run = run.page_has("a.html", "<p>Behind.</p>").page_has("a.html", "id=\"L9\"");
    lacks(&(run.text("a.html") + &run.text("r.json")), &HIDDEN);
    for format in ["md", "ipynb", "json"] {
        run = run.again().args(["a.md", "--no-solutions", "--to", format, "-o", "out"]).run().code(0);
        let name = if format == "json" { "out/a.run.json".to_owned() } else { format!("out/a.{format}") };
        lacks(&run.text(&name), &HIDDEN);
    }
    let markdown = run.text("out/a.md");
    // A picture has two empty lines behind it.
    assert!(markdown.ends_with("\n\nBehind.\n") && !markdown.contains("\n\n\n\n"), "{markdown}");
    let run =
        run.again().args(["render", "a.md", "--record", "r.json", "--no-solutions", "-o", "b.html"]).run().code(0);
    lacks(&run.text("b.html"), &HIDDEN);
    run.again().args(["render", "a.md", "--record", "r.json"]).run().code(2).stderr_has("does not belong to a.md");
}

#[test]
fn runs_with_and_without_solutions_are_not_used_for_each_other() {
    let run = Run::new().file("a.md", LESSON).args(["a.md", "--reuse", "--record", "r.json"]).run().code(0);
    let run = run.again().args(["a.md", "--reuse", "--no-solutions", "--record", "r.json"]).run().code(0);
    assert_eq!(states(&run, "r.json").len(), 3);
    let run = run.again().args(["a.md", "--reuse", "--record", "r.json"]).run().code(0).stderr_has("is used again");
    assert_eq!(states(&run, "r.json").len(), 5);
}

#[test]
fn a_site_without_solutions_has_them_in_no_file_and_links_to_no_source() {
    let config = "source: https://example.org/lessons\nedit: https://example.org/edit\n";
    let run = Run::new().file("in/a.md", LESSON).file("in/nbrun.yaml", config);
    let run = run.args(["build", "in", "-o", "site", "--no-solutions"]).run().code(0);
    let files = run.files("site");
    assert!(files.len() > 4, "{files:?}");
    for file in files {
        let text = String::from_utf8_lossy(&std::fs::read(run.path("site").join(file)).expect("a file")).into_owned();
        lacks(&text, &[&HIDDEN[..], &["example.org"]].concat());
    }
    let run = run.again().args(["build", "in", "-o", "site"]).run().code(0);
    run.page_has("site/a.html", "fetch_add").page_has("site/a.html", "https://example.org/lessons/a.md");
}

#[test]
fn what_is_served_without_solutions_has_none() {
    let serving = Serving::start(&[("a.md", LESSON)], &["a.md", "--no-solutions"]);
    serving.news("a.html").until_rest();
    let page = serving.page("a.html");
    assert!(page.contains(">Not solved yet<") && page.contains("<p>Behind.</p>"));
    lacks(&page, &HIDDEN);
}

#[test]
fn a_handout_is_what_the_author_wrote_without_the_solutions() {
    let (before, rest) = LESSON.split_once("<details>").expect("a solution");
    let handout = format!("{before}{}", rest.split_once("</details>\n\n").expect("its end").1);
    let plain = "# Prose\n\n\n```rust job\nfn a() {}\n```";
    let run = Run::new().file("in/a.md", LESSON).file("in/b.md", plain);
    let run = run.args(["handout", "in", "-o", "out"]).run().code(0);
    let run = run.stderr_has("in/a.md: 2 cells of solutions are left out").file_is("out/a.md", &handout);
    let run = run.file_is("out/b.md", plain).stdout_has("out/a.md\n");
    let run = run.again().args(["handout", "out/a.md", "-o", "-"]).run().code(0).stdout_is(&handout);
    let run = run.again().args(["handout", "in", "-o", "out"]).run().code(0).file_is("out/a.md", &handout);
    let run = run.again().args(["handout", "in/a.md", "-o", "in/a.md"]).run().code(2).file_is("in/a.md", LESSON);
    let run = run.again().file("taken/a.md", "mine").args(["handout", "in", "-o", "taken"]).run().code(2);
    run.file_is("taken/a.md", "mine").again().args(["out/a.md"]).run().code(0);
}

#[test]
fn the_files_that_the_prose_shows_and_links_to_go_along_with_a_handout() {
    let links = "![a](img/a%20b.svg) <img src=\"two.svg\"> [d](data.csv#x) [w](https://example.org/x.csv) [o](b.md) [p](b.html)\n\n";
    let text = LESSON.replace("Why it works.", "![s](secret.svg)");
    let run = Run::new().file("in/sub/a.md", links.to_owned() + &text).file("in/sub/b.md", LESSON);
    let run =
        run.file("in/sub/img/a b.svg", "<svg/>").file("in/sub/two.svg", "<svg></svg>").file("in/sub/data.csv", "1");
    let run = run.file("in/sub/secret.svg", "<svg id=\"s\"/>").file("in/sub/alone.csv", "2");
    let run = run.args(["handout", "in/sub/a.md", "-o", "out"]).run().code(0).stderr_lacks("warning");
    let run =
        run.file_is("out/img/a b.svg", "<svg/>").file_is("out/two.svg", "<svg></svg>").file_is("out/data.csv", "1");
    for name in ["secret.svg", "alone.csv", "b.md", "b.html"] {
        assert!(!run.path("out").join(name).exists(), "{name}");
    }
    let run = run.again().args(["handout", "in", "-o", "all"]).run().code(0).file_is("all/sub/data.csv", "1");
    // What is no longer linked goes, and nobody else's file is taken for it.
    let run = run.again().file("in/sub/a.md", &text).args(["handout", "in", "-o", "all"]).run().code(0);
    let run = run.no_file("all/sub/data.csv").file("all/sub/a.md");
    let run = run.again().file("in/sub/a.md", links.to_owned() + &text).file("all/sub/data.csv", "mine");
    let run = run.args(["handout", "in", "-o", "all"]).run().code(2).file_is("all/sub/data.csv", "mine");
    let run = run.stderr_has("cannot write `all/sub/data.csv`: another file is there already");
    run.again().args(["handout", "in/sub/a.md", "-o", "-"]).run().code(0).stdout_has("data.csv#x");
}

#[test]
fn a_file_that_cannot_go_along_with_a_handout_is_told_at_its_line() {
    let text = "a\n\n[gone](gone.csv)\n\n![up](../up.svg)\n";
    let run = Run::new().file("in/a.md", text).file("up.svg", "<svg/>").file("in/page.html", "");
    let run = run.args(["handout", "in/a.md", "-o", "out"]).run().code(0).file_is("out/a.md", text);
    let run = run.stderr_has("in/a.md:3:8: warning: `gone.csv` is not handed out: no such file or directory");
    let run = run.stderr_has("in/a.md:5:7: warning: `../up.svg` is not handed out: it would stand outside");
    let page = run.again().file("in/b.md", LESSON).args(["in/b.md", "-o", "in/page.html"]).run().code(0);
    let run = page.again().file("in/a.md", "[p](page.html)\n").args(["handout", "in/a.md", "-o", "out"]).run().code(0);
    run.no_file("out/page.html");
}

#[test]
fn a_cell_that_needs_what_only_a_solution_defines_is_told_which() {
    let text = format!("{LESSON}\n```yaml spawn\njobs: [helper()]\n```\n");
    // A spec that runs jobs defines no name, whatever it is called.
    let spec = "```yaml solution spawn\nname: helper\nexplore: all\njobs: [tally(total)]\n```\n\n";
    let text = text.replace("```rust job solution\n", &format!("{spec}```rust job solution\nfn helper() {{}}\n"));
    let run = Run::new().notebook("a.md", &text).run().code(0);
    let run = run.again().args(["a.md", "--no-solutions"]).run().code(2);
    run.stderr_has("a.md:44:8: error: cannot find function `helper`")
        .stderr_has("help: a solution defines `helper` (line 27), and solutions are left out");
}
