//! The bar of an exploration's outcomes as a picture, for places where no style tells how wide its parts are.

use super::standalone::{WIDTH, colour};
use super::tags::tags;
use std::fmt::Write;

const OPEN: &str = "<div class=\"stack\" role=\"group\" aria-label=\"";
const HEIGHT: f64 = 24.0;
const GAP: f64 = 2.0;
/// The kinds of parts, and their colours.
const KINDS: [(&str, &str); 3] = [("wrong", "bad"), ("right", "good"), ("open", "calm")];
/// From this width on a part has room for its number.
const NUMBERED: f64 = 20.0;

/// The HTML of a cell with something else in place of each such bar: made of what it is called, as HTML, and of its picture.
pub fn replaced(html: &str, mut with: impl FnMut(&str, &str) -> String) -> String {
    let mut parts = html.split(OPEN);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once("\">").and_then(|(title, rest)| Some((title, rest.split_once("</div>")?))) {
            Some((title, (bar, rest))) => out.extend([&with(title, &picture(bar)), rest]),
            None => out.extend([OPEN, part]),
        }
    }
    out
}

fn picture(bar: &str) -> String {
    let tags = tags(bar);
    let parts = tags.iter().filter_map(|tag| {
        let share = tag.get("style")?.strip_prefix("flex-grow:")?.parse::<f64>().ok()?;
        let label = bar[tag.end..].split_once("<b>")?.1.split_once("</b>")?.0;
        Some((tag.get("class")?, share, label))
    });
    let parts: Vec<(&str, f64, &str)> = parts.collect();
    let whole: f64 = parts.iter().map(|(_, share, _)| share).sum();
    let room = WIDTH - GAP * parts.len().saturating_sub(1) as f64;
    let (mut body, mut x) = (String::new(), 0.0);
    for (kind, share, label) in parts {
        let wide = share / whole * room;
        let _ = write!(body, "<rect class=\"{kind}\" x=\"{x:.1}\" width=\"{wide:.1}\" height=\"{HEIGHT}\" rx=\"2\"/>");
        if wide >= NUMBERED {
            let _ = write!(body, "<text x=\"{:.1}\" y=\"16\">{label}</text>", x + wide / 2.0);
        }
        x += wide + GAP;
    }
    let style = |dark| {
        let fill = |name| colour(name, dark).unwrap_or("currentColor");
        let kinds: String = KINDS.iter().map(|(kind, name)| format!(".{kind}{{fill:{}}}", fill(name))).collect();
        format!("{kinds}text{{fill:{}}}", fill("paper"))
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\">\
         <style>text{{font:600 12px system-ui,sans-serif;text-anchor:middle}}{}@media(prefers-color-scheme:dark){{{}}}</style>\
         {body}</svg>\n",
        style(false),
        style(true)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_has_a_part_as_wide_as_its_share() {
        let part = |kind: &str, share: f64, number: u32| {
            format!("<a class=\"{kind}\" href=\"#a\" style=\"flex-grow:{share:.4}\" title=\"a\"><b>{number}</b></a>\n")
        };
        let bar = [part("wrong", 0.75, 1), part("right", 0.24, 2), part("right", 0.01, 3)].concat();
        let html = format!("<p>a</p>{OPEN}All &amp; each\">\n{bar}</div>\n<p>b</p>");
        let mut svg = String::new();
        let replaced = replaced(&html, |title, picture| {
            picture.clone_into(&mut svg);
            format!("[{title}]")
        });
        assert_eq!(replaced, "<p>a</p>[All &amp; each]\n<p>b</p>");
        assert!(svg.contains("class=\"wrong\" x=\"0.0\" width=\"537.0\"") && svg.contains(">1</text>"), "{svg}");
        assert!(svg.contains("class=\"right\" x=\"539.0\" width=\"171.8\"") && !svg.contains(">3</text>"), "{svg}");
        assert!(svg.contains(".wrong{fill:#b3261e}") && svg.contains("dark){.wrong{fill:#ff8a80}"), "{svg}");
    }
}
