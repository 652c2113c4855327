//! The player of an exploration.

use super::{PLAIN, pages};
use crate::chromium::{Chromium, View};
use serde_json::json;
use std::path::Path;

fn race() -> &'static Path {
    pages().iter().find(|page| page.ends_with("race.html")).expect("the lesson")
}

#[test]
fn a_reader_takes_the_scheduler_s_place_by_button_and_by_key() {
    let mut browser = Chromium::start();
    browser.open(race(), PLAIN);
    let mut player = |action: &str| {
        let script = format!(
            "(() => {{
                const player = document.querySelector('.player');
                const click = (name) => [...player.querySelectorAll('button')].find((b) => b.textContent === name).click();
                const key = (key) => player.dispatchEvent(new KeyboardEvent('keydown', {{ key }}));
                {action};
                return [player.querySelector('[role=status]').textContent, player.querySelectorAll('li').length];
            }})()"
        );
        let told = browser.eval(&script);
        (told[0].as_str().expect("text").to_owned(), told[1].as_u64().expect("a number"))
    };
    assert_eq!(player("").1, 0);
    // Both read, and then both write: what the second has paid in is lost.
    player("click('1: step')");
    player("key('2')");
    player("click('2: step')");
    let (said, steps) = player("key('1')");
    assert!(said.contains("The end: account.get() = 10, and an assertion does not hold."), "{said}");
    assert_eq!(steps, 4);
    assert_eq!(
        player("player.querySelectorAll('.gone').length === 1 || click('none')").1,
        4,
        "the lost write is crossed out"
    );
    let (said, steps) = player("click('◀ Back')");
    assert!(!said.contains("The end") && steps == 3, "{said}");
    assert_eq!(player("key('Backspace')").1, 2);
    let (said, steps) = player("click('|◀ First')");
    assert!(said.starts_with("The beginning.") && steps == 0, "{said}");
    let (said, steps) = player("click('Last ▶|')");
    assert!(said.contains("The end") && steps == 4, "the way stays: {said}");
    browser.open(race(), View { script: false, ..PLAIN });
    assert_eq!(browser.eval("document.querySelector('.player').checkVisibility()"), json!(false));
    assert_eq!(browser.eval("document.querySelectorAll('table.steps').length > 0"), json!(true));
}

#[test]
fn what_fails_plays_up_to_the_moment_that_decides_it() {
    let mut browser = Chromium::start();
    browser.open(race(), PLAIN);
    let still = json!({"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]});
    browser.call("Emulation.setEmulatedMedia", still);
    let found = browser.eval(
        "(() => {
            const player = document.querySelector('.player');
            [...player.querySelectorAll('button')].find((button) => button.textContent === 'Show me the one that fails').click();
            const [slider, said] = [player.querySelector('input'), player.querySelector('[role=status]').textContent];
            return [slider.value, slider.max, said.includes('every way goes wrong. This one ends with account.get() = 10'),
                [...player.querySelectorAll('.here .chip')].map((chip) => chip.textContent)];
        })()",
    );
    // When both have read, nothing can save the account; each is at its write, with a 0 in hand.
    let chips = ["pay_in-1 · has read 0", "pay_in-2 · has read 0"];
    assert_eq!(found, json!(["2", "4", true, chips]));
}

#[test]
fn the_player_is_two_keys_from_its_cell_s_head_and_keeps_its_height() {
    let mut browser = Chromium::start();
    browser.open(race(), PLAIN);
    browser.eval("document.querySelector('.cell:has(.player) > .source > summary').focus()");
    for (key, code) in [("Tab", 9), ("Enter", 13)] {
        let text = if key == "Enter" { "\r" } else { "" };
        let event = |kind: &str| json!({"type": kind, "key": key, "windowsVirtualKeyCode": code, "text": text});
        browser.call("Input.dispatchKeyEvent", event("keyDown"));
        browser.call("Input.dispatchKeyEvent", event("keyUp"));
    }
    assert_eq!(browser.eval("document.activeElement.getAttribute('aria-label')"), "1: step of pay_in-1");
    let heights = browser.eval(
        "(() => {
            const player = document.querySelector('.player');
            const heights = [player.offsetHeight];
            for (let button; (button = player.querySelector('td button:enabled'));) { button.click(); heights.push(player.offsetHeight); }
            return [heights.length, new Set(heights).size];
        })()",
    );
    assert_eq!(heights, json!([5, 1]));
}

#[test]
fn a_part_of_the_bar_of_outcomes_brings_its_way_into_the_player() {
    let mut browser = Chromium::start();
    browser.open(race(), PLAIN);
    let said = "(() => {
        const bar = [...document.querySelectorAll('.stack')].find((bar) => bar.closest('.out').querySelector('.player'));
        const part = [...bar.children].at(-1);
        part.click();
        const said = bar.closest('.out').querySelector('.player [role=status]').textContent;
        return [said.includes('The end: account.get() = 30.'), part.className, location.hash];
    })()";
    assert_eq!(browser.eval(said), json!([true, "right", ""]));
    browser.open(race(), View { script: false, ..PLAIN });
    let leads =
        "[...document.querySelectorAll('.stack a')].every((part) => document.querySelector(part.getAttribute('href')))";
    assert_eq!(browser.eval(leads), json!(true), "and without a script each leads to something");
}
