//! What stands around the cells, and above and below each.

use super::{close, some, texts};
use crate::render::units::{bytes, count, duration, plural};
use comrak::nodes::AlertType;

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

texts! { self:
    /// Above the table of contents.
    contents -> &'static str { "Contents", "目录" }
    /// Above the footnotes.
    footnotes -> &'static str { "Footnotes", "脚注" }
    /// What leads from a footnote back to its number.
    back_to_reference -> &'static str { "Back to reference", "回到引用处" }
    /// The link for those who read with a keyboard.
    skip -> &'static str { "To the text", "跳到正文" }
    /// The button that turns the page dark.
    dark -> &'static str { "Dark", "深色" }
    /// The button that turns it light.
    light -> &'static str { "Light", "浅色" }
    /// The button that copies code.
    copy -> &'static str { "Copy", "复制" }
    /// The same after it has done so.
    copied -> &'static str { "Copied", "已复制" }
    /// What a link to a cell or a heading is called.
    link_to(what: &str) -> String { format!("Link to {what}"), close(&["链接到", what]) }
    /// The title of an alert that has none of its own.
    alert(kind: AlertType) -> &'static str {
        kind.default_title(),
        match kind {
            AlertType::Note => "说明",
            AlertType::Tip => "提示",
            AlertType::Important => "重要",
            AlertType::Warning => "警告",
            AlertType::Caution => "当心",
        },
    }
    /// A task that is done.
    done -> &'static str { "done", "已完成" }
    /// A task that is not.
    to_do -> &'static str { "to do", "待办" }
    /// What one cell is called.
    cell(number: usize) -> String { format!("cell {number}"), format!("单元 {number}") }
    /// A cell that failed.
    failed -> &'static str { "failed", "失败" }
    /// A cell that failed as the lesson wants it.
    failed_as_expected -> &'static str { "failed, as the lesson expects", "失败，正如课文所料" }
    /// An exercise whose cell does what it should.
    solved -> &'static str { "Solved", "做对了" }
    /// An exercise whose cell does not.
    unsolved -> &'static str { "Not solved yet", "还没做对" }
    /// Above the errors of an exercise of which nothing ran.
    why_unsolved -> &'static str { "What is still missing", "还差什么" }
    /// Above a solution, which is folded.
    solution -> &'static str { "Solution", "参考答案" }
    /// A cell that did not run.
    not_run -> &'static str { "not run", "未运行" }
    /// A cell that was skipped.
    skipped -> &'static str { "skipped", "已跳过" }
    /// Why a cell was skipped: its author says so.
    skipped_by_author -> &'static str { "The author has switched this cell off.", "作者关闭了这个单元。" }
    /// The same: it needs another cell that was skipped, as HTML.
    needs_skipped(other: &str) -> String {
        format!("It needs {other}, which is skipped."),
        close(&["它需要的", other, "已跳过。"]),
    }
    /// A cell in which the run was interrupted.
    cut_short -> &'static str { "interrupted", "已中断" }
    /// The line above what came of a cell.
    output -> &'static str { "Output", "输出" }
    /// The same above the error of code that must not compile.
    compile_error -> &'static str {
        "The compiler’s error, which the lesson wants to show",
        "编译器报的错误，正是课文要展示的",
    }
    /// The same above the error of a spec that must not be read.
    expected_error -> &'static str { "The error, which the lesson wants to show", "课文要展示的错误" }
    /// The same above errors of a cell of which nothing ran.
    errors -> &'static str { "What is wrong with the cell", "这个单元的错误" }
    /// The same where the reader is to guess first.
    guess -> &'static str { "What is the output? Guess first, then look.", "会输出什么？先猜一猜，再点开看。" }
    /// The line above code that is not shown at first.
    hidden(lines: u64) -> String { plural(lines, "hidden line"), format!("隐藏了 {} 行", count(lines)) }
    /// What a screen reader calls the list of lines.
    printed -> &'static str { "Printed, in this order", "打印的内容，按先后顺序" }
    /// Lines that the page leaves out.
    more_lines(lines: u64) -> String {
        format!("{} were printed and are not shown here.", plural(lines, "more line")),
        format!("另外打印了 {} 行，这里不显示。", count(lines)),
    }
    /// Output that was not kept.
    output_cut(cut: u64) -> String {
        format!("The output exceeds the limit: the last {} are missing.", bytes(cut)),
        format!("打印的内容超出了保留的上限，末尾缺少 {}。", self.bytes(cut)),
    }
    /// Above the resources that a cell declares.
    declared -> &'static str { "Declared", "声明" }
    /// Above those that a run used.
    shared -> &'static str { "Shared, at the end", "结束时的共享资源" }
    /// Above those that several runs used, each from the same state.
    shared_again -> &'static str {
        "Shared, after the cell: as before it, since it ran more than once",
        "单元之后的共享资源：与之前相同，因为它运行了不止一次",
    }
    /// Who held something in the deadlock that ended a run, as HTML.
    held_in_deadlock(holders: &[String]) -> String {
        format!("held by {} when no worker could continue", self.list(holders, 4)),
        close(&["谁也无法继续时，由", &self.list(holders, 4), "持有"]),
    }
    /// A holder that took it in a line, as HTML.
    taken_at(who: &str, line: u32) -> String {
        format!("{who} ({})", self.line_link(line)),
        close(&[who, &format!("（{}）", self.line_link(line))]),
    }
    /// What something holds, and who held it, as HTML.
    and_held(content: &str, held: &str) -> String { format!("{content}, {held}"), format!("{content}，{held}") }
    /// What is long and has been told above.
    unchanged -> &'static str { "unchanged", "没有变化" }
    /// The columns of that table.
    resource -> [&'static str; 3] { ["name", "is", "holds"], ["名称", "类型", "内容"] }
    /// A diagnostic that the lesson wants to show, and another one.
    error(expected: bool) -> &'static str {
        if expected { "expected error" } else { "error" },
        if expected { "预期的错误" } else { "错误" },
    }
    /// A diagnostic of something that is most likely not what was meant.
    warning -> &'static str { "warning", "警告" }
    /// Behind such a word.
    colon -> &'static str { ":", "：" }
    /// What to do about it.
    help -> &'static str { "help", "建议" }
    /// Before the value on the left of a comparison that does not hold.
    left -> &'static str { "left", "左边" }
    /// Before the value on the right of it.
    right -> &'static str { "right", "右边" }
    /// What else there is to know about it.
    note -> &'static str { "note", "说明" }
    /// The run was interrupted: the matter, and what it means.
    interrupted -> [&'static str; 2] {
        ["The run was interrupted.", "Cells from there on have no output."],
        ["运行被中断。", "此后的单元没有输出。"],
    }
    /// Only one cell was asked for: the matter, and what was run, as HTML.
    only(cell: &str, needed: &[String]) -> [String; 2] {
        [
            "This is a part of the notebook.".to_owned(),
            match needed.is_empty() {
                true => format!("Only {cell} was run."),
                false => format!("Only {cell} was run, with what it needs: {}.", needed.join(", ")),
            },
        ],
        [
            "这只是笔记本的一部分。".to_owned(),
            match needed.is_empty() {
                true => close(&["只运行了", cell, "。"]),
                false => close(&["只运行了", cell, "，以及它所需要的", &needed.join("、"), "。"]),
            },
        ],
    }
    /// So many of so many cells failed.
    cells_failed(failed: usize, all: usize) -> String {
        format!("{failed} of {} failed:", plural(all as u64, "cell")),
        format!("{all} 个单元中有 {failed} 个失败："),
    }
    /// The footer of a page without times.
    no_times -> &'static str {
        "Times and process numbers are left out, for they change from run to run; pictures are drawn by steps.",
        "时间和进程号每次运行都会变化，因此略去；图按步骤绘制。",
    }
    /// The footer: where the page came from.
    run_by(origin: &Origin) -> String {
        {
            let took = origin.took.map_or(String::new(), |(compile_ns, cached, run_ns)| {
                let compiled = if cached { "compiled before" } else { "compiled" };
                let compile =
                    if compile_ns == 0 { String::new() } else { format!(", {compiled} in {}", duration(compile_ns)) };
                format!("{compile}, run in {}", duration(run_ns))
            });
            let on = if origin.when.is_empty() { String::new() } else { format!(" on {}", origin.when) };
            format!("Run by nbrun {} from <code>{}</code>{on}{took}.", origin.nbrun, origin.file)
        },
        {
            let took = origin.took.map_or(String::new(), |(compile_ns, cached, run_ns)| {
                let compiled = if cached { "此前编译用时" } else { "编译用时" };
                let compile =
                    if compile_ns == 0 { String::new() } else { format!("，{compiled} {}", duration(compile_ns)) };
                format!("{compile}，运行用时 {}", duration(run_ns))
            });
            let on = if origin.when.is_empty() { String::new() } else { format!("于 {} ", origin.when) };
            format!("由 nbrun {} {on}运行 <code>{}</code> 生成{took}。", origin.nbrun, origin.file)
        },
    }
    /// The footer: the run was recorded, and the page was made later.
    recalled -> &'static str {
        "The results were kept from that run. The text may have changed since; the cells have not.",
        "结果保存自那次运行。此后正文可能有改动，单元没有改动。",
    }
    /// The footer: the run was with another program than there is, both as HTML.
    made_with_another(theirs: &str, ours: &str) -> String {
        format!("The run was recorded with {theirs}. The page was made where there is {ours}, which may give other results."),
        close(&["这次运行由", theirs, "记录；生成本页时使用的是", ours, "，结果可能不同。"]),
    }
    /// The footer: what is missing to the speed of the jobs.
    unoptimized -> &'static str {
        "The jobs were compiled quickly, for editing: a page to publish has faster ones.",
        "任务为便于编辑而快速编译；用于发布的页面中任务运行得更快。",
    }
    /// The footer: what its times are worth.
    times_from(cores: u64, machine: &[String]) -> String {
        {
            let of = if machine.is_empty() { String::new() } else { format!(" of {}", machine.join(", ")) };
            let cores = self.cores(cores);
            format!("All times were taken in this one run, on {cores}{of}. Another machine gives other times.")
        },
        {
            let of = if machine.is_empty() { String::new() } else { format!("（{}）", machine.join("，")) };
            let cores = some(cores, "个核心");
            format!("所有时间都来自这一次运行，机器有 {cores}{of}。换一台机器，时间就会不同。")
        },
    }
    /// The footer: the sandbox that it was run in, and what that lacked.
    sandbox(walls: &str, missing: &[String]) -> String {
        {
            let lacked = if missing.is_empty() { String::new() } else { format!(" It lacked: {}.", missing.join("; ")) };
            format!("The notebook was not trusted: compiler and jobs ran in a sandbox made of {walls}.{lacked}")
        },
        {
            let lacked = if missing.is_empty() { String::new() } else { format!("缺少：{}。", missing.join("；")) };
            format!("此笔记本不受信任：编译器和作业都在沙箱（{walls}）中运行。{lacked}")
        },
    }
}
