//! The languages that have no lexer of their own here, by syntect's grammars.

use super::Class;
use crate::render::text::escape;
use std::sync::LazyLock;
use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};
use syntect::util::LinesWithEndings;

/// Code longer than this, in bytes, stays plain: a page must not take seconds for a log that someone pasted.
const LONGEST: usize = 64 * 1024;

/// Loading takes under a millisecond; a grammar's expressions are compiled at its first use.
static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);

/// Which scope is coloured how; the first that fits the innermost scope wins.
static CLASSES: LazyLock<Vec<(Scope, Option<Class>)>> = LazyLock::new(|| {
    const NAMES: &[(&str, Option<Class>)] = &[
        ("comment", Some(Class::Comment)),
        ("string", Some(Class::Text)),
        ("constant.character", Some(Class::Text)),
        ("constant", Some(Class::Number)),
        ("entity.name.function", Some(Class::Function)),
        ("support.function", Some(Class::Function)),
        ("variable.function", Some(Class::Function)),
        ("entity.name.tag", Some(Class::Key)),
        ("entity.other.attribute-name", Some(Class::Attribute)),
        ("entity.name", Some(Class::Type)),
        ("support.type", Some(Class::Type)),
        ("support.class", Some(Class::Type)),
        ("storage", Some(Class::Keyword)),
        ("keyword.operator", None),
        ("keyword", Some(Class::Keyword)),
        ("variable.language", Some(Class::Keyword)),
        ("meta.annotation", Some(Class::Attribute)),
    ];
    NAMES.iter().filter_map(|(name, class)| Some((Scope::new(name).ok()?, *class))).collect()
});

/// Code in the language that goes by `language`, as HTML; only escaped if the language is unknown.
pub fn highlight(language: &str, code: &str) -> String {
    let syntax = SYNTAXES.find_syntax_by_token(language).filter(|_| code.len() <= LONGEST);
    syntax.and_then(|syntax| spans(&mut ParseState::new(syntax), code)).unwrap_or_else(|| escape(code))
}

/// The code with its spans; `None` if the grammar gave up.
fn spans(state: &mut ParseState, code: &str) -> Option<String> {
    let mut out = String::with_capacity(code.len() * 2);
    let mut scopes = ScopeStack::new();
    // Neighbours of one class become one span: `open` is the class of the span that began at `from`, and `class` the
    // one of the text that begins at `at`.
    let (mut open, mut from, mut class, mut at, mut line_start) = (None, 0, None, 0, 0);
    for line in LinesWithEndings::from(code) {
        for (column, change) in state.parse_line(line, &SYNTAXES).ok()? {
            if line_start + column > at && class != open {
                super::push(&mut out, open, &code[from..at]);
                (open, from) = (class, at);
            }
            scopes.apply(&change).ok()?;
            (class, at) = (class_of(&scopes), line_start + column);
        }
        line_start += line.len();
    }
    if class != open {
        super::push(&mut out, open, &code[from..at]);
        (open, from) = (class, at);
    }
    super::push(&mut out, open, &code[from..]);
    Some(out)
}

fn class_of(scopes: &ScopeStack) -> Option<Class> {
    let class_of = |scope: &Scope| CLASSES.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope)).map(|(_, c)| *c);
    scopes.as_slice().iter().rev().find_map(class_of).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_is_coloured() {
        let html = highlight("python", "def job(a):\n    return 'x'\n");
        assert!(html.contains("<span class=\"k\">def</span>"), "{html}");
        assert!(html.contains("<span class=\"f\">job</span>"), "{html}");
        assert!(html.contains("<span class=\"s\">'x'</span>"), "{html}");
    }

    #[test]
    fn an_unknown_language_is_escaped_text() {
        assert_eq!(highlight("klingon", "a < b"), "a &lt; b");
    }

    #[test]
    fn a_very_long_text_stays_plain() {
        assert_eq!(highlight("python", &"x = 1\n".repeat(20_000)), "x = 1\n".repeat(20_000));
    }
}
