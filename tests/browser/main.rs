//! Pages in a real browser: what a reader sees at any width, in light and dark, with and without scripts.
//!
//! The tests stand behind the feature `browser`, because they need Chromium and, for two of them, tools from npm:
//! `.ci/run` installs both. Every lesson's page is looked at, and one that has everything a page can have.

mod chromium;
#[path = "../support/mod.rs"]
mod support;

use chromium::{Chromium, View};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use support::Run;

const LAYOUT: &str = include_str!("layout.js");
const WIDTHS: [u32; 3] = [360, 768, 1440];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages of all lessons and of `everything.md`, made once by running them.
fn pages() -> &'static [PathBuf] {
    static PAGES: OnceLock<Vec<PathBuf>> = OnceLock::new();
    PAGES.get_or_init(|| {
        let site = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
        let run = |notebooks: PathBuf, code: i32| {
            Run::new().args([notebooks.as_os_str(), "-o".as_ref(), site.as_os_str()]).run().code(code);
        };
        if site.exists() {
            fs::remove_dir_all(&site).expect("old pages can be removed");
        }
        run(root().join("notebooks"), 0);
        // It has cells that fail, to show how that looks.
        run(root().join("tests/browser/everything.md"), 1);
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

/// Looks at every page at every width, in light and dark; `check` is an expression that yields what is wrong.
fn look_at_all(check: &str) {
    let mut browser = Chromium::start();
    let mut wrong = Vec::new();
    for page in pages() {
        for (width, dark) in WIDTHS.into_iter().flat_map(|width| [(width, false), (width, true)]) {
            browser.open(page, View { width, dark, ..PLAIN });
            browser.eval(LAYOUT);
            // All that is folded is looked at as well, and the window holds the whole page.
            browser.eval("document.querySelectorAll('details').forEach((details) => { details.open = true; })");
            let height = browser.eval("document.documentElement.scrollHeight");
            let whole = serde_json::json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
            browser.call("Emulation.setDeviceMetricsOverride", whole);
            let found = browser.eval(check);
            let name = page.file_name().expect("a name").display();
            let theme = if dark { "dark" } else { "light" };
            for line in found.as_array().expect("a list").iter().take(12) {
                wrong.push(format!("{name} at {width}, {theme}: {}", line.as_str().expect("text")));
            }
        }
    }
    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn nothing_leaves_the_page_at_any_width() {
    look_at_all("nbrun.overflowing()");
}

#[test]
fn no_text_stands_on_another() {
    look_at_all("nbrun.overlapping()");
}

#[test]
fn every_text_stands_out_from_its_ground() {
    look_at_all("nbrun.faint()");
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
