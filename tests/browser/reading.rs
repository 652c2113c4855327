//! What helps a reader: guesses, folds, copies, print, and the keyboard.

use super::{PLAIN, everything};
use crate::chromium::{Chromium, View};
use crate::site::serve;
use serde_json::json;

#[test]
fn a_result_to_be_guessed_opens_without_a_script() {
    let mut browser = Chromium::start();
    for script in [true, false] {
        browser.open(everything(), View { script, ..PLAIN });
        let opens = "(() => {
            const result = document.getElementById('the-guess').parentElement.querySelector('.result');
            const before = result.querySelector('.out').checkVisibility();
            result.querySelector('summary').click();
            return [before, result.querySelector('.out').checkVisibility()];
        })()";
        assert_eq!(browser.eval(opens), json!([false, true]), "script: {script}");
    }
}

#[test]
fn a_button_copies_all_of_a_cell_and_its_hidden_lines_too() {
    let mut browser = Chromium::start();
    browser.open(everything(), PLAIN);
    browser.call("Browser.grantPermissions", json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}));
    browser.eval(
        "(async () => {
            const cell = [...document.querySelectorAll('.cell')].find((cell) => cell.querySelector('.hidden'));
            const button = cell.querySelector('.copy');
            button.click();
            while (button.textContent !== 'Copied') await new Promise((done) => setTimeout(done, 5));
        })()",
    );
    let copied = browser.eval("navigator.clipboard.readText()");
    let copied = copied.as_str().expect("text");
    assert!(
        copied.starts_with("use std::time::Instant;\nconst MANY: u64 = 100_000;\n\nfn counts() -> u64 {\n"),
        "{copied}"
    );
    assert!(copied.ends_with("    (0..MANY).sum()\n}"), "{copied}");
}

#[test]
fn a_link_into_what_is_folded_unfolds_it() {
    let mut browser = Chromium::start();
    browser.open(everything(), PLAIN);
    let shown = browser.eval(
        "(async () => {
            const result = [...document.querySelectorAll('.result')].at(-1);
            result.open = false;
            result.querySelector('.out').id = 'inside';
            const changed = new Promise((done) => addEventListener('hashchange', () => setTimeout(done), { once: true }));
            location.hash = 'inside';
            await changed;
            return result.open;
        })()",
    );
    assert_eq!(shown, true);
}

#[test]
fn in_print_nothing_is_folded_and_nothing_is_cut() {
    let mut browser = Chromium::start();
    browser.open(everything(), PLAIN);
    browser.call("Emulation.setEmulatedMedia", json!({"media": "print"}));
    browser.eval("document.querySelectorAll('details').forEach((details) => { details.open = false; })");
    let seen = "[...document.querySelectorAll('.result:not(.asked) .out, .hidden pre')].every((part) => part.getBoundingClientRect().height > 0)";
    assert_eq!(browser.eval(seen), true);
    let guessed = "[...document.querySelectorAll('.asked .out')].some((part) => part.checkVisibility({ contentVisibilityAuto: true }))";
    assert_eq!(browser.eval(guessed), false, "what is still to be guessed stays folded");
    let controls = "[...document.querySelectorAll('button, input:not([type=checkbox]), .player')].filter((control) => control.checkVisibility()).length";
    assert_eq!(browser.eval(controls), 0, "paper has no buttons");
    let cut = "[...document.querySelectorAll('pre, .printed')].filter((part) => part.scrollWidth > part.clientWidth + 1).length";
    assert_eq!(browser.eval(cut), 0);
}

#[test]
fn a_guess_is_kept_and_stands_beside_the_result() {
    let mut browser = Chromium::start();
    browser.open(everything(), PLAIN);
    // From a server: pages of a disk may each have a process of their own, and Chromium can lose what one of them stores.
    let page = format!("{}everything.html", serve(everything().parent().expect("a directory").to_path_buf()));
    browser.visit(&page);
    let guess = "(() => {
        const result = document.getElementById('the-guess').parentElement.querySelector('.result');
        const form = result.nextElementSibling;
        const line = form.querySelector('input');
        line.value += 'forty';
        line.dispatchEvent(new Event('input'));
        form.querySelector('button').click();
        return [result.open, result.querySelector('.guessed').textContent, form.checkVisibility(), document.activeElement.tagName];
    })()";
    assert_eq!(browser.eval(guess), json!([true, "Your guess: forty", false, "SUMMARY"]));
    browser.go_to(&page);
    let kept = "document.querySelector('.guess input').value";
    assert_eq!(browser.eval(kept), "forty");
    // Where nothing may be kept, the guess lasts as long as the page.
    let refused = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('refused', 'SecurityError'); } })";
    browser.call("Page.addScriptToEvaluateOnNewDocument", json!({"source": refused}));
    browser.open(everything(), PLAIN);
    assert_eq!(browser.eval(guess), json!([true, "Your guess: forty", false, "SUMMARY"]));
    assert_eq!(browser.troubles(), [""; 0]);
}

#[test]
fn the_keyboard_stops_only_at_boxes_that_scroll() {
    let mut browser = Chromium::start();
    browser.open(everything(), PLAIN);
    let idle = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))).then(() =>
        [...document.querySelectorAll('[tabindex=\"0\"]:not(svg *)')].filter((box) => box.checkVisibility() && !box.querySelector('g.e')
            && box.scrollWidth <= box.clientWidth + 1 && box.scrollHeight <= box.clientHeight + 1).map((box) => box.outerHTML.slice(0, 80)))";
    assert_eq!(browser.eval(idle), json!([]));
    assert_eq!(browser.eval("document.querySelectorAll('pre[tabindex=\"0\"]').length > 0"), true, "and some do");
}
