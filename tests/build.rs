//! `nbrun build`: a directory of notebooks as one site, tried with the whole program.

mod support;

use sha2::{Digest as _, Sha256};
use std::fs;
use support::{Outcome, Run};

const ONE: &str = "---\ntitle: One\ndescription: The first lesson\ntags: [easy]\ndate: 2026-03-01\n---\n\nLook at \
                   [the second](sub/two.md#there), at [a file](files/data.csv), and at [itself](#here).\n\n## Here\n\n\
                   ```rust job\nfn hello() {\n    println!(\"hello\");\n}\n```\n\n```yaml spawn\njobs: [hello()]\n```\n";
const ONE_ZH: &str = "---\ntitle: 一\nlang: zh-CN\ndate: 2026-03-02\n---\n\n多线程与锁。\n\n```rust job\nfn hello() {\n    \
                      println!(\"hello\");\n}\n```\n\n```yaml spawn\njobs: [hello()]\n```\n";
const TWO: &str = "# Two\n\n[Back](../one.md), or [more](/prose.md).\n\n## There\n\n```yaml queue\nq: i64\n```\n";
const PROSE: &str = "# More to read\n\nNothing runs here.\n";
const CONFIG: &str = "title: {en: A course, zh: 课程}\nlanguages: [en, zh]\nlessons:\n  - part: The second comes first\n    \
                      lessons: [sub/two.md, one.md]\n";

/// A course of two lessons, of which one is in two languages, and of prose that one leads to.
fn course() -> Run {
    Run::new()
        .file("c/one.md", ONE)
        .file("c/one.zh.md", ONE_ZH)
        .file("c/sub/two.md", TWO)
        .file("c/prose.md", PROSE)
        .file("c/other.md", "# Not part of it\n")
        .file("c/files/data.csv", "a,b\n")
        .args(["build", "c", "-o", "site"])
}

/// The files of a site, without those whose names hold a hash.
fn files(outcome: &Outcome) -> Vec<String> {
    let mut found = outcome.files("site");
    found.retain(|path| !path.starts_with("assets/"));
    found
}

#[test]
fn a_site_has_lessons_what_they_lead_to_and_an_index_in_each_language() {
    let outcome = course().file("c/nbrun.yaml", CONFIG).run().code(0);
    assert_eq!(
        files(&outcome),
        [
            ".nbrun-site.json",
            "404.html",
            "files/data.csv",
            "index.html",
            "index.zh.html",
            "one.html",
            "one.zh.html",
            "prose.html",
            "sub/two.html",
        ]
    );
    let one = outcome.text("site/one.html");
    for part in [
        "<a href=\"sub/two.html#there\">the second</a>",
        "<a href=\"files/data.csv\">a file</a>",
        "<a class=\"home\" href=\"index.html\">A course</a>",
        "<a rel=\"prev\" href=\"sub/two.html\">",
        "<a href=\"one.zh.html\" lang=\"zh\" hreflang=\"zh\">中文</a>",
        "<title>One · A course</title>",
    ] {
        assert!(one.contains(part), "{part}");
    }
    assert!(!one.contains("rel=\"next\"") && !one.contains("og:title") && !one.contains("canonical"));
    let two = outcome.text("site/sub/two.html");
    for part in ["<a href=\"../one.html\">Back</a>", "<a href=\"../prose.html\">more</a>", "href=\"../index.html\""] {
        assert!(two.contains(part), "{part}");
    }
    let index = outcome.text("site/index.html");
    let at = |part: &str| index.rfind(part).unwrap_or_else(|| panic!("{part}"));
    assert!(
        at("<h2>The second comes first</h2>") < at("href=\"sub/two.html\"")
            && at("href=\"sub/two.html\"") < at("href=\"one.html\"")
    );
    assert!(
        index.contains("The first lesson") && index.contains("<div class=\"thumb\""),
        "cards have texts and pictures"
    );
    // What is not translated is there in the main language.
    let chinese = outcome.text("site/index.zh.html");
    assert!(chinese.contains("href=\"one.zh.html\">一<") && chinese.contains("href=\"sub/two.html\" lang=\"en\">Two<"));
}

