//! A site in a real browser: read from a disk, and from a server below a path.

use crate::chromium::{Chromium, View};
use crate::support::{Outcome, Run};
use crate::{PLAIN, hold_whole, tool};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::thread;

const ONE: &str = "---\ntitle: Sharing a number\ndescription: What two workers do to one number\ntags: [race]\ndate: 2026-03-01\n\
                   ---\n\nSee [the queue](parts/two.md#a-queue), [what it says](parts/two.md), and [data](data.csv).\n\n\
                   ## Adding\n\n```rust job\nfn add(mut v: Value<i32>) {\n    v += 1;\n    println!(\"added\");\n}\n```\n\n\
                   ```yaml value\nv: i32\n```\n\n## Both at once\n\n```yaml spawn\njobs: [add(v), add(v)]\nshow: v.get()\n```\n";
const ONE_ZH: &str = "---\ntitle: 共享一个数\nlang: zh-CN\ndescription: 两个工人与一个数\n---\n\n多线程会争抢同一个数。\n\n\
                      ## 加一\n\n```rust job\nfn add(mut v: Value<i32>) {\n    v += 1;\n}\n```\n\n```yaml value\nv: i32\n```\n\n\
                      ## 一起来\n\n```yaml spawn\njobs: [add(v), add(v)]\n```\n";
const TWO: &str = "---\ntitle: A queue between workers\n---\n\n[Back](../one.md#adding) to the number.\n\n## A queue\n\n\
                   ```rust job\nfn puts(q: Queue<i64>) {\n    q.put(7);\n}\n```\n\n```yaml queue\nq: i64\n```\n\n## Its end\n\n\
                   ```yaml spawn\njobs: [puts(q)]\nshow: q.get()\n```\n";
const CONFIG: &str = "title: {en: A small course, zh: 小课程}\ndescription: Two lessons\nlanguages: [en, zh]\nfooter: \"*The end*\"\n\
                      lessons:\n  - one.md\n  - {part: Further, lessons: [parts/two.md]}\n";

/// The site, built once.
fn site() -> &'static Outcome {
    static SITE: OnceLock<Outcome> = OnceLock::new();
    SITE.get_or_init(|| {
        let files = [
            ("one.md", ONE),
            ("one.zh.md", ONE_ZH),
            ("parts/two.md", TWO),
            ("nbrun.yaml", CONFIG),
            ("data.csv", "a\n"),
        ];
        let run = files.into_iter().fold(Run::new(), |run, (name, text)| run.file(&format!("course/{name}"), text));
        run.args(["build", "course", "-o", "a site", "--deny-warnings"]).run().code(0)
    })
}

fn root() -> PathBuf {
    site().path("a site")
}

/// All pages of the site, by their paths.
fn pages() -> Vec<PathBuf> {
    let names = ["index.html", "index.zh.html", "one.html", "one.zh.html", "parts/two.html", "404.html"];
    names.map(|name| root().join(name)).into()
}

/// A directory on a server, below a path; returns its address.
pub fn serve(dir: PathBuf) -> String {
    let server = tiny_http::Server::http("127.0.0.1:0").expect("a server");
    let address = format!("http://{}/some/where/", server.server_addr());
    thread::spawn(move || {
        for request in server.incoming_requests() {
            let path = request.url().split(['?', '#']).next().and_then(|path| path.strip_prefix("/some/where/"));
            let path = path.map(|path| if path.is_empty() { "index.html" } else { path });
            let found = path.and_then(|path| Some((path.rsplit('.').next()?, fs::read(dir.join(path)).ok()?)));
            // The browser asks for an icon by itself.
            let Some((end, content)) = found else {
                let status = if request.url().ends_with("favicon.ico") { 204 } else { 404 };
                drop(request.respond(tiny_http::Response::empty(status)));
                continue;
            };
            let kind = match end {
                "html" => "text/html; charset=utf-8",
                "css" => "text/css",
                "js" => "text/javascript",
                _ => "text/plain",
            };
            let header = tiny_http::Header::from_bytes("Content-Type", kind).expect("a header");
            drop(request.respond(tiny_http::Response::from_data(content).with_header(header)));
        }
    });
    address
}

