use super::*;

fn kinds(kind: &str, text: &str) -> Vec<(String, ResourceKind)> {
    planned(&[(kind, text)]).resources.into_iter().map(|resource| (resource.name, resource.kind)).collect()
}

fn value(text: &str) -> ResourceKind {
    kinds("value", text).remove(0).1
}

#[test]
fn a_queue_is_a_type_or_a_type_and_a_size() {
    let queues = kinds(
        "queue",
        "q: i64 # items\norders: {of: String, maxsize: 10}\nall: {of: \"Vec<(i64, String)>\", maxsize: 0}",
    );
    let item = |text: &str, line, column| Snippet::one_line(text, line, column);
    assert_eq!(
        queues,
        [
            ("q".to_owned(), ResourceKind::Queue { item: item("i64", 2, 4), maxsize: None }),
            ("orders".to_owned(), ResourceKind::Queue { item: item("String", 3, 14), maxsize: Some(10) }),
            ("all".to_owned(), ResourceKind::Queue { item: item("Vec<(i64, String)>", 4, 12), maxsize: None }),
        ]
    );
}

#[test]
fn a_value_takes_a_c_code_or_a_rust_name() {
    assert_eq!(value("v: {type: i, init: -7}"), ResourceKind::Value { of: ScalarType::I32, init: Scalar::Signed(-7) });
    assert_eq!(
        value("v: {type: u64, init: 0xFF}"),
        ResourceKind::Value { of: ScalarType::U64, init: Scalar::Unsigned(255) }
    );
    assert_eq!(
        value("v: {type: d, init: 3.14}"),
        ResourceKind::Value { of: ScalarType::F64, init: Scalar::Float(3.14) }
    );
    assert_eq!(value("v: {type: d, init: 3}"), ResourceKind::Value { of: ScalarType::F64, init: Scalar::Float(3.0) });
    assert_eq!(
        value("v: {type: l, init: 1_000}"),
        ResourceKind::Value { of: ScalarType::I64, init: Scalar::Signed(1000) }
    );
}

#[test]
fn a_value_without_init_is_zero() {
    assert_eq!(value("v: {type: f}"), ResourceKind::Value { of: ScalarType::F32, init: Scalar::Float(0.0) });
    assert_eq!(value("v: i"), ResourceKind::Value { of: ScalarType::I32, init: Scalar::Signed(0) });
    assert_eq!(value("v: B"), ResourceKind::Value { of: ScalarType::U8, init: Scalar::Unsigned(0) });
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
    let kinds: Vec<ResourceKind> = arrays.into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(
        kinds,
        [
            ResourceKind::Array { of: ScalarType::I32, init: numbers },
            ResourceKind::Array { of: ScalarType::F64, init: ArrayInit::Zeros(1000) },
            ResourceKind::Array { of: ScalarType::U8, init: ArrayInit::Zeros(3) },
            ResourceKind::Array { of: ScalarType::I32, init: ArrayInit::Numbers(Vec::new()) },
        ]
    );
}

#[test]
fn the_lock_family_is_declared_by_its_words() {
    let text = "a: lock\nb: rlock\nc: semaphore\nd: {semaphore: 0}\ne: {bounded_semaphore: 3}\nf: event\ng: condition\nh: {barrier: 3}";
    let locks: Vec<ResourceKind> = kinds("lock", text).into_iter().map(|(_, kind)| kind).collect();
    use LockKind::*;
    let expected = [Lock, RLock, Semaphore(1), Semaphore(0), BoundedSemaphore(3), Event, Condition, Barrier(3)];
    assert_eq!(locks, expected.map(ResourceKind::Lock));
}

