//! Reads a fence's info string: whether it makes the fence a cell, and of which kind.

use super::role::{roles, words};
use super::{CellKind, MustFail, Role, SpecKind};
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
    let mut words = words(info);
    let kind = match (words.next(), words.next()) {
        (Some("rust"), Some("job")) => CellKind::Job,
        (Some("rust"), Some("run")) => CellKind::Run,
        (Some("rust"), Some("explore")) => CellKind::Explore,
        (Some("yaml"), Some(word)) => match SpecKind::ALL.into_iter().find(|kind| kind.as_str() == word) {
            Some(kind) => CellKind::Spec(kind),
            None if is_bare(word) => return Err(unknown_kind(word)),
            None => return only_shown(info, "yaml").map_or(Ok(None), Err),
        },
        (Some(language), Some(word)) => {
            return almost(language, word).or_else(|| only_shown(info, language)).map_or(Ok(None), Err);
        }
        (Some(word), None) => return alone(word).or_else(|| only_shown(info, word)).map_or(Ok(None), Err),
        _ => return Ok(None),
    };
    if let Some(wrong) = wrong_role(info, kind) {
        return Err(wrong);
    }
    let stands_anywhere = |word: &str| kind.is_rust() && word == SKIP || kind == CellKind::Explore && word == SPURIOUS;
    let mut rest = further(words).filter(|word| !stands_anywhere(word));
    match (kind, rest.next()) {
        (_, None) => Ok(Some(kind)),
        (CellKind::Job, Some(COMPILE_FAIL)) => rest.find(|word| !is_code(word)).map_or(Ok(Some(kind)), |word| {
            Err(WrongWord {
                word: word.to_owned(),
                message: format!("`{word}` is no code of an error"),
                help: "a code is an `E` and four digits: ```rust job compile_fail,E0382".to_owned(),
            })
        }),
        (CellKind::Job, Some(word)) => {
            let meant = meant(word, &[COMPILE_FAIL, SKIP, SOLUTION]);
            let more = format!(
                "only a cell that must not compile says more, {EXAMPLE}, one to skip, ```rust job skip, or one of a \
                 solution, ```rust job solution"
            );
            Err(unexpected(word, kind, format!("{meant}{more}")))
        }
        (CellKind::Run, Some(said @ SHOULD_PANIC)) | (CellKind::Explore, Some(said @ FAILS)) => match rest.next() {
            None => Ok(Some(kind)),
            Some(word) => Err(unexpected(word, kind, format!("nothing more is said behind `{said}`"))),
        },
        (CellKind::Run | CellKind::Explore, Some(word @ COMPILE_FAIL)) => {
            Err(unexpected(word, kind, format!("what must not compile is not run: write {EXAMPLE}")))
        }
        (CellKind::Run, Some(word)) => {
            let meant = meant(word, &[SHOULD_PANIC, SKIP, EXERCISE, SOLUTION]);
            let more = "a program says no more than ```rust run, and one of `should_panic` and `skip`, and of `exercise` and \
                        `solution`";
            Err(unexpected(word, kind, format!("{meant}{more}")))
        }
        (CellKind::Explore, Some(word)) => {
            let word_meant = if word == SHOULD_PANIC { FAILS } else { word };
            let meant = meant(word_meant, &[FAILS, SPURIOUS, SKIP, EXERCISE, SOLUTION]);
            let more = "a program that is explored says no more than ```rust explore, and one of `fails` and `skip`, and of \
                        `exercise` and `solution`, and `spurious`";
            Err(unexpected(word, kind, format!("{meant}{more}")))
        }
        (CellKind::Spec(SpecKind::Spawn | SpecKind::Pool), Some(word @ COMPILE_FAIL)) => {
            Err(unexpected(word, kind, "a spec that must fail says so with `expect: {error: …}`".to_owned()))
        }
        (CellKind::Spec(_), Some(word @ SKIP)) => {
            Err(unexpected(word, kind, "a spec that is to be skipped says so with `skip: true`".to_owned()))
        }
        (CellKind::Spec(_), Some(word)) => {
            let meant = meant(word, &[EXERCISE, SOLUTION]);
            let more = format!("a spec's fence says its kind, ```yaml {kind}, and besides `exercise` or `solution`");
            Err(unexpected(word, kind, format!("{meant}{more}")))
        }
    }
}

