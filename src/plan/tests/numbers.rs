//! Facts about values and arrays.

use super::*;
use crate::model::{Scalar, ScalarType};

fn value(text: &str) -> DeclaredKind {
    kinds("value", text).remove(0).1
}

#[test]
fn a_value_takes_a_c_code_or_a_rust_name() {
    assert_eq!(value("v: {type: i, init: -7}"), DeclaredKind::Value { of: ScalarType::I32, init: Scalar::Signed(-7) });
    assert_eq!(
        value("v: {type: u64, init: 0xFF}"),
        DeclaredKind::Value { of: ScalarType::U64, init: Scalar::Unsigned(255) }
    );
    assert_eq!(value("v: {type: d, init: 2.5}"), DeclaredKind::Value { of: ScalarType::F64, init: Scalar::Float(2.5) });
    assert_eq!(value("v: {type: d, init: 3}"), DeclaredKind::Value { of: ScalarType::F64, init: Scalar::Float(3.0) });
    assert_eq!(
        value("v: {type: l, init: 1_000}"),
        DeclaredKind::Value { of: ScalarType::I64, init: Scalar::Signed(1000) }
    );
}

#[test]
fn a_value_without_init_is_zero() {
    assert_eq!(value("v: {type: f}"), DeclaredKind::Value { of: ScalarType::F32, init: Scalar::Float(0.0) });
    assert_eq!(value("v: i"), DeclaredKind::Value { of: ScalarType::I32, init: Scalar::Signed(0) });
    assert_eq!(value("v: B"), DeclaredKind::Value { of: ScalarType::U8, init: Scalar::Unsigned(0) });
}

#[test]
fn every_c_code_has_the_size_that_it_has_in_c() {
    let sizes = [("bBc", 1), ("hH", 2), ("iIfu", 4), ("lLqQd", 8)];
    for (codes, size) in sizes {
        for code in codes.chars() {
            assert_eq!(ScalarType::parse(&code.to_string()).map(ScalarType::size), Some(size), "{code}");
        }
    }
}

#[test]
fn an_array_has_contents_or_a_length() {
    let arrays = kinds(
        "array",
        "a: {type: i, init: [1, 2, -3]}\nz: {type: d, len: 1000}\nn: {type: B, len: 3, init: 0}\ne: {type: i, init: []}",
    );
    let numbers = ArrayInit::Numbers(vec![Scalar::Signed(1), Scalar::Signed(2), Scalar::Signed(-3)]);
    let kinds: Vec<DeclaredKind> = arrays.into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(
        kinds,
        [
            DeclaredKind::Array { of: ScalarType::I32, init: numbers },
            DeclaredKind::Array { of: ScalarType::F64, init: ArrayInit::Zeros(1000) },
            DeclaredKind::Array { of: ScalarType::U8, init: ArrayInit::Zeros(3) },
            DeclaredKind::Array { of: ScalarType::I32, init: ArrayInit::Numbers(Vec::new()) },
        ]
    );
}

