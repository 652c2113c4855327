//! Text that came out of a run, made safe and visible: escape sequences go, control characters become signs, HTML is
//! escaped. Everything on the page that an author or a program wrote passes through here.

use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// `text` as HTML character data that is also safe inside a double-quoted attribute. What HTML forbids, or what turns the
/// direction of text, is shown by a sign.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    push_escaped(&mut out, text);
    out
}

/// Appends `text` to `out` as [`escape`] gives it.
pub fn push_escaped(out: &mut String, text: &str) {
    let (mut from, mut looked_at) = (0, false);
    for (at, byte) in text.bytes().enumerate() {
        if IS_ITSELF[usize::from(byte)] {
            continue;
        }
        let entity = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ if looked_at => continue,
            _ => {
                looked_at = true;
                let Some(fit) = fit(&text[at..]) else { continue };
                out.push_str(&text[from..at]);
                return push_escaped(out, &fit);
            }
        };
        out.push_str(&text[from..at]);
        out.push_str(entity);
        from = at + 1;
    }
    out.push_str(&text[from..]);
}

/// Of each byte, whether it stands for itself on a page, whatever is around it.
static IS_ITSELF: [bool; 256] = {
    let (mut table, mut byte) = ([false; 256], 0);
    while byte < 0x80 {
        table[byte as usize] = is_plain(byte) && !matches!(byte, b'&' | b'<' | b'>' | b'"');
        byte += 1;
    }
    table
};

/// `text` with signs for what a page cannot hold; `None` where it holds all of it. A carriage return is allowed, and a
/// line break.
fn fit(text: &str) -> Option<String> {
    let unfit = |c: char| sign(c).filter(|_| c != '\r');
    let is_unfit = text.chars().any(|c| is_odd(c) && unfit(c).is_some());
    is_unfit.then(|| text.chars().map(|c| unfit(c).unwrap_or_else(|| c.to_string())).collect())
}

/// What a program printed, as a reader may see it: terminal escape sequences are dropped, a carriage return at the end
/// is dropped, other control characters become their signs (`␛`, `␀`), and characters that would turn the direction of
/// the text or that HTML forbids become `⟨U+202E⟩`. Tabs and line feeds stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.bytes().all(is_plain) || !text.chars().any(|c| is_odd(c) && sign(c).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(behind) = skip_escape_sequence(rest) {
            rest = behind;
            continue;
        }
        match sign(c) {
            Some(sign) => out.push_str(&sign),
            None => out.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    Cow::Owned(out)
}

/// [`visible`], then [`escape`].
pub fn shown(text: &str) -> String {
    escape(&visible(text))
}

/// What keeps lines that are a drawing or a table from being wrapped: at least two of them have no words, or gaps between what they have.
pub fn drawn<'a>(lines: impl Iterator<Item = &'a str>) -> &'static str {
    let is_drawn = |line: &&str| {
        let line = line.trim_end();
        let signs = line.chars().filter(|c| !c.is_whitespace() && !",()[]{}".contains(*c)).count();
        let words = line.chars().filter(|c| c.is_alphanumeric()).count();
        (signs >= 2 && words * 2 < signs) || line.trim_start().contains("   ")
    };
    if lines.filter(is_drawn).nth(1).is_some() { " class=\"art\" tabindex=\"0\"" } else { "" }
}

/// [`shown`], with what stands between backticks as code. An odd backtick is only a backtick.
pub fn shown_with_code(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return shown(text);
    }
    let tagged = parts.iter().enumerate().map(|(at, part)| match at % 2 {
        0 => shown(part),
        _ => format!("<code>{}</code>", shown(part)),
    });
    tagged.collect()
}

/// Whether this is a character that is safe to see, which need not be looked at further, as in nearly all text.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b' '..=b'~')
}

/// Whether `c` is in none of the ranges in which nearly all characters are.
fn is_odd(c: char) -> bool {
    !matches!(c, ' '..='~' | '\u{a0}'..='\u{61b}' | '\u{2010}'..='\u{2029}' | '\u{2070}'..='\u{fdcf}')
}