/// The word that was meant, as a question, if one of these is near.
fn meant(word: &str, known: &[&str]) -> String {
    let near = nearest(&word.to_lowercase(), known.iter().copied());
    near.map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default()
}

/// What is wrong with a fence without the kind of a cell, if it has a role: it would only be shown.
fn only_shown(info: &str, language: &str) -> Option<WrongWord> {
    let role = roles(info).next()?;
    let kind = match (language, role) {
        ("yaml", _) => "spawn",
        ("rust", Role::Exercise) => "run",
        ("rust", Role::Solution) => "job",
        _ => return None,
    };
    Some(WrongWord {
        word: role.to_string(),
        message: format!("`{role}` stands beside the kind of a cell, and there is none, so this would only be shown"),
        help: format!("write for example ```{language} {kind} {role}"),
    })
}

/// What is wrong with what a fence says of exercises, behind the kind of a cell.
fn wrong_role(info: &str, kind: CellKind) -> Option<WrongWord> {
    let mut roles = roles(info);
    let first = roles.next()?;
    if let Some(second) = roles.next() {
        let message = match first == second {
            true => format!("the fence says `{second}` twice"),
            false => "a cell is of an exercise or of its solution, and not of both".to_owned(),
        };
        return Some(WrongWord { word: second.to_string(), message, help: format!("leave out `{second}`") });
    }
    let (message, help) = match kind {
        _ if first == Role::Solution || kind.runs() => return None,
        CellKind::Spec(_) => {
            ("declares something", "mark the cell that tries the reader's code: ```yaml spawn exercise")
        }
        _ => (
            "runs nothing",
            "leave the code that the reader changes as it is, and mark the cell that tries it: ```yaml spawn exercise",
        ),
    };
    let message = format!("an exercise is the cell that tries the reader's code, and a `{kind}` cell {message}");
    Some(WrongWord { word: first.to_string(), message, help: help.to_owned() })
}

/// What a cell is for in an exercise.
pub(super) fn role(info: &str) -> Option<Role> {
    roles(info).next()
}

const EXERCISE: &str = Role::Exercise.as_str();
const SOLUTION: &str = Role::Solution.as_str();

/// The word that says of a job cell that it must not compile, as in Rust's own documentation.
const COMPILE_FAIL: &str = "compile_fail";

/// The word that says of a program that it must panic, as in Rust's own documentation.
const SHOULD_PANIC: &str = "should_panic";

/// The word that says of a program that is explored that an interleaving must fail.
const FAILS: &str = "fails";

/// The word that says of a program that is explored that a wait may end without a reason.
const SPURIOUS: &str = "spurious";

/// The word that says of a job cell or a program that it is not to be compiled at all.
const SKIP: &str = "skip";

/// How a fence looks whose cell must not compile.
const EXAMPLE: &str = "```rust job compile_fail,E0382";

/// The words behind a kind. Attributes for other tools are let be, such as `title="x"`, `.numbered` and `{linenos = true}`.
fn further<'a>(words: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    words.take_while(|word| !word.starts_with('{')).filter(|word| is_bare(word))
}

fn unexpected(word: &str, kind: CellKind, help: String) -> WrongWord {
    WrongWord { word: word.to_owned(), message: format!("unexpected word `{word}` behind `{kind}`"), help }
}

