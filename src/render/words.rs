//! The page's own words, in the language of its prose: English, or Chinese where the front matter says so. What is said
//! of a run in whole sentences, such as the captions of pictures, is English on every page, and marked as such.

use super::units::{bytes, count, duration, plural};

/// The words of one language.
pub struct Words {
    /// Its BCP 47 tag.
    pub lang: &'static str,
    /// Above the table of contents.
    pub contents: &'static str,
    /// The link for those who read with a keyboard.
    pub skip: &'static str,
    /// The button that turns the page dark.
    pub dark: &'static str,
    /// The button that turns it light.
    pub light: &'static str,
    /// The button that copies code.
    pub copy: &'static str,
    /// The same after it has done so.
    pub copied: &'static str,
    /// What a link to a heading is called, before the heading's text.
    pub link_to: &'static str,
    /// A task that is done.
    pub done: &'static str,
    /// A task that is not.
    pub to_do: &'static str,
    /// What one cell is called.
    pub cell: fn(usize) -> String,
    /// A cell that failed.
    pub failed: &'static str,
    /// A cell that failed as the lesson wants it.
    pub failed_as_expected: &'static str,
    /// A cell that did not run.
    pub not_run: &'static str,
    /// The line above what came of a cell.
    pub output: &'static str,
    /// The same where the reader is to guess first.
    pub guess: &'static str,
    /// The line above code that is not shown at first.
    pub hidden: fn(u64) -> String,
    /// What a screen reader calls the list of lines.
    pub printed: &'static str,
    /// Lines that the page leaves out.
    pub more_lines: fn(u64) -> String,
    /// Output that was not kept.
    pub output_cut: fn(u64) -> String,
    /// Above the resources that a cell declares.
    pub declared: &'static str,
    /// Above those that a run used.
    pub shared: &'static str,
    /// The columns of that table.
    pub resource: [&'static str; 3],
    /// The line above the table of workers.
    pub workers: &'static str,
    /// Its columns: worker, kind, pid, tid, start cost, ran, waited, tasks, end.
    pub worker: [&'static str; 9],
    /// What main is.
    pub main: &'static str,
    /// What another worker is: a call, a thread, a process, a process started afresh.
    pub kind: [&'static str; 4],
    /// A worker that ended well.
    pub ended: &'static str,
    /// Workers that the table leaves out.
    pub more_workers: fn(u64) -> String,
    /// The run was interrupted: the matter, and what it means.
    pub interrupted: [&'static str; 2],
    /// So many of so many cells failed.
    pub cells_failed: fn(usize, usize) -> String,
    /// The footer of a page without times.
    pub no_times: &'static str,
    /// The footer: where the page came from.
    pub run_by: fn(&Origin) -> String,
    /// The footer: what its times are worth.
    pub times_from: fn(u64, &[String]) -> String,
    /// The footer: the sandbox that it was run in, and what that lacked.
    pub sandbox: fn(&str, &[String]) -> String,
}

/// What the footer tells about a run; texts are HTML already.
pub struct Origin {
    /// nbrun's version.
    pub nbrun: String,
    /// The notebook.
    pub file: String,
    /// When it was run, as an element.
    pub when: String,
    /// How long the compiler took and whether that was before, and how long the run took, in nanoseconds; `None` where
    /// times are left out.
    pub took: Option<(u64, bool, u64)>,
}

/// The words for a language tag.
pub fn words(lang: &str) -> &'static Words {
    let primary = lang.split('-').next().unwrap_or("");
    if primary.eq_ignore_ascii_case("zh") { &CHINESE } else { &ENGLISH }
}

/// English.
pub static ENGLISH: Words = Words {
    lang: "en",
    contents: "Contents",
    skip: "To the text",
    dark: "Dark",
    light: "Light",
    copy: "Copy",
    copied: "Copied",
    link_to: "Link to",
    done: "done",
    to_do: "to do",
    cell: |number| format!("cell {number}"),
    failed: "failed",
    failed_as_expected: "failed, as the lesson expects",
    not_run: "not run",
    output: "Output",
    guess: "What will come out? Guess first, then look.",
    hidden: |lines| plural(lines, "hidden line"),
    printed: "Printed, in this order",
    more_lines: |lines| format!("{} were printed and are not shown here.", plural(lines, "more line")),
    output_cut: |cut| format!("More was printed than is kept: {} are missing at the end.", bytes(cut)),
    declared: "Declared",
    shared: "Shared, at the end",
    resource: ["name", "is", "holds"],
    workers: "The workers in numbers",
    worker: ["worker", "is a", "pid", "tid", "start cost", "ran", "of it waited", "tasks", "end"],
    main: "the cell itself",
    kind: ["call", "thread", "process", "fresh process"],
    ended: "ended",
    more_workers: |more| format!("{} more workers are not listed.", count(more)),
    interrupted: ["The run was interrupted.", "Cells from there on have no output."],
    cells_failed: |failed, all| format!("{failed} of {} failed:", plural(all as u64, "cell")),
    no_times: "Times and process numbers are left out, for they change from run to run; pictures are drawn by steps.",
    run_by: |origin| {
        let took = origin.took.map_or(String::new(), |(compile_ns, cached, run_ns)| {
            let compiled = if cached { "compiled before" } else { "compiled" };
            let compile =
                if compile_ns == 0 { String::new() } else { format!(", {compiled} in {}", duration(compile_ns)) };
            format!("{compile}, run in {}", duration(run_ns))
        });
        let on = if origin.when.is_empty() { String::new() } else { format!(" on {}", origin.when) };
        format!("Run by nbrun {} from <code>{}</code>{on}{took}.", origin.nbrun, origin.file)
    },
    times_from: |cores, machine| {
        let of = if machine.is_empty() { String::new() } else { format!(" of {}", machine.join(", ")) };
        let cores = plural(cores, "core");
        format!("All times were taken in this one run, on {cores}{of}. On another machine they are other times.")
    },
    sandbox: |walls, missing| {
        let lacked = if missing.is_empty() { String::new() } else { format!(" It lacked: {}.", missing.join("; ")) };
        format!("The notebook was not trusted: compiler and jobs ran in a sandbox made of {walls}.{lacked}")
    },
};

/// Chinese.
pub static CHINESE: Words = Words {
    lang: "zh",
    contents: "目录",
    skip: "跳到正文",
    dark: "深色",
    light: "浅色",
    copy: "复制",
    copied: "已复制",
    link_to: "链接到",
    done: "已完成",
    to_do: "待办",
    cell: |number| format!("单元 {number}"),
    failed: "失败",
    failed_as_expected: "失败，正如课文所料",
    not_run: "未运行",
    output: "输出",
    guess: "会输出什么？先猜一猜，再点开看。",
    hidden: |lines| format!("隐藏了 {} 行", count(lines)),
    printed: "打印的内容，按先后顺序",
    more_lines: |lines| format!("另外打印了 {} 行，这里不显示。", count(lines)),
    output_cut: |cut| format!("打印的内容超出了保留的上限，末尾缺少 {}。", bytes(cut)),
    declared: "声明",
    shared: "结束时的共享资源",
    resource: ["名称", "类型", "内容"],
    workers: "工作者的数据",
    worker: ["工作者", "类型", "pid", "tid", "启动开销", "运行", "其中等待", "任务", "结束"],
    main: "单元本身",
    kind: ["调用", "线程", "进程", "全新进程"],
    ended: "正常结束",
    more_workers: |more| format!("另有 {} 个工作者没有列出。", count(more)),
    interrupted: ["运行被中断。", "此后的单元没有输出。"],
    cells_failed: |failed, all| format!("{all} 个单元中有 {failed} 个失败："),
    no_times: "时间和进程号每次运行都会变化，因此略去；图按步骤绘制。",
    run_by: |origin| {
        let took = origin.took.map_or(String::new(), |(compile_ns, cached, run_ns)| {
            let compiled = if cached { "此前编译用时" } else { "编译用时" };
            let compile =
                if compile_ns == 0 { String::new() } else { format!("，{compiled} {}", duration(compile_ns)) };
            format!("{compile}，运行用时 {}", duration(run_ns))
        });
        let on = if origin.when.is_empty() { String::new() } else { format!("于 {} ", origin.when) };
        format!("由 nbrun {} {on}运行 <code>{}</code> 生成{took}。", origin.nbrun, origin.file)
    },
    times_from: |cores, machine| {
        let of = if machine.is_empty() { String::new() } else { format!("（{}）", machine.join("，")) };
        format!("所有时间都来自这一次运行，机器有 {} 个核心{of}。换一台机器，时间就会不同。", count(cores))
    },
    sandbox: |walls, missing| {
        let lacked = if missing.is_empty() { String::new() } else { format!("缺少：{}。", missing.join("；")) };
        format!("此笔记本不受信任：编译器和作业都在沙箱（{walls}）中运行。{lacked}")
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_in_any_form_has_chinese_words_and_every_other_language_english_ones() {
        for (lang, expected) in
            [("zh", "目录"), ("zh-CN", "目录"), ("ZH-Hant", "目录"), ("en", "Contents"), ("de", "Contents")]
        {
            assert_eq!(words(lang).contents, expected, "{lang}");
        }
    }
}
