//! Text in scripts without blanks between words: Chinese and Japanese.

/// Whether this is a character of Chinese or Japanese, marks included.
pub fn is_wide(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{312f}' | '\u{3190}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
        || matches!(c, '\u{fe30}'..='\u{fe4f}' | '\u{ff01}'..='\u{ff9f}' | '\u{ffe0}'..='\u{ffe6}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether this is an ideograph or a kana, but no mark.
pub fn is_letter(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether this mark belongs to any script; which one, its neighbours tell.
fn is_shared_mark(c: char) -> bool {
    matches!(c, '‘' | '’' | '“' | '”' | '…' | '—' | '·')
}

/// The first or last character of a text that is no shared mark.
pub fn edge(text: &str, first: bool) -> Option<char> {
    let mut chars = text.chars().filter(|c| !is_shared_mark(*c));
    if first { chars.next() } else { chars.next_back() }
}

/// Lines that are one text, joined as a reader would: with a blank, but for one between two wide characters.
pub fn joined<'t>(lines: impl IntoIterator<Item = &'t str>) -> String {
    let mut out = String::new();
    for line in lines.into_iter().map(str::trim).filter(|line| !line.is_empty()) {
        let is_joint = edge(&out, false).is_some_and(is_wide) && edge(line, true).is_some_and(is_wide);
        if !out.is_empty() && !is_joint {
            out.push(' ');
        }
        out.push_str(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_one_text_are_joined_alike() {
        assert_eq!(joined(["多", " 线", "程 of", "b"]), "多线程 of b");
    }
}
