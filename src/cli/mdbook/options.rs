//! What `[preprocessor.nbrun]` in book.toml says: the options of the command line, under the same names.

use super::book::Call;
use crate::cli::bounds::Bounds;
use crate::diagnostic::{Diagnostic, Place, nearest};
use clap::{Args as _, Command, FromArgMatches as _};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// The keys that mdBook reads by itself.
const OF_MDBOOK: [&str; 6] = ["command", "renderers", "renderer", "before", "after", "optional"];
/// Those that are ours.
const OURS: [&str; 7] = ["timeout", "limits", "sandbox", "stable", "deny-warnings", "no-solutions", "reuse"];

/// The options of a book.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Options {
    /// What notebooks are granted.
    pub bounds: Bounds,
    /// Whether what changes from run to run is left out.
    pub stable: bool,
    /// Whether warnings are errors.
    pub deny_warnings: bool,
    /// Whether the solutions of exercises are left out.
    pub no_solutions: bool,
    /// Whether chapters run although no cell has changed since they last did.
    pub runs_always: bool,
}

impl Options {
    /// The options of a book in the directory `root`.
    ///
    /// # Errors
    /// Keys that are unknown, and values that are of no use.
    pub fn read(call: &Call, root: &Path) -> Result<Self, Vec<Diagnostic>> {
        let mut options = Self::default();
        let (mut line, mut errors) = (vec!["nbrun".to_owned()], Vec::new());
        let table = call.context.pointer("/config/preprocessor/nbrun").and_then(Value::as_object);
        for (key, value) in table.into_iter().flatten().filter(|(key, _)| !OF_MDBOOK.contains(&key.as_str())) {
            match options.take(key, value) {
                Ok(words) => match bounds(std::iter::once("nbrun".to_owned()).chain(words.clone())) {
                    Ok(_) => line.extend(words),
                    Err(why) => errors.push(wrong(root, key, &why, None)),
                },
                Err((why, help)) => errors.push(wrong(root, key, &why, Some(help))),
            }
        }
        options.bounds = bounds(line).unwrap_or_default();
        if errors.is_empty() { Ok(options) } else { Err(errors) }
    }

    /// Takes what a key says, or gives what the command line would say for it.
    fn take(&mut self, key: &str, value: &Value) -> Result<Vec<String>, (String, String)> {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let truth = || {
            value.as_bool().ok_or_else(|| (format!("`{key}` is `true` or `false`"), format!("write `{key} = true`")))
        };
        match key {
            "timeout" => return Ok(vec!["--timeout".to_owned(), text(value)]),
            "limits" => {
                let wrong = || {
                    let help = "write for example `limits = { total = \"5m\", memory = \"2GiB\" }`";
                    ("`limits` is a table".to_owned(), help.to_owned())
                };
                let all = value.as_object().ok_or_else(wrong)?;
                return Ok(all
                    .iter()
                    .flat_map(|(name, value)| ["--limit".to_owned(), format!("{name}={}", text(value))])
                    .collect());
            }
            "sandbox" => match value {
                Value::Bool(false) => {}
                Value::Bool(true) => return Ok(vec!["--sandbox".to_owned()]),
                other => return Ok(vec![format!("--sandbox={}", text(other))]),
            },
            "stable" => self.stable = truth()?,
            "deny-warnings" => self.deny_warnings = truth()?,
            "no-solutions" => self.no_solutions = truth()?,
            "reuse" => self.runs_always = !truth()?,
            _ => {
                let near = nearest(key, OURS).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
                let help = format!("{near}the keys are `{}`, and those of mdBook", OURS.join("`, `"));
                return Err((format!("unknown key `{key}`"), help));
            }
        }
        Ok(Vec::new())
    }
}

/// The bounds that the command line would give, or its complaint.
fn bounds(line: impl IntoIterator<Item = String>) -> Result<Bounds, String> {
    let command = Bounds::augment_args(Command::new("nbrun").no_binary_name(false));
    let matches = command.try_get_matches_from(line);
    matches.and_then(|matches| Bounds::from_arg_matches(&matches)).map_err(|error| {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or("").trim_start_matches("error: ").to_owned();
        first.replace("'--limit <NAME=VALUE>'", "`limits`").replace("'--timeout <DURATION>'", "`timeout`")
    })
}

/// What is wrong with a key of book.toml, at its place, as far as that is found.
fn wrong(root: &Path, key: &str, why: &str, help: Option<String>) -> Diagnostic {
    let text = fs::read_to_string(root.join("book.toml")).unwrap_or_default();
    let section = text.lines().position(|line| line.trim() == "[preprocessor.nbrun]");
    let of_key = |line: &str| line.trim_start().split(['=', ' ', '.']).next() == Some(key);
    let found = section.and_then(|at| Some(at + 1 + text.lines().skip(at + 1).position(of_key)?));
    let error = Diagnostic::new(format!("in `[preprocessor.nbrun]`: {why}"));
    let error = help.into_iter().fold(error, |error, help| error.help(help));
    match found {
        Some(line) => error.at(Place::in_source("book.toml", &text, line as u32 + 1, 1, key.chars().count() as u32)),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Mode;
    use serde_json::json;
    use std::time::Duration;

    fn read(table: &Value) -> Result<Options, Vec<Diagnostic>> {
        let call = Call { context: json!({"config": {"preprocessor": {"nbrun": table}}}), book: Value::Null };
        Options::read(&call, Path::new("/nowhere"))
    }

    #[test]
    fn options_are_those_of_the_command_line() {
        let table = json!({
            "command": "nbrun mdbook", "after": ["links"], "timeout": 10, "limits": {"processes": 3}, "sandbox": "best-effort",
            "stable": true, "deny-warnings": true, "reuse": false,
        });
        let options = read(&table).expect("options");
        assert_eq!(options.bounds.timeout, Some(Duration::from_secs(10)));
        assert_eq!(options.bounds.limits().processes, Some(3));
        assert_eq!(options.bounds.trust.sandbox, Some(Mode::BestEffort));
        assert!(options.stable && options.deny_warnings && options.runs_always);
        assert_eq!(read(&json!({"sandbox": false})), Ok(Options::default()));
    }

    #[test]
    fn everything_that_is_wrong_is_said_with_what_is_right() {
        let table = json!({"timeout": "soon", "stabel": true, "limits": 3, "stable": "yes", "sandbox": "half"});
        let all: Vec<String> = read(&table).expect_err("errors").iter().map(ToString::to_string).collect();
        let shown = all.join("\n");
        assert_eq!(all.len(), 5, "{shown}");
        for part in [
            "did you mean `stable`?",
            "write a duration such as 10s",
            "`limits` is a table",
            "`stable` is `true`",
            "half",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
    }
}