#[test]
fn the_readme_is_the_index_and_files_of_the_same_site_are_the_same() {
    let readme = "# Welcome\n\nBegin with [one](one.md).\n";
    let build = || course().file("c/README.md", readme).args(["--stable"]).run().code(0);
    let (first, second) = (build(), build());
    assert!(first.text("site/index.html").contains("Begin with <a href=\"one.html\">one</a>"));
    assert_eq!(files(&first), files(&second));
    for file in files(&first) {
        assert_eq!(first.text(&format!("site/{file}")), second.text(&format!("site/{file}")), "{file}");
    }
}

#[test]
fn a_page_has_the_language_that_only_its_name_says() {
    let unsaid = ONE_ZH.replace("lang: zh-CN\n", "");
    let outcome = course().file("c/one.zh.md", unsaid).run().code(0);
    assert!(outcome.text("site/one.zh.html").contains("<html lang=\"zh\">"));
    assert!(outcome.text("site/one.html").contains("<html lang=\"en\">"));
}

#[test]
fn a_link_that_leads_nowhere_is_a_warning_at_its_place_or_an_error() {
    let dead = "# A\n\n[x](gone.md) [y](one.md#gone) [z](../outside.md)\n";
    let run = || course().file("c/README.md", dead).file("outside.md", "x");
    let outcome = run().run().code(0);
    let outcome = outcome
        .stderr_has("c/README.md:3:5: warning: this link leads nowhere: there is no file `gone.md`")
        .stderr_has("c/README.md:3:18: warning: this link leads nowhere: the page of `c/one.md` has no place `#gone`")
        .stderr_has(
            "c/README.md:3:35: warning: this link leads nowhere: `../outside.md` is not in the site's directory",
        )
        .stderr_has("say as `source` in `nbrun.yaml` where the directory is to be read");
    let index = outcome.text("site/index.html");
    assert!(index.contains("<p>x <a href=\"one.html#gone\">y</a> z</p>"), "no dead link is on the page");
    let denied = run().args(["--deny-warnings"]).run().code(2);
    assert!(!denied.path("site").exists(), "nothing is written");
    let sourced = run().file("c/nbrun.yaml", "source: https://example.org/blob/c\n").run().code(0);
    assert!(sourced.text("site/index.html").contains("<a href=\"https://example.org/blob/outside.md\">z</a>"));
    assert!(sourced.text("site/one.html").contains("<a href=\"https://example.org/blob/c/one.md\">Source</a>"));
}

#[test]
fn links_of_the_footer_lead_from_every_page_and_belong_to_the_site() {
    let footer =
        "footer: {en: '[About](about.md#us) [d](files/data.csv) [w](https://e.org)', zh: '[关于](/about.md)'}\n";
    let run = || course().file("c/about.md", "# About\n\n## Us\n").file("c/nbrun.yaml", format!("{CONFIG}{footer}"));
    let outcome = run().args(["--deny-warnings"]).run().code(0);
    for (page, link) in [
        (
            "one.html",
            "<a href=\"about.html#us\">About</a> <a href=\"files/data.csv\">d</a> <a href=\"https://e.org\">w",
        ),
        ("sub/two.html", "<a href=\"../about.html#us\">About</a> <a href=\"../files/data.csv\">d</a>"),
        ("index.html", "<a href=\"about.html#us\">About</a>"),
        ("one.zh.html", "<a href=\"about.html\">关于</a>"),
        ("404.html", "<a href=\"about.html#us\">About</a>"),
    ] {
        assert!(outcome.text(&format!("site/{page}")).contains(link), "{page}");
    }
    let dead =
        run().file("c/nbrun.yaml", "title: T\nfooter: >\n  [us](about.md#them)\n  and [me](../me.md)\n").run().code(0);
    let dead =
        dead.stderr_has("c/nbrun.yaml:3:8: warning: this link leads nowhere: the page of `c/about.md` has no place");
    let dead = dead.stderr_has("c/nbrun.yaml:4:12: warning: this link leads nowhere: there is no file `../me.md`");
    assert!(dead.text("site/one.html").contains("<a href=\"about.html#them\">us</a> and me</p>"));
}

/// The first bytes of a picture, by which its kind is known.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

