//! The functions that the library exports for a spec: one for each expression in it, and for a pool one with its work.

use super::scope::Learnt;
use super::symbol;
use super::writer::Writer;
use crate::notebook::{Snippet, SnippetLine};
use crate::plan::{Assertion, Comparison, Plan, Pool, PoolWork, Show, Step, StepKind};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;

/// An exported function: `wrapper(|| { bindings; parts })`.
pub(super) struct Entry<'a> {
    /// The name under which it is exported.
    pub symbol: String,
    /// The function of the prelude that does what the entry is for.
    pub wrapper: &'static str,
    parts: Vec<Part<'a>>,
}

/// A piece of an entry's body.
enum Part<'a> {
    /// Text of our own.
    Glue(&'static str),
    /// The author's text, on its own line.
    Code(&'a Snippet),
    /// Nothing, but what follows stands on this snippet's line.
    To(&'a Snippet),
    /// The author's text, on the line reached by then.
    Inline(&'a Snippet),
}

impl Part<'_> {
    fn write(&self, out: &mut Writer) {
        match self {
            Part::Glue(text) => out.glue(text),
            Part::Code(snippet) => out.snippet(snippet),
            Part::To(snippet) => out.go_to(snippet.line()),
            Part::Inline(snippet) => out.inline(snippet),
        }
    }
}

impl<'a> Entry<'a> {
    /// An entry that evaluates one expression. The parentheses keep an `if` or a block from being taken for a
    /// statement.
    fn expression(symbol: String, wrapper: &'static str, snippet: &'a Snippet) -> Self {
        Self { symbol, wrapper, parts: vec![Part::Glue("("), Part::Code(snippet), Part::Glue(")")] }
    }

    /// An entry that evaluates an assertion. Of a comparison it tells both sides where it does not hold. They are borrowed, as
    /// by `assert_eq!`; where that does not compile, the comparison is `plain`.
    ///
    /// The comparison as it is written is never done, but the compiler looks at it and says what it would say.
    fn assertion(symbol: String, assertion: &'a Assertion, plain: bool) -> Self {
        use Part::{Code, Glue, Inline};
        let condition = &assertion.condition;
        let Some(Comparison { left, operator, right }) = assertion.comparison.as_ref().filter(|_| !plain) else {
            return Self::expression(symbol, "assert", condition);
        };
        let mut parts = Vec::new();
        if condition.lines.len() == 1 {
            parts.extend([Glue("if false { return ("), Code(condition), Glue("); } ")]);
        }
        parts.extend([
            Glue("match (&("),
            Code(left),
            Glue("), &("),
            Inline(right),
            Glue(")) { (__nb_left, __nb_right) => { let __nb_holds = *__nb_left "),
            Inline(operator),
            Glue(" *__nb_right; if !__nb_holds { use ::nbrun::entry::sides::*; "),
            Glue("(&&::nbrun::entry::compared(__nb_left, __nb_right)).__nb_tell(); } __nb_holds } }"),
        ]);
        Self { symbol, wrapper: "assert", parts }
    }

    /// An entry that runs a job, and looks at what it returns. The value is bound by reference: a call that never returns
    /// then has the type `!`, and no type that would have to be inferred.
    ///
    /// Where that has no type of its own all the same, since all ways through it end elsewhere, nothing is returned.
    fn job(symbol: String, snippet: &'a Snippet, never_return: &BTreeSet<String>) -> Self {
        Self::call(symbol, snippet, never_return, false)
    }

    /// One that runs a job, or the `main` of a program, which may only return what Rust's may. In the module of a program
    /// its author's own `#![deny(unused)]` holds, so there are no parentheses around the call.
    fn call(symbol: String, snippet: &'a Snippet, never_return: &BTreeSet<String>, is_main: bool) -> Self {
        if never_return.contains(&symbol) {
            let (before, behind) = (Part::Glue("{ let _ = ("), Part::Glue("); ::nbrun::entry::Ended::Well }"));
            return Self { symbol, wrapper: "job", parts: vec![before, Part::Code(snippet), behind] };
        }
        let (before, behind) = match leaves_early(snippet) {
            _ if is_main => ("match ::nbrun::entry::program(", ") { ref returned => "),
            true => ("match (move || (", "))() { ref returned => "),
            false => ("match (", ") { ref returned => "),
        };
        let ended = "{ use ::nbrun::entry::ways::*; (&&&&&::nbrun::entry::returned(returned)).ended() } }";
        let parts = vec![Part::Glue(before), Part::Code(snippet), Part::Glue(behind), Part::Glue(ended)];
        Self { symbol, wrapper: "job", parts }
    }

    /// Where its first text of the author stands: line and column.
    fn position(&self) -> (u32, u32) {
        let first = self.parts.iter().find_map(|part| match part {
            Part::Code(snippet) | Part::To(snippet) => snippet.lines.first(),
            Part::Glue(_) | Part::Inline(_) => None,
        });
        first.map_or((0, 0), |line| (line.line, line.column))
    }

    /// The line on which it begins.
    pub fn line(&self) -> u32 {
        self.position().0
    }

    /// Writes its body.
    pub fn write(&self, out: &mut Writer) {
        self.parts.iter().for_each(|part| part.write(out));
    }
}

/// The entry whose job stands at a place of the notebook, by its name.
pub(super) fn job_at(plan: &Plan, line: u32, column: u32) -> Option<String> {
    let stands = |snippet: &Snippet| {
        let is_in = |at: &SnippetLine| {
            let end = at.column_of(at.text.chars().count());
            at.line == line && (at.column..end).contains(&column)
        };
        snippet.lines.iter().any(is_in)
    };
    let step = plan.steps.iter().rfind(|step| step.line <= line)?;
    match &step.work {
        StepKind::Spawn(spawn) => {
            let job = spawn.jobs.iter().position(|job| stands(&job.call))?;
            Some(symbol::job(step.cell, job))
        }
        StepKind::Pool(pool) => {
            pool.initializer.as_ref().filter(|code| stands(code)).map(|_| symbol::initializer(step.cell))
        }
        _ => None,
    }
}

/// Whether a step has an assertion that compares.
pub(super) fn compares(step: &Step) -> bool {
    let asserts = match &step.work {
        StepKind::Spawn(spawn) => spawn.assert.as_slice(),
        StepKind::Pool(pool) => pool.assert.as_slice(),
        _ => &[],
    };
    asserts.iter().any(|assertion| assertion.comparison.is_some())
}

/// The entries of a step in the order in which they stand in the document.
pub(super) fn entries<'a>(step: &'a Step, learnt: &Learnt) -> Vec<Entry<'a>> {
    let never_return = &learnt.never_return;
    let cell = step.cell;
    let mut entries = Vec::new();
    let (show, assert): (&[Show], &[Assertion]) = match &step.work {
        StepKind::Spawn(spawn) => {
            let jobs = spawn.jobs.iter().enumerate();
            let is_main = spawn.program.is_some();
            entries.extend(jobs.map(|(n, job)| Entry::call(symbol::job(cell, n), &job.call, never_return, is_main)));
            (&spawn.show, &spawn.assert)
        }
        StepKind::Pool(pool) => {
            entries.push(tasks(cell, pool));
            let initializer = pool.initializer.as_ref();
            entries.extend(initializer.map(|code| Entry::job(symbol::initializer(cell), code, never_return)));
            (&pool.show, &pool.assert)
        }
        _ => return entries,
    };
    let show = show.iter().enumerate();
    entries.extend(show.map(|(n, show)| Entry::expression(symbol::show(cell, n), "show", &show.value)));
    let assert = assert.iter().enumerate();
    let plain = learnt.plain.contains(&cell);
    entries.extend(assert.map(|(n, assertion)| Entry::assertion(symbol::assert(cell, n), assertion, plain)));
    entries.sort_by_key(Entry::position);
    entries
}

