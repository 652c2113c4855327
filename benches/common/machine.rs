//! The machine that figures were measured on: a figure says nothing without it.

use std::fs;

/// One line: cores, processor, operating system, the day, and how busy the machine was; another if the bench is only tried.
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map(|(_, name)| name);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let (cpu, kernel, load) = (cpu.unwrap_or("unknown processor"), kernel.trim(), load());
    let day = jiff::Timestamp::now().strftime("%F");
    let tried = if super::is_tried() { "\nThis is a try: its figures say nothing." } else { "" };
    format!(
        "{cores} cores, {cpu}, Linux {kernel}, {day}; {load} processes at work on average in the last minute{tried}"
    )
}

/// How many processes were running or wanted to, on average of the last minute.
fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or("?").to_owned()
}
