//! The mirror of std is held to std: to what std promises, by facts that are shown for both, and to what compiles.

mod support;

#[path = "mirror/compiles.rs"]
mod compiles;
#[path = "mirror/explored.rs"]
mod explored;
#[path = "mirror/facts.rs"]
mod facts;

use support::Run;

#[test]
fn the_facts_hold_for_std_itself() {
    facts::main();
}

#[test]
fn the_facts_hold_for_the_mirror() {
    let text = format!("```rust run\n{}\n```\n", include_str!("mirror/facts.rs"));
    let ran = Run::new().notebook("a.md", &text).args(["--record", "r.json"]).run().code(0);
    let record = ran.record("r.json");
    let printed: Vec<&str> = record.cells[0].runs[0].output.iter().map(|line| line.text.as_str()).collect();
    for (name, _) in facts::FACTS {
        assert!(printed.contains(name), "{name}");
    }
    assert!(printed.contains(&"one 1") && printed.contains(&"two"), "the handles print for the worker");
}

#[test]
fn errors_and_lints_about_std_are_those_of_std() {
    let run = |code: &str| Run::new().notebook("a.md", &format!("```rust run\n{code}\n```\n")).run();
    let main = |body: &str| format!("use std::{{rc::Rc, sync::*, sync::atomic::*, thread}};\nfn main() {{\n{body}\n}}");
    run(&main("let r = Rc::new(1);\nthread::spawn(move || drop(r));"))
        .code(2)
        .stderr_has("a.md:5:15: error: `Rc<i32>` cannot be sent between threads safely [E0277]");
    run(&main("AtomicU32::new(0).load(Ordering::Release);"))
        .code(2)
        .stderr_has("a.md:4:24: error: atomic loads cannot have `Release` or `AcqRel` ordering");
    run(&main("let m = Mutex::new(1);\nlet _ = m.lock();"))
        .code(0)
        .stderr_has("a.md:5:5: warning: non-binding let on a synchronization lock");
}

#[test]
fn what_only_the_mirror_does_not_fit_is_said_to_be_its_fault() {
    // A crate, or core, has the real one.
    let code = "use std::sync::atomic::AtomicU32;\nfn real() -> core::sync::atomic::AtomicU32 { AtomicU32::new(1) }\n\
                fn main() { println!(\"{:?}\", real()); }";
    let text = format!("```rust run\n{code}\n```\n");
    Run::new()
        .notebook("a.md", &text)
        .run()
        .code(2)
        .stderr_has("a.md:3:46: error: mismatched types")
        .stderr_has("with std itself this compiles: what it does not fit is nbrun's mirror of std")
        .stderr_has("write `nbrun: {std: real}` in the front matter");
    Run::new().notebook("a.md", &format!("---\nnbrun: {{std: real}}\n---\n{text}")).run().code(0);
}
