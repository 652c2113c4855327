//! nbrun as a preprocessor of mdBook: by what both versions of mdBook were recorded to say, and by mdBook itself where it is there.

#[path = "../support/mod.rs"]
mod support;

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Outcome, Run};

const VERSIONS: [&str; 2] = ["0.4", "0.5"];
/// The chapters of the book that hold cells, with where they come from and what their cells' ids begin with.
const OURS: [(&str, &str, &str); 5] = [
    ("queue.md", "src/queue.md", "queue-"),
    ("deep/race.md", "src/deep/race.md", "deep-race-"),
    ("deep/race2.md", "src/deep/race2.md", "deep-race2-"),
    ("included.md", "lesson.md", "included-"),
    ("changed.md", "src/changed.md", "changed-"),
];

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mdbook")
}

/// Adds the files of the book to a run.
fn book(run: Run, dir: &Path) -> Run {
    fs::read_dir(dir).expect("a directory").fold(run, |run, entry| {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            return book(run, &path);
        }
        let name = path.strip_prefix(here().join("book")).expect("below the book").to_owned();
        run.file(&name.to_string_lossy(), fs::read(&path).expect("a file"))
    })
}

fn new() -> Run {
    book(Run::new(), &here().join("book"))
}

/// What mdBook said of the book, with one part of it replaced, or several.
fn recorded(run: &Run, version: &str, changes: &[(&str, Value)]) -> Value {
    let text = fs::read_to_string(here().join(format!("{version}.json"))).expect("a recorded call");
    let mut call: Value = serde_json::from_str(&text).expect("JSON");
    call[0]["root"] = json!(run.path(""));
    for (pointer, value) in changes {
        *call.pointer_mut(pointer).expect("a part") = value.clone();
    }
    call
}

/// Hands a call to the preprocessor.
fn asked(run: Run, call: &Value) -> Outcome {
    run.stdin(call.to_string()).args(["mdbook"]).run()
}

/// The chapters of a book, by their paths.
fn chapters<'v>(value: &'v Value, all: &mut Vec<(&'v str, &'v str)>) {
    if let (Some(path), Some(content)) = (value["path"].as_str(), value["content"].as_str()) {
        all.push((path, content));
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| chapters(item, all)),
        Value::Object(entries) => entries.values().for_each(|entry| chapters(entry, all)),
        _ => {}
    }
}

fn chapter<'v>(book: &'v Value, path: &str) -> &'v str {
    let mut all = Vec::new();
    chapters(book, &mut all);
    all.into_iter().find(|(other, _)| *other == path).expect("the chapter").1
}

/// A book in which the texts of the chapters that nbrun has something to do with are gone.
fn rest(book: &Value) -> Value {
    let mut book = book.clone();
    fn clear(value: &mut Value) {
        let is_ours = |path: &str| path == "index.md" || OURS.iter().any(|(ours, ..)| *ours == path);
        if value["path"].as_str().is_some_and(is_ours) {
            value["content"] = Value::Null;
        }
        match value {
            Value::Array(items) => items.iter_mut().for_each(clear),
            Value::Object(entries) => entries.values_mut().for_each(clear),
            _ => {}
        }
    }
    clear(&mut book);
    book
}

#[test]
fn every_renderer_is_supported() {
    for renderer in ["html", "markdown", "pandoc"] {
        Run::new().args(["mdbook", "supports", renderer]).run().code(0).stdout_is("");
    }
}

