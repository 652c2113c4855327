//! Real records, each damaged at one place in one way: what comes of them is a page or an error, and never a panic.

mod support;

use nbrun::kernel;
use nbrun::notebook::Notebook;
use nbrun::plan::Plan;
use nbrun::record::Record;
use nbrun::render::{self, RenderOptions};
use nbrun::{export, notebook, plan};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use support::Run;

/// Everything that a record can tell of: output, panics, signals, deadlocks, pools, sweeps, replays, races, explorations.
const NOTEBOOK: &str = r#"
```rust job
fn add(v: Value<i32>) {
    let old = v.get();
    v.set(old + 1);
}
fn both(a: Lock, b: Lock, meet: Barrier) {
    let _a = a.acquire();
    meet.wait();
    let _b = b.acquire();
}
```

```yaml value
v: i32
```

```yaml array
a: {type: i, init: [1, 2, 3]}
```

```yaml queue
q: {of: i64, maxsize: 2}
```

```yaml lock
l: lock
m: lock
s: {semaphore: 2}
meet: {barrier: 2}
```

```yaml spawn
executor: [normal, thread, process]
repeat: 2
jobs:
  - q.put(1)
  - "{ let _ = s.acquire(); a.set(1, 7); println!(\"one\"); eprintln!(\"two\") }"
  - "{ v.fetch_add(1); q.get() }"
show: {value: v.get(), left: q.len()}
```

```yaml spawn
jobs:
  - thread: panic!("oh")
  - process: std::process::abort()
expect: {error: oh}
```

```yaml spawn
executor: thread
jobs: ["both(l, m, meet)", "both(m, l, meet)"]
expect: {error: deadlock}
```

```yaml spawn
executor: process
jobs: [add(v), add(v)]
replay: 1,2,1,2
show: v.get()
```

```yaml spawn
explore: all
jobs: [add(v), add(v)]
show: v.get()
```

```yaml pool
workers: 2
map: "|x: i64| x * x"
over: 0..4
```

```yaml pool
sweep: {workers: [1, 2]}
map: "|x: i64| x * x"
over: 0..4
```
"#;

/// A way to one value in a record.
type Path = Vec<Step>;

#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Index(usize),
}

/// The ways to all values, but of those that differ in nothing but their place in lists only the first and the last.
fn paths(value: &Value) -> Vec<Path> {
    let mut all = Vec::new();
    collect(value, &mut Vec::new(), &mut all);
    let form = |path: &Path| -> String {
        path.iter().map(|step| if let Step::Key(key) = step { format!("/{key}") } else { "/*".to_owned() }).collect()
    };
    let mut ends: HashMap<String, (usize, usize)> = HashMap::new();
    for (n, path) in all.iter().enumerate() {
        ends.entry(form(path)).or_insert((n, n)).1 = n;
    }
    let mut kept: Vec<usize> = ends.into_values().flat_map(|(first, last)| [first, last]).collect();
    kept.sort_unstable();
    kept.dedup();
    kept.into_iter().map(|n| all[n].clone()).collect()
}

fn collect(value: &Value, path: &mut Path, all: &mut Vec<Path>) {
    all.push(path.clone());
    let steps: Vec<Step> = match value {
        Value::Array(items) => (0..items.len()).map(Step::Index).collect(),
        Value::Object(entries) => entries.keys().cloned().map(Step::Key).collect(),
        _ => return,
    };
    for step in steps {
        let inner = match &step {
            Step::Key(key) => &value[key],
            Step::Index(index) => &value[index],
        };
        path.push(step);
        collect(inner, path, all);
        path.pop();
    }
}

/// The record with another value at a place, or with none.
fn damaged(record: &Value, path: &[Step], other: Option<Value>) -> Value {
    let mut record = record.clone();
    let Some((last, way)) = path.split_last() else { return other.unwrap_or(Value::Null) };
    let holder = way.iter().fold(&mut record, |value, step| match step {
        Step::Key(key) => &mut value[key],
        Step::Index(index) => &mut value[index],
    });
    match (holder, last, other) {
        (Value::Object(entries), Step::Key(key), Some(other)) => drop(entries.insert(key.clone(), other)),
        (Value::Object(entries), Step::Key(key), None) => drop(entries.remove(key)),
        (Value::Array(items), Step::Index(index), Some(other)) => items[*index] = other,
        (Value::Array(items), Step::Index(index), None) => drop(items.remove(*index)),
        (holder, ..) => panic!("{path:?} leads to {holder}"),
    }
    record
}

/// What nbrun does with a record: refuses it, or makes its page, its stable page, and its trace.
fn use_it(notebook: &Notebook, plan: &Plan, json: &str) -> bool {
    let Ok(read) = Record::from_json("r.json", json) else { return false };
    if render::check(notebook, &read).is_err() || kernel::check_record("r.json", &read, plan).is_err() {
        return false;
    }
    for stable in [false, true] {
        let page = render::render_as(notebook, &read, &RenderOptions { stable, ..RenderOptions::default() });
        assert!(page.ends_with("</html>\n"));
    }
    let _ = export::chrome_trace(notebook, &read);
    true
}

#[test]
fn a_record_that_is_damaged_anywhere_gives_a_page_or_an_error() {
    let run = Run::new().notebook("a.md", NOTEBOOK).args(["--record", "r.json"]).run().code(0);
    let json = run.text("r.json");
    let notebook = notebook::parse("a.md", NOTEBOOK.to_owned()).expect("a notebook");
    let plan = plan::plan(&notebook).expect("a plan");
    assert!(use_it(&notebook, &plan, &json), "{}", run.stderr);
    let whole: Value = serde_json::from_str(&json).expect("JSON");
    let others = [
        None,
        Some(Value::Null),
        Some(json!([])),
        Some(json!(0)),
        Some(json!(u32::MAX)),
        Some(json!(u64::MAX)),
        Some(json!(-1)),
        Some(json!("\u{0}\u{202e}<script>")),
    ];
    let paths = paths(&whole);
    let cases: Vec<_> = paths.iter().flat_map(|path| others.iter().map(move |other| (path, other))).collect();
    let done = cases.par_iter().map(|(path, other)| {
        let json = damaged(&whole, path, (*other).clone()).to_string();
        let used = catch_unwind(AssertUnwindSafe(|| use_it(&notebook, &plan, &json)));
        used.map_err(|_| format!("{path:?} as {other:?}"))
    });
    let (used, broken): (Vec<_>, Vec<_>) = done.collect::<Vec<_>>().into_iter().partition(Result::is_ok);
    assert!(broken.is_empty(), "{} records panic: {broken:#?}", broken.len());
    let (used, refused): (Vec<_>, Vec<_>) = used.into_iter().partition(|used| *used == Ok(true));
    assert!(used.len() > 300 && refused.len() > 500, "{} used, {} refused", used.len(), refused.len());
}
