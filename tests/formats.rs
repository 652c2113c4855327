//! What is made of a run by `--to`: markdown, Jupyter notebooks, records.

mod support;

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Outcome, Run};

const LESSON: &str = "---\ntitle: A lesson\n---\nSee [the other](other.md) and ![a square](img/square.svg).\n\n```yaml queue\nq: i64\n```\n\n\
```rust job\nfn put(q: Queue<i64>) {\n    println!(\"put\");\n    q.put(1);\n}\n```\n\n```yaml spawn\nname: putting\njobs: [put(q)]\n```\n\nBehind it.\n";
const OTHER: &str = "Back to [the lesson](lesson.md).\n\n```yaml value\nv: i64\n```\n";
const SQUARE: &str = include_str!("browser/square.svg");

/// A lesson that shows an image and leads to another one.
fn lessons() -> Run {
    Run::new().file("in/lesson.md", LESSON).file("in/other.md", OTHER).file("in/img/square.svg", SQUARE)
}

#[test]
fn markdown_has_results_below_cells_and_pictures_beside_itself() {
    let outcome = lessons().args(["in", "--to", "md", "-o", "out"]).run().code(0);
    let text = outcome.text("out/lesson.md");
    let (before, _) = text.split_once("\n\n![Timeline of cell 3").expect("a picture");
    let (code, finding) = before.rsplit_once("\n\n").expect("its title");
    assert!(code.ends_with("jobs: [put(q)]\n```\n\n```text output\nput\n```"), "{text}");
    assert!(finding.starts_with("**put-1 ran for ") && finding.ends_with("**"), "{text}");
    assert!(text.contains("](lesson.files/cell-3.svg)\n"), "{text}");
    assert!(text.ends_with("\n\nBehind it.\n") && text.starts_with("---\ntitle: A lesson\n---\n"), "{text}");
    assert!(text.contains("[the other](other.md) and ![a square](../in/img/square.svg)"), "{text}");
    let svg = outcome.text("out/lesson.files/cell-3.svg");
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"") && svg.contains(">put-1</text>"), "{svg}");
}

const EXPLORED: &str = "```yaml value\nv: i64\n```\n\n```yaml spawn\nexplore: all\njobs: [\"v.set(v.get() + 1)\", \"v.set(v.get() + 2)\"]\n\
                        show: v.get()\n```\n";

#[test]
fn markdown_tells_how_many_interleavings_come_to_each_outcome() {
    let outcome = Run::new().file("in/a.md", EXPLORED).args(["in", "--to", "md", "-o", "out"]).run().code(0);
    let text = outcome.text("out/a.md");
    let told =
        text.split("```text output\n").nth(1).and_then(|rest| rest.split("\n```").next()).expect("what came out");
    let mut lines: Vec<&str> = told.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["  2 => 1", "  2 => 2", "  2 => 3", "all 6 interleavings:"], "{text}");
}

#[test]
fn a_bar_of_outcomes_is_a_picture_where_nobody_trusts_its_style() {
    let outcome = Run::new().file("in/a.md", EXPLORED).args(["in", "--to", "ipynb", "-o", "out"]).run().code(0);
    let made: Value = serde_json::from_str(&outcome.text("out/a.ipynb")).expect("JSON");
    let html = made["cells"][1]["outputs"][0]["data"]["text/html"].as_array().expect("lines");
    let html: String = html.iter().filter_map(Value::as_str).collect();
    let bar = html.split("<figure class=\"repeat explored\">").nth(1).and_then(|rest| rest.split("<table>").next());
    let bar = bar.expect("what stands above the table");
    assert!(bar.contains("<img src=\"data:image/svg+xml;base64,") && bar.contains("\" alt=\"All outcomes"), "{bar}");
    assert!(!bar.contains("class=\"stack\""), "{bar}");
}

#[test]
fn markdown_never_takes_the_place_of_its_notebook() {
    let outcome = lessons().args(["in/lesson.md", "--to", "md"]).run().code(2);
    outcome.stderr_has("would overwrite the notebook `in/lesson.md`").stderr_has("such as `-o out`");
}

#[test]
fn a_jupyter_notebook_of_somebody_elses_is_not_overwritten() {
    let theirs = "{\"cells\": [], \"metadata\": {}, \"nbformat\": 4, \"nbformat_minor\": 5}";
    let outcome = lessons().file("in/lesson.ipynb", theirs).args(["in/lesson.md", "--to", "ipynb"]).run().code(2);
    let outcome = outcome.stderr_has("cannot write `in/lesson.ipynb`: it is there already, and nbrun has not made it");
    let outcome = outcome.file_is("in/lesson.ipynb", theirs).again();
    let outcome = outcome.args(["in/lesson.md", "--to", "ipynb", "-o", "out"]).run().code(0);
    outcome.again().args(["in/lesson.md", "--to", "ipynb", "-o", "out"]).run().code(0).file("out/lesson.ipynb");
    let twice = lessons().args(["in/lesson.md", "--to", "ipynb"]).run().code(0);
    twice.again().args(["in/lesson.md", "--to", "ipynb"]).run().code(0);
}

