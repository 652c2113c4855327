//! What is said of a run whose workers followed a schedule.

use super::{some, texts};
use crate::render::units::count;

texts! { self:
    /// What took the steps: processes or threads or both, one or several.
    real(processes: bool, threads: bool, one: bool) -> &'static str {
        match (processes, threads, one) {
            (true, true, _) => "real processes and threads",
            (_, false, true) => "a real process",
            (_, true, true) => "a real thread",
            (_, false, false) => "real processes",
            (_, true, false) => "real threads",
        },
        match (processes, threads) {
            (true, true) => "真实的进程和线程",
            (_, false) => "真实的进程",
            (_, true) => "真实的线程",
        },
    }
    /// All steps were taken.
    steps_taken(many: u64, who: &str) -> String {
        match many {
            1 => format!("{who} took this step, as the schedule says."),
            _ => format!("These {} were taken in this order by {who}.", self.steps(many)),
        },
        format!("这 {}由{who}按这个顺序走完。", some(many, "步")),
    }
    /// Some were.
    steps_left(taken: u64, all: u64, who: &str) -> String {
        match taken {
            0 => "No step followed the schedule.".to_owned(),
            1 => format!("1 of {} was taken by {who}. Then the run left its schedule.", self.steps(all)),
            _ => format!(
                "{} of {} were taken in this order by {who}. Then the run left its schedule.",
                count(taken),
                self.steps(all)
            ),
        },
        match taken {
            0 => "没有一步是按调度走的。".to_owned(),
            _ => format!("{}中有 {}由{who}按这个顺序走了，然后运行偏离了调度。", some(all, "步"), some(taken, "步")),
        },
    }
    /// Calls behind the end of the schedule.
    calls_free(many: u64) -> String {
        match many {
            1 => "The schedule ended there; one more call ran without it.".to_owned(),
            _ => format!("The schedule ended there; {} more calls ran without it.", count(many)),
        },
        format!("调度到此为止；其后的 {}不再由它安排。", some(many, "次调用")),
    }
    /// Calls behind the place where a run left its schedule.
    turns_over -> &'static str {
        "From there on, the workers no longer took turns.",
        "从那以后不再轮流。",
    }
    /// What the times of such a run mean, and a nap in it.
    turns_took(naps: bool) -> String {
        format!(
            "Each worker waited for its turn before each of its calls, so the times here have no meaning.{}",
            if naps { " A sleep took no time." } else { "" }
        ),
        format!(
            "每个工人在每次调用之前都等待轮到自己，所以这里的时间说明不了什么。{}",
            if naps { "睡眠不花时间。" } else { "" }
        ),
    }
    /// The line above the table of steps.
    one_by_one -> &'static str { "The steps one by one", "逐步列出" }
    /// Above accesses that nothing but the schedule ordered.
    unordered_but_for_turns -> &'static str {
        "Nothing but the schedule ordered these accesses:",
        "除了调度，没有什么保证这些访问的先后：",
    }
    /// Below the outcomes of many runs by one schedule.
    same_schedule -> &'static str {
        "Each run was to follow the same schedule, so that this says nothing of what else may happen.",
        "每次运行都要按同一个调度走，所以这并不说明还可能发生什么。",
    }
}
