//! Pages in a real browser: what a reader sees at any width, in light and dark, with and without scripts.
//!
//! `cargo test` leaves these tests out unless they are named, because they need Chromium and, for two of them, tools from npm:
//! `.ci/run` installs both. Every lesson's page is looked at, and one that has everything a page can have.

mod chromium;
mod live;
mod pictures;
mod player;
mod reading;
mod site;
#[path = "../support/mod.rs"]
mod support;

use chromium::{Chromium, View};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::thread;
use support::Run;

const LAYOUT: &str = include_str!("layout.js");
const WIDTHS: [u32; 3] = [360, 768, 1440];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages of all lessons, of `everything.md`, and of `stress.md`, which has too much of everything, made once by running them.
fn pages() -> &'static [PathBuf] {
    static PAGES: OnceLock<Vec<PathBuf>> = OnceLock::new();
    PAGES.get_or_init(|| {
        let site = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
        let run = |notebook: PathBuf, code: i32| {
            Run::new().args([notebook.as_os_str(), "-o".as_ref(), site.as_os_str()]).run().code(code);
        };
        if site.exists() {
            fs::remove_dir_all(&site).expect("old pages can be removed");
        }
        // One by one, since each run has a time of its own to be done in.
        for lesson in fs::read_dir(root().join("notebooks")).expect("the lessons") {
            let lesson = lesson.expect("a lesson").path();
            if lesson.extension().is_some_and(|is| is == "md") {
                run(lesson, 0);
            }
        }
        // It has cells that fail, to show how that looks.
        run(root().join("tests/browser/everything.md"), 1);
        run(root().join("tests/browser/stress.md"), 0);
        let found = fs::read_dir(&site).expect("the pages are there").map(|entry| entry.expect("a page").path());
        let mut pages: Vec<PathBuf> = found.filter(|page| page.extension().is_some_and(|is| is == "html")).collect();
        pages.sort();
        assert!(pages.len() >= 6, "{pages:?}");
        pages
    })
}

fn everything() -> &'static Path {
    pages().iter().find(|page| page.ends_with("everything.html")).expect("it has been made")
}

const PLAIN: View = View { width: 1000, dark: false, script: true };

/// Lets the window hold the whole page, with all that is folded, to be looked at.
fn hold_whole(browser: &mut Chromium, width: u32) {
    browser.eval(LAYOUT);
    browser.eval("document.querySelectorAll('details').forEach((details) => { details.open = true; })");
    let height = browser.eval("document.documentElement.scrollHeight");
    let whole = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
    browser.call("Emulation.setDeviceMetricsOverride", whole);
}

/// What is wrong with the layout of any page at any width, in light or dark: which check found it, and what.
fn findings() -> &'static [(String, String)] {
    static FOUND: OnceLock<Vec<(String, String)>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let (first, second) = pages().split_at(pages().len() / 2);
        thread::scope(|scope| {
            let halves = [first, second].map(|half| scope.spawn(move || findings_on(half)));
            halves.into_iter().flat_map(|half| half.join().expect("pages can be looked at")).collect()
        })
    })
}

fn findings_on(pages: &[PathBuf]) -> Vec<(String, String)> {
    let mut browser = Chromium::start();
    let mut found = Vec::new();
    for page in pages {
        for (width, dark) in WIDTHS.into_iter().flat_map(|width| [(width, false), (width, true)]) {
            browser.open(page, View { width, dark, ..PLAIN });
            hold_whole(&mut browser, width);
            let name = page.file_name().expect("a name").display();
            let theme = if dark { "dark" } else { "light" };
            for check in ["overflowing", "overlapping", "faint"] {
                let lines = browser.eval(&format!("nbrun.{check}()"));
                let lines = lines.as_array().expect("a list").iter().filter_map(|line| line.as_str());
                found.extend(
                    lines.take(12).map(|line| (check.to_owned(), format!("{name} at {width}, {theme}: {line}"))),
                );
            }
        }
    }
    found
}

/// That one of the checks finds nothing.
#[track_caller]
fn finds_nothing(check: &str) {
    let found = findings().iter().filter(|(by, _)| by == check).map(|(_, line)| line.as_str());
    let found: Vec<&str> = found.collect();
    assert!(found.is_empty(), "{} things are wrong:\n{}", found.len(), found.join("\n"));
}

#[test]
fn nothing_leaves_the_page_at_any_width() {
    finds_nothing("overflowing");
}

#[test]
fn no_text_stands_on_another() {
    finds_nothing("overlapping");
}

#[test]
fn every_text_stands_out_from_its_ground() {
    finds_nothing("faint");
}

