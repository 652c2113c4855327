//! The HTML around a page that is one of a site.

use super::frame::{Assets, Card, Frame, Lesson, Link, Part, Thumbnail};
use super::options::RenderContext;
use super::text::{escape, shown};
use std::fmt::Write;

/// Appends what a head says of the page's relations to others.
pub fn push_head(out: &mut String, frame: &Frame) {
    for (name, value) in &frame.preview {
        let _ = writeln!(out, "<meta property=\"{name}\" content=\"{}\">", shown(value));
    }
    for relation in &frame.relations {
        let lang = relation.lang.as_ref().map(|lang| format!(" hreflang=\"{}\"", escape(lang))).unwrap_or_default();
        let kind = relation.kind.map(|kind| format!(" type=\"{kind}\"")).unwrap_or_default();
        let _ = writeln!(out, "<link rel=\"{}\"{kind}{lang} href=\"{}\">", relation.rel, escape(&relation.href));
    }
}

/// Appends the bar above the page, with `theme`, the button that changes the theme.
pub fn push_bar(out: &mut String, frame: &Frame, theme: &str, context: RenderContext) {
    let (words, ours) = (context.words, context.lang);
    out.push_str("<header class=\"bar\">\n");
    if frame.lessons().next().is_some() {
        let _ = writeln!(out, "<a class=\"menu\"{ours} href=\"#site_course\">{}</a>", words.lessons());
    }
    let _ = writeln!(out, "<a class=\"home\" href=\"{}\">{}</a>", escape(&frame.home.href), shown(&frame.home.text));
    if let Some(search) = &frame.search {
        let _ = writeln!(
            out,
            "<div class=\"search\" id=\"site_search\"{ours} data-library=\"{}\" data-texts=\"{}\" data-root=\"{}\" \
             data-none=\"{}\" data-lost=\"{}\" hidden><input type=\"search\" role=\"combobox\" aria-label=\"{}\" \
             placeholder=\"{}\" aria-expanded=\"false\" aria-controls=\"site_results\" aria-autocomplete=\"list\" \
             aria-keyshortcuts=\"/\" autocomplete=\"off\" spellcheck=\"false\"><kbd aria-hidden=\"true\">/</kbd><p class=\"sr\" \
             role=\"status\"></p><div class=\"hits\" id=\"site_results\" role=\"listbox\" aria-label=\"{}\" hidden></div></div>",
            escape(&search.library),
            escape(&search.texts),
            escape(&search.root),
            words.found_nothing(),
            words.search_is_lost(),
            words.search(),
            words.search(),
            words.found(),
        );
    }
    if !frame.languages.is_empty() {
        let _ = write!(out, "<nav class=\"languages\"{ours} aria-label=\"{}\">", words.languages());
        for Link { href, text, lang } in &frame.languages {
            let (href, lang) = (escape(href), escape(lang));
            let _ = write!(out, "<a href=\"{href}\" lang=\"{lang}\" hreflang=\"{lang}\">{}</a>", shown(text));
        }
        out.push_str("</nav>\n");
    }
    out.push_str(theme);
    out.push_str("</header>\n");
}

/// Appends the course beside the page. A narrow window shows it when the link in the bar leads to it.
pub fn push_course(out: &mut String, frame: &Frame, context: RenderContext) {
    if frame.lessons().next().is_none() {
        return;
    }
    let (words, ours) = (context.words, context.lang);
    let _ = write!(
        out,
        "<nav class=\"course\" id=\"site_course\" aria-label=\"{}\">\n<a class=\"close\"{ours} href=\"#top\">{}</a>\n",
        words.lessons(),
        words.close_menu()
    );
    for Part { title, lessons } in &frame.parts {
        if let Some(title) = title {
            let _ = writeln!(out, "<p>{}</p>", shown(title));
        }
        out.push_str("<ol>\n");
        for Lesson { link, is_here, .. } in lessons {
            let here = if *is_here { " aria-current=\"page\"" } else { "" };
            let (href, lang) = (escape(&link.href), lang_of(link, frame));
            let _ = writeln!(out, "<li><a href=\"{href}\"{lang}{here}>{}</a></li>", shown(&link.text));
        }
        out.push_str("</ol>\n");
    }
    out.push_str("</nav>\n");
}