#[test]
fn a_page_or_text_of_somebody_elses_is_not_overwritten() {
    let arguments = ["in/lesson.md", "--to"];
    for (format, path, output) in [
        ("html", "in/lesson.html", None),
        ("html", "out/lesson.html", Some("out")),
        ("ipynb", "out/lesson.ipynb", Some("out")),
        ("md", "out/lesson.md", Some("out")),
    ] {
        let run = || lessons().args(arguments).args([format]).args(output.map(|output| format!("-o{output}")));
        let outcome = run().file(path, "<p>mine</p>").run().code(2).file_is(path, "<p>mine</p>");
        outcome.stderr_has(&format!("cannot write `{path}`: it is there already, and nbrun has not made it"));
        // What it made before, it may make again.
        let outcome = run().run().code(0).again().args(arguments).args([format]);
        outcome.args(output.map(|output| format!("-o{output}"))).run().code(0);
    }
    // Whoever names the file wants it.
    lessons()
        .file("mine.html", "mine")
        .args(["in/lesson.md", "-o", "mine.html"])
        .run()
        .code(0)
        .page_has("mine.html", "put");
}

#[test]
fn what_is_no_longer_made_of_notebooks_goes_and_all_else_stays() {
    let outcome = lessons().file("in/third.md", OTHER).args(["in", "--to", "md", "-o", "out"]).run().code(0);
    let outcome = outcome.file("out/lesson.files/cell-3.svg").file("out/other.md").file("out/third.md");
    for gone in ["in/other.md", "in/third.md"] {
        fs::remove_file(outcome.path(gone)).expect("a notebook");
    }
    fs::write(outcome.path("out/third.md"), "changed by hand").expect("a file");
    let without = LESSON.split("```yaml spawn").next().expect("a part");
    let again = outcome
        .again()
        .file("in/lesson.md", without)
        .file("out/mine.md", "mine")
        .file("out/lesson.files/a.svg", "mine");
    // A run of one notebook says nothing of the others, and another format nothing of this one.
    let outcome = again.args(["in/lesson.md", "-o", "out"]).run().code(0).file("out/other.md");
    let outcome = outcome.file("out/lesson.files/cell-3.svg").again();
    let outcome = outcome.args(["in", "--to", "md", "-o", "out"]).run().code(0);
    let outcome = outcome.no_file("out/other.md").no_file("out/lesson.files/cell-3.svg").file("out/lesson.html");
    let outcome = outcome.file_is("out/third.md", "changed by hand").file_is("out/mine.md", "mine");
    let outcome = outcome.file_is("out/lesson.files/a.svg", "mine");
    // In a file that is named, too, the directory beside it is nbrun's own.
    let one = |outcome: Outcome| outcome.again().args(["in/lesson.md", "--to", "md", "-o", "x.md"]).run().code(0);
    let outcome =
        one(outcome.again().file("in/lesson.md", LESSON).args(["--version"]).run()).file("x.files/cell-3.svg");
    let outcome = one(outcome.again().file("in/lesson.md", without).args(["--version"]).run());
    assert!(!outcome.path("x.files").exists());
}

#[test]
fn what_a_format_cannot_hold_is_said_once() {
    let outcome = lessons().file("in/third.md", LESSON).args(["in", "--to", "md", "-o", "out"]).run().code(0);
    assert_eq!(outcome.stderr.matches("markdown holds no tables").count(), 1);
}

#[test]
fn markdown_on_standard_output_holds_its_pictures() {
    let outcome = lessons().args(["in/lesson.md", "--to", "md", "-o", "-"]).run().code(0);
    assert!(outcome.stdout.contains("](data:image/svg+xml;base64,"));
}

#[test]
fn a_record_is_a_format_from_which_all_others_are_made() {
    let outcome = lessons().args(["in/lesson.md", "--to", "json"]).run().code(0);
    let record: Value = serde_json::from_str(&outcome.text("in/lesson.run.json")).expect("JSON");
    assert_eq!(record["cells"].as_array().map(Vec::len), Some(3));
    let args = ["render", "in/lesson.md", "--record", "in/lesson.run.json", "--to", "ipynb"];
    let outcome = outcome.again().args(args).run().code(0);
    let made: Value = serde_json::from_str(&outcome.text("in/lesson.ipynb")).expect("JSON");
    assert_eq!(made["nbformat"], 4);
}

#[test]
fn links_lead_to_the_other_notebooks_of_the_same_format() {
    let outcome = lessons().args(["in", "--to", "ipynb", "-o", "out"]).run().code(0);
    let text = outcome.text("out/lesson.ipynb");
    assert!(text.contains("[the other](other.ipynb)") && text.contains("data:image/svg+xml;base64,"), "{text}");
}

/// Python with Jupyter's own validator, in an environment below `target`; `None` where that cannot be made and need not.
fn validator() -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/nbformat");
    let python = venv.join("bin/python");
    let done = |command: &mut Command| command.output().is_ok_and(|done| done.status.success());
    let has = |python: &Path| done(Command::new(python).args(["-c", "import nbformat"]));
    if has(&python)
        || done(Command::new("python3").args(["-m", "venv"]).arg(&venv))
            && done(Command::new(&python).args(["-m", "pip", "install", "--quiet", "nbformat==5.10.4"]))
    {
        return Some(python);
    }
    assert!(std::env::var_os("NBRUN_TEST_NBFORMAT").is_none(), "python3 with venv and pip is required");
    println!("passed over: python3 with venv and pip makes no environment here");
    None
}

#[test]
fn jupyters_own_validator_accepts_a_notebook() {
    let Some(python) = validator() else { return };
    let outcome = lessons().args(["in", "--to", "ipynb", "-o", "out"]).run().code(0);
    let check = "import nbformat, sys\nfor name in sys.argv[1:]:\n    nbformat.validate(nbformat.read(name, as_version=nbformat.NO_CONVERT))";
    let files = ["out/lesson.ipynb", "out/other.ipynb"].map(|name| outcome.path(name));
    let checked = Command::new(python).args(["-W", "error", "-c", check]).args(files).output().expect("python");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}
