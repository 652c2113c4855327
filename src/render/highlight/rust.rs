//! A lexer for Rust that knows as much of the language as colours need.

use super::Class;

/// In order, so that a word is found by halves.
static KEYWORDS: [u64; 38] = numbers([
    "Self", "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false",
    "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self",
    "static", "struct", "super", "trait", "true", "type", "unsafe", "use", "where", "while",
]);

static PRIMITIVES: [u64; 17] = numbers([
    "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "str", "u128", "u16", "u32", "u64", "u8",
    "usize",
]);

const fn numbers<const N: usize>(words: [&str; N]) -> [u64; N] {
    let (mut numbers, mut at) = ([0; N], 0);
    while at < N {
        assert!(words[at].len() <= 8);
        numbers[at] = as_number(words[at].as_bytes());
        at += 1;
    }
    numbers
}

/// A word of at most eight bytes as a number, so that comparing two is one instruction. Their order stays.
const fn as_number(word: &[u8]) -> u64 {
    let (mut number, mut at) = (0, 0);
    while at < 8 {
        number = number << 8 | if at < word.len() { word[at] as u64 } else { 0 };
        at += 1;
    }
    number
}

/// Appends `code` as HTML.
pub fn push(out: &mut String, code: &str) {
    super::push_tokens(out, code, |rest, first, _| token(rest, first));
}

/// The class and the length in bytes of the token at the start of `code`, whose first character is `first`.
fn token(code: &str, first: char) -> (Option<Class>, usize) {
    match first {
        '/' if code.starts_with("//") => (Some(Class::Comment), code.find('\n').unwrap_or(code.len())),
        '/' if code.starts_with("/*") => (Some(Class::Comment), block_comment(code)),
        '"' => (Some(Class::Text), quoted(code, '"')),
        '\'' => quote(code),
        '#' if code.starts_with("#[") || code.starts_with("#![") => (Some(Class::Attribute), attribute(code)),
        '0'..='9' => (Some(Class::Number), number(code)),
        c if is_word_start(c) => word(code),
        c => (None, c.len_utf8()),
    }
}

fn is_word_start(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

/// How many bytes the word at the start of `code` has.
pub fn word_length(code: &str) -> usize {
    let is_ascii = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let length = code.bytes().take_while(|b| is_ascii(b)).count();
    if code.as_bytes().get(length).is_none_or(u8::is_ascii) {
        return length;
    }
    let rest = &code[length..];
    length + rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len())
}

/// A word and what it is, told by its letters and by what follows it.
fn word(code: &str) -> (Option<Class>, usize) {
    let length = word_length(code);
    let (word, behind) = code.split_at(length);
    if matches!(word, "r" | "b" | "br" | "c" | "cr")
        && let Some(end) = prefixed_literal(word, behind)
    {
        return (Some(Class::Text), length + end);
    }
    let reserved = if length > 8 { 0 } else { as_number(word.as_bytes()) };
    let class = if KEYWORDS.binary_search(&reserved).is_ok() {
        Some(Class::Keyword)
    } else if PRIMITIVES.binary_search(&reserved).is_ok() {
        Some(Class::Type)
    } else if behind.starts_with('!') && !behind.starts_with("!=") {
        return (Some(Class::Macro), length + 1);
    } else if word.starts_with(char::is_uppercase) {
        let constant = word.len() > 1 && !word.contains(char::is_lowercase);
        Some(if constant { Class::Number } else { Class::Type })
    } else if behind.starts_with('(') || behind.starts_with("::<") {
        Some(Class::Function)
    } else {
        None
    };
    (class, length)
}

/// How far the literal behind a prefix such as `br` reaches, if there is one.
fn prefixed_literal(prefix: &str, behind: &str) -> Option<usize> {
    let hashes = behind.len() - behind.trim_start_matches('#').len();
    if prefix.ends_with('r') {
        let open = behind[hashes..].strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        return Some(open.find(&close).map_or(behind.len(), |at| hashes + 1 + at + close.len()));
    }
    match behind.chars().next()? {
        '"' => Some(quoted(behind, '"')),
        '\'' if prefix == "b" => Some(quote(behind).1),
        _ => None,
    }
}

/// How far a string reaches that begins and ends with `quote`.
pub fn quoted(code: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in code.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    code.len()
}

