//! The player of an explored cell: its graph of states as data, which the page's script lets the reader walk.

use super::words::Words;
use crate::model::{CallResult, Operation, StepCall};
use crate::record::explored::{Outcome, Stuck};
use crate::record::{Explored, PlayState, StateLabel};
use serde::Serialize;

/// The most bytes of a graph in a page.
const MAX_BYTES: usize = 200_000;

/// For how many outcomes it gets a way, in the order of the bar, and how many steps that may have.
const MAX_WAYS: usize = 30;
const MAX_STEPS: usize = 200;

/// What the script is given. It is most of what an exploration takes on a page, so there are no names where numbers do.
#[derive(Serialize)]
struct Data<'a> {
    workers: &'a [String],
    texts: Vec<Text>,
    objects: &'a [String],
    /// How many states there are.
    size: usize,
    states: String,
    outcomes: Vec<String>,
    /// Whether each of them is as it should be.
    good: Vec<bool>,
    ways: Vec<Vec<u32>>,
    fails: Option<Vec<u32>>,
    whole: bool,
}

/// A text of the graph.
#[derive(Serialize)]
#[serde(untagged)]
enum Text {
    /// It alone.
    Plain(String),
    /// What a worker is about to do, and at which line of the notebook.
    At(String, u32),
    /// What was done to something shared.
    Did(String, Deed),
}

impl Text {
    fn of(label: &StateLabel, objects: &[String], words: Words) -> Self {
        let text = words.told(label);
        match label {
            StateLabel::Next(_, Some(at)) | StateLabel::Waits(_, Some(at)) => Self::At(text, words.line(Some(*at))),
            StateLabel::Did(call) => match deed(call, objects) {
                Some(deed) => Self::Did(text, deed),
                None => Self::Plain(text),
            },
            _ => Self::Plain(text),
        }
    }
}

/// States as numbers, in a row of columns each: for each worker how many states farther its next step leads, then what each does, then what
/// each did, then what each shared thing holds, then the outcome. What there is none of is a dot, and what is as in the state before is left
/// out: letters before a number say how many columns farther on it stands, each by its place in the alphabet.
fn numbers(states: &[PlayState]) -> String {
    let (mut out, mut last, mut skipped) = (String::new(), Vec::new(), 0_usize);
    for (at, PlayState { next, does, did, holds, outcome }) in states.iter().enumerate() {
        let part = |numbers: &[u32]| numbers.iter().map(|number| Some(i64::from(*number))).collect::<Vec<_>>();
        let next = next.iter().map(|to| to.map(|to| i64::from(to) - at as i64)).collect();
        let row = [next, part(does), part(did), part(holds), vec![outcome.map(i64::from)]].concat();
        for (column, number) in row.iter().enumerate() {
            skipped += 1;
            if last.get(column) == Some(number) {
                continue;
            }
            out.push_str(&"z".repeat((skipped - 1) / 26));
            out.push(char::from(b'a' + ((skipped - 1) % 26) as u8));
            out.push_str(&number.map_or(".".to_owned(), |number| number.to_string()));
            skipped = 0;
        }
        last = row;
    }
    out
}

/// A way by its turns: who, and how many steps in a row.
fn turns(schedule: &[u32]) -> Vec<u32> {
    schedule.chunk_by(|a, b| a == b).flat_map(|turn| [turn[0], turn.len() as u32]).collect()
}