/// What stands for `c` on the page, if `c` cannot stand there itself.
fn sign(c: char) -> Option<String> {
    let code = c as u32;
    match code {
        0x09 | 0x0a => None,
        0x00..=0x1f => char::from_u32(0x2400 + code).map(String::from),
        0x7f => Some("\u{2421}".to_owned()),
        0x80..=0x9f | 0x061c | 0x200e..=0x200f | 0x202a..=0x202e | 0x2066..=0x2069 | 0xfeff => {
            Some(format!("⟨U+{code:04X}⟩"))
        }
        // HTML forbids the non-characters: the last two of each plane, and a block of them in the first.
        _ if (0xfdd0..=0xfdef).contains(&code) || code & 0xfffe == 0xfffe => Some("\u{fffd}".to_owned()),
        _ => None,
    }
}

/// What follows the terminal escape sequence at the start of `text`, if one stands there.
fn skip_escape_sequence(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('\u{1b}')?;
    let kind = rest.chars().next()?;
    let body = &rest[kind.len_utf8()..];
    match kind {
        // A control sequence: parameters, then one final character from `@` to `~`.
        '[' => {
            let end = body.find(|c: char| !(' '..='?').contains(&c))?;
            let last = body[end..].chars().next()?;
            ('@'..='~').contains(&last).then(|| &body[end + 1..])
        }
        // A string for the terminal (a title, a link), up to BEL or ST.
        ']' | 'P' | '_' | '^' | 'X' => {
            let end = body.find(['\u{7}', '\u{1b}'])?;
            Some(body[end..].strip_prefix("\u{1b}\\").unwrap_or(&body[end + 1..]))
        }
        ' '..='/' => body.chars().next().filter(char::is_ascii).map(|_| &body[1..]),
        '0'..='~' => Some(body),
        _ => None,
    }
}

/// As much of `text` as stands in `columns` columns, of which a Chinese character takes two; where something was left
/// out, the last character is `…`.
pub fn shorten(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let mut left = columns.saturating_sub(1);
    let fits = |c: &char| {
        let width = c.width().unwrap_or(0);
        let fits = width <= left;
        left = left.saturating_sub(width);
        fits
    };
    Cow::Owned(text.chars().take_while(fits).chain(['…']).collect())
}

/// How many columns of a long name's end are kept.
const TAIL: usize = 4;

/// A name that fits into so many columns: of one that is longer, beginning and end, since workers that are many differ by the end of theirs.
pub fn shorten_name(name: &str, columns: usize) -> Cow<'_, str> {
    if name.width() <= columns {
        return Cow::Borrowed(name);
    }
    let (_, tail) = split_name(name);
    match columns.checked_sub(tail.width() + 1) {
        Some(room) if room > tail.width() => Cow::Owned(format!("{}{tail}", shorten(name, room + 1))),
        _ => shorten(name, columns),
    }
}

/// How many columns a bold name takes; letters that are wider than a column count as more than one.
pub fn bold_columns(name: &str) -> usize {
    let wide = name.chars().filter(|c| matches!(c, 'm' | 'w' | 'M' | 'W')).count();
    (name.width() * 5 + wide * 2).div_ceil(5)
}

/// The same of a bold name among others. Where these would look alike, it is shown from the word on in which they differ.
pub fn shorten_among<'a, 'o>(
    name: &'a str,
    columns: usize,
    others: impl Iterator<Item = Cow<'o, str>>,
) -> Cow<'a, str> {
    let fits = |short: &str| bold_columns(short) <= columns;
    if fits(name) {
        return Cow::Borrowed(name);
    }
    let mut shorts = (1..=columns).rev().map(|columns| (columns, shorten_name(name, columns)));
    let Some((room, short)) = shorts.find(|(_, short)| fits(short)) else { return Cow::Borrowed("…") };
    let alike = others.filter(|other| other != name && shorten_name(other, room) == short);
    let same = |other: Cow<str>| name.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let Some(same) = alike.map(same).min() else { return short };
    let at = name.char_indices().nth(same).map_or(name.len(), |(at, _)| at);
    let start = name[..at].rfind([' ', '-', '_', '.']).map_or(at, |before| before + 1);
    let mut ends =
        (1..columns).rev().map(|columns| format!("…{}", shorten(&name[start..], columns).replace(" …", "…")));
    ends.find(|end| fits(end)).map_or(short, Cow::Owned)
}

