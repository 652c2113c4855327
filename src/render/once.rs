//! What a page tells once although each of its cells has it: what marks mean, and how pictures are to be read; and pictures of which one
//! drawing fits any window. Cells that stand alone keep theirs.

use super::picture::length;
use std::collections::{HashMap, HashSet};

const LEGEND: &str = "<span class=\"legend\">";
/// What comes before the id of how a picture is read, in the picture.
const DESCRIBED: &str = " aria-describedby=\"";
const ABOUT: &str = "<desc id=\"";
const END: &str = "</desc>";
const WAY: &str = "<div class=\"picture scroll\" tabindex=\"0\">";
const WIDE: &str = "<svg class=\"lanes\"";
const SMALL: &str = "<svg class=\"lanes small\"";
const ANY: &str = "<svg class=\"lanes small any\"";
const EVENT: &str = "<g class=\"e\"";
const FOLDED: &str = "<details class=\"drawn\">";
/// So many steps need no room.
const FEW: u32 = 14;
const FOLDED_ENDS: [&str; 2] = ["</details>\n</details>", "</figure>\n</details>"];

/// The cells of a page, in which each mark is explained where it comes first, and so is how each kind of picture is read. `is_folded` says
/// which of them are.
pub fn told(cells: Vec<String>, is_folded: impl Fn(usize) -> bool) -> Vec<String> {
    let (mut marks, mut abouts) = (HashSet::new(), HashMap::new());
    let one = |(number, cell): (usize, String)| {
        with_abouts(&with_marks(&one_for_all(&cell, is_folded(number)), &mut marks), &mut abouts)
    };
    cells.into_iter().enumerate().map(one).collect()
}

/// A cell in which what needs no room has one drawing for any window, which is that for a small one: a way, which has the same steps there,
/// what is looked at from nearby or has few steps where lanes have a clock, of which it has as much, and what is folded, all of it if the whole cell `is_folded`.
fn one_for_all(cell: &str, is_folded: bool) -> String {
    let (mut out, mut rest, mut within) = (String::with_capacity(cell.len()), cell, false);
    let by_time = cell.contains(" data-ns=\"");
    while let Some(at) = rest.find(WIDE) {
        let (before, picture) = rest.split_at(at);
        out.push_str(before);
        // What is folded ends with its details, which may have a table in further ones.
        let ends = |before: &str| FOLDED_ENDS.iter().any(|end| before.contains(end));
        within = match before.rfind(FOLDED) {
            Some(begin) => !ends(&before[begin..]),
            None => within && !ends(before),
        };
        let (wide, behind) = picture.split_at(length(picture).unwrap_or(picture.len()));
        let pieces = pieces(behind);
        let is_near =
            || wide.lines().next().is_some_and(|head| head.contains("-near-t\"") || by_time && is_short(head));
        rest = &behind[pieces.iter().map(|piece| piece.len()).sum()..];
        match pieces.as_slice() {
            [] => out.push_str(wide),
            _ if before.ends_with(WAY) => pieces.iter().for_each(|piece| out.extend([ANY, &piece[SMALL.len()..]])),
            [small] if is_folded || within || is_near() => out.extend([ANY, &told_by(wide, &small[SMALL.len()..])]),
            _ => {
                out.push_str(wide);
                pieces.iter().for_each(|piece| out.push_str(piece));
            }
        }
    }
    out + rest
}

/// Whether a picture has few steps from left to right.
fn is_short(head: &str) -> bool {
    let steps = head.split_once(" data-steps=\"").and_then(|(_, rest)| rest.split('"').next()?.parse().ok());
    steps.is_some_and(|steps: u32| steps <= FEW)
}

/// The drawings for a small window with which some HTML begins.
fn pieces(html: &str) -> Vec<&str> {
    let (mut found, mut rest) = (Vec::new(), html);
    while let Some(end) = length(rest).filter(|_| rest.starts_with(SMALL)) {
        found.push(&rest[..end]);
        rest = &rest[end..];
    }
    found
}

/// A drawing for a small window with the name that the one for a wide page has, and with what that tells of its events.
fn told_by(wide: &str, small: &str) -> String {
    let name = wide.split_once("<title ").map_or("", |(_, rest)| rest);
    let name = name.split_inclusive(if name.contains(END) { END } else { "</title>" }).next().unwrap_or("");
    let titles = wide.split(EVENT).skip(1).map(|event| {
        let title = event.split_once("<title>").filter(|(before, _)| before.ends_with('>') && !before.contains('<'));
        title.and_then(|(_, rest)| rest.split_once("</title>")).map_or("", |(title, _)| title)
    });
    let mut events = small.split(EVENT);
    let head = events.next().unwrap_or("");
    let mut out = match head.split_once('>') {
        Some((root, rest)) => format!("{root}><title {name}{rest}"),
        None => head.to_owned(),
    };
    for (event, title) in events.zip(titles) {
        let (tag, rest) = event.split_once('>').unwrap_or((event, ""));
        out.push_str(&format!("{EVENT}{tag}><title>{title}</title>{rest}"));
    }
    out
}

