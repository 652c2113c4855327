//! The pictures of a cell as SVG documents that stand alone: with their style, in light and dark, and their legend.
//!
//! Programs that show SVG files know little of CSS, so every colour is worked out here: no variable is left.

use super::picture::{COLOURS as PATTERNS, shared_definitions};
use super::tags::{Tag, tags};
use super::text::escape;
use super::theme::{COLOURS, DRAWN};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::ops::Range;
use unicode_width::UnicodeWidthStr as _;

/// How wide a picture is, and how wide one column of its legend.
pub const WIDTH: f64 = 720.0;
const COLUMN: f64 = 6.4;
/// What a drawing is that takes a picture's place in a small window.
const SMALL: &str = "lanes small";

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// What it is of, in a few words.
    pub title: String,
    /// What was found; empty where that stands above the picture before.
    pub finding: String,
    /// What there is to be seen in it; empty where that stands below the next picture.
    pub caption: String,
    /// The document.
    pub svg: String,
}

/// The pictures in the HTML of a cell, in order.
pub fn pictures(html: &str) -> Vec<Picture> {
    let tags = tags(html);
    places(&tags, "lanes").into_iter().map(|place| picture(html, &tags, place)).collect()
}

/// The HTML of a cell with something else in place of each picture, and without the drawings for small windows.
pub fn replaced(html: &str, mut with: impl FnMut(&Picture) -> String) -> String {
    let tags = tags(html);
    let (mut out, mut from) = (String::new(), 0);
    let mut all = [places(&tags, "lanes"), places(&tags, SMALL)].concat();
    all.sort_by_key(|place| place.start);
    for place in all {
        let bytes = tags[place.start].start..tags[place.end].end;
        out.push_str(&html[from..bytes.start]);
        if tags[place.start].get("class") != Some(SMALL) {
            out.push_str(&with(&picture(html, &tags, place)));
        }
        from = bytes.end;
    }
    out + &html[from..]
}

