//! Attempts on whoever reads the page.

use super::outside::Outside;
use super::possible;
use super::support::Run;

const HOSTILE: &str = "\
# A title <script>alert(1)</script>

<script>alert(2)</script>

text <img src=\"https://example.org/spy.png\" onerror=\"alert(3)\"> and [a link](javascript:alert(4)), <b>bold</b>

![a picture](https://example.org/spy.png)

<div style=\"position: fixed; inset: 0\" class=\"banner\" onclick=\"alert(5)\">over everything</div>

</main></body><iframe src=\"https://example.org\"></iframe>

<meta http-equiv=\"refresh\" content=\"0; url=https://example.org\">

```yaml queue
q: i64
```
";

#[test]
fn a_page_of_an_untrusted_notebook_has_no_script_and_loads_nothing() {
    if !possible() {
        return;
    }
    let run = Outside::new().run(HOSTILE).code(0);
    let page = run.page();
    assert_eq!(page.matches("<script").count(), 1, "{page}");
    for hostile in ["alert(2)", "alert(3)", "alert(4)", "alert(5)", "src=", "position: fixed; inset", "<iframe"] {
        assert!(!page.contains(hostile), "{hostile}");
    }
    for harmless in ["<b>bold</b>", "a link", "a picture", "over everything", "http-equiv=\"Content-Security-Policy\""]
    {
        assert!(page.contains(harmless), "{harmless}");
    }
    assert_eq!(page.matches("http-equiv").count(), 1);
}

#[test]
fn files_of_the_user_do_not_get_onto_the_page_as_images() {
    if !possible() {
        return;
    }
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><text>secret</text></svg>";
    let run = Outside::new().prepare("![the picture](secret.svg)\n").file("secret.svg", svg);
    let run = run.args(["--record", "r.json"]).run().code(0).page_has("a.html", "<em>the picture</em>");
    assert!(!run.page().contains("data:image"));
    let again = run.again().args(["render", "a.md", "--record", "r.json", "-o", "-"]).run().code(0);
    assert!(!again.stdout.contains("data:image"), "{}", again.stdout);
}

#[test]
fn a_page_that_is_made_again_is_as_clean() {
    if !possible() {
        return;
    }
    let run = Outside::new().prepare(HOSTILE).args(["--record", "r.json"]).run().code(0);
    let first = run.page_as_it_is();
    let again = run.again().args(["render", "a.md", "--record", "r.json", "-o", "-"]).run();
    assert_eq!(again.stdout, first);
}

#[test]
fn a_trusted_author_writes_what_html_they_like() {
    let run = Run::new().notebook("a.md", HOSTILE).run().code(0);
    assert!(run.page().contains("<script>alert(2)</script>") && !run.page().contains("Content-Security-Policy"));
}
