//! Jobs that lay hands on file descriptors which are not theirs.

use super::{CONCURRENT, GUILTY, fails, nobody_is_left, run};

#[test]
fn a_process_that_closes_all_its_descriptors_still_prints_and_is_told_so() {
    let body = "unsafe { for fd in 0..1024 { close(fd); } } println!(\"closed\");";
    let error = "error: `guilty-2` closed file descriptors that are not its own, its standard output among them";
    let outcome = fails("process", "", body, error);
    let output = &outcome.record("a.json").cells[GUILTY - 1].runs[0].output;
    assert!(output.iter().any(|line| line.text == "closed"));
    nobody_is_left(&outcome);
}

#[test]
fn a_job_may_redirect_its_standard_output_but_not_close_it() {
    for (executor, who) in [("process", "`guilty-2`"), ("thread", "a job")] {
        let outcome = fails(executor, "", "unsafe { close(1); }", &format!("error: {who} closed file descriptors"));
        nobody_is_left(&outcome);
        let redirects = "unsafe { close(1); std::mem::forget(std::fs::File::create(\"elsewhere\").unwrap()); }";
        run(executor, "", redirects).code(0);
    }
}

#[test]
fn a_thread_that_closes_the_descriptors_of_all_is_an_error_and_not_a_hang() {
    let body = "unsafe { for fd in 0..1024 { close(fd); } }";
    nobody_is_left(&fails("thread", "", body, "error: a job closed file descriptors that are not its own"));
}

#[test]
fn garbage_in_every_descriptor_disturbs_neither_report_nor_memory() {
    let body = "unsafe {
        for fd in (0..1024).filter(|fd| ![1, 2].contains(fd)) {
            write(fd, [255; 9000].as_ptr(), 9000);
            ftruncate(fd, 0);
        }
    }
    count.set(7);
    // The garbage has no end of a line, and stands before this.
    println!(\"\\n{}\", count.get());";
    for executor in CONCURRENT {
        let outcome = run(executor, "", body).code(0);
        let record = outcome.record("a.json");
        let output = &record.cells[GUILTY - 1].runs[0].output;
        assert!(output.iter().any(|line| line.text == "7"), "{executor}: {output:?}");
        assert_eq!(record.cells[GUILTY].runs[0].output[0].text, "innocent");
        nobody_is_left(&outcome);
    }
}
