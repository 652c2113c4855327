//! `nbrun serve`: what is saved comes to the page, only what it concerns runs, and nobody else gets in.

mod support;

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::thread;
use support::serving::{News, Serving};

const LESSON: &str = "# A lesson

Some prose.

```rust job
fn add(v: Value<i32>, n: i32) {
    v.fetch_add(n);
}
```

```rust job
fn say(text: &str) {
    println!(\"{text}\");
}
```

```yaml value
v: i32
```

```yaml spawn
jobs:
  - add(v, 1)
show: v.get()
```

```yaml spawn
jobs:
  - say(\"hello\")
```

```yaml spawn
jobs:
  - add(v, 2)
show: v.get()
```
";

fn lesson() -> (Serving, News) {
    let serving = Serving::start(&[("a.md", LESSON)], &["a.md"]);
    let mut news = serving.news("a.html");
    news.until_rest();
    (serving, news)
}

/// The cells that ran, by their indices, as all these news say.
fn ran(news: &[Value]) -> BTreeSet<u64> {
    let running = news.iter().flat_map(|news| news["running"].as_array().expect("a list"));
    running.map(|cell| cell.as_u64().expect("an index")).collect()
}

/// The text of a page's `show` values in order.
fn shown(page: &str) -> Vec<&str> {
    page.split("</dt><dd")
        .skip(1)
        .filter_map(|rest| rest.split_once('>')?.1.split_once("</dd>"))
        .map(|it| it.0)
        .collect()
}

#[test]
fn a_page_is_served_with_the_results_of_its_cells() {
    let (serving, _) = lesson();
    let page = serving.page("a.html");
    assert_eq!(shown(&page).iter().map(|it| support::page::text(it)).collect::<Vec<_>>(), ["1", "3"]);
    assert!(
        page.contains("hello") && page.contains("/@nbrun/live.js?page=a%2Ehtml")
            || page.contains("live.js?page=a.html")
    );
    for header in ["Cache-Control: no-store", "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer"] {
        assert!(page.contains(header), "{header}");
    }
    assert!(serving.page("").contains("a.html"), "the list");
}

#[test]
fn a_change_of_prose_comes_to_the_page_and_runs_nothing() {
    let (serving, mut news) = lesson();
    serving.save("a.md", &LESSON.replace("Some prose.", "Other prose.\n\nAnd more."));
    let told = news.until(|_| serving.page("a.html").contains("And more."));
    assert_eq!(ran(&told), BTreeSet::new());
    assert!(serving.page("a.html").contains("Other prose."));
}

#[test]
fn a_change_of_a_job_runs_the_cells_that_it_concerns() {
    let (serving, mut news) = lesson();
    serving.save("a.md", &LESSON.replace("v.fetch_add(n);", "v.fetch_add(n * 10);"));
    let told = news.until(|news| news["running"] != json!([]));
    let rest = news.until_rest();
    let all: Vec<Value> = told.into_iter().chain(rest).collect();
    assert_eq!(ran(&all), BTreeSet::from([0, 3, 5]), "and neither the other job nor its cell");
    let page = serving.page("a.html");
    assert_eq!(shown(&page).iter().map(|it| support::page::text(it)).collect::<Vec<_>>(), ["10", "30"]);
}

#[test]
fn a_change_of_a_spec_runs_it_and_what_uses_the_same_resource_behind_it() {
    let (serving, mut news) = lesson();
    serving.save("a.md", &LESSON.replace("add(v, 2)", "add(v, 5)"));
    let told = news.until(|news| news["running"] != json!([]));
    let all: Vec<Value> = told.into_iter().chain(news.until_rest()).collect();
    assert_eq!(ran(&all), BTreeSet::from([5]));
    let page = serving.page("a.html");
    assert_eq!(shown(&page).iter().map(|it| support::page::text(it)).collect::<Vec<_>>(), ["1", "6"]);
}

#[test]
fn a_spec_that_uses_something_else_now_runs_what_it_concerned_before() {
    let lesson = LESSON.replace("v: i32\n", "v: i32\nw: i32\n");
    let serving = Serving::start(&[("a.md", &lesson)], &["a.md"]);
    let mut news = serving.news("a.html");
    news.until_rest();
    let other = lesson.replacen("  - add(v, 1)", "  - add(w, 1)", 1);
    serving.save("a.md", &other);
    let told = news.until(|news| news["running"] != json!([]));
    let all: Vec<Value> = told.into_iter().chain(news.until_rest()).collect();
    assert_eq!(ran(&all), BTreeSet::from([3, 5]));
    let page = serving.page("a.html");
    assert_eq!(shown(&page).iter().map(|it| support::page::text(it)).collect::<Vec<_>>(), ["0", "2"]);
}