#[test]
fn resources_are_numbered_through_the_notebook() {
    let plan = planned(&[("queue", "q: i64\nr: u8"), ("job", "fn f() {}"), ("lock", "q: lock")]);
    let shown: Vec<String> =
        plan.resources.iter().map(|r| format!("{} {} cell {} line {}", r.id, r.name, r.cell, r.line)).collect();
    assert_eq!(shown, ["0 q cell 0 line 2", "1 r cell 0 line 3", "2 q cell 2 line 11"]);
    assert_eq!(plan.steps[2].work, StepKind::Declare(vec![2]));
    let visible = |cell| plan.visible_resources(cell).iter().map(|r| r.id).collect::<Vec<_>>();
    assert_eq!((visible(0), visible(1), visible(3)), (vec![], vec![0, 1], vec![1, 2]));
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
    insta::assert_snapshot!(wrong("value", "v: usize\nw: {type: x, init: 0}\nx: {init: 0}\ny: {tipe: i}"), @r#"
    n.md:2:4: error: unknown type `usize`
       |
     2 | v: usize
       |    ^^^^^
       = help: a type is one of C's codes b B c u h H i I l L q Q f d, or of Rust's names i8 u8 i16 u16 i32 u32 i64 u64 f32 f64
    n.md:3:11: error: unknown type `x`
       |
     3 | w: {type: x, init: 0}
       |           ^
       = help: a type is one of C's codes b B c u h H i I l L q Q f d, or of Rust's names i8 u8 i16 u16 i32 u32 i64 u64 f32 f64
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

#[test]
fn a_queue_needs_a_type_and_a_size_that_is_none_or_more() {
    insta::assert_snapshot!(wrong("queue", "q: {maxsize: 1}\nr: {of: i64, maxsize: -1}\ns:\nt: {off: i64}"), @r#"
    n.md:2:1: error: the queue `q` has no item type
       |
     2 | q: {maxsize: 1}
       | ^
       = help: write `q: {of: i64}`
    n.md:3:23: error: `maxsize` is at least 0, not -1
       |
     3 | r: {of: i64, maxsize: -1}
       |                       ^^
    n.md:4:3: error: the queue `s` has no value
       |
     4 | s:
       |   ^
       = help: write a Rust type
    n.md:5:5: error: a queue has no key `off`
       |
     5 | t: {off: i64}
       |     ^^^ did you mean `of`?
       = note: its keys are `of` and `maxsize`
    "#);
    insta::assert_snapshot!(wrong("queue", "q: Vec<i64\nr: {of: 12}"), @r#"
    n.md:2:4: error: this is not Rust: expected `,`
       |
     2 | q: Vec<i64
       |    ^
    n.md:3:9: error: this is not Rust: expected one of: `for`, parentheses, `unsafe`, `fn`, `extern`, identifier, `::`, `<`, `dyn`, square brackets, `*`, `&`, `!`, `impl`, `_`, lifetime
       |
     3 | r: {of: 12}
       |         ^^
    "#);
}

#[test]
fn a_generic_type_in_braces_wants_quotes() {
    insta::assert_snapshot!(wrong("queue", "q: {of: HashMap<String, i64>, maxsize: 1}"), @r#"
    n.md:2:9: error: YAML splits `HashMap<String, i64>` at its comma
       |
     2 | q: {of: HashMap<String, i64>, maxsize: 1}
       |         ^^^^^^^^^^^^^^ only this far
       = help: put quotes around it: "HashMap<String, i64>"
       = help: or write no brackets: one item a line, each behind `- `
    "#);
}

#[test]
fn locks_are_known() {
    insta::assert_snapshot!(wrong("lock", "a: mutex\nb: lok\nc: barrier\nd: {barrier: 0}\ne: {semaphor: 1}\nf: {semaphore: -1}\ng: {semaphore: 1, barrier: 2}"), @r#"
    n.md:2:4: error: unknown kind of lock `mutex`
       |
     2 | a: mutex
       |    ^^^^^
       = help: kind of lock is one of `lock`, `rlock`, `semaphore`, `bounded_semaphore`, `event`, `condition` and `barrier`
    n.md:3:4: error: unknown kind of lock `lok`
       |
     3 | b: lok
       |    ^^^ did you mean `lock`?
       = help: kind of lock is one of `lock`, `rlock`, `semaphore`, `bounded_semaphore`, `event`, `condition` and `barrier`
    n.md:4:4: error: a barrier needs to know how many workers meet there
       |
     4 | c: barrier
       |    ^^^^^^^
       = help: write `{barrier: 3}`
    n.md:5:14: error: the count of a barrier is at least 1, not 0
       |
     5 | d: {barrier: 0}
       |              ^
    n.md:6:5: error: a lock with a count has no key `semaphor`
       |
     6 | e: {semaphor: 1}
       |     ^^^^^^^^ did you mean `semaphore`?
       = note: its keys are `semaphore`, `bounded_semaphore` and `barrier`
    n.md:7:16: error: the count of a semaphore is at least 0, not -1
       |
     7 | f: {semaphore: -1}
       |                ^^
    n.md:8:4: error: a lock is one thing
       |
     8 | g: {semaphore: 1, barrier: 2}
       |    ^
       = help: write for example `{semaphore: 2}`
    "#);
}

#[test]
fn a_name_is_an_identifier_that_is_free() {
    insta::assert_snapshot!(wrong("lock", "2a: lock\nfn: lock\n_: lock\n__nb_x: lock\na-b: lock\nself: lock\n\"\": lock"), @r#"
    n.md:2:1: error: `2a` is not a name
       |
     2 | 2a: lock
       | ^^
       = help: a name is a Rust identifier: letters, digits and `_`, not beginning with a digit
    n.md:3:1: error: `fn` is a keyword of Rust, and so no name for a resource
       |
     3 | fn: lock
       | ^^
       = help: a name is a Rust identifier: letters, digits and `_`, not beginning with a digit
    n.md:4:1: error: `_` is not a name
       |
     4 | _: lock
       | ^
       = help: a name is a Rust identifier: letters, digits and `_`, not beginning with a digit
    n.md:5:1: error: `__nb_x` is not free: names that begin with `__nb` are nbrun's own
       |
     5 | __nb_x: lock
       | ^^^^^^
       = help: a name is a Rust identifier: letters, digits and `_`, not beginning with a digit
    n.md:6:1: error: `a-b` is not a name
       |
     6 | a-b: lock
       | ^^^
       = help: a name is a Rust identifier: letters, digits and `_`, not beginning with a digit
    n.md:7:1: error: `self` is a keyword of Rust, and so no name for a resource
       |
     7 | self: lock
       | ^^^^
       = help: a name is a Rust identifier: letters, digits and `_`, not beginning with a digit
    n.md:8:1: error: `` is not a name
       |
     8 | "": lock
       | ^^
       = help: a name is a Rust identifier: letters, digits and `_`, not beginning with a digit
    "#);
}

#[test]
fn names_may_be_of_any_script() {
    assert_eq!(kinds("lock", "锁: lock\n_x: lock").len(), 2);
}

#[test]
fn a_name_may_not_be_declared_twice_in_a_cell() {
    insta::assert_snapshot!(wrong("lock", "a: lock\na: rlock"), @r#"
    n.md:3:1: error: the key `a` stands here twice
       |
     3 | a: rlock
       | ^ the second time
       = note: n.md:2:1: the first time
       |
     2 | a: lock
       | ^
    "#);
}

#[test]
fn an_option_is_no_name() {
    insta::assert_snapshot!(wrong("value", "timeout: {type: i, init: 0}\nv: i"), @r#"
    n.md:2:10: error: expected a duration, found a mapping
       |
     2 | timeout: {type: i, init: 0}
       |          ^
       = help: write `2s`, `500ms`, `1m 30s`, or a number of seconds
       = note: `timeout`, `expect`, `repeat`, `explore` and `name` are options of every cell, and so no names for a resource
    "#);
}

#[test]
fn a_cell_that_declares_nothing_is_wrong() {
    insta::assert_snapshot!(wrong("lock", "timeout: 1s"), @r#"
    n.md:2:1: error: this lock cell declares nothing
       |
     2 | timeout: 1s
       | ^
       = help: write for example `l: lock`
    "#);
    insta::assert_snapshot!(wrong("queue", "- q: i64"), @r#"
    n.md:2:1: error: a queue cell is a mapping, and this is a list
       |
     2 | - q: i64
       | ^
       = help: write a name and what it is: `q: i64`
    "#);
    insta::assert_snapshot!(wrong("array", "a"), @r#"
    n.md:2:1: error: an array cell is a mapping, and this is text
       |
     2 | a
       | ^
       = help: write a name and what it is: `a: {type: d, len: 1000}`
    "#);
}
