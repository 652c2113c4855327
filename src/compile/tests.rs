//! Tests with the machine's own rustc.

use super::testing::{STAND_IN, briefly, cache, call, compile, compile_in, counting_toolchain, errors, read};
use super::toolchain::Environment;
use super::{Codegen, Compiler, Watch, symbol};
use crate::diagnostic::Note;
use crate::model::Position;
use std::fs;
use std::thread;

/// Three cells with what an author's cells have; one of them in a list.
const LESSON: &str = r#"# Lesson

```rust job
#![forbid(unsafe_code)]
//! The first.
use std::time::Duration;
const N: i32 = 20;
macro_rules! twice { ($e:expr) => { $e * 2 } }
fn job(n: i32) -> i32 { println!("old {n}"); n }
fn main() {} // the end
```

1. In a list:

   ```rust job
   fn job(n: i32) -> i32 {
       print!("{:?} ", Duration::from_secs(1));
       println!("new {}", "two
   lines");
       twice!(n) + N
   }
   // the end
   ```

> ```yaml queue
> q: Vec<i32> // numbers
> ```

```yaml spawn
show: if true { 1 } else { 2 } + N
jobs:
  - job(1) // a comment
  - q.put(vec![job(2)])
  - |
    panic!("{}",
      q.id()) // the end
assert: 1 == 1
```

```yaml pool
over: vec![1, 2, 3].iter().copied().filter(|n| n % 2 == 1)
map: "|n| job(n)"
```

```yaml pool
apply_async: (q.id() as i32 + i, j).0
for: (i, j) in [(1, 2), (3, 4)]
```
"#;

#[test]
fn cells_and_expressions_run_with_the_names_they_see() {
    let (_dir, cache) = cache();
    let library = compile(LESSON, &cache).unwrap_or_else(|errors| panic!("{}", errors[0]));
    assert_eq!(call(&library, &symbol::job(3, 0)), (0, "1s new two\nlines\n".into()));
    assert_eq!(call(&library, &symbol::job(3, 1)), (0, "1s new two\nlines\n".into()));
    assert_eq!(call(&library, &symbol::show(3, 0)), (0, "21".into()));
    assert_eq!(call(&library, &symbol::assert(3, 0)), (0, "true".into()));
    assert_eq!(call(&library, &symbol::pool(4)), (0, "1s new two\nlines\n22 1s new two\nlines\n26 ".into()));
    assert_eq!(call(&library, &symbol::pool(5)), (0, "1 3 ".into()));
}

#[test]
fn a_panic_says_its_cell_and_leads_back_to_the_notebook() {
    let (_dir, cache) = cache();
    let library = compile(LESSON, &cache).unwrap();
    let (status, said) = call(&library, &symbol::job(3, 2));
    assert_eq!(status, 1);
    // Glue stands before the author's text on its line.
    let column = said.trim().strip_prefix("cell:0004:6:").unwrap().parse().unwrap();
    let line_of = |text: &str| LESSON.lines().position(|line| line.contains(text)).unwrap() as u32 + 1;
    let place = library.source_map.place(Position::new(3, 6).unwrap(), column);
    assert_eq!(place, (line_of("panic!"), 5));
}

#[test]
fn an_error_in_a_cell_stands_at_the_notebooks_own_line_and_column() {
    let text = "1. In a list:\n\n   ```rust job\n   fn job() -> i32 {\n       \"多\" // a\n   }\n   ```\n";
    assert_eq!(briefly(text), ["5:8 `\"多\"` mismatched types [E0308]"]);
}

#[test]
fn errors_in_expressions_stand_at_their_place_in_nested_lists_and_quotes() {
    let text = "\
```rust job
fn job(n: i32) -> i32 { n }
```
- > 1. ```yaml spawn
  >    jobs:
  >    - job(\"a\") // a comment
  >    - job(1,
  >          2)
  >    show: {a: missing, b: job(missing)}
  >    assert: job(1) == \"b\"
  >    ```

```yaml pool
over: 3
map: \"|n| job(n)\"
```
```yaml pool
for: Some(i) in [Some(1), None]
apply_async: job(i, 2)
```
```yaml pool
map: job
over: 0..3
show: job(1).nothing()
```
";
    assert_eq!(
        briefly(text),
        [
            "6:14 `\"a\"` mismatched types [E0308]",
            "7:10 `job` this function takes 1 argument but 2 arguments were supplied [E0061]",
            "9:18 `missing` cannot find value `missing` in this scope [E0425]",
            "9:34 `missing` cannot find value `missing` in this scope [E0425]",
            "10:26 `\"b\"` mismatched types [E0308]",
            "14:7 `3` `{integer}` is not an iterator [E0277]",
            "19:14 `job` this function takes 1 argument but 2 arguments were supplied [E0061]",
            "24:14 `nothing` no method named `nothing` found for type `i32` in the current scope [E0599]",
        ]
    );
}