#[test]
fn a_change_of_how_a_program_is_explored_follows_it_again() {
    let lesson = |how: &str| format!("```rust {how}\nfn main() {{ std::thread::park(); }}\n```\n");
    let serving = Serving::start(&[("a.md", &lesson("explore"))], &["a.md"]);
    let mut news = serving.news("a.html");
    news.until_rest();
    let is_deadlock = || serving.page("a.html").contains("deadlock: ");
    assert!(is_deadlock());
    for (how, fails) in [("explore fails", false), ("explore", true), ("explore spurious fails", false)] {
        serving.save("a.md", &lesson(how));
        let told = news.until(|news| news["running"] != json!([]));
        let all: Vec<Value> = told.into_iter().chain(news.until_rest()).collect();
        assert_eq!(ran(&all), BTreeSet::from([0]), "{how}");
        assert_eq!(serving.page("a.html").contains("failed\""), fails, "{how}");
    }
}

#[test]
fn a_cell_that_could_not_run_shows_nothing_of_the_text_before() {
    let lesson = |len: u32, word: &str| {
        format!("```yaml array\na: {{type: i64, len: {len}}}\n```\n\n{}", LESSON.replace("hello", word))
    };
    let serving = Serving::start(&[("a.md", &lesson(1, "hello"))], &["a.md"]);
    let mut news = serving.news("a.html");
    news.until_rest();
    serving.save("a.md", &lesson(1 << 31, "goodbye"));
    news.until(|news| news["running"] != json!([]));
    news.until_rest();
    assert!(!serving.page("a.html").contains("hello"));
}

#[test]
fn a_queue_that_may_hold_less_is_filled_again() {
    let lesson = |shared: &str, len: u32| {
        format!(
            "---\nnbrun: {{shared: {shared}}}\n---\n```yaml queue\nq: i64\n```\n\n```rust job\nfn fill(q: Queue<i64>) {{ q.put(1); }}\n```\n\n\
             ```yaml spawn\njobs: [fill(q)]\nshow: q.len()\n```\n\n```yaml array\na: {{type: i64, len: {len}}}\n```\n"
        )
    };
    for (shared, again) in [("8MiB", true), ("4GiB", false)] {
        let serving = Serving::start(&[("a.md", &lesson(shared, 10))], &["a.md"]);
        let mut news = serving.news("a.html");
        news.until_rest();
        serving.save("a.md", &lesson(shared, 1000));
        let told = news.until(|news| news["running"] != json!([]));
        let all: Vec<Value> = told.into_iter().chain(news.until_rest()).collect();
        assert_eq!(ran(&all).contains(&2), again, "{shared}: {:?}", ran(&all));
    }
}

#[test]
fn an_error_stands_at_its_cell_until_it_is_mended_and_the_page_stays() {
    let (serving, mut news) = lesson();
    for (wrong, cell) in [
        (LESSON.replace("  - say(\"hello\")", "  - say(\"hello\")\nwrong: 1"), 4),
        (LESSON.replace("println!(\"{text}\");", "println!(\"{texd}\");"), 1),
    ] {
        serving.save("a.md", &wrong);
        let told = news.until(|news| news["errors"] != json!([]));
        let error = &told.last().expect("news")["errors"][0];
        assert_eq!(error["cell"], cell, "{error}");
        assert!(error["text"].as_str().expect("a text").contains("a.md:"), "{error}");
        assert!(serving.page("a.html").contains("hello"), "the results are still there");
        serving.save("a.md", LESSON);
        news.until_rest();
    }
    serving.save("a.md", "---\nnbrun: 1\n---\n");
    let told = news.until(|news| news["errors"] != json!([]));
    assert!(told.last().expect("news")["errors"][0]["text"].as_str().expect("a text").contains("`nbrun` is a mapping"));
}

