//! A page says nothing in English that could be said in its own language, and marks as English what it says in English.

mod explored;

use super::{Words, close, is_spoken, words};
use crate::diagnostic::Diagnostic;
use crate::model::{Action, ActionKind, Event, SyncError, TaskOutcome, WaitCondition};
use crate::record::explored::{Access, Coverage, Race};
use crate::record::{
    CellOutcome, Deadlock, Executor, ExitStatus, Left, Play, PlayState, Replayed, Resource, RunOutcome, Sandboxed,
    StartMethod, Wait,
};
use crate::render::fixture::{self, busy, event, notebook, passed, pool, record, resource};
use crate::render::picture::tests::every_kind;
use crate::render::{RenderOptions, render, render_as};
use explored::{explored, texts};
use std::collections::BTreeMap;

/// Words of a Chinese page that are nobody's language: names that an author or the system gave, and nbrun's own.
const NAMES: &[&str] = &[
    "nbrun", "main", "job", "busy", "pool", "spawn", "queue", "value", "array", "lock", "process", "thread", "normal",
    "pid", "tid", "panic", "stderr", "raw", "random", "SIGSEGV", "AMD", "EPYC", "Linux", "rustc", "UTC", "min", "late",
    "Ada", "Lovelace", "aaaaa", "true",
];

/// What a reader, or a screen reader, finds in a page beside code, output, and what is marked as English.
fn said(page: &str) -> String {
    let body = &page[page.find("<body").expect("a body")..page.rfind("</html>").expect("an end")];
    let (mut said, mut open): (String, Vec<(&str, bool)>) = (String::new(), Vec::new());
    let mut rest = body;
    while let Some(start) = rest.find('<') {
        let is_silent = open.last().is_some_and(|(_, silent)| *silent);
        if !is_silent {
            said.push_str(&rest[..start]);
            said.push('\n');
        }
        let end = start + rest[start..].find('>').expect("an end of the tag");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().map(|(name, _)| name), Some(name), "the page is well-formed");
            continue;
        }
        let name = tag.split([' ', '\n', '/']).next().expect("a name");
        let lang = tag.split_once(" lang=\"").and_then(|(_, rest)| rest.split('"').next());
        let is_silent = lang.map_or(is_silent, |lang| lang == "en");
        let silent = is_silent || ["code", "pre", "samp", "q", "time"].contains(&name);
        if name == "script" {
            // The data of a player is told by a script, in the language of its place.
            let texts = rest.split_once("\"texts\":").and_then(|(_, rest)| rest.split("\"objects\":").next());
            said.push_str(texts.filter(|_| !is_silent).unwrap_or_default());
            rest = &rest[rest.find("</script>").expect("an end of the script") + 9..];
            continue;
        }
        for attribute in ["aria-label", "title"].into_iter().filter(|_| !silent) {
            let value = tag.split_once(&format!(" {attribute}=\"")).and_then(|(_, rest)| rest.split('"').next());
            said.push_str(value.unwrap_or(""));
            said.push('\n');
        }
        if !tag.ends_with('/') && !["br", "hr", "img", "input"].contains(&name) {
            open.push((name, silent));
        }
    }
    said
}

/// What the page's scripts say.
fn said_by_scripts(page: &str) -> String {
    let json = page.split_once("data-words=\"").and_then(|(_, rest)| rest.split('"').next()).expect("their words");
    let words: BTreeMap<String, String> = serde_json::from_str(&json.replace("&quot;", "\"")).expect("JSON");
    words.into_iter().filter(|(key, _)| key != "lang").map(|(_, text)| text + "\n").collect()
}

