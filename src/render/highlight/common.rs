//! One small lexer for the languages that lessons quote beside Rust. It knows comments, strings, numbers and keywords,
//! and guesses the rest from how words look and what follows them: enough for colours, in microseconds.

use super::rust::{number, quoted, word_length};
use super::{Class, push_tokens};

/// What the lexer must know of a language.
struct Language {
    /// What fences call it.
    names: &'static [&'static str],
    /// What begins a comment that ends with its line.
    comment: &'static str,
    /// Whether `/* … */` is a comment.
    block_comments: bool,
    /// The characters that begin and end a string.
    quotes: &'static [char],
    /// Whether three quotes begin a string of several lines.
    triple: bool,
    /// What may begin a word beside a letter, and colours it: a shell's `$`, a decorator's `@`, C's `#`.
    sigil: Option<(char, Class)>,
    /// What follows a key, in the formats that have keys.
    key: Option<char>,
    /// Whether a word with a parenthesis behind it is a function, and one with a capital is a type.
    calls: bool,
    /// The words that are coloured as keywords, between spaces.
    keywords: &'static str,
}

const PLAIN: Language = Language {
    names: &[],
    comment: "#",
    block_comments: false,
    quotes: &['"', '\''],
    triple: false,
    sigil: None,
    key: None,
    calls: false,
    keywords: "",
};

/// Languages whose comments are C's.
const C_LIKE: Language =
    Language { comment: "//", block_comments: true, sigil: Some(('#', Class::Attribute)), calls: true, ..PLAIN };

const LANGUAGES: &[Language] = &[
    Language {
        names: &["python", "py", "python3"],
        triple: true,
        sigil: Some(('@', Class::Attribute)),
        calls: true,
        keywords: "and as assert async await break case class continue def del elif else except False finally for from \
                   global if import in is lambda match None nonlocal not or pass raise return True try while with \
                    yield",
        ..PLAIN
    },
    Language {
        names: &["sh", "bash", "shell", "zsh"],
        sigil: Some(('$', Class::Lifetime)),
        keywords: "case do done elif else esac export fi for function if in local return set then until while",
        ..PLAIN
    },
    Language {
        names: &["c", "h", "cpp", "c++", "cxx", "hpp"],
        keywords: "auto bool break case char class const constexpr continue default delete do double else enum \
                   explicit \
                   extern false float for if inline int long namespace new nullptr operator private protected public \
                   return short signed sizeof static struct switch template this throw true try typedef typename \
                   union unsigned using virtual void volatile while",
        ..C_LIKE
    },
    Language {
        names: &["go", "golang"],
        quotes: &['"', '\'', '`'],
        keywords: "break case chan const continue default defer else fallthrough false for func go goto if import \
                   interface map nil package range return select struct switch true type var",
        ..C_LIKE
    },
    Language {
        names: &["java", "kotlin", "scala"],
        sigil: Some(('@', Class::Attribute)),
        keywords: "abstract boolean break byte case catch char class continue default do double else enum extends \
                   false \
                   final finally float for fun if implements import instanceof int interface long new null object \
                   override package private protected public return short static super switch synchronized this throw \
                   throws true try val var void volatile when while",
        ..C_LIKE
    },
    Language {
        names: &["js", "javascript", "ts", "typescript", "jsx", "tsx", "mjs"],
        quotes: &['"', '\'', '`'],
        keywords: "as async await break case catch class const continue default delete do else export extends false \
                   finally for from function if import in instanceof interface let new null of return static super \
                   switch this throw true try type typeof undefined var void while yield",
        ..C_LIKE
    },
    Language {
        names: &["json", "jsonc", "json5"],
        comment: "//",
        key: Some(':'),
        keywords: "true false null",
        ..PLAIN
    },
    Language { names: &["yaml", "yml"], key: Some(':'), keywords: "true false null", ..PLAIN },
    Language { names: &["toml", "ini"], triple: true, key: Some('='), keywords: "true false", ..PLAIN },
];

/// Appends code as HTML, if it is in a language that this lexer knows; says whether it is.
pub fn push(out: &mut String, language: &str, code: &str) -> bool {
    let Some(language) = LANGUAGES.iter().find(|known| known.names.contains(&language)) else { return false };
    push_tokens(out, code, |rest, first, before| token(language, rest, first, before));
    true
}

