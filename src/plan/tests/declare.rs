//! Facts about what a declaring cell may say, and about queues and locks.

use super::*;

#[test]
fn a_queue_is_a_type_or_a_type_and_a_size() {
    let queues = kinds("queue", "q: i64 # items\norders: {of: String, maxsize: 10}\nall: {of: \"Vec<(i64, String)>\"}");
    let item = |text: &str, line, column| Snippet::one_line(text, line, column);
    assert_eq!(
        queues,
        [
            ("q".to_owned(), DeclaredKind::Queue { item: item("i64", 2, 4), maxsize: None }),
            ("orders".to_owned(), DeclaredKind::Queue { item: item("String", 3, 14), maxsize: Some(10) }),
            ("all".to_owned(), DeclaredKind::Queue { item: item("Vec<(i64, String)>", 4, 12), maxsize: None }),
        ]
    );
}

#[test]
fn the_lock_family_is_declared_by_its_words() {
    let text = "a: lock\nb: rlock\nc: semaphore\nd: {semaphore: 0}\ne: {bounded_semaphore: 3}\nf: event\ng: condition\nh: {barrier: 3}\ni: rwlock";
    let locks: Vec<DeclaredKind> = kinds("lock", text).into_iter().map(|(_, kind)| kind).collect();
    use crate::model::LockKind::*;
    let expected = [Lock, RLock, Semaphore(1), Semaphore(0), BoundedSemaphore(3), Event, Condition, Barrier(3), RwLock];
    assert_eq!(locks, expected.map(DeclaredKind::Lock));
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
fn a_queue_needs_a_type_and_a_size_that_is_one_or_more() {
    insta::assert_snapshot!(wrong("queue", "q: {maxsize: 1}\nr: {of: i64, maxsize: -1}\ns:\nt: {off: i64}"), @r#"
    n.md:2:1: error: the queue `q` has no item type
       |
     2 | q: {maxsize: 1}
       | ^
       = help: write `q: {of: i64}`
    n.md:3:23: error: `maxsize` is at least 1, not -1
       |
     3 | r: {of: i64, maxsize: -1}
       |                       ^^
       = help: a queue without a limit has no `maxsize`: leave it out
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
    n.md:2:11: error: this is not Rust: expected `,`
       |
     2 | q: Vec<i64
       |           ^
    n.md:3:9: error: this is not Rust: unexpected token
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
       = help: or write one key a line, without the braces
    "#);
}

#[test]
fn locks_are_known() {
    insta::assert_snapshot!(wrong("lock", "a: mutex\nb: lok\nc: barrier\nd: {barrier: 0}\ne: {semaphor: 1}\nf: {semaphore: -1}\ng: {semaphore: 1, barrier: 2}"), @r#"
    n.md:2:4: error: unknown kind of lock `mutex`
       |
     2 | a: mutex
       |    ^^^^^
       = help: kind of lock is one of `lock`, `rlock`, `rwlock`, `semaphore`, `bounded_semaphore`, `event`, `condition` and `barrier`
    n.md:3:4: error: unknown kind of lock `lok`
       |
     3 | b: lok
       |    ^^^ did you mean `lock`?
       = help: kind of lock is one of `lock`, `rlock`, `rwlock`, `semaphore`, `bounded_semaphore`, `event`, `condition` and `barrier`
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
    n.md:2:1: error: `timeout` is the name of an option, so no resource can have it
       |
     2 | timeout: {type: i, init: 0}
       | ^^^^^^^
       = help: give it another name; the options of every cell are `timeout`, `expect`, `repeat`, `explore`, `name`, `reveal` and `skip`
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