#[test]
fn a_missing_brace_is_blamed_on_its_own_cell_and_every_such_cell_is_named() {
    let text = "\
```rust job
fn a() {
    let x = 1;
```
```rust job
fn b() { \"open }
```
```rust job
fn c() -> i32 { 1 } }
```
```rust job
fn fine() {}
```
```yaml spawn
- thread: fine()
```
";
    assert_eq!(
        briefly(text),
        [
            "2:8 `{` this cell contains an unclosed delimiter",
            "6:10 `\"open }` unterminated double quote string [E0765]",
            "9:21 `}` unexpected closing delimiter: `}`",
        ]
    );
}

#[test]
fn a_cell_that_ends_in_an_open_comment_or_an_attribute_swallows_nothing() {
    assert_eq!(briefly("```rust job\nfn a() {} /* open\n```\n"), ["2:11 `/* open` unterminated block comment [E0758]"]);
    let errors = briefly("```rust job\n#[derive(Debug)]\n```\n```yaml spawn\n- thread: 1\n```\n");
    assert!(errors[0].starts_with("2:"), "{errors:?}");
}

#[test]
fn an_item_type_that_cannot_cross_is_an_error_at_the_declaration() {
    let text = "```yaml queue\n{q: std::rc::Rc<i32>,\nr: Foo}\n```\n```yaml spawn\n- thread: q.put(1)\n```\n";
    let errors = errors(text);
    assert!(errors.contains("a.md:2:5: error: the trait bound `Rc<i32>: Message` is not satisfied"), "{errors}");
    assert!(errors.contains("a.md:3:4: error: cannot find type `Foo` in this scope"), "{errors}");
    assert!(errors.contains("a.md:6:17: error: mismatched types"), "{errors}");
    assert!(!errors.contains("__nb") && !errors.contains("entry::"), "{errors}");
}

