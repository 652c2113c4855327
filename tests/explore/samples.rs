//! Samples of interleavings.

use super::{Run, all, counts, run};
use nbrun::record::explored::Coverage;

const JOBS: (&str, &str) =
    ("job", "fn add(v: Value<i32>, times: i32) { let mut v = v; for _ in 0..times { v += 1; } }");
const VALUE: (&str, &str) = ("value", "v: {type: i, init: 0}");

#[test]
fn samples_with_one_seed_are_the_same_and_with_another_are_not() {
    let spec = |explore: &str| format!("explore: {explore}\njobs: [\"add(v, 5)\", \"add(v, 5)\"]\nshow: v.get()");
    let specs = ["500", "{samples: 500, seed: 1}", "{samples: 500, seed: 2}", "{samples: 500, strategy: pct, seed: 1}"];
    let specs = specs.map(spec);
    let mut cells = vec![JOBS, VALUE];
    cells.extend(specs.iter().map(|spec| ("spawn", spec.as_str())));
    let (outcome, record) = run(&cells);
    let found: Vec<_> = all(&record).into_iter().map(|(_, explored)| explored).collect();
    assert_eq!(counts(found[0]), counts(found[1]));
    assert_ne!(counts(found[0]), counts(found[2]));
    assert_ne!(counts(found[0]), counts(found[3]));
    for explored in &found {
        assert_eq!(explored.interleavings, 500.0);
        assert!(matches!(explored.coverage, Coverage::Samples { wanted: 500, different: 2..=500, .. }));
    }
    let outcome = outcome.code(0);
    let page = outcome.page();
    assert!(page.contains("500 interleavings sampled by random, seed 1"), "the page says of what");
    assert!(page.contains("500 interleavings sampled by pct, seed 1"));
    assert!(page.contains("<small>of 500</small>"));
}

/// With little memory most states are not kept, and what is known of the jobs is forgotten again and again.
#[test]
fn samples_are_the_same_however_few_states_are_kept() {
    let spec = |strategy: &str| {
        format!(
            "```yaml spawn\nexplore: {{samples: 400, strategy: {strategy}}}\njobs: [\"add(v, 60)\", \"add(v, 60)\"]\nshow: v.get()\n```\n\n"
        )
    };
    let text =
        format!("```rust job\n{}\n```\n\n```yaml value\n{}\n```\n\n{}{}", JOBS.1, VALUE.1, spec("random"), spec("pct"));
    let found = |memory: &str| {
        let limit = format!("memory={memory}");
        let outcome = Run::new().notebook("a.md", &text).args(["--record", "r.json", "--limit", &limit]).run();
        let outcome = outcome.code(0);
        let record = outcome.record("r.json");
        let found = all(&record).into_iter().map(|(_, explored)| {
            let Coverage::Samples { different, .. } = explored.coverage else { panic!("samples") };
            (counts(explored), different)
        });
        found.collect::<Vec<_>>()
    };
    assert_eq!(found("64MiB"), found("2GiB"));
}
