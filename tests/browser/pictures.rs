//! What a page's scripts add: pictures that tell their events and zoom, a player, and what a screen reader hears of both.

use super::{PLAIN, everything, pages, root};
use crate::chromium::Chromium;
use crate::support::Run;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn lesson(name: &str) -> &'static Path {
    pages().iter().find(|page| page.ends_with(name)).expect("the lesson")
}

/// The middle of an element that has been brought into sight.
fn middle(browser: &mut Chromium, element: &str) -> (f64, f64) {
    let place = browser.eval(&format!(
        "(() => {{
            const found = {element};
            for (let at = found; at; at = at.parentElement) if (at.matches('details')) at.open = true;
            found.scrollIntoView({{ block: 'center', behavior: 'instant' }});
            const box = found.getBoundingClientRect();
            return [box.left + box.width / 2, box.top + box.height / 2];
        }})()"
    ));
    // What scrolled hides what was told before, in the next frame.
    browser.eval("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))");
    (place[0].as_f64().expect("a place"), place[1].as_f64().expect("a place"))
}

fn mouse(browser: &mut Chromium, kind: &str, (x, y): (f64, f64), more: Value) {
    let mut event = json!({"type": kind, "x": x, "y": y, "button": "none"});
    for (key, value) in more.as_object().expect("an object") {
        event[key] = value.clone();
    }
    browser.call("Input.dispatchMouseEvent", event);
}

fn click(browser: &mut Chromium, at: (f64, f64), times: u32) {
    for count in 1..=times {
        for kind in ["mousePressed", "mouseReleased"] {
            mouse(browser, kind, at, json!({"button": "left", "clickCount": count}));
        }
    }
}

fn press(browser: &mut Chromium, key: &str) {
    let text = if key.chars().count() == 1 { key } else { "" };
    browser.call("Input.dispatchKeyEvent", json!({"type": "keyDown", "key": key, "text": text}));
    browser.call("Input.dispatchKeyEvent", json!({"type": "keyUp", "key": key}));
}

#[test]
fn the_mouse_on_an_event_tells_worker_call_value_time_and_line() {
    let mut browser = Chromium::start();
    browser.open(lesson("multiprocessing.html"), PLAIN);
    let event = "[...document.querySelectorAll('g.e')].find((e) => / wrote -?\\d+ to v,/.test(e.dataset.told ?? e.textContent))";
    let at = middle(&mut browser, &format!("{event}.querySelector('rect')"));
    assert_eq!(browser.eval("document.querySelector('.told').hidden"), true);
    mouse(&mut browser, "mouseMoved", at, json!({}));
    let told = browser.eval("document.querySelector('.told').textContent");
    let told = told.as_str().expect("text").replace('\u{a0}', " ");
    let parts: Vec<&str> = told.split([' ', ',']).filter(|part| !part.is_empty()).collect();
    let [who, "wrote", number, "to", "v", "at", time, unit, "line", line] = parts.as_slice() else { panic!("{told}") };
    assert!(["p1", "p2"].contains(who) && ["ns", "µs", "ms", "s"].contains(unit), "{told}");
    assert!(number.parse::<i32>().is_ok() && time.parse::<f64>().is_ok() && line.parse::<u32>().is_ok(), "{told}");
    assert_eq!(browser.eval("document.querySelector('.told').hidden"), false);
    mouse(&mut browser, "mouseMoved", (2.0, 2.0), json!({}));
    assert_eq!(browser.eval("document.querySelector('.told').hidden"), true, "it goes with the mouse");
}

#[test]
fn a_click_on_a_printed_line_leads_to_its_event() {
    let mut browser = Chromium::start();
    browser.open(lesson("multiprocessing.html"), PLAIN);
    let line = "document.querySelector('.printed .points')";
    let at = middle(&mut browser, line);
    click(&mut browser, at, 1);
    let found = browser.eval(&format!(
        "(() => {{
            const [line, mark] = [{line}, document.activeElement];
            return [mark.matches('g.e.found'), mark.dataset.p === line.dataset.p,
                mark.getAttribute('aria-label').includes(`printed “${{line.textContent}}”`)];
        }})()"
    ));
    assert_eq!(found, json!([true, true, true]));
}

