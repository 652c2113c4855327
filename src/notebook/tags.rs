//! The tags in HTML that an author wrote, as far as one must know them to find what it refers to and what it folds.

/// A tag.
pub struct Tag<'h> {
    /// Its first byte.
    pub start: usize,
    /// The byte behind it.
    pub end: usize,
    /// The element's name, in small letters.
    pub name: String,
    /// Whether it is an end tag.
    pub closes: bool,
    /// The attributes with their values, as they are written but for entities.
    pub attributes: Vec<(&'h str, String)>,
}

/// Elements whose content is no HTML.
const AS_IT_IS: [&str; 4] = ["script", "style", "textarea", "title"];

/// All tags of `html`, without those in comments and scripts.
pub fn tags(html: &str) -> Vec<Tag<'_>> {
    scan(html).0
}

/// The same, and where tags begin that have no end.
pub fn scan(html: &str) -> (Vec<Tag<'_>>, Vec<usize>) {
    let (mut found, mut broken) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(start) = html[at..].find('<').map(|offset| at + offset) {
        let rest = &html[start..];
        if rest.starts_with("<!--") {
            let Some(end) = rest.find("-->") else { break };
            at = start + end + 3;
            continue;
        }
        let Some(tag) = tag(html, start) else {
            if rest.trim_start_matches(['<', '/']).starts_with(|c: char| c.is_ascii_alphabetic()) {
                broken.push(start);
            }
            at = start + 1;
            continue;
        };
        at = tag.end;
        if !tag.closes && AS_IT_IS.contains(&tag.name.as_str()) {
            let ends = |offset: &usize| {
                let name = html.as_bytes().get(offset + 2..offset + 2 + tag.name.len());
                name.is_some_and(|name| name.eq_ignore_ascii_case(tag.name.as_bytes()))
            };
            at = html[at..].match_indices("</").map(|(offset, _)| at + offset).find(ends).unwrap_or(html.len());
        }
        found.push(tag);
    }
    (found, broken)
}

/// The tag that begins at a byte.
fn tag(html: &str, start: usize) -> Option<Tag<'_>> {
    let inner = &html[start + 1..];
    let (closes, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
    let length = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(inner.len());
    let (name, mut rest) = inner.split_at(length);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if let Some(behind) = rest.strip_prefix('>') {
            let end = html.len() - behind.len();
            return Some(Tag { start, end, name: name.to_ascii_lowercase(), closes, attributes });
        }
        let length = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/' | '<' | '"' | '\''))?;
        if length == 0 {
            return None;
        }
        let (attribute, behind) = rest.split_at(length);
        rest = behind.trim_start();
        let value = match rest.strip_prefix('=') {
            None => String::new(),
            Some(behind) => {
                let behind = behind.trim_start();
                let quote = behind.chars().next().filter(|c| matches!(c, '"' | '\''));
                let (value, behind) = match quote {
                    Some(quote) => behind[1..].split_once(quote)?,
                    None => behind.split_at(behind.find(|c: char| c.is_whitespace() || c == '>')?),
                };
                rest = behind;
                plain(value)
            }
        };
        attributes.push((attribute, value));
    }
}

/// A value without the entities that authors write in addresses.
fn plain(value: &str) -> String {
    let entities = [("&quot;", "\""), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    entities.iter().fold(value.to_owned(), |value, (entity, sign)| value.replace(entity, sign))
}

impl Tag<'_> {
    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&str> {
        let of_name = |attribute: &&(&str, String)| attribute.0.eq_ignore_ascii_case(name);
        self.attributes.iter().find(of_name).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_with_their_attributes() {
        let html =
            "a < b <IMG src='x y.png' alt=c hidden/> </p > <!-- <b> --> <script>\"<i>\"</script> <a href=\"?a&amp;b\">";
        let found = tags(html);
        let names: Vec<(&str, bool)> = found.iter().map(|tag| (tag.name.as_str(), tag.closes)).collect();
        assert_eq!(names, [("img", false), ("p", true), ("script", false), ("script", true), ("a", false)]);
        assert_eq!(
            (found[0].get("SRC"), found[0].get("alt"), found[0].get("hidden")),
            (Some("x y.png"), Some("c"), Some(""))
        );
        assert_eq!(found[4].get("href"), Some("?a&b"));
        assert_eq!(&html[found[0].start..found[0].end], "<IMG src='x y.png' alt=c hidden/>");
    }

    #[test]
    fn what_is_no_tag_is_none() {
        for html in ["<", "<a", "<a href=", "<a href='x>", "<1>", "<a \"x\">", "<!-- <b>", "a <= b >"] {
            assert!(tags(html).is_empty(), "{html}");
        }
    }

    #[test]
    fn a_tag_without_an_end_is_broken() {
        assert_eq!(scan("<b><a href=\"x> a < b <!-- <i --> </p").1, [3, 33]);
        assert!(scan("<b> a < b <1 </ <!-- <i -->").1.is_empty());
    }
}