/// The words of a text in Latin letters that are not names, nor part of a call such as `x.get()`.
fn english(said: &str) -> Vec<&str> {
    let is_call = |token: &&str| token.contains('(') && (token.contains("x.") || token.contains("sleep("));
    let words = said.split([' ', '\n', '"']).filter(|token| !is_call(token));
    let words = words.flat_map(|token| token.split(|c: char| !c.is_ascii_alphabetic())).filter(|word| word.len() > 2);
    let mut words: Vec<&str> = words.filter(|word| !NAMES.contains(word) && *word != "quot").collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// A page in Chinese, and the same in a language that has no words here.
struct Pages {
    chinese: String,
    other: String,
}

/// The pages of one cell of this kind.
fn page(kind: &str, outcome: CellOutcome, look: &RenderOptions) -> Pages {
    let mut notebook =
        notebook(&format!("# 课\n\n```yaml {kind}\n- f()\n```\n\n> [!NOTE]\n> 一[^1]\n\n- [x] 二\n\n[^1]: 三\n"));
    (notebook.front_matter.title, notebook.front_matter.description) = (Some("课".into()), None);
    (notebook.front_matter.tags, notebook.file) = (Vec::new(), "课".into());
    let mut record = record(vec![outcome]);
    record.cells[0].errors = vec![notebook.finding(&Diagnostic::new("a job panicked").help("look"))];
    record.provenance.sandbox = Some(Sandboxed { walls: "namespaces".into(), missing: vec!["a wall".into()] });
    let [chinese, other] = ["zh-CN", "fr"].map(|lang| {
        notebook.front_matter.lang = Some(lang.into());
        render_as(&notebook, &record, look)
    });
    Pages { chinese, other }
}

#[track_caller]
fn assert_chinese(what: &str, pages: &Pages) {
    let text = said(&pages.chinese) + &said_by_scripts(&pages.chinese);
    assert_eq!(english(&text), [""; 0], "{what}: {text}");
    assert!(text.contains("目录") || text.contains("单元 1"), "{what}");
    let spaced: Vec<&str> = text.lines().filter(|line| has_needless_space(line)).collect();
    assert_eq!(spaced, [""; 0], "{what}: Chinese stands beside Chinese");
    let unmarked = said(&pages.other);
    assert_eq!(english(&unmarked), [""; 0], "{what}, not marked as English: {unmarked}");
    assert!(
        !english(&said(&pages.other.replace(" lang=\"en\"", ""))).is_empty(),
        "{what}: the other page is in English"
    );
}

/// Whether a space stands between two Chinese characters.
fn has_needless_space(text: &str) -> bool {
    let is_chinese = |c: char| matches!(c, '\u{3000}'..='\u{303f}' | '\u{4e00}'..='\u{9fff}' | '\u{ff01}'..='\u{ff60}');
    let characters: Vec<char> = text.chars().collect();
    characters.windows(3).any(|it| is_chinese(it[0]) && [' ', '\u{a0}'].contains(&it[1]) && is_chinese(it[2]))
}

fn runs(runs: Vec<RunOutcome>) -> CellOutcome {
    CellOutcome { resources: vec![resource(7, "x", "Lock", "")], ..passed(0, runs) }
}

#[test]
fn pictures_of_everything_that_is_shared_speak_chinese() {
    for many in [0, 3, 60, 3_000] {
        for (name, kind, run) in every_kind(many) {
            let resources = vec![Resource { kind, ..resource(1, "x", "Q", "") }];
            let outcome = CellOutcome { resources, ..passed(0, vec![run]) };
            assert_chinese(name, &page("spawn", outcome, &RenderOptions::default()));
        }
    }
}

#[test]
fn runs_of_every_kind_speak_chinese() {
    let mut odd = busy(900);
    let exits = [
        ExitStatus::Panicked { message: "late".into(), spot: crate::model::Spot::new(0, 3, 9) },
        ExitStatus::Failed { error: "x".into() },
        ExitStatus::Signaled { signal: 11, name: "SIGSEGV".into(), stack_overflow: false },
        ExitStatus::Signaled { signal: 11, name: "SIGSEGV".into(), stack_overflow: true },
        ExitStatus::OutOfMemory,
        ExitStatus::TimedOut,
        ExitStatus::Deadlocked,
        ExitStatus::Lost,
        ExitStatus::NotStarted,
        ExitStatus::Code(3),
    ];
    for (worker, exit) in odd.workers.iter_mut().skip(1).zip(exits) {
        worker.exit = exit;
    }
    odd.workers[1].start = Some(StartMethod::Exec);
    odd.workers[1].executor = Executor::Process;
    (odd.trace_dropped, odd.output_cut_bytes) = (9, 300);
    odd.races = vec![Race {
        name: "x".into(),
        first: Access { position: crate::model::Position::new(0, 3), writes: true, holding: vec!["x".into()] },
        second: Access { position: None, writes: false, holding: Vec::new() },
    }];
    let wait = |worker, what| Wait {
        worker,
        resource: 7,
        name: "x".into(),
        what,
        parties: None,
        position: crate::model::Position::new(0, worker),
        since_ns: 0,
        holders: Vec::new(),
        holds: Vec::new(),
    };
    odd.deadlock = Some(Deadlock {
        at_ns: 5,
        waits: vec![
            wait(0, WaitCondition::Lock),
            wait(1, WaitCondition::Permit),
            wait(2, WaitCondition::Item),
            wait(3, WaitCondition::Lock),
        ],
        cycle: vec![0, 1, 2],
        lost: Vec::new(),
    });
    let outcomes = [TaskOutcome::Failed, TaskOutcome::Cut].map(|outcome| Action::Task { index: 1, outcome });
    let cut = Action::GiveUp { reason: SyncError::Cancelled };
    let each = (0..ActionKind::ALL.len() as u64).filter_map(|kind| Action::decode(kind, 1, 0));
    let all: Vec<Event> = each
        .chain(outcomes)
        .chain([cut])
        .zip(1..)
        .map(|(action, n)| event(n % 8 + 1, 3_000_000 + u64::from(n), 90_000, action, Some(7)))
        .collect();
    let one_of_each = RunOutcome { trace: all, ..busy(1) };
    assert_chinese("ends", &page("spawn", runs(vec![odd]), &RenderOptions::default()));
    assert_chinese("events", &page("spawn", runs(vec![one_of_each.clone()]), &RenderOptions::default()));
    assert_chinese("two", &page("spawn", runs(vec![fixture::two_workers()]), &RenderOptions::default()));
    assert_chinese("pool", &page("pool", runs(vec![pool(40, 3)]), &RenderOptions::default()));
    assert_chinese("none", &page("spawn", passed(0, Vec::new()), &RenderOptions::default()));
    let stable = RenderOptions { stable: true, ..RenderOptions::default() };
    assert_chinese("stable", &page("spawn", runs(vec![one_of_each]), &stable));
}

#[test]
fn several_runs_side_by_side_speak_chinese() {
    let as_each = |swept, executor, wall_ns| RunOutcome { swept, executor, wall_ns, ..fixture::two_workers() };
    let compared = [Executor::Normal, Executor::Thread, Executor::Process].map(|it| as_each(None, Some(it), 5_000_000));
    assert_chinese("compared", &page("spawn", runs(compared.to_vec()), &RenderOptions::default()));
    for times in [[9, 5, 3], [9, 9, 9], [3, 5, 9]] {
        let swept: Vec<RunOutcome> =
            [1, 2, 8].into_iter().zip(times).map(|(n, wall)| as_each(Some(n), None, wall * 1_000_000)).collect();
        let twice = swept.iter().chain(&swept).cloned().collect();
        assert_chinese("swept", &page("pool", runs(swept), &RenderOptions::default()));
        assert_chinese("swept twice", &page("pool", runs(twice), &RenderOptions::default()));
    }
    let mut repeated = vec![fixture::two_workers(); 30];
    assert_chinese("alike", &page("spawn", runs(repeated.clone()), &RenderOptions::default()));
    for (n, run) in repeated.iter_mut().enumerate() {
        run.workers[1].exit = ExitStatus::Code(n as i32);
        run.output.clear();
    }
    assert_chinese("repeated", &page("spawn", runs(repeated), &RenderOptions::default()));
}

#[test]
fn explorations_speak_chinese() {
    let state =
        PlayState { next: vec![None, None], does: vec![0, 0], did: vec![0, 0], holds: vec![0], outcome: Some(0) };
    let play = Play { whole: true, texts: texts(), objects: vec!["x".into()], states: vec![state] };
    let samples =
        |wanted| Coverage::Samples { strategy: crate::model::Sampling::Random, seed: 7, wanted, different: 3 };
    for coverage in [
        Coverage::All,
        Coverage::Schedule,
        Coverage::Nothing { time: true },
        Coverage::Preemptions { most: 2, time: false },
        samples(3),
        samples(u64::MAX),
    ] {
        for play in [None, Some(play.clone())] {
            let outcome = CellOutcome { explored: Some(explored(coverage, play)), ..passed(0, Vec::new()) };
            let page = page("spawn", outcome, &RenderOptions::default());
            assert_chinese("explored", &page);
            assert!(
                !page.chinese.contains("all workers ended well") && !page.chinese.contains("aria-label=\"Player\"")
            );
        }
    }
}

#[test]
fn runs_by_a_schedule_speak_chinese() {
    let steps = explored(Coverage::All, None).outcomes.swap_remove(0).witness.steps;
    let left = || Some(Left { step: 3, worker: 1, why: "`job` panicked before".into(), position: None });
    for (many, left, free) in [(40, None, 0), (2, left(), 3), (0, left(), 0), (1, None, 9)] {
        let replayed = Replayed { schedule: vec![1; many.max(1)], steps: steps[..many].to_vec(), left, free };
        let run = RunOutcome { replay: Some(replayed), ..fixture::two_workers() };
        assert_chinese("once", &page("spawn", runs(vec![run.clone()]), &RenderOptions::default()));
        assert_chinese("repeated", &page("spawn", runs(vec![run; 3]), &RenderOptions::default()));
    }
}

#[test]
fn chinese_in_any_form_has_chinese_words_and_all_else_english_ones() {
    for (lang, expected) in
        [("zh", "目录"), ("zh-CN", "目录"), ("ZH-Hant", "目录"), ("en", "Contents"), ("de", "Contents")]
    {
        assert_eq!(words(lang).contents(), expected, "{lang}");
        assert_eq!(is_spoken(lang), lang != "de");
    }
}

#[test]
fn what_a_page_in_another_language_says_in_english_is_marked_as_english() {
    let (mut notebook, record) = fixture::lesson();
    notebook.front_matter.lang = Some("de".into());
    let page = render(&notebook, &record);
    assert!(page.contains("<html lang=\"de\">"));
    let said = said(&page);
    let lines: Vec<&str> = said.lines().collect();
    for text in ["Output", "To the text", "Dark", "Contents", "failed", "The workers in numbers", "working"] {
        let seen = lines.iter().filter(|line| line.trim() == text).count();
        assert_eq!(seen, 0, "{text}");
    }
    assert!(page.contains("<footer lang=\"en\">") && page.contains("<div class=\"out\" lang=\"en\">"));
}

#[test]
fn chinese_stands_apart_only_from_other_scripts() {
    assert_eq!(
        close(&["等待", "", "x", "的", "<b>锁</b>", "（<code>x</code>）", "3", "次"]),
        "等待 x 的<b>锁</b>（<code>x</code>）3 次"
    );
    assert_eq!(Words::CHINESE.link_to("单元 1"), "链接到单元 1");
}

#[test]
fn names_are_listed_as_each_language_does() {
    let names: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
    assert_eq!(Words::CHINESE.list(&names, 5), "a、b、c");
    assert_eq!(Words::CHINESE.list(&names, 1), "a 等 3\u{a0}个");
    assert_eq!(Words::CHINESE.list(&names, 2), "a、b、c", "one more name is as short as its number");
    assert_eq!(Words::ENGLISH.list(&names, 5), "a, b and c");
}

#[test]
fn one_is_not_said_in_the_plural() {
    let shown =
        |words: Words, n| [words.workers(n), words.times(n), words.bytes(n)].map(|it| it.replace('\u{a0}', " "));
    assert_eq!(shown(Words::ENGLISH, 1), ["1 worker", "once", "1 byte"]);
    assert_eq!(shown(Words::ENGLISH, 2), ["2 workers", "twice", "2 bytes"]);
    assert_eq!(shown(Words::CHINESE, 1), ["1 个工人", "1 次", "1 字节"]);
    assert_eq!(shown(Words::CHINESE, 2), ["2 个工人", "2 次", "2 字节"]);
}
