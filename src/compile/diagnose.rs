//! Turns all that a call of rustc says into nbrun's diagnostics, and tells errors of the machine from those of the notebook.

use super::look_alike;
use super::rustc::{Message, Outcome};
use super::translator::Translator;
use super::unsendable;
use super::workspace;
use crate::diagnostic::Diagnostic;

impl Translator<'_> {
    /// All errors of a call that failed, in document order and each once; at least one.
    pub(super) fn all(&self, outcome: &Outcome) -> Vec<Diagnostic> {
        if let Some(error) = of_the_machine(outcome) {
            return vec![error];
        }
        let (refused, others): (Vec<_>, Vec<_>) = outcome.errors.iter().partition(|message| unsendable::is(message));
        let mut errors = unsendable::gathered(self, &refused);
        let others = others.into_iter().filter(|message| !unsendable::explains(&refused, message)).collect();
        for message in look_alike::gathered(others) {
            let error = self.one(&message);
            if !errors.iter().any(|other| other.message == error.message && other.place == error.place) {
                errors.push(error);
            }
        }
        let position = |error: &Diagnostic| error.place.as_ref().map_or((u32::MAX, 0), |at| (at.line, at.column));
        errors.sort_by_key(position);
        errors
    }
}

/// How a program says that a file has met the limit of its size.
const TOO_LARGE: [&str; 4] = ["SIGXFSZ", "File size limit exceeded", "File too large", "signal 25"];

/// What went wrong with the machine rather than with the notebook: no linker, a linker that fails, a compiler that was
/// killed or crashed.
pub(super) fn of_the_machine(outcome: &Outcome) -> Option<Diagnostic> {
    let said = outcome.errors.iter().flat_map(|error| error.children.iter().chain([error]));
    let mut said = said.map(|error| error.message.as_str()).chain([outcome.remains.as_str()]);
    if said.any(|said| TOO_LARGE.iter().any(|words| said.contains(words))) {
        return Some(workspace::too_large());
    }
    let linker = |error: &&Message| error.message.starts_with("link");
    if let Some(error) = outcome.errors.iter().find(linker) {
        if error.message.ends_with("not found") {
            let install = "install a C compiler, such as your distribution's package `gcc` or `build-essential`";
            return Some(
                Diagnostic::new(format!("the {}, which Rust needs to make a library", error.message)).help(install),
            );
        }
        if error.message.starts_with("linking with") {
            // The first note is the command line, pages long.
            let said = error.children.iter().skip(1).map(|child| child.message.trim()).collect::<Vec<_>>().join("\n");
            return Some(Diagnostic::new(error.message.clone()).note(said));
        }
    }
    if outcome.errors.is_empty() {
        return Some(Diagnostic::new("the Rust compiler failed without an error").note(outcome.remains.trim()));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(json: &str, remains: &str) -> Outcome {
        let errors = serde_json::from_str(json).unwrap();
        Outcome { success: false, errors, warnings: Vec::new(), remains: remains.to_owned() }
    }

    #[test]
    fn a_missing_linker_is_named_with_the_package_that_has_it() {
        let json =
            r#"[{"message": "linker `cc` not found", "code": null, "level": "error", "spans": [], "children": []}]"#;
        let error = of_the_machine(&failed(json, "")).unwrap().to_string();
        assert!(error.contains("the linker `cc` not found") && error.contains("`gcc`"), "{error}");
    }

    #[test]
    fn a_linker_that_fails_is_quoted_without_its_command_line() {
        let message = |level: &str, text: &str, children: &str| {
            format!(
                r#"[{{"message": "{text}", "code": null, "level": "{level}", "spans": [], "children": {children}}}]"#
            )
        };
        let command = message("note", "cc -o a lot", "[]");
        let said = message("note", "undefined reference to `f`", "[]");
        let children = format!("[{}, {}]", &command[1..command.len() - 1], &said[1..said.len() - 1]);
        let json = message("error", "linking with `cc` failed: exit status: 1", &children);
        let error = of_the_machine(&failed(&json, "")).unwrap().to_string();
        assert!(error.contains("undefined reference to `f`") && !error.contains("a lot"), "{error}");
    }

    #[test]
    fn a_compiler_that_ends_without_a_word_is_an_error_all_the_same() {
        let error = of_the_machine(&failed("[]", "rustc ended with signal: 9 (SIGKILL)")).unwrap().to_string();
        assert!(error.contains("SIGKILL"), "{error}");
    }
}