/// Whether `word` looks like the code of one of the compiler's errors.
fn is_code(word: &str) -> bool {
    let digits = word.strip_prefix('E').unwrap_or_default();
    digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the cell of a fence must not compile, if `info` makes it a cell.
pub(super) fn must_fail(info: &str) -> Option<MustFail> {
    let mut rest = further(words(info).skip(2)).filter(|word| *word != SKIP);
    (rest.next() == Some(COMPILE_FAIL)).then(|| MustFail { codes: rest.map(str::to_owned).collect() })
}

/// Whether the job cell or the program of a fence is not to be compiled.
pub(super) fn is_skipped(info: &str) -> bool {
    says(info, SKIP)
}

/// Whether the program of a fence must panic, or an interleaving of it must fail.
pub(super) fn should_fail(info: &str) -> bool {
    says(info, SHOULD_PANIC) || says(info, FAILS)
}

/// Whether a wait in the program of a fence may end without a reason.
pub(super) fn is_spurious(info: &str) -> bool {
    says(info, SPURIOUS)
}

/// Whether `info` says this behind the kind of a cell.
fn says(info: &str, word: &str) -> bool {
    further(words(info).skip(2)).any(|said| said == word)
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
        "rust" => nearest(&lower, ["job", "run", "explore"]).filter(|_| is_bare(word))?,
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
        "job" | "run" | "explore" => "rust",
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
    fn a_program_may_say_that_it_must_panic_or_is_skipped() {
        for info in
            ["rust run", "rust,run", "rust,run,should_panic", "rust run skip", "rust run skip should_panic {.x}"]
        {
            assert_eq!(kind(info), Ok(Some(CellKind::Run)), "{info}");
            assert_eq!(should_fail(info), info.contains("should_panic"), "{info}");
            assert_eq!(is_skipped(info), info.contains("skip"), "{info}");
        }
        for (info, word, help) in [
            ("rust run should_painc", "should_painc", "did you mean `should_panic`? "),
            ("rust run compile_fail,E0382", "compile_fail", "```rust job compile_fail,E0382"),
            ("rust run should_panic,now", "now", "behind `should_panic`"),
            ("rs run", "rs", "write ```rust run"),
            ("run", "run", "write ```rust run"),
        ] {
            let wrong = kind(info).unwrap_err();
            assert!(wrong.word == word && wrong.help.contains(help), "{wrong:?}");
        }
    }

    #[test]
    fn a_program_that_is_explored_may_say_that_it_must_fail() {
        for info in [
            "rust explore",
            "rust,explore",
            "rust,explore,fails",
            "rust explore skip",
            "rust explore spurious",
            "rust explore spurious fails",
            "rust explore,fails,spurious,skip",
        ] {
            assert_eq!(kind(info), Ok(Some(CellKind::Explore)), "{info}");
            assert_eq!(is_spurious(info), info.contains("spurious"), "{info}");
            assert_eq!(should_fail(info), info.contains("fails"), "{info}");
        }
        for (info, word, help) in [
            ("rust explore should_panic", "should_panic", "did you mean `fails`? "),
            ("rust explore failed", "failed", "did you mean `fails`? "),
            ("rust explore fails,now", "now", "behind `fails`"),
            ("rust explore spurios", "spurios", "did you mean `spurious`? "),
            ("rust explore fails fails", "fails", "behind `fails`"),
            ("rust explroe", "explroe", "write ```rust explore"),
            ("explore", "explore", "write ```rust explore"),
        ] {
            let wrong = kind(info).unwrap_err();
            assert!(wrong.word == word && wrong.help.contains(help), "{wrong:?}");
        }
    }

    #[test]
    fn a_cell_may_be_of_an_exercise_or_of_its_solution() {
        for (info, of_kind, of_role) in [
            ("yaml spawn exercise", CellKind::Spec(SpecKind::Spawn), Role::Exercise),
            ("yaml exercise,pool", CellKind::Spec(SpecKind::Pool), Role::Exercise),
            ("rust,run,should_panic,exercise", CellKind::Run, Role::Exercise),
            ("rust exercise explore fails", CellKind::Explore, Role::Exercise),
            ("rust solution job", CellKind::Job, Role::Solution),
            ("rust job solution compile_fail,E0382 {.x}", CellKind::Job, Role::Solution),
            ("yaml value solution", CellKind::Spec(SpecKind::Value), Role::Solution),
        ] {
            assert_eq!((kind(info), role(info)), (Ok(Some(of_kind)), Some(of_role)), "{info}");
        }
        assert_eq!(
            must_fail("rust job compile_fail,E0382 solution").map(|it| it.codes),
            Some(vec!["E0382".to_owned()])
        );
        assert_eq!((kind("text solution"), kind("python exercise")), (Ok(None), Ok(None)));
    }

    #[test]
    fn a_role_that_does_not_fit_its_cell_is_an_error_that_says_what_to_write() {
        for (info, word, help) in [
            ("rust solution", "solution", "write for example ```rust job solution"),
            ("rust ignore solution", "solution", "write for example ```rust job solution"),
            ("yaml exercise", "exercise", "write for example ```yaml spawn exercise"),
            ("rust job exercise", "exercise", "mark the cell that tries it: ```yaml spawn exercise"),
            ("yaml queue exercise", "exercise", "mark the cell that tries the reader's code"),
            ("yaml spawn exercise solution", "solution", "leave out `solution`"),
            ("yaml spawn solution,solution", "solution", "leave out `solution`"),
            ("yaml spawn excercise", "excercise", "did you mean `exercise`? "),
            ("rust job soluton", "soluton", "did you mean `solution`? "),
            ("rust run exercises", "exercises", "did you mean `exercise`? "),
            ("rust explore now", "now", "`fails` and `skip`, and of `exercise` and `solution`"),
        ] {
            let wrong = kind(info).unwrap_err();
            assert!(wrong.word == word && wrong.help.contains(help), "{wrong:?}");
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
    fn a_job_cell_may_say_that_it_must_not_compile_and_with_which_error() {
        let codes = |info: &str| {
            assert_eq!(kind(info), Ok(Some(CellKind::Job)), "{info}");
            must_fail(info).map(|must_fail| must_fail.codes)
        };
        assert_eq!(codes("rust job"), None);
        assert_eq!(codes("rust job compile_fail"), Some(vec![]));
        assert_eq!(codes("rust,job,compile_fail,E0382"), Some(vec!["E0382".to_owned()]));
        assert_eq!(codes("rust job compile_fail E0382,E0499 {.wide}").map(|codes| codes.len()), Some(2));
    }

    #[test]
    fn a_job_cell_may_be_skipped_whatever_else_is_said_of_it() {
        for info in ["rust job skip", "rust,job,skip", "rust job compile_fail,E0382 skip", "rust job skip compile_fail"]
        {
            assert!(kind(info) == Ok(Some(CellKind::Job)) && is_skipped(info), "{info}");
        }
        assert!(!is_skipped("rust job") && !is_skipped("rust job {skip}"));
        assert_eq!(must_fail("rust job skip compile_fail,E0382").map(|it| it.codes), Some(vec!["E0382".to_owned()]));
    }

    #[test]
    fn a_slip_behind_a_job_says_how_a_cell_that_must_not_compile_is_written() {
        for (info, word, help) in [
            ("rust job compile_fial", "compile_fial", "did you mean `compile_fail`? "),
            ("rust job Compile_Fail,E0382", "Compile_Fail", "did you mean `compile_fail`? "),
            (
                "rust job E0382",
                "E0382",
                "only a cell that must not compile says more, ```rust job compile_fail,E0382, one",
            ),
            ("rust job skpi", "skpi", "did you mean `skip`? "),
            ("rust job skip E0382", "E0382", "only a cell that must not compile says more"),
            ("yaml value skip", "skip", "says so with `skip: true`"),
            ("rust job compile_fail,E99", "E99", "an `E` and four digits"),
            ("rust job compile_fail,E0382 twice", "twice", "an `E` and four digits"),
            ("yaml spawn compile_fail", "compile_fail", "says so with `expect: {error: …}`"),
        ] {
            let wrong = kind(info).expect_err(info);
            assert!(wrong.word == word && wrong.help.contains(help), "{wrong:?}");
        }
    }

    #[test]
    fn attributes_of_other_tools_may_follow_but_no_further_word() {
        assert!(kind(r#"yaml spawn title="x" .wide {a b}"#).unwrap().is_some());
        assert_eq!(kind("rust,job,ignore").unwrap_err().message, "unexpected word `ignore` behind `job`");
        assert_eq!(kind("yaml spawn pool").unwrap_err().word, "pool");
    }
}
