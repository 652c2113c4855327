//! What a site is made of, all of it together.

use super::*;
use crate::render::{Section, Sections};

/// A dated lesson.
fn page(path: &str, lang: Option<&str>, title: &str) -> Page {
    let page = Page::of_notebook(path, lang, true, &Config::default());
    Page { title: title.into(), date: Some("2026-03-01".into()), ..page }
}

fn config(text: &str) -> Config {
    Config::parse("nbrun.yaml", text).expect("a configuration")
}

/// A course with a part in a directory, and one lesson that is translated.
fn site(text: &str) -> Site {
    let pages = vec![
        page("a.md", None, "A"),
        page("a.zh.md", Some("zh-CN"), "甲"),
        page("b c/README.md", None, "B"),
        page("b c/d.md", None, "D"),
    ];
    Site::new(config(text), pages, "course").expect("a site")
}

const BASE: &str = "title: {en: T, zh: 题}\nbase: https://e.org/x\n";

fn number(site: &Site, path: &str) -> usize {
    site.pages.iter().position(|page| page.path == path).expect("a page")
}

fn frame(site: &Site, path: &str) -> crate::render::frame::Frame {
    site.frame(number(site, path), &Names::default(), &[])
}

#[test]
fn every_language_has_its_course_with_what_is_translated() {
    let site = site("");
    assert_eq!(site.languages, ["en", "zh"]);
    let course = |path: &str| -> Vec<String> {
        frame(&site, path).lessons().map(|lesson| format!("{} {}", lesson.link.text, lesson.link.href)).collect()
    };
    assert_eq!(course("index.html"), ["A a.html", "B b%20c/index.html", "D b%20c/d.html"]);
    assert_eq!(course("a.zh.html"), ["甲 a.zh.html", "B b%20c/index.html", "D b%20c/d.html"]);
    assert_eq!(course("b c/d.html"), ["A ../a.html", "B index.html", "D d.html"]);
    assert_eq!((site.title("en"), site.title("zh")), ("course", "course"));
}

#[test]
fn a_page_knows_its_neighbours_and_its_translations() {
    let site = site("lessons: [b c/d.md, {part: Rest, lessons: [a.md]}]");
    let of = |path: &str| {
        let frame = frame(&site, path);
        let href = |link: Option<crate::render::frame::Link>| link.map(|link| link.href);
        let languages: Vec<_> = frame.languages.iter().map(|link| link.text.clone() + " " + &link.href).collect();
        (href(frame.previous), href(frame.next), languages)
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(of("a.html"), (text("b%20c/d.html"), text("b%20c/index.html"), vec!["中文 a.zh.html".to_owned()]));
    assert_eq!(of("b c/d.html"), (None, text("../a.html"), Vec::new()));
    assert_eq!(of("index.zh.html"), (None, None, vec!["English index.html".to_owned()]));
    let titles: Vec<_> = frame(&site, "a.zh.html").parts.into_iter().map(|part| part.title).collect();
    assert_eq!(titles, [None, text("Rest"), text("其他")], "what is not listed stands behind");
}

#[test]
fn without_a_base_address_nothing_is_said_of_it() {
    let site = site("");
    assert_eq!((map(&site), feed(&site, "en", "feed.xml")), (None, None));
    let frame = frame(&site, "a.html");
    assert!(frame.preview.is_empty() && frame.relations.is_empty());
}

#[test]
fn addresses_are_whole_where_they_must_be() {
    let site = site(BASE);
    let map = map(&site).expect("a map");
    for part in ["<loc>https://e.org/x/</loc>", "<loc>https://e.org/x/b%20c/</loc><lastmod>2026-03-01</lastmod>"] {
        assert!(map.contains(part), "{part}\n{map}");
    }
    assert!(!map.contains("404"));
    let feed = feed(&site, "zh", "feed.zh.xml").expect("a feed");
    let parts = [
        "<title>题</title>\n<id>https://e.org/x/index.zh.html</id>",
        "href=\"https://e.org/x/feed.zh.xml\"",
        "<title>甲</title>",
    ];
    assert!(parts.iter().all(|part| feed.contains(part)) && feed.matches("<entry>").count() == 1, "{feed}");
    let frame = frame(&site, "a.html");
    assert!(frame.preview.contains(&("og:url", "https://e.org/x/a.html".to_owned())));
    let alternate = frame.relations.iter().find(|relation| relation.rel == "alternate").expect("a translation");
    assert_eq!((alternate.href.as_str(), alternate.lang.as_deref()), ("https://e.org/x/a.zh.html", Some("zh")));
}

#[test]
fn a_page_for_lost_addresses_leads_from_anywhere_where_the_base_is_known() {
    assert_eq!(frame(&site(BASE), "404.html").home.href, "/x/index.html");
    assert_eq!(frame(&site(""), "404.html").home.href, "index.html");
}

#[test]
fn two_pages_that_would_be_one_file_are_an_error() {
    let pages = vec![page("b/README.md", None, "A"), page("b/index.md", None, "B")];
    let errors = Site::new(Config::default(), pages, "").expect_err("an error");
    assert!(errors[0].message.contains("would both be the page `b/index.html`"));
    let pages = vec![page("a.md", None, "A"), page("404.md", None, "B")];
    let errors = Site::new(Config::default(), pages, "").expect_err("an error");
    assert_eq!(errors[0].message, "nbrun's own page and `404.md` would both be the page `404.html`");
    // At the beginning there can only be one, which is the index by its name.
    let pages = vec![page("README.md", None, "A"), page("index.md", None, "B"), page("c.md", None, "C")];
    let site = Site::new(Config::default(), pages, "").expect("a site");
    assert_eq!((site.title("en"), site.pages[0].path.as_str(), site.pages[0].kind), ("B", "README.html", Kind::Prose));
}

#[test]
fn a_language_is_searched_with_all_texts_of_its_course() {
    let site = site("");
    let section = |text: &str| Sections {
        title: None,
        all: vec![Section { id: "x".into(), title: "</script>".into(), text: text.into() }],
    };
    let sections: Vec<Sections> = ["first", "第一", "second", "third"].map(section).into();
    let chinese = search_texts(&site, "zh", &sections);
    assert!(chinese.starts_with("globalThis.nbrunTexts={\"pages\":[[\"a.zh.html\",\"甲\",\"zh\"],"), "{chinese}");
    assert!(chinese.contains("第一") && chinese.contains("second") && !chinese.contains("first"));
}

#[test]
fn what_browsers_keep_has_its_content_in_its_name() {
    let [style, script] = assets();
    assert!(style.path.starts_with("assets/page-") && style.path.ends_with(".css"));
    assert_ne!(Asset::new("a", "js", "1".into()).path, Asset::new("a", "js", "2".into()).path);
    assert!(script.content.contains("MiniSearch(") && search_library().content.starts_with("/*! MiniSearch"));
}
