//! What becomes of a notebook's prose on its page, with the whole program.

mod support;

use support::Run;

#[test]
fn dollars_in_prose_are_formulas_only_where_they_touch_them() {
    let text = "Add $HOME/bin:$PATH to it.\n\nUse *$HOME/.cargo/bin* and check `$PATH` first.\n\nFrom $5/hour to 6$/hour, \
                regex ^a$|^b$ end, US$10 and US$20, 3$ and 4$.\n\nTwo: $n^2$ and $\\frac{1}{2}$.\n";
    let page = Run::new().notebook("a.md", text).run().code(0).page();
    assert_eq!(page.matches("<math").count(), 2, "{page}");
    for text in [
        "Add $HOME/bin:$PATH to it.",
        "<em>$HOME/.cargo/bin</em> and check <code>$PATH</code> first",
        "From $5/hour to 6$/hour, regex ^a$|^b$ end, US$10 and US$20, 3$ and 4$.",
    ] {
        assert!(page.contains(text), "{text}\n{page}");
    }
}

#[test]
fn front_matter_of_other_tools_is_no_error_and_a_title_is_said_once() {
    let text = "---\ntitle: Bits\nauthor: {name: Ada}\nlayout: post\n---\n\n# Bits\n\n\
                [![build](https://example.org/ci.svg)](https://example.org/ci)\n\n## Fn a\n\nA note[^a].\n\n[^a]: Its id.\n";
    let page = Run::new().notebook("a.md", text).run().code(0).page();
    assert_eq!(page.matches("<h1").count(), 1, "{page}");
    for html in ["<h1 id=\"bits\">Bits</h1>", "<span class=\"author\">Ada</span>", "<h2 id=\"fn-a-1\">", "id=\"fn-a\""]
    {
        assert!(page.contains(html), "{html}\n{page}");
    }
    assert!(page.contains("<a href=\"https://example.org/ci\"><em>build</em></a>"), "{page}");
}
