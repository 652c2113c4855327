//! What a small window shows of a run is what a wide page shows of it.

use super::tests::every_kind;
use crate::record::{CellOutcome, Resource, RunOutcome};
use crate::render::fixture::{notebook, passed, record, resource};
use crate::render::render;

/// The pictures of the pages of runs of every kind: what each is of, and its drawings for a wide page and for a small window.
fn drawings(many: u64, change: impl Fn(&mut RunOutcome)) -> Vec<(String, String, Vec<String>)> {
    let mut found = Vec::new();
    for (name, kind, mut run) in every_kind(many) {
        change(&mut run);
        let used = Resource { kind, ..resource(1, "a thing with a name of forty-one columns.", "Shared", "") };
        found.extend(drawings_of(&run, used).into_iter().map(|(wide, small)| (name.to_owned(), wide, small)));
    }
    found
}

/// The pictures of the page of a run in which one thing is used: the drawings of each for a wide page and for a small window.
pub fn drawings_of(run: &RunOutcome, used: Resource) -> Vec<(String, Vec<String>)> {
    let outcome = CellOutcome { resources: vec![used], ..passed(0, vec![run.clone()]) };
    let page = render(&notebook("```yaml spawn\n- f()\n```\n"), &record(vec![outcome]));
    let pictures = page.split("<div class=\"scroll\" tabindex=\"0\"><svg class=\"lanes\"").skip(1);
    let both = pictures.map(|picture| {
        let mut drawn =
            picture.split("</div>").next().unwrap_or("").split("<svg class=\"lanes small\"").map(str::to_owned);
        (drawn.next().unwrap_or_default(), drawn.collect())
    });
    both.collect()
}

#[test]
fn every_picture_has_a_drawing_of_its_own_for_small_windows() {
    for (name, wide, small) in drawings(60, |_| {}) {
        assert!(wide.contains("viewBox=\"0 0 720 ") && !small.is_empty(), "{name}: {wide}");
        for drawn in small {
            assert!(drawn.starts_with(" viewBox=\"0 0 360 ") && drawn.len() < 100_000, "{name}: {drawn}");
        }
    }
}

#[test]
fn a_small_drawing_has_the_same_events_in_the_same_order() {
    for many in [3, 60, 700, 20_000] {
        for (name, wide, small) in drawings(many, |_| {}) {
            let marks = |drawn: &str| drawn.matches("<g class=\"e\"").count();
            assert_eq!(
                marks(&wide),
                small.iter().map(|drawn| marks(drawn)).sum::<usize>(),
                "{name} of {many}: {wide}\n{small:?}"
            );
        }
    }
}

#[test]
fn a_long_name_is_cut_with_a_sign_and_stands_in_full_in_its_title() {
    let long = |run: &mut RunOutcome| run.workers[1].name = "a-worker-with-a-name-of-forty-columns-01".into();
    for (name, wide, small) in drawings(60, long) {
        for drawn in small.iter().chain([&wide]).filter(|drawn| drawn.contains("name w1")) {
            let whole = "a-worker-with-a-name-of-forty-columns-01</text>";
            let cut = "<title>a-worker-with-a-name-of-forty-columns-01</title>a-worker";
            assert!(drawn.contains(whole) || drawn.contains(cut) && drawn.contains('…'), "{name}: {drawn}");
        }
    }
}