/// The entry of a pool. The prelude has each function of two arguments in both orders, so that both can stand in the
/// order of the document. The arguments are parenthesised, so that a stray comma is the author's error and not one more
/// argument.
fn tasks(cell: usize, pool: &Pool) -> Entry<'_> {
    use Part::{Code, Glue, Inline, To};
    let before = |a: &Snippet, b: &Snippet| {
        let at = |s: &Snippet| s.lines.first().map(|line| (line.line, line.column));
        at(a) <= at(b)
    };
    // The inputs are handed over by a call of their own, which an error about them can be placed at.
    const INPUTS: &str = "::nbrun::entry::inputs((";
    let map_first = |function, map, over| {
        vec![Glue(function), Code(map), Glue("), "), To(over), Glue(INPUTS), Code(over), Glue(")))")]
    };
    let over_first = |function, over, map| {
        vec![To(over), Glue(function), Glue(INPUTS), Code(over), Glue(")), ("), Code(map), Glue("))")]
    };
    let parts = match &pool.work {
        PoolWork::Map { map, over } if before(map, over) => map_first("::nbrun::entry::map_over((", map, over),
        PoolWork::Map { map, over } => over_first("::nbrun::entry::over_map(", over, map),
        PoolWork::Starmap { starmap, over } if before(starmap, over) => {
            map_first("::nbrun::entry::starmap_over((", starmap, over)
        }
        PoolWork::Starmap { starmap, over } => over_first("::nbrun::entry::over_starmap(", over, starmap),
        PoolWork::Apply { call } => vec![Glue("::nbrun::entry::apply(move || ("), Code(call), Glue("))")],
        PoolWork::ApplyAsync { call, each: None } => {
            vec![Glue("::nbrun::entry::apply_async_one(move || ("), Code(call), Glue("))")]
        }
        PoolWork::ApplyAsync { call, each: Some((pattern, items)) } if before(call, items) => vec![
            To(call),
            Glue("::nbrun::entry::map_over(move |("),
            Inline(pattern),
            Glue(")| ("),
            Code(call),
            Glue("), "),
            To(items),
            Glue(INPUTS),
            Code(items),
            Glue(")))"),
        ],
        PoolWork::ApplyAsync { call, each: Some((pattern, items)) } => vec![
            To(items),
            Glue("::nbrun::entry::over_map("),
            Glue(INPUTS),
            Code(items),
            Glue(")), "),
            To(call),
            Glue("move |("),
            Inline(pattern),
            Glue(")| ("),
            Code(call),
            Glue("))"),
        ],
    };
    Entry { symbol: symbol::pool(cell), wrapper: "pool", parts }
}

/// Whether an expression may be left by `return` or `?`, which must then have a function of its own to leave.
fn leaves_early(snippet: &Snippet) -> bool {
    fn look(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(word) => word == "return",
            TokenTree::Punct(mark) => mark.as_char() == '?',
            TokenTree::Group(group) => look(group.stream()),
            TokenTree::Literal(_) => false,
        })
    }
    snippet.text().parse().is_ok_and(look)
}