#[test]
fn a_file_is_followed_however_it_is_saved_and_when_it_comes_back() {
    let (serving, mut news) = lesson();
    let (file, other) = (serving.path("a.md"), serving.path("a.md~"));
    serving.save("a.md~", &LESSON.replace("Some prose.", "Renamed."));
    fs::rename(&other, &file).expect("renamed");
    news.until(|_| serving.page("a.html").contains("Renamed."));
    fs::remove_file(&file).expect("removed");
    let told = news.until(|news| news["errors"] != json!([]));
    assert!(told.last().expect("news")["errors"][0]["text"].as_str().expect("a text").contains("cannot read"));
    serving.save("a.md", &LESSON.replace("Some prose.", "Back."));
    news.until(|news| news["errors"] == json!([]) && serving.page("a.html").contains("Back."));
}

#[test]
fn orders_of_the_page_are_followed_and_those_of_others_are_not() {
    let (serving, mut news) = lesson();
    assert_eq!(serving.order("run?page=a.html&cell=4"), 204);
    let told = news.until(|news| news["running"] != json!([]));
    let all: Vec<Value> = told.into_iter().chain(news.until_rest()).collect();
    assert_eq!(ran(&all), BTreeSet::from([4]));
    assert_eq!(serving.order("run-all?page=a.html"), 204);
    let told = news.until(|news| news["running"] != json!([]));
    assert_eq!(ran(&told).len(), 6);
    news.until_rest();
    for (headers, status) in [
        (vec![], 403),
        (vec![("Origin", "http://evil.example")], 403),
        (vec![("Origin", "null")], 403),
        (vec![("Host", "evil.example")], 403),
    ] {
        assert_eq!(serving.ask("POST", "@nbrun/run-all?page=a.html", &headers).0, status, "{headers:?}");
    }
    assert_eq!(serving.ask("GET", "../a.html", &[]).0, 404, "without the token");
}

#[test]
fn stop_ends_a_cell_that_would_never_end_and_so_does_a_new_save() {
    let endless = "```rust job\nfn endless() {\n    loop {\n        sleep(0.01);\n    }\n}\n```\n\n```yaml spawn\njobs:\n  - \
                   endless()\ntimeout: 1h\n```\n";
    let serving = Serving::start(&[("a.md", endless)], &["a.md"]);
    let mut news = serving.news("a.html");
    news.until(|news| news["running"] == json!([1]));
    assert_eq!(serving.order("stop?page=a.html"), 204);
    news.until_rest();
    serving.order("run-all?page=a.html");
    news.until(|news| news["running"] == json!([1]));
    serving.save("a.md", &endless.replace("loop {", "for _ in 0..1 {"));
    news.until_rest();
    assert!(!serving.page("a.html").contains("class=\"badge\""), "it has ended well");
}

#[test]
fn a_signal_ends_it_at_once_and_leaves_no_process() {
    let endless =
        "```rust job\nfn endless() {\n    loop {}\n}\n```\n\n```yaml spawn\njobs:\n  - endless()\ntimeout: 1h\n```\n";
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let serving = Serving::start(&[("a.md", endless)], &["a.md"]);
        let mut news = serving.news("a.html");
        news.until(|news| news["running"] == json!([1]));
        while serving.processes().is_empty() {
            thread::yield_now();
        }
        let processes = serving.processes();
        assert_eq!(serving.end(signal), Some(0));
        let lives = |pid: &&u32| fs::metadata(format!("/proc/{pid}")).is_ok();
        assert_eq!(processes.iter().find(lives), None);
    }
}

#[test]
fn a_directory_has_a_list_and_each_page_follows_its_own_notebook() {
    let other = "# Other\n\n[first](a.md#a-lesson)\n\n```rust job\nfn f() {}\n```\n\n```yaml spawn\njobs: [f()]\n```\n";
    let serving = Serving::start(&[("a.md", LESSON), ("b.md", other)], &["."]);
    let [mut first, mut second] = ["a.html", "b.html"].map(|page| serving.news(page));
    first.until_rest();
    second.until_rest();
    let list = serving.page("");
    assert!(list.contains("href=\"a.html\"") && list.contains("href=\"b.html\""));
    assert!(serving.page("b.html").contains("href=\"a.html#a-lesson\""));
    serving.save("b.md", &other.replace("# Other", "# Another"));
    second.until(|_| serving.page("b.html").contains("Another"));
}

