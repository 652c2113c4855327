//! Facts about whole pages.

use super::fixture::{busy, lesson, notebook, passed, pool, record, two_workers};
use super::picture::tests::largest;
use super::*;
use crate::model::Reveal;
use crate::record::{RunOutcome, Status};

fn page() -> String {
    let (notebook, record) = lesson();
    render(&notebook, &record)
}

/// The page of a notebook with one spawn cell that had this run.
fn page_of(run: RunOutcome) -> String {
    render(&notebook("```yaml spawn\n- f()\n```\n"), &record(vec![passed(0, vec![run])]))
}

#[test]
fn the_page_needs_nothing_from_outside() {
    let page = page();
    for outside in [" src=", "<link", "@import", "url(http", "//cdn"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn every_cell_stands_in_the_page_once() {
    let (notebook, record) = lesson();
    let page = render(&notebook, &record);
    for index in 0..notebook.cells.len() {
        assert_eq!(page.matches(&format!("id=\"{}\"", anchor(index))).count(), 1, "cell {index}");
    }
    assert!(!page.contains("yaml spawn") && !page.contains("rust job"));
}

#[test]
fn ids_are_unique() {
    let page = page();
    let mut ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    ids.sort_unstable();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn a_cell_in_a_quotation_stays_there() {
    let page = page();
    let alert = page.find("markdown-alert-note").unwrap_or(0);
    let end = page[alert..].find("</div>\n\n<h2").map_or(0, |at| at + alert);
    assert!(page[alert..end].contains("cell queue"), "{}", &page[alert..end]);
}

#[test]
fn headings_of_any_script_have_anchors_and_no_level_is_skipped() {
    let page = page();
    assert!(page.contains("<h2 id=\"queue用来存放结果\">"), "no anchor for CJK");
    assert!(page.contains("<h3 id=\"with-a-lock\">"));
}

#[test]
fn a_heading_named_like_a_cell_yields_its_anchor() {
    let text = "# Cell 1\n\n```yaml spawn\n- f()\n```\n";
    let page = render(&notebook(text), &record(vec![passed(0, Vec::new())]));
    assert!(page.contains("id=\"cell-1-1\""));
}

#[test]
fn failed_cells_are_linked_at_the_head() {
    assert!(page().contains("<strong>1 of 17\u{a0}cells failed:</strong> <a href=\"#cell-15\">cell 15 (spawn)</a>"));
}

#[test]
fn an_expected_failure_is_no_alarm() {
    let page = page();
    let cell = page.split("id=\"cell-9\"").nth(1).and_then(|rest| rest.split("</section>").next()).unwrap_or("");
    assert!(cell.contains("failed, as the lesson expects") && !cell.contains("role=\"alert\""), "{cell}");
}

#[test]
fn however_many_events_there_are_a_picture_is_small() {
    let mut wide = busy(100_000);
    let one = wide.workers[1].clone();
    wide.workers.extend(std::iter::repeat_n(one, 40));
    for (index, event) in wide.trace.iter_mut().enumerate() {
        (event.worker, event.duration_ns) = (index as u32 % 49, event.duration_ns * (index as u64 % 11));
    }
    for run in [busy(100_000), busy(320), wide, pool(20_000, 1), pool(200, 1)] {
        let whole = run.trace.len() < 1000;
        let kind = if run.workers.len() > 3 { "spawn" } else { "pool" };
        let text = format!("```yaml {kind}\n- f()\n```\n");
        let page = render(&notebook(&text), &record(vec![passed(0, vec![run])]));
        let svg = page.split("<svg class=\"lanes\"").nth(1).and_then(|rest| rest.split("</svg>").next()).unwrap_or("");
        assert!((1000..100_000).contains(&svg.len()), "{kind}: {}", svg.len());
        assert!(whole || page.contains("closer than a pixel"));
    }
}

#[test]
fn a_record_without_the_cell_shows_it_as_not_run() {
    let page = render(&notebook("```yaml spawn\n- f()\n```\n"), &record(Vec::new()));
    assert!(page.contains("class=\"cell spawn not-run\""));
}

#[test]
fn unordered_accesses_stand_between_the_pictures_and_the_workers() {
    use crate::record::explored::{Access, Race};
    let race = Race {
        name: "v".into(),
        first: Access { position: crate::model::Position::new(0, 7), writes: true, holding: vec!["l".into()] },
        second: Access { position: crate::model::Position::new(0, 9), writes: false, holding: Vec::new() },
    };
    let page = page_of(RunOutcome { races: vec![race], ..two_workers() });
    let told = "<div class=\"notice races\"><p>Nothing ordered these accesses in this run:</p><ul>\n<li><code>v</code>: a write \
                at line 8 of one worker and a read at line 10 of another; the read does not take <code>l</code>, which the \
                other holds</li>\n</ul></div>";
    let at = page.find(told).unwrap_or_else(|| panic!("{page}"));
    let (picture, workers) = (page.rfind("</figure>"), page.find("The workers in numbers"));
    assert!(picture.is_some_and(|end| end < at) && workers.is_some_and(|start| at < start));
}

#[test]
fn elements_of_which_the_same_is_told_are_told_once_in_their_order() {
    use crate::record::explored::{Access, Race};
    let access = |writes| Access { position: crate::model::Position::new(0, 9), writes, holding: Vec::new() };
    let race = |name: &str| Race { name: name.into(), first: access(true), second: access(true) };
    let names = ["a[0]", "a[10]", "a[11]", "a[1]", "a[2]", "b", "c[4]"];
    let page = page_of(RunOutcome { races: names.map(race).to_vec(), ..two_workers() });
    let told = "<li><code>a[0]</code> to <code>a[2]</code>, <code>a[10]</code>, <code>a[11]</code>, <code>b</code> and \
                <code>c[4]</code>: a write at line 10 of one worker and a write at line 10 of another</li>\n</ul>";
    assert!(page.contains(told), "{page}");
}

#[test]
fn an_interrupted_run_says_so() {
    let (notebook, mut record) = lesson();
    record.interrupted = true;
    assert!(render(&notebook, &record).contains("The run was interrupted."));
}

#[test]
fn odd_records_do_not_break_the_page() {
    let mut run = busy(100);
    for (index, event) in run.trace.iter_mut().enumerate() {
        event.worker = index as u32 * 7;
        event.at_ns = u64::MAX / 2;
        event.duration_ns = u64::MAX / 2;
        event.action = largest(event.kind(), u64::MAX);
    }
    for worker in &mut run.workers {
        (worker.start_ns, worker.end_ns, worker.ready_ns) = (9, 3, 1);
    }
    assert!(page_of(run).ends_with("</html>\n"));
    assert!(page_of(RunOutcome::default()).ends_with("</html>\n"));
}

#[test]
fn hostile_names_are_escaped_everywhere() {
    let mut run = busy(50);
    for worker in &mut run.workers {
        worker.name = "<img src=x onerror=alert(1)>\"'".into();
    }
    let page = page_of(run);
    assert!(!page.contains("<img") && page.contains("&lt;img"));
}

#[test]
fn many_workers_are_cut_in_the_picture_and_the_table() {
    let mut run = busy(10);
    let one = run.workers[1].clone();
    run.workers.extend(std::iter::repeat_n(one, 1000));
    let page = page_of(run).replace('\u{a0}', " ");
    assert!(page.contains("more workers have no lane") && page.contains("more workers are not listed"));
}

#[test]
fn a_record_of_other_cells_is_refused() {
    let (notebook, mut record) = lesson();
    assert!(check(&notebook, &record).is_err());
    record.cells_sha256 = cells_sha256(&notebook);
    assert_eq!(check(&notebook, &record), Ok(()));
    record.cells.pop();
    let error = check(&notebook, &record).map_err(|error| error.message);
    assert_eq!(
        error,
        Err("the record does not belong to notebooks/multiprocessing.md: it has outcomes for 16, and the notebook \
         has 17 cells"
            .into())
    );
}

#[test]
fn the_same_record_gives_the_same_page() {
    assert_eq!(page(), page());
}

#[test]
fn a_cell_without_output_is_its_code() {
    let html = cell::render(
        &notebook("```rust job\nfn f() {}\n```\n").cells[0],
        Some(&passed(0, Vec::new())),
        (&[], &[]),
        (&CellOptions::default(), None),
        fixture::context(),
    );
    insta::assert_snapshot!(html, @r##"
    <section class="cell job passed" id="cell-1" aria-labelledby="c1-n c1-k">
    <details class="source" open><summary class="head" id="L1"><span class="kind" id="c1-k">job</span></summary>
    <pre class="code" tabindex="0" style="--n:1"><code><span id="L2"><span class="k">fn</span> <span class="f">f</span>() {}</span></code></pre>
    </details>
    <div class="tools"><a class="number" href="#cell-1" id="c1-n">cell 1</a></div>
    </section>
    "##);
}

/// A cell of this notebook that passed, looked at in this way.
fn cell_html(text: &str, look: &CellOptions) -> String {
    cell::render(
        &notebook(text).cells[0],
        Some(&passed(0, vec![busy(10)])),
        (&[], &[]),
        (look, None),
        fixture::context(),
    )
}

#[test]
fn hidden_lines_are_folded_without_their_markers() {
    let html = cell_html("```rust job\n# use a;\n#\nfn f() {}\n## b\n```\n", &CellOptions::default());
    let (before, behind) = html.split_once("</details>").unwrap_or_default();
    assert!(
        before.contains("2\u{a0}hidden lines</summary>")
            && before.contains("use</span> a;</span>\n<span id=\"L3\"></span></code>"),
        "{html}"
    );
    assert!(behind.contains("() {}</span>\n<span id=\"L5\"># b</span></code>"), "{html}");
}

#[test]
fn what_is_highlighted_over_several_lines_is_so_in_each() {
    let html = cell_html("```rust job\n/* a\nb */ fn f() {}\n```\n", &CellOptions::default());
    let lines = "<span id=\"L2\"><span class=\"c\">/* a</span></span>\n<span id=\"L3\">\
                 <span class=\"c\">b */</span> <span class=\"k\">fn</span>";
    assert!(html.contains(lines), "{html}");
}

#[test]
fn a_line_that_is_spoken_of_is_a_link_to_it() {
    let (notebook, record) = lesson();
    let page = render(&notebook, &record);
    let targets: Vec<&str> = page.split("href=\"#L").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(!targets.is_empty());
    for line in targets {
        assert_eq!(page.matches(&format!(" id=\"L{line}\"")).count(), 1, "{line}");
    }
}

#[test]
fn a_name_is_an_anchor_of_its_cell_and_no_heading_takes_it() {
    let look = CellOptions { name: Some("the-race".into()), ..CellOptions::default() };
    assert!(cell_html("```yaml spawn\n- f()\n```\n", &look).contains("href=\"#the-race\""));
    let (notebook, record) = (notebook("# The race\n\n```yaml spawn\n- f()\n```\n"), record(Vec::new()));
    let page = render_as(&notebook, &record, &RenderOptions { cells: vec![look], ..RenderOptions::default() });
    assert_eq!(page.matches("id=\"the-race\"").count(), 1);
    assert!(page.contains("<span id=\"the-race\"></span>") && page.contains("id=\"the-race-1\""));
}

#[test]
fn a_result_to_be_guessed_is_folded_and_its_time_is_not_told_before() {
    let look = CellOptions { reveal: Some(Reveal::Click), ..CellOptions::default() };
    let html = cell_html("```yaml spawn\n- f()\n```\n", &look);
    assert!(html.contains("<details class=\"result asked\"><summary>What is the output? Guess first"), "{html}");
    assert!(!html.split("<details class=\"result asked\"").next().unwrap_or("").contains("class=\"wall\""));
}

#[test]
fn the_author_s_own_question_stands_in_the_place_of_the_page_s() {
    let look = CellOptions { reveal: Some(Reveal::Question("How many are in `v`?".into())), ..CellOptions::default() };
    let html = cell_html("```yaml spawn\n- f()\n```\n", &look);
    assert!(
        html.contains("<details class=\"result asked\"><summary>How many are in <code>v</code>?</summary>"),
        "{html}"
    );
}

#[test]
fn what_is_long_and_has_not_changed_is_told_once() {
    let long = |text: &str| fixture::resource(0, "a", "Array<i32>", text);
    let cell = |index, text: &str| {
        let mut outcome = passed(index, vec![two_workers()]);
        outcome.resources = vec![long(text)];
        outcome
    };
    let (first, second) = ("1, ".repeat(20), "2, ".repeat(20));
    let cells = vec![cell(0, &first), cell(1, &first), cell(2, &second)];
    let page = render(&notebook(&"```yaml spawn\n- f()\n```\n".repeat(3)), &record(cells));
    let count = |text: &str| page.matches(&format!("<code>{}", text.trim_end())).count();
    assert_eq!((count(&first), count(&second), page.matches("<td>unchanged</td>").count()), (1, 1, 1), "{page}");
}

#[test]
fn a_declaration_is_told_at_the_end_of_its_line() {
    let mut outcome = passed(0, Vec::new());
    outcome.resources = vec![fixture::resource(0, "v", "Value<i32>", "0")];
    let page = render(&notebook("```yaml value\nv: i32\n```\n"), &record(vec![outcome]));
    assert!(
        page.contains("data-declared=\"Value&lt;i32&gt; · 0\">") && !page.contains("<details class=\"result\""),
        "{page}"
    );
}

#[test]
fn a_failure_is_not_folded_away() {
    let mut outcome = passed(0, vec![busy(10)]);
    outcome.status = Status::Failed;
    let look = CellOptions { reveal: Some(Reveal::Click), ..CellOptions::default() };
    let html = cell::render(
        &notebook("```yaml spawn\n- f()\n```\n").cells[0],
        Some(&outcome),
        (&[], &[]),
        (&look, None),
        fixture::context(),
    );
    assert!(html.contains("<details class=\"result\" open>"));
}

#[test]
fn a_chinese_page_has_chinese_words() {
    let (mut notebook, record) = lesson();
    notebook.front_matter.lang = Some("zh-CN".into());
    let page = render(&notebook, &record);
    for word in ["目录", "单元 1", "输出", "工人的数据", "跳到正文", "17 个单元中有 1 个失败"] {
        assert!(page.contains(word), "{word}");
    }
}

#[test]
fn a_stable_page_depends_on_no_time_no_process_number_and_no_machine() {
    let (notebook, record) = lesson();
    let mut other = record.clone();
    other.provenance.started = "2027-01-01T00:00:00Z".into();
    other.provenance.cpu = "another".into();
    other.provenance.cores = 64;
    other.provenance.run_ns += 5_000_000;
    for run in other.cells.iter_mut().flat_map(|cell| &mut cell.runs) {
        run.wall_ns = run.wall_ns * 3 + 1;
        for event in &mut run.trace {
            (event.at_ns, event.duration_ns) = (event.at_ns * 3 + u64::from(event.worker), event.duration_ns * 2);
        }
        run.trace.sort_by_key(|event| event.at_ns);
        run.output.iter_mut().for_each(|line| line.at_ns += 77);
        for worker in &mut run.workers {
            (worker.pid, worker.tid) = (worker.pid + 1000, worker.tid + 1000);
            (worker.end_ns, worker.blocked_ns) = (worker.end_ns * 2 + 1, worker.blocked_ns + 3);
            worker.tasks += u64::from(worker.tasks > 0);
        }
    }
    let look = RenderOptions { stable: true, ..RenderOptions::default() };
    let page = render_as(&notebook, &record, &look);
    assert!(page == render_as(&notebook, &other, &look), "the pages differ");
    assert_ne!(render(&notebook, &record), render(&notebook, &other));
    assert!(!page.contains("2026-03-01 12:30") && !page.contains("AMD EPYC") && !page.contains("class=\"wall\""));
}

#[test]
fn a_failed_cell_says_so_in_words() {
    let mut outcome = passed(0, Vec::new());
    outcome.status = Status::Failed;
    let html = cell::render(
        &notebook("```yaml spawn\n- f()\n```\n").cells[0],
        Some(&outcome),
        (&[], &[]),
        (&CellOptions::default(), None),
        fixture::context(),
    );
    assert!(html.contains("✗ failed"));
}

#[test]
fn numbers_as_large_as_they_can_be_are_drawn_and_put_into_words() {
    for mut run in [pool(20, 5), busy(50), two_workers()] {
        run.wall_ns = u64::MAX;
        (run.trace_dropped, run.output_cut_bytes) = (u64::MAX, u64::MAX);
        for worker in &mut run.workers {
            (worker.spawn_ns, worker.ready_ns, worker.start_ns) = (0, u64::MAX, 0);
            (worker.end_ns, worker.blocked_ns, worker.tasks) = (u64::MAX, u64::MAX, u64::MAX);
        }
        for event in &mut run.trace {
            (event.at_ns, event.duration_ns) = (u64::MAX - 1, u64::MAX);
            event.action = largest(event.kind(), u64::MAX);
        }
        let page = page_of(run.clone());
        assert!(page.contains("<svg"), "there is a picture");
        // All that is added up in words: waits, tasks, the costs of starting.
        let text = page_of(RunOutcome { executor: Some(crate::record::Executor::Process), ..run });
        assert!(text.contains("</html>"));
    }
}
