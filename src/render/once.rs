//! What a page tells once although each of its cells has it: what marks mean, and how pictures are to be read; and pictures of which one
//! drawing fits any window. Cells that stand alone keep theirs.

use super::picture::length;
use std::collections::{HashMap, HashSet};

const LEGEND: &str = "<span class=\"legend\">";
const ABOUT: &str = "<desc id=\"";
const END: &str = "</desc>";
const WAY: &str = "<div class=\"picture scroll\" tabindex=\"0\">";
const SMALL: &str = "<svg class=\"lanes small\"";

/// The cells of a page, in which each mark is explained where it comes first, and so is how each kind of picture is read.
pub fn told(cells: Vec<String>) -> Vec<String> {
    let (mut marks, mut abouts) = (HashSet::new(), HashMap::new());
    let one = |cell: String| with_abouts(&with_marks(&one_for_all(&cell), &mut marks), &mut abouts);
    cells.into_iter().map(one).collect()
}

/// A cell in which a short way has one drawing: that for a small window, which has the same steps.
fn one_for_all(cell: &str) -> String {
    let mut parts = cell.split(WAY);
    let mut out = String::with_capacity(cell.len());
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        out.push_str(WAY);
        let has_one = part.find("</div>").is_some_and(|end| part[..end].matches(SMALL).count() == 1);
        match length(part).filter(|_| has_one).and_then(|wide| part.get(wide..)?.strip_prefix(SMALL)) {
            Some(rest) => out.push_str(&format!("<svg class=\"lanes small any\"{rest}")),
            None => out.push_str(part),
        }
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
    same.iter().fold(out, |out, (id, first)| out.replace(&format!(" {id}\""), &format!(" {first}\"")))
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
        let once = told(vec![cell(&["work", "wait"]), cell(&["wait"]), cell(&["sleep", "work"])]);
        assert_eq!(once, [cell(&["work", "wait"]), cell(&[]), cell(&["sleep"])]);
    }

    #[test]
    fn a_short_way_has_one_drawing_and_a_long_one_keeps_all() {
        let way = |pieces: usize| {
            let pieces: String = (0..pieces).map(|n| format!("{SMALL} id=\"{n}\"><g/></svg>")).collect();
            format!("<p>a</p>{WAY}<svg class=\"lanes\"><g/></svg>{pieces}</div>")
        };
        let short = format!("<p>a</p>{WAY}<svg class=\"lanes small any\" id=\"0\"><g/></svg></div>");
        assert_eq!(told(vec![way(2), way(1), way(1) + &way(2)]), [way(2), short.clone(), short + &way(2)]);
    }

    #[test]
    fn a_picture_refers_to_how_the_first_of_its_kind_is_read() {
        let picture = |id: &str, of: &str, about: &str| {
            let about = if about.is_empty() { String::new() } else { format!("{ABOUT}{id}-d\">{about}{END}") };
            format!("<svg aria-labelledby=\"{id}-t {of}-d\">{about}</svg><svg aria-labelledby=\"{id}-t {of}-d\"></svg>")
        };
        let once = told(vec![picture("a", "a", "lanes") + &picture("b", "b", "a lock"), picture("c", "c", "lanes")]);
        assert_eq!(once, [picture("a", "a", "lanes") + &picture("b", "b", "a lock"), picture("c", "a", "")]);
    }
}
