//! What crosses between workers arrives as it was sent, whether nbrun knows its type or an author has made it one that can.

#[path = "../src/prelude/message.rs"]
mod prelude_message;
mod support;

use prelude_message::Message;
use proptest::prelude::*;
use std::fmt::Debug;
use support::{Outcome, Run};

fn encoded<T: Message>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.encode(&mut bytes);
    bytes
}

/// Checks that a value comes back from its bytes, whatever follows them, and that nothing comes of a part of them.
///
/// Values are compared by their bytes and as text, for a float may be no number.
fn check<T: Message + Debug>(value: T) -> Result<(), TestCaseError> {
    let bytes = encoded(&value);
    prop_assert!(
        T::MAX_BYTES.is_none_or(|most| bytes.len() <= most),
        "{} bytes are more than {:?}",
        bytes.len(),
        T::MAX_BYTES
    );
    let followed = [bytes.as_slice(), &[0xa5; 3]].concat();
    let mut rest = followed.as_slice();
    let back = T::decode(&mut rest);
    prop_assert_eq!(format!("{:?}", back.as_ref()), format!("{:?}", Some(&value)));
    prop_assert_eq!(back.as_ref().map(encoded), Some(bytes.clone()));
    prop_assert_eq!(rest, &[0xa5; 3]);
    let cuts = (0..bytes.len()).step_by(1 + bytes.len() / 99);
    for len in cuts.chain(bytes.len().checked_sub(1)) {
        prop_assert!(T::decode(&mut &bytes[..len]).is_none(), "{len} of {} bytes", bytes.len());
    }
    Ok(())
}

