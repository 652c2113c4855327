//! What is said of runs: their workers, their times, several of them side by side.

use super::{close, some, texts};
use crate::record::ExitStatus;
use crate::render::units::{count, duration, plural};

texts! { self:
    /// The line above the table of workers.
    workers_in_numbers -> &'static str { "The workers in numbers", "工人的数据" }
    /// Its columns: worker, kind, pid, tid, start cost, ran, waited, tasks, end.
    worker_columns -> [&'static str; 9] {
        ["worker", "kind", "pid", "tid", "start cost", "ran", "of that, waiting", "tasks", "end"],
        ["工人", "类型", "pid", "tid", "启动开销", "运行", "其中等待", "任务", "结束"],
    }
    /// What main is.
    main -> &'static str { "the cell itself", "单元本身" }
    /// What another worker is: a call, a thread, a process, a process started afresh.
    kinds -> [&'static str; 4] {
        ["call", "thread", "process", "fresh process"],
        ["调用", "线程", "进程", "全新进程"],
    }
    /// A worker that ended well.
    ended -> &'static str { "ended", "正常结束" }
    /// How a worker ended, in few words with a sign before them: `✓`, `✗ code 3`, `✗ SIGKILL`.
    exit(exit: &ExitStatus) -> String {
        match exit {
            ExitStatus::Code(0) => "✓".to_owned(),
            ExitStatus::Code(code) => format!("✗ code {code}"),
            ExitStatus::Panicked { .. } => "✗ panicked".to_owned(),
            ExitStatus::Failed { .. } => "✗ returned an error".to_owned(),
            ExitStatus::Signaled { stack_overflow: true, .. } => "✗ stack overflow".to_owned(),
            ExitStatus::Signaled { name, .. } => format!("✗ {name}"),
            ExitStatus::OutOfMemory => "✗ out of memory".to_owned(),
            ExitStatus::TimedOut => "✗ timed out".to_owned(),
            ExitStatus::Deadlocked => "✗ deadlocked".to_owned(),
            ExitStatus::Lost => "✗ lost".to_owned(),
            ExitStatus::NotStarted => "– not started".to_owned(),
        },
        match exit {
            ExitStatus::Code(0) => "✓".to_owned(),
            ExitStatus::Code(code) => format!("✗ 退出码 {code}"),
            ExitStatus::Panicked { .. } => "✗ panic".to_owned(),
            ExitStatus::Failed { .. } => "✗ 返回了错误".to_owned(),
            ExitStatus::Signaled { stack_overflow: true, .. } => "✗ 栈溢出".to_owned(),
            ExitStatus::Signaled { name, .. } => format!("✗ {name}"),
            ExitStatus::OutOfMemory => "✗ 内存不足".to_owned(),
            ExitStatus::TimedOut => "✗ 超时".to_owned(),
            ExitStatus::Deadlocked => "✗ 死锁".to_owned(),
            ExitStatus::Lost => "✗ 失踪".to_owned(),
            ExitStatus::NotStarted => "– 未启动".to_owned(),
        },
    }
    /// The line of something, behind what is said of it.
    at_line(line: u32) -> String { format!(", line {line}"), format!("，第 {line} 行") }
    /// A line.
    a_line(line: u32) -> String { format!("line {line}"), format!("第 {line} 行") }
    /// A line as HTML.
    line_link(line: u32) -> String { self.linked(line, &self.a_line(line)), self.linked(line, &self.a_line(line)) }
    /// The same as HTML, behind what is said of it.
    at_line_link(line: u32) -> String { format!(", {}", self.line_link(line)), format!("，{}", self.line_link(line)) }
    /// The number of a signal, behind its name.
    signal(number: i32) -> String { format!(" (signal {number})"), format!("（信号 {number}）") }
    /// Workers that a table leaves out.
    more_workers(more: u64) -> String {
        format!("{} more workers are not listed.", count(more)),
        format!("另有 {} 没有列出。", some(more, "个工人")),
    }
    /// Events that were not kept.
    events_dropped(many: u64) -> String {
        format!("The trace reached its limit: {} later events are missing from the picture.", count(many)),
        format!("发生的事件超出了保留的上限：图中缺少后来的 {}。", some(many, "个事件")),
    }
    /// Nobody worked.
    no_worker -> &'static str { "No worker was started", "没有启动任何工人" }
    /// For how long one worker ran.
    ran_for(who: &str, ns: u64) -> String {
        format!("{who} ran for {}", duration(ns)),
        close(&[who, &format!("运行了 {}", duration(ns))]),
    }
    /// So many workers ran, from the first one's beginning to the last one's end.
    ran_in(workers: u64, ns: u64) -> String {
        format!("{} ran, in {}", self.workers(workers), duration(ns)),
        format!("{}运行，共 {}", self.workers(workers), duration(ns)),
    }
    /// Who waited most, for what, and what part of its time that was.
    waited(who: &str, ns: u64, what: &str, part: &str) -> String {
        format!("{who} waited {} for {what}, {part} of its time.", duration(ns)),
        close(&[who, "等待", what, &format!("用了 {}，占它时间的 {part}。", duration(ns))]),
    }
    /// For which part of the time that workers were at work they were on a core, of so many.
    on_core(part: &str, cores: u64) -> String {
        format!("While at work they were on a core for {part} of the time, with {}.", self.cores(cores)),
        format!("工作时只有 {part} 的时间在核心上，共有 {}。", self.cores(cores)),
    }
    /// Who slept and waited most.
    slept(who: &str, part: &str, ns: u64) -> String {
        format!("{who} slept or waited {part} of its time ({}).", duration(ns)),
        close(&[who, &format!("有 {part} 的时间在睡眠或等待（{}）。", duration(ns))]),
    }
    /// The tasks of a pool, and who did how many and failed at how many.
    pooled(tasks: u64, chunks: Option<u64>, workers: u64, shares: &[(String, u64, u64)]) -> String {
        {
            let chunks = chunks.map(|chunks| format!(" in {}", plural(chunks, "chunk"))).unwrap_or_default();
            let busy = shares.iter().take_while(|(_, did, failed)| did + failed > 0).count();
            let (named, others) = shares.split_at(if shares.len() > 5 { busy.clamp(1, 4) } else { shares.len() });
            let did = |tasks: u64, failed: u64| match failed {
                0 => count(tasks),
                _ => format!("{} (failed at {} more)", count(tasks), count(failed)),
            };
            let mut list: Vec<String> =
                named.iter().map(|(who, tasks, failed)| format!("{who} did {}", did(*tasks, *failed))).collect();
            if !others.is_empty() {
                let sum = |of: fn(&(String, u64, u64)) -> u64| others.iter().map(of).fold(0, u64::saturating_add);
                let did = match (sum(|it| it.1), sum(|it| it.2)) {
                    (0, 0) => "none".to_owned(),
                    (tasks, failed) => did(tasks, failed),
                };
                list.push(format!("{} others {did}", others.len()));
            }
            let (tasks, workers) = (plural(tasks, "task"), self.workers(workers));
            format!("{tasks}{chunks} on {workers}: {}.", self.list(&list, 5))
        },
        {
            let chunks = chunks.map(|chunks| format!("（分成 {}）", some(chunks, "块"))).unwrap_or_default();
            let busy = shares.iter().take_while(|(_, did, failed)| did + failed > 0).count();
            let (named, others) = shares.split_at(if shares.len() > 5 { busy.clamp(1, 4) } else { shares.len() });
            let did = |tasks: u64, failed: u64| match failed {
                0 => some(tasks, "个"),
                _ => format!("{}（另有 {}失败）", some(tasks, "个"), some(failed, "个")),
            };
            let mut list: Vec<String> =
                named.iter().map(|(who, tasks, failed)| format!("{who} 做了 {}", did(*tasks, *failed))).collect();
            if !others.is_empty() {
                let sum = |of: fn(&(String, u64, u64)) -> u64| others.iter().map(of).fold(0, u64::saturating_add);
                let did = match (sum(|it| it.1), sum(|it| it.2)) {
                    (0, 0) => "一个也没做".to_owned(),
                    (tasks, failed) => format!("做了 {}", did(tasks, failed)),
                };
                list.push(format!("其余 {}{did}", some(others.len() as u64, "个")));
            }
            let (tasks, workers) = (some(tasks, "个任务"), self.workers(workers));
            format!("{workers}完成 {tasks}{chunks}：{}。", self.list(&list, 5))
        },
    }
    /// Who ended before the last task of a pool, because no task was left.
    idled(who: &str, ns: u64) -> String {
        format!(" {who} ended {} before the last task did: no task was left for it.", duration(ns)),
        close(&[who, &format!("比最后一个任务早 {} 结束：没有剩下的任务给它。", duration(ns))]),
    }

    /// Runs in which each job has an executor of its own.
    as_each_job_says -> &'static str { "as each job says", "按各个作业所写" }
    /// What stands in the place of a comparison on a page that stays the same.
    no_comparison -> &'static str {
        "The runs are not compared here: their times differ from run to run.",
        "这里不比较各次运行：它们的时间每次都不同。",
    }
    /// The columns of the comparison: executor, time, spread, of it starting, speed-up, and a bar.
    comparison -> [&'static str; 6] {
        ["executor", "time", "fastest to slowest", "of that, starting", "speed-up", "bar"],
        ["执行方式", "时间", "最快至最慢", "其中启动", "加速比", "长条"],
    }
    /// From the fastest to the slowest.
    spread(fast_ns: u64, slow_ns: u64) -> String {
        format!("{} to {}", duration(fast_ns), duration(slow_ns)),
        format!("{} 至 {}", duration(fast_ns), duration(slow_ns)),
    }
    /// How often each was run, and on how many cores.
    runs_each(runs: u64, cores: u64) -> String {
        match runs {
            0 | 1 => format!(" One run each, on {}.", self.cores(cores)),
            _ => format!(" Medians of {} each, on {}.", plural(runs, "run"), self.cores(cores)),
        },
        match runs {
            0 | 1 => format!("各运行一次，机器有 {}。", self.cores(cores)),
            _ => format!("各运行 {}，取中位数，机器有 {}。", some(runs, "次"), self.cores(cores)),
        },
    }
    /// No concurrency was the fastest.
    nothing_beat -> &'static str {
        "Nothing was faster here than running the jobs one after another.",
        "在这里，没有什么比一个接一个地做更快。",
    }
    /// How many times as fast one was as another.
    as_fast_as(fast: &str, factor: &str, slow: &str) -> String {
        format!("{fast} was {factor} times as fast as {slow}."),
        format!("{fast} 的速度是 {slow} 的 {factor} 倍。"),
    }
    /// What the pale part of a bar is.
    pale_part -> &'static str {
        " The pale part of a bar is the time until all workers were up.",
        "长条的浅色部分是所有工人就绪之前的时间。",
    }

    /// The columns of a sweep: workers, time, spread, speed-up, part of the ideal.
    sweep -> [&'static str; 5] {
        ["workers", "time", "fastest to slowest", "speed-up", "of the ideal"],
        ["工人数", "时间", "最快至最慢", "加速比", "占理想值"],
    }
    /// What the lines of its curve are: measured, ideal, fitted.
    curve_legend -> [&'static str; 3] {
        ["measured", "ideal: each worker does its share", "Amdahl’s law, fitted"],
        ["实测", "理想：每个工人都分担一份", "阿姆达尔定律的拟合"],
    }
    /// The name of its curve.
    curve_title -> &'static str { "Speed-up by number of workers", "加速比随工人数的变化" }
    /// How to read the curve.
    curve_about -> &'static str {
        "A curve from left to right in the number of workers. The table above says the same in numbers.",
        "一条曲线，从左到右工人数递增。上面的表用数字说明同样的内容。",
    }
    /// Above where there are more workers than cores.
    beyond_cores(cores: u64) -> String {
        format!("more workers than the {}", self.cores(cores)),
        format!("工人多于 {}", self.cores(cores)),
    }
    /// More workers did not help.
    no_gain(workers: u64) -> String {
        format!("More than {} did not make it faster", self.workers(workers)),
        format!("超过 {}并没有更快", self.workers(workers)),
    }
    /// How much faster the best number of workers made it.
    gain(workers: u64, factor: &str, base: u32) -> String {
        format!("{} made it {factor} times as fast as {base}", self.workers(workers)),
        format!("{}的速度是 {base} 个的 {factor} 倍", self.workers(workers)),
    }
    /// The times with the best number of workers and with the fewest overlap.
    times_overlap(best: u64, base: u64) -> String {
        format!(
            "The times with {} and with {} overlap, so these runs do not tell whether more workers make it faster",
            self.workers(best), self.workers(base)
        ),
        format!("{}与 {}的用时互有重叠，所以这些运行说明不了工人更多是否更快", self.workers(best), self.workers(base)),
    }
    /// No law is drawn, because workers slept for a part of their time.
    no_law_asleep(part: &str) -> String {
        format!(
            " Its workers slept up to {part} of their time, and who sleeps needs no core: Amdahl’s law with its one worker for \
             each core says nothing about them and is not drawn."
        ),
        format!("工人最多有 {part} 的时间在睡眠，而睡眠不需要核心：每个核心一个工人的阿姆达尔定律在这里不适用，所以没有画出。"),
    }
    /// No law is drawn, because at most one number of workers had a core for each.
    no_law_few -> &'static str {
        " Amdahl’s law is not drawn: it needs at least two numbers of workers that are no more than the cores.",
        "没有画出阿姆达尔定律：它至少需要两种不多于核心数的工人数。",
    }
    /// No law is drawn, because the best fit is off by so much, on the whole and at the most.
    no_law_misfit(whole: &str, most: &str) -> String {
        format!(
            " Amdahl’s law does not explain these times and is not drawn: its best fit is off by {whole}, and by {most} at the \
             most."
        ),
        format!("阿姆达尔定律解释不了这些时间，所以没有画出：最好的拟合误差为 {whole}，最多 {most}。"),
    }
    /// Values of which a run showed one and another run another, as HTML.
    either(values: &[String]) -> String {
        match values {
            [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
            _ => values.concat(),
        },
        match values {
            [first @ .., last] if !first.is_empty() => format!("{} 或 {last}", first.join("、")),
            _ => values.concat(),
        },
    }
    /// The serial part by Amdahl's law: as a text, whether it is all, and the limit that follows.
    serial_part(part: &str, is_all: bool, limit: Option<&str>) -> String {
        {
            let means = match (is_all, limit) {
                (true, _) => ": no worker took any work off another".to_owned(),
                (false, Some(limit)) => {
                    format!(", so that no number of workers could make it more than {limit} times as fast")
                }
                (false, None) => String::new(),
            };
            format!(" By Amdahl’s law, {part} of one worker’s time is serial{means}")
        },
        {
            let means = match (is_all, limit) {
                (true, _) => "：没有一个工人替别人分担了工作".to_owned(),
                (false, Some(limit)) => format!("，所以无论多少工人，速度也不会超过 {limit} 倍"),
                (false, None) => String::new(),
            };
            format!("按照阿姆达尔定律，一个工人的时间中有 {part} 是串行的{means}")
        },
    }
    /// How far the fit is off, on the whole and at the most.
    fit_is_off(whole: &str, most: &str) -> String {
        format!("; the fit is off by {whole}, and by {most} at the most."),
        format!("；拟合误差为 {whole}，最多 {most}。"),
    }
    /// The same where there is little to fit.
    fit_of_two(most: &str) -> String {
        format!("; the fit is off by {most} at the most, but two numbers of workers at once are few to tell."),
        format!("；拟合误差最多 {most}，不过只有两种同时工作的人数，说明不了太多。"),
    }
    /// More workers than cores.
    take_turns(cores: u64) -> String {
        format!(" With more workers than the {} they take turns.", self.cores(cores)),
        format!("工人比 {}多的时候，他们轮流使用核心。", self.cores(cores)),
    }

    /// How many different things came of so many runs.
    repeated(runs: u64, outcomes: u64) -> String {
        match outcomes {
            1 => format!("Run {} times for real: all came out alike", count(runs)),
            _ => format!("Run {} times for real: {} came", count(runs), plural(outcomes, "different outcome")),
        },
        match outcomes {
            1 => format!("真实运行 {}：结果全都一样", some(runs, "次")),
            _ => format!("真实运行 {}：出现了 {}", some(runs, "次"), some(outcomes, "种不同的结果")),
        },
    }
    /// The columns of that: outcome, runs, share.
    repetition -> [&'static str; 3] { ["outcome", "runs", "share"], ["结果", "次数", "比例"] }
    /// Outcomes that a table leaves out.
    other_outcomes(many: u64) -> String { plural(many, "other outcome"), some(many, "种其他结果") }
    /// How long the runs took.
    runs_took(fast_ns: u64, slow_ns: u64) -> String {
        format!("A run took between {} and {}. ", duration(fast_ns), duration(slow_ns)),
        format!("一次运行用时 {} 至 {}。", duration(fast_ns), duration(slow_ns)),
    }
    /// What runs do not prove.
    may_still_happen -> &'static str {
        "What did not come in these runs may still happen.",
        "这些运行中没有出现的结果，仍然可能出现。",
    }
    /// Which run is shown as an example: the first that failed, or the first.
    example(failed: bool) -> &'static str {
        if failed { "The first run that failed" } else { "The first run" },
        if failed { "第一次失败的运行" } else { "第一次运行" },
    }
    /// Lines that are left out of an outcome.
    and_more(lines: u64) -> String { format!("… and {} more", count(lines)), format!("……另有 {}", some(lines, "行")) }
    /// An outcome of which nothing is to be seen.
    nothing_came -> &'static str { "nothing printed, nothing shown", "没有打印，也没有显示任何值" }
}
