//! Tests with the machine's own rustc.

use super::symbol;
use super::testing::{cache, call, compile, errors};

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
- thread: job(1) // a comment
- thread: q.put(vec![job(2)])
- thread: panic!("{}", q.id())
show: if true { 1 } else { 2 } + N
assert: 1 == 1
```

```yaml pool
over: vec![1, 2, 3].iter().copied().filter(|n| n % 2 == 1)
map: |n| job(n)
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
fn a_panic_says_the_notebooks_path_and_its_position_leads_back_to_the_notebook() {
    let (_dir, cache) = cache();
    let library = compile(LESSON, &cache).unwrap();
    let (status, said) = call(&library, &symbol::job(3, 2));
    assert_eq!(status, 1);
    let mut said = said.trim().splitn(3, ':');
    assert_eq!(said.next(), Some("notes/a.md"));
    let (line, column) = (said.next().unwrap().parse().unwrap(), said.next().unwrap().parse().unwrap());
    let line_of = |text: &str| LESSON.lines().position(|line| line.contains(text)).unwrap() as u32 + 1;
    assert_eq!(library.source_map.to_notebook(line, column), Some((line_of("panic!"), 11)));
}