/// A character literal or a lifetime.
fn quote(code: &str) -> (Option<Class>, usize) {
    let mut chars = code.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            let end = code.char_indices().skip(3).find(|(_, c)| matches!(c, '\'' | '\n'));
            (Some(Class::Text), end.map_or(code.len(), |(at, c)| at + c.len_utf8()))
        }
        Some((at, c)) if code[at + c.len_utf8()..].starts_with('\'') => (Some(Class::Text), at + c.len_utf8() + 1),
        Some((at, c)) if is_word_start(c) => (Some(Class::Lifetime), at + word_length(&code[at..])),
        _ => (None, 1),
    }
}

/// How far a number at the start of `code` reaches: `1_000`, `0x1f`, `2.5e-3`, `1u8`; a range `0..10` and a call
/// `1.max(2)` end it.
pub fn number(code: &str) -> usize {
    let bytes = code.as_bytes();
    let is_word = |at: usize| bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let mut end = 0;
    while is_word(end) {
        end += 1;
    }
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        end += 1;
        while is_word(end) {
            end += 1;
        }
    }
    let exponent = !code.starts_with("0x") && matches!(bytes[end - 1], b'e' | b'E');
    if exponent && matches!(bytes.get(end), Some(b'-' | b'+')) {
        end += 1;
        while is_word(end) {
            end += 1;
        }
    }
    end
}

/// How far a block comment reaches; such comments nest.
fn block_comment(code: &str) -> usize {
    let bytes = code.as_bytes();
    let (mut depth, mut at) = (0, 0);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    code.len()
}

/// How far an attribute reaches: to the bracket that closes it.
fn attribute(code: &str) -> usize {
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            '[' => depth += 1,
            ']' if depth == 1 => return at + 1,
            ']' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::super::rust;
    use super::{KEYWORDS, PRIMITIVES};

    #[test]
    fn the_lists_of_words_are_in_order() {
        assert!(KEYWORDS.is_sorted() && PRIMITIVES.is_sorted());
    }

    #[test]
    fn words_are_told_apart_by_what_follows_them() {
        assert_eq!(
            rust("let x = f(1) + g!(2);"),
            "<span class=\"k\">let</span> x = <span class=\"f\">f</span>(<span class=\"n\">1</span>) + \
             <span class=\"m\">g!</span>(<span class=\"n\">2</span>);"
        );
        assert!(rust("a != b").starts_with("a != b"));
        assert_eq!(rust("Queue<i64>"), "<span class=\"t\">Queue</span>&lt;<span class=\"t\">i64</span>&gt;");
    }

    #[test]
    fn only_a_whole_word_is_a_keyword() {
        assert_eq!(rust("continue usize"), "<span class=\"k\">continue</span> <span class=\"t\">usize</span>");
        for word in ["continued", "usizes", "self_", "ifé", "多", "größe1"] {
            assert_eq!(rust(word), word);
        }
    }

    #[test]
    fn a_character_is_not_a_lifetime() {
        assert_eq!(rust("'a'"), "<span class=\"s\">'a'</span>");
        assert_eq!(rust("&'a T"), "&amp;<span class=\"l\">'a</span> <span class=\"t\">T</span>");
        assert_eq!(rust("'\\''"), "<span class=\"s\">'\\''</span>");
        assert_eq!(rust("'多'"), "<span class=\"s\">'多'</span>");
    }

    #[test]
    fn a_range_is_two_numbers() {
        assert_eq!(rust("0..10"), "<span class=\"n\">0</span>..<span class=\"n\">10</span>");
        assert_eq!(rust("2.5e-3f64"), "<span class=\"n\">2.5e-3f64</span>");
    }

    #[test]
    fn strings_comments_and_attributes_hold_what_looks_like_code() {
        assert_eq!(rust("\"fn \\\" x\" y"), "<span class=\"s\">&quot;fn \\&quot; x&quot;</span> y");
        assert_eq!(rust("r#\"a\"b\"# c"), "<span class=\"s\">r#&quot;a&quot;b&quot;#</span> c");
        assert_eq!(rust("/* a /* b */ c */ d"), "<span class=\"c\">/* a /* b */ c */</span> d");
        assert_eq!(rust("#[derive([T])] x"), "<span class=\"a\">#[derive([T])]</span> x");
    }

    #[test]
    fn code_that_ends_in_the_middle_keeps_all_its_text() {
        for code in ["\"abc", "'", "'\\", "r#\"x", "/* x", "#[x", "b'", "1e", "1.", "/*", "'\\x"] {
            let plain: String = rust(code).replace("&quot;", "\"");
            let text = plain.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
            assert_eq!(text.collect::<String>(), code);
        }
    }
}