/// Types that hold all others between them. None is without any bytes: of those, a damaged length says any number.
type Numbers = ((i8, i16, i32, i64, i128, isize), (u8, u16, u32, u64, u128, usize), (f32, f64));
type Nested = (Option<Vec<String>>, Result<(bool, char), Box<[Option<u8>; 3]>>, Vec<Vec<i16>>);
type Eight = (u8, char, bool, String, Vec<f64>, Option<()>, [Vec<u8>; 2], Result<i64, String>);

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_number_returns(value in any::<Numbers>()) {
        check(value)?;
    }

    #[test]
    fn what_is_made_of_messages_returns(nested in any::<Nested>(), eight in any::<Eight>()) {
        check((nested.0, nested.1, nested.2, (eight.0,), (eight.1, eight.2)))?;
        check((eight.3, eight.4, eight.5, eight.6, eight.7))?;
    }

    #[test]
    fn rows_of_any_number_return(value in any::<Vec<u8>>(), wide in any::<Vec<(u64, f32)>>(), units in 0..9_usize) {
        check((value, wide, vec![(); units], [(); 4]))?;
    }

    #[test]
    fn a_constant_text_returns(text in "\\PC{0,9}") {
        let bytes = encoded(&text);
        prop_assert_eq!(<&'static str>::decode(&mut bytes.as_slice()), Some(text.as_str()));
        prop_assert_eq!(encoded(&<&'static str>::decode(&mut bytes.as_slice()).unwrap_or("")), bytes);
    }

    #[test]
    fn any_bytes_are_a_value_or_none(bytes in any::<Vec<u8>>()) {
        Numbers::decode(&mut bytes.as_slice());
        Nested::decode(&mut bytes.as_slice());
        Vec::<(u64, Vec<String>)>::decode(&mut bytes.as_slice());
        <[Result<char, bool>; 4]>::decode(&mut bytes.as_slice());
    }
}

#[test]
fn a_type_is_of_a_limited_size_if_everything_in_it_is() {
    assert_eq!(<(u8, char, [Option<i64>; 3])>::MAX_BYTES, Some(1 + 4 + 3 * 9));
    assert_eq!(<Result<(), (f64, bool)>>::MAX_BYTES, Some(1 + 9));
    assert_eq!(<(u8, Vec<u8>)>::MAX_BYTES, None);
    assert_eq!(<Option<Result<[String; 0], Box<u8>>>>::MAX_BYTES, None);
    assert_eq!(<[[u64; 1 << 40]; 1 << 40]>::MAX_BYTES, None);
}

/// An author's types of every shape.
const TYPES: &str = r#"
```rust job
use std::fmt::Debug;

/// Named fields, with what may stand before them.
#[derive(Debug, Clone, PartialEq, Message)]
pub(crate) struct Order {
    /// Its number.
    pub id: u64,
    #[allow(unused)]
    pub(crate) lines: Vec<(String, Option<f64>)>,
    r#type: State,
    next: Option<Box<Order>>,
    pub(self) pairs: Result<[u8; 2], Box<Self>>,
}

#[derive(Debug, Clone, PartialEq, Message)]
struct Pair(pub i32, pub(in super) Unit, (u8, u8),);

#[derive(Debug, Clone, PartialEq, Message)]
struct Unit;

#[derive(Debug, Clone, PartialEq, Message)]
struct Empty {}

#[derive(Message, Debug, Clone, PartialEq)]
#[repr(u8)]
enum State {
    /// A variant without fields.
    Open = 1 << 2,
    #[allow(unused)]
    Paid(u32, String),
    Sent { by: String, out: Vec<Pair>, input: Empty } = 9,
    Lost(),
    Found {},
}

#[derive(Debug, PartialEq, Message)]
enum Never {}

macro_rules! make {
    ($vis:vis $name:ident, $field:ident: $t:ty) => {
        #[derive(Debug, PartialEq, Message)]
        $vis struct $name { $vis $field: $t, $vis other: $t }
    };
}
make!(pub Made, n: Vec<i8>);
make!(Hidden, n: Option<Pair>);

mod shadowed {
    // Names that mean something else here than generated code may think.
    pub enum Option {}
    pub struct Vec;
    #[allow(non_camel_case_types)]
    pub struct u32;
    #[derive(::nbrun::Message, Debug, PartialEq)]
    pub struct Some { pub u8: i8, pub out: ::std::vec::Vec<char> }
}

fn order(n: i64) -> Order {
    let pair = Pair(-1, Unit, (1, 2));
    let state = match n % 5 {
        0 => State::Open,
        1 => State::Paid(7, "cash".into()),
        2 => State::Sent { by: "post".into(), out: vec![pair.clone(), pair], input: Empty {} },
        3 => State::Lost(),
        _ => State::Found {},
    };
    let next = (n > 0).then(|| Box::new(order(n - 1)));
    let pairs = if n > 1 { Err(Box::new(order(n - 2))) } else { Ok([n as u8, 9]) };
    Order { id: n as u64, lines: vec![("a".into(), None), ("b".into(), Some(0.5))], r#type: state, next, pairs }
}

fn returns<T: Message + PartialEq + Debug>(value: T) {
    let mut bytes = Vec::new();
    value.encode(&mut bytes);
    for len in 0..bytes.len() {
        assert!(T::decode(&mut &bytes[..len]).is_none());
    }
    let mut rest = bytes.as_slice();
    assert_eq!((T::decode(&mut rest), rest.len()), (Some(value), 0));
}
```
"#;

#[track_caller]
fn run(specs: &str) -> Outcome {
    Run::new().notebook("a.md", &format!("{TYPES}\n{specs}")).args(["--record", "a.json"]).run()
}

#[test]
fn types_of_every_shape_return_from_their_bytes_and_from_no_part_of_them() {
    let spec = "
```rust job
fn all() {
    (0..6).for_each(|n| returns(order(n)));
    returns((Pair(1, Unit, (2, 3)), Unit, Empty {}, vec![Unit, Unit]));
    returns(Made { n: vec![1, -1], other: vec![] });
    returns(Hidden { n: Some(Pair(1, Unit, (2, 3))), other: None });
    returns(shadowed::Some { u8: 1, out: vec!['a'] });
    assert_eq!(Never::decode(&mut [0; 9].as_slice()), None);
    assert_eq!(State::decode(&mut [5, 0, 0, 0, 0].as_slice()), None);
    println!(\"all returned\");
}
```
```yaml spawn
executor: [normal, thread, process]
jobs: [all()]
expect: [all returned]
```
";
    run(spec).code(0);
}

#[test]
fn a_variant_is_encoded_by_its_position_whatever_its_discriminant() {
    let spec = "
```rust job
fn bytes(value: impl Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.encode(&mut bytes);
    bytes
}
```
```yaml spawn
jobs: [\"1\"]
assert:
  - bytes(State::Open) == [0, 0, 0, 0]
  - bytes(State::Paid(7, String::new())) == [1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
  - bytes(Pair(1, Unit, (2, 3))) == [1, 0, 0, 0, 2, 3]
  - Pair::MAX_BYTES == Some(6) && Never::MAX_BYTES == Some(4) && Unit::MAX_BYTES == Some(0)
  - Order::MAX_BYTES.is_none() && State::MAX_BYTES.is_none()
```
";
    run(spec).code(0);
}

#[test]
fn an_authors_own_types_go_through_queues() {
    let spec = "
```yaml queue
orders: Order
```
```yaml queue
states:
  of: Result<State, Unit>
  maxsize: 1
```
```rust job
fn shop(orders: Queue<Order>, states: Queue<Result<State, Unit>>) {
    for n in 0..5 {
        let order = orders.get();
        assert_eq!(order, self::order(n));
        states.put(Ok(order.r#type));
    }
    states.put(Err(Unit));
}
fn clerk(states: Queue<Result<State, Unit>>) {
    let all: Vec<_> = (0..6).map(|_| states.get()).collect();
    println!(\"{} {:?} {:?}\", all.len(), all[1], all[5]);
}
```
```yaml spawn
executor: [thread, process]
jobs:
  - (0..5).for_each(|n| orders.put(order(n)))
  - shop(orders, states)
  - clerk(states)
expect: ['6 Ok(Paid(7, \"cash\")) Err(Unit)']
```
";
    run(spec).code(0);
}

#[test]
fn an_authors_own_types_are_results_of_a_pool() {
    let pool = |executor| format!("```yaml pool\nexecutor: {executor}\nworkers: 2\nmap: order\nover: 0..6\n```\n");
    let run = run(&(pool("thread") + &pool("process")));
    let record = run.code(0).record("a.json");
    let results = |cell: usize| record.cells[cell].runs[0].results.iter().map(|shown| shown.text.clone());
    let (thread, process) = (results(1).collect::<String>(), results(2).collect::<String>());
    assert!(thread.contains(r#"type: Sent { by: "post", out: [Pair(-1, Unit, (1, 2)),"#), "{thread}");
    assert_eq!(thread, process);
}

/// What nbrun says of a cell that is wrong.
fn wrong(code: &str) -> Outcome {
    Run::new().notebook("a.md", &format!("```rust job\n{code}\n```\n")).run().code(2).no_file("a.html")
}

#[test]
fn a_field_that_cannot_cross_is_an_error_at_its_type() {
    let code = "use std::rc::Rc;\n#[derive(Message)]\nstruct A {\n    pub rc: Rc<i32>,\n    n: i32,\n}";
    wrong(code).stderr_has("a.md:5:13: error: `Rc<i32>` cannot be sent").stderr_has("#[derive(Message)]");
    let code = "#[derive(Message)]\nenum A {\n    B { n: u8 },\n    C(u8, &'static [u8], std::collections::HashMap<u8, u8>),\n}";
    wrong(code).stderr_has("a.md:5:11: error: `&'static [u8]`").stderr_has("a.md:5:26: error: `HashMap<u8, u8>`");
}

#[test]
fn a_field_of_a_type_without_the_derive_is_an_error_that_names_it() {
    wrong("struct Inner;\n#[derive(Message)]\nstruct A(u8, Inner);")
        .stderr_has("a.md:4:14: error: `Inner` cannot be sent from one worker to another")
        .stderr_has("a struct or enum of your own with `#[derive(Message)]`");
}

#[test]
fn a_generic_type_is_refused_at_its_parameters() {
    wrong("#[derive(Message)]\nstruct Pair<T, U: Into<Vec<T>>>(T, U);").stderr_has(
        "a.md:3:12: error: `Pair` cannot be a `Message`, because it is generic: write the types out\n   |\n \
         3 | struct Pair<T, U: Into<Vec<T>>>(T, U);\n   |            ^^^^^^^^^^^^^^^^^^^^",
    );
    wrong("#[derive(Message)]\nenum A where u8: Copy { B }").stderr_has("a.md:3:8: error: `A` cannot be a `Message`");
}

#[test]
fn a_union_is_refused_because_nobody_knows_what_is_in_it() {
    wrong("#[derive(Message)]\nunion Either { a: u8, b: i8 }")
        .stderr_has("a.md:3:1: error: a union cannot be a `Message`")
        .stderr_has("| ^^^^^^^^^^^^");
}
