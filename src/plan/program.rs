//! `rust run` and `rust explore`: a cell that is a program, whose `main` is run as a process or explored.

use super::{Expect, Explore, Interleavings, Job, Options, Skipped, Spawn, StepKind};
use crate::diagnostic::Diagnostic;
use crate::model::{Executor, SkipReason, StartMethod};
use crate::notebook::{Cell, CellKind, Notebook, Snippet, SnippetLine, hidden};
use proc_macro2::{TokenStream, TokenTree};

/// The name of the worker that runs `main`; the process that starts workers has the name `main` already.
const WORKER: &str = "program";

/// What a program asks for.
///
/// # Errors
/// It has no `main`.
pub(super) fn read(notebook: &Notebook, cell: &Cell) -> Result<(Options, StepKind), Diagnostic> {
    if cell.skip {
        let skipped = Skipped { reason: SkipReason::Marked, declares: Vec::new(), changes: false };
        return Ok((Options::default(), StepKind::Skipped(skipped)));
    }
    let code = hidden::without_markers(&cell.code);
    let Some(call) = call_of_main(&code) else {
        let error = Diagnostic::new("this cell is to be run, and has no `fn main`").at(notebook.fence(cell.line));
        return Err(error.help("add `fn main() { … }`, or write ```rust job for functions that a spec calls"));
    };
    let job = Job { call, name: WORKER.to_owned(), executor: None, timeout: None, start: StartMethod::default() };
    let spawn = Spawn {
        program: Some(code),
        executors: vec![Executor::Process],
        jobs: vec![job],
        show: Vec::new(),
        assert: Vec::new(),
        replay: None,
    };
    let (explore, fails) = match cell.kind {
        CellKind::Explore => {
            (Some(Explore { spurious: cell.spurious.into(), ..Interleavings::All.into() }), Expect::Fails)
        }
        _ => (None, Expect::Panic),
    };
    let options = Options { explore, expect: cell.should_fail.then_some(fails), ..Options::default() };
    Ok((options, StepKind::Spawn(spawn)))
}

/// A call of the `main` that the code defines, at its place. In code whose brackets do not match, which the compiler will
/// report, it is at the beginning.
fn call_of_main(code: &Snippet) -> Option<Snippet> {
    let Ok(tokens) = code.text().parse::<TokenStream>() else {
        let (line, column) = code.lines.first().map_or((1, 1), |line| (line.line, line.column));
        return Some(Snippet::one_line("main()", line, column));
    };
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is = |token: &TokenTree, word: &str| matches!(token, TokenTree::Ident(ident) if ident == word);
    let name = tokens.windows(2).find(|pair| is(&pair[0], "fn") && is(&pair[1], "main"))?[1].span().start();
    let line: &SnippetLine = code.lines.get(name.line.saturating_sub(1))?;
    Some(Snippet::one_line("main()", line.line, line.column_of(name.column)))
}

#[cfg(test)]
mod tests {
    use crate::notebook::parse;
    use crate::plan::{Expect, Plan, StepKind, plan};

    fn of(text: &str) -> Result<Plan, String> {
        let notebook = parse("a.md", text.to_owned()).expect("a notebook");
        plan(&notebook).map_err(|errors| errors[0].to_string())
    }

    #[test]
    fn a_program_is_one_process_that_calls_main_where_it_is_defined() {
        let plan = of("```rust run\n# use std::thread;\n/// fn main\n  fn main() { other() }\nfn other() {}\n```\n")
            .expect("a plan");
        let StepKind::Spawn(spawn) = &plan.steps[0].work else { panic!("{:?}", plan.steps[0].work) };
        let call = &spawn.jobs[0].call;
        assert_eq!((call.text().as_str(), call.lines[0].line, call.lines[0].column), ("main()", 4, 6));
        assert_eq!((spawn.jobs.len(), spawn.jobs[0].name.as_str()), (1, "program"));
        assert!(plan.steps[0].items().is_some_and(|code| code.text().starts_with("use std::thread;")));
    }

    #[test]
    fn a_program_without_main_is_an_error_at_its_fence() {
        let error = of("\n```rust run\nfn mian() {}\nmod inner { pub fn main() {} }\n```\n").expect_err("no main");
        assert!(error.starts_with("a.md:2:1: error: this cell is to be run, and has no `fn main`\n"), "{error}");
    }

    #[test]
    fn a_program_may_have_to_panic_and_may_be_skipped() {
        let plan =
            of("```rust run should_panic\nfn main() {}\n```\n\n```rust run skip\nfn mian() {}\n```\n").expect("a plan");
        assert_eq!(plan.steps[0].options.expect, Some(Expect::Panic));
        assert!(plan.steps[1].is_skipped());
    }

    #[test]
    fn brackets_without_partners_are_left_to_the_compiler() {
        assert!(of("```rust run\nfn main() {\n```\n").is_ok());
    }
}