#[test]
fn previews_and_cards_show_the_image_that_an_author_chose() {
    let with = |image: &str| ONE.replace("title: One\n", &format!("title: One\nimage: {image}\n"));
    let run = |image: &str, of_site: &str| {
        let course = course().file("c/one.md", with(image)).file("c/img/a b.png", PNG).file("c/site.png", PNG);
        course.file("c/nbrun.yaml", format!("{CONFIG}base: https://example.org/course\nimage: {of_site}\n"))
    };
    let outcome = run("img/a b.png", "/site.png").run().code(0).file("site/img/a b.png").file("site/site.png");
    let of = |page: &str| {
        let page = outcome.text(page);
        page.split("og:image\" content=\"").nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned)
    };
    assert_eq!(of("site/one.html").as_deref(), Some("https://example.org/course/img/a%20b.png"));
    assert_eq!(of("site/sub/two.html").as_deref(), Some("https://example.org/course/site.png"));
    let index = outcome.text("site/index.html");
    assert!(index.contains("<img src=\"img/a%20b.png\" alt=\"\"") && index.contains("<div class=\"thumb\""), "{index}");
    let page = run("https://e.org/x.png", "site.png").run().code(0).text("site/one.html");
    assert!(page.contains("<meta property=\"og:image\" content=\"https://e.org/x.png\">"));
    let wrong = run("../x.svg", "none.png").file("x.svg", "<svg/>").run().code(2);
    wrong
        .stderr_has("c/nbrun.yaml:7:8: error: the image `none.png` cannot be read")
        .stderr_has("c/one.md:3:8: error: the image `../x.svg` is none that previews of links show")
        .stderr_has("it may be PNG, JPEG, GIF or WebP");
}

#[test]
fn what_is_wrong_with_the_configuration_keeps_all_from_being_written() {
    for (config, wrong) in [
        ("titel: a\n", "c/nbrun.yaml:1:1: error: `nbrun.yaml` has no key `titel`"),
        ("lessons: [one.md, tow.md]\n", "c/nbrun.yaml:1:19: error: there is no lesson `tow.md`"),
        ("lessons: [one.md, one.zh.md]\n", "c/nbrun.yaml:1:19: error: the lesson `one.zh.md` is listed twice"),
        ("- one.md\n", "c/nbrun.yaml:1:1: error: `nbrun.yaml` is a mapping, and this is a list"),
    ] {
        let outcome = course().file("c/nbrun.yaml", config).run().code(2).stderr_has(wrong);
        assert!(!outcome.path("site").exists(), "{config}");
    }
    Run::new().args(["build", ".", "-o", "."]).run().code(2).stderr_has("the site would stand among its notebooks");
    Run::new().args(["build", ".", "-o", "s"]).run().code(2).stderr_has("there is no notebook in the directory `.`");
    Run::new().args(["build", "none", "-o", "s"]).run().code(2).stderr_has("`none` is not a directory");
}

#[test]
fn files_of_the_last_build_go_and_all_others_stay() {
    let outcome = course().run().code(0);
    fs::write(outcome.path("site/mine.txt"), "mine").expect("a file");
    fs::write(outcome.path("site/sub/two.html"), "changed by hand").expect("a file");
    fs::remove_file(outcome.path("c/sub/two.md")).expect("a lesson");
    fs::write(outcome.path("c/one.md"), ONE.replace("[a file](files/data.csv)", "nothing")).expect("a lesson");
    let outcome = outcome.again().args(["build", "c", "-o", "site"]).run().code(0);
    let found = files(&outcome);
    assert!(!found.contains(&"files/data.csv".to_owned()) && !outcome.path("site/files").exists(), "{found:?}");
    assert_eq!(outcome.text("site/mine.txt"), "mine");
    assert_eq!(outcome.text("site/sub/two.html"), "changed by hand");
}

#[test]
fn a_file_that_no_build_wrote_is_never_replaced() {
    let outcome = course().file("site/one.html", "mine").run().code(2);
    let outcome =
        outcome.stderr_has("cannot write `site/one.html`: it is there already, and no build of nbrun wrote it");
    assert_eq!(files(&outcome), ["one.html"]);
    assert_eq!(outcome.text("site/one.html"), "mine");
    course().file("site/.nbrun-site.json", "{}").run().code(2).stderr_has("`site/.nbrun-site.json` is damaged");
    let clash = ONE.replace("files/data.csv", "404.html");
    course()
        .file("c/one.md", clash)
        .file("c/404.html", "x")
        .run()
        .code(2)
        .stderr_has("the file `404.html` would stand");
}