/// The language of a link as an attribute, where it is not that of the site around it.
fn lang_of(link: &Link, frame: &Frame) -> String {
    if link.lang == frame.home.lang { String::new() } else { format!(" lang=\"{}\"", escape(&link.lang)) }
}

/// Appends what stands behind the prose: the cards of an index, and the way to the neighbours.
pub fn push_behind(out: &mut String, frame: &Frame, context: RenderContext) {
    if frame.is_index {
        push_cards(out, frame);
    }
    if frame.previous.is_none() && frame.next.is_none() {
        return;
    }
    let (words, ours) = (context.words, context.lang);
    let _ = writeln!(out, "<nav class=\"turn\" aria-label=\"{}\">", words.neighbours());
    let ways = [(&frame.previous, "prev", words.previous()), (&frame.next, "next", words.next())];
    for (link, rel, word) in ways {
        let Some(link) = link else { continue };
        let (href, lang) = (escape(&link.href), lang_of(link, frame));
        let _ = writeln!(
            out,
            "<a rel=\"{rel}\" href=\"{href}\"><small{ours}>{word}</small> <span{lang}>{}</span></a>",
            shown(&link.text)
        );
    }
    out.push_str("</nav>\n");
}

fn push_cards(out: &mut String, frame: &Frame) {
    for Part { title, lessons } in &frame.parts {
        if let Some(title) = title {
            let _ = writeln!(out, "<h2>{}</h2>", shown(title));
        }
        out.push_str("<ul class=\"cards\">\n");
        for Lesson { link, card, .. } in lessons {
            let Card { description, tags, picture } = card.clone().unwrap_or_default();
            let lang = lang_of(link, frame);
            let _ = write!(
                out,
                "<li{lang}>\n<p class=\"card-title\"><a href=\"{}\">{}</a></p>\n",
                escape(&link.href),
                shown(&link.text)
            );
            if let Some(description) = description {
                let _ = writeln!(out, "<p>{}</p>", shown(&description));
            }
            if !tags.is_empty() {
                let tags: String =
                    tags.iter().map(|tag| format!("<span class=\"tag\">{}</span> ", shown(tag))).collect();
                let _ = writeln!(out, "<p class=\"byline\">{tags}</p>");
            }
            if let Some(picture) = picture {
                let picture = match picture {
                    Thumbnail::Drawn(svg) => svg,
                    Thumbnail::Image(url) => format!("<img src=\"{}\" alt=\"\" loading=\"lazy\">", escape(&url)),
                };
                let _ = writeln!(out, "<div class=\"thumb\" aria-hidden=\"true\" inert>{picture}</div>");
            }
            out.push_str("</li>\n");
        }
        out.push_str("</ul>\n");
    }
}

/// Appends the site's own part of the footer.
pub fn push_footer(out: &mut String, frame: &Frame, context: RenderContext) {
    let words = context.words;
    let ways = [(&frame.source, words.source()), (&frame.edit, words.edit())];
    let ways =
        ways.into_iter().filter_map(|(href, word)| Some(format!("<a href=\"{}\">{word}</a>", escape(href.as_ref()?))));
    let ways: Vec<String> = ways.collect();
    if !ways.is_empty() {
        let _ = writeln!(out, "<p>{}</p>", ways.join(" · "));
    }
    if !frame.footer.is_empty() {
        let theirs = context.theirs;
        let _ = writeln!(out, "<div{theirs}>{}</div>", frame.footer.trim_end());
    }
}

/// Where the style sheet and the script are, if they are not in the page.
pub fn linked(frame: Option<&Frame>) -> Option<(&str, &str)> {
    match &frame?.assets {
        Assets::Inline => None,
        Assets::Linked { style, script } => Some((style, script)),
    }
}