#[test]
fn what_stands_further_down_is_said_to_stand_there() {
    let text = "\
```yaml spawn
- thread: job(q.id())
```
```rust job
fn job(_: u32) { crate::other(); }
use rand::Rng;
```
```yaml queue
q: i32
```
";
    let errors = errors(text);
    for advice in [
        "a.md:5:1: function `job` is defined only here, and a cell sees what stands above it",
        "a.md:9:1: it is declared only here, and a cell sees what stands above it",
        "help: each cell is a module: leave out `crate::`",
        "help: if it is a crate, ask for it in the front matter: `nbrun: {dependencies: {rand: \"VERSION\"}}`",
    ] {
        assert!(errors.contains(advice), "{advice}\n\n{errors}");
    }
}

#[test]
fn a_literal_that_does_not_fit_is_an_error_and_a_warning_is_none() {
    let text = "```rust job\nfn unused() { let x: u8 = 256; }\n#[allow(non_camel_case_types)] struct s;\n```\n";
    assert_eq!(briefly(text), ["2:27 `256` literal out of range for `u8`"]);
}

#[test]
fn a_spec_that_waits_for_its_compile_error_is_left_out_and_the_rest_runs() {
    let text = "\
```rust job
fn job(n: i32) -> i32 { n }
```
```yaml spawn
jobs: [job(\"a\")]
show: job(missing)
expect: {error: \"expected `i32`, found `&str`\"}
```
```yaml queue
q: std::rc::Rc<i32>
expect: {error: \"the trait `Message` is not implemented\"}
```
```yaml spawn
jobs: [job(3)]
show: job(4)
```
";
    let (_dir, cache) = cache();
    for cached in [false, true] {
        let library = compile(text, &cache).unwrap_or_else(|errors| panic!("{}", errors[0]));
        assert_eq!(library.cached, cached);
        assert_eq!(library.refused.keys().copied().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(library.refused[&1].len(), 2);
        assert_eq!(library.refused[&1][0].place.as_ref().map(|place| (place.line, place.column)), Some((5, 12)));
        assert_eq!(call(&library, &symbol::show(3, 0)), (0, "4".into()));
    }
}

#[test]
fn another_error_than_the_one_waited_for_is_an_error() {
    let text = "```yaml spawn\njobs: [missing()]\nexpect: {error: mismatched types}\n```\n";
    let (_dir, cache) = cache();
    let errors = compile(text, &cache).unwrap_err();
    let waits = |note: &Note| matches!(note, Note::Note(text) if text.contains("waits for another error"));
    assert!(errors.len() == 1 && errors[0].notes.iter().any(waits), "{}", errors[0]);
}

#[test]
fn a_second_run_calls_no_compiler() {
    let (dir, cache) = cache();
    let (environment, calls) = counting_toolchain(dir.path());
    let first = compile_in(LESSON, &cache, environment.clone()).unwrap();
    let after_first = calls();
    let second = compile_in(LESSON, &cache, environment.clone()).unwrap();
    assert_eq!((first.cached, second.cached, after_first, calls()), (false, true, 4, 4));
    assert_eq!((first.path, first.source_map), (second.path, second.source_map));
    let other = compile_in(&LESSON.replace("N: i32 = 20", "N: i32 = 30"), &cache, environment).unwrap();
    assert_eq!((other.cached, calls()), (false, 5));
    assert_eq!(call(&other, &symbol::show(3, 0)), (0, "31".into()));
}

#[test]
fn two_runs_at_once_share_a_cache() {
    let (_dir, cache) = cache();
    let libraries: Vec<_> = thread::scope(|scope| {
        let runs: Vec<_> = (0..3).map(|_| scope.spawn(|| compile(LESSON, &cache).unwrap())).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(libraries.iter().all(|library| library.path == libraries[0].path));
    assert_eq!(call(&libraries[0], &symbol::show(3, 0)), (0, "21".into()));
    assert_eq!(fs::read_dir(cache.dir.join("tmp")).unwrap().count(), 0, "temporary files remain");
}

#[test]
fn a_damaged_library_is_built_again() {
    let (_dir, cache) = cache();
    let library = compile(LESSON, &cache).unwrap();
    let whole = fs::read(&library.path).unwrap();
    fs::write(&library.path, &whole[..whole.len() / 2]).unwrap();
    let again = compile(LESSON, &cache).unwrap();
    assert_eq!((again.cached, again.path == library.path), (false, true));
    assert_eq!(call(&again, &symbol::show(3, 0)), (0, "21".into()));
}

#[test]
fn an_overflow_panics_instead_of_showing_a_wrong_number() {
    let text = "```rust job\nfn up(n: u8) -> u8 { n + 1 }\n```\n```yaml spawn\njobs: [up(1)]\nshow: up(255)\n```\n";
    let (_dir, cache) = cache();
    let (status, said) = call(&compile(text, &cache).unwrap(), &symbol::show(1, 0));
    assert_eq!((status, said.as_str()), (1, "cell:0001:1:22\n"));
}

#[test]
fn a_cache_that_cannot_be_written_is_one_clear_error() {
    let (dir, mut cache) = cache();
    cache.dir = dir.path().join("file/cache");
    fs::write(dir.path().join("file"), "").unwrap();
    let errors = compile(LESSON, &cache).unwrap_err();
    assert!(errors.len() == 1 && errors[0].to_string().contains("NBRUN_CACHE_DIR"), "{}", errors[0]);
}

#[test]
fn a_notebook_compiles_against_the_prelude_itself() {
    let text = r#"
```rust job
fn job(v: Value<i32>, l: Lock, q: Queue<Vec<String>>) -> Option<f64> {
    let _guard = l.lock();
    v.set(v.get() + 1);
    q.put(vec![format!("{}", v.get())]);
    dbg!(worker().name);
    sleep(0.1);
    println!();
    Some(1.5)
}
```
```yaml value
v: {type: i, init: 0}
```
```yaml array
a: {type: d, len: 3}
```
```yaml queue
q: Vec<String>
```
```yaml lock
l: lock
r: rlock
s: {semaphore: 2}
e: event
c: condition
b: {barrier: 2}
```
```yaml spawn
jobs: [ "job(v, l, q)", "{ r.acquire(); s.acquire(); e.wait(); b.wait() }" ]
show: a.get(0)
assert: v.get() == 1
```
```yaml pool
map: "|i: i64| i * i"
over: 0..10
```
```yaml pool
apply: job(v, l, q)
```
```yaml pool
apply_async: job(v, l, q)
```
```yaml pool
for: (i, x) in [1, 2].into_iter().enumerate()
apply_async: i as f64 + a.get(i) * x as f64
```
"#;
    let (_dir, cache) = cache();
    let (notebook, plan) = read(text);
    let library = Compiler::new(std::path::Path::new("/"), &cache, None, Watch::NOBODY)
        .compile(&notebook, &plan)
        .unwrap_or_else(|errors| panic!("{}", errors[0]));
    assert!(library.rustc.starts_with("rustc 1."), "{}", library.rustc);
}

#[test]
fn a_prelude_with_a_derive_macro_lends_it_to_the_cells() {
    let derive = "\
        use proc_macro::{TokenStream, TokenTree};
        #[proc_macro_derive(Message)]
        pub fn message(item: TokenStream) -> TokenStream {
            let name = item.into_iter().filter_map(|token| match token {
                TokenTree::Ident(name) => Some(name.to_string()),
                _ => None,
            });
            let name = name.skip_while(|name| name != \"struct\").nth(1).unwrap();
            format!(\"impl ::nbrun::Message for {name} {{}}\").parse().unwrap()
        }";
    let with_derive =
        STAND_IN[0].1.replace("pub use crate::sleep;", "pub use crate::sleep; pub use nbrun_derive::Message;");
    let text = "```rust job\n#[derive(Message)]\nstruct Order;\n```\n```yaml queue\nq: Order\n```\n";
    let (_dir, cache) = cache();
    let (notebook, plan) = read(text);
    let prelude = &[("derive/lib.rs", derive), ("lib.rs", with_derive.as_str())];
    let environment = Environment::of_process();
    let compiler = Compiler {
        environment,
        prelude,
        dir: std::path::Path::new("/"),
        cache: &cache,
        sandbox: None,
        watch: Watch::NOBODY,
        codegen: Codegen::Optimized,
    };
    compiler.compile(&notebook, &plan).unwrap_or_else(|errors| panic!("{}", errors[0]));
}
