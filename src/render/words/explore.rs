//! What is said of a cell that was explored, and of accesses that nothing ordered.

use super::{close, some, texts};
use crate::record::explored::{Coverage, Failure};
use crate::render::units::{count, duration, plural};

texts! { self:
    /// What the figures are of: how many interleavings, as a text and as whether it is one.
    interleavings(coverage: Coverage, many: &str, one: bool) -> String {
        match coverage {
            Coverage::All if one => "There is one interleaving only".to_owned(),
            Coverage::All if many == "2" => "Both interleavings".to_owned(),
            Coverage::All => format!("All {many} interleavings"),
            Coverage::Schedule => "One interleaving, as its schedule says".to_owned(),
            Coverage::Nothing { .. } => "No interleavings as a whole".to_owned(),
            Coverage::Preemptions { most, .. } => {
                format!("All {many} interleavings with at most {}", self.preemptions(most.into()))
            }
            Coverage::Samples { strategy, seed, .. } => {
                format!("{many} interleavings sampled by {}, seed {seed}", strategy.as_str())
            }
        },
        match coverage {
            Coverage::All if one => "只有一种交错".to_owned(),
            Coverage::All => close(&["全部", many, "种交错"]),
            Coverage::Schedule => "一种交错，按照给定的调度".to_owned(),
            Coverage::Nothing { .. } => "没有完整地看过任何交错".to_owned(),
            Coverage::Preemptions { most, .. } => close(&[&format!("最多 {}的全部", self.preemptions(most.into())), many, "种交错"]),
            Coverage::Samples { strategy, seed, .. } => {
                format!("{many} 个抽样的交错（{}，种子 {seed}）", strategy.as_str())
            }
        },
    }
    /// How many outcomes these have, behind it.
    with_outcomes(many: u64) -> String {
        format!(": {}", plural(many, "outcome")),
        format!("：{}", some(many, "种结果")),
    }
    /// With what an exploration begins, where that is not what was declared.
    begins(what: &str) -> String {
        format!("It begins with what cells above have left, and not with what was declared: {what}."),
        close(&["它从上面的单元留下的状态开始，而不是声明时的状态：", what, "。"]),
    }
    /// So many items were taken and not called done.
    not_done(items: u64) -> String {
        format!(", and {} taken and not done", plural(items, "item")),
        format!("，另有 {}已取出而未完成", some(items, "项")),
    }
    /// Something shared and what it holds.
    holding(name: &str, what: &str) -> String { format!("{name}: {what}"), format!("{name}：{what}") }
    /// A number too large to be written out.
    about(number: f64) -> String { format!("about {number:.1e}"), format!("约 {number:.1e}") }
    /// How often a worker was interrupted that could have gone on.
    preemptions(many: u64) -> String { plural(many, "preemption"), some(many, "次抢占") }
    /// Columns of the outcomes: how all ended, interleavings, simplest way.
    outcomes -> [&'static str; 3] {
        ["end", "interleavings", "simplest way"],
        ["结局", "交错数", "最简单的途径"],
    }
    /// The name of the bar of all outcomes.
    all_outcomes -> &'static str { "All outcomes", "所有结果" }
    /// So many of all go wrong.
    go_wrong(many: &str, all: &str) -> String { format!("{many} of {all} go wrong"), close(&[all, "种中", many, "种出错"]) }
    /// So many of all end well.
    end_well(many: &str, all: &str) -> String { format!("{many} of {all} end well"), close(&[all, "种中", many, "种结果正确"]) }
    /// Of how many, behind a count.
    of_all(all: &str) -> String { format!("of {all}"), close(&["共", all]) }
    /// What the figures cover and what they do not: how many samples are different, and whether some are missing.
    covers(coverage: Coverage, missing: bool) -> String {
        match coverage {
            Coverage::All => {
                "This is exact: every order in which the workers’ steps can follow each other was seen.".to_owned()
            }
            Coverage::Schedule => String::new(),
            Coverage::Preemptions { time, .. } | Coverage::Nothing { time } => format!(
                "Then {} was over. What has more preemptions was not seen as a whole; an outcome with a count of 0 was \
                 found on the way.",
                if time { "the time" } else { "the memory" }
            ),
            Coverage::Samples { different, .. } => format!(
                "{} of the samples are different. How often an outcome came says as much about the sampling as about the \
                 program, and what did not come may still happen.{}",
                count(different),
                if missing { " The time was over before all samples were taken." } else { "" }
            ),
        },
        match coverage {
            Coverage::All => "这是精确的：工人们的步骤可能的每一种先后顺序都看过了。".to_owned(),
            Coverage::Schedule => String::new(),
            Coverage::Preemptions { time, .. } | Coverage::Nothing { time } => format!(
                "然后{}用完了。抢占更多的交错没有完整地看过；计数为 0 的结果是在途中发现的。",
                if time { "时间" } else { "内存" }
            ),
            Coverage::Samples { different, .. } => format!(
                "其中 {}互不相同。一种结果出现得多频繁，既取决于程序，也同样取决于抽样；没有出现的，仍然可能发生。{}",
                some(different, "个样本"),
                if missing { "样本还没有取完，时间就用完了。" } else { "" }
            ),
        },
    }
    /// A thread that had not ended when its program did.
    cut_off(thread: &str) -> String { format!("{thread} was cut off"), format!("{thread} 被中止") }
    /// What is not seen of threads and objects of `std`.
    std_followed -> &'static str {
        " Atomics are sequentially consistent here, and what threads share without an object of std is not seen.",
        "这里的原子操作都是顺序一致的；线程绕过 `std` 的对象所共享的东西看不到。",
    }
    /// Why no states were merged: the word, as HTML, and the line where it stands.
    unseen(word: &str, line: u32) -> String {
        format!(
            "What <code>{word}</code> at {} may tell other threads is not seen, so no states were merged: each interleaving \
             was followed by itself.",
            self.line_link(line)
        ),
        format!(
            "{}的 <code>{word}</code> 可能告诉其他线程的内容看不到，所以没有合并任何状态：每一种交错都单独走过。",
            self.line_link(line)
        ),
    }
    /// Loops that ask again and again.
    loops_cut -> &'static str {
        " A loop that only asks for something goes round a few times, and is then followed as soon as there is news for it: \
         its other rounds are not counted.",
        "只是反复询问的循环，会转上几圈，之后等到有了变化才继续跟踪：其余的圈数不计。",
    }
    /// How long it took.
    exploring_took(ns: u64) -> String { format!(" It took {}.", duration(ns)), format!("用时 {}。", duration(ns)) }
    /// The line above a way: the outcome, and how long the way is.
    a_way(outcome: &str, way: &str) -> String {
        format!("A way to {outcome}: {way}"),
        close(&["通往", outcome, &format!("的一条途径：{way}")]),
    }
    /// How long a way is.
    way(steps: u64, preemptions: u64) -> String {
        format!("{}, {}", self.steps(steps), self.preemptions(preemptions)),
        format!("{}，{}", self.steps(steps), self.preemptions(preemptions)),
    }
    /// Before a way as a schedule.
    as_a_schedule -> &'static str { "As a schedule:", "写成调度：" }
    /// How to see the steps of a way for real: with this line of a spec.
    replayed(real: &str, line: &str) -> String {
        format!("For real: {line} in place of <code>explore</code> lets {real} take these steps."),
        format!("亲眼看看：把 <code>explore</code> 换成 {line}，{real}就会走这些步骤。"),
    }
    /// Nothing went wrong, and nothing was shown.
    all_ended_well -> &'static str { "all workers ended well", "所有工人都正常结束" }
    /// Beside an outcome.
    assertion_fails -> &'static str { "an assertion does not hold", "有断言不成立" }
    /// Workers that wait for ever, and whether one of them goes round and round.
    stuck(loops: bool) -> &'static str {
        if loops { "endless loop" } else { "deadlock" },
        if loops { "无限循环" } else { "死锁" },
    }
    /// A worker that ended badly.
    failure(who: &str, failure: &Failure) -> String {
        failure.text(who),
        match (&failure.task, &failure.panic) {
            (Some(task), why) => format!("任务 {task} 失败：{}", why.as_deref().unwrap_or_default()),
            (None, Some(message)) => format!("{who} panic：{message}"),
            (None, None) => match &failure.error {
                Some(error) => format!("{who} 返回了错误：{error}"),
                None => format!("{who} 以退出码 {} 结束", failure.code),
            },
        },
    }
    /// Between sentences that belong together.
    semicolon -> &'static str { "; ", "；" }
    /// Between the parts of an outcome.
    comma -> &'static str { ", ", "，" }
    /// The columns of the steps: step, worker, does, before, after, line.
    step_columns -> [&'static str; 6] {
        ["step", "worker", "does", "before", "after", "line"],
        ["步", "工人", "做什么", "之前", "之后", "行"],
    }
    /// Steps that a table leaves out.
    more_steps(many: u64) -> String {
        format!("{} of the same worker", plural(many, "more step")),
        format!("同一个工人的另外 {}", some(many, "步")),
    }
    /// The name of the picture of a way.
    way_title(steps: u64, workers: u64) -> String {
        format!("{} of {}", self.steps(steps), self.workers(workers)),
        format!("{}的 {}", self.workers(workers), self.steps(steps)),
    }
    /// How to read it.
    way_about -> &'static str {
        "One lane for each worker, one column for each step. The table of steps below says the same in words.",
        "每个工人一条泳道，每一步一列。下面的步骤表用文字讲述同样的内容。",
    }
    /// What stands in the box of a step that takes, gives, puts, gets, waits, signals, clears, takes tasks, has done one.
    glyphs -> [&'static str; 9] {
        ["take", "give", "put", "get", "wait", "set", "clear", "task", "done"],
        ["拿锁", "还锁", "放入", "取出", "等待", "信号", "清除", "领取", "完成"],
    }

    /// Above accesses that nothing can order.
    unordered -> &'static str { "Nothing orders these accesses:", "这些访问没有任何先后保证：" }
    /// Above those that nothing ordered in one run.
    unordered_here -> &'static str {
        "Nothing ordered these accesses in this run:",
        "在这次运行中，这些访问没有任何先后保证：",
    }
    /// An access at a line, as HTML. Only what `format!` and its like do by `Debug` has none.
    access(writes: bool, line: u32) -> String {
        {
            let at = if line == 0 { " by <code>Debug</code>".to_owned() } else { format!(" at {}", self.line_link(line)) };
            format!("a {}{at}", if writes { "write" } else { "read" })
        },
        {
            let at = if line == 0 { " <code>Debug</code> 的".to_owned() } else { format!("{}的", self.line_link(line)) };
            format!("{at}{}", if writes { "写" } else { "读" })
        },
    }
    /// Things that follow each other, as HTML.
    from_to(first: &str, last: &str) -> String { format!("{first} to {last}"), format!("{first} 至 {last}") }
    /// Two accesses.
    race(first: &str, second: &str) -> String {
        format!(": {first} of one worker and {second} of another"),
        format!("：一个工人{first}与另一个工人{second}"),
    }
    /// Locks that one of them does not take.
    race_lacks(writes: bool, locks: &[String]) -> String {
        format!(
            "; the {} does not take {}, which the other holds", if writes { "write" } else { "read" }, locks.join(", ")
        ),
        format!("；{}没有拿另一方持有的 {}", if writes { "写的一方" } else { "读的一方" }, locks.join("、")),
    }
    /// There is no player.
    too_large_to_walk -> &'static str {
        "The states are too large to be walked by hand on this page.",
        "状态太大，无法在这一页上用手一步步走。",
    }
    /// What the player is called.
    player -> &'static str { "Player", "播放器" }
    /// Behind an outcome with an assertion that does not hold.
    and_assertion_fails -> &'static str { ", and an assertion does not hold", "，并且有断言不成立" }
}
