//! How soon a saved change is on the page that `nbrun serve` shows: from the moment before the file is written to the moment in which the
//! browser has changed the page. The first lesson is served, with a job and a spec at its end that take no time themselves.
//!
//! Where there is no Chromium, the page is asked for as a browser would ask for it, and nobody shows it.

#[path = "../../tests/browser/chromium.rs"]
#[allow(dead_code, reason = "the tests of pages use more of it")]
mod chromium;
#[path = "../common/mod.rs"]
mod common;
#[path = "../../tests/support/serving.rs"]
#[allow(dead_code, reason = "the tests of the server use more of it")]
mod serving;

use chromium::Chromium;
use common::table::{ms, print, verdict};
use common::{machine, median};
use serving::{News, Serving};
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

const ROUNDS: usize = 15;

/// What stands in the part of the lesson that is edited.
struct Edit {
    prose: usize,
    spec: usize,
    job: usize,
}

/// Who looks at the page.
enum Reader {
    Browser(Box<Chromium>),
    Nobody(News),
}

fn main() {
    println!("{}", machine::describe());
    let rounds = common::rounds(ROUNDS);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("notebooks/multiprocessing.md");
    let lesson = fs::read_to_string(source).expect("the lesson");
    let mut edit = Edit { prose: 0, spec: 0, job: 0 };
    let serving = Serving::start(&[("a.md", &edit.applied_to(&lesson))], &["a.md"]);
    let mut news = serving.news("a.html");
    news.until_rest();
    let mut reader = match chromium::find() {
        Some(_) => {
            let mut browser = Chromium::start();
            browser.visit(&serving.address);
            Reader::Browser(Box::new(browser))
        }
        None => Reader::Nobody(news),
    };
    let by = if matches!(reader, Reader::Browser(_)) { "in Chromium" } else { "as it is sent: there is no Chromium" };
    let mut all = [Vec::new(), Vec::new(), Vec::new()];
    // The first round wakes everything up.
    for round in 0..=rounds {
        for (kind, times) in all.iter_mut().enumerate() {
            let number = [&mut edit.prose, &mut edit.spec, &mut edit.job];
            *number.into_iter().nth(kind).expect("a kind") = 1000 + round;
            let wanted = edit.wanted(kind);
            reader.look_for(&wanted);
            let text = edit.applied_to(&lesson);
            let saved = now();
            serving.save("a.md", &text);
            let took = reader.seen(&serving, &wanted) - saved;
            reader.until_rest(&serving);
            if round > 0 {
                times.push(took);
            }
        }
    }
    let rows = all.iter().zip([("prose", 150.0), ("a spec", 300.0), ("a job", 400.0)]).map(|(times, (what, goal))| {
        let worst = times.iter().copied().fold(0.0, f64::max);
        let middle = median(times);
        vec![what.to_owned(), ms(middle), ms(worst), format!("≤ {}", ms(goal)), verdict(middle <= goal)]
    });
    println!("\nFrom a save to the page {by}, {rounds} rounds\n");
    print(&["what changes", "median", "worst", "goal of the median", ""], &rows.collect::<Vec<_>>());
}

impl Edit {
    /// The lesson with what is edited at its end.
    fn applied_to(&self, lesson: &str) -> String {
        let Self { prose, spec, job } = self;
        format!(
            "{lesson}\n\nThe words are {prose}.\n\n```rust job\nfn tell_numbers(of_spec: u64) {{\n    let of_job = {job};\n    \
             println!(\"numbers {{of_spec}} and {{of_job}}\");\n}}\n```\n\n```yaml spawn\njobs:\n  - tell_numbers({spec})\n```\n"
        )
    }

    /// What the page shows then.
    fn wanted(&self, kind: usize) -> String {
        match kind {
            0 => format!("The words are {}.", self.prose),
            _ => format!("numbers {} and {}", self.spec, self.job),
        }
    }
}

impl Reader {
    /// Lets the browser note the moment in which the text is there.
    fn look_for(&mut self, wanted: &str) {
        let Self::Browser(browser) = self else { return };
        // Text that stands in several elements is one for a reader.
        browser.eval(&format!(
            "window.moment = new Promise((resolve) => {{
                const look = () => {{
                    if (!document.querySelector('main').textContent.includes({wanted:?})) return false;
                    resolve(performance.timeOrigin + performance.now());
                    return true;
                }};
                const observer = new MutationObserver(() => {{ if (look()) observer.disconnect(); }});
                observer.observe(document.body, {{ subtree: true, childList: true, characterData: true }});
                look();
            }}), 0"
        ));
    }

    /// The moment in which it was there, in milliseconds.
    fn seen(&mut self, serving: &Serving, wanted: &str) -> f64 {
        match self {
            Self::Browser(browser) => browser.eval("window.moment").as_f64().expect("a moment"),
            Self::Nobody(news) => {
                while !serving.page("a.html").contains(wanted) {
                    news.next();
                }
                now()
            }
        }
    }

    /// Waits until nothing runs.
    fn until_rest(&mut self, serving: &Serving) {
        serving.news("a.html").until_rest();
        if let Self::Browser(browser) = self {
            browser.eval(
                "new Promise((resolve) => { const look = () => document.body.dataset.live === 'rest' ? resolve(0) : setTimeout(look, 5); look(); })",
            );
        }
    }
}

/// The time of the day, which the browser knows as well, in milliseconds.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs_f64() * 1e3
}
