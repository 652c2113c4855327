//! What the picture of a deadlock says.

use super::{some, texts};
use crate::model::WaitCondition;
use crate::render::units::plural;

texts! { self:
    /// The ring of a deadlock: its name, and how to read it.
    ring -> [&'static str; 2] {
        [
            "The cycle of the deadlock",
            "Boxes in a cycle: each worker, and what it waits for, which the next worker has. The caption says the same in \
             words.",
        ],
        ["死锁的环", "方框连成一个环：每个工人，以及它等待的东西，而那东西在下一个工人手中。说明用文字讲述同样的内容。"],
    }
    /// On the way from a worker to what it waits for in a line, or none.
    ring_waits(line: u32) -> String {
        if line > 0 { format!("waits, line {line}") } else { "waits".to_owned() },
        if line > 0 { format!("第 {line} 行等待") } else { "等待".to_owned() },
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
    /// All of the ring, and how many waited for those in it.
    ring_caption(sentences: &[String], others: u64) -> String {
        {
            let others = if others == 0 { String::new() } else { format!(" {} waited for them.", plural(others, "more worker")) };
            format!("{}. None of them can continue.{others}", sentences.join(self.semicolon()))
        },
        {
            let others = if others == 0 { String::new() } else { format!("另有 {}在等他们。", some(others, "个工人")) };
            format!("{}。谁也无法再继续。{others}", sentences.join("；"))
        },
    }
}
