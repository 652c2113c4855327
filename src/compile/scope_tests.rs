//! What a cell sees of the cells above it, in short notebooks and in long ones, by the machine's own rustc.

use super::testing::{cache, call, compile, errors};
use super::{Library, symbol};
use crate::plan::names::Names;

/// Compiles a notebook.
#[track_caller]
fn library(text: &str) -> Library {
    let (_dir, cache) = cache();
    // The library is mapped before its directory goes.
    let library = compile(text, &cache).unwrap_or_else(|errors| panic!("{}", errors[0]));
    std::mem::forget(_dir);
    library
}

/// A job cell that defines and uses a bit of everything; the names without a number are defined again in each.
fn chapter(i: usize) -> String {
    let (p, q) = (i.saturating_sub(1), i / 2);
    let before = if i == 0 { "0".to_owned() } else { format!("S{p} {{ x: 1 }}.up{p}() + made{q}() + was{p}()") };
    let constant = format!("{{C{q}}}");
    format!(
        "```rust job
use std::collections::*;
use std::fmt::Write as _;
const C{i}: u32 = {i};
struct S{i} {{ x: u32 }}
trait Up{i} {{ fn up{i}(&self) -> u32; }}
impl Up{i} for S{i} {{ fn up{i}(&self) -> u32 {{ self.x + {i} }} }}
enum E {{ A{i}, B(u32) }}
use E::*;
macro_rules! plus {{ ($e:expr) => {{ $e + C{i} }} }}
macro_rules! make{i} {{ ($n:ident) => {{ fn $n() -> u32 {{ C{i} * 2 }} }} }}
make{i}!(made{i});
fn job() -> u32 {{ {i} }}
fn was{i}() -> u32 {{ job() }}
fn all{i}() -> String {{
    let e = if BTreeSet::from([1]).is_empty() {{ A{i} }} else {{ B(1) }};
    let n = match e {{ A{i} => 0, B(n) => n }};
    let mut out = String::new();
    write!(out, \"{constant} {{}} {{}} {{}}\", {before}, plus!(n), job()).unwrap();
    out
}}
```
"
    )
}

/// What `all` of the last of so many chapters returns.
fn all(chapters: usize) -> String {
    let i = chapters - 1;
    let (p, q) = (i - 1, i / 2);
    format!("\"{q} {} {} {i}\"", 1 + p + q * 2 + p, 1 + i)
}

#[test]
fn a_thousand_cells_see_what_stands_above_them() {
    for chapters in [5, 1000] {
        let cells: String = (0..chapters).map(chapter).collect();
        let spec = format!("```yaml spawn\njobs: [job()]\nshow: all{}()\n```\n", chapters - 1);
        let library = library(&format!("{cells}{spec}"));
        assert_eq!(call(&library, &symbol::show(chapters, 0)), (0, all(chapters)));
    }
}

/// A cell that is no part of the lesson, but makes it a long one.
fn filler(cells: usize) -> String {
    (0..cells).map(|i| format!("```rust job\nfn filler_{i}() {{}}\n```\n")).collect()
}

const ODD: &str = r#"
```rust job
#![deny(unused_imports)]
mod inner {
    pub trait Hidden { fn hidden(&self) -> u32 { 7 } }
    impl Hidden for u32 {}
    pub fn deep() -> u32 { 1 }
}
#[allow(unused_imports)]
use inner::{Hidden as _, *};
struct Pair(u32, u32);
impl Pair { fn sum(&self) -> u32 { self.0 + self.1 } }
thread_local! { static LOCAL: std::cell::Cell<u32> = const { std::cell::Cell::new(5) }; }
#[cfg(not(test))]
fn kept() -> u32 { 3 }
#[cfg(test)]
fn removed() {}
macro_rules! shared { () => { 11 } }
use shared as also_shared;
macro_rules! both { ($name:ident) => { both!(@ $name); static NAMED: u32 = 9; }; (@ $name:ident) => { fn $name() -> u32 { NAMED } } }
unsafe extern "C" { safe fn abs(n: i32) -> i32; }
fn job() -> u32 { 1 }
fn same(removed: u32) -> u32 { removed }
```
```rust job
both!(made);
fn job() -> u32 { 2 }
mod deeper {
    use super::*;
    pub fn look() -> u32 { Pair(1, 2).sum() + kept() + job() }
}
use super::job as before;
```
```rust job
fn odd() -> Vec<u32> {
    let (removed, local) = (4, LOCAL.with(|local| local.get()));
    vec![
        3u32.hidden(), deep(), Pair(1, 2).1, local, kept(), same(removed), also_shared!(), shared!(), abs(-6) as u32,
        deeper::look(), before(), job(), made(), NAMED,
    ]
}
```
"#;

#[test]
fn whatever_defines_a_name_a_later_cell_sees_it() {
    for filler in [String::new(), filler(120)] {
        let cells = filler.matches("```rust").count() + 3;
        let library = library(&format!("{filler}{ODD}```yaml spawn\njobs: [job()]\nshow: odd()\n```\n"));
        let shown = "[7, 1, 2, 5, 3, 4, 11, 11, 6, 8, 1, 2, 9, 9]";
        assert_eq!(call(&library, &symbol::show(cells, 0)), (0, shown.to_owned()), "{cells} cells");
    }
}

#[test]
fn the_names_that_the_compiler_suggests_are_those_of_all_cells_above() {
    let slip = "```rust job\nfn job() { filer_7(); }\n```\n```rust job\nfn filer_8() {}\n```\n";
    for many in [9, 120] {
        let errors = errors(&format!("{}{slip}", filler(many)));
        assert!(errors.contains("cannot find function `filer_7`"), "{errors}");
        assert!(errors.contains("similar name exists") && errors.contains("`filler_7`"), "{many}: {errors}");
        assert!(!errors.contains("__nb"), "{errors}");
    }
}

#[test]
fn an_import_that_fails_is_told_once_and_at_its_own_line() {
    let cells = "```rust job\nuse std::nothing;\nuse std::nowhere::*;\n```\n```rust job\nfn f() { nothing(); }\n```\n";
    let errors = errors(&format!("{cells}{}", filler(3)));
    assert_eq!(errors.matches("error:").count(), 2, "{errors}");
    assert!(errors.contains("a.md:2:5: error: ") && errors.contains("a.md:3:10: error: "), "{errors}");
}

#[test]
fn the_names_of_a_cell_are_those_of_its_items_and_imports() {
    let names = Names::of(
        "use a::{self, b as c, d::{E, f as _}, g::*}; pub(crate) async fn h() {} pub const unsafe fn i() {}
         #[derive(Debug, Clone)] struct J<const N: usize>; enum K { #[default] L, M(u8, u8), N { x: u8 } = 3 }
         unsafe trait O { type P; fn p(&self) -> u8 { 0 } } impl O for u8 {} static mut Q: u8 = { 1 }; type R = u8; const _: () = ();
         extern crate s as t; unsafe extern \"C\" { fn u(); static V: u8; } mod w { fn x() {} }
         #[cfg(unix)] union Y { z: u8 } macro_rules! aa { () => {} } aa! { bb }",
    );
    let defined: Vec<&str> = names.defined.iter().map(String::as_str).collect();
    assert_eq!(defined, ["E", "J", "K", "O", "Q", "R", "V", "a", "c", "h", "i", "t", "u", "w"]);
    assert_eq!(names.maybe.iter().collect::<Vec<_>>(), ["Y"]);
    assert_eq!(names.enums["K"], ["L", "M", "N"]);
    assert_eq!(names.imported.iter().collect::<Vec<_>>(), ["E"]);
    let unnamed: Vec<(String, bool)> = names.unnamed.iter().map(|it| (it.path.join("::"), it.glob)).collect();
    assert_eq!(unnamed, [("a::d::f".to_owned(), false), ("a::g".to_owned(), true)]);
    assert_eq!(names.calls.len(), 1);
    assert!(!names.opaque);
    assert_eq!(names.traits["O"], Some(["P", "p"].map(str::to_owned).into()));
}

#[test]
fn what_may_add_any_name_makes_a_cell_opaque() {
    for text in ["#[derive(Builder)] struct A;", "#[tokio::main] fn f() {}", "#[cfg_attr(a, b)] fn f() {}", "\"open"] {
        assert!(Names::of(text).opaque, "{text}");
    }
}
