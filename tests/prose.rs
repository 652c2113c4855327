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

const CELL: &str = "\n\n```yaml value\nv: i32\n```\n";

/// A folder of notebooks that refer to each other, to files, and to nothing.
fn site() -> Run {
    let one = "# One\n\n[below](two.md#below) [three](sub/three.md) [itself](one.md#one) [file](data/a%20b.txt) [docs](https://e.org/x.md)\n\n\
               <a href=\"two.html\">html</a> [lost](gone.md) [nowhere](two.md#nowhere) [here](#one) [not here](#two) [readme](README.md)";
    let file = |run: Run, name: &str, text: &str| run.file(name, format!("{text}{CELL}"));
    let run = Run::new().file("links/data/a b.txt", "x").file("links/README.md", "# No cell\n");
    let run = file(run, "links/one.md", one);
    let run = file(run, "links/two.md", "# Two\n\n## Below\n\n[Back](one.md)");
    file(run, "links/sub/three.md", "# Three\n\n[Up](../one.md)\n\n[cell](../two.md#cell-1)")
}

#[test]
fn pages_of_one_run_are_linked_wherever_they_are() {
    for (args, one, three) in [
        (vec!["links", "-o", "out"], "out/one.html", "out/sub/three.html"),
        (vec!["links"], "links/one.html", "links/sub/three.html"),
        (vec!["links", "-o", "out", "--sandbox=best-effort"], "out/one.html", "out/sub/three.html"),
    ] {
        let run = site().args(args.iter().copied()).run().code(0);
        let (page, sub) = (run.text(one), run.text(three));
        for link in ["two.html#below", "sub/three.html", "#one", "https://e.org/x.md", "two.html"] {
            assert!(page.contains(&format!("<a href=\"{link}\"")), "{args:?} {link}\n{page}");
        }
        for link in ["../one.html", "../two.html#cell-1"] {
            assert!(sub.contains(&format!("<a href=\"{link}\"")), "{args:?} {link}\n{sub}");
        }
    }
}

#[test]
fn a_link_that_leads_nowhere_is_told_at_its_place() {
    let run = site().args(["-q", "links", "-o", "out"]).run().code(0);
    for warning in [
        "links/one.md:5:36: warning: this link leads nowhere: there is no file `gone.md`",
        "links/one.md:5:55: warning: this link leads nowhere: the page of `links/two.md` has no place `#nowhere`",
        "links/one.md:5:95: warning: this link leads nowhere: the page of `links/one.md` has no place `#two`",
    ] {
        assert!(run.stderr.contains(warning), "{warning}\n{}", run.stderr);
    }
    assert_eq!(run.stderr.matches("warning").count(), 3, "{}", run.stderr);
}

#[test]
fn files_beside_the_notebook_are_reached_from_wherever_the_page_is() {
    let moved = site().args(["links", "-o", "out/deep"]).run().code(0).text("out/deep/one.html");
    for link in ["../../links/data/a%20b.txt", "../../links/README.md"] {
        assert!(moved.contains(&format!("<a href=\"{link}\"")), "{link}\n{moved}");
    }
    let beside = site().args(["links/one.md"]).run().code(0);
    assert!(beside.text("links/one.html").contains("<a href=\"data/a%20b.txt\""));
    // A page of an earlier run is a page, too.
    let again = beside.again().args(["links/two.md", "links/sub/three.md"]).run().code(0);
    assert!(again.text("links/two.html").contains("<a href=\"one.html\""));
    // Where a stranger's page may go, it does not say where the user's files are.
    let strange = site().args(["links", "-o", "out", "--sandbox=best-effort"]).run().code(0).text("out/one.html");
    assert!(strange.contains("<a href=\"data/a%20b.txt\"") && !strange.contains("../links"), "{strange}");
}

#[test]
fn an_image_in_html_is_put_into_the_page_or_is_an_error() {
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"/>";
    let text = "<img src=\"square.svg\" alt=\"a square\">\n";
    let page = Run::new().notebook("a.md", text).file("square.svg", svg).run().code(0).page();
    assert!(page.contains("<img src=\"data:image/svg+xml;base64,") && page.contains("alt=\"a square\">"), "{page}");
    let run = Run::new().notebook("a.md", text).run().code(2);
    run.stderr_has("a.md:1:11: error: the image `square.svg` cannot be read: no such file or directory")
        .no_file("a.html");
}