/// Where pictures of this class begin and end among the tags.
fn places(tags: &[Tag<'_>], class: &str) -> Vec<Range<usize>> {
    let (mut found, mut open, mut depth) = (Vec::new(), None, 0);
    for (at, tag) in tags.iter().enumerate().filter(|(_, tag)| tag.name == "svg") {
        if !tag.closes {
            depth += 1;
            if depth == 1 {
                open = Some(at).filter(|_| tag.get("class") == Some(class));
            }
        } else {
            depth -= 1;
            if depth == 0 {
                found.extend(open.take().map(|open| open..at));
            }
        }
    }
    found
}

fn picture(html: &str, tags: &[Tag<'_>], place: Range<usize>) -> Picture {
    let (open, close) = (&tags[place.start], &tags[place.end]);
    let inner = &html[open.end..close.start];
    let title = inner.split_once("<title").and_then(|(_, rest)| rest.split_once('>')?.1.split_once("</title>"));
    let figure = html[close.end..].split("</figure>").next().unwrap_or("");
    let note = figure.split_once("<figcaption>").filter(|(between, _)| !between.contains("<figure"));
    let (text, legend) =
        note.map_or(("", ""), |(_, note)| note.split_once("<span class=\"legend\">").unwrap_or((note, "")));
    // One text stands below all pictures of a figure.
    let is_last = note.is_some_and(|(between, _)| !between.contains("class=\"lanes\""));
    let text = text.split("<span").next().unwrap_or("");
    let before = html[..open.start].rsplit("<figure").next().unwrap_or("");
    let finding = before.split_once("<p class=\"finding\">").filter(|(_, rest)| !rest.contains("<svg class=\"lanes\""));
    let finding = finding.and_then(|(_, rest)| rest.split("</p>").next());
    Picture {
        finding: finding.map(plain).unwrap_or_default(),
        title: title.map(|(title, _)| plain(title)).unwrap_or_default(),
        caption: if is_last { plain(text) } else { String::new() },
        svg: document(open, inner, legend),
    }
}

/// The text of some HTML.
fn plain(html: &str) -> String {
    let (mut out, mut from) = (String::new(), 0);
    for tag in tags(html) {
        out.push_str(&html[from..tag.start]);
        from = tag.end;
    }
    out.push_str(&html[from..]);
    let entities = [("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    entities.iter().fold(out, |text, (entity, sign)| text.replace(entity, sign)).trim().to_owned()
}

fn document(open: &Tag<'_>, inner: &str, legend: &str) -> String {
    let height = open.get("viewBox").and_then(|view| view.rsplit(' ').next()?.parse().ok()).unwrap_or(WIDTH);
    let (legend, height) = placed(legend, height);
    let [named, described] = ["aria-labelledby", "aria-describedby"].map(|name| escape(open.get(name).unwrap_or("")));
    let body = format!("<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n{inner}{legend}");
    let mut used: BTreeSet<&str> = tags(&body).iter().flat_map(classes_of(&body)).collect();
    let shared = shared_definitions(PATTERNS);
    let mut definitions = String::new();
    for pattern in shared.split("<pattern ").skip(1).filter_map(|rest| rest.split("</pattern>").next()) {
        let id = pattern.split('"').nth(1).unwrap_or("");
        if used.contains(id) {
            let _ = writeln!(definitions, "<pattern {pattern}</pattern>");
        }
    }
    used.extend(tags(&definitions).iter().flat_map(classes_of(&definitions)));
    let (light, dark) = (sheet(&used, false), sheet(&used, true));
    let dark: Vec<&String> = dark.iter().filter(|rule| !light.contains(rule)).collect();
    let mut style = light.concat();
    let _ = write!(
        style,
        "@media(prefers-color-scheme:dark){{{}}}",
        dark.into_iter().map(String::as_str).collect::<String>()
    );
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-labelledby=\"{named}\" aria-describedby=\"{described}\">\n<style>{style}</style>\n<defs>\n\
         {definitions}</defs>\n{body}</svg>\n"
    )
}

/// The classes of the tags of `text`, as they stand there.
fn classes_of<'t>(text: &'t str) -> impl Fn(&Tag<'_>) -> Vec<&'t str> {
    move |tag| {
        let classes = text[tag.start..tag.end].split_once(" class=\"").and_then(|(_, rest)| rest.split('"').next());
        classes.unwrap_or("").split(' ').filter(|class| !class.is_empty()).collect()
    }
}

/// A legend below a picture of this height, and how high both are.
fn placed(legend: &str, height: f64) -> (String, f64) {
    let (mut out, mut x, mut y) = (String::new(), 12.0, height + 4.0);
    for entry in legend.split("<span><svg").skip(1) {
        let Some((shape, text)) = entry.split_once("</svg>") else { continue };
        let (attributes, shape) = shape.split_once('>').unwrap_or(("", shape));
        let text = plain(text.split("</span>").next().unwrap_or(""));
        let wide = 26.0 + text.width() as f64 * COLUMN + 18.0;
        if x + wide > WIDTH && x > 12.0 {
            (x, y) = (12.0, y + 18.0);
        }
        let class = if attributes.contains("class=\"w1\"") { " class=\"w1\"" } else { "" };
        let _ = writeln!(
            out,
            "<svg{class} x=\"{x:.0}\" y=\"{y:.0}\" width=\"20\" height=\"10\" overflow=\"visible\">{shape}</svg>\
             <text class=\"means\" x=\"{:.0}\" y=\"{:.0}\">{}</text>",
            x + 26.0,
            y + 9.0,
            escape(&text)
        );
        x += wide;
    }
    let height = if out.is_empty() { height } else { y + 20.0 };
    (out, height)
}

/// The rules for what has one of these classes, with the colours of light or of dark.
fn sheet(used: &BTreeSet<&str>, dark: bool) -> Vec<String> {
    let own = "text { font-family: system-ui, sans-serif; }\n.ground { fill: var(--paper); }\n.means { font-size: 11px; fill: var(--soft); }\n";
    let mut rules = Vec::new();
    for (selectors, declarations) in own.lines().chain(DRAWN.lines()).filter_map(|rule| rule.split_once(" {")) {
        let selectors: Vec<&str> = selectors.split(", ").filter(|selector| fits(selector, used)).collect();
        if selectors.is_empty() {
            continue;
        }
        let declarations = declarations.trim().trim_end_matches('}').trim();
        if !declarations.contains("var(--w)") {
            rules.push(format!("{}{{{}}}", selectors.join(","), resolved(declarations, dark, "")));
            continue;
        }
        for worker in used.iter().filter(|class| is_worker(class)) {
            let own = selectors.iter().map(|selector| format!(".{worker} {selector},{selector}.{worker}"));
            let own: Vec<String> = own.collect();
            rules.push(format!("{}{{{}}}", own.join(","), resolved(declarations, dark, worker)));
        }
    }
    rules
}

fn is_worker(class: &str) -> bool {
    class.strip_prefix('w').is_some_and(|number| number.len() == 1 && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether all classes of a selector are used.
fn fits(selector: &str, used: &BTreeSet<&str>) -> bool {
    let name = |rest: &str| rest.split(|c: char| !c.is_alphanumeric() && c != '-').next().unwrap_or("").to_owned();
    !selector.contains(':') && selector.split('.').skip(1).all(|rest| used.contains(name(rest).as_str()))
}

/// Declarations without variables, for one worker.
fn resolved(declarations: &str, dark: bool, worker: &str) -> String {
    let mut text = declarations.to_owned();
    while let Some(start) = text.find("var(--") {
        let end = closing(&text, start + 4);
        let inner = text[start + 6..end].to_owned();
        let (name, fallback) = inner.split_once(", ").unwrap_or((&inner, "currentColor"));
        let name = if name == "w" { worker } else { name };
        text.replace_range(start..=end, colour(name, dark).unwrap_or(fallback));
    }
    while let Some(start) = text.find("color-mix(") {
        let end = closing(&text, start + 10);
        let mixed = mixed(&text[start + 10..end]).unwrap_or_else(|| "currentColor".to_owned());
        text.replace_range(start..=end, &mixed);
    }
    text
}

/// Where the parenthesis is closed that opens before byte `from`.
fn closing(text: &str, from: usize) -> usize {
    let mut depth = 1;
    let end = text[from..].bytes().position(|byte| {
        depth += i32::from(byte == b'(') - i32::from(byte == b')');
        depth == 0
    });
    end.map_or(text.len() - 1, |end| from + end)
}

/// A colour of the theme.
pub fn colour(name: &str, dark: bool) -> Option<&'static str> {
    let (_, rest) = COLOURS.split_once(&format!("--{name}: light-dark("))?;
    let (light, rest) = rest.split_once(", ")?;
    Some(if dark { rest.split(')').next()? } else { light })
}

/// What `color-mix` gives of `in srgb, #rrggbb 14%, #rrggbb`; the second colour may be `transparent`.
fn mixed(arguments: &str) -> Option<String> {
    let mut parts = arguments.split(", ").skip(1);
    let (over, part) = parts.next()?.split_once(' ')?;
    let part = part.strip_suffix('%')?.parse::<f64>().ok()? / 100.0;
    let digits = |colour: &str| -> Option<Vec<f64>> {
        let digits = colour.strip_prefix('#')?;
        (0..3).map(|at| Some(f64::from(u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?))).collect()
    };
    let under = parts.next()?;
    if under == "transparent" {
        return Some(format!("{over}{:02x}", (part * 255.0).round() as u8));
    }
    let mixed: Vec<String> = digits(over)?
        .iter()
        .zip(digits(under)?)
        .map(|(over, under)| format!("{:02x}", (over * part + under * (1.0 - part)).round() as u8))
        .collect();
    Some(format!("#{}", mixed.concat()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{RenderOptions, cells, fixture};

    #[test]
    fn a_picture_needs_nothing_of_the_page() {
        let (notebook, record) = fixture::lesson();
        let html = cells(&notebook, &record, &RenderOptions::default()).concat();
        let all = pictures(&html);
        assert_eq!(all.len(), html.matches("<svg class=\"lanes\"").count());
        assert!(all.iter().any(|picture| !picture.caption.is_empty()) && all.iter().all(|it| !it.title.is_empty()));
        for Picture { svg, .. } in &all {
            assert!(!svg.contains("var(") && !svg.contains("light-dark") && !svg.contains("color-mix"), "{svg}");
            assert!(svg.contains("prefers-color-scheme:dark"));
            for id in svg.split("url(#").skip(1).filter_map(|rest| rest.split(')').next()) {
                assert!(svg.contains(&format!("<pattern id=\"{id}\"")), "{id}: {svg}");
            }
            let mut open = Vec::new();
            for tag in tags(svg) {
                if tag.closes {
                    assert_eq!(open.pop(), Some(tag.name), "{svg}");
                } else if !svg[..tag.end].ends_with("/>") {
                    open.push(tag.name);
                }
            }
            assert!(open.is_empty(), "{open:?}");
        }
    }

    #[test]
    fn colours_are_worked_out() {
        assert_eq!(resolved("fill: var(--w);", false, "w1"), "fill: #2f317a;");
        assert_eq!(resolved("fill: var(--h1, url(#h1));", true, ""), "fill: url(#h1);");
        assert_eq!(resolved("fill: color-mix(in srgb, var(--ink) 20%, transparent);", false, ""), "fill: #1f232833;");
        assert_eq!(mixed("in srgb, #000000 50%, #ffffff").as_deref(), Some("#808080"));
    }

    #[test]
    fn pictures_are_replaced_where_they_stand() {
        let html = "<p>a</p><svg class=\"lanes\" viewBox=\"0 0 720 9\"><title id=\"t\">A &lt; b</title><svg></svg></svg><svg></svg>";
        assert_eq!(replaced(html, |picture| format!("[{}]", picture.title)), "<p>a</p>[A < b]<svg></svg>");
        let html = "<svg class=\"lanes\"><title>A</title></svg><svg class=\"lanes small\"><title>A</title></svg>";
        assert_eq!(replaced(html, |picture| format!("[{}]", picture.title)), "[A]", "once, as on a wide page");
    }
}