#[test]
fn chapters_with_cells_are_run_and_all_else_stays_as_it_came() {
    for version in VERSIONS {
        let run = new();
        let call = recorded(&run, version, &[]);
        let outcome = asked(run, &call).code(0);
        let made: Value = serde_json::from_str(&outcome.stdout).expect("nothing but JSON");
        assert_eq!(rest(&made), rest(&call[1]));
        for (path, _, prefix) in OURS {
            let text = chapter(&made, path);
            assert!(text.contains(&format!("id=\"{prefix}cell-1\"")) && !text.contains("```yaml"), "{path}: {text}");
        }
        let queue = chapter(&made, "queue.md");
        assert!(queue.contains("It is **bold** here. [Up](#queue-cell-2).") && !queue.contains("an update"), "{queue}");
        // A blank line would end the block.
        let block = queue.split("<div class=\"nbrun").nth(1).and_then(|block| block.split("\n\n").next());
        assert!(block.is_some_and(|block| block.ends_with("</div>")), "{queue}");
        let included = chapter(&made, "included.md");
        assert!(included.starts_with("# A lesson\n\n*It stands elsewhere.*\n\nText.\n"), "{included}");
        assert!(
            included.contains("[The queue](queue.md#queue-cell-1), [the part](src/part.txt), and ![a square](data:")
        );
        assert!(chapter(&made, "deep/race.md").contains("[The queue](../queue.md#queue-cell-1)"));
        let before = chapter(&made, "index.md");
        assert!(
            before.contains("(deep/race.md#deep-race-race), [its first cell](deep/race.md#deep-race-cell-1)"),
            "{before}"
        );
        assert!(before.contains("[no cell](queue.md#behind)") && before.contains("# hidden();"), "{before}");
    }
}

#[test]
fn a_chapter_whose_cells_have_not_changed_is_not_run_again() {
    let run = new().cache("cache");
    let call = recorded(&run, "0.5", &[]);
    let first = asked(run, &call).code(0).stderr_lacks("is used again");
    let run = first.again().cache("cache").file("src/queue.md", "");
    let race = chapter(&call, "deep/race.md").replace("seen + 1", "1 + seen");
    let change = [("/1/items/2/Chapter/sub_items/0/Chapter/content", json!(race))];
    let call = recorded(&run, "0.5", &change);
    let second =
        asked(run, &call).code(0).stderr_has("lesson.md is used again").stderr_has("src/deep/race2.md is used");
    second.stderr_lacks("src/deep/race.md is used again").stderr_has("spawn  line 14");
}

#[test]
fn what_is_wrong_is_said_at_the_line_of_the_chapters_file() {
    let run = new();
    let text = "# Queue\n\n```yaml spwn\n```\n";
    let run = run.file("src/queue.md", text);
    let change = [("/1/sections/2/Chapter/content", json!(text))];
    let call = recorded(&run, "0.4", &change);
    asked(run, &call).code(2).stdout_is("").stderr_has("src/queue.md:3:9: error: unknown kind of spec `spwn`");
}

#[test]
fn a_cell_that_fails_ends_the_build_and_is_named_by_its_line() {
    let text = "# Queue\n\n```yaml value\nv: i64\n```\n\n```rust job\nfn f() {\n    panic!(\"no\");\n}\n```\n\n```yaml spawn\n- f()\n```\n";
    let run = new().file("src/queue.md", text);
    let call = recorded(&run, "0.5", &[("/1/items/2/Chapter/content", json!(text))]);
    asked(run, &call).code(1).stdout_is("").stderr_has("src/queue.md:9:5: error");
}

#[test]
fn lines_of_a_text_that_others_have_changed_are_said_to_be_so() {
    let run = new();
    let call = recorded(&run, "0.5", &[("/1/items/5/Chapter/content", json!("# Changed\n\n```yaml spwn\n```\n"))]);
    asked(run, &call).code(2).stderr_has("src/changed.md:3:9").stderr_has("preprocessors before nbrun have changed");
}

#[test]
fn an_unknown_option_is_an_error_at_its_place_in_book_toml() {
    let run = new();
    let toml = "[preprocessor.nbrun]\ncommand = \"nbrun mdbook\"\ntimeot = \"1s\"\n";
    let run = run.file("book.toml", toml);
    let table = json!({"command": "nbrun mdbook", "timeot": "1s"});
    let call = recorded(&run, "0.5", &[("/0/config/preprocessor/nbrun", table)]);
    asked(run, &call).code(2).stderr_has("book.toml:3:1").stderr_has("did you mean `timeout`?");
}