/// What a step did to something shared: the kind, the place of that among the objects, the number that was read or written, and which
/// element of an array it is. The kinds are to read, to write, to update, to take a lock and to give it back.
type Deed = (&'static str, usize, String, u64);

/// What a call did, if it is something that the player draws.
fn deed(call: &StepCall, objects: &[String]) -> Option<Deed> {
    let object = objects.iter().position(|name| *name == call.name)?;
    let number = |bits| call.kind.and_then(|kind| kind.number_type()).map_or_else(String::new, |of| of.text(bits));
    let (kind, value, element) = match (call.operation, call.result) {
        (_, result) if result.is_failure() || result == CallResult::Waits => return None,
        (_, CallResult::Updated(_, new)) => ("u", number(new), 0),
        (Operation::SwapIf { new, .. }, _) => ("u", number(new), 0),
        (Operation::Load { index } | Operation::Peek { index }, CallResult::Number(bits)) => ("r", number(bits), index),
        (Operation::Store { index, bits }, _) => ("w", number(bits), index),
        (Operation::Acquire { .. } | Operation::Read { .. } | Operation::Write { .. }, _) => ("t", String::new(), 0),
        (Operation::Release { .. }, _) => ("g", String::new(), 0),
        _ => return None,
    };
    Some((kind, object, value, element))
}

/// Appends the player, or says why there is none. Without a script the table of steps stands alone.
pub fn push(out: &mut String, explored: &Explored, words: Words) {
    let simplest = |outcome: &&Outcome| (outcome.witness.preemptions, outcome.witness.schedule.len());
    let fails = explored.outcomes.iter().filter(|outcome| !outcome.is_good()).min_by_key(simplest);
    // Nothing in a text can end the script: `<` is written as its number.
    let json = explored.play.as_ref().and_then(|play| {
        let data = Data {
            workers: explored.workers.get(1..).unwrap_or_default(),
            texts: play.texts.iter().map(|label| Text::of(label, &play.objects, words)).collect(),
            objects: &play.objects,
            size: play.states.len(),
            states: numbers(&play.states),
            outcomes: explored.outcomes.iter().map(|outcome| told(outcome, explored, words)).collect(),
            good: explored.outcomes.iter().map(Outcome::is_good).collect(),
            whole: play.whole,
            ways: ordered(explored).iter().take(MAX_WAYS).map(|it| turns(short(&it.witness.schedule))).collect(),
            fails: fails.map(|outcome| turns(&outcome.witness.schedule)),
        };
        serde_json::to_string(&data)
            .ok()
            .map(|json| json.replace('<', "\\u003c"))
            .filter(|json| json.len() <= MAX_BYTES)
    });
    match json {
        Some(json) => {
            let name = words.player();
            out.push_str(&format!("<div class=\"player\" role=\"group\" aria-label=\"{name}\" hidden>"));
            out.push_str(&format!("<script type=\"application/json\">{json}</script></div>\n"));
        }
        None => out.push_str(&format!("<p class=\"notice\">{}</p>\n", words.too_large_to_walk())),
    }
}

/// The outcomes in the order in which the page has them: what goes wrong first, then the more frequent.
pub fn ordered(explored: &Explored) -> Vec<&Outcome> {
    let mut outcomes: Vec<&Outcome> = explored.outcomes.iter().collect();
    outcomes.sort_by(|a, b| a.is_good().cmp(&b.is_good()).then(b.count.total_cmp(&a.count)));
    outcomes
}

/// A way that the script can walk; none where it is long.
fn short(schedule: &[u32]) -> &[u32] {
    if schedule.len() > MAX_STEPS { &[] } else { schedule }
}

/// An outcome in a line of text.
pub fn told(outcome: &Outcome, explored: &Explored, words: Words) -> String {
    let named = explored.show.iter().zip(&outcome.shown).map(|(name, value)| format!("{name} = {value}"));
    let rest = ends(outcome, &explored.workers, words);
    let text = named.chain(Some(rest).filter(|rest| !rest.is_empty())).collect::<Vec<_>>().join(words.comma());
    let text = if text.is_empty() { words.all_ended_well().to_owned() } else { text };
    let wrong = if outcome.failed_asserts.is_empty() { "" } else { words.and_assertion_fails() };
    format!("{text}{wrong}")
}

/// What came out beside the shown values: workers that are stuck, workers that failed.
pub fn ends(outcome: &Outcome, workers: &[String], words: Words) -> String {
    let loops = outcome.stuck.iter().any(Stuck::loops);
    let stuck = (!outcome.stuck.is_empty()).then(|| words.stuck(loops).to_owned());
    let name = |worker: u32| workers.get(worker as usize).map_or("?", String::as_str);
    let failures = outcome.failures.iter().map(|failure| words.failure(name(failure.worker), failure));
    let cut = outcome.cut.iter().map(|worker| words.cut_off(name(*worker)));
    stuck.into_iter().chain(failures).chain(cut).collect::<Vec<_>>().join(words.semicolon())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_tell_only_what_differs_from_the_one_before() {
        let state = |next: [Option<u32>; 2], holds, outcome| {
            let (next, does, did) = (next.to_vec(), vec![4, 5], vec![6, 7]);
            PlayState { next, does, did, holds: vec![holds], outcome }
        };
        let states =
            [state([Some(1), None], 8, None), state([Some(2), Some(3)], 8, None), state([None, None], 9, Some(0))];
        assert_eq!(numbers(&states), "a1a.a4a5a6a7a8a.b2g.a.e9a0");
        let wide = PlayState { holds: vec![8; 60], ..states[0].clone() };
        let next = PlayState { next: vec![Some(2), None], outcome: Some(3), ..wide.clone() };
        assert!(numbers(&[wide, next]).ends_with("a8a.zzo3"), "67 columns, as far from one row to the next");
        assert_eq!(turns(&[1, 1, 2, 1]), [1, 2, 2, 1, 1, 1]);
    }
}
