//! The types of values and arrays, and the ends of their ranges.

/// Each name of a type as an author may write it, and Rust's type.
const TYPES: [(&str, &str); 26] = [
    ("b", "i8"),
    ("B", "u8"),
    ("c", "u8"),
    ("h", "i16"),
    ("H", "u16"),
    ("i", "i32"),
    ("I", "u32"),
    ("u", "u32"),
    ("l", "i64"),
    ("L", "u64"),
    ("q", "i64"),
    ("Q", "u64"),
    ("f", "f32"),
    ("d", "f64"),
    ("i8", "i8"),
    ("u8", "u8"),
    ("i16", "i16"),
    ("u16", "u16"),
    ("i32", "i32"),
    ("u32", "u32"),
    ("i64", "i64"),
    ("u64", "u64"),
    ("isize", "isize"),
    ("usize", "usize"),
    ("f32", "f32"),
    ("f64", "f64"),
];

/// The least and the greatest number of a Rust type, as an author writes them.
fn ends(rust: &str) -> (String, String) {
    match rust {
        "f32" => (format!("{:?}", f32::MIN), format!("{:?}", f32::MAX)),
        "f64" => (format!("{:?}", f64::MIN), format!("{:?}", f64::MAX)),
        _ => {
            let bits = if rust.ends_with("size") { usize::BITS } else { rust[1..].parse().expect("a number of bits") };
            let signed = rust.starts_with('i');
            let least = if signed { -(1_i128 << (bits - 1)) } else { 0 };
            (least.to_string(), ((1_i128 << (bits - u32::from(signed))) - 1).to_string())
        }
    }
}

/// A cell that declares a value or an array of every type, and one whose jobs check and use them.
fn every_type(kind: &str, init: impl Fn(&str, &str) -> String, job: &str) -> String {
    let mut declared = String::new();
    let mut jobs = String::new();
    for (n, (name, rust)) in TYPES.iter().enumerate() {
        let (least, greatest) = ends(rust);
        declared += &format!("it{n}: {{type: {name}, init: {}}}\n", init(&least, &greatest));
        jobs += &format!("  - {job}::<{rust}>(it{n}, {rust}::MIN, {rust}::MAX)\n");
    }
    format!("```yaml {kind}\n{declared}```\n```yaml spawn\nexecutor: each\njobs:\n{jobs}```\n")
}

facts! {
    fn a_value_of_every_type_holds_both_ends_of_its_range(seen) {
        let job = "```rust job
fn both_ends<T: nbrun::Scalar>(value: Value<T>, least: T, greatest: T) {
    assert_eq!(value.get(), least);
    value.set(greatest);
    assert_eq!(value.get(), greatest);
    value.set(least);
    assert_eq!(value.get(), least);
}
```
";
        format!("{job}{}", every_type("value", |least, _| least.to_owned(), "both_ends"))
    } => {
        seen.holds();
    }

    fn an_array_of_every_type_holds_both_ends_of_its_range(seen) {
        let job = "```rust job
fn both_ends_of_many<T: nbrun::Scalar>(array: Array<T>, least: T, greatest: T) {
    assert_eq!(array.slice(..), [least, greatest, least]);
    array.set(0, greatest);
    array.set_slice(1, &[least, greatest]);
    assert_eq!(array.iter().collect::<Vec<_>>(), [greatest, least, greatest]);
    assert_eq!((array.get(0), array.get(1), array.get(2)), (greatest, least, greatest));
}
```
";
        let init = |least: &str, greatest: &str| format!("[{least}, {greatest}, {least}]");
        format!("{job}{}", every_type("array", init, "both_ends_of_many"))
    } => {
        seen.holds();
    }

    fn a_number_that_does_not_fit_its_type_is_an_error_and_does_not_wrap(seen) {r#"
```yaml value
byte: {type: b, init: 128}
expect: {error: "128 does not fit i8 (-128 to 127)"}
```
```yaml value
byte: {type: B, init: -1}
expect: {error: "-1 does not fit u8 (0 to 255)"}
```
```yaml array
ints: {type: i, init: [0, 2147483648]}
expect: {error: 2147483648 does not fit i32}
```
"#} => {
        seen.fails("C would wrap it silently");
    }

    fn a_fraction_for_a_whole_number_is_an_error(seen) {r#"
```yaml value
whole: {type: i, init: 1.5}
expect: {error: whole number}
```
"#} => {
        seen.fails("`init` is a whole number of type i32");
    }

    fn an_array_has_one_dimension(seen) {r#"
```yaml array
matrix: {type: i, init: [[1, 2], [3, 4]]}
expect: {error: one dimension}
```
"#} => {
        seen.fails("one dimension");
    }

    fn what_a_job_adds_wraps_around_at_the_ends_of_the_range(seen) {r#"
```yaml value
byte: {type: b, init: 127}
word: {type: H, init: 0}
long: {type: q, init: -9223372036854775808}
```
```rust job
fn over_the_end(mut byte: Value<i8>, mut word: Value<u16>, mut long: Value<i64>) {
    byte += 1;
    assert_eq!(byte.get(), -128);
    word -= 1;
    assert_eq!(word.get(), 65535);
    word *= 2;
    assert_eq!(word.get(), 65534);
    long -= 1;
    assert_eq!(long.get(), i64::MAX);
    assert_eq!(byte.fetch_add(-1), -128);
}
```
```yaml spawn
executor: each
jobs: ["over_the_end(byte, word, long)"]
show: byte.get()
```
"#} => {
        seen.holds().shows(&["127"]);
    }

    fn an_array_made_from_a_length_is_zeros_of_that_length(seen) {r#"
```yaml array
zeros: {type: d, len: 1000}
none: {type: i, len: 0}
```
```yaml spawn
executor: each
jobs: [assert!(zeros.iter().all(|x| x == 0.0))]
show: [zeros.len(), none.len(), none.is_empty(), none.slice(..)]
```
"#} => {
        seen.holds().shows(&["1000", "0", "true", "[]"]);
    }
}