#[test]
fn other_renderers_get_markdown_with_results_and_pictures() {
    let run = new();
    let call = recorded(&run, "0.5", &[("/0/renderer", json!("pandoc"))]);
    let outcome = asked(run, &call).code(0);
    let made: Value = serde_json::from_str(&outcome.stdout).expect("nothing but JSON");
    let queue = chapter(&made, "queue.md");
    assert!(
        queue.contains("> ```text output\n> one\n>\n> <two>\n> ```") && queue.contains("](data:image/svg+xml;base64,"),
        "{queue}"
    );
    assert!(!queue.contains("<div") && queue.contains("[Up](#cell-2)"), "{queue}");
    assert!(chapter(&made, "included.md").starts_with("# A lesson\n"));
}

#[test]
fn a_person_who_calls_the_preprocessor_is_told_who_calls_it() {
    Run::new().stdin("# A book").args(["mdbook"]).run().code(2).stderr_has("command = \"nbrun mdbook\"");
}

#[test]
fn a_book_folds_solutions_or_has_none() {
    let lesson = "# Q\n\n```rust job\nfn f() -> i32 { todo!() }\n```\n\n```yaml spawn exercise\njobs: [f()]\n```\n\n\
                  ```rust job solution\nfn f() -> i32 { 86_753 }\n```\n\nWhy.\n\n```yaml spawn solution\njobs: [f()]\n```\n\nBehind.\n";
    let made = |options: Value| {
        let run = new();
        let chapter = [("/0/config/preprocessor/nbrun", options), ("/1/items/2/Chapter/content", json!(lesson))];
        let call = recorded(&run, "0.5", &chapter);
        let outcome = asked(run, &call).code(0);
        let book: Value = serde_json::from_str(&outcome.stdout).expect("nothing but JSON");
        self::chapter(&book, "queue.md").to_owned()
    };
    let whole = made(json!({}));
    let (_, folded) = whole.split_once("<details class=\"solution\"><summary>Solution</summary>").expect("a solution");
    let (folded, behind) = folded.split_once("</div>\n</details>").expect("its end");
    assert!(
        folded.contains(">86_753<") && folded.contains("\n\nWhy.\n\n") && behind.contains("\n\nBehind.\n"),
        "{whole}"
    );
    let rest = made(json!({"no-solutions": true}));
    assert!(rest.contains(">Not solved yet<") && rest.contains("Behind."), "{rest}");
    assert!(!rest.contains("86_753") && !rest.contains("Why."), "{rest}");
}

#[test]
fn what_is_most_likely_forgotten_is_told_of_all_chapters_at_once() {
    let lone = "# Alone\n\n```rust job solution\nfn f() {}\n```\n";
    let (first, last) = ("/1/items/2/Chapter/content", "/1/items/5/Chapter/content");
    let run = new().file("src/queue.md", lone).file("src/changed.md", lone);
    let table = ("/0/config/preprocessor/nbrun", json!({"deny-warnings": true}));
    let call = recorded(&run, "0.5", &[table, (first, json!(lone)), (last, json!(lone))]);
    let told = "a solution, and no exercise stands before it";
    let outcome = asked(run, &call).code(2).stderr_has("src/queue.md:3:1").stderr_has("src/changed.md:3:1");
    assert_eq!(outcome.stderr.matches(told).count(), 2, "{}", outcome.stderr);
}

/// mdBook of a version, if it is there; it is built by `.ci/run tools`, which also requires it.
fn mdbook(version: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("target/mdbook-{version}/bin/mdbook"));
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("NBRUN_TEST_MDBOOK").is_none(), "mdBook {version} is required");
    println!("passed over: there is no mdBook {version}; `.ci/run tools` builds it");
    None
}

/// Builds a book in a directory with a version of mdBook, whose report it gives.
fn build(mdbook: &Path, dir: &Path, to: &Path) -> String {
    let bin = Path::new(env!("CARGO_BIN_EXE_nbrun")).parent().expect("a directory");
    let path = std::env::var("PATH").unwrap_or_default();
    let done = Command::new(mdbook)
        .arg("build")
        .args([dir.as_os_str(), "--dest-dir".as_ref(), to.as_os_str()])
        .env("PATH", format!("{}:{path}", bin.display()))
        .env("NBRUN_CACHE_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
        .output()
        .expect("mdBook");
    let said = String::from_utf8_lossy(&done.stderr).into_owned() + &String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}");
    said
}

