//! Messages: what can cross from one worker to another comes out as it went in.

facts! {
    fn numbers_of_every_type_cross_at_both_ends_of_their_range(seen) {r#"
```yaml queue
ints: (i8, i16, i32, i64, i128, isize)
uints: (u8, u16, u32, u64, u128, usize)
floats: Vec<u64>
doubles: f64
singles: f32
```
```rust job
const INTS: [(i8, i16, i32, i64, i128, isize); 2] = [
    (i8::MIN, i16::MIN, i32::MIN, i64::MIN, i128::MIN, isize::MIN),
    (i8::MAX, i16::MAX, i32::MAX, i64::MAX, i128::MAX, isize::MAX),
];
const UINTS: [(u8, u16, u32, u64, u128, usize); 2] = [
    (0, 1, 2, 3, 4, 5),
    (u8::MAX, u16::MAX, u32::MAX, u64::MAX, u128::MAX, usize::MAX),
];
const FLOATS: [f64; 7] = [0.0, -0.0, f64::MIN, f64::MAX, f64::MIN_POSITIVE, f64::NEG_INFINITY, f64::NAN];
fn send(ints: Queue<(i8, i16, i32, i64, i128, isize)>, uints: Queue<(u8, u16, u32, u64, u128, usize)>) {
    INTS.into_iter().for_each(|it| ints.put(it));
    UINTS.into_iter().for_each(|it| uints.put(it));
}
fn send_floats(doubles: Queue<f64>, singles: Queue<f32>) {
    FLOATS.into_iter().for_each(|it| doubles.put(it));
    FLOATS.into_iter().for_each(|it| singles.put(it as f32));
}
```
```yaml spawn
executor: each
jobs:
  - send(ints, uints)
  - send_floats(doubles, singles)
assert:
  - "[ints.get(), ints.get()] == INTS"
  - "[uints.get(), uints.get()] == UINTS"
  - FLOATS.iter().all(|it| doubles.get().to_bits() == it.to_bits())
  - FLOATS.iter().all(|it| singles.get().to_bits() == (*it as f32).to_bits())
```
"#} => {
        seen.holds();
    }

    fn texts_and_characters_cross_whatever_they_hold(seen) {r#"
```yaml queue
texts: String
constants: "&'static str"
chars: Vec<char>
```
```rust job
fn texts_of() -> Vec<String> {
    ["", "a", "naïve 多 \u{1F600}", "\0\n\u{1f}\"", &"x".repeat(1 << 20)].map(str::to_owned).to_vec()
}
fn send(texts: Queue<String>, constants: Queue<&'static str>, chars: Queue<Vec<char>>) {
    texts_of().into_iter().for_each(|it| texts.put(it));
    constants.put("constant");
    chars.put(vec!['a', '\0', '多', char::MAX]);
}
```
```yaml spawn
executor: each
jobs:
  - send(texts, constants, chars)
assert:
  - texts_of().into_iter().all(|it| texts.get() == it)
  - constants.get() == "constant"
  - chars.get() == ['a', '\0', '多', char::MAX]
```
"#} => {
        seen.holds();
    }

    fn containers_cross_empty_full_and_nested(seen) {r#"
```yaml queue
nested: Vec<Option<Vec<(bool, Option<String>)>>>
results: "Result<Box<[u16; 3]>, (String, i32)>"
wide: (u8, u16, u32, u64, i8, i16, i32, i64)
units: Vec<()>
unit: ()
one: (String,)
```
```rust job
fn nested_of() -> Vec<Option<Vec<(bool, Option<String>)>>> {
    vec![None, Some(vec![]), Some(vec![(true, None), (false, Some("deep".into()))])]
}
fn send(
    nested: Queue<Vec<Option<Vec<(bool, Option<String>)>>>>,
    results: Queue<Result<Box<[u16; 3]>, (String, i32)>>,
    wide: Queue<(u8, u16, u32, u64, i8, i16, i32, i64)>,
) {
    nested.put(vec![]);
    nested.put(nested_of());
    results.put(Ok(Box::new([1, 2, u16::MAX])));
    results.put(Err(("no".into(), -1)));
    wide.put((1, 2, 3, 4, -5, -6, -7, -8));
}
fn send_little(units: Queue<Vec<()>>, unit: Queue<()>, one: Queue<(String,)>) {
    units.put(vec![(); 1000]);
    unit.put(());
    one.put(("one".into(),));
}
```
```yaml spawn
executor: each
jobs:
  - send(nested, results, wide)
  - send_little(units, unit, one)
assert:
  - nested.get().is_empty() && nested.get() == nested_of()
  - results.get() == Ok(Box::new([1, 2, u16::MAX])) && results.get() == Err(("no".into(), -1))
  - wide.get() == (1, 2, 3, 4, -5, -6, -7, -8)
  - units.get().len() == 1000 && unit.get() == () && one.get().0 == "one"
  - unit.is_empty()
```
"#} => {
        seen.holds();
    }

    fn the_result_of_a_task_crosses_like_an_item_of_a_queue(seen) {r#"
```rust job
type Answer = (Option<char>, Result<Vec<f32>, String>, [u8; 2], ());
fn answer(n: u8) -> Answer {
    (char::from_digit(n.into(), 2), if n == 1 { Err(n.to_string()) } else { Ok(vec![0.5; n.into()]) }, [n; 2], ())
}
```
```yaml pool
executor: each
workers: 2
map: answer
over: 0..3_u8
```
"#} => {
        let all = "[(Some('0'), Ok([]), [0, 0], ()), (Some('1'), Err(\"1\"), [1, 1], ()), \
                   (None, Ok([0.5, 0.5]), [2, 2], ())]";
        seen.holds().shows(&[all]);
    }

    fn what_cannot_cross_does_not_compile_and_the_error_says_so(seen) {r#"
```yaml queue
shared: std::rc::Rc<i32>
expect: {error: cannot be sent from one worker to another}
```
"#} => {
        seen.fails("`Rc<i32>` cannot be sent from one worker to another");
    }

    fn the_result_of_a_task_must_be_able_to_cross(seen) {r#"
```yaml pool
map: "|x: i32| std::time::Duration::from_secs(x as u64)"
over: 0..3
expect: {error: cannot be sent from one worker to another}
```
"#} => {
        seen.fails("`Duration` cannot be sent from one worker to another");
    }
}