/// A cell whose legends lack the entries that are `known`. The empty ones stay: a script puts what opens the page's legend there.
fn with_marks(cell: &str, known: &mut HashSet<String>) -> String {
    let mut parts = cell.split(LEGEND);
    let mut out = String::with_capacity(cell.len());
    out.push_str(parts.next().unwrap_or_default());
    for mut part in parts {
        out.push_str(LEGEND);
        while let Some(end) = part.find("</span>").filter(|_| part.starts_with("<span>")) {
            let (entry, rest) = part.split_at(end + "</span>".len());
            if known.insert(entry.to_owned()) {
                out.push_str(entry);
            }
            part = rest;
        }
        out.push_str(part);
    }
    out
}

/// A cell whose pictures refer to how another one is read, where that is read in the same way. `known` has the ids of these texts.
fn with_abouts(cell: &str, known: &mut HashMap<String, String>) -> String {
    let mut parts = cell.split(ABOUT);
    let mut out = String::with_capacity(cell.len());
    out.push_str(parts.next().unwrap_or_default());
    let mut same = Vec::new();
    for part in parts {
        let found = part.split_once(END).and_then(|(about, rest)| Some((about.split_once("\">")?, rest)));
        let Some(((id, text), rest)) = found else {
            out.push_str(ABOUT);
            out.push_str(part);
            continue;
        };
        match known.get(text) {
            Some(first) => {
                same.push((id, first.clone()));
                out.push_str(rest);
            }
            None => {
                known.insert(text.to_owned(), id.to_owned());
                out.push_str(ABOUT);
                out.push_str(part);
            }
        }
    }
    same.iter()
        .fold(out, |out, (id, first)| out.replace(&format!("{DESCRIBED}{id}\""), &format!("{DESCRIBED}{first}\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_explained_where_it_comes_first() {
        let entry = |text: &str| format!("<span><svg class=\"w1\"></svg>{text}</span>");
        let cell = |marks: &[&str]| {
            format!(
                "<p>a</p>{LEGEND}{}</span> <span class=\"note\">b</span>",
                marks.iter().map(|it| entry(it)).collect::<String>()
            )
        };
        let once = told(vec![cell(&["work", "wait"]), cell(&["wait"]), cell(&["sleep", "work"])], |_| false);
        assert_eq!(once, [cell(&["work", "wait"]), cell(&[]), cell(&["sleep"])]);
    }

    #[test]
    fn what_needs_no_room_has_one_drawing() {
        let wide = |name: &str, events: &str| {
            format!(
                "{WIDE} aria-labelledby=\"{name}-t\" aria-describedby=\"d\"><title id=\"{name}-t\">A</title><desc id=\"d\">B</desc>\n{events}</svg>"
            )
        };
        let small = |events: &str| format!("{SMALL} aria-labelledby=\"x\">{events}</svg>");
        let any = |events: &str| format!("{ANY} aria-labelledby=\"x\">{events}</svg>");
        let told = |events: &str| any(&format!("<title id=\"x-t\">A</title><desc id=\"d\">B</desc>{events}"));
        let named = |name: &str| any(&format!("<title id=\"{name}-t\">A</title><desc id=\"d\">B</desc><g/>"));
        let one = |html: &str, is_folded| one_for_all(html, is_folded);
        let way = |pieces: &str| format!("<p>a</p>{WAY}{pieces}</div>");
        let both = small("<g/>") + &small("<b/>");
        assert_eq!(one(&way(&(wide("x", "") + &both)), false), way(&(any("<g/>") + &any("<b/>"))));
        let lanes =
            wide("x", "<g class=\"e\"><title>1</title><path/></g><g class=\"e\" data-p=\"0\"><title>2</title></g>")
                + &small("<g class=\"e\"><path/></g><g class=\"e\" data-p=\"0\"></g>");
        assert_eq!(one(&lanes, false), lanes);
        let tells = "<g class=\"e\"><title>1</title><path/></g><g class=\"e\" data-p=\"0\"><title>2</title></g>";
        assert_eq!(one(&lanes, true), told(tells));
        let figure = |name: &str| format!("<figure>{}{}</figure>", wide(name, ""), small("<g/>"));
        let drawn = |figure: &str| format!("{FOLDED}{figure}<details></details>\n</details>\n");
        let html = figure("a") + &drawn(&figure("b")) + &figure("c") + &figure("d-near");
        let expected = figure("a")
            + &drawn(&format!("<figure>{}</figure>", named("b")))
            + &figure("c")
            + &format!("<figure>{}</figure>", named("d-near"));
        assert_eq!(one(&html, false), expected);
    }

    #[test]
    fn a_picture_refers_to_how_the_first_of_its_kind_is_read() {
        let picture = |id: &str, of: &str, about: &str| {
            let about = if about.is_empty() { String::new() } else { format!("{ABOUT}{id}-d\">{about}{END}") };
            format!("<svg{DESCRIBED}{of}-d\">{about}</svg><svg{DESCRIBED}{of}-d\"></svg>")
        };
        let once =
            told(vec![picture("a", "a", "lanes") + &picture("b", "b", "a lock"), picture("c", "c", "lanes")], |_| {
                false
            });
        assert_eq!(once, [picture("a", "a", "lanes") + &picture("b", "b", "a lock"), picture("c", "a", "")]);
    }
}