#[test]
fn an_integer_that_does_not_fit_is_an_error() {
    insta::assert_snapshot!(wrong("value", "v: {type: b, init: 300}"), @r#"
    n.md:2:20: error: 300 does not fit i8 (-128 to 127)
       |
     2 | v: {type: b, init: 300}
       |                    ^^^
       = note: C would wrap it silently
    "#);
    insta::assert_snapshot!(wrong("value", "v: {type: B, init: -1}\nw: {type: L, init: 0x1_0000_0000_0000_0000}"), @r#"
    n.md:2:20: error: -1 does not fit u8 (0 to 255)
       |
     2 | v: {type: B, init: -1}
       |                    ^^
       = note: C would wrap it silently
    n.md:3:20: error: 18446744073709551616 does not fit u64 (0 to 18446744073709551615)
       |
     3 | w: {type: L, init: 0x1_0000_0000_0000_0000}
       |                    ^^^^^^^^^^^^^^^^^^^^^^^
       = note: C would wrap it silently
    "#);
    insta::assert_snapshot!(wrong("value", "v: {type: f, init: 1e39}"), @r#"
    n.md:2:20: error: 1e39 does not fit f32 (at most 3.4028235e38)
       |
     2 | v: {type: f, init: 1e39}
       |                    ^^^^
    "#);
}

#[test]
fn what_is_no_number_of_the_type_is_an_error() {
    insta::assert_snapshot!(wrong("value", "v: {type: i, init: 1.5}\nw: {type: i, init: 2.0}"), @r#"
    n.md:2:20: error: `init` is a whole number of type i32, and `1.5` is a float
       |
     2 | v: {type: i, init: 1.5}
       |                    ^^^
    n.md:3:20: error: `init` is a whole number of type i32, and `2.0` is a float
       |
     3 | w: {type: i, init: 2.0}
       |                    ^^^
    "#);
    insta::assert_snapshot!(wrong("value", "v: {type: i, init: \"1\"}\nw: {type: d, init: one}\nx: {type: d, init: true}\ny: {type: i, init: }"), @r#"
    n.md:2:20: error: `init` is a number of type i32, and this is text in quotes
       |
     2 | v: {type: i, init: "1"}
       |                    ^^^
    n.md:3:20: error: `init` is a number of type f64, and this is `one`
       |
     3 | w: {type: d, init: one}
       |                    ^^^
    n.md:4:20: error: `init` is a number of type f64, and this is `true`
       |
     4 | x: {type: d, init: true}
       |                    ^^^^
    n.md:5:20: error: `init` is a number of type i32, and this is nothing
       |
     5 | y: {type: i, init: }
       |                    ^
    "#);
}

#[test]
fn an_unknown_type_lists_the_known_ones() {
    insta::assert_snapshot!(wrong("value", "v: u128\nw: {type: x, init: 0}\nx: {init: 0}\ny: {tipe: i}"), @r#"
    n.md:2:4: error: unknown type `u128`
       |
     2 | v: u128
       |    ^^^^
       = help: a type is one of C's codes b B c u h H i I l L q Q f d, or of Rust's names i8 u8 i16 u16 i32 u32 i64 u64 isize usize f32 f64
    n.md:3:11: error: unknown type `x`
       |
     3 | w: {type: x, init: 0}
       |           ^
       = help: a type is one of C's codes b B c u h H i I l L q Q f d, or of Rust's names i8 u8 i16 u16 i32 u32 i64 u64 isize usize f32 f64
    n.md:4:1: error: the value `x` has no type
       |
     4 | x: {init: 0}
       | ^
       = help: write for example `v: {type: i, init: 0}`
    n.md:5:5: error: a value has no key `tipe`
       |
     5 | y: {tipe: i}
       |     ^^^^ did you mean `type`?
       = note: its keys are `type` and `init`
    "#);
}

#[test]
fn a_nested_list_names_the_element() {
    insta::assert_snapshot!(wrong("array", "a: {type: i, init: [[1, 2], [3, 4]]}"), @r#"
    n.md:2:21: error: a shared array has one dimension, and `init[0]` is a list
       |
     2 | a: {type: i, init: [[1, 2], [3, 4]]}
       |                     ^ a list
       = help: write the rows one behind the other, and index with `i * columns + j`
    "#);
    insta::assert_snapshot!(wrong("array", "a:\n  type: i\n  init:\n    - 1\n    - [3, 4]"), @r#"
    n.md:6:7: error: a shared array has one dimension, and `init[1]` is a list
       |
     6 |     - [3, 4]
       |       ^ a list
       = help: write the rows one behind the other, and index with `i * columns + j`
    "#);
}

#[test]
fn an_array_needs_one_source_of_its_length() {
    insta::assert_snapshot!(wrong("array", "a: {type: i}\nb: {type: i, init: 5}\nc: {type: i, init: [1], len: 2}\nd: {type: i, init: 7, len: 2}"), @r#"
    n.md:2:1: error: the array `a` has neither contents nor a length
       |
     2 | a: {type: i}
       | ^
       = help: write `{type: i, init: [1, 2, 3]}`, or `{type: i, len: 3}` for three zeros
    n.md:3:20: error: `init` of an array is a list, and this is a number
       |
     3 | b: {type: i, init: 5}
       |                    ^
       = help: write `{type: i, init: [1, 2, 3]}`, or `{type: i, len: 3}` for three zeros
    n.md:4:14: error: an array takes its length from `init`
       |
     4 | c: {type: i, init: [1], len: 2}
       |              ^^^^
       = help: leave `len` out
    n.md:5:20: error: an array made by its length holds zeros
       |
     5 | d: {type: i, init: 7, len: 2}
       |                    ^
       = help: leave `init` out, or give a list of numbers
    "#);
    insta::assert_snapshot!(wrong("array", "a: {type: i, len: -1}\nb: {type: i, len: 3000000000}\nc: [1, 2]\nd: {type: i, init: [1, x]}"), @r#"
    n.md:2:19: error: `len` is at least 0, not -1
       |
     2 | a: {type: i, len: -1}
       |                   ^^
    n.md:3:19: error: `len` is at most 2147483648, not 3000000000
       |
     3 | b: {type: i, len: 3000000000}
       |                   ^^^^^^^^^^
    n.md:4:4: error: an array is a mapping, and this is a list
       |
     4 | c: [1, 2]
       |    ^
       = help: write `{type: i, init: [1, 2, 3]}`, or `{type: i, len: 3}` for three zeros
    n.md:5:24: error: `init[1]` is a number of type i32, and this is `x`
       |
     5 | d: {type: i, init: [1, x]}
       |                        ^
    "#);
}