#[test]
fn a_page_of_a_single_file_has_its_own_theme() {
    let outcome = course().args(["--single-file"]).run().code(0);
    let page = outcome.text("site/one.html");
    assert!(page.contains("<style>") && !page.contains("rel=\"stylesheet\"") && !page.contains("<script src="));
    assert!(!course().run().text("site/one.html").contains("<style>"));
}

#[test]
fn a_lesson_that_fails_has_its_page_and_the_build_says_so() {
    let wrong = "```yaml value\nv: i32\n```\n\n```yaml spawn\njobs: [v.set(2)]\nassert: v.get() == 1\n```\n";
    let outcome = course().file("c/wrong.md", wrong).run().code(1);
    assert!(outcome.text("site/wrong.html").contains("1 of 2\u{a0}cells failed"));
}

#[test]
fn of_a_notebook_that_is_not_trusted_nothing_is_copied() {
    let outcome = course().args(["--sandbox=best-effort"]).run().code(0);
    let page = outcome.text("site/one.html");
    assert!(!files(&outcome).contains(&"files/data.csv".to_owned()) && page.contains(", at a file, and"));
    assert!(page.contains("script-src 'sha256-") && page.contains("'self' file:"));
}

#[test]
fn a_site_with_an_address_has_a_map_feeds_and_previews() {
    let config = format!("{CONFIG}base: https://example.org/course\n");
    let outcome = course().file("c/nbrun.yaml", config).run().code(0);
    let map = outcome.text("site/sitemap.xml");
    assert!(map.contains("<loc>https://example.org/course/sub/two.html</loc>") && !map.contains("404"), "{map}");
    assert!(outcome.text("site/feed.xml").contains("<title>One</title>"));
    assert!(outcome.text("site/feed.zh.xml").contains("<id>https://example.org/course/one.zh.html</id>"));
    let page = outcome.text("site/one.html");
    for part in [
        "<meta property=\"og:url\" content=\"https://example.org/course/one.html\">",
        "<link rel=\"canonical\" href=\"https://example.org/course/one.html\">",
        "<link rel=\"alternate\" hreflang=\"zh\" href=\"https://example.org/course/one.zh.html\">",
        "<link rel=\"alternate\" type=\"application/atom+xml\" href=\"feed.xml\">",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(outcome.text("site/404.html").contains("href=\"/course/index.html\""));
}

/// Where the records of the course are kept, as git would.
const RECORDS: [&str; 2] = ["--records", "records"];

#[test]
fn a_site_is_built_from_records_without_a_compiler() {
    let outcome = course().args(RECORDS).run().code(0);
    for record in ["one", "one.zh", "sub/two"] {
        assert!(outcome.path(&format!("records/{record}.json")).is_file(), "{record}");
    }
    let prose = ONE.replace("Look at", "Now look at");
    let again = outcome.again().file("c/one.md", prose).args(["build", "c", "-o", "site"]).args(RECORDS);
    let outcome = again.env("RUSTC", "/nowhere/rustc").env("PATH", "/nowhere").run().code(0);
    let page = outcome.text("site/one.html");
    assert!(page.contains("Now look at") && page.contains(">hello<") && !page.contains("which may give other results"));
    // What is not recorded needs the compiler.
    let again =
        outcome.again().file("c/one.md", ONE.replace("\"hello\"", "\"bye\"")).args(["build", "c", "-o", "site"]);
    again.args(RECORDS).env("RUSTC", "/nowhere/rustc").env("PATH", "/nowhere").run().code(2);
}

#[test]
fn a_page_says_that_its_record_is_of_another_nbrun_or_compiler() {
    let outcome = course().args(RECORDS).run().code(0);
    for record in ["one", "one.zh"] {
        let path = outcome.path(&format!("records/{record}.json"));
        let text = fs::read_to_string(&path).expect("a record");
        let ours = format!("\"nbrun\":\"{}\"", env!("CARGO_PKG_VERSION"));
        let text = text.replace(&ours, "\"nbrun\":\"0.0.1\"").replace("\"rustc\":\"rustc ", "\"rustc\":\"rustc 0.");
        fs::write(&path, text).expect("a record");
    }
    let outcome = outcome.again().args(["build", "c", "-o", "site"]).args(RECORDS).run().code(0);
    let page = outcome.text("site/one.html");
    assert!(page.contains("The run was recorded with nbrun 0.0.1. The page was made where there is nbrun"));
    assert!(page.contains("The run was recorded with rustc 0."));
    assert!(outcome.text("site/one.zh.html").contains("这次运行由 <span lang=\"en\">nbrun 0.0.1</span> 记录"));
    assert!(!outcome.text("site/sub/two.html").contains("The run was recorded with nbrun 0.0.1"));
}

/// Replaces a page of a site by another one, in the list of what nbrun wrote, too.
fn replace_page(outcome: &Outcome, name: &str, page: &str) {
    let sha256 = |text: &str| Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let list = outcome.text("site/.nbrun-site.json");
    let old = fs::read_to_string(outcome.path(name)).expect("a page");
    let list = list.replace(&sha256(&old), &sha256(page));
    fs::write(outcome.path("site/.nbrun-site.json"), list).expect("the list");
    fs::write(outcome.path(name), page).expect("the page");
}

#[test]
fn a_page_is_made_again_only_if_what_it_is_made_from_has_changed() {
    let build = |outcome: Outcome| outcome.again().args(["build", "c", "-o", "site"]).args(RECORDS);
    let outcome = build(course().args(RECORDS).run().code(0)).run().code(0);
    let (page, marked) = (outcome.text("site/one.html"), "<p>as the last build made it");
    replace_page(&outcome, "site/one.html", marked);
    let outcome = build(outcome).run().code(0).file_is("site/one.html", marked);
    // Somebody else has written into it.
    fs::write(outcome.path("site/one.html"), "<p>damaged").expect("the page");
    let outcome = build(outcome).run().code(0).file_is("site/one.html", &page);
    replace_page(&outcome, "site/one.html", marked);
    let outcome = build(outcome).file("c/one.md", ONE.replace("Look at", "See")).run().code(0);
    assert!(outcome.text("site/one.html").contains("See <a"));
    // Another title of a lesson stands in the sidebar of this one.
    replace_page(&outcome, "site/one.html", marked);
    let outcome = build(outcome).file("c/sub/two.md", TWO.replace("# Two", "# Three")).run().code(0);
    assert!(outcome.text("site/one.html").contains("Three"));
    replace_page(&outcome, "site/one.html", marked);
    let record = outcome.text("records/one.json").replace("hello", "holla");
    let outcome = build(outcome).file("records/one.json", record).run().code(0);
    assert!(outcome.text("site/one.html").contains("holla"));
}

#[test]
fn a_record_that_its_summary_does_not_fit_is_not_used() {
    let outcome = course().args(RECORDS).run().code(0);
    let record = outcome.text("records/one.json");
    let (summary, whole) = record.trim_end().split_once('\n').expect("two lines");
    let whole = whole.replacen("\"passed\"", "\"failed\"", 1);
    let again = outcome.again().file("records/one.json", format!("{summary}\n{whole}\n"));
    let outcome = again.args(["build", "c", "-o", "site"]).args(RECORDS).run().code(0);
    assert_eq!(outcome.text("records/one.json").matches("\"failed\"").count(), 0);
    outcome.stderr_lacks("one.md is used again");
}

#[test]
fn parts_leave_records_that_a_build_collects() {
    let part = |part: &str| {
        Run::new()
            .file("c/one.md", ONE)
            .file("c/one.zh.md", ONE_ZH)
            .file("c/sub/two.md", TWO)
            .args(["build", "c", "--shard", part])
            .args(RECORDS)
    };
    let [first, second] = ["1/2", "2/2"].map(|number| part(number).run().code(0));
    for (outcome, records) in [(&first, ["one.json", "sub/two.json"].as_slice()), (&second, &["one.zh.json"])] {
        let all = ["one.json", "one.zh.json", "sub/two.json"];
        let found: Vec<&str> = all.into_iter().filter(|name| outcome.path("records").join(name).is_file()).collect();
        assert_eq!(found, records);
        assert!(!outcome.path("site").exists());
    }
    let taken = fs::read(second.path("records/one.zh.json")).expect("a record");
    let all = first.again().file("records/one.zh.json", taken).args(["build", "c", "-o", "site"]).args(RECORDS);
    all.env("RUSTC", "/nowhere/rustc").env("PATH", "/nowhere").run().code(0).file("site/one.zh.html");
    part("3/2").run().code(2).stderr_has("write which part of how many");
    part("1/2").args(["-o", "site"]).run().code(2);
}
