//! The first picture of a page, to stand on an index.

/// More than this, and an index of many lessons would take long to open.
const MOST_BYTES: usize = 48 * 1024;

/// The first picture in some HTML that this stage made, if it is small enough: without what names it, since a name may stand on a
/// page only once.
pub fn first(html: &str) -> Option<String> {
    // Of a short way there is one drawing for any window.
    let is_meant =
        |at: &usize| [" class=\"lanes\"", " class=\"lanes small any\""].iter().any(|it| html[at + 4..].starts_with(it));
    let starts = html.match_indices("<svg ").map(|(at, _)| at).filter(is_meant);
    let pictures = starts.filter_map(|start| Some(&html[start..start + length(&html[start..])?]));
    pictures.filter(|picture| picture.len() <= MOST_BYTES).map(nameless).next()
}

/// How long the element is with which some HTML begins.
pub fn length(html: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (at, _) in html.match_indices("svg") {
        if html[..at].ends_with("</") {
            open = open.checked_sub(1)?;
            if open == 0 {
                return Some(at + "svg>".len());
            }
        } else if html[..at].ends_with('<') {
            open += 1;
        }
    }
    None
}

/// A picture without its title, its description and all names.
fn nameless(picture: &str) -> String {
    let mut out = picture.to_owned();
    let texts = [("<title", "</title>"), ("<desc", "</desc>")];
    let names = [" id=\"", " aria-labelledby=\"", " aria-describedby=\""].map(|name| (name, "\""));
    for (start, end) in texts.into_iter().chain(names) {
        while let Some(from) = out.find(start) {
            let Some(length) = out[from + start.len()..].find(end) else { break };
            out.replace_range(from..from + start.len() + length + end.len(), "");
        }
    }
    out.replacen(" role=\"img\"", "", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_whole_and_has_no_names() {
        let html = "<p>svg</p><svg class=\"lanes\" id=\"a\" role=\"img\" aria-labelledby=\"t\" aria-describedby=\"d\"><title id=\"t\">T</title>\
                    <svg class=\"plot\"><path id=\"x\" d=\"M0\"/></svg></svg><svg class=\"lanes\"></svg>";
        let picture = "<svg class=\"lanes\"><svg class=\"plot\"><path d=\"M0\"/></svg></svg>";
        assert_eq!(first(html).as_deref(), Some(picture));
        assert_eq!(first("<p>none</p>"), None);
    }

    #[test]
    fn a_picture_that_is_too_large_is_passed_over() {
        let large = format!("<svg class=\"lanes\">{}</svg>", "<g/>".repeat(MOST_BYTES / 4));
        let small = "<svg class=\"lanes\"><g/></svg>";
        assert_eq!(first(&format!("{large}{small}")).as_deref(), Some(small));
    }
}