/// The class and the length in bytes of the token at the start of `code`; `before` is the character before it.
fn token(language: &Language, code: &str, first: char, before: char) -> (Option<Class>, usize) {
    let line = || code.find('\n').unwrap_or(code.len());
    // A `#` inside a word, as in a shell's `$#` or a link, begins no comment.
    let comments = language.comment.bytes().next() == code.bytes().next() && code.starts_with(language.comment);
    if comments && (language.comment != "#" || before.is_whitespace()) {
        return (Some(Class::Comment), line());
    }
    if language.block_comments && code.starts_with("/*") {
        return (Some(Class::Comment), code.find("*/").map_or(code.len(), |at| at + 2));
    }
    if language.quotes.contains(&first) {
        let length = string(language, code, first);
        return (Some(if is_key(language, &code[length..]) { Class::Key } else { Class::Text }), length);
    }
    if let Some((_, class)) = language.sigil.filter(|(sigil, _)| *sigil == first) {
        return (Some(class), 1 + word_length(&code[1..]).min(line().saturating_sub(1)));
    }
    if first.is_ascii_digit() && !before.is_alphanumeric() {
        return (Some(Class::Number), number(code));
    }
    if first == '_' || first.is_alphabetic() {
        return word(language, code);
    }
    (None, first.len_utf8())
}

/// How far a string reaches. One that is not closed ends with its line.
fn string(language: &Language, code: &str, quote: char) -> usize {
    if language.triple {
        let three = String::from_iter([quote; 3]);
        if code.starts_with(&three) {
            return code[3..].find(&three).map_or(code.len(), |at| at + 6);
        }
    }
    let line = if quote == '`' { code.len() } else { code.find('\n').unwrap_or(code.len()) };
    quoted(&code[..line], quote)
}

fn word(language: &Language, code: &str) -> (Option<Class>, usize) {
    let length = word_length(code);
    let (word, behind) = code.split_at(length);
    let class = if is_key(language, behind) {
        Some(Class::Key)
    } else if language.keywords.split(' ').any(|keyword| keyword == word) {
        Some(Class::Keyword)
    } else if language.calls && behind.starts_with('(') {
        Some(Class::Function)
    } else if language.calls && word.starts_with(char::is_uppercase) {
        Some(Class::Type)
    } else {
        None
    };
    (class, length)
}

/// Whether what stands behind a word or string makes it a key.
fn is_key(language: &Language, behind: &str) -> bool {
    let Some(mark) = language.key else { return false };
    let behind = behind.trim_start_matches(' ').strip_prefix(mark);
    behind.is_some_and(|behind| behind.is_empty() || behind.starts_with(char::is_whitespace) || mark == '=')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(language: &str, code: &str) -> String {
        let mut out = String::new();
        assert!(push(&mut out, language, code), "{language}");
        out
    }

    #[test]
    fn python_is_coloured() {
        assert_eq!(
            html("python", "@a\ndef f(x): # '\n    return '''x\n''' + 1"),
            "<span class=\"a\">@a</span>\n<span class=\"k\">def</span> <span class=\"f\">f</span>(x): \
             <span class=\"c\"># '</span>\n    <span class=\"k\">return</span> <span class=\"s\">'''x\n'''</span> + \
             <span class=\"n\">1</span>"
        );
    }

    #[test]
    fn keys_of_data_formats_are_keys() {
        assert_eq!(
            html("json", "{\"a\": true}"),
            "{<span class=\"y\">&quot;a&quot;</span>: <span class=\"k\">true</span>}"
        );
        assert_eq!(
            html("toml", "a = 1 # b"),
            "<span class=\"y\">a</span> = <span class=\"n\">1</span> <span class=\"c\"># b</span>"
        );
        assert_eq!(html("yaml", "a: http://x"), "<span class=\"y\">a</span>: http://x");
    }

    #[test]
    fn a_shell_variable_is_not_a_comment() {
        assert_eq!(
            html("sh", "echo $# \"$x\""),
            "echo <span class=\"l\">$</span># <span class=\"s\">&quot;$x&quot;</span>"
        );
    }

    #[test]
    fn an_open_string_ends_with_its_line() {
        assert_eq!(html("c", "'x\ny"), "<span class=\"s\">'x</span>\ny");
    }

    #[test]
    fn code_that_ends_in_the_middle_keeps_all_its_text() {
        for language in LANGUAGES.iter().filter_map(|language| language.names.first()) {
            for code in ["'", "'''", "'\\", "/*", "/", "#", "@", "$", "$\n", "1.", "多", "`a", "'多\\"] {
                let text = html(language, code);
                let text: String =
                    text.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
                assert_eq!(text, code, "{language}");
            }
        }
    }

    #[test]
    fn a_language_stands_in_the_table_once() {
        let mut names: Vec<&str> = LANGUAGES.iter().flat_map(|language| language.names).copied().collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
