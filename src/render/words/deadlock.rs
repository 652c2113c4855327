//! What the picture of a deadlock says.

use super::{close, some, texts};
use crate::model::WaitCondition;
use crate::render::units::plural;

texts! { self:
    /// The ring of a deadlock: its name, and how to read it.
    ring -> [&'static str; 2] {
        [
            "The cycle of the deadlock",
            "A box for each worker, with what it has. An arrow leads from it to the worker that has what it wants.",
        ],
        ["死锁的环", "每个工人一个方框，写着它持有什么。箭头从它指向持有它想要之物的工人。"],
    }
    /// What a worker has.
    ring_has(names: &str) -> String { format!("has {names}"), close(&["持有", names]) }
    /// How a worker waits for something, before the name of that.
    ring_wants(what: WaitCondition) -> &'static str {
        match what {
            WaitCondition::Lock | WaitCondition::Relock => "wants",
            WaitCondition::Read => "wants to read",
            WaitCondition::Write => "wants to write",
            WaitCondition::Permit => "wants a permit of",
            WaitCondition::Ended => "waits for the end of",
            _ => "waits for",
        },
        match what {
            WaitCondition::Lock | WaitCondition::Relock => "想要",
            WaitCondition::Read => "想读",
            WaitCondition::Write => "想写",
            WaitCondition::Permit => "想要许可：",
            WaitCondition::Ended => "等待结束：",
            _ => "等待",
        },
    }
    /// That all of a ring wait, at one line or at several (0), in parts that can stand below each other.
    ring_all(workers: usize, line: u32) -> Vec<String> {
        {
            let all = match workers {
                1 => "it waits".to_owned(),
                2 => "both wait".to_owned(),
                many => format!("all {many} wait"),
            };
            if line > 0 { vec![all, format!("at {}", self.a_line(line))] } else { vec![all] }
        },
        {
            let all = match workers {
                1 => "它".to_owned(),
                2 => "两个都".to_owned(),
                many => format!("{many} 个都"),
            };
            if line > 0 { vec![format!("{all}在"), format!("{}等待", self.a_line(line))] } else { vec![format!("{all}在等待")] }
        },
    }
    /// What follows from that.
    ring_end -> [&'static str; 2] { ["nobody", "can go on"], ["谁也", "无法继续"] }
    /// The columns of a ring that is too large to be drawn: worker, what it has, what it wants, who has that, line.
    ring_columns -> [&'static str; 5] {
        ["worker", "has", "wants", "of", "line"],
        ["工人", "持有", "想要", "在谁手中", "行"],
    }
    /// How what is waited for belongs to the next worker of the ring, which has taken a permit of it or not.
    ring_had(what: WaitCondition, has_taken: bool) -> &'static str {
        match what {
            WaitCondition::Lock => "is held by",
            WaitCondition::Read | WaitCondition::Write if has_taken => "is held by",
            WaitCondition::Permit if has_taken => "was taken by",
            _ => "depends on",
        },
        match what {
            WaitCondition::Lock => "被持有于",
            WaitCondition::Read | WaitCondition::Write if has_taken => "被持有于",
            WaitCondition::Permit if has_taken => "被拿走于",
            _ => "取决于",
        },
    }
    /// Who waits for what in the ring, and who has that.
    ring_sentence(who: &str, what: &str, had: WaitCondition, has_taken: bool, next: &str) -> String {
        {
            let access = match had {
                WaitCondition::Read => "to read ",
                WaitCondition::Write => "to write ",
                _ => "for ",
            };
            format!("{who} waits {access}{what}, which {} {next}", self.ring_had(had, has_taken))
        },
        match had {
            WaitCondition::Lock => format!("{who} 等待 {what}，而它被 {next} 持有"),
            WaitCondition::Read if has_taken => format!("{who} 等待读 {what}，而它被 {next} 持有"),
            WaitCondition::Write if has_taken => format!("{who} 等待写 {what}，而它被 {next} 持有"),
            WaitCondition::Permit if has_taken => format!("{who} 等待 {what}，而它被 {next} 拿走了"),
            _ => format!("{who} 等待 {what}，而它取决于 {next}"),
        },
    }
    /// At which lines they wait, as HTML.
    ring_lines(lines: &[String]) -> String {
        format!(" They wait at {}.", self.list(lines, 8)),
        close(&["他们在", &self.list(lines, 8), "等待。"]),
    }
    /// Behind that, where there were several runs.
    ring_of_first_run -> &'static str {
        " The picture is of the first run that ended so.",
        "图中是第一次这样结束的运行。",
    }
    /// Why nobody in the ring can go on: whether each has taken what another wants; and how many waited for those in it.
    ring_caption(taken: bool, others: u64) -> String {
        {
            let others = if others == 0 { String::new() } else { format!(" {} waited for them.", plural(others, "more worker")) };
            let why = match taken {
                true => "Each keeps what it has until it gets what it wants, and that is what the next one keeps.",
                false => "Each waits for something that only the next one could do.",
            };
            format!("{why}{others}")
        },
        {
            let others = if others == 0 { String::new() } else { format!("另有 {}在等他们。", some(others, "个工人")) };
            let why = match taken {
                true => "每个工人在得到想要的东西之前都不会放手，而想要的东西正在下一个工人手中。",
                false => "每个工人都在等待只有下一个工人才能做的事。",
            };
            format!("{why}{others}")
        },
    }
}
