//! The graph that a page's player walks.

use super::{explored, run};
use nbrun::record::Play;
use std::collections::BTreeSet;

const JOB: (&str, &str) = ("job", "fn add(v: Value<i64>, times: i64) { let mut v = v; for _ in 0..times { v += 1; } }");
const VALUE: (&str, &str) = ("value", "v: {type: l, init: 0}");

/// Every path through the graph: who took each step, and which outcome it ends with.
fn paths(play: &Play, at: u32, so_far: &mut Vec<usize>, found: &mut Vec<(Vec<usize>, u32)>) {
    let state = &play.states[at as usize];
    if let Some(outcome) = state.outcome {
        assert!(state.next.iter().all(Option::is_none), "nobody goes on after an end");
        found.push((so_far.clone(), outcome));
    }
    for (worker, next) in state.next.iter().enumerate() {
        if let Some(next) = next {
            so_far.push(worker);
            paths(play, *next, so_far, found);
            so_far.pop();
        }
    }
}

/// What comes of two workers' reads and writes in this order, three additions each.
fn follow(order: &[usize]) -> String {
    let (mut shared, mut own, mut steps) = (0, [0; 2], [0; 2]);
    for &worker in order {
        if steps[worker] % 2 == 0 {
            own[worker] = shared;
        } else {
            shared = own[worker] + 1;
        }
        steps[worker] += 1;
    }
    assert_eq!(steps, [6, 6], "each worker takes all its steps");
    shared.to_string()
}

/// The data of a page's player.
fn data(page: &str) -> &str {
    let json = page.split_once("<script type=\"application/json\">").expect("a player").1;
    json.split_once("</script>").expect("an end").0
}

#[test]
fn the_player_has_the_924_interleavings_and_each_ends_as_it_must() {
    let spec = "explore: all\njobs: [\"add(v, 3)\", \"add(v, 3)\"]\nshow: v.get()";
    let explored = explored(&[JOB, VALUE, ("spawn", spec)]);
    let play = explored.play.expect("a player");
    assert!(play.whole);
    assert_eq!(play.states.len() as u64, explored.states);
    let mut found = Vec::new();
    paths(&play, 0, &mut Vec::new(), &mut found);
    let different: BTreeSet<&Vec<usize>> = found.iter().map(|(order, _)| order).collect();
    assert_eq!((found.len(), different.len()), (924, 924));
    for (order, outcome) in &found {
        assert_eq!(explored.outcomes[*outcome as usize].shown, [follow(order)], "{order:?}");
    }
}

#[test]
fn a_graph_too_large_for_a_page_leaves_the_simplest_ways() {
    let spec = "explore: all\njobs: [\"add(v, 5)\", \"add(v, 5)\"]\nshow: v.get()";
    let (outcome, record) = run(&[JOB, VALUE, ("spawn", spec)]);
    let explored = record.cells.last().and_then(|cell| cell.explored.clone()).expect("explored");
    let play = explored.play.expect("a player");
    assert!(!play.whole && explored.states > play.states.len() as u64, "{}", play.states.len());
    let page = outcome.page();
    let json = data(&page);
    assert!(json.len() <= 200_000 && json.contains("\"whole\":false"), "{}", json.len());
    // Each of the ways can be walked, and leads to its outcome.
    let mut ways: Vec<_> = explored.outcomes.iter().zip(0..).collect();
    ways.sort_by_key(|(outcome, _)| (outcome.witness.preemptions, outcome.witness.schedule.len()));
    for (outcome, number) in ways.into_iter().take(8) {
        let mut at = 0;
        for who in &outcome.witness.schedule {
            at = play.states[at].next[*who as usize - 1].expect("a step of the way") as usize;
        }
        assert_eq!(play.states[at].outcome, Some(number), "{:?}", outcome.shown);
    }
}

#[test]
fn no_text_of_an_author_ends_the_data_of_the_player() {
    let job = ("job", "fn say(v: Value<i64>) { if v.get() == 0 { panic!(\"</script><b>\\\"&\"); } }");
    let spec = "explore: all\njobs: [say(v)]\nexpect: {error: script}";
    let (outcome, _) = run(&[job, VALUE, ("spawn", spec)]);
    let page = outcome.page();
    let data: serde_json::Value = serde_json::from_str(data(&page)).expect("the data is whole");
    let texts = data["texts"].as_array().expect("texts");
    assert!(texts.iter().any(|text| text == "has panicked: </script><b>\"&"), "{texts:?}");
}