#[test]
fn the_checks_of_the_layout_find_what_is_wrong() {
    let wrong = "<!DOCTYPE html><html lang=\"en\"><title>x</title><body style=\"background: #fff\">\
                 <p style=\"width: 3000px\">wide</p><p style=\"color: #999\">faint</p>\
                 <p style=\"position: absolute; top: 200px\">one</p><p style=\"position: absolute; top: 200px\">two</p>\
                 <svg width=\"100\" height=\"20\"><rect width=\"100\" height=\"20\" fill=\"#777\"/>\
                 <text x=\"5\" y=\"15\" fill=\"#000\">label</text></svg>\
                 <svg width=\"100\" height=\"20\"><text x=\"90\" y=\"15\">outside</text></svg>";
    let dir = tempfile::tempdir().expect("a temporary directory");
    let page = dir.path().join("wrong.html");
    fs::write(&page, wrong).expect("a page");
    let mut browser = Chromium::start();
    browser.open(&page, PLAIN);
    browser.eval(LAYOUT);
    let mut found =
        |check: &str| browser.eval(&format!("nbrun.{check}().join('\\n')")).as_str().unwrap_or("").to_owned();
    let overflowing = found("overflowing");
    assert!(overflowing.contains("sideways") && overflowing.contains("“wide”"), "{overflowing}");
    assert!(overflowing.contains("leaves its picture: svg > text “outside”"), "{overflowing}");
    assert_eq!(found("overlapping"), "p “one” and p “two”");
    let faint = found("faint");
    assert!(faint.contains("2.85: p “faint”") && !faint.contains("label"), "{faint}");
}

#[test]
fn a_page_requests_nothing_and_complains_about_nothing() {
    let mut browser = Chromium::start();
    for page in pages() {
        for script in [true, false] {
            browser.open(page, View { script, ..PLAIN });
            assert_eq!(browser.troubles(), [""; 0], "{}", page.display());
        }
    }
}

/// A file of an npm package that `.ci/run` has installed.
fn tool(path: &str) -> PathBuf {
    let found = root().join("target/browser-tools/node_modules").join(path);
    assert!(
        found.exists(),
        "the browser tests need npm's packages of tests/browser/package.json: `.ci/run tools` installs them below target"
    );
    found
}

#[test]
fn axe_finds_no_barrier_on_any_page() {
    let axe = fs::read_to_string(tool("axe-core/axe.min.js")).expect("a script");
    let mut browser = Chromium::start();
    let mut wrong = Vec::new();
    for page in pages() {
        for (width, dark) in [(360, false), (1440, true)] {
            browser.open(page, View { width, dark, ..PLAIN });
            browser.eval(&axe);
            let found = browser.eval(
                "axe.run({ resultTypes: ['violations'] }).then((found) => found.violations.flatMap((broken) =>
                   broken.nodes.slice(0, 5).map((node) => `${broken.id}: ${node.target.join(' ')}: ${node.failureSummary}`)))",
            );
            let name = page.file_name().expect("a name").display();
            let found = found.as_array().expect("a list");
            wrong.extend(found.iter().map(|line| format!("{name} at {width}: {}", line.as_str().expect("text"))));
        }
    }
    assert!(wrong.is_empty(), "{} barriers:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_page_is_valid_html() {
    let validator = tool("html-validate/bin/html-validate.mjs");
    let mut node = Command::new("node");
    node.arg(validator).arg("--config").arg(root().join("tests/browser/html-validate.json")).args(pages());
    let output = node.output().expect("the browser tests need Node.js: on Debian, `apt-get install nodejs npm`");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_theme_follows_the_reader_and_a_button() {
    let mut browser = Chromium::start();
    let paper = "getComputedStyle(document.body).backgroundColor";
    browser.open(everything(), View { dark: true, ..PLAIN });
    let dark = browser.eval(paper);
    browser.open(everything(), PLAIN);
    let light = browser.eval(paper);
    assert_ne!(dark, light);
    browser.eval("document.getElementById('theme').click()");
    assert_eq!(browser.eval(paper), dark);
    browser.eval("document.getElementById('theme').click()");
    assert_eq!(browser.eval(paper), light);
}

#[test]
fn the_contents_follow_the_reader() {
    let mut browser = Chromium::start();
    browser.open(everything(), View { width: 1440, ..PLAIN });
    browser.eval("scrollTo({ top: document.getElementById('more').offsetTop, behavior: 'instant' })");
    // The mark is set in the frame after the next.
    browser.eval("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))");
    assert_eq!(browser.eval("document.querySelector('.side [aria-current]').textContent"), "More");
}

#[test]
fn a_line_that_is_spoken_of_leads_to_its_code_and_lights_it_up() {
    let page = pages().iter().find(|page| page.ends_with("race.html")).expect("the lesson");
    let mut browser = Chromium::start();
    browser.open(page, View { script: false, ..PLAIN });
    let lit = "(() => {
        const link = document.querySelector('.races a.line');
        link.click();
        const line = document.querySelector(':target');
        const [number, style] = [Number(line.id.slice(1)), getComputedStyle(line, '::before')];
        const first = number - [...line.parentElement.children].indexOf(line);
        return [line.matches('.source code > span'), `#${line.id}` === link.getAttribute('href'),
            getComputedStyle(line).backgroundColor !== getComputedStyle(line.parentElement).backgroundColor,
            style.content.includes('counter(line)') && getComputedStyle(line.closest('pre')).counterReset === `line ${first - 1}`,
            line.textContent.includes(number)];
    })()";
    assert_eq!(browser.eval(lit), json!([true, true, true, true, false]), "its number is no part of the code");
}
