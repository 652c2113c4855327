//! `nbrun serve` under what editors and readers do to it: many saves, saved in many ways, several readers, many notebooks.

mod support;

use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use support::serving::Serving;

/// A lesson whose job writes its number into a file each time it runs.
fn numbered(number: usize) -> String {
    format!(
        "# Number {number}\n\n```rust job\nfn tell() {{\n    use std::io::Write;\n    let file = \
         std::fs::File::options().append(true).create(true).open(\"ran\");\n    writeln!(file.unwrap(), \
         \"{number}\").unwrap();\n    println!(\"said {number}\");\n}}\n```\n\n```yaml spawn\njobs: [tell()]\n```\n"
    )
}

/// Saves a file as some editor does.
fn save(serving: &Serving, text: &str, way: usize) {
    let (file, other) = (serving.path("a.md"), serving.path("a.md~"));
    match way % 4 {
        // In place, as nano and vim with `backupcopy=yes` do.
        0 => serving.save("a.md", text),
        // A new file in the place of the old one, as VS Code and Zed do.
        1 => {
            fs::write(&other, text).expect("written");
            fs::rename(&other, &file).expect("renamed");
        }
        // The old file becomes the backup of a new one, as with Emacs and vim.
        2 => {
            fs::rename(&file, &other).expect("renamed");
            fs::write(&file, text).expect("written");
        }
        // Gone, and there again.
        _ => {
            fs::remove_file(&file).expect("removed");
            fs::write(&file, text).expect("written");
        }
    }
}

#[test]
fn after_many_saves_the_last_text_has_run_once_and_none_has_run_twice() {
    let serving = Serving::start(&[("a.md", &numbered(0))], &["a.md"]);
    let mut news = serving.news("a.html");
    const LAST: usize = 60;
    for number in 1..=LAST {
        save(&serving, &numbered(number), number);
        if number % 20 == 0 {
            // Some of them come to their end before the next is saved.
            while !serving.page("a.html").contains(&format!("said {number}<")) {
                news.next();
            }
        }
    }
    news = serving.news("a.html");
    news.until_rest();
    assert!(serving.page("a.html").contains(&format!("said {LAST}<")));
    let ran = fs::read_to_string(serving.path("ran")).expect("a file");
    let all: Vec<&str> = ran.lines().collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{all:?}");
    assert_eq!(all.last(), Some(&"60"));
    // What ends is waited for, and nothing else begins.
    while !serving.processes().is_empty() {
        std::thread::yield_now();
    }
}

#[test]
fn several_readers_hear_the_same_and_one_that_leaves_is_not_missed() {
    let serving = Serving::start(&[("a.md", &numbered(0))], &["a.md"]);
    let [mut first, mut second, mut third] = [0; 3].map(|_| serving.news("a.html"));
    for news in [&mut first, &mut second, &mut third] {
        news.until_rest();
    }
    drop(third);
    for number in 1..4 {
        serving.save("a.md", &numbered(number));
        let mut versions = [&mut first, &mut second].map(|news| {
            let told = news.until(|news| news["running"] != json!([]));
            news.until_rest();
            told.last().expect("news")["version"].clone()
        });
        assert_eq!(versions[0].take(), versions[1].take());
    }
    assert!(serving.page("a.html").contains("said 3<"));
}

#[test]
fn fifty_notebooks_come_to_rest_and_a_change_of_one_leaves_the_others() {
    let names: Vec<String> = (0..50).map(|number| format!("n{number}.md")).collect();
    // Their cells are the same, so that one call of the compiler does for all.
    let files: Vec<(&str, String)> =
        names.iter().map(|name| (name.as_str(), format!("{name}\n\n{}", numbered(0)))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let serving = Serving::start(&files, &["."]);
    for name in &names {
        serving.news(&name.replace(".md", ".html")).until_rest();
    }
    assert_eq!(fs::read_to_string(serving.path("ran")).expect("a file").lines().count(), 50);
    let mut changed = serving.news("n7.html");
    serving.save("n7.md", &numbered(7));
    changed.until(|news| news["running"] != json!([]));
    changed.until_rest();
    let ran = fs::read_to_string(serving.path("ran")).expect("a file");
    assert_eq!(ran.lines().filter(|line| *line == "7").count(), 1);
    assert_eq!(ran.lines().count(), 51);
    let list = serving.page("");
    assert_eq!(
        names.iter().filter(|name| list.contains(&format!("href=\"{}\"", name.replace(".md", ".html")))).count(),
        50
    );
}