#[test]
fn a_click_on_an_event_lights_up_its_line_of_code() {
    let mut browser = Chromium::start();
    browser.open(lesson("multiprocessing.html"), PLAIN);
    let event = "[...document.querySelectorAll('g.e')].find((e) => / wrote -?\\d+ to v,/.test(e.dataset.told ?? e.textContent))";
    let at = middle(&mut browser, &format!("{event}.querySelector('rect')"));
    click(&mut browser, at, 1);
    let lit = browser.eval(&format!(
        "(() => {{
            const [line, ...more] = document.querySelectorAll('.lit');
            return [`L${{{event}.dataset.told.match(/line (\\d+)/)[1]}}` === line.id, more.length, line.matches('.source code > span')];
        }})()"
    ));
    assert_eq!(lit, json!([true, 0, true]));
}

/// What of a picture changes when it is zoomed: the part that is seen, and its ticks.
const SEEN: &str = "(() => {
    const plot = document.querySelector('svg.lanes .plot');
    return [plot.getAttribute('viewBox').split(' ').map(Number), [...plot.querySelectorAll('.tick-label')].map((tick) => tick.textContent)];
})()";

#[test]
fn a_picture_is_zoomed_by_key_by_mouse_and_by_button_and_comes_back() {
    let mut browser = Chromium::start();
    browser.open(everything(), PLAIN);
    let at = middle(&mut browser, "document.querySelector('svg.lanes:has(.plot)')");
    let whole = browser.eval(SEEN);
    let width = |seen: &Value| seen[0][2].as_f64().expect("a width");
    type Act = fn(&mut Chromium, (f64, f64));
    let ways: [(&str, Act); 4] = [
        ("key", |browser, _| press(browser, "+")),
        ("wheel", |browser, at| {
            let turned = json!({"deltaX": 0, "deltaY": -120, "modifiers": 2});
            mouse(browser, "mouseWheel", at, turned);
        }),
        ("double click", |browser, at| click(browser, at, 2)),
        ("button", |browser, _| drop(browser.eval("document.querySelector('.zoom button').click()"))),
    ];
    for (way, act) in ways {
        browser.eval("document.querySelector('svg.lanes:has(.plot)').parentElement.focus({ preventScroll: true })");
        act(&mut browser, at);
        let near = browser.eval(SEEN);
        assert!(width(&near) < width(&whole) * 0.9, "{way}: {near} of {whole}");
        assert!(!near[1].as_array().expect("ticks").is_empty(), "{way}: {near}");
        browser.eval("document.querySelector('svg.lanes:has(.plot)').parentElement.focus({ preventScroll: true })");
        press(&mut browser, "0");
        assert_eq!(browser.eval(SEEN), whole, "{way}");
    }
}

#[test]
fn the_keyboard_reaches_the_events_of_a_picture_and_leaves_them() {
    let mut browser = Chromium::start();
    browser.open(lesson("multiprocessing.html"), PLAIN);
    // Its first event has another one to the right in the same lane, and one below that.
    let scroll = "[...document.querySelectorAll('.picture .scroll')].find((box) => {
        const events = [...box.querySelectorAll('svg:not(.small) g.e')].map((event) => event.getBoundingClientRect());
        const [first, ...others] = events.map((at) => [at.x + at.width / 2, Math.round((at.y + at.height / 2) / 8)]).sort((a, b) => a[0] - b[0]);
        return others.some((it) => it[1] === first[1]) && others.some((it) => it[1] > first[1]);
    })";
    browser.eval(&format!("{scroll}.focus()"));
    let told = "[document.activeElement.matches('g.e[role=img]'), document.activeElement.getAttribute('aria-label')]";
    let mut names = Vec::new();
    for key in ["ArrowRight", "ArrowRight", "ArrowDown"] {
        press(&mut browser, key);
        let found = browser.eval(told);
        assert_eq!(found[0], true, "{key}: {found}");
        names.push(found[1].as_str().expect("a name").to_owned());
        assert_eq!(browser.eval("document.querySelector('.told').textContent"), found[1], "it is told, too");
    }
    names.dedup();
    assert_eq!(names.len(), 3, "{names:?}");
    press(&mut browser, "Escape");
    assert_eq!(browser.eval(&format!("document.activeElement === {scroll}")), true);
}

/// A page of one of the lessons that has been run with this option; none where the system allows no sandbox.
fn made_with(name: &str, option: &str) -> Option<PathBuf> {
    let site = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("browser{option}"));
    let notebook = root().join("notebooks").join(name);
    let run = Run::new().args([notebook.as_os_str(), "-o".as_ref(), site.as_os_str(), option.as_ref()]).run();
    if run.stderr.contains("cannot enforce the sandbox") {
        let required = std::env::var_os("NBRUN_TEST_SANDBOX").is_some_and(|how| how == "required");
        assert!(!required, "{}", run.stderr);
        eprintln!("not tested, for there is no sandbox here:\n{}", run.stderr);
        return None;
    }
    run.code(0);
    Some(site.join(name).with_extension("html"))
}

