//! What may stand in the MathML of a formula. The converter does not escape everything that an author wrote, so what it
//! gives is compared with a list: elements, attributes, values, and which element may stand in which.

use super::{clean, text};

/// Elements that hold other elements.
const LAYOUT: [&str; 19] = [
    "math",
    "menclose",
    "merror",
    "mfrac",
    "mmultiscripts",
    "mover",
    "mpadded",
    "mphantom",
    "mroot",
    "mrow",
    "msqrt",
    "msub",
    "msubsup",
    "msup",
    "mtable",
    "mtd",
    "mtr",
    "munder",
    "munderover",
];
/// Elements that hold nothing.
const EMPTY: [&str; 2] = ["mprescripts", "mspace"];
/// Elements that hold text.
const TOKEN: [&str; 4] = ["mi", "mn", "mo", "mtext"];
/// Elements of HTML, which may stand in text.
const HTML: [&str; 8] = ["a", "b", "code", "em", "i", "s", "span", "u"];

const ATTRIBUTES: [&str; 21] = [
    "accent",
    "accentunder",
    "columnalign",
    "display",
    "displaystyle",
    "fence",
    "form",
    "height",
    "largeop",
    "linethickness",
    "lspace",
    "mathvariant",
    "maxsize",
    "minsize",
    "movablelimits",
    "notation",
    "rspace",
    "scriptlevel",
    "stretchy",
    "symmetric",
    "width",
];
const STYLES: [&str; 16] = [
    "border-left",
    "border-right",
    "border-top",
    "color",
    "font-size",
    "font-variant-caps",
    "justify-items",
    "margin-left",
    "math-shift",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "text-align",
    "width",
];

/// How deep elements may stand in each other. Browsers end at about 500 for the whole page.
const DEEPEST: usize = 100;

/// `html` if it is MathML as it should be, but for the names that it would give to places on the page.
///
/// # Errors
/// What else is in it.
pub fn checked(html: &str) -> Result<String, String> {
    const OTHER: &str = "it holds what cannot stand in a formula";
    if text::visible(html) != html {
        return Err(OTHER.to_owned());
    }
    let mut out = String::with_capacity(html.len());
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        rest = &rest[start + 1..];
        let end = rest.find('>').ok_or(OTHER)?;
        let tag = &rest[..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) || open.is_empty() && !rest.is_empty() {
                return Err(OTHER.to_owned());
            }
            out.extend(["</", name, ">"]);
            continue;
        }
        let (tag, is_closed) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        if !may_stand(name, open.last().copied(), is_closed) {
            return Err(match name.chars().all(|c| c.is_ascii_alphanumeric()) && !name.is_empty() {
                true => format!("it holds `<{name}>`, which cannot stand in a formula"),
                false => OTHER.to_owned(),
            });
        }
        out.extend(["<", name]);
        push_attributes(&mut out, name, attributes).ok_or(OTHER)?;
        out.push_str(if is_closed { "/>" } else { ">" });
        if !is_closed {
            open.push(name);
        }
        if open.len() > DEEPEST {
            return Err(format!("it is nested more than {DEEPEST} deep"));
        }
    }
    out.push_str(rest);
    if open.is_empty() && rest.is_empty() { Ok(out) } else { Err(OTHER.to_owned()) }
}

/// Whether an element may stand in `parent`.
fn may_stand(name: &str, parent: Option<&str>, is_closed: bool) -> bool {
    let Some(parent) = parent else { return name == "math" && !is_closed };
    if TOKEN.contains(&parent) || HTML.contains(&parent) {
        return HTML.contains(&name) && !is_closed;
    }
    match name {
        "math" => false,
        _ if EMPTY.contains(&name) => is_closed,
        _ => (LAYOUT.contains(&name) || TOKEN.contains(&name)) && !is_closed,
    }
}

/// Appends the attributes of an element. Names of places are left out: those of several formulas could be the same.
fn push_attributes(out: &mut String, element: &str, mut rest: &str) -> Option<()> {
    loop {
        rest = rest.trim_start_matches(' ');
        if rest.is_empty() {
            return Some(());
        }
        let (name, behind) = rest.split_once("=\"")?;
        let (value, behind) = behind.split_once('"')?;
        rest = behind;
        let kept = match name {
            "id" => continue,
            "href" if element == "a" && value.starts_with('#') => continue,
            "href" => element == "a" && clean::is_link(value),
            "class" => ["math-core-", "menclose-"].iter().any(|start| value.starts_with(start)) && is_plain(value),
            "style" => value.split(';').filter(|part| !part.trim().is_empty()).all(is_style),
            _ => ATTRIBUTES.contains(&name) && is_plain(value),
        };
        if !kept {
            return None;
        }
        out.extend([" ", name, "=\"", value, "\""]);
    }
}

fn is_style(declaration: &str) -> bool {
    declaration.split_once(':').is_some_and(|(name, value)| STYLES.contains(&name.trim()) && is_plain(value))
}

fn is_plain(value: &str) -> bool {
    value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-' | '%' | '#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_formula_is_made_of_stays_as_it_is() {
        for html in [
            "<math display=\"block\"><mi>a</mi><mo>&lt;</mo><mspace width=\"1em\"/></math>",
            "<math><mtext>a <b>b</b></mtext><mtd style=\"padding-left: 0;width: 7.5%\"></mtd></math>",
            "<math><mtext><a href=\"https://example.org\">a</a></mtext></math>",
        ] {
            assert_eq!(checked(html).as_deref(), Ok(html));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for inner in [
            "<mo><script>x</script></mo>",
            "<mo><style>x</style></mo>",
            "<mo><img src=\"x\"></mo>",
            "<mo></math><b></mo>",
            "<mo><mi>a</mi></mo>",
            "<mrow><b>a</b></mrow>",
            "<mo onclick=\"x\">a</mo>",
            "<mo style=\"position: fixed\">a</mo>",
            "<mo style=\"color: url(x)\">a</mo>",
            "<mo class=\"banner\">a</mo>",
            "<mtext><a href=\"javascript:x\">a</a></mtext>",
            "<mo>a",
            "<mo><</mo>",
            "<mo/>",
            "<mo>a</mo></math><math>",
            "<mo>\u{1}</mo>",
            "<mo>\u{202e}</mo>",
            "<!-- -->",
        ] {
            assert!(checked(&format!("<math>{inner}</math>")).is_err(), "{inner}");
        }
        assert!(checked("a").is_err() && checked("<mi>a</mi>").is_err());
    }

    #[test]
    fn names_of_places_are_left_out() {
        let html = "<math><mtd id=\"theme\"><mtext><a href=\"#top\">1</a></mtext></mtd></math>";
        assert_eq!(checked(html).as_deref(), Ok("<math><mtd><mtext><a>1</a></mtext></mtd></math>"));
    }
}