/// A name before and from where its last part begins, as far as that is short.
pub fn split_name(name: &str) -> (&str, &str) {
    let (mut at, mut wide) = (name.len(), 0);
    for (start, c) in name.char_indices().rev() {
        wide += c.width().unwrap_or(0);
        if wide > TAIL {
            break;
        }
        at = start;
    }
    name.split_at(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::iter;

    #[test]
    fn every_character_with_a_sign_is_looked_at() {
        assert!(('\0'..=char::MAX).all(|c| is_odd(c) || sign(c).is_none()));
        assert!((' '..='~').chain(['\t', '\n']).all(|c| sign(c).is_none()));
    }

    #[test]
    fn markup_in_text_is_escaped() {
        assert_eq!(escape("<b a=\"1\">&"), "&lt;b a=&quot;1&quot;&gt;&amp;");
        assert_eq!(escape("a\0\u{1b}b\u{202e}\r\n"), "a␀␛b⟨U+202E⟩\r\n");
        assert_eq!(escape("<多\0&é>"), "&lt;多␀&amp;é&gt;");
    }

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(visible("多进程\t1 < 2"), Cow::Borrowed(_)));
    }

    #[test]
    fn colours_titles_and_links_of_a_terminal_are_dropped() {
        assert_eq!(visible("\u{1b}[1;31mred\u{1b}[0m \u{1b}]0;title\u{7}on \u{1b}]8;;x\u{1b}\\y\u{1b}(B"), "red on y");
    }

    #[test]
    fn a_broken_escape_sequence_is_shown_and_nothing_is_lost() {
        assert_eq!(visible("a\u{1b}[12"), "a␛[12");
        assert_eq!(visible("\u{1b}"), "␛");
        assert_eq!(visible("\u{1b}多"), "␛多");
        assert_eq!(visible("\u{1b}[多"), "␛[多");
    }

    #[test]
    fn control_characters_and_direction_marks_become_signs() {
        assert_eq!(visible("a\u{0}b\rc\u{8}\r"), "a␀b␍c␈");
        assert_eq!(visible("x\u{202e}y\u{ffff}"), "x⟨U+202E⟩y\u{fffd}");
    }

    #[test]
    fn of_a_long_name_the_end_is_kept_where_there_is_room() {
        assert_eq!(shorten_name("worker-12", 9), "worker-12");
        assert_eq!(shorten_name("a-worker-with-a-long-name-12", 12), "a-worke…e-12");
        assert_eq!(shorten_name("一个名字很长的工人甲", 12), "一个名…人甲");
        assert_eq!(shorten_name("a-worker-12", 6), "a-wor…");
    }

    #[test]
    fn names_that_differ_in_the_middle_are_told_apart() {
        let names = [0, 1, 10].map(|n| format!("worker number {n} of a dozen of them"));
        let all = || names.iter().map(|name| Cow::Borrowed(name.as_str()));
        let short = |columns| names.each_ref().map(|name| shorten_among(name, columns, all()).into_owned());
        assert_eq!(short(18), ["…0 of a dozen of…", "…1 of a dozen of…", "…10 of a dozen of…"]);
        assert_eq!(short(60), names);
        assert_eq!(shorten_among("worker number 7", 12, all()), "worker…er 7", "no other looks like it");
        assert_eq!(shorten_among("wwmmwwmm", 8, iter::empty()), "wwmmw…", "its letters are wide");
        assert_eq!(shorten_among("a-long-name", 0, iter::empty()), "…");
    }

    #[test]
    fn a_long_name_is_cut_by_columns() {
        assert_eq!(shorten("工作者一二三四", 7), "工作者…");
        assert_eq!(shorten("job-1", 5), "job-1");
    }
}