/// Follows every link of a site from its index, and returns the pages that were seen, by their addresses.
fn crawl(browser: &mut Chromium, start: &str, base: &str) -> BTreeSet<String> {
    let (mut next, mut places) = (vec![start.to_owned()], HashMap::new());
    let mut links: Vec<(String, String, String)> = Vec::new();
    while let Some(url) = next.pop() {
        if places.contains_key(&url) {
            continue;
        }
        browser.visit(&url);
        let troubles = browser.troubles().into_iter().filter(|trouble| {
            let is_ours = trouble.strip_prefix("requests ").is_some_and(|url| url.starts_with(base));
            !is_ours && !trouble.ends_with("favicon.ico")
        });
        assert_eq!(troubles.collect::<Vec<_>>(), [""; 0], "{url}");
        let ids = browser.eval("[...document.querySelectorAll('[id]')].map((element) => element.id)");
        places.insert(url.clone(), texts(&ids));
        let found = browser.eval("[...document.links].map((link) => link.href)");
        for link in texts(&found) {
            let (page, place) = link.split_once('#').unwrap_or((&link, ""));
            assert!(page.starts_with(base), "{url} leads to {link}");
            if page.ends_with(".html") {
                next.push(page.to_owned());
            }
            links.push((url.clone(), page.to_owned(), place.to_owned()));
        }
    }
    for (from, page, place) in links {
        match places.get(&page) {
            Some(ids) => {
                assert!(place.is_empty() || ids.iter().any(|id| *id == decoded(&place)), "{from}: {page}#{place}")
            }
            None => assert!(page.ends_with("/data.csv"), "{from} leads to {page}"),
        }
    }
    places.into_keys().collect()
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|text| text.as_str().expect("text").to_owned()).collect()
}

fn decoded(place: &str) -> String {
    percent_encoding::percent_decode_str(place).decode_utf8_lossy().into_owned()
}

#[test]
fn every_link_of_a_site_leads_somewhere_from_a_disk_and_from_a_server() {
    let mut browser = Chromium::start();
    let disk = format!("file://{}/", root().display()).replace(' ', "%20");
    let server = serve(root());
    for (start, base) in [(format!("{disk}index.html"), disk), (server.clone(), server)] {
        let seen = crawl(&mut browser, &start, &base);
        for page in ["index.zh.html", "one.html", "one.zh.html", "parts/two.html"] {
            assert!(seen.contains(&format!("{base}{page}")), "{page}: {seen:?}");
        }
    }
}

/// What a search for some words finds: the titles of the results, and the address that Enter leads to.
fn search(browser: &mut Chromium, words: &str) -> (Vec<String>, String) {
    let script = format!(
        "(async () => {{
            document.body.dispatchEvent(new KeyboardEvent('keydown', {{ key: '/', bubbles: true, cancelable: true }}));
            const input = document.activeElement;
            const list = document.getElementById('site_results');
            list.hidden = true;
            input.value = {words:?};
            input.dispatchEvent(new Event('input'));
            while (list.hidden) await new Promise((done) => setTimeout(done, 5));
            const titles = [...list.querySelectorAll('b')].map((title) => title.textContent);
            const chosen = list.querySelector('[aria-selected=true]');
            return [titles, chosen ? chosen.href : '', list.textContent, input.getAttribute('aria-activedescendant') ?? ''];
        }})()"
    );
    let found = browser.eval(&script);
    assert_eq!(found[3] == "", found[1] == "", "what is chosen is told: {found}");
    (texts(&found[0]), found[1].as_str().expect("an address").to_owned())
}

#[test]
fn a_search_finds_words_code_and_chinese_without_a_server() {
    let mut browser = Chromium::start();
    for (page, words, title, leads) in [
        ("one.html", "queue", "A queue between workers", "parts/two.html"),
        ("parts/two.html", "sharing numb", "Sharing a number", "one.html"),
        ("parts/two.html", "println", "Adding", "one.html#adding"),
        ("index.html", "quueue", "A queue between workers", "parts/two.html"),
        ("one.zh.html", "线程", "共享一个数", "one.zh.html"),
        ("one.zh.html", "数", "共享一个数", "one.zh.html"),
        ("index.zh.html", "加一", "加一", "one.zh.html#"),
    ] {
        browser.open(&root().join(page), PLAIN);
        let (titles, url) = search(&mut browser, words);
        assert!(titles.iter().any(|found| found == title), "{page}: {words} finds {titles:?}");
        assert!(url.contains(leads), "{page}: {words} leads to {url}");
    }
    let (titles, _) = search(&mut browser, "程线");
    assert_eq!(titles, [""; 0], "the order of characters counts");
    assert_eq!(browser.eval("document.querySelector('#site_search [role=status]').textContent"), "没有找到“程线”。");
}

