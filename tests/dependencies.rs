//! Jobs that use crates. All of them are crates that nbrun itself is built with, so that cargo has them at hand.

mod support;

use support::Run;

#[test]
fn jobs_use_crates_with_their_features_macros_and_other_names() {
    let text = r##"---
nbrun:
  dependencies:
    serde: {version: "1", features: [derive]}
    serde_json: 1
    my-digits: {package: itoa, version: "1"}
---

```rust job
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize, Message)]
struct Order { number: u32, items: Vec<String> }

fn send(q: Queue<Order>, text: &str) { q.put(serde_json::from_str(text).unwrap()) }

fn receive(q: Queue<Order>) {
    let order = q.get();
    println!("{} {}", my_digits::Buffer::new().format(order.number), serde_json::to_string(&order).unwrap());
}
```

```yaml queue
q: Order
```

```yaml spawn
executor: [thread, process]
jobs:
  - 'send(q, r#"{"number": 7, "items": ["a", "b"]}"#)'
  - receive(q)
expect: ['7 {"number":7,"items":["a","b"]}']
```

```yaml spawn
jobs:
  - send(q, "7")
expect: {error: invalid type}
```
"##;
    Run::new().notebook("a.md", text).run().code(0);
}

#[test]
fn an_error_in_the_use_of_a_crate_is_an_error_of_the_notebook() {
    let front = "---\nnbrun: {dependencies: {itoa: 1}}\n---\n";
    let notebook = format!("{front}```rust job\nfn job() {{ itoa::Bufer::new(); }}\nuse rand::Rng;\n```\n");
    Run::new()
        .notebook("a.md", &notebook)
        .run()
        .code(2)
        .stderr_has("a.md:5:18: error: cannot find `Bufer` in `itoa`")
        .stderr_has("a.md:6:5: error: unresolved import `rand`")
        .stderr_has("ask for it in the front matter: `nbrun: {dependencies: {rand: \"VERSION\"}}`")
        .no_file("a.html");
}

#[test]
fn a_crate_that_cannot_be_had_offline_is_an_error_at_its_line() {
    let notebook = "---\nnbrun:\n  dependencies:\n    itoa: 1\n---\n```rust job\nfn job() {}\n```\n";
    let run = Run::new().notebook("a.md", notebook).file("home/config.toml", "").cache("cache");
    let home = run.path("home");
    run.env("CARGO_HOME", home.to_str().expect("a UTF-8 path"))
        .env("CARGO_NET_OFFLINE", "true")
        .run()
        .code(2)
        .stderr_has("a.md:4:5: error: the crate `itoa` is not on this machine in a version that fits")
        .stderr_has("    itoa: 1")
        .stderr_has("connect to the network for one run")
        .no_file("a.html");
}

#[test]
fn a_slip_in_a_dependency_is_an_error_before_anything_is_built() {
    let run = |dependency: &str| {
        let notebook =
            format!("---\nnbrun:\n  dependencies:\n    {dependency}\n---\n```rust job\nfn job() {{}}\n```\n");
        Run::new().notebook("a.md", &notebook).run().code(2).stderr_lacks("building").no_file("a.html")
    };
    run("itoa: newest").stderr_has("a.md:4:11: error: `newest` is not a version");
    run("itoa: {path: ../itoa}").stderr_has("a.md:4:12: error: `path` says where a crate comes from");
    run("itoa: {version: 1, feature: [x]}").stderr_has("did you mean `features`?");
}
