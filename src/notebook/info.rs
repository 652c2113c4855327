//! Reads a fence's info string: whether it makes the fence a cell, and of which kind.

use super::{CellKind, SpecKind};
use crate::diagnostic::nearest;

/// A word of an info string that is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WrongWord {
    /// The word.
    pub(super) word: String,
    /// What is wrong with it.
    pub(super) message: String,
    /// What to do about it.
    pub(super) help: String,
}

/// The kind of cell that `info` makes of its fence; `None` for a fence that is only shown.
///
/// # Errors
/// A `yaml` fence names no kind of spec, a fence looks like a cell's but is none, or a cell's fence says more than its kind.
pub(super) fn kind(info: &str) -> Result<Option<CellKind>, WrongWord> {
    let mut words = info.split([' ', '\t', ',']).filter(|word| !word.is_empty());
    let kind = match (words.next(), words.next()) {
        (Some("rust"), Some("job")) => CellKind::Job,
        (Some("yaml"), Some(word)) => match SpecKind::ALL.into_iter().find(|kind| kind.as_str() == word) {
            Some(kind) => CellKind::Spec(kind),
            None if is_bare(word) => return Err(unknown_kind(word)),
            None => return Ok(None),
        },
        (Some(language), Some(word)) => return almost(language, word).map_or(Ok(None), Err),
        (Some(word), None) => return alone(word).map_or(Ok(None), Err),
        _ => return Ok(None),
    };
    // Attributes for other tools are let be, such as `title="x"`, `.numbered` and `{linenos = true}`.
    match words.take_while(|word| !word.starts_with('{')).find(|word| is_bare(word)) {
        Some(word) => Err(WrongWord {
            word: word.to_owned(),
            message: format!("unexpected word `{word}` behind `{kind}`"),
            help: format!(
                "a cell's fence ends with its kind: ```{} {kind}",
                if kind == CellKind::Job { "rust" } else { "yaml" }
            ),
        }),
        None => Ok(Some(kind)),
    }
}

/// What is wrong with a fence that was most likely meant to be a cell: a language by its other name, or a slip in `job`.
fn almost(language: &str, word: &str) -> Option<WrongWord> {
    let right = match language.to_lowercase().as_str() {
        "rust" | "rs" => "rust",
        "yaml" | "yml" => "yaml",
        _ => return None,
    };
    let kinds = SpecKind::ALL.map(SpecKind::as_str);
    let lower = word.to_lowercase();
    let kind = match right {
        "rust" => nearest(&lower, ["job"]).filter(|_| is_bare(word))?,
        _ => kinds.into_iter().find(|kind| *kind == lower)?,
    };
    let (word, message) = if language == right {
        (word, format!("`{word}` is not `{kind}`, so this would only be shown"))
    } else {
        (language, format!("a cell's fence begins with `{right}`, so this would only be shown"))
    };
    let help = format!("write ```{right} {kind}; for a fence that is only shown, write ```{right} alone");
    Some(WrongWord { word: word.to_owned(), message, help })
}

/// What is wrong with a fence that says the kind of a cell and not its language.
fn alone(word: &str) -> Option<WrongWord> {
    let language = match word {
        "job" => "rust",
        _ => SpecKind::ALL.into_iter().find(|kind| kind.as_str() == word).map(|_| "yaml")?,
    };
    Some(WrongWord {
        word: word.to_owned(),
        message: format!("a cell's fence begins with `{language}`, so this would only be shown"),
        help: format!("write ```{language} {word}; for a fence that is only shown, write ```{language} alone"),
    })
}

/// Whether `word` is letters, digits, `_` and `-` only, as a kind is.
fn is_bare(word: &str) -> bool {
    word.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

fn unknown_kind(word: &str) -> WrongWord {
    let kinds = SpecKind::ALL.map(SpecKind::as_str);
    let suggestion = match nearest(&word.to_lowercase(), kinds) {
        Some(kind) => format!("did you mean `{kind}`? "),
        None => String::new(),
    };
    WrongWord {
        word: word.to_owned(),
        message: format!("unknown kind of spec `{word}`"),
        help: format!(
            "{suggestion}the kinds are `{}`; for a fence that is only shown, write ```yaml alone",
            kinds.join("`, `")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_word_makes_a_cell() {
        assert_eq!(kind("rust job"), Ok(Some(CellKind::Job)));
        assert_eq!(kind("rust,job"), Ok(Some(CellKind::Job)));
        assert_eq!(kind("rust ,\tjob"), Ok(Some(CellKind::Job)));
        for spec in SpecKind::ALL {
            assert_eq!(kind(&format!("yaml {spec}")), Ok(Some(CellKind::Spec(spec))));
        }
    }

    #[test]
    fn any_other_fence_is_only_shown() {
        for info in [
            "",
            "rust",
            "yaml",
            "rust,ignore",
            "rust ignore job",
            "rust no_run",
            "Rust",
            "yml title",
            "text job",
            "yaml {spawn}",
            "yaml .spawn",
            "yaml title=spawn",
            "jobrust",
        ] {
            assert_eq!(kind(info), Ok(None), "{info}");
        }
    }

    #[test]
    fn an_unknown_kind_suggests_the_nearest_and_lists_all() {
        let wrong = kind("yaml spwn").unwrap_err();
        assert_eq!(wrong.message, "unknown kind of spec `spwn`");
        assert!(
            wrong.help.starts_with("did you mean `spawn`? the kinds are `spawn`, `queue`, `pool`"),
            "{}",
            wrong.help
        );
        assert!(kind("yaml Lock").unwrap_err().help.contains("did you mean `lock`?"));
        assert!(kind("yaml zebra").unwrap_err().help.starts_with("the kinds are"));
    }

    #[test]
    fn what_was_most_likely_meant_to_be_a_cell_is_not_silently_shown() {
        for (info, word, help) in [
            ("rust jobs", "jobs", "```rust job"),
            ("rust,Job", "Job", "```rust job"),
            ("rs job", "rs", "```rust job"),
            ("Rust job", "Rust", "```rust job"),
            ("yml spawn", "yml", "```yaml spawn"),
            ("YAML Queue", "YAML", "```yaml queue"),
            ("job", "job", "```rust job"),
            ("spawn", "spawn", "```yaml spawn"),
            ("lock", "lock", "```yaml lock"),
        ] {
            let wrong = kind(info).unwrap_err();
            assert_eq!(wrong.word, word, "{info}");
            assert!(wrong.help.contains(help) && wrong.message.contains("only be shown"), "{wrong:?}");
        }
    }

    #[test]
    fn attributes_of_other_tools_may_follow_but_no_further_word() {
        assert!(kind(r#"yaml spawn title="x" .wide {a b}"#).unwrap().is_some());
        assert_eq!(kind("rust,job,ignore").unwrap_err().message, "unexpected word `ignore` behind `job`");
        assert_eq!(kind("yaml spawn pool").unwrap_err().word, "pool");
    }
}
