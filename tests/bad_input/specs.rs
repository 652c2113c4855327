//! Front matter and specs that are wrong: nothing is compiled, everything is told at once, each at its place.

use super::refused;

#[test]
fn broken_front_matter_is_an_error_at_its_place() {
    let refused = |front: &str| refused(&format!("{front}\n# Prose\n"));
    refused("---\ntitle: [a\n---\n").stderr_has_all(&[
        "a.md:2:8: error: this `[` has no partner",
        "2 | title: [a",
        "^",
    ]);
    refused("---\ntitle: a\n").stderr_has_all(&["a.md:1:1: error: the front matter is never closed", "`---`"]);
    refused("---\nlang: a b\n---\n").stderr_has("a.md:2:7: error: `a b` is not a language tag");
    refused("---\nnbrun: {timout: 3s}\n---\n")
        .stderr_has_all(&["a.md:2:9: error: `nbrun` has no key `timout`", "`timeout`?"]);
}

#[test]
fn broken_yaml_is_an_error_at_its_place() {
    refused("text\n\n```yaml spawn\n- thread: [a\n```\n").stderr_has("a.md:4:11: error: this `[` has no partner");
    refused("```yaml value\nv: {type: i, init: 0\n```\n").stderr_has("a.md:2:4: error: this `{` has no partner");
    refused("```yaml spawn\njobs:\n\t- f()\n```\n").stderr_has_all(&["a.md:3:1: error:", "not with tabs", "spaces"]);
}

#[test]
fn an_unknown_kind_or_key_suggests_the_nearest() {
    refused("# A\n\n```yaml spwan\n- thread: f()\n```\n").stderr_has_all(&[
        "a.md:3:9: error: unknown kind of spec `spwan`",
        "^^^^^",
        "did you mean `spawn`?",
    ]);
    refused("```yaml spawn\njobs:\n  - f()\nshwo: 1\n```\n")
        .stderr_has_all(&["a.md:4:1: error: a spawn cell has no key `shwo`", "^^^^ did you mean `show`?"]);
}

#[test]
fn a_value_of_the_wrong_type_is_an_error_at_the_value() {
    let pool = |workers: &str| refused(&format!("```yaml pool\nworkers: {workers}\nmap: f\nover: 0..3\n```\n"));
    pool("two").stderr_has_all(&["a.md:2:10: error: expected a whole number, found `two`", "from 1 to"]);
    pool("[2]").stderr_has("a.md:2:10: error: expected a whole number, found a list");
    pool("1.5").stderr_has("a.md:2:10: error: expected a whole number, found `1.5`");
    pool("0").stderr_has("a.md:2:10: error: the number of workers must be at least 1, not 0");
    pool("-1").stderr_has("a.md:2:10: error: the number of workers must be at least 1, not -1");
}

#[test]
fn a_time_limit_that_is_none_is_an_error_for_a_cell_and_for_a_job() {
    let expected = |place| format!("a.md:{place}: error: `soon` is not a duration");
    let help = "write `2s`";
    refused("```yaml spawn\njobs:\n  - f()\ntimeout: soon\n```\n").stderr_has_all(&[&expected("4:10"), help]);
    refused("```yaml spawn\n- {call: f(), timeout: soon}\n```\n").stderr_has_all(&[&expected("2:24"), help]);
    refused("---\nnbrun: {timeout: soon}\n---\n").stderr_has("a.md:2:18: error: `soon` is not a duration");
}

#[test]
fn an_init_of_the_wrong_shape_names_the_element() {
    refused("```yaml array\na: {type: i, init: [[1, 2], [3, 4]]}\n```\n")
        .stderr_has_all(&["a.md:2:21: error: a shared array has one dimension, and `init[0]` is a list", "help:"]);
    refused("```yaml array\na: {type: i, init: 3}\n```\n").stderr_has("a.md:2:20: error: `init` of an array is a list");
    refused("```yaml value\nv: {type: i, init: [1]}\n```\n").stderr_has("a.md:2:20: error: `init` is a number");
    refused("```yaml value\nv: {type: i, init: x}\n```\n").stderr_has("a.md:2:20: error: `init` is a number");
}

#[test]
fn an_init_out_of_range_is_an_error_and_never_wraps() {
    refused("```yaml value\nv: {type: b, init: 300}\n```\n\n```yaml array\na: {type: B, init: [1, 256, -1]}\n```\n")
        .stderr_has_all(&[
            "a.md:2:20: error: 300 does not fit i8 (-128 to 127)",
            "a.md:6:24: error: 256 does not fit u8 (0 to 255)",
            "a.md:6:29: error: -1 does not fit u8 (0 to 255)",
        ]);
}

#[test]
fn all_that_is_wrong_is_told_at_once_in_the_order_of_the_notebook() {
    refused("```yaml value\nv: {typ: i}\n```\n\n> ```yaml pool\n> workers: 0\n> map: f\n> over: 0..3\n> ```\n\n1. ```yaml spwn\n   ```\n")
        .stderr_has("a.md:11:12: error: unknown kind");
    refused("```yaml value\nv: {typ: i}\n```\n\n> ```yaml pool\n> workers: 0\n> map: f\n> over: 0..3\n> ```\n")
        .stderr_has_all(&["a.md:2:5: error: ", "`typ`", "a.md:6:12: error: the number of workers", "> workers: 0"]);
}

#[test]
fn a_schedule_that_cannot_be_followed_is_an_error_at_its_part() {
    let spawn = |rest: &str| refused(&format!("```yaml spawn\njobs: [f(), f()]\n{rest}\n```\n"));
    spawn("replay: 1,x,2").stderr_has_all(&["a.md:3:11: error: `x` is neither a worker's number", "`replay: 1,2x3,1`"]);
    spawn("replay: 1, 2, 3x2").stderr_has_all(&[
        "a.md:3:15: error: the schedule names worker 3, and this cell has workers 1 to 2",
        "^^^",
        "in the order of the jobs",
    ]);
    spawn("replay: \"1,0\"").stderr_has("a.md:3:9: error: `0` is neither a worker's number");
    spawn("replay: [1, 2]").stderr_has("a.md:3:9: error: expected a schedule, found a list");
    spawn("replay:").stderr_has("error: expected a schedule, found nothing");
    spawn("replay: 1x10001")
        .stderr_has("a.md:3:9: error: workers follow at most 10000 steps, and this schedule has 10001");
    spawn("executor: [normal, process]\nreplay: 1,2")
        .stderr_has_all(&["a.md:3:11: error: under `normal` the jobs run one after another", "`executor: process`"]);
    spawn("explore: all\nreplay: 1,2").stderr_has("a.md:3:1: error: a cell is either explored or follows one schedule");
    refused("```yaml spawn\njobs: [f()]\nsweep: {count: [1, 2]}\nreplay: 1,2\n```\n")
        .stderr_has("a.md:3:1: error: a schedule is for one number of workers");
    refused("```yaml pool\nworkers: 2\nmap: f\nover: 0..3\nreplay: 1,2\n```\n")
        .stderr_has("a pool has no key `replay`");
}
