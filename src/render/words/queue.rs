//! What is said of a queue that a run's workers shared.

use super::{some, texts};
use crate::render::units::{count, plural};

texts! { self:
    /// How to read the picture of a queue.
    queue_about -> &'static str {
        "From left to right in time: above, who put items; in the middle, how many were in the queue; below, who took them. \
         The caption and the table below say the same in words.",
        "时间从左到右：上面是谁放入元素，中间是队列里有多少元素，下面是谁取出元素。下面的说明和表用文字讲述同样的内容。",
    }
    /// How many items were in a queue at first, what went in and came out, and how many were in it at once, of how many that
    /// fit.
    queue_flow(name: &str, before: u64, puts: u64, gets: u64, most: u64, fit: Option<u64>) -> String {
        {
            let fit = fit.map(|fit| format!(" of the {} that fit", count(fit))).unwrap_or_default();
            let items = plural(puts, "item");
            let went = match before {
                0 if puts == gets => format!("{items} went through {name}"),
                0 => format!("{items} went into {name} and {} came out", count(gets)),
                _ => format!("{name} had {} at first; {items} went in and {} came out", plural(before, "item"), count(gets)),
            };
            format!("{went}, with at most {}{fit} in it at once.", count(most))
        },
        {
            let fit = fit.map(|fit| format!("（容量 {}）", count(fit))).unwrap_or_default();
            let items = some(puts, "个元素");
            let went = match before {
                0 if puts == gets => format!("{items}经过了 {name}"),
                0 => format!("{items}放进了 {name}，取出了 {}", some(gets, "个")),
                _ => format!(
                    "{name} 里起初有 {}；放进了 {items}，取出了 {}",
                    some(before, "个元素"), some(gets, "个")
                ),
            };
            format!("{went}，里面同时最多有 {}{fit}。", some(most, "个"))
        },
    }
    /// How long items lay in a queue.
    queue_lay(ns: u64) -> String {
        format!(" Median time in the queue: {}.", self.length(ns)),
        format!("在队列中停留时间的中位数：{}。", self.length(ns)),
    }
    /// Who waited until all that was put into a queue had been done.
    queue_joins(waits: &[(String, u64)]) -> String {
        if waits.is_empty() { String::new() } else { format!(" Time in join(), until all items were done: {}.", self.each_waited(waits)) },
        if waits.is_empty() { String::new() } else { format!("等到所有元素都处理完的时间：{}。", self.each_waited(waits)) },
    }
    /// Who waited for it and gave up, or was ended.
    queue_vain(waits: &[(String, u64)]) -> String {
        if waits.is_empty() { String::new() } else { format!(" Waited without success: {}.", self.each_waited(waits)) },
        if waits.is_empty() { String::new() } else { format!("白白等待的时间：{}。", self.each_waited(waits)) },
    }
    /// Not all arrows are drawn.
    queue_some_ways -> &'static str { " The paths of only some of the items are drawn.", "图中只画出了部分元素的去向。" }
    /// The columns of a queue's table.
    queue_columns -> &'static [&'static str] { &["put", "took", "waited"], &["放入", "取出", "等待"] }
}
