//! A page that is served, in a browser, while its notebook is edited.

use super::chromium::Chromium;
use super::support::serving::Serving;
use serde_json::json;

const LESSON: &str = "# First

Some prose.

```rust job
fn say(text: &str) {
    println!(\"{text}\");
}

fn add(mut v: Value<i32>, n: i32) {
    v += n;
}
```

```yaml spawn
jobs: [say(\"one\")]
reveal: click
```

## Second

```yaml spawn
name: second
jobs: [say(\"two\")]
```

```yaml value
v: i32
```

```yaml spawn
name: walk
jobs: [\"add(v, 1)\", \"add(v, 1)\"]
show: v.get()
explore: all
```
";

/// A notebook of which the browser shows the page, with much prose before its last cells.
fn served() -> (Serving, Chromium, String) {
    let long = "\nA paragraph.\n".repeat(60);
    let lesson = LESSON.replace("## Second", &format!("{long}\n## Second"));
    let serving = Serving::start(&[("a.md", &lesson)], &["a.md"]);
    let mut browser = Chromium::start();
    browser.visit(&serving.address);
    browser.until("document.body.dataset.live === 'rest' && document.querySelector('#cell-5 .player button')");
    (serving, browser, lesson)
}

#[test]
fn a_change_comes_without_a_reload_and_what_the_reader_did_stays() {
    let (serving, mut browser, lesson) = served();
    // The reader has unfolded a guess, walked a step, and gone down to the last cell.
    browser.eval("window.sameWindow = true; document.querySelector('#cell-2 details.result').open = true");
    browser.eval("document.querySelector('#cell-5 .player button').click()");
    let at = browser.eval(
        "document.querySelector('#cell-5').scrollIntoView({ behavior: 'instant' }); document.querySelector('#cell-5').getBoundingClientRect().top",
    );
    let walked = browser.eval("document.querySelector('#cell-5 .player ol').children.length");
    assert_eq!(walked, json!(1));
    serving.save("a.md", &lesson.replace("Some prose.", "Other prose.\n\n- and\n- a\n- list"));
    browser.until("document.querySelector('main').textContent.includes('Other prose.')");
    assert_eq!(browser.eval("window.sameWindow"), json!(true), "it was not reloaded");
    assert_eq!(browser.eval("document.querySelector('#cell-2 details.result').open"), json!(true));
    assert_eq!(browser.eval("document.querySelector('#cell-5 .player ol').children.length"), json!(1));
    let now = browser.eval("document.querySelector('#cell-5').getBoundingClientRect().top");
    let [at, now] = [at, now].map(|place| place.as_f64().expect("a number"));
    assert!((at - now).abs() < 2.0, "the page has moved from {at} to {now}");
    // What is replaced keeps what was unfolded, and is equipped as at first.
    serving.save("a.md", &lesson.replace("say(\"one\")", "say(\"three\")"));
    browser.until("document.querySelector('#cell-2 .out').textContent.includes('three')");
    assert_eq!(browser.eval("document.querySelector('#cell-2 details.result').open"), json!(true));
    assert_eq!(browser.eval("document.querySelectorAll('#cell-2 .copy').length"), json!(1));
    let explained = "document.querySelectorAll('#cell-2 figcaption > .legend > span:not(.again)').length > 0";
    assert_eq!(browser.eval(explained), json!(true), "marks are explained where they come first, on paper, too");
    assert_eq!(browser.eval("document.querySelectorAll('#cell-2 .live-tools button').length"), json!(1));
    serving.save("a.md", &lesson.replace("\"add(v, 1)\", \"add(v, 1)\"", "\"add(v, 2)\", \"add(v, 1)\""));
    browser.until(
        "document.body.dataset.live === 'rest' && document.querySelector('#cell-5').textContent.includes('= 3')",
    );
    browser.until("document.querySelector('#cell-5 .player button')");
}

#[test]
fn an_error_lies_over_its_cell_and_goes_when_it_is_mended() {
    let (serving, mut browser, lesson) = served();
    serving.save("a.md", &lesson.replace("name: second\n", "name: second\nnonsense: 1\n"));
    browser.until("document.querySelector('#cell-3 .live-errors')?.textContent.includes('nonsense')");
    assert_eq!(browser.eval("document.querySelector('#cell-3 .out').textContent.includes('two')"), json!(true));
    serving.save("a.md", &lesson);
    browser.until("!document.querySelector('.live-errors')");
}

#[test]
fn a_key_runs_the_cell_that_has_the_focus() {
    let (_serving, mut browser, _) = served();
    let before = browser.eval("document.body.dataset.version");
    browser.eval(
        "const cell = document.querySelector('#cell-2 :is(a, button)'); cell.focus(); cell.dispatchEvent(new KeyboardEvent('keydown', \
         { key: 'Enter', shiftKey: true, bubbles: true })); 0",
    );
    browser.until(&format!("Number(document.body.dataset.version) > {}", before.as_str().expect("a version")));
    browser.until("document.body.dataset.live === 'rest'");
}