#[test]
fn a_notebook_that_is_wrong_from_the_beginning_has_a_page_that_waits() {
    let serving = Serving::start(&[("a.md", &LESSON.replace("show: v.get()", "wrong: 1"))], &["a.md"]);
    let mut news = serving.news("a.html");
    let told = news.until(|news| news["errors"] != json!([]));
    assert!(told.last().expect("news")["errors"][0]["text"].as_str().expect("a text").contains("`wrong`"));
    assert!(serving.page("a.html").contains("live.js"));
    serving.save("a.md", LESSON);
    news.until_rest();
    assert!(serving.page("a.html").contains("hello"));
}

#[test]
fn code_beside_the_notebook_is_found_at_each_change() {
    let lesson = "```rust job\nfn tell() {\n    println!(\"{} 1\", include_str!(\"word.txt\"));\n}\n```\n\n```yaml spawn\njobs: [tell()]\n```\n";
    let serving = Serving::start(&[("a.md", lesson), ("word.txt", "beside")], &["a.md"]);
    let mut news = serving.news("a.html");
    news.until_rest();
    assert!(serving.page("a.html").contains("beside 1"));
    for n in 2..4 {
        serving.save("a.md", &lesson.replace(" 1\"", &format!(" {n}\"")));
        news.until(|news| news["running"] == json!([]) && serving.page("a.html").contains(&format!("beside {n}")));
    }
    // What is known of a run as a whole comes behind its last cell.
    while !serving.page("a.html").contains("compiled quickly, for editing") {
        thread::yield_now();
    }
    serving.save("a.md", &lesson.replace("word.txt", "other.txt"));
    let told = news.until(|news| news["errors"] != json!([]));
    let error = told.last().expect("news")["errors"][0]["text"].as_str().expect("a text").to_owned();
    assert!(error.contains("other.txt") && !error.contains("/code/"), "{error}");
}

#[test]
fn notebooks_that_come_are_listed_and_those_that_go_are_not() {
    let other = "# Other\n\n```rust job\nfn f() {}\n```\n";
    let serving = Serving::start(&[("a.md", LESSON)], &["."]);
    let mut list = serving.news("");
    let mut until = |page: &str, is_listed: bool| {
        let entry = format!("href=\"{page}\"");
        while serving.page("").contains(&entry) != is_listed {
            list.next();
        }
    };
    until("a.html", true);
    serving.save("b.md", other);
    until("b.html", true);
    assert!(serving.page("b.html").contains("Other"));
    // Prose is no notebook until it has a cell.
    serving.save("c.md", "# Prose\n");
    serving.save("c.md", other);
    until("c.html", true);
    fs::create_dir_all(serving.path("new/deep")).expect("a directory");
    serving.save("new/deep/d.md", other);
    until("new/deep/d.html", true);
    fs::rename(serving.path("b.md"), serving.path("e.md")).expect("renamed");
    until("b.html", false);
    until("e.html", true);
    fs::rename(serving.path("new"), serving.path("old")).expect("renamed");
    until("new/deep/d.html", false);
    until("old/deep/d.html", true);
    serving.save("old/deep/d.md", &other.replace("Other", "Moved and saved"));
    serving.news("old/deep/d.html").until(|_| serving.page("old/deep/d.html").contains("Moved and saved"));
    fs::remove_dir_all(serving.path("old")).expect("removed");
    until("old/deep/d.html", false);
    fs::create_dir_all(serving.path("old/deep")).expect("a directory");
    serving.save("old/deep/d.md", &other.replace("Other", "Back"));
    until("old/deep/d.html", true);
    serving.news("old/deep/d.html").until(|_| serving.page("old/deep/d.html").contains("Back"));
}

/// A lesson whose job writes into a file with which number it has run; its cells leave a value and a queue to each other.
fn lesson_that_counts() -> String {
    let count = "use std::io::Write;\n    let file = std::fs::File::options().append(true).create(true).open(\"ran\");\n    \
                 write!(file.unwrap(), \"{n}\").unwrap();\n    v.fetch_add(n);\n    q.put(n);";
    let lesson = LESSON.replace("fn add(v: Value<i32>, n: i32)", "fn add(v: Value<i32>, q: Queue<i32>, n: i32)");
    let lesson = lesson.replace("v.fetch_add(n);", count).replace("add(v, ", "add(v, q, ");
    lesson
        .replace("v: i32\n```", "v: i32\n```\n\n```yaml queue\nq: i32\n```")
        .replace("show: v.get()", "show: (v.get(), q.len())")
}