/// Takes a step in the first player, and gives how many have been taken.
const STEP: &str = "(() => {
    const player = document.querySelector('.player');
    player.querySelector('td button:enabled').click();
    return player.querySelectorAll('li').length;
})()";

#[test]
fn the_player_works_on_a_page_that_leaves_out_times() {
    let mut browser = Chromium::start();
    browser.open(&made_with("race.md", "--stable").expect("a page"), PLAIN);
    assert_eq!(browser.eval(STEP), 1);
    assert_eq!(browser.troubles(), [""; 0]);
}

#[test]
fn the_browser_runs_the_script_of_a_page_from_a_sandbox() {
    let Some(page) = made_with("race.md", "--sandbox") else { return };
    let mut browser = Chromium::start();
    browser.open(&page, PLAIN);
    assert_eq!(browser.eval("!!document.querySelector('meta[http-equiv=Content-Security-Policy]')"), true);
    assert_eq!(browser.eval("document.getElementById('theme').hidden"), false, "the page's script has run");
    assert_eq!(browser.eval(STEP), 1);
    assert_eq!(browser.troubles(), [""; 0]);
    // Another script is what the policy is there for.
    browser.eval("{ const other = document.createElement('script'); other.textContent = 'window.other = 1'; document.body.append(other); }");
    assert_eq!(browser.eval("window.other ?? 0"), 0);
    assert!(browser.troubles().iter().any(|trouble| trouble.contains("Content Security Policy")));
}

/// What a screen reader is given: role, name and description of everything, in order.
fn heard(browser: &mut Chromium) -> Vec<[String; 3]> {
    browser.call("Accessibility.enable", json!({}));
    let tree = browser.call("Accessibility.getFullAXTree", json!({}));
    let nodes = tree["nodes"].as_array().expect("nodes").iter().filter(|node| node["ignored"] != true);
    let text = |value: &Value| value["value"].as_str().unwrap_or("").replace('\u{a0}', " ");
    nodes.map(|node| [text(&node["role"]), text(&node["name"]), text(&node["description"])]).collect()
}

#[test]
fn a_screen_reader_hears_pictures_by_name_and_events_on_focus() {
    let mut browser = Chromium::start();
    browser.open(lesson("multiprocessing.html"), PLAIN);
    let mut pictures = heard(&mut browser);
    pictures.retain(|[role, name, _]| role == "image" && name.starts_with("Timeline of cell"));
    assert!(pictures.len() >= 5, "{pictures:?}");
    let how = "One lane for each worker";
    let is_once = |[_, name, about]: &[String; 3]| about.contains(how) && !name.contains(how);
    assert!(pictures.iter().all(is_once), "{pictures:?}");
    browser.eval("[...document.querySelectorAll('.picture .scroll')].find((box) => box.querySelectorAll('g.e').length > 3).focus()");
    press(&mut browser, "ArrowRight");
    let now = heard(&mut browser);
    let event = browser.eval("document.activeElement.getAttribute('aria-label')");
    let event = event.as_str().expect("a name").replace('\u{a0}', " ");
    assert!(now.iter().any(|[role, name, _]| role == "image" && *name == event), "{event}: {now:?}");
    assert!(now.iter().any(|[role, ..]| role == "status"), "what is told is announced");
}

#[test]
fn a_screen_reader_hears_what_each_step_of_the_player_did() {
    let mut browser = Chromium::start();
    browser.open(lesson("race.html"), PLAIN);
    // The lesson asks for a guess first.
    browser.eval("document.querySelector('.player').closest('details').open = true");
    browser.eval("document.querySelector('.player').scrollIntoView()");
    let now = heard(&mut browser);
    let has = |role: &str, name: &str| now.iter().any(|[r, n, _]| r == role && n == name);
    let table = "What each worker does next, and what is shared";
    assert!(
        has("group", "Player") && has("table", table) && has("button", "|◀ First") && has("slider", "Where on the way"),
        "{now:?}"
    );
    let worker = browser.eval("document.querySelector('.player th').textContent");
    let worker = worker.as_str().expect("a name");
    assert!(has("button", &format!("1: step of {worker}")) && has("rowheader", worker), "{now:?}");
    browser.eval(STEP);
    // The region was there before what it announces, or it would not be announced.
    let said = browser.eval("document.querySelector('.player [role=status]').textContent");
    assert!(said.as_str().expect("text").starts_with(&format!("{worker}: account.get()")), "{said}");
    assert_eq!(
        browser.eval("document.activeElement === document.body || document.activeElement.matches('.player button')"),
        true
    );
}