/// The ids of a page, in order, and all that its links within it lead to.
fn ids(page: &str) -> (Vec<&str>, Vec<&str>) {
    let values = |sign: &str| -> Vec<&str> {
        page.match_indices(sign).filter_map(|(at, _)| page[at + sign.len()..].split('"').next()).collect()
    };
    (values(" id=\""), values(" href=\"#"))
}

#[test]
fn mdbook_of_both_versions_builds_the_book_without_a_warning() {
    for version in VERSIONS {
        let Some(mdbook) = mdbook(version) else { continue };
        let run = new();
        let said = build(&mdbook, &run.path(""), &run.path("book"));
        assert!(!said.contains("WARN"), "{said}");
        let read = |name: &str| fs::read_to_string(run.path("book").join(name)).expect("a page");
        for (path, _, prefix) in OURS {
            let page = read(&path.replace(".md", ".html"));
            assert!(page.contains(&format!("id=\"{prefix}cell-1\"")) && !page.contains("language-yaml"), "{page}");
        }
        assert!(read("queue.html").contains("<strong>bold</strong>"));
        assert!(read("index.html").contains("href=\"deep/race.html#deep-race-race\""));
    }
}

#[test]
fn no_id_stands_twice_on_mdbooks_page_for_printing() {
    for version in VERSIONS {
        let Some(mdbook) = mdbook(version) else { continue };
        let run = new();
        build(&mdbook, &run.path(""), &run.path("book"));
        let page = fs::read_to_string(run.path("book/print.html")).expect("the page");
        let (ids, links) = ids(&page);
        let once: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(once.len(), ids.len(), "{version}: {ids:?}");
        let dead: Vec<&&str> = links.iter().filter(|link| !link.is_empty() && !once.contains(**link)).collect();
        assert!(dead.is_empty(), "{version}: {dead:?}");
    }
}

/// The pages in a directory and below it, but for those that only repeat what others say.
fn pages(dir: &Path, found: &mut Vec<PathBuf>) {
    for path in fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("an entry").path()) {
        let repeats = ["print.html", "toc.html", "404.html"].iter().any(|name| path.ends_with(name));
        if path.is_dir() {
            pages(&path, found);
        } else if !repeats && path.extension().is_some_and(|end| end == "html") {
            found.push(path);
        }
    }
}

#[test]
fn no_link_in_nbruns_own_book_leads_nowhere() {
    for version in VERSIONS {
        let Some(mdbook) = mdbook(version) else { continue };
        let to = tempfile::tempdir().expect("a directory");
        let said = build(&mdbook, &Path::new(env!("CARGO_MANIFEST_DIR")).join("book"), to.path());
        assert!(!said.contains("WARN"), "{said}");
        let mut all = Vec::new();
        pages(to.path(), &mut all);
        let text = |path: &Path| fs::read_to_string(path).expect("a page");
        let (mut seen, mut dead) = (0, Vec::new());
        for page in &all {
            let text_of_page = text(page);
            for link in text_of_page.split("<a ").filter_map(|tag| tag.split_once("href=\"")?.1.split('"').next()) {
                let (file, place) = link.split_once('#').unwrap_or((link, ""));
                if file.contains(':') || link.is_empty() {
                    continue;
                }
                seen += 1;
                let beside = page.parent().expect("a directory").join(file);
                let target = if file.is_empty() { page.clone() } else { beside };
                let place = percent_encoding::percent_decode_str(place).decode_utf8_lossy();
                let is_there = target.exists()
                    && (place.is_empty() || target.is_dir() || text(&target).contains(&format!(" id=\"{place}\"")));
                if !is_there {
                    dead.push(format!("{}: {link}", page.display()));
                }
            }
        }
        assert!(seen > 300, "the scan finds links: {seen}");
        assert!(dead.is_empty(), "{version}:\n{}", dead.join("\n"));
    }
}