#[test]
fn a_cell_finds_what_those_before_it_have_left_and_they_do_not_run_again() {
    let lesson = lesson_that_counts() + "\n```yaml spawn\njobs:\n  - add(v, q, 3)\nshow: q.get()\n```\n";
    let serving = Serving::start(&[("a.md", &lesson)], &["a.md"]);
    let mut news = serving.news("a.html");
    news.until_rest();
    let ran = || fs::read_to_string(serving.path("ran")).expect("a file");
    let results = || shown(&serving.page("a.html")).iter().map(|it| support::page::text(it)).collect::<Vec<_>>();
    assert_eq!((ran().as_str(), results()), ("123", ["(1, 1)", "(3, 2)", "1"].map(str::to_owned).to_vec()));
    let mut save = |from: &str, to: &str| {
        serving.save("a.md", &lesson.replace(from, to));
        news.until(|news| news["running"] != json!([]));
        news.until_rest();
    };
    save("3)\nshow: q.get()", "4)\nshow: (v.get(), q.get())");
    assert_eq!((ran().as_str(), results()), ("1234", ["(1, 1)", "(3, 2)", "(7, 1)"].map(str::to_owned).to_vec()));
    // From the second on: the first is not among them.
    save("add(v, q, 2)", "add(v, q, 5)");
    assert_eq!((ran().as_str(), results()), ("123453", ["(1, 1)", "(6, 2)", "1"].map(str::to_owned).to_vec()));
    assert_eq!(serving.order("run?page=a.html&cell=6"), 204);
    news.until(|news| news["running"] != json!([]));
    news.until_rest();
    assert_eq!((ran().as_str(), results()), ("1234535", ["(1, 1)", "(6, 2)", "1"].map(str::to_owned).to_vec()));
    assert_eq!(serving.order("run-all?page=a.html"), 204);
    news.until(|news| news["running"] != json!([]));
    news.until_rest();
    assert_eq!(ran(), "1234535153");
}

#[test]
fn what_is_too_much_to_be_kept_is_made_again() {
    let lesson = "```rust job\nfn add(a: Array<u64>) {\n    use std::io::Write;\n    let file = \
                  std::fs::File::options().append(true).create(true).open(\"ran\");\n    write!(file.unwrap(), \
                  \"x\").unwrap();\n    a.set(0, a.get(0) + 1);\n}\n```\n\n```yaml array\na: {type: u64, len: 200000}\n```\n\n```yaml \
                  spawn\njobs: [add(a)]\n```\n\n```yaml spawn\njobs: [add(a)]\nshow: a.get(0)\n```\n";
    let serving = Serving::start(&[("a.md", lesson)], &["a.md"]);
    let mut news = serving.news("a.html");
    news.until_rest();
    serving.save("a.md", &lesson.replace("show: a.get(0)", "show: a.get(0) * 10"));
    news.until(|news| news["running"] != json!([]));
    news.until_rest();
    assert_eq!(fs::read_to_string(serving.path("ran")).expect("a file"), "xxxx");
    assert_eq!(shown(&serving.page("a.html")).iter().map(|it| support::page::text(it)).collect::<Vec<_>>(), ["20"]);
}

#[test]
fn a_file_that_a_cell_includes_is_followed_like_the_notebook() {
    let job = "```rust job\nfn tell() {\n    println!(\"told {}\", include_str!(\"word.txt\"));\n}\n```\n\n";
    let lesson = format!("{job}```yaml spawn\njobs: [tell()]\n```\n\n{}", LESSON.replace("# A lesson", ""));
    let serving = Serving::start(&[("a.md", &lesson), ("word.txt", "one")], &["a.md"]);
    let mut news = serving.news("a.html");
    news.until_rest();
    // Which files are included is known at the end of the run.
    while !serving.page("a.html").contains("compiled quickly, for editing") {
        news.next();
    }
    for word in ["two", "three"] {
        serving.save("word.txt", word);
        let told = news.until(|news| news["running"] != json!([]));
        let all: Vec<Value> = told.into_iter().chain(news.until_rest()).collect();
        assert_eq!(ran(&all), BTreeSet::from([0, 1]));
        assert!(serving.page("a.html").contains(&format!("told {word}<")));
    }
    serving.save("a.md", &lesson.replace("Some prose.", "The notebook is followed, too."));
    news.until(|_| serving.page("a.html").contains("is followed, too."));
}