#[test]
fn a_search_is_done_by_keys_alone() {
    let mut browser = Chromium::start();
    browser.open(&root().join("index.html"), PLAIN);
    let (titles, first) = search(&mut browser, "q");
    assert!(titles.len() > 1, "{titles:?}");
    let press = |key: &str| {
        format!(
            "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {{ key: '{key}', bubbles: true, cancelable: true }}))"
        )
    };
    let chosen = "document.querySelector('#site_results [aria-selected=true]')?.href ?? ''";
    browser.eval(&press("ArrowDown"));
    let second = browser.eval(chosen);
    assert_ne!(second, first.as_str());
    browser.eval(&press("ArrowUp"));
    assert_eq!(browser.eval(chosen), first.as_str());
    browser.eval(&press("ArrowUp"));
    browser.eval(&press("Escape"));
    assert_eq!(
        browser.eval("[document.getElementById('site_results').hidden, document.activeElement.tagName]"),
        serde_json::json!([true, "BODY"])
    );
    search(&mut browser, "q");
    let went = "new Promise((done) => { addEventListener('click', (click) => { click.preventDefault(); done(click.target.href); }); \
                PRESS; })";
    assert_eq!(browser.eval(&went.replace("PRESS", &press("Enter"))), first.as_str());
}

#[test]
fn a_site_reads_well_at_any_width_in_light_and_dark() {
    let mut browser = Chromium::start();
    let mut wrong = Vec::new();
    for page in pages() {
        for (width, dark) in [(360, false), (768, true), (1200, false), (1440, true)] {
            browser.open(&page, View { width, dark, script: true });
            hold_whole(&mut browser, width);
            for check in ["overflowing", "overlapping", "faint"] {
                let found = texts(&browser.eval(&format!("nbrun.{check}()")));
                wrong.extend(found.iter().map(|line| format!("{} at {width}: {check}: {line}", page.display())));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_course_opens_in_a_narrow_window_without_a_script() {
    let mut browser = Chromium::start();
    let page = root().join("one.html");
    browser.open(&page, View { width: 360, dark: false, script: false });
    let is_seen = "document.getElementById('site_course').checkVisibility()";
    assert_eq!(browser.eval(is_seen), false);
    browser.eval("document.querySelector('.bar .menu').click()");
    assert_eq!(browser.eval(is_seen), true);
    browser.eval("document.querySelector('.course .close').click()");
    assert_eq!(browser.eval(is_seen), false);
    assert_eq!(browser.eval("document.getElementById('site_search').checkVisibility()"), false, "it needs a script");
}

#[test]
fn a_reader_s_theme_goes_from_page_to_page() {
    let mut browser = Chromium::start();
    let paper = "getComputedStyle(document.body).backgroundColor";
    // From a server: pages of a disk may each have a process of their own, and Chromium can lose what one of them stores.
    let server = serve(root());
    browser.open(&root().join("one.html"), PLAIN);
    browser.visit(&format!("{server}one.html"));
    let light = browser.eval(paper);
    browser.eval("document.getElementById('theme').click()");
    let dark = browser.eval(paper);
    assert_ne!(light, dark);
    browser.go_to(&format!("{server}parts/two.html"));
    assert_eq!(browser.eval(paper), dark);
    // To a page that is open already, too.
    let other = "const other = document.body.appendChild(document.createElement('iframe')); other.src = '../one.html'; \
                 new Promise((done) => { other.onload = () => { \
                    other.contentDocument.getElementById('theme').click(); done(); } })";
    browser.eval(other);
    browser.until(&format!("{paper} === {light}"));
}

#[test]
fn axe_finds_no_barrier_on_a_site() {
    let axe = fs::read_to_string(tool("axe-core/axe.min.js")).expect("a script");
    let mut browser = Chromium::start();
    let mut wrong = Vec::new();
    for page in pages() {
        for width in [360, 1440] {
            browser.open(&page, View { width, ..PLAIN });
            browser.eval(&axe);
            let found = browser.eval(
                "axe.run({ resultTypes: ['violations'] }).then((found) => found.violations.flatMap((broken) =>
                   broken.nodes.slice(0, 5).map((node) => `${broken.id}: ${node.target.join(' ')}: ${node.failureSummary}`)))",
            );
            wrong.extend(texts(&found).iter().map(|line| format!("{} at {width}: {line}", page.display())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_of_a_site_is_valid_html() {
    let validator = tool("html-validate/bin/html-validate.mjs");
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/html-validate.json");
    let output =
        Command::new("node").arg(validator).arg("--config").arg(config).args(pages()).output().expect("Node.js");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}
